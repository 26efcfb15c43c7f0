/* replay_side.c - rules as the daemon loads them: scores by the configuration, fed libraries over files, fed entries
 * over lists' files. */
#include "cli/replay.h"
#include "daemon/depot.h"
#include "match/lists_file.h"
#include "match/lists_snapshot.h"

#include <stdlib.h>
#include <sys/stat.h>

/* The daemon's folder must be there already: reading makes none. */
static bool has_state(const struct config *config)
{
    struct stat status;

    return config->control.state[0] != '\0' && stat(config->control.state, &status) == 0;
}

static struct fed_library *fed_of(const struct depot *depot, size_t *n)
{
    struct fed_library *fed = calloc(depot_count(depot) + 1, sizeof(*fed));

    for (*n = 0; fed != NULL && *n < depot_count(depot); ++*n) {
        const struct depot_item *item = depot_at(depot, *n);
        fed[*n] = (struct fed_library){.name = item->name, .text = item->text, .place = item->name};
    }
    return fed;
}

static struct ruleset *load_own(const struct config *config, struct ruleset_options *options, struct err *err)
{
    struct depot *depot = has_state(config) ? depot_open(config->control.state, err, err) : depot_open("", err, err);
    struct fed_library *fed = NULL;
    struct ruleset *ruleset = NULL;

    if (depot != NULL && err->count == 0 && (fed = fed_of(depot, &options->nfed)) != NULL) {
        options->fed = fed;
        ruleset = ruleset_load(config->rules.dir, options, err);
    }
    free(fed);
    depot_close(&depot);
    return ruleset;
}

static int load_lists(struct replay_side *side, const struct config *config, struct err *err)
{
    char file[4096];

    side->lists = lists_open(side->dir != NULL ? side->dir : config->rules.dir, 0, err);
    if (side->lists == NULL)
        return -TS_EINVAL;
    snprintf(file, sizeof(file), "%.4000s/lists.snapshot", config->control.state);
    if (has_state(config) && lists_restore(side->lists, file, err) != 0 && err->count > 0)
        return -TS_EINVAL;
    return 0;
}

int replay_side_load(struct replay_side *side, const struct config *config, struct err *err)
{
    struct ruleset_options options;

    if (side->dir != NULL && strcmp(side->dir, REPLAY_NONE) == 0)
        return 0;
    ruleset_options_from_config(&options, config);
    side->ruleset = side->dir != NULL ? ruleset_load(side->dir, &options, err) : load_own(config, &options, err);
    return side->ruleset != NULL ? load_lists(side, config, err) : -TS_EINVAL;
}

void replay_side_free(struct replay_side *side)
{
    lists_free(&side->lists);
    ruleset_free(&side->ruleset);
}

const char *replay_side_name(const struct replay_side *side, const struct config *config)
{
    return side->dir != NULL ? side->dir : config->rules.dir;
}
