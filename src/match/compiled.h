/* compiled.h - the body of a rule set: the indexes that scanning, evaluation, self-test and explanation read.
 *
 * Private to match/. Everything is immutable once ruleset_load returned. */
#ifndef TELSIEVE_MATCH_COMPILED_H
#define TELSIEVE_MATCH_COMPILED_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include "match/model.h"
#include "match/polarity.h"
#include "match/ruleset.h"
#include "match/sequence.h"
#include "match/text_words.h"
#include "match/variants.h"
#include "record/contact.h"

#include <hs.h>
#include <pcre2.h>

/* A fragment with its place in the whole. Phrases of sets come first, their allow phrases behind all of them. */
struct phrase {
    const struct fragment *fragment;
    uint32_t set;
    uint8_t field;      /* enum canon_field */
    bool allow;
    bool jit;                              /* `regex` is machine code too */
    uint32_t longest;                      /* bytes of what one break can disguise: a run of a sequence, or all */
    pcre2_code *regex;                     /* FRAGMENT_REGEX */
    const struct str *literals;            /* FRAGMENT_REGEX: one of these stands in all it finds; with its number */
    uint32_t nliterals, regex_number;      /* among the regular expressions; no literals: it may be anywhere */
    const struct sequence_filter *filters; /* FRAGMENT_SEQUENCE */
    const text_need *needs;                /* the same in the text field; NULL: nothing to ask (text_words.h) */
};

/* A literal given to Hyperscan; its id is its index. */
struct pattern {
    struct str literal;   /* p NULL: the regular expression of its one phrase */
    uint32_t first, n;    /* into postings: the phrases that are there only where this is */
};

/* What is asked of a phrase first, side by side for all that one literal leads to: so a hit touches few lines of
 * memory. */
struct posting {
    uint32_t phrase, set;
    const text_need *needs; /* of the phrase */
};

/* A posting that may make a rule true of a record of one kind: no allow phrase, of no set that only rules of the other
 * kind ask for, or that only excludes. What every hit is followed to. */
struct lead {
    uint32_t phrase, set;
    const text_need *needs; /* of the phrase; never NULL */
};

struct leads {
    struct lead *all;
    uint32_t *first; /* per pattern, and one more: where its own begin */
};

/* A demand on the sets that hit which rests on two words of their mask at most. */
struct narrow_demand {
    uint64_t mask[2];
    uint32_t word[2];
};

/* A rule that a set triggers, with what else it must have, as far as one line of memory tells it: some set of each of
 * two more demands, no signal against it. */
struct rule_by_set {
    struct narrow_demand demands[2];
    uint64_t against;
    uint32_t rule;
};

struct set_entry {
    const struct set *set;
    const struct library *library;
    uint32_t library_index;
    uint32_t first_phrase, nphrases; /* into phrases; allow phrases not counted */
    uint32_t nrules;                 /* this set triggers, in rules_by_set */
};

struct rule_entry {
    struct demands demands;  /* first what candidates are told by: of its condition on the sets that hit; */
    uint64_t against;        /* on signals and flags, as expression_trigger found them; */
    uint32_t need_flags_any;
    bool scored;             /* its condition or tier asks for the score */
    const struct expression *when; /* of `rule`; NULL: by score alone */
    const struct rule *rule;
    const struct library *library;
    uint32_t library_index;
    uint64_t facts;          /* facts its condition mentions */
    const struct list_question *lists; /* what its condition asks of lists, each once */
    uint32_t nlists;
    bool asks_disguise;      /* it, its score or a suppressor asks how much is disguised */
    const uint32_t *sets;    /* sets its condition rests on (score rules: the sets that score) */
    uint32_t nsets;
    uint32_t opening;        /* expression_opening: what stands there is evidence in every stretch */
    uint64_t opening_sets;
};

/* Rules that no set triggers, grouped by what a record must be for them to be true. */
struct fact_group {
    uint64_t against;
    uint32_t need_flags_any;
    uint32_t *rules;
    uint32_t nrules;
};

struct suppressor_entry {
    const struct suppressor *suppressor;
    const struct library *library;
};

struct library_entry {
    struct library *library;
    double weight[ROLE_COUNT];
    double score_tier[4];
    const uint32_t *scoring; /* sets that count for this library's score, */
    uint32_t nscoring;
    const uint64_t *scoring_mask; /* the same */
};

/* A phrase can begin with this word of its step; 0: with a digit. */
struct beginning {
    uint64_t first; /* the bytes of its first character, and of its second if it has one, as two 32-bit numbers */
    uint32_t phrase, step;
    struct str word;
};

/* What the first characters of a step's words are written with: a bit for the low six bits of their second byte, and of
 * their third (of the last they have when there are fewer). */
struct first_bytes {
    uint64_t second, third;
};

/* A literal with digits, each of which is a 0 here. */
struct digit_literal {
    struct str hidden;
    uint32_t pattern;
};

/* What of the rule set asks for digits of a text (digits.h). */
struct digit_words {
    struct digit_literal *literals;
    size_t nliterals;
    struct text_word_set words; /* cells of words with digits */
    uint64_t *phrases;          /* a bit for each that tells digits apart */
    uint32_t *number_sets;      /* sets with phrases in the caller's or the callee's number */
    size_t nnumber_sets;
    bool alike; /* to the folding */
};

#define RULESET_SET_WORDS(ruleset) (((ruleset)->nsets + 63) / 64) /* of a mask with a bit for every set */

struct ruleset {
    struct arena arena;
    struct ruleset_options options;
    uint64_t generation;
    char hash[sizeof("sha256:") + 64];
    double compile_ms, self_test_ms; /* of CPU */
    enum ruleset_cache cache;
    char *cache_problem; /* or NULL */
    bool proved;
    struct evidence_set *evidence; /* of its rules; NULL: nobody counts */

    struct folding *folding;
    struct polarity_words *polarity;
    struct number_plan *plan;
    struct contact_tables *contact_tables;
    struct variants *variants; /* NULL: there is no variants.json */
    struct model *model;       /* NULL: there is none */

    struct library_entry *libraries;
    size_t nlibraries;
    const char **lists; /* names of those that conditions ask, by number */
    size_t nlists, lists_cap;
    struct list_question *number_questions; /* about callers and callees, each once; none when no rule rests on such */
    size_t nnumber_questions;               /* alone */
    struct set_entry *sets;
    size_t nsets;
    struct phrase *phrases; /* [0, nfragments) of sets, [nfragments, nphrases) allow phrases */
    size_t nfragments, nphrases;
    struct rule_entry *rules;
    size_t nrules;
    struct rule_by_set *rules_by_set;
    uint32_t *first_by_set; /* per set, and one more: where its rules begin in these */
    struct fact_group *fact_groups;
    size_t nfact_groups, nunflagged; /* the first of them need no flag */
    struct suppressor_entry *suppressors;
    size_t nsuppressors;
    const uint64_t *suppressor_mask; /* the sets that they ask for */

    struct pattern *patterns;
    size_t nliterals, npatterns; /* literals first, which Hyperscan knows */
    struct posting *postings; /* of each pattern ascending by phrase, so allow phrases last */
    struct leads leads[RECORD_KINDS];
    struct digit_words digits;
    size_t nregexes;
    uint32_t *regex_phrases; /* by regex_number; for the reference matcher */
    size_t max_reach; /* bytes a sequence can reach to one side of its anchor, at most */
    struct beginning *beginnings; /* of sequences, ascending; for the reference matcher */
    size_t nbeginnings;
    const struct first_bytes **first_bytes; /* per phrase, per step; for the reference matcher too */
    hs_database_t *database; /* NULL when no library has a phrase */
    size_t database_bytes;
};

#endif
