/* lists_file.h - lists as files of the rules folder: lists/NAME.csv, comma-separated (RFC 4180) with a header.
 *
 *   entry,expires,source,tier,note
 *   +8525*,2026-12-31,case 17,high,
 *
 * Only `entry` must be there. `expires`: a day (YYYY-MM-DD, included, in Asia/Shanghai), 14 digits or epoch
 * milliseconds (record/value.h), or nothing. `tier`: high, medium, low, or nothing. A file of a header alone
 * declares a list that is fed from elsewhere. */
#ifndef TELSIEVE_MATCH_LISTS_FILE_H
#define TELSIEVE_MATCH_LISTS_FILE_H

#include "core/err.h"
#include "match/lists.h"

/* The lists of a rules folder, with a number plan of their own; a folder without lists/ has none. NULL on problems. */
struct lists *lists_open(const char *dir, unsigned readers, struct err *err);

/* Read the folder's files again into the base layer: what is in them no more is removed. On problems, all of which
 * go to err, the good entries count all the same and nothing is removed. Returns 0 or -TS_E…. */
int lists_load(struct lists *lists, const char *dir, struct err *err);

/* As above; false: it is none. */
bool list_expires_read(struct str text, int64_t *ms);
bool list_tier_read(struct str text, enum tier *tier);

/* Is there lists/NAME.csv? */
bool lists_is_declared(const char *dir, struct str name);

#endif
