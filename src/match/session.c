/* session.c - decode, judge, alert, in that order; the arena holds what a warning needs and is reset per payload. */
#include "match/session.h"

#include <stdlib.h>

#define ARENA_BLOCK_BYTES (64u << 10)

struct session {
    struct decoder *decoder;
    struct judge *judge;
    const struct ruleset *ruleset;
    const struct alert_options *options;
    const struct alert_source *source;
    struct arena arena;
    struct record record;
    const struct verdict *verdict;
};

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[OUTCOME_COUNT] = {"clean", "warned", "suppressed", "dead_lettered"};
    return names[outcome];
}

struct session *session_new(const struct decode_limits *limits, const struct alert_options *options)
{
    struct session *session = calloc(1, sizeof(*session));

    if (session == NULL)
        return NULL;
    session->options = options;
    session->decoder = decoder_new(limits);
    session->judge = judge_new();
    arena_init(&session->arena, ARENA_BLOCK_BYTES);
    if (session->decoder == NULL || session->judge == NULL)
        session_free(&session);
    return session;
}

void session_free(struct session **session)
{
    if (*session == NULL)
        return;
    decoder_free(&(*session)->decoder);
    judge_free(&(*session)->judge);
    arena_fini(&(*session)->arena);
    free(*session);
    *session = NULL;
}

int session_use(struct session *session, const struct ruleset *ruleset)
{
    session->ruleset = ruleset;
    return judge_use(session->judge, ruleset);
}

void session_begin(struct session *session, const struct feed *feed, struct str payload,
                   const struct alert_source *source)
{
    session->source = source;
    session->verdict = NULL;
    decoder_begin(session->decoder, feed, payload);
}

bool session_next(struct session *session, struct session_result *result)
{
    static const enum outcome outcomes[] = {
        [VERDICT_CLEAN] = OUTCOME_CLEAN, [VERDICT_WARNED] = OUTCOME_WARNED, [VERDICT_SUPPRESSED] = OUTCOME_SUPPRESSED};

    *result = (struct session_result){.outcome = OUTCOME_DEAD_LETTERED};
    session->verdict = NULL;
    switch (decoder_next(session->decoder, &session->record, &result->fault)) {
    case DECODE_END: return false;
    case DECODE_BAD: return true;
    case DECODE_RECORD: break;
    }
    result->record = &session->record;
    if (judge_record(session->judge, &session->record, &session->verdict) != 0) {
        session->verdict = NULL;
        result->fault = (struct decode_fault){.reason = REASON_INTERNAL, .sub = session->record.sub};
        return true;
    }
    result->verdict = session->verdict;
    result->outcome = outcomes[session->verdict->kind];
    return true;
}

char *session_warning(struct session *session, bool shadow, bool shortened, int64_t now_ms, size_t *len,
                      struct warning *built)
{
    struct warning warning;

    arena_reset(&session->arena);
    if (alert_build(session->verdict, session->ruleset, session->options, session->source, shadow, now_ms,
                    &session->arena, &warning) != 0)
        return NULL;
    if (built != NULL)
        *built = warning;
    return warning_encode(&warning, shortened, len);
}

struct judge *session_judge(struct session *session)
{
    return session->judge;
}
