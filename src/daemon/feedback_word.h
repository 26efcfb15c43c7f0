/* feedback_word.h - a message of control.feedback as it is read (feedback.h tells its form). Threads: pure. */
#ifndef TELSIEVE_DAEMON_FEEDBACK_WORD_H
#define TELSIEVE_DAEMON_FEEDBACK_WORD_H

#include "daemon/archive.h"

/* `value` p NULL: a tombstone. Fills id and said. Returns NULL, or what is wrong, for a person and without anything of
 * the message. */
const char *feedback_word_read(struct str key, struct str value, struct archive_word *out);

#endif
