/* fleet.h - what nodes say of their rules: that they live, which libraries are live there, and their last answer to
 * each library; from messages of control.status, or from the page /rules of one node. */
#ifndef TELSIEVE_CLI_FLEET_H
#define TELSIEVE_CLI_FLEET_H

#include "core/str.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct fleet {
    json_t *nodes; /* {NODE: {"heartbeat": message, "rules": message, "answers": {LIBRARY: message}}} */
    int64_t heartbeat_ms; /* pause between two heartbeats: a node that was silent for three is away; 0: none is */
};

void fleet_init(struct fleet *fleet, int64_t heartbeat_ms);
void fleet_fini(struct fleet *fleet);

/* A message of control.status; what is none is left aside. */
void fleet_take_message(struct fleet *fleet, struct str text);

/* The page /rules; its node is here from now on. False when it is no such page. */
bool fleet_take_page(struct fleet *fleet, struct str text);

/* Only answers to the library that come from now on count. */
void fleet_forget(struct fleet *fleet, const char *library);

/* Since its last heartbeat. */
int64_t fleet_silence_ms(const json_t *node);
bool fleet_is_away(const struct fleet *fleet, const json_t *node);
size_t fleet_count_present(const struct fleet *fleet);

/* Names in their order, with NULL behind the last; the array is to be free()d, the names are lent. */
const char **fleet_names(const struct fleet *fleet);

/* Where "generation" and "ruleset" of what is live stand. */
const json_t *fleet_rules(const json_t *node);

/* A live library of the node; NULL: it has none of this name. */
const json_t *fleet_library(const json_t *node, const char *library);

/* How far a node got with what was sent: sha256 "" is a withdrawal. */
enum fleet_state { FLEET_WAITS, FLEET_DONE, FLEET_REFUSED, FLEET_SUPERSEDED };
enum fleet_state fleet_state(const json_t *node, const char *library, const char *sha256);

/* Is the answer one to what was sent, and not to another offer of the same library? NULL: it is not. */
bool fleet_answers_to(const json_t *answer, const char *sha256);

/* Is `what` live at the node: the beginning of the hash of its rule set or of a library ("sha256:" may be left out, at
 * least 8 digits), or LIBRARY@VERSION? */
bool fleet_has(const json_t *node, const char *what);
bool fleet_can_ask(const char *what); /* is it such a thing? */

/* Texts of JSON, "" when there is none. */
const char *json_text(const json_t *object, const char *key);

/* "sha256:1a2b3c4d5e6f…" as "1a2b3c4d5e6f". */
#define SHORT_HASH_BYTES 13
const char *hash_short(const char *hash, char out[SHORT_HASH_BYTES]);

#endif
