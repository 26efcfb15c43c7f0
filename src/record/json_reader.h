/* json_reader.h - one JSON object to the fields of a record. Private to record/. */
#ifndef TELSIEVE_RECORD_JSON_READER_H
#define TELSIEVE_RECORD_JSON_READER_H

#include "record/decode_simdjson.h"
#include "record/intake.h"

enum json_read {
    JSON_READ,        /* an object: present, nulls, field and *twice are set; RECORD_REPAIRED perhaps */
    JSON_READ_BROKEN, /* not an object, or its known fields are ill-formed */
    JSON_READ_FAILED, /* out of memory */
};

/* Read the object `text`, JSON_PADDING readable bytes behind it. *twice: a field that occurred twice, or -1. */
enum json_read json_read(struct intake *intake, struct json_walker *walker, const struct feed *feed, struct str text,
                         struct record *record, struct misfits *misfits, int *twice);

/* The same after repair (repair.h); JSON_READ_BROKEN also when there is nothing to repair. */
enum json_read json_read_repaired(struct intake *intake, struct json_walker *walker, const struct feed *feed,
                                  struct str text, struct record *record, struct misfits *misfits, int *twice);

#endif
