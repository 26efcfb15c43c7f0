/* variants.h - other ways of writing the words of phrases: by sound (待款), shape (保证全), parts (木又限), pinyin (daikuan),
 * initials (yhk), or as patterns/variants.json says.
 *
 * The words are the pieces of 2 to 8 Han characters of all phrases. Their variants are known by the sounds of their
 * first two characters, not listed for Hyperscan: 3,000 words have 50,000 variants of six homophones a character,
 * which alone would take 2 s to compile, and a look at the sounds of a text costs the same however many there are. A
 * text is never taken by sound alone: of a variant by sound or shape half the characters are those of the word, and
 * none is accepted that is an ordinary word (patterns/ordinary.txt), that makes one with the character beside it
 * (现代款式), that patterns/variants.json denies, or whose strange character is part of a word of a phrase as it stands.
 * In a text in which something else is disguised, less is ordinary: a writing by sound may be a word that is not
 * frequent, one by shape (货款 for 贷款) a frequent one.
 *
 * Threads: immutable once built. Ownership: everything lives until variants_free. */
#ifndef TELSIEVE_MATCH_VARIANTS_H
#define TELSIEVE_MATCH_VARIANTS_H

#include "core/err.h"
#include "record/canon_rewrite.h"

struct variants;
struct folding;

/* Read the tables; the words follow. NULL with problems in err. */
struct variants *variants_load(const char *file, const char *ordinary_file, const struct folding *folding,
                               struct err *err);
void variants_free(struct variants **variants);
void variants_digest(const struct variants *variants, unsigned char out[32]); /* of both files */

/* Let `word` (canonical) be found in other writings; what is not 2 to 8 Han characters, or has not two that are not
 * fixed (你加), is passed over. */
int variants_add_word(struct variants *variants, struct str word); /* 0 or -TS_ENOMEM */

/* Only know `word`, 2 to 8 Han characters of any phrase, for variants_word_across. 0 or -TS_ENOMEM. */
int variants_know_word(struct variants *variants, struct str word);

/* Make the index; once, behind the last word. Returns 0 or -TS_ENOMEM. */
int variants_index(struct variants *variants);

size_t variants_count(const struct variants *variants); /* ways of writing in the index; one by sound counts once */

/* At most `room` variants that stand in the text of `canon`, ascending, not overlapping; returns how many. Their `to`
 * points into `variants`. */
size_t variants_find(const struct variants *variants, const struct canon *canon, struct canon_rewrite *out,
                     size_t room);

/* Does a word of a phrase (added or known), as it is written, stand over the canonical byte `at` of the text? May one,
 * by the characters beside it? The cheap question before the dear one. */
bool variants_may_cross(const struct variants *variants, const struct canon *canon, uint32_t at);
bool variants_word_across(const struct variants *variants, const struct canon *canon, uint32_t at);

/* Is every variant in the index found in a text that is nothing else? *which is one that is not. */
bool variants_self_test(const struct variants *variants, struct str *which);

#endif
