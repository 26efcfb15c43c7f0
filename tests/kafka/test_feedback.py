"""The platform's word on warnings: counted for every rule that fired, on the node that warned, over restarts."""
import json
import pathlib
import random
import subprocess

import pytest

from feeding import CLEAN, Platform, library
from harness import record, wait_for
from test_control import TOKEN
from test_promote import ask


@pytest.fixture
def platform(world):
    platform = Platform(world)
    platform.feedback = f"feedback-{random.randrange(1 << 40):x}"
    platform.make(platform.feedback)
    yield platform
    platform.stop()


def options(platform, node, state):
    return dict(platform.options(node, state), control__feedback=platform.feedback)


def trial():
    """A library of a live rule and a shadow rule that are true of the same texts."""
    made = library("trial", "1")
    made["rules"].append(dict(made["rules"][0], id="X-902", state="shadow"))
    return made


def start(world, platform, folder):
    daemon = world.daemon(**options(platform, "a", folder)).start()
    platform.send("trial", trial())
    platform.wait_answer("trial", "accepted")
    return daemon


def warn_of(world, count, tag="r"):
    """Have records warned of; their warnings' ids by the records' names."""
    names = [f"{tag}{i}" for i in range(count)]
    world.broker.produce(world.input, [record(name, CLEAN, calling="1391234{:04d}", ingress="onnet") for name in names])
    world.wait_consumed()
    warned = world.warned()
    return {name: warned[name][0]["id"] for name in names}


def say(platform, warning, verdict):
    """`verdict` None takes it back."""
    value = verdict and {"verdict": verdict, "at": 1763776801873, "note": "not looked at"}
    platform.send(warning, value, topic=platform.feedback)


def feedback(daemon, rule):
    for generation in json.loads(daemon.get("/rules")[1])["generations"]:
        for one in generation["libraries"]:
            for shown in one["rules"]:
                if shown["id"] == rule and generation["state"] == "active":
                    return shown["evidence"]["feedback"]
    return None


def counts(daemon, rule="X-901"):
    found = feedback(daemon, rule) or {}
    return tuple(found.get(verdict) for verdict in ("true", "false", "unknown"))


def wait_counts(daemon, wanted, rule="X-901"):
    wait_for(f"{rule} to have {wanted}", lambda: counts(daemon, rule) == wanted)


def test_verdicts_give_live_and_shadow_rules_their_precision(world, platform, tmp_path):
    daemon = start(world, platform, tmp_path / "state")
    ids = warn_of(world, 12)
    for i, warning in enumerate(ids.values()):
        say(platform, warning, "false" if i == 0 else "unknown" if i == 1 else "true")
    say(platform, "0" * 32, "true")  # of no warning of this node
    wait_counts(daemon, (10, 1, 1))
    wait_counts(daemon, (10, 1, 1), "X-902")
    shown = feedback(daemon, "X-902")
    assert shown["precision"] == pytest.approx(10 / 11)
    assert (shown["low"], shown["high"]) == pytest.approx((0.6226, 0.9838), abs=1e-4)  # Wilson, by hand
    metrics = daemon.metrics()
    assert metrics['telsieve_rule_feedback{rule="X-902",verdict="true"}'] == 10
    assert metrics['telsieve_rule_precision_low{rule="X-901"}'] == pytest.approx(0.6226, abs=1e-4)
    assert metrics["telsieve_archive_hits_total"] == 24
    assert metrics["telsieve_archive_dropped_total"] == 0
    checked = subprocess.run(["promtool", "check", "metrics"], input=daemon.get("/metrics")[1], text=True,
                             capture_output=True)
    assert checked.returncode == 0 and not checked.stdout + checked.stderr, checked.stdout + checked.stderr
    others = {rule for rule in ("R-001", "X-903") if feedback(daemon, rule) and counts(daemon, rule) != (0, 0, 0)}
    assert not others


def test_the_last_verdict_counts_and_a_restart_gives_the_same(world, platform, tmp_path):
    daemon = start(world, platform, tmp_path / "state")
    one, two, three = warn_of(world, 3).values()
    say(platform, one, "true")
    say(platform, two, "true")
    say(platform, three, "true")
    wait_counts(daemon, (3, 0, 0))
    say(platform, two, "false")
    say(platform, three, None)
    wait_counts(daemon, (1, 1, 0))
    daemon.stop()
    say(platform, one, "unknown")  # said while the node is away
    daemon = world.daemon(**options(platform, "a", tmp_path / "state")).start()
    wait_counts(daemon, (0, 1, 1))
    say(platform, three, "true")
    wait_counts(daemon, (1, 1, 1))


def test_a_malformed_message_is_counted_and_logged_with_its_place(world, platform, tmp_path):
    daemon = start(world, platform, tmp_path / "state")
    (warning,) = warn_of(world, 1).values()
    platform.send("13912340000", {"verdict": "true"}, topic=platform.feedback)
    platform.send(warning, {"verdict": "maybe"}, topic=platform.feedback)
    say(platform, warning, "true")
    wait_counts(daemon, (1, 0, 0))
    assert daemon.metrics()['telsieve_feedback_messages_total{result="refused"}'] == 2
    lines = [line for line in daemon.log().splitlines() if "event=feedback_refused" in line]
    assert "partition=0 offset=0 " in lines[0] and "32 hex digits" in lines[0]
    assert "partition=0 offset=1 " in lines[1] and "unknown" in lines[1]
    assert "13912340000" not in daemon.log()


def test_each_node_counts_what_it_warned_of_and_keeps_neither_text_nor_number(world, platform, tmp_path):
    states = [tmp_path / "a", tmp_path / "b"]
    daemons = [world.daemon(**options(platform, name, state)) for name, state in zip("ab", states)]
    for daemon in daemons:
        daemon.start()
    platform.send("trial", trial())
    for node in "ab":
        platform.wait_answer("trial", "accepted", node=node)
    ids = warn_of(world, 40)
    for warning in ids.values():
        say(platform, warning, "true")
    wait_for("all verdicts to be counted once", lambda: sum(counts(daemon)[0] for daemon in daemons) == 40)
    assert all(counts(daemon)[0] > 0 for daemon in daemons)
    for daemon in daemons:
        daemon.stop()
    kept = b"".join(file.read_bytes() for state in states for file in pathlib.Path(state).glob("archive.sqlite*"))
    assert all(bytes.fromhex(warning) in kept for warning in ids.values())
    for secret in (CLEAN, "石狮子", "1381234", "1391234"):
        assert secret.encode() not in kept


def test_a_topic_that_is_missing_is_told_and_records_are_judged_all_the_same(world, platform, tmp_path):
    missing = dict(options(platform, "a", tmp_path / "state"), control__feedback=platform.feedback + "-none")
    daemon = world.daemon(**missing).start()
    wait_for("the trouble to be told", lambda: "none" in json.loads(daemon.get("/rules")[1])["control"]["trouble"])
    assert daemon.metrics()["telsieve_control_trouble"] == 1
    platform.send("trial", trial())
    platform.wait_answer("trial", "accepted")
    assert len(warn_of(world, 3)) == 3
    platform.make(missing["control__feedback"])
    wait_for("the trouble to end", lambda: daemon.metrics()["telsieve_control_trouble"] == 0)


def test_a_rule_goes_live_by_what_the_platform_said_and_its_verdicts_go_with_it(world, platform, tmp_path):
    budget = {"promote__min_judged": 0, "promote__max_hit_rate": 1, "promote__min_precision": 0.5,
              "promote__min_feedback": 8}
    daemon = world.daemon(admin__token=TOKEN, **budget, **options(platform, "a", tmp_path / "state")).start()
    platform.send("trial", trial())
    platform.wait_answer("trial", "accepted")
    ids = list(warn_of(world, 8).values())
    for warning in ids[:7]:
        say(platform, warning, "true")
    wait_counts(daemon, (7, 0, 0), "X-902")
    status, page = ask(daemon, "X-902")
    assert status == 409 and page["criteria"][-1]["what"] == "projected_precision"
    for i, warning in enumerate(ids):
        say(platform, warning, "false" if i < 4 else "true")
    wait_counts(daemon, (4, 4, 0), "X-902")
    status, page = ask(daemon, "X-902")
    assert status == 409 and page["criteria"][-1]["what"] == "precision"
    assert page["criteria"][-1]["have"] == pytest.approx(0.2152, abs=1e-4)  # Wilson, by hand
    for warning in ids[:4]:
        say(platform, warning, "true")
    wait_counts(daemon, (8, 0, 0), "X-902")
    assert ask(daemon, "X-902")[0] == 202
    platform.wait_answer("trial", "accepted", "1.1")
    wait_counts(daemon, (8, 0, 0), "X-902")
    wait_counts(daemon, (8, 0, 0), "X-901")
