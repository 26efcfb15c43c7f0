/* lists_key.h - how an entry of a list is read: what it is by its shape, and the one form in which it is kept and
 * looked for, so that 0086…, +86… and the bare number meet.
 *
 *   number   digits with + and separators: +85251234567, 0086 138 0013 8000, 95311 (up to 18 digits)
 *   span     a prefix, 1705* or +8525* (without + and no Chinese number's beginning, 8525*: of national and foreign
 *            numbers alike), or two numbers of as many digits, +85251000000-+85251009999
 *   host     a name with a dot, an IP address, a URL (its host): bad.example stands for its subdomains too
 *   word     all else without blanks, upper and lower case alike: an id of WeChat, an address of a wallet; and longer
 *            numbers
 * A QQ number, an account or a card is a number like any other.
 *
 * Threads: pure functions. */
#ifndef TELSIEVE_MATCH_LISTS_KEY_H
#define TELSIEVE_MATCH_LISTS_KEY_H

#include "record/number.h"

#define LIST_TEXT_MAX 253 /* bytes */

enum list_kind { LIST_NUMBER, LIST_SPAN, LIST_HOST, LIST_WORD };

/* Numbers from `lo` to `hi`, as list_position gives them. */
struct list_span {
    uint64_t lo, hi;
    uint8_t length;  /* digits of the numbers; 0: any */
    uint8_t classes; /* bits by list_class */
};

struct list_key {
    enum list_kind kind;
    uint64_t number;       /* of a number */
    struct list_span span; /* of a span */
    char text[LIST_TEXT_MAX + 3]; /* of all but numbers (list_number_text): in its one form, ended by NUL */
    size_t n;
};

/* Read an entry. Returns 0, or -TS_EINVAL and in *why what is wrong and would be right. */
int list_key_read(const struct number_plan *plan, struct str entry, struct list_key *out, const char **why);

/* What is looked for: the host of a URL; or what another contact has for its value, which is a number (then `number`
 * has it too) or a word. Returns as list_key_read. */
int list_host_read(struct str host, struct list_key *out, const char **why);
int list_word_read(const struct number_plan *plan, struct str value, struct list_key *out, struct number *number,
                   const char **why);

/* The key of a number; 0: it has no digits, or more than 18. */
uint64_t list_number_key(const struct number *number);

/* The form of a number's key: "+8613800138000", "95311". Returns what was written to `out`, ended by NUL. */
#define LIST_NUMBER_TEXT 24
struct str list_number_text(uint64_t key, char out[LIST_NUMBER_TEXT]);

/* For spans: the first 18 digits as a fraction, and the class (0 services and mobiles, 1 fixed lines, 2 foreign). */
uint64_t list_position(const struct number *number);
unsigned list_class(const struct number *number);

#endif
