/* setup.h - how a test program ends: run what was gathered and say it with the exit code. */
#ifndef TELSIEVE_TESTS_SETUP_H
#define TELSIEVE_TESTS_SETUP_H

#include <check.h>

static inline int setup_run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

static inline int setup_run(const char *name, TCase *tests)
{
    Suite *suite = suite_create(name);

    suite_add_tcase(suite, tests);
    return setup_run_suite(suite);
}

#endif
