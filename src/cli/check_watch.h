/* check_watch.h - `telsieve check --watch`: again whenever a file of the directory has changed, until Ctrl-C. */
#ifndef TELSIEVE_CLI_CHECK_WATCH_H
#define TELSIEVE_CLI_CHECK_WATCH_H

/* Call `run` now and after every change in `dir` or its folder "numbers", once the files have been quiet for a moment;
 * a line with the time and how it went follows each time. SIGINT and SIGTERM end it: during a run at once, as they end
 * any process, else by returning the exit code of the last run. EXIT_RUNTIME when the directory cannot be watched. */
int check_watch(const char *dir, int (*run)(void *ctx), void *ctx);

#endif
