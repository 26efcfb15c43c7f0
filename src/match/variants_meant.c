/* variants_meant.c - whether what could be another writing of a word is meant so: what it is of itself (ordinary,
 * denied), then what stands around it. */
#include "match/spaced.h"
#include "match/variants_walk.h"

/* ---- ordinary words ---------------------------------------------------------------------------------------- */

unsigned variant_grade(const struct variants *variants, uint32_t first, uint32_t second)
{
    const uint32_t *all = (const uint32_t *)variants->ordinary.items + variants->ordinary_from[first - HAN_FIRST];
    uint32_t wanted = variant_ordinary(first, second, 3);
    size_t n = variants->ordinary_from[first - HAN_FIRST + 1] - variants->ordinary_from[first - HAN_FIRST];

    if (n == 0)
        return 0;
    while (n > 1) { /* without branches that nobody can foresee */
        size_t half = n / 2;

        all += all[half] <= wanted ? half : 0;
        n -= half;
    }
    return all[0] >> 2 == wanted >> 2 ? all[0] & 3 : 0;
}

/* Is `text` one of n sorted words? */
static bool is_among(const struct str *sorted, size_t n, struct str text)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = variant_compare(&sorted[middle], &text);

        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool variant_is_denied(const struct variants *variants, struct str text)
{
    return is_among(variants->denied.items, variants->denied.n, text);
}

static bool is_known(const struct variants *variants, struct str text)
{
    const uint32_t *from = variants->known_from + variant_offset(text.p);

    return is_among((const struct str *)variants->known.items + from[0], from[1] - from[0], text);
}

bool variants_may_cross(const struct variants *variants, const struct canon *canon, uint32_t at)
{
    uint32_t before, behind;

    if (at < canon->start[CANON_TEXT] + 3)
        return false;
    before = variant_char(canon->buf + at - 3);
    behind = variant_char(canon->buf + at);
    return before != 0 && behind != 0 && variant_has_bit(variants->inside, variant_inside_bit(before, behind));
}

bool variants_word_across(const struct variants *variants, const struct canon *canon, uint32_t at)
{
    uint32_t last = canon->end[CANON_TEXT], from = at;

    while (at - from < 3 * (VARIANT_MAX_CHARS - 1) && variants_may_cross(variants, canon, from)) {
        from -= 3;
        for (uint32_t to = at + 3; to <= last && to - from <= 3 * VARIANT_MAX_CHARS; to += 3) {
            if (is_known(variants, (struct str){canon->buf + from, to - from}))
                return true;
            if (!variants_may_cross(variants, canon, to))
                break;
        }
    }
    return false;
}

/* ---- a variant in its text ----------------------------------------------------------------------------------- */

static bool breaks_at(const struct canon *canon, uint32_t at)
{
    size_t i = canon_break_behind(canon, at - 1);

    return i < canon->nbreaks && canon->breaks[i].at == at;
}

/* Are these two, before and at `at`, as much of a word as `wanted`? */
static bool is_one_word(const struct variant_walk *walk, uint32_t before, uint32_t behind, uint32_t at, unsigned wanted)
{
    return wanted <= VARIANT_OWN && before != 0 && behind != 0 &&
           variant_grade(walk->variants, before, behind) >= wanted && !breaks_at(walk->canon, at);
}

/* Does the character at an edge make a word with what stands beside it? A strange one any, one of the word's own a
 * frequent one (机押金 is no 羁押), which only matters when it is the only one. */
static bool belongs_outside(const struct variant_walk *walk, const uint16_t *t, unsigned n, const uint16_t *word,
                            uint32_t at)
{
    const struct canon *canon = walk->canon;
    uint32_t end = at + 3 * n, before = at >= canon->start[CANON_TEXT] + 3 ? variant_char(canon->buf + at - 3) : 0;
    unsigned strange = walk->suspicious ? VARIANT_FREQUENT : VARIANT_ORDINARY;
    unsigned own = n == 2 && !walk->suspicious ? VARIANT_FREQUENT : VARIANT_OWN + 1;

    return is_one_word(walk, before, t[0], at, t[0] != word[0] ? strange : own) ||
           is_one_word(walk, t[n - 1], t[n], end, t[n - 1] != word[n - 1] ? strange : own);
}

/* Is it told by a character of the word, one that is not fixed (的, 了, 是), and does none that is stand for another? In a
 * suspicious text it may inside a longer word (加为信). */
static bool is_told(const struct variant_walk *walk, const uint16_t *t, unsigned n, const uint16_t *word)
{
    unsigned own = 0;

    for (unsigned i = 0; i < n; i++) {
        bool fixed = variant_is_fixed(walk->variants, t[i]);

        if (fixed && t[i] != word[i] && (!walk->suspicious || n < 3))
            return false;
        own += !fixed && t[i] == word[i];
    }
    return own > 0;
}

/* Is a strange character part of a word of a phrase as it stands? What stands goes before what sounds like it. */
static bool stands_already(const struct variant_walk *walk, const uint16_t *t, unsigned n, const uint16_t *word,
                           uint32_t at)
{
    for (unsigned i = 0; i < n; i++)
        if (t[i] != word[i] && (variants_word_across(walk->variants, walk->canon, at + 3 * i) ||
                                variants_word_across(walk->variants, walk->canon, at + 3 * (i + 1))))
            return true;
    return false;
}

/* Is it parted by more than spaces? */
static bool is_parted(const struct canon *canon, uint32_t from, uint32_t to)
{
    return canon_broken(canon, from, to) == BROKEN_APART && !spaced_only(canon, from, to);
}

/* Is what is by sound or shape no other word, nor part of one? */
static bool is_strange(const struct variant_walk *walk, const struct variant *variant, const uint16_t *t, unsigned kept,
                       uint32_t at)
{
    struct str word = ((const struct str *)walk->variants->words.items)[variant->word];
    unsigned ordinary = !walk->suspicious ? 0 : variant->kind == REWRITE_SHAPE ? VARIANT_FREQUENT : VARIANT_ORDINARY;
    uint16_t chars[VARIANT_MAX_CHARS];

    if (kept < variant->n / 2u || (variant->n == 2 && variant_grade(walk->variants, t[0], t[1]) > ordinary))
        return false;
    variant_chars(word, chars, VARIANT_MAX_CHARS);
    return is_told(walk, t, variant->n, chars) && !belongs_outside(walk, t, variant->n, chars, at) &&
           !stands_already(walk, t, variant->n, chars, at);
}

bool variant_is_meant(const struct variant_walk *walk, const struct variant *variant, const uint16_t *t, unsigned kept,
                      uint32_t at)
{
    struct str text = {walk->canon->buf + at, 3u * variant->n};

    if (variant->kind != REWRITE_WORD && variant->kind != REWRITE_SPLIT && !is_strange(walk, variant, t, kept, at))
        return false;
    return !variant_is_denied(walk->variants, text) && !is_parted(walk->canon, at, at + (uint32_t)text.n);
}
