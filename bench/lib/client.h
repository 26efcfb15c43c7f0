/* client.h - what the programs of bench/ that speak to a broker begin with. They end at the first thing that fails, with
 * a line on stderr. */
#ifndef TELSIEVE_BENCH_CLIENT_H
#define TELSIEVE_BENCH_CLIENT_H

struct rd_kafka_conf_s;

/* `what` failed, and `why`. */
_Noreturn void client_fail(const char *what, const char *why);

/* One property of librdkafka. */
void client_set(struct rd_kafka_conf_s *conf, const char *key, const char *value);

#endif
