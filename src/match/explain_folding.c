/* explain_folding.c - the canonical text is walked character by character; spans that read otherwise in the original
 * are changes, and neighbouring ones are joined. */
#include "match/explain_folding.h"

#include "core/utf8.h"
#include "match/segment.h"

json_t *explain_string(struct str s)
{
    json_t *value = json_stringn(s.p != NULL ? s.p : "", s.n);

    return value != NULL ? value : json_string("\xEF\xBF\xBD"); /* a raw number may be any bytes */
}

/* Original bytes [from, to) read as `canonical`; neighbours of a changed span are joined to it. */
struct change {
    uint32_t from, to;
    struct str canonical;
};

static void add_change(json_t *folded, const struct canon *canon, const struct change *change)
{
    struct str original = {canon->text.p + change->from, change->to - change->from};
    size_t start = utf8_count((struct str){canon->text.p, change->from});

    if (change->to > change->from)
        json_array_append_new(folded, json_pack("{s:I,s:I,s:o,s:o}", "start", (json_int_t)start, "end",
                                                (json_int_t)(start + utf8_count(original)), "from",
                                                explain_string(original), "to", explain_string(change->canonical)));
}

static void note(json_t *folded, const struct canon *canon, struct change *open, uint32_t from, uint32_t to,
                 struct str canonical)
{
    if (str_eq((struct str){canon->text.p + from, to - from}, canonical))
        return;
    if (open->to == from && open->canonical.p + open->canonical.n == canonical.p) {
        open->to = to;
        open->canonical.n += canonical.n;
        return;
    }
    add_change(folded, canon, open);
    *open = (struct change){from, to, canonical};
}

/* Character by character along the canonical text; what lies between in the original was dropped. */
static json_t *explain_folding(const struct canon *canon)
{
    json_t *folded = json_array();
    struct change open = {0, 0, {NULL, 0}};
    uint32_t end = canon->end[CANON_TEXT], done = 0;

    for (uint32_t at = canon->start[CANON_TEXT], next; at < end; at = next) {
        uint32_t from, to, next_from, next_to;

        next = at + segment_char_bytes(canon->buf + at);
        canon_to_original_bytes(canon, at, next, &from, &to);
        /* one original may have become several characters */
        for (; next < end; next += segment_char_bytes(canon->buf + next)) {
            canon_to_original_bytes(canon, next, next + segment_char_bytes(canon->buf + next), &next_from, &next_to);
            if (next_from != from || next_to != to)
                break;
        }
        if (from > done)
            note(folded, canon, &open, done, from, (struct str){canon->buf + at, 0});
        note(folded, canon, &open, from, to, (struct str){canon->buf + at, next - at});
        done = to > done ? to : done;
    }
    if (canon->text.n > done)
        note(folded, canon, &open, done, (uint32_t)canon->text.n, (struct str){canon->buf + end, 0});
    add_change(folded, canon, &open);
    return folded;
}

json_t *explain_text(const struct subject *subject)
{
    const struct canon *canon = subject->canon;
    json_t *out = json_object();
    struct str canonical = {canon->buf + canon->start[CANON_TEXT], canon->end[CANON_TEXT] - canon->start[CANON_TEXT]};
    struct str signature = {canon->buf + canon->start[CANON_SIGNATURE],
                            canon->end[CANON_SIGNATURE] - canon->start[CANON_SIGNATURE]};

    json_object_set_new(out, "original", explain_string(canon->text));
    json_object_set_new(out, "canonical", explain_string(canonical));
    if (signature.n > 0)
        json_object_set_new(out, "signature", explain_string(signature));
    json_object_set_new(out, "changed", json_integer(canon->changed + subject->rewritten));
    json_object_set_new(out, "folded", explain_folding(canon));
    return out;
}
