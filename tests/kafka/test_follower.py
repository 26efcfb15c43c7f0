"""The follower and the announcer of control topics on a real Kafka: what is in the topic is what was read, whatever
becomes of the topic."""
import os
import random
import subprocess
import threading
import time

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewPartitions

from harness import BUILD, wait_for

KCONTROL = os.path.join(BUILD, "tests/kcontrol")
SURVEYS = 12  # seconds in which the follower looks at the topic at least twice


class Follower:
    """kcontrol follow, and what it read: keys with their values, since the last full read began."""

    def __init__(self, broker, topic):
        self.keys, self.begun, self.caught_up, self.trouble, self.messages = {}, 0, 0, None, 0
        self.process = subprocess.Popen([KCONTROL, broker.plain, "follow", topic], stdout=subprocess.PIPE, text=True)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            word, *rest = line.rstrip("\n").split(" ", 3)
            if word == "begin":
                self.keys, self.begun, self.messages = {}, self.begun + 1, 0
            elif word == "message":
                self.keys[rest[0]], self.action = rest[1], rest[2]
                self.messages += 1
            elif word == "tombstone":
                self.keys.pop(rest[0], None)
                self.messages += 1
            elif word == "caught_up":
                self.caught_up += 1
            else:
                self.trouble = " ".join(rest) if word == "trouble" else None

    def wait(self, keys, caught_up):
        wait_for(f"full read {caught_up}", lambda: self.caught_up >= caught_up)
        wait_for("the keys of the topic", lambda: self.keys == keys)

    def stop(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def topic():
    return f"control-{random.randrange(1 << 40):x}"


@pytest.fixture
def follow(broker):
    followers = []

    def start(topic):
        followers.append(Follower(broker, topic))
        return followers[-1]

    yield start
    for follower in followers:
        follower.stop()


def make(broker, topic, partitions=1):
    broker.topic(topic, partitions, cleanup_policy="compact", segment_ms=1000, min_cleanable_dirty_ratio=0.01,
                 delete_retention_ms=1000)


def put(broker, topic, keys):
    """keys: name -> value, None is a tombstone. Written by the announcer, which answers for each."""
    lines = "".join(f"{key} {value if value is not None else '-'}\n" for key, value in keys.items())
    done = subprocess.run([KCONTROL, broker.plain, "announce", topic], input=lines, stdout=subprocess.PIPE, text=True,
                          check=True)
    assert sorted(done.stdout.split("\n")[:-1]) == sorted(f"sent {key}" for key in keys)


def numbers(prefix, count, value):
    return {f"{prefix}{i}": value for i in range(count)}


def test_a_compacted_topic_is_read_whole_and_followed(broker, topic, follow):
    make(broker, topic, 3)
    for value in ("a", "b", "c"):
        put(broker, topic, numbers("k", 200, value))
    put(broker, topic, {"k7": None, "k8": None})
    kept = {k: v for k, v in numbers("k", 200, "c").items() if k not in ("k7", "k8")}

    def is_compacted():  # a message to each partition rolls its segment; what is old is cleaned
        put(broker, topic, numbers("roll", 30, str(time.time())))
        return len(broker.read_all(topic)) < 300

    wait_for("compaction", is_compacted, pause=1)
    put(broker, topic, numbers("roll", 30, "x"))
    follower = follow(topic)
    follower.wait(kept | numbers("roll", 30, "x"), 1)
    assert follower.messages < 400 and follower.action == "put"
    put(broker, topic, {"k9": None, "new": "d"})
    follower.wait({k: v for k, v in kept.items() if k != "k9"} | numbers("roll", 30, "x") | {"new": "d"}, 1)
    time.sleep(SURVEYS)
    assert follower.begun == 1 and follower.trouble is None


def test_an_end_made_of_markers_is_an_end(broker, topic, follow):
    make(broker, topic)
    producer = Producer({"bootstrap.servers": broker.plain, "transactional.id": topic})
    producer.init_transactions(60)

    def transact(keys, commit):
        producer.begin_transaction()
        for key, value in keys.items():
            producer.produce(topic, value, key)
        producer.flush(60)
        (producer.commit_transaction if commit else producer.abort_transaction)()

    transact({"a": "1", "b": "2"}, True)
    transact({"c": "3"}, False)
    follower = follow(topic)
    follower.wait({"a": "1", "b": "2"}, 1)
    time.sleep(SURVEYS)
    transact({"d": "4"}, True)
    follower.wait({"a": "1", "b": "2", "d": "4"}, 1)
    time.sleep(SURVEYS)
    assert follower.begun == 1, "a marker is not taken for a message of another log"


def test_only_markers_are_an_empty_topic(broker, topic, follow):
    make(broker, topic)
    producer = Producer({"bootstrap.servers": broker.plain, "transactional.id": topic})
    producer.init_transactions(60)
    producer.begin_transaction()
    producer.produce(topic, "1", "a")
    producer.flush(60)
    producer.abort_transaction()
    follow(topic).wait({}, 1)


def test_a_topic_that_comes_late_is_read(broker, topic, follow):
    follower = follow(topic)
    wait_for("trouble", lambda: follower.trouble)
    assert topic in follower.trouble and follower.begun == 0
    make(broker, topic, 2)
    put(broker, topic, {"a": "1"})
    follower.wait({"a": "1"}, 1)
    assert follower.trouble is None


@pytest.mark.parametrize("count, pause", [(3, 0), (10, 0), (40, 0), (10, 8)])
def test_a_topic_made_anew_is_read_anew(broker, topic, follow, count, pause):
    """With fewer, as many and more messages; at once, when no fetch may have failed, and later."""
    make(broker, topic)
    put(broker, topic, numbers("old", 10, "1"))
    follower = follow(topic)
    follower.wait(numbers("old", 10, "1"), 1)
    time.sleep(3)
    broker.delete(topic)
    time.sleep(pause)
    make(broker, topic)
    put(broker, topic, numbers("new", count, "2"))
    follower.wait(numbers("new", count, "2"), 2)
    assert follower.trouble is None


def test_a_library_of_20_mb_is_read(broker, topic, follow):
    broker.topic(topic, cleanup_policy="compact", max_message_bytes=32 << 20)
    broker.produce(topic, ["x" * (20 << 20), "small"], **{"message.max.bytes": 32 << 20})
    follower = follow(topic)
    wait_for("the library", lambda: follower.messages == 2)
    assert len(follower.keys["0"]) == 20 << 20 and follower.trouble is None


def test_partitions_that_are_added_are_read(broker, topic, follow):
    make(broker, topic)
    put(broker, topic, numbers("k", 10, "1"))
    follower = follow(topic)
    follower.wait(numbers("k", 10, "1"), 1)
    admin = broker.admin()
    for future in admin.create_partitions([NewPartitions(topic, 4)]).values():
        future.result(30)
    wait_for("the partitions", lambda: len(admin.list_topics(timeout=10).topics[topic].partitions) == 4)
    put(broker, topic, numbers("l", 30, "2"))
    follower.wait(numbers("k", 10, "1") | numbers("l", 30, "2"), 2)


def test_a_broker_that_goes_and_comes_costs_nothing(broker, topic, follow):
    make(broker, topic)
    put(broker, topic, numbers("k", 10, "1"))
    follower = follow(topic)
    follower.wait(numbers("k", 10, "1"), 1)
    broker.stop()
    wait_for("trouble", lambda: follower.trouble)
    broker.start()
    put(broker, topic, {"later": "2"})
    follower.wait(numbers("k", 10, "1") | {"later": "2"}, 1)
    wait_for("the end of the trouble", lambda: follower.trouble is None)
    assert follower.begun == 1
