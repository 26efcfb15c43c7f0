"""Lists fed by the platform: entries count at once, bad ones are answered, what was fed is there after a restart."""
import json
import time

from harness import wait_for
from test_control import judge

TEXT = "灯会的志愿者集合地点改到了东门的石狮子旁边,请带上水杯和手电。"


def asking(version="1"):
    """A library whose only rule asks a list for the caller."""
    return {"telsieve": 1, "library": "cases", "family": "N", "title": "试验", "version": version, "sets": {},
            "rules": [{"id": "N-901", "type": "涉案号码", "state": "live", "tier": "high",
                       "when": "caller in list.case_numbers", "reason": "试验",
                       "hit": [{"calling": "13912340000", "text": TEXT, "lists": {"case_numbers": ["1391234*"]}}],
                       "miss": [TEXT]}]}


def start(world, platform, state=None, **more):
    daemon = world.daemon(**platform.options("a", state), control__lists=platform.lists, **more).start()
    platform.send("cases", asking())
    platform.wait_answer("cases", "accepted")
    return daemon


def feed(platform, entry, value):
    platform.send(f"case_numbers/{entry}", value, topic=platform.lists)


def fed(daemon):
    """How many entries the list has from the platform."""
    for one in json.loads(daemon.get("/rules")[1])["lists"]["lists"]:
        if one["list"] == "case_numbers":
            return one["fed"]
    return 0


def test_an_entry_counts_within_a_second_and_is_in_the_warning(world, platform, tmp_path):
    audit = tmp_path / "audit.jsonl"
    daemon = start(world, platform, audit__file=str(audit))
    assert judge(world, "before") == set()
    none = json.loads(daemon.get("/rules")[1])["lists"]["digest"]
    began = time.monotonic()
    feed(platform, "1391234*", {"source": "case 17", "tier": "high"})
    wait_for("the entry to be there", lambda: fed(daemon) == 1)
    assert time.monotonic() - began < 5  # the producer's own start within; the daemon takes milliseconds
    assert judge(world, "listed") == {"N-901"}
    (warning,) = world.warned()["listed"]
    (rule,) = warning["rules"]
    (listed,) = rule["listed"]
    assert (listed["what"], listed["list"], listed["entry"], listed["source"], listed["tier"]) == (
        "caller", "case_numbers", "1391234*", "case 17", "high")
    assert warning["engine"]["lists"] == json.loads(daemon.get("/rules")[1])["lists"]["digest"]
    feed(platform, "1391234*", None)
    wait_for("the entry to be gone", lambda: fed(daemon) == 0)
    assert judge(world, "gone") == set()
    assert not json.loads(daemon.get("/rules")[1])["control"]["degraded"]
    daemon.stop()
    lines = [line for line in map(json.loads, audit.read_text().splitlines()) if line["what"] == "lists"]
    assert sum(line["entries"] for line in lines) == 2
    assert lines[0]["before"] == lines[-1]["after"] == none
    assert "1391234" not in audit.read_text()


def test_a_bad_entry_is_answered_and_changes_nothing(world, platform):
    daemon = start(world, platform)
    feed(platform, "1391234*", {"tier": "urgent"})

    def answers():
        return [said for said in list(platform.said) if said["kind"] == "list" and said["result"] == "refused"]
    (answer,) = wait_for("the entry to be refused", answers)
    assert answer["list"] == "case_numbers" and "tier" in answer["errors"][0]["what"]
    assert "1391234" not in json.dumps(answer)
    assert fed(daemon) == 0


def test_what_was_fed_is_there_after_a_restart_and_what_the_topic_lost_is_not(world, platform, tmp_path):
    state = tmp_path / "state"
    daemon = start(world, platform, state)
    feed(platform, "1391234*", {"source": "case 17"})
    feed(platform, "95311", {})
    wait_for("the entries to be there", lambda: fed(daemon) == 2)
    daemon.stop()
    feed(platform, "95311", None)
    daemon = world.daemon(**platform.options("a", state), control__lists=platform.lists).start()
    wait_for("the topic to be read", lambda: fed(daemon) == 1)
    assert judge(world, "again") == {"N-901"}
