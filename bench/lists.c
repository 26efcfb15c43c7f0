/* lists.c - a list of many numbers: what a look-up takes, what a change takes, memory, and how long all of it takes to
 * read. The numbers are invented: mobile numbers in no order.
 *
 * usage: lists NUMBERS_DIR COUNT FOLDER; one JSON object. FOLDER takes a CSV file and a snapshot, which are removed. */
#include "lib/memory.h"
#include "lib/rig.h"

#include "core/clock.h"
#include "daemon/list_intake.h"
#include "match/lists_file.h"
#include "match/lists_snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUERIES 200000
#define ROUNDS 5
#define CHANGES 200000
#define EXPECTED_AHEAD 4

struct bench {
    struct number_plan *plan;
    struct lists *lists;
    uint64_t count;
    struct number *queries;
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

/* ns of CPU per look-up; `from`: the first of the numbers asked for, `count` and beyond are in no list; with `ahead` a
 * number is expected (list_expect_number) that many look-ups before, as the judge does before it reads the text. */
static double look_up(struct bench *bench, uint64_t from, size_t ahead)
{
    const struct list *list = the(bench->lists);
    int64_t began;
    size_t found = 0;

    for (size_t i = 0; i < QUERIES; i++) {
        char text[24];
        struct number *number = &bench->queries[i];
        uint64_t at = from + (uint64_t)i * 2654435761 % bench->count;
        size_t n = (size_t)snprintf(text, sizeof(text), "%llu", (unsigned long long)nth(at));

        *number = (struct number){.kind = NUMBER_MOBILE, .country = 86, .ndigits = (uint8_t)n};
        memcpy(number->digits, text, n);
    }
    began = cpu_ns();
    for (size_t i = 0; i < QUERIES; i++) {
        if (ahead > 0 && i + ahead < QUERIES)
            list_expect_number(list, &bench->queries[i + ahead]);
        found += list_has_number(list, &bench->queries[i], 1, NULL);
    }
    if (found != (from < bench->count ? QUERIES : 0))
        rig_fail("a look-up is wrong");
    return (double)(cpu_ns() - began) / QUERIES;
}

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

int main(int argc, char **argv)
{
    struct bench bench = {.queries = calloc(QUERIES, sizeof(struct number)), .change_ns = calloc(CHANGES, sizeof(double))};
    double hit[ROUNDS], miss[ROUNDS], expected[ROUNDS], fill_s, reread_s, save_s, restore_s, before, resident;
    struct err err;

    err_init(&err);
    if (argc != 4 || bench.queries == NULL || bench.change_ns == NULL)
        rig_fail("usage: lists NUMBERS_DIR COUNT FOLDER");
    bench.count = strtoull(argv[2], NULL, 10);
    bench.folder = argv[3];
    if ((bench.plan = number_plan_load(argv[1], &err)) == NULL)
        rig_fail(err.text);
    bench.lists = lists_new(bench.plan, 1);
    memset(bench.queries, 1, QUERIES * sizeof(struct number));
    before = memory_now_mib();
    fill_s = reread(&bench);
    lists_tend(bench.lists);
    resident = memory_now_mib() - before;
    for (int i = 0; i < ROUNDS; i++) {
        hit[i] = look_up(&bench, 0, 0);
        miss[i] = look_up(&bench, bench.count, 0);
        expected[i] = look_up(&bench, bench.count, EXPECTED_AHEAD);
    }
    reread_s = reread(&bench);
    change(&bench);
    restore_s = save_and_restore(&bench, &save_s);
    printf("{");
    print_samples("hit_ns", hit);
    print_samples("miss_ns", miss);
    print_samples("miss_expected_ns", expected);
    printf("\"resident_mib\":%.0f,\"fill_s\":%.2f,\"reread_s\":%.2f,\"save_s\":%.2f,\"restore_s\":%.2f,"
           "\"csv_s\":%.2f,\"change_us\":%.2f,\"change_p999_us\":%.2f,\"change_max_us\":%.0f}\n",
           resident, fill_s, reread_s, save_s, restore_s, read_csv(&bench), bench.change_ns[CHANGES / 2] / 1000,
           bench.change_ns[CHANGES / 1000 * 999] / 1000, bench.change_ns[CHANGES - 1] / 1000);
    lists_free(&bench.lists);
    number_plan_free(&bench.plan);
    return 0;
}
