/* fuzz_library.c - any bytes as a library file: a library or a problem list, never both, never neither. What
 * was taken keeps what library.h, fragment.h and expression.h promise: the steps and the anchor of every
 * phrase, conditions that resolve and evaluate to the same value as often as they are asked, triggers that
 * hold when they are true. */
#include "config/document.h"
#include "match/fact_signal.h"
#include "match/library.h"
#include "match/library_format.h"
#include "match/library_link.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SETS 64

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* ---- phrases ---- */

static void check_step(const struct step *step)
{
    size_t most = step->set.p != NULL ? FRAGMENT_MAX_NAMED : FRAGMENT_MAX_ALTERNATIVES;

    must(step->gap >= -1 && step->gap <= FRAGMENT_GAP_MAX);
    must(step->kind == STEP_NUMBER ? step->nalt == 0 && !step->optional : step->nalt >= 1 && step->nalt <= most);
    for (size_t i = 0; i < step->nalt; i++)
        must(step->alt[i].n > 0);
}

static void check_fragment(const struct fragment *fragment)
{
    must(fragment->line > 0 && fragment->col > 0 && fragment->source.n > 0);
    if (fragment->kind == FRAGMENT_REGEX) {
        must(fragment->regex.n == fragment->source.n - 3);
        return;
    }
    must(fragment->nsteps >= 1 && fragment->nsteps <= FRAGMENT_MAX_STEPS &&
         fragment->anchor < fragment->nsteps);
    must(fragment->steps[fragment->anchor].kind == STEP_ALTERNATIVES &&
         !fragment->steps[fragment->anchor].optional);
    for (size_t i = 0; i < fragment->nsteps; i++)
        check_step(&fragment->steps[i]);
}

/* ---- conditions ---- */

struct world {
    const struct library *library;
    struct match matches[MAX_SETS];
    uint32_t first[MAX_SETS + 1], count[MAX_SETS + 1];
};

/* Names that the library lacks are sets, so that conditions over other libraries are evaluated too. */
static struct symbol lookup(void *ctx, struct str name)
{
    const struct world *world = ctx;

    for (size_t i = 0; i < world->library->nconditions; i++) {
        if (str_eqz(name, world->library->conditions[i].name))
            return (struct symbol){.kind = SYMBOL_CONDITION,
                                   .condition = world->library->conditions[i].expression};
    }
    return (struct symbol){.kind = SYMBOL_SET,
                           .set = (uint32_t)(name.n * 7 + (unsigned char)name.p[0]) % MAX_SETS};
}

static void place_matches(struct world *world, unsigned seed)
{
    uint32_t n = 0;

    for (uint32_t set = 0; set < MAX_SETS; set++) {
        world->first[set] = n;
        world->count[set] = (set * 2654435761u >> seed) & 1;
        if (world->count[set] == 0)
            continue;
        world->matches[n++] = (struct match){.set = set,
                                             .fragment = set,
                                             .field = CANON_TEXT,
                                             .polarity = (uint8_t)(1u << (set + seed) % 3),
                                             .char_start = set * 5,
                                             .char_end = set * 5 + 2,
                                             .sentence = set % 3};
    }
}

static bool is_live(const struct world *world, uint32_t set)
{
    return world->count[set] > 0 && world->matches[world->first[set]].polarity == POLARITY_LIVE;
}

static bool trigger_holds(const struct world *world, struct subject *subject, const struct trigger *trigger)
{
    bool set = trigger->nsets == 0;

    for (size_t i = 0; i < trigger->nsets; i++)
        set = set || is_live(world, trigger->sets[i]);
    return set && (fact_signals(subject) & trigger->against) == 0 &&
           (trigger->need_flags_any == 0 || (subject->caller.flags & trigger->need_flags_any) != 0);
}

static void judge(struct world *world, const struct expression *expression, struct arena *arena)
{
    struct record record = {.present = FIELD_BIT(FIELD_CALLING) | FIELD_BIT(FIELD_TS), .has_text = true};
    struct canon canon = {.buf = (char[]){"ab"}, .chars = 2};
    struct contact_list contacts = {0};
    struct subject subject = {
        .record = &record, .canon = &canon, .contacts = &contacts, .contacts_done = true};
    struct eval eval = {.subject = &subject, .view = {world->matches, world->first, world->count, 3}};
    struct trigger trigger;
    char missing[40], alone[40];

    must(expression_trigger(expression, arena, &trigger) == 0);
    expression_alone(expression, alone, sizeof(alone));
    for (unsigned seed = 0; seed < 6; seed++) {
        place_matches(world, seed);
        subject.caller.flags = seed % 2 ? NUMBER_FLAG(CN_INTL) : 0;
        subject.caller.international = seed % 3 == 0;
        eval.from = 0;
        eval.to = UINT32_MAX;
        eval.score = seed;
        enum tri whole = expression_eval(expression, &eval);
        eval.from = seed < 4 ? 0 : 10 * seed;
        eval.to = seed < 4 ? UINT32_MAX : eval.from + 100;
        enum tri value = expression_eval(expression, &eval);
        must(value != TRI_TRUE || whole == TRI_TRUE);
        must(value == expression_eval(expression, &eval));
        must(value != TRI_TRUE || trigger_holds(world, &subject, &trigger));
        expression_missing(expression, &eval, missing, sizeof(missing));
        must((missing[0] == '\0') == (value == TRI_TRUE));
    }
}

static void check_expression(struct world *world, struct expression *expression, struct arena *arena,
                             struct err *err)
{
    struct expression_scope scope = {world, lookup, NULL, NULL};

    if (expression != NULL &&
        expression_resolve(expression, &scope, &world->library->document, "rules", arena, err) == 0) {
        struct err warnings;
        err_init(&warnings);
        expression_lint(expression, world->count, &world->library->document, "rules", &warnings);
        err_fini(&warnings);
        judge(world, expression, arena);
    }
}

static void check_library(const struct library *library, struct err *err)
{
    struct world *world = calloc(1, sizeof(*world));
    struct arena arena;

    must(world != NULL && library->name != NULL && library->family != NULL && library->version != NULL);
    arena_init(&arena, 65536);
    world->library = library;
    for (size_t i = 0; i < library->nsets; i++) {
        for (size_t k = 0; k < library->sets[i].nfragments; k++)
            check_fragment(&library->sets[i].fragments[k]);
        for (size_t k = 0; k < library->sets[i].nallow; k++)
            check_fragment(&library->sets[i].allow[k]);
    }
    for (size_t i = 0; i < library->nconditions; i++)
        check_expression(world, library->conditions[i].expression, &arena, err);
    for (size_t i = 0; i < library->nrules; i++) {
        const struct rule *rule = &library->rules[i];
        must(rule->id != NULL && rule->line > 0 &&
             (rule->state != RULE_LIVE || (rule->nhit > 0 && rule->nmiss > 0)));
        for (size_t k = 0; k < rule->nhit; k++)
            must(rule->hit[k].json[0] == '{');
        check_expression(world, rule->when, &arena, err);
    }
    if (err->count == 0)
        library_check(library, err);
    arena_fini(&arena);
    free(world);
}

static struct folding *load_folding(void)
{
    struct err err;
    struct folding *folding;

    err_init(&err);
    folding = folding_load("patterns/folding.json", &err); /* run from the repository's root */
    must(folding != NULL);
    err_fini(&err);
    return folding;
}

/* Laid out it says the same, and laying that out changes nothing. */
static void check_layout(const struct library *library)
{
    char *once = library_format(library->document.root), *twice;
    json_t *again = once != NULL ? json_loads(once, 0, NULL) : NULL;

    must(again != NULL && json_equal(again, library->document.root) == 1);
    twice = library_format(again);
    must(twice != NULL && strcmp(once, twice) == 0);
    json_decref(again);
    free(once);
    free(twice);
}

/* The bytes themselves; then as one phrase and one condition of a library that is good otherwise. */
static void parse(struct str text, const struct folding *folding)
{
    struct err err;
    struct library *library;

    err_init(&err);
    library = library_parse("fuzz.json", text, folding, &err);
    must((library != NULL) == (err.count == 0));
    if (library != NULL)
        check_layout(library);
    if (library != NULL && library_link(library, NULL, &err) == 0)
        check_library(library, &err);
    library_free(&library);
    err_fini(&err);
}

static void parse_inside(struct str text, const struct folding *folding)
{
    const char *newline = memchr(text.p, '\n', text.n);
    struct str phrase = newline != NULL ? str_range(text.p, newline) : text;
    struct str when = newline != NULL ? str_range(newline + 1, text.p + text.n) : text;
    json_t *root =
        json_pack("{s:i,s:s,s:s,s:s,s:s,s:{s:{s:[s%]}},s:{s:s%},s:[{s:s,s:s,s:s,s:s,s:s}]}", "telsieve", 1,
                  "library", "f", "family", "R", "title", "t", "version", "1", "sets", "a", "phrases",
                  phrase.p, phrase.n, "conditions", "c", when.p, when.n, "rules", "id", "R-1", "type", "t",
                  "reason", "r", "state", "off", "when", "a and c");
    char *json = json_dumps(root, 0);

    if (json != NULL)
        parse(str_of(json), folding);
    free(json);
    json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct folding *folding; /* as long as the process */
    struct str text = {(const char *)data, size};

    if (folding == NULL)
        folding = load_folding();
    if (size > 16384)
        return 0;
    if (size > 0 && data[0] == '{')
        parse(text, folding);
    else if (size > 0)
        parse_inside(text, folding);
    return 0;
}
