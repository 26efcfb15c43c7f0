/* test_lists.c - entries in all their forms, what is found by what, time, layers, reading anew, digest, files. */
#include "match_setup.h"

#include "match/lists_file.h"
#include "match/lists_key.h"
#include "match/lists_snapshot.h"

#include <sys/stat.h>

static struct number_plan *plan;

static void setup(void)
{
    struct err err;

    err_init(&err);
    plan = number_plan_load("patterns/numbers", &err);
    ck_assert_msg(plan != NULL, "%s", err.text);
    err_fini(&err);
}

static void teardown(void)
{
    number_plan_free(&plan);
}

static struct lists *new_lists(void)
{
    struct lists *lists = lists_new(plan, 1);

    ck_assert_ptr_nonnull(lists);
    return lists;
}

static int set_until(struct lists *lists, enum list_layer layer, const char *entry, int64_t expires_ms,
                     const char *source)
{
    const struct list_entry made = {.list = STR_LIT("case_numbers"), .entry = str_of(entry), .expires_ms = expires_ms,
                                    .tier = TIER_HIGH, .source = str_of(source), .note = STR_LIT("")};
    const char *why;

    return lists_set(lists, layer, &made, &why);
}

static int set(struct lists *lists, const char *entry)
{
    return set_until(lists, LIST_FED, entry, 0, "case 1");
}

static int take(struct lists *lists, const char *entry)
{
    const char *why;

    return lists_remove(lists, LIST_FED, STR_LIT("case_numbers"), str_of(entry), &why);
}

static const struct list *the(const struct lists *lists)
{
    const struct list *list = lists_find(lists, STR_LIT("case_numbers"));

    ck_assert_ptr_nonnull(list);
    return list;
}

static bool has_at(const struct lists *lists, const char *raw, int64_t now_ms, struct list_hit *hit)
{
    const struct number_context context = {.ingress = INGRESS_UNKNOWN, .ton = -1};
    struct number number;

    number_classify(plan, str_of(raw), &context, &number);
    return list_has_number(the(lists), &number, now_ms, hit);
}

static bool has(const struct lists *lists, const char *raw)
{
    return has_at(lists, raw, 1, NULL);
}

START_TEST(the_forms_of_a_number_meet)
{
    static const char *const forms[] = {"13912345678", "+8613912345678", "008613912345678", "8613912345678",
                                        "139-1234-5678", "+86 139 1234 5678"};

    for (size_t i = 0; i < 6; i++) {
        struct lists *lists = new_lists();
        struct list_hit hit;

        ck_assert_int_eq(set(lists, forms[i]), 1);
        for (size_t k = 0; k < 6; k++) {
            ck_assert_msg(has_at(lists, forms[k], 1, &hit), "%s by %s", forms[i], forms[k]);
            ck_assert_str_eq(hit.entry.p, "+8613912345678");
        }
        ck_assert(!has(lists, "13912345679"));
        ck_assert(!has(lists, "+13912345678"));
        ck_assert_int_eq(take(lists, forms[5 - i]), 1);
        ck_assert(!has(lists, forms[i]));
        lists_free(&lists);
    }
}
END_TEST

START_TEST(services_fixed_lines_and_foreign_numbers_are_told_apart)
{
    struct lists *lists = new_lists();

    set(lists, "95311");
    set(lists, "01066123456");
    set(lists, "+85251234567");
    ck_assert(has(lists, "95311"));
    ck_assert(!has(lists, "+95311"));
    ck_assert(has(lists, "+861066123456"));
    ck_assert(has(lists, "0085251234567"));
    ck_assert(!has(lists, "+8651234567"));
    ck_assert_uint_eq(list_size(the(lists), LIST_FED), 3);
    lists_free(&lists);
}
END_TEST

START_TEST(prefixes_and_ranges_hold_what_lies_in_them)
{
    struct lists *lists = new_lists();
    struct list_hit hit;

    ck_assert_int_eq(set(lists, "1705*"), 1);
    ck_assert_int_eq(set(lists, "+8525*"), 1);
    ck_assert_int_eq(set(lists, "+8525100*"), 1);
    ck_assert_int_eq(set(lists, "+85251000000-+85251000099"), 1);
    ck_assert(has_at(lists, "+85251000050", 1, &hit));
    ck_assert_str_eq(hit.entry.p, "+85251000000-+85251000099");
    ck_assert(has_at(lists, "+85251000100", 1, &hit));
    ck_assert_str_eq(hit.entry.p, "+8525100*");
    ck_assert(has_at(lists, "0085259000000", 1, &hit));
    ck_assert_str_eq(hit.entry.p, "+8525*");
    ck_assert(has(lists, "17051234567"));
    ck_assert(!has(lists, "+17051234567"));
    ck_assert(!has(lists, "17061234567"));
    ck_assert(!has(lists, "+85261000000"));
    ck_assert_int_eq(take(lists, "+8525*"), 1);
    ck_assert(!has(lists, "+85259000000"));
    ck_assert(has(lists, "+85251000100"));
    lists_free(&lists);
}
END_TEST

/* Against looking at every span. */
START_TEST(spans_are_found_as_if_each_were_asked)
{
    struct lists *lists = new_lists();
    char text[64], number[32];
    unsigned seed = 7;
    struct { unsigned from, to; } ranges[200];

    for (size_t i = 0; i < 200; i++) {
        ranges[i].from = (unsigned)rand_r(&seed) % 90000;
        ranges[i].to = ranges[i].from + (unsigned)rand_r(&seed) % (i % 10 == 0 ? 9000 : 90);
        snprintf(text, sizeof(text), "+855110%05u-+855110%05u", ranges[i].from, ranges[i].to);
        ck_assert_int_ge(set(lists, text), 0);
    }
    for (unsigned at = 0; at < 100000; at += 7) {
        bool expected = false;
        for (size_t i = 0; i < 200; i++)
            expected |= ranges[i].from <= at && at <= ranges[i].to;
        snprintf(number, sizeof(number), "+855110%05u", at);
        ck_assert_msg(has(lists, number) == expected, "%s", number);
    }
    lists_free(&lists);
}
END_TEST

static bool has_host(const struct lists *lists, const char *host)
{
    return list_has_host(the(lists), str_of(host), 1, NULL);
}

START_TEST(a_domain_stands_for_its_subdomains)
{
    struct lists *lists = new_lists();

    ck_assert_int_eq(set(lists, "https://user@Bad.Example:8443/path?x=1"), 1);
    ck_assert_int_eq(set(lists, "*.worse.example."), 1);
    ck_assert_int_eq(set(lists, "203.0.113.7"), 1);
    ck_assert(has_host(lists, "bad.example"));
    ck_assert(has_host(lists, "www.m.bad.example"));
    ck_assert(!has_host(lists, "notbad.example"));
    ck_assert(!has_host(lists, "example"));
    ck_assert(has_host(lists, "a.worse.example"));
    ck_assert(has_host(lists, "203.0.113.7"));
    ck_assert(!has_host(lists, "1.203.0.113"));
    ck_assert_int_eq(set(lists, ".example"), -TS_EINVAL);
    lists_free(&lists);
}
END_TEST

START_TEST(ids_and_accounts_are_found_by_their_values)
{
    struct lists *lists = new_lists();
    const struct list *list;

    set(lists, "wxid_Invented01");
    set(lists, "280012345");
    set(lists, "6222020200112233445");
    set(lists, "TXYZinventedWallet1234567890abcdef");
    list = the(lists);
    ck_assert(list_has_word(list, STR_LIT("wxid_invented01"), 1, NULL));
    ck_assert(list_has_word(list, STR_LIT("280012345"), 1, NULL));
    ck_assert(list_has_word(list, STR_LIT("6222020200112233445"), 1, NULL));
    ck_assert(list_has_word(list, STR_LIT("TXYZinventedWallet1234567890abcdef"), 1, NULL));
    ck_assert(!list_has_word(list, STR_LIT("6222020200112233446"), 1, NULL));
    ck_assert(!list_has_host(list, STR_LIT("wxid_invented01"), 1, NULL));
    lists_free(&lists);
}
END_TEST

START_TEST(what_is_no_entry_is_refused_with_a_reason)
{
    static const char *const bad[] = {"", " ", "*", "1*", "+*", "two words", "a..b", "12345678901234567890123456789012",
                                      "+85251009999-+85251000000", "13912345678-95311123456"};
    struct lists *lists = new_lists();
    struct list_entry entry = {.list = STR_LIT("Bad Name"), .entry = STR_LIT("95311")};
    const char *why = NULL;

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        ck_assert_msg(set(lists, bad[i]) == -TS_EINVAL, "%s", bad[i]);
    ck_assert_int_eq(lists_set(lists, LIST_FED, &entry, &why), -TS_EINVAL);
    ck_assert_ptr_nonnull(strstr(why, "lower-case"));
    entry.list = STR_LIT("good");
    entry.expires_ms = INT64_MAX;
    ck_assert_int_eq(lists_set(lists, LIST_FED, &entry, &why), -TS_EINVAL);
    ck_assert_ptr_nonnull(strstr(why, "expires"));
    lists_free(&lists);
}
END_TEST

static bool is_bad_number(const char *text)
{
    const struct number_context context = {.ingress = INGRESS_UNKNOWN, .ton = -1};
    struct number number;

    number_classify(plan, str_of(text), &context, &number);
    return number.kind == NUMBER_BAD;
}

static struct str form_of(struct list_key *key)
{
    return key->kind == LIST_NUMBER ? list_number_text(key->number, key->text) : (struct str){key->text, key->n};
}

/* Of random pieces: nothing breaks, and what is kept reads as itself, so that lists written out can be read again. Of
 * numbers that are none (86 before what no Chinese number is) that is not asked. */
START_TEST(the_one_form_of_an_entry_reads_as_itself)
{
    static const char *const pieces[] = {
        "+", "00", "86", "0", "1", "139", "8525", "95311", "1065", "4008", "010", "-", " ", "(", ")", ".", "*", "a",
        "Bad", "example", "com", "/", "://", "@", ":", "[", "]", "#", "中国", "\xff", "12345678901234567890", "\x01",
        "203.0.113.7"};
    const size_t n = sizeof(pieces) / sizeof(*pieces);
    unsigned seed = 5, kept = 0;

    for (unsigned turn = 0; turn < 100000; turn++) {
        char text[256] = "";
        struct list_key key, again;
        const char *why = NULL;

        for (size_t i = 0, count = (size_t)rand_r(&seed) % 8; i < count; i++)
            strcat(text, pieces[(size_t)rand_r(&seed) % n]);
        if (list_key_read(plan, str_of(text), &key, &why) != 0) {
            if (why == NULL)
                ck_abort_msg("%s", text);
            continue;
        }
        kept++;
        if (key.kind != LIST_SPAN && is_bad_number(text))
            continue;
        if (list_key_read(plan, form_of(&key), &again, &why) != 0 || again.kind != key.kind ||
            !str_eq(form_of(&again), form_of(&key)))
            ck_abort_msg("%s: %.*s", text, STR_FMT(form_of(&key)));
    }
    ck_assert_uint_gt(kept, 5000);
}
END_TEST

START_TEST(an_entry_counts_until_it_expires_and_says_where_it_comes_from)
{
    struct lists *lists = new_lists();
    struct list_hit hit;

    set_until(lists, LIST_FED, "13912345678", 5000, "case 17");
    ck_assert(has_at(lists, "13912345678", 4999, &hit));
    ck_assert_int_eq(hit.tier, TIER_HIGH);
    ck_assert_str_eq(hit.source.p, "case 17");
    ck_assert_int_eq(hit.expires_ms, 5000);
    ck_assert(!has_at(lists, "13912345678", 5000, NULL));
    ck_assert_int_eq(set_until(lists, LIST_FED, "13912345678", 0, "case 18"), 1);
    ck_assert(has_at(lists, "13912345678", INT64_MAX, &hit));
    ck_assert_str_eq(hit.source.p, "case 18");
    lists_free(&lists);
}
END_TEST

START_TEST(what_is_fed_wins_and_its_withdrawal_shows_the_base_again)
{
    struct lists *lists = new_lists();
    struct list_hit hit;

    set_until(lists, LIST_BASE, "95311", 0, "base");
    set_until(lists, LIST_FED, "95311", 0, "fed");
    ck_assert(has_at(lists, "95311", 1, &hit));
    ck_assert_str_eq(hit.source.p, "fed");
    take(lists, "95311");
    ck_assert(has_at(lists, "95311", 1, &hit));
    ck_assert_str_eq(hit.source.p, "base");
    lists_free(&lists);
}
END_TEST

START_TEST(reading_anew_removes_what_is_not_there_any_more)
{
    struct lists *lists = new_lists();
    const char *why;

    set(lists, "95311");
    set(lists, "95312");
    set(lists, "bad.example");
    set(lists, "worse.example");
    set(lists, "1705*");
    set(lists, "1709*");
    set(lists, "95313");
    set_until(lists, LIST_BASE, "95314", 0, "base");
    lists_read_begin(lists, LIST_FED);
    set(lists, "95311");
    set(lists, "bad.example");
    set(lists, "1705*");
    ck_assert_int_eq(lists_keep(lists, LIST_FED, STR_LIT("case_numbers"), STR_LIT("95313"), &why), 0);
    ck_assert(has(lists, "95312"));
    ck_assert_uint_eq(lists_read_end(lists, LIST_FED), 3);
    ck_assert(has(lists, "95311") && has(lists, "95313") && has(lists, "95314") && has(lists, "17051234567"));
    ck_assert(!has(lists, "95312") && !has(lists, "17091234567"));
    ck_assert(has_host(lists, "bad.example") && !has_host(lists, "worse.example"));
    lists_free(&lists);
}
END_TEST

START_TEST(the_digest_is_of_the_entries_whatever_their_order)
{
    static const char *const entries[] = {"95311", "bad.example", "1705*", "wxid_1", "+85251234567"};
    struct lists *a = new_lists(), *b = new_lists();
    uint64_t first, empty = lists_digest(a);
    char text[LISTS_DIGEST_SIZE];

    ck_assert_str_eq(lists_digest_text(empty, text), "xxh3:0000000000000000");
    for (size_t i = 0; i < 5; i++) {
        set(a, entries[i]);
        set(b, entries[4 - i]);
    }
    first = lists_digest(a);
    ck_assert_uint_eq(first, lists_digest(b));
    ck_assert_uint_ne(first, empty);
    set_until(b, LIST_FED, "95311", 0, "another case");
    ck_assert_uint_ne(first, lists_digest(b));
    set(b, "95311");
    ck_assert_uint_eq(first, lists_digest(b));
    lists_read_begin(b, LIST_FED);
    ck_assert_uint_eq(lists_read_end(b, LIST_FED), 5);
    ck_assert_uint_eq(empty, lists_digest(b));
    lists_free(&a);
    lists_free(&b);
}
END_TEST

START_TEST(unchanged_entries_change_nothing)
{
    struct lists *lists = new_lists();
    uint64_t version;

    ck_assert_int_eq(set(lists, "95311"), 1);
    version = lists_version(lists);
    ck_assert_uint_eq(version % 2, 0);
    ck_assert_int_eq(set(lists, "95311"), 0);
    ck_assert_int_eq(take(lists, "95399"), 0);
    ck_assert_uint_eq(lists_version(lists), version);
    lists_free(&lists);
}
END_TEST

/* ---- snapshot ---------------------------------------------------------------------------------------------- */

static void fill(struct lists *lists)
{
    char text[32];

    for (unsigned i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "+8617%09u", i * 7);
        set_until(lists, LIST_FED, text, i % 3 == 0 ? INT64_C(1000) * (i + 1) : 0, i % 2 == 0 ? "even" : "odd");
    }
    set(lists, "bad.example");
    set(lists, "+8525*");
    set(lists, "wxid_1");
    set_until(lists, LIST_BASE, "95399", 0, "base");
}

START_TEST(a_snapshot_brings_back_what_was_fed)
{
    struct lists *lists = new_lists(), *again = new_lists();
    char path[] = "/tmp/telsieve-lists-XXXXXX";
    struct list_hit hit;
    struct err err;

    close(mkstemp(path));
    err_init(&err);
    fill(lists);
    ck_assert_int_eq(lists_save(lists, path, &err), 0);
    ck_assert_int_eq(lists_restore(again, path, &err), 0);
    ck_assert_uint_eq(list_size(the(again), LIST_FED), 5003);
    ck_assert_uint_eq(list_size(the(again), LIST_BASE), 0);
    ck_assert(has_host(again, "x.bad.example") && has(again, "+85251234567"));
    ck_assert(has_at(again, "17000000007", 1, &hit));
    ck_assert_str_eq(hit.source.p, "odd");
    set_until(again, LIST_BASE, "95399", 0, "base");
    ck_assert_uint_eq(lists_digest(lists), lists_digest(again));
    lists_free(&lists);
    lists_free(&again);
    unlink(path);
    err_fini(&err);
}
END_TEST

START_TEST(a_damaged_snapshot_is_refused_whole)
{
    struct lists *lists = new_lists();
    char path[] = "/tmp/telsieve-lists-XXXXXX";
    struct stat stat_of;
    struct err err;
    FILE *file;

    close(mkstemp(path));
    err_init(&err);
    fill(lists);
    ck_assert_int_eq(lists_save(lists, path, &err), 0);
    ck_assert_int_eq(stat(path, &stat_of), 0);
    for (long at = 3; at < stat_of.st_size; at += stat_of.st_size / 5) {
        struct lists *again = new_lists();
        int c;

        file = fopen(path, "r+");
        fseek(file, at, SEEK_SET);
        c = fgetc(file);
        fseek(file, at, SEEK_SET);
        fputc(c ^ 4, file);
        fclose(file);
        ck_assert_int_eq(lists_restore(again, path, &err), -TS_EINVAL);
        ck_assert_uint_eq(lists_count(again), 0);
        file = fopen(path, "r+");
        fseek(file, at, SEEK_SET);
        fputc(c, file);
        fclose(file);
        lists_free(&again);
    }
    ck_assert_int_eq(truncate(path, stat_of.st_size - 1), 0);
    ck_assert_int_eq(lists_restore(lists, path, &err), -TS_EINVAL);
    unlink(path);
    ck_assert_int_eq(lists_restore(lists, path, &err), -TS_ENOENT);
    lists_free(&lists);
    err_fini(&err);
}
END_TEST

/* ---- files ------------------------------------------------------------------------------------------------- */

static void write_list(const char *dir, const char *text)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/lists", dir);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/lists/case_numbers.csv", dir);
    file = fopen(path, "w");
    ck_assert(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void remove_list(const char *dir)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/lists/case_numbers.csv", dir);
    unlink(path);
    snprintf(path, sizeof(path), "%s/lists", dir);
    rmdir(path);
    setup_remove(dir);
}

START_TEST(files_of_the_folder_are_the_base)
{
    static const char *const none[] = {NULL};
    struct lists *lists;
    struct list_hit hit;
    struct err err;
    char dir[64];

    err_init(&err);
    setup_dir(dir, none);
    write_list(dir, "entry,expires,source,tier,note\r\n"
                    "95311,2026-11-22,\"case \"\"7\"\"\",high,\r\n\r\n+8525*,,,,said\r\n");
    lists = lists_open(dir, 1, &err);
    ck_assert_msg(lists != NULL, "%s", err.text);
    ck_assert(has_at(lists, "95311", INT64_C(1795363199000), &hit)); /* a second before midnight in Shanghai */
    ck_assert_str_eq(hit.source.p, "case \"7\"");
    ck_assert(!has_at(lists, "95311", INT64_C(1795363200000), NULL));
    ck_assert(has_at(lists, "+85251234567", 1, &hit));
    ck_assert_str_eq(hit.note.p, "said");
    write_list(dir, "entry\n95312\n");
    ck_assert_int_eq(lists_load(lists, dir, &err), 0);
    ck_assert(has(lists, "95312") && !has(lists, "95311"));
    ck_assert(lists_is_declared(dir, STR_LIT("case_numbers")) && !lists_is_declared(dir, STR_LIT("case")));
    lists_free(&lists);
    remove_list(dir);
    err_fini(&err);
}
END_TEST

START_TEST(bad_rows_are_told_with_their_lines)
{
    static const char *const none[] = {NULL};
    static const struct { const char *text, *told; } bad[] = {
        {"entry,tier\n95311,urgent\n", "case_numbers.csv:2:1: \"tier\""},
        {"entry,expires\n95311,2026-02-30\n", "case_numbers.csv:2:1: \"expires\""},
        {"entry\n95311\n1*\n", "case_numbers.csv:3:1: a prefix"},
        {"number\n95311\n", "unknown column \"number\""},
        {"source\ncase\n", "must name the columns"},
        {"", "empty"},
    };
    char dir[64];

    setup_dir(dir, none);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct err err;

        err_init(&err);
        write_list(dir, bad[i].text);
        ck_assert_ptr_null(lists_open(dir, 1, &err));
        ck_assert_msg(strstr(err.text, bad[i].told) != NULL, "%s: %s", bad[i].told, err.text);
        err_fini(&err);
    }
    remove_list(dir);
}
END_TEST

START_TEST(a_number_of_every_length_has_its_digits_back_from_its_key)
{
    static const char digits[] = "120456789012345678";
    char text[LIST_NUMBER_TEXT];

    for (uint8_t n = 1; n <= 18; n++) {
        struct number number = {.kind = NUMBER_BAD, .ndigits = n};

        memcpy(number.digits, digits, sizeof(digits)); /* more behind, as nothing of it counts */
        ck_assert(str_eq(list_number_text(list_number_key(&number), text), (struct str){digits, n}));
        memset(number.digits, '0', n);
        ck_assert_uint_eq(list_number_text(list_number_key(&number), text).n, n);
    }
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("lists");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_forms_of_a_number_meet);
    tcase_add_test(tests, a_number_of_every_length_has_its_digits_back_from_its_key);
    tcase_add_test(tests, services_fixed_lines_and_foreign_numbers_are_told_apart);
    tcase_add_test(tests, prefixes_and_ranges_hold_what_lies_in_them);
    tcase_add_test(tests, spans_are_found_as_if_each_were_asked);
    tcase_add_test(tests, a_domain_stands_for_its_subdomains);
    tcase_add_test(tests, ids_and_accounts_are_found_by_their_values);
    tcase_add_test(tests, what_is_no_entry_is_refused_with_a_reason);
    tcase_add_test(tests, the_one_form_of_an_entry_reads_as_itself);
    tcase_add_test(tests, an_entry_counts_until_it_expires_and_says_where_it_comes_from);
    tcase_add_test(tests, what_is_fed_wins_and_its_withdrawal_shows_the_base_again);
    tcase_add_test(tests, reading_anew_removes_what_is_not_there_any_more);
    tcase_add_test(tests, the_digest_is_of_the_entries_whatever_their_order);
    tcase_add_test(tests, unchanged_entries_change_nothing);
    tcase_add_test(tests, a_snapshot_brings_back_what_was_fed);
    tcase_add_test(tests, a_damaged_snapshot_is_refused_whole);
    tcase_add_test(tests, files_of_the_folder_are_the_base);
    tcase_add_test(tests, bad_rows_are_told_with_their_lines);
    return setup_run("lists", tests);
}
