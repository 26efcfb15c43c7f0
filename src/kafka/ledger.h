/* ledger.h - one partition's books, and the offset that may be stored.
 *
 * A message holds one or more (sub-)records. A record is settled at once (clean, suppressed) or waits for the
 * acknowledgement of its one delivery (warned, dead-lettered); until then it is in flight. The watermark is the lowest
 * offset with a record in flight, else the last judged offset + 1. Offsets grow but need not be consecutive
 * (compaction, transaction markers).
 *
 * Every assignment is an epoch. A report of an older epoch settles the books (the delivery did happen) but moves no
 * watermark. The books live as long as the process; they always balance:
 *     consumed = clean + warned + suppressed + dead-lettered + in flight
 *
 * Threads: a ledger belongs to one worker. Only messages with a record in flight take memory. */
#ifndef TELSIEVE_KAFKA_LEDGER_H
#define TELSIEVE_KAFKA_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ledger_outcome { LEDGER_CLEAN, LEDGER_WARNED, LEDGER_SUPPRESSED, LEDGER_DEAD_LETTERED, LEDGER_OUTCOMES };

struct ledger_books {
    uint64_t consumed;
    uint64_t outcome[LEDGER_OUTCOMES];
    uint64_t in_flight;
};

struct ledger;

/* Books at zero, not assigned. `topic` is copied. NULL when memory is exhausted. */
struct ledger *ledger_new(const char *topic, int32_t partition);
void ledger_free(struct ledger **ledger);

const char *ledger_topic(const struct ledger *ledger); /* valid as long as the ledger */
int32_t ledger_partition(const struct ledger *ledger);
uint64_t ledger_epoch(const struct ledger *ledger);
const struct ledger_books *ledger_books(const struct ledger *ledger);

/* A new epoch: the partition was assigned, revoked or lost. Offsets of the old one are forgotten. */
void ledger_renew(struct ledger *ledger);

/* Judge a message: begin, then settle or open once per record, then end. Returns true when `offset` lies before what
 * was judged in this epoch (the topic was made anew or its log cut): then a new epoch began with it. */
bool ledger_begin(struct ledger *ledger, int64_t offset);
void ledger_end(struct ledger *ledger);

/* A record of the current message with its final outcome. */
void ledger_settle(struct ledger *ledger, enum ledger_outcome outcome);

/* A record of the current message whose outcome waits for a delivery: keep ledger_epoch and the offset for
 * ledger_close. Returns 0 or -TS_ENOMEM (then nothing changed). */
int ledger_open(struct ledger *ledger);

/* The delivery of a record opened in `epoch` at `offset` was acknowledged. Returns false when that epoch is over:
 * only the books changed. */
bool ledger_close(struct ledger *ledger, uint64_t epoch, int64_t offset, enum ledger_outcome outcome);

/* The offset that may be stored; -1 while nothing was judged in this epoch. */
int64_t ledger_watermark(const struct ledger *ledger);

/* Records of this epoch in flight. */
uint64_t ledger_waiting(const struct ledger *ledger);

#endif
