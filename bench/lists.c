/* lists.c - a list of many numbers: what a look-up takes, what a change takes, memory, and how long all of it takes to
 * read. The numbers are invented: mobile numbers in no order.
 *
 * Look-ups are timed in blocks of numbers drawn anew, kind after kind, each behind a walk through memory that leaves
 * nothing of the list in the caches: in the daemon the rest of a record's way does that. Beside them stand loads of
 * random words from memory as large as the filter and as the table: a look-up that is told "not there" needs one of the
 * first, one that finds needs one of the second.
 *
 * usage: lists NUMBERS_DIR COUNT FOLDER; one JSON object. FOLDER takes a CSV file and a snapshot, which are removed. */
#include "lib/memory.h"
#include "lib/rig.h"

#include "core/clock.h"
#include "daemon/list_intake.h"
#include "match/lists_file.h"
#include "match/lists_parts.h"
#include "match/lists_snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 2048 /* numbers of one sample: they stay in the nearest caches, and are few beside the list's lines */
#define ROUNDS 21
#define EXPECTED_AHEAD 4
#define SWEEP_BYTES ((size_t)64 << 20)
#define HUGE_PAGE_BYTES ((size_t)2 << 20)
#define CHANGES 200000

/* Kinds of samples. "Alone": behind a barrier, so that nothing overlaps; else as many overlap as the CPU makes of
 * them. "Expected": key and list_expect_key came before, as the judge does it before it reads the text. "Key": of the
 * number, no look-up. */
#define LOOKS(X)                                                                                                       \
    X(MISS, "miss_ns") X(HIT, "hit_ns") X(MISS_ALONE, "miss_alone_ns") X(HIT_ALONE, "hit_alone_ns")                    \
    X(MISS_EXPECTED, "miss_expected_ns") X(HIT_EXPECTED, "hit_expected_ns") X(KEY, "key_ns")                           \
    X(FILTER_LOAD, "filter_load_ns") X(FILTER_LOAD_ALONE, "filter_load_alone_ns") X(TABLE_LOAD, "table_load_ns")       \
    X(TABLE_LOAD_ALONE, "table_load_alone_ns")
enum look {
#define X(id, name) id,
    LOOKS(X)
#undef X
    LOOK_COUNT
};

struct bench {
    struct number_plan *plan;
    struct lists *lists;
    uint64_t count, random;
    struct number *queries; /* BLOCK of them */
    size_t *places;         /* likewise; of words */
    char *sweep;
    uint64_t *filter, *table; /* memory as large as those */
    size_t filter_words, table_words;
    uint64_t sum; /* keeps a compiler from leaving loads out */
    double ns[LOOK_COUNT][ROUNDS];
    double *change_ns;
    const char *folder;
};

/* The i-th of 10^9 numbers, each once: an odd factor and a power of 2 would do, this has no power of 2. */
static uint64_t nth(uint64_t i)
{
    return 13000000000 + i * 387420489 % 999999937;
}

/* Its digits behind `out`'s beginning; what a program that feeds would not do again and again must cost next to
 * nothing. */
static size_t write_key(char out[40], uint64_t i)
{
    static const char head[] = "numbers/+86";
    uint64_t number = nth(i);

    memcpy(out, head, sizeof(head) - 1);
    for (size_t k = sizeof(head) - 1 + 11; k-- > sizeof(head) - 1; number /= 10)
        out[k] = (char)('0' + number % 10);
    return sizeof(head) - 1 + 11;
}

static const struct list *the(const struct lists *lists)
{
    return lists_find(lists, STR_LIT("numbers"));
}

static void set(struct lists *lists, uint64_t i, const char *source)
{
    char text[24];
    struct list_entry entry = {.list = STR_LIT("numbers"), .tier = TIER_HIGH, .source = str_of(source),
                               .note = STR_LIT("")};
    const char *why;

    entry.entry = (struct str){text, (size_t)snprintf(text, sizeof(text), "+86%llu", (unsigned long long)nth(i))};
    if (lists_set(lists, LIST_FED, &entry, &why) < 0)
        rig_fail(why);
}

/* CPU of this thread, which waits for nothing but the disk when it saves. */
static int64_t cpu_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static double seconds_since(int64_t began_ns)
{
    return (double)(cpu_ns() - began_ns) / 1e9;
}

/* Every number anew by the messages of a topic that is read whole; making them is within the time. */
static double reread(struct bench *bench)
{
    static const char value[] = "{\"expires\":1924963200000,\"tier\":\"high\",\"source\":\"case 1\",\"note\":null}";
    struct list_intake intake = {.lists = bench->lists};
    int64_t began = cpu_ns();
    bool kept;

    list_intake_begin(&intake);
    for (uint64_t i = 0; i < bench->count; i++) {
        char key[40];
        struct str list;
        if (list_intake_take(&intake, (struct str){key, write_key(key, i)}, STR_LIT(value), &list) == LIST_REFUSED)
            rig_fail(intake.why);
    }
    list_intake_end(&intake, &kept);
    return seconds_since(began);
}

/* ---- look-ups ---------------------------------------------------------------------------------------------- */

/* splitmix64 */
static uint64_t draw(struct bench *bench)
{
    uint64_t z = bench->random += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* Zeroed, in large pages as the table is. */
static void *reserve(size_t bytes)
{
    size_t rounded = (bytes + HUGE_PAGE_BYTES - 1) & ~(HUGE_PAGE_BYTES - 1);
    void *p = aligned_alloc(HUGE_PAGE_BYTES, rounded);

    if (p == NULL)
        rig_fail("out of memory");
    (void)madvise(p, rounded, MADV_HUGEPAGE);
    memset(p, 0, rounded);
    return p;
}

/* All that came before is done before anything behind begins. */
static inline void barrier(void)
{
#ifdef __x86_64__
    _mm_lfence();
#else
    __asm__ volatile("dsb sy\nisb" ::: "memory");
#endif
}

/* From the `from`-th number on there are `count`. */
static void draw_queries(struct bench *bench, uint64_t from)
{
    for (size_t i = 0; i < BLOCK; i++) {
        struct number *number = &bench->queries[i];
        char text[24];
        size_t n = (size_t)snprintf(text, sizeof(text), "%llu",
                                    (unsigned long long)nth(from + draw(bench) % bench->count));

        *number = (struct number){.kind = NUMBER_MOBILE, .country = 86, .ndigits = (uint8_t)n};
        memcpy(number->digits, text, n);
    }
}

static void draw_places(struct bench *bench, size_t words)
{
    for (size_t i = 0; i < BLOCK; i++)
        bench->places[i] = (size_t)(draw(bench) % words);
}

static void sweep_caches(struct bench *bench)
{
    for (size_t i = 0; i < SWEEP_BYTES; i += 64)
        bench->sum += (uint64_t)bench->sweep[i]++;
}

static size_t find_all(const struct bench *bench, const struct list *list, bool alone)
{
    size_t found = 0;

    for (size_t i = 0; i < BLOCK; i++) {
        if (alone)
            barrier();
        found += list_has_number(list, &bench->queries[i], 1, NULL);
    }
    return found;
}

static size_t find_expected(const struct bench *bench, const struct list *list)
{
    uint64_t keys[EXPECTED_AHEAD] = {0};
    size_t found = 0;

    for (size_t i = 0; i < BLOCK + EXPECTED_AHEAD; i++) {
        uint64_t *key = &keys[i % EXPECTED_AHEAD];
        if (i >= EXPECTED_AHEAD)
            found += list_has_key(list, &bench->queries[i - EXPECTED_AHEAD], *key, 1, NULL);
        if (i < BLOCK)
            list_expect_key(list, *key = list_number_key(&bench->queries[i]));
    }
    return found;
}

static double look_up(struct bench *bench, bool hit, bool expected, bool alone)
{
    const struct list *list = the(bench->lists);
    int64_t began;
    size_t found;

    sweep_caches(bench);
    draw_queries(bench, hit ? 0 : bench->count);
    began = cpu_ns();
    found = expected ? find_expected(bench, list) : find_all(bench, list, alone);
    began = cpu_ns() - began;
    if (found != (hit ? BLOCK : 0))
        rig_fail("a look-up is wrong");
    return (double)began / BLOCK;
}

static double make_keys(struct bench *bench)
{
    int64_t began;

    draw_queries(bench, 0);
    began = cpu_ns();
    for (size_t i = 0; i < BLOCK; i++)
        bench->sum += list_number_key(&bench->queries[i]);
    return (double)(cpu_ns() - began) / BLOCK;
}

static double load(struct bench *bench, const uint64_t *words, size_t n, bool alone)
{
    int64_t began;

    sweep_caches(bench);
    draw_places(bench, n);
    began = cpu_ns();
    for (size_t i = 0; i < BLOCK; i++) {
        if (alone)
            barrier();
        bench->sum += words[bench->places[i]];
    }
    return (double)(cpu_ns() - began) / BLOCK;
}

static double take_sample(struct bench *bench, enum look look)
{
    switch (look) {
    case MISS: return look_up(bench, false, false, false);
    case HIT: return look_up(bench, true, false, false);
    case MISS_ALONE: return look_up(bench, false, false, true);
    case HIT_ALONE: return look_up(bench, true, false, true);
    case MISS_EXPECTED: return look_up(bench, false, true, false);
    case HIT_EXPECTED: return look_up(bench, true, true, false);
    case KEY: return make_keys(bench);
    case FILTER_LOAD: return load(bench, bench->filter, bench->filter_words, false);
    case FILTER_LOAD_ALONE: return load(bench, bench->filter, bench->filter_words, true);
    case TABLE_LOAD: return load(bench, bench->table, bench->table_words, false);
    default: return load(bench, bench->table, bench->table_words, true);
    }
}

static void take_samples(struct bench *bench)
{
    const struct table *numbers = &the(bench->lists)->parts[LIST_FED].numbers;

    bench->filter_words = table_filter_bytes(numbers) / sizeof(uint64_t);
    bench->table_words = table_bytes(numbers) / sizeof(uint64_t);
    bench->queries = reserve(BLOCK * sizeof(*bench->queries));
    bench->places = reserve(BLOCK * sizeof(*bench->places));
    bench->sweep = reserve(SWEEP_BYTES);
    bench->filter = reserve(bench->filter_words * sizeof(uint64_t));
    bench->table = reserve(bench->table_words * sizeof(uint64_t));
    for (int i = 0; i < ROUNDS; i++)
        for (int look = 0; look < LOOK_COUNT; look++)
            bench->ns[look][i] = take_sample(bench, (enum look)look);
    free(bench->queries);
    free(bench->places);
    free(bench->sweep);
    free(bench->filter);
    free(bench->table);
}

/* ---- changes, and reading all of it ------------------------------------------------------------------------ */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Entries that come, change and go. */
static void change(struct bench *bench)
{
    for (size_t i = 0; i < CHANGES; i++) {
        int64_t began = clock_mono_ns();
        set(bench->lists, bench->count + i / 2, i % 2 == 0 ? "case 2" : "case 3");
        bench->change_ns[i] = (double)(clock_mono_ns() - began);
    }
    qsort(bench->change_ns, CHANGES, sizeof(double), ascending);
}

static double save_and_restore(struct bench *bench, double *save_s)
{
    struct lists *again = lists_new(bench->plan, 0);
    char path[4096];
    struct err err;
    int64_t began = cpu_ns();

    err_init(&err);
    snprintf(path, sizeof(path), "%s/lists.snapshot", bench->folder);
    if (lists_save(bench->lists, path, &err) != 0)
        rig_fail(err.text);
    *save_s = seconds_since(began);
    lists_free(&bench->lists);
    began = cpu_ns();
    if (lists_restore(again, path, &err) != 0)
        rig_fail(err.text);
    unlink(path);
    err_fini(&err);
    bench->lists = again;
    return seconds_since(began);
}

static double read_csv(struct bench *bench)
{
    char folder[4096], path[4200];
    struct lists *lists = lists_new(bench->plan, 0);
    struct err err;
    int64_t began;
    FILE *file;

    snprintf(folder, sizeof(folder), "%s/lists", bench->folder);
    snprintf(path, sizeof(path), "%s/numbers.csv", folder);
    mkdir(folder, 0700);
    if ((file = fopen(path, "w")) == NULL)
        rig_fail(path);
    fputs("entry,expires,source,tier\n", file);
    for (uint64_t i = 0; i < bench->count; i++)
        fprintf(file, "%llu,2030-12-31,case 1,high\n", (unsigned long long)nth(i));
    fclose(file);
    err_init(&err);
    lists_free(&bench->lists);
    began = cpu_ns();
    if (lists_load(lists, bench->folder, &err) != 0)
        rig_fail(err.text);
    bench->lists = lists;
    unlink(path);
    rmdir(folder);
    err_fini(&err);
    return seconds_since(began);
}

static void print_samples(const char *name, const double *samples)
{
    printf("\"%s\":[", name);
    for (int i = 0; i < ROUNDS; i++)
        printf("%s%.2f", i > 0 ? "," : "", samples[i]);
    printf("],");
}

static void print_looks(const struct bench *bench)
{
    static const char *const names[] = {
#define X(id, name) name,
        LOOKS(X)
#undef X
    };

    for (int look = 0; look < LOOK_COUNT; look++)
        print_samples(names[look], bench->ns[look]);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    double fill_s, reread_s, save_s, restore_s, before, resident;
    struct err err;

    err_init(&err);
    bench.change_ns = calloc(CHANGES, sizeof(double));
    if (argc != 4 || bench.change_ns == NULL)
        rig_fail("usage: lists NUMBERS_DIR COUNT FOLDER");
    bench.count = strtoull(argv[2], NULL, 10);
    bench.folder = argv[3];
    if ((bench.plan = number_plan_load(argv[1], &err)) == NULL)
        rig_fail(err.text);
    bench.lists = lists_new(bench.plan, 1);
    before = memory_now_mib();
    fill_s = reread(&bench);
    lists_tend(bench.lists);
    resident = memory_now_mib() - before;
    take_samples(&bench);
    reread_s = reread(&bench);
    change(&bench);
    restore_s = save_and_restore(&bench, &save_s);
    printf("{");
    print_looks(&bench);
    printf("\"resident_mib\":%.0f,\"fill_s\":%.2f,\"reread_s\":%.2f,\"save_s\":%.2f,\"restore_s\":%.2f,"
           "\"csv_s\":%.2f,\"change_us\":%.2f,\"change_p999_us\":%.2f,\"change_max_us\":%.0f}\n",
           resident, fill_s, reread_s, save_s, restore_s, read_csv(&bench), bench.change_ns[CHANGES / 2] / 1000,
           bench.change_ns[CHANGES / 1000 * 999] / 1000, bench.change_ns[CHANGES - 1] / 1000);
    lists_free(&bench.lists);
    number_plan_free(&bench.plan);
    return 0;
}
