"""Fed by the platform: libraries come by topic and by HTTP while records flow; bad ones change nothing."""
import json
import signal
import subprocess
import time
import urllib.error
import urllib.request

import confluent_kafka

from feeding import CLEAN, Platform, library
from harness import ROOT, TELSIEVE, record, wait_for
from test_operations import Load

TOKEN = "an-invented-token"


def warned_by(world, name):
    """The rules that the record was warned of by."""
    return {rule["id"] for warning in world.warned().get(name, []) for rule in warning["rules"]}


def judge(world, name, text=CLEAN):
    """Send one record and wait until it is judged."""
    world.broker.produce(world.input, [record(name, text, calling="1391234{:04d}", ingress="onnet")])
    world.wait_consumed()
    return warned_by(world, name)


def change(daemon, method, path, body=None, token=TOKEN, **headers):
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(f"http://127.0.0.1:{daemon.port}{path}", body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_library_is_fed_replaced_and_withdrawn(world, platform):
    world.daemon(**platform.options("a")).start()
    assert judge(world, "before") == set()
    platform.send("trial", library("trial", "2026.11.22"))
    accepted = platform.wait_answer("trial", "accepted", "2026.11.22")
    assert judge(world, "fed") == {"X-901"}
    platform.send("trial", library("trial", "2026.11.23", rule="X-902"))
    assert platform.wait_answer("trial", "accepted", "2026.11.23")["generation"] > accepted["generation"]
    assert judge(world, "replaced") == {"X-902"}
    platform.send("trial", None)
    platform.wait_answer("trial", "withdrawn")
    assert judge(world, "withdrawn") == set()


def test_a_text_remembered_as_clean_speaks_by_a_library_that_is_fed(world, platform):
    daemon = world.daemon(**platform.options("a")).start()
    for number in range(20):  # a rule set that is published anew, as at start, begins anew
        assert judge(world, f"before-{number}") == set()
        if daemon.metrics()["telsieve_records_remembered_total"] >= 2:
            break
    else:
        raise AssertionError("not remembered")
    platform.send("fed", library("fed", "1"))
    platform.wait_answer("fed", "accepted")
    assert judge(world, "after") == {"X-901"}
    daemon.stop()
    daemon.assert_balanced()


def test_what_is_fed_wins_over_the_file_until_it_is_withdrawn(world, platform):
    daemon = world.daemon(**platform.options("a")).start()
    base = json.loads(daemon.get("/rules/refund")[1])
    fed = dict(base, version="2099.1.1")
    platform.send("refund", fed)
    platform.wait_answer("refund", "accepted", "2099.1.1")
    assert json.loads(daemon.get("/rules/refund")[1]) == fed
    platform.send("refund", None)
    platform.wait_answer("refund", "withdrawn")
    assert json.loads(daemon.get("/rules/refund")[1]) == base


def test_bad_offers_change_nothing_and_are_answered(world, platform):
    daemon = world.daemon(**platform.options("a")).start()
    platform.send("trial", library("trial", "2026.11.22"))
    platform.wait_answer("trial", "accepted")
    generation = daemon.metrics()["telsieve_ruleset_generation"]
    bad = library("broken", "1", rule="X-905")
    bad["rules"][0]["when"] = "one and no_such_set"
    platform.send("broken", bad)
    said = platform.wait_answer("broken", "refused")
    assert "no_such_set" in said["errors"][0]["what"] and said["errors"][0]["file"] == "control.rules/broken"
    assert said["errors"][0]["line"] == 1
    platform.send("empty", b"")
    assert "null value" in platform.wait_answer("empty", "refused")["errors"][0]["what"]
    platform.send("text", b"{\"telsieve\": 1,")
    assert "not JSON" in platform.wait_answer("text", "refused")["errors"][0]["what"]
    platform.send("trial", library("trial", "2026.11.21"))
    assert "not above 2026.11.22" in platform.wait_answer("trial", "refused", "2026.11.21")["errors"][0]["what"]
    missed = library("missed", "1", rule="X-904")
    missed["rules"][0]["hit"] = ["今天天气很好,我们去公园"]
    platform.send("missed", missed)
    assert "hit sample" in platform.wait_answer("missed", "refused")["errors"][0]["what"]
    assert daemon.metrics()["telsieve_ruleset_generation"] == generation
    assert judge(world, "still") == {"X-901"}
    platform.send("trial", library("trial", "2026.11.21", rule="X-903"), action="rollback")
    assert platform.wait_answer("trial", "accepted", "2026.11.21")["asked"] == "rollback"
    assert judge(world, "back") == {"X-903"}


def test_one_bad_library_does_not_hold_up_a_good_one(world, platform, tmp_path):
    bad = library("broken", "1", rule="X-910")
    bad["rules"][0]["when"] = "one and no_such_set"
    platform.send("trial", library("trial", "1"))
    platform.send("broken", bad)  # both are there before the node is: one attempt for the two
    world.daemon(**platform.options("a")).start()
    platform.wait_answer("trial", "accepted")
    platform.wait_answer("broken", "refused")
    assert judge(world, "good") == {"X-901"}


def test_a_bomb_is_refused_and_nothing_else_is_disturbed(world, platform):
    daemon = world.daemon(rules__compile_cpu_s=5, rules__compile_memory_bytes=1 << 30, **platform.options("a")).start()
    generation = daemon.metrics()["telsieve_ruleset_generation"]
    bomb = library("bomb", "1", rule="X-906")
    bomb["sets"]["one"]["phrases"] = [f"{chr(0x4e00 + i % 20000)}{chr(0x4e00 + i * 7 % 20000)}"
                                      f"{chr(0x4e00 + i * 13 % 20000)}炸弹{i}" for i in range(200000)]
    bomb["rules"][0]["hit"] = [f"{bomb['sets']['one']['phrases'][0]},请带上水杯和手电"]
    with Load(world) as load:
        platform.send("bomb", bomb)
        said = platform.wait_answer("bomb", "refused")
        assert "rules.compile_" in said["errors"][0]["what"], said
        platform.send("trial", library("trial", "1"))
        platform.wait_answer("trial", "accepted")
    world.wait_consumed()
    assert set(world.warned()) == load.expected
    assert daemon.metrics()["telsieve_ruleset_generation"] == generation + 1


def test_of_a_library_in_two_partitions_the_newer_message_counts(world, platform):
    """As after partitions were added: whichever is read first."""
    platform.rules += "-wide"
    platform.broker.topic(platform.rules, 2, cleanup_policy="compact")
    producer, failed = confluent_kafka.Producer({"bootstrap.servers": platform.broker.plain}), []
    fed = json.dumps(library("gone", "1"), ensure_ascii=False)
    for name, older in (("gone0", 0), ("gone1", 1)):
        for age, partition, value in ((1000, older, fed.replace("gone", name)), (0, 1 - older, None)):
            producer.produce(platform.rules, value, name, partition, timestamp=int(time.time() * 1000) - age,
                             on_delivery=lambda error, _: failed.append(error))
    assert producer.flush(60) == 0 and failed == [None] * 4
    platform.send("trial", library("trial", "1", rule="X-940"))
    world.daemon(**platform.options("a")).start()
    platform.wait_answer("trial", "accepted")
    assert judge(world, "fed") == {"X-940"}


def test_two_nodes_end_on_the_same_rules(make_world, tmp_path):
    world = make_world()
    platform = Platform(world)
    try:
        nodes = ["a", "b"]
        for node in nodes:
            world.daemon(**platform.options(node)).start(ready=False)
        for i in range(1, 6):
            platform.send(f"trial{i % 2}", library(f"trial{i % 2}", f"{i}", rule=f"X-90{i}", phrase=f"石狮子{i}号"))
        for node in nodes:
            platform.wait_answer("trial0", "accepted", "4", node)
            platform.wait_answer("trial1", "accepted", "5", node)
        wait_for("the same rules on both", lambda: len({platform.last("rules", node)["ruleset"] for node in nodes}) == 1)
    finally:
        platform.stop()


def test_restart_without_the_topic_has_what_was_fed(world, platform, tmp_path):
    state = tmp_path / "state"
    daemon = world.daemon(**platform.options("a", state)).start()
    platform.send("trial", library("trial", "1"))
    platform.wait_answer("trial", "accepted")
    daemon.stop()
    options = dict(platform.options("a", state), control__rules="no-such-topic", control__ready_wait_ms=1000)
    daemon = world.daemon(**options).start()
    assert judge(world, "kept") == {"X-901"}
    trouble = wait_for("the trouble to be told",
                       lambda: json.loads(daemon.get("/rules")[1])["control"]["trouble"])
    assert "no-such-topic" in trouble and json.loads(daemon.get("/rules")[1])["control"]["degraded"]
    daemon.stop()
    platform.send("trial", None)  # while it is away, and its tombstone may be gone when it is back
    daemon = world.daemon(control__ready_wait_ms=120000, **platform.options("a", state)).start()
    assert judge(world, "gone") == set()


def test_a_topic_that_vanishes_and_returns(world, platform, tmp_path):
    daemon = world.daemon(**platform.options("a")).start()
    platform.send("trial", library("trial", "1"))
    platform.wait_answer("trial", "accepted")
    platform.broker.delete(platform.rules)
    wait_for("the trouble to be told", lambda: json.loads(daemon.get("/rules")[1])["control"]["trouble"])
    platform.make(platform.rules)  # empty: an accident
    wait_for("the empty topic to be told",
             lambda: "nothing is withdrawn" in json.loads(daemon.get("/rules")[1])["control"]["trouble"])
    assert judge(world, "still") == {"X-901"}
    platform.send("other", library("other", "1", rule="X-920", phrase="志愿者集合"))
    platform.wait_answer("other", "accepted")
    assert judge(world, "both") >= {"X-920"}


def test_by_http_with_a_token(world, platform, tmp_path):
    audit = tmp_path / "audit.jsonl"
    daemon = world.daemon(admin__token=TOKEN, audit__file=str(audit), **platform.options("a")).start()
    body = json.dumps(library("trial", "1"), ensure_ascii=False).encode()
    assert change(daemon, "PUT", "/rules/trial", body, token=None)[0] == 401
    assert change(daemon, "PUT", "/rules/trial", body)[0] == 202
    platform.wait_answer("trial", "accepted", "1")
    assert judge(world, "put") == {"X-901"}
    code, text = change(daemon, "PUT", "/rules/trial", b"{}")
    assert code == 422 and "must be the name it is fed under" in text
    body = json.dumps(library("trial", "2", rule="X-902"), ensure_ascii=False).encode()
    assert change(daemon, "PUT", "/rules/trial", body)[0] == 202
    platform.wait_answer("trial", "accepted", "2")
    wait_for("rollback", lambda: change(daemon, "POST", "/rules/rollback")[0] == 200)
    assert judge(world, "back") == {"X-901"}
    assert change(daemon, "DELETE", "/rules/trial")[0] == 202
    platform.wait_answer("trial", "withdrawn")
    platform.send("other", library("other", "1", rule="X-903"))
    platform.wait_answer("other", "accepted")
    assert change(daemon, "POST", "/reload")[0] == 202
    wait_for("a reload", lambda: audit.read_text().count('"reload"') == 1)
    daemon.signal(signal.SIGHUP)
    wait_for("another", lambda: audit.read_text().count('"reload"') == 2)
    lines = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [(line["what"], line["way"], line["who"]) for line in lines if line["what"] in ("start", "reload")] == [
        ("start", "files", "start"), ("reload", "http", "token from 127.0.0.1"), ("reload", "signal", "SIGHUP")]
    sets = [(line["before"], line["after"]) for line in lines]
    assert all(this == last or this[0] == last[1] for last, this in zip(sets, sets[1:])), sets
    assert [line["who"] for line in lines if line["way"] == "topic"] == [f"{platform.rules}[0]@0"]
    assert [(line["what"], line["result"]) for line in lines if line["way"] == "http" and line["what"] != "reload"] == [
        ("put", "accepted"), ("put", "refused"), ("put", "accepted"), ("rollback", "accepted"), ("rollback", "live"),
        ("withdraw", "withdrawn")]
    assert all(line["who"] == "token from 127.0.0.1" for line in lines if line["way"] == "http")


def test_changes_under_load_lose_nothing_and_every_rule_set_was_announced(world, platform):
    daemon = world.daemon(**platform.options("a")).start()
    with Load(world) as load:
        for i in range(1, 16):
            platform.send("trial", library("trial", str(i), rule=f"X-{930 + i}"))
            platform.wait_answer("trial", "accepted", str(i))
    world.wait_consumed()
    warnings = world.warned()
    assert set(warnings) == load.expected
    used = {warning["engine"]["ruleset"] for found in warnings.values() for warning in found}
    assert len(used) > 1 and used <= platform.hashes()
    daemon.assert_balanced()
    assert "rules" not in {said["kind"] for said in platform.said if said.get("result") == "failed"}


def rules(*words, code=0):
    """telsieve rules, as an operator runs it."""
    done = subprocess.run([TELSIEVE, "rules", *map(str, words)], text=True, capture_output=True, timeout=300,
                          cwd=ROOT)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done


def write_library(folder, name, version, **more):
    path = folder / f"{name}-{version}.json"
    path.write_text(json.dumps(library(name, version, **more), ensure_ascii=False, indent=1))
    return path


def test_the_client_pushes_to_all_nodes_by_topic(world, platform, tmp_path):
    a, b = (world.daemon(**platform.options(node)).start() for node in "ab")
    way = ["--topic", "-c", a.config_file]
    said = json.loads(rules("push", *way, "--wait", "--json", write_library(tmp_path, "trial", "1")).stdout)
    assert [(row["node"], row["result"], row["version"]) for row in said] == [("a", "accepted", "1"),
                                                                             ("b", "accepted", "1")]
    assert judge(world, "fed") == {"X-901"}

    listed = json.loads(rules("list", *way, "--json", "--wait", said[0]["sha256"]).stdout)
    assert [node["node"] for node in listed] == ["a", "b"] and listed[0]["ruleset"] == listed[1]["ruleset"]
    for node in listed:
        assert {"library": "trial", "version": "1", "from": "topic", "sha256": said[0]["sha256"],
                "rules": {"live": 1, "canary": 0, "shadow": 0, "off": 0}} in node["libraries"]
    text = rules("list", *way, "--wait", "trial@1").stdout
    assert "2 nodes, the same rules on all" in text and "1/0/0/0" in text

    bad = library("trial", "2")
    bad["rules"][0]["when"] = "one and no_such_set"
    (tmp_path / "bad.json").write_text(json.dumps(bad, ensure_ascii=False, indent=1))
    done = rules("push", *way, "--wait", tmp_path / "bad.json", code=1)
    assert "refused" in done.stdout and "no_such_set" in done.stderr
    line = json.dumps(bad, ensure_ascii=False, indent=1).split("no_such_set")[0].count("\n") + 1
    assert done.stderr.startswith(f"{tmp_path}/bad.json:{line}:"), done.stderr

    rules("push", *way, "--wait", write_library(tmp_path, "trial", "3", rule="X-903"))
    assert "not above 3" in rules("push", *way, "--wait", tmp_path / "trial-1.json", code=1).stderr
    rules("push", *way, "--wait", "--rollback", tmp_path / "trial-1.json")
    assert judge(world, "back") == {"X-901"}
    assert json.loads(rules("show", *way, "trial").stdout) == library("trial", "1")
    assert rules("withdraw", *way, "--wait", "trial").stdout.count("withdrawn") == 2
    assert judge(world, "withdrawn") == set()
    assert 'holds no library "trial"' in rules("show", *way, "trial", code=1).stderr
    b.stop()
    wait_for("the node to be missed",
             lambda: "silent for" in rules("list", *way).stdout)
    done = rules("push", *way, "--wait", write_library(tmp_path, "trial", "4"))
    assert done.stdout.startswith("a ") and "b has been silent" in done.stderr
    assert "sent to topic" in rules("push", *way, tmp_path / "trial-3.json").stdout
    assert rules("list", *way, "--timeout", "1", "--wait", "trial@99", code=4).stderr


def test_the_client_by_http(world, platform, tmp_path):
    audit, token = tmp_path / "audit.jsonl", tmp_path / "token"
    token.write_text(TOKEN + "\n")
    daemon = world.daemon(admin__token=TOKEN, audit__file=str(audit), **platform.options("a"))
    daemon.start()
    node = ["--node", f"http://127.0.0.1:{daemon.port}"]
    way = [*node, "--token-file", token]
    first, second = (write_library(tmp_path, "trial", version, rule=f"X-90{version}") for version in "12")
    assert "--token-file" in rules("push", *node, first, code=3).stderr
    assert "accepted" in rules("push", *way, "--wait", first).stdout
    assert "unchanged" in rules("push", *way, "--wait", first).stdout
    rules("push", *way, "--wait", second)
    text = rules("list", *way).stdout
    assert ["trial", "2", "1/0/0/0", "http"] in [line.split()[:4] for line in text.splitlines()]
    different = rules("diff", *way, first).stdout
    assert "rule X-902 removed" in different and "rule X-901 added" in different
    assert "no difference" in rules("diff", *way, "refund").stdout
    assert "not above 2" in rules("push", *way, first, code=1).stderr
    wait_for("rollback", lambda: subprocess.run([TELSIEVE, "rules", "rollback", *map(str, way)]).returncode == 0)
    assert json.loads(rules("show", *way, "trial").stdout)["version"] == "1"
    rules("withdraw", *way, "--wait", "trial")
    assert "is live there" in rules("show", *way, "trial", code=1).stderr
    rows = [line.split() for line in rules("history", "-c", daemon.config_file).stdout.splitlines()]
    assert rows[0][0] == "at" and "withdrawn" in rows[-1] and "trial" in rows[-1]
    lines = [json.loads(line) for line in rules("history", "--json", audit).stdout.splitlines()]
    assert [line["result"] for line in lines if line["way"] == "http"] == [
        "accepted", "unchanged", "accepted", "refused", "accepted", "live", "withdrawn"]
