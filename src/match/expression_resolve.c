/* expression_resolve.c - bind the names, measure, then write flat code: conditions are inlined; within and/or/of the
 * items that need the text's contacts come behind the others, and last those that need the learned score, because the
 * order changes no value and these are dear. */
#include "match/expression_tree.h"

#include <stdio.h>
#include <stdlib.h>

struct resolve {
    struct expression *expression;
    const struct expression_scope *scope;
    const struct document *document;
    const char *path;
    struct arena *arena;
    struct err *err;
    bool failed; /* a problem was told, here or in a condition */
};

/* ---- names ---- */

static const char *nearest_name(const struct resolve *resolve, const char *name)
{
    const char *const *names = resolve->scope->names(resolve->scope->ctx);
    const char *nearest = names != NULL ? err_nearest(name, names) : NULL;

    return nearest != NULL ? nearest : err_nearest(name, fact_names());
}

static void tell_unknown(struct resolve *resolve, const struct set_ref *ref)
{
    char name[64];
    const char *nearest;

    snprintf(name, sizeof(name), "%.*s", ref->name.n < sizeof(name) ? (int)ref->name.n : 0, ref->name.p);
    nearest = nearest_name(resolve, name);
    expression_problem(resolve->document, resolve->err, resolve->path, resolve->expression->text, ref->pos,
                       nearest != NULL ? "unknown set or condition \"%.*s\" (did you mean \"%s\"?)"
                                       : "unknown set or condition \"%.*s\"%s",
                       STR_FMT(ref->name), nearest != NULL ? nearest : "");
    resolve->failed = true;
}

static void bind_condition(struct resolve *resolve, struct term *term, struct expression *condition)
{
    if (condition->state == EXPRESSION_NEW)
        expression_resolve(condition, resolve->scope, resolve->document, resolve->path, resolve->arena,
                           resolve->err);
    if (condition->state == EXPRESSION_BUSY && !condition->cycle_told) {
        condition->cycle_told = true;
        expression_problem(resolve->document, resolve->err, resolve->path, resolve->expression->text,
                           term->sets[0].pos, "condition \"%.*s\" rests on itself",
                           STR_FMT(term->sets[0].name));
    }
    if (condition->state != EXPRESSION_READY)
        resolve->failed = true;
    term->kind = TERM_CONDITION;
    term->condition = condition;
}

static void bind_list(struct resolve *resolve, struct term *term)
{
    const struct expression_scope *scope = resolve->scope;
    size_t pos = (size_t)(term->list.p - resolve->expression->text.p);

    if (scope->list != NULL && scope->list(scope->ctx, term->list, &term->question.list))
        return;
    expression_problem(resolve->document, resolve->err, resolve->path, resolve->expression->text, pos,
                       scope->list != NULL ? "out of memory" : "lists cannot be asked here");
    resolve->failed = true;
}

static void bind_term(struct resolve *resolve, struct term *term)
{
    if (term->kind == TERM_LIST)
        bind_list(resolve, term);
    for (size_t i = 0; i < term->nsets; i++) {
        struct set_ref *ref = &term->sets[i];
        struct symbol symbol = resolve->scope->lookup(resolve->scope->ctx, ref->name);
        if (symbol.kind == SYMBOL_NONE) {
            tell_unknown(resolve, ref);
        } else if (symbol.kind == SYMBOL_SET) {
            ref->set = symbol.set;
            term->whole |= symbol.whole;
            if (term->kind == TERM_NAME)
                term->kind = TERM_SET;
        } else if (term->kind == TERM_NAME) {
            bind_condition(resolve, term, symbol.condition);
        } else {
            expression_problem(resolve->document, resolve->err, resolve->path, resolve->expression->text,
                               ref->pos, "a set expected; \"%.*s\" is a condition", STR_FMT(ref->name));
            resolve->failed = true;
        }
    }
}

static void bind(struct resolve *resolve, struct node *node)
{
    if (node->kind == NODE_TERM)
        bind_term(resolve, node->term);
    for (struct node *child = node->child; child != NULL; child = child->next)
        bind(resolve, child);
}

/* ---- measures ---- */

/* What the terms ask for, all together. */
static void measure(struct expression *expression, const struct node *node)
{
    const struct term *term = node->term;

    for (const struct node *child = node->child; child != NULL; child = child->next)
        measure(expression, child);
    if (node->kind != NODE_TERM)
        return;
    if (term->kind == TERM_CONDITION)
        measure(expression, term->condition->root);
    else if (term->kind == TERM_SCORE)
        expression->scored = true;
    for (size_t i = 0; term->kind == TERM_STARTS && i < term->nsets; i++) {
        expression->opening_sets |= EXPRESSION_SET_BIT(term->sets[i].set);
        expression->opening = (double)expression->opening < term->number ? (uint32_t)term->number : expression->opening;
    }
}

static enum cost fact_cost(enum fact fact)
{
    return fact == FACT_MODEL_SCORE ? COST_MODEL : fact_needs_contacts(fact) ? COST_CONTACTS : COST_LITTLE;
}

static enum cost term_cost(const struct term *term)
{
    switch (term->kind) {
    case TERM_CONDITION: return term->condition->cost;
    case TERM_LIST: return listable_needs_contacts(term->question.what) ? COST_CONTACTS : COST_LITTLE;
    case TERM_KNOWN:
    case TERM_FACT:
    case TERM_NUM:
    case TERM_WORD: return fact_cost(term->fact);
    default: return COST_LITTLE;
    }
}

/* Of the dearest of its terms. */
static enum cost node_cost(const struct node *node)
{
    enum cost cost = node->kind == NODE_TERM ? term_cost(node->term) : COST_LITTLE;

    for (const struct node *child = node->child; child != NULL; child = child->next) {
        enum cost one = node_cost(child);
        cost = one > cost ? one : cost;
    }
    return cost;
}

static size_t node_size(const struct node *node)
{
    size_t size = 1;

    if (node->kind == NODE_TERM && node->term->kind == TERM_CONDITION)
        return 1 + node->term->condition->size;
    for (const struct node *child = node->child; child != NULL && size <= EXPRESSION_MAX_SIZE;
         child = child->next)
        size += node_size(child);
    return size;
}

/* ---- code ---- */

struct writer {
    struct code *code;
    size_t n, cap;
    unsigned depth, deepest;
};

static size_t put(struct writer *writer, struct code code)
{
    if (writer->n < writer->cap)
        writer->code[writer->n] = code;
    return writer->n++;
}

static void push(struct writer *writer, unsigned n)
{
    writer->depth += n;
    if (writer->depth > writer->deepest)
        writer->deepest = writer->depth;
}

static void write_node(struct writer *writer, const struct node *node, bool excluding);

static void write_chain_item(struct writer *writer, const struct node *node, const struct node *child,
                             bool excluding, bool first, size_t *jumps, size_t *njumps)
{
    if (!first) {
        jumps[(*njumps)++] =
            put(writer, (struct code){.op = node->kind == NODE_AND ? CODE_JUMP_IF_FALSE : CODE_JUMP_IF_TRUE});
    }
    write_node(writer, child, excluding);
    if (!first) {
        put(writer, (struct code){.op = node->kind == NODE_AND ? CODE_AND : CODE_OR});
        writer->depth--;
    }
}

static void write_of_item(struct writer *writer, const struct node *node, const struct node *child,
                          bool excluding, unsigned left, size_t *jumps, size_t *njumps)
{
    write_node(writer, child, excluding);
    jumps[(*njumps)++] =
        put(writer, (struct code){.op = CODE_OF_ADD, .of = (uint16_t)node->of, .left = (uint16_t)left});
    writer->depth--;
}

static void write_items(struct writer *writer, const struct node *node, bool excluding)
{
    size_t *jumps = calloc(node->nchild, sizeof(*jumps)); /* to be pointed behind the last item */
    size_t njumps = 0;
    unsigned done = 0;

    if (jumps == NULL) {
        writer->deepest = EXPRESSION_MAX_DEPTH + 1;
        return;
    }
    if (node->kind == NODE_OF) {
        put(writer, (struct code){.op = CODE_OF_BEGIN});
        push(writer, 1);
    }
    for (enum cost cost = COST_LITTLE; cost <= COST_MODEL; cost++) {
        for (const struct node *child = node->child; child != NULL; child = child->next) {
            if (node_cost(child) != cost)
                continue;
            if (node->kind == NODE_OF)
                write_of_item(writer, node, child, excluding, node->nchild - done - 1, jumps, &njumps);
            else
                write_chain_item(writer, node, child, excluding, done == 0, jumps, &njumps);
            done++;
        }
    }
    for (size_t i = 0; i < njumps; i++) {
        if (jumps[i] < writer->cap)
            writer->code[jumps[i]].target = (uint32_t)writer->n;
    }
    free(jumps);
}

static void write_node(struct writer *writer, const struct node *node, bool excluding)
{
    switch (node->kind) {
    case NODE_TERM:
        if (node->term->kind == TERM_CONDITION) {
            write_node(writer, node->term->condition->root, excluding);
        } else {
            put(writer, (struct code){.op = CODE_TERM, .excluding = excluding, .term = node->term});
            push(writer, 1);
        }
        break;
    case NODE_NOT:
        write_node(writer, node->child, !excluding);
        put(writer, (struct code){.op = CODE_NOT});
        break;
    default: write_items(writer, node, excluding); break;
    }
}

static void write_code(struct resolve *resolve)
{
    struct expression *expression = resolve->expression;
    struct writer writer = {.cap = 3 * expression->size}; /* a node is at most itself, a jump and a join */

    writer.code = arena_calloc(resolve->arena, writer.cap, sizeof(*writer.code));
    if (writer.code == NULL || expression_prepare_possible(expression, resolve->arena) != 0) {
        err_add(resolve->err, "%s: out of memory", resolve->path);
        resolve->failed = true;
        return;
    }
    write_node(&writer, expression->root, false);
    if (writer.deepest > EXPRESSION_MAX_DEPTH || writer.n > writer.cap) {
        expression_problem(resolve->document, resolve->err, resolve->path, expression->text, 0,
                           "nested too deep with the conditions it names (limit %d)", EXPRESSION_MAX_DEPTH);
        resolve->failed = true;
    }
    expression->code = writer.code;
    expression->ncode = writer.n;
}

int expression_resolve(struct expression *expression, const struct expression_scope *scope,
                       const struct document *document, const char *path, struct arena *arena,
                       struct err *err)
{
    struct resolve resolve = {expression, scope, document, path, arena, err, false};

    if (expression->state == EXPRESSION_READY)
        return 0;
    if (expression->state != EXPRESSION_NEW) {
        if (expression->state == EXPRESSION_BUSY && !expression->cycle_told) {
            expression->cycle_told = true;
            expression_problem(document, err, path, expression->text, 0, "this condition rests on itself");
        }
        return -TS_EINVAL;
    }
    expression->state = EXPRESSION_BUSY;
    bind(&resolve, expression->root);
    if (!resolve.failed) {
        expression->size = node_size(expression->root);
        expression->cost = node_cost(expression->root);
        measure(expression, expression->root);
        if (expression->size > EXPRESSION_MAX_SIZE) {
            expression_problem(document, err, path, expression->text, 0,
                               "too large with the conditions it names (limit %d terms)",
                               EXPRESSION_MAX_SIZE);
            resolve.failed = true;
        } else {
            write_code(&resolve);
        }
    }
    expression->state = resolve.failed ? EXPRESSION_FAILED : EXPRESSION_READY;
    return resolve.failed ? -TS_EINVAL : 0;
}
