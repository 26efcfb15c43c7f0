/* notify.c - thin words over libsystemd; a status is one line, so line ends in it become spaces. */
#include "daemon/notify.h"
#include "core/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

static void one_line(const char *text, char *out, size_t size)
{
    snprintf(out, size, "%s", text);
    for (; *out != '\0'; out++)
        if (*out == '\n' || *out == '\r')
            *out = ' ';
}

void notify_ready(const char *status)
{
    char line[400];

    one_line(status, line, sizeof(line));
    sd_notifyf(0, "READY=1\nSTATUS=%s", line);
}

void notify_reloading(void)
{
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=loading the rules", clock_mono_ns() / 1000);
}

void notify_stopping(void)
{
    sd_notify(0, "STOPPING=1\nSTATUS=delivering what is pending");
}

void notify_status(const char *status)
{
    char line[400];

    one_line(status, line, sizeof(line));
    sd_notifyf(0, "STATUS=%s", line);
}

void notify_watchdog(void)
{
    sd_notify(0, "WATCHDOG=1");
}

int64_t notify_watchdog_ms(void)
{
    uint64_t usec = 0;

    return sd_watchdog_enabled(0, &usec) > 0 ? (int64_t)(usec / 1000) : 0;
}
