/* expression_possible.c - can an expression come true, judged by which sets were found at all and by facts: first by
 * those that cost nothing, at last by all? Polarity and places are not looked at: whatever they are, they only make it
 * less true. The cheap question before the dear ones, asked of several rules a record: so it is flat, a step per term
 * that can say no, and each step tells where to go on. */
#include "match/expression_tree.h"
#include "match/fact_signal.h"

#include "core/err.h"

#include <math.h>
#include <stdlib.h>

#define YES UINT32_MAX
#define NO (UINT32_MAX - 1)
#define MAX_STEPS (2 * EXPRESSION_MAX_SIZE)
#define MAX_VISITS (16 * MAX_STEPS) /* 20 of 40 items that cannot say no have no steps, but all their combinations */

/* Of sets (`term` NULL): there must be `need` phrases, of all its sets together or, with `every`, of each. Of a fact:
 * the term must be true or, with `want` false, not; that takes one of these flags, unless 0, and no signal against it.
 * One line of memory, with the sets' numbers elsewhere only when there are several. */
struct possible_step {
    const struct term *term;
    union {
        const uint32_t *sets; /* several */
        uint64_t against;
    };
    union {
        uint32_t set; /* the only one */
        uint32_t flags;
    };
    uint32_t nsets, need;
    uint32_t yes, no; /* steps */
    bool every, want;
};

struct writer {
    struct arena *arena;
    struct possible_step *steps;
    uint32_t n, visits;
    bool out_of_memory;
};

/* ---- making ------------------------------------------------------------------------------------------------ */

/* Without room for more it is "perhaps". */
static uint32_t put(struct writer *writer, struct possible_step step)
{
    if (step.yes == step.no || writer->n == MAX_STEPS)
        return step.yes;
    writer->steps[writer->n] = step;
    return writer->n++;
}

static uint32_t put_sets(struct writer *writer, const struct term *term, uint32_t need, bool every, uint32_t yes,
                         uint32_t no)
{
    struct possible_step step = {.nsets = (uint32_t)term->nsets, .need = need, .every = every, .yes = yes, .no = no};
    uint32_t *sets;

    if (term->nsets == 1) {
        step.set = term->sets[0].set;
        return put(writer, step);
    }
    if ((sets = arena_calloc(writer->arena, term->nsets, sizeof(*sets))) == NULL) {
        writer->out_of_memory = true;
        return yes;
    }
    for (size_t i = 0; i < term->nsets; i++)
        sets[i] = term->sets[i].set;
    step.sets = sets;
    return put(writer, step);
}

static uint32_t put_fact(struct writer *writer, const struct term *term, bool want, uint32_t yes, uint32_t no)
{
    struct possible_step step = {.term = term, .want = want, .yes = yes, .no = no};

    switch (term->kind) {
    case TERM_LIST: step.against = fact_against_listed(term->question.what, want != term->inverted); break;
    case TERM_FACT: step.against = fact_against_truth(term->fact, want != term->inverted); break;
    case TERM_WORD:
        step.against = fact_against_words(term->fact, term->words, term->nwords, want != term->inverted);
        break;
    case TERM_NUM:
        step.against = compare_holds(0, term->compare, term->number) != want ? fact_against_zero(term->fact) : 0;
        break;
    case TERM_FLAG:
        step.flags = want != term->inverted && term->fact == FACT_CALLER_FLAGS ? term->flags : 0;
        break;
    default: break;
    }
    return put(writer, step);
}

/* What cannot say no is "perhaps": a set that must not be there may be so negated. The learned score is too dear to be
 * asked before all else holds. */
static uint32_t put_term(struct writer *writer, const struct term *term, bool want, uint32_t yes, uint32_t no)
{
    switch (term->kind) {
    case TERM_SET:
    case TERM_STARTS: return want ? put_sets(writer, term, 1, false, yes, no) : yes;
    case TERM_NEAR:
    case TERM_THEN:
    case TERM_SAME: return want ? put_sets(writer, term, 1, true, yes, no) : yes;
    case TERM_COUNT:
        return want && !compare_holds(0, term->compare, term->number)
                   ? put_sets(writer, term, (uint32_t)fmax(1, ceil(term->number)), false, yes, no) : yes;
    case TERM_FACT:
    case TERM_WORD:
    case TERM_FLAG:
    case TERM_NUM:
    case TERM_KNOWN: return term->fact != FACT_MODEL_SCORE ? put_fact(writer, term, want, yes, no) : yes;
    case TERM_LIST: return put_fact(writer, term, want, yes, no);
    default: return yes;
    }
}

static uint32_t put_node(struct writer *writer, const struct node *node, bool want, uint32_t yes, uint32_t no);

/* Of the `left` items from `node` on `need` must be as wanted. Steps are made from the last item on. */
static uint32_t put_items(struct writer *writer, const struct node *node, unsigned left, unsigned need, bool want,
                          uint32_t yes, uint32_t no)
{
    uint32_t next_yes, next_no;

    if (need == 0)
        return yes;
    if (left < need)
        return no;
    if (writer->n == MAX_STEPS || writer->visits++ >= MAX_VISITS)
        return yes;
    next_yes = put_items(writer, node->next, left - 1, need - 1, want, yes, no);
    next_no = put_items(writer, node->next, left - 1, need, want, yes, no);
    return put_node(writer, node, want, next_yes, next_no);
}

/* The step at which to ask whether the subtree can be true, or with `want` false, not true. */
static uint32_t put_node(struct writer *writer, const struct node *node, bool want, uint32_t yes, uint32_t no)
{
    unsigned need = 1;

    switch (node->kind) {
    case NODE_TERM:
        return node->term->kind == TERM_CONDITION ? put_node(writer, node->term->condition->root, want, yes, no)
                                                  : put_term(writer, node->term, want, yes, no);
    case NODE_NOT: return put_node(writer, node->child, !want, yes, no);
    case NODE_AND: need = want ? node->nchild : 1; break;
    case NODE_OR: need = want ? 1 : node->nchild; break;
    case NODE_OF: need = want ? node->of : node->nchild - node->of + 1; break;
    }
    return put_items(writer, node->child, node->nchild, need, want, yes, no);
}

int expression_prepare_possible(struct expression *expression, struct arena *arena)
{
    struct writer writer = {.arena = arena, .steps = malloc(MAX_STEPS * sizeof(*writer.steps))};
    struct possible_step *steps;

    if (writer.steps == NULL)
        return -TS_ENOMEM;
    expression->possible_from = put_node(&writer, expression->root, true, YES, NO);
    steps = arena_calloc(arena, writer.n + 1, sizeof(*steps));
    if (steps != NULL)
        memcpy(steps, writer.steps, writer.n * sizeof(*steps));
    expression->possible = steps;
    free(writer.steps);
    return steps != NULL && !writer.out_of_memory ? 0 : -TS_ENOMEM;
}

/* ---- asking ------------------------------------------------------------------------------------------------ */

static bool sets_possible(const struct possible_step *step, const struct presence *presence)
{
    const uint32_t *sets = step->nsets == 1 ? &step->set : step->sets;
    uint32_t n = 0;

    for (uint32_t i = 0; i < step->nsets; i++) {
        bool hit = (presence->hit_mask[sets[i] / 64] >> sets[i] % 64 & 1) != 0;
        uint32_t there = hit ? presence->there(presence->ctx, sets[i], step->need - n) : 0;

        if (step->every ? there == 0 : (n += there) >= step->need)
            return !step->every;
    }
    return step->every;
}

/* Whether a contact is in a list is sure when all is that is asked about contacts. */
static bool is_sure(const struct term *term, uint64_t sure)
{
    if (sure == FACTS_ALL)
        return true;
    switch (term->kind) {
    case TERM_FACT:
    case TERM_NUM:
    case TERM_WORD:
    case TERM_FLAG:
    case TERM_KNOWN: return (sure >> term->fact & 1) != 0;
    case TERM_LIST:
        return listable_needs_contacts(term->question.what) && (sure & FACTS_OF_CONTACTS) == FACTS_OF_CONTACTS;
    default: return false;
    }
}

static bool fact_possible(const struct possible_step *step, const struct presence *presence)
{
    if ((presence->signals & step->against) != 0 || (step->flags != 0 && (presence->flags & step->flags) == 0))
        return false;
    return presence->facts == NULL || !is_sure(step->term, presence->sure) ||
           term_eval(step->term, !step->want, presence->facts) == tri_of(step->want);
}

bool expression_possible(const struct expression *expression, const struct presence *presence)
{
    uint32_t at = expression->possible_from;

    while (at < NO) {
        const struct possible_step *step = &expression->possible[at];
        bool may = step->term != NULL ? fact_possible(step, presence) : sets_possible(step, presence);

        at = may ? step->yes : step->no;
    }
    return at == YES;
}
