/* rules_verify.c - the question a daemon asks, at a desk. */
#include "cli/command.h"
#include "cli/rules_sign.h"
#include "core/day.h"

#include <stdio.h>

static void verify_library(const struct keyring *keyring, size_t needed, const char *path, struct err *err)
{
    struct signatures signatures;
    struct library_file file;
    char sidecar[4096], signers[SIGNATURES_MAX * KEY_NAME_BYTES];

    if (library_file_load(&file, path, err) != 0)
        return;
    snprintf(sidecar, sizeof(sidecar), "%s.sig", path);
    if (signatures_load(&signatures, sidecar, err) == 0) {
        bool back = signatures.over[0] != '\0';
        const struct signed_library library = {back ? SIGNATURE_ROLLBACK : SIGNATURE_PUT, str_of(file.name),
                                               {file.text, file.n}};
        if (signatures_verify(&signatures, &library, keyring, day_today(), needed, signers, sizeof(signers), path,
                              err) == 0)
            printf("%s: %s %s%s%s, signed by %s\n", path, file.name, file.version, back ? " in place of " : "",
                   signatures.over, signers);
    }
    library_file_free(&file);
}

static int verify_all(const char *folder, size_t needed, char *const *paths)
{
    struct keyring *keyring;
    struct err err;
    int code = EXIT_DONE;

    err_init(&err);
    keyring = keyring_load(folder, &err);
    for (size_t i = 0; paths[i] != NULL && keyring != NULL; i++)
        verify_library(keyring, needed, paths[i], &err);
    keyring_free(&keyring);
    if (err.count > 0)
        code = print_problems(&err, "what was to be verified");
    err_fini(&err);
    return code;
}

int command_rules_verify(const struct command *self, int argc, char **argv)
{
    const char *folder = NULL;
    struct args args;
    long needed = 1;
    int kind;

    args_init(&args, self, argc, argv);
    while ((kind = args_next(&args)) != 0) {
        bool keys = kind == 'o' && args_is(&args, NULL, "--keys");
        if (keys && (folder = args_value(&args)) == NULL)
            return EXIT_USAGE;
        if (kind != 'o' || keys)
            continue;
        if (!args_is(&args, NULL, "--signatures"))
            return args_unknown(&args);
        if (!args_number(&args, 1, &needed))
            return EXIT_USAGE;
    }
    if (folder == NULL)
        return usage_error(self, "which keys are trusted? --keys FOLDER");
    if (args.noperands == 0)
        return usage_error(self, "which libraries?");
    return verify_all(folder, (size_t)needed, args.operands);
}
