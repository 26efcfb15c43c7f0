/* compile_job.c - both ends are the same program, so the form has no version and is only checked for being whole. */
#include "daemon/compile_job.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- writing ----------------------------------------------------------------------------------------------- */

static json_t *numbers(const double *from, size_t n)
{
    json_t *array = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(array, json_real(from[i]));
    return array;
}

static json_t *names(const char *const *from)
{
    json_t *array = from != NULL ? json_array() : json_null();

    for (size_t i = 0; from != NULL && from[i] != NULL; i++)
        json_array_append_new(array, json_string(from[i]));
    return array;
}

static json_t *fed_heads(const struct ruleset_options *options)
{
    json_t *array = json_array();

    for (size_t i = 0; i < options->nfed; i++)
        json_array_append_new(array, json_pack("{s:s,s:s,s:I}", "name", options->fed[i].name, "place",
                                               options->fed[i].place, "n", (json_int_t)options->fed[i].text.n));
    return array;
}

static json_t *head_of(const struct compile_job *job)
{
    const struct ruleset_options *options = &job->options;
    const double bonus[] = {options->bonus_disguise, options->bonus_international, options->bonus_international_url,
                            options->bonus_personal_url};

    return json_pack("{s:s,s:s,s:s?,s:I,s:I,s:I,s:o,s:o,s:o,s:o,s:o}", "dir", job->dir, "cache", options->cache,
                     "model", options->model, "memory", (json_int_t)job->memory_bytes, "cpu", (json_int_t)job->cpu_s,
                     "parent", (json_int_t)job->parent, "weight", numbers(options->weight, ROLE_COUNT), "bonus",
                     numbers(bonus, 4), "tier", numbers(options->score_tier, 4), "changed", names(options->changed),
                     "fed", fed_heads(options));
}

static bool write_texts(FILE *out, const struct ruleset_options *options)
{
    for (size_t i = 0; i < options->nfed; i++)
        if (fwrite(options->fed[i].text.p, 1, options->fed[i].text.n, out) != options->fed[i].text.n)
            return false;
    return true;
}

static bool write_file(int fd, const json_t *head, const struct ruleset_options *options)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    FILE *out = copy >= 0 ? fdopen(copy, "w") : NULL;
    bool ok = out != NULL && json_dumpf(head, out, JSON_COMPACT) == 0 && fputc('\n', out) != EOF &&
              write_texts(out, options);

    if (out != NULL)
        ok = fclose(out) == 0 && ok;
    else if (copy >= 0)
        close(copy);
    return ok && lseek(fd, 0, SEEK_SET) == 0;
}

int compile_job_write(const struct compile_job *job, struct err *err)
{
    json_t *head = head_of(job);
    int fd = head != NULL ? memfd_create("telsieve-compile", MFD_CLOEXEC) : -1;

    if (fd >= 0 && !write_file(fd, head, &job->options)) {
        close(fd);
        fd = -1;
    }
    json_decref(head);
    if (fd < 0)
        err_add(err, "the compiler cannot be told what to compile: out of memory or file descriptors, or a name is "
                     "not UTF-8");
    return fd;
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

static void read_numbers(const json_t *head, const char *key, double *out, size_t n)
{
    const json_t *array = json_object_get(head, key);

    for (size_t i = 0; i < n; i++)
        out[i] = json_number_value(json_array_get(array, i));
}

static void read_options(struct compile_reading *reading)
{
    struct ruleset_options *options = &reading->job.options;
    double bonus[4];

    ruleset_options_default(options);
    options->cache = json_string_value(json_object_get(reading->head, "cache"));
    options->model = json_string_value(json_object_get(reading->head, "model"));
    read_numbers(reading->head, "weight", options->weight, ROLE_COUNT);
    read_numbers(reading->head, "tier", options->score_tier, 4);
    read_numbers(reading->head, "bonus", bonus, 4);
    options->bonus_disguise = bonus[0];
    options->bonus_international = bonus[1];
    options->bonus_international_url = bonus[2];
    options->bonus_personal_url = bonus[3];
}

static int read_changed(struct compile_reading *reading)
{
    const json_t *array = json_object_get(reading->head, "changed");
    size_t n = json_array_size(array);

    if (!json_is_array(array))
        return 0;
    if ((reading->changed = calloc(n + 1, sizeof(*reading->changed))) == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < n; i++)
        reading->changed[i] = json_string_value(json_array_get(array, i));
    reading->job.options.changed = reading->changed;
    return 0;
}

/* The texts stand behind the head. */
static int read_fed(struct compile_reading *reading, const char *text)
{
    const json_t *array = json_object_get(reading->head, "fed");
    size_t n = json_array_size(array), left = (size_t)(reading->map + reading->map_bytes - text);

    if ((reading->fed = calloc(n + 1, sizeof(*reading->fed))) == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(array, i);
        size_t length = (size_t)json_integer_value(json_object_get(one, "n"));

        if (length > left)
            return -TS_EINVAL;
        reading->fed[i] = (struct fed_library){json_string_value(json_object_get(one, "name")), {text, length},
                                               json_string_value(json_object_get(one, "place"))};
        text += length;
        left -= length;
    }
    reading->job.options.fed = reading->fed;
    reading->job.options.nfed = n;
    return left == 0 ? 0 : -TS_EINVAL;
}

static int read_head(struct compile_reading *reading)
{
    const char *end = memchr(reading->map, '\n', reading->map_bytes);
    int rc;

    if (end == NULL)
        return -TS_EINVAL;
    reading->head = json_loadb(reading->map, (size_t)(end - reading->map), 0, NULL);
    reading->job.dir = json_string_value(json_object_get(reading->head, "dir"));
    if (reading->job.dir == NULL)
        return -TS_EINVAL;
    reading->job.memory_bytes = json_integer_value(json_object_get(reading->head, "memory"));
    reading->job.cpu_s = json_integer_value(json_object_get(reading->head, "cpu"));
    reading->job.parent = (pid_t)json_integer_value(json_object_get(reading->head, "parent"));
    read_options(reading);
    rc = read_changed(reading);
    return rc == 0 ? read_fed(reading, end + 1) : rc;
}

int compile_job_read(int fd, struct compile_reading *out)
{
    struct stat st;
    void *map;
    int rc;

    *out = (struct compile_reading){0};
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
        return -TS_EINVAL;
    map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED)
        return -TS_ENOMEM;
    out->map = map;
    out->map_bytes = (size_t)st.st_size;
    rc = read_head(out);
    if (rc != 0)
        compile_job_fini(out);
    return rc;
}

void compile_job_fini(struct compile_reading *reading)
{
    json_decref(reading->head);
    free(reading->fed);
    free(reading->changed);
    if (reading->map != NULL)
        munmap(reading->map, reading->map_bytes);
    *reading = (struct compile_reading){0};
}
