/* expression_parse.c - tokens, then one function per level of the grammar in expression.h; terms are in
 * expression_term.c. A mistake of form ends the parse; a mistake of meaning (a word that cannot occur) is
 * noted and the parse goes on, so that several are seen at once. */
#include "match/expression_parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || ascii_is_digit(c) || c == '_' || c == '-' ||
           c == '.';
}

void parse_problem(struct parse *parse, size_t pos, const char *fmt, ...)
{
    char message[400];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    expression_problem(parse->document, parse->err, parse->path, parse->text, pos, "%s", message);
    parse->bad = true;
}

void parse_stop(struct parse *parse, size_t pos, const char *fmt, ...)
{
    char message[400];
    va_list args;

    if (parse->stopped)
        return;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    parse_problem(parse, pos, "%s", message);
    parse->stopped = true;
    parse->token.kind = TOKEN_END;
}

const char *parse_hint(struct str name, const char *const *names, char out[ERR_HINT_BYTES])
{
    char z[64];

    snprintf(z, sizeof(z), "%.*s", name.n < sizeof(z) ? (int)name.n : 0, name.p);
    return err_hint(z, names, out);
}

void *parse_alloc(struct parse *parse, size_t count, size_t size)
{
    void *p = arena_calloc(parse->arena, count, size);

    if (p == NULL)
        parse_stop(parse, 0, "out of memory");
    return p;
}

/* ---- tokens ---- */

static void read_number(struct parse *parse, struct token *token)
{
    char digits[32];
    const char *s = parse->text.p;
    size_t i = parse->at;

    while (i < parse->text.n && ascii_is_digit(s[i]))
        i++;
    if (i + 1 < parse->text.n && s[i] == '.' && ascii_is_digit(s[i + 1])) {
        for (i++; i < parse->text.n && ascii_is_digit(s[i]);)
            i++;
    }
    token->kind = TOKEN_NUMBER;
    token->text = (struct str){s + parse->at, i - parse->at};
    parse->at = i;
    if (token->text.n >= sizeof(digits)) {
        parse_stop(parse, token->pos, "a number of more than %zu digits", sizeof(digits) - 1);
        return;
    }
    memcpy(digits, token->text.p, token->text.n);
    digits[token->text.n] = '\0';
    token->number = strtod(digits, NULL);
}

static void read_string(struct parse *parse, struct token *token)
{
    char quote = parse->text.p[parse->at];
    const char *start = parse->text.p + parse->at + 1;
    const char *end = memchr(start, quote, parse->text.n - parse->at - 1);

    if (end == NULL) {
        parse_stop(parse, parse->at, "a string without its closing %c", quote);
        return;
    }
    token->kind = TOKEN_STRING;
    token->text = str_range(start, end);
    parse->at = (size_t)(end + 1 - parse->text.p);
}

static bool read_operator(struct parse *parse, struct token *token)
{
    static const char *const operators[] = {[COMPARE_EQ] = "==", [COMPARE_NE] = "!=", [COMPARE_LE] = "<=",
                                            [COMPARE_GE] = ">=", [COMPARE_LT] = "<",  [COMPARE_GT] = ">"};
    static const enum compare order[] = {COMPARE_EQ, COMPARE_NE, COMPARE_LE,
                                         COMPARE_GE, COMPARE_LT, COMPARE_GT};
    struct str rest = {parse->text.p + parse->at, parse->text.n - parse->at};

    for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
        struct str op = str_of(operators[order[i]]);
        if (str_starts(rest, op)) {
            *token = (struct token){TOKEN_OPERATOR, {rest.p, op.n}, parse->at, 0, order[i]};
            parse->at += op.n;
            return true;
        }
    }
    return false;
}

void parse_next(struct parse *parse)
{
    const char *s = parse->text.p;
    struct token *token = &parse->token;

    parse->behind = token->pos + token->text.n + (token->kind == TOKEN_STRING ? 2 : 0);
    while (parse->at < parse->text.n && memchr(" \t\n\r", s[parse->at], 4) != NULL)
        parse->at++;
    *token = (struct token){.kind = TOKEN_END, .pos = parse->at};
    if (parse->at == parse->text.n || parse->stopped)
        return;
    char c = s[parse->at];
    size_t start = parse->at;
    if (c == '(' || c == ')' || c == ',') {
        token->kind = c == '(' ? TOKEN_OPEN : c == ')' ? TOKEN_CLOSE : TOKEN_COMMA;
        token->text = (struct str){s + parse->at++, 1};
    } else if (ascii_is_digit(c)) {
        read_number(parse, token);
    } else if (c == '"' || c == '\'') {
        read_string(parse, token);
    } else if (is_name(c)) {
        while (parse->at < parse->text.n && is_name(s[parse->at]))
            parse->at++;
        token->kind = TOKEN_NAME;
        token->text = (struct str){s + start, parse->at - start};
    } else if (!read_operator(parse, token)) {
        parse_stop(parse, start,
                   c == '=' ? "\"=\" alone; to compare, write =="
                            : "a character that has no meaning here; names, numbers, strings, ( ) , and "
                              "== != < <= > >= may stand in a condition");
    }
}

bool parse_is_word(const struct parse *parse, const char *word)
{
    return parse->token.kind == TOKEN_NAME && str_eqz(parse->token.text, word);
}

bool parse_take(struct parse *parse, enum token_kind kind, const char *what)
{
    if (parse->token.kind != kind) {
        if (parse->token.kind == TOKEN_END)
            parse_stop(parse, parse->token.pos, "%s expected at the end", what);
        else
            parse_stop(parse, parse->token.pos, "%s expected, not \"%.*s\"", what,
                       STR_FMT(parse->token.text));
        return false;
    }
    parse_next(parse);
    return true;
}

/* ---- grammar ---- */

static struct node *new_node(struct parse *parse, enum node_kind kind, size_t from)
{
    struct node *node = parse_alloc(parse, 1, sizeof(*node));

    if (node != NULL) {
        node->kind = kind;
        node->from = from;
    }
    return node;
}

static struct node *new_term(struct parse *parse, size_t from)
{
    struct node *node = new_node(parse, NODE_TERM, from);

    if (node != NULL && (node->term = parse_term(parse)) == NULL)
        return NULL;
    if (node != NULL)
        node->to = parse->behind;
    return node;
}

static void add_child(struct node *node, struct node *child, struct node **last)
{
    if (*last == NULL)
        node->child = child;
    else
        (*last)->next = child;
    *last = child;
    node->nchild++;
}

static struct node *parse_or(struct parse *parse);

/* "N of (a, b, …)", at the number. */
static struct node *parse_of(struct parse *parse)
{
    size_t from = parse->token.pos;
    double number = parse->token.number;
    struct node *node = new_node(parse, NODE_OF, from), *last = NULL;

    if (node == NULL)
        return NULL;
    parse_next(parse);
    if (!parse_is_word(parse, "of")) {
        parse_stop(parse, from, "a number is no condition; write e.g. 2 of (a, b, c)");
        return NULL;
    }
    parse_next(parse);
    if (!parse_take(parse, TOKEN_OPEN, "\"(\""))
        return NULL;
    do {
        struct node *child = parse_or(parse);
        if (child == NULL)
            return NULL;
        add_child(node, child, &last);
    } while (parse->token.kind == TOKEN_COMMA && (parse_next(parse), true));
    if (!parse_take(parse, TOKEN_CLOSE, "\",\" or \")\""))
        return NULL;
    node->to = parse->behind;
    if (node->nchild > 255)
        parse_stop(parse, from, "more than 255 items");
    if (number < 1 || number > node->nchild || number != (double)(unsigned)number) {
        parse_problem(parse, from, "%g of %u items can never be counted; write a whole number from 1 to %u",
                      number, node->nchild, node->nchild);
        number = 1;
    }
    node->of = (unsigned)number;
    return node;
}

static struct node *parse_primary(struct parse *parse)
{
    size_t from = parse->token.pos;

    if (parse->token.kind == TOKEN_NUMBER)
        return parse_of(parse);
    if (parse->token.kind != TOKEN_OPEN)
        return new_term(parse, from);
    parse_next(parse);
    struct node *node = parse_or(parse);
    if (node == NULL || !parse_take(parse, TOKEN_CLOSE, "\"and\", \"or\" or \")\""))
        return NULL;
    return node;
}

static struct node *parse_not(struct parse *parse)
{
    size_t from = parse->token.pos;
    struct node *node;

    if (++parse->nesting > EXPRESSION_MAX_NESTING) {
        parse_stop(parse, from, "nested more than %d deep; use named conditions", EXPRESSION_MAX_NESTING);
        return NULL;
    }
    if (parse_is_word(parse, "not")) {
        parse_next(parse);
        node = new_node(parse, NODE_NOT, from);
        if (node != NULL) {
            node->child = parse_not(parse);
            node->nchild = 1;
            node->to = parse->behind;
            if (node->child == NULL)
                node = NULL;
        }
    } else {
        node = parse_primary(parse);
    }
    parse->nesting--;
    return node;
}

/* A chain of `word` over `below`. */
static struct node *parse_chain(struct parse *parse, const char *word, enum node_kind kind,
                                struct node *(*below)(struct parse *))
{
    struct node *first = below(parse), *node, *last = NULL;

    if (first == NULL || !parse_is_word(parse, word))
        return first;
    node = new_node(parse, kind, first->from);
    if (node == NULL)
        return NULL;
    add_child(node, first, &last);
    while (parse_is_word(parse, word)) {
        parse_next(parse);
        struct node *child = below(parse);
        if (child == NULL)
            return NULL;
        add_child(node, child, &last);
    }
    node->to = parse->behind;
    return node;
}

static struct node *parse_and(struct parse *parse)
{
    return parse_chain(parse, "and", NODE_AND, parse_not);
}

static struct node *parse_or(struct parse *parse)
{
    return parse_chain(parse, "or", NODE_OR, parse_and);
}

struct expression *expression_parse(struct arena *arena, struct str text, const struct document *document,
                                    const char *path, struct err *err)
{
    struct parse parse = {.arena = arena, .document = document, .path = path, .err = err};
    struct expression *expression;

    parse.text = arena_strdup(arena, text);
    expression = parse_alloc(&parse, 1, sizeof(*expression));
    if (parse.text.p == NULL || expression == NULL)
        return NULL;
    expression->text = parse.text;
    parse_next(&parse);
    if (parse.token.kind == TOKEN_END)
        parse_stop(&parse, 0, "an empty condition");
    expression->root = parse.stopped ? NULL : parse_or(&parse);
    if (expression->root != NULL && parse.token.kind != TOKEN_END)
        parse_stop(&parse, parse.token.pos, "\"and\" or \"or\" expected, not \"%.*s\"",
                   STR_FMT(parse.token.text));
    return parse.bad || expression->root == NULL ? NULL : expression;
}
