/* test_announcer.c - what is announced arrives in order, or its sender is told; too much of it costs the oldest. */
#include "kafka/announcer.h"
#include "mock_setup.h"
#include "../setup.h"

#include <string.h>

#define TOPIC "warnings"
#define UNKNOWN_TOPIC 3
#define PRODUCE 0
#define MESSAGE_TOO_LARGE 10
#define MANY_BYTES (20 << 20)

static struct mock_cluster *cluster;
static struct config *config;
static struct announcer *announcer;
static struct {
    unsigned good, bad;
    void *last;
    char why[300];
} told;

static void on_result(void *ctx, void *opaque, const char *why)
{
    (void)ctx;
    told.good += why == NULL;
    told.bad += why != NULL;
    told.last = opaque;
    snprintf(told.why, sizeof(told.why), "%s", why != NULL ? why : "");
}

static void announce_to(bool patient)
{
    const struct announcer_setup setup = {config, TOPIC, NULL, patient, on_result, NULL};
    struct err err;

    err_init(&err);
    announcer = announcer_new(&setup, &err);
    ck_assert_msg(announcer != NULL, "%s", err.text);
    err_fini(&err);
}

static void setup(void)
{
    memset(&told, 0, sizeof(told));
    cluster = mock_start(1);
    config = mock_config(mock_cluster_bootstrap(cluster), NULL, 0);
}

static void teardown(void)
{
    announcer_free(&announcer);
    config_free(&config);
    mock_cluster_free(&cluster);
}

static void announce(const char *value)
{
    const struct announcement a = {.key = STR_LIT("node"), .value = str_of(value)};

    ck_assert_int_eq(announcer_send(announcer, &a), 0);
}

static void announce_numbers(int from, int to)
{
    char text[16];

    for (int i = from; i < to; i++) {
        snprintf(text, sizeof(text), "%d", i);
        announce(text);
    }
}

/* Are the topic's messages exactly the numbers from..to-1, in this order? */
static void expect_numbers(int from, int to)
{
    struct mock_reader *reader;
    struct mock_message message;
    struct err err;
    char text[16];

    err_init(&err);
    reader = mock_reader_new(mock_cluster_bootstrap(cluster), TOPIC, &err);
    ck_assert_msg(reader != NULL, "%s", err.text);
    for (int i = from; i < to; i++) {
        int64_t deadline = clock_mono_ms() + WAIT_MS;
        bool got = false;
        while (!got && clock_mono_ms() < deadline)
            got = mock_reader_next(reader, 100, &message);
        ck_assert_msg(got, "%d is missing", i);
        snprintf(text, sizeof(text), "%d", i);
        ck_assert_msg(str_eqz(message.value, text), "%.*s instead of %s", STR_FMT(message.value), text);
    }
    ck_assert(!mock_reader_next(reader, 300, &message));
    mock_reader_free(&reader);
    err_fini(&err);
}

START_TEST(what_is_announced_arrives_with_key_and_headers)
{
    const struct announcer_header headers[] = {{"telsieve.action", STR_LIT("rollback")}, {"none", STR_LIT("")}};
    int mark;
    const struct announcement a = {
        .key = STR_LIT("refund"), .value = STR_LIT("{}"), .headers = headers, .nheaders = 2, .opaque = &mark};
    const struct announcement gone = {.key = STR_LIT("gone")};
    struct mock_reader *reader;
    struct mock_message message;
    struct err err;

    err_init(&err);
    announce_to(false);
    ck_assert_int_eq(announcer_send(announcer, &a), 0);
    ck_assert_uint_eq(announcer_flush(announcer, WAIT_MS), 0);
    ck_assert_uint_eq(told.good, 1);
    ck_assert_ptr_eq(told.last, &mark);
    reader = mock_reader_new(mock_cluster_bootstrap(cluster), TOPIC, &err);
    ck_assert(mock_reader_next(reader, WAIT_MS, &message));
    ck_assert(str_eqz(message.key, "refund"));
    ck_assert(str_eqz(message.value, "{}"));
    ck_assert(str_eqz(mock_reader_header(reader, "telsieve.action"), "rollback"));
    ck_assert_uint_eq(mock_reader_header(reader, "none").n, 0);
    ck_assert_int_eq(announcer_send(announcer, &gone), 0);
    ck_assert_uint_eq(announcer_flush(announcer, WAIT_MS), 0);
    ck_assert(mock_reader_next(reader, WAIT_MS, &message));
    ck_assert_ptr_null(message.value.p);
    mock_reader_free(&reader);
    err_fini(&err);
}
END_TEST

START_TEST(what_is_placed_goes_to_its_partition_whatever_its_key)
{
    struct mock_reader *reader;
    struct mock_message message;
    bool seen[2] = {false};
    struct err err;

    err_init(&err);
    announce_to(false);
    for (int32_t i = 0; i < 2; i++) {
        const struct announcement a = {
            .key = STR_LIT("same"), .value = i == 0 ? STR_LIT("0") : STR_LIT("1"), .placed = true, .partition = i};
        ck_assert_int_eq(announcer_send(announcer, &a), 0);
    }
    ck_assert_uint_eq(announcer_flush(announcer, WAIT_MS), 0);
    reader = mock_reader_new(mock_cluster_bootstrap(cluster), TOPIC, &err);
    for (int i = 0; i < 2; i++) {
        ck_assert(mock_reader_next(reader, WAIT_MS, &message));
        ck_assert(str_eqz(message.value, message.partition == 0 ? "0" : "1"));
        seen[message.partition] = true;
    }
    ck_assert(seen[0] && seen[1]);
    mock_reader_free(&reader);
    err_fini(&err);
}
END_TEST

START_TEST(more_than_can_wait_costs_the_oldest_that_is_not_on_its_way)
{
    announce_to(true);
    announce_numbers(0, 10);
    ck_assert_uint_eq(announcer_flush(announcer, WAIT_MS), 0);
    mock_cluster_fail(cluster, PRODUCE, 29, 1); /* topic authorisation: all that is on its way comes back */
    announce_numbers(-1, 0);
    while (told.bad + told.good == 10 && announcer_cause(announcer)[0] == '\0')
        announcer_flush(announcer, 10);
    ck_assert_ptr_nonnull(strstr(announcer_cause(announcer), "topic " TOPIC ": "));
    announce_numbers(10, 10 + ANNOUNCER_MOST + 20);
    ck_assert_uint_eq(announcer_dropped(announcer), 21); /* the one that failed is the oldest */
    ck_assert_uint_eq(told.bad, 21);
    ck_assert_ptr_nonnull(strstr(told.why, "too many"));
    ck_assert_uint_eq(announcer_flush(announcer, WAIT_MS), 0);
    ck_assert_str_eq(announcer_cause(announcer), "");
    ck_assert_uint_eq(told.good, 10 + ANNOUNCER_MOST);
}
END_TEST

START_TEST(brokers_that_go_and_come_cost_nothing_and_no_order)
{
    int64_t began;

    announce_to(true);
    announce_numbers(0, 10);
    ck_assert_uint_eq(announcer_flush(announcer, WAIT_MS), 0);
    mock_cluster_set_up(cluster, false);
    began = clock_mono_ms();
    announce_numbers(10, 110);
    ck_assert_int_lt(clock_mono_ms() - began, 1000); /* it never blocks */
    ck_assert_uint_eq(announcer_flush(announcer, 1000), 100);
    ck_assert_ptr_nonnull(strchr(announcer_cause(announcer), ':'));
    mock_cluster_set_up(cluster, true);
    ck_assert_uint_eq(announcer_flush(announcer, WAIT_MS), 0);
    ck_assert_uint_eq(told.bad, 0);
    expect_numbers(0, 110);
}
END_TEST

START_TEST(of_a_key_whose_newest_matters_one_waits)
{
    const struct announcement beat = {.key = STR_LIT("beat"), .value = STR_LIT("x"), .newest = true};

    mock_cluster_topic_error(cluster, TOPIC, UNKNOWN_TOPIC);
    announce_to(true);
    announce_numbers(0, 1);
    while (announcer_cause(announcer)[0] == '\0')
        announcer_flush(announcer, 100);
    for (int i = 0; i < 2 * ANNOUNCER_MOST; i++)
        ck_assert_int_eq(announcer_send(announcer, &beat), 0);
    ck_assert_uint_eq(announcer_dropped(announcer), 0);
    ck_assert_uint_eq(told.bad, 2 * ANNOUNCER_MOST - 1);
    mock_cluster_topic_error(cluster, TOPIC, 0);
    ck_assert_uint_eq(announcer_flush(announcer, 2 * WAIT_MS), 0);
    ck_assert_uint_eq(told.good, 2);
}
END_TEST

START_TEST(a_patient_one_waits_for_its_topic)
{
    mock_cluster_topic_error(cluster, TOPIC, UNKNOWN_TOPIC);
    announce_to(true);
    announce_numbers(0, 3);
    while (announcer_cause(announcer)[0] == '\0')
        announcer_flush(announcer, 100);
    ck_assert_ptr_nonnull(strstr(announcer_cause(announcer), "topic " TOPIC ": "));
    mock_cluster_topic_error(cluster, TOPIC, 0);
    ck_assert_uint_eq(announcer_flush(announcer, 2 * WAIT_MS), 0);
    ck_assert_uint_eq(told.good, 3);
    expect_numbers(0, 3);
}
END_TEST

START_TEST(another_is_told_that_its_topic_is_not_there)
{
    mock_cluster_topic_error(cluster, TOPIC, UNKNOWN_TOPIC);
    announce_to(false);
    announce_numbers(0, 3);
    ck_assert_uint_eq(announcer_flush(announcer, WAIT_MS), 0);
    ck_assert_uint_eq(told.bad, 3);
    ck_assert_ptr_nonnull(strstr(told.why, "nknown topic"));
}
END_TEST

START_TEST(one_too_large_fails_even_for_a_patient_one)
{
    announce_to(true);
    mock_cluster_fail(cluster, PRODUCE, MESSAGE_TOO_LARGE, 1);
    announce("1");
    ck_assert_uint_eq(announcer_flush(announcer, WAIT_MS), 0);
    announce("2");
    ck_assert_uint_eq(announcer_flush(announcer, WAIT_MS), 0);
    ck_assert_uint_eq(told.bad, 1);
    ck_assert_uint_eq(told.good, 1);
}
END_TEST

START_TEST(a_library_of_20_mib_is_sent)
{
    char *big = calloc(1, MANY_BYTES + 1);

    ck_assert_ptr_nonnull(big);
    memset(big, 'x', MANY_BYTES);
    announce_to(false);
    announce(big);
    ck_assert_uint_eq(announcer_flush(announcer, WAIT_MS), 0);
    ck_assert_msg(told.good == 1, "%s", told.why);
    free(big);
}
END_TEST

START_TEST(what_waits_is_dropped_at_the_end_without_waiting)
{
    int64_t began;

    announce_to(true);
    mock_cluster_set_up(cluster, false);
    announce_numbers(0, 100);
    began = clock_mono_ms();
    announcer_free(&announcer);
    ck_assert_int_lt(clock_mono_ms() - began, 5000);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("announcer");

    tcase_set_timeout(tcase, 90);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_is_announced_arrives_with_key_and_headers);
    tcase_add_test(tcase, what_is_placed_goes_to_its_partition_whatever_its_key);
    tcase_add_test(tcase, more_than_can_wait_costs_the_oldest_that_is_not_on_its_way);
    tcase_add_test(tcase, brokers_that_go_and_come_cost_nothing_and_no_order);
    tcase_add_test(tcase, of_a_key_whose_newest_matters_one_waits);
    tcase_add_test(tcase, a_patient_one_waits_for_its_topic);
    tcase_add_test(tcase, another_is_told_that_its_topic_is_not_there);
    tcase_add_test(tcase, one_too_large_fails_even_for_a_patient_one);
    tcase_add_test(tcase, a_library_of_20_mib_is_sent);
    tcase_add_test(tcase, what_waits_is_dropped_at_the_end_without_waiting);
    return setup_run("announcer", tcase);
}
