/* assignment.c - what happens when partitions come and go.
 *
 * Coming: a new epoch of the ledger, and the committed offset is remembered as the one expected next (consumer.c counts
 * what retention removed behind it).
 *
 * Going: wait for the deliveries of these partitions, store and commit their watermarks, forget the rest by a new
 * epoch. Commits go through a queue of their own, so that a coordinator that does not answer costs bounded time. */
#include "kafka/member.h"
#include "core/array.h"
#include "core/clock.h"

#include <stdlib.h>
#include <string.h>

#define ASK_MS 5000 /* for committed offsets and commits */

/* ---- committing ------------------------------------------------------------------------------------------------ */

static rd_kafka_resp_err_t commit(struct consumer *consumer, const rd_kafka_topic_partition_list_t *list,
                                  int timeout_ms)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(consumer->rk);
    rd_kafka_resp_err_t code = rd_kafka_commit_queue(consumer->rk, list, queue, NULL, NULL);
    rd_kafka_event_t *event;

    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        event = rd_kafka_queue_poll(queue, timeout_ms);
        code = event != NULL ? rd_kafka_event_error(event) : RD_KAFKA_RESP_ERR__TIMED_OUT;
        if (event != NULL)
            rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
    return code;
}

static void commit_watermarks(struct consumer *consumer, const rd_kafka_topic_partition_list_t *revoked,
                              int timeout_ms)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(revoked->cnt);
    rd_kafka_resp_err_t code;

    for (int i = 0; i < revoked->cnt; i++) {
        const rd_kafka_topic_partition_t *r = &revoked->elems[i];
        const struct member_partition *partition = member_find(consumer, r->topic, r->partition);
        int64_t watermark = partition != NULL ? ledger_watermark(partition->ledger) : -1;
        if (watermark >= 0)
            rd_kafka_topic_partition_list_add(list, r->topic, r->partition)->offset = watermark;
    }
    if (list->cnt > 0) {
        rd_kafka_offsets_store(consumer->rk, list);
        code = commit(consumer, list, timeout_ms);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            log_warn("commit_failed", "worker=%u partitions=%d code=%s", consumer->client.index, list->cnt,
                     rd_kafka_err2name(code));
    }
    rd_kafka_topic_partition_list_destroy(list);
}

/* Stored before it is committed: the automatic commit, which takes whatever is stored above the committed offset, would
 * else bring the old one back, and for good. */
void assignment_rewind(struct consumer *consumer, struct member_partition *partition, int64_t offset)
{
    const char *topic = ledger_topic(partition->ledger);
    int32_t number = ledger_partition(partition->ledger);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_resp_err_t code;

    rd_kafka_topic_partition_list_add(list, topic, number)->offset = offset;
    rd_kafka_offsets_store(consumer->rk, list);
    partition->stored = offset;
    code = commit(consumer, list, ASK_MS);
    partition->rewound = code != RD_KAFKA_RESP_ERR_NO_ERROR;
    log_warn("offsets_rewound", "worker=%u topic=%s partition=%d offset=%lld code=%s", consumer->client.index, topic,
             number, (long long)offset, rd_kafka_err2name(code));
    rd_kafka_topic_partition_list_destroy(list);
}

/* ---- coming ---------------------------------------------------------------------------------------------------- */

static size_t topic_index(const struct config *config, const char *topic)
{
    size_t i = 0;

    while (i < config->input.ntopics && strcmp(config->input.topics[i].name, topic) != 0)
        i++;
    return i;
}

static struct member_partition *new_partition(struct consumer *consumer, const char *topic, int32_t number)
{
    struct member_partition *partition, **grown;

    grown = array_grow(consumer->partitions, consumer->npartitions, &consumer->cap, sizeof(*grown));
    if (grown == NULL)
        return NULL;
    consumer->partitions = grown;
    partition = calloc(1, sizeof(*partition));
    if (partition == NULL)
        return NULL;
    partition->ledger = ledger_new(topic, number);
    partition->topic_index = topic_index(consumer->setup.config, topic);
    if (partition->ledger == NULL || partition->topic_index == consumer->setup.config->input.ntopics) {
        ledger_free(&partition->ledger);
        free(partition);
        return NULL;
    }
    consumer->partitions[consumer->npartitions++] = partition;
    return partition;
}

/* Where to begin: the committed offsets. Where there is none, or the coordinator does not tell, librdkafka asks again
 * and goes by auto.offset.reset. */
static void set_starts(struct consumer *consumer, rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_topic_partition_list_t *committed = rd_kafka_topic_partition_list_copy(list);
    rd_kafka_resp_err_t code = rd_kafka_committed(consumer->rk, committed, ASK_MS);

    for (int i = 0; i < list->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
        if (committed->elems[i].err == RD_KAFKA_RESP_ERR_NO_ERROR && committed->elems[i].offset >= 0)
            list->elems[i].offset = committed->elems[i].offset;
    rd_kafka_topic_partition_list_destroy(committed);
}

static void take(struct consumer *consumer, const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *a = &list->elems[i];
        struct member_partition *partition = member_find(consumer, a->topic, a->partition);
        if (partition == NULL)
            partition = new_partition(consumer, a->topic, a->partition);
        if (partition == NULL) {
            member_fail(consumer, "no memory for partition %s/%d", a->topic, a->partition);
            return;
        }
        ledger_renew(partition->ledger);
        consumer->nassigned += !partition->assigned;
        partition->assigned = true;
        partition->stored = -1;
        partition->rewound = false; /* whatever is stored in a new assignment is committed */
        partition->expected = a->offset >= 0 ? a->offset : -1;
    }
}

/* librdkafka remembers a pause beyond the assignment, so what comes back to us may have to be resumed. Only then: a
 * resume throws away the requests that the assignment has just begun. */
static void set_pause(struct consumer *consumer, rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_topic_partition_list_t *resume = rd_kafka_topic_partition_list_new(list->cnt);

    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *a = &list->elems[i];
        struct member_partition *p = member_find(consumer, a->topic, a->partition);
        if (p != NULL && p->paused && !consumer->paused)
            rd_kafka_topic_partition_list_add(resume, a->topic, a->partition);
        if (p != NULL)
            p->paused = consumer->paused;
    }
    if (consumer->paused)
        rd_kafka_pause_partitions(consumer->rk, list);
    else if (resume->cnt > 0)
        rd_kafka_resume_partitions(consumer->rk, resume);
    rd_kafka_topic_partition_list_destroy(resume);
}

static void assign(struct consumer *consumer, rd_kafka_topic_partition_list_t *list, bool cooperative)
{
    rd_kafka_error_t *error = NULL;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

    set_starts(consumer, list);
    take(consumer, list);
    if (cooperative)
        error = rd_kafka_incremental_assign(consumer->rk, list);
    else
        code = rd_kafka_assign(consumer->rk, list);
    if (error != NULL || code != RD_KAFKA_RESP_ERR_NO_ERROR)
        member_fail(consumer, "assignment failed: %s",
                    error != NULL ? rd_kafka_error_string(error) : rd_kafka_err2str(code));
    if (error != NULL)
        rd_kafka_error_destroy(error);
    set_pause(consumer, list);
    if (consumer->group_error) {
        consumer->group_error = false;
        consumer->cause[0] = '\0';
    }
}

/* ---- going ----------------------------------------------------------------------------------------------------- */

static bool any_waiting(struct consumer *consumer, const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        const struct member_partition *p = member_find(consumer, list->elems[i].topic, list->elems[i].partition);
        if (p != NULL && ledger_waiting(p->ledger) > 0)
            return true;
    }
    return false;
}

static void release(struct consumer *consumer, const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        struct member_partition *p = member_find(consumer, list->elems[i].topic, list->elems[i].partition);
        if (p == NULL || !p->assigned)
            continue;
        ledger_renew(p->ledger);
        p->assigned = false;
        consumer->nassigned--;
    }
}

static void revoke(struct consumer *consumer, const rd_kafka_topic_partition_list_t *list, bool lost, bool cooperative)
{
    int64_t now = clock_mono_ms();
    int64_t deadline = now + consumer->setup.config->drain.rebalance_ms;
    rd_kafka_error_t *error;

    if (consumer->close_mono_ms > 0)
        deadline = consumer->close_mono_ms;
    while (!lost && any_waiting(consumer, list) && clock_mono_ms() < deadline)
        consumer->setup.serve(consumer->setup.ctx);
    if (!lost)
        commit_watermarks(consumer, list, ASK_MS);
    release(consumer, list);
    if (!cooperative) {
        rd_kafka_assign(consumer->rk, NULL);
        return;
    }
    error = rd_kafka_incremental_unassign(consumer->rk, list);
    if (error != NULL) {
        log_warn("unassign_failed", "worker=%u code=%s", consumer->client.index, rd_kafka_error_name(error));
        rd_kafka_error_destroy(error);
    }
}

void assignment_changed(rd_kafka_t *rk, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct consumer *consumer = opaque;
    const char *protocol = rd_kafka_rebalance_protocol(rk);
    bool cooperative = protocol != NULL && strcmp(protocol, "COOPERATIVE") == 0;
    bool assigning = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    bool lost = !assigning && (code != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS || rd_kafka_assignment_lost(rk));

    metrics_add(consumer->client.metrics, METRIC_REBALANCES, 1);
    owners_changed(consumer);
    consumer->last_topic = NULL;
    consumer->was_assigned |= assigning;
    if (assigning)
        assign(consumer, list, cooperative);
    else
        revoke(consumer, list, lost, cooperative && code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS);
    prefetch_assign(consumer->prefetch, member_assignment(consumer));
    log_info("rebalance", "worker=%u change=%s partitions=%d protocol=%s assigned=%u", consumer->client.index,
             assigning ? "assigned" : lost ? "lost" : "revoked", list->cnt, protocol != NULL ? protocol : "NONE",
             consumer->nassigned);
}
