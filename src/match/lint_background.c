/* lint_background.c - every distinct line is judged as an SMS once; phrases found are counted once a line. */
#include "match/judge_parts.h"
#include "match/lint_parts.h"

#include "core/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#define TOO_OFTEN 1000 /* more than one line in so many */

/* Hashes of the lines seen; 0 is an empty cell. */
struct seen {
    uint64_t *hashes;
    size_t n, cap; /* cap: a power of two */
};

static void put(uint64_t *hashes, size_t cap, uint64_t hash)
{
    size_t i = hash & (cap - 1);

    while (hashes[i] != 0 && hashes[i] != hash)
        i = (i + 1) & (cap - 1);
    hashes[i] = hash;
}

static bool grow(struct seen *seen)
{
    size_t cap = seen->cap > 0 ? 2 * seen->cap : 1024;
    uint64_t *hashes = calloc(cap, sizeof(*hashes));

    if (hashes == NULL)
        return false;
    for (size_t i = 0; i < seen->cap; i++)
        if (seen->hashes[i] != 0)
            put(hashes, cap, seen->hashes[i]);
    free(seen->hashes);
    seen->hashes = hashes;
    seen->cap = cap;
    return true;
}

/* 1 new, 0 seen before, -TS_ENOMEM. */
static int add_line(struct seen *seen, struct str line)
{
    uint64_t hash = XXH3_64bits(line.p, line.n) | 1;
    size_t i;

    if (2 * seen->n >= seen->cap && !grow(seen))
        return -TS_ENOMEM;
    for (i = hash & (seen->cap - 1); seen->hashes[i] != 0; i = (i + 1) & (seen->cap - 1))
        if (seen->hashes[i] == hash)
            return 0;
    seen->hashes[i] = hash;
    seen->n++;
    return 1;
}

struct counter {
    const struct ruleset *ruleset;
    struct judge *judge;
    struct seen seen;
    uint64_t *counts, *last; /* per phrase: distinct lines that have it; the last of them */
    struct lint_background *total;
};

static int count_line(struct counter *counter, struct str line)
{
    struct record record = {.kind = RECORD_SMS, .ingress = INGRESS_ONNET, .has_text = true, .text = line,
                            .present = FIELD_BIT(FIELD_CALLING) | FIELD_BIT(FIELD_INGRESS)};
    const struct verdict *verdict;
    struct scan *scan;
    int rc;

    if (!utf8_valid(line)) {
        counter->total->unreadable++;
        return 0;
    }
    if (line.n == 0 || (rc = add_line(&counter->seen, line)) == 0)
        return 0;
    record.field[FIELD_CALLING].s = STR_LIT("13912345678");
    if (rc < 0 || (rc = judge_record(counter->judge, &record, &verdict)) != 0 ||
        (rc = judge_find(counter->judge, &scan)) != 0)
        return rc;
    counter->total->distinct++;
    for (size_t i = 0; i < scan->nfound; i++) {
        uint32_t phrase = scan->found[i].phrase;
        if (counter->last[phrase] == counter->total->distinct)
            continue;
        counter->last[phrase] = counter->total->distinct;
        counter->counts[phrase]++;
    }
    return 0;
}

static int count_file(struct counter *counter, FILE *file)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    int rc = 0;

    while (rc == 0 && (n = getline(&line, &room, file)) >= 0) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            n--;
        rc = count_line(counter, (struct str){line, (size_t)n});
    }
    free(line);
    return rc == 0 && ferror(file) ? -TS_EIO : rc;
}

static void tell_frequent(const struct counter *counter, struct err *warnings)
{
    const struct ruleset *ruleset = counter->ruleset;

    for (size_t i = 0; i < ruleset->nfragments; i++) {
        const struct phrase *phrase = &ruleset->phrases[i];
        const struct set_entry *set = &ruleset->sets[phrase->set];

        if (counter->counts[i] * TOO_OFTEN <= counter->total->distinct || set->set->role == ROLE_WARNING)
            continue;
        err_at(warnings, set->library->document.file, phrase->fragment->line, phrase->fragment->col,
               "phrase \"%.*s\" of set %s is in %llu of %llu ordinary texts, more than 1 in %d; write a longer one",
               STR_FMT(phrase->fragment->source), set->set->name, (unsigned long long)counter->counts[i],
               (unsigned long long)counter->total->distinct, TOO_OFTEN);
    }
}

int lint_background(const struct ruleset *ruleset, const char *file, struct lint_background *out, struct err *warnings,
                    struct err *problems)
{
    struct counter counter = {.ruleset = ruleset, .judge = judge_new(), .total = out};
    FILE *in = fopen(file, "r");
    int rc = 0;

    *out = (struct lint_background){0};
    counter.counts = calloc(ruleset->nphrases + 1, sizeof(*counter.counts));
    counter.last = calloc(ruleset->nphrases + 1, sizeof(*counter.last));
    if (in == NULL)
        rc = -TS_EIO;
    else if (counter.judge == NULL || counter.counts == NULL || counter.last == NULL)
        rc = -TS_ENOMEM;
    if (rc == 0 && (rc = judge_use(counter.judge, ruleset)) == 0)
        rc = count_file(&counter, in);
    if (rc == -TS_EIO)
        err_add(problems, "%s: cannot be read: %m", file);
    else if (rc == 0 && out->distinct == 0)
        err_add(problems, "%s: no text in it (UTF-8, one a line)", file);
    if (rc == 0)
        tell_frequent(&counter, warnings);
    if (in != NULL)
        fclose(in);
    judge_free(&counter.judge);
    free(counter.seen.hashes);
    free(counter.counts);
    free(counter.last);
    return rc;
}
