/* expression_eval.c - runs the flat code on a small stack of three-valued logic (Kleene); terms below.
 * Nothing is allocated. */
#include "match/expression_tree.h"
#include "match/span.h"

#include <assert.h>

/* ---- terms over sets ---- */

static struct span text_of(const struct eval *eval, const struct term *term, size_t i)
{
    return span_text(eval, term->sets[i].set);
}

static struct span sentence_of(struct span span, uint32_t sentence)
{
    return (struct span){span_from_sentence(span, sentence), span_from_sentence(span, sentence + 1)};
}

static bool is_seen(const uint32_t *seen, size_t n, uint32_t fragment)
{
    for (size_t i = 0; i < n; i++) {
        if (seen[i] == fragment)
            return true;
    }
    return false;
}

/* Different live fragments of all the sets; counts no further than one above the number asked for. */
static bool count_holds(const struct term *term, const struct eval *eval)
{
    uint32_t seen[EXPRESSION_MAX_COUNT + 1];
    size_t n = 0;

    for (size_t i = 0; i < term->nsets; i++) {
        struct span all = span_of_set(&eval->view, term->sets[i].set), text = text_of(eval, term, i);

        for (const struct match *match = all.p; match < all.end && (double)n <= term->number; match++) {
            if (match->field == CANON_TEXT && match < text.p)
                match = text.p;
            if (match >= text.end)
                break;
            if (match->polarity == POLARITY_LIVE && !is_seen(seen, n, match->fragment))
                seen[n++] = match->fragment;
        }
    }
    return compare_holds((double)n, term->compare, term->number);
}

/* Does a live one of b begin at most `distance` characters behind the end of a live one of a: behind its end too when
 * `ordered`, else anywhere from its beginning? */
static bool follows(struct span a, struct span b, double distance, bool ordered)
{
    for (; a.p < a.end; a.p++) {
        if (a.p->polarity != POLARITY_LIVE)
            continue;
        for (const struct match *match = span_from_char(b, ordered ? a.p->char_end : a.p->char_start);
             match < b.end && (double)match->char_start <= (double)a.p->char_end + distance; match++) {
            if (match->polarity == POLARITY_LIVE && match != a.p)
                return true;
        }
    }
    return false;
}

/* Of two that are near, one begins within the other or behind it. */
static bool pair_holds(const struct term *term, const struct eval *eval)
{
    struct span a = text_of(eval, term, 0), b = text_of(eval, term, 1);

    if (term->kind == TERM_THEN)
        return follows(a, b, term->number, true);
    return follows(a, b, term->number, false) || follows(b, a, term->number, false);
}

static bool has_live(struct span span)
{
    for (; span.p < span.end; span.p++) {
        if (span.p->polarity == POLARITY_LIVE)
            return true;
    }
    return false;
}

/* The beginning of the text is where it is, whatever the stretch. */
static bool starts_holds(const struct term *term, const struct eval *eval)
{
    for (size_t i = 0; i < term->nsets; i++) {
        struct span text = text_of(eval, term, i);

        text.end = span_from_char(text, eval->view.greeting_chars + (uint32_t)term->number);
        if (has_live(text))
            return true;
    }
    return false;
}

static bool same_holds(const struct term *term, const struct eval *eval)
{
    struct span first = text_of(eval, term, 0);

    for (; first.p < first.end; first.p++) {
        size_t i = 1;
        if (first.p->polarity != POLARITY_LIVE)
            continue;
        while (i < term->nsets && has_live(sentence_of(text_of(eval, term, i), first.p->sentence)))
            i++;
        if (i == term->nsets)
            return true;
    }
    return false;
}

/* ---- terms over facts ---- */

bool compare_holds(double a, enum compare compare, double b)
{
    switch (compare) {
    case COMPARE_EQ: return a >= b && a <= b;
    case COMPARE_NE: return a < b || a > b;
    case COMPARE_LT: return a < b;
    case COMPARE_LE: return a <= b;
    case COMPARE_GT: return a > b;
    case COMPARE_GE: return a >= b;
    }
    return false;
}

static bool is_one_of(struct str word, const struct term *term)
{
    for (size_t i = 0; i < term->nwords; i++) {
        if (str_eq(word, term->words[i]))
            return true;
    }
    return false;
}

static enum tri fact_holds(const struct term *term, struct eval *eval)
{
    struct fact_value value;
    bool holds;

    if (!fact_get(eval->subject, term->fact, &value))
        return TRI_UNKNOWN;
    switch (term->kind) {
    case TERM_NUM: holds = compare_holds(value.num, term->compare, term->number); break;
    case TERM_WORD: holds = is_one_of(value.word, term); break;
    case TERM_FLAG: holds = (value.flags & term->flags) != 0; break;
    default: holds = value.b; break;
    }
    return tri_of(holds != term->inverted);
}

static enum tri list_holds(const struct term *term, struct eval *eval)
{
    enum tri listed = subject_listed(eval->subject, term->question);

    return term->inverted ? tri_not(listed) : listed;
}

static enum tri term_eval_here(const struct term *term, struct eval *eval)
{
    struct fact_value value;

    switch (term->kind) {
    case TERM_SET: return tri_of(span_has(eval, term->sets[0].set, term->polarity));
    case TERM_COUNT: return tri_of(count_holds(term, eval));
    case TERM_NEAR:
    case TERM_THEN: return tri_of(pair_holds(term, eval));
    case TERM_STARTS: return tri_of(starts_holds(term, eval));
    case TERM_SAME: return tri_of(same_holds(term, eval));
    case TERM_SCORE: return tri_of(compare_holds(eval->score, term->compare, term->number));
    case TERM_KNOWN: return tri_of(fact_get(eval->subject, term->fact, &value));
    case TERM_FACT:
    case TERM_NUM:
    case TERM_WORD:
    case TERM_FLAG: return fact_holds(term, eval);
    case TERM_LIST: return list_holds(term, eval);
    case TERM_NAME:
    case TERM_CONDITION: break; /* bound and inlined by expression_resolve */
    }
    return TRI_UNKNOWN;
}

/* What takes away a warning, or where the text begins, is not a matter of the stretch. */
static bool is_of_whole_text(const struct term *term, bool excluding)
{
    switch (term->kind) {
    case TERM_COUNT: return excluding || term->whole || (term->compare != COMPARE_GT && term->compare != COMPARE_GE);
    case TERM_STARTS: return true;
    case TERM_SCORE: return false;
    default: return excluding || term->whole;
    }
}

enum tri term_eval(const struct term *term, bool excluding, struct eval *eval)
{
    struct eval whole;

    if (!eval_is_narrow(eval) || !is_of_whole_text(term, excluding))
        return term_eval_here(term, eval);
    whole = *eval;
    whole.from = 0;
    whole.to = UINT32_MAX;
    return term_eval_here(term, &whole);
}

/* ---- the machine ---- */

union slot {
    enum tri value;
    struct {
        uint16_t yes, unknown;
    } count;
};

static enum tri and_of(enum tri a, enum tri b)
{
    if (a == TRI_FALSE || b == TRI_FALSE)
        return TRI_FALSE;
    return a == TRI_UNKNOWN || b == TRI_UNKNOWN ? TRI_UNKNOWN : TRI_TRUE;
}

/* Count one more item; true when the answer is certain: then it takes the place of the count. */
static bool add_to_count(union slot *slot, enum tri item, const struct code *code)
{
    unsigned yes = slot->count.yes, unknown = slot->count.unknown;

    yes += item == TRI_TRUE;
    unknown += item == TRI_UNKNOWN;

    if (yes >= code->of)
        slot->value = TRI_TRUE;
    else if (yes + unknown + code->left < code->of)
        slot->value = TRI_FALSE;
    else if (code->left == 0)
        slot->value = TRI_UNKNOWN;
    else {
        slot->count.yes = (uint16_t)yes;
        slot->count.unknown = (uint16_t)unknown;
        return false;
    }
    return true;
}

enum tri expression_eval(const struct expression *expression, struct eval *eval)
{
    union slot stack[EXPRESSION_MAX_DEPTH];
    union slot *top = stack; /* the first free one */

    assert(expression->state == EXPRESSION_READY); /* expression_resolve bounded the depth */
    for (size_t at = 0; at < expression->ncode;) {
        const struct code *code = &expression->code[at++];
        switch ((enum code_op)code->op) {
        case CODE_TERM: (top++)->value = term_eval(code->term, code->excluding, eval); break;
        case CODE_NOT: top[-1].value = tri_not(top[-1].value); break;
        case CODE_AND:
            top--;
            top[-1].value = and_of(top[-1].value, top[0].value);
            break;
        case CODE_OR:
            top--;
            top[-1].value = tri_not(and_of(tri_not(top[-1].value), tri_not(top[0].value)));
            break;
        case CODE_JUMP_IF_FALSE: at = top[-1].value == TRI_FALSE ? code->target : at; break;
        case CODE_JUMP_IF_TRUE: at = top[-1].value == TRI_TRUE ? code->target : at; break;
        case CODE_OF_BEGIN: *top++ = (union slot){.count = {0, 0}}; break;
        case CODE_OF_ADD:
            top--;
            at = add_to_count(&top[-1], top[0].value, code) ? code->target : at;
            break;
        }
    }
    return stack[0].value;
}

enum tri node_eval(const struct node *node, bool excluding, struct eval *eval)
{
    unsigned yes = 0, unknown = 0, need;

    if (node->kind == NODE_TERM)
        return node->term->kind == TERM_CONDITION ? node_eval(node->term->condition->root, excluding, eval)
                                                  : term_eval(node->term, excluding, eval);
    if (node->kind == NODE_NOT)
        return tri_not(node_eval(node->child, !excluding, eval));
    need = node->kind == NODE_AND ? node->nchild : node->kind == NODE_OR ? 1 : node->of;
    for (const struct node *child = node->child; child != NULL; child = child->next) {
        enum tri value = node_eval(child, excluding, eval);
        yes += value == TRI_TRUE;
        unknown += value == TRI_UNKNOWN;
    }
    return yes >= need ? TRI_TRUE : yes + unknown >= need ? TRI_UNKNOWN : TRI_FALSE;
}
