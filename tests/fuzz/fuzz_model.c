/* fuzz_model.c - any bytes as a learned model: a model or problems, never both, never neither. What was taken keeps
 * what model.h promises: terms within bounds, each gram found in the text that is it, any text weighed to a score
 * within bounds, and to the same one again. */
#include "match/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool is_marked(const uint64_t *marks, size_t i)
{
    return (marks[i / 64] >> i % 64 & 1) != 0;
}

static void check_term(const struct model *model, size_t i, uint64_t *marks)
{
    const struct model_term *term = model_term(model, i);
    const struct model_features features = {.text = term->name};

    must(term->name.n > 0 && fabs(term->weight) <= MODEL_WEIGHT_MAX);
    must(term->kind != MODEL_GRAM || model_gram_is_fit(term->name));
    if (term->kind != MODEL_GRAM)
        return;
    model_mark(model, &features, marks);
    must(is_marked(marks, i));
}

static void check(const struct model *model, struct str text)
{
    uint64_t *marks = calloc(MODEL_MARK_WORDS(model_count(model)) + 1, sizeof(*marks));
    const struct model_features features = {.text = text};
    const struct model_term *largest[8];
    double score;
    size_t n;

    must(marks != NULL);
    for (size_t i = 0; i < model_count(model) && i < 64; i++)
        check_term(model, i, marks);
    model_mark(model, &features, marks);
    score = model_score(model, marks);
    must(score >= 0 && score <= 100);
    n = model_largest(model, marks, largest, 8);
    for (size_t i = 1; i < n; i++)
        must(fabs(largest[i - 1]->weight) >= fabs(largest[i]->weight));
    model_mark(model, &features, marks);
    must(score >= model_score(model, marks) && score <= model_score(model, marks));
    free(marks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct model *model;
    struct err err;

    err_init(&err);
    model = model_parse("fuzz", text, &err);
    must((model == NULL) == (err.count > 0));
    if (model != NULL)
        check(model, text);
    model_free(&model);
    err_fini(&err);
    return 0;
}
