/* What systemd hears, through a notification socket of the test's own. */
#include "core/clock.h"
#include "daemon/notify.h"
#include "../setup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listener;
static struct sockaddr_un address = {.sun_family = AF_UNIX};

static void listen_as_systemd(void)
{
    snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/telsieve-notify-%d", (int)getpid());
    unlink(address.sun_path);
    listener = socket(AF_UNIX, SOCK_DGRAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    setenv("NOTIFY_SOCKET", address.sun_path, 1);
}

static void stop_listening(void)
{
    close(listener);
    unlink(address.sun_path);
}

static const char *hear(char out[1024])
{
    ssize_t n = recv(listener, out, 1023, MSG_DONTWAIT);

    out[n > 0 ? n : 0] = '\0';
    return out;
}

START_TEST(ready_and_status_are_told)
{
    char heard[1024];

    notify_ready("started; waiting for Kafka");
    ck_assert_str_eq(hear(heard), "READY=1\nSTATUS=started; waiting for Kafka");
    notify_status("worker 0: broker away");
    ck_assert_str_eq(hear(heard), "STATUS=worker 0: broker away");
    notify_stopping();
    ck_assert_int_eq(strncmp(hear(heard), "STOPPING=1\n", 11), 0);
    notify_watchdog();
    ck_assert_str_eq(hear(heard), "WATCHDOG=1");
    ck_assert_str_eq(hear(heard), "");
}
END_TEST

START_TEST(reloading_carries_a_time_of_the_monotonic_clock_in_microseconds)
{
    char heard[1024];
    long long before = (long long)(clock_mono_ns() / 1000), told = 0;

    notify_reloading();
    ck_assert_int_eq(sscanf(hear(heard), "RELOADING=1\nMONOTONIC_USEC=%lld\n", &told), 1);
    ck_assert(told >= before && told <= (long long)(clock_mono_ns() / 1000));
}
END_TEST

START_TEST(a_cause_cannot_smuggle_in_another_message)
{
    char heard[1024];

    notify_status("bad\nREADY=1");
    ck_assert_str_eq(hear(heard), "STATUS=bad READY=1");
}
END_TEST

START_TEST(the_watchdog_period_is_systemds)
{
    char pid[20];

    unsetenv("WATCHDOG_USEC");
    ck_assert_int_eq(notify_watchdog_ms(), 0);
    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    setenv("WATCHDOG_USEC", "30000000", 1);
    setenv("WATCHDOG_PID", pid, 1);
    ck_assert_int_eq(notify_watchdog_ms(), 30000);
    setenv("WATCHDOG_PID", "1", 1); /* meant for another process */
    ck_assert_int_eq(notify_watchdog_ms(), 0);
}
END_TEST

START_TEST(without_systemd_nothing_happens)
{
    char heard[1024];

    unsetenv("NOTIFY_SOCKET");
    notify_ready("x");
    notify_watchdog();
    ck_assert_str_eq(hear(heard), "");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("notify");

    tcase_add_checked_fixture(tcase, listen_as_systemd, stop_listening);
    tcase_add_test(tcase, ready_and_status_are_told);
    tcase_add_test(tcase, reloading_carries_a_time_of_the_monotonic_clock_in_microseconds);
    tcase_add_test(tcase, a_cause_cannot_smuggle_in_another_message);
    tcase_add_test(tcase, the_watchdog_period_is_systemds);
    tcase_add_test(tcase, without_systemd_nothing_happens);
    return setup_run("notify", tcase);
}
