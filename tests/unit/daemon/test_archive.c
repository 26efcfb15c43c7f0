/* test_archive.c - what fired and what was said of it, in whatever order they come; and the ring on the way there. */
#include "daemon/archive.h"
#include "core/log.h"
#include "../match/match_setup.h"

#include <pthread.h>
#include <sqlite3.h>

#define DAY INT64_C(86400000)
#define NOW (INT64_C(20000) * DAY)

static char folder[64], state[80], file[100];
static struct archive *archive;

static void open_archive(void)
{
    struct err err;

    err_init(&err);
    archive = archive_open(state, &err);
    ck_assert_msg(archive != NULL, "%s", err.text);
    err_fini(&err);
}

static void setup(void)
{
    log_set_level(LOG_LEVEL_ERROR + 1);
    strcpy(folder, "/tmp/telsieve-archive-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(state, sizeof(state), "%s/state", folder); /* is made */
    snprintf(file, sizeof(file), "%s/archive.sqlite", state);
    open_archive();
}

static void teardown(void)
{
    char command[100];

    archive_close(&archive);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static void reopen(void)
{
    archive_close(&archive);
    open_archive();
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

static void fire_at(char id, char rule, int64_t at_ms)
{
    struct hit hit = {.at_ms = at_ms};

    memset(hit.id, id, sizeof(hit.id));
    memset(hit.digest, rule, sizeof(hit.digest));
    ck_assert_int_eq(archive_note(archive, &hit), 0);
}

static void fire(char id, char rule)
{
    fire_at(id, rule, NOW);
}

static void say_by(char id, enum said said, int64_t at_ms, int32_t partition, int64_t reading)
{
    struct archive_word word = {.said = said, .at_ms = at_ms, .partition = partition, .reading = reading};

    memset(word.id, id, sizeof(word.id));
    ck_assert_int_eq(archive_say(archive, &word), 0);
}

static void say(char id, enum said said)
{
    say_by(id, said, NOW, 0, 1);
}

static void begin(void)
{
    ck_assert_int_eq(archive_begin(archive), 0);
}

static void commit(void)
{
    ck_assert_int_eq(archive_commit(archive), 0);
}

/* "3/0/1": said to be true, false, unknown of this rule. */
static const char *tally(char rule)
{
    static char text[4][32];
    static unsigned next;
    char *out = text[next++ % 4];
    struct evidence_verdicts *all;
    size_t n;

    ck_assert_int_eq(archive_tally(archive, &all, &n), 0);
    strcpy(out, "0/0/0");
    for (size_t i = 0; i < n; i++) {
        ck_assert(i == 0 || memcmp(all[i - 1].digest, all[i].digest, EVIDENCE_DIGEST) < 0);
        if (all[i].digest[0] == (unsigned char)rule)
            snprintf(out, sizeof(text[0]), "%u/%u/%u", (unsigned)all[i].confirmed, (unsigned)all[i].refuted,
                     (unsigned)all[i].unknown);
    }
    free(all);
    return out;
}

START_TEST(a_verdict_counts_for_every_rule_that_fired_on_the_record)
{
    begin();
    fire(1, 'a');
    fire(1, 'b');
    fire(2, 'a');
    fire(3, 'b');
    say(1, SAID_TRUE);
    say(2, SAID_FALSE);
    say(3, SAID_UNKNOWN);
    say(9, SAID_TRUE); /* of another node */
    commit();
    ck_assert_str_eq(tally('a'), "1/1/0");
    ck_assert_str_eq(tally('b'), "1/0/1");
}
END_TEST

START_TEST(a_new_verdict_on_the_same_warning_takes_the_place_of_the_old)
{
    begin();
    fire(1, 'a');
    say(1, SAID_TRUE);
    say(1, SAID_TRUE);
    commit();
    ck_assert_str_eq(tally('a'), "1/0/0");
    begin();
    say(1, SAID_FALSE);
    commit();
    ck_assert_str_eq(tally('a'), "0/1/0");
    begin();
    say(1, SAID_NOTHING);
    commit();
    ck_assert_str_eq(tally('a'), "0/0/0");
    begin();
    say(1, SAID_TRUE);
    commit();
    ck_assert_str_eq(tally('a'), "1/0/0");
}
END_TEST

START_TEST(a_verdict_that_comes_before_the_hit_is_not_lost)
{
    begin();
    say(1, SAID_FALSE);
    commit();
    ck_assert_str_eq(tally('a'), "0/0/0");
    ck_assert(!archive_moved(archive));
    begin();
    fire(1, 'a');
    commit();
    ck_assert(archive_moved(archive));
    ck_assert_str_eq(tally('a'), "0/1/0");
}
END_TEST

START_TEST(a_record_read_twice_counts_once)
{
    begin();
    fire(1, 'a');
    say(1, SAID_TRUE);
    fire(1, 'a');
    fire_at(1, 'a', NOW + DAY);
    commit();
    ck_assert_str_eq(tally('a'), "1/0/0");
}
END_TEST

START_TEST(what_was_committed_is_there_after_a_restart_and_nothing_else)
{
    begin();
    fire(1, 'a');
    say(1, SAID_TRUE);
    commit();
    begin();
    say(1, SAID_FALSE);
    fire(2, 'a');
    reopen(); /* as by a crash */
    ck_assert(archive_moved(archive));
    ck_assert_str_eq(tally('a'), "1/0/0");
    ck_assert(!archive_moved(archive));
    begin();
    say(1, SAID_TRUE); /* the topic is read again */
    commit();
    ck_assert_str_eq(tally('a'), "1/0/0");
}
END_TEST

START_TEST(what_a_full_read_did_not_find_is_taken_back)
{
    begin();
    fire(1, 'a');
    fire(2, 'a');
    say_by(1, SAID_TRUE, NOW, 0, 100);
    say_by(2, SAID_TRUE, NOW, 0, 100);
    say_by(2, SAID_TRUE, NOW, 0, 101);
    ck_assert(archive_has_words(archive));
    ck_assert_int_eq(archive_forget_unread(archive, 101), 0);
    commit();
    ck_assert_str_eq(tally('a'), "1/0/0");
    begin();
    ck_assert_int_eq(archive_forget_unread(archive, 102), 0);
    ck_assert(!archive_has_words(archive));
    commit();
    ck_assert_str_eq(tally('a'), "0/0/0");
}
END_TEST

START_TEST(the_newer_word_counts_where_a_key_stands_in_two_partitions)
{
    begin();
    fire(1, 'a');
    say_by(1, SAID_TRUE, NOW, 3, 1);
    say_by(1, SAID_FALSE, NOW - DAY, 0, 1);
    commit();
    ck_assert_str_eq(tally('a'), "1/0/0");
    begin();
    say_by(1, SAID_FALSE, NOW - 2 * DAY, 3, 1); /* the order of a partition is the order of its messages */
    commit();
    ck_assert_str_eq(tally('a'), "0/1/0");
    begin();
    say_by(1, SAID_UNKNOWN, NOW, 0, 1);
    commit();
    ck_assert_str_eq(tally('a'), "0/0/1");
}
END_TEST

/* ---- pruning ----------------------------------------------------------------------------------------------------- */

static int count(const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *row;
    int n;

    ck_assert_int_eq(sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(row), SQLITE_ROW);
    n = sqlite3_column_int(row, 0);
    sqlite3_finalize(row);
    sqlite3_close(db);
    return n;
}

static void prune_around(int64_t before_ms, int64_t after_ms, unsigned most)
{
    begin();
    ck_assert_int_eq(archive_prune(archive, before_ms, after_ms, most), 0);
    commit();
}

static void prune(int64_t before_ms, unsigned most)
{
    prune_around(before_ms, INT64_MAX, most);
}

START_TEST(what_is_old_goes_bit_by_bit_and_takes_its_counts_with_it)
{
    begin();
    for (char i = 0; i < 10; i++) {
        fire_at(i, 'a', NOW + i);
        say_by(i, SAID_TRUE, NOW + 100 + i, 0, 1);
    }
    fire_at(20, 'b', NOW + DAY);
    say_by(20, SAID_FALSE, NOW + DAY, 0, 1);
    commit();
    ck_assert_str_eq(tally('a'), "10/0/0");
    prune(NOW + 5, 3);
    ck_assert_int_eq(count("SELECT count(*) FROM fired"), 8);
    ck_assert_str_eq(tally('a'), "7/0/0");
    prune(NOW + 5, 3);
    prune(NOW + 5, 3);
    ck_assert_str_eq(tally('a'), "5/0/0");
    ck_assert_str_eq(tally('b'), "0/1/0");
    for (int i = 0; i < 6; i++)
        prune(NOW + 2 * DAY, 4);
    ck_assert_int_eq(count("SELECT count(*) FROM fired"), 0);
    ck_assert_int_eq(count("SELECT count(*) FROM verdict"), 0);
    ck_assert_str_eq(tally('a'), "0/0/0");
    ck_assert_int_eq(count("SELECT count(*) FROM rule"), 1); /* of the last hit only the day is known */
    prune(NOW + 4 * DAY, 4);
    ck_assert_int_eq(count("SELECT count(*) FROM rule"), 0);
    ck_assert_int_eq(count("SELECT count(*) FROM tally"), 0);
}
END_TEST

START_TEST(what_fired_while_the_clock_was_ahead_keeps_nothing_else)
{
    begin();
    fire_at(1, 'a', NOW + 1000 * DAY); /* the first row: others are forgotten from there on */
    for (char i = 2; i < 10; i++)
        fire_at(i, 'a', NOW);
    commit();
    prune_around(NOW - DAY, NOW + DAY, 4);
    ck_assert_int_eq(count("SELECT count(*) FROM fired"), 8);
    for (int i = 0; i < 3; i++)
        prune_around(NOW + DAY, NOW + 3 * DAY, 4);
    ck_assert_int_eq(count("SELECT count(*) FROM fired"), 0);
}
END_TEST

START_TEST(a_rule_that_goes_on_hitting_stays)
{
    for (int64_t day = 0; day < 5; day++) {
        begin();
        fire_at((char)day, 'a', NOW + day * DAY + 1);
        commit();
        prune(NOW + day * DAY, 10);
    }
    ck_assert_int_eq(count("SELECT count(*) FROM rule"), 1);
    ck_assert_int_eq(count("SELECT count(*) FROM fired JOIN rule ON number = rule"), 1);
}
END_TEST

/* ---- files ------------------------------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");

    ck_assert(out != NULL && fputs(text, out) >= 0 && fclose(out) == 0);
}

START_TEST(a_damaged_file_is_moved_aside_and_a_new_one_begun)
{
    char moved[128];

    archive_close(&archive);
    write_file(file, "this has never been a database and is longer than the head of one would be: so it is damaged");
    open_archive();
    begin();
    fire(1, 'a');
    commit();
    snprintf(moved, sizeof(moved), "%s.damaged", file);
    ck_assert_int_eq(access(moved, F_OK), 0);
}
END_TEST

static void refuse_to_open(const char *why)
{
    struct err err;

    err_init(&err);
    ck_assert_ptr_null(archive_open(state, &err));
    ck_assert_ptr_nonnull(strstr(err.text, why));
    err_fini(&err);
}

START_TEST(a_file_of_a_later_program_and_a_folder_that_is_none_are_told)
{
    sqlite3 *db;

    archive_close(&archive);
    ck_assert_int_eq(sqlite3_open(file, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "PRAGMA user_version = 7", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    refuse_to_open("is of schema 7");
    snprintf(state, sizeof(state), "%s/nowhere/state", folder);
    refuse_to_open("nowhere/state: No such file");
}
END_TEST

/* ---- the ring ---------------------------------------------------------------------------------------------------- */

#define ROOM 8

static struct evidence *evidence;
static struct ruleset *rules;
static struct judge *judge;
static struct hit_ring *ring;

static void setup_ring(void)
{
    evidence = evidence_new(1, 0);
    rules = setup_rules();
    ck_assert_int_eq(evidence_observe(evidence, rules), 0);
    judge = judge_new();
    ck_assert_int_eq(judge_use(judge, rules), 0);
    ring = hit_ring_new(ROOM);
}

static void teardown_ring(void)
{
    hit_ring_free(&ring);
    judge_free(&judge);
    ruleset_free(&rules);
    evidence_free(&evidence);
}

static const struct verdict *judged(void)
{
    struct record record = setup_sms("0085255501234", "你好");
    const struct verdict *verdict;

    record.ingress = INGRESS_INTL;
    verdict = setup_judge(judge, &record);
    ck_assert_uint_gt(verdict->nlive, 0);
    return verdict;
}

static bool note(const struct verdict *verdict, unsigned number)
{
    char id[33];

    snprintf(id, sizeof(id), "%032x", number);
    return hit_ring_note(ring, ruleset_evidence(rules), verdict, id, NOW + number);
}

START_TEST(a_record_is_in_the_ring_with_all_its_rules_or_not_at_all)
{
    const struct verdict *verdict = judged();
    unsigned each = (unsigned)(verdict->nlive + verdict->nshadow), n = 0;
    struct hit out[2 * ROOM];

    while (note(verdict, n))
        n++;
    ck_assert_uint_eq(n, ROOM / each);
    ck_assert_uint_eq(hit_ring_peek(ring, out, 2 * ROOM), n * each);
    ck_assert_uint_eq(out[each].id[HIT_ID_BYTES - 1], 1);
    ck_assert_int_eq(out[each].at_ms, NOW + 1);
    ck_assert_mem_eq(out[0].digest, evidence_digest(ruleset_evidence(rules), verdict->fired[0].rule_index),
                     EVIDENCE_DIGEST);
    ck_assert_uint_eq(hit_ring_peek(ring, out, 1), 1); /* they stay until they are dropped */
    hit_ring_drop(ring, each);
    ck_assert(note(verdict, 77));
    ck_assert(!note(verdict, 78));
}
END_TEST

static const struct {
    const char *hex;
    bool is_id;
} ids[] = {
    {"0123456789abcdefABCDEF9876543210", true},
    {"0123456789abcdefABCDEF987654321", false},
    {"0123456789abcdefABCDEF98765432100", false},
    {"0123456789abcdefABCDEF987654321g", false},
    {"", false},
};

START_TEST(an_id_is_32_hex_digits)
{
    unsigned char out[HIT_ID_BYTES];

    ck_assert_int_eq(hit_id_read(str_of(ids[_i].hex), out), ids[_i].is_id);
    if (ids[_i].is_id)
        ck_assert_uint_eq(out[7], 0xef);
}
END_TEST

#define MANY 50000u

static void *write_many(void *arg)
{
    const struct verdict *verdict = arg;

    for (unsigned i = 0; i < MANY;)
        if (note(verdict, i))
            i++;
    return NULL;
}

/* Also under TSan. */
START_TEST(all_that_one_thread_wrote_the_other_reads_in_order)
{
    const struct verdict *verdict = judged();
    unsigned each = (unsigned)(verdict->nlive + verdict->nshadow), seen = 0;
    struct hit out[ROOM];
    pthread_t writer;

    ck_assert_int_eq(pthread_create(&writer, NULL, write_many, (void *)verdict), 0);
    while (seen < MANY * each) {
        size_t n = hit_ring_peek(ring, out, ROOM);

        for (size_t i = 0; i < n; i++, seen++)
            if (out[i].at_ms != NOW + seen / each)
                ck_abort_msg("hit %u is of another record", seen);
        hit_ring_drop(ring, n);
    }
    pthread_join(writer, NULL);
}
END_TEST

int main(void)
{
    TCase *words = tcase_create("words"), *files = tcase_create("files"), *ring_tests = tcase_create("ring");

    tcase_add_checked_fixture(words, setup, teardown);
    tcase_add_test(words, a_verdict_counts_for_every_rule_that_fired_on_the_record);
    tcase_add_test(words, a_new_verdict_on_the_same_warning_takes_the_place_of_the_old);
    tcase_add_test(words, a_verdict_that_comes_before_the_hit_is_not_lost);
    tcase_add_test(words, a_record_read_twice_counts_once);
    tcase_add_test(words, what_was_committed_is_there_after_a_restart_and_nothing_else);
    tcase_add_test(words, what_a_full_read_did_not_find_is_taken_back);
    tcase_add_test(words, the_newer_word_counts_where_a_key_stands_in_two_partitions);
    tcase_add_test(words, what_is_old_goes_bit_by_bit_and_takes_its_counts_with_it);
    tcase_add_test(words, what_fired_while_the_clock_was_ahead_keeps_nothing_else);
    tcase_add_test(words, a_rule_that_goes_on_hitting_stays);
    tcase_add_checked_fixture(files, setup, teardown);
    tcase_add_test(files, a_damaged_file_is_moved_aside_and_a_new_one_begun);
    tcase_add_test(files, a_file_of_a_later_program_and_a_folder_that_is_none_are_told);
    tcase_add_checked_fixture(ring_tests, setup_ring, teardown_ring);
    tcase_set_timeout(ring_tests, 60);
    tcase_add_test(ring_tests, a_record_is_in_the_ring_with_all_its_rules_or_not_at_all);
    tcase_add_loop_test(ring_tests, an_id_is_32_hex_digits, 0, (int)(sizeof(ids) / sizeof(ids[0])));
    tcase_add_test(ring_tests, all_that_one_thread_wrote_the_other_reads_in_order);
    return setup_run("archive", words, files, ring_tests);
}
