/* archive.h - which rules fired on which warning, and what the platform said of it: control.state/archive.sqlite.
 *
 * Four tables, to be looked at with sqlite3 beside the running daemon: `fired`, a row per record and rule; `verdict`,
 * the platform's last word on a warning's id, there before or behind what fired; `rule`, the digests of rules
 * (match/evidence.h); `tally`, how often it said what of a rule, kept true by triggers. Nothing of a record is in it
 * but its warning's id and the time.
 *
 * What was committed survives a crash of the process; of the machine, but for the last moments. A damaged file is moved
 * aside (archive.sqlite.damaged) and told in the log.
 *
 * Threads: one at a time. Calls return 0 or -TS_EIO, then archive_problem says why, and the archive is of no use but
 * to be closed. */
#ifndef TELSIEVE_DAEMON_ARCHIVE_H
#define TELSIEVE_DAEMON_ARCHIVE_H

#include "core/err.h"
#include "daemon/hit_ring.h"

struct archive;

enum said { SAID_TRUE, SAID_FALSE, SAID_UNKNOWN, SAID_NOTHING /* taken back */ };
const char *said_name(enum said said); /* "true", "false", "unknown", "none" */

struct archive_word { /* of the platform on one warning */
    unsigned char id[HIT_ID_BYTES];
    enum said said;
    int64_t at_ms;     /* epoch; the message's */
    int32_t partition; /* of the topic */
    int64_t reading;   /* in which full read of the topic it was seen; a number of the caller's */
};

/* Makes folder and file when absent. NULL on problems (to err). */
struct archive *archive_open(const char *folder, struct err *err);
/* What is not committed is lost. */
void archive_close(struct archive **archive);

/* What notes, says, forgets and prunes is between these two. */
int archive_begin(struct archive *archive);
int archive_commit(struct archive *archive);

/* Can anything be written? It changes nothing; waits for a lock as any write does. Not between the two. */
int archive_try_write(struct archive *archive);

/* Has any row been written, changed or pruned since it was opened? */
bool archive_has_written(const struct archive *archive);

/* What was noted of this id and rule before stands. */
int archive_note(struct archive *archive, const struct hit *hit);

/* In the place of what was said before of this id; where that came by another partition, only when it is older. */
int archive_say(struct archive *archive, const struct archive_word *word);

/* What was said in other readings than this is taken back, for the topic does not hold it any more. */
int archive_forget_unread(struct archive *archive, int64_t reading);

/* Does it hold any word of the platform? */
bool archive_has_words(struct archive *archive);

/* Forget what is from before: of fired rules and of words at most so many each. What fired later than `after_ms` goes
 * too: it was noted while the clock was wrong, and would keep all behind it for ever. */
int archive_prune(struct archive *archive, int64_t before_ms, int64_t after_ms, unsigned most);

/* Has any tally changed since archive_tally? */
bool archive_moved(const struct archive *archive);

/* What was said of each rule, ascending by digest, to be freed; *n 0 and NULL: of none. */
int archive_tally(struct archive *archive, struct evidence_verdicts **out, size_t *n);

/* Why a call failed, for a person; lent until the next call. */
const char *archive_problem(const struct archive *archive);

#endif
