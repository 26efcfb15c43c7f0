/* The admin server over real HTTP on a free loopback port. */
#include "daemon/admin.h"
#include "../setup.h"

#include <check.h>
#include <ev.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve_hello(void *ctx, const struct admin_request *request, struct admin_page *page)
{
    (void)request;
    ++*(int *)ctx;
    page->status = 200;
    page->type = "text/plain";
    page->text = strdup("hello\n");
    page->n = 6;
}

static void serve_large(void *ctx, const struct admin_request *request, struct admin_page *page)
{
    (void)request;
    (void)ctx;
    page->status = 503;
    page->type = "application/json";
    page->n = 1000000;
    page->text = malloc(page->n);
    memset(page->text, 'x', page->n);
}

static void serve_nothing(void *ctx, const struct admin_request *request, struct admin_page *page)
{
    (void)request;
    (void)ctx;
    page->status = 200;
    page->type = "text/plain";
}

/* Who asked for what, with what. */
static void serve_echo(void *ctx, const struct admin_request *request, struct admin_page *page)
{
    const char *x = admin_query(request, "x"), *header = admin_header(request, "X-Thing");

    (void)ctx;
    *page = (struct admin_page){.status = 200, .type = "text/plain"};
    page->n = (size_t)asprintf(&page->text, "%s|%.*s|%s|%s|%s", request->name, STR_FMT(request->body), request->who,
                               x != NULL ? x : "-", header != NULL ? header : "-");
}

static const struct admin_route routes[] = {
    {"GET", "/hello", ADMIN_OPEN, false, serve_hello},
    {"POST", "/hello", ADMIN_NEAR, false, serve_hello},
    {"POST", "/do", ADMIN_NEAR, false, serve_hello},
    {"GET", "/large", ADMIN_OPEN, false, serve_large},
    {"GET", "/nothing", ADMIN_OPEN, false, serve_nothing},
    {"PUT", "/things/", ADMIN_TOKEN, true, serve_echo},
    {"DELETE", "/things/", ADMIN_TOKEN, false, serve_echo},
    {"POST", "/things/*/polish", ADMIN_TOKEN, false, serve_echo},
    {NULL, NULL, ADMIN_OPEN, false, NULL},
};

static struct ev_loop *loop;
static struct admin *admin;
static int served;

#define TOKEN "an-invented-token"
#define MAX_BODY 100000

static void start_with(const char *address, const char *token)
{
    const struct admin_setup setup = {address, token, MAX_BODY, routes, &served};
    struct err err;

    err_init(&err);
    loop = ev_loop_new(EVFLAG_AUTO);
    served = 0;
    admin = admin_new(loop, &setup, &err);
    ck_assert_msg(admin != NULL, "%s", err.text);
    err_fini(&err);
}

static void start_on(const char *address)
{
    start_with(address, "");
}

static void start(void)
{
    start_on("127.0.0.1:0");
}

static void stop(void)
{
    admin_free(&admin);
    ev_loop_destroy(loop);
}

static int connect_to(const char *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    in_port_t port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    bool six = address[0] == '[';
    int fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM, 0);

    v4.sin_port = v6.sin6_port = port;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(six ? connect(fd, (struct sockaddr *)&v6, sizeof(v6))
                         : connect(fd, (struct sockaddr *)&v4, sizeof(v4)),
                     0);
    return fd;
}

/* Turn the loop until the peer closed; all it said is in out. */
static size_t receive(int fd, char *out, size_t size)
{
    size_t n = 0;

    for (int i = 0; i < 3000; i++) {
        ssize_t got;
        ev_run(loop, EVRUN_NOWAIT);
        got = recv(fd, out + n, size - 1 - n, MSG_DONTWAIT);
        if (got == 0)
            break;
        if (got > 0)
            n += (size_t)got;
        else
            usleep(1000);
    }
    out[n] = '\0';
    return n;
}

static char answer[1100000];

static void ask(const char *request)
{
    int fd = connect_to(admin_address(admin));

    ck_assert_int_eq(send(fd, request, strlen(request), 0), (ssize_t)strlen(request));
    receive(fd, answer, sizeof(answer));
    close(fd);
}

#define ASK(line) ask(line " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

static const char *body(void)
{
    const char *end = strstr(answer, "\r\n\r\n");

    ck_assert_ptr_nonnull(end);
    return end + 4;
}

START_TEST(a_page_is_served_with_its_type_and_length)
{
    ASK("GET /hello");
    ck_assert_ptr_eq(strstr(answer, "HTTP/1.1 200 OK\r\n"), answer);
    ck_assert_ptr_nonnull(strstr(answer, "Content-Type: text/plain\r\n"));
    ck_assert_ptr_nonnull(strstr(answer, "Content-Length: 6\r\n"));
    ck_assert_str_eq(body(), "hello\n");
    ASK("GET /hello?x=1");
    ck_assert_str_eq(body(), "hello\n");
    ck_assert_int_eq(served, 2);
}
END_TEST

START_TEST(head_has_no_body_and_a_large_page_comes_whole)
{
    ASK("HEAD /hello");
    ck_assert_ptr_eq(strstr(answer, "HTTP/1.1 200 OK\r\n"), answer);
    ck_assert_str_eq(body(), "");
    ASK("GET /large");
    ck_assert_ptr_eq(strstr(answer, "HTTP/1.1 503 "), answer);
    ck_assert_uint_eq(strlen(body()), 1000000);
}
END_TEST

static const struct {
    const char *request, *status, *allow, *body;
} refusals[] = {
    {"GET /nope HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 404 ", NULL, "no such page\n"},
    {"GET /hello/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 404 ", NULL, "no such page\n"},
    {"GET /do HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 405 ", "Allow: POST\r\n",
     "another method is needed here, see Allow\n"},
    {"DELETE /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 405 ", "Allow: GET\r\n",
     "another method is needed here, see Allow\n"},
};

START_TEST(an_unknown_page_or_method_gets_one_clear_line)
{
    ask(refusals[_i].request);
    ck_assert_ptr_eq(strstr(answer, refusals[_i].status), answer);
    ck_assert_str_eq(body(), refusals[_i].body);
    if (refusals[_i].allow != NULL)
        ck_assert_ptr_nonnull(strstr(answer, refusals[_i].allow));
    ck_assert_int_eq(served, 0);
}
END_TEST

START_TEST(a_post_with_a_body_is_served_once)
{
    ask("POST /do HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nabcde");
    ck_assert_ptr_eq(strstr(answer, "HTTP/1.1 200 OK\r\n"), answer);
    ck_assert_int_eq(served, 1);
}
END_TEST

START_TEST(a_page_that_cannot_be_made_closes_the_connection_and_the_next_works)
{
    ASK("GET /nothing");
    ck_assert_str_eq(answer, "");
    ASK("GET /hello");
    ck_assert_str_eq(body(), "hello\n");
}
END_TEST

#define WITH_TOKEN " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Thing: y\r\nAuthorization: Bearer " TOKEN "\r\n"

static void restart_with_token(void)
{
    stop();
    start_with("127.0.0.1:0", TOKEN);
}

START_TEST(a_change_has_name_body_query_header_and_author)
{
    restart_with_token();
    ask("PUT /things/refund?x=1" WITH_TOKEN "Content-Length: 5\r\n\r\nabcde");
    ck_assert_str_eq(body(), "refund|abcde|token from 127.0.0.1|1|y");
    ask("DELETE /things/refund" WITH_TOKEN "\r\n");
    ck_assert_str_eq(body(), "refund||token from 127.0.0.1|-|y");
    ask("POST /things/R-1.b/polish" WITH_TOKEN "\r\n");
    ck_assert_str_eq(body(), "R-1.b||token from 127.0.0.1|-|y");
}
END_TEST

static const struct {
    const char *request, *status, *body;
    bool token; /* is one configured? */
} unauthorized[] = {
    {"PUT /things/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\na", "HTTP/1.1 403 ",
     "not served, for admin.token is not configured\n", false},
    {"PUT /things/a" WITH_TOKEN "Content-Length: 1\r\n\r\na", "HTTP/1.1 403 ",
     "not served, for admin.token is not configured\n", false},
    {"PUT /things/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\na", "HTTP/1.1 401 ",
     "the bearer token of admin.token is needed here\n", true},
    {"DELETE /things/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer an-invented-tokem\r\n\r\n",
     "HTTP/1.1 401 ", "the bearer token of admin.token is needed here\n", true},
    {"DELETE /things/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic " TOKEN "\r\n\r\n",
     "HTTP/1.1 401 ", "the bearer token of admin.token is needed here\n", true},
    {"DELETE /things/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 404 ", "no such page\n", true},
    {"DELETE /things/a/b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 404 ", "no such page\n", true},
    {"POST /things//polish HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 404 ", "no such page\n", true},
    {"POST /things/a/polis HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 404 ", "no such page\n", true},
    {"POST /things/a/b/polish HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 404 ",
     "no such page\n", true},
    {"GET /things/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 405 ",
     "another method is needed here, see Allow\n", true},
};

START_TEST(a_change_without_the_token_is_refused)
{
    if (unauthorized[_i].token)
        restart_with_token();
    ask(unauthorized[_i].request);
    ck_assert_ptr_eq(strstr(answer, unauthorized[_i].status), answer);
    ck_assert_str_eq(body(), unauthorized[_i].body);
}
END_TEST

START_TEST(who_comes_by_a_proxy_is_not_near)
{
    ASK("POST /do");
    ck_assert_ptr_eq(strstr(answer, "HTTP/1.1 200 "), answer);
    ask("POST /do HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.7\r\nConnection: close\r\n\r\n");
    ck_assert_ptr_eq(strstr(answer, "HTTP/1.1 403 "), answer);
    ck_assert_int_eq(served, 1);
}
END_TEST

START_TEST(a_large_body_comes_whole_and_a_larger_one_is_refused)
{
    static char request[2 * MAX_BODY];
    size_t head = strlen("PUT /things/a" WITH_TOKEN "Content-Length: 100000\r\n\r\n");

    restart_with_token();
    strcpy(request, "PUT /things/a" WITH_TOKEN "Content-Length: 100000\r\n\r\n");
    memset(request + head, 'z', MAX_BODY + 1);
    request[head + MAX_BODY] = '\0';
    ask(request);
    ck_assert_uint_eq(strlen(body()), strlen("a|") + MAX_BODY + strlen("|token from 127.0.0.1|-|y"));
    request[head - 5] = '1'; /* 100001 */
    request[head + MAX_BODY] = 'z';
    ask(request);
    ck_assert_ptr_eq(strstr(answer, "HTTP/1.1 413 "), answer);
    ck_assert_str_eq(body(), "the body is too large\n");
}
END_TEST

START_TEST(rubbish_and_too_many_connections_do_no_harm)
{
    int fds[60];

    ask("\x16\x03\x01\x02 rubbish\r\n\r\n");
    for (size_t i = 0; i < 60; i++) {
        fds[i] = connect_to(admin_address(admin));
        ev_run(loop, EVRUN_NOWAIT);
    }
    for (size_t i = 0; i < 60; i++)
        close(fds[i]);
    for (int i = 0; i < 200; i++, usleep(1000))
        ev_run(loop, EVRUN_NOWAIT);
    ASK("GET /hello");
    ck_assert_str_eq(body(), "hello\n");
}
END_TEST

START_TEST(an_address_in_use_is_told)
{
    const struct admin_setup setup = {admin_address(admin), "", MAX_BODY, routes, NULL};
    struct err err;

    err_init(&err);
    ck_assert_ptr_null(admin_new(loop, &setup, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "admin.listen: cannot listen on 127.0.0.1:"));
    ck_assert_ptr_nonnull(strstr(err.text, ": Address already in use\n"));
    err_fini(&err);
}
END_TEST

START_TEST(ipv6_works_too)
{
    int probe = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    bool available = probe >= 0 && bind(probe, (struct sockaddr *)&address, sizeof(address)) == 0;

    close(probe);
    if (!available)
        return; /* a machine without IPv6 */
    stop();
    start_on("[::1]:0");
    ck_assert_int_eq(admin_address(admin)[0], '[');
    ask("POST /do HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    ck_assert_str_eq(body(), "hello\n");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("admin");

    tcase_add_checked_fixture(tcase, start, stop);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_page_is_served_with_its_type_and_length);
    tcase_add_test(tcase, head_has_no_body_and_a_large_page_comes_whole);
    tcase_add_loop_test(tcase, an_unknown_page_or_method_gets_one_clear_line, 0,
                        (int)(sizeof(refusals) / sizeof(refusals[0])));
    tcase_add_test(tcase, a_post_with_a_body_is_served_once);
    tcase_add_test(tcase, who_comes_by_a_proxy_is_not_near);
    tcase_add_test(tcase, a_page_that_cannot_be_made_closes_the_connection_and_the_next_works);
    tcase_add_test(tcase, a_change_has_name_body_query_header_and_author);
    tcase_add_loop_test(tcase, a_change_without_the_token_is_refused, 0,
                        (int)(sizeof(unauthorized) / sizeof(*unauthorized)));
    tcase_add_test(tcase, a_large_body_comes_whole_and_a_larger_one_is_refused);
    tcase_add_test(tcase, rubbish_and_too_many_connections_do_no_harm);
    tcase_add_test(tcase, an_address_in_use_is_told);
    tcase_add_test(tcase, ipv6_works_too);
    return setup_run("admin", tcase);
}
