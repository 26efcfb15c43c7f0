/* victim.h - whom a rule protects, as a number to count and to share out by. */
#ifndef TELSIEVE_MATCH_VICTIM_H
#define TELSIEVE_MATCH_VICTIM_H

#include "match/fact.h"
#include "match/library.h"

/* A hash of the victim's canonical number (E.164, else as it came), the same on every node and at every time; `key`
 * makes it another hash. */
uint64_t victim_hash(const struct subject *subject, const struct rule *rule, uint64_t key);

/* Is the victim among the share that a canary rule judges live? By a hash whose key is the rule's id: other victims for
 * each rule, always the same for one. */
bool victim_in_share(const struct subject *subject, const struct rule *rule);

#endif
