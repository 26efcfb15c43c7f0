/* test_producer.c - nothing handed to the producer is lost, whatever the cluster answers. */
#include "kafka/producer.h"
#include "mock_setup.h"
#include "../setup.h"

#include <string.h>

#define API_PRODUCE 0
#define API_INIT_PRODUCER 22
#define ERROR_UNKNOWN_TOPIC 3
#define ERROR_TOO_LARGE 10
#define ERROR_TOPIC_REFUSED 29
#define ERROR_CLUSTER_REFUSED 31

static struct mock_cluster *cluster;
static struct config *config;
static struct metrics *metrics;
static struct producer *producer;
static struct ledger *ledger;
static uint64_t acknowledged[2], handed_back;
static unsigned no_memory; /* so many times */
static int64_t last_offset;

static void on_acknowledged(void *ctx, const struct delivery *delivery)
{
    (void)ctx;
    acknowledged[delivery->kind]++;
    last_offset = delivery->origin.offset;
}

static int on_too_large(void *ctx, const struct delivery *delivery)
{
    struct delivery letter = {.kind = DELIVERY_DEAD_LETTER, .origin = delivery->origin, .value = STR_LIT("{}")};

    (void)ctx;
    handed_back++;
    return producer_send(producer, &letter);
}

static void start_producer(void)
{
    const struct producer_setup setup = {
        .config = config, .metrics = metrics, .acknowledged = on_acknowledged, .too_large = on_too_large};
    struct err err;

    err_init(&err);
    producer = producer_new(&setup, &err);
    ck_assert_msg(producer != NULL, "%s", err.text);
    err_fini(&err);
}

static void setup(void)
{
    const char *const more[] = {"output.retry_max_ms=1000"};

    cluster = mock_start(1);
    config = mock_config(mock_cluster_bootstrap(cluster), more, 1);
    metrics = aligned_alloc(64, sizeof(*metrics));
    ck_assert_ptr_nonnull(metrics);
    memset(metrics, 0, sizeof(*metrics));
    ledger = ledger_new("in", 0);
    acknowledged[0] = acknowledged[1] = handed_back = no_memory = 0;
    start_producer();
}

static void teardown(void)
{
    producer_free(&producer);
    ledger_free(&ledger);
    free(metrics);
    config_free(&config);
    mock_cluster_free(&cluster);
}

static bool well(void)
{
    const char *cause;

    return producer_ok(producer, &cause);
}

static void serve_until_well(bool want)
{
    int64_t deadline = clock_mono_ms() + WAIT_MS;

    while (well() != want && clock_mono_ms() < deadline)
        producer_serve(producer, 10);
    ck_assert_msg(well() == want, "the producer should be %s", want ? "well" : "not well");
}

static void serve_until_empty(void)
{
    int64_t deadline = clock_mono_ms() + WAIT_MS;

    while (producer_pending(producer) > 0 && clock_mono_ms() < deadline)
        producer_serve(producer, 10);
    ck_assert_uint_eq(producer_pending(producer), 0);
    ck_assert_uint_eq(producer_pending_bytes(producer), 0);
}

static char *shorten(const struct delivery *delivery, size_t *len)
{
    *len = 0;
    ck_assert(str_eqz(delivery->value, "{\"long\":\"form\"}"));
    if (no_memory > 0 && no_memory-- > 0)
        return NULL;
    *len = 2;
    return strdup("{}");
}

static void send_warning(int64_t offset)
{
    const struct delivery warning = {
        .kind = DELIVERY_WARNING,
        .origin = {.ledger = ledger, .offset = offset},
        .key = STR_LIT("+8613912345678"),
        .value = STR_LIT("{\"long\":\"form\"}"),
        .shorten = shorten,
        .headers = {{"telsieve.family", STR_LIT("R")}, {"telsieve.tier", STR_LIT("high")}},
        .nheaders = 2,
    };

    ck_assert_int_eq(producer_send(producer, &warning), 0);
}

static uint64_t count_topic(const char *topic, const char *value, const char *key)
{
    struct mock_message message;
    struct mock_reader *reader;
    struct err err;
    uint64_t n = 0;

    err_init(&err);
    reader = mock_reader_new(mock_cluster_bootstrap(cluster), topic, &err);
    ck_assert_msg(reader != NULL, "%s", err.text);
    while (mock_reader_next(reader, n == 0 ? 5000 : 500, &message)) {
        n++;
        ck_assert(str_eqz(message.value, value));
        ck_assert_int_eq(message.key.p == NULL, key == NULL);
        if (key != NULL) {
            ck_assert(str_eqz(message.key, key));
            ck_assert(str_eqz(mock_reader_header(reader, "telsieve.family"), "R"));
            ck_assert(str_eqz(mock_reader_header(reader, "telsieve.tier"), "high"));
        }
    }
    mock_reader_free(&reader);
    err_fini(&err);
    return n;
}

START_TEST(a_warning_arrives_once_with_key_and_headers)
{
    ck_assert(!well()); /* nothing is claimed before the topics were seen */
    serve_until_well(true);
    send_warning(7);
    ck_assert_uint_eq(producer_pending(producer), 1);
    serve_until_empty();
    ck_assert_uint_eq(acknowledged[DELIVERY_WARNING], 1);
    ck_assert_int_eq(last_offset, 7);
    ck_assert_uint_eq(metrics_get(metrics, METRIC_WARNINGS_DELIVERED), 1);
    ck_assert_uint_eq(count_topic("warnings", "{\"long\":\"form\"}", "+8613912345678"), 1);
}
END_TEST

START_TEST(refused_deliveries_are_sent_again_until_taken)
{
    serve_until_well(true);
    mock_cluster_fail(cluster, API_PRODUCE, ERROR_TOPIC_REFUSED, 4);
    send_warning(1);
    serve_until_well(false);
    send_warning(2);
    serve_until_empty();
    ck_assert(well());
    ck_assert_uint_eq(acknowledged[DELIVERY_WARNING], 2);
    ck_assert_uint_ge(metrics_get(metrics, METRIC_WARNINGS_FAILED), 4);
    ck_assert_uint_eq(count_topic("warnings", "{\"long\":\"form\"}", "+8613912345678"), 2);
}
END_TEST

START_TEST(a_missing_topic_is_told_before_the_first_warning_and_waited_for)
{
    const char *cause;

    producer_free(&producer);
    mock_cluster_topic_error(cluster, "dead", ERROR_UNKNOWN_TOPIC);
    start_producer();
    for (int i = 0; i < 30; i++)
        producer_serve(producer, 10);
    ck_assert(!producer_ok(producer, &cause));
    ck_assert_ptr_nonnull(strstr(cause, "dead"));
    ck_assert_ptr_nonnull(strstr(cause, "Unknown topic"));
    mock_cluster_topic_error(cluster, "dead", 0);
    serve_until_well(true);
}
END_TEST

START_TEST(a_batch_too_large_is_tried_alone_before_it_is_shortened)
{
    serve_until_well(true);
    mock_cluster_fail(cluster, API_PRODUCE, ERROR_TOO_LARGE, 1);
    send_warning(1);
    serve_until_empty();
    ck_assert_uint_eq(metrics_get(metrics, METRIC_WARNINGS_SHORTENED), 0);
    ck_assert_uint_eq(count_topic("warnings", "{\"long\":\"form\"}", "+8613912345678"), 1);
}
END_TEST

START_TEST(a_warning_too_large_is_shortened)
{
    serve_until_well(true);
    mock_cluster_fail(cluster, API_PRODUCE, ERROR_TOO_LARGE, 2);
    send_warning(1);
    serve_until_empty();
    ck_assert_uint_eq(metrics_get(metrics, METRIC_WARNINGS_SHORTENED), 1);
    ck_assert_uint_eq(handed_back, 0);
    ck_assert_uint_eq(count_topic("warnings", "{}", "+8613912345678"), 1);
}
END_TEST

START_TEST(one_that_failed_before_is_shortened_and_the_output_is_well_again)
{
    serve_until_well(true);
    mock_cluster_fail(cluster, API_PRODUCE, ERROR_TOPIC_REFUSED, 1);
    send_warning(1);
    serve_until_well(false);
    mock_cluster_fail(cluster, API_PRODUCE, ERROR_TOO_LARGE, 2);
    serve_until_empty();
    serve_until_well(true);
    ck_assert_uint_eq(count_topic("warnings", "{}", "+8613912345678"), 1);
}
END_TEST

START_TEST(without_memory_for_the_short_form_it_is_tried_again)
{
    const char *cause;

    serve_until_well(true);
    mock_cluster_fail(cluster, API_PRODUCE, ERROR_TOO_LARGE, 3);
    no_memory = 1;
    send_warning(1);
    serve_until_well(false);
    producer_ok(producer, &cause);
    ck_assert_ptr_nonnull(strstr(cause, "no memory for the short form"));
    serve_until_empty();
    ck_assert_uint_eq(no_memory, 0);
    ck_assert_uint_eq(metrics_get(metrics, METRIC_WARNINGS_SHORTENED), 1);
    ck_assert_uint_eq(count_topic("warnings", "{}", "+8613912345678"), 1);
}
END_TEST

START_TEST(a_warning_too_large_even_shortened_is_handed_back)
{
    serve_until_well(true);
    mock_cluster_fail(cluster, API_PRODUCE, ERROR_TOO_LARGE, 3);
    send_warning(1);
    serve_until_empty();
    ck_assert_uint_eq(handed_back, 1);
    ck_assert_uint_eq(acknowledged[DELIVERY_WARNING], 0);
    ck_assert_uint_eq(acknowledged[DELIVERY_DEAD_LETTER], 1);
    ck_assert_uint_eq(count_topic("dead", "{}", NULL), 1);
}
END_TEST

START_TEST(a_fatal_error_rebuilds_the_producer_and_sends_all_again)
{
    producer_free(&producer);
    mock_cluster_fail(cluster, API_INIT_PRODUCER, ERROR_CLUSTER_REFUSED, 2);
    start_producer();
    send_warning(1);
    send_warning(2);
    serve_until_empty();
    ck_assert_uint_ge(metrics_get(metrics, METRIC_PRODUCER_REBUILDS), 1);
    ck_assert_uint_eq(acknowledged[DELIVERY_WARNING], 2);
    serve_until_well(true);
}
END_TEST

START_TEST(a_broker_that_went_away_is_noticed_and_all_is_delivered_when_it_is_back)
{
    const char *cause;
    int64_t back;

    serve_until_well(true);
    mock_cluster_set_up(cluster, false);
    for (int i = 0; i < 50; i++)
        send_warning(i);
    serve_until_well(false);
    ck_assert(!producer_ok(producer, &cause));
    ck_assert_str_ne(cause, "");
    mock_cluster_set_up(cluster, true);
    back = clock_mono_ms();
    serve_until_empty();
    serve_until_well(true);
    ck_assert_int_le(clock_mono_ms() - back, 15000);
    ck_assert_uint_eq(acknowledged[DELIVERY_WARNING], 50);
}
END_TEST

START_TEST(shadow_warnings_are_counted_and_hold_nothing_up)
{
    const struct delivery shadow = {.kind = DELIVERY_SHADOW, .value = STR_LIT("{}")};

    serve_until_well(true);
    ck_assert_int_eq(producer_send(producer, &shadow), 0);
    ck_assert_uint_eq(producer_pending(producer), 0);
    producer_flush(producer, WAIT_MS);
    ck_assert_uint_eq(metrics_get(metrics, METRIC_SHADOW_DELIVERED), 1);
    ck_assert_uint_eq(count_topic("shadow", "{}", NULL), 1);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("producer");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_warning_arrives_once_with_key_and_headers);
    tcase_add_test(tcase, refused_deliveries_are_sent_again_until_taken);
    tcase_add_test(tcase, a_missing_topic_is_told_before_the_first_warning_and_waited_for);
    tcase_add_test(tcase, a_batch_too_large_is_tried_alone_before_it_is_shortened);
    tcase_add_test(tcase, a_warning_too_large_is_shortened);
    tcase_add_test(tcase, one_that_failed_before_is_shortened_and_the_output_is_well_again);
    tcase_add_test(tcase, without_memory_for_the_short_form_it_is_tried_again);
    tcase_add_test(tcase, a_warning_too_large_even_shortened_is_handed_back);
    tcase_add_test(tcase, a_fatal_error_rebuilds_the_producer_and_sends_all_again);
    tcase_add_test(tcase, a_broker_that_went_away_is_noticed_and_all_is_delivered_when_it_is_back);
    tcase_add_test(tcase, shadow_warnings_are_counted_and_hold_nothing_up);
    return setup_run("producer", tcase);
}
