/* prefetch.c - every so many messages the worker looks at the queue's length; as it falls below the mark, the thread is
 * told by a condition. The queue's bytes are not to be had, so the limit in bytes is taken as one in messages, by
 * the mean size of the last ones. */
#include "kafka/prefetch.h"

#include <librdkafka/rdkafka.h>

#include <pthread.h>
#include <stdlib.h>

#define LOOK_MOST 64 /* messages from one look to the next; fewer when the queue holds few */
#define ASK_MS 1000
#define BACKOFF_FIXED 0x020200ff /* librdkafka 2.2.0 */

struct prefetch {
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    uint64_t limit_messages, limit_bytes; /* the consumer's own */
    uint64_t messages, bytes;             /* since the last look */
    uint64_t next;                        /* look after so many messages */
    bool above;                           /* at the last look the queue was above the mark */

    pthread_t thread;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t changed;
    rd_kafka_topic_partition_list_t *list;
    bool asked, stop;
};

bool prefetch_needed(void)
{
    return rd_kafka_version() < BACKOFF_FIXED;
}

/* What is asked for does not matter; the newest offset is the cheapest. */
static void ask(struct prefetch *prefetch, rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++)
        list->elems[i].offset = RD_KAFKA_OFFSET_END;
    rd_kafka_offsets_for_times(prefetch->rk, list, ASK_MS);
    rd_kafka_topic_partition_list_destroy(list);
}

static void *run(void *arg)
{
    struct prefetch *prefetch = arg;
    rd_kafka_topic_partition_list_t *list;

    pthread_mutex_lock(&prefetch->mutex);
    while (!prefetch->stop) {
        if (!prefetch->asked || prefetch->list == NULL) {
            pthread_cond_wait(&prefetch->changed, &prefetch->mutex);
            continue;
        }
        prefetch->asked = false;
        list = rd_kafka_topic_partition_list_copy(prefetch->list);
        pthread_mutex_unlock(&prefetch->mutex);
        ask(prefetch, list);
        pthread_mutex_lock(&prefetch->mutex);
    }
    pthread_mutex_unlock(&prefetch->mutex);
    return NULL;
}

static void wake(struct prefetch *prefetch)
{
    prefetch->above = false;
    pthread_mutex_lock(&prefetch->mutex);
    prefetch->asked = true;
    pthread_cond_signal(&prefetch->changed);
    pthread_mutex_unlock(&prefetch->mutex);
}

static void look(struct prefetch *prefetch)
{
    uint64_t length = rd_kafka_queue_length(prefetch->queue);
    uint64_t by_bytes = prefetch->limit_bytes * prefetch->messages / (prefetch->bytes + 1);
    uint64_t mark = (by_bytes < prefetch->limit_messages ? by_bytes : prefetch->limit_messages) / 2;

    if (length > mark)
        prefetch->above = true;
    else if (prefetch->above)
        wake(prefetch);
    prefetch->next = mark < 4 ? 1 : mark / 4 < LOOK_MOST ? mark / 4 : LOOK_MOST;
    prefetch->messages = 0;
    prefetch->bytes = 0;
}

void prefetch_note(struct prefetch *prefetch, size_t bytes)
{
    if (prefetch == NULL)
        return;
    prefetch->bytes += bytes;
    if (++prefetch->messages >= prefetch->next)
        look(prefetch);
}

void prefetch_dry(struct prefetch *prefetch)
{
    if (prefetch != NULL && prefetch->above)
        wake(prefetch);
}

void prefetch_assign(struct prefetch *prefetch, rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_topic_partition_list_t *old = list;

    if (prefetch != NULL) {
        pthread_mutex_lock(&prefetch->mutex);
        old = prefetch->list;
        prefetch->list = list;
        pthread_mutex_unlock(&prefetch->mutex);
    }
    if (old != NULL)
        rd_kafka_topic_partition_list_destroy(old);
}

static uint64_t property(rd_kafka_t *rk, const char *name)
{
    char value[32] = "";
    size_t size = sizeof(value);

    rd_kafka_conf_get(rd_kafka_conf(rk), name, value, &size);
    return strtoull(value, NULL, 10);
}

struct prefetch *prefetch_new(rd_kafka_t *rk)
{
    struct prefetch *prefetch = calloc(1, sizeof(*prefetch));

    if (prefetch == NULL)
        return NULL;
    prefetch->rk = rk;
    prefetch->limit_messages = property(rk, "queued.min.messages");
    prefetch->limit_bytes = property(rk, "queued.max.messages.kbytes") * 1024;
    pthread_mutex_init(&prefetch->mutex, NULL);
    pthread_cond_init(&prefetch->changed, NULL);
    prefetch->queue = rd_kafka_queue_get_consumer(rk);
    if (pthread_create(&prefetch->thread, NULL, run, prefetch) == 0)
        return prefetch;
    rd_kafka_queue_destroy(prefetch->queue);
    free(prefetch);
    return NULL;
}

void prefetch_free(struct prefetch **prefetch)
{
    struct prefetch *p = *prefetch;

    if (p == NULL)
        return;
    pthread_mutex_lock(&p->mutex);
    p->stop = true;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->mutex);
    pthread_join(p->thread, NULL);
    prefetch_assign(p, NULL);
    rd_kafka_queue_destroy(p->queue);
    pthread_mutex_destroy(&p->mutex);
    pthread_cond_destroy(&p->changed);
    free(p);
    *prefetch = NULL;
}
