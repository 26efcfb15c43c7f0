/* listen.h - a listening address as written in the configuration: "127.0.0.1:9464", "[::1]:9464". */
#ifndef TELSIEVE_CONFIG_LISTEN_H
#define TELSIEVE_CONFIG_LISTEN_H

#include <stdbool.h>
#include <sys/socket.h>

/* Fill *address and *length from numbers only, nothing is looked up; port 0-65535. False when malformed. */
bool listen_parse(const char *text, struct sockaddr_storage *address, socklen_t *length);

#endif
