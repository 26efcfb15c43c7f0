/* charset.c - the coding's alphabet first, then one reading with it; only when that reading shows a sign of a wrong
 * coding a second one with the sibling, and the better of the two. */
#include "record/charset.h"

#include "core/utf8.h"
#include "record/gsm7.h"

#include <errno.h>

enum alphabet { ALPHABET_NONE, ALPHABET_GSM7, ALPHABET_LATIN1, ALPHABET_UCS2, ALPHABET_UCS2_SWAPPED, ALPHABET_GB };

/* What one reading gave. */
struct reading {
    char *out;
    size_t n;          /* bytes */
    size_t chars, bad; /* characters, and those that were ill-formed (U+FFFD) */
    size_t familiar;   /* Han, printable ASCII, CJK and full-width punctuation; without NUL, also where it means @ */
    size_t cut;        /* 1: the last octet was half a character */
    bool suspicious;   /* a sign of a wrong coding */
    bool swapped;      /* U+FFFE was seen */
};

void charset_init(struct charset *charset)
{
    charset->open = false;
}

void charset_fini(struct charset *charset)
{
    if (charset->open)
        iconv_close(charset->gb18030);
    charset->open = false;
}

static enum alphabet alphabet_of(int64_t dcs)
{
    static const enum alphabet general[] = {ALPHABET_GSM7, ALPHABET_NONE, ALPHABET_UCS2, ALPHABET_GSM7};

    if (dcs < 0 || dcs > 0xFF)
        return ALPHABET_NONE;
    if (dcs == 1 || dcs == 3)
        return ALPHABET_LATIN1;
    if (dcs == 15)
        return ALPHABET_GB;
    if (dcs < 0x80)
        return dcs & 0x20 ? ALPHABET_NONE : general[dcs >> 2 & 3];
    if (dcs < 0xE0)
        return ALPHABET_GSM7;
    if (dcs < 0xF0)
        return ALPHABET_UCS2;
    return dcs & 4 ? ALPHABET_NONE : ALPHABET_GSM7;
}

static bool is_familiar(uint32_t cp)
{
    return (cp >= 0x4E00 && cp <= 0x9FFF) || (cp >= 0x20 && cp < 0x7F) || (cp >= 0x3000 && cp <= 0x303F) ||
           (cp >= 0xFF00 && cp <= 0xFFEF) || cp == '\n' || cp == '\r' || cp == '\t';
}

static void put(struct reading *reading, uint32_t cp)
{
    reading->chars++;
    reading->familiar += is_familiar(cp);
    reading->n += utf8_encode(cp, reading->out + reading->n);
}

static void put_bad(struct reading *reading)
{
    reading->bad++;
    put(reading, UTF8_REPLACEMENT);
}

static uint32_t unit_at(struct str ud, size_t i, bool swapped)
{
    uint32_t first = (unsigned char)ud.p[i], second = (unsigned char)ud.p[i + 1];

    return swapped ? second << 8 | first : first << 8 | second;
}

static void read_ucs2(struct reading *reading, struct str ud, bool swapped)
{
    for (size_t i = 0; i + 1 < ud.n; i += 2) {
        uint32_t unit = unit_at(ud, i, swapped);
        uint32_t low = unit >= 0xD800 && unit <= 0xDBFF && i + 3 < ud.n ? unit_at(ud, i + 2, swapped) : 0;
        reading->swapped |= unit == 0xFFFE;
        reading->suspicious |= unit == 0 || unit == 0xFFFE;
        if (low >= 0xDC00 && low <= 0xDFFF) {
            put(reading, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
            i += 2;
        } else if ((unit >= 0xD800 && unit <= 0xDFFF) || unit == 0 || unit == 0xFFFE) {
            put_bad(reading);
        } else if (unit != 0xFEFF || i > 0) { /* a byte-order mark is no text */
            put(reading, unit);
        }
    }
    if (ud.n % 2 != 0) {
        reading->suspicious = true;
        reading->cut = 1;
        put_bad(reading);
    }
}

/* One octet a character; NUL and other controls do not belong into a text. */
static void read_latin1(struct reading *reading, struct str ud)
{
    for (size_t i = 0; i < ud.n; i++) {
        unsigned char c = (unsigned char)ud.p[i];
        bool control = (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') || (c >= 0x7F && c < 0xA0);
        reading->suspicious |= c == 0;
        if (control)
            put_bad(reading);
        else
            put(reading, c);
    }
}

/* Characters of UTF-8 that was written to out behind n. */
static void count_new(struct reading *reading, size_t bytes)
{
    const char *p = reading->out + reading->n, *end = p + bytes;
    uint32_t cp;

    for (; p < end; reading->chars++) {
        p += utf8_decode(p, end, &cp);
        reading->familiar += is_familiar(cp);
    }
    reading->n += bytes;
}

/* A stretch of GB 18030 without NUL, which is no part of any character. */
static void read_gb_stretch(struct charset *charset, struct reading *reading, struct str ud)
{
    char *in = (char *)ud.p; /* iconv wants it so, and only reads */
    size_t left = ud.n;

    iconv(charset->gb18030, NULL, NULL, NULL, NULL);
    while (left > 0) {
        char *to = reading->out + reading->n;
        size_t room = charset_max_bytes(left), before = room;
        size_t result = iconv(charset->gb18030, &in, &left, &to, &room);
        count_new(reading, before - room);
        if (result != (size_t)-1)
            return;
        reading->suspicious = true;
        put_bad(reading);
        if (errno == EINVAL) /* the last character is cut off */
            return;
        in++;
        left--;
    }
}

static void read_gb(struct charset *charset, struct reading *reading, struct str ud)
{
    if (!charset->open) {
        charset->gb18030 = iconv_open("UTF-8", "GB18030");
        charset->open = charset->gb18030 != (iconv_t)-1;
        if (!charset->open)
            return;
    }
    while (ud.n > 0) {
        const char *nul = memchr(ud.p, '\0', ud.n);
        size_t n = nul ? (size_t)(nul - ud.p) : ud.n;
        read_gb_stretch(charset, reading, (struct str){ud.p, n});
        if (nul == NULL)
            return;
        reading->suspicious = true;
        put_bad(reading);
        ud = str_range(nul + 1, ud.p + ud.n);
    }
}

static void read_gsm7(struct reading *reading, struct str ud, size_t udh_bytes)
{
    bool packed = udh_bytes > 0;
    size_t nuls = 0;

    for (size_t i = 0; i < ud.n; i++) {
        packed |= ud.p[i] & 0x80;
        nuls += ud.p[i] == 0;
    }
    if (packed) {
        unsigned fill = (unsigned)((7 - udh_bytes * 8 % 7) % 7);
        count_new(reading, gsm7_packed(ud, fill, reading->out));
        return;
    }
    count_new(reading, gsm7_unpacked(ud, reading->out));
    reading->suspicious = nuls > 0; /* @, or the first octets of UCS-2 */
    reading->familiar -= nuls;
}

static struct reading read_as(struct charset *charset, enum alphabet alphabet, size_t udh_bytes, struct str ud,
                              char *out)
{
    struct reading reading = {.out = out};

    switch (alphabet) {
    case ALPHABET_NONE: break;
    case ALPHABET_GSM7: read_gsm7(&reading, ud, udh_bytes); break;
    case ALPHABET_LATIN1: read_latin1(&reading, ud); break;
    case ALPHABET_UCS2: read_ucs2(&reading, ud, false); break;
    case ALPHABET_UCS2_SWAPPED: read_ucs2(&reading, ud, true); break;
    case ALPHABET_GB: read_gb(charset, &reading, ud); break;
    }
    return reading;
}

static enum alphabet sibling_of(enum alphabet alphabet, const struct reading *reading)
{
    if (alphabet == ALPHABET_UCS2)
        return reading->swapped ? ALPHABET_UCS2_SWAPPED : ALPHABET_GB;
    return ALPHABET_UCS2;
}

/* Familiar ones in a thousand whole characters. */
static size_t familiarity(const struct reading *reading)
{
    return reading->chars > reading->cut ? reading->familiar * 1000 / (reading->chars - reading->cut) : 0;
}

/* Whether the sibling's reading is the better one: without a fault, while at most half of this one is familiar or its
 * byte order is plainly the other one. A Chinese text that was cut in the middle of a character is not taken for a
 * row of ASCII letters. */
static bool is_better(const struct reading *other, const struct reading *reading)
{
    if (other->suspicious || other->bad > 0)
        return false;
    return reading->swapped || (familiarity(reading) <= 500 && familiarity(other) > familiarity(reading));
}

enum charset_result charset_decode(struct charset *charset, int64_t dcs, size_t udh_bytes, struct str ud, char *out,
                                   size_t *n)
{
    enum alphabet alphabet = alphabet_of(dcs);
    struct reading reading;

    *n = 0;
    if (alphabet == ALPHABET_NONE)
        return CHARSET_NO_TEXT;
    reading = read_as(charset, alphabet, udh_bytes, ud, out);
    if (reading.suspicious) {
        struct reading other = read_as(charset, sibling_of(alphabet, &reading), udh_bytes, ud, out);
        reading = is_better(&other, &reading) ? other : read_as(charset, alphabet, udh_bytes, ud, out);
    }
    if (reading.bad * 2 > reading.chars || (ud.n > 0 && reading.chars == 0))
        return CHARSET_NO_TEXT;
    *n = reading.n;
    return reading.bad > 0 ? CHARSET_REPAIRED : CHARSET_TEXT;
}
