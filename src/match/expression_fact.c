/* expression_fact.c - terms that ask for a fact: what may stand behind its name depends on its type. */
#include "match/expression_parse.h"

static void check_word(struct parse *parse, enum fact fact, struct str word, size_t pos)
{
    const char *const *words = fact_words(fact);
    bool country = fact == FACT_CALLER_COUNTRY || fact == FACT_CALLEE_COUNTRY;
    char hint[ERR_HINT_BYTES];

    if (words != NULL && !str_is_among(word, words))
        parse_problem(parse, pos, "%s is never \"%.*s\"%s", fact_defs[fact].name, STR_FMT(word),
                      parse_hint(word, words, hint));
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
    struct str *words = parse_alloc(parse, PARSE_MAX_ITEMS, sizeof(*words));

    if (words == NULL)
        return false;
    parse_next(parse);
    term->words = words;
    if (!parse_take(parse, TOKEN_OPEN, "\"(\""))
        return false;
    do {
        if (term->nwords == PARSE_MAX_ITEMS) {
            parse_stop(parse, parse->token.pos, "more than %d words", PARSE_MAX_ITEMS);
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

bool parse_fact(struct parse *parse, struct token name, struct term *term)
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

/* ---- lists ------------------------------------------------------------------------------------------------- */

/* Step over blanks and, when it stands there, over a word. */
static bool eat(struct str *text, struct str word)
{
    bool is;

    while (text->n > 0 && memchr(" \t\n\r", text->p[0], 4) != NULL)
        *text = (struct str){text->p + 1, text->n - 1};
    if ((is = str_starts(*text, word)))
        *text = (struct str){text->p + word.n, text->n - word.n};
    return is;
}

/* Tokens are not given back: the text is looked at. */
bool parse_is_list(const struct parse *parse)
{
    struct str ahead = str_range(parse->text.p + parse->token.pos, str_end(parse->text));

    (void)eat(&ahead, STR_LIT("not "));
    return eat(&ahead, STR_LIT("in ")) && eat(&ahead, STR_LIT("list."));
}

bool parse_list(struct parse *parse, struct token name, struct term *term)
{
    int what = listable_find(name.text);
    char hint[ERR_HINT_BYTES];
    struct token list;

    term->kind = TERM_LIST;
    if (what < 0) {
        parse_stop(parse, name.pos, "%.*s cannot be in a list%s; caller, callee, text.url, text.phone, contact.qq, "
                   "contact.wechat, contact.account, contact.wallet and contact.card can", STR_FMT(name.text),
                   parse_hint(name.text, listable_names(), hint));
        return false;
    }
    term->question.what = (enum listable)what;
    if (parse_is_word(parse, "not")) {
        term->inverted = true;
        parse_next(parse);
    }
    parse_next(parse); /* in */
    list = parse->token;
    term->list = (struct str){list.text.p + strlen("list."), list.text.n - strlen("list.")};
    if (!list_is_name(term->list))
        parse_problem(parse, list.pos, "the name of a list has 1 to 64 lower-case letters, digits, _ and -");
    parse_next(parse);
    return true;
}

/* ---- flags ------------------------------------------------------------------------------------------------- */

bool parse_flag(struct parse *parse, struct term *term)
{
    struct token flag = parse->token;
    const char *const *words;
    uint32_t bit = 1;
    char hint[ERR_HINT_BYTES];

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
                      parse_hint(flag.text, fact_words(term->fact), hint));
    return true;
}
