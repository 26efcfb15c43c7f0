/* demo.h - the daemon on the embedded broker, for bench too. */
#ifndef TELSIEVE_CLI_DEMO_H
#define TELSIEVE_CLI_DEMO_H

/* Run `count` generated records through the daemon on the embedded broker, silently; records per second from the first
 * one produced to the last one consumed, or 0 when it failed. */
double demo_measure_pipeline(const char *rules_dir, long count);

#endif
