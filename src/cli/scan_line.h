/* scan_line.h - one line of `telsieve scan` output: a warning, or with --all the verdict on any record. */
#ifndef TELSIEVE_CLI_SCAN_LINE_H
#define TELSIEVE_CLI_SCAN_LINE_H

#include "match/session.h"

#include <stdio.h>

/* Write the line for a result to `out`; nothing for a record without a warning unless `all`. Returns 0 or
 * -TS_ENOMEM. */
int scan_line_write(struct session *session, const struct session_result *result, const struct alert_source *source,
                    bool all, FILE *out);

#endif
