/* contact_number.c - what a run of digits is (contact_run.h): the words before it say what it may be, its
 * shape what it is. Without a word only numbers of a telling shape count: mobile, 400, area code. */
#include "record/contact_run.h"

#define PHONE_MAX 20 /* digits: 00, 15 of E.164, and some to spare */

/* ---- keeping ----------------------------------------------------------------------------------------------------- */

static const char *keep(struct contact_scan *scan, enum contact_kind kind, uint32_t traits, const char *from,
                        const struct run *run, size_t n)
{
    const char *to = run->end[n - 1];

    if (run->numerals || (run_is_one_by_one(run) && n > 4) || scan_disguised(scan, from, to))
        traits |= CONTACT_DISGUISED;
    scan_keep(scan, kind, traits, from, to, (struct str){run->d, n}, (struct str){0});
    return to;
}

static bool is_personal(const struct number *number)
{
    return number->kind == NUMBER_MOBILE || number->kind == NUMBER_MVNO || number->kind == NUMBER_SATELLITE;
}

static bool is_service(const struct number *number)
{
    return number->kind == NUMBER_SHORT || number->kind == NUMBER_S95 || number->kind == NUMBER_S96 ||
           number->kind == NUMBER_S100;
}

/* 95折, 110元, 120分: a sum, a quantity or a date, no service number. */
static bool counts_something(const char *p, const char *end)
{
    static const char *const units[] = {"元", "块", "万", "千", "百", "%", "折", "年", "月", "日", "天", "分",
                                        "秒",  "个", "人", "次", "件", "条", "米", "斤", "岁", "名", "位", "周",
                                        "期",  "笔", "单", "小时", "公里", "积分", "kg", "km"};

    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
        if (str_starts(str_range(p, end), str_of(units[i])))
            return true;
    return false;
}

/* As people write it: a fixed line with its trunk 0, a foreign number with its +. */
static struct str dialled(const struct number *number, char *out)
{
    size_t n = 0;

    if (number->kind == NUMBER_FIXED)
        out[n++] = '0';
    else if (number->kind == NUMBER_INTERNATIONAL)
        out[n++] = '+';
    memcpy(out + n, number->digits, number->ndigits);
    return (struct str){out, n + number->ndigits};
}

static bool same_number(const struct number *a, const struct number *b)
{
    return b != NULL && a->kind == b->kind && a->ndigits > 0 &&
           str_eq((struct str){a->digits, a->ndigits}, (struct str){b->digits, b->ndigits});
}

/* ---- phones ------------------------------------------------------------------------------------------------------ */

/* Are they as many digits as a number has that is told without a word or + before it? */
static bool may_be_unannounced(const char *d, size_t n)
{
    switch (d[0]) {
    case '0': return n >= 11;                             /* a fixed line with its area code; 0086… */
    case '1': return n == 11;                             /* mobile */
    case '4': return n == 10;                             /* 400 */
    case '8': return n == 10 || (d[1] == '6' && n >= 12); /* 800; 86… */
    default: return false;
    }
}

/* Do the first n digits of the run, after `plus`, make a number one can call? */
static bool is_phone(const struct contact_scan *scan, const struct run *run, size_t n, bool plus, uint32_t roles,
                     struct number *number)
{
    static const struct number_context context = {.ton = -1};
    bool announced = (roles & ROLE(PHONE)) != 0;
    char raw[RUN_MAX + 1];

    if (!announced && !plus && !may_be_unannounced(run->d, n))
        return false;
    raw[0] = '+';
    memcpy(raw + plus, run->d, n);
    number_classify(scan->plan, (struct str){raw, n + plus}, &context, number);
    if (number->flags & (NUMBER_FLAG(LEN) | NUMBER_FLAG(CALLPFX) | NUMBER_FLAG(MULTI0) | NUMBER_FLAG(PLUS0)))
        return false;
    if (is_personal(number))
        return true;
    if (number->kind == NUMBER_INTERNATIONAL)
        return number->country != 0 && (plus || (announced && (number->flags & NUMBER_FLAG(IDD_00)) && n >= 10));
    if (number->kind == NUMBER_S400 || number->kind == NUMBER_S800)
        return true;
    if (number->kind == NUMBER_FIXED) /* 0571-…; a bare 3108123456 is an order number */
        return run->d[0] == '0' || plus || (announced && (number->flags & NUMBER_FLAG(CC86)));
    if (number->kind == NUMBER_FIXED_LOCAL || is_service(number))
        return announced && !counts_something(run->end[n - 1], scan->end);
    return false;
}

static uint32_t phone_traits(const struct contact_scan *scan, const struct number *number)
{
    uint32_t traits = 0;

    if (number_plan_official_service(scan->plan, (struct str){number->digits, number->ndigits}))
        traits |= CONTACT_OFFICIAL;
    if (same_number(number, scan->caller))
        traits |= CONTACT_IS_SENDER;
    return traits;
}

/* The shortest start of the run, up to a separator, that is a phone number; 0 when there is none. */
static size_t find_phone(const struct contact_scan *scan, const struct run *run, bool plus, uint32_t roles,
                         struct number *number)
{
    for (size_t n = run->first; n <= run->n && n <= PHONE_MAX; n++)
        if (run->last[n - 1] && !(n == run->n && run->letters) && is_phone(scan, run, n, plus, roles, number))
            return n;
    return 0;
}

static const char *keep_phone(struct contact_scan *scan, const char *from, const struct run *run, size_t n,
                              const struct number *number, enum contact_kind kind)
{
    const char *to = run->end[n - 1];
    uint32_t traits = phone_traits(scan, number);
    char value[48];

    if (run->numerals || (run_is_one_by_one(run) && n > 4) || scan_disguised(scan, from, to))
        traits |= CONTACT_DISGUISED;
    scan_keep(scan, kind, traits, from, to, dialled(number, value), (struct str){0});
    return to;
}

#define MOBILE_DIGITS 11
#define DRAWN_MIN 4 /* true digits among them */

bool scan_drawn_phone(struct contact_scan *scan, const char *p, const char *token_end)
{
    struct number number;
    struct run run = {.n = MOBILE_DIGITS, .first = MOBILE_DIGITS, .groups = 1};
    size_t digits = 0;

    if (token_end - p != MOBILE_DIGITS)
        return false;
    for (size_t i = 0; i < MOBILE_DIGITS; i++) {
        char c = p[i];
        digits += ascii_is_digit(c);
        run.d[i] = ascii_is_digit(c) ? c : c == 'o' ? '0' : c == 'l' || c == 'i' ? '1' : '\0';
        run.end[i] = p + i + 1;
        if (run.d[i] == '\0')
            return false;
    }
    if (digits < DRAWN_MIN || digits == MOBILE_DIGITS || !is_phone(scan, &run, run.n, false, 0, &number) ||
        !is_personal(&number))
        return false;
    scan_keep(scan, scan_roles(scan, p) & ROLE(WECHAT) ? CONTACT_WECHAT : CONTACT_PHONE,
              phone_traits(scan, &number) | CONTACT_DISGUISED, p, token_end, (struct str){run.d, run.n},
              (struct str){0});
    return true;
}

/* ---- cards, accounts, meetings ----------------------------------------------------------------------------------- */

/* ISO/IEC 7812-1, annex B. */
static bool passes_luhn(const char *d, size_t n)
{
    int sum = 0;

    for (size_t i = 0; i < n; i++) {
        int digit = d[n - 1 - i] - '0';
        if (i % 2 == 1)
            digit = digit > 4 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return sum % 10 == 0;
}

/* Lengths by the leading digit, ISO/IEC 7812-1: UnionPay 62, and 9 of the cards before it; Visa 4; then 2, 3, 5, 6. */
static bool is_card_length(const char *d, size_t n)
{
    switch (d[0]) {
    case '3': return n >= 14 && n <= 16;
    case '4': return n == 13 || n == 16;
    case '2':
    case '5': return n == 16;
    case '6':
    case '9': return n >= 16 && n <= 19;
    default: return false;
    }
}

/* Of a shape that tells it without a word: UnionPay, and nothing else is numbered so. */
static bool is_unionpay(const char *d, size_t n)
{
    return d[0] == '6' && d[1] == '2' && (n == 16 || n == 19);
}

#define NEAR_BYTES 36 /* twelve Han characters */

static bool card_word_near(const struct contact_scan *scan, const char *p)
{
    const char *low = p - scan->start > NEAR_BYTES ? p - NEAR_BYTES : scan->start;

    for (const char *at = p; at > low; at--)
        if (lexicon_before(&scan->tables->lexicon, low, at, ROLE(CARD)) != NULL)
            return true;
    return false;
}

static const char *scan_card(struct contact_scan *scan, const char *p, const struct run *run, uint32_t roles)
{
    size_t n = run->groups > 1 && run->first <= 6 ? run->n : run->first;

    if (is_card_length(run->d, n) && passes_luhn(run->d, n) &&
        ((roles & (ROLE(CARD) | ROLE(ACCOUNT))) || is_unionpay(run->d, n) || card_word_near(scan, p)))
        return keep(scan, CONTACT_CARD, 0, p, run, n);
    if ((roles & ROLE(ACCOUNT)) && n >= 10 && n <= 30)
        return keep(scan, CONTACT_ACCOUNT, 0, p, run, n);
    return NULL;
}

/* ---- QQ and WeChat ----------------------------------------------------------------------------------------------- */

/* 280××804: published with its middle blotted out. */
static const char *scan_masked(struct contact_scan *scan, const char *p)
{
    const char *q = p, *end = scan->end;
    size_t n = 0, digits = 0;
    char value[12];

    while (q < end && n < sizeof(value)) {
        if (ascii_is_digit(*q)) {
            value[n++] = *q++;
            digits++;
        } else if (end - q >= 2 && q[0] == '\xC3' && q[1] == '\x97') {
            value[n++] = '*';
            q += 2;
        } else if (*q == '*') {
            value[n++] = *q++;
        } else {
            break;
        }
    }
    if (n < 5 || n > 11 || digits < 3 || digits == n)
        return NULL;
    scan_keep(scan, CONTACT_QQ, 0, p, q, (struct str){value, n}, (struct str){0});
    return q;
}

static const char *scan_qq(struct contact_scan *scan, const char *p, const struct run *run)
{
    size_t n = run->first >= 5 || run->first == 2 ? run->first : run->n; /* 123 456 789, 1 2 3 4 5; 10 20000 is none */

    if (n >= 5 && n <= 11 && run->d[0] != '0')
        return keep(scan, CONTACT_QQ, 0, p, run, n);
    return scan_masked(scan, p);
}

static const char *scan_wechat(struct contact_scan *scan, const char *p, const struct run *run, uint32_t roles)
{
    struct number number;
    size_t n = find_phone(scan, run, false, roles & ~ROLE(PHONE), &number);

    if (n > 0 && is_personal(&number))
        return keep_phone(scan, p, run, n, &number, CONTACT_WECHAT);
    if (run->first >= 6 && run->first <= 11 && run->d[0] != '0' &&
        !counts_something(run->end[run->first - 1], scan->end))
        return keep(scan, CONTACT_WECHAT, 0, p, run, run->first); /* some ids are the owner's QQ number */
    return NULL;
}

/* ---- passwords, groups, accounts of payment ---------------------------------------------------------------------- */

static const char *scan_announced(struct contact_scan *scan, const char *p, const struct run *run, uint32_t roles)
{
    struct number number;
    size_t phone = find_phone(scan, run, false, roles & ~ROLE(PHONE), &number);

    if (phone > 0 && is_personal(&number))
        return roles & ROLE(PAY) ? keep(scan, CONTACT_ACCOUNT, 0, p, run, phone) : NULL;
    if (run->first < 6 || run->first > 12 || counts_something(run->end[run->first - 1], scan->end))
        return NULL;
    if (roles & ROLE(TOKEN))
        return keep(scan, CONTACT_TOKEN, 0, p, run, run->first);
    return roles & ROLE(GROUP) ? keep(scan, CONTACT_GROUP, 0, p, run, run->first) : NULL;
}

/* ---- the question ------------------------------------------------------------------------------------------------ */

static const char *judge(struct contact_scan *scan, const char *p, const char *from, const struct run *run, bool plus,
                         uint32_t roles)
{
    struct number number;
    const char *next = NULL;
    size_t n;

    if (roles == 0 && run->n < UNANNOUNCED_MIN && !plus)
        return NULL;
    if (roles & ROLE(QQ))
        next = scan_qq(scan, p, run);
    if (next == NULL && (roles & (ROLE(TOKEN) | ROLE(GROUP) | ROLE(PAY))))
        next = scan_announced(scan, p, run, roles);
    if (next == NULL && (roles & ROLE(WECHAT)))
        next = scan_wechat(scan, p, run, roles);
    if (next != NULL || (roles & ROLE(REFERENCE)))
        return next;
    n = find_phone(scan, run, plus, roles, &number);
    if (n > 0)
        return keep_phone(scan, from, run, n, &number, CONTACT_PHONE);
    if (run->numerals)
        return NULL;
    if ((roles & ROLE(MEETING)) && run->n >= 6 && run->n <= 12)
        return keep(scan, CONTACT_MEETING, 0, p, run, run->n);
    return scan_card(scan, p, run, roles);
}

/* 138/0013/8000: only a mobile number is told from a list so. `joined`: what was read without such signs. */
static const char *scan_parted_phone(struct contact_scan *scan, const char *from, const struct run *joined, bool plus,
                                     uint32_t roles)
{
    struct number number;
    struct run run;
    size_t n;

    if ((roles & ROLE(REFERENCE)) || !run_is_parted(joined, scan->end))
        return NULL;
    run_read(scan->tables, &run, from + plus, scan->end, RUN_PARTED);
    n = find_phone(scan, &run, plus, roles, &number);
    return n > 0 && is_personal(&number) ? keep_phone(scan, from, &run, n, &number, CONTACT_PHONE) : NULL;
}

const char *scan_number(struct contact_scan *scan, const char *p)
{
    const char *from = p;
    bool plus = *p == '+';
    uint32_t roles;
    struct run run;
    const char *next;

    if (plus && (++p == scan->end || !ascii_is_digit(*p) || (from > scan->start && ascii_is_alnum(from[-1]))))
        return NULL;
    run_read(scan->tables, &run, p, scan->end, RUN_NUMERALS);
    if (run.n == 0 || (run.numerals && run.n < 5 && !ascii_is_digit(*p)))
        return NULL;
    roles = scan_roles(scan, from);
    if (run_date(&run) > 0)
        return run.end[run_date(&run) - 1];
    next = run.n >= 5 || !run.numerals ? judge(scan, p, from, &run, plus, roles) : NULL;
    if (next == NULL && run.numerals && ascii_is_digit(*p)) {
        run_read(scan->tables, &run, p, scan->end, 0);
        next = judge(scan, p, from, &run, plus, roles);
    }
    if (next == NULL && !run.numerals)
        next = scan_parted_phone(scan, from, &run, plus, roles);
    if (next == NULL && run.numerals) /* 一13800138000 is looked at again behind its 一; a longer mixture is nothing */
        return run.n > 1 && scan_numeral(run.end[0], scan->end) >= 0 ? run.end[run.n - 1] : NULL;
    return next != NULL ? next : run.end[run.first - 1];
}
