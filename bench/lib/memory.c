/* memory.c - from /proc/self/status (proc_pid_status(5), VmHWM). */
#include "memory.h"

#include <stdio.h>

double memory_peak_mib(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[128];
    double kib = 0;

    while (status != NULL && fgets(line, sizeof(line), status) != NULL)
        if (sscanf(line, "VmHWM: %lf kB", &kib) == 1)
            break;
    if (status != NULL)
        fclose(status);
    return kib / 1024;
}
