/* number_lead.c - asks the classifier itself, once for all numbers that differ only in digits no table looks at. */
#include "record/number_plan.h"

#define MOBILE_DIGITS 11

static struct number classify(const struct number_plan *plan, const char *digits, size_t n, bool is_call)
{
    const struct number_context context = {.ingress = INGRESS_UNKNOWN, .is_call = is_call, .ton = -1};
    struct number number;

    number_classify(plan, (struct str){digits, n}, &context, &number);
    return number;
}

/* What the classifier itself says of "1abc" and zeros, `n` digits in all. */
static struct number_lead ask(const struct number_plan *plan, const char *digits, size_t n)
{
    struct number number = classify(plan, digits, n, false), calls = classify(plan, digits, n, true);
    bool mobile = number.kind >= NUMBER_MOBILE && number.kind <= NUMBER_SATELLITE;

    if ((!mobile && number.kind != NUMBER_S106) || number.flags != 0 || calls.kind != number.kind ||
        calls.trust != number.trust)
        return (struct number_lead){0};
    return (struct number_lead){.kind = (unsigned char)number.kind, .trust = (unsigned char)number.trust,
                                .least = (unsigned char)n, .most = (unsigned char)n, .flags_of_call = calls.flags};
}

static bool is_same(const struct number_lead *a, const struct number_lead *b)
{
    return a->kind == b->kind && a->trust == b->trust && a->flags_of_call == b->flags_of_call;
}

/* Is the number of 11 digits the same behind 86? */
static bool is_same_with_86(const struct number_plan *plan, const char *digits, const struct number_lead *lead)
{
    char behind[] = "86xxxxxxxxxxx";
    struct number number;

    if (lead->least > MOBILE_DIGITS || lead->most < MOBILE_DIGITS)
        return false;
    memcpy(behind + 2, digits, MOBILE_DIGITS);
    number = classify(plan, behind, 2 + MOBILE_DIGITS, true);
    return number.kind == (enum number_kind)lead->kind && number.trust == (enum number_trust)lead->trust &&
           number.flags == (NUMBER_FLAG(CC86) | lead->flags_of_call);
}

/* The longest run of lengths that are alike. */
static struct number_lead find_lead(const struct number_plan *plan, const char *digits)
{
    struct number_lead best = {0}, run = {0};

    for (size_t n = DIGITS_PLAIN_MIN; n <= DIGITS_PLAIN_MAX; n++) {
        struct number_lead lead = ask(plan, digits, n);
        if (run.most == 0 || !is_same(&run, &lead))
            run = lead;
        run.most = lead.most;
        if (run.most != 0 && (best.most == 0 || run.most - run.least > best.most - best.least))
            best = run;
    }
    best.with_86 = is_same_with_86(plan, digits, &best);
    return best;
}

void number_leads_find(struct number_plan *plan)
{
    for (unsigned i = 0; i < 1000; i++) {
        char digits[DIGITS_PLAIN_MAX], area[] = "01xxx", with_86[] = "861xxx";

        memset(digits, '0', sizeof(digits));
        digits[0] = '1';
        for (unsigned k = 0, power = 100; k < 3; k++, power /= 10)
            digits[1 + k] = area[2 + k] = with_86[3 + k] = (char)('0' + i / power % 10);
        if (digits_settled(&plan->national, with_86, 6) && digits_settled(&plan->national, digits, 4) &&
            digits_settled(&plan->calling, with_86, 6) && digits_settled(&plan->calling, digits, 4) &&
            digits_settled(&plan->areas, area, 5) && digits_settled(&plan->dno, digits, 4))
            plan->leads[i] = find_lead(plan, digits);
    }
}
