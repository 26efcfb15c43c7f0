/* show.h - one warning for a person's eyes: columns and a colour on a terminal, the JSON line itself otherwise. */
#ifndef TELSIEVE_CLI_SHOW_H
#define TELSIEVE_CLI_SHOW_H

#include "cli/tally.h"

/* Write the warning `json` to out, counting it in `tally` (may be NULL). `width` 0: the JSON line; else the columns of
 * the terminal: time, tier, family, type, suspect and victim (masked), rules, and as much of the excerpt as fits. */
void show_warning(FILE *out, struct str json, int width, struct tally *tally);

/* The text, cut or filled up to `columns` of a terminal (Han characters take two), and a space. */
void show_padded(FILE *out, const char *text, int columns);

/* Columns of the terminal behind a descriptor, 0 when it is none. */
int show_width(int fd);

#endif
