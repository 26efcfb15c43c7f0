/* fact_signal.c - where the bits of each fact begin; a word's bit follows the order of its enumeration. */
#include "match/fact_signal.h"

enum {
    AT_RECORD_KIND = 0,
    AT_INGRESS = AT_RECORD_KIND + 3,
    AT_CALLER_KIND = AT_INGRESS + 5,
    AT_CALLER_TRUST = AT_CALLER_KIND + 1 + NUMBER_KIND_COUNT,
    AT_CALLER_INTERNATIONAL = AT_CALLER_TRUST + 1 + TRUST_OTHER + 1,
    AT_CALLEE_INTERNATIONAL = AT_CALLER_INTERNATIONAL + 2,
    AT_TEXT_ASR = AT_CALLEE_INTERNATIONAL + 2,
    AT_TEXT_SIGNATURE = AT_TEXT_ASR + 2,
    AT_TEXT_DISGUISE = AT_TEXT_SIGNATURE + 2,
    AT_URLS = AT_TEXT_DISGUISE + 2,
    AT_CALLER_UNLISTED = AT_URLS + 2,
    AT_CALLEE_UNLISTED,
    AT_END,
};
_Static_assert(AT_END <= 64, "signals are bits of a word");

#define BIT(n) (UINT64_C(1) << (n))

uint64_t fact_signals_of_record(const struct subject *subject)
{
    const struct record *record = subject->record;
    const struct number *caller = &subject->caller;
    uint64_t given = record->present | record->nulls;
    bool calling = (given & FIELD_BIT(FIELD_CALLING)) != 0, called = (given & FIELD_BIT(FIELD_CALLED)) != 0;
    bool call = record->kind == RECORD_CALL;

    return BIT(AT_RECORD_KIND + 1 + (call ? 1 : 0)) | BIT(AT_INGRESS + (unsigned)record->ingress) |
           BIT(AT_CALLER_KIND + (calling ? 1 + (unsigned)caller->kind : 0)) |
           BIT(AT_CALLER_TRUST + (calling ? 1 + (unsigned)caller->trust : 0)) |
           BIT(AT_CALLER_INTERNATIONAL + (calling && caller->international)) |
           BIT(AT_CALLEE_INTERNATIONAL + (called && subject->callee.international)) |
           BIT(AT_TEXT_ASR + (record->has_text && call));
}

uint64_t fact_signals(const struct subject *subject)
{
    const struct canon *canon = subject->canon;
    bool signature = canon->end[CANON_SIGNATURE] > canon->start[CANON_SIGNATURE];

    return fact_signals_of_record(subject) | BIT(AT_TEXT_SIGNATURE + (subject->record->has_text && signature)) |
           BIT(AT_TEXT_DISGUISE + (canon->changed > 0 || subject->put_right));
}

uint64_t fact_signals_of_urls(struct subject *subject)
{
    return BIT(AT_URLS + (subject->record->has_text && subject_may_have_url(subject)));
}

uint64_t fact_signals_of_lists(struct subject *subject, const struct list_question *questions, size_t n)
{
    bool caller = false, callee = false;

    for (size_t i = 0; i < n; i++) {
        bool *listed = questions[i].what == LISTABLE_CALLER ? &caller : &callee;
        *listed = *listed || subject_listed(subject, questions[i]) == TRI_TRUE;
    }
    return (caller ? 0 : BIT(AT_CALLER_UNLISTED)) | (callee ? 0 : BIT(AT_CALLEE_UNLISTED));
}

uint64_t fact_signals_of_kind(enum record_kind kind)
{
    return kind == RECORD_CALL ? BIT(AT_RECORD_KIND + 2) : BIT(AT_RECORD_KIND + 1) | BIT(AT_TEXT_ASR);
}

uint64_t fact_against_truth(enum fact fact, bool want)
{
    unsigned at;

    switch (fact) {
    case FACT_CALLER_INTERNATIONAL: at = AT_CALLER_INTERNATIONAL; break;
    case FACT_CALLEE_INTERNATIONAL: at = AT_CALLEE_INTERNATIONAL; break;
    case FACT_TEXT_ASR: at = AT_TEXT_ASR; break;
    case FACT_TEXT_SIGNATURE: at = AT_TEXT_SIGNATURE; break;
    case FACT_TEXT_URL:
    case FACT_URL_OFFICIAL:
    case FACT_URL_SHORTENER:
    case FACT_URL_IPHOST:
    case FACT_URL_LOOKALIKE:
    case FACT_CLAIM_URL_MISMATCH: return want ? BIT(AT_URLS) : 0;
    default: return 0;
    }
    return BIT(want ? at : at + 1);
}

uint64_t fact_against_zero(enum fact fact)
{
    return fact == FACT_TEXT_DISGUISE ? BIT(AT_TEXT_DISGUISE) : 0;
}

uint64_t fact_against_listed(enum listable what, bool want)
{
    if (!want)
        return 0;
    switch (what) {
    case LISTABLE_CALLER: return BIT(AT_CALLER_UNLISTED);
    case LISTABLE_CALLEE: return BIT(AT_CALLEE_UNLISTED);
    case LISTABLE_URL: return BIT(AT_URLS);
    default: return 0;
    }
}

static const char *word_name(enum fact fact, unsigned value)
{
    switch (fact) {
    case FACT_RECORD_KIND: return value == RECORD_CALL ? "call" : "sms";
    case FACT_RECORD_INGRESS: return ingress_name((enum ingress)(value + 1));
    case FACT_CALLER_KIND: return number_kind_name((enum number_kind)value);
    default: return number_trust_name((enum number_trust)value);
    }
}

static bool is_among(const char *word, const struct str *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eqz(words[i], word))
            return true;
    return false;
}

uint64_t fact_against_words(enum fact fact, const struct str *words, size_t n, bool is)
{
    unsigned at, nvalues;
    uint64_t against;

    switch (fact) {
    case FACT_RECORD_KIND: at = AT_RECORD_KIND; nvalues = 2; break;
    case FACT_RECORD_INGRESS: at = AT_INGRESS; nvalues = 4; break;
    case FACT_CALLER_KIND: at = AT_CALLER_KIND; nvalues = NUMBER_KIND_COUNT; break;
    case FACT_CALLER_TRUST: at = AT_CALLER_TRUST; nvalues = TRUST_OTHER + 1; break;
    default: return 0;
    }
    against = BIT(at); /* unknown is neither */
    for (unsigned value = 0; value < nvalues; value++)
        if (is_among(word_name(fact, value), words, n) != is)
            against |= BIT(at + 1 + value);
    return against;
}
