/* contact_digits.c - could other digits be a contact? A run that a word announces is one from three digits on (110). */
#include "record/contact.h"
#include "record/contact_run.h"

#define ANNOUNCED_MIN 3

/* Behind the token at p. */
static const char *token_end(const char *p, const char *end)
{
    while (p < end && (ascii_is_alnum(*p) || *p == '_' || *p == '-' || *p == '.'))
        p++;
    return p;
}

/* An id or a serial number: letters and digits. */
static bool is_mixed(const char *p, const char *end)
{
    bool letters = false, digits = false;

    for (; p < end; p++) {
        letters = letters || ascii_is_alpha(*p);
        digits = digits || ascii_is_digit(*p);
    }
    return letters && digits;
}

/* An address, a number with its + or with its middle blotted out (×). */
static bool is_sign(char c)
{
    return c == '@' || c == '+' || c == '*' || c == '\xC3';
}

static bool may_be_contact(const struct contact_scan *scan, const char *p)
{
    uint32_t roles = scan_roles(scan, p) & ~(ROLE(REFERENCE) | ROLE(FILLER));
    struct run run;

    run_read(scan->tables, &run, p, scan->end, RUN_NUMERALS | RUN_PARTED);
    return run.n >= (roles != 0 ? ANNOUNCED_MIN : UNANNOUNCED_MIN);
}

bool contact_may_be_digits(const struct contact_tables *tables, const struct canon *canon)
{
    const struct contact_scan scan = {.tables = tables,
                                      .canon = canon,
                                      .start = canon->buf + canon->start[CANON_TEXT],
                                      .end = canon->buf + canon->end[CANON_TEXT]};
    const char *token = scan.start; /* behind the one begun last */

    if (tables->lexicon.has_digits)
        return true;
    for (const char *p = scan.start; p < scan.end; p += scan_char_len(p)) {
        bool behind_digit = p > scan.start && ascii_is_digit(p[-1]);

        if (p >= token && is_mixed(p, token = token_end(p, scan.end)))
            return true;
        if (is_sign(*p))
            return true;
        if ((ascii_is_digit(*p) ? !behind_digit : scan_numeral(p, scan.end) >= 0) && may_be_contact(&scan, p))
            return true;
    }
    return false;
}
