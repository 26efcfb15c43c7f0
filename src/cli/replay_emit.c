/* replay_emit.c - the warnings that are added, kept until all is judged, then asked about, then sent as the daemon
 * sends them: key, headers and bytes. */
#include "cli/replay.h"

#include "kafka/announcer.h"

#include <jansson.h>
#include <stdlib.h>

#define EMIT_MOST 200000
#define AT_ONCE 200 /* below ANNOUNCER_MOST */
#define FLUSH_MS 60000

int replay_emit_keep(struct replay_emit *emit, char *warning)
{
    if (emit->n == emit->cap) {
        size_t cap = 2 * emit->cap + 64;
        char **bigger = realloc(emit->warnings, cap * sizeof(*bigger));
        if (bigger == NULL)
            return -TS_ENOMEM;
        emit->warnings = bigger;
        emit->cap = cap;
    }
    emit->warnings[emit->n++] = warning;
    return 0;
}

void replay_emit_free(struct replay_emit *emit)
{
    for (size_t i = 0; i < emit->n; i++)
        free(emit->warnings[i]);
    free(emit->warnings);
    *emit = (struct replay_emit){0};
}

/* ---- sending --------------------------------------------------------------------------------------------------- */

struct delivered {
    size_t sent, failed;
    char why[300]; /* of the first that failed */
};

static void take_result(void *ctx, void *opaque, const char *why)
{
    struct delivered *outcome = ctx;

    (void)opaque;
    outcome->sent += why == NULL;
    outcome->failed += why != NULL;
    if (why != NULL && outcome->why[0] == '\0')
        snprintf(outcome->why, sizeof(outcome->why), "%s", why);
}

static struct str member(const json_t *warning, const char *key)
{
    const char *text = json_string_value(json_object_get(warning, key));

    return text != NULL ? str_of(text) : (struct str){0};
}

static int send_one(struct announcer *announcer, const char *json)
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
    int rc = warning != NULL ? announcer_send(announcer, &one) : -TS_ENOMEM;

    json_decref(warning);
    return rc;
}

static int send_all(const struct replay *replay, struct announcer *announcer, struct err *err)
{
    const struct replay_emit *emit = &replay->emit;

    for (size_t i = 0; i < emit->n; i++) {
        bool full = (i + 1) % AT_ONCE == 0 || i + 1 == emit->n;
        if (send_one(announcer, emit->warnings[i]) != 0) {
            err_add(err, "%s", ts_strerror(TS_ENOMEM));
            return -TS_ENOMEM;
        }
        if (full && announcer_flush(announcer, FLUSH_MS) > 0) {
            err_add(err, "topic %s takes no warnings: %s", replay->config->output.warnings, announcer_cause(announcer));
            return -TS_EKAFKA;
        }
    }
    return 0;
}

static bool agrees(const struct replay *replay)
{
    char answer[16] = "";

    fprintf(stderr, "Send %zu warning%s to the topic %s? [y/N] ", replay->emit.n, replay->emit.n == 1 ? "" : "s",
            replay->config->output.warnings);
    return fgets(answer, sizeof(answer), stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}

int replay_emit_send(struct replay *replay, struct err *err)
{
    struct delivered outcome = {0};
    const struct announcer_setup setup = {
        .config = replay->config, .topic = replay->config->output.warnings, .result = take_result, .ctx = &outcome};
    struct announcer *announcer;

    if (replay->emit.n > EMIT_MOST) {
        err_add(err, "%zu warnings would be sent: more than %d at once are no correction; send them in parts (--from, "
                     "--to)",
                replay->emit.n, EMIT_MOST);
        return EXIT_BAD_DATA;
    }
    if (replay->emit.n == 0 || (!replay->yes && !agrees(replay))) {
        fputs("nothing was sent\n", stderr);
        return EXIT_DONE;
    }
    announcer = announcer_new(&setup, err);
    if (announcer != NULL)
        send_all(replay, announcer, err);
    announcer_free(&announcer);
    if (outcome.failed > 0)
        err_add(err, "%zu warnings were not taken by %s: %s", outcome.failed, replay->config->output.warnings,
                outcome.why);
    fprintf(stderr, "%zu of %zu warnings sent\n", outcome.sent, replay->emit.n);
    return err->count > 0 ? EXIT_RUNTIME : EXIT_DONE;
}
