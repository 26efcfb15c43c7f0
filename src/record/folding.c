/* folding.c - the generated table, copied to the heap, with the project's own characters laid over it.
 *
 * Blocks of the second stage are shared, so a block is copied before its first change; changed code points get an
 * entry of their own. When all characters are set, the outputs of all other entries pass through the changes once.
 * Last come the words (their final characters are marked in the table) and the quick tables for plain text. */
#include "record/folding.h"

#include "core/err.h"
#include "core/utf8.h"
#include "record/canon.h"
#include "unicode_tables.h"

#include <assert.h>
#include <stdlib.h>

struct folding *folding_new(void)
{
    struct folding *folding = calloc(1, sizeof(*folding));

    if (folding == NULL)
        return NULL;
    arena_init(&folding->arena, 8192);
    memcpy(folding->stage1, UNICODE_STAGE1, sizeof(UNICODE_STAGE1));
    folding->stage2 = malloc(sizeof(UNICODE_STAGE2));
    folding->entries = malloc(sizeof(UNICODE_ENTRIES));
    if (folding->stage2 == NULL || folding->entries == NULL) {
        folding_free(&folding);
        return NULL;
    }
    memcpy(folding->stage2, UNICODE_STAGE2, sizeof(UNICODE_STAGE2));
    memcpy(folding->entries, UNICODE_ENTRIES, sizeof(UNICODE_ENTRIES));
    folding->nblocks = UNICODE_NBLOCKS;
    folding->nentries = UNICODE_NENTRIES;
    return folding;
}

void folding_free(struct folding **folding)
{
    if (*folding == NULL)
        return;
    free((*folding)->stage2);
    free((*folding)->entries);
    free((*folding)->words);
    free((*folding)->tails);
    arena_fini(&(*folding)->arena);
    free(*folding);
    *folding = NULL;
}

void folding_digest(const struct folding *folding, unsigned char out[32])
{
    memcpy(out, folding->digest, sizeof(folding->digest));
}

static int own_block(struct folding *folding, size_t high)
{
    uint16_t(*grown)[256];

    if (folding->stage1[high] >= UNICODE_NBLOCKS)
        return 0;
    grown = realloc(folding->stage2, (folding->nblocks + 1) * sizeof(*grown));
    if (grown == NULL)
        return -TS_ENOMEM;
    memcpy(grown[folding->nblocks], grown[folding->stage1[high]], sizeof(*grown));
    folding->stage2 = grown;
    folding->stage1[high] = (uint16_t)folding->nblocks++;
    return 0;
}

/* An entry that belongs to `cp` alone, a copy of the one it had. */
static struct fold_entry *own_entry(struct folding *folding, uint32_t cp)
{
    struct fold_entry *grown;
    size_t at = folding->nentries;

    if (at > UINT16_MAX || own_block(folding, cp >> 8) != 0)
        return NULL;
    grown = realloc(folding->entries, (at + 1) * sizeof(*grown));
    if (grown == NULL)
        return NULL;
    folding->entries = grown;
    grown[at] = *folding_entry(folding, cp);
    folding->stage2[folding->stage1[cp >> 8]][cp & 255] = (uint16_t)at;
    folding->nentries++;
    return &grown[at];
}

/* Class and flags of an entry from the characters in out, each of which has its own entry. */
static void describe(const struct folding *folding, struct fold_entry *entry)
{
    const char *p = entry->out, *end = p + entry->len;
    size_t chars = 0;
    uint32_t cp;

    entry->flags &= (uint8_t) ~(FOLD_ONE | FOLD_COPY);
    while (p < end) {
        const struct fold_entry *each;

        p += utf8_decode(p, end, &cp);
        each = folding_entry(folding, cp);
        if (chars++ == 0)
            entry->cls = each->cls;
        else if (each->cls != entry->cls || (each->cls != FOLD_WORD && each->cls != FOLD_SYMBOL))
            entry->cls = FOLD_MIXED;
    }
    if (chars == 1)
        entry->flags |= FOLD_ONE;
}

int folding_set_char(struct folding *folding, uint32_t cp, struct str out, bool hides)
{
    struct fold_entry *entry = own_entry(folding, cp);

    assert(out.n > 0 && out.n <= FOLD_MAX_OUT); /* folding_file.c checked it */
    if (entry == NULL)
        return -TS_ENOMEM;
    *entry = (struct fold_entry){.flags = hides ? FOLD_HIDES : 0, .len = (uint8_t)out.n};
    memcpy(entry->out, out.p, out.n);
    return 0;
}

size_t folding_chars(const struct folding *folding, struct str s, char *out)
{
    const char *p = s.p, *end = s.p + s.n;
    size_t n = 0;
    uint32_t cp;

    while (p < end) {
        const struct fold_entry *entry;
        size_t len = utf8_decode(p, end, &cp);

        entry = folding_entry(folding, cp == UINT32_MAX ? UTF8_REPLACEMENT : cp);
        if ((entry->flags & FOLD_COPY) == 0) {
            memcpy(out + n, entry->out, entry->len);
            n += entry->len;
        } else {
            n += utf8_encode(cp == UINT32_MAX ? UTF8_REPLACEMENT : cp, out + n);
        }
        p += len;
    }
    return n;
}

bool folding_all(const struct folding *folding, struct str s, enum fold_class cls)
{
    const char *p = s.p, *end = s.p + s.n;
    uint32_t cp;

    while (p < end) {
        const struct fold_entry *entry;

        p += utf8_decode(p, end, &cp);
        entry = folding_entry(folding, cp);
        if (entry->cls != cls || (entry->flags & FOLD_COPY) == 0)
            return false;
    }
    return true;
}

void folding_close_chars(struct folding *folding)
{
    for (size_t i = 0; i < folding->nentries; i++) {
        struct fold_entry *entry = &folding->entries[i];
        char out[FOLD_MAX_OUT * FOLD_MAX_GROWTH];
        size_t n;

        if (entry->len == 0)
            continue;
        n = folding_chars(folding, (struct str){entry->out, entry->len}, out);
        assert(n <= entry->len); /* a replacement is never longer than what it replaces (folding_file.c) */
        entry->len = (uint8_t)n;
        memcpy(entry->out, out, n);
        describe(folding, entry);
    }
}

static uint32_t last_char(struct str s, size_t *start)
{
    uint32_t cp;

    *start = s.n - 1;
    while (((unsigned char)s.p[*start] & 0xC0) == 0x80)
        --*start;
    utf8_decode(s.p + *start, s.p + s.n, &cp);
    return cp;
}

/* By last character, then longest first. */
static int compare_words(const void *left, const void *right)
{
    const struct fold_word *a = left, *b = right;
    size_t start;
    uint32_t last_a = last_char(a->from, &start), last_b = last_char(b->from, &start);

    if (last_a != last_b)
        return last_a < last_b ? -1 : 1;
    return a->from.n > b->from.n ? -1 : a->from.n < b->from.n;
}

/* Mark the last characters of words, here and wherever a character becomes one of them. */
static int mark_tails(struct folding *folding)
{
    uint32_t last = 0;
    size_t start;

    for (size_t i = 0; i < folding->nwords; i++) {
        struct fold_word *word = &folding->words[i];
        uint32_t cp = last_char(word->from, &start);

        if (i == 0 || cp != last) {
            struct fold_entry *entry = own_entry(folding, cp);

            if (entry == NULL)
                return -TS_ENOMEM;
            folding->tails[folding->ntails++].words = word;
            entry->tail = (uint16_t)folding->ntails;
        }
        folding->tails[folding->ntails - 1].nwords++;
        folding->tails[folding->ntails - 1].before |= 1ull << (word->from.p[start - 1] & 63);
        last = cp;
    }
    for (size_t i = 0; i < folding->nentries; i++) {
        struct fold_entry *entry = &folding->entries[i];
        uint32_t cp;

        if (entry->cls != FOLD_HAN || entry->len == 0)
            continue;
        utf8_decode(entry->out, entry->out + entry->len, &cp);
        entry->tail = folding_entry(folding, cp)->tail;
    }
    return 0;
}

static void make_quick_tables(struct folding *folding)
{
    for (uint32_t cp = 0x3400; cp <= 0x9FFF; cp++) {
        const struct fold_entry *entry = folding_entry(folding, cp);

        if (entry->cls == FOLD_HAN && (entry->flags & FOLD_COPY) && entry->tail == 0)
            folding->han[cp >> 6] |= 1ull << (cp & 63);
    }
    for (uint32_t cp = 0; cp < 128; cp++) {
        const struct fold_entry *entry = folding_entry(folding, cp);

        folding->ascii[cp] = (entry->flags & FOLD_COPY) ? (char)cp : entry->out[0];
        if (folding->digits.value[(unsigned char)folding->ascii[cp]] != 0)
            folding->ascii_kind[cp] = FOLD_ASCII_LOOKALIKE;
        if (cp >= '0' && cp <= '9')
            folding->ascii_kind[cp] = FOLD_ASCII_DIGIT;
        if (entry->cls == FOLD_WORD)
            folding->ascii_kind[cp] |= FOLD_ASCII_WORD;
        if (entry->cls >= FOLD_SPACE)
            folding->ascii_kind[cp] |= FOLD_ASCII_DROPPABLE;
    }
}

int folding_finish(struct folding *folding)
{
    folding->tails = calloc(folding->nwords + 1, sizeof(*folding->tails));
    if (folding->tails == NULL)
        return -TS_ENOMEM;
    if (folding->nwords > 0)
        qsort(folding->words, folding->nwords, sizeof(*folding->words), compare_words);
    if (mark_tails(folding) != 0)
        return -TS_ENOMEM;
    make_quick_tables(folding);
    return 0;
}

bool folding_digits_alike(const struct folding *folding)
{
    for (char c = '0'; c <= '9'; c++)
        if (folding->ascii[(unsigned char)c] != c)
            return false;
    for (size_t i = 0; i < folding->nwords; i++) {
        struct str not_after = folding->words[i].not_after;
        bool first = not_after.n > 0 && memchr(not_after.p, '0', not_after.n) != NULL;

        for (char c = '1'; c <= '9'; c++)
            if ((not_after.n > 0 && memchr(not_after.p, c, not_after.n) != NULL) != first)
                return false;
    }
    return true;
}
