/* sequence_piece.c - breaks by binary search in the list of canon; numbers character by character. */
#include "match/sequence_piece.h"

#include "match/segment.h"
#include "match/sequence_side.h"

/* ---- breaks ------------------------------------------------------------------------------------------------ */

unsigned breaks_both(unsigned a, unsigned b)
{
    if (a == SEEN_NOTHING_YET || b == SEEN_NOTHING_YET)
        return a == SEEN_NOTHING_YET ? b : a;
    if (a == SEEN_DISGUISE || b == SEEN_DISGUISE || a / 3 + b / 3 > 1 || a % 3 + b % 3 > 2)
        return SEEN_DISGUISE;
    return a + b;
}

bool breaks_apart(unsigned seen)
{
    return seen != SEEN_DISGUISE && seen / 3 == 1;
}

unsigned breaks_in(const struct canon *canon, enum canon_field field, uint32_t from, uint32_t to)
{
    unsigned seen = SEEN_NONE;

    if (field != CANON_TEXT)
        return SEEN_NONE;
    for (size_t i = canon_break_behind(canon, from); i < canon->nbreaks && canon->breaks[i].at < to; i++)
        seen = breaks_both(seen, canon->breaks[i].kind == BREAK_CLAUSE  ? 3
                               : canon->breaks[i].kind == BREAK_QUOTE ? 1
                                                                      : SEEN_DISGUISE);
    return seen;
}

/* ---- numbers ----------------------------------------------------------------------------------------------- */

enum number_char piece_number_char(const char *p, const char *end)
{
    const unsigned char *byte = (const unsigned char *)p;
    uint32_t cp;

    if (*p >= '0' && *p <= '9')
        return NUMBER_CHAR_DIGIT;
    if (*p == '.' || *p == ',')
        return NUMBER_CHAR_POINT;
    if (*p == '%')
        return NUMBER_CHAR_UNIT;
    if (segment_char_bytes(p) != 3 || end - p < 3)
        return NUMBER_CHAR_NONE;
    cp = (byte[0] & 0xFu) << 12 | (byte[1] & 0x3Fu) << 6 | (byte[2] & 0x3Fu);
    switch (cp) {
    case U'零': case U'〇': case U'一': case U'二': case U'两': case U'三': case U'四': case U'五': case U'六': case U'七':
    case U'八': case U'九': case U'十': return NUMBER_CHAR_DIGIT;
    case U'百': case U'千': case U'万': case U'亿': case U'元': case U'块': return NUMBER_CHAR_UNIT;
    default: return NUMBER_CHAR_NONE;
    }
}

bool piece_is_number(const char *p, const char *end)
{
    enum number_char before = NUMBER_CHAR_NONE;
    unsigned chars = 0;

    while (p < end) {
        enum number_char kind = piece_number_char(p, end);

        if (kind == NUMBER_CHAR_NONE || ++chars > SEQUENCE_NUMBER_CHARS)
            return false;
        if (kind == NUMBER_CHAR_POINT && before != NUMBER_CHAR_DIGIT)
            return false;
        if (kind == NUMBER_CHAR_UNIT && before != NUMBER_CHAR_DIGIT && before != NUMBER_CHAR_UNIT)
            return false;
        if (before == NUMBER_CHAR_POINT && kind != NUMBER_CHAR_DIGIT)
            return false;
        before = kind;
        p += segment_char_bytes(p);
    }
    return before == NUMBER_CHAR_DIGIT || before == NUMBER_CHAR_UNIT;
}

uint32_t piece_digits_before(const char *p, const char *first)
{
    const char *from = p;

    while (from > first && (ascii_is_digit(from[-1]) ||
                            ((from[-1] == '.' || from[-1] == ',') && from - 1 > first && ascii_is_digit(from[-2]))))
        from--;
    return (uint32_t)(p - from);
}

uint32_t piece_number_behind(const char *p, const char *end)
{
    const char *to = p;

    for (; to < end; to += segment_char_bytes(to)) {
        enum number_char kind = piece_number_char(to, end);
        if (kind == NUMBER_CHAR_NONE || (kind == NUMBER_CHAR_POINT && (to + 1 == end || !ascii_is_digit(to[1]))))
            break;
    }
    return (uint32_t)(to - p);
}

uint32_t side_next_number(const struct side *side, uint32_t distance, struct side_number *number)
{
    const char *near_end = side->canon->buf + side_at(side, distance);

    while (number->chars < SEQUENCE_NUMBER_CHARS) {
        bool sentence_end;
        uint32_t more = side_next_char(side, distance + number->bytes, &sentence_end);
        const char *far_end, *newest;

        if (more == 0)
            return 0;
        number->chars++;
        number->bytes += more;
        far_end = side->canon->buf + side_at(side, distance + number->bytes);
        newest = side->left ? far_end : far_end - more;
        if (piece_number_char(newest, newest + more) == NUMBER_CHAR_NONE)
            return 0;
        if (side->left ? piece_is_number(far_end, near_end) : piece_is_number(near_end, far_end))
            return number->bytes;
    }
    return 0;
}
