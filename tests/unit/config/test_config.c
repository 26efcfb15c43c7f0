/* Loading the configuration: every kind of problem with its place, overrides, defaults, topics, properties. */
#include "config/config.h"
#include "config/options.h"
#include "config/properties.h"
#include "../setup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Load `json` from a file; problems are left in err with the file's name cut off each line. */
static struct config *load(const char *json, const char *const *sets, size_t nsets, struct err *err)
{
    char file[] = "/tmp/c-XXXXXX";
    int fd = mkstemp(file);
    struct config *config;

    ck_assert_int_eq(write(fd, json, strlen(json)), (ssize_t)strlen(json));
    close(fd);
    err_init(err);
    config = config_load(file, sets, nsets, err);
    unlink(file);
    for (char *at; err->text != NULL && (at = strstr(err->text, file)) != NULL;)
        memmove(at, at + strlen(file) + 1, strlen(at + strlen(file) + 1) + 1);
    return config;
}

static const struct {
    const char *json, *message;
} bad[] = {
    /* keys */
    {"{\"wrokers\": 1}", "1:2: unknown key \"wrokers\" (did you mean \"workers\"?)\n"},
    {"{\"input\": {\n \"grop\": \"a\"}}", "2:2: unknown key \"input.grop\" (did you mean \"input.group\"?)\n"},
    {"{\"listen\": \"\"}", "1:2: unknown key \"listen\" (did you mean \"admin.listen\"?)\n"},
    {"{\"中文\": 1, \"xyzzy\": {}}", "1:2: unknown key \"中文\"\n1:11: unknown key \"xyzzy\"\n"},
    {"{\"a.b\": 1}", "1:2: unknown key \"a.b\"\n"},
    {"{\"a\\\"b\": 1}", "1:2: unknown key \"a\"b\"\n"},
    {"{\"workers\": 1, \"workers\": 2}", "1:16: key \"workers\" occurs twice (first at line 1 column 2)\n"},
    /* types */
    {"{\"input\": 5}", "1:11: input: must be an object\n"},
    {"{\"workers\": \"2\"}", "1:13: workers: must be a whole number of threads from 0 to 256\n"},
    {"{\"workers\": 1.5}", "1:13: workers: must be a whole number of threads from 0 to 256\n"},
    {"{\"input\": {\"group\": 5}}", "1:21: input.group: must be a string\n"},
    {"{\"pin_workers\": 1}", "1:17: pin_workers: must be true or false\n"},
    {"{\"rules\": {\"weight_bait\": null}}", "1:27: rules.weight_bait: must be a number from 0 to 100\n"},
    {"{\"log\": {\"level\": \"loud\"}}",
     "1:19: log.level: must be \"debug\", \"info\", \"warn\" or \"error\"\n"},
    {"{\"output\": {\"caller_context\": \"lac\"}}", "1:31: output.caller_context: must be an array of strings\n"},
    {"{\"output\": {\"caller_context\": [\"lac\",\n7]}}", "2:1: output.caller_context[1]: must be a string\n"},
    {"{\"kafka\": {\"common\": []}}", "1:22: kafka.common: must be an object of librdkafka properties\n"},
    {"{\"input\": {\"header\": 1, \"fields\": 2,\n\"const\": 3, \"columns\": 4, \"format\": \"xml\"}}",
     "2:37: input.format: must be \"json\", \"csv\" or \"psv\"\n"
     "1:22: input.header: must be true or false\n"
     "1:35: input.fields: must be an object\n"
     "2:10: input.const: must be an object\n"
     "2:24: input.columns: must be an array\n"},
    /* bounds and forms */
    {"{\"workers\": 257}", "1:13: workers: must be a whole number of threads from 0 to 256 (is 257)\n"},
    {"{\"workers\": -1}", "1:13: workers: must be a whole number of threads from 0 to 256 (is -1)\n"},
    {"{\"output\": {\"retry_max_ms\": 5001}}",
     "1:29: output.retry_max_ms: must be a whole number of ms from 100 to 5000 (is 5001)\n"},
    {"{\"rules\": {\"score_low\": 101}}", "1:25: rules.score_low: must be a number from 0 to 100\n"},
    {"{\"input\": {\"group\": \"\"}}", "1:21: input.group: must not be empty\n"},
    {"{\"admin\": {\"listen\": \"localhost:80\"}}",
     "1:22: admin.listen: must be an address and a port, \"127.0.0.1:9464\" or \"[::1]:9464\", or \"\" for none\n"},
    {"{\"output\": {\"warnings\": \"a b\"}}",
     "1:25: output.warnings: must be a topic name: 1 to 249 of a-z A-Z 0-9 . _ -\n"},
    {"{\"control\": {\"rules\": \"a b\", \"status\": \"\", \"ready_wait_ms\": -1}}",
     "1:23: control.rules: must be a topic name: 1 to 249 of a-z A-Z 0-9 . _ -\n"
     "1:61: control.ready_wait_ms: must be a whole number of ms from 0 to 600000 (is -1)\n"},
    /* topics */
    {"{\"input\": {\"topics\": []}}", "1:22: input.topics: must be an array of at least one topic\n"},
    {"{\"input\": {\"topics\": \"sms\"}}", "1:22: input.topics: must be an array of at least one topic\n"},
    {"{\"input\": {\"topics\": [\"sms\", 5]}}",
     "1:30: input.topics[1]: must be a topic name or an object with \"topic\"\n"},
    {"{\"input\": {\"topics\": [{\"format\": \"csv\"}]}}", "1:23: input.topics[0]: a topic object needs \"topic\"\n"},
    {"{\"input\": {\"topics\": [{\"topic\": \"a\", \"feilds\": {}}]}}",
     "1:48: input.topics[0].feilds: unknown key \"feilds\" (did you mean \"fields\"?)\n"},
    {"{\"input\": {\"topics\": [{\"topic\": \"a\", \"header\": \"yes\"}]}}",
     "1:48: input.topics[0].header: must be true or false\n"},
    {"{\"input\": {\"topics\": [\"a\", {\"topic\": \"a\"}]}}",
     "1:38: input.topics[1].topic: the topic \"a\" is listed twice\n"},
    {"{\"input\": {\"topics\": [\"fraud-warnings\"]}}",
     "1:1: output.warnings: is also in input.topics: what is written would be read again\n"},
    {"{\"output\": {\"warnings\": \"x\",\n\"shadow\": \"x\"}}",
     "2:11: output.shadow: must not be the topic of output.warnings\n"},
    {"{\"control\": {\"rules\": \"sms\", \"lists\": \"l\",\n\"status\": \"l\"}}",
     "1:23: control.rules: is also in input.topics: a control topic carries no records\n"
     "2:11: control.status: must not be the topic of control.lists\n"},
    {"{\"control\": {\"feedback\": \"f\"}}",
     "1:26: control.feedback: needs control.state, the folder that keeps which rules fired\n"},
    {"{\"rules\": {\"score_low\": 9}}", "1:11: rules.score_medium: must not be below rules.score_low\n"},
    {"{\"rules\": {\"score_high\": 5}}", "1:26: rules.score_high: must not be below rules.score_medium\n"},
    {"{\"rules\": {\"require_signature\": \"yes\"}}",
     "1:33: rules.require_signature: must be \"off\", \"warn\" or \"on\"\n"},
    {"{\"rules\": {\"require_signature\": \"on\"}}",
     "1:33: rules.require_signature: needs rules.trusted_keys, the folder of the keys that may sign\n"},
    {"{\"rules\": {\"signatures\": 3}}", "1:26: rules.signatures: must be a whole number of keys from 1 to 2 (is 3)\n"},
    /* librdkafka properties */
    {"{\"kafka\": {\"common\": {}}}", "1:22: kafka.common: needs \"bootstrap.servers\"\n"},
    {"{\"kafka\": {\"producer\": {\"linger.ms\": null}}}",
     "1:38: kafka.producer.linger.ms: must be a string, a number, or true or false\n"},
    {"{\"kafka\": {\"consumer\": {\"enable.auto.offset.store\": true}}}",
     "1:53: kafka.consumer.enable.auto.offset.store: is not for the configuration: an offset is stored only when "
     "everything of that record is delivered\n"},
    {"{\"kafka\": {\"producer\": {\"acks\": 1}}}",
     "1:33: kafka.producer.acks: only \"all\" is allowed: a warning counts as sent when every in-sync replica has "
     "it\n"},
    {"{\"kafka\": {\"consumer\": {\"auto.commit.interval.ms\": 0}}}",
     "1:52: kafka.consumer.auto.commit.interval.ms: \"0\" is not allowed: stored offsets would never be "
     "committed\n"},
    /* all problems are told, not the first */
    {"{\"workers\": true,\n \"log\": {\"level\": 1},\n \"nosuch\": 0}",
     "3:2: unknown key \"nosuch\"\n1:13: workers: must be a whole number of threads from 0 to 256\n"
     "2:19: log.level: must be \"debug\", \"info\", \"warn\" or \"error\"\n"},
};

START_TEST(every_kind_of_problem_is_told_with_its_place)
{
    struct err err;
    struct config *config = load(bad[_i].json, NULL, 0, &err);

    ck_assert_ptr_null(config);
    ck_assert_str_eq(err.text, bad[_i].message);
    err_fini(&err);
}
END_TEST

static const struct {
    const char *sets[2], *message;
} bad_sets[] = {
    {{"workers"}, "--set workers: must be key=value\n"},
    {{"wrokers=1"}, "--set wrokers: unknown key (did you mean \"workers\"?)\n"},
    {{"input={}"}, "--set input: unknown key\n"},
    {{"workers=9999"}, "--set workers: must be a whole number of threads from 0 to 256 (is 9999)\n"},
    {{"workers=x", "log.level=y"},
     "--set workers: must be a whole number of threads from 0 to 256\n"
     "--set log.level: must be \"debug\", \"info\", \"warn\" or \"error\"\n"},
    {{"kafka.common.acks=1"},
     "--set kafka.common.acks: only \"all\" is allowed: a warning counts as sent when every in-sync replica has it\n"},
    {{"input.topics=[\"a\",\"a\"]"}, "--set input.topics[1]: the topic \"a\" is listed twice\n"},
    {{"output.shadow=fraud-warnings"}, "--set output.shadow: must not be the topic of output.warnings\n"},
    {{"input.group=\xFF"}, "--set input.group: cannot be set: not UTF-8, or not an object in the file\n"},
};

START_TEST(a_bad_override_is_told_with_its_key)
{
    struct err err;
    size_t n = bad_sets[_i].sets[1] != NULL ? 2 : 1;
    struct config *config = load("{\"workers\": 3}", bad_sets[_i].sets, n, &err);

    ck_assert_ptr_null(config);
    ck_assert_str_eq(err.text, bad_sets[_i].message);
    err_fini(&err);
}
END_TEST

START_TEST(overrides_win_over_the_file_and_the_last_one_wins)
{
    const char *sets[] = {"workers=2", "workers=4", "output.warnings=123", "output.digest_key={\"env\":\"TS_T_KEY\"}",
                          "kafka.common.client.id=007", "kafka.producer.acks=-1", "input.const.v=1",
                          "input.const.kind=call", "admin.listen="};
    struct err err;
    struct config *config;

    setenv("TS_T_KEY", "k=y", 1);
    config = load("{\"workers\": 3, \"kafka\": {\"common\": {\"bootstrap.servers\": \"b:1\"}}}", sets,
                  sizeof(sets) / sizeof(sets[0]), &err);
    ck_assert_msg(config != NULL, "%s", err.text);
    ck_assert_int_eq(config->workers, 4);
    ck_assert_str_eq(config->output.warnings, "123"); /* a string option takes what reads as a number */
    ck_assert_str_eq(config->output.digest_key, "k=y");
    ck_assert_uint_eq(config->output.digest_key_len, 3);
    ck_assert_str_eq(json_string_value(json_object_get(config->kafka.common, "client.id")), "007");
    ck_assert_str_eq(json_string_value(json_object_get(config->kafka.common, "bootstrap.servers")), "b:1");
    ck_assert_str_eq(json_string_value(json_object_get(config->kafka.producer, "acks")), "-1");
    ck_assert_str_eq(config->admin.listen, "");
    json_t *constant = json_object_get(config->input.topics[0].feed, "const");
    ck_assert_int_eq(json_integer_value(json_object_get(constant, "v")), 1);
    ck_assert_str_eq(json_string_value(json_object_get(constant, "kind")), "call");
    config_free(&config);
    ck_assert_ptr_null(config);
    err_fini(&err);
}
END_TEST

START_TEST(a_member_of_kafka_common_alone_keeps_the_default_brokers)
{
    const char *sets[] = {"kafka.common.client.id=x"};
    struct err err;
    struct config *config;

    err_init(&err);
    config = config_load(NULL, sets, 1, &err);
    ck_assert_ptr_nonnull(config);
    ck_assert_str_eq(json_string_value(json_object_get(config->kafka.common, "bootstrap.servers")), "127.0.0.1:9092");
    config_free(&config);
    err_fini(&err);
}
END_TEST

START_TEST(without_a_file_the_defaults_of_the_table_hold)
{
    struct err err;
    struct config *config;

    err_init(&err);
    config = config_load(NULL, NULL, 0, &err);
    ck_assert_msg(config != NULL, "%s", err.text);
    ck_assert_uint_eq(config->input.ntopics, 2);
    ck_assert_str_eq(config->input.topics[0].name, "sms");
    ck_assert_str_eq(config->input.topics[1].name, "cdr");
    ck_assert_str_eq(config->input.group, "telsieve");
    ck_assert_str_eq(config->output.dead_letter, "telsieve-dead-letters");
    ck_assert_int_eq(config->input.max_payload_bytes, 1 << 20);
    ck_assert_int_eq(config->input.max_text_chars, 4096);
    ck_assert_int_eq(config->watchdog.stage_limit_ms, 10000);
    ck_assert_int_eq(config->output.retry_max_ms, 5000);
    ck_assert_uint_eq(config->output.digest_key_len, 0);
    ck_assert(!config->dead_letter.payload);
    ck_assert_int_eq(config->log.level, LOG_LEVEL_INFO);
    ck_assert_str_eq(config->admin.listen, "127.0.0.1:9464");
    ck_assert_str_eq(config->output.caller_context.items[3], "tg_in");
    ck_assert(config->rules.score_low > 3.9 && config->rules.score_low < 4.1);
    config_free(&config);
    err_fini(&err);
}
END_TEST

START_TEST(a_node_without_a_name_has_the_name_of_its_host)
{
    const char *const sets[] = {"node=carrier-7"};
    char host[256] = "";
    struct err err;
    struct config *named, *unnamed;

    err_init(&err);
    ck_assert_int_eq(gethostname(host, sizeof(host) - 1), 0);
    unnamed = config_load(NULL, NULL, 0, &err);
    named = config_load(NULL, sets, 1, &err);
    ck_assert_msg(named != NULL && unnamed != NULL, "%s", err.text);
    ck_assert_str_eq(unnamed->node, host);
    ck_assert_str_eq(named->node, "carrier-7");
    config_free(&named);
    config_free(&unnamed);
    err_fini(&err);
}
END_TEST

static void count(void *ctx, const struct option *option)
{
    ck_assert_ptr_nonnull(option->key);
    ++*(unsigned *)ctx;
}

START_TEST(the_shipped_configuration_says_what_the_defaults_say)
{
    struct err err;
    struct config *shipped, *defaults;
    unsigned differences = 0;

    err_init(&err);
    shipped = config_load("conf/telsieve.json", NULL, 0, &err);
    ck_assert_msg(shipped != NULL, "%s", err.text);
    defaults = config_load(NULL, NULL, 0, &err);
    config_compare(shipped, defaults, count, &differences);
    ck_assert_uint_eq(differences, 1); /* the feeds: "fields": {} is written there */
    config_free(&shipped);
    config_free(&defaults);
    err_fini(&err);
}
END_TEST

START_TEST(a_topic_has_its_own_feed_over_the_common_one)
{
    static const char json[] =
        "{\"input\": {\"fields\": {\"calling\": \"A\"}, \"topics\": [\"sms\", {\"topic\": \"cdr\", \"format\": \"csv\","
        "\"header\": true, \"fields\": {\"called\": 2}, \"const\": {\"kind\": \"call\", \"v\": 1}}]}}";
    struct err err;
    struct config *config = load(json, NULL, 0, &err);
    json_t *sms = json_loads("{\"format\": \"json\", \"fields\": {\"calling\": \"A\"}}", 0, NULL);
    json_t *cdr = json_loads("{\"format\": \"csv\", \"header\": true, \"fields\": {\"called\": 2},"
                             "\"const\": {\"kind\": \"call\", \"v\": 1}}",
                             0, NULL);

    ck_assert_msg(config != NULL, "%s", err.text);
    ck_assert(json_equal(config->input.topics[0].feed, sms));
    ck_assert(json_equal(config->input.topics[1].feed, cdr));
    json_decref(sms);
    json_decref(cdr);
    config_free(&config);
    err_fini(&err);
}
END_TEST

START_TEST(librdkafka_properties_become_strings)
{
    static const char json[] =
        "{\"kafka\": {\"common\": {\"bootstrap.servers\": \"b:1\", \"log.connection.close\": false},"
        "\"consumer\": {\"fetch.min.bytes\": 1000, \"auto.commit.interval.ms\": 1000},"
        "\"producer\": {\"queue.buffering.max.ms\": 0.5, \"acks\": \"All\", \"enable.idempotence\": true,"
        "\"partitioner\": \"murmur2_random\"}}}";
    struct err err;
    struct config *config = load(json, NULL, 0, &err);

    ck_assert_msg(config != NULL, "%s", err.text);
    ck_assert_str_eq(json_string_value(json_object_get(config->kafka.common, "log.connection.close")), "false");
    ck_assert_str_eq(json_string_value(json_object_get(config->kafka.consumer, "fetch.min.bytes")), "1000");
    ck_assert_str_eq(json_string_value(json_object_get(config->kafka.producer, "queue.buffering.max.ms")), "0.5");
    config_free(&config);
    err_fini(&err);
}
END_TEST

START_TEST(every_property_that_breaks_a_guarantee_is_refused_by_name)
{
    const struct property_rule *rule = &property_rules[_i];
    char json[300], expected[400];
    struct err err;
    struct config *config;

    snprintf(json, sizeof(json), "{\"kafka\": {\"common\": {\"bootstrap.servers\": \"b:1\",\n\"%s\": \"%s\"}}}",
             rule->name, rule->never != NULL ? rule->never : "nonsense");
    config = load(json, NULL, 0, &err);
    ck_assert_ptr_null(config);
    snprintf(expected, sizeof(expected), "2:%zu: kafka.common.%s: ", strlen(rule->name) + 5, rule->name);
    ck_assert_msg(strncmp(err.text, expected, strlen(expected)) == 0, "%s", err.text);
    ck_assert_ptr_nonnull(strstr(err.text, rule->reason));
    ck_assert_uint_eq(err.count, 1);
    err_fini(&err);
}
END_TEST

static void note(void *ctx, const struct option *option)
{
    char *keys = ctx;

    strcat(strcat(keys, option->key), " ");
}

START_TEST(two_configurations_are_compared_option_by_option)
{
    const char *sets[] = {"workers=1", "rules.weight_bait=3", "output.caller_context=[\"lac\"]",
                          "kafka.consumer.fetch.min.bytes=5", "output.digest_key=k", "input.topics=[\"sms\"]",
                          "input.group=g", "log.level=warn", "pin_workers=true"};
    char keys[400] = "";
    struct err err;
    struct config *a, *b;

    err_init(&err);
    a = config_load(NULL, NULL, 0, &err);
    b = config_load(NULL, sets, sizeof(sets) / sizeof(sets[0]), &err);
    ck_assert_msg(a != NULL && b != NULL, "%s", err.text);
    config_compare(a, a, note, keys);
    ck_assert_str_eq(keys, "");
    config_compare(a, b, note, keys);
    ck_assert_str_eq(keys, "input.topics input.group output.caller_context output.digest_key kafka.consumer "
                           "rules.weight_bait workers pin_workers log.level ");
    config_free(&a);
    config_free(&b);
    err_fini(&err);
}
END_TEST

START_TEST(the_table_has_no_key_twice_and_a_sentence_for_each)
{
    for (size_t i = 0; i < option_count; i++) {
        size_t n = strlen(option_table[i].help);
        ck_assert_ptr_eq(option_find(str_of(option_table[i].key)), &option_table[i]);
        ck_assert_msg(n > 10 && option_table[i].help[n - 1] == '.', "%s", option_table[i].key);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("config");

    tcase_add_loop_test(tcase, every_kind_of_problem_is_told_with_its_place, 0, (int)(sizeof(bad) / sizeof(bad[0])));
    tcase_add_loop_test(tcase, a_bad_override_is_told_with_its_key, 0, (int)(sizeof(bad_sets) / sizeof(bad_sets[0])));
    tcase_add_test(tcase, overrides_win_over_the_file_and_the_last_one_wins);
    tcase_add_test(tcase, a_member_of_kafka_common_alone_keeps_the_default_brokers);
    tcase_add_test(tcase, without_a_file_the_defaults_of_the_table_hold);
    tcase_add_test(tcase, a_node_without_a_name_has_the_name_of_its_host);
    tcase_add_test(tcase, the_shipped_configuration_says_what_the_defaults_say);
    tcase_add_test(tcase, a_topic_has_its_own_feed_over_the_common_one);
    tcase_add_test(tcase, librdkafka_properties_become_strings);
    tcase_add_loop_test(tcase, every_property_that_breaks_a_guarantee_is_refused_by_name, 0, (int)property_rules_count);
    tcase_add_test(tcase, two_configurations_are_compared_option_by_option);
    tcase_add_test(tcase, the_table_has_no_key_twice_and_a_sentence_for_each);
    return setup_run("config", tcase);
}
