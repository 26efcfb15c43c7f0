/* library_diff.h - what is different between two versions of a library: sets phrase by phrase, rules key by key. What
 * stands in another order is no difference. */
#ifndef TELSIEVE_CLI_LIBRARY_DIFF_H
#define TELSIEVE_CLI_LIBRARY_DIFF_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* {"library", "before": VERSION, "after": VERSION, "sets": [CHANGE…], "conditions": […], "rules": […], "keys": [KEY…]}
 *   CHANGE: {"name", "change": "added" | "removed" | "changed", "keys": [KEY…]}
 *   KEY:    {"key", "before", "after"}, where it is absent left out; of lists {"key", "added": […], "removed": […],
 *           "changed": [[BEFORE, AFTER]…]}
 * To be decref'ed. */
json_t *library_diff(const json_t *before, const json_t *after);

bool library_diff_is_empty(const json_t *diff);
void library_diff_print(const json_t *diff, FILE *out);

#endif
