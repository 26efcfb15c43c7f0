/* test_store.c - generations: numbered, warm, cooling, freed; and publishers against pinning workers. A set that was
 * freed under a worker shows as a use after free (AddressSanitizer) or a race (ThreadSanitizer), and here already as
 * a generation that runs backwards. */
#include "match_setup.h"

#include "match/store.h"

#include <pthread.h>
#include <stdatomic.h>

/* The smallest rule set: loading must not dominate the stress. */
static const char *const tiny[] = {
    "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{},"
    "\"rules\":[]}", NULL};

static struct ruleset *load_tiny(const char *dir)
{
    struct ruleset_options options;
    struct ruleset *ruleset;
    struct err err;

    err_init(&err);
    ruleset_options_default(&options);
    options.skip_self_test = true;
    ruleset = ruleset_load(dir, &options, &err);
    ck_assert_msg(ruleset != NULL, "%s", err.text);
    err_fini(&err);
    return ruleset;
}

static void publish(struct store *store, const char *dir)
{
    ck_assert_int_eq(store_publish(store, load_tiny(dir)), 0);
}

struct listing {
    unsigned active, warm, cooling;
    uint64_t active_generation;
};

static void list(void *ctx, const struct ruleset *set, const char *state)
{
    struct listing *listing = ctx;

    if (strcmp(state, "active") == 0) {
        listing->active++;
        listing->active_generation = ruleset_generation(set);
    }
    listing->warm += strcmp(state, "warm") == 0;
    listing->cooling += strcmp(state, "cooling") == 0;
}

static void check_listing(struct store *store, unsigned active, unsigned warm, unsigned cooling)
{
    struct listing listing = {0};

    store_list(store, list, &listing);
    ck_assert_uint_eq(listing.active, active);
    ck_assert_uint_eq(listing.warm, warm);
    ck_assert_uint_eq(listing.cooling, cooling);
    ck_assert_uint_eq(listing.active_generation, store_generation(store));
}

START_TEST(generations_are_numbered_and_the_last_stays_warm)
{
    struct store *store = store_new(2);
    char dir[64];

    setup_dir(dir, tiny);
    ck_assert_ptr_null(store_pin(store, 0));
    store_unpin(store, 0);
    ck_assert_uint_eq(store_generation(store), 0);
    publish(store, dir);
    check_listing(store, 1, 0, 0);
    publish(store, dir);
    check_listing(store, 1, 1, 0);
    ck_assert_uint_eq(store_generation(store), 2);
    ck_assert_uint_eq(store_reap(store), 0); /* the warm one is kept */
    publish(store, dir);
    check_listing(store, 1, 1, 1);
    ck_assert_uint_eq(store_reap(store), 1);
    check_listing(store, 1, 1, 0);
    store_free(&store);
    ck_assert_ptr_null(store);
    setup_remove(dir);
}
END_TEST

START_TEST(the_warm_set_can_be_active_again_and_numbers_are_given_once)
{
    struct store *store = store_new(2);
    char dir[64];

    setup_dir(dir, tiny);
    ck_assert_int_eq(store_rollback(store, true), -TS_ENOENT);
    publish(store, dir);
    ck_assert_int_eq(store_rollback(store, true), -TS_ENOENT);
    publish(store, dir);
    store_pin(store, 1);
    ck_assert_int_eq(store_rollback(store, true), 0);
    check_listing(store, 1, 1, 0);
    ck_assert_uint_eq(store_generation(store), 1);
    ck_assert_int_eq(store_rollback(store, true), 0); /* and back */
    ck_assert_uint_eq(store_generation(store), 2);
    ck_assert_int_eq(store_rollback(store, false), 0);
    check_listing(store, 1, 0, 1); /* one that was wrong is nothing to go back to, but freed only when it is free */
    ck_assert_uint_eq(store_reap(store), 0);
    store_unpin(store, 1);
    ck_assert_uint_eq(store_reap(store), 1);
    ck_assert_int_eq(store_rollback(store, true), -TS_ENOENT);
    publish(store, dir);
    ck_assert_uint_eq(store_generation(store), 3);
    store_free(&store);
    setup_remove(dir);
}
END_TEST

START_TEST(a_pinned_set_outlives_its_successors)
{
    struct store *store = store_new(2);
    const struct ruleset *pinned;
    char dir[64];

    setup_dir(dir, tiny);
    publish(store, dir);
    pinned = store_pin(store, 1);
    publish(store, dir);
    publish(store, dir);
    ck_assert_uint_eq(store_reap(store), 0);
    ck_assert_uint_eq(ruleset_generation(pinned), 1);
    ck_assert_uint_eq(ruleset_generation(store_pin(store, 0)), 3);
    store_unpin(store, 0);
    store_unpin(store, 1);
    ck_assert_uint_eq(store_reap(store), 1);
    store_free(&store);
    setup_remove(dir);
}
END_TEST

/* Protects against an idle reader that pins the old generation for ever: a slot that is not in a batch pins nothing. */
START_TEST(idle_slots_pin_nothing)
{
    struct store *store = store_new(64);
    char dir[64];

    setup_dir(dir, tiny);
    for (int i = 0; i < 20; i++) {
        publish(store, dir);
        store_pin(store, (unsigned)i);
        store_unpin(store, (unsigned)i);
    }
    store_reap(store);
    check_listing(store, 1, 1, 0);
    store_free(&store);
    setup_remove(dir);
}
END_TEST

START_TEST(publish_is_refused_while_too_many_are_pinned)
{
    struct store *store = store_new(STORE_MAX_COOLING + 2);
    struct ruleset *refused;
    char dir[64];

    setup_dir(dir, tiny);
    for (unsigned i = 0; i < STORE_MAX_COOLING + 2; i++) {
        publish(store, dir);
        ck_assert_ptr_nonnull(store_pin(store, i));
    }
    refused = load_tiny(dir);
    ck_assert_int_eq(store_publish(store, refused), -TS_EBUSY);
    ck_assert_uint_eq(store_generation(store), STORE_MAX_COOLING + 2);
    store_unpin(store, 0);
    ck_assert_int_eq(store_publish(store, refused), 0); /* it stayed ours, and now it goes */
    for (unsigned i = 1; i < STORE_MAX_COOLING + 2; i++)
        store_unpin(store, i);
    store_free(&store);
    setup_remove(dir);
}
END_TEST

/* ---- stress ---- */

struct stress {
    struct store *store;
    const char *dir;
    bool rolls; /* publishers go back every other time */
    _Atomic bool stop;
    _Atomic uint64_t pins;
};

struct worker_arg {
    struct stress *stress;
    unsigned slot;
};

static void *work(void *arg)
{
    struct worker_arg *self = arg;
    uint64_t last = 0, pins = 0;

    while (!atomic_load_explicit(&self->stress->stop, memory_order_relaxed)) {
        const struct ruleset *set = store_pin(self->stress->store, self->slot);

        for (int i = 0; i < 20; i++) {
            uint64_t generation = ruleset_generation(set);
            if ((generation < last && !self->stress->rolls) || strncmp(ruleset_hash(set), "sha256:", 7) != 0)
                abort();
            last = generation;
        }
        store_unpin(self->stress->store, self->slot);
        pins++;
    }
    atomic_fetch_add_explicit(&self->stress->pins, pins, memory_order_relaxed);
    return NULL;
}

static void *publish_many(void *arg)
{
    struct stress *stress = arg;

    for (int i = 0; i < 60; i++) {
        struct ruleset *set = load_tiny(stress->dir);
        while (store_publish(stress->store, set) == -TS_EBUSY)
            ;
        if (stress->rolls && i % 2 == 0)
            store_rollback(stress->store, i % 4 == 0);
        if (i % 3 == 0)
            store_reap(stress->store);
    }
    return NULL;
}

static void run_stress(bool rolls)
{
    enum { WORKERS = 3, PUBLISHERS = 2 };
    struct worker_arg args[WORKERS];
    pthread_t workers[WORKERS], publishers[PUBLISHERS];
    struct stress stress = {.store = store_new(WORKERS), .rolls = rolls};
    char dir[64];

    setup_dir(dir, tiny);
    stress.dir = dir;
    publish(stress.store, dir);
    for (unsigned i = 0; i < WORKERS; i++) {
        args[i] = (struct worker_arg){&stress, i};
        ck_assert_int_eq(pthread_create(&workers[i], NULL, work, &args[i]), 0);
    }
    for (unsigned i = 0; i < PUBLISHERS; i++)
        ck_assert_int_eq(pthread_create(&publishers[i], NULL, publish_many, &stress), 0);
    for (unsigned i = 0; i < PUBLISHERS; i++)
        pthread_join(publishers[i], NULL);
    atomic_store(&stress.stop, true);
    for (unsigned i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    publish(stress.store, dir);
    ck_assert_uint_eq(store_generation(stress.store), 2 + 60 * PUBLISHERS);
    ck_assert_uint_gt(atomic_load(&stress.pins), 100);
    store_free(&stress.store);
    setup_remove(dir);
}

START_TEST(workers_never_see_a_freed_set)
{
    run_stress(false);
}
END_TEST

START_TEST(workers_never_see_a_freed_set_when_generations_are_taken_back)
{
    run_stress(true);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("store");

    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, generations_are_numbered_and_the_last_stays_warm);
    tcase_add_test(tests, the_warm_set_can_be_active_again_and_numbers_are_given_once);
    tcase_add_test(tests, a_pinned_set_outlives_its_successors);
    tcase_add_test(tests, idle_slots_pin_nothing);
    tcase_add_test(tests, publish_is_refused_while_too_many_are_pinned);
    tcase_add_test(tests, workers_never_see_a_freed_set);
    tcase_add_test(tests, workers_never_see_a_freed_set_when_generations_are_taken_back);
    return setup_run("store", tests);
}
