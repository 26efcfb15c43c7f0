/* number_form.c - one pass over the raw string; ASCII digits take the short way, and a number of nothing else a shorter
 * one. */
#include "record/number_form.h"
#include "core/utf8.h"

#include <strings.h>

static bool starts_nocase(struct str s, const char *word)
{
    size_t n = strlen(word);

    return s.n >= n && strncasecmp(s.p, word, n) == 0;
}

struct str number_form_user(struct str raw, bool *uri)
{
    static const char *const schemes[] = {"sip:", "sips:", "tel:"};

    for (size_t i = 0; i < 3; i++) {
        if (!starts_nocase(raw, schemes[i]))
            continue;
        size_t skip = strlen(schemes[i]), end = skip;
        while (end < raw.n && raw.p[end] != '@' && raw.p[end] != ';')
            end++;
        *uri = true;
        return (struct str){raw.p + skip, end - skip};
    }
    return raw;
}

/* A character beyond ASCII: full-width forms and what handsets put around numbers copied from a contact list. */
static uint32_t fold_wide(uint32_t cp, struct number_form *form)
{
    if (cp >= 0xFF01 && cp <= 0xFF5E) {
        form->fullwidth = true;
        return cp - 0xFF01 + 0x21;
    }
    if (cp == 0x3000 || (cp >= 0x2000 && cp <= 0x2015) || (cp >= 0x202A && cp <= 0x202E) || cp == 0xA0 ||
        cp == 0xFEFF)
        return ' '; /* spaces, dashes, direction marks, byte-order mark */
    return cp;
}

static void take(struct number_form *form, uint32_t c)
{
    if (c >= '0' && c <= '9') {
        if (form->n < DIGITS_MAX)
            form->digits[form->n++] = (char)c;
        form->total++;
    } else if (c == '+' && form->total == 0 && !form->plus) {
        form->plus = true;
    } else if (c == UINT32_MAX) {
        form->odd = true;
    } else if (c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        form->letters = true;
    } else if (c > ' ' && strchr("-.()/", (int)c) == NULL) {
        form->odd = true;
    }
}

/* A run of ASCII digits, all at once: counting in locals, because a char store may alias anything. */
static const char *take_digits(struct number_form *form, const char *p, const char *end)
{
    size_t n = form->n, seen = form->total;

    for (; p < end && (unsigned char)(*p - '0') <= 9; p++, seen++)
        if (n < DIGITS_MAX)
            form->digits[n++] = *p;
    form->n = n;
    form->total = seen;
    return p;
}

void number_form_read(struct str raw, struct number_form *form)
{
    const char *p, *end;

    *form = (struct number_form){0};
    if (digits_plain(raw)) {
        digits_copy(form->digits, raw);
        form->n = form->total = raw.n;
        return;
    }
    if (raw.n >= 4 && raw.p[0] > '9')
        raw = number_form_user(raw, &form->sip);
    for (p = raw.p, end = raw.p + raw.n; p < end;) {
        uint32_t c;
        p = take_digits(form, p, end);
        if (p == end)
            break;
        p += utf8_decode(p, end, &c);
        take(form, c < 0x80 ? c : fold_wide(c, form));
    }
}
