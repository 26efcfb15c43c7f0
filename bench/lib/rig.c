/* rig.c - nothing is freed: the programs are short. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>

const struct alert_source rig_source = {.file = STR_LIT("bench")};
static const struct alert_options alert = {.excerpt_chars = 120, .engine_version = TELSIEVE_VERSION};

void rig_fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

const struct ruleset *rig_ruleset(const char *dir)
{
    struct ruleset_options options;
    struct ruleset *ruleset;
    struct err err;

    err_init(&err);
    ruleset_options_default(&options);
    options.skip_self_test = true;
    ruleset = ruleset_load(dir, &options, &err);
    if (ruleset == NULL)
        rig_fail(err.text != NULL ? err.text : "the rule set cannot be loaded");
    err_fini(&err);
    return ruleset;
}

const struct feed *rig_feed(void)
{
    struct err err;
    const struct feed *feed;

    err_init(&err);
    if ((feed = feed_new(NULL, "bench", &err)) == NULL)
        rig_fail("out of memory");
    err_fini(&err);
    return feed;
}

struct session *rig_session(const struct ruleset *ruleset)
{
    const struct decode_limits limits = DECODE_LIMITS_DEFAULT;
    struct session *session = session_new(&limits, &alert);

    if (session == NULL || session_use(session, ruleset) != 0)
        rig_fail("out of memory");
    return session;
}

struct corpus *rig_corpus(const char *mix, size_t n, struct session *session, const struct feed *feed)
{
    const struct generator_mix *found = generator_mix(mix);
    struct corpus *corpus = found != NULL ? corpus_new(found, n, RIG_TIME_MS, CORPUS_SEED) : NULL;

    if (corpus == NULL)
        rig_fail("no such mix of records, or out of memory");
    if (corpus_judge(corpus, session, feed) != 0)
        rig_fail("a generated record could not be judged");
    return corpus;
}

struct corpus *rig_earlier(const char *mix, size_t n)
{
    struct corpus *corpus = corpus_new(generator_mix(mix), n, RIG_TIME_MS, CORPUS_SEED + 1);

    if (corpus == NULL)
        rig_fail("out of memory");
    return corpus;
}

void rig_remember(struct session *session, const struct corpus *earlier, const struct feed *feed)
{
    if (judge_remember(session_judge(session), CORPUS_TEMPLATES) != 0)
        rig_fail("out of memory");
    rig_judge(earlier, session, feed);
}

uint64_t rig_judge(const struct corpus *corpus, struct session *session, const struct feed *feed)
{
    struct session_result result;
    uint64_t sum = 0;
    size_t len;

    for (size_t i = 0; i < corpus->n; i++) {
        session_begin(session, feed, corpus->payloads[i], &rig_source);
        while (session_next(session, &result)) {
            sum += result.outcome;
            if (result.outcome == OUTCOME_WARNED)
                free(session_warning(session, false, RIG_TIME_MS, &len, NULL));
        }
    }
    return sum;
}
