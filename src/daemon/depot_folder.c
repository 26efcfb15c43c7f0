/* depot_folder.c - the index is JSON, texts stand in files named by their digests. Files come by rename and are forced
 * to disk before the index that names them. A draft has the index, the names of all texts, and copies of those that the
 * folder does not have yet. */
#include "daemon/depot_parts.h"
#include "core/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define INDEX "depot.json"
#define DRAFT ".new"
#define MAX_BYTES ((size_t)64 << 20) /* of one file */
#define HEX_DIGITS ((size_t)2 * SHA256_DIGEST_LENGTH)
#define FILE_BYTES (HEX_DIGITS + sizeof(".json"))

struct draft_text {
    char file[FILE_BYTES];
    struct str text; /* owned; p NULL: the folder has it */
};

struct depot_draft {
    int fd; /* of the folder, borrowed */
    char *index;
    bool known; /* the index is the one written last: there is nothing to write */
    size_t n;
    struct draft_text texts[];
};

static void name_file(const char *sha256, char name[FILE_BYTES])
{
    snprintf(name, FILE_BYTES, "%.*s.json", (int)HEX_DIGITS, sha256 + strlen("sha256:"));
}

/* A whole file under its name, or none. */
static bool write_file(int folder, const char *name, struct str bytes)
{
    char draft[FILE_BYTES + sizeof(DRAFT)];
    bool ok;
    int fd;

    snprintf(draft, sizeof(draft), "%s" DRAFT, name);
    fd = openat(folder, draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    ok = file_write(fd, bytes) && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    return ok && renameat(folder, draft, folder, name) == 0;
}

/* The content, to be freed; p NULL: it is not there whole. */
static struct str read_file(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    struct str bytes = {0};
    struct stat st;
    char *into;

    if (fd < 0)
        return bytes;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size <= MAX_BYTES &&
        (into = malloc((size_t)st.st_size + 1)) != NULL) {
        ssize_t got = file_read(fd, into, (size_t)st.st_size);

        bytes = (struct str){into, got > 0 ? (size_t)got : 0};
    }
    close(fd);
    return bytes;
}

static json_t *item_json(const struct depot_item *item)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:I,s:I}", "library", item->name, "version", item->version, "sha256",
                     item->sha256, "way", depot_way_name(item->way), "who", item->who, "signers", item->signers,
                     "partition", (int)item->partition, "offset", (json_int_t)item->offset, "at",
                     (json_int_t)item->at_ms);
}

static char *index_text(const struct depot *depot)
{
    json_t *items = json_array(), *highest = json_object(), *lost = json_array(), *index;
    char *text;

    for (size_t i = 0; i < depot->n; i++)
        json_array_append_new(items, item_json(&depot->items[i]));
    for (size_t i = 0; i < depot->nhighest; i++)
        json_object_set_new(highest, depot->highest[i].name, json_string(depot->highest[i].version));
    for (size_t i = 0; i < depot->nhighest; i++)
        if (depot->highest[i].lost)
            json_array_append_new(lost, json_string(depot->highest[i].name));
    index = json_pack("{s:i,s:o,s:o,s:o}", "v", 1, "libraries", items, "highest", highest, "lost", lost);
    text = json_dumps(index, JSON_INDENT(1));
    json_decref(index);
    return text;
}

/* ---- drafts --------------------------------------------------------------------------------------------------- */

static bool copy_text(const struct depot_item *item, struct draft_text *out)
{
    char *text;

    name_file(item->sha256, out->file);
    if (item->kept)
        return true;
    if ((text = malloc(item->text.n + 1)) == NULL)
        return false;
    memcpy(text, item->text.p, item->text.n);
    out->text = (struct str){text, item->text.n};
    return true;
}

static void free_draft(struct depot_draft **draft)
{
    for (size_t i = 0; i < (*draft)->n; i++)
        free((char *)(*draft)->texts[i].text.p);
    free((*draft)->index);
    free(*draft);
    *draft = NULL;
}

struct depot_draft *depot_draft(const struct depot *depot)
{
    struct depot_draft *draft = calloc(1, sizeof(*draft) + depot->n * sizeof(*draft->texts));
    bool ok = draft != NULL;

    if (!ok)
        return NULL;
    draft->fd = depot->fd;
    draft->n = depot->n;
    draft->index = index_text(depot);
    draft->known = draft->index != NULL && depot->kept != NULL && strcmp(draft->index, depot->kept) == 0;
    for (size_t i = 0; i < depot->n; i++)
        ok = ok && copy_text(&depot->items[i], &draft->texts[i]);
    if (!ok || draft->index == NULL)
        free_draft(&draft);
    return draft;
}

static bool is_named(const struct depot_draft *draft, const char *file)
{
    for (size_t i = 0; i < draft->n; i++)
        if (strcmp(draft->texts[i].file, file) == 0)
            return true;
    return false;
}

/* Is it the file of a text, or the draft of one? */
static bool is_text(const char *file)
{
    return strspn(file, "0123456789abcdef") == HEX_DIGITS;
}

/* Remove texts that the index does not name, and drafts. */
static void sweep(const struct depot_draft *draft)
{
    int fd = openat(draft->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (is_text(entry->d_name) && !is_named(draft, entry->d_name))
            (void)unlinkat(draft->fd, entry->d_name, 0);
    if (dir != NULL)
        closedir(dir);
    else if (fd >= 0)
        close(fd);
}

static bool write_texts(const struct depot_draft *draft)
{
    for (size_t i = 0; i < draft->n; i++) {
        const struct draft_text *text = &draft->texts[i];

        if (faccessat(draft->fd, text->file, F_OK, AT_SYMLINK_NOFOLLOW) != 0 &&
            (text->text.p == NULL || !write_file(draft->fd, text->file, text->text)))
            return false;
    }
    return fsync(draft->fd) == 0;
}

int depot_draft_write(const struct depot_draft *draft, struct err *err)
{
    if (draft->known)
        return 0;
    if (!write_texts(draft) || !write_file(draft->fd, INDEX, str_of(draft->index)) || fsync(draft->fd) != 0) {
        err_add(err, "control.state: what was fed cannot be kept for the next start: %s", strerror(errno));
        return -TS_EIO;
    }
    sweep(draft);
    return 0;
}

/* After one that failed nobody knows which texts the folder has: all are copied once more. */
void depot_settle(struct depot *depot, struct depot_draft **draft, bool written)
{
    char file[FILE_BYTES];

    for (size_t i = 0; i < depot->n; i++) {
        name_file(depot->items[i].sha256, file);
        depot->items[i].kept = written && (depot->items[i].kept || is_named(*draft, file));
    }
    free(depot->kept);
    depot->kept = written ? (*draft)->index : NULL;
    if (written)
        (*draft)->index = NULL;
    free_draft(draft);
}

/* ---- reading back --------------------------------------------------------------------------------------------- */

/* One library of the index with its text, or why it is left out. */
static const char *restore(struct depot *depot, json_t *json)
{
    const char *name, *version, *sha256, *way, *who, *signers;
    json_int_t partition, offset, at;
    struct depot_item item = {0};
    char file[FILE_BYTES], digest[DEPOT_HASH_BYTES];
    const char *wrong = NULL;

    if (json_unpack(json, "{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:I}", "library", &name, "version", &version, "sha256",
                    &sha256, "way", &way, "who", &who, "signers", &signers, "partition", &partition, "offset", &offset,
                    "at", &at) != 0 || strlen(sha256) != DEPOT_HASH_BYTES - 1)
        return "its entry in " INDEX " is damaged";
    snprintf(item.name, sizeof(item.name), "%s", name);
    snprintf(item.version, sizeof(item.version), "%s", version);
    snprintf(item.sha256, sizeof(item.sha256), "%s", sha256);
    snprintf(item.who, sizeof(item.who), "%s", who);
    snprintf(item.signers, sizeof(item.signers), "%s", signers);
    item.way = strcmp(way, "topic") == 0 ? DEPOT_BY_TOPIC : DEPOT_BY_HTTP;
    item.partition = (int32_t)partition;
    item.offset = offset;
    item.at_ms = at;
    name_file(item.sha256, file);
    item.text = read_file(depot->fd, file);
    item.kept = true;
    if (item.text.p == NULL)
        return "its file is missing";
    depot_digest(item.text, digest);
    if (strcmp(digest, item.sha256) != 0) {
        wrong = "its file is damaged";
        (void)unlinkat(depot->fd, file, 0); /* it will be written anew */
    } else if (depot_put(depot, &item) != 0) {
        wrong = "out of memory";
    }
    free((char *)item.text.p);
    return wrong;
}

static void restore_all(struct depot *depot, const json_t *index, struct err *damage)
{
    const char *name;
    size_t i;
    json_t *value;

    json_object_foreach(json_object_get(index, "highest"), name, value)
        if (json_is_string(value) && depot_raise_highest(depot, name, json_string_value(value)) != 0)
            err_add(damage, "control.state: %s", ts_strerror(TS_ENOMEM));
    json_array_foreach(json_object_get(index, "lost"), i, value)
        if (json_is_string(value))
            depot_lose(depot, json_string_value(value));
    json_array_foreach(json_object_get(index, "libraries"), i, value) {
        const char *wrong = restore(depot, value);

        name = json_string_value(json_object_get(value, "library"));
        if (wrong == NULL)
            continue;
        err_add(damage, "control.state: library %s is left out until it is fed again: %s", name != NULL ? name : "?",
                wrong);
        if (name != NULL)
            depot_lose(depot, name);
    }
}

void depot_read_back(struct depot *depot, struct err *damage)
{
    struct str text = read_file(depot->fd, INDEX);
    json_error_t error;
    json_t *index = NULL;

    if (text.p == NULL && faccessat(depot->fd, INDEX, F_OK, 0) != 0)
        return; /* a first start */
    if (text.p != NULL)
        index = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &error);
    if (index == NULL)
        err_add(damage, "control.state: " INDEX " cannot be read back: what was fed is left out until it is fed again");
    else
        restore_all(depot, index, damage);
    json_decref(index);
    free((char *)text.p);
}
