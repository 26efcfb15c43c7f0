/* lists_sweep.c - what concerns all entries at once: reading everything anew, and tidying up. Each entry remembers
 * in which reading it was last seen. */
#include "match/lists_parts.h"

#include "core/err.h"

void lists_read_begin(struct lists *lists, enum list_layer layer)
{
    pthread_mutex_lock(&lists->mutex);
    lists->seen[layer] = (lists->seen[layer] + 1) % (1u << VALUE_SEEN_BITS);
    lists->reading[layer] = true;
    pthread_mutex_unlock(&lists->mutex);
}

struct sweep {
    struct list *list;
    enum list_layer layer;
    size_t removed;
};

static bool is_unseen(const struct sweep *sweep, uint64_t value)
{
    return value_seen(value) != sweep->list->lists->seen[sweep->layer];
}

static void sweep_one(struct sweep *sweep, const struct list_key *key, uint64_t value)
{
    sweep->removed += list_exchange(sweep->list, sweep->layer, key, value, 0) == 0;
}

static bool sweep_number(void *ctx, uint64_t number, uint64_t value)
{
    if (is_unseen(ctx, value))
        sweep_one(ctx, &(struct list_key){.kind = LIST_NUMBER, .number = number}, value);
    return true;
}

static bool sweep_text(void *ctx, uint64_t hash, uint64_t address)
{
    const struct list_text *text = (const struct list_text *)(uintptr_t)address;
    uint64_t value = atomic_load_explicit(&text->value, memory_order_relaxed);
    struct list_key key = {.kind = (enum list_kind)text->kind, .n = text->n};

    (void)hash;
    if (!is_unseen(ctx, value))
        return true;
    memcpy(key.text, text->text, text->n + 1u);
    sweep_one(ctx, &key, value);
    return true;
}

/* A removal moves those behind it. */
static void sweep_spans(struct sweep *sweep)
{
    const struct spans *spans = &sweep->list->parts[sweep->layer].spans;

    for (size_t i = spans->n; i-- > 0;) {
        const struct span_entry *entry = &spans->entries[i];
        struct list_key key = {.kind = LIST_SPAN, .span = entry->span, .n = strlen(entry->text)};

        memcpy(key.text, entry->text, key.n + 1);
        if (is_unseen(sweep, entry->value))
            sweep_one(sweep, &key, entry->value);
    }
}

static int tend(struct lists *lists)
{
    int rc = 0;

    for (size_t i = 0; i < lists_count(lists); i++)
        for (int layer = 0; layer < LIST_LAYERS; layer++) {
            struct spans *spans = &lists->list[i]->parts[layer].spans;
            if (!spans->changed)
                continue;
            lists_begin_change(lists);
            rc = spans_publish(spans) != 0 ? -TS_ENOMEM : rc;
            lists_end_change(lists);
        }
    epoch_reap(lists->epoch);
    return rc;
}

size_t lists_read_end(struct lists *lists, enum list_layer layer)
{
    struct sweep sweep = {.layer = layer};

    pthread_mutex_lock(&lists->mutex);
    for (size_t i = 0; i < lists_count(lists); i++) {
        sweep.list = lists->list[i];
        table_each(&sweep.list->parts[layer].numbers, sweep_number, &sweep);
        table_each(&sweep.list->parts[layer].texts, sweep_text, &sweep);
        sweep_spans(&sweep);
    }
    lists->reading[layer] = false;
    tend(lists);
    pthread_mutex_unlock(&lists->mutex);
    return sweep.removed;
}

void lists_read_give_up(struct lists *lists, enum list_layer layer)
{
    pthread_mutex_lock(&lists->mutex);
    lists->reading[layer] = false;
    tend(lists);
    pthread_mutex_unlock(&lists->mutex);
}

int lists_tend(struct lists *lists)
{
    int rc;

    pthread_mutex_lock(&lists->mutex);
    rc = tend(lists);
    pthread_mutex_unlock(&lists->mutex);
    return rc;
}
