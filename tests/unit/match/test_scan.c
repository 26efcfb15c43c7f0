/* test_scan.c - what one scan finds: literals that share letters, fields, regular expressions, allow phrases. */
#include "match_setup.h"

#include "match/judge_parts.h"

static struct ruleset *rules;
static struct judge *judge;

static void use(struct ruleset *ruleset)
{
    rules = ruleset;
    judge = judge_new();
    ck_assert_int_eq(judge_use(judge, rules), 0);
    judge_thorough(judge, true);
}

static void done(void)
{
    judge_free(&judge);
    ruleset_free(&rules);
}

static const struct verdict *see(const char *calling, const char *text)
{
    static struct record record;

    record = setup_sms(calling, text);
    return setup_judge(judge, &record);
}

START_TEST(literals_within_literals_are_all_found)
{
    const struct verdict *verdict;

    use(setup_phrases("[\"苹果丢失\",\"果丢失\",\"丢失赔付\",\"苹果丢失赔付\"]"));
    verdict = see("13912345678", "苹果丢失赔付,苹果丢失");
    ck_assert_uint_eq(verdict->nmatches, 6);
    for (size_t i = 1; i < verdict->nmatches; i++)
        ck_assert(verdict->matches[i - 1].start <= verdict->matches[i].start); /* of one set: by position */
    done();
}
END_TEST

START_TEST(characters_count_within_the_field)
{
    const struct verdict *verdict;

    use(setup_phrases("[\"苹果丢失\"]"));
    verdict = see("13912345678", "您的a苹果丢失。苹果丢失");
    ck_assert_uint_eq(verdict->nmatches, 2);
    ck_assert_uint_eq(verdict->matches[0].char_start, 3);
    ck_assert_uint_eq(verdict->matches[0].char_end, 7);
    ck_assert_uint_eq(verdict->matches[0].sentence, 0);
    ck_assert_uint_eq(verdict->matches[1].char_start, 8);
    ck_assert_uint_eq(verdict->matches[1].sentence, 1);
    done();
}
END_TEST

static const char *const fields[] = {
    "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{"
    "\"caller\":{\"field\":\"caller\",\"phrases\":[\"re:^00852\"]},"
    "\"callee\":{\"field\":\"callee\",\"phrases\":[\"re:78$\"]},"
    "\"signature\":{\"field\":\"signature\",\"phrases\":[\"果园\"]},"
    "\"text\":{\"phrases\":[\"果园\",\"re:^领券\\\\d+\",\"re:第[一二]名$\",\"re:[^张]三丰收\"]}},\"rules\":[]}",
    NULL};

static void check_sets(const char *calling, const char *text, const char *expected)
{
    const struct verdict *verdict = see(calling, text);
    char found[128] = "", what[64];

    for (size_t i = 0; i < ruleset_set_count(rules); i++)
        if (verdict->view.set_count[i] > 0)
            sprintf(found + strlen(found), "%s:%u ", ruleset_set(rules, i, NULL)->name, verdict->view.set_count[i]);
    ck_assert_msg(strcmp(found, expected) == 0, "%s: %s instead of %s", text, found, expected);
    ck_assert_int_eq(judge_cross_check(judge, what, sizeof(what)), 0);
}

START_TEST(a_set_looks_at_its_own_field)
{
    struct err err;

    err_init(&err);
    use(setup_libraries(fields, &err));
    check_sets("0085255501234", "你好", "caller:1 callee:1 ");
    check_sets("100852", "00852", "callee:1 ");
    check_sets("13912345678", "果园", "callee:1 text:1 ");
    check_sets("13912345678", "【果园】你好", "callee:1 signature:1 text:1 ");
    err_fini(&err);
    done();
}
END_TEST

/* ^ and $ are the field's ends for both engines; within a class ^ negates. */
START_TEST(regular_expressions_see_the_field_alone)
{
    struct err err;

    err_init(&err);
    use(setup_libraries(fields, &err));
    check_sets("13912345679", "领券88", "callee:1 text:1 ");
    check_sets("13912345679", "请领券88", "callee:1 ");
    check_sets("13912345679", "得第一名", "callee:1 text:1 ");
    check_sets("13912345679", "第一名了", "callee:1 ");
    check_sets("13912345679", "李三丰收", "callee:1 text:1 ");
    check_sets("13912345679", "张三丰收", "callee:1 ");
    check_sets("13912345679", "三丰收", "callee:1 "); /* the class needs a character of the field itself */
    err_fini(&err);
    done();
}
END_TEST

START_TEST(allow_phrases_cancel_hits_inside_them)
{
    const struct verdict *verdict;
    struct err err;
    static const char *const libraries[] = {
        "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{"
        "\"s\":{\"phrases\":[\"果园账户\"],\"allow\":[\"大果园账户通知\"]},\"u\":{\"phrases\":[\"园账户\"]}},\"rules\":[]}",
        NULL};

    err_init(&err);
    use(setup_libraries(libraries, &err));
    check_sets("13912345678", "大果园账户通知", "u:1 "); /* only hits of its own set */
    check_sets("13912345678", "大果园账户", "s:1 u:1 ");
    verdict = see("13912345678", "大果园账户通知和果园账户");
    ck_assert_uint_eq(verdict->view.set_count[0], 1);
    err_fini(&err);
    done();
}
END_TEST

static bool stands_at(const char *text, size_t at, const char *word)
{
    return strncmp(text + 3 * at, word, strlen(word)) == 0;
}

/* Hits of `phrases` that no place of an allow phrase holds; characters of three bytes. */
static size_t count_naively(const char *text, const char *const *phrases, const char *const *allow)
{
    size_t n = 0, chars = strlen(text) / 3;

    for (size_t at = 0; at < chars; at++) {
        for (const char *const *phrase = phrases; *phrase != NULL; phrase++) {
            bool allowed = false;
            if (!stands_at(text, at, *phrase))
                continue;
            for (size_t from = 0; from <= at; from++)
                for (const char *const *word = allow; *word != NULL; word++)
                    allowed |= stands_at(text, from, *word) &&
                               3 * from + strlen(*word) >= 3 * at + strlen(*phrase);
            n += !allowed;
        }
    }
    return n;
}

START_TEST(random_texts_allow_what_looking_at_every_pair_allows)
{
    static const char *const phrases[] = {"瓜果", "果瓜瓜", "瓜瓜", "果园瓜", NULL};
    static const char *const allow[] = {"瓜瓜果瓜", "果瓜果", "园果园瓜瓜瓜", "瓜瓜瓜瓜", NULL};
    static const char *const letters[] = {"瓜", "果", "园", "瓜"};
    static const char *const libraries[] = {
        "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{"
        "\"s\":{\"phrases\":[\"瓜果\",\"果瓜瓜\",\"瓜瓜\",\"果园瓜\"],"
        "\"allow\":[\"瓜瓜果瓜\",\"果瓜果\",\"园果园瓜瓜瓜\",\"瓜瓜瓜瓜\"]}},"
        "\"rules\":[{\"id\":\"T-1\",\"type\":\"t\",\"state\":\"off\",\"tier\":\"low\","
        "\"when\":\"any(s) and caller.personal\",\"reason\":\"r\",\"hit\":[\"x\"],\"miss\":[\"y\"]}]}",
        NULL};
    static const char *const none[] = {NULL};
    uint32_t random = 2463534242u;
    size_t allowed = 0;
    struct err err;

    err_init(&err);
    use(setup_libraries(libraries, &err));
    ck_assert_msg(rules != NULL, "%s", err.text);
    for (int round = 0; round < 3000; round++) {
        char text[3 * 40 + 1] = "";
        size_t want;

        for (int i = 0; i < 3 + round % 37; i++) {
            random ^= random << 13, random ^= random >> 17, random ^= random << 5;
            strcat(text, letters[random >> 16 & 3]);
        }
        want = count_naively(text, phrases, allow);
        allowed += count_naively(text, phrases, none) - want;
        ck_assert_msg(see("13912345678", text)->nmatches == want, "%s: not %zu", text, want);
    }
    ck_assert_uint_gt(allowed, 1000);
    err_fini(&err);
    done();
}
END_TEST

static void copy_found(const struct scan *scan, struct found *out, size_t room, size_t *n)
{
    ck_assert_uint_le(*n = scan->nfound, room);
    if (*n > 0)
        memcpy(out, scan->found, *n * sizeof(*out));
}

/* Whatever was asked for first, what is remembered is what one look at everything finds; and each phrase and regular
 * expression is told of as being there, once it was found too. */
START_TEST(what_is_found_in_rounds_is_what_is_found_at_once)
{
    static const char *const libraries[] = {
        "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{"
        "\"a\":{\"phrases\":[\"瓜果\",\"re:瓜[园果]瓜\"],\"allow\":[\"园瓜果\"]},\"b\":{\"phrases\":[\"瓜果~3果园\",\"果园\"]},"
        "\"c\":{\"phrases\":[\"re:果{2,3}园\",\"果瓜\"]},\"d\":{\"phrases\":[\"re:(瓜瓜|果园)果?\"]}},"
        "\"rules\":[]}",
        NULL};
    static const char *const letters[] = {"瓜", "果", "园", ","};
    uint32_t random = 2463534242u;
    struct found all[256], found[256];
    size_t nall, nfound, told = 0;
    struct scan *scan;
    struct err err;

    err_init(&err);
    use(setup_libraries(libraries, &err));
    ck_assert_msg(rules != NULL, "%s", err.text);
    for (int round = 0; round < 3000; round++) {
        char text[3 * 40 + 1] = "";
        const struct canon *canon;
        bool seen[16] = {false};

        for (int i = 0; i < 3 + round % 30; i++) {
            random ^= random << 13, random ^= random >> 17, random ^= random << 5;
            strcat(text, letters[random >> 16 & 3]);
        }
        canon = see("13912345678", text)->subject->canon;
        ck_assert_int_eq(judge_find(judge, &scan), 0);
        copy_found(scan, all, 256, &nall);
        ck_assert_int_eq(scan_hit(scan, rules, canon, NULL, 0), 0);
        for (int i = 0; i < 3; i++) {
            uint64_t sets = random >> 4 * i & 15;
            ck_assert_int_eq(scan_find(scan, rules, canon, &sets), 0);
        }
        for (size_t i = 0; i < scan->nhits; i++) {
            const struct pattern *pattern = &rules->patterns[scan->hits[i].pattern];
            for (uint32_t k = pattern->first; k < pattern->first + pattern->n; k++)
                if (rules->phrases[rules->postings[k].phrase].regex != NULL)
                    told += scan_holds(scan, rules, canon, scan->hits[i], rules->postings[k].phrase);
        }
        for (size_t i = 0; i < nall; i++) { /* each regular expression that is there was told of once */
            told -= rules->phrases[all[i].phrase].regex != NULL && !seen[all[i].phrase];
            seen[all[i].phrase] = true;
        }
        ck_assert_uint_eq(told, 0);
        ck_assert_int_eq(scan_find(scan, rules, canon, NULL), 0);
        copy_found(scan, found, 256, &nfound);
        ck_assert_uint_eq(nfound, nall);
        for (size_t i = 0; i < nall; i++)
            ck_assert_msg(found[i].phrase == all[i].phrase && found[i].start == all[i].start &&
                              found[i].end == all[i].end && found[i].disguised == all[i].disguised,
                          "%s: phrase %u at %u, not %u at %u", text, found[i].phrase, found[i].start, all[i].phrase,
                          all[i].start);
    }
    err_fini(&err);
    done();
}
END_TEST

/* The number of hits is bounded by the text; the arrays grow to it. */
START_TEST(a_text_of_nothing_but_hits)
{
    char text[3 * 4096 + 1] = "";

    use(setup_phrases("[\"瓜瓜\",\"瓜瓜瓜\",\"瓜瓜瓜瓜\"]"));
    for (int i = 0; i < 4096; i++)
        memcpy(text + 3 * i, "瓜", 4);
    ck_assert_uint_eq(see("13912345678", text)->nmatches, 4095 + 4094 + 4093);
    done();
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("scan");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, literals_within_literals_are_all_found);
    tcase_add_test(tests, characters_count_within_the_field);
    tcase_add_test(tests, a_set_looks_at_its_own_field);
    tcase_add_test(tests, regular_expressions_see_the_field_alone);
    tcase_add_test(tests, allow_phrases_cancel_hits_inside_them);
    tcase_add_test(tests, random_texts_allow_what_looking_at_every_pair_allows);
    tcase_add_test(tests, what_is_found_in_rounds_is_what_is_found_at_once);
    tcase_add_test(tests, a_text_of_nothing_but_hits);
    return setup_run("scan", tests);
}
