/* selftest_words.c - two hundred words stand behind each other, each between two bytes of padding, behind none to
 * 63 bytes more of it: so each comes to stand at every place that a vector instruction may see it at, and has to be
 * reported there every time. And each stands alone, once, in a text too short for the engine's usual ways. */
#include "match/selftest_words.h"

#include "core/err.h"

#include <stdlib.h>

#define OFFSETS 64
#define WORDS_PER_TEXT 200
#define PADDING 'x'

/* Words from `first` on. */
struct batch {
    uint32_t first, n;
    char *text; /* as it stands without more padding in front */
    size_t length;
    size_t end[WORDS_PER_TEXT]; /* of each literal in it */
    bool reported[WORDS_PER_TEXT];
    size_t offset; /* more padding in front now */
};

static int note(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx)
{
    struct batch *batch = ctx;
    uint32_t slot = id - batch->first;

    (void)from, (void)flags;
    if (id >= batch->first && slot < batch->n && to == batch->end[slot] + batch->offset)
        batch->reported[slot] = true;
    return 0;
}

static void add(struct batch *batch, struct str word)
{
    memcpy(batch->text + batch->length, word.p, word.n);
    batch->length += word.n;
    batch->end[batch->n++] = batch->length;
    batch->text[batch->length++] = PADDING;
}

/* What is looked for, by what. */
struct search {
    const hs_database_t *database;
    hs_scratch_t *scratch;
    const struct str *words;
    uint32_t n;
};

/* Scan it behind `offset` bytes of padding; `buf` has room for both. Returns 0, -TS_EMISMATCH (*missing: the word that
 * was not reported) or -TS_EENGINE. */
static int scan(struct batch *batch, const struct search *search, size_t offset, char *buf, uint32_t *missing)
{
    memset(buf, PADDING, offset);
    memcpy(buf + offset, batch->text, batch->length);
    memset(batch->reported, 0, sizeof(batch->reported));
    batch->offset = offset;
    if (hs_scan(search->database, buf, (unsigned)(offset + batch->length), 0, search->scratch, note, batch) !=
        HS_SUCCESS)
        return -TS_EENGINE;
    for (*missing = batch->first; *missing < batch->first + batch->n; ++*missing)
        if (!batch->reported[*missing - batch->first])
            return -TS_EMISMATCH;
    return 0;
}

/* The next words from `from` on, `most` at most. */
static void gather(struct batch *batch, const struct search *search, uint32_t from, uint32_t most)
{
    batch->first = from;
    batch->n = 0;
    batch->length = 0;
    for (uint32_t i = from; i < search->n && batch->n < most; i++)
        add(batch, search->words[i]);
}

static size_t longest_word(const struct search *search)
{
    size_t longest = 0;

    for (uint32_t i = 0; i < search->n; i++)
        longest = search->words[i].n > longest ? search->words[i].n : longest;
    return longest;
}

int selftest_words(const hs_database_t *database, hs_scratch_t *scratch, const struct str *words, size_t n,
                   uint32_t *missing)
{
    const struct search search = {database, scratch, words, (uint32_t)n};
    size_t room = WORDS_PER_TEXT * (longest_word(&search) + 1) + OFFSETS;
    struct batch batch = {.text = malloc(room)};
    char *buf = malloc(room);
    int rc = batch.text != NULL && buf != NULL ? 0 : -TS_ENOMEM;

    for (uint32_t i = 0; i < search.n && rc == 0; i += WORDS_PER_TEXT) {
        gather(&batch, &search, i, WORDS_PER_TEXT);
        for (size_t offset = 0; offset < OFFSETS && rc == 0; offset++)
            rc = scan(&batch, &search, offset, buf, missing);
    }
    for (uint32_t i = 0; i < search.n && rc == 0; i++) {
        gather(&batch, &search, i, 1);
        rc = scan(&batch, &search, i % OFFSETS, buf, missing);
    }
    free(batch.text);
    free(buf);
    return rc;
}
