/* test_variants.c - words in other writings are found with the shipped tables, ordinary words are left alone, and what
 * was put right keeps its place in the original text. */
#include "variants_setup.h"

#include "match/spaced.h"

static void add_words(void)
{
    static const char *const words[] = {"贷款", "刷单", "转账", "验证码", "安全账户", "银行卡", "提现", "逾期", "保证金", "末尾"};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        ck_assert_int_eq(variants_add_word(variants, str_of(words[i])), 0);
}

static void load(void)
{
    setup_variants(add_words);
}

static size_t put_right(const char *text, struct canon_rewrite *rewrites, size_t room)
{
    size_t n;

    ck_assert_int_eq(canon_fold(&canon, folding, (struct str){0}, (struct str){0}, str_of(text)), 0);
    n = variants_find(variants, &canon, rewrites, room);
    ck_assert_int_eq(canon_rewrite(&canon, rewrites, n), 0);
    return n;
}

static void ck_text(const char *text, const char *wanted)
{
    struct canon_rewrite rewrites[8];
    struct str got;

    put_right(text, rewrites, 8);
    got = (struct str){canon.buf + canon.start[CANON_TEXT], canon.end[CANON_TEXT] - canon.start[CANON_TEXT]};
    ck_assert_msg(str_eqz(got, wanted), "%s became %.*s, not %s", text, STR_FMT(got), wanted);
}

START_TEST(words_are_put_right)
{
    static const char *const cases[][2] = {
        {"办理待款", "办理贷款"},           /* sound */
        {"转帳和刷丹", "转账和刷单"},
        {"安全账沪", "安全账户"},
        {"验证马给他", "验证码给他"},
        {"未尾", "末尾"},                   /* shape */
        {"交保证全", "交保证金"},
        {"亻尔好", "你好"},                 /* parts that are no characters */
        {"交亻呆证金", "交保证金"},
        {"银行卡和yhk号", "银行卡和银行卡号"},
        {"去shuadan吧", "去刷单吧"},        /* pinyin */
        {"先 zhuan zhang 给他", "先 转账 给他"},
        {"好,daikuan,好", "好,贷款,好"},
        {"我的yinxingka丢了", "我的银行卡丢了"}, /* another sound of 行 */
        {"yhkzhuanzhang给他", "银行卡转账给他"},
        {"银行咖丢了", "银行卡丢了"},         /* another sound of 咖 */
        {"那添咖他吧", "那添加他吧"},         /* a word of the table */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        ck_text(cases[i][0], cases[i][1]);
}
END_TEST

START_TEST(ordinary_words_stay)
{
    static const char *const texts[] = {
        "体现价值",            /* not 提现 */
        "预期收益",            /* not 逾期 */
        "现代款式",            /* 代 belongs to 现代 */
        "验证马上开始",        /* 马 belongs to 马上 */
        "贷款转账验证码",      /* words themselves */
        "加微信shuadan",       /* an account */
        "见shuadan.com",
        "他说贷, 宽的不要",    /* a comma takes it apart */
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct canon_rewrite rewrites[8];

        ck_assert_msg(put_right(texts[i], rewrites, 8) == 0, "%s", texts[i]);
    }
}
END_TEST

START_TEST(less_is_ordinary_in_a_disguised_text)
{
    struct canon_rewrite rewrites[8];

    ck_assert_uint_eq(put_right("这批货款未付", rewrites, 8), 0);
    ck_text("交保证全给货款", "交保证金给贷款");
}
END_TEST

START_TEST(what_stands_goes_before_what_sounds_like_it)
{
    struct canon_rewrite rewrites[8];

    ck_assert_int_eq(variants_know_word(variants, STR_LIT("骗贷")), 0);
    ck_assert_int_eq(variants_add_word(variants, STR_LIT("待处理")), 0);
    ck_assert_int_eq(variants_index(variants), 0);
    ck_assert_uint_eq(put_right("按骗贷处理", rewrites, 8), 0);
}
END_TEST

START_TEST(what_was_put_right_keeps_its_place)
{
    struct canon_rewrite rewrites[8];
    uint32_t from, to;

    ck_assert_uint_eq(put_right("好★去shuadan吧,亻尔和待款", rewrites, 8), 3);
    canon_to_original(&canon, rewrites[0].start, rewrites[0].end, &from, &to);
    ck_assert_uint_eq(from, 3);
    ck_assert_uint_eq(to, 10);
    canon_to_original(&canon, rewrites[1].start, rewrites[1].end, &from, &to);
    ck_assert_uint_eq(from, 12);
    ck_assert_uint_eq(to, 14);
    canon_to_original(&canon, rewrites[2].start, rewrites[2].end, &from, &to);
    ck_assert_uint_eq(from, 15);
    ck_assert_uint_eq(to, 17);
    canon_to_original(&canon, canon.end[CANON_TEXT] - 3, canon.end[CANON_TEXT], &from, &to);
    ck_assert_uint_eq(to, 17);
}
END_TEST

START_TEST(spaces_inside_words_part_no_clauses)
{
    static const struct {
        const char *text;
        size_t parted; /* breaks that still are clauses */
    } cases[] = {
        {"办理贷 款", 0},
        {"办理贷\xE3\x80\x80款", 0},
        {"您 的 安 全 账 户", 0},          /* a run */
        {"在 这 里等我", 2},                /* two are none */
        {"明天 开会 记得 带上 材料", 4},   /* words */
        {"明天贷 明天款", 1},
        {"办理贷,款", 1},                  /* no space */
        {"办理贷\n款", 1},
        {"在,这,里,等,我", 4},
    };
    struct canon_rewrite rewrites[8];

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        size_t parted = 0;

        put_right(cases[i].text, rewrites, 8);
        spaced_join_runs(&canon);
        spaced_join_words(variants, &canon);
        for (size_t k = 0; k < canon.nbreaks; k++)
            parted += canon.breaks[k].kind == BREAK_CLAUSE;
        ck_assert_msg(parted == cases[i].parted, "%s: %zu", cases[i].text, parted);
    }
}
END_TEST

START_TEST(no_more_than_there_is_room_for)
{
    struct canon_rewrite rewrites[2];

    ck_assert_uint_eq(put_right("待款啊待款啊待款", rewrites, 2), 2);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("variants");

    tcase_add_unchecked_fixture(tests, load, unload);
    tcase_add_test(tests, words_are_put_right);
    tcase_add_test(tests, ordinary_words_stay);
    tcase_add_test(tests, less_is_ordinary_in_a_disguised_text);
    tcase_add_test(tests, what_stands_goes_before_what_sounds_like_it);
    tcase_add_test(tests, what_was_put_right_keeps_its_place);
    tcase_add_test(tests, spaces_inside_words_part_no_clauses);
    tcase_add_test(tests, no_more_than_there_is_room_for);
    return setup_run("variants", tests);
}
