/* A clean record allocates nothing once the decoder has seen a payload of its size: counted at malloc itself. */
#include "record/decoder.h"
#include "../allocations.h"
#include "../setup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static struct feed *feed_of(const char *spec)
{
    struct err err;
    json_t *json = json_loads(spec, 0, NULL);
    struct feed *feed;

    err_init(&err);
    feed = feed_new(json, "feed", &err);
    ck_assert_ptr_nonnull(feed);
    json_decref(json);
    return feed;
}

#define SMS(text)                                                                                             \
    "{\"v\":1,\"kind\":\"sms\",\"id\":\"s-000001\",\"ts\":1732230000123,\"calling\":\"8613912345678\","       \
    "\"called\":\"8613812345678\",\"x\":[1,{\"y\":2}],\"concat\":{\"total\":1},\"text\":\"" text "\"}"

static const struct {
    const char *what, *spec, *payload;
    size_t records;
} kinds[] = {
    {"one object", "{}", SMS("您的快递已到驿站"), 1},
    {"escapes", "{}", SMS("\\u60a8\\u7684\\n\\ud83d\\ude00"), 1},
    {"lines", "{}", SMS("一") "\n" SMS("二") "\n" SMS("\\u4e09") "\n", 3},
    {"user data in GB 18030", "{}",
     "{\"v\":1,\"kind\":\"sms\",\"id\":\"a\",\"ts\":5,\"calling\":null,\"called\":\"1\",\"ud_b64\":\"xOO6ww==\","
     "\"dcs\":15}", 1},
    {"csv", "{\"format\":\"csv\",\"header\":true}",
     "v,kind,id,ts,calling,called,text\n1,sms,a,5,1,2,\"say \"\"hi\"\"\"\n1,sms,b,5,1,2,x\n", 2},
    {"psv",
     "{\"format\":\"psv\",\"const\":{\"v\":1,\"kind\":\"call\"},"
     "\"fields\":{\"id\":1,\"ts\":2,\"calling\":3,\"called\":4}}",
     "a|5|1|2\nb|5||2\n", 2},
};

static size_t decode(struct decoder *decoder, const struct feed *feed, struct str payload)
{
    struct record record;
    struct decode_fault fault;
    enum decode_result result;
    size_t records = 0;

    decoder_begin(decoder, feed, payload);
    while ((result = decoder_next(decoder, &record, &fault)) != DECODE_END)
        records += result == DECODE_RECORD;
    return records;
}

START_TEST(a_clean_record_allocates_nothing_once_warm)
{
    struct decode_limits limits = DECODE_LIMITS_DEFAULT;
    struct decoder *decoder = decoder_new(&limits);
    struct feed *feed = feed_of(kinds[_i].spec);
    struct str payload = str_of(kinds[_i].payload);
    size_t before, records = 0;

    allocations_start();
    before = allocations;
    ck_assert_uint_eq(decode(decoder, feed, payload), kinds[_i].records);
    ck_assert_uint_gt(allocations, before); /* the counter counts: the first payload needs its buffers */
    before = allocations;
    for (int i = 0; i < 1000; i++)
        records += decode(decoder, feed, payload);
    ck_assert_msg(allocations == before, "%s: %zu allocations", kinds[_i].what, allocations - before);
    ck_assert_uint_eq(records, 1000 * kinds[_i].records);
    feed_free(&feed);
    decoder_free(&decoder);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("memory");

    tcase_add_loop_test(tcase, a_clean_record_allocates_nothing_once_warm, 0, (int)(sizeof(kinds) / sizeof(kinds[0])));
    return setup_run("decoder memory", tcase);
}
