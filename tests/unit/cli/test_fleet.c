/* What nodes say is weighed: which answers count for what was pushed, who is waited for, what is live where. */
#include "cli/fleet.h"
#include "core/clock.h"
#include "../setup.h"

#include <stdio.h>

#define H1 "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define H2 "sha256:2222222222222222222222222222222222222222222222222222222222222222"

static struct fleet fleet;

static void setup(void)
{
    fleet_init(&fleet, 1000);
}

static void teardown(void)
{
    fleet_fini(&fleet);
}

static void say(const char *text)
{
    fleet_take_message(&fleet, str_of(text));
}

static void say_answer(const char *node, const char *asked, const char *result, const char *sha256)
{
    char text[500];

    snprintf(text, sizeof(text),
             "{\"v\":1,\"kind\":\"library\",\"node\":\"%s\",\"library\":\"trial\",\"asked\":\"%s\","
             "\"result\":\"%s\"%s%s%s}",
             node, asked, result, sha256 != NULL ? ",\"sha256\":\"" : "", sha256 != NULL ? sha256 : "",
             sha256 != NULL ? "\"" : "");
    say(text);
}

static void say_live(const char *node, const char *from, const char *sha256)
{
    char text[600];

    snprintf(text, sizeof(text),
             "{\"v\":1,\"kind\":\"rules\",\"node\":\"%s\",\"ruleset\":\"" H2 "\",\"generation\":4,\"libraries\":"
             "[{\"library\":\"trial\",\"version\":\"3\",\"from\":\"%s\",\"sha256\":\"%s\"}]}",
             node, from, sha256);
    say(text);
}

static void say_heartbeat(const char *node, int64_t at)
{
    char text[300];

    snprintf(text, sizeof(text), "{\"v\":1,\"kind\":\"heartbeat\",\"node\":\"%s\",\"at\":%lld}", node, (long long)at);
    say(text);
}

static const json_t *node(const char *name)
{
    return json_object_get(fleet.nodes, name);
}

START_TEST(answers_to_what_was_pushed_count)
{
    static const struct {
        const char *result;
        enum fleet_state state;
    } cases[] = {{"accepted", FLEET_DONE}, {"unchanged", FLEET_DONE}, {"refused", FLEET_REFUSED},
                 {"superseded", FLEET_SUPERSEDED}, {"waiting", FLEET_WAITS}};

    say_answer("a", "put", cases[_i].result, H1);
    ck_assert_int_eq(fleet_state(node("a"), "trial", H1), cases[_i].state);
}
END_TEST

START_TEST(answers_to_other_offers_of_the_library_do_not_count)
{
    say_answer("a", "put", "refused", H2);
    ck_assert_int_eq(fleet_state(node("a"), "trial", H1), FLEET_WAITS);
    say_answer("a", "withdraw", "withdrawn", NULL);
    ck_assert_int_eq(fleet_state(node("a"), "trial", H1), FLEET_WAITS);
}
END_TEST

START_TEST(an_answer_of_before_is_forgotten)
{
    say_answer("a", "put", "refused", H1);
    fleet_forget(&fleet, "trial");
    ck_assert_int_eq(fleet_state(node("a"), "trial", H1), FLEET_WAITS);
}
END_TEST

START_TEST(what_is_live_needs_no_answer)
{
    say_live("a", "topic", H1);
    ck_assert_int_eq(fleet_state(node("a"), "trial", H1), FLEET_DONE);
    ck_assert_int_eq(fleet_state(node("a"), "trial", H2), FLEET_WAITS);
    say_answer("a", "put", "refused", H2); /* another one */
    ck_assert_int_eq(fleet_state(node("a"), "trial", H1), FLEET_DONE);
}
END_TEST

START_TEST(the_same_bytes_from_a_file_were_not_fed)
{
    say_live("a", "files", H1);
    ck_assert_int_eq(fleet_state(node("a"), "trial", H1), FLEET_WAITS);
}
END_TEST

START_TEST(a_withdrawal_is_done_when_nothing_is_fed)
{
    say_live("a", "topic", H1);
    ck_assert_int_eq(fleet_state(node("a"), "trial", ""), FLEET_WAITS);
    say_answer("a", "withdraw", "withdrawn", NULL);
    ck_assert_int_eq(fleet_state(node("a"), "trial", ""), FLEET_DONE);
    say_live("b", "files", H1);
    ck_assert_int_eq(fleet_state(node("b"), "trial", ""), FLEET_DONE);
}
END_TEST

START_TEST(a_node_that_is_silent_is_away)
{
    say_heartbeat("a", clock_wall_ms());
    say_heartbeat("b", clock_wall_ms() - 60000);
    say_live("c", "topic", H1); /* has never said that it lives */
    ck_assert(!fleet_is_away(&fleet, node("a")));
    ck_assert(fleet_is_away(&fleet, node("b")));
    ck_assert(fleet_is_away(&fleet, node("c")));
    ck_assert_uint_eq(fleet_count_present(&fleet), 1);
}
END_TEST

START_TEST(hashes_and_versions_are_found)
{
    say_live("a", "topic", H1);
    ck_assert(fleet_has(node("a"), "11111111") && fleet_has(node("a"), "sha256:11111111") && fleet_has(node("a"), H1));
    ck_assert(fleet_has(node("a"), "22222222")); /* the rule set */
    ck_assert(!fleet_has(node("a"), "33333333"));
    ck_assert(fleet_has(node("a"), "trial@3") && !fleet_has(node("a"), "trial@") && !fleet_has(node("a"), "tria@3"));
    ck_assert(fleet_can_ask("sha256:12345678") && !fleet_can_ask("1234567") && !fleet_can_ask("12345678z"));
}
END_TEST

START_TEST(what_is_no_message_is_left_aside)
{
    static const char *const texts[] = {"", "[]", "{", "null", "{\"kind\":\"library\",\"node\":\"a\"}",
                                        "{\"kind\":\"lists\",\"node\":\"a\"}", "{\"kind\":\"rules\",\"node\":7}"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        say(texts[i]);
    fleet_take_message(&fleet, (struct str){0}); /* a tombstone */
    ck_assert_uint_eq(json_object_size(fleet.nodes), 0);
    ck_assert(!fleet_take_page(&fleet, STR_LIT("{\"control\": {}}")));
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("fleet");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, answers_to_what_was_pushed_count, 0, 5);
    tcase_add_test(tests, answers_to_other_offers_of_the_library_do_not_count);
    tcase_add_test(tests, an_answer_of_before_is_forgotten);
    tcase_add_test(tests, what_is_live_needs_no_answer);
    tcase_add_test(tests, the_same_bytes_from_a_file_were_not_fed);
    tcase_add_test(tests, a_withdrawal_is_done_when_nothing_is_fed);
    tcase_add_test(tests, a_node_that_is_silent_is_away);
    tcase_add_test(tests, hashes_and_versions_are_found);
    tcase_add_test(tests, what_is_no_message_is_left_aside);
    return setup_run("fleet", tests);
}
