/* fact_list.c - a list that is empty is not asked, so that no contacts are looked for in vain. */
#include "match/fact_list.h"

#include "core/clock.h"
#include "match/fact_give.h"
#include "match/lists_key.h"

static const char *const names[] = {
#define X(id, name, kind) name,
    LISTABLES(X)
#undef X
    NULL};

static const enum contact_kind kinds[] = {
#define X(id, name, kind) kind,
    LISTABLES(X)
#undef X
};

int listable_find(struct str name)
{
    for (int what = 0; what < LISTABLE_COUNT; what++)
        if (str_eqz(name, names[what]))
            return what;
    return -1;
}

const char *listable_name(enum listable what)
{
    return names[what];
}

const char *const *listable_names(void)
{
    return names;
}

bool listable_needs_contacts(enum listable what)
{
    return what >= LISTABLE_URL;
}

/* ---- one record -------------------------------------------------------------------------------------------- */

static int64_t time_of(const struct subject *subject)
{
    const struct record *record = subject->record;

    return subject->lists->by_wall || !record_has(record, FIELD_TS) ? clock_wall_ms() : record->field[FIELD_TS].i;
}

static const struct number *number_of(const struct subject *subject, enum listable what)
{
    return what == LISTABLE_CALLER ? &subject->caller : &subject->callee;
}

static uint64_t key_of(const struct subject *subject, enum listable what)
{
    uint64_t *key = &subject->lists->key[what != LISTABLE_CALLER];

    if (*key == 0)
        *key = list_number_key(number_of(subject, what));
    return *key;
}

void subject_expect_lists(const struct subject *subject, const struct list_question *questions, size_t n)
{
    const struct list_view *view = subject->lists;

    for (size_t i = 0; view->lists != NULL && i < n; i++)
        if (view->list[questions[i].list] != NULL)
            list_expect_key(view->list[questions[i].list], key_of(subject, questions[i].what));
}

void subject_look_at_lists(struct subject *subject)
{
    struct list_view *view = subject->lists;

    if (view->asked || view->lists == NULL)
        return;
    view->asked = true;
    view->now_ms = time_of(subject);
    view->version = lists_version(view->lists);
    view->digest = lists_digest(view->lists);
}

/* The place for the next thing found. One more than there is room for is found in the last. */
static struct listed *next(struct list_view *view)
{
    return &view->found[view->nfound < LISTED_MAX ? view->nfound : LISTED_MAX - 1];
}

static bool keep(struct list_view *view, struct list_question question, struct str value)
{
    struct listed *listed = next(view);

    listed->question = question;
    listed->value = value;
    view->nfound += view->nfound < LISTED_MAX;
    return true;
}

/* A question may come again; the answer is the same, but what was found is kept once. */
static bool was_found(const struct list_view *view, struct list_question question)
{
    for (size_t i = 0; i < view->nfound; i++)
        if (view->found[i].question.what == question.what && view->found[i].question.list == question.list)
            return true;
    return false;
}

static bool number_listed(struct subject *subject, struct list_question question, const struct list *list)
{
    struct list_view *view = subject->lists;

    return list_has_key(list, number_of(subject, question.what), key_of(subject, question.what), view->now_ms,
                        &next(view)->hit) &&
           keep(view, question, (struct str){0});
}

static bool contacts_listed(struct subject *subject, struct list_question question, const struct list *list)
{
    const struct contact_list *contacts =
        question.what == LISTABLE_URL ? subject_urls(subject) : subject_contacts(subject);
    struct list_view *view = subject->lists;
    bool found = false;

    for (size_t i = 0; i < contacts->n; i++) {
        const struct contact *contact = &contacts->items[i];
        if (contact->kind != kinds[question.what])
            continue;
        if (question.what == LISTABLE_URL ? list_has_host(list, contact->value, view->now_ms, &next(view)->hit)
                                          : list_has_word(list, contact->value, view->now_ms, &next(view)->hit))
            found = keep(view, question, contact->value);
    }
    return found;
}

static bool is_known(const struct subject *subject, enum listable what)
{
    if (listable_needs_contacts(what))
        return subject->record->has_text;
    return fact_is_given(subject->record, what == LISTABLE_CALLER ? FIELD_CALLING : FIELD_CALLED);
}

enum tri subject_listed(struct subject *subject, struct list_question question)
{
    struct list_view *view = subject->lists;
    const struct list *list;

    if (!is_known(subject, question.what))
        return TRI_UNKNOWN;
    if (view == NULL || view->lists == NULL)
        return TRI_FALSE;
    subject_look_at_lists(subject);
    list = view->list[question.list];
    if (list == NULL || list_size(list, LIST_BASE) + list_size(list, LIST_FED) == 0)
        return TRI_FALSE;
    if (was_found(view, question))
        return TRI_TRUE;
    return (listable_needs_contacts(question.what) ? contacts_listed(subject, question, list)
                                                   : number_listed(subject, question, list)) ? TRI_TRUE : TRI_FALSE;
}
