/* fuzz_signature.c - any bytes as the signatures of a library: read or one problem, never both. What was read keeps
 * what signature.h promises, and written down it is a line that reads the same. */
#include "match/signature.h"

#include <stdlib.h>
#include <string.h>

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check(const struct signatures *signatures)
{
    const struct signed_library library = {SIGNATURE_ROLLBACK, STR_LIT("refund"), STR_LIT("{}")};
    struct signatures again;
    char *json = signatures_write(signatures), *payload;
    struct err err;
    size_t n;

    err_init(&err);
    must(signatures->n >= 1 && signatures->n <= SIGNATURES_MAX && strpbrk(signatures->over, "\r\n") == NULL);
    for (size_t i = 0; i < signatures->n; i++)
        must(key_is_name(str_of(signatures->items[i].key)));
    must(json != NULL && strpbrk(json, "\r\n") == NULL);
    must(signatures_read(str_of(json), &again, "fuzz", &err) == 0 && again.n == signatures->n &&
         strcmp(again.over, signatures->over) == 0 && memcmp(again.items, signatures->items, sizeof(again.items)) == 0);
    payload = signature_payload(&library, signatures->over, &n);
    must(payload != NULL && n == strlen("telsieve library 1\nrollback\nrefund\n") + strlen(signatures->over) + 3);
    free(payload);
    free(json);
    err_fini(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct signatures signatures;
    struct err err;
    int rc;

    err_init(&err);
    rc = signatures_read((struct str){(const char *)data, size}, &signatures, "fuzz", &err);
    must(err.count == (rc != 0));
    if (rc == 0)
        check(&signatures);
    err_fini(&err);
    return 0;
}
