/* regex_anchor.c - reads the expression by recursive descent. Of every part that stands for a few strings these are
 * listed; what such parts make side by side are words too (转|汇 and [0-9] are 转0 … 汇9). Of all lists the one is kept
 * that texts are least likely to have. Whatever is not understood ends the reading: then there are no words. */
#include "match/regex_anchor.h"

#include "core/err.h"
#include "core/utf8.h"
#include "match/regex_words.h"

#define CHAR_BYTES 4 /* at most */
#define MAX_NESTING 32
#define MAX_PARTS 128 /* of what stands side by side */
#define TOO_COMMON 0.2 /* places of a text: with digits and the like, to look for nothing is cheaper */

struct reader {
    const char *begin, *p, *end;
    enum canon_field field;
    struct word_maker maker;
    unsigned nesting;
    bool failed; /* not understood */
};

/* What a part of the expression can be, and what must be in any text it matches. n 0: not known. */
struct part {
    struct regex_anchors is;
    struct regex_anchors has;
    uint32_t longest; /* bytes that it can match; REGEX_UNBOUNDED: any number, or not known */
};

/* ---- characters -------------------------------------------------------------------------------------------- */

static bool is_plain_escape(char c)
{
    return (unsigned char)c < 0x80 && !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
}

static uint32_t next_char(struct reader *reader)
{
    uint32_t cp = 0;

    reader->p += utf8_decode(reader->p, reader->end, &cp);
    return cp;
}

/* One character of a class, escaped or not; *digits when it is \d. */
static uint32_t class_char(struct reader *reader, bool *digits)
{
    *digits = false;
    if (*reader->p != '\\')
        return next_char(reader);
    reader->p++;
    if (reader->p < reader->end && *reader->p == 'd')
        *digits = true;
    else if (reader->p == reader->end || !is_plain_escape(*reader->p))
        reader->failed = true;
    return reader->failed ? 0 : next_char(reader);
}

/* Behind the [. One that excludes, or of too many characters, stands for anything. */
static struct regex_anchors read_class(struct reader *reader)
{
    bool excludes = reader->p < reader->end && *reader->p == '^', first = true, many = false, digits;
    struct regex_anchors words = {NULL, 0};

    reader->p += excludes;
    for (; reader->p < reader->end && !reader->failed && (*reader->p != ']' || first); first = false) {
        uint32_t from, to;
        struct regex_anchors more;

        if (reader->end - reader->p > 1 && reader->p[0] == '[' && strchr(":.=", reader->p[1]) != NULL) {
            reader->failed = true;
            break;
        }
        from = to = class_char(reader, &digits);
        if (!digits && reader->end - reader->p > 1 && reader->p[0] == '-' && reader->p[1] != ']') {
            reader->p++;
            to = class_char(reader, &digits);
            reader->failed = reader->failed || digits;
        } else if (digits) {
            from = '0';
            to = '9';
        }
        more = regex_words_range(&reader->maker, from, to);
        words = first ? more : regex_words_sum(&reader->maker, words, more);
        many = many || words.n == 0;
    }
    reader->failed = reader->failed || reader->p == reader->end;
    reader->p += !reader->failed;
    return excludes || many ? (struct regex_anchors){NULL, 0} : words;
}

/* ---- structure --------------------------------------------------------------------------------------------- */

static struct part read_choice(struct reader *reader);

static struct part part_of(struct regex_anchors is, uint32_t longest)
{
    return (struct part){is, is, longest};
}

/* So many copies side by side. */
static uint32_t longest_of(uint32_t longest, uint32_t copies)
{
    uint64_t all = (uint64_t)longest * copies;

    return all < REGEX_UNBOUNDED ? (uint32_t)all : REGEX_UNBOUNDED;
}

/* Behind the (. What only looks around takes no room. */
static struct part read_group(struct reader *reader)
{
    struct part part;
    bool looks = false;

    if (reader->end - reader->p > 2 && *reader->p == '?') {
        const char *p = reader->p + 1 + (reader->p[1] == '<');
        looks = *p == '=' || *p == '!';
        reader->failed = reader->failed || !(looks || (reader->p[1] == ':'));
        reader->p = p + 1;
    }
    reader->failed =
        reader->failed || ++reader->nesting > MAX_NESTING || (reader->p < reader->end && *reader->p == '*');
    part = read_choice(reader);
    reader->nesting--;
    reader->failed = reader->failed || reader->p == reader->end;
    reader->p += !reader->failed;
    return looks ? part_of(regex_words_one(&reader->maker, "", 0), 0) : part;
}

/* The mark that ^ or $ stands for, where it is the first or last there is; elsewhere it just takes no room. */
static struct part read_end(struct reader *reader)
{
    bool dollar = *reader->p++ == '$', outermost;
    char mark = (char)(CANON_MARK(reader->field) + dollar);

    if (dollar)
        outermost = reader->nesting == 0 && (reader->p == reader->end || *reader->p == '|');
    else
        outermost = reader->nesting == 0 && (reader->p - 1 == reader->begin || reader->p[-2] == '|') &&
                    (reader->p == reader->end || strchr("?*+{^", *reader->p) == NULL);
    return part_of(regex_words_one(&reader->maker, &mark, outermost), 0);
}

static struct part read_atom(struct reader *reader)
{
    const char *from = reader->p;

    switch (*reader->p) {
    case '(': reader->p++; return read_group(reader);
    case '[': reader->p++; return part_of(read_class(reader), CHAR_BYTES);
    case '.': reader->p++; return (struct part){.longest = CHAR_BYTES};
    case '^':
    case '$': return read_end(reader);
    case '\\':
        from = ++reader->p;
        if (reader->p < reader->end && *reader->p == 'd') {
            reader->p++;
            return part_of(regex_words_range(&reader->maker, '0', '9'), 1);
        }
        if (reader->p < reader->end && is_plain_escape(*reader->p))
            break;
        reader->failed = true;
        return (struct part){0};
    default: break;
    }
    next_char(reader);
    return part_of(regex_words_one(&reader->maker, from, (size_t)(reader->p - from)), (uint32_t)(reader->p - from));
}

/* {m}, {m,}, {m,n}; a { that is none of them is not understood. */
static void read_counts(struct reader *reader, unsigned *least, unsigned *most)
{
    const char *p = reader->p + 1;
    bool known = false;

    for (*least = 0; p < reader->end && *p >= '0' && *p <= '9' && *least < 1000; p++, known = true)
        *least = *least * 10 + (unsigned)(*p - '0');
    *most = *least;
    if (p < reader->end && *p == ',') {
        const char *digits = ++p;
        for (*most = 0; p < reader->end && *p >= '0' && *p <= '9' && *most < 100000; p++)
            *most = *most * 10 + (unsigned)(*p - '0');
        *most = p > digits ? *most : UINT32_MAX;
    }
    reader->failed = reader->failed || !known || p == reader->end || *p != '}';
    reader->p = reader->failed ? reader->p : p + 1;
}

static void read_quantifier(struct reader *reader, unsigned *least, unsigned *most)
{
    *least = *most = 1;
    if (reader->p == reader->end || strchr("?*+{", *reader->p) == NULL || *reader->p == '\0')
        return;
    if (*reader->p == '{') {
        read_counts(reader, least, most);
    } else {
        *least = *reader->p == '+';
        *most = *reader->p == '?' ? 1 : UINT32_MAX;
        reader->p++;
    }
    if (reader->p < reader->end && (*reader->p == '?' || *reader->p == '+'))
        reader->p++; /* lazy, possessive: matches are among the same */
}

/* Parts side by side. */
struct row {
    struct regex_anchors parts[MAX_PARTS];
    size_t n;
    bool broken;             /* something not known stands between or at an end */
    struct regex_anchors is;   /* until then, all of it */
    struct regex_anchors has;
    uint64_t longest;
};

/* What the parts since the last break make, any of them that follow each other. */
static void end_run(struct reader *reader, struct row *row)
{
    for (size_t first = 0; first < row->n; first++) {
        struct regex_anchors words = regex_words_one(&reader->maker, "", 0);

        for (size_t i = first; i < row->n && words.n > 0; i++) {
            words = regex_words_product(&reader->maker, words, row->parts[i]);
            row->has = regex_words_rarer(row->has, words);
        }
    }
    row->n = 0;
}

static void add_break(struct reader *reader, struct row *row)
{
    end_run(reader, row);
    row->broken = true;
}

static void add_part(struct reader *reader, struct row *row, struct part part)
{
    if (part.is.n == 0 || row->n == MAX_PARTS)
        add_break(reader, row);
    row->has = regex_words_rarer(row->has, part.has);
    if (part.is.n == 0)
        return;
    row->parts[row->n++] = part.is;
    row->is = regex_words_product(&reader->maker, row->is, part.is);
}

static void add_repeated(struct reader *reader, struct row *row, struct part part, unsigned least, unsigned most)
{
    unsigned copies = least < 4 ? least : 4;

    if (least == 0 && most == 1 && part.is.n > 0) {
        struct regex_anchors none = regex_words_one(&reader->maker, "", 0);
        add_part(reader, row, part_of(regex_words_sum(&reader->maker, none, part.is), part.longest));
        return;
    }
    for (unsigned i = 0; i < copies; i++)
        add_part(reader, row, part);
    if (least == most && copies == least)
        return;
    add_break(reader, row); /* the first copies follow what is before, the last are followed by what is behind */
    for (unsigned i = 0; i < copies; i++)
        add_part(reader, row, part);
}

static struct part read_row(struct reader *reader)
{
    struct row row = {.is = regex_words_one(&reader->maker, "", 0)};

    while (reader->p < reader->end && *reader->p != '|' && *reader->p != ')' && !reader->failed) {
        struct part part = read_atom(reader);
        unsigned least, most;

        read_quantifier(reader, &least, &most);
        if (!reader->failed)
            add_repeated(reader, &row, part, least, most);
        row.longest += longest_of(part.longest, most);
    }
    end_run(reader, &row);
    return (struct part){row.broken ? (struct regex_anchors){NULL, 0} : row.is, row.has,
                         row.longest < REGEX_UNBOUNDED ? (uint32_t)row.longest : REGEX_UNBOUNDED};
}

static struct part read_choice(struct reader *reader)
{
    struct part part = read_row(reader), other;

    while (reader->p < reader->end && *reader->p == '|' && !reader->failed) {
        reader->p++;
        other = read_row(reader);
        part.is = regex_words_sum(&reader->maker, part.is, other.is);
        part.has = regex_words_sum(&reader->maker, part.has, other.has);
        part.longest = other.longest > part.longest ? other.longest : part.longest;
    }
    return part;
}

/* ---- what they ask for ------------------------------------------------------------------------------------ */

static int copy_words(struct arena *arena, struct regex_anchors words, struct regex_anchors *out)
{
    struct str *copy = arena_calloc(arena, words.n + 1, sizeof(*copy));

    for (size_t i = 0; copy != NULL && i < words.n; i++)
        if ((copy[i] = arena_strdup(arena, words.word[i])).p == NULL)
            return -TS_ENOMEM;
    *out = (struct regex_anchors){copy, words.n};
    return copy != NULL ? 0 : -TS_ENOMEM;
}

int regex_anchors(struct str regex, enum canon_field field, struct arena *arena, struct regex_anchors *out,
                  uint32_t *longest)
{
    struct arena work;
    struct reader reader = {.begin = regex.p, .p = regex.p, .end = str_end(regex), .field = field,
                            .maker = {.arena = &work}};
    struct part part;
    int rc = 0;

    *out = (struct regex_anchors){NULL, 0};
    *longest = REGEX_UNBOUNDED;
    arena_init(&work, 1u << 16);
    part = read_choice(&reader);
    reader.failed = reader.failed || reader.p < reader.end;
    if (!reader.failed)
        *longest = part.longest;
    if (reader.maker.out_of_memory)
        rc = -TS_ENOMEM;
    else if (!reader.failed && regex_words_places(part.has) < TOO_COMMON)
        rc = copy_words(arena, part.has, out);
    arena_fini(&work);
    return rc;
}
