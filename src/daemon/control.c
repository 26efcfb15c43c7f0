/* control.c - offers come in, answers go out; the parts know nothing of each other. What concerns one rule is in
 * control_rule.c, what is shown in control_pages.c. */
#include "daemon/control_parts.h"
#include "core/clock.h"
#include "core/log.h"
#include "daemon/audit.h"

#include <stdio.h>
#include <stdlib.h>

#define FLUSH_MS 1000       /* for what is still to be said at the end */
#define LISTS_AUDIT_MS 10000 /* between two lines on changed entries */

/* ---- offers ------------------------------------------------------------------------------------------------------ */

static void on_answer(void *ctx, const struct answer *answer)
{
    control_decide(ctx, answer);
}

static uint64_t on_submit(void *ctx, struct fed_set *set)
{
    struct control *control = ctx;

    return reload_feed(control->setup.reload, set);
}

static int on_verify(void *ctx, const struct offer *offer, const char *highest, char signers[DEPOT_WHO_BYTES],
                     struct err *err)
{
    const struct control *control = ctx;

    return offer_signature_verify(control->signature, offer, highest, signers, err);
}

/* A change of all rules at once. */
static void audit_rules(const struct control *control, const char *what, const char *way, const char *who,
                        const struct reload_outcome *outcome)
{
    char first[400] = "";
    struct audit_line line = {.what = what, .way = way, .who = who, .result = outcome->ok ? "live" : "failed",
                              .before = control->hash_before, .after = control->hash,
                              .generation = outcome->generation};

    if (outcome->problems != NULL) {
        snprintf(first, sizeof(first), "%.*s", (int)strcspn(outcome->problems, "\n"), outcome->problems);
        line.problem = first;
    }
    audit_post(control->disk, control->setup.config->audit.file, &line);
}

void control_expect_reload(struct control *control, const char *way, const char *who)
{
    size_t n = strlen(control->reload_who);

    if (control->reload_way[0] == '\0') {
        snprintf(control->reload_way, sizeof(control->reload_way), "%s", way);
        n = 0;
    }
    snprintf(control->reload_who + n, sizeof(control->reload_who) - n, "%s%s", n > 0 ? ", " : "", who);
}

/* An outcome may answer both, a feed and a reload. */
static void report_outcome(struct control *control, const struct reload_outcome *outcome, bool fed)
{
    struct overview overview = control->setup.look(control->setup.ctx);
    const char *cause = !control->announced ? "start" : fed ? "feed" : "reload";

    report_rules(&control->reporter, outcome, cause, &overview, control->depot);
    if (!control->announced)
        audit_rules(control, "start", "files", "start", outcome);
    else if (outcome->whole && control->reload_way[0] != '\0') {
        audit_rules(control, "reload", control->reload_way, control->reload_who, outcome);
        control->reload_way[0] = '\0';
    }
    control->announced = true;
}

void control_settle(struct control *control, const struct reload_outcome *outcome)
{
    bool fed = offers_pending(control->offers);

    snprintf(control->hash_before, sizeof(control->hash_before), "%s", outcome->hash_before);
    snprintf(control->hash, sizeof(control->hash), "%s", outcome->hash);
    offer_signature_refresh(control->signature);
    control->changing = true;
    offers_settle(control->offers, outcome);
    control->changing = false;
    control_keep_depot(control);
    report_outcome(control, outcome, fed);
}

int control_roll_back(struct control *control, const char *who, struct err *err)
{
    struct overview overview = control->setup.look(control->setup.ctx);
    struct reload_outcome outcome = {.ok = true};
    struct fed_set *live;
    int rc;

    if (offer_signature_is_required(control->signature)) {
        err_add(err, "rules.require_signature is on: send the library to go back to, signed for that (telsieve rules "
                     "sign --rollback)");
        return -TS_EINVAL;
    }
    if (offers_pending(control->offers) && !offers_flying(control->offers)) {
        err_add(err, "libraries that were offered wait for files of rules.dir to be mended, or for control.rules to be "
                     "read; /rules says which");
        return -TS_EBUSY;
    }
    rc = offers_pending(control->offers) ? -TS_EBUSY : reload_rollback(control->setup.reload);
    if (rc != 0) {
        err_add(err, rc == -TS_EBUSY ? "rules are being loaded: try again when they are live"
                                     : "there are no rules to go back to: only one set was live, or the one before "
                                       "was found wrong");
        return rc;
    }
    memcpy(control->hash_before, control->hash, sizeof(control->hash));
    store_read_hash(overview.store, control->hash);
    outcome.generation = store_generation(overview.store);
    memcpy(outcome.hash, control->hash, sizeof(outcome.hash));
    live = reload_live(control->setup.reload);
    control->changing = true;
    offers_follow(control->offers, live, who);
    control->changing = false;
    fed_set_unref(&live);
    control_keep_depot(control);
    audit_rules(control, "rollback", "http", who, &outcome);
    report_rules(&control->reporter, &outcome, "rollback", &overview, control->depot);
    return 0;
}

void control_offer(struct control *control, const struct offer *offer, struct answer *answer)
{
    control->decided = false;
    offers_make(control->offers, offer);
    *answer = control->decided ? control->newest
                               : (struct answer){.result = ANSWER_REFUSED, .problems = "out of memory\n"};
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

static bool lists_were_read(const struct control *control)
{
    struct list_feed_status status;

    list_feed_read_status(control->list_feed, &status);
    return status.caught_up;
}

/* For what the topic held at first to be live or refused. */
static bool still_waits(const struct control *control, int64_t now)
{
    bool settled = (control->library_feed == NULL || library_feed_was_read(control->library_feed)) &&
                   !offers_pending(control->offers) && (control->list_feed == NULL || lists_were_read(control));

    return !settled && now - control->started_mono_ms <= control->setup.config->control.ready_wait_ms;
}

static void look_at_feedback(struct control *control)
{
    struct feedback_status status;

    if (control->setup.feedback == NULL)
        return;
    feedback_read_status(control->setup.feedback, &status);
    memcpy(control->feedback_trouble, status.trouble, sizeof(status.trouble));
}

/* Entries change by the thousand: a line for all that changed since the last one. */
static void audit_lists(struct control *control, int64_t now)
{
    struct audit_line line = {.what = "lists", .way = "topic", .who = control->setup.config->control.lists,
                              .result = "accepted", .before = control->lists_digest};
    struct list_feed_status status;
    char digest[LISTS_DIGEST_SIZE];

    if (control->list_feed == NULL || now < control->lists_due_ms)
        return;
    list_feed_read_status(control->list_feed, &status);
    line.entries = status.changed - control->lists_audited;
    if (line.entries == 0 || !status.caught_up)
        return;
    line.after = lists_digest_text(lists_digest(control->setup.lists), digest);
    audit_post(control->disk, control->setup.config->audit.file, &line);
    memcpy(control->lists_digest, digest, sizeof(digest));
    control->lists_audited = status.changed;
    control->lists_due_ms = now + LISTS_AUDIT_MS;
}

void control_tick(struct control *control)
{
    int64_t now = clock_mono_ms();

    if (control->library_feed != NULL)
        library_feed_tick(control->library_feed);
    offers_tend(control->offers);
    if (control->list_feed != NULL)
        list_feed_tend(control->list_feed, now);
    audit_lists(control, now);
    if (atomic_load_explicit(&control->waits, memory_order_relaxed) && !still_waits(control, now))
        atomic_store_explicit(&control->waits, false, memory_order_relaxed);
    control_watch_disk(control, now);
    breaker_tick(control->breaker, now);
    look_at_feedback(control);
    if (control->announcer == NULL)
        return;
    if (now >= control->heartbeat_mono_ms) {
        struct overview overview = control->setup.look(control->setup.ctx);
        report_heartbeat(&control->reporter, &overview, control_trouble(control), control_is_degraded(control));
        control->heartbeat_mono_ms = now + control->setup.config->control.heartbeat_ms;
    }
    announcer_serve(control->announcer, now);
}

/* Why records are judged by what was kept from the last time; NULL: they are not. */
static const char *why_degraded(const struct control *control)
{
    if (control->library_feed != NULL && !library_feed_was_read(control->library_feed))
        return "control.rules has not been read yet: the fed rules are those kept from the last time";
    if (control->list_feed != NULL && !lists_were_read(control))
        return "control.lists has not been read yet: the fed entries are those kept from the last time";
    return NULL;
}

bool control_is_degraded(const struct control *control)
{
    return why_degraded(control) != NULL;
}

const char *control_trouble(const struct control *control)
{
    const char *trouble = control->library_feed != NULL ? library_feed_trouble(control->library_feed) : "";
    struct list_feed_status status;

    if (trouble[0] == '\0' && control->list_feed != NULL) {
        list_feed_read_status(control->list_feed, &status);
        trouble = status.trouble;
    }
    if (trouble[0] == '\0')
        trouble = control->stuck[0] != '\0' ? control->stuck : control->trouble;
    if (trouble[0] == '\0')
        trouble = control->feedback_trouble;
    if (trouble[0] == '\0' && control_is_degraded(control))
        trouble = why_degraded(control);
    return trouble[0] != '\0' ? trouble : offer_signature_trouble(control->signature);
}

bool control_is_ready(const struct control *control, char *why, size_t size)
{
    if (!atomic_load_explicit(&control->waits, memory_order_relaxed))
        return true;
    snprintf(why, size, "the control topics are being read");
    return false;
}

/* ---- made and freed ---------------------------------------------------------------------------------------------- */

struct fed_set *control_fed_set(const struct control *control)
{
    return offers_fed_set(control->depot);
}

static void open_depot(struct control *control, struct err *err)
{
    struct err damage;
    char quoted[1200];

    err_init(&damage);
    control->depot = depot_open(control->setup.config->control.state, &damage, err);
    if (damage.count > 0)
        log_warn("control", "msg=%s", log_quote(damage.text, quoted, sizeof(quoted)));
    err_fini(&damage);
}

static void on_entry_refused(void *ctx, const struct list_refusal *refusal)
{
    struct control *control = ctx;
    uint64_t left_out;

    report_list_refusal(&control->reporter, refusal,
                        !log_limit_pass(&control->list_refusals, clock_mono_ms(), &left_out));
}

static void on_lists_read(void *ctx, const struct list_reading *reading)
{
    const struct control *control = ctx;

    report_list_reading(&control->reporter, reading, control->setup.lists);
}

static void make_clients(struct control *control, struct err *err)
{
    const struct config *config = control->setup.config;
    const struct announcer_setup announcer = {.config = config, .topic = config->control.status, .patient = true};
    const struct list_feed_setup lists = {.config = config, .lists = control->setup.lists,
                                          .slot = control->setup.lists_slot, .ctx = control,
                                          .refused = on_entry_refused, .read = on_lists_read};

    if (config->control.rules[0] != '\0')
        control->library_feed = library_feed_new(config, control->depot, control->offers, err);
    if (config->control.status[0] != '\0')
        control->announcer = announcer_new(&announcer, err);
    control->reporter = (struct reporter){config, control->announcer, control->disk};
    if (config->control.lists[0] != '\0' && control->setup.lists != NULL)
        control->list_feed = list_feed_new(&lists, err);
    if (control->list_feed != NULL)
        lists_digest_text(lists_digest(control->setup.lists), control->lists_digest);
}

struct control *control_new(const struct control_setup *setup, struct err *err)
{
    struct control *control = calloc(1, sizeof(*control));
    struct offers_setup offers = {.max_bytes = (size_t)setup->config->control.max_library_bytes, .verify = on_verify,
                                  .submit = on_submit, .answered = on_answer, .ctx = control};
    unsigned before = err->count;

    if (control == NULL) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return NULL;
    }
    control->setup = *setup;
    control->list_refusals = (struct log_limit)LOG_LIMIT(32, 10000);
    atomic_init(&control->waits,
                setup->config->control.rules[0] != '\0' || setup->config->control.lists[0] != '\0');
    open_depot(control, err);
    if ((control->disk = disk_start()) == NULL)
        err_add(err, "no thread can be started to write to disk: %s", ts_strerror(TS_ENOMEM));
    (void)audit_check(setup->config->audit.file, err);
    control->signature = offer_signature_new(setup->config, err);
    offers.depot = control->depot;
    control->breaker = breaker_new(setup->config, setup->evidence, control_on_breaker, control);
    if (control->breaker == NULL)
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
    if (err->count == before && (control->offers = offers_new(&offers)) == NULL)
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
    if (err->count == before)
        make_clients(control, err);
    if (err->count > before)
        control_free(&control);
    return control;
}

static void on_disk(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct control *control = watcher->data;

    (void)loop;
    (void)events;
    disk_serve(control->disk);
}

void control_start(struct control *control, struct ev_loop *loop)
{
    control->started_mono_ms = clock_mono_ms(); /* loading the first rules is no waiting for topics */
    control->loop = loop;
    ev_io_init(&control->disk_readable, on_disk, disk_fd(control->disk), EV_READ);
    control->disk_readable.data = control;
    ev_io_start(loop, &control->disk_readable);
    if (control->library_feed != NULL)
        library_feed_start(control->library_feed, loop);
    if (control->list_feed != NULL)
        list_feed_start(control->list_feed, loop);
}

/* What waits for the disk is told before, unless the disk is stuck. */
static void stop_disk(struct control *control)
{
    size_t left;

    if (control->loop != NULL)
        ev_io_stop(control->loop, &control->disk_readable);
    control->loop = NULL;
    left = disk_stop(&control->disk);
    if (left == 0)
        return;
    control->left = true;
    log_error("control", "left=%zu msg=\"the disk of control.state or audit.file has not answered for %d s: the end "
              "does not wait for it; the last lines of audit.file and what was fed last may be missing\"", left,
              DISK_STOP_MS / 1000);
}

void control_stop(struct control *control)
{
    library_feed_free(&control->library_feed);
    audit_lists(control, INT64_MAX - LISTS_AUDIT_MS);
    list_feed_free(&control->list_feed);
    stop_disk(control);
    if (control->announcer != NULL)
        announcer_flush(control->announcer, FLUSH_MS);
}

void control_free(struct control **control)
{
    struct control *c = *control;

    if (c == NULL)
        return;
    library_feed_free(&c->library_feed);
    list_feed_free(&c->list_feed);
    stop_disk(c);
    announcer_free(&c->announcer);
    breaker_free(&c->breaker);
    offers_free(&c->offers);
    offer_signature_free(&c->signature);
    if (!c->left)
        depot_close(&c->depot);
    control_free_answers(c);
    free(c);
    *control = NULL;
}
