/* lists_find.c - look-ups: the fed layer before the base. */
#include "match/lists_parts.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- the lists --------------------------------------------------------------------------------------------- */

void lists_pin(struct lists *lists, unsigned slot)
{
    epoch_pin(lists->epoch, slot);
}

void lists_unpin(struct lists *lists, unsigned slot)
{
    epoch_unpin(lists->epoch, slot);
}

uint64_t lists_version(const struct lists *lists)
{
    return atomic_load_explicit(&lists->version, memory_order_acquire);
}

uint64_t lists_digest(const struct lists *lists)
{
    return atomic_load_explicit(&lists->digest, memory_order_acquire);
}

const char *lists_digest_text(uint64_t digest, char out[LISTS_DIGEST_SIZE])
{
    snprintf(out, LISTS_DIGEST_SIZE, "xxh3:%016" PRIx64, digest);
    return out;
}

size_t lists_count(const struct lists *lists)
{
    return atomic_load_explicit(&lists->n, memory_order_acquire);
}

const struct list *lists_at(const struct lists *lists, size_t i)
{
    return lists->list[i];
}

const struct list *lists_find(const struct lists *lists, struct str name)
{
    for (size_t i = 0, n = lists_count(lists); i < n; i++)
        if (str_eq(name, (struct str){lists->list[i]->name, lists->list[i]->name_n}))
            return lists->list[i];
    return NULL;
}

const char *list_name(const struct list *list)
{
    return list->name;
}

size_t list_size(const struct list *list, enum list_layer layer)
{
    return atomic_load_explicit(&list->parts[layer].n, memory_order_acquire);
}

/* ---- one entry --------------------------------------------------------------------------------------------- */

static bool is_in_force(const void *now_ms, uint64_t value)
{
    uint32_t expires_s = value_expires_s(value);

    return expires_s == 0 || *(const int64_t *)now_ms < (int64_t)expires_s * 1000;
}

static bool give(const struct list *list, enum list_layer layer, uint64_t value, struct str entry, struct list_hit *hit)
{
    const struct origin *origin;

    if (hit == NULL)
        return true;
    origin = origins_at(list->lists->origins, value_origin(value));
    hit->list = list;
    hit->layer = layer;
    hit->entry = entry;
    hit->expires_ms = (int64_t)value_expires_s(value) * 1000;
    hit->tier = origin->tier;
    hit->source = origin->source;
    hit->note = origin->note;
    return true;
}

/* Of the number itself there is `value` (0: nothing); perhaps it lies in a span. Not inlined: look-ups that find
 * nothing come often, and must not carry what this needs. */
static __attribute__((noinline)) bool part_gives_number(const struct list *list, enum list_layer layer,
                                                        const struct number *number, uint64_t value, int64_t now_ms,
                                                        struct list_hit *hit)
{
    const struct span_entry *span;

    if (value != 0 && is_in_force(&now_ms, value))
        return give(list, layer, value,
                    hit != NULL ? list_number_text(list_number_key(number), hit->buf) : (struct str){0}, hit);
    span = spans_find(&list->parts[layer].spans, number, is_in_force, &now_ms);
    return span != NULL && give(list, layer, span->value, str_of(span->text), hit);
}

static bool part_has_text(const struct list *list, enum list_layer layer, enum list_kind kind, struct str wanted,
                          int64_t now_ms, struct list_hit *hit)
{
    const struct list_text *text =
        (const struct list_text *)(uintptr_t)table_get(&list->parts[layer].texts, list_text_hash(kind, wanted));
    struct str has;
    uint64_t value;

    if (text == NULL)
        return false;
    has = (struct str){text->text, text->n};
    value = atomic_load_explicit(&text->value, memory_order_acquire);
    return text->kind == kind && str_eq(has, wanted) && is_in_force(&now_ms, value) &&
           give(list, layer, value, has, hit);
}

static bool has_text(const struct list *list, enum list_kind kind, struct str wanted, int64_t now_ms,
                     struct list_hit *hit)
{
    for (int layer = LIST_LAYERS; layer-- > 0;)
        if (part_has_text(list, (enum list_layer)layer, kind, wanted, now_ms, hit))
            return true;
    return false;
}

bool list_has_number(const struct list *list, const struct number *number, int64_t now_ms, struct list_hit *hit)
{
    return list_has_key(list, number, list_number_key(number), now_ms, hit);
}

bool list_has_key(const struct list *list, const struct number *number, uint64_t key, int64_t now_ms,
                  struct list_hit *hit)
{
    for (int layer = LIST_LAYERS; layer-- > 0;) {
        const struct list_part *part = &list->parts[layer];
        uint64_t value;

        if (list_size(list, (enum list_layer)layer) == 0)
            continue;
        value = key != 0 ? table_get(&part->numbers, key) : 0;
        if ((value != 0 || spans_any(&part->spans)) &&
            part_gives_number(list, (enum list_layer)layer, number, value, now_ms, hit))
            return true;
    }
    return false;
}

void list_expect_key(const struct list *list, uint64_t key)
{
    for (int layer = 0; layer < LIST_LAYERS; layer++)
        table_expect(&list->parts[layer].numbers, key);
}

/* With it the domains above, as long as they have two labels. */
bool list_has_host(const struct list *list, struct str host, int64_t now_ms, struct list_hit *hit)
{
    struct list_key key;
    const char *dot;
    const char *why;

    if (list_size(list, LIST_BASE) + list_size(list, LIST_FED) == 0 || list_host_read(host, &key, &why) != 0)
        return false;
    host = (struct str){key.text, key.n};
    while (!has_text(list, LIST_HOST, host, now_ms, hit)) {
        dot = memchr(host.p, '.', host.n);
        if (dot == NULL || memchr(dot + 1, '.', (size_t)(str_end(host) - dot - 1)) == NULL)
            return false;
        host = str_range(dot + 1, str_end(host));
    }
    return true;
}

/* Digits are kept as a number. */
bool list_has_word(const struct list *list, struct str value, int64_t now_ms, struct list_hit *hit)
{
    struct number number;
    struct list_key key;
    const char *why;

    if (list_size(list, LIST_BASE) + list_size(list, LIST_FED) == 0 ||
        list_word_read(list->lists->plan, value, &key, &number, &why) != 0)
        return false;
    if (key.kind == LIST_NUMBER)
        return list_has_number(list, &number, now_ms, hit);
    return has_text(list, LIST_WORD, (struct str){key.text, key.n}, now_ms, hit);
}
