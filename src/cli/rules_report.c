/* rules_report.c - a row for each node and library; each problem once, however many nodes have it. */
#include "cli/grid.h"
#include "cli/rules_parcel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define DAY_MS 86400000

static const json_t *answer_of(const json_t *node, const struct parcel *parcel)
{
    return json_object_get(json_object_get(node, "answers"), parcel->file.name);
}

bool parcels_are_settled(const struct parcels *parcels, const struct fleet *fleet)
{
    bool all = fleet_count_present(fleet) > 0;
    const char *name;
    json_t *node;

    json_object_foreach (fleet->nodes, name, node)
        for (size_t i = 0; i < parcels->n && !fleet_is_away(fleet, node); i++)
            switch (fleet_state(node, parcels->items[i].file.name, parcels->items[i].sha256)) {
            case FLEET_REFUSED: return true;
            case FLEET_WAITS: all = false; break;
            default: break;
            }
    return all;
}

/* ---- problems ---------------------------------------------------------------------------------------------------- */

/* A library that was sent is named after the way it took: here it is the file it came from. */
static const char *file_of(const json_t *error, const struct parcel *parcel)
{
    const char *file = json_text(error, "file"), *slash = strrchr(file, '/');
    bool sent = strncmp(file, "control.rules/", 14) == 0 || strncmp(file, "/rules/", 7) == 0;

    return sent && parcel->file.path != NULL && strcmp(slash + 1, parcel->file.name) == 0 ? parcel->file.path : file;
}

static void print_problem(const json_t *error, const struct parcel *parcel, json_t *told)
{
    json_int_t line = json_integer_value(json_object_get(error, "line"));
    json_int_t col = json_integer_value(json_object_get(error, "col"));
    char text[1600];

    if (line > 0)
        snprintf(text, sizeof(text), "%s:%" JSON_INTEGER_FORMAT ":%" JSON_INTEGER_FORMAT ": %s",
                 file_of(error, parcel), line, col, json_text(error, "what"));
    else
        snprintf(text, sizeof(text), "%s", json_text(error, "what"));
    if (json_object_get(told, text) == NULL) {
        put_harmless(stderr, text);
        fputc('\n', stderr);
    }
    json_object_set_new(told, text, json_true());
}

static void print_problems_of(const json_t *answer, const struct parcel *parcel, json_t *told)
{
    const json_t *errors = json_object_get(answer, "errors");

    for (size_t i = 0; i < json_array_size(errors); i++)
        print_problem(json_array_get(errors, i), parcel, told);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static void add_row(struct grid *grid, const char *node, const struct parcel *parcel, const char *result,
                    const json_t *answer)
{
    char generation[40] = "", took[40] = "";
    json_int_t took_ms = json_integer_value(json_object_get(answer, "took_ms"));

    if (answer != NULL)
        snprintf(generation, sizeof(generation), "generation %" JSON_INTEGER_FORMAT,
                 json_integer_value(json_object_get(answer, "generation")));
    if (took_ms > 0)
        snprintf(took, sizeof(took), "%" JSON_INTEGER_FORMAT " ms", took_ms);
    grid_add(grid, (const char *const[]){node, parcel->file.name, parcel->file.version, result, generation, took});
}

static json_t *row_json(const char *node, const struct parcel *parcel, const char *result, const json_t *answer)
{
    json_t *row = answer != NULL ? json_copy((json_t *)answer) : json_object();

    json_object_set_new(row, "node", json_string(node));
    json_object_set_new(row, "library", json_string(parcel->file.name));
    json_object_set_new(row, "result", json_string(result));
    if (parcel->file.version[0] != '\0')
        json_object_set_new(row, "version", json_string(parcel->file.version));
    if (parcel->sha256[0] != '\0')
        json_object_set_new(row, "sha256", json_string(parcel->sha256));
    return row;
}

struct report {
    struct grid grid;
    json_t *rows, *told;
    bool json, refused;
};

static void report_one(struct report *report, const char *name, const json_t *node, const struct parcel *parcel)
{
    static const char *const results[] = {"no answer", "live", "refused", "superseded"};
    enum fleet_state state = fleet_state(node, parcel->file.name, parcel->sha256);
    const json_t *answer = answer_of(node, parcel);
    const char *result = results[state];

    if (!fleet_answers_to(answer, parcel->sha256))
        answer = NULL;
    if (answer != NULL)
        result = json_text(answer, "result");
    else if (state == FLEET_DONE && parcel->sha256[0] == '\0')
        result = "withdrawn";
    report->refused = report->refused || state == FLEET_REFUSED || state == FLEET_SUPERSEDED;
    if (report->json)
        json_array_append_new(report->rows, row_json(name, parcel, result, answer));
    else
        add_row(&report->grid, name, parcel, result, answer);
    print_problems_of(answer, parcel, report->told);
}

/* A node that was there of late and is not now will hear of it when it is back. */
static void note_away(const char *name, const json_t *node)
{
    char line[300];

    if (fleet_silence_ms(node) > DAY_MS)
        return;
    snprintf(line, sizeof(line), "%s has been silent for %" PRId64 " s: it is not waited for", name,
             fleet_silence_ms(node) / 1000);
    put_harmless(stderr, line);
    fputc('\n', stderr);
}

int parcels_report(const struct parcels *parcels, const struct fleet *fleet, bool json)
{
    struct report report = {.rows = json_array(), .told = json_object(), .json = json};
    const char **names = fleet_names(fleet);

    grid_init(&report.grid, 6);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        const json_t *node = json_object_get(fleet->nodes, names[i]);
        bool away = fleet_is_away(fleet, node);
        for (size_t k = 0; !away && k < parcels->n; k++)
            report_one(&report, names[i], node, &parcels->items[k]);
        if (away)
            note_away(names[i], node);
    }
    if (json) {
        json_dumpf(report.rows, stdout, JSON_INDENT(1));
        putchar('\n');
    } else
        grid_print(&report.grid, stdout);
    grid_fini(&report.grid);
    json_decref(report.rows);
    json_decref(report.told);
    free(names);
    return report.refused ? EXIT_BAD_DATA : EXIT_DONE;
}
