/* imitation.c - does a host imitate an institution (institution.h)? The part that its owner chose, up to and with the
 * first label of the registrable domain, is cut at dots and dashes; each piece is compared with the brands and
 * numbers as it looks (o as 0, l and i as 1, rn as m, vv as w), the owner's name besides with the official names, one
 * letter off. How brands and names look is drawn when the table is read. */
#include "record/institution.h"

#include <stdlib.h>

#define PIECE_MAX 63      /* RFC 1035 2.3.4 */
#define LONG_BRAND 4      /* letters from which on a brand counts at the start of a piece */
#define LONG_NAME 6       /* from which on it counts at the end too, and one letter off: smartmall is not tmall */
#define NUMBER_BRAND 5    /* digits from which on a number is a brand: 110.com is nobody's imitation */

static char look(char c)
{
    return c == 'o' ? '0' : c == 'l' || c == 'i' ? '1' : c;
}

/* How it looks: rn and vv drawn together. Returns the length; out has room for PIECE_MAX. */
static struct str draw(struct str piece, bool together, char *out)
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
    return (struct str){out, n};
}

static bool all_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_digit(s.p[i]))
            return false;
    return true;
}

/* ---- what is compared with --------------------------------------------------------------------------------------- */

/* Append how `name` looks, unless it is too short to be one: `least` letters. */
static int add_look(struct institution_look **looks, size_t *n, struct str name, size_t least, bool together)
{
    struct institution_look *grown;
    bool number = all_digits(name);
    char *text;

    if (name.n < (number ? NUMBER_BRAND : least))
        return 0;
    grown = realloc(*looks, (*n + 1) * sizeof(*grown));
    if (grown == NULL)
        return -TS_ENOMEM;
    *looks = grown;
    text = malloc(PIECE_MAX);
    if (text == NULL)
        return -TS_ENOMEM;
    grown[(*n)++] = (struct institution_look){draw(name, together, text), number};
    return 0;
}

static struct str first_label(struct str domain)
{
    size_t n = 0;

    while (n < domain.n && domain.p[n] != '.')
        n++;
    return (struct str){domain.p, n};
}

int institution_draw_looks(struct institutions *institutions)
{
    int rc = 0;

    for (size_t i = 0; i < institutions->n; i++) {
        const struct institution *item = &institutions->items[i];
        const struct name_set *brands[] = {&item->brands, &item->numbers};
        for (size_t set = 0; set < 2; set++)
            for (size_t k = 0; k < brands[set]->n && rc == 0; k++)
                rc = add_look(&institutions->brands, &institutions->nbrands, brands[set]->names[k], 1, false);
        for (size_t k = 0; k < item->domains.n && rc == 0; k++)
            rc = add_look(&institutions->hosts, &institutions->nhosts, first_label(item->domains.names[k]), LONG_NAME,
                          true);
    }
    return rc;
}

/* ---- comparing --------------------------------------------------------------------------------------------------- */

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
        if (drawn.p[i] == number.p[0] && memcmp(drawn.p + i, number.p, number.n) == 0 &&
            !(i > 0 && ascii_is_digit(piece.p[i - 1])) &&
            !(i + number.n < piece.n && ascii_is_digit(piece.p[i + number.n])))
            return true;
    return false;
}

/* Does the piece, however drawn, begin or end with the brand? A short one only with an affix of the written `piece`,
 * which is as long; of one drawn together (piece.p NULL) not even then. */
static bool has_brand(struct str piece, struct str drawn, struct str brand)
{
    size_t beside = drawn.n - brand.n;

    if (drawn.n < brand.n)
        return false;
    if (drawn.p[0] == brand.p[0] && memcmp(drawn.p, brand.p, brand.n) == 0 &&
        (beside == 0 || brand.n >= LONG_BRAND ||
         (piece.p != NULL && is_affix((struct str){piece.p + brand.n, beside}))))
        return true;
    return drawn.p[drawn.n - 1] == brand.p[brand.n - 1] && memcmp(drawn.p + beside, brand.p, brand.n) == 0 &&
           (brand.n >= LONG_NAME || (piece.p != NULL && is_affix((struct str){piece.p, beside})));
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

static bool near_official(const struct institutions *institutions, struct str name)
{
    char look[PIECE_MAX];
    struct str drawn = draw(name, true, look);

    for (size_t i = 0; i < institutions->nhosts; i++) {
        const struct institution_look *host = &institutions->hosts[i];
        if (host->number ? drawn.n == host->text.n + 1 && one_off(drawn, host->text)
                         : str_eq(drawn, host->text) || one_off(drawn, host->text))
            return true;
    }
    return false;
}

static bool piece_imitates(const struct institutions *institutions, struct str piece)
{
    char look[PIECE_MAX], look_together[PIECE_MAX];
    struct str drawn, together;

    if (piece.n == 0 || piece.n > PIECE_MAX)
        return false;
    if (has_gov(piece))
        return true;
    drawn = draw(piece, false, look);
    together = draw(piece, true, look_together);
    for (size_t i = 0; i < institutions->nbrands; i++) {
        const struct institution_look *brand = &institutions->brands[i];
        if (brand->number ? has_number(piece, drawn, brand->text)
                          : has_brand(piece, drawn, brand->text) ||
                                (together.n < drawn.n && has_brand((struct str){0}, together, brand->text)))
            return true;
    }
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
    return name <= PIECE_MAX && near_official(institutions, (struct str){domain.p, name});
}
