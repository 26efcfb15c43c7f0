/* fmt.c - each library as library_format lays it out; what was read and what is written are compared before anything is
 * replaced. */
#include "cli/command.h"
#include "cli/write_file.h"
#include "config/document.h"
#include "match/library_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The laid out text, proven to say the same; NULL with a problem. */
static char *format(const struct document *document, struct err *err)
{
    char *text = NULL;
    json_t *again;

    if (json_object_get(document->root, "library") == NULL) {
        err_add(err, "%s: no rule library: \"library\" is missing", document->file);
        return NULL;
    }
    text = library_format(document->root);
    again = text != NULL ? json_loads(text, 0, NULL) : NULL;
    if (text == NULL || json_equal(document->root, again) != 1) {
        err_add(err, "%s: cannot be laid out without changing what it says", document->file);
        free(text);
        text = NULL;
    }
    json_decref(again);
    return text;
}

static void format_file(const char *file, bool in_place, struct err *err)
{
    struct document document;
    char *text;

    if (document_load(&document, file, err) != 0)
        return;
    text = format(&document, err);
    if (text != NULL && !in_place)
        fputs(text, stdout);
    else if (text != NULL && strcmp(text, document.text) != 0 && write_file(file, text, err))
        puts(file);
    free(text);
    document_fini(&document);
}

int command_fmt(const struct command *self, int argc, char **argv)
{
    bool in_place = false;
    struct args args;
    struct err err;
    int kind, code = EXIT_DONE;

    args_init(&args, self, argc, argv);
    while (code == EXIT_DONE && (kind = args_next(&args)) != 0) {
        if (kind == 'o' && args_is(&args, "-w", "--write"))
            in_place = true;
        else if (kind == 'o')
            code = args_unknown(&args);
    }
    if (code == EXIT_DONE && args.noperands == 0)
        code = usage_error(self, "which files?");
    err_init(&err);
    for (size_t i = 0; i < args.noperands && code != EXIT_USAGE; i++)
        format_file(args.operands[i], in_place, &err);
    if (err.count > 0)
        code = print_problems(&err, "the libraries");
    err_fini(&err);
    return code;
}
