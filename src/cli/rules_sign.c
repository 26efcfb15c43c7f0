/* rules_sign.c - bytes are signed as they stand in the file: a library that is laid out anew must be signed anew. */
#include "cli/rules_sign.h"
#include "cli/command.h"
#include "cli/read_file.h"
#include "cli/write_file.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct order {
    const char *key_file, *key_name, *rollback, *beside;
    bool withdraw;
};

/* ---- libraries and signatures ------------------------------------------------------------------------------------ */

static void read_head(struct library_file *file, struct err *err)
{
    json_error_t error;
    json_t *root = json_loadb(file->text, file->n, JSON_REJECT_DUPLICATES, &error);
    const char *name = json_string_value(json_object_get(root, "library"));
    const char *version = json_string_value(json_object_get(root, "version"));

    if (root == NULL)
        err_at(err, file->path, error.line > 0 ? (unsigned)error.line : 1,
               error.column > 0 ? (unsigned)error.column : 1, "not JSON: %s", error.text);
    else if (name == NULL || !key_is_name(str_of(name)))
        err_add(err, "%s: no rule library: \"library\" must be " KEY_NAME_RULE, file->path);
    else if (version == NULL || version[0] == '\0' || strlen(version) >= sizeof(file->version))
        err_add(err, "%s: \"version\" must be a text such as \"2026.11.22\"", file->path);
    else {
        strcpy(file->name, name);
        strcpy(file->version, version);
    }
    json_decref(root);
}

int library_file_load(struct library_file *file, const char *path, struct err *err)
{
    size_t n;
    char *text = read_file(path, &n, err);

    return text != NULL ? library_file_take(file, path, text, n, err) : -TS_EIO;
}

int library_file_take(struct library_file *file, const char *path, char *text, size_t n, struct err *err)
{
    unsigned before = err->count;

    *file = (struct library_file){.path = path, .text = text, .n = n};
    read_head(file, err);
    if (err->count == before)
        return 0;
    library_file_free(file);
    return -TS_ESYNTAX;
}

void library_file_free(struct library_file *file)
{
    free(file->text);
    file->text = NULL;
}

int signatures_load(struct signatures *signatures, const char *path, struct err *err)
{
    size_t n;
    char *text = read_file(path, &n, err);
    int rc = text != NULL ? signatures_read((struct str){text, n}, signatures, path, err) : -TS_EIO;

    free(text);
    return rc;
}

bool key_name_of(const char *file, char out[KEY_NAME_BYTES], struct err *err)
{
    const char *slash = strrchr(file, '/');
    struct str name = str_of(slash != NULL ? slash + 1 : file);

    if (str_ends(name, STR_LIT(".pem")))
        name.n -= 4;
    if (key_is_name(name))
        snprintf(out, KEY_NAME_BYTES, "%.*s", STR_FMT(name));
    else
        err_add(err, "%s: which key is this? --name NAME, the name under which it is trusted", file);
    return key_is_name(name);
}

/* Did the same key sign something else? Its signatures of the same bytes are the same. */
static bool is_stale(const struct signatures *signatures, const struct signature *signature)
{
    for (size_t i = 0; i < signatures->n; i++)
        if (strcmp(signatures->items[i].key, signature->key) == 0)
            return memcmp(signatures->items[i].bytes, signature->bytes, SIGNATURE_BYTES) != 0;
    return false;
}

int signatures_sign(struct signatures *signatures, const struct signing_key *key, const char *name,
                    const struct signed_library *library, const char *place, struct err *err)
{
    struct signature signature = {0}, *slot;
    struct str payload;
    int rc;

    snprintf(signature.key, sizeof(signature.key), "%s", name);
    payload.p = signature_payload(library, signatures->over, &payload.n);
    rc = payload.p != NULL ? signing_key_sign(key, payload, signature.bytes) : -TS_ENOMEM;
    free((char *)payload.p);
    if (rc != 0) {
        err_add(err, "%s: %s", place, ts_strerror(rc));
        return rc;
    }
    if (is_stale(signatures, &signature)) {
        fprintf(stderr, "%s: it has changed since it was signed: signatures of then are dropped\n", place);
        signatures->n = 0;
    }
    slot = signatures_slot(signatures, name);
    if (slot == NULL) {
        err_add(err, "%s: there are %d signatures already", place, SIGNATURES_MAX);
        return -TS_ELIMIT;
    }
    *slot = signature;
    return 0;
}

/* ---- what is signed together agrees ---------------------------------------------------------------------------- */

/* What was signed before must be for the same action and version. */
static bool continues(struct signatures *signatures, const char *over, const char *path, struct err *err)
{
    bool same = signatures->n == 0 || strcmp(signatures->over, over) == 0;

    if (same)
        snprintf(signatures->over, sizeof(signatures->over), "%s", over);
    else if (signatures->over[0] == '\0')
        err_add(err, "%s: signed for put, not for this; remove it to begin anew", path);
    else
        err_add(err, "%s: signed to set aside version %s, not for this; remove it to begin anew", path,
                signatures->over);
    return same;
}

static bool check_over(const char *over, struct err *err)
{
    bool right = over[0] != '\0' && strlen(over) < SIGNATURE_OVER_BYTES && strcspn(over, "\r\n") == strlen(over);

    if (!right)
        err_add(err, "\"%s\" is no version", over);
    return right;
}

/* ---- sign ------------------------------------------------------------------------------------------------------- */

static void sign_library(const struct order *order, const struct signing_key *key, const char *path, struct err *err)
{
    struct signatures signatures = {0};
    struct library_file file;
    char sidecar[4096], *json = NULL, *line = NULL;

    if (library_file_load(&file, path, err) != 0)
        return;
    const struct signed_library library = {order->rollback != NULL ? SIGNATURE_ROLLBACK : SIGNATURE_PUT,
                                           str_of(file.name), {file.text, file.n}};
    snprintf(sidecar, sizeof(sidecar), "%s.sig", path);
    if ((access(sidecar, F_OK) != 0 || signatures_load(&signatures, sidecar, err) == 0) &&
        continues(&signatures, order->rollback != NULL ? order->rollback : "", sidecar, err) &&
        signatures_sign(&signatures, key, order->key_name, &library, path, err) == 0) {
        json = signatures_write(&signatures);
        if (json != NULL && asprintf(&line, "%s\n", json) > 0 && write_file(sidecar, line, err))
            printf("%s: %s %s, signed for %s by %zu\n", sidecar, file.name, file.version,
                   signature_action_name(library.action), signatures.n);
    }
    free(json);
    free(line);
    library_file_free(&file);
}

static void sign_withdrawal(const struct order *order, const struct signing_key *key, const char *name,
                            const char *version, struct err *err)
{
    const struct signed_library library = {SIGNATURE_WITHDRAW, str_of(name), {0}};
    struct signatures signatures = {0};
    char *json = NULL;

    if (!key_is_name(str_of(name)))
        err_add(err, "\"%s\": the name of a library is " KEY_NAME_RULE, name);
    else if (check_over(version, err) &&
             (order->beside == NULL || signatures_load(&signatures, order->beside, err) == 0) &&
             continues(&signatures, version, order->beside, err) &&
             signatures_sign(&signatures, key, order->key_name, &library, name, err) == 0)
        json = signatures_write(&signatures);
    if (json != NULL)
        puts(json);
    free(json);
}

static int sign_all(struct order *order, char *const *operands)
{
    char name[KEY_NAME_BYTES];
    struct signing_key *key;
    struct err err;
    int code = EXIT_DONE;

    err_init(&err);
    if (order->key_name == NULL && key_name_of(order->key_file, name, &err))
        order->key_name = name;
    key = err.count == 0 ? signing_key_load(order->key_file, &err) : NULL;
    if (key != NULL && order->withdraw)
        sign_withdrawal(order, key, operands[0], operands[1], &err);
    else if (key != NULL && (order->rollback == NULL || check_over(order->rollback, &err)))
        for (size_t i = 0; operands[i] != NULL; i++)
            sign_library(order, key, operands[i], &err);
    signing_key_free(&key);
    if (err.count > 0)
        code = print_problems(&err, "what was to be signed");
    err_fini(&err);
    return code;
}

/* False after an error message. */
static bool read_option(struct args *args, struct order *order)
{
    if (args_is(args, NULL, "--key"))
        return (order->key_file = args_value(args)) != NULL;
    if (args_is(args, NULL, "--name"))
        return (order->key_name = args_value(args)) != NULL;
    if (args_is(args, NULL, "--rollback"))
        return (order->rollback = args_value(args)) != NULL;
    if (args_is(args, NULL, "--beside"))
        return (order->beside = args_value(args)) != NULL;
    if (args_is(args, NULL, "--withdraw"))
        return order->withdraw = true;
    args_unknown(args);
    return false;
}

int command_rules_sign(const struct command *self, int argc, char **argv)
{
    struct order order = {0};
    struct args args;
    int kind;

    args_init(&args, self, argc, argv);
    while ((kind = args_next(&args)) != 0)
        if (kind == 'o' && !read_option(&args, &order))
            return EXIT_USAGE;
    if (order.key_file == NULL)
        return usage_error(self, "with which key? --key FILE");
    if (order.key_name != NULL && !key_is_name(str_of(order.key_name)))
        return usage_error(self, "--name must be " KEY_NAME_RULE);
    if (order.withdraw && order.rollback != NULL)
        return usage_error(self, "either --withdraw or --rollback");
    if (order.beside != NULL && !order.withdraw)
        return usage_error(self, "--beside goes with --withdraw; a library's signatures are in LIBRARY.sig");
    if (order.withdraw && args.noperands != 2)
        return usage_error(self, "--withdraw needs the NAME of a library and the VERSION up to which it goes");
    if (args.noperands == 0)
        return usage_error(self, "which libraries?");
    return sign_all(&order, args.operands);
}
