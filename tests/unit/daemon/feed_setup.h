/* feed_setup.h - a loader whose rules are compiled by a child, libraries to feed it with, and what it says. The child
 * is the test program itself: is_child. */
#ifndef TELSIEVE_TESTS_FEED_SETUP_H
#define TELSIEVE_TESTS_FEED_SETUP_H

#include "core/log.h"
#include "daemon/compile_child.h"
#include "daemon/reload.h"
#include "../setup.h"

#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATIENCE_MS 60000

static char folder[64], script[80], rules_set[100], cpu_set[40];
static const char *const sets[] = {rules_set, "rules.compile_memory_bytes=536870912", cpu_set};
static struct config *config;
static struct store *store;
static struct reload *loader;

/* ---- libraries ---------------------------------------------------------------------------------------------- */

/* NAME with a set of this phrase and a rule of its own that needs it; its sample is `hit`. `more` is put before. */
static inline const char *library(const char *name, const char *more, const char *phrase, const char *hit)
{
    static char text[4][4096];
    static unsigned next;
    char *out = text[next++ % 4];

    snprintf(out, sizeof(text[0]),
             "{\"telsieve\":1,\"library\":\"%s\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\n%s"
             "\"sets\":{\"s\":{\"role\":\"T\",\"phrases\":[\"%s\"]}},\n"
             "\"rules\":[{\"id\":\"%s-1\",\"type\":\"t\",\"state\":\"live\",\"tier\":\"low\",\n"
             "\"when\":\"s and caller.personal\",\"reason\":\"r\",\n\"hit\":[\"%s\"],\"miss\":[\"晚上回来吃饭吗\"]}]}\n",
             name, more, phrase, name, hit);
    return out;
}

static inline void write_file(const char *name, const char *text)
{
    char file[128];
    FILE *out;

    snprintf(file, sizeof(file), "%s/%s", folder, name);
    out = fopen(file, "w");
    ck_assert(out != NULL && fputs(text, out) >= 0 && fclose(out) == 0);
}

struct fed {
    const char *name, *text; /* text NULL: withdrawn */
};

/* All but `kept` are offered anew. */
static inline void feed_beside(const char *kept, const struct fed *fed)
{
    struct fed_set *set = fed_set_new(8);
    char place[80];

    for (; fed->name != NULL; fed++) {
        snprintf(place, sizeof(place), "control.rules/%s", fed->name);
        ck_assert_int_eq(fed_set_add(set, fed->name, (struct str){fed->text, fed->text ? strlen(fed->text) : 0}, place,
                                     kept == NULL || strcmp(fed->name, kept) != 0), 0);
    }
    reload_feed(loader, set);
}
#define FEED(...) feed_beside(NULL, (const struct fed[]){__VA_ARGS__, {NULL, NULL}})

/* ---- a process ---------------------------------------------------------------------------------------------- */

static inline void done(void *ctx)
{
    (void)ctx;
}

static inline struct reload_outcome outcome(void)
{
    struct reload_outcome out;

    for (int waited_ms = 0; !reload_take_outcome(loader, &out); waited_ms += 5) {
        ck_assert_int_lt(waited_ms, PATIENCE_MS);
        usleep(5000);
    }
    return out;
}

/* The next outcome refuses `name` for `why`, or nothing (NULL). Frees it and leaves the hash. */
static inline const char *expect(const char *name, const char *why)
{
    static char hash[80];
    struct reload_outcome out = outcome();

    ck_assert_msg(out.ok, "%s", out.problems);
    ck_assert_uint_eq(out.nrefused, name != NULL ? 1 : 0);
    if (name != NULL) {
        ck_assert_str_eq(out.refused[0].name, name);
        ck_assert_msg(strstr(out.refused[0].problems, why) != NULL, "\"%s\" is not in: %s", why,
                      out.refused[0].problems);
    }
    memcpy(hash, out.hash, sizeof(hash));
    reload_outcome_fini(&out);
    return hash;
}

static inline const char *program(void)
{
    static char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

    ck_assert_int_gt(n, 0);
    path[n] = '\0';
    return path;
}

/* Files of the child's life: `slow` is waited for to be gone, `crash` is what it does, `once` the
 * same for one child. */
static inline void write_script(void)
{
    char text[PATH_MAX + 300];

    snprintf(text, sizeof(text),
             "#!/bin/sh\ncd %s\nls -l /proc/$$/fd > files 2> /dev/null\ntouch begun\n"
             "while [ -e slow ]; do sleep 0.02; done\n"
             "rm once 2> /dev/null && kill -SEGV $$\n[ -e crash ] && kill -SEGV $$\nexec %s compile\n",
             folder, program());
    write_file("script", text);
    ck_assert_int_eq(chmod(script, 0700), 0);
}

static inline void prepare(void)
{
    char command[300];
    struct err err;

    strcpy(folder, "/tmp/telsieve-feed-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(command, sizeof(command),
             "mkdir %s/rules; cd tests/unit/match/data; cp -rL folding.json polarity.json numbers %s/rules", folder,
             folder);
    ck_assert_int_eq(system(command), 0);
    snprintf(rules_set, sizeof(rules_set), "rules.dir=%s/rules", folder);
    snprintf(cpu_set, sizeof(cpu_set), "rules.compile_cpu_s=%d", compile_child_limits_memory() ? 2 : 8);
    snprintf(script, sizeof(script), "%s/script", folder);
    write_script();
    write_file("rules/apple.json", library("apple", "", "苹果丢失", "苹果丢失"));
    write_file("rules/pear.json", library("pear", "", "梨子丢失", "梨子丢失"));
    log_set_level(LOG_LEVEL_ERROR + 1);
    err_init(&err);
    config = config_load(NULL, sets, 3, &err);
    ck_assert_msg(config != NULL, "%s", err.text);
    store = store_new(4);
    loader = reload_new(&(struct reload_setup){
        .config = config, .sets = sets, .nsets = 3, .store = store, .done = done, .compiler = script});
    ck_assert_msg(reload_first(loader, &err) == 0, "%s", err.text);
    err_fini(&err);
    expect(NULL, NULL);
    ck_assert_int_eq(reload_start(loader), 0);
}

static inline void clean_up(void)
{
    char command[100];

    reload_free(&loader);
    store_free(&store);
    config_free(&config);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static inline const char *live_hash(void)
{
    const char *hash = ruleset_hash(store_pin(store, 0));

    store_unpin(store, 0);
    return hash;
}

static inline bool status_is_proved(void)
{
    struct reload_status now;

    reload_read_status(loader, &now);
    free(now.problems);
    return now.proved;
}

static inline void await_proof(void)
{
    for (int waited_ms = 0; !status_is_proved(); waited_ms += 5) {
        ck_assert_int_lt(waited_ms, PATIENCE_MS);
        usleep(5000);
    }
}

/* The program's arguments: has it been started to compile? Then its exit code. */
static inline bool is_child(int argc, char **argv, int *code)
{
    if (argc < 2 || strcmp(argv[1], "compile") != 0)
        return false;
    *code = compile_child(STDIN_FILENO, STDOUT_FILENO);
    return true;
}

#endif
