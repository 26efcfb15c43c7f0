/* evidence_page.h - the evidence of each rule (match/evidence.h) as /rules and /metrics show it. Any thread. */
#ifndef TELSIEVE_DAEMON_EVIDENCE_PAGE_H
#define TELSIEVE_DAEMON_EVIDENCE_PAGE_H

#include "match/evidence.h"
#include "match/store.h"

#include <jansson.h>
#include <stdio.h>

/* {"since", "judged", "hits", …} */
json_t *evidence_json(const struct evidence_figures *figures);

/* Of the rules of the active rule set that are not off. */
void evidence_write_metrics(struct store *store, FILE *out);

/* "rate", "share"; NULL for none. */
const char *demotion_name(enum demotion demotion);

#endif
