/* A rule is made live in the text of its library: what is changed, and that nothing else is. */
#include "match/library_promote.h"
#include "../setup.h"

#include <stdlib.h>

static const struct {
    const char *name, *from, *to;
    size_t rule;
} promotions[] = {
    {"layout and remarks stay",
     "{\"telsieve\": 1, \"version\" : \"1\", \"note\": \"v, \\\"1\\\"\",\n \"rules\": [\n"
     "  {\"id\": \"A\",  \"state\": \"shadow\", \"note\": \"state\"},\n  {\"id\":\"B\",\"state\":\"shadow\"} ] }\n",
     "{\"telsieve\": 1, \"version\" : \"1.1\", \"note\": \"v, \\\"1\\\"\",\n \"rules\": [\n"
     "  {\"id\": \"A\",  \"state\": \"live\", \"note\": \"state\"},\n  {\"id\":\"B\",\"state\":\"shadow\"} ] }\n", 0},
    {"a share goes, with its line",
     "{\"version\":\"1\",\"rules\":[\n{\n  \"state\": \"canary\",\n  \"share\": 0.05,\n  \"tier\": \"low\"\n}]}",
     "{\"version\":\"1.1\",\"rules\":[\n{\n  \"state\": \"live\",\n  \"tier\": \"low\"\n}]}", 0},
    {"a share that is last takes the comma before",
     "{\"version\":\"1\",\"rules\":[{\"state\":\"canary\" , \"share\":1e-2}]}",
     "{\"version\":\"1.1\",\"rules\":[{\"state\":\"live\" }]}", 0},
    {"a share before the state",
     "{\"version\":\"1\",\"rules\":[{\"share\":0.5,\"state\":\"canary\"}]}",
     "{\"version\":\"1.1\",\"rules\":[{\"state\":\"live\"}]}", 0},
    {"the version may stand behind the rules",
     "{\"rules\":[{\"state\":\"shadow\"},{\"state\":\"shadow\"}],\"version\":\"1\"}",
     "{\"rules\":[{\"state\":\"shadow\"},{\"state\":\"live\"}],\"version\":\"1.1\"}", 1},
    {"keys and values may be escaped",
     "{\"version\":\"\\u0031\",\"rules\":[{\"st\\u0061te\":\"sh\\u0061dow\",\"when\":\"\\\"state\\\"\"}]}",
     "{\"version\":\"1.1\",\"rules\":[{\"st\\u0061te\":\"live\",\"when\":\"\\\"state\\\"\"}]}", 0},
};

START_TEST(only_what_must_change_is_changed)
{
    struct err err;
    size_t n = 0;
    char *out;

    err_init(&err);
    out = library_promote(str_of(promotions[_i].from), promotions[_i].rule, "1.1", &n, &err);
    ck_assert_msg(out != NULL, "%s: %s", promotions[_i].name, err.text);
    ck_assert_msg(n == strlen(promotions[_i].to) && memcmp(out, promotions[_i].to, n) == 0, "%s: %.*s",
                  promotions[_i].name, (int)n, out);
    free(out);
    err_fini(&err);
}
END_TEST

static const char *const impossible[] = {
    "{\"version\":\"1\",\"rules\":[]}",
    "{\"version\":\"1\",\"rules\":[{\"id\":\"A\"}]}",
    "{\"rules\":[{\"state\":\"shadow\"}]}",
    "{\"version\":\"1\",\"rules\":[{\"state\":{\"a\":\"shadow\"}}]}",
    "{\"version\":\"1\",\"rules\":[{\"state\":\"shadow\"}]",
};

START_TEST(what_cannot_be_edited_is_told)
{
    struct err err;
    size_t n = 0;

    err_init(&err);
    ck_assert_ptr_null(library_promote(str_of(impossible[_i]), 0, "1.1", &n, &err));
    ck_assert_uint_eq(err.count, 1);
    err_fini(&err);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("library_promote");

    tcase_add_loop_test(tcase, only_what_must_change_is_changed, 0, sizeof(promotions) / sizeof(*promotions));
    tcase_add_loop_test(tcase, what_cannot_be_edited_is_told, 0, sizeof(impossible) / sizeof(*impossible));
    return setup_run("library_promote", tcase);
}
