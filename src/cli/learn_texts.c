/* learn_texts.c - all files are judged in one run; what the engine says of each record is kept with its batch. Then
 * records become documents: of each template one, and none of which the labels disagree. Folds take templates, so that
 * no text is judged by a model that saw its like. */
#include "cli/learn.h"
#include "cli/read_file.h"
#include "core/array.h"

#include <openssl/sha.h>
#include <stdlib.h>

/* ---- while judging --------------------------------------------------------------------------------------------- */

static const void *copy_bytes(struct arena *arena, const void *p, size_t n)
{
    void *copy = arena_alloc(arena, n + 1);

    if (copy != NULL && n > 0)
        memcpy(copy, p, n);
    return copy;
}

struct noted {
    int rc; /* of judge_features */
    struct model_features features;
};

static const void *note_features(struct session *session, struct arena *arena)
{
    struct noted *noted = arena_alloc(arena, sizeof(*noted));
    struct model_features *features = &noted->features;

    if (noted == NULL)
        return NULL;
    noted->rc = judge_features(session_judge(session), features);
    if (noted->rc != 0)
        return noted;
    features->text.p = copy_bytes(arena, features->text.p, features->text.n);
    features->fragments = copy_bytes(arena, features->fragments, features->nfragments * sizeof(*features->fragments));
    features->facts = copy_bytes(arena, features->facts, features->nfacts * sizeof(*features->facts));
    return features->text.p != NULL && features->fragments != NULL && features->facts != NULL ? noted : NULL;
}

/* ---- sources --------------------------------------------------------------------------------------------------- */

static bool read_digest(struct learn_source *source, struct err *err)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    size_t n;
    char *text = read_file(source->file, &n, err);

    if (text == NULL)
        return false;
    SHA256((const unsigned char *)text, n, digest);
    free(text);
    hex_write(digest, 2 * sizeof(digest), source->sha256);
    return true;
}

/* Texts that are given twice would judge themselves. */
static void check_sources(struct learning *learning)
{
    struct learn_source *sources = learning->sources;

    for (size_t i = 0; i < learning->nsources; i++) {
        if (!read_digest(&sources[i], &learning->eval.err))
            continue;
        for (size_t j = 0; j < i; j++)
            if (strcmp(sources[i].sha256, sources[j].sha256) == 0)
                err_add(&learning->eval.err, "%s: the same texts as %s; give every source once", sources[i].file,
                        sources[j].file);
    }
}

/* Records come in the order of the files. */
static uint32_t source_of(const struct learning *learning, const struct eval_entry *entry, uint32_t last)
{
    while (learning->sources[last].file != entry->batch->block.file)
        last++;
    return last;
}

/* ---- documents ------------------------------------------------------------------------------------------------- */

void learn_documents_fini(struct learn_documents *documents)
{
    free(documents->items);
    *documents = (struct learn_documents){0};
}

/* 0, -TS_ENOMEM, or why else the record has none, which err is told. */
static int check_features(const struct eval_entry *entry, struct err *err)
{
    const struct noted *noted = entry->noted;

    if (noted == NULL || noted->rc == -TS_ENOMEM)
        return -TS_ENOMEM;
    if (noted->rc != 0)
        err_at(err, entry->batch->block.file, (unsigned)entry->number, 1,
               "%s: a regular expression of the rules is over its limit of steps on this text, or Hyperscan failed; "
               "mend the expression, or leave the text out", ts_strerror(noted->rc));
    return noted->rc;
}

/* 0 or -TS_ENOMEM; err is told of a record without features. */
static int add_document(struct learn_documents *documents, const struct eval_entry *entry, uint32_t source,
                        struct err *err)
{
    const struct model_features *features;
    struct learn_document *bigger;
    int rc;

    if (entry->label->side != SIDE_FRAUD && !eval_is_negative(entry->label->side)) {
        documents->other_label++;
        return 0;
    }
    if ((rc = check_features(entry, err)) != 0)
        return rc == -TS_ENOMEM ? rc : 0;
    features = &((const struct noted *)entry->noted)->features;
    if (features->text.n == 0) {
        documents->no_text++;
        return 0;
    }
    if ((bigger = array_grow(documents->items, documents->n, &documents->cap, sizeof(*bigger))) == NULL)
        return -TS_ENOMEM;
    documents->items = bigger;
    documents->items[documents->n++] = (struct learn_document){
        .entry = entry, .features = features, .source = source, .fraud = entry->label->side == SIDE_FRAUD};
    return 0;
}

/* Those of one template together, in the order of the files. */
static int by_template(const void *a, const void *b)
{
    const struct learn_document *x = a, *y = b;

    if (x->entry->template != y->entry->template)
        return x->entry->template < y->entry->template ? -1 : 1;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->entry->number != y->entry->number)
        return x->entry->number < y->entry->number ? -1 : 1;
    return x->entry->turn < y->entry->turn ? -1 : x->entry->turn > y->entry->turn;
}

/* Leave the first of each template, and none of one that has both labels. */
static void unite(struct learn_documents *documents)
{
    size_t kept = 0;

    if (documents->n > 0)
        qsort(documents->items, documents->n, sizeof(*documents->items), by_template);
    for (size_t i = 0, end; i < documents->n; i = end) {
        bool both = false;
        for (end = i; end < documents->n &&
                      documents->items[end].entry->template == documents->items[i].entry->template; end++)
            both |= documents->items[end].fraud != documents->items[i].fraud;
        if (both)
            documents->both_labels += end - i;
        else
            documents->repeated += end - i - 1;
        if (!both)
            documents->items[kept++] = documents->items[i];
    }
    documents->n = kept;
}

/* Both are in the order of their templates. */
static void leave_out_known(struct learn_documents *holdout, const struct learn_documents *training)
{
    size_t kept = 0, t = 0;

    for (size_t i = 0; i < holdout->n; i++) {
        uint64_t template = holdout->items[i].entry->template;
        while (t < training->n && training->items[t].entry->template < template)
            t++;
        if (t < training->n && training->items[t].entry->template == template)
            holdout->known++;
        else
            holdout->items[kept++] = holdout->items[i];
    }
    holdout->n = kept;
}

/* By turns in the order of hashes, which is haphazard: each has its share of either label. */
static void deal_folds(struct learn_documents *training)
{
    uint32_t next[2] = {0};

    for (size_t i = 0; i < training->n; i++)
        training->items[i].fold = next[training->items[i].fraud]++ % LEARN_FOLDS;
}

static void count_sources(struct learning *learning, const struct learn_documents *documents)
{
    for (size_t i = 0; i < documents->n; i++) {
        struct learn_source *source = &learning->sources[documents->items[i].source];
        *(documents->items[i].fraud ? &source->fraud : &source->lawful) += 1;
    }
}

static int sort_out(struct learning *learning)
{
    uint32_t source = 0;
    int rc = 0;

    for (struct eval_batch *batch = learning->eval.batches; batch != NULL; batch = batch->next) {
        for (size_t i = 0; i < batch->n && rc == 0; i++) {
            const struct eval_entry *entry = &batch->entries[i];
            source = source_of(learning, entry, source);
            rc = add_document(learning->sources[source].use == LEARN_HOLDOUT ? &learning->holdout
                                                                             : &learning->training,
                              entry, source, &learning->eval.err);
        }
    }
    learning->senders_known = true;
    for (size_t i = 0; i < learning->training.n; i++)
        learning->senders_known &= learning->training.items[i].entry->own_sender;
    unite(&learning->training);
    unite(&learning->holdout);
    leave_out_known(&learning->holdout, &learning->training);
    deal_folds(&learning->training);
    count_sources(learning, &learning->training);
    count_sources(learning, &learning->holdout);
    return rc;
}

int learn_read(struct learning *learning, char *const *files, long jobs)
{
    int code;

    check_sources(learning);
    if (learning->eval.err.count > 0)
        return print_problems(&learning->eval.err, "the files");
    learning->eval.note = note_features;
    code = eval_judge_files(&learning->eval, files, learning->nsources, jobs);
    if (code == EXIT_DONE && sort_out(learning) != 0) {
        fputs("telsieve learn: out of memory\n", stderr);
        code = EXIT_RUNTIME;
    } else if (code == EXIT_DONE && learning->eval.err.count > 0) {
        code = print_problems(&learning->eval.err, "the files");
    }
    return code;
}
