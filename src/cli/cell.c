/* cell.c - what a formula begins with, after OWASP's "CSV Injection". */
#include "cli/cell.h"

bool cell_is_formula(struct str cell)
{
    static const char *const beginnings[] = {"=", "+", "-", "@", "\t", "\r", "\xEF\xBC\x9D", "\xEF\xBC\x8B",
                                             "\xEF\xBC\x8D", "\xEF\xBC\xA0"};

    for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++)
        if (str_starts(cell, str_of(beginnings[i])))
            return true;
    return false;
}
