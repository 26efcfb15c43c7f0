/* tally.c - families are letters of DOMAIN.md 2; their names stand here for people. */
#include "cli/tally.h"

static const char *const family_names[26] = {
    ['A' - 'A'] = "acquaintance", ['B' - 'A'] = "brushing",     ['D' - 'A'] = "dating",
    ['G' - 'A'] = "games",        ['I' - 'A'] = "investment",   ['L' - 'A'] = "loan",
    ['N' - 'A'] = "number",       ['P' - 'A'] = "purchase",     ['R' - 'A'] = "refund",
    ['S' - 'A'] = "safe account", ['X' - 'A'] = "phishing",     ['Z' - 'A'] = "credit record"};

static size_t family_index(const char *family)
{
    return family[0] >= 'A' && family[0] <= 'Z' ? (size_t)(family[0] - 'A') : 'X' - 'A';
}

void tally_add(struct tally *tally, const struct session_result *result)
{
    tally->records++;
    tally->outcome[result->outcome]++;
    if (result->outcome == OUTCOME_DEAD_LETTERED) {
        tally->reasons[result->fault.reason]++;
        return;
    }
    tally->shadow += result->outcome == OUTCOME_CLEAN && result->verdict->nshadow > 0;
    if (result->outcome == OUTCOME_WARNED)
        tally->warnings[family_index(result->verdict->fired[0].rule->family)][verdict_tier(result->verdict, false)]++;
}

void tally_merge(struct tally *into, const struct tally *from)
{
    into->records += from->records;
    into->shadow += from->shadow;
    for (size_t i = 0; i < OUTCOME_COUNT; i++)
        into->outcome[i] += from->outcome[i];
    for (size_t i = 0; i < 26; i++)
        for (size_t t = 0; t < 4; t++)
            into->warnings[i][t] += from->warnings[i][t];
    for (size_t i = 0; i < REASON_COUNT; i++)
        into->reasons[i] += from->reasons[i];
}

void tally_add_warning(struct tally *tally, const char *family, const char *tier)
{
    for (enum tier t = TIER_LOW; t <= TIER_HIGH; t++)
        if (strcmp(tier, tier_name(t)) == 0)
            tally->warnings[family_index(family)][t]++;
}

const char *tally_number(uint64_t n, char *out)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
    char *p = out;

    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            *p++ = ',';
        *p++ = digits[i];
    }
    *p = '\0';
    return out;
}

static void print_families(const struct tally *tally, FILE *out)
{
    bool any = false;

    for (size_t f = 0; f < 26; f++) {
        const uint64_t *row = tally->warnings[f];
        uint64_t sum = row[TIER_LOW] + row[TIER_MEDIUM] + row[TIER_HIGH];
        if (sum == 0)
            continue;
        if (!any)
            fprintf(out, "  warnings by family        high   medium      low\n");
        any = true;
        fprintf(out, "    %c %-18s %8llu %8llu %8llu\n", (char)('A' + (int)f),
                family_names[f] != NULL ? family_names[f] : "", (unsigned long long)row[TIER_HIGH],
                (unsigned long long)row[TIER_MEDIUM], (unsigned long long)row[TIER_LOW]);
    }
}

void tally_print(const struct tally *tally, FILE *out)
{
    bool any = false;

    print_families(tally, out);
    for (size_t i = 0; i < REASON_COUNT; i++) {
        if (tally->reasons[i] == 0)
            continue;
        if (!any)
            fprintf(out, "  dead letters by reason\n");
        any = true;
        fprintf(out, "    %-20s %8llu  %s\n", reason_name((enum dead_letter_reason)i),
                (unsigned long long)tally->reasons[i], reason_help((enum dead_letter_reason)i));
    }
}
