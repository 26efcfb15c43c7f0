/* test_telsieve.c - the public library as its users see it: open, judge, warn, problems. */
#include "../setup.h"
#include <telsieve/telsieve.h>

#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define RULES "tests/unit/match/data"
#define LINE(id, text)                                                                                          \
    "{\"v\":1,\"kind\":\"sms\",\"id\":\"" id "\",\"ts\":1732230000123,\"calling\":\"13912345678\",\"called\":" \
    "\"13812345678\",\"text\":\"" text "\"}\n"

struct seen {
    enum telsieve_outcome outcome[4];
    char rule[4][16], reason[4][32];
    char *warning[4];
    size_t n;
};

static void note(void *ctx, struct telsieve_session *session, const struct telsieve_result *result)
{
    struct seen *seen = ctx;
    size_t bytes = 0, i = seen->n++;

    ck_assert_uint_lt(i, 4);
    ck_assert_uint_eq(result->sub, i);
    seen->outcome[i] = result->outcome;
    strncpy(seen->rule[i], result->rule != NULL ? result->rule : "", 15);
    strncpy(seen->reason[i], result->reason != NULL ? result->reason : "", 31);
    seen->warning[i] = telsieve_warning(session, "inbox.jsonl", 7, &bytes);
    ck_assert_uint_eq(bytes, seen->warning[i] != NULL ? strlen(seen->warning[i]) : 0);
}

START_TEST(a_payload_is_judged_and_warned_of)
{
    static const char payload[] = LINE("a", "三倍苹果券,请加入果园群") "nonsense\n" LINE("b", "明天见");
    struct telsieve *engine = telsieve_open(RULES, NULL);
    struct telsieve_session *session = telsieve_session_new(engine);
    struct seen seen = {0};
    json_t *warning;

    ck_assert_ptr_nonnull(session);
    ck_assert_uint_eq(telsieve_judge(session, payload, sizeof(payload) - 1, note, &seen), 3);
    ck_assert_int_eq(seen.outcome[0], TELSIEVE_WARNED);
    ck_assert_str_eq(seen.rule[0], "F-001");
    ck_assert_int_eq(seen.outcome[1], TELSIEVE_DEAD_LETTERED);
    ck_assert_str_eq(seen.reason[1], "not_json");
    ck_assert_int_eq(seen.outcome[2], TELSIEVE_CLEAN);
    ck_assert_ptr_null(seen.warning[1]);
    ck_assert_ptr_null(seen.warning[2]);
    warning = json_loads(seen.warning[0], 0, NULL);
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(warning, "source"), "file")), "inbox.jsonl");
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(warning, "source"), "line")), 7);
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(warning, "engine"), "ruleset")),
                     telsieve_ruleset(engine));
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(warning, "engine"), "version")),
                     telsieve_version());
    ck_assert_ptr_null(telsieve_warning(session, "inbox.jsonl", 7, NULL)); /* no callback is running */
    json_decref(warning);
    free(seen.warning[0]);
    telsieve_session_free(&session);
    telsieve_close(&engine);
    ck_assert_ptr_null(session);
    ck_assert_ptr_null(engine);
}
END_TEST

START_TEST(a_folder_without_tables_is_refused_with_every_problem)
{
    char *problems = NULL;

    ck_assert_ptr_null(telsieve_open("tests/unit/match", &problems));
    ck_assert_ptr_nonnull(strstr(problems, "tests/unit/match/folding.json: cannot be read"));
    ck_assert_ptr_nonnull(strstr(problems, "numbers/mobile.json"));
    free(problems);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("telsieve");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_payload_is_judged_and_warned_of);
    tcase_add_test(tests, a_folder_without_tables_is_refused_with_every_problem);
    return setup_run("telsieve", tests);
}
