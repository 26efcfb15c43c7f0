/* allocations.c - how often a warm session asks for memory, and for how much: by stage for clean records, and for the
 * warnings of fraudulent ones. Counted at malloc itself.
 *
 * usage: allocations RULES; JSON. */
#include "lib/rig.h"

#include "record/contact.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define RECORDS 5000

static size_t calls, bytes;

/* glibc's own names behind malloc: ours are found first, by C and C++ alike. */
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t count, size_t n);
extern void *__libc_realloc(void *p, size_t n);
extern void *__libc_memalign(size_t alignment, size_t n);

__attribute__((visibility("default"))) void *malloc(size_t n)
{
    calls++, bytes += n;
    return __libc_malloc(n);
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t n)
{
    calls++, bytes += count * n;
    return __libc_calloc(count, n);
}

__attribute__((visibility("default"))) void *realloc(void *p, size_t n)
{
    calls++, bytes += n;
    return __libc_realloc(p, n);
}

__attribute__((visibility("default"))) void *aligned_alloc(size_t alignment, size_t n)
{
    calls++, bytes += n;
    return __libc_memalign(alignment, n);
}

__attribute__((visibility("default"))) int posix_memalign(void **out, size_t alignment, size_t n)
{
    calls++, bytes += n;
    return (*out = __libc_memalign(alignment, n)) != NULL ? 0 : 12;
}

struct count {
    size_t calls, bytes, n;
};

struct counter {
    struct count at, stage[JUDGE_STAGES];
};

static struct count now(void)
{
    return (struct count){calls, bytes, 0};
}

static void add(struct count *sum, struct count since)
{
    sum->calls += calls - since.calls;
    sum->bytes += bytes - since.bytes;
    sum->n++;
}

static void mark(void *ctx, enum judge_stage next)
{
    struct counter *counter = ctx;

    if (next > 0)
        add(&counter->stage[next - 1], counter->at);
    counter->at = now();
}

static void set(json_t *all, const char *name, struct count count)
{
    double n = (double)(count.n > 0 ? count.n : 1);

    json_object_set_new(all, name, json_pack("{s:f, s:f}", "allocations", (double)count.calls / n, "allocated_bytes",
                                             (double)count.bytes / n));
}

/* Payloads to verdicts; `outside` is what the judge's stages did not ask for: the decoder. */
static void count_clean(const struct corpus *corpus, struct session *session, const struct feed *feed,
                        struct counter *counter, struct count *outside)
{
    struct session_result result;
    struct count before = now();

    judge_watch(session_judge(session), mark, counter);
    for (size_t i = 0; i < corpus->n; i++) {
        session_begin(session, feed, corpus->payloads[i], &rig_source);
        while (session_next(session, &result))
            ;
    }
    judge_watch(session_judge(session), NULL, NULL);
    *outside = (struct count){calls - before.calls, bytes - before.bytes, corpus->n};
    for (int s = 0; s < JUDGE_STAGES; s++) {
        outside->calls -= counter->stage[s].calls;
        outside->bytes -= counter->stage[s].bytes;
    }
}

static void count_contacts(const struct corpus *corpus, struct session *session, const struct feed *feed,
                           struct contact_list *contacts, struct count *sum)
{
    struct session_result result;

    *sum = (struct count){0};
    for (size_t i = 0; i < corpus->n; i++) {
        session_begin(session, feed, corpus->payloads[i], &rig_source);
        while (session_next(session, &result)) {
            const struct subject *subject = result.verdict->subject;
            struct count before = now();
            (void)contact_extract(subject->contact_tables, subject->plan, subject->canon, &subject->caller, contacts);
            add(sum, before);
        }
    }
}

static struct count count_warnings(const struct corpus *corpus, struct session *session, const struct feed *feed)
{
    struct session_result result;
    struct count sum = {0};
    size_t len;

    for (size_t i = 0; i < corpus->n; i++) {
        session_begin(session, feed, corpus->payloads[i], &rig_source);
        while (session_next(session, &result)) {
            struct count before = now();
            if (result.outcome != OUTCOME_WARNED)
                continue;
            free(session_warning(session, false, RIG_TIME_MS, &len, NULL));
            add(&sum, before);
        }
    }
    return sum;
}

int main(int argc, char **argv)
{
    static const char *const names[JUDGE_STAGES] = {"numbers", "canon", "scan", "evaluate"};
    const struct ruleset *ruleset = rig_ruleset(argc == 2 ? argv[1] : "patterns");
    const struct feed *feed = rig_feed();
    struct session *session = rig_session(ruleset);
    struct corpus *clean = rig_corpus("clean", RECORDS, session, feed);
    struct corpus *fraud = rig_corpus("fraud", RECORDS / 10, session, feed);
    struct counter counter = {0};
    struct contact_list list;
    struct count decode, contacts;
    json_t *all;

    contact_list_init(&list);
    count_contacts(clean, session, feed, &list, &contacts); /* warms the list up */
    count_contacts(clean, session, feed, &list, &contacts);
    count_clean(clean, session, feed, &counter, &decode);
    all = json_object();
    set(all, "warning", count_warnings(fraud, session, feed));
    set(all, "decode", decode);
    set(all, "contacts", contacts);
    for (int s = 0; s < JUDGE_STAGES; s++)
        set(all, names[s], counter.stage[s]);
    json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    putchar('\n');
    return 0;
}
