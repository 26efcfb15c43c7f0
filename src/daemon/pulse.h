/* pulse.h - watches readiness and progress, and tells the log and systemd once when they change. Main thread. */
#ifndef TELSIEVE_DAEMON_PULSE_H
#define TELSIEVE_DAEMON_PULSE_H

#include "daemon/status.h"

struct pulse {
    bool ready, stuck; /* as last told; zero-initialise */
    char why[400];
};

/* Look at readiness; `tell_systemd` false keeps STATUS= as it is (while a reload has it). */
void pulse_readiness(struct pulse *pulse, const struct overview *overview, bool tell_systemd);

/* Look at progress. True when every running worker makes some: the watchdog may be fed. */
bool pulse_progress(struct pulse *pulse, const struct overview *overview, int64_t stage_limit_ms);

/* One line for systemd: "ready", or why not. */
const char *pulse_text(const struct pulse *pulse);

#endif
