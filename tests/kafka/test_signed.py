"""Libraries that must be signed: what a node refuses from whoever controls the topic or has the token."""
import json
import subprocess

import pytest

from feeding import CLEAN, library
from harness import TELSIEVE, record, wait_for
from test_control import TOKEN, change


class Desk:
    """Where libraries are signed: keys a and b that nodes trust, and old, which has expired; stranger is not trusted."""

    def __init__(self, folder):
        self.folder, self.keys = folder, folder / "keys"
        self.keys.mkdir()
        for name, days in [("a", []), ("b", []), ("old", ["--from", "2020-01-01", "--until", "2020-12-31"])]:
            self.telsieve("keygen", "--dir", folder, *days, name)
            self.trust(name)
        self.telsieve("keygen", "--dir", folder, "stranger")

    def telsieve(self, *words):
        done = subprocess.run([TELSIEVE, "rules", *map(str, words)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def trust(self, name):
        (self.keys / f"{name}.json").write_bytes((self.folder / f"{name}.json").read_bytes())

    def sign(self, value, *keys, rollback=None):
        """The line for the header, signed by each of the keys."""
        path, sidecar = self.folder / "library.json", self.folder / "library.json.sig"
        path.write_text(json.dumps(value, ensure_ascii=False))
        sidecar.unlink(missing_ok=True)
        for key in keys:
            self.telsieve("sign", "--key", self.folder / f"{key}.pem", *(["--rollback", rollback] if rollback else []), path)
        return sidecar.read_text().strip()

    def withdraw(self, name, version, key="a"):
        return self.telsieve("sign", "--key", self.folder / f"{key}.pem", "--withdraw", name, version).strip()


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def start(world, platform, desk, require="on", **more):
    return world.daemon(rules__require_signature=require, rules__trusted_keys=str(desk.keys), admin__token=TOKEN, **more,
                        **platform.options("a")).start()


def judge(world, name):
    world.broker.produce(world.input, [record(name, CLEAN, calling="1391234{:04d}", ingress="onnet")])
    world.wait_consumed()
    return {rule["id"] for warning in world.warned().get(name, []) for rule in warning["rules"]}


def last_is(platform, name, result, version, said=""):
    """The last answer is this one, for this reason."""
    def found():
        last = platform.answers(name)[-1:]
        return last and last[0]["result"] == result and version in (None, last[0].get("version")) and \
            said in json.dumps(last[0].get("errors", []), ensure_ascii=False)
    wait_for(f"{name} to be {result} {said}; said: {platform.answers(name)}", found)
    return platform.answers(name)[-1]


def refused(platform, name, said, version=None):
    return last_is(platform, name, "refused", version, said)


def accepted(platform, name, version):
    return last_is(platform, name, "accepted", version)


def test_only_what_a_trusted_key_signed_goes_live(world, platform, desk):
    daemon = start(world, platform, desk)
    one = library("trial", "1")
    platform.send("trial", one)
    refused(platform, "trial", "it is not signed")
    platform.send("trial", one, signature=desk.sign(one, "stranger"))
    refused(platform, "trial", '\\"stranger\\" is not among those trusted')
    platform.send("trial", one, signature=desk.sign(one, "old"))
    refused(platform, "trial", '\\"old\\" expired: its last day was 2020-12-31')
    platform.send("trial", one, signature=desk.sign(library("trial", "2"), "a"))
    refused(platform, "trial", "does not fit")
    platform.send("trial", one, signature=desk.sign(one, "a")[:-3])
    refused(platform, "trial", "not a JSON object")
    platform.send("other", dict(one, library="other"), signature=desk.sign(one, "a"))
    refused(platform, "other", "does not fit")
    assert change(daemon, "PUT", "/rules/trial", json.dumps(one, ensure_ascii=False).encode())[0] == 422
    assert judge(world, "before") == set()
    platform.send("trial", one, signature=desk.sign(one, "a"))
    assert accepted(platform, "trial", "1")["source"]["signers"] == "a"
    assert judge(world, "signed") == {"X-901"}
    two = library("trial", "2", rule="X-902")
    status, text = change(daemon, "PUT", "/rules/trial", json.dumps(two, ensure_ascii=False).encode(),
                          **{"Telsieve-Signature": desk.sign(two, "b")})
    assert status == 202, text
    accepted(platform, "trial", "2")
    assert judge(world, "by-http") == {"X-902"}


def test_nothing_that_was_sent_once_can_be_replayed(world, platform, desk):
    daemon = start(world, platform, desk)
    one, two, three = library("trial", "1"), library("trial", "2", rule="X-902"), library("trial", "3", rule="X-903")
    signed = {version: desk.sign(value, "a") for version, value in ((1, one), (2, two), (3, three))}
    for version, value in ((1, one), (2, two)):
        platform.send("trial", value, signature=signed[version])
        accepted(platform, "trial", str(version))
    platform.send("trial", one, signature=signed[1])
    refused(platform, "trial", "not above 2", "1")
    platform.send("trial", one, signature=signed[1], action="rollback")
    refused(platform, "trial", "must be signed as such", "1")
    platform.send("trial", None, signature=signed[2])
    refused(platform, "trial", "must be signed as such")
    platform.send("trial", None)
    refused(platform, "trial", "it is not signed")
    status, text = change(daemon, "POST", "/rules/rollback")
    assert status == 409 and "rules.require_signature" in text
    assert judge(world, "still") == {"X-902"}
    back, gone = desk.sign(one, "a", rollback="2"), desk.withdraw("trial", "2")
    platform.send("trial", one, signature=back, action="rollback")
    accepted(platform, "trial", "1")
    assert judge(world, "back") == {"X-901"}
    platform.send("trial", three, signature=signed[3])
    accepted(platform, "trial", "3")
    platform.send("trial", one, signature=back, action="rollback")
    refused(platform, "trial", "and 3 was accepted since", "1")
    platform.send("trial", None, signature=gone)
    refused(platform, "trial", "and 3 was accepted since")
    assert judge(world, "not-back") == {"X-903"}
    platform.send("trial", None, signature=desk.withdraw("trial", "3"))
    platform.wait_answer("trial", "withdrawn")
    assert judge(world, "gone") == set()
    platform.send("trial", three, signature=signed[3])
    refused(platform, "trial", "not above 3", "3")


def test_by_the_commands_as_the_manual_has_them(world, platform, desk):
    daemon = start(world, platform, desk, rules__signatures=2)
    path, sidecar, both = desk.folder / "trial.json", desk.folder / "trial.json.sig", desk.folder / "both"
    a, b = desk.folder / "a.pem", desk.folder / "b.pem"
    way = ["--topic", "-c", daemon.config_file, "--wait"]
    path.write_text(json.dumps(library("trial", "1"), ensure_ascii=False, indent=2))
    desk.telsieve("sign", "--key", a, path)
    with pytest.raises(AssertionError, match="signed by 1 of the 2 different keys"):
        desk.telsieve("push", *way, path)
    desk.telsieve("push", *way, "--sign", b, path)
    assert judge(world, "pushed") == {"X-901"} and accepted(platform, "trial", "1")["source"]["signers"] == "a,b"
    path.write_text(json.dumps(library("trial", "2", rule="X-902"), ensure_ascii=False, indent=2))
    sidecar.unlink()
    for key in (a, b):
        desk.telsieve("sign", "--key", key, path)
    desk.telsieve("push", *way, path)
    assert judge(world, "second") == {"X-902"}
    path.write_text(json.dumps(library("trial", "1"), ensure_ascii=False, indent=2))
    sidecar.unlink()
    for key in (a, b):
        desk.telsieve("sign", "--key", key, "--rollback", "2", path)
    desk.telsieve("push", *way, "--rollback", path)
    assert judge(world, "back") == {"X-901"}
    (desk.folder / "one").write_text(desk.withdraw("trial", "2"))
    both.write_text(desk.telsieve("sign", "--key", b, "--withdraw", "trial", "2", "--beside", desk.folder / "one"))
    desk.telsieve("withdraw", *way, "--signature", both, "trial")
    assert judge(world, "gone") == set()


def test_four_eyes(world, platform, desk):
    start(world, platform, desk, rules__signatures=2)
    one = library("trial", "1")
    platform.send("trial", one, signature=desk.sign(one, "a"))
    refused(platform, "trial", "signed by 1 of the 2 different keys")
    platform.send("trial", one, signature=desk.sign(one, "a", "b"))
    accepted(platform, "trial", "1")
    assert judge(world, "signed") == {"X-901"}


def test_keys_are_read_again_at_a_reload(world, platform, desk):
    daemon = start(world, platform, desk)
    one = library("trial", "1")
    signature = desk.sign(one, "stranger")
    desk.trust("stranger")
    reloads = daemon.metrics()['telsieve_reloads_total{result="succeeded"}']
    assert change(daemon, "POST", "/reload")[0] == 202
    wait_for("the reload", lambda: daemon.metrics()['telsieve_reloads_total{result="succeeded"}'] > reloads)
    platform.send("trial", one, signature=signature)
    accepted(platform, "trial", "1")


def test_what_is_absent_from_the_topic_is_kept(world, platform, desk, tmp_path):
    options = {"control__state": str(tmp_path / "state")}
    daemon = start(world, platform, desk, **options)
    for name in ("kept", "other"):
        value = library(name, "1", rule="X-901" if name == "kept" else "X-902")
        platform.send(name, value, signature=desk.sign(value, "a"))
        accepted(platform, name, "1")
    daemon.stop()
    platform.broker.delete(platform.rules)
    platform.make(platform.rules)
    value = library("new", "1", rule="X-903")
    platform.send("new", value, signature=desk.sign(value, "a"))
    start(world, platform, desk, **options)
    refused(platform, "kept", "absent from the topic")
    accepted(platform, "new", "1")
    assert judge(world, "kept") == {"X-901", "X-902", "X-903"}


def test_warn_takes_what_is_not_signed_and_says_so(world, platform, desk):
    daemon = start(world, platform, desk, "warn")
    platform.send("trial", library("trial", "1"))
    accepted(platform, "trial", "1")
    assert platform.answers("trial")[-1]["source"]["signers"] == "unsigned"
    assert "event=unsigned" in daemon.log() and judge(world, "unsigned") == {"X-901"}
