/* contact_digits.c - could other digits be a contact? The bounds are those of contact_number.c: a run that no word
 * announces is a contact from ten digits on, one that a word announces from three on (110). */
#include "record/contact.h"
#include "record/contact_run.h"

#define ANNOUNCED_MIN 3
#define UNANNOUNCED_MIN 10

/* An id, a serial number, an address, a number with its + or with its middle blotted out: all may be anything. */
static bool mixes(const char *p, const char *start)
{
    if (*p == '@' || *p == '+' || *p == '*' || *p == '\xC3') /* × */
        return true;
    return p > start && ascii_is_alnum(*p) && ascii_is_alnum(p[-1]) && ascii_is_digit(*p) != ascii_is_digit(p[-1]);
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
    bool inside = false;

    for (const char *p = scan.start; p < scan.end; p += scan_char_len(p)) {
        bool digit = ascii_is_digit(*p), begins = digit ? !inside : scan_numeral(p, scan.end) >= 0;

        if (mixes(p, scan.start) || (begins && may_be_contact(&scan, p)))
            return true;
        inside = digit;
    }
    return false;
}
