/* options.c - the table, in the order of the manual. */
#include "config/options.h"
#include "config/config.h"

#define AT(member) offsetof(struct config, member)
#define KIB 1024.0
#define MIB (1024.0 * 1024.0)

const struct option option_table[] = {
    {"input.topics", OPTION_TOPICS, FORM_ANY, "", 0, 0, "[\"sms\", \"cdr\"]", false, AT(input.topics),
     "Topics to read. Each is a name, or an object `{\"topic\", \"format\", \"header\", \"fields\", \"const\", "
      "\"columns\"}` "
     "whose members replace the ones below for this topic."},
    {"input.group", OPTION_STRING, FORM_FILLED, "", 0, 0, "\"telsieve\"", false, AT(input.group),
     "Kafka consumer group. Every process of the group shares the partitions."},
    {"input.instance", OPTION_STRING, FORM_ANY, "", 0, 0, "\"\"", false, AT(input.instance),
     "Static membership: worker k joins as `INSTANCE-k`. Empty is dynamic membership, which hands partitions over "
     "at once when a process stops; a static member's stand still for the session timeout."},
    {"input.format", OPTION_FEED, FORM_FORMAT, "", 0, 0, "\"json\"", false, 0,
     "How records are written: `json` (one object, or one per line), `csv` (RFC 4180) or `psv` (`|` between columns)."},
    {"input.header", OPTION_FEED, FORM_BOOL, "", 0, 0, NULL, false, 0,
     "csv, psv: the first line of each payload names the columns."},
    {"input.fields", OPTION_FEED, FORM_OBJECT, "", 0, 0, NULL, false, 0,
     "The carrier's names for our fields: `{\"calling\": \"MSISDN_A\"}`; for csv and psv a column's name or its number "
     "from 1."},
    {"input.const", OPTION_FEED, FORM_OBJECT, "", 0, 0, NULL, false, 0,
     "Fields that every record of the topic has and that are not written in it: `{\"kind\": \"call\", \"v\": 1}`."},
    {"input.columns", OPTION_FEED, FORM_ARRAY, "", 0, 0, NULL, false, 0,
     "csv, psv without a header: our field names in the order of the columns."},
    {"input.max_payload_bytes", OPTION_INT, FORM_ANY, "bytes", KIB, 64 * MIB, "1048576", false,
     AT(input.max_payload_bytes), "A larger payload is dead-lettered (`too_large`)."},
    {"input.max_text_chars", OPTION_INT, FORM_ANY, "characters", 70, 65536, "4096", false, AT(input.max_text_chars),
     "A longer text is cut here, flagged `text.truncated`, and judged."},
    {"input.max_records_per_payload", OPTION_INT, FORM_ANY, "records", 1, 10000000, "100000", false,
     AT(input.max_records_per_payload), "More records in one payload are dead-lettered (`too_many`)."},

    {"output.warnings", OPTION_STRING, FORM_TOPIC, "", 0, 0, "\"fraud-warnings\"", false, AT(output.warnings),
     "Topic of the warnings, keyed by victim."},
    {"output.dead_letter", OPTION_STRING, FORM_TOPIC, "", 0, 0, "\"telsieve-dead-letters\"", false,
     AT(output.dead_letter), "Topic of records that could not be judged, with the reason in their headers."},
    {"output.shadow", OPTION_STRING, FORM_TOPIC, "", 0, 0, "\"telsieve-shadow\"", false, AT(output.shadow),
     "Topic of warnings by rules that are only on trial."},
    {"output.caller_context", OPTION_STRINGS, FORM_ANY, "", 0, 0, "[\"lac\", \"ci\", \"imei\", \"tg_in\"]", false,
     AT(output.caller_context), "Record fields copied to `caller.context` of a warning, to locate the suspect."},
    {"output.callee_context", OPTION_STRINGS, FORM_ANY, "", 0, 0, "[\"prov\", \"city\"]", false,
     AT(output.callee_context), "Record fields copied to `callee.context` of a warning, to locate the victim."},
    {"output.excerpt_chars", OPTION_INT, FORM_ANY, "characters", 20, 120, "120", false, AT(output.excerpt_chars),
     "Length of a warning's `excerpt`."},
    {"output.digest_key", OPTION_BYTES, FORM_ANY, "", 0, 0, "\"\"", false, AT(output.digest_key),
     "Key of the HMAC-SHA-256 over the whole text (`digest`). Empty: warnings carry no digest."},
    {"output.pending_bytes", OPTION_INT, FORM_ANY, "bytes", 64 * KIB, 4096 * MIB, "16777216", false,
     AT(output.pending_bytes),
     "Back-pressure: a worker with more unacknowledged bytes than this pauses its consumption."},
    {"output.retry_max_ms", OPTION_INT, FORM_ANY, "ms", 100, 5000, "5000", false, AT(output.retry_max_ms),
     "Longest pause between two attempts to deliver."},

    {"dead_letter.payload", OPTION_BOOL, FORM_ANY, "", 0, 0, "false", false, AT(dead_letter.payload),
     "Put the record itself into its dead letter. Off, a dead letter has coordinates and reason only."},

    {"kafka.common", OPTION_PROPERTIES, FORM_ANY, "", 0, 0, "{\"bootstrap.servers\": \"127.0.0.1:9092\"}", false,
     AT(kafka.common), "librdkafka properties of consumers and producers."},
    {"kafka.consumer", OPTION_PROPERTIES, FORM_ANY, "", 0, 0, "{}", false, AT(kafka.consumer),
     "librdkafka properties of the consumers, over `kafka.common`. `auto.offset.reset` is `earliest` unless given."},
    {"kafka.producer", OPTION_PROPERTIES, FORM_ANY, "", 0, 0, "{}", false, AT(kafka.producer),
     "librdkafka properties of the producers, over `kafka.common`. `linger.ms` is 0 unless given: warnings are rare "
     "and urgent. `max.in.flight.requests.per.connection` is 1 unless given: more cost CPU."},

    {"rules.dir", OPTION_STRING, FORM_FILLED, "", 0, 0, "\"patterns\"", true, AT(rules.dir),
     "Folder of the rule libraries. A relative path is relative to the current directory of the process, not to this "
     "file."},
    {"rules.cache", OPTION_STRING, FORM_ANY, "", 0, 0, "\"\"", false, AT(rules.cache),
     "Folder that keeps compiled rules and passed self-tests, so that the next start is quick. It is made when absent, "
     "must be writable by this user only, and may be shared and emptied at any time. Empty turns it off."},
    {"rules.model", OPTION_STRING, FORM_ANY, "", 0, 0, "\"\"", true, AT(rules.model),
     "File of a learned model (`telsieve learn`), read with the rules and part of their hash. It gives texts a score, "
     "which conditions ask as `model.score`, and while its state is `live` it may move the tier of a warning by one. "
     "Not within `rules.dir`, whose files are libraries; `rules.watch` does not look at it. Empty: no model."},
    {"rules.compile_memory_bytes", OPTION_INT, FORM_ANY, "bytes", 256 * MIB, 1024 * 1024 * MIB, "2147483648", true,
     AT(rules.compile_memory_bytes),
     "Rules are compiled by a child process that may have so much address space; libraries that need more are refused, "
     "and the running rules stay as they are."},
    {"rules.compile_cpu_s", OPTION_INT, FORM_ANY, "s", 1, 3600, "60", true, AT(rules.compile_cpu_s),
     "CPU time that the child may take for one rule set; by the clock four times as much, and 10 s at least."},
    {"rules.watch", OPTION_BOOL, FORM_ANY, "", 0, 0, "false", false, AT(rules.watch),
     "Reload by itself, as at SIGHUP, when a file in `rules.dir` or a folder in it was written, renamed or removed; "
     "300 ms after the last change. The folder is the one of the start."},
    {"rules.cross_check_every", OPTION_INT, FORM_ANY, "records", 0, 1000000000, "10000", false,
     AT(rules.cross_check_every),
     "One record in so many is also judged by the reference matcher; a difference is counted. 0 turns it off."},
    {"rules.templates", OPTION_INT, FORM_ANY, "", 0, 16777216, "32768", false, AT(rules.templates),
     "Each worker remembers so many templates of SMS (texts alike but for their digits) of which no rule can be true, "
     "whatever their digits: the next record of one is clean without its text being looked at. 16 bytes each; a new "
     "rule set begins anew. 0: every text is looked at."},
    {"rules.weight_topic", OPTION_NUMBER, FORM_ANY, "", 0, 100, "2", true, AT(rules.weight_topic),
     "Score of a topic phrase (role T). Each role counts once a record."},
    {"rules.weight_bait", OPTION_NUMBER, FORM_ANY, "", 0, 100, "2", true, AT(rules.weight_bait),
     "Score of a bait (B)."},
    {"rules.weight_threat", OPTION_NUMBER, FORM_ANY, "", 0, 100, "1", true, AT(rules.weight_threat),
     "Score of a threat (U)."},
    {"rules.weight_identity", OPTION_NUMBER, FORM_ANY, "", 0, 100, "1", true, AT(rules.weight_identity),
     "Score of a claimed identity (I)."},
    {"rules.weight_action", OPTION_NUMBER, FORM_ANY, "", 0, 100, "2", true, AT(rules.weight_action),
     "Score of a demanded action (A)."},
    {"rules.weight_contact", OPTION_NUMBER, FORM_ANY, "", 0, 100, "2", true, AT(rules.weight_contact),
     "Score of a contact (C)."},
    {"rules.bonus_disguise", OPTION_NUMBER, FORM_ANY, "", 0, 100, "1", true, AT(rules.bonus_disguise),
     "Added when the text is written so as to hide."},
    {"rules.bonus_international", OPTION_NUMBER, FORM_ANY, "", 0, 100, "1", true, AT(rules.bonus_international),
     "Added for an international caller."},
    {"rules.bonus_international_url", OPTION_NUMBER, FORM_ANY, "", 0, 100, "2", true,
     AT(rules.bonus_international_url), "Added instead for an international caller whose text has a URL."},
    {"rules.bonus_personal_url", OPTION_NUMBER, FORM_ANY, "", 0, 100, "1", true, AT(rules.bonus_personal_url),
     "Added for a personal number whose text has a URL."},
    {"rules.score_low", OPTION_NUMBER, FORM_ANY, "", 0, 100, "4", true, AT(rules.score_low),
     "Least score of tier low, for rules without a tier of their own."},
    {"rules.score_medium", OPTION_NUMBER, FORM_ANY, "", 0, 100, "6", true, AT(rules.score_medium),
     "Least score of tier medium."},
    {"rules.score_high", OPTION_NUMBER, FORM_ANY, "", 0, 100, "8", true, AT(rules.score_high),
     "Least score of tier high."},
    {"rules.require_signature", OPTION_STRING, FORM_REQUIRE, "", 0, 0, "\"off\"", false, AT(rules.require_signature),
     "Must libraries that are fed be signed? `on`: what is not signed by a trusted key is refused, rollbacks and "
     "withdrawals included. `warn`: it is taken, with a warning. `off`: it is taken; who signed is still told."},
    {"rules.trusted_keys", OPTION_STRING, FORM_ANY, "", 0, 0, "\"\"", false, AT(rules.trusted_keys),
     "Folder of the public keys that may sign, as `telsieve rules keygen` writes them (NAME.json). Read again at each "
     "reload. Empty: none."},
    {"rules.signatures", OPTION_INT, FORM_ANY, "keys", 1, 2, "1", false, AT(rules.signatures),
     "By how many different keys a library must be signed. 2: no person alone can change the rules."},

    {"lists.expiry", OPTION_STRING, FORM_EXPIRY, "", 0, 0, "\"record\"", false, AT(lists.expiry),
     "By what time entries of lists expire: `record` (the record's `ts`, so that a record judged again gives the same "
     "verdict) or `wall` (the clock)."},

    {"control.rules", OPTION_STRING, FORM_TOPIC_OR_NONE, "", 0, 0, "\"\"", false, AT(control.rules),
     "Compacted topic of rule libraries: the key is a library's name, the value the library; a null value withdraws "
     "it. What it feeds wins over the library of that name in `rules.dir`. Empty: no libraries by Kafka."},
    {"control.lists", OPTION_STRING, FORM_TOPIC_OR_NONE, "", 0, 0, "\"\"", false, AT(control.lists),
     "Compacted topic of list entries: the key is `list/entry`; a null value removes it. Empty: no lists by Kafka."},
    {"control.feedback", OPTION_STRING, FORM_TOPIC_OR_NONE, "", 0, 0, "\"\"", false, AT(control.feedback),
     "Compacted topic on which the platform says what became of warnings: the key is a warning's id, the value "
     "`{\"verdict\": \"true\"}`, or `false` or `unknown`; a null value takes it back. Needs `control.state`. Empty: no "
     "rule's precision is known."},
    {"control.archive_ms", OPTION_INT, FORM_ANY, "ms", 0, 315360000000.0, "2592000000", false, AT(control.archive_ms),
     "With `control.feedback`: how long it is known which rules fired on a record, and so what a verdict counts for. "
     "0: not at all, and the topic is not read."},
    {"control.status", OPTION_STRING, FORM_TOPIC_OR_NONE, "", 0, 0, "\"\"", false, AT(control.status),
     "Topic on which this node answers every change and sends its heartbeat. Empty: it tells nobody."},
    {"control.state", OPTION_STRING, FORM_ANY, "", 0, 0, "\"\"", false, AT(control.state),
     "Folder that keeps what was fed last, so that a start without the control topics has it. It is made when absent "
     "and must be writable by this user only. Empty: nothing is kept."},
    {"control.ready_wait_ms", OPTION_INT, FORM_ANY, "ms", 0, 600000, "10000", false, AT(control.ready_wait_ms),
     "How long a start waits for the control topics to be read to their ends. Passed, the node is ready with what "
     "`control.state` keeps and says that it is degraded."},
    {"control.heartbeat_ms", OPTION_INT, FORM_ANY, "ms", 100, 3600000, "10000", false, AT(control.heartbeat_ms),
     "Pause between two heartbeats on `control.status`."},
    {"control.max_library_bytes", OPTION_INT, FORM_ANY, "bytes", KIB, 64 * MIB, "33554432", false,
     AT(control.max_library_bytes), "A larger library that is fed is refused."},

    {"breaker.rule_per_minute", OPTION_INT, FORM_ANY, "warnings", 0, 1e9, "0", false, AT(breaker.rule_per_minute),
     "A rule that warns more often within a minute of the clock is set back to shadow on this node until "
     "`breaker.cool_ms` have passed. 0: no limit."},
    {"breaker.rule_share", OPTION_NUMBER, FORM_ANY, "", 0, 1, "0", false, AT(breaker.rule_share),
     "Likewise a rule that is in more than this share of the warnings of the last ten minutes. 0: no limit."},
    {"breaker.share_minimum", OPTION_INT, FORM_ANY, "warnings", 1, 1e9, "200", false, AT(breaker.share_minimum),
     "With fewer warnings in ten minutes than this, by all rules together, no share is asked."},
    {"breaker.cool_ms", OPTION_INT, FORM_ANY, "ms", 1000, 86400000, "600000", false, AT(breaker.cool_ms),
     "How long a rule that was set back stays in shadow. `POST /rules/RULE/reset` ends it at once."},

    {"promote.min_judged", OPTION_INT, FORM_ANY, "records", 0, 1e12, "100000", false, AT(promote.min_judged),
     "A rule goes from shadow or canary to live (`telsieve rules promote`) only when this node has judged so many "
     "records with it."},
    {"promote.max_hit_rate", OPTION_NUMBER, FORM_ANY, "", 0, 1, "0.0005", false, AT(promote.max_hit_rate),
     "Likewise only when it hits no more of the records than this, by the upper end of the 95 % interval."},
    {"promote.min_precision", OPTION_NUMBER, FORM_ANY, "", 0, 1, "0.8", false, AT(promote.min_precision),
     "Likewise only when its precision is at least this: by the lower end of the 95 % interval over the platform's "
     "verdicts or, where there are too few of them, as far as `promote.prevalence` allows it."},
    {"promote.min_feedback", OPTION_INT, FORM_ANY, "verdicts", 1, 1e9, "30", false, AT(promote.min_feedback),
     "With fewer verdicts `true` and `false` than this, precision is projected."},
    {"promote.prevalence", OPTION_NUMBER, FORM_ANY, "", 0, 1, "0.0005", false, AT(promote.prevalence),
     "Share of fraud in the traffic. A rule that hits more than this is wrong at least in what is above it: its "
     "precision is at most `prevalence` / hit rate."},

    {"node", OPTION_STRING, FORM_ANY, "", 0, 0, "\"\"", false, AT(node),
     "Name of this node in what it sends to `control.status`; different on each. Empty: the host name."},

    {"workers", OPTION_INT, FORM_ANY, "threads", 0, 256, "0", false, AT(workers),
     "Workers, each a member of the consumer group with its own consumer and producer. 0 is one per core this process "
     "may use."},
    {"pin_workers", OPTION_BOOL, FORM_ANY, "", 0, 0, "false", false, AT(pin_workers),
     "Keep each worker on one core."},

    {"admin.listen", OPTION_STRING, FORM_LISTEN, "", 0, 0, "\"127.0.0.1:9464\"", false, AT(admin.listen),
     "Address of the admin HTTP server (`IP:port`, `[IPv6]:port`; port 0 picks a free one, which is logged). Empty "
     "turns it off. It speaks plain HTTP: keep it on loopback or behind a firewall."},

    {"admin.token", OPTION_STRING, FORM_ANY, "", 0, 0, "\"\"", false, AT(admin.token),
     "Bearer token with which rules may be changed and pages read from other machines; best a reference to a file or "
     "credential. Empty: nothing is changed by HTTP, and pages are for this machine only but `/healthz`, `/readyz` "
     "and `/metrics`."},

    {"audit.file", OPTION_STRING, FORM_ANY, "", 0, 0, "\"\"", false, AT(audit.file),
     "File to which every change of the rules is appended, one JSON object a line: who, what, which rules before and "
     "after, the result. Empty: no audit log."},

    {"log.level", OPTION_LEVEL, FORM_ANY, "", 0, 0, "\"info\"", true, AT(log.level),
     "Least level that is written: `debug`, `info`, `warn` or `error`."},

    {"drain.deadline_ms", OPTION_INT, FORM_ANY, "ms", 0, 600000, "30000", false, AT(drain.deadline_ms),
     "How long a stop may take to deliver what is pending. Passed, the exit code is 4 and the rest is read again at "
     "the next start."},
    {"drain.rebalance_ms", OPTION_INT, FORM_ANY, "ms", 0, 60000, "5000", false, AT(drain.rebalance_ms),
     "How long a worker may deliver for partitions that are taken from it."},

    {"quarantine.file", OPTION_STRING, FORM_ANY, "", 0, 0, "\"\"", false, AT(quarantine.file),
     "File that remembers which record crashed the process; after the second crash it is dead-lettered. Its folder "
     "must exist and be writable. Empty turns it off."},

    {"watchdog.stage_limit_ms", OPTION_INT, FORM_ANY, "ms", 100, 600000, "10000", false,
     AT(watchdog.stage_limit_ms),
     "A worker that is longer than this in one stage with one record no longer makes progress: systemd's watchdog is "
     "not fed."},
};

const size_t option_count = sizeof(option_table) / sizeof(option_table[0]);

const struct option *option_find(struct str key)
{
    for (size_t i = 0; i < option_count; i++)
        if (str_eqz(key, option_table[i].key))
            return &option_table[i];
    return NULL;
}

const char *option_type_name(const struct option *option)
{
    switch (option->type) {
    case OPTION_STRING:
    case OPTION_BYTES: return "string";
    case OPTION_STRINGS: return "array of strings";
    case OPTION_INT: return "whole number";
    case OPTION_NUMBER: return "number";
    case OPTION_BOOL: return "true or false";
    case OPTION_LEVEL: return "level";
    case OPTION_TOPICS: return "array of topics";
    case OPTION_PROPERTIES: return "object of properties";
    case OPTION_FEED: break;
    }
    switch (option->form) {
    case FORM_BOOL: return "true or false";
    case FORM_OBJECT: return "object";
    case FORM_ARRAY: return "array";
    default: return "string";
    }
}
