"""A learned model in the daemon: on trial it only says what it would do, live it moves tiers; a bad one changes
nothing; what it did is counted."""
import json
import signal

from harness import FRAUD, record, wait_for

TIERS = ["low", "medium", "high"]


def write_model(file, state, bias=-9.0, **more):
    file.write_text(json.dumps({"telsieve_model": 1, "version": state, "state": state, "bias": bias, "raise": 0.98,
                                "lower": 0.02, "terms": [{"gram": "客服", "weight": 0.5}], **more}, ensure_ascii=False))


def count(daemon, moved, state):
    return daemon.metrics()[f'telsieve_model_total{{moved="{moved}",state="{state}"}}']


def test_a_model_on_trial_then_live_then_bad(world, tmp_path):
    model = tmp_path / "model.json"
    write_model(model, "shadow")
    daemon = world.daemon(rules__model=str(model)).start()

    def send(name):
        world.broker.produce(world.input, [record(name, FRAUD)])
        world.wait_consumed()
        return world.warned()[name][0]

    def reload(result):
        before = daemon.metrics()[f'telsieve_reloads_total{{result="{result}"}}']
        daemon.signal(signal.SIGHUP)
        wait_for("the reload", lambda: daemon.metrics()[f'telsieve_reloads_total{{result="{result}"}}'] == before + 1)

    trial = send("trial")
    assert trial["model"]["moved"] == 0 and trial["model"]["would"] == -1
    assert trial["tier"] == trial["rules"][0]["tier"] != "low"
    assert count(daemon, "down", "shadow") == 1 and count(daemon, "down", "live") == 0

    write_model(model, "live")
    reload("succeeded")
    live = send("live")
    assert live["model"]["version"] == "live" and live["model"]["moved"] == -1
    assert TIERS.index(live["tier"]) == TIERS.index(live["rules"][0]["tier"]) - 1
    assert count(daemon, "down", "live") == 1
    active = next(one for one in json.loads(daemon.get("/rules")[1])["generations"] if one["state"] == "active")
    assert active["model"] == {"version": "live", "state": "live", "terms": 1}

    write_model(model, "live", raises=1)
    reload("failed")
    assert f"{model}:1:" in daemon.log() and "raises" in daemon.log()
    assert send("after")["engine"]["ruleset"] == live["engine"]["ruleset"]
    daemon.assert_balanced()
