/* template.h - texts that are alike but for their digits: 您的验证码是123456 and 您的验证码是654321 are one template.
 *
 * What companies send are templates, registered with the carrier and filled in a million times. When a template was
 * found clean whatever its digits (candidates.h: candidates_whatever_digits), the next text of it need not be looked at
 * again. This is the memory of which are: a table of 128-bit keys, each in one of four places of a line. Where it is
 * full, what came once goes before what comes again and again. It holds no text, and nobody outside can tell which
 * texts share a key: they are hashed with a secret of this process.
 *
 * A key stands for the text with each ASCII digit as one and the same (but for a fraction of nothing but 0 and 1: 11.10
 * is a host when 1l.l0 is read so), and for what else the verdict rests on; so it is right for one rule set only
 * (templates_forget). Threads: a struct templates belongs to one thread. */
#ifndef TELSIEVE_MATCH_TEMPLATE_H
#define TELSIEVE_MATCH_TEMPLATE_H

#include "core/str.h"

#include <stdint.h>

#define TEMPLATE_MAX_BYTES 1024 /* a longer text is rarely sent twice */

enum template_state {
    TEMPLATE_NEW,
    TEMPLATE_SEEN,   /* once; nothing is known of it */
    TEMPLATE_CLEAN,  /* no rule can be true of it */
    TEMPLATE_VARIES, /* its digits, or what else a record has, may make a rule true */
};

struct template_key {
    uint64_t high, low; /* the two lowest bits of low are 0 */
};

struct templates;

/* Room for `n` of them, rounded up: 16 bytes each. NULL: out of memory, or the system has no random numbers. */
struct templates *templates_new(size_t n);
void templates_free(struct templates **templates);
void templates_forget(struct templates *templates);

/* Of a text of 1 to TEMPLATE_MAX_BYTES bytes, with the signals (fact_signal.h) and flags of its caller. The line where
 * it would stand is asked for. */
struct template_key templates_key(struct templates *templates, struct str text, uint64_t signals, uint32_t flags);

enum template_state templates_find(struct templates *templates, struct template_key key);

/* From now on it is in this state, any but NEW. */
void templates_note(struct templates *templates, struct template_key key, enum template_state state);

#endif
