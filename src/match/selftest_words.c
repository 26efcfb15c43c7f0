/* selftest_words.c - two hundred words stand behind each other, each between two bytes of padding, behind none to
 * 63 bytes more of it: so each comes to stand at every place that a vector instruction may see it at, and has to be
 * reported there every time. And each stands alone, once, in a text too short for the engine's usual ways. */
#include "match/selftest_words.h"

#include "core/err.h"

#include <stdlib.h>

#define OFFSETS 64
#define WORDS_PER_TEXT 200
#define PADDING 'x'

/* Words that stand behind each other. */
struct batch {
    const struct selftest_word *words; /* the first of them */
    size_t n;
    char *text; /* as it stands without more padding in front */
    size_t length;
    size_t end[WORDS_PER_TEXT]; /* of each word in it */
    bool reported[WORDS_PER_TEXT];
    size_t offset; /* more padding in front now */
};

static int compare_id(const void *key, const void *element)
{
    const unsigned *id = key;
    const struct selftest_word *word = element;

    return (*id > word->id) - (*id < word->id);
}

static int note(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx)
{
    struct batch *batch = ctx;
    const struct selftest_word *word = bsearch(&id, batch->words, batch->n, sizeof(*batch->words), compare_id);

    (void)from, (void)flags;
    if (word != NULL && to == batch->end[word - batch->words] + batch->offset)
        batch->reported[word - batch->words] = true;
    return 0;
}

/* Scan it behind `offset` bytes of padding; `buf` has room for both. Returns 0, -TS_EMISMATCH (*missing: the word that
 * was not reported) or -TS_EENGINE. */
static int scan(struct batch *batch, const hs_database_t *database, hs_scratch_t *scratch, size_t offset, char *buf,
                const struct selftest_word **missing)
{
    memset(buf, PADDING, offset);
    memcpy(buf + offset, batch->text, batch->length);
    memset(batch->reported, 0, sizeof(batch->reported));
    batch->offset = offset;
    if (hs_scan(database, buf, (unsigned)(offset + batch->length), 0, scratch, note, batch) != HS_SUCCESS)
        return -TS_EENGINE;
    for (size_t i = 0; i < batch->n; i++)
        if (!batch->reported[i]) {
            *missing = &batch->words[i];
            return -TS_EMISMATCH;
        }
    return 0;
}

static void gather(struct batch *batch, const struct selftest_word *words, size_t n)
{
    batch->words = words;
    batch->n = n;
    batch->length = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(batch->text + batch->length, words[i].word.p, words[i].word.n);
        batch->length += words[i].word.n;
        batch->end[i] = batch->length;
        batch->text[batch->length++] = PADDING;
    }
}

static size_t longest_word(const struct selftest_word *words, size_t n)
{
    size_t longest = 0;

    for (size_t i = 0; i < n; i++)
        longest = words[i].word.n > longest ? words[i].word.n : longest;
    return longest;
}

int selftest_words(const hs_database_t *database, hs_scratch_t *scratch, const struct selftest_word *words, size_t n,
                   const struct selftest_word **missing)
{
    size_t room = WORDS_PER_TEXT * (longest_word(words, n) + 1) + OFFSETS;
    struct batch batch = {.text = malloc(room)};
    char *buf = malloc(room);
    int rc = batch.text != NULL && buf != NULL ? 0 : -TS_ENOMEM;

    for (size_t i = 0; i < n && rc == 0; i += WORDS_PER_TEXT) {
        gather(&batch, words + i, n - i < WORDS_PER_TEXT ? n - i : WORDS_PER_TEXT);
        for (size_t offset = 0; offset < OFFSETS && rc == 0; offset++)
            rc = scan(&batch, database, scratch, offset, buf, missing);
    }
    for (size_t i = 0; i < n && rc == 0; i++) {
        gather(&batch, words + i, 1);
        rc = scan(&batch, database, scratch, i % OFFSETS, buf, missing);
    }
    free(batch.text);
    free(buf);
    return rc;
}
