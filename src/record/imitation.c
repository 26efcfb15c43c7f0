/* imitation.c - does a host imitate an institution (institution.h)? The part that its owner chose, up to and with the
 * first label of the registrable domain, is cut at dots and dashes; each piece is compared with the brands and
 * numbers as it looks (o as 0, l and i as 1, rn as m, vv as w), the owner's name besides with the official names, one
 * letter off. */
#include "record/institution.h"

#define PIECE_MAX 63      /* RFC 1035 2.3.4 */
#define LONG_BRAND 4      /* letters from which on a brand counts at the start of a piece */
#define LONG_NAME 6       /* from which on it counts at the end too (smartmall is not tmall), and with one wrong letter */
#define NUMBER_BRAND 5    /* digits from which on a number is a brand */

static char look(char c)
{
    return c == 'o' ? '0' : c == 'l' || c == 'i' ? '1' : c;
}

/* How it looks: rn and vv drawn together. Returns the length; out has room for PIECE_MAX. */
static size_t draw(struct str piece, bool together, char *out)
{
    size_t n = 0;

    for (size_t i = 0; i < piece.n && n < PIECE_MAX; i++) {
        bool two = together && i + 1 < piece.n;
        if (two && piece.p[i] == 'r' && piece.p[i + 1] == 'n') {
            out[n++] = 'm';
            i++;
        } else if (two && piece.p[i] == 'v' && piece.p[i + 1] == 'v') {
            out[n++] = 'w';
            i++;
        } else {
            out[n++] = look(piece.p[i]);
        }
    }
    return n;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool all_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]))
            return false;
    return true;
}

/* What may stand beside a brand of three letters in one piece. */
static bool is_affix(struct str s)
{
    static const char *const words[] = {"bank", "vip", "app", "wap", "www", "m", "jf", "kf", "vx", "wx", "card", "pay",
                                        "cn", "com", "china", "ebank", "kd", "kefu", "jifen"};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (str_eqz(s, words[i]))
            return true;
    return all_digits(s);
}

/* The number stands in the drawn piece, with no further digit of the written one beside it. */
static bool has_number(struct str piece, struct str drawn, struct str number)
{
    for (size_t i = 0; i + number.n <= drawn.n; i++)
        if (memcmp(drawn.p + i, number.p, number.n) == 0 && !(i > 0 && is_digit(piece.p[i - 1])) &&
            !(i + number.n < piece.n && is_digit(piece.p[i + number.n])))
            return true;
    return false;
}

static bool has_brand(struct str piece, struct str brand)
{
    char piece_look[PIECE_MAX], brand_look[PIECE_MAX];
    struct str b = {brand_look, draw(brand, false, brand_look)};

    for (int together = 0; together < 2; together++) {
        struct str p = {piece_look, draw(piece, together == 1, piece_look)};
        if (all_digits(brand) && (together == 1 || brand.n < NUMBER_BRAND || !has_number(piece, p, b)))
            continue; /* 110.com is nobody's imitation */
        if (str_eq(p, b) || all_digits(brand))
            return true;
        if (str_starts(p, b) && (brand.n >= LONG_BRAND || (together == 0 && is_affix(str_range(piece.p + b.n, str_end(piece))))))
            return true;
        if (str_ends(p, b) && (brand.n >= LONG_NAME || (together == 0 && is_affix(str_range(piece.p, str_end(piece) - b.n)))))
            return true;
    }
    return false;
}

static bool has_any(struct str piece, const struct name_set *brands)
{
    for (size_t i = 0; i < brands->n; i++)
        if (has_brand(piece, brands->names[i]))
            return true;
    return false;
}

/* gov, govcn, gov12345, 122gov: a state's name in a domain of anybody's. */
static bool has_gov(struct str piece)
{
    struct str rest;

    if (str_ends(piece, STR_LIT("gov")))
        return all_digits((struct str){piece.p, piece.n - 3});
    if (!str_starts(piece, STR_LIT("gov")))
        return false;
    rest = (struct str){piece.p + 3, piece.n - 3};
    return rest.n == 0 || str_eqz(rest, "cn") || str_eqz(rest, "com") || all_digits(rest);
}

/* Do they differ by one letter put in, left out or changed, not the first (finance is not binance)? A number with one
 * digit too many: 100086. */
static bool one_off(struct str a, struct str b)
{
    size_t i = 0;
    struct str shorter = a.n < b.n ? a : b, longer = a.n < b.n ? b : a;

    if (longer.n - shorter.n > 1 || shorter.n == 0 || a.p[0] != b.p[0] || str_eq(a, b))
        return false;
    while (i < shorter.n && a.p[i] == b.p[i])
        i++;
    return memcmp(shorter.p + i + (longer.n == shorter.n ? 1 : 0), longer.p + i + 1, longer.n - i - 1) == 0;
}

static bool near_official(const struct institution *institution, struct str name)
{
    char name_look[PIECE_MAX], other_look[PIECE_MAX];
    struct str drawn = {name_look, draw(name, true, name_look)};

    for (size_t i = 0; i < institution->domains.n; i++) {
        struct str domain = institution->domains.names[i], other;
        size_t n = 0;
        while (n < domain.n && domain.p[n] != '.')
            n++;
        other = (struct str){other_look, draw((struct str){domain.p, n}, true, other_look)};
        if (all_digits((struct str){domain.p, n})) {
            if (n >= NUMBER_BRAND && drawn.n == n + 1 && one_off(drawn, other))
                return true;
        } else if (n >= LONG_NAME && (str_eq(drawn, other) || one_off(drawn, other))) {
            return true;
        }
    }
    return false;
}

static bool piece_imitates(const struct institutions *institutions, struct str piece)
{
    if (piece.n == 0 || piece.n > PIECE_MAX)
        return false;
    if (has_gov(piece))
        return true;
    for (size_t i = 0; i < institutions->n; i++)
        if (has_any(piece, &institutions->items[i].brands) || has_any(piece, &institutions->items[i].numbers))
            return true;
    return false;
}

bool institution_imitated(const struct institutions *institutions, struct str host, struct str domain)
{
    size_t before = host.n - domain.n, name = 0, from = 0, chosen;

    while (name < domain.n && domain.p[name] != '.')
        name++;
    chosen = before + name;
    for (size_t i = 0; i <= chosen; i++) {
        if (i < chosen && strchr(".-_", host.p[i]) == NULL)
            continue;
        if (piece_imitates(institutions, (struct str){host.p + from, i - from}))
            return true;
        from = i + 1;
    }
    for (size_t i = 0; i < institutions->n && name <= PIECE_MAX; i++)
        if (near_official(&institutions->items[i], (struct str){domain.p, name}))
            return true;
    return false;
}
