/* rules_way.c - options, then what they open. */
#include "cli/rules_way.h"
#include "cli/grid.h"
#include "cli/read_file.h"
#include "cli/topic_reader.h"
#include "core/clock.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_NODE "http://127.0.0.1:9464"
#define DAY_S 86400

void way_init(struct way *way)
{
    *way = (struct way){.timeout_s = WAY_TIMEOUT_S};
}

int way_option(struct way *way, struct args *args)
{
    const char **into = NULL;

    if (args_is(args, NULL, "--topic"))
        return way->topic = true;
    if (args_is(args, NULL, "--timeout"))
        return args_number(args, 1, &way->timeout_s) ? 1 : -1;
    if (args_is(args, NULL, "--node"))
        into = &way->url;
    else if (args_is(args, NULL, "--token-file"))
        into = &way->token_file;
    else if (args_is(args, "-c", "--config"))
        into = &way->config_file;
    if (into == NULL)
        return 0;
    return (*into = args_value(args)) != NULL ? 1 : -1;
}

int way_check(const struct way *way, const struct command *command)
{
    if (way->topic && way->config_file == NULL)
        return usage_error(command, "--topic needs the configuration that names topics and brokers: -c FILE");
    if (way->topic && (way->url != NULL || way->token_file != NULL))
        return usage_error(command, "either --topic, or --node and --token-file");
    if (way->timeout_s > DAY_S)
        return usage_error(command, "--timeout is at most a day, %d seconds", DAY_S);
    return EXIT_DONE;
}

/* The first line of the file. */
static int read_token(struct way *way, struct err *err)
{
    size_t n;
    char *text = read_file(way->token_file, &n, err);

    if (text == NULL)
        return -TS_EIO;
    n = strcspn(text, "\r\n");
    if (n == 0 || n >= sizeof(way->token))
        err_add(err, "%s: its first line must be the token, of 1 to %zu bytes", way->token_file,
                sizeof(way->token) - 1);
    else
        snprintf(way->token, sizeof(way->token), "%.*s", (int)n, text);
    free(text);
    return way->token[0] != '\0' ? 0 : -TS_EINVAL;
}

static int use_config(struct way *way, struct err *err)
{
    way->config = config_load(way->config_file, NULL, 0, err);
    if (way->config == NULL)
        return -TS_EINVAL;
    if (way->topic)
        return 0;
    if (way->url == NULL && way->config->admin.listen[0] == '\0') {
        err_add(err, "%s: admin.listen is empty: this node has no HTTP; --topic or --node URL", way->config_file);
        return -TS_EINVAL;
    }
    if (way->url == NULL)
        snprintf(way->node, sizeof(way->node), "http://%s", way->config->admin.listen);
    if (strlen(way->config->admin.token) < sizeof(way->token)) {
        strcpy(way->token, way->config->admin.token);
        return 0;
    }
    err_add(err, "%s: admin.token is longer than %zu bytes", way->config_file, sizeof(way->token) - 1);
    return -TS_ELIMIT;
}

int way_open(struct way *way, struct err *err)
{
    int rc = 0;

    log_set_level(LOG_LEVEL_ERROR + 1); /* nothing: what a daemon would log is told here as an error of the command */
    way->deadline_mono_ms = clock_mono_ms() + way->timeout_s * 1000;
    snprintf(way->node, sizeof(way->node), "%s", way->url != NULL ? way->url : DEFAULT_NODE);
    if (way->config_file != NULL)
        rc = use_config(way, err);
    return rc == 0 && way->token_file != NULL ? read_token(way, err) : rc;
}

void way_close(struct way *way)
{
    config_free(&way->config);
}

const char *way_topic(const struct way *way, const char *option, const char *topic, struct err *err)
{
    if (topic[0] != '\0')
        return topic;
    err_add(err, "%s: %s names no topic", way->config_file, option);
    return NULL;
}

int way_ask(const struct way *way, const struct node_request *request, struct node_reply *reply, struct err *err)
{
    return node_ask(way->node, way->token, request, way->timeout_s, reply, err);
}

int way_failed(const struct err *err, int code)
{
    for (const char *line = err->text; line != NULL && *line != '\0'; line += strcspn(line, "\n") + 1) {
        char *copy = strndup(line, strcspn(line, "\n"));
        put_harmless(stderr, copy);
        fputc('\n', stderr);
        free(copy);
    }
    return code;
}

/* ---- one library ------------------------------------------------------------------------------------------------- */

static char *fetch_by_http(const struct way *way, const char *name, size_t *n, int *code, struct err *err)
{
    struct node_request request = {.method = "GET"};
    struct node_reply reply;
    char path[300];

    *code = EXIT_RUNTIME;
    snprintf(path, sizeof(path), "/rules/%s", name);
    request.path = path;
    if (way_ask(way, &request, &reply, err) != 0)
        return NULL;
    *n = reply.n;
    if (reply.status == 200)
        return reply.text;
    if (reply.status == 404) {
        *code = EXIT_BAD_DATA;
        err_add(err, "%s: no library \"%s\" is live there; telsieve rules list names those that are", way->node, name);
    } else
        node_refused(way->node, way->token[0] != '\0', &reply, err);
    node_reply_free(&reply);
    return NULL;
}

struct wanted {
    const char *name;
    char *text;
    size_t n;
};

static void keep_newest(void *ctx, const struct follower_message *message)
{
    struct wanted *wanted = ctx;

    if (!str_eqz(message->key, wanted->name))
        return;
    free(wanted->text);
    wanted->text = NULL;
    wanted->n = message->value.n;
    if (!message->tombstone && (wanted->text = malloc(wanted->n + 1)) != NULL) {
        memcpy(wanted->text, message->value.p, wanted->n);
        wanted->text[wanted->n] = '\0';
    }
}

static char *fetch_by_topic(const struct way *way, const char *name, size_t *n, int *code, struct err *err)
{
    struct wanted wanted = {.name = name};
    const char *topic = way_topic(way, "control.rules", way->config->control.rules, err);
    struct topic_reader *reader;

    *code = topic != NULL ? EXIT_RUNTIME : EXIT_BAD_DATA;
    reader = topic != NULL ? topic_reader_new(way->config, topic, keep_newest, &wanted, err) : NULL;
    if (reader != NULL && topic_reader_catch_up(reader, way->deadline_mono_ms, err) == 0 && wanted.text == NULL) {
        *code = EXIT_BAD_DATA;
        err_add(err, "topic %s holds no library \"%s\"", topic, name);
    }
    topic_reader_free(&reader);
    *n = wanted.n;
    if (err->count == 0)
        return wanted.text;
    free(wanted.text);
    return NULL;
}

char *way_fetch(const struct way *way, const char *name, size_t *n, int *code, struct err *err)
{
    return way->topic ? fetch_by_topic(way, name, n, code, err) : fetch_by_http(way, name, n, code, err);
}
