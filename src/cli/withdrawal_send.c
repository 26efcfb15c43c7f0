/* withdrawal_send.c - asks, sends, and tells the audit log, a line for each rule. */
#include "cli/withdrawal.h"
#include "cli/command.h"
#include "cli/warning_sender.h"
#include "core/clock.h"
#include "daemon/audit.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

static char *message_of(const struct withdrawals *all, const struct withdrawal *item, const char *why)
{
    const struct withdrawal_rule *rule = &all->rules[item->rule];
    json_t *json = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s*, s:I, s:s}", "v", 1, "id", item->id, "status", "withdrawn",
                             "rule", rule->id, "library", rule->library, "version",
                             rule->version[0] != '\0' ? rule->version : NULL, "at", (json_int_t)clock_wall_ms(), "why",
                             why);
    char *text = json_dumps(json, JSON_COMPACT);

    json_decref(json);
    return text;
}

static int send_one(struct warning_sender *sender, const struct withdrawals *all, struct withdrawal *item,
                    const char *why, struct err *err)
{
    char *text = message_of(all, item, why);
    const struct announcer_header headers[] = {
        {"telsieve.family", str_of(item->family)},
        {"telsieve.tier", str_of(item->tier)},
        {"telsieve.id", str_of(item->id)},
        {"telsieve.status", STR_LIT("withdrawn")},
    };
    const struct announcement one = {
        .key = item->key,
        .value = str_of(text),
        .placed = true,
        .partition = item->partition,
        .headers = headers,
        .nheaders = sizeof(headers) / sizeof(*headers),
        .opaque = &item->done,
    };
    int rc = -TS_ENOMEM;

    if (text != NULL)
        rc = warning_sender_send(sender, &one, err);
    else
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
    free(text);
    return rc;
}

/* ---- the audit log --------------------------------------------------------------------------------------------- */

static size_t done_for(const struct withdrawals *all, size_t rule)
{
    size_t n = 0;

    for (size_t i = 0; i < all->n; i++)
        n += all->items[i].done && all->items[i].rule == rule;
    return n;
}

/* A file that is not there is the daemon's to make: made by somebody else it might not be the daemon's to write. */
static void note(const struct withdrawals *all, const char *why, int code)
{
    static const char *const results[] = {[EXIT_DONE] = "withdrawn", [EXIT_RUNTIME] = "failed",
                                          [EXIT_DEADLINE] = "interrupted"};
    const char *file = all->config->audit.file;
    const struct passwd *user = getpwuid(getuid());
    char who[64];

    if (file[0] == '\0' || access(file, W_OK) != 0) {
        fprintf(stderr, "not noted in an audit log: %s%s%s\n", file[0] == '\0' ? "audit.file is empty" : file,
                file[0] == '\0' ? "" : ": ", file[0] == '\0' ? "" : strerror(errno));
        return;
    }
    if (user != NULL)
        snprintf(who, sizeof(who), "%s", user->pw_name);
    else
        snprintf(who, sizeof(who), "uid %u", (unsigned)getuid());
    for (size_t i = 0; i < all->nrules; i++) {
        const struct withdrawal_rule *rule = &all->rules[i];
        const struct audit_line line = {.what = "recall", .way = "command", .who = who, .rule = rule->id,
                                        .library = rule->library, .version = rule->version, .result = results[code],
                                        .why = why, .warnings = done_for(all, i)};
        if (line.warnings > 0)
            audit_write(file, &line);
    }
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

size_t withdrawals_done(const struct withdrawals *all)
{
    size_t n = 0;

    for (size_t i = 0; i < all->n; i++)
        n += all->items[i].done;
    return n;
}

int withdrawals_send(struct withdrawals *all, const char *why, bool yes, struct err *err)
{
    size_t stand = all->counts[WITHDRAWAL_STANDS];
    struct warning_sender sender;
    int rc, code;

    if (!warning_sender_may(all->config, stand, stand == 1 ? "withdrawal" : "withdrawals", yes)) {
        fputs("nothing was taken back\n", stderr);
        return EXIT_DONE;
    }
    rc = warning_sender_open(&sender, all->config, all->wish.rate, err);
    for (size_t i = 0; i < all->n && rc == 0; i++)
        if (all->items[i].state == WITHDRAWAL_STANDS)
            rc = send_one(&sender, all, &all->items[i], why, err);
    code = warning_sender_close(&sender, err);
    fprintf(stderr, "%zu of %zu warnings taken back%s\n", withdrawals_done(all), stand,
            code == EXIT_DEADLINE ? ": it was ended; the same command goes on with the others" : "");
    note(all, why, code);
    return code;
}
