/* contact_lexicon.c - two sorted copies of the words, one by the last byte and one by the first. */
#include "record/contact_lexicon.h"

#include "core/err.h"

#include <stdlib.h>

static unsigned char first_byte(struct str s)
{
    return (unsigned char)s.p[0];
}

static unsigned char last_byte(struct str s)
{
    return (unsigned char)s.p[s.n - 1];
}

static int compare_long_first(struct str a, struct str b)
{
    if (a.n != b.n)
        return a.n > b.n ? -1 : 1;
    return memcmp(a.p, b.p, a.n);
}

static int compare_ends(const void *a, const void *b)
{
    const struct lexicon_word *x = a, *y = b;
    int order = last_byte(x->text) - last_byte(y->text);

    return order != 0 ? order : compare_long_first(x->text, y->text);
}

static int compare_begins(const void *a, const void *b)
{
    const struct lexicon_word *x = a, *y = b;
    int order = first_byte(x->text) - first_byte(y->text);

    return order != 0 ? order : compare_long_first(x->text, y->text);
}

/* Sorted, so that equal words are neighbours. Returns how many are left. */
static size_t merge_equal(struct lexicon_word *words, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && str_eq(words[kept - 1].text, words[i].text)) {
            words[kept - 1].roles |= words[i].roles;
            free((char *)words[i].text.p);
        } else {
            words[kept++] = words[i];
        }
    }
    return kept;
}

static void index_bytes(const struct lexicon_word *words, size_t n, unsigned char (*byte)(struct str),
                        uint16_t *by_byte)
{
    for (size_t b = 0, i = 0; b <= 256; b++) {
        while (i < n && byte(words[i].text) < b)
            i++;
        by_byte[b] = (uint16_t)i;
    }
}

static void mark_pairs(struct lexicon *lexicon, const struct lexicon_word *word)
{
    unsigned char last = last_byte(word->text);

    if (word->text.n > 1)
        lexicon->roles[lexicon_pair((unsigned char)word->text.p[word->text.n - 2], last)] |= word->roles;
    for (unsigned before = 0; word->text.n == 1 && before < 256; before++) /* anything may stand before it */
        lexicon->roles[lexicon_pair((unsigned char)before, last)] |= word->roles;
}

int lexicon_build(struct lexicon *lexicon, struct lexicon_word *words, size_t n)
{
    if (n > 0)
        qsort(words, n, sizeof(*words), compare_ends);
    *lexicon = (struct lexicon){.ends = words, .n = merge_equal(words, n)};
    n = lexicon->n;
    index_bytes(words, n, last_byte, lexicon->by_last);
    for (size_t i = 0; i < n; i++) {
        mark_pairs(lexicon, &words[i]);
        lexicon->has_digits = lexicon->has_digits || str_has_digit(words[i].text);
    }
    lexicon->begins = malloc((n + 1) * sizeof(*words));
    if (lexicon->begins == NULL)
        return -TS_ENOMEM;
    if (n > 0)
        memcpy(lexicon->begins, words, n * sizeof(*words));
    qsort(lexicon->begins, n, sizeof(*words), compare_begins);
    index_bytes(lexicon->begins, n, first_byte, lexicon->by_first);
    return 0;
}

void lexicon_fini(struct lexicon *lexicon)
{
    for (size_t i = 0; i < lexicon->n; i++)
        free((char *)lexicon->ends[i].text.p);
    free(lexicon->ends);
    free(lexicon->begins);
    *lexicon = (struct lexicon){0};
}

const struct lexicon_word *lexicon_search_before(const struct lexicon *lexicon, const char *start, const char *at,
                                                 uint32_t roles)
{
    unsigned char last;

    if (at == start)
        return NULL;
    last = (unsigned char)at[-1];
    for (size_t i = lexicon->by_last[last]; i < lexicon->by_last[last + 1]; i++) {
        const struct lexicon_word *word = &lexicon->ends[i];
        size_t n = word->text.n;
        const char *from = at - n;
        if ((word->roles & roles) == 0 || n > (size_t)(at - start) ||
            from[n > 1] != word->text.p[n > 1] || /* first bytes of Han characters are few, second ones tell */
            memcmp(from, word->text.p, n) != 0)
            continue;
        if (from == start || !ascii_is_alnum(*from) || !ascii_is_alnum(from[-1]))
            return word;
    }
    return NULL;
}

size_t lexicon_at(const struct lexicon *lexicon, const char *at, const char *end, uint32_t roles)
{
    unsigned char first;

    if (at == end)
        return 0;
    first = (unsigned char)*at;
    for (size_t i = lexicon->by_first[first]; i < lexicon->by_first[first + 1]; i++)
        if ((lexicon->begins[i].roles & roles) && str_starts(str_range(at, end), lexicon->begins[i].text))
            return lexicon->begins[i].text.n;
    return 0;
}
