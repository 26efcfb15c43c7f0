/* scratch.h - a folder of this process alone for what is compiled when there is no rules.cache, under $TMPDIR or /tmp.
 * Its name tells the process, so that the next one removes what one that was killed has left. */
#ifndef TELSIEVE_DAEMON_SCRATCH_H
#define TELSIEVE_DAEMON_SCRATCH_H

#define SCRATCH_BYTES 128

/* Make it, mode 0700, and remove those of dead processes of this user. Returns 0, or -TS_EIO with an empty path. */
int scratch_make(char path[SCRATCH_BYTES]);

/* Empty a folder of cache files (match/cache.h); and remove it. */
void scratch_clear(const char *path);
void scratch_remove(char path[SCRATCH_BYTES]); /* the path is empty then; also of an empty one */

#endif
