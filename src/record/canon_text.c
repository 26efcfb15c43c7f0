/* canon_text.c - one pass over the text that writes canonical text, breaks and map together.
 *
 * Most of a text is plain: Han characters that stay as they are and ASCII. They are skipped (canon_plain.h) and copied
 * together; at the end ASCII becomes lower case if there are letters. Everything else is read as pieces
 * (canon_piece.h): what one character, or one part of a character that falls apart, becomes.
 *
 * A piece that may vanish (space, punctuation, symbol) is decided together with all that stand beside it, by what
 * stands left and right of them: between two Han characters all vanish, beside one Han character the decorative
 * ones, else only what nobody sees. What vanished is kept in `gap` until something is written behind it; then it
 * becomes a break. The map needs a new run only behind a gap and around a character that changed its length.
 *
 * A Han character that ends a word of folding.json has the words compared with the end of what is written. */
#include "record/canon_text.h"

#include "core/utf8.h"
#include "record/canon_breaks.h"
#include "record/canon_copy.h"
#include "record/canon_plain.h"

/* ---- words ------------------------------------------------------------------------------------------------------ */

static bool stands_behind(const struct fold_word *word, const char *start, const char *at)
{
    const char *p = at;
    struct str before;

    if (word->not_after.n == 0 || p == start)
        return false;
    do
        p--;
    while (((unsigned char)*p & 0xC0) == 0x80);
    before = str_range(p, at);
    return memmem(word->not_after.p, word->not_after.n, before.p, before.n) != NULL;
}

/* Write the replacement of a word whose characters differ in length from it: one run of the map for the whole. */
static void reshape_word(struct folder *f, const struct fold_word *word, const char *to)
{
    struct canon *canon = f->canon;
    const struct canon_run *run = &canon->runs[canon->nruns - 1];
    uint32_t at, from, shorter;

    f->out -= word->from.n;
    at = offset(f);
    while (run->canon > at)
        run--;
    from = run->linear ? run->orig + (at - run->canon) : run->orig;
    canon->nruns = (size_t)(run - canon->runs) + 1;
    while (canon->nbreaks > 0 && canon->breaks[canon->nbreaks - 1].at > at)
        canon->nbreaks--;
    add_run(f, f->text + from, to, false);
    f->new_run = true;
    shorter = (uint32_t)(utf8_count(word->from) - utf8_count(word->to));
    canon->chars -= shorter;
    canon->han -= shorter;
    memcpy(f->out, word->to.p, word->to.n);
    f->out += word->to.n;
}

/* `tail` says which words may end at f->out; `last_len` is the length of the last character, `to` its original end. */
static void fold_word(struct folder *f, const struct fold_tail *tail, size_t last_len, const char *to)
{
    size_t written = (size_t)(f->out - f->start);

    if (written <= last_len || (tail->before >> (f->out[-1 - (ptrdiff_t)last_len] & 63) & 1) == 0)
        return;
    for (size_t i = 0; i < tail->nwords; i++) {
        const struct fold_word *word = &tail->words[i];
        char *at = f->out - word->from.n;

        if (word->from.n > written || memcmp(at, word->from.p, word->from.n) != 0 ||
            stands_behind(word, f->start, at))
            continue;
        if (word->same_shape)
            memcpy(at, word->to.p, word->to.n);
        else
            reshape_word(f, word, to);
        f->canon->changed += word->hidden;
        return;
    }
}

/* ---- what is not plain ------------------------------------------------------------------------------------------ */

/* What one character written as `entry` says about the text; `n` its bytes, `to` its original end. */
static inline void note(struct folder *f, const struct fold_entry *entry, uint8_t flags, size_t n, const char *to)
{
    struct canon *canon = f->canon;

    if (flags & (FOLD_HIDES | FOLD_TRADITIONAL)) {
        canon->changed += (flags & FOLD_HIDES) != 0;
        f->traditional += (flags & FOLD_TRADITIONAL) != 0;
    }
    if (entry->cls == FOLD_HAN) {
        canon->han++;
        f->left_han = true;
        if (entry->tail != 0)
            fold_word(f, &f->folding->tails[entry->tail - 1], n, to);
    } else if (entry->cls < FOLD_SPACE) {
        f->left_han = false;
    }
}

/* Before output that does not keep the length of the original [from, to). */
static inline void begin_bent(struct folder *f, const char *from, const char *to)
{
    close_gap(f);
    add_run(f, from, to, false);
    f->new_run = true;
}

static void emit(struct folder *f, const struct piece *piece)
{
    if (piece->linear)
        begin_linear(f, piece->from);
    else
        begin_bent(f, piece->from, piece->to);
    for (uint32_t i = 0; i < piece->n; i++) {
        f->letters = f->letters || (piece->p[i] & 0xC0) == 0x40;
        f->canon->chars += ((unsigned char)piece->p[i] & 0xC0) != 0x80;
        *f->out++ = piece->p[i];
    }
    note(f, piece->entry, piece->flags, piece->n, piece->to);
}

/* The reader stands before a piece that may vanish: decide all of them up to the next that cannot. */
static void fold_gap(struct folder *f)
{
    struct reader ahead = f->reader, last = ahead;
    struct gap all = f->gap;
    struct piece piece;
    bool right_han = false;

    while (!at_end(&ahead)) {
        read_piece(f->folding, &ahead, &piece);
        if (piece.entry->cls < FOLD_SPACE) {
            right_han = piece.entry->cls == FOLD_HAN;
            break;
        }
        gap_add(&all, piece.entry, piece.flags);
        last = ahead;
    }
    if (f->left_han && right_han) {
        f->new_run = true;
        f->gap = all;
        f->reader = last;
        return;
    }
    while (f->reader.in != last.in || f->reader.part != last.part) {
        read_piece(f->folding, &f->reader, &piece);
        if (piece.entry->cls == FOLD_IGNORED ||
            (piece.entry->cls == FOLD_DECOR && (f->left_han || right_han))) {
            gap_add(&f->gap, piece.entry, piece.flags);
            f->new_run = true;
        } else {
            emit(f, &piece);
        }
    }
}

/* The long way: one character and all its parts. */
static void fold_piece(struct folder *f)
{
    struct reader before;
    struct piece piece;

    do {
        before = f->reader;
        read_piece(f->folding, &f->reader, &piece);
        if (piece.entry->cls >= FOLD_SPACE && (f->left_han || piece.entry->cls >= FOLD_DECOR)) {
            f->reader = before;
            fold_gap(f);
        } else {
            emit(f, &piece);
        }
    } while (f->reader.part != NULL);
}

/* Write the character [in, in + n) as `entry`, which makes one character of it. */
static inline void put(struct folder *f, const struct fold_entry *entry, const char *in, size_t n)
{
    size_t written = n;

    if (entry->flags & FOLD_COPY) {
        begin_linear(f, in);
        if (f->reader.end - in >= 4)
            memcpy(f->out, in, 4);
        else
            memcpy(f->out, in, n);
    } else {
        written = entry->len;
        if (written == n)
            begin_linear(f, in);
        else
            begin_bent(f, in, in + n);
        memcpy(f->out, entry->out, 4);
    }
    f->letters = f->letters || (f->out[0] & 0xC0) == 0x40;
    f->out += written;
    f->canon->chars++;
    note(f, entry, entry->flags, written, in + n);
}

/* Behind Han stand [in, end), characters that may vanish but are no decoration, and then no Han: they stay. */
static void put_all(struct folder *f, const char *in, const char *end)
{
    while (in < end) {
        uint32_t cp;
        size_t n = decode(in, end, &cp);

        put(f, folding_entry(f->folding, cp), in, n);
        in += n;
    }
    f->reader.in = end;
}

/* The short way for what is most common: one character that stays or becomes another one, and the punctuation and
 * spaces behind Han. Returns false, with nothing done, when it is not that. */
static bool fold_simple(struct folder *f)
{
    const char *in = f->reader.in, *p = in, *end = f->reader.end;
    const struct fold_entry *entry;
    struct gap gap = {0};
    uint32_t cp;
    size_t n = decode(p, end, &cp);

    entry = folding_entry(f->folding, cp);
    if (entry->cls < FOLD_SPACE || (entry->cls < FOLD_DECOR && !f->left_han)) {
        if ((entry->flags & FOLD_ONE) == 0)
            return false;
        put(f, entry, in, n);
        f->reader.in = in + n;
        return true;
    }
    while (entry->cls >= FOLD_SPACE && entry->cls < FOLD_IGNORED && (entry->flags & FOLD_ONE)) {
        gap_add(&gap, entry, entry->flags);
        p += n;
        if (p == end)
            break;
        n = decode(p, end, &cp);
        entry = folding_entry(f->folding, cp);
    }
    if (!f->left_han || (entry->cls >= FOLD_SPACE && p < end))
        return false;
    if (entry->cls == FOLD_HAN) {
        f->gap = gap;
        f->new_run = true;
        f->reader.in = p;
        begin_linear(f, p);
        return true;
    }
    if (gap.classes & (1u << FOLD_DECOR))
        return false;
    put_all(f, in, p);
    return true;
}

/* ---- the pass --------------------------------------------------------------------------------------------------- */

enum judged { STAYS, CHANGES, VANISHES, IS_ELSE };

static inline bool is_han(const struct folding *folding, const char *p, const char *end)
{
    uint32_t cp;

    if ((unsigned char)*p < 0x80)
        return false;
    if (is_plain_han(folding, p))
        return true;
    decode(p, end, &cp);
    return folding_entry(folding, cp)->cls == FOLD_HAN;
}

/* What becomes of the character behind the stretch: it stays as it is after all, is written as another one, vanishes
 * alone between two Han characters, or is something else. */
static inline enum judged judge(const struct folder *f, const struct stretch *s, const struct fold_entry *entry,
                                const char *next)
{
    bool copied = (entry->flags & (FOLD_COPY | FOLD_HIDES | FOLD_TRADITIONAL)) == FOLD_COPY;
    enum judged kept = copied ? STAYS : entry->flags & FOLD_ONE ? CHANGES : IS_ELSE;

    if (entry->tail != 0) {
        char before = s->to > s->from ? s->to[-1] : f->out[-1];

        return copied && (f->folding->tails[entry->tail - 1].before >> (before & 63) & 1) == 0 ? STAYS : CHANGES;
    }
    if (entry->cls < FOLD_SPACE)
        return kept;
    if (!s->left_han)
        return entry->cls < FOLD_DECOR ? kept : IS_ELSE;
    if (next == f->reader.end || entry->cls >= FOLD_IGNORED || (entry->flags & (FOLD_ONE | FOLD_HIDES)) != FOLD_ONE)
        return IS_ELSE;
    if (is_han(f->folding, next, f->reader.end))
        return VANISHES;
    return entry->cls < FOLD_DECOR && (f->folding->ascii_kind[(unsigned char)*next] & FOLD_ASCII_WORD) ? kept : IS_ELSE;
}

/* Write the stretch. */
static inline void copy_stretch(struct folder *f, struct stretch *s)
{
    size_t n = (size_t)(s->to - s->from);

    f->left_han = s->left_han;
    if (n == 0)
        return;
    begin_linear(f, s->from);
    if (f->reader.end - s->to >= 32)
        for (size_t i = 0; i < n; i += 32)
            memcpy(f->out + i, s->from + i, 32);
    else
        memcpy(f->out, s->from, n);
    f->out += n;
    s->copied += n;
}

/* The long way, and what vanishes with it. */
static __attribute__((noinline)) void fold_else(struct folder *f, const char *in)
{
    f->reader.in = in;
    if (!fold_simple(f))
        fold_piece(f);
}

/* What stands behind the stretch is not plain: put it into the stretch, or write the stretch and then it. */
static inline void fold_behind(struct folder *f, struct stretch *s)
{
    const struct fold_entry *entry;
    uint32_t cp;
    const char *next = s->to + decode(s->to, f->reader.end, &cp);
    enum judged judged;

    entry = folding_entry(f->folding, cp);
    judged = judge(f, s, entry, next);
    if (judged == STAYS) {
        s->inner += (size_t)(next - s->to) - 1;
        s->to = next;
        s->han += entry->cls == FOLD_HAN;
        s->left_han = entry->cls < FOLD_SPACE ? entry->cls == FOLD_HAN : s->left_han;
        return;
    }
    copy_stretch(f, s);
    if (judged == VANISHES) {
        gap_add(&f->gap, entry, 0);
        f->new_run = true;
        s->from = s->to = next;
        return;
    }
    if (judged == CHANGES) {
        put(f, entry, s->to, (size_t)(next - s->to));
        f->reader.in = next;
    } else {
        fold_else(f, s->to);
    }
    s->from = s->to = f->reader.in;
    s->left_han = f->left_han;
}

/* A text with something in it. */
static int fold_all(struct canon *canon, const struct folding *folding, struct str text)
{
    struct folder f = {
        .canon = canon,
        .folding = folding,
        .text = text.p,
        .reader = {.in = text.p, .end = str_end(text)},
        .start = canon->buf + canon->len,
        .out = canon->buf + canon->len,
        .new_run = true,
    };
    struct stretch stretch = {.from = text.p, .to = text.p};

    while (stretch.to < f.reader.end) {
        skip_plain(folding, &stretch, f.reader.end);
        if (stretch.to < f.reader.end)
            fold_behind(&f, &stretch);
    }
    copy_stretch(&f, &stretch);
    close_gap(&f);
    canon->chars += (uint32_t)(stretch.copied - stretch.inner);
    canon->han += stretch.han;
    if ((f.letters || stretch.letters) && lower_fast(f.start, f.out))
        canon->changed += canon_digits_fold(folding, f.start, f.out);
    /* A text in traditional writing hides nothing; a few traditional characters in a simplified one do. */
    if (f.traditional * 5 < canon->han)
        canon->changed += f.traditional;
    canon->len = (size_t)(f.out - canon->buf);
    return f.rc;
}

int canon_text_fold(struct canon *canon, const struct folding *folding, struct str text)
{
    canon->nruns = canon->nbreaks = 0;
    canon->chars = canon->han = canon->changed = 0;
    return text.n > 0 ? fold_all(canon, folding, text) : 0;
}
