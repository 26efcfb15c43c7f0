/* Library files: what a good one becomes, and that every mistake is told with its place and what would be
 * right. */
#include "match/library.h"
#include "../setup.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct folding *folding;
static struct err err;

static void setup(void)
{
    err_init(&err);
    folding = folding_load("patterns/folding.json", &err);
    ck_assert_msg(folding != NULL, "%s", err.text);
}

static void teardown(void)
{
    err_fini(&err);
    folding_free(&folding);
}

static struct library *parse(const char *text)
{
    return library_parse("t.json", str_of(text), folding, &err);
}

static const char good[] =
    "{\"telsieve\":1, \"library\":\"refund\", \"family\":\"R\", \"title\":\"退款理赔\", "
    "\"version\":\"2026.11.22\",\n"
    " \"weights\":{\"T\":3}, \"thresholds\":{\"high\":8},\n"
    " \"sets\":{\n"
    "  \"topic\":{\"role\":\"T\",\"phrases\":[\"快递~丢失\",\n"
    "    {\"p\":\"[双倍|三倍]赔付\",\"weight\":1.5,\"source\":\"invented\"}], \"allow\":[\"快递丢失险\"]},\n"
    "  \"idd\":{\"field\":\"caller\",\"phrases\":[\"re:^00852\"]}},\n"
    " \"conditions\":{\"deal\":\"topic and text.contact\"},\n"
    " \"suppress\":[{\"name\":\"refund.quiet\",\"when\":\"caller.trust == "
    "'trusted'\",\"unless\":\"contact.unofficial\",\"why\":\"w\"}],\n"
    " \"rules\":[\n"
    "  "
    "{\"id\":\"R-010\",\"type\":\"快递丢失理赔\",\"state\":\"live\",\"tier\":\"medium\",\"stage\":"
    "\"contact\",\n"
    "   \"scope\":\"sentence\",\"when\":\"deal and not "
    "shared.warning\",\"reason\":\"丢件理赔\",\"advice\":\"勿信\",\n"
    "   \"hit\":[\"快递丢失,三倍赔付\"], "
    "\"miss\":[\"快递到了\",{\"kind\":\"call\",\"calling\":null,\"asr_text\":\"喂\"}]},\n"
    "  "
    "{\"id\":\"R-011\",\"type\":\"回拨\",\"state\":\"shadow\",\"family\":\"N\",\"victim\":\"caller\","
    "\"subject\":\"recruit\",\n"
    "   \"suppress\":false,\"reason\":\"x\"}]}\n";

START_TEST(a_good_library_is_read_whole)
{
    struct library *library = parse(good);

    ck_assert_msg(library != NULL, "%s", err.text);
    ck_assert_str_eq(library->name, "refund");
    ck_assert_uint_eq(library->nsets, 2);
    const struct set *topic = &library->sets[0];
    ck_assert_str_eq(topic->name, "topic");
    ck_assert_int_eq(topic->role, ROLE_TOPIC);
    ck_assert_int_eq(topic->field, CANON_TEXT);
    ck_assert_uint_eq(topic->nfragments, 2);
    ck_assert_uint_eq(topic->nallow, 1);
    ck_assert_double_eq(topic->fragments[1].weight, 1.5);
    ck_assert_uint_eq(topic->line, 4);
    ck_assert_uint_eq(topic->col, 3);
    ck_assert_uint_eq(topic->fragments[0].line, 4);
    ck_assert_uint_eq(topic->fragments[0].col, 34);
    ck_assert_uint_eq(topic->fragments[1].line, 5);
    ck_assert_uint_eq(topic->fragments[1].col, 5);
    ck_assert_int_eq(library->sets[1].field, CANON_CALLER);
    ck_assert_int_eq(library->sets[1].role, ROLE_NONE);
    ck_assert_int_eq(library->sets[1].fragments[0].kind, FRAGMENT_REGEX);
    ck_assert_str_eq(library->conditions[0].name, "deal");
    ck_assert_ptr_nonnull(library->suppressors[0].unless);
    ck_assert_double_eq(library->weight_override[ROLE_TOPIC], 3);
    ck_assert(isnan(library->weight_override[ROLE_BAIT]));
    ck_assert_double_eq(library->tier_override[TIER_HIGH], 8);
    ck_assert(isnan(library->tier_override[TIER_LOW]));
    library_free(&library);
    ck_assert_ptr_null(library);
}
END_TEST

START_TEST(phrases_out_of_their_time_are_checked_and_left_out)
{
    struct library *library =
        parse("{\"telsieve\":1,\"library\":\"x\",\"family\":\"X\",\"title\":\"t\",\"version\":\"1\",\"sets\":{\"a\":{"
              "\"phrases\":[{\"p\":\"一号短语\",\"until\":\"2020-02-29\"},\"二号短语\",{\"p\":\"三号短语\","
              "\"since\":\"2999-01-01\"},"
              "{\"p\":\"四号短语\",\"since\":\"2020-01-01\",\"until\":\"2999-12-31\",\"weight\":2}]}}}");

    ck_assert_msg(library != NULL, "%s", err.text);
    const struct set *set = &library->sets[0];
    ck_assert_uint_eq(set->nfragments, 2);
    ck_assert_uint_eq(set->nexpired, 2);
    ck_assert(set->dated);
    ck_assert(str_eqz(set->fragments[0].source, "二号短语"));
    ck_assert(str_eqz(set->fragments[1].source, "四号短语"));
    ck_assert_double_eq(set->fragments[1].weight, 2);
    library_free(&library);
}
END_TEST

START_TEST(rules_carry_all_they_say)
{
    struct library *library = parse(good);
    const struct rule *rule = &library->rules[0];

    ck_assert_uint_eq(library->nrules, 2);
    ck_assert_str_eq(rule->id, "R-010");
    ck_assert_str_eq(rule->family, "R");
    ck_assert_int_eq(rule->state, RULE_LIVE);
    ck_assert_int_eq(rule->tier, TIER_MEDIUM);
    ck_assert_int_eq(rule->stage, STAGE_CONTACT);
    ck_assert_int_eq(rule->scope, SCOPE_SENTENCE);
    ck_assert_ptr_nonnull(rule->when);
    ck_assert_uint_eq(rule->line, 10);
    ck_assert_uint_eq(rule->col, 3);
    rule = &library->rules[1];
    ck_assert_str_eq(rule->family, "N");
    ck_assert_int_eq(rule->state, RULE_SHADOW);
    ck_assert_int_eq(rule->tier, TIER_NONE);
    ck_assert_int_eq(rule->stage, STAGE_NONE);
    ck_assert_ptr_null(rule->when);
    ck_assert(rule->victim_is_caller && rule->recruit && rule->unsuppressed && !rule->alone);
    library_free(&library);
}
END_TEST

START_TEST(samples_become_whole_records)
{
    struct library *library = parse(good);
    const struct rule *rule = &library->rules[0];

    ck_assert_uint_eq(rule->nhit, 1);
    ck_assert_str_eq(rule->hit[0].path, "rules[0].hit[0]");
    ck_assert_str_eq(
        rule->hit[0].json,
        "{\"v\":1,\"kind\":\"sms\",\"id\":\"sample\",\"ts\":1732230000000,\"calling\":\"13912345678\","
        "\"called\":\"13812345678\",\"ingress\":\"onnet\",\"text\":\"快递丢失,三倍赔付\"}");
    ck_assert_uint_eq(rule->nmiss, 2);
    ck_assert_str_eq(rule->miss[1].json,
                     "{\"v\":1,\"kind\":\"call\",\"id\":\"sample\",\"ts\":1732230000000,\"calling\":null,"
                     "\"called\":\"13812345678\",\"ingress\":\"onnet\",\"leg\":\"mt\",\"asr_text\":\"喂\"}");
    library_free(&library);
}
END_TEST

START_TEST(words_of_roles_and_tiers)
{
    ck_assert_int_eq(role_letter(ROLE_THREAT), 'U');
    ck_assert_int_eq(role_letter(ROLE_NONE), '-');
    ck_assert_str_eq(tier_name(TIER_HIGH), "high");
    ck_assert_str_eq(tier_name(TIER_NONE), "none");
    ck_assert_str_eq(stage_name(STAGE_MONEY), "money");
    ck_assert_ptr_null(stage_name(STAGE_NONE));
}
END_TEST

#define HEAD "{\"telsieve\":1,\"library\":\"x\",\"family\":\"R\",\"title\":\"t\",\"version\":\"1\",\n"
#define RULE "\"rules\":[{\"id\":\"A\",\"type\":\"t\",\"reason\":\"r\","

START_TEST(every_mistake_has_a_place_and_a_remedy)
{
    static const struct {
        const char *text, *place, *says;
    } cases[] = {
        {"[]", "1:1", "object"},
        {"{\"telsieve\":2,\"library\":\"x\",\"family\":\"R\",\"title\":\"t\",\"version\":\"1\"}", "1:13",
         "reads no other"},
        {"{\"telsieve\":1,\"library\":\"x\",\"family\":\"R\",\"title\":\"t\"}", "1:1", "\"version\" is missing"},
        {"{\"telsieve\":1,\"library\":\"text\",\"family\":\"R\",\"title\":\"t\",\"version\":\"1\"}", "1:25",
         "another name"},
        {"{\"telsieve\":1,\"library\":\"x y\",\"family\":\"R\",\"title\":\"t\",\"version\":\"1\"}", "1:25", "letters"},
        {"{\"telsieve\":1,\"library\":\"x\",\"family\":\"RR\",\"title\":\"t\",\"version\":\"1\"}", "1:38",
         "one letter"},
        {HEAD "\"rule\":[]}", "2:1", "did you mean \"rules\"?"},
        {HEAD "\"sets\":[]}", "2:8", "object"},
        {HEAD "\"sets\":{\"a\":{\"phrases\":[]}}}", "2:24", "empty"},
        {HEAD "\"sets\":{\"a\":{}}}", "2:13", "\"phrases\" is missing"},
        {HEAD "\"sets\":{\"a b\":{\"phrases\":[\"贷款\"]}}}", "2:9", "letters"},
        {HEAD "\"sets\":{\"not\":{\"phrases\":[\"贷款\"]}}}", "2:9", "word of conditions"},
        {HEAD "\"sets\":{\"a\":{\"role\":\"Q\",\"phrases\":[\"贷款\"]}}}", "2:21", "known: T B U I A C W"},
        {HEAD "\"sets\":{\"a\":{\"field\":\"calling\",\"phrases\":[\"贷款\"]}}}", "2:22",
         "known: caller callee signature text"},
        {HEAD "\"sets\":{\"a\":{\"phrases\":[\"贷款\",\n 7]}}}", "3:2", "a phrase is a string"},
        {HEAD "\"sets\":{\"a\":{\"phrases\":[\"贷款\", \"贷\"]}}}", "2:31", "one character alone"},
        {HEAD "\"sets\":{\"a\":{\"phrases\":[\"贷款\", \"秒批\", \"貸款\"]}}}", "2:37", "the same phrase as [0]"},
        {HEAD "\"sets\":{\"a\":{\"phrases\":[{\"p\":\"贷款\",\"since\":\"2026\"}]}}}", "2:43",
         "a day such as \"2026-11-22\""},
        {HEAD "\"sets\":{\"a\":{\"phrases\":[{\"p\":\"贷款\",\"since\":\"2026-02-29\"}]}}}", "2:43", "a day such as"},
        {HEAD "\"sets\":{\"a\":{\"phrases\":[{\"p\":\"贷款\",\"since\":\"2026-02-02\","
              "\"until\":\"2026-02-01\"}]}}}",
         "2:64", "is before \"since\""},
        {HEAD "\"sets\":{\"a\":{\"phrases\":[{\"p\":\"贷款\",\"wieght\":2}]}}}", "2:35", "did you mean \"weight\"?"},
        {HEAD "\"sets\":{\"a\":{\"phrases\":[{\"p\":\"贷款\",\"weight\":-2}]}}}", "2:44", "above 0"},
        {HEAD "\"sets\":{\"a\":{\"phrases\":[\"贷款\"],\"allow\":[\"贷\"]}}}", "2:40", "one character alone"},
        {HEAD "\"sets\":{\"a\":{\"phrases\":[\"贷款\"]}},\"conditions\":{\"a\":\"text.url\"}}", "2:47", "already a set"},
        {HEAD "\"conditions\":{\"c\":\"text.urll\"}}", "", ""}, /* a name: found by the rule set */
        {HEAD "\"conditions\":{\"c\":\"caller.kind == 'mobil'\"}}", "2:35", "did you mean \"mobile\"?"},
        {HEAD "\"conditions\":{\"c\":7}}", "2:19", "a string"},
        {HEAD "\"suppress\":[{\"name\":\"n\",\"when\":\"a\"}]}", "2:13", "\"why\" is missing"},
        {HEAD "\"weights\":{\"Z\":1}}", "2:12", "unknown key \"Z\""},
        {HEAD "\"thresholds\":{\"huge\":1}}", "2:15", "known: low medium high"},
        {HEAD RULE "\"state\":\"live\",\"hit\":[\"a\"]}]}", "2:10", "needs at least one \"miss\""},
        {HEAD RULE "\"state\":\"live\",\"miss\":[\"a\"]}]}", "2:10", "needs at least one \"hit\""},
        {HEAD RULE "\"state\":\"alive\"}]}", "2:52", "did you mean \"live\"?"},
        {HEAD RULE "\"when\":\"a\"}]}", "2:10", "\"state\" is missing"},
        {HEAD RULE "\"state\":\"off\",\"wen\":\"a\"}]}", "2:58", "did you mean \"when\"?"},
        {HEAD RULE "\"state\":\"off\",\"alone\":1}]}", "2:66", "true or false"},
        {HEAD RULE "\"state\":\"shadow\",\"alone\":true}]}", "2:61", "at least 10 \"miss\""},
        {HEAD RULE "\"state\":\"off\",\"when\":\"a and\"}]}", "2:71", "expected at the end"},
        {HEAD RULE "\"state\":\"off\",\"hit\":[{\"txt\":\"a\",\"text\":\"b\"}]}]}", "2:66", "did you mean \"text\"?"},
        {HEAD RULE "\"state\":\"off\",\"hit\":[{\"calling\":\"1\"}]}]}", "2:65", "an SMS without"},
        {HEAD RULE "\"state\":\"off\",\"hit\":[7]}]}", "2:65", "a sample is"},
        {HEAD RULE "\"state\":\"off\"},\n{\"id\":\"A\",\"type\":\"t\",\"reason\":\"r\",\"state\":\"off\"}]}", "3:7",
         "already the one of line 2"},
        {"{\"telsieve\":1,\"library\":\"x\",\"family\":\"-\",\"title\":\"t\",\"version\":\"1\",\n"
         RULE "\"state\":\"off\"}]}",
         "2:10", "\"family\" is missing"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char place[32];
        err_fini(&err);
        err_init(&err);
        struct library *library = parse(cases[i].text);
        if (cases[i].place[0] == '\0') {
            ck_assert_msg(library != NULL, "%s: %s", cases[i].text, err.text);
            library_free(&library);
            continue;
        }
        snprintf(place, sizeof(place), "t.json:%s: ", cases[i].place);
        ck_assert_msg(library == NULL && err.count == 1 && strncmp(err.text, place, strlen(place)) == 0 &&
                          strstr(err.text, cases[i].says) != NULL,
                      "%s\nwant %s… %s\ngot %s", cases[i].text, place, cases[i].says, err.text);
    }
}
END_TEST

START_TEST(all_problems_are_told_at_once)
{
    ck_assert_ptr_null(
        parse("{\"telsieve\":1,\"library\":\"x\",\"family\":\"R\",\"title\":\"\",\"version\":\"1\","
              "\"sets\":{\"a\":{\"role\":\"Q\",\"phrases\":[\"贷\",\"~\"]}},"
              "\"conditions\":{\"c\":\"a and\"},\"rules\":[{\"id\":\"A\"}]}"));
    ck_assert_msg(err.count == 8, "%u:\n%s", err.count,
                  err.text); /* title, role, 2 phrases, c, type, reason, state */
}
END_TEST

START_TEST(conditions_are_bounded)
{
    char text[16384] = HEAD "\"conditions\":{";

    for (int i = 0; i < 257; i++)
        snprintf(text + strlen(text), 40, "%s\"c%d\":\"c%d\"", i > 0 ? "," : "", i, i + 1);
    strcat(text, "}}");
    ck_assert_ptr_null(parse(text));
    ck_assert_msg(strstr(err.text, "t.json:2:14: more than 256") != NULL, "%s", err.text);
}
END_TEST

START_TEST(a_missing_file_is_a_problem_not_a_crash)
{
    ck_assert_ptr_null(library_load("/nonexistent/x.json", folding, &err));
    ck_assert_uint_eq(err.count, 1);
}
END_TEST

/* ---- what the rule set asks for once all names are known ---- */

static struct symbol lookup(void *ctx, struct str name)
{
    const struct library *library = ctx;

    for (uint32_t i = 0; i < library->nsets; i++) {
        if (str_eqz(name, library->sets[i].name))
            return (struct symbol){.kind = SYMBOL_SET, .set = i};
    }
    return (struct symbol){.kind = SYMBOL_NONE};
}

static unsigned check(const char *state, const char *alone, const char *when)
{
    char text[2000], miss[400] = "";
    struct library *library;
    unsigned before;

    for (int i = 0; i < 10; i++)
        strcat(miss, i > 0 ? ",\"您好\"" : "\"您好\"");
    snprintf(text, sizeof(text),
             HEAD "\"sets\":{\"a\":{\"phrases\":[\"贷款\"]},\"b\":{\"phrases\":[\"秒批\"]}},\n" RULE
                  "\"state\":\"%s\",\"alone\":%s,\n\"when\":\"%s\",\"hit\":[\"贷款\"],\"miss\":[%s]}]}",
             state, alone, when, miss);
    library = parse(text);
    ck_assert_msg(library != NULL, "%s", err.text);
    struct expression_scope scope = {library, lookup, NULL, NULL};
    ck_assert_int_eq(expression_resolve(library->rules[0].when, &scope, &library->document, "rules[0].when",
                                        &library->arena, &err),
                     0);
    before = err.count;
    library_check(library, &err);
    library_free(&library);
    return err.count - before;
}

START_TEST(one_fragment_alone_never_warns_unless_it_says_so)
{
    ck_assert_uint_eq(check("live", "false", "a and b"), 0);
    ck_assert_uint_eq(check("live", "false", "a"), 1);
    ck_assert_msg(strstr(err.text, "t.json:4:8: rule A: one fragment of \"a\" alone") != NULL, "%s",
                  err.text);
    ck_assert_uint_eq(check("shadow", "false", "a or b"), 1);
    ck_assert_uint_eq(check("off", "false", "a"), 0);
    ck_assert_uint_eq(check("live", "true", "a"), 0);
    ck_assert_uint_eq(check("live", "false", "a and caller.international"), 0);
    ck_assert_uint_eq(check("live", "true", "caller.international"), 1);
    ck_assert_uint_eq(check("live", "true", "not a"), 1);
}
END_TEST

/* As errors find it: by walking the file to a written path. */
static void check_place(const struct library *library, const char *path, bool at_key, unsigned line, unsigned col)
{
    unsigned want_line, want_col;

    document_find_path(&library->document, path, at_key, &want_line, &want_col);
    ck_assert_msg(line == want_line && col == want_col, "%s: %u:%u, not %u:%u", path, want_line, want_col, line, col);
}

START_TEST(places_of_sets_phrases_and_rules_are_those_of_the_file)
{
    struct library *library =
        parse("\n{ \"note\" : \"sets\\\"{[,:\", \"conditions\":{}, \"telsieve\" :1,\"library\":\"t\",\n"
              " \"family\":\"X\", \"title\":\"中\\u0041文\", \"version\":\"1\", \"weights\":{\"T\":2.5 },\n"
              "\"sets\":{\"a\":{\"note\":\"中]}\",\"role\":\"T\",\n"
              " \"phrases\":[\"快递\",{\"p\":\"转账~快递\",\"weight\":2 },\n"
              "  \"取[件|快]码\" ,\"\\u5feb递员\" ]},\"b\" :  {\"allow\":[\"一件快递\"],\"phrases\":[ \"件快\" ]},\n"
              "  \"cd\" : {\"phrases\":[\"三个\"]}},\n"
              "\"rules\":[\n"
              " {\"id\":\"A\",\"type\":\"t\",\"state\":\"off\",\"when\":\"a and b\",\"reason\":\"r\",\"tier\":\"low\"},"
              "{\"id\":\"B\",\"type\":\"t\",\"state\":\"off\",\"when\":\"a\",\"reason\":\"r\",\"tier\":\"low\"}]}");
    char path[64];

    ck_assert_msg(library != NULL, "%s", err.text);
    ck_assert_uint_eq(library->nsets, 3);
    for (size_t i = 0; i < library->nsets; i++) {
        const struct set *set = &library->sets[i];
        snprintf(path, sizeof(path), "sets.%s", set->name);
        check_place(library, path, true, set->line, set->col);
        for (size_t k = 0; k < set->nfragments; k++) {
            snprintf(path, sizeof(path), "sets.%s.phrases[%zu]", set->name, k);
            check_place(library, path, false, set->fragments[k].line, set->fragments[k].col);
        }
    }
    check_place(library, "sets.b.allow[0]", false, library->sets[1].allow[0].line, library->sets[1].allow[0].col);
    for (size_t i = 0; i < library->nrules; i++) {
        snprintf(path, sizeof(path), "rules[%zu]", i);
        check_place(library, path, false, library->rules[i].line, library->rules[i].col);
    }
    library_free(&library);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("library");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_good_library_is_read_whole);
    tcase_add_test(tcase, phrases_out_of_their_time_are_checked_and_left_out);
    tcase_add_test(tcase, rules_carry_all_they_say);
    tcase_add_test(tcase, samples_become_whole_records);
    tcase_add_test(tcase, words_of_roles_and_tiers);
    tcase_add_test(tcase, every_mistake_has_a_place_and_a_remedy);
    tcase_add_test(tcase, all_problems_are_told_at_once);
    tcase_add_test(tcase, conditions_are_bounded);
    tcase_add_test(tcase, places_of_sets_phrases_and_rules_are_those_of_the_file);
    tcase_add_test(tcase, a_missing_file_is_a_problem_not_a_crash);
    tcase_add_test(tcase, one_fragment_alone_never_warns_unless_it_says_so);
    return setup_run("library", tcase);
}
