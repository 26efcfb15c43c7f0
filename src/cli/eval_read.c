/* eval_read.c - a line is JSON (a record with a label, or a test case around one) or columns between tabs. */
#include "cli/cell.h"
#include "cli/eval.h"

#include <stdlib.h>

enum column_use { COLUMN_LABEL = -1, COLUMN_CLASS = -2, COLUMN_REMARK = -3 };

static const struct eval_label labels[] = {
    {"fraud", SIDE_FRAUD},     {"scam", SIDE_FRAUD}, {"ham", SIDE_HAM},      {"lawful", SIDE_LAWFUL},
    {"advisory", SIDE_LAWFUL}, {"spam", SIDE_SPAM},  {"advert", SIDE_SPAM},
};
static const struct eval_label unlabelled_label = {"-", SIDE_UNKNOWN};

static const struct eval_label *label_of(const char *name)
{
    for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++)
        if (strcmp(labels[i].name, name) == 0)
            return &labels[i];
    return NULL;
}

/* ---- problems ------------------------------------------------------------------------------------------------ */

struct place {
    const char *file;
    uint64_t number;
    struct err *err;
};

#define problem(place, ...) (err_at((place)->err, (place)->file, (unsigned)(place)->number, 1, __VA_ARGS__), false)

static bool find_label(struct eval_line *line, const char *name, const struct place *place)
{
    line->label = label_of(name);
    if (line->label != NULL)
        return true;
    return problem(place, "unknown label \"%.40s\": fraud or scam (to be warned of), ham, lawful or advisory (to stay "
                          "silent), spam or advert", name);
}

/* ---- columns ------------------------------------------------------------------------------------------------- */

/* Cut the next cell off *rest; false when there is none. */
static bool next_cell(struct str *rest, struct str *cell)
{
    const char *tab;

    if (rest->p == NULL)
        return false;
    tab = memchr(rest->p, '\t', rest->n);
    *cell = tab != NULL ? str_range(rest->p, tab) : *rest;
    *rest = tab != NULL ? str_range(tab + 1, str_end(*rest)) : (struct str){0};
    return true;
}

struct str eval_trim(struct str line)
{
    if (str_starts(line, STR_LIT("\xEF\xBB\xBF")))
        line = (struct str){line.p + 3, line.n - 3};
    while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
        line.n--;
    return line;
}

bool eval_is_header(struct str line)
{
    struct str rest = eval_trim(line), cell;

    while (rest.n > 0 && next_cell(&rest, &cell))
        if (str_eqz(cell, "label") || str_eqz(cell, "text") || str_eqz(cell, "asr_text"))
            return true;
    return false;
}

/* What a column is for; INT8_MIN when its name means nothing. */
static int8_t column_use(struct str name)
{
    int field = record_field_find(name);

    if (str_eqz(name, "label"))
        return COLUMN_LABEL;
    if (str_eqz(name, "class"))
        return COLUMN_CLASS;
    if (name.n == 0 || name.p[0] == '_')
        return COLUMN_REMARK;
    return field < 0 || memchr(name.p, '.', name.n) != NULL ? INT8_MIN : (int8_t)field;
}

void eval_columns_read(struct eval_columns *columns, struct str head, const char *file, struct err *err)
{
    struct str rest = eval_trim(head), name;
    bool fields = false;

    columns->n = 0;
    while (next_cell(&rest, &name) && columns->n < EVAL_COLUMNS_MAX) {
        int8_t use = column_use(name);
        int shown = (int)(name.n < 40 ? name.n : 40);
        if (use == INT8_MIN && err != NULL)
            err_at(err, file, 1, 1,
                   "unknown column \"%.*s\": label, class, a field of a record such as text or calling, "
                   "or a remark whose name begins with _",
                   shown, name.p);
        if (use != COLUMN_REMARK && memchr(columns->use, use, columns->n) != NULL && err != NULL)
            err_at(err, file, 1, 1, "column \"%.*s\" is there twice", shown, name.p);
        columns->use[columns->n++] = use != INT8_MIN ? use : COLUMN_REMARK;
        fields |= use >= 0;
    }
    if (!fields && err != NULL)
        err_at(err, file, 1, 1, "no column is a field of a record, such as text");
}

/* A cell as a spreadsheet writes it: in quotes, with "" for a quote; an apostrophe that only says "no formula". */
static struct str unquote(struct str cell, struct arena *arena)
{
    char *out = cell.n >= 2 && cell.p[0] == '"' && cell.p[cell.n - 1] == '"' ? arena_alloc(arena, cell.n) : NULL;
    size_t n = 0;

    for (size_t i = 1; out != NULL && i + 1 < cell.n; i++) {
        out[n++] = cell.p[i];
        i += cell.p[i] == '"' && cell.p[i + 1] == '"' && i + 2 < cell.n;
    }
    if (out != NULL)
        cell = (struct str){out, n};
    if (cell.n >= 2 && cell.p[0] == '\'' && cell_is_formula((struct str){cell.p + 1, cell.n - 1}))
        cell = (struct str){cell.p + 1, cell.n - 1};
    return cell;
}

/* Tabs and other control characters become spaces. */
static bool set_field(struct eval_line *line, enum record_field field, struct str cell, struct arena *arena,
                      const struct place *place)
{
    char *clean = arena_alloc(arena, cell.n + 1);
    json_t *value;

    for (size_t i = 0; clean != NULL && i < cell.n; i++)
        clean[i] = (unsigned char)cell.p[i] < ' ' ? ' ' : cell.p[i];
    value = clean != NULL ? json_stringn(clean, cell.n) : NULL;
    if (value == NULL)
        return problem(place, "%s is not UTF-8", record_fields[field].name);
    json_object_set_new_nocheck(line->record, record_fields[field].name, value);
    return true;
}

static bool read_headed(struct eval_line *line, struct str text, const struct eval_columns *columns, bool unlabelled,
                        struct arena *arena, const struct place *place)
{
    struct str rest = text, cell;
    bool ok = true;

    for (size_t i = 0; i < columns->n && next_cell(&rest, &cell) && ok; i++) {
        int8_t use = columns->use[i];
        cell = unquote(cell, arena);
        if (use == COLUMN_LABEL && !unlabelled && cell.n > 0)
            ok = find_label(line, arena_strdup(arena, cell).p, place);
        else if (use == COLUMN_CLASS && !unlabelled)
            line->class = arena_strdup(arena, cell).p;
        else if (use >= 0 && cell.n > 0)
            ok = set_field(line, (enum record_field)use, cell, arena, place);
    }
    return ok;
}

static bool read_plain(struct eval_line *line, struct str text, bool unlabelled, struct arena *arena,
                       const struct place *place)
{
    struct str rest = text, label, class;

    if (unlabelled)
        return set_field(line, FIELD_TEXT, text, arena, place);
    if (!next_cell(&rest, &label) || !next_cell(&rest, &class) || rest.n == 0)
        return problem(place, "a line is label, class and text with a tab between, or the file begins with a line of "
                              "column names");
    line->class = arena_strdup(arena, class).p;
    return find_label(line, arena_strdup(arena, label).p, place) && set_field(line, FIELD_TEXT, rest, arena, place);
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

/* A test case says what to expect; its class is its file. */
static bool read_expectation(struct eval_line *line, const char *expect, struct arena *arena, const struct place *place)
{
    const char *slash = strrchr(place->file, '/'), *name = slash != NULL ? slash + 1 : place->file;

    line->class = arena_strdup(arena, (struct str){name, strcspn(name, ".")}).p;
    return find_label(line, strcmp(expect, "warned") == 0 ? "fraud" : "lawful", place);
}

/* What the platform says of a warning; of "unknown" nothing is learned. */
static bool read_verdict(struct eval_line *line, const char *verdict, const struct place *place)
{
    if (strcmp(verdict, "unknown") == 0) {
        line->label = &unlabelled_label;
        return true;
    }
    if (strcmp(verdict, "true") == 0 || strcmp(verdict, "false") == 0)
        return find_label(line, strcmp(verdict, "true") == 0 ? "fraud" : "lawful", place);
    return problem(place, "\"verdict\" is \"true\", \"false\" or \"unknown\", not \"%.40s\"", verdict);
}

static bool read_json(struct eval_line *line, struct str text, bool unlabelled, struct arena *arena,
                      const struct place *place)
{
    json_error_t error;
    json_t *root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &error);
    const char *label = json_string_value(json_object_get(root, "label"));
    const char *class = json_string_value(json_object_get(root, "class"));
    const char *expect = json_string_value(json_object_get(root, "expect"));
    const char *verdict = json_string_value(json_object_get(root, "verdict"));
    bool ok = true;

    if (root == NULL)
        return problem(place, "not a JSON object in UTF-8 (column %d)", error.column);
    if (class != NULL && !unlabelled)
        line->class = arena_strdup(arena, str_of(class)).p;
    if (!unlabelled && label != NULL)
        ok = find_label(line, label, place);
    else if (!unlabelled && expect != NULL)
        ok = read_expectation(line, expect, arena, place);
    else if (!unlabelled && verdict != NULL)
        ok = read_verdict(line, verdict, place);
    json_decref(line->record);
    line->record = json_object_get(root, "record") != NULL ? json_object_get(root, "record") : root;
    json_incref(line->record);
    json_decref(root);
    return ok && (json_is_object(line->record) || problem(place, "\"record\" is an object"));
}

bool eval_line_read(struct eval_line *line, struct str text, const struct eval_columns *columns, bool unlabelled,
                    const char *file, uint64_t number, struct arena *arena, struct err *err)
{
    const struct place place = {file, number, err};
    bool ok;

    *line = (struct eval_line){.class = "-", .record = json_object()};
    if (unlabelled)
        line->label = &unlabelled_label;
    text = eval_trim(text);
    if (text.n > 0 && text.p[0] == '{')
        ok = read_json(line, text, unlabelled, arena, &place);
    else if (columns->n > 0)
        ok = read_headed(line, text, columns, unlabelled, arena, &place);
    else
        ok = read_plain(line, text, unlabelled, arena, &place);
    if (ok && line->label == NULL)
        ok = problem(&place, "no label: fraud, scam, ham, lawful, advisory, spam or advert; or a \"verdict\"");
    if (ok && line->class[0] == '\0')
        line->class = "-";
    if (!ok)
        json_decref(line->record);
    return ok;
}
