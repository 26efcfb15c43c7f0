/* spaced.c - breaks do not tell a space from a comma; the original text does, and is only asked where it matters. */
#include "match/spaced.h"

#include "core/utf8.h"
#include "record/han.h"

#define RUN_MIN 3          /* spaces of a run */
#define RUN_MAX_BYTES 6    /* between two of them: two Han characters */
#define HAN_BYTES 3

/* Spaces in one line, and what nobody sees. */
static bool is_blank(struct str text)
{
    static const struct str blanks[] = {STR_LIT(" "), STR_LIT("\xE3\x80\x80"), STR_LIT("\xC2\xA0"), STR_LIT("\t"),
                                        STR_LIT("\u200B"), STR_LIT("\u200C"), STR_LIT("\u200D"), STR_LIT("\u2060"),
                                        STR_LIT("\uFEFF"), STR_LIT("\u00AD")};

    while (text.n > 0) {
        size_t i = 0;

        while (i < sizeof(blanks) / sizeof(*blanks) && !str_starts(text, blanks[i]))
            i++;
        if (i == sizeof(blanks) / sizeof(*blanks))
            return false;
        text = (struct str){text.p + blanks[i].n, text.n - blanks[i].n};
    }
    return true;
}

/* Is a break nothing but that, with a space? */
static bool is_space(const struct canon *canon, const struct canon_break *at)
{
    uint32_t before, from, to, behind;

    if (!at->clause || at->at < canon->start[CANON_TEXT] + HAN_BYTES ||
        at->at + HAN_BYTES > canon->end[CANON_TEXT])
        return false;
    canon_to_original_bytes(canon, at->at - HAN_BYTES, at->at, &before, &from);
    canon_to_original_bytes(canon, at->at, at->at + HAN_BYTES, &to, &behind);
    return from < to && is_blank((struct str){canon->text.p + from, to - from});
}

static void join(struct canon_break *at)
{
    at->kind = BREAK_SYMBOL;
    at->clause = false;
}

/* The breaks [from, to) are near each other: are they a run? As many characters stand alone as two together. */
static void join_run(struct canon *canon, size_t from, size_t to)
{
    size_t alone = 0;

    for (size_t i = from + 1; i < to; i++)
        alone += canon->breaks[i].at - canon->breaks[i - 1].at == HAN_BYTES;
    if (to - from < RUN_MIN || alone < 2 || 2 * alone < to - from - 1)
        return;
    for (size_t i = from; i < to; i++)
        if (is_space(canon, &canon->breaks[i]))
            join(&canon->breaks[i]);
}

void spaced_join_runs(struct canon *canon)
{
    size_t from = 0;

    for (size_t i = 1; i <= canon->nbreaks; i++)
        if (i == canon->nbreaks || canon->breaks[i].at - canon->breaks[i - 1].at > RUN_MAX_BYTES) {
            if (i - from >= RUN_MIN)
                join_run(canon, from, i);
            from = i;
        }
}

void spaced_join_words(const struct variants *variants, struct canon *canon)
{
    for (size_t i = 0; i < canon->nbreaks; i++)
        if (canon->breaks[i].clause && variants_may_cross(variants, canon, canon->breaks[i].at) &&
            (canon->breaks[i].kind == BREAK_SYMBOL || is_space(canon, &canon->breaks[i])) &&
            variants_word_across(variants, canon, canon->breaks[i].at))
            join(&canon->breaks[i]);
}

bool spaced_only(const struct canon *canon, uint32_t from, uint32_t to)
{
    for (size_t i = canon_break_behind(canon, from); i < canon->nbreaks && canon->breaks[i].at < to; i++)
        if (!is_space(canon, &canon->breaks[i]))
            return false;
    return true;
}
