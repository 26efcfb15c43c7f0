/* list_value.h - the members of a message of control.lists, as they stand in its JSON.
 *
 * Ten million of them are read when a large topic is read whole, so what is written in the usual way (no escapes,
 * numbers without fractions) is read without a tree; all else by jansson, which is the oracle of the tests.
 * Threads: pure. Ownership: texts are lent by the value that was read, or by the struct until list_value_fini. */
#ifndef TELSIEVE_DAEMON_LIST_VALUE_H
#define TELSIEVE_DAEMON_LIST_VALUE_H

#include "core/str.h"

#include <jansson.h>

#define LIST_MEMBERS(X) X(V, "v") X(LIST, "list") X(ENTRY, "entry") X(EXPIRES, "expires") X(SOURCE, "source") \
    X(NOTE, "note") X(TIER, "tier")

enum list_member_name {
#define X(id, name) LIST_MEMBER_##id,
    LIST_MEMBERS(X)
#undef X
    LIST_MEMBER_COUNT
};

enum list_member_kind { LIST_MEMBER_ABSENT, LIST_MEMBER_TEXT, LIST_MEMBER_NUMBER, LIST_MEMBER_OTHER };

struct list_member {
    enum list_member_kind kind; /* absent: null, too */
    struct str text;
    int64_t number;
};

struct list_value {
    struct list_member members[LIST_MEMBER_COUNT];
    char unknown[41]; /* a member of another name; "" none */
    json_t *object;   /* private */
};

/* False when it is no JSON object, or a member is there twice. */
bool list_value_read(struct str json, struct list_value *out);
void list_value_fini(struct list_value *value);

/* The short way alone: false when it is not for this value. Nothing to fini. */
bool list_value_read_quick(struct str json, struct list_value *out);

const char *const *list_member_names(void); /* in the order of the enumeration, NULL-terminated */

#endif
