/* polarity_words.h - the words of polarity.json, folded, with what each does. Private to polarity*.c. */
#ifndef TELSIEVE_MATCH_POLARITY_WORDS_H
#define TELSIEVE_MATCH_POLARITY_WORDS_H

#include "core/arena.h"
#include "match/polarity.h"

/* The lists of plain words, by their key in the file. Words of the pairs of `around` and the quotes come behind. */
#define WORD_LISTS(X)                                                                                         \
    X(NEGATOR, "negators") X(WEAK_NEGATOR, "weak_negators") X(PLAIN, "plain") X(REPORTER, "reporters")         \
    X(VERDICT, "verdicts") X(SUMMING, "summings") X(SPEAKER, "speakers") X(TURN, "turns") X(HEADING, "headings") \
    X(CONTRAST, "contrasts") X(DOUBT, "doubts")

enum word_kind {
#define X(id, key) WORD_##id,
    WORD_LISTS(X)
#undef X
    WORD_OPENING,
    WORD_CLOSING,
    WORD_KINDS
};

struct word_use {
    uint8_t kind;
    uint8_t pair; /* of `around`; 0 else */
};

struct quote {
    struct str open, close;
};

struct polarity_words {
    struct arena arena;
    unsigned char digest[32];
    struct str *words;        /* pattern ids; the same word may stand in several lists */
    struct word_use *uses;
    size_t nwords, cap;
    struct quote *quotes;
    size_t nquotes;
    size_t quote_chars, speech_chars;
    struct str *greetings;
    size_t ngreetings;
    hs_database_t *database;
};

#endif
