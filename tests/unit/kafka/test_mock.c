/* test_mock.c - the embedded cluster, its writer and its reader do what the demo and the other tests rely on. */
#include "mock_setup.h"
#include "../setup.h"

static struct mock_cluster *cluster;
static struct mock_writer *writer;

static void setup(void)
{
    struct err err;

    err_init(&err);
    cluster = mock_start(2);
    writer = mock_writer_new(mock_cluster_bootstrap(cluster), &err);
    ck_assert_ptr_nonnull(writer);
    err_fini(&err);
}

static void teardown(void)
{
    mock_writer_free(&writer);
    mock_cluster_free(&cluster);
}

static struct mock_reader *read_topic(const char *topic)
{
    struct err err;
    struct mock_reader *reader;

    err_init(&err);
    reader = mock_reader_new(mock_cluster_bootstrap(cluster), topic, &err);
    ck_assert_msg(reader != NULL, "%s", err.text);
    err_fini(&err);
    return reader;
}

START_TEST(what_is_written_is_read_with_its_key)
{
    struct mock_reader *reader;
    struct mock_message message;

    ck_assert_int_eq(mock_writer_send(writer, "in", 1, STR_LIT("key"), STR_LIT("value")), 0);
    ck_assert_uint_eq(mock_writer_flush(writer, WAIT_MS), 0);
    reader = read_topic("in");
    ck_assert(mock_reader_next(reader, WAIT_MS, &message));
    ck_assert(str_eqz(message.key, "key"));
    ck_assert(str_eqz(message.value, "value"));
    ck_assert_int_eq(message.partition, 1);
    ck_assert_int_eq(message.offset, 0);
    ck_assert_ptr_null(mock_reader_header(reader, "none").p);
    ck_assert(!mock_reader_next(reader, 100, &message));
    mock_reader_free(&reader);
}
END_TEST

START_TEST(no_key_and_no_value_are_not_empty_ones)
{
    struct mock_reader *reader;
    struct mock_message message;

    ck_assert_int_eq(mock_writer_send(writer, "in", 0, (struct str){0}, (struct str){0}), 0);
    ck_assert_int_eq(mock_writer_send(writer, "in", 0, STR_LIT(""), STR_LIT("")), 0);
    ck_assert_uint_eq(mock_writer_flush(writer, WAIT_MS), 0);
    reader = read_topic("in");
    ck_assert(mock_reader_next(reader, WAIT_MS, &message));
    ck_assert_ptr_null(message.value.p);
    ck_assert_ptr_null(message.key.p);
    ck_assert(mock_reader_next(reader, WAIT_MS, &message));
    ck_assert_ptr_nonnull(message.value.p);
    ck_assert_uint_eq(message.value.n, 0);
    mock_reader_free(&reader);
}
END_TEST

START_TEST(a_refused_message_is_counted_by_flush)
{
    mock_cluster_fail(cluster, 0, 29, 1);
    ck_assert_int_eq(mock_writer_send(writer, "in", 0, (struct str){0}, STR_LIT("x")), 0);
    ck_assert_uint_eq(mock_writer_flush(writer, WAIT_MS), 1);
}
END_TEST

START_TEST(a_group_that_committed_nothing_has_no_offset)
{
    ck_assert_int_eq(mock_committed(mock_cluster_bootstrap(cluster), "nobody", "in", 0), -1);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("mock");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_is_written_is_read_with_its_key);
    tcase_add_test(tcase, no_key_and_no_value_are_not_empty_ones);
    tcase_add_test(tcase, a_refused_message_is_counted_by_flush);
    tcase_add_test(tcase, a_group_that_committed_nothing_has_no_offset);
    return setup_run("mock", tcase);
}
