/* The whole daemon on a cluster inside the process: start, readiness, pages, reload, drain. */
#include "core/clock.h"
#include "core/log.h"
#include "daemon/daemon_parts.h"
#include "kafka/mock.h"
#include "../setup.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <jansson.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_MS 60000

static struct mock_cluster *cluster;
static struct config *config;
static struct daemon *daemon_;
static pthread_t thread;
static int code;
static char rules[80], port[8];
static const char *sets[16];
static size_t nsets;
static bool with_signals;
static char config_file[100]; /* "" = none */

static void shell(const char *fmt, const char *a, const char *b)
{
    char command[400];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(command, sizeof(command), fmt, a, b);
#pragma GCC diagnostic pop
    ck_assert_int_eq(system(command), 0);
}

static void add_set(const char *key, const char *value)
{
    char *set = NULL;

    ck_assert_int_gt(asprintf(&set, "%s=%s", key, value), 0);
    sets[nsets++] = set;
}

static const char library[] =
    "{\"telsieve\":1, \"library\":\"refund\", \"family\":\"R\", \"title\":\"退款\", \"version\":\"2026.11.22\",\n"
    "\"sets\":{\"topic\":{\"role\":\"T\",\"phrases\":[\"快递~丢失~理赔\"]},\n"
    "  \"action\":{\"role\":\"A\",\"phrases\":[\"添加~理赔客服\"]}},\n"
    "\"rules\":[{\"id\":\"R-001\", \"type\":\"快递丢失理赔\", \"state\":\"live\", \"tier\":\"medium\",\n"
    "  \"when\":\"topic and action\", \"reason\":\"自称快递客服\",\n"
    "  \"hit\":[\"您的快递丢失,可理赔,请添加理赔客服\"], \"miss\":[\"晚上回来吃饭吗\"]}]}\n";

static void write_library(const char *json)
{
    char file[128];
    FILE *out;

    snprintf(file, sizeof(file), "%s/refund.json", rules);
    out = fopen(file, "w");
    ck_assert_int_ge(fputs(json, out), 0);
    ck_assert_int_eq(fclose(out), 0);
}

/* A port nobody uses now. */
static void find_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    getsockname(fd, (struct sockaddr *)&address, &length);
    close(fd);
    snprintf(port, sizeof(port), "%u", ntohs(address.sin_port));
}

static void prepare(void)
{
    struct err err;
    char listen[32];

    err_init(&err);
    cluster = mock_cluster_new(1, &err);
    ck_assert_msg(cluster != NULL, "%s", err.text);
    err_fini(&err);
    mock_cluster_create_topic(cluster, "sms", 4);
    mock_cluster_create_topic(cluster, "fraud-warnings", 2);
    mock_cluster_create_topic(cluster, "telsieve-dead-letters", 1);
    mock_cluster_create_topic(cluster, "telsieve-shadow", 1);
    snprintf(rules, sizeof(rules), "/tmp/telsieve-daemon-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(rules));
    shell("cp -r patterns/folding.json patterns/polarity.json patterns/numbers %s%s", rules, "");
    write_library(library);
    find_port();
    snprintf(listen, sizeof(listen), "127.0.0.1:%s", port);
    nsets = 0;
    with_signals = false;
    config_file[0] = '\0';
    add_set("kafka.common.bootstrap.servers", mock_cluster_bootstrap(cluster));
    add_set("input.topics", "[\"sms\"]");
    add_set("rules.dir", rules);
    add_set("workers", "2");
    add_set("admin.listen", listen);
    add_set("drain.deadline_ms", "2000");
}

static void clean_up(void)
{
    mock_cluster_free(&cluster);
    shell("rm -rf %s%s", rules, "");
    for (size_t i = 0; i < nsets; i++)
        free((char *)sets[i]);
}

static void *run(void *arg)
{
    (void)arg;
    code = daemon_run(daemon_);
    return NULL;
}

/* Make the daemon; NULL leaves the problems in err. */
static struct daemon *make(struct err *err)
{
    struct daemon_options options = {.sets = sets, .nsets = nsets, .signals = with_signals};

    config = config_load(config_file[0] != '\0' ? config_file : NULL, sets, nsets, err);
    ck_assert_msg(config != NULL, "%s", err->text);
    options.config = config;
    return daemon_new(&options, err);
}

static void start(void)
{
    struct err err;

    err_init(&err);
    daemon_ = make(&err);
    ck_assert_msg(daemon_ != NULL, "%s", err.text);
    err_fini(&err);
    ck_assert_int_eq(pthread_create(&thread, NULL, run, NULL), 0);
}

static int stop(void)
{
    daemon_stop(daemon_);
    pthread_join(thread, NULL);
    return code;
}

static void forget(void)
{
    daemon_free(&daemon_);
    config_free(&config);
}

/* Ask an admin page: its status, 0 when nobody answers; the body in `out`. */
static int ask_with(const char *method, const char *path, const char *body_sent, char *out, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), status = 0;
    char *body;
    size_t n = 0;
    ssize_t got;

    address.sin_port = htons((uint16_t)atoi(port));
    out[0] = '\0';
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
        dprintf(fd, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n%s", method, path, body_sent);
        while ((got = recv(fd, out + n, size - 1 - n, 0)) > 0)
            n += (size_t)got;
        out[n] = '\0';
        sscanf(out, "HTTP/1.1 %d", &status);
        body = strstr(out, "\r\n\r\n");
        if (body != NULL)
            memmove(out, body + 4, strlen(body + 4) + 1);
    }
    close(fd);
    return status;
}

static int ask(const char *method, const char *path, char *out, size_t size)
{
    return ask_with(method, path, "", out, size);
}

static char page[400000];

static bool page_has(const char *path, const char *text)
{
    ask("GET", path, page, sizeof(page));
    return strstr(page, text) != NULL;
}

static void wait_for_page(const char *path, const char *text)
{
    int64_t end = clock_mono_ms() + PATIENCE_MS;

    while (!page_has(path, text)) {
        ck_assert_msg(clock_mono_ms() < end, "%s never said \"%s\" but:\n%.3000s", path, text, page);
        usleep(20000);
    }
}

static void wait_until_ready(void)
{
    wait_for_page("/readyz", "ready\n");
    ck_assert_int_eq(ask("GET", "/readyz", page, sizeof(page)), 200);
}

static void produce(unsigned n)
{
    struct err err;
    struct mock_writer *writer;
    char value[300], key[16];

    err_init(&err);
    writer = mock_writer_new(mock_cluster_bootstrap(cluster), &err);
    ck_assert_msg(writer != NULL, "%s", err.text);
    for (unsigned i = 0; i < n; i++) {
        snprintf(key, sizeof(key), "%u", i);
        snprintf(value, sizeof(value),
                 "{\"v\":1,\"kind\":\"sms\",\"id\":\"r-%u\",\"ts\":1732230000123,\"calling\":\"1391234%04u\","
                 "\"called\":\"13812345678\",\"ingress\":\"onnet\",\"text\":\"晚上回来吃饭吗\"%s",
                 i, i % 10000, i % 10 == 9 ? "" : "}"); /* every tenth is broken */
        ck_assert_int_eq(mock_writer_send(writer, "sms", -1, str_of(key), str_of(value)), 0);
    }
    ck_assert_uint_eq(mock_writer_flush(writer, 20000), 0);
    mock_writer_free(&writer);
    err_fini(&err);
}

START_TEST(records_are_judged_the_books_balance_and_the_drain_is_clean)
{
    struct daemon_books books;
    int64_t end = clock_mono_ms() + PATIENCE_MS;
    char why[200];

    start();
    wait_until_ready();
    ck_assert_msg(daemon_is_ready(daemon_, why, sizeof(why)), "%s", why);
    produce(1000);
    do {
        usleep(20000);
        daemon_read_books(daemon_, &books);
        ck_assert_uint_eq(books.consumed,
                          books.clean + books.warned + books.suppressed + books.dead_lettered + books.in_flight);
        ck_assert(clock_mono_ms() < end);
    } while (books.consumed < 1000 || books.in_flight > 0);
    ck_assert_uint_eq(books.dead_lettered, 100);
    ck_assert_uint_eq(books.clean, 900);
    ck_assert_int_eq(stop(), 0);
    daemon_read_books(daemon_, &books);
    ck_assert_uint_eq(books.consumed, 1000);
    ck_assert(!daemon_is_ready(daemon_, why, sizeof(why)));
    forget();
}
END_TEST

/* n messages that R-001 warns of. */
static void produce_frauds(unsigned n)
{
    struct err err;
    struct mock_writer *writer;

    err_init(&err);
    writer = mock_writer_new(mock_cluster_bootstrap(cluster), &err);
    ck_assert_msg(writer != NULL, "%s", err.text);
    for (unsigned i = 0; i < n; i++)
        ck_assert_int_eq(mock_writer_send(writer, "sms", (int32_t)(i % 4), STR_LIT("k"),
                                          STR_LIT("{\"v\":1,\"kind\":\"sms\",\"id\":\"f\",\"ts\":1732230000123,"
                                                  "\"calling\":\"13912340000\",\"called\":\"13812345678\",\"text\":"
                                                  "\"您的快递丢失,可理赔,请添加理赔客服\"}")),
                         0);
    ck_assert_uint_eq(mock_writer_flush(writer, 20000), 0);
    mock_writer_free(&writer);
    err_fini(&err);
}

/* Messages of a topic that say `text`. */
static unsigned count_messages(const char *topic, const char *text)
{
    struct mock_reader *reader;
    struct mock_message message;
    struct err err;
    unsigned n = 0;

    err_init(&err);
    reader = mock_reader_new(mock_cluster_bootstrap(cluster), topic, &err);
    ck_assert_msg(reader != NULL, "%s", err.text);
    for (bool first = true; mock_reader_next(reader, first ? 5000 : 1000, &message); first = false)
        n += memmem(message.value.p, message.value.n, text, strlen(text)) != NULL;
    mock_reader_free(&reader);
    err_fini(&err);
    return n;
}

START_TEST(a_rule_that_floods_goes_to_shadow_is_told_of_and_loses_nothing)
{
    char audit[128];
    unsigned warned, shadow;

    snprintf(audit, sizeof(audit), "%s/audit.log", rules);
    mock_cluster_create_topic(cluster, "control-status", 1);
    add_set("breaker.rule_per_minute", "20");
    add_set("control.status", "control-status");
    add_set("admin.token", "an-invented-token");
    add_set("audit.file", audit);
    start();
    wait_until_ready();
    produce_frauds(200);
    wait_for_page("/metrics", "\ntelsieve_breaker_total{cause=\"rate\"} 1\n");
    wait_for_page("/metrics", "\ntelsieve_rule_hits_total{rule=\"R-001\",state=\"live\"} 200\n");
    ck_assert(page_has("/metrics", "\ntelsieve_rule_demoted{rule=\"R-001\",state=\"live\"} 1\n"));
    ck_assert(page_has("/rules", "\"demoted\": \"rate\""));
    /* a header in the place of the path's end */
    ck_assert_int_eq(ask("POST", "/rules/R-001/reset HTTP/1.1\r\nAuthorization: Bearer an-invented-token\r\nX-Rest:",
                         page, sizeof(page)), 200);
    ck_assert(page_has("/metrics", "\ntelsieve_rule_demoted{rule=\"R-001\",state=\"live\"} 0\n"));
    ck_assert_int_eq(ask("POST", "/rules/R-001/reset", page, sizeof(page)), 401);
    ck_assert_int_eq(stop(), 0);
    forget();
    warned = count_messages("fraud-warnings", "\"R-001\"");
    shadow = count_messages("telsieve-shadow", "\"state\":\"demoted\"");
    ck_assert_msg(warned >= 21 && warned <= 43, "%u were warned of", warned); /* in two minutes perhaps */
    ck_assert_uint_eq(warned + shadow, 200);
    ck_assert_uint_eq(count_messages("control-status", "\"cause\":\"rate\",\"change\":\"demoted\""), 1);
    ck_assert_uint_eq(count_messages("control-status", "\"cause\":\"reset\",\"change\":\"restored\""), 1);
    shell("grep -q '\"what\":\"breaker\".*\"rule\":\"R-001\".*\"result\":\"demoted\"' %s%s", audit, "");
}
END_TEST

/* Offer a library by HTTP, with headers in the place of the path's end. */
static int put_library(const char *name, const char *json)
{
    char path[200];

    snprintf(path, sizeof(path),
             "/rules/%s HTTP/1.1\r\nAuthorization: Bearer an-invented-token\r\nContent-Length: %zu\r\nX-Rest:", name,
             strlen(json));
    return ask_with("PUT", path, json, page, sizeof(page));
}

static const char trial[] =
    "{\"telsieve\":1, \"library\":\"trial\", \"family\":\"X\", \"title\":\"试用\", \"version\":\"1\",\n"
    "\"sets\":{\"topic\":{\"role\":\"T\",\"phrases\":[\"志愿者~集合\"]},\n"
    "  \"action\":{\"role\":\"A\",\"phrases\":[\"添加~集合客服\"]}},\n"
    "\"rules\":[{\"id\":\"X-901\", \"type\":\"试用\", \"state\":\"live\", \"tier\":\"medium\",\n"
    "  \"when\":\"topic and action\", \"reason\":\"试用\",\n"
    "  \"hit\":[\"志愿者集合,请添加集合客服\"], \"miss\":[\"晚上回来吃饭吗\"]}]}\n";

/* All that comes through a pipe until its other end is closed. */
static void *drain_pipe(void *path)
{
    char bytes[4096];
    int fd = open(path, O_RDONLY);

    while (fd >= 0 && read(fd, bytes, sizeof(bytes)) > 0)
        continue;
    close(fd);
    return NULL;
}

/* A pipe that nobody reads is a disk that does not answer. */
START_TEST(a_stuck_disk_holds_up_an_answer_and_nothing_else)
{
    char state[100], draft[128];
    pthread_t reader;

    snprintf(state, sizeof(state), "%s/state", rules);
    snprintf(draft, sizeof(draft), "%s/depot.json.new", state);
    add_set("admin.token", "an-invented-token");
    add_set("control.state", state);
    start();
    wait_until_ready();
    shell("for i in $(seq 600); do [ ! -f %s/depot.json ] || break; sleep 0.1; done; mkfifo %s", state, draft);
    ck_assert_int_eq(put_library("trial", trial), 202);
    wait_for_page("/metrics", "\ntelsieve_ruleset_generation 2\n");
    wait_for_page("/metrics", "\ntelsieve_control_trouble 1\n"); /* after five seconds */
    ck_assert(page_has("/rules", "has not answered for"));
    ck_assert(page_has("/metrics", "\ntelsieve_library_answers_total{result=\"accepted\"} 0\n"));
    ck_assert(page_has("/rules", "\"result\": \"waiting\""));
    produce(10);
    wait_for_page("/metrics", "\ntelsieve_dead_letters_total{reason=\"not_json\"} 1\n");
    ck_assert_int_eq(pthread_create(&reader, NULL, drain_pipe, draft), 0);
    wait_for_page("/metrics", "\ntelsieve_library_answers_total{result=\"accepted\"} 1\n");
    ck_assert(page_has("/rules", "it is live, but not kept for the next start")); /* a pipe cannot be forced to disk */
    pthread_join(reader, NULL);
    shell("rm %s%s", draft, "");
    ck_assert_int_eq(stop(), 0);
    forget();
}
END_TEST

START_TEST(topics_that_have_not_been_read_yet_are_told)
{
    static const char *const topics[] = {"control.rules", "control.lists"};
    struct err err;

    err_init(&err);
    add_set(topics[_i], "of-the-platform");
    daemon_ = make(&err);
    ck_assert_msg(daemon_ != NULL, "%s", err.text);
    ck_assert_ptr_nonnull(strstr(control_trouble(daemon_->control), "has not been read yet"));
    ck_assert_ptr_nonnull(strstr(control_trouble(daemon_->control), topics[_i]));
    err_fini(&err);
    forget();
}
END_TEST

START_TEST(the_pages_say_what_is)
{
    json_t *json, *generation;

    start();
    wait_until_ready();
    produce(20);
    wait_for_page("/metrics", "\ntelsieve_dead_letters_total{reason=\"not_json\"} 2\n");
    ck_assert(page_has("/metrics", "\ntelsieve_ready 1\n"));
    ck_assert(page_has("/metrics",
                       "telsieve_partition_records_total{topic=\"sms\",partition=\"0\",outcome=\"consumed\"} "));
    ck_assert_int_eq(ask("GET", "/healthz", page, sizeof(page)), 200);
    ck_assert_int_eq(ask("GET", "/status", page, sizeof(page)), 200);
    json = json_loads(page, 0, NULL);
    ck_assert_msg(json != NULL, "%s", page);
    ck_assert_str_eq(json_string_value(json_object_get(json, "version")), TELSIEVE_VERSION);
    ck_assert_uint_eq(json_array_size(json_object_get(json, "workers")), 2);
    ck_assert_uint_eq(json_array_size(json_object_get(json, "partitions")), 4);
    ck_assert(json_is_true(json_object_get(json, "ready")));
    json_decref(json);
    ck_assert_int_eq(ask("GET", "/rules", page, sizeof(page)), 200);
    json = json_loads(page, 0, NULL);
    ck_assert_msg(json != NULL, "%s", page);
    generation = json_array_get(json_object_get(json, "generations"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(generation, "state")), "active");
    ck_assert_int_eq(strncmp(json_string_value(json_object_get(generation, "hash")), "sha256:", 7), 0);
    ck_assert_ptr_nonnull(strstr(page, "\"R-0"));
    json_decref(json);
    ck_assert_int_eq(ask("GET", "/nothing", page, sizeof(page)), 404);
    ck_assert_int_eq(ask("POST", "/metrics", page, sizeof(page)), 405);
    ck_assert_int_eq(stop(), 0);
    forget();
}
END_TEST

START_TEST(a_good_reload_is_a_new_generation_and_a_bad_one_changes_nothing)
{
    start();
    wait_until_ready();
    ck_assert(page_has("/metrics", "\ntelsieve_ruleset_generation 1\n"));
    shell("sed -i 's/2026.11.22/2030.1.1/' %s/%s", rules, "refund.json");
    ck_assert_int_eq(ask("POST", "/reload", page, sizeof(page)), 202);
    wait_for_page("/metrics", "\ntelsieve_reloads_total{result=\"succeeded\"} 1\n");
    ck_assert(page_has("/metrics", "\ntelsieve_ruleset_generation 2\n"));
    ck_assert(page_has("/rules", "2030.1.1"));

    write_library("{\"telsieve\": 1, \"library\": oops}");
    ck_assert_int_eq(ask("POST", "/reload", page, sizeof(page)), 202);
    wait_for_page("/metrics", "\ntelsieve_reloads_total{result=\"failed\"} 1\n");
    ck_assert(page_has("/metrics", "\ntelsieve_ruleset_generation 2\n"));
    ck_assert(page_has("/rules", "refund.json:1:"));
    wait_until_ready();
    ck_assert_int_eq(stop(), 0);
    forget();
}
END_TEST

START_TEST(files_that_change_are_a_reload_where_they_are_watched)
{
    add_set("rules.watch", "true");
    start();
    wait_until_ready();
    shell("sed -i 's/2026.11.22/2030.1.1/' %s/%s", rules, "refund.json");
    wait_for_page("/metrics", "\ntelsieve_reloads_total{result=\"succeeded\"} 1\n");
    ck_assert(page_has("/rules", "2030.1.1"));
    write_library("{\"telsieve\": 1, \"library\": oops}");
    wait_for_page("/metrics", "\ntelsieve_reloads_total{result=\"failed\"} 1\n");
    ck_assert(page_has("/metrics", "\ntelsieve_ruleset_generation 2\n"));
    ck_assert_int_eq(stop(), 0);
    forget();
}
END_TEST

static void write_config(const char *json)
{
    FILE *out;

    snprintf(config_file, sizeof(config_file), "%s/telsieve.conf", rules);
    out = fopen(config_file, "w");
    ck_assert_int_ge(fputs(json, out), 0);
    ck_assert_int_eq(fclose(out), 0);
}

START_TEST(a_reload_takes_what_is_reloadable_from_the_configuration_and_tells_what_is_not)
{
    char log[20000] = "", file[100];
    int saved = dup(STDERR_FILENO), fd;

    snprintf(file, sizeof(file), "%s/log", rules);
    fd = open(file, O_CREAT | O_RDWR, 0600);
    dup2(fd, STDERR_FILENO);
    write_config("{\"input\": {\"group\": \"one\"}, \"log\": {\"level\": \"info\"}}");
    start();
    ck_assert(log_enabled(LOG_LEVEL_INFO));
    write_config("{\"input\": {\"group\": \"two\"}, \"log\": {\"level\": \"warn\"}}");
    wait_for_page("/healthz", "ok");
    ck_assert_int_eq(ask("POST", "/reload", page, sizeof(page)), 202);
    wait_for_page("/metrics", "\ntelsieve_reloads_total{result=\"succeeded\"} 1\n");
    ck_assert(!log_enabled(LOG_LEVEL_INFO));
    write_config("{\"input\": {\"gruop\": \"two\"}}");
    ck_assert_int_eq(ask("POST", "/reload", page, sizeof(page)), 202);
    wait_for_page("/metrics", "\ntelsieve_reloads_total{result=\"failed\"} 1\n");
    ck_assert(page_has("/rules", "telsieve.conf:1:12: unknown key"));
    ck_assert(page_has("/metrics", "\ntelsieve_ruleset_generation 2\n"));
    ck_assert_int_eq(stop(), 0);
    forget();
    dup2(saved, STDERR_FILENO);
    ck_assert_int_gt(pread(fd, log, sizeof(log) - 1, 0), 0);
    ck_assert_ptr_nonnull(strstr(log, "event=reload_ignored key=input.group "));
    ck_assert_ptr_null(strstr(log, "key=log.level"));
    close(saved);
    close(fd);
}
END_TEST

START_TEST(an_output_that_is_refused_makes_the_daemon_not_ready_and_says_why)
{
    mock_cluster_topic_error(cluster, "telsieve-dead-letters", 29); /* TOPIC_AUTHORIZATION_FAILED */
    start();
    wait_for_page("/readyz", "telsieve-dead-letters");
    ck_assert_int_eq(ask("GET", "/readyz", page, sizeof(page)), 503);
    ck_assert(page_has("/metrics", "\ntelsieve_ready 0\n"));
    ck_assert_int_eq(stop(), 0);
    forget();
}
END_TEST

/* Start on records whose dead letters the cluster refuses, and wait until they are in flight. */
static void start_with_deliveries_stuck(void)
{
    struct daemon_books books;
    int64_t end = clock_mono_ms() + PATIENCE_MS;

    produce(10);
    mock_cluster_fail(cluster, 0, 7, 100000); /* Produce: REQUEST_TIMED_OUT */
    start();
    do {
        usleep(20000);
        daemon_read_books(daemon_, &books);
        ck_assert(clock_mono_ms() < end);
    } while (books.in_flight == 0);
}

START_TEST(a_drain_ends_at_its_deadline_with_code_4_and_balanced_books)
{
    struct daemon_books books;
    int64_t begin;

    start_with_deliveries_stuck();
    begin = clock_mono_ms();
    ck_assert_int_eq(stop(), 4);
    ck_assert_int_ge(clock_mono_ms() - begin, 1900);
    daemon_read_books(daemon_, &books);
    ck_assert_uint_gt(books.in_flight, 0);
    ck_assert_uint_eq(books.consumed,
                      books.clean + books.warned + books.suppressed + books.dead_lettered + books.in_flight);
    forget();
}
END_TEST

START_TEST(a_second_sigterm_exits_at_once)
{
    add_set("drain.deadline_ms", "600000");
    with_signals = true;
    start_with_deliveries_stuck();
    kill(getpid(), SIGTERM);
    wait_for_page("/readyz", "stopping");
    kill(getpid(), SIGTERM);
    pthread_join(thread, NULL);
    ck_abort_msg("still here");
}
END_TEST

/* The next thing systemd hears that begins with `word`. */
static void hear(int listener, const char *word)
{
    char heard[1024];

    do {
        ssize_t n = recv(listener, heard, sizeof(heard) - 1, 0);
        ck_assert_msg(n > 0, "systemd never heard %s", word);
        heard[n] = '\0';
    } while (strncmp(heard, word, strlen(word)) != 0);
}

START_TEST(signals_reload_and_drain_and_systemd_hears_it)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    int listener = socket(AF_UNIX, SOCK_DGRAM, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", rules);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setenv("NOTIFY_SOCKET", address.sun_path, 1);
    setenv("WATCHDOG_USEC", "600000", 1);
    with_signals = true;
    start();
    hear(listener, "READY=1");
    hear(listener, "WATCHDOG=1");
    hear(listener, "STATUS=ready");
    kill(getpid(), SIGHUP);
    hear(listener, "RELOADING=1\nMONOTONIC_USEC=");
    hear(listener, "READY=1");
    ck_assert(page_has("/metrics", "\ntelsieve_ruleset_generation 2\n"));
    kill(getpid(), SIGTERM);
    hear(listener, "STOPPING=1");
    pthread_join(thread, NULL);
    ck_assert_int_eq(code, 0);
    close(listener);
    forget();
}
END_TEST

START_TEST(bad_rules_and_bad_properties_are_all_told_before_anything_starts)
{
    struct err err;

    write_library("{\"telsieve\": 1, \"library\": oops}");
    add_set("kafka.consumer.no.such.property", "1");
    err_init(&err);
    ck_assert_ptr_null(make(&err));
    ck_assert_msg(strstr(err.text, "refund.json:1:") != NULL, "%s", err.text);
    ck_assert_msg(strstr(err.text, "no.such.property") != NULL, "%s", err.text);
    err_fini(&err);
    config_free(&config);
}
END_TEST

START_TEST(an_admin_address_in_use_is_a_failure_at_run_time)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_port = htons((uint16_t)atoi(port));
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    start();
    pthread_join(thread, NULL);
    ck_assert_int_eq(code, 3);
    close(fd);
    forget();
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("daemon");

    tcase_add_checked_fixture(tcase, prepare, clean_up);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, records_are_judged_the_books_balance_and_the_drain_is_clean);
    tcase_add_test(tcase, a_rule_that_floods_goes_to_shadow_is_told_of_and_loses_nothing);
    tcase_add_test(tcase, a_stuck_disk_holds_up_an_answer_and_nothing_else);
    tcase_add_loop_test(tcase, topics_that_have_not_been_read_yet_are_told, 0, 2);
    tcase_add_test(tcase, the_pages_say_what_is);
    tcase_add_test(tcase, a_good_reload_is_a_new_generation_and_a_bad_one_changes_nothing);
    tcase_add_test(tcase, files_that_change_are_a_reload_where_they_are_watched);
    tcase_add_test(tcase, a_reload_takes_what_is_reloadable_from_the_configuration_and_tells_what_is_not);
    tcase_add_test(tcase, an_output_that_is_refused_makes_the_daemon_not_ready_and_says_why);
    tcase_add_test(tcase, a_drain_ends_at_its_deadline_with_code_4_and_balanced_books);
    tcase_add_exit_test(tcase, a_second_sigterm_exits_at_once, 4);
    tcase_add_test(tcase, signals_reload_and_drain_and_systemd_hears_it);
    tcase_add_test(tcase, bad_rules_and_bad_properties_are_all_told_before_anything_starts);
    tcase_add_test(tcase, an_admin_address_in_use_is_a_failure_at_run_time);
    return setup_run("daemon", tcase);
}
