/* show.h - one warning for a person's eyes: columns and a colour on a terminal, the JSON line itself otherwise. */
#ifndef TELSIEVE_CLI_SHOW_H
#define TELSIEVE_CLI_SHOW_H

#include "cli/tally.h"

/* Write the warning `json` to out, counting it in `tally` (may be NULL). With `columns`: time, tier, family, type,
 * suspect and victim (masked), the excerpt, the rules. */
void show_warning(FILE *out, struct str json, bool columns, struct tally *tally);

#endif
