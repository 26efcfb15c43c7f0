/* What others find wrong with a configuration's values gets the place in the file, once. */
#include "config/config.h"
#include "../setup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char text[] = "{\"input\": {\n"
                           "  \"topics\": [\"sms\", {\"topic\": \"cdr\", \"fields\": {\"calling\": \"A\"}}, \"mms\"],\n"
                           "  \"fields\": {\"called\": \"B\"}},\n"
                           " \"kafka\": {\"common\": {\"bootstrap.servers\": \"127.0.0.1:9092\",\n"
                           "  \"fetch.foo\": \"1\"}}}\n";

static const struct {
    const char *found, *expected; /* # is the file */
} cases[] = {
    {"kafka.common.fetch.foo: no such property\n", "#:5:16: kafka.common.fetch.foo: no such property\n"},
    {"input.topics[1].fields.calling: bad\n", "#:2:60: input.topics[1].fields.calling: bad\n"},
    {"input.topics[0].fields.called: bad\n", "#:3:24: input.fields.called: bad\n"},
    {"input.topics[0].fields.called: bad\ninput.topics[2].fields.called: bad\n", "#:3:24: input.fields.called: bad\n"},
    {"input.topics[2].columns: needed\n", "#:2:67: input.topics[2].columns: needed\n"},
    {"kafka.common.sasl.username: from --set\n", "kafka.common.sasl.username: from --set\n"},
    {"patterns/a.json:3:4: unknown set: x\n", "patterns/a.json:3:4: unknown set: x\n"},
    {"workers cannot be started\n", "workers cannot be started\n"},
};

START_TEST(a_problem_is_placed)
{
    char file[] = "/tmp/telsieve-test-XXXXXX", expected[512] = "";
    int fd = mkstemp(file);
    struct config *config;
    struct err found, err;

    ck_assert(fd >= 0 && write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1);
    close(fd);
    err_init(&found);
    err_init(&err);
    config = config_load(file, NULL, 0, &err);
    ck_assert_msg(config != NULL, "%s", err.text);
    for (const char *p = cases[_i].found, *end; (end = strchr(p, '\n')) != NULL; p = end + 1)
        err_add(&found, "%.*s", (int)(end - p), p);
    for (const char *p = cases[_i].expected; *p != '\0'; p++)
        *p == '#' ? strcat(expected, file) : strncat(expected, p, 1);
    config_place(config, &found, &err);
    ck_assert_str_eq(err.text, expected);
    ck_assert_uint_eq(err.count, 1);
    err_fini(&found);
    err_fini(&err);
    config_free(&config);
    unlink(file);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("problems");

    tcase_add_loop_test(tcase, a_problem_is_placed, 0, sizeof(cases) / sizeof(cases[0]));
    return setup_run("problems", tcase);
}
