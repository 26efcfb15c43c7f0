/* expression_term.c - the terms of a condition: functions over sets, facts with their types, flags, score,
 * names. */
#include "match/expression_parse.h"

#include <stdio.h>

#define MAX_ITEMS 256

static const char *const functions[] = {"count", "near",    "then",     "starts", "same",
                                        "any",   "negated", "reported", "known",  NULL};
static const char *const keywords[] = {"and", "or", "not", "of", "in", NULL};

static bool is_listed(struct str word, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (str_eqz(word, *names))
            return true;
    }
    return false;
}

/* ` (did you mean "…"?)`, or nothing. */
static const char *hint(struct str name, const char *const *names, char *out, size_t size)
{
    char z[64];
    const char *nearest;

    snprintf(z, sizeof(z), "%.*s", name.n < sizeof(z) ? (int)name.n : 0, name.p);
    nearest = names != NULL && z[0] != '\0' ? err_nearest(z, names) : NULL;
    snprintf(out, size, nearest != NULL ? " (did you mean \"%s\"?)" : "%s", nearest != NULL ? nearest : "");
    return out;
}

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
    } while (parse->token.kind == TOKEN_NAME && term->nsets < MAX_ITEMS);
    return take_number(parse, term, EXPRESSION_MAX_DISTANCE);
}

static bool args_count(struct parse *parse, struct term *term)
{
    term->kind = TERM_COUNT;
    if (!take_set(parse, term))
        return false;
    while (parse->token.kind == TOKEN_COMMA && term->nsets < MAX_ITEMS) {
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
    while (parse->token.kind == TOKEN_COMMA && term->nsets < MAX_ITEMS) {
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
    char did[100];

    term->kind = TERM_KNOWN;
    if (!parse_take(parse, TOKEN_NAME, "the name of a fact"))
        return false;
    if (fact < 0)
        parse_problem(parse, token.pos, "unknown fact \"%.*s\"%s", STR_FMT(token.text),
                      hint(token.text, fact_names(), did, sizeof(did)));
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
    char did[100];

    if (!is_listed(name.text, functions)) {
        parse_stop(parse, name.pos, "unknown function \"%.*s\"%s", STR_FMT(name.text),
                   hint(name.text, functions, did, sizeof(did)));
        return false;
    }
    parse_next(parse);
    if (!args(parse, name.text, term) || !parse_take(parse, TOKEN_CLOSE, "\")\""))
        return false;
    if (term->kind != TERM_COUNT)
        return true;
    return take_compare(parse, term) && take_number(parse, term, EXPRESSION_MAX_COUNT);
}

/* ---- facts ---- */

static void check_word(struct parse *parse, enum fact fact, struct str word, size_t pos)
{
    const char *const *words = fact_words(fact);
    bool country = fact == FACT_CALLER_COUNTRY || fact == FACT_CALLEE_COUNTRY;
    char did[100];

    if (words != NULL && !is_listed(word, words))
        parse_problem(parse, pos, "%s is never \"%.*s\"%s", fact_defs[fact].name, STR_FMT(word),
                      hint(word, words, did, sizeof(did)));
    for (size_t i = 0; country && i < word.n; i++) {
        if (word.n > 3 || word.p[i] < '0' || word.p[i] > '9') {
            parse_problem(parse, pos, "%s is a calling code such as \"86\" or \"852\", never \"%.*s\"",
                          fact_defs[fact].name, STR_FMT(word));
            break;
        }
    }
}

static bool take_word(struct parse *parse, enum fact fact, struct str *out)
{
    struct token token = parse->token;

    if (!parse_take(parse, TOKEN_STRING, "a word in quotes"))
        return false;
    *out = token.text;
    check_word(parse, fact, token.text, token.pos);
    return true;
}

/* `in ("a", "b")`, at the word in. */
static bool parse_in(struct parse *parse, struct term *term)
{
    struct str *words = parse_alloc(parse, MAX_ITEMS, sizeof(*words));

    if (words == NULL)
        return false;
    parse_next(parse);
    if (parse->token.kind == TOKEN_NAME && str_starts(parse->token.text, STR_LIT("list."))) {
        parse_stop(parse, parse->token.pos, "lists (in %.*s) are not in this version",
                   STR_FMT(parse->token.text));
        return false;
    }
    term->words = words;
    if (!parse_take(parse, TOKEN_OPEN, "\"(\""))
        return false;
    do {
        if (term->nwords == MAX_ITEMS) {
            parse_stop(parse, parse->token.pos, "more than %d words", MAX_ITEMS);
            return false;
        }
        if (!take_word(parse, term->fact, &words[term->nwords++]))
            return false;
    } while (parse->token.kind == TOKEN_COMMA && (parse_next(parse), true));
    return parse_take(parse, TOKEN_CLOSE, "\",\" or \")\"");
}

static bool parse_word_fact(struct parse *parse, struct token name, struct term *term)
{
    struct str *word;

    term->kind = TERM_WORD;
    if (parse_is_word(parse, "not")) {
        parse_next(parse);
        term->inverted = true;
        if (!parse_is_word(parse, "in")) {
            parse_stop(parse, parse->token.pos, "\"in\" expected behind \"not\"");
            return false;
        }
    }
    if (parse_is_word(parse, "in"))
        return parse_in(parse, term);
    if (parse->token.kind != TOKEN_OPERATOR || parse->token.compare > COMPARE_NE) {
        parse_stop(parse, name.pos, "%.*s is a word: compare it by ==, != or in, as in %.*s == \"%s\"",
                   STR_FMT(name.text), STR_FMT(name.text),
                   fact_words(term->fact) != NULL ? fact_words(term->fact)[0] : "86");
        return false;
    }
    term->inverted = parse->token.compare == COMPARE_NE;
    parse_next(parse);
    term->words = word = parse_alloc(parse, 1, sizeof(*word));
    term->nwords = 1;
    return word != NULL && take_word(parse, term->fact, word);
}

static bool parse_num_fact(struct parse *parse, struct token name, struct term *term)
{
    term->kind = TERM_NUM;
    if (parse->token.kind != TOKEN_OPERATOR) {
        parse_stop(parse, name.pos, "%.*s is a number: compare it, as in %.*s >= 1", STR_FMT(name.text),
                   STR_FMT(name.text));
        return false;
    }
    term->compare = parse->token.compare;
    parse_next(parse);
    if (parse->token.kind == TOKEN_STRING) {
        parse_stop(parse, parse->token.pos, "%.*s is a number: compare it with a number, not with a word",
                   STR_FMT(name.text));
        return false;
    }
    term->number = parse->token.number;
    return parse_take(parse, TOKEN_NUMBER, "a number");
}

static bool parse_fact(struct parse *parse, struct token name, struct term *term)
{
    switch (fact_defs[term->fact].type) {
    case FACT_TYPE_WORD: return parse_word_fact(parse, name, term);
    case FACT_TYPE_NUM: return parse_num_fact(parse, name, term);
    case FACT_TYPE_FLAGS:
        parse_stop(parse, name.pos, "%.*s is a set of flags: ask for one, as in \"CN_INTL\" in %.*s",
                   STR_FMT(name.text), STR_FMT(name.text));
        return false;
    case FACT_TYPE_BOOL: break;
    }
    term->kind = TERM_FACT;
    if (parse->token.kind != TOKEN_OPERATOR && !parse_is_word(parse, "in"))
        return true;
    parse_stop(parse, parse->token.pos, "%.*s is true or false: write %.*s or not %.*s", STR_FMT(name.text),
               STR_FMT(name.text), STR_FMT(name.text));
    return false;
}

/* `"FLAG" [not] in caller.flags`, at the string. */
static bool parse_flag(struct parse *parse, struct term *term)
{
    struct token flag = parse->token;
    const char *const *words;
    uint32_t bit = 1;
    char did[100];

    parse_next(parse);
    term->kind = TERM_FLAG;
    if (parse_is_word(parse, "not")) {
        term->inverted = true;
        parse_next(parse);
    }
    int fact = -1;
    if (parse_is_word(parse, "in")) {
        parse_next(parse);
        fact = fact_find(parse->token.text);
    }
    if (fact < 0 || fact_defs[fact].type != FACT_TYPE_FLAGS) {
        parse_stop(parse, flag.pos,
                   "a string may only stand before \"in caller.flags\" or \"in callee.flags\" and "
                   "behind a comparison");
        return false;
    }
    parse_next(parse);
    term->fact = (enum fact)fact;
    for (words = fact_words(term->fact); *words != NULL && !str_eqz(flag.text, *words); words++)
        bit <<= 1;
    term->flags = bit;
    if (*words == NULL)
        parse_problem(parse, flag.pos, "unknown flag \"%.*s\"%s", STR_FMT(flag.text),
                      hint(flag.text, fact_words(term->fact), did, sizeof(did)));
    return true;
}

static bool parse_name(struct parse *parse, struct token name, struct term *term)
{
    char did[100];

    if (parse->token.kind == TOKEN_OPERATOR || parse_is_word(parse, "in")) {
        parse_stop(parse, name.pos, "unknown fact \"%.*s\"%s", STR_FMT(name.text),
                   hint(name.text, fact_names(), did, sizeof(did)));
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

    if (parse->token.kind != TOKEN_NAME || is_listed(name.text, keywords)) {
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
    if (fact < 0)
        return parse_name(parse, name, term);
    term->fact = (enum fact)fact;
    return parse_fact(parse, name, term);
}

struct term *parse_term(struct parse *parse)
{
    struct set_ref sets[MAX_ITEMS];
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
