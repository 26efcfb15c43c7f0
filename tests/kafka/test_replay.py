"""telsieve replay on a real Kafka: it says of a record what the daemon said, reads just the times it is asked for, and
touches nothing."""
import glob
import json
import os
import re
import shutil
import subprocess
import time

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from harness import ADVICE, FRAUD, LAWFUL, PATIENCE, ROOT, TELSIEVE, record, stream, wait_for

SEEN = "列表里的号码来电"  # a library that asks a list


def replay(world, *words, code=0, **changes):
    """Run it with the world's configuration; the changes as objects, and the summary."""
    config = os.path.join(world.folder, "replay.json")
    with open(config, "w") as out:
        json.dump(world.config(**changes), out)
    done = subprocess.run([TELSIEVE, "replay", "-c", config, "--json", "-q", *map(str, words)], cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE * 4)
    assert done.returncode == code, done.stderr
    if code != 0:
        return done.stderr
    lines = done.stdout.splitlines()
    return lines[:-1], json.loads(lines[-1])["summary"]


def produce_at(world, times, value=None, partition=0):
    """A message of each of these Kafka times."""
    producer = Producer({"bootstrap.servers": world.broker.plain})
    for i, at_ms in enumerate(times):
        payload = json.dumps(value or record(f"at-{at_ms}", FRAUD), ensure_ascii=False)
        producer.produce(world.input, payload, None, partition, timestamp=at_ms)
    assert producer.flush(60) == 0


def offsets(lines):
    return [json.loads(line)["source"]["offset"] for line in lines]


def bare(warning):
    """The bytes of a warning without what depends on when and by which process it was made."""
    warning, found = re.subn(rb'"detected":\d+,', b"", warning)
    assert found == 1
    return re.sub(rb',"generation":\d+', b"", warning)


@pytest.fixture
def rules(tmp_path):
    """The shipped rules, and one that asks a list."""
    folder = tmp_path / "rules"
    shutil.copytree(os.path.join(ROOT, "patterns"), folder)
    os.makedirs(folder / "lists", exist_ok=True)
    (folder / "lists/seen_numbers.csv").write_text("entry,expires,source,tier\n+85255501234,2099-12-31,case 17,high\n"
                                                   "13912340*,,case 18,low\n")
    library = {"telsieve": 1, "library": "seen", "family": "X", "title": "试验", "version": "1",
               "sets": {"word": {"role": "T", "phrases": ["晚上回来"]}},
               "rules": [{"id": "X-990", "type": "试验", "state": "live", "tier": "low", "reason": SEEN,
                          "when": "word and caller in list.seen_numbers",
                          "hit": [{"calling": "13912345678", "text": "晚上回来",
                                   "lists": {"seen_numbers": ["13912345678"]}}], "miss": ["今天天气很好"]}]}
    (folder / "seen.json").write_text(json.dumps(library, ensure_ascii=False))
    return str(folder)


def live_records(count):
    """Records of every case of the project and of the stream, late ones and fresh ones."""
    cases = []
    for file in sorted(glob.glob(os.path.join(ROOT, "tests/cases/*.jsonl"))):
        with open(file, encoding="utf-8") as lines:
            cases += [json.loads(line)["record"] for line in lines]
    now = int(time.time() * 1000)
    for i in range(count):
        if i % 2 == 0:
            fresh = {"ts": now} if i % 4 == 0 else {}
            yield dict(cases[i // 2 % len(cases)], id=f"live-{i}", lac="4301", prov="44", **fresh)
        else:
            sender = {"calling": "1391234{:04d}", "ingress": "onnet"} if i % 5 else {"calling": "0085255501234"}
            yield record(f"live-{i}", (FRAUD, LAWFUL, ADVICE)[i // 2 % 3], **sender)


def test_a_live_run_is_replayed_to_the_byte(make_world, rules):
    world = make_world()
    records = list(live_records(20000))
    packed = "\n".join(json.dumps(r, ensure_ascii=False) for r in records[:200])  # 200 records in one message
    daemon = world.daemon(rules__dir=rules).start()
    world.broker.produce(world.input, [packed, b"{broken", *records[200:]])
    world.wait_consumed()
    daemon.stop()
    live = {}
    for message in world.broker.read_all(world.warnings):
        live.setdefault(json.loads(message.value())["id"], set()).add(bare(message.value()))
    lines, summary = replay(world, "--from", "-1d", "--rules", rules, "--against", "none", "--show", 1000000)
    replayed = {}
    for line in lines:
        warning = line.encode()[line.encode().index(b',"warning":') + len(b',"warning":'):-1]
        replayed.setdefault(json.loads(line)["id"], set()).add(bare(warning))
    assert len(live) > 5000 and any(b'"list":"seen_numbers"' in one for ones in live.values() for one in ones)
    assert live == replayed
    assert summary["records"] == 20001 and summary["new"]["dead_lettered"] == 1
    assert summary["new"]["ruleset"].encode() in next(iter(live.popitem()[1]))


def test_the_groups_offsets_stay_and_no_group_comes(world):
    world.broker.produce(world.input, stream(500)[0])
    daemon = world.daemon().start()
    world.wait_consumed()
    daemon.stop()
    before = world.broker.committed(world.group, world.input, world.partitions)
    lines, summary = replay(world, "--from", "-1h", "--against", "none")
    assert summary["records"] == 500 and len(lines) == 10
    assert world.broker.committed(world.group, world.input, world.partitions) == before
    groups = AdminClient({"bootstrap.servers": world.broker.plain}).list_groups(timeout=20)
    assert [group.id for group in groups if group.id.startswith(world.group)] == [world.group]


def test_from_is_part_of_the_history_and_to_is_not(make_world):
    world = make_world(partitions=1)
    base = int(time.time() * 1000) - 3600000
    produce_at(world, [base, base + 1000, base + 2000, base + 3000, base + 1500, base + 4000])
    lines, summary = replay(world, "--from", base + 1000, "--to", base + 3000, "--against", "none")
    assert offsets(lines) == [1, 2, 4] and summary["records"] == 3  # the late 1500 lies behind 3000
    iso = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(base // 1000 + 1)) + "Z"
    lines, summary = replay(world, "--from", iso, "--to", base + 2001, "--against", "none")
    assert offsets(lines) == [1, 2, 4]


def test_partitions_and_what_is_wrong_with_topics(make_world):
    world = make_world(partitions=3)
    now = int(time.time() * 1000)
    for partition in range(3):
        produce_at(world, [now] * (partition + 1), partition=partition)
    lines, summary = replay(world, "--from", "-1h", "--against", "none", "--partitions", "0,2-7")
    assert summary["records"] == 4 and [p["partition"] for p in summary["partitions"]] == [0, 2]
    assert "has the partitions 0 to 2" in replay(world, "--from", "-1h", "--against", "none", "--partitions", "3",
                                                 code=3)
    assert "none of input.topics" in replay(world, "--from", "-1h", "--against", "none", "--topic", "smx", code=2)
    assert "no-such-topic" in replay(world, "--from", "-1h", "--against", "none", code=3,
                                     input__topics=["no-such-topic"])


def test_a_topic_whose_beginning_is_deleted_says_so(make_world):
    world = make_world(partitions=2)
    now = int(time.time() * 1000)
    for partition in range(2):
        produce_at(world, range(now - 5000, now, 1000), partition=partition)
    world.broker.kadmin("truncate", world.input, 0, 2)
    lines, summary = replay(world, "--from", "-1h", "--against", "none")
    first, second = summary["partitions"]
    assert first["begins_late"] and first["start"] == 2 and not second["begins_late"] and summary["records"] == 8
    # from the oldest message on that is left, nothing is missing
    assert not replay(world, "--from", now - 3000, "--against", "none")[1]["partitions"][0]["begins_late"]


def test_the_rate_holds(make_world):
    world = make_world(partitions=1)
    world.broker.produce(world.input, stream(300)[0])
    begun = time.monotonic()
    quick = replay(world, "--from", "-1h", "--against", "none")[1]
    middle = time.monotonic()
    slow = replay(world, "--from", "-1h", "--against", "none", "--rate", 50)[1]
    took = time.monotonic() - middle
    assert quick["records"] == slow["records"] == 300
    assert took > 5.9, (middle - begun, took)


def test_what_is_added_is_sent_with_the_ids_the_daemon_gives(make_world):
    world = make_world(partitions=1)
    records, expected = stream(200)
    world.broker.produce(world.input, records)
    assert "say --yes" in replay(world, "--from", "-1h", "--against", "none", "--emit", code=2)
    lines, summary = replay(world, "--from", "-1h", "--against", "none", "--emit", "--yes", "--show", 1000)
    sent = world.broker.read_all(world.warnings)
    assert len(sent) == len(expected) == summary["added"]
    assert {message.value().decode() for message in sent} == {line[line.index(',"warning":') + 11:-1] for line in lines}
    daemon = world.daemon().start()
    world.wait_consumed()
    daemon.stop()
    both = world.broker.read_all(world.warnings)
    assert len(both) == 2 * len(expected)
    for key in (lambda m: m.key(), lambda m: dict(m.headers()), lambda m: bare(m.value()), lambda m: m.partition()):
        found = {}
        for message in both:
            found.setdefault(json.loads(message.value())["id"], []).append(key(message))
        assert len(found) == len(expected) and all(one == other for one, other in found.values())


def test_dead_letters_are_judged_again(make_world):
    world = make_world(partitions=1)
    named = [{"MSISDN_A" if key == "calling" else key: value for key, value in record(f"d-{i}", text).items()}
             for i, text in enumerate([FRAUD, FRAUD, LAWFUL])]
    packed = "\n".join(json.dumps(r, ensure_ascii=False) for r in [record("ok", FRAUD), named[1], record("on", FRAUD)])
    world.broker.produce(world.input, [named[0], b"{broken", packed, named[2]])
    daemon = world.daemon().start()
    world.wait_consumed()
    daemon.stop()
    assert len(world.broker.read_all(world.dead)) == 4 and len(world.broker.read_all(world.warnings)) == 2
    world.broker.kadmin("truncate", world.input, 0, 1)
    fields = {"input__topics": [{"topic": world.input, "fields": {"calling": "MSISDN_A"}}]}
    lines, summary = replay(world, "--dead-letters", "--emit", "--yes", **fields)
    now = {(one["source"]["offset"], one["source"]["sub"]): one["now"] for one in map(json.loads, lines)}
    assert now == {(0, 0): "gone", (1, 0): "dead_lettered", (2, 1): "warned", (3, 0): "clean"}
    assert summary["letters"] == 4 and summary["warned"] == 1
    found = world.warned()
    assert set(found) == {"ok", "on", "d-1"}
    assert [json.loads(line)["id"] for line in lines if '"warned"' in line] == [found["d-1"][0]["id"]]
    lines, summary = replay(world, "--dead-letters", input__topics=["other"])
    assert summary["no_topic"] == 4


def test_brokers_that_do_not_answer_are_an_error(make_world):
    world = make_world()
    why = replay(world, "--from", "-1h", "--against", "none", code=3,
                 kafka__common={"bootstrap.servers": "127.0.0.1:1"})
    assert "127.0.0.1:1" in why
