/* admin.c - our own listening socket (admin_socket.h), MHD's epoll descriptor as one libev watcher, MHD's next
 * timeout as one timer. Every answer is made in memory and closed by content length. */
#include "daemon/admin.h"
#include "core/log.h"
#include "daemon/admin_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_CONNECTIONS 32
#define CONNECTION_TIMEOUT_S 10
#define CONNECTION_MEMORY_BYTES 16384

struct admin {
    struct ev_loop *loop;
    struct admin_setup setup;
    struct MHD_Daemon *http;
    ev_io ready;
    ev_timer timeout;
    char address[80];
};

#define NAME_BYTES sizeof(((struct admin_request *)NULL)->name)
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

/* One request while it comes in. */
struct asking {
    const struct admin_route *route;
    struct admin_request request;
    char *body;
    size_t n, cap;
    bool answered; /* before its body was read */
    bool too_large;
};

/* ---- answers ---------------------------------------------------------------------------------------------------- */

/* A page of one line. */
static void fill_line(struct admin_page *page, unsigned status, const char *line)
{
    page->status = status;
    page->type = "text/plain; charset=utf-8";
    page->n = (size_t)asprintf(&page->text, "%s\n", line);
    if (page->n == (size_t)-1)
        page->text = NULL;
}

static enum MHD_Result send_page(struct MHD_Connection *connection, const struct admin_page *page, const char *allow)
{
    struct MHD_Response *response;
    enum MHD_Result sent;

    if (page->text == NULL)
        return MHD_NO; /* out of memory: the connection is closed */
    response = MHD_create_response_from_buffer(page->n, page->text, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(page->text);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, page->type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (allow != NULL)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allow);
    if (page->status == MHD_HTTP_UNAUTHORIZED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    sent = MHD_queue_response(connection, page->status, response);
    MHD_destroy_response(response);
    return sent;
}

static enum MHD_Result send_line(struct MHD_Connection *connection, unsigned status, const char *line,
                                 const char *allow)
{
    struct admin_page page = {0};

    fill_line(&page, status, line);
    return send_page(connection, &page, allow);
}

/* ---- who asks --------------------------------------------------------------------------------------------------- */

static const struct sockaddr *address_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    return info != NULL ? info->client_addr : NULL;
}

/* What a proxy on this machine hands on comes from elsewhere. */
static bool is_handed_on(struct MHD_Connection *connection)
{
    static const char *const headers[] = {"Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"};

    for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
        if (MHD_lookup_connection_value(connection, MHD_HEADER_KIND, headers[i]) != NULL)
            return true;
    return false;
}

static bool is_loopback(struct MHD_Connection *connection)
{
    const struct sockaddr *address = address_of(connection);

    if (address == NULL || is_handed_on(connection))
        return false;
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 == 127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

/* In a time that does not tell how much of it is right. */
static bool has_token(const struct admin *admin, struct MHD_Connection *connection)
{
    const char *given = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
    size_t n = strlen(admin->setup.token), scheme = strlen("Bearer ");

    return n > 0 && given != NULL && strncasecmp(given, "Bearer ", scheme) == 0 && strlen(given + scheme) == n &&
           CRYPTO_memcmp(given + scheme, admin->setup.token, n) == 0;
}

static void name_who(char who[80], struct MHD_Connection *connection, bool token)
{
    const struct sockaddr *address = address_of(connection);
    char host[INET6_ADDRSTRLEN] = "unknown";

    if (address != NULL && address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, host, sizeof(host));
    else if (address != NULL && address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, host, sizeof(host));
    snprintf(who, 80, "%s%s", token ? "token from " : "", host);
}

/* What stands in the way of this request; NULL: nothing. */
static const char *refusal(const struct admin *admin, const struct admin_route *route,
                           struct MHD_Connection *connection, unsigned *status)
{
    bool token = has_token(admin, connection);

    *status = MHD_HTTP_UNAUTHORIZED;
    if (route->access == ADMIN_OPEN || token || (route->access == ADMIN_NEAR && is_loopback(connection)))
        return NULL;
    if (admin->setup.token[0] != '\0')
        return "the bearer token of admin.token is needed here";
    *status = MHD_HTTP_FORBIDDEN;
    return route->access == ADMIN_NEAR ? "only from this machine, for admin.token is not configured"
                                       : "not served, for admin.token is not configured";
}

const char *admin_query(const struct admin_request *request, const char *key)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, key);
}

const char *admin_header(const struct admin_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* ---- routes ----------------------------------------------------------------------------------------------------- */

static bool is_name(const char *name, bool dots)
{
    size_t n = strspn(name, dots ? NAME_CHARS "." : NAME_CHARS);

    return n > 0 && name[n] == '\0';
}

/* Does the path lead there? `name` is what stands behind it, or for its star. */
static bool leads_to(const struct admin_route *route, const char *path, char name[NAME_BYTES])
{
    const char *star = strchr(route->path, '*'), *tail = star != NULL ? star + 1 : "";
    size_t head = star != NULL ? (size_t)(star - route->path) : strlen(route->path), n = strlen(path);

    name[0] = '\0';
    if (star == NULL && (route->path[head - 1] != '/' || strcmp(route->path, "/") == 0))
        return strcmp(route->path, path) == 0;
    if (n <= head + strlen(tail) || n - head - strlen(tail) >= NAME_BYTES || strncmp(route->path, path, head) != 0 ||
        strcmp(path + n - strlen(tail), tail) != 0)
        return false;
    snprintf(name, NAME_BYTES, "%.*s", (int)(n - head - strlen(tail)), path + head);
    return is_name(name, star != NULL);
}

static bool same_method(const char *route, const char *method)
{
    return strcmp(route, method) == 0 || (strcmp(route, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

/* The route, or NULL and in `allow` the methods that the path has. */
static const struct admin_route *find_route(const struct admin *admin, const char *path, const char *method,
                                            char name[NAME_BYTES], char allow[80])
{
    const struct admin_route *route = admin->setup.routes;
    size_t n = 0;

    allow[0] = '\0';
    for (; route->method != NULL; route++) {
        if (!leads_to(route, path, name))
            continue;
        if (same_method(route->method, method))
            return route;
        n += (size_t)snprintf(allow + n, 80 - n, "%s%s", n > 0 ? ", " : "", route->method);
    }
    return NULL;
}

/* The headers are here: answer at once what needs no body, or is not to be had. */
static enum MHD_Result begin(struct admin *admin, struct MHD_Connection *connection, const char *path,
                             const char *method, struct asking **out)
{
    struct asking *asking = calloc(1, sizeof(*asking));
    unsigned status;
    const char *why;
    char allow[80];

    if (asking == NULL)
        return MHD_NO;
    *out = asking;
    asking->route = find_route(admin, path, method, asking->request.name, allow);
    if (asking->route == NULL) {
        asking->answered = true;
        if (allow[0] == '\0')
            return send_line(connection, MHD_HTTP_NOT_FOUND, "no such page", NULL);
        return send_line(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "another method is needed here, see Allow", allow);
    }
    if ((why = refusal(admin, asking->route, connection, &status)) != NULL) {
        asking->answered = true;
        return send_line(connection, status, why, NULL);
    }
    asking->request.connection = connection;
    name_who(asking->request.who, connection, has_token(admin, connection));
    return MHD_YES;
}

/* A piece of the body; false: out of memory. */
static bool take(struct asking *asking, const char *piece, size_t n)
{
    if (asking->n + n > asking->cap) {
        size_t cap = 2 * (asking->n + n);
        char *grown = realloc(asking->body, cap);
        if (grown == NULL)
            return false;
        asking->body = grown;
        asking->cap = cap;
    }
    memcpy(asking->body + asking->n, piece, n);
    asking->n += n;
    return true;
}

static enum MHD_Result answer(struct admin *admin, struct MHD_Connection *connection, struct asking *asking)
{
    struct admin_page page = {0};

    if (asking->too_large)
        return send_line(connection, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large", NULL);
    asking->request.body = (struct str){asking->body != NULL ? asking->body : "", asking->n};
    asking->route->serve(admin->setup.ctx, &asking->request, &page);
    return send_page(connection, &page, NULL);
}

/* MHD calls once with the headers, then with each piece of a body, then without one. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *path, const char *method,
                                  const char *version, const char *upload, size_t *upload_size, void **state)
{
    struct admin *admin = ctx;
    struct asking *asking = *state;

    (void)version;
    if (asking == NULL)
        return begin(admin, connection, path, method, (struct asking **)state);
    if (*upload_size == 0)
        return asking->answered ? MHD_YES : answer(admin, connection, asking);
    if (!asking->answered && asking->route->has_body && !asking->too_large) {
        asking->too_large = asking->n + *upload_size > admin->setup.max_body_bytes;
        if (!asking->too_large && !take(asking, upload, *upload_size))
            return MHD_NO;
    }
    *upload_size = 0;
    return MHD_YES;
}

static void on_completed(void *ctx, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct asking *asking = *state;

    (void)ctx;
    (void)connection;
    (void)code;
    if (asking != NULL)
        free(asking->body);
    free(asking);
    *state = NULL;
}

static void on_message(void *ctx, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

static void on_message(void *ctx, const char *fmt, va_list args)
{
    char text[300], quoted[400];

    (void)ctx;
    vsnprintf(text, sizeof(text), fmt, args);
    text[strcspn(text, "\n")] = '\0';
    log_debug("http", "msg=%s", log_quote(text, quoted, sizeof(quoted)));
}

/* ---- the loop ---------------------------------------------------------------------------------------------------- */

static unsigned connections(struct admin *admin)
{
    return MHD_get_daemon_info(admin->http, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
}

/* Let MHD work, and come back when it says. At its connection limit MHD takes the listening socket out of its epoll
 * set and puts it back only in the turn after one in which a connection ended: that turn must be given. */
static void turn(struct admin *admin)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;
    unsigned before;

    do {
        before = connections(admin);
        MHD_run(admin->http);
    } while (connections(admin) < before);
    ev_timer_stop(admin->loop, &admin->timeout);
    if (MHD_get_timeout(admin->http, &wait_ms) == MHD_YES) {
        ev_timer_set(&admin->timeout, (double)wait_ms / 1000, 0.);
        ev_timer_start(admin->loop, &admin->timeout);
    }
}

static void on_ready(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    turn(watcher->data);
}

static void on_timeout(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    turn(watcher->data);
}

/* ---- made and freed ---------------------------------------------------------------------------------------------- */

struct admin *admin_new(struct ev_loop *loop, const struct admin_setup *setup, struct err *err)
{
    struct admin *admin = calloc(1, sizeof(*admin));
    int fd = admin_socket_open(setup->address);

    if (fd < 0)
        err_add(err, "admin.listen: cannot listen on %s: %s", setup->address, strerror(errno));
    if (admin == NULL || fd < 0)
        goto failed;
    *admin = (struct admin){.loop = loop, .setup = *setup};
    admin_socket_name(fd, admin->address, sizeof(admin->address));
    admin->http = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, admin, MHD_OPTION_EXTERNAL_LOGGER, on_message,
        NULL, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY_BYTES, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (admin->http == NULL) {
        err_add(err, "admin.listen: the HTTP server does not start");
        goto failed;
    }
    ev_io_init(&admin->ready, on_ready, MHD_get_daemon_info(admin->http, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, EV_READ);
    ev_timer_init(&admin->timeout, on_timeout, 0., 0.);
    admin->ready.data = admin->timeout.data = admin;
    ev_io_start(loop, &admin->ready);
    turn(admin);
    return admin;

failed:
    if (fd >= 0)
        close(fd);
    free(admin);
    return NULL;
}

void admin_free(struct admin **admin)
{
    if (*admin == NULL)
        return;
    ev_io_stop((*admin)->loop, &(*admin)->ready);
    ev_timer_stop((*admin)->loop, &(*admin)->timeout);
    MHD_stop_daemon((*admin)->http); /* closes the socket */
    free(*admin);
    *admin = NULL;
}

const char *admin_address(const struct admin *admin)
{
    return admin->address;
}
