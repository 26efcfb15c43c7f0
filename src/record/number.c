/* number.c - the question of shape first (international, trunk 0, national), then what the plan says. Each step adds
 * flags; the class is set once. Before that, a short way for what most numbers are. */
#include "record/number.h"
#include "record/number_form.h"
#include "record/number_plan.h"

#include <stdio.h>
#include <strings.h>

struct work {
    const struct number_plan *plan;
    const struct number_context *context;
    struct number *out;
};

static void set(struct work *w, enum number_kind kind, uint16_t country, const char *d, size_t n)
{
    w->out->kind = kind;
    w->out->country = country;
    w->out->ndigits = (uint8_t)n;
    memcpy(w->out->digits, d, sizeof(w->out->digits)); /* zeros behind the digits (number_form.h) */
}

static void bad(struct work *w, uint32_t flag, const char *d, size_t n)
{
    w->out->flags |= flag;
    set(w, NUMBER_BAD, 0, d, n);
}

static bool is_mobile(enum number_kind kind)
{
    return kind == NUMBER_MOBILE || kind == NUMBER_MVNO || kind == NUMBER_IOT || kind == NUMBER_SATELLITE;
}

/* The kind of a number as the plan lists it, without area codes; -1 when it lists none. */
static int listed(const struct number_plan *plan, const char *d, size_t n, bool *known)
{
    const struct digits_entry *entry = digits_find(&plan->national, d, n, known);

    return entry == NULL ? -1 : (int)entry->value;
}

/* Is d (with its trunk 0) area code and local number? */
static bool is_fixed(const struct number_plan *plan, const char *d, size_t n, bool *known)
{
    const struct digits_entry *area = digits_find(&plan->areas, d, n, known);

    return area != NULL && plan->local_first[d[area->value] - '0'];
}

static bool fixed_without_trunk(const struct number_plan *plan, const char *d, size_t n)
{
    char with_trunk[DIGITS_MAX + 2] = "0";

    if (n > 14)
        return false;
    memcpy(with_trunk + 1, d, n);
    return is_fixed(plan, with_trunk, n + 1, NULL);
}

/* A service number behind an area code: 020 96110. */
static bool area_service(struct work *w, const char *d, size_t n)
{
    for (size_t code = 3; code <= 4 && code + 3 <= n; code++) {
        int kind = listed(w->plan, d + code, n - code, NULL);
        bool known;
        digits_find(&w->plan->areas, d, code, &known);
        if (known && (kind == NUMBER_SHORT || kind == NUMBER_S95 || kind == NUMBER_S96 || kind == NUMBER_S100)) {
            w->out->flags |= NUMBER_FLAG(AC);
            set(w, (enum number_kind)kind, 86, d + code, n - code);
            return true;
        }
    }
    return false;
}

/* One leading zero: fixed line, or a trunk 0 where it does not belong. */
static void trunk_form(struct work *w, const char *d, size_t n)
{
    bool known;
    int kind;

    if (is_fixed(w->plan, d, n, &known)) {
        set(w, NUMBER_FIXED, 86, d + 1, n - 1);
        return;
    }
    kind = listed(w->plan, d + 1, n - 1, NULL);
    if (kind >= 0 && is_mobile((enum number_kind)kind)) {
        w->out->flags |= NUMBER_FLAG(LD0);
        set(w, (enum number_kind)kind, 86, d + 1, n - 1);
    } else if (kind == NUMBER_BAD) {
        bad(w, NUMBER_FLAG(LD0) | NUMBER_FLAG(UNASSIGNED_SEG), d + 1, n - 1);
    } else if (!area_service(w, d, n)) {
        bool fits = digits_find(&w->plan->areas, d, n, NULL) != NULL;
        bad(w, known && !fits ? NUMBER_FLAG(LEN) : NUMBER_FLAG(UNASSIGNED_SEG), d, n);
    }
}

/* What follows +86 or 0086. */
static void chinese_body(struct work *w, const char *d, size_t n)
{
    bool known;
    int kind;

    w->out->flags |= NUMBER_FLAG(CC86);
    if (n > 0 && d[0] == '0') {
        w->out->flags |= NUMBER_FLAG(LD0);
        trunk_form(w, d, n);
    } else if (fixed_without_trunk(w->plan, d, n)) {
        set(w, NUMBER_FIXED, 86, d, n);
    } else {
        kind = listed(w->plan, d, n, &known);
        if (kind < 0)
            bad(w, NUMBER_FLAG(LEN), d, n);
        else if (kind == NUMBER_BAD)
            bad(w, NUMBER_FLAG(UNASSIGNED_SEG), d, n);
        else
            set(w, (enum number_kind)kind, 86, d, n);
    }
    w->out->country = 86;
}

/* NANP: area code and exchange begin with 2 to 9. Tells a number of North America from a Chinese mobile. */
static bool is_nanp(const char *d, size_t n)
{
    return n == 11 && d[0] == '1' && d[1] >= '2' && d[4] >= '2';
}

/* Does a foreign number end like an institution's? */
static uint32_t tail_flags(const struct number_plan *plan, const char *d, size_t n)
{
    char reversed[DIGITS_MAX + 1];
    const struct digits_entry *tail;

    for (size_t i = 0; i < n; i++)
        reversed[i] = d[n - 1 - i];
    tail = digits_find(&plan->tails, reversed, n, NULL);
    if (tail == NULL)
        return 0;
    return tail->value == 1 ? NUMBER_FLAG(TAIL_110) : NUMBER_FLAG(TAIL_IMP);
}

static void foreign(struct work *w, const char *d, size_t n)
{
    const struct digits_entry *entry = digits_find(&w->plan->countries, d, n, NULL);
    size_t least = 7, most = 15;

    set(w, NUMBER_INTERNATIONAL, 0, d, n);
    w->out->flags |= tail_flags(w->plan, d, n);
    if (entry == NULL) {
        w->out->flags |= NUMBER_FLAG(CC_UNASSIGNED);
    } else {
        const struct country *country = &w->plan->country[entry->value];
        w->out->country = country->code;
        w->out->flags |= (country->hot ? NUMBER_FLAG(HOTCC) : 0) | (country->satellite ? NUMBER_FLAG(SAT) : 0);
        least = country->least;
        most = country->most;
    }
    if (n < least || n > most)
        w->out->flags |= NUMBER_FLAG(LEN);
}

/* Behind + or 00, or said to be international; `zeros` more zeros were found than belong there. */
static void international_form(struct work *w, const char *d, size_t n, bool zeros)
{
    int kind;

    if (n > 2 && d[0] == '8' && d[1] == '6') {
        chinese_body(w, d + 2, n - 2);
        return;
    }
    kind = zeros ? listed(w->plan, d, n, NULL) : -1;
    foreign(w, d, n);
    if (kind > NUMBER_BAD) { /* do not guess which country (DOMAIN.md 4.5, trap 2) */
        w->out->flags |= NUMBER_FLAG(CN_BODY);
        w->out->flags &= ~(NUMBER_FLAG(HOTCC) | NUMBER_FLAG(SAT) | NUMBER_FLAG(CC_UNASSIGNED));
        w->out->country = 0;
    }
}

/* 86 in front of a complete Chinese number. */
static bool bare_86(struct work *w, const char *d, size_t n)
{
    uint32_t before = w->out->flags;

    if (n < 5 || d[0] != '8' || d[1] != '6')
        return false;
    chinese_body(w, d + 2, n - 2);
    if (w->out->kind != NUMBER_BAD || n >= 9) /* as long as a foreign number: then it is China's, and wrong */
        return true;
    w->out->flags = before;
    return false;
}

/* National digits without a zero in front that the plan does not list. */
static void unlisted(struct work *w, const char *d, size_t n, int kind, bool known)
{
    bool abroad = w->context->ingress == INGRESS_INTL;

    if (bare_86(w, d, n))
        return;
    if ((w->context->ton == 2 || !abroad) && kind < 0 && fixed_without_trunk(w->plan, d, n)) {
        set(w, NUMBER_FIXED, 86, d, n);
    } else if ((n >= 9 && n <= 15 && d[0] >= '2') || (is_nanp(d, n) && abroad)) {
        foreign(w, d, n);
        w->out->flags |= NUMBER_FLAG(NOIDD);
    } else {
        bad(w, kind < 0 && (known || n != 11) ? NUMBER_FLAG(LEN) : NUMBER_FLAG(UNASSIGNED_SEG), d, n);
    }
}

static void any_form(struct work *w, const char *d, size_t n, bool prefix_allowed);

static bool calling_prefix(struct work *w, const char *d, size_t n)
{
    const struct digits_entry *entry = digits_find(&w->plan->calling, d, n, NULL);

    if (entry == NULL || n < entry->value + 5)
        return false;
    w->out->flags |= NUMBER_FLAG(CALLPFX);
    any_form(w, d + entry->value, n - entry->value, false);
    return true;
}

static void national_form(struct work *w, const char *d, size_t n, bool prefix_allowed)
{
    bool known;
    int kind = listed(w->plan, d, n, &known);
    bool says_international = w->context->ton == 1;

    if (says_international && (is_nanp(d, n) || kind <= NUMBER_BAD)) {
        international_form(w, d, n, false);
    } else if (kind > NUMBER_BAD) {
        set(w, (enum number_kind)kind, 86, d, n);
    } else if (kind < 0 && n >= w->plan->local_least && n <= w->plan->local_most && w->plan->local_first[d[0] - '0']) {
        set(w, NUMBER_FIXED_LOCAL, 86, d, n);
    } else if (kind == NUMBER_BAD || !prefix_allowed || !calling_prefix(w, d, n)) {
        unlisted(w, d, n, kind, known);
    }
}

static size_t leading_zeros(const char *d)
{
    size_t n = 0;

    while (d[n] == '0')
        n++;
    return n;
}

/* Digits without a +. */
static void any_form(struct work *w, const char *d, size_t n, bool prefix_allowed)
{
    size_t zeros = leading_zeros(d);

    if (zeros == n) {
        bad(w, NUMBER_FLAG(ZERO), d, n);
    } else if (zeros >= 2) {
        w->out->flags |= NUMBER_FLAG(IDD_00) | (zeros >= 3 ? NUMBER_FLAG(MULTI0) : 0);
        international_form(w, d + zeros, n - zeros, zeros >= 3);
    } else if (zeros == 1) {
        trunk_form(w, d, n);
    } else {
        national_form(w, d, n, prefix_allowed);
    }
}

static void plus_form(struct work *w, const char *d, size_t n)
{
    size_t zeros = leading_zeros(d);

    w->out->flags |= NUMBER_FLAG(IDD_PLUS) | (zeros > 0 ? NUMBER_FLAG(PLUS0) : 0) |
                     (zeros >= 3 && zeros < n ? NUMBER_FLAG(MULTI0) : 0);
    if (zeros == n)
        bad(w, NUMBER_FLAG(ZERO), d, n);
    else
        international_form(w, d + zeros, n - zeros, zeros > 0);
}

/* ---- what follows from class and flags ------------------------------------------------------------------------- */

/* A Chinese number that comes in from abroad is forged, unless its subscriber is abroad. */
static uint32_t ingress_flag(const struct number_context *context, enum number_kind kind)
{
    if (context->ingress != INGRESS_INTL)
        return 0;
    return context->roaming_known && context->roaming && is_mobile(kind) ? 0 : NUMBER_FLAG(CN_INTL);
}

static void check_dno(struct work *w)
{
    const struct digits_entry *entry;

    if (w->out->kind < NUMBER_S95 || w->out->kind > NUMBER_SHORT) /* only service numbers are listed */
        return;
    entry = digits_find(&w->plan->dno, w->out->digits, w->out->ndigits, NULL);
    if (entry != NULL && (entry->value == DNO_ALWAYS || w->context->is_call))
        w->out->flags |= NUMBER_FLAG(DNO);
}

static enum number_trust trust_of(const struct work *w)
{
    const struct number *out = w->out;
    enum ingress ingress = w->context->ingress;
    const uint32_t forged = NUMBER_FLAG(CN_INTL) | NUMBER_FLAG(NOIDD) | NUMBER_FLAG(MULTI0) | NUMBER_FLAG(CN_BODY);

    if (out->flags & forged)
        return TRUST_INVALID;
    switch (out->kind) {
    case NUMBER_BAD:
    case NUMBER_MISSING: return TRUST_INVALID;
    case NUMBER_INTERNATIONAL: return TRUST_INTERNATIONAL;
    case NUMBER_ALPHA: return ingress == INGRESS_INTL ? TRUST_INTERNATIONAL : TRUST_OTHER;
    case NUMBER_MOBILE:
    case NUMBER_MVNO:
    case NUMBER_IOT:
    case NUMBER_SATELLITE:
    case NUMBER_FIXED:
    case NUMBER_FIXED_LOCAL: return TRUST_PERSONAL;
    case NUMBER_S106: return TRUST_PORT;
    default: break;
    }
    /* a company's SIP trunk sends whatever digits it likes; a gateway abroad does so too */
    if (ingress == INGRESS_VOIP || ingress == INGRESS_INTL || (out->flags & NUMBER_FLAG(DNO)))
        return TRUST_OTHER;
    return digits_find(&w->plan->trusted, out->digits, out->ndigits, NULL) != NULL ? TRUST_TRUSTED : TRUST_OTHER;
}

static bool is_withheld(const struct number_plan *plan, struct str raw)
{
    while (raw.n > 0 && raw.p[0] == ' ')
        raw = (struct str){raw.p + 1, raw.n - 1};
    while (raw.n > 0 && raw.p[raw.n - 1] == ' ')
        raw.n--;
    for (size_t i = 0; i < plan->nwithheld; i++)
        if (strlen(plan->withheld[i]) == raw.n && strncasecmp(plan->withheld[i], raw.p, raw.n) == 0)
            return true;
    return false;
}

/* No digits to judge, or not only digits. True when the class is set. */
static bool not_a_number(struct work *w, struct str raw, const struct number_form *form)
{
    bool sip = false;

    if (form->letters)
        w->out->kind = is_withheld(w->plan, number_form_user(raw, &sip)) ? NUMBER_WITHHELD : NUMBER_ALPHA;
    else if (form->total == 0 && !form->odd && !form->plus)
        w->out->kind = NUMBER_MISSING;
    else if (form->odd || form->total == 0)
        bad(w, 0, form->digits, form->n);
    else if (form->total > form->n)
        bad(w, NUMBER_FLAG(LEN), form->digits, form->n);
    else
        return false;
    return true;
}

/* Any number, digit by digit. */
static __attribute__((noinline)) void classify_any(const struct number_plan *plan, struct str raw,
                                                   const struct number_context *context, struct number *out)
{
    struct work w = {plan, context, out};
    struct number_form form;

    number_form_read(raw, &form);
    out->flags = (form.fullwidth ? NUMBER_FLAG(FULLWIDTH) : 0) | (form.sip ? NUMBER_FLAG(SIP) : 0);
    if (!not_a_number(&w, raw, &form)) {
        if (form.plus)
            plus_form(&w, form.digits, form.n);
        else
            any_form(&w, form.digits, form.n, true);
        out->flags |= out->country == 86 ? ingress_flag(context, out->kind) : 0;
        check_dno(&w);
        out->international = out->kind == NUMBER_INTERNATIONAL;
    }
    out->trust = trust_of(&w);
}

/* ---- the short way ----------------------------------------------------------------------------------------------- */

/* What the first digits decide of the plain digits `d`, which stand behind 86 or alone; NULL: nothing. */
static const struct number_lead *find_lead(const struct number_plan *plan, struct str d, bool with_86)
{
    const struct number_lead *lead;

    if (!digits_plain(d) || d.p[0] != '1')
        return NULL;
    lead = &plan->leads[(d.p[1] - '0') * 100 + (d.p[2] - '0') * 10 + (d.p[3] - '0')];
    return d.n >= lead->least && d.n <= lead->most && (lead->with_86 || !with_86) ? lead : NULL;
}

/* Most numbers: mobile ones and SMS ports that their first digits decide. False, with nothing done, for all others. */
static bool classify_lead(const struct number_plan *plan, struct str raw, const struct number_context *context,
                          struct number *out)
{
    bool with_86 = raw.n == 13 && raw.p[0] == '8' && raw.p[1] == '6';
    struct str d = with_86 ? (struct str){raw.p + 2, 11} : raw;
    const struct number_lead *lead = context->ton == 1 ? NULL : find_lead(plan, d, with_86);
    uint32_t forged;

    if (lead == NULL)
        return false;
    forged = ingress_flag(context, (enum number_kind)lead->kind);
    *out = (struct number){
        .kind = (enum number_kind)lead->kind, .country = 86, .ndigits = (uint8_t)d.n,
        .flags = forged | (with_86 ? NUMBER_FLAG(CC86) : 0) | (context->is_call ? lead->flags_of_call : 0),
        .trust = forged != 0 ? TRUST_INVALID : (enum number_trust)lead->trust};
    digits_copy(out->digits, d);
    return true;
}

void number_classify(const struct number_plan *plan, struct str raw, const struct number_context *context,
                     struct number *out)
{
    if (classify_lead(plan, raw, context, out))
        return;
    *out = (struct number){.kind = NUMBER_MISSING, .trust = TRUST_INVALID};
    if (raw.p != NULL)
        classify_any(plan, raw, context, out);
}

struct str number_e164(const struct number *number, char out[NUMBER_E164_SIZE])
{
    bool chinese = is_mobile(number->kind) || number->kind == NUMBER_FIXED;
    bool foreign_whole =
        number->kind == NUMBER_INTERNATIONAL && number->country != 0 && !(number->flags & NUMBER_FLAG(LEN));
    const char *country = chinese ? "+86" : "+";

    out[0] = '\0';
    if ((!chinese && !foreign_whole) || strlen(country) + number->ndigits > 16) /* 15 digits */
        return (struct str){out, 0};
    return (struct str){out, (size_t)snprintf(out, NUMBER_E164_SIZE, "%s%s", country, number->digits)};
}
