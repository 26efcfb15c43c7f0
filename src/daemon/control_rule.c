/* control_rule.c - one rule at a time: what the breaker says of it, its reset, its promotion. */
#include "daemon/control_parts.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/version.h"
#include "daemon/audit.h"
#include "daemon/promotion.h"
#include "match/library_promote.h"
#include "match/model.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the breaker ------------------------------------------------------------------------------------------------- */

struct wanted_version {
    const char *library;
    char version[DEPOT_VERSION_BYTES]; /* "": it is not live */
};

static void copy_version(void *ctx, const struct ruleset *set)
{
    struct wanted_version *wanted = ctx;
    const struct library *library = ruleset_find_library(set, wanted->library);

    if (library != NULL && library->version != NULL)
        snprintf(wanted->version, sizeof(wanted->version), "%s", library->version);
}

void control_on_breaker(void *ctx, const struct breaker_event *event)
{
    const struct control *control = ctx;
    struct store *store = control->setup.look(control->setup.ctx).store;
    struct wanted_version wanted = {.library = event->library};

    store_look(store, copy_version, &wanted);
    report_breaker(&control->reporter, event, wanted.version, control->hash, store_generation(store));
}

int control_reset_rule(struct control *control, const char *rule, const char *who)
{
    return breaker_reset(control->breaker, rule, who, clock_mono_ms());
}

/* ---- promotion --------------------------------------------------------------------------------------------------- */

/* A rule of the active rule set, copied from it. */
struct candidate {
    const char *rule;
    char library[DEPOT_NAME_BYTES], version[DEPOT_VERSION_BYTES];
    enum rule_state state;
    size_t index;     /* in its library */
    struct str text;  /* of the library, ours; p NULL: there is no such rule */
    bool needs_model; /* asks for a score that rules that warn do not get */
    bool counted;     /* there are figures */
    struct evidence_figures figures;
    char next[DEPOT_VERSION_BYTES]; /* the version that it would be promoted with */
};

static void copy_candidate(struct candidate *candidate, const struct ruleset *set, size_t number,
                           const struct library *library)
{
    struct evidence_figures *figures = evidence_read(set, clock_mono_ms());
    const struct rule *rule = ruleset_rule(set, number, NULL);
    char *text = malloc(library->document.n);

    if (text != NULL) {
        memcpy(text, library->document.text, library->document.n);
        candidate->text = (struct str){text, library->document.n};
    }
    snprintf(candidate->library, sizeof(candidate->library), "%s", library->name);
    snprintf(candidate->version, sizeof(candidate->version), "%s", library->version);
    candidate->state = rule->state;
    candidate->index = (size_t)(rule - library->rules);
    candidate->needs_model = ruleset_rule_asks_model(set, number) &&
                             (ruleset_model(set) == NULL || !model_is_live(ruleset_model(set)));
    candidate->counted = figures != NULL;
    if (figures != NULL)
        candidate->figures = figures[number];
    free(figures);
}

static void find_candidate(void *ctx, const struct ruleset *set)
{
    struct candidate *candidate = ctx;

    for (size_t i = 0; i < ruleset_rule_count(set); i++) {
        const struct library *library;
        if (strcmp(ruleset_rule(set, i, &library)->id, candidate->rule) == 0)
            copy_candidate(candidate, set, i, library);
    }
}

/* What stands in the way whatever its evidence is. */
static void check_standing(const struct control *control, const struct candidate *candidate, bool try, struct err *err)
{
    const char *rule = candidate->rule, *library = candidate->library;

    if (candidate->state == RULE_LIVE)
        err_add(err, "%s is live already", rule);
    else if (candidate->state == RULE_OFF)
        err_add(err, "%s is off and has no evidence: feed it as \"shadow\" first", rule);
    else if (candidate->needs_model)
        err_add(err, "%s asks model.score, which rules that warn do not know while the model is on trial: make the "
                     "model live first", rule);
    else if (!candidate->counted)
        err_add(err, "%s: %s", rule, ts_strerror(TS_ENOMEM));
    else if (offers_has(control->offers, library))
        err_add(err, "%s was offered anew and is being tried: promote %s when that is live", library, rule);
    else if (!try && offer_signature_is_required(control->signature))
        err_add(err, "rules.require_signature is on, and this node cannot sign: telsieve rules promote %s --topic -c "
                     "FILE --sign KEY signs what this node makes of it, and feeds it to all", rule);
}

/* The library with the rule live, ours; p NULL with err. */
static struct str edit(const struct control *control, struct candidate *candidate, struct err *err)
{
    const char *highest = offers_highest(control->offers, candidate->library);
    const char *last = version_compare(highest, candidate->version) > 0 ? highest : candidate->version;
    struct str text = {0};

    if (version_raise(last, candidate->next, sizeof(candidate->next)) != 0)
        err_add(err, "%s: no version above %s fits: feed it with another one", candidate->library, last);
    else
        text.p = library_promote(candidate->text, candidate->index, candidate->next, &text.n, err);
    return text;
}

/* What comes to nothing, or is tried against the evidence, is told here; an offer is told of by its answer. */
static void tell(const struct control *control, const struct promotion_order *order, const struct candidate *candidate,
                 enum promotion_result result, const struct err *err)
{
    static const char *const names[] = {"unknown", "refused", "tried", "offered"};
    char why[2 * OFFER_WHY_BYTES], who[200], what[800], problem[400] = "";
    const struct audit_line line = {.what = "promote", .way = "http", .who = order->who, .rule = candidate->rule,
                                    .library = candidate->library, .version = candidate->version,
                                    .result = names[result], .problem = err->count > 0 ? problem : NULL,
                                    .why = order->why, .before = control->hash, .after = control->hash,
                                    .generation = store_generation(control->setup.look(control->setup.ctx).store)};

    if (err->count > 0)
        snprintf(problem, sizeof(problem), "%.*s", (int)strcspn(err->text, "\n"), err->text);
    log_line(order->why != NULL ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "promote",
             "rule=%s library=%s result=%s who=%s forced=%d why=%s msg=%s", candidate->rule, candidate->library,
             names[result], log_quote(order->who, who, sizeof(who)), order->why != NULL,
             log_quote(order->why != NULL ? order->why : "", why, sizeof(why)),
             log_quote(problem, what, sizeof(what)));
    if (result == PROMOTION_ALLOWED ? order->why != NULL : result == PROMOTION_REFUSED && !order->try)
        audit_post(control->disk, control->setup.config->audit.file, &line);
}

static void offer(struct control *control, const struct promotion_order *order, const struct candidate *candidate,
                  struct str text, struct answer *answer)
{
    const struct offer made = {.name = str_of(candidate->library), .text = text, .way = DEPOT_BY_HTTP,
                               .who = order->who, .rule = order->rule, .why = order->why, .partition = -1,
                               .offset = -1};

    control_offer(control, &made, answer);
}

static enum promotion_result promote(struct control *control, const struct promotion_order *order,
                                     struct candidate *candidate, struct answer *answer, json_t *page, struct err *err)
{
    struct promotion promotion;
    struct str text = {0};
    char sha256[DEPOT_HASH_BYTES];

    check_standing(control, candidate, order->try, err);
    if (err->count > 0)
        return PROMOTION_REFUSED;
    promotion_weigh(control->setup.config, &candidate->figures, &promotion);
    json_object_set_new(page, "criteria", promotion_json(&promotion));
    if (!promotion.ok && order->why == NULL)
        err_add(err, "%s stays in %s: its evidence on this node does not meet the budget (promote.*)", candidate->rule,
                rule_state_name(candidate->state));
    else
        text = edit(control, candidate, err);
    if (text.p == NULL)
        return PROMOTION_REFUSED;
    depot_digest(text, sha256);
    json_object_set_new(page, "next", json_pack("{s:s,s:s}", "version", candidate->next, "sha256", sha256));
    if (order->try)
        json_object_set_new(page, "text", json_stringn(text.p, text.n));
    else
        offer(control, order, candidate, text, answer);
    free((char *)text.p);
    return order->try ? PROMOTION_ALLOWED : PROMOTION_OFFERED;
}

enum promotion_result control_promote(struct control *control, const struct promotion_order *order,
                                      struct answer *answer, json_t **page)
{
    struct candidate candidate = {.rule = order->rule};
    enum promotion_result result = PROMOTION_UNKNOWN;
    struct err err;

    err_init(&err);
    store_look(control->setup.look(control->setup.ctx).store, find_candidate, &candidate);
    if (candidate.text.p == NULL) {
        *page = json_object();
        err_add(&err, "no library that is live has a rule of this id; /rules lists them");
    } else {
        *page = json_pack("{s:s,s:s,s:s,s:s,s:b}", "rule", order->rule, "library", candidate.library, "version",
                          candidate.version, "state", rule_state_name(candidate.state), "forced", order->why != NULL);
        result = promote(control, order, &candidate, answer, *page, &err);
        tell(control, order, &candidate, result, &err);
    }
    if (err.count > 0)
        json_object_set_new(*page, "problem", status_text_json(err.text, strcspn(err.text, "\n")));
    if (result == PROMOTION_OFFERED)
        json_object_set_new(*page, "answer", report_answer_json(answer));
    free((char *)candidate.text.p);
    err_fini(&err);
    return result;
}
