/* number_name.c - words for classes, flags and trust, and numbers as logs may show them. */
#include "record/number.h"
#include "record/number_form.h"

static const char *const kind_names[] = {
#define X(name, code, word) word,
    NUMBER_KINDS(X)
#undef X
};
static const char *const kind_codes[] = {
#define X(name, code, word) code,
    NUMBER_KINDS(X)
#undef X
};
static const char *const flag_names[] = {
#define X(name) #name,
    NUMBER_FLAGS(X)
#undef X
};
static const char *const trust_names[] = {"invalid", "international", "personal", "port", "trusted", "other"};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static int find_name(const char *const *names, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_eqz(name, names[i]))
            return (int)i;
    return -1;
}

const char *number_kind_name(enum number_kind kind)
{
    return kind_names[kind];
}

const char *number_kind_code(enum number_kind kind)
{
    return kind_codes[kind];
}

const char *number_flag_name(unsigned flag_index)
{
    return flag_names[flag_index];
}

const char *number_trust_name(enum number_trust trust)
{
    return trust_names[trust];
}

int number_kind_find(struct str name)
{
    return find_name(kind_names, COUNT(kind_names), name);
}

int number_flag_find(struct str name)
{
    return find_name(flag_names, COUNT(flag_names), name);
}

const char *number_mask(struct str raw, char *out, size_t size)
{
    struct number_form form;
    const char *d = form.digits;
    char text[16] = "-";

    if (raw.p != NULL) {
        number_form_read(raw, &form);
        if (form.n >= 13 && (memcmp(d, "86", 2) == 0 || memcmp(d, "0086", 4) == 0))
            d += d[0] == '8' ? 2 : 4;
        size_t n = strlen(d);
        if (n >= 11) {
            memcpy(text, d, 3);
            memcpy(text + 3, "****", 4);
            memcpy(text + 7, d + n - 4, 5);
        } else {
            size_t shown = n >= 5 ? 2 : 0;
            memcpy(text, d, shown);
            memcpy(text + shown, "***", 4);
        }
    }
    if (size > 0) {
        size_t n = strlen(text) < size ? strlen(text) : size - 1;
        memcpy(out, text, n);
        out[n] = '\0';
    }
    return out;
}
