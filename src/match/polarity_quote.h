/* polarity_quote.h - what stands between two quotation marks. Private to polarity. */
#ifndef TELSIEVE_MATCH_POLARITY_QUOTE_H
#define TELSIEVE_MATCH_POLARITY_QUOTE_H

#include "match/polarity.h"
#include "match/polarity_words.h"

struct polarity_quotation {
    uint32_t pair, start, end; /* index of its marks; bytes of canon.buf, without the marks */
    bool short_;               /* no longer than a term that is only mentioned */
};

/* Find the quotations of the text into `work`. Returns 0 or -TS_ENOMEM. */
int polarity_quotations_find(struct polarity_work *work, const struct polarity_words *polarity,
                             const struct canon *canon);

/* The one that holds the hit; NULL when none does. Lives until the next polarity_quotations_find. */
const struct polarity_quotation *polarity_quotation_around(const struct polarity_work *work,
                                                           const struct match *match);

/* The one that the end of the hit stands in, but not its beginning; NULL when there is none. */
const struct polarity_quotation *polarity_quotation_within(const struct polarity_work *work,
                                                           const struct match *match);

#endif
