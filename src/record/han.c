/* han.c - look-ups in the generated tables. */
#include "record/han.h"

#include "core/utf8.h"
#include "han_tables.h"

#define NOTHERS (sizeof(HAN_OTHERS) / sizeof(*HAN_OTHERS))

/* Beside the usual one: HAN_READINGS - 1, 0 behind the last. */
static const uint16_t *others_of(uint32_t cp)
{
    static const uint16_t none[HAN_READINGS - 1];
    size_t low = 0, high = NOTHERS;

    if (!han_has_else(cp))
        return none;
    while (low < high) {
        size_t middle = (low + high) / 2;

        if (HAN_OTHERS[middle].cp < cp)
            low = middle + 1;
        else
            high = middle;
    }
    return HAN_OTHERS[low].sound;
}

size_t han_sounds(uint32_t cp, unsigned out[HAN_READINGS])
{
    const uint16_t *others;
    size_t n = 0;

    if (han_sound(cp) == 0)
        return 0;
    out[n++] = han_sound(cp);
    others = others_of(cp);
    for (size_t i = 0; i < HAN_READINGS - 1 && others[i] != 0; i++)
        out[n++] = others[i];
    return n;
}

bool han_sounds_else(uint32_t cp, unsigned sound)
{
    const uint16_t *others;

    if (sound == 0 || !han_has_else(cp))
        return false;
    others = others_of(cp);
    for (size_t i = 0; i < HAN_READINGS - 1; i++)
        if (others[i] == sound)
            return true;
    return false;
}

size_t han_usual_sounds(unsigned sound, unsigned out[HAN_USUAL_SOUNDS])
{
    size_t n = 0;

    out[n++] = sound;
    for (size_t i = 0; i < NOTHERS; i++) {
        unsigned usual = han_sound(HAN_OTHERS[i].cp);
        size_t k = 0;

        if (HAN_OTHERS[i].sound[0] != sound && HAN_OTHERS[i].sound[1] != sound)
            continue;
        while (k < n && out[k] != usual)
            k++;
        if (k == n && n < HAN_USUAL_SOUNDS)
            out[n++] = usual;
    }
    return n;
}

const char *han_syllable(unsigned sound)
{
    return sound < HAN_NSOUNDS ? HAN_SYLLABLE[sound] : "";
}

bool han_is_common(uint32_t cp)
{
    return cp >= HAN_FIRST && cp <= HAN_LAST && (han_known(cp) & HAN_RARE) == 0;
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
