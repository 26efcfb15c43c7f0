/* The decoder against jansson over generated, mutated and hand-picked payloads, for every kernel this CPU can run.
 *
 * What jansson accepts must decode alike: same dead letter or same fields. What jansson refuses may pass only when the
 * record is flagged as repaired, or when the fault lies in a value that is skipped. For the latter a small splitter of
 * the test's own cuts the object into members; jansson must accept every known value by itself, and the fields must
 * be those. */
#include "core/utf8.h"
#include "record/decoder.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CASES 8000 /* for each kernel, from a seed of its own */

static const char *const kernels[] = {"fallback", "westmere", "haswell", "icelake"};

static bool cpu_runs(const char *kernel)
{
    __builtin_cpu_init();
    if (strcmp(kernel, "icelake") == 0)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul") &&
               __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2");
    if (strcmp(kernel, "haswell") == 0)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
    if (strcmp(kernel, "westmere") == 0)
        return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
    return true;
}

/* ---- random payloads ------------------------------------------------------------------------------------------- */

struct gen {
    uint64_t state;
    char *buf;
    size_t n, cap;
};

static uint32_t rnd(struct gen *g, uint32_t below)
{
    g->state ^= g->state << 13; /* xorshift64 */
    g->state ^= g->state >> 7;
    g->state ^= g->state << 17;
    return (uint32_t)((g->state >> 20) % below);
}

static void put_bytes(struct gen *g, const char *p, size_t n)
{
    if (g->n + n >= g->cap) {
        g->cap = (g->n + n + 1) * 2;
        g->buf = realloc(g->buf, g->cap);
        ck_assert_ptr_nonnull(g->buf);
    }
    memcpy(g->buf + g->n, p, n);
    g->n += n;
}

static void put(struct gen *g, const char *z)
{
    put_bytes(g, z, strlen(z));
}

static const char *pick(struct gen *g, const char *const *from, size_t n)
{
    return from[rnd(g, (uint32_t)n)];
}

#define PICK(g, array) pick(g, array, sizeof(array) / sizeof((array)[0]))

static void put_space(struct gen *g)
{
    static const char *const spaces[] = {"", "", "", "", "", " ", "\n", "\t \r"};

    put(g, PICK(g, spaces));
}

static void put_string(struct gen *g)
{
    static const char *const pieces[] = {
        "a", "8613912345678", "您的快递", "😀", "\\n", "\\\"", "\\\\", "\\/", "\\u4f60", "\\uD83D\\uDE00", "\\u0000",
        " ", "{\\\"v\\\":1}", "é", "\xEF\xBF\xBF", "[", "}", ",", ":", "\\t\\b\\f\\r", "1", "20261122103000", "sms",
    };

    put(g, "\"");
    for (uint32_t n = rnd(g, 6); n > 0; n--)
        put(g, PICK(g, pieces));
    put(g, "\"");
}

static void put_value(struct gen *g, int depth)
{
    static const char *const scalars[] = {
        "null", "true", "false", "0", "-0", "1", "-1", "12345678901", "1732230000123", "20261122103000", "1.5", "-2e3",
        "9223372036854775807", "-9223372036854775808", "0.1E-2", "20260229000000", "\"5\"", "\"-7\"", "\"x\"", "\"\"",
    };
    uint32_t kind = rnd(g, depth < 4 ? 10 : 8);

    if (kind < 5) {
        put(g, PICK(g, scalars));
    } else if (kind < 8) {
        put_string(g);
    } else {
        bool object = kind == 9;
        put(g, object ? "{" : "[");
        for (uint32_t n = rnd(g, 4), i = 0; i < n; i++) {
            char key[24];
            sprintf(key, "\"k%u\":", i);
            put(g, i > 0 ? "," : "");
            put_space(g);
            put(g, object ? key : "");
            put_value(g, depth + 1);
            put_space(g);
        }
        put(g, object ? "}" : "]");
    }
}

static void put_key(struct gen *g, const char *name)
{
    char escaped[16];

    put(g, "\"");
    for (; *name != '\0'; name++) {
        sprintf(escaped, "\\u%04x", *name);
        put(g, rnd(g, 400) == 0 ? escaped : (char[]){*name, '\0'});
    }
    put(g, "\"");
}

/* A good value for a field mostly, now and then any. */
static void put_field_value(struct gen *g, int f)
{
    static const char *const times[] = {"1732230000123", "\"1732230000123\"", "20261122103000", "\"20240229235959\""};
    static const char *const kinds[] = {"\"sms\"", "\"sms\"", "\"call\"", "\"sm\\u0073\""};

    if (rnd(g, 12) == 0)
        put_value(g, 0);
    else if (f == FIELD_V)
        put(g, "1");
    else if (f == FIELD_KIND)
        put(g, PICK(g, kinds));
    else if (record_fields[f].type == FIELD_TYPE_TIME)
        put(g, PICK(g, times));
    else if (record_fields[f].type == FIELD_TYPE_INT)
        put(g, rnd(g, 2) ? "3" : "\"44\"");
    else
        put_string(g);
}

/* One object of a record: the required fields mostly, some others, some unknown ones, in any order. */
static void put_payload(struct gen *g)
{
    int order[RECORD_NFIELDS + 8], n = 0;
    bool concat = rnd(g, 4) == 0;

    g->n = 0;
    for (int f = 0; f < RECORD_NFIELDS; f++)
        if (strchr(record_fields[f].name, '.') == NULL && rnd(g, 100) < (f <= FIELD_CALLED ? 97 : 15))
            order[n++] = f;
    for (uint32_t unknown = rnd(g, 4); unknown > 0; unknown--)
        order[n++] = -1;
    if (rnd(g, 60) == 0 && n > 0) {
        order[n] = order[rnd(g, (uint32_t)n)];
        n++;
    }
    for (int i = n - 1; i > 0 && rnd(g, 2); i--) {
        int j = (int)rnd(g, (uint32_t)i + 1), t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
    put_space(g);
    put(g, "{");
    for (int i = 0; i < n; i++) {
        char unknown[24];
        sprintf(unknown, "unknown%d", i);
        put(g, i > 0 ? "," : "");
        put_space(g);
        put_key(g, order[i] < 0 ? unknown : record_fields[order[i]].name);
        put_space(g);
        put(g, ":");
        put_space(g);
        if (order[i] < 0)
            put_value(g, 0);
        else
            put_field_value(g, order[i]);
        put_space(g);
    }
    if (concat)
        put(g, n > 0 ? ",\"concat\":" : "\"concat\":");
    if (concat && rnd(g, 4) == 0)
        put_value(g, 0);
    else if (concat)
        put(g, "{\"ref\":7,\"total\":\"2\",\"seq\":null}");
    put(g, "}");
    put_space(g);
}

/* Change one to three places. */
static void mutate(struct gen *g)
{
    static const char *const insertions[] = {"\"", "{", "}", "[", "]", ",", ":", "\\", "\n", "\x01", "\xFF", "\xE4",
                                             "\\ud800", "\\u12", "1e999", "99999999999999999999", "nul", "/", "-", "0",
                                             "\xEF\xBB\xBF", "\xED\xA0\x80", "'", " ", "\"v\":1,"};

    for (uint32_t times = 1 + rnd(g, 3); times > 0 && g->n > 0; times--) {
        size_t at = rnd(g, (uint32_t)g->n);
        uint32_t how = rnd(g, 10);
        if (how < 4) {
            const char *what = PICK(g, insertions);
            size_t n = strlen(what);
            put_bytes(g, what, n);
            memmove(g->buf + at + n, g->buf + at, g->n - n - at);
            memcpy(g->buf + at, what, n);
        } else if (how < 7) {
            size_t n = 1 + rnd(g, 4);
            n = n > g->n - at ? g->n - at : n;
            memmove(g->buf + at, g->buf + at + n, g->n - at - n);
            g->n -= n;
        } else if (how < 9) {
            g->buf[at] = (char)rnd(g, 256);
        } else {
            g->n = at;
        }
    }
}

/* ---- the oracle ------------------------------------------------------------------------------------------------ */

struct verdict {
    bool bad;
    enum dead_letter_reason reason;
    bool has[RECORD_NFIELDS], null[RECORD_NFIELDS];
    int64_t i[RECORD_NFIELDS];
    const char *s[RECORD_NFIELDS];
    size_t n[RECORD_NFIELDS];
    char digits[RECORD_NFIELDS][24];
    bool mistyped;
};

static bool is_integer(const char *s, size_t n)
{
    size_t i = n > 0 && s[0] == '-';

    for (size_t k = i; k < n; k++)
        if (s[k] < '0' || s[k] > '9')
            return false;
    errno = 0;
    strtoll(s, NULL, 10);
    return n > i && errno == 0;
}

/* A time by libc's calendar: 14 digits that mktime does not change. */
static bool oracle_time(const char *s, size_t n, int64_t *out)
{
    struct tm tm = {0};
    char copy[16];

    if (n == 0 || n > 14 || !is_integer(s, n) || s[0] == '-')
        return false;
    memcpy(copy, s, n);
    copy[n] = '\0';
    if (n < 14) {
        *out = strtoll(copy, NULL, 10);
        return true;
    }
    sscanf(copy, "%4d%2d%2d%2d%2d%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec);
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    struct tm again = tm;
    *out = ((int64_t)timegm(&again) - 8 * 3600) * 1000;
    return again.tm_mon == tm.tm_mon && again.tm_mday == tm.tm_mday && again.tm_hour == tm.tm_hour &&
           again.tm_min == tm.tm_min && again.tm_sec == tm.tm_sec && *out >= 0;
}

enum fit { FITS, NULLS, MISTYPED, BAD_TIME };

static enum fit oracle_field(const json_t *value, int f, struct verdict *v)
{
    const char *s;
    size_t n;

    if (json_is_null(value))
        return NULLS;
    if (json_is_integer(value)) {
        sprintf(v->digits[f], "%lld", (long long)json_integer_value(value));
        s = v->digits[f];
        n = strlen(s);
    } else if (json_is_string(value)) {
        s = json_string_value(value);
        n = json_string_length(value);
    } else {
        return MISTYPED;
    }
    v->s[f] = s;
    v->n[f] = n;
    if (record_fields[f].type == FIELD_TYPE_TIME)
        return oracle_time(s, n, &v->i[f]) ? FITS : BAD_TIME;
    if (record_fields[f].type == FIELD_TYPE_INT) {
        v->i[f] = strtoll(s, NULL, 10);
        return is_integer(s, n) ? FITS : MISTYPED;
    }
    return FITS;
}

/* What a record must be, from jansson's tree. */
static void oracle(const json_t *root, struct verdict *v)
{
    static const enum record_field required[] = {FIELD_V, FIELD_KIND, FIELD_ID, FIELD_TS, FIELD_CALLING, FIELD_CALLED};
    enum fit fit[RECORD_NFIELDS];
    const json_t *concat = json_object_get(root, "concat");

    memset(v, 0, sizeof(*v));
    for (int f = 0; f < RECORD_NFIELDS; f++) {
        const char *dot = strchr(record_fields[f].name, '.');
        const json_t *value = json_object_get(dot ? concat : root, dot ? dot + 1 : record_fields[f].name);
        fit[f] = FITS;
        if (dot != NULL && concat != NULL && !json_is_object(concat))
            fit[f] = json_is_null(concat) ? NULLS : MISTYPED;
        else if (value != NULL)
            v->has[f] = (fit[f] = oracle_field(value, f, v)) == FITS;
        v->null[f] = fit[f] == NULLS;
        v->mistyped |= fit[f] == MISTYPED || fit[f] == BAD_TIME;
    }
    for (size_t k = 0; k < sizeof(required) / sizeof(required[0]) && !v->bad; k++) {
        enum record_field f = required[k];
        v->bad = !v->has[f] && !(f == FIELD_CALLING && v->null[f]);
        v->reason = fit[f] == BAD_TIME ? REASON_BAD_TIME : fit[f] == FITS ? REASON_MISSING_FIELD : REASON_BAD_TYPE;
    }
    if (v->bad)
        return;
    v->bad = true;
    if (v->i[FIELD_V] != 1)
        v->reason = REASON_BAD_VERSION;
    else if (!(v->n[FIELD_KIND] == 3 && memcmp(v->s[FIELD_KIND], "sms", 3) == 0) &&
             !(v->n[FIELD_KIND] == 4 && memcmp(v->s[FIELD_KIND], "call", 4) == 0))
        v->reason = REASON_UNKNOWN_KIND;
    else
        v->bad = false;
}

/* ---- an object with faults in skipped values ------------------------------------------------------------------- */

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && strchr(" \t\r\n", *p) != NULL && *p != '\0')
        p++;
    return p;
}

/* The end of the string that begins at p. */
static const char *string_end(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        p += *p == '\\';
    return p < end ? p + 1 : end;
}

static bool ends_scalar(char c)
{
    return c != '\0' && strchr(",:}] \t\r\n", c) != NULL;
}

/* The end of the value that begins at p: brackets only counted. What a quote inside a bare word means (1"x") depends
 * on the kernel: the beginning of a string, or with `words` just a part of the word. */
static const char *value_end(const char *p, const char *end, bool words)
{
    int depth = 0;

    do {
        if (*p == '"') {
            p = string_end(p, end);
            continue;
        }
        depth += *p == '{' || *p == '[';
        depth -= *p == '}' || *p == ']';
        if (words && !ends_scalar(*p) && *p != '{' && *p != '[')
            while (p + 1 < end && !ends_scalar(p[1]))
                p++;
        p++;
    } while (p < end && (depth > 0 || !ends_scalar(*p) || *p == ':'));
    return p;
}

static json_t *known_members(struct str object, const char *prefix, bool words);

/* A known value by itself; what is wrong inside an array or object of a wrong place does not matter. */
static json_t *known_value(struct str value, bool nested, bool words)
{
    json_error_t error;
    json_t *tree;
    char digits[128];

    if (nested && value.p[0] == '{')
        return known_members(value, "concat.", words);
    if (value.p[0] == '{' || value.p[0] == '[')
        return json_array();
    tree = json_loadb(value.p, value.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (tree == NULL && json_error_code(&error) == json_error_numeric_overflow) {
        snprintf(digits, sizeof(digits), "%.*s", STR_FMT(value));
        return strpbrk(digits, ".eE") ? json_real(1) : json_string(digits);
    }
    return tree;
}

static bool is_known(const char *prefix, const char *key)
{
    char name[64];

    snprintf(name, sizeof(name), "%s%s", prefix, key);
    return record_field_find(str_of(name)) >= 0;
}

/* The known members of an object as jansson reads each; NULL when the object does not hold together. */
static json_t *known_members(struct str object, const char *prefix, bool words)
{
    const char *p = skip_space(object.p, object.p + object.n), *end = object.p + object.n;
    json_t *tree = json_object();
    bool ok = p < end && *p == '{';

    for (p = skip_space(p + 1, end); ok && p < end && *p != '}';) {
        const char *from = p;
        json_t *key, *value = NULL;
        bool nested;
        p = string_end(p, end);
        key = json_loadb(from, (size_t)(p - from), JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        ok = *from == '"' && key != NULL;
        p = skip_space(p, end);
        ok = ok && p < end && *p == ':';
        from = skip_space(p + 1, end);
        if (ok && from < end) {
            p = value_end(from, end, words);
            nested = *prefix == '\0' && strcmp(json_string_value(key), "concat") == 0;
            if (nested || (strlen(json_string_value(key)) == json_string_length(key) &&
                           is_known(prefix, json_string_value(key)))) {
                value = known_value(str_range(from, p), nested, words);
                ok = value != NULL && json_object_get(tree, json_string_value(key)) == NULL;
                json_object_set_new(tree, json_string_value(key), value);
            }
            p = skip_space(p, end);
            ok = ok && p < end && (*p == ',' || *p == '}');
            p = ok && *p == ',' ? skip_space(p + 1, end) : p;
        }
        json_decref(key);
    }
    if (!ok || skip_space(p + 1, end) != end) {
        json_decref(tree);
        return NULL;
    }
    return tree;
}

/* ---- the comparison -------------------------------------------------------------------------------------------- */

static struct {
    unsigned accepted, records, repaired, skipped, refused;
} tally;

static void compare_records(const struct verdict *v, const struct record *record, struct str payload)
{
    for (int f = 0; f < RECORD_NFIELDS; f++) {
        bool same = record_has(record, (enum record_field)f) == v->has[f] &&
                    (record->nulls >> f & 1) == (v->null[f] ? 1 : 0);
        if (same && v->has[f] && record_fields[f].type == FIELD_TYPE_STR)
            same = record->field[f].s.n == v->n[f] && memcmp(record->field[f].s.p, v->s[f], v->n[f]) == 0;
        else if (same && v->has[f])
            same = record->field[f].i == v->i[f];
        ck_assert_msg(same, "field %s differs in %.*s", record_fields[f].name, STR_FMT(payload));
    }
    ck_assert_msg(((record->flags & RECORD_MISTYPED) != 0) == v->mistyped, "mistyped in %.*s", STR_FMT(payload));
    if (record->has_text)
        ck_assert(utf8_valid(record->text));
}

static void compare(struct decoder *decoder, const struct feed *feed, struct str payload)
{
    json_error_t error;
    json_t *root = json_loadb(payload.p, payload.n, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
    enum json_error_code code = root ? json_error_unknown : json_error_code(&error);
    struct verdict verdict = {.bad = true, .reason = REASON_NOT_JSON};
    struct record record;
    struct decode_fault fault = {0};
    enum decode_result result;

    decoder_begin(decoder, feed, payload);
    result = decoder_next(decoder, &record, &fault);
    ck_assert_int_ne(result, DECODE_END);
    if (root == NULL && code == json_error_duplicate_key) {
        /* a known one must be refused; of unknown ones nobody asks */
        root = json_loadb(payload.p, payload.n, JSON_ALLOW_NUL, &error);
        if (root != NULL && result == DECODE_BAD && fault.reason == REASON_DUPLICATE_KEY) {
            json_decref(root);
            return;
        }
    }
    if (root != NULL) {
        tally.accepted++;
        if (json_is_object(root))
            oracle(root, &verdict);
        ck_assert_msg((result == DECODE_BAD) == verdict.bad, "%s instead of %s for %.*s",
                      result == DECODE_BAD ? reason_name(fault.reason) : "a record",
                      verdict.bad ? reason_name(verdict.reason) : "a record", STR_FMT(payload));
        if (verdict.bad)
            ck_assert_msg(fault.reason == verdict.reason, "%s instead of %s for %.*s", reason_name(fault.reason),
                          reason_name(verdict.reason), STR_FMT(payload));
        else
            compare_records(&verdict, &record, payload);
        tally.records += !verdict.bad;
        ck_assert_int_eq(decoder_next(decoder, &record, &fault), DECODE_END);
        json_decref(root);
        return;
    }
    tally.refused++;
    for (; result != DECODE_END; result = decoder_next(decoder, &record, &fault)) {
        struct str raw = decoder_raw(decoder);
        if (result == DECODE_RECORD && (record.flags & RECORD_REPAIRED)) {
            tally.repaired++;
        } else if (result == DECODE_RECORD) { /* also a good line beside bad ones */
            root = known_members(raw, "", false);
            if (root == NULL)
                root = known_members(raw, "", true);
            ck_assert_msg(root != NULL, "accepted: %.*s", STR_FMT(raw));
            oracle(root, &verdict);
            ck_assert_msg(!verdict.bad, "not %s: %.*s", reason_name(verdict.reason), STR_FMT(raw));
            compare_records(&verdict, &record, raw);
            json_decref(root);
            tally.skipped++;
        }
    }
}

static struct decoder *decoder_of(const char *kernel)
{
    struct decode_limits limits = {4u << 20, 4u << 20, 100000};

    setenv("SIMDJSON_FORCE_IMPLEMENTATION", kernel, 1); /* this process has not used simdjson yet: Check forks */
    ck_assert_str_eq(decoder_implementation(), kernel);
    return decoder_new(&limits);
}

static struct feed *plain_feed(void)
{
    struct err err;

    err_init(&err);
    return feed_new(NULL, "feed", &err);
}

START_TEST(generated_and_mutated_payloads_decode_as_jansson_reads_them)
{
    struct gen gen = {.state = 88172645463325252u + (uint64_t)_i};
    struct decoder *decoder;
    struct feed *feed;

    if (!cpu_runs(kernels[_i]))
        return;
    feed = plain_feed();
    decoder = decoder_of(kernels[_i]);
    for (int i = 0; i < CASES; i++) {
        put_payload(&gen);
        if (i % 2 == 1)
            mutate(&gen);
        compare(decoder, feed, (struct str){gen.buf, gen.n});
    }
    /* the mixture must exercise every way out */
    ck_assert_uint_gt(tally.accepted, CASES / 2);
    ck_assert_uint_gt(tally.records, CASES / 10);
    ck_assert_uint_gt(tally.refused, CASES / 5);
    ck_assert_uint_gt(tally.repaired, 50);
    ck_assert_uint_gt(tally.skipped, 20);
    free(gen.buf);
    feed_free(&feed);
    decoder_free(&decoder);
}
END_TEST

#define HEAD "\"v\":1,\"kind\":\"sms\",\"id\":\"a\",\"ts\":5,\"calling\":\"1\",\"called\":\"2\""

static const struct str picked[] = {
#define P(s) {s, sizeof(s) - 1},
    P("{" HEAD "}") P("{}") P("{ }") P("[]") P("{" HEAD ",\"text\":\"\\u0000\"}") P("{" HEAD "}{") P("{" HEAD "}}")
    P("{" HEAD ",\"text\":\"\\ud83d\\ude00\\ud83d\"}") P("{" HEAD ",\"text\":\"\\uDE00\"}")
    P("{" HEAD ",\"text\":\"a\0b\"}") P("{" HEAD ",\"x\":99999999999999999999999999}") P("{" HEAD ",\"x\":1e400}")
    P("{" HEAD ",\"id\":\"b\"}") P("{" HEAD ",\"x\":1,\"x\":2}") P("{" HEAD ",\"x\":{\"v\":1,\"v\":2}}")
    P("{" HEAD ",\"text\":\"\x7F\"}") P("{" HEAD ",\"dcs\":-0}") P("{" HEAD ",\"dcs\":-}") P("{" HEAD ",\"dcs\":+1}")
    P("{" HEAD ",\"dcs\":1.}") P("{" HEAD ",\"dcs\":.5}") P("{" HEAD ",\"dcs\":1e}") P("{" HEAD ",\"dcs\":0x10}")
    P("{" HEAD ",\"text\":'x'}") P("{" HEAD ",\"text\":NaN}") P("{" HEAD ",\"text\"}") P("{" HEAD ",\"text\":}")
    P("{" HEAD ",,}") P("{,}") P("{\"v\"}") P("{\"v\":1,}") P("{v:1}") P("nul") P("\"") P("{\"") P("{\"v\":\"") P("\\")
    P("{" HEAD ",\"concat\":{\"total\":2,\"x\":[{}]}}") P("{" HEAD ",\"concat\":{\"total\":2}") P("{" HEAD "]")
    P("{" HEAD ",\"text\":\"x\"\"y\"}") P("{" HEAD ",\"text\":\"x\"y}") P("{" HEAD ",\"dcs\":1 2}")
    P("{" HEAD ",\"dcs\":1\"x\"}") P("{" HEAD ",\"text\":\"\\\"}") P("{" HEAD ",\"text\\\":\"x\"}")
    P("{\"v\":1,\"kind\":\"sms\",\"id\":\"a\",\"ts\":5,\"calling\":\"1\",\"called\":\"2\",\"\":0}")
#undef P
};

/* Long and deep ones, written by code. */
static void put_big(struct gen *g, int which)
{
    g->n = 0;
    put(g, "{" HEAD ",\"x\":");
    for (int i = 0; which < 2 && i < (which == 0 ? 2000 : 100000); i++)
        put(g, i % 2 ? "[" : "{\"a\":");
    put(g, which < 2 ? "1" : "0,\"text\":\"");
    for (int i = which == 0 ? 2000 : 100000; which < 2 && i > 0; i--)
        put(g, (i - 1) % 2 ? "]" : "}");
    for (int i = 0; which >= 2 && i < (1 << 20) / 6; i++)
        put(g, which == 2 ? "诈骗" : "\\u4f60");
    put(g, which < 2 ? "}" : "\"}");
}

START_TEST(hand_picked_payloads_decode_as_jansson_reads_them)
{
    struct gen gen = {.state = 1};
    struct decoder *decoder;
    struct feed *feed;

    if (!cpu_runs(kernels[_i]))
        return;
    feed = plain_feed();
    decoder = decoder_of(kernels[_i]);
    for (size_t i = 0; i < sizeof(picked) / sizeof(picked[0]); i++) {
        for (size_t n = picked[i].n; n > 0; n--) /* whole and truncated everywhere */
            compare(decoder, feed, (struct str){picked[i].p, n});
    }
    for (int which = 0; which < 4; which++) {
        put_big(&gen, which);
        compare(decoder, feed, (struct str){gen.buf, gen.n});
    }
    free(gen.buf);
    feed_free(&feed);
    decoder_free(&decoder);
}
END_TEST

/* What was wrong in a skipped value must not change what is read: the same record with the value taken out. */
START_TEST(a_fault_in_a_skipped_value_does_not_reach_the_fields)
{
    static const char *const faults[] = {"1.2.3", "[1 2]", "{\"a\" \"b\"}", "[}", "tru", "\"\\q\"", "{,}",
                                         "[[\"\\ud800\"]]"};
    struct feed *feed = plain_feed();
    struct decoder *decoder = decoder_of("fallback");
    struct record record;
    struct decode_fault fault;
    char payload[256];

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        snprintf(payload, sizeof(payload), "{\"x\":%s," HEAD ",\"text\":\"t\"}", faults[i]);
        decoder_begin(decoder, feed, str_of(payload));
        ck_assert_msg(decoder_next(decoder, &record, &fault) == DECODE_RECORD, "%s", payload);
        ck_assert(str_eqz(record.text, "t") && str_eqz(record_str(&record, FIELD_CALLED), "2"));
        ck_assert_uint_eq(record.flags, 0);
    }
    feed_free(&feed);
    decoder_free(&decoder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("differential");
    TCase *tcase = tcase_create("jansson");
    SRunner *runner;
    int failed, n = (int)(sizeof(kernels) / sizeof(kernels[0]));

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, generated_and_mutated_payloads_decode_as_jansson_reads_them, 0, n);
    tcase_add_loop_test(tcase, hand_picked_payloads_decode_as_jansson_reads_them, 0, n);
    tcase_add_test(tcase, a_fault_in_a_skipped_value_does_not_reach_the_fields);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_FORK); /* one process a kernel */
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
