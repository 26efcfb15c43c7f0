/* signature.c - the JSON, then what is signed, then whether it is signed by enough. A signature that does not fit is
 * tried for the other actions, so that a library offered in a wrong way is told from one that was changed. */
#include "match/signature.h"

#include "core/day.h"
#include "record/base64.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#define BASE64_BYTES 89 /* of a signature, with a NUL */
#define MAX_JSON_BYTES 4096

const char *signature_action_name(enum signature_action action)
{
    static const char *const names[SIGNATURE_ACTIONS] = {"put", "rollback", "withdraw"};

    return names[action];
}

/* ---- the JSON ---------------------------------------------------------------------------------------------------- */

static bool read_one(const json_t *value, struct signature *out)
{
    const json_t *key = json_object_get(value, "key"), *sig = json_object_get(value, "sig");
    struct str name = {json_string_value(key), json_string_length(key)};
    struct str text = {json_string_value(sig), json_string_length(sig)};
    char bytes[BASE64_BYTES + 3];
    size_t n = 0;

    if (json_object_size(value) != 2 || !key_is_name(name) || text.n >= BASE64_BYTES ||
        base64_decode(text, bytes, &n) != 0 || n != SIGNATURE_BYTES)
        return false;
    memcpy(out->key, name.p, name.n + 1); /* key_is_name: it fits */
    memcpy(out->bytes, bytes, SIGNATURE_BYTES);
    return true;
}

static bool is_version(const char *text)
{
    size_t n = strlen(text);

    return n > 0 && n < SIGNATURE_OVER_BYTES && strcspn(text, "\n\r") == n;
}

/* NULL, or what is wrong. */
static const char *read_all(const json_t *root, struct signatures *out)
{
    const json_t *over = json_object_get(root, "over"), *list = json_object_get(root, "signatures");

    if (json_integer_value(json_object_get(root, "v")) != 1)
        return "\"v\" must be 1";
    if (json_object_size(root) != (over != NULL ? 3u : 2u))
        return "only \"v\", \"over\" and \"signatures\" may be in it";
    if (over != NULL && (!json_is_string(over) || !is_version(json_string_value(over))))
        return "\"over\" must be a version";
    if (json_array_size(list) < 1 || json_array_size(list) > SIGNATURES_MAX)
        return "\"signatures\" must be an array of 1 to 8";
    if (over != NULL)
        strcpy(out->over, json_string_value(over)); /* is_version: it fits */
    for (out->n = 0; out->n < json_array_size(list); out->n++)
        if (!read_one(json_array_get(list, out->n), &out->items[out->n]))
            return "each of \"signatures\" must be {\"key\": a name, \"sig\": the base64 of 64 bytes}";
    return NULL;
}

int signatures_read(struct str json, struct signatures *out, const char *place, struct err *err)
{
    json_error_t error;
    json_t *root = NULL;
    const char *problem = "it is longer than 4096 bytes";

    *out = (struct signatures){0};
    if (json.n <= MAX_JSON_BYTES) {
        root = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, &error);
        problem = !json_is_object(root) ? "it is not a JSON object" : read_all(root, out);
    }
    if (problem != NULL)
        err_add(err, "%s: the signature cannot be read: %s (telsieve rules sign writes it)", place, problem);
    json_decref(root);
    return problem == NULL ? 0 : -TS_EINVAL;
}

char *signatures_write(const struct signatures *signatures)
{
    json_t *root = json_pack("{s:i}", "v", 1), *list = json_array();
    char *text = NULL, sig[BASE64_BYTES];
    bool ok = root != NULL && list != NULL;

    if (ok && signatures->over[0] != '\0')
        ok = json_object_set_new(root, "over", json_string(signatures->over)) == 0;
    for (size_t i = 0; i < signatures->n && ok; i++) {
        EVP_EncodeBlock((unsigned char *)sig, signatures->items[i].bytes, SIGNATURE_BYTES);
        ok = json_array_append_new(list, json_pack("{s:s,s:s}", "key", signatures->items[i].key, "sig", sig)) == 0;
    }
    if (ok && json_object_set(root, "signatures", list) == 0)
        text = json_dumps(root, JSON_COMPACT);
    json_decref(list);
    json_decref(root);
    return text;
}

struct signature *signatures_slot(struct signatures *signatures, const char *key)
{
    struct signature *slot;

    for (size_t i = 0; i < signatures->n; i++)
        if (strcmp(signatures->items[i].key, key) == 0)
            return &signatures->items[i];
    if (signatures->n == SIGNATURES_MAX)
        return NULL;
    slot = &signatures->items[signatures->n++];
    snprintf(slot->key, sizeof(slot->key), "%s", key);
    return slot;
}

/* ---- what is signed ---------------------------------------------------------------------------------------------- */

char *signature_payload(const struct signed_library *library, const char *over, size_t *n)
{
    bool has_over = library->action != SIGNATURE_PUT;
    char head[200];
    int length = snprintf(head, sizeof(head), "telsieve library 1\n%s\n%.*s\n%s%s",
                          signature_action_name(library->action), STR_FMT(library->name), has_over ? over : "",
                          has_over ? "\n" : "");
    char *payload = length < (int)sizeof(head) ? malloc((size_t)length + library->text.n) : NULL;

    if (payload == NULL)
        return NULL;
    memcpy(payload, head, (size_t)length);
    if (library->text.n > 0)
        memcpy(payload + length, library->text.p, library->text.n);
    *n = (size_t)length + library->text.n;
    return payload;
}

static bool fits_action(const struct signature *signature, const struct trusted_key *key,
                        const struct signed_library *library, enum signature_action action, const char *over)
{
    struct signed_library other = *library;
    struct str payload;
    bool ok;

    other.action = action;
    payload.p = signature_payload(&other, over, &payload.n);
    ok = payload.p != NULL && key_fits(key->bytes, payload, signature->bytes);
    free((char *)payload.p);
    return ok;
}

/* ---- by enough keys ---------------------------------------------------------------------------------------------- */

struct check {
    const struct signatures *signatures;
    const struct signed_library *library;
    const struct keyring *keyring;
    unsigned today;
    struct str payload;
    const char *place;
    struct err why; /* what is wrong with each that does not count */
};

static void explain_misfit(struct check *check, const struct signature *signature, const struct trusted_key *key)
{
    const char *said = signature_action_name(check->library->action);

    for (int action = 0; action < SIGNATURE_ACTIONS; action++)
        if (fits_action(signature, key, check->library, (enum signature_action)action, check->signatures->over)) {
            err_add(&check->why, "%s: \"%s\" signed it for %s; it is offered for %s", check->place, key->name,
                    signature_action_name((enum signature_action)action), said);
            return;
        }
    err_add(&check->why, "%s: the signature by \"%s\" does not fit: other bytes, or another name, were signed for %s",
            check->place, key->name, said);
}

static bool is_in_time(struct check *check, const struct trusted_key *key)
{
    char day[DAY_BYTES];

    if (check->today > key->until)
        err_add(&check->why, "%s: the key \"%s\" expired: its last day was %s", check->place, key->name,
                day_write(key->until, day));
    else if (check->today < key->from)
        err_add(&check->why, "%s: the key \"%s\" is not valid yet: its first day is %s", check->place, key->name,
                day_write(key->from, day));
    return key->from <= check->today && check->today <= key->until;
}

static bool signed_before(const struct check *check, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(check->signatures->items[k].key, check->signatures->items[i].key) == 0)
            return true;
    return false;
}

/* The key whose signature counts; NULL, and why not. */
static const struct trusted_key *check_one(struct check *check, size_t i)
{
    const struct signature *signature = &check->signatures->items[i];
    const struct trusted_key *key = keyring_find(check->keyring, signature->key);
    char hint[ERR_HINT_BYTES];

    if (signed_before(check, i)) {
        err_add(&check->why, "%s: \"%s\" signed it twice, which counts once", check->place, signature->key);
        return NULL;
    }
    if (key == NULL) {
        err_add(&check->why, "%s: the key \"%s\" is not among those trusted%s", check->place, signature->key,
                keyring_hint(check->keyring, signature->key, hint));
        return NULL;
    }
    if (!is_in_time(check, key))
        return NULL;
    if (key_fits(key->bytes, check->payload, signature->bytes))
        return key;
    explain_misfit(check, signature, key);
    return NULL;
}

static void add_signer(char *signers, size_t size, const char *name)
{
    size_t n = strlen(signers);

    if (n + 1 + strlen(name) < size)
        snprintf(signers + n, size - n, "%s%s", n > 0 ? "," : "", name);
}

/* Line by line. */
static void tell(const struct err *why, struct err *err)
{
    for (const char *line = why->text; line != NULL && *line != '\0'; line += strcspn(line, "\n") + 1)
        err_add(err, "%.*s", (int)strcspn(line, "\n"), line);
}

int signatures_verify(const struct signatures *signatures, const struct signed_library *library,
                      const struct keyring *keyring, unsigned today, size_t needed, char *signers, size_t size,
                      const char *place, struct err *err)
{
    struct check check = {.signatures = signatures, .library = library, .keyring = keyring, .today = today,
                          .place = place};
    size_t good = 0;

    signers[0] = '\0';
    err_init(&check.why);
    check.payload.p = signature_payload(library, signatures->over, &check.payload.n);
    for (size_t i = 0; i < signatures->n && check.payload.p != NULL; i++) {
        const struct trusted_key *key = check_one(&check, i);
        if (key == NULL)
            continue;
        add_signer(signers, size, key->name);
        good++;
    }
    if (good < needed && needed > 1)
        err_add(&check.why, "%s: signed by %zu of the %zu different keys asked for%s%s", place, good, needed,
                good > 0 ? ": " : "", signers);
    if (check.payload.p == NULL)
        err_add(&check.why, "%s: %s", place, ts_strerror(TS_ENOMEM));
    if (good < needed)
        tell(&check.why, err);
    free((char *)check.payload.p);
    err_fini(&check.why);
    return good >= needed ? 0 : -TS_EINVAL;
}
