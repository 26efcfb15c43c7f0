/* The quarantine, with children that really crash. */
#include "daemon/quarantine.h"
#include "../setup.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TOPIC "sms"
#define PARTITION 3
#define OFFSET 991
#define SUB 2

static char file[80];

static void make_file(void)
{
    snprintf(file, sizeof(file), "/tmp/telsieve-quarantine-%d", (int)getpid());
    unlink(file);
}

static void remove_file(void)
{
    unlink(file);
}

static struct quarantine *open_file(void)
{
    struct err err;
    struct quarantine *quarantine;

    err_init(&err);
    quarantine = quarantine_open(file, &err);
    ck_assert_msg(quarantine != NULL, "%s", err.text);
    err_fini(&err);
    return quarantine;
}

/* What a child does with a record in hand. */
enum end { END_SEGV, END_ABORT, END_FPE, END_ILL, END_BUS, END_OVERFLOW, END_KILL, END_OUTSIDE, END_AFTER, END_CLEAN };

static unsigned overflow_stack(volatile unsigned *depth)
{
    volatile char here[4096];

    here[0] = 1;
    if (++*depth == 0)
        return 0;
    return overflow_stack(depth) + (unsigned)here[0];
}

static void crash(enum end end)
{
    volatile char *forbidden = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    volatile unsigned depth = 0;

    switch (end) {
    case END_SEGV: *forbidden = 1; break;
    case END_ABORT: abort();
    case END_FPE: raise(SIGFPE); break;
    case END_ILL: __builtin_trap(); break;
    case END_BUS: raise(SIGBUS); break;
    case END_OVERFLOW: overflow_stack(&depth); break;
    case END_KILL: kill(getpid(), SIGKILL); break;
    default: break;
    }
}

static void *work(void *arg)
{
    struct quarantine *quarantine = open_file();
    enum end end = *(const enum end *)arg;

    if (quarantine_thread_begin(quarantine) != 0)
        _exit(99);
    quarantine_enter(quarantine, TOPIC, PARTITION, OFFSET - 1, SUB); /* a record that goes well */
    quarantine_leave(quarantine);
    quarantine_enter(quarantine, TOPIC, PARTITION, OFFSET, SUB);
    if (end == END_OUTSIDE)
        for (;;)
            pause();
    if (end != END_AFTER)
        crash(end);
    quarantine_leave(quarantine);
    if (end == END_AFTER)
        crash(END_SEGV);
    quarantine_thread_end(quarantine);
    quarantine_close(&quarantine);
    return NULL;
}

/* Run a process whose worker thread ends like this; its wait status. */
static int run_child(enum end end)
{
    const struct rlimit none = {0, 0};
    pthread_t thread;
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &none);
        if (pthread_create(&thread, NULL, work, &end) != 0)
            _exit(98);
        pthread_join(thread, NULL);
        _exit(0);
    }
    if (end == END_OUTSIDE) {
        usleep(300000);
        kill(pid, SIGABRT);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static bool is_quarantined(int64_t offset, uint32_t sub)
{
    struct quarantine *quarantine = open_file();
    bool found = quarantine_check(quarantine, STR_LIT(TOPIC), PARTITION, offset, sub);

    ck_assert(found == !quarantine_empty(quarantine) || offset != OFFSET || sub != SUB);
    quarantine_close(&quarantine);
    return found;
}

static const struct {
    enum end end;
    int signal_number;
} crashes[] = {
    {END_SEGV, SIGSEGV}, {END_ABORT, SIGABRT}, {END_FPE, SIGFPE},
    {END_ILL, SIGILL},   {END_BUS, SIGBUS},    {END_OVERFLOW, SIGSEGV},
};

START_TEST(the_second_crash_at_the_same_record_quarantines_it)
{
    for (int i = 0; i < 2; i++) {
        int status;
        ck_assert_msg(!is_quarantined(OFFSET, SUB), "after %d crashes", i);
        status = run_child(crashes[_i].end);
        ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == crashes[_i].signal_number, "status %x", status);
    }
    ck_assert(is_quarantined(OFFSET, SUB));
    ck_assert(!is_quarantined(OFFSET - 1, SUB));
    ck_assert(!is_quarantined(OFFSET, SUB + 1));
}
END_TEST

START_TEST(kill_9_an_outside_signal_and_a_crash_elsewhere_cost_no_record)
{
    static const enum end ends[] = {END_KILL, END_OUTSIDE, END_AFTER, END_CLEAN};

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        for (int turn = 0; turn < 2; turn++)
            run_child(ends[i]);
    ck_assert(!is_quarantined(OFFSET, SUB));
    ck_assert(!is_quarantined(OFFSET - 1, SUB));
    ck_assert_int_eq(WTERMSIG(run_child(END_OUTSIDE)), SIGABRT); /* the signal still ends the process */
}
END_TEST

static void write_lines(const char *text)
{
    FILE *out = fopen(file, "w");

    fputs(text, out);
    fclose(out);
}

static void read_file(char *out, size_t size)
{
    FILE *in = fopen(file, "r");

    out[fread(out, 1, size - 1, in)] = '\0';
    fclose(in);
}

START_TEST(crashes_of_more_than_30_days_ago_are_dropped_from_the_file)
{
    char lines[400], kept[400], expected[200];
    long long now = (long long)time(NULL);

    snprintf(lines, sizeof(lines), "%lld 11 sms 3 991 2\n%lld 6 sms 3 991 2\n%lld 6 cdr 0 5 0\nhalf a li",
             now - 31LL * 86400, now - 100, now - 50);
    write_lines(lines);
    ck_assert(!is_quarantined(OFFSET, SUB)); /* one crash is left of two */
    read_file(kept, sizeof(kept));
    snprintf(expected, sizeof(expected), "%lld 0 sms 3 991 2\n%lld 0 cdr 0 5 0\n", now - 100, now - 50);
    ck_assert_str_eq(kept, expected);
}
END_TEST

START_TEST(a_file_of_fresh_crashes_is_left_as_it_is)
{
    char lines[200], after[200];
    long long now = (long long)time(NULL);

    snprintf(lines, sizeof(lines), "%lld 11 sms 3 991 2\n%lld 11 sms 3 991 2\n", now - 9, now - 5);
    write_lines(lines);
    ck_assert(is_quarantined(OFFSET, SUB));
    read_file(after, sizeof(after));
    ck_assert_str_eq(after, lines);
}
END_TEST

START_TEST(a_file_that_cannot_be_made_is_told)
{
    struct err err;

    err_init(&err);
    ck_assert_ptr_null(quarantine_open("/nonexistent/folder/quarantine", &err));
    ck_assert_str_eq(err.text, "/nonexistent/folder/quarantine: quarantine.file cannot be read and written: No such "
                               "file or directory\n");
    err_fini(&err);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("quarantine");

    tcase_add_checked_fixture(tcase, make_file, remove_file);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, the_second_crash_at_the_same_record_quarantines_it, 0,
                        (int)(sizeof(crashes) / sizeof(crashes[0])));
    tcase_add_test(tcase, kill_9_an_outside_signal_and_a_crash_elsewhere_cost_no_record);
    tcase_add_test(tcase, crashes_of_more_than_30_days_ago_are_dropped_from_the_file);
    tcase_add_test(tcase, a_file_of_fresh_crashes_is_left_as_it_is);
    tcase_add_test(tcase, a_file_that_cannot_be_made_is_told);
    return setup_run("quarantine", tcase);
}
