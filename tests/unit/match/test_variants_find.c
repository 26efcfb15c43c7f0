/* test_variants_find.c - looking for variants by a filter and an index, eight places at a time or one by one, finds
 * what a look at every variant at every place of the text finds: tried with the words of the shipped libraries, written
 * in all the ways there are. */
#include "variants_setup.h"

#include "core/utf8.h"
#include "match/variants_places.h"
#include "match/variants_walk.h"

#include <glob.h>

#define TEXTS 800
#define MAX_TAKEN 32
#define MAX_TEXT 2048

/* ---- words ------------------------------------------------------------------------------------------------- */

/* Every run of Han characters in the file is a word. */
static void add_words_of(const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t n;

    ck_assert_msg(file != NULL, "%s", path);
    while ((n = getline(&line, &room, file)) > 0) {
        size_t from = 0;

        for (size_t i = 0; i < (size_t)n; i++) {
            if (i + 3 <= (size_t)n && variant_char(line + i) != 0) {
                i += 2;
                continue;
            }
            if (i > from)
                ck_assert_int_eq(variants_add_word(variants, (struct str){line + from, i - from}), 0);
            from = i + 1;
        }
    }
    free(line);
    fclose(file);
}

static void add_words(void)
{
    glob_t files;

    ck_assert_int_eq(glob("patterns/*.json", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        add_words_of(files.gl_pathv[i]);
    globfree(&files);
}

static void load(void)
{
    setup_variants(add_words);
}

/* ---- texts ------------------------------------------------------------------------------------------------- */

struct text {
    char p[MAX_TEXT];
    size_t n;
};

static void put(struct text *text, struct str s)
{
    ck_assert_uint_le(text->n + s.n, MAX_TEXT);
    memcpy(text->p + text->n, s.p, s.n);
    text->n += s.n;
}

static void put_char(struct text *text, uint32_t cp)
{
    char bytes[4];

    put(text, (struct str){bytes, utf8_encode(cp, bytes)});
}

/* A common character that sounds so, now and then one that mostly sounds in another way. */
static uint32_t sounding(uint32_t cp)
{
    bool any = setup_pick(4) > 0;
    size_t from = setup_pick(VARIANT_CHARS);

    for (size_t i = 0; i < VARIANT_CHARS; i++) {
        uint32_t other = HAN_FIRST + (uint32_t)((from + i) % VARIANT_CHARS);

        if (han_is_common(other) && han_sounds_so(other, han_sound(cp)) && (any || han_sound(other) != han_sound(cp)))
            return other;
    }
    return cp;
}

static uint32_t looking(uint32_t cp)
{
    const struct variant_shape *shapes = variants->shapes.items;
    size_t from = setup_pick(variants->shapes.n);

    for (size_t i = 0; i < variants->shapes.n; i++)
        if (shapes[(from + i) % variants->shapes.n].cp == cp)
            return shapes[(from + i) % variants->shapes.n].like;
    return cp;
}

/* A word with one character in `strange` written in another way. */
static void put_word(struct text *text, struct str word, size_t strange)
{
    for (const char *p = word.p; p < str_end(word); p += 3) {
        uint32_t cp = variant_char(p);

        switch (setup_pick(strange) == 0 ? setup_pick(6) : 9) {
        case 0: case 1: case 2: put_char(text, sounding(cp)); break;
        case 3: put_char(text, looking(cp)); break;
        case 4: put(text, str_of(han_syllable(han_sound(cp)))); break;
        case 5: put_char(text, cp); put_char(text, ' '); break;
        default: put_char(text, cp); break;
        }
    }
}

/* One of each kind as often as another. */
static void put_entry(struct text *text)
{
    const struct variant *all = variants->entries.items;
    size_t kind = setup_pick(REWRITE_PINYIN), i = setup_pick(variants->entries.n);
    const struct variant_unit *units;

    while (all[i].kind != kind)
        i = (i + 1) % variants->entries.n;
    units = (const struct variant_unit *)variants->units.items + all[i].units;
    for (unsigned c = 0; c < all[i].n; c++)
        put_char(text, units[c].cp);
}

static void put_ordinary(struct text *text)
{
    uint32_t word = ((const uint32_t *)variants->ordinary.items)[setup_pick(variants->ordinary.n)];

    put_char(text, HAN_FIRST + (word >> 17));
    put_char(text, HAN_FIRST + (word >> 2 & 0x7FFF));
}

static void make_text(struct text *text)
{
    static const size_t strange[] = {2, 4, 10, 1000};
    size_t how = strange[setup_pick(4)];

    text->n = 0;
    for (size_t words = 3 + setup_pick(8); words > 0; words--) {
        switch (setup_pick(8)) {
        case 0: put_entry(text); break;
        case 1: put_ordinary(text); break;
        case 2: put_char(text, HAN_FIRST + (uint32_t)setup_pick(VARIANT_CHARS)); break;
        case 3: put(text, setup_pick(2) == 0 ? STR_LIT(",") : STR_LIT(" a1 ")); break;
        default: put_word(text, ((const struct str *)variants->words.items)[setup_pick(variants->words.n)], how); break;
        }
    }
}

/* ---- the plain way ----------------------------------------------------------------------------------------- */

static bool fits(struct variant_unit unit, uint32_t cp)
{
    unsigned sounds[HAN_READINGS];

    if (cp == unit.cp)
        return true;
    for (size_t n = han_sounds(cp, sounds); n > 0; n--)
        if (sounds[n - 1] == unit.sound)
            return true;
    return false;
}

/* How many characters of the variant are as they are written at t; -1 when it does not stand there. */
static int standing(const struct variant *variant, const uint16_t *t, bool suspicious)
{
    const struct variant_unit *units = (const struct variant_unit *)variants->units.items + variant->units;
    int own = 0;

    for (unsigned i = 0; i < variant->n; i++) {
        if (!fits(units[i], t[i]))
            return -1;
        own += units[i].cp == t[i];
    }
    if (units[0].cp != t[0] && units[1].cp != t[1] && !(suspicious && variant->n > 2 && units[2].cp == t[2]))
        return -1;
    return own;
}

/* The longest variant at `at`, then the most alike, then the one made first; NULL when there is none or a word that is
 * written as it is goes as far. */
static const struct variant *plain_choice(const struct variant_walk *walk, uint32_t at, int *kept)
{
    const struct variant *all = variants->entries.items, *best = NULL;
    uint16_t t[2 * VARIANT_MAX_CHARS + 2] = {0};
    unsigned words = 0;

    for (size_t i = 0; i <= 2 * VARIANT_MAX_CHARS && at + 3 * i < canon.end[CANON_TEXT]; i++)
        if ((t[i] = (uint16_t)variant_char(canon.buf + at + 3 * i)) == 0)
            break;
    for (size_t i = 0; t[1] != 0 && i < variants->entries.n; i++) {
        int own = all[i].pair == han_sound(t[0]) * HAN_MAX_SOUNDS + han_sound(t[1])
                      ? standing(&all[i], t, walk->suspicious) : -1;

        if (own < 0)
            continue;
        if (all[i].kind == REWRITE_SOUND && own == all[i].n) {
            words = all[i].n > words ? all[i].n : words;
            continue;
        }
        own = own < all[i].strange ? 0 : own - all[i].strange;
        if (best != NULL && (all[i].n < best->n || (all[i].n == best->n && own < *kept) ||
                             (all[i].n == best->n && own == *kept && all[i].units > best->units)))
            continue;
        if (!variant_is_meant(walk, &all[i], t, (unsigned)own, at))
            continue;
        best = &all[i];
        *kept = own;
    }
    return best != NULL && best->n > words ? best : NULL;
}

static void plain_walk(struct variant_walk *walk)
{
    uint32_t at = canon.start[CANON_TEXT];

    walk->n = 0;
    while (at < canon.end[CANON_TEXT]) {
        const struct variant *best;
        int kept = 0;

        if (ascii_is_alpha(canon.buf[at])) {
            at = variant_try_letters(walk, at);
        } else if (variant_char(canon.buf + at) == 0) {
            at++;
        } else if (walk->n < walk->room && (best = plain_choice(walk, at, &kept)) != NULL) {
            variant_take(walk, at, at + 3u * best->n, ((const struct str *)variants->words.items)[best->word],
                         best->kind, best->n - (unsigned)kept);
            at += 3u * best->n;
        } else {
            at += 3;
        }
    }
}

static size_t plain_find(struct canon_rewrite *out)
{
    struct variant_walk walk = {.variants = variants, .canon = &canon, .out = out, .room = MAX_TAKEN};

    plain_walk(&walk);
    if (walk.n == 0 && canon.changed == 0)
        return 0;
    walk.suspicious = true;
    plain_walk(&walk);
    return walk.n;
}

/* ---- tests ------------------------------------------------------------------------------------------------- */

/* Eight places at a time, where the machine can, and one by one. */
START_TEST(finds_what_a_look_at_every_variant_finds)
{
    size_t kinds[REWRITE_INITIALS + 1] = {0};

    variants->wide = _i == 0 && variant_wide_runs();
    for (size_t round = 0; round < TEXTS; round++) {
        struct canon_rewrite found[MAX_TAKEN], wanted[MAX_TAKEN];
        struct text text;
        size_t n, plain;

        make_text(&text);
        ck_assert_int_eq(
            canon_fold(&canon, folding, (struct str){0}, (struct str){0}, (struct str){text.p, text.n}), 0);
        n = variants_find(variants, &canon, found, MAX_TAKEN);
        plain = plain_find(wanted);
        ck_assert_msg(n == plain, "%zu, not %zu in %.*s", n, plain, STR_FMT(text));
        for (size_t i = 0; i < n; i++) {
            ck_assert_msg(found[i].start == wanted[i].start && found[i].end == wanted[i].end &&
                              str_eq(found[i].to, wanted[i].to) && found[i].kind == wanted[i].kind &&
                              found[i].changed == wanted[i].changed,
                          "%.*s, not %.*s in %.*s", STR_FMT(found[i].to), STR_FMT(wanted[i].to), STR_FMT(text));
            kinds[found[i].kind]++;
        }
    }
    for (size_t i = REWRITE_SOUND; i <= REWRITE_SPLIT; i++)
        ck_assert_msg(kinds[i] > 0, "no %s", rewrite_kind_name((enum rewrite_kind)i));
}
END_TEST

/* Runs of all lengths, of any characters and of words, with anything behind them. */
static void make_run(struct text *text)
{
    static const char *const behind[] = {"\x05", "a", "\xC3\xA9", "\xE3\x80\x82", "\xEF\xBC\x81", "\xF0\x9F\x98\x80"};
    size_t chars = 1 + setup_pick(150);

    text->n = 0;
    while (text->n < 3 * chars)
        if (setup_pick(3) > 0)
            put_word(text, ((const struct str *)variants->words.items)[setup_pick(variants->words.n)], 1000);
        else
            put_char(text, HAN_FIRST + (uint32_t)setup_pick(VARIANT_CHARS));
    text->n = 3 * chars;
    for (size_t i = 0; i < 3; i++)
        put(text, str_of(behind[setup_pick(sizeof(behind) / sizeof(*behind))]));
    for (size_t i = 0; i < 40; i++)
        text->p[text->n++] = (char)setup_pick(256);
}

START_TEST(places_are_the_same_eight_at_a_time)
{
    size_t told = 0;

    for (size_t round = 0; round < 20000 && variant_wide_runs(); round++) {
        struct variant_places plain, wide;
        bool suspicious = setup_pick(2) == 0;
        struct text text;

        make_run(&text);
        variant_list_plain(&variants->filter, text.p, suspicious, &plain);
        variant_list_avx2(&variants->filter, text.p, suspicious, &wide);
        ck_assert_uint_eq(wide.n, plain.n);
        ck_assert_int_eq(wide.goes_on, plain.goes_on);
        ck_assert_uint_eq(wide.longs, plain.longs);
        ck_assert_uint_eq(wide.shorts, plain.shorts);
        told += (plain.longs & ~plain.shorts) != 0 && (plain.shorts & ~plain.longs) != 0;
    }
    ck_assert(told > 0 || !variant_wide_runs());
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("variants_find");

    tcase_set_timeout(tests, 120);
    tcase_add_unchecked_fixture(tests, load, unload);
    tcase_add_loop_test(tests, finds_what_a_look_at_every_variant_finds, 0, 2);
    tcase_add_test(tests, places_are_the_same_eight_at_a_time);
    return setup_run("variants_find", tests);
}
