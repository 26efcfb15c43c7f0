"""What bad input gets: the table of the contract, line by line, on a real broker."""
import base64
import json
import os

from harness import BUILD, FRAUD, LAWFUL, PATIENCE, record, wait_for


def headers_of(message):
    return {key: value.decode() for key, value in message.headers()}


def without(name, *keys, **changes):
    made = record(name, LAWFUL, **changes)
    for key in keys:
        del made[key]
    return made


def test_poison_records_are_dead_lettered_with_their_reason_and_the_rest_goes_on(make_world):
    world = make_world(partitions=1)
    good = json.dumps(record("good", FRAUD))
    poison = [
        (b"gateway restarted", "not_json"),
        (b'{"v":1,"kind":"sms",', "not_json"),
        (without("a", "called"), "missing_field"),
        (without("b", "ts"), "missing_field"),
        ({**record("c", LAWFUL), "called": 5.5}, "bad_type"),
        ({**record("d", LAWFUL), "kind": "fax"}, "unknown_kind"),
        ({**record("e", LAWFUL), "ts": "20261345000000"}, "bad_time"),
        (json.dumps(record("f", LAWFUL))[:-1] + ',"calling":"1"}', "duplicate_key"),
        (None, "null_payload"),
        ({**record("g", LAWFUL), "text": "长" * 400000}, "too_large"),
        (good + "\n{broken\n" + good, "not_json"),
    ]
    world.broker.configure_topic(world.input, max_message_bytes=4000000)
    world.broker.produce(world.input, [value for value, _ in poison], partition=0, **{"message.max.bytes": 4000000})
    daemon = world.daemon().start()
    world.wait_consumed()
    letters = [headers_of(m) for m in world.broker.read_all(world.dead)]
    got = {(int(h["telsieve.offset"]), int(h["telsieve.sub"])): h["telsieve.reason"] for h in letters}
    wanted = {(i, 0): reason for i, (_, reason) in enumerate(poison[:-1])}
    wanted[(len(poison) - 1, 1)] = "not_json"
    assert got == wanted
    for headers in letters:
        assert headers["telsieve.topic"] == world.input and headers["telsieve.partition"] == "0"
        assert headers["telsieve.version"]
    assert set(world.warned()) == {"good"}
    daemon.assert_balanced()
    assert daemon.books()["dead_lettered"] == len(poison)
    reasons = {k: v for k, v in daemon.metrics().items() if k.startswith("telsieve_dead_letters_total") and v}
    assert sum(reasons.values()) == len(poison)


def test_dead_letters_carry_the_payload_only_when_asked(make_world):
    world = make_world(partitions=1)
    world.broker.produce(world.input, [b"not a record"])
    daemon = world.daemon().start()
    world.wait_consumed()
    daemon.stop()
    world.broker.produce(world.input, [b"not a record"])
    daemon = world.daemon(dead_letter__payload=True).start()
    world.wait_consumed()
    first, second = [m.value() or b"" for m in world.broker.read_all(world.dead)]
    assert b"not a record" not in first and b"not a record" in second


def test_a_dead_letter_too_large_for_the_broker_goes_without_its_payload(make_world):
    world = make_world(partitions=1)
    world.broker.configure_topic(world.dead, max_message_bytes=1000)
    world.broker.produce(world.input, [json.dumps({**record("big", LAWFUL * 200), "kind": "letter"})])
    daemon = world.daemon(dead_letter__payload=True).start()
    world.wait_consumed()
    letter, = world.broker.read_all(world.dead)
    headers = headers_of(letter)
    assert json.loads(letter.value()) == {
        "v": 1, "reason": headers["telsieve.reason"], "topic": world.input, "partition": 0, "offset": 0, "sub": 0,
        "field": "kind", "version": headers["telsieve.version"]}
    assert headers["telsieve.field"] == "kind"
    daemon.assert_balanced()


def test_ill_formed_text_is_repaired_and_judged(make_world):
    world = make_world(partitions=1)
    ucs2 = base64.b64encode(FRAUD.encode("utf-16-be")).decode()
    gbk = base64.b64encode(FRAUD.encode("gb18030")).decode()
    values = [
        json.dumps(record("utf8", FRAUD), ensure_ascii=False).encode().replace("办理".encode(), b"\xff\xfe"),
        json.dumps(record("surrogate", FRAUD))[:-2] .replace('"text": "', '"text": "\\ud800') + '"}',
        json.dumps(record("control", FRAUD), ensure_ascii=False).replace("办理", "办\x01理"),
        "\ufeff" + json.dumps(record("bom", FRAUD), ensure_ascii=False),
        {**without("ucs2", "text"), "ud_b64": ucs2, "dcs": 8},
        {**without("gbk", "text"), "ud_b64": gbk, "dcs": 15},
    ]
    world.broker.produce(world.input, values)
    daemon = world.daemon().start()
    world.wait_consumed()
    assert set(world.warned()) == {"utf8", "surrogate", "control", "bom", "ucs2", "gbk"}
    assert daemon.metrics()["telsieve_records_repaired_total"] == 4
    daemon.assert_balanced()


def test_missing_warnings_topic_pauses_says_why_and_resumes(make_world):
    world = make_world(outputs=False)
    world.broker.topic(world.dead)
    daemon = world.daemon().start(ready=False)
    world.broker.produce(world.input, [record(f"a{i}", FRAUD) for i in range(50)])
    wait_for("the cause on /readyz", lambda: daemon.alive() and world.warnings in daemon.get("/readyz")[1])
    assert daemon.get("/readyz")[0] == 503
    wait_for("the pause", lambda: daemon.metrics().get("telsieve_paused", 0) > 0)
    wait_for("the cause in the log", lambda: world.warnings in daemon.log())
    world.broker.topic(world.warnings)
    world.wait_consumed()
    assert set(world.warned()) == {f"a{i}" for i in range(50)}
    wait_for("readiness", daemon.is_ready)
    daemon.assert_balanced()


def test_missing_dead_letter_topic_pauses_says_why_and_resumes(make_world):
    world = make_world(outputs=False)
    world.broker.topic(world.warnings)
    daemon = world.daemon().start(ready=False)
    world.broker.produce(world.input, [b"bad"] * 20 + [record("a", FRAUD)])
    wait_for("the cause on /readyz", lambda: daemon.alive() and world.dead in daemon.get("/readyz")[1])
    world.broker.topic(world.dead)
    world.wait_consumed()
    assert len({headers_of(m)["telsieve.partition"] + "/" + headers_of(m)["telsieve.offset"]
                for m in world.broker.read_all(world.dead)}) == 20
    assert set(world.warned()) == {"a"}
    daemon.assert_balanced()


def test_warning_the_broker_finds_too_large_is_shortened_or_dead_lettered(make_world):
    world = make_world(partitions=1)
    world.broker.configure_topic(world.warnings, max_message_bytes=6000)
    long_fraud = FRAUD + "请尽快联系理赔客服QQ:2801234567办理。" * 30
    world.broker.produce(world.input, [record("long", long_fraud, calling="008525550001")])
    daemon = world.daemon().start()
    world.wait_consumed()
    warning = world.warned()["long"][0]
    assert warning["family"] == "R" and "evidence" not in json.dumps(warning)
    assert daemon.metrics()["telsieve_warnings_shortened_total"] == 1
    world.broker.configure_topic(world.warnings, max_message_bytes=300)
    world.broker.produce(world.input, [record("tiny", FRAUD)])
    world.wait_consumed()
    reasons = [headers_of(m)["telsieve.reason"] for m in world.broker.read_all(world.dead)]
    assert reasons == ["warning_too_large"]
    daemon.assert_balanced()
    assert daemon.books()["dead_lettered"] == 1 and daemon.books()["warned"] == 1


def test_a_record_that_crashes_the_process_twice_is_dead_lettered_and_kill_9_costs_none(make_world, tmp_path):
    world = make_world(partitions=1)
    program = os.path.join(BUILD, "tests/telsieve-crash")
    names = [f"a{i}" for i in range(200)]
    records = [record(name, FRAUD) for name in names]
    records[120] = record("poison", LAWFUL + "崩溃测试")
    world.broker.produce(world.input, records[:100])
    daemon = world.daemon(program=program, quarantine__file=str(tmp_path / "quarantine")).start(ready=False)
    wait_for("the first records", lambda: daemon.alive() and daemon.books()["consumed"] > 0, pause=0.01)
    daemon.kill()  # kill -9 in mid-stream counts as no crash
    world.broker.produce(world.input, records[100:])
    crashes = 0
    for _ in range(6):
        daemon.start(ready=False)
        wait_for("a crash or the end of the stream", lambda: daemon.process.poll() is not None
                 or world.broker.committed(world.group, world.input, 1) == [200], pause=0.2)
        if daemon.process.poll() is None:
            break
        crashes += daemon.process.returncode < 0
    assert crashes == 2, daemon.log()
    world.wait_consumed()
    letters = [headers_of(m) for m in world.broker.read_all(world.dead)]
    assert {(h["telsieve.reason"], h["telsieve.offset"]) for h in letters} == {("crashed", "120")}
    assert set(world.warned()) == set(names) - {"a120"}


def test_bad_rules_or_configuration_at_start_consume_nothing(make_world, tmp_path):
    world = make_world(partitions=1)
    world.broker.produce(world.input, [record("a", FRAUD)])
    (tmp_path / "empty").mkdir()
    for changes in ({"rules__dir": str(tmp_path / "empty")}, {"wokers": 2},
                    {"kafka__consumer": {"enable.auto.offset.store": True}}, {"kafka__producer": {"acks": 1}},
                    {"kafka__common": {"bootstrap.servers": world.broker.plain, "fetch.fooo": "1"}}):
        daemon = world.daemon(**changes)
        daemon.start(ready=False)
        assert daemon.process.wait(PATIENCE) == 1, daemon.log()
        bad = [key.split("__")[-1] for key in changes]
        inner = [k for v in changes.values() if isinstance(v, dict) for k in v if k != "bootstrap.servers"]
        assert any(word in daemon.log() for word in inner + bad + ["empty"]), daemon.log()
    assert world.broker.committed(world.group, world.input, 1) == [0]
