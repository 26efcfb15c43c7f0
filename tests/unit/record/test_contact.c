/* test_contact.c - contacts and sums in texts: tests/cases/contacts.tsv, and the lawful texts, which must have none of
 * anybody's but institutions'. */
#include "record/contact_host_read.h"
#include "contact_setup.h"

#include <dlfcn.h>
#include <jansson.h>

/* ---- the table --------------------------------------------------------------------------------------------------- */

static const char *written(void)
{
    static const struct {
        uint32_t trait;
        const char *word;
    } traits[] = {{CONTACT_OFFICIAL, " official"},
                  {CONTACT_SHORTENER, " shortener"},
                  {CONTACT_IP_HOST, " ip"},
                  {CONTACT_DISGUISED, " disguised"},
                  {CONTACT_LOOKALIKE, " lookalike"}};
    static char out[4096];
    size_t n = 0;

    for (size_t i = 0; i < list.n; i++) {
        const struct contact *c = &list.items[i];
        n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s %.*s", i > 0 ? "; " : "", contact_kind_name(c->kind),
                              STR_FMT(c->value));
        if (c->domain.n > 0)
            n += (size_t)snprintf(out + n, sizeof(out) - n, " [%.*s]", STR_FMT(c->domain));
        for (size_t t = 0; t < sizeof(traits) / sizeof(*traits); t++)
            if (c->traits & traits[t].trait)
                n += (size_t)snprintf(out + n, sizeof(out) - n, "%s", traits[t].word);
        n += (size_t)snprintf(out + n, sizeof(out) - n, " %u-%u", c->start, c->end);
    }
    return n > 0 ? out : "-";
}

static const char *sums(void)
{
    static char out[256];
    size_t n = 0;

    for (size_t i = 0; i < list.namounts; i++)
        n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%lld", i > 0 ? "," : "", (long long)list.amounts[i]);
    return n > 0 ? out : "-";
}

START_TEST(every_text_of_the_table_gives_its_contacts_and_sums)
{
    FILE *in = fopen("tests/cases/contacts.tsv", "r");
    char line[2048];
    unsigned rows = 0, wrong = 0;

    ck_assert_ptr_nonnull(in);
    while (fgets(line, sizeof(line), in) != NULL) {
        char *rest = line, *text, *contacts, *amounts;
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#')
            continue;
        text = strsep(&rest, "\t");
        contacts = strsep(&rest, "\t");
        amounts = strsep(&rest, "\t");
        ck_assert_msg(amounts != NULL, "%s: three columns", text);
        extract(text);
        if (strstr(contacts, "url ") != NULL)
            ck_assert_msg(contact_may_have_url(&canon), "%s may have no URL", text);
        if (strcmp(written(), contacts) != 0)
            fprintf(stderr, "%s: %s, not %s\n", text, written(), contacts);
        if (strcmp(sums(), amounts) != 0)
            fprintf(stderr, "%s: sums %s, not %s\n", text, sums(), amounts);
        wrong += strcmp(written(), contacts) != 0 || strcmp(sums(), amounts) != 0;
        rows++;
    }
    fclose(in);
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_ge(rows, 180);
}
END_TEST

/* ---- lawful texts ------------------------------------------------------------------------------------------------ */

static unsigned check_lawful(const char *file, const char *const *allowed)
{
    FILE *in = fopen(file, "r");
    char line[8192];
    unsigned rows = 0;

    ck_assert_msg(in != NULL, "%s", file);
    while (fgets(line, sizeof(line), in) != NULL) {
        json_t *root = json_loads(line, 0, NULL);
        const json_t *record = json_object_get(root, "record");
        const char *text = json_string_value(json_object_get(record, "text"));
        if (text != NULL) {
            extract(text);
            rows++;
        }
        for (size_t i = 0; text != NULL && i < list.n; i++) {
            bool known = (list.items[i].traits & CONTACT_OFFICIAL) != 0 || list.items[i].kind == CONTACT_APP ||
                         list.items[i].kind == CONTACT_SEARCH; /* told of, or an institution's */
            for (size_t k = 0; allowed[k] != NULL && !known; k++)
                known = str_eqz(list.items[i].value, allowed[k]);
            ck_assert_msg(known, "%s: %s", text, written());
        }
        json_decref(root);
    }
    fclose(in);
    return rows;
}

START_TEST(lawful_texts_have_only_official_contacts)
{
    static const char *const none[] = {NULL};
    /* businesses that no list knows, named in texts that stay silent for other reasons */
    static const char *const businesses[] = {"123456789", "057187654321", "051265432100", NULL};

    ck_assert_uint_ge(check_lawful("tests/cases/domain_neg.jsonl", none), 44);
    ck_assert_uint_ge(check_lawful("tests/cases/advisories.jsonl", none), 100);
    ck_assert_uint_ge(check_lawful("tests/cases/lawful.jsonl", businesses), 60);
}
END_TEST

/* ---- single promises --------------------------------------------------------------------------------------------- */

START_TEST(the_senders_own_number_is_told_however_it_is_written)
{
    static const char *const senders[] = {"13800138000", "+8613800138000", "8613800138000", "013800138000"};

    for (size_t i = 0; i < 4; i++) {
        extract_for("请回电138-0013-8000", senders[i]);
        ck_assert_uint_eq(list.n, 1);
        ck_assert_uint_eq(list.items[0].traits, CONTACT_IS_SENDER);
    }
    extract_for("请回电138-0013-8000", "13900139000");
    ck_assert_uint_eq(list.items[0].traits, 0);
    extract_for("如有疑问请致电95588", "95588");
    ck_assert_uint_eq(list.items[0].traits, CONTACT_OFFICIAL | CONTACT_IS_SENDER);
}
END_TEST

START_TEST(official_is_a_suffix_of_labels_never_a_part)
{
    static const char *const fakes[] = {"10086sfw.cn", "10086wds.cn", "10086zhie.com", "x10086.cn", "10086.cn.top",
                                        "95588.vip", "icbc.com.cn.cc", "gov.cn.xyz", "12306-cn.com", "my10010.com"};

    for (size_t i = 0; i < sizeof(fakes) / sizeof(*fakes); i++) {
        char text[64];
        snprintf(text, sizeof(text), "请登录 %s 办理", fakes[i]);
        extract(text);
        ck_assert_msg(list.n == 1 && list.items[0].kind == CONTACT_URL, "%s: %s", text, written());
        ck_assert_msg((list.items[0].traits & CONTACT_OFFICIAL) == 0, "%s: %s", text, written());
    }
}
END_TEST

START_TEST(a_disguised_host_is_never_official)
{
    static const char *const texts[] = {"登录10086。cn领取", "登录10086点cn领取", "登录1 0 0 8 6 . c n 领取", "登录10086.c0m领取",
                                        "登录іcbc.com.cn领取"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        extract(texts[i]);
        ck_assert_msg(list.n == 1 && (list.items[0].traits & ~(uint32_t)CONTACT_LOOKALIKE) == CONTACT_DISGUISED,
                      "%s: %s", texts[i], written());
    }
}
END_TEST

START_TEST(hints_are_told_from_contacts)
{
    static const char *const hints[] = {"请点击链接领取", "详情加客服", "扫码进群", "链接：[网址]", "QQ:280***", "电话xxxxxxxxxxx",
                                        "微信:×××××", "拨打138****8000", "咨询电话138xxxxxxxx"};
    static const char *const none[] = {"请拨打13800138000", "登录www.abc.com", "您的手机号138****8000已欠费", "尾号****1234", "x光检查",
                                       "我在家等你", ""};

    for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++) {
        extract(hints[i]);
        ck_assert_msg(contact_is_hinted(tables, &canon), "%s", hints[i]);
    }
    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
        extract(none[i]);
        ck_assert_msg(!contact_is_hinted(tables, &canon), "%s", none[i]);
    }
}
END_TEST

START_TEST(the_same_contact_is_kept_once)
{
    extract("加微信abc12345,微信abc12345,微信ABC12345");
    ck_assert_uint_eq(list.n, 1);
}
END_TEST

START_TEST(at_most_the_bound_is_kept_in_order)
{
    char text[2048];
    size_t n = 0;

    for (int i = 0; i < 40; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "QQ %d,共%d元;", 10000 + i, 100 + i);
    extract(text);
    ck_assert_uint_eq(list.n, CONTACTS_MAX);
    ck_assert_uint_eq(list.namounts, AMOUNTS_MAX);
    for (size_t i = 1; i < list.n; i++)
        ck_assert_uint_lt(list.items[i - 1].end, list.items[i].start);
    ck_assert_int_eq(list.amounts[0], 100);
}
END_TEST

START_TEST(positions_are_characters_of_the_original)
{
    extract("贷★款★秒★批,加🅥ⓧ：daikuan520|");
    ck_assert_uint_eq(list.n, 1);
    ck_assert_uint_eq(list.items[0].start, 12);
    ck_assert_uint_eq(list.items[0].end, 22);
    ck_assert_int_eq(memcmp(canon.buf + list.items[0].canon_start, "daikuan520", 10), 0);
    ck_assert_uint_eq(list.items[0].canon_end - list.items[0].canon_start, 10);
}
END_TEST

/* Stands before the function of libpsl, which is asked once for each host that is judged. */
static unsigned judged;
const char *psl_registrable_domain(const psl_ctx_t *psl, const char *domain)
{
    const char *(*original)(const psl_ctx_t *psl, const char *domain);
    void *symbol = dlsym(RTLD_NEXT, "psl_registrable_domain");

    memcpy(&original, &symbol, sizeof(original));
    judged++;
    return original(psl, domain);
}

/* Judging a host is dear: a text full of them costs no more than those it can have. */
START_TEST(only_hosts_that_are_kept_are_judged)
{
    char text[8192] = "";

    for (int i = 0; i < 1000; i++)
        strcat(text, "www.");
    judged = 0;
    extract(text);
    ck_assert_uint_eq(list.n, 2); /* 62 hosts of sixteen labels, and what is left */
    ck_assert_uint_eq(judged, 2);
    for (int i = 0, n = 0; i < 400; i++)
        n += sprintf(text + n, "abc%d.com ", i);
    judged = 0;
    extract(text);
    ck_assert_uint_eq(list.n, CONTACTS_MAX);
    ck_assert_uint_eq(judged, CONTACTS_MAX);
}
END_TEST

START_TEST(a_text_that_may_have_no_url_has_none)
{
    static const char *const none[] = {"余额12.50元。", "支出人民币300.00元", "2026-11-22 15:30 开会",
                                       "共1,000元,请于3日内(含)付清", "邮箱abc@example",
                                       "微信abc12345,QQ 12345678", "您好。12月5日见!", "打我电话13912345678。",
                                       "回复TD【云上】", "明天10点前到", "流量剩余414MB。本月(31日)止", ""};

    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
        fold(none[i]);
        ck_assert_msg(!contact_may_have_url(&canon), "%s", none[i]);
    }
    fold("网址abc。cn");
    ck_assert(contact_may_have_url(&canon));
}
END_TEST

/* What a host can be written with, and what can stand around one. */
static void write_anything(char *text)
{
    static const char *const pieces[] = {
        "a", "w", "www", "o", "1", "10", "cn", "com", "-", "_", "*", ".", ",", " ", "。", "点", "·",
        "•", "●", "○", "〇", "(", ")", "[", "]", "【", "】", "{", "}", "<", ">", "dot", " dot ",
        "(dot)", "/", ":", "前", "元"};
    size_t n = 1 + setup_pick(9);

    for (*text = '\0'; n > 0; n--)
        strcat(text, pieces[setup_pick(sizeof(pieces) / sizeof(*pieces))]);
}

START_TEST(where_a_host_can_be_read_one_may_begin)
{
    unsigned nhosts = 0, nwithout = 0;
    char text[256];

    for (int i = 0; i < 2000000; i++) {
        struct host host;

        write_anything(text);
        if (!ascii_is_alnum(*text))
            continue;
        host_read(&host, text, text + strlen(text));
        ck_assert_msg(host.nlabels < 2 || host_may_begin(text, text + strlen(text)), "%s", text);
        nhosts += host.nlabels >= 2;
        nwithout += !host_may_begin(text, text + strlen(text));
    }
    ck_assert_uint_gt(nhosts, 20000);
    ck_assert_uint_gt(nwithout, 20000);
}
END_TEST

/* Of whatever text, with words as long as a search may cut them too. */
START_TEST(where_a_url_is_found_one_may_be)
{
    static char stars[66], digits[41];
    const char *const longer[] = {stars, digits, "bad.com", "https://", "微信", ".中国"};
    unsigned nurls = 0;
    char text[1024];

    memset(stars, '*', sizeof(stars) - 1);
    memset(digits, '7', sizeof(digits) - 1);
    for (int i = 0; i < 200000; i++) {
        bool url = false;

        write_anything(text);
        strcat(text, longer[setup_pick(sizeof(longer) / sizeof(*longer))] + setup_pick(5));
        write_anything(text + strlen(text));
        extract(text);
        for (size_t k = 0; k < list.n; k++)
            url = url || list.items[k].kind == CONTACT_URL;
        ck_assert_msg(!url || contact_may_have_url(&canon), "%s", text);
        nurls += url;
    }
    for (size_t n = 50; n < 140; n++) {
        char *p = text + sprintf(text, "请点击a");

        memset(p, '*', n);
        strcpy(p + n, "bad.com");
        extract(text);
        ck_assert_msg(list.n == 0 || contact_may_have_url(&canon), "%zu", n);
        nurls += list.n > 0;
    }
    ck_assert_uint_gt(nurls, 10000);
}
END_TEST

START_TEST(a_label_of_more_than_63_characters_is_no_host)
{
    char text[128], label[65];

    memset(label, 'a', sizeof(label));
    snprintf(text, sizeof(text), "http://%.63s.com/ 10086.cn", label);
    extract(text);
    ck_assert_uint_eq(list.n, 2);
    snprintf(text, sizeof(text), "http://%.64s.com/ 10086.cn", label);
    extract(text);
    ck_assert_uint_eq(list.n, 1);
    snprintf(text, sizeof(text), "http://10086.cn.%.64s.com", label);
    extract(text);
    ck_assert_uint_eq(list.n, 0);
}
END_TEST

START_TEST(a_record_without_text_has_no_contacts)
{
    extract(NULL);
    ck_assert_uint_eq(list.n + list.namounts, 0);
    extract("");
    ck_assert_uint_eq(list.n + list.namounts, 0);
}
END_TEST

START_TEST(very_long_hosts_and_paths_end_somewhere)
{
    char text[4096] = "http://", *p = text + 7;

    for (int i = 0; i < 400; i++)
        p += sprintf(p, "abc%d.", i);
    strcpy(p, "com/");
    extract(text);
    for (size_t i = 0; i < list.n; i++)
        ck_assert_uint_le(list.items[i].value.n, 253);
}
END_TEST

/* ---- loading ----------------------------------------------------------------------------------------------------- */

static char *copy_with(const char *file, const char *from, const char *to, const char *dir)
{
    char path[128], *text = calloc(1, 64 * 1024), *at;
    FILE *in, *out;

    snprintf(path, sizeof(path), "%s/%s", TABLES, file);
    ck_assert_ptr_nonnull(in = fopen(path, "r"));
    ck_assert_uint_gt(fread(text, 1, 64 * 1024 - 1, in), 0);
    fclose(in);
    snprintf(path, sizeof(path), "%s/%s", dir, file);
    ck_assert_ptr_nonnull(out = fopen(path, "w"));
    at = from != NULL ? strstr(text, from) : NULL;
    if (at != NULL)
        fprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    else
        fputs(text, out);
    fclose(out);
    free(text);
    return at;
}

static void expect_problem(const char *file, const char *from, const char *to, const char *problem)
{
    char dir[] = "/tmp/test_contact.XXXXXX", command[64];
    bool domains = strcmp(file, "domains.json") == 0;
    struct contact_tables *broken;
    struct err err;

    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_ptr_nonnull(copy_with(file, from, to, dir));
    copy_with(domains ? "contact_words.json" : "domains.json", NULL, NULL, dir);
    copy_with("institutions.json", NULL, NULL, dir);
    err_init(&err);
    broken = contact_tables_load(dir, &err);
    ck_assert_msg(broken == NULL, "%s: %s was accepted", file, to);
    ck_assert_msg(strstr(err.text, problem) != NULL, "%s does not say: %s", err.text, problem);
    err_fini(&err);
    snprintf(command, sizeof(command), "rm -r %s", dir);
    ck_assert_int_eq(system(command), 0);
}

START_TEST(problems_of_tables_name_file_line_and_column)
{
    expect_problem("domains.json", "\"t.cn\"", "\"url.cn\"", "\"url.cn\" occurs twice");
    expect_problem("domains.json", "\"endings\"", "\"ending\"", "domains.json:1:1: needs an array \"endings\"");
    expect_problem("domains.json", "\"edu.cn\"", "7", "must be a name that is not empty");
    expect_problem("domains.json", "\"official\"", "\"officials\"", "needs an array \"official\"");
    expect_problem("domains.json", "\"as_of\"", "\"asof\"", "needs \"as_of\" and \"source\"");
    expect_problem("contact_words.json", "\"扣扣\"", "\"\"", "contact_words.json:5:15: must be a name");
    expect_problem("contact_words.json", "\"wechat\": [", "\"wechat\": 1, \"x\": [", "needs an array \"wechat\"");
}
END_TEST

/* A word that folding changes could never be found. */
START_TEST(words_are_written_as_canonical_text_shows_them)
{
    json_t *root = json_load_file(TABLES "/contact_words.json", 0, NULL);
    const char *key;
    json_t *words;

    ck_assert_ptr_nonnull(root);
    json_object_foreach(root, key, words) {
        for (size_t i = 0; i < json_array_size(words); i++) {
            const char *word = json_string_value(json_array_get(words, i));
            char *folded;
            size_t n;
            ck_assert_int_eq(canon_fold_phrase(folding, str_of(word), &folded, &n), 0);
            ck_assert_msg(str_eqz((struct str){folded, n}, word), "%s: %s becomes %.*s", key, word, (int)n, folded);
            free(folded);
        }
    }
    json_decref(root);
}
END_TEST

int main(void)
{
    TCase *tc = contact_case("contact");

    tcase_add_test(tc, every_text_of_the_table_gives_its_contacts_and_sums);
    tcase_add_test(tc, lawful_texts_have_only_official_contacts);
    tcase_add_test(tc, the_senders_own_number_is_told_however_it_is_written);
    tcase_add_test(tc, official_is_a_suffix_of_labels_never_a_part);
    tcase_add_test(tc, a_disguised_host_is_never_official);
    tcase_add_test(tc, hints_are_told_from_contacts);
    tcase_add_test(tc, the_same_contact_is_kept_once);
    tcase_add_test(tc, at_most_the_bound_is_kept_in_order);
    tcase_add_test(tc, positions_are_characters_of_the_original);
    tcase_add_test(tc, only_hosts_that_are_kept_are_judged);
    tcase_add_test(tc, a_text_that_may_have_no_url_has_none);
    tcase_add_test(tc, where_a_host_can_be_read_one_may_begin);
    tcase_add_test(tc, where_a_url_is_found_one_may_be);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_label_of_more_than_63_characters_is_no_host);
    tcase_add_test(tc, a_record_without_text_has_no_contacts);
    tcase_add_test(tc, very_long_hosts_and_paths_end_somewhere);
    tcase_add_test(tc, problems_of_tables_name_file_line_and_column);
    tcase_add_test(tc, words_are_written_as_canonical_text_shows_them);
    return setup_run("contact", tc);
}
