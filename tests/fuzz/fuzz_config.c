/* fuzz_config.c - any bytes as a configuration file: a problem list or a whole configuration, never both, never
 * neither; every place is inside the text; references are not followed into files of the machine. */
#include "config/config.h"
#include "config/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Files and the environment must not decide what a run does. */
static bool has_reference(struct str text)
{
    return memmem(text.p, text.n, "file", 4) != NULL || memmem(text.p, text.n, "env", 3) != NULL ||
           memmem(text.p, text.n, "credential", 10) != NULL || memchr(text.p, '\\', text.n) != NULL;
}

/* Every line of the problem list has a place inside a text of this many lines. */
static void check_places(const struct err *err, struct str text)
{
    unsigned lines = 1;

    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    for (const char *line = err->text; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1) {
        const char *colon = strchr(line, ':');
        unsigned l = 0, c = 0;
        if (colon == NULL || strchr(line, '\n') == NULL)
            abort();
        if (sscanf(colon, ":%u:%u:", &l, &c) == 2 && (l == 0 || c == 0 || l > lines || c > text.n + 1))
            abort();
        if (strchr(line, '\n')[1] == '\0')
            break;
    }
}

static void load_document(struct str text)
{
    struct document document;
    struct err err;
    unsigned line, col;
    int rc;

    err_init(&err);
    rc = document_parse(&document, "fuzz", text, &err);
    if ((rc == 0) != (err.count == 0) || (rc == 0) != (document.root != NULL))
        abort();
    if (rc == 0) {
        const char *key;
        json_t *value;
        json_object_foreach(document.root, key, value) {
            struct document_step step = {key, 0};
            document_find(&document, &step, 1, true, &line, &col);
            if (line == 1 && col == 1)
                abort(); /* a key that exists was not found */
        }
        document_find_path(&document, "a[0].\"b.c\".d[3]", false, &line, &col);
    }
    check_places(&err, text);
    document_fini(&document);
    err_fini(&err);
}

static void load_config(struct str text)
{
    char file[] = "/tmp/fuzz-config-XXXXXX";
    int fd = mkstemp(file);
    struct config *config;
    struct err err;

    if (fd < 0 || write(fd, text.p, text.n) != (ssize_t)text.n)
        abort();
    close(fd);
    err_init(&err);
    config = config_load(file, NULL, 0, &err);
    unlink(file);
    if ((config != NULL) != (err.count == 0))
        abort();
    if (config != NULL && (config->input.ntopics == 0 || config->output.warnings == NULL))
        abort();
    config_free(&config);
    err_fini(&err);
}

/* The bytes up to the first NUL as a --set. */
static void load_set(struct str text)
{
    char *set = strndup(text.p, text.n);
    const char *sets[] = {set};
    struct err err;
    struct config *config;

    err_init(&err);
    config = config_load(NULL, sets, 1, &err);
    if ((config != NULL) != (err.count == 0))
        abort();
    config_free(&config);
    err_fini(&err);
    free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};

    if (size > 16384)
        return 0;
    load_document(text);
    if (!has_reference(text)) {
        load_config(text);
        load_set(text);
    }
    return 0;
}
