/* decoder.c - a payload cut into (sub-)records.
 *
 * The payload is copied once into a buffer with readable bytes behind it; everything else points into that. JSON: a
 * line that is a usual object (json_quick.h) is read at once; what follows is for all others. The first line decides.
 * When it is an object by itself and something follows, every line is a record. Otherwise the whole payload is tried
 * as one object, and only when it is none and some line looks like an object by itself, it is taken for lines of which
 * the first is bad. A line that is ill-formed is repaired by itself, so that its neighbours are not touched. What is
 * wrong with a payload as a whole is kept in `fault` and reported by the first decoder_next. */
#include "record/decoder.h"

#include "record/json_quick.h"
#include "record/json_reader.h"
#include "record/line.h"
#include "record/repair.h"
#include "record/row_reader.h"

#include <stdlib.h>

#define CACHE_LINE 64
#define PREFETCH_BYTES 1024 /* of a longer one the CPU fetches the rest as it is read */

enum mode {
    MODE_DONE,
    MODE_FAULT,  /* nothing but `fault` */
    MODE_JSON,   /* JSON, not yet looked at */
    MODE_LINES,  /* JSON, one object a line */
    MODE_ROWS,
};

struct decoder {
    struct intake intake;
    struct json_walker *walker;
    char *buf;
    size_t cap;        /* bytes of payload that fit */
    const struct feed *feed;
    bool quick;                /* json_quick.h runs here */
    struct json_habits habits; /* for it */
    enum mode mode;
    enum dead_letter_reason fault;
    struct str rest;   /* not yet read */
    struct str raw;    /* the (sub-)record last returned */
    uint32_t sub;      /* index of the next one */
    bool marked;       /* a byte-order mark was skipped: the next record is a repaired one */
    bool dirty;        /* some row has bytes to repair */
    struct columns columns;
    struct csv_row row;
};

static const struct str byte_order_mark = {"\xEF\xBB\xBF", 3};

struct decoder *decoder_new(const struct decode_limits *limits)
{
    struct decoder *decoder = calloc(1, sizeof(*decoder));

    if (decoder == NULL)
        return NULL;
    decoder->intake.limits = *limits;
    charset_init(&decoder->intake.charset);
    decoder->quick = json_quick_runs();
    return decoder;
}

void decoder_free(struct decoder **decoder)
{
    if (*decoder == NULL)
        return;
    charset_fini(&(*decoder)->intake.charset);
    if ((*decoder)->walker != NULL)
        json_walker_free(&(*decoder)->walker);
    free((*decoder)->intake.scratch.buf);
    free((*decoder)->buf);
    free(*decoder);
    *decoder = NULL;
}

/* Room for a payload of n bytes; doubled, so that a steady workload allocates nothing. */
static bool reserve(struct decoder *decoder, size_t n)
{
    size_t cap = decoder->cap > 0 ? decoder->cap : 4096;

    if (decoder->cap > 0 && n <= decoder->cap)
        return true;
    while (cap < n)
        cap *= 2;
    free(decoder->buf);
    if (decoder->walker != NULL)
        json_walker_free(&decoder->walker);
    decoder->buf = malloc(cap + JSON_PADDING);
    decoder->walker = json_walker_new(cap);
    decoder->cap = decoder->buf && decoder->walker ? cap : 0;
    return decoder->cap > 0;
}

static void begin_rows(struct decoder *decoder)
{
    const char *end = decoder->rest.p + decoder->rest.n;

    decoder->mode = MODE_ROWS;
    decoder->dirty = !repair_row_clean(decoder->rest);
    decoder->columns = decoder->feed->columns;
    if (!decoder->feed->header || decoder->rest.n == 0)
        return;
    csv_split(decoder->rest.p, end, decoder->feed->format == FEED_CSV ? ',' : '|', &decoder->row);
    row_read_header(&decoder->intake, decoder->feed, &decoder->row, &decoder->columns);
    decoder->rest = str_range(decoder->row.next, end);
}

static void begin_fault(struct decoder *decoder, enum dead_letter_reason reason)
{
    decoder->mode = MODE_FAULT;
    decoder->fault = reason;
}

/* What lies behind a payload is mostly the next one, in a batch of Kafka's as in lines of a file, and about as long: it
 * is in the cache by the time it is asked for. */
static void prefetch_next(struct str payload)
{
    for (size_t i = 0; i < payload.n && i < PREFETCH_BYTES; i += CACHE_LINE)
        __builtin_prefetch(payload.p + payload.n + i);
}

void decoder_begin(struct decoder *decoder, const struct feed *feed, struct str payload)
{
    decoder->feed = feed;
    decoder->sub = 0;
    decoder->marked = false;
    decoder->raw = (struct str){0};
    decoder->intake.scratch.used = 0;
    decoder->intake.scratch.payload_bytes = payload.n;
    if (payload.p == NULL) {
        begin_fault(decoder, REASON_NULL_PAYLOAD);
        return;
    }
    if (payload.n > decoder->intake.limits.max_payload_bytes) {
        begin_fault(decoder, REASON_TOO_LARGE);
        return;
    }
    if (!reserve(decoder, payload.n)) {
        begin_fault(decoder, REASON_INTERNAL);
        return;
    }
    memcpy(decoder->buf, payload.p, payload.n);
    memset(decoder->buf + payload.n, 0, JSON_PADDING);
    prefetch_next(payload);
    decoder->rest = decoder->raw = (struct str){decoder->buf, payload.n};
    if (str_starts(decoder->rest, byte_order_mark)) {
        decoder->marked = true;
        decoder->rest = str_range(decoder->rest.p + byte_order_mark.n, decoder->rest.p + decoder->rest.n);
    }
    if (feed->format == FEED_JSON)
        decoder->mode = MODE_JSON;
    else
        begin_rows(decoder);
}

static enum decode_result bad(struct decoder *decoder, struct decode_fault *fault, enum dead_letter_reason reason,
                              const char *field)
{
    *fault = (struct decode_fault){reason, field, decoder->sub++};
    decoder->marked = false;
    return DECODE_BAD;
}

/* The fields were read: what is left is the same for every format. */
static enum decode_result finish(struct decoder *decoder, const struct misfits *misfits, int twice,
                                 struct record *record, struct decode_fault *fault)
{
    enum dead_letter_reason reason;
    const char *field;

    if (twice >= 0)
        return bad(decoder, fault, REASON_DUPLICATE_KEY, record_fields[twice].name);
    reason = intake_finish(&decoder->intake, decoder->feed, misfits, record, &field);
    if (reason != REASON_NONE)
        return bad(decoder, fault, reason, field);
    if (decoder->marked)
        record->flags |= RECORD_REPAIRED;
    decoder->marked = false;
    record->sub = decoder->sub++;
    return DECODE_RECORD;
}

/* What came out of reading an object, as the result of decoder_next. */
static enum decode_result conclude(struct decoder *decoder, enum json_read read, const struct misfits *misfits,
                                   int twice, struct record *record, struct decode_fault *fault)
{
    switch (read) {
    case JSON_READ: return finish(decoder, misfits, twice, record, fault);
    case JSON_READ_BROKEN: return bad(decoder, fault, REASON_NOT_JSON, NULL);
    case JSON_READ_FAILED: break;
    }
    return bad(decoder, fault, REASON_INTERNAL, NULL);
}

static enum decode_result next_object(struct decoder *decoder, struct str text, struct record *record,
                                      struct decode_fault *fault)
{
    struct misfits misfits;
    int twice;
    enum json_read read = json_read(&decoder->intake, decoder->walker, decoder->feed, text, record, &misfits, &twice);

    if (read == JSON_READ_BROKEN)
        read = json_read_repaired(&decoder->intake, decoder->walker, decoder->feed, text, record, &misfits, &twice);
    return conclude(decoder, read, &misfits, twice, record, fault);
}

/* The next line when it is a usual object by itself, read in one go; `rest` and `raw` stay as they are otherwise. */
static bool read_quickly(struct decoder *decoder, struct record *record, struct misfits *misfits)
{
    const char *end = decoder->rest.p + decoder->rest.n, *p;
    size_t mark = decoder->intake.scratch.used;

    if (!decoder->quick)
        return false;
    p = json_quick(&decoder->intake, decoder->feed, &decoder->habits, decoder->rest.p, record, misfits);
    if (p == NULL)
        return false;
    p += p + 1 < end && p[0] == '\r';
    if (p < end && *p != '\n') {
        decoder->intake.scratch.used = mark;
        return false;
    }
    decoder->raw = str_range(decoder->rest.p, p);
    decoder->rest = str_range(p + (p < end), end);
    return true;
}

/* Several lines: one object over all of them, or a record each. */
static enum decode_result next_first(struct decoder *decoder, struct record *record, struct decode_fault *fault)
{
    struct str whole = decoder->rest;
    struct str line = line_take_filled(&decoder->rest);
    struct misfits misfits;
    int twice;
    enum json_read read = json_read(&decoder->intake, decoder->walker, decoder->feed, line, record, &misfits, &twice);

    decoder->mode = MODE_LINES;
    if (read != JSON_READ_BROKEN) {
        decoder->raw = line;
        return conclude(decoder, read, &misfits, twice, record, fault);
    }
    read = json_read(&decoder->intake, decoder->walker, decoder->feed, whole, record, &misfits, &twice);
    if (read == JSON_READ_BROKEN && line_any_object(whole)) {
        decoder->raw = line;
        return next_object(decoder, line, record, fault);
    }
    decoder->mode = MODE_DONE;
    if (read == JSON_READ_BROKEN)
        read = json_read_repaired(&decoder->intake, decoder->walker, decoder->feed, whole, record, &misfits, &twice);
    return conclude(decoder, read, &misfits, twice, record, fault);
}

/* A payload of JSON: most are one usual object and nothing more. */
static enum decode_result next_json(struct decoder *decoder, struct record *record, struct decode_fault *fault)
{
    struct str whole = decoder->raw, rest;
    struct misfits misfits;

    if (read_quickly(decoder, record, &misfits)) {
        decoder->mode = MODE_LINES;
        if (line_is_blank(decoder->rest)) {
            decoder->mode = MODE_DONE;
            decoder->raw = whole;
        }
        return finish(decoder, &misfits, -1, record, fault);
    }
    rest = decoder->rest;
    line_take_filled(&rest);
    if (!line_is_blank(rest))
        return next_first(decoder, record, fault);
    decoder->mode = MODE_DONE;
    return next_object(decoder, decoder->rest, record, fault);
}

/* True when as many records were returned as one payload may have; the rest is one bad record. */
static bool over_limit(const struct decoder *decoder)
{
    return decoder->sub >= decoder->intake.limits.max_records_per_payload;
}

static enum decode_result next_line(struct decoder *decoder, struct record *record, struct decode_fault *fault)
{
    struct str before = decoder->rest, line;
    struct misfits misfits;

    if (!over_limit(decoder) && read_quickly(decoder, record, &misfits))
        return finish(decoder, &misfits, -1, record, fault);
    line = line_take_filled(&decoder->rest);
    if (line.n == 0) {
        decoder->mode = MODE_DONE;
        return DECODE_END;
    }
    if (over_limit(decoder)) {
        decoder->mode = MODE_DONE;
        decoder->raw = before;
        return bad(decoder, fault, REASON_TOO_MANY, NULL);
    }
    decoder->raw = line;
    return next_object(decoder, line, record, fault);
}

/* Split the next row that is not empty; false at the end. */
static bool take_row(struct decoder *decoder, char separator)
{
    const char *end = decoder->rest.p + decoder->rest.n;

    do {
        if (decoder->rest.p == end)
            return false;
        csv_split(decoder->rest.p, end, separator, &decoder->row);
        decoder->rest = str_range(decoder->row.next, end);
    } while (line_is_blank(decoder->row.raw));
    decoder->raw = decoder->row.raw;
    return true;
}

/* Replace a row with ill-formed bytes by its repaired copy. Returns whether it was repaired. */
static bool repair_row_of(struct decoder *decoder, char separator)
{
    struct scratch *scratch = &decoder->intake.scratch;
    char *out;
    size_t n;

    if (!decoder->dirty || repair_row_clean(decoder->raw))
        return false;
    out = scratch_room(scratch, repair_max_bytes(decoder->raw.n));
    if (out == NULL)
        return false;
    repair_row(decoder->raw, out, &n);
    scratch_keep(scratch, n);
    csv_split(out, out + n, separator, &decoder->row);
    return true;
}

static enum decode_result next_row(struct decoder *decoder, struct record *record, struct decode_fault *fault)
{
    char separator = decoder->feed->format == FEED_CSV ? ',' : '|';
    struct str before = decoder->rest;
    struct misfits misfits;
    bool repaired;

    if (!take_row(decoder, separator)) {
        decoder->mode = MODE_DONE;
        return decoder->sub == 0 ? bad(decoder, fault, REASON_BAD_ROW, NULL) : DECODE_END;
    }
    if (over_limit(decoder)) {
        decoder->mode = MODE_DONE;
        decoder->raw = before;
        return bad(decoder, fault, REASON_TOO_MANY, NULL);
    }
    repaired = repair_row_of(decoder, separator);
    if (!row_read(&decoder->intake, &decoder->columns, &decoder->row, record, &misfits))
        return bad(decoder, fault, REASON_BAD_ROW, NULL);
    if (repaired)
        record->flags |= RECORD_REPAIRED;
    return finish(decoder, &misfits, decoder->columns.twice, record, fault);
}

enum decode_result decoder_next(struct decoder *decoder, struct record *record, struct decode_fault *fault)
{
    size_t mark = decoder->intake.scratch.used;
    enum decode_result result = DECODE_END;

    if (decoder->mode == MODE_DONE)
        return DECODE_END;
    switch (decoder->mode) {
    case MODE_DONE: break;
    case MODE_FAULT:
        decoder->mode = MODE_DONE;
        return bad(decoder, fault, decoder->fault, NULL);
    case MODE_JSON: result = next_json(decoder, record, fault); break;
    case MODE_LINES: result = next_line(decoder, record, fault); break;
    case MODE_ROWS: result = next_row(decoder, record, fault); break;
    }
    if (result == DECODE_BAD) /* nothing of it is lent out */
        decoder->intake.scratch.used = mark;
    return result;
}

struct str decoder_raw(const struct decoder *decoder)
{
    return decoder->raw;
}

const char *decoder_implementation(void)
{
    return json_walker_implementation();
}
