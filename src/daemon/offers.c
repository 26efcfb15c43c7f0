/* offers.c - one array of open offers: those that wait, and those that the loader has. An offer is looked at, waits and
 * goes to the loader here. */
#include "daemon/offers_parts.h"
#include "core/array.h"
#include "core/version.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define PLACE_BYTES (DEPOT_NAME_BYTES + sizeof("control.rules/"))

const char *answer_name(enum answer_result result)
{
    static const char *const names[ANSWER_COUNT] = {
#define X(id, name) [ANSWER_##id] = name,
        ANSWERS(X)
#undef X
    };
    return names[result];
}

struct offers *offers_new(const struct offers_setup *setup)
{
    struct offers *offers = calloc(1, sizeof(*offers));

    if (offers != NULL)
        offers->setup = *setup;
    return offers;
}

void offers_free(struct offers **offers)
{
    if (*offers == NULL)
        return;
    for (size_t i = 0; i < (*offers)->n; i++)
        free((char *)(*offers)->open[i].text.p);
    free((*offers)->open);
    free(*offers);
    *offers = NULL;
}

bool offers_pending(const struct offers *offers)
{
    return offers->n > 0;
}

bool offers_flying(const struct offers *offers)
{
    return offers->flying;
}

void offers_give(struct offers *offers, struct answer *answer, enum answer_result result, const char *problems)
{
    answer->result = result;
    answer->problems = problems;
    offers->setup.answered(offers->setup.ctx, answer);
}

static void refuse(struct offers *offers, struct answer *answer, struct err *err)
{
    offers_give(offers, answer, ANSWER_REFUSED, err->text);
}

/* ---- the first look -------------------------------------------------------------------------------------------- */

static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!ascii_is_alnum(name.p[i]) && name.p[i] != '-' && name.p[i] != '_')
            return false;
    return name.n > 0 && name.n < DEPOT_NAME_BYTES;
}

/* For messages. */
static const char *write_place(const char *name, enum depot_way way, char place[PLACE_BYTES])
{
    snprintf(place, PLACE_BYTES, "%s/%s", way == DEPOT_BY_TOPIC ? "control.rules" : "/rules", name);
    return place;
}

/* What the library says of itself. */
void offers_read_head(const struct offer *offer, struct answer *answer, struct err *err)
{
    json_error_t error;
    json_t *root = json_loadb(offer->text.p, offer->text.n, JSON_REJECT_DUPLICATES, &error);
    const char *name = json_string_value(json_object_get(root, "library"));
    const char *version = json_string_value(json_object_get(root, "version"));
    char place[PLACE_BYTES];

    if (root == NULL)
        err_at(err, write_place(answer->name, answer->way, place), error.line > 0 ? (unsigned)error.line : 1,
               error.column > 0 ? (unsigned)error.column : 1, "not JSON: %s", error.text);
    else if (name == NULL || !str_eqz(offer->name, name))
        err_add(err, "%s: its \"library\" is \"%s\"; it must be the name it is fed under", answer->name,
                name != NULL ? name : "");
    else if (version == NULL || version[0] == '\0' || strlen(version) >= DEPOT_VERSION_BYTES)
        err_add(err, "%s: \"version\" must be a text of 1 to %d bytes, such as \"2026.11.22\"", answer->name,
                DEPOT_VERSION_BYTES - 1);
    else
        snprintf(answer->version, sizeof(answer->version), "%s", version);
    json_decref(root);
}

static void check_form(const struct offers *offers, const struct offer *offer, struct answer *answer, struct err *err)
{
    if (offer->text.p == NULL)
        return;
    if (offer->text.n == 0)
        err_add(err, "%s: an empty value is no library; to withdraw it send a null value", answer->name);
    else if (offer->text.n > offers->setup.max_bytes)
        err_add(err, "%s: %zu bytes are more than control.max_library_bytes (%zu)", answer->name, offer->text.n,
                offers->setup.max_bytes);
    else
        offers_read_head(offer, answer, err);
}

const char *offers_highest(const struct offers *offers, const char *name)
{
    const char *highest = depot_highest(offers->setup.depot, name);

    for (size_t i = 0; i < offers->n; i++) {
        const struct answer *answer = &offers->open[i].answer;
        if (strcmp(answer->name, name) == 0 && !answer->rollback && version_compare(answer->version, highest) > 0)
            highest = answer->version;
    }
    return highest;
}

static void check_signature(const struct offers *offers, const struct offer *offer, struct answer *answer,
                            struct err *err)
{
    if (offers->setup.verify != NULL)
        (void)offers->setup.verify(offers->setup.ctx, offer, offers_highest(offers, answer->name), answer->signers,
                                   err);
}

static void check_version(const struct offers *offers, const struct answer *answer, struct err *err)
{
    const char *highest = offers_highest(offers, answer->name);
    int order = version_compare(answer->version, highest);

    if (answer->withdrawal || answer->rollback || highest[0] == '\0' || order > 0 ||
        (order == 0 && depot_is_lost(offers->setup.depot, answer->name)))
        return;
    err_add(err,
            "%s: version %s is not above %s, the highest so far under this name; raise it, or ask for a rollback",
            answer->name, answer->version, highest);
}

/* The last one that is open under the name; NULL: none. */
static const struct open_offer *last_open(const struct offers *offers, const char *name)
{
    for (size_t i = offers->n; i > 0; i--)
        if (strcmp(offers->open[i - 1].answer.name, name) == 0)
            return &offers->open[i - 1];
    return NULL;
}

/* Is it what is live already, or what is open? Says how far that got. */
static bool is_no_news(const struct offers *offers, const struct answer *answer, enum answer_result *result)
{
    const struct open_offer *open = last_open(offers, answer->name);
    const struct depot_item *live = depot_find(offers->setup.depot, answer->name);
    const char *sha256 = open != NULL ? open->answer.sha256 : live != NULL ? live->sha256 : "";

    *result = open != NULL ? ANSWER_WAITING : ANSWER_UNCHANGED;
    return strcmp(sha256, answer->sha256) == 0; /* a withdrawal has none */
}

bool offers_has(const struct offers *offers, const char *name)
{
    return last_open(offers, name) != NULL;
}

bool offers_is_by(const struct offers *offers, const char *name, enum depot_way way)
{
    const struct open_offer *open = last_open(offers, name);
    const struct depot_item *live = depot_find(offers->setup.depot, name);

    return open != NULL ? open->text.p != NULL && open->answer.way == way : live != NULL && live->way == way;
}

/* ---- waiting --------------------------------------------------------------------------------------------------- */

void offers_drop(struct offers *offers, size_t i)
{
    free((char *)offers->open[i].text.p);
    memmove(&offers->open[i], &offers->open[i + 1], (--offers->n - i) * sizeof(*offers->open));
}

/* The latest of a name wins over those that still wait. */
static void supersede(struct offers *offers, const char *name)
{
    for (size_t i = 0; i < offers->n; i++) {
        struct open_offer *open = &offers->open[i];

        if ((open->flying && offers->flying) || strcmp(open->answer.name, name) != 0)
            continue;
        offers_give(offers, &open->answer, ANSWER_SUPERSEDED, NULL);
        offers_drop(offers, i);
        return;
    }
}

static struct open_offer *add_open(struct offers *offers)
{
    struct open_offer *grown = array_grow(offers->open, offers->n, &offers->cap, sizeof(*grown));

    if (grown == NULL)
        return NULL;
    offers->open = grown;
    return &offers->open[offers->n++];
}

static void wait_for_loader(struct offers *offers, const struct offer *offer, struct answer *answer)
{
    char *text = offer->text.p != NULL ? malloc(offer->text.n) : NULL;
    struct open_offer *open;

    supersede(offers, answer->name);
    open = offer->text.p == NULL || text != NULL ? add_open(offers) : NULL;
    if (open == NULL) {
        free(text);
        offers_give(offers, answer, ANSWER_REFUSED, "out of memory\n");
        return;
    }
    if (text != NULL)
        memcpy(text, offer->text.p, offer->text.n);
    offers_give(offers, answer, ANSWER_WAITING, NULL);
    *open = (struct open_offer){*answer, {text, offer->text.n}, false};
}

/* ---- to the loader --------------------------------------------------------------------------------------------- */

static int add_kept(const struct depot *depot, const struct offers *offers, struct fed_set *set)
{
    char place[PLACE_BYTES];
    int rc = 0;

    for (size_t i = 0; i < depot_count(depot) && rc == 0; i++) {
        const struct depot_item *item = depot_at(depot, i);
        if (offers == NULL || last_open(offers, item->name) == NULL)
            rc = fed_set_add(set, item->name, item->text, write_place(item->name, item->way, place), false);
    }
    return rc;
}

struct fed_set *offers_fed_set(const struct depot *depot)
{
    struct fed_set *set = fed_set_new(depot_count(depot));

    if (set != NULL && add_kept(depot, NULL, set) != 0)
        fed_set_unref(&set);
    return set;
}

static bool any_waits(const struct offers *offers)
{
    for (size_t i = 0; i < offers->n; i++)
        if (!offers->open[i].flying)
            return true;
    return false;
}

void offers_submit(struct offers *offers)
{
    struct fed_set *set;
    int rc;

    if (offers->held || offers->flying || !any_waits(offers))
        return;
    set = fed_set_new(depot_count(offers->setup.depot) + offers->n);
    rc = set != NULL ? add_kept(offers->setup.depot, offers, set) : -TS_ENOMEM;
    for (size_t i = 0; i < offers->n && rc == 0; i++) {
        const struct open_offer *open = &offers->open[i];
        char place[PLACE_BYTES];
        write_place(open->answer.name, open->answer.way, place);
        rc = fed_set_add(set, open->answer.name, open->text, place, true);
    }
    if (rc != 0) { /* offers_tend tries again */
        fed_set_unref(&set);
        return;
    }
    for (size_t i = 0; i < offers->n; i++)
        offers->open[i].flying = true;
    offers->flying = true;
    offers->number = offers->setup.submit(offers->setup.ctx, set);
}

void offers_hold(struct offers *offers, bool hold)
{
    offers->held = hold;
    offers_submit(offers);
}

void offers_tend(struct offers *offers)
{
    offers_submit(offers);
}

/* As it is offered, before anything is known of it. */
struct answer offers_begin_answer(const struct offer *offer)
{
    struct answer answer = {.withdrawal = offer->text.p == NULL, .rollback = offer->rollback, .way = offer->way,
                            .partition = offer->partition, .offset = offer->offset};

    if (is_name(offer->name)) /* else it may be anything, even the key of a record */
        snprintf(answer.name, sizeof(answer.name), "%.*s", STR_FMT(offer->name));
    snprintf(answer.who, sizeof(answer.who), "%s", offer->who);
    snprintf(answer.rule, sizeof(answer.rule), "%s", offer->rule != NULL ? offer->rule : "");
    snprintf(answer.why, sizeof(answer.why), "%s", offer->why != NULL ? offer->why : "");
    if (offer->text.p != NULL)
        depot_digest(offer->text, answer.sha256);
    return answer;
}

void offers_make(struct offers *offers, const struct offer *offer)
{
    struct answer answer = offers_begin_answer(offer);
    enum answer_result result;
    struct err err;

    err_init(&err);
    if (!is_name(offer->name))
        err_add(&err, "the name of a library has 1 to %d letters a-z, digits, - and _", DEPOT_NAME_BYTES - 1);
    if (err.count == 0)
        check_form(offers, offer, &answer, &err);
    if (err.count == 0 && is_no_news(offers, &answer, &result)) {
        if (!offer->quiet)
            offers_give(offers, &answer, result, NULL);
        err_fini(&err);
        return;
    }
    if (err.count == 0)
        check_signature(offers, offer, &answer, &err);
    if (err.count == 0)
        check_version(offers, &answer, &err);
    if (err.count > 0)
        refuse(offers, &answer, &err);
    else
        wait_for_loader(offers, offer, &answer);
    err_fini(&err);
    offers_submit(offers);
}
