/* test_canon_property.c - canonical text against a naive second implementation, over random text from all planes.
 *
 * The second implementation shares nothing with the first: ICU gives NFKC, categories, scripts and digit values,
 * Unihan and EquivalentUnifiedIdeograph are read from the unicode-data package, folding.json by jansson, and each rule
 * is a loop over an array of characters, one after the other. */
#include "core/utf8.h"
#include "record/canon.h"
#include "../setup.h"

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>

#define LAST 0x10FFFF
#define MAX_CHARS 4096
#define MAX_SEQUENCE 80
#define ROUNDS 20000

/* ---- the naive implementation ----------------------------------------------------------------------------------- */

struct sequence {
    size_t n;
    UChar32 cp[MAX_SEQUENCE];
};

struct word {
    struct sequence from, to, not_after;
};

struct oracle {
    UChar32 *simplified, *unified; /* by code point; 0 = none */
    struct sequence **custom;      /* by code point; NULL = none */
    struct word words[500];
    size_t nwords;
    json_t *file;
};

struct letter {
    UChar32 cp;
    size_t from, to;
};

struct letters {
    size_t n;
    struct letter at[MAX_CHARS];
};

static struct sequence sequence_of(const char *utf8)
{
    struct sequence s = {0};
    const char *end = utf8 + strlen(utf8);

    while (utf8 < end && s.n < MAX_SEQUENCE) {
        uint32_t cp;

        utf8 += utf8_decode(utf8, end, &cp);
        s.cp[s.n++] = (UChar32)cp;
    }
    return s;
}

static size_t bytes_of(UChar32 cp)
{
    return cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
}

static void read_unified(struct oracle *o)
{
    FILE *file = fopen("/usr/share/unicode/EquivalentUnifiedIdeograph.txt", "r");
    char line[512];

    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        unsigned first, last, to;

        if (sscanf(line, "%x..%x ; %x", &first, &last, &to) != 3) {
            if (sscanf(line, "%x ; %x", &first, &to) != 2)
                continue;
            last = first;
        }
        for (unsigned cp = first; cp <= last; cp++)
            o->unified[cp] = (UChar32)to;
    }
    fclose(file);
}

static void read_simplified(struct oracle *o)
{
    FILE *file = popen("bzcat /usr/share/unicode/Unihan_Variants.txt.bz2", "r");
    char line[512];
    size_t found = 0;

    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        char *field = strstr(line, "\tkSimplifiedVariant\t");
        unsigned source, target;

        if (field == NULL || sscanf(line, "U+%x", &source) != 1)
            continue;
        for (field = strstr(field, "U+"); field != NULL; field = strstr(field + 2, "U+")) {
            ck_assert_int_eq(sscanf(field, "U+%x", &target), 1);
            if (target != source) {
                o->simplified[source] = (UChar32)target;
                found++;
                break;
            }
        }
    }
    ck_assert_int_eq(pclose(file), 0);
    ck_assert_uint_gt(found, 6000);
}

static void read_custom(struct oracle *o)
{
    size_t i, j;
    json_t *item;

    json_array_foreach(json_object_get(o->file, "chars"), i, item) {
        struct sequence keys = {0};
        const char *p = json_string_value(json_object_get(item, "from")), *end = p + strlen(p);
        const char *to = json_string_value(json_object_get(item, "to"));
        const char *all = json_string_value(json_object_get(item, "all"));

        for (j = 0; p < end; j++) {
            uint32_t cp;

            p += utf8_decode(p, end, &cp);
            if (all != NULL) {
                keys = sequence_of(all);
            } else {
                char one[5] = {0};
                size_t n = utf8_prefix(str_of(to), 1);

                memcpy(one, to, n);
                to += n;
                keys = sequence_of(one);
            }
            o->custom[cp] = malloc(sizeof(keys));
            *o->custom[cp] = keys;
        }
    }
}

static struct sequence fold_char(const struct oracle *o, UChar32 cp);

static struct sequence fold_all(const struct oracle *o, const char *utf8)
{
    struct sequence raw = sequence_of(utf8), out = {0};

    for (size_t i = 0; i < raw.n; i++) {
        struct sequence each = fold_char(o, raw.cp[i]);

        for (size_t j = 0; j < each.n; j++)
            out.cp[out.n++] = each.cp[j];
    }
    return out;
}

static void read_words(struct oracle *o)
{
    size_t i, j;
    json_t *item, *from;

    json_array_foreach(json_object_get(o->file, "words"), i, item) {
        const char *after = json_string_value(json_object_get(item, "not_after"));

        json_array_foreach(json_object_get(item, "from"), j, from) {
            struct word *word = &o->words[o->nwords++];

            word->from = fold_all(o, json_string_value(from));
            word->to = sequence_of(json_string_value(json_object_get(item, "to")));
            word->not_after = sequence_of(after ? after : "");
        }
    }
}

static struct oracle *oracle_new(void)
{
    struct oracle *o = calloc(1, sizeof(*o));

    o->simplified = calloc(LAST + 1, sizeof(*o->simplified));
    o->unified = calloc(LAST + 1, sizeof(*o->unified));
    o->custom = calloc(LAST + 1, sizeof(*o->custom));
    o->file = json_load_file("patterns/folding.json", 0, NULL);
    ck_assert_ptr_nonnull(o->file);
    read_unified(o);
    read_simplified(o);
    read_custom(o);
    read_words(o);
    return o;
}

static void oracle_free(struct oracle *o)
{
    free(o->simplified);
    free(o->unified);
    for (size_t cp = 0; cp <= LAST; cp++)
        free(o->custom[cp]);
    free(o->custom);
    json_decref(o->file);
    free(o);
}

static bool is_space(UChar32 cp)
{
    return u_hasBinaryProperty(cp, UCHAR_WHITE_SPACE) || u_charType(cp) == U_CONTROL_CHAR;
}

static bool is_unseen(UChar32 cp)
{
    return u_hasBinaryProperty(cp, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) || u_charType(cp) == U_NON_SPACING_MARK ||
           u_charType(cp) == U_ENCLOSING_MARK || cp == 0x2800;
}

/* NFKC, unseen, unified, digit, simplified, lower: one round for one character. */
static struct sequence fold_round(const struct oracle *o, UChar32 cp)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfkc = unorm2_getNFKCInstance(&status);
    struct sequence out = {0};
    UChar32 points[MAX_SEQUENCE], one = cp;
    UChar in[2], text[64];
    int32_t n_in, n, npoints;

    if (is_space(cp))
        return (struct sequence){1, {' '}};
    u_strFromUTF32(in, 2, &n_in, &one, 1, &status);
    n = unorm2_normalize(nfkc, in, n_in, text, 64, &status);
    u_strToUTF32(points, MAX_SEQUENCE, &npoints, text, n, &status);
    if (U_FAILURE(status))
        ck_abort_msg("ICU: %s", u_errorName(status));
    for (int32_t i = 0; i < npoints; i++) {
        UChar32 c = points[i];
        int32_t type;

        if (is_unseen(c))
            continue;
        c = o->unified[c] ? o->unified[c] : c;
        type = u_getIntPropertyValue(c, UCHAR_NUMERIC_TYPE);
        if (type == U_NT_DECIMAL || type == U_NT_DIGIT)
            c = '0' + (UChar32)u_getNumericValue(c);
        c = o->simplified[c] ? o->simplified[c] : c;
        out.cp[out.n++] = u_tolower(c);
    }
    return out;
}

static struct sequence fold_char(const struct oracle *o, UChar32 cp)
{
    struct sequence now = {1, {cp}}, next;
    size_t bytes = 0;
    bool same;

    if (o->custom[cp] != NULL)
        return *o->custom[cp];
    do {
        next = (struct sequence){0};
        for (size_t i = 0; i < now.n; i++) {
            struct sequence each = fold_round(o, now.cp[i]);

            for (size_t j = 0; j < each.n; j++)
                next.cp[next.n++] = each.cp[j];
        }
        same = next.n == now.n && memcmp(next.cp, now.cp, now.n * sizeof(now.cp[0])) == 0;
        now = next;
    } while (!same);
    next = (struct sequence){0};
    for (size_t i = 0; i < now.n; i++) {
        bytes += bytes_of(now.cp[i]);
        if (bytes > 4 * bytes_of(cp))
            break;
        if (o->custom[now.cp[i]] == NULL)
            next.cp[next.n++] = now.cp[i];
        for (size_t j = 0; o->custom[now.cp[i]] != NULL && j < o->custom[now.cp[i]]->n; j++)
            next.cp[next.n++] = o->custom[now.cp[i]]->cp[j];
    }
    return next;
}

static bool is_word(UChar32 cp)
{
    uint32_t mask = U_GET_GC_MASK(cp);

    return (mask & (U_GC_L_MASK | U_GC_N_MASK | U_GC_MC_MASK)) != 0;
}

static bool is_han(UChar32 cp)
{
    UErrorCode status = U_ZERO_ERROR;

    return is_word(cp) && uscript_getScript(cp, &status) == USCRIPT_HAN;
}

static bool may_vanish(UChar32 cp)
{
    return !is_word(cp) && cp != '!' && cp != '?' && cp != ';' && cp != 0x3002;
}

static bool is_decor(UChar32 cp)
{
    uint32_t plain = U_GC_SO_MASK | U_GC_SK_MASK | U_GC_CO_MASK | U_GC_CN_MASK | U_GC_CF_MASK;

    return cp >= 0x80 && ((U_GET_GC_MASK(cp) & plain) != 0 || cp == 0x203B || cp == 0x2022 || cp == 0x2023 ||
                          cp == 0x2042 || cp == 0x204E || cp == 0x2051);
}

static void drop_gaps(const struct letters *in, struct letters *out)
{
    size_t i = 0;

    out->n = 0;
    while (i < in->n) {
        size_t end = i;
        bool left = i > 0 && is_han(in->at[i - 1].cp), right;

        while (end < in->n && may_vanish(in->at[end].cp))
            end++;
        right = end < in->n && is_han(in->at[end].cp);
        for (; i < end; i++)
            if (!(left && right) && !((left || right) && is_decor(in->at[i].cp)))
                out->at[out->n++] = in->at[i];
        if (i < in->n)
            out->at[out->n++] = in->at[i++];
    }
}

static bool ends_with(const struct letters *text, const struct word *word)
{
    size_t n = word->from.n;

    for (size_t i = 0; i < n; i++)
        if (n > text->n || text->at[text->n - n + i].cp != word->from.cp[i])
            return false;
    for (size_t i = 0; text->n > n && i < word->not_after.n; i++)
        if (text->at[text->n - n - 1].cp == word->not_after.cp[i])
            return false;
    return true;
}

static void replace_end(struct letters *text, const struct word *word)
{
    struct letter *at = &text->at[text->n - word->from.n];
    size_t from = at->from, to = text->at[text->n - 1].to;
    bool same = word->from.n == word->to.n;

    for (size_t i = 0; same && i < word->from.n; i++)
        same = bytes_of(word->from.cp[i]) == bytes_of(word->to.cp[i]);
    for (size_t i = 0; i < word->to.n; i++) {
        if (!same)
            at[i] = (struct letter){0, from, to};
        at[i].cp = word->to.cp[i];
    }
    text->n = text->n - word->from.n + word->to.n;
}

static void fold_words(const struct oracle *o, const struct letters *in, struct letters *out)
{
    out->n = 0;
    for (size_t i = 0; i < in->n; i++) {
        const struct word *best = NULL;

        out->at[out->n++] = in->at[i];
        for (size_t j = 0; j < o->nwords; j++)
            if (ends_with(out, &o->words[j]) && (best == NULL || o->words[j].from.n > best->from.n))
                best = &o->words[j];
        if (best != NULL)
            replace_end(out, best);
    }
}

static bool in_number(UChar32 cp)
{
    return (cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9') || cp == '|';
}

static bool joins(const struct letters *text, size_t joint, size_t other)
{
    return joint < text->n && other < text->n &&
           strchr("./@_-", text->at[joint].cp < 128 ? (int)text->at[joint].cp : 'x') &&
           in_number(text->at[other].cp);
}

static UChar32 digit_for(UChar32 cp)
{
    return cp == 'o' ? '0' : cp == 'l' || cp == 'i' || cp == '|' ? '1' : cp;
}

static void fold_digits(struct letters *text)
{
    for (size_t i = 0, end; i < text->n; i = end + 1) {
        size_t digits = 0, n;
        bool pure = true, strict, mobile;

        for (end = i; end < text->n && in_number(text->at[end].cp); end++) {
            digits += u_isdigit(text->at[end].cp) ? 1 : 0;
            pure = pure && u_isdigit(digit_for(text->at[end].cp));
        }
        n = end - i;
        if (n < 4 || !pure || digits * 100 < n * 60 || joins(text, i - 1, i - 2) || joins(text, end, end + 1))
            continue;
        strict = u_isdigit(text->at[i].cp) && (u_isdigit(text->at[end - 1].cp) || text->at[end - 1].cp == 'o');
        for (size_t j = i; j < end; j++)
            strict = strict && text->at[j].cp != '|';
        mobile = n == 11 && digit_for(text->at[i].cp) == '1' && digit_for(text->at[i + 1].cp) >= '3';
        for (size_t j = i; (strict || mobile) && j < end; j++)
            text->at[j].cp = digit_for(text->at[j].cp);
    }
}

static void oracle_fold(const struct oracle *o, struct str text, struct letters *out)
{
    static _Thread_local struct letters a, b;
    const char *p = text.p, *end = text.p + text.n;

    a.n = 0;
    while (p < end) {
        uint32_t cp;
        size_t n = utf8_decode(p, end, &cp);
        struct sequence each = fold_char(o, (UChar32)cp);

        for (size_t i = 0; i < each.n; i++)
            a.at[a.n++] = (struct letter){each.cp[i], (size_t)(p - text.p), (size_t)(p - text.p) + n};
        p += n;
    }
    drop_gaps(&a, &b);
    fold_words(o, &b, out);
    fold_digits(out);
}

/* ---- random text ------------------------------------------------------------------------------------------------ */

static uint64_t next_random(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15u;
    uint64_t z = (*state ^ (*state >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static UChar32 pick(uint64_t *state, const char *from)
{
    struct sequence s = sequence_of(from);

    return s.cp[next_random(state) % s.n];
}

/* Add one tricky thing to `text` and return its new length. */
static size_t add_random(const struct oracle *o, uint64_t *state, char *text, size_t n)
{
    uint64_t kind = next_random(state) % 17;
    UChar32 cp;

    switch (kind) {
    case 0: cp = pick(state, "，、：。！？；,.;:!?“”（）【】 　\n\t"); break;
    case 1: cp = pick(state, "★※•◆●♥😊👍🏻+*-_=~|/\\@#"); break;
    case 2:
        cp = (UChar32[]){0x200B, 0xFE0F, 0x20E3, 0x0336, 0xAD, 0x3164, 0x2800, 0xE0041}[next_random(state) % 8];
        break;
    case 3: cp = pick(state, "0123456789oOlIi|o1o0"); break;
    case 4: cp = pick(state, "0123456789abcxyzABCvV.-/@_"); break;
    case 5: cp = pick(state, "０１８ＱＶ①⑩❶➇⑴⒈⒱🅥🆅🇻𝟖𝐗Ⅴ²½㎏℃㏂㈱㍿…‼⁉㊎⾦⺠﷼ﷺ㌖"); break;
    case 6: cp = pick(state, "раураlѵХΟνАВ"); break;
    case 7: cp = pick(state, "貸額賬戶帳單傭連結簡訊裡乾"); break;
    case 8:
    case 9: cp = pick(state, "贷款微信薇威芯代账户加扌丁亻故现代款言"); break;
    case 10: { /* a whole word of folding.json, sometimes with something between */
        const struct word *word = &o->words[next_random(state) % o->nwords];

        for (size_t i = 0; i < word->from.n; i++) {
            n += utf8_encode((uint32_t)word->from.cp[i], text + n);
            if (next_random(state) % 8 == 0)
                n += utf8_encode((uint32_t)pick(state, "★ ，.​"), text + n);
        }
        return n;
    }
    case 16: /* a plain stretch, in which digits and Latin letters stand side by side */
        for (uint64_t i = next_random(state) % 20; i > 0; i--) {
            cp = pick(state, next_random(state) % 4 ? "您尾号的储蓄卡支出人民币余额有疑问" : "0123,。QoL ");
            n += utf8_encode((uint32_t)cp, text + n);
        }
        return n;
    case 11: cp = (UChar32)(next_random(state) % 0x3000); break;
    case 12: cp = (UChar32)(0x2E80 + next_random(state) % 0x8000); break;
    case 13: cp = (UChar32)(0xF900 + next_random(state) % 0x700); break;
    case 14: cp = (UChar32)(0x1D000 + next_random(state) % 0x3000); break;
    default: cp = (UChar32)(next_random(state) % (LAST + 1)); break;
    }
    if (cp >= 0xD800 && cp <= 0xDFFF)
        cp = 0xFFFD;
    return n + utf8_encode((uint32_t)cp, text + n);
}

/* ---- what must hold (ck_assert is dear even when it holds: it writes down its place; hence ck_abort_msg) --------- */

static const struct str NONE = {NULL, 0};

static struct str text_of(const struct canon *canon)
{
    return str_range(canon->buf + canon->start[CANON_TEXT], canon->buf + canon->end[CANON_TEXT]);
}

static void check_alike(const struct canon *canon, const struct letters *expected)
{
    struct str text = text_of(canon);
    size_t at = 0;

    for (size_t i = 0; i < expected->n; i++) {
        uint32_t start = canon->start[CANON_TEXT] + (uint32_t)at, from, to, cp;
        size_t n;

        if (!(at < text.n))
            ck_abort_msg("%.*s: %.*s is too short", STR_FMT(canon->text), STR_FMT(text));
        n = utf8_decode(text.p + at, text.p + text.n, &cp);
        if (!(cp == (uint32_t)expected->at[i].cp))
            ck_abort_msg("%.*s: %.*s: U+%04X at byte %zu, expected U+%04X",
                      STR_FMT(canon->text), STR_FMT(text), cp, at, (unsigned)expected->at[i].cp);
        canon_to_original_bytes(canon, start, start + (uint32_t)n, &from, &to);
        if (!(from == expected->at[i].from && to == expected->at[i].to))
            ck_abort_msg("%.*s: %.*s: byte %zu comes from [%u, %u), expected [%zu, %zu)", STR_FMT(canon->text),
                      STR_FMT(text), at, from, to, expected->at[i].from, expected->at[i].to);
        at += n;
    }
    if (!(at == text.n))
        ck_abort_msg("%.*s: %.*s is too long", STR_FMT(canon->text), STR_FMT(text));
    ck_assert_uint_eq(canon->chars, expected->n);
}

/* From every original character, the canonical place of the first character that ends behind it. */
static void check_way_back(const struct canon *canon, const struct letters *expected)
{
    size_t i = 0;
    uint32_t place = canon->start[CANON_TEXT];

    for (size_t byte = 0; byte < canon->text.n; byte++) {
        if (((unsigned char)canon->text.p[byte] & 0xC0) == 0x80)
            continue;
        while (i < expected->n && expected->at[i].to <= byte)
            place += (uint32_t)bytes_of(expected->at[i++].cp);
        if (!(canon_from_original(canon, (uint32_t)byte) == place))
            ck_abort_msg("%.*s: byte %zu is at %u, expected %u",
                      STR_FMT(canon->text), byte, canon_from_original(canon, (uint32_t)byte), place);
    }
}

static void check_shape(const struct canon *canon)
{
    struct str text = text_of(canon);

    ck_assert(utf8_valid(text));
    ck_assert_uint_le(text.n, 4 * canon->text.n);
    for (size_t i = 0; i < text.n; i++)
        if (!((unsigned char)text.p[i] >= 0x20 && text.p[i] != 0x7F))
            ck_abort_msg("a control byte");
    for (size_t i = 0; i < canon->nbreaks; i++) {
        uint32_t at = canon->breaks[i].at;

        if (at < (i ? canon->breaks[i - 1].at + 1 : canon->start[CANON_TEXT]) || at > canon->end[CANON_TEXT])
            ck_abort_msg("%.*s: break %zu is at %u", STR_FMT(canon->text), i, at);
    }
    for (size_t i = 1; i < canon->nruns; i++) {
        if (canon->runs[i].canon <= canon->runs[i - 1].canon || canon->runs[i].orig < canon->runs[i - 1].orig)
            ck_abort_msg("%.*s: run %zu does not ascend", STR_FMT(canon->text), i);
    }
}

/* Where original text lies between two neighbours, a break says so. */
static void check_breaks(const struct canon *canon, const struct letters *expected)
{
    uint32_t at = canon->start[CANON_TEXT];
    size_t next = 0;

    for (size_t i = 0; i < expected->n; i++) {
        bool here;

        while (next < canon->nbreaks && canon->breaks[next].at < at)
            next++;
        here = next < canon->nbreaks && canon->breaks[next].at == at;
        if (expected->at[i].from > (i ? expected->at[i - 1].to : 0))
            if (!(here))
                ck_abort_msg("%.*s: no break at %u", STR_FMT(canon->text), at);
        at += (uint32_t)bytes_of(expected->at[i].cp);
    }
}

static void check_stable(const struct folding *folding, const struct canon *canon)
{
    struct canon again;

    canon_init(&again);
    ck_assert_int_eq(canon_fold(&again, folding, NONE, NONE, text_of(canon)), 0);
    if (!(str_eq(text_of(canon), text_of(&again))))
        ck_abort_msg("%.*s: %.*s becomes %.*s", STR_FMT(canon->text),
                  STR_FMT(text_of(canon)), STR_FMT(text_of(&again)));
    canon_fini(&again);
}

START_TEST(random_text_folds_as_the_naive_way_and_maps_back_exactly)
{
    struct err err;
    struct folding *folding;
    struct oracle *o = oracle_new();
    struct letters *expected = malloc(sizeof(*expected));
    struct canon canon;
    uint64_t state = 20261122;

    err_init(&err);
    folding = folding_load("patterns/folding.json", &err);
    ck_assert_msg(folding != NULL, "%s", err.text);
    canon_init(&canon);
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = 0, things = next_random(&state) % 24;
        char text[24 * 64], *exact;

        for (size_t i = 0; i < things; i++)
            n = add_random(o, &state, text, n);
        exact = malloc(n ? n : 1); /* so that a sanitizer sees a read behind the end */
        memcpy(exact, text, n);
        if (canon_fold(&canon, folding, NONE, NONE, (struct str){exact, n}) != 0)
            ck_abort_msg("out of memory");
        oracle_fold(o, (struct str){exact, n}, expected);
        check_shape(&canon);
        check_alike(&canon, expected);
        check_way_back(&canon, expected);
        check_breaks(&canon, expected);
        check_stable(folding, &canon);
        free(exact);
    }
    canon_fini(&canon);
    folding_free(&folding);
    err_fini(&err);
    free(expected);
    oracle_free(o);
}
END_TEST

START_TEST(every_code_point_folds_as_the_naive_way)
{
    struct err err;
    struct folding *folding;
    struct oracle *o = oracle_new();
    struct letters *expected = malloc(sizeof(*expected));
    struct canon canon;

    err_init(&err);
    folding = folding_load("patterns/folding.json", &err);
    ck_assert_msg(folding != NULL, "%s", err.text);
    canon_init(&canon);
    for (uint32_t cp = 0; cp <= LAST; cp++) {
        char text[8] = "a";
        size_t n;

        if (cp >= 0xD800 && cp <= 0xDFFF)
            continue;
        n = 1 + utf8_encode(cp, text + 1);
        if (canon_fold(&canon, folding, NONE, NONE, (struct str){text, n}) != 0)
            ck_abort_msg("out of memory");
        oracle_fold(o, (struct str){text, n}, expected);
        check_alike(&canon, expected);
    }
    canon_fini(&canon);
    folding_free(&folding);
    err_fini(&err);
    free(expected);
    oracle_free(o);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("canon_property");

    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, random_text_folds_as_the_naive_way_and_maps_back_exactly);
    tcase_add_test(tcase, every_code_point_folds_as_the_naive_way);
    return setup_run("canon_property", tcase);
}
