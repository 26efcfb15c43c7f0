/* lists_origin.c - numbers are places in chunks that never move; a table leads from the hash of the content to the
 * number. Where two contents share a hash, the later one is not found again and kept as often as it is used. */
#include "match/lists_origin.h"

#include "core/array.h"
#include "match/lists_table.h"

#include <assert.h>
#include <stdlib.h>
#include <xxhash.h>

#define CHUNK 4096
#define CHUNKS ((UINT32_C(1) << ORIGIN_BITS) / CHUNK)

struct origin_slot {
    _Atomic(struct origin *) origin;
};

struct origins {
    struct epoch *epoch;
    struct table by_content;
    _Atomic(struct origin_slot *) chunks[CHUNKS]; /* pages never touched cost nothing */
    uint32_t next;                   /* number never used */
    uint32_t *spare;                 /* numbers used no more */
    size_t nspare, spare_cap;
};

/* Numbered, and no more to be found: what waits for its readers. */
struct leaving {
    struct origin *origin;
    uint32_t number;
};

struct origins *origins_new(struct epoch *epoch)
{
    struct origins *origins = calloc(1, sizeof(*origins));

    if (origins == NULL)
        return NULL;
    origins->epoch = epoch;
    origins->next = 1;
    table_init(&origins->by_content, epoch);
    return origins;
}

static struct origin_slot *slot_of(const struct origins *origins, uint32_t number)
{
    struct origin_slot *chunk = atomic_load_explicit(&origins->chunks[number / CHUNK], memory_order_acquire);

    return &chunk[number % CHUNK];
}

void origins_free(struct origins **origins)
{
    struct origins *old = *origins;

    if (old == NULL)
        return;
    for (uint32_t i = 0; i < old->next; i++)
        if (atomic_load_explicit(&old->chunks[i / CHUNK], memory_order_relaxed) != NULL)
            free(atomic_load_explicit(&slot_of(old, i)->origin, memory_order_relaxed));
    for (uint32_t i = 0; i <= old->next / CHUNK; i++)
        free(atomic_load_explicit(&old->chunks[i], memory_order_relaxed));
    table_fini(&old->by_content);
    free(old->spare);
    free(old);
    *origins = NULL;
}

const struct origin *origins_at(const struct origins *origins, uint32_t number)
{
    return atomic_load_explicit(&slot_of(origins, number)->origin, memory_order_acquire);
}

static uint64_t hash_of(enum tier tier, struct str source, struct str note)
{
    return XXH3_64bits_withSeed(note.p != NULL ? note.p : "", note.n,
                                XXH3_64bits_withSeed(source.p != NULL ? source.p : "", source.n, (uint64_t)tier));
}

static struct origin *make(enum tier tier, struct str source, struct str note, uint64_t hash)
{
    struct origin *origin = malloc(sizeof(*origin) + source.n + note.n + 2);
    char *text = (char *)(origin + 1);

    if (origin == NULL)
        return NULL;
    *origin = (struct origin){tier, 1, hash, {text, source.n}, {text + source.n + 1, note.n}};
    if (source.n > 0)
        memcpy(text, source.p, source.n);
    text[source.n] = '\0';
    if (note.n > 0)
        memcpy(text + source.n + 1, note.p, note.n);
    text[source.n + 1 + note.n] = '\0';
    return origin;
}

/* 0: none is left. */
static uint32_t new_number(struct origins *origins)
{
    uint32_t number = origins->next;

    if (origins->nspare > 0)
        return origins->spare[--origins->nspare];
    if (number == UINT32_C(1) << ORIGIN_BITS)
        return 0;
    if (atomic_load_explicit(&origins->chunks[number / CHUNK], memory_order_relaxed) == NULL) {
        struct origin_slot *chunk = calloc(CHUNK, sizeof(*chunk));
        if (chunk == NULL)
            return 0;
        atomic_store_explicit(&origins->chunks[number / CHUNK], chunk, memory_order_release);
    }
    origins->next++;
    return number;
}

/* A number for which there is no room stays unused. */
static void give_back(struct origins *origins, uint32_t number)
{
    uint32_t *spare = array_grow(origins->spare, origins->nspare, &origins->spare_cap, sizeof(*spare));

    if (spare == NULL)
        return;
    origins->spare = spare;
    origins->spare[origins->nspare++] = number;
}

uint32_t origins_take(struct origins *origins, enum tier tier, struct str source, struct str note)
{
    uint64_t hash = hash_of(tier, source, note), known = table_get(&origins->by_content, hash);
    struct origin *origin;
    uint32_t number;

    if (known != 0) {
        origin = (struct origin *)origins_at(origins, (uint32_t)known);
        if (origin->tier == tier && str_eq(origin->source, source) && str_eq(origin->note, note)) {
            origin->users++;
            return (uint32_t)known;
        }
    }
    if ((origin = make(tier, source, note, hash)) == NULL)
        return 0;
    number = new_number(origins);
    if (number == 0 || (known == 0 && table_set(&origins->by_content, hash, number) != 0)) {
        if (number != 0)
            give_back(origins, number);
        free(origin);
        return 0;
    }
    atomic_store_explicit(&slot_of(origins, number)->origin, origin, memory_order_release);
    return number;
}

void origins_share(struct origins *origins, uint32_t number)
{
    struct origin *origin = (struct origin *)origins_at(origins, number);

    assert(origin->users > 0); /* the caller holds one */
    origin->users++;
}

static void release(void *ctx, void *p)
{
    struct leaving *leaving = p;
    struct origins *origins = ctx;

    free(leaving->origin);
    atomic_store_explicit(&slot_of(origins, leaving->number)->origin, NULL, memory_order_relaxed);
    give_back(origins, leaving->number);
    free(leaving);
}

void origins_drop(struct origins *origins, uint32_t number)
{
    struct origin *origin = (struct origin *)origins_at(origins, number);
    struct leaving *leaving;

    assert(origin->users > 0); /* taken once per drop */
    if (--origin->users > 0)
        return;
    if (table_get(&origins->by_content, origin->hash) == number)
        (void)table_set(&origins->by_content, origin->hash, 0);
    if ((leaving = malloc(sizeof(*leaving))) == NULL)
        return; /* freed with all others */
    *leaving = (struct leaving){origin, number};
    epoch_retire(origins->epoch, release, origins, leaving);
}
