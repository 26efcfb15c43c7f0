/* fed_set.h - all libraries that are fed at one moment: what the loader makes a rule set of, beside the files.
 *
 * Made by the main thread item by item, then immutable and shared: it lives until the last reference is gone. */
#ifndef TELSIEVE_DAEMON_FED_SET_H
#define TELSIEVE_DAEMON_FED_SET_H

#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

struct fed_item {
    char *name;      /* of the library */
    struct str text; /* its bytes; p NULL: not fed any more (only in what is tried, so that it can be blamed) */
    char *place;     /* for messages: "control.rules/refund" */
    bool changed;    /* it is offered anew, and is to be answered; else it was accepted before */
};

struct fed_set {
    struct fed_item *items;
    size_t n;
    _Atomic unsigned references;
};

struct fed_set *fed_set_new(size_t room); /* one reference; room for so many items. NULL: out of memory */
/* Everything is copied. Returns 0 or -TS_ENOMEM. */
int fed_set_add(struct fed_set *set, const char *name, struct str text, const char *place, bool changed);

struct fed_set *fed_set_ref(struct fed_set *set);
void fed_set_unref(struct fed_set **set); /* any thread; also of NULL */

const struct fed_item *fed_set_find(const struct fed_set *set, const char *name); /* NULL: not in it */

#endif
