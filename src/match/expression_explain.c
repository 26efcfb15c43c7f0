/* expression_explain.c - two questions about an expression, both by walking its tree: what was missing for it
 * to be true (`explain`), and could it be true by one fragment alone (lint at load). */
#include "match/expression_tree.h"

#include <stdio.h>

/* ---- what was missing ---- */

struct missing {
    struct eval *eval;
    struct str text;
    char *out;
    size_t size, used;
};

static void write_term(struct missing *missing, const struct node *node, bool want, enum tri value)
{
    int n;

    if (missing->used >= missing->size)
        return;
    n = snprintf(missing->out + missing->used, missing->size - missing->used, "%s%s%.*s%s",
                 missing->used > 0 ? ", " : "", want ? "" : "not ", (int)(node->to - node->from),
                 missing->text.p + node->from, value == TRI_UNKNOWN ? " (unknown)" : "");
    missing->used += n > 0 ? (size_t)n : 0;
}

/* How many items must be as wanted for the node to be as wanted. */
static unsigned items_needed(const struct node *node, bool want)
{
    unsigned need = node->kind == NODE_AND ? node->nchild : node->kind == NODE_OR ? 1 : node->of;

    return want ? need : node->nchild - need + 1;
}

static unsigned price(const struct missing *missing, const struct node *node, bool want);

struct choice { /* the cheapest items that make up what is needed, NODE_OF has at most 255 */
    const struct node *item[256];
    unsigned price[256];
    unsigned n, wanted;
};

static void offer(struct choice *choice, const struct node *item, unsigned cost)
{
    unsigned i = choice->n < choice->wanted ? choice->n++ : choice->wanted;

    for (; i > 0 && choice->price[i - 1] > cost; i--) {
        if (i < choice->wanted) {
            choice->price[i] = choice->price[i - 1];
            choice->item[i] = choice->item[i - 1];
        }
    }
    if (i < choice->wanted) {
        choice->price[i] = cost;
        choice->item[i] = item;
    }
}

/* Terms missing in all items not as wanted, or in the cheapest that are enough (then *choice has them). */
static unsigned price_items(const struct missing *missing, const struct node *node, bool want,
                            struct choice *choice)
{
    unsigned need = items_needed(node, want), total = 0;

    *choice = (struct choice){0};
    choice->wanted = need < node->nchild ? need : 0;
    for (const struct node *child = node->child; child != NULL; child = child->next) {
        unsigned cost = price(missing, child, want);
        total += cost;
        if (choice->wanted > 0)
            offer(choice, child, cost);
    }
    if (choice->wanted == 0)
        return total;
    total = 0;
    for (unsigned i = 0; i < choice->n; i++)
        total += choice->price[i];
    return total;
}

/* The smallest number of terms that would have to change. */
static unsigned price(const struct missing *missing, const struct node *node, bool want)
{
    struct choice choice;

    switch (node->kind) {
    case NODE_TERM: return node_eval(node, !want, missing->eval) != tri_of(want);
    case NODE_NOT: return price(missing, node->child, !want);
    default: return price_items(missing, node, want, &choice);
    }
}

static void walk(struct missing *missing, const struct node *node, bool want)
{
    struct choice choice;
    enum tri value;

    switch (node->kind) {
    case NODE_TERM:
        value = node_eval(node, !want, missing->eval);
        if (value != tri_of(want))
            write_term(missing, node, want, value);
        break;
    case NODE_NOT: walk(missing, node->child, !want); break;
    default:
        price_items(missing, node, want, &choice);
        for (const struct node *child = node->child; choice.wanted == 0 && child != NULL; child = child->next)
            walk(missing, child, want);
        for (unsigned i = 0; i < choice.n; i++)
            walk(missing, choice.item[i], want);
        break;
    }
}

const char *expression_missing(const struct expression *expression, struct eval *eval, char *out, size_t size)
{
    struct missing missing = {eval, expression->text, out, size, 0};

    if (size > 0)
        out[0] = '\0';
    walk(&missing, expression->root, true);
    return out;
}

/* ---- true by one fragment alone? ---- */

struct guess { /* a record where only this is there */
    bool set;
    uint32_t only_set;
    bool international;
};

/* Facts that are no evidence: what every record has some value of. */
static bool is_free(enum fact fact)
{
    return fact < FACT_CALLER_KIND || fact == FACT_TEXT_LENGTH || fact == FACT_TEXT_ASR ||
           fact == FACT_TEXT_TRUNCATED || fact == FACT_TEXT_INCOMPLETE || fact == FACT_TEXT_SIGNATURE ||
           fact == FACT_TEXT_OPTOUT;
}

static bool is_hit(const struct guess *guess, const struct term *term)
{
    for (size_t i = 0; guess->set && i < term->nsets; i++) {
        if (term->sets[i].set == guess->only_set)
            return true;
    }
    return false;
}

/* Can the term be as wanted? */
static bool term_can(const struct term *term, bool want, const struct guess *guess)
{
    switch (term->kind) {
    case TERM_SET: return (is_hit(guess, term) && (term->polarity & POLARITY_LIVE) != 0) == want;
    case TERM_STARTS: return is_hit(guess, term) || !want;
    case TERM_COUNT: return compare_holds(is_hit(guess, term), term->compare, term->number) == want;
    case TERM_SCORE: return compare_holds(guess->set ? 2 : 0, term->compare, term->number) == want;
    case TERM_FACT:
        return is_free(term->fact) ||
               (guess->international && term->fact == FACT_CALLER_INTERNATIONAL) == want;
    case TERM_NUM:
    case TERM_WORD:
    case TERM_FLAG: return is_free(term->fact) || term->inverted == want;
    case TERM_LIST: return term->inverted == want;
    case TERM_KNOWN: return true;
    default: return !want; /* near, then, same: two hits */
    }
}

static bool can(const struct node *node, bool want, const struct guess *guess)
{
    unsigned n = 0;

    if (node->kind == NODE_TERM)
        return node->term->kind == TERM_CONDITION ? can(node->term->condition->root, want, guess)
                                                  : term_can(node->term, want, guess);
    if (node->kind == NODE_NOT)
        return can(node->child, !want, guess);
    for (const struct node *child = node->child; child != NULL; child = child->next)
        n += can(child, want, guess);
    return n >= items_needed(node, want);
}

struct alone {
    const struct expression *expression;
    char *out;
    size_t size;
    bool found;
};

static const struct term *find_set(const struct node *node, uint32_t set, struct str *name)
{
    if (node->kind == NODE_TERM && node->term->kind == TERM_CONDITION)
        return find_set(node->term->condition->root, set, name);
    for (size_t i = 0; node->kind == NODE_TERM && i < node->term->nsets; i++) {
        if (node->term->sets[i].set == set) {
            *name = node->term->sets[i].name;
            return node->term;
        }
    }
    for (const struct node *child = node->child; child != NULL; child = child->next) {
        const struct term *term = find_set(child, set, name);
        if (term != NULL)
            return term;
    }
    return NULL;
}

static void try_set(void *ctx, uint32_t set)
{
    struct alone *alone = ctx;
    struct guess guess = {.set = true, .only_set = set};
    struct str name = {"", 0};

    if (alone->found || !can(alone->expression->root, true, &guess))
        return;
    alone->found = true;
    find_set(alone->expression->root, set, &name);
    snprintf(alone->out, alone->size, "%.*s", STR_FMT(name));
}

const char *expression_alone(const struct expression *expression, char *set, size_t size)
{
    struct alone alone = {expression, set, size, false};
    struct guess nothing = {0}, international = {.international = true};

    if (can(expression->root, true, &nothing)) {
        snprintf(set, size, "nothing");
        return set;
    }
    if (can(expression->root, true, &international)) {
        snprintf(set, size, "caller.international");
        return set;
    }
    expression_sets(expression, try_set, &alone);
    return alone.found ? set : NULL;
}
