/* list_intake.h - messages of control.lists become entries of the fed layer: the key is `list/entry`, the value
 *
 *   {"list": "case_numbers", "entry": "+85251234567", "expires": 1798732800000, "tier": "high", "source": "case 17",
 *    "note": ""}
 *
 * Only what the key does not say need be there; `list` and `entry` must be the key's. `expires` is in milliseconds or
 * as in a file (match/lists_file.h). A null value (a tombstone) removes the entry. A message that is refused changes
 * nothing.
 *
 * A full read: entries that none of its messages has are removed at its end. One without any entry changes nothing: an
 * empty topic is an accident, not a wish.
 *
 * Threads: one thread at a time. */
#ifndef TELSIEVE_DAEMON_LIST_INTAKE_H
#define TELSIEVE_DAEMON_LIST_INTAKE_H

#include "match/lists.h"

struct list_intake {
    struct lists *lists;
    bool reading;
    uint64_t seen;             /* entries of the reading */
    uint64_t changed, refused; /* since the start */
    char why[300];             /* of the last message refused */
};

enum list_taken { LIST_TAKEN_SAME, LIST_TAKEN, LIST_REFUSED };

/* `key` and `value` as they came; `value` p NULL is a tombstone. *list is that of the key (lent), empty when it has
 * none. Why a message is refused is left in intake->why, which never has an entry in it. */
enum list_taken list_intake_take(struct list_intake *intake, struct str key, struct str value, struct str *list);

void list_intake_begin(struct list_intake *intake);

/* All was read. Returns how many entries were removed; *kept: none was seen, and what there was is kept. */
size_t list_intake_end(struct list_intake *intake, bool *kept);

/* Entries that are fed now. */
size_t list_intake_count(const struct list_intake *intake);

#endif
