/* keys_setup.h - a folder with keys of known seeds. Source of the seeds and of what they sign: RFC 8032, 7.1. */
#ifndef TELSIEVE_TESTS_KEYS_SETUP_H
#define TELSIEVE_TESTS_KEYS_SETUP_H

#include "match/signing_key.h"
#include "../setup.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

static const struct rfc8032 {
    const char *seed, *public, *message, *signature;
} rfc8032[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
     "655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
     "b00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
     "c027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e"
     "2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17a"
     "d9bef1177331a704"},
};

static char folder[64];

static inline void make_folder(void)
{
    strcpy(folder, "/tmp/telsieve-keys-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static inline void remove_folder(void)
{
    char command[100];

    snprintf(command, sizeof(command), "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static inline size_t unhex(const char *text, unsigned char *out)
{
    size_t n = strlen(text) / 2;

    for (size_t i = 0; i < n; i++) {
        unsigned byte;
        ck_assert_int_eq(sscanf(text + 2 * i, "%2x", &byte), 1);
        out[i] = (unsigned char)byte;
    }
    return n;
}

static inline const char *in_folder(const char *name)
{
    static char path[200];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static inline void write_in_folder(const char *name, const char *text)
{
    FILE *out = fopen(in_folder(name), "w");

    ck_assert_ptr_nonnull(out);
    fputs(text, out);
    fclose(out);
}

/* PKCS #8 around the seed; asserts that it is read. */
static inline struct signing_key *key_of_seed(const char *seed)
{
    unsigned char der[48];
    char base64[80], pem[200];
    struct signing_key *key;
    struct err err;

    unhex("302e020100300506032b657004220420", der);
    unhex(seed, der + 16);
    EVP_EncodeBlock((unsigned char *)base64, der, sizeof(der));
    snprintf(pem, sizeof(pem), "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n", base64);
    write_in_folder("seed.pem", pem);
    err_init(&err);
    key = signing_key_load(in_folder("seed.pem"), &err);
    ck_assert_msg(key != NULL, "%s", err.text);
    err_fini(&err);
    return key;
}

/* NAME.json with the public key of rfc8032[i]. */
static inline void trust(const char *name, size_t i, unsigned from, unsigned until)
{
    struct trusted_key key = {.from = from, .until = until};
    char file[100], *text;

    strcpy(key.name, name);
    unhex(rfc8032[i].public, key.bytes);
    text = key_format(&key, NULL);
    snprintf(file, sizeof(file), "%s.json", name);
    write_in_folder(file, text);
    free(text);
}

#endif
