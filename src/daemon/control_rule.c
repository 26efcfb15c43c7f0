/* control_rule.c - one rule at a time: what the breaker says of it, and its reset. */
#include "daemon/control_parts.h"
#include "core/clock.h"

#include <stdio.h>

struct wanted_version {
    const char *library;
    char version[DEPOT_VERSION_BYTES]; /* "": it is not live */
};

static void copy_version(void *ctx, const struct ruleset *set, const char *state)
{
    struct wanted_version *wanted = ctx;

    for (size_t i = 0; strcmp(state, "active") == 0 && i < ruleset_library_count(set); i++) {
        const struct library *library = ruleset_library(set, i);
        if (strcmp(library->name, wanted->library) == 0)
            snprintf(wanted->version, sizeof(wanted->version), "%s", library->version != NULL ? library->version : "");
    }
}

void control_on_breaker(void *ctx, const struct breaker_event *event)
{
    const struct control *control = ctx;
    struct store *store = control->setup.look(control->setup.ctx).store;
    struct wanted_version wanted = {.library = event->library};

    store_list(store, copy_version, &wanted);
    report_breaker(&control->reporter, event, wanted.version, control->hash, store_generation(store));
}

int control_reset_rule(struct control *control, const char *rule, const char *who)
{
    return breaker_reset(control->breaker, rule, who, clock_mono_ms());
}
