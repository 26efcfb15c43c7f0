/* test_canon.c - canonical text by example: every disguise of DOMAIN.md 3.2, what must stay, breaks, signature, map,
 * and the errors of folding.json. */
#include "core/utf8.h"
#include "record/canon.h"
#include "record/canon_plain.h"
#include "../setup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct str NONE = {NULL, 0};

static struct folding *folding;
static struct canon canon;

static void setup(void)
{
    struct err err;

    err_init(&err);
    folding = folding_load("patterns/folding.json", &err);
    ck_assert_msg(folding != NULL, "%s", err.text);
    canon_init(&canon);
}

static void teardown(void)
{
    canon_fini(&canon);
    folding_free(&folding);
}

static struct str field(enum canon_field which)
{
    return str_range(canon.buf + canon.start[which], canon.buf + canon.end[which]);
}

static struct str fold(const char *text)
{
    ck_assert_int_eq(canon_fold(&canon, folding, NONE, NONE, str_of(text)), 0);
    return field(CANON_TEXT);
}

static void check_fold(const char *text, const char *expected)
{
    struct str got = fold(text);

    ck_assert_msg(str_eqz(got, expected), "\"%s\" becomes \"%.*s\", expected \"%s\"", text, STR_FMT(got), expected);
}

struct example {
    const char *text, *canonical;
};

/* ---- folding ---------------------------------------------------------------------------------------------------- */

/* The vectors of DOMAIN.md 3.5, with its three gaps closed; 帐 is folded to 账 by the project's choice. */
static const struct example VECTORS[] = {
    {"貸\u200B款 額·度", "贷款额度"},
    {"贷★款★秒★批", "贷款秒批"},
    {"加🅥ⓧ：❶③❽０0➀3𝟖000", "加vx:13800138000"},
    {"⼈⺠银⾏", "人民银行"},
    {"１０６９Ｏ", "10690"},
    {"安全帳戶", "安全账户"},
    {"刷單返傭", "刷单返佣"},
    {"八.年.老.店", "八年老店"},
    {"k0ul ⅴ𝐗", "k0ul vx"},
    {"1️⃣3️⃣8️⃣", "138"},
    {"㊎融", "金融"},
    {"款̶贷̶", "款贷"},
    {"贷歀", "贷款"},
    {"威芯", "微信"},
};

START_TEST(domain_vectors)
{
    check_fold(VECTORS[_i].text, VECTORS[_i].canonical);
}
END_TEST

/* One line for each technique of DOMAIN.md 3.2 that can be undone character by character. */
static const struct example TECHNIQUES[] = {
    {"１３８ ｑｑ．", "138 qq."},           /* full-width */
    {"①②⓪⑴⒈", "12011"},                   /* circled, parenthesised, dotted digits */
    {"❶❷➀➊❿⓫", "12111011"},               /* dingbat digits */
    {"𝟖𝐗²Ⅴⅴ", "8x2vv"},                    /* mathematical, superscript, Roman */
    {"Ⓥⓧ⒱🅅🅥🆅🇻", "vxvvvvv"},              /* circled and squared letters */
    {"㊙㈱", "秘株)"},                      /* circled Han */
    {"⾦⻓⻔⺠", "金长门民"},                  /* radicals */
    {"\uF90A", "金"},                       /* compatibility ideograph */
    {"貸款額度賬戶", "贷款额度账户"},         /* traditional */
    {"連結 簡訊", "链接短信"},               /* Taiwan wording */
    {"账户帐户", "账户账户"},
    {"欵歀", "款款"},                       /* rare variants */
    {"贷\u00AD\uFE0F\U000E0041\u3164款", "贷款"}, /* soft hyphen, variation selector, tag, filler */
    {"贷\u2800款", "贷款"},                 /* braille blank */
    {"额/度", "额度"},                      /* inserted symbols */
    {"贷(😊)款", "贷款"},
    {"代款薇信徽信", "贷款微信微信"},         /* homophones */
    {"раураl ѵХ", "paypal vx"},             /* Cyrillic */
    {"ΟΝΕ", "one"},                         /* Greek */
    {"伱咑欵", "你打款"},                    /* 火星文 */
    {"扌丁款亻故单", "打款做单"},             /* radical splitting */
    {"請➕微亻言", "请加微信"},
};

START_TEST(every_fixable_technique_is_undone)
{
    check_fold(TECHNIQUES[_i].text, TECHNIQUES[_i].canonical);
}
END_TEST

/* What stays: sentence ends, everything between Latin letters and digits, what folding must not touch. */
static const struct example STAYS[] = {
    {"好。贷！款？是；否", "好。贷!款?是;否"},
    {"pay-pal, 1.5 a/b c_d", "pay-pal, 1.5 a/b c_d"},
    {"加 vx: ab_12", "加 vx: ab_12"},
    {"v★x", "v★x"},
    {"贷款★vx★号", "贷款vx号"},            /* decoration beside one Han character goes */
    {"a\tb\r\nc\x01", "a b  c "},           /* control bytes are white space */
    {"贷款\n到账", "贷款到账"},
    {"優の恵", "优の恵"},                   /* kana is no Han */
    {"", ""},
    {"★", "★"},
    {"★款", "款"},
    {"Straße é", "straße é"},
};

START_TEST(what_belongs_to_the_text_stays)
{
    check_fold(STAYS[_i].text, STAYS[_i].canonical);
}
END_TEST

static const struct example NUMBERS[] = {
    {"1069o", "10690"},
    {"1O69", "1069"},
    {"2o26", "2026"},
    {"138l2345678", "13812345678"},
    {"l38OO138OOO", "l38oo138ooo"},          /* 45 % digits: too few */
    {"l38O0138000", "13800138000"},         /* a mobile number may begin with a look-alike */
    {"1380|138000", "13801138000"},
    {"100|200", "100|200"},                 /* a separator */
    {"100ok", "100ok"},
    {"i0086", "i0086"},                     /* a look-alike domain must not become the real one */
    {"http://1oo86.cn/1o0o0", "http://1oo86.cn/1o0o0"},
    {"a@1oo86", "a@1oo86"},
    {"1080i 500l", "1080i 500l"},
    {"3oo", "3oo"},                         /* too short */
    {"1069\u200Bo款", "10690款"},
};

START_TEST(look_alikes_become_digits_only_in_numbers)
{
    check_fold(NUMBERS[_i].text, NUMBERS[_i].canonical);
}
END_TEST

static const struct example WORDS[] = {
    {"添加薇★信", "添加微信"},
    {"加威信", "加微信"},
    {"增加威信", "增加威信"},
    {"树立威信，号召群众", "树立威信号召群众"},
    {"现代款式", "现代款式"},
    {"2代款", "2代款"},
    {"口袋款", "口袋款"},
    {"小额代 款", "小额贷款"},
    {"徵信", "征信"},
    {"购车专员", "购车专员"},
    {"宝贝兼职", "宝贝兼职"},
    {"代貝款", "贷款"},
    {"货款", "货款"},
};

START_TEST(words_fold_only_where_they_mean_nothing_else)
{
    check_fold(WORDS[_i].text, WORDS[_i].canonical);
}
END_TEST

START_TEST(a_character_never_grows_beyond_four_times)
{
    char text[3 * 1000];

    for (size_t i = 0; i < sizeof(text); i += 3)
        memcpy(text + i, "\uFDFA", 3); /* 18 characters, 33 bytes under NFKC */
    ck_assert_int_eq(canon_fold(&canon, folding, NONE, NONE, (struct str){text, sizeof(text)}), 0);
    ck_assert_uint_le(field(CANON_TEXT).n, 4 * sizeof(text));
    ck_assert_uint_gt(field(CANON_TEXT).n, sizeof(text));
    ck_assert(utf8_valid(field(CANON_TEXT)));
}
END_TEST

START_TEST(a_mebibyte_of_tricky_text_folds)
{
    static const char PIECE[] = "贷★款，ⓧ\u200B扌丁 ";
    size_t n = 1 << 20;
    char *text = malloc(n);

    for (size_t i = 0; i < n; i++)
        text[i] = ' ';
    for (size_t i = 0; i + sizeof(PIECE) < n; i += sizeof(PIECE) - 1)
        memcpy(text + i, PIECE, sizeof(PIECE) - 1);
    ck_assert_int_eq(canon_fold(&canon, folding, NONE, NONE, (struct str){text, n}), 0);
    ck_assert(str_starts(field(CANON_TEXT), str_of("贷款,x打贷款,x打")));
    free(text);
}
END_TEST

/* ---- the buffer ------------------------------------------------------------------------------------------------- */

START_TEST(fields_stand_between_control_bytes)
{
    static const char EXPECTED[] = "\x01" "+85255501234" "\x02" "13912345678" "\x03" "某某银行" "\x04"
                                   "【某某银行您好" "\x05";
    struct str all;

    ck_assert_int_eq(canon_fold(&canon, folding, str_of("＋８５２55501234"), str_of("13912345678"),
                                str_of("【某某银行】您好")), 0);
    all = (struct str){canon.buf, canon.len};
    ck_assert_msg(str_eqz(all, EXPECTED), "%.*s", STR_FMT(all));
}
END_TEST

START_TEST(numbers_keep_their_symbols_and_lose_bad_bytes)
{
    ck_assert_int_eq(canon_fold(&canon, folding, str_of("sip:★\xFF\x02(１)"), NONE, NONE), 0);
    ck_assert(str_eqz(field(CANON_CALLER), "sip:★\uFFFD (1)"));
    ck_assert_uint_eq(field(CANON_TEXT).n, 0);
}
END_TEST

static const struct {
    const char *text, *signature, *body;
} SIGNATURES[] = {
    {"【某某银行】您好", "某某银行", "您好"},
    {" [某某] 您好", "某某", "您好"},
    {"〔某某〕您好", "某某", "您好"},
    {"您好【某★某】", "某某", "您好"},
    {"您好【某某】\n", "某某", "您好"},
    {"您好", "", "您好"},
    {"您【好】吗", "", "您好吗"},
    {"【】您好", "", "【】您好"},
    {"【没有右括号的签名", "", "【没有右括号的签名"},
    {"【一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一】您", "",
     "【一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一您"},
};

START_TEST(signature_is_found_and_the_body_known)
{
    struct str body;

    fold(SIGNATURES[_i].text);
    body = str_range(canon.buf + canon.body, canon.buf + canon.body_end);
    if (body.n > 0 && body.p[0] == ' ')
        body = (struct str){body.p + 1, body.n - 1};
    ck_assert_msg(str_eqz(field(CANON_SIGNATURE), SIGNATURES[_i].signature), "%s", SIGNATURES[_i].text);
    ck_assert_msg(str_eqz(body, SIGNATURES[_i].body), "%s: %.*s", SIGNATURES[_i].text, STR_FMT(body));
}
END_TEST

START_TEST(counts_tell_disguise_from_ordinary_writing)
{
    static const struct {
        const char *text;
        uint32_t changed, chars, han;
    } cases[] = {
        {"您好，余额１２３元。", 0, 9, 5},       /* full-width is ordinary */
        {"貸款額度可以申請", 0, 8, 8},           /* so is a text in traditional writing */
        {"您的贷款額度已经批准下来了吧", 1, 14, 14}, /* one traditional character is not */
        {"加🅥ⓧ：❶③", 3, 6, 1},
        {"贷\u200B款", 1, 2, 2},
        {"❤️好", 0, 1, 1},                       /* every emoji has U+FE0F */
        {"薇信", 1, 2, 2},
        {"扌丁款", 2, 2, 2},
        {"1069o", 1, 5, 0},
        {"連結", 0, 2, 2},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fold(cases[i].text);
        ck_assert_msg(canon.changed == cases[i].changed, "%s: changed %u", cases[i].text, canon.changed);
        ck_assert_msg(canon.chars == cases[i].chars, "%s: chars %u", cases[i].text, canon.chars);
        ck_assert_msg(canon.han == cases[i].han, "%s: han %u", cases[i].text, canon.han);
    }
}
END_TEST

/* ---- breaks ----------------------------------------------------------------------------------------------------- */

static const struct {
    const char *text, *piece;
    enum canon_broken broken;
} BROKEN[] = {
    {"您的贷款", "贷款", BROKEN_NOT},
    {"他要贷，款项", "贷款", BROKEN_APART},
    {"他要贷 款项", "贷款", BROKEN_APART},
    {"他要贷， 款项", "贷款", BROKEN_APART},
    {"他要贷：\n款项", "贷款", BROKEN_APART},
    {"转到“安全账户”", "到安全账户", BROKEN_NOT},
    {"转到：“安全账户”", "到安全账户", BROKEN_APART},
    {"安(全)账(户)", "安全账户", BROKEN_DISGUISED},
    {"贷★款", "贷款", BROKEN_DISGUISED},
    {"贷.款", "贷款", BROKEN_DISGUISED},
    {"贷，，款", "贷款", BROKEN_DISGUISED},
    {"安，全，账户", "安全账户", BROKEN_DISGUISED},
    {"贷\u200B款", "贷款", BROKEN_DISGUISED},
    {"贷\u200B，款", "贷款", BROKEN_DISGUISED},
    {"贷(😊)款", "贷款", BROKEN_DISGUISED},
    {"要★贷款★吗", "贷款", BROKEN_NOT},        /* breaks at the edges are not inside */
    {"【某某公司】贷款", "公司贷款", BROKEN_APART}, /* a signature is a clause of its own */
};

START_TEST(a_piece_is_broken_by_what_stood_inside_it)
{
    struct str text = fold(BROKEN[_i].text);
    const char *at = memmem(text.p, text.n, BROKEN[_i].piece, strlen(BROKEN[_i].piece));
    uint32_t from;

    ck_assert_ptr_nonnull(at);
    from = (uint32_t)(at - canon.buf);
    ck_assert_msg(canon_broken(&canon, from, from + (uint32_t)strlen(BROKEN[_i].piece)) == BROKEN[_i].broken, "%s",
                  BROKEN[_i].text);
}
END_TEST

START_TEST(breaks_know_the_end_of_a_clause)
{
    fold("款，贷\n额★度");
    ck_assert_uint_eq(canon.nbreaks, 3);
    ck_assert(canon.breaks[0].clause && canon.breaks[0].kind == BREAK_CLAUSE);
    ck_assert(canon.breaks[1].clause && canon.breaks[1].kind == BREAK_CLAUSE);
    ck_assert(!canon.breaks[2].clause && canon.breaks[2].kind == BREAK_SYMBOL);
    ck_assert_uint_eq(canon.breaks[2].at, canon.end[CANON_TEXT] - 3);
}
END_TEST

START_TEST(sentence_ends_are_known)
{
    ck_assert(canon_is_sentence_end("。"));
    ck_assert(canon_is_sentence_end("!__"));
    ck_assert(canon_is_sentence_end("?__"));
    ck_assert(canon_is_sentence_end(";__"));
    ck_assert(!canon_is_sentence_end("、"));
    ck_assert(!canon_is_sentence_end(".__"));
}
END_TEST

/* ---- map -------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *text, *piece, *original;
    uint32_t char_start;
} SPANS[] = {
    {"您好贷★款啊", "贷款", "贷★款", 2},
    {"加🅥ⓧ号", "vx", "🅥ⓧ", 1},
    {"我★扌丁★款", "打", "扌丁", 2},
    {"扌★丁款", "打款", "扌★丁款", 0},
    {"款㈱会", "株", "㈱", 1},
    {"Ａ贷款", "贷款", "贷款", 1},
    {"ⓧ\u200B1", "x1", "ⓧ\u200B1", 0},
    {"加薇★信吧", "信", "信", 3},
};

START_TEST(the_map_leads_back_to_what_was_written)
{
    struct str text = fold(SPANS[_i].text), original = str_of(SPANS[_i].text);
    const char *at = memmem(text.p, text.n, SPANS[_i].piece, strlen(SPANS[_i].piece));
    uint32_t from, to, start, end;

    ck_assert_ptr_nonnull(at);
    from = (uint32_t)(at - canon.buf);
    to = from + (uint32_t)strlen(SPANS[_i].piece);
    canon_to_original_bytes(&canon, from, to, &start, &end);
    ck_assert_msg(str_eqz((struct str){original.p + start, end - start}, SPANS[_i].original), "%s: %.*s",
                  SPANS[_i].text, (int)(end - start), original.p + start);
    ck_assert_uint_eq(canon_from_original(&canon, start), from);
    canon_to_original(&canon, from, to, &start, &end);
    ck_assert_uint_eq(start, SPANS[_i].char_start);
    ck_assert_uint_eq(end - start, utf8_count(str_of(SPANS[_i].original)));
}
END_TEST

START_TEST(an_empty_text_has_an_empty_map)
{
    uint32_t start = 7, end = 7;

    fold("");
    canon_to_original(&canon, canon.start[CANON_TEXT], canon.end[CANON_TEXT], &start, &end);
    ck_assert(start == 0 && end == 0);
    ck_assert_uint_eq(canon_from_original(&canon, 0), canon.end[CANON_TEXT]);
}
END_TEST

START_TEST(a_plain_text_has_one_run)
{
    fold("您的快递已经签收,code 1234 请取走。谢谢");
    ck_assert_uint_eq(canon.nruns, 1);
}
END_TEST

START_TEST(a_phrase_folds_like_the_text_around_it)
{
    char *out;
    size_t n;

    ck_assert_int_eq(canon_fold_phrase(folding, str_of("貸、款 ＱＱ"), &out, &n), 0);
    ck_assert(str_eqz((struct str){out, n}, "贷款 qq"));
    free(out);
}
END_TEST

/* ---- folding.json ----------------------------------------------------------------------------------------------- */

/* Load `json` from a file; returns the problems ("" for none). The caller frees. */
static char *problems_of(const char *json)
{
    char name[] = "/tmp/test_canon_XXXXXX", *text;
    int fd = mkstemp(name);
    struct folding *loaded;
    struct err err;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, json, strlen(json)), (ssize_t)strlen(json));
    close(fd);
    err_init(&err);
    loaded = folding_load(name, &err);
    ck_assert_msg((loaded == NULL) == (err.count > 0), "%s", json);
    folding_free(&loaded);
    unlink(name);
    text = strdup(err.text ? err.text : "");
    err_fini(&err);
    return text;
}

#define DIGITS "\"digits\":{\"min\":4,\"percent\":60,\"as\":{\"o\":\"0\"}}}"

static const struct {
    const char *json, *problem; /* a part of the message; "" for none */
} FILES[] = {
    {"{\"telsieve\":1,\"version\":\"1\",\"chars\":[],\"words\":[]," DIGITS, ""},
    {"{\"telsieve\":2,\"version\":\"1\",\"chars\":[],\"words\":[]," DIGITS, ":1:13: \"telsieve\" must be 1"},
    {"{\"telsieve\":1,\"version\":\"1\",\"chars\":[],\"wordz\":[],\"words\":[]," DIGITS, "(did you mean \"words\"?)"},
    {"{\"telsieve\":1,\"version\":\"1\",\n\"chars\":[{\"from\":\"ab\",\"to\":\"cd\"}],\"words\":[]," DIGITS,
     ":2:10: U+0061: a replacement"},
    {"{\"telsieve\":1,\"version\":\"1\",\n\"chars\":[{\"from\":\"歀\"}],\"words\":[]," DIGITS, "either \"to\""},
    {"{\"telsieve\":1,\"version\":\"1\",\n\"chars\":[{\"from\":\"歀\",\"to\":\"款款\"}],\"words\":[]," DIGITS,
     "\"to\" has 2 characters"},
    {"{\"telsieve\":1,\"version\":\"1\",\n\"chars\":[{\"from\":\"歀\",\"to\":\"貸\"}],\"words\":[]," DIGITS,
     "\"貸\" becomes \"贷\""},
    {"{\"telsieve\":1,\"version\":\"1\",\"chars\":[],\n\"words\":[{\"from\":[\"薇信\"],\"to\":\"微信\"}]," DIGITS, ""},
    {"{\"telsieve\":1,\"version\":\"1\",\"chars\":[],\n\"words\":[{\"from\":[\"薇信\",\"薇信\"],\"to\":\"微信\"}],"
     DIGITS, ":2:24: \"薇信\" is here twice"},
    {"{\"telsieve\":1,\"version\":\"1\",\"chars\":[],\n\"words\":[{\"from\":[\"v信\"],\"to\":\"微信\"}]," DIGITS,
     "only Han"},
    {"{\"telsieve\":1,\"version\":\"1\",\"chars\":[],\n\"words\":[{\"from\":[\"薇\"],\"to\":\"微\"}]," DIGITS,
     "2 to 8 characters"},
    {"{\"telsieve\":1,\"version\":\"1\",\"chars\":[],\n\"words\":[{\"from\":[\"薇信\"],\"to\":\"微信号\"}]," DIGITS,
     "must not be longer"},
    /* 拥金 would make a 佣 that the word 反佣 ends in: 反拥金 -> 反佣金 -> 返佣金 */
    {"{\"telsieve\":1,\"version\":\"1\",\"chars\":[],\n\"words\":[{\"from\":[\"拥金\"],\"to\":\"佣金\"},"
     "{\"from\":[\"反佣\"],\"to\":\"返佣\"}]," DIGITS, "not stable"},
    {"{\"telsieve\":1,\"version\":\"1\",\"chars\":[],\n\"words\":[{\"from\":[\"薇信号\",\"薇信\"],\"to\":\"微信\"}],"
     DIGITS, "\"薇信号\" is never found"},
    {"{\"telsieve\":1,\"version\":\"1\",\"chars\":[],\"words\":[],\"digits\":{\"min\":1,\"percent\":60,\"as\":{}}}",
     "\"min\" must be a number from 2 to 100"},
    {"{\"telsieve\":1,\"version\":\"1\",\"chars\":[],\"words\":[],"
     "\"digits\":{\"min\":4,\"percent\":60,\"as\":{\"oo\":\"0\"}}}", "\"oo\" must be one small letter"},
    {"{\"telsieve\":1,\"version\":\"1\",\"words\":[]," DIGITS, "\"chars\" must be a list"},
    {"{", "1:"},
};

START_TEST(a_bad_folding_file_says_where_and_why)
{
    char *problems = problems_of(FILES[_i].json);

    ck_assert_msg(FILES[_i].problem[0] ? strstr(problems, FILES[_i].problem) != NULL : problems[0] == '\0',
                  "%s\ngives: %s", FILES[_i].json, problems);
    free(problems);
}
END_TEST

START_TEST(the_digest_is_that_of_the_file)
{
    unsigned char digest[32];
    char hex[65], expected[65] = "";
    FILE *sum = popen("sha256sum patterns/folding.json", "r");

    folding_digest(folding, digest);
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    ck_assert_int_eq(fscanf(sum, "%64s", expected), 1);
    pclose(sum);
    ck_assert_str_eq(hex, expected);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static bool digits_alike(const char *not_after)
{
    char name[] = "/tmp/test_canon_XXXXXX", json[512];
    int fd = mkstemp(name), n = snprintf(json, sizeof(json),
                                         "{\"telsieve\":1,\"version\":\"1\",\"chars\":[],\"words\":[{\"from\":[\"代款\"],"
                                         "\"to\":\"贷款\",\"not_after\":\"%s\"}]," DIGITS, not_after);
    struct folding *loaded;
    struct err err;
    bool alike;

    ck_assert(fd >= 0 && write(fd, json, (size_t)n) == n && close(fd) == 0);
    err_init(&err);
    ck_assert_msg((loaded = folding_load(name, &err)) != NULL, "%s", err.text);
    alike = folding_digits_alike(loaded);
    folding_free(&loaded);
    unlink(name);
    err_fini(&err);
    return alike;
}

START_TEST(digits_are_alike_where_none_or_all_are_named)
{
    ck_assert(folding_digits_alike(folding));
    ck_assert(digits_alike("年现"));
    ck_assert(digits_alike("0123456789年"));
    ck_assert(!digits_alike("012346789年"));
    ck_assert(!digits_alike("5"));
    ck_assert(!digits_alike("0"));
}
END_TEST

START_TEST(sixteen_bytes_at_a_time_become_lower_case_as_one_by_one)
{
    static const char alphabet[] = "09AZaz|{@[`!/: o";
    char fast[64 + 16], plain[64];

    srand(20261122);
    for (int round = 0; round < 20000; round++) {
        size_t n = (size_t)rand() % sizeof(plain);
        bool beside;

        for (size_t i = 0; i < n; i++)
            plain[i] = rand() % 4 ? alphabet[rand() % 16] : (char)rand();
        memset(fast, '0' + rand() % 2 * ('a' - '0'), sizeof(fast)); /* what is behind does not count */
        memcpy(fast, plain, n);
        beside = lower_plain(plain, plain + n);
        ck_assert_int_eq(lower_fast(fast, fast + n), beside);
        ck_assert_mem_eq(fast, plain, n);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("canon");

    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, domain_vectors, 0, COUNT(VECTORS));
    tcase_add_loop_test(tcase, every_fixable_technique_is_undone, 0, COUNT(TECHNIQUES));
    tcase_add_loop_test(tcase, what_belongs_to_the_text_stays, 0, COUNT(STAYS));
    tcase_add_loop_test(tcase, look_alikes_become_digits_only_in_numbers, 0, COUNT(NUMBERS));
    tcase_add_loop_test(tcase, words_fold_only_where_they_mean_nothing_else, 0, COUNT(WORDS));
    tcase_add_test(tcase, a_character_never_grows_beyond_four_times);
    tcase_add_test(tcase, a_mebibyte_of_tricky_text_folds);
    tcase_add_test(tcase, fields_stand_between_control_bytes);
    tcase_add_test(tcase, numbers_keep_their_symbols_and_lose_bad_bytes);
    tcase_add_loop_test(tcase, signature_is_found_and_the_body_known, 0, COUNT(SIGNATURES));
    tcase_add_test(tcase, counts_tell_disguise_from_ordinary_writing);
    tcase_add_loop_test(tcase, a_piece_is_broken_by_what_stood_inside_it, 0, COUNT(BROKEN));
    tcase_add_test(tcase, breaks_know_the_end_of_a_clause);
    tcase_add_test(tcase, sentence_ends_are_known);
    tcase_add_loop_test(tcase, the_map_leads_back_to_what_was_written, 0, COUNT(SPANS));
    tcase_add_test(tcase, sixteen_bytes_at_a_time_become_lower_case_as_one_by_one);
    tcase_add_test(tcase, an_empty_text_has_an_empty_map);
    tcase_add_test(tcase, a_plain_text_has_one_run);
    tcase_add_test(tcase, a_phrase_folds_like_the_text_around_it);
    tcase_add_loop_test(tcase, a_bad_folding_file_says_where_and_why, 0, COUNT(FILES));
    tcase_add_test(tcase, digits_are_alike_where_none_or_all_are_named);
    tcase_add_test(tcase, the_digest_is_that_of_the_file);
    return setup_run("canon", tcase);
}
