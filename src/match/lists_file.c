/* lists_file.c - a file at a time, mapped into memory; bad rows are told with file and line, up to a hundred of
 * them. */
#include "match/lists_file.h"

#include "match/lists_parts.h"
#include "record/csv.h"
#include "record/value.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define DAY_MS (INT64_C(24) * 3600 * 1000)

enum column { COLUMN_ENTRY, COLUMN_EXPIRES, COLUMN_SOURCE, COLUMN_TIER, COLUMN_NOTE, COLUMNS };
static const char *const column_names[COLUMNS + 1] = {"entry", "expires", "source", "tier", "note", NULL};

struct reader {
    struct lists *lists;
    struct str name;
    const char *file;
    struct err *err;
    unsigned line;
    size_t at[COLUMNS]; /* of each column; SIZE_MAX: not there */
    struct csv_row row;
};

/* ---- cells ------------------------------------------------------------------------------------------------- */

bool list_tier_read(struct str text, enum tier *tier)
{
    *tier = TIER_NONE;
    for (int i = TIER_LOW; i <= TIER_HIGH; i++)
        if (str_eqz(text, tier_name((enum tier)i)))
            *tier = (enum tier)i;
    return text.n == 0 || *tier != TIER_NONE;
}

/* 2026-11-22: until the day after it begins. */
static bool day_read(struct str text, int64_t *ms)
{
    char digits[] = "YYYYMMDD000000";

    if (text.n != 10 || text.p[4] != '-' || text.p[7] != '-')
        return false;
    memcpy(digits, text.p, 4);
    memcpy(digits + 4, text.p + 5, 2);
    memcpy(digits + 6, text.p + 8, 2);
    if (!value_time((struct str){digits, 14}, ms))
        return false;
    *ms += DAY_MS;
    return true;
}

bool list_expires_read(struct str text, int64_t *ms)
{
    *ms = 0;
    return text.n == 0 || day_read(text, ms) || (value_time(text, ms) && *ms > 0);
}

/* Cells with "" within are put right in the line itself, which is a private copy. */
static struct str cell(struct reader *reader, enum column column)
{
    size_t at = reader->at[column];
    struct str text;

    if (at >= reader->row.n || at >= CSV_CELLS)
        return (struct str){"", 0};
    text = reader->row.cell[at];
    if (reader->row.doubled[at])
        text.n = csv_unquote(text, (char *)text.p);
    while (text.n > 0 && text.p[0] == ' ')
        text = (struct str){text.p + 1, text.n - 1};
    while (text.n > 0 && text.p[text.n - 1] == ' ')
        text.n--;
    return text;
}

/* ---- rows -------------------------------------------------------------------------------------------------- */

static void tell(struct reader *reader, const char *what)
{
    err_at(reader->err, reader->file, reader->line, 1, "%s", what);
}

static bool read_header(struct reader *reader)
{
    for (int i = 0; i < COLUMNS; i++)
        reader->at[i] = SIZE_MAX;
    for (size_t k = 0; k < reader->row.n && k < CSV_CELLS; k++) {
        struct str name = reader->row.cell[k];
        int i = 0;
        while (i < COLUMNS && !str_eqz(name, column_names[i]))
            i++;
        if (i == COLUMNS) {
            err_at(reader->err, reader->file, 1, 1,
                   "unknown column \"%.*s\"; there are entry, expires, source, tier, note",
                   name.n < 60 ? (int)name.n : 60, name.p);
            return false;
        }
        reader->at[i] = k;
    }
    if (reader->at[COLUMN_ENTRY] == SIZE_MAX)
        err_at(reader->err, reader->file, 1, 1, "the first line must name the columns: entry,expires,source,tier,note");
    return reader->at[COLUMN_ENTRY] != SIZE_MAX;
}

static void read_row(struct reader *reader)
{
    struct list_entry entry = {.list = reader->name, .entry = cell(reader, COLUMN_ENTRY),
                               .source = cell(reader, COLUMN_SOURCE), .note = cell(reader, COLUMN_NOTE)};
    const char *why = NULL;
    int rc;

    if (reader->row.bad)
        why = "quotes that do not close";
    else if (!list_expires_read(cell(reader, COLUMN_EXPIRES), &entry.expires_ms))
        why = "\"expires\" is a day such as 2026-12-31, 14 digits, epoch milliseconds, or nothing";
    else if (!list_tier_read(cell(reader, COLUMN_TIER), &entry.tier))
        why = "\"tier\" is high, medium, low, or nothing";
    else if ((rc = lists_set(reader->lists, LIST_BASE, &entry, &why)) >= 0)
        return;
    tell(reader, why);
}

static unsigned count_lines(const char *p, const char *end)
{
    unsigned n = 0;

    while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        n++;
        p++;
    }
    return n;
}

static void read_rows(struct reader *reader, const char *p, const char *end)
{
    if (end - p >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    for (reader->line = 1; p < end;) {
        csv_split(p, end, ',', &reader->row);
        if (reader->row.raw.n > 0 && reader->line == 1 && !read_header(reader))
            return;
        if (reader->row.raw.n > 0 && reader->line > 1)
            read_row(reader);
        reader->line += count_lines(p, reader->row.next);
        p = reader->row.next;
    }
}

/* ---- files ------------------------------------------------------------------------------------------------- */

static void read_file(struct reader *reader)
{
    int fd = open(reader->file, O_RDONLY | O_CLOEXEC);
    struct stat stat;
    char *text = MAP_FAILED;

    if (fd >= 0 && fstat(fd, &stat) == 0 && stat.st_size > 0)
        text = mmap(NULL, (size_t)stat.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (fd < 0 || (text == MAP_FAILED && stat.st_size > 0)) {
        err_add(reader->err, "%s: cannot be read: %m", reader->file);
    } else if (text == MAP_FAILED) {
        err_add(reader->err, "%s: empty; the first line must name the columns: entry,expires,source,tier,note",
                reader->file);
    } else {
        (void)lists_reserve(reader->lists, LIST_BASE, reader->name, count_lines(text, text + stat.st_size));
        read_rows(reader, text, text + stat.st_size);
        munmap(text, (size_t)stat.st_size);
    }
    if (fd >= 0)
        close(fd);
}

static int is_list_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && str_ends(str_of(entry->d_name), STR_LIT(".csv"));
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void load_file(struct lists *lists, const char *folder, const char *name, struct err *err)
{
    char path[PATH_BYTES + 256];
    struct reader reader = {.lists = lists, .name = {name, strlen(name) - 4}, .file = path, .err = err};
    const char *why;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (lists_declare(lists, reader.name, &why) != 0)
        err_add(err, "%s: %s", path, why);
    else
        read_file(&reader);
}

int lists_load(struct lists *lists, const char *dir, struct err *err)
{
    unsigned before = err->count + err->suppressed;
    struct dirent **entries;
    char folder[PATH_BYTES];
    int n;

    snprintf(folder, sizeof(folder), "%s/lists", dir);
    n = scandir(folder, &entries, is_list_file, by_name);
    if (n < 0 && errno != ENOENT)
        err_add(err, "%s: cannot be read: %m", folder);
    lists_read_begin(lists, LIST_BASE);
    for (int i = 0; i < n; i++) {
        load_file(lists, folder, entries[i]->d_name, err);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    if (err->count + err->suppressed != before) {
        lists_read_give_up(lists, LIST_BASE);
        return -TS_EINVAL;
    }
    lists_read_end(lists, LIST_BASE);
    return 0;
}

struct lists *lists_open(const char *dir, unsigned readers, struct err *err)
{
    struct number_plan *plan;
    struct lists *lists;
    char path[PATH_BYTES];

    snprintf(path, sizeof(path), "%s/numbers", dir);
    if ((plan = number_plan_load(path, err)) == NULL)
        return NULL;
    if ((lists = lists_new(plan, readers)) == NULL) {
        err_add(err, "out of memory for lists");
        number_plan_free(&plan);
        return NULL;
    }
    lists->own_plan = plan;
    if (lists_load(lists, dir, err) != 0)
        lists_free(&lists);
    return lists;
}

bool lists_is_declared(const char *dir, struct str name)
{
    char path[PATH_BYTES];

    snprintf(path, sizeof(path), "%s/lists/%.*s.csv", dir, name.n <= LIST_NAME_MAX ? (int)name.n : 0, name.p);
    return access(path, F_OK) == 0;
}
