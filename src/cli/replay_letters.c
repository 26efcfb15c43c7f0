/* replay_letters.c - dead letters: all of them first, in the order of the records they are about, then these records by
 * their coordinates, judged by today's rules.
 *
 * Some reasons are about a whole payload: then each of its records from the letter's own on is judged. */
#include "cli/replay.h"

#include "core/array.h"
#include "core/clock.h"
#include "kafka/recall.h"
#include "record/value.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

struct letter {
    char *topic;
    int32_t partition;
    int64_t offset, sub, at_ms;
    char reason[32];
};

enum fate { FATE_WARNED, FATE_SUPPRESSED, FATE_CLEAN, FATE_UNREADABLE, FATE_GONE, FATE_NO_TOPIC, FATES };
static const char *const fate_names[FATES] = {"warned", "suppressed", "clean", "dead_lettered", "gone", "no_topic"};

struct letters {
    struct replay *replay;
    struct letter *items;
    size_t n, cap, strange; /* strange: messages that are no dead letters */
    struct feed **feeds;    /* per input topic */
    uint64_t fates[FATES];
    char cluster[128];
};

/* ---- reading them ---------------------------------------------------------------------------------------------- */

static bool read_number(const struct history_message *message, const char *name, int64_t *out)
{
    struct str text = history_header(message, name);

    return text.n > 0 && value_integer(text, out) && *out >= 0;
}

static int add_letter(struct letters *letters, const struct history_message *message)
{
    struct str topic = history_header(message, "telsieve.topic"), reason = history_header(message, "telsieve.reason");
    struct letter letter = {.at_ms = message->timestamp_ms}, *bigger;
    int64_t partition;

    if (topic.n == 0 || reason.n >= sizeof(letter.reason) || !read_number(message, "telsieve.partition", &partition) ||
        partition > INT32_MAX || !read_number(message, "telsieve.offset", &letter.offset) ||
        !read_number(message, "telsieve.sub", &letter.sub)) {
        letters->strange++;
        return 0;
    }
    if ((bigger = array_grow(letters->items, letters->n, &letters->cap, sizeof(*bigger))) == NULL)
        return -TS_ENOMEM;
    letters->items = bigger;
    letter.partition = (int32_t)partition;
    if (reason.n > 0)
        memcpy(letter.reason, reason.p, reason.n);
    letter.topic = strndup(topic.p, topic.n);
    letters->items[letters->n] = letter;
    letters->n += letter.topic != NULL;
    return letter.topic != NULL ? 0 : -TS_ENOMEM;
}

static int by_place(const void *a, const void *b)
{
    const struct letter *x = a, *y = b;
    int topics = strcmp(x->topic, y->topic);

    if (topics != 0)
        return topics;
    if (x->partition != y->partition)
        return x->partition < y->partition ? -1 : 1;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return (x->sub > y->sub) - (x->sub < y->sub);
}

static void read_letters(struct letters *letters, struct err *err)
{
    struct replay *replay = letters->replay;
    const char *topics[] = {replay->config->output.dead_letter};
    const struct history_setup setup = {.config = replay->config, .topics = topics, .ntopics = 1,
                                        .from_ms = replay->from_ms > 0 ? replay->from_ms : 0, .to_ms = replay->to_ms,
                                        .rate = replay->rate};
    struct history *history = history_new(&setup, err);
    struct history_message message;

    if (history == NULL)
        return;
    snprintf(letters->cluster, sizeof(letters->cluster), "%.*s", (int)history_cluster(history).n,
             history_cluster(history).p);
    while (history_next(history, &message, err) == 1)
        if (add_letter(letters, &message) != 0) {
            err_add(err, "%s", ts_strerror(TS_ENOMEM));
            break;
        }
    history_free(&history);
    if (letters->n > 0)
        qsort(letters->items, letters->n, sizeof(*letters->items), by_place);
}

/* ---- judging --------------------------------------------------------------------------------------------------- */

static bool is_of_payload(const struct letter *letter)
{
    static const enum dead_letter_reason whole[] = {REASON_NULL_PAYLOAD, REASON_TOO_LARGE, REASON_TOO_MANY,
                                                    REASON_CRASHED};

    for (size_t i = 0; i < sizeof(whole) / sizeof(*whole); i++)
        if (strcmp(letter->reason, reason_name(whole[i])) == 0)
            return true;
    return false;
}

static int print_fate(struct letters *letters, const struct letter *letter, uint32_t sub, enum fate fate,
                      const char *still, const struct warning *warning)
{
    json_t *json;

    letters->fates[fate]++;
    if (!letters->replay->json) {
        printf("%s[%" PRId32 "]@%" PRId64 "+%" PRIu32 "  %s → %s%s%s\n", letter->topic, letter->partition,
               letter->offset, sub, letter->reason, fate_names[fate], *still != '\0' ? " " : "", still);
        return 0;
    }
    json = json_pack("{s:{s:s, s:i, s:I, s:i}, s:s, s:s}", "source", "topic", letter->topic, "partition",
                     (int)letter->partition, "offset", (json_int_t)letter->offset, "sub", (int)sub, "reason",
                     letter->reason, "now", fate_names[fate]);
    if (*still != '\0')
        json_object_set_new(json, warning != NULL ? "rule" : "still", json_string(still));
    if (warning != NULL)
        json_object_set_new(json, "id", json_string(warning->id));
    json_dumpf(json, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(json);
    return 0;
}

static int judge_one(struct letters *letters, const struct letter *letter, struct session *session,
                     const struct session_result *result, uint32_t sub)
{
    static const enum fate fates[OUTCOME_COUNT] = {[OUTCOME_CLEAN] = FATE_CLEAN, [OUTCOME_WARNED] = FATE_WARNED,
                                                   [OUTCOME_SUPPRESSED] = FATE_SUPPRESSED,
                                                   [OUTCOME_DEAD_LETTERED] = FATE_UNREADABLE};
    struct warning warning;
    size_t n;
    char *json;

    if (result->outcome == OUTCOME_DEAD_LETTERED)
        return print_fate(letters, letter, sub, FATE_UNREADABLE, reason_name(result->fault.reason), NULL);
    if (result->outcome != OUTCOME_WARNED)
        return print_fate(letters, letter, sub, fates[result->outcome], "", NULL);
    json = session_warning(session, false, clock_wall_ms(), &n, &warning);
    if (json == NULL)
        return -TS_ENOMEM;
    print_fate(letters, letter, sub, FATE_WARNED, warning.rules[0].id, &warning);
    if (letters->replay->emits && replay_emit_keep(&letters->replay->emit, json) == 0)
        return 0;
    free(json);
    return letters->replay->emits ? -TS_ENOMEM : 0;
}

static int judge_message(struct letters *letters, const struct letter *letter, struct session *session,
                         const struct feed *feed, const struct history_message *message)
{
    const struct alert_source source = {.topic = str_of(letter->topic), .cluster = str_of(letters->cluster),
                                        .partition = letter->partition, .offset = letter->offset,
                                        .kafka_timestamp_ms = message->timestamp_ms};
    struct session_result result;
    int rc = 0;

    session_begin(session, feed, message->payload, &source);
    while (rc == 0 && session_next(session, &result)) {
        uint32_t sub = result.record != NULL ? result.record->sub : result.fault.sub;
        if (sub == letter->sub || (sub > letter->sub && is_of_payload(letter)))
            rc = judge_one(letters, letter, session, &result, sub);
    }
    return rc;
}

static struct feed *find_feed(const struct letters *letters, const char *topic)
{
    for (size_t i = 0; i < letters->replay->config->input.ntopics; i++)
        if (strcmp(letters->replay->config->input.topics[i].name, topic) == 0)
            return letters->feeds[i];
    return NULL;
}

static int judge_letter(struct letters *letters, const struct letter *letter, struct recall *recall,
                        struct session *session, struct err *err)
{
    const struct feed *feed = find_feed(letters, letter->topic);
    struct history_message message;
    int rc;

    if (feed == NULL)
        return print_fate(letters, letter, (uint32_t)letter->sub, FATE_NO_TOPIC, "", NULL);
    rc = recall_get(recall, letter->topic, letter->partition, letter->offset, &message, err);
    if (rc < 0)
        return rc;
    if (rc == 0 || message.timestamp_ms > letter->at_ms) /* newer than its letter: the topic was made anew */
        return print_fate(letters, letter, (uint32_t)letter->sub, FATE_GONE, "", NULL);
    rc = judge_message(letters, letter, session, feed, &message);
    if (rc != 0)
        err_add(err, "%s", ts_strerror(rc));
    return rc;
}

static void judge_letters(struct letters *letters, struct err *err)
{
    struct replay_judge judge;
    struct recall *recall = recall_new(letters->replay->config, err);

    if (replay_judge_init(&judge, letters->replay) != 0)
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
    for (size_t i = 0; i < letters->n && recall != NULL && err->count == 0; i++)
        if (i == 0 || by_place(&letters->items[i - 1], &letters->items[i]) != 0) /* some come twice */
            judge_letter(letters, &letters->items[i], recall, judge.sessions[REPLAY_NEW], err);
    replay_judge_fini(&judge);
    recall_free(&recall);
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static void make_feeds(struct letters *letters, struct err *err)
{
    const struct config *config = letters->replay->config;

    letters->feeds = calloc(config->input.ntopics + 1, sizeof(struct feed *));
    if (letters->feeds == NULL)
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
    for (size_t i = 0; letters->feeds != NULL && i < config->input.ntopics; i++)
        letters->feeds[i] = feed_new(config->input.topics[i].feed, config->input.topics[i].name, err);
}

static void print_summary(const struct letters *letters)
{
    json_t *summary;

    if (!letters->replay->json) {
        printf("%zu dead letters", letters->n);
        for (int i = 0; i < FATES; i++)
            printf("%s %" PRIu64 " %s", i == 0 ? ":" : ",", letters->fates[i], fate_names[i]);
        putchar('\n');
        return;
    }
    summary = json_pack("{s:I, s:I}", "letters", (json_int_t)letters->n, "strange", (json_int_t)letters->strange);
    for (int i = 0; i < FATES; i++)
        json_object_set_new(summary, fate_names[i], json_integer((json_int_t)letters->fates[i]));
    printf("{\"summary\":");
    json_dumpf(summary, stdout, JSON_COMPACT);
    puts("}");
    json_decref(summary);
}

int replay_letters(struct replay *replay, struct err *err)
{
    struct letters letters = {.replay = replay};

    make_feeds(&letters, err);
    if (err->count == 0)
        read_letters(&letters, err);
    if (err->count == 0)
        judge_letters(&letters, err);
    if (err->count == 0)
        print_summary(&letters);
    for (size_t i = 0; i < letters.n; i++)
        free(letters.items[i].topic);
    for (size_t i = 0; letters.feeds != NULL && i < replay->config->input.ntopics; i++)
        feed_free(&letters.feeds[i]);
    free(letters.feeds);
    free(letters.items);
    return err->count == 0 ? EXIT_DONE : EXIT_RUNTIME;
}
