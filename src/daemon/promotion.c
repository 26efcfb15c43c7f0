/* promotion.c - one function a row. */
#include "daemon/promotion.h"
#include "core/statistics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static void add_row(struct promotion *promotion, struct promotion_row row, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void add_row(struct promotion *promotion, struct promotion_row row, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(row.how, sizeof(row.how), fmt, args);
    va_end(args);
    row.ok = row.at_least ? row.have >= row.want : row.have <= row.want;
    promotion->ok = promotion->ok && row.ok;
    promotion->rows[promotion->n++] = row;
}

static void weigh_feedback(const struct config *config, const struct evidence_figures *figures, struct promotion *out)
{
    uint64_t verdicts = figures->confirmed + figures->refuted;
    struct interval interval = wilson_interval(figures->confirmed, verdicts);

    add_row(out, (struct promotion_row){.what = "precision", .have = interval.low, .at_least = true,
                                        .want = config->promote.min_precision},
            "%" PRIu64 " of %" PRIu64 " verdicts are true; 95 %%: at least %.4g", figures->confirmed, verdicts,
            interval.low);
}

static void weigh_projection(const struct config *config, const struct evidence_figures *figures, double hit_rate,
                             struct promotion *out)
{
    double bound = precision_bound(config->promote.prevalence, hit_rate);

    add_row(out, (struct promotion_row){.what = "projected_precision", .have = bound, .at_least = true,
                                        .want = config->promote.min_precision},
            "%" PRIu64 " verdicts, fewer than %" PRId64 "; at most %.4g / %.4g can be true",
            figures->confirmed + figures->refuted, config->promote.min_feedback, config->promote.prevalence, hit_rate);
}

void promotion_weigh(const struct config *config, const struct evidence_figures *figures, struct promotion *out)
{
    /* Hits are counted at once, records at the end of a batch. */
    struct interval hits = wilson_interval(figures->hits < figures->judged ? figures->hits : figures->judged,
                                           figures->judged);

    *out = (struct promotion){.ok = true};
    add_row(out, (struct promotion_row){.what = "judged", .have = (double)figures->judged, .at_least = true,
                                        .want = (double)config->promote.min_judged},
            "records that this node judged with it");
    add_row(out, (struct promotion_row){.what = "hit_rate", .have = hits.high, .want = config->promote.max_hit_rate},
            "%" PRIu64 " hits in %" PRIu64 " records; 95 %%: at most %.4g", figures->hits, figures->judged, hits.high);
    if (figures->confirmed + figures->refuted >= (uint64_t)config->promote.min_feedback)
        weigh_feedback(config, figures, out);
    else
        weigh_projection(config, figures, hits.high, out);
    if (figures->demotion != DEMOTION_NONE)
        add_row(out, (struct promotion_row){.what = "demoted", .have = 1, .want = 0},
                "the circuit breaker has it in shadow");
}

json_t *promotion_json(const struct promotion *promotion)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < promotion->n; i++) {
        const struct promotion_row *row = &promotion->rows[i];
        json_array_append_new(rows, json_pack("{s:s,s:f,s:s,s:f,s:b,s:s}", "what", row->what, "have", row->have, "need",
                                              row->at_least ? "at least" : "at most", "want", row->want, "ok", row->ok,
                                              "how", row->how));
    }
    return rows;
}
