/* match_setup.h - rule sets of invented phrases and records for the tests of match/, as static functions. */
#ifndef TELSIEVE_TESTS_MATCH_SETUP_H
#define TELSIEVE_TESTS_MATCH_SETUP_H

#include "match/judge.h"
#include "match/ruleset.h"
#include "record/decoder.h"
#include "../setup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MATCH_DATA "tests/unit/match/data"

static inline struct ruleset *setup_load(const char *dir, struct err *err)
{
    struct ruleset_options options;

    ruleset_options_default(&options);
    return ruleset_load(dir, &options, err);
}

static inline struct ruleset *setup_rules(void)
{
    struct ruleset *ruleset;
    struct err err;

    err_init(&err);
    ruleset = setup_load(MATCH_DATA, &err);
    ck_assert_msg(ruleset != NULL, "%s", err.text);
    err_fini(&err);
    return ruleset;
}

/* A directory with the tables of MATCH_DATA and these libraries (NULL-terminated), removed by setup_remove. */
static inline void setup_dir(char dir[64], const char *const *libraries)
{
    static const char *const tables[] = {"numbers", "folding.json", "polarity.json"};
    char from[4096], to[128], *cwd = getcwd(NULL, 0);

    strcpy(dir, "/tmp/telsieve-test-XXXXXX");
    ck_assert(mkdtemp(dir) != NULL);
    for (size_t i = 0; i < 3; i++) {
        snprintf(from, sizeof(from), "%s/%s/%s", cwd, MATCH_DATA, tables[i]);
        snprintf(to, sizeof(to), "%s/%s", dir, tables[i]);
        ck_assert_int_eq(symlink(from, to), 0);
    }
    for (size_t i = 0; libraries[i] != NULL; i++) {
        FILE *file;
        snprintf(to, sizeof(to), "%s/library%zu.json", dir, i);
        file = fopen(to, "w");
        ck_assert(file != NULL && fputs(libraries[i], file) >= 0 && fclose(file) == 0);
    }
    free(cwd);
}

static inline void setup_remove(const char *dir)
{
    static const char *const names[] = {"numbers", "folding.json", "polarity.json", "library0.json", "library1.json"};
    char path[128];

    for (size_t i = 0; i < 5; i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        unlink(path);
    }
    rmdir(dir);
}

/* Load libraries; what is wrong with them goes to err. */
static inline struct ruleset *setup_libraries(const char *const *libraries, struct err *err)
{
    struct ruleset *ruleset;
    char dir[64];

    setup_dir(dir, libraries);
    ruleset = setup_load(dir, err);
    setup_remove(dir);
    return ruleset;
}

/* One set "s" of these phrases (JSON list) and a rule that is off: for what scanning finds. */
static inline struct ruleset *setup_phrases(const char *phrases)
{
    const char *libraries[] = {NULL, NULL};
    struct ruleset *ruleset;
    struct err err;
    char text[4096];

    snprintf(text, sizeof(text),
             "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{\"s\":{"
             "\"role\":\"T\",\"phrases\":%s}},\"rules\":[{\"id\":\"T-1\",\"type\":\"t\",\"state\":\"off\","
             "\"tier\":\"low\",\"when\":\"any(s) and caller.personal\",\"reason\":\"r\",\"hit\":[\"x\"],"
             "\"miss\":[\"y\"]}]}",
             phrases);
    libraries[0] = text;
    err_init(&err);
    ruleset = setup_libraries(libraries, &err);
    ck_assert_msg(ruleset != NULL, "%s", err.text);
    err_fini(&err);
    return ruleset;
}

static inline struct record setup_sms(const char *calling, const char *text)
{
    struct record record = {.kind = RECORD_SMS, .ingress = INGRESS_ONNET, .has_text = true, .text = str_of(text)};

    record.present =
        FIELD_BIT(FIELD_CALLING) | FIELD_BIT(FIELD_CALLED) | FIELD_BIT(FIELD_TS) | FIELD_BIT(FIELD_INGRESS);
    record.field[FIELD_CALLING].s = str_of(calling);
    record.field[FIELD_CALLED].s = str_of("13812345678");
    record.field[FIELD_TS].i = 1732230000000;
    return record;
}

static inline const struct verdict *setup_judge(struct judge *judge, const struct record *record)
{
    const struct verdict *verdict = NULL;

    ck_assert_int_eq(judge_record(judge, record, &verdict), 0);
    return verdict;
}

#endif
