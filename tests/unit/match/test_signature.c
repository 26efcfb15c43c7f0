/* What is signed well is accepted; everything that can be wrong with a signature is refused and said. */
#include "keys_setup.h"
#include "match/signature.h"

#define TODAY 20261122
#define TEXT "{\"library\":\"refund\",\"version\":\"2026.11.22\"}"
#define OVER "2026.11.22.3"

static struct keyring *keyring;
static struct signing_key *keys[4]; /* of rfc8032 */
static struct err err;

static void setup(void)
{
    make_folder();
    err_init(&err);
    trust("centre-a", 0, 20260101, 20271231);
    trust("centre-b", 1, 20260101, 20271231);
    trust("expired", 2, 20250101, TODAY - 1);
    trust("early", 3, TODAY + 1, 20271231);
    keyring = keyring_load(folder, &err);
    ck_assert_msg(keyring != NULL, "%s", err.text);
    for (size_t i = 0; i < 4; i++)
        keys[i] = key_of_seed(rfc8032[i].seed);
}

static void teardown(void)
{
    for (size_t i = 0; i < 4; i++)
        signing_key_free(&keys[i]);
    keyring_free(&keyring);
    err_fini(&err);
    remove_folder();
}

static struct signed_library library_for(enum signature_action action)
{
    struct str text = action == SIGNATURE_WITHDRAW ? STR_LIT("") : STR_LIT(TEXT);

    return (struct signed_library){action, STR_LIT("refund"), text};
}

static void sign(struct signatures *signatures, const char *name, size_t key, struct signed_library library)
{
    struct signature *slot = signatures_slot(signatures, name);
    struct str payload;

    ck_assert_ptr_nonnull(slot);
    payload.p = signature_payload(&library, signatures->over, &payload.n);
    ck_assert_int_eq(signing_key_sign(keys[key], payload, slot->bytes), 0);
    free((char *)payload.p);
}

static int verify(const struct signatures *signatures, struct signed_library library, size_t needed, char signers[128])
{
    return signatures_verify(signatures, &library, keyring, TODAY, needed, signers, 128, "refund", &err);
}

static void refused(const struct signatures *signatures, struct signed_library library, size_t needed, const char *said)
{
    char signers[128];

    ck_assert_int_lt(verify(signatures, library, needed, signers), 0);
    ck_assert_msg(err.text != NULL && strstr(err.text, said) != NULL, "\"%s\" in %s", said, err.text);
    ck_assert_int_eq(strncmp(err.text, "refund: ", 8), 0);
}

/* ---- well signed ---- */

START_TEST(what_is_signed_is_written_down_exactly)
{
    const struct signed_library put = library_for(SIGNATURE_PUT), back = library_for(SIGNATURE_ROLLBACK),
                                gone = library_for(SIGNATURE_WITHDRAW);
    const char *const expected[] = {"telsieve library 1\nput\nrefund\n" TEXT,
                                    "telsieve library 1\nrollback\nrefund\n" OVER "\n" TEXT,
                                    "telsieve library 1\nwithdraw\nrefund\n" OVER "\n"};
    const struct signed_library *const all[] = {&put, &back, &gone};

    for (size_t i = 0; i < 3; i++) {
        struct str payload;
        payload.p = signature_payload(all[i], OVER, &payload.n);
        ck_assert(str_eqz(payload, expected[i]));
        free((char *)payload.p);
    }
}
END_TEST

START_TEST(each_action_is_accepted_and_its_signers_are_named)
{
    struct signatures signatures = {.over = OVER}, again;
    struct signed_library library = library_for((enum signature_action)_i);
    char signers[128], *json;

    sign(&signatures, "centre-a", 0, library);
    sign(&signatures, "centre-b", 1, library);
    json = signatures_write(&signatures);
    ck_assert_ptr_null(strchr(json, '\n'));
    ck_assert_int_eq(signatures_read(str_of(json), &again, "refund", &err), 0);
    ck_assert_mem_eq(&again, &signatures, sizeof(again));
    ck_assert_msg(verify(&again, library, 2, signers) == 0, "%s", err.text);
    ck_assert_str_eq(signers, "centre-a,centre-b");
    free(json);
}
END_TEST

START_TEST(signatures_that_do_not_count_do_not_matter_beside_those_that_do)
{
    struct signatures signatures = {0};
    struct signed_library library = library_for(SIGNATURE_PUT);
    char signers[128];

    sign(&signatures, "retired", 3, library);
    sign(&signatures, "expired", 2, library);
    sign(&signatures, "centre-b", 1, library);
    ck_assert_int_eq(verify(&signatures, library, 1, signers), 0);
    ck_assert_str_eq(signers, "centre-b");
    ck_assert_uint_eq(err.count, 0);
}
END_TEST

START_TEST(a_key_holds_through_its_first_and_last_day)
{
    struct signatures signatures = {0};
    struct signed_library library = library_for(SIGNATURE_PUT);
    char signers[128];

    sign(&signatures, "early", 3, library);
    ck_assert_int_lt(signatures_verify(&signatures, &library, keyring, TODAY, 1, signers, 128, "", &err), 0);
    ck_assert_int_eq(signatures_verify(&signatures, &library, keyring, TODAY + 1, 1, signers, 128, "", &err), 0);
    ck_assert_int_eq(signatures_verify(&signatures, &library, keyring, 20271231, 1, signers, 128, "", &err), 0);
    ck_assert_int_lt(signatures_verify(&signatures, &library, keyring, 20280101, 1, signers, 128, "", &err), 0);
}
END_TEST

START_TEST(signing_again_replaces_and_there_is_an_end_of_room)
{
    struct signatures signatures = {0};
    char name[8];

    for (int i = 0; i < SIGNATURES_MAX; i++) {
        snprintf(name, sizeof(name), "k%d", i);
        ck_assert_ptr_nonnull(signatures_slot(&signatures, name));
    }
    ck_assert_ptr_eq(signatures_slot(&signatures, "k3"), &signatures.items[3]);
    ck_assert_uint_eq(signatures.n, SIGNATURES_MAX);
    ck_assert_ptr_null(signatures_slot(&signatures, "one-more"));
}
END_TEST

/* ---- wrongly signed ---- */

START_TEST(other_bytes_are_refused)
{
    struct signatures signatures = {0};
    struct signed_library library = library_for(SIGNATURE_PUT), other = library;

    sign(&signatures, "centre-a", 0, library);
    other.text = STR_LIT(TEXT " ");
    refused(&signatures, other, 1, "does not fit: other bytes");
}
END_TEST

START_TEST(another_name_is_refused)
{
    struct signatures signatures = {0};
    struct signed_library library = library_for(SIGNATURE_PUT), other = library;

    sign(&signatures, "centre-a", 0, library);
    other.name = STR_LIT("refunds");
    refused(&signatures, other, 1, "or another name");
}
END_TEST

START_TEST(another_action_is_refused_and_named)
{
    struct signatures signatures = {.over = OVER};
    struct signed_library library = library_for(SIGNATURE_PUT);

    sign(&signatures, "centre-a", 0, library);
    library.action = SIGNATURE_ROLLBACK;
    refused(&signatures, library, 1, "signed it for put; it is offered for rollback");
    sign(&signatures, "centre-a", 0, library);
    library.action = SIGNATURE_PUT;
    refused(&signatures, library, 1, "signed it for rollback; it is offered for put");
}
END_TEST

START_TEST(a_rollback_over_another_version_is_refused)
{
    struct signatures signatures = {.over = OVER};
    struct signed_library library = library_for(SIGNATURE_ROLLBACK);

    sign(&signatures, "centre-a", 0, library);
    strcpy(signatures.over, "2026.11.23");
    refused(&signatures, library, 1, "does not fit");
}
END_TEST

START_TEST(another_key_under_a_trusted_name_is_refused)
{
    struct signatures signatures = {0};
    struct signed_library library = library_for(SIGNATURE_PUT);

    sign(&signatures, "centre-a", 1, library);
    refused(&signatures, library, 1, "by \"centre-a\" does not fit");
}
END_TEST

START_TEST(an_unknown_key_is_refused)
{
    struct signatures signatures = {0};
    struct signed_library library = library_for(SIGNATURE_PUT);

    sign(&signatures, "centre-c", 0, library);
    refused(&signatures, library, 1, "\"centre-c\" is not among those trusted (did you mean \"centre-");
}
END_TEST

START_TEST(an_expired_key_is_refused_with_its_last_day)
{
    struct signatures signatures = {0};
    struct signed_library library = library_for(SIGNATURE_PUT);

    sign(&signatures, "expired", 2, library);
    refused(&signatures, library, 1, "\"expired\" expired: its last day was 2026-11-21");
}
END_TEST

START_TEST(a_key_of_tomorrow_is_refused_with_its_first_day)
{
    struct signatures signatures = {0};
    struct signed_library library = library_for(SIGNATURE_PUT);

    sign(&signatures, "early", 3, library);
    refused(&signatures, library, 1, "\"early\" is not valid yet: its first day is 2026-11-23");
}
END_TEST

START_TEST(four_eyes_are_not_two_signatures_by_one_key)
{
    struct signatures signatures = {0};
    struct signed_library library = library_for(SIGNATURE_PUT);

    sign(&signatures, "centre-a", 0, library);
    refused(&signatures, library, 2, "signed by 1 of the 2 different keys asked for: centre-a");
    signatures.items[signatures.n++] = signatures.items[0];
    refused(&signatures, library, 2, "\"centre-a\" signed it twice, which counts once");
}
END_TEST

/* ---- not to be read ---- */

#define SIG \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
#define ONE "{\"key\":\"a\",\"sig\":\"" SIG "\"}"

static const struct {
    const char *json, *said; /* NULL: it is right */
} forms[] = {
    {"{\"v\":1,\"signatures\":[" ONE "]}", NULL},
    {"{\"v\":1,\"over\":\"1.2\",\"signatures\":[" ONE "]}", NULL},
    {"", "not a JSON object"},
    {"{\"v\":1,\"signatures\":[" ONE, "not a JSON object"},
    {"[1]", "not a JSON object"},
    {"{\"v\":1,\"v\":1,\"signatures\":[" ONE "]}", "not a JSON object"},
    {"{\"v\":2,\"signatures\":[" ONE "]}", "\"v\" must be 1"},
    {"{\"v\":1}", "only \"v\""},
    {"{\"v\":1,\"signatures\":[" ONE "],\"more\":1}", "only \"v\""},
    {"{\"v\":1,\"over\":7,\"signatures\":[" ONE "]}", "\"over\" must be a version"},
    {"{\"v\":1,\"over\":\"\",\"signatures\":[" ONE "]}", "\"over\" must be a version"},
    {"{\"v\":1,\"over\":\"1\\n2\",\"signatures\":[" ONE "]}", "\"over\" must be a version"},
    {"{\"v\":1,\"signatures\":[]}", "array of 1 to 8"},
    {"{\"v\":1,\"signatures\":" ONE "}", "array of 1 to 8"},
    {"{\"v\":1,\"signatures\":[" ONE "," ONE "," ONE "," ONE "," ONE "," ONE "," ONE "," ONE "," ONE "]}",
     "array of 1 to 8"},
    {"{\"v\":1,\"signatures\":[" SIG "]}", "not a JSON object"},
    {"{\"v\":1,\"signatures\":[7]}", "each of \"signatures\""},
    {"{\"v\":1,\"signatures\":[{\"key\":\"a\"}]}", "each of \"signatures\""},
    {"{\"v\":1,\"signatures\":[{\"key\":\"A\",\"sig\":\"" SIG "\"}]}", "each of \"signatures\""},
    {"{\"v\":1,\"signatures\":[{\"key\":\"\",\"sig\":\"" SIG "\"}]}", "each of \"signatures\""},
    {"{\"v\":1,\"signatures\":[{\"key\":\"a\",\"sig\":\"AAAA\"}]}", "base64 of 64 bytes"},
    {"{\"v\":1,\"signatures\":[{\"key\":\"a\",\"sig\":\"" SIG "AAAA\"}]}", "base64 of 64 bytes"},
    {"{\"v\":1,\"signatures\":[{\"key\":\"a\",\"sig\":\"-" SIG "\"}]}", "base64 of 64 bytes"},
    {"{\"v\":1,\"signatures\":[{\"key\":\"a\",\"sig\":7}]}", "base64 of 64 bytes"},
};

START_TEST(forms_are_read_or_refused)
{
    struct signatures signatures;
    int rc = signatures_read(str_of(forms[_i].json), &signatures, "refund", &err);

    ck_assert_msg((rc == 0) == (forms[_i].said == NULL), "%s", forms[_i].json);
    ck_assert_uint_eq(err.count, rc != 0);
    if (rc != 0)
        ck_assert_msg(strstr(err.text, forms[_i].said) != NULL, "%s: %s", forms[_i].json, err.text);
}
END_TEST

START_TEST(what_is_too_long_is_refused_unread)
{
    struct signatures signatures;
    char json[5000];

    memset(json, ' ', sizeof(json));
    ck_assert_int_lt(signatures_read((struct str){json, sizeof(json)}, &signatures, "refund", &err), 0);
    ck_assert_ptr_nonnull(strstr(err.text, "longer than 4096 bytes"));
}
END_TEST

START_TEST(truncated_anywhere_it_is_refused)
{
    struct signatures signatures = {.over = OVER}, read;
    char *json;

    sign(&signatures, "centre-a", 0, library_for(SIGNATURE_ROLLBACK));
    json = signatures_write(&signatures);
    for (size_t n = 0; n < strlen(json); n++) {
        char *part = malloc(n + 1); /* of its size, for the sanitizer */
        memcpy(part, json, n);
        ck_assert_int_lt(signatures_read((struct str){part, n}, &read, "refund", &err), 0);
        free(part);
    }
    free(json);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("signature");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_is_signed_is_written_down_exactly);
    tcase_add_loop_test(tests, each_action_is_accepted_and_its_signers_are_named, 0, SIGNATURE_ACTIONS);
    tcase_add_test(tests, signatures_that_do_not_count_do_not_matter_beside_those_that_do);
    tcase_add_test(tests, a_key_holds_through_its_first_and_last_day);
    tcase_add_test(tests, signing_again_replaces_and_there_is_an_end_of_room);
    tcase_add_test(tests, other_bytes_are_refused);
    tcase_add_test(tests, another_name_is_refused);
    tcase_add_test(tests, another_action_is_refused_and_named);
    tcase_add_test(tests, a_rollback_over_another_version_is_refused);
    tcase_add_test(tests, another_key_under_a_trusted_name_is_refused);
    tcase_add_test(tests, an_unknown_key_is_refused);
    tcase_add_test(tests, an_expired_key_is_refused_with_its_last_day);
    tcase_add_test(tests, a_key_of_tomorrow_is_refused_with_its_first_day);
    tcase_add_test(tests, four_eyes_are_not_two_signatures_by_one_key);
    tcase_add_loop_test(tests, forms_are_read_or_refused, 0, sizeof(forms) / sizeof(*forms));
    tcase_add_test(tests, what_is_too_long_is_refused_unread);
    tcase_add_test(tests, truncated_anywhere_it_is_refused);
    return setup_run("signature", tests);
}
