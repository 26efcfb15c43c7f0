/* replay_topics.c - the history of input topics, one message at a time. */
#include "cli/replay.h"

#include "cli/tally.h"
#include "core/clock.h"

#include <stdlib.h>
#include <unistd.h>

#define PROGRESS_MS 200
#define BATCH_RECORDS 1000

static const struct config_topic *find_topic(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->input.ntopics; i++)
        if (strcmp(config->input.topics[i].name, name) == 0)
            return &config->input.topics[i];
    return NULL;
}

/* Without --topic: all input topics. */
static int choose_topics(struct replay *replay)
{
    size_t n = replay->config->input.ntopics;
    const char **topics;

    if (replay->ntopics > 0)
        return 0;
    topics = realloc(replay->topics, (n + 1) * sizeof(*topics));
    if (topics == NULL)
        return -TS_ENOMEM;
    replay->topics = topics;
    while (replay->ntopics < n) {
        topics[replay->ntopics] = replay->config->input.topics[replay->ntopics].name;
        replay->ntopics++;
    }
    return 0;
}

static int make_feed(const struct replay *replay, const char *name, struct feed **feed, struct err *err)
{
    const struct config_topic *topic = find_topic(replay->config, name);
    const char **names;
    char hint[ERR_HINT_BYTES];

    if (topic != NULL)
        return (*feed = feed_new(topic->feed, name, err)) != NULL ? 0 : -TS_EINVAL;
    names = calloc(replay->config->input.ntopics + 1, sizeof(*names));
    for (size_t i = 0; names != NULL && i < replay->config->input.ntopics; i++)
        names[i] = replay->config->input.topics[i].name;
    err_add(err, "--topic %s: none of input.topics%s", name, names != NULL ? err_hint(name, names, hint) : "");
    free(names);
    return -TS_EINVAL;
}

static void show_progress(const struct replay *replay, int64_t started_ms, int64_t *shown_ms)
{
    int64_t now_ms = clock_mono_ms();
    char records[32], added[32], removed[32];

    if (replay->quiet || !isatty(STDERR_FILENO) || now_ms - *shown_ms < PROGRESS_MS)
        return;
    *shown_ms = now_ms;
    fprintf(stderr, "\r  %s records, %.0f/s, %s added, %s removed ", tally_number(replay->total.records, records),
            (double)replay->total.records * 1000 / (double)(now_ms - started_ms + 1),
            tally_number(replay->total.kinds[REPLAY_ADDED], added),
            tally_number(replay->total.kinds[REPLAY_REMOVED], removed));
}

static int judge_message(struct replay *replay, struct replay_judge *judge, struct feed *const *feeds,
                         struct str cluster, const struct history_message *message, struct replay_batch *batch)
{
    struct alert_source source = {
        .topic = str_of(replay->topics[message->topic]),
        .cluster = cluster,
        .partition = message->partition,
        .offset = message->offset,
        .kafka_timestamp_ms = message->timestamp_ms,
    };
    int rc = replay_judge_payload(judge, feeds[message->topic], message->payload, &source, batch);

    if (rc == 0 && (batch->changes != NULL || batch->count.records >= BATCH_RECORDS))
        rc = replay_take(replay, batch);
    return rc;
}

static int read_history(struct replay *replay, struct replay_judge *judge, struct history *history,
                        struct feed *const *feeds, struct err *err)
{
    struct str cluster = history_cluster(history);
    int64_t started_ms = clock_mono_ms(), shown_ms = started_ms;
    struct history_message message;
    struct replay_batch batch;
    int judged = replay_batch_init(&batch, replay);

    while (judged == 0 && !ferror(stdout) && history_next(history, &message, err) == 1) {
        judged = judge_message(replay, judge, feeds, cluster, &message, &batch);
        show_progress(replay, started_ms, &shown_ms);
    }
    if (judged == 0)
        judged = replay_take(replay, &batch);
    if (judged != 0)
        err_add(err, "%s", ts_strerror(judged));
    replay_batch_fini(&batch);
    if (shown_ms != started_ms)
        fputs("\r\033[K", stderr);
    return err->count > 0 ? -TS_EKAFKA : 0;
}

static int keep_partitions(struct replay *replay, const struct history *history)
{
    size_t n;
    const struct history_partition *partitions = history_partitions(history, &n);

    replay->partitions = calloc(n + 1, sizeof(*partitions));
    if (replay->partitions == NULL)
        return -TS_ENOMEM;
    memcpy(replay->partitions, partitions, n * sizeof(*partitions));
    replay->npartitions = n;
    return 0;
}

static int open_and_read(struct replay *replay, struct replay_judge *judge, struct feed *const *feeds, struct err *err)
{
    const struct history_setup setup = {
        .config = replay->config,
        .topics = replay->topics,
        .ntopics = replay->ntopics,
        .from_ms = replay->from_ms,
        .to_ms = replay->to_ms,
        .ranges = replay->ranges,
        .nranges = replay->nranges,
        .rate = replay->rate,
    };
    struct history *history = history_new(&setup, err);
    int rc = -TS_EKAFKA;

    if (history != NULL && history_cluster(history).n == 0)
        err_add(err, "the brokers do not tell the cluster's id, which is part of the ids of warnings");
    else if (history != NULL)
        rc = read_history(replay, judge, history, feeds, err);
    if (rc == 0)
        rc = keep_partitions(replay, history);
    history_free(&history);
    return rc == 0 ? EXIT_DONE : EXIT_RUNTIME;
}

int replay_topics(struct replay *replay, struct err *err)
{
    struct replay_judge judge = {0};
    int code = choose_topics(replay) == 0 ? EXIT_DONE : EXIT_RUNTIME;
    struct feed **feeds = calloc(replay->ntopics + 1, sizeof(struct feed *));

    for (size_t i = 0; feeds != NULL && i < replay->ntopics; i++)
        if (make_feed(replay, replay->topics[i], &feeds[i], err) != 0)
            code = EXIT_USAGE;
    if (feeds == NULL || replay_judge_init(&judge, replay) != 0) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        code = EXIT_RUNTIME;
    }
    if (code == EXIT_DONE)
        code = open_and_read(replay, &judge, feeds, err);
    replay_judge_fini(&judge);
    for (size_t i = 0; feeds != NULL && i < replay->ntopics; i++)
        feed_free(&feeds[i]);
    free(feeds);
    return code;
}
