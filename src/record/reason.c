/* reason.c - the names of reason.h as data. */
#include "record/reason.h"

static const struct {
    const char *name, *help;
} reasons[REASON_COUNT] = {
#define X(id, label, text) [REASON_##id] = {label, text},
    DEAD_LETTER_REASONS(X)
#undef X
};

const char *reason_name(enum dead_letter_reason reason)
{
    return reasons[reason].name;
}

const char *reason_help(enum dead_letter_reason reason)
{
    return reasons[reason].help;
}
