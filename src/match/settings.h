/* settings.h - what the configuration says to those who read records and write warnings of them: the daemon and replay,
 * which must say the same of the same record. */
#ifndef TELSIEVE_MATCH_SETTINGS_H
#define TELSIEVE_MATCH_SETTINGS_H

#include "config/config.h"
#include "match/alert.h"
#include "record/decoder.h"

struct decode_limits settings_limits(const struct config *config);

/* Problems go to err. Returns 0 or -TS_E…; free by settings_alert_fini, also after a failure. The configuration
 * outlives the options. */
int settings_alert(struct alert_options *out, const struct config *config, struct err *err);
void settings_alert_fini(struct alert_options *options);

#endif
