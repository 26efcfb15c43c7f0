/* session.c - decode, judge, alert, in that order. */
#include "match/session.h"

#include <stdlib.h>

struct session {
    struct decoder *decoder;
    struct judge *judge;
    const struct ruleset *ruleset;
    const struct alert_source *source;
    struct alert_maker alerts;
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
    session->decoder = decoder_new(limits);
    session->judge = judge_new();
    if (alert_maker_init(&session->alerts, options) != 0 || session->decoder == NULL || session->judge == NULL)
        session_free(&session);
    return session;
}

void session_free(struct session **session)
{
    if (*session == NULL)
        return;
    decoder_free(&(*session)->decoder);
    judge_free(&(*session)->judge);
    alert_maker_fini(&(*session)->alerts);
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

char *session_warning(struct session *session, bool shadow, int64_t now_ms, size_t *len, struct warning *built)
{
    struct warning warning;

    if (alert_build(&session->alerts, session->verdict, session->ruleset, session->source, shadow, now_ms,
                    &warning) != 0)
        return NULL;
    if (built != NULL)
        *built = warning;
    return warning_encode(&warning, len);
}

struct judge *session_judge(struct session *session)
{
    return session->judge;
}
