/* depot.h - the libraries that were fed to this node and accepted last, kept in a folder so that the next start is
 * ready before the platform is heard again; and the highest version ever accepted under each name, so that an old one
 * is known when it comes back.
 *
 * In the folder: depot.json, the index, and one file per library, named by its content. An index is written beside the
 * old one and renamed over it, after the files it names: whoever reads sees one state or the other. A depot without
 * folder keeps all in memory only.
 *
 * Threads: a depot belongs to the main thread; only a draft is written by another one. */
#ifndef TELSIEVE_DAEMON_DEPOT_H
#define TELSIEVE_DAEMON_DEPOT_H

#include "core/err.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

#define DEPOT_NAME_BYTES 64     /* of a library's name, with its NUL */
#define DEPOT_VERSION_BYTES 64
#define DEPOT_HASH_BYTES 72     /* "sha256:" and 64 hex digits */
#define DEPOT_WHO_BYTES 128

/* Where a library came from. */
enum depot_way { DEPOT_BY_TOPIC, DEPOT_BY_HTTP };
const char *depot_way_name(enum depot_way way); /* "topic", "http" */

struct depot_item {
    char name[DEPOT_NAME_BYTES];
    char version[DEPOT_VERSION_BYTES];
    char sha256[DEPOT_HASH_BYTES];
    enum depot_way way;
    char who[DEPOT_WHO_BYTES];     /* who fed it: a token's name, an address */
    char signers[DEPOT_WHO_BYTES]; /* names of the keys that signed it, comma separated; "" */
    int32_t partition;             /* by topic; else -1 */
    int64_t offset;                /* by topic; else -1 */
    int64_t at_ms;                 /* when it was accepted, wall clock */
    struct str text;               /* the library's bytes */
    bool kept;                     /* the depot's own: the folder has the text */
};

struct depot;

/* Open the folder, made when absent; "" keeps nothing. What cannot be read back is left out and told in `damage` (the
 * platform will feed it again). NULL with err when the folder cannot be used at all. */
struct depot *depot_open(const char *folder, struct err *damage, struct err *err);
void depot_close(struct depot **depot);

size_t depot_count(const struct depot *depot);
const struct depot_item *depot_at(const struct depot *depot, size_t i); /* by name, ascending; lent until a change */
const struct depot_item *depot_find(const struct depot *depot, const char *name); /* NULL: not fed */

/* Changes are kept by a draft. `item` and its text are copied; an item with its name is replaced. Returns 0 or
 * -TS_ENOMEM. */
int depot_put(struct depot *depot, const struct depot_item *item);
void depot_remove(struct depot *depot, const char *name);

/* Remove it although nobody withdrew it: its highest version may be put once more, but none below. Of a name that is
 * not there nothing is lost. */
void depot_lose(struct depot *depot, const char *name);
bool depot_is_lost(const struct depot *depot, const char *name);

/* The highest version ever put under the name, also when it is withdrawn now; "" when there was none. */
const char *depot_highest(const struct depot *depot, const char *name);

/* Does it have a folder? */
bool depot_is_kept(const struct depot *depot);

/* The depot as it is now, to be written to the folder. NULL: out of memory. A draft ends with depot_settle, before the
 * next one is made and before the depot is closed. */
struct depot_draft;
struct depot_draft *depot_draft(const struct depot *depot);

/* Forces it to disk, when it is not what was written last. Returns 0, or -TS_EIO with the reason in err: the next draft
 * tries again. Any thread. */
int depot_draft_write(const struct depot_draft *draft, struct err *err);

/* What came of it. */
void depot_settle(struct depot *depot, struct depot_draft **draft, bool written);

/* "sha256:…" of bytes. */
void depot_digest(struct str bytes, char out[DEPOT_HASH_BYTES]);

#endif
