/* Log lines: quoting never overflows and never splits a character; limits count what they leave out. */
#include "core/log.h"
#include "core/utf8.h"
#include "../setup.h"

#include <check.h>
#include <fcntl.h>
#include <regex.h>
#include <stdlib.h>
#include <unistd.h>

static const struct {
    const char *text, *quoted;
} quotes[] = {
    {"", "\"\""},
    {"plain", "\"plain\""},
    {"say \"no\"", "\"say \\\"no\\\"\""},
    {"a\\b", "\"a\\\\b\""},
    {"two\nlines\x7F", "\"two\\x0alines\\x7f\""},
    {"退款", "\"退款\""},
};

START_TEST(what_would_break_a_line_is_escaped)
{
    char out[64];

    ck_assert_str_eq(log_quote(quotes[_i].text, out, sizeof(out)), quotes[_i].quoted);
}
END_TEST

START_TEST(quoting_never_overflows_and_never_splits_a_character)
{
    static const char text[] = "a\"\\\n\x01退款😀\"\"\"\x02\x03验证码\\";
    char out[128];

    for (size_t size = 8; size < sizeof(out) - 8; size++) {
        memset(out, 0x55, sizeof(out));
        log_quote(text, out, size);
        for (size_t i = size; i < sizeof(out); i++)
            ck_assert_msg(out[i] == 0x55, "size %zu wrote byte %zu", size, i);
        ck_assert(strlen(out) < size);
        ck_assert(out[0] == '"' && out[strlen(out) - 1] == '"');
        ck_assert_msg(utf8_valid(str_of(out)), "size %zu", size);
    }
}
END_TEST

START_TEST(the_smallest_buffers_hold_an_empty_value)
{
    char out[16];

    for (size_t size = 3; size < 8; size++) {
        memset(out, 0x55, sizeof(out));
        log_quote("", out, size);
        ck_assert_str_eq(out, "\"\"");
        ck_assert_int_eq(out[size], 0x55);
        memset(out, 0x55, sizeof(out));
        log_quote("longer", out, size);
        ck_assert(strlen(out) < size);
        ck_assert_int_eq(out[size], 0x55);
    }
}
END_TEST

/* What log_line writes to stderr while `write_lines` runs. */
static void capture(void (*write_lines)(void), char *out, size_t size)
{
    char path[] = "/tmp/telsieve-log-XXXXXX";
    int fd = mkstemp(path), saved = dup(STDERR_FILENO);
    ssize_t n;

    dup2(fd, STDERR_FILENO);
    write_lines();
    dup2(saved, STDERR_FILENO);
    n = pread(fd, out, size - 1, 0);
    out[n > 0 ? n : 0] = '\0';
    close(fd);
    close(saved);
    unlink(path);
}

static void write_three(void)
{
    log_set_level(LOG_LEVEL_INFO);
    log_debug("hidden", "n=%d", 1);
    log_info("seen", "n=%d", 2);
    log_error("bare", " ");
}

START_TEST(a_line_has_time_level_event_and_pairs)
{
    char out[400];
    regex_t shape;

    unsetenv("JOURNAL_STREAM");
    capture(write_three, out, sizeof(out));
    ck_assert_int_eq(regcomp(&shape,
                             "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}[+-][0-9]{2}:[0-9]{2} level=info "
                             "event=seen n=2\n[^\n]* level=error event=bare\n$",
                             REG_EXTENDED | REG_NOSUB),
                     0);
    ck_assert_msg(regexec(&shape, out, 0, NULL, 0) == 0, "%s", out);
    regfree(&shape);
}
END_TEST

START_TEST(under_the_journal_a_line_begins_with_its_priority)
{
    char out[400];

    setenv("JOURNAL_STREAM", "8:1", 1);
    capture(write_three, out, sizeof(out));
    ck_assert_str_eq(out, "<6>level=info event=seen n=2\n<3>level=error event=bare\n");
}
END_TEST

static void write_long(void)
{
    static char text[5000];

    memset(text, 'x', sizeof(text) - 1);
    log_info("long", "text=%s", text);
}

START_TEST(an_overlong_line_is_cut_and_still_ends)
{
    char out[4096];

    capture(write_long, out, sizeof(out));
    ck_assert_uint_le(strlen(out), 2048);
    ck_assert_int_eq(out[strlen(out) - 1], '\n');
}
END_TEST

START_TEST(a_limit_passes_its_burst_and_tells_what_it_left_out)
{
    struct log_limit limit = LOG_LIMIT(2, 1000);
    uint64_t left_out;

    ck_assert(log_limit_pass(&limit, 5000, &left_out));
    ck_assert(log_limit_pass(&limit, 5100, &left_out));
    ck_assert_uint_eq(left_out, 0);
    for (int i = 0; i < 3; i++)
        ck_assert(!log_limit_pass(&limit, 5200 + i, &left_out));
    ck_assert(log_limit_pass(&limit, 6000, &left_out));
    ck_assert_uint_eq(left_out, 3);
    ck_assert(log_limit_pass(&limit, 6001, &left_out));
    ck_assert_uint_eq(left_out, 0);
    ck_assert(!log_limit_pass(&limit, 6002, &left_out));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("log");

    tcase_add_loop_test(tcase, what_would_break_a_line_is_escaped, 0, (int)(sizeof(quotes) / sizeof(quotes[0])));
    tcase_add_test(tcase, quoting_never_overflows_and_never_splits_a_character);
    tcase_add_test(tcase, the_smallest_buffers_hold_an_empty_value);
    tcase_add_test(tcase, a_line_has_time_level_event_and_pairs);
    tcase_add_test(tcase, under_the_journal_a_line_begins_with_its_priority);
    tcase_add_test(tcase, an_overlong_line_is_cut_and_still_ends);
    tcase_add_test(tcase, a_limit_passes_its_burst_and_tells_what_it_left_out);
    return setup_run("log", tcase);
}
