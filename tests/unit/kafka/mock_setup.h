/* mock_setup.h - what the tests on the mock cluster share: a configuration for it, and waiting with a deadline. */
#ifndef TESTS_KAFKA_MOCK_SETUP_H
#define TESTS_KAFKA_MOCK_SETUP_H

#include "config/config.h"
#include "core/clock.h"
#include "kafka/mock.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WAIT_MS 20000 /* for what must happen; a busy machine is slow */

static inline struct config *mock_config(const char *bootstrap, const char *const *more, size_t nmore)
{
    char servers[300];
    const char *sets[40] = {servers, "input.topics=[\"in\"]", "input.group=\"g\"",
                            "output.warnings=\"warnings\"", "output.dead_letter=\"dead\"",
                            "output.shadow=\"shadow\"", "log.level=\"warn\""};
    size_t n = 7;
    struct err err;
    struct config *config;

    snprintf(servers, sizeof(servers), "kafka.common={\"bootstrap.servers\":\"%s\"}", bootstrap);
    for (size_t i = 0; i < nmore; i++)
        sets[n++] = more[i];
    err_init(&err);
    config = config_load(NULL, sets, n, &err);
    ck_assert_msg(config != NULL, "%s", err.text);
    err_fini(&err);
    return config;
}

static inline void sleep_ms(int ms)
{
    const struct timespec moment = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L};

    nanosleep(&moment, NULL);
}

static inline struct mock_cluster *mock_start(int partitions)
{
    struct err err;
    struct mock_cluster *cluster;

    err_init(&err);
    cluster = mock_cluster_new(1, &err);
    ck_assert_msg(cluster != NULL, "%s", err.text);
    ck_assert_int_eq(mock_cluster_create_topic(cluster, "in", partitions), 0);
    ck_assert_int_eq(mock_cluster_create_topic(cluster, "warnings", 2), 0);
    ck_assert_int_eq(mock_cluster_create_topic(cluster, "dead", 1), 0);
    ck_assert_int_eq(mock_cluster_create_topic(cluster, "shadow", 1), 0);
    err_fini(&err);
    return cluster;
}

#endif
