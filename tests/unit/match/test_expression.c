/* Conditions: what they mean, where they are wrong, what triggers them. The meaning is held against a naive
 * three-valued evaluator on random conditions and random records. */
#include "config/document.h"
#include "match/expression.h"
#include "match/fact_signal.h"
#include "../setup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- a little world: five sets, one condition "deal", matches placed by hand ---- */

#define NSETS 5

static const char *const set_names[] = {"a", "b", "c", "d", "e", "shared.w", "deal", NULL};

static const char *const *known_names(void *ctx)
{
    (void)ctx;
    return set_names;
}

struct world {
    struct arena arena;
    struct err err;
    struct expression *deal;
    struct match matches[256];
    uint32_t first[NSETS + 1], count[NSETS + 1];
    size_t nmatches;
    struct record record;
    struct canon canon;
    struct contact_list contacts;
    struct subject subject;
    struct eval eval;
    uint64_t helping; /* sets, of the expression looked at */
};

static struct symbol lookup(void *ctx, struct str name)
{
    struct world *world = ctx;

    for (uint32_t i = 0; i <= NSETS; i++) {
        if (str_eqz(name, set_names[i]))
            return (struct symbol){.kind = SYMBOL_SET, .set = i, .whole = i == NSETS};
    }
    if (str_eqz(name, "deal") && world->deal != NULL)
        return (struct symbol){.kind = SYMBOL_CONDITION, .condition = world->deal};
    return (struct symbol){.kind = SYMBOL_NONE};
}

static void world_init(struct world *world)
{
    memset(world, 0, sizeof(*world));
    arena_init(&world->arena, 65536);
    err_init(&world->err);
    world->subject = (struct subject){.record = &world->record,
                                      .canon = &world->canon,
                                      .contacts = &world->contacts,
                                      .contacts_done = true};
    world->eval = (struct eval){.subject = &world->subject, .to = UINT32_MAX};
    world->eval.view = (struct match_view){world->matches, world->first, world->count, 0};
}

static void world_fini(struct world *world)
{
    arena_fini(&world->arena);
    err_fini(&world->err);
}

static struct expression *parse(struct world *world, const char *text)
{
    struct expression_scope scope = {world, lookup, known_names, NULL};
    struct expression *expression = expression_parse(&world->arena, str_of(text), NULL, "when", &world->err);

    if (expression == NULL ||
        expression_resolve(expression, &scope, NULL, "when", &world->arena, &world->err) != 0)
        return NULL;
    return expression;
}

static struct expression *parse_good(struct world *world, const char *text)
{
    struct expression *expression = parse(world, text);

    ck_assert_msg(expression != NULL, "%s: %s", text, world->err.text);
    return expression;
}

/* Matches must be added set by set. */
static struct match *add_match(struct world *world, uint32_t set, uint32_t from, uint32_t to)
{
    struct match *match = &world->matches[world->nmatches];

    if (world->count[set]++ == 0)
        world->first[set] = (uint32_t)world->nmatches;
    *match = (struct match){.fragment = set * 10, .set = set, .field = CANON_TEXT, .polarity = POLARITY_LIVE,
                            .char_start = from, .char_end = to};
    world->nmatches++;
    return match;
}

static void set_str(struct record *record, enum record_field field, const char *value)
{
    record->present |= FIELD_BIT(field);
    record->field[field].s = str_of(value);
}

static void set_int(struct record *record, enum record_field field, int64_t value)
{
    record->present |= FIELD_BIT(field);
    record->field[field].i = value;
}

static enum tri value_of(struct world *world, const char *text)
{
    return expression_eval(parse_good(world, text), &world->eval);
}

/* ---- terms ---- */

START_TEST(positions_decide_near_then_starts_and_same)
{
    static const struct {
        const char *text;
        enum tri want;
    } cases[] = {
        {"near(a, b, 5)", TRI_TRUE},   {"near(b, a, 5)", TRI_TRUE},  {"near(a, b, 4)", TRI_FALSE},
        {"then(a, b, 5)", TRI_TRUE},   {"then(a, b, 4)", TRI_FALSE}, {"then(b, a, 500)", TRI_FALSE},
        {"near(a, a, 500)", TRI_FALSE}, {"near(a, d, 500)", TRI_FALSE}, {"near(b, c, 0)", TRI_TRUE},
        {"starts(a, 5)", TRI_TRUE},    {"starts(a, 4)", TRI_FALSE},  {"starts(e, 500)", TRI_FALSE},
        {"same(sentence, a, b)", TRI_TRUE}, {"same(sentence, a, b, c)", TRI_FALSE},
        {"same(sentence, c, c)", TRI_TRUE}, {"same(sentence, a, d)", TRI_FALSE},
    };
    struct world world;

    world_init(&world);
    world.eval.view.greeting_chars = 10;
    add_match(&world, 0, 14, 16);
    add_match(&world, 1, 21, 25);
    add_match(&world, 2, 24, 28)->sentence = 1; /* overlaps b */
    add_match(&world, 4, 12, 14)->field = CANON_CALLER; /* no place in the text */
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        ck_assert_msg(value_of(&world, cases[i].text) == cases[i].want, "%s", cases[i].text);
    world_fini(&world);
}
END_TEST

START_TEST(a_set_means_live_hits_unless_it_says_otherwise)
{
    struct world world;

    world_init(&world);
    add_match(&world, 0, 0, 2)->polarity = POLARITY_NEGATED;
    add_match(&world, 1, 0, 2)->polarity = POLARITY_REPORTED;
    ck_assert_int_eq(value_of(&world, "a"), TRI_FALSE);
    ck_assert_int_eq(value_of(&world, "any(a)"), TRI_TRUE);
    ck_assert_int_eq(value_of(&world, "negated(a)"), TRI_TRUE);
    ck_assert_int_eq(value_of(&world, "reported(a)"), TRI_FALSE);
    ck_assert_int_eq(value_of(&world, "reported(b) and not b"), TRI_TRUE);
    ck_assert_int_eq(value_of(&world, "near(a, b, 9) or starts(a, 9) or same(sentence, a, b)"), TRI_FALSE);
    world_fini(&world);
}
END_TEST

START_TEST(count_counts_different_fragments)
{
    struct world world;

    world_init(&world);
    add_match(&world, 0, 0, 2);
    add_match(&world, 0, 5, 7); /* the same fragment again */
    add_match(&world, 0, 9, 12)->fragment = 3;
    add_match(&world, 0, 20, 22)->polarity = POLARITY_NEGATED;
    ck_assert_int_eq(value_of(&world, "count(a) == 2"), TRI_TRUE);
    ck_assert_int_eq(value_of(&world, "count(a) >= 3"), TRI_FALSE);
    ck_assert_int_eq(value_of(&world, "count(a) < 2"), TRI_FALSE);
    ck_assert_int_eq(value_of(&world, "count(b) == 0"), TRI_TRUE);
    world_fini(&world);
}
END_TEST

START_TEST(a_stretch_leaves_the_rest_of_the_text_out_but_not_other_fields)
{
    struct world world;

    world_init(&world);
    add_match(&world, 0, 15, 17)->sentence = 1;
    add_match(&world, 1, 0, 2)->field = CANON_CALLER;
    world.eval.to = 15;
    ck_assert_int_eq(value_of(&world, "a"), TRI_FALSE);
    ck_assert_int_eq(value_of(&world, "b"), TRI_TRUE);
    world.eval.from = 15;
    world.eval.to = 16;
    ck_assert_int_eq(value_of(&world, "a and b"), TRI_TRUE);
    world_fini(&world);
}
END_TEST

START_TEST(a_stretch_does_not_hide_what_excludes_what_opens_or_what_is_whole)
{
    static const struct {
        const char *text;
        enum tri want;
    } cases[] = {
        {"a", TRI_FALSE},
        {"not a", TRI_FALSE},
        {"not not a", TRI_FALSE},
        {"count(a) < 1", TRI_FALSE},
        {"count(a) >= 1", TRI_FALSE},
        {"not (count(a) >= 1)", TRI_FALSE},
        {"2 of (b, not a)", TRI_FALSE},
        {"b and not near(a, c, 3)", TRI_TRUE},
        {"starts(a, 5) and b", TRI_TRUE},
        {"starts(c, a, 5)", TRI_TRUE},
        {"shared.w", TRI_TRUE},
        {"any(shared.w)", TRI_TRUE},
    };
    struct world world;

    world_init(&world);
    add_match(&world, 0, 0, 2);
    add_match(&world, 1, 40, 42);
    add_match(&world, NSETS, 2, 4);
    world.eval.from = 30;
    world.eval.to = 50;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        ck_assert_msg(value_of(&world, cases[i].text) == cases[i].want, "%s", cases[i].text);
    world_fini(&world);
}
END_TEST

START_TEST(count_and_starts_take_several_sets)
{
    struct world world;

    world_init(&world);
    add_match(&world, 0, 0, 2);
    add_match(&world, 1, 4, 6);
    add_match(&world, 1, 8, 10); /* the same phrase again */
    add_match(&world, 2, 12, 14)->polarity = POLARITY_NEGATED;
    ck_assert_int_eq(value_of(&world, "count(a, b, c) >= 2"), TRI_TRUE);
    ck_assert_int_eq(value_of(&world, "count(a, b, c) >= 3"), TRI_FALSE);
    ck_assert_int_eq(value_of(&world, "count(a, a) >= 2"), TRI_FALSE);
    ck_assert_int_eq(value_of(&world, "starts(c, b, 5)"), TRI_TRUE);
    ck_assert_int_eq(value_of(&world, "starts(c, b, 4)"), TRI_FALSE);
    world_fini(&world);
}
END_TEST

START_TEST(unknown_is_not_false)
{
    static const struct {
        const char *text;
        enum tri want;
    } cases[] = {
        {"caller.roaming", TRI_UNKNOWN},
        {"not caller.roaming", TRI_UNKNOWN},
        {"known(caller.roaming)", TRI_FALSE},
        {"known(record.leg)", TRI_TRUE},
        {"caller.kind == 'mobile'", TRI_UNKNOWN},
        {"caller.kind != 'mobile'", TRI_UNKNOWN},
        {"caller.kind not in ('mobile', 'mvno')", TRI_UNKNOWN},
        {"'CN_INTL' not in caller.flags", TRI_UNKNOWN},
        {"caller.age_days > 30", TRI_UNKNOWN},
        {"caller.roaming and a", TRI_UNKNOWN},
        {"caller.roaming and b", TRI_FALSE},
        {"caller.roaming or a", TRI_TRUE},
        {"2 of (a, caller.roaming, b)", TRI_UNKNOWN},
        {"2 of (a, caller.roaming, a)", TRI_TRUE},
        {"2 of (b, caller.roaming, b)", TRI_FALSE},
        {"record.leg == \"mo\" and record.leg in ('ao', 'mo')", TRI_TRUE},
        {"record.leg != 'mo' or record.leg not in ('ao', 'mo')", TRI_FALSE},
    };
    struct world world;

    world_init(&world);
    add_match(&world, 0, 0, 2);
    set_str(&world.record, FIELD_LEG, "mo");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        ck_assert_msg(value_of(&world, cases[i].text) == cases[i].want, "%s", cases[i].text);
    world_fini(&world);
}
END_TEST

/* ---- problems ---- */

START_TEST(every_mistake_is_told_at_its_place)
{
    static const struct {
        const char *text;
        unsigned col; /* in the JSON below, where the condition begins at column 11 */
        const char *says;
    } cases[] = {
        {"", 11, "empty"},
        {"a and", 16, "expected at the end"},
        {"a b", 13, "\"and\" or \"or\" expected"},
        {"a and (b or c", 24, "\"and\", \"or\" or \")\""},
        {"a & b", 13, "no meaning"},
        {"demnd", 11, "unknown set or condition \"demnd\""},
        {"a and shared.x", 17, "did you mean \"shared.w\"?"},
        {"caller.romaing", 11, "did you mean \"caller.roaming\"?"},
        {"nea(a, b, 3)", 11, "did you mean \"near\"?"},
        {"near(a, b)", 20, "\",\" expected"},
        {"near(a, text.url, 3)", 19, "text.url is a fact"},
        {"near(a, deal, 3)", 19, "\"deal\" is a condition"},
        {"near(a, b, 5000)", 22, "up to 4096"},
        {"same(text, a, b)", 16, "\"sentence\" expected"},
        {"same(sentence, a)", 24, "two sets"},
        {"caller.kind == 'mobil'", 26, "did you mean \"mobile\"?"},
        {"caller.kind in ('mvno', 'mobil')", 35, "did you mean \"mobile\"?"},
        {"caller.kind > 'mobile'", 11, "is a word"},
        {"caller.kind", 11, "is a word"},
        {"caller.kind == 3", 26, "a word in quotes expected"},
        {"caller.country == '+95'", 29, "calling code"},
        {"caller.age_days", 11, "is a number"},
        {"caller.age_days > '3'", 29, "compare it with a number"},
        {"text.url == 'yes'", 20, "true or false"},
        {"text.url in ('yes')", 20, "true or false"},
        {"caller.flags", 11, "set of flags"},
        {"'CN_INT' in caller.flags", 11, "did you mean \"CN_INTL\"?"},
        {"'CN_INTL' in text.url", 11, "a string may only stand"},
        {"caler.kind == 'mobile'", 11, "unknown fact \"caler.kind\" (did you mean \"caller.kind\"?)"},
        {"caller.vplmn in list.bad", 11, "caller.vplmn cannot be in a list"},
        {"3 of (a, b)", 11, "from 1 to 2"},
        {"0 of (a, b)", 11, "from 1 to 2"},
        {"2 (a, b)", 11, "a number is no condition"},
        {"count(a)", 19, "a comparison"},
        {"count(a) >= 99", 23, "up to 64"},
        {"caller.kind == 'mobile", 26, "without its closing"},
        {"not not", 18, "expected at the end"},
        {"a and or", 17, "not \"or\""},
        {"known(text.lenght)", 17, "did you mean \"text.length\"?"},
        {"a = b", 13, "write =="},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct world world;
        struct document document;
        char json[256], place[64];
        json_t *value = json_string(cases[i].text);
        char *quoted = json_dumps(value, JSON_ENCODE_ANY);

        world_init(&world);
        world.deal = expression_parse(&world.arena, str_of("a"), NULL, "deal", &world.err);
        struct expression_scope scope = {&world, lookup, known_names, NULL};
        snprintf(json, sizeof(json), "{\n \"when\": %s }", quoted);
        ck_assert_int_eq(document_parse(&document, "x.json", str_of(json), &world.err), 0);
        struct expression *expression =
            expression_parse(&world.arena, str_of(cases[i].text), &document, "when", &world.err);
        if (expression != NULL)
            ck_assert_int_ne(
                expression_resolve(expression, &scope, &document, "when", &world.arena, &world.err), 0);
        snprintf(place, sizeof(place), "x.json:2:%u: when: ", cases[i].col);
        ck_assert_msg(world.err.count == 1 && strncmp(world.err.text, place, strlen(place)) == 0 &&
                          strstr(world.err.text, cases[i].says) != NULL,
                      "%s\nwant %s… %s\ngot  %s", cases[i].text, place, cases[i].says, world.err.text);
        document_fini(&document);
        free(quoted);
        json_decref(value);
        world_fini(&world);
    }
}
END_TEST

START_TEST(with_escapes_the_place_is_the_string)
{
    struct document document;
    struct world world;

    world_init(&world);
    ck_assert_int_eq(
        document_parse(&document, "x.json", str_of("{\"when\": \"a == \\\"x\\\" demnd\"}"), &world.err), 0);
    ck_assert_ptr_null(expression_parse(&world.arena, str_of("a b == \"x\""), &document, "when", &world.err));
    ck_assert_msg(strncmp(world.err.text, "x.json:1:10: ", 13) == 0, "%s", world.err.text);
    document_fini(&document);
    world_fini(&world);
}
END_TEST

START_TEST(several_wrong_words_are_all_told)
{
    struct world world;

    world_init(&world);
    ck_assert_ptr_null(parse(&world, "caller.kind == 'mobil' and caller.trust == 'truste'"));
    ck_assert_uint_eq(world.err.count, 2);
    world_fini(&world);
}
END_TEST

START_TEST(a_condition_that_rests_on_itself_is_told_once)
{
    struct world world;
    struct expression_scope scope = {&world, lookup, known_names, NULL};

    world_init(&world);
    world.deal = expression_parse(&world.arena, str_of("a or (b and deal)"), NULL, "deal", &world.err);
    ck_assert_int_ne(expression_resolve(world.deal, &scope, NULL, "deal", &world.arena, &world.err), 0);
    ck_assert_ptr_null(parse(&world, "a and deal"));
    ck_assert_uint_eq(world.err.count, 1);
    ck_assert_ptr_nonnull(strstr(world.err.text, "rests on itself"));
    world_fini(&world);
}
END_TEST

START_TEST(nesting_is_bounded)
{
    char text[4096] = "";
    struct world world;

    world_init(&world);
    for (int i = 0; i < 200; i++)
        strcat(text, "not (");
    ck_assert_ptr_null(parse(&world, text));
    ck_assert_ptr_nonnull(strstr(world.err.text, "nested"));
    world_fini(&world);
}
END_TEST

/* No combination of these can say no; looking at each would take for ever. */
START_TEST(many_items_of_which_half_must_hold_are_bound_at_once)
{
    char text[1024] = "20 of (not a";
    struct expression *expression;
    struct trigger trigger;
    struct world world;

    world_init(&world);
    for (int i = 1; i < 40; i++)
        strcat(text, ", not a");
    expression = parse_good(&world, strcat(text, ")"));
    ck_assert_int_eq(expression_trigger(expression, &world.arena, &trigger), 0);
    ck_assert(trigger.always);
    ck_assert_int_eq(expression_eval(expression, &world.eval), TRI_TRUE);
    world_fini(&world);
}
END_TEST

/* ---- what is missing, what is enough ---- */

START_TEST(missing_names_the_fewest_terms)
{
    static const struct {
        const char *text, *missing;
    } cases[] = {
        {"a", ""},
        {"a and b", "b"},
        {"a and (b or c and d)", "b"},
        {"a and not shared.w", "not shared.w"},
        {"caller.roaming and a", "caller.roaming (unknown)"},
        {"2 of (a, b and c, d)", "d"}, {"3 of (a, b and c, d, e)", "d, e"},
        {"3 of (a, b and c, d)", "b, c, d"},
        {"b and caller.kind == 'mobile'", "b, caller.kind == 'mobile' (unknown)"},
        {"(b and c) or (c and d and e)", "b, c"},
        {"not (a or shared.w)", "not a, not shared.w"},
        {"not (a and shared.w)", "not a"},
        {"near(a, b, 10)", "near(a, b, 10)"},
    };
    struct world world;
    char out[200], cut[8];

    world_init(&world);
    add_match(&world, 0, 0, 2);
    add_match(&world, NSETS, 5, 6);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        expression_missing(parse_good(&world, cases[i].text), &world.eval, out, sizeof(out));
        ck_assert_msg(strcmp(out, cases[i].missing) == 0, "%s: got \"%s\", want \"%s\"", cases[i].text, out,
                      cases[i].missing);
    }
    expression_missing(parse_good(&world, "b and c and d and e"), &world.eval, cut, sizeof(cut));
    ck_assert_str_eq(cut, "b, c, d");
    world_fini(&world);
}
END_TEST

START_TEST(one_fragment_alone_is_seen)
{
    static const struct {
        const char *text, *alone; /* NULL: takes more */
    } cases[] = {
        {"a", "a"},
        {"a and a", "a"},
        {"a and (b or a)", "a"},
        {"b and (a or c)", NULL},
        {"a and text.contact", NULL},
        {"a and not text.optout and not shared.w", "a"},
        {"a and text.length > 20 and record.kind == 'sms'", "a"},
        {"a and caller.kind != 'mobile'", "a"},
        {"a and caller.kind == 'mobile'", NULL},
        {"a or 'CN_INTL' in caller.flags", "a"},
        {"'CN_INTL' in caller.flags", NULL},
        {"caller.international", "caller.international"},
        {"caller.international and text.url", NULL},
        {"not a", "nothing"},
        {"text.length > 3", "nothing"},
        {"count(a) >= 2", NULL},
        {"count(a) >= 1", "a"},
        {"starts(b, 20)", "b"},
        {"near(a, b, 20)", NULL},
        {"2 of (a, b, c)", NULL},
        {"2 of (a, b, not c)", "a"},
        {"score >= 4", NULL},
        {"deal", "c"},
    };
    struct world world;
    char what[64];

    world_init(&world);
    world.deal = expression_parse(&world.arena, str_of("c or a and b"), NULL, "deal", &world.err);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *got = expression_alone(parse_good(&world, cases[i].text), what, sizeof(what));
        ck_assert_msg((got == NULL) == (cases[i].alone == NULL) &&
                          (got == NULL || strcmp(got, cases[i].alone) == 0),
                      "%s: got %s, want %s", cases[i].text, got, cases[i].alone);
    }
    world_fini(&world);
}
END_TEST

START_TEST(triggers_ask_for_the_cheapest_certain_thing)
{
    const struct str sms = str_of("sms"), missing = str_of("missing");
    const uint64_t abroad = fact_against_truth(FACT_CALLER_INTERNATIONAL, true),
                   no_url = fact_against_truth(FACT_TEXT_URL, true),
                   not_sms = fact_against_words(FACT_RECORD_KIND, &sms, 1, true),
                   not_missing = fact_against_words(FACT_CALLER_KIND, &missing, 1, true);
    const struct {
        const char *text, *sets; /* letters of the sets */
        uint64_t against;
        uint32_t flags;
    } cases[] = {
        {"a", "a", 0, 0},
        {"a or b", "ab", 0, 0},
        {"(a or b or c) and d", "d", 0, 0},
        {"(a or b) and caller.international", "ab", abroad, 0},
        {"caller.international and text.url", "", abroad | no_url, 0},
        {"a and (url.lookalike or claim.url_mismatch)", "a", no_url, 0},
        {"not text.url", "", 0, 0},
        {"a or text.url", "", 0, 0},
        {"record.kind == 'sms' and caller.kind == 'missing'", "", not_sms | not_missing, 0},
        {"record.kind == 'sms' or caller.kind == 'missing'", "", 0, 0},
        {"record.kind == 'sms' and (a or caller.kind == 'missing')", "", not_sms, 0},
        {"not (record.kind != 'sms' or not caller.international)", "", not_sms | abroad, 0},
        {"caller.kind in ('missing', 'iot') and a or caller.kind == 'missing'", "",
         fact_against_words(FACT_CALLER_KIND, (struct str[]){missing, str_of("iot")}, 2, true), 0},
        {"text.disguise >= 1", "", fact_against_zero(FACT_TEXT_DISGUISE), 0},
        {"text.disguise < 1", "", 0, 0},
        {"not (text.disguise == 0)", "", fact_against_zero(FACT_TEXT_DISGUISE), 0},
        {"caller.kind != 'missing'", "", fact_against_words(FACT_CALLER_KIND, &missing, 1, false), 0},
        {"not a", "", 0, 0},
        {"not (not a or not b)", "a", 0, 0},
        {"2 of (a, b, c)", "ab", 0, 0},
        {"3 of (a, b, c)", "a", 0, 0},
        {"not (2 of (not a, not b, not c))", "ab", 0, 0},
        {"any(a)", "a", 0, 0},
        {"count(a) >= 2", "a", 0, 0},
        {"count(a) < 2", "", 0, 0},
        {"'CN_INTL' in caller.flags or 'MULTI0' in caller.flags", "", 0, NUMBER_FLAG(CN_INTL) | NUMBER_FLAG(MULTI0)},
        {"'CN_INTL' in caller.flags or a", "", 0, 0},
        {"'CN_INTL' not in caller.flags", "", 0, 0},
        {"deal and (a or b or d)", "c", 0, 0},
    };
    struct world world;

    world_init(&world);
    world.deal = expression_parse(&world.arena, str_of("c"), NULL, "deal", &world.err);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct trigger trigger;
        char sets[16] = "";
        ck_assert_int_eq(expression_trigger(parse_good(&world, cases[i].text), &world.arena, &trigger), 0);
        for (size_t k = 0; k < trigger.nsets; k++)
            strcat(sets, set_names[trigger.sets[k]]);
        ck_assert_msg(strcmp(sets, cases[i].sets) == 0 && trigger.against == cases[i].against &&
                          trigger.need_flags_any == cases[i].flags &&
                          trigger.always ==
                              (sets[0] == '\0' && trigger.against == 0 && trigger.need_flags_any == 0),
                      "%s: sets \"%s\", against %llx, flags %x", cases[i].text, sets,
                      (unsigned long long)trigger.against, trigger.need_flags_any);
    }
    world_fini(&world);
}
END_TEST

START_TEST(demands_are_one_for_each_part_that_must_hold_and_only_where_none_is_true_without)
{
    static const struct {
        const char *text, *demands; /* letters of the sets; narrowest first */
    } cases[] = {
        {"a", "a"},
        {"a and b", "a,b"},
        {"a and (b or c)", "a,bc"},
        {"a and (b or c or d) and (b or c)", "a,bc,bcd"},
        {"a and (b or text.url)", "a"},
        {"a and not b", "a"},
        {"a and any(b)", "a,b"},
        {"a and b or c", "ac"},
        {"2 of (a, b, c)", "ab"},
        {"not (not a or not b)", "a,b"},
        {"(a and b) and (c and d)", "a,b,c,d"},
        {"text.url", ""},
    };
    struct world world;

    world_init(&world);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct demands demands;
        char got[64] = "";

        ck_assert_int_eq(expression_demands(parse_good(&world, cases[i].text), &world.arena, &demands), 0);
        for (uint32_t k = 0; k < demands.n; k++) {
            strcat(got, k > 0 && demands.words[k - 1].last ? "," : "");
            ck_assert_uint_eq(demands.words[k].word, 0);
            for (uint32_t set = 0; set < NSETS; set++)
                if ((demands.words[k].mask >> set & 1) != 0)
                    strcat(got, set_names[set]);
        }
        ck_assert_msg(strcmp(got, cases[i].demands) == 0, "%s: demands \"%s\"", cases[i].text, got);
    }
    world_fini(&world);
}
END_TEST

START_TEST(facts_mentioned_are_listed_through_conditions)
{
    struct world world;

    world_init(&world);
    world.deal = expression_parse(&world.arena, str_of("text.url or a"), NULL, "deal", &world.err);
    ck_assert_uint_eq(expression_facts(parse_good(&world, "deal and not known(call.dur)")),
                      UINT64_C(1) << FACT_TEXT_URL | UINT64_C(1) << FACT_CALL_DUR);
    world_fini(&world);
}
END_TEST

/* ---- random conditions against a naive evaluator ---- */

struct random {
    uint64_t state;
};

static unsigned pick(struct random *random, unsigned below)
{
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return (unsigned)(random->state >> 33) % below;
}

/* A record as the naive evaluator sees it; tri per fact. */
struct naive {
    unsigned live[NSETS], negated[NSETS], reported[NSETS]; /* different fragments */
    enum tri roaming, contact, international, flagged, mobile;
    int length; /* -1 unknown */
    double score;
};

enum leaf {
    L_SET,
    L_ANY,
    L_NEGATED,
    L_REPORTED,
    L_COUNT,
    L_FEW,
    L_ROAMING,
    L_CONTACT,
    L_INTL,
    L_FLAG,
    L_NO_FLAG,
    L_MOBILE,
    L_NOT_MOBILE,
    L_LENGTH,
    L_SCORE,
    L_KNOWN,
    L_DEAL,
    NLEAVES
};

struct plan {
    enum { P_LEAF, P_NOT, P_AND, P_OR, P_OF } kind;
    enum leaf leaf;
    unsigned set, of, n;
    struct plan *kid[4];
};

static enum tri lower(enum tri a, enum tri b) /* false < unknown < true */
{
    if (a == TRI_FALSE || b == TRI_FALSE)
        return TRI_FALSE;
    return a == TRI_TRUE ? b : a;
}

static enum tri opposite(enum tri a)
{
    return a == TRI_FALSE ? TRI_TRUE : a == TRI_TRUE ? TRI_FALSE : TRI_UNKNOWN;
}

static enum tri truth(bool a)
{
    return a ? TRI_TRUE : TRI_FALSE;
}

static enum tri naive_leaf(const struct naive *naive, const struct plan *plan)
{
    unsigned set = plan->set;

    switch (plan->leaf) {
    case L_SET: return truth(naive->live[set] > 0);
    case L_ANY: return truth(naive->live[set] + naive->negated[set] + naive->reported[set] > 0);
    case L_NEGATED: return truth(naive->negated[set] > 0);
    case L_REPORTED: return truth(naive->reported[set] > 0);
    case L_COUNT: return truth(naive->live[set] >= 2);
    case L_FEW: return truth(naive->live[set] < 2);
    case L_ROAMING: return naive->roaming;
    case L_CONTACT: return naive->contact;
    case L_INTL: return naive->international;
    case L_FLAG: return naive->flagged;
    case L_NO_FLAG: return opposite(naive->flagged);
    case L_MOBILE: return naive->mobile;
    case L_NOT_MOBILE: return opposite(naive->mobile);
    case L_LENGTH: return naive->length < 0 ? TRI_UNKNOWN : truth(naive->length > 50);
    case L_SCORE: return truth(naive->score >= 3);
    case L_KNOWN: return truth(naive->roaming != TRI_UNKNOWN);
    case L_DEAL: return lower(truth(naive->live[0] > 0), opposite(naive->contact)); /* see the test */
    case NLEAVES: break;
    }
    abort();
}

static enum tri naive_value(const struct naive *naive, const struct plan *plan)
{
    enum tri value = plan->kind == P_AND ? TRI_TRUE : TRI_FALSE;
    unsigned yes = 0, maybe = 0;

    if (plan->kind == P_LEAF)
        return naive_leaf(naive, plan);
    if (plan->kind == P_NOT)
        return opposite(naive_value(naive, plan->kid[0]));
    for (unsigned i = 0; i < plan->n; i++) {
        enum tri kid = naive_value(naive, plan->kid[i]);
        yes += kid == TRI_TRUE;
        maybe += kid == TRI_UNKNOWN;
        value = plan->kind == P_AND ? lower(value, kid) : opposite(lower(opposite(value), opposite(kid)));
    }
    if (plan->kind != P_OF)
        return value;
    return yes >= plan->of ? TRI_TRUE : yes + maybe < plan->of ? TRI_FALSE : TRI_UNKNOWN;
}

static struct plan *make_plan(struct random *random, struct arena *arena, unsigned depth)
{
    struct plan *plan = arena_calloc(arena, 1, sizeof(*plan));

    plan->kind = depth == 0 ? P_LEAF : pick(random, 5);
    if (plan->kind == P_LEAF) {
        plan->leaf = pick(random, NLEAVES);
        plan->set = pick(random, NSETS);
        return plan;
    }
    plan->n = plan->kind == P_NOT ? 1 : 1 + pick(random, 4);
    if (plan->n == 1 && (plan->kind == P_AND || plan->kind == P_OR))
        plan->n = 2;
    plan->of = 1 + pick(random, plan->n);
    for (unsigned i = 0; i < plan->n; i++)
        plan->kid[i] = make_plan(random, arena, depth - 1);
    return plan;
}

static void print_plan(const struct plan *plan, FILE *out)
{
    static const char *const leaves[NLEAVES] = {"%c",
                                                "any(%c)",
                                                "negated(%c)",
                                                "reported(%c)",
                                                "count(%c) >= 2",
                                                "count(%c) < 2",
                                                "caller.roaming",
                                                "text.contact",
                                                "caller.international",
                                                "\"CN_INTL\" in caller.flags",
                                                "\"CN_INTL\" not in caller.flags",
                                                "caller.kind == 'mobile'",
                                                "caller.kind not in ('mobile')",
                                                "text.length > 50",
                                                "score >= 3",
                                                "known(caller.roaming)",
                                                "deal"};

    switch (plan->kind) {
    case P_LEAF:
        for (const char *p = leaves[plan->leaf]; *p != '\0'; p++) {
            if (*p == '%')
                fputc((int)('a' + plan->set), out), p++;
            else
                fputc(*p, out);
        }
        return;
    case P_NOT: fputs("not (", out); break;
    case P_OF: fprintf(out, "%u of (", plan->of); break;
    default: fputc('(', out); break;
    }
    for (unsigned i = 0; i < plan->n; i++) {
        if (i > 0)
            fputs(plan->kind == P_AND ? " and " : plan->kind == P_OR ? " or " : ", ", out);
        print_plan(plan->kid[i], out);
    }
    fputc(')', out);
}

static void fill_sets(struct random *random, struct world *world, struct naive *naive)
{
    for (uint32_t set = 0; set < NSETS; set++) {
        unsigned fragment = 0;
        unsigned *const n[] = {&naive->live[set], &naive->negated[set], &naive->reported[set]};
        for (unsigned k = 0; k < 3; k++) {
            *n[k] = pick(random, 3) == 0 ? 1 + pick(random, 2) : 0;
            for (unsigned i = 0; i < *n[k]; i++, fragment++) {
                for (unsigned again = 0; again <= pick(random, 2); again++) {
                    struct match *match = add_match(world, set, fragment * 9, fragment * 9 + 2);
                    match->fragment = set * 10 + fragment;
                    match->polarity = (uint8_t)(1u << k);
                }
            }
        }
    }
}

static void fill_facts(struct random *random, struct world *world, struct naive *naive)
{
    naive->roaming = pick(random, 3);
    if (naive->roaming != TRI_UNKNOWN)
        set_int(&world->record, FIELD_ROAM, naive->roaming == TRI_TRUE ? 5 : 0);
    naive->international = naive->flagged = naive->mobile = TRI_UNKNOWN;
    if (pick(random, 3) > 0) {
        set_str(&world->record, FIELD_CALLING, "x");
        naive->international = truth(world->subject.caller.international = pick(random, 2));
        naive->flagged =
            truth((world->subject.caller.flags =
                       pick(random, 2) ? NUMBER_FLAG(CN_INTL) : NUMBER_FLAG(ZERO)) == NUMBER_FLAG(CN_INTL));
        naive->mobile = truth((world->subject.caller.kind = pick(random, 2) ? NUMBER_MOBILE : NUMBER_MVNO) ==
                              NUMBER_MOBILE);
    }
    naive->contact = TRI_UNKNOWN;
    naive->length = -1;
    if (pick(random, 3) > 0) {
        world->record.has_text = true;
        world->contacts.n = pick(random, 2);
        world->contacts.items[0].kind = CONTACT_QQ;
        naive->contact = truth(world->contacts.n > 0);
        naive->length = (int)pick(random, 100);
        world->canon.chars = (uint32_t)naive->length;
    }
    world->eval.score = naive->score = pick(random, 6);
}

static bool trigger_holds(const struct trigger *trigger, uint64_t hit, const struct naive *naive,
                          const struct subject *subject)
{
    bool set = trigger->nsets == 0;

    for (size_t i = 0; i < trigger->nsets; i++)
        set = set || (hit >> trigger->sets[i] & 1) != 0;
    return set && (fact_signals(subject) & trigger->against) == 0 &&
           (trigger->need_flags_any == 0 || naive->flagged == TRI_TRUE);
}

static void note_helping(void *ctx, uint32_t set)
{
    *(uint64_t *)ctx |= UINT64_C(1) << set;
}

/* By the sets that are there at all, whatever their polarity; those that cannot help the condition are never looked
 * for. */
static uint64_t hit_mask(const struct world *world)
{
    uint64_t hit = 0;

    for (uint32_t i = 0; i < NSETS; i++)
        hit |= (uint64_t)(world->count[i] > 0) << i;
    return hit & world->helping;
}

static bool demands_met(const struct demands *demands, const struct world *world)
{
    uint64_t hit = hit_mask(world);
    bool met = true;

    for (uint32_t k = 0; k < demands->n; k++) /* all sets of a demand are in its one word */
        met = met && (demands->words[k].mask & hit) != 0;
    return met;
}

static uint32_t count_of(void *ctx, uint32_t set, uint32_t need)
{
    const struct world *world = ctx;

    return world->count[set] < need ? world->count[set] : need;
}

static bool is_possible(const struct expression *expression, struct world *world, bool facts)
{
    uint64_t hit = hit_mask(world);
    struct presence presence = {&hit, count_of, world, fact_signals(&world->subject), world->subject.caller.flags,
                                facts ? &world->eval : NULL, FACTS_ALL};

    return expression_possible(expression, &presence);
}

START_TEST(random_conditions_mean_what_a_naive_evaluator_says_and_never_escape_their_trigger)
{
    struct random random = {88172645463325252u};
    unsigned seen[3] = {0}, skipped = 0, impossible = 0, false_by_facts = 0, unmet = 0;

    for (int round = 0; round < 20000; round++) {
        struct world world;
        char *text = NULL, missing[64];
        size_t size;
        struct trigger trigger;
        struct demands demands;

        world_init(&world);
        struct plan *plan = make_plan(&random, &world.arena, 1 + pick(&random, 4));
        FILE *out = open_memstream(&text, &size);
        print_plan(plan, out);
        fclose(out);
        world.deal =
            expression_parse(&world.arena, str_of("a and not text.contact"), NULL, "deal", &world.err);
        struct expression *expression = parse_good(&world, text);
        ck_assert_int_eq(expression_trigger(expression, &world.arena, &trigger), 0);
        ck_assert_int_eq(expression_demands(expression, &world.arena, &demands), 0);
        expression_helping_sets(expression, note_helping, &world.helping);
        for (int k = 0; k < 8; k++) {
            struct naive naive = {0};
            memset(&world.record, 0, sizeof(world.record));
            memset(world.count, 0, sizeof(world.count));
            world.nmatches = 0;
            fill_sets(&random, &world, &naive);
            fill_facts(&random, &world, &naive);
            enum tri want = naive_value(&naive, plan), got = expression_eval(expression, &world.eval);
            ck_assert_msg(got == want, "%s: got %d, want %d", text, got, want);
            ck_assert_msg(want != TRI_TRUE || trigger_holds(&trigger, hit_mask(&world), &naive, &world.subject),
                          "%s escapes its trigger",
                          text);
            ck_assert_msg(want != TRI_TRUE || demands_met(&demands, &world), "%s escapes its demands", text);
            ck_assert_msg(want != TRI_TRUE || is_possible(expression, &world, true), "%s was thought impossible", text);
            ck_assert_msg(is_possible(expression, &world, false) || !is_possible(expression, &world, true),
                          "%s: possible only when facts are asked for", text);
            impossible += !is_possible(expression, &world, false);
            false_by_facts += is_possible(expression, &world, false) && !is_possible(expression, &world, true);
            unmet += !demands_met(&demands, &world);
            expression_missing(expression, &world.eval, missing, sizeof(missing));
            ck_assert_msg((missing[0] == '\0') == (want == TRI_TRUE), "%s: missing \"%s\"", text, missing);
            world.eval.from = pick(&random, 8);
            world.eval.to = world.eval.from + pick(&random, 12);
            ck_assert_msg(want == TRI_TRUE || expression_eval(expression, &world.eval) != TRI_TRUE,
                          "%s: true of a stretch but not of the whole", text);
            world.eval.from = 0;
            world.eval.to = UINT32_MAX;
            seen[want]++;
            skipped += !trigger_holds(&trigger, hit_mask(&world), &naive, &world.subject);
        }
        free(text);
        world_fini(&world);
    }
    ck_assert_msg(seen[TRI_TRUE] > 10000 && seen[TRI_FALSE] > 10000 && seen[TRI_UNKNOWN] > 10000 &&
                      skipped > 10000 && impossible > 10000 && false_by_facts > 5000 && unmet > 5000 &&
                          impossible >= unmet,
                  "the test saw too little: %u false, %u true, %u unknown, %u skipped, %u impossible, %u unmet",
                  seen[TRI_FALSE], seen[TRI_TRUE], seen[TRI_UNKNOWN], skipped, impossible, unmet);
}
END_TEST

/* ---- random places against every pair of matches ---- */

/* Sets of matches that ascend as evaluate.c makes them: other fields first, then by place in the text. */
static void fill_places(struct random *random, struct world *world)
{
    memset(world->count, 0, sizeof(world->count));
    world->nmatches = 0;
    for (uint32_t set = 0; set < 3; set++) {
        unsigned n = pick(random, 12), at = 0;
        for (unsigned i = 0; i < n; i++) {
            bool text = i > 0 || pick(random, 4) > 0;
            at += text ? pick(random, 9) : 0;
            struct match *match = add_match(world, set, at, at + 1 + pick(random, 9));
            match->field = text ? CANON_TEXT : CANON_CALLER;
            match->fragment = set * 10 + pick(random, 3);
            match->sentence = text ? at / 15 : 0;
            match->polarity = (uint8_t)(pick(random, 3) > 0 ? POLARITY_LIVE : POLARITY_NEGATED);
        }
    }
    bool whole = pick(random, 2) == 0;
    world->eval.from = whole ? 0 : 15 * pick(random, 4);
    world->eval.to = whole ? UINT32_MAX : world->eval.from + 15 * (1 + pick(random, 2));
    world->eval.view.greeting_chars = pick(random, 20);
}

enum place { PLACE_NEAR, PLACE_THEN, PLACE_SAME, PLACE_STARTS, PLACE_SET, PLACE_COUNT, NPLACES };

static bool is_naively_live(const struct world *world, enum place place, const struct match *match, bool text)
{
    return match->polarity == POLARITY_LIVE && (!text || match->field == CANON_TEXT) &&
           (match->field != CANON_TEXT || place == PLACE_STARTS ||
            (match->char_start >= world->eval.from && match->char_start < world->eval.to));
}

static bool naive_pair(const struct match *a, const struct match *b, unsigned distance, bool ordered)
{
    if (a->char_end <= b->char_start)
        return b->char_start - a->char_end <= distance;
    if (ordered)
        return false;
    return b->char_end > a->char_start || a->char_start - b->char_end <= distance;
}

static bool naive_place(const struct world *world, enum place place, uint32_t x, uint32_t y, unsigned n)
{
    unsigned fragments = 0;

    for (size_t i = 0; i < world->nmatches; i++) {
        const struct match *a = &world->matches[i];
        if (a->set != x || !is_naively_live(world, place, a, place != PLACE_SET && place != PLACE_COUNT))
            continue;
        if (place == PLACE_SET || (place == PLACE_STARTS && a->char_start < world->eval.view.greeting_chars + n))
            return true;
        fragments |= 1u << a->fragment % 10;
        for (size_t k = 0; k < world->nmatches; k++) {
            const struct match *b = &world->matches[k];
            if (b->set != y || !is_naively_live(world, place, b, true))
                continue;
            if (place == PLACE_SAME ? a->sentence == b->sentence
                                    : place <= PLACE_THEN && a != b && naive_pair(a, b, n, place == PLACE_THEN))
                return true;
        }
    }
    return place == PLACE_COUNT && (unsigned)__builtin_popcount(fragments) >= n;
}

START_TEST(random_places_mean_what_looking_at_every_pair_says)
{
    struct random random = {1181783497276652981u};
    unsigned seen[NPLACES][2] = {{0}};

    for (int round = 0; round < 20000; round++) {
        enum place place = pick(&random, NPLACES);
        uint32_t x = pick(&random, 3), y = pick(&random, 3);
        unsigned n = place == PLACE_COUNT ? 1 + pick(&random, 3) : pick(&random, 8);
        char a = (char)('a' + x), b = (char)('a' + y), text[64];
        struct world world;

        world_init(&world);
        switch (place) {
        case PLACE_NEAR: snprintf(text, sizeof(text), "near(%c, %c, %u)", a, b, n); break;
        case PLACE_THEN: snprintf(text, sizeof(text), "then(%c, %c, %u)", a, b, n); break;
        case PLACE_SAME: snprintf(text, sizeof(text), "same(sentence, %c, %c)", a, b); break;
        case PLACE_STARTS: snprintf(text, sizeof(text), "starts(%c, %u)", a, n); break;
        case PLACE_SET: snprintf(text, sizeof(text), "%c", a); break;
        default: snprintf(text, sizeof(text), "count(%c) >= %u", a, n); break;
        }
        struct expression *expression = parse_good(&world, text);
        for (int k = 0; k < 8; k++) {
            fill_places(&random, &world);
            bool want = naive_place(&world, place, x, y, n);
            ck_assert_msg(expression_eval(expression, &world.eval) == truth(want), "%s: want %d", text, want);
            seen[place][want]++;
        }
        world_fini(&world);
    }
    for (int place = 0; place < NPLACES; place++)
        ck_assert_msg(seen[place][0] > 2000 && seen[place][1] > 2000, "kind %d: %u false, %u true", place,
                      seen[place][0], seen[place][1]);
}
END_TEST

int main(void)
{
    TCase *meaning = tcase_create("meaning"), *problems = tcase_create("problems"),
          *analysis = tcase_create("analysis");

    tcase_set_timeout(meaning, 120);
    tcase_add_test(meaning, positions_decide_near_then_starts_and_same);
    tcase_add_test(meaning, a_set_means_live_hits_unless_it_says_otherwise);
    tcase_add_test(meaning, count_counts_different_fragments);
    tcase_add_test(meaning, a_stretch_leaves_the_rest_of_the_text_out_but_not_other_fields);
    tcase_add_test(meaning, a_stretch_does_not_hide_what_excludes_what_opens_or_what_is_whole);
    tcase_add_test(meaning, count_and_starts_take_several_sets);
    tcase_add_test(meaning, unknown_is_not_false);
    tcase_add_test(meaning,
                   random_conditions_mean_what_a_naive_evaluator_says_and_never_escape_their_trigger);
    tcase_add_test(meaning, random_places_mean_what_looking_at_every_pair_says);
    tcase_add_test(problems, every_mistake_is_told_at_its_place);
    tcase_add_test(problems, with_escapes_the_place_is_the_string);
    tcase_add_test(problems, several_wrong_words_are_all_told);
    tcase_add_test(problems, a_condition_that_rests_on_itself_is_told_once);
    tcase_add_test(problems, nesting_is_bounded);
    tcase_add_test(problems, many_items_of_which_half_must_hold_are_bound_at_once);
    tcase_add_test(analysis, missing_names_the_fewest_terms);
    tcase_add_test(analysis, one_fragment_alone_is_seen);
    tcase_add_test(analysis, triggers_ask_for_the_cheapest_certain_thing);
    tcase_add_test(analysis, demands_are_one_for_each_part_that_must_hold_and_only_where_none_is_true_without);
    tcase_add_test(analysis, facts_mentioned_are_listed_through_conditions);
    return setup_run("expression", meaning, problems, analysis);
}
