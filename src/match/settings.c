/* settings.c - names of record fields become fields; everything else is copied. */
#include "match/settings.h"

#include <stdlib.h>

struct decode_limits settings_limits(const struct config *config)
{
    return (struct decode_limits){
        .max_payload_bytes = (size_t)config->input.max_payload_bytes,
        .max_text_chars = (size_t)config->input.max_text_chars,
        .max_records_per_payload = (size_t)config->input.max_records_per_payload,
    };
}

static void find_fields(const struct config_strings *names, const char *option, enum record_field *out,
                        struct err *err)
{
    for (size_t i = 0; i < names->n; i++) {
        int field = record_field_find(str_of(names->items[i]));
        if (field < 0)
            err_add(err, "output.%s: unknown record field \"%s\"", option, names->items[i]);
        else
            out[i] = (enum record_field)field;
    }
}

int settings_alert(struct alert_options *out, const struct config *config, struct err *err)
{
    const struct config_strings *caller = &config->output.caller_context, *callee = &config->output.callee_context;
    enum record_field *context = calloc(caller->n + callee->n + 1, sizeof(*context));
    unsigned problems = err->count;

    *out = (struct alert_options){0};
    if (context == NULL) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return -TS_ENOMEM;
    }
    find_fields(caller, "caller_context", context, err);
    find_fields(callee, "callee_context", context + caller->n, err);
    *out = (struct alert_options){
        .caller_context = context,
        .callee_context = context + caller->n,
        .ncaller_context = caller->n,
        .ncallee_context = callee->n,
        .excerpt_chars = (size_t)config->output.excerpt_chars,
        .digest_key = {config->output.digest_key, config->output.digest_key_len},
        .engine_version = TELSIEVE_VERSION,
    };
    return err->count > problems ? -TS_EINVAL : 0;
}

void settings_alert_fini(struct alert_options *options)
{
    free((void *)options->caller_context);
    *options = (struct alert_options){0};
}
