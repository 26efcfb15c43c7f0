/* contact_tables.h - the lists contact extraction compares with. Private to the contact files. */
#ifndef TELSIEVE_RECORD_CONTACT_TABLES_H
#define TELSIEVE_RECORD_CONTACT_TABLES_H

#include "record/contact.h"
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

struct contact_word {
    struct str text;
    uint32_t roles;
};

struct contact_tables {
    psl_ctx_t *suffixes;         /* the Public Suffix List */
    struct institutions *institutions;
    struct name_set endings, official, open, mail, shorteners;
    struct contact_word *words;  /* by last byte, longest first */
    size_t nwords;
    uint16_t by_last[257];       /* words ending in byte b: [by_last[b], by_last[b + 1]) */
    unsigned char digest[32];
};

/* The longest word that ends at `at` (not before `start`) and has one of `roles`; NULL when there is none. */
const struct contact_word *contact_word_before(const struct contact_tables *tables, const char *start,
                                               const char *at, uint32_t roles);

/* The length of the first word with one of these roles that stands at `at`; 0 when none does. */
size_t contact_word_at(const struct contact_tables *tables, const char *at, const char *end, uint32_t role);

#endif
