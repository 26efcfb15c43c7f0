/* variants_index.c - from words to their variants, sorted by the sounds of the first two characters. */
#include "match/variants_parts.h"

#include "core/utf8.h"

#include <stdlib.h>

void *variant_list_add(struct variant_list *list, size_t size)
{
    if (list->n == list->cap) {
        size_t cap = list->cap > 0 ? 2 * list->cap : 256;
        void *grown = realloc(list->items, cap * size);

        if (grown == NULL)
            return NULL;
        list->items = grown;
        list->cap = cap;
    }
    return (char *)list->items + size * list->n++;
}

size_t variant_chars(struct str text, uint16_t *out, size_t room)
{
    size_t n = 0;

    if (text.n % 3 != 0 || text.n / 3 > room)
        return 0;
    for (const char *p = text.p; p < text.p + text.n; p += 3)
        if ((out[n++] = (uint16_t)variant_char(p)) == 0)
            return 0;
    return n;
}

/* Without the plain words that it begins with (您的账户), as long as a word is left; a plain word alone is nothing. */
static struct str without_plain(const struct variants *variants, struct str word)
{
    const struct str *plain = variants->plain.items;

    for (size_t i = 0; i < variants->plain.n; i++)
        if (str_starts(word, plain[i]) && (word.n == plain[i].n || word.n >= plain[i].n + 3 * VARIANT_MIN_CHARS))
            return without_plain(variants, (struct str){word.p + plain[i].n, word.n - plain[i].n});
    return word;
}

bool variant_is_fixed(const struct variants *variants, uint16_t cp)
{
    for (size_t i = 0; i < variants->nfixed; i++)
        if (variants->fixed[i] == cp)
            return true;
    return false;
}

int variants_know_word(struct variants *variants, struct str word)
{
    uint16_t chars[VARIANT_MAX_CHARS];
    struct str *added;

    if (variant_chars(word, chars, VARIANT_MAX_CHARS) < VARIANT_MIN_CHARS)
        return 0;
    added = variant_list_add(&variants->known, sizeof(*added));
    if (added == NULL)
        return -TS_ENOMEM;
    *added = arena_strdup(&variants->arena, word);
    return added->p != NULL ? 0 : -TS_ENOMEM;
}

int variants_add_word(struct variants *variants, struct str word)
{
    uint16_t chars[VARIANT_MAX_CHARS];
    struct str *added;
    size_t n, telling = 0;

    if (variants_know_word(variants, word) != 0)
        return -TS_ENOMEM;
    word = without_plain(variants, word);
    n = variant_chars(word, chars, VARIANT_MAX_CHARS);
    for (size_t i = 0; i < n; i++)
        telling += !variant_is_fixed(variants, chars[i]);
    if (telling < VARIANT_MIN_CHARS)
        return 0;
    added = variant_list_add(&variants->words, sizeof(*added));
    if (added == NULL)
        return -TS_ENOMEM;
    *added = arena_strdup(&variants->arena, word);
    return added->p != NULL ? 0 : -TS_ENOMEM;
}

/* ---- one word ---------------------------------------------------------------------------------------------- */

/* A word whose variants are made. */
struct maker {
    struct variants *variants;
    uint32_t word;
    struct str text;
    uint16_t chars[VARIANT_MAX_CHARS];
    size_t n, made;
    int rc;
};

/* Keep one writing; what has no usual sounds to be found by is passed over. */
static void keep(struct maker *maker, enum rewrite_kind kind, const struct variant_unit *units, size_t n,
                 unsigned strange, unsigned first, unsigned second)
{
    struct variants *variants = maker->variants;
    struct variant *variant;
    uint32_t at = (uint32_t)variants->units.n;

    if (first == 0 || second == 0 || maker->made == VARIANTS_PER_WORD || maker->rc != 0)
        return;
    for (size_t i = 0; i < n; i++) {
        struct variant_unit *unit = variant_list_add(&variants->units, sizeof(*unit));

        if (unit == NULL) {
            maker->rc = -TS_ENOMEM;
            return;
        }
        *unit = units[i];
    }
    variant = variant_list_add(&variants->entries, sizeof(*variant));
    if (variant == NULL) {
        maker->rc = -TS_ENOMEM;
        return;
    }
    *variant = (struct variant){.pair = first * HAN_MAX_SOUNDS + second, .units = at, .word = maker->word,
                                .first = units[0].cp, .second = units[1].cp, .third = n > 2 ? units[2].cp : 0,
                                .third_sound = n > 2 ? units[2].sound : 0, .n = (uint8_t)n, .kind = (uint8_t)kind,
                                .strange = (uint8_t)strange};
    maker->made++;
}

/* A writing that must be met exactly. */
static void keep_exact(struct maker *maker, enum rewrite_kind kind, struct str from)
{
    uint16_t chars[2 * VARIANT_MAX_CHARS];
    struct variant_unit units[2 * VARIANT_MAX_CHARS];
    size_t n = variant_chars(from, chars, 2 * VARIANT_MAX_CHARS);

    for (size_t i = 0; i < n; i++)
        units[i] = (struct variant_unit){chars[i], 0};
    if (n >= 2)
        keep(maker, kind, units, n, (unsigned)n, han_sound(chars[0]), han_sound(chars[1]));
}

/* The word as it is, each character with each of its sounds. The last of the readings counts fastest. */
static void keep_sounds(struct maker *maker)
{
    unsigned sounds[VARIANT_MAX_CHARS][HAN_READINGS];
    size_t nsounds[VARIANT_MAX_CHARS], at[VARIANT_MAX_CHARS] = {0}, i;

    for (i = 0; i < maker->n; i++)
        if ((nsounds[i] = han_sounds(maker->chars[i], sounds[i])) == 0)
            return;
    do {
        struct variant_unit units[VARIANT_MAX_CHARS];

        for (i = 0; i < maker->n; i++)
            units[i] = (struct variant_unit){maker->chars[i], (uint16_t)sounds[i][at[i]]};
        keep(maker, REWRITE_SOUND, units, maker->n, 0, units[0].sound, units[1].sound);
        for (i = maker->n; i > 0 && ++at[i - 1] == nsounds[i - 1]; i--)
            at[i - 1] = 0;
    } while (i > 0 && maker->made < VARIANTS_PER_WORD / 4);
}

/* One character replaced by one that looks like it. */
static void keep_shapes(struct maker *maker)
{
    const struct variant_shape *shapes = maker->variants->shapes.items;
    struct variant_unit units[VARIANT_MAX_CHARS];

    for (size_t i = 0; i < maker->n; i++)
        units[i] = (struct variant_unit){maker->chars[i], (uint16_t)han_sound(maker->chars[i])};
    for (size_t i = 0; i < maker->n; i++) {
        struct variant_unit own = units[i];

        for (size_t k = 0; k < maker->variants->shapes.n; k++) {
            if (shapes[k].cp != own.cp || han_sound(shapes[k].like) == own.sound)
                continue; /* what sounds alike is found by its sound */
            units[i] = (struct variant_unit){shapes[k].like, 0};
            keep(maker, REWRITE_SHAPE, units, maker->n, 1,
                 i == 0 ? han_sound(shapes[k].like) : units[0].sound,
                 i == 1 ? han_sound(shapes[k].like) : units[1].sound);
        }
        units[i] = own;
    }
}

/* One character written as its parts. */
static void keep_parts(struct maker *maker)
{
    const struct variant_parts *all = maker->variants->parts.items;

    for (size_t i = 0; i < maker->n; i++) {
        for (size_t k = 0; k < maker->variants->parts.n; k++) {
            char text[3 * 2 * VARIANT_MAX_CHARS];
            size_t behind = maker->text.n - 3 * (i + 1);

            if (all[k].alone || all[k].cp != maker->chars[i] || all[k].parts.n + maker->text.n > sizeof(text))
                continue;
            memcpy(text, maker->text.p, 3 * i);
            memcpy(text + 3 * i, all[k].parts.p, all[k].parts.n);
            memcpy(text + 3 * i + all[k].parts.n, maker->text.p + 3 * (i + 1), behind);
            keep_exact(maker, REWRITE_SPLIT, (struct str){text, 3 * i + all[k].parts.n + behind});
        }
    }
}

static bool keep_letters(struct variants *variants, struct str letters, struct str to, enum rewrite_kind kind)
{
    struct variant_letters *added = variant_list_add(&variants->letters, sizeof(*added));

    if (added == NULL)
        return false;
    *added = (struct variant_letters){arena_strdup(&variants->arena, letters), to, (uint8_t)kind};
    return added->letters.p != NULL;
}

/* In the usual sounds, and with one character in another of its sounds (yinxing for 银行). */
static int keep_pinyin(struct variants *variants, struct str word)
{
    uint16_t chars[VARIANT_MAX_CHARS];
    unsigned sounds[VARIANT_MAX_CHARS][HAN_READINGS];
    size_t nsounds[VARIANT_MAX_CHARS], n = variant_chars(word, chars, VARIANT_MAX_CHARS);

    for (size_t i = 0; i < n; i++)
        if ((nsounds[i] = han_sounds(chars[i], sounds[i])) == 0)
            return 0;
    for (size_t other = 0; other < n; other++) {
        for (size_t k = other > 0 ? 1 : 0; k < nsounds[other]; k++) {
            char letters[6 * VARIANT_MAX_CHARS + 1];
            size_t bytes = 0;

            for (size_t i = 0; i < n; i++) {
                const char *syllable = han_syllable(sounds[i][i == other ? k : 0]);

                bytes += (size_t)(stpcpy(letters + bytes, syllable) - (letters + bytes));
            }
            if (bytes >= VARIANT_MIN_LETTERS &&
                !keep_letters(variants, (struct str){letters, bytes}, word, REWRITE_PINYIN))
                return -TS_ENOMEM;
        }
    }
    return 0;
}

/* Letters are no words by chance: what nobody writes in other characters may be written so. */
static int make_pinyin(struct variants *variants)
{
    const struct str *known = variants->known.items;
    int rc = 0;

    for (size_t i = 0; i < variants->known.n && rc == 0; i++)
        rc = keep_pinyin(variants, known[i]);
    return rc;
}

static void keep_listed(struct maker *maker)
{
    const struct variant_listed *listed = maker->variants->listed.items;

    for (size_t i = 0; i < maker->variants->listed.n && maker->rc == 0; i++) {
        if (!str_eq(listed[i].to, maker->text))
            continue;
        if (listed[i].from.p[0] >= 'a' && listed[i].from.p[0] <= 'z') {
            if (!keep_letters(maker->variants, listed[i].from, maker->text, REWRITE_INITIALS))
                maker->rc = -TS_ENOMEM;
        } else {
            keep_exact(maker, REWRITE_WORD, listed[i].from);
        }
    }
}

static int make_variants(struct variants *variants, uint32_t word)
{
    struct maker maker = {.variants = variants, .word = word, .text = ((struct str *)variants->words.items)[word]};

    maker.n = variant_chars(maker.text, maker.chars, VARIANT_MAX_CHARS);
    keep_sounds(&maker);
    keep_listed(&maker);
    keep_shapes(&maker);
    keep_parts(&maker);
    return maker.rc;
}

/* Parts that are put together anywhere: words of one character. */
static int make_alone(struct variants *variants)
{
    const struct variant_parts *all = variants->parts.items;
    struct maker maker = {.variants = variants};

    for (size_t i = 0; i < variants->parts.n && maker.rc == 0; i++) {
        char whole[4];
        struct str *added;

        if (!all[i].alone)
            continue;
        if ((added = variant_list_add(&variants->words, sizeof(*added))) == NULL)
            return -TS_ENOMEM;
        maker.word = (uint32_t)variants->words.n - 1;
        maker.made = 0;
        *added = arena_strdup(&variants->arena, (struct str){whole, utf8_encode(all[i].cp, whole)});
        if (added->p == NULL)
            return -TS_ENOMEM;
        keep_exact(&maker, REWRITE_SPLIT, all[i].parts);
    }
    return maker.rc;
}

/* ---- index ------------------------------------------------------------------------------------------------- */

int variant_compare(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    int order = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

    return order != 0 ? order : (x->n > y->n) - (x->n < y->n);
}

static int compare_letters(const void *a, const void *b)
{
    const struct variant_letters *x = a, *y = b;
    int order = variant_compare(&x->letters, &y->letters);

    if (order == 0 && x->kind != y->kind)
        return x->kind > y->kind ? -1 : 1; /* what is listed goes before pinyin */
    return order != 0 ? order : variant_compare(&x->to, &y->to);
}

static int compare_variants(const void *a, const void *b)
{
    const struct variant *x = a, *y = b;

    if (x->pair != y->pair)
        return x->pair < y->pair ? -1 : 1;
    return x->units != y->units ? (x->units > y->units) - (x->units < y->units) : 0;
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void sort(struct variant_list *list, size_t size, int (*compare)(const void *, const void *))
{
    if (list->n > 1)
        qsort(list->items, list->n, size, compare);
}

static void drop_repeated_words(struct variant_list *list)
{
    struct str *words = list->items;
    size_t kept = 0;

    sort(list, sizeof(*words), variant_compare);
    for (size_t i = 0; i < list->n; i++)
        if (kept == 0 || !str_eq(words[kept - 1], words[i]))
            words[kept++] = words[i];
    list->n = kept;
}

static void mark_inside(struct variants *variants)
{
    const struct str *known = variants->known.items;

    for (size_t i = 0; i < variants->known.n; i++)
        for (const char *p = known[i].p; p + 6 <= str_end(known[i]); p += 3) {
            uint32_t bit = variant_inside_bit(variant_char(p), variant_char(p + 3));

            variants->inside[bit / 64] |= UINT64_C(1) << bit % 64;
        }
}

static void drop_repeated_letters(struct variants *variants)
{
    struct variant_letters *letters = variants->letters.items;
    size_t kept = 0;

    sort(&variants->letters, sizeof(*letters), compare_letters);
    for (size_t i = 0; i < variants->letters.n; i++)
        if (kept == 0 || !str_eq(letters[kept - 1].letters, letters[i].letters))
            letters[kept++] = letters[i];
    variants->letters.n = kept;
}

/* Words of phrases are frequent words: what is written as one is meant as it is. */
static int add_own_words(struct variants *variants)
{
    const struct str *words = variants->words.items;

    for (size_t i = 0; i < variants->words.n; i++) {
        uint16_t chars[2];
        uint32_t *added;

        if (variant_chars(words[i], chars, 2) != 2)
            continue;
        if ((added = variant_list_add(&variants->ordinary, sizeof(*added))) == NULL)
            return -TS_ENOMEM;
        *added = variant_ordinary(chars[0], chars[1], VARIANT_OWN);
    }
    sort(&variants->ordinary, sizeof(uint32_t), compare_numbers);
    return 0;
}

static int index_pairs(struct variants *variants)
{
    const struct variant *entries = variants->entries.items;
    size_t npairs = 0;

    sort(&variants->entries, sizeof(*entries), compare_variants);
    variants->pairs = arena_calloc(&variants->arena, variants->entries.n + 1, sizeof(*variants->pairs));
    if (variants->pairs == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < variants->entries.n; i++) {
        if (i == 0 || entries[i].pair != entries[i - 1].pair)
            variants->pairs[npairs++].from = (uint32_t)i;
        variants->has_pair[entries[i].pair / 64] |= UINT64_C(1) << entries[i].pair % 64;
        variants->pairs[npairs - 1].firsts |= variant_bit(entries[i].first);
        variants->pairs[npairs - 1].seconds |= variant_bit(entries[i].second);
    }
    variants->pairs[npairs].from = (uint32_t)variants->entries.n;
    for (size_t i = 1; i < HAN_MAX_SOUNDS * HAN_MAX_SOUNDS / 64; i++)
        variants->rank[i] = variants->rank[i - 1] + (uint32_t)__builtin_popcountll(variants->has_pair[i - 1]);
    return 0;
}

int variants_index(struct variants *variants)
{
    int rc = 0;

    drop_repeated_words(&variants->words);
    drop_repeated_words(&variants->known);
    mark_inside(variants);
    for (uint32_t i = 0; i < variants->words.n && rc == 0; i++)
        rc = make_variants(variants, i);
    if (rc == 0)
        rc = add_own_words(variants);
    if (rc == 0)
        rc = make_alone(variants);
    if (rc == 0)
        rc = make_pinyin(variants);
    if (rc != 0)
        return rc;
    drop_repeated_letters(variants);
    sort(&variants->denied, sizeof(struct str), variant_compare);
    return index_pairs(variants);
}
