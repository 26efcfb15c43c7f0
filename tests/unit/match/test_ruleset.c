/* test_ruleset.c - loading a directory: everything wrong is told at once, names are bound across libraries, samples are
 * enforced with what was missing, and the hash names the content. */
#include "match_setup.h"

#define LIBRARY(name, rest)                                                                                   \
    "{\"telsieve\":1,\"library\":\"" name "\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\"," rest "}"
#define RULE(id, state, when, hit, miss)                                                                      \
    "{\"id\":\"" id "\",\"type\":\"t\",\"state\":\"" state "\",\"tier\":\"low\",\"when\":\"" when               \
    "\",\"reason\":\"r\",\"hit\":[\"" hit "\"],\"miss\":[\"" miss "\"]}"
#define SETS "\"sets\":{\"a\":{\"role\":\"T\",\"phrases\":[\"苹果丢失\"]},\"b\":{\"role\":\"A\",\"phrases\":[\"加入果园\"]}},"

/* What a directory of these libraries is told, each of `wanted` being part of it. */
static void check_problems(const char *first, const char *second, const char *const *wanted)
{
    const char *libraries[] = {first, second, NULL};
    struct ruleset *ruleset;
    struct err err;

    err_init(&err);
    ruleset = setup_libraries(libraries, &err);
    ck_assert_ptr_null(ruleset);
    for (; *wanted != NULL; wanted++)
        ck_assert_msg(strstr(err.text, *wanted) != NULL, "\"%s\" is not in:\n%s", *wanted, err.text);
    err_fini(&err);
}

static void check_loads(const char *first, const char *second)
{
    const char *libraries[] = {first, second, NULL};
    struct ruleset *ruleset;
    struct err err;

    err_init(&err);
    ruleset = setup_libraries(libraries, &err);
    ck_assert_msg(ruleset != NULL, "%s", err.text);
    ruleset_free(&ruleset);
    err_fini(&err);
}

START_TEST(the_test_directory_loads_and_can_be_read)
{
    struct ruleset *ruleset = setup_rules();
    const struct library *library;
    size_t rules = ruleset_rule_count(ruleset);

    ck_assert_uint_eq(ruleset_library_count(ruleset), 2);
    ck_assert_str_eq(ruleset_library(ruleset, 0)->name, "fruit"); /* by name */
    ck_assert_str_eq(ruleset_library(ruleset, 1)->name, "shared");
    ck_assert_uint_eq(rules, 5);
    ck_assert_str_eq(ruleset_rule(ruleset, rules - 1, &library)->id, "F-005");
    ck_assert_ptr_eq(library, ruleset_library(ruleset, 0));
    ck_assert_uint_gt(ruleset_literal_count(ruleset), 10);
    ck_assert_uint_gt(ruleset_database_bytes(ruleset), 1000);
    ruleset_free(&ruleset);
}
END_TEST

START_TEST(problems_of_all_files_are_told_at_once)
{
    check_problems(LIBRARY("one", "\"sets\":{\"a\":{\"role\":\"Q\",\"phrases\":[\"苹果丢失\"]}},\"rules\":[]"),
                   LIBRARY("two", "\"sets\":{\"a\":{\"role\":\"T\",\"phrases\":[\"果\"]}},\"rules\":[]"),
                   (const char *const[]){"library0.json:1:", "library1.json:1:", NULL});
}
END_TEST

START_TEST(an_unknown_name_is_told_with_the_nearest)
{
    check_problems(LIBRARY("one", SETS "\"rules\":[" RULE("X-1", "live", "a and bb", "苹果丢失加入果园", "你好") "]"), NULL,
                   (const char *const[]){"\"bb\" (did you mean \"b\"?)", "library0.json:1:", NULL});
    check_problems(LIBRARY("one", SETS "\"rules\":[" RULE("X-1", "live", "a and two.c", "苹果丢失加入果园", "你好") "]"),
                   LIBRARY("two", SETS "\"rules\":[]"), (const char *const[]){"two.c", "did you mean \"two.", NULL});
}
END_TEST

START_TEST(names_are_bound_across_libraries)
{
    /* two.pair is bound in the names of `two`, although `one` reaches it first and has other sets of these names */
    check_loads(LIBRARY("one", "\"sets\":{\"a\":{\"role\":\"T\",\"phrases\":[\"香蕉丢失\"]},"
                               "\"c\":{\"role\":\"A\",\"phrases\":[\"果园号\"]}},"
                               "\"rules\":[" RULE("X-1", "live", "two.pair and c", "苹果丢失加入果园号", "香蕉丢失加入果园号") "]"),
                LIBRARY("two", SETS "\"conditions\":{\"pair\":\"a and b\"},\"rules\":[]"));
}
END_TEST

START_TEST(duplicates_across_libraries_are_errors)
{
    check_problems(LIBRARY("one", SETS "\"rules\":[" RULE("X-1", "live", "a and b", "苹果丢失加入果园", "你好") "]"),
                   LIBRARY("two", SETS "\"rules\":[" RULE("X-1", "live", "a and b", "苹果丢失加入果园", "你好") "]"),
                   (const char *const[]){"rule X-1: the same id is at", "library1.json:1:", NULL});
    check_problems(LIBRARY("one", SETS "\"rules\":[]"), LIBRARY("one", SETS "\"rules\":[]"),
                   (const char *const[]){"library \"one\" is also in", NULL});
}
END_TEST

START_TEST(circles_of_conditions_are_errors)
{
    check_problems(LIBRARY("one", SETS "\"conditions\":{\"x\":\"a and two.y\"},\"rules\":[]"),
                   LIBRARY("two", SETS "\"conditions\":{\"y\":\"a or one.x\"},\"rules\":[]"),
                   (const char *const[]){"rests on itself", NULL});
}
END_TEST

START_TEST(a_hit_sample_that_misses_is_told_with_what_was_missing)
{
    check_problems(LIBRARY("one", SETS "\"rules\":[" RULE("X-1", "live", "a and b", "苹果丢失了", "你好") "]"), NULL,
                   (const char *const[]){
                       "rule X-1: this hit sample must make the rule warn, but does not: missing: b", NULL});
    check_problems(LIBRARY("one", SETS "\"rules\":[" RULE("X-1", "shadow", "a and b", "不要加入果园,苹果丢失", "你好") "]"), NULL,
                   (const char *const[]){"rule X-1: this hit sample", "missing: b", NULL});
}
END_TEST

START_TEST(a_suppressed_hit_sample_is_told_with_the_suppressor)
{
    check_problems(LIBRARY("one", SETS "\"suppress\":[{\"name\":\"one.quiet\",\"when\":\"b\",\"why\":\"w\"}],"
                                       "\"rules\":[" RULE("X-1", "live", "a and b", "苹果丢失加入果园", "你好") "]"), NULL,
                   (const char *const[]){"suppressed by one.quiet", NULL});
}
END_TEST

START_TEST(a_miss_sample_that_hits_is_told_with_its_phrases)
{
    check_problems(LIBRARY("one", SETS "\"rules\":[" RULE("X-1", "live", "a and b", "苹果丢失加入果园", "加入果园,苹果丢失") "]"), NULL,
                   (const char *const[]){
                       "rule X-1: this miss sample must not make the rule warn, but does: a \"苹果丢失\", b \"加入果园\"",
                       NULL});
}
END_TEST

START_TEST(regular_expressions_that_an_engine_refuses_are_errors_with_their_place)
{
    static const char *const bad[] = {"re:果园(", "re:果园\\\\A", "re:(?<=瓜+)果园", NULL};

    for (size_t i = 0; bad[i] != NULL; i++) {
        char text[512];
        snprintf(text, sizeof(text), LIBRARY("one", "\"sets\":{\"a\":{\"phrases\":[\"%s\"]}},\"rules\":[]"), bad[i]);
        check_problems(text, NULL, (const char *const[]){"library0.json:1:", NULL});
    }
}
END_TEST

START_TEST(missing_tables_are_errors)
{
    struct err err;
    char dir[64], path[128];

    setup_dir(dir, (const char *const[]){LIBRARY("one", SETS "\"rules\":[]"), NULL});
    snprintf(path, sizeof(path), "%s/polarity.json", dir);
    unlink(path);
    snprintf(path, sizeof(path), "%s/numbers", dir);
    unlink(path);
    err_init(&err);
    ck_assert_ptr_null(setup_load(dir, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "polarity.json"));
    ck_assert_ptr_nonnull(strstr(err.text, "numbers"));
    err_fini(&err);
    setup_remove(dir);
    err_init(&err);
    ck_assert_ptr_null(setup_load("/nonexistent", &err));
    ck_assert_uint_gt(err.count, 0);
    err_fini(&err);
}
END_TEST

static void hash_of(const char *first, const char *second, double weight, char out[80])
{
    const char *libraries[] = {first, second, NULL};
    struct ruleset_options options;
    struct ruleset *ruleset;
    struct err err;
    char dir[64];

    err_init(&err);
    ruleset_options_default(&options);
    options.weight[ROLE_TOPIC] = weight;
    setup_dir(dir, libraries);
    ruleset = ruleset_load(dir, &options, &err);
    ck_assert_msg(ruleset != NULL, "%s", err.text);
    snprintf(out, 80, "%s", ruleset_hash(ruleset));
    ruleset_free(&ruleset);
    setup_remove(dir);
    err_fini(&err);
}

START_TEST(the_hash_names_the_content)
{
    char hash[5][80];

    hash_of(LIBRARY("one", SETS "\"rules\":[]"), LIBRARY("two", SETS "\"rules\":[]"), 2, hash[0]);
    hash_of(LIBRARY("two", SETS "\"rules\":[]"), LIBRARY("one", SETS "\"rules\":[]"), 2, hash[1]);
    hash_of(LIBRARY("one", SETS "\"rules\":[]"), LIBRARY("two", SETS "\"rules\":[ ]"), 2, hash[2]);
    hash_of(LIBRARY("one", SETS "\"rules\":[]"), LIBRARY("two", SETS "\"rules\":[]"), 3, hash[3]);
    ck_assert_uint_eq(strlen(hash[0]), 7 + 64);
    ck_assert_str_eq(hash[0], hash[1]); /* file names do not count */
    ck_assert_str_ne(hash[0], hash[2]);
    ck_assert_str_ne(hash[0], hash[3]); /* scoring does */
}
END_TEST

/* ---- libraries from memory ---------------------------------------------------------------------------------- */

#define WORDS(topic) "\"sets\":{\"a\":{\"role\":\"T\",\"phrases\":[\"" topic "\"]}},"
#define ONE(topic, hit)                                                                                        \
    LIBRARY("one", WORDS(topic) "\"rules\":[" RULE("X-1", "live", "a and caller.personal", hit, "你好") "]")

/* Load the files `first` and `second` with these libraries from memory. */
static struct ruleset *load_fed(const char *first, const char *second, const struct fed_library *fed, size_t nfed,
                                const char *const *changed, struct err *err)
{
    const char *libraries[] = {first, second, NULL};
    struct ruleset_options options;
    struct ruleset *ruleset;
    char dir[64];

    ruleset_options_default(&options);
    options.fed = fed;
    options.nfed = nfed;
    options.changed = changed;
    setup_dir(dir, libraries);
    ruleset = ruleset_load(dir, &options, err);
    setup_remove(dir);
    return ruleset;
}

static const char *fed_problem(const struct fed_library *fed, const char *const *changed, char out[1024])
{
    struct ruleset *ruleset;
    struct err err;

    err_init(&err);
    ruleset = load_fed(LIBRARY("one", SETS "\"rules\":[]"), LIBRARY("two", SETS "\"rules\":[]"), fed, 1, changed, &err);
    snprintf(out, 1024, "%s", err.text != NULL ? err.text : "");
    ck_assert_int_eq(ruleset == NULL, err.count > 0);
    ruleset_free(&ruleset);
    err_fini(&err);
    return out;
}

START_TEST(a_fed_library_takes_the_place_of_the_file_and_is_gone_with_the_next_load)
{
    const struct fed_library fed[] = {{"one", str_of(LIBRARY("one", SETS "\"rules\":[ ]")), "control.rules/one"},
                                      {"new", str_of(LIBRARY("new", SETS "\"rules\":[]")), "control.rules/new"}};
    char base[80], again[80];
    struct ruleset *ruleset;
    struct err err;

    err_init(&err);
    hash_of(LIBRARY("one", SETS "\"rules\":[]"), LIBRARY("two", SETS "\"rules\":[]"), 2, base);
    ruleset = load_fed(LIBRARY("one", SETS "\"rules\":[]"), LIBRARY("two", SETS "\"rules\":[]"), fed, 2, NULL, &err);
    ck_assert_msg(ruleset != NULL, "%s", err.text);
    ck_assert_uint_eq(ruleset_library_count(ruleset), 3);
    ck_assert_str_eq(ruleset_library(ruleset, 0)->document.file, "control.rules/new");
    ck_assert_str_eq(ruleset_library(ruleset, 1)->document.file, "control.rules/one");
    ck_assert_str_eq(ruleset_library(ruleset, 2)->name, "two");
    ck_assert_str_ne(ruleset_hash(ruleset), base);
    ruleset_free(&ruleset);
    hash_of(LIBRARY("one", SETS "\"rules\":[]"), LIBRARY("two", SETS "\"rules\":[]"), 2, again);
    ck_assert_str_eq(base, again);
    err_fini(&err);
}
END_TEST

START_TEST(problems_of_a_fed_library_name_where_it_came_from)
{
    struct fed_library fed = {"one", str_of("{\"telsieve\":1,"), "control.rules/one"};
    char what[1024];

    ck_assert_ptr_nonnull(strstr(fed_problem(&fed, NULL, what), "control.rules/one:1:"));
    fed.text = str_of(LIBRARY("two", SETS "\"rules\":[]"));
    ck_assert_ptr_nonnull(strstr(fed_problem(&fed, NULL, what), "\"one\" expected: that is the name it came under"));
    fed.text = str_of(ONE("苹果丢失", "香蕉丢失"));
    ck_assert_ptr_nonnull(strstr(fed_problem(&fed, NULL, what), "rule X-1: this hit sample must make the rule warn"));
}
END_TEST

/* A fed library that breaks a rule of another one is refused, though nothing of its own is wrong. */
START_TEST(what_rests_on_the_sets_of_a_changed_library_is_proved_and_nothing_else)
{
    static const char two[] =
        LIBRARY("two", WORDS("香蕉丢失") "\"rules\":[" RULE("X-2", "live", "one.a and caller.personal", "苹果丢失", "你好") ","
                RULE("X-3", "live", "a and caller.personal", "不会命中", "你好") "]");
    const struct fed_library fed = {"one", str_of(ONE("西瓜丢失", "西瓜丢失")), "control.rules/one"};
    static const char *const changed[] = {"one", NULL}, *const none[] = {NULL};
    struct ruleset *ruleset;
    struct err err;

    err_init(&err);
    ck_assert_ptr_null(load_fed(ONE("苹果丢失", "苹果丢失"), two, &fed, 1, changed, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "rule X-2: this hit sample must make the rule warn"));
    ck_assert_ptr_null(strstr(err.text, "X-3"));
    err_fini(&err);

    err_init(&err);
    ruleset = load_fed(ONE("苹果丢失", "苹果丢失"), two, &fed, 1, none, &err);
    ck_assert_msg(ruleset != NULL, "%s", err.text);
    ck_assert(!ruleset_is_proved(ruleset));
    ck_assert_int_ne(ruleset_prove(ruleset, &err), 0); /* behind going live: all of it */
    ck_assert_ptr_nonnull(strstr(err.text, "X-3"));
    ruleset_free(&ruleset);
    err_fini(&err);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("ruleset");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, the_test_directory_loads_and_can_be_read);
    tcase_add_test(tests, problems_of_all_files_are_told_at_once);
    tcase_add_test(tests, an_unknown_name_is_told_with_the_nearest);
    tcase_add_test(tests, names_are_bound_across_libraries);
    tcase_add_test(tests, duplicates_across_libraries_are_errors);
    tcase_add_test(tests, circles_of_conditions_are_errors);
    tcase_add_test(tests, a_hit_sample_that_misses_is_told_with_what_was_missing);
    tcase_add_test(tests, a_suppressed_hit_sample_is_told_with_the_suppressor);
    tcase_add_test(tests, a_miss_sample_that_hits_is_told_with_its_phrases);
    tcase_add_test(tests, regular_expressions_that_an_engine_refuses_are_errors_with_their_place);
    tcase_add_test(tests, missing_tables_are_errors);
    tcase_add_test(tests, the_hash_names_the_content);
    tcase_add_test(tests, a_fed_library_takes_the_place_of_the_file_and_is_gone_with_the_next_load);
    tcase_add_test(tests, problems_of_a_fed_library_name_where_it_came_from);
    tcase_add_test(tests, what_rests_on_the_sets_of_a_changed_library_is_proved_and_nothing_else);
    return setup_run("ruleset", tests);
}
