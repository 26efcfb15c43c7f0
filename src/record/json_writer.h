/* json_writer.h - compact JSON (RFC 8259) written straight into one buffer, in the order of the calls.
 *
 * Errors are sticky: once memory runs out all calls do nothing, and json_writer_take says so. Commas come by
 * themselves. Ownership: the buffer is the writer's until it is taken; it doubles as it fills, so that a document of n
 * bytes costs at most log2(n / JSON_WRITER_BYTES) + 2 allocations. Threads: a writer belongs to one. */
#ifndef TELSIEVE_RECORD_JSON_WRITER_H
#define TELSIEVE_RECORD_JSON_WRITER_H

#include "core/str.h"

#include <stdint.h>

#define JSON_WRITER_BYTES 8192 /* of the first buffer */

struct json_writer {
    char *buf;
    size_t n, cap;
    bool failed;
};

/* Ready for a document. Every writer ends with json_writer_take. */
void json_writer_init(struct json_writer *writer);

/* The document, NUL-terminated, *len bytes without it, to be free()d; NULL when memory ran out. */
char *json_writer_take(struct json_writer *writer, size_t *len);

void json_writer_open(struct json_writer *writer, char bracket); /* '{' or '[' */
void json_writer_close(struct json_writer *writer, char bracket); /* '}' or ']' */

/* The name of the member whose value comes next: ASCII without anything to escape. */
void json_writer_key(struct json_writer *writer, struct str key);

/* A member that is an object or array; closed with what this returned it is left out again when it stayed empty. */
size_t json_writer_open_member(struct json_writer *writer, struct str key, char bracket);
void json_writer_close_filled(struct json_writer *writer, size_t from, char bracket);

/* Well-formed UTF-8 without NUL (tables, fixed words). */
void json_writer_str(struct json_writer *writer, struct str s);

/* Any bytes: ill-formed ones and NUL become U+FFFD, for JSON is UTF-8 and many readers refuse a NUL. */
void json_writer_bytes(struct json_writer *writer, struct str s);

void json_writer_int(struct json_writer *writer, int64_t value);
void json_writer_put_int(struct json_writer *writer, struct str key, int64_t value);      /* a member, */
void json_writer_put_bytes(struct json_writer *writer, struct str key, struct str value); /* and another */
void json_writer_tenths(struct json_writer *writer, unsigned tenths); /* 979 is written 97.9 */
void json_writer_bool(struct json_writer *writer, bool value);

#endif
