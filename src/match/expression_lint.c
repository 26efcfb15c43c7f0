/* expression_lint.c - terms that can never be true where they stand.
 *
 * On the way down, what must hold beside a term is collected: the items of every `and` above it. A term is told when
 * nothing can make it true by itself, or when it cannot hold together with one of those. Pairs are looked at, no more:
 * what takes three terms to contradict each other stays unnoticed. */
#include "match/expression_tree.h"

#include <stdio.h>

#define MAX_REQUIRED 128 /* terms that must hold together; more are not looked at */

struct literal {
    const struct term *term;
    const struct term *owner; /* the condition it was written in, as the expression names it; NULL: here */
    bool want;
    struct str text;
};

struct lint {
    const uint32_t *counts;
    const struct expression *expression;
    const struct document *document;
    const char *path;
    struct err *warnings;
    struct literal required[MAX_REQUIRED];
    size_t n;
};

/* Where a node stands: in which text, within which named condition, and at which place of the expression looked at. */
struct where {
    struct str text;
    const struct term *owner;
    size_t pos;
};

static const char *no_of(const struct literal *literal)
{
    return literal->want ? "" : "not ";
}

/* ---- one term ---------------------------------------------------------------------------------------------- */

static const struct set_ref *empty_set(const struct lint *lint, const struct term *term)
{
    for (size_t i = 0; i < term->nsets; i++) {
        if (lint->counts[term->sets[i].set] == 0)
            return &term->sets[i];
    }
    return NULL;
}

static uint32_t phrases_of(const struct lint *lint, const struct term *term)
{
    uint32_t n = 0;

    for (size_t i = 0; i < term->nsets; i++) {
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again |= term->sets[k].set == term->sets[i].set;
        n += again ? 0 : lint->counts[term->sets[i].set];
    }
    return n;
}

static bool count_can(const struct term *term, bool want, uint32_t phrases)
{
    for (uint32_t n = 0; n <= phrases && n <= EXPRESSION_MAX_COUNT + 1; n++) {
        if (compare_holds(n, term->compare, term->number) == want)
            return true;
    }
    return false;
}

/* Why the term cannot be as wanted, whatever else holds; false when it can. */
static bool is_impossible(const struct lint *lint, const struct literal *literal, char *why, size_t size)
{
    const struct term *term = literal->term;
    const struct set_ref *empty = empty_set(lint, term);

    if (term->kind == TERM_COUNT) {
        uint32_t phrases = phrases_of(lint, term);
        snprintf(why, size, "there are only %u phrases to count", phrases);
        return !count_can(term, literal->want, phrases);
    }
    if (term->kind == TERM_STARTS && term->nsets > 1)
        return false;
    if (empty != NULL && literal->want)
        snprintf(why, size, "no phrase of \"%.*s\" is in force", STR_FMT(empty->name));
    return empty != NULL && literal->want;
}

/* ---- two terms --------------------------------------------------------------------------------------------- */

static bool has_set(const struct term *term, uint32_t set)
{
    for (size_t i = 0; i < term->nsets; i++) {
        if (term->sets[i].set == set)
            return true;
    }
    return false;
}

/* Does the literal need a live hit of this set? */
static bool needs_live(const struct literal *literal, uint32_t set)
{
    const struct term *term = literal->term;

    switch (term->kind) {
    case TERM_NEAR:
    case TERM_THEN:
    case TERM_SAME: return literal->want && has_set(term, set);
    case TERM_STARTS: return literal->want && term->nsets == 1 && has_set(term, set);
    case TERM_COUNT:
        return term->nsets == 1 && has_set(term, set) && compare_holds(0, term->compare, term->number) != literal->want;
    default: return false;
    }
}

/* Does `absent` say that `present` cannot be? */
static bool sets_exclude(const struct literal *absent, const struct literal *present)
{
    const struct term *a = absent->term, *p = present->term;

    if (a->kind != TERM_SET || absent->want)
        return false;
    if (p->kind == TERM_SET && p->sets[0].set == a->sets[0].set)
        return present->want && (p->polarity & ~a->polarity) == 0;
    return (a->polarity & POLARITY_LIVE) != 0 && needs_live(present, a->sets[0].set);
}

static bool numbers_exclude(const struct literal *a, const struct literal *b)
{
    for (int i = 0; i < 2; i++) {
        double at = (i == 0 ? a : b)->term->number;
        for (int step = -1; step <= 1; step++) {
            double value = at + 0.25 * step;
            if (compare_holds(value, a->term->compare, a->term->number) == a->want &&
                compare_holds(value, b->term->compare, b->term->number) == b->want)
                return false;
        }
    }
    return true;
}

static size_t common_words(const struct term *a, const struct term *b)
{
    size_t n = 0;

    for (size_t i = 0; i < a->nwords; i++) {
        for (size_t k = 0; k < b->nwords; k++)
            n += str_eq(a->words[i], b->words[k]);
    }
    return n;
}

static bool words_exclude(const struct literal *a, const struct literal *b)
{
    bool one_of_a = a->want != a->term->inverted, one_of_b = b->want != b->term->inverted;
    size_t common = common_words(a->term, b->term);

    if (one_of_a && one_of_b)
        return common == 0;
    if (one_of_a == one_of_b)
        return false;
    return common >= (one_of_a ? a->term->nwords : b->term->nwords);
}

static bool is_of_fact(const struct term *term)
{
    return term->kind == TERM_FACT || term->kind == TERM_NUM || term->kind == TERM_WORD || term->kind == TERM_FLAG;
}

static bool facts_exclude(const struct literal *a, const struct literal *b)
{
    const struct term *x = a->term, *y = b->term;

    if (x->kind == TERM_LIST && y->kind == TERM_LIST)
        return x->question.what == y->question.what && x->question.list == y->question.list &&
               (a->want != x->inverted) != (b->want != y->inverted);
    if (x->kind == TERM_SCORE && y->kind == TERM_SCORE)
        return numbers_exclude(a, b);
    if (x->kind == TERM_KNOWN && !a->want && is_of_fact(y))
        return x->fact == y->fact;
    if (x->kind != y->kind || !(is_of_fact(x) || x->kind == TERM_KNOWN) || x->fact != y->fact)
        return false;
    switch (x->kind) {
    case TERM_NUM: return numbers_exclude(a, b);
    case TERM_WORD: return words_exclude(a, b);
    case TERM_FLAG: return x->flags == y->flags && (a->want != x->inverted) != (b->want != y->inverted);
    default: return (a->want != x->inverted) != (b->want != y->inverted);
    }
}

static bool exclude(const struct literal *a, const struct literal *b)
{
    return sets_exclude(a, b) || sets_exclude(b, a) || facts_exclude(a, b) || facts_exclude(b, a);
}

/* ---- walk -------------------------------------------------------------------------------------------------- */

static void tell(const struct lint *lint, const struct where *where, const struct literal *literal,
                 const struct literal *other, const char *why)
{
    if (other != NULL)
        expression_problem(lint->document, lint->warnings, lint->path, lint->expression->text, where->pos,
                           "\"%s%.*s\" can never be true beside \"%s%.*s\", which must be true too; leave one out",
                           no_of(literal), STR_FMT(literal->text), no_of(other), STR_FMT(other->text));
    else
        expression_problem(lint->document, lint->warnings, lint->path, lint->expression->text, where->pos,
                           "\"%s%.*s\" can never be true: %s", no_of(literal), STR_FMT(literal->text), why);
}

/* What is wrong within a named condition is told where it is written. */
static void look_at(struct lint *lint, const struct node *node, bool want, const struct where *where)
{
    struct literal literal = {node->term, where->owner, want, {where->text.p + node->from, node->to - node->from}};
    char why[160];

    if (where->owner == NULL && is_impossible(lint, &literal, why, sizeof(why)))
        tell(lint, where, &literal, NULL, why);
    for (size_t i = 0; i < lint->n; i++) {
        const struct literal *other = &lint->required[i];
        if ((other->owner == NULL || other->owner != literal.owner) && exclude(&literal, other)) {
            tell(lint, where, &literal, other, "");
            break;
        }
    }
    if (lint->n < MAX_REQUIRED)
        lint->required[lint->n++] = literal;
}

/* Must all items be as wanted for the node to be? */
static bool needs_all(const struct node *node, bool want)
{
    switch (node->kind) {
    case NODE_AND: return want;
    case NODE_OR: return !want;
    case NODE_OF: return node->of == (want ? node->nchild : 1);
    default: return false;
    }
}

/* Step through nots and names. */
static const struct node *inner(const struct node *node, bool *want, struct where *where)
{
    for (;;) {
        if (where->owner == NULL)
            where->pos = node->from;
        if (node->kind == NODE_NOT) {
            *want = !*want;
            node = node->child;
        } else if (node->kind == NODE_TERM && node->term->kind == TERM_CONDITION) {
            where->owner = where->owner != NULL ? where->owner : node->term;
            where->text = node->term->condition->text;
            node = node->term->condition->root;
        } else {
            return node;
        }
    }
}

/* Note what must hold: single terms, and those of `and`s within. */
static void require(struct lint *lint, const struct node *node, bool want, struct where where)
{
    node = inner(node, &want, &where);
    if (node->kind == NODE_TERM)
        look_at(lint, node, want, &where);
    for (const struct node *child = node->child; needs_all(node, want) && child != NULL; child = child->next)
        require(lint, child, want, where);
}

/* Then what may hold: each item by itself beside what must. */
static void branch(struct lint *lint, const struct node *node, bool want, struct where where)
{
    node = inner(node, &want, &where);
    for (const struct node *child = node->child; child != NULL; child = child->next) {
        size_t n = lint->n;
        if (!needs_all(node, want))
            require(lint, child, want, where);
        branch(lint, child, want, where);
        lint->n = n;
    }
}

void expression_lint(const struct expression *expression, const uint32_t *counts, const struct document *document,
                     const char *path, struct err *warnings)
{
    struct lint lint = {counts, expression, document, path, warnings, {{0}}, 0};
    struct where where = {expression->text, NULL, 0};

    require(&lint, expression->root, true, where);
    branch(&lint, expression->root, true, where);
}
