/* rules_delivery.h - parcels on their way, followed until the nodes have answered, and what is printed of that. */
#ifndef TELSIEVE_CLI_RULES_DELIVERY_H
#define TELSIEVE_CLI_RULES_DELIVERY_H

#include "cli/rules_parcel.h"

struct delivery {
    struct way way; /* open */
    struct parcels parcels;
    bool wait, json;
};

/* Send the parcels, wait for the nodes when that is asked for, and tell. Returns EXIT_DONE, or an exit code (with err
 * where nothing was printed). */
int delivery_send(struct delivery *delivery, struct err *err);

/* The same without sending: the node has them already. By HTTP only. */
int delivery_follow(struct delivery *delivery, struct err *err);

#endif
