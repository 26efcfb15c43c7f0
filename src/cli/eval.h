/* eval.h - what the files eval*.c share: labelled texts judged by the libraries, and what is counted of them.
 *
 * eval.c options and exit code; eval_senders.c who is taken to send what; eval_read.c a line of a file to records;
 * eval_judge.c records to entries, on many threads; eval_tally.c entries to counts; the others print: eval_table.c,
 * eval_show.c (texts and explanations), eval_errors.c (a spreadsheet), eval_compare.c, eval_suggest.c, eval_json.c.
 *
 * Threads: eval_judge.c has several, which only read struct evaluation and make batches; everything else is one.
 * Privacy: message texts are written by eval_show.c, eval_errors.c and eval_suggest.c only, when asked for. */
#ifndef TELSIEVE_CLI_EVAL_H
#define TELSIEVE_CLI_EVAL_H

#include "cli/command.h"
#include "cli/crew.h"
#include "cli/show.h"
#include "core/arena.h"
#include "core/statistics.h"
#include "match/session.h"

#include <jansson.h>
#include <stdio.h>

/* ---- labels and lines ---------------------------------------------------------------------------------------- */

enum eval_side {
    SIDE_FRAUD,   /* must be warned of: recall */
    SIDE_HAM,     /* private messages: the negatives that precision is projected on */
    SIDE_LAWFUL,  /* other messages that must stay silent */
    SIDE_SPAM,    /* advertising: shown by tier, part of neither */
    SIDE_UNKNOWN, /* --unlabelled */
    SIDE_COUNT
};

struct eval_label {
    const char *name;
    enum eval_side side;
};

#define EVAL_COLUMNS_MAX 64

struct eval_columns { /* of a file with a header line */
    int8_t use[EVAL_COLUMNS_MAX]; /* enum record_field, or one of enum column_use in eval_read.c */
    size_t n;                     /* 0: no header line */
};

struct eval_line {
    const struct eval_label *label;
    const char *class;
    json_t *record; /* the fields that the line itself gives */
};

/* Is this first line of a file one of column names? */
bool eval_is_header(struct str line);

/* The line without its end and without a byte order mark. */
struct str eval_trim(struct str line);

/* Read a header line; problems to err (NULL: they are told already). */
void eval_columns_read(struct eval_columns *columns, struct str head, const char *file, struct err *err);

/* Read one line (without its end). Returns false with a problem in err. Strings live in `arena`; free the record by
 * json_decref. `unlabelled`: label and class are neither needed nor used. */
bool eval_line_read(struct eval_line *line, struct str text, const struct eval_columns *columns, bool unlabelled,
                    const char *file, uint64_t number, struct arena *arena, struct err *err);

/* ---- senders ------------------------------------------------------------------------------------------------- */

struct eval_senders;

/* NULL file: everything is an SMS of one ordinary mobile number. NULL with problems in err. */
struct eval_senders *eval_senders_load(const char *file, struct err *err);
void eval_senders_free(struct eval_senders **senders);

/* Does the line itself say who sent it? */
bool eval_has_own_sender(const struct eval_line *line);

/* How often a line is judged: once per sender or once. */
size_t eval_senders_count(const struct eval_senders *senders, const struct eval_line *line);

/* The payload of the line sent for the `turn`th time (line `number` of its file), malloc'ed; NULL: out of memory. */
char *eval_payload(const struct eval_senders *senders, const struct eval_line *line, uint64_t number, size_t turn);

/* ---- what was judged ----------------------------------------------------------------------------------------- */

struct eval_batch;

struct eval_entry { /* one record */
    const struct eval_batch *batch;
    struct str line;          /* as it stands in the file */
    uint64_t number;          /* of that line, from 1 */
    const struct eval_label *label;
    const char *class;
    uint32_t row;             /* index of its struct eval_row */
    uint32_t turn;            /* which of the line's senders */
    uint8_t tier, old_tier;   /* of the warning, TIER_NONE without one; old: by the rules of --compare */
    bool suppressed;
    char family;              /* of the warning's first rule */
    const uint32_t *rules;    /* rules that warn, first the warning's own; behind them shadow rules that hit */
    uint32_t nrules, nshadow;
    const char *old_rule;     /* first rule of the old warning, or NULL */
    uint64_t template;        /* hash of the canonical text with its digits masked */
    const struct eval_gap *gaps; /* of a miss */
    size_t ngaps;
    struct str canonical;     /* with --suggest */
    bool own_sender;          /* the line gives it, not the sender map */
    const void *noted;        /* by evaluation.note */
};

struct eval_gap { /* the one thing that a rule lacked, or why a fraud was missed otherwise */
    const char *library; /* NULL: no rule's own */
    const char *term;
    const char *rule;    /* the first rule that lacked it */
};

struct eval_batch { /* one block, judged */
    struct block block;
    struct arena arena;
    struct eval_columns columns;
    struct eval_entry *entries;
    size_t n, cap;
    struct err err;
    struct eval_batch *next;
};

struct eval_row { /* one label and class */
    const char *label, *class, *file; /* file NULL unless --by-file */
    enum eval_side side;
    uint64_t n, lines, hits, tiers[4], suppressed, shadow;
    uint64_t templates, template_hits; /* hits: of frauds, templates warned of every time; of others, ever */
    uint64_t families[26];
};

struct eval_rule_row {
    uint64_t hits[SIDE_COUNT];
    uint64_t unique[SIDE_COUNT]; /* records no other rule warns of; of a shadow rule, that it would add */
};

struct eval_gap_row {
    struct eval_gap gap;
    uint64_t misses;
};

struct evaluation {
    /* options */
    const char *rules_dir, *model, *old_dir, *senders_file, *errors_file;
    double prevalence;
    double budget[4]; /* by lowest tier that counts; below 0: none */
    long show;
    bool json, brief, suggest, unlabelled, quiet, by_file;

    /* What else is kept of a record, in the arena (NULL: out of memory); then misses are not explained. Or NULL. */
    const void *(*note)(struct session *session, struct arena *arena);

    struct ruleset *ruleset, *old_ruleset;
    struct feed *feed;
    struct eval_senders *senders;
    struct alert_options alert;
    struct crew crew;
    struct err err; /* bad lines */

    struct eval_batch *batches, **last_batch;
    struct eval_entry **entries; /* all, in the order of the files */
    size_t nentries;
    struct eval_row *rows;
    size_t nrows;
    struct eval_rule_row *rules; /* by global rule index */
    struct eval_gap_row *gaps;   /* most misses first */
    size_t ngaps;
    uint64_t n[SIDE_COUNT], hits[SIDE_COUNT];
};

/* Judge all files; EXIT_DONE, EXIT_BAD_DATA (problems printed) or EXIT_RUNTIME. */
int eval_judge_files(struct evaluation *eval, char *const *files, size_t nfiles, long jobs);
void eval_batches_free(struct evaluation *eval);

/* Free all that eval.c, or whoever filled its part, has loaded and judged. */
void eval_free(struct evaluation *eval);

/* Fill everything behind `entries`; false when memory is exhausted. */
bool eval_tally(struct evaluation *eval);

static inline bool eval_is_negative(enum eval_side side)
{
    return side == SIDE_HAM || side == SIDE_LAWFUL;
}

/* A warning of a negative, or a fraud without one. */
static inline bool eval_is_error(const struct eval_entry *entry)
{
    return entry->label->side == SIDE_FRAUD ? entry->tier == TIER_NONE
                                            : eval_is_negative(entry->label->side) && entry->tier != TIER_NONE;
}

/* The side whose false alarms precision is projected on: ham, or all negatives when there is no ham. */
struct interval eval_false_rate(const struct evaluation *eval, const uint64_t hits[SIDE_COUNT]);

/* Of a row, warnings of at least `tier`. */
uint64_t eval_row_hits(const struct eval_row *row, enum tier tier);

/* Does the row break the budget of `tier`? */
bool eval_breaks_budget(const struct evaluation *eval, const struct eval_row *row, enum tier tier);

/* "label/class", behind the file's name and a colon with --by-file; the file's name when there are no labels. */
#define EVAL_NAME_BYTES 160
void eval_row_name(const struct eval_row *row, char name[EVAL_NAME_BYTES]);

/* Columns that such names take in a table. */
static inline int eval_name_width(const struct evaluation *eval)
{
    return eval->by_file ? 42 : 30;
}

/* Up to `most` entries of `row` for which `wanted` says so, of distinct templates, in the same haphazard order at
 * every run. Returns how many. */
size_t eval_sample(const struct evaluation *eval, size_t row, bool (*wanted)(const struct eval_entry *entry),
                   const struct eval_entry **out, size_t most);

/* ---- printing ------------------------------------------------------------------------------------------------ */

void eval_print(const struct evaluation *eval, FILE *out);
int eval_print_json(const struct evaluation *eval, FILE *out);

/* The whole record that was judged; NULL: out of memory. */
json_t *eval_record(const struct evaluation *eval, const struct eval_entry *entry);

/* Its message, malloc'ed; "" when it has none; NULL: out of memory. */
char *eval_text(const struct evaluation *eval, const struct eval_entry *entry);
void eval_show(const struct evaluation *eval, FILE *out);

/* Write the errors (unlabelled: a sample to label) as TSV; EXIT_DONE or EXIT_RUNTIME. */
int eval_write_errors(const struct evaluation *eval);

void eval_print_comparison(const struct evaluation *eval, FILE *out);
json_t *eval_comparison_json(const struct evaluation *eval);

struct eval_phrase {
    struct str text;
    uint64_t misses, ham; /* templates that have it */
    double z;
};
/* Phrases that missed frauds have and ham has hardly, best first, then short pieces, likewise. Returns how many; *out
 * is the caller's to free. With no ham nothing is known to be rare in it: none. */
size_t eval_suggest(const struct evaluation *eval, struct eval_phrase **out);

#endif
