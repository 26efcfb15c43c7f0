/* pcre2.c - PCRE2 with its JIT: alternations, the longer literal first, of as many literals as one pattern of the
 * library may hold. From each match it goes on behind the match's first byte, so it tells one literal for a place where
 * one begins, not all. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "harness.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATTERN_BYTES 40000 /* of literals; a pattern may have 64 KiB of code */

struct part {
    pcre2_code *code;
};

struct built {
    struct part *parts;
    size_t nparts;
    pcre2_match_data *data;
    uint32_t *order; /* literals by length */
};

static const struct blobs *sorting;

static int by_length(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    size_t n = sorting->at[x].n, m = sorting->at[y].n;

    return n != m ? (n < m) - (n > m) : (x > y) - (x < y);
}

/* (?:…(*MARK:7)|…) tells which literal it was. */
static pcre2_code *compile(const struct blobs *literals, const uint32_t *order, size_t n)
{
    char *pattern = malloc(PATTERN_BYTES * 8), *at = pattern;
    pcre2_code *code;
    PCRE2_SIZE where;
    int why;

    for (size_t i = 0; pattern != NULL && i < n; i++) {
        const struct blob *literal = &literals->at[order[i]];
        at += sprintf(at, i > 0 ? "|" : "");
        for (size_t k = 0; k < literal->n; k++)
            at += sprintf(at, "\\x%02x", (unsigned char)literal->p[k]);
        at += sprintf(at, "(*:%u)", order[i]);
    }
    code = pattern != NULL ? pcre2_compile((PCRE2_SPTR)pattern, (size_t)(at - pattern), 0, &why, &where, NULL) : NULL;
    free(pattern);
    if (code == NULL || pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) != 0)
        return NULL;
    return code;
}

static void *build(const struct blobs *literals)
{
    struct built *built = calloc(1, sizeof(*built));
    size_t from = 0, bytes = 0;

    if (built == NULL || (built->order = calloc(literals->n, sizeof(*built->order))) == NULL ||
        (built->parts = calloc(literals->n, sizeof(*built->parts))) == NULL)
        return NULL;
    for (uint32_t i = 0; i < literals->n; i++)
        built->order[i] = i;
    sorting = literals;
    qsort(built->order, literals->n, sizeof(*built->order), by_length);
    for (size_t i = 0; i <= literals->n; i++) {
        size_t next = i < literals->n ? literals->at[built->order[i]].n + 20 : PATTERN_BYTES;
        if (bytes + next >= PATTERN_BYTES) {
            built->parts[built->nparts].code = compile(literals, built->order + from, i - from);
            if (built->parts[built->nparts++].code == NULL)
                return NULL;
            from = i;
            bytes = 0;
        }
        bytes += next;
    }
    built->data = pcre2_match_data_create(1, NULL);
    return built->data != NULL ? built : NULL;
}

static int scan(void *ctx, struct blob text, struct report *report)
{
    const struct built *built = ctx;

    for (size_t i = 0; i < built->nparts; i++) {
        size_t at = 0;
        while (at < text.n && pcre2_jit_match(built->parts[i].code, (PCRE2_SPTR)text.p, text.n, at, 0, built->data,
                                              NULL) > 0) {
            PCRE2_SPTR mark = pcre2_get_mark(built->data);
            report_hit(report, mark != NULL ? (uint32_t)strtoul((const char *)mark, NULL, 10) : 0);
            at = pcre2_get_ovector_pointer(built->data)[0] + 1;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    char version[64] = "";
    const struct matcher matcher = {version, build, scan};

    pcre2_config(PCRE2_CONFIG_VERSION, version);
    return matcher_main(argc, argv, &matcher);
}
