/* fuzz_number.c - any bytes as a number: classified within bounds, masked so that the middle is gone; and the same
 * bytes as a text: contacts and claims within the text.
 *
 * The first byte gives ingress, roaming, kind of record and type of number. Run from the top folder. */
#include "core/utf8.h"
#include "record/claim.h"
#include "record/contact.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tables {
    struct number_plan *plan;
    struct contact_tables *contacts;
    struct folding *folding;
};

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static const struct tables *tables(void)
{
    static struct tables loaded; /* read once a process */
    struct err err;

    if (loaded.folding != NULL)
        return &loaded;
    err_init(&err);
    loaded.plan = number_plan_load("patterns/numbers", &err);
    loaded.contacts = contact_tables_load("patterns/numbers", &err);
    loaded.folding = folding_load("patterns/folding.json", &err);
    must(err.count == 0, err.text);
    err_fini(&err);
    return &loaded;
}

static size_t digits_in(const char *s)
{
    size_t n = 0;

    for (; *s != '\0'; s++)
        n += *s >= '0' && *s <= '9';
    return n;
}

static void check_number(const struct number_plan *plan, struct str raw, uint8_t way)
{
    struct number_context context = {.ingress = (enum ingress)(way % 5),
                                     .roaming_known = (way & 8) != 0,
                                     .roaming = (way & 16) != 0,
                                     .is_call = (way & 32) != 0,
                                     .ton = (way >> 6) - 1};
    struct number number, again;
    char mask[16], text[NUMBER_E164_SIZE], text_again[NUMBER_E164_SIZE];
    struct str e164;

    memset(&number, 0xA5, sizeof(number));
    number_classify(plan, raw, &context, &number);
    must((unsigned)number.kind < NUMBER_KIND_COUNT && (unsigned)number.trust <= TRUST_OTHER, "class and trust exist");
    must(number.flags >> NUMBER_FLAG_COUNT == 0, "flags exist");
    must(number.ndigits <= 31 && strlen(number.digits) == number.ndigits, "digits are terminated");
    must(digits_in(number.digits) == number.ndigits, "digits are digits");
    e164 = number_e164(&number, text);
    must(e164.n <= 16 && strlen(e164.p) == e164.n, "E.164 is terminated and has at most 15 digits");
    must(e164.n == 0 || (e164.p[0] == '+' && digits_in(e164.p) == e164.n - 1), "E.164 is + and digits");
    must(number.international == (number.kind == NUMBER_INTERNATIONAL), "international is the class");
    must(!(number.flags & NUMBER_FLAG(CN_INTL)) || context.ingress == INGRESS_INTL,
         "CN_INTL needs an ingress from abroad");
    if (e164.n > 0) { /* what E.164 says of a number is what was said of it */
        struct number_context plain = {.ton = -1};
        number_classify(plan, e164, &plain, &again);
        must(again.kind == number.kind && str_eq(number_e164(&again, text_again), e164), "E.164 is a fixed point");
    }
    number_mask(raw, mask, sizeof(mask));
    must(strlen(mask) < sizeof(mask) && digits_in(mask) <= 7, "a mask shows seven digits at most");
    must(strchr(mask, '*') != NULL || strcmp(mask, "-") == 0, "a mask hides something");
}

static void check_contacts(const struct tables *t, struct str text, struct canon *canon, struct contact_list *list)
{
    size_t chars;

    if (!utf8_valid(text))
        return;
    chars = utf8_count(text);
    must(canon_fold(canon, t->folding, STR_LIT(""), STR_LIT(""), text) == 0, "memory");
    must(contact_extract(t->contacts, t->plan, canon, NULL, list) == 0, "memory");
    for (size_t i = 0; i < list->n; i++) {
        const struct contact *c = &list->items[i];
        must(c->start < c->end && c->end <= chars, "a contact stands in the text");
        must(i == 0 || list->items[i - 1].canon_end <= c->canon_start, "contacts do not overlap and keep their order");
        must(c->value.n > 0 && c->value.p >= list->pool && c->value.p + c->value.n <= list->pool + list->pool_cap,
             "values are in the pool");
        must(!(c->traits & CONTACT_OFFICIAL) || !(c->traits & CONTACT_DISGUISED) || c->kind == CONTACT_PHONE,
             "no disguised host is official");
    }
    contact_is_hinted(t->contacts, canon);
    for (int spoken = 0; spoken < 2; spoken++) {
        struct claim claim = claim_find(t->contacts, canon, spoken == 1);
        must(claim.institution == NULL || (claim.start < claim.end && claim.end <= canon->len),
             "a claim stands in the text");
    }
    for (size_t i = 0; i < list->namounts; i++)
        must(list->amounts[i] > 0, "sums are positive");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tables *t = tables();
    struct contact_list list;
    struct canon canon;
    struct str raw;

    if (size == 0)
        return 0;
    raw = (struct str){(const char *)data + 1, size - 1};
    check_number(t->plan, raw, data[0]);
    canon_init(&canon);
    contact_list_init(&list);
    check_contacts(t, raw, &canon, &list);
    contact_list_fini(&list);
    canon_fini(&canon);
    return 0;
}
