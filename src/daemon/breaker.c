/* breaker.c - what is to be told is gathered while the evidence is locked, and told behind that. */
#include "daemon/breaker.h"
#include "daemon/metrics_page.h"

#include <inttypes.h>
#include <stdlib.h>

#define MAX_EVENTS 32 /* a tick; others wait for the next */

struct breaker {
    const struct config *config;
    struct evidence *evidence;
    void (*told)(void *ctx, const struct breaker_event *event);
    void *ctx;
    uint64_t happened[BREAKER_CAUSES];
};

/* One look at all rules. */
struct round {
    const struct config *config;
    const char *reset, *who; /* the rule to reset; NULL: a tick */
    int64_t now_ms;
    struct breaker_event events[MAX_EVENTS];
    size_t n;
};

const char *breaker_cause_name(enum breaker_cause cause)
{
    static const char *const names[] = {"rate", "share", "cooled", "reset"};

    return names[cause];
}

static void add(struct round *round, const struct evidence_standing *standing, enum breaker_cause cause)
{
    struct breaker_event *event = &round->events[round->n++];

    *event = (struct breaker_event){.demoted = cause == BREAKER_RATE || cause == BREAKER_SHARE, .cause = cause,
                                    .warnings = cause == BREAKER_RATE ? standing->minute : standing->warnings,
                                    .all = standing->all, .who = round->who};
    snprintf(event->rule, sizeof(event->rule), "%s", standing->id);
    snprintf(event->library, sizeof(event->library), "%s", standing->library);
}

static bool is_above_share(const struct config *config, const struct evidence_standing *standing)
{
    return config->breaker.rule_share > 0 && standing->all >= (uint64_t)config->breaker.share_minimum &&
           (double)standing->warnings > config->breaker.rule_share * (double)standing->all;
}

static void look_at(void *ctx, struct evidence_rule *rule, const struct evidence_standing *standing)
{
    struct round *round = ctx;
    bool demoted = standing->demotion != DEMOTION_NONE, share = !demoted && is_above_share(round->config, standing);

    if (round->n == MAX_EVENTS)
        return;
    if (share)
        evidence_demote(rule, DEMOTION_SHARE, round->now_ms);
    if (share || (demoted && !standing->told)) {
        evidence_set_told(rule);
        add(round, standing, share || standing->demotion == DEMOTION_SHARE ? BREAKER_SHARE : BREAKER_RATE);
    } else if (demoted && round->now_ms - standing->demoted_ms >= round->config->breaker.cool_ms) {
        evidence_restore(rule, round->now_ms);
        add(round, standing, BREAKER_COOLED);
    }
}

static void reset(void *ctx, struct evidence_rule *rule, const struct evidence_standing *standing)
{
    struct round *round = ctx;

    if (round->n == MAX_EVENTS || standing->demotion == DEMOTION_NONE || strcmp(standing->id, round->reset) != 0)
        return;
    evidence_restore(rule, round->now_ms);
    add(round, standing, BREAKER_RESET);
}

static void tell(struct breaker *breaker, const struct round *round)
{
    for (size_t i = 0; i < round->n; i++) {
        breaker->happened[round->events[i].cause]++;
        breaker->told(breaker->ctx, &round->events[i]);
    }
}

void breaker_tick(struct breaker *breaker, int64_t now_mono_ms)
{
    struct round round = {.config = breaker->config, .who = "", .now_ms = now_mono_ms};

    if (breaker->config->breaker.rule_per_minute == 0 && breaker->config->breaker.rule_share <= 0)
        return;
    evidence_each(breaker->evidence, now_mono_ms, look_at, &round);
    tell(breaker, &round);
}

int breaker_reset(struct breaker *breaker, const char *rule, const char *who, int64_t now_mono_ms)
{
    struct round round = {.config = breaker->config, .reset = rule, .who = who, .now_ms = now_mono_ms};

    breaker_tick(breaker, now_mono_ms); /* no one is restored who was not told of */
    evidence_each(breaker->evidence, now_mono_ms, reset, &round);
    tell(breaker, &round);
    return round.n > 0 ? 0 : -TS_ENOENT;
}

void breaker_write_metrics(const struct breaker *breaker, FILE *out)
{
    metrics_page_head(out, "telsieve_breaker_total", "counter",
                      "Rules that the circuit breaker demoted (rate, share) and that came back (cooled, reset).");
    for (int cause = 0; cause < BREAKER_CAUSES; cause++)
        fprintf(out, "telsieve_breaker_total{cause=\"%s\"} %" PRIu64 "\n",
                breaker_cause_name((enum breaker_cause)cause), breaker->happened[cause]);
}

struct breaker *breaker_new(const struct config *config, struct evidence *evidence,
                            void (*told)(void *ctx, const struct breaker_event *event), void *ctx)
{
    struct breaker *breaker = calloc(1, sizeof(*breaker));

    if (breaker != NULL)
        *breaker = (struct breaker){.config = config, .evidence = evidence, .told = told, .ctx = ctx};
    return breaker;
}

void breaker_free(struct breaker **breaker)
{
    free(*breaker);
    *breaker = NULL;
}
