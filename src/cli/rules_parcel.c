/* rules_parcel.c - packing and sending; what nodes say of it is told in rules_report.c. */
#include "cli/rules_parcel.h"
#include "core/clock.h"
#include "kafka/announcer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- packing ----------------------------------------------------------------------------------------------------- */

/* Signatures say themselves whether they are for a library that goes forward (they are over nothing) or not. */
static void add_signature(struct parcel *parcel, const char *path, bool back, struct err *err)
{
    struct signatures signatures;

    if (signatures_load(&signatures, path, err) != 0)
        return;
    if ((signatures.over[0] != '\0') == back)
        parcel->signature = signatures_write(&signatures);
    else if (parcel->file.text == NULL)
        err_add(err, "%s: signed for a library, not for its withdrawal: telsieve rules sign --withdraw", path);
    else if (back)
        err_add(err, "%s: not signed for a rollback: telsieve rules sign --rollback VERSION", path);
    else
        err_add(err, "%s: signed for a rollback: push --rollback", path);
}

int parcels_load(struct parcels *parcels, char *const *paths, size_t n, const char *signature_file, struct err *err)
{
    unsigned before = err->count;

    parcels->items = calloc(n, sizeof(*parcels->items));
    for (size_t i = 0; parcels->items != NULL && i < n; i++) {
        struct parcel *parcel = &parcels->items[parcels->n];
        char sidecar[4096];

        if (library_file_load(&parcel->file, paths[i], err) != 0)
            continue;
        parcels->n++;
        depot_digest((struct str){parcel->file.text, parcel->file.n}, parcel->sha256);
        snprintf(sidecar, sizeof(sidecar), "%s.sig", paths[i]);
        if (signature_file != NULL || access(sidecar, F_OK) == 0)
            add_signature(parcel, signature_file != NULL ? signature_file : sidecar, parcels->rollback, err);
    }
    return err->count == before ? 0 : -TS_EINVAL;
}

int parcels_add(struct parcels *parcels, const char *place, char *text, size_t n, struct err *err)
{
    struct parcel *grown = realloc(parcels->items, (parcels->n + 1) * sizeof(*grown));
    int rc = -TS_ENOMEM;

    if (grown == NULL) {
        err_add(err, "%s: %s", place, ts_strerror(rc));
        free(text);
        return rc;
    }
    parcels->items = grown;
    grown[parcels->n] = (struct parcel){0};
    rc = library_file_take(&grown[parcels->n].file, place, text, n, err);
    if (rc == 0)
        depot_digest((struct str){text, n}, grown[parcels->n++].sha256);
    return rc;
}

int parcels_withdraw(struct parcels *parcels, char *const *names, size_t n, const char *signature_file,
                     struct err *err)
{
    unsigned before = err->count;

    parcels->items = calloc(n, sizeof(*parcels->items));
    for (size_t i = 0; parcels->items != NULL && i < n; i++) {
        struct parcel *parcel = &parcels->items[parcels->n++];

        if (!key_is_name(str_of(names[i])))
            err_add(err, "\"%s\": the name of a library is " KEY_NAME_RULE, names[i]);
        else
            strcpy(parcel->file.name, names[i]);
        if (signature_file != NULL)
            add_signature(parcel, signature_file, true, err);
    }
    return err->count == before ? 0 : -TS_EINVAL;
}

static void sign(struct parcel *parcel, const struct signing_key *key, const char *key_name, struct err *err)
{
    const struct library_file *file = &parcel->file;
    const struct signed_library library = {SIGNATURE_PUT, str_of(file->name), {file->text, file->n}};
    struct signatures signatures = {0};

    if ((parcel->signature != NULL &&
         signatures_read(str_of(parcel->signature), &signatures, file->path, err) != 0) ||
        signatures_sign(&signatures, key, key_name, &library, file->path, err) != 0)
        return;
    free(parcel->signature);
    parcel->signature = signatures_write(&signatures);
}

int parcels_sign(struct parcels *parcels, const char *key_file, struct err *err)
{
    char name[KEY_NAME_BYTES];
    unsigned before = err->count;
    struct signing_key *key = key_name_of(key_file, name, err) ? signing_key_load(key_file, err) : NULL;

    for (size_t i = 0; i < parcels->n && key != NULL; i++)
        sign(&parcels->items[i], key, name, err);
    signing_key_free(&key);
    return err->count == before ? 0 : -TS_EINVAL;
}

void parcels_free(struct parcels *parcels)
{
    for (size_t i = 0; i < parcels->n; i++) {
        library_file_free(&parcels->items[i].file);
        free(parcels->items[i].signature);
    }
    free(parcels->items);
    *parcels = (struct parcels){0};
}

/* ---- by HTTP ----------------------------------------------------------------------------------------------------- */

static int send_by_http(struct parcels *parcels, const struct way *way, struct err *err)
{
    int code = EXIT_DONE;

    for (size_t i = 0; i < parcels->n && code == EXIT_DONE; i++) {
        const struct parcel *parcel = &parcels->items[i];
        char path[100 + KEY_NAME_BYTES];
        const struct node_request request = {.method = parcel->file.text != NULL ? "PUT" : "DELETE", .path = path,
                                             .body = {parcel->file.text, parcel->file.n},
                                             .signature = parcel->signature};
        struct node_reply reply;

        snprintf(path, sizeof(path), "/rules/%s%s", parcel->file.name, parcels->rollback ? "?rollback=1" : "");
        if (way_ask(way, &request, &reply, err) != 0)
            return EXIT_RUNTIME;
        if (reply.status != 200 && reply.status != 202 && reply.status != 422) {
            node_refused(way->node, way->token[0] != '\0', &reply, err);
            code = reply.status == 413 ? EXIT_BAD_DATA : EXIT_RUNTIME;
        }
        node_reply_free(&reply);
    }
    return code;
}

/* ---- by topic ---------------------------------------------------------------------------------------------------- */

static void on_result(void *ctx, void *opaque, const char *why)
{
    struct parcel *parcel = opaque;

    (void)ctx;
    snprintf(parcel->why, sizeof(parcel->why), "%s", why != NULL ? why : "");
}

static int announce(struct announcer *announcer, const struct parcels *parcels, struct parcel *parcel)
{
    struct announcer_header headers[2];
    struct announcement announcement = {.key = str_of(parcel->file.name),
                                        .value = {parcel->file.text, parcel->file.n},
                                        .headers = headers,
                                        .opaque = parcel};

    if (parcels->rollback)
        headers[announcement.nheaders++] = (struct announcer_header){"telsieve.action", STR_LIT("rollback")};
    if (parcel->signature != NULL)
        headers[announcement.nheaders++] = (struct announcer_header){"telsieve.signature", str_of(parcel->signature)};
    snprintf(parcel->why, sizeof(parcel->why), "no broker took it in time");
    return announcer_send(announcer, &announcement);
}

static int send_by_topic(struct parcels *parcels, const struct way *way, struct err *err)
{
    const char *topic = way_topic(way, "control.rules", way->config->control.rules, err);
    const struct announcer_setup setup = {.config = way->config, .topic = topic, .result = on_result};
    struct announcer *announcer = topic != NULL ? announcer_new(&setup, err) : NULL;
    int64_t left = way->deadline_mono_ms - clock_mono_ms();

    if (announcer == NULL)
        return topic == NULL ? EXIT_BAD_DATA : EXIT_RUNTIME;
    for (size_t i = 0; i < parcels->n; i++)
        if (announce(announcer, parcels, &parcels->items[i]) != 0)
            err_add(err, "%s: %s", parcels->items[i].file.name, ts_strerror(TS_ENOMEM));
    if (announcer_flush(announcer, left > 0 ? (int)left : 1) > 0 && announcer_cause(announcer)[0] != '\0')
        err_add(err, "%s", announcer_cause(announcer));
    announcer_free(&announcer);
    for (size_t i = 0; i < parcels->n; i++)
        if (parcels->items[i].why[0] != '\0')
            err_add(err, "%s was not sent: %s", parcels->items[i].file.name, parcels->items[i].why);
    return err->count == 0 ? EXIT_DONE : EXIT_RUNTIME;
}

int parcels_send(struct parcels *parcels, const struct way *way, struct err *err)
{
    return way->topic ? send_by_topic(parcels, way, err) : send_by_http(parcels, way, err);
}
