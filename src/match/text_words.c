/* text_words.c - a word is told by its first six bytes, which are two Han characters, or by three or one when it is
 * shorter. */
#include "match/text_words.h"

#include "match/segment.h"

#define MAX_WORDS 64 /* of a step; one with more says little */
#define SIX_BYTES ((UINT64_C(1) << 48) - 1)
#define THREE_BYTES ((UINT64_C(1) << 24) - 1)
#define ONE_BYTE UINT64_C(255)

static inline text_need cell_of(uint64_t bytes)
{
    return (text_need)(bytes * UINT64_C(0x9E3779B97F4A7C15) >> 52);
}

_Static_assert(TEXT_WORDS_CELLS == 1 << (64 - 52), "cell_of gives a cell of struct text_words");

/* ---- needs ------------------------------------------------------------------------------------------------- */

static text_need cell_of_word(struct str word)
{
    size_t n = word.n >= 6 ? 6 : word.n >= 3 ? 3 : 1;
    uint64_t bytes = 0;

    for (size_t i = 0; i < n; i++)
        bytes |= (uint64_t)(unsigned char)word.p[i] << 8 * i;
    return cell_of(bytes);
}

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
    return out;
}

int text_needs_make(struct arena *arena, const struct fragment *fragment, const text_need **out)
{
    size_t room = 0;
    text_need *needs;

    *out = NULL;
    for (size_t i = 0; i < fragment->nsteps; i++)
        room += is_needed(fragment, i) ? 1 + fragment->steps[i].nalt : 0;
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
