/* rules.c - the words of `telsieve rules`: each is a command of its own, in a file of its own. */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#define WORDS_OF "rules "

static const struct command words[] = {
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
