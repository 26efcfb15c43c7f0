/* list_intake.c - the key is read first: by it even a bad value's entry is known, which then stays as it was. */
#include "daemon/list_intake.h"

#include "core/err.h"
#include "daemon/list_value.h"
#include "match/lists_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define VALUE_MAX_BYTES 8192

__attribute__((format(printf, 2, 3))) static bool refuse(struct list_intake *intake, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(intake->why, sizeof(intake->why), fmt, args);
    va_end(args);
    return false;
}

/* ---- the value --------------------------------------------------------------------------------------------- */

/* A string, or nothing. */
static bool read_text(struct list_intake *intake, const struct list_value *value, enum list_member_name name,
                      struct str *out)
{
    const struct list_member *member = &value->members[name];

    *out = member->kind == LIST_MEMBER_TEXT ? member->text : (struct str){"", 0};
    return member->kind <= LIST_MEMBER_TEXT ||
           refuse(intake, "\"%s\": a string expected", list_member_names()[name]);
}

/* What the value repeats of the key. */
static bool agrees(struct list_intake *intake, const struct list_value *value, enum list_member_name name,
                   struct str expected)
{
    struct str text;

    if (!read_text(intake, value, name, &text))
        return false;
    return text.n == 0 || str_eq(text, expected) ||
           refuse(intake, "\"%s\" is another one than in the key", list_member_names()[name]);
}

static bool read_expires(struct list_intake *intake, const struct list_value *value, int64_t *ms)
{
    const struct list_member *member = &value->members[LIST_MEMBER_EXPIRES];

    *ms = member->kind == LIST_MEMBER_NUMBER ? member->number : 0;
    if (member->kind == LIST_MEMBER_ABSENT || *ms > 0 ||
        (member->kind == LIST_MEMBER_TEXT && list_expires_read(member->text, ms)))
        return true;
    return refuse(intake, "\"expires\": milliseconds since 1970, a day such as \"2026-12-31\" or null expected");
}

static bool read_entry(struct list_intake *intake, const struct list_value *value, struct list_entry *entry)
{
    char hint[ERR_HINT_BYTES];
    struct str tier;

    if (strpbrk(value->unknown, "0123456789") != NULL) /* it may be an entry */
        return refuse(intake, "unknown member (not shown, for it has digits)");
    if (value->unknown[0] != '\0')
        return refuse(intake, "unknown member \"%s\"%s", value->unknown,
                      err_hint(value->unknown, list_member_names(), hint));
    if (!agrees(intake, value, LIST_MEMBER_LIST, entry->list) ||
        !agrees(intake, value, LIST_MEMBER_ENTRY, entry->entry) || !read_expires(intake, value, &entry->expires_ms) ||
        !read_text(intake, value, LIST_MEMBER_SOURCE, &entry->source) ||
        !read_text(intake, value, LIST_MEMBER_NOTE, &entry->note) ||
        !read_text(intake, value, LIST_MEMBER_TIER, &tier))
        return false;
    return list_tier_read(tier, &entry->tier) || refuse(intake, "\"tier\": high, medium, low or null expected");
}

/* Sets the entry; false when it was refused. */
static bool set(struct list_intake *intake, struct str json, struct list_entry *entry, enum list_taken *taken)
{
    struct list_value value;
    const char *why;
    bool ok = list_value_read(json, &value);
    int rc;

    if (!ok)
        (void)refuse(intake, "the value is no JSON object, or has a member twice");
    if (ok && (ok = read_entry(intake, &value, entry))) {
        rc = lists_set(intake->lists, LIST_FED, entry, &why);
        ok = rc >= 0 || refuse(intake, "%s", why);
        *taken = rc == 1 ? LIST_TAKEN : LIST_TAKEN_SAME;
    }
    list_value_fini(&value);
    return ok;
}

/* ---- one message ------------------------------------------------------------------------------------------- */

static bool read_key(struct list_intake *intake, struct str key, struct list_entry *entry)
{
    const char *slash = key.n > 0 ? memchr(key.p, '/', key.n) : NULL;

    if (slash == NULL || slash == key.p || slash + 1 == str_end(key))
        return refuse(intake, "the key is to be list/entry, as in case_numbers/+85251234567");
    entry->list = str_range(key.p, slash);
    if (!list_is_name(entry->list))
        return refuse(intake, "the name of a list has 1 to 64 lower-case letters, digits, _ and -");
    entry->entry = str_range(slash + 1, str_end(key));
    return true;
}

static bool remove_entry(struct list_intake *intake, const struct list_entry *entry, enum list_taken *taken)
{
    const char *why;
    int rc = lists_remove(intake->lists, LIST_FED, entry->list, entry->entry, &why);

    *taken = rc == 1 ? LIST_TAKEN : LIST_TAKEN_SAME;
    return rc >= 0 || refuse(intake, "%s", why);
}

static bool take(struct list_intake *intake, struct str value, struct list_entry *entry, enum list_taken *taken)
{
    const char *why;

    if (value.p == NULL)
        return remove_entry(intake, entry, taken);
    intake->seen++;
    if (value.n == 0)
        refuse(intake, "a value of no bytes; null (a tombstone) removes an entry");
    else if (value.n > VALUE_MAX_BYTES)
        refuse(intake, "a value of more than %d bytes", VALUE_MAX_BYTES);
    else if (set(intake, value, entry, taken))
        return true;
    (void)lists_keep(intake->lists, LIST_FED, entry->list, entry->entry, &why);
    return false;
}

enum list_taken list_intake_take(struct list_intake *intake, struct str key, struct str value, struct str *list)
{
    struct list_entry entry = {.source = STR_LIT(""), .note = STR_LIT("")};
    enum list_taken taken = LIST_TAKEN_SAME;

    *list = (struct str){"", 0};
    if (!read_key(intake, key, &entry)) {
        intake->refused++;
        return LIST_REFUSED;
    }
    *list = entry.list;
    if (!take(intake, value, &entry, &taken)) {
        intake->refused++;
        return LIST_REFUSED;
    }
    intake->changed += taken == LIST_TAKEN;
    return taken;
}

/* ---- a full read ------------------------------------------------------------------------------------------- */

void list_intake_begin(struct list_intake *intake)
{
    if (intake->reading)
        lists_read_give_up(intake->lists, LIST_FED);
    intake->reading = true;
    intake->seen = 0;
    lists_read_begin(intake->lists, LIST_FED);
}

size_t list_intake_end(struct list_intake *intake, bool *kept)
{
    size_t removed;

    intake->reading = false;
    *kept = intake->seen == 0 && list_intake_count(intake) > 0;
    if (*kept) {
        lists_read_give_up(intake->lists, LIST_FED);
        return 0;
    }
    removed = lists_read_end(intake->lists, LIST_FED);
    intake->changed += removed;
    return removed;
}

size_t list_intake_count(const struct list_intake *intake)
{
    size_t n = 0;

    for (size_t i = 0; i < lists_count(intake->lists); i++)
        n += list_size(lists_at(intake->lists, i), LIST_FED);
    return n;
}
