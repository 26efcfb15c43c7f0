/* database.c - equal literals become one pattern with several phrases behind it. A regular expression is compiled by
 * PCRE2; Hyperscan looks for literals of it, and one that has none is asked of every record. */
#include "match/database.h"

#include "match/database_cache.h"
#include "match/regex_anchor.h"
#include "match/sequence.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- literals ---------------------------------------------------------------------------------------------- */

struct anchor {
    uint64_t head; /* str_head of the literal */
    struct str literal;
    uint32_t phrase;
};

static int compare_anchors(const void *a, const void *b)
{
    const struct anchor *x = a, *y = b;
    size_t n = x->literal.n < y->literal.n ? x->literal.n : y->literal.n;
    int order;

    if (x->head != y->head)
        return x->head < y->head ? -1 : 1;
    order = memcmp(x->literal.p, y->literal.p, n);
    if (order == 0 && x->literal.n != y->literal.n)
        return x->literal.n < y->literal.n ? -1 : 1;
    return order != 0 ? order : (x->phrase > y->phrase) - (x->phrase < y->phrase);
}

/* The literals of which one is in every place where the phrase is; none: Hyperscan looks for the expression itself. */
static const struct str *literals_of(const struct phrase *phrase, size_t *n)
{
    const struct fragment *fragment = phrase->fragment;

    *n = fragment->kind == FRAGMENT_REGEX ? phrase->nliterals : fragment->steps[fragment->anchor].nalt;
    return fragment->kind == FRAGMENT_REGEX ? phrase->literals : fragment->steps[fragment->anchor].alt;
}

static size_t count_anchors(const struct ruleset *ruleset)
{
    size_t all = 0, n;

    for (size_t i = 0; i < ruleset->nphrases; i++) {
        (void)literals_of(&ruleset->phrases[i], &n);
        all += n;
    }
    return all;
}

static void list_anchors(const struct ruleset *ruleset, struct anchor *anchors)
{
    for (size_t i = 0; i < ruleset->nphrases; i++) {
        size_t n;
        const struct str *literals = literals_of(&ruleset->phrases[i], &n);

        for (size_t k = 0; k < n; k++)
            *anchors++ = (struct anchor){str_head(literals[k]), literals[k], (uint32_t)i};
    }
}

/* In the order of postings, so that what is asked together lies together. */
static int post(struct ruleset *ruleset, size_t at, uint32_t id)
{
    struct phrase *phrase = &ruleset->phrases[id];
    int rc = 0;

    if (phrase->needs == NULL && phrase->fragment->kind == FRAGMENT_SEQUENCE && phrase->field == CANON_TEXT)
        rc = text_needs_make(&ruleset->arena, phrase->fragment, &phrase->needs);
    ruleset->postings[at] = (struct posting){id, phrase->set, phrase->needs};
    return rc;
}

/* Patterns of the literals, for Hyperscan, then of the regexes that have none; 0 or -TS_ENOMEM. */
static int list_patterns(struct ruleset *ruleset)
{
    size_t n = count_anchors(ruleset), room = n + ruleset->nregexes + 1, used = 0;
    int rc = 0;
    struct anchor *anchors = calloc(n + 1, sizeof(*anchors));

    ruleset->patterns = arena_calloc(&ruleset->arena, room, sizeof(*ruleset->patterns));
    ruleset->postings = arena_calloc(&ruleset->arena, room, sizeof(*ruleset->postings));
    if (anchors == NULL || ruleset->patterns == NULL || ruleset->postings == NULL) {
        free(anchors);
        return -TS_ENOMEM;
    }
    list_anchors(ruleset, anchors);
    qsort(anchors, n, sizeof(*anchors), compare_anchors);
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct pattern *last = ruleset->npatterns > 0 ? &ruleset->patterns[ruleset->npatterns - 1] : NULL;

        if (last == NULL || !str_eq(last->literal, anchors[i].literal))
            ruleset->patterns[ruleset->npatterns++] = (struct pattern){anchors[i].literal, (uint32_t)used, 1};
        else if (ruleset->postings[used - 1].phrase != anchors[i].phrase)
            last->n++;
        else
            continue; /* an alternative written twice */
        rc = post(ruleset, used++, anchors[i].phrase);
    }
    free(anchors);
    ruleset->nliterals = ruleset->npatterns;
    for (size_t i = 0; i < ruleset->nphrases && rc == 0; i++) {
        if (ruleset->phrases[i].fragment->kind != FRAGMENT_REGEX || ruleset->phrases[i].nliterals > 0)
            continue;
        ruleset->patterns[ruleset->npatterns++] = (struct pattern){{NULL, 0}, (uint32_t)used, 1};
        rc = post(ruleset, used++, (uint32_t)i);
    }
    return rc;
}

static char *escape(struct str literal)
{
    char *out = malloc(4 * literal.n + 1);

    for (size_t i = 0; out != NULL && i < literal.n; i++)
        snprintf(out + 4 * i, 5, "\\x%02x", (unsigned char)literal.p[i]);
    return out;
}

/* ---- regular expressions ----------------------------------------------------------------------------------- */

static void phrase_error(const struct ruleset *ruleset, const struct phrase *phrase, struct err *err, const char *what,
                         const char *detail)
{
    const struct set_entry *set = &ruleset->sets[phrase->set];

    err_at(err, set->library->document.file, phrase->fragment->line, phrase->fragment->col,
           "set %s: phrase \"%.*s\": %s%s", set->set->name, STR_FMT(phrase->fragment->source), what, detail);
}

/* \A \z \Z \G mean the ends of what is scanned, which is the whole record there and the field here. */
static bool has_buffer_anchor(struct str regex)
{
    for (size_t i = 0; i + 1 < regex.n; i++) {
        if (regex.p[i] != '\\')
            continue;
        if (strchr("AzZG", regex.p[++i]) != NULL)
            return true;
    }
    return false;
}

static int compile_regex(struct ruleset *ruleset, struct phrase *phrase, struct err *err)
{
    struct str regex = phrase->fragment->regex;
    const uint32_t flags = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
    PCRE2_SIZE at;
    int code;
    uint32_t match_empty = 0;

    if (has_buffer_anchor(regex)) {
        phrase_error(ruleset, phrase, err, "\\A, \\z, \\Z and \\G are not known here; ", "use ^ and $");
        return -TS_EINVAL;
    }
    phrase->regex = pcre2_compile((PCRE2_SPTR)regex.p, regex.n, flags, &code, &at, NULL);
    if (phrase->regex == NULL) {
        char text[160];
        int n = snprintf(text, sizeof(text), "at character %zu: ", at + 1);
        pcre2_get_error_message(code, (PCRE2_UCHAR *)text + n, sizeof(text) - (size_t)n);
        phrase_error(ruleset, phrase, err, "PCRE2 refuses it ", text);
        return -TS_EINVAL;
    }
    if (pcre2_pattern_info(phrase->regex, PCRE2_INFO_MATCHEMPTY, &match_empty) == 0 && match_empty != 0) {
        phrase_error(ruleset, phrase, err, "it matches the empty text", ", so every record");
        return -TS_EINVAL;
    }
    /* where memory may not become executable (systemd's MemoryDenyWriteExecute) the interpreter serves */
    phrase->jit = pcre2_jit_compile(phrase->regex, PCRE2_JIT_COMPLETE) == 0;
    return 0;
}

static int anchor_regex(struct ruleset *ruleset, struct phrase *phrase)
{
    struct regex_anchors anchors;
    int rc = regex_anchors(phrase->fragment->regex, (enum canon_field)phrase->field, &ruleset->arena, &anchors,
                           &phrase->longest);

    phrase->literals = anchors.word;
    phrase->nliterals = (uint32_t)anchors.n;
    phrase->regex_number = (uint32_t)ruleset->nregexes++;
    return rc;
}

/* ---- compile ----------------------------------------------------------------------------------------------- */

/* Compile n literals, numbered from 0; returns 0, -TS_EINVAL with `why`, or -TS_ENOMEM. */
static int compile(char **texts, size_t n, hs_database_t **out, char *why, size_t why_size)
{
    unsigned *ids = calloc(n + 1, sizeof(*ids));
    hs_compile_error_t *error = NULL;
    hs_error_t rc;

    if (ids == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < n; i++)
        ids[i] = (unsigned)i;
    rc = hs_compile_multi((const char *const *)texts, NULL, ids, (unsigned)n, HS_MODE_BLOCK, NULL, out, &error);
    free(ids);
    if (rc == HS_SUCCESS)
        return 0;
    snprintf(why, why_size, "%s", error != NULL ? error->message : "no reason given");
    hs_free_compile_error(error);
    return rc == HS_NOMEM ? -TS_ENOMEM : -TS_EINVAL;
}

static int build_failed(struct err *err, int rc)
{
    if (rc == -TS_ENOMEM)
        err_add(err, "out of memory while compiling the libraries");
    return rc;
}

static int prepare_phrases(struct ruleset *ruleset, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; i < ruleset->nphrases && rc != -TS_ENOMEM; i++) {
        struct phrase *phrase = &ruleset->phrases[i];
        size_t reach;

        if (phrase->fragment->kind == FRAGMENT_REGEX) {
            if (compile_regex(ruleset, phrase, err) != 0)
                rc = -TS_EINVAL;
            else if (anchor_regex(ruleset, phrase) != 0)
                rc = -TS_ENOMEM;
            continue;
        }
        phrase->longest = sequence_longest_run(phrase->fragment);
        reach = sequence_reach(phrase->fragment);
        ruleset->max_reach = reach > ruleset->max_reach ? reach : ruleset->max_reach;
        phrase->filters = sequence_filters(&ruleset->arena, phrase->fragment);
        if (phrase->filters == NULL)
            rc = -TS_ENOMEM;
    }
    return rc;
}

int database_build(struct ruleset *ruleset, struct cache *cache, struct err *err)
{
    struct str *literals;
    int rc = prepare_phrases(ruleset, err);

    if (rc == 0)
        rc = list_patterns(ruleset);
    if (rc != 0)
        return build_failed(err, rc);
    if (ruleset->nliterals == 0)
        return 0;
    if ((literals = calloc(ruleset->nliterals, sizeof(*literals))) == NULL)
        return build_failed(err, -TS_ENOMEM);
    for (size_t i = 0; i < ruleset->nliterals; i++)
        literals[i] = ruleset->patterns[i].literal;
    rc = database_build_words(literals, ruleset->nliterals, cache, &ruleset->database, err);
    free(literals);
    if (rc == 0 && hs_database_size(ruleset->database, &ruleset->database_bytes) != HS_SUCCESS) {
        err_add(err, "Hyperscan does not know its own database");
        return -TS_EENGINE;
    }
    return rc;
}

static int compile_words(const struct str *words, size_t n, hs_database_t **out, struct err *err)
{
    char **texts = calloc(n + 1, sizeof(*texts)), why[256] = "";
    int rc = texts != NULL ? 0 : -TS_ENOMEM;

    for (size_t i = 0; rc == 0 && i < n; i++)
        if ((texts[i] = escape(words[i])) == NULL)
            rc = -TS_ENOMEM;
    if (rc == 0)
        rc = compile(texts, n, out, why, sizeof(why));
    if (rc == -TS_EINVAL)
        err_add(err, "Hyperscan refuses the words: %s", why);
    for (size_t i = 0; texts != NULL && i < n; i++)
        free(texts[i]);
    free(texts);
    return build_failed(err, rc);
}

int database_build_words(const struct str *words, size_t n, struct cache *cache, hs_database_t **out, struct err *err)
{
    int rc;

    if ((*out = database_cache_find(cache, words, n)) != NULL)
        return 0;
    if (cache != NULL && cache_is_sealed(cache)) {
        err_add(err, "what was compiled for these libraries is not in the cache: their files were changed meanwhile, "
                     "or it was emptied; reload once more");
        return -TS_ENOENT;
    }
    rc = compile_words(words, n, out, err);
    if (rc == 0)
        database_cache_keep(cache, words, n, *out);
    return rc;
}
