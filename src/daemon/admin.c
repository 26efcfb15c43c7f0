/* admin.c - our own listening socket (clear errors, port 0), MHD's epoll descriptor as one libev watcher, MHD's next
 * timeout as one timer. Every answer is made in memory and closed by content length. */
#include "daemon/admin.h"
#include "config/listen.h"
#include "core/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <microhttpd.h>
#include <netinet/in.h>
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
    const struct admin_route *routes;
    void *ctx;
    struct MHD_Daemon *http;
    ev_io ready;
    ev_timer timeout;
    char address[80];
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
    sent = MHD_queue_response(connection, page->status, response);
    MHD_destroy_response(response);
    return sent;
}

static bool is_loopback(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info != NULL ? info->client_addr : NULL;

    if (address == NULL)
        return false;
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 == 127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

static bool same_method(const char *route, const char *method)
{
    return strcmp(route, method) == 0 || (strcmp(route, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

static enum MHD_Result answer(struct admin *admin, struct MHD_Connection *connection, const char *path,
                              const char *method)
{
    struct admin_page page = {0};
    const char *allow = NULL;

    for (const struct admin_route *route = admin->routes; route->method != NULL; route++) {
        if (strcmp(route->path, path) != 0)
            continue;
        allow = route->method;
        if (!same_method(route->method, method))
            continue;
        if (route->loopback_only && !is_loopback(connection))
            fill_line(&page, MHD_HTTP_FORBIDDEN, "only from this machine");
        else
            route->serve(admin->ctx, &page);
        return send_page(connection, &page, NULL);
    }
    if (allow != NULL)
        fill_line(&page, MHD_HTTP_METHOD_NOT_ALLOWED, "another method is needed here, see Allow");
    else
        fill_line(&page, MHD_HTTP_NOT_FOUND, "no such page");
    return send_page(connection, &page, allow);
}

/* MHD calls once with the headers, then with each piece of a body (ignored), then without one. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *path, const char *method,
                                  const char *version, const char *upload, size_t *upload_size, void **state)
{
    (void)version;
    (void)upload;
    if (*state == NULL) {
        *state = ctx; /* only "seen" */
        return MHD_YES;
    }
    if (*upload_size > 0) {
        *upload_size = 0;
        return MHD_YES;
    }
    return answer(ctx, connection, path, method);
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

/* ---- listening --------------------------------------------------------------------------------------------------- */

static void write_address(int fd, char *out, size_t size)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    char host[INET6_ADDRSTRLEN] = "";

    getsockname(fd, (struct sockaddr *)&address, &length);
    if (address.ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address;
        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
        snprintf(out, size, "[%s]:%u", host, ntohs(v6->sin6_port));
    } else {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address;
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
        snprintf(out, size, "%s:%u", host, ntohs(v4->sin_port));
    }
}

/* A listening socket, or -1 with errno set. */
static int open_socket(const char *text)
{
    struct sockaddr_storage address;
    socklen_t length = 0;
    int fd, one = 1, saved;

    if (!listen_parse(text, &address, &length)) {
        errno = EINVAL;
        return -1;
    }
    fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&address, length) == 0 && listen(fd, MAX_CONNECTIONS) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

struct admin *admin_new(struct ev_loop *loop, const char *address, const struct admin_route *routes, void *ctx,
                        struct err *err)
{
    struct admin *admin = calloc(1, sizeof(*admin));
    int fd = open_socket(address);

    if (fd < 0)
        err_add(err, "admin.listen: cannot listen on %s: %s", address, strerror(errno));
    if (admin == NULL || fd < 0)
        goto failed;
    *admin = (struct admin){.loop = loop, .routes = routes, .ctx = ctx};
    write_address(fd, admin->address, sizeof(admin->address));
    admin->http = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, admin, MHD_OPTION_EXTERNAL_LOGGER, on_message,
        NULL, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY_BYTES, MHD_OPTION_END);
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
