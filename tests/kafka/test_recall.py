"""Warnings that are taken back on a real Kafka: those of the rule and no others, in their partitions, once."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from confluent_kafka import Producer

from feeding import CLEAN, library
from harness import FRAUD, PATIENCE, ROOT, TELSIEVE, record, wait_for
from test_replay import replay

HOUR = 3600000
BASE = int(time.time() * 1000) // HOUR * HOUR - 5 * HOUR
COUNT = 30


def command(world, *words, **changes):
    config = os.path.join(world.folder, "recall.json")
    with open(config, "w") as out:
        json.dump(world.config(**changes), out)
    return [TELSIEVE, "rules", "recall", "-c", config, *map(str, words)]


def run(world, *words, code=0, **changes):
    done = subprocess.run(command(world, *words, **changes), cwd=ROOT, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=2 * PATIENCE)
    assert done.returncode == code, done.stderr
    return done


def recall(world, *words, **more):
    """The counts that it prints."""
    return json.loads(run(world, "--from", BASE - HOUR, *words, "--json", **more).stdout)


def by_rule(rule, version="1"):
    return {"id": rule, "library": "trial", "version": version, "family": "X", "type": "试验", "tier": "low"}


def warning(number, *rules, **more):
    """As much of a warning as is looked at."""
    return {"v": 1, "id": f"{number:032x}", "status": "new", "family": "X", "tier": "low",
            "victim": f"+8613812{number:06d}", "rules": list(rules), **more}


def produce(world, messages, partition=0, at_ms=BASE, key=...):
    failed = []
    producer = Producer({"bootstrap.servers": world.broker.plain})
    for message in messages:
        value = json.dumps(message) if isinstance(message, dict) else message
        producer.produce(world.warnings, value, message["victim"] if key is ... else key, partition, timestamp=at_ms,
                         on_delivery=lambda error, _: error and failed.append(error))
    assert producer.flush(60) == 0 and not failed


def read(message):
    try:
        return json.loads(message.value() or "{}")
    except ValueError:
        return {}


def withdrawn(world):
    """What takes back, as (message, what it says): each by the schema, after its warning in its partition."""
    found, places = [], {}
    for message in world.broker.read_all(world.warnings):
        said = read(message)
        if said.get("status") == "new":
            places[said["id"]] = (message.partition(), message.offset(), message.key())
        elif said.get("status") == "withdrawn":
            partition, offset, key = places[said["id"]]
            assert message.partition() == partition and message.offset() > offset and message.key() == key
            found.append((message, said))
    lines = "\n".join(json.dumps(said) for _, said in found)
    if found:
        done = subprocess.run([sys.executable, "tests/lint/validate_warning.py"], cwd=ROOT, input=lines, text=True,
                              capture_output=True)
        assert done.returncode == 0, done.stdout
    return found


def numbers(world):
    return sorted(int(said["id"], 16) for _, said in withdrawn(world))


@pytest.fixture
def rules(tmp_path):
    """The shipped rules, and X-901 that speaks on CLEAN."""
    folder = tmp_path / "rules"
    shutil.copytree(os.path.join(ROOT, "patterns"), folder)
    (folder / "trial.json").write_text(json.dumps(library("trial", "2026.11.22"), ensure_ascii=False))
    return str(folder)


def warn(world, rules):
    """A daemon warns of CLEAN by X-901 and of FRAUD by others."""
    records = [record(f"c-{i}", CLEAN, calling="1391234{:04d}", ingress="onnet") for i in range(COUNT)]
    world.broker.produce(world.input, records + [record(f"f-{i}", FRAUD) for i in range(COUNT)])
    daemon = world.daemon(rules__dir=rules).start()
    world.wait_consumed()
    daemon.stop()
    found = [json.loads(message.value()) for message in world.broker.read_all(world.warnings)]
    ours = {one["id"] for one in found if [rule["id"] for rule in one["rules"]] == ["X-901"]}
    assert len(ours) == COUNT and len(found) == 2 * COUNT
    return ours


def test_the_warnings_of_a_rule_are_taken_back_once(world, rules, tmp_path):
    ours, audit = warn(world, rules), tmp_path / "audit.jsonl"
    dry = run(world, "--from", "-1h", "--dry-run", "X-901")
    assert f"{COUNT} warnings stand" in dry.stdout and not withdrawn(world)
    audit.touch()
    done = run(world, "--from", "-1h", "--why", "it spoke on a fair", "X-901", audit__file=str(audit))
    assert f"{COUNT} of {COUNT} warnings taken back" in done.stderr
    back = withdrawn(world)
    assert {said["id"] for _, said in back} == ours and len(back) == COUNT
    message, said = back[0]
    assert (said["rule"], said["library"], said["version"]) == ("X-901", "trial", "2026.11.22")
    assert said["why"] == "it spoke on a fair" and abs(said["at"] - time.time() * 1000) < 600000
    headers = {"telsieve.id": said["id"], "telsieve.status": "withdrawn", "telsieve.family": "X", "telsieve.tier": "low"}
    assert {name: value.decode() for name, value in message.headers()} == headers
    assert "nothing was taken back" in run(world, "--from", "-1h", "X-901").stderr
    assert len(withdrawn(world)) == COUNT
    line = json.loads(audit.read_text())
    assert (line["what"], line["rule"], line["warnings"], line["result"]) == ("recall", "X-901", COUNT, "withdrawn")
    for secret in [key.decode()[-8:] for key in {message.key() for message, _ in back}] + [CLEAN[:8], *ours]:
        assert secret not in dry.stdout + dry.stderr + done.stdout + done.stderr + audit.read_text()


def test_which_warnings_are_of_the_rule(world):
    one, two = by_rule("X-1"), by_rule("X-2")
    eight = [by_rule(f"Y-{i}") for i in range(8)]
    produce(world, [warning(0, one), warning(1, by_rule("X-1", "2")), warning(2, two, one), warning(3, two),
                    warning(4, one, rules_omitted=1), warning(5, *eight, rules_omitted=1), warning(6, one)])
    produce(world, [{"v": 1, "id": f"{6:032x}", "status": "withdrawn", "rule": "X-1", "library": "trial", "at": BASE,
                     "why": "by hand"}], key=warning(6)["victim"])
    produce(world, [warning(6, one), warning(7, one), warning(7, two)])  # sent anew; judged anew
    produce(world, [b"{broken", None], key=None)
    produce(world, [warning(8, one)], partition=1, key=None)
    counts = recall(world, "X-1", "--version", "1", "--dry-run")
    assert (counts["stand"], counts["shared"], counts["unknown"], counts["strange"]) == (3, 2, 1, 2)
    assert recall(world, "X-1", "--dry-run")["stand"] == 4
    assert recall(world, "X-1", "X-2", "--dry-run")["stand"] == 7
    assert recall(world, "X-3", "--dry-run")["stand"] == 0
    assert recall(world, "X-1", "--version", "1")["withdrawn"] == 3
    assert numbers(world) == [0, 6, 6, 8]  # one of 6 is the test's own
    counts = recall(world, "X-1", "--also-shared")
    assert (counts["withdrawn"], counts["before"], counts["shared"]) == (3, 3, 0)
    assert numbers(world) == [0, 1, 2, 4, 6, 6, 8]


def test_times_are_those_of_the_warnings(world):
    for i in range(4):
        produce(world, [warning(i, by_rule("X-1", f"{i // 2}"))], partition=i % 2, at_ms=BASE + i * HOUR + 1000)
    counts = recall(world, "X-1", "--from", BASE + HOUR, "--to", BASE + 3 * HOUR + 1000)
    assert [(row["hour"], row["version"], row["warnings"]) for row in counts["hours"]] == [
        (BASE + HOUR, "0", 1), (BASE + 2 * HOUR, "1", 1)]
    assert numbers(world) == [1, 2]
    # what was taken back lies behind --to, and is known all the same
    counts = recall(world, "X-1", "--from", BASE + HOUR, "--to", BASE + 3 * HOUR + 1000)
    assert counts["stand"] == 0 and counts["before"] == 2 and numbers(world) == [1, 2]


def test_what_retention_deleted_is_told(world):
    produce(world, [warning(i, by_rule("X-1")) for i in range(5)])
    world.broker.kadmin("truncate", world.warnings, 0, 2)
    done = run(world, "--from", BASE - HOUR, "X-1")
    assert "partition 0: begins at" in done.stdout and "3 of 3 warnings taken back" in done.stderr
    assert world.broker.ends(world.warnings, 2) == [8, 0]


def test_interrupted_it_says_what_was_done_and_goes_on_later(world):
    count = 300
    produce(world, [warning(i, by_rule("X-1")) for i in range(count)])
    process = subprocess.Popen(command(world, "--from", BASE - HOUR, "--rate", "60", "--json", "X-1"), cwd=ROOT,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    wait_for("some to be taken back", lambda: sum(world.broker.ends(world.warnings, 2)) > count + 20)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 4, err
    done = json.loads(out)["withdrawn"]
    assert 20 < done < count and f"{done} of {count} warnings taken back: it was ended" in err
    assert len(numbers(world)) == done
    assert recall(world, "X-1")["withdrawn"] == count - done
    assert numbers(world) == list(range(count))


def test_an_audit_log_that_is_not_ours_is_left_alone(world, tmp_path):
    produce(world, [warning(0, by_rule("X-1"))])
    done = run(world, "--from", BASE - HOUR, "X-1", audit__file=str(tmp_path / "none.jsonl"))
    assert "not noted in an audit log" in done.stderr and not (tmp_path / "none.jsonl").exists()


def test_a_topic_that_cannot_be_read_or_written_is_an_error(world, make_world):
    produce(world, [warning(0, by_rule("X-1"))])
    assert "no-such-topic" in run(world, "--from", "-1h", "X-1", code=3, output__warnings="no-such-topic").stderr
    away = run(world, "--from", "-1h", "X-1", code=3, kafka__common={"bootstrap.servers": "127.0.0.1:1"})
    assert "127.0.0.1:1" in away.stderr
    world.broker.configure_topic(world.warnings, max_message_bytes=10)
    refused = run(world, "--from", BASE - HOUR, "X-1", code=3)
    assert "0 of 1 warnings taken back" in refused.stderr and "1 messages were not taken" in refused.stderr


def test_a_replay_takes_back_what_other_rules_do_not_say(make_world, rules, tmp_path):
    world = make_world(partitions=1)
    ours = warn(world, rules)
    other = tmp_path / "other"
    shutil.copytree(os.path.join(ROOT, "patterns"), other)
    words = ["--from", "-1h", "--rules", other, "--against", rules, "--withdraw"]
    assert "say --yes" in replay(world, *words, code=2)
    lines, summary = replay(world, *words, "--yes")
    back = withdrawn(world)
    assert summary["removed"] == COUNT and {said["id"] for _, said in back} == ours and len(back) == COUNT
    assert back[0][1]["rule"] == "X-901" and summary["new"]["ruleset"] in back[0][1]["why"]
    replay(world, *words, "--yes")
    assert len(withdrawn(world)) == COUNT
    # sent anew they stand, and can be taken back again
    replay(world, "--from", "-1h", "--rules", rules, "--against", other, "--emit", "--yes")
    assert recall(world, "X-901", "--from", "-1h")["withdrawn"] == COUNT
