/* owners.c - a rebalance that runs while an input topic is away (deleted, soon made anew) gives its partitions to
 * nobody. When the topic is back with as many partitions as before, the group's leader sees no change to what it last
 * refreshed and calls for no rebalance (librdkafka 2.0.2): the partitions would stand still for ever, without an error.
 *
 * So after every rebalance the first worker of a process asks the brokers who owns what, again and again until every
 * partition of the input topics has an owner. Are some left out twice in a row, it leaves the group and joins again:
 * that makes the leader look anew. Should it not help, the next time is twice as far away.
 *
 * Asked by rd_kafka_list_groups: when a broker refuses rd_kafka_DescribeConsumerGroups, librdkafka 2.0.2 locks itself
 * up and the whole consumer stands still. */
#include "kafka/member.h"
#include "core/clock.h"

#include <string.h>

#define ASK_EVERY_MS 5000
#define ASK_TIMEOUT_MS 2000
#define ORPHANED_ENOUGH 2
#define PATIENCE_FIRST_MS 20000
#define PATIENCE_MOST_MS 600000

void owners_changed(struct consumer *consumer)
{
    struct owners *owners = &consumer->owners;

    owners->orphaned = 0;
    if (consumer->client.index == 0 && consumer->close_mono_ms == 0)
        owners->ask_mono_ms = clock_mono_ms() + ASK_EVERY_MS;
}

/* ---- an assignment as the consumer protocol writes it: version, topics with their partitions, user data --------- */

struct bytes {
    const unsigned char *p;
    size_t n;
};

/* A big-endian number of `size` bytes; -1 when the bytes end before. */
static int64_t read_number(struct bytes *bytes, size_t size)
{
    int64_t number = 0;

    if (bytes->n < size) {
        bytes->n = 0;
        return -1;
    }
    for (size_t i = 0; i < size; i++)
        number = number << 8 | bytes->p[i];
    bytes->p += size;
    bytes->n -= size;
    return number;
}

static int64_t count_in(struct bytes assignment, struct str topic)
{
    int64_t found = 0, ntopics;

    read_number(&assignment, 2);
    ntopics = read_number(&assignment, 4);
    while (ntopics-- > 0) {
        int64_t length = read_number(&assignment, 2), npartitions;
        bool same = length == (int64_t)topic.n && assignment.n >= topic.n &&
                    memcmp(assignment.p, topic.p, topic.n) == 0;
        if (length < 0 || (size_t)length > assignment.n)
            break;
        assignment.p += length;
        assignment.n -= (size_t)length;
        npartitions = read_number(&assignment, 4);
        if (npartitions < 0 || (size_t)npartitions > assignment.n / 4)
            break;
        assignment.p += 4 * npartitions;
        assignment.n -= 4 * (size_t)npartitions;
        found += same ? npartitions : 0;
    }
    return found;
}

static int64_t count_owned(const struct rd_kafka_group_info *group, struct str topic)
{
    int64_t n = 0;

    for (int i = 0; i < group->member_cnt; i++) {
        const struct rd_kafka_group_member_info *member = &group->members[i];
        n += count_in((struct bytes){member->member_assignment, (size_t)member->member_assignment_size}, topic);
    }
    return n;
}

/* ---- asking ---------------------------------------------------------------------------------------------------- */

enum finding { ALL_OWNED, ORPHANS, ASK_AGAIN, CANNOT_ASK };

static enum finding compare(struct consumer *consumer, const struct rd_kafka_group_info *group)
{
    const struct config *config = consumer->setup.config;
    enum finding finding = ALL_OWNED;

    if (strcmp(group->state, "Stable") != 0)
        return ASK_AGAIN;
    for (size_t i = 0; i < config->input.ntopics; i++) {
        const char *topic = config->input.topics[i].name;
        int64_t owned = count_owned(group, str_of(topic));
        int all = client_partitions(consumer->rk, consumer->probes[i], ASK_TIMEOUT_MS);

        if (all < 0)
            return ASK_AGAIN;
        if (owned >= all)
            continue;
        log_warn("partitions_without_owner", "worker=%u topic=%s partitions=%d owned=%lld", consumer->client.index,
                 topic, all, (long long)owned);
        finding = ORPHANS;
    }
    return finding;
}

static enum finding ask(struct consumer *consumer)
{
    const struct rd_kafka_group_list *list = NULL;
    enum finding finding = ASK_AGAIN;
    rd_kafka_resp_err_t code =
        rd_kafka_list_groups(consumer->rk, consumer->setup.config->input.group, &list, ASK_TIMEOUT_MS);

    if (code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE)
        finding = CANNOT_ASK;
    if (list == NULL)
        return finding;
    if (list->group_cnt == 1 && list->groups[0].err == RD_KAFKA_RESP_ERR_NO_ERROR)
        finding = compare(consumer, &list->groups[0]);
    rd_kafka_group_list_destroy(list);
    return finding;
}

/* ---- what follows ---------------------------------------------------------------------------------------------- */

static void leave(struct consumer *consumer, int64_t now)
{
    struct owners *owners = &consumer->owners;

    owners->orphaned = 0;
    owners->patience_ms = owners->patience_ms > 0 ? 2 * owners->patience_ms : PATIENCE_FIRST_MS;
    if (owners->patience_ms > PATIENCE_MOST_MS)
        owners->patience_ms = PATIENCE_MOST_MS;
    owners->leave_mono_ms = now + owners->patience_ms;
    owners->leaving = rd_kafka_unsubscribe(consumer->rk) == RD_KAFKA_RESP_ERR_NO_ERROR;
    log_warn("joining_again", "worker=%u cause=\"partitions without owner\"", consumer->client.index);
}

void owners_tend(struct consumer *consumer, int64_t now_mono_ms)
{
    struct owners *owners = &consumer->owners;
    enum finding finding;
    int64_t now;

    if (owners->leaving && consumer->nassigned == 0) {
        owners->leaving = false;
        consumer_subscribe(consumer);
    }
    if (owners->leaving || owners->ask_mono_ms == 0 || now_mono_ms < owners->ask_mono_ms)
        return;
    finding = ask(consumer);
    now = clock_mono_ms();
    owners->ask_mono_ms = finding == ALL_OWNED || finding == CANNOT_ASK ? 0 : now + ASK_EVERY_MS;
    owners->orphaned = finding == ORPHANS ? owners->orphaned + 1 : 0;
    if (finding == ALL_OWNED)
        owners->patience_ms = 0;
    if (owners->orphaned >= ORPHANED_ENOUGH && now >= owners->leave_mono_ms)
        leave(consumer, now);
}
