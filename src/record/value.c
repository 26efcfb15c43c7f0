/* value.c - integers and times from their digits; the grammar of JSON scalars. */
#include "record/value.h"

bool value_integer(struct str digits, int64_t *out)
{
    bool negative = digits.n > 0 && digits.p[0] == '-';
    int64_t value = 0; /* counts down: INT64_MIN has no positive twin */
    size_t i = negative;

    if (i == digits.n)
        return false;
    for (; i < digits.n; i++) {
        int digit = digits.p[i] - '0';
        if (!ascii_is_digit(digits.p[i]))
            return false;
        if (digits.n <= 18) /* cannot overflow */
            value = value * 10 - digit;
        else if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, digit, &value))
            return false;
    }
    if (!negative && value == INT64_MIN)
        return false;
    *out = negative ? value : -value;
    return true;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar: whole years, then the months before this one. */
static int64_t days_to(int64_t year, int month, int day)
{
    static const int before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t past = year - 1; /* complete years since year 0 of the proleptic calendar */
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return past * 365 + past / 4 - past / 100 + past / 400 - 719162 + before[month - 1] + (month > 2 && leap) + day - 1;
}

static int days_in_month(int year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

static int number_at(const char *p, int n)
{
    int value = 0;

    for (int i = 0; i < n; i++)
        value = value * 10 + (p[i] - '0');
    return value;
}

/* 14 digits, already known to be digits. */
static bool calendar_time(const char *p, int64_t *out_ms)
{
    int year = number_at(p, 4), month = number_at(p + 4, 2), day = number_at(p + 6, 2);
    int hour = number_at(p + 8, 2), minute = number_at(p + 10, 2), second = number_at(p + 12, 2);

    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 ||
        minute > 59 || second > 59)
        return false;
    *out_ms = ((days_to(year, month, day) * 24 + hour - 8) * 3600 + minute * 60 + second) * 1000;
    return *out_ms >= 0;
}

bool value_time(struct str digits, int64_t *out_ms)
{
    if (digits.n == 0 || digits.n > 14)
        return false;
    for (size_t i = 0; i < digits.n; i++)
        if (!ascii_is_digit(digits.p[i]))
            return false;
    return digits.n == 14 ? calendar_time(digits.p, out_ms) : value_integer(digits, out_ms);
}

/* The digits at p; returns their end. */
static const char *digits_end(const char *p, const char *end)
{
    while (p < end && ascii_is_digit(*p))
        p++;
    return p;
}

/* `-`? int frac? exp? */
static enum token_kind number_kind(const char *p, const char *end)
{
    enum token_kind kind = TOKEN_INTEGER;
    const char *from;

    p += *p == '-';
    from = p;
    p = digits_end(p, end);
    if (p == from || (*from == '0' && p - from > 1))
        return TOKEN_BROKEN;
    if (p < end && *p == '.') {
        from = ++p;
        p = digits_end(p, end);
        kind = p == from ? TOKEN_BROKEN : TOKEN_REAL;
    }
    if (kind != TOKEN_BROKEN && p < end && (*p | 0x20) == 'e') {
        p++;
        p += p < end && (*p == '+' || *p == '-');
        from = p;
        p = digits_end(p, end);
        kind = p == from ? TOKEN_BROKEN : TOKEN_REAL;
    }
    return p == end ? kind : TOKEN_BROKEN;
}

enum token_kind token_kind(struct str token)
{
    if (token.n == 0)
        return TOKEN_BROKEN;
    switch (token.p[0]) {
    case '{':
    case '[': return TOKEN_OTHER;
    case 'n': return str_eq(token, STR_LIT("null")) ? TOKEN_NULL : TOKEN_BROKEN;
    case 't': return str_eq(token, STR_LIT("true")) ? TOKEN_OTHER : TOKEN_BROKEN;
    case 'f': return str_eq(token, STR_LIT("false")) ? TOKEN_OTHER : TOKEN_BROKEN;
    default: return number_kind(token.p, token.p + token.n);
    }
}
