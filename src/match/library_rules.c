/* library_rules.c - rules, and what may not be said in them: live without samples, one id twice, one fragment
 * alone. */
#include "match/library_read.h"

#include <stdio.h>
#include <stdlib.h>

#define ALONE_MIN_MISS 10 /* DESIGN 7 */

static const char *const rule_keys[] = {"id",    "type", "family", "state",  "share", "tier",   "stage",   "scope",
                                        "when",  "reason", "advice", "alone", "victim", "subject", "suppress", "hit",
                                        "miss",  NULL};
static const char *const state_words[] = {"off", "shadow", "canary", "live", NULL};       /* enum rule_state */
static const char *const tier_words[] = {"none", "low", "medium", "high", NULL};          /* enum tier */
static const char *const stage_words[] = {"lure", "contact", "action", "money", NULL};    /* enum stage, from 1 */
static const char *const scope_words[] = {"window", "sentence", "text", NULL};            /* enum scope */
static const char *const victim_words[] = {"called", "caller", NULL};
static const char *const subject_words[] = {"victim", "recruit", NULL};

const char *rule_state_name(enum rule_state state)
{
    return state_words[state];
}

const char *tier_name(enum tier tier)
{
    return tier_words[tier];
}

const char *scope_name(enum scope scope)
{
    return scope_words[scope];
}

const char *stage_name(enum stage stage)
{
    return stage == STAGE_NONE ? NULL : stage_words[stage - 1];
}

static const char *read_family(struct reader *reader, const json_t *value, const char *path)
{
    const char *family = read_string(reader, value, path, "family", false);

    if (family == NULL) {
        family = reader->library->family;
        if (family != NULL && family[0] == '-')
            read_problem(reader, path, false,
                         "\"family\" is missing: this library has none (\"-\"), so its rules "
                         "name theirs");
    } else if (family[0] < 'A' || family[0] > 'Z' || family[1] != '\0') {
        read_problem(reader, path_key(path, "family").text, false, "\"family\": one letter A to Z expected");
    }
    return family;
}

/* How many of the victims a canary rule is live for. */
static double read_share(struct reader *reader, const json_t *value, const char *path, enum rule_state state)
{
    const json_t *share = json_object_get(value, "share");
    double number = json_number_value(share);
    bool canary = state == RULE_CANARY;

    if (canary && share == NULL)
        read_problem(reader, path_key(path, "state").text, true,
                     "\"canary\" needs \"share\": the part of the victims for whom the rule is live, as 0.05");
    else if (!canary && share != NULL)
        read_problem(reader, path_key(path, "share").text, true, "\"share\" is of \"state\": \"canary\" only");
    else if (canary && !(number > 0 && number <= 1))
        read_problem(reader, path_key(path, "share").text, false, "\"share\": a number above 0 and at most 1 expected");
    return number;
}

static void read_words(struct reader *reader, const json_t *value, const char *path, struct rule *rule)
{
    rule->state = (enum rule_state)read_word(reader, value, path, "state", state_words, RULE_OFF, true);
    rule->share = read_share(reader, value, path, rule->state);
    rule->tier =
        (enum tier)(read_word(reader, value, path, "tier", tier_words + 1, TIER_NONE - 1, false) + 1);
    rule->stage =
        (enum stage)(read_word(reader, value, path, "stage", stage_words, STAGE_NONE - 1, false) + 1);
    rule->scope = (enum scope)read_word(reader, value, path, "scope", scope_words, SCOPE_WINDOW, false);
    rule->alone = read_bool(reader, value, path, "alone", false);
    rule->victim_is_caller = read_word(reader, value, path, "victim", victim_words, 0, false) == 1;
    rule->recruit = read_word(reader, value, path, "subject", subject_words, 0, false) == 1;
    rule->unsuppressed = !read_bool(reader, value, path, "suppress", true);
}

static void check_samples(struct reader *reader, const struct rule *rule, const char *path)
{
    const char *id = rule->id != NULL ? rule->id : "?";
    bool warns = rule->state == RULE_LIVE || rule->state == RULE_CANARY;

    if (warns && rule->nhit == 0)
        read_problem(reader, path, false,
                     "rule %s: a %s rule needs at least one \"hit\" sample (or \"state\": \"shadow\")", id,
                     rule_state_name(rule->state));
    if (warns && rule->nmiss == 0)
        read_problem(reader, path, false,
                     "rule %s: a %s rule needs at least one \"miss\" sample (or \"state\": \"shadow\")", id,
                     rule_state_name(rule->state));
    if (rule->alone && rule->state != RULE_OFF && rule->nmiss < ALONE_MIN_MISS)
        read_problem(reader, path_key(path, "alone").text, true,
                     "rule %s: \"alone\" needs at least %d \"miss\" samples, there are %zu", id,
                     ALONE_MIN_MISS, rule->nmiss);
}

static void read_rule(struct reader *reader, const json_t *value, const char *path, struct rule *rule)
{
    if (!read_object(reader, value, path, rule_keys))
        return;
    rule->id = read_string(reader, value, path, "id", true);
    if (rule->id != NULL)
        read_check_name(reader, rule->id, path_key(path, "id").text, false, "rule id", true);
    rule->type = read_string(reader, value, path, "type", true);
    rule->family = read_family(reader, value, path);
    rule->reason = read_string(reader, value, path, "reason", true);
    rule->advice = read_string(reader, value, path, "advice", false);
    read_words(reader, value, path, rule);
    rule->when = read_expression(reader, value, path, "when", false);
    rule->hit = library_read_samples(reader, value, path, "hit", &rule->nhit);
    rule->miss = library_read_samples(reader, value, path, "miss", &rule->nmiss);
    check_samples(reader, rule, path);
}

static int compare_ids(const void *a, const void *b)
{
    const struct rule *const *x = a, *const *y = b;
    int order = strcmp((*x)->id, (*y)->id);

    return order != 0 ? order : (*x > *y) - (*x < *y);
}

static void check_ids(struct reader *reader, const struct rule *rules, size_t n)
{
    const struct rule **sorted = calloc(n + 1, sizeof(*sorted));
    size_t count = 0;

    for (size_t i = 0; sorted != NULL && i < n; i++) {
        if (rules[i].id != NULL)
            sorted[count++] = &rules[i];
    }
    if (count > 1)
        qsort(sorted, count, sizeof(*sorted), compare_ids);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(sorted[i]->id, sorted[i - 1]->id) == 0)
            read_problem(reader, path_key(path_index("rules", (size_t)(sorted[i] - rules)).text, "id").text,
                         false, "rule id \"%.60s\" is already the one of line %u", sorted[i]->id,
                         sorted[i - 1]->line);
    }
    free(sorted);
}

void library_read_rules(struct reader *reader, const json_t *root)
{
    json_t *array = read_array(reader, root, "", "rules", false), *value;
    size_t n = json_array_size(array), i;
    struct rule *rules = read_alloc(reader, n, sizeof(*rules));
    struct read_place *places = calloc(n + 1, sizeof(*places));

    if (rules != NULL && places != NULL) {
        read_places(reader, &READ_ROOT, "rules", places, n);
        json_array_foreach(array, i, value)
        {
            rules[i].line = places[i].line;
            rules[i].col = places[i].col;
            read_rule(reader, value, path_index("rules", i).text, &rules[i]);
        }
        check_ids(reader, rules, n);
        reader->library->rules = rules;
        reader->library->nrules = n;
    }
    free(places);
}

static bool asks_model(const struct expression *expression)
{
    return expression != NULL && (expression_facts(expression) >> FACT_MODEL_SCORE & 1) != 0;
}

/* Can it be true without a phrase of any set? */
static bool needs_set(const struct expression *expression)
{
    struct trigger trigger = {0};
    struct arena arena;
    bool needs;

    arena_init(&arena, 4096);
    needs = expression_trigger(expression, &arena, &trigger) == 0 && trigger.nsets > 0;
    arena_fini(&arena);
    return needs;
}

/* The learned score may speak beside phrases, never alone, and silence nobody. */
static void check_model_score(const struct library *library, struct err *err)
{
    for (size_t i = 0; i < library->nrules; i++) {
        const struct rule *rule = &library->rules[i];
        if (rule->state != RULE_OFF && asks_model(rule->when) && !needs_set(rule->when))
            document_error(&library->document, err, path_key(path_index("rules", i).text, "when").text, false,
                           "rule %s: model.score may not stand alone: require a set beside it", rule->id);
    }
    for (size_t i = 0; i < library->nsuppressors; i++) {
        const struct suppressor *suppressor = &library->suppressors[i];
        if (asks_model(suppressor->when) || asks_model(suppressor->unless))
            document_error(&library->document, err, path_index("suppress", i).text, false,
                           "what suppresses may not rest on model.score: ask for it in a rule, beside a set");
    }
}

void library_check(const struct library *library, struct err *err)
{
    char what[128];

    check_model_score(library, err);
    for (size_t i = 0; i < library->nrules; i++) {
        const struct rule *rule = &library->rules[i];
        struct path path = path_key(path_index("rules", i).text, "when");
        if (rule->when == NULL || rule->state == RULE_OFF ||
            expression_alone(rule->when, what, sizeof(what)) == NULL)
            continue;
        if (strcmp(what, "nothing") == 0)
            document_error(&library->document, err, path.text, false,
                           "rule %s: true without any fragment or number fact; require one", rule->id);
        else if (strcmp(what, "caller.international") == 0)
            document_error(&library->document, err, path.text, false,
                           "rule %s: caller.international alone never warns; require more", rule->id);
        else if (!rule->alone)
            document_error(
                &library->document, err, path.text, false,
                "rule %s: one fragment of \"%s\" alone would warn; require another set or a fact, or say "
                "\"alone\": true with %d \"miss\" samples",
                rule->id, what, ALONE_MIN_MISS);
    }
}
