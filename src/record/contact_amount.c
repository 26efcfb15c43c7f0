/* contact_amount.c - sums of money: 2000元, 1.5万, ¥200, 五千元. Needs a unit, a currency before, or 万 and the like not
 * followed by something that is counted in other units (3万人). */
#include "record/contact_scan.h"

#define SCALE 10000 /* four decimals */
#define MAX_INT_DIGITS 12

struct sum {
    int64_t value; /* × SCALE */
    bool numerals; /* written in Chinese numerals */
};

/* 1,000.50 */
static const char *read_decimal(const char *p, const char *end, struct sum *sum)
{
    int64_t value = 0, unit = SCALE;
    int digits = 0;

    for (; p < end && digits <= MAX_INT_DIGITS; p++) {
        if (ascii_is_digit(*p)) {
            value = value * 10 + (*p - '0');
            digits++;
        } else if (*p != ',' || end - p < 4 || !ascii_is_digit(p[1]) || !ascii_is_digit(p[2]) ||
                   !ascii_is_digit(p[3]) || (end - p > 4 && ascii_is_digit(p[4]))) {
            break;
        }
    }
    if (digits == 0 || digits > MAX_INT_DIGITS)
        return NULL;
    value *= SCALE;
    if (end - p >= 2 && *p == '.' && ascii_is_digit(p[1]))
        for (p++; p < end && ascii_is_digit(*p); p++) {
            unit /= 10;
            value += (*p - '0') * unit;
        }
    sum->value = value;
    return p;
}

static int64_t power_at(const char *p, const char *end)
{
    if (end - p < 3)
        return 0;
    switch (scan_wide(p)) {
    case 0x5341: case 0x62FE: return 10;   /* 十 拾 */
    case 0x767E: case 0x4F70: return 100;  /* 百 佰 */
    case 0x5343: case 0x4EDF: return 1000; /* 千 仟 */
    default: return 0;
    }
}

/* 三千五百, up to 万: the powers above are read by read_multiplier. */
static const char *read_numerals(const char *p, const char *end, struct sum *sum)
{
    int64_t total = 0, digit = -1;

    if (power_at(p, end) == 10)
        digit = 1;
    else if (scan_numeral(p, end) < 0)
        return NULL;
    while (p < end) {
        int value = scan_numeral(p, end);
        int64_t power = power_at(p, end);
        if (value >= 0 && (digit < 0 || digit == 0)) {
            digit = value;
        } else if (power > 0 && digit >= 0) {
            total += digit * power;
            digit = -1;
        } else {
            break;
        }
        p += 3;
    }
    sum->value = (total + (digit > 0 ? digit : 0)) * SCALE;
    sum->numerals = true;
    return p;
}

/* 万, 千万, 亿 …; 1 when there is none. */
static int64_t read_multiplier(const char **p, const char *end, bool numerals)
{
    int64_t factor = 1;

    while (factor < 100000000) {
        if (!numerals && power_at(*p, end) > 10) {
            factor *= power_at(*p, end);
            *p += 3;
        } else if (scan_eat(p, end, STR_LIT("万"))) {
            factor *= 10000;
        } else if (scan_eat(p, end, STR_LIT("亿"))) {
            factor *= 100000000;
        } else {
            break;
        }
    }
    if (factor == 1 && !numerals && end - *p >= 1 && **p == 'w' && (end - *p < 2 || !ascii_is_alnum((*p)[1]))) {
        (*p)++;
        factor = 10000;
    }
    return factor;
}

static bool read_unit(const char **p, const char *end, bool numerals)
{
    const char *q = *p;
    bool found = false;

    scan_eat(&q, end, STR_LIT(" "));
    if (q < end && (unsigned char)*q == 0xE5) /* told apart by the first byte: nearly always it is none of them */
        found = scan_eat(&q, end, STR_LIT("元")) || scan_eat(&q, end, STR_LIT("圆")) ||
                scan_eat(&q, end, STR_LIT("块钱")) || (!numerals && scan_eat(&q, end, STR_LIT("块")));
    else if (q < end && (*q == 'r' || (unsigned char)*q == 0xE4))
        found = scan_eat(&q, end, STR_LIT("人民币")) || scan_eat(&q, end, STR_LIT("rmb"));
    *p = found ? q : *p;
    return found;
}

static bool money_before(const struct contact_scan *scan, const char *p)
{
    struct str before = str_range(scan->start, p);

    while (before.n > 0 && (before.p[before.n - 1] == ' ' || before.p[before.n - 1] == ':'))
        before.n--;
    return str_ends(before, STR_LIT("人民币")) || str_ends(before, STR_LIT("rmb")) ||
           str_ends(before, STR_LIT("\xC2\xA5"));
}

/* 一万二千: what follows 万 is added. */
static const char *read_rest(const char *p, const char *end, struct sum *sum, int64_t *factor)
{
    struct sum rest = {0};
    const char *next = sum->numerals ? read_numerals(p, end, &rest) : NULL;

    if (next == NULL || sum->value > INT64_MAX / 2 / *factor)
        return p;
    sum->value = sum->value * *factor + rest.value;
    *factor = 1;
    return next;
}

/* Is a sum not followed by a unit money all the same: 3万, but not 3万人? */
static bool is_money(const struct contact_scan *scan, const char *p, int64_t factor)
{
    if (factor < 1000 || (p < scan->end && (ascii_is_digit(*p) || scan_numeral(p, scan->end) >= 0)))
        return false;
    return lexicon_at(&scan->tables->lexicon, p, scan->end, ROLE(NOT_MONEY)) == 0;
}

const char *scan_amount(struct contact_scan *scan, const char *p)
{
    const char *from = p, *end = scan->end;
    bool yen = scan_eat(&p, end, STR_LIT("\xC2\xA5"));
    struct sum sum = {0};
    int64_t factor;

    if (yen)
        scan_eat(&p, end, STR_LIT(" "));
    if (p < end && ascii_is_digit(*p))
        p = read_decimal(p, end, &sum);
    else
        p = read_numerals(p, end, &sum);
    if (p == NULL)
        return NULL;
    factor = read_multiplier(&p, end, sum.numerals);
    if (factor > 1)
        p = read_rest(p, end, &sum, &factor);
    if (!read_unit(&p, end, sum.numerals) && !yen && !is_money(scan, p, factor) && !money_before(scan, from))
        return NULL;
    if (sum.value > INT64_MAX / factor)
        return p;
    sum.value = sum.value * factor / SCALE;
    if (sum.value > 0 && scan->out->namounts < AMOUNTS_MAX)
        scan->out->amounts[scan->out->namounts++] = sum.value;
    return p;
}
