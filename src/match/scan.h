/* scan.h - one pass of Hyperscan over a canonical record, then the fragments that are really there: all of them, or
 * those that somebody needs to know.
 *
 * What bounds it: a literal ends at a byte once, so hits are at most (bytes of the record × literals that can end at
 * one byte), and each leads to at most one place per phrase that the literal anchors; a regular expression is run once
 * over its field, and its places do not overlap. Found is thus linear in the record's length, which decoding bounds
 * (struct decode_limits); so is the time, but for sorting what was found and for regular expressions, which a match
 * limit ends.
 *
 * Threads: a struct scan is working memory of one worker; its arrays grow to what the largest record needed. */
#ifndef TELSIEVE_MATCH_SCAN_H
#define TELSIEVE_MATCH_SCAN_H

#include "match/compiled.h"
#include "match/sequence.h"
#include "record/canon_rewrite.h"

struct scan_hit {
    uint32_t pattern, end;
};

/* A fragment that is in the record. */
struct found {
    uint32_t phrase, start, end; /* bytes of canon.buf */
    bool disguised;
};

/* The first place of a regular expression in its field, or what pcre2_match said instead. */
struct regex_place {
    int rc;
    uint32_t start, end; /* bytes of the field; with rc ≥ 0 */
    bool told, found;    /* by scan_holds, by scan_find; */
    bool undisguised;    /* so by scan_more_disguised */
};

struct scan {
    hs_scratch_t *scratch; /* also for the polarity words */
    struct sequence sequence;
    uint64_t *regexes_run; /* a bit per regular expression: its first place in this record is known, */
    struct regex_place *regex_places; /* namely this one */
    uint64_t *set_rounds;  /* per set: the round of scan_find in which its phrases were found last */
    uint64_t round, first_round; /* the one going on; the first of this record */
    pcre2_match_data *match_data;
    pcre2_match_context *match_context;
    struct scan_hit *hits;
    size_t nhits, hits_cap;
    bool out_of_memory;    /* set by the callback */
    struct text_words words; /* of this record, once has_words */
    bool has_words;
    struct canon_rewrite *rewrites; /* of this record: what is found over one is disguised (lent) */
    size_t nrewrites;
    struct found *found;   /* of this record, by set, start, end, phrase; each once */
    size_t nfound, found_cap;
};

void scan_init(struct scan *scan);
void scan_fini(struct scan *scan);

/* Make room for a rule set: scratch, reach. Returns 0, -TS_ENOMEM or -TS_EENGINE. */
int scan_use(struct scan *scan, const struct ruleset *ruleset);

/* The pass of Hyperscan over `canon`, in which `rewrites` were made: scan->hits, each a literal that stands there and
 * so a place where the phrases it anchors may be. Nothing is found yet. Returns 0, -TS_ENOMEM or -TS_EENGINE. */
int scan_hit(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon,
             struct canon_rewrite *rewrites, size_t nrewrites);

/* Which phrases behind the hits are really there: they are added to scan->found; with `sets` (a bit per set) only those
 * of these sets. As often as wanted after scan_hit: what is found already is not looked for again. Returns 0,
 * -TS_ENOMEM or -TS_EENGINE; after an error nothing is known of the record. */
int scan_find(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon, const uint64_t *sets);

/* Would scan_find, asked for all, find one more that is disguised? For a record without rewrites. Much cheaper: most
 * phrases are too short for the breaks of a text. Returns 1, 0, -TS_ENOMEM or -TS_EENGINE. */
int scan_more_disguised(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon);

/* The words of the text, for as long as it is the record's. */
static inline const struct text_words *scan_words(struct scan *scan, const struct canon *canon)
{
    if (!scan->has_words)
        text_words_read(&scan->words, canon);
    scan->has_words = true;
    return &scan->words;
}

/* May the phrase be there, by the words of the text? False is certain. Cheap; asked first by all that follow. */
static inline bool scan_may_hold(struct scan *scan, const struct canon *canon, const struct posting *posting)
{
    return posting->needs == NULL || text_words_meet(scan_words(scan, canon), posting->needs);
}

/* Is the phrase, of those that the hit leads to, there? To be asked once per hit and phrase: a regular expression is
 * told of at the first of its hits since scan_hit, or since scan_ask_again. */
bool scan_holds(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon, struct scan_hit hit,
                uint32_t phrase);

/* From here on scan_holds may be asked once more for each hit and phrase. */
void scan_ask_again(struct scan *scan, const struct ruleset *ruleset);

/* Both: every fragment and allow phrase of `canon`, in which nothing was rewritten. */
int scan_run(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon);

#endif
