/* library_read.c - getters over jansson values; every complaint names the path, what is wrong and what would
 * be right. */
#include "match/library_read.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const remarks[] = {"note", "source", "comment", NULL};

struct path path_key(const char *base, const char *key)
{
    struct path path;
    bool plain = key[strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0';
    const char *dot = base[0] != '\0' ? "." : "";

    /* a key that cannot be written: the place above it will do */
    if (strchr(key, '"') != NULL || strlen(base) + strlen(key) + 4 > sizeof(path.text))
        snprintf(path.text, sizeof(path.text), "%s", base);
    else
        snprintf(path.text, sizeof(path.text), plain && key[0] != '\0' ? "%s%s%s" : "%s%s\"%s\"", base, dot,
                 key);
    return path;
}

struct path path_index(const char *base, size_t i)
{
    struct path path;

    snprintf(path.text, sizeof(path.text), "%s[%zu]", base, i);
    return path;
}

void read_problem(struct reader *reader, const char *path, bool at_key, const char *fmt, ...)
{
    char message[700];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    document_error(&reader->library->document, reader->err, path, at_key, "%s", message);
    reader->failed = true;
}

void *read_alloc(struct reader *reader, size_t count, size_t size)
{
    void *p = arena_calloc(&reader->library->arena, count > 0 ? count : 1, size);

    if (p == NULL)
        read_problem(reader, "", false, "out of memory");
    return p;
}

const char *read_strdup(struct reader *reader, struct str s)
{
    struct str copy = arena_strdup(&reader->library->arena, s);

    if (copy.p == NULL)
        read_problem(reader, "", false, "out of memory");
    return copy.p;
}

/* `did you mean`, or the whole choice. */
static const char *choice(const char *word, const char *const *words, char *out, size_t size)
{
    const char *nearest = err_nearest(word, words);
    size_t n = 0;

    if (nearest != NULL) {
        snprintf(out, size, "did you mean \"%s\"?", nearest);
        return out;
    }
    n = (size_t)snprintf(out, size, "known:");
    for (; *words != NULL && n < size; words++)
        n += (size_t)snprintf(out + n, size - n, " %s", *words);
    return out;
}

bool read_object(struct reader *reader, const json_t *value, const char *path, const char *const *keys)
{
    const char *key;
    json_t *member;
    char did[300];

    if (!json_is_object(value)) {
        read_problem(reader, path, false, "an object { } expected");
        return false;
    }
    json_object_foreach((json_t *)value, key, member)
    {
        if (str_is_among(str_of(key), remarks)) {
            if (!json_is_string(member))
                read_problem(reader, path_key(path, key).text, false, "\"%s\" is a remark: a string expected",
                             key);
        } else if (!str_is_among(str_of(key), keys)) {
            read_problem(reader, path_key(path, key).text, true, "unknown key \"%.60s\" (%s)", key,
                         choice(key, keys, did, sizeof(did)));
        }
    }
    return true;
}

/* The member, or NULL; a problem when it is required and absent. */
static json_t *member_of(struct reader *reader, const json_t *object, const char *path, const char *key,
                         bool required)
{
    json_t *value = json_object_get(object, key);

    if (value == NULL && required)
        read_problem(reader, path, false, "\"%s\" is missing", key);
    return value;
}

const char *read_string(struct reader *reader, const json_t *object, const char *path, const char *key,
                        bool required)
{
    json_t *value = member_of(reader, object, path, key, required);

    if (value == NULL)
        return NULL;
    if (json_is_string(value) && json_string_length(value) > 0)
        return json_string_value(value);
    read_problem(reader, path_key(path, key).text, false, "\"%s\": a string that is not empty expected", key);
    return NULL;
}

bool read_bool(struct reader *reader, const json_t *object, const char *path, const char *key, bool otherwise)
{
    json_t *value = json_object_get(object, key);

    if (value != NULL && !json_is_boolean(value))
        read_problem(reader, path_key(path, key).text, false, "\"%s\": true or false expected", key);
    return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

json_t *read_array(struct reader *reader, const json_t *object, const char *path, const char *key,
                   bool required)
{
    json_t *value = member_of(reader, object, path, key, required);

    if (value == NULL || json_is_array(value))
        return value;
    read_problem(reader, path_key(path, key).text, false, "\"%s\": a list [ ] expected", key);
    return NULL;
}

double read_weight(struct reader *reader, const json_t *object, const char *path, const char *key)
{
    json_t *value = json_object_get(object, key);
    double number = json_number_value(value);

    if (value == NULL)
        return 0;
    if (json_is_number(value) && number > 0 && number <= 1000)
        return number;
    read_problem(reader, path_key(path, key).text, false,
                 "\"%s\": a number above 0 and at most 1000 expected", key);
    return 0;
}

int read_word(struct reader *reader, const json_t *object, const char *path, const char *key,
              const char *const *words, int otherwise, bool required)
{
    const char *word = read_string(reader, object, path, key, required);
    char did[200];

    if (word == NULL)
        return otherwise;
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(word, words[i]) == 0)
            return i;
    }
    read_problem(reader, path_key(path, key).text, false, "\"%s\" is never \"%.40s\" (%s)", key, word,
                 choice(word, words, did, sizeof(did)));
    return otherwise;
}

struct expression *read_expression(struct reader *reader, const json_t *object, const char *path,
                                   const char *key, bool required)
{
    const char *text = read_string(reader, object, path, key, required);
    struct expression *expression;

    if (text == NULL)
        return NULL;
    expression = expression_parse(&reader->library->arena, str_of(text), &reader->library->document,
                                  path_key(path, key).text, reader->err);
    if (expression == NULL)
        reader->failed = true;
    return expression;
}

bool read_check_name(struct reader *reader, const char *name, const char *path, bool at_key, const char *what,
                     bool dots)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    bool ok = name[0] != '\0' && strchr(letters, name[0]) != NULL && strlen(name) <= READ_NAME_MAX;

    for (const char *p = name; ok && *p != '\0'; p++)
        ok = strchr(letters, *p) != NULL || strchr("0123456789_-", *p) != NULL || (dots && *p == '.');
    if (!ok)
        read_problem(reader, path, at_key,
                     "%s \"%.60s\": letters a-z, digits, _ and - expected, a letter first, at most %d", what,
                     name, READ_NAME_MAX);
    return ok;
}
