/* test_number.c - what numbers are, from tests/cases/numbers.tsv and the tables as they are shipped. */
#include "record/number.h"
#include "../setup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TABLES "patterns/numbers"

static struct number_plan *plan;

static void setup(void)
{
    struct err err;

    err_init(&err);
    plan = number_plan_load(TABLES, &err);
    ck_assert_msg(plan != NULL, "%s", err.text);
    err_fini(&err);
}

static void teardown(void)
{
    number_plan_free(&plan);
    ck_assert_ptr_null(plan);
}

static struct number classify(struct str raw, enum ingress ingress)
{
    struct number_context context = {.ingress = ingress, .ton = -1};
    struct number out;

    number_classify(plan, raw, &context, &out);
    return out;
}

static const char *e164(const struct number *number)
{
    static char texts[2][NUMBER_E164_SIZE];
    static unsigned turn;
    char *text = texts[turn++ % 2];

    ck_assert_uint_eq(number_e164(number, text).n, strlen(text));
    return text;
}

/* What a + in front leaves to the tables, the first digits decide without it: every block of mobile numbers. */
START_TEST(a_mobile_number_is_the_same_by_its_first_digits_and_by_the_tables)
{
    for (unsigned block = 0; block < 10000; block++) {
        char digits[24];
        int n = snprintf(digits, sizeof(digits), "+861%04u123456", block);
        struct number looked_up = classify((struct str){digits, (size_t)n}, INGRESS_ONNET);
        struct number with_86 = classify((struct str){digits + 1, (size_t)n - 1}, INGRESS_ONNET);
        struct number alone = classify((struct str){digits + 3, (size_t)n - 3}, INGRESS_ONNET);

        ck_assert_int_eq(with_86.kind, looked_up.kind);
        ck_assert_str_eq(e164(&with_86), e164(&looked_up));
        ck_assert_int_eq(with_86.flags | NUMBER_FLAG(IDD_PLUS), looked_up.flags);
        if (looked_up.kind == NUMBER_BAD) /* alone it may begin with a calling prefix */
            continue;
        ck_assert_int_eq(alone.kind, looked_up.kind);
        ck_assert_str_eq(alone.digits, looked_up.digits);
        ck_assert_str_eq(e164(&alone), e164(&looked_up));
    }
}
END_TEST

/* Digits that mostly begin as mobile numbers and ports do, alone or behind 86. */
static size_t random_digits(uint64_t *seed, char *out)
{
    static const char *const heads[] = {"1", "106", "861", "86106", "10", "14", "17", "0", "+861", ""};
    size_t n = 5 + (*seed >> 33) % 18, at;

    at = (size_t)sprintf(out, "%s", heads[(*seed >> 40) % (sizeof(heads) / sizeof(*heads))]);
    for (; at < n; at++) {
        *seed = *seed * UINT64_C(6364136223846793005) + 1;
        out[at] = (char)('0' + (*seed >> 50) % 10);
    }
    return at;
}

/* A hyphen leaves the tables to decide; without it the first digits may. */
START_TEST(a_number_is_the_same_with_a_hyphen_in_it_whatever_its_first_digits_decide)
{
    uint64_t seed = 20261122;

    for (int i = 0; i < 60000; i++) {
        char plain[40], split[40];
        size_t n = random_digits(&seed, plain), at = 3 + (seed >> 20) % 3;
        struct number_context context = {.ingress = (enum ingress)((seed >> 24) % 5), .is_call = seed >> 27 & 1,
                                         .roaming_known = seed >> 28 & 1, .roaming = seed >> 29 & 1,
                                         .ton = (int)((seed >> 30) % 4) - 1};
        struct number a, b;

        snprintf(split, sizeof(split), "%.*s-%.*s", (int)at, plain, (int)(n - at), plain + at);
        number_classify(plan, (struct str){plain, n}, &context, &a);
        number_classify(plan, (struct str){split, n + 1}, &context, &b);
        ck_assert_msg(a.kind == b.kind && a.trust == b.trust && a.flags == b.flags && a.country == b.country &&
                          a.international == b.international && a.ndigits == b.ndigits &&
                          strcmp(a.digits, b.digits) == 0 && strcmp(e164(&a), e164(&b)) == 0,
                      "%.*s: %s %x %s, not %s %x %s", (int)n, plain, number_kind_name(a.kind), a.flags, e164(&a),
                      number_kind_name(b.kind), b.flags, e164(&b));
    }
}
END_TEST

/* ---- the vectors ------------------------------------------------------------------------------------------------ */

enum { RAW, INGRESS, RECORD, ROAMING, TON, CLASS, FLAGS, TRUST, E164, NCOLUMNS };

static uint32_t flags_of(char *words)
{
    uint32_t flags = 0;

    if (strcmp(words, "-") == 0)
        return 0;
    for (char *word; (word = strsep(&words, ",")) != NULL;) {
        int index = number_flag_find(str_of(word));
        ck_assert_msg(index >= 0, "flag %s", word);
        flags |= UINT32_C(1) << index;
    }
    return flags;
}

static void check_row(unsigned line, char *const *column)
{
    struct number_context context = {.ingress = ingress_parse(str_of(column[INGRESS])),
                                     .roaming_known = true,
                                     .roaming = column[ROAMING][0] == '1',
                                     .is_call = strcmp(column[RECORD], "call") == 0,
                                     .ton = column[TON][0] == '-' ? -1 : atoi(column[TON])};
    uint32_t flags = flags_of(column[FLAGS]);
    struct number out;

    number_classify(plan, str_of(column[RAW]), &context, &out);
    ck_assert_msg(strcmp(number_kind_code(out.kind), column[CLASS]) == 0, "line %u %s: class %s, not %s", line,
                  column[RAW], number_kind_code(out.kind), column[CLASS]);
    for (unsigned i = 0; i < NUMBER_FLAG_COUNT; i++)
        ck_assert_msg(((out.flags ^ flags) >> i & 1) == 0, "line %u %s: flag %s is %s", line, column[RAW],
                      number_flag_name(i), out.flags >> i & 1 ? "set" : "missing");
    ck_assert_msg(strcmp(number_trust_name(out.trust), column[TRUST]) == 0, "line %u %s: trust %s", line,
                  column[RAW], number_trust_name(out.trust));
    ck_assert_msg(strcmp(e164(&out), column[E164][0] == '-' ? "" : column[E164]) == 0, "line %u %s: %s", line,
                  column[RAW], e164(&out));
    ck_assert_uint_eq(out.ndigits, strlen(out.digits));
    ck_assert_int_eq(out.international, out.kind == NUMBER_INTERNATIONAL);
}

START_TEST(every_vector_has_its_class_flags_trust_and_e164)
{
    FILE *in = fopen("tests/cases/numbers.tsv", "r");
    char text[512];
    unsigned line = 0, rows = 0;

    ck_assert_ptr_nonnull(in);
    while (fgets(text, sizeof(text), in) != NULL) {
        char *column[NCOLUMNS], *rest = text;
        line++;
        text[strcspn(text, "\n")] = '\0';
        if (text[0] == '#')
            continue;
        for (int i = 0; i < NCOLUMNS; i++) {
            column[i] = strsep(&rest, "\t");
            ck_assert_msg(column[i] != NULL, "line %u has %d columns", line, i);
        }
        check_row(line, column);
        rows++;
    }
    fclose(in);
    ck_assert_uint_ge(rows, 141);
}
END_TEST

START_TEST(a_null_number_is_missing)
{
    struct number out = classify((struct str){0}, INGRESS_ONNET);

    ck_assert_int_eq(out.kind, NUMBER_MISSING);
    ck_assert_int_eq(out.trust, TRUST_INVALID);
}
END_TEST

START_TEST(the_country_is_a_calling_code)
{
    ck_assert_uint_eq(classify(STR_LIT("13800138000"), INGRESS_ONNET).country, 86);
    ck_assert_uint_eq(classify(STR_LIT("95588"), INGRESS_ONNET).country, 86);
    ck_assert_uint_eq(classify(STR_LIT("+85225501234"), INGRESS_INTL).country, 852);
    ck_assert_uint_eq(classify(STR_LIT("+12025550147"), INGRESS_INTL).country, 1);
    ck_assert_uint_eq(classify(STR_LIT("0021012345678"), INGRESS_INTL).country, 0);
    ck_assert_uint_eq(classify(STR_LIT("ICBC"), INGRESS_INTL).country, 0);
}
END_TEST

START_TEST(a_roamer_of_unknown_whereabouts_is_still_flagged)
{
    struct number_context context = {.ingress = INGRESS_INTL, .roaming = true, .ton = -1}; /* roaming_known false */
    struct number out;

    number_classify(plan, STR_LIT("+8613800138000"), &context, &out);
    ck_assert(out.flags & NUMBER_FLAG(CN_INTL));
}
END_TEST

START_TEST(digits_are_cut_at_31_and_stay_terminated)
{
    char raw[300];
    struct number out;

    memset(raw, '7', sizeof(raw));
    out = classify((struct str){raw, sizeof(raw)}, INGRESS_ONNET);
    ck_assert_int_eq(out.kind, NUMBER_BAD);
    ck_assert(out.flags & NUMBER_FLAG(LEN));
    ck_assert_uint_eq(out.ndigits, 31);
    ck_assert_uint_eq(strlen(out.digits), 31);
}
END_TEST

START_TEST(ill_formed_bytes_are_no_letters)
{
    struct number out = classify(STR_LIT("138\xff\xfe" "0013"), INGRESS_ONNET);

    ck_assert_int_eq(out.kind, NUMBER_BAD);
}
END_TEST

/* ---- masks, names, official numbers ------------------------------------------------------------------------------ */

START_TEST(masks_hide_the_middle_and_nearly_all_of_short_numbers)
{
    static const char *const masks[][2] = {
        {"13800138000", "138****8000"},    {"+8613800138000", "138****8000"}, {"008613800138000", "138****8000"},
        {"１３８００１３８０００", "138****8000"}, {"+85225501234", "852****1234"},   {"95588", "95***"},
        {"62223333", "62***"},             {"110", "***"},                    {"ICBC", "***"},
        {"", "***"},
    };
    char out[16];

    for (size_t i = 0; i < sizeof(masks) / sizeof(*masks); i++)
        ck_assert_str_eq(number_mask(str_of(masks[i][0]), out, sizeof(out)), masks[i][1]);
    ck_assert_str_eq(number_mask((struct str){0}, out, sizeof(out)), "-");
    ck_assert_str_eq(number_mask(STR_LIT("13800138000"), out, 5), "138*");
}
END_TEST

START_TEST(names_lead_back_to_what_they_name)
{
    for (int i = 0; i < NUMBER_KIND_COUNT; i++)
        ck_assert_int_eq(number_kind_find(str_of(number_kind_name((enum number_kind)i))), i);
    for (unsigned i = 0; i < NUMBER_FLAG_COUNT; i++)
        ck_assert_int_eq(number_flag_find(str_of(number_flag_name(i))), (int)i);
    ck_assert_int_eq(number_kind_find(STR_LIT("mobil")), -1);
    ck_assert_int_eq(number_flag_find(STR_LIT("idd_00")), -1);
}
END_TEST

START_TEST(official_are_institutions_and_nobody_else)
{
    static const char *const yes[] = {"110", "12345", "96110", "95588", "95338", "956025", "10086", "1008611",
                                      "950618"};
    static const char *const no[] = {"4001234567", "95123", "950123", "13800138000", "955888", "", "9558x"};

    for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
        ck_assert_msg(number_plan_official_service(plan, str_of(yes[i])), "%s", yes[i]);
    for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++)
        ck_assert_msg(!number_plan_official_service(plan, str_of(no[i])), "%s", no[i]);
}
END_TEST

/* ---- loading ----------------------------------------------------------------------------------------------------- */

static char dir[64];

static char *read_file(const char *path)
{
    FILE *in = fopen(path, "r");
    char *text = calloc(1, 64 * 1024);

    ck_assert_ptr_nonnull(in);
    ck_assert_uint_gt(fread(text, 1, 64 * 1024 - 1, in), 0);
    fclose(in);
    return text;
}

/* A copy of the tables in a folder of its own, `from` replaced by `to` in one file; nothing replaced for NULL. */
static void copy_tables(const char *file, const char *from, const char *to)
{
    static const char *const files[] = {"mobile.json",   "services.json", "area_codes.json",       "countries.json",
                                        "dialling.json", "trusted.json",  "do_not_originate.json", "official.json"};

    strcpy(dir, "/tmp/test_number.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        char path[128];
        char *text, *at = NULL;
        FILE *out;
        snprintf(path, sizeof(path), "%s/%s", TABLES, files[i]);
        text = read_file(path);
        if (file != NULL && strcmp(file, files[i]) == 0) {
            at = strstr(text, from);
            ck_assert_msg(at != NULL, "%s not in %s", from, file);
        }
        snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
        out = fopen(path, "w");
        ck_assert_ptr_nonnull(out);
        if (at != NULL)
            fprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
        else
            fputs(text, out);
        fclose(out);
        free(text);
    }
}

static void remove_tables(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -r %s", dir);
    ck_assert_int_eq(system(command), 0);
}

static void expect_problem(const char *file, const char *from, const char *to, const char *problem)
{
    struct number_plan *broken;
    struct err err;

    copy_tables(file, from, to);
    err_init(&err);
    broken = number_plan_load(dir, &err);
    ck_assert_msg(broken == NULL, "%s: %s was accepted", file, to);
    ck_assert_msg(strstr(err.text, problem) != NULL, "%s does not say: %s", err.text, problem);
    err_fini(&err);
    remove_tables();
}

START_TEST(problems_of_tables_name_file_line_and_column)
{
    expect_problem("mobile.json", "\"192\"", "\"19a\"", "mobile.json:9:79: \"19a\" is no number pattern");
    expect_problem("mobile.json", "\"192\"", "\"138\"", "\"138\" is in this table already");
    expect_problem("mobile.json", "\"mvno\"", "\"mvnu\"", "mobile.json:10:3: needs a \"kind\"");
    expect_problem("mobile.json", "\"digits\": 13", "\"digits\": 99", "must be a length");
    expect_problem("mobile.json", "\"as_of\"", "\"as-of\"", "mobile.json:1:1: needs \"as_of\"");
    expect_problem("services.json", "\"segments\"", "\"segment\"", "needs an array \"segments\"");
    expect_problem("area_codes.json", "\"010\"", "\"10\"", "must be an area code");
    expect_problem("countries.json", "\"852\"", "\"85x\"", "needs a \"code\"");
    expect_problem("countries.json", "\"852\"", "\"853\"", "\"853\" is in this table already");
    expect_problem("do_not_originate.json", "\"always\"", "\"often\"", "needs \"when\"");
    expect_problem("trusted.json", "\"12381\"", "12381", "trusted.json:5:14: must be a string");
    expect_problem("official.json", "\"96110\"", "\"9611x\"", "\"x1169\" is no number pattern");
    expect_problem("dialling.json", "{", "", "dialling.json");
}
END_TEST

START_TEST(a_missing_folder_is_a_problem_for_each_table)
{
    struct err err;

    err_init(&err);
    ck_assert_ptr_null(number_plan_load("/nonexistent", &err));
    ck_assert_uint_eq(err.count, 8);
    err_fini(&err);
}
END_TEST

START_TEST(the_digest_follows_the_tables)
{
    unsigned char shipped[32], copied[32], changed[32];
    struct number_plan *other;
    struct err err;

    err_init(&err);
    number_plan_digest(plan, shipped);
    copy_tables(NULL, NULL, NULL);
    ck_assert_ptr_nonnull(other = number_plan_load(dir, &err));
    number_plan_digest(other, copied);
    number_plan_free(&other);
    remove_tables();
    copy_tables("countries.json", "Myanmar", "Burma");
    ck_assert_ptr_nonnull(other = number_plan_load(dir, &err));
    number_plan_digest(other, changed);
    number_plan_free(&other);
    remove_tables();
    ck_assert_mem_eq(shipped, copied, 32);
    ck_assert_mem_ne(shipped, changed, 32);
}
END_TEST

int main(void)
{
    TCase *numbers = tcase_create("numbers"), *tables = tcase_create("tables");

    tcase_add_unchecked_fixture(numbers, setup, teardown);
    tcase_add_test(numbers, every_vector_has_its_class_flags_trust_and_e164);
    tcase_add_test(numbers, a_mobile_number_is_the_same_by_its_first_digits_and_by_the_tables);
    tcase_add_test(numbers, a_number_is_the_same_with_a_hyphen_in_it_whatever_its_first_digits_decide);
    tcase_add_test(numbers, a_null_number_is_missing);
    tcase_add_test(numbers, the_country_is_a_calling_code);
    tcase_add_test(numbers, a_roamer_of_unknown_whereabouts_is_still_flagged);
    tcase_add_test(numbers, digits_are_cut_at_31_and_stay_terminated);
    tcase_add_test(numbers, ill_formed_bytes_are_no_letters);
    tcase_add_test(numbers, masks_hide_the_middle_and_nearly_all_of_short_numbers);
    tcase_add_test(numbers, names_lead_back_to_what_they_name);
    tcase_add_test(numbers, official_are_institutions_and_nobody_else);
    tcase_add_unchecked_fixture(tables, setup, teardown);
    tcase_add_test(tables, problems_of_tables_name_file_line_and_column);
    tcase_add_test(tables, a_missing_folder_is_a_problem_for_each_table);
    tcase_add_test(tables, the_digest_follows_the_tables);
    return setup_run("number", numbers, tables);
}
