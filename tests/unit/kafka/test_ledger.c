/* test_ledger.c - the watermark never passes a record in flight, and the books always balance. */
#include "kafka/ledger.h"
#include "../setup.h"

#include <check.h>
#include <stdlib.h>

static struct ledger *ledger;

static void setup(void)
{
    ledger = ledger_new("sms", 3);
    ck_assert_ptr_nonnull(ledger);
    ledger_renew(ledger);
}

static void teardown(void)
{
    ledger_free(&ledger);
    ck_assert_ptr_null(ledger);
}

static void clean_message(int64_t offset)
{
    ledger_begin(ledger, offset);
    ledger_settle(ledger, LEDGER_CLEAN);
    ledger_end(ledger);
}

static void warned_message(int64_t offset)
{
    ledger_begin(ledger, offset);
    ck_assert_int_eq(ledger_open(ledger), 0);
    ledger_end(ledger);
}

static void check_balance(void)
{
    const struct ledger_books *b = ledger_books(ledger);
    uint64_t sum = b->in_flight;

    for (int i = 0; i < LEDGER_OUTCOMES; i++)
        sum += b->outcome[i];
    ck_assert_uint_eq(sum, b->consumed);
}

START_TEST(nothing_judged_stores_nothing)
{
    ck_assert_int_eq(ledger_watermark(ledger), -1);
    ck_assert_str_eq(ledger_topic(ledger), "sms");
    ck_assert_int_eq(ledger_partition(ledger), 3);
}
END_TEST

START_TEST(clean_messages_move_the_watermark_past_themselves)
{
    clean_message(100);
    ck_assert_int_eq(ledger_watermark(ledger), 101);
    clean_message(101);
    ck_assert_int_eq(ledger_watermark(ledger), 102);
}
END_TEST

START_TEST(a_message_being_judged_is_not_passed)
{
    clean_message(7);
    ledger_begin(ledger, 8);
    ledger_settle(ledger, LEDGER_CLEAN);
    ck_assert_int_eq(ledger_watermark(ledger), 8);
    ledger_end(ledger);
    ck_assert_int_eq(ledger_watermark(ledger), 9);
}
END_TEST

START_TEST(a_report_during_its_own_message_does_not_pass_the_rest_of_it)
{
    clean_message(7);
    ledger_begin(ledger, 8);
    ck_assert_int_eq(ledger_open(ledger), 0);
    ck_assert(ledger_close(ledger, ledger_epoch(ledger), 8, LEDGER_WARNED));
    ck_assert_int_eq(ledger_watermark(ledger), 8);
    ck_assert_int_eq(ledger_open(ledger), 0);
    ledger_end(ledger);
    ck_assert_int_eq(ledger_watermark(ledger), 8);
    ck_assert(ledger_close(ledger, ledger_epoch(ledger), 8, LEDGER_WARNED));
    ck_assert_int_eq(ledger_watermark(ledger), 9);
}
END_TEST

START_TEST(the_watermark_waits_for_the_lowest_record_in_flight)
{
    uint64_t epoch = ledger_epoch(ledger);

    warned_message(10);
    clean_message(11);
    warned_message(12);
    clean_message(13);
    ck_assert_int_eq(ledger_watermark(ledger), 10);
    ck_assert(ledger_close(ledger, epoch, 12, LEDGER_WARNED)); /* reports come in any order */
    ck_assert_int_eq(ledger_watermark(ledger), 10);
    ck_assert(ledger_close(ledger, epoch, 10, LEDGER_WARNED));
    ck_assert_int_eq(ledger_watermark(ledger), 14);
}
END_TEST

START_TEST(a_message_with_many_records_waits_for_all_of_them)
{
    uint64_t epoch = ledger_epoch(ledger);

    ledger_begin(ledger, 5);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(ledger_open(ledger), 0);
    ledger_settle(ledger, LEDGER_SUPPRESSED);
    ledger_end(ledger);
    ck_assert_uint_eq(ledger_waiting(ledger), 3);
    ck_assert(ledger_close(ledger, epoch, 5, LEDGER_WARNED));
    ck_assert(ledger_close(ledger, epoch, 5, LEDGER_DEAD_LETTERED));
    ck_assert_int_eq(ledger_watermark(ledger), 5);
    ck_assert(ledger_close(ledger, epoch, 5, LEDGER_WARNED));
    ck_assert_int_eq(ledger_watermark(ledger), 6);
    ck_assert_uint_eq(ledger_books(ledger)->consumed, 4);
    check_balance();
}
END_TEST

START_TEST(gaps_of_compaction_and_transactions_are_no_loss)
{
    warned_message(10);
    clean_message(5000);
    ck_assert_int_eq(ledger_watermark(ledger), 10);
    ck_assert(ledger_close(ledger, ledger_epoch(ledger), 10, LEDGER_WARNED));
    ck_assert_int_eq(ledger_watermark(ledger), 5001);
}
END_TEST

START_TEST(a_report_of_a_lost_assignment_settles_the_books_but_no_offset)
{
    uint64_t old = ledger_epoch(ledger);

    warned_message(10);
    ledger_renew(ledger);
    ck_assert_int_eq(ledger_watermark(ledger), -1);
    ck_assert_uint_eq(ledger_waiting(ledger), 0);
    warned_message(10); /* read again after the partition came back */
    ck_assert(!ledger_close(ledger, old, 10, LEDGER_WARNED));
    ck_assert_int_eq(ledger_watermark(ledger), 10);
    ck_assert_uint_eq(ledger_books(ledger)->in_flight, 1);
    ck_assert(ledger_close(ledger, ledger_epoch(ledger), 10, LEDGER_WARNED));
    ck_assert_int_eq(ledger_watermark(ledger), 11);
    ck_assert_uint_eq(ledger_books(ledger)->outcome[LEDGER_WARNED], 2);
    check_balance();
}
END_TEST

START_TEST(a_topic_made_anew_starts_a_new_epoch)
{
    uint64_t old = ledger_epoch(ledger);

    warned_message(900);
    ck_assert(ledger_begin(ledger, 0));
    ledger_settle(ledger, LEDGER_CLEAN);
    ledger_end(ledger);
    ck_assert_int_eq(ledger_watermark(ledger), 1);
    ck_assert(!ledger_close(ledger, old, 900, LEDGER_WARNED));
    ck_assert_int_eq(ledger_watermark(ledger), 1);
    check_balance();
}
END_TEST

/* The model: every record ever opened, in an array, searched from the start. */
#define MODEL_MAX 4096
struct model_record {
    int64_t offset;
    uint64_t epoch;
    bool open;
};

static struct model_record model[MODEL_MAX];
static size_t nmodel;

static int64_t model_watermark(uint64_t epoch, int64_t next)
{
    for (size_t i = 0; i < nmodel; i++)
        if (model[i].open && model[i].epoch == epoch)
            return model[i].offset; /* opened in ascending order */
    return next;
}

static void model_close_one(unsigned *seed)
{
    size_t start = (size_t)rand_r(seed) % nmodel;

    for (size_t i = 0; i < nmodel; i++) {
        struct model_record *r = &model[(start + i) % nmodel];
        if (!r->open)
            continue;
        r->open = false;
        ck_assert_int_eq(ledger_close(ledger, r->epoch, r->offset, LEDGER_WARNED), r->epoch == ledger_epoch(ledger));
        return;
    }
}

START_TEST(random_histories_agree_with_a_plain_model)
{
    unsigned seed = (unsigned)_i + 1;
    int64_t offset = 0, next = -1;

    nmodel = 0;
    for (int step = 0; step < 3000 && nmodel + 8 < MODEL_MAX; step++) {
        int what = rand_r(&seed) % 100;
        if (what < 45) {
            int records = rand_r(&seed) % 4;
            offset += 1 + (rand_r(&seed) % 5 == 0 ? rand_r(&seed) % 1000 : 0);
            ck_assert(!ledger_begin(ledger, offset));
            while (records-- > 0) {
                if (rand_r(&seed) % 2 == 0) {
                    ledger_settle(ledger, LEDGER_CLEAN);
                } else {
                    ck_assert_int_eq(ledger_open(ledger), 0);
                    model[nmodel++] = (struct model_record){offset, ledger_epoch(ledger), true};
                }
                ck_assert_int_eq(ledger_watermark(ledger), model_watermark(ledger_epoch(ledger), next));
            }
            ledger_end(ledger);
            next = offset + 1;
        } else if (what < 99) {
            if (nmodel > 0)
                model_close_one(&seed);
        } else {
            ledger_renew(ledger);
            offset = rand_r(&seed) % 2 == 0 ? offset : offset / 2;
            next = -1;
        }
        ck_assert_int_eq(ledger_watermark(ledger), model_watermark(ledger_epoch(ledger), next));
        check_balance();
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("ledger");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, nothing_judged_stores_nothing);
    tcase_add_test(tcase, clean_messages_move_the_watermark_past_themselves);
    tcase_add_test(tcase, a_message_being_judged_is_not_passed);
    tcase_add_test(tcase, a_report_during_its_own_message_does_not_pass_the_rest_of_it);
    tcase_add_test(tcase, the_watermark_waits_for_the_lowest_record_in_flight);
    tcase_add_test(tcase, a_message_with_many_records_waits_for_all_of_them);
    tcase_add_test(tcase, gaps_of_compaction_and_transactions_are_no_loss);
    tcase_add_test(tcase, a_report_of_a_lost_assignment_settles_the_books_but_no_offset);
    tcase_add_test(tcase, a_topic_made_anew_starts_a_new_epoch);
    tcase_add_loop_test(tcase, random_histories_agree_with_a_plain_model, 0, 30);
    return setup_run("ledger", tcase);
}
