/* Secrets come from files, the environment and credentials, and never show in a message. */
#include "config/config.h"
#include "config/secret.h"
#include "../setup.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HIDDEN "tr0ub4dor-invented"

static char folder[64];

static void make_folder(void)
{
    snprintf(folder, sizeof(folder), "/tmp/telsieve-secret-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[100];

    snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static void put(const char *name, const char *bytes, size_t n, mode_t mode)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
    ck_assert_int_eq(fchmod(fd, mode), 0);
    close(fd);
}

/* kafka.common.sasl.password as the reference says; "" with the problem in err when there is one. */
static void load(const char *reference, char *out, size_t size, struct err *err)
{
    char set[300];
    const char *sets[] = {set};
    struct config *config;

    snprintf(set, sizeof(set), "kafka.common.sasl.password=%s", reference);
    err_init(err);
    config = config_load(NULL, sets, 1, err);
    out[0] = '\0';
    if (config != NULL)
        snprintf(out, size, "%s", json_string_value(json_object_get(config->kafka.common, "sasl.password")));
    config_free(&config);
}

static const struct {
    const char *bytes;
    size_t n;
    const char *value;
} files[] = {
    {HIDDEN, 18, HIDDEN},
    {HIDDEN "\n", 19, HIDDEN},
    {HIDDEN "\r\n", 20, HIDDEN},
    {HIDDEN "\n\n", 20, HIDDEN "\n"}, /* one line end, not all */
    {" x ", 3, " x "},
};

START_TEST(a_file_gives_its_bytes_without_the_last_line_end)
{
    char reference[128], value[64];
    struct err err;

    put("f", files[_i].bytes, files[_i].n, 0600);
    snprintf(reference, sizeof(reference), "{\"file\": \"%s/f\"}", folder);
    load(reference, value, sizeof(value), &err);
    ck_assert_msg(err.count == 0, "%s", err.text);
    ck_assert_str_eq(value, files[_i].value);
    err_fini(&err);
}
END_TEST

START_TEST(the_environment_and_credentials_give_theirs)
{
    char value[64];
    struct err err;

    setenv("TELSIEVE_TEST_SECRET", HIDDEN, 1);
    load("{\"env\": \"TELSIEVE_TEST_SECRET\"}", value, sizeof(value), &err);
    ck_assert_str_eq(value, HIDDEN);
    err_fini(&err);

    put("password", "from systemd\n", 13, 0400);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    load("{\"credential\": \"password\"}", value, sizeof(value), &err);
    ck_assert_str_eq(value, "from systemd");
    err_fini(&err);
}
END_TEST

START_TEST(a_key_may_hold_any_byte)
{
    char set[128];
    const char *sets[] = {set};
    struct err err;
    struct config *config;

    put("key", "\x00\xFF\n\x01", 4, 0600);
    snprintf(set, sizeof(set), "output.digest_key={\"file\": \"%s/key\"}", folder);
    err_init(&err);
    config = config_load(NULL, sets, 1, &err);
    ck_assert_msg(config != NULL, "%s", err.text);
    ck_assert_uint_eq(config->output.digest_key_len, 4);
    ck_assert_int_eq(memcmp(config->output.digest_key, "\x00\xFF\n\x01", 4), 0);
    config_free(&config);
    err_fini(&err);
}
END_TEST

static const struct {
    const char *reference, *problem;
} bad[] = {
    {"{\"file\": \"/nonexistent/x\"}", "the file \"/nonexistent/x\" cannot be read: No such file or directory"},
    {"{\"env\": \"TELSIEVE_TEST_UNSET\"}", "the environment variable \"TELSIEVE_TEST_UNSET\" is not set"},
    {"{\"env\": \"TELSIEVE_TEST_EMPTY\"}", "what it points to is empty"},
    {"{\"credential\": \"x\"}", "there are no credentials: not started by systemd with LoadCredential="},
    {"{\"credential\": \"../x\"}", "a credential has a name, not a path"},
    {"{\"fiel\": \"x\"}", "a reference is {\"file\": \"…\"}, {\"env\": \"…\"} or {\"credential\": \"…\"}"},
    {"{\"file\": \"a\", \"env\": \"b\"}",
     "a reference is {\"file\": \"…\"}, {\"env\": \"…\"} or {\"credential\": \"…\"}"},
    {"{\"file\": 5}", "a reference is {\"file\": \"…\"}, {\"env\": \"…\"} or {\"credential\": \"…\"}"},
};

START_TEST(a_reference_that_leads_nowhere_is_told)
{
    char value[64], expected[300];
    struct err err;

    unsetenv("CREDENTIALS_DIRECTORY");
    setenv("TELSIEVE_TEST_EMPTY", "", 1);
    load(bad[_i].reference, value, sizeof(value), &err);
    snprintf(expected, sizeof(expected), "--set kafka.common.sasl.password: %s\n", bad[_i].problem);
    ck_assert_str_eq(err.text, expected);
    err_fini(&err);
}
END_TEST

START_TEST(no_message_shows_what_was_read)
{
    static const char *const keys[] = {"kafka.common.acks", "kafka.producer.message.timeout.ms", "admin.listen",
                                       "output.warnings", "control.rules"};

    setenv("TELSIEVE_TEST_SECRET", HIDDEN "!", 1);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        char set[128];
        const char *sets[] = {set};
        struct err err;
        snprintf(set, sizeof(set), "%s={\"env\": \"TELSIEVE_TEST_SECRET\"}", keys[i]);
        err_init(&err);
        ck_assert_ptr_null(config_load(NULL, sets, 1, &err));
        ck_assert_msg(strstr(err.text, "tr0ub") == NULL, "%s", err.text);
        err_fini(&err);
    }
}
END_TEST

START_TEST(a_file_that_everybody_can_read_is_warned_of)
{
    char reference[128], log_path[128], value[64], log[600] = "";
    struct err err;
    int saved = dup(STDERR_FILENO), fd;

    snprintf(log_path, sizeof(log_path), "%s/log", folder);
    snprintf(reference, sizeof(reference), "{\"file\": \"%s/f\"}", folder);
    fd = open(log_path, O_CREAT | O_RDWR, 0600);
    dup2(fd, STDERR_FILENO);
    put("f", HIDDEN, 18, 0600);
    load(reference, value, sizeof(value), &err);
    ck_assert_int_eq(lseek(fd, 0, SEEK_END), 0); /* silent while it is private */
    put("f", HIDDEN, 18, 0644);
    load(reference, value, sizeof(value), &err);
    dup2(saved, STDERR_FILENO);
    ck_assert_int_gt(pread(fd, log, sizeof(log) - 1, 0), 0);
    ck_assert_ptr_nonnull(strstr(log, "level=warn event=secret_exposed"));
    ck_assert_ptr_nonnull(strstr(log, "mode=0644"));
    ck_assert_ptr_null(strstr(log, HIDDEN));
    close(fd);
    close(saved);
    err_fini(&err);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("secret");

    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_loop_test(tcase, a_file_gives_its_bytes_without_the_last_line_end, 0,
                        (int)(sizeof(files) / sizeof(files[0])));
    tcase_add_test(tcase, the_environment_and_credentials_give_theirs);
    tcase_add_test(tcase, a_key_may_hold_any_byte);
    tcase_add_loop_test(tcase, a_reference_that_leads_nowhere_is_told, 0, (int)(sizeof(bad) / sizeof(bad[0])));
    tcase_add_test(tcase, no_message_shows_what_was_read);
    tcase_add_test(tcase, a_file_that_everybody_can_read_is_warned_of);
    return setup_run("secret", tcase);
}
