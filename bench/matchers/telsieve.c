/* telsieve.c - our scan: the pass of Hyperscan that keeps its hits, as it is made for every record. */
#include "harness.h"
#include "match/database.h"
#include "match/scan.h"

#include <stdlib.h>

struct built {
    struct ruleset ruleset; /* of literals alone */
    struct scan scan;
};

static void *build(const struct blobs *literals)
{
    struct built *built = calloc(1, sizeof(*built));
    struct str *words = calloc(literals->n, sizeof(*words));
    struct err err;
    int rc;

    if (built == NULL || words == NULL)
        return NULL;
    err_init(&err);
    for (size_t i = 0; i < literals->n; i++)
        words[i] = (struct str){literals->at[i].p, literals->at[i].n};
    rc = database_build_words(words, literals->n, NULL, &built->ruleset.database, &err);
    free(words);
    err_fini(&err);
    built->ruleset.nliterals = built->ruleset.npatterns = literals->n;
    scan_init(&built->scan);
    return rc == 0 && hs_alloc_scratch(built->ruleset.database, &built->scan.scratch) == HS_SUCCESS ? built : NULL;
}

static int scan(void *ctx, struct blob text, struct report *report)
{
    struct built *built = ctx;
    struct canon canon = {.buf = (char *)text.p, .len = text.n};
    int rc = scan_hit(&built->scan, &built->ruleset, &canon, NULL, 0);

    if (report->last == NULL) {
        report->hits += built->scan.nhits;
        return rc;
    }
    for (size_t i = 0; i < built->scan.nhits; i++)
        report_hit(report, built->scan.hits[i].pattern);
    return rc;
}

int main(int argc, char **argv)
{
    const struct matcher matcher = {TELSIEVE_VERSION, build, scan};

    return matcher_main(argc, argv, &matcher);
}
