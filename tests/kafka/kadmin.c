/* kadmin.c - what the broker tests need of Kafka's admin protocol and their Python client cannot do.
 *
 *   kadmin BOOTSTRAP deny USER TOPIC           deny USER to write to TOPIC
 *   kadmin BOOTSTRAP allow USER TOPIC          take that denial back
 *   kadmin BOOTSTRAP truncate TOPIC PARTITION OFFSET   delete the records before OFFSET, as retention does */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *what, const char *why)
{
    fprintf(stderr, "kadmin: %s: %s\n", what, why);
    exit(1);
}

static rd_kafka_event_t *wait_for(rd_kafka_queue_t *queue, const char *what)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 20000);

    if (event == NULL)
        die(what, "no answer");
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
        die(what, rd_kafka_event_error_string(event));
    return event;
}

static void change_acl(rd_kafka_t *client, rd_kafka_queue_t *queue, const char *user, const char *topic, int deny)
{
    char principal[128], text[256];
    rd_kafka_AclBinding_t *acl;

    snprintf(principal, sizeof(principal), "User:%s", user);
    if (deny) {
        acl = rd_kafka_AclBinding_new(RD_KAFKA_RESOURCE_TOPIC, topic, RD_KAFKA_RESOURCE_PATTERN_LITERAL, principal, "*",
                                      RD_KAFKA_ACL_OPERATION_WRITE, RD_KAFKA_ACL_PERMISSION_TYPE_DENY, text,
                                      sizeof(text));
        if (acl == NULL)
            die("acl", text);
        rd_kafka_CreateAcls(client, &acl, 1, NULL, queue);
    } else {
        acl = rd_kafka_AclBindingFilter_new(RD_KAFKA_RESOURCE_TOPIC, topic, RD_KAFKA_RESOURCE_PATTERN_LITERAL,
                                            principal, "*", RD_KAFKA_ACL_OPERATION_WRITE,
                                            RD_KAFKA_ACL_PERMISSION_TYPE_DENY, text, sizeof(text));
        if (acl == NULL)
            die("acl", text);
        rd_kafka_DeleteAcls(client, &acl, 1, NULL, queue);
    }
    rd_kafka_event_destroy(wait_for(queue, deny ? "create acl" : "delete acl"));
    rd_kafka_AclBinding_destroy(acl);
}

static void truncate_topic(rd_kafka_t *client, rd_kafka_queue_t *queue, const char *topic, int partition,
                           long long offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_DeleteRecords_t *request;

    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
    request = rd_kafka_DeleteRecords_new(list);
    rd_kafka_DeleteRecords(client, &request, 1, NULL, queue);
    rd_kafka_event_destroy(wait_for(queue, "delete records"));
    rd_kafka_DeleteRecords_destroy(request);
    rd_kafka_topic_partition_list_destroy(list);
}

int main(int argc, char **argv)
{
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;

    if (argc < 5)
        die("usage", "kadmin BOOTSTRAP deny|allow|truncate …");
    if (rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], text, sizeof(text)) != RD_KAFKA_CONF_OK)
        die("bootstrap", text);
    client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
    if (client == NULL)
        die("client", text);
    queue = rd_kafka_queue_new(client);
    if (strcmp(argv[2], "truncate") == 0 && argc == 6)
        truncate_topic(client, queue, argv[3], atoi(argv[4]), atoll(argv[5]));
    else
        change_acl(client, queue, argv[3], argv[4], strcmp(argv[2], "deny") == 0);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(client);
    return 0;
}
