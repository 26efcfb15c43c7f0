/* intake.h - from the fields that were read to a record that can be judged: what is required, and which text it has.
 *
 * Threads: an intake belongs to one decoder. Private to record/. */
#ifndef TELSIEVE_RECORD_INTAKE_H
#define TELSIEVE_RECORD_INTAKE_H

#include "record/charset.h"
#include "record/feed.h"

/* Memory for what must be rewritten (escapes, user data, repaired lines). It never moves while a payload is read, so
 * that spans stay good: its size is a bound of what the payload can need, and it is taken at the first need. */
struct scratch {
    char *buf;
    size_t used, cap;
    size_t payload_bytes;
};

/* Room for `n` bytes, or NULL. They are the caller's once kept: scratch_keep. */
char *scratch_room(struct scratch *scratch, size_t n);
void scratch_keep(struct scratch *scratch, size_t n);

struct intake {
    struct decode_limits limits;
    struct scratch scratch;
    struct charset charset;
};

/* Fields that had a value that does not fit, beside record.present and record.nulls. */
struct misfits {
    uint64_t mistyped;
    uint64_t bad_times; /* a number or string that is no time */
};

/* `text` (a string, or the digits of a number) as the value of field `f`, by its type; or a misfit. */
void field_take(struct record *record, struct misfits *misfits, int f, struct str text);

/* Fields that every record has; `calling` may be null. */
#define INTAKE_REQUIRED                                                                                       \
    (FIELD_BIT(FIELD_V) | FIELD_BIT(FIELD_KIND) | FIELD_BIT(FIELD_ID) | FIELD_BIT(FIELD_TS) |                 \
     FIELD_BIT(FIELD_CALLING) | FIELD_BIT(FIELD_CALLED))

/* Add the constants of the feed, check what is required, set kind, ingress and text. Returns REASON_NONE, or why not
 * and in *field (may be NULL) where. */
enum dead_letter_reason intake_finish(struct intake *intake, const struct feed *feed, const struct misfits *misfits,
                                      struct record *record, const char **field);

#endif
