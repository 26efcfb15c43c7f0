"""What an operator does and what happens to him at night: reload, outages, logins, systemd's messages."""
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

import confluent_kafka

from harness import BUILD, FRAUD, LAWFUL, PATIENCE, ROOT, record, stream, wait_for


def copy_rules(tmp_path):
    rules = tmp_path / "patterns"
    shutil.copytree(os.path.join(ROOT, "patterns"), rules)
    return rules


class Load:
    """Produces records steadily on a thread until told to stop."""

    def __init__(self, world):
        self.world, self.stopped, self.expected, self.sent = world, threading.Event(), set(), 0
        self.thread = threading.Thread(target=self.run)

    def run(self):
        turn = 0
        while not self.stopped.is_set():
            records, expected = stream(1000, tag=f"load{turn}")
            self.world.broker.produce(self.world.input, records)
            self.expected |= expected
            self.sent += len(records)
            turn += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()


def test_reload_under_load_good_and_bad(world, tmp_path):
    rules = copy_rules(tmp_path)
    daemon = world.daemon(rules__dir=str(rules)).start()
    generation = lambda: daemon.metrics()["telsieve_ruleset_generation"]
    with Load(world) as load:
        before = generation()
        library = json.loads((rules / "refund.json").read_text())
        library["version"] = "2026.11.23"
        (rules / "refund.json").write_text(json.dumps(library, ensure_ascii=False))
        daemon.signal(signal.SIGHUP)
        wait_for("the new generation", lambda: generation() == before + 1)
        assert "2026.11.23" in daemon.get("/rules")[1]
        library["rules"][0]["when"] = "no_such_set and ("
        (rules / "refund.json").write_text(json.dumps(library, ensure_ascii=False))
        assert daemon.get("/reload", "POST")[0] == 202
        wait_for("the refusal", lambda: daemon.metrics()['telsieve_reloads_total{result="failed"}'] == 1)
        assert generation() == before + 1, "a bad library leaves the old one running"
        assert "refund.json:" in daemon.log() and "refund.json:" in daemon.get("/rules")[1]
        assert daemon.is_ready()
    world.wait_consumed()
    assert set(world.warned()) == load.expected
    daemon.assert_balanced()


def test_broker_away_for_20_seconds_loses_nothing(world):
    records, expected = stream(6000)
    world.broker.produce(world.input, records[:3000])
    daemon = world.daemon().start()
    wait_for("some of the records", lambda: daemon.books()["consumed"] > 100, pause=0.01)
    world.broker.stop()
    time.sleep(20)
    daemon.alive()
    world.broker.start()
    world.broker.produce(world.input, records[3000:])
    world.wait_consumed()
    assert set(world.warned()) == expected
    wait_for("readiness", daemon.is_ready)
    daemon.assert_balanced()


def test_unauthorised_warnings_topic_pauses_says_why_and_resumes(world):
    login = {"bootstrap.servers": world.broker.env["KAFKA_TLS"], "security.protocol": "SASL_SSL",
             "ssl.ca.location": world.broker.env["KAFKA_CA"], "sasl.mechanism": "PLAIN", "sasl.username": "bob",
             "sasl.password": {"env": "BOB_PASSWORD"}}
    world.broker.kadmin("deny", "bob", world.warnings)
    env = {"BOB_PASSWORD": world.broker.env["KAFKA_PASS"]}
    daemon = world.daemon(env=env, kafka__common=login).start(ready=False)
    world.broker.produce(world.input, [record(f"a{i}", FRAUD) for i in range(20)])
    wait_for("the cause in the log",
             lambda: daemon.alive() and world.warnings in daemon.log() and "uthori" in daemon.log())
    wait_for("not ready", lambda: daemon.get("/readyz")[0] == 503)
    allowed = time.monotonic()
    world.broker.kadmin("allow", "bob", world.warnings)
    wait_for("the warnings", lambda: len(world.warned()) == 20, pause=1)
    print(f"resumed {time.monotonic() - allowed:.0f} s after the cause ended")
    wait_for("readiness", daemon.is_ready)
    daemon.assert_balanced()
    assert world.broker.env["KAFKA_PASS"] not in daemon.log()


def test_tls_with_sasl_plain(world, tmp_path):
    secret = tmp_path / "password"
    secret.write_text(world.broker.env["KAFKA_PASS"] + "\n")
    secret.chmod(0o600)
    login = {"bootstrap.servers": world.broker.env["KAFKA_TLS"], "security.protocol": "SASL_SSL",
             "ssl.ca.location": world.broker.env["KAFKA_CA"], "sasl.mechanism": "PLAIN", "sasl.username": "alice",
             "sasl.password": {"file": str(secret)}}
    world.broker.produce(world.input, [record("a", FRAUD)])
    daemon = world.daemon(kafka__common=login).start()
    world.wait_consumed()
    assert set(world.warned()) == {"a"}
    daemon.assert_balanced()


def test_scram_works_or_says_which_library_it_needs(world):
    login = {"bootstrap.servers": world.broker.env["KAFKA_TLS"], "security.protocol": "SASL_SSL",
             "ssl.ca.location": world.broker.env["KAFKA_CA"], "sasl.mechanism": "SCRAM-SHA-256",
             "sasl.username": "alice", "sasl.password": world.broker.env["KAFKA_PASS"]}
    world.broker.produce(world.input, [record("a", FRAUD)])
    daemon = world.daemon(kafka__common=login).start(ready=False)
    if confluent_kafka.libversion()[1] >= 0x02060100:
        world.wait_consumed()
        assert set(world.warned()) == {"a"}
    else:
        wait_for("the hint", lambda: daemon.alive() and "2.6.1" in daemon.log())
        assert not daemon.is_ready()


def test_fenced_static_member_ends_with_the_cause(world):
    first = world.daemon(input__instance="gw1", workers=1).start()
    second = world.daemon(input__instance="gw1", workers=1).start(ready=False)
    assert first.process.wait(PATIENCE) == 3, first.log()
    assert "fenced" in first.log().lower()
    second.alive()


def test_systemd_hears_ready_reloading_stopping_and_the_watchdog(world, tmp_path):
    path = str(tmp_path / "notify")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(path)
    listener.settimeout(PATIENCE)
    daemon = world.daemon(env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "2000000"})
    daemon.start()

    def hear(word):
        heard = []
        while not any(line.startswith(word) for line in heard):
            heard += listener.recv(4096).decode().splitlines()
        return heard

    hear("READY=1")
    hear("WATCHDOG=1")
    daemon.signal(signal.SIGHUP)
    hear("RELOADING=1")
    hear("READY=1")
    daemon.signal(signal.SIGTERM)
    hear("STOPPING=1")
    assert daemon.process.wait(PATIENCE) == 0


def test_metrics_please_promtool_and_hold_no_number_and_no_text(world):
    records, _ = stream(500, fraud_every=10)
    world.broker.produce(world.input, records + [b"bad"])
    daemon = world.daemon().start()
    world.wait_consumed()
    page = daemon.get("/metrics")[1]
    done = subprocess.run(["promtool", "check", "metrics"], input=page, text=True, capture_output=True)
    assert done.returncode == 0 and done.stdout + done.stderr == "", done.stdout + done.stderr
    everything = page + daemon.log() + daemon.get("/status")[1] + daemon.get("/rules")[1]
    for words in ("13812340", "0085255500", FRAUD[:8], LAWFUL[:8]):
        assert words not in everything
    partitions = [v for k, v in daemon.metrics().items()
                  if k.startswith("telsieve_partition_records_total") and 'outcome="consumed"' in k]
    assert sum(partitions) == len(records) + 1
    status = json.loads(daemon.get("/status")[1])
    assert status


def test_the_shadow_topic_gets_shadow_hits_and_offsets_do_not_wait_for_it(world, tmp_path):
    rules = copy_rules(tmp_path)
    for file in rules.glob("*.json"):
        library = json.loads(file.read_text())
        for rule in library.get("rules", []):
            rule["state"] = "shadow"
        file.write_text(json.dumps(library, ensure_ascii=False))
    text = "您的快递丢失,可双倍理赔,请添加理赔客服QQ:2801234567办理"
    world.broker.produce(world.input, [record("a", text, calling="1391234{:04d}", ingress="onnet")])
    daemon = world.daemon(rules__dir=str(rules)).start()
    world.wait_consumed()
    wait_for("the shadow hit", lambda: len(world.broker.read_all(world.shadow)) == 1)
    assert daemon.books()["clean"] == 1 and world.warned() == {}


def test_shadow_hits_of_many_packed_messages_take_bounded_memory(make_world, tmp_path):
    def most_bytes():
        with open(f"/proc/{daemon.process.pid}/status") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

    world, rules = make_world(partitions=1), copy_rules(tmp_path)
    for file in rules.glob("*.json"):
        library = json.loads(file.read_text())
        for rule in library.get("rules", []):
            rule["state"] = "shadow"
        file.write_text(json.dumps(library, ensure_ascii=False))
    line = json.dumps(record("a", FRAUD), ensure_ascii=False)
    packed = "\n".join([line] * (900000 // len(line.encode())))
    world.broker.produce(world.input, [packed] * 80, **{"compression.type": "lz4"})
    daemon = world.daemon(rules__dir=str(rules), workers=1).start()
    before = most_bytes()
    world.wait_consumed()
    assert daemon.metrics()["telsieve_records_shadow_total"] == 80 * len(packed.split("\n"))
    assert most_bytes() - before < 200e6  # what was fetched ahead and no more: a warning takes none once it is sent
