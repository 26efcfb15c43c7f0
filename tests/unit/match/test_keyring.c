/* Keys are read as they are written, wrong ones with their place; the curve is that of RFC 8032. */
#include "keys_setup.h"

#include <openssl/pem.h>
#include <sys/stat.h>

#define PUBLIC "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" /* of rfc8032[0] */

/* ---- the curve ---- */

START_TEST(rfc_8032_signs_and_fits)
{
    const struct rfc8032 *vector = &rfc8032[_i];
    unsigned char public[KEY_BYTES], message[64], expected[SIGNATURE_BYTES], bytes[SIGNATURE_BYTES];
    struct str text = {(char *)message, unhex(vector->message, message)};
    struct signing_key *key = key_of_seed(vector->seed);

    unhex(vector->public, public);
    unhex(vector->signature, expected);
    signing_key_public(key, bytes);
    ck_assert_mem_eq(bytes, public, KEY_BYTES);
    ck_assert_int_eq(signing_key_sign(key, text, bytes), 0);
    ck_assert_mem_eq(bytes, expected, SIGNATURE_BYTES);
    ck_assert(key_fits(public, text, expected));
    for (size_t i = 0; i < SIGNATURE_BYTES; i++) {
        bytes[i] ^= 1;
        ck_assert(!key_fits(public, text, bytes));
        bytes[i] ^= 1;
    }
    public[0] ^= 1;
    ck_assert(!key_fits(public, text, expected));
    signing_key_free(&key);
}
END_TEST

/* ---- private keys ---- */

START_TEST(a_private_key_is_for_its_user_only_and_never_overwritten)
{
    struct signing_key *key, *again;
    unsigned char a[KEY_BYTES], b[KEY_BYTES];
    struct stat status;
    struct err err;

    err_init(&err);
    key = signing_key_make(&err);
    ck_assert_int_eq(signing_key_save(key, in_folder("a.pem"), &err), 0);
    ck_assert_int_eq(stat(in_folder("a.pem"), &status), 0);
    ck_assert_int_eq(status.st_mode & 07777, 0600);
    again = signing_key_load(in_folder("a.pem"), &err);
    ck_assert_ptr_nonnull(again);
    signing_key_public(key, a);
    signing_key_public(again, b);
    ck_assert_mem_eq(a, b, KEY_BYTES);
    ck_assert_int_lt(signing_key_save(key, in_folder("a.pem"), &err), 0);
    ck_assert_ptr_nonnull(strstr(err.text, "never overwritten"));
    ck_assert_int_eq(stat(in_folder("a.pem"), &status), 0);
    signing_key_free(&key);
    signing_key_free(&again);
    err_fini(&err);
}
END_TEST

START_TEST(what_is_no_private_key_of_ed25519_is_refused)
{
    struct err err;
    FILE *out;
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");

    err_init(&err);
    ck_assert_ptr_null(signing_key_load(in_folder("none.pem"), &err));
    ck_assert_ptr_nonnull(strstr(err.text, "cannot be read"));
    write_in_folder("text.pem", "no key\n");
    ck_assert_ptr_null(signing_key_load(in_folder("text.pem"), &err));
    ck_assert_ptr_nonnull(strstr(err.text, "no private key in PEM"));
    out = fopen(in_folder("x.pem"), "w");
    ck_assert_int_eq(PEM_write_PrivateKey(out, other, NULL, NULL, 0, NULL, NULL), 1);
    fclose(out);
    ck_assert_ptr_null(signing_key_load(in_folder("x.pem"), &err));
    ck_assert_ptr_nonnull(strstr(err.text, "X25519; Ed25519 is needed"));
    EVP_PKEY_free(other);
    err_fini(&err);
}
END_TEST

/* ---- trusted keys ---- */

START_TEST(a_folder_of_keys_is_read)
{
    struct keyring *keyring;
    unsigned char public[KEY_BYTES];
    char hint[ERR_HINT_BYTES];
    struct err err;

    err_init(&err);
    trust("centre-b", 1, 20260101, 20271231);
    trust("centre-a", 0, 20260102, 20261231);
    write_in_folder("README", "not looked at");
    keyring = keyring_load(folder, &err);
    ck_assert_msg(keyring != NULL, "%s", err.text);
    ck_assert_uint_eq(keyring_count(keyring), 2);
    ck_assert_str_eq(keyring_at(keyring, 0)->name, "centre-a");
    unhex(rfc8032[0].public, public);
    ck_assert_mem_eq(keyring_at(keyring, 0)->bytes, public, KEY_BYTES);
    ck_assert_uint_eq(keyring_at(keyring, 0)->from, 20260102);
    ck_assert_uint_eq(keyring_at(keyring, 0)->until, 20261231);
    ck_assert_ptr_eq(keyring_find(keyring, "centre-b"), keyring_at(keyring, 1));
    ck_assert_ptr_null(keyring_find(keyring, "centre-c"));
    ck_assert_str_ne(keyring_hint(keyring, "center-a", hint), "");
    keyring_free(&keyring);
    err_fini(&err);
}
END_TEST

static const struct {
    const char *file, *text, *said;
} bad[] = {
    {"a.json", "{", "a.json:1:"},
    {"a.json", "[]", "must be an object"},
    {"a.json", "{\"name\":\"a\",\"public\":\"" PUBLIC "\",\"until\":\"2027-01-01\"}", "\"telsieve_key\" must be 1"},
    {"a.json", "{\"telsieve_key\":1,\"name\":\"b\",\"public\":\"" PUBLIC "\",\"until\":\"2027-01-01\"}",
     "must stand in b.json"},
    {"a.json", "{\"telsieve_key\":1,\"name\":\"A b\",\"public\":\"" PUBLIC "\",\"until\":\"2027-01-01\"}",
     "1 to 63 of"},
    {"a.json", "{\"telsieve_key\":1,\"name\":\"a\",\"public\":\"AAAA\",\"until\":\"2027-01-01\"}", "32 bytes"},
    {"a.json", "{\"telsieve_key\":1,\"name\":\"a\",\"public\":7,\"until\":\"2027-01-01\"}", "32 bytes"},
    {"a.json", "{\"telsieve_key\":1,\"name\":\"a\",\"public\":\"" PUBLIC "\"}", "\"until\": a day"},
    {"a.json", "{\"telsieve_key\":1,\"name\":\"a\",\"public\":\"" PUBLIC "\",\"until\":\"2027-02-29\"}",
     "\"until\": a day"},
    {"a.json",
     "{\"telsieve_key\":1,\"name\":\"a\",\"public\":\"" PUBLIC "\",\"from\":\"2027-01-02\",\"until\":\"2027-01-01\"}",
     "\"until\" is before \"from\""},
    {"a.json", "{\"telsieve_key\":1,\"name\":\"a\",\"public\":\"" PUBLIC "\",\"until\":\"2027-01-01\",\"til\":1}",
     "unknown key \"til\""},
    {"b.json", "{\"telsieve_key\":1,\"name\":\"b\",\"public\":\"" PUBLIC "\",\"until\":\"2027-01-01\"}",
     "the same key as \"a0\""},
    {"notes.txt", "no key", ""},
};

START_TEST(a_bad_key_is_told_with_its_place)
{
    struct err err;

    err_init(&err);
    if (strcmp(bad[_i].file, "b.json") == 0)
        trust("a0", 0, 20260101, 20271231);
    write_in_folder(bad[_i].file, bad[_i].text);
    ck_assert_ptr_null(keyring_load(folder, &err));
    ck_assert_msg(strstr(err.text, bad[_i].said[0] != '\0' ? bad[_i].said : "no key in it") != NULL, "%s", err.text);
    err_fini(&err);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_a_problem)
{
    struct err err;

    err_init(&err);
    ck_assert_ptr_null(keyring_load("/nonexistent/keys", &err));
    ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/keys: cannot be read"));
    err_fini(&err);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("keyring");

    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_loop_test(tests, rfc_8032_signs_and_fits, 0, sizeof(rfc8032) / sizeof(*rfc8032));
    tcase_add_test(tests, a_private_key_is_for_its_user_only_and_never_overwritten);
    tcase_add_test(tests, what_is_no_private_key_of_ed25519_is_refused);
    tcase_add_test(tests, a_folder_of_keys_is_read);
    tcase_add_loop_test(tests, a_bad_key_is_told_with_its_place, 0, sizeof(bad) / sizeof(*bad));
    tcase_add_test(tests, a_folder_that_is_not_there_is_a_problem);
    return setup_run("keyring", tests);
}
