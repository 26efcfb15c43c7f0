/* books.h - a worker's books as others may see them: a copy of its ledgers, and their sums as metrics.
 *
 * Threads: publish by the worker; list by any thread. What a reader sees balances: the copy is made between records. */
#ifndef TELSIEVE_DAEMON_BOOKS_H
#define TELSIEVE_DAEMON_BOOKS_H

#include "core/metrics.h"
#include "daemon/worker.h"
#include "kafka/consumer.h"

struct books;

struct books *books_new(void); /* NULL when memory is exhausted */
void books_free(struct books **books);

/* Copy every ledger the consumer has. */
void books_publish(struct books *books, const struct consumer *consumer, struct metrics *metrics);

void books_list(struct books *books, void (*fn)(void *ctx, const struct worker_partition *p), void *ctx);

/* The sums in one log line. */
void books_log(const struct metrics *metrics, unsigned worker);

#endif
