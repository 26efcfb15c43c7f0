/* expression.h - conditions of rules: parse, resolve, evaluate in three-valued logic (Kleene; DESIGN 7).
 *
 *   or_expr   = and_expr { "or" and_expr }
 *   and_expr  = not_expr { "and" not_expr }
 *   not_expr  = "not" not_expr | primary
 *   primary   = "(" or_expr ")" | N "of" "(" or_expr { "," or_expr } ")" | "count" "(" set { "," set } ")" op number
 *             | "near" "(" set "," set "," number ")" | "then" "(" set "," set "," number ")"
 *             | "starts" "(" set { "," set } "," number ")" | "same" "(" "sentence" "," set "," set { "," set } ")"
 *             | "any" "(" set ")" | "negated" "(" set ")" | "reported" "(" set ")" | "known" "(" fact ")"
 *             | fact [ op value ] | fact ["not"] "in" "(" string { "," string } ")" | string ["not"] "in" flags_fact
 *             | listable ["not"] "in" "list." name
 *             | "score" op number | set | condition
 *   op        = "==" "!=" "<" "<=" ">" ">="
 * Names: letters, digits, _ - and dots; a set or condition of this library, LIBRARY.name, or a fact. Strings stand
 * between " or ' (easier within JSON). What can be in a list: fact_list.h; a list that nobody has named is empty.
 * Distances are characters: near, from the end of one to the start of the other (0 when they overlap); starts, from
 * the end of greeting and signature to the start of the hit. near, then, starts and same look at the text field only.
 * count is of different live fragments, of all its sets together; starts asks for one of its sets.
 *
 * A stretch of the text (eval.from, eval.to) narrows what is asked for, not what is excluded: a set under a not, a
 * count compared otherwise than by > or >=, a set whose symbol says `whole` and the beginning that starts() asks about
 * are looked for in the whole text. So an expression that is true in a stretch is true of the whole text too. Facts are
 * of the whole record.
 *
 * Threads: immutable after expression_resolve. Ownership: lives in the arena given to expression_parse. */
#ifndef TELSIEVE_MATCH_EXPRESSION_H
#define TELSIEVE_MATCH_EXPRESSION_H

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"
#include "match/fact_list.h"

struct expression;

/* Where the text of an expression stands, for errors: path within the document, e.g. "rules[2].when". */
struct document;

/* Parse. On problems adds errors (with the place inside the string) and returns NULL. */
struct expression *expression_parse(struct arena *arena, struct str text, const struct document *document,
                                    const char *path, struct err *err);

/* What a name means, asked for every name that is no fact. */
enum symbol_kind { SYMBOL_NONE, SYMBOL_SET, SYMBOL_CONDITION };
struct symbol {
    enum symbol_kind kind;
    uint32_t set;                    /* global set index */
    bool whole;                      /* looked for in the whole text, whatever the stretch */
    struct expression *condition;    /* SYMBOL_CONDITION: resolved when reached, with the scope of the expression
                                      * that names it. A lookup that finds a condition of another library calls
                                      * expression_resolve on it first, with that library's scope, document and path
                                      * (idempotent). Cycles are errors either way. */
};
struct expression_scope {
    void *ctx;
    struct symbol (*lookup)(void *ctx, struct str name);
    const char *const *(*names)(void *ctx); /* all visible ones, NULL-terminated, for "did you mean"; or NULL */
    bool (*list)(void *ctx, struct str name, uint32_t *number); /* false: no memory. NULL: there are no lists here */
};

/* Bind names and make flat bytecode (conditions are inlined). Adds an error per unknown name, with the nearest
 * known one. Returns 0 or -TS_EINVAL. Idempotent. */
int expression_resolve(struct expression *expression, const struct expression_scope *scope,
                       const struct document *document, const char *path, struct arena *arena, struct err *err);

/* Bits of polarity; a hit has exactly one. */
enum polarity { POLARITY_LIVE = 1, POLARITY_NEGATED = 2, POLARITY_REPORTED = 4 };

/* One found fragment (see scan side). Positions are canonical, in the field named by `field`. */
struct match {
    uint32_t fragment;     /* global fragment index */
    uint32_t set;          /* global set index */
    uint8_t field;         /* enum canon_field */
    uint8_t polarity;      /* enum polarity */
    bool disguised;
    uint32_t start, end;           /* bytes of canon.buf */
    uint32_t char_start, char_end; /* characters within the field */
    uint32_t sentence;             /* number of the sentence within the field, from 0 */
};

/* The matches of one record, grouped by set. */
struct match_view {
    const struct match *matches;
    const uint32_t *set_first; /* per global set: index of its first match … */
    const uint32_t *set_count; /* … and their number (0 when none) */
    uint32_t greeting_chars;   /* characters of greeting and signature at the beginning of the text, for starts() */
};

struct eval {
    struct subject *subject;
    struct match_view view;
    double score;
    uint32_t from, to; /* a stretch: of the matches in the text only those count that begin at its characters from …
                        * to - 1; 0 and UINT32_MAX: all. Matches in other fields count always */
};

/* Evaluate. Sets are true or false; facts may be unknown. */
enum tri expression_eval(const struct expression *expression, struct eval *eval);

/* What is known of a record before its conditions are read. */
struct presence {
    const uint64_t *hit_mask; /* sets that may be there (bits as of struct demand_word): only these are asked for */
    uint32_t (*there)(void *ctx, uint32_t set, uint32_t need); /* how many phrases of the set (the same one as often as
                                                                * it is found), or `need` when there are more */
    void *ctx;
    uint64_t signals; /* fact_signals() */
    uint32_t flags;   /* of the caller */
    struct eval *facts; /* to ask for facts; NULL: perhaps */
    uint64_t sure;      /* those to ask for, a bit each; all others: perhaps */
};

/* Can it be true with these? False only when it cannot, whatever polarity and places of the phrases and all other facts
 * are. */
bool expression_possible(const struct expression *expression, const struct presence *presence);

/* Does it ask for the score? */
bool expression_is_scored(const struct expression *expression);

/* The characters behind the greeting that starts() asks about, at most (0: none), and its sets (EXPRESSION_SET_BIT). */
uint32_t expression_opening(const struct expression *expression, uint64_t *sets);

/* Visit the sets an expression mentions (resolved). For the inverted index, `explain` and scores. */
void expression_sets(const struct expression *expression, void (*visit)(void *ctx, uint32_t set), void *ctx);

/* The same without those that only exclude. */
void expression_asked_sets(const struct expression *expression, void (*visit)(void *ctx, uint32_t set), void *ctx);

/* The same without those of which no phrase can help to make it true: all that expression_trigger, expression_demands
 * and expression_possible ask for. */
void expression_helping_sets(const struct expression *expression, void (*visit)(void *ctx, uint32_t set), void *ctx);

/* Trigger analysis for the inverted index: the expression can only be true when at least one set of *sets (global
 * indexes) has a hit (no demand when nsets is 0), and the record has no signal of `against`, and one flag of
 * need_flags_any is set. Each demand holds by itself, so an index may use the sets alone. `always`: nothing is
 * demanded. Arrays live in the arena, ascending, without duplicates. */
#define EXPRESSION_SET_BIT(set) (UINT64_C(1) << (set) % 64)
struct trigger {
    const uint32_t *sets;
    size_t nsets;
    uint64_t against;            /* bits of fact_signals() with which it cannot be true */
    uint32_t need_flags_any;     /* caller flags of which at least one must be set; 0 = none required */
    bool always;
};
int expression_trigger(const struct expression *expression, struct arena *arena, struct trigger *out);

/* What a true expression needs among the sets that hit: of each demand one of these sets (bit set % 64 of the word
 * set / 64 of a mask). The conditions joined by `and` make one demand each, EXPRESSION_MAX_DEMANDS at most, the
 * narrowest. */
#define EXPRESSION_MAX_DEMANDS 6
struct demand_word {
    uint64_t mask;
    uint32_t word; /* number of the word */
    bool last;     /* of its demand */
};
struct demands {
    const struct demand_word *words; /* of all demands, one after another; in the arena */
    uint32_t n;
};
int expression_demands(const struct expression *expression, struct arena *arena, struct demands *out);

/* Facts an expression mentions, as a bit mask; for "rules a feed can never satisfy" and for sub-term explanation. */
uint64_t expression_facts(const struct expression *expression);

/* Visit what it asks of lists (resolved), each as often as it is asked. */
void expression_lists(const struct expression *expression, void (*visit)(void *ctx, struct list_question question),
                      void *ctx);

/* Could the expression (resolved) come true by one fragment of one set alone, whatever the facts that are no evidence
 * (text.length, record.*, negations) may be? `set` receives which, as it is written. With no such set: by
 * caller.international alone ("caller.international"), or by nothing at all ("nothing"). NULL when it takes more. */
const char *expression_alone(const struct expression *expression, char *set, size_t size);

/* Terms of an expression (resolved) that can never be true where they stand, each to `warnings` with its place: by
 * themselves (too few phrases in force, `counts` has them per set), or beside what must be true too. */
void expression_lint(const struct expression *expression, const uint32_t *counts, const struct document *document,
                     const char *path, struct err *warnings);

/* Explanation of a false or unknown expression: writes the smallest terms that were missing, comma separated, e.g.
 * `action`, `not shared.warning`, `text.contact (unknown)`. Returns out. */
const char *expression_missing(const struct expression *expression, struct eval *eval, char *out, size_t size);

#endif
