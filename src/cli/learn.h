/* learn.h - what the files learn*.c share: labelled texts as rows of terms, and the model that is fitted to them.
 *
 * learn.c options, order, exit code; learn_texts.c files to documents, judged as eval judges them; learn_terms.c what
 * documents have, as numbered terms; learn_choose.c which of them are tried, as rows; learn_fit.c liblinear;
 * learn_cross.c the cost by cross-validation, and the model; learn_measure.c what a model is worth on texts of another
 * source; learn_write.c the file; learn_print.c what is said.
 *
 * Threads: as eval.h; all but the judging is done by one.
 * Privacy: a model holds runs of at most LEARN_CHARS_MOST letters that three texts or more have, and no digit; what is
 * printed holds counts only. */
#ifndef TELSIEVE_CLI_LEARN_H
#define TELSIEVE_CLI_LEARN_H

#include "cli/eval.h"
#include "match/model.h"

#define LEARN_CHARS_LEAST 2
#define LEARN_CHARS_MOST 4
#define LEARN_TEXTS_LEAST 3  /* that must have a term */
#define LEARN_LABEL_LEAST 10 /* texts of either label, for there are folds to fill */
#define LEARN_FOLDS 5
#define LEARN_RAISE 0.98     /* what is written to a model; shares of 1 */
#define LEARN_LOWER 0.02

/* ---- documents ------------------------------------------------------------------------------------------------- */

enum learn_use { LEARN_TEXTS, LEARN_FEEDBACK, LEARN_HOLDOUT, LEARN_USES };

struct learn_source { /* one file */
    const char *file;
    enum learn_use use;
    char sha256[65];
    uint64_t fraud, lawful; /* documents that are used */
};

struct learn_document { /* texts that differ in their digits only are one */
    const struct eval_entry *entry;
    const struct model_features *features;
    uint32_t source;
    uint32_t fold;         /* 0 … LEARN_FOLDS - 1; of the training */
    bool fraud;
    const uint32_t *terms; /* ascending; of the training */
    size_t nterms;
    double score;          /* 0 to 1, by a model that was not fitted to it */
};

struct learn_documents {
    struct learn_document *items;
    size_t n, cap;
    /* records that are left out, by why */
    uint64_t other_label; /* neither fraud nor lawful */
    uint64_t no_text, repeated, both_labels;
    uint64_t known;       /* of the holdout: in the training too */
};

/* ---- the model ------------------------------------------------------------------------------------------------- */

struct learn_term {
    enum model_kind kind;
    struct str gram; /* MODEL_GRAM */
    uint32_t index;  /* of the fragment or the fact */
    double weight;   /* in the model; 0: it is not */
};

struct learn_cross_validation {
    double cost, loss;       /* chosen, or given; its logarithmic loss, of either label's mean */
    uint64_t fraud, found;   /* found: score >= LEARN_RAISE by the model of the other folds */
    uint64_t lawful, alarms;
};

struct learn_side { /* documents of one label */
    uint64_t n;
    uint64_t rules;      /* that live rules warn of */
    uint64_t raised;     /* that rules warn of, or whose score is raised */
    uint64_t equal;      /* the same with the least score that adds no false alarm */
    uint64_t up, down;   /* warnings whose tier the model moves */
};

struct learn_measure { /* of a model, on the holdout */
    struct learn_side fraud, lawful;
    double equal_score;  /* 0 to 1; above 1: none */
    const char *known_source; /* a file of the holdout that the model was trained on; NULL: none is */
};

struct learning {
    /* options */
    const char *out, *check, *version;
    long grams;
    double cost; /* 0: by cross-validation */

    struct evaluation eval;
    struct learn_source *sources;
    size_t nsources;
    struct learn_documents training, holdout;
    bool senders_known; /* every record of the training has its own sender: facts of it are learned */
    struct learn_term *terms;
    size_t nterms;
    uint32_t *term_ids; /* of all documents */
    size_t kept[MODEL_KINDS], tried[MODEL_KINDS];
    double bias;
    struct learn_cross_validation cross;
    struct learn_measure measure;
};

/* ---- steps: 0, or -TS_E… with a problem in eval.err -------------------------------------------------------------- */

/* Judge all files of `sources` (`files` has their names, in the same order), and sort the records into training and
 * holdout. Returns an exit code, problems printed. */
int learn_read(struct learning *learning, char *const *files, long jobs);
void learn_documents_fini(struct learn_documents *documents);

/* Number what the documents of the training have: fragments and facts, and runs of characters that LEARN_TEXTS_LEAST of
 * them have. Fills terms, term_ids and the documents' terms; false when memory is exhausted. */
bool learn_terms_make(struct learning *learning);

/* Choose cost and terms, fit the model and fill what belongs to it, the terms' weights and the documents' scores.
 * Weights have four decimals. 0 or -TS_ENOMEM. */
int learn_train(struct learning *learning);

/* The model as a file, malloc'ed; with what was measured when there is a holdout. NULL: out of memory. */
char *learn_model_text(const struct learning *learning);

/* Does the engine give every text of the training the score that the terms' weights say? `model` is bound. */
bool learn_model_agrees(const struct learning *learning, const struct model *model);

/* Measure a bound model on the holdout. */
int learn_measure(struct learning *learning, const struct model *model);

/* What must hold before a model may go live. */
enum learn_criterion_id { LEARN_OTHER_SOURCE, LEARN_RECALL_RISES, LEARN_NO_NEW_ALARMS, LEARN_CRITERIA };
struct learn_criterion {
    const char *what;
    char have[120], want[120];
    bool ok;
};
/* Fills all; returns whether they hold. */
bool learn_may_go_live(const struct learn_measure *measure, struct learn_criterion out[LEARN_CRITERIA]);

void learn_print_training(const struct learning *learning, FILE *out);
void learn_print_measure(const struct learning *learning, FILE *out);

#endif
