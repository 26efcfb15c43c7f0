/* variants_make.c - the ways of writing one word: by sound, as listed, by shape, by parts, in letters. */
#include "match/variants_parts.h"

#include "core/utf8.h"

/* A word whose variants are made. */
struct maker {
    struct variants *variants;
    uint32_t word;
    struct str text;
    uint16_t chars[VARIANT_MAX_CHARS];
    size_t n, made;
    int rc;
};

/* Keep one writing; what has no usual sounds to be found by is passed over. */
static void keep(struct maker *maker, enum rewrite_kind kind, const struct variant_unit *units, size_t n,
                 unsigned strange, unsigned first, unsigned second)
{
    struct variants *variants = maker->variants;
    struct variant *variant;
    uint32_t at = (uint32_t)variants->units.n;

    if (first == 0 || second == 0 || maker->made == VARIANTS_PER_WORD || maker->rc != 0)
        return;
    for (size_t i = 0; i < n; i++) {
        struct variant_unit *unit = variant_list_add(&variants->units, sizeof(*unit));

        if (unit == NULL) {
            maker->rc = -TS_ENOMEM;
            return;
        }
        *unit = units[i];
    }
    variant = variant_list_add(&variants->entries, sizeof(*variant));
    if (variant == NULL) {
        maker->rc = -TS_ENOMEM;
        return;
    }
    *variant = (struct variant){.pair = first * HAN_MAX_SOUNDS + second, .units = at, .word = maker->word,
                                .n = (uint8_t)n, .kind = (uint8_t)kind, .strange = (uint8_t)strange};
    maker->made++;
}

/* A writing that must be met exactly. */
static void keep_exact(struct maker *maker, enum rewrite_kind kind, struct str from)
{
    uint16_t chars[2 * VARIANT_MAX_CHARS];
    struct variant_unit units[2 * VARIANT_MAX_CHARS];
    size_t n = variant_chars(from, chars, 2 * VARIANT_MAX_CHARS);

    for (size_t i = 0; i < n; i++)
        units[i] = (struct variant_unit){chars[i], 0};
    if (n >= 2)
        keep(maker, kind, units, n, (unsigned)n, han_sound(chars[0]), han_sound(chars[1]));
}

/* The word as it is, each character with each of its sounds. The last of the readings counts fastest. */
static void keep_sounds(struct maker *maker)
{
    unsigned sounds[VARIANT_MAX_CHARS][HAN_READINGS];
    size_t nsounds[VARIANT_MAX_CHARS], at[VARIANT_MAX_CHARS] = {0}, i;

    for (i = 0; i < maker->n; i++)
        if ((nsounds[i] = han_sounds(maker->chars[i], sounds[i])) == 0)
            return;
    do {
        struct variant_unit units[VARIANT_MAX_CHARS];

        for (i = 0; i < maker->n; i++)
            units[i] = (struct variant_unit){maker->chars[i], (uint16_t)sounds[i][at[i]]};
        keep(maker, REWRITE_SOUND, units, maker->n, 0, units[0].sound, units[1].sound);
        for (i = maker->n; i > 0 && ++at[i - 1] == nsounds[i - 1]; i--)
            at[i - 1] = 0;
    } while (i > 0 && maker->made < VARIANTS_PER_WORD / 4);
}

/* One character replaced by one that looks like it. */
static void keep_shapes(struct maker *maker)
{
    const struct variant_shape *shapes = maker->variants->shapes.items;
    struct variant_unit units[VARIANT_MAX_CHARS];

    for (size_t i = 0; i < maker->n; i++)
        units[i] = (struct variant_unit){maker->chars[i], (uint16_t)han_sound(maker->chars[i])};
    for (size_t i = 0; i < maker->n; i++) {
        struct variant_unit own = units[i];
        size_t at;

        for (size_t k = 0; (at = variants_of(maker->variants, VARIANT_SHAPES, own.cp, k)) != VARIANT_NO_ITEM; k++) {
            uint16_t like = shapes[at].like;

            if (han_sound(like) == own.sound)
                continue; /* what sounds alike is found by its sound */
            units[i] = (struct variant_unit){like, 0};
            keep(maker, REWRITE_SHAPE, units, maker->n, 1, i == 0 ? han_sound(like) : units[0].sound,
                 i == 1 ? han_sound(like) : units[1].sound);
        }
        units[i] = own;
    }
}

/* One character written as its parts. */
static void keep_parts(struct maker *maker)
{
    const struct variant_parts *all = maker->variants->parts.items;

    for (size_t i = 0; i < maker->n; i++) {
        size_t at;

        for (size_t k = 0; (at = variants_of(maker->variants, VARIANT_PARTS, maker->chars[i], k)) != VARIANT_NO_ITEM;
             k++) {
            char text[3 * 2 * VARIANT_MAX_CHARS];
            size_t behind = maker->text.n - 3 * (i + 1);
            struct str parts = all[at].parts;

            if (all[at].alone || parts.n + maker->text.n > sizeof(text))
                continue;
            memcpy(text, maker->text.p, 3 * i);
            memcpy(text + 3 * i, parts.p, parts.n);
            memcpy(text + 3 * i + parts.n, maker->text.p + 3 * (i + 1), behind);
            keep_exact(maker, REWRITE_SPLIT, (struct str){text, 3 * i + parts.n + behind});
        }
    }
}

static bool keep_letters(struct variants *variants, struct str letters, struct str to, enum rewrite_kind kind)
{
    struct variant_letters *added = variant_list_add(&variants->letters, sizeof(*added));

    if (added == NULL)
        return false;
    *added = (struct variant_letters){arena_strdup(&variants->arena, letters), to, (uint8_t)kind};
    return added->letters.p != NULL;
}

/* In the usual sounds, and with one character in another of its sounds (yinxing for 银行). */
static int keep_pinyin(struct variants *variants, struct str word)
{
    uint16_t chars[VARIANT_MAX_CHARS];
    unsigned sounds[VARIANT_MAX_CHARS][HAN_READINGS];
    size_t nsounds[VARIANT_MAX_CHARS], n = variant_chars(word, chars, VARIANT_MAX_CHARS);

    for (size_t i = 0; i < n; i++)
        if ((nsounds[i] = han_sounds(chars[i], sounds[i])) == 0)
            return 0;
    for (size_t other = 0; other < n; other++) {
        for (size_t k = other > 0 ? 1 : 0; k < nsounds[other]; k++) {
            char letters[6 * VARIANT_MAX_CHARS + 1];
            size_t bytes = 0;

            for (size_t i = 0; i < n; i++) {
                const char *syllable = han_syllable(sounds[i][i == other ? k : 0]);

                bytes += (size_t)(stpcpy(letters + bytes, syllable) - (letters + bytes));
            }
            if (bytes >= VARIANT_MIN_LETTERS &&
                !keep_letters(variants, (struct str){letters, bytes}, word, REWRITE_PINYIN))
                return -TS_ENOMEM;
        }
    }
    return 0;
}

int variants_make_pinyin(struct variants *variants)
{
    const struct str *known = variants->known.items;
    int rc = 0;

    for (size_t i = 0; i < variants->known.n && rc == 0; i++)
        rc = keep_pinyin(variants, known[i]);
    return rc;
}

static void keep_listed(struct maker *maker)
{
    const struct variant_listed *listed = maker->variants->listed.items;
    uint32_t first = variant_beginning(maker->text);
    size_t i;

    for (size_t k = 0;
         maker->rc == 0 && (i = variants_of(maker->variants, VARIANT_LISTED, first, k)) != VARIANT_NO_ITEM; k++) {
        if (!str_eq(listed[i].to, maker->text))
            continue;
        if (listed[i].from.p[0] >= 'a' && listed[i].from.p[0] <= 'z') {
            if (!keep_letters(maker->variants, listed[i].from, maker->text, REWRITE_INITIALS))
                maker->rc = -TS_ENOMEM;
        } else {
            keep_exact(maker, REWRITE_WORD, listed[i].from);
        }
    }
}

int variants_make(struct variants *variants, uint32_t word)
{
    struct maker maker = {.variants = variants, .word = word, .text = ((struct str *)variants->words.items)[word]};

    maker.n = variant_chars(maker.text, maker.chars, VARIANT_MAX_CHARS);
    keep_sounds(&maker);
    keep_listed(&maker);
    keep_shapes(&maker);
    keep_parts(&maker);
    return maker.rc;
}

int variants_make_alone(struct variants *variants)
{
    const struct variant_parts *all = variants->parts.items;
    struct maker maker = {.variants = variants};

    for (size_t i = 0; i < variants->parts.n && maker.rc == 0; i++) {
        char whole[4];
        struct str *added;

        if (!all[i].alone)
            continue;
        if ((added = variant_list_add(&variants->words, sizeof(*added))) == NULL)
            return -TS_ENOMEM;
        maker.word = (uint32_t)variants->words.n - 1;
        maker.made = 0;
        *added = arena_strdup(&variants->arena, (struct str){whole, utf8_encode(all[i].cp, whole)});
        if (added->p == NULL)
            return -TS_ENOMEM;
        keep_exact(&maker, REWRITE_SPLIT, all[i].parts);
    }
    return maker.rc;
}
