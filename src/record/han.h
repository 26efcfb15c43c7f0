/* han.h - how a Han character sounds, and whether it is one of the common ones (tables of tools/gen_han.py).
 *
 * A sound is a toneless Mandarin syllable, numbered from 1; 0 is a character that Unihan gives no reading. Only
 * U+4E00 to U+9FFF have sounds. Common are the 3,500 characters of level 1 of the Table of General Standard Chinese
 * Characters of 2013.
 *
 * Threads: constant data. */
#ifndef TELSIEVE_RECORD_HAN_H
#define TELSIEVE_RECORD_HAN_H

#include "core/str.h"

#include <stdint.h>

#define HAN_FIRST 0x4E00u
#define HAN_LAST 0x9FFFu
#define HAN_MAX_SOUNDS 512 /* every sound is below */
#define HAN_READINGS 3     /* of one character, at most */
#define HAN_USUAL_SOUNDS 8 /* of the characters that share a sound, at most */

/* What is known of a character: its usual sound, and whether it has others, and whether it is none of the common ones.
 * Behind the last there are two 0. */
#define HAN_SOUND 0x1FFu
#define HAN_ELSE 0x4000u
#define HAN_RARE 0x8000u
extern const uint16_t han_table[HAN_LAST - HAN_FIRST + 3];

static inline unsigned han_known(uint32_t cp)
{
    return cp >= HAN_FIRST && cp <= HAN_LAST ? han_table[cp - HAN_FIRST] : 0;
}

/* The usual sound of a character; 0: none. */
static inline unsigned han_sound(uint32_t cp)
{
    return han_known(cp) & HAN_SOUND;
}

/* All its sounds, the usual one first; returns how many. */
size_t han_sounds(uint32_t cp, unsigned out[HAN_READINGS]);

/* Has it others beside the usual one, and is this one of them? */
static inline bool han_has_else(uint32_t cp)
{
    return (han_known(cp) & HAN_ELSE) != 0;
}
bool han_sounds_else(uint32_t cp, unsigned sound);

/* Is it one of all of them? */
static inline bool han_sounds_so(uint32_t cp, unsigned sound)
{
    return han_sound(cp) == sound || (han_has_else(cp) && han_sounds_else(cp, sound));
}

/* The usual sounds of all characters of which `sound` is one: itself, and what else they mostly are. */
size_t han_usual_sounds(unsigned sound, unsigned out[HAN_USUAL_SOUNDS]);

/* The syllable of a sound, "shua"; "" for 0. */
const char *han_syllable(unsigned sound);

/* Is it one of the 3,500 common characters? */
bool han_is_common(uint32_t cp);

/* How many Han characters (of any block) are in the well-formed `text`, and how many of them are not common. */
void han_count(struct str text, size_t *han, size_t *rare);

#endif
