/* regex_words.c - lists side by side are multiplied, lists of alternatives added, as long as they are short; how often
 * a text has a word is reckoned from its characters. */
#include "match/regex_words.h"

#include "core/utf8.h"

/* ---- lists of strings -------------------------------------------------------------------------------------- */

static struct regex_anchors give_up(struct word_maker *maker)
{
    maker->out_of_memory = true;
    return (struct regex_anchors){NULL, 0};
}

struct regex_anchors regex_words_one(struct word_maker *maker, const char *p, size_t n)
{
    struct str *word = arena_alloc(maker->arena, sizeof(*word));

    if (word == NULL || (*word = arena_strdup(maker->arena, (struct str){p, n})).p == NULL)
        return give_up(maker);
    return (struct regex_anchors){word, 1};
}

struct regex_anchors regex_words_product(struct word_maker *maker, struct regex_anchors a, struct regex_anchors b)
{
    struct str *words;
    size_t n = 0;

    if (a.n * b.n == 0 || a.n * b.n > REGEX_ANCHOR_MAX)
        return (struct regex_anchors){NULL, 0};
    if ((words = arena_calloc(maker->arena, a.n * b.n, sizeof(*words))) == NULL)
        return give_up(maker);
    for (size_t i = 0; i < a.n; i++) {
        for (size_t k = 0; k < b.n; k++, n++) {
            char *p = arena_alloc(maker->arena, a.word[i].n + b.word[k].n + 1);
            if (p == NULL)
                return give_up(maker);
            memcpy(p, a.word[i].p, a.word[i].n);
            memcpy(p + a.word[i].n, b.word[k].p, b.word[k].n);
            words[n] = (struct str){p, a.word[i].n + b.word[k].n};
        }
    }
    return (struct regex_anchors){words, n};
}

struct regex_anchors regex_words_sum(struct word_maker *maker, struct regex_anchors a, struct regex_anchors b)
{
    struct str *words;

    if (a.n == 0 || b.n == 0 || a.n + b.n > REGEX_ANCHOR_MAX)
        return (struct regex_anchors){NULL, 0};
    if ((words = arena_calloc(maker->arena, a.n + b.n, sizeof(*words))) == NULL)
        return give_up(maker);
    memcpy(words, a.word, a.n * sizeof(*words));
    memcpy(words + a.n, b.word, b.n * sizeof(*words));
    return (struct regex_anchors){words, a.n + b.n};
}

struct regex_anchors regex_words_range(struct word_maker *maker, uint32_t from, uint32_t to)
{
    struct str *words;
    size_t n = 0;

    if (to < from || to - from >= REGEX_ANCHOR_MAX)
        return (struct regex_anchors){NULL, 0};
    if ((words = arena_calloc(maker->arena, to - from + 1, sizeof(*words))) == NULL)
        return give_up(maker);
    for (uint32_t cp = from; cp <= to; cp++) {
        char bytes[4];
        struct str one = {bytes, utf8_encode(cp, bytes)};
        if ((words[n++] = arena_strdup(maker->arena, one)).p == NULL)
            return give_up(maker);
    }
    return (struct regex_anchors){words, n};
}

/* ---- choice ------------------------------------------------------------------------------------------------ */

/* Digits and letters come in runs, and a few characters are in every text. */
static double expected(struct str word)
{
    static const char common[] = "的一是不了在有我他这你们您请来到时上个为会要以可去出";
    double places = 1;
    char before = 0;

    if (word.n == 3 && strstr(common, (char[]){word.p[0], word.p[1], word.p[2], '\0'}) != NULL)
        return 1.0 / 20;
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
        bool digit = c >= '0' && c <= '9', letter = c >= 'a' && c <= 'z';

        if ((unsigned char)c >= 0xC0)
            places /= 300;
        else if ((unsigned char)c < 0x80)
            places /= digit ? (before >= '0' && before <= '9' ? 4 : 15)
                            : letter ? (before >= 'a' && before <= 'z' ? 10 : 50) : 50;
        before = c;
    }
    return places;
}

double regex_words_places(struct regex_anchors words)
{
    double places = 0;

    for (size_t i = 0; i < words.n; i++)
        places += words.word[i].n >= 2 ? expected(words.word[i]) + 1e-6 : 1e6;
    return words.n > 0 ? places : 1e9;
}

struct regex_anchors regex_words_rarer(struct regex_anchors a, struct regex_anchors b)
{
    return regex_words_places(b) < regex_words_places(a) ? b : a;
}
