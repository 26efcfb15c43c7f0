/* notify.h - what systemd is told (sd_notify(3)); silent without NOTIFY_SOCKET. Main thread only.
 *
 * READY=1 is sent when the rules are live and the workers run. It does not wait for Kafka: with the broker away at
 * boot the service would be killed and started again for nothing; STATUS= and /readyz say what is missing. */
#ifndef TELSIEVE_DAEMON_NOTIFY_H
#define TELSIEVE_DAEMON_NOTIFY_H

#include <stdint.h>

void notify_ready(const char *status);
void notify_reloading(void);
void notify_stopping(void);
void notify_status(const char *status);
void notify_watchdog(void);

/* The watchdog's period in ms as systemd asks for it; 0 = off. Feed it at least twice as often. */
int64_t notify_watchdog_ms(void);

#endif
