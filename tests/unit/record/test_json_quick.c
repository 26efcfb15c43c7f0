/* The quick reader of objects against the thorough one, which is its oracle (and has jansson as its own,
 * test_differential.c): over generated objects and over the same with bytes changed, what the quick one reads the other
 * reads alike. And payloads of many lines decode alike whether or not the quick one can read them. */
#include "record/json_quick.h"
#include "../setup.h"
#include "core/utf8.h"
#include "record/json_reader.h"

#include <stdio.h>
#include <stdlib.h>

#define CASES 20000
#define MAX_BYTES 4096

struct gen {
    uint64_t state;
    char buf[MAX_BYTES];
    size_t n;
    bool odd; /* also what the quick reader leaves to the other */
};

static unsigned rnd(struct gen *g, unsigned below)
{
    g->state ^= g->state << 13; /* xorshift64 */
    g->state ^= g->state >> 7;
    g->state ^= g->state << 17;
    return (unsigned)((g->state >> 20) % below);
}

static void put(struct gen *g, const char *text)
{
    size_t n = strlen(text);

    if (g->n + n < MAX_BYTES - 256) {
        memcpy(g->buf + g->n, text, n);
        g->n += n;
    }
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PICK(g, a) ((a)[rnd(g, COUNT(a))])

static const char *const spec = "{\"fields\":{\"called\":\"被叫\",\"city\":\"a_name_that_is_longer_than_the_others\","
                                "\"prov\":\"place.prov\",\"lac\":\"place.lac\",\"imei\":\"i\"}}";
static const char *const other_spec = "{\"fields\":{\"called\":\"x\",\"text\":\"主叫\",\"dcs\":\"kinds\"}}";
static const char *const names[] = {"v", "kind", "id", "ts", "calling", "被叫", "text", "leg", "ingress", "dcs", "src",
                                    "a_name_that_is_longer_than_the_others", "i", "t_answer", "dur", "release_party",
                                    "x", "", "kinds", "主叫", "an_unknown_name_that_is_a_little_longer"};
static const char *const words[] = {"1", "sms", "8613912345678", "20261122093000", "您的快递已到达南门店,取件码一二三四,请于今日领取。",
                                    "", "a", "x{[]}:,", "exactly thirty-one characters!!",
                                    "exactly thirty-two characters!!!",
                                    "😀", "\\n", "\\u60a8\\u597d", "\\\"quoted\\\"", "tail\\\\", "\x7F"};
static const char *const odd_words[] = {"\\q", "\\ud83d", "\t", "\xE6\x82", "\xFF", "\\", "\x01", "\\\x01", "\\\x80"};
static const char *const scalars[] = {"0", "1", "-1", "1732230000123", "12345678", "123456789", "1234567890123456",
                                      "20261122093000", "null", "true", "false", "1.5", "-0", "1e3"};
static const char *const odd_scalars[] = {"01", "+1", "nul", "1x", "", "'x'", "99999999999999999999", "1 2", "\\", "-"};
static const char *const blanks[] = {"", "", "", " ", "  "};
static const char *const odd_blanks[] = {"\t", "\r", "\v", "x"};

static void put_blank(struct gen *g)
{
    if (g->odd && rnd(g, 60) == 0)
        put(g, PICK(g, odd_blanks));
    put(g, PICK(g, blanks));
}

static void put_string(struct gen *g)
{
    put(g, "\"");
    for (unsigned i = rnd(g, 4); i > 0; i--)
        put(g, g->odd && rnd(g, 20) == 0 ? PICK(g, odd_words) : PICK(g, words));
    put(g, "\"");
}

static void put_nested(struct gen *g, unsigned depth);

static void put_value(struct gen *g, unsigned depth, bool known)
{
    if ((!known || g->odd) && depth < 4 && rnd(g, 6) == 0)
        put_nested(g, depth + 1);
    else if (rnd(g, 2) == 0)
        put_string(g);
    else
        put(g, g->odd && rnd(g, 20) == 0 ? PICK(g, odd_scalars) : PICK(g, scalars));
}

static void put_nested(struct gen *g, unsigned depth)
{
    bool object = rnd(g, 2) == 0;

    put(g, object ? "{" : "[");
    for (unsigned i = 0, n = rnd(g, 4); i < n; i++) {
        put(g, i > 0 ? "," : "");
        if (object)
            put(g, "\"k\":");
        put_value(g, depth, false);
        put_blank(g);
    }
    put(g, object ? "}" : "]");
}

static void put_member(struct gen *g, const char *name, bool known)
{
    put_blank(g);
    put(g, "\"");
    put(g, name);
    put(g, "\"");
    put_blank(g);
    put(g, ":");
    put_blank(g);
    put_value(g, 0, known);
    put_blank(g);
}

static void put_place(struct gen *g)
{
    put(g, "\"place\":{");
    put_member(g, rnd(g, 2) ? "prov" : "nothing", true);
    if (rnd(g, 2)) {
        put(g, ",");
        put_member(g, "lac", true);
    }
    put(g, "}");
}

/* An object whose names come mostly in the same order, each once; some are left out. */
static void put_object(struct gen *g)
{
    unsigned first = rnd(g, 3) == 0 ? rnd(g, COUNT(names)) : 0, n = 1 + rnd(g, COUNT(names));

    g->n = 0;
    put(g, "{");
    for (unsigned i = 0; i < n; i++) {
        unsigned k = (first + i) % COUNT(names);
        put(g, i > 0 ? "," : "");
        if (g->odd && rnd(g, 60) == 0)
            k = rnd(g, COUNT(names));
        put_member(g, names[k], k < 16);
    }
    for (int i = (rnd(g, 3) == 0) + (g->odd && rnd(g, 8) == 0); i > 0; i--) {
        put(g, ",");
        put_place(g);
    }
    put(g, "}");
}

static void mutate(struct gen *g)
{
    static const char bytes[] = "\"\\{}[]:, 019-ntue\n\t\x80\xE4\xFF";

    for (unsigned i = 1 + rnd(g, 3); i > 0; i--) {
        size_t at = rnd(g, (unsigned)g->n);
        switch (rnd(g, 3)) {
        case 0: g->buf[at] = bytes[rnd(g, sizeof(bytes) - 1)]; break;
        case 1: g->n = at + 1; break;
        default: memmove(g->buf + at, g->buf + at + 1, g->n - at - 1); g->n -= g->n > 1;
        }
    }
}

struct readers {
    struct intake quick, thorough;
    struct json_walker *walker;
    struct feed *feeds[2]; /* in turn: what is unknown to one is known to the other */
    struct feed *feed;     /* the one whose turn it is */
    struct json_habits habits;
    struct record records[2];
    size_t read; /* by the quick one */
};

static struct feed *feed_of(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);
    struct err err;
    struct feed *feed;

    err_init(&err);
    feed = feed_new(json, "feed", &err);
    ck_assert_msg(feed != NULL, "%s", err.text);
    json_decref(json);
    return feed;
}

static void readers_init(struct readers *readers)
{
    *readers = (struct readers){.walker = json_walker_new(MAX_BYTES), .feeds = {feed_of(spec), feed_of(other_spec)}};
    readers->feed = readers->feeds[0];
    readers->quick.scratch.payload_bytes = readers->thorough.scratch.payload_bytes = MAX_BYTES;
}

static void readers_fini(struct readers *readers)
{
    json_walker_free(&readers->walker);
    feed_free(&readers->feeds[0]);
    feed_free(&readers->feeds[1]);
    free(readers->quick.scratch.buf);
    free(readers->thorough.scratch.buf);
}

static bool same_field(const struct record *a, const struct record *b, int f)
{
    if (record_fields[f].type == FIELD_TYPE_STR)
        return str_eq(a->field[f].s, b->field[f].s);
    return a->field[f].i == b->field[f].i;
}

/* Read the object of g with both; false when the quick one does not read it. */
static bool compare(struct readers *readers, const struct gen *g)
{
    char text[MAX_BYTES + JSON_PADDING];
    struct record *quick = &readers->records[0], *thorough = &readers->records[1];
    struct misfits misfits[2];
    const char *end;
    int twice;

    memset(text, '"', sizeof(text));
    memcpy(text, g->buf, g->n);
    text[g->n] = '\0';
    readers->quick.scratch.used = readers->thorough.scratch.used = 0;
    end = json_quick(&readers->quick, readers->feed, &readers->habits, text, quick, &misfits[0]);
    if (end == NULL) {
        ck_assert_uint_eq(readers->quick.scratch.used, 0);
        return false;
    }
    readers->read++;
    ck_assert(end <= text + g->n && end[-1] == '}');
    memset(text + (end - text), 0, JSON_PADDING);
    ck_assert_msg(json_read(&readers->thorough, readers->walker, readers->feed, str_range(text, end), thorough,
                            &misfits[1], &twice) == JSON_READ, "%s", text);
    ck_assert_msg(twice == -1 && quick->present == thorough->present && quick->nulls == thorough->nulls, "%s", text);
    ck_assert(quick->flags == thorough->flags && misfits[0].mistyped == misfits[1].mistyped &&
              misfits[0].bad_times == misfits[1].bad_times);
    for (int f = 0; f < RECORD_NFIELDS; f++)
        ck_assert_msg(!record_has(quick, (enum record_field)f) || same_field(quick, thorough, f), "%s: %s",
                      record_fields[f].name, text);
    return true;
}

START_TEST(usual_objects_are_read_as_the_thorough_reader_reads_them)
{
    struct gen g = {.state = 20261122};
    struct readers readers;

    readers_init(&readers);
    for (int i = 0; i < CASES && json_quick_runs(); i++) {
        put_object(&g);
        readers.feed = readers.feeds[0];
        ck_assert_msg(compare(&readers, &g), "%.*s", (int)g.n, g.buf);
    }
    readers_fini(&readers);
}
END_TEST

START_TEST(odd_objects_are_left_to_it_or_read_alike)
{
    struct gen g = {.state = 20261123, .odd = true};
    struct readers readers;

    readers_init(&readers);
    for (int i = 0; i < CASES && json_quick_runs(); i++) {
        put_object(&g);
        readers.feed = readers.feeds[i / 16 % 2];
        if (i % 2)
            mutate(&g);
        compare(&readers, &g);
    }
    /* both ways out */
    ck_assert(!json_quick_runs() || (readers.read > CASES / 20 && readers.read < CASES * 3 / 4));
    readers_fini(&readers);
}
END_TEST

/* Whether the quick reader takes an object with this string in it. */
static bool takes(struct readers *readers, struct str string)
{
    char text[256 + JSON_PADDING] = "{\"x\":\"";
    struct misfits misfits;
    size_t n = strlen(text);

    memcpy(text + n, string.p, string.n);
    memcpy(text + n + string.n, "\"}", 3);
    return json_quick(&readers->quick, readers->feed, &readers->habits, text, &readers->records[0], &misfits) != NULL;
}

START_TEST(bytes_beyond_ascii_are_taken_when_they_are_utf8)
{
    static const unsigned char edges[] = {'a', 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
                                          0xE0, 0xE1, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};
    const unsigned n = COUNT(edges);
    struct readers readers;
    char string[128];
    size_t good = 0;

    readers_init(&readers);
    memset(string, 'a', sizeof(string));
    for (unsigned i = 0; i < n * n * n * n && json_quick_runs(); i++) {
        size_t at = i % 70; /* all places in a block, and across two */
        struct str text = {string, at + 4 + i % 3};
        for (unsigned k = 0, left = i; k < 4; k++, left /= n)
            string[at + k] = (char)edges[left % n];
        ck_assert_msg(takes(&readers, text) == utf8_valid(text), "%zu: %02x %02x %02x %02x", at, string[at] & 0xFF,
                      string[at + 1] & 0xFF, string[at + 2] & 0xFF, string[at + 3] & 0xFF);
        good += utf8_valid(text);
        memset(string + at, 'a', 4);
    }
    ck_assert(good > 300 || !json_quick_runs());
    readers_fini(&readers);
}
END_TEST

/* ---- lines ---------------------------------------------------------------------------------------------------- */

static const char *const lines[] = {
    "{\"v\":1,\"kind\":\"sms\",\"id\":\"a\",\"ts\":5,\"calling\":\"1\",\"called\":\"2\",\"text\":\"一\"}",
    "{\"v\":1,\"kind\":\"call\",\"id\":\"b\",\"ts\":6,\"calling\":null,\"called\":\"2\",\"dur\":3}",
    "{\"v\":1,\"kind\":\"sms\",\"id\":\"c\",\"ts\":5,\"calling\":\"1\",\"called\":\"2\",\"text\":\"\xFF\"}",
    "{\"v\":1,\"kind\":\"sms\",\"id\":\"d\",\"ts\":5,\"calling\":\"1\",\"called\":\"2\",\"id\":\"e\"}",
    "{\"v\":2,\"kind\":\"sms\",\"id\":\"f\",\"ts\":5,\"calling\":\"1\",\"called\":\"2\"}", "{\"v\":1", "{}", "junk", "",
    " ", "{\"v\":1,\"kind\":\"sms\",\"id\":\"g\",\"ts\":5,\"calling\":\"1\",\"called\":\"2\"} ",
    "{\"v\":1,\"kind\":\"sms\",\"id\":\"h\",\"ts\":5,\"calling\":\"1\",\"called\":\"2\"}}",
};
static const char *const ends[] = {"\n", "\n", "\r\n", "\n\n", "\r"};

/* What a decoder makes of the payload, as text; tabs, which keep the quick reader away, are left out. */
static void story(struct decoder *decoder, const struct feed *feed, struct str payload, char *out, size_t size)
{
    struct record record;
    struct decode_fault fault;
    enum decode_result result;
    size_t n = 0, kept = 0;

    decoder_begin(decoder, feed, payload);
    while ((result = decoder_next(decoder, &record, &fault)) != DECODE_END) {
        struct str raw = decoder_raw(decoder);
        if (result == DECODE_BAD)
            n += (size_t)snprintf(out + n, size - n, "%u %s %s", fault.sub, reason_name(fault.reason),
                                  fault.field ? fault.field : "");
        else
            n += (size_t)snprintf(out + n, size - n, "%u %.*s %u", record.sub,
                                  STR_FMT(record_str(&record, FIELD_ID)), record.flags);
        n += (size_t)snprintf(out + n, size - n, " <%.*s>\n", STR_FMT(raw));
        ck_assert_uint_lt(n, size);
    }
    for (size_t i = 0; i < n; i++)
        if (out[i] != '\t')
            out[kept++] = out[i];
    out[kept] = '\0';
}

START_TEST(a_payload_of_lines_tells_the_same_when_none_of_them_is_usual)
{
    static char quick[1 << 16], thorough[1 << 16];
    struct gen g = {.state = 7};
    struct decode_limits limits = DECODE_LIMITS_DEFAULT;
    struct feed *feed = feed_of("{}");
    struct decoder *decoder;

    limits.max_records_per_payload = 5;
    decoder = decoder_new(&limits);
    for (int i = 0; i < CASES; i++) {
        char tabbed[MAX_BYTES];
        size_t n = 0;
        g.n = 0;
        put(&g, rnd(&g, 5) == 0 ? "\xEF\xBB\xBF" : "");
        for (unsigned k = rnd(&g, 8); k > 0; k--) {
            put(&g, lines[rnd(&g, COUNT(lines) >> rnd(&g, 3))]);
            put(&g, k > 1 || rnd(&g, 2) ? PICK(&g, ends) : "");
        }
        for (size_t at = 0; at < g.n; at++) {
            tabbed[n++] = g.buf[at];
            if (g.buf[at] == '{')
                tabbed[n++] = '\t';
        }
        story(decoder, feed, (struct str){g.buf, g.n}, quick, sizeof(quick));
        story(decoder, feed, (struct str){tabbed, n}, thorough, sizeof(thorough));
        ck_assert_str_eq(quick, thorough);
    }
    feed_free(&feed);
    decoder_free(&decoder);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("quick");

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, usual_objects_are_read_as_the_thorough_reader_reads_them);
    tcase_add_test(tcase, odd_objects_are_left_to_it_or_read_alike);
    tcase_add_test(tcase, bytes_beyond_ascii_are_taken_when_they_are_utf8);
    tcase_add_test(tcase, a_payload_of_lines_tells_the_same_when_none_of_them_is_usual);
    return setup_run("json quick", tcase);
}
