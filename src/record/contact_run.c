/* contact_run.c - a digit, then a separator and a digit, as long as they last. What the groups mean is not decided
 * here. */
#include "record/contact_run.h"

#define SEPARATORS_MAX 3 /* 138 - 0013 - 8000 */

/* Behind one separator; NULL when there is none. */
static const char *skip_one(const char *p, const char *end, bool parted)
{
    if (p == end)
        return NULL;
    switch ((unsigned char)*p) {
    case '-': case '.': case ' ': case '_': case '*': case '(': case ')': return p + 1;
    case '~': case '/': case ',': return parted ? p + 1 : NULL;
    case 0xC2: return scan_eat(&p, end, STR_LIT("\xC2\xB7")) ? p : NULL; /* · */
    case 0xE2: return scan_eat(&p, end, STR_LIT("\xE2\x80\x94")) ? p : NULL; /* — */
    case 0xE7: return scan_eat(&p, end, STR_LIT("点")) ? p : NULL;
    default: return NULL;
    }
}

/* Behind the separators at p, before a digit; NULL when there are none or no digit follows. */
static const char *skip_separators(const char *p, const char *end, bool parted)
{
    for (unsigned i = 0; i < SEPARATORS_MAX && p != NULL; i++) {
        p = skip_one(p, end, parted);
        if (p != NULL && p < end && ascii_is_digit(*p))
            return p;
    }
    return NULL;
}

static void add_digit(struct run *run, int digit, const char *behind)
{
    run->d[run->n] = (char)('0' + digit);
    run->last[run->n] = false;
    run->end[run->n++] = behind;
}

/* Behind the digits at p, all of which the run gets. */
static const char *read_digits(struct run *run, const char *p, const char *end)
{
    size_t n = run->n;

    for (; p < end && ascii_is_digit(*p) && n < RUN_MAX; n++) {
        run->d[n] = *p++;
        run->last[n] = false;
        run->end[n] = p;
    }
    run->n = n;
    return p;
}

/* The digit at *p that is no plain one, which is moved behind it; -1 when there is none. */
static int read_drawn(const char **p, const char *end, struct run *run, bool numerals)
{
    int value;

    if (run->numerals && *p < end && **p == 'o') { /* 一三八oo一三八ooo */
        (*p)++;
        return 0;
    }
    value = numerals ? scan_numeral(*p, end) : -1;
    if (value >= 0) {
        *p += 3;
        run->numerals = true;
    }
    return value;
}

static void end_group(struct run *run)
{
    run->last[run->n - 1] = true;
    run->first = run->first == 0 ? run->n : run->first;
}

void run_read(const struct contact_tables *tables, struct run *run, const char *p, const char *end, unsigned ways)
{
    run->n = run->first = 0;
    run->groups = 1;
    run->numerals = false;
    for (;;) {
        const char *q;
        int digit;
        p = read_digits(run, p, end);
        if (run->n == RUN_MAX)
            break;
        q = p;
        digit = read_drawn(&q, end, run, (ways & RUN_NUMERALS) != 0);
        if (digit >= 0) {
            add_digit(run, digit, p = q);
        } else if (run->n > 0 && !run->numerals && (q = skip_separators(p, end, (ways & RUN_PARTED) != 0)) != NULL) {
            end_group(run);
            run->groups++;
            p = q;
        } else {
            break;
        }
    }
    run->d[run->n] = '\0';
    if (run->n > 0)
        end_group(run);
    run->letters = p < end && ascii_is_alpha(*p) && lexicon_at(&tables->lexicon, p, end, ROLE(QQ) | ROLE(WECHAT)) == 0;
}

bool run_is_parted(const struct run *run, const char *end)
{
    return run->n > 0 && run->n < RUN_MAX && skip_separators(run->end[run->n - 1], end, true) != NULL;
}

bool run_is_one_by_one(const struct run *run)
{
    return run->groups == run->n;
}

/* The number of one or two digits that is a group at *at, which is moved behind it; 0 when there is none. */
static unsigned small_group(const struct run *run, size_t *at)
{
    size_t n = *at < run->n && run->last[*at] ? 1 : 2;
    unsigned value = 0;

    if (*at + n > run->n || !run->last[*at + n - 1])
        return 0;
    for (size_t i = 0; i < n; i++)
        value = value * 10 + (unsigned)(run->d[(*at)++] - '0');
    return value;
}

size_t run_date(const struct run *run)
{
    size_t at = 4;
    unsigned month, day;

    if (run->numerals || run->first != 4 || !(memcmp(run->d, "19", 2) == 0 || memcmp(run->d, "20", 2) == 0))
        return 0;
    month = small_group(run, &at);
    day = small_group(run, &at);
    return month >= 1 && month <= 12 && day >= 1 && day <= 31 ? at : 0;
}
