/* memory.h - what a program of bench/ takes. */
#ifndef TELSIEVE_BENCH_MEMORY_H
#define TELSIEVE_BENCH_MEMORY_H

/* The greatest resident set of this program, MiB; 0 when the kernel does not tell. (ru_maxrss begins with that of the
 * process that started it.) */
double memory_peak_mib(void);

/* The resident set now. */
double memory_now_mib(void);

#endif
