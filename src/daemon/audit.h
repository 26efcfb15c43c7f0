/* audit.h - the audit log: who changed the rules or took warnings back, how, and what came of it; one JSON object a
 * line, only ever appended and forced to disk. It may be rotated by renaming it: every line opens the file anew.
 *
 * Threads: any; a line is one write(2). */
#ifndef TELSIEVE_DAEMON_AUDIT_H
#define TELSIEVE_DAEMON_AUDIT_H

#include "core/err.h"
#include "daemon/disk.h"

#include <stdint.h>

struct audit_line {
    const char *what;    /* "put", "promote", "reload", "rollback", "recall", "lists" … */
    const char *way;     /* "topic", "http", "files", "signal", "breaker", "command" */
    const char *who;     /* a token's name, topic[partition]@offset … */
    const char *rule;    /* NULL: none, as all below */
    const char *library;
    const char *version, *sha256, *signers;
    const char *result;  /* "accepted", "refused" … */
    const char *problem; /* the first one */
    const char *why;     /* in a person's words: a recall, or a promotion against its evidence */
    const char *before, *after; /* hashes of the rule sets; of lists their digests */
    uint64_t generation; /* live now; 0: not known */
    uint64_t entries;    /* of lists, changed; 0: it is not about these */
    uint64_t warnings;   /* taken back; 0: it is not about that */
};

/* Can the file be appended to? To be asked at start. "" is no audit log. Returns 0 or -TS_EIO with err. */
int audit_check(const char *file, struct err *err);

/* Append a line. What fails is logged: the change has happened already. */
void audit_write(const char *file, const struct audit_line *line);

/* The same by the disk's thread, which needs `file` until then. Once ten thousand jobs wait for the disk, lines are
 * left out, which is logged. */
void audit_post(struct disk *disk, const char *file, const struct audit_line *line);

#endif
