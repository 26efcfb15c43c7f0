/* fragment.c - one walk over the source: special characters make steps, everything between two of them is a
 * piece of text that is folded on its own. Then the anchor is chosen, and what would match too much is
 * refused. */
#include "match/fragment.h"
#include "core/utf8.h"
#include "match/fragment_regex.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct parser {
    struct arena *arena;
    const struct folding *folding;
    const char *p, *end;
    struct step steps[FRAGMENT_MAX_STEPS];
    size_t nsteps;
    int gap; /* before the next step */
    char *why;
    size_t why_size;
};

__attribute__((format(printf, 2, 3))) static int refuse(struct parser *parser, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(parser->why, parser->why_size, fmt, args);
    va_end(args);
    return -TS_ESYNTAX;
}

static bool is_special(char c)
{
    return c != '\0' && strchr("~[]|#{}", c) != NULL;
}

/* Fold a piece; what folding drops could never be found, so the analyst is told instead of left waiting for
 * hits. */
static int fold_piece(struct parser *parser, struct str raw, struct str *out)
{
    char *folded = NULL;
    size_t n = 0;
    int rc = canon_fold_phrase(parser->folding, raw, &folded, &n);

    if (rc != 0) {
        free(folded);
        return rc == -TS_ENOMEM ? rc : refuse(parser, "\"%.*s\" cannot be folded", STR_FMT(raw));
    }
    *out = arena_strdup(parser->arena, (struct str){folded, n});
    free(folded);
    if (out->p == NULL)
        return -TS_ENOMEM;
    if (out->n == 0)
        return refuse(parser, "nothing of \"%.*s\" is left in canonical text; write letters or digits",
                      STR_FMT(raw));
    if (utf8_count(*out) < utf8_count(raw))
        return refuse(parser, "folding drops characters of \"%.*s\"; write what is left: \"%.*s\"",
                      STR_FMT(raw), STR_FMT(*out));
    return 0;
}

/* The text up to the next special character, escapes resolved. n 0 when there is none. */
static int take_raw(struct parser *parser, struct str *raw)
{
    char *copy = arena_alloc(parser->arena, (size_t)(parser->end - parser->p) + 1);
    size_t n = 0;

    if (copy == NULL)
        return -TS_ENOMEM;
    while (parser->p < parser->end && !is_special(*parser->p)) {
        if (*parser->p == '\\' && ++parser->p == parser->end)
            return refuse(parser, "\\ at the end; write \\\\ for the character itself");
        copy[n++] = *parser->p++;
    }
    copy[n] = '\0';
    *raw = (struct str){copy, n};
    return 0;
}

static int add_step(struct parser *parser, struct step step)
{
    if (parser->nsteps == FRAGMENT_MAX_STEPS)
        return refuse(parser, "more than %d pieces; split the phrase", FRAGMENT_MAX_STEPS);
    step.gap = parser->gap;
    parser->gap = -1;
    parser->steps[parser->nsteps++] = step;
    return 0;
}

static int take_literal(struct parser *parser)
{
    struct str *alt = arena_calloc(parser->arena, 1, sizeof(*alt));
    bool behind_gap = parser->gap >= 0 || parser->nsteps == 0;
    struct str raw;
    int rc;

    if (alt == NULL)
        return -TS_ENOMEM;
    rc = take_raw(parser, &raw);
    if (rc != 0)
        return rc;
    if ((behind_gap && str_is_space(raw.p[0])) ||
        ((parser->p == parser->end || *parser->p == '~') && str_is_space(raw.p[raw.n - 1])))
        return refuse(parser, "white space at an edge of \"%.*s\" would have to be in the text; leave it out",
                      STR_FMT(raw));
    rc = fold_piece(parser, raw, alt);
    return rc != 0 ? rc : add_step(parser, (struct step){.kind = STEP_ALTERNATIVES, .alt = alt, .nalt = 1});
}

static bool has_alternative(const struct step *step, struct str alt)
{
    for (size_t i = 0; i < step->nalt; i++) {
        if (str_eq(step->alt[i], alt))
            return true;
    }
    return false;
}

/* One alternative, at p behind `[` or `|`. */
static int take_alternative(struct parser *parser, struct str *alt, struct step *step)
{
    struct str raw, folded = {0};
    int rc = take_raw(parser, &raw);

    if (rc != 0)
        return rc;
    if (raw.n == 0) {
        step->optional = true;
        return 0;
    }
    rc = fold_piece(parser, raw, &folded);
    if (rc != 0 || has_alternative(step, folded))
        return rc;
    if (step->nalt == FRAGMENT_MAX_ALTERNATIVES)
        return refuse(parser, "more than %d alternatives; use several phrases", FRAGMENT_MAX_ALTERNATIVES);
    alt[step->nalt++] = folded;
    return 0;
}

static int take_alternatives(struct parser *parser)
{
    struct str *alt = arena_calloc(parser->arena, FRAGMENT_MAX_ALTERNATIVES, sizeof(*alt));
    struct step step = {.kind = STEP_ALTERNATIVES, .alt = alt};

    if (alt == NULL)
        return -TS_ENOMEM;
    do {
        parser->p++; /* the [ or | */
        int rc = take_alternative(parser, alt, &step);
        if (rc != 0)
            return rc;
    } while (parser->p < parser->end && *parser->p == '|');
    if (parser->p == parser->end)
        return refuse(parser, "[ without ]");
    if (*parser->p != ']')
        return refuse(parser,
                      "\"%c\" inside [ ]: only text and | may stand there (\\%c for the character itself)",
                      *parser->p, *parser->p);
    parser->p++;
    if (step.nalt == 0)
        return refuse(parser, "[ ] without any text");
    return add_step(parser, step);
}

static int take_gap(struct parser *parser)
{
    const char *digits = ++parser->p;
    int gap = 0;

    while (parser->p < parser->end && *parser->p >= '0' && *parser->p <= '9') {
        if (gap <= FRAGMENT_GAP_MAX)
            gap = gap * 10 + (*parser->p - '0');
        parser->p++;
    }
    if (gap > FRAGMENT_GAP_MAX)
        return refuse(parser,
                      "a gap of %.*s characters is over the limit of %d (to look for the digits themselves, "
                      "write ~[%.*s])",
                      (int)(parser->p - digits), digits, FRAGMENT_GAP_MAX, (int)(parser->p - digits), digits);
    if (parser->nsteps == 0 || parser->gap >= 0 || parser->p == parser->end)
        return refuse(parser, "a gap (~) needs text on both sides");
    parser->gap = parser->p == digits ? FRAGMENT_GAP_DEFAULT : gap;
    return 0;
}

/* `{name}` or `{shared.name}`, at the brace. */
static int take_name(struct parser *parser)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    const char *name = ++parser->p;

    while (parser->p < parser->end && *parser->p != '\0' && strchr(letters, *parser->p) != NULL)
        parser->p++;
    if (parser->p == parser->end || *parser->p != '}' || parser->p == name)
        return refuse(parser, "{ } holds the name of a set, as in {amount} or {shared.bank} (\\{ for the character "
                              "itself)");
    return add_step(parser, (struct step){.kind = STEP_ALTERNATIVES, .set = str_range(name, parser->p++)});
}

static int take_step(struct parser *parser)
{
    switch (*parser->p) {
    case '~': return take_gap(parser);
    case '[': return take_alternatives(parser);
    case '#':
        parser->p++;
        return add_step(parser, (struct step){.kind = STEP_NUMBER});
    case '{': return take_name(parser);
    case '}':
    case ']':
    case '|':
        return refuse(parser, "\"%c\" outside [ ] or { } (\\%c for the character itself)", *parser->p, *parser->p);
    default: return take_literal(parser);
    }
}

/* How rare a piece of text is: one character is never better than two, then bytes count. */
static size_t rarity(struct str s)
{
    return s.n + (utf8_count(s) >= 2 ? FRAGMENT_MAX_BYTES : 0);
}

static struct str commonest(const struct step *step)
{
    struct str best = step->alt[0];

    for (size_t i = 1; i < step->nalt; i++) {
        if (rarity(step->alt[i]) < rarity(best))
            best = step->alt[i];
    }
    return best;
}

static bool is_required(const struct step *step)
{
    return step->kind == STEP_NUMBER || !step->optional;
}

/* Is there a step directly beside step i that must be there too? */
static bool has_close_neighbour(const struct fragment *fragment, size_t i)
{
    return (i > 0 && fragment->steps[i].gap < 0 && is_required(&fragment->steps[i - 1])) ||
           (i + 1 < fragment->nsteps && fragment->steps[i + 1].gap < 0 && is_required(&fragment->steps[i + 1]));
}

/* The anchor is what every text is searched for, so it has to be rare: at least two characters, or one Han
 * character that must stand directly beside another required step (扣[费|款]). */
static int choose_anchor(struct parser *parser, struct fragment *fragment)
{
    size_t rarest = 0;
    struct str best = {0};

    for (size_t i = 0; i < fragment->nsteps; i++) {
        const struct step *step = &fragment->steps[i];
        if (step->kind != STEP_ALTERNATIVES || step->optional)
            continue;
        struct str s = commonest(step);
        size_t value = 2 * rarity(s) + has_close_neighbour(fragment, i);
        if (value > rarest) {
            rarest = value;
            best = s;
            fragment->anchor = i;
        }
    }
    if (rarest == 0)
        return refuse(parser, "needs one literal that is always there");
    if (utf8_count(best) >= 2)
        return 0;
    if (fragment->nsteps == 1)
        return refuse(parser, "one character alone (\"%.*s\") is in too many texts; write a longer phrase",
                      STR_FMT(best));
    if (best.n < 3 || !has_close_neighbour(fragment, fragment->anchor))
        return refuse(parser,
                      "its longest piece that is always there is one character (\"%.*s\"); write one of two "
                      "characters or more",
                      STR_FMT(best));
    return 0;
}

static int parse_sequence(struct parser *parser, struct fragment *out)
{
    struct step *steps;
    int rc;

    while (parser->p < parser->end) {
        rc = take_step(parser);
        if (rc != 0)
            return rc;
    }
    steps = arena_calloc(parser->arena, parser->nsteps, sizeof(*steps));
    if (steps == NULL)
        return -TS_ENOMEM;
    memcpy(steps, parser->steps, parser->nsteps * sizeof(*steps));
    out->kind = FRAGMENT_SEQUENCE;
    out->steps = steps;
    out->nsteps = parser->nsteps;
    for (size_t i = 0; i < out->nsteps; i++)
        out->named |= steps[i].set.p != NULL;
    return out->named ? 0 : choose_anchor(parser, out);
}

int fragment_finish(struct fragment *fragment, char *why, size_t why_size)
{
    struct parser parser = {.why = why, .why_size = why_size};

    return choose_anchor(&parser, fragment);
}

static int parse_regex(struct parser *parser, struct fragment *out)
{
    out->kind = FRAGMENT_REGEX;
    out->regex = str_range(parser->p + strlen("re:"), parser->end);
    return fragment_check_regex(out->regex, parser->why, parser->why_size);
}

int fragment_parse(struct arena *arena, const struct folding *folding, struct str source,
                   struct fragment *out, char *why, size_t why_size)
{
    struct parser parser = {.arena = arena, .folding = folding, .gap = -1, .why = why, .why_size = why_size};

    *out = (struct fragment){.source = arena_strdup(arena, source)};
    if (out->source.p == NULL)
        return -TS_ENOMEM;
    parser.p = out->source.p;
    parser.end = parser.p + out->source.n;
    if (source.n == 0)
        return refuse(&parser, "an empty phrase");
    if (source.n > FRAGMENT_MAX_BYTES)
        return refuse(&parser, "longer than %d bytes; split it", FRAGMENT_MAX_BYTES);
    return str_starts(source, STR_LIT("re:")) ? parse_regex(&parser, out) : parse_sequence(&parser, out);
}

static bool has_same_words(const struct step *a, const struct step *b)
{
    for (size_t i = 0; i < a->nalt; i++) {
        if (!has_alternative(b, a->alt[i]))
            return false;
    }
    return a->nalt == b->nalt;
}

bool fragment_equal(const struct fragment *a, const struct fragment *b)
{
    if (a->kind != b->kind || a->nsteps != b->nsteps)
        return false;
    if (a->kind == FRAGMENT_REGEX)
        return str_eq(a->regex, b->regex);
    for (size_t i = 0; i < a->nsteps; i++) {
        const struct step *x = &a->steps[i], *y = &b->steps[i];
        if (x->kind != y->kind || x->gap != y->gap || x->optional != y->optional || !has_same_words(x, y))
            return false;
    }
    return true;
}
