/* telsieve.h - the engine of telsieve for other programs: record in, verdict out. No Kafka, no threads of its own.
 *
 * One `struct telsieve` holds the compiled rule libraries and is immutable: share it between threads. One
 * `struct telsieve_session` per thread judges records with it. A clean record allocates nothing once a session is
 * warm.
 *
 *     struct telsieve *engine = telsieve_open("patterns", &problems);
 *     struct telsieve_session *session = telsieve_session_new(engine);
 *     telsieve_judge(session, json, n, on_result, NULL);
 *
 * Link with `pkg-config --cflags --libs telsieve`. */
#ifndef TELSIEVE_TELSIEVE_H
#define TELSIEVE_TELSIEVE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TELSIEVE_API __attribute__((visibility("default")))

struct telsieve;         /* compiled libraries; thread-safe, immutable */
struct telsieve_session; /* one thread's working memory */

/* The library's version, "1.0.0". */
TELSIEVE_API const char *telsieve_version(void);

/* Load and compile the rule libraries of a folder (the project's patterns/ or one like it), running every rule's
 * samples and the engine's self-test: about a second of CPU. Returns NULL when anything is wrong; then *problems, when
 * `problems` is not NULL, is a text with one line `file:line:col: what is wrong` per problem, to be released by
 * free(); it is set to NULL on success. */
TELSIEVE_API struct telsieve *telsieve_open(const char *rules_dir, char **problems);

/* Free the engine and set *engine to NULL. No session of it may be alive. */
TELSIEVE_API void telsieve_close(struct telsieve **engine);

/* Name of the loaded rule set: "sha256:" and 64 hex digits over everything that can change a verdict. */
TELSIEVE_API const char *telsieve_ruleset(const struct telsieve *engine);

/* Working memory for one thread. The engine must outlive it. NULL when memory is exhausted. */
TELSIEVE_API struct telsieve_session *telsieve_session_new(const struct telsieve *engine);

/* Free and set *session to NULL. */
TELSIEVE_API void telsieve_session_free(struct telsieve_session **session);

enum telsieve_outcome {
    TELSIEVE_CLEAN = 0,        /* no live rule is true of the record */
    TELSIEVE_WARNED = 1,       /* it looks like fraud: telsieve_warning has the warning */
    TELSIEVE_SUPPRESSED = 2,   /* a rule is true, but the text warns of fraud itself or the sender is trusted */
    TELSIEVE_DEAD_LETTERED = 3 /* the record cannot be read: `reason` says why */
};

/* The verdict on one record. Pointers live until the callback returns. */
struct telsieve_result {
    enum telsieve_outcome outcome;
    uint32_t sub;       /* index of the record within its payload, from 0 */
    const char *id;     /* the record's own id, NUL-terminated; NULL when it could not be read */
    const char *rule;   /* id of the rule of the highest tier, when warned or suppressed; else NULL */
    const char *family; /* its family letter, e.g. "R"; else NULL */
    const char *type;   /* its scam type in Chinese; else NULL */
    int tier;           /* 1 low, 2 medium, 3 high; 0 when there is no rule */
    const char *reason; /* dead-lettered: the reason code, e.g. "not_json"; else NULL */
};

/* Called once per record of a payload, on the calling thread. `session` may be given to telsieve_warning. */
typedef void telsieve_result_fn(void *ctx, struct telsieve_session *session, const struct telsieve_result *result);

/* Judge a payload: one JSON object, or JSON lines with a record each (DOMAIN fields `v kind id ts calling called
 * text …`). The payload is copied, not kept. Returns the number of records in it, bad ones included. */
TELSIEVE_API size_t telsieve_judge(struct telsieve_session *session, const char *payload, size_t size_bytes,
                                   telsieve_result_fn *on_result, void *ctx);

/* The warning of the record whose callback is running, as JSON (docs/warning.schema.json, `source` names `origin` as
 * file and `line`). NUL-terminated, *size_bytes (may be NULL) without the NUL; release it by free(). NULL when the
 * record was not warned of or memory is exhausted. */
TELSIEVE_API char *telsieve_warning(struct telsieve_session *session, const char *origin, uint64_t line,
                                    size_t *size_bytes);

#ifdef __cplusplus
}
#endif

#endif
