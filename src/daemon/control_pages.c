/* control_pages.c - its part of /rules and of /metrics. */
#include "daemon/control_parts.h"

#include <inttypes.h>
#include <stdio.h>

static void add_source(const struct control *control, json_t *library)
{
    const char *name = json_string_value(json_object_get(library, "library"));
    const struct depot_item *item = depot_find(control->depot, name != NULL ? name : "");

    json_object_set_new(library, "from", json_string(item != NULL ? depot_way_name(item->way) : "files"));
    if (item != NULL)
        json_object_set_new(library, "fed", json_pack("{s:s,s:s,s:s,s:I,s:I}", "who", item->who, "signers",
                                                      item->signers, "sha256", item->sha256, "at",
                                                      (json_int_t)item->at_ms, "offset", (json_int_t)item->offset));
}

void control_add_sources(const struct control *control, json_t *rules)
{
    size_t i, k;
    json_t *generation, *library;

    json_array_foreach(json_object_get(rules, "generations"), i, generation)
        if (strcmp(json_string_value(json_object_get(generation, "state")), "active") == 0)
            json_array_foreach(json_object_get(generation, "libraries"), k, library)
                add_source(control, library);
}

json_t *control_json(const struct control *control)
{
    json_t *answers = json_array();

    for (size_t i = 0; i < control->nanswers; i++)
        json_array_append_new(answers, report_answer_json(&control->answers[i]));
    return json_pack("{s:s,s:b,s:b,s:b,s:s,s:o,s:o}", "node", control->setup.config->node, "reading",
                     (bool)control->waits, "degraded", control_is_degraded(control), "pending",
                     offers_pending(control->offers), "trouble", control_trouble(control), "answers",
                     answers, "libraries",
                     report_libraries_json(control->setup.look(control->setup.ctx).store, control->depot));
}

static void write_list_metrics(const struct control *control, FILE *out)
{
    static const char *const layers[] = {[LIST_BASE] = "base", [LIST_FED] = "fed"};
    const struct lists *lists = control->setup.lists;
    struct list_feed_status status = {0};

    if (control->list_feed != NULL)
        list_feed_read_status(control->list_feed, &status);
    metrics_page_head(out, "telsieve_list_entries", "gauge", "Entries of lists, expired ones too.");
    for (size_t i = 0; lists != NULL && i < lists_count(lists); i++)
        for (int layer = 0; layer < LIST_LAYERS; layer++)
            fprintf(out, "telsieve_list_entries{list=\"%s\",layer=\"%s\"} %zu\n", list_name(lists_at(lists, i)),
                    layers[layer], list_size(lists_at(lists, i), (enum list_layer)layer));
    metrics_page_head(out, "telsieve_list_changes_total", "counter", "Changes of lists that control.lists made.");
    fprintf(out, "telsieve_list_changes_total %" PRIu64 "\n", status.changed);
    metrics_page_head(out, "telsieve_list_refusals_total", "counter", "Messages of control.lists that were refused.");
    fprintf(out, "telsieve_list_refusals_total %" PRIu64 "\n", status.refused);
}

void control_write_metrics(const struct control *control, FILE *out)
{
    metrics_page_head(out, "telsieve_fed_libraries", "gauge", "Libraries that the platform feeds and that are live.");
    fprintf(out, "telsieve_fed_libraries %zu\n", depot_count(control->depot));
    metrics_page_head(out, "telsieve_library_answers_total", "counter", "Answers to libraries offered.");
    for (int result = 0; result < ANSWER_COUNT; result++)
        fprintf(out, "telsieve_library_answers_total{result=\"%s\"} %" PRIu64 "\n",
                answer_name((enum answer_result)result), control->given[result]);
    write_list_metrics(control, out);
    breaker_write_metrics(control->breaker, out);
    if (control->setup.feedback != NULL)
        feedback_write_metrics(control->setup.feedback, out);
    metrics_page_head(out, "telsieve_control_trouble", "gauge",
                      "1 when something is wrong with being fed: /rules says what.");
    fprintf(out, "telsieve_control_trouble %d\n", control_trouble(control)[0] != '\0');
}
