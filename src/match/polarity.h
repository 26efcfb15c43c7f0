/* polarity.h - is a hit said, denied, or told of? Advice about fraud contains every scam word (DESIGN 7).
 *
 * A hit is negated when a negator begins at most 10 characters before it in its clause (a weak one, such as a bare 不,
 * at most 3) and ends before it, or over the items of a list (不会索要密码、验证码或转账); unless, where there is hardly any
 * punctuation, a turn (立即, 现在) between them begins a new clause. It is reported when
 *   - a reporter (骗子, 冒充) stands before it in its sentence and no verdict or contrast (所以我们) between, or a verdict
 *     (都是诈骗) behind it, or a doubt within it (转到所谓安全账户); the numbered items of a list belong to the sentence
 *     that introduces it;
 *   - it stands under a heading (作案手法), sentences on;
 *   - it stands between an opening and a closing word (以 … 为由) in its sentence;
 *   - what was said before is summed up (以上都是骗局), sentences back;
 *   - it is in quotation marks: behind a speaker (对方称:"…"), or a term alone in a text that tells of scams; or its end
 *     is such a term (转入"安全账户"). What a quotation holds belongs to the sentences around it, however many it has.
 * Else it is live. A plain word (其他都是骗子, 没有套路) means nothing, nor does what it contains. The words are data:
 * patterns/polarity.json.
 *
 * Threads: struct polarity_words is immutable and shared; struct polarity_work belongs to one worker. */
#ifndef TELSIEVE_MATCH_POLARITY_H
#define TELSIEVE_MATCH_POLARITY_H

#include "core/err.h"
#include "match/expression.h"
#include "match/segment.h"
#include "record/canon.h"

#include <hs.h>

#define POLARITY_REACH_CHARS 10
#define POLARITY_WEAK_REACH_CHARS 3
#define POLARITY_LIST_CHARS 40     /* from a negator over the items of its list */
#define POLARITY_HEADING_CHARS 300 /* from a heading to what it tells of */
#define POLARITY_SUMMING_CHARS 300 /* back from the word that sums up */
#define POLARITY_SPEAKER_CHARS 12  /* from the speaker's beginning to the quotation */

struct cache;
struct polarity_words;

/* Read polarity.json. `cache` (or NULL) keeps what is compiled. All problems to err; NULL on any. */
struct polarity_words *polarity_load(const char *file, const struct folding *folding, struct cache *cache,
                                     struct err *err);
void polarity_free(struct polarity_words **polarity);
void polarity_digest(const struct polarity_words *polarity, unsigned char out[32]); /* SHA-256 of the file */
const hs_database_t *polarity_database(const struct polarity_words *polarity);

struct polarity_mark;
struct polarity_quotation;
struct polarity_work {
    struct polarity_mark *marks;
    size_t nmarks, cap;
    struct polarity_quotation *quotations; /* by pair of marks, then by place */
    size_t nquotations, quotations_cap;
    bool tells;                      /* a reporter, verdict or summing word is there */
    const struct polarity_words *polarity; /* during a scan, for the callback */
    uint32_t offset;                 /* of the text field in canon.buf */
    bool out_of_memory;
};
void polarity_work_init(struct polarity_work *work);
void polarity_work_fini(struct polarity_work *work);

/* Set the polarity of the matches that are in the text field; the others are live. `scratch` fits
 * polarity_database. Returns 0, -TS_ENOMEM or -TS_EENGINE. */
int polarity_judge(struct polarity_work *work, const struct polarity_words *polarity, hs_scratch_t *scratch,
                   const struct canon *canon, const struct segments *segments, struct match *matches, size_t n);

/* What made a hit negated or reported: a word, or the two around it (`closing` is empty else). Of a live one both are
 * empty. For explanations, after polarity_judge and with the same arguments; lives as long as `polarity`. */
struct polarity_cause {
    struct str word, closing;
};
struct polarity_cause polarity_because(const struct polarity_work *work, const struct polarity_words *polarity,
                                       const struct canon *canon, const struct segments *segments,
                                       const struct match *match);

/* Characters of signature and greeting at the beginning of the text. */
uint32_t polarity_greeting(const struct polarity_words *polarity, const struct canon *canon);

/* Words that the database does not find where they stand, at every offset of a block; for the self-test. Returns
 * 0, -TS_EMISMATCH with the word in *word, -TS_EENGINE or -TS_ENOMEM. */
int polarity_self_test(const struct polarity_words *polarity, hs_scratch_t *scratch, struct str *word);

#endif
