/* fuzz_contact.c - contacts, sums and claims of any text: in order of position, within it, with values that are there.
 *
 * Run from the top folder (it reads patterns/folding.json and patterns/numbers). */
#include "core/utf8.h"
#include "record/claim.h"
#include "record/contact.h"
#include "record/contact_tables.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct engine {
    struct folding *folding;
    struct number_plan *plan;
    struct contact_tables *tables;
    struct number caller;
    struct canon canon;
    struct contact_list list;
};

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static void load(struct engine *engine)
{
    struct number_context context = {.ton = -1};
    struct err err;

    err_init(&err);
    engine->folding = folding_load("patterns/folding.json", &err);
    engine->plan = number_plan_load("patterns/numbers", &err);
    engine->tables = contact_tables_load("patterns/numbers", &err);
    if (err.count > 0)
        fprintf(stderr, "%s", err.text);
    must(err.count == 0, "the tables load");
    err_fini(&err);
    canon_init(&engine->canon);
    contact_list_init(&engine->list);
    number_classify(engine->plan, STR_LIT("13912345678"), &context, &engine->caller);
}

static void check_contacts(const struct canon *canon, const struct contact_list *list)
{
    size_t chars = utf8_count(canon->text);

    must(list->n <= CONTACTS_MAX && list->namounts <= AMOUNTS_MAX, "lists are bounded");
    for (size_t i = 0; i < list->n; i++) {
        const struct contact *contact = &list->items[i];

        must(contact->value.n > 0, "a contact has a value");
        must(contact->start < contact->end && contact->end <= chars, "a contact is in the original text");
        must(contact->canon_start >= canon->start[CANON_TEXT] && contact->canon_start < contact->canon_end &&
                 contact->canon_end <= canon->end[CANON_TEXT],
             "a contact is in the canonical text");
        must(i == 0 || contact->canon_start >= list->items[i - 1].canon_start, "contacts are in order");
        must(contact->kind != CONTACT_URL || contact_may_have_url(canon), "a URL is only where one may be");
    }
}

static void check_claim(struct engine *engine, bool spoken)
{
    const struct canon *canon = &engine->canon;
    struct claim claim = claim_find(engine->tables, canon, spoken);

    if (claim.institution != NULL)
        must(claim.start < claim.end && claim.end <= canon->end[CANON_TEXT], "a claim has its place");
    claim_sender_differs(engine->tables, &claim, &engine->caller);
    claim_link_differs(engine->tables, &claim, &engine->list, &engine->caller);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct engine engine;
    struct str text = {(const char *)data, size};

    if (engine.folding == NULL)
        load(&engine);
    if (!utf8_valid(text))
        return 0;
    must(canon_fold(&engine.canon, engine.folding, STR_LIT("13912345678"), (struct str){0}, text) == 0, "memory");
    must(contact_extract(engine.tables, engine.plan, &engine.canon, &engine.caller, &engine.list) == 0, "memory");
    check_contacts(&engine.canon, &engine.list);
    contact_is_hinted(engine.tables, &engine.canon);
    check_claim(&engine, false);
    check_claim(&engine, true);
    return 0;
}
