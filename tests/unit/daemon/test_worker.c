/* test_worker.c - records in, exactly the expected warnings out, on a mock cluster that fails in every way it can. */
#include "match/evidence.h"
#include "worker_bench.h"
#include "../setup.h"

#define MAX_RECORDS 8000

static struct mock_cluster *cluster;
static struct mock_writer *writer;
static struct config *config;
static struct store *store;
static struct worker *workers[2];
static uint16_t *warned; /* how often record "rN" was warned of */
static _Atomic int woken;

static void on_wake(void *ctx)
{
    (void)ctx;
    woken++;
}

static void start(const char *const *more, size_t nmore)
{
    struct err err;

    err_init(&err);
    cluster = mock_start(4);
    config = mock_config(mock_cluster_bootstrap(cluster), more, nmore);
    writer = mock_writer_new(mock_cluster_bootstrap(cluster), &err);
    ck_assert_ptr_nonnull(writer);
    store = bench_store(2);
    warned = calloc(MAX_RECORDS, sizeof(*warned));
    woken = 0;
    err_fini(&err);
}

static void setup(void)
{
    const char *const more[] = {
        "output.retry_max_ms=500", "drain.rebalance_ms=2000", "rules.cross_check_every=1",
        "kafka.consumer={\"session.timeout.ms\":\"3000\",\"heartbeat.interval.ms\":\"500\"}"};

    start(more, 4);
}

static void teardown(void)
{
    for (unsigned k = 0; k < 2; k++) {
        if (workers[k] == NULL)
            continue;
        worker_stop(workers[k], clock_mono_ms());
        worker_join(workers[k]);
        worker_free(&workers[k]);
    }
    store_free(&store);
    free(warned);
    mock_writer_free(&writer);
    config_free(&config);
    mock_cluster_free(&cluster);
}

static void join(unsigned k)
{
    const struct worker_setup setup = {.config = config, .store = store, .wake = on_wake};

    workers[k] = bench_worker(&setup, k);
}

/* Records "rFROM".. one a message; every third is a fraud. */
static void write_records(unsigned from, unsigned to)
{
    char payload[700], id[16];

    for (unsigned i = from; i < to; i++) {
        snprintf(id, sizeof(id), "r%u", i);
        bench_send(writer, (int32_t)(i % 4), bench_record(payload, sizeof(payload), id, i % 3 == 0 ? FRAUD : CLEAN));
    }
    ck_assert_uint_eq(mock_writer_flush(writer, WAIT_MS), 0);
}

static void note_warning(void *ctx, const struct mock_reader *reader, const struct mock_message *message)
{
    json_t *warning = json_loadb(message->value.p, message->value.n, 0, NULL);
    const char *id = json_string_value(json_object_get(json_object_get(warning, "source"), "record"));

    (void)ctx;
    ck_assert_ptr_nonnull(id);
    ck_assert(str_eqz(message->key, "+8613912345678"));
    ck_assert(str_eqz(mock_reader_header(reader, "telsieve.family"), "R"));
    ck_assert_ptr_nonnull(mock_reader_header(reader, "telsieve.tier").p);
    ck_assert(str_eqz(mock_reader_header(reader, "telsieve.id"), json_string_value(json_object_get(warning, "id"))));
    ck_assert_int_lt(atoi(id + 1), MAX_RECORDS);
    warned[atoi(id + 1)]++;
    json_decref(warning);
}

/* Every fraud among the first `n` records was warned of, and nothing else; with `once`, once each. */
static void check_warnings(unsigned n, bool once)
{
    bench_read(mock_cluster_bootstrap(cluster), "warnings", note_warning, NULL);
    for (unsigned i = 0; i < n; i++) {
        if (i % 3 != 0)
            ck_assert_msg(warned[i] == 0, "record %u is clean", i);
        else
            ck_assert_msg(once ? warned[i] == 1 : warned[i] > 0, "record %u was warned of %u times", i, warned[i]);
    }
}

static void check_committed(int64_t want)
{
    for (int32_t p = 0; p < 4; p++)
        ck_assert_int_eq(mock_committed(mock_cluster_bootstrap(cluster), "g", "in", p), want);
}

/* All of the input's first `n` records are done with. */
static void wait_committed(unsigned n)
{
    int64_t deadline = clock_mono_ms() + WAIT_MS, sum;

    do {
        sum = 0;
        for (int32_t p = 0; p < 4; p++)
            sum += mock_committed(mock_cluster_bootstrap(cluster), "g", "in", p);
    } while (sum < n && clock_mono_ms() < deadline);
    ck_assert_int_eq(sum, n);
}

START_TEST(records_in_exactly_the_expected_warnings_out)
{
    write_records(0, 1200);
    join(0);
    bench_wait(workers, 1, METRIC_RECORDS_WARNED, 400);
    bench_wait(workers, 1, METRIC_RECORDS_CLEAN, 800);
    bench_stop(&workers[0], 0);
    bench_check_balance(workers[0]);
    ck_assert_uint_eq(bench_metric(workers[0], METRIC_RECORDS_CONSUMED), 1200);
    ck_assert_uint_eq(bench_metric(workers[0], METRIC_RECORDS_IN_FLIGHT), 0);
    ck_assert_uint_eq(bench_metric(workers[0], METRIC_SCAN_CHECKED), 1200);
    ck_assert_uint_eq(bench_metric(workers[0], METRIC_SCAN_MISMATCH), 0);
    ck_assert_uint_eq(bench_metric(workers[0], METRIC_RECORDS_MISSED), 0);
    check_warnings(1200, true);
    check_committed(300);
}
END_TEST

struct letters {
    unsigned n;
    unsigned by_reason[REASON_COUNT];
};

static void note_letter(void *ctx, const struct mock_reader *reader, const struct mock_message *message)
{
    struct letters *letters = ctx;
    struct str reason = mock_reader_header(reader, "telsieve.reason");

    ck_assert_ptr_null(message->key.p);
    ck_assert(str_eqz(mock_reader_header(reader, "telsieve.topic"), "in"));
    ck_assert(str_eqz(mock_reader_header(reader, "telsieve.partition"), "0"));
    ck_assert_ptr_nonnull(mock_reader_header(reader, "telsieve.offset").p);
    ck_assert_ptr_nonnull(mock_reader_header(reader, "telsieve.sub").p);
    ck_assert(str_eqz(mock_reader_header(reader, "telsieve.version"), TELSIEVE_VERSION));
    ck_assert_msg(memmem(message->value.p, message->value.n, "secret", 6) == NULL, "no payload unless asked for");
    letters->n++;
    for (int r = 0; r < REASON_COUNT; r++)
        letters->by_reason[r] += str_eqz(reason, reason_name((enum dead_letter_reason)r));
}

static void observe(void *ctx, const struct ruleset *set, const char *state)
{
    (void)state;
    ck_assert_int_eq(evidence_observe(ctx, (struct ruleset *)set), 0);
}

static void count_hits(void *ctx, const struct ruleset *set, const char *state)
{
    struct evidence_figures *figures = evidence_read(set, clock_mono_ms());
    uint64_t *hits = ctx;

    (void)state;
    for (size_t i = 0; i < ruleset_rule_count(set); i++) {
        ck_assert_uint_eq(figures[i].judged, 300);
        ck_assert_uint_eq(figures[i].hits_hour, figures[i].hits);
        ck_assert_uint_eq(figures[i].victims, figures[i].hits > 0);
        *hits += figures[i].warnings == 100;
    }
    free(figures);
}

START_TEST(what_rules_did_is_counted_beside_the_books)
{
    struct evidence *evidence = evidence_new(2, 0);
    uint64_t hits = 0;

    store_list(store, observe, evidence);
    write_records(0, 300);
    join(0);
    join(1);
    wait_committed(300);
    bench_stop(&workers[0], 0);
    bench_stop(&workers[1], 0);
    store_list(store, count_hits, &hits);
    ck_assert_uint_ge(hits, 1);
    store_free(&store);
    store = bench_store(2); /* for the teardown */
    evidence_free(&evidence);
}
END_TEST

START_TEST(bad_records_are_dead_lettered_with_their_coordinates_and_the_rest_is_judged)
{
    char good[700], lines[1600];
    struct letters letters = {0};

    bench_send(writer, 0, "secret, not JSON");
    ck_assert_int_eq(mock_writer_send(writer, "in", 0, (struct str){0}, (struct str){0}), 0);
    bench_send(writer, 0,
               "{\"v\":1,\"kind\":\"fax\",\"id\":\"f\",\"ts\":1732230000123,\"calling\":\"8613912345678\","
               "\"called\":\"8613912345679\",\"text\":\"secret\"}");
    bench_record(good, sizeof(good), "r0", FRAUD);
    snprintf(lines, sizeof(lines), "%s\n{\"v\":1,\"kind\":\"sms\",\"text\":\"secret\"\n%s\n", good, good);
    bench_send(writer, 0, lines);
    ck_assert_uint_eq(mock_writer_flush(writer, WAIT_MS), 0);
    join(0);
    bench_wait(workers, 1, METRIC_RECORDS_WARNED, 2);
    bench_wait(workers, 1, METRIC_RECORDS_DEAD_LETTERED, 4);
    bench_stop(&workers[0], 0);
    bench_check_balance(workers[0]);
    ck_assert_uint_eq(bench_metric(workers[0], METRIC_RECORDS_CONSUMED), 6);
    bench_read(mock_cluster_bootstrap(cluster), "dead", note_letter, &letters);
    ck_assert_uint_eq(letters.n, 4);
    ck_assert_uint_eq(letters.by_reason[REASON_NULL_PAYLOAD], 1);
    ck_assert_uint_eq(letters.by_reason[REASON_UNKNOWN_KIND], 1);
    ck_assert_uint_eq(letters.by_reason[REASON_NOT_JSON], 2);
    ck_assert_uint_eq(worker_metrics(workers[0])->dead_letters[REASON_NULL_PAYLOAD], 1);
    ck_assert_int_eq(mock_committed(mock_cluster_bootstrap(cluster), "g", "in", 0), 4);
}
END_TEST

START_TEST(refused_warnings_pause_the_worker_which_resumes_and_loses_nothing)
{
    struct worker_status status;

    write_records(0, 600);
    mock_cluster_fail(cluster, API_PRODUCE, 29, 200); /* TOPIC_AUTHORIZATION_FAILED */
    join(0);
    status = bench_wait_paused(workers[0], true);
    ck_assert(!status.output_ok);
    ck_assert_ptr_nonnull(strstr(status.cause, "authorization"));
    mock_cluster_heal(cluster, API_PRODUCE);
    bench_wait(workers, 1, METRIC_RECORDS_WARNED, 200);
    status = bench_wait_paused(workers[0], false);
    ck_assert(status.output_ok);
    ck_assert_str_eq(status.cause, "");
    bench_wait(workers, 1, METRIC_RECORDS_CONSUMED, 600);
    bench_stop(&workers[0], 0);
    bench_check_balance(workers[0]);
    check_warnings(600, true);
    check_committed(150);
}
END_TEST

START_TEST(an_offset_is_not_committed_before_its_warning_is_acknowledged)
{
    write_records(0, 40); /* the first of partition 0 is a fraud, and so on */
    mock_cluster_fail(cluster, API_PRODUCE, 29, 100000);
    join(0);
    bench_wait(workers, 1, METRIC_RECORDS_IN_FLIGHT, 1);
    worker_stop(workers[0], clock_mono_ms() + 2500);
    ck_assert_uint_gt(worker_join(workers[0]), 0);
    bench_check_balance(workers[0]);
    ck_assert_uint_gt(bench_metric(workers[0], METRIC_RECORDS_IN_FLIGHT), 0);
    worker_free(&workers[0]);
    mock_cluster_heal(cluster, API_PRODUCE);
    join(0); /* as after a crash */
    bench_wait(workers, 1, METRIC_RECORDS_WARNED, 14);
    bench_stop(&workers[0], 0);
    check_warnings(40, false);
    check_committed(10);
}
END_TEST

START_TEST(brokers_that_go_away_for_a_while_cost_nothing)
{
    struct worker_status status;
    int64_t back;

    join(0);
    write_records(0, 300);
    bench_wait(workers, 1, METRIC_RECORDS_CONSUMED, 300);
    mock_cluster_set_up(cluster, false);
    status = bench_wait_paused(workers[0], true);
    ck_assert_str_ne(status.cause, "");
    sleep_ms(3000);
    mock_cluster_set_up(cluster, true);
    back = clock_mono_ms();
    bench_wait_paused(workers[0], false);
    printf("reading again %lld ms after the brokers came back\n", (long long)(clock_mono_ms() - back));
    write_records(300, 600);
    wait_committed(600); /* some may be read twice: the session was lost */
    bench_stop(&workers[0], 0);
    bench_check_balance(workers[0]);
    check_warnings(600, false);
}
END_TEST

START_TEST(a_missing_dead_letter_topic_is_known_before_the_first_record_is_read)
{
    struct worker_status status;

    mock_cluster_topic_error(cluster, "dead", 3);
    write_records(0, 30);
    join(0);
    status = bench_wait_paused(workers[0], true);
    ck_assert(!status.output_ok);
    ck_assert_ptr_nonnull(strstr(status.cause, "dead"));
    sleep_ms(5000); /* the mock assigns after 3 s */
    worker_read_status(workers[0], &status);
    ck_assert_uint_eq(status.partitions, 4);
    ck_assert_uint_eq(bench_metric(workers[0], METRIC_RECORDS_CONSUMED), 0);
    ck_assert_uint_eq(bench_metric(workers[0], METRIC_PAUSED), 1);
    mock_cluster_topic_error(cluster, "dead", 0);
    bench_wait(workers, 1, METRIC_RECORDS_WARNED, 10);
    bench_stop(&workers[0], 0);
    check_warnings(30, true);
}
END_TEST

START_TEST(unacknowledged_bytes_stay_within_the_budget)
{
    /* one request in flight: the mock does not check sequence numbers, and librdkafka takes the acknowledgement of a
     * later batch for that of all before it; and no more than the 5 MiB that the mock keeps of a partition */
    const char *const more[] = {"output.pending_bytes=65536", "output.retry_max_ms=500",
                                "kafka.producer={\"max.in.flight.requests.per.connection\":\"1\"}"};
    struct worker_status status;
    uint64_t most = 0;
    int64_t deadline = clock_mono_ms() + WAIT_MS;
    bool paused = false;

    teardown();
    start(more, 3);
    write_records(0, 1500);
    mock_cluster_fail(cluster, API_PRODUCE, 19, 8); /* NOT_ENOUGH_REPLICAS: librdkafka itself tries again */
    join(0);
    do {
        worker_read_status(workers[0], &status);
        most = status.pending_bytes > most ? status.pending_bytes : most;
        paused |= status.paused;
        sleep_ms(1);
    } while (bench_metric(workers[0], METRIC_RECORDS_WARNED) < 500 && clock_mono_ms() < deadline);
    bench_wait(workers, 1, METRIC_RECORDS_WARNED, 500);
    ck_assert(paused);
    ck_assert_uint_gt(most, 65536 / 2);
    ck_assert_uint_lt(most, 65536 + 16384); /* one more message */
    bench_stop(&workers[0], 0);
    check_warnings(1500, true);
}
END_TEST

START_TEST(two_workers_share_the_partitions_and_one_leaves_under_load)
{
    unsigned written = 0;

    join(0);
    bench_wait_paused(workers[0], false);
    for (int round = 0; round < 2; round++) {
        join(1);
        for (int i = 0; i < 300; i++) {
            struct worker_status status;
            write_records(written, written + 10);
            written += 10;
            worker_read_status(workers[1], &status);
            if (status.partitions > 0 && i > 100)
                break;
            sleep_ms(20);
        }
        bench_stop(&workers[1], 0);
        bench_check_balance(workers[1]);
        worker_free(&workers[1]);
    }
    sleep_ms(4000); /* the mock gives a leaver's partitions on after the session timeout */
    wait_committed(written);
    bench_stop(&workers[0], 0);
    bench_check_balance(workers[0]);
    check_warnings(written, false);
}
END_TEST

START_TEST(a_fatal_error_ends_the_worker_with_its_cause_and_wakes_the_daemon)
{
    const char *const more[] = {"kafka.consumer={\"auto.offset.reset\":\"error\"}"};
    struct worker_status status;
    int64_t deadline = clock_mono_ms() + WAIT_MS;

    teardown();
    start(more, 1);
    join(0);
    while (woken == 0 && clock_mono_ms() < deadline)
        sleep_ms(10);
    ck_assert_int_eq(woken, 1);
    worker_read_status(workers[0], &status);
    ck_assert(status.fatal);
    ck_assert(!status.running);
    ck_assert_ptr_nonnull(strstr(status.cause, "auto.offset.reset"));
    ck_assert_uint_eq(worker_join(workers[0]), 0);
}
END_TEST

START_TEST(a_bad_property_is_refused_with_its_key)
{
    const char *const more[] = {"kafka.consumer={\"fetch.foo\":\"1\"}"};
    struct worker_setup worker_setup = {0};
    struct err err;

    teardown();
    start(more, 1);
    worker_setup.config = config;
    worker_setup.store = store;
    err_init(&err);
    ck_assert_ptr_null(worker_new(&worker_setup, 0, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "kafka.consumer.fetch.foo"));
    err_fini(&err);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("worker");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_rules_did_is_counted_beside_the_books);
    tcase_add_test(tcase, records_in_exactly_the_expected_warnings_out);
    tcase_add_test(tcase, bad_records_are_dead_lettered_with_their_coordinates_and_the_rest_is_judged);
    tcase_add_test(tcase, refused_warnings_pause_the_worker_which_resumes_and_loses_nothing);
    tcase_add_test(tcase, an_offset_is_not_committed_before_its_warning_is_acknowledged);
    tcase_add_test(tcase, brokers_that_go_away_for_a_while_cost_nothing);
    tcase_add_test(tcase, a_missing_dead_letter_topic_is_known_before_the_first_record_is_read);
    tcase_add_test(tcase, unacknowledged_bytes_stay_within_the_budget);
    tcase_add_test(tcase, two_workers_share_the_partitions_and_one_leaves_under_load);
    tcase_add_test(tcase, a_fatal_error_ends_the_worker_with_its_cause_and_wakes_the_daemon);
    tcase_add_test(tcase, a_bad_property_is_refused_with_its_key);
    return setup_run("worker", tcase);
}
