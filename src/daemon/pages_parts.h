/* pages_parts.h - what the files of pages share. Private to them. */
#ifndef TELSIEVE_DAEMON_PAGES_PARTS_H
#define TELSIEVE_DAEMON_PAGES_PARTS_H

#include "daemon/pages.h"

#define PAGE_JSON "application/json"

/* One line, or several with their ends. */
void page_fill(struct admin_page *page, unsigned status, const char *line);
/* Takes `json`. */
void page_fill_json(struct admin_page *page, unsigned status, json_t *json);

void pages_serve_library(void *ctx, const struct admin_request *request, struct admin_page *page);
void pages_serve_put(void *ctx, const struct admin_request *request, struct admin_page *page);
void pages_serve_delete(void *ctx, const struct admin_request *request, struct admin_page *page);
void pages_serve_reset(void *ctx, const struct admin_request *request, struct admin_page *page);
void pages_serve_rollback(void *ctx, const struct admin_request *request, struct admin_page *page);
void pages_serve_promote(void *ctx, const struct admin_request *request, struct admin_page *page);

#endif
