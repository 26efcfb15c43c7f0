/* Phrases: what they are taken apart into, which piece is looked for, what is refused and why. */
#include "match/fragment.h"
#include "../setup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static struct folding *folding;
static struct arena arena;

static void setup(void)
{
    struct err err;

    err_init(&err);
    folding = folding_load("patterns/folding.json", &err);
    ck_assert_msg(folding != NULL, "%s", err.text);
    err_fini(&err);
    arena_init(&arena, 65536);
}

static void teardown(void)
{
    arena_fini(&arena);
    folding_free(&folding);
}

/* "快递 ~12 丢失|遗失? ^#": gaps, alternatives, ? optional, ^ directly behind; * marks the anchor. */
static void show(const struct fragment *fragment, char *out, size_t size)
{
    size_t n = 0;

    out[0] = '\0';
    if (fragment->kind == FRAGMENT_REGEX) {
        snprintf(out, size, "re %.*s", STR_FMT(fragment->regex));
        return;
    }
    for (size_t i = 0; i < fragment->nsteps; i++) {
        const struct step *step = &fragment->steps[i];
        if (i > 0)
            n += (size_t)(step->gap < 0 ? snprintf(out + n, size - n, " ^")
                                        : snprintf(out + n, size - n, " ~%d ", step->gap));
        if (i == fragment->anchor)
            n += (size_t)snprintf(out + n, size - n, "*");
        if (step->kind == STEP_NUMBER)
            n += (size_t)snprintf(out + n, size - n, "#");
        for (size_t k = 0; k < step->nalt; k++)
            n += (size_t)snprintf(out + n, size - n, "%s%.*s", k > 0 ? "|" : "", STR_FMT(step->alt[k]));
        if (step->optional)
            n += (size_t)snprintf(out + n, size - n, "?");
    }
}

START_TEST(a_phrase_is_taken_apart)
{
    static const struct {
        const char *source, *want;
    } cases[] = {
        {"快递丢失", "*快递丢失"},
        {"快递~丢失~理赔", "*快递 ~12 丢失 ~12 理赔"},
        {"快递~5理赔中心", "快递 ~5 *理赔中心"},
        {"快递~0丢失", "*快递 ~0 丢失"},
        {"[双倍|三倍]赔付", "*双倍|三倍 ^赔付"},
        {"[请|]添加~客服", "请? ^*添加 ~12 客服"},
        {"[请|]联系", "请? ^*联系"},
        {"日结#元", "*日结 ^# ^元"},
        {"拨打~4[96110]", "*拨打 ~4 96110"},
        {"扣[费|款|除]", "*扣 ^费|款|除"},
        {"[加|添加]~[微信|qq]", "加|添加 ~12 *微信|qq"}, /* qq is rarer than one Han character */
        {"[点|打开]~[app|链接]", "点|打开 ~12 *app|链接"},
        {"[贷款|貸款|放款]", "*贷款|放款"}, /* the same once folded */
        {"貸款ＡＰＰ", "*贷款app"},
        {"apple id", "*apple id"},
        {"a\\#b", "*a#b"},
        {"re:^00852", "re ^00852"},
        {"re:\\bqq\\D{0,3}\\p{Nd}{5,11}", "re \\bqq\\D{0,3}\\p{Nd}{5,11}"},
        {"re:[^。!?]{0,20}转账", "re [^。!?]{0,20}转账"},
    };
    char why[200] = "", got[200];

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct fragment fragment;
        int rc = fragment_parse(&arena, folding, str_of(cases[i].source), &fragment, why, sizeof(why));
        ck_assert_msg(rc == 0, "%s: %s", cases[i].source, why);
        show(&fragment, got, sizeof(got));
        ck_assert_msg(strcmp(got, cases[i].want) == 0, "%s: got %s, want %s", cases[i].source, got,
                      cases[i].want);
        ck_assert(str_eqz(fragment.source, cases[i].source));
    }
}
END_TEST

START_TEST(what_would_match_too_much_or_nothing_is_refused)
{
    static const struct {
        const char *source, *says;
    } cases[] = {
        {"", "empty"},
        {"贷", "one character alone"},
        {"q", "one character alone"},
        {"[贷|贷款]", "one character alone"},
        {"加~群", "\"加\""},
        {"v#", "\"v\""},
        {"充~3#~返", "one character"},
        {"#", "one literal that is always there"},
        {"#[元|]", "one literal that is always there"},
        {"[请|]~[您|]", "one literal that is always there"},
        {"~贷款", "both sides"},
        {"贷款~", "both sides"},
        {"贷款~~秒批", "both sides"},
        {"贷款~61秒批", "limit of 60"},
        {"拨打~496110", "write ~[496110]"},
        {"贷款~99999999999999999999秒批", "limit of 60"},
        {"[贷款", "[ without ]"},
        {"贷款]", "outside [ ] or { }"},
        {"贷款|秒批", "outside [ ] or { }"},
        {"[[贷款]]", "inside [ ]"},
        {"[损失#|贷款]", "inside [ ]"},
        {"[|]贷款", "without any text"},
        {"{topic贷款", "holds the name of a set"},
        {"贷款}", "outside [ ] or { }"},
        {"贷款\\", "at the end"},
        {"贷★款", "write what is left: \"贷款\""},
        {"贷 款", "write what is left: \"贷款\""},
        {"贷款 ~秒批", "white space at an edge"},
        {"一一~二二~三三~四四~五五~六六~七七~八八~九九~十十~百百", "more than 10 pieces"},
        {"re:", "empty text"},
        {"re:a*", "empty text"},
        {"re:(贷款", "character"},
        {"re:.", "any text"},
        {"re:.+", "any text"},
        {"re:\\X", "any text"},
        {"re:贷款.*秒批", "unbounded gap"},
        {"re:贷款[^。]+秒批", "unbounded gap"},
        {"re:贷款.{3,}秒批", "unbounded gap"},
        {"re:QQ\\d{5}", "lower case"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct fragment fragment;
        char why[200] = "";
        int rc = fragment_parse(&arena, folding, str_of(cases[i].source), &fragment, why, sizeof(why));
        ck_assert_msg(rc == -TS_ESYNTAX, "%s was taken", cases[i].source);
        ck_assert_msg(strstr(why, cases[i].says) != NULL, "%s: got \"%s\", want \"%s\"", cases[i].source, why,
                      cases[i].says);
    }
}
END_TEST

START_TEST(alternatives_are_bounded)
{
    char source[2000] = "[", why[200] = "";
    struct fragment fragment;

    for (int i = 0; i < FRAGMENT_MAX_ALTERNATIVES; i++)
        snprintf(source + strlen(source), 16, "%sab%02d", i > 0 ? "|" : "", i);
    strcat(source, "]");
    ck_assert_int_eq(fragment_parse(&arena, folding, str_of(source), &fragment, why, sizeof(why)), 0);
    ck_assert_uint_eq(fragment.steps[0].nalt, FRAGMENT_MAX_ALTERNATIVES);
    source[strlen(source) - 1] = '\0';
    strcat(source, "|more]");
    ck_assert_int_eq(fragment_parse(&arena, folding, str_of(source), &fragment, why, sizeof(why)),
                     -TS_ESYNTAX);
    ck_assert_ptr_nonnull(strstr(why, "64 alternatives"));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("fragment");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_phrase_is_taken_apart);
    tcase_add_test(tcase, what_would_match_too_much_or_nothing_is_refused);
    tcase_add_test(tcase, alternatives_are_bounded);
    return setup_run("fragment", tcase);
}
