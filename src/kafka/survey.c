/* survey.c - the number of partitions by metadata, then the offsets of all of them in four requests: where they begin,
 * where they end, and the two times. The first request that fails ends the survey. */
#include "kafka/survey.h"

#include <librdkafka/rdkafka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ASK_MS 2000

enum stage { IDLE, ASKED, ANSWERED };

struct survey {
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    int fd;

    pthread_t thread;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t changed;
    enum stage stage;
    bool stop;
    struct survey_times *times;
    size_t ntimes;
    struct survey_answer answer;
};

/* ---- answering ------------------------------------------------------------------------------------------------- */

static void fail(struct survey *survey, struct survey_answer *answer, rd_kafka_resp_err_t code)
{
    answer->code = code;
    snprintf(answer->cause, sizeof(answer->cause), "topic %.80s: %s", rd_kafka_topic_name(survey->topic),
             rd_kafka_err2str(code));
    free(answer->partitions);
    answer->partitions = NULL;
    answer->n = 0;
}

static bool has_time(const struct survey_times *times, size_t ntimes, int i, bool second)
{
    return (size_t)i < ntimes && (second ? times[i].second : times[i].first) >= 0;
}

static int64_t *place_of(struct survey_partition *partition, int step)
{
    int64_t *const places[] = {&partition->low, &partition->high, &partition->first, &partition->second};

    return places[step];
}

/* One request for all partitions. step 0: the low offsets, 1: the high ones, 2 and 3: the times. */
static rd_kafka_resp_err_t ask_offsets(struct survey *survey, struct survey_answer *answer, int step)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)answer->n);
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

    for (int i = 0; i < (int)answer->n; i++) {
        if (step >= 2 && !has_time(survey->times, survey->ntimes, i, step == 3))
            continue;
        rd_kafka_topic_partition_list_add(list, rd_kafka_topic_name(survey->topic), i)->offset =
            step == 0   ? RD_KAFKA_OFFSET_BEGINNING
            : step == 1 ? RD_KAFKA_OFFSET_END
            : step == 2 ? survey->times[i].first
                        : survey->times[i].second;
    }
    if (list->cnt > 0)
        code = rd_kafka_offsets_for_times(survey->rk, list, ASK_MS);
    for (int i = 0; i < list->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        code = list->elems[i].err;
        *place_of(&answer->partitions[list->elems[i].partition], step) = list->elems[i].offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

static void answer_question(struct survey *survey, struct survey_answer *answer)
{
    int code = client_probe(survey->rk, survey->topic, ASK_MS, answer->cause);
    int n = code == 0 ? client_partitions(survey->rk, survey->topic, ASK_MS) : 0;

    if (code != 0) {
        answer->code = code;
        return;
    }
    if (n <= 0) {
        fail(survey, answer, RD_KAFKA_RESP_ERR__TIMED_OUT);
        return;
    }
    answer->n = (size_t)n;
    answer->partitions = calloc(answer->n, sizeof(*answer->partitions));
    for (int step = 0; step < 4 && answer->code == 0; step++) {
        for (size_t i = 0; i < answer->n && answer->partitions != NULL; i++)
            *place_of(&answer->partitions[i], step) = -1;
        code = answer->partitions != NULL ? (int)ask_offsets(survey, answer, step) : RD_KAFKA_RESP_ERR__FAIL;
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            fail(survey, answer, (rd_kafka_resp_err_t)code);
    }
}

static void *run(void *arg)
{
    const uint64_t one = 1;
    struct survey *survey = arg;

    pthread_mutex_lock(&survey->mutex);
    while (!survey->stop) {
        struct survey_answer answer = {0};
        if (survey->stage != ASKED) {
            pthread_cond_wait(&survey->changed, &survey->mutex);
            continue;
        }
        pthread_mutex_unlock(&survey->mutex);
        answer_question(survey, &answer); /* the times stay as they are until it is answered */
        pthread_mutex_lock(&survey->mutex);
        survey->answer = answer;
        survey->stage = ANSWERED;
        if (write(survey->fd, &one, sizeof(one)) < 0)
            continue; /* the counter is full: it is readable */
    }
    pthread_mutex_unlock(&survey->mutex);
    return NULL;
}

/* ---- asking ---------------------------------------------------------------------------------------------------- */

bool survey_ask(struct survey *survey, const struct survey_times *times, size_t n)
{
    struct survey_times *copy = malloc((n + 1) * sizeof(*copy));
    bool idle;

    if (copy == NULL)
        return false;
    if (n > 0)
        memcpy(copy, times, n * sizeof(*copy));
    pthread_mutex_lock(&survey->mutex);
    idle = survey->stage == IDLE;
    if (idle) {
        free(survey->times);
        survey->times = copy;
        survey->ntimes = n;
        survey->stage = ASKED;
        pthread_cond_signal(&survey->changed);
    }
    pthread_mutex_unlock(&survey->mutex);
    if (!idle)
        free(copy);
    return idle;
}

bool survey_take(struct survey *survey, struct survey_answer *out)
{
    bool there;

    pthread_mutex_lock(&survey->mutex);
    there = survey->stage == ANSWERED;
    if (there) {
        *out = survey->answer;
        survey->stage = IDLE;
    }
    pthread_mutex_unlock(&survey->mutex);
    return there;
}

/* ---- made and freed -------------------------------------------------------------------------------------------- */

struct survey *survey_new(struct rd_kafka_s *rk, const char *topic, int fd)
{
    struct survey *survey = calloc(1, sizeof(*survey));

    if (survey == NULL)
        return NULL;
    survey->rk = rk;
    survey->fd = fd;
    survey->topic = rd_kafka_topic_new(rk, topic, NULL);
    pthread_mutex_init(&survey->mutex, NULL);
    pthread_cond_init(&survey->changed, NULL);
    if (survey->topic != NULL && pthread_create(&survey->thread, NULL, run, survey) == 0)
        return survey;
    if (survey->topic != NULL)
        rd_kafka_topic_destroy(survey->topic);
    free(survey);
    return NULL;
}

void survey_free(struct survey **survey)
{
    struct survey *s = *survey;

    if (s == NULL)
        return;
    pthread_mutex_lock(&s->mutex);
    s->stop = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->mutex);
    pthread_join(s->thread, NULL);
    if (s->stage == ANSWERED)
        free(s->answer.partitions);
    rd_kafka_topic_destroy(s->topic);
    pthread_mutex_destroy(&s->mutex);
    pthread_cond_destroy(&s->changed);
    free(s->times);
    free(s);
    *survey = NULL;
}
