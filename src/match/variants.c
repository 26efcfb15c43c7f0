/* variants.c - a walk over the text with the sounds of two characters at a time; where a variant can begin, those that
 * begin with these sounds are compared, and the longest that may be taken is. Letters are looked at run by run. */
#include "match/variants_walk.h"

#include <stdlib.h>

/* The characters at a place: up to the longest writing, and the one behind it. */
#define WINDOW (2 * VARIANT_MAX_CHARS + 1)

size_t variants_words(const struct variants *variants)
{
    return variants->words.n;
}

size_t variants_count(const struct variants *variants)
{
    return variants->entries.n + variants->letters.n;
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

/* Which of the pairs that are there this one is. */
static uint32_t entries_of(const struct variants *variants, uint32_t pair)
{
    uint64_t below = variants->has_pair[pair / 64] & ((UINT64_C(1) << pair % 64) - 1);

    return variants->rank[pair / 64] + (uint32_t)__builtin_popcountll(below);
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
static inline bool may_stand(const struct variant_walk *walk, const struct variant *variant, struct three *three)
{
    uint32_t third = three->t[2];

    if (variant->first != three->t[0] && variant->second != three->t[1])
        return walk->suspicious && third != 0 && variant->third == third;
    return variant->third == 0 || variant->third == third ||
           (variant->third_sound != 0 && third_sounds(three, variant->third_sound));
}

/* The one of the variants of a pair of sounds to take at `at`: the longest, and of those the most alike. NULL when there
 * is none, or when a word that is written as it is goes as far. *kept: how many of its characters are the word's. */
static const struct variant *choose(struct variant_walk *walk, const struct variant *from, const struct variant *to,
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
        if (!variant_is_meant(walk, variant, window.t, own, at))
            continue;
        best = variant;
        *kept = own;
    }
    return best != NULL && best->n > plain ? best : NULL;
}

/* A variant may begin at `at`, by its sounds: take it and return its end; 0 when there is none. */
static __attribute__((noinline)) uint32_t try_pair(struct variant_walk *walk, uint32_t pair, uint32_t at)
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
    variant_take(walk, at, at + 3u * best->n, ((const struct str *)variants->words.items)[best->word], best->kind,
         best->n - kept);
    return at + 3u * best->n;
}

/* ---- the walk ---------------------------------------------------------------------------------------------- */

/* Han from `at` on; returns where it ends. The mark behind the text ends it at the latest. */
static uint32_t walk_han(struct variant_walk *walk, uint32_t at)
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

static size_t walk_text(struct variant_walk *walk)
{
    const struct canon *canon = walk->canon;
    uint32_t at = canon->start[CANON_TEXT], end = canon->end[CANON_TEXT];

    walk->n = 0;
    while (at < end) {
        if ((unsigned char)canon->buf[at] >= 0xE4)
            at = walk_han(walk, at);
        if (variant_is_letter(canon->buf[at]))
            at = variant_try_letters(walk, at);
        else
            at++; /* also of a character that walk_han does not know */
    }
    return walk->n;
}

size_t variants_find(const struct variants *variants, const struct canon *canon, struct canon_rewrite *out, size_t room)
{
    struct variant_walk walk = {.variants = variants, .canon = canon, .out = out, .room = room};

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
        const struct variant_letters *found = variant_longest(variants, letters[i].letters.p, letters[i].letters.n);

        if (found == &letters[i])
            continue;
        *which = letters[i].letters;
        return false;
    }
    return true;
}
