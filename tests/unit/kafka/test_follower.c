/* test_follower.c - a topic is read whole and followed, whatever happens to it and to its brokers. */
#include "kafka/follower.h"
#include "mock_setup.h"
#include "../setup.h"

#include <poll.h>
#include <string.h>

#define TOPIC "in"
#define UNKNOWN_TOPIC 3
#define OUT_OF_RANGE 1
#define FETCH 1
#define LIST_OFFSETS 2

static struct mock_cluster *cluster;
static struct mock_writer *writer;
static struct config *config;
static struct follower *follower;
static struct {
    unsigned begun, caught_up, messages, tombstones, empty, troubles;
    unsigned at_caught_up; /* messages until then */
    char last_key[64], last_value[64], trouble[300];
} seen;

static void on_begin(void *ctx)
{
    (void)ctx;
    seen.begun++;
    seen.messages = seen.tombstones = seen.empty = 0;
}

static void on_message(void *ctx, const struct follower_message *message)
{
    (void)ctx;
    seen.messages++;
    seen.tombstones += message->tombstone;
    seen.empty += !message->tombstone && message->value.n == 0;
    ck_assert_ptr_nonnull(message->key.p);
    ck_assert_int_gt(message->timestamp_ms, 0);
    snprintf(seen.last_key, sizeof(seen.last_key), "%.*s", STR_FMT(message->key));
    snprintf(seen.last_value, sizeof(seen.last_value), "%.*s", STR_FMT(message->value));
}

static void on_caught_up(void *ctx)
{
    (void)ctx;
    seen.caught_up++;
    seen.at_caught_up = seen.messages;
}

static void on_trouble(void *ctx, const char *why)
{
    (void)ctx;
    seen.troubles += why != NULL;
    snprintf(seen.trouble, sizeof(seen.trouble), "%s", why != NULL ? why : "");
}

static void follow(void)
{
    const struct follower_setup setup = {config, TOPIC, NULL, NULL, on_begin, on_message, on_caught_up, on_trouble};
    struct err err;

    err_init(&err);
    follower = follower_new(&setup, &err);
    ck_assert_msg(follower != NULL, "%s", err.text);
    err_fini(&err);
}

static void setup(void)
{
    struct err err;

    err_init(&err);
    memset(&seen, 0, sizeof(seen));
    cluster = mock_start(2);
    config = mock_config(mock_cluster_bootstrap(cluster), NULL, 0);
    writer = mock_writer_new(mock_cluster_bootstrap(cluster), &err);
    ck_assert_ptr_nonnull(writer);
    err_fini(&err);
}

static void teardown(void)
{
    follower_free(&follower);
    mock_writer_free(&writer);
    config_free(&config);
    mock_cluster_free(&cluster);
}

/* As the daemon does: served when the descriptor says so, tended now and then. */
static void turn(size_t max)
{
    struct pollfd wait = {.fd = follower_fd(follower), .events = POLLIN};

    if (poll(&wait, 1, 100) > 0)
        follower_serve(follower, max);
    else
        follower_tend(follower, clock_mono_ms());
}

#define UNTIL(condition)                                    \
    do {                                                    \
        int64_t until_ = clock_mono_ms() + WAIT_MS;         \
        while (!(condition) && clock_mono_ms() < until_)    \
            turn(100);                                      \
        ck_assert_msg(condition, "gave up: %s", #condition); \
    } while (0)

static void stay(int ms)
{
    for (int64_t end = clock_mono_ms() + ms; clock_mono_ms() < end;)
        turn(100);
}

static void write_message(int32_t partition, const char *key, const char *value)
{
    ck_assert_int_eq(mock_writer_send(writer, TOPIC, partition, str_of(key), str_of(value)), 0);
    ck_assert_uint_eq(mock_writer_flush(writer, WAIT_MS), 0);
}

static void write_many(int n)
{
    for (int i = 0; i < n; i++)
        ck_assert_int_eq(mock_writer_send(writer, TOPIC, i % 2, STR_LIT("k"), STR_LIT("v")), 0);
    ck_assert_uint_eq(mock_writer_flush(writer, WAIT_MS), 0);
}

START_TEST(a_topic_is_read_whole_and_then_followed)
{
    write_many(1001);
    follow();
    ck_assert(!follower_is_caught_up(follower));
    UNTIL(seen.caught_up == 1);
    ck_assert(follower_is_caught_up(follower));
    ck_assert_uint_eq(seen.begun, 1);
    ck_assert_uint_eq(seen.at_caught_up, 1001);
    write_message(1, "later", "x");
    UNTIL(seen.messages == 1002);
    ck_assert_str_eq(seen.last_key, "later");
    ck_assert_uint_eq(seen.caught_up, 1);
    ck_assert_uint_eq(seen.troubles, 0);
}
END_TEST

START_TEST(an_empty_topic_is_read_at_once)
{
    follow();
    UNTIL(seen.caught_up == 1);
    ck_assert_uint_eq(seen.messages, 0);
    write_message(0, "first", "x");
    UNTIL(seen.messages == 1);
}
END_TEST

START_TEST(a_tombstone_is_not_an_empty_value_and_no_key_is_an_empty_one)
{
    write_message(0, "gone", NULL);
    write_message(0, "empty", "");
    write_message(0, NULL, "unnamed");
    follow();
    UNTIL(seen.caught_up == 1);
    ck_assert_uint_eq(seen.messages, 3);
    ck_assert_uint_eq(seen.tombstones, 1);
    ck_assert_uint_eq(seen.empty, 1);
    ck_assert_str_eq(seen.last_key, "");
    ck_assert_str_eq(seen.last_value, "unnamed");
}
END_TEST

START_TEST(what_is_left_behind_a_turn_keeps_the_descriptor_readable)
{
    write_many(300);
    follow();
    for (int64_t end = clock_mono_ms() + WAIT_MS; seen.caught_up == 0 && clock_mono_ms() < end;)
        turn(1);
    ck_assert_uint_eq(seen.at_caught_up, 300);
}
END_TEST

START_TEST(a_topic_that_is_not_there_is_told_and_read_when_it_comes)
{
    mock_cluster_topic_error(cluster, TOPIC, UNKNOWN_TOPIC);
    follow();
    UNTIL(seen.troubles == 1);
    ck_assert_ptr_nonnull(strstr(seen.trouble, "topic " TOPIC ": "));
    stay(1500);
    ck_assert_uint_eq(seen.troubles, 1); /* the same one is told once */
    ck_assert_uint_eq(seen.begun, 0);
    mock_cluster_topic_error(cluster, TOPIC, 0);
    write_many(10);
    UNTIL(seen.messages == 10 && seen.caught_up == 1);
    ck_assert_str_eq(seen.trouble, "");
}
END_TEST

START_TEST(a_topic_that_goes_and_comes_is_read_anew)
{
    write_many(10);
    follow();
    UNTIL(seen.caught_up == 1);
    mock_cluster_topic_error(cluster, TOPIC, UNKNOWN_TOPIC);
    UNTIL(seen.troubles == 1);
    ck_assert(!follower_is_caught_up(follower));
    mock_cluster_topic_error(cluster, TOPIC, 0);
    UNTIL(seen.caught_up == 2);
    ck_assert_uint_eq(seen.begun, 2);
    ck_assert_uint_eq(seen.messages, 10);
    ck_assert_str_eq(seen.trouble, "");
    write_message(0, "later", "x");
    UNTIL(seen.messages == 11);
}
END_TEST

START_TEST(a_position_that_is_gone_has_all_read_anew)
{
    write_many(10);
    follow();
    UNTIL(seen.caught_up == 1);
    /* librdkafka drops what it asked for before the partitions were assigned, and then the error with it */
    for (int tries = 0; seen.begun == 1 && tries < 10; tries++) {
        mock_cluster_fail(cluster, FETCH, OUT_OF_RANGE, 1);
        stay(3000);
    }
    ck_assert_uint_ge(seen.begun, 2);
    UNTIL(follower_is_caught_up(follower));
    ck_assert_uint_eq(seen.messages, 10);
}
END_TEST

START_TEST(brokers_that_go_and_come_cost_nothing)
{
    write_many(10);
    follow();
    UNTIL(seen.caught_up == 1);
    mock_cluster_set_up(cluster, false);
    UNTIL(seen.troubles == 1);
    ck_assert(follower_is_caught_up(follower));
    stay(2500);
    ck_assert_uint_eq(seen.troubles, 1);
    mock_cluster_set_up(cluster, true);
    UNTIL(seen.trouble[0] == '\0');
    write_message(1, "later", "x");
    UNTIL(seen.messages == 11);
    ck_assert_uint_eq(seen.begun, 1);
}
END_TEST

START_TEST(it_starts_without_brokers_and_ends_without_them)
{
    int64_t began;

    write_many(10);
    mock_cluster_set_up(cluster, false);
    follow();
    UNTIL(seen.troubles == 1);
    mock_cluster_set_up(cluster, true);
    UNTIL(seen.caught_up == 1);
    ck_assert_uint_eq(seen.messages, 10);
    mock_cluster_set_up(cluster, false);
    UNTIL(seen.troubles == 2);
    began = clock_mono_ms();
    follower_free(&follower);
    ck_assert_int_lt(clock_mono_ms() - began, 10000);
}
END_TEST

START_TEST(the_log_that_is_read_is_not_taken_for_another)
{
    write_many(10);
    follow();
    UNTIL(seen.caught_up == 1);
    write_many(10);
    stay(7000); /* two surveys: one sets the marks, one asks by them */
    ck_assert_uint_eq(seen.begun, 1);
    ck_assert_uint_eq(seen.messages, 20);
}
END_TEST

START_TEST(a_survey_that_fails_half_way_changes_nothing)
{
    write_many(10);
    mock_cluster_fail(cluster, LIST_OFFSETS, 29, 1); /* topic authorisation */
    follow();
    UNTIL(seen.troubles == 1);
    UNTIL(seen.caught_up == 1);
    ck_assert_uint_eq(seen.messages, 10);
    ck_assert_str_eq(seen.trouble, "");
}
END_TEST

START_TEST(nobody_can_mistake_it_for_a_member_of_the_group)
{
    write_many(10);
    follow();
    UNTIL(seen.caught_up == 1);
    follower_free(&follower);
    ck_assert_int_eq(mock_committed(mock_cluster_bootstrap(cluster), "g", TOPIC, 0), -1);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("follower");

    tcase_set_timeout(tcase, 90);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_topic_is_read_whole_and_then_followed);
    tcase_add_test(tcase, an_empty_topic_is_read_at_once);
    tcase_add_test(tcase, a_tombstone_is_not_an_empty_value_and_no_key_is_an_empty_one);
    tcase_add_test(tcase, what_is_left_behind_a_turn_keeps_the_descriptor_readable);
    tcase_add_test(tcase, a_topic_that_is_not_there_is_told_and_read_when_it_comes);
    tcase_add_test(tcase, a_topic_that_goes_and_comes_is_read_anew);
    tcase_add_test(tcase, a_position_that_is_gone_has_all_read_anew);
    tcase_add_test(tcase, brokers_that_go_and_come_cost_nothing);
    tcase_add_test(tcase, it_starts_without_brokers_and_ends_without_them);
    tcase_add_test(tcase, the_log_that_is_read_is_not_taken_for_another);
    tcase_add_test(tcase, a_survey_that_fails_half_way_changes_nothing);
    tcase_add_test(tcase, nobody_can_mistake_it_for_a_member_of_the_group);
    return setup_run("follower", tcase);
}
