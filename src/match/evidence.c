/* evidence.c - the rules of the rule sets held: those that read alike are one. How many records a rule saw is counted
 * per rule set, not per rule, and added up when asked. */
#include "core/clock.h"
#include "match/compiled.h"
#include "match/evidence_parts.h"

#include <stdlib.h>

static void free_rule(struct evidence_rule *rule)
{
    for (unsigned i = 0; i < rule->evidence->nworkers; i++)
        free(atomic_load_explicit(&rule->cells[i], memory_order_relaxed));
    free(rule->id);
    free(rule->library);
    free(rule);
}

static struct evidence_rule **bucket_of(struct evidence *evidence, const unsigned char digest[EVIDENCE_DIGEST])
{
    return &evidence->buckets[(digest[0] | digest[1] << 8) % EVIDENCE_BUCKETS];
}

static struct evidence_rule *new_rule(struct evidence *evidence, const struct rule_entry *entry,
                                      const unsigned char digest[EVIDENCE_DIGEST])
{
    size_t size = sizeof(struct evidence_rule) + evidence->nworkers * sizeof(_Atomic(struct evidence_cell *));
    struct evidence_rule **bucket = bucket_of(evidence, digest);
    struct evidence_rule *rule = calloc(1, size);

    if (rule == NULL)
        return NULL;
    rule->evidence = evidence;
    memcpy(rule->digest, digest, EVIDENCE_DIGEST);
    rule->id = strdup(entry->rule->id);
    rule->library = strdup(entry->library->name);
    rule->since_ms = clock_wall_ms();
    if (rule->id == NULL || rule->library == NULL) {
        free_rule(rule);
        return NULL;
    }
    rule->next = *bucket;
    *bucket = rule;
    return rule;
}

static struct evidence_rule *find_rule(struct evidence *evidence, const unsigned char digest[EVIDENCE_DIGEST])
{
    for (struct evidence_rule *rule = *bucket_of(evidence, digest); rule != NULL; rule = rule->next)
        if (memcmp(rule->digest, digest, EVIDENCE_DIGEST) == 0)
            return rule;
    return NULL;
}

/* Of all libraries, by their number; to be free()d. NULL: out of memory. */
static unsigned char (*digest_libraries(const struct ruleset *ruleset))[EVIDENCE_DIGEST]
{
    unsigned char(*digests)[EVIDENCE_DIGEST] = calloc(ruleset->nlibraries + 1, EVIDENCE_DIGEST);
    int rc = digests != NULL ? 0 : -TS_ENOMEM;

    for (size_t i = 0; i < ruleset->nlibraries && rc == 0; i++)
        rc = evidence_digest_library(ruleset->libraries[i].library, digests[i]);
    if (rc == 0)
        return digests;
    free(digests);
    return NULL;
}

/* With the mutex, as the next. */
static int fill_set(struct evidence_set *set, const struct ruleset *ruleset, unsigned char (*digests)[EVIDENCE_DIGEST])
{
    unsigned char digest[EVIDENCE_DIGEST];

    for (; set->nrules < ruleset->nrules; set->nrules++) {
        const struct rule_entry *entry = &ruleset->rules[set->nrules];
        struct evidence_rule *rule;

        if (evidence_digest_rule(ruleset, entry, digests, digest) != 0)
            return -TS_ENOMEM;
        rule = find_rule(set->evidence, digest);
        if (rule == NULL && (rule = new_rule(set->evidence, entry, digest)) == NULL)
            return -TS_ENOMEM;
        set->may_warn[set->nrules] = entry->rule->state == RULE_LIVE || entry->rule->state == RULE_CANARY;
        rule->nsets++;
        rule->nwarning += set->may_warn[set->nrules];
        set->rules[set->nrules] = rule;
    }
    return 0;
}

/* A rule that no set has any more goes. */
static void sweep(struct evidence_rule **bucket)
{
    while (*bucket != NULL) {
        struct evidence_rule *rule = *bucket;

        if (rule->nsets > 0) {
            bucket = &rule->next;
            continue;
        }
        *bucket = rule->next;
        free_rule(rule);
    }
}

static void leave_rules(struct evidence_set *set)
{
    uint64_t judged = evidence_judged_by(set);

    for (size_t i = 0; i < set->nrules; i++) {
        set->rules[i]->judged_before += judged;
        set->rules[i]->nsets--;
        set->rules[i]->nwarning -= set->may_warn[i];
    }
    for (size_t i = 0; i < EVIDENCE_BUCKETS; i++)
        sweep(&set->evidence->buckets[i]);
}

static void leave_list(struct evidence_set *set)
{
    for (struct evidence_set **at = &set->evidence->sets; *at != NULL; at = &(*at)->next)
        if (*at == set) {
            *at = set->next;
            break;
        }
}

void evidence_forget(struct evidence_set **set)
{
    struct evidence_set *old = *set;

    if (old == NULL)
        return;
    pthread_mutex_lock(&old->evidence->mutex);
    if (old->judged != NULL)
        leave_rules(old);
    leave_list(old);
    pthread_mutex_unlock(&old->evidence->mutex);
    free(old->may_warn);
    free(old->rules);
    free(old->judged);
    free(old);
    *set = NULL;
}

static struct evidence_set *new_set(struct evidence *evidence, size_t nrules)
{
    struct evidence_set *set = calloc(1, sizeof(*set));

    if (set == NULL)
        return NULL;
    set->evidence = evidence;
    set->rules = calloc(nrules + 1, sizeof(struct evidence_rule *));
    set->may_warn = calloc(nrules + 1, sizeof(bool));
    set->judged = aligned_alloc(64, evidence->nworkers * sizeof(*set->judged));
    if (set->rules == NULL || set->may_warn == NULL || set->judged == NULL) {
        free(set->may_warn);
        free(set->rules);
        free(set->judged);
        free(set);
        return NULL;
    }
    memset(set->judged, 0, evidence->nworkers * sizeof(*set->judged));
    return set;
}

int evidence_observe(struct evidence *evidence, struct ruleset *ruleset)
{
    struct evidence_set *set = new_set(evidence, ruleset->nrules);
    unsigned char(*digests)[EVIDENCE_DIGEST] = digest_libraries(ruleset);
    int rc = -TS_ENOMEM;

    evidence_forget(&ruleset->evidence);
    if (set != NULL && digests != NULL) {
        pthread_mutex_lock(&evidence->mutex);
        set->next = evidence->sets;
        evidence->sets = set;
        rc = fill_set(set, ruleset, digests);
        pthread_mutex_unlock(&evidence->mutex);
    }
    if (rc != 0)
        evidence_forget(&set);
    ruleset->evidence = set;
    free(digests);
    return rc;
}

struct evidence *evidence_new(unsigned nworkers, uint64_t rule_per_minute)
{
    struct evidence *evidence = calloc(1, sizeof(*evidence));

    if (evidence == NULL)
        return NULL;
    evidence->nworkers = nworkers > 0 ? nworkers : 1;
    evidence->rule_per_minute = rule_per_minute;
    evidence->workers =
        aligned_alloc(_Alignof(struct evidence_worker), evidence->nworkers * sizeof(*evidence->workers));
    if (evidence->workers == NULL || pthread_mutex_init(&evidence->mutex, NULL) != 0) {
        free(evidence->workers);
        free(evidence);
        return NULL;
    }
    memset(evidence->workers, 0, evidence->nworkers * sizeof(*evidence->workers));
    return evidence;
}

void evidence_free(struct evidence **evidence)
{
    struct evidence *old = *evidence;

    if (old == NULL)
        return;
    pthread_mutex_destroy(&old->mutex);
    free(old->workers);
    free(old->verdicts);
    free(old);
    *evidence = NULL;
}
