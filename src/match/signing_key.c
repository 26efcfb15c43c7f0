/* signing_key.c - an EVP_PKEY that is known to be of Ed25519. */
#include "match/signing_key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct signing_key {
    EVP_PKEY *pkey;
};

static struct signing_key *wrap(EVP_PKEY *pkey)
{
    struct signing_key *key = pkey != NULL ? malloc(sizeof(*key)) : NULL;

    if (key == NULL)
        EVP_PKEY_free(pkey);
    else
        key->pkey = pkey;
    return key;
}

struct signing_key *signing_key_make(struct err *err)
{
    struct signing_key *key = wrap(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));

    if (key == NULL)
        err_add(err, "no key could be made");
    return key;
}

struct signing_key *signing_key_load(const char *file, struct err *err)
{
    FILE *in = fopen(file, "re");
    EVP_PKEY *pkey = in != NULL ? PEM_read_PrivateKey(in, NULL, NULL, NULL) : NULL;
    struct signing_key *key = NULL;

    if (in == NULL)
        err_add(err, "%s: cannot be read: %s", file, strerror(errno));
    else if (pkey == NULL)
        err_add(err, "%s: no private key in PEM, or the wrong passphrase (telsieve rules keygen makes one)", file);
    else if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_ED25519)
        err_add(err, "%s: it is a key of %s; Ed25519 is needed", file, EVP_PKEY_get0_type_name(pkey));
    else if (EVP_PKEY_up_ref(pkey) == 1 && (key = wrap(pkey)) == NULL)
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    if (in != NULL)
        fclose(in);
    return key;
}

void signing_key_free(struct signing_key **key)
{
    if (*key == NULL)
        return;
    EVP_PKEY_free((*key)->pkey);
    free(*key);
    *key = NULL;
}

int signing_key_save(const struct signing_key *key, const char *file, struct err *err)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool ok = out != NULL && PEM_write_PrivateKey(out, key->pkey, NULL, NULL, 0, NULL, NULL) == 1 &&
              fflush(out) == 0 && fsync(fd) == 0;

    if (fd < 0 && errno == EEXIST)
        err_add(err, "%s: is there already; a private key is never overwritten", file);
    else if (!ok)
        err_add(err, "%s: cannot be written: %s", file, strerror(errno));
    if (out != NULL)
        fclose(out);
    else if (fd >= 0)
        close(fd);
    if (fd >= 0 && !ok)
        unlink(file);
    return ok ? 0 : -TS_EIO;
}

void signing_key_public(const struct signing_key *key, unsigned char out[KEY_BYTES])
{
    size_t n = KEY_BYTES;

    EVP_PKEY_get_raw_public_key(key->pkey, out, &n);
}

int signing_key_sign(const struct signing_key *key, struct str bytes, unsigned char out[SIGNATURE_BYTES])
{
    size_t n = SIGNATURE_BYTES;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
              EVP_DigestSign(ctx, out, &n, (const unsigned char *)bytes.p, bytes.n) == 1;

    EVP_MD_CTX_free(ctx);
    return ok ? 0 : -TS_ENOMEM;
}
