/* The layout of a library: exact for one that has everything; idempotent and of one meaning for every shipped one. */
#include "match/library_format.h"
#include "../setup.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char untidy[] =
    "{\"retired\":[\"T-9\"],\"rules\":[{\"miss\":[\"y\",{\"text\":\"z\",\"calling\":\"1\"}],\"when\":\"a and b\","
    "\"tier\":\"low\","
    "\"state\":\"live\",\"note\":\"n\",\"id\":\"T-1\",\"hit\":[\"x\"],\"reason\":\"r\",\"odd\":1}],"
    "\"x\":{\"later\":true},\"version\":\"1\",\"conditions\":{\"z\":\"a\",\"c\":\"b\"},"
    "\"suppress\":[{\"why\":\"w\",\"when\":\"a\"}],"
    "\"sets\":{\"b\":{\"phrases\":[{\"until\":\"2026-01-01\",\"weight\":0.1,\"p\":\"\\u6b3e\\u9879\"},\"q\\\"r\"],"
    "\"role\":\"T\"},\"a\":{}},\"weights\":{\"T\":2},\"library\":\"t\",\"telsieve\":1,\"note\":\"about\"}";

static const char tidy[] = "{\n"
                           "  \"telsieve\": 1,\n"
                           "  \"library\": \"t\",\n"
                           "  \"version\": \"1\",\n"
                           "  \"note\": \"about\",\n"
                           "  \"weights\": {\"T\": 2},\n"
                           "  \"x\": {\"later\": true},\n"
                           "\n"
                           "  \"sets\": {\n"
                           "    \"b\": {\n"
                           "      \"role\": \"T\",\n"
                           "      \"phrases\": [\n"
                           "        {\"p\": \"款项\", \"weight\": 0.1, \"until\": \"2026-01-01\"},\n"
                           "        \"q\\\"r\"\n"
                           "      ]\n"
                           "    },\n"
                           "    \"a\": {}\n"
                           "  },\n"
                           "\n"
                           "  \"conditions\": {\n"
                           "    \"z\": \"a\",\n"
                           "    \"c\": \"b\"\n"
                           "  },\n"
                           "\n"
                           "  \"suppress\": [\n"
                           "    {\n"
                           "      \"when\": \"a\",\n"
                           "      \"why\": \"w\"\n"
                           "    }\n"
                           "  ],\n"
                           "\n"
                           "  \"rules\": [\n"
                           "    {\n"
                           "      \"id\": \"T-1\", \"state\": \"live\", \"tier\": \"low\",\n"
                           "      \"when\": \"a and b\",\n"
                           "      \"reason\": \"r\",\n"
                           "      \"note\": \"n\",\n"
                           "      \"hit\": [\n"
                           "        \"x\"\n"
                           "      ],\n"
                           "      \"miss\": [\n"
                           "        \"y\",\n"
                           "        {\"text\": \"z\", \"calling\": \"1\"}\n"
                           "      ],\n"
                           "      \"odd\": 1\n"
                           "    }\n"
                           "  ],\n"
                           "\n"
                           "  \"retired\": [\"T-9\"]\n"
                           "}\n";

START_TEST(an_untidy_library_becomes_tidy_and_stays_so)
{
    json_t *root = json_loads(untidy, 0, NULL), *again;
    char *once = library_format(root), *twice;

    ck_assert_str_eq(once, tidy);
    again = json_loads(once, 0, NULL);
    ck_assert_int_eq(json_equal(root, again), 1);
    twice = library_format(again);
    ck_assert_str_eq(twice, once);
    free(once);
    free(twice);
    json_decref(root);
    json_decref(again);
}
END_TEST

START_TEST(what_is_no_library_is_laid_out_too)
{
    static const char *const texts[] = {"{}", "{\"sets\":[1],\"rules\":{\"a\":1},\"suppress\":7,\"conditions\":null}",
                                        "{\"sets\":{\"a\":[],\"b\":{\"phrases\":\"x\"}},"
                                        "\"rules\":[1,{},{\"id\":[{}]}]}",
                                        "{\"weights\":{\"T\":1e300,\"B\":-0.30000000000000004}}"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        json_t *root = json_loads(texts[i], 0, NULL);
        char *text = library_format(root);
        json_t *again = json_loads(text, 0, NULL);
        ck_assert_msg(json_equal(root, again) == 1, "%s became %s", texts[i], text);
        free(text);
        json_decref(root);
        json_decref(again);
    }
}
END_TEST

START_TEST(every_library_says_the_same_laid_out)
{
    DIR *dir = opendir("patterns");
    struct dirent *entry;
    unsigned libraries = 0;

    while ((entry = readdir(dir)) != NULL) {
        char path[512];
        if (strstr(entry->d_name, ".json") == NULL)
            continue;
        snprintf(path, sizeof(path), "patterns/%s", entry->d_name);
        json_t *root = json_load_file(path, 0, NULL), *again;
        char *once = library_format(root), *twice;
        again = json_loads(once, 0, NULL);
        ck_assert_msg(json_equal(root, again) == 1, "%s", path);
        twice = library_format(again);
        ck_assert_msg(strcmp(once, twice) == 0, "%s", path);
        libraries++;
        free(once);
        free(twice);
        json_decref(root);
        json_decref(again);
    }
    closedir(dir);
    ck_assert_uint_ge(libraries, 5);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("format");

    tcase_add_test(tests, an_untidy_library_becomes_tidy_and_stays_so);
    tcase_add_test(tests, what_is_no_library_is_laid_out_too);
    tcase_add_test(tests, every_library_says_the_same_laid_out);
    return setup_run("library_format", tests);
}
