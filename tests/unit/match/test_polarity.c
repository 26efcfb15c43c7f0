/* test_polarity.c - the same phrase said, denied and told of. Each line is a sentence about 加果园号 ("add the orchard"),
 * 不要挂断果园电话, which holds its negator itself, or 浇~6橙园, which has room for a word within. */
#include "match_setup.h"

#include "core/utf8.h"
#include "match/judge_parts.h"

#include <time.h>

struct polarity_case {
    const char *text;
    uint8_t polarity; /* of the first match */
};

static const struct polarity_case cases[] = {
    {"请加果园号领奖", POLARITY_LIVE},
    /* negators: in the clause, at most ten characters before, not part of the hit */
    {"不要加果园号", POLARITY_NEGATED},
    {"请勿随意加果园号", POLARITY_NEGATED},
    {"客服不会让您加果园号", POLARITY_NEGATED},
    {"不要,加果园号", POLARITY_LIVE},
    {"不要、请您加果园号", POLARITY_LIVE},
    {"不要。加果园号", POLARITY_LIVE},
    {"不要一二三四五六七八加果园号", POLARITY_NEGATED}, /* ten characters */
    {"不要一二三四五六七八九加果园号", POLARITY_LIVE}, /* eleven */
    {"不要挂断果园电话", POLARITY_LIVE},
    {"请不要挂断果园电话", POLARITY_LIVE},
    {"请勿相信不要挂断果园电话的人", POLARITY_NEGATED},
    /* weak negators reach three characters */
    {"不加果园号", POLARITY_NEGATED},
    {"不向您加果园号", POLARITY_NEGATED},
    {"不处理马上加果园号", POLARITY_LIVE},
    /* longer words that deny nothing */
    {"不仅加果园号", POLARITY_LIVE},
    {"不要钱加果园号", POLARITY_LIVE},
    {"有没有兴趣加果园号", POLARITY_LIVE},
    {"不仅不要加果园号", POLARITY_NEGATED},
    /* from item to item of a list */
    {"客服不会索要瓜田、桃林、梨园的号码、证件或加果园号", POLARITY_NEGATED},
    {"客服不会索要瓜田、桃林、梨园的号码、证件,加果园号", POLARITY_LIVE},
    {"不要一二三四五六七八九十一二三四五六七八九十、一二三四五六七八九十一二三四五加果园号", POLARITY_NEGATED}, /* 37 */
    {"不要一二三四五六七八九十一二三四五六七八九十、一二三四五六七八九十一二三四五六七八九加果园号", POLARITY_LIVE}, /* 41 */
    /* without punctuation a turn begins a clause */
    {"不要犹豫立即加果园号", POLARITY_LIVE},
    {"不要立即加果园号", POLARITY_NEGATED},
    {"不要犹豫立即加果园号,好的,好的", POLARITY_NEGATED},
    /* reporters before it in the sentence, over commas and lists */
    {"凡是要求买瓜、买桃、加果园号的,都不可信", POLARITY_REPORTED},
    {"所谓客服让人加果园号", POLARITY_REPORTED},
    {"骗子让人买瓜,所以请加果园号", POLARITY_LIVE}, /* a contrast ends it */
    {"冒充客服,让人付款,再加果园号", POLARITY_REPORTED},
    {"加果园号的是骗子", POLARITY_LIVE}, /* behind it a reporter says nothing */
    {"凡是买瓜的都来。加果园号", POLARITY_LIVE},
    {"凡是买瓜的都来;加果园号", POLARITY_LIVE},
    {"凡是如此的:1.买瓜。2.加果园号", POLARITY_REPORTED}, /* items belong to what introduces them */
    {"凡是如此的。1.买瓜。再加果园号", POLARITY_LIVE},
    /* a doubt or a quoted term within it */
    {"浇到所谓的橙园", POLARITY_REPORTED},
    {"浇到“橙园”。冒充", POLARITY_REPORTED},
    {"浇到“橙园”", POLARITY_LIVE},
    {"“浇”到橙园。冒充", POLARITY_LIVE},
    /* headings, sentences on */
    {"作案手法。买瓜。再加果园号", POLARITY_REPORTED},
    {"真实案例:加果园号", POLARITY_REPORTED}, /* [典型|真实]案例 */
    {"加果园号。作案手法", POLARITY_LIVE},
    /* verdicts behind it in the sentence */
    {"叫你加果园号的,都是诈骗", POLARITY_REPORTED},
    {"叫你加果园号的,属于诈骗", POLARITY_REPORTED},
    {"都是诈骗,快加果园号", POLARITY_LIVE}, /* before it a verdict says nothing */
    {"加果园号。这也都是诈骗", POLARITY_LIVE},
    {"凡是买瓜的都是诈骗,请加果园号", POLARITY_LIVE}, /* a verdict ends what a reporter tells of */
    {"凡是骗子都是骗子,请加果园号", POLARITY_LIVE},
    /* what sums up speaks of all that was said before */
    {"一是买瓜。二是加果园号!以上都是诈骗", POLARITY_REPORTED},
    {"以上都是诈骗。请加果园号", POLARITY_LIVE},
    /* plain words mean nothing, whatever is within them */
    {"我不是骗子,请加果园号", POLARITY_LIVE},
    {"其他都是骗子,请加果园号", POLARITY_LIVE},
    {"请加果园号,其他都是骗子", POLARITY_LIVE},
    /* an opening and a closing word */
    {"以加果园号为由骗钱", POLARITY_REPORTED},
    {"以退瓜为由让你加果园号", POLARITY_REPORTED},
    {"收到短信让您加果园号,马上删除", POLARITY_REPORTED}, /* any opening of a list with any closing of its list */
    {"收到短信加果园号为由", POLARITY_LIVE},
    {"可以加果园号", POLARITY_LIVE},
    {"以此加果园号。有何为由", POLARITY_LIVE},
    /* quotation marks around it */
    {"警方提到“加果园号”一事。冒充", POLARITY_REPORTED},
    {"警方提到「快来加果园号吧」一事。冒充", POLARITY_REPORTED},
    {"警方提到\"加果园号\"一事。冒充", POLARITY_REPORTED},
    {"警方提到“加果园号”一事", POLARITY_LIVE}, /* nothing tells of a scam: an emphasis */
    {"警方提到“加果园号”一事,请勿迟到", POLARITY_LIVE}, /* nor does a negator */
    /* what a quotation holds belongs to the sentences around it */
    {"冒充客服:“您好。您的瓜丢了!请加果园号。”", POLARITY_REPORTED},
    {"“您好。请加果园号。”这都是诈骗", POLARITY_REPORTED},
    {"“您好,这里的瓜田和桃林都到了采摘的季节。请加果园号。”就这样。这都是诈骗", POLARITY_LIVE},
    {"对方称:“您好。请加果园号。快”", POLARITY_REPORTED},
    {"对方称瓜田里的瓜熟了很好吃:“您好。请加果园号。”", POLARITY_LIVE}, /* who speaks stands right before it */
    {"“瓜”加果园号”冒充", POLARITY_LIVE},
    {"“瓜“加果园号”冒充", POLARITY_REPORTED}, /* the last opening counts */
    {"“瓜田”加果园号“桃林”", POLARITY_LIVE},
    {"\"瓜田\"加果园号\"桃林\"", POLARITY_LIVE},
    {"“一二三四五六七八九十一二三四五六加果园号”。冒充", POLARITY_REPORTED}, /* twenty characters */
    {"“一二三四五六七八九十一二三四五六七加果园号”。冒充", POLARITY_LIVE}, /* 21 */
    /* the bare words never suppress */
    {"您涉嫌诈骗请加果园号", POLARITY_LIVE},
    {"提醒您加果园号", POLARITY_LIVE},
    {"加果园号以免被诈骗", POLARITY_LIVE},
    /* symbols are no clause ends */
    {"不要★加果园号", POLARITY_NEGATED},
    {"不要 加果园号", POLARITY_LIVE}, /* but white space is */
};

static struct ruleset *rules;
static struct judge *judge;

static void setup(void)
{
    rules = setup_phrases("[\"加果园号\",\"不要挂断果园电话\",\"浇~6橙园\"]");
    judge = judge_new();
    ck_assert_int_eq(judge_use(judge, rules), 0);
    judge_thorough(judge, true);
}

static void teardown(void)
{
    judge_free(&judge);
    ruleset_free(&rules);
}

static void check(const char *text, uint8_t polarity)
{
    struct record record = setup_sms("13912345678", text);
    const struct verdict *verdict = setup_judge(judge, &record);

    ck_assert_msg(verdict->nmatches == 1, "%s: %zu matches", text, verdict->nmatches);
    ck_assert_msg(verdict->matches[0].polarity == polarity, "%s: %u instead of %u", text,
                  verdict->matches[0].polarity, polarity);
}

START_TEST(polarity_of_a_phrase)
{
    check(cases[_i].text, cases[_i].polarity);
}
END_TEST

/* What a hit rests its polarity on. */
static const struct {
    const char *text, *word, *closing;
} causes[] = {
    {"请加果园号领奖", "", ""},
    {"不要加果园号", "不要", ""},
    {"凡是要求加果园号的,都不可信", "凡是", ""},
    {"叫你加果园号的,都是诈骗", "都是诈骗", ""},
    {"以加果园号为由骗钱", "以", "为由"},
    {"加果园号。以上都是诈骗", "以上都是诈骗", ""},
    {"对方称:“您好。请加果园号。”", "对方称", ""},
    {"“加果园号”一事。冒充", "“", "”"},
    {"作案手法。加果园号", "作案手法", ""},
    {"浇到所谓的橙园", "所谓", ""},
};

START_TEST(the_cause_of_a_polarity_is_told)
{
    struct record record = setup_sms("13912345678", causes[_i].text);
    struct polarity_cause cause = judge_because(judge, setup_judge(judge, &record)->matches);

    ck_assert_msg(str_eq(cause.word, str_of(causes[_i].word)) && str_eq(cause.closing, str_of(causes[_i].closing)),
                  "%s: %.*s %.*s", causes[_i].text, (int)cause.word.n, cause.word.p, (int)cause.closing.n,
                  cause.closing.p);
}
END_TEST

/* Alternatives that do not close are told with their place, as is a word with too many of them. */
static const struct {
    const char *word;
    bool accepted;
} written[] = {
    {"[不要|别]加", true},
    {"[不要|别加", false},
    {"不要]加", false},
    {"[不[要]]加", false},
    {"[一|二|三|四|五|六|七|八|九|十][一|二|三|四|五|六|七|八|九|十][一|二|三|四|五|六|七|八|九|十]"
     "[一|二|三|四|五|六|七|八|九|十][一|二|三|四|五|六|七|八|九|十]", false},
};

START_TEST(alternatives_of_a_word_are_read_or_refused)
{
    char path[] = "/tmp/telsieve-test-XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    struct polarity_words *polarity;
    struct folding *folding;
    struct err err;

    err_init(&err);
    folding = folding_load(MATCH_DATA "/folding.json", &err);
    fprintf(file,
            "{\"telsieve\":1,\"negators\":[\"%s\"],\"weak_negators\":[],\"plain\":[],\"reporters\":[],\"around\":[],"
            "\"verdicts\":[],\"summings\":[],\"speakers\":[],\"turns\":[],\"headings\":[],\"contrasts\":[],"
            "\"doubts\":[],\"quotes\":{\"pairs\":[],\"max_chars\":1,\"speech_chars\":1},\"greetings\":[]}",
            written[_i].word);
    fclose(file);
    polarity = polarity_load(path, folding, NULL, &err);
    ck_assert_msg((polarity != NULL) == written[_i].accepted, "%s: %s", written[_i].word, err.text);
    ck_assert(written[_i].accepted || strstr(err.text, "[a|b]") != NULL);
    polarity_free(&polarity);
    folding_free(&folding);
    err_fini(&err);
    unlink(path);
}
END_TEST

static void check_summing(unsigned filler, uint8_t polarity)
{
    char text[2048] = "加果园号";

    for (unsigned i = 0; i < filler; i++)
        strcat(text, i % 10 == 0 ? "。" : "瓜");
    strcat(text, "以上都是诈骗");
    check(text, polarity);
}

START_TEST(what_sums_up_reaches_300_characters_back)
{
    check_summing(POLARITY_SUMMING_CHARS, POLARITY_REPORTED);
    check_summing(POLARITY_SUMMING_CHARS + 1, POLARITY_LIVE);
}
END_TEST

START_TEST(a_heading_reaches_300_characters_on)
{
    char text[2048] = "作案手法";

    for (unsigned i = 0; i < POLARITY_HEADING_CHARS; i++)
        strcat(text, i % 10 == 0 ? "。" : "瓜");
    strcat(text, "加果园号");
    check(text, POLARITY_REPORTED);
    memmove(text + strlen("作案手法瓜"), text + strlen("作案手法"), strlen(text + strlen("作案手法")) + 1);
    memcpy(text + strlen("作案手法"), "瓜", strlen("瓜"));
    check(text, POLARITY_LIVE);
}
END_TEST

/* Without punctuation a clause ends after 40 characters and a sentence after 120. */
static void check_distance(const char *before, unsigned filler, uint8_t polarity)
{
    char text[1024];

    strcpy(text, before);
    for (unsigned i = 0; i < filler; i++)
        strcat(text, "瓜");
    strcat(text, "加果园号");
    check(text, polarity);
}

START_TEST(texts_without_punctuation_are_cut)
{
    check_distance("凡是", 117, POLARITY_REPORTED);
    check_distance("凡是", 118, POLARITY_LIVE);
    /* the clause is cut between negator and hit: 38 + 2 characters, then the hit's own clause */
    check_distance("瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜不要", 1, POLARITY_NEGATED);
    check_distance("瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜瓜不要", 2, POLARITY_LIVE);
}
END_TEST

/* The longest text that can be configured, of one hit and one mark of each kind over and over. */
static double seconds_of(const char *once)
{
    enum { CHARS = 65536 };
    char *text = calloc(CHARS + 1, 4), *to = text;
    struct record record;
    clock_t began;

    for (size_t chars = 0, n = utf8_count(str_of(once)); chars + n <= CHARS; chars += n)
        to = stpcpy(to, once);
    record = setup_sms("13912345678", text);
    began = clock();
    ck_assert_uint_gt(setup_judge(judge, &record)->nmatches, 1000);
    free(text);
    return (double)(clock() - began) / CLOCKS_PER_SEC;
}

START_TEST(cost_grows_with_the_text_and_not_with_its_square)
{
    static const char *const texts[] = {"加果园号", "以加果园号", "不仅加果园号", "不加果园号", "凡是加果园号,都是诈骗",
                                        "“加果园号”", "\"加果园号", "加果园号。以上都是诈骗", "不要加果园号、",
                                        "作案手法加果园号", "立即加果园号", "1加果园号。凡是", "浇“橙园"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        double seconds = seconds_of(texts[i]);
        ck_assert_msg(seconds < 1, "%s again and again: %.1f s", texts[i], seconds);
    }
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("polarity");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, polarity_of_a_phrase, 0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_loop_test(tests, the_cause_of_a_polarity_is_told, 0, sizeof(causes) / sizeof(causes[0]));
    tcase_add_loop_test(tests, alternatives_of_a_word_are_read_or_refused, 0, sizeof(written) / sizeof(written[0]));
    tcase_add_test(tests, what_sums_up_reaches_300_characters_back);
    tcase_add_test(tests, a_heading_reaches_300_characters_on);
    tcase_add_test(tests, texts_without_punctuation_are_cut);
    tcase_add_test(tests, cost_grows_with_the_text_and_not_with_its_square);
    return setup_run("polarity", tests);
}
