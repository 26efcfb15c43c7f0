/* feed.h - inside of a struct feed (decoder.h tells how one is made): what a carrier's names and columns mean.
 *
 * Threads: immutable once made. Private to record/. */
#ifndef TELSIEVE_RECORD_FEED_H
#define TELSIEVE_RECORD_FEED_H

#include "record/decoder.h"
#include "record/json_name.h"

#define FEED_PARENTS 4   /* nested JSON objects that hold fields, such as concat */
#define FEED_COLUMNS 256 /* columns of a row that can be mapped; later ones are skipped */
#define FEED_NO_FIELD 0xFF

struct columns {
    uint8_t field[FEED_COLUMNS]; /* enum record_field or FEED_NO_FIELD */
    size_t need;                 /* columns that a row must have */
    int twice;                   /* a field that two columns claim, or -1 */
};

struct feed {
    enum feed_format format;
    bool header;
    struct keys keys;                   /* names at the top level, or of columns */
    struct keys parents[FEED_PARENTS];  /* names inside nested objects */
    struct str parent_names[FEED_PARENTS];
    size_t nparents;
    struct json_names json_names[1 + FEED_PARENTS]; /* of keys, then of parents */
    struct columns columns;             /* by number or by the `columns` array; names of a header are added to it */
    uint64_t constants, constant_nulls; /* masks of fields */
    union field_value constant[RECORD_NFIELDS];
    json_t *spec;                       /* keeps the names and constants alive */
    char *numbers;                      /* digits of constants that were given as numbers */
};

/* Column `index` (from 0) has this name. Names that mean nothing, and columns mapped already, are skipped. */
void columns_add(struct columns *columns, const struct feed *feed, size_t index, struct str name);

#endif
