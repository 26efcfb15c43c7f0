/* evidence_page.c - a metric has a line per rule, so its labels are as many as there are rules and no more. */
#include "daemon/evidence_page.h"
#include "core/clock.h"
#include "core/statistics.h"
#include "daemon/metrics_page.h"

#include <inttypes.h>
#include <stdlib.h>

const char *demotion_name(enum demotion demotion)
{
    static const char *const names[] = {[DEMOTION_NONE] = NULL, [DEMOTION_RATE] = "rate", [DEMOTION_SHARE] = "share"};

    return names[demotion];
}

/* Of the hits of which the platform knows what they were. */
static struct interval precision_of(const struct evidence_figures *figures)
{
    return wilson_interval(figures->confirmed, figures->confirmed + figures->refuted);
}

static json_t *feedback_json(const struct evidence_figures *figures)
{
    struct interval precision = precision_of(figures);
    bool known = figures->confirmed + figures->refuted > 0;

    return json_pack("{s:I,s:I,s:I,s:o,s:f,s:f}", "true", (json_int_t)figures->confirmed, "false",
                     (json_int_t)figures->refuted, "unknown", (json_int_t)figures->unknown, "precision",
                     known ? json_real(precision.rate) : json_null(), "low", precision.low, "high", precision.high);
}

json_t *evidence_json(const struct evidence_figures *figures)
{
    return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:s*}", "since", (json_int_t)figures->since_ms, "judged",
                     (json_int_t)figures->judged, "hits", (json_int_t)figures->hits, "hits_hour",
                     (json_int_t)figures->hits_hour, "warnings", (json_int_t)figures->warnings, "overlap",
                     (json_int_t)figures->overlap, "victims", (json_int_t)figures->victims, "feedback",
                     feedback_json(figures), "demoted", demotion_name(figures->demotion));
}

enum column { JUDGED, HITS, WARNINGS, OVERLAP, VICTIMS, HITS_HOUR, DEMOTED, COLUMNS };

static uint64_t value_of(const struct evidence_figures *figures, enum column column)
{
    const uint64_t values[COLUMNS] = {
        [JUDGED] = figures->judged,   [HITS] = figures->hits,       [WARNINGS] = figures->warnings,
        [OVERLAP] = figures->overlap, [VICTIMS] = figures->victims, [HITS_HOUR] = figures->hits_hour,
        [DEMOTED] = figures->demotion != DEMOTION_NONE};

    return values[column];
}

static void put_column(FILE *out, const struct ruleset *set, const struct evidence_figures *figures, enum column column)
{
    static const struct {
        const char *name, *type, *help;
    } columns[COLUMNS] = {
        [JUDGED] = {"telsieve_rule_judged_total", "counter", "Records judged while the rule was live or on trial."},
        [HITS] = {"telsieve_rule_hits_total", "counter", "Records that the rule hit, whatever its state."},
        [WARNINGS] = {"telsieve_rule_warnings_total", "counter", "Records that the rule warned of."},
        [OVERLAP] = {"telsieve_rule_overlap_total", "counter", "Hits on records of which another rule warned."},
        [VICTIMS] = {"telsieve_rule_victims", "gauge", "About how many victims the rule hit (error 3 %)."},
        [HITS_HOUR] = {"telsieve_rule_hits_hour", "gauge", "Hits of the last 60 minutes."},
        [DEMOTED] = {"telsieve_rule_demoted", "gauge", "1 while the breaker has the rule in shadow."},
    };

    metrics_page_head(out, columns[column].name, columns[column].type, columns[column].help);
    for (size_t i = 0; i < ruleset_rule_count(set); i++) {
        const struct rule *rule = ruleset_rule(set, i, NULL);

        if (rule->state != RULE_OFF)
            fprintf(out, "%s{rule=\"%s\",state=\"%s\"} %" PRIu64 "\n", columns[column].name, rule->id,
                    rule_state_name(rule->state), value_of(&figures[i], column));
    }
}

static void put_verdicts(FILE *out, const struct ruleset *set, const struct evidence_figures *figures)
{
    metrics_page_head(out, "telsieve_rule_feedback", "gauge", "Archived hits by what the platform said of them.");
    for (size_t i = 0; i < ruleset_rule_count(set); i++) {
        const struct evidence_figures *of = &figures[i];
        const char *id = ruleset_rule(set, i, NULL)->id;

        if (of->confirmed + of->refuted + of->unknown == 0)
            continue;
        fprintf(out, "telsieve_rule_feedback{rule=\"%s\",verdict=\"true\"} %" PRIu64 "\n", id, of->confirmed);
        fprintf(out, "telsieve_rule_feedback{rule=\"%s\",verdict=\"false\"} %" PRIu64 "\n", id, of->refuted);
        fprintf(out, "telsieve_rule_feedback{rule=\"%s\",verdict=\"unknown\"} %" PRIu64 "\n", id, of->unknown);
    }
}

static void put_precision(FILE *out, const struct ruleset *set, const struct evidence_figures *figures)
{
    metrics_page_head(out, "telsieve_rule_precision_low", "gauge",
                      "Least precision of a rule that its feedback allows (95 %).");
    for (size_t i = 0; i < ruleset_rule_count(set); i++)
        if (figures[i].confirmed + figures[i].refuted > 0)
            fprintf(out, "telsieve_rule_precision_low{rule=\"%s\"} %.6f\n", ruleset_rule(set, i, NULL)->id,
                    precision_of(&figures[i]).low);
}

static void write_active(void *ctx, const struct ruleset *set)
{
    struct evidence_figures *figures = evidence_read(set, clock_mono_ms());

    for (int column = 0; figures != NULL && column < COLUMNS; column++)
        put_column(ctx, set, figures, (enum column)column);
    if (figures != NULL) {
        put_verdicts(ctx, set, figures);
        put_precision(ctx, set, figures);
    }
    free(figures);
}

void evidence_write_metrics(struct store *store, FILE *out)
{
    store_look(store, write_active, out);
}
