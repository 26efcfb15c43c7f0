/* Libraries offered to a node: what is refused at once, what goes to the loader together, what every one is told. The
 * loader is played by the tests. */
#include "daemon/offers.h"
#include "../setup.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_BYTES 10000

static struct depot *depot;
static struct offers *offers;
static struct fed_set *tried; /* with the loader */
static unsigned attempts;
static char told[4000]; /* a line an answer */

static uint64_t on_submit(void *ctx, struct fed_set *set)
{
    (void)ctx;
    fed_set_unref(&tried);
    tried = set;
    return ++attempts;
}

static void on_answer(void *ctx, const struct answer *answer)
{
    size_t n = strlen(told);

    (void)ctx;
    snprintf(told + n, sizeof(told) - n, "%s %s%s%s%s%s%s\n", answer->name, answer_name(answer->result),
             answer->version[0] != '\0' ? " " : "", answer->version, answer->problems != NULL ? ": " : "",
             answer->problems != NULL ? answer->problems : "", answer->rollback ? " (rollback)" : "");
}

static int verify_nobody(void *ctx, const struct offer *offer, const char *highest, char signers[DEPOT_WHO_BYTES],
                         struct err *err)
{
    (void)ctx;
    (void)highest;
    (void)signers;
    if (str_eqz(offer->signature, "good"))
        return 0;
    err_add(err, "%.*s: not signed", STR_FMT(offer->name));
    return -TS_EINVAL;
}

/* The highest versions that it was asked with. */
static char asked[200];

static int verify_all(void *ctx, const struct offer *offer, const char *highest, char signers[DEPOT_WHO_BYTES],
                      struct err *err)
{
    size_t n = strlen(asked);

    (void)ctx;
    (void)offer;
    (void)signers;
    (void)err;
    snprintf(asked + n, sizeof(asked) - n, "(%s)", highest);
    return 0;
}

static void open_with(offer_verify *verify)
{
    struct err err;
    struct offers_setup setup = {.max_bytes = MAX_BYTES, .verify = verify, .submit = on_submit,
                                 .answered = on_answer};

    err_init(&err);
    depot = depot_open("", &err, &err);
    ck_assert_ptr_nonnull(depot);
    setup.depot = depot;
    offers = offers_new(&setup);
    ck_assert_ptr_nonnull(offers);
    told[0] = '\0';
    attempts = 0;
    err_fini(&err);
}

static void begin(void)
{
    open_with(NULL);
}

static void end(void)
{
    offers_free(&offers);
    depot_close(&depot);
    fed_set_unref(&tried);
}

static void expect(const char *lines)
{
    ck_assert_str_eq(told, lines);
    told[0] = '\0';
}

static void make(struct offer offer)
{
    offer.who = "control.rules";
    offers_make(offers, &offer);
}

static void offer(const char *name, const char *text)
{
    make((struct offer){.name = str_of(name), .text = str_of(text)});
}

static void withdraw(const char *name)
{
    make((struct offer){.name = str_of(name)});
}

static const char *library(const char *name, const char *version)
{
    static char text[4][200];
    static unsigned next;
    char *out = text[next++ % 4];

    snprintf(out, 200, "{\"telsieve\":1,\"library\":\"%s\",\"version\":\"%s\"}", name, version);
    return out;
}

static void settle_with(struct reload_outcome outcome)
{
    outcome.fed = attempts;
    outcome.generation = 7;
    outcome.took_ms = 100;
    offers_settle(offers, &outcome);
}

static void settle(void)
{
    settle_with((struct reload_outcome){.ok = true});
}

START_TEST(an_accepted_library_is_in_the_depot)
{
    offer("refund", library("refund", "1"));
    expect("refund waiting 1\n");
    ck_assert_uint_eq(attempts, 1);
    ck_assert_ptr_nonnull(fed_set_find(tried, "refund"));
    ck_assert_str_eq(fed_set_find(tried, "refund")->place, "control.rules/refund");
    ck_assert(fed_set_find(tried, "refund")->changed);
    ck_assert_uint_eq(depot_count(depot), 0); /* not before the loader said so */
    settle();
    expect("refund accepted 1\n");
    ck_assert_str_eq(depot_find(depot, "refund")->version, "1");
    ck_assert(!offers_pending(offers));
}
END_TEST

START_TEST(what_waits_goes_together_the_latest_of_each)
{
    offer("refund", library("refund", "1"));
    offer("loan", library("loan", "1"));
    offer("loan", library("loan", "2"));
    offer("refund", library("refund", "2"));
    ck_assert_uint_eq(attempts, 1);
    settle();
    expect("refund waiting 1\nloan waiting 1\nloan superseded 1\nloan waiting 2\nrefund waiting 2\n"
           "refund accepted 1\n");
    ck_assert_uint_eq(attempts, 2);
    ck_assert_uint_eq(tried->n, 2);
    settle();
    expect("loan accepted 2\nrefund accepted 2\n");
    ck_assert_uint_eq(attempts, 2);
}
END_TEST

START_TEST(what_is_open_and_the_highest_version_of_a_name_are_known)
{
    ck_assert(!offers_has(offers, "loan"));
    ck_assert_str_eq(offers_highest(offers, "loan"), "");
    offer("loan", library("loan", "2"));
    ck_assert(offers_has(offers, "loan"));
    ck_assert(!offers_has(offers, "refund"));
    ck_assert_str_eq(offers_highest(offers, "loan"), "2");
    settle();
    ck_assert(!offers_has(offers, "loan"));
    withdraw("loan");
    settle();
    ck_assert_str_eq(offers_highest(offers, "loan"), "2");
}
END_TEST

START_TEST(one_bad_of_two_is_refused)
{
    struct reload_refused refused = {(char *)"loan", (char *)"control.rules/loan:3:7: unknown set\n"};

    offer("loan", library("loan", "1"));
    settle();
    offers_hold(offers, true);
    offer("refund", library("refund", "1"));
    offer("loan", library("loan", "2"));
    ck_assert_uint_eq(attempts, 1);
    offers_hold(offers, false);
    ck_assert_uint_eq(attempts, 2);
    told[0] = '\0';
    settle_with((struct reload_outcome){.ok = true, .refused = &refused, .nrefused = 1});
    expect("refund accepted 1\nloan refused 2: control.rules/loan:3:7: unknown set\n\n");
    ck_assert_str_eq(depot_find(depot, "loan")->version, "1"); /* as it was */
    ck_assert_str_eq(depot_highest(depot, "loan"), "1");
}
END_TEST

START_TEST(a_withdrawal_goes_by_the_loader_too)
{
    struct reload_refused refused = {(char *)"refund", (char *)"loan needs refund.bait\n"};

    withdraw("refund");
    expect("refund unchanged\n");
    offer("refund", library("refund", "1"));
    settle();
    told[0] = '\0';
    withdraw("refund");
    ck_assert_ptr_null(fed_set_find(tried, "refund")->text.p);
    settle_with((struct reload_outcome){.ok = true, .refused = &refused, .nrefused = 1});
    expect("refund waiting\nrefund refused: loan needs refund.bait\n\n");
    ck_assert_ptr_nonnull(depot_find(depot, "refund"));
    withdraw("refund");
    settle();
    expect("refund waiting\nrefund withdrawn\n");
    ck_assert_ptr_null(depot_find(depot, "refund"));
}
END_TEST

/* "Unchanged" would say that it is live, and it may be refused yet. */
START_TEST(the_same_bytes_as_are_tried_wait_with_them)
{
    offer("refund", library("refund", "1"));
    offer("refund", library("refund", "1"));
    expect("refund waiting 1\nrefund waiting 1\n");
    settle();
    expect("refund accepted 1\n");
    ck_assert_uint_eq(attempts, 1);
    withdraw("refund");
    withdraw("refund");
    settle();
    expect("refund waiting\nrefund waiting\nrefund withdrawn\n");
}
END_TEST

START_TEST(who_has_the_last_word_on_a_name_is_known)
{
    make((struct offer){.name = STR_LIT("refund"), .text = str_of(library("refund", "1")), .way = DEPOT_BY_HTTP});
    ck_assert(offers_is_by(offers, "refund", DEPOT_BY_HTTP));
    settle();
    ck_assert(offers_is_by(offers, "refund", DEPOT_BY_HTTP));
    offer("refund", library("refund", "2"));
    ck_assert(offers_is_by(offers, "refund", DEPOT_BY_TOPIC));
    withdraw("refund");
    ck_assert(!offers_is_by(offers, "refund", DEPOT_BY_TOPIC));
    ck_assert(!offers_is_by(offers, "loan", DEPOT_BY_HTTP));
}
END_TEST

START_TEST(versions_go_up)
{
    offer("refund", library("refund", "2026.10"));
    settle();
    told[0] = '\0';
    offer("refund", library("refund", "2026.10"));
    expect("refund unchanged 2026.10\n");
    offer("refund", library("refund", "2026.9"));
    expect("refund refused 2026.9: refund: version 2026.9 is not above 2026.10, the highest so far under this name; "
           "raise it, or ask for a rollback\n\n");
    withdraw("refund");
    settle();
    told[0] = '\0';
    offer("refund", library("refund", "2026.10"));
    expect("refund refused 2026.10: refund: version 2026.10 is not above 2026.10, the highest so far under this name; "
           "raise it, or ask for a rollback\n\n");
    make((struct offer){.name = STR_LIT("refund"), .text = str_of(library("refund", "2026.9")), .rollback = true});
    settle();
    expect("refund waiting 2026.9 (rollback)\nrefund accepted 2026.9 (rollback)\n");
    ck_assert_str_eq(depot_find(depot, "refund")->version, "2026.9");
}
END_TEST

START_TEST(an_older_one_behind_one_that_is_tried_is_refused)
{
    offer("refund", library("refund", "5"));
    offer("refund", library("refund", "4"));
    settle();
    expect("refund waiting 5\n"
           "refund refused 4: refund: version 4 is not above 5, the highest so far under this name; raise it, or ask "
           "for a rollback\n\nrefund accepted 5\n");
    ck_assert_uint_eq(attempts, 1);
}
END_TEST

static const struct {
    const char *name, *text, *answer;
} bad[] = {
    {"refund", "", "refund refused: refund: an empty value is no library; to withdraw it send a null value\n\n"},
    {"refund", "{\"library\":",
     "refund refused: control.rules/refund:1:11: not JSON: unexpected token near end of file\n\n"},
    {"refund", "[]", "refund refused: refund: its \"library\" is \"\"; it must be the name it is fed under\n\n"},
    {"refund", "{\"library\":\"loan\",\"version\":\"1\"}",
     "refund refused: refund: its \"library\" is \"loan\"; it must be the name it is fed under\n\n"},
    {"refund", "{\"library\":\"refund\"}",
     "refund refused: refund: \"version\" must be a text of 1 to 63 bytes, such as \"2026.11.22\"\n\n"},
    {"", "{}", " refused: the name of a library has 1 to 63 letters a-z, digits, - and _\n\n"},
    {"+85251234567", "{}", " refused: the name of a library has 1 to 63 letters a-z, digits, - and _\n\n"},
};

START_TEST(bad_form_is_told_at_once)
{
    offer(bad[_i].name, bad[_i].text);
    expect(bad[_i].answer);
    ck_assert_uint_eq(attempts, 0);
}
END_TEST

START_TEST(too_large_is_told_at_once)
{
    static char text[MAX_BYTES + 2];

    memset(text, ' ', MAX_BYTES + 1);
    offer("refund", text);
    expect("refund refused: refund: 10001 bytes are more than control.max_library_bytes (10000)\n\n");
}
END_TEST

START_TEST(only_what_is_signed_is_tried)
{
    end();
    open_with(verify_nobody);
    offer("refund", library("refund", "1"));
    expect("refund refused 1: refund: not signed\n\n");
    make((struct offer){.name = STR_LIT("refund"), .text = str_of(library("refund", "1")),
                        .signature = STR_LIT("good")});
    settle();
    expect("refund waiting 1\nrefund accepted 1\n");
    withdraw("refund");
    expect("refund refused: refund: not signed\n\n");
    make((struct offer){.name = STR_LIT("refund"), .signature = STR_LIT("good")});
    settle();
    expect("refund waiting\nrefund withdrawn\n");
}
END_TEST

START_TEST(signatures_are_looked_at_with_the_highest_version_accepted_or_on_its_way)
{
    end();
    open_with(verify_all);
    asked[0] = '\0';
    offer("refund", library("refund", "3"));
    withdraw("refund"); /* before the loader has answered */
    settle();
    make((struct offer){.name = STR_LIT("refund"), .text = str_of(library("refund", "1")), .rollback = true});
    settle();
    settle();
    withdraw("refund");
    ck_assert_str_eq(asked, "()(3)(3)(3)");
}
END_TEST

START_TEST(when_only_files_are_to_blame_it_is_tried_again)
{
    offer("refund", library("refund", "1"));
    settle_with((struct reload_outcome){.problems = (char *)"patterns/loan.json:1:1: not JSON\n"});
    expect("refund waiting 1\nrefund waiting 1: patterns/loan.json:1:1: not JSON\n\n");
    ck_assert(offers_pending(offers));
    offer("lottery", library("lottery", "1")); /* goes together with it */
    ck_assert_uint_eq(attempts, 2);
    ck_assert_uint_eq(tried->n, 2);
    told[0] = '\0';
    settle();
    expect("refund accepted 1\nlottery accepted 1\n");
}
END_TEST

START_TEST(what_was_live_and_failed_its_proof_is_taken_back)
{
    struct reload_refused refused = {(char *)"refund",
                                     (char *)"control.rules/refund:9:9: the engine does not find it\n"};
    struct fed_set *before = fed_set_new(1);

    ck_assert_int_eq(fed_set_add(before, "refund", str_of(library("refund", "1")), "control.rules/refund", false), 0);
    offer("refund", library("refund", "2"));
    settle();
    told[0] = '\0';
    settle_with((struct reload_outcome){.ok = true, .taken_back = true, .refused = &refused, .nrefused = 1,
                                        .live = before});
    expect("refund refused 2: control.rules/refund:9:9: the engine does not find it\n\n"
           "refund accepted 1 (rollback)\n");
    ck_assert_str_eq(depot_find(depot, "refund")->version, "1");
    fed_set_unref(&before);
}
END_TEST

START_TEST(a_rollback_of_all_is_followed)
{
    struct fed_set *before = fed_set_new(2);

    ck_assert_int_eq(fed_set_add(before, "refund", str_of(library("refund", "1")), "x", false), 0);
    ck_assert_int_eq(fed_set_add(before, "lottery", str_of(library("lottery", "3")), "x", false), 0);
    offer("refund", library("refund", "2"));
    offer("loan", library("loan", "1"));
    settle();
    settle();
    told[0] = '\0';
    offers_follow(offers, before, "token from 127.0.0.1");
    expect("loan withdrawn (rollback)\nrefund accepted 1 (rollback)\nlottery accepted 3 (rollback)\n");
    ck_assert_uint_eq(depot_count(depot), 2);
    offer("refund", library("refund", "2")); /* as the topic still holds it at the next start */
    ck_assert_ptr_nonnull(strstr(told, "refund refused 2"));
    fed_set_unref(&before);
}
END_TEST

START_TEST(a_kept_one_that_no_longer_goes_is_let_go)
{
    struct reload_refused refused = {(char *)"refund", (char *)"control.rules/refund:2:2: unknown set shared.x\n"};

    offer("refund", library("refund", "2"));
    settle();
    told[0] = '\0';
    settle_with((struct reload_outcome){.ok = true, .refused = &refused, .nrefused = 1}); /* of a reload of files */
    expect("refund refused 2: control.rules/refund:2:2: unknown set shared.x\n\n");
    ck_assert_uint_eq(depot_count(depot), 0);
    offer("refund", library("refund", "1")); /* who replays an older one does not profit */
    expect("refund refused 1: refund: version 1 is not above 2, the highest so far under this name; raise it, or ask "
           "for a rollback\n\n");
    offer("refund", library("refund", "2")); /* the topic offers it again */
    expect("refund waiting 2\n");
    settle();
    withdraw("refund");
    settle();
    told[0] = '\0';
    offer("refund", library("refund", "2"));
    expect("refund refused 2: refund: version 2 is not above 2, the highest so far under this name; raise it, or ask "
           "for a rollback\n\n");
}
END_TEST

/* A reload of files was under way when it came. */
START_TEST(the_outcome_of_an_attempt_that_did_not_know_of_it_is_no_answer)
{
    const struct reload_outcome other = {.ok = true};

    offer("refund", library("refund", "1"));
    told[0] = '\0';
    offers_settle(offers, &other);
    expect("");
    ck_assert(offers_pending(offers));
    settle();
    expect("refund accepted 1\n");
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("offers");

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, an_accepted_library_is_in_the_depot);
    tcase_add_test(tests, the_outcome_of_an_attempt_that_did_not_know_of_it_is_no_answer);
    tcase_add_test(tests, what_waits_goes_together_the_latest_of_each);
    tcase_add_test(tests, what_is_open_and_the_highest_version_of_a_name_are_known);
    tcase_add_test(tests, one_bad_of_two_is_refused);
    tcase_add_test(tests, a_withdrawal_goes_by_the_loader_too);
    tcase_add_test(tests, the_same_bytes_as_are_tried_wait_with_them);
    tcase_add_test(tests, who_has_the_last_word_on_a_name_is_known);
    tcase_add_test(tests, versions_go_up);
    tcase_add_test(tests, an_older_one_behind_one_that_is_tried_is_refused);
    tcase_add_loop_test(tests, bad_form_is_told_at_once, 0, sizeof(bad) / sizeof(*bad));
    tcase_add_test(tests, too_large_is_told_at_once);
    tcase_add_test(tests, only_what_is_signed_is_tried);
    tcase_add_test(tests, when_only_files_are_to_blame_it_is_tried_again);
    tcase_add_test(tests, what_was_live_and_failed_its_proof_is_taken_back);
    tcase_add_test(tests, a_rollback_of_all_is_followed);
    tcase_add_test(tests, a_kept_one_that_no_longer_goes_is_let_go);
    tcase_add_test(tests, signatures_are_looked_at_with_the_highest_version_accepted_or_on_its_way);
    return setup_run("offers", tests);
}
