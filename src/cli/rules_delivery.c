/* rules_delivery.c - by topic one listens before one speaks, so that no answer is missed. */
#include "cli/rules_delivery.h"

#include <stdio.h>

static bool is_settled(void *ctx, const struct fleet *fleet)
{
    const struct delivery *delivery = ctx;

    return parcels_are_settled(&delivery->parcels, fleet);
}

static void print_sent(const struct delivery *delivery)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < delivery->parcels.n; i++) {
        const struct parcel *parcel = &delivery->parcels.items[i];
        const char *version = parcel->file.version;
        json_array_append_new(rows, json_pack("{s:s,s:s*,s:s*,s:s}", "library", parcel->file.name, "version",
                                              version[0] != '\0' ? version : NULL, "sha256",
                                              parcel->sha256[0] != '\0' ? parcel->sha256 : NULL, "result", "sent"));
        if (!delivery->json)
            printf("%s %s%ssent to topic %s; --wait waits for what the nodes say\n", parcel->file.name, version,
                   parcel->file.text == NULL ? "withdrawal " : " ", delivery->way.config->control.rules);
    }
    if (delivery->json) {
        json_dumpf(rows, stdout, JSON_INDENT(1));
        putchar('\n');
    }
    json_decref(rows);
}

/* Until all have answered, when that is asked for; then tell. */
static int settle(struct delivery *delivery, struct watch_fleet *watch, struct err *err)
{
    int code = delivery->wait ? watch_fleet_until(watch, is_settled, delivery, err) : EXIT_DONE, report;

    if (code != EXIT_DONE && code != EXIT_DEADLINE)
        return code;
    report = parcels_report(&delivery->parcels, &watch->fleet, delivery->json);
    if (code == EXIT_DEADLINE && fleet_count_present(&watch->fleet) == 0)
        err_add(err, "no node sends heartbeats on topic %s: there is nobody to wait for",
                delivery->way.config->control.status);
    else if (code == EXIT_DEADLINE)
        err_add(err, "after %ld s not every node has answered", delivery->way.timeout_s);
    return report == EXIT_DONE ? code : report;
}

int delivery_send(struct delivery *delivery, struct err *err)
{
    struct watch_fleet watch = {0};
    bool listen_first = delivery->way.topic && delivery->wait;
    int code = listen_first ? watch_fleet_open(&watch, &delivery->way, err) : EXIT_DONE;

    for (size_t i = 0; i < delivery->parcels.n && listen_first; i++)
        fleet_forget(&watch.fleet, delivery->parcels.items[i].file.name);
    if (code == EXIT_DONE)
        code = parcels_send(&delivery->parcels, &delivery->way, err);
    if (code == EXIT_DONE && listen_first)
        code = settle(delivery, &watch, err);
    else if (code == EXIT_DONE && delivery->way.topic)
        print_sent(delivery);
    else if (code == EXIT_DONE)
        code = delivery_follow(delivery, err);
    watch_fleet_close(&watch);
    return code;
}

int delivery_follow(struct delivery *delivery, struct err *err)
{
    struct watch_fleet watch;
    int code = watch_fleet_open(&watch, &delivery->way, err);

    if (code == EXIT_DONE)
        code = settle(delivery, &watch, err);
    watch_fleet_close(&watch);
    return code;
}
