/* test_list_feed.c - messages of control.lists: what they change, what is refused and why, a full read, the snapshot;
 * on a mock cluster as the daemon does it. */
#include "../kafka/mock_setup.h"
#include "../setup.h"
#include "daemon/list_feed.h"
#include "daemon/list_intake.h"
#include "daemon/list_value.h"

#include <ev.h>
#include <string.h>
#include <unistd.h>

#define TOPIC "in"

static struct number_plan *plan;
static struct lists *lists;
static struct list_intake intake;

static void setup(void)
{
    struct err err;

    err_init(&err);
    plan = number_plan_load("patterns/numbers", &err);
    ck_assert_msg(plan != NULL, "%s", err.text);
    lists = lists_new(plan, 1);
    intake = (struct list_intake){.lists = lists};
    err_fini(&err);
}

static void teardown(void)
{
    lists_free(&lists);
    number_plan_free(&plan);
}

static enum list_taken take(const char *key, const char *value)
{
    struct str list;

    return list_intake_take(&intake, str_of(key), str_of(value), &list);
}

static bool has(const char *number, int64_t now_ms, struct list_hit *hit)
{
    const struct number_context context = {.ingress = INGRESS_UNKNOWN, .ton = -1};
    const struct list *list = lists_find(lists, STR_LIT("case"));
    struct number read;

    number_classify(plan, str_of(number), &context, &read);
    return list != NULL && list_has_number(list, &read, now_ms, hit);
}

START_TEST(a_message_sets_an_entry_and_a_tombstone_removes_it)
{
    struct list_hit hit;

    ck_assert_int_eq(take("case/+8613912345678",
                          "{\"list\":\"case\",\"entry\":\"+8613912345678\",\"expires\":5000,\"tier\":\"high\","
                          "\"source\":\"case 17\",\"note\":null}"), LIST_TAKEN);
    ck_assert(has("13912345678", 4999, &hit) && !has("13912345678", 5000, NULL));
    ck_assert_str_eq(hit.source.p, "case 17");
    ck_assert_int_eq(hit.tier, TIER_HIGH);
    ck_assert_int_eq(take("case/+8613912345678", "{\"expires\":\"2026-12-31\"}"), LIST_TAKEN);
    ck_assert_int_eq(take("case/+8613912345678", "{\"expires\":\"2026-12-31\"}"), LIST_TAKEN_SAME);
    ck_assert(has("13912345678", 5000, NULL));
    ck_assert_int_eq(take("case/+8613912345678", NULL), LIST_TAKEN);
    ck_assert(!has("13912345678", 1, NULL));
    ck_assert_int_eq(take("case/https://bad.example/a/b", "{}"), LIST_TAKEN);
    ck_assert(list_has_host(lists_find(lists, STR_LIT("case")), STR_LIT("m.bad.example"), 1, NULL));
}
END_TEST

START_TEST(what_is_wrong_is_refused_with_a_reason_and_changes_nothing)
{
    static const struct { const char *key, *value, *why; } bad[] = {
        {"case", "{}", "list/entry"},
        {"case/", "{}", "list/entry"},
        {"/95311", "{}", "list/entry"},
        {"Case/95311", "{}", "lower-case"},
        {"case/95311", "", "no bytes"},
        {"case/95311", "95311", "no JSON object"},
        {"case/95311", "{\"list\":\"other\"}", "\"list\" is another one"},
        {"case/95311", "{\"entry\":\"95312\"}", "\"entry\" is another one"},
        {"case/95311", "{\"expire\":1}", "did you mean \"expires\"?"},
        {"case/95311", "{\"95312\":\"case 17\"}", "unknown member"},
        {"case/95311", "{\"expires\":\"soon\"}", "\"expires\""},
        {"case/95311", "{\"expires\":-1}", "\"expires\""},
        {"case/95311", "{\"expires\":99999999999999}", "1970 and 2106"},
        {"case/95311", "{\"tier\":\"urgent\"}", "\"tier\""},
        {"case/95311", "{\"source\":17}", "\"source\": a string"},
        {"case/1*", "{}", "a prefix of 2 to 18 digits"},
    };
    uint64_t digest;

    ck_assert_int_eq(take("case/95311", "{\"source\":\"case 17\"}"), LIST_TAKEN);
    digest = lists_digest(lists);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        ck_assert_msg(take(bad[i].key, bad[i].value) == LIST_REFUSED, "%s %s", bad[i].key, bad[i].value);
        ck_assert_msg(strstr(intake.why, bad[i].why) != NULL, "%s: %s", bad[i].why, intake.why);
        ck_assert_msg(strstr(intake.why, "9531") == NULL, "%s", intake.why);
    }
    ck_assert_uint_eq(lists_digest(lists), digest);
    ck_assert_uint_eq(intake.refused, sizeof(bad) / sizeof(*bad));
}
END_TEST

/* What the short way reads, jansson reads alike; the texts are pieces of values put together at random. */
START_TEST(the_short_way_reads_as_the_long_one)
{
    static const char *const pieces[] = {
        "{", "}", ",", ":", "\"list\"", "\"entry\"", "\"expires\"", "\"tier\"", "\"v\"", "\"source\":\"case 17\"",
        "\"note\":null", "\"expires\":1798732800000", " ", "\n", "\"x\"", "1", "0", "01", "-1", "1.5", "null", "true",
        "\"a\\u0041\"", "\"\x01\"", "\"\xff\"", "[]", "\"涉案\"", "123456789012345", "1234567890123456"};
    const size_t n = sizeof(pieces) / sizeof(*pieces);
    unsigned seed = 11, quick = 0;

    for (unsigned turn = 0; turn < 60000; turn++) {
        struct list_value a, b;
        char text[400] = "{";
        size_t count = (size_t)rand_r(&seed) % 9;
        json_t *object;

        for (size_t i = 0; i < count; i++) {
            strcat(text, pieces[(size_t)rand_r(&seed) % n]);
            if (i % 2 == 1)
                strcat(text, turn % 2 == 0 ? "," : "");
            else
                strcat(text, turn % 4 == 0 ? ":" : "");
        }
        strcat(text, "}");
        if (!list_value_read_quick(str_of(text), &a))
            continue;
        quick++;
        object = json_loadb(text, strlen(text), JSON_REJECT_DUPLICATES, NULL);
        ck_assert_msg(json_is_object(object), "%s", text);
        for (int i = 0; i < LIST_MEMBER_COUNT; i++) {
            const json_t *value = json_object_get(object, list_member_names()[i]);
            bool absent = value == NULL || json_is_null(value);
            ck_assert_msg((a.members[i].kind == LIST_MEMBER_ABSENT) == absent, "%s", text);
            if (a.members[i].kind == LIST_MEMBER_TEXT)
                ck_assert_msg(str_eqz(a.members[i].text, json_string_value(value)), "%s", text);
            if (a.members[i].kind == LIST_MEMBER_NUMBER)
                ck_assert_msg(a.members[i].number == json_integer_value(value), "%s", text);
        }
        json_decref(object);
        ck_assert(list_value_read(str_of(text), &b));
        list_value_fini(&b);
    }
    ck_assert_uint_gt(quick, 100);
}
END_TEST

START_TEST(unusual_values_are_read_too)
{
    struct list_hit hit;

    ck_assert_int_eq(take("case/95311", " {\"source\":\"\\u6848 17\", \"v\":1}\n"), LIST_TAKEN);
    ck_assert(has("95311", 1, &hit));
    ck_assert_str_eq(hit.source.p, "案 17");
    ck_assert_int_eq(take("case/95311", "{\"source\":\"a\",\"source\":\"b\"}"), LIST_REFUSED);
    ck_assert_ptr_nonnull(strstr(intake.why, "twice"));
}
END_TEST

START_TEST(after_a_full_read_what_was_not_in_it_is_gone)
{
    bool kept;

    take("case/95311", "{}");
    take("case/95312", "{}");
    take("case/95313", "{}");
    list_intake_begin(&intake);
    take("case/95311", "{}");
    take("case/95313", "{\"tier\":\"?\"}"); /* refused: as it was */
    ck_assert_uint_eq(list_intake_end(&intake, &kept), 1);
    ck_assert(!kept && has("95311", 1, NULL) && !has("95312", 1, NULL) && has("95313", 1, NULL));
    list_intake_begin(&intake);
    ck_assert_uint_eq(list_intake_end(&intake, &kept), 0);
    ck_assert(kept && has("95311", 1, NULL));
    list_intake_begin(&intake);
    list_intake_begin(&intake); /* the first one broke off */
    take("case/95313", "{}");
    ck_assert_uint_eq(list_intake_end(&intake, &kept), 1);
    ck_assert(!has("95311", 1, NULL));
}
END_TEST

/* ---- as the daemon does it ---------------------------------------------------------------------------------- */

static struct mock_cluster *cluster;
static struct mock_writer *writer;
static struct config *config;
static struct list_feed *feed;
static struct ev_loop *loop;
static char folder[] = "/tmp/telsieve-lists-XXXXXX", state[128];
static struct {
    unsigned refused, read;
    struct list_reading reading;
    char list[80], why[300];
} seen;

static void on_refused(void *ctx, const struct list_refusal *refusal)
{
    (void)ctx;
    seen.refused++;
    snprintf(seen.list, sizeof(seen.list), "%.*s", STR_FMT(refusal->list));
    snprintf(seen.why, sizeof(seen.why), "%s", refusal->why);
}

static void on_read(void *ctx, const struct list_reading *reading)
{
    (void)ctx;
    seen.read++;
    seen.reading = *reading;
}

static void begin_feed(void)
{
    struct list_feed_setup made = {.config = config, .lists = lists, .refused = on_refused, .read = on_read};
    struct err err;

    err_init(&err);
    feed = list_feed_new(&made, &err);
    ck_assert_msg(feed != NULL, "%s", err.text);
    err_fini(&err);
    list_feed_start(feed, loop);
}

static void setup_cluster(void)
{
    const char *more[] = {"control.lists=\"" TOPIC "\"", state, "input.topics=[\"sms\"]"};
    struct err err;

    setup();
    err_init(&err);
    memset(&seen, 0, sizeof(seen));
    strcpy(folder, "/tmp/telsieve-lists-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(state, sizeof(state), "control.state=\"%s/state\"", folder);
    loop = ev_loop_new(EVFLAG_AUTO);
    cluster = mock_start(2);
    config = mock_config(mock_cluster_bootstrap(cluster), more, 3);
    writer = mock_writer_new(mock_cluster_bootstrap(cluster), &err);
    ck_assert_ptr_nonnull(writer);
    err_fini(&err);
}

static void teardown_cluster(void)
{
    char path[128];

    list_feed_free(&feed);
    ev_loop_destroy(loop);
    mock_writer_free(&writer);
    config_free(&config);
    mock_cluster_free(&cluster);
    snprintf(path, sizeof(path), "%s/state/lists.snapshot", folder);
    unlink(path);
    snprintf(path, sizeof(path), "%s/state", folder);
    rmdir(path);
    rmdir(folder);
    teardown();
}

static void turn(void)
{
    ev_run(loop, EVRUN_NOWAIT);
    list_feed_tend(feed, clock_mono_ms());
    usleep(20000);
}

#define UNTIL(condition)                                    \
    do {                                                    \
        int64_t until_ = clock_mono_ms() + WAIT_MS;         \
        while (!(condition) && clock_mono_ms() < until_)    \
            turn();                                         \
        ck_assert_msg(condition, "gave up: %s", #condition); \
    } while (0)

static void write_message(const char *key, const char *value)
{
    ck_assert_int_eq(mock_writer_send(writer, TOPIC, 0, str_of(key), str_of(value)), 0);
    ck_assert_uint_eq(mock_writer_flush(writer, WAIT_MS), 0);
}

START_TEST(the_topic_is_followed_and_kept_for_the_next_start)
{
    struct list_feed_status status;

    write_message("case/95311", "{}");
    write_message("case/95312", "{}");
    begin_feed();
    UNTIL(seen.read == 1);
    ck_assert_uint_eq(seen.reading.entries, 2);
    ck_assert(has("95311", 1, NULL));
    write_message("case/95311", NULL);
    write_message("case/95313", "{\"tier\":\"high\"}");
    write_message("case/95314", "{\"tier\":\"?\"}");
    UNTIL(seen.refused == 1);
    ck_assert(!has("95311", 1, NULL) && has("95313", 1, NULL));
    ck_assert_str_eq(seen.list, "case");
    ck_assert_ptr_nonnull(strstr(seen.why, "\"tier\""));
    list_feed_read_status(feed, &status);
    ck_assert(status.caught_up && !status.restored);
    ck_assert_uint_eq(status.entries, 2);
    list_feed_free(&feed);

    lists_free(&lists);
    lists = lists_new(plan, 1);
    begin_feed();
    ck_assert(has("95312", 1, NULL) && has("95313", 1, NULL)); /* before any message */
    list_feed_read_status(feed, &status);
    ck_assert(status.restored);
}
END_TEST

START_TEST(a_snapshot_is_written_beside_the_work)
{
    struct list_feed_status status = {0};

    write_message("case/95311", "{}");
    begin_feed();
    UNTIL(seen.read == 1);
    UNTIL((list_feed_read_status(feed, &status), status.saved_mono_ms > 0));
}
END_TEST

int main(void)
{
    TCase *plain = tcase_create("messages"), *mock = tcase_create("topic");

    tcase_add_checked_fixture(plain, setup, teardown);
    tcase_add_test(plain, a_message_sets_an_entry_and_a_tombstone_removes_it);
    tcase_add_test(plain, what_is_wrong_is_refused_with_a_reason_and_changes_nothing);
    tcase_add_test(plain, the_short_way_reads_as_the_long_one);
    tcase_add_test(plain, unusual_values_are_read_too);
    tcase_add_test(plain, after_a_full_read_what_was_not_in_it_is_gone);
    tcase_add_checked_fixture(mock, setup_cluster, teardown_cluster);
    tcase_set_timeout(mock, 90);
    tcase_add_test(mock, the_topic_is_followed_and_kept_for_the_next_start);
    tcase_add_test(mock, a_snapshot_is_written_beside_the_work);
    return setup_run("list feed", plain, mock);
}
