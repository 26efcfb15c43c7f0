/* test_lists_threads.c - one writer against readers: what stays is always found, with what belongs to it; the table
 * against a plain model. Memory freed under a reader shows under AddressSanitizer, races under ThreadSanitizer. */
#include "match_setup.h"

#include "match/lists_parts.h"
#include "match/lists_snapshot.h"

#include <pthread.h>

#define READERS 3
#define STAYING 200
#define CHANGES 16000

static struct number_plan *load_plan(void)
{
    struct number_plan *plan;
    struct err err;

    err_init(&err);
    plan = number_plan_load("patterns/numbers", &err);
    ck_assert_msg(plan != NULL, "%s", err.text);
    err_fini(&err);
    return plan;
}

/* ---- readers and a writer ---------------------------------------------------------------------------------- */

struct stress {
    struct lists *lists;
    const struct number_plan *plan;
    unsigned slot;
    _Atomic bool *stop;
    unsigned long wrong, found;
};

enum form { MOBILE, HOST, PREFIX };

static void write_entry(enum form form, unsigned i, char *out, size_t size)
{
    switch (form) {
    case MOBILE: snprintf(out, size, "170%08u", i); break;
    case HOST: snprintf(out, size, "h%u.example", i); break;
    case PREFIX: snprintf(out, size, "1709%u*", i); break;
    }
}

/* The number i has a source and an expiry by which it is known. */
static void put(struct lists *lists, enum form form, unsigned i, unsigned turn)
{
    char text[48], source[48];
    struct list_entry entry = {.list = STR_LIT("l"), .note = STR_LIT("")};
    const char *why;

    write_entry(form, i, text, sizeof(text));
    snprintf(source, sizeof(source), "%u %u", i, turn % 3);
    entry.entry = str_of(text);
    entry.source = str_of(source);
    entry.expires_ms = (int64_t)(i + 1) * 1000;
    if (lists_set(lists, LIST_FED, &entry, &why) < 0)
        ck_abort_msg("%s", why);
}

static void take(struct lists *lists, enum form form, unsigned i)
{
    char text[48];
    const char *why;

    write_entry(form, i, text, sizeof(text));
    if (lists_remove(lists, LIST_FED, STR_LIT("l"), str_of(text), &why) < 0)
        ck_abort_msg("%s", why);
}

static void look(struct stress *stress, unsigned i, bool must)
{
    struct number number = {.kind = NUMBER_MOBILE, .country = 86};
    const struct list *list = lists_find(stress->lists, STR_LIT("l"));
    struct list_hit hit;
    char host[48];

    number.ndigits = (uint8_t)snprintf(number.digits, sizeof(number.digits), "170%08u", i);
    if (list_has_number(list, &number, 1, &hit)) {
        stress->found++;
        stress->wrong += hit.expires_ms != (int64_t)(i + 1) * 1000 || (unsigned)atoi(hit.source.p) != i;
    } else {
        stress->wrong += must;
    }
    snprintf(host, sizeof(host), "www.h%u.example", i);
    if (list_has_host(list, str_of(host), 1, &hit)) {
        stress->found++;
        stress->wrong += hit.expires_ms != (int64_t)(i + 1) * 1000 || (unsigned)atoi(hit.source.p) != i;
    } else {
        stress->wrong += must;
    }
}

static void *read_all(void *arg)
{
    struct stress *stress = arg;
    unsigned seed = stress->slot + 1;

    while (!atomic_load_explicit(stress->stop, memory_order_acquire)) {
        lists_pin(stress->lists, stress->slot);
        for (unsigned i = 0; i < 50; i++) {
            look(stress, (unsigned)rand_r(&seed) % STAYING, true);
            look(stress, STAYING + (unsigned)rand_r(&seed) % (CHANGES / 8), false);
        }
        lists_unpin(stress->lists, stress->slot);
    }
    return NULL;
}

static void *save_all(void *arg)
{
    const struct timespec rest = {.tv_nsec = 20 * 1000000};
    struct stress *stress = arg;
    char path[] = "/tmp/telsieve-lists-XXXXXX";
    struct err err;

    close(mkstemp(path));
    err_init(&err);
    while (!atomic_load_explicit(stress->stop, memory_order_acquire)) {
        lists_pin(stress->lists, stress->slot);
        stress->wrong += lists_save(stress->lists, path, &err) != 0;
        lists_unpin(stress->lists, stress->slot);
        stress->found++;
        nanosleep(&rest, NULL);
    }
    err_fini(&err);
    unlink(path);
    return NULL;
}

static void change(struct lists *lists, unsigned turn)
{
    unsigned i = STAYING + turn * 7 % (CHANGES / 8);

    put(lists, MOBILE, i, turn);
    put(lists, HOST, i, turn);
    if (turn % 2 == 0) {
        take(lists, MOBILE, i);
        take(lists, HOST, i);
    }
    put(lists, MOBILE, turn % STAYING, turn);
    put(lists, HOST, turn % STAYING, turn);
    if (turn % 64 == 0) {
        put(lists, PREFIX, 10 + turn / 64 % 50, turn);
        take(lists, PREFIX, 10 + turn / 128 % 50);
        lists_tend(lists);
    }
}

START_TEST(readers_find_what_stays_while_all_else_changes)
{
    struct number_plan *plan = load_plan();
    struct lists *lists = lists_new(plan, READERS + 1);
    _Atomic bool stop = false;
    struct stress stress[READERS + 1];
    pthread_t threads[READERS + 1];

    for (unsigned i = 0; i < STAYING; i++) {
        put(lists, MOBILE, i, 0);
        put(lists, HOST, i, 0);
    }
    for (unsigned i = 0; i <= READERS; i++) {
        stress[i] = (struct stress){lists, plan, i, &stop, 0, 0};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, i < READERS ? read_all : save_all, &stress[i]), 0);
    }
    for (unsigned turn = 0; turn < CHANGES; turn++)
        change(lists, turn);
    atomic_store_explicit(&stop, true, memory_order_release);
    for (unsigned i = 0; i <= READERS; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_uint_eq(stress[i].wrong, 0);
        ck_assert_uint_gt(stress[i].found, 0);
    }
    lists_free(&lists);
    number_plan_free(&plan);
}
END_TEST

/* ---- the table against a model ----------------------------------------------------------------------------- */

#define KEYS 4096

struct sum {
    const uint64_t *model;
    size_t n;
    bool agrees;
};

static bool add(void *ctx, uint64_t key, uint64_t value)
{
    struct sum *sum = ctx;

    sum->n++;
    sum->agrees &= key < KEYS && sum->model[key] == value;
    return true;
}

START_TEST(the_table_is_a_map)
{
    struct epoch *epoch = epoch_new(1);
    uint64_t model[KEYS] = {0};
    struct table table;
    unsigned seed = 3;
    size_t n = 0;
    bool agrees = true; /* an assertion a turn takes longer than the turn */

    table_init(&table, epoch);
    for (unsigned turn = 0; turn < 400000; turn++) {
        /* keys come and go in waves, so that it grows, moves and shrinks */
        uint64_t key = ((uint64_t)turn / 50000 * 300 + (uint64_t)rand_r(&seed) % (KEYS / 2)) % KEYS;
        uint64_t value = rand_r(&seed) % 2 != 0 ? (uint64_t)turn + 1 : 0;

        n = n - (model[key] != 0) + (value != 0);
        model[key] = value;
        agrees &= table_set(&table, key, value) == 0;
        key = (uint64_t)rand_r(&seed) % KEYS;
        agrees &= table_get(&table, key) == model[key];
        if (turn % 20000 == 0) {
            struct sum sum = {model, 0, true};
            ck_assert(table_each(&table, add, &sum));
            ck_assert(sum.agrees && agrees);
            ck_assert_uint_eq(sum.n, n);
            ck_assert_uint_eq(table.n, n);
        }
    }
    ck_assert_uint_lt(table_bytes(&table), 17 * 4 * KEYS * 2);
    epoch_free(&epoch);
    table_fini(&table);
}
END_TEST

START_TEST(a_table_that_was_emptied_takes_new_keys_while_it_moves)
{
    struct epoch *epoch = epoch_new(1);
    struct table table;
    bool ok = true;

    table_init(&table, epoch);
    for (uint64_t key = 0; key < 1000000; key++) {
        ok &= table_set(&table, key, 1) == 0;
        if (key >= 100)
            ok &= table_set(&table, key - 100, 0) == 0;
    }
    ck_assert(ok);
    ck_assert_uint_eq(table.n, 100);
    ck_assert_uint_lt(table_bytes(&table), 1u << 20);
    epoch_free(&epoch);
    table_fini(&table);
}
END_TEST

/* ---- what is freed, and when ------------------------------------------------------------------------------- */

static void count(void *ctx, void *p)
{
    (void)p;
    ++*(unsigned *)ctx;
}

START_TEST(what_a_reader_may_look_at_waits_for_it)
{
    struct epoch *epoch = epoch_new(2);
    unsigned freed = 0;

    epoch_pin(epoch, 0);
    epoch_retire(epoch, count, &freed, NULL);
    epoch_pin(epoch, 1); /* it came later */
    ck_assert_uint_eq(epoch_reap(epoch), 1);
    epoch_unpin(epoch, 0);
    ck_assert_uint_eq(epoch_reap(epoch), 0);
    ck_assert_uint_eq(freed, 1);
    for (unsigned i = 0; i < 1000; i++)
        epoch_retire(epoch, count, &freed, NULL);
    ck_assert_uint_eq(freed, 1);
    epoch_unpin(epoch, 1);
    epoch_reap(epoch);
    ck_assert_uint_eq(freed, 1001);
    epoch_free(&epoch);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("lists");

    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, readers_find_what_stays_while_all_else_changes);
    tcase_add_test(tests, the_table_is_a_map);
    tcase_add_test(tests, a_table_that_was_emptied_takes_new_keys_while_it_moves);
    tcase_add_test(tests, what_a_reader_may_look_at_waits_for_it);
    return setup_run("lists of threads", tests);
}
