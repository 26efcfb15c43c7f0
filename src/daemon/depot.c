/* depot.c - an array sorted by name, and the highest versions. */
#include "daemon/depot_parts.h"
#include "core/array.h"
#include "core/version.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const char *depot_way_name(enum depot_way way)
{
    return way == DEPOT_BY_TOPIC ? "topic" : "http";
}

void depot_digest(struct str bytes, char out[DEPOT_HASH_BYTES])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    SHA256((const unsigned char *)bytes.p, bytes.n, digest);
    strcpy(out, "sha256:");
    hex_write(digest, 2 * sizeof(digest), out + strlen(out));
}

/* ---- in memory ------------------------------------------------------------------------------------------------ */

/* Where the name is, or would be. */
static size_t place_of(const struct depot *depot, const char *name)
{
    size_t i = 0;

    while (i < depot->n && strcmp(depot->items[i].name, name) < 0)
        i++;
    return i;
}

static bool is_at(const struct depot *depot, size_t i, const char *name)
{
    return i < depot->n && strcmp(depot->items[i].name, name) == 0;
}

size_t depot_count(const struct depot *depot)
{
    return depot->n;
}

const struct depot_item *depot_at(const struct depot *depot, size_t i)
{
    return &depot->items[i];
}

const struct depot_item *depot_find(const struct depot *depot, const char *name)
{
    size_t i = place_of(depot, name);

    return is_at(depot, i, name) ? &depot->items[i] : NULL;
}

static struct depot_highest *find_highest(const struct depot *depot, const char *name)
{
    for (size_t i = 0; i < depot->nhighest; i++)
        if (strcmp(depot->highest[i].name, name) == 0)
            return &depot->highest[i];
    return NULL;
}

const char *depot_highest(const struct depot *depot, const char *name)
{
    const struct depot_highest *highest = find_highest(depot, name);

    return highest != NULL ? highest->version : "";
}

int depot_raise_highest(struct depot *depot, const char *name, const char *version)
{
    struct depot_highest *highest = find_highest(depot, name);

    if (highest == NULL) {
        struct depot_highest *grown = array_grow(depot->highest, depot->nhighest, &depot->highest_cap, sizeof(*grown));
        if (grown == NULL)
            return -TS_ENOMEM;
        depot->highest = grown;
        highest = &depot->highest[depot->nhighest++];
        *highest = (struct depot_highest){0};
        snprintf(highest->name, sizeof(highest->name), "%s", name);
    }
    if (version_compare(version, highest->version) > 0)
        snprintf(highest->version, sizeof(highest->version), "%s", version);
    return 0;
}

static int make_place(struct depot *depot, size_t i)
{
    struct depot_item *grown = array_grow(depot->items, depot->n, &depot->cap, sizeof(*grown));

    if (grown == NULL)
        return -TS_ENOMEM;
    depot->items = grown;
    memmove(&depot->items[i + 1], &depot->items[i], (depot->n - i) * sizeof(*depot->items));
    depot->items[i] = (struct depot_item){0};
    depot->n++;
    return 0;
}

int depot_put(struct depot *depot, const struct depot_item *item)
{
    size_t i = place_of(depot, item->name);
    char *text = malloc(item->text.n + 1);

    if (text == NULL || depot_raise_highest(depot, item->name, item->version) != 0 ||
        (!is_at(depot, i, item->name) && make_place(depot, i) != 0)) {
        free(text);
        return -TS_ENOMEM;
    }
    memcpy(text, item->text.p, item->text.n);
    free((char *)depot->items[i].text.p);
    find_highest(depot, item->name)->lost = false; /* it was raised: it is there */
    depot->items[i] = *item;
    depot->items[i].text = (struct str){text, item->text.n};
    return 0;
}

void depot_remove(struct depot *depot, const char *name)
{
    size_t i = place_of(depot, name);

    if (!is_at(depot, i, name))
        return;
    free((char *)depot->items[i].text.p);
    memmove(&depot->items[i], &depot->items[i + 1], (--depot->n - i) * sizeof(*depot->items));
}

void depot_lose(struct depot *depot, const char *name)
{
    struct depot_highest *highest = find_highest(depot, name);

    depot_remove(depot, name);
    if (highest != NULL)
        highest->lost = true;
}

bool depot_is_lost(const struct depot *depot, const char *name)
{
    const struct depot_highest *highest = find_highest(depot, name);

    return highest != NULL && highest->lost;
}

/* ---- opened and closed ---------------------------------------------------------------------------------------- */

struct depot *depot_open(const char *folder, struct err *damage, struct err *err)
{
    struct depot *depot = calloc(1, sizeof(*depot));

    if (depot == NULL) {
        err_add(err, "control.state: %s", ts_strerror(TS_ENOMEM));
        return NULL;
    }
    depot->fd = -1;
    if (folder[0] == '\0')
        return depot;
    if (mkdir(folder, 0700) == 0 || errno == EEXIST)
        depot->fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (depot->fd < 0 || faccessat(depot->fd, ".", W_OK, AT_EACCESS) != 0) {
        err_add(err, "control.state: %s cannot be used: %s; it must be a folder that this user can write", folder,
                strerror(errno));
        depot_close(&depot);
        return NULL;
    }
    depot_read_back(depot, damage);
    return depot;
}

bool depot_is_kept(const struct depot *depot)
{
    return depot->fd >= 0;
}

void depot_close(struct depot **depot)
{
    struct depot *s = *depot;

    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n; i++)
        free((char *)s->items[i].text.p);
    free(s->items);
    free(s->highest);
    free(s->kept);
    if (s->fd >= 0)
        close(s->fd);
    free(s);
    *depot = NULL;
}
