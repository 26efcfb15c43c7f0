/* lists.c - changes. An entry is one word of 64 bits, by its kind in a table by number, in a table by text, or among
 * the spans; it is stored in place, and the digest, a sum of one hash per entry, moves along. */
#include "match/lists_parts.h"

#include "core/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

/* ---- life -------------------------------------------------------------------------------------------------- */

struct lists *lists_new(const struct number_plan *plan, unsigned readers)
{
    struct lists *lists = calloc(1, sizeof(*lists));

    if (lists == NULL)
        return NULL;
    if (pthread_mutex_init(&lists->mutex, NULL) != 0) {
        free(lists);
        return NULL;
    }
    lists->plan = plan;
    lists->epoch = epoch_new(readers);
    lists->origins = lists->epoch != NULL ? origins_new(lists->epoch) : NULL;
    if (lists->origins == NULL)
        lists_free(&lists);
    return lists;
}

static bool free_text(void *ctx, uint64_t key, uint64_t value)
{
    (void)ctx;
    (void)key;
    free((struct list_text *)(uintptr_t)value);
    return true;
}

static void free_list(struct list *list)
{
    for (int layer = 0; layer < LIST_LAYERS; layer++) {
        struct list_part *part = &list->parts[layer];
        table_each(&part->texts, free_text, NULL);
        table_fini(&part->texts);
        table_fini(&part->numbers);
        spans_fini(&part->spans);
    }
    free(list);
}

void lists_free(struct lists **lists)
{
    struct lists *old = *lists;

    if (old == NULL)
        return;
    epoch_free(&old->epoch);
    for (size_t i = 0; i < lists_count(old); i++)
        free_list(old->list[i]);
    origins_free(&old->origins);
    number_plan_free(&old->own_plan);
    pthread_mutex_destroy(&old->mutex);
    free(old);
    *lists = NULL;
}

/* ---- names of lists ---------------------------------------------------------------------------------------- */

bool list_is_name(struct str name)
{
    if (name.n == 0 || name.n > LIST_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (!ascii_is_alnum(name.p[i]) && name.p[i] != '_' && name.p[i] != '-')
            return false;
    return true;
}

static struct list *new_list(struct lists *lists, struct str name)
{
    struct list *list = calloc(1, sizeof(*list));

    if (list == NULL)
        return NULL;
    list->lists = lists;
    list->hash = XXH3_64bits(name.p, name.n);
    list->name_n = name.n;
    memcpy(list->name, name.p, name.n);
    for (int layer = 0; layer < LIST_LAYERS; layer++) {
        table_init(&list->parts[layer].numbers, lists->epoch);
        table_init(&list->parts[layer].texts, lists->epoch);
        spans_init(&list->parts[layer].spans, lists->epoch);
    }
    return list;
}

struct list *lists_make(struct lists *lists, struct str name, int *rc, const char **why)
{
    struct list *list = (struct list *)lists_find(lists, name);
    size_t n = lists_count(lists);

    *rc = 0;
    if (list != NULL)
        return list;
    *rc = -TS_EINVAL;
    *why = "the name of a list has 1 to 64 lower-case letters, digits, _ and -";
    if (!list_is_name(name))
        return NULL;
    *rc = -TS_ELIMIT;
    *why = "there are 256 lists, and no more can be kept";
    if (n == LISTS_MAX)
        return NULL;
    *rc = -TS_ENOMEM;
    *why = "out of memory";
    if ((list = new_list(lists, name)) == NULL)
        return NULL;
    *rc = 0;
    lists->list[n] = list;
    atomic_store_explicit(&lists->n, n + 1, memory_order_release); /* the list before its number */
    return list;
}

/* ---- one entry --------------------------------------------------------------------------------------------- */

/* Odd while a change is made: all its stores release, so whoever sees one of them sees this too. */
void lists_begin_change(struct lists *lists)
{
    uint64_t version = atomic_load_explicit(&lists->version, memory_order_relaxed);

    atomic_store_explicit(&lists->version, version + 1, memory_order_relaxed);
}

void lists_end_change(struct lists *lists)
{
    uint64_t version = atomic_load_explicit(&lists->version, memory_order_relaxed);

    atomic_store_explicit(&lists->version, version + 1, memory_order_release);
}

uint64_t list_text_hash(enum list_kind kind, struct str text)
{
    return XXH3_64bits_withSeed(text.p, text.n, (uint64_t)kind);
}

static struct list_text *text_at(const struct list_part *part, uint64_t hash)
{
    return (struct list_text *)(uintptr_t)table_get(&part->texts, hash);
}

/* What is kept with the entry now; 0: it is not there. */
static uint64_t value_of(struct list_part *part, const struct list_key *key)
{
    const struct span_entry *span;
    const struct list_text *text;

    switch (key->kind) {
    case LIST_NUMBER: return table_get(&part->numbers, key->number);
    case LIST_SPAN: return (span = spans_at(&part->spans, key)) != NULL ? span->value : 0;
    default: break;
    }
    text = text_at(part, list_text_hash(key->kind, (struct str){key->text, key->n}));
    return text != NULL ? atomic_load_explicit(&text->value, memory_order_relaxed) : 0;
}

static void release_text(void *ctx, void *p)
{
    (void)ctx;
    free(p);
}

/* Two texts of one hash in one list: nobody will see it, and the later one is refused. */
static int put_text(struct list *list, struct list_part *part, const struct list_key *key, uint64_t value)
{
    uint64_t hash = list_text_hash(key->kind, (struct str){key->text, key->n});
    struct list_text *text = text_at(part, hash);

    if (text != NULL && (text->kind != key->kind || !str_eqz((struct str){key->text, key->n}, text->text)))
        return -TS_ELIMIT;
    if (text != NULL && value != 0) {
        atomic_store_explicit(&text->value, value, memory_order_release);
        return 0;
    }
    if (value == 0) {
        (void)table_set(&part->texts, hash, 0);
        epoch_retire(list->lists->epoch, release_text, NULL, text);
        return 0;
    }
    if ((text = malloc(sizeof(*text) + key->n + 1)) == NULL)
        return -TS_ENOMEM;
    atomic_init(&text->value, value);
    text->n = (uint16_t)key->n;
    text->kind = (uint8_t)key->kind;
    memcpy(text->text, key->text, key->n + 1);
    if (table_set(&part->texts, hash, (uint64_t)(uintptr_t)text) == 0)
        return 0;
    free(text);
    return -TS_ENOMEM;
}

/* With value 0 remove what is there. */
static int put_value(struct list *list, struct list_part *part, const struct list_key *key, uint64_t value)
{
    switch (key->kind) {
    case LIST_NUMBER: return table_set(&part->numbers, key->number, value);
    case LIST_SPAN: return spans_set(&part->spans, key, value);
    default: return put_text(list, part, key, value);
    }
}

/* What an entry adds to the digest. Which reading saw it does not count. */
static uint64_t digest_of(const struct list *list, enum list_layer layer, const struct list_key *key, uint64_t value)
{
    const struct origin *origin;
    uint64_t words[5];

    if (value == 0)
        return 0;
    origin = origins_at(list->lists->origins, value_origin(value));
    words[0] = list->hash + (uint64_t)layer;
    words[1] = key->kind == LIST_NUMBER ? key->number
                                        : list_text_hash(key->kind, (struct str){key->text, key->n});
    words[2] = (uint64_t)key->kind;
    words[3] = value_expires_s(value);
    words[4] = origin->hash;
    return XXH3_64bits(words, sizeof(words));
}

static void move_digest(struct lists *lists, uint64_t before, uint64_t now)
{
    uint64_t digest = atomic_load_explicit(&lists->digest, memory_order_relaxed);

    atomic_store_explicit(&lists->digest, digest - before + now, memory_order_release);
}

int list_exchange(struct list *list, enum list_layer layer, const struct list_key *key, uint64_t old, uint64_t value)
{
    struct list_part *part = &list->parts[layer];
    struct lists *lists = list->lists;
    size_t n = atomic_load_explicit(&part->n, memory_order_relaxed);
    uint64_t before = digest_of(list, layer, key, old), now = digest_of(list, layer, key, value);
    int rc;

    lists_begin_change(lists);
    if ((rc = put_value(list, part, key, value)) == 0) {
        if (!lists->reading[layer])
            (void)spans_publish(&part->spans); /* without memory: by lists_tend */
        move_digest(lists, before, now);
        atomic_store_explicit(&part->n, n - (old != 0) + (value != 0), memory_order_release);
    }
    lists_end_change(lists);
    if (rc == 0 && old != 0)
        origins_drop(lists->origins, value_origin(old));
    return rc;
}

int list_put(struct list *list, enum list_layer layer, const struct list_key *key, uint32_t expires_s, uint32_t origin)
{
    struct lists *lists = list->lists;
    uint64_t value = value_make(expires_s, origin, lists->seen[layer]);
    uint64_t old = value_of(&list->parts[layer], key);
    int rc;

    if (value_expires_s(old) == expires_s && value_origin(old) == origin) {
        rc = old == value ? 0 : put_value(list, &list->parts[layer], key, value);
        origins_drop(lists->origins, origin);
        return rc;
    }
    rc = list_exchange(list, layer, key, old, value);
    if (rc != 0)
        origins_drop(lists->origins, origin);
    return rc != 0 ? rc : 1;
}

/* ---- the writer's own -------------------------------------------------------------------------------------- */

static int check(const struct list_entry *entry, const char **why)
{
    *why = "\"expires\" is not between 1970 and 2106";
    if (entry->expires_ms < 0 || entry->expires_ms > LIST_EXPIRES_MAX_MS)
        return -TS_EINVAL;
    *why = "\"source\" has more than 200 bytes, or \"note\" more than 500";
    return entry->source.n <= LIST_SOURCE_MAX && entry->note.n <= LIST_NOTE_MAX ? 0 : -TS_EINVAL;
}

int lists_set(struct lists *lists, enum list_layer layer, const struct list_entry *entry, const char **why)
{
    int rc = check(entry, why);
    struct list_key key;
    struct list *list;
    uint32_t origin;

    if (rc != 0 || (rc = list_key_read(lists->plan, entry->entry, &key, why)) != 0)
        return rc;
    pthread_mutex_lock(&lists->mutex);
    if ((list = lists_make(lists, entry->list, &rc, why)) != NULL) {
        origin = origins_take(lists->origins, entry->tier, entry->source, entry->note);
        rc = origin == 0 ? -TS_ENOMEM
                         : list_put(list, layer, &key, (uint32_t)((entry->expires_ms + 999) / 1000), origin);
        *why = rc == -TS_ELIMIT ? "no more prefixes and ranges can be kept in this list (10000)" : "out of memory";
    }
    pthread_mutex_unlock(&lists->mutex);
    return rc;
}

/* The entry is exchanged against nothing, or with `keep` only marked as seen; one that is not there is left so. */
static int change_entry(struct lists *lists, enum list_layer layer, struct str name, struct str entry, bool keep,
                        const char **why)
{
    struct list_key key;
    struct list *list;
    uint64_t value;
    int rc = list_key_read(lists->plan, entry, &key, why);

    if (rc != 0)
        return rc;
    pthread_mutex_lock(&lists->mutex);
    list = (struct list *)lists_find(lists, name);
    value = list != NULL ? value_of(&list->parts[layer], &key) : 0;
    if (value != 0 && keep)
        rc = put_value(list, &list->parts[layer], &key,
                       value_make(value_expires_s(value), value_origin(value), lists->seen[layer]));
    else if (value != 0)
        rc = list_exchange(list, layer, &key, value, 0) == 0 ? 1 : -TS_ENOMEM;
    pthread_mutex_unlock(&lists->mutex);
    return rc;
}

int lists_remove(struct lists *lists, enum list_layer layer, struct str list, struct str entry, const char **why)
{
    return change_entry(lists, layer, list, entry, false, why);
}

int lists_keep(struct lists *lists, enum list_layer layer, struct str list, struct str entry, const char **why)
{
    return change_entry(lists, layer, list, entry, true, why);
}

int lists_declare(struct lists *lists, struct str name, const char **why)
{
    int rc = 0;

    pthread_mutex_lock(&lists->mutex);
    (void)lists_make(lists, name, &rc, why);
    pthread_mutex_unlock(&lists->mutex);
    return rc;
}

int lists_reserve(struct lists *lists, enum list_layer layer, struct str name, size_t n)
{
    struct list *list;
    int rc = 0;

    pthread_mutex_lock(&lists->mutex);
    if ((list = (struct list *)lists_find(lists, name)) != NULL)
        rc = table_reserve(&list->parts[layer].numbers, n);
    pthread_mutex_unlock(&lists->mutex);
    return rc;
}
