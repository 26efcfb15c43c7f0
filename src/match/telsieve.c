/* telsieve.c - the public library is a thin coat over ruleset and session. */
#include "telsieve/telsieve.h"

#include "core/clock.h"
#include "match/lists_file.h"
#include "match/session.h"

#include <stdlib.h>

struct telsieve {
    struct ruleset *ruleset;
    struct lists *lists; /* of the folder */
    struct feed *feed;
    struct alert_options options;
};

struct telsieve_session {
    const struct telsieve *engine;
    struct session *session;
    struct alert_source source;
    bool warned;
    char id[65]; /* ids are at most 64 bytes (DOMAIN 5.4); a longer one is cut */
};

const char *telsieve_version(void)
{
    return TELSIEVE_VERSION;
}

struct telsieve *telsieve_open(const char *rules_dir, char **problems)
{
    struct telsieve *engine = calloc(1, sizeof(*engine));
    struct ruleset_options options;
    struct err err;

    err_init(&err);
    ruleset_options_default(&options);
    if (engine != NULL) {
        engine->options = (struct alert_options){.excerpt_chars = 120, .engine_version = TELSIEVE_VERSION};
        engine->feed = feed_new(NULL, "json", &err);
        engine->ruleset = ruleset_load(rules_dir, &options, &err);
        engine->lists = lists_open(rules_dir, 0, &err);
        if (engine->ruleset == NULL || engine->lists == NULL || engine->feed == NULL)
            telsieve_close(&engine);
    }
    if (problems != NULL) {
        *problems = engine == NULL ? err.text : NULL;
        if (engine == NULL)
            err.text = NULL; /* given to the caller */
    }
    err_fini(&err);
    return engine;
}

void telsieve_close(struct telsieve **engine)
{
    if (*engine == NULL)
        return;
    lists_free(&(*engine)->lists);
    ruleset_free(&(*engine)->ruleset);
    feed_free(&(*engine)->feed);
    free(*engine);
    *engine = NULL;
}

const char *telsieve_ruleset(const struct telsieve *engine)
{
    return ruleset_hash(engine->ruleset);
}

struct telsieve_session *telsieve_session_new(const struct telsieve *engine)
{
    struct telsieve_session *session = calloc(1, sizeof(*session));
    struct decode_limits limits = DECODE_LIMITS_DEFAULT;

    if (session == NULL)
        return NULL;
    session->engine = engine;
    session->session = session_new(&limits, &engine->options);
    if (session->session == NULL || session_use(session->session, engine->ruleset) != 0)
        telsieve_session_free(&session);
    if (session != NULL)
        judge_lists(session_judge(session->session), engine->lists, false);
    return session;
}

void telsieve_session_free(struct telsieve_session **session)
{
    if (*session == NULL)
        return;
    session_free(&(*session)->session);
    free(*session);
    *session = NULL;
}

static void fill(struct telsieve_session *session, const struct session_result *from, struct telsieve_result *to)
{
    static const enum telsieve_outcome outcomes[OUTCOME_COUNT] = {
        [OUTCOME_CLEAN] = TELSIEVE_CLEAN,
        [OUTCOME_WARNED] = TELSIEVE_WARNED,
        [OUTCOME_SUPPRESSED] = TELSIEVE_SUPPRESSED,
        [OUTCOME_DEAD_LETTERED] = TELSIEVE_DEAD_LETTERED,
    };

    *to = (struct telsieve_result){.outcome = outcomes[from->outcome]};
    if (from->record != NULL) {
        struct str id = record_str(from->record, FIELD_ID);
        size_t n = id.n < sizeof(session->id) - 1 ? id.n : sizeof(session->id) - 1;
        if (n > 0)
            memcpy(session->id, id.p, n);
        session->id[n] = '\0';
        to->id = session->id;
        to->sub = from->record->sub;
    }
    if (from->outcome == OUTCOME_DEAD_LETTERED) {
        to->sub = from->fault.sub;
        to->reason = reason_name(from->fault.reason);
    } else if (from->verdict->nfired > 0) {
        const struct fired *top = &from->verdict->fired[0];
        to->rule = top->rule->id;
        to->family = top->rule->family;
        to->type = top->rule->type;
        to->tier = (int)top->tier;
    }
}

size_t telsieve_judge(struct telsieve_session *session, const char *payload, size_t size_bytes,
                      telsieve_result_fn *on_result, void *ctx)
{
    struct session_result result;
    struct telsieve_result out;
    size_t count = 0;

    session_begin(session->session, session->engine->feed, (struct str){payload, size_bytes}, &session->source);
    while (session_next(session->session, &result)) {
        fill(session, &result, &out);
        session->warned = result.outcome == OUTCOME_WARNED;
        on_result(ctx, session, &out);
        session->warned = false;
        count++;
    }
    return count;
}

char *telsieve_warning(struct telsieve_session *session, const char *origin, uint64_t line, size_t *size_bytes)
{
    size_t n;

    if (!session->warned)
        return NULL;
    session->source.file = str_of(origin);
    session->source.line = line;
    return session_warning(session->session, false, clock_wall_ms(), size_bytes != NULL ? size_bytes : &n, NULL);
}
