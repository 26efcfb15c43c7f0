/* record.c - the table of fields as data, and the words of `ingress`. */
#include "record/record.h"

#define X(name, key, type) [FIELD_##name] = {key, FIELD_TYPE_##type},
const struct field_def record_fields[RECORD_NFIELDS] = {RECORD_FIELDS(X)};
#undef X

_Static_assert(RECORD_NFIELDS <= 64, "fields are bits of a 64-bit mask");

int record_field_find(struct str name)
{
    for (int f = 0; f < RECORD_NFIELDS; f++)
        if (str_eqz(name, record_fields[f].name))
            return f;
    return -1;
}

#define INGRESS_WORDS(X)                                                                                      \
    X(ONNET, "onnet")                                                                                         \
    X(INTERCONNECT, "interconnect")                                                                           \
    X(INTL, "intl")                                                                                           \
    X(VOIP, "voip")

enum ingress ingress_parse(struct str word)
{
#define X(name, text)                                                                                         \
    if (word.n == sizeof(text) - 1 && memcmp(word.p, text, sizeof(text) - 1) == 0)                            \
        return INGRESS_##name;
    INGRESS_WORDS(X)
#undef X
    return INGRESS_UNKNOWN;
}

const char *ingress_name(enum ingress ingress)
{
#define X(name, text) [INGRESS_##name] = text,
    static const char *const words[] = {[INGRESS_UNKNOWN] = "unknown", INGRESS_WORDS(X)};
#undef X

    return words[ingress];
}
