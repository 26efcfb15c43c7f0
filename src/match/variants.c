/* variants.c - a walk over the text with the sounds of two characters at a time; where a variant can begin, those that
 * begin with these sounds are compared, and the longest that may be taken is. Letters are looked at run by run. */
#include "match/spaced.h"
#include "match/variants_parts.h"

#include <stdlib.h>

/* The characters at a place: up to the longest writing, and the one behind it. */
#define WINDOW (2 * VARIANT_MAX_CHARS + 1)

struct walk {
    const struct variants *variants;
    const struct canon *canon;
    struct canon_rewrite *out;
    size_t n, room;
    bool suspicious;    /* other words of the text are disguised, so what could be ordinary is looked at too */
};

size_t variants_words(const struct variants *variants)
{
    return variants->words.n;
}

size_t variants_count(const struct variants *variants)
{
    return variants->entries.n + variants->letters.n;
}

/* ---- ordinary words ---------------------------------------------------------------------------------------- */

/* VARIANT_OWN, _FREQUENT, _ORDINARY, or 0: no word. */
static unsigned grade(const struct variants *variants, uint32_t first, uint32_t second)
{
    const uint32_t *all = variants->ordinary.items;
    uint32_t wanted = variant_ordinary(first, second, 3);
    size_t low = 0, high = variants->ordinary.n;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (all[middle] <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && all[low - 1] >> 2 == wanted >> 2 ? all[low - 1] & 3 : 0;
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

static bool is_denied(const struct variants *variants, struct str text)
{
    return is_among(variants->denied.items, variants->denied.n, text);
}

bool variants_may_cross(const struct variants *variants, const struct canon *canon, uint32_t at)
{
    uint32_t bit;

    if (at < canon->start[CANON_TEXT] + 3)
        return false;
    bit = variant_inside_bit(variant_char(canon->buf + at - 3), variant_char(canon->buf + at));
    return (variants->inside[bit / 64] >> bit % 64 & 1) != 0;
}

bool variants_word_across(const struct variants *variants, const struct canon *canon, uint32_t at)
{
    uint32_t first = canon->start[CANON_TEXT], last = canon->end[CANON_TEXT], from, to;

    if (!variants_may_cross(variants, canon, at))
        return false;
    for (from = at - 3; at - from < 3 * VARIANT_MAX_CHARS && variant_char(canon->buf + from) != 0; from -= 3) {
        for (to = at + 3; to <= last && to - from <= 3 * VARIANT_MAX_CHARS; to += 3)
            if (is_among(variants->known.items, variants->known.n, (struct str){canon->buf + from, to - from}))
                return true;
        if (from < first + 3)
            break;
    }
    return false;
}

/* ---- Han --------------------------------------------------------------------------------------------------- */

/* The characters from a place on, decoded as they are asked for; 0 behind the last one that is Han. */
struct window {
    const char *p, *end;
    uint16_t t[WINDOW + 1];
    unsigned n;
};

static uint16_t char_at(struct window *window, unsigned i)
{
    while (window->n <= i) {
        uint32_t cp = window->n == 0 || window->t[window->n - 1] != 0
                          ? (window->p < window->end ? variant_char(window->p) : 0) : 0;

        window->t[window->n++] = (uint16_t)cp;
        window->p += 3;
    }
    return window->t[i];
}

/* Is `sound` one of the sounds of a character? Its usual one nearly always. */
static bool sounds_so(uint32_t cp, unsigned sound)
{
    unsigned sounds[HAN_READINGS];

    if (han_sound(cp) == sound)
        return true;
    for (size_t n = han_sounds(cp, sounds); n > 0; n--)
        if (sounds[n - 1] == sound)
            return true;
    return false;
}

/* Does `variant` stand there? *kept: how many of its characters are written as in it. */
static bool stands(const struct variants *variants, const struct variant *variant, struct window *window, unsigned *kept)
{
    const struct variant_unit *units = (const struct variant_unit *)variants->units.items + variant->units;

    *kept = 0;
    for (unsigned i = 0; i < variant->n; i++) {
        uint16_t cp = char_at(window, i);

        if (cp == units[i].cp)
            ++*kept;
        else if (units[i].sound == 0 || !sounds_so(cp, units[i].sound))
            return false;
    }
    return true;
}

static bool breaks_at(const struct canon *canon, uint32_t at)
{
    size_t i = canon_break_behind(canon, at - 1);

    return i < canon->nbreaks && canon->breaks[i].at == at;
}

/* Does the character at an edge make a word with what stands beside it? A strange one any, one of the word's own a
 * frequent one (机押金 is no 羁押), which only matters when it is the only one. */
static bool belongs_outside(const struct walk *walk, const uint16_t *t, unsigned n, const uint16_t *word, uint32_t at)
{
    const struct canon *canon = walk->canon;
    uint32_t end = at + 3 * n, before = at >= canon->start[CANON_TEXT] + 3 ? variant_char(canon->buf + at - 3) : 0;
    unsigned strange = walk->suspicious ? VARIANT_FREQUENT : VARIANT_ORDINARY;
    unsigned own = n == 2 && !walk->suspicious ? VARIANT_FREQUENT : VARIANT_OWN + 1;
    unsigned left = t[0] != word[0] ? strange : own, right = t[n - 1] != word[n - 1] ? strange : own;

    if (before != 0 && !breaks_at(canon, at) && grade(walk->variants, before, t[0]) >= left)
        return true;
    return t[n] != 0 && !breaks_at(canon, end) && grade(walk->variants, t[n - 1], t[n]) >= right;
}

/* Is it told by a character of the word, one that is not fixed (的, 了, 是), and does none that is stand for another? In a
 * suspicious text it may inside a longer word (加为信). */
static bool is_told(const struct walk *walk, const uint16_t *t, unsigned n, const uint16_t *word)
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
static bool stands_already(const struct walk *walk, const uint16_t *t, unsigned n, const uint16_t *word, uint32_t at)
{
    for (unsigned i = 0; i < n; i++)
        if (t[i] != word[i] && (variants_word_across(walk->variants, walk->canon, at + 3 * i) ||
                                variants_word_across(walk->variants, walk->canon, at + 3 * (i + 1))))
            return true;
    return false;
}

/* May what stands at `at` be taken for the word? `kept` of its characters are the word's own. */
static bool may_be_meant(const struct walk *walk, const struct variant *variant, const uint16_t *t, unsigned kept,
                         uint32_t at)
{
    const struct variants *variants = walk->variants;
    struct str text = {walk->canon->buf + at, 3u * variant->n};
    struct str word = ((const struct str *)variants->words.items)[variant->word];
    uint16_t chars[VARIANT_MAX_CHARS];
    unsigned ordinary = !walk->suspicious ? 0 : variant->kind == REWRITE_SHAPE ? VARIANT_FREQUENT : VARIANT_ORDINARY;

    if (is_denied(variants, text) || (canon_broken(walk->canon, at, at + (uint32_t)text.n) == BROKEN_APART &&
                                      !spaced_only(walk->canon, at, at + (uint32_t)text.n)))
        return false;
    if (variant->kind == REWRITE_WORD || variant->kind == REWRITE_SPLIT)
        return true;
    if (kept < (variant->n + 0u) / 2 || (variant->n == 2 && grade(variants, t[0], t[1]) > ordinary))
        return false;
    variant_chars(word, chars, VARIANT_MAX_CHARS);
    return is_told(walk, t, variant->n, chars) && !stands_already(walk, t, variant->n, chars, at) && !belongs_outside(walk, t, variant->n, chars, at);
}

/* Which of the pairs that are there this one is. */
static uint32_t entries_of(const struct variants *variants, uint32_t pair)
{
    uint64_t below = variants->has_pair[pair / 64] & ((UINT64_C(1) << pair % 64) - 1);

    return variants->rank[pair / 64] + (uint32_t)__builtin_popcountll(below);
}

static void take(struct walk *walk, uint32_t at, uint32_t end, struct str to, uint8_t kind, unsigned changed)
{
    walk->out[walk->n++] =
        (struct canon_rewrite){.start = at, .end = end, .to = to, .kind = kind, .changed = (uint8_t)changed};
}

/* Three characters of the text, and how the third sounds once that was asked: of most variants it decides. */
struct three {
    uint32_t t[3];
    unsigned sounds[HAN_READINGS];
    size_t nsounds;
};

static bool third_sounds(struct three *three, unsigned sound)
{
    if (three->nsounds == 0)
        three->nsounds = han_sounds(three->t[2], three->sounds);
    for (size_t i = 0; i < three->nsounds; i++)
        if (three->sounds[i] == sound)
            return true;
    return false;
}

/* Can `variant` stand at these three characters? False is certain, and what nearly all are. The first or second is the
 * word's own, or the third when the text is suspicious (哮猿贷). */
static inline bool may_stand(const struct walk *walk, const struct variant *variant, struct three *three)
{
    uint32_t third = three->t[2];

    if (variant->first != three->t[0] && variant->second != three->t[1])
        return walk->suspicious && third != 0 && variant->third == third;
    return variant->third == 0 || variant->third == third ||
           (variant->third_sound != 0 && third_sounds(three, variant->third_sound));
}

/* The one of the variants of a pair of sounds to take at `at`: the longest, and of those the most alike. NULL when there
 * is none, or when a word that is written as it is goes as far. *kept: how many of its characters are the word's. */
static const struct variant *choose(struct walk *walk, const struct variant *from, const struct variant *to,
                                    struct three *three, uint32_t at, unsigned *kept)
{
    struct window window = {.p = walk->canon->buf + at, .end = walk->canon->buf + walk->canon->end[CANON_TEXT]};
    const struct variant *best = NULL;
    unsigned own, plain = 0;

    for (const struct variant *variant = from; variant < to; variant++) {
        if (!may_stand(walk, variant, three) || !stands(walk->variants, variant, &window, &own))
            continue;
        if (variant->kind == REWRITE_SOUND && own == variant->n) {
            plain = variant->n > plain ? variant->n : plain;
            continue;
        }
        own -= own < variant->strange ? own : variant->strange;
        if (best != NULL && (variant->n < best->n || (variant->n == best->n && own <= *kept)))
            continue;
        char_at(&window, variant->n);
        if (!may_be_meant(walk, variant, window.t, own, at))
            continue;
        best = variant;
        *kept = own;
    }
    return best != NULL && best->n > plain ? best : NULL;
}

/* A variant may begin at `at`, by its sounds: take it and return its end; 0 when there is none. */
static __attribute__((noinline)) uint32_t try_pair(struct walk *walk, uint32_t pair, uint32_t at)
{
    const struct variants *variants = walk->variants;
    const char *p = walk->canon->buf + at;
    const struct variant_pair *own = &variants->pairs[entries_of(variants, pair)];
    struct three three = {.t = {variant_char(p), variant_char(p + 3), 0}};
    const struct variant *entries = variants->entries.items, *from = entries + own->from;
    const struct variant *to = entries + own[1].from, *best;
    unsigned kept = 0;

    if (!walk->suspicious && (own->firsts & variant_bit(three.t[0])) == 0 && (own->seconds & variant_bit(three.t[1])) == 0)
        return 0;
    three.t[2] = variant_char(p + 6);
    for (; from < to; from++) {
        if (!may_stand(walk, from, &three))
            continue;
        if (from->third != 0 || from->first != three.t[0] || from->second != three.t[1] || from->kind != REWRITE_SOUND)
            break;
    }
    if (from == to)
        return 0;
    best = choose(walk, from, to, &three, at, &kept);
    if (best == NULL)
        return 0;
    take(walk, at, at + 3u * best->n, ((const struct str *)variants->words.items)[best->word], best->kind,
         best->n - kept);
    return at + 3u * best->n;
}

/* ---- letters ----------------------------------------------------------------------------------------------- */

/* A run of letters, without the spaces between them. */
struct run {
    char letters[VARIANT_MAX_LETTERS];
    uint32_t at[VARIANT_MAX_LETTERS + 1]; /* of each letter, and the end of the run, in canon.buf */
    size_t n;
    bool spaced;
};

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Read the run at `at`; returns its end. n is 0 when it is too long. */
static uint32_t read_run(const struct canon *canon, uint32_t at, struct run *run)
{
    uint32_t end = canon->end[CANON_TEXT];
    const char *buf = canon->buf;
    bool fits = true;

    run->n = 0;
    run->spaced = false;
    for (; at < end; at++) {
        if (buf[at] == ' ' && at + 1 < end && is_letter(buf[at + 1])) {
            run->spaced = true;
            continue;
        }
        if (!is_letter(buf[at]))
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

/* How far `letters` goes along with the first n letters at p: below 0, 0 or above when it sorts before, begins, or sorts
 * behind them; *same is how many are the same. */
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

/* The longest writing that begins p; NULL when there is none. Those that begin p sort before it, the longest last. */
static const struct variant_letters *longest(const struct variants *variants, const char *p, size_t n)
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
static void try_letters(struct walk *walk, const struct run *run)
{
    size_t before = walk->n, at = 0, spelled = 0;

    if (!may_be_words(walk->canon, run) || is_denied(walk->variants, (struct str){run->letters, run->n}))
        return;
    while (at < run->n && walk->n < walk->room) {
        const struct variant_letters *found = longest(walk->variants, run->letters + at, run->n - at);

        if (found == NULL)
            break;
        spelled += found->kind == REWRITE_PINYIN;
        take(walk, run->at[at], run->at[at + found->letters.n], found->to, found->kind, (unsigned)found->to.n / 3);
        at += found->letters.n;
    }
    if (at < run->n || (spelled == 0 && (run->spaced || walk->n > before + 1)))
        walk->n = before;
}

/* ---- the walk ---------------------------------------------------------------------------------------------- */

/* Han from `at` on; returns where it ends. The mark behind the text ends it at the latest. */
static uint32_t walk_han(struct walk *walk, uint32_t at)
{
    const uint64_t *has_pair = walk->variants->has_pair;
    const char *buf = walk->canon->buf, *p = buf + at;
    uint32_t before = 0, offset; /* the sound of the character before p, in its place of a pair */

    while ((offset = variant_offset(p)) <= HAN_LAST - HAN_FIRST) {
        uint32_t sound = han_sound_table[offset], pair = before | sound, taken;

        p += 3;
        before = sound * HAN_MAX_SOUNDS;
        if (__builtin_expect((has_pair[pair / 64] >> pair % 64 & 1) == 0, 1) || walk->n == walk->room)
            continue;
        taken = try_pair(walk, pair, (uint32_t)(p - buf) - 6);
        if (taken > 0) {
            p = buf + taken;
            before = 0; /* behind a variant all begins anew */
        }
    }
    return (uint32_t)(p - buf);
}

static size_t walk_text(struct walk *walk)
{
    const struct canon *canon = walk->canon;
    uint32_t at = canon->start[CANON_TEXT], end = canon->end[CANON_TEXT];
    struct run run;

    walk->n = 0;
    while (at < end) {
        if ((unsigned char)canon->buf[at] >= 0xE4)
            at = walk_han(walk, at);
        if (!is_letter(canon->buf[at])) {
            at++; /* also of a character that walk_han does not know */
            continue;
        }
        at = read_run(canon, at, &run);
        if (run.n >= 2 && walk->n < walk->room)
            try_letters(walk, &run);
    }
    return walk->n;
}

size_t variants_find(const struct variants *variants, const struct canon *canon, struct canon_rewrite *out, size_t room)
{
    struct walk walk = {.variants = variants, .canon = canon, .out = out, .room = room};

    if (walk_text(&walk) == 0 && canon->changed == 0)
        return 0;
    walk.suspicious = true;
    return walk_text(&walk);
}

/* ---- self-test --------------------------------------------------------------------------------------------- */

bool variants_self_test(const struct variants *variants, struct str *which)
{
    const struct variant *entries = variants->entries.items;
    const struct variant_letters *letters = variants->letters.items;

    for (size_t i = 0; i < variants->entries.n; i++) {
        const struct variant_unit *units = (const struct variant_unit *)variants->units.items + entries[i].units;
        const struct variant_pair *pair = &variants->pairs[entries_of(variants, entries[i].pair)];
        uint32_t k = pair->from;
        struct window window = {.n = entries[i].n};
        unsigned kept;

        for (unsigned c = 0; c < entries[i].n; c++)
            window.t[c] = units[c].cp;
        while (k < pair[1].from && k != i)
            k++;
        if (k == i && stands(variants, &entries[i], &window, &kept) && kept == entries[i].n)
            continue;
        *which = ((const struct str *)variants->words.items)[entries[i].word];
        return false;
    }
    for (size_t i = 0; i < variants->letters.n; i++) {
        const struct variant_letters *found = longest(variants, letters[i].letters.p, letters[i].letters.n);

        if (found == &letters[i])
            continue;
        *which = letters[i].letters;
        return false;
    }
    return true;
}
