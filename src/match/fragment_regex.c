/* fragment_regex.c - PCRE2 says whether it can be compiled and what it matches; what would be slow or never found is
 * seen in how it is written. */
#include "match/fragment_regex.h"

#include "core/err.h"
#include "core/utf8.h"
#include "match/fragment.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdarg.h>
#include <stdio.h>

struct check {
    struct str regex;
    char *why;
    size_t why_size;
};

__attribute__((format(printf, 2, 3))) static int refuse(const struct check *check, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(check->why, check->why_size, fmt, args);
    va_end(args);
    return -TS_ESYNTAX;
}

/* A `.` or a negated class without an upper bound runs over the whole message; upper case is never in canonical text.
 * Escapes and the letters behind `(?` are left alone. */
static int check_writing(const struct check *check)
{
    const char *end = str_end(check->regex);
    bool wide = false; /* the item just read is . or [^…] */

    for (const char *p = check->regex.p; p < end; p++) {
        const char *brace = memchr(p, '}', (size_t)(end - p));
        bool open = *p == '{' && brace != NULL && brace > p && brace[-1] == ',';

        if (wide && (*p == '*' || *p == '+' || open))
            return refuse(check, "an unbounded gap; give it a bound such as .{0,%d}", FRAGMENT_GAP_DEFAULT);
        if (*p >= 'A' && *p <= 'Z')
            return refuse(check, "\"%c\" is never found: canonical text is lower case", *p);
        wide = *p == '.';
        if (*p == '\\' && p + 1 < end) {
            p++;
            if (p + 1 < end && p[1] == '{' && strchr("pPxN", *p) != NULL)
                p = (brace = memchr(p, '}', (size_t)(end - p))) != NULL ? brace : p;
        } else if (*p == '(' && p + 2 < end && p[1] == '?') {
            p += 2;
        } else if (*p == '[' && p + 2 < end) {
            const char *close = memchr(p + 2, ']', (size_t)(end - p - 2));
            wide = p[1] == '^';
            p = close != NULL ? close : p;
        }
    }
    return 0;
}

/* Does the expression match texts that have nothing in common? */
static bool matches_anything(const pcre2_code *code, pcre2_match_data *data)
{
    static const char *const probes[] = {"q", "7", "款", "-"};

    for (size_t i = 0; i < sizeof(probes) / sizeof(*probes); i++) {
        if (pcre2_match(code, (PCRE2_SPTR)probes[i], strlen(probes[i]), 0, 0, data, NULL) < 0)
            return false;
    }
    return true;
}

static int check_matches(const struct check *check, const pcre2_code *code)
{
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
    uint32_t empty = 0;
    bool anything;

    if (data == NULL)
        return -TS_ENOMEM;
    pcre2_pattern_info(code, PCRE2_INFO_MATCHEMPTY, &empty);
    anything = matches_anything(code, data);
    pcre2_match_data_free(data);
    if (empty != 0)
        return refuse(check, "this regular expression matches the empty text; require at least two characters");
    if (anything)
        return refuse(check, "this regular expression matches any text");
    return 0;
}

int fragment_check_regex(struct str regex, char *why, size_t why_size)
{
    const struct check check = {regex, why, why_size};
    int code_error, rc;
    PCRE2_SIZE at;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)regex.p, regex.n, PCRE2_UTF | PCRE2_UCP, &code_error, &at, NULL);

    if (code == NULL) {
        PCRE2_UCHAR message[160];
        pcre2_get_error_message(code_error, message, sizeof(message));
        return refuse(&check, "regular expression, character %zu: %s",
                      utf8_count((struct str){regex.p, at < regex.n ? at : regex.n}) + 1, (const char *)message);
    }
    rc = check_matches(&check, code);
    pcre2_code_free(code);
    return rc != 0 ? rc : check_writing(&check);
}
