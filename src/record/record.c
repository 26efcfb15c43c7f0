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

static const struct str ingress_words[] = {
    [INGRESS_UNKNOWN] = {"unknown", 7}, [INGRESS_ONNET] = {"onnet", 5}, [INGRESS_INTERCONNECT] = {"interconnect", 12},
    [INGRESS_INTL] = {"intl", 4},       [INGRESS_VOIP] = {"voip", 4},
};

enum ingress ingress_parse(struct str word)
{
    for (int i = INGRESS_ONNET; i <= INGRESS_VOIP; i++)
        if (str_eq(word, ingress_words[i]))
            return (enum ingress)i;
    return INGRESS_UNKNOWN;
}

const char *ingress_name(enum ingress ingress)
{
    return ingress_words[ingress].p;
}
