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
        if (scan_is_digit(*p)) {
            value = value * 10 + (*p - '0');
            digits++;
        } else if (*p != ',' || end - p < 4 || !scan_is_digit(p[1]) || !scan_is_digit(p[2]) || !scan_is_digit(p[3]) ||
                   (end - p > 4 && scan_is_digit(p[4]))) {
            break;
        }
    }
    if (digits == 0 || digits > MAX_INT_DIGITS)
        return NULL;
    value *= SCALE;
    if (end - p >= 2 && *p == '.' && scan_is_digit(p[1]))
        for (p++; p < end && scan_is_digit(*p); p++) {
            unit /= 10;
            value += (*p - '0') * unit;
        }
    sum->value = value;
    return p;
}

static int64_t power_at(const char *p, const char *end)
{
    struct str s = str_range(p, end);

    if (str_starts(s, STR_LIT("十")) || str_starts(s, STR_LIT("拾")))
        return 10;
    if (str_starts(s, STR_LIT("百")) || str_starts(s, STR_LIT("佰")))
        return 100;
    if (str_starts(s, STR_LIT("千")) || str_starts(s, STR_LIT("仟")))
        return 1000;
    return 0;
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
    if (factor == 1 && !numerals && end - *p >= 1 && **p == 'w' && (end - *p < 2 || !scan_is_alnum((*p)[1]))) {
        (*p)++;
        factor = 10000;
    }
    return factor;
}

static bool read_unit(const char **p, const char *end, bool numerals)
{
    static const struct str units[] = {{"元", 3}, {"圆", 3}, {"块钱", 6}, {"人民币", 9}, {"rmb", 3}};
    const char *q = *p;
    bool found = false;

    scan_eat(&q, end, STR_LIT(" "));
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
        found = found || scan_eat(&q, end, units[i]);
    found = found || (!numerals && scan_eat(&q, end, STR_LIT("块")));
    *p = found ? q : *p;
    return found;
}

static bool money_before(const struct contact_scan *scan, const char *p)
{
    struct str before = str_range(scan->start, p);

    while (before.n > 0 && (before.p[before.n - 1] == ' ' || before.p[before.n - 1] == ':'))
        before.n--;
    return str_ends(before, STR_LIT("人民币")) || str_ends(before, STR_LIT("rmb")) || str_ends(before, STR_LIT("\xC2\xA5"));
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

const char *scan_amount(struct contact_scan *scan, const char *p)
{
    const char *end = scan->end;
    bool currency = scan_eat(&p, end, STR_LIT("\xC2\xA5")) || money_before(scan, p);
    struct sum sum = {0};
    int64_t factor;

    if (currency)
        scan_eat(&p, end, STR_LIT(" "));
    if (p < end && scan_is_digit(*p))
        p = read_decimal(p, end, &sum);
    else
        p = read_numerals(p, end, &sum);
    if (p == NULL)
        return NULL;
    factor = read_multiplier(&p, end, sum.numerals);
    if (factor > 1)
        p = read_rest(p, end, &sum, &factor);
    if (!read_unit(&p, end, sum.numerals) && !currency &&
        (factor < 1000 || (p < end && (scan_is_digit(*p) || scan_numeral(p, end) >= 0)) ||
         lexicon_at(&scan->tables->lexicon, p, end, ROLE(NOT_MONEY))))
        return NULL;
    if (sum.value > INT64_MAX / factor)
        return p;
    sum.value = sum.value * factor / SCALE;
    if (sum.value > 0 && scan->out->namounts < AMOUNTS_MAX)
        scan->out->amounts[scan->out->namounts++] = sum.value;
    return p;
}
