"""A rule goes from shadow to live by its evidence, keeps it, and is otherwise refused with the arithmetic."""
import json
import subprocess
import urllib.parse

from feeding import CLEAN, library
from harness import ROOT, TELSIEVE, record, wait_for
from test_control import TOKEN, change, judge
from test_signed import Desk

GENEROUS = {"promote__min_judged": 0, "promote__max_hit_rate": 1, "promote__min_precision": 0}


def on_trial(state="\"shadow\""):
    """The bytes of a library as a person lays it out, with one rule on trial and one that is live."""
    made = library("trial", "2026.11.22")
    made["sets"]["three"] = {"role": "A", "phrases": ["提着灯笼"]}
    made["rules"].append(dict(made["rules"][0], id="X-902", when="one and three", hit=["在石狮子旁边,提着灯笼"]))
    made["rules"][0]["state"] = "STATE"
    return json.dumps(made, ensure_ascii=False, indent=3).replace('"STATE"', state).encode()


def promoted(text, version="2026.11.22.1", state="\"shadow\""):
    return text.replace(b'"2026.11.22"', f'"{version}"'.encode()).replace(state.encode(), b'"live"')


def evidence(daemon, rule):
    page = json.loads(daemon.get("/rules")[1])
    active = next(g for g in page["generations"] if g["state"] == "active")
    return next(r["evidence"] for lib in active["libraries"] for r in lib["rules"] if r["id"] == rule)


def ask(daemon, rule="X-901", token=TOKEN, **more):
    status, text = change(daemon, "POST", "/rules/promote?" + urllib.parse.urlencode(dict(rule=rule, **more)),
                          token=token)
    return status, json.loads(text) if text.startswith("{") else text


def feed(daemon, platform, text):
    assert change(daemon, "PUT", "/rules/trial", text)[0] == 202
    return platform.wait_answer("trial", "accepted")


def hit(world, count, tag):
    world.broker.produce(world.input, [record(f"{tag}-{i}", CLEAN, calling="1391234{:04d}", ingress="onnet")
                                       for i in range(count)])
    world.wait_consumed()


def test_a_rule_goes_live_by_its_evidence_and_keeps_it(world, platform, tmp_path):
    audit = tmp_path / "audit.jsonl"
    daemon = world.daemon(admin__token=TOKEN, audit__file=str(audit), promote__min_judged=20, promote__max_hit_rate=1,
                          promote__prevalence=1, **platform.options("a")).start()
    text = on_trial()
    feed(daemon, platform, text)
    hit(world, 5, "few")
    status, page = ask(daemon)
    judged = page["criteria"][0]
    assert status == 409 and (judged["what"], judged["have"], judged["want"], judged["ok"]) == ("judged", 5, 20, False)
    assert [row["ok"] for row in page["criteria"]] == [False, True, True] and "budget" in page["problem"]
    hit(world, 20, "more")
    assert not world.warned()
    status, page = ask(daemon, **{"try": 1})
    assert status == 200 and page["text"].encode() == promoted(text) and daemon.get("/rules/trial")[1] == text.decode()
    before = evidence(daemon, "X-901")
    status, page = ask(daemon)
    assert status == 202 and page["answer"]["asked"] == "promote" and page["next"]["version"] == "2026.11.22.1"
    said = platform.wait_answer("trial", "accepted", "2026.11.22.1")
    assert (said["asked"], said["rule"]) == ("promote", "X-901")
    assert daemon.get("/rules/trial")[1].encode() == promoted(text)
    assert judge(world, "live") == {"X-901"}
    after = evidence(daemon, "X-901")
    assert after["since"] == before["since"] and after["hits"] == before["hits"] + 1 == 26 and after["warnings"] == 1
    assert evidence(daemon, "X-902")["judged"] == 26
    assert ask(daemon)[0] == 409 and "live already" in ask(daemon)[1]["problem"]
    wait_for("the audit log", lambda: audit.read_text().count('"promote"') == 4)
    lines = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [(line["result"], line["rule"], line["version"]) for line in lines if line["what"] == "promote"] == \
        [("refused", "X-901", "2026.11.22"), ("accepted", "X-901", "2026.11.22.1"),
         ("refused", "X-901", "2026.11.22.1"), ("refused", "X-901", "2026.11.22.1")]


def test_against_its_evidence_a_rule_goes_live_for_a_reason(world, platform, tmp_path):
    audit = tmp_path / "audit.jsonl"
    daemon = world.daemon(admin__token=TOKEN, audit__file=str(audit), **platform.options("a")).start()
    canary = '"canary",\n         "share": 0.5'
    text = on_trial(canary)
    feed(daemon, platform, text)
    assert ask(daemon)[0] == 409 and ask(daemon, force=1)[0] == 400 and ask(daemon, why="so")[0] == 400
    assert ask(daemon, rule="X-999")[0] == 404 and ask(daemon, rule="")[0] == 400
    assert ask(daemon, token="another")[0] == 401
    status, page = ask(daemon, force=1, why="a wave since nine, 值班")
    assert status == 202 and page["forced"] and not page["criteria"][0]["ok"]
    said = platform.wait_answer("trial", "accepted", "2026.11.22.1")
    assert said["why"] == "a wave since nine, 值班"
    assert daemon.get("/rules/trial")[1].encode() == promoted(text, state=canary)
    assert judge(world, "live") == {"X-901"}
    line = [json.loads(line) for line in audit.read_text().splitlines()][-1]
    assert (line["what"], line["result"], line["why"]) == ("promote", "accepted", "a wave since nine, 值班")
    assert "forced=1" in daemon.log()


def test_a_rule_that_would_not_know_the_models_score_stays_on_trial(world, platform):
    daemon = world.daemon(admin__token=TOKEN, **GENEROUS, **platform.options("a")).start()
    made = library("scored", "1")
    made["rules"][0].update(state="shadow", when="one and two and model.score >= 50")
    assert change(daemon, "PUT", "/rules/scored", json.dumps(made, ensure_ascii=False).encode())[0] == 202
    platform.wait_answer("scored", "accepted")
    status, page = ask(daemon, force=1, why="so")
    assert status == 409 and "model.score" in page["problem"]


def test_the_version_is_above_all_that_were_fed(world, platform):
    daemon = world.daemon(admin__token=TOKEN, **GENEROUS, **platform.options("a")).start()
    text = on_trial()
    feed(daemon, platform, text.replace(b'"2026.11.22"', b'"2026.12.1.3"'))
    platform.wait_answer("trial", "accepted", "2026.12.1.3")
    assert change(daemon, "PUT", "/rules/trial?rollback=1", text)[0] == 202
    platform.wait_answer("trial", "accepted", "2026.11.22")
    assert ask(daemon)[1]["next"]["version"] == "2026.12.1.4"
    platform.wait_answer("trial", "accepted", "2026.12.1.4")
    assert judge(world, "live") == {"X-901"}


def test_signed_and_by_topic_every_node_has_it(world, platform, tmp_path):
    desk = Desk(tmp_path)
    nodes = [world.daemon(rules__require_signature="on", rules__trusted_keys=str(desk.keys), admin__token=TOKEN,
                          **GENEROUS, **platform.options(name)).start() for name in ("a", "b")]
    text = on_trial()
    (tmp_path / "library.json").write_bytes(text)
    desk.telsieve("sign", "--key", tmp_path / "a.pem", tmp_path / "library.json")
    platform.send("trial", text, signature=(tmp_path / "library.json.sig").read_text().strip())
    for node in ("a", "b"):
        platform.wait_answer("trial", "accepted", node=node)
    status, page = ask(nodes[0])
    assert status == 409 and "--topic -c FILE --sign KEY" in page["problem"]
    done = subprocess.run([TELSIEVE, "rules", "promote", "X-901", "--topic", "-c", nodes[0].config_file, "--sign",
                           tmp_path / "b.pem", "--wait"], capture_output=True, text=True, timeout=90, cwd=ROOT)
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.count("accepted") == 2 and "judged" in done.stdout
    for node in nodes:
        assert node.get("/rules/trial")[1].encode() == promoted(text)
    wait_for("the signer to be named", lambda: platform.answers("trial")[-1]["source"]["signers"] == "b")
    assert judge(world, "live") == {"X-901"}
