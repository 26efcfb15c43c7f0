/* expression_possible.c - can an expression come true, judged by which sets were found at all? Polarity, places and facts
 * are not looked at: whatever they are, they only make it less true. The cheap question before the dear ones. */
#include "match/expression_tree.h"

static bool term_possible(const struct term *term, const uint32_t *found)
{
    size_t sets = 0, phrases = 0;

    for (size_t i = 0; i < term->nsets; i++) {
        sets += found[term->sets[i].set] > 0;
        phrases += found[term->sets[i].set];
    }
    switch (term->kind) {
    case TERM_SET:
    case TERM_STARTS: return sets > 0;
    case TERM_NEAR:
    case TERM_THEN:
    case TERM_SAME: return sets == term->nsets;
    case TERM_COUNT: return compare_holds(0, term->compare, term->number) || (double)phrases >= term->number;
    default: return true;
    }
}

/* Can the subtree be true, or with `want` false, not true? That of a term cannot be ruled out. */
static bool possible(const struct node *node, bool want, const uint32_t *found)
{
    unsigned need = 1, n = 0;

    switch (node->kind) {
    case NODE_TERM:
        if (node->term->kind == TERM_CONDITION)
            return possible(node->term->condition->root, want, found);
        return !want || term_possible(node->term, found);
    case NODE_NOT: return possible(node->child, !want, found);
    case NODE_AND: need = want ? node->nchild : 1; break;
    case NODE_OR: need = want ? 1 : node->nchild; break;
    case NODE_OF: need = want ? node->of : node->nchild - node->of + 1; break;
    }
    for (const struct node *child = node->child; child != NULL && n < need; child = child->next)
        n += possible(child, want, found);
    return n >= need;
}

bool expression_possible(const struct expression *expression, const uint32_t *found)
{
    return possible(expression->root, true, found);
}
