/* books.c - one array of copies behind a mutex, which is held for as long as copying or listing takes. */
#include "daemon/books.h"
#include "core/log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

struct books {
    pthread_mutex_t mutex;
    struct worker_partition *partitions;
    size_t n, cap;
};

struct books *books_new(void)
{
    struct books *books = calloc(1, sizeof(*books));

    if (books != NULL)
        pthread_mutex_init(&books->mutex, NULL);
    return books;
}

void books_free(struct books **books)
{
    if (*books == NULL)
        return;
    pthread_mutex_destroy(&(*books)->mutex);
    free((*books)->partitions);
    free(*books);
    *books = NULL;
}

static int make_room(struct books *books, size_t n)
{
    struct worker_partition *grown;

    if (n <= books->cap)
        return 0;
    grown = realloc(books->partitions, 2 * n * sizeof(*grown));
    if (grown == NULL)
        return -TS_ENOMEM;
    books->partitions = grown;
    books->cap = 2 * n;
    return 0;
}

static struct worker_partition copy_of(const struct ledger *ledger, bool assigned)
{
    const struct ledger_books *b = ledger_books(ledger);

    return (struct worker_partition){
        .topic = ledger_topic(ledger),
        .partition = ledger_partition(ledger),
        .watermark = assigned ? ledger_watermark(ledger) : -1,
        .consumed = b->consumed,
        .clean = b->outcome[LEDGER_CLEAN],
        .warned = b->outcome[LEDGER_WARNED],
        .suppressed = b->outcome[LEDGER_SUPPRESSED],
        .dead_lettered = b->outcome[LEDGER_DEAD_LETTERED],
        .in_flight = b->in_flight,
    };
}

static void set_sums(const struct books *books, struct metrics *metrics)
{
    struct worker_partition sum = {0};

    for (size_t i = 0; i < books->n; i++) {
        const struct worker_partition *p = &books->partitions[i];
        sum.consumed += p->consumed;
        sum.clean += p->clean;
        sum.warned += p->warned;
        sum.suppressed += p->suppressed;
        sum.dead_lettered += p->dead_lettered;
        sum.in_flight += p->in_flight;
    }
    metrics_set(metrics, METRIC_RECORDS_CONSUMED, sum.consumed);
    metrics_set(metrics, METRIC_RECORDS_CLEAN, sum.clean);
    metrics_set(metrics, METRIC_RECORDS_WARNED, sum.warned);
    metrics_set(metrics, METRIC_RECORDS_SUPPRESSED, sum.suppressed);
    metrics_set(metrics, METRIC_RECORDS_DEAD_LETTERED, sum.dead_lettered);
    metrics_set(metrics, METRIC_RECORDS_IN_FLIGHT, sum.in_flight);
}

void books_publish(struct books *books, const struct consumer *consumer, struct metrics *metrics)
{
    size_t n = consumer_ledger_count(consumer);
    bool assigned;

    pthread_mutex_lock(&books->mutex);
    if (make_room(books, n) != 0)
        n = books->n; /* the new ones show when there is memory again */
    for (size_t i = 0; i < n; i++) {
        const struct ledger *ledger = consumer_ledger(consumer, i, &assigned);
        books->partitions[i] = copy_of(ledger, assigned);
    }
    books->n = n;
    set_sums(books, metrics);
    pthread_mutex_unlock(&books->mutex);
}

void books_list(struct books *books, void (*fn)(void *ctx, const struct worker_partition *p), void *ctx)
{
    pthread_mutex_lock(&books->mutex);
    for (size_t i = 0; i < books->n; i++)
        fn(ctx, &books->partitions[i]);
    pthread_mutex_unlock(&books->mutex);
}

void books_log(const struct metrics *metrics, unsigned worker)
{
    log_info("books",
             "worker=%u consumed=%" PRIu64 " clean=%" PRIu64 " warned=%" PRIu64 " suppressed=%" PRIu64
             " dead_lettered=%" PRIu64 " in_flight=%" PRIu64,
             worker, metrics_get(metrics, METRIC_RECORDS_CONSUMED), metrics_get(metrics, METRIC_RECORDS_CLEAN),
             metrics_get(metrics, METRIC_RECORDS_WARNED), metrics_get(metrics, METRIC_RECORDS_SUPPRESSED),
             metrics_get(metrics, METRIC_RECORDS_DEAD_LETTERED), metrics_get(metrics, METRIC_RECORDS_IN_FLIGHT));
}
