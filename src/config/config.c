/* config.c - the file and the overrides become one tree; the tree is walked for keys nobody knows; every option of
 * the table is read from it or from its default; what concerns several options is checked in the end. Each step adds
 * its problems and lets the next go on, so that all are seen at once. */
#include "config/config.h"
#include "config/values.h"
#include "core/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- problems ------------------------------------------------------------------------------------------------- */

/* Did this value come from a --set? The path below the option decides for its members. */
static bool is_overridden(const struct loader *loader, const struct option *option, const char *inside)
{
    for (size_t i = loader->noverrides; i-- > 0;) {
        const struct override *set = &loader->overrides[i];
        size_t n = set->member != NULL ? strlen(set->member) : 0;
        if (set->option != option)
            continue;
        if (set->member == NULL || *inside == '\0' ||
            (strncmp(inside, ".\"", 2) == 0 && strncmp(inside + 2, set->member, n) == 0 && inside[2 + n] == '"'))
            return true;
    }
    return false;
}

/* A path for people: without the quotes that only separate. */
static void write_path(const struct option *option, const char *inside, char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "%s", option->key);

    for (; *inside != '\0' && n + 1 < size; inside++)
        if (*inside != '"')
            out[n++] = *inside;
    out[n] = '\0';
}

void loader_problem(struct loader *loader, const struct option *option, const char *inside, const char *fmt, ...)
{
    char text[700], path[400], written[500];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    write_path(option, inside, path, sizeof(path));
    snprintf(written, sizeof(written), "%s%s", option->key, inside);
    if (is_overridden(loader, option, inside))
        err_add(loader->err, "--set %s: %s", path, text);
    else if (loader->document != NULL)
        document_error(loader->document, loader->err, written, false, "%s: %s", path, text);
    else
        err_add(loader->err, "%s: %s", path, text);
}

/* ---- the tree ------------------------------------------------------------------------------------------------- */

/* Length of the section's name in an option key, 0 for a key without one. */
static size_t section_length(const char *key)
{
    const char *dot = strchr(key, '.');

    return dot != NULL ? (size_t)(dot - key) : 0;
}

/* The object an option stands in; made when absent and `make`. NULL when there is none. */
static json_t *section_of(json_t *root, const struct option *option, bool make)
{
    size_t n = section_length(option->key);
    char name[32];
    json_t *section;

    if (n == 0)
        return root;
    snprintf(name, sizeof(name), "%.*s", (int)n, option->key);
    section = json_object_get(root, name);
    if (section == NULL && make) {
        section = json_object();
        json_object_set_new(root, name, section);
    }
    return json_is_object(section) ? section : NULL;
}

static const char *leaf_of(const struct option *option)
{
    size_t n = section_length(option->key);

    return n > 0 ? option->key + n + 1 : option->key;
}

static json_t *tree_get(json_t *root, const struct option *option)
{
    return json_object_get(section_of(root, option, false), leaf_of(option));
}

/* Should `text` after --set be taken as it is, though it reads as JSON? */
static bool wants_text(const struct option *option, const char *member, const json_t *parsed)
{
    bool textual = option->type == OPTION_STRING || option->type == OPTION_BYTES || option->type == OPTION_LEVEL ||
                   option->form == FORM_FORMAT || (option->type == OPTION_PROPERTIES && member != NULL);

    return parsed == NULL || (textual && !json_is_string(parsed) && !json_is_object(parsed));
}

/* Lay one override over the tree. */
static void tree_set(struct loader *loader, const struct override *set, const char *text)
{
    json_t *section = section_of(loader->root, set->option, true);
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    json_t *object;
    int rc;

    if (wants_text(set->option, set->member, value)) {
        json_decref(value);
        value = json_string(text);
    }
    object = json_object_get(section, leaf_of(set->option));
    if (set->member != NULL && object == NULL && section != NULL) {
        object = json_loads(set->option->fallback != NULL ? set->option->fallback : "{}", 0, NULL);
        json_object_set_new(section, leaf_of(set->option), object);
    }
    if (set->member != NULL)
        rc = json_object_set_new(object, set->member, value);
    else
        rc = json_object_set_new(section, leaf_of(set->option), value);
    if (rc != 0 && section != NULL)
        loader_problem(loader, set->option, "", "cannot be set: not UTF-8, or not an object in the file");
}

/* The option a --set key names, and the member behind it when the option is an object. */
static const struct option *find_set(struct str key, struct str *member)
{
    const struct option *option = option_find(key);

    *member = (struct str){0};
    if (option != NULL)
        return option;
    for (size_t i = 0; i < option_count; i++) {
        size_t n = strlen(option_table[i].key);
        if ((option_table[i].type == OPTION_PROPERTIES || option_table[i].form == FORM_OBJECT) && key.n > n + 1 &&
            memcmp(key.p, option_table[i].key, n) == 0 && key.p[n] == '.') {
            *member = (struct str){key.p + n + 1, key.n - n - 1};
            return &option_table[i];
        }
    }
    return NULL;
}

static const char *hint_at_key(const char *key, char out[ERR_HINT_BYTES])
{
    const char *names[128];
    size_t n = 0;

    for (size_t i = 0; i < option_count && n + 1 < sizeof(names) / sizeof(names[0]); i++)
        names[n++] = option_table[i].key;
    names[n] = NULL;
    return err_hint(key, names, out);
}

static void apply_set(struct loader *loader, const char *text)
{
    const char *equals = strchr(text, '=');
    struct str key = equals != NULL ? str_range(text, equals) : str_of(text), member;
    struct override *set = &loader->overrides[loader->noverrides];
    char name[80], hint[ERR_HINT_BYTES];

    snprintf(name, sizeof(name), "%.*s", key.n < 70 ? (int)key.n : 70, key.p);
    if (equals == NULL) {
        err_add(loader->err, "--set %s: must be key=value", name);
        return;
    }
    set->option = find_set(key, &member);
    if (set->option == NULL) {
        err_add(loader->err, "--set %s: unknown key%s", name, hint_at_key(name, hint));
        return;
    }
    set->member = member.n > 0 ? strndup(member.p, member.n) : NULL;
    loader->noverrides++;
    tree_set(loader, set, equals + 1);
}

/* ---- keys nobody knows ---------------------------------------------------------------------------------------- */

/* Names that may stand in a section (NULL = at the top), NULL-terminated, in `names`; storage for section names. */
static void list_names(const char *section, const char *names[128], char sections[128][32])
{
    size_t n = 0, depth = section != NULL ? strlen(section) : 0;

    for (size_t i = 0; i < option_count && n < 127; i++) {
        size_t length = section_length(option_table[i].key);
        if (section == NULL && length > 0) {
            snprintf(sections[n], 32, "%.*s", (int)length, option_table[i].key);
            names[n] = sections[n];
            n += n == 0 || strcmp(names[n - 1], names[n]) != 0;
        } else if (section == NULL || (length == depth && memcmp(option_table[i].key, section, depth) == 0)) {
            names[n++] = leaf_of(&option_table[i]);
        }
    }
    names[n] = NULL;
}

/* The key a misplaced name would be right under, or NULL: "listen" -> "admin.listen". */
static const char *elsewhere(const char *name)
{
    for (size_t i = 0; i < option_count; i++)
        if (strcmp(leaf_of(&option_table[i]), name) == 0)
            return option_table[i].key;
    return NULL;
}

static void unknown_key(struct loader *loader, const char *section, const char *name, const char *const *names)
{
    const char *moved = elsewhere(name), *near = moved == NULL ? err_nearest(name, names) : NULL;
    const char *dot = section != NULL ? "." : "";
    const struct document_step steps[] = {{section != NULL ? section : name, 0}, {name, 0}};
    char hint[160] = "";
    unsigned line, col;

    if (section == NULL)
        section = "";
    if (near != NULL)
        snprintf(hint, sizeof(hint), " (did you mean \"%s%s%s\"?)", section, dot, near);
    else if (moved != NULL)
        snprintf(hint, sizeof(hint), " (did you mean \"%s\"?)", moved);
    document_find(loader->document, steps, *dot != '\0' ? 2 : 1, true, &line, &col);
    err_at(loader->err, loader->document->file, line, col, "unknown key \"%s%s%.*s\"%s", section, dot,
           (int)utf8_prefix(str_of(name), 60), name, hint);
}

/* Every key of the file at one level; sections are gone into. */
static void check_keys(struct loader *loader, const char *section, json_t *object)
{
    const char *names[128], *name;
    char sections[128][32];
    json_t *value;

    list_names(section, names, sections);
    json_object_foreach(object, name, value) {
        if (!str_is_among(str_of(name), names))
            unknown_key(loader, section, name, names);
        else if (section == NULL && option_find(str_of(name)) == NULL && !json_is_object(value))
            document_error(loader->document, loader->err, name, false, "%s: must be an object", name);
        else if (section == NULL && option_find(str_of(name)) == NULL)
            check_keys(loader, name, value);
    }
}

/* ---- what concerns several options ---------------------------------------------------------------------------- */

static bool is_input(const struct config *config, const char *topic)
{
    for (size_t i = 0; i < config->input.ntopics; i++)
        if (strcmp(config->input.topics[i].name, topic) == 0)
            return true;
    return false;
}

static bool is_topic(const struct option *option)
{
    return option->form == FORM_TOPIC || option->form == FORM_TOPIC_OR_NONE;
}

/* Every topic has one use. */
static void check_topics(struct loader *loader)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        const char *name = is_topic(option) ? *(char **)((char *)loader->config + option->offset) : "";
        if (*name == '\0')
            continue;
        if (is_input(loader->config, name))
            loader_problem(loader, option, "", "is also in input.topics: %s",
                           strncmp(option->key, "output.", 7) == 0 ? "what is written would be read again"
                                                                   : "a control topic carries no records");
        for (size_t j = 0; j < i; j++)
            if (is_topic(&option_table[j]) &&
                strcmp(name, *(char **)((char *)loader->config + option_table[j].offset)) == 0)
                loader_problem(loader, option, "", "must not be the topic of %s", option_table[j].key);
    }
}

static void check_scores(struct loader *loader)
{
    const struct config *config = loader->config;

    if (config->rules.score_medium < config->rules.score_low)
        loader_problem(loader, option_find(STR_LIT("rules.score_medium")), "", "must not be below rules.score_low");
    if (config->rules.score_high < config->rules.score_medium)
        loader_problem(loader, option_find(STR_LIT("rules.score_high")), "", "must not be below rules.score_medium");
}

static void check_signatures(struct loader *loader)
{
    const struct config *config = loader->config;

    if (strcmp(config->rules.require_signature, "off") != 0 && config->rules.trusted_keys[0] == '\0')
        loader_problem(loader, option_find(STR_LIT("rules.require_signature")), "",
                       "needs rules.trusted_keys, the folder of the keys that may sign");
}

static void check_feedback(struct loader *loader)
{
    const struct config *config = loader->config;

    if (config->control.feedback[0] != '\0' && config->control.state[0] == '\0')
        loader_problem(loader, option_find(STR_LIT("control.feedback")), "",
                       "needs control.state, the folder that keeps which rules fired");
}

static bool names_brokers(const json_t *properties)
{
    return json_object_get(properties, "bootstrap.servers") != NULL ||
           json_object_get(properties, "metadata.broker.list") != NULL;
}

static void check_brokers(struct loader *loader)
{
    const struct config *config = loader->config;

    if (!names_brokers(config->kafka.common) &&
        !(names_brokers(config->kafka.consumer) && names_brokers(config->kafka.producer)))
        loader_problem(loader, option_find(STR_LIT("kafka.common")), "", "needs \"bootstrap.servers\"");
}

/* A name nobody gave is the host's. */
static void name_node(struct loader *loader)
{
    char host[256] = "";

    if (loader->config->node[0] != '\0')
        return;
    if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
        loader_problem(loader, option_find(STR_LIT("node")), "", "must be given: this host has no name");
    free(loader->config->node);
    loader->config->node = strdup(host);
    if (loader->config->node == NULL)
        err_add(loader->err, "%s", ts_strerror(TS_ENOMEM));
}

/* ---- load ----------------------------------------------------------------------------------------------------- */

static void store_options(struct loader *loader)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        json_t *value = tree_get(loader->root, option), *fallback = NULL;

        if (value == NULL && option->fallback != NULL)
            value = fallback = json_loads(option->fallback, JSON_DECODE_ANY, NULL);
        if (value != NULL)
            value_store(loader, option, value);
        json_decref(fallback);
    }
}

static void load(struct loader *loader, const char *const *sets, size_t nsets)
{
    unsigned before = loader->err->count;

    if (loader->document != NULL)
        check_keys(loader, NULL, loader->root);
    for (size_t i = 0; i < nsets; i++)
        apply_set(loader, sets[i]);
    store_options(loader);
    if (loader->err->count > before)
        return; /* the values below may be missing */
    check_topics(loader);
    check_scores(loader);
    check_signatures(loader);
    check_feedback(loader);
    check_brokers(loader);
    name_node(loader);
}

struct config *config_load(const char *file, const char *const *sets, size_t nsets, struct err *err)
{
    struct document document = {0};
    struct loader loader = {.err = err};
    unsigned before = err->count;

    if (file != NULL && document_load(&document, file, err) != 0)
        return NULL;
    loader.config = calloc(1, sizeof(*loader.config));
    loader.overrides = calloc(nsets + 1, sizeof(*loader.overrides));
    loader.document = file != NULL ? &document : NULL;
    loader.root = file != NULL ? json_deep_copy(document.root) : json_object();
    if (loader.config != NULL && loader.overrides != NULL && loader.root != NULL) {
        loader.config->file = strdup(file != NULL ? file : "");
        load(&loader, sets, nsets);
    } else {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
    }
    for (size_t i = 0; i < loader.noverrides; i++)
        free(loader.overrides[i].member);
    free(loader.overrides);
    json_decref(loader.root);
    document_fini(&document);
    if (err->count > before)
        config_free(&loader.config);
    return loader.config;
}

void config_free(struct config **config)
{
    if (*config == NULL)
        return;
    for (size_t i = 0; i < option_count; i++)
        value_free(*config, &option_table[i]);
    free((*config)->file);
    free(*config);
    *config = NULL;
}

void config_compare(const struct config *a, const struct config *b, void (*fn)(void *ctx, const struct option *option),
                    void *ctx)
{
    for (size_t i = 0; i < option_count; i++)
        if (!value_equal(a, b, &option_table[i]))
            fn(ctx, &option_table[i]);
}
