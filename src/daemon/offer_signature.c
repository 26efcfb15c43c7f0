/* offer_signature.c - what the signatures say is found out in the same way whatever is required; only what follows from
 * it differs. */
#include "daemon/offer_signature.h"
#include "core/day.h"
#include "core/log.h"
#include "core/version.h"
#include "match/signature.h"

#include <stdio.h>
#include <stdlib.h>

#define SOON_DAYS 30

enum require { REQUIRE_OFF, REQUIRE_WARN, REQUIRE_ON };

struct offer_signature {
    enum require require;
    size_t needed;
    const char *folder;      /* of the configuration */
    struct keyring *keyring; /* NULL: no folder */
    unsigned told_day;       /* when expired keys were logged last */
    char unread[200];        /* why the keys could not be read again; "" */
    char trouble[300];
};

/* ---- keys -------------------------------------------------------------------------------------------------------- */

static void tell_expiries(struct offer_signature *signature)
{
    unsigned today = day_today(), soon = day_in(SOON_DAYS);
    char day[DAY_BYTES];

    for (size_t i = 0; signature->told_day != today && i < keyring_count(signature->keyring); i++) {
        const struct trusted_key *key = keyring_at(signature->keyring, i);
        if (key->until < soon)
            log_warn("trusted_key", "key=%s state=%s until=%s", key->name,
                     key->until < today ? "expired" : "expires_soon", day_write(key->until, day));
    }
    signature->told_day = today;
}

static enum require require_of(const char *option)
{
    return strcmp(option, "on") == 0 ? REQUIRE_ON : strcmp(option, "warn") == 0 ? REQUIRE_WARN : REQUIRE_OFF;
}

struct offer_signature *offer_signature_new(const struct config *config, struct err *err)
{
    struct offer_signature *signature = calloc(1, sizeof(*signature));
    unsigned before = err->count;

    if (signature == NULL) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return NULL;
    }
    signature->require = require_of(config->rules.require_signature);
    signature->needed = (size_t)config->rules.signatures;
    signature->folder = config->rules.trusted_keys;
    if (signature->folder[0] != '\0')
        signature->keyring = keyring_load(signature->folder, err);
    if (err->count > before)
        offer_signature_free(&signature);
    else if (signature->keyring != NULL)
        tell_expiries(signature);
    return signature;
}

void offer_signature_free(struct offer_signature **signature)
{
    if (*signature == NULL)
        return;
    keyring_free(&(*signature)->keyring);
    free(*signature);
    *signature = NULL;
}

void offer_signature_refresh(struct offer_signature *signature)
{
    struct keyring *keyring;
    char quoted[1200];
    struct err err;

    if (signature->keyring == NULL)
        return;
    err_init(&err);
    keyring = keyring_load(signature->folder, &err);
    signature->unread[0] = '\0';
    if (keyring != NULL) {
        keyring_free(&signature->keyring);
        signature->keyring = keyring;
        tell_expiries(signature);
    } else {
        snprintf(signature->unread, sizeof(signature->unread), "%.*s", (int)strcspn(err.text, "\n"), err.text);
        log_error("trusted_keys", "msg=%s", log_quote(err.text, quoted, sizeof(quoted)));
    }
    err_fini(&err);
}

bool offer_signature_is_required(const struct offer_signature *signature)
{
    return signature->require == REQUIRE_ON;
}

const char *offer_signature_trouble(struct offer_signature *signature)
{
    unsigned today = day_today();
    size_t valid = 0;

    if (signature->unread[0] != '\0') {
        snprintf(signature->trouble, sizeof(signature->trouble), "the keys of before are trusted on: %s",
                 signature->unread);
        return signature->trouble;
    }
    for (size_t i = 0; signature->require != REQUIRE_OFF && i < keyring_count(signature->keyring); i++) {
        const struct trusted_key *key = keyring_at(signature->keyring, i);
        valid += key->from <= today && today <= key->until;
    }
    if (signature->require == REQUIRE_OFF || valid >= signature->needed)
        return "";
    snprintf(signature->trouble, sizeof(signature->trouble),
             "%s: %zu of its keys are valid today, and libraries must be signed by %zu", signature->folder, valid,
             signature->needed);
    return signature->trouble;
}

/* ---- offers ------------------------------------------------------------------------------------------------------ */

static enum signature_action action_of(const struct offer *offer)
{
    return offer->text.p == NULL ? SIGNATURE_WITHDRAW : offer->rollback ? SIGNATURE_ROLLBACK : SIGNATURE_PUT;
}

static int tell_unsigned(const struct offer *offer, const char *name, struct err *err)
{
    if (offer->text.p == NULL && offer->way == DEPOT_BY_TOPIC && offer->partition < 0)
        err_add(err, "%s: it is absent from the topic, which nobody can sign; send a signed withdrawal", name);
    else
        err_add(err, "%s: it is not signed; the header %s must hold what telsieve rules sign writes", name,
                offer->way == DEPOT_BY_TOPIC ? "telsieve.signature" : "Telsieve-Signature");
    return -TS_EINVAL;
}

/* What may replace a later version must be signed for that one. */
static int check_over(enum signature_action action, const char *over, const char *highest, const char *name,
                      struct err *err)
{
    const char *what = signature_action_name(action);

    if (action == SIGNATURE_PUT || (over[0] != '\0' && version_compare(over, highest) >= 0))
        return 0;
    if (over[0] == '\0')
        err_add(err, "%s: a %s must be signed as such: telsieve rules sign --%s", name, what, what);
    else
        err_add(err, "%s: this %s is signed to set aside versions up to %s, and %s was accepted since", name, what,
                over, highest);
    return -TS_EINVAL;
}

static int check(const struct offer_signature *signature, const struct offer *offer, const char *highest,
                 char signers[DEPOT_WHO_BYTES], struct err *err)
{
    const struct signed_library library = {action_of(offer), offer->name, offer->text};
    struct signatures signatures;
    char name[DEPOT_NAME_BYTES];

    snprintf(name, sizeof(name), "%.*s", STR_FMT(offer->name));
    if (offer->signature.n == 0)
        return tell_unsigned(offer, name, err);
    if (signatures_read(offer->signature, &signatures, name, err) != 0 ||
        check_over(library.action, signatures.over, highest, name, err) != 0)
        return -TS_EINVAL;
    if (signatures_verify(&signatures, &library, signature->keyring, day_today(), signature->needed, signers,
                          DEPOT_WHO_BYTES, name, err) == 0)
        return 0;
    signers[0] = '\0';
    return -TS_EINVAL;
}

static int warn(const char *problems, char signers[DEPOT_WHO_BYTES])
{
    char quoted[1200];

    snprintf(signers, DEPOT_WHO_BYTES, "unsigned");
    log_warn("unsigned", "msg=%s", log_quote(problems, quoted, sizeof(quoted)));
    return 0;
}

int offer_signature_verify(const struct offer_signature *signature, const struct offer *offer, const char *highest,
                           char signers[DEPOT_WHO_BYTES], struct err *err)
{
    struct err why;
    int rc;

    signers[0] = '\0';
    if (signature->keyring == NULL)
        return 0;
    if (signature->require == REQUIRE_ON)
        return check(signature, offer, highest, signers, err);
    err_init(&why);
    rc = check(signature, offer, highest, signers, &why);
    if (rc != 0 && signature->require == REQUIRE_WARN)
        rc = warn(why.text, signers);
    err_fini(&why);
    return 0;
}
