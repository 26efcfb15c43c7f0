/* test_claim.c - who a text says it comes from, who that cannot be, which links are not theirs, which hosts imitate. */
#include "contact_setup.h"
#include "record/claim.h"

static struct claim claim_of(const char *text, bool spoken)
{
    fold(text);
    return claim_find(tables, &canon, spoken);
}

static const char *org_of(const char *text, bool spoken)
{
    struct claim claim = claim_of(text, spoken);

    return claim.institution != NULL ? claim.institution->id : "none";
}

struct row {
    const char *text, *org;
};

static void check_rows(const struct row *rows, size_t n, bool spoken)
{
    for (size_t i = 0; i < n; i++) {
        const char *org = org_of(rows[i].text, spoken);
        ck_assert_msg(strcmp(org, rows[i].org) == 0, "%s: %s, not %s", rows[i].text, org, rows[i].org);
    }
}
#define CHECK_ROWS(rows, spoken) check_rows(rows, sizeof(rows) / sizeof(*(rows)), spoken)

START_TEST(a_signature_claims)
{
    static const struct row rows[] = {
        {"【工商银行】您尾号1234的卡于5月1日支出100元。", "icbc"},
        {"您尾号1234的卡于5月1日支出100元。【中国工商银行】", "icbc"},
        {"[建设银行]您的积分即将到期", "ccb"},
        {"【中国邮政储蓄银行】您好", "psbc"},
        {"【天元银行】您的卡已停用", "bank"},
        {"【12333】您的医用卡已停用", "social"},
        {"【某市医保局】您的参保状态异常", "medical"},
        {"【移动】您的积分可兑换", "cmcc"},
        {"【移★动★积★分】您的积分可兑换", "cmcc"},
        {"【ETC服务中心】您的设备已过期", "etc"},
        {"【国家反诈中心】近期高发", "antifraud"},
        {"【顺丰速运】您的快件已到", "sf"},
        {"【学而思】工商银行旁边的校区开课了", "none"},
        {"【小店】欢迎光临", "none"},
        {"【京东物流】您的快递已到", "jdl"},
        {"【京东金融】您的借款", "jdfin"},
        {"【某某科技】【工商银行】您的账户异常", "icbc"},
        {"【顺丰】【工商银行】您的账户异常", "icbc"},
        {"【工商银行】【活动】您的积分", "icbc"},
        {"【某某超市】工商银行卡满100减20", "none"},
    };

    CHECK_ROWS(rows, false);
}
END_TEST

START_TEST(a_speaker_who_introduces_himself_claims)
{
    static const struct row rows[] = {
        {"你好 我是中国银行的小李,方便的时候回个电话", "boc"},
        {"您好,这里是北京市公安局朝阳分局,现通知你", "police"},
        {"工商银行客服提醒您:您的密码器已过期", "icbc"},
        {"工商银行:您的账户异常", "icbc"},
        {"《工商银行》您的账户异常", "icbc"},
        {"(建设银行)尊敬的客户", "ccb"},
        {"尊敬的工行用户,您的密码器于次日失效", "icbc"},
        {"尊敬的中国移动客户:您有积分可兑换", "cmcc"},
        {"亲爱的京东会员,恭喜您", "jd"},
        {"尊敬的用户:您的中行E令已过期,请登录升级", "boc"},
        {"您在招商银行办理的信用卡已消费,详询", "cmb"},
        {"工行提醒:您的账户异常", "icbc"},
        {"医保局通知,您的账户停用", "medical"},
        {"您的信用卡于今日在商场消费一万元,如有疑问请速致电咨询。建设银行", "ccb"},
    };
    static const struct row calls[] = {
        {"喂您好请问是王先生吗哎您好打扰您一下我这边是京东金融的客服人员工号是幺零零二", "jdfin"},
        {"您好我是移动的工作人员您名下有一张卡", "cmcc"},
        {"你好,我这里是长沙公安。你的账户涉案", "police"},
        {"你好我是市公安局刑侦支队的民警", "police"},
        {"您好我是顺丰快递的您的件放门口了", "sf"},
    };

    CHECK_ROWS(rows, false);
    CHECK_ROWS(calls, true);
}
END_TEST

START_TEST(a_name_in_passing_is_no_claim)
{
    static const struct row rows[] = {
        {"我是工商银行的老客户,想问一下", "none"},
        {"我是中国银行的股东", "none"},
        {"就是有点贵,淘宝都是这种价", "none"},
        {"我是工商银行门口的保安", "none"},
        {"我是中国移动营业厅旁边的", "none"},
        {"我是淘宝店主", "none"},
        {"京东:买的手机到了吗", "none"},
        {"工商银行:今天下午三点见", "none"},
        {"我在工商银行门口等你", "none"},
        {"我是在工商银行门口看到的", "none"},
        {"把钱打到我建设银行的卡上吧", "none"},
        {"我是移动用户,你是联通吗", "none"},
        {"移动客服电话是多少", "none"},
        {"中国移动的信号不好,换联通吧", "none"},
        {"本店支持支付宝、微信支付,工商银行信用卡满减", "none"},
        {"今天去派出所办身份证,下午回来", "none"},
        {"你顺丰到了没有", "none"},
        {"晚上在建行楼下见", "none"},
        {"你看抖音了吗那个视频好搞笑", "none"},
        {"这是我淘宝上买的,挺好", "none"},
        {"我是做保险的,他是搞物流的", "none"},
        {"我是学电信的", "none"},
        {"周末一起去医保局办事", "none"},
    };

    CHECK_ROWS(rows, false);
    CHECK_ROWS(rows, true);
}
END_TEST

START_TEST(the_name_is_told_with_its_place)
{
    struct claim claim = claim_of("【工商银行】余额不足", false);

    ck_assert_uint_eq(claim.end - claim.start, strlen("工商银行"));
    ck_assert_int_eq(memcmp(canon.buf + claim.start, "工商银行", claim.end - claim.start), 0);
}
END_TEST

START_TEST(only_a_number_that_cannot_be_theirs_differs)
{
    static const struct {
        const char *text, *number;
        enum ingress ingress;
        bool differs;
    } rows[] = {
        {"【工商银行】您好", "95588", INGRESS_ONNET, false},
        {"【工商银行】您好", "95588", INGRESS_INTL, true},
        {"【工商银行】您好", "1069012345695588", INGRESS_ONNET, false},
        {"【工商银行】您好", "10690123456789", INGRESS_ONNET, false},
        {"【工商银行】您好", "13912345678", INGRESS_ONNET, true},
        {"【工商银行】您好", "17012345678", INGRESS_ONNET, true},
        {"【工商银行】您好", "0085255501234", INGRESS_INTL, true},
        {"【工商银行】您好", NULL, INGRESS_ONNET, true},
        {"【工商银行】您好", "057187654321", INGRESS_ONNET, true},
        {"【顺丰速运】您好", "13912345678", INGRESS_ONNET, false},
        {"【顺丰速运】您好", "0085255501234", INGRESS_INTL, true},
        {"【市公安局】您好", "057187654321", INGRESS_ONNET, false},
        {"【市公安局】您好", "13912345678", INGRESS_ONNET, true},
        {"您好", "0085255501234", INGRESS_INTL, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct claim claim = claim_of(rows[i].text, false);
        struct number number = sender(rows[i].number, rows[i].ingress);
        ck_assert_msg(claim_sender_differs(tables, &claim, &number) == rows[i].differs, "%s from %s", rows[i].text,
                      rows[i].number != NULL ? rows[i].number : "-");
    }
}
END_TEST

START_TEST(only_a_link_that_is_nobodys_differs)
{
    static const struct {
        const char *text, *number;
        bool differs;
    } rows[] = {
        {"【工商银行】请登录 www.icbc.com.cn 查询", "10690123456789", false},
        {"【工商银行】请登录 mybank.icbc.com.cn/a 查询", "13912345678", false},
        {"【工商银行】请登录 www.icbc-vx.com 查询", "10690123456789", true},
        {"【工商银行】请登录 www.icbc-vx.com 查询", "95588", false},
        {"【工商银行】请登录 www.icbc-vx.com 查询", "1069012345695588", true}, /* who rents a port chooses its end */
        {"【工商银行】请登录 t.cn/A6xYz12 查询", "10690123456789", false},
        {"【工商银行】请登录 mp.weixin.qq.com/s/abc 查询", "10690123456789", false},
        {"【工商银行】请登录 www.icbc。com。cn 查询", "10690123456789", true},
        {"【工商银行】本月账单已出", "13912345678", false},
        {"【天元银行】请登录 www.tianyuanbank.com 查询", "10690123456789", false},
        {"【某市医保局】请登录 ybj.sh.gov.cn 查询", "10690123456789", false},
        {"【某市医保局】请登录 yb.abc123.top 查询", "10690123456789", true},
        {"【小店】请登录 www.abc123.top 查询", "10690123456789", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct claim claim = claim_of(rows[i].text, false);
        struct number number = sender(rows[i].number, INGRESS_ONNET);
        ck_assert_int_eq(contact_extract(tables, plan, &canon, &number, &list), 0);
        ck_assert_msg(claim_link_differs(tables, &claim, &list, &number) == rows[i].differs, "%s", rows[i].text);
    }
}
END_TEST

/* ---- imitated hosts ---------------------------------------------------------------------------------------------- */

static uint32_t traits_of_host(const char *host)
{
    char text[128];

    snprintf(text, sizeof(text), "请登录 http://%s/a 办理", host);
    extract(text);
    ck_assert_msg(list.n == 1 && list.items[0].kind == CONTACT_URL, "%s", text);
    return list.items[0].traits;
}

START_TEST(hosts_that_imitate_are_told)
{
    static const char *const hosts[] = {
        "10o86.cn", "1oo86.cn", "i0086.cn", "l0086.com", "10086sfw.cn", "my10010.com", "10086.cn.bad.top", "100086.cn",
        "icbc-vx.com", "www.lcbc.com.cn", "icbcvip.top", "1cbc.cc", "ccbc.com", "wapccb.com", "ccb95533.com",
        "boc-bank.top", "taobao-kefu.com", "taoba0.com", "taobaoo.com", "alipay.bad.top", "alipai.com", "abch1na.com",
        "psbcn.top", "12333-gov-cn.com", "gov-cn-xx.com", "www.gov.ab.cc", "govcn.top", "shebao-rz.top", "etc-rz.cc",
        "95588.vip", "unionpaiy.com", "chinamobi1e.com", "icbc.github.io", "pinduodvo.com", "www.12381-fz.cc",
        "12306-cn.com",
    };

    for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++)
        ck_assert_msg(traits_of_host(hosts[i]) & CONTACT_LOOKALIKE, "%s is told", hosts[i]);
}
END_TEST

START_TEST(other_hosts_are_not_taken_for_imitations)
{
    static const char *const hosts[] = {
        "icbc.com.cn", "wap.icbc.com.cn", "jf.10086.cn", "www.95588.com.cn.icbc.com.cn", "sh.gov.cn", "taobao.com",
        "a.tb.cn", "www.gov.hk", "www.example.com", "abc.top", "usa.gov", "gov.uk", "govee.com", "book.com",
        "12308.com", "douyu.com", "bocai.com", "stop.com", "510086123.com", "example.github.io", "baidu.com",
        "zhihu.com", "photo.cn", "12377.cn", "58.com", "51job.com", "110.com", "360.cn", "4399.com", "17173.com",
        "etcetera.org", "embassy.cn", "systole.net",
    };

    for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++)
        ck_assert_msg((traits_of_host(hosts[i]) & CONTACT_LOOKALIKE) == 0, "%s is told", hosts[i]);
}
END_TEST

START_TEST(the_registrable_domain_is_by_the_public_suffix_list)
{
    static const struct {
        const char *host, *domain;
    } rows[] = {{"a.b.example.com.cn", "example.com.cn"},
                {"a.b.example.cn", "example.cn"},
                {"x.y.gd.cn", "y.gd.cn"},
                {"a.b.github.io", "b.github.io"},
                {"a.b.co.uk", "b.co.uk"},
                {"a.example.zzz", "example.zzz"},
                {"ybj.sh.gov.cn", "sh.gov.cn"},
                {"gov.cn", "gov.cn"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        traits_of_host(rows[i].host);
        ck_assert_msg(str_eqz(list.items[0].domain, rows[i].domain), "%s: %.*s", rows[i].host,
                      STR_FMT(list.items[0].domain));
    }
}
END_TEST

/* ---- the table --------------------------------------------------------------------------------------------------- */

START_TEST(an_institutions_numbers_and_hosts_are_official)
{
    const struct institutions *t = tables->institutions;

    ck_assert_uint_gt(t->n, 100);
    for (size_t i = 0; i < t->n; i++) {
        for (size_t k = 0; k < t->items[i].numbers.n; k++)
            ck_assert_msg(number_plan_official_service(plan, t->items[i].numbers.names[k]),
                          "%s: %s is not in official.json", t->items[i].id, t->items[i].numbers.names[k].p);
        for (size_t k = 0; k < t->items[i].domains.n; k++)
            ck_assert_msg(traits_of_host(t->items[i].domains.names[k].p) & (CONTACT_OFFICIAL | CONTACT_SHORTENER),
                          "%s: %s", t->items[i].id, t->items[i].domains.names[k].p);
    }
}
END_TEST

/* A name or word that folding changes could never be found. */
START_TEST(names_and_words_are_written_as_canonical_text_shows_them)
{
    const struct institutions *t = tables->institutions;

    for (size_t i = 0; i < t->nnames + INSTITUTION_WORDS_COUNT; i++) {
        const struct name_set *words = i < t->nnames ? NULL : &t->words[i - t->nnames];
        for (size_t k = 0; k < (words != NULL ? words->n : 1); k++) {
            struct str word = words != NULL ? words->names[k] : t->names[i].text;
            char *folded;
            size_t n;
            ck_assert_int_eq(canon_fold_phrase(folding, word, &folded, &n), 0);
            ck_assert_msg(str_eq((struct str){folded, n}, word), "%.*s becomes %.*s", STR_FMT(word), (int)n, folded);
            free(folded);
        }
    }
}
END_TEST

static void expect_problem(const char *table, const char *problem)
{
    struct document doc;
    struct institutions *broken;
    struct err err;

    err_init(&err);
    ck_assert_int_eq(document_parse(&doc, "institutions.json", str_of(table), &err), 0);
    broken = institutions_read(&doc, &err);
    ck_assert_msg(err.count > 0 && strstr(err.text, problem) != NULL, "%s does not say: %s", err.text, problem);
    institutions_free(&broken);
    document_fini(&doc);
    err_fini(&err);
}

START_TEST(problems_of_the_table_name_line_and_column)
{
    expect_problem("{\"institutions\": []}", "institutions.json:1:1: needs an array \"institutions\"");
    expect_problem("{\"institutions\": [\n {\"id\": \"a\", \"kind\": \"banc\", \"names\": [\"甲银行\"]}]}",
                   "institutions.json:2:2: needs a \"kind\" such as");
    expect_problem("{\"institutions\": [{\"kind\": \"bank\", \"names\": [\"甲银行\"]}]}", "needs an \"id\" of its own");
    expect_problem("{\"institutions\": [{\"id\": \"a\", \"kind\": \"bank\"}]}", "needs an array \"names\"");
    expect_problem("{\"institutions\": [{\"id\": \"a\", \"kind\": \"bank\", \"names\": [7]}]}", "must be a name");
    expect_problem("{\"institutions\": [{\"id\": \"a\", \"kind\": \"bank\", \"names\": [\"ab\"]}]}",
                   "too short for a name");
    expect_problem("{\"institutions\": [{\"id\": \"a\", \"kind\": \"bank\", \"names\": [\"甲行\"]}, "
                   "{\"id\": \"b\", \"kind\": \"bank\", \"names\": [\"甲行\"]}]}",
                   "\"甲行\" names both \"a\" and \"b\"");
    expect_problem("{\"staff\": [{\"kind\": \"bank\", \"staff\": [\"car\"]}]}",
                   "\"staff\" is of \"mobile\" and \"fixed\"");
    expect_problem("{\"words\": {}}", "needs an array \"introduce\"");
}
END_TEST

int main(void)
{
    TCase *tc = contact_case("claim");

    tcase_add_test(tc, a_signature_claims);
    tcase_add_test(tc, a_speaker_who_introduces_himself_claims);
    tcase_add_test(tc, a_name_in_passing_is_no_claim);
    tcase_add_test(tc, the_name_is_told_with_its_place);
    tcase_add_test(tc, only_a_number_that_cannot_be_theirs_differs);
    tcase_add_test(tc, only_a_link_that_is_nobodys_differs);
    tcase_add_test(tc, hosts_that_imitate_are_told);
    tcase_add_test(tc, other_hosts_are_not_taken_for_imitations);
    tcase_add_test(tc, the_registrable_domain_is_by_the_public_suffix_list);
    tcase_add_test(tc, an_institutions_numbers_and_hosts_are_official);
    tcase_add_test(tc, names_and_words_are_written_as_canonical_text_shows_them);
    tcase_add_test(tc, problems_of_the_table_name_line_and_column);
    return setup_run("claim", tc);
}
