/* explain_text.c - cells first: one for each original character, or for each changed span with what it became. Then
 * rows as wide as a terminal, every cell as wide as its wider side. */
#include "cli/columns.h"
#include "cli/explain_print.h"
#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>

#define ROW_COLUMNS 64
#define LABEL_COLUMNS 10

struct cell {
    struct str original, canonical;
    unsigned columns;
    char mark; /* what was found there; ' ' for nothing */
};

static unsigned columns_of(struct str s)
{
    unsigned columns = 0;
    uint32_t cp;

    for (size_t at = 0; at < s.n;) {
        at += utf8_decode(s.p + at, s.p + s.n, &cp);
        columns += char_columns(cp);
    }
    return columns;
}

static struct str text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return (struct str){json_string_value(value), json_string_length(value)};
}

static size_t place(const json_t *object, const char *key)
{
    return (size_t)json_integer_value(json_object_get(object, key));
}

static bool is(const json_t *object, const char *key, const char *value)
{
    return str_eqz(text_of(object, key), value);
}

/* Of two marks on one character the one that counts more. */
static char mark_of(const json_t *fragments, size_t start, size_t end)
{
    static const char order[] = " wrn^";
    const json_t *fragment;
    char best = ' ';
    size_t i;

    json_array_foreach(fragments, i, fragment) {
        char mark = is(fragment, "role", "W")            ? 'w'
                    : is(fragment, "polarity", "negated")  ? 'n'
                    : is(fragment, "polarity", "reported") ? 'r'
                                                           : '^';
        if (is(fragment, "field", "text") && place(fragment, "start") < end && start < place(fragment, "end") &&
            strchr(order, mark) > strchr(order, best))
            best = mark;
    }
    return best;
}

static size_t make_cells(const json_t *explanation, struct cell *cells)
{
    const json_t *text = json_object_get(explanation, "text"), *folded = json_object_get(text, "folded");
    const json_t *fragments = json_object_get(explanation, "fragments");
    struct str rest = text_of(text, "original");
    size_t n = 0, next = 0, at = 0;

    while (rest.n > 0) {
        const json_t *change = json_array_get(folded, next);
        bool changed = change != NULL && place(change, "start") == at;
        size_t chars = changed ? place(change, "end") - at : 1, bytes = utf8_prefix(rest, chars);
        struct cell *cell = &cells[n++];

        cell->original = (struct str){rest.p, bytes};
        cell->canonical = changed ? text_of(change, "to") : cell->original;
        cell->columns = columns_of(cell->original);
        if (columns_of(cell->canonical) > cell->columns)
            cell->columns = columns_of(cell->canonical);
        cell->mark = mark_of(fragments, at, at + chars);
        next += changed;
        at += chars;
        rest = str_range(rest.p + bytes, str_end(rest));
    }
    return n;
}

static void print_label(enum explain_word word, enum language language, FILE *out)
{
    const char *label = explain_word(word, language);

    fprintf(out, "  %s%*s", label, (int)(LABEL_COLUMNS - columns_of(str_of(label))), "");
}

static void print_padded(struct str s, unsigned columns, FILE *out)
{
    for (size_t i = 0; i < s.n; i++)
        fputc((unsigned char)s.p[i] < ' ' ? ' ' : s.p[i], out);
    fprintf(out, "%*s", (int)(columns - columns_of(s)), "");
}

/* How many of the cells it takes to show all marks. */
static size_t marked(const struct cell *cells, size_t n)
{
    while (n > 0 && cells[n - 1].mark == ' ')
        n--;
    return n;
}

static void print_row(const struct cell *cells, size_t n, enum language language, FILE *out)
{
    print_label(WORD_ORIGINAL, language, out);
    for (size_t i = 0; i < n; i++)
        print_padded(cells[i].original, cells[i].columns, out);
    fputc('\n', out);
    print_label(WORD_CANONICAL, language, out);
    for (size_t i = 0; i < n; i++)
        print_padded(cells[i].canonical, cells[i].columns, out);
    fputc('\n', out);
    if (marked(cells, n) == 0)
        return;
    print_label(WORD_FOUND, language, out);
    for (size_t i = 0; i < marked(cells, n); i++)
        for (unsigned c = 0; c < cells[i].columns; c++)
            fputc(cells[i].mark, out);
    fputc('\n', out);
}

void explain_print_text(const json_t *explanation, enum language language, FILE *out)
{
    struct str original = text_of(json_object_get(explanation, "text"), "original");
    struct cell *cells = calloc(original.n + 1, sizeof(*cells));
    size_t n = cells != NULL ? make_cells(explanation, cells) : 0;

    for (size_t first = 0, end; first < n; first = end) {
        unsigned columns = 0;
        for (end = first; end < n && (end == first || columns + cells[end].columns <= ROW_COLUMNS); end++)
            columns += cells[end].columns;
        print_row(cells + first, end - first, language, out);
    }
    if (marked(cells, n) > 0)
        fprintf(out, "  %*s%s\n", LABEL_COLUMNS, "", explain_word(WORD_LEGEND, language));
    free(cells);
}
