/* withdrawal.c - one pass over the topic: an item for each id that is wished for, whose state later messages change. */
#include "cli/withdrawal.h"
#include "cli/fleet.h"
#include "core/array.h"
#include "core/clock.h"

#include <stdlib.h>

#define AHEAD_MS (INT64_C(24) * 3600 * 1000) /* of our clock, at most, are those of who sends */

/* ---- items ----------------------------------------------------------------------------------------------------- */

static struct withdrawal *find(const struct withdrawals *all, const char *id)
{
    const json_t *at = json_object_get(all->index, id);

    return at != NULL ? &all->items[json_integer_value(at)] : NULL;
}

static struct withdrawal *add(struct withdrawals *all, const char *id)
{
    struct withdrawal *bigger = array_grow(all->items, all->n, &all->cap, sizeof(*bigger)), *item;

    if (bigger == NULL)
        return NULL;
    all->items = bigger;
    if (json_object_set_new(all->index, id, json_integer((json_int_t)all->n)) != 0)
        return NULL;
    item = &all->items[all->n++];
    *item = (struct withdrawal){0};
    memcpy(item->id, id, sizeof(item->id)); /* is_id: so long it is */
    return item;
}

static bool is_same_rule(const struct withdrawal_rule *rule, const json_t *one)
{
    return strcmp(rule->id, json_text(one, "id")) == 0 && strcmp(rule->library, json_text(one, "library")) == 0 &&
           strcmp(rule->version, json_text(one, "version")) == 0;
}

static int find_rule(struct withdrawals *all, const json_t *one, uint32_t *index)
{
    struct withdrawal_rule *bigger;

    for (size_t i = 0; i < all->nrules; i++)
        if (is_same_rule(&all->rules[i], one)) {
            *index = (uint32_t)i;
            return 0;
        }
    bigger = realloc(all->rules, (all->nrules + 1) * sizeof(*bigger));
    if (bigger == NULL)
        return -TS_ENOMEM;
    all->rules = bigger;
    *index = (uint32_t)all->nrules;
    bigger[all->nrules++] = (struct withdrawal_rule){
        strdup(json_text(one, "id")), strdup(json_text(one, "library")), strdup(json_text(one, "version"))};
    bigger = &all->rules[*index];
    return bigger->id != NULL && bigger->library != NULL && bigger->version != NULL ? 0 : -TS_ENOMEM;
}

/* ---- which ----------------------------------------------------------------------------------------------------- */

static bool is_wished(const struct withdrawal_wish *wish, const json_t *one)
{
    if (wish->version != NULL && strcmp(wish->version, json_text(one, "version")) != 0)
        return false;
    for (size_t i = 0; i < wish->nrules; i++)
        if (strcmp(wish->rules[i], json_text(one, "id")) == 0)
            return true;
    return false;
}

static size_t count_omitted(const json_t *warning)
{
    return (size_t)json_integer_value(json_object_get(warning, "rules_omitted"));
}

/* What of a warning that was just read; *rule is the one for which, NULL when none is named. */
static enum withdrawal_state judge(const struct withdrawal_wish *wish, const json_t *warning, const json_t **rule)
{
    const json_t *rules = json_object_get(warning, "rules"), *one;
    size_t others = count_omitted(warning), i;

    *rule = wish->ids != NULL ? json_array_get(rules, 0) : NULL;
    if (wish->ids != NULL)
        return json_object_get(wish->ids, json_text(warning, "id")) != NULL ? WITHDRAWAL_STANDS : WITHDRAWAL_OTHER;
    json_array_foreach ((json_t *)rules, i, one) {
        bool wished = is_wished(wish, one);
        others += !wished;
        if (wished && *rule == NULL)
            *rule = one;
    }
    if (*rule == NULL)
        return WITHDRAWAL_OTHER;
    return others > 0 && !wish->shared ? WITHDRAWAL_SHARED : WITHDRAWAL_STANDS;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static int take_key(struct withdrawal *item, struct str key)
{
    char *copy = NULL;

    if (key.p != NULL && (copy = malloc(key.n + 1)) == NULL)
        return -TS_ENOMEM;
    if (key.n > 0)
        memcpy(copy, key.p, key.n);
    free((char *)item->key.p);
    item->key = (struct str){copy, key.n};
    return 0;
}

static int take_warning(struct withdrawals *all, const json_t *warning, const struct history_message *message)
{
    const char *id = json_text(warning, "id");
    struct withdrawal *item = find(all, id);
    const json_t *rule;
    enum withdrawal_state state = judge(&all->wish, warning, &rule);
    bool in_time = message->timestamp_ms >= all->wish.from_ms && message->timestamp_ms < all->wish.to_ms;

    if (item == NULL) {
        all->unknown += in_time && state == WITHDRAWAL_OTHER && count_omitted(warning) > 0;
        if (!in_time || state == WITHDRAWAL_OTHER)
            return 0;
        if ((item = add(all, id)) == NULL)
            return -TS_ENOMEM;
        item->at_ms = message->timestamp_ms;
    }
    item->state = state;
    if (state == WITHDRAWAL_OTHER)
        return 0;
    item->partition = message->partition;
    snprintf(item->family, sizeof(item->family), "%s", json_text(warning, "family"));
    snprintf(item->tier, sizeof(item->tier), "%s", json_text(warning, "tier"));
    return find_rule(all, rule, &item->rule) == 0 ? take_key(item, message->key) : -TS_ENOMEM;
}

static bool is_id(const char *text)
{
    return strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32;
}

static int take_message(struct withdrawals *all, const struct history_message *message)
{
    json_t *json = json_loadb(message->payload.p != NULL ? message->payload.p : "", message->payload.n, 0, NULL);
    const char *id = json_text(json, "id"), *status = json_text(json, "status");
    struct withdrawal *item = find(all, id);
    int rc = 0;

    if (is_id(id) && strcmp(status, "new") == 0)
        rc = take_warning(all, json, message);
    else if (!is_id(id) || strcmp(status, "withdrawn") != 0)
        all->strange++;
    else if (item != NULL)
        item->state = WITHDRAWAL_BEFORE;
    json_decref(json);
    return rc;
}

static int keep_partitions(struct withdrawals *all, const struct history *history)
{
    const struct history_partition *partitions = history_partitions(history, &all->npartitions);

    all->partitions = calloc(all->npartitions + 1, sizeof(*partitions));
    if (all->partitions == NULL)
        return -TS_ENOMEM;
    memcpy(all->partitions, partitions, all->npartitions * sizeof(*partitions));
    return 0;
}

static void read_history(struct withdrawals *all, struct history *history, struct err *err)
{
    struct history_message message;
    int rc = 0;

    while (rc == 0 && history_next(history, &message, err) == 1)
        rc = take_message(all, &message);
    if (rc != 0 || keep_partitions(all, history) != 0)
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
    for (size_t i = 0; i < all->n; i++)
        all->counts[all->items[i].state]++;
}

int withdrawals_read(struct withdrawals *all, const struct config *config, const struct withdrawal_wish *wish,
                     struct err *err)
{
    const char *topic = config->output.warnings;
    const struct history_setup setup = {
        .config = config,
        .topics = &topic,
        .ntopics = 1,
        .from_ms = wish->from_ms > HISTORY_SLACK_MS ? wish->from_ms - HISTORY_SLACK_MS : 0, /* clocks differ */
        .to_ms = clock_wall_ms() + AHEAD_MS,
        .rate = wish->rate,
    };
    struct history *history;

    *all = (struct withdrawals){.wish = *wish, .config = config, .index = json_object()};
    history = history_new(&setup, err);
    if (history != NULL)
        read_history(all, history, err);
    history_free(&history);
    return err->count == 0 ? 0 : -TS_EKAFKA;
}

void withdrawals_fini(struct withdrawals *all)
{
    for (size_t i = 0; i < all->n; i++)
        free((char *)all->items[i].key.p);
    for (size_t i = 0; i < all->nrules; i++) {
        free(all->rules[i].id);
        free(all->rules[i].library);
        free(all->rules[i].version);
    }
    free(all->items);
    free(all->rules);
    free(all->partitions);
    json_decref(all->index);
    *all = (struct withdrawals){0};
}
