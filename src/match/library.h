/* library.h - one file of sets and rules for one scam family, read and checked for itself (DESIGN 7).
 *
 * Phrases may have a time: {"p", "since", "until"}, days (YYYY-MM-DD, both included) in Asia/Shanghai. Those not in
 * force when the library is read are left out; reading it again (start, reload) looks at the day again.
 *
 * Loading checks everything that needs no other library: form, names, fragments, conditions' grammar, lint.
 * What needs the others (names like shared.warning) is resolved by ruleset_compile.
 * Ownership: library_load returns a library that owns its arena and document; free it with library_free.
 * Immutable afterwards; shared. */
#ifndef TELSIEVE_MATCH_LIBRARY_H
#define TELSIEVE_MATCH_LIBRARY_H

#include "config/document.h"
#include "core/arena.h"
#include "match/expression.h"
#include "match/fragment.h"
#include "match/tier.h"

#define ROLES(X)                                                                                                       \
    X(TOPIC, 'T') X(BAIT, 'B') X(THREAT, 'U') X(IDENTITY, 'I') X(ACTION, 'A') X(CONTACT, 'C') X(WARNING, 'W')
enum role {
    ROLE_NONE,
#define X(name, letter) ROLE_##name,
    ROLES(X)
#undef X
    ROLE_COUNT
};

enum stage { STAGE_NONE, STAGE_LURE, STAGE_CONTACT, STAGE_ACTION, STAGE_MONEY };
enum rule_state { RULE_OFF, RULE_SHADOW, RULE_CANARY, RULE_LIVE };
enum scope { SCOPE_WINDOW, SCOPE_SENTENCE, SCOPE_TEXT };

struct set {
    const char *name;
    enum role role;
    enum canon_field field;           /* "field": caller, callee, signature, text (default) */
    struct fragment *fragments;       /* phrases in force today */
    size_t nfragments;
    struct fragment *allow;           /* longer phrases inside which a hit is cancelled, likewise */
    size_t nallow;
    size_t nexpired;                  /* phrases out of their time ("since", "until") */
    bool dated;                       /* there are some, here or in a set that a phrase names by {…} */
    unsigned line, col;
};

struct condition { /* a named condition: usable as name here, library.name elsewhere */
    const char *name;
    struct expression *expression;
};

struct suppressor { /* "suppress": [{"when": …, "unless": …, "why": …}] of a library: applies to every rule */
    struct expression *when, *unless; /* unless may be NULL */
    const char *name, *why;
};

struct sample_entry { /* "lists": {"case_numbers": ["+85251234567"]} of a sample: what is in them for it */
    const char *list, *entry;
};

struct sample {
    const char *json; /* the record as JSON (text samples are wrapped: kind sms) */
    const struct sample_entry *entries;
    size_t nentries;
    struct str text;  /* of it, or what was heard; p NULL: neither */
    const char *path; /* "rules[3].hit[0]", for messages */
};

struct rule {
    const char *id, *type, *family, *reason, *advice; /* advice may be NULL */
    enum rule_state state;
    double share;                    /* RULE_CANARY: of the victims for whom it is live; above 0, at most 1 */
    enum tier tier;                  /* TIER_NONE: by score */
    enum stage stage;
    enum scope scope;                /* default: SCOPE_WINDOW */
    struct expression *when;         /* NULL: the score decides */
    bool alone;                      /* may warn on one fragment alone */
    bool victim_is_caller;
    bool recruit;                    /* "subject": "recruit" */
    bool unsuppressed;               /* "suppress": false: suppressors do not apply */
    const struct sample *hit, *miss;
    size_t nhit, nmiss;
    unsigned line, col;
};

struct library {
    struct document document; /* kept for the places of errors found later */
    struct arena arena;
    const char *name, *family, *title, *version; /* family "-": every rule has its own */
    const struct set *sets;
    size_t nsets;
    const struct condition *conditions;
    size_t nconditions;
    const struct suppressor *suppressors;
    size_t nsuppressors;
    const struct rule *rules;
    size_t nrules;
    const char *const *retired; /* ids of rules that are gone: no rule of any library may have one */
    size_t nretired;
    double weight_override[ROLE_COUNT]; /* "weights": {"T": 2, …}; NAN where the configuration's holds */
    double tier_override[4];            /* "thresholds": {"low": …}; NAN likewise */
};

/* Read one library file. All problems to err, with file:line:col. NULL when there was any. */
struct library *library_load(const char *file, const struct folding *folding, struct err *err);

/* The same from memory; `name` for messages. */
struct library *library_parse(const char *name, struct str text, const struct folding *folding, struct err *err);

void library_free(struct library **library);

/* What can only be checked once all conditions are resolved (ruleset_compile calls it then): no rule that is not off
 * may warn on one fragment alone unless it says "alone": true, nor on caller.international alone, nor on nothing, nor
 * on model.score without a set; and no suppressor asks model.score. */
void library_check(const struct library *library, struct err *err);

char role_letter(enum role role);        /* 'T'… ; '-' for none */
const char *rule_state_name(enum rule_state state); /* "live", "canary", "shadow", "off" */
const char *scope_name(enum scope scope); /* "window", "sentence", "text" */
const char *stage_name(enum stage stage);/* "lure"… ; NULL for none */

#endif
