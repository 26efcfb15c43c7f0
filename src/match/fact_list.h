/* fact_list.h - what of a record can be asked to be in a list (lists.h): its numbers, and what its text gives.
 *
 * Three-valued as facts are: unknown when the field is absent. What is found is kept for the warning.
 * Threads: as struct subject; the lists are pinned while it is asked. */
#ifndef TELSIEVE_MATCH_FACT_LIST_H
#define TELSIEVE_MATCH_FACT_LIST_H

#include "match/fact.h"
#include "match/lists.h"

/* Columns: id, how conditions name it, kind of contact (of those that are none: 0). */
#define LISTABLES(X)                                                                                                   \
    X(CALLER, "caller", 0)                                                                                             \
    X(CALLEE, "callee", 0)                                                                                             \
    X(URL, "text.url", CONTACT_URL)                                                                                    \
    X(PHONE, "text.phone", CONTACT_PHONE)                                                                              \
    X(QQ, "contact.qq", CONTACT_QQ)                                                                                    \
    X(WECHAT, "contact.wechat", CONTACT_WECHAT)                                                                        \
    X(ACCOUNT, "contact.account", CONTACT_ACCOUNT)                                                                     \
    X(WALLET, "contact.wallet", CONTACT_WALLET)                                                                        \
    X(CARD, "contact.card", CONTACT_CARD)

enum listable {
#define X(id, name, kind) LISTABLE_##id,
    LISTABLES(X)
#undef X
    LISTABLE_COUNT
};

int listable_find(struct str name); /* -1: no such thing */
const char *listable_name(enum listable what);
const char *const *listable_names(void); /* NULL-terminated */
bool listable_needs_contacts(enum listable what);

/* What is asked: the list by its number in the rule set. */
struct list_question {
    enum listable what;
    uint32_t list;
};

/* One of a record's numbers or contacts that is in a list. */
struct listed {
    struct list_question question;
    struct str value; /* of the contact; empty: the record's number */
    struct list_hit hit;
};

#define LISTED_MAX 16 /* more of one record are not kept */

/* The lists of a rule set for one judge, and what was found of the record looked at. */
struct list_view {
    const struct lists *lists;       /* NULL: every list is empty */
    const struct list *const *list;  /* by number; NULL: empty */
    bool by_wall;                    /* entries expire by the clock, else by the record's time (if it has one) */
    uint64_t key[2];                 /* of this record's caller and callee (list_number_key); 0: not made yet */
    bool asked;                      /* about this record; */
    int64_t now_ms;                  /* then: the time that counts, */
    uint64_t version, digest;        /* and which state of the lists it was */
    struct listed found[LISTED_MAX];
    size_t nfound;
};

static inline void list_view_begin(struct list_view *view)
{
    view->key[0] = view->key[1] = 0;
    view->asked = false;
    view->nfound = 0;
}

/* Is what the question names in its list? */
enum tri subject_listed(struct subject *subject, struct list_question question);

/* These will be asked of the record's numbers once its text is read. */
void subject_expect_lists(const struct subject *subject, const struct list_question *questions, size_t n);

/* Look at the state of the lists now, when the record was not asked about yet. */
void subject_look_at_lists(struct subject *subject);

#endif
