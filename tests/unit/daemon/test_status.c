/* Readiness, progress and the books of partitions, with workers that say what the test wants. */
#include "core/clock.h"
#include "daemon/pulse.h"
#include "daemon/status.h"
#include "../setup.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The worker of these tests: only what is looked at. It stands in for worker.c, which is not linked. */
struct worker {
    struct worker_status status;
    struct worker_partition partitions[4];
    size_t npartitions;
};

void worker_read_status(struct worker *worker, struct worker_status *out)
{
    *out = worker->status;
}

const struct metrics *worker_metrics(const struct worker *worker)
{
    (void)worker;
    return NULL;
}

void worker_list_partitions(struct worker *worker, void (*fn)(void *ctx, const struct worker_partition *p), void *ctx)
{
    for (size_t i = 0; i < worker->npartitions; i++)
        fn(ctx, &worker->partitions[i]);
}

static struct worker first, second;
static struct worker *workers[] = {&first, &second};
static struct store *store;

static struct overview good(void)
{
    const struct worker well = {
        .status = {.running = true, .output_ok = true, .partitions = 2, .stage = "idle"},
    };

    first = second = well;
    first.status.progress_mono_ms = second.status.progress_mono_ms = clock_mono_ms();
    return (struct overview){.store = store, .workers = workers, .nworkers = 2};
}

/* ---- readiness: the store is real, its rule set is the smallest that loads --------------------------------------- */

static const char library[] =
    "{\"telsieve\":1, \"library\":\"refund\", \"family\":\"R\", \"title\":\"退款\", \"version\":\"2026.11.22\",\n"
    "\"sets\":{\"topic\":{\"role\":\"T\",\"phrases\":[\"快递~丢失~理赔\"]},\n"
    "  \"action\":{\"role\":\"A\",\"phrases\":[\"添加~理赔客服\"]}},\n"
    "\"rules\":[{\"id\":\"R-001\", \"type\":\"快递丢失理赔\", \"state\":\"live\", \"tier\":\"medium\",\n"
    "  \"when\":\"topic and action\", \"reason\":\"自称快递客服\",\n"
    "  \"hit\":[\"您的快递丢失,可理赔,请添加理赔客服\"], \"miss\":[\"晚上回来吃饭吗\"]}]}\n";

static void open_store(void)
{
    char folder[] = "/tmp/telsieve-status-XXXXXX", command[200], file[100];
    struct ruleset_options options;
    struct ruleset *set;
    struct err err;
    FILE *out;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(command, sizeof(command), "cp -r patterns/folding.json patterns/polarity.json patterns/numbers %s",
             folder);
    ck_assert_int_eq(system(command), 0);
    snprintf(file, sizeof(file), "%s/refund.json", folder);
    out = fopen(file, "w");
    fputs(library, out);
    fclose(out);
    err_init(&err);
    ruleset_options_default(&options);
    set = ruleset_load(folder, &options, &err);
    ck_assert_msg(set != NULL, "%s", err.text);
    err_fini(&err);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
    store = store_new(2);
    ck_assert_int_eq(store_publish(store, set), 0);
}

static void close_store(void)
{
    store_free(&store);
}

START_TEST(with_rules_partitions_and_output_it_is_ready)
{
    struct overview overview = good();
    char why[100];

    ck_assert_msg(status_is_ready(&overview, why, sizeof(why)), "%s", why);
    first.status.partitions = 0; /* a worker beyond the number of partitions is no fault */
    ck_assert(status_is_ready(&overview, why, sizeof(why)));
    ck_assert_str_eq(why, "");
}
END_TEST

START_TEST(each_thing_that_is_missing_is_the_reason)
{
    struct overview overview = good();
    struct store *empty = store_new(2);
    char why[100];

    first.status.partitions = second.status.partitions = 0;
    ck_assert(!status_is_ready(&overview, why, sizeof(why)));
    ck_assert_str_eq(why, "no partition is assigned");

    overview = good();
    second.status.output_ok = false;
    ck_assert(!status_is_ready(&overview, why, sizeof(why)));
    ck_assert_str_eq(why, "worker 1 cannot deliver: waiting for Kafka");
    strcpy(second.status.cause, "topic fraud-warnings: unknown");
    ck_assert(!status_is_ready(&overview, why, sizeof(why)));
    ck_assert_str_eq(why, "worker 1 cannot deliver: topic fraud-warnings: unknown");

    overview = good();
    first.status.paused = true;
    ck_assert(!status_is_ready(&overview, why, sizeof(why)));

    overview = good();
    first.status.running = false;
    strcpy(first.status.cause, "fenced");
    ck_assert(!status_is_ready(&overview, why, sizeof(why)));
    ck_assert_str_eq(why, "worker 0 has ended: fenced");

    overview = good();
    overview.stopping = true;
    ck_assert(!status_is_ready(&overview, why, sizeof(why)));
    ck_assert_str_eq(why, "stopping");

    overview = good();
    overview.store = empty;
    ck_assert(!status_is_ready(&overview, why, sizeof(why)));
    ck_assert_str_eq(why, "no rule set is live");
    store_free(&empty);
}
END_TEST

/* ---- progress ---------------------------------------------------------------------------------------------------- */

START_TEST(one_stage_over_the_limit_is_no_progress_and_an_ended_worker_needs_none)
{
    struct overview overview = good();
    unsigned stuck = 9;

    ck_assert(status_progresses(&overview, 10000, &stuck));
    second.status.progress_mono_ms = clock_mono_ms() - 9000;
    ck_assert(status_progresses(&overview, 10000, &stuck));
    second.status.progress_mono_ms = clock_mono_ms() - 10500;
    ck_assert(!status_progresses(&overview, 10000, &stuck));
    ck_assert_uint_eq(stuck, 1);
    second.status.running = false;
    ck_assert(status_progresses(&overview, 10000, &stuck));
}
END_TEST

START_TEST(only_a_change_is_logged)
{
    static const char *const wanted[] = {
        "event=ready",
        "event=not_ready cause=\"worker 0: broker \\\"b:1\\\" away\"",
        "event=stuck worker=0 stage=idle msg=\"no progress: the watchdog is not fed\"",
        "event=unstuck",
        "event=ready",
    };
    char path[] = "/tmp/telsieve-pulse-XXXXXX", log[2000], *line;
    int fd = mkstemp(path), saved = dup(STDERR_FILENO);
    struct overview overview = good();
    struct pulse pulse = {0};
    ssize_t n;

    unsetenv("NOTIFY_SOCKET");
    dup2(fd, STDERR_FILENO);
    for (int i = 0; i < 3; i++) {
        pulse_readiness(&pulse, &overview, true);
        pulse_progress(&pulse, &overview, 10000);
    }
    first.status.progress_mono_ms -= 20000;
    strcpy(first.status.cause, "broker \"b:1\" away");
    for (int i = 0; i < 3; i++) {
        pulse_readiness(&pulse, &overview, true);
        ck_assert(!pulse_progress(&pulse, &overview, 10000));
    }
    overview = good();
    ck_assert(pulse_progress(&pulse, &overview, 10000));
    pulse_readiness(&pulse, &overview, true);
    dup2(saved, STDERR_FILENO);
    n = pread(fd, log, sizeof(log) - 1, 0);
    log[n] = '\0';
    line = strtok(log, "\n");
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++, line = strtok(NULL, "\n"))
        ck_assert_msg(line != NULL && strstr(line, wanted[i]) != NULL, "%s, not %s", line, wanted[i]);
    ck_assert_ptr_null(line);
    close(saved);
    close(fd);
    unlink(path);
}
END_TEST

/* ---- partitions -------------------------------------------------------------------------------------------------- */

START_TEST(a_partition_that_moved_between_workers_is_listed_once_with_the_sum)
{
    struct overview overview = good();
    struct partition_books *books = NULL;
    const struct worker_partition of_first[] = {
        {.topic = "sms", .partition = 10, .watermark = -1, .consumed = 5, .clean = 5},
        {.topic = "sms", .partition = 2, .watermark = 7, .consumed = 1, .warned = 1},
    };
    const struct worker_partition of_second[] = {
        {.topic = "cdr", .partition = 2, .watermark = 3, .consumed = 2, .dead_lettered = 2},
        {.topic = "sms", .partition = 10, .watermark = 40, .consumed = 30, .clean = 28, .suppressed = 1,
         .in_flight = 1},
    };

    memcpy(first.partitions, of_first, sizeof(of_first));
    memcpy(second.partitions, of_second, sizeof(of_second));
    first.npartitions = second.npartitions = 2;
    ck_assert_uint_eq(status_partitions(&overview, &books), 3);
    ck_assert_str_eq(books[0].topic, "cdr");
    ck_assert_int_eq(books[1].partition, 2); /* by number, not by digits */
    ck_assert_int_eq(books[2].partition, 10);
    ck_assert_int_eq(books[2].watermark, 40);
    ck_assert_uint_eq(books[2].consumed, 35);
    ck_assert_uint_eq(books[2].clean, 33);
    ck_assert_uint_eq(books[2].suppressed, 1);
    ck_assert_uint_eq(books[2].in_flight, 1);
    free(books);
}
END_TEST

START_TEST(a_cause_that_is_not_utf8_does_not_spoil_the_page)
{
    struct overview overview = good();
    json_t *json;

    strcpy(first.status.cause, "cut \xE9\x80");
    json = status_json(&overview);
    ck_assert_ptr_nonnull(json);
    ck_assert_str_eq(json_string_value(json_object_get(json, "cause")), "worker 0: cut ?");
    json_decref(json);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("status");

    tcase_add_checked_fixture(tcase, open_store, close_store);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, with_rules_partitions_and_output_it_is_ready);
    tcase_add_test(tcase, each_thing_that_is_missing_is_the_reason);
    tcase_add_test(tcase, one_stage_over_the_limit_is_no_progress_and_an_ended_worker_needs_none);
    tcase_add_test(tcase, only_a_change_is_logged);
    tcase_add_test(tcase, a_partition_that_moved_between_workers_is_listed_once_with_the_sum);
    tcase_add_test(tcase, a_cause_that_is_not_utf8_does_not_spoil_the_page);
    return setup_run("status", tcase);
}
