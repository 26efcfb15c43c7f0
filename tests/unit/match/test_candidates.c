/* test_candidates.c - no rule is missed: random conditions on so many sets that their masks take several words, over
 * random texts, fire when a naive reading of them says so. */
#include "match_setup.h"

#define NSETS 150
#define NRULES 60
#define MAX_DEMANDS 5
#define MAX_WIDTH 6

/* All of these demands, each on one of its sets; with `negated` (unless NSETS) not there. */
struct plan {
    unsigned demands, width[MAX_DEMANDS], sets[MAX_DEMANDS][MAX_WIDTH], negated;
};

static unsigned pick(uint64_t *state, unsigned n)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (unsigned)(*state % n);
}

/* Sets far apart and, every other time, side by side: one word of the mask, or up to three. */
static void make_plan(struct plan *plan, uint64_t *state)
{
    plan->demands = 1 + pick(state, MAX_DEMANDS);
    plan->negated = pick(state, 2 * NSETS);
    for (unsigned i = 0; i < plan->demands; i++) {
        unsigned near = pick(state, 2) == 0 ? 8 : NSETS, from = pick(state, NSETS);
        plan->width[i] = 1 + pick(state, MAX_WIDTH);
        for (unsigned k = 0; k < plan->width[i]; k++)
            plan->sets[i][k] = (from + pick(state, near)) % NSETS;
    }
}

static bool is_true(const struct plan *plan, const bool *there)
{
    for (unsigned i = 0; i < plan->demands; i++) {
        bool met = false;
        for (unsigned k = 0; k < plan->width[i]; k++)
            met = met || there[plan->sets[i][k]];
        if (!met)
            return false;
    }
    return plan->negated >= NSETS || !there[plan->negated];
}

/* The one phrase of each: two words of which only the first is looked for, every third a word alone. */
static void print_phrase(FILE *out, unsigned set, const char *between)
{
    static const char *const one[] = {"梨", "桃", "杏", "枣", "瓜", "藤", "叶", "根", "枝", "花", "芽", "籽", "壳"};

    fprintf(out, "果%s%s", one[set % 13], one[set / 13]);
    if (set % 3 != 0)
        fprintf(out, "%s园%s%s", between, one[set / 13], one[set % 13]);
}

static void print_rule(FILE *out, const struct plan *plan, unsigned number)
{
    fprintf(out, "%s{\"id\":\"C-%03u\",\"type\":\"t\",\"state\":\"live\",\"tier\":\"low\",\"alone\":true,\"when\":\"",
            number > 0 ? "," : "", number);
    for (unsigned i = 0; i < plan->demands; i++)
        for (unsigned k = 0; k < plan->width[i]; k++)
            fprintf(out, "%s%ss%u%s", i > 0 && k == 0 ? " and " : "", k == 0 ? "(" : " or ", plan->sets[i][k],
                    k + 1 == plan->width[i] ? ")" : "");
    if (plan->negated < NSETS)
        fprintf(out, " and not s%u", plan->negated);
    fprintf(out, "\",\"reason\":\"r\",\"hit\":[\"果\"],\"miss\":[\"果\"");
    for (unsigned i = 0; i < 10; i++) /* a rule that is "alone" must have so many */
        fprintf(out, ",\"果%u\"", i);
    fprintf(out, "]}");
}

static struct ruleset *load_plans(const struct plan *plans)
{
    const char *libraries[] = {NULL, NULL};
    struct ruleset_options options;
    struct ruleset *ruleset;
    char *text = NULL, dir[64];
    size_t size;
    struct err err;
    FILE *out = open_memstream(&text, &size);

    fprintf(out, "{\"telsieve\":1,\"library\":\"c\",\"family\":\"C\",\"title\":\"t\",\"version\":\"1\",\"sets\":{");
    for (unsigned i = 0; i < NSETS; i++) {
        fprintf(out, "%s\"s%u\":{\"role\":\"T\",\"phrases\":[\"", i > 0 ? "," : "", i);
        print_phrase(out, i, "~4");
        fprintf(out, "\"]}");
    }
    fprintf(out, "},\"rules\":[");
    for (unsigned i = 0; i < NRULES; i++)
        print_rule(out, &plans[i], i);
    fprintf(out, "]}");
    fclose(out);
    libraries[0] = text;
    setup_dir(dir, libraries);
    err_init(&err);
    ruleset_options_default(&options);
    options.skip_self_test = true;
    ruleset = ruleset_load(dir, &options, &err);
    ck_assert_msg(ruleset != NULL, "%.2000s", err.text);
    setup_remove(dir);
    err_fini(&err);
    free(text);
    return ruleset;
}

/* A text with some sets, and with the beginnings of the phrases of others. */
static char *make_text(uint64_t *state, bool *there)
{
    unsigned from = pick(state, NSETS), near = pick(state, 2) == 0 ? 12 : NSETS;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    memset(there, 0, NSETS * sizeof(*there));
    for (unsigned n = 1 + pick(state, 12); n > 0; n--) {
        unsigned set = (from + pick(state, near)) % NSETS;
        there[set] = true;
        print_phrase(out, set, "的");
        fprintf(out, "。");
    }
    fclose(out);
    return text;
}

START_TEST(no_rule_is_missed_and_none_fires_in_vain)
{
    uint64_t state = 88172645463325252u;
    struct plan plans[NRULES];
    struct judge *judge = judge_new();
    struct ruleset *ruleset;
    unsigned fired = 0;

    for (unsigned i = 0; i < NRULES; i++)
        make_plan(&plans[i], &state);
    ruleset = load_plans(plans);
    ck_assert_int_eq(judge_use(judge, ruleset), 0);
    for (int round = 0; round < 3000; round++) {
        bool there[NSETS], told[NRULES] = {false};
        char *text = make_text(&state, there);
        struct record record = setup_sms("13912345678", text);
        const struct verdict *verdict = setup_judge(judge, &record);

        for (size_t i = 0; i < verdict->nlive; i++)
            told[strtoul(verdict->fired[i].rule->id + 2, NULL, 10)] = true;
        for (unsigned i = 0; i < NRULES; i++)
            ck_assert_msg(told[i] == is_true(&plans[i], there), "%s: C-%03u is %s", text, i,
                          told[i] ? "told in vain" : "missed");
        fired += verdict->nlive > 0;
        free(text);
    }
    ck_assert_uint_gt(fired, 500);
    ck_assert_uint_lt(fired, 2990);
    judge_free(&judge);
    ruleset_free(&ruleset);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("candidates");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, no_rule_is_missed_and_none_fires_in_vain);
    return setup_run("candidates", tests);
}
