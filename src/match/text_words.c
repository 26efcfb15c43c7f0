/* text_words.c - a cell for each way in which a word can begin (word_bytes.h). */
#include "match/text_words.h"

#include "match/segment.h"
#include "match/word_bytes.h"

#define MAX_WORDS 64 /* of a step; one with more says little */

static inline text_need cell_of(uint64_t bytes)
{
    return (text_need)bytes_hash(bytes, 12);
}

_Static_assert(TEXT_WORDS_CELLS == 1 << 12, "cell_of gives a cell of struct text_words");

static text_need cell_of_word(struct str word)
{
    return cell_of(bytes_number(word.p, word_bytes(word.n)));
}

/* ---- needs ------------------------------------------------------------------------------------------------- */

static bool is_needed(const struct fragment *fragment, size_t i)
{
    const struct step *step = &fragment->steps[i];

    return i != fragment->anchor && step->kind == STEP_ALTERNATIVES && !step->optional && step->nalt > 0 &&
           step->nalt <= MAX_WORDS;
}

static text_need *put_step(text_need *out, const struct step *step)
{
    *out++ = (text_need)step->nalt;
    for (size_t k = 0; k < step->nalt; k++)
        *out++ = cell_of_word(step->alt[k]);
    *out++ = TEXT_WORDS_ALWAYS;
    return out;
}

int text_needs_make(struct arena *arena, const struct fragment *fragment, const text_need **out)
{
    size_t room = 0;
    text_need *needs;

    *out = NULL;
    for (size_t i = 0; i < fragment->nsteps; i++)
        room += is_needed(fragment, i) ? 2 + fragment->steps[i].nalt : 0;
    if (room == 0)
        return 0;
    if ((needs = arena_calloc(arena, room + 1, sizeof(*needs))) == NULL)
        return -TS_ENOMEM;
    *out = needs;
    for (size_t nalt = 1; nalt <= MAX_WORDS; nalt++)
        for (size_t i = 0; i < fragment->nsteps; i++)
            if (fragment->steps[i].nalt == nalt && is_needed(fragment, i))
                needs = put_step(needs, &fragment->steps[i]);
    return 0;
}

/* ---- words ------------------------------------------------------------------------------------------------- */

static inline void mark(struct text_words *words, uint64_t bytes)
{
    words->cells[cell_of(bytes)] = words->now;
}

void text_words_read(struct text_words *words, const struct canon *canon)
{
    const char *p = canon->buf + canon->start[CANON_TEXT], *end = canon->buf + canon->end[CANON_TEXT];
    uint32_t n;

    if (++words->now == 0) {
        memset(words->cells, 0, sizeof(words->cells));
        words->now = 1;
    }
    words->cells[TEXT_WORDS_ALWAYS] = words->now;
    for (; p < end; p += n) {
        uint64_t bytes; /* canon.buf has as many behind its end */

        memcpy(&bytes, p, sizeof(bytes));
        mark(words, bytes & SIX_BYTES);
        mark(words, bytes & THREE_BYTES);
        n = 3;
        if (__builtin_expect((unsigned char)*p - 0xE0u >= 0x10, 0)) {
            mark(words, bytes & ONE_BYTE);
            n = segment_char_bytes(p);
        }
    }
}

/* ---- cells ------------------------------------------------------------------------------------------------- */

void text_words_with(struct text_word_set *set, struct str word)
{
    text_need cell = cell_of_word(word);

    set->cell[cell / 64] |= UINT64_C(1) << cell % 64;
}

void text_words_mark(struct text_words *words, const struct text_word_set *set)
{
    for (size_t cell = 0; cell < TEXT_WORDS_CELLS; cell++)
        if ((set->cell[cell / 64] >> cell % 64 & 1) != 0)
            words->cells[cell] = words->now;
}
