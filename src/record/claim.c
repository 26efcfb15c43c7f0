/* claim.c - the signatures first, then each name near the start of the text, judged by the words before and behind it,
 * then a name that ends the text like a signature without brackets. */
#include "record/claim.h"
#include "record/contact_tables.h"

#define HAN 3                  /* bytes of a Han character */
#define WRITTEN_HEAD (60 * HAN) /* how far an introduction may begin in an SMS and in a call */
#define SPOKEN_HEAD (120 * HAN)
#define INTRODUCE_GAP (12 * HAN) /* 我是 … 公安局: room for the place */
#define SHORT_GAP (6 * HAN)
#define YOUR_GAP (8 * HAN)
#define OFFICE_GAP (4 * HAN)
#define OPENING (10 * HAN)     /* a name so near the start of its sentence is the speaker's, when an office follows */
#define TAIL_MIN (20 * HAN)    /* a text from which on a name at its end signs it */

struct search {
    const struct institutions *institutions;
    const struct canon *canon;
    const char *start, *end; /* where names are looked for */
};

static void next_char(const char **p)
{
    unsigned char lead = (unsigned char)**p;

    *p += lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* ---- words around a name ----------------------------------------------------------------------------------------- */

static size_t word_at(const struct search *s, enum institution_words which, const char *p)
{
    const struct name_set *words = &s->institutions->words[which];
    size_t longest = 0;

    for (size_t i = 0; i < words->n; i++)
        if (words->names[i].n > longest && str_starts(str_range(p, s->end), words->names[i]))
            longest = words->names[i].n;
    return longest;
}

static bool ends_with(const struct search *s, enum institution_words which, const char *p)
{
    const struct name_set *words = &s->institutions->words[which];

    for (size_t i = 0; i < words->n; i++)
        if (str_ends(str_range(s->start, p), words->names[i]))
            return true;
    return false;
}

/* Is a word of `which` within [from, to)? */
static bool any_within(const struct search *s, enum institution_words which, const char *from, const char *to)
{
    for (const char *p = from; p < to; next_char(&p)) {
        size_t n = word_at(s, which, p);
        if (n > 0 && p + n <= to)
            return true;
    }
    return false;
}

static const char *sentence_start(const struct search *s, const char *p)
{
    while (p > s->start) {
        const char *q = p - 1;
        while (q > s->start && ((unsigned char)*q & 0xC0) == 0x80)
            q--;
        if (canon_is_sentence_end(q))
            break;
        p = q;
    }
    return p;
}

/* A word of `which` ends at most `gap` before p in the same sentence, with nothing between that breaks it. */
static bool announced(const struct search *s, enum institution_words which, const char *p, size_t gap)
{
    const char *low = sentence_start(s, p);
    size_t back = 0;

    for (const char *q = p; q >= low && back <= gap; q--, back++)
        if ((q == s->end || ((unsigned char)*q & 0xC0) != 0x80) && q > s->start && ends_with(s, which, q))
            return !any_within(s, INSTITUTION_WORDS_BLOCKS, q, p);
    return false;
}

/* An office word behind the name, with at most `gap` between. */
static bool office_behind(const struct search *s, const char *p, size_t gap)
{
    const char *from = p;

    for (; p < s->end && (size_t)(p - from) <= gap && !canon_is_sentence_end(p); next_char(&p)) {
        if (word_at(s, INSTITUTION_WORDS_NOT_OFFICES, p) > 0)
            return false;
        if (word_at(s, INSTITUTION_WORDS_OFFICES, p) > 0)
            return true;
    }
    return false;
}

/* ---- one name ---------------------------------------------------------------------------------------------------- */

static bool opens(const struct search *s, const char *p)
{
    const char *from = sentence_start(s, p);

    return p - from <= OPENING && !any_within(s, INSTITUTION_WORDS_BLOCKS, from, p) &&
           !str_starts(str_range(from, p), STR_LIT("我"));
}

/* 我是移动的…, 这里是市公安。 */
static bool ends_introduction(const struct search *s, const char *p)
{
    return p == s->end || *p == ' ' || *p == ',' || canon_is_sentence_end(p) ||
           str_starts(str_range(p, s->end), STR_LIT("的"));
}

static bool is_customer(const struct search *s, const char *p)
{
    return word_at(s, INSTITUTION_WORDS_CUSTOMERS, p) > 0 && word_at(s, INSTITUTION_WORDS_OWN_CUSTOMERS, p) == 0;
}

/* 我是工商银行门口的…, 我是移动营业厅旁边的… */
static bool is_place(const struct search *s, const char *p)
{
    return word_at(s, INSTITUTION_WORDS_PLACES, p + word_at(s, INSTITUTION_WORDS_OFFICES, p)) > 0;
}

/* The text begins with the name and then speaks to the reader: 工商银行:您的…, 《工商银行》尊敬的… */
static bool heads(const struct search *s, const char *p, const char *behind)
{
    static const struct str brackets[] = {{"(", 1},  {"<", 1},  {"{", 1},  {"\"", 1},
                                          {"《", 3}, {"〖", 3}, {"「", 3}, {"“", 3}};
    struct str before = str_range(s->start, p);
    bool first = before.n == 0;

    for (size_t i = 0; i < sizeof(brackets) / sizeof(*brackets); i++)
        first = first || str_eq(before, brackets[i]);
    if (!first)
        return false;
    while (behind < s->end && strchr(": ,)]>}", *behind) != NULL)
        behind++;
    return word_at(s, INSTITUTION_WORDS_YOUR, behind) > 0 || word_at(s, INSTITUTION_WORDS_ADDRESS, behind) > 0;
}

static bool is_speaker(const struct search *s, const struct institution_name *name, const char *p)
{
    const char *behind = p + name->text.n;

    if (is_place(s, behind) || (str_starts(str_range(behind, s->end), STR_LIT("的")) && is_customer(s, behind + HAN)))
        return false; /* 我是工商银行的老客户 */
    if (!name->is_short && heads(s, p, behind))
        return true;
    if (is_customer(s, behind))
        return announced(s, INSTITUTION_WORDS_ADDRESS, p, 2 * HAN);
    if (name->is_short && !office_behind(s, behind, 0))
        return ends_introduction(s, behind) && announced(s, INSTITUTION_WORDS_INTRODUCE, p, SHORT_GAP);
    return announced(s, INSTITUTION_WORDS_INTRODUCE, p, INTRODUCE_GAP) ||
           announced(s, INSTITUTION_WORDS_YOUR, p, YOUR_GAP) || (office_behind(s, behind, OFFICE_GAP) && opens(s, p));
}

static struct claim claimed(const struct search *s, const struct institution_name *name, const char *p)
{
    uint32_t start = (uint32_t)(p - s->canon->buf);

    return (struct claim){&s->institutions->items[name->institution], start, start + (uint32_t)name->text.n};
}

static struct claim in_signature(struct search *s)
{
    const struct institution_name *found = NULL;
    const char *at = NULL;

    s->start = s->canon->buf + s->canon->start[CANON_SIGNATURE];
    s->end = s->canon->buf + s->canon->end[CANON_SIGNATURE];
    for (const char *p = s->start; p < s->end; next_char(&p)) {
        const struct institution_name *name = institution_name_at(s->institutions, s->start, p, s->end);
        if (name != NULL && (found == NULL || (found->is_short && !name->is_short))) {
            found = name;
            at = p;
        }
    }
    return found != NULL ? claimed(s, found, at) : (struct claim){0};
}

/* 【某公司】【工商银行】您的…: the port puts the first one there, the sender wrote the second. */
static struct claim in_second_signature(const struct search *s)
{
    const struct institution_name *name = institution_name_at(s->institutions, s->start, s->start, s->end);
    uint32_t body = s->canon->body, from, to;

    if (name == NULL || name->is_short)
        return (struct claim){0};
    canon_to_original_bytes(s->canon, body, body + (uint32_t)name->text.n, &from, &to);
    if (!str_ends((struct str){s->canon->text.p, from}, STR_LIT("】【")))
        return (struct claim){0};
    return claimed(s, name, s->start);
}

static struct claim in_head(const struct search *s, bool spoken)
{
    size_t head = spoken ? SPOKEN_HEAD : WRITTEN_HEAD;

    for (const char *p = s->start; p < s->end && (size_t)(p - s->start) <= head;) {
        const struct institution_name *name = institution_name_at(s->institutions, s->start, p, s->end);
        if (name != NULL && is_speaker(s, name, p))
            return claimed(s, name, p);
        if (name != NULL && !name->is_short)
            p += name->text.n;
        else
            next_char(&p);
    }
    return (struct claim){0};
}

/* … 详询95588。工商银行 */
static struct claim at_tail(const struct search *s)
{
    const char *end = s->end, *p;

    while (end > s->start && end[-1] == ' ')
        end--;
    if (end - s->start < TAIL_MIN)
        return (struct claim){0};
    for (p = end - 1; p > s->start && end - p <= OPENING; p--) {
        const struct institution_name *name;
        size_t breaks;
        if (((unsigned char)*p & 0xC0) == 0x80)
            continue;
        name = institution_name_at(s->institutions, s->start, p, end);
        if (name == NULL || name->is_short || p + name->text.n != end)
            continue;
        breaks = canon_break_behind(s->canon, (uint32_t)(p - s->canon->buf) - 1);
        if (p[-1] == ' ' || sentence_start(s, p) == p ||
            (breaks < s->canon->nbreaks && s->canon->breaks[breaks].at == (uint32_t)(p - s->canon->buf)))
            return claimed(s, name, p);
    }
    return (struct claim){0};
}

struct claim claim_find(const struct contact_tables *tables, const struct canon *canon, bool spoken)
{
    struct search s = {.institutions = tables->institutions, .canon = canon};
    struct claim first = in_signature(&s), claim;

    s.start = canon->buf + canon->body;
    s.end = canon->buf + canon->body_end;
    claim = in_second_signature(&s);
    if (claim.institution == NULL)
        claim = first;
    if (claim.institution != NULL)
        return claim;
    claim = in_head(&s, spoken);
    return claim.institution != NULL || spoken ? claim : at_tail(&s);
}

/* ---- against the sender ------------------------------------------------------------------------------------------ */

bool claim_sender_differs(const struct contact_tables *tables, const struct claim *claim, const struct number *caller)
{
    unsigned staff;

    if (claim->institution == NULL)
        return false;
    if (caller->trust == TRUST_INTERNATIONAL || caller->trust == TRUST_INVALID)
        return true;
    staff = tables->institutions->staff[claim->institution->kind];
    switch (caller->kind) {
    case NUMBER_MOBILE:
    case NUMBER_MVNO: return (staff & STAFF_MOBILE) == 0;
    case NUMBER_FIXED:
    case NUMBER_FIXED_LOCAL: return (staff & STAFF_FIXED) == 0;
    case NUMBER_IOT:
    case NUMBER_SATELLITE: return true;
    default: return false;
    }
}

/* Somebody's whose name is known: an institution's or official host, one where anybody can publish, or a shortener. */
static bool is_known(const struct contact_tables *tables, const struct contact *contact)
{
    if (contact->traits & CONTACT_DISGUISED)
        return false;
    if (contact->traits & (CONTACT_OFFICIAL | CONTACT_SHORTENER))
        return true;
    for (size_t i = 0; i < contact->value.n; i++)
        if ((i == 0 || contact->value.p[i - 1] == '.') &&
            name_set_has(&tables->official, (struct str){contact->value.p + i, contact->value.n - i}))
            return true;
    return false;
}

bool claim_link_differs(const struct contact_tables *tables, const struct claim *claim,
                        const struct contact_list *contacts, const struct number *caller)
{
    if (claim->institution == NULL || claim->institution->domains.n == 0)
        return false;
    if (caller != NULL && caller->trust != TRUST_INTERNATIONAL && caller->trust != TRUST_INVALID &&
        institution_has_number(claim->institution, caller))
        return false;
    for (size_t i = 0; i < contacts->n; i++)
        if (contacts->items[i].kind == CONTACT_URL && !is_known(tables, &contacts->items[i]))
            return true;
    return false;
}
