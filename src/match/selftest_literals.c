/* selftest_literals.c - two hundred literals stand behind each other, each between two bytes of padding, behind none to
 * 63 bytes more of it: so each comes to stand at every place that a vector instruction may see it at, and has to be
 * reported there every time. And each stands alone, once, in a text too short for the engine's usual ways. */
#include "match/selftest_parts.h"

#include <stdlib.h>

#define OFFSETS 64
#define LITERALS_PER_TEXT 200
#define PADDING 'x'

/* Literals of the patterns from `first` on. */
struct batch {
    uint32_t first, n;
    char *text; /* as it stands without more padding in front */
    size_t length;
    size_t end[LITERALS_PER_TEXT]; /* of each literal in it */
    bool reported[LITERALS_PER_TEXT];
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

static void add(struct batch *batch, const struct pattern *pattern)
{
    memcpy(batch->text + batch->length, pattern->literal.p, pattern->literal.n);
    batch->length += pattern->literal.n;
    batch->end[batch->n++] = batch->length;
    batch->text[batch->length++] = PADDING;
}

/* Scan it behind `offset` bytes of padding; `buf` has room for both. Returns 0, -TS_EMISMATCH (*missing: the pattern
 * that was not reported) or -TS_EENGINE. */
static int scan(struct batch *batch, const struct ruleset *ruleset, hs_scratch_t *scratch, size_t offset, char *buf,
                uint32_t *missing)
{
    memset(buf, PADDING, offset);
    memcpy(buf + offset, batch->text, batch->length);
    memset(batch->reported, 0, sizeof(batch->reported));
    batch->offset = offset;
    if (hs_scan(ruleset->database, buf, (unsigned)(offset + batch->length), 0, scratch, note, batch) != HS_SUCCESS)
        return -TS_EENGINE;
    for (*missing = batch->first; *missing < batch->first + batch->n; ++*missing)
        if (!batch->reported[*missing - batch->first])
            return -TS_EMISMATCH;
    return 0;
}

/* The next literals from pattern `from` on, `most` at most; a pattern that has none ends them. */
static void gather(struct batch *batch, const struct ruleset *ruleset, uint32_t from, uint32_t most)
{
    batch->first = from;
    batch->n = 0;
    batch->length = 0;
    for (uint32_t i = from; i < ruleset->npatterns && ruleset->patterns[i].literal.p != NULL && batch->n < most; i++)
        add(batch, &ruleset->patterns[i]);
}

static size_t longest_literal(const struct ruleset *ruleset)
{
    size_t longest = 0;

    for (uint32_t i = 0; i < ruleset->npatterns; i++)
        longest = ruleset->patterns[i].literal.n > longest ? ruleset->patterns[i].literal.n : longest;
    return longest;
}

int selftest_literals(const struct ruleset *ruleset, hs_scratch_t *scratch, struct err *err)
{
    size_t room = LITERALS_PER_TEXT * (longest_literal(ruleset) + 1) + OFFSETS;
    struct batch batch = {.text = malloc(room)};
    char *buf = malloc(room);
    uint32_t missing = 0;
    int rc = batch.text != NULL && buf != NULL ? 0 : -TS_ENOMEM;

    for (uint32_t i = 0; i < ruleset->npatterns && rc == 0; i += batch.n > 0 ? batch.n : 1) {
        gather(&batch, ruleset, i, LITERALS_PER_TEXT);
        for (size_t offset = 0; offset < OFFSETS && batch.n > 0 && rc == 0; offset++)
            rc = scan(&batch, ruleset, scratch, offset, buf, &missing);
    }
    for (uint32_t i = 0; i < ruleset->npatterns && rc == 0; i++) {
        gather(&batch, ruleset, i, 1);
        rc = batch.n > 0 ? scan(&batch, ruleset, scratch, i % OFFSETS, buf, &missing) : 0;
    }
    if (rc == -TS_EMISMATCH)
        selftest_tell(ruleset, ruleset->postings[ruleset->patterns[missing].first].phrase,
                      "the engine does not find its anchor", err);
    free(batch.text);
    free(buf);
    return rc;
}
