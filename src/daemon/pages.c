/* pages.c - one function a path; each looks at the daemon anew. */
#include "daemon/pages_parts.h"

#include "daemon/evidence_page.h"

#include <stdlib.h>

#define TEXT "text/plain; charset=utf-8"

static struct overview look(void *ctx)
{
    const struct pages *pages = ctx;

    return pages->look(pages->ctx);
}

void page_fill(struct admin_page *page, unsigned status, const char *line)
{
    const char *end = str_ends(str_of(line), STR_LIT("\n")) ? "" : "\n";

    *page = (struct admin_page){.status = status, .type = TEXT};
    if (asprintf(&page->text, "%s%s", line, end) < 0)
        page->text = NULL;
    else
        page->n = strlen(page->text);
}

void page_fill_json(struct admin_page *page, unsigned status, json_t *json)
{
    *page = (struct admin_page){.status = status, .type = PAGE_JSON, .text = json_dumps(json, JSON_INDENT(1))};
    if (page->text != NULL)
        page->n = strlen(page->text);
    else
        page_fill(page, 500, "the page cannot be made");
    json_decref(json);
}

static void serve_metrics(void *ctx, const struct admin_request *request, struct admin_page *out)
{
    struct overview overview = look(ctx);
    const struct metrics *workers[256]; /* workers: at most 256 by its option */
    struct partition_books *partitions = NULL;
    struct metrics_page page = {.workers = workers, .nworkers = overview.nworkers};
    char hash[80];
    FILE *stream = open_memstream(&out->text, &out->n);

    (void)request;
    *out = (struct admin_page){.status = 200, .type = METRICS_PAGE_TYPE};
    if (stream == NULL)
        return;
    for (unsigned i = 0; i < overview.nworkers; i++)
        workers[i] = worker_metrics(overview.workers[i]);
    page.npartitions = status_partitions(&overview, &partitions);
    page.partitions = partitions;
    status_fill_metrics(&overview, &page, hash);
    metrics_page_write(&page, stream);
    evidence_write_metrics(overview.store, stream);
    control_write_metrics(((const struct pages *)ctx)->control, stream);
    if (fclose(stream) != 0) {
        free(out->text);
        out->text = NULL;
    }
    free(partitions);
}

static void serve_health(void *ctx, const struct admin_request *request, struct admin_page *page)
{
    (void)ctx;
    (void)request;
    page_fill(page, 200, "ok");
}

static void serve_ready(void *ctx, const struct admin_request *request, struct admin_page *page)
{
    struct overview overview = look(ctx);
    char why[400];
    bool ready = status_is_ready(&overview, why, sizeof(why));

    (void)request;
    page_fill(page, ready ? 200 : 503, ready ? "ready" : why);
}

static void serve_rules(void *ctx, const struct admin_request *request, struct admin_page *page)
{
    const struct pages *pages = ctx;
    struct overview overview = look(ctx);
    json_t *json = status_rules_json(&overview);

    (void)request;
    control_add_sources(pages->control, json);
    json_object_set_new(json, "control", control_json(pages->control));
    page_fill_json(page, 200, json);
}

static void serve_status(void *ctx, const struct admin_request *request, struct admin_page *page)
{
    struct overview overview = look(ctx);

    (void)request;
    page_fill_json(page, 200, status_json(&overview));
}

static void serve_reload(void *ctx, const struct admin_request *request, struct admin_page *page)
{
    const struct pages *pages = ctx;

    pages->reload(pages->ctx, "http", request->who);
    page_fill(page, 202, "loading; see /rules for the result");
}

const struct admin_route pages_routes[] = {
    {"GET", "/metrics", ADMIN_OPEN, false, serve_metrics}, {"GET", "/healthz", ADMIN_OPEN, false, serve_health},
    {"GET", "/readyz", ADMIN_OPEN, false, serve_ready},    {"GET", "/rules", ADMIN_NEAR, false, serve_rules},
    {"GET", "/status", ADMIN_NEAR, false, serve_status},   {"POST", "/reload", ADMIN_NEAR, false, serve_reload},
    {"POST", "/rules/rollback", ADMIN_TOKEN, false, pages_serve_rollback},
    {"POST", "/rules/promote", ADMIN_TOKEN, false, pages_serve_promote},
    {"POST", "/rules/*/reset", ADMIN_TOKEN, false, pages_serve_reset},
    {"GET", "/rules/", ADMIN_NEAR, false, pages_serve_library},
    {"PUT", "/rules/", ADMIN_TOKEN, true, pages_serve_put},
    {"DELETE", "/rules/", ADMIN_TOKEN, false, pages_serve_delete},
    {NULL, NULL, ADMIN_OPEN, false, NULL},
};
