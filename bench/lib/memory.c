/* memory.c - from /proc/self/status (proc_pid_status(5), VmHWM and VmRSS). */
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double read_mib(const char *name)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[128];
    double kib = 0;

    while (status != NULL && fgets(line, sizeof(line), status) != NULL)
        if (strncmp(line, name, strlen(name)) == 0) {
            kib = strtod(line + strlen(name), NULL);
            break;
        }
    if (status != NULL)
        fclose(status);
    return kib / 1024;
}

double memory_peak_mib(void)
{
    return read_mib("VmHWM:");
}

double memory_now_mib(void)
{
    return read_mib("VmRSS:");
}
