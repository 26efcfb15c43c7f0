/* contact_setup.h - what the tests of contacts and claims share: the project's tables, a canonical text and a list. */
#ifndef TELSIEVE_TESTS_CONTACT_SETUP_H
#define TELSIEVE_TESTS_CONTACT_SETUP_H

#include "record/contact.h"
#include "record/contact_tables.h"
#include "../setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TABLES "patterns/numbers"

static struct number_plan *plan;
static struct contact_tables *tables;
static struct folding *folding;
static struct canon canon;
static struct contact_list list;

static inline void contact_setup(void)
{
    struct err err;

    err_init(&err);
    plan = number_plan_load(TABLES, &err);
    tables = contact_tables_load(TABLES, &err);
    folding = folding_load("patterns/folding.json", &err);
    ck_assert_msg(plan != NULL && tables != NULL && folding != NULL, "%s", err.text);
    err_fini(&err);
    canon_init(&canon);
    contact_list_init(&list);
}

static inline void contact_teardown(void)
{
    contact_list_fini(&list);
    canon_fini(&canon);
    folding_free(&folding);
    contact_tables_free(&tables);
    number_plan_free(&plan);
}

static inline struct number sender(const char *raw, enum ingress ingress)
{
    struct number_context context = {.ton = -1, .ingress = ingress};
    struct number number;

    number_classify(plan, str_of(raw), &context, &number);
    return number;
}

/* `text` into canon, without a caller. */
static inline void fold(const char *text)
{
    ck_assert_int_eq(canon_fold(&canon, folding, (struct str){0}, (struct str){0}, str_of(text)), 0);
}

/* The contacts of `text` into list; NULL: nobody sent it. */
static inline void extract_for(const char *text, const char *from)
{
    struct number caller = sender(from, INGRESS_UNKNOWN);

    fold(text);
    ck_assert_int_eq(contact_extract(tables, plan, &canon, &caller, &list), 0);
}

static inline void extract(const char *text)
{
    extract_for(text, NULL);
}

static inline TCase *contact_case(const char *name)
{
    TCase *tests = tcase_create(name);

    tcase_add_unchecked_fixture(tests, contact_setup, contact_teardown);
    tcase_set_timeout(tests, 30);
    return tests;
}

#endif
