/* canon_digits.c - the letters o, l, i and | where a number is meant: 1069o is 10690.
 *
 * Looked at are whole runs of ASCII letters, digits and look-alikes. A run is a number when it has nothing but digits
 * and look-alikes, enough of the former, begins with a digit and ends in one or in a zero's look-alike (so 1080i, 500l
 * and i0086 stay). A run that is a mobile number once read so may also begin with a look-alike or hold a |. A run
 * that is part of a host, path or address (joined by . / @ _ - to another) stays: a look-alike domain must not turn
 * into the real one. One byte becomes one byte, so the map of the text is not touched. */
#include "record/canon_text.h"

struct number {
    size_t n, digits;
    bool pure;   /* nothing but digits and look-alikes */
    bool strict; /* the look-alikes stand where they do in any number */
};

static bool in_run(const struct folding *folding, char c)
{
    return folding->ascii_kind[(unsigned char)c] & (FOLD_ASCII_DIGIT | FOLD_ASCII_LOOKALIKE | FOLD_ASCII_WORD);
}

static bool is_joint(char c)
{
    return c == '.' || c == '/' || c == '@' || c == '_' || c == '-';
}

static struct number look_at(const struct folding *folding, const char *p, const char *end)
{
    struct number number = {.n = (size_t)(end - p), .pure = true, .strict = true};

    for (const char *c = p; c < end; c++) {
        uint8_t kind = folding->ascii_kind[(unsigned char)*c];
        char value = folding->digits.value[(unsigned char)*c];

        if (kind & FOLD_ASCII_DIGIT) {
            number.digits++;
            continue;
        }
        number.pure = number.pure && value != 0;
        if (c == p || (kind & FOLD_ASCII_WORD) == 0 || (c == end - 1 && value != '0'))
            number.strict = false;
    }
    return number;
}

static char as_digit(const struct folding *folding, char c)
{
    char value = folding->digits.value[(unsigned char)c];

    return value != 0 ? value : c;
}

static bool is_meant(const struct folding *folding, const char *p, const struct number *number)
{
    const struct fold_digits *rule = &folding->digits;

    if (!number->pure || number->digits == number->n || number->n < rule->min_chars ||
        number->digits * 100 < number->n * rule->min_percent)
        return false;
    return number->strict ||
           (number->n == 11 && as_digit(folding, p[0]) == '1' && as_digit(folding, p[1]) >= '3');
}

uint32_t canon_digits_fold(const struct folding *folding, char *p, char *end)
{
    char *start = p;
    uint32_t changed = 0;

    while (p < end) {
        char *run = p;
        struct number number;
        bool joined;

        while (p < end && in_run(folding, *p))
            p++;
        if (p == run) {
            p++;
            continue;
        }
        joined = (run - start >= 2 && is_joint(run[-1]) && in_run(folding, run[-2])) ||
                 (end - p >= 2 && is_joint(p[0]) && in_run(folding, p[1]));
        number = look_at(folding, run, p);
        if (joined || !is_meant(folding, run, &number))
            continue;
        for (char *c = run; c < p; c++)
            *c = as_digit(folding, *c);
        changed += (uint32_t)(number.n - number.digits);
    }
    return changed;
}

bool canon_digits_mixed(const struct folding *folding, const char *p, const char *end)
{
    while (p < end) {
        const char *run = p;
        struct number number;

        while (p < end && in_run(folding, *p))
            p++;
        number = look_at(folding, run, p);
        if (number.pure && number.digits > 0 && number.digits < number.n)
            return true;
        p += p == run;
    }
    return false;
}
