/* variants_index.c - from words to their variants, sorted by the sounds of the first two characters. */
#include "match/variants_places.h"

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
    uint32_t first = variant_beginning(word);
    size_t i;

    for (size_t k = 0; (i = variants_of(variants, VARIANT_PLAIN, first, k)) != VARIANT_NO_ITEM; k++)
        if (str_starts(word, plain[i]) && (word.n == plain[i].n || word.n >= plain[i].n + 3 * VARIANT_MIN_CHARS))
            return without_plain(variants, (struct str){word.p + plain[i].n, word.n - plain[i].n});
    return word;
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
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->units > y->units) - (x->units < y->units);
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

struct headed_word {
    uint64_t head; /* str_head */
    struct str word;
};

static int compare_headed(const void *a, const void *b)
{
    const struct headed_word *x = a, *y = b;

    if (x->head != y->head)
        return x->head < y->head ? -1 : 1;
    return variant_compare(&x->word, &y->word);
}

static int drop_repeated_words(struct variant_list *list)
{
    struct headed_word *headed = malloc((list->n + 1) * sizeof(*headed));
    struct str *words = list->items;
    size_t kept = 0;

    if (headed == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < list->n; i++)
        headed[i] = (struct headed_word){str_head(words[i]), words[i]};
    qsort(headed, list->n, sizeof(*headed), compare_headed);
    for (size_t i = 0; i < list->n; i++)
        if (kept == 0 || headed[i].head != headed[i - 1].head || !str_eq(words[kept - 1], headed[i].word))
            words[kept++] = headed[i].word;
    list->n = kept;
    free(headed);
    return 0;
}

static void index_known(struct variants *variants)
{
    const struct str *known = variants->known.items;
    size_t at = 0;

    for (uint32_t i = 0; i <= VARIANT_CHARS; i++) {
        while (at < variants->known.n && variant_offset(known[at].p) < i)
            at++;
        variants->known_from[i] = (uint32_t)at;
    }
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
    return 0;
}

static void index_ordinary(struct variants *variants)
{
    const uint32_t *all = variants->ordinary.items;
    size_t at = 0;

    sort(&variants->ordinary, sizeof(uint32_t), compare_numbers);
    for (uint32_t i = 0; i <= VARIANT_CHARS; i++) {
        while (at < variants->ordinary.n && all[at] >> 17 < i)
            at++;
        variants->ordinary_from[i] = (uint32_t)at;
    }
}

unsigned variant_hash_shift(size_t n)
{
    unsigned shift = 28;

    while ((size_t)1 << (32 - shift) < n + n / 2)
        shift--;
    return shift;
}

size_t variant_hash_room(size_t n)
{
    return ((size_t)1 << (32 - variant_hash_shift(n))) + n + 1;
}

static int make_keys(struct variants *variants)
{
    const struct variant *entries = variants->entries.items;

    variants->keys = arena_calloc(&variants->arena, variants->entries.n + 1, sizeof(*variants->keys));
    if (variants->keys == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < variants->entries.n; i++) {
        const struct variant_unit *units = (const struct variant_unit *)variants->units.items + entries[i].units;
        unsigned n = entries[i].n;

        variants->keys[i] = variant_key(units[0].cp - HAN_FIRST, units[1].cp - HAN_FIRST,
                                        n > 2 ? units[2].cp - HAN_FIRST : 0, n > 2 ? units[2].sound : 0);
        if (n > 3)
            variants->keys[i] |= variant_fourth(units[3].sound != 0 ? units[3].sound : han_sound(units[3].cp));
    }
    return 0;
}

static int index_ranges(struct variants *variants)
{
    const struct variant *entries = variants->entries.items;
    size_t n = 0;

    for (size_t i = 0; i < variants->entries.n; i++)
        n += i == 0 || entries[i].pair != entries[i - 1].pair;
    variants->ranges_shift = variant_hash_shift(n);
    variants->ranges = arena_calloc(&variants->arena, variant_hash_room(n), sizeof(*variants->ranges));
    if (variants->ranges == NULL)
        return -TS_ENOMEM;
    for (uint32_t i = 0; i < variants->entries.n; i++) {
        struct variant_range *range = variant_range(variants, entries[i].pair);

        if (range->pair == 0)
            *range = (struct variant_range){entries[i].pair, i, i, i};
        range->shorts += entries[i].n > 2;
        range->end++;
    }
    return 0;
}

int variants_index(struct variants *variants)
{
    int rc = drop_repeated_words(&variants->words);

    if (rc == 0)
        rc = drop_repeated_words(&variants->known);
    if (rc != 0)
        return rc;
    index_known(variants);
    mark_inside(variants);
    for (uint32_t i = 0; i < variants->words.n && rc == 0; i++)
        rc = variants_make(variants, i);
    if (rc == 0)
        rc = add_own_words(variants);
    if (rc == 0)
        rc = variants_make_alone(variants);
    if (rc == 0)
        rc = variants_make_pinyin(variants);
    if (rc != 0)
        return rc;
    drop_repeated_letters(variants);
    sort(&variants->denied, sizeof(struct str), variant_compare);
    index_ordinary(variants);
    sort(&variants->entries, sizeof(struct variant), compare_variants);
    variants->wide = variant_wide_runs();
    rc = make_keys(variants);
    if (rc == 0)
        rc = index_ranges(variants);
    if (rc == 0)
        rc = variants_note_own(variants);
    return rc == 0 ? variants_filter(variants) : rc;
}
