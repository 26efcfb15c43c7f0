/* decode_simdjson.h - JSON objects walked over the tokens that simdjson finds, behind C: the known names of one object
 * and the bytes of their values, nothing else.
 *
 * Errors never cross as exceptions. The file behind it is plain x86-64: simdjson's first stage, where the time goes,
 * is a virtual function of libsimdjson, which carries every kernel and picks one for this CPU at run time.
 * Threads: a walker belongs to one thread. */
#ifndef TELSIEVE_RECORD_DECODE_SIMDJSON_H
#define TELSIEVE_RECORD_DECODE_SIMDJSON_H

#include "core/str.h"

#include <stdint.h>

struct keys;
struct json_walker;

#ifdef __cplusplus
extern "C" {
#endif

#define JSON_PADDING 64 /* bytes that must be readable behind a text */

/* What one object had. */
struct json_found {
    uint64_t seen;        /* bits of targets (of fields) */
    uint64_t parents;     /* bits of nested objects */
    int twice;            /* a target that occurred twice (a nested object: one inside it), or -1 */
    struct str value[64]; /* by target: the token without white space: "…" with its quotes, a number, null …; of an
                             object or array at least its first byte */
    struct str parent[4]; /* the same of nested objects, which may be no objects */
};

enum json_walk {
    WALK_OBJECT,   /* one object and nothing behind it; *found is filled */
    WALK_BROKEN,   /* not an object, broken where it was looked at, or not well-formed UTF-8 */
    WALK_NO_MEMORY,
};

/* A walker for texts of up to `capacity` bytes; NULL when out of memory. */
struct json_walker *json_walker_new(size_t capacity);
void json_walker_free(struct json_walker **walker);

/* Walk `text` (JSON_PADDING bytes behind it are readable and do not begin with one of , : ] }). A target from
 * KEYS_PARENT on is the nested object with the names of parents[target - KEYS_PARENT]. Skipped values are checked for
 * balance only. `escapes`: the text has a backslash somewhere; `scratch` has room for text.n bytes then. */
enum json_walk json_walk(struct json_walker *walker, struct str text, const struct keys *keys,
                         const struct keys *parents, bool escapes, char *scratch, struct json_found *found);

/* True when `s` is well-formed UTF-8. */
bool json_utf8_valid(struct str s);

/* The kernel in use: "icelake", "haswell", "westmere", "fallback" or "other". */
const char *json_walker_implementation(void);

#ifdef __cplusplus
}
#endif

#endif
