/* ledger.c - a ring of the offsets that have, or had, records in flight, in ascending order.
 *
 * An entry stays until all entries before it are done, so the front of the ring is the watermark. Reports come in any
 * order and find their entry by binary search. The ring doubles when full and never shrinks: its size is bounded by
 * the byte budget of the deliveries that it counts. */
#include "kafka/ledger.h"
#include "core/err.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define RING_FIRST 64 /* entries; a power of two */

struct entry {
    int64_t offset;
    uint64_t waiting; /* records in flight */
};

struct ledger {
    char *topic;
    int32_t partition;
    uint64_t epoch;
    struct ledger_books books;
    int64_t current; /* message being judged, -1 between messages */
    int64_t next;    /* last judged offset + 1, -1 none in this epoch */
    uint64_t waiting;
    struct entry *ring;
    size_t size, head, count; /* size: a power of two or 0 */
};

struct ledger *ledger_new(const char *topic, int32_t partition)
{
    struct ledger *ledger = calloc(1, sizeof(*ledger));

    if (ledger == NULL)
        return NULL;
    ledger->topic = strdup(topic);
    if (ledger->topic == NULL) {
        free(ledger);
        return NULL;
    }
    ledger->partition = partition;
    ledger->current = -1;
    ledger->next = -1;
    return ledger;
}

void ledger_free(struct ledger **ledger)
{
    if (*ledger == NULL)
        return;
    free((*ledger)->ring);
    free((*ledger)->topic);
    free(*ledger);
    *ledger = NULL;
}

const char *ledger_topic(const struct ledger *ledger)
{
    return ledger->topic;
}

int32_t ledger_partition(const struct ledger *ledger)
{
    return ledger->partition;
}

uint64_t ledger_epoch(const struct ledger *ledger)
{
    return ledger->epoch;
}

const struct ledger_books *ledger_books(const struct ledger *ledger)
{
    return &ledger->books;
}

void ledger_renew(struct ledger *ledger)
{
    ledger->epoch++;
    ledger->current = -1;
    ledger->next = -1;
    ledger->waiting = 0;
    ledger->head = 0;
    ledger->count = 0;
}

bool ledger_begin(struct ledger *ledger, int64_t offset)
{
    bool rewound = offset < ledger->next;

    assert(offset >= 0 && ledger->current < 0); /* the worker ends each message before the next */
    if (rewound)
        ledger_renew(ledger);
    ledger->current = offset;
    return rewound;
}

void ledger_end(struct ledger *ledger)
{
    assert(ledger->current >= 0);
    ledger->next = ledger->current + 1;
    ledger->current = -1;
}

void ledger_settle(struct ledger *ledger, enum ledger_outcome outcome)
{
    ledger->books.consumed++;
    ledger->books.outcome[outcome]++;
}

static struct entry *entry_at(struct ledger *ledger, size_t i)
{
    return &ledger->ring[(ledger->head + i) & (ledger->size - 1)];
}

static int grow(struct ledger *ledger)
{
    size_t size = ledger->size > 0 ? 2 * ledger->size : RING_FIRST;
    struct entry *ring = calloc(size, sizeof(*ring));

    if (ring == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < ledger->count; i++)
        ring[i] = *entry_at(ledger, i);
    free(ledger->ring);
    ledger->ring = ring;
    ledger->size = size;
    ledger->head = 0;
    return 0;
}

int ledger_open(struct ledger *ledger)
{
    struct entry *last = ledger->count > 0 ? entry_at(ledger, ledger->count - 1) : NULL;

    assert(ledger->current >= 0);
    if (last == NULL || last->offset != ledger->current) {
        if (ledger->count == ledger->size && grow(ledger) != 0)
            return -TS_ENOMEM;
        last = entry_at(ledger, ledger->count++);
        *last = (struct entry){.offset = ledger->current};
    }
    last->waiting++;
    ledger->waiting++;
    ledger->books.consumed++;
    ledger->books.in_flight++;
    return 0;
}

static struct entry *find(struct ledger *ledger, int64_t offset)
{
    size_t low = 0, high = ledger->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (entry_at(ledger, middle)->offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    assert(low < ledger->count && entry_at(ledger, low)->offset == offset); /* opened in this epoch, closed once */
    return entry_at(ledger, low);
}

bool ledger_close(struct ledger *ledger, uint64_t epoch, int64_t offset, enum ledger_outcome outcome)
{
    struct entry *entry;

    assert(ledger->books.in_flight > 0);
    ledger->books.in_flight--;
    ledger->books.outcome[outcome]++;
    if (epoch != ledger->epoch)
        return false;
    entry = find(ledger, offset);
    assert(entry->waiting > 0);
    entry->waiting--;
    ledger->waiting--;
    while (ledger->count > 0 && entry_at(ledger, 0)->waiting == 0) {
        ledger->head = (ledger->head + 1) & (ledger->size - 1);
        ledger->count--;
    }
    return true;
}

int64_t ledger_watermark(const struct ledger *ledger)
{
    return ledger->count > 0 ? ledger->ring[ledger->head].offset : ledger->next;
}

uint64_t ledger_waiting(const struct ledger *ledger)
{
    return ledger->waiting;
}
