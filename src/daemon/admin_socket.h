/* admin_socket.h - a listening socket of our own for the HTTP server: clear errors, and any free port for port 0. */
#ifndef TELSIEVE_DAEMON_ADMIN_SOCKET_H
#define TELSIEVE_DAEMON_ADMIN_SOCKET_H

#include <stddef.h>

/* Listen on an address (listen.h); -1 with errno set. */
int admin_socket_open(const char *address);

/* The address in use, with the port the system gave. */
void admin_socket_name(int fd, char *out, size_t size);

#endif
