"""Fed by the platform under load: changes are quick, memory is given back, large libraries hold nothing up."""
import json
import os
import statistics
import time

from feeding import CLEAN, Platform, library
from harness import stream, wait_for
from test_control import judge
from test_lists import fed as entries_fed
from test_operations import Load

RELOADS = int(os.environ.get("TELSIEVE_RELOADS", 20))  # 1000 for a release


def feed(platform, name, version, **more):
    """Feed a library and wait until it is live. Seconds from then to there, by the node's clock, which is ours."""
    began = time.time()
    platform.send(name, library(name, version, **more))
    return platform.wait_answer(name, "accepted", version)["at"] / 1000 - began


def resident(daemon):
    return daemon.metrics()["process_resident_memory_bytes"]


def enter(platform, daemon, number):
    """Feed the entry of this number, counted from 1, and wait until it counts. Seconds from then to there."""
    began = time.time()
    platform.send(f"case_numbers/+85255{number:06d}", {"source": "load"}, topic=platform.lists)
    wait_for(f"entry {number}", lambda: entries_fed(daemon) == number, pause=0.02)
    return time.time() - began


def test_every_change_goes_live_while_100_000_records_flow(world, platform):
    """Libraries and entries of lists in turn. How quickly is printed; `make bench` measures it, for a test must not fail
    by its neighbours."""
    daemon = world.daemon(control__lists=platform.lists, **platform.options("a")).start()
    took, entered = [], []
    with Load(world) as load:
        while load.sent < 100000 or len(took) < 10:
            number = len(took) + 1
            took.append(feed(platform, "trial", str(number), rule=f"X-{930 + number % 60}"))
            entered.append(enter(platform, daemon, number))
    world.wait_consumed()
    warnings = world.warned()
    assert set(warnings) == load.expected
    used = {warning["engine"]["ruleset"] for found in warnings.values() for warning in found}
    assert len(used) > 1 and used <= platform.hashes()
    daemon.assert_balanced()
    for what, times in (("libraries", took), ("entries", entered)):
        print(f"{load.sent} records, {len(times)} {what}: {statistics.median(times):.2f} s, at most {max(times):.2f} s")


def test_memory_of_rules_that_are_gone_is_given_back(world, platform):
    daemon = world.daemon(**platform.options("a")).start()
    with Load(world):
        for version in range(1, 11):
            feed(platform, "trial", str(version))
        warm = resident(daemon)
        for version in range(11, 11 + RELOADS):
            feed(platform, "trial", str(version), phrase=f"石狮子旁边{version}号")
        end = resident(daemon)
        wait_for("no more than the rules live and those before",
                 lambda: len(json.loads(daemon.get("/rules")[1])["generations"]) <= 2)
    print(f"{RELOADS} reloads: {warm / 1e6:.0f} MB before, {end / 1e6:.0f} MB behind them")
    assert end < 1.1 * warm
    world.wait_consumed()
    daemon.assert_balanced()


def test_a_library_of_20_mb(make_world):
    """Some of it samples, as of a platform that sends its cases along, the rest blanks."""
    world = make_world()
    platform = Platform(world)
    platform.broker.configure_topic(platform.rules, max_message_bytes=32 << 20)
    records, expected = stream(3000)
    try:
        daemon = world.daemon(**platform.options("a")).start()
        big = library("big", "1")
        big["rules"][0]["miss"] = [f"{i}号活动室今天下午打扫," + "请各位邻居把花盆搬到门口。" * 20 for i in range(2000)]
        began = time.time()
        platform.send("big", json.dumps(big, ensure_ascii=False).encode().ljust(20 << 20))
        world.broker.produce(world.input, records)
        answer = platform.wait_answer("big", "accepted")
        print(f"20 MB: live after {answer['at'] / 1000 - began:.1f} s")
        world.wait_consumed()
        assert set(world.warned()) == expected
        assert judge(world, "big") == {"X-901"}
        daemon.assert_balanced()
    finally:
        platform.stop()


def test_a_library_larger_than_the_limit_is_refused(world, platform):
    world.daemon(control__max_library_bytes=100000, **platform.options("a")).start()
    big = library("big", "1")
    big["rules"][0]["miss"] = [f"{CLEAN[:20]}{i}" for i in range(3000)]
    platform.send("big", big)
    assert "control.max_library_bytes" in platform.wait_answer("big", "refused")["errors"][0]["what"]
    platform.send("trial", library("trial", "1"))
    platform.wait_answer("trial", "accepted")
    assert judge(world, "small") == {"X-901"}
