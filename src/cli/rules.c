/* rules.c - the words of `telsieve rules`: each is a command of its own, in a file of its own. */
#include "cli/rules_way.h"

#include <stdio.h>
#include <string.h>

#define WORDS_OF "rules "

#define OPTION_SIGNATURE "      --signature FILE  the signatures go with it (default: FILE.sig, when it is there)\n"
#define OPTION_JSON "      --json            for programs\n"

static const struct command words[] = {
    {WORDS_OF "list", command_rules_list, WAY_ARGUMENTS " [--wait WHAT] [--json]",
     "the libraries of a node; with --topic of all nodes, and whether they agree",
     WAY_OPTIONS "      --wait WHAT       until every node has it: LIBRARY@VERSION, or the hash of a library or of a\n"
                 "                        rule set (8 digits of it or more)\n" OPTION_JSON},
    {WORDS_OF "show", command_rules_show, WAY_ARGUMENTS " NAME",
     "a library as it is live; with --topic as the topic holds it", WAY_OPTIONS},
    {WORDS_OF "push", command_rules_push, WAY_ARGUMENTS " [OPTION]… FILE…",
     "feed libraries: their versions must be above those fed before",
     WAY_OPTIONS "      --rollback        to an older version, on purpose\n" OPTION_SIGNATURE
                 "      --sign KEY        sign with this private key, too; FILE.sig stays as it is\n"
                 "      --wait            until every node has taken them, or one refused: exit 1 with what is wrong\n"
                 OPTION_JSON},
    {WORDS_OF "withdraw", command_rules_withdraw, WAY_ARGUMENTS " [OPTION]… NAME…",
     "take back what was fed; the file of that name, if there is one, counts again",
     WAY_OPTIONS "      --signature FILE  what telsieve rules sign --withdraw printed\n"
                 "      --wait            until every node has withdrawn them\n" OPTION_JSON},
    {WORDS_OF "rollback", command_rules_rollback, "[--node URL]",
     "the rule set before is live again at a node, with all its libraries", WAY_OPTIONS},
    {WORDS_OF "promote", command_rules_promote, "[--node URL] [--topic -c FILE [--sign KEY]] [OPTION]… RULE",
     "make a rule live that was in shadow or a canary, if its evidence at a node meets the budget (promote.*)",
     WAY_OPTIONS "      --sign KEY        with --topic: sign the library with this private key\n"
                 "      --try             only say whether it may: exit 1 when not\n"
                 "      --out FILE        only write the library as it would be, to be signed and pushed\n"
                 "      --force           although its evidence does not meet the budget; it is in the audit log,\n"
                 "      --why TEXT        with this reason\n"
                 "      --wait            until the node (with --topic: every node) has it, or refused it\n"},
    {WORDS_OF "diff", command_rules_diff, WAY_ARGUMENTS " [OPTION]… NAME | FILE [FILE]",
     "phrases and rules that differ: live from its file, a file from what is live, file from file",
     WAY_OPTIONS "  -r, --rules DIR       where the file of NAME is (default: rules.dir of -c, else patterns)\n"
                 "      --with URL        NAME at another node, not its file\n" OPTION_JSON},
    {WORDS_OF "history", command_rules_history, "[-c FILE] [--json] [AUDIT…]",
     "who changed which library when, and what came of it: the audit log",
     "  -c, --config FILE     configuration that names it (default: conf/telsieve.json)\n" OPTION_JSON},
    {WORDS_OF "recall", command_rules_recall, "-c FILE --from TIME [OPTION]… RULE…",
     "take back the warnings of rules that turned out to be wrong",
     "  -c, --config FILE     configuration: output.warnings is read, and what is taken back is sent there\n"
     "      --from TIME       2026-11-22T09:00:00 (Asia/Shanghai, or with +08:00 or Z), -2h, epoch milliseconds:\n"
     "                        when the warnings were sent\n"
     "      --to TIME         up to but without this one (default: now)\n"
     "      --version V       only of this version of the rule's library\n"
     "      --also-shared     also where other rules warn of the same record (default: these warnings stay)\n"
     "      --why TEXT        goes with each (default: the rule was recalled)\n"
     "      --rate N          read, and send, at most N messages a second\n"
     "      --dry-run         only count\n"
     "      --yes             without the question that a terminal is asked\n" OPTION_JSON
     "  Ctrl-C ends it between two messages (exit code 4); the same command goes on with the others\n"},
    {WORDS_OF "keygen", command_rules_keygen, "[OPTION]… NAME",
     "make a key: NAME.pem to sign with, NAME.json for those who trust it",
     "      --dir FOLDER      where to (default: here)\n"
     "      --from DAY        first day on which it is trusted (default: today)\n"
     "      --until DAY       last day (default: in two years)\n"
     "      --note TEXT       whose it is, for people\n"},
    {WORDS_OF "sign", command_rules_sign,
     "--key FILE [--rollback VERSION] LIBRARY… | --key FILE --withdraw NAME VERSION",
     "sign libraries; the signatures go to LIBRARY.sig, beside those that are there",
     "      --key FILE        private key\n"
     "      --name NAME       of the key (default: FILE without its folder and .pem)\n"
     "      --rollback VERSION  go back to the library from this version, the highest that was fed\n"
     "      --withdraw        withdraw library NAME up to this VERSION: the header is printed\n"
     "      --beside FILE|-   with --withdraw: beside what another has signed already\n"},
    {WORDS_OF "verify", command_rules_verify, "--keys FOLDER [--signatures N] LIBRARY…",
     "are libraries signed as a daemon would ask?",
     "      --keys FOLDER     public keys that are trusted (rules.trusted_keys)\n"
     "      --signatures N    by so many different keys: 1 (default) or 2\n"},
};

#define NWORDS (sizeof(words) / sizeof(*words))

static const char *word_of(const struct command *command)
{
    return command->name + sizeof(WORDS_OF) - 1;
}

static int wrong_word(const struct command *self, const char *word)
{
    const char *names[NWORDS + 1] = {0};
    char hint[ERR_HINT_BYTES];

    for (size_t i = 0; i < NWORDS; i++)
        names[i] = word_of(&words[i]);
    return usage_error(self, "no word \"%s\"%s", word, err_hint(word, names, hint));
}

static void print_words(const struct command *self)
{
    printf("telsieve %s - %s\n\nusage: telsieve %s %s\n\n", self->name, self->summary, self->name, self->arguments);
    for (size_t i = 0; i < NWORDS; i++)
        printf("  %-9s %s\n", word_of(&words[i]), words[i].summary);
    puts("\n  (each word has --help)");
}

int command_rules(const struct command *self, int argc, char **argv)
{
    if (argc < 2)
        return usage_error(self, "which word?");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_words(self);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < NWORDS; i++) {
        if (strcmp(argv[1], word_of(&words[i])) != 0)
            continue;
        if (!asks_for_help(argc - 1, argv + 1))
            return words[i].run(&words[i], argc - 1, argv + 1);
        print_help(&words[i]);
        return EXIT_DONE;
    }
    return wrong_word(self, argv[1]);
}
