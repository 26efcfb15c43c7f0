/* judge.c - the smallest program with telsieve's engine in it: JSON lines on stdin, a verdict per record on stdout.
 *
 *     cc judge.c $(pkg-config --cflags --libs telsieve) -o judge
 *     ./judge patterns < records.jsonl */
#include <stdio.h>
#include <stdlib.h>
#include <telsieve/telsieve.h>

static void print_result(void *ctx, struct telsieve_session *session, const struct telsieve_result *result)
{
    static const char *const outcomes[] = {"clean", "warned", "suppressed", "dead-lettered"};

    (void)ctx;
    (void)session;
    printf("%s %s %s\n", result->id != NULL ? result->id : "?", outcomes[result->outcome],
           result->rule != NULL ? result->rule : result->reason != NULL ? result->reason : "");
}

int main(int argc, char **argv)
{
    char *problems = NULL, *line = NULL;
    size_t size = 0;
    ssize_t n;
    struct telsieve *engine = telsieve_open(argc > 1 ? argv[1] : "patterns", &problems);
    struct telsieve_session *session = engine != NULL ? telsieve_session_new(engine) : NULL;

    if (session == NULL) {
        fputs(problems != NULL ? problems : "out of memory\n", stderr);
        return 1;
    }
    while ((n = getline(&line, &size, stdin)) > 0)
        telsieve_judge(session, line, (size_t)n, print_result, NULL);
    free(line);
    telsieve_session_free(&session);
    telsieve_close(&engine);
    return 0;
}
