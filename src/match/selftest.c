/* selftest.c - the samples go the way of every record: decoder, judge, verdict; and each is scanned by the reference
 * matcher as well. selftest_phrases.c holds the engine against the reference on texts made from the phrases. */
#include "match/selftest.h"

#include "match/judge_parts.h"
#include "match/model_view.h"
#include "record/decoder.h"

#include <stdio.h>

struct sampler {
    const struct ruleset *ruleset;
    const struct changed *changed; /* NULL: all */
    struct judge *judge;
    struct decoder *decoder;
    struct feed *feed;
    struct err *err;
    int rc;
    sample_visit *visit;
    void *visitor;
};

static void fail(struct sampler *sampler, int rc)
{
    if (sampler->rc == 0)
        sampler->rc = rc;
}

static void tell_decode(struct sampler *sampler, const struct rule_entry *entry, const struct sample *sample,
                        const struct decode_fault *fault)
{
    document_error(&entry->library->document, sampler->err, sample->path, false,
                   "rule %s: this sample is no record: %s%s%s", entry->rule->id, reason_help(fault->reason),
                   fault->field != NULL ? ": " : "", fault->field != NULL ? fault->field : "");
    fail(sampler, -TS_EINVAL);
}

/* Which other live rules warned, so that the author sees what the sample does do. */
static const char *others(const struct verdict *verdict, char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "%s", verdict->nlive > 0 ? "; fired instead: " : "");

    for (size_t i = 0; i < verdict->nlive && i < 4 && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%s", i > 0 ? ", " : "", verdict->fired[i].rule->id);
    return out;
}

static void tell_hit(struct sampler *sampler, const struct rule_entry *entry, const struct sample *sample,
                     const char *why, const struct verdict *verdict)
{
    char list[128];

    document_error(&entry->library->document, sampler->err, sample->path, false,
                   "rule %s: this hit sample must make the rule warn, but does not: %s%s", entry->rule->id, why,
                   others(verdict, list, sizeof(list)));
    fail(sampler, -TS_EINVAL);
}

/* The phrases by which a miss sample was hit: their sets, never the text. */
static void tell_miss(struct sampler *sampler, const struct rule_entry *entry, const struct sample *sample,
                      const struct verdict *verdict)
{
    uint32_t rule = (uint32_t)(entry - sampler->ruleset->rules);
    char sets[256] = "";
    size_t n = 0;

    for (size_t i = 0; i < verdict->nfired + verdict->nshadow; i++) {
        const struct fired *fired = i < verdict->nfired ? &verdict->fired[i] : &verdict->shadow[i - verdict->nfired];

        for (size_t k = 0; fired->rule_index == rule && k < fired->nmatches && n < sizeof(sets); k++) {
            const struct phrase *phrase = &sampler->ruleset->phrases[verdict->matches[fired->matches[k]].fragment];
            n += (size_t)snprintf(sets + n, sizeof(sets) - n, "%s%s \"%.*s\"", k > 0 ? ", " : ": ",
                                  sampler->ruleset->sets[phrase->set].set->name, STR_FMT(phrase->fragment->source));
        }
    }
    document_error(&entry->library->document, sampler->err, sample->path, false,
                   "rule %s: this miss sample must not make the rule warn, but does%s", entry->rule->id, sets);
    fail(sampler, -TS_EINVAL);
}

static void cross_check(struct sampler *sampler, const struct rule_entry *entry, const struct sample *sample)
{
    char what[128];
    int rc = judge_cross_check(sampler->judge, what, sizeof(what));

    if (rc == 0)
        return;
    document_error(&entry->library->document, sampler->err, sample->path, false,
                   "rule %s: the pattern engine and the reference matcher differ on this sample: %s", entry->rule->id,
                   rc == 1 ? what : ts_strerror(rc));
    fail(sampler, rc == 1 ? -TS_EMISMATCH : rc);
}

/* A phrase whose time is over takes its samples along: that day must not stop the daemon. */
static bool has_expired(const struct ruleset *ruleset, const struct rule_entry *entry)
{
    for (uint32_t i = 0; i < entry->nsets; i++)
        if (ruleset->sets[entry->sets[i]].set->dated)
            return true;
    return false;
}

static void prove_sample(void *ctx, const struct judged_sample *judged)
{
    struct sampler *sampler = ctx;
    char why[640];
    enum rule_outcome outcome = judge_why(judged->judge, judged->rule, why, sizeof(why));

    if (judged->hit && outcome != RULE_FIRED && !has_expired(sampler->ruleset, judged->entry) &&
        !model_view_is_waited_for(sampler->ruleset, judged->entry))
        tell_hit(sampler, judged->entry, judged->sample, why, judged->verdict);
    else if (!judged->hit && outcome == RULE_FIRED)
        tell_miss(sampler, judged->entry, judged->sample, judged->verdict);
    cross_check(sampler, judged->entry, judged->sample);
}

/* What the sample says is in lists, for the judge; NULL: nothing is, or a problem was told. */
static struct lists *give_lists(struct sampler *sampler, const struct rule_entry *entry, const struct sample *sample)
{
    struct lists *lists = sample->nentries > 0 ? lists_new(sampler->ruleset->plan, 0) : NULL;
    const char *why = "out of memory";

    for (size_t i = 0; i < sample->nentries; i++) {
        const struct sample_entry *said = &sample->entries[i];
        const struct list_entry made = {.list = str_of(said->list), .entry = str_of(said->entry),
                                        .source = STR_LIT(""), .note = STR_LIT("")};

        if (lists != NULL && lists_set(lists, LIST_BASE, &made, &why) >= 0)
            continue;
        document_error(&entry->library->document, sampler->err, sample->path, false,
                       "rule %s: \"%s\" cannot be in list %s: %s", entry->rule->id, said->entry, said->list, why);
        fail(sampler, -TS_EINVAL);
    }
    judge_lists(sampler->judge, lists, false);
    return lists;
}

static void run_sample(struct sampler *sampler, uint32_t rule, const struct sample *sample, bool hit)
{
    const struct rule_entry *entry = &sampler->ruleset->rules[rule];
    struct judged_sample judged = {entry, rule, sample, hit, sampler->judge, NULL};
    struct decode_fault fault;
    struct record record;
    struct lists *lists;
    int rc;

    decoder_begin(sampler->decoder, sampler->feed, str_of(sample->json));
    if (decoder_next(sampler->decoder, &record, &fault) != DECODE_RECORD) {
        tell_decode(sampler, entry, sample, &fault);
        return;
    }
    lists = give_lists(sampler, entry, sample);
    if ((rc = judge_record(sampler->judge, &record, &judged.verdict)) == 0) {
        sampler->visit(sampler->visitor, &judged);
    } else {
        document_error(&entry->library->document, sampler->err, sample->path, false,
                       "rule %s: this sample cannot be judged: %s", entry->rule->id, ts_strerror(rc));
        fail(sampler, rc);
    }
    judge_lists(sampler->judge, NULL, false);
    lists_free(&lists);
}

static void run_samples(struct sampler *sampler)
{
    for (uint32_t i = 0; i < sampler->ruleset->nrules; i++) {
        const struct rule *rule = sampler->ruleset->rules[i].rule;

        if (!changed_has_rule(sampler->changed, i))
            continue;
        for (size_t k = 0; k < rule->nhit && rule->state != RULE_OFF; k++)
            run_sample(sampler, i, &rule->hit[k], true);
        for (size_t k = 0; k < rule->nmiss && rule->state != RULE_OFF; k++)
            run_sample(sampler, i, &rule->miss[k], false);
    }
}

/* `visit` NULL: prove them, the visitor is then the sampler. */
static int each_sample(const struct ruleset *ruleset, const struct changed *changed, sample_visit *visit, void *visitor,
                       struct err *err)
{
    struct decode_limits limits = DECODE_LIMITS_DEFAULT;
    struct sampler sampler = {.ruleset = ruleset, .changed = changed, .judge = judge_new(),
                              .decoder = decoder_new(&limits), .feed = feed_new(NULL, "samples", err), .err = err};

    sampler.visit = visit != NULL ? visit : prove_sample;
    sampler.visitor = visit != NULL ? visitor : &sampler;
    if (sampler.judge == NULL || sampler.decoder == NULL || sampler.feed == NULL)
        sampler.rc = -TS_ENOMEM;
    else
        sampler.rc = judge_use(sampler.judge, ruleset);
    if (sampler.rc == 0) {
        judge_thorough(sampler.judge, true);
        run_samples(&sampler);
    }
    judge_free(&sampler.judge);
    decoder_free(&sampler.decoder);
    feed_free(&sampler.feed);
    return sampler.rc;
}

int selftest_samples(const struct ruleset *ruleset, const struct changed *changed, struct err *err)
{
    return each_sample(ruleset, changed, NULL, NULL, err);
}

int selftest_visit(const struct ruleset *ruleset, sample_visit *visit, void *visitor, struct err *err)
{
    return each_sample(ruleset, NULL, visit, visitor, err);
}

static int selftest_variants(const struct ruleset *ruleset, struct err *err)
{
    struct str which;

    if (ruleset->variants == NULL || variants_self_test(ruleset->variants, &which))
        return 0;
    err_add(err, "variants: another way of writing \"%.*s\" is not found", STR_FMT(which));
    return -TS_EMISMATCH;
}

/* Words of polarity and variants are none of the libraries': only who proves all looks at them. */
static int prove(const struct ruleset *ruleset, const struct changed *changed, struct err *err)
{
    int rc = selftest_phrases(ruleset, changed, err);

    if (rc == 0 && changed == NULL)
        rc = selftest_variants(ruleset, err);
    return rc != 0 ? rc : selftest_samples(ruleset, changed, err);
}

int selftest_run(const struct ruleset *ruleset, const char *const *names, struct err *err)
{
    struct changed changed;
    int rc;

    if (names == NULL)
        return prove(ruleset, NULL, err);
    rc = changed_init(&changed, ruleset, names);
    if (rc == 0)
        rc = prove(ruleset, &changed, err);
    changed_fini(&changed);
    return rc;
}
