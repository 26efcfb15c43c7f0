/* archive.c - the schema, the statements, and what binds them. A row of `fired` is written once and pruned in the order
 * it was written; whatever adds, changes or removes a row of `fired` or `verdict` moves the tallies by a trigger, so no
 * count can be lost between two of them. */
#include "daemon/archive.h"
#include "core/array.h"
#include "core/log.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "archive.sqlite"
#define PATH_BYTES 4096
#define BUSY_MS 5000 /* somebody looks at it with a tool that locks */
#define SCHEMA_VERSION 1
#define TEXT_OF(number) #number
#define SET_VERSION(number) "PRAGMA user_version = " TEXT_OF(number) ";"

/* In a trigger: of these rules, each with a verdict and 1; of all that fired where this word is of. */
#define TALLY_UP(rules) \
    " INSERT INTO tally (rule, verdict, records) SELECT " rules \
    "  ON CONFLICT (rule, verdict) DO UPDATE SET records = records + 1;"
#define TALLY_DOWN(word) \
    " UPDATE tally SET records = records - 1 WHERE verdict = " word ".verdict" \
    "  AND rule IN (SELECT rule FROM fired WHERE id = " word ".id);"
#define OF_WORD(word) "rule, " word ".verdict, 1 FROM fired WHERE id = " word ".id"

static const char schema[] =
    "BEGIN;"
    "CREATE TABLE rule (number INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, last INTEGER NOT NULL);"
    "CREATE TABLE fired (at INTEGER NOT NULL, id BLOB NOT NULL, rule INTEGER NOT NULL, UNIQUE (id, rule));"
    "CREATE TABLE verdict (id BLOB PRIMARY KEY, verdict TEXT NOT NULL, at INTEGER NOT NULL, part INTEGER NOT NULL,"
    " reading INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX verdict_at ON verdict (at);"
    "CREATE TABLE tally (rule INTEGER NOT NULL, verdict TEXT NOT NULL, records INTEGER NOT NULL,"
    " UNIQUE (rule, verdict));"
    "CREATE TRIGGER fired_in AFTER INSERT ON fired BEGIN"
    TALLY_UP("NEW.rule, verdict, 1 FROM verdict WHERE id = NEW.id") "END;"
    "CREATE TRIGGER fired_out AFTER DELETE ON fired BEGIN"
    " UPDATE tally SET records = records - 1 WHERE rule = OLD.rule"
    "  AND verdict = (SELECT verdict FROM verdict WHERE id = OLD.id); END;"
    "CREATE TRIGGER verdict_in AFTER INSERT ON verdict BEGIN" TALLY_UP(OF_WORD("NEW")) "END;"
    "CREATE TRIGGER verdict_out AFTER DELETE ON verdict BEGIN" TALLY_DOWN("OLD") "END;"
    "CREATE TRIGGER verdict_changed AFTER UPDATE OF verdict ON verdict WHEN OLD.verdict <> NEW.verdict BEGIN"
    TALLY_DOWN("OLD") TALLY_UP(OF_WORD("NEW")) "END;"
    "CREATE TRIGGER rule_out AFTER DELETE ON rule BEGIN DELETE FROM tally WHERE rule = OLD.number; END;"
    SET_VERSION(SCHEMA_VERSION)
    "COMMIT;";

enum statement {
    BEGIN, COMMIT, NOTE_RULE, NOTE, SAY, FORGET_UNREAD, HAS_WORDS, PRUNE_FIRED, PRUNE_WORDS, PRUNE_RULES, TALLY,
    STATEMENTS
};

#define DAY_MS "86400000" /* how exactly the last hit of a rule is known */

static const char *const statements[STATEMENTS] = {
    [BEGIN] = "BEGIN",
    [COMMIT] = "COMMIT",
    [NOTE_RULE] = "INSERT INTO rule (digest, last) VALUES (?1, ?2)"
                  " ON CONFLICT (digest) DO UPDATE SET last = ?2 WHERE last < ?2 - " DAY_MS,
    [NOTE] = "INSERT INTO fired (at, id, rule) SELECT ?1, ?2, number FROM rule WHERE digest = ?3"
             " ON CONFLICT (id, rule) DO NOTHING",
    [SAY] = "INSERT INTO verdict (id, verdict, at, part, reading) VALUES (?1, ?2, ?3, ?4, ?5)"
            " ON CONFLICT (id) DO UPDATE SET verdict = excluded.verdict, at = excluded.at, part = excluded.part,"
            " reading = excluded.reading"
            " WHERE excluded.part = verdict.part OR excluded.at >= verdict.at",
    [FORGET_UNREAD] = "DELETE FROM verdict WHERE reading <> ?1",
    [HAS_WORDS] = "SELECT 1 FROM verdict WHERE verdict <> 'none' LIMIT 1",
    [PRUNE_FIRED] = "DELETE FROM fired WHERE rowid < (SELECT min(rowid) FROM fired) + ?2"
                    "  AND at NOT BETWEEN ?1 AND ?3",
    [PRUNE_WORDS] = "DELETE FROM verdict WHERE id IN (SELECT id FROM verdict WHERE at < ?1 LIMIT ?2)",
    [PRUNE_RULES] = "DELETE FROM rule WHERE last < ?1 - " DAY_MS,
    [TALLY] = "SELECT digest, sum(records * (verdict = 'true')), sum(records * (verdict = 'false')),"
              " sum(records * (verdict = 'unknown')) FROM rule JOIN tally ON tally.rule = rule.number"
              " GROUP BY digest ORDER BY digest",
};

struct archive {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    bool moved, damaged;
    char file[PATH_BYTES], problem[300];
};

const char *said_name(enum said said)
{
    static const char *const names[] = {"true", "false", "unknown", "none"};

    return names[said];
}

const char *archive_problem(const struct archive *archive)
{
    return archive->problem;
}

static int fail(struct archive *archive, int code)
{
    snprintf(archive->problem, sizeof(archive->problem), "control.state: " FILE_NAME ": %s",
             archive->db != NULL ? sqlite3_errmsg(archive->db) : sqlite3_errstr(code));
    archive->damaged = archive->damaged || (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
    return -TS_EIO;
}

/* ---- statements -------------------------------------------------------------------------------------------------- */

static sqlite3_stmt *prepared(struct archive *archive, enum statement which)
{
    sqlite3_reset(archive->statements[which]);
    return archive->statements[which];
}

static int run(struct archive *archive, enum statement which)
{
    int code = sqlite3_step(archive->statements[which]);

    return code == SQLITE_DONE ? 0 : fail(archive, code);
}

int archive_begin(struct archive *archive)
{
    prepared(archive, BEGIN);
    return run(archive, BEGIN);
}

int archive_commit(struct archive *archive)
{
    prepared(archive, COMMIT);
    return run(archive, COMMIT);
}

int archive_note(struct archive *archive, const struct hit *hit)
{
    sqlite3_stmt *rule = prepared(archive, NOTE_RULE), *fired = prepared(archive, NOTE);

    sqlite3_bind_blob(rule, 1, hit->digest, EVIDENCE_DIGEST, SQLITE_STATIC);
    sqlite3_bind_int64(rule, 2, hit->at_ms);
    sqlite3_bind_int64(fired, 1, hit->at_ms);
    sqlite3_bind_blob(fired, 2, hit->id, HIT_ID_BYTES, SQLITE_STATIC);
    sqlite3_bind_blob(fired, 3, hit->digest, EVIDENCE_DIGEST, SQLITE_STATIC);
    return run(archive, NOTE_RULE) == 0 ? run(archive, NOTE) : -TS_EIO;
}

int archive_say(struct archive *archive, const struct archive_word *word)
{
    sqlite3_stmt *say = prepared(archive, SAY);

    sqlite3_bind_blob(say, 1, word->id, HIT_ID_BYTES, SQLITE_STATIC);
    sqlite3_bind_text(say, 2, said_name(word->said), -1, SQLITE_STATIC);
    sqlite3_bind_int64(say, 3, word->at_ms);
    sqlite3_bind_int(say, 4, word->partition);
    sqlite3_bind_int64(say, 5, word->reading);
    return run(archive, SAY);
}

int archive_forget_unread(struct archive *archive, int64_t reading)
{
    sqlite3_bind_int64(prepared(archive, FORGET_UNREAD), 1, reading);
    return run(archive, FORGET_UNREAD);
}

bool archive_has_words(struct archive *archive)
{
    bool has = sqlite3_step(prepared(archive, HAS_WORDS)) == SQLITE_ROW;

    prepared(archive, HAS_WORDS); /* a statement that stands at a row keeps its read open */
    return has;
}

static int prune(struct archive *archive, enum statement which, int64_t before_ms, unsigned most)
{
    sqlite3_stmt *statement = prepared(archive, which);

    sqlite3_bind_int64(statement, 1, before_ms);
    if (which != PRUNE_RULES)
        sqlite3_bind_int64(statement, 2, most);
    return run(archive, which);
}

int archive_prune(struct archive *archive, int64_t before_ms, int64_t after_ms, unsigned most)
{
    int rc;
    bool all;

    sqlite3_bind_int64(prepared(archive, PRUNE_FIRED), 3, after_ms);
    rc = prune(archive, PRUNE_FIRED, before_ms, most);
    all = rc == 0 && sqlite3_changes(archive->db) == 0; /* a rule goes behind all that names it */
    if (rc == 0)
        rc = prune(archive, PRUNE_WORDS, before_ms, most);
    if (rc == 0 && all)
        rc = prune(archive, PRUNE_RULES, before_ms, most);
    return rc;
}

/* ---- tallies ----------------------------------------------------------------------------------------------------- */

static void on_update(void *ctx, int operation, const char *database, const char *table, sqlite3_int64 row)
{
    struct archive *archive = ctx;

    (void)operation;
    (void)database;
    (void)row;
    if (strcmp(table, "tally") == 0)
        archive->moved = true;
}

bool archive_moved(const struct archive *archive)
{
    return archive->moved;
}

static void read_row(sqlite3_stmt *row, struct evidence_verdicts *out)
{
    assert(sqlite3_column_bytes(row, 0) == EVIDENCE_DIGEST); /* archive_note bound it */
    memcpy(out->digest, sqlite3_column_blob(row, 0), EVIDENCE_DIGEST);
    out->confirmed = (uint64_t)sqlite3_column_int64(row, 1);
    out->refuted = (uint64_t)sqlite3_column_int64(row, 2);
    out->unknown = (uint64_t)sqlite3_column_int64(row, 3);
}

int archive_tally(struct archive *archive, struct evidence_verdicts **out, size_t *n)
{
    sqlite3_stmt *row = prepared(archive, TALLY);
    struct evidence_verdicts *all = NULL;
    size_t cap = 0;
    int code;

    *n = 0;
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        struct evidence_verdicts *grown = array_grow(all, *n, &cap, sizeof(*grown));
        if (grown == NULL) {
            code = SQLITE_NOMEM;
            break;
        }
        all = grown;
        read_row(row, &all[(*n)++]);
    }
    sqlite3_reset(row);
    if (code != SQLITE_DONE) {
        free(all);
        *n = 0;
        return fail(archive, code);
    }
    *out = all;
    archive->moved = false;
    return 0;
}

/* ---- opened and closed ------------------------------------------------------------------------------------------- */

static int execute(struct archive *archive, const char *sql)
{
    int code = sqlite3_exec(archive->db, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? 0 : fail(archive, code);
}

int archive_try_write(struct archive *archive)
{
    return execute(archive, "BEGIN IMMEDIATE;" SET_VERSION(SCHEMA_VERSION) "COMMIT"); /* as it is: writes page 1 anew */
}

bool archive_has_written(const struct archive *archive)
{
    return sqlite3_total_changes(archive->db) > 0;
}

static int read_version(struct archive *archive, int *version)
{
    sqlite3_stmt *row = NULL;
    int code = sqlite3_prepare_v2(archive->db, "PRAGMA user_version", -1, &row, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_step(row);
    *version = code == SQLITE_ROW ? sqlite3_column_int(row, 0) : 0;
    sqlite3_finalize(row);
    return code == SQLITE_ROW ? 0 : fail(archive, code);
}

static int make_schema(struct archive *archive)
{
    int version;

    if (read_version(archive, &version) != 0)
        return -TS_EIO;
    if (version == SCHEMA_VERSION)
        return 0;
    if (version == 0)
        return execute(archive, schema);
    snprintf(archive->problem, sizeof(archive->problem),
             "control.state: " FILE_NAME " is of schema %d, this program knows %d: move the file away", version,
             SCHEMA_VERSION);
    return -TS_EIO;
}

static int connect_file(struct archive *archive)
{
    int code = sqlite3_open_v2(archive->file, &archive->db,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);

    if (code != SQLITE_OK)
        return fail(archive, code);
    sqlite3_busy_timeout(archive->db, BUSY_MS);
    sqlite3_update_hook(archive->db, on_update, archive);
    if (execute(archive, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000") != 0 ||
        make_schema(archive) != 0)
        return -TS_EIO;
    for (int i = 0; i < STATEMENTS; i++) {
        code = sqlite3_prepare_v3(archive->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &archive->statements[i],
                                  NULL);
        if (code != SQLITE_OK)
            return fail(archive, code);
    }
    return 0;
}

static struct archive *open_file(const char *folder, bool *damaged, struct err *err)
{
    struct archive *archive = calloc(1, sizeof(*archive));
    int rc = -TS_ENOMEM;

    *damaged = false;
    if (archive == NULL) {
        err_add(err, "control.state: %s", ts_strerror(TS_ENOMEM));
        return NULL;
    }
    archive->moved = true; /* nobody knows the tallies yet */
    if (snprintf(archive->file, sizeof(archive->file), "%s/" FILE_NAME, folder) >= (int)sizeof(archive->file) ||
        (mkdir(folder, 0700) != 0 && errno != EEXIST))
        snprintf(archive->problem, sizeof(archive->problem), "control.state: %.200s: %s", folder, strerror(errno));
    else
        rc = connect_file(archive);
    if (rc == 0)
        return archive;
    *damaged = archive->damaged;
    if (!archive->damaged)
        err_add(err, "%s", archive->problem);
    archive_close(&archive);
    return NULL;
}

struct archive *archive_open(const char *folder, struct err *err)
{
    bool damaged;
    struct archive *archive = open_file(folder, &damaged, err);

    if (damaged)
        archive = open_file(folder, &damaged, err);
    if (damaged)
        err_add(err, "control.state: " FILE_NAME " is damaged and cannot be moved aside: remove it");
    return archive;
}

static void move_aside(const struct archive *archive)
{
    char to[PATH_BYTES + 16], quoted[400];

    snprintf(to, sizeof(to), "%s.damaged", archive->file);
    log_error("archive", "result=damaged moved_to=" FILE_NAME ".damaged msg=%s",
              log_quote(archive->problem, quoted, sizeof(quoted)));
    (void)rename(archive->file, to);
    snprintf(to, sizeof(to), "%s-wal", archive->file);
    (void)unlink(to);
    snprintf(to, sizeof(to), "%s-shm", archive->file);
    (void)unlink(to);
}

void archive_close(struct archive **archive)
{
    struct archive *a = *archive;

    if (a == NULL)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(a->statements[i]);
    sqlite3_close(a->db);
    if (a->damaged)
        move_aside(a);
    free(a);
    *archive = NULL;
}
