/* variants_setup.h - the shipped tables of variants with words of the test's own. Static functions, one test each. */
#ifndef TELSIEVE_TESTS_VARIANTS_SETUP_H
#define TELSIEVE_TESTS_VARIANTS_SETUP_H

#include "match/variants_walk.h"

#include "match_setup.h"

static struct folding *folding;
static struct variants *variants;
static struct canon canon;

/* `add_words` gives the words; then they are indexed. */
static void setup_variants(void (*add_words)(void))
{
    struct err err;

    err_init(&err);
    folding = folding_load("patterns/folding.json", &err);
    variants = folding != NULL ? variants_load("patterns/variants.json", "patterns/ordinary.txt", folding, &err) : NULL;
    ck_assert_msg(variants != NULL, "%s", err.text);
    add_words();
    ck_assert_int_eq(variants_index(variants), 0);
    canon_init(&canon);
    err_fini(&err);
}

static void unload(void)
{
    canon_fini(&canon);
    variants_free(&variants);
    folding_free(&folding);
}

#endif
