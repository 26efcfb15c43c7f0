/* Listening addresses are numbers: nothing is looked up, nothing is guessed. */
#include "config/listen.h"
#include "../setup.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>

START_TEST(addresses_of_both_families_are_read)
{
    struct sockaddr_storage address;
    socklen_t length;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address;

    ck_assert(listen_parse("127.0.0.1:9464", &address, &length));
    ck_assert_int_eq(v4->sin_family, AF_INET);
    ck_assert_int_eq(ntohs(v4->sin_port), 9464);
    ck_assert_uint_eq(ntohl(v4->sin_addr.s_addr), 0x7F000001u);
    ck_assert_uint_eq(length, sizeof(*v4));
    ck_assert(listen_parse("[::1]:0", &address, &length));
    ck_assert_int_eq(v6->sin6_family, AF_INET6);
    ck_assert_int_eq(v6->sin6_port, 0);
    ck_assert(IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr));
    ck_assert(listen_parse("0.0.0.0:65535", &address, &length));
}
END_TEST

static const char *const bad[] = {"",           "127.0.0.1",    ":80",          "127.0.0.1:",     "127.0.0.1:65536",
                                  "1.2.3.4:8x", "1.2.3.4: 80",  "localhost:80", "::1:80",         "[::1]",
                                  "[::1:80",    "256.0.0.1:80", "[x]:80",       "127.0.0.1:-1",   "127.0.0.1:000080",
                                  "[]:80",      "1.2.3:80",     "*:80"};

START_TEST(anything_else_is_refused)
{
    struct sockaddr_storage address;
    socklen_t length;

    ck_assert_msg(!listen_parse(bad[_i], &address, &length), "%s", bad[_i]);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("listen");

    tcase_add_test(tcase, addresses_of_both_families_are_read);
    tcase_add_loop_test(tcase, anything_else_is_refused, 0, (int)(sizeof(bad) / sizeof(bad[0])));
    return setup_run("listen", tcase);
}
