/* gsm7.c - septet to code point by two tables. ESC and a character that has no extension are the character itself
 * behind a space, as 23.038 asks of a receiver; ESC at the end is a space. */
#include "record/gsm7.h"

#include "core/utf8.h"

#define ESC 0x1B

static const uint16_t alphabet[128] = {
    '@',    0x00A3, '$',    0x00A5, 0x00E8, 0x00E9, 0x00F9, 0x00EC, 0x00F2, 0x00C7, '\n',   0x00D8, 0x00F8, '\r',
    0x00C5, 0x00E5, 0x0394, '_',    0x03A6, 0x0393, 0x039B, 0x03A9, 0x03A0, 0x03A8, 0x03A3, 0x0398, 0x039E, ' ',
    0x00C6, 0x00E6, 0x00DF, 0x00C9, ' ',    '!',    '"',    '#',    0x00A4, '%',    '&',    '\'',   '(',    ')',
    '*',    '+',    ',',    '-',    '.',    '/',    '0',    '1',    '2',    '3',    '4',    '5',    '6',    '7',
    '8',    '9',    ':',    ';',    '<',    '=',    '>',    '?',    0x00A1, 'A',    'B',    'C',    'D',    'E',
    'F',    'G',    'H',    'I',    'J',    'K',    'L',    'M',    'N',    'O',    'P',    'Q',    'R',    'S',
    'T',    'U',    'V',    'W',    'X',    'Y',    'Z',    0x00C4, 0x00D6, 0x00D1, 0x00DC, 0x00A7, 0x00BF, 'a',
    'b',    'c',    'd',    'e',    'f',    'g',    'h',    'i',    'j',    'k',    'l',    'm',    'n',    'o',
    'p',    'q',    'r',    's',    't',    'u',    'v',    'w',    'x',    'y',    'z',    0x00E4, 0x00F6, 0x00F1,
    0x00FC, 0x00E0,
};

/* The extended character of a septet behind ESC, or 0. */
static uint32_t extension(unsigned septet)
{
    switch (septet) {
    case 0x0A: return '\f';
    case 0x14: return '^';
    case 0x28: return '{';
    case 0x29: return '}';
    case 0x2F: return '\\';
    case 0x3C: return '[';
    case 0x3D: return '~';
    case 0x3E: return ']';
    case 0x40: return '|';
    case 0x65: return 0x20AC;
    default: return 0;
    }
}

struct writer {
    char *out;
    bool escaped;
};

static void put_septet(struct writer *writer, unsigned septet)
{
    uint32_t cp = writer->escaped ? extension(septet) : 0;

    if (writer->escaped && cp == 0)
        *writer->out++ = ' ';
    if (cp == 0 && septet == ESC && !writer->escaped) {
        writer->escaped = true;
        return;
    }
    writer->escaped = false;
    writer->out += utf8_encode(cp != 0 ? cp : alphabet[septet], writer->out);
}

static size_t finish(struct writer *writer, const char *start)
{
    if (writer->escaped)
        *writer->out++ = ' ';
    return (size_t)(writer->out - start);
}

size_t gsm7_unpacked(struct str octets, char *out)
{
    struct writer writer = {out, false};

    for (size_t i = 0; i < octets.n; i++)
        put_septet(&writer, octets.p[i] & 0x7F);
    return finish(&writer, out);
}

static unsigned septet_at(struct str octets, size_t bit)
{
    unsigned low = (unsigned char)octets.p[bit / 8];
    unsigned high = bit / 8 + 1 < octets.n ? (unsigned char)octets.p[bit / 8 + 1] : 0;

    return (low | high << 8) >> bit % 8 & 0x7F;
}

size_t gsm7_packed(struct str octets, unsigned fill, char *out)
{
    struct writer writer = {out, false};
    size_t septets = octets.n * 8 > fill ? (octets.n * 8 - fill) / 7 : 0;

    /* seven bits are left over exactly when the last septet ends with the last octet */
    if (septets > 0 && fill + septets * 7 == octets.n * 8) {
        unsigned last = septet_at(octets, fill + (septets - 1) * 7);
        septets -= last == 0 || last == '\r';
    }
    for (size_t i = 0; i < septets; i++)
        put_septet(&writer, septet_at(octets, fill + i * 7));
    return finish(&writer, out);
}
