/* pulse.c - only changes are told, so that looking twice a second does not fill the log. */
#include "daemon/pulse.h"
#include "core/log.h"
#include "daemon/notify.h"

#include <string.h>

const char *pulse_text(const struct pulse *pulse)
{
    return pulse->ready ? "ready" : pulse->why[0] != '\0' ? pulse->why : "waiting for Kafka";
}

void pulse_readiness(struct pulse *pulse, const struct overview *overview, bool tell_systemd)
{
    char why[sizeof(pulse->why)], quoted[500];
    bool ready = status_is_ready(overview, why, sizeof(why));

    if (overview->stopping || (ready == pulse->ready && strcmp(why, pulse->why) == 0))
        return;
    pulse->ready = ready;
    memcpy(pulse->why, why, sizeof(why));
    if (ready)
        log_info("ready", " ");
    else
        log_warn("not_ready", "cause=%s", log_quote(why, quoted, sizeof(quoted)));
    if (tell_systemd)
        notify_status(pulse_text(pulse));
}

bool pulse_progress(struct pulse *pulse, const struct overview *overview, int64_t stage_limit_ms)
{
    struct worker_status status;
    unsigned which = 0;
    bool good = status_progresses(overview, stage_limit_ms, &which);

    if (!good && !pulse->stuck) {
        worker_read_status(overview->workers[which], &status);
        log_error("stuck", "worker=%u stage=%s msg=\"no progress: the watchdog is not fed\"", which, status.stage);
    } else if (good && pulse->stuck) {
        log_info("unstuck", " ");
    }
    pulse->stuck = !good;
    return good;
}
