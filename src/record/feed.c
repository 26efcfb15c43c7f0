/* feed.c - a feed specification checked and turned into tables: where every field is read from, what is constant.
 * Every problem is added; the feed exists only when there was none. */
#include "record/feed.h"

#include "record/value.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct maker {
    struct feed *feed;
    const char *where;
    struct err *err;
    struct str names[RECORD_NFIELDS]; /* what the carrier calls the field; {NULL, 0}: a column number, or constant */
};

static void problem(const struct maker *maker, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void problem(const struct maker *maker, const char *path, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    err_add(maker->err, "%s.%s: %s", maker->where, path, text);
}

static const char *const spec_keys[] = {"format", "header", "fields", "const", "columns", "topic", NULL};

static void check_keys(const struct maker *maker, const json_t *spec)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)spec, key, value) {
        char hint[ERR_HINT_BYTES];
        if (!str_is_among(str_of(key), spec_keys))
            problem(maker, key, "unknown key%s", err_hint(key, spec_keys, hint));
    }
}

static void read_format(const struct maker *maker, const json_t *spec)
{
    const json_t *format = json_object_get(spec, "format");
    const json_t *header = json_object_get(spec, "header");
    const char *word = format ? json_string_value(format) : "json";

    if (word && strcmp(word, "json") == 0)
        maker->feed->format = FEED_JSON;
    else if (word && strcmp(word, "csv") == 0)
        maker->feed->format = FEED_CSV;
    else if (word && strcmp(word, "psv") == 0)
        maker->feed->format = FEED_PSV;
    else
        problem(maker, "format", "must be \"json\", \"csv\" or \"psv\"");
    if (header != NULL && !json_is_boolean(header))
        problem(maker, "header", "must be true or false");
    maker->feed->header = json_is_true(header);
    if (maker->feed->header && maker->feed->format == FEED_JSON)
        problem(maker, "header", "only csv and psv have a header line");
}

/* The field of our name `key`, or -1 with a problem added. */
static int field_of(const struct maker *maker, const char *member, const char *key)
{
    const char *names[RECORD_NFIELDS + 1] = {NULL};
    char path[128], hint[ERR_HINT_BYTES];
    int field = record_field_find(str_of(key));

    if (field >= 0)
        return field;
    for (int f = 0; f < RECORD_NFIELDS; f++)
        names[f] = record_fields[f].name;
    snprintf(path, sizeof(path), "%s.%.80s", member, key);
    problem(maker, path, "no field of this name%s", err_hint(key, names, hint));
    return -1;
}

/* One member of `fields`: a carrier's name, or for rows a column number. */
static void read_source(struct maker *maker, const char *key, const json_t *value)
{
    char path[128];
    int field = field_of(maker, "fields", key);

    if (field < 0)
        return;
    snprintf(path, sizeof(path), "fields.%s", key);
    if (json_is_string(value) && json_string_length(value) > 0) {
        maker->names[field] = (struct str){json_string_value(value), json_string_length(value)};
    } else if (json_is_integer(value) && maker->feed->format != FEED_JSON) {
        json_int_t number = json_integer_value(value);
        struct columns *columns = &maker->feed->columns;
        maker->names[field] = (struct str){0};
        if (number < 1 || number > FEED_COLUMNS) {
            problem(maker, path, "a column number is 1 to %d", FEED_COLUMNS);
        } else if (columns->field[number - 1] != FEED_NO_FIELD) {
            problem(maker, path, "column %d already is %s", (int)number,
                    record_fields[columns->field[number - 1]].name);
        } else {
            columns->field[number - 1] = (uint8_t)field;
            if (columns->need < (size_t)number)
                columns->need = (size_t)number;
        }
    } else {
        problem(maker, path, "must be the carrier's name%s",
                maker->feed->format == FEED_JSON ? "" : " or a column number");
    }
}

static void read_sources(struct maker *maker, const json_t *spec)
{
    const json_t *fields = json_object_get(spec, "fields");
    const char *key;
    json_t *value;

    for (int f = 0; f < RECORD_NFIELDS; f++)
        maker->names[f] = str_of(record_fields[f].name);
    if (fields != NULL && !json_is_object(fields))
        problem(maker, "fields", "must be an object: our name -> the carrier's name");
    json_object_foreach((json_t *)fields, key, value)
        read_source(maker, key, value);
}

/* The value of a constant, whose digits (if it is a number) go to `digits`. */
static bool constant_value(int field, const json_t *value, char *digits, union field_value *out)
{
    struct str text;

    if (json_is_integer(value)) {
        int n = snprintf(digits, 24, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        text = (struct str){digits, (size_t)n};
    } else if (json_is_string(value)) {
        text = (struct str){json_string_value(value), json_string_length(value)};
    } else {
        return false;
    }
    switch (record_fields[field].type) {
    case FIELD_TYPE_INT: return value_integer(text, &out->i);
    case FIELD_TYPE_TIME: return value_time(text, &out->i);
    case FIELD_TYPE_STR: break;
    }
    out->s = text;
    return true;
}

static void read_constants(struct maker *maker, const json_t *spec)
{
    static const char *const types[] = {[FIELD_TYPE_STR] = "a string", [FIELD_TYPE_INT] = "an integer",
                                        [FIELD_TYPE_TIME] = "a time"};
    const json_t *constants = json_object_get(spec, "const");
    struct feed *feed = maker->feed;
    const char *key;
    json_t *value;

    if (constants != NULL && !json_is_object(constants))
        problem(maker, "const", "must be an object: our name -> value");
    json_object_foreach((json_t *)constants, key, value) {
        int field = field_of(maker, "const", key);
        char path[128];
        if (field < 0)
            continue;
        snprintf(path, sizeof(path), "const.%s", key);
        if (json_object_get(json_object_get(spec, "fields"), key) != NULL)
            problem(maker, path, "also in fields: a field is either read or constant");
        maker->names[field] = (struct str){0};
        if (json_is_null(value) && field == FIELD_CALLING)
            feed->constant_nulls |= FIELD_BIT(field);
        else if (constant_value(field, value, feed->numbers + 24 * field, &feed->constant[field]))
            feed->constants |= FIELD_BIT(field);
        else
            problem(maker, path, "must be %s", types[record_fields[field].type]);
    }
}

/* The table of names inside the nested object `name`, made when it is new; NULL when there are too many. */
static struct keys *parent_keys(struct feed *feed, struct str name)
{
    size_t i = 0;

    while (i < feed->nparents && !str_eq(feed->parent_names[i], name))
        i++;
    if (i == FEED_PARENTS)
        return NULL;
    if (i == feed->nparents) {
        feed->parent_names[i] = name;
        if (!keys_add(&feed->keys, name, KEYS_PARENT + (int)i))
            return NULL;
        feed->nparents++;
    }
    return &feed->parents[i];
}

/* Enter every name into the tables. In JSON a dot leads into a nested object. */
static void enter_names(struct maker *maker)
{
    for (int f = 0; f < RECORD_NFIELDS; f++) {
        struct str name = maker->names[f];
        struct keys *keys = &maker->feed->keys;
        const char *dot = name.p ? memchr(name.p, '.', name.n) : NULL;
        char path[128];
        if (name.p == NULL)
            continue;
        snprintf(path, sizeof(path), "fields.%s", record_fields[f].name);
        if (dot != NULL && maker->feed->format == FEED_JSON) {
            keys = parent_keys(maker->feed, str_range(name.p, dot));
            name = str_range(dot + 1, name.p + name.n);
            if (keys == NULL) {
                problem(maker, path, "the object \"%.*s\" is another field's name, or one of more than %d objects",
                        (int)(dot - maker->names[f].p), maker->names[f].p, FEED_PARENTS);
                continue;
            }
        }
        if (!keys_add(keys, name, f))
            problem(maker, path, "\"%.*s\" is already read for another field", STR_FMT(maker->names[f]));
    }
    keys_seal(&maker->feed->keys);
    json_names_fill(&maker->feed->json_names[0], &maker->feed->keys, 0);
    for (size_t i = 0; i < maker->feed->nparents; i++) {
        keys_seal(&maker->feed->parents[i]);
        json_names_fill(&maker->feed->json_names[1 + i], &maker->feed->parents[i], (unsigned)(1 + i));
    }
}

static void read_columns(struct maker *maker, const json_t *spec)
{
    const json_t *columns = json_object_get(spec, "columns");
    struct feed *feed = maker->feed;
    const json_t *name;
    size_t i;

    if (columns == NULL) {
        if (feed->format != FEED_JSON && !feed->header && feed->columns.need == 0)
            problem(maker, "columns", "needed: the names of the columns in order, or header, or numbers in fields");
        return;
    }
    if (!json_is_array(columns) || feed->format == FEED_JSON || feed->header) {
        problem(maker, "columns", "must be an array of names, for csv and psv without header");
        return;
    }
    json_array_foreach(columns, i, name) {
        if (json_is_null(name))
            continue;
        if (!json_is_string(name) || i >= FEED_COLUMNS)
            problem(maker, "columns", "must be at most %d names, null for a column to skip", FEED_COLUMNS);
        else
            columns_add(&feed->columns, feed, i,
                        (struct str){json_string_value(name), json_string_length(name)});
    }
    if (feed->columns.twice >= 0)
        problem(maker, "columns", "%s is claimed twice", record_fields[feed->columns.twice].name);
}

void columns_add(struct columns *columns, const struct feed *feed, size_t index, struct str name)
{
    struct key_name key = key_of(name.p, name.n);
    const struct key_name *known = keys_find(&feed->keys, &key);
    int field = known ? known->target : -1;

    if (field < 0 || index >= FEED_COLUMNS || columns->field[index] != FEED_NO_FIELD)
        return;
    for (size_t i = 0; i < columns->need; i++)
        if (columns->field[i] == field)
            columns->twice = field;
    columns->field[index] = (uint8_t)field;
    if (columns->need <= index)
        columns->need = index + 1;
}

struct feed *feed_new(const json_t *spec, const char *where, struct err *err)
{
    struct maker maker = {.feed = calloc(1, sizeof(struct feed)), .where = where, .err = err};
    unsigned before = err->count;

    if (maker.feed == NULL || (maker.feed->numbers = calloc(RECORD_NFIELDS, 24)) == NULL) {
        err_add(err, "%s: %s", where, ts_strerror(TS_ENOMEM));
        feed_free(&maker.feed);
        return NULL;
    }
    memset(maker.feed->columns.field, FEED_NO_FIELD, sizeof(maker.feed->columns.field));
    maker.feed->columns.twice = -1;
    maker.feed->spec = spec ? json_deep_copy(spec) : json_object();
    spec = maker.feed->spec;
    if (!json_is_object(spec)) {
        err_add(err, "%s: must be an object with format, fields …", where);
        feed_free(&maker.feed);
        return NULL;
    }
    check_keys(&maker, spec);
    read_format(&maker, spec);
    read_sources(&maker, spec);
    read_constants(&maker, spec);
    enter_names(&maker);
    read_columns(&maker, spec);
    if (err->count != before)
        feed_free(&maker.feed);
    return maker.feed;
}

void feed_free(struct feed **feed)
{
    if (*feed == NULL)
        return;
    json_decref((*feed)->spec);
    free((*feed)->numbers);
    free(*feed);
    *feed = NULL;
}

uint64_t feed_fields(const struct feed *feed)
{
    uint64_t fields = feed->constants;

    if (feed->format == FEED_JSON || feed->header)
        return UINT64_MAX;
    for (size_t i = 0; i < FEED_COLUMNS; i++)
        if (feed->columns.field[i] != FEED_NO_FIELD)
            fields |= FIELD_BIT(feed->columns.field[i]);
    return fields;
}
