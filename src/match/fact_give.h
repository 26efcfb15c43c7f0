/* fact_give.h - how an answer is given, and the facts of a record's own fields. Private to the fact files. */
#ifndef TELSIEVE_MATCH_FACT_GIVE_H
#define TELSIEVE_MATCH_FACT_GIVE_H

#include "match/fact.h"

static inline bool fact_is_given(const struct record *record, enum record_field field)
{
    return ((record->present | record->nulls) & FIELD_BIT(field)) != 0;
}

static inline bool fact_give_bool(struct fact_value *out, bool value)
{
    out->b = value;
    return true;
}

static inline bool fact_give_num(struct fact_value *out, double value)
{
    out->num = value;
    return true;
}

static inline bool fact_give_word(struct fact_value *out, const char *word)
{
    out->word = str_of(word);
    return true;
}

/* Facts before FACT_TEXT_LENGTH: of the record, its parties, the call. As fact_get. */
bool fact_of_fields(const struct subject *subject, enum fact fact, struct fact_value *out);

#endif
