/* test_feedback.c - the platform's word by topic, on a mock cluster, to the evidence of the rules that fired. */
#include "daemon/feedback.h"
#include "../match/match_setup.h"
#include "core/log.h"
#include "worker_bench.h"

#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>

#define TOPIC "feedback"
#define FULL 33000 /* bytes: a new archive can be looked at and not written */
#define ELSEWHERE "elsewhere" /* another topic, in the place of the first one made anew */

static struct mock_cluster *cluster;
static struct mock_writer *writer;
static struct config *config;
static struct evidence *evidence;
static struct ruleset *rules;
static struct judge *judge;
static struct feedback *feedback;
static char folder[64];

static void configure(const char *topic, const char *archive_ms)
{
    char feedback_set[80], state[100], archive[80];
    const char *more[] = {feedback_set, state, archive};

    snprintf(feedback_set, sizeof(feedback_set), "control.feedback=\"%s\"", topic);
    snprintf(state, sizeof(state), "control.state=\"%s/state\"", folder);
    snprintf(archive, sizeof(archive), "control.archive_ms=%s", archive_ms);
    config_free(&config);
    config = mock_config(mock_cluster_bootstrap(cluster), more, 3);
}

static void begin(void)
{
    const struct feedback_setup setup = {.config = config, .evidence = evidence, .nworkers = 2};
    struct err err;

    err_init(&err);
    feedback = feedback_new(&setup, &err);
    ck_assert_msg(feedback != NULL, "%s", err.text);
    err_fini(&err);
}

static void start(void)
{
    begin();
    ck_assert_int_eq(feedback_start(feedback), 0);
}

/* As a new process, which remembers nothing. */
static void restart(const char *topic)
{
    feedback_free(&feedback);
    evidence_take_verdicts(evidence, NULL, 0);
    configure(topic, "86400000");
    start();
}

static void setup(void)
{
    struct err err;

    err_init(&err);
    log_set_level(LOG_LEVEL_ERROR + 1);
    strcpy(folder, "/tmp/telsieve-feedback-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    cluster = mock_start(1);
    ck_assert_int_eq(mock_cluster_create_topic(cluster, TOPIC, 2), 0);
    ck_assert_int_eq(mock_cluster_create_topic(cluster, ELSEWHERE, 1), 0);
    configure(TOPIC, "86400000");
    writer = mock_writer_new(mock_cluster_bootstrap(cluster), &err);
    ck_assert_ptr_nonnull(writer);
    evidence = evidence_new(2, 0);
    rules = setup_rules();
    ck_assert_int_eq(evidence_observe(evidence, rules), 0);
    judge = judge_new();
    ck_assert_int_eq(judge_use(judge, rules), 0);
    err_fini(&err);
}

static void teardown(void)
{
    char command[100];

    feedback_free(&feedback);
    judge_free(&judge);
    ruleset_free(&rules);
    evidence_free(&evidence);
    mock_writer_free(&writer);
    config_free(&config);
    mock_cluster_free(&cluster);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/* ---- what fires, what is said ------------------------------------------------------------------------------------ */

static const char *id_of(unsigned number)
{
    static char id[33];

    snprintf(id, sizeof(id), "%032x", number);
    return id;
}

/* Rule F-005 warns of a record, which a worker notes if there is room. */
static bool try_fire(unsigned worker, unsigned number)
{
    struct record record = setup_sms("0085255501234", "你好");
    const struct verdict *verdict;

    record.ingress = INGRESS_INTL;
    verdict = setup_judge(judge, &record);
    ck_assert_uint_gt(verdict->nlive, 0);
    return hit_ring_note(feedback_ring(feedback, worker), ruleset_evidence(rules), verdict, id_of(number),
                         clock_wall_ms());
}

static void fire(unsigned worker, unsigned number)
{
    ck_assert(try_fire(worker, number));
}

static void say_in(const char *topic, unsigned number, const char *value)
{
    ck_assert_int_eq(mock_writer_send(writer, topic, 0, str_of(id_of(number)), str_of(value)), 0);
    ck_assert_uint_eq(mock_writer_flush(writer, WAIT_MS), 0);
}

static void say(unsigned number, const char *value)
{
    say_in(TOPIC, number, value);
}

#define TRUE_ "{\"verdict\":\"true\"}"
#define FALSE_ "{\"verdict\":\"false\"}"

/* "true/false/unknown" of F-005. */
static const char *figures(void)
{
    static char text[64];
    struct evidence_figures *all = evidence_read(rules, 60000);

    strcpy(text, "no such rule");
    for (size_t i = 0; i < ruleset_rule_count(rules); i++)
        if (strcmp(ruleset_rule(rules, i, NULL)->id, "F-005") == 0)
            snprintf(text, sizeof(text), "%u/%u/%u", (unsigned)all[i].confirmed, (unsigned)all[i].refuted,
                     (unsigned)all[i].unknown);
    free(all);
    return text;
}

static struct feedback_status status(void)
{
    struct feedback_status now;

    feedback_read_status(feedback, &now);
    return now;
}

#define UNTIL(condition)                                                                       \
    do {                                                                                       \
        int64_t until_ = clock_mono_ms() + WAIT_MS;                                            \
        while (!(condition) && clock_mono_ms() < until_)                                       \
            sleep_ms(10);                                                                      \
        ck_assert_msg(condition, "gave up: %s; figures %s, trouble \"%s\"", #condition, figures(), \
                      status().trouble);                                                       \
    } while (0)

#define UNTIL_FIGURES(wanted) UNTIL(strcmp(figures(), wanted) == 0)

START_TEST(verdicts_are_counted_for_the_rule_replaced_and_taken_back)
{
    say(3, "{\"verdict\":\"unknown\",\"at\":1763776801873,\"note\":\"not looked at\"}"); /* before it fired */
    start();
    UNTIL(status().caught_up);
    fire(0, 1);
    fire(1, 2);
    fire(0, 3);
    UNTIL_FIGURES("0/0/1");
    say(1, TRUE_);
    say(2, TRUE_);
    say(7, TRUE_); /* of another node */
    UNTIL_FIGURES("2/0/1");
    say(2, FALSE_);
    UNTIL_FIGURES("1/1/1");
    say(3, NULL);
    UNTIL_FIGURES("1/1/0");
    ck_assert_uint_eq(status().taken, 6);
    ck_assert_uint_eq(status().archived, 3);
    ck_assert_str_eq(status().trouble, "");
}
END_TEST

START_TEST(a_restart_knows_at_once_what_was_said_and_a_full_read_counts_the_same)
{
    start();
    fire(0, 1);
    fire(0, 2);
    say(1, TRUE_);
    say(2, FALSE_);
    UNTIL_FIGURES("1/1/0");
    feedback_free(&feedback);
    evidence_take_verdicts(evidence, NULL, 0);
    begin();
    ck_assert_str_eq(figures(), "1/1/0"); /* before any message */
    ck_assert_int_eq(feedback_start(feedback), 0);
    UNTIL(status().caught_up);
    ck_assert_uint_eq(status().taken, 2);
    ck_assert_str_eq(figures(), "1/1/0");
}
END_TEST

START_TEST(what_is_malformed_is_counted_and_changes_nothing)
{
    static const char *const bad[] = {"", "true", "[]", "{}", "\"true\"", "{\"verdict\":true}",
                                      "{\"verdict\":\"none\"}", "{\"verdict\":\"true\"",
                                      "{\"verdict\":\"true\",\"verdict\":\"false\"}"};

    start();
    fire(0, 1);
    say(1, TRUE_);
    UNTIL_FIGURES("1/0/0");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        say(1, bad[i]);
    ck_assert_int_eq(mock_writer_send(writer, TOPIC, 0, STR_LIT("no id"), STR_LIT(TRUE_)), 0);
    ck_assert_int_eq(mock_writer_send(writer, TOPIC, 0, (struct str){0}, STR_LIT(TRUE_)), 0);
    say(2, FALSE_);
    UNTIL(status().taken == 2);
    ck_assert_uint_eq(status().refused, 11);
    ck_assert_str_eq(figures(), "1/0/0");
}
END_TEST

START_TEST(what_a_topic_no_longer_holds_is_taken_back_unless_it_is_empty)
{
    start();
    fire(0, 1);
    fire(0, 2);
    say(1, TRUE_);
    say(2, TRUE_);
    UNTIL_FIGURES("2/0/0");
    restart(ELSEWHERE);
    UNTIL(status().caught_up);
    UNTIL(status().trouble[0] != '\0');
    ck_assert_ptr_nonnull(strstr(status().trouble, "topic elsewhere is empty, but verdicts were read from it"));
    ck_assert_str_eq(figures(), "2/0/0");
    say_in(ELSEWHERE, 2, FALSE_);
    UNTIL_FIGURES("1/1/0");
    ck_assert_str_eq(status().trouble, "");
    restart(ELSEWHERE);
    UNTIL_FIGURES("0/1/0");
}
END_TEST

START_TEST(a_verdict_from_before_the_archive_is_late)
{
    configure(TOPIC, "1");
    say(1, TRUE_);
    sleep_ms(50);
    start();
    UNTIL(status().caught_up);
    ck_assert_uint_eq(status().late, 1);
    ck_assert_uint_eq(status().taken, 0);
}
END_TEST

/* Somebody's tool holds a lock for longer than is waited for. */
START_TEST(what_cannot_be_written_is_told_and_written_when_it_can)
{
    char file[100];
    sqlite3 *other;

    start();
    fire(0, 1);
    say(1, TRUE_);
    UNTIL_FIGURES("1/0/0");
    snprintf(file, sizeof(file), "%s/state/archive.sqlite", folder);
    ck_assert_int_eq(sqlite3_open(file, &other), SQLITE_OK);
    sqlite3_busy_timeout(other, 5000);
    ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    fire(0, 2);
    say(2, FALSE_);
    UNTIL(strstr(status().trouble, "locked") != NULL);
    ck_assert_str_eq(figures(), "1/0/0");
    ck_assert_int_eq(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    UNTIL_FIGURES("1/1/0");
    UNTIL(status().trouble[0] == '\0');
}
END_TEST

/* No file may grow beyond so much, as on a full disk. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_full_disk_is_one_trouble_until_there_is_room_and_the_topic_is_not_read_meanwhile)
{
    int64_t until;
    uint64_t taken;
    bool well = false;

    say(1, TRUE_);
    start();
    UNTIL(status().caught_up);
    limit_files(FULL);
    say(2, TRUE_);
    UNTIL(status().trouble[0] != '\0');
    taken = status().taken;
    for (until = clock_mono_ms() + 11000; clock_mono_ms() < until; sleep_ms(10))
        well |= status().trouble[0] == '\0'; /* an assertion would write to a file */
    limit_files(RLIM_INFINITY);
    ck_assert(!well);
    ck_assert_uint_eq(status().taken, taken);
    UNTIL(status().trouble[0] == '\0');
    fire(0, 1);
    fire(0, 2);
    UNTIL_FIGURES("2/0/0");
}
END_TEST

static void set_schema(const char *pragma)
{
    char file[100];
    sqlite3 *db;

    snprintf(file, sizeof(file), "%s/state/archive.sqlite", folder);
    ck_assert_int_eq(sqlite3_open(file, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, pragma, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

START_TEST(an_archive_that_cannot_be_opened_at_the_start_is_told_and_opened_when_it_can)
{
    begin();
    feedback_free(&feedback);
    set_schema("PRAGMA user_version = 7");
    start();
    ck_assert_ptr_nonnull(strstr(status().trouble, "is of schema 7"));
    fire(0, 1);
    say(1, TRUE_);
    set_schema("PRAGMA user_version = 1");
    UNTIL_FIGURES("1/0/0");
    UNTIL(status().trouble[0] == '\0');
}
END_TEST

START_TEST(what_workers_left_is_archived_at_the_end)
{
    start();
    say(1, TRUE_);
    UNTIL(status().taken == 1);
    fire(0, 1);
    feedback_stop(feedback);
    ck_assert_str_eq(figures(), "1/0/0");
}
END_TEST

START_TEST(without_brokers_hits_are_archived_all_the_same)
{
    mock_cluster_set_up(cluster, false);
    start();
    fire(0, 1);
    UNTIL(status().archived == 1);
    UNTIL(status().trouble[0] != '\0');
    mock_cluster_set_up(cluster, true);
    say(1, TRUE_);
    UNTIL_FIGURES("1/0/0");
}
END_TEST

/* ---- a worker ---------------------------------------------------------------------------------------------------- */

#define RECORDS 200u

static void write_frauds(void)
{
    char payload[700];

    for (unsigned i = 0; i < RECORDS; i++)
        bench_send(writer, 0, bench_record(payload, sizeof(payload), "r", FRAUD));
    ck_assert_uint_eq(mock_writer_flush(writer, WAIT_MS), 0);
}

static void observe(void *ctx, const struct ruleset *set, const char *state)
{
    (void)state;
    ck_assert_int_eq(evidence_observe(ctx, (struct ruleset *)set), 0);
}

START_TEST(a_worker_never_waits_for_the_archive_and_what_had_no_room_is_counted)
{
    struct store *store = bench_store(1);
    struct worker_setup made = {.config = config, .store = store};
    struct worker *worker;
    unsigned noted = 0;

    store_list(store, observe, evidence);
    begin(); /* and nobody takes anything from the rings */
    while (try_fire(0, noted))
        noted++;
    made.feedback = feedback;
    write_frauds();
    worker = bench_worker(&made, 0);
    bench_wait(&worker, 1, METRIC_RECORDS_WARNED, RECORDS);
    ck_assert_uint_eq(bench_metric(worker, METRIC_HITS_DROPPED), RECORDS);
    ck_assert_int_eq(feedback_start(feedback), 0);
    UNTIL(status().archived > 0);
    ck_assert_uint_ge(status().archived, noted);
    write_frauds();
    bench_wait(&worker, 1, METRIC_RECORDS_WARNED, 2 * RECORDS);
    UNTIL(status().archived >= noted + RECORDS);
    ck_assert_uint_eq(bench_metric(worker, METRIC_HITS_DROPPED), RECORDS);
    bench_stop(&worker, 0);
    worker_free(&worker);
    store_free(&store);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("feedback");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 90);
    tcase_add_test(tests, verdicts_are_counted_for_the_rule_replaced_and_taken_back);
    tcase_add_test(tests, a_restart_knows_at_once_what_was_said_and_a_full_read_counts_the_same);
    tcase_add_test(tests, what_is_malformed_is_counted_and_changes_nothing);
    tcase_add_test(tests, what_a_topic_no_longer_holds_is_taken_back_unless_it_is_empty);
    tcase_add_test(tests, a_verdict_from_before_the_archive_is_late);
    tcase_add_test(tests, what_cannot_be_written_is_told_and_written_when_it_can);
    tcase_add_test(tests, a_full_disk_is_one_trouble_until_there_is_room_and_the_topic_is_not_read_meanwhile);
    tcase_add_test(tests, an_archive_that_cannot_be_opened_at_the_start_is_told_and_opened_when_it_can);
    tcase_add_test(tests, what_workers_left_is_archived_at_the_end);
    tcase_add_test(tests, a_worker_never_waits_for_the_archive_and_what_had_no_room_is_counted);
    tcase_add_test(tests, without_brokers_hits_are_archived_all_the_same);
    return setup_run("feedback", tests);
}
