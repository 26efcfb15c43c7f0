/* offers_settle.c - what the loader says of a set is said to those who offered its parts. */
#include "core/clock.h"
#include "daemon/offers_parts.h"

#include <stdio.h>

/* ---- the loader's answer --------------------------------------------------------------------------------------- */

static const char *why_refused(const struct reload_outcome *outcome, const char *name)
{
    for (size_t i = 0; i < outcome->nrefused; i++)
        if (strcmp(outcome->refused[i].name, name) == 0)
            return outcome->refused[i].problems;
    return NULL;
}

static struct depot_item item_of(const struct answer *answer, struct str text)
{
    struct depot_item item = {.way = answer->way, .partition = answer->partition, .offset = answer->offset,
                              .at_ms = clock_wall_ms(), .text = text};

    memcpy(item.name, answer->name, sizeof(item.name));
    memcpy(item.version, answer->version, sizeof(item.version));
    memcpy(item.sha256, answer->sha256, sizeof(item.sha256));
    memcpy(item.who, answer->who, sizeof(item.who));
    memcpy(item.signers, answer->signers, sizeof(item.signers));
    return item;
}

static void accept(struct offers *offers, struct open_offer *open)
{
    struct depot_item item = item_of(&open->answer, open->text);

    if (open->answer.withdrawal)
        depot_remove(offers->setup.depot, open->answer.name);
    else if (depot_put(offers->setup.depot, &item) != 0) {
        offers_give(offers, &open->answer, ANSWER_ACCEPTED,
                    "it is live, but not kept for the next start: out of memory\n");
        return;
    }
    offers_give(offers, &open->answer, open->answer.withdrawal ? ANSWER_WITHDRAWN : ANSWER_ACCEPTED, NULL);
}

/* False: it is tried again with the next reload, for only files were to blame. */
static bool settle_one(struct offers *offers, struct open_offer *open, const struct reload_outcome *outcome)
{
    const char *why = why_refused(outcome, open->answer.name);

    open->answer.generation = outcome->generation;
    open->answer.took_ms = outcome->took_ms;
    if (why != NULL)
        offers_give(offers, &open->answer, ANSWER_REFUSED, why);
    else if (!outcome->ok)
        offers_give(offers, &open->answer, ANSWER_WAITING, outcome->problems);
    else
        accept(offers, open);
    return why != NULL || outcome->ok;
}

static void settle_flying(struct offers *offers, const struct reload_outcome *outcome)
{
    size_t i = 0;

    offers->flying = false;
    while (i < offers->n) {
        if (offers->open[i].flying && settle_one(offers, &offers->open[i], outcome))
            offers_drop(offers, i);
        else
            i++;
    }
}

/* ---- the rules before are live again --------------------------------------------------------------------------- */

/* A library that is in the depot was refused. */
static void tell_lost(struct offers *offers, const struct reload_outcome *outcome, const struct reload_refused *refused)
{
    const struct depot_item *item = depot_find(offers->setup.depot, refused->name); /* NULL: only taken back */
    struct answer answer = {.generation = outcome->generation, .took_ms = outcome->took_ms};

    if (item == NULL)
        return;
    answer.way = item->way;
    answer.partition = item->partition;
    answer.offset = item->offset;
    memcpy(answer.name, item->name, sizeof(answer.name));
    memcpy(answer.version, item->version, sizeof(answer.version));
    memcpy(answer.sha256, item->sha256, sizeof(answer.sha256));
    memcpy(answer.who, item->who, sizeof(answer.who));
    offers_give(offers, &answer, ANSWER_REFUSED, refused->problems);
}

static bool is_open(const struct offers *offers, const char *name)
{
    for (size_t i = 0; i < offers->n; i++)
        if (offers->open[i].flying && strcmp(offers->open[i].answer.name, name) == 0)
            return true;
    return false;
}

/* What was accepted before does not go with other files or another configuration. The topic offers it again. */
static void lose_refused(struct offers *offers, const struct reload_outcome *outcome)
{
    for (size_t i = 0; i < outcome->nrefused; i++) {
        if (is_open(offers, outcome->refused[i].name) ||
            depot_find(offers->setup.depot, outcome->refused[i].name) == NULL)
            continue;
        tell_lost(offers, outcome, &outcome->refused[i]);
        depot_lose(offers->setup.depot, outcome->refused[i].name);
    }
}

static void put_back(struct offers *offers, const struct fed_item *live, const char *who)
{
    const struct depot_item *now = depot_find(offers->setup.depot, live->name);
    const struct offer offer = {.name = str_of(live->name), .text = live->text, .rollback = true, .who = who,
                                .way = now != NULL ? now->way : DEPOT_BY_TOPIC, .partition = -1, .offset = -1};
    struct answer answer = offers_begin_answer(&offer);
    struct depot_item item;
    struct err err;

    if (now != NULL && strcmp(now->sha256, answer.sha256) == 0)
        return;
    err_init(&err);
    offers_read_head(&offer, &answer, &err);
    err_fini(&err);
    item = item_of(&answer, live->text);
    offers_give(offers, &answer, ANSWER_ACCEPTED,
         depot_put(offers->setup.depot, &item) == 0 ? NULL : "it is live, but not kept: out of memory\n");
}

void offers_follow(struct offers *offers, const struct fed_set *live, const char *who)
{
    for (size_t i = depot_count(offers->setup.depot); i > 0; i--) {
        const struct depot_item *item = depot_at(offers->setup.depot, i - 1);
        struct answer answer = {.withdrawal = true, .rollback = true, .way = item->way, .partition = -1, .offset = -1};

        if (fed_set_find(live, item->name) != NULL)
            continue;
        memcpy(answer.name, item->name, sizeof(answer.name));
        snprintf(answer.who, sizeof(answer.who), "%s", who);
        depot_remove(offers->setup.depot, answer.name);
        offers_give(offers, &answer, ANSWER_WITHDRAWN, NULL);
    }
    for (size_t i = 0; i < live->n; i++)
        if (live->items[i].text.p != NULL)
            put_back(offers, &live->items[i], who);
}

void offers_settle(struct offers *offers, const struct reload_outcome *outcome)
{
    if (outcome->taken_back) { /* they were live, and the proof behind that failed */
        for (size_t i = 0; i < outcome->nrefused; i++)
            tell_lost(offers, outcome, &outcome->refused[i]);
        offers_follow(offers, outcome->live, "the proof behind going live failed");
        return;
    }
    lose_refused(offers, outcome);
    if (outcome->fed < offers->number) /* an attempt that somebody else asked for, begun before */
        return;
    settle_flying(offers, outcome);
    offers_submit(offers);
}
