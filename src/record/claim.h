/* claim.h - which institution a text says it comes from: by its signature (of two at the beginning the second), by a
 * name that begins it before words to the reader, or by words with which a speaker introduces himself or addresses his
 * customers. A name in passing is no claim.
 *
 * Threads: pure function over immutable tables. Computed only when a fact asks; costs some hundred comparisons. */
#ifndef TELSIEVE_RECORD_CLAIM_H
#define TELSIEVE_RECORD_CLAIM_H

#include "record/canon.h"
#include "record/contact.h"
#include "record/institution.h"

struct claim {
    const struct institution *institution; /* NULL: none is claimed */
    uint32_t start, end;                   /* its name, bytes of canon.buf */
};

/* `spoken`: the text is the transcript of a call, where the introduction takes longer. */
struct claim claim_find(const struct contact_tables *tables, const struct canon *canon, bool spoken);

/* Can the institution not be the sender, by the number alone: foreign, irregular, or one of a person, from which its
 * people do not lawfully call? A 106 port or another service number proves nothing. */
bool claim_sender_differs(const struct contact_tables *tables, const struct claim *claim, const struct number *caller);

/* Does the text lead to a host that is neither the institution's nor of another known one nor behind a shortener?
 * False where the institution's hosts are not known, and when `caller` (may be NULL) is its own number. */
bool claim_link_differs(const struct contact_tables *tables, const struct claim *claim,
                        const struct contact_list *contacts, const struct number *caller);

#endif
