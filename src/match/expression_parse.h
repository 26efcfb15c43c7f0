/* expression_parse.h - what expression_parse.c (tokens, grammar), expression_term.c (terms) and expression_fact.c
 * (terms of facts) share. */
#ifndef TELSIEVE_MATCH_EXPRESSION_PARSE_H
#define TELSIEVE_MATCH_EXPRESSION_PARSE_H

#include "match/expression_tree.h"

#define PARSE_MAX_ITEMS 256 /* sets of one function, words of one list */

enum token_kind {
    TOKEN_END, TOKEN_NAME, TOKEN_NUMBER, TOKEN_STRING, TOKEN_OPERATOR, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_COMMA
};

struct token {
    enum token_kind kind;
    struct str text; /* of a string: without its quotes */
    size_t pos;
    double number;
    enum compare compare;
};

struct parse {
    struct arena *arena;
    struct str text;
    size_t at;     /* where the next token is looked for */
    size_t behind; /* end of the token before the present one */
    struct token token;
    unsigned nesting;
    bool bad;      /* some problem was added */
    bool stopped;  /* the form is lost: no more tokens */
    const struct document *document;
    const char *path;
    struct err *err;
};

void parse_next(struct parse *parse);
bool parse_is_word(const struct parse *parse, const char *word);

/* Step over a token of this kind; else stop with "`what` expected". */
bool parse_take(struct parse *parse, enum token_kind kind, const char *what);

/* Add a problem and go on; or stop. */
__attribute__((format(printf, 3, 4))) void parse_problem(struct parse *parse, size_t pos, const char *fmt, ...);
__attribute__((format(printf, 3, 4))) void parse_stop(struct parse *parse, size_t pos, const char *fmt, ...);

/* err_hint for a name of the text. */
const char *parse_hint(struct str name, const char *const *names, char out[ERR_HINT_BYTES]);

/* Cleared memory; NULL (and stopped) when there is none. */
void *parse_alloc(struct parse *parse, size_t count, size_t size);

/* Behind the name of a fact (term->fact); and `"FLAG" [not] in caller.flags`, at the string. False when stopped. */
bool parse_fact(struct parse *parse, struct token name, struct term *term);
bool parse_flag(struct parse *parse, struct term *term);

/* Behind the name of something that can be in a list: does `in list.…` or `not in list.…` follow? Then at its end. */
bool parse_is_list(const struct parse *parse);
bool parse_list(struct parse *parse, struct token name, struct term *term);

/* One term: a fact, function, set or condition. NULL when stopped. */
struct term *parse_term(struct parse *parse);

#endif
