/* listen.c - host and port are split at the last colon; inet_pton reads the host. */
#include "config/listen.h"
#include "core/str.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

static bool parse_port(const char *text, in_port_t *port)
{
    unsigned value = 0;

    if (*text == '\0' || strlen(text) > 5)
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (unsigned)(*text - '0');
    }
    *port = htons((uint16_t)value);
    return value <= 65535;
}

bool listen_parse(const char *text, struct sockaddr_storage *address, socklen_t *length)
{
    const char *colon = strrchr(text, ':');
    char host[64];
    size_t n = colon != NULL ? (size_t)(colon - text) : 0;
    in_port_t port;

    memset(address, 0, sizeof(*address));
    if (n == 0 || n >= sizeof(host) || !parse_port(colon + 1, &port))
        return false;
    memcpy(host, text, n);
    host[n] = '\0';
    if (host[0] == '[' && host[n - 1] == ']') {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
        host[n - 1] = '\0';
        v6->sin6_family = AF_INET6;
        v6->sin6_port = port;
        *length = sizeof(*v6);
        return inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1;
    }
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    v4->sin_family = AF_INET;
    v4->sin_port = port;
    *length = sizeof(*v4);
    return inet_pton(AF_INET, host, &v4->sin_addr) == 1;
}
