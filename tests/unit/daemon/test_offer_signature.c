/* What a node asks of those who feed it: each way to require signatures, replays, and keys that come and go. */
#include "daemon/offer_signature.h"
#include "../match/keys_setup.h"
#include "core/day.h"
#include "match/signature.h"

#include <unistd.h>

#define TEXT "{\"library\":\"refund\",\"version\":\"2026.11.22\"}"

static struct config *config;
static struct offer_signature *asked;
static struct err err;
static char signers[DEPOT_WHO_BYTES], *json;

static void setup(void)
{
    make_folder();
    err_init(&err);
    trust("centre-a", 0, day_in(-10), day_in(10));
    trust("centre-b", 1, day_in(-10), day_in(10));
}

static void teardown(void)
{
    offer_signature_free(&asked);
    config_free(&config);
    err_fini(&err);
    free(json);
    json = NULL;
    remove_folder();
}

static void ask(const char *require, const char *signatures)
{
    char keys[100], mode[60], number[60];
    const char *const sets[] = {keys, mode, number};

    snprintf(keys, sizeof(keys), "rules.trusted_keys=%s", folder);
    snprintf(mode, sizeof(mode), "rules.require_signature=%s", require);
    snprintf(number, sizeof(number), "rules.signatures=%s", signatures);
    config = config_load(NULL, sets, 3, &err);
    ck_assert_msg(config != NULL, "%s", err.text);
    asked = offer_signature_new(config, &err);
    ck_assert_msg(asked != NULL, "%s", err.text);
}

static struct offer offer_of(enum signature_action action)
{
    return (struct offer){.name = STR_LIT("refund"),
                          .text = action == SIGNATURE_WITHDRAW ? (struct str){0} : STR_LIT(TEXT),
                          .rollback = action == SIGNATURE_ROLLBACK,
                          .way = DEPOT_BY_TOPIC};
}

/* Signed by the first `n` of the two keys. */
static struct str sign(enum signature_action action, const char *over, size_t n)
{
    static const char *const names[] = {"centre-a", "centre-b"};
    struct offer offer = offer_of(action);
    const struct signed_library library = {action, offer.name, offer.text};
    struct signatures signatures = {0};

    strcpy(signatures.over, over);
    for (size_t i = 0; i < n; i++) {
        struct signing_key *key = key_of_seed(rfc8032[i].seed);
        struct str payload;
        payload.p = signature_payload(&library, over, &payload.n);
        ck_assert_int_eq(signing_key_sign(key, payload, signatures_slot(&signatures, names[i])->bytes), 0);
        free((char *)payload.p);
        signing_key_free(&key);
    }
    free(json);
    json = signatures_write(&signatures);
    return str_of(json);
}

static int verify(struct offer offer, struct str signature, const char *highest)
{
    offer.signature = signature;
    return offer_signature_verify(asked, &offer, highest, signers, &err);
}

static void refused(struct offer offer, struct str signature, const char *highest, const char *said)
{
    ck_assert_int_lt(verify(offer, signature, highest), 0);
    ck_assert_msg(err.text != NULL && strstr(err.text, said) != NULL, "\"%s\" in %s", said, err.text);
    ck_assert_str_eq(signers, "");
}

START_TEST(on_takes_what_is_signed_and_nothing_else)
{
    ask("on", "1");
    ck_assert(offer_signature_is_required(asked));
    ck_assert_int_eq(verify(offer_of(SIGNATURE_PUT), sign(SIGNATURE_PUT, "", 1), "2026.11.21"), 0);
    ck_assert_str_eq(signers, "centre-a");
    refused(offer_of(SIGNATURE_PUT), STR_LIT(""), "", "refund: it is not signed; the header telsieve.signature");
    refused(offer_of(SIGNATURE_PUT), STR_LIT("{}"), "", "\"v\" must be 1");
}
END_TEST

START_TEST(warn_takes_all_and_says_who_did_not_sign)
{
    ask("warn", "1");
    ck_assert(!offer_signature_is_required(asked));
    ck_assert_int_eq(verify(offer_of(SIGNATURE_PUT), sign(SIGNATURE_PUT, "", 1), ""), 0);
    ck_assert_str_eq(signers, "centre-a");
    ck_assert_int_eq(verify(offer_of(SIGNATURE_PUT), STR_LIT(""), ""), 0);
    ck_assert_str_eq(signers, "unsigned");
    ck_assert_uint_eq(err.count, 0);
}
END_TEST

START_TEST(off_takes_all_and_names_who_signed)
{
    ask("off", "1");
    ck_assert_int_eq(verify(offer_of(SIGNATURE_PUT), sign(SIGNATURE_PUT, "", 2), ""), 0);
    ck_assert_str_eq(signers, "centre-a,centre-b");
    ck_assert_int_eq(verify(offer_of(SIGNATURE_PUT), STR_LIT("nonsense"), ""), 0);
    ck_assert_str_eq(signers, "");
    ck_assert_str_eq(offer_signature_trouble(asked), "");
}
END_TEST

START_TEST(four_eyes_are_two_keys)
{
    ask("on", "2");
    refused(offer_of(SIGNATURE_PUT), sign(SIGNATURE_PUT, "", 1), "", "signed by 1 of the 2 different keys");
    ck_assert_int_eq(verify(offer_of(SIGNATURE_PUT), sign(SIGNATURE_PUT, "", 2), ""), 0);
    ck_assert_str_eq(signers, "centre-a,centre-b");
}
END_TEST

START_TEST(a_library_signed_once_is_no_word_for_a_rollback_or_a_withdrawal)
{
    ask("on", "1");
    refused(offer_of(SIGNATURE_ROLLBACK), sign(SIGNATURE_PUT, "", 1), "2026.11.23", "must be signed as such");
    refused(offer_of(SIGNATURE_WITHDRAW), sign(SIGNATURE_PUT, "", 1), "2026.11.23", "must be signed as such");
    refused(offer_of(SIGNATURE_WITHDRAW), sign(SIGNATURE_ROLLBACK, "2026.11.23", 1), "2026.11.23", "does not fit");
    refused(offer_of(SIGNATURE_PUT), sign(SIGNATURE_ROLLBACK, "2026.11.23", 1), "",
            "signed it for rollback; it is offered for put");
}
END_TEST

static const enum signature_action setting_aside[] = {SIGNATURE_ROLLBACK, SIGNATURE_WITHDRAW};

START_TEST(what_sets_a_version_aside_cannot_be_replayed_against_a_later_one)
{
    struct str signature;

    ask("on", "1");
    signature = sign(setting_aside[_i], "2026.11.23", 1);
    ck_assert_int_eq(verify(offer_of(setting_aside[_i]), signature, "2026.11.23"), 0);
    ck_assert_int_eq(verify(offer_of(setting_aside[_i]), signature, "2026.11.22"), 0); /* the node was away */
    ck_assert_int_eq(verify(offer_of(setting_aside[_i]), signature, ""), 0);           /* or is new */
    refused(offer_of(setting_aside[_i]), signature, "2026.11.24", "and 2026.11.24 was accepted since");
}
END_TEST

START_TEST(an_absence_is_told_apart_from_a_message_without_signature)
{
    struct offer absent = offer_of(SIGNATURE_WITHDRAW);

    ask("on", "1");
    absent.partition = -1;
    refused(absent, STR_LIT(""), "2026.11.22", "absent from the topic, which nobody can sign");
    absent.way = DEPOT_BY_HTTP;
    refused(absent, STR_LIT(""), "2026.11.22", "the header Telsieve-Signature");
}
END_TEST

START_TEST(keys_come_and_go_with_each_refresh)
{
    ask("on", "1");
    ck_assert_int_eq(unlink(in_folder("centre-a.json")), 0);
    ck_assert_int_eq(verify(offer_of(SIGNATURE_PUT), sign(SIGNATURE_PUT, "", 1), ""), 0);
    offer_signature_refresh(asked);
    refused(offer_of(SIGNATURE_PUT), sign(SIGNATURE_PUT, "", 1), "", "\"centre-a\" is not among those trusted");
    trust("centre-a", 0, day_in(-10), day_in(-1));
    offer_signature_refresh(asked);
    refused(offer_of(SIGNATURE_PUT), sign(SIGNATURE_PUT, "", 1), "", "\"centre-a\" expired");
    ck_assert_str_eq(offer_signature_trouble(asked), "");
    trust("centre-b", 1, day_in(-10), day_in(-1));
    offer_signature_refresh(asked);
    ck_assert_ptr_nonnull(strstr(offer_signature_trouble(asked), "0 of its keys are valid today"));
}
END_TEST

START_TEST(keys_that_cannot_be_read_again_leave_those_of_before_and_are_a_trouble)
{
    ask("on", "1");
    write_in_folder("centre-c.json", "{");
    offer_signature_refresh(asked);
    ck_assert_ptr_nonnull(strstr(offer_signature_trouble(asked), "centre-c.json:1:"));
    ck_assert_int_eq(verify(offer_of(SIGNATURE_PUT), sign(SIGNATURE_PUT, "", 1), ""), 0);
    ck_assert_int_eq(unlink(in_folder("centre-c.json")), 0);
    offer_signature_refresh(asked);
    ck_assert_str_eq(offer_signature_trouble(asked), "");
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("offer_signature");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, on_takes_what_is_signed_and_nothing_else);
    tcase_add_test(tests, warn_takes_all_and_says_who_did_not_sign);
    tcase_add_test(tests, off_takes_all_and_names_who_signed);
    tcase_add_test(tests, four_eyes_are_two_keys);
    tcase_add_test(tests, a_library_signed_once_is_no_word_for_a_rollback_or_a_withdrawal);
    tcase_add_loop_test(tests, what_sets_a_version_aside_cannot_be_replayed_against_a_later_one, 0, 2);
    tcase_add_test(tests, an_absence_is_told_apart_from_a_message_without_signature);
    tcase_add_test(tests, keys_come_and_go_with_each_refresh);
    tcase_add_test(tests, keys_that_cannot_be_read_again_leave_those_of_before_and_are_a_trouble);
    return setup_run("offer_signature", tests);
}
