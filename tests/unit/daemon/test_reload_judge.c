/* Records are judged while generations come and go: each by one whole set that was announced, whatever is published,
 * rolled back, freed meanwhile. ThreadSanitizer and AddressSanitizer see what the assertions cannot. */
#include "../match/match_setup.h"
#include "feed_setup.h"

#include <pthread.h>
#include <stdatomic.h>

#define JUDGES 3
#define FEEDS 24
#define HASHES (FEEDS + 2)

static const char *const words[] = {"猕猴桃甲丢失", "猕猴桃乙丢失", "猕猴桃丙丢失"};

struct bench {
    struct store *store;
    unsigned slot;
    _Atomic bool *stop;
    char seen[HASHES][80];
    size_t nseen, judged;
    const char *wrong;
};

static void note_hash(struct bench *bench, const char *hash)
{
    for (size_t i = bench->nseen; i > 0; i--)
        if (strcmp(bench->seen[i - 1], hash) == 0)
            return;
    if (bench->nseen == HASHES)
        bench->wrong = "more hashes than sets were published";
    else
        strcpy(bench->seen[bench->nseen++], hash);
}

/* The text has the phrases of every feed: of this set exactly the rules of its own libraries must fire. */
static void check_verdict(struct bench *bench, const struct ruleset *set, const struct verdict *verdict)
{
    size_t fired = 0;

    for (size_t i = 0; i < verdict->nfired; i++) {
        if (verdict->fired[i].rule != ruleset_rule(set, verdict->fired[i].rule_index, NULL))
            bench->wrong = "a rule of another set fired";
        fired += strcmp(verdict->fired[i].rule->id, "kiwi-1") == 0;
    }
    if (fired != (ruleset_library_count(set) == 3))
        bench->wrong = "the fed rule fired without its library, or did not fire with it";
}

static void *judge_on(void *arg)
{
    struct bench *bench = arg;
    struct judge *judge = judge_new();
    struct record record = setup_sms("13912345678", "您的猕猴桃甲丢失,猕猴桃乙丢失,猕猴桃丙丢失,苹果丢失");
    const struct verdict *verdict;

    while (!atomic_load(bench->stop) && bench->wrong == NULL) {
        const struct ruleset *set = store_pin(bench->store, bench->slot);

        note_hash(bench, ruleset_hash(set));
        if (judge_use(judge, set) != 0)
            bench->wrong = "the set cannot be used";
        for (int i = 0; i < 20 && bench->wrong == NULL; i++) {
            if (judge_record(judge, &record, &verdict) != 0)
                bench->wrong = "the record cannot be judged";
            else
                check_verdict(bench, set, verdict);
            bench->judged++;
        }
        store_unpin(bench->store, bench->slot);
    }
    judge_free(&judge);
    return NULL;
}

static bool is_among(const char *hash, char (*hashes)[80], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(hashes[i], hash) == 0)
            return true;
    return false;
}

/* One of four takes the library away, one of three goes back behind it. */
static void feed_round(int i, char announced[80])
{
    FEED({"kiwi", i % 4 == 3 ? NULL : library("kiwi", "", words[i % 3], words[i % 3])});
    snprintf(announced, 80, "%s", expect(NULL, NULL));
    if (i % 3 == 2)
        (void)reload_rollback(loader);
}

START_TEST(every_record_is_judged_by_one_whole_set_that_was_announced)
{
    _Atomic bool stop = false;
    char announced[HASHES][80];
    struct bench *benches = calloc(JUDGES, sizeof(*benches));
    pthread_t threads[JUDGES];

    snprintf(announced[FEEDS], sizeof(announced[0]), "%s", live_hash());
    for (unsigned i = 0; i < JUDGES; i++) {
        benches[i] = (struct bench){.store = store, .slot = i + 1, .stop = &stop};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, judge_on, &benches[i]), 0);
    }
    for (int i = 0; i < FEEDS; i++)
        feed_round(i, announced[i]);
    atomic_store(&stop, true);
    for (unsigned i = 0; i < JUDGES; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_msg(benches[i].wrong == NULL, "%s", benches[i].wrong);
        ck_assert_uint_gt(benches[i].judged, 20);
        for (size_t k = 0; k < benches[i].nseen; k++)
            ck_assert_msg(is_among(benches[i].seen[k], announced, FEEDS + 1), "%s was never announced",
                          benches[i].seen[k]);
    }
    free(benches);
}
END_TEST

int main(int argc, char **argv)
{
    TCase *tests;
    int code;

    if (is_child(argc, argv, &code))
        return code;
    tests = tcase_create("reload_judge");
    tcase_set_timeout(tests, 180);
    tcase_add_checked_fixture(tests, prepare, clean_up);
    tcase_add_test(tests, every_record_is_judged_by_one_whole_set_that_was_announced);
    return setup_run("reload_judge", tests);
}
