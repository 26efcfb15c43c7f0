/* json_quick.h - the usual JSON object read in one go: no list of tokens, each byte looked at once.
 *
 * Usual means: well-formed, names known or not, in any order, blanks between tokens but no other white space, no
 * escapes in names, no field twice. Of everything else it says nothing: json_reader.h reads that, and is the oracle for
 * what is said here. Only for CPUs with AVX2. Private to record/. */
#ifndef TELSIEVE_RECORD_JSON_QUICK_H
#define TELSIEVE_RECORD_JSON_QUICK_H

#include "record/intake.h"

#define JSON_LEARNED 63                             /* unknown names that are remembered */
#define JSON_INDICES (KEYS_MAX + 1 + JSON_LEARNED) /* a known name by its index in the feed, the start, a learned one */

/* Which two names came last behind one, and how long the string was that the first of them had. */
struct json_habit {
    uint8_t name[2];
    uint8_t length; /* its lowest byte */
};

/* What payloads taught: unknown names, and the habits of each name, a row for the object itself and for each nested
 * one. Starts as zeros; right for any feed, best for the last one. */
struct json_habits {
    struct json_name learned[JSON_LEARNED];
    struct json_habit next[1 + FEED_PARENTS][JSON_INDICES];
};

/* Whether this CPU can, and simdjson is not told to use a lesser one. */
bool json_quick_runs(void);

/* Read the object that begins at `p`, JSON_PADDING readable bytes behind the payload of which the first is 0. Returns
 * the byte behind its closing brace, with present, nulls, field and flags set as json_read would; or NULL when it is no
 * usual object: then nothing is known of it, and record and misfits hold nothing of use. */
const char *json_quick(struct intake *intake, const struct feed *feed, struct json_habits *habits, const char *p,
                       struct record *record, struct misfits *misfits);

#endif
