/* parcel.c - one block of memory a parcel: the struct, then all its bytes. */
#include "kafka/parcel.h"

#include <stdlib.h>
#include <string.h>

static struct str put(char **at, struct str s)
{
    char *p = *at;

    if (s.p == NULL)
        return s;
    if (s.n > 0)
        memcpy(p, s.p, s.n);
    *at += s.n;
    return (struct str){p, s.n};
}

struct parcel *parcel_new(const struct delivery *delivery)
{
    size_t bytes = sizeof(struct parcel) + delivery->key.n + delivery->value.n;
    struct parcel *parcel;
    char *at;

    for (size_t i = 0; i < delivery->nheaders; i++)
        bytes += delivery->headers[i].value.n;
    parcel = malloc(bytes);
    if (parcel == NULL)
        return NULL;
    *parcel = (struct parcel){.delivery = *delivery, .bytes = bytes};
    at = (char *)(parcel + 1);
    parcel->delivery.key = put(&at, delivery->key);
    parcel->delivery.value = put(&at, delivery->value);
    for (size_t i = 0; i < delivery->nheaders; i++)
        parcel->delivery.headers[i].value = put(&at, delivery->headers[i].value);
    return parcel;
}

struct parcel *parcel_shorten(const struct parcel *parcel)
{
    struct delivery delivery = parcel->delivery;
    struct parcel *shortened;
    size_t n = 0;
    char *text = delivery.shorten(&parcel->delivery, &n);

    delivery.value = (struct str){text, n};
    delivery.shorten = NULL;
    shortened = text != NULL ? parcel_new(&delivery) : NULL;
    free(text);
    if (shortened != NULL) {
        shortened->failed = parcel->failed;
        shortened->alone = parcel->alone;
    }
    return shortened;
}

void parcel_append(struct parcel_list *list, struct parcel *parcel)
{
    parcel->next = NULL;
    parcel->prev = list->last;
    if (list->last != NULL)
        list->last->next = parcel;
    else
        list->first = parcel;
    list->last = parcel;
    list->n++;
}

void parcel_remove(struct parcel_list *list, struct parcel *parcel)
{
    if (parcel->prev != NULL)
        parcel->prev->next = parcel->next;
    else
        list->first = parcel->next;
    if (parcel->next != NULL)
        parcel->next->prev = parcel->prev;
    else
        list->last = parcel->prev;
    list->n--;
}

void parcel_move_all(struct parcel_list *to, struct parcel_list *from)
{
    while (from->first != NULL) {
        struct parcel *parcel = from->first;
        parcel_remove(from, parcel);
        parcel_append(to, parcel);
    }
}

void parcel_free_all(struct parcel_list *list)
{
    while (list->first != NULL) {
        struct parcel *parcel = list->first;
        parcel_remove(list, parcel);
        free(parcel);
    }
}
