/* history.c - offsets for the times first, then one assignment; a partition that is read to its end is paused.
 *
 * A partition ends with the first message at or behind `end`, or where librdkafka says that it ends: what lies last may
 * be a marker of a transaction, or compacted away. */
#include "kafka/history.h"
#include "core/clock.h"
#include "kafka/client.h"
#include "kafka/prefetch.h"

#include <librdkafka/rdkafka.h>

#include <stdlib.h>
#include <time.h>

#define ASK_MS 10000
#define DESTROY_MS 2000

struct history {
    struct client client; /* first: librdkafka's opaque */
    struct history_setup setup;
    rd_kafka_t *rk;
    struct prefetch *prefetch;
    char *cluster;
    struct history_partition *partitions; /* by topic, then by number */
    bool *done;                           /* of each */
    size_t n, left;
    rd_kafka_message_t *message; /* lent */
    int64_t started_mono_ms, heard_mono_ms;
    uint64_t given;
};

/* ---- offsets --------------------------------------------------------------------------------------------------- */

static bool is_wanted(const struct history_setup *setup, int32_t partition)
{
    for (size_t i = 0; i < setup->nranges; i++)
        if (partition >= setup->ranges[i].first && partition <= setup->ranges[i].last)
            return true;
    return setup->nranges == 0;
}

static int add_partitions(struct history *history, size_t topic, int n)
{
    size_t all = history->n + (size_t)n;
    struct history_partition *partitions = realloc(history->partitions, all * sizeof(*partitions));

    if (partitions == NULL)
        return -TS_ENOMEM;
    history->partitions = partitions;
    for (int32_t i = 0; i < n; i++)
        if (is_wanted(&history->setup, i))
            partitions[history->n++] = (struct history_partition){.topic = topic, .partition = i, .first_ms = -1};
    return 0;
}

static int find_partitions(struct history *history, size_t topic, struct err *err)
{
    const char *name = history->setup.topics[topic];
    rd_kafka_topic_t *handle = rd_kafka_topic_new(history->rk, name, NULL);
    char cause[CLIENT_CAUSE] = "";
    size_t before = history->n;
    int code, n = 0;

    if (handle == NULL) {
        err_add(err, "topic %s: %s", name, rd_kafka_err2str(rd_kafka_last_error()));
        return -TS_EKAFKA;
    }
    code = client_probe(history->rk, handle, ASK_MS, cause);
    if (code == 0 && (n = client_partitions(history->rk, handle, ASK_MS)) <= 0)
        code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    rd_kafka_topic_destroy(handle);
    if (code != 0) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(history->rk, 0); /* for what librdkafka says is wrong */
        if (message != NULL)
            rd_kafka_message_destroy(message);
        err_add(err, "%s%s%s", cause[0] != '\0' ? cause : name, history->client.cause[0] != '\0' ? ": " : "",
                history->client.cause);
        return -TS_EKAFKA;
    }
    if (add_partitions(history, topic, n) != 0) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return -TS_ENOMEM;
    }
    if (history->n > before)
        return 0;
    err_add(err, "topic %s has the partitions 0 to %d, none of those asked for", name, n - 1);
    return -TS_EKAFKA;
}

/* One request for all partitions: the offset of the first message at or behind a time, -1 when there is none.
 * `time_ms` may be RD_KAFKA_OFFSET_BEGINNING or RD_KAFKA_OFFSET_END. */
static int ask(struct history *history, int64_t time_ms, int64_t *out, struct err *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)history->n);
    rd_kafka_resp_err_t code;

    for (size_t i = 0; i < history->n; i++)
        rd_kafka_topic_partition_list_add(list, history->setup.topics[history->partitions[i].topic],
                                          history->partitions[i].partition)
            ->offset = time_ms;
    code = rd_kafka_offsets_for_times(history->rk, list, ASK_MS);
    for (int i = 0; i < list->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        code = list->elems[i].err;
        out[i] = list->elems[i].offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    err_add(err, "no offsets of the times asked for: %s", rd_kafka_err2str(code));
    return -TS_EKAFKA;
}

static void place(struct history *history, size_t i, const int64_t offsets[4])
{
    struct history_partition *p = &history->partitions[i];
    int64_t low = offsets[0], high = offsets[1], from = offsets[2], to = offsets[3];

    p->start = from >= 0 ? from : high;
    p->end = to >= 0 ? to : high;
    p->cut = low > 0 && (p->start == low || low == high); /* until a first message of just that time is seen */
    history->done[i] = p->start >= p->end;
    if (!history->done[i])
        history->left++;
}

static int find_offsets(struct history *history, struct err *err)
{
    const struct history_setup *setup = &history->setup;
    int64_t *found = calloc(4 * history->n + 1, sizeof(*found));
    size_t n = history->n;
    int rc = -TS_ENOMEM;

    history->done = calloc(n + 1, sizeof(*history->done));
    if (found == NULL || history->done == NULL)
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
    else if ((rc = ask(history, RD_KAFKA_OFFSET_BEGINNING, found, err)) == 0 &&
             (rc = ask(history, RD_KAFKA_OFFSET_END, found + n, err)) == 0 &&
             (rc = ask(history, setup->from_ms, found + 2 * n, err)) == 0 &&
             (rc = ask(history, setup->to_ms + HISTORY_SLACK_MS, found + 3 * n, err)) == 0)
        for (size_t i = 0; i < n; i++)
            place(history, i, (int64_t[]){found[i], found[n + i], found[2 * n + i], found[3 * n + i]});
    free(found);
    return rc;
}

static int assign(struct history *history, struct err *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)history->n);
    rd_kafka_resp_err_t code;

    for (size_t i = 0; i < history->n; i++)
        if (!history->done[i])
            rd_kafka_topic_partition_list_add(list, history->setup.topics[history->partitions[i].topic],
                                              history->partitions[i].partition)
                ->offset = history->partitions[i].start;
    code = rd_kafka_assign(history->rk, list);
    if (history->prefetch != NULL)
        prefetch_assign(history->prefetch, list);
    else
        rd_kafka_topic_partition_list_destroy(list);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    err_add(err, "no partitions are assigned: %s", rd_kafka_err2str(code));
    return -TS_EKAFKA;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static size_t lookup(const struct history *history, const rd_kafka_message_t *message)
{
    const char *name = message->rkt != NULL ? rd_kafka_topic_name(message->rkt) : "";

    for (size_t i = 0; i < history->n; i++)
        if (history->partitions[i].partition == message->partition &&
            strcmp(history->setup.topics[history->partitions[i].topic], name) == 0)
            return i;
    return history->n;
}

static void finish(struct history *history, size_t i)
{
    rd_kafka_topic_partition_list_t *list;

    if (i == history->n || history->done[i])
        return;
    history->done[i] = true;
    history->left--;
    list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, history->setup.topics[history->partitions[i].topic],
                                      history->partitions[i].partition);
    rd_kafka_pause_partitions(history->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
}

static int fail(struct history *history, const rd_kafka_message_t *message, struct err *err)
{
    size_t i = lookup(history, message);

    client_error(&history->client, history->rk, message->err, rd_kafka_message_errstr(message));
    if (i == history->n)
        return history->client.fatal ? (err_add(err, "%s", history->client.cause), -TS_EKAFKA) : 0;
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
        err_add(err, "topic %s, partition %d: what was to be read next has been deleted meanwhile (retention); begin "
                     "with a later --from",
                history->setup.topics[history->partitions[i].topic], (int)message->partition);
    else
        err_add(err, "topic %s, partition %d: %s", history->setup.topics[history->partitions[i].topic],
                (int)message->partition, rd_kafka_message_errstr(message));
    return -TS_EKAFKA;
}

/* Is it of the history? */
static bool take(struct history *history, const rd_kafka_message_t *message, struct history_message *out)
{
    size_t i = lookup(history, message);
    struct history_partition *p;
    rd_kafka_timestamp_type_t type;
    int64_t at_ms = rd_kafka_message_timestamp(message, &type);

    if (i == history->n || history->done[i])
        return false;
    p = &history->partitions[i];
    if (message->offset >= p->end) {
        finish(history, i);
        return false;
    }
    prefetch_note(history->prefetch, message->len);
    if (p->first_ms < 0) {
        p->first_ms = at_ms;
        p->cut = p->cut && at_ms > history->setup.from_ms;
    }
    if (message->offset + 1 >= p->end)
        finish(history, i);
    *out = (struct history_message){
        .topic = p->topic,
        .partition = message->partition,
        .offset = message->offset,
        .timestamp_ms = at_ms,
        .key = {message->key, message->key_len},
        .payload = {message->payload, message->len},
        .raw = message,
    };
    return at_ms < 0 || (at_ms >= history->setup.from_ms && at_ms < history->setup.to_ms);
}

/* Wait until the next message is due. */
static void pace(struct history *history)
{
    int64_t wait_ms;

    if (history->setup.rate <= 0)
        return;
    wait_ms = history->started_mono_ms + (int64_t)(history->given * 1000 / (uint64_t)history->setup.rate) -
              clock_mono_ms();
    if (wait_ms > 0)
        nanosleep(&(struct timespec){wait_ms / 1000, wait_ms % 1000 * 1000000}, NULL);
}

/* 1: a message to give; 0: nothing yet; below: it failed. */
static int poll_one(struct history *history, struct history_message *out, struct err *err)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(history->rk, 100);

    if (message == NULL) {
        prefetch_dry(history->prefetch);
        if (clock_mono_ms() - history->heard_mono_ms < HISTORY_PATIENCE_MS)
            return 0;
        err_add(err, "no answer from the brokers for %d s: %s", HISTORY_PATIENCE_MS / 1000,
                history->client.cause[0] != '\0' ? history->client.cause : "they say nothing");
        return -TS_EKAFKA;
    }
    history->message = message;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return fail(history, message, err);
    history->heard_mono_ms = clock_mono_ms();
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return take(history, message, out) ? 1 : 0;
    finish(history, lookup(history, message));
    return 0;
}

static void drop_message(struct history *history)
{
    if (history->message != NULL)
        rd_kafka_message_destroy(history->message);
    history->message = NULL;
}

int history_next(struct history *history, struct history_message *out, struct err *err)
{
    int rc = 0;

    pace(history);
    history->heard_mono_ms = clock_mono_ms();
    drop_message(history);
    while (rc == 0 && history->left > 0)
        if ((rc = poll_one(history, out, err)) == 0)
            drop_message(history);
    if (rc == 1)
        history->given++;
    return rc;
}

struct str history_header(const struct history_message *message, const char *name)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t size;

    if (rd_kafka_message_headers(message->raw, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR || value == NULL)
        return (struct str){0};
    return (struct str){value, size};
}

const struct history_partition *history_partitions(const struct history *history, size_t *n)
{
    *n = history->n;
    return history->partitions;
}

struct str history_cluster(struct history *history)
{
    if (history->cluster == NULL)
        history->cluster = rd_kafka_clusterid(history->rk, ASK_MS);
    return history->cluster != NULL ? str_of(history->cluster) : STR_LIT("");
}

/* ---- made and freed -------------------------------------------------------------------------------------------- */

static int start(struct history *history, struct err *err)
{
    history->rk = client_connect(&history->client, history->setup.config, NULL, err);
    if (history->rk == NULL)
        return -TS_EKAFKA;
    for (size_t i = 0; i < history->setup.ntopics; i++)
        if (find_partitions(history, i, err) != 0)
            return -TS_EKAFKA;
    if (find_offsets(history, err) != 0)
        return -TS_EKAFKA;
    if (prefetch_needed())
        history->prefetch = prefetch_new(history->rk);
    return assign(history, err);
}

struct history *history_new(const struct history_setup *setup, struct err *err)
{
    struct history *history = calloc(1, sizeof(*history));

    if (history == NULL) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return NULL;
    }
    history->setup = *setup;
    client_init(&history->client, CLIENT_FOLLOWER, 0, NULL);
    if (start(history, err) != 0)
        history_free(&history);
    else
        history->started_mono_ms = clock_mono_ms();
    return history;
}

void history_free(struct history **history)
{
    struct history *h = *history;

    if (h == NULL)
        return;
    *history = NULL;
    drop_message(h);
    prefetch_free(&h->prefetch);
    if (h->cluster != NULL)
        rd_kafka_mem_free(h->rk, h->cluster);
    free(h->partitions);
    free(h->done);
    if (h->rk == NULL || client_disconnect(h->rk, DESTROY_MS))
        free(h);
}
