"""Records in from a real Kafka, exactly the expected warnings out, whatever happens to the process."""
import json
import os
import random
import signal
import time

import jsonschema

from harness import ADVICE, FRAUD, LAWFUL, PATIENCE, ROOT, record, stream, wait_for

RECORDS = 20000


def assert_complete(world, expected):
    """Every expected record is warned of, no other, and a repeated warning has the id of the first."""
    warned = world.warned()
    assert set(warned) == expected, (len(expected), len(warned), sorted(expected - set(warned))[:5],
                                     sorted(set(warned) - expected)[:5])
    for warnings in warned.values():
        assert len({w["id"] for w in warnings}) == 1


def test_expected_warnings_and_only_those(world):
    records, expected = stream(RECORDS)
    world.broker.produce(world.input, records)
    daemon = world.daemon().start()
    world.wait_consumed()
    assert_complete(world, expected)
    daemon.assert_balanced()
    books = daemon.books()
    assert books["consumed"] == RECORDS and books["warned"] == len(expected) and books["dead_lettered"] == 0
    daemon.stop()
    assert world.broker.read_all(world.dead) == []


def test_warnings_keep_the_schema_key_and_headers(world):
    records, expected = stream(200, fraud_every=10)
    world.broker.produce(world.input, records)
    world.daemon().start()
    world.wait_consumed()
    with open(os.path.join(ROOT, "docs/warning.schema.json")) as file:
        validator = jsonschema.Draft202012Validator(json.load(file))
    messages = world.broker.read_all(world.warnings)
    assert len(messages) >= len(expected)
    for message in messages:
        warning = json.loads(message.value())
        validator.validate(warning)
        headers = {key: value.decode() for key, value in message.headers()}
        assert message.key().decode() == warning["victim"]
        assert headers["telsieve.family"] == warning["family"] == "R"
        assert headers["telsieve.tier"] == warning["tier"]
        assert warning["source"]["topic"] == world.input and len(warning["digest"]) == 64


def test_kill_9_three_times_in_mid_stream_loses_no_warning(world):
    records, expected = stream(RECORDS * 3)
    daemon = world.daemon().start()
    quarter = len(records) // 4
    for start in range(0, quarter * 3, quarter):
        before = daemon.books()["consumed"]
        world.broker.produce(world.input, records[start:start + quarter])
        wait_for("some of the records", lambda: daemon.books()["consumed"] > before + 200, pause=0.005)
        daemon.kill()
        daemon.start()
    world.broker.produce(world.input, records[quarter * 3:])
    world.wait_consumed()
    assert_complete(world, expected)
    daemon.assert_balanced()


def test_sigterm_drains_and_the_next_start_goes_on(world):
    records, expected = stream(RECORDS)
    daemon = world.daemon().start()
    world.broker.produce(world.input, records[:RECORDS // 2])
    wait_for("some of the records", lambda: daemon.books()["consumed"] > 100, pause=0.01)
    daemon.stop(code=0)
    assert "balanced=yes" in daemon.log()
    committed = sum(world.broker.committed(world.group, world.input, world.partitions))
    assert committed > 0
    world.broker.produce(world.input, records[RECORDS // 2:])
    daemon.start()
    world.wait_consumed()
    assert_complete(world, expected)
    assert daemon.books()["consumed"] == RECORDS - committed, "a clean stop reads nothing twice"


def test_second_sigterm_exits_at_once(world):
    daemon = world.daemon(drain__deadline_ms=300000).start()
    world.broker.delete(world.warnings)  # nothing can be delivered: the drain would last until its deadline
    world.broker.produce(world.input, [record("a", FRAUD)])
    wait_for("a record that cannot be delivered", lambda: daemon.books()["in_flight"] == 1)
    daemon.signal(signal.SIGTERM)
    wait_for("the drain", lambda: "event=drain" in daemon.log() or "event=stopping" in daemon.log())
    daemon.alive()
    daemon.signal(signal.SIGTERM)
    assert daemon.process.wait(PATIENCE) == 4
    assert "event=books consumed=1 " in daemon.log(), "the books are told at every stop"


def test_drain_deadline_passes_with_exit_code_4_and_the_next_start_delivers(world):
    daemon = world.daemon(drain__deadline_ms=2000).start()
    world.broker.delete(world.warnings)
    world.broker.produce(world.input, [record("a", FRAUD)])
    wait_for("a record that cannot be delivered", lambda: daemon.books()["in_flight"] == 1)
    daemon.stop(code=4)
    world.broker.topic(world.warnings, 2)
    daemon.start()
    world.wait_consumed()
    assert set(world.warned()) == {"a"}


def test_two_daemons_joining_and_leaving_under_load_miss_no_offset(world):
    records, expected = stream(RECORDS * 2)
    first, second = world.daemon().start(), world.daemon()
    step = len(records) // 8
    for turn in range(8):
        world.broker.produce(world.input, records[turn * step:(turn + 1) * step])
        if turn % 2 == 0:
            second.start(ready=False)
            wait_for("the second daemon's admin page", lambda: second.get("/healthz")[0] == 200)
            time.sleep(random.uniform(0.5, 1.5))
        elif turn % 4 == 1:
            second.stop()
        else:
            second.kill()
    world.wait_consumed()
    first.assert_balanced()
    assert_complete(world, expected)


def test_eager_assignment_misses_no_offset_either(world):
    records, expected = stream(RECORDS)
    eager = {"kafka__consumer": {"partition.assignment.strategy": "range"}}
    first, second = world.daemon(**eager).start(), world.daemon(**eager)
    world.broker.produce(world.input, records[:RECORDS // 2])
    second.start(ready=False)
    world.broker.produce(world.input, records[RECORDS // 2:])
    wait_for("the second daemon to get partitions", lambda: second.metrics().get("telsieve_assigned_partitions", 0) > 0)
    second.stop()
    world.wait_consumed()
    first.assert_balanced()
    assert_complete(world, expected)


def test_transaction_markers_and_aborted_records_leave_no_gap_in_the_books(make_world):
    from confluent_kafka import Producer
    world = make_world(partitions=1)
    producer = Producer({"bootstrap.servers": world.broker.plain, "transactional.id": world.group})
    producer.init_transactions(60)
    for turn in range(6):
        producer.begin_transaction()
        for i in range(50):
            name = f"t{turn}-{i}"
            producer.produce(world.input, json.dumps(record(name, FRAUD if i == 0 else LAWFUL)))
        producer.flush()
        producer.abort_transaction() if turn % 2 else producer.commit_transaction()
    daemon = world.daemon().start()
    # the last offset is a marker: the group's offset stays below it
    wait_for("the committed records", lambda: daemon.books()["consumed"] == 150)
    wait_for("the deliveries", lambda: daemon.books()["in_flight"] == 0)
    assert set(world.warned()) == {"t0-0", "t2-0", "t4-0"}
    daemon.assert_balanced()
    daemon.stop()
    daemon.start()
    world.broker.produce(world.input, [record("after", FRAUD)])
    wait_for("the next record", lambda: daemon.books()["consumed"] == 1)
    daemon.stop()
    assert set(world.warned()) == {"t0-0", "t2-0", "t4-0", "after"}


def test_records_lost_to_retention_are_counted(make_world):
    world = make_world(partitions=1)
    world.broker.produce(world.input, [record(f"a{i}", LAWFUL) for i in range(100)])
    daemon = world.daemon().start()
    world.wait_consumed()
    daemon.stop()
    world.broker.produce(world.input, [record(f"b{i}", LAWFUL) for i in range(100)])
    world.broker.kadmin("truncate", world.input, 0, 150)
    daemon.start()
    wait_for("the rest", lambda: daemon.books()["consumed"] == 50)
    wait_for("the count of missed records", lambda: daemon.metrics()["telsieve_records_missed_total"] == 50)
    assert "missed" in daemon.log()


def test_compressed_batches_csv_and_many_records_in_one_message(world):
    call = "v1,call,c-1,1732230000123,008525550001,13812345678,intl\n"
    topics = [world.input, {"topic": f"{world.input}-csv", "format": "csv",
                            "columns": ["v", "kind", "id", "ts", "calling", "called", "ingress"], "const": {"v": 1}}]
    world.broker.topic(f"{world.input}-csv")
    lines = [json.dumps(record(f"n{i}", FRAUD if i % 10 == 0 else LAWFUL), ensure_ascii=False) for i in range(100)]
    world.broker.produce(world.input, ["\n".join(lines)] * 1, **{"compression.type": "lz4"})
    world.broker.produce(world.input, [record("z", FRAUD)], **{"compression.type": "zstd"})
    world.broker.produce(f"{world.input}-csv", [call.replace("v1,", "1,")])
    daemon = world.daemon(input__topics=topics).start()
    wait_for("all records", lambda: daemon.books()["consumed"] == 102)
    wait_for("the deliveries", lambda: daemon.books()["in_flight"] == 0)
    assert set(world.warned()) == {f"n{i}" for i in range(0, 100, 10)} | {"z"}
    daemon.assert_balanced()
    assert daemon.books()["dead_lettered"] == 0


def test_advice_against_fraud_is_suppressed_not_warned(world):
    world.broker.produce(world.input, [record("advice", ADVICE, calling="1069012345678", ingress="onnet")])
    daemon = world.daemon().start()
    wait_for("the record", lambda: daemon.books()["consumed"] == 1)
    assert world.warned() == {}
    assert daemon.books()["warned"] == 0


def test_a_daemon_that_stood_still_and_lost_its_partitions_costs_no_record(world):
    records, expected = stream(RECORDS, fraud_every=3)
    first, second = world.daemon().start(), world.daemon()
    world.broker.produce(world.input, records[:RECORDS // 2])
    wait_for("some of the records", lambda: first.books()["consumed"] > 100, pause=0.005)
    first.signal(signal.SIGSTOP)
    second.start(ready=False)
    world.broker.produce(world.input, records[RECORDS // 2:])
    wait_for("the group to give all partitions to the other",
             lambda: second.metrics().get("telsieve_assigned_partitions", 0) == world.partitions)
    first.signal(signal.SIGCONT)
    wait_for("the loss", lambda: "change=lost" in first.log())
    world.wait_consumed()
    assert_complete(world, expected)
    first.assert_balanced()
    second.assert_balanced()


def test_an_input_topic_made_anew_is_read_from_its_start(world):
    old, expected = stream(RECORDS, fraud_every=10, tag="old")
    new, more = stream(RECORDS // 10, fraud_every=10, tag="new")
    often = {"auto.commit.interval.ms": "10"}  # none of so many commits may bring the old offsets back
    daemon = world.daemon(kafka__consumer=often).start()
    world.broker.produce(world.input, old)
    world.wait_consumed()
    world.broker.delete(world.input)
    world.broker.topic(world.input, world.partitions)
    world.broker.produce(world.input, new)
    world.wait_consumed()
    assert_complete(world, expected | more)
    daemon.assert_balanced()


def test_a_rebalance_while_the_input_topic_is_away_leaves_no_partition_without_owner(make_world):
    world = make_world(partitions=1)
    records, expected = stream(RECORDS // 10, fraud_every=10)
    seldom = {"topic.metadata.refresh.interval.ms": "600000"}  # no refresh shall help by chance
    first = world.daemon(workers=1, kafka__consumer=seldom).start()
    second = world.daemon(workers=1, kafka__consumer=seldom).start(ready=False)
    wait_for("the second to join", lambda: "event=rebalance" in second.log())
    joined = second.log().count("event=rebalance")
    world.broker.delete(world.input)
    first.stop()
    wait_for("the rebalance", lambda: second.log().count("event=rebalance") > joined)
    world.broker.topic(world.input)
    world.broker.produce(world.input, records)
    world.wait_consumed()
    assert_complete(world, expected)
    second.assert_balanced()
