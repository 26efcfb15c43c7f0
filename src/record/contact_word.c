/* contact_word.c - tokens that begin with a letter: wallets, ids of WeChat and Telegram, passwords, the name before
 * "app". */
#include "record/contact_scan.h"

#define ID_MAX 32

/* Telegram: a letter, then 4 to 31 letters, digits or _. */
static bool is_telegram_id(const char *p, const char *token_end)
{
    return token_end - p >= 5 && token_end - p <= ID_MAX && memchr(p, '-', (size_t)(token_end - p)) == NULL;
}

/* WeChat: a letter, then 5 to 19 letters, digits, - or _. */
static bool is_wechat_id(const char *p, const char *token_end)
{
    return token_end - p >= 6 && token_end - p <= 20 && ascii_is_alpha(*p);
}

/* 微信xxxxxx, vx123xxx: blotted out. */
static bool is_masked(const char *p, const char *token_end)
{
    return token_end - p >= 3 && memcmp(token_end - 3, "xxx", 3) == 0;
}

static void keep_id(struct contact_scan *scan, enum contact_kind kind, const char *p, const char *token_end)
{
    struct str original = scan_original(scan, p, token_end);
    bool disguised = scan_disguised(scan, p, token_end);
    char id[ID_MAX];

    for (size_t i = 0; i < (size_t)(token_end - p); i++) {
        char c = disguised ? p[i] : original.n == (size_t)(token_end - p) ? original.p[i] : p[i];
        id[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    scan_keep(scan, kind, disguised ? CONTACT_DISGUISED : 0, p, token_end,
              (struct str){id, (size_t)(token_end - p)}, (struct str){0});
}

/* Where an id begins that is glued to the word that announces it (vxabc12345, 加vabc12345); NULL when none is. */
static const char *glued_id(const struct contact_scan *scan, const char *p, const char *token_end)
{
    bool digit = false;

    for (const char *c = p; c < token_end; c++)
        digit |= ascii_is_digit(*c);
    for (const char *c = p + 1; c <= p + 2 && digit && token_end - c >= 6; c++) {
        const struct lexicon_word *word = lexicon_before(&scan->tables->lexicon, scan->start, c, ROLE(WECHAT));
        if (word != NULL && c - word->text.n <= p && is_wechat_id(c, token_end) && (c == p + 2 || p[1] != 'x'))
            return c;
    }
    return NULL;
}

static void keep_by_role(struct contact_scan *scan, const char *p, const char *token_end)
{
    uint32_t roles = scan_roles(scan, p);
    const char *id;

    if ((roles & ROLE(TELEGRAM)) && is_telegram_id(p, token_end))
        keep_id(scan, CONTACT_TELEGRAM, p, token_end);
    else if ((roles & ROLE(TOKEN)) && token_end - p >= 6 && token_end - p <= 14)
        scan_keep(scan, CONTACT_TOKEN, 0, p, token_end, scan_original(scan, p, token_end), (struct str){0});
    else if ((roles & ROLE(WECHAT)) && is_wechat_id(p, token_end))
        keep_id(scan, CONTACT_WECHAT, p, token_end);
    else if ((id = glued_id(scan, p, token_end)) != NULL)
        keep_id(scan, CONTACT_WECHAT, id, token_end);
}

#define APP_BYTES 36 /* twelve Han characters */

static bool clause_within(const struct canon *canon, const char *from, const char *to)
{
    size_t k = canon_break_behind(canon, (uint32_t)(from - canon->buf) - 1);

    for (; k < canon->nbreaks && canon->breaks[k].at < (uint32_t)(to - canon->buf); k++)
        if (canon->breaks[k].clause)
            return true;
    return false;
}

/* 下载…app: what stands between is its name. */
static void keep_app(struct contact_scan *scan, const char *p, const char *token_end)
{
    const char *low = p - scan->start > APP_BYTES ? p - APP_BYTES : scan->start;

    for (const char *from = p; from > low; from--) {
        const struct lexicon_word *word;
        if (((unsigned char)*from & 0xC0) == 0x80)
            continue;
        if (from < p && (canon_is_sentence_end(from) || *from == ','))
            return;
        word = lexicon_before(&scan->tables->lexicon, scan->start, from, ROLE(INSTALL));
        if (word == NULL)
            continue;
        if (clause_within(scan->canon, from, p))
            return;
        while (from < p && lexicon_at(&scan->tables->lexicon, from, p, ROLE(ARTICLE)) > 0)
            from += lexicon_at(&scan->tables->lexicon, from, p, ROLE(ARTICLE));
        if (p - from >= 2 && !scan_overlaps(scan, from))
            scan_keep(scan, CONTACT_APP, 0, from, token_end, str_range(from, p), (struct str){0});
        return;
    }
}

const char *scan_word(struct contact_scan *scan, const char *p)
{
    const char *token_end = p, *letters_end = p, *digits_end;

    while (token_end < scan->end && (ascii_is_alnum(*token_end) || *token_end == '_' || *token_end == '-'))
        token_end++;
    while (token_end > p && !ascii_is_alnum(token_end[-1]))
        token_end--;
    if (scan_wallet(scan, p, token_end) || scan_drawn_phone(scan, p, token_end))
        return token_end;
    while (letters_end < token_end && ascii_is_alpha(*letters_end))
        letters_end++;
    digits_end = letters_end;
    while (digits_end < token_end && ascii_is_digit(*digits_end))
        digits_end++;
    if (digits_end == token_end && digits_end - letters_end >= 5 &&
        lexicon_before(&scan->tables->lexicon, scan->start, letters_end, ROLES_OF_CONTACTS) != NULL)
        return letters_end; /* qq12345678: the digits are looked at next */
    if (str_eqz(str_range(p, token_end), "app"))
        keep_app(scan, p, token_end);
    else if (!is_masked(p, token_end))
        keep_by_role(scan, p, token_end);
    return token_end;
}
