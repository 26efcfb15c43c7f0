/* fuzz_canon.c - canonical text of any input: well-formed, bounded, stable, and mapped back in order.
 *
 * The input up to the first line feed is the caller (any bytes); the rest is the text, made well-formed as the decoder
 * does. Run from the top folder (it reads patterns/folding.json). */
#include "core/utf8.h"
#include "record/canon.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static struct folding *load(void)
{
    struct folding *folding;
    struct err err;

    err_init(&err);
    folding = folding_load("patterns/folding.json", &err);
    if (folding == NULL)
        fprintf(stderr, "%s", err.text);
    must(folding != NULL, "folding.json loads");
    return folding;
}

/* Ill-formed sequences become U+FFFD; the result is malloc'ed. */
static struct str repair(struct str s)
{
    char *out = malloc(3 * s.n + 1);
    const char *p = s.p, *end = s.p + s.n;
    size_t n = 0;

    while (p < end) {
        uint32_t cp;

        p += utf8_decode(p, end, &cp);
        n += utf8_encode(cp == UINT32_MAX ? UTF8_REPLACEMENT : cp, out + n);
    }
    return (struct str){out, n};
}

static struct str field(const struct canon *canon, enum canon_field which)
{
    return str_range(canon->buf + canon->start[which], canon->buf + canon->end[which]);
}

static void check_field(struct str s)
{
    must(utf8_valid(s), "a field is well-formed");
    for (size_t i = 0; i < s.n; i++)
        must((unsigned char)s.p[i] >= 0x20 && s.p[i] != 0x7F, "no control byte in a field");
}

static void check_map(const struct canon *canon)
{
    uint32_t at = canon->start[CANON_TEXT], end = canon->end[CANON_TEXT], before = 0, from, to, chars = 0;

    while (at < end) {
        uint32_t cp, next = at + (uint32_t)utf8_decode(canon->buf + at, canon->buf + end, &cp);

        canon_to_original_bytes(canon, at, next, &from, &to);
        must(from < to && to <= canon->text.n, "a character comes from somewhere");
        must(from >= before, "originals are in order");
        must(canon_from_original(canon, from) <= at, "the way back leads to the character or its fellows");
        before = from;
        at = next;
        chars++;
    }
    must(chars == canon->chars, "characters are counted");
    canon_to_original_bytes(canon, canon->start[CANON_TEXT], end, &from, &to);
    must(from <= to && to <= canon->text.n, "the whole text maps");
}

static void check_lists(const struct canon *canon)
{
    for (size_t i = 0; i < canon->nbreaks; i++) {
        must(canon->breaks[i].at >= canon->start[CANON_TEXT] && canon->breaks[i].at <= canon->end[CANON_TEXT],
             "a break is in the text");
        must(i == 0 || canon->breaks[i].at > canon->breaks[i - 1].at, "breaks ascend");
    }
    for (size_t i = 1; i < canon->nruns; i++)
        must(canon->runs[i].canon > canon->runs[i - 1].canon && canon->runs[i].orig >= canon->runs[i - 1].orig,
             "runs ascend");
    must(canon->start[CANON_TEXT] <= canon->body && canon->body_end <= canon->end[CANON_TEXT],
         "the body is in the text");
}

static void check_stable(const struct folding *folding, struct canon *again, struct str text)
{
    must(canon_fold(again, folding, (struct str){0}, (struct str){0}, text) == 0, "memory is enough");
    must(str_eq(field(again, CANON_TEXT), text), "folding twice is folding once");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct folding *folding;
    static struct canon canon, again;
    struct str input = {(const char *)data, size}, caller = input, rest = {0}, text;
    const char *line = size > 0 ? memchr(data, '\n', size) : NULL;

    if (folding == NULL)
        folding = load();
    if (line != NULL) {
        caller = str_range(input.p, line);
        rest = str_range(line + 1, input.p + input.n);
    }
    text = repair(rest);
    must(canon_fold(&canon, folding, caller, (struct str){0}, text) == 0, "memory is enough");
    must(field(&canon, CANON_TEXT).n <= 4 * text.n, "growth is bounded");
    for (int i = 0; i < CANON_NFIELDS; i++)
        check_field(field(&canon, (enum canon_field)i));
    check_map(&canon);
    check_lists(&canon);
    check_stable(folding, &again, field(&canon, CANON_TEXT));
    free((char *)text.p);
    return 0;
}
