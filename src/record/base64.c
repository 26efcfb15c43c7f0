/* base64.c - four characters, three bytes; anything irregular is an error, since half a text misleads. */
#include "record/base64.h"

#include "core/err.h"

#include <stdint.h>

/* The value of a character, or -1. */
static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int base64_decode(struct str in, char *out, size_t *n)
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t len = 0;

    if (in.n % 4 == 0)
        for (int i = 0; i < 2 && in.n > 0 && in.p[in.n - 1] == '='; i++)
            in.n--;
    if (in.n % 4 == 1)
        return -TS_EINVAL;
    for (size_t i = 0; i < in.n; i++) {
        int value = sextet(in.p[i]);
        if (value < 0)
            return -TS_EINVAL;
        bits = bits << 6 | (uint32_t)value;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[len++] = (char)(bits >> have & 0xFF);
        }
    }
    *n = len;
    return 0;
}
