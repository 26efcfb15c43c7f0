/* lists_snapshot.c - a stream of small records behind a magic number: `O` an origin, numbered from 1 in the order of
 * the file, before the first entry that has it; `L` the list of the entries behind it and how many numbers it has;
 * `N` a number, `T` a text, `S` a span; `E` the end. Then the XXH3 of all before. */
#include "match/lists_snapshot.h"

#include "core/array.h"
#include "match/lists_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define MAGIC UINT64_C(0x31305354534C5354) /* "TSLSTS01" of a little-endian machine */
#define BUFFER_BYTES (1u << 20)
#define RECORD_MAX 2048

/* ---- writing ----------------------------------------------------------------------------------------------- */

struct writer {
    const struct lists *lists;
    int fd, rc;
    XXH3_state_t *hash;
    char *buffer;
    size_t n;
    uint32_t *numbers; /* of origins in the file, by their numbers here; 0: not yet written */
    size_t nnumbers;
    uint32_t written;
};

static void flush(struct writer *writer)
{
    const char *p = writer->buffer, *end = p + writer->n;

    XXH3_64bits_update(writer->hash, writer->buffer, writer->n);
    while (p < end && writer->rc == 0) {
        ssize_t n = write(writer->fd, p, (size_t)(end - p));
        if (n < 0 && errno != EINTR)
            writer->rc = -TS_EIO;
        p += n > 0 ? n : 0;
    }
    writer->n = 0;
}

static void put(struct writer *writer, const void *p, size_t n)
{
    if (writer->n + n > BUFFER_BYTES)
        flush(writer);
    memcpy(writer->buffer + writer->n, p, n);
    writer->n += n;
}

static void put_text(struct writer *writer, struct str text)
{
    uint16_t n = (uint16_t)text.n;

    put(writer, &n, sizeof(n));
    put(writer, text.p, text.n);
}

static void put_tag(struct writer *writer, char tag)
{
    put(writer, &tag, 1);
}

static bool reserve_numbers(struct writer *writer, uint32_t origin)
{
    size_t n = 2 * (size_t)origin + 64;
    uint32_t *numbers;

    if (origin < writer->nnumbers)
        return true;
    if ((numbers = realloc(writer->numbers, n * sizeof(*numbers))) == NULL) {
        writer->rc = -TS_ENOMEM;
        return false;
    }
    memset(numbers + writer->nnumbers, 0, (n - writer->nnumbers) * sizeof(*numbers));
    writer->numbers = numbers;
    writer->nnumbers = n;
    return true;
}

/* The origin's number in the file; it is written when it is new. */
static uint32_t origin_written(struct writer *writer, uint32_t number)
{
    const struct origin *origin = origins_at(writer->lists->origins, number);
    uint8_t tier = (uint8_t)origin->tier;

    if (!reserve_numbers(writer, number))
        return 0;
    if (writer->numbers[number] == 0) {
        writer->numbers[number] = ++writer->written;
        put_tag(writer, 'O');
        put(writer, &tier, 1);
        put_text(writer, origin->source);
        put_text(writer, origin->note);
    }
    return writer->numbers[number];
}

/* When it expires and where it comes from; whatever was read before is kept as fed. */
static uint64_t value_written(struct writer *writer, uint64_t value)
{
    return value_make(value_expires_s(value), origin_written(writer, value_origin(value)), 0);
}

static bool write_number(void *ctx, uint64_t number, uint64_t value)
{
    struct writer *writer = ctx;
    uint64_t words[2] = {number, value_written(writer, value)};

    put_tag(writer, 'N');
    put(writer, words, sizeof(words));
    return writer->rc == 0;
}

static bool write_text(void *ctx, uint64_t hash, uint64_t address)
{
    const struct list_text *text = (const struct list_text *)(uintptr_t)address;
    struct writer *writer = ctx;
    uint64_t value = value_written(writer, atomic_load_explicit(&text->value, memory_order_acquire));

    (void)hash;
    put_tag(writer, 'T');
    put(writer, &value, sizeof(value));
    put(writer, &text->kind, 1);
    put_text(writer, (struct str){text->text, text->n});
    return writer->rc == 0;
}

static void write_spans(struct writer *writer, const struct spans *spans)
{
    const struct span_array *array = atomic_load_explicit(&spans->active, memory_order_acquire);

    for (size_t i = 0; array != NULL && i < array->n; i++) {
        const struct span_entry *entry = &array->entries[i];
        uint64_t words[3] = {value_written(writer, entry->value), entry->span.lo, entry->span.hi};

        put_tag(writer, 'S');
        put(writer, words, sizeof(words));
        put(writer, &entry->span.length, 1);
        put(writer, &entry->span.classes, 1);
        put_text(writer, str_of(entry->text));
    }
}

static void write_all(struct writer *writer)
{
    uint64_t magic = MAGIC, digest;

    put(writer, &magic, sizeof(magic));
    for (size_t i = 0; i < lists_count(writer->lists); i++) {
        const struct list *list = writer->lists->list[i];
        const struct list_part *part = &list->parts[LIST_FED];
        uint64_t n = list_size(list, LIST_FED);

        if (n == 0)
            continue;
        put_tag(writer, 'L');
        put(writer, &n, sizeof(n));
        put_text(writer, str_of(list->name));
        table_each(&part->numbers, write_number, writer);
        table_each(&part->texts, write_text, writer);
        write_spans(writer, &part->spans);
    }
    put_tag(writer, 'E');
    flush(writer);
    digest = XXH3_64bits_digest(writer->hash);
    put(writer, &digest, sizeof(digest));
    flush(writer);
}

int lists_save(const struct lists *lists, const char *file, struct err *err)
{
    struct writer writer = {.lists = lists, .hash = XXH3_createState(), .buffer = malloc(BUFFER_BYTES)};
    char temporary[4096];

    snprintf(temporary, sizeof(temporary), "%s.new", file);
    writer.fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (writer.hash == NULL || writer.buffer == NULL)
        writer.rc = -TS_ENOMEM;
    else if (writer.fd < 0)
        writer.rc = -TS_EIO;
    if (writer.rc == 0) {
        XXH3_64bits_reset(writer.hash);
        write_all(&writer);
    }
    if (writer.rc == 0 && (fsync(writer.fd) != 0 || rename(temporary, file) != 0))
        writer.rc = -TS_EIO;
    if (writer.rc != 0)
        err_add(err, "%s: the lists cannot be kept: %s", file,
                writer.rc == -TS_EIO ? strerror(errno) : ts_strerror(writer.rc));
    if (writer.fd >= 0)
        close(writer.fd);
    if (writer.rc != 0)
        unlink(temporary);
    XXH3_freeState(writer.hash);
    free(writer.buffer);
    free(writer.numbers);
    return writer.rc;
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

struct loader {
    struct lists *lists;
    const char *p, *end;
    struct list *list;
    uint64_t expected; /* entries of the list, as long as none was a number */
    uint32_t *origins; /* here, by their numbers in the file; each held once more until the end */
    size_t norigins, cap;
    int rc;
};

/* Sticky: behind the end everything is empty. */
static void get(struct loader *loader, void *out, size_t n)
{
    if ((size_t)(loader->end - loader->p) < n) {
        loader->rc = -TS_EINVAL;
        memset(out, 0, n);
        return;
    }
    memcpy(out, loader->p, n);
    loader->p += n;
}

static struct str get_text(struct loader *loader, size_t max)
{
    struct str text = {loader->p, 0};
    uint16_t n;

    get(loader, &n, sizeof(n));
    if (n > max || (size_t)(loader->end - loader->p) < n) {
        loader->rc = -TS_EINVAL;
        return text;
    }
    text = (struct str){loader->p, n};
    loader->p += n;
    return text;
}

static void read_origin(struct loader *loader)
{
    struct str source, note;
    uint32_t *origins;
    uint8_t tier;

    get(loader, &tier, 1);
    source = get_text(loader, LIST_SOURCE_MAX);
    note = get_text(loader, LIST_NOTE_MAX);
    if ((origins = array_grow(loader->origins, loader->norigins, &loader->cap, sizeof(*origins))) == NULL) {
        loader->rc = -TS_ENOMEM;
        return;
    }
    loader->origins = origins;
    if (loader->rc == 0 && tier <= TIER_HIGH)
        loader->origins[loader->norigins] = origins_take(loader->lists->origins, (enum tier)tier, source, note);
    if (loader->rc == 0)
        loader->rc = tier > TIER_HIGH ? -TS_EINVAL : loader->origins[loader->norigins++] == 0 ? -TS_ENOMEM : 0;
}

static void read_list(struct loader *loader)
{
    const char *why;
    struct str name;

    get(loader, &loader->expected, sizeof(loader->expected));
    name = get_text(loader, LIST_NAME_MAX);
    loader->list = loader->rc == 0 ? lists_make(loader->lists, name, &loader->rc, &why) : NULL;
}

static void put_entry(struct loader *loader, const struct list_key *key, uint64_t value)
{
    uint32_t origin = value_origin(value);
    int rc;

    if (loader->rc != 0 || loader->list == NULL || origin == 0 || origin > loader->norigins) {
        loader->rc = loader->rc != 0 ? loader->rc : -TS_EINVAL;
        return;
    }
    origin = loader->origins[origin - 1];
    origins_share(loader->lists->origins, origin);
    rc = list_put(loader->list, LIST_FED, key, value_expires_s(value), origin);
    loader->rc = rc < 0 ? rc : 0;
}

static void read_number(struct loader *loader)
{
    uint64_t words[2];
    struct list_key key = {.kind = LIST_NUMBER};

    get(loader, words, sizeof(words));
    key.number = words[0];
    if (loader->list != NULL && loader->expected > 0 && loader->expected <= (uint64_t)(loader->end - loader->p))
        loader->rc = table_reserve(&loader->list->parts[LIST_FED].numbers, loader->expected);
    loader->expected = 0;
    put_entry(loader, &key, words[1]);
}

static void keep_text(struct list_key *key, struct str text)
{
    memcpy(key->text, text.p, text.n);
    key->text[text.n] = '\0';
    key->n = text.n;
}

static void read_text(struct loader *loader)
{
    uint64_t value;
    uint8_t kind;
    struct list_key key;

    get(loader, &value, sizeof(value));
    get(loader, &kind, 1);
    keep_text(&key, get_text(loader, LIST_TEXT_MAX));
    key.kind = (enum list_kind)kind;
    if (kind != LIST_HOST && kind != LIST_WORD)
        loader->rc = -TS_EINVAL;
    put_entry(loader, &key, value);
}

static void read_span(struct loader *loader)
{
    struct list_key key = {.kind = LIST_SPAN};
    uint64_t words[3];

    get(loader, words, sizeof(words));
    get(loader, &key.span.length, 1);
    get(loader, &key.span.classes, 1);
    keep_text(&key, get_text(loader, 2 * LIST_NUMBER_TEXT - 1));
    key.span.lo = words[1];
    key.span.hi = words[2];
    put_entry(loader, &key, words[0]);
}

static void read_all(struct loader *loader)
{
    char tag = 0;

    while (loader->rc == 0 && tag != 'E') {
        get(loader, &tag, 1);
        switch (tag) {
        case 'O': read_origin(loader); break;
        case 'L': read_list(loader); break;
        case 'N': read_number(loader); break;
        case 'T': read_text(loader); break;
        case 'S': read_span(loader); break;
        case 'E': break;
        default: loader->rc = -TS_EINVAL; break;
        }
    }
}

/* Is it whole? */
static bool is_sound(const char *p, size_t n)
{
    uint64_t magic, digest;

    if (n < sizeof(magic) + 1 + sizeof(digest))
        return false;
    memcpy(&magic, p, sizeof(magic));
    memcpy(&digest, p + n - sizeof(digest), sizeof(digest));
    return magic == MAGIC && XXH3_64bits(p, n - sizeof(digest)) == digest;
}

static int load(struct lists *lists, const char *p, size_t n)
{
    struct loader loader = {.lists = lists, .p = p + sizeof(uint64_t), .end = p + n - sizeof(uint64_t)};
    bool reading;

    pthread_mutex_lock(&lists->mutex);
    reading = lists->reading[LIST_FED];
    lists->reading[LIST_FED] = true; /* spans are shown once, behind all */
    read_all(&loader);
    lists->reading[LIST_FED] = reading;
    for (size_t i = 0; i < loader.norigins; i++)
        origins_drop(lists->origins, loader.origins[i]);
    free(loader.origins);
    pthread_mutex_unlock(&lists->mutex);
    lists_tend(lists);
    return loader.rc;
}

int lists_restore(struct lists *lists, const char *file, struct err *err)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC), rc = -TS_EINVAL;
    struct stat stat = {0};
    char *p = MAP_FAILED;

    if (fd < 0 && errno == ENOENT)
        return -TS_ENOENT;
    if (fd >= 0 && fstat(fd, &stat) == 0 && stat.st_size > 0)
        p = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p != MAP_FAILED && is_sound(p, (size_t)stat.st_size))
        rc = load(lists, p, (size_t)stat.st_size);
    if (rc != 0)
        err_add(err, "%s: no whole snapshot of lists (%s); the lists wait for what is fed", file, ts_strerror(rc));
    if (p != MAP_FAILED)
        munmap(p, (size_t)stat.st_size);
    if (fd >= 0)
        close(fd);
    return rc;
}
