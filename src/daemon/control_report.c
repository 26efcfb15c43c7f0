/* control_report.c - every message has v, kind, node and at; its key is the node and what it is about, so that a
 * compacted topic keeps the last of each. */
#include "daemon/control_report.h"
#include "core/clock.h"
#include "core/log.h"
#include "daemon/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_PROBLEMS 20 /* in one message */

/* Takes `message`. Of a `newest` one, older ones that wait are of no more use. */
static void announce(const struct reporter *reporter, const char *about, json_t *message, bool newest)
{
    struct announcement announcement;
    char key[256], *text = NULL;

    if (reporter->announcer != NULL && message != NULL) {
        snprintf(key, sizeof(key), "%s/%s", reporter->config->node, about);
        json_object_set_new(message, "v", json_integer(1));
        json_object_set_new(message, "node", json_string(reporter->config->node));
        json_object_set_new(message, "at", json_integer(clock_wall_ms()));
        text = json_dumps(message, JSON_COMPACT | JSON_SORT_KEYS);
    }
    if (text != NULL) {
        announcement = (struct announcement){.key = str_of(key), .value = str_of(text), .newest = newest};
        (void)announcer_send(reporter->announcer, &announcement);
    }
    free(text);
    json_decref(message);
}

/* ---- problems --------------------------------------------------------------------------------------------------- */

/* "file:line:col: what" taken apart; without a place all of it is `what`. */
static json_t *problem_json(const char *line, size_t n)
{
    char copy[1200], file[300];
    unsigned at, col;
    int used = 0;

    snprintf(copy, sizeof(copy), "%.*s", (int)n, line);
    if (sscanf(copy, "%299[^:]:%u:%u: %n", file, &at, &col, &used) == 3 && used > 0)
        return json_pack("{s:o,s:i,s:i,s:o}", "file", status_text_json(file, strlen(file)), "line", (int)at, "col",
                         (int)col, "what", status_text_json(copy + used, strlen(copy + used)));
    return json_pack("{s:o}", "what", status_text_json(copy, strlen(copy)));
}

json_t *report_problems_json(const char *problems)
{
    json_t *list = json_array();

    for (unsigned i = 0; problems != NULL && *problems != '\0' && i < MAX_PROBLEMS; i++) {
        size_t n = strcspn(problems, "\n");
        json_array_append_new(list, problem_json(problems, n));
        problems += n + (problems[n] == '\n');
    }
    return list;
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

static json_t *source_json(enum depot_way way, const char *who, int32_t partition, int64_t offset, const char *signers)
{
    json_t *source = json_pack("{s:s,s:s}", "way", depot_way_name(way), "who", who);

    if (way == DEPOT_BY_TOPIC) {
        json_object_set_new(source, "partition", json_integer(partition));
        json_object_set_new(source, "offset", json_integer(offset));
    }
    if (signers[0] != '\0')
        json_object_set_new(source, "signers", json_string(signers));
    return source;
}

static const char *asked_of(const struct answer *answer)
{
    if (answer->withdrawal || answer->rollback)
        return answer->withdrawal ? "withdraw" : "rollback";
    return answer->rule[0] != '\0' ? "promote" : "put";
}

json_t *report_answer_json(const struct answer *answer)
{
    json_t *json = json_pack("{s:s,s:o,s:s,s:s,s:o,s:I,s:I}", "kind", "library", "library",
                             status_text_json(answer->name, strlen(answer->name)), "result",
                             answer_name(answer->result), "asked", asked_of(answer), "source",
                             source_json(answer->way, answer->who, answer->partition, answer->offset, answer->signers),
                             "generation", (json_int_t)answer->generation, "took_ms", (json_int_t)answer->took_ms);

    if (answer->version[0] != '\0')
        json_object_set_new(json, "version", status_text_json(answer->version, strlen(answer->version)));
    if (answer->sha256[0] != '\0')
        json_object_set_new(json, "sha256", json_string(answer->sha256));
    if (answer->rule[0] != '\0')
        json_object_set_new(json, "rule", json_string(answer->rule));
    if (answer->why[0] != '\0')
        json_object_set_new(json, "why", status_text_json(answer->why, strlen(answer->why)));
    if (answer->problems != NULL)
        json_object_set_new(json, "errors", report_problems_json(answer->problems));
    return json;
}

static void log_answer(const struct answer *answer, const char *first)
{
    enum log_level level = answer->result == ANSWER_REFUSED ? LOG_LEVEL_WARN : LOG_LEVEL_INFO;
    char name[2 * DEPOT_NAME_BYTES], version[2 * DEPOT_VERSION_BYTES], who[2 * DEPOT_WHO_BYTES], what[500];

    log_line(level, "library", "library=%s version=%s result=%s way=%s who=%s generation=%" PRIu64 "%s%s",
             log_quote(answer->name, name, sizeof(name)), log_quote(answer->version, version, sizeof(version)),
             answer_name(answer->result), depot_way_name(answer->way), log_quote(answer->who, who, sizeof(who)),
             answer->generation, first[0] != '\0' ? " msg=" : "",
             first[0] != '\0' ? log_quote(first, what, sizeof(what)) : "");
}

static void audit_answer(const struct reporter *reporter, const struct answer *answer, const char *first,
                         const char *before, const char *after)
{
    char who[DEPOT_WHO_BYTES + 40];
    const struct audit_line line = {
        .what = asked_of(answer),
        .way = depot_way_name(answer->way),
        .who = who,
        .rule = answer->rule[0] != '\0' ? answer->rule : NULL,
        .library = answer->name,
        .version = answer->version[0] != '\0' ? answer->version : NULL,
        .sha256 = answer->sha256[0] != '\0' ? answer->sha256 : NULL,
        .signers = answer->signers[0] != '\0' ? answer->signers : NULL,
        .result = answer_name(answer->result),
        .problem = first[0] != '\0' ? first : NULL,
        .why = answer->why[0] != '\0' ? answer->why : NULL,
        .before = before,
        .after = after,
        .generation = answer->generation,
    };

    if (answer->way == DEPOT_BY_TOPIC && answer->offset >= 0)
        snprintf(who, sizeof(who), "%s[%" PRId32 "]@%" PRId64, answer->who, answer->partition, answer->offset);
    else
        snprintf(who, sizeof(who), "%s", answer->who);
    audit_post(reporter->disk, reporter->config->audit.file, &line);
}

void report_decision(const struct reporter *reporter, const struct answer *answer, const char *before,
                     const char *after)
{
    char first[400] = "";

    if (answer->problems != NULL)
        snprintf(first, sizeof(first), "%.*s", (int)strcspn(answer->problems, "\n"), answer->problems);
    log_answer(answer, first);
    audit_answer(reporter, answer, first, before, after);
}

void report_answer(const struct reporter *reporter, const struct answer *answer)
{
    char about[DEPOT_NAME_BYTES + 16];

    snprintf(about, sizeof(about), "library/%s", answer->name);
    announce(reporter, about, report_answer_json(answer), false);
}

/* ---- rules and heartbeats ---------------------------------------------------------------------------------------- */

struct listing {
    const struct depot *depot;
    json_t *libraries;
};

static json_t *states_json(const struct library *library)
{
    int n[RULE_LIVE + 1] = {0};

    for (size_t i = 0; i < library->nrules; i++)
        n[library->rules[i].state]++;
    return json_pack("{s:i,s:i,s:i,s:i}", "live", n[RULE_LIVE], "canary", n[RULE_CANARY], "shadow", n[RULE_SHADOW],
                     "off", n[RULE_OFF]);
}

static void list_active(void *ctx, const struct ruleset *set)
{
    struct listing *listing = ctx;

    for (size_t i = 0; i < ruleset_library_count(set); i++) {
        const struct library *library = ruleset_library(set, i);
        const struct depot_item *item = depot_find(listing->depot, library->name);
        char sha256[DEPOT_HASH_BYTES];

        if (item == NULL)
            depot_digest((struct str){library->document.text, library->document.n}, sha256);
        json_array_append_new(listing->libraries,
                              json_pack("{s:s,s:s*,s:s,s:s,s:o}", "library", library->name, "version",
                                        library->version, "from", item != NULL ? depot_way_name(item->way) : "files",
                                        "sha256", item != NULL ? item->sha256 : sha256, "rules",
                                        states_json(library)));
    }
}

json_t *report_libraries_json(struct store *store, const struct depot *depot)
{
    struct listing listing = {depot, json_array()};

    store_look(store, list_active, &listing);
    return listing.libraries;
}

void report_rules(const struct reporter *reporter, const struct reload_outcome *outcome, const char *cause,
                  const struct overview *overview, const struct depot *depot)
{
    json_t *message;

    if (reporter->announcer == NULL)
        return;
    message = json_pack("{s:s,s:s,s:s,s:I,s:s,s:I,s:I,s:o}", "kind", "rules", "cause", cause, "result",
                        outcome->ok ? "live" : "failed", "generation", (json_int_t)outcome->generation, "ruleset",
                        outcome->hash, "took_ms", (json_int_t)outcome->took_ms, "compile_ms",
                        (json_int_t)outcome->compile_ms, "libraries",
                        report_libraries_json(overview->store, depot));
    if (outcome->problems != NULL)
        json_object_set_new(message, "errors", report_problems_json(outcome->problems));
    announce(reporter, "rules", message, false);
}

/* ---- lists ------------------------------------------------------------------------------------------------------ */

void report_list_refusal(const struct reporter *reporter, const struct list_refusal *refusal, bool flood)
{
    char about[LIST_NAME_MAX + 16], place[400];

    if (reporter->announcer == NULL)
        return;
    snprintf(about, sizeof(about), "list/%.*s", STR_FMT(refusal->list));
    snprintf(place, sizeof(place), "%s, partition %d, offset %lld", reporter->config->control.lists,
             (int)refusal->partition, (long long)refusal->offset);
    announce(reporter, about,
             json_pack("{s:s,s:s%,s:s,s:[{s:o,s:o}]}", "kind", "list", "list", refusal->list.p, refusal->list.n,
                       "result", "refused", "errors", "file", status_text_json(place, strlen(place)), "what",
                       status_text_json(refusal->why, strlen(refusal->why))), flood);
}

void report_list_reading(const struct reporter *reporter, const struct list_reading *reading,
                         const struct lists *lists)
{
    char digest[LISTS_DIGEST_SIZE];

    lists_digest_text(lists_digest(lists), digest);
    announce(reporter, "lists",
             json_pack("{s:s,s:s,s:s,s:I,s:I,s:s}", "kind", "list", "list", "", "result",
                       reading->kept ? "kept" : "read", "entries", (json_int_t)reading->entries, "removed",
                       (json_int_t)reading->removed, "digest", digest), true);
}

void report_breaker(const struct reporter *reporter, const struct breaker_event *event, const char *version,
                    const char *hash, uint64_t generation)
{
    const char *what = event->demoted ? "demoted" : "restored", *cause = breaker_cause_name(event->cause);
    const struct audit_line line = {.what = "breaker", .way = event->who[0] != '\0' ? "http" : "breaker",
                                    .who = event->who, .rule = event->rule, .library = event->library,
                                    .version = version, .result = what, .problem = cause,
                                    .before = hash, .after = hash, .generation = generation};
    char about[80];

    log_line(event->demoted ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "breaker",
             "rule=%s library=%s change=%s cause=%s warnings=%" PRIu64 " all=%" PRIu64, event->rule, event->library,
             what, cause, event->warnings, event->all);
    audit_post(reporter->disk, reporter->config->audit.file, &line);
    snprintf(about, sizeof(about), "breaker/%s", event->rule);
    announce(reporter, about,
             json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:s}", "kind", "breaker", "rule", event->rule, "library",
                       event->library, "version", version, "change", what, "cause", cause, "warnings",
                       (json_int_t)event->warnings, "all", (json_int_t)event->all, "generation",
                       (json_int_t)generation, "ruleset", hash),
             false);
}

void report_heartbeat(const struct reporter *reporter, const struct overview *overview, const char *trouble,
                      bool degraded)
{
    struct partition_books *partitions = NULL, sum;
    struct metrics_page page = {0};
    char hash[80], why[400], digest[LISTS_DIGEST_SIZE];
    size_t n;
    json_t *message;

    if (reporter->announcer == NULL)
        return;
    n = status_partitions(overview, &partitions);
    sum = metrics_page_books(partitions, n);
    free(partitions);
    status_fill_metrics(overview, &page, hash);
    (void)status_is_ready(overview, why, sizeof(why));
    message = json_pack(
        "{s:s,s:s,s:I,s:b,s:o,s:b,s:o,s:I,s:s,s:I,s:{s:I,s:I,s:I,s:I,s:I,s:I}}", "kind", "heartbeat", "version",
        TELSIEVE_VERSION, "uptime_ms", (json_int_t)(clock_mono_ms() - overview->started_mono_ms), "ready", page.ready,
        "cause", status_text_json(why, strlen(why)), "degraded", degraded, "trouble",
        status_text_json(trouble, strlen(trouble)), "generation", (json_int_t)page.generation, "ruleset", hash,
        "workers", (json_int_t)overview->nworkers, "books", "consumed", (json_int_t)sum.consumed, "clean",
        (json_int_t)sum.clean, "warned", (json_int_t)sum.warned, "suppressed", (json_int_t)sum.suppressed,
        "dead_lettered", (json_int_t)sum.dead_lettered, "in_flight", (json_int_t)sum.in_flight);
    if (overview->lists != NULL)
        json_object_set_new(message, "lists",
                            json_string(lists_digest_text(lists_digest(overview->lists), digest)));
    announce(reporter, "heartbeat", message, true);
}
