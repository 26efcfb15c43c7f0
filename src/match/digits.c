/* digits.c - literals with digits are compared with each digit as 0. */
#include "match/digits.h"

#include "match/regex_digits.h"

#include <string.h>

#define MAX_BYTES 4096 /* of a canonical text; of a longer one nothing is said */

static void hide_digits(char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = ascii_is_digit(p[i]) ? '0' : p[i];
}

/* ---- preparing --------------------------------------------------------------------------------------------------- */

static int list_literals(struct ruleset *ruleset, struct digit_words *digits)
{
    digits->literals = arena_calloc(&ruleset->arena, ruleset->nliterals + 1, sizeof(*digits->literals));
    if (digits->literals == NULL)
        return -TS_ENOMEM;
    for (uint32_t i = 0; i < ruleset->nliterals; i++) {
        struct str literal = ruleset->patterns[i].literal;
        char *hidden;

        if (!str_has_digit(literal))
            continue;
        if ((hidden = arena_alloc(&ruleset->arena, literal.n)) == NULL)
            return -TS_ENOMEM;
        memcpy(hidden, literal.p, literal.n);
        hide_digits(hidden, literal.n);
        digits->literals[digits->nliterals++] = (struct digit_literal){{hidden, literal.n}, i};
    }
    return 0;
}

/* Does it tell digits apart? The words with digits are listed. */
static bool look_at_steps(const struct fragment *fragment, struct digit_words *digits)
{
    bool tells = false;

    for (size_t i = 0; i < fragment->nsteps; i++)
        for (size_t k = 0; k < fragment->steps[i].nalt; k++)
            if (str_has_digit(fragment->steps[i].alt[k])) {
                text_words_with(&digits->words, fragment->steps[i].alt[k]);
                tells = true;
            }
    return tells;
}

static int look_at_phrases(struct ruleset *ruleset, struct digit_words *digits)
{
    uint32_t *sets = arena_calloc(&ruleset->arena, ruleset->nfragments + 1, sizeof(*sets));

    digits->phrases = arena_calloc(&ruleset->arena, ruleset->nphrases / 64 + 1, sizeof(*digits->phrases));
    if (sets == NULL || digits->phrases == NULL)
        return -TS_ENOMEM;
    digits->number_sets = sets;
    for (uint32_t i = 0; i < ruleset->nfragments; i++) {
        const struct phrase *phrase = &ruleset->phrases[i];

        if (phrase->fragment->kind == FRAGMENT_SEQUENCE ? look_at_steps(phrase->fragment, digits)
                                                        : regex_tells_digits(phrase->fragment->regex))
            digits->phrases[i / 64] |= UINT64_C(1) << i % 64;
        if (phrase->field != CANON_CALLER && phrase->field != CANON_CALLEE)
            continue;
        if (digits->nnumber_sets == 0 || sets[digits->nnumber_sets - 1] != phrase->set)
            sets[digits->nnumber_sets++] = phrase->set;
    }
    return 0;
}

int digits_prepare(struct ruleset *ruleset)
{
    int rc = list_literals(ruleset, &ruleset->digits);

    ruleset->digits.alike = folding_digits_alike(ruleset->folding);
    return rc == 0 ? look_at_phrases(ruleset, &ruleset->digits) : rc;
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

bool digits_fold_alike(const struct ruleset *ruleset, const struct canon *canon)
{
    return ruleset->digits.alike && canon->changed == 0 && !canon_may_read_digits(ruleset->folding, canon);
}

/* Are the dot at canonical byte `at` and all digits behind it the same in the text as it was written? */
static bool is_plain_fraction(const struct canon *canon, uint32_t at)
{
    uint32_t end = at + 1, from, to;

    while (end < canon->end[CANON_TEXT] && ascii_is_digit(canon->buf[end]))
        end++;
    canon_to_original_bytes(canon, at, end, &from, &to);
    return to - from == end - at && memcmp(canon->text.p + from, canon->buf + at, end - at) == 0;
}

bool digits_make_no_url(const struct canon *canon)
{
    for (uint32_t at = canon->start[CANON_TEXT]; at + 1 < canon->end[CANON_TEXT]; at++)
        if (canon->buf[at] == '.' && ascii_is_digit(canon->buf[at + 1]) && !is_plain_fraction(canon, at))
            return false;
    return !contact_may_have_url(canon);
}

bool digits_make_no_contact(struct subject *subject)
{
    return subject_contacts(subject)->n == 0 && subject->contacts_done &&
           !contact_may_be_digits(subject->contact_tables, subject->canon);
}

bool digits_hits(const struct ruleset *ruleset, const struct canon *canon, void (*hit)(void *ctx, uint32_t pattern),
                 void *ctx)
{
    const struct digit_words *digits = &ruleset->digits;
    size_t n = canon->end[CANON_TEXT] - canon->start[CANON_TEXT];
    char text[MAX_BYTES];

    if (n > sizeof(text))
        return false;
    memcpy(text, canon->buf + canon->start[CANON_TEXT], n);
    hide_digits(text, n);
    for (size_t i = 0; i < digits->nliterals; i++)
        if (memmem(text, n, digits->literals[i].hidden.p, digits->literals[i].hidden.n) != NULL)
            hit(ctx, digits->literals[i].pattern);
    return true;
}
