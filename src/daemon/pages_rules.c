/* pages_rules.c - rules by HTTP: one library read, fed, withdrawn; all of them rolled back; one rule promoted. What is
 * fed goes the way of all offers (offers.h): the page tells how far it got, /rules what became of it. */
#include "daemon/pages_parts.h"

#include "core/utf8.h"
#include "daemon/control_report.h"

#include <stdlib.h>

struct wanted {
    const char *name;
    struct admin_page *page;
};

/* The library as it stands in its file. */
static void copy_library(void *ctx, const struct ruleset *set)
{
    struct wanted *wanted = ctx;
    const struct library *library = ruleset_find_library(set, wanted->name);

    if (library == NULL)
        return;
    *wanted->page = (struct admin_page){.status = 200, .type = PAGE_JSON, .text = malloc(library->document.n + 1),
                                        .n = library->document.n};
    if (wanted->page->text != NULL)
        memcpy(wanted->page->text, library->document.text, library->document.n);
}

void pages_serve_library(void *ctx, const struct admin_request *request, struct admin_page *page)
{
    const struct pages *pages = ctx;
    struct overview overview = pages->look(pages->ctx);
    struct wanted wanted = {request->name, page};

    store_look(overview.store, copy_library, &wanted);
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

/* ?key=1 */
static bool is_asked(const struct admin_request *request, const char *key)
{
    const char *value = admin_query(request, key);

    return value != NULL && strcmp(value, "1") == 0;
}

static void offer(const struct pages *pages, const struct admin_request *request, struct str text,
                  struct admin_page *page)
{
    const char *signature = admin_header(request, "Telsieve-Signature");
    const struct offer offer = {
        .name = str_of(request->name),
        .text = text,
        .rollback = is_asked(request, "rollback"),
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

/* What is wrong with how it was asked; NULL: nothing. */
static const char *wrong_order(const struct promotion_order *order, bool force)
{
    if (order->rule == NULL || order->rule[0] == '\0')
        return "which rule? rule=R-123";
    if (force == (order->why == NULL || order->why[0] == '\0'))
        return "force=1 and why=TEXT go together: a promotion against the evidence needs a reason";
    if (force && (strlen(order->why) >= OFFER_WHY_BYTES || !utf8_valid(str_of(order->why))))
        return "why=TEXT is UTF-8 of at most 255 bytes";
    return NULL;
}

void pages_serve_promote(void *ctx, const struct admin_request *request, struct admin_page *page)
{
    const struct pages *pages = ctx;
    const struct promotion_order order = {.rule = admin_query(request, "rule"), .why = admin_query(request, "why"),
                                          .who = request->who, .try = is_asked(request, "try")};
    const char *wrong = wrong_order(&order, is_asked(request, "force"));
    struct answer answer;
    json_t *json;

    if (wrong != NULL) {
        page_fill(page, 400, wrong);
        return;
    }
    switch (control_promote(pages->control, &order, &answer, &json)) {
    case PROMOTION_UNKNOWN: page_fill_json(page, 404, json); break;
    case PROMOTION_REFUSED: page_fill_json(page, 409, json); break;
    case PROMOTION_ALLOWED: page_fill_json(page, 200, json); break;
    case PROMOTION_OFFERED: page_fill_json(page, status_of(&answer), json); break;
    }
}
