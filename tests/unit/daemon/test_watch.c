/* test_watch.c - every way in which files change is told once, and nothing else is. */
#include "daemon/watch.h"
#include "core/clock.h"
#include "../setup.h"

#include <ev.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_MS 20000

static char top[64], rules[100];
static struct ev_loop *loop;
static struct watch *watch;
static unsigned changes;

static void on_change(void *ctx)
{
    (void)ctx;
    changes++;
}

__attribute__((format(printf, 1, 2))) static void shell(const char *fmt, ...)
{
    char command[600];
    va_list args;

    va_start(args, fmt);
    vsnprintf(command, sizeof(command), fmt, args);
    va_end(args);
    ck_assert_int_eq(system(command), 0);
}

static void setup(void)
{
    struct err err;

    err_init(&err);
    snprintf(top, sizeof(top), "/tmp/telsieve-watch-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(top));
    snprintf(rules, sizeof(rules), "%s/rules", top);
    shell("mkdir -p %s/numbers && echo 1 > %s/a.json && echo 1 > %s/numbers/cn.json", rules, rules, rules);
    loop = ev_loop_new(EVFLAG_AUTO);
    changes = 0;
    watch = watch_new(loop, rules, on_change, NULL, &err);
    ck_assert_msg(watch != NULL, "%s", err.text);
    err_fini(&err);
}

static void teardown(void)
{
    watch_free(&watch);
    ev_loop_destroy(loop);
    shell("rm -rf %s", top);
}

static void spin(int ms)
{
    for (int64_t end = clock_mono_ms() + ms; clock_mono_ms() < end; ev_sleep(0.01))
        ev_run(loop, EVRUN_NOWAIT);
}

/* One more change is told, and no second one. */
static void expect_change(void)
{
    unsigned before = changes;

    for (int64_t end = clock_mono_ms() + PATIENCE_MS; changes == before && clock_mono_ms() < end;)
        spin(20);
    spin(2 * WATCH_SETTLE_MS);
    ck_assert_uint_eq(changes, before + 1);
}

static void expect_nothing(void)
{
    unsigned before = changes;

    spin(3 * WATCH_SETTLE_MS);
    ck_assert_uint_eq(changes, before);
}

static const char *const told[] = {
    "echo 2 > a.json",
    "echo 2 > new.json",
    "echo 2 > numbers/cn.json",
    "rm a.json",
    "mv a.json ../gone.json",
    "echo 2 > ../b && mv ../b a.json",
    "mkdir lists",
    "rm -r numbers",
    "cp -r . ../next && mv ../rules ../old && mv ../next ../rules",
    "mkdir ../.real && cp -r . ../.real && mv ../rules ../old && ln -s .real ../rules",
    "for i in 1 2 3 4 5 6 7 8 9; do echo $i > $i.json; sleep 0.05; done",
};

START_TEST(a_change_is_told_once)
{
    shell("cd %s && %s", rules, told[_i]);
    expect_change();
    shell("echo 3 > %s/more.json", rules); /* and the next one too, in what stands there now */
    expect_change();
}
END_TEST

static const char *const ignored[] = {
    "echo 2 > .a.json.swp",
    "echo 2 > a.json~",
    "cat a.json numbers/cn.json",
    "echo 2 > ../beside",
    "mkdir ../rules2",
    "chmod 600 a.json",
};

START_TEST(what_changes_nothing_is_not_told)
{
    shell("cd %s && %s > /dev/null", rules, ignored[_i]);
    expect_nothing();
}
END_TEST

START_TEST(a_file_that_is_still_being_written_is_waited_for)
{
    char path[140];
    FILE *out;

    snprintf(path, sizeof(path), "%s/slow.json", rules);
    out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    fputs("{", out);
    fflush(out);
    expect_nothing();
    fputs("}", out);
    fclose(out);
    expect_change();
}
END_TEST

START_TEST(files_of_a_new_folder_are_seen)
{
    shell("mkdir %s/lists", rules);
    expect_change();
    shell("echo 1 > %s/lists/x.json", rules);
    expect_change();
}
END_TEST

START_TEST(a_folder_that_goes_is_waited_for)
{
    shell("mv %s %s/away", rules, top);
    expect_nothing();
    shell("mv %s/away %s", top, rules);
    expect_change();
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_a_problem)
{
    struct err err;

    err_init(&err);
    ck_assert_ptr_null(watch_new(loop, "/nonexistent/rules", on_change, NULL, &err));
    ck_assert_str_eq(err.text, "rules.watch: /nonexistent/rules: No such file or directory\n");
    err_fini(&err);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("watch");

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_change_is_told_once, 0, (int)(sizeof(told) / sizeof(told[0])));
    tcase_add_loop_test(tests, what_changes_nothing_is_not_told, 0, (int)(sizeof(ignored) / sizeof(ignored[0])));
    tcase_add_test(tests, a_file_that_is_still_being_written_is_waited_for);
    tcase_add_test(tests, files_of_a_new_folder_are_seen);
    tcase_add_test(tests, a_folder_that_goes_is_waited_for);
    tcase_add_test(tests, a_folder_that_is_not_there_is_a_problem);
    return setup_run("watch", tests);
}
