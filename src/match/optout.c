/* optout.c - reads the text from its end: punctuation off, then VERB REPLY CODE (退订请回复td) or
 * REPLY CODE VERB (回t退订). */
#include "match/optout.h"

#define CODE_MAX 6 /* longest answer asked for: "00000", "qxtd" */

static const char *const verbs[] = {"拒收", "退订", "谢绝", "取消", "拒", "退", NULL};
static const char *const replies[] = {"请回复", "回复", "请回", "回", "请发送", "发送", "发", NULL};

static bool is_code(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool cut(struct str *s, const char *tail)
{
    struct str t = str_of(tail);

    if (!str_ends(*s, t))
        return false;
    s->n -= t.n;
    return true;
}

static bool cut_any(struct str *s, const char *const *tails)
{
    for (; *tails != NULL; tails++) {
        if (cut(s, *tails))
            return true;
    }
    return false;
}

/* ASCII punctuation and spaces, and the wide marks that folding leaves. */
static void cut_marks(struct str *s)
{
    static const char *const wide[] = {"。", "、", "“", "”", "‘", "’", "《", "》", "「", "」", NULL};

    for (;;) {
        if (s->n > 0 && (unsigned char)s->p[s->n - 1] < 0x80 && !is_code(s->p[s->n - 1]))
            s->n--;
        else if (!cut_any(s, wide))
            return;
    }
}

static bool cut_code(struct str *s)
{
    size_t n = 0;

    while (n < s->n && n <= CODE_MAX && is_code(s->p[s->n - 1 - n]))
        n++;
    s->n -= n;
    return n > 0 && n <= CODE_MAX;
}

bool optout_ends(struct str text)
{
    bool verb_last;

    cut_marks(&text);
    verb_last = cut_any(&text, verbs);
    cut_marks(&text);
    if (!cut_code(&text))
        return false;
    cut_marks(&text);
    if (!cut_any(&text, replies))
        return false;
    cut_marks(&text);
    return verb_last || cut_any(&text, verbs);
}
