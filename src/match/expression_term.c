/* expression_term.c - the terms of a condition: functions over sets, score, names; what they name tells which. */
#include "match/expression_parse.h"

static const char *const functions[] = {"count", "near",    "then",     "starts", "same",
                                        "any",   "negated", "reported", "known",  NULL};
static const char *const keywords[] = {"and", "or", "not", "of", "in", NULL};

/* ---- pieces ---- */

static bool take_set(struct parse *parse, struct term *term)
{
    struct token token = parse->token;

    if (token.kind == TOKEN_NAME && fact_find(token.text) >= 0) {
        parse_stop(parse, token.pos, "a set expected; %.*s is a fact", STR_FMT(token.text));
        return false;
    }
    if (!parse_take(parse, TOKEN_NAME, "the name of a set"))
        return false;
    term->sets[term->nsets++] = (struct set_ref){token.text, token.pos, 0};
    return true;
}

/* A whole number up to `max`. */
static bool take_number(struct parse *parse, struct term *term, double max)
{
    struct token token = parse->token;

    if (!parse_take(parse, TOKEN_NUMBER, "a number"))
        return false;
    if (token.number > max || token.number != (double)(unsigned)token.number)
        parse_problem(parse, token.pos, "a whole number up to %g expected, not %.*s", max,
                      STR_FMT(token.text));
    term->number = token.number;
    return true;
}

static bool take_compare(struct parse *parse, struct term *term)
{
    term->compare = parse->token.compare;
    return parse_take(parse, TOKEN_OPERATOR, "a comparison (== != < <= > >=)");
}

static bool take_comma(struct parse *parse)
{
    return parse_take(parse, TOKEN_COMMA, "\",\"");
}

/* ---- functions ---- */

static bool args_polarity(struct parse *parse, struct term *term, uint8_t polarity)
{
    term->kind = TERM_SET;
    term->polarity = polarity;
    return take_set(parse, term);
}

static bool args_pair(struct parse *parse, struct term *term, enum term_kind kind)
{
    term->kind = kind;
    return take_set(parse, term) && take_comma(parse) && take_set(parse, term) && take_comma(parse) &&
           take_number(parse, term, EXPRESSION_MAX_DISTANCE);
}

/* `a, b, 30`: one set or more, then the number. */
static bool args_starts(struct parse *parse, struct term *term)
{
    term->kind = TERM_STARTS;
    do {
        if (!take_set(parse, term) || !take_comma(parse))
            return false;
    } while (parse->token.kind == TOKEN_NAME && term->nsets < PARSE_MAX_ITEMS);
    return take_number(parse, term, EXPRESSION_MAX_DISTANCE);
}

static bool args_count(struct parse *parse, struct term *term)
{
    term->kind = TERM_COUNT;
    if (!take_set(parse, term))
        return false;
    while (parse->token.kind == TOKEN_COMMA && term->nsets < PARSE_MAX_ITEMS) {
        parse_next(parse);
        if (!take_set(parse, term))
            return false;
    }
    return true;
}

static bool args_same(struct parse *parse, struct term *term)
{
    term->kind = TERM_SAME;
    if (!parse_is_word(parse, "sentence")) {
        parse_stop(parse, parse->token.pos, "same(sentence, a, b): \"sentence\" expected");
        return false;
    }
    parse_next(parse);
    size_t pos = parse->token.pos;
    while (parse->token.kind == TOKEN_COMMA && term->nsets < PARSE_MAX_ITEMS) {
        parse_next(parse);
        if (!take_set(parse, term))
            return false;
    }
    if (term->nsets < 2)
        parse_stop(parse, pos, "same(sentence, a, b) needs two sets or more");
    return term->nsets >= 2;
}

static bool args_known(struct parse *parse, struct term *term)
{
    struct token token = parse->token;
    int fact = fact_find(token.text);
    char hint[ERR_HINT_BYTES];

    term->kind = TERM_KNOWN;
    if (!parse_take(parse, TOKEN_NAME, "the name of a fact"))
        return false;
    if (fact < 0)
        parse_problem(parse, token.pos, "unknown fact \"%.*s\"%s", STR_FMT(token.text),
                      parse_hint(token.text, fact_names(), hint));
    term->fact = (enum fact)(fact < 0 ? 0 : fact);
    return true;
}

static bool args(struct parse *parse, struct str name, struct term *term)
{
    if (str_eqz(name, "any"))
        return args_polarity(parse, term, POLARITY_LIVE | POLARITY_NEGATED | POLARITY_REPORTED);
    if (str_eqz(name, "negated"))
        return args_polarity(parse, term, POLARITY_NEGATED);
    if (str_eqz(name, "reported"))
        return args_polarity(parse, term, POLARITY_REPORTED);
    if (str_eqz(name, "near"))
        return args_pair(parse, term, TERM_NEAR);
    if (str_eqz(name, "then"))
        return args_pair(parse, term, TERM_THEN);
    if (str_eqz(name, "starts"))
        return args_starts(parse, term);
    if (str_eqz(name, "same"))
        return args_same(parse, term);
    if (str_eqz(name, "known"))
        return args_known(parse, term);
    return args_count(parse, term);
}

/* At the "(" behind the name of a function. */
static bool parse_function(struct parse *parse, struct token name, struct term *term)
{
    char hint[ERR_HINT_BYTES];

    if (!str_is_among(name.text, functions)) {
        parse_stop(parse, name.pos, "unknown function \"%.*s\"%s", STR_FMT(name.text),
                   parse_hint(name.text, functions, hint));
        return false;
    }
    parse_next(parse);
    if (!args(parse, name.text, term) || !parse_take(parse, TOKEN_CLOSE, "\")\""))
        return false;
    if (term->kind != TERM_COUNT)
        return true;
    return take_compare(parse, term) && take_number(parse, term, EXPRESSION_MAX_COUNT);
}

/* ---- names ---- */

static bool parse_name(struct parse *parse, struct token name, struct term *term)
{
    char hint[ERR_HINT_BYTES];

    if (parse->token.kind == TOKEN_OPERATOR || parse_is_word(parse, "in")) {
        parse_stop(parse, name.pos, "unknown fact \"%.*s\"%s", STR_FMT(name.text),
                   parse_hint(name.text, fact_names(), hint));
        return false;
    }
    term->kind = TERM_NAME;
    term->polarity = POLARITY_LIVE;
    term->sets[term->nsets++] = (struct set_ref){name.text, name.pos, 0};
    return true;
}

static bool parse_named(struct parse *parse, struct term *term)
{
    struct token name = parse->token;
    int fact = fact_find(name.text);

    if (parse->token.kind != TOKEN_NAME || str_is_among(name.text, keywords)) {
        if (parse->token.kind == TOKEN_END)
            parse_stop(parse, name.pos, "a set, fact or condition expected at the end");
        else
            parse_stop(parse, name.pos, "a set, fact or condition expected, not \"%.*s\"",
                       STR_FMT(name.text));
        return false;
    }
    parse_next(parse);
    if (parse->token.kind == TOKEN_OPEN)
        return parse_function(parse, name, term);
    if (str_eqz(name.text, "score")) {
        term->kind = TERM_SCORE;
        if (!take_compare(parse, term))
            return false;
        term->number = parse->token.number;
        return parse_take(parse, TOKEN_NUMBER, "a number");
    }
    if (parse_is_list(parse))
        return parse_list(parse, name, term);
    if (fact < 0)
        return parse_name(parse, name, term);
    term->fact = (enum fact)fact;
    return parse_fact(parse, name, term);
}

struct term *parse_term(struct parse *parse)
{
    struct set_ref sets[PARSE_MAX_ITEMS];
    struct term *term = parse_alloc(parse, 1, sizeof(*term));

    if (term == NULL)
        return NULL;
    term->sets = sets;
    if (!(parse->token.kind == TOKEN_STRING ? parse_flag(parse, term) : parse_named(parse, term)))
        return NULL;
    term->sets = parse_alloc(parse, term->nsets + 1, sizeof(*term->sets));
    if (term->sets == NULL)
        return NULL;
    memcpy(term->sets, sets, term->nsets * sizeof(*sets));
    return parse->stopped ? NULL : term;
}
