/* offers_parts.h - what offers.c (from offer to loader) and offers_settle.c (from loader to answer) share. Private to
 * them. */
#ifndef TELSIEVE_DAEMON_OFFERS_PARTS_H
#define TELSIEVE_DAEMON_OFFERS_PARTS_H

#include "daemon/offers.h"

struct open_offer {
    struct answer answer; /* as far as it is known */
    struct str text;      /* ours; p NULL: a withdrawal */
    bool flying;          /* the loader has it, or had it and only files were to blame */
};

struct offers {
    struct offers_setup setup;
    struct open_offer *open;
    size_t n, cap;
    bool held;
    bool flying;     /* the loader is at work on some: */
    uint64_t number; /* the feed of this number */
};

/* Tell an answer. */
void offers_give(struct offers *offers, struct answer *answer, enum answer_result result, const char *problems);

/* The offer as an answer before anything is known of it. */
struct answer offers_begin_answer(const struct offer *offer);

/* What the library says of itself: the answer's version. */
void offers_read_head(const struct offer *offer, struct answer *answer, struct err *err);

void offers_drop(struct offers *offers, size_t i);

/* The depot with all that is open goes to the loader, if some of that has not been there. */
void offers_submit(struct offers *offers);

#endif
