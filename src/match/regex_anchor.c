/* regex_anchor.c - reads only the top level of the expression: runs of plain characters, and groups of nothing but plain
 * alternatives. Whatever else stands there ends a run; what could change the meaning of the rest gives up. */
#include "match/regex_anchor.h"

#include "core/err.h"
#include "core/utf8.h"

#include <ctype.h>

struct candidate {
    struct str at; /* alternatives with | between them, or a run */
    size_t least;  /* bytes of the shortest alternative */
    size_t n;
};

struct reader {
    const char *p, *end;
    struct candidate best;
    bool unclear;
};

static struct str next_alternative(const char **p, const char *end)
{
    const char *bar = memchr(*p, '|', (size_t)(end - *p));
    struct str found = str_range(*p, bar != NULL ? bar : end);

    *p = bar != NULL ? bar + 1 : end + 1;
    return found;
}

/* Does this take the place of the best so far? The longer its shortest alternative, the rarer. */
static void offer(struct reader *reader, struct str at)
{
    struct candidate offered = {.at = at, .least = SIZE_MAX};
    const char *end = at.p + at.n;

    for (const char *p = at.p; p <= end; offered.n++) {
        struct str literal = next_alternative(&p, end);
        if (utf8_count(literal) < 2)
            return;
        offered.least = literal.n < offered.least ? literal.n : offered.least;
    }
    if (offered.n <= REGEX_ANCHOR_MAX && (offered.least > reader->best.least ||
                                          (offered.least == reader->best.least && offered.n < reader->best.n)))
        reader->best = offered;
}

static bool is_plain(char c)
{
    return c != '\0' && strchr("\\[](){}.^$|?*+", c) == NULL;
}

static bool may_be_absent(const char *p, const char *end)
{
    return p < end && (*p == '?' || *p == '*' || *p == '{');
}

static void skip_class(struct reader *reader)
{
    reader->p++;
    if (reader->p < reader->end && *reader->p == '^')
        reader->p++;
    if (reader->p < reader->end && *reader->p == ']') /* a ] that comes first is itself */
        reader->p++;
    while (reader->p < reader->end && *reader->p != ']') {
        if (*reader->p == '[') /* perhaps [:alpha:] */
            reader->unclear = true;
        reader->p += *reader->p == '\\' ? 2 : 1;
    }
    reader->p++;
}

/* At a backslash. */
static void skip_escape(struct reader *reader)
{
    const char *p = reader->p + 1;

    if (p < reader->end && (strchr("dDsSwWbBhHvVR", *p) != NULL || ispunct((unsigned char)*p)))
        reader->p += 2;
    else if (reader->end - p >= 3 && *p == 'x' && isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2]))
        reader->p += 4;
    else
        reader->unclear = true;
}

/* Behind the ( at which it opens: to behind its ). */
static void skip_group(struct reader *reader)
{
    for (unsigned depth = 1; depth > 0 && reader->p < reader->end && !reader->unclear;) {
        if (*reader->p == '[') {
            skip_class(reader);
        } else if (*reader->p == '\\') {
            skip_escape(reader);
        } else {
            depth += *reader->p == '(';
            depth -= *reader->p == ')';
            reader->p++;
        }
    }
}

static void read_group(struct reader *reader)
{
    const char *first = ++reader->p, *p;

    if (reader->end - first >= 2 && *first == '?' && first[1] == ':')
        first = reader->p += 2;
    else if (first < reader->end && *first == '?') {
        /* looking around needs nothing of its own; an option such as (?i) changes what follows */
        reader->unclear = reader->end - first < 2 || strchr("=!<", first[1]) == NULL;
        skip_group(reader);
        return;
    }
    for (p = first; p < reader->end && (is_plain(*p) || *p == '|'); p++)
        ;
    if (p < reader->end && *p == ')') {
        reader->p = p + 1;
        if (!may_be_absent(reader->p, reader->end))
            offer(reader, str_range(first, p));
        return;
    }
    reader->unclear |= first < reader->end && *first == '*'; /* a verb: (*UTF) */
    skip_group(reader);
}

static void read_run(struct reader *reader)
{
    const char *first = reader->p, *last = reader->p;

    for (; reader->p < reader->end && is_plain(*reader->p); reader->p++)
        if (((unsigned char)*reader->p & 0xC0) != 0x80)
            last = reader->p;
    offer(reader, str_range(first, may_be_absent(reader->p, reader->end) ? last : reader->p));
}

static void read_item(struct reader *reader)
{
    if (is_plain(*reader->p))
        read_run(reader);
    else if (*reader->p == '(')
        read_group(reader);
    else if (*reader->p == '[')
        skip_class(reader);
    else if (*reader->p == '\\')
        skip_escape(reader);
    else if (*reader->p == '|' || *reader->p == ')' || *reader->p == '\0')
        reader->unclear = true;
    else if (*reader->p == '{')
        while (reader->p < reader->end && *reader->p++ != '}')
            ;
    else
        reader->p++;
}

int regex_anchors(struct arena *arena, struct str regex, struct str **out, size_t *n)
{
    struct reader reader = {.p = regex.p, .end = regex.p + regex.n};
    const char *p, *end;

    *n = 0;
    while (reader.p < reader.end && !reader.unclear)
        read_item(&reader);
    if (reader.unclear || reader.best.n == 0)
        return 0;
    *out = arena_calloc(arena, reader.best.n, sizeof(**out));
    if (*out == NULL)
        return -TS_ENOMEM;
    end = reader.best.at.p + reader.best.at.n;
    for (p = reader.best.at.p; p <= end;)
        (*out)[(*n)++] = next_alternative(&p, end);
    return 0;
}
