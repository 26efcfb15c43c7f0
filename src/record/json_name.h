/* json_name.h - the names of a feed as they stand in JSON, to be compared at once (json_quick.h).
 *
 * Private to record/. */
#ifndef TELSIEVE_RECORD_JSON_NAME_H
#define TELSIEVE_RECORD_JSON_NAME_H

#include "record/keys.h"

#define JSON_NAME_BYTES 32

enum json_name_kind {
    JSON_NAME_UNKNOWN,
    JSON_NAME_STRING, /* of a field that takes any string */
    JSON_NAME_NUMBER, /* of an integer or a time */
    JSON_NAME_NESTED, /* of an object that holds fields */
};

/* 64 bytes: what one member needs is in one or two cache lines. */
struct json_name {
    char bytes[JSON_NAME_BYTES]; /* `"name":`; bytes that no JSON has when it is too long */
    uint64_t bit;                /* of the field */
    uint64_t stamp;              /* of the names it is one of, or is unknown to */
    uint32_t count;              /* bits of the bytes that count */
    uint8_t n;                   /* how many they are */
    uint8_t kind;                /* enum json_name_kind */
    uint8_t target;              /* the field, or which nested object */
};

/* The names that are known in one object. */
struct json_names {
    struct json_name name[KEYS_MAX + 1]; /* by index in their table; the last one: any unknown name */
    uint64_t stamp;                      /* the same only when names and targets are */
};

/* The known ones; `level` is part of the stamp. */
void json_names_fill(struct json_names *names, const struct keys *keys, unsigned level);

/* A name that is unknown to these. */
void json_name_learn(struct json_name *name, const struct json_names *names, struct str text);

#endif
