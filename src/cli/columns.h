/* columns.h - how wide a character stands on a terminal: nothing, one column or two. */
#ifndef TELSIEVE_CLI_COLUMNS_H
#define TELSIEVE_CLI_COLUMNS_H

#include <stdint.h>

/* Unicode 15: combining and zero-width characters take none, East Asian wide ones (UAX #11) and emoji two. */
static inline unsigned char_columns(uint32_t cp)
{
    if ((cp >= 0x300 && cp < 0x370) || (cp >= 0x200B && cp < 0x2010) || (cp >= 0x2060 && cp < 0x2070) ||
        (cp >= 0x20D0 && cp < 0x2100) || (cp >= 0xFE00 && cp < 0xFE10) || cp == 0xFEFF || cp == 0xAD)
        return 0;
    if ((cp >= 0x1100 && cp < 0x1160) || (cp >= 0x2E80 && cp < 0xA4D0) || (cp >= 0xAC00 && cp < 0xD7A4) ||
        (cp >= 0xF900 && cp < 0xFB00) || (cp >= 0xFE30 && cp < 0xFE70) || (cp >= 0xFF00 && cp < 0xFF61) ||
        (cp >= 0xFFE0 && cp < 0xFFE7) || (cp >= 0x1F300 && cp < 0x1FB00) || cp >= 0x20000)
        return 2;
    return 1;
}

#endif
