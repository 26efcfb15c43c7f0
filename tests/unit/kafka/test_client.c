/* test_client.c - properties: ours, the user's, and what is said of a bad one. */
#include "config/config.h"
#include "kafka/client.h"
#include "../setup.h"

#include <check.h>
#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>

static struct config *load(const char *consumer, const char *producer)
{
    const char *const sets[] = {"kafka.common={\"bootstrap.servers\":\"127.0.0.1:1\"}", consumer, producer};
    struct err err;
    struct config *config;

    err_init(&err);
    config = config_load(NULL, sets, 3, &err);
    ck_assert_msg(config != NULL, "%s", err.text);
    err_fini(&err);
    return config;
}

static void expect(const char *consumer, const char *producer, const char *problem)
{
    struct config *config = load(consumer, producer);
    struct err err;

    err_init(&err);
    if (problem == NULL) {
        ck_assert_msg(client_check(config, &err) == 0, "%s", err.text);
    } else {
        ck_assert_int_ne(client_check(config, &err), 0);
        ck_assert_msg(strstr(err.text, problem) != NULL, "\"%s\" is not in: %s", problem, err.text);
    }
    err_fini(&err);
    config_free(&config);
}

#define GOOD_CONSUMER "kafka.consumer={\"fetch.min.bytes\":\"1\"}"
#define GOOD_PRODUCER "kafka.producer={\"compression.codec\":\"lz4\"}"

START_TEST(good_properties_pass)
{
    expect(GOOD_CONSUMER, GOOD_PRODUCER, NULL);
}
END_TEST

START_TEST(an_unknown_property_is_reported_with_its_key)
{
    expect("kafka.consumer={\"fetch.foo\":\"1\"}", GOOD_PRODUCER,
           "kafka.consumer.fetch.foo: No such configuration property");
}
END_TEST

START_TEST(a_misspelt_property_names_the_nearest)
{
    expect(GOOD_CONSUMER, "kafka.producer={\"batch.num.message\":\"1\"}", "(did you mean \"batch.num.messages\"?)");
}
END_TEST

START_TEST(a_bad_value_is_reported_with_its_key)
{
    expect("kafka.consumer={\"fetch.min.bytes\":\"many\"}", GOOD_PRODUCER, "kafka.consumer.fetch.min.bytes: Invalid");
}
END_TEST

START_TEST(what_librdkafka_refuses_as_a_whole_is_reported)
{
    expect("kafka.consumer={\"session.timeout.ms\":\"400000\"}", GOOD_PRODUCER, "kafka.consumer: ");
}
END_TEST

START_TEST(a_failed_scram_login_says_what_an_old_library_cannot_do)
{
    struct metrics *metrics = aligned_alloc(64, sizeof(*metrics));
    struct client client;

    ck_assert_ptr_nonnull(metrics);
    memset(metrics, 0, sizeof(*metrics));
    client_init(&client, CLIENT_CONSUMER, 0, metrics);
    client_error(&client, NULL, RD_KAFKA_RESP_ERR__AUTHENTICATION,
                 "Authentication failed: invalid credentials with SASL mechanism SCRAM-SHA-256");
    ck_assert(client.down);
    ck_assert_int_eq(strstr(client.cause, "2.6.1") != NULL, rd_kafka_version() < 0x020601ff);
    client_clear(&client);
    client_error(&client, NULL, RD_KAFKA_RESP_ERR__AUTHENTICATION, "Authentication failed with PLAIN");
    ck_assert_ptr_null(strstr(client.cause, "2.6.1"));
    ck_assert_uint_eq(metrics_get(metrics, METRIC_KAFKA_ERRORS), 2);
    free(metrics);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("client");

    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, good_properties_pass);
    tcase_add_test(tcase, an_unknown_property_is_reported_with_its_key);
    tcase_add_test(tcase, a_misspelt_property_names_the_nearest);
    tcase_add_test(tcase, a_bad_value_is_reported_with_its_key);
    tcase_add_test(tcase, what_librdkafka_refuses_as_a_whole_is_reported);
    tcase_add_test(tcase, a_failed_scram_login_says_what_an_old_library_cannot_do);
    return setup_run("client", tcase);
}
