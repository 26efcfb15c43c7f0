/* The metrics page: sums over workers, conventions that promtool checks, labels that say no more than they may. */
#include "daemon/metrics_page.h"
#include "match/fact.h"
#include "match/library.h"
#include "record/reason.h"
#include "../setup.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct partition_books partitions[] = {
    {.topic = "cdr", .partition = 0, .consumed = 7, .clean = 5, .warned = 1, .in_flight = 1},
    {.topic = "sms", .partition = 11, .consumed = 10, .clean = 4, .warned = 3, .suppressed = 2, .dead_lettered = 1},
};

static struct metrics first, second;

static struct metrics_page example(void)
{
    static const struct metrics *const workers[] = {&first, &second};

    memset(&first, 0, sizeof(first));
    memset(&second, 0, sizeof(second));
    metrics_add(&first, METRIC_MESSAGES, 40);
    metrics_add(&second, METRIC_MESSAGES, 2);
    metrics_add(&second, METRIC_RECORDS_CLEAN, 999); /* the books come from the partitions, not from here */
    metrics_cell_add(&first.dead_letters[REASON_NOT_JSON], 3);
    metrics_cell_add(&second.dead_letters[REASON_NOT_JSON], 4);
    metrics_cell_add(&first.warnings['R' - 'A'][TIER_HIGH - TIER_LOW], 5);
    metrics_cell_add(&second.fact_known[FACT_CALLER_KIND], 6);
    metrics_cell_add(&second.fact_asked, 8);
    metrics_observe_ns(&first.judge_seconds, 1500);     /* le 2e-06 */
    metrics_observe_ns(&second.judge_seconds, 1500000); /* le 0.005 */
    metrics_observe_ns(&second.judge_seconds, 20000000000);
    return (struct metrics_page){
        .workers = workers,
        .nworkers = 2,
        .partitions = partitions,
        .npartitions = 2,
        .ready = true,
        .generation = 3,
        .ruleset_hash = "sha256:00ff",
        .load_seconds = 0.25,
        .proved = true,
        .reloads_succeeded = 2,
        .reloads_failed = 1,
        .start_time_s = 1732230000.5,
    };
}

static char text[200000];

static void write_page(const struct metrics_page *page)
{
    FILE *out = fmemopen(text, sizeof(text), "w");

    metrics_page_write(page, out);
    ck_assert_int_eq(fclose(out), 0);
}

static const char *const lines[] = {
    "telsieve_messages_total 42",
    "telsieve_records_total{outcome=\"consumed\"} 17",
    "telsieve_records_total{outcome=\"clean\"} 9",
    "telsieve_records_total{outcome=\"warned\"} 4",
    "telsieve_records_total{outcome=\"suppressed\"} 2",
    "telsieve_records_total{outcome=\"dead_lettered\"} 1",
    "telsieve_records_in_flight 1",
    "telsieve_deliveries_total{kind=\"warning\",result=\"acknowledged\"} 0",
    "telsieve_dead_letters_total{reason=\"not_json\"} 7",
    "telsieve_dead_letters_total{reason=\"crashed\"} 0",
    "telsieve_warnings_total{family=\"R\",tier=\"high\"} 5",
    "telsieve_fact_known_total{fact=\"caller.kind\"} 6",
    "telsieve_fact_known_total{fact=\"record.kind\"} 0",
    "telsieve_fact_records_total 8",
    "telsieve_judge_seconds_bucket{le=\"1e-06\"} 0",
    "telsieve_judge_seconds_bucket{le=\"2e-06\"} 1",
    "telsieve_judge_seconds_bucket{le=\"0.001\"} 1",
    "telsieve_judge_seconds_bucket{le=\"0.005\"} 2",
    "telsieve_judge_seconds_bucket{le=\"10\"} 2",
    "telsieve_judge_seconds_bucket{le=\"+Inf\"} 3",
    "telsieve_judge_seconds_count 3",
    "telsieve_judge_seconds_sum 20.001501",
    "telsieve_delivery_seconds_count 0",
    "telsieve_partition_records_total{topic=\"sms\",partition=\"11\",outcome=\"suppressed\"} 2",
    "telsieve_partition_records_in_flight{topic=\"cdr\",partition=\"0\"} 1",
    "telsieve_ready 1",
    "telsieve_ruleset_generation 3",
    "telsieve_ruleset_info{hash=\"sha256:00ff\"} 1",
    "telsieve_ruleset_load_seconds 0.250",
    "telsieve_ruleset_proved 1",
    "telsieve_reloads_total{result=\"succeeded\"} 2",
    "telsieve_reloads_total{result=\"failed\"} 1",
    "telsieve_build_info{version=\"" TELSIEVE_VERSION "\"} 1",
    "process_start_time_seconds 1732230000.500",
};

START_TEST(a_line_says_the_sum_over_the_workers)
{
    struct metrics_page page = example();
    char wanted[200];

    write_page(&page);
    snprintf(wanted, sizeof(wanted), "\n%s\n", lines[_i]);
    ck_assert_msg(strstr(text, wanted) != NULL, "no line \"%s\" in:\n%s", lines[_i], text);
}
END_TEST

static void run_promtool(char *said, size_t size)
{
    char file[] = "/tmp/telsieve-metrics-XXXXXX", command[100];
    int fd = mkstemp(file);
    FILE *out;

    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    snprintf(command, sizeof(command), "promtool check metrics < %s 2>&1", file);
    out = popen(command, "r");
    said[fread(said, 1, size - 1, out)] = '\0';
    ck_assert_msg(pclose(out) == 0 && said[0] == '\0', "promtool: %s", said);
    unlink(file);
}

START_TEST(promtool_has_nothing_to_say)
{
    struct metrics_page page = example();
    char said[4000];

    write_page(&page);
    run_promtool(said, sizeof(said));
    page = (struct metrics_page){0}; /* before anything happened */
    write_page(&page);
    run_promtool(said, sizeof(said));
    ck_assert_ptr_null(strstr(text, "ruleset_info"));
}
END_TEST

/* The name in a "# WORD name ..." line. */
static size_t name_length(const char *name)
{
    return strcspn(name, " {\n");
}

START_TEST(every_name_is_announced_once_and_its_lines_stand_together)
{
    struct metrics_page page = example();
    char seen[8000] = "", entry[120];

    write_page(&page);
    for (char *line = strstr(text, "# TYPE "); line != NULL; line = strstr(line + 1, "# TYPE ")) {
        snprintf(entry, sizeof(entry), " %.*s ", (int)name_length(line + 7), line + 7);
        ck_assert_msg(strstr(seen, entry) == NULL, "announced twice:%s", entry);
        strcat(seen, entry);
    }
    ck_assert_ptr_nonnull(strstr(seen, " telsieve_records_total "));
}
END_TEST

START_TEST(the_books_of_all_records_have_the_outcome_label_only)
{
    struct metrics_page page = example();
    unsigned n = 0;

    write_page(&page);
    for (const char *p = text; (p = strstr(p, "\ntelsieve_records_total{")) != NULL; p++, n++) {
        ck_assert_int_eq(strncmp(p, "\ntelsieve_records_total{outcome=\"", 33), 0);
        ck_assert_ptr_eq(strchr(p + 33, '"') + 1, strchr(p + 33, '}'));
    }
    ck_assert_uint_eq(n, 5);
}
END_TEST

START_TEST(there_is_room_for_every_reason_tier_and_fact)
{
    ck_assert_int_le(REASON_COUNT, METRICS_REASONS);
    ck_assert_int_le(FACT_COUNT, METRICS_FACTS);
    ck_assert_int_eq(TIER_HIGH - TIER_LOW + 1, METRICS_TIERS);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("metrics_page");

    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, a_line_says_the_sum_over_the_workers, 0, (int)(sizeof(lines) / sizeof(lines[0])));
    tcase_add_test(tcase, promtool_has_nothing_to_say);
    tcase_add_test(tcase, every_name_is_announced_once_and_its_lines_stand_together);
    tcase_add_test(tcase, the_books_of_all_records_have_the_outcome_label_only);
    tcase_add_test(tcase, there_is_room_for_every_reason_tier_and_fact);
    return setup_run("metrics_page", tcase);
}
