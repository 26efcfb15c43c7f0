/* lists_spans.c - from the last span that begins no later than the number one goes back: from one that ends too
 * early to the nearest before it that reaches farther, so that long rows of short spans are stepped over. */
#include "match/lists_spans.h"

#include "core/err.h"

#include <stdlib.h>
#include <string.h>

void spans_init(struct spans *spans, struct epoch *epoch)
{
    *spans = (struct spans){.epoch = epoch};
    atomic_init(&spans->active, NULL);
}

void spans_fini(struct spans *spans)
{
    free(atomic_load_explicit(&spans->active, memory_order_relaxed));
    free(spans->entries);
    spans_init(spans, spans->epoch);
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

/* How many begin at `position` or before. */
static size_t begun(const struct span_entry *entries, size_t n, uint64_t position)
{
    size_t low = 0;

    while (n > 0) {
        size_t half = n / 2;
        if (entries[low + half].span.lo <= position) {
            low += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return low;
}

static bool is_of(const struct span_entry *entry, unsigned class, size_t ndigits)
{
    return (entry->span.classes & class) != 0 && (entry->span.length == 0 || entry->span.length == ndigits);
}

const struct span_entry *spans_find(const struct spans *spans, const struct number *number,
                                    bool (*accept)(const void *ctx, uint64_t value), const void *ctx)
{
    const struct span_array *array = atomic_load_explicit(&spans->active, memory_order_acquire);
    unsigned class = 1u << list_class(number);
    uint64_t position;
    size_t i;

    if (array == NULL || number->ndigits == 0 || number->kind == NUMBER_FIXED_LOCAL)
        return NULL;
    position = list_position(number);
    for (i = begun(array->entries, array->n, position); i > 0;) {
        const struct span_entry *entry = &array->entries[i - 1];

        if (entry->span.hi < position)
            i = entry->up;
        else if (is_of(entry, class, number->ndigits) && accept(ctx, entry->value))
            return entry;
        else
            i--;
    }
    return NULL;
}

/* ---- changing ---------------------------------------------------------------------------------------------- */

static int compare(const struct list_span *a, const struct list_span *b)
{
    if (a->lo != b->lo)
        return a->lo < b->lo ? -1 : 1;
    if (a->hi != b->hi)
        return a->hi > b->hi ? -1 : 1;
    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    return (a->classes > b->classes) - (a->classes < b->classes);
}

/* Where it is, or would be. */
static size_t place(const struct spans *spans, const struct list_span *span)
{
    size_t low = 0, n = spans->n;

    while (n > 0) {
        size_t half = n / 2;
        if (compare(&spans->entries[low + half].span, span) < 0) {
            low += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return low;
}

struct span_entry *spans_at(struct spans *spans, const struct list_key *key)
{
    size_t at = place(spans, &key->span);

    return at < spans->n && compare(&spans->entries[at].span, &key->span) == 0 ? &spans->entries[at] : NULL;
}

static int reserve(struct spans *spans)
{
    size_t cap = 2 * spans->cap + 16;
    struct span_entry *entries;

    if (spans->n == LIST_SPANS_MAX)
        return -TS_ELIMIT;
    if (spans->n < spans->cap)
        return 0;
    if ((entries = realloc(spans->entries, cap * sizeof(*entries))) == NULL)
        return -TS_ENOMEM;
    spans->entries = entries;
    spans->cap = cap;
    return 0;
}

static int insert(struct spans *spans, const struct list_key *key, uint64_t value)
{
    size_t at = place(spans, &key->span);
    int rc = reserve(spans);

    if (rc != 0)
        return rc;
    memmove(&spans->entries[at + 1], &spans->entries[at], (spans->n - at) * sizeof(*spans->entries));
    spans->entries[at] = (struct span_entry){.span = key->span, .value = value};
    memcpy(spans->entries[at].text, key->text, key->n + 1);
    spans->n++;
    return 0;
}

int spans_set(struct spans *spans, const struct list_key *key, uint64_t value)
{
    struct span_entry *entry = spans_at(spans, key);
    int rc = 0;

    if (entry == NULL && value != 0) {
        rc = insert(spans, key, value);
    } else if (entry != NULL && value != 0) {
        entry->value = value;
    } else if (entry != NULL) {
        spans->n--;
        memmove(entry, entry + 1, (size_t)(spans->entries + spans->n - entry) * sizeof(*entry));
    }
    spans->changed |= rc == 0;
    return rc;
}

/* ---- showing ----------------------------------------------------------------------------------------------- */

static void link_up(struct span_array *array)
{
    for (size_t i = 0; i < array->n; i++) {
        size_t up = i;

        while (up > 0 && array->entries[up - 1].span.hi <= array->entries[i].span.hi)
            up = array->entries[up - 1].up;
        array->entries[i].up = (uint32_t)up;
    }
}

static void release(void *ctx, void *p)
{
    (void)ctx;
    free(p);
}

int spans_publish(struct spans *spans)
{
    struct span_array *array = NULL, *old = atomic_load_explicit(&spans->active, memory_order_relaxed);

    if (!spans->changed)
        return 0;
    if (spans->n > 0) {
        if ((array = malloc(sizeof(*array) + spans->n * sizeof(*array->entries))) == NULL)
            return -TS_ENOMEM;
        array->n = spans->n;
        memcpy(array->entries, spans->entries, spans->n * sizeof(*array->entries));
        link_up(array);
    }
    atomic_store_explicit(&spans->active, array, memory_order_release);
    if (old != NULL)
        epoch_retire(spans->epoch, release, NULL, old);
    spans->changed = false;
    return 0;
}
