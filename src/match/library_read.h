/* library_read.h - what the files library*.c share while a library is read: the reader, paths, typed getters that
 * complain at the right place. Nothing outside them includes it. */
#ifndef TELSIEVE_MATCH_LIBRARY_READ_H
#define TELSIEVE_MATCH_LIBRARY_READ_H

#include "match/library.h"

#define READ_NAME_MAX 60 /* bytes of the name of a library, set, condition or rule */

struct reader {
    struct library *library;
    const struct folding *folding;
    struct err *err;
    bool failed; /* some problem was added */
};

/* A written path for document_error: "rules[3].hit[0]". */
struct path {
    char text[256];
};
struct path path_key(const char *base, const char *key);
struct path path_index(const char *base, size_t i);

/* Add a problem at the value (at_key: at the key) of `path`. */
__attribute__((format(printf, 4, 5))) void read_problem(struct reader *reader, const char *path, bool at_key,
                                                        const char *fmt, ...);

/* Cleared memory of the library; a problem and NULL when there is none. */
void *read_alloc(struct reader *reader, size_t count, size_t size);
const char *read_strdup(struct reader *reader, struct str s);

/* Is `value` an object with no other keys than `keys` (NULL-terminated; remarks "note", "source", "comment" always
 * may be)? All strange keys are told; false only when it is no object. */
bool read_object(struct reader *reader, const json_t *value, const char *path, const char *const *keys);

/* Members. A missing one is NULL / `otherwise`, with a problem when `required`; a mistyped one likewise, always with
 * a problem. Strings are not empty. */
const char *read_string(struct reader *reader, const json_t *object, const char *path, const char *key, bool required);
bool read_bool(struct reader *reader, const json_t *object, const char *path, const char *key, bool otherwise);
json_t *read_array(struct reader *reader, const json_t *object, const char *path, const char *key, bool required);
/* A number above 0 and at most 1000; 0 when absent. */
double read_weight(struct reader *reader, const json_t *object, const char *path, const char *key);

/* Index of the string in `words` (NULL-terminated), or `otherwise` (-1 with `required`). */
int read_word(struct reader *reader, const json_t *object, const char *path, const char *key,
              const char *const *words, int otherwise, bool required);

/* A condition: the string at `key`; NULL when absent or wrong. */
struct expression *read_expression(struct reader *reader, const json_t *object, const char *path, const char *key,
                                   bool required);

/* Letters, digits, _ and - (dots too when `dots`), a letter first; else a problem. */
bool read_check_name(struct reader *reader, const char *name, const char *path, bool at_key, const char *what,
                     bool dots);

/* Where something stands in the file; a member of an object where its name does. */
struct read_place {
    unsigned line, col;
    size_t byte;
};
#define READ_ROOT ((struct read_place){1, 1, 0})

/* Places of the elements of the array, or of the members of the object, that `key` names in what stands at `in`, in the
 * order of the file; one walk for all, from `in` on. `at` has room for n. What is not found is where `in` is. */
void read_places(const struct reader *reader, const struct read_place *in, const char *key, struct read_place *at,
                 size_t n);

/* "T", "B" … in the order of enum role from 1, NULL-terminated. */
const char *const *library_role_words(void);

/* The parts of a library, each in its file. */
void library_read_sets(struct reader *reader, const json_t *root);
void library_read_rules(struct reader *reader, const json_t *root);
const struct sample *library_read_samples(struct reader *reader, const json_t *rule, const char *path, const char *key,
                                          size_t *n);

#endif
