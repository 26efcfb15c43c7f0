/* keyring.c - file by file in the order of their names; all that is wrong is told. */
#include "match/keyring.h"

#include "config/document.h"
#include "core/day.h"
#include "record/base64.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

struct keyring {
    struct trusted_key *keys;
    size_t n;
};

static const char *const file_keys[] = {"telsieve_key", "name", "public", "from", "until", "note", NULL};

bool key_is_name(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!ascii_is_alnum(name.p[i]) && name.p[i] != '-' && name.p[i] != '_')
            return false;
    return name.n > 0 && name.n < KEY_NAME_BYTES;
}

/* ---- one file ---------------------------------------------------------------------------------------------------- */

static void read_name(const struct document *document, const char *file, struct trusted_key *key, struct err *err)
{
    const char *name = json_string_value(json_object_get(document->root, "name"));

    if (name == NULL || !key_is_name(str_of(name)))
        document_error(document, err, "name", false, "\"name\" must be " KEY_NAME_RULE);
    else if (strncmp(file, name, strlen(name)) != 0 || strcmp(file + strlen(name), ".json") != 0)
        document_error(document, err, "name", false, "the key \"%s\" must stand in %s.json", name, name);
    else
        strcpy(key->name, name); /* key_is_name: it fits */
}

static void read_public(const struct document *document, struct trusted_key *key, struct err *err)
{
    const json_t *value = json_object_get(document->root, "public");
    struct str text = {json_string_value(value), json_string_length(value)};
    char bytes[KEY_BASE64_BYTES + 3];
    size_t n = 0;

    if (text.n < KEY_BASE64_BYTES && base64_decode(text, bytes, &n) == 0 && n == KEY_BYTES)
        memcpy(key->bytes, bytes, KEY_BYTES);
    else
        document_error(document, err, "public", false,
                       "\"public\" must be the base64 of the %d bytes of an Ed25519 key", KEY_BYTES);
}

static unsigned read_day(const struct document *document, const char *name, unsigned otherwise, struct err *err)
{
    const json_t *value = json_object_get(document->root, name);
    unsigned day = otherwise;

    if ((value != NULL || otherwise == 0) &&
        !day_read((struct str){json_string_value(value), json_string_length(value)}, &day))
        document_error(document, err, name, false, "\"%s\": a day such as \"2026-11-22\" expected", name);
    return day;
}

static void read_key(const struct document *document, const char *file, struct trusted_key *key, struct err *err)
{
    unsigned before = err->count;

    document_check_keys(document, err, document->root, "", file_keys);
    if (json_integer_value(json_object_get(document->root, "telsieve_key")) != 1)
        document_error(document, err, "telsieve_key", false, "no key: \"telsieve_key\" must be 1");
    read_name(document, file, key, err);
    read_public(document, key, err);
    key->from = read_day(document, "from", 1, err);
    key->until = read_day(document, "until", 0, err);
    if (err->count == before && key->from > key->until)
        document_error(document, err, "until", false, "\"until\" is before \"from\"");
}

char *key_format(const struct trusted_key *key, const char *note)
{
    char public[KEY_BASE64_BYTES], from[DAY_BYTES], until[DAY_BYTES], *text = NULL;
    json_t *root;

    EVP_EncodeBlock((unsigned char *)public, key->bytes, KEY_BYTES);
    root = json_pack("{s:i,s:s,s:s,s:s,s:s}", "telsieve_key", 1, "name", key->name, "public", public, "from",
                     day_write(key->from, from), "until", day_write(key->until, until));
    if (root != NULL && (note == NULL || json_object_set_new(root, "note", json_string(note)) == 0))
        text = json_dumps(root, JSON_INDENT(2));
    json_decref(root);
    return text;
}

bool key_fits(const unsigned char key[KEY_BYTES], struct str bytes, const unsigned char signature[SIGNATURE_BYTES])
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, KEY_BYTES);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = pkey != NULL && ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
              EVP_DigestVerify(ctx, signature, SIGNATURE_BYTES, (const unsigned char *)bytes.p, bytes.n) == 1;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    ERR_clear_error(); /* of this thread: a wrong signature is no error of OpenSSL's next user */
    return ok;
}

/* ---- the folder -------------------------------------------------------------------------------------------------- */

static int is_key_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && str_ends(str_of(entry->d_name), STR_LIT(".json"));
}

/* The one before that has the same bytes; NULL: none. */
static const struct trusted_key *same_bytes(const struct keyring *keyring, const struct trusted_key *key)
{
    for (size_t i = 0; i < keyring->n; i++)
        if (memcmp(keyring->keys[i].bytes, key->bytes, KEY_BYTES) == 0)
            return &keyring->keys[i];
    return NULL;
}

static void load_key(struct keyring *keyring, const char *folder, const char *file, struct err *err)
{
    struct trusted_key *key = &keyring->keys[keyring->n];
    struct document document;
    const struct trusted_key *same;
    unsigned before = err->count;
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s", folder, file);
    if (document_load(&document, path, err) != 0)
        return;
    read_key(&document, file, key, err);
    same = err->count == before ? same_bytes(keyring, key) : NULL;
    if (same != NULL)
        document_error(&document, err, "public", false, "the same key as \"%s\": one key has one name", same->name);
    keyring->n += err->count == before;
    document_fini(&document);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct trusted_key *)a)->name, ((const struct trusted_key *)b)->name);
}

struct keyring *keyring_load(const char *folder, struct err *err)
{
    struct keyring *keyring = calloc(1, sizeof(*keyring));
    struct dirent **files = NULL;
    unsigned before = err->count;
    int n = scandir(folder, &files, is_key_file, alphasort);

    if (n < 0)
        err_add(err, "%s: cannot be read: %s", folder, strerror(errno));
    else if (n == 0)
        err_add(err, "%s: no key in it (NAME.json, made by telsieve rules keygen NAME)", folder);
    if (keyring != NULL && n > 0)
        keyring->keys = calloc((size_t)n, sizeof(*keyring->keys));
    if (keyring == NULL || (n > 0 && keyring->keys == NULL))
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
    for (int i = 0; i < n; i++) {
        if (keyring != NULL && keyring->keys != NULL)
            load_key(keyring, folder, files[i]->d_name, err);
        free(files[i]);
    }
    free(files);
    if (err->count > before)
        keyring_free(&keyring);
    else
        qsort(keyring->keys, keyring->n, sizeof(*keyring->keys), by_name);
    return keyring;
}

void keyring_free(struct keyring **keyring)
{
    if (*keyring == NULL)
        return;
    free((*keyring)->keys);
    free(*keyring);
    *keyring = NULL;
}

size_t keyring_count(const struct keyring *keyring)
{
    return keyring->n;
}

const struct trusted_key *keyring_at(const struct keyring *keyring, size_t i)
{
    return &keyring->keys[i];
}

const struct trusted_key *keyring_find(const struct keyring *keyring, const char *name)
{
    for (size_t i = 0; i < keyring->n; i++)
        if (strcmp(keyring->keys[i].name, name) == 0)
            return &keyring->keys[i];
    return NULL;
}

const char *keyring_hint(const struct keyring *keyring, const char *name, char out[ERR_HINT_BYTES])
{
    const char **names = calloc(keyring->n + 1, sizeof(*names));

    out[0] = '\0';
    for (size_t i = 0; names != NULL && i < keyring->n; i++)
        names[i] = keyring->keys[i].name;
    if (names != NULL)
        err_hint(name, names, out);
    free(names);
    return out;
}
