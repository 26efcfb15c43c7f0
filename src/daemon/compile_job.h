/* compile_job.h - what a child that compiles is told, as an anonymous file: a line of JSON, and behind it the texts of
 * the fed libraries as they are. */
#ifndef TELSIEVE_DAEMON_COMPILE_JOB_H
#define TELSIEVE_DAEMON_COMPILE_JOB_H

#include "match/ruleset.h"

#include <jansson.h>
#include <sys/types.h>

struct compile_job {
    const char *dir;                /* of the libraries and tables */
    struct ruleset_options options; /* its cache is where the result goes */
    int64_t memory_bytes, cpu_s;    /* limits of the child; 0: none */
    pid_t parent;                   /* when it is gone, so is the child */
};

/* Returns the file, at its beginning and closed on exec; -1 with a problem in err. */
int compile_job_write(const struct compile_job *job, struct err *err);

/* A job that was read; all that it points to is its own until compile_job_fini. */
struct compile_reading {
    struct compile_job job;
    json_t *head;
    struct fed_library *fed;
    const char **changed;
    char *map;
    size_t map_bytes;
};

/* Read what compile_job_write wrote. Returns 0 or -TS_E…. */
int compile_job_read(int fd, struct compile_reading *out);
void compile_job_fini(struct compile_reading *reading);

#endif
