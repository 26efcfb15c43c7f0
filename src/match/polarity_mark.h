/* polarity_mark.h - where the words of polarity.json stand in a text. Private to polarity. */
#ifndef TELSIEVE_MATCH_POLARITY_MARK_H
#define TELSIEVE_MATCH_POLARITY_MARK_H

#include "match/polarity.h"
#include "match/polarity_words.h"

struct polarity_mark {
    uint32_t start, end; /* bytes of canon.buf */
    uint8_t kind, pair;
    bool void_;       /* within a longer word that means nothing of the kind */
    uint32_t summing; /* index of the first mark from here on that sums up; nmarks: none */
    uint32_t heading; /* index of the last mark up to here that is a heading; nmarks: none */
    struct str word;
};

/* Find the words of the text into work->marks, by their end. Returns 0, -TS_ENOMEM or -TS_EENGINE. */
int polarity_marks_find(struct polarity_work *work, const struct polarity_words *polarity, hs_scratch_t *scratch,
                        const struct canon *canon);

/* Index of the first mark that ends behind `at`: a hit looks at the marks of its own clause or sentence only. */
size_t polarity_mark_behind(const struct polarity_work *work, uint32_t at);

#endif
