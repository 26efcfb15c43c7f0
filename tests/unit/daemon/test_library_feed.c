/* The topic control.rules on a mock cluster: what a full read leaves alone, what is told of an empty topic, and that
 * nobody waits for ever for one that cannot be read. The loader accepts everything. */
#include "../kafka/mock_setup.h"
#include "../setup.h"
#include "daemon/library_feed.h"

#include <ev.h>
#include <string.h>

#define FETCH 1
#define CUT_OFF (-195)

static struct mock_cluster *cluster;
static struct config *config;
static struct depot *depot;
static struct offers *offers;
static struct library_feed *feed;
static struct ev_loop *loop;
static uint64_t submitted;

static uint64_t on_submit(void *ctx, struct fed_set *set)
{
    (void)ctx;
    fed_set_unref(&set);
    return ++submitted;
}

static void on_answer(void *ctx, const struct answer *answer)
{
    (void)ctx;
    (void)answer;
}

static void begin(void)
{
    struct offers_setup setup = {.max_bytes = 10000, .submit = on_submit, .answered = on_answer};
    struct err err;

    cluster = mock_start(1);
    ck_assert_int_eq(mock_cluster_create_topic(cluster, "rules", 1), 0);
    config = mock_config(mock_cluster_bootstrap(cluster),
                         (const char *const[]){"control.rules=\"rules\"", "control.ready_wait_ms=1000"}, 2);
    err_init(&err);
    depot = setup.depot = depot_open("", &err, &err);
    offers = offers_new(&setup);
    loop = ev_loop_new(EVFLAG_AUTO);
    submitted = 0;
    err_fini(&err);
}

static void end(void)
{
    library_feed_free(&feed);
    ev_loop_destroy(loop);
    offers_free(&offers);
    depot_close(&depot);
    config_free(&config);
    mock_cluster_free(&cluster);
}

static void start(void)
{
    struct err err;

    err_init(&err);
    feed = library_feed_new(config, depot, offers, &err);
    ck_assert_msg(feed != NULL, "%s", err.text);
    library_feed_start(feed, loop);
    err_fini(&err);
}

static const char *library(const char *name, const char *version)
{
    static char text[4][200];
    static unsigned next;
    char *out = text[next++ % 4];

    snprintf(out, sizeof(text[0]), "{\"telsieve\":1,\"library\":\"%s\",\"version\":\"%s\"}", name, version);
    return out;
}

static void keep(const char *name, const char *version, enum depot_way way)
{
    struct depot_item item = {.way = way, .text = str_of(library(name, version))};

    snprintf(item.name, sizeof(item.name), "%s", name);
    snprintf(item.version, sizeof(item.version), "%s", version);
    depot_digest(item.text, item.sha256);
    ck_assert_int_eq(depot_put(depot, &item), 0);
}

static void send(const char *name, const char *text)
{
    struct mock_writer *writer;
    struct err err;

    err_init(&err);
    writer = mock_writer_new(mock_cluster_bootstrap(cluster), &err);
    ck_assert_msg(writer != NULL, "%s", err.text);
    ck_assert_int_eq(mock_writer_send(writer, "rules", 0, str_of(name), str_of(text)), 0);
    ck_assert_uint_eq(mock_writer_flush(writer, WAIT_MS), 0);
    mock_writer_free(&writer);
    err_fini(&err);
}

static void offer_by_http(const char *name, const char *version)
{
    offers_make(offers, &(struct offer){.name = str_of(name), .text = str_of(library(name, version)),
                                        .way = DEPOT_BY_HTTP, .who = "127.0.0.1", .partition = -1, .offset = -1});
}

/* What the main thread does. */
static void turn(void)
{
    ev_run(loop, EVRUN_NOWAIT);
    library_feed_tick(feed);
    if (offers_flying(offers))
        offers_settle(offers, &(struct reload_outcome){.ok = true, .fed = submitted});
    sleep_ms(10);
}

#define AWAIT(condition)                                                                                               \
    for (int64_t until = clock_mono_ms() + WAIT_MS; !(condition);) {                                                   \
        ck_assert_msg(clock_mono_ms() < until, "in vain: " #condition);                                                \
        turn();                                                                                                        \
    }

static bool is_fed(const char *name)
{
    return depot_find(depot, name) != NULL;
}

START_TEST(what_came_by_http_outlives_a_tombstone_of_before)
{
    keep("loan", "2", DEPOT_BY_HTTP);
    keep("refund", "1", DEPOT_BY_TOPIC);
    send("loan", library("loan", "1"));
    send("loan", NULL);
    send("refund", NULL);
    start();
    AWAIT(library_feed_was_read(feed) && !offers_pending(offers));
    ck_assert(is_fed("loan") && !is_fed("refund"));
    send("loan", NULL); /* now it is meant */
    AWAIT(!is_fed("loan"));
}
END_TEST

START_TEST(what_is_put_by_http_while_the_topic_is_read_is_not_absent_from_it)
{
    keep("loan", "1", DEPOT_BY_TOPIC);
    send("refund", library("refund", "1"));
    offers_hold(offers, true); /* as it does when it begins to read */
    offer_by_http("loan", "2");
    start();
    AWAIT(library_feed_was_read(feed) && !offers_pending(offers));
    ck_assert(is_fed("refund") && is_fed("loan"));
    ck_assert_str_eq(depot_find(depot, "loan")->version, "2");
}
END_TEST

START_TEST(an_empty_topic_is_a_trouble_until_something_is_in_it)
{
    keep("loan", "1", DEPOT_BY_TOPIC);
    start();
    AWAIT(strstr(library_feed_trouble(feed), "is empty") != NULL);
    ck_assert(is_fed("loan"));
    send("refund", library("refund", "1"));
    AWAIT(is_fed("refund"));
    ck_assert_str_eq(library_feed_trouble(feed), "");
}
END_TEST

START_TEST(offers_do_not_wait_for_ever_for_a_topic_that_cannot_be_read)
{
    send("refund", library("refund", "1"));
    mock_cluster_fail(cluster, FETCH, CUT_OFF, 100000);
    start();
    for (int i = 0; i < 20; i++)
        turn();
    offer_by_http("loan", "1");
    AWAIT(is_fed("loan"));
    ck_assert(!library_feed_was_read(feed));
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("library_feed");

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, what_came_by_http_outlives_a_tombstone_of_before);
    tcase_add_test(tests, what_is_put_by_http_while_the_topic_is_read_is_not_absent_from_it);
    tcase_add_test(tests, an_empty_topic_is_a_trouble_until_something_is_in_it);
    tcase_add_test(tests, offers_do_not_wait_for_ever_for_a_topic_that_cannot_be_read);
    return setup_run("library_feed", tests);
}
