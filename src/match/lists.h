/* lists.h - named lists of numbers, hosts, accounts and ids that are changed entry by entry while records are judged
 * (`caller in list.case_numbers`). How an entry is read: lists_key.h.
 *
 * A list has two layers: what the rules folder brings (base) and what the platform feeds. An entry of both counts as
 * fed; when it is no longer fed, the base one counts again. Ten million numbers take about 290 MiB.
 *
 * Threads: changes (the functions of "the writer") come from any thread, one at a time by a mutex. Readers, as many
 * as slots were made: between lists_pin and lists_unpin of their own slot, once per batch; they are wait-free and
 * never stop the writer. A list, once found, stays where it is as long as the lists. Everything a look-up gives is
 * lent until lists_unpin. Without a writer beside them nobody need pin. */
#ifndef TELSIEVE_MATCH_LISTS_H
#define TELSIEVE_MATCH_LISTS_H

#include "match/tier.h"
#include "record/number.h"

#define LISTS_MAX 256
#define LIST_NAME_MAX 64   /* bytes: lower-case letters, digits, _ and - */
#define LIST_SOURCE_MAX 200
#define LIST_NOTE_MAX 500
#define LIST_EXPIRES_MAX_MS (INT64_C(4294967295) * 1000) /* the year 2106 */

struct lists;
struct list;

enum list_layer { LIST_BASE, LIST_FED, LIST_LAYERS };

/* `plan` is borrowed. NULL when memory is exhausted. */
struct lists *lists_new(const struct number_plan *plan, unsigned readers);
void lists_free(struct lists **lists); /* no readers */

/* ---- the writer ---- */

struct list_entry {
    struct str list, entry;
    int64_t expires_ms; /* 0: never; the entry counts until then, to the second */
    enum tier tier;     /* TIER_NONE: it has none */
    struct str source, note;
};

/* Set an entry, in the place of the one that is there. Returns 1 when that changed something, 0, or -TS_EINVAL and in
 * *why what is wrong and would be right, -TS_ELIMIT (likewise) or -TS_ENOMEM. */
int lists_set(struct lists *lists, enum list_layer layer, const struct list_entry *entry, const char **why);

/* Remove an entry. Returns as lists_set. */
int lists_remove(struct lists *lists, enum list_layer layer, struct str list, struct str entry, const char **why);

/* Everything is read anew: what is not set (or kept) between the two is removed by the second, which returns how many
 * those were; a reading that is given up removes nothing. */
void lists_read_begin(struct lists *lists, enum list_layer layer);
size_t lists_read_end(struct lists *lists, enum list_layer layer);
void lists_read_give_up(struct lists *lists, enum list_layer layer);
int lists_keep(struct lists *lists, enum list_layer layer, struct str list, struct str entry, const char **why);

/* Name a list, which may stay empty. Returns 0 or -TS_E… and *why. */
int lists_declare(struct lists *lists, struct str name, const char **why);

/* Make room for so many numbers in a list that there is, when that is known beforehand. Returns 0 or -TS_ENOMEM. */
int lists_reserve(struct lists *lists, enum list_layer layer, struct str list, size_t n);

/* Once a second: frees what no reader looks at any more; shows readers the prefixes and ranges set since
 * lists_read_begin, which otherwise wait for lists_read_end. Returns 0 or -TS_ENOMEM: then those wait on. */
int lists_tend(struct lists *lists);

/* ---- any thread ---- */

void lists_pin(struct lists *lists, unsigned slot);
void lists_unpin(struct lists *lists, unsigned slot);

/* Moves with each change; odd while one is made. Two equal even values: nothing changed in between. */
uint64_t lists_version(const struct lists *lists);

/* Of all entries, whatever their order; and as it is written: "xxh3:0123456789abcdef". */
#define LISTS_DIGEST_SIZE 22
uint64_t lists_digest(const struct lists *lists);
const char *lists_digest_text(uint64_t digest, char out[LISTS_DIGEST_SIZE]);

/* NULL: nobody has named it yet. The number of lists only grows; 0 … lists_count - 1 are in the order of their
 * naming. */
const struct list *lists_find(const struct lists *lists, struct str name);
size_t lists_count(const struct lists *lists);
const struct list *lists_at(const struct lists *lists, size_t i);

const char *list_name(const struct list *list);
bool list_is_name(struct str name);
size_t list_size(const struct list *list, enum list_layer layer); /* entries, expired ones too */

/* What was found of an entry. */
struct list_hit {
    const struct list *list;
    enum list_layer layer;
    struct str entry; /* in its one form; may stand in `buf` */
    int64_t expires_ms;
    enum tier tier;
    struct str source, note;
    char buf[32];
};

/* Is it in the list at now_ms? `hit` may be NULL; do not copy it, or set `entry` anew. A word is what a contact has for
 * its value: a QQ number, an id, a card; a host is looked for with the domains above it. */
bool list_has_number(const struct list *list, const struct number *number, int64_t now_ms, struct list_hit *hit);
bool list_has_host(const struct list *list, struct str host, int64_t now_ms, struct list_hit *hit);
bool list_has_word(const struct list *list, struct str value, int64_t now_ms, struct list_hit *hit);

/* The same for who asks several lists, or expects first: `key` is the number's (list_number_key, lists_key.h). */
bool list_has_key(const struct list *list, const struct number *number, uint64_t key, int64_t now_ms,
                  struct list_hit *hit);

/* It will be looked for soon: what tells most numbers that are not there comes near. */
void list_expect_key(const struct list *list, uint64_t key);

#endif
