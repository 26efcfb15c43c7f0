/* setup.h - how a test program ends: run what was gathered and say it with the exit code; and what it draws by lot. */
#ifndef TELSIEVE_TESTS_SETUP_H
#define TELSIEVE_TESTS_SETUP_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>

/* Run these cases, the last of which is NULL. */
static inline int setup_run_cases(const char *name, TCase *const *cases)
{
    Suite *suite = suite_create(name);
    SRunner *runner;
    int failed;

    while (*cases != NULL)
        suite_add_tcase(suite, *cases++);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

#define setup_run(name, ...) setup_run_cases(name, (TCase *const[]){__VA_ARGS__, NULL})

/* Where the lot goes on from: the same numbers at each run. */
static uint64_t setup_seed __attribute__((unused)) = 20261122;

/* A number below n (above 0, below 2^31), by lot. */
static inline size_t setup_pick(size_t n)
{
    setup_seed = setup_seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(setup_seed >> 33) % n;
}

#endif
