/* expression_trigger.c - what must at least be there for an expression to be true (or, under a not, false).
 * Every rule of combination only ever asks for less than the truth, so a rule is never skipped wrongly. */
#include "match/expression_tree.h"
#include "match/fact_signal.h"

#include <stdlib.h>

static bool is_nothing(const struct trigger *t)
{
    return t->nsets == 0 && t->against == 0 && t->need_flags_any == 0;
}

/* Fewer sets are cheaper to wait for; no demand on sets is the dearest. */
static size_t cost(const struct trigger *t)
{
    return t->nsets == 0 ? SIZE_MAX - !is_nothing(t) : t->nsets;
}

static int compare_cost(const void *a, const void *b)
{
    size_t x = cost(a), y = cost(b);
    return (x > y) - (x < y);
}

/* Both must hold: keep the cheaper demand on sets, and what speaks against either. */
static struct trigger both(struct trigger a, struct trigger b)
{
    struct trigger out = cost(&a) <= cost(&b) ? a : b;
    const struct trigger *other = cost(&a) <= cost(&b) ? &b : &a;

    out.against |= other->against;
    if (out.need_flags_any == 0)
        out.need_flags_any = other->need_flags_any;
    return out;
}

/* One of them must hold: the union of the sets, what speaks against both. False when memory is out. */
static bool either(struct arena *arena, struct trigger *a, const struct trigger *b)
{
    size_t i = 0, j = 0, n = 0;
    uint32_t *sets = NULL;

    if (a->nsets > 0 && b->nsets > 0) {
        sets = arena_calloc(arena, a->nsets + b->nsets, sizeof(*sets));
        if (sets == NULL)
            return false;
        while (i < a->nsets || j < b->nsets) {
            uint32_t x = i < a->nsets ? a->sets[i] : UINT32_MAX, y = j < b->nsets ? b->sets[j] : UINT32_MAX;
            sets[n++] = x < y ? x : y;
            i += x <= y;
            j += y <= x;
        }
    }
    a->sets = sets;
    a->nsets = n;
    a->against &= b->against;
    a->need_flags_any =
        a->need_flags_any != 0 && b->need_flags_any != 0 ? a->need_flags_any | b->need_flags_any : 0;
    return true;
}

static int compare_sets(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* One of the term's sets; of near, then and same every one must be there, so the first will do. */
static bool list_sets(const struct term *term, struct arena *arena, struct trigger *out)
{
    size_t n = term->kind == TERM_COUNT || term->kind == TERM_STARTS ? term->nsets : 1, used = 0;
    uint32_t *sets = arena_calloc(arena, n, sizeof(*sets));

    if (sets == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        sets[i] = term->sets[i].set;
    qsort(sets, n, sizeof(*sets), compare_sets);
    for (size_t i = 0; i < n; i++) {
        if (used == 0 || sets[i] != sets[used - 1])
            sets[used++] = sets[i];
    }
    out->sets = sets;
    out->nsets = used;
    return true;
}

static bool term_trigger(const struct term *term, bool want, struct arena *arena, struct trigger *out)
{
    bool wants_set = false;

    *out = (struct trigger){0};
    switch (term->kind) {
    case TERM_COUNT: wants_set = compare_holds(0, term->compare, term->number) != want; break;
    case TERM_SET:
    case TERM_NEAR:
    case TERM_THEN:
    case TERM_STARTS:
    case TERM_SAME: wants_set = want; break;
    case TERM_LIST: out->against = fact_against_listed(term->question.what, want != term->inverted); break;
    case TERM_FACT: out->against = fact_against_truth(term->fact, want != term->inverted); break;
    case TERM_WORD:
        out->against = fact_against_words(term->fact, term->words, term->nwords, want != term->inverted);
        break;
    case TERM_FLAG:
        if (want != term->inverted && term->fact == FACT_CALLER_FLAGS)
            out->need_flags_any = term->flags;
        break;
    case TERM_NUM:
        out->against = compare_holds(0, term->compare, term->number) != want ? fact_against_zero(term->fact) : 0;
        break;
    default: break;
    }
    if (!wants_set)
        return true;
    return list_sets(term, arena, out);
}

static bool trigger(const struct node *node, bool want, struct arena *arena, struct trigger *out);

/* `need` of the items must be as wanted: all of them, or one of any n - need + 1. */
static bool items_trigger(const struct node *node, bool want, unsigned need, struct arena *arena,
                          struct trigger *out)
{
    struct trigger *items = arena_calloc(arena, node->nchild, sizeof(*items));
    size_t n = 0;

    if (items == NULL)
        return false;
    for (const struct node *child = node->child; child != NULL; child = child->next) {
        if (!trigger(child, want, arena, &items[n++]))
            return false;
    }
    qsort(items, n, sizeof(*items), compare_cost);
    *out = items[0];
    for (size_t i = 1; need == n && i < n; i++)
        *out = both(*out, items[i]);
    for (size_t i = 1; need < n && i < n - need + 1; i++) {
        if (!either(arena, out, &items[i]))
            return false;
    }
    return true;
}

static bool trigger(const struct node *node, bool want, struct arena *arena, struct trigger *out)
{
    switch (node->kind) {
    case NODE_TERM:
        return node->term->kind == TERM_CONDITION ? trigger(node->term->condition->root, want, arena, out)
                                                  : term_trigger(node->term, want, arena, out);
    case NODE_NOT: return trigger(node->child, !want, arena, out);
    case NODE_AND: return items_trigger(node, want, want ? node->nchild : 1, arena, out);
    case NODE_OR: return items_trigger(node, want, want ? 1 : node->nchild, arena, out);
    case NODE_OF: return items_trigger(node, want, want ? node->of : node->nchild - node->of + 1, arena, out);
    }
    return false;
}

int expression_trigger(const struct expression *expression, struct arena *arena, struct trigger *out)
{
    if (!trigger(expression->root, true, arena, out))
        return -TS_ENOMEM;
    out->always = is_nothing(out);
    return 0;
}

/* ---- demands ---- */

struct gathering {
    struct trigger needs[EXPRESSION_MAX_DEMANDS];
    uint32_t n;
};

/* Keep the narrowest ones, ascending. */
static void keep_demand(struct gathering *gathering, struct trigger need)
{
    uint32_t i = gathering->n;

    if (need.nsets == 0 || (i == EXPRESSION_MAX_DEMANDS && gathering->needs[--i].nsets <= need.nsets))
        return;
    for (; i > 0 && gathering->needs[i - 1].nsets > need.nsets; i--)
        gathering->needs[i] = gathering->needs[i - 1];
    gathering->needs[i] = need;
    gathering->n += gathering->n < EXPRESSION_MAX_DEMANDS;
}

/* Every item of a conjunction makes its own demand: an `and`, the opposite of an `or`, a condition that is one. */
static bool gather_demands(const struct node *node, bool want, struct arena *arena, struct gathering *gathering)
{
    struct trigger need;

    if (node->kind == NODE_NOT)
        return gather_demands(node->child, !want, arena, gathering);
    if (node->kind == NODE_TERM && node->term->kind == TERM_CONDITION)
        return gather_demands(node->term->condition->root, want, arena, gathering);
    if (node->kind == (want ? NODE_AND : NODE_OR)) {
        for (const struct node *child = node->child; child != NULL; child = child->next)
            if (!gather_demands(child, want, arena, gathering))
                return false;
        return true;
    }
    if (!trigger(node, want, arena, &need))
        return false;
    keep_demand(gathering, need);
    return true;
}

/* The words of one demand that are not zero; its sets ascend. */
static void put_words(struct demands *demands, struct demand_word *words, const struct trigger *need)
{
    for (size_t k = 0; k < need->nsets; k++) {
        uint32_t word = need->sets[k] / 64;

        if (k == 0 || words[demands->n - 1].word != word)
            words[demands->n++].word = word;
        words[demands->n - 1].mask |= UINT64_C(1) << need->sets[k] % 64;
    }
    words[demands->n - 1].last = true;
}

int expression_demands(const struct expression *expression, struct arena *arena, struct demands *out)
{
    struct gathering gathering = {.n = 0};
    struct demand_word *words;
    size_t room = 1;

    *out = (struct demands){0};
    if (!gather_demands(expression->root, true, arena, &gathering))
        return -TS_ENOMEM;
    for (uint32_t i = 0; i < gathering.n; i++)
        room += gathering.needs[i].nsets;
    if ((words = arena_calloc(arena, room, sizeof(*words))) == NULL)
        return -TS_ENOMEM;
    for (uint32_t i = 0; i < gathering.n; i++)
        put_words(out, words, &gathering.needs[i]);
    out->words = words;
    return 0;
}

/* ---- what is mentioned ---- */

struct visitor {
    void (*visit)(void *ctx, uint32_t set);
    void *ctx;
    bool only_asked; /* not those under an odd number of nots, */
    bool but_counted; /* unless they are counted */
};

static void visit_sets(const struct node *node, bool excluding, const struct visitor *visitor)
{
    const struct term *term = node->term;

    for (const struct node *child = node->child; child != NULL; child = child->next)
        visit_sets(child, excluding != (node->kind == NODE_NOT), visitor);
    if (node->kind != NODE_TERM)
        return;
    if (term->kind == TERM_CONDITION) {
        visit_sets(term->condition->root, excluding, visitor);
        return;
    }
    if (excluding && visitor->only_asked && !(visitor->but_counted && term->kind == TERM_COUNT))
        return;
    for (size_t i = 0; i < term->nsets; i++)
        visitor->visit(visitor->ctx, term->sets[i].set);
}

void expression_sets(const struct expression *expression, void (*visit)(void *ctx, uint32_t set), void *ctx)
{
    visit_sets(expression->root, false, &(struct visitor){visit, ctx, false, false});
}

void expression_asked_sets(const struct expression *expression, void (*visit)(void *ctx, uint32_t set), void *ctx)
{
    visit_sets(expression->root, false, &(struct visitor){visit, ctx, true, false});
}

void expression_helping_sets(const struct expression *expression, void (*visit)(void *ctx, uint32_t set), void *ctx)
{
    visit_sets(expression->root, false, &(struct visitor){visit, ctx, true, true});
}

static void visit_lists(const struct node *node, void (*visit)(void *ctx, struct list_question question), void *ctx)
{
    for (const struct node *child = node->child; child != NULL; child = child->next)
        visit_lists(child, visit, ctx);
    if (node->kind == NODE_TERM && node->term->kind == TERM_CONDITION)
        visit_lists(node->term->condition->root, visit, ctx);
    else if (node->kind == NODE_TERM && node->term->kind == TERM_LIST)
        visit(ctx, node->term->question);
}

void expression_lists(const struct expression *expression, void (*visit)(void *ctx, struct list_question question),
                      void *ctx)
{
    visit_lists(expression->root, visit, ctx);
}

static uint64_t facts_of(const struct node *node)
{
    uint64_t facts = 0;

    for (const struct node *child = node->child; child != NULL; child = child->next)
        facts |= facts_of(child);
    if (node->kind != NODE_TERM)
        return facts;
    switch (node->term->kind) {
    case TERM_KNOWN:
    case TERM_FACT:
    case TERM_NUM:
    case TERM_WORD:
    case TERM_FLAG: return UINT64_C(1) << node->term->fact;
    case TERM_CONDITION: return facts_of(node->term->condition->root);
    default: return 0;
    }
}

uint64_t expression_facts(const struct expression *expression)
{
    return facts_of(expression->root);
}

bool expression_is_scored(const struct expression *expression)
{
    return expression->scored;
}

uint32_t expression_opening(const struct expression *expression, uint64_t *sets)
{
    *sets = expression->opening_sets;
    return expression->opening;
}
