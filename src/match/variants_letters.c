/* variants_letters.c - runs of letters that are the syllables of words or their abbreviations, one behind the other. */
#include "match/variants_walk.h"

/* A run of letters, without the spaces between them. */
struct run {
    char letters[VARIANT_MAX_LETTERS];
    uint32_t at[VARIANT_MAX_LETTERS + 1]; /* of each letter, and the end of the run, in canon.buf */
    size_t n;
    bool spaced;
};

/* Read the run at `at`; returns its end. n is 0 when it is too long. */
static uint32_t read_run(const struct canon *canon, uint32_t at, struct run *run)
{
    uint32_t end = canon->end[CANON_TEXT];
    const char *buf = canon->buf;
    bool fits = true;

    run->n = 0;
    run->spaced = false;
    for (; at < end; at++) {
        if (buf[at] == ' ' && at + 1 < end && ascii_is_alpha(buf[at + 1])) {
            run->spaced = true;
            continue;
        }
        if (!ascii_is_alpha(buf[at]))
            break;
        fits = run->n < VARIANT_MAX_LETTERS;
        if (fits) {
            run->letters[run->n] = buf[at];
            run->at[run->n++] = at;
        }
    }
    run->at[run->n] = at;
    if (!fits)
        run->n = 0;
    return at;
}

/* May the run be words? It stands beside Han, is no part of an address or account, and follows no word behind which an
 * account stands (加微信daikuan). */
static bool may_be_words(const struct canon *canon, const struct run *run)
{
    static const char *const announcing[] = {"信", "号", "扣", "群", "系", "址", "码"};
    const char *begin = canon->buf + run->at[0], *end = canon->buf + run->at[run->n];
    const char *first = canon->buf + canon->start[CANON_TEXT], *last = canon->buf + canon->end[CANON_TEXT];

    if ((begin > first && strchr("0123456789.-_@/:\\", begin[-1]) != NULL) ||
        (end < last && strchr("0123456789.-_@/:\\", *end) != NULL))
        return false;
    while (begin > first && begin[-1] == ' ')
        begin--;
    while (end < last && *end == ' ')
        end++;
    begin -= begin > first && strchr(",!?;", begin[-1]) != NULL;
    end += end < last && strchr(",!?;", *end) != NULL;
    if ((begin - first < 3 || variant_char(begin - 3) == 0) && (last - end < 3 || variant_char(end) == 0))
        return false;
    for (size_t i = 0; begin - first >= 3 && i < sizeof(announcing) / sizeof(*announcing); i++)
        if (memcmp(begin - 3, announcing[i], 3) == 0)
            return false;
    return true;
}

/* How far `letters` goes along with the first n letters at p: below 0, 0 or above when it sorts before, begins, or
 * sorts behind them; *same is how many are the same. */
static int compare_to(struct str letters, const char *p, size_t n, size_t *same)
{
    size_t i = 0;

    while (i < letters.n && i < n && letters.p[i] == p[i])
        i++;
    *same = i;
    if (i == letters.n)
        return 0;
    return i == n || letters.p[i] > p[i] ? 1 : -1;
}

/* Those that begin p sort before it, the longest last. */
const struct variant_letters *variant_longest(const struct variants *variants, const char *p, size_t n)
{
    const struct variant_letters *all = variants->letters.items;

    while (n >= 2) {
        size_t low = 0, high = variants->letters.n, same;

        while (low < high) {
            size_t middle = (low + high) / 2;

            if (compare_to(all[middle].letters, p, n, &same) <= 0)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == 0)
            return NULL;
        if (compare_to(all[low - 1].letters, p, n, &same) == 0)
            return &all[low - 1];
        n = same;
    }
    return NULL;
}

/* The whole run has to be words one behind the other; abbreviations alone have to be one. */
static void try_run(struct variant_walk *walk, const struct run *run)
{
    size_t before = walk->n, at = 0, spelled = 0;

    if (!may_be_words(walk->canon, run) || variant_is_denied(walk->variants, (struct str){run->letters, run->n}))
        return;
    while (at < run->n && walk->n < walk->room) {
        const struct variant_letters *found = variant_longest(walk->variants, run->letters + at, run->n - at);

        if (found == NULL)
            break;
        spelled += found->kind == REWRITE_PINYIN;
        variant_take(walk, run->at[at], run->at[at + found->letters.n], found->to, found->kind,
                     (unsigned)found->to.n / 3);
        at += found->letters.n;
    }
    if (at < run->n || (spelled == 0 && (run->spaced || walk->n > before + 1)))
        walk->n = before;
}

uint32_t variant_try_letters(struct variant_walk *walk, uint32_t at)
{
    struct run run;

    at = read_run(walk->canon, at, &run);
    if (run.n >= 2 && walk->n < walk->room)
        try_run(walk, &run);
    return at;
}
