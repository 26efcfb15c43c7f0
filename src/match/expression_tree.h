/* expression_tree.h - the inside of an expression, shared by the files expression_*.c only.
 *
 * A tree of and/or/not/of over terms, as written; expression_resolve binds the names of the terms and makes flat code
 * from the tree. The tree is kept for analysis and explanation. */
#ifndef TELSIEVE_MATCH_EXPRESSION_TREE_H
#define TELSIEVE_MATCH_EXPRESSION_TREE_H

#include "match/expression.h"

#define EXPRESSION_MAX_NESTING 32 /* of brackets and nots, as written */
#define EXPRESSION_MAX_DEPTH 64   /* values on the stack while evaluating, conditions inlined */
#define EXPRESSION_MAX_SIZE 4096  /* nodes, conditions inlined */
#define EXPRESSION_MAX_COUNT 64   /* N of count(s) >= N */
#define EXPRESSION_MAX_DISTANCE 4096

enum compare { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE };

enum term_kind {
    TERM_NAME,      /* not yet bound */
    TERM_CONDITION,
    TERM_SET,       /* hits of sets[0] whose polarity is in `polarity` */
    TERM_COUNT,     /* different live fragments of all sets compared with number */
    TERM_NEAR,      /* sets[0], sets[1] at most number apart */
    TERM_THEN,
    TERM_STARTS,    /* one of the sets within the first number characters */
    TERM_SAME,      /* all sets in one sentence */
    TERM_KNOWN,
    TERM_FACT,      /* BOOL */
    TERM_NUM,       /* NUM fact compared with number */
    TERM_WORD,      /* WORD fact is one of words */
    TERM_FLAG,      /* FLAGS fact has one of flags */
    TERM_LIST,      /* one of its contacts, or its number, is in the list `question` */
    TERM_SCORE,
};

struct set_ref {
    struct str name;
    size_t pos; /* in the expression's text */
    uint32_t set;
};

struct term {
    enum term_kind kind;
    bool whole;    /* one of the sets is looked for in the whole text, whatever the rule's scope */
    bool inverted; /* "not in", "!=" of words: the opposite, unknown stays unknown */
    uint8_t polarity;
    enum compare compare;
    enum fact fact;
    double number;
    uint32_t flags;
    const struct str *words;
    size_t nwords;
    struct set_ref *sets;
    size_t nsets;
    struct expression *condition;
    struct list_question question;
    struct str list; /* its name */
};

enum node_kind { NODE_TERM, NODE_NOT, NODE_AND, NODE_OR, NODE_OF };

struct node {
    enum node_kind kind;
    struct node *child, *next; /* first child; next sibling */
    unsigned nchild;
    unsigned of;               /* NODE_OF: how many must be true */
    struct term *term;
    size_t from, to;           /* where it stands in the expression's text */
};

enum code_op {
    CODE_TERM,          /* push the term's value */
    CODE_NOT,
    CODE_AND,           /* pop b, a; push a and b */
    CODE_OR,
    CODE_JUMP_IF_FALSE, /* top stays */
    CODE_JUMP_IF_TRUE,
    CODE_OF_BEGIN,      /* push an empty count */
    CODE_OF_ADD,        /* pop a value into the count below; when decided, put the answer in its place and jump */
};

struct code {
    uint8_t op;
    bool excluding;    /* CODE_TERM: under an odd number of nots */
    uint16_t of, left; /* CODE_OF_ADD: how many must be true; items still to come */
    uint32_t target;
    const struct term *term;
};

/* What a term needs that is found on first use. */
enum cost { COST_LITTLE, COST_CONTACTS, COST_MODEL };

enum expression_state { EXPRESSION_NEW, EXPRESSION_BUSY, EXPRESSION_READY, EXPRESSION_FAILED };

struct expression {
    struct str text;
    struct node *root;
    enum expression_state state;
    bool cycle_told;
    size_t size;  /* nodes, conditions inlined */
    enum cost cost; /* of the dearest of its terms */
    bool scored;   /* asks for the score */
    uint32_t opening;      /* characters that starts() asks about, at most; 0: it does not */
    uint64_t opening_sets; /* EXPRESSION_SET_BIT of its sets */
    const struct code *code;
    size_t ncode;
    const struct possible_step *possible; /* expression_possible.c */
    uint32_t possible_from;
};

/* Add a problem at byte `pos` of an expression's text: file:line:col of the character when the JSON string was written
 * without escapes, else of the string. `document` may be NULL (then without a place). */
__attribute__((format(printf, 6, 7))) void expression_problem(const struct document *document, struct err *err,
                                                              const char *path, struct str text, size_t pos,
                                                              const char *fmt, ...);

/* Make what expression_possible reads; part of expression_resolve. Returns 0 or -TS_ENOMEM. */
int expression_prepare_possible(struct expression *expression, struct arena *arena);

bool compare_holds(double a, enum compare compare, double b);

static inline enum tri tri_not(enum tri a)
{
    return a == TRI_UNKNOWN ? TRI_UNKNOWN : a == TRI_TRUE ? TRI_FALSE : TRI_TRUE;
}

static inline enum tri tri_of(bool a)
{
    return a ? TRI_TRUE : TRI_FALSE;
}

/* Value of a bound term that is no condition; `excluding`: it stands under an odd number of nots. */
enum tri term_eval(const struct term *term, bool excluding, struct eval *eval);

/* Value of a subtree, by walking it; for explanations only. */
enum tri node_eval(const struct node *node, bool excluding, struct eval *eval);

#endif
