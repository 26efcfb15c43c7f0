/* metrics_page.c - the table of core/metrics.h first, then what has labels of its own, then the process. Counters that
 * have not moved are written as 0, so that a rate can be taken from the first event on; only the many combinations
 * of family and tier wait for theirs. */
#include "daemon/metrics_page.h"
#include "match/fact.h"
#include "match/library.h"
#include "record/reason.h"

#include <dirent.h>
#include <inttypes.h>
#include <sys/resource.h>
#include <unistd.h>

void metrics_page_head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

struct partition_books metrics_page_books(const struct partition_books *partitions, size_t npartitions)
{
    struct partition_books sum = {0};

    for (size_t i = 0; i < npartitions; i++) {
        sum.consumed += partitions[i].consumed;
        sum.clean += partitions[i].clean;
        sum.warned += partitions[i].warned;
        sum.suppressed += partitions[i].suppressed;
        sum.dead_lettered += partitions[i].dead_lettered;
        sum.in_flight += partitions[i].in_flight;
    }
    return sum;
}

/* Sum of one cell over the workers, given by its place in struct metrics. */
static uint64_t sum_at(const struct metrics_page *page, size_t offset)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < page->nworkers; i++)
        sum += atomic_load_explicit((const _Atomic uint64_t *)((const char *)page->workers[i] + offset),
                                    memory_order_relaxed);
    return sum;
}

/* The books come from one consistent copy, all else from the cells. */
static uint64_t value_of(const struct metrics_page *page, const struct partition_books *books, enum metric metric)
{
    switch (metric) {
    case METRIC_RECORDS_CONSUMED: return books->consumed;
    case METRIC_RECORDS_CLEAN: return books->clean;
    case METRIC_RECORDS_WARNED: return books->warned;
    case METRIC_RECORDS_SUPPRESSED: return books->suppressed;
    case METRIC_RECORDS_DEAD_LETTERED: return books->dead_lettered;
    case METRIC_RECORDS_IN_FLIGHT: return books->in_flight;
    default: return sum_at(page, offsetof(struct metrics, value) + (size_t)metric * sizeof(uint64_t));
    }
}

static void put_table(const struct metrics_page *page, FILE *out)
{
    static const struct {
        const char *name, *labels, *type, *help;
    } rows[METRIC_COUNT] = {
#define X(id, name, labels, type, help) {name, labels, type, help},
        METRICS(X)
#undef X
    };

    const struct partition_books books = metrics_page_books(page->partitions, page->npartitions);

    for (int i = 0; i < METRIC_COUNT; i++) {
        bool labelled = rows[i].labels[0] != '\0';
        if (rows[i].help[0] != '\0')
            metrics_page_head(out, rows[i].name, rows[i].type, rows[i].help);
        fprintf(out, "%s%s%s%s %" PRIu64 "\n", rows[i].name, labelled ? "{" : "", rows[i].labels, labelled ? "}" : "",
                value_of(page, &books, (enum metric)i));
    }
}

static void put_dead_letters(const struct metrics_page *page, FILE *out)
{
    metrics_page_head(out, "telsieve_dead_letters_total", "counter", "Dead letters by reason.");
    for (int i = REASON_NONE + 1; i < REASON_COUNT; i++)
        fprintf(out, "telsieve_dead_letters_total{reason=\"%s\"} %" PRIu64 "\n",
                reason_name((enum dead_letter_reason)i),
                sum_at(page, offsetof(struct metrics, dead_letters) + (size_t)i * sizeof(uint64_t)));
}

static void put_warnings(const struct metrics_page *page, FILE *out)
{
    metrics_page_head(out, "telsieve_warnings_total", "counter", "Warnings by family and tier.");
    for (size_t family = 0; family < METRICS_FAMILIES; family++) {
        for (size_t tier = 0; tier < METRICS_TIERS; tier++) {
            uint64_t n = sum_at(page, offsetof(struct metrics, warnings) +
                                          (family * METRICS_TIERS + tier) * sizeof(uint64_t));
            if (n > 0)
                fprintf(out, "telsieve_warnings_total{family=\"%c\",tier=\"%s\"} %" PRIu64 "\n", (char)('A' + family),
                        tier_name((enum tier)(TIER_LOW + tier)), n);
        }
    }
}

static void put_facts(const struct metrics_page *page, FILE *out)
{
    const char *const *names = fact_names();

    metrics_page_head(out, "telsieve_fact_known_total", "counter",
             "Records for which a fact was known; of telsieve_fact_records_total.");
    for (size_t i = 0; names[i] != NULL && i < METRICS_FACTS; i++)
        fprintf(out, "telsieve_fact_known_total{fact=\"%s\"} %" PRIu64 "\n", names[i],
                sum_at(page, offsetof(struct metrics, fact_known) + i * sizeof(uint64_t)));
    metrics_page_head(out, "telsieve_fact_records_total", "counter", "Records counted for telsieve_fact_known_total.");
    fprintf(out, "telsieve_fact_records_total %" PRIu64 "\n", sum_at(page, offsetof(struct metrics, fact_asked)));
}

static void put_histogram(const struct metrics_page *page, FILE *out, const char *name, size_t offset,
                          const char *help)
{
    uint64_t count = 0;

    metrics_page_head(out, name, "histogram", help);
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        count += sum_at(page, offset + offsetof(struct metrics_histogram, bucket) + i * sizeof(uint64_t));
        if (i < METRICS_BUCKETS - 1)
            fprintf(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, metrics_latency_bounds_s[i], count);
        else
            fprintf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, count);
    }
    fprintf(out, "%s_sum %.6f\n%s_count %" PRIu64 "\n", name,
            (double)sum_at(page, offset + offsetof(struct metrics_histogram, sum_us)) / 1e6, name, count);
}

static void put_partitions(const struct metrics_page *page, FILE *out)
{
    metrics_page_head(out, "telsieve_partition_records_total", "counter", "Records by partition and outcome.");
    for (size_t i = 0; i < page->npartitions; i++) {
        const struct partition_books *p = &page->partitions[i];
        const struct {
            const char *outcome;
            uint64_t n;
        } lines[] = {{"consumed", p->consumed},
                     {"clean", p->clean},
                     {"warned", p->warned},
                     {"suppressed", p->suppressed},
                     {"dead_lettered", p->dead_lettered}};
        for (size_t k = 0; k < sizeof(lines) / sizeof(lines[0]); k++)
            fprintf(out,
                    "telsieve_partition_records_total{topic=\"%s\",partition=\"%" PRId32 "\",outcome=\"%s\"} %" PRIu64
                    "\n",
                    p->topic, p->partition, lines[k].outcome, lines[k].n);
    }
    metrics_page_head(out, "telsieve_partition_records_in_flight", "gauge", "Records in flight by partition.");
    for (size_t i = 0; i < page->npartitions; i++)
        fprintf(out, "telsieve_partition_records_in_flight{topic=\"%s\",partition=\"%" PRId32 "\"} %" PRIu64 "\n",
                page->partitions[i].topic, page->partitions[i].partition, page->partitions[i].in_flight);
}

static void put_state(const struct metrics_page *page, FILE *out)
{
    metrics_page_head(out, "telsieve_ready", "gauge",
                      "1 when a rule set is live, partitions are assigned and output works.");
    fprintf(out, "telsieve_ready %d\n", page->ready);
    metrics_page_head(out, "telsieve_ruleset_generation", "gauge", "Generation of the active rule set.");
    fprintf(out, "telsieve_ruleset_generation %" PRIu64 "\n", page->generation);
    if (page->ruleset_hash != NULL) {
        metrics_page_head(out, "telsieve_ruleset_info", "gauge", "The active rule set by its content.");
        fprintf(out, "telsieve_ruleset_info{hash=\"%s\"} 1\n", page->ruleset_hash);
    }
    metrics_page_head(out, "telsieve_ruleset_load_seconds", "gauge", "How long the active rule set took to load.");
    fprintf(out, "telsieve_ruleset_load_seconds %.3f\n", page->load_seconds);
    metrics_page_head(out, "telsieve_ruleset_proved", "gauge",
             "1 when the active rule set has passed its self-test in this process, 0 while a kept proof stands in.");
    fprintf(out, "telsieve_ruleset_proved %d\n", page->proved);
    metrics_page_head(out, "telsieve_reloads_total", "counter", "Attempts to load the rules again.");
    fprintf(out, "telsieve_reloads_total{result=\"succeeded\"} %" PRIu64 "\n", page->reloads_succeeded);
    fprintf(out, "telsieve_reloads_total{result=\"failed\"} %" PRIu64 "\n", page->reloads_failed);
    metrics_page_head(out, "telsieve_build_info", "gauge", "The running version.");
    fprintf(out, "telsieve_build_info{version=\"%s\"} 1\n", TELSIEVE_VERSION);
}

/* ---- the process ------------------------------------------------------------------------------------------------ */

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static unsigned long resident_bytes(void)
{
    FILE *in = fopen("/proc/self/statm", "re");
    unsigned long size = 0, resident = 0;

    if (in == NULL)
        return 0;
    if (fscanf(in, "%lu %lu", &size, &resident) != 2)
        resident = 0;
    fclose(in);
    return resident * (unsigned long)sysconf(_SC_PAGESIZE);
}

static unsigned open_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned n = 0;

    if (dir == NULL)
        return 0;
    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n - 3; /* ".", ".." and the folder itself */
}

static void put_process(const struct metrics_page *page, FILE *out)
{
    struct rusage usage = {0};
    struct rlimit files = {0};

    getrusage(RUSAGE_SELF, &usage);
    getrlimit(RLIMIT_NOFILE, &files);
    metrics_page_head(out, "process_cpu_seconds_total", "counter", "User and system CPU time.");
    fprintf(out, "process_cpu_seconds_total %.6f\n", seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
    metrics_page_head(out, "process_start_time_seconds", "gauge", "Start of the process since the epoch.");
    fprintf(out, "process_start_time_seconds %.3f\n", page->start_time_s);
    metrics_page_head(out, "process_resident_memory_bytes", "gauge", "Resident memory.");
    fprintf(out, "process_resident_memory_bytes %lu\n", resident_bytes());
    metrics_page_head(out, "process_open_fds", "gauge", "Open file descriptors.");
    fprintf(out, "process_open_fds %u\n", open_fds());
    metrics_page_head(out, "process_max_fds", "gauge", "Most file descriptors that may be open.");
    fprintf(out, "process_max_fds %llu\n", (unsigned long long)files.rlim_cur);
}

void metrics_page_write(const struct metrics_page *page, FILE *out)
{
    put_table(page, out);
    put_dead_letters(page, out);
    put_warnings(page, out);
    put_facts(page, out);
    put_histogram(page, out, "telsieve_judge_seconds", offsetof(struct metrics, judge_seconds),
                  "One record, payload to verdict; sampled.");
    put_histogram(page, out, "telsieve_delivery_seconds", offsetof(struct metrics, delivery_seconds),
                  "From reading a record to the acknowledgement of its warning.");
    put_partitions(page, out);
    put_state(page, out);
    put_process(page, out);
}
