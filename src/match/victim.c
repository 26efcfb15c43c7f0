/* victim.c - two numbers written differently are one victim when they are one number. */
#include "match/victim.h"

#include <xxhash.h>

uint64_t victim_hash(const struct subject *subject, const struct rule *rule, uint64_t key)
{
    const struct number *number = rule->victim_is_caller ? &subject->caller : &subject->callee;
    enum record_field field = rule->victim_is_caller ? FIELD_CALLING : FIELD_CALLED;
    char text[NUMBER_E164_SIZE];
    struct str e164 = number_e164(number, text);

    if (e164.n == 0)
        e164 = record_str(subject->record, field);
    return XXH3_64bits_withSeed(e164.n > 0 ? e164.p : "", e164.n, key);
}

bool victim_in_share(const struct subject *subject, const struct rule *rule)
{
    uint64_t key = XXH3_64bits(rule->id, strlen(rule->id));

    return (double)(victim_hash(subject, rule, key) >> 11) * 0x1p-53 < rule->share;
}
