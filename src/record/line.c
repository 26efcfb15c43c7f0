/* line.c - a payload cut at line feeds. */
#include "record/line.h"

bool line_is_blank(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\r' && s.p[i] != '\n' && s.p[i] != '\0')
            return false;
    return true;
}

struct str line_take(struct str *rest)
{
    const char *end = rest->p + rest->n;
    const char *feed = rest->n > 0 ? memchr(rest->p, '\n', rest->n) : NULL;
    struct str line = str_range(rest->p, feed ? feed : end);

    *rest = str_range(feed ? feed + 1 : end, end);
    return line;
}

struct str line_take_filled(struct str *rest)
{
    while (rest->n > 0) {
        struct str line = line_take(rest);
        if (!line_is_blank(line))
            return line;
    }
    return (struct str){rest->p, 0};
}

bool line_any_object(struct str text)
{
    while (text.n > 0) {
        struct str line = line_take(&text);
        while (line.n > 0 && (unsigned char)line.p[0] <= ' ')
            line = str_range(line.p + 1, line.p + line.n);
        while (line.n > 0 && (unsigned char)line.p[line.n - 1] <= ' ')
            line.n--;
        if (line.n >= 2 && line.p[0] == '{' && line.p[line.n - 1] == '}')
            return true;
    }
    return false;
}
