/* matcher_input.c - what all matchers are given: the literals of a rule set, or every STEP-th of them, and canonical
 * records. Blobs are a 32-bit length in the machine's order and so many bytes, one behind the other.
 *
 *     matcher_input DIR STEP RECORDS LITERALS TEXTS */
#include "lib/rig.h"
#include "match/compiled.h"

#include <stdio.h>
#include <stdlib.h>

static void put(FILE *out, struct str blob)
{
    uint32_t n = (uint32_t)blob.n;

    if (fwrite(&n, sizeof(n), 1, out) != 1 || fwrite(blob.p, 1, blob.n, out) != blob.n)
        rig_fail("a file cannot be written");
}

static FILE *create(const char *path)
{
    FILE *out = fopen(path, "wb");

    if (out == NULL)
        rig_fail("a file cannot be created");
    return out;
}

int main(int argc, char **argv)
{
    const struct ruleset *ruleset;
    const struct corpus *corpus;
    FILE *literals, *texts;
    size_t step, records;

    if (argc != 6 || (step = strtoul(argv[2], NULL, 10)) == 0 || (records = strtoul(argv[3], NULL, 10)) == 0) {
        fputs("usage: matcher_input DIR STEP RECORDS LITERALS TEXTS\n", stderr);
        return 2;
    }
    ruleset = rig_ruleset(argv[1]);
    corpus = rig_corpus("hits_1", records, rig_session(ruleset), rig_feed());
    literals = create(argv[4]);
    texts = create(argv[5]);
    for (size_t i = 0; i < ruleset->nliterals; i += step)
        put(literals, ruleset->patterns[i].literal);
    for (size_t i = 0; i < corpus->n; i++)
        put(texts, corpus->canonical[i]);
    if (fclose(literals) != 0 || fclose(texts) != 0)
        rig_fail("a file cannot be written");
    return 0;
}
