/* selftest_phrases.c - for every phrase and every alternative of its anchor a text is written from its steps. Each
 * stands alone, where engine and reference must both find the phrase; then fifty at a time stand in one text, where
 * both must find the same phrases, no more and no fewer. The texts are put into the canonical buffer as they are: this
 * proves the matchers, the samples prove the folding. */
#include "match/selftest.h"

#include "match/phrase_text.h"
#include "match/reference.h"
#include "match/scan.h"
#include "match/selftest_parts.h"
#include "match/selftest_words.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXTS_PER_BATCH 50

struct prover {
    const struct ruleset *ruleset;
    const struct changed *changed; /* NULL: all */
    struct scan scan;
    struct canon canon; /* buf is ours; no breaks, no runs */
    bool *expected;     /* per phrase: the reference finds it */
    bool *found;        /* per phrase: the engine does */
    struct err *err;
    int rc;
};

static struct str shortest(const struct step *step)
{
    struct str found = {0};

    for (size_t i = 0; i < step->nalt; i++)
        if (step->alt[i].n > 0 && (found.p == NULL || step->alt[i].n < found.n))
            found = step->alt[i];
    return step->kind == STEP_NUMBER ? STR_LIT("8") : found;
}

/* The steps one behind the other, with alternative `alt` of the anchor. Returns the bytes written; 0: no room. */
static size_t write_phrase(const struct fragment *fragment, size_t alt, char *out, size_t room)
{
    size_t n = 0;

    for (size_t i = 0; i < fragment->nsteps; i++) {
        struct str piece = i == fragment->anchor ? fragment->steps[i].alt[alt] : shortest(&fragment->steps[i]);
        if (piece.n > room - n)
            return 0;
        memcpy(out + n, piece.p, piece.n);
        n += piece.n;
    }
    return n;
}

static bool was_found(const struct scan *scan, uint32_t phrase)
{
    for (size_t i = 0; i < scan->nfound; i++)
        if (scan->found[i].phrase == phrase)
            return true;
    return false;
}

void selftest_tell(const struct ruleset *ruleset, uint32_t phrase, const char *what, struct err *err)
{
    const struct phrase *at = &ruleset->phrases[phrase];
    const struct set_entry *set = &ruleset->sets[at->set];

    err_at(err, set->library->document.file, at->fragment->line, at->fragment->col,
           "set %s: phrase \"%.*s\": %s; this build of Hyperscan or our search loses matches",
           set->set->name, STR_FMT(at->fragment->source), what);
}

static void tell(struct prover *prover, uint32_t phrase, const char *what)
{
    selftest_tell(prover->ruleset, phrase, what, prover->err);
    prover->rc = -TS_EMISMATCH;
}

static bool scan_text(struct prover *prover)
{
    int rc = scan_run(&prover->scan, prover->ruleset, &prover->canon);

    if (rc != 0)
        prover->rc = rc;
    return rc == 0;
}

/* ---- alone ------------------------------------------------------------------------------------------------- */

static void prove_phrase(struct prover *prover, uint32_t phrase, struct str text)
{
    enum canon_field field = (enum canon_field)prover->ruleset->phrases[phrase].field;

    memcpy(prover->canon.buf + (size_t)field + 1, text.p, text.n);
    phrase_lay_out(&prover->canon, field, text.n);
    if (!scan_text(prover))
        return;
    if (!was_found(&prover->scan, phrase))
        tell(prover, phrase, "the engine does not find it");
    else if (reference_find_one(prover->ruleset, phrase, &prover->canon) != 1)
        tell(prover, phrase, "the reference matcher does not find it");
}

static bool has_literal(const struct ruleset *ruleset, const struct changed *changed, size_t i)
{
    const struct pattern *pattern = &ruleset->patterns[i];

    for (uint32_t k = 0; k < pattern->n; k++)
        if (changed_has_phrase(changed, ruleset->postings[pattern->first + k].phrase))
            return true;
    return false;
}

int selftest_literals(const struct ruleset *ruleset, const struct changed *changed, hs_scratch_t *scratch,
                      struct err *err)
{
    struct selftest_word *words = calloc(ruleset->nliterals + 1, sizeof(*words));
    const struct selftest_word *missing;
    size_t n = 0;
    int rc;

    if (words == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < ruleset->nliterals; i++)
        if (has_literal(ruleset, changed, i))
            words[n++] = (struct selftest_word){ruleset->patterns[i].literal, (uint32_t)i};
    rc = selftest_words(ruleset->database, scratch, words, n, &missing);
    if (rc == -TS_EMISMATCH)
        selftest_tell(ruleset, ruleset->postings[ruleset->patterns[missing->id].first].phrase,
                      "the engine does not find its anchor", err);
    free(words);
    return rc;
}

/* ---- between others ---------------------------------------------------------------------------------------- */

static void compare_all(struct prover *prover)
{
    int rc = reference_find(prover->ruleset, &prover->canon, REFERENCE_QUICK, prover->expected);

    if (rc != 0) {
        prover->rc = rc;
        return;
    }
    memset(prover->found, 0, prover->ruleset->nphrases * sizeof(*prover->found));
    for (size_t i = 0; i < prover->scan.nfound; i++)
        prover->found[prover->scan.found[i].phrase] = true;
    for (uint32_t i = 0; i < prover->ruleset->nphrases && prover->rc == 0; i++)
        if (prover->expected[i] != prover->found[i])
            tell(prover, i, prover->expected[i] ? "the engine does not find it between other phrases"
                                                : "the engine finds it where it is not");
}

static void prove_batch(struct prover *prover, enum canon_field field, size_t n)
{
    if (n == 0 || prover->rc != 0)
        return;
    phrase_lay_out(&prover->canon, field, n);
    if (scan_text(prover))
        compare_all(prover);
}

static void prove_between(struct prover *prover, enum canon_field field, size_t longest)
{
    char *text = prover->canon.buf + (size_t)field + 1;
    size_t n = 0, texts = 0;

    for (uint32_t i = 0; i < prover->ruleset->nphrases && prover->rc == 0; i++) {
        const struct phrase *phrase = &prover->ruleset->phrases[i];

        if (phrase->field != field || phrase->fragment->kind != FRAGMENT_SEQUENCE ||
            !changed_has_phrase(prover->changed, i))
            continue;
        for (size_t alt = 0; alt < phrase->fragment->steps[phrase->fragment->anchor].nalt; alt++) {
            n += write_phrase(phrase->fragment, alt, text + n, longest);
            memcpy(text + n, "。", 3);
            n += 3;
            if (++texts % TEXTS_PER_BATCH == 0) {
                prove_batch(prover, field, n);
                n = 0;
            }
        }
    }
    prove_batch(prover, field, n);
}

/* ---- all --------------------------------------------------------------------------------------------------- */

static size_t longest_phrase(const struct ruleset *ruleset)
{
    size_t longest = 0;

    for (size_t i = 0; i < ruleset->nphrases; i++) {
        const struct fragment *fragment = ruleset->phrases[i].fragment;
        size_t reach = fragment->kind == FRAGMENT_SEQUENCE ? sequence_reach(fragment) : 0;
        longest = reach > longest ? reach : longest;
    }
    return longest;
}

static void prove_all(struct prover *prover, size_t longest)
{
    char *text = malloc(longest + 1);

    if (text == NULL)
        prover->rc = -TS_ENOMEM;
    for (uint32_t i = 0; i < prover->ruleset->nphrases && prover->rc == 0; i++) {
        const struct fragment *fragment = prover->ruleset->phrases[i].fragment;

        if (fragment->kind != FRAGMENT_SEQUENCE || !changed_has_phrase(prover->changed, i))
            continue;
        for (size_t alt = 0; alt < fragment->steps[fragment->anchor].nalt && prover->rc == 0; alt++)
            prove_phrase(prover, i, (struct str){text, write_phrase(fragment, alt, text, longest)});
    }
    free(text);
    if (prover->rc == 0)
        prover->rc = selftest_literals(prover->ruleset, prover->changed, prover->scan.scratch, prover->err);
    for (int field = 0; field < CANON_NFIELDS && prover->rc == 0; field++)
        prove_between(prover, (enum canon_field)field, longest);
}

static void prove_polarity(struct prover *prover)
{
    struct str word;
    int rc = polarity_self_test(prover->ruleset->polarity, prover->scan.scratch, &word);

    if (rc == -TS_EMISMATCH)
        err_add(prover->err, "polarity.json: this build of Hyperscan does not find the word \"%.*s\"", STR_FMT(word));
    if (rc != 0)
        prover->rc = rc;
}

int selftest_phrases(const struct ruleset *ruleset, const struct changed *changed, struct err *err)
{
    size_t longest = longest_phrase(ruleset);
    size_t room = TEXTS_PER_BATCH * (longest + 3) + PHRASE_TEXT_OVERHEAD;
    struct prover prover = {.ruleset = ruleset, .changed = changed, .err = err};

    scan_init(&prover.scan);
    prover.canon.buf = malloc(room);
    prover.expected = calloc(ruleset->nphrases + 1, sizeof(*prover.expected));
    prover.found = calloc(ruleset->nphrases + 1, sizeof(*prover.found));
    prover.rc = prover.canon.buf != NULL && prover.expected != NULL && prover.found != NULL
                    ? scan_use(&prover.scan, ruleset) : -TS_ENOMEM;
    if (prover.rc == 0)
        prove_all(&prover, longest);
    if (prover.rc == 0 && changed == NULL && polarity_database(ruleset->polarity) != NULL)
        prove_polarity(&prover);
    free(prover.canon.buf);
    free(prover.expected);
    free(prover.found);
    scan_fini(&prover.scan);
    return prover.rc;
}
