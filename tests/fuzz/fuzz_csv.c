/* Any bytes as rows; the first one picks the feed: h CSV with a header, p lines with bars, else CSV by columns. Held
 * true: every payload gives at least one outcome; outcomes are numbered; what a record lends is readable and
 * well-formed; rows are taken in order and from the payload. */
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

static struct feed *feed_of(char kind)
{
    static const char header[] = "{\"format\":\"csv\",\"header\":true,\"const\":{\"v\":1}}";
    static const char bars[] = "{\"format\":\"psv\",\"const\":{\"v\":1,\"kind\":\"sms\"},"
                               "\"fields\":{\"id\":1,\"ts\":2,\"calling\":3,\"called\":4,\"text\":6}}";
    static const char columns[] = "{\"format\":\"csv\",\"const\":{\"v\":1},\"columns\":[\"kind\",\"id\",\"ts\","
                                  "\"calling\",\"called\",\"text\",\"ud_b64\",\"dcs\",\"udh_b64\"]}";
    json_t *spec = json_loads(kind == 'h' ? header : kind == 'p' ? bars : columns, 0, NULL);
    struct err err;
    struct feed *feed;

    err_init(&err);
    feed = feed_new(spec, "feed", &err);
    must(feed != NULL);
    json_decref(spec);
    return feed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct decoder *decoder; /* kept as a worker keeps its own: no payload may reach into the next */
    static struct feed *feeds[3];
    struct feed *feed;
    struct str payload = {(const char *)data, size};
    const char *last = NULL;
    struct record record;
    struct decode_fault fault;
    enum decode_result result;
    uint32_t sub = 0;

    if (decoder == NULL) {
        struct decode_limits limits = {1u << 20, 16, 50};
        decoder = decoder_new(&limits);
        for (int i = 0; i < 3; i++)
            feeds[i] = feed_of("hpc"[i]);
    }
    feed = feeds[size == 0 ? 2 : data[0] == 'h' ? 0 : data[0] == 'p' ? 1 : 2];
    if (size > 0)
        payload = (struct str){payload.p + 1, size - 1};
    decoder_begin(decoder, feed, payload);
    while ((result = decoder_next(decoder, &record, &fault)) != DECODE_END) {
        struct str raw = decoder_raw(decoder);
        must((result == DECODE_RECORD ? record.sub : fault.sub) == sub++);
        must(sub <= 51);
        must(payload.n == 0 || memmem(payload.p, payload.n, raw.p, raw.n) != NULL);
        must(last == NULL || raw.p > last);
        last = result == DECODE_RECORD ? raw.p : last;
        if (result != DECODE_RECORD)
            continue;
        for (int f = 0; f < RECORD_NFIELDS; f++)
            if (record_fields[f].type == FIELD_TYPE_STR)
                must(is_well_formed(record_str(&record, (enum record_field)f)));
        must(is_well_formed(record.text) && utf8_count(record.text) <= 16);
        must((record.present & record.nulls) == 0 && record_has(&record, FIELD_CALLED));
    }
    must(sub > 0);
    return 0;
}
