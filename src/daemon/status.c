/* status.c - readiness first, then partitions, then the two JSON pages. Numbers and names of things only: nothing of
 * a record ever reaches a worker's status. */
#include "daemon/status.h"
#include "core/clock.h"
#include "core/utf8.h"
#include "daemon/evidence_page.h"
#include "match/model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool status_is_ready(const struct overview *overview, char *why, size_t size)
{
    unsigned partitions = 0;

    why[0] = '\0';
    if (overview->stopping)
        snprintf(why, size, "stopping");
    else if (store_generation(overview->store) == 0)
        snprintf(why, size, "no rule set is live");
    else if (overview->waiting[0] != '\0')
        snprintf(why, size, "%s", overview->waiting);
    for (unsigned i = 0; i < overview->nworkers && why[0] == '\0'; i++) {
        struct worker_status status;
        worker_read_status(overview->workers[i], &status);
        partitions += status.partitions;
        if (!status.running)
            snprintf(why, size, "worker %u has ended: %s", i, status.cause);
        else if (!status.output_ok || status.paused)
            snprintf(why, size, "worker %u cannot deliver: %s", i,
                     status.cause[0] != '\0' ? status.cause : "waiting for Kafka");
        else if (status.cause[0] != '\0')
            snprintf(why, size, "worker %u: %s", i, status.cause);
    }
    if (why[0] == '\0' && partitions == 0)
        snprintf(why, size, "no partition is assigned");
    return why[0] == '\0';
}

bool status_progresses(const struct overview *overview, int64_t limit_ms, unsigned *stuck)
{
    for (unsigned i = 0; i < overview->nworkers; i++) {
        struct worker_status status;
        worker_read_status(overview->workers[i], &status);
        if (status.running && clock_mono_ms() - status.progress_mono_ms > limit_ms) {
            *stuck = i;
            return false;
        }
    }
    return true;
}

/* ---- partitions ------------------------------------------------------------------------------------------------- */

struct books_list {
    struct partition_books *items;
    size_t n, cap;
};

static void collect(void *ctx, const struct worker_partition *p)
{
    struct books_list *list = ctx;
    struct partition_books *item;

    if (list->n == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 64;
        struct partition_books *grown = realloc(list->items, cap * sizeof(*grown));
        if (grown == NULL)
            return;
        list->items = grown;
        list->cap = cap;
    }
    item = &list->items[list->n++];
    *item = (struct partition_books){
        .partition = p->partition,
        .watermark = p->watermark,
        .consumed = p->consumed,
        .clean = p->clean,
        .warned = p->warned,
        .suppressed = p->suppressed,
        .dead_lettered = p->dead_lettered,
        .in_flight = p->in_flight,
    };
    snprintf(item->topic, sizeof(item->topic), "%s", p->topic);
}

static int by_place(const void *a, const void *b)
{
    const struct partition_books *x = a, *y = b;
    int topics = strcmp(x->topic, y->topic);

    return topics != 0 ? topics : (x->partition > y->partition) - (x->partition < y->partition);
}

/* A partition that moved from worker to worker has books in each. */
static void add(struct partition_books *to, const struct partition_books *from)
{
    if (from->watermark > to->watermark)
        to->watermark = from->watermark;
    to->consumed += from->consumed;
    to->clean += from->clean;
    to->warned += from->warned;
    to->suppressed += from->suppressed;
    to->dead_lettered += from->dead_lettered;
    to->in_flight += from->in_flight;
}

size_t status_partitions(const struct overview *overview, struct partition_books **out)
{
    struct books_list list = {0};
    size_t n = 0;

    for (unsigned i = 0; i < overview->nworkers; i++)
        worker_list_partitions(overview->workers[i], collect, &list);
    if (list.n > 0)
        qsort(list.items, list.n, sizeof(*list.items), by_place);
    for (size_t i = 0; i < list.n; i++) {
        if (n > 0 && by_place(&list.items[n - 1], &list.items[i]) == 0)
            add(&list.items[n - 1], &list.items[i]);
        else
            list.items[n++] = list.items[i];
    }
    *out = list.items;
    return n;
}

json_t *status_text_json(const char *text, size_t n)
{
    char copy[1200];
    size_t used = 0;

    for (size_t i = 0; i < n && used + 4 < sizeof(copy);) {
        uint32_t cp;
        size_t length = utf8_decode(text + i, text + n, &cp);
        if (cp == UINT32_MAX)
            copy[used++] = '?';
        else
            used += utf8_encode(cp, copy + used);
        i += length;
    }
    return json_stringn(copy, used);
}

/* ---- /status ----------------------------------------------------------------------------------------------------- */

static json_t *worker_json(struct worker *worker)
{
    struct worker_status status;

    worker_read_status(worker, &status);
    return json_pack("{s:b,s:b,s:b,s:i,s:I,s:I,s:s,s:I,s:o}", "running", status.running, "paused", status.paused,
                     "output_ok", status.output_ok, "partitions", (int)status.partitions, "pending",
                     (json_int_t)status.pending, "pending_bytes", (json_int_t)status.pending_bytes, "stage",
                     status.stage, "idle_ms", (json_int_t)(clock_mono_ms() - status.progress_mono_ms), "cause",
                     status_text_json(status.cause, strlen(status.cause)));
}

static json_t *partition_json(const struct partition_books *p)
{
    return json_pack("{s:s,s:i,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "topic", p->topic, "partition", (int)p->partition,
                     "watermark", (json_int_t)p->watermark, "consumed", (json_int_t)p->consumed, "clean",
                     (json_int_t)p->clean, "warned", (json_int_t)p->warned, "suppressed", (json_int_t)p->suppressed,
                     "dead_lettered", (json_int_t)p->dead_lettered, "in_flight", (json_int_t)p->in_flight);
}

json_t *status_json(const struct overview *overview)
{
    char why[400];
    bool ready = status_is_ready(overview, why, sizeof(why));
    json_t *workers = json_array(), *partitions = json_array();
    struct partition_books *books = NULL;
    size_t n = status_partitions(overview, &books);

    for (unsigned i = 0; i < overview->nworkers; i++)
        json_array_append_new(workers, worker_json(overview->workers[i]));
    for (size_t i = 0; i < n; i++)
        json_array_append_new(partitions, partition_json(&books[i]));
    free(books);
    return json_pack("{s:s,s:I,s:b,s:o,s:I,s:o,s:o}", "version", TELSIEVE_VERSION, "uptime_ms",
                     (json_int_t)(clock_mono_ms() - overview->started_mono_ms), "ready", ready, "cause",
                     status_text_json(why, strlen(why)),
                     "generation", (json_int_t)store_generation(overview->store), "workers", workers, "partitions",
                     partitions);
}

/* ---- /rules ------------------------------------------------------------------------------------------------------ */

/* `figures`: of its rules, or NULL. */
static json_t *library_json(const struct library *library, const struct evidence_figures *figures)
{
    json_t *rules = json_array(), *json;

    for (size_t i = 0; i < library->nrules; i++) {
        const struct rule *rule = &library->rules[i];
        const char *tier = rule->tier == TIER_NONE ? "by score" : tier_name(rule->tier);
        json = json_pack("{s:s,s:s,s:s}", "id", rule->id, "state", rule_state_name(rule->state), "tier", tier);
        if (rule->state == RULE_CANARY)
            json_object_set_new(json, "share", json_real(rule->share));
        if (figures != NULL && rule->state != RULE_OFF)
            json_object_set_new(json, "evidence", evidence_json(&figures[i]));
        json_array_append_new(rules, json);
    }
    return json_pack("{s:s,s:s*,s:s*,s:s*,s:o}", "library", library->name, "family", library->family, "title",
                     library->title, "version", library->version, "rules", rules);
}

static json_t *model_json(const struct model *model)
{
    return json_pack("{s:s,s:s,s:I}", "version", model_version(model), "state",
                     model_is_live(model) ? "live" : "shadow", "terms", (json_int_t)model_count(model));
}

static void append_generation(void *ctx, const struct ruleset *set, const char *state)
{
    struct evidence_figures *figures = evidence_read(set, clock_mono_ms());
    json_t *libraries = json_array(), *generation;
    size_t rule = 0; /* rules are numbered library by library */

    for (size_t i = 0; i < ruleset_library_count(set); i++) {
        const struct library *library = ruleset_library(set, i);
        json_array_append_new(libraries, library_json(library, figures != NULL ? figures + rule : NULL));
        rule += library->nrules;
    }
    free(figures);
    generation = json_pack("{s:I,s:s,s:s,s:o}", "generation", (json_int_t)ruleset_generation(set), "state", state,
                           "hash", ruleset_hash(set), "libraries", libraries);
    if (ruleset_model(set) != NULL)
        json_object_set_new(generation, "model", model_json(ruleset_model(set)));
    json_array_append_new(ctx, generation);
}

/* The problems of the last attempt as an array of lines. */
static json_t *lines_json(const char *text)
{
    json_t *lines = json_array();

    while (text != NULL && *text != '\0') {
        size_t n = strcspn(text, "\n");
        json_array_append_new(lines, status_text_json(text, n));
        text += n + (text[n] == '\n');
    }
    return lines;
}

static json_t *lists_json(const struct lists *lists)
{
    json_t *all = json_array();
    char digest[LISTS_DIGEST_SIZE];

    for (size_t i = 0; i < lists_count(lists); i++) {
        const struct list *list = lists_at(lists, i);
        json_array_append_new(all, json_pack("{s:s,s:I,s:I}", "list", list_name(list), "base",
                                             (json_int_t)list_size(list, LIST_BASE), "fed",
                                             (json_int_t)list_size(list, LIST_FED)));
    }
    return json_pack("{s:s,s:o}", "digest", lists_digest_text(lists_digest(lists), digest), "lists", all);
}

json_t *status_rules_json(const struct overview *overview)
{
    json_t *generations = json_array(), *page;
    struct reload_status reload;

    store_list(overview->store, append_generation, generations);
    reload_read_status(overview->reload, &reload);
    page = json_pack("{s:o,s:{s:I,s:I,s:b,s:I,s:o}}", "generations", generations, "reload", "succeeded",
                     (json_int_t)reload.succeeded, "failed", (json_int_t)reload.failed, "busy", reload.busy, "last_ms",
                     (json_int_t)reload.last_wall_ms, "problems", lines_json(reload.problems));
    free(reload.problems);
    if (overview->lists != NULL)
        json_object_set_new(page, "lists", lists_json(overview->lists));
    return page;
}

/* ---- /metrics ---------------------------------------------------------------------------------------------------- */

void status_fill_metrics(const struct overview *overview, struct metrics_page *page, char hash[80])
{
    struct reload_status reload;
    char why[400];

    store_read_hash(overview->store, hash);
    reload_read_status(overview->reload, &reload);
    free(reload.problems);
    page->ready = status_is_ready(overview, why, sizeof(why));
    page->generation = store_generation(overview->store);
    page->ruleset_hash = hash[0] != '\0' ? hash : NULL;
    page->load_seconds = (double)reload.load_ms / 1000;
    page->proved = reload.proved;
    page->reloads_succeeded = reload.succeeded;
    page->reloads_failed = reload.failed;
    page->start_time_s = (double)overview->started_wall_ms / 1000;
}
