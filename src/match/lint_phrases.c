/* lint_phrases.c - the same phrase in two sets; and phrases that another of their set makes needless.
 *
 * For the latter the phrase is written out in all its ways, each with its gaps closed and, when it has any, wide open;
 * each text goes through the matcher alone. Another phrase of the set that is found in all of them finds everything
 * this one finds (gaps between those two extremes are bridged by what bridges both). */
#include "match/lint_parts.h"
#include "match/phrase_text.h"
#include "match/scan.h"

#include <stdlib.h>

#define MAX_WAYS 256     /* of one phrase; richer ones are not looked at */
#define FILLER "\xe5\x9b\x97" /* 囗, in no phrase */

/* ---- the same in two sets ---------------------------------------------------------------------------------- */

/* Not twice for a pair: only sets behind this one. */
static void lint_twins(const struct ruleset *ruleset, uint32_t index, struct err *warnings)
{
    const struct phrase *phrase = &ruleset->phrases[index];
    const struct set_entry *entry = &ruleset->sets[phrase->set];

    for (uint32_t s = phrase->set + 1; s < ruleset->nsets && ruleset->sets[s].library == entry->library; s++) {
        const struct set_entry *other = &ruleset->sets[s];
        for (uint32_t i = 0; i < other->nphrases; i++) {
            const struct phrase *twin = &ruleset->phrases[other->first_phrase + i];
            if (twin->field == phrase->field && fragment_equal(twin->fragment, phrase->fragment))
                err_at(warnings, other->library->document.file, twin->fragment->line, twin->fragment->col,
                       "phrase \"%.*s\" of set %s is also in set %s (line %u); name that set in the condition instead",
                       STR_FMT(twin->fragment->source), other->set->name, entry->set->name, phrase->fragment->line);
        }
    }
}

/* ---- found by another too ---------------------------------------------------------------------------------- */

struct writer {
    const struct ruleset *ruleset;
    struct scan scan;
    struct canon canon;
    uint32_t *others; /* room for every phrase: those found in every way of writing so far */
    size_t nothers;
    bool first;
    int rc;
};

static size_t ways_of(const struct fragment *fragment)
{
    size_t ways = 1;

    for (size_t i = 0; i < fragment->nsteps && ways <= MAX_WAYS; i++)
        if (fragment->steps[i].kind == STEP_ALTERNATIVES)
            ways *= fragment->steps[i].nalt + fragment->steps[i].optional;
    return ways;
}

static bool has_gap(const struct fragment *fragment)
{
    for (size_t i = 1; i < fragment->nsteps; i++)
        if (fragment->steps[i].gap > 0)
            return true;
    return false;
}

/* Way number `way` of writing the phrase. */
static size_t write_way(const struct fragment *fragment, size_t way, bool wide, char *out)
{
    char *p = out;

    for (size_t i = 0; i < fragment->nsteps; i++) {
        const struct step *step = &fragment->steps[i];
        size_t choices = step->nalt + step->optional;
        struct str word = wide ? STR_LIT("36") : STR_LIT("7");

        for (int gap = 0; wide && gap < step->gap; gap++)
            p = (char *)memcpy(p, FILLER, 3) + 3;
        if (step->kind == STEP_ALTERNATIVES) {
            word = way % choices < step->nalt ? step->alt[way % choices] : STR_LIT("");
            way /= choices;
        }
        memcpy(p, word.p, word.n);
        p += word.n;
    }
    return (size_t)(p - out);
}

/* Does `other` make `phrase` needless, if it is found wherever that is? Of two that are alike the later one goes. */
static bool may_replace(const struct ruleset *ruleset, uint32_t other, uint32_t phrase)
{
    const struct phrase *a = &ruleset->phrases[other], *b = &ruleset->phrases[phrase];

    return other != phrase && a->set == b->set && !a->allow && !a->fragment->dated &&
           !(a->fragment->weight < b->fragment->weight) && !(a->fragment->weight > b->fragment->weight);
}

static bool was_found(const struct scan *scan, uint32_t phrase)
{
    for (size_t i = 0; i < scan->nfound; i++)
        if (scan->found[i].phrase == phrase)
            return true;
    return false;
}

/* Keep of the others those that are found in this text too. */
static void try_text(struct writer *writer, uint32_t phrase, size_t n)
{
    size_t kept = 0;

    phrase_lay_out(&writer->canon, (enum canon_field)writer->ruleset->phrases[phrase].field, n);
    writer->rc = scan_run(&writer->scan, writer->ruleset, &writer->canon);
    if (writer->rc != 0)
        return;
    for (size_t i = 0; writer->first && i < writer->scan.nfound; i++)
        if (may_replace(writer->ruleset, writer->scan.found[i].phrase, phrase))
            writer->others[writer->nothers++] = writer->scan.found[i].phrase;
    for (size_t i = 0; i < writer->nothers; i++)
        if (was_found(&writer->scan, writer->others[i]))
            writer->others[kept++] = writer->others[i];
    writer->nothers = kept;
    writer->first = false;
}

/* The phrase that makes this one needless; UINT32_MAX when there is none. */
static uint32_t find_broader(struct writer *writer, uint32_t phrase)
{
    const struct fragment *fragment = writer->ruleset->phrases[phrase].fragment;
    char *text = writer->canon.buf + writer->ruleset->phrases[phrase].field + 1;
    size_t ways = fragment->kind == FRAGMENT_SEQUENCE ? ways_of(fragment) : MAX_WAYS + 1;
    bool gap = fragment->kind == FRAGMENT_SEQUENCE && has_gap(fragment);

    if (ways > MAX_WAYS)
        return UINT32_MAX;
    writer->nothers = 0;
    writer->first = true;
    for (size_t way = 0; way < ways && (writer->first || writer->nothers > 0) && writer->rc == 0; way++) {
        try_text(writer, phrase, write_way(fragment, way, false, text));
        if (gap && writer->nothers > 0)
            try_text(writer, phrase, write_way(fragment, way, true, text));
    }
    return writer->rc == 0 && writer->nothers > 0 ? writer->others[0] : UINT32_MAX;
}

/* Each of two that find the same names the other: the earlier one stays. */
static void lint_needless(struct writer *writer, uint32_t index, struct err *warnings)
{
    const struct ruleset *ruleset = writer->ruleset;
    const struct phrase *phrase = &ruleset->phrases[index];
    const struct set_entry *entry = &ruleset->sets[phrase->set];
    uint32_t broader = find_broader(writer, index);

    if (broader == UINT32_MAX || (broader > index && find_broader(writer, broader) == index))
        return;
    err_at(warnings, entry->library->document.file, phrase->fragment->line, phrase->fragment->col,
           "phrase \"%.*s\" of set %s: all it finds is found by \"%.*s\" (line %u) too; leave one out",
           STR_FMT(phrase->fragment->source), entry->set->name, STR_FMT(ruleset->phrases[broader].fragment->source),
           ruleset->phrases[broader].fragment->line);
}

/* ---- all --------------------------------------------------------------------------------------------------- */

static size_t longest_text(const struct ruleset *ruleset)
{
    size_t longest = 0;

    for (size_t i = 0; i < ruleset->nfragments; i++) {
        size_t reach = sequence_reach(ruleset->phrases[i].fragment);
        longest = reach > longest ? reach : longest;
    }
    return longest;
}

int lint_phrases(const struct ruleset *ruleset, struct err *warnings)
{
    struct writer writer = {.ruleset = ruleset};

    scan_init(&writer.scan);
    writer.canon.buf = malloc(longest_text(ruleset) + PHRASE_TEXT_OVERHEAD);
    writer.others = calloc(ruleset->nphrases + 1, sizeof(*writer.others));
    writer.rc = writer.canon.buf != NULL && writer.others != NULL ? scan_use(&writer.scan, ruleset) : -TS_ENOMEM;
    for (uint32_t i = 0; i < ruleset->nfragments && writer.rc == 0; i++) {
        lint_twins(ruleset, i, warnings);
        lint_needless(&writer, i, warnings);
    }
    free(writer.canon.buf);
    free(writer.others);
    scan_fini(&writer.scan);
    return writer.rc;
}
