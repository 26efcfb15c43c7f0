/* scan_regex.h - the places of a regular expression in its field, one by one. The first is looked for once per record,
 * whoever asks. Private to scan.c. */
#ifndef TELSIEVE_MATCH_SCAN_REGEX_H
#define TELSIEVE_MATCH_SCAN_REGEX_H

#include "match/scan.h"

/* Lent for the record: whoever tells of it notes so there. */
struct regex_place *scan_regex_first(struct scan *scan, const struct phrase *phrase, const struct canon *canon);

/* The one behind. No match is empty. */
struct regex_place scan_regex_next(struct scan *scan, const struct phrase *phrase, const struct canon *canon,
                                   struct regex_place place);

bool scan_regex_disguised(const struct phrase *phrase, const struct canon *canon, struct regex_place place);

/* Of the place behind the last: 0, -TS_ENOMEM or -TS_EENGINE. */
int scan_regex_result(int rc);

#endif
