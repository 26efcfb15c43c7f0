/* test_consumer.c - every offset is read, none is committed too early, whoever comes and goes. */
#include "kafka/consumer.h"
#include "mock_setup.h"
#include "../setup.h"

#include <string.h>

#define PARTITIONS 4
#define MEMBERS 2
#define MAX_MESSAGES 60000

struct member {
    struct consumer *consumer;
    struct metrics *metrics;
};

static struct mock_cluster *cluster;
static struct mock_writer *writer;
static struct config *config;
static struct member members[MEMBERS];
static uint16_t *seen; /* how often message i was read */

static void serve_nothing(void *ctx)
{
    (void)ctx;
    sleep_ms(5);
}

static void join(unsigned k)
{
    struct consumer_setup setup = {.config = config, .index = k, .serve = serve_nothing};
    struct err err;

    err_init(&err);
    setup.metrics = members[k].metrics;
    members[k].consumer = consumer_new(&setup, &err);
    ck_assert_msg(members[k].consumer != NULL, "%s", err.text);
    ck_assert_int_eq(consumer_subscribe(members[k].consumer), 0);
    err_fini(&err);
}

static void quit(unsigned k)
{
    if (members[k].consumer == NULL)
        return;
    consumer_store(members[k].consumer);
    consumer_close(members[k].consumer, clock_mono_ms() + 5000);
    consumer_free(&members[k].consumer);
}

static void start(int partitions, const char *const *more, size_t nmore)
{
    struct err err;

    err_init(&err);
    cluster = mock_start(partitions);
    config = mock_config(mock_cluster_bootstrap(cluster), more, nmore);
    writer = mock_writer_new(mock_cluster_bootstrap(cluster), &err);
    ck_assert_ptr_nonnull(writer);
    seen = calloc(MAX_MESSAGES, sizeof(*seen));
    for (unsigned k = 0; k < MEMBERS; k++) {
        members[k].metrics = aligned_alloc(64, sizeof(struct metrics));
        ck_assert_ptr_nonnull(members[k].metrics);
        memset(members[k].metrics, 0, sizeof(struct metrics));
    }
    err_fini(&err);
}

/* the mock waits this long for members */
#define FAST "\"session.timeout.ms\":\"3000\",\"heartbeat.interval.ms\":\"500\""

static void setup(void)
{
    const char *const more[] = {"drain.rebalance_ms=1000", "kafka.consumer={" FAST "}"};

    start(PARTITIONS, more, 2);
}

static void teardown(void)
{
    for (unsigned k = 0; k < MEMBERS; k++) {
        quit(k);
        free(members[k].metrics);
    }
    free(seen);
    mock_writer_free(&writer);
    config_free(&config);
    mock_cluster_free(&cluster);
}

static void write_messages(unsigned from, unsigned to)
{
    char text[16];

    for (unsigned i = from; i < to; i++) {
        snprintf(text, sizeof(text), "%u", i);
        ck_assert_int_eq(mock_writer_send(writer, "in", (int32_t)(i % PARTITIONS), (struct str){0}, str_of(text)), 0);
    }
    ck_assert_uint_eq(mock_writer_flush(writer, WAIT_MS), 0);
}

/* Poll member k once; settles what it reads. */
static bool read_one(unsigned k, int timeout_ms)
{
    struct consumer_message message;
    char text[16];

    if (members[k].consumer == NULL)
        return false;
    if (!consumer_poll(members[k].consumer, timeout_ms, &message)) {
        consumer_tend(members[k].consumer, clock_mono_ms());
        return false;
    }
    ledger_begin(message.ledger, message.offset);
    ledger_settle(message.ledger, LEDGER_CLEAN);
    ledger_end(message.ledger);
    ck_assert_uint_lt(message.payload.n, sizeof(text));
    memcpy(text, message.payload.p, message.payload.n);
    text[message.payload.n] = '\0';
    seen[atoi(text)]++;
    return true;
}

static unsigned missing(unsigned to)
{
    unsigned n = 0;

    for (unsigned i = 0; i < to; i++)
        n += seen[i] == 0;
    return n;
}

static void read_until(unsigned to)
{
    int64_t deadline = clock_mono_ms() + WAIT_MS;

    while (missing(to) > 0 && clock_mono_ms() < deadline)
        for (unsigned k = 0; k < MEMBERS; k++)
            while (read_one(k, 5))
                ;
    ck_assert_uint_eq(missing(to), 0);
}

START_TEST(all_is_read_once_and_committed_at_the_end)
{
    write_messages(0, 1000);
    join(0);
    read_until(1000);
    for (unsigned i = 0; i < 1000; i++)
        ck_assert_uint_eq(seen[i], 1);
    ck_assert_uint_eq(consumer_partitions(members[0].consumer), PARTITIONS);
    ck_assert_uint_gt(consumer_cluster(members[0].consumer).n, 0);
    quit(0);
    for (int32_t p = 0; p < PARTITIONS; p++)
        ck_assert_int_eq(mock_committed(mock_cluster_bootstrap(cluster), "g", "in", p), 250);
}
END_TEST

START_TEST(a_record_in_flight_holds_the_commit_back)
{
    struct consumer_message message;
    int64_t deadline = clock_mono_ms() + WAIT_MS, held;
    int32_t partition;
    bool got = false;

    write_messages(0, 8);
    join(0);
    while (!got && clock_mono_ms() < deadline)
        got = consumer_poll(members[0].consumer, 100, &message);
    ck_assert(got);
    ledger_begin(message.ledger, message.offset);
    ck_assert_int_eq(ledger_open(message.ledger), 0); /* never acknowledged */
    ledger_end(message.ledger);
    partition = ledger_partition(message.ledger);
    held = message.offset;
    while (missing(8) > 1 && clock_mono_ms() < deadline) /* all but that one, however slowly partitions come */
        read_one(0, 500);
    quit(0);
    for (int32_t p = 0; p < PARTITIONS; p++)
        ck_assert_int_eq(mock_committed(mock_cluster_bootstrap(cluster), "g", "in", p), p == partition ? held : 2);
}
END_TEST

/* Write and read until member k has (or has not) partitions. */
static unsigned flow_until(unsigned written, unsigned k, bool assigned)
{
    int64_t deadline = clock_mono_ms() + WAIT_MS;

    for (;;) {
        unsigned n = members[k].consumer != NULL ? consumer_partitions(members[k].consumer) : 0;
        if ((n > 0) == assigned && clock_mono_ms() < deadline)
            return written;
        ck_assert_int_lt(clock_mono_ms(), deadline);
        write_messages(written, written + 20);
        written += 20;
        for (unsigned m = 0; m < MEMBERS; m++)
            for (int i = 0; i < 20 && read_one(m, 10); i++)
                ;
    }
}

START_TEST(members_that_come_and_go_under_load_miss_no_offset)
{
    unsigned written = 0;

    join(0);
    written = flow_until(written, 0, true);
    for (int round = 0; round < 3; round++) {
        join(1);
        written = flow_until(written, 1, true);
        ck_assert_uint_lt(consumer_partitions(members[0].consumer), PARTITIONS);
        quit(1);
        write_messages(written, written + 100);
        written += 100;
    }
    read_until(written);
    ck_assert_uint_ge(metrics_get(members[0].metrics, METRIC_REBALANCES), 4);
}
END_TEST

/* librdkafka below 2.3.0 aborts here (its issue 4312). */
START_TEST(a_member_that_quits_before_its_first_assignment_does_not_abort)
{
    mock_cluster_fail(cluster, 14, 27, 100); /* SyncGroup: REBALANCE_IN_PROGRESS */
    join(0);
    for (int i = 0; i < 400; i++) /* the mock answers a join after 3 s */
        read_one(0, 10);
    ck_assert_uint_eq(consumer_partitions(members[0].consumer), 0);
    quit(0);
    mock_cluster_heal(cluster, 14);
    write_messages(0, 100);
    join(0);
    read_until(100);
}
END_TEST

START_TEST(an_eager_group_is_handled_too)
{
    const char *const more[] = {"drain.rebalance_ms=1000",
                                "kafka.consumer={\"partition.assignment.strategy\":\"range\"," FAST "}"};

    teardown();
    start(PARTITIONS, more, 2);
    write_messages(0, 500);
    join(0);
    read_until(500);
    join(1);
    write_messages(500, 1000);
    read_until(1000);
    quit(0);
    write_messages(1000, 1500);
    read_until(1500);
}
END_TEST

START_TEST(paused_partitions_and_those_assigned_meanwhile_deliver_nothing_and_then_everything)
{
    join(0);
    consumer_pause(members[0].consumer, true);
    write_messages(0, 400);
    for (int i = 0; i < 300; i++)
        ck_assert(!read_one(0, 10));
    ck_assert_uint_eq(consumer_partitions(members[0].consumer), PARTITIONS);
    consumer_pause(members[0].consumer, false);
    read_until(400);
    for (int i = 0; i < 10; i++) { /* in mid-stream */
        write_messages(400 + (unsigned)i * 100, 500 + (unsigned)i * 100);
        for (int n = 0; n < 50; n++)
            read_one(0, 2);
        consumer_pause(members[0].consumer, true);
        read_one(0, 20);
        consumer_pause(members[0].consumer, false);
    }
    read_until(1400);
    for (unsigned i = 0; i < 1400; i++)
        ck_assert_uint_eq(seen[i], 1);
}
END_TEST

START_TEST(a_missing_input_topic_is_told_and_found_when_it_is_made)
{
    const char *const more[] = {"input.topics=[\"in\",\"later\"]", "kafka.consumer={" FAST "}"};
    int64_t deadline;

    teardown();
    start(PARTITIONS, more, 2);
    mock_cluster_create_topic(cluster, "later", 1);
    mock_cluster_topic_error(cluster, "later", 3);
    join(0);
    write_messages(0, 100);
    read_until(100);
    deadline = clock_mono_ms() + WAIT_MS;
    while (consumer_cause(members[0].consumer)[0] == '\0' && clock_mono_ms() < deadline)
        read_one(0, 50);
    ck_assert_ptr_nonnull(strstr(consumer_cause(members[0].consumer), "later"));
    mock_cluster_topic_error(cluster, "later", 0);
    ck_assert_int_eq(mock_writer_send(writer, "later", 0, (struct str){0}, STR_LIT("100")), 0);
    read_until(101);
    while (consumer_cause(members[0].consumer)[0] != '\0' && clock_mono_ms() < deadline)
        read_one(0, 50);
    ck_assert_str_eq(consumer_cause(members[0].consumer), "");
}
END_TEST

START_TEST(offsets_lost_to_retention_are_counted)
{
    static char big[16384];
    int64_t deadline = clock_mono_ms() + WAIT_MS;
    struct consumer_message message;
    bool got = false;

    write_messages(0, 4);
    join(0);
    read_until(4);
    quit(0); /* committed: 1 in each partition */
    memset(big, 'x', sizeof(big));
    for (int i = 0; i < 1000; i++) /* 16 MB into the 5 MiB that the mock keeps */
        ck_assert_int_eq(mock_writer_send(writer, "in", 0, (struct str){0}, (struct str){big, sizeof(big)}), 0);
    ck_assert_uint_eq(mock_writer_flush(writer, WAIT_MS), 0);
    join(0);
    while (!got && clock_mono_ms() < deadline) {
        got = consumer_poll(members[0].consumer, 100, &message);
        consumer_tend(members[0].consumer, clock_mono_ms());
    }
    ck_assert(got);
    ck_assert_int_gt(message.offset, 1);
    ck_assert_uint_eq(metrics_get(members[0].metrics, METRIC_RECORDS_MISSED), (uint64_t)message.offset - 1);
}
END_TEST

static void setup_short_queue(void)
{
    const char *const more[] = {"kafka.consumer={" FAST ",\"queued.min.messages\":\"20\"}"};

    start(PARTITIONS, more, 1);
}

/* 80 batches of 10 messages in each partition: when each queue that is full cost a second, more than a minute */
START_TEST(a_full_queue_is_filled_again_as_it_empties)
{
    int64_t began;

    for (unsigned i = 0; i < 3200; i += 40)
        write_messages(i, i + 40);
    join(0);
    read_until(1);
    began = clock_mono_ms();
    read_until(3200);
    ck_assert_int_lt(clock_mono_ms() - began, WAIT_MS / 2);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("consumer"), *short_queue = tcase_create("short queue");

    tcase_set_timeout(tcase, 90);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, all_is_read_once_and_committed_at_the_end);
    tcase_add_test(tcase, a_record_in_flight_holds_the_commit_back);
    tcase_add_test(tcase, members_that_come_and_go_under_load_miss_no_offset);
    tcase_add_test(tcase, a_member_that_quits_before_its_first_assignment_does_not_abort);
    tcase_add_test(tcase, an_eager_group_is_handled_too);
    tcase_add_test(tcase, paused_partitions_and_those_assigned_meanwhile_deliver_nothing_and_then_everything);
    tcase_add_test(tcase, a_missing_input_topic_is_told_and_found_when_it_is_made);
    tcase_add_test(tcase, offsets_lost_to_retention_are_counted);
    tcase_set_timeout(short_queue, 90);
    tcase_add_checked_fixture(short_queue, setup_short_queue, teardown);
    tcase_add_test(short_queue, a_full_queue_is_filled_again_as_it_empties);
    return setup_run("consumer", tcase, short_queue);
}
