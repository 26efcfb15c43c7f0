/* pages_rules.c - rules by HTTP: one library read, fed, withdrawn; all of them rolled back. What is fed goes the way of
 * all offers (offers.h): the page tells how far it got, /rules what became of it. */
#include "daemon/pages_parts.h"

#include "daemon/control_report.h"

#include <stdlib.h>

struct wanted {
    const char *name;
    struct admin_page *page;
};

/* The library as it stands in its file. */
static void copy_library(void *ctx, const struct ruleset *set, const char *state)
{
    struct wanted *wanted = ctx;

    for (size_t i = 0; strcmp(state, "active") == 0 && i < ruleset_library_count(set); i++) {
        const struct library *library = ruleset_library(set, i);

        if (strcmp(library->name, wanted->name) != 0)
            continue;
        *wanted->page = (struct admin_page){.status = 200, .type = PAGE_JSON, .text = malloc(library->document.n + 1),
                                            .n = library->document.n};
        if (wanted->page->text != NULL)
            memcpy(wanted->page->text, library->document.text, library->document.n);
    }
}

void pages_serve_library(void *ctx, const struct admin_request *request, struct admin_page *page)
{
    const struct pages *pages = ctx;
    struct overview overview = pages->look(pages->ctx);
    struct wanted wanted = {request->name, page};

    store_list(overview.store, copy_library, &wanted);
    if (page->status == 0)
        page_fill(page, 404, "no library of this name is live; /rules lists them");
}

static unsigned status_of(const struct answer *answer)
{
    switch (answer->result) {
    case ANSWER_WAITING: return 202;
    case ANSWER_REFUSED: return 422;
    default: return 200;
    }
}

static void offer(const struct pages *pages, const struct admin_request *request, struct str text,
                  struct admin_page *page)
{
    const char *rollback = admin_query(request, "rollback"), *signature = admin_header(request, "Telsieve-Signature");
    const struct offer offer = {
        .name = str_of(request->name),
        .text = text,
        .rollback = rollback != NULL && strcmp(rollback, "1") == 0,
        .way = DEPOT_BY_HTTP,
        .who = request->who,
        .signature = str_of(signature),
        .partition = -1,
        .offset = -1,
    };
    struct answer answer;

    control_offer(pages->control, &offer, &answer);
    page_fill_json(page, status_of(&answer), report_answer_json(&answer));
}

void pages_serve_put(void *ctx, const struct admin_request *request, struct admin_page *page)
{
    offer(ctx, request, request->body, page);
}

void pages_serve_delete(void *ctx, const struct admin_request *request, struct admin_page *page)
{
    offer(ctx, request, (struct str){0}, page);
}

void pages_serve_rollback(void *ctx, const struct admin_request *request, struct admin_page *page)
{
    const struct pages *pages = ctx;
    struct err err;
    int rc;

    err_init(&err);
    rc = control_roll_back(pages->control, request->who, &err);
    page_fill(page, rc == 0 ? 200 : 409, rc == 0 ? "the rules before are live again; see /rules" : err.text);
    err_fini(&err);
}

void pages_serve_reset(void *ctx, const struct admin_request *request, struct admin_page *page)
{
    const struct pages *pages = ctx;
    int rc = control_reset_rule(pages->control, request->name, request->who);

    page_fill(page, rc == 0 ? 200 : 404,
              rc == 0 ? "the rule warns again" : "the breaker has demoted no rule of this id; /rules shows which");
}
