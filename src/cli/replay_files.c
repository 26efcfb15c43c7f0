/* replay_files.c - a crew judges blocks of whole lines; changes are printed in the files' order. */
#include "cli/replay.h"

#include "core/clock.h"

#include <stdlib.h>
#include <unistd.h>

struct replay_read { /* the crew's context */
    struct replay *replay;
    struct feed *feed;
    struct crew *crew;
};

static void end(void *mine)
{
    replay_judge_fini(mine);
    free(mine);
}

static void *begin(void *context)
{
    struct replay_read *read = context;
    struct replay_judge *judge = malloc(sizeof(*judge));

    if (judge != NULL && replay_judge_init(judge, read->replay) != 0) {
        end(judge);
        return NULL;
    }
    return judge;
}

static void free_batch(void *result)
{
    replay_batch_fini(result);
    free(result);
}

static int judge_block(struct replay_read *read, struct replay_judge *judge, const struct block *block,
                       struct replay_batch *batch)
{
    const struct file_lines *lines = &read->replay->lines;
    struct alert_source source = {.file = str_of(block->file), .line = block->line};
    struct str rest = {block->data, block->n};
    struct file_line_buffer buffer = {0};
    int rc = 0;

    while (rest.n > 0 && rc == 0) {
        uint64_t newlines;
        struct str line = file_lines_next(lines, &rest, &newlines);
        if (line.n > 0)
            rc = replay_judge_payload(judge, read->feed,
                                      file_lines_payload(lines, block, line, source.line, &buffer), &source, batch);
        source.line += newlines;
    }
    free(buffer.p);
    return rc;
}

static void *work(void *context, void *mine, struct block *block)
{
    struct replay_read *read = context;
    struct replay_batch *batch = malloc(sizeof(*batch));

    if (batch != NULL &&
        (replay_batch_init(batch, read->replay) != 0 || judge_block(read, mine, block, batch) != 0)) {
        free_batch(batch);
        batch = NULL;
    }
    block_fini(block);
    return batch;
}

static bool put(void *context, void *result, struct err *err)
{
    struct replay_read *read = context;

    (void)err;
    replay_take(read->replay, result); /* keeps nothing: what files give is not sent */
    read->crew->records = read->replay->total.records;
    read->crew->warned = read->replay->total.outcome[REPLAY_NEW][OUTCOME_WARNED];
    free_batch(result);
    return !ferror(stdout);
}

int replay_files(struct replay *replay, struct err *err)
{
    static const struct crew_work what = {begin, end, work, put, free_batch};
    bool csv = replay->lines.format == FILE_CSV;
    struct replay_read read = {.replay = replay};
    struct crew crew = {.work = &what, .context = &read, .progress = !replay->quiet && isatty(STDERR_FILENO)};
    int code = EXIT_BAD_DATA;

    replay->lines.wall_ms = clock_wall_ms();
    read.crew = &crew;
    read.feed = file_lines_feed(&replay->lines, err);
    err_init(&crew.err);
    if (read.feed != NULL) {
        blocks_init(&crew.blocks, replay->files, replay->nfiles, csv, csv ? blocks_any_header : NULL);
        code = crew_run(&crew, replay->jobs);
    }
    if (crew.err.count > 0)
        err_add(err, "%.*s", (int)strcspn(crew.err.text, "\n"), crew.err.text);
    err_fini(&crew.err);
    feed_free(&read.feed);
    return code;
}
