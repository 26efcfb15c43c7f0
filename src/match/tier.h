/* tier.h - how a warned person is to be dissuaded: by a visit (high), by phone (medium), by SMS (low). */
#ifndef TELSIEVE_MATCH_TIER_H
#define TELSIEVE_MATCH_TIER_H

enum tier { TIER_NONE, TIER_LOW, TIER_MEDIUM, TIER_HIGH };

const char *tier_name(enum tier tier); /* "high", "medium", "low", "none" */

#endif
