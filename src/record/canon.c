/* canon.c - lays out the canonical buffer: caller, callee, signature, text between control bytes.
 *
 * Room for the longest possible outcome is reserved first, so that nothing behind it checks for space. Numbers are
 * folded character by character; the signature is found in the original and folded as text of its own, then the
 * text as a whole, whose breaks and map are the ones that stay. */
#include "record/canon.h"

#include "core/utf8.h"
#include "record/canon_copy.h"
#include "record/canon_plain.h"
#include "record/canon_text.h"

#include <stdlib.h>

#define SIGNATURE_MAX_CHARS 30
#define SIGNATURE_MAX_BYTES (4 * SIGNATURE_MAX_CHARS)
#define SLACK_BYTES 64 /* readable behind the end, and written over by copiers */

void canon_init(struct canon *canon)
{
    *canon = (struct canon){0};
}

void canon_fini(struct canon *canon)
{
    free(canon->buf);
    free(canon->breaks);
    free(canon->runs);
    *canon = (struct canon){0};
}

static int reserve(struct canon *canon, size_t input_bytes)
{
    size_t need = FOLD_MAX_GROWTH * input_bytes + CANON_NFIELDS + 1 + SLACK_BYTES;
    char *grown;

    if (need <= canon->buf_cap)
        return 0;
    need += need / 2;
    grown = realloc(canon->buf, need);
    if (grown == NULL)
        return -TS_ENOMEM;
    canon->buf = grown;
    canon->buf_cap = need;
    return 0;
}

/* ---- signature -------------------------------------------------------------------------------------------------- */

/* Where a signature stands in the original; from == to: none. Both with its brackets. */
struct signature {
    struct str text; /* without brackets */
    size_t from, to;
    bool leading;
};

static const struct {
    struct str open, close;
} BRACKETS[] = {
    {{"【", 3}, {"】", 3}}, {{"[", 1}, {"]", 1}}, {{"［", 3}, {"］", 3}}, {{"〔", 3}, {"〕", 3}},
};

static bool fits(struct str content)
{
    return content.n > 0 && content.n <= SIGNATURE_MAX_BYTES &&
           (content.n <= SIGNATURE_MAX_CHARS || utf8_count(content) <= SIGNATURE_MAX_CHARS);
}

static bool leads(struct str text, struct str open, struct str close, struct signature *found)
{
    const char *end;
    struct str rest;

    if (!str_starts(text, open))
        return false;
    rest = (struct str){text.p + open.n, text.n - open.n};
    if (rest.n > SIGNATURE_MAX_BYTES + close.n)
        rest.n = SIGNATURE_MAX_BYTES + close.n;
    end = rest.p;
    do {
        end = memchr(end, close.p[0], (size_t)(str_end(rest) - end));
        if (end == NULL || (size_t)(str_end(rest) - end) < close.n)
            return false;
    } while (memcmp(end++, close.p, close.n) != 0);
    end--;
    found->text = str_range(rest.p, end);
    return fits(found->text);
}

static bool trails(struct str text, struct str open, struct str close, struct signature *found)
{
    const char *p, *end;

    if (!str_ends(text, close))
        return false;
    end = text.p + text.n - close.n;
    for (p = end; p > text.p && end - p <= SIGNATURE_MAX_BYTES; p--)
        if (str_ends((struct str){text.p, (size_t)(p - text.p)}, open)) {
            found->text = str_range(p, end);
            return fits(found->text);
        }
    return false;
}

/* Can the text begin or end with a bracket, by its first and last byte? Most do not. */
static bool may_be_signed(struct str s)
{
    char first = s.n > 0 ? s.p[0] : 0, last = s.n > 0 ? s.p[s.n - 1] : 0;

    return first == '[' || first == '\xE3' || first == '\xEF' || last == ']' || last == '\x91' || last == '\xBD' ||
           last == '\x95';
}

static struct signature find_signature(struct str text)
{
    struct str body = str_trim(text);
    struct signature found = {0};

    if (!may_be_signed(body))
        return found;

    for (size_t i = 0; i < sizeof(BRACKETS) / sizeof(BRACKETS[0]); i++) {
        struct str open = BRACKETS[i].open, close = BRACKETS[i].close;

        found.leading = leads(body, open, close, &found);
        if (found.leading || trails(body, open, close, &found)) {
            found.from = (size_t)(found.text.p - text.p) - open.n;
            found.to = (size_t)(found.text.p - text.p) + found.text.n + close.n;
            return found;
        }
    }
    return (struct signature){0};
}

/* What stands left and right of a signature's inner bracket never belongs together. */
static void part_at(struct canon *canon, uint32_t at)
{
    for (size_t i = 0; i < canon->nbreaks; i++)
        if (canon->breaks[i].at == at) {
            canon->breaks[i].kind = BREAK_CLAUSE;
            canon->breaks[i].clause = true;
        }
}

static void set_body(struct canon *canon, const struct signature *signature)
{
    canon->body = canon->start[CANON_TEXT];
    canon->body_end = canon->end[CANON_TEXT];
    if (signature->from == signature->to)
        return;
    if (signature->leading) {
        canon->body = canon_from_original(canon, (uint32_t)signature->to);
        part_at(canon, canon->body);
    } else {
        canon->body_end = canon_from_original(canon, (uint32_t)signature->from);
        part_at(canon, canon->body_end);
    }
}

/* ---- fields ----------------------------------------------------------------------------------------------------- */

static void begin(struct canon *canon, enum canon_field field)
{
    canon->buf[canon->len++] = CANON_MARK(field);
    canon->start[field] = (uint32_t)canon->len;
}

/* 8 to 16 bytes of digits and the punctuation beside them are a number as it is. */
static bool copy_number(struct canon *canon, struct str s)
{
    uint64_t first, last;

    if (s.n < 8 || s.n > 16)
        return false;
    memcpy(&first, s.p, 8);
    memcpy(&last, s.p + s.n - 8, 8);
    if ((first & EACH(0xE0)) != EACH(0x20) || (last & EACH(0xE0)) != EACH(0x20))
        return false;
    memcpy(canon->buf + canon->len, &first, 8);
    memcpy(canon->buf + canon->len + s.n - 8, &last, 8);
    canon->len += s.n;
    return true;
}

static void fold_number(struct canon *canon, const struct folding *folding, enum canon_field field, struct str s)
{
    const char *p = s.p, *end = str_end(s);
    bool digits = false;

    begin(canon, field);
    if (copy_number(canon, s))
        p = end;
    while (p < end) {
        size_t n = copy_ascii(p, end, canon->buf + canon->len, &digits);
        const char *other;

        p += n;
        canon->len += n;
        for (other = p; p < end && ((unsigned char)*p >= 0x7F || (unsigned char)*p < 0x20);)
            p++;
        if (other < p)
            canon->len += folding_chars(folding, str_range(other, p), canon->buf + canon->len);
    }
    canon->end[field] = (uint32_t)canon->len;
}

static int fold_text(struct canon *canon, const struct folding *folding, enum canon_field field, struct str text)
{
    int rc;

    begin(canon, field);
    rc = canon_text_fold(canon, folding, text);
    canon->end[field] = (uint32_t)canon->len;
    return rc;
}

/* Mostly the name of somebody, in plain Han. */
static int fold_signature(struct canon *canon, const struct folding *folding, struct str s)
{
    size_t plain;

    begin(canon, CANON_SIGNATURE);
    canon->end[CANON_SIGNATURE] = (uint32_t)canon->len;
    if (s.n == 0)
        return 0;
    plain = (size_t)(skip_han(folding, s.p, str_end(s)) - s.p);
    if (plain < s.n) {
        canon->len--;
        return fold_text(canon, folding, CANON_SIGNATURE, s);
    }
    memcpy(canon->buf + canon->len, s.p, plain);
    canon->len += plain;
    canon->end[CANON_SIGNATURE] = (uint32_t)canon->len;
    return 0;
}

int canon_fold(struct canon *canon, const struct folding *folding, struct str caller, struct str callee,
               struct str text)
{
    struct signature signature = find_signature(text);
    int rc = reserve(canon, caller.n + callee.n + signature.text.n + text.n);

    if (rc != 0)
        return rc;
    canon->len = 0;
    canon->text = text;
    fold_number(canon, folding, CANON_CALLER, caller);
    fold_number(canon, folding, CANON_CALLEE, callee);
    rc = fold_signature(canon, folding, signature.text);
    if (rc == 0)
        rc = fold_text(canon, folding, CANON_TEXT, text);
    if (rc != 0)
        return rc;
    canon->buf[canon->len++] = CANON_MARK(CANON_NFIELDS);
    set_body(canon, &signature);
    return 0;
}

bool canon_may_read_digits(const struct folding *folding, const struct canon *canon)
{
    return canon_digits_mixed(folding, canon->buf + canon->start[CANON_TEXT], canon->buf + canon->end[CANON_TEXT]);
}

int canon_fold_phrase(const struct folding *folding, struct str phrase, char **out, size_t *out_len)
{
    struct canon canon;
    int rc;

    canon_init(&canon);
    rc = canon_fold(&canon, folding, (struct str){0}, (struct str){0}, phrase);
    if (rc == 0) {
        *out_len = canon.end[CANON_TEXT] - canon.start[CANON_TEXT];
        *out = malloc(*out_len + 1);
        if (*out == NULL)
            rc = -TS_ENOMEM;
        else
            memcpy(*out, canon.buf + canon.start[CANON_TEXT], *out_len);
    }
    canon_fini(&canon);
    return rc;
}
