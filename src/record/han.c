/* han.c - look-ups in the generated tables. */
#include "record/han.h"

#include "core/utf8.h"
#include "han_tables.h"

size_t han_sounds(uint32_t cp, unsigned out[HAN_READINGS])
{
    size_t low = 0, high = sizeof(HAN_OTHERS) / sizeof(*HAN_OTHERS), n = 0;

    if (han_sound(cp) == 0)
        return 0;
    out[n++] = han_sound(cp);
    while (low < high) {
        size_t middle = (low + high) / 2;

        if (HAN_OTHERS[middle].cp < cp)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < sizeof(HAN_OTHERS) / sizeof(*HAN_OTHERS) && HAN_OTHERS[low].cp == cp)
        for (size_t i = 0; i < HAN_READINGS - 1 && HAN_OTHERS[low].sound[i] != 0; i++)
            out[n++] = HAN_OTHERS[low].sound[i];
    return n;
}

const char *han_syllable(unsigned sound)
{
    return sound < HAN_NSOUNDS ? HAN_SYLLABLE[sound] : "";
}

bool han_is_common(uint32_t cp)
{
    return cp >= HAN_FIRST && cp <= HAN_LAST &&
           (HAN_COMMON[(cp - HAN_FIRST) / 64] >> ((cp - HAN_FIRST) % 64) & 1) != 0;
}

/* The blocks of ideographs; radicals alone (⺮) are not among them. */
static bool is_han(uint32_t cp)
{
    return (cp >= 0x3400 && cp <= 0x9FFF && !(cp >= 0x4DC0 && cp <= 0x4DFF)) || (cp >= 0xF900 && cp <= 0xFAFF) ||
           (cp >= 0x20000 && cp <= 0x323AF);
}

void han_count(struct str text, size_t *han, size_t *rare)
{
    const char *p = text.p, *end = str_end(text);

    *han = *rare = 0;
    while (p < end) {
        uint32_t cp;

        p += utf8_decode(p, end, &cp);
        if (!is_han(cp))
            continue;
        ++*han;
        *rare += !han_is_common(cp);
    }
}
