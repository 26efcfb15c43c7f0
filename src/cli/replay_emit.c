/* replay_emit.c - the warnings that are added, kept until all is judged, then asked about, then sent as the daemon
 * sends them: key, headers and bytes; and the ids of those that are removed, which are looked for in the topic of the
 * warnings and taken back. */
#include "cli/replay.h"

#include "cli/fleet.h"
#include "cli/warning_sender.h"
#include "cli/withdrawal.h"
#include "core/array.h"

#include <stdlib.h>

#define EMIT_MOST 200000

int replay_emit_keep(struct replay_emit *emit, char *warning)
{
    char **bigger = array_grow(emit->warnings, emit->n, &emit->cap, sizeof(*bigger));

    if (bigger == NULL)
        return -TS_ENOMEM;
    emit->warnings = bigger;
    emit->warnings[emit->n++] = warning;
    return 0;
}

int replay_emit_remove(struct replay_emit *emit, const char *id)
{
    if (emit->removed == NULL)
        emit->removed = json_object();
    return json_object_set_new(emit->removed, id, json_true()) == 0 ? 0 : -TS_ENOMEM;
}

void replay_emit_free(struct replay_emit *emit)
{
    for (size_t i = 0; i < emit->n; i++)
        free(emit->warnings[i]);
    free(emit->warnings);
    json_decref(emit->removed);
    *emit = (struct replay_emit){0};
}

/* ---- what is added --------------------------------------------------------------------------------------------- */

static struct str member(const json_t *warning, const char *key)
{
    const char *text = json_string_value(json_object_get(warning, key));

    return text != NULL ? str_of(text) : (struct str){0};
}

static int send_one(struct warning_sender *sender, const char *json, struct err *err)
{
    json_t *warning = json_loads(json, 0, NULL);
    const struct announcer_header headers[] = {
        {"telsieve.family", member(warning, "family")},
        {"telsieve.tier", member(warning, "tier")},
        {"telsieve.id", member(warning, "id")},
    };
    const struct announcement one = {
        .key = member(warning, "victim"),
        .value = str_of(json),
        .headers = headers,
        .nheaders = sizeof(headers) / sizeof(*headers),
    };
    int rc = warning_sender_send(sender, &one, err);

    json_decref(warning);
    return rc;
}

int replay_emit_send(struct replay *replay, struct err *err)
{
    const struct replay_emit *emit = &replay->emit;
    struct warning_sender sender;
    int code;

    if (emit->n > EMIT_MOST) {
        err_add(err, "%zu warnings would be sent: more than %d at once are no correction; send them in parts (--from, "
                     "--to)",
                emit->n, EMIT_MOST);
        return EXIT_BAD_DATA;
    }
    if (!warning_sender_may(replay->config, emit->n, emit->n == 1 ? "warning" : "warnings", replay->yes)) {
        fputs("nothing was sent\n", stderr);
        return EXIT_DONE;
    }
    if (warning_sender_open(&sender, replay->config, 0, err) == 0)
        for (size_t i = 0; i < emit->n && send_one(&sender, emit->warnings[i], err) == 0; i++)
            continue;
    code = warning_sender_close(&sender, err);
    fprintf(stderr, "%zu of %zu warnings sent\n", sender.sent, emit->n);
    return code;
}

/* ---- what is removed ------------------------------------------------------------------------------------------- */

/* Warnings are newer than their records, but for what clocks differ. */
static int64_t oldest_ms(int64_t from_ms)
{
    return from_ms > HISTORY_SLACK_MS ? from_ms - HISTORY_SLACK_MS : 0;
}

int replay_withdraw(struct replay *replay, struct err *err)
{
    const struct ruleset *ruleset = replay->sides[REPLAY_NEW].ruleset;
    const struct withdrawal_wish wish = {
        .ids = replay->emit.removed, .from_ms = oldest_ms(replay->from_ms), .to_ms = INT64_MAX, .rate = replay->rate};
    struct withdrawals withdrawals;
    char why[200];
    int code = EXIT_RUNTIME;

    if (json_object_size(replay->emit.removed) == 0) {
        fputs("nothing was taken back\n", stderr);
        return EXIT_DONE;
    }
    snprintf(why, sizeof(why), "other rules (%.100s) do not warn of it", ruleset_hash(ruleset));
    if (withdrawals_read(&withdrawals, replay->config, &wish, err) == 0) {
        fprintf(stderr, "%zu of the %zu removed warnings stand in the topic %s\n",
                withdrawals.counts[WITHDRAWAL_STANDS], json_object_size(replay->emit.removed),
                replay->config->output.warnings);
        code = withdrawals_send(&withdrawals, why, replay->yes, err);
    }
    withdrawals_fini(&withdrawals);
    return code;
}
