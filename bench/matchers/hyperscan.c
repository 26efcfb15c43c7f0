/* hyperscan.c - Hyperscan, or Vectorscan when linked with that: the literals as escaped bytes, no flags, as telsieve
 * gives them to it. */
#include "harness.h"

#include <hs.h>
#include <stdio.h>
#include <stdlib.h>

struct built {
    hs_database_t *database;
    hs_scratch_t *scratch;
};

static char *escape(struct blob literal)
{
    char *out = malloc(4 * literal.n + 1);

    for (size_t i = 0; out != NULL && i < literal.n; i++)
        sprintf(out + 4 * i, "\\x%02x", (unsigned char)literal.p[i]);
    return out;
}

static void *build(const struct blobs *literals)
{
    struct built *built = calloc(1, sizeof(*built));
    char **texts = calloc(literals->n, sizeof(*texts));
    unsigned *ids = calloc(literals->n, sizeof(*ids));
    hs_compile_error_t *error = NULL;
    int rc;

    if (built == NULL || texts == NULL || ids == NULL)
        return NULL;
    for (size_t i = 0; i < literals->n; i++) {
        texts[i] = escape(literals->at[i]);
        ids[i] = (unsigned)i;
    }
    rc = hs_compile_multi((const char *const *)texts, NULL, ids, (unsigned)literals->n, HS_MODE_BLOCK, NULL,
                          &built->database, &error);
    for (size_t i = 0; i < literals->n; i++)
        free(texts[i]);
    free(texts);
    free(ids);
    return rc == HS_SUCCESS && hs_alloc_scratch(built->database, &built->scratch) == HS_SUCCESS ? built : NULL;
}

static int on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx)
{
    (void)from, (void)to, (void)flags;
    report_hit(ctx, id);
    return 0;
}

static int scan(void *ctx, struct blob text, struct report *report)
{
    const struct built *built = ctx;

    return hs_scan(built->database, text.p, (unsigned)text.n, 0, built->scratch, on_hit, report);
}

int main(int argc, char **argv)
{
    const struct matcher matcher = {hs_version(), build, scan};

    return matcher_main(argc, argv, &matcher);
}
