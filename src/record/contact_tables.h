/* contact_tables.h - the lists contact extraction compares with. Private to the contact files. */
#ifndef TELSIEVE_RECORD_CONTACT_TABLES_H
#define TELSIEVE_RECORD_CONTACT_TABLES_H

#include "record/contact.h"
#include "record/contact_lexicon.h"
#include "record/institution.h"

#include <libpsl.h>

#define CONTACT_ROLES(X)                                                                                      \
    X(QQ, "qq") X(WECHAT, "wechat") X(CARD, "card") X(ACCOUNT, "account") X(MEETING, "meeting") X(PHONE, "phone") \
    X(REFERENCE, "reference") X(FILLER, "filler") X(NOT_MONEY, "not_money") \
    X(SOFT, "soft") X(TELEGRAM, "telegram") X(GROUP, "group") X(TOKEN, "token") X(PAY, "pay")                 \
    X(INSTALL, "install") X(SEARCH, "search") X(ARTICLE, "article")

enum contact_role_index {
#define X(name, key) ROLE_INDEX_##name,
    CONTACT_ROLES(X)
#undef X
    ROLE_COUNT
};
#define ROLE(name) (1u << ROLE_INDEX_##name)

#define CONTACT_ENDING_BITS 1024

struct contact_tables {
    psl_ctx_t *suffixes;         /* the Public Suffix List */
    struct institutions *institutions;
    struct name_set endings, official, open, mail, shorteners;
    uint64_t ending_bits[CONTACT_ENDING_BITS / 64]; /* by contact_ending_bit: no for most labels that are no ending */
    struct lexicon lexicon;      /* words with their ROLE()s */
    unsigned char digest[32];
};

static inline size_t contact_ending_bit(struct str name)
{
    unsigned char first = (unsigned char)name.p[0], second = (unsigned char)name.p[1];

    return (first * 32u + second + name.n * 7u) % CONTACT_ENDING_BITS;
}

#endif
