/* What was fed is there after the next start, whole or not at all. */
#include "daemon/depot.h"
#include "../setup.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define REFUND "{\"telsieve\":1,\"library\":\"refund\",\"version\":\"2026.11.22\"}"
#define LOAN "{\"telsieve\":1,\"library\":\"loan\",\"version\":\"2026.11.20\"}"

static char folder[64];

static void make_folder(void)
{
    strcpy(folder, "/tmp/telsieve-depot-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[100];

    snprintf(command, sizeof(command), "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/* With as many problems of what is read back. */
static struct depot *open_depot(const char *where, unsigned damages)
{
    struct err damage, err;
    struct depot *depot;

    err_init(&damage);
    err_init(&err);
    depot = depot_open(where, &damage, &err);
    ck_assert_msg(depot != NULL, "%s", err.text);
    ck_assert_msg(damage.count == damages, "%s", damage.text != NULL ? damage.text : "no damage");
    err_fini(&damage);
    err_fini(&err);
    return depot;
}

static void put(struct depot *depot, const char *name, const char *version, const char *text)
{
    struct depot_item item = {.way = DEPOT_BY_TOPIC, .partition = 0, .offset = 7, .at_ms = 1763776800000,
                              .text = str_of(text)};

    strcpy(item.name, name);
    strcpy(item.version, version);
    strcpy(item.who, "control.rules");
    depot_digest(item.text, item.sha256);
    ck_assert_int_eq(depot_put(depot, &item), 0);
}

static bool keep_draft(struct depot *depot, struct depot_draft *draft)
{
    struct err err;
    bool written;

    err_init(&err);
    ck_assert_ptr_nonnull(draft);
    written = depot_draft_write(draft, &err) == 0;
    depot_settle(depot, &draft, written);
    ck_assert_msg(written == (err.count == 0), "%s", err.count > 0 ? err.text : "no reason is given");
    err_fini(&err);
    return written;
}

static void keep(struct depot *depot)
{
    ck_assert(keep_draft(depot, depot_draft(depot)));
}

static void write_over(const char *file, const char *text)
{
    char path[200];
    FILE *out;

    snprintf(path, sizeof(path), "%s/%s", folder, file);
    out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    fputs(text, out);
    fclose(out);
}

START_TEST(comes_back)
{
    struct depot *depot = open_depot(folder, 0);
    const struct depot_item *item;

    put(depot, "refund", "2026.11.22", REFUND);
    put(depot, "loan", "2026.11.20", LOAN);
    keep(depot);
    depot_close(&depot);
    depot = open_depot(folder, 0);
    ck_assert_uint_eq(depot_count(depot), 2);
    ck_assert_str_eq(depot_at(depot, 0)->name, "loan");
    item = depot_find(depot, "refund");
    ck_assert_ptr_nonnull(item);
    ck_assert(str_eqz(item->text, REFUND));
    ck_assert_str_eq(item->version, "2026.11.22");
    ck_assert_str_eq(item->who, "control.rules");
    ck_assert_int_eq(item->offset, 7);
    ck_assert_int_eq(item->at_ms, 1763776800000);
    depot_close(&depot);
}
END_TEST

START_TEST(replaces_and_removes)
{
    struct depot *depot = open_depot(folder, 0);

    put(depot, "refund", "2026.11.22", REFUND);
    put(depot, "refund", "2026.11.23", LOAN);
    ck_assert_uint_eq(depot_count(depot), 1);
    ck_assert(str_eqz(depot_find(depot, "refund")->text, LOAN));
    depot_remove(depot, "refund");
    depot_remove(depot, "refund");
    ck_assert_uint_eq(depot_count(depot), 0);
    keep(depot);
    depot_close(&depot);
    depot = open_depot(folder, 0);
    ck_assert_uint_eq(depot_count(depot), 0);
    ck_assert_str_eq(depot_highest(depot, "refund"), "2026.11.23"); /* also when it is withdrawn */
    ck_assert_str_eq(depot_highest(depot, "loan"), "");
    depot_close(&depot);
}
END_TEST

START_TEST(highest_stays_behind_a_rollback)
{
    struct depot *depot = open_depot("", 0);

    put(depot, "refund", "2026.11.23", REFUND);
    put(depot, "refund", "2026.11.22", LOAN);
    ck_assert_str_eq(depot_highest(depot, "refund"), "2026.11.23");
    ck_assert_str_eq(depot_find(depot, "refund")->version, "2026.11.22");
    depot_close(&depot);
}
END_TEST

START_TEST(damaged_text_is_left_out)
{
    struct depot *depot = open_depot(folder, 0);
    char file[DEPOT_HASH_BYTES + 8];

    put(depot, "refund", "2026.11.22", REFUND);
    put(depot, "loan", "2026.11.20", LOAN);
    keep(depot);
    snprintf(file, sizeof(file), "%s.json", depot_find(depot, "refund")->sha256 + 7);
    depot_close(&depot);
    write_over(file, "{");
    depot = open_depot(folder, 1);
    ck_assert_uint_eq(depot_count(depot), 1);
    ck_assert(depot_is_lost(depot, "refund")); /* so that it can be fed again, */
    ck_assert_str_eq(depot_highest(depot, "refund"), "2026.11.22"); /* but none below */
    keep(depot);
    depot_close(&depot);
    depot = open_depot(folder, 0);
    ck_assert(depot_is_lost(depot, "refund"));
    ck_assert_str_eq(depot_highest(depot, "loan"), "2026.11.20");
    put(depot, "refund", "2026.11.22", REFUND);
    ck_assert(!depot_is_lost(depot, "refund"));
    keep(depot);
    depot_close(&depot);
    depot = open_depot(folder, 0);
    ck_assert_uint_eq(depot_count(depot), 2);
    depot_close(&depot);
}
END_TEST

START_TEST(damaged_index_is_an_empty_depot)
{
    struct depot *depot;

    write_over("depot.json", "{\"v\":1,\"libraries\":");
    depot = open_depot(folder, 1);
    ck_assert_uint_eq(depot_count(depot), 0);
    depot_close(&depot);
}
END_TEST

START_TEST(old_texts_go)
{
    struct depot *depot = open_depot(folder, 0);
    char command[100];

    put(depot, "refund", "2026.11.22", REFUND);
    keep(depot);
    put(depot, "refund", "2026.11.23", LOAN);
    keep(depot);
    depot_close(&depot);
    snprintf(command, sizeof(command), "test $(ls %s | wc -l) = 2", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(nothing_new_is_not_written)
{
    struct depot *depot = open_depot(folder, 0);

    put(depot, "refund", "2026.11.22", REFUND);
    keep(depot);
    write_over("depot.json", "?");
    keep(depot); /* as it was */
    depot_close(&depot);
    depot = open_depot(folder, 1); /* nobody mended it */
    put(depot, "refund", "2026.11.23", REFUND);
    keep(depot);
    depot_close(&depot);
    depot = open_depot(folder, 0);
    ck_assert_str_eq(depot_find(depot, "refund")->version, "2026.11.23");
    depot_close(&depot);
}
END_TEST

START_TEST(a_draft_is_what_was_there_when_it_was_made)
{
    struct depot *depot = open_depot(folder, 0);
    struct depot_draft *draft;

    put(depot, "refund", "2026.11.22", REFUND);
    draft = depot_draft(depot);
    put(depot, "refund", "2026.11.23", LOAN);
    depot_remove(depot, "refund");
    ck_assert(keep_draft(depot, draft));
    depot_close(&depot);
    depot = open_depot(folder, 0);
    ck_assert(str_eqz(depot_find(depot, "refund")->text, REFUND));
    depot_close(&depot);
}
END_TEST

START_TEST(a_text_that_the_folder_has_lost_is_written_by_the_draft_after_the_one_that_failed)
{
    struct depot *depot = open_depot(folder, 0);
    char command[100];

    put(depot, "refund", "2026.11.22", REFUND);
    keep(depot);
    snprintf(command, sizeof(command), "rm %s/[0-9a-f]*.json", folder);
    ck_assert_int_eq(system(command), 0);
    put(depot, "loan", "2026.11.20", LOAN);
    ck_assert(!keep_draft(depot, depot_draft(depot)));
    keep(depot);
    depot_close(&depot);
    depot = open_depot(folder, 0);
    ck_assert_uint_eq(depot_count(depot), 2);
    depot_close(&depot);
}
END_TEST

START_TEST(bad_folder_is_told)
{
    struct err damage, err;

    err_init(&damage);
    err_init(&err);
    ck_assert_ptr_null(depot_open("/proc/no/such", &damage, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "control.state: /proc/no/such cannot be used"));
    err_fini(&damage);
    err_fini(&err);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("depot");

    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, comes_back);
    tcase_add_test(tests, replaces_and_removes);
    tcase_add_test(tests, highest_stays_behind_a_rollback);
    tcase_add_test(tests, damaged_text_is_left_out);
    tcase_add_test(tests, damaged_index_is_an_empty_depot);
    tcase_add_test(tests, old_texts_go);
    tcase_add_test(tests, nothing_new_is_not_written);
    tcase_add_test(tests, a_draft_is_what_was_there_when_it_was_made);
    tcase_add_test(tests, a_text_that_the_folder_has_lost_is_written_by_the_draft_after_the_one_that_failed);
    tcase_add_test(tests, bad_folder_is_told);
    return setup_run("depot", tests);
}
