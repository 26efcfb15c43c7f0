/* intake.c - required fields in the order of the table, then the text: as it stands, from user data and coding, or
 * from a call's transcript. */
#include "record/intake.h"

#include "core/utf8.h"
#include "record/base64.h"
#include "record/value.h"

#include <stdlib.h>

char *scratch_room(struct scratch *scratch, size_t n)
{
    if (scratch->used == 0) {
        /* a repaired text is at most 3 times the payload and its padding, unescaping it 3 times, an escaped key
         * (given back at once) 3 times, user data and its text 5 times */
        size_t bound = 16 * scratch->payload_bytes + 4096;
        if (scratch->cap < bound) {
            free(scratch->buf);
            scratch->buf = malloc(bound);
            scratch->cap = scratch->buf ? bound : 0;
        }
    }
    return n <= scratch->cap - scratch->used ? scratch->buf + scratch->used : NULL;
}

void scratch_keep(struct scratch *scratch, size_t n)
{
    scratch->used += n;
}

void field_take(struct record *record, struct misfits *misfits, int f, struct str text)
{
    union field_value *value = &record->field[f];

    switch (record_fields[f].type) {
    case FIELD_TYPE_STR: value->s = text; break;
    case FIELD_TYPE_INT:
        if (!value_integer(text, &value->i)) {
            misfits->mistyped |= FIELD_BIT(f);
            return;
        }
        break;
    case FIELD_TYPE_TIME:
        if (!value_time(text, &value->i)) {
            misfits->bad_times |= FIELD_BIT(f);
            return;
        }
        break;
    }
    record->present |= FIELD_BIT(f);
}

static void add_constants(const struct feed *feed, struct record *record)
{
    for (uint64_t left = feed->constants; left != 0; left &= left - 1) {
        int f = __builtin_ctzll(left);
        record->field[f] = feed->constant[f];
    }
    record->present |= feed->constants;
    record->nulls |= feed->constant_nulls;
}

static enum dead_letter_reason check_required(const struct misfits *misfits, const struct record *record,
                                              const char **field)
{
    uint64_t have = record->present | (record->nulls & FIELD_BIT(FIELD_CALLING));
    uint64_t lacking = INTAKE_REQUIRED & ~have;
    uint64_t bit;

    if (lacking == 0)
        return REASON_NONE;
    bit = lacking & -lacking;
    *field = record_fields[__builtin_ctzll(lacking)].name;
    if (misfits->bad_times & bit)
        return REASON_BAD_TIME;
    return (misfits->mistyped | record->nulls) & bit ? REASON_BAD_TYPE : REASON_MISSING_FIELD;
}

static bool set_kind(struct record *record)
{
    struct str kind = record->field[FIELD_KIND].s;

    record->kind = kind.n == 4 ? RECORD_CALL : RECORD_SMS;
    return (kind.n == 3 && memcmp(kind.p, "sms", 3) == 0) || (kind.n == 4 && memcmp(kind.p, "call", 4) == 0);
}

static void set_integer(struct record *record, enum record_field field, int64_t value)
{
    if (record_has(record, field))
        return;
    record->field[field].i = value;
    record->present |= FIELD_BIT(field);
}

/* The concatenation element of a user data header, 8 or 16 bit reference (3GPP TS 23.040 sections 9.2.3.24.1, .8). */
static void read_concat(struct record *record, struct str udh)
{
    const unsigned char *p = (const unsigned char *)udh.p;

    for (size_t i = 1; i + 2 <= udh.n && i + 2 + p[i + 1] <= udh.n; i += 2u + p[i + 1]) {
        const unsigned char *value = p + i + 2;
        bool wide = p[i] == 8 && p[i + 1] == 4;
        if (!wide && !(p[i] == 0 && p[i + 1] == 3))
            continue;
        set_integer(record, FIELD_CONCAT_REF, wide ? value[0] << 8 | value[1] : value[0]);
        set_integer(record, FIELD_CONCAT_REF_BITS, wide ? 16 : 8);
        set_integer(record, FIELD_CONCAT_TOTAL, value[1 + wide]);
        set_integer(record, FIELD_CONCAT_SEQ, value[2 + wide]);
        return;
    }
}

/* Decode a base64 field into scratch that is not kept; {NULL, 0} when it is absent or not base64. */
static struct str read_base64(struct scratch *scratch, const struct record *record, enum record_field field)
{
    struct str in = record_str(record, field);
    char *out = in.p ? scratch_room(scratch, base64_max_bytes(in.n)) : NULL;
    size_t n;

    return out && base64_decode(in, out, &n) == 0 ? (struct str){out, n} : (struct str){0};
}

static void text_from_user_data(struct intake *intake, struct record *record)
{
    struct str udh = read_base64(&intake->scratch, record, FIELD_UDH_B64);
    enum charset_result result = CHARSET_NO_TEXT;
    struct str ud;
    char *out;
    size_t n = 0;

    read_concat(record, udh);
    if (!record_has(record, FIELD_UD_B64))
        return;
    ud = read_base64(&intake->scratch, record, FIELD_UD_B64);
    scratch_keep(&intake->scratch, ud.n);
    out = scratch_room(&intake->scratch, charset_max_bytes(ud.n));
    if (ud.p != NULL && out != NULL && record_has(record, FIELD_DCS))
        result = charset_decode(&intake->charset, record->field[FIELD_DCS].i, udh.n, ud, out, &n);
    if (result == CHARSET_NO_TEXT) {
        record->flags |= RECORD_UNDECODABLE;
        return;
    }
    scratch_keep(&intake->scratch, n);
    record->text = (struct str){out, n};
    record->has_text = true;
    if (result == CHARSET_REPAIRED)
        record->flags |= RECORD_REPAIRED;
}

static void set_text(struct intake *intake, struct record *record)
{
    enum record_field source = record->kind == RECORD_CALL ? FIELD_ASR_TEXT : FIELD_TEXT;
    size_t keep;

    record->has_text = record_has(record, source);
    record->text = record_str(record, source);
    if (record->kind == RECORD_SMS && !record->has_text)
        text_from_user_data(intake, record);
    if (record_has(record, FIELD_CONCAT_TOTAL) && record->field[FIELD_CONCAT_TOTAL].i > 1)
        record->flags |= RECORD_INCOMPLETE;
    if (record->text.n <= intake->limits.max_text_chars)
        return;
    keep = utf8_prefix(record->text, intake->limits.max_text_chars);
    if (keep < record->text.n) {
        record->text.n = keep;
        record->flags |= RECORD_TRUNCATED;
    }
}

enum dead_letter_reason intake_finish(struct intake *intake, const struct feed *feed, const struct misfits *misfits,
                                      struct record *record, const char **field)
{
    enum dead_letter_reason reason;

    *field = NULL;
    if (feed->constants | feed->constant_nulls)
        add_constants(feed, record);
    reason = check_required(misfits, record, field);
    if (reason != REASON_NONE)
        return reason;
    if (record->field[FIELD_V].i != 1) {
        *field = record_fields[FIELD_V].name;
        return REASON_BAD_VERSION;
    }
    if (!set_kind(record)) {
        *field = record_fields[FIELD_KIND].name;
        return REASON_UNKNOWN_KIND;
    }
    if (misfits->mistyped | misfits->bad_times)
        record->flags |= RECORD_MISTYPED;
    record->ingress = record_has(record, FIELD_INGRESS) ? ingress_parse(record->field[FIELD_INGRESS].s)
                                                         : INGRESS_UNKNOWN;
    set_text(intake, record);
    return REASON_NONE;
}
