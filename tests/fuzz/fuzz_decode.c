/* Any bytes as a JSON payload. Held true: every payload gives at least one outcome; outcomes are numbered; what a
 * record lends is readable and well-formed; a record alone is the same record; what jansson takes for an object is no
 * broken JSON here. */
#include "core/utf8.h"
#include "record/decoder.h"

#include <stdlib.h>

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool is_well_formed(struct str s)
{
    return s.n == 0 || utf8_valid(s);
}

static void check_spans(const struct record *record)
{
    for (int f = 0; f < RECORD_NFIELDS; f++)
        if (record_fields[f].type == FIELD_TYPE_STR)
            must(is_well_formed(record_str(record, (enum record_field)f)));
    must(is_well_formed(record->text));
    must(utf8_count(record->text) <= 16);
    must((record->present & record->nulls) == 0);
    must(record_has(record, FIELD_ID) && record_has(record, FIELD_TS) && record_has(record, FIELD_CALLED));
}

static void check_same(const struct record *a, const struct record *b)
{
    must(a->present == b->present && a->nulls == b->nulls && a->kind == b->kind);
    must((a->flags | RECORD_REPAIRED) == (b->flags | RECORD_REPAIRED) && str_eq(a->text, b->text));
    for (int f = 0; f < RECORD_NFIELDS; f++)
        if (record_has(a, (enum record_field)f))
            must(record_fields[f].type == FIELD_TYPE_STR ? str_eq(a->field[f].s, b->field[f].s)
                                                         : a->field[f].i == b->field[f].i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct decoder *decoder, *alone; /* kept as a worker keeps its own: no payload may reach into the next */
    static struct feed *feed;
    struct record record, again;
    struct decode_fault fault, fault_again;
    enum decode_result result;
    uint32_t sub = 0;
    json_t *root = json_loadb((const char *)data, size, JSON_ALLOW_NUL, NULL);

    if (decoder == NULL) {
        struct decode_limits limits = {1u << 20, 16, 50};
        struct err err;
        err_init(&err);
        decoder = decoder_new(&limits);
        alone = decoder_new(&limits);
        feed = feed_new(NULL, "feed", &err);
    }
    decoder_begin(decoder, feed, (struct str){(const char *)data, size});
    while ((result = decoder_next(decoder, &record, &fault)) != DECODE_END) {
        struct str raw = decoder_raw(decoder);
        must((result == DECODE_RECORD ? record.sub : fault.sub) == sub++);
        must(sub <= 51);
        must(root == NULL || !json_is_object(root) || result == DECODE_RECORD || fault.reason != REASON_NOT_JSON);
        if (result != DECODE_RECORD)
            continue;
        check_spans(&record);
        decoder_begin(alone, feed, raw);
        must(decoder_next(alone, &again, &fault_again) == DECODE_RECORD);
        check_same(&record, &again);
    }
    must(sub > 0);
    json_decref(root);
    return 0;
}
