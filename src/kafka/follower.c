/* follower.c - librdkafka's consumer with partitions assigned by hand; a survey of the topic every five seconds, every
 * second while something is wrong.
 *
 * A survey begins the first full read. Later ones find what a consumer cannot see: partitions that came or went, and a
 * topic that was deleted and made anew between two fetches, whose offsets may have passed our positions already. In
 * the same log no message behind the newest time that was read can come to lie before the position at that time; in a
 * new log they all do. Markers of transactions lie there from the beginning, so what the question gives when the mark
 * is set is the bound for later answers.
 *
 * A partition is read when its position reaches the end that the survey saw, or when librdkafka says that it ends
 * here: what lies last may be a marker, or compacted away. */
#include "kafka/follower.h"
#include "core/clock.h"
#include "kafka/client.h"
#include "kafka/prefetch.h"
#include "kafka/survey.h"

#include <librdkafka/rdkafka.h>

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SURVEY_MS 5000
#define SURVEY_TROUBLE_MS 1000
#define AWAY_MS 600000 /* behind so long a silence all is read anew: tombstones may have come and gone */
#define SERVE_MOST 16 /* by follower_tend, in case the descriptor told nothing */
#define DESTROY_MS 2000

enum state { ABSENT, READING, FOLLOWING };

struct followed {
    int64_t position, newest_ms; /* next offset; -1: nothing read yet */
    int64_t end;                 /* at `begin` */
    bool read;                   /* to that end */
    /* The mark: no message newer than mark_ms lies before mark_bound; -1: none yet. */
    int64_t mark_ms, mark_bound;
    int64_t asked_ms, asked_position; /* when the survey under way was asked for */
};

struct follower {
    struct client client; /* first: librdkafka's opaque */
    struct follower_setup setup;
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    struct prefetch *prefetch;
    struct survey *survey;
    int fd;
    enum state state;
    struct followed *partitions;
    size_t npartitions, unread;
    int trouble;            /* code of the one that was told; 0: none */
    bool surveying;
    int64_t survey_mono_ms; /* the next one */
    int64_t answer_mono_ms; /* of the last good one */
};

struct str follower_header(const struct follower_message *message, const char *name)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t size;

    if (rd_kafka_message_headers(message->raw, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return (struct str){0};
    return value != NULL ? (struct str){value, size} : STR_LIT("");
}

static void tell(struct follower *follower, int code, const char *why)
{
    if (follower->trouble == code)
        return;
    follower->trouble = code;
    follower->setup.trouble(follower->setup.ctx, why);
}

/* ---- a full read ----------------------------------------------------------------------------------------------- */

static void note_read(struct follower *follower, struct followed *partition)
{
    if (partition->read)
        return;
    partition->read = true;
    follower->unread--;
}

static void check_caught_up(struct follower *follower)
{
    if (follower->state != READING || follower->unread > 0)
        return;
    follower->state = FOLLOWING;
    follower->survey_mono_ms = 0; /* for the first marks */
    log_info("follow_caught_up", "topic=%s partitions=%zu", follower->setup.topic, follower->npartitions);
    follower->setup.caught_up(follower->setup.ctx);
}

static void assign(struct follower *follower)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)follower->npartitions);

    for (size_t i = 0; i < follower->npartitions; i++)
        rd_kafka_topic_partition_list_add(list, follower->setup.topic, (int32_t)i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(follower->rk, NULL); /* else partitions that stay would go on where they are */
    rd_kafka_assign(follower->rk, list);
    prefetch_assign(follower->prefetch, list);
}

static void begin(struct follower *follower, const struct survey_answer *answer, const char *why)
{
    struct followed *partitions = calloc(answer->n, sizeof(*partitions));

    if (partitions == NULL)
        return; /* the next survey tries again */
    free(follower->partitions);
    follower->partitions = partitions;
    follower->npartitions = follower->unread = answer->n;
    follower->state = READING;
    log_info("follow_begin", "topic=%s partitions=%zu msg=\"%s\"", follower->setup.topic, answer->n, why);
    follower->setup.begin(follower->setup.ctx);
    for (size_t i = 0; i < answer->n; i++) {
        partitions[i] = (struct followed){.position = -1, .newest_ms = -1, .end = answer->partitions[i].high,
                                          .mark_ms = -1, .asked_ms = -1, .asked_position = -1};
        if (answer->partitions[i].low >= answer->partitions[i].high)
            note_read(follower, &partitions[i]);
    }
    assign(follower);
    check_caught_up(follower);
}

/* What was read is no longer sure: a survey decides when to read anew. */
static void leave(struct follower *follower)
{
    if (follower->state == ABSENT)
        return;
    follower->state = ABSENT;
    rd_kafka_assign(follower->rk, NULL);
    follower->survey_mono_ms = clock_mono_ms() + SURVEY_TROUBLE_MS;
}

/* ---- surveys --------------------------------------------------------------------------------------------------- */

static void ask(struct follower *follower, int64_t now_mono_ms)
{
    size_t n = follower->state != ABSENT ? follower->npartitions : 0;
    struct survey_times *times = calloc(n + 1, sizeof(*times));

    if (times == NULL)
        return;
    for (size_t i = 0; i < n; i++) {
        struct followed *p = &follower->partitions[i];
        bool moved = p->newest_ms >= 0 && (p->mark_ms < 0 || p->asked_position != p->position);
        p->asked_ms = moved ? p->newest_ms : -1;
        p->asked_position = p->position;
        times[i].first = p->mark_ms >= 0 ? p->mark_ms + 1 : -1;
        times[i].second = moved ? p->newest_ms + 1 : -1;
    }
    follower->surveying = survey_ask(follower->survey, times, n);
    follower->survey_mono_ms =
        now_mono_ms + (follower->trouble != 0 || follower->state == ABSENT ? SURVEY_TROUBLE_MS : SURVEY_MS);
    free(times);
}

static bool is_other_log(const struct followed *p, const struct survey_partition *now)
{
    return now->high < p->asked_position || (p->mark_ms >= 0 && now->first >= 0 && now->first < p->mark_bound);
}

static void set_mark(struct followed *p, const struct survey_partition *now)
{
    if (p->asked_ms < 0)
        return;
    p->mark_ms = p->asked_ms;
    p->mark_bound = now->second >= 0 && now->second < p->asked_position ? now->second : p->asked_position;
}

/* Why all must be read anew; NULL: it need not. */
static const char *find_doubt(const struct follower *follower, const struct survey_answer *answer)
{
    if (follower->state == ABSENT)
        return "the topic is there";
    if (answer->n != follower->npartitions)
        return "the number of partitions changed";
    if (clock_mono_ms() - follower->answer_mono_ms > AWAY_MS)
        return "the brokers were away for long";
    for (size_t i = 0; i < answer->n; i++)
        if (is_other_log(&follower->partitions[i], &answer->partitions[i]))
            return "the topic was made anew";
    return NULL;
}

static bool is_gone(int code)
{
    return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
}

static void judge_failure(struct follower *follower, const struct survey_answer *answer)
{
    bool unheard = answer->code == RD_KAFKA_RESP_ERR__TRANSPORT || answer->code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
                  answer->code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;

    if (is_gone(answer->code))
        leave(follower);
    if (unheard)
        tell(follower, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
             follower->client.cause[0] != '\0' ? follower->client.cause : answer->cause);
    else
        tell(follower, answer->code, answer->cause);
}

static void take_survey(struct follower *follower)
{
    struct survey_answer answer;
    const char *doubt;

    if (!follower->surveying || !survey_take(follower->survey, &answer))
        return;
    follower->surveying = false;
    if (answer.code != 0) {
        judge_failure(follower, &answer);
        return;
    }
    doubt = find_doubt(follower, &answer);
    follower->answer_mono_ms = clock_mono_ms();
    client_clear(&follower->client);
    tell(follower, 0, NULL);
    if (doubt != NULL)
        begin(follower, &answer, doubt);
    for (size_t i = 0; i < answer.n && doubt == NULL; i++)
        set_mark(&follower->partitions[i], &answer.partitions[i]);
    free(answer.partitions);
}

/* ---- messages -------------------------------------------------------------------------------------------------- */

static void handle_error(struct follower *follower, const rd_kafka_message_t *message)
{
    const char *reason = rd_kafka_message_errstr(message);

    client_error(&follower->client, follower->rk, message->err, reason);
    if (follower->state == ABSENT)
        return;
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || is_gone(message->err))
        leave(follower);
}

static struct followed *lookup(struct follower *follower, const rd_kafka_message_t *message)
{
    if (follower->state == ABSENT || (size_t)message->partition >= follower->npartitions)
        return NULL;
    return &follower->partitions[message->partition];
}

static void handle_end(struct follower *follower, const rd_kafka_message_t *message)
{
    struct followed *partition = lookup(follower, message);

    if (partition == NULL)
        return;
    if (message->offset > partition->position)
        partition->position = message->offset;
    note_read(follower, partition);
}

static void handle_message(struct follower *follower, const rd_kafka_message_t *message)
{
    struct followed *partition = lookup(follower, message);
    rd_kafka_timestamp_type_t type;
    struct follower_message out = {
        .key = message->key != NULL ? (struct str){message->key, message->key_len} : STR_LIT(""),
        .value = {message->payload, message->len},
        .tombstone = message->payload == NULL,
        .partition = message->partition,
        .offset = message->offset,
        .timestamp_ms = rd_kafka_message_timestamp(message, &type),
        .raw = message,
    };

    if (partition == NULL)
        return;
    if (message->offset < partition->position) {
        leave(follower);
        return;
    }
    prefetch_note(follower->prefetch, message->len);
    partition->position = message->offset + 1;
    if (out.timestamp_ms > partition->newest_ms)
        partition->newest_ms = out.timestamp_ms;
    follower->setup.message(follower->setup.ctx, &out);
    if (partition->position >= partition->end)
        note_read(follower, partition);
}

static void handle(struct follower *follower, const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        handle_message(follower, message);
    else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        handle_end(follower, message);
    else
        handle_error(follower, message);
    check_caught_up(follower);
}

/* ---- a turn ---------------------------------------------------------------------------------------------------- */

int follower_fd(const struct follower *follower)
{
    return follower->fd;
}

/* librdkafka and the survey write to the descriptor when something comes into an empty queue. */
void follower_serve(struct follower *follower, size_t max)
{
    const uint64_t one = 1;
    uint64_t count;
    ssize_t n = read(follower->fd, &count, sizeof(count));

    (void)n; /* nothing there is no error */
    take_survey(follower);
    for (size_t i = 0; i < max; i++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(follower->rk, 0);
        if (message == NULL) {
            prefetch_dry(follower->prefetch);
            return;
        }
        handle(follower, message);
        rd_kafka_message_destroy(message);
    }
    n = write(follower->fd, &one, sizeof(one)); /* full: it is readable */
    (void)n;
}

void follower_tend(struct follower *follower, int64_t now_mono_ms)
{
    follower_serve(follower, SERVE_MOST);
    if (follower->client.down)
        tell(follower, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, follower->client.cause);
    if (!follower->surveying && now_mono_ms >= follower->survey_mono_ms)
        ask(follower, now_mono_ms);
}

bool follower_is_caught_up(const struct follower *follower)
{
    return follower->state == FOLLOWING;
}

/* ---- made and freed -------------------------------------------------------------------------------------------- */

static int connect_follower(struct follower *follower, struct err *err)
{
    const uint64_t one = 1;

    follower->rk = client_connect(&follower->client, follower->setup.config, NULL, err);
    if (follower->rk == NULL)
        return -TS_EKAFKA;
    follower->queue = rd_kafka_queue_get_consumer(follower->rk);
    rd_kafka_queue_io_event_enable(follower->queue, follower->fd, &one, sizeof(one));
    if (prefetch_needed())
        follower->prefetch = prefetch_new(follower->rk);
    follower->survey = survey_new(follower->rk, follower->setup.topic, follower->fd);
    if (follower->survey != NULL && (follower->prefetch != NULL || !prefetch_needed()))
        return 0;
    err_add(err, "topic %s: %s", follower->setup.topic, ts_strerror(TS_ENOMEM));
    return -TS_ENOMEM;
}

struct follower *follower_new(const struct follower_setup *setup, struct err *err)
{
    struct follower *follower = calloc(1, sizeof(*follower));

    if (follower == NULL) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return NULL;
    }
    follower->setup = *setup;
    client_init(&follower->client, CLIENT_FOLLOWER, 0, setup->metrics);
    follower->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (follower->fd < 0)
        err_add(err, "topic %s: no descriptor for its events", setup->topic);
    if (follower->fd < 0 || connect_follower(follower, err) != 0)
        follower_free(&follower);
    return follower;
}

void follower_free(struct follower **follower)
{
    struct follower *f = *follower;

    if (f == NULL)
        return;
    survey_free(&f->survey);
    prefetch_free(&f->prefetch);
    if (f->queue != NULL) {
        rd_kafka_queue_io_event_enable(f->queue, -1, NULL, 0);
        rd_kafka_queue_destroy(f->queue);
    }
    *follower = NULL;
    if (f->fd >= 0)
        close(f->fd);
    free(f->partitions);
    f->client.metrics = NULL;
    if (f->rk == NULL || client_disconnect(f->rk, DESTROY_MS))
        free(f); /* else its callbacks may still come */
}
