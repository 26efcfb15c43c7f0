/* judge.c - numbers, canonical text, scan, evaluation: in this order, on working memory that only grows. Behind the
 * numbers it may be remembered that the text has nothing to say. */
#include "match/candidates.h"
#include "match/compiled.h"
#include "match/evaluate.h"
#include "match/fact_signal.h"
#include "match/judge_parts.h"
#include "match/model_view.h"
#include "match/reference.h"
#include "match/template.h"
#include "match/undisguise.h"

#include <stdio.h>
#include <stdlib.h>

struct judge {
    const struct ruleset *ruleset;
    char hash[sizeof("sha256:") + 64]; /* of `ruleset`: a freed set's address may come back as another one's */
    struct canon canon;
    struct contact_list contacts;
    struct subject subject;
    struct undisguise undisguise;
    struct scan scan;
    struct evaluator evaluator;
    struct verdict verdict;
    struct list_view lists;
    const struct list **list; /* per list of the rule set */
    struct model_view model;
    struct templates *templates; /* NULL: none is remembered */
    struct template_key template; /* of the record, */
    uint64_t signals;             /* with these, */
    enum template_state state;    /* as it was found */
    bool remembered;
    bool thorough;
    void (*mark)(void *ctx, enum judge_stage next); /* NULL: nobody watches */
    void *mark_ctx;
    bool *reference; /* per phrase, for cross-checks; made on first use */
    unsigned checks; /* cross-checks so far */
};

struct judge *judge_new(void)
{
    struct judge *judge = calloc(1, sizeof(*judge));

    if (judge == NULL)
        return NULL;
    canon_init(&judge->canon);
    contact_list_init(&judge->contacts);
    judge->subject = (struct subject){.canon = &judge->canon, .contacts = &judge->contacts, .lists = &judge->lists,
                                      .model = &judge->model};
    scan_init(&judge->scan);
    evaluator_init(&judge->evaluator);
    return judge;
}

void judge_free(struct judge **judge)
{
    if (*judge == NULL)
        return;
    canon_fini(&(*judge)->canon);
    contact_list_fini(&(*judge)->contacts);
    scan_fini(&(*judge)->scan);
    evaluator_fini(&(*judge)->evaluator);
    model_view_fini(&(*judge)->model);
    templates_free(&(*judge)->templates);
    free((*judge)->reference);
    free((*judge)->list);
    free(*judge);
    *judge = NULL;
}

/* Names may have become lists since the last time. */
static void find_lists(struct judge *judge)
{
    const struct lists *lists = judge->lists.lists;

    for (size_t i = 0; judge->ruleset != NULL && i < judge->ruleset->nlists; i++)
        judge->list[i] = lists != NULL ? lists_find(lists, str_of(judge->ruleset->lists[i])) : NULL;
    judge->lists.list = judge->list;
}

void judge_lists(struct judge *judge, const struct lists *lists, bool by_wall)
{
    judge->lists.lists = lists;
    judge->lists.by_wall = by_wall;
    find_lists(judge);
}

static int make_room_for_lists(struct judge *judge, const struct ruleset *ruleset)
{
    free(judge->list);
    judge->list = calloc(ruleset->nlists + 1, sizeof(*judge->list));
    return judge->list != NULL ? 0 : -TS_ENOMEM;
}

int judge_use(struct judge *judge, const struct ruleset *ruleset)
{
    int rc;

    if (judge->ruleset == ruleset && strcmp(judge->hash, ruleset->hash) == 0) {
        find_lists(judge);
        return 0;
    }
    judge->ruleset = NULL;
    free(judge->reference);
    judge->reference = NULL;
    if (judge->templates != NULL)
        templates_forget(judge->templates);
    if ((rc = scan_use(&judge->scan, ruleset)) != 0 || (rc = evaluator_use(&judge->evaluator, ruleset)) != 0 ||
        (rc = make_room_for_lists(judge, ruleset)) != 0 ||
        (rc = model_view_use(&judge->model, ruleset, &judge->scan)) != 0)
        return rc;
    judge->ruleset = ruleset;
    find_lists(judge);
    strcpy(judge->hash, ruleset->hash);
    return 0;
}

/* ---- one record -------------------------------------------------------------------------------------------- */

/* Roaming abroad as the visited network reports it (DOMAIN.md 5.4: roam 5, 6, 8). */
static bool is_abroad(int64_t roam)
{
    return roam == 5 || roam == 6 || roam == 8;
}

static void classify(struct judge *judge, const struct record *record)
{
    struct number_context context = {
        .ingress = record->ingress,
        .is_call = record->kind == RECORD_CALL,
        .roaming_known = record_has(record, FIELD_ROAM),
        .roaming = record_has(record, FIELD_ROAM) && is_abroad(record->field[FIELD_ROAM].i),
        .ton = record_has(record, FIELD_CALLING_TON) ? (int)record->field[FIELD_CALLING_TON].i : -1,
    };
    const struct number_context plain = {.ingress = INGRESS_UNKNOWN, .is_call = context.is_call, .ton = -1};
    struct subject *subject = &judge->subject;

    subject_begin(subject, record, judge->ruleset->plan, judge->ruleset->contact_tables);
    list_view_begin(&judge->lists);
    number_classify(subject->plan, record_str(record, FIELD_CALLING), &context, &subject->caller);
    number_classify(subject->plan, record_str(record, FIELD_CALLED), &plain, &subject->callee);
    if (judge->ruleset->nnumber_questions > 0)
        subject_expect_lists(subject, judge->ruleset->number_questions, judge->ruleset->nnumber_questions);
}

/* Always inlined: with the stage known each call is one of the four. */
static inline __attribute__((always_inline)) int run_stage(struct judge *judge, const struct record *record,
                                                           enum judge_stage stage)
{
    switch (stage) {
    case JUDGE_NUMBERS:
        classify(judge, record);
        return 0;
    case JUDGE_CANON:
        return canon_fold(&judge->canon, judge->ruleset->folding, record_str(record, FIELD_CALLING),
                          record_str(record, FIELD_CALLED), record->text);
    case JUDGE_SCAN:
        return undisguise_scan(&judge->undisguise, &judge->scan, judge->ruleset, &judge->canon);
    default:
        return evaluate(&judge->evaluator, &judge->scan, &judge->subject, judge->thorough, &judge->verdict);
    }
}

static int run_watched(struct judge *judge, const struct record *record)
{
    int rc = 0;

    for (int stage = 0; stage < JUDGE_STAGES && rc == 0; stage++) {
        judge->mark(judge->mark_ctx, (enum judge_stage)stage);
        rc = run_stage(judge, record, (enum judge_stage)stage);
    }
    judge->mark(judge->mark_ctx, JUDGE_STAGES);
    return rc;
}

/* ---- what is remembered ------------------------------------------------------------------------------------ */

int judge_remember(struct judge *judge, size_t templates)
{
    templates_free(&judge->templates);
    return templates == 0 || (judge->templates = templates_new(templates)) != NULL ? 0 : -TS_ENOMEM;
}

static bool has_template(const struct judge *judge, const struct record *record)
{
    return judge->templates != NULL && record->kind == RECORD_SMS && record->text.n > 0 &&
           record->text.n <= TEMPLATE_MAX_BYTES;
}

/* Behind the numbers. */
static enum template_state look_up(struct judge *judge, const struct record *record)
{
    const struct ruleset *ruleset = judge->ruleset;
    struct subject *subject = &judge->subject;

    judge->signals = fact_signals_of_record(subject);
    if (ruleset->nnumber_questions > 0)
        judge->signals |= fact_signals_of_lists(subject, ruleset->number_questions, ruleset->nnumber_questions);
    judge->template = templates_key(judge->templates, record->text, judge->signals, subject->caller.flags);
    return templates_find(judge->templates, judge->template);
}

static bool is_hit(const struct judge *judge)
{
    return judge->verdict.nfired + judge->verdict.nshadow > 0;
}

/* Of a record that was judged whole. At the first sight of a template only that it was seen. */
static void learn(struct judge *judge)
{
    enum template_state state = TEMPLATE_SEEN;

    if (is_hit(judge)) {
        if (judge->remembered) /* an error of ours, which is told as a mismatch and not made again */
            templates_note(judge->templates, judge->template, TEMPLATE_VARIES);
        return;
    }
    if (judge->state != TEMPLATE_NEW && judge->state != TEMPLATE_SEEN)
        return;
    if (judge->state == TEMPLATE_SEEN)
        state = candidates_whatever_digits(&judge->evaluator, judge->signals) ? TEMPLATE_VARIES : TEMPLATE_CLEAN;
    templates_note(judge->templates, judge->template, state);
}

/* ---- one record, all of it --------------------------------------------------------------------------------- */

static int run(struct judge *judge, const struct record *record, bool whole)
{
    bool template = has_template(judge, record);
    int rc;

    judge->remembered = false;
    if (judge->mark != NULL)
        return run_watched(judge, record);
    if ((rc = run_stage(judge, record, JUDGE_NUMBERS)) != 0)
        return rc;
    judge->remembered = template && (judge->state = look_up(judge, record)) == TEMPLATE_CLEAN;
    if (judge->remembered && !whole) {
        judge->verdict = (struct verdict){.kind = VERDICT_CLEAN, .subject = &judge->subject};
        return 0;
    }
    if ((rc = run_stage(judge, record, JUDGE_CANON)) == 0 && (rc = run_stage(judge, record, JUDGE_SCAN)) == 0)
        rc = run_stage(judge, record, JUDGE_EVALUATE);
    if (rc == 0 && template)
        learn(judge);
    return rc;
}

/* Did the lists change while they were asked, and is there a verdict that names their state? */
static bool lists_moved(const struct judge *judge)
{
    const struct list_view *view = &judge->lists;

    return view->asked && is_hit(judge) &&
           (view->version % 2 != 0 || lists_version(view->lists) != view->version);
}

/* What is not clean is judged by one state of the lists, which it names; while they are loaded it is not waited for. */
static int judge_with(struct judge *judge, const struct record *record, bool whole, const struct verdict **verdict)
{
    int rc = run(judge, record, whole);

    for (int again = 0; again < 3 && rc == 0 && lists_moved(judge); again++)
        rc = run(judge, record, whole);
    *verdict = rc == 0 ? &judge->verdict : NULL;
    return rc;
}

int judge_record(struct judge *judge, const struct record *record, const struct verdict **verdict)
{
    return judge_with(judge, record, false, verdict);
}

int judge_whole(struct judge *judge, const struct record *record, const struct verdict **verdict)
{
    return judge_with(judge, record, true, verdict);
}

bool judge_remembered(const struct judge *judge)
{
    return judge->remembered;
}

void judge_watch(struct judge *judge, void (*mark)(void *ctx, enum judge_stage next), void *ctx)
{
    judge->mark = mark;
    judge->mark_ctx = ctx;
}

void judge_thorough(struct judge *judge, bool thorough)
{
    judge->thorough = thorough;
}

enum rule_outcome judge_why(struct judge *judge, uint32_t rule, char *why, size_t size)
{
    return evaluate_why(&judge->evaluator, rule, why, size);
}

enum rule_outcome judge_without(struct judge *judge, uint32_t rule, const struct library *library)
{
    return evaluate_without(&judge->evaluator, rule, library);
}

struct polarity_cause judge_because(const struct judge *judge, const struct match *match)
{
    return polarity_because(&judge->evaluator.polarity, judge->ruleset->polarity, &judge->canon,
                            &judge->evaluator.segments, match);
}

const struct undisguise *judge_undisguise(const struct judge *judge)
{
    return &judge->undisguise;
}

int judge_features(struct judge *judge, struct model_features *out)
{
    return model_view_features(&judge->model, &judge->subject, out);
}

int judge_find(struct judge *judge, struct scan **scan)
{
    *scan = &judge->scan;
    return scan_find(&judge->scan, judge->ruleset, &judge->canon, NULL);
}

/* ---- cross-check ------------------------------------------------------------------------------------------- */

/* What both have is taken away; what is left, one of them has alone. */
static bool differ(const struct scan *scan, bool *reference, size_t nphrases, uint32_t *phrase)
{
    const bool *left;

    for (size_t i = 0; i < scan->nfound; i++)
        if (!reference[*phrase = scan->found[i].phrase])
            return true;
    for (size_t i = 0; i < scan->nfound; i++)
        reference[scan->found[i].phrase] = false;
    if ((left = memchr(reference, true, nphrases * sizeof(*reference))) != NULL)
        *phrase = (uint32_t)(left - reference);
    return left != NULL;
}

/* Of samples it is asked whether our search for the places of regular expressions loses any; PCRE2's own two ways of
 * matching are held against each other on sampled records, some expressions on each. */
int judge_cross_check(struct judge *judge, char *what, size_t size)
{
    unsigned turn = judge->thorough ? REFERENCE_QUICK : judge->checks++ % REFERENCE_TURNS;
    const struct ruleset *ruleset = judge->ruleset;
    const struct set_entry *set;
    uint32_t phrase;
    int rc;

    if (judge->remembered && is_hit(judge)) {
        snprintf(what, size, "template");
        return 1;
    }
    if (judge->reference == NULL && (judge->reference = calloc(ruleset->nphrases + 1, sizeof(bool))) == NULL)
        return -TS_ENOMEM;
    if ((rc = scan_find(&judge->scan, ruleset, &judge->canon, NULL)) != 0 ||
        (rc = reference_find(ruleset, &judge->canon, turn, judge->reference)) != 0)
        return rc;
    if (!differ(&judge->scan, judge->reference, ruleset->nphrases, &phrase))
        return 0;
    set = &ruleset->sets[ruleset->phrases[phrase].set];
    snprintf(what, size, "%s.%s", set->library->name, set->set->name);
    return 1;
}

const char *fired_state_name(const struct fired *fired)
{
    return fired->demoted ? "demoted" : rule_state_name(fired->rule->state);
}

const char *verdict_name(enum verdict_kind kind)
{
    static const char *const names[] = {"clean", "warned", "suppressed"};
    return names[kind];
}
