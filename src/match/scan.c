/* scan.c - Hyperscan reports (pattern, end); a literal's start is its end minus its length. Each report is a candidate
 * for the phrases behind the pattern: where they are asked for, sequences are extended from it and regular expressions
 * run by PCRE2 over the field. What holds is sorted and kept once. */
#include "match/scan.h"

#include "match/scan_regex.h"

#include <stdlib.h>

/* Bounds what a regular expression may cost on one field; beyond it the record is reported as failed. */
#define REGEX_MATCH_LIMIT 1000000

void scan_init(struct scan *scan)
{
    *scan = (struct scan){0};
    sequence_init(&scan->sequence);
}

void scan_fini(struct scan *scan)
{
    hs_free_scratch(scan->scratch);
    sequence_fini(&scan->sequence);
    pcre2_match_data_free(scan->match_data);
    pcre2_match_context_free(scan->match_context);
    free(scan->hits);
    free(scan->found);
    free(scan->regexes_run);
    free(scan->regex_places);
    free(scan->set_rounds);
    *scan = (struct scan){0};
}

static int grow_scratch(struct scan *scan, const hs_database_t *database)
{
    hs_error_t rc = database != NULL ? hs_alloc_scratch(database, &scan->scratch) : HS_SUCCESS;

    return rc == HS_SUCCESS ? 0 : rc == HS_NOMEM ? -TS_ENOMEM : -TS_EENGINE;
}

static size_t regex_words(const struct ruleset *ruleset)
{
    return (ruleset->nregexes + 63) / 64;
}

/* Per regular expression and per set. No round of another rule set is one of the next record's. */
static int reserve_memory(struct scan *scan, const struct ruleset *ruleset)
{
    free(scan->regexes_run);
    free(scan->regex_places);
    free(scan->set_rounds);
    scan->regexes_run = calloc(regex_words(ruleset) + 1, sizeof(*scan->regexes_run));
    scan->regex_places = calloc(ruleset->nregexes + 1, sizeof(*scan->regex_places));
    scan->set_rounds = calloc(ruleset->nsets + 1, sizeof(*scan->set_rounds));
    return scan->regexes_run != NULL && scan->regex_places != NULL && scan->set_rounds != NULL ? 0 : -TS_ENOMEM;
}

int scan_use(struct scan *scan, const struct ruleset *ruleset)
{
    int rc = grow_scratch(scan, ruleset->database);

    if (rc == 0)
        rc = grow_scratch(scan, polarity_database(ruleset->polarity));
    if (rc == 0)
        rc = sequence_reserve(&scan->sequence, ruleset->max_reach);
    if (rc == 0)
        rc = reserve_memory(scan, ruleset);
    if (rc != 0 || scan->match_data != NULL)
        return rc;
    scan->match_data = pcre2_match_data_create(1, NULL);
    scan->match_context = pcre2_match_context_create(NULL);
    if (scan->match_data == NULL || scan->match_context == NULL)
        return -TS_ENOMEM;
    pcre2_set_match_limit(scan->match_context, REGEX_MATCH_LIMIT);
    return 0;
}

static __attribute__((noinline, cold)) bool grow_hits(struct scan *scan)
{
    size_t cap = scan->hits_cap > 0 ? 2 * scan->hits_cap : 64;
    struct scan_hit *hits = realloc(scan->hits, cap * sizeof(*hits));

    scan->out_of_memory = hits == NULL;
    if (hits == NULL)
        return false;
    scan->hits = hits;
    scan->hits_cap = cap;
    return true;
}

static int collect(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx)
{
    struct scan *scan = ctx;

    (void)from, (void)flags;
    if (scan->nhits == scan->hits_cap && !grow_hits(scan))
        return 1;
    scan->hits[scan->nhits++] = (struct scan_hit){(uint32_t)id, (uint32_t)to};
    return 0;
}

/* What Hyperscan knows nothing of may be in any field that is not empty. */
static int collect_others(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon)
{
    for (size_t i = ruleset->nliterals; i < ruleset->npatterns; i++) {
        uint8_t field = ruleset->phrases[ruleset->postings[ruleset->patterns[i].first].phrase].field;

        if (canon->end[field] > canon->start[field] && collect((unsigned)i, 0, canon->end[field], 0, scan) != 0)
            return -TS_ENOMEM;
    }
    return 0;
}

static bool is_rewritten(const struct scan *scan, uint32_t start, uint32_t end)
{
    for (size_t i = 0; i < scan->nrewrites; i++)
        if (start < scan->rewrites[i].end && end > scan->rewrites[i].start)
            return true;
    return false;
}

static int add_found(struct scan *scan, uint32_t phrase, uint32_t start, uint32_t end, bool disguised)
{
    if (scan->nfound == scan->found_cap) {
        size_t cap = scan->found_cap > 0 ? 2 * scan->found_cap : 64;
        struct found *found = realloc(scan->found, cap * sizeof(*found));
        if (found == NULL)
            return -TS_ENOMEM;
        scan->found = found;
        scan->found_cap = cap;
    }
    scan->found[scan->nfound++] =
        (struct found){phrase, start, end, disguised || is_rewritten(scan, start, end)};
    return 0;
}

/* Is the literal at [start, end) one in the field of the phrase? */
static bool is_in_field(const struct phrase *phrase, const struct canon *canon, uint32_t start, uint32_t end)
{
    return start >= canon->start[phrase->field] && end <= canon->end[phrase->field];
}

static bool place_sequence(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon, uint32_t id,
                           struct scan_hit hit, struct sequence_span *span)
{
    const struct phrase *phrase = &ruleset->phrases[id];
    uint32_t start = hit.end - (uint32_t)ruleset->patterns[hit.pattern].literal.n;

    return is_in_field(phrase, canon, start, hit.end) &&
           sequence_extend(&scan->sequence, phrase->fragment, phrase->filters, canon, (enum canon_field)phrase->field,
                           start, hit.end, span);
}

static int try_sequence(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon, uint32_t id,
                        struct scan_hit hit)
{
    struct sequence_span span;

    return place_sequence(scan, ruleset, canon, id, hit, &span)
               ? add_found(scan, id, span.start, span.end, span.disguised) : 0;
}

static void forget_regexes(struct scan *scan, const struct ruleset *ruleset)
{
    if (ruleset->nregexes > 0)
        memset(scan->regexes_run, 0, regex_words(ruleset) * sizeof(*scan->regexes_run));
}

/* All its places, at the first of its hits. */
static int try_regex(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon, uint32_t id)
{
    const struct phrase *phrase = &ruleset->phrases[id];
    uint32_t start = canon->start[phrase->field];
    struct regex_place *first = scan_regex_first(scan, phrase, canon), place = *first;
    int rc;

    if (first->found)
        return 0;
    first->found = true;
    for (; place.rc >= 0; place = scan_regex_next(scan, phrase, canon, place))
        if ((rc = add_found(scan, id, start + place.start, start + place.end,
                            scan_regex_disguised(phrase, canon, place))) != 0)
            return rc;
    return scan_regex_result(place.rc);
}

/* Are its phrases to be found in this round? */
static bool is_wanted(struct scan *scan, const uint64_t *sets, uint32_t set)
{
    uint64_t last = scan->set_rounds[set];

    if ((sets != NULL && (sets[set / 64] >> set % 64 & 1) == 0) || (last >= scan->first_round && last < scan->round))
        return false;
    scan->set_rounds[set] = scan->round;
    return true;
}

static int try_hit(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon, struct scan_hit hit,
                   const uint64_t *sets)
{
    const struct pattern *pattern = &ruleset->patterns[hit.pattern];
    int rc = 0;

    for (uint32_t i = pattern->first; i < pattern->first + pattern->n && rc == 0; i++) {
        const struct posting *posting = &ruleset->postings[i];
        if (!is_wanted(scan, sets, posting->set) || !scan_may_hold(scan, canon, posting))
            continue;
        rc = ruleset->phrases[posting->phrase].regex != NULL
                 ? try_regex(scan, ruleset, canon, posting->phrase)
                 : try_sequence(scan, ruleset, canon, posting->phrase, hit);
    }
    return rc;
}

static bool comes_before(const struct ruleset *ruleset, const struct found *a, const struct found *b)
{
    uint32_t set_a = ruleset->phrases[a->phrase].set, set_b = ruleset->phrases[b->phrase].set;

    if (set_a != set_b)
        return set_a < set_b;
    if (a->start != b->start)
        return a->start < b->start;
    if (a->end != b->end)
        return a->end < b->end;
    return a->phrase != b->phrase ? a->phrase < b->phrase : a->disguised < b->disguised;
}

/* Shell sort: libc's qsort may allocate, and a record has a handful. */
static void sort_found(struct scan *scan, const struct ruleset *ruleset)
{
    size_t gap = 1;

    while (gap < scan->nfound / 3)
        gap = 3 * gap + 1;
    for (; gap > 0; gap /= 3) {
        for (size_t i = gap; i < scan->nfound; i++) {
            struct found found = scan->found[i];
            size_t k = i;
            for (; k >= gap && comes_before(ruleset, &found, &scan->found[k - gap]); k -= gap)
                scan->found[k] = scan->found[k - gap];
            scan->found[k] = found;
        }
    }
}

/* Two anchors can lead to the same place: keep one (the plain one sorts before the disguised). */
static void drop_repeats(struct scan *scan)
{
    size_t kept = 0;

    for (size_t i = 0; i < scan->nfound; i++) {
        const struct found *last = kept > 0 ? &scan->found[kept - 1] : NULL, *this = &scan->found[i];
        if (last == NULL || last->phrase != this->phrase || last->start != this->start || last->end != this->end)
            scan->found[kept++] = *this;
    }
    scan->nfound = kept;
}

int scan_hit(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon,
             struct canon_rewrite *rewrites, size_t nrewrites)
{
    hs_error_t hs;

    scan->nhits = scan->nfound = 0;
    scan->first_round = scan->round + 1;
    scan->rewrites = rewrites;
    scan->nrewrites = nrewrites;
    forget_regexes(scan, ruleset);
    scan->out_of_memory = scan->has_words = false;
    if (collect_others(scan, ruleset, canon) != 0)
        return -TS_ENOMEM;
    if (ruleset->database == NULL)
        return 0;
    hs = hs_scan(ruleset->database, canon->buf, (unsigned)canon->len, 0, scan->scratch, collect, scan);
    if (hs == HS_SUCCESS)
        return 0;
    return scan->out_of_memory ? -TS_ENOMEM : -TS_EENGINE;
}

int scan_find(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon, const uint64_t *sets)
{
    size_t before = scan->nfound;
    int rc = 0;

    scan->round++;
    for (size_t i = 0; i < scan->nhits && rc == 0; i++)
        rc = try_hit(scan, ruleset, canon, scan->hits[i], sets);
    if (rc != 0 || scan->nfound == before)
        return rc;
    sort_found(scan, ruleset);
    drop_repeats(scan);
    return 0;
}

/* At the first of its hits: 1 when one of its places is. */
static int disguised_regex(struct scan *scan, const struct phrase *phrase, const struct canon *canon)
{
    struct regex_place *first = scan_regex_first(scan, phrase, canon), place = *first;

    if (first->undisguised)
        return 0;
    first->undisguised = true;
    for (; place.rc >= 0; place = scan_regex_next(scan, phrase, canon, place))
        if (scan_regex_disguised(phrase, canon, place))
            return 1;
    return scan_regex_result(place.rc);
}

static int disguised_here(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon,
                          struct scan_hit hit, uint32_t shortest)
{
    const struct pattern *pattern = &ruleset->patterns[hit.pattern];
    int rc = 0;

    for (uint32_t i = pattern->first; i < pattern->first + pattern->n && rc == 0; i++) {
        const struct posting *posting = &ruleset->postings[i];
        const struct phrase *phrase = &ruleset->phrases[posting->phrase];
        struct sequence_span span;

        if (phrase->longest < shortest || scan->set_rounds[posting->set] >= scan->first_round ||
            !scan_may_hold(scan, canon, posting))
            continue;
        rc = phrase->regex != NULL
                 ? disguised_regex(scan, phrase, canon)
                 : place_sequence(scan, ruleset, canon, posting->phrase, hit, &span) && span.disguised;
    }
    return rc;
}

int scan_more_disguised(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon)
{
    uint32_t shortest = canon_shortest_disguised(canon);
    int rc = 0;

    if (shortest == UINT32_MAX)
        return 0;
    for (size_t i = 0; i < scan->nhits && rc == 0; i++)
        rc = disguised_here(scan, ruleset, canon, scan->hits[i], shortest);
    return rc;
}

bool scan_holds(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon, struct scan_hit hit,
                uint32_t id)
{
    const struct phrase *phrase = &ruleset->phrases[id];
    uint32_t start = hit.end - (uint32_t)ruleset->patterns[hit.pattern].literal.n;

    if (phrase->regex != NULL) {
        struct regex_place *place = scan_regex_first(scan, phrase, canon);
        bool told = place->told;

        place->told = true;
        return !told && place->rc != PCRE2_ERROR_NOMATCH; /* one that fails is told of by scan_find */
    }
    return is_in_field(phrase, canon, start, hit.end) &&
           sequence_holds(&scan->sequence, phrase->fragment, phrase->filters, canon, (enum canon_field)phrase->field,
                          start, hit.end);
}

void scan_ask_again(struct scan *scan, const struct ruleset *ruleset)
{
    for (size_t i = 0; i < ruleset->nregexes; i++)
        scan->regex_places[i].told = false;
}

int scan_run(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon)
{
    int rc = scan_hit(scan, ruleset, canon, NULL, 0);

    return rc == 0 ? scan_find(scan, ruleset, canon, NULL) : rc;
}
