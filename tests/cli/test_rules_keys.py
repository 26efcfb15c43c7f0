"""telsieve rules keygen, sign, verify: from a new key to a library that two persons have signed, and what goes wrong."""
import base64
import json
import os
import shutil
import stat
import subprocess

import pytest

from test_commands import ROOT, run


@pytest.fixture
def desk(tmp_path):
    """Two keys, both trusted, and a library."""
    for name in ["centre-a", "centre-b"]:
        assert run("rules", "keygen", "--dir", tmp_path, "--note", "值班", name).returncode == 0
    os.mkdir(tmp_path / "trusted")
    for name in ["centre-a.json", "centre-b.json"]:
        shutil.copy(tmp_path / name, tmp_path / "trusted")
    shutil.copy(os.path.join(ROOT, "patterns/refund.json"), tmp_path)
    return tmp_path


def sign(desk, key, *words, **more):
    return run("rules", "sign", "--key", desk / f"{key}.pem", *words, **more)


def verify(desk, *words):
    return run("rules", "verify", "--keys", desk / "trusted", *words, desk / "refund.json")


@pytest.mark.parametrize("word", ["keygen", "sign", "verify"])
def test_every_word_has_help_and_refuses_unknown_options(word):
    done = run("rules", word, "--help")
    assert done.returncode == 0 and f"usage: telsieve rules {word}" in done.stdout
    done = run("rules", word, "--no-such-option")
    assert done.returncode == 2 and f"telsieve rules {word}: unknown option --no-such-option" in done.stderr


def test_words_are_listed_and_wrong_ones_are_wrong_use():
    assert "keygen" in run("rules", "--help").stdout
    assert run("rules").returncode == 2
    done = run("rules", "sgn")
    assert done.returncode == 2 and 'did you mean "sign"' in done.stderr


def test_a_new_key_is_private_and_never_replaced(tmp_path):
    assert run("rules", "keygen", "--dir", tmp_path, "--from", "2026-11-22", "--until", "2027-02-28",
               "centre-a").returncode == 0
    before = (tmp_path / "centre-a.pem").read_text()
    assert stat.S_IMODE(os.stat(tmp_path / "centre-a.pem").st_mode) == 0o600
    public = json.loads((tmp_path / "centre-a.json").read_text())
    assert public["name"] == "centre-a" and len(base64.b64decode(public["public"])) == 32
    assert (public["from"], public["until"]) == ("2026-11-22", "2027-02-28")
    done = run("rules", "keygen", "--dir", tmp_path, "centre-a")
    assert done.returncode == 3 and "is there already" in done.stderr
    os.remove(tmp_path / "centre-a.json")
    done = run("rules", "keygen", "--dir", tmp_path, "centre-a")
    assert done.returncode == 3 and "never overwritten" in done.stderr
    assert (tmp_path / "centre-a.pem").read_text() == before and not (tmp_path / "centre-a.json").exists()


@pytest.mark.parametrize("words,said", [
    (["Centre"], "a-z, 0-9"), ([], "NAME"), (["a", "b"], "NAME"), (["--until", "2027-02-29", "a"], "a day such as"),
    (["--from", "2027-01-02", "--until", "2027-01-01", "a"], "before --from")])
def test_keygen_refuses(words, said, tmp_path):
    done = run("rules", "keygen", "--dir", tmp_path, *words)
    assert done.returncode == 2 and said in done.stderr and not os.listdir(tmp_path)


def test_one_signs_then_the_other_beside_him(desk):
    assert sign(desk, "centre-a", desk / "refund.json").returncode == 0
    assert "signed by centre-a\n" in verify(desk).stdout
    done = verify(desk, "--signatures", 2)
    assert done.returncode == 1 and "signed by 1 of the 2 different keys" in done.stderr
    assert sign(desk, "centre-a", desk / "refund.json").returncode == 0  # again: that is no second
    assert verify(desk, "--signatures", 2).returncode == 1
    assert sign(desk, "centre-b", desk / "refund.json").returncode == 0
    assert "signed by centre-a,centre-b\n" in verify(desk, "--signatures", 2).stdout
    sidecar = (desk / "refund.json.sig").read_text()
    assert sidecar.count("\n") == 1 and [s["key"] for s in json.loads(sidecar)["signatures"]] == ["centre-a", "centre-b"]


def test_openssl_agrees(desk):
    """What is signed is what the manual says, so that others can sign and verify without telsieve."""
    sign(desk, "centre-a", desk / "refund.json")
    signature = json.loads((desk / "refund.json.sig").read_text())["signatures"][0]["sig"]
    (desk / "signature").write_bytes(base64.b64decode(signature))
    (desk / "payload").write_bytes(b"telsieve library 1\nput\nrefund\n" + (desk / "refund.json").read_bytes())
    done = subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-inkey", desk / "centre-a.pem", "-in",
                           desk / "payload", "-sigfile", desk / "signature"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_library_that_changed_must_be_signed_by_all_again(desk):
    for key in ["centre-a", "centre-b"]:
        sign(desk, key, desk / "refund.json")
    with open(desk / "refund.json", "a", encoding="utf-8") as library:
        library.write("\n")
    done = verify(desk)
    assert done.returncode == 1 and 'the signature by "centre-b" does not fit' in done.stderr
    done = sign(desk, "centre-a", desk / "refund.json")
    assert done.returncode == 0 and "signatures of then are dropped" in done.stderr
    assert verify(desk).returncode == 0 and verify(desk, "--signatures", 2).returncode == 1


def test_a_rollback_is_signed_as_such(desk):
    assert sign(desk, "centre-a", "--rollback", "2026.12.1", desk / "refund.json").returncode == 0
    assert "in place of 2026.12.1, signed by centre-a" in verify(desk).stdout
    done = sign(desk, "centre-b", desk / "refund.json")
    assert done.returncode == 1 and "remove it to begin anew" in done.stderr
    assert sign(desk, "centre-b", "--rollback", "2026.12.1", desk / "refund.json").returncode == 0
    assert verify(desk, "--signatures", 2).returncode == 0


def test_a_withdrawal_is_a_line_for_the_header(desk):
    first = sign(desk, "centre-a", "--withdraw", "refund", "2026.11.22")
    assert first.returncode == 0 and json.loads(first.stdout)["over"] == "2026.11.22"
    both = sign(desk, "centre-b", "--withdraw", "refund", "2026.11.22", "--beside", "-", stdin=first.stdout)
    assert [s["key"] for s in json.loads(both.stdout)["signatures"]] == ["centre-a", "centre-b"]
    done = sign(desk, "centre-b", "--withdraw", "refund", "2026.11.23", "--beside", "-", stdin=first.stdout)
    assert done.returncode == 1 and "2026.11.22" in done.stderr
    for words in (["refund"], ["refund", "1", "2"]):
        assert sign(desk, "centre-a", "--withdraw", *words).returncode == 2


def test_an_expired_and_an_unknown_key_are_told(desk):
    sign(desk, "centre-a", desk / "refund.json")
    key = json.loads((desk / "trusted/centre-a.json").read_text())
    (desk / "trusted/centre-a.json").write_text(json.dumps(dict(key, **{"from": "2020-01-01", "until": "2020-12-31"})))
    done = verify(desk)
    assert done.returncode == 1 and '"centre-a" expired: its last day was 2020-12-31' in done.stderr
    os.remove(desk / "trusted/centre-a.json")
    done = verify(desk)
    assert done.returncode == 1 and '"centre-a" is not among those trusted' in done.stderr


def test_a_rollback_cannot_be_signed_in_passing(desk):
    done = run("rules", "push", "--sign", desk / "centre-a.pem", "--rollback", desk / "refund.json")
    assert done.returncode == 2 and "telsieve rules sign --rollback VERSION" in done.stderr
    done = run("rules", "push", "--sign", desk / "none.pem", "--name", "x", desk / "refund.json")
    assert done.returncode == 2 and "--name" in done.stderr
    done = run("rules", "push", "--sign", desk / "none.pem", desk / "refund.json")
    assert done.returncode == 1 and "none.pem: cannot be read" in done.stderr


def test_check_looks_at_the_keys_of_a_configuration(desk):
    conf = desk / "conf.json"

    def check(**rules):
        conf.write_text(json.dumps({"rules": {"require_signature": "on", "trusted_keys": str(desk / "trusted"), **rules}}))
        return run("check", "-c", conf, "-r", desk / "no-rules")
    assert "conf.json: valid" in check(signatures=2).stdout
    os.remove(desk / "trusted/centre-a.json")
    done = check(signatures=2)
    assert done.returncode == 1 and "1 of its keys are valid today, and libraries must be signed by 2" in done.stderr
    (desk / "trusted/centre-b.json").write_text("{}")
    done = check()
    assert done.returncode == 1 and 'centre-b.json:1:1: no key: "telsieve_key" must be 1' in done.stderr


def test_files_that_are_not_what_is_needed_are_told(desk):
    done = verify(desk)
    assert done.returncode == 1 and "refund.json.sig: cannot be read" in done.stderr
    (desk / "refund.json.sig").write_text('{"v":1,"signatures":[{"key":"centre-a","sig":"AAAA"}]}')
    for done in (verify(desk), sign(desk, "centre-a", desk / "refund.json")):
        assert done.returncode == 1 and "base64 of 64 bytes" in done.stderr
    (desk / "other.json").write_text("{")
    done = sign(desk, "centre-a", desk / "other.json")
    assert done.returncode == 1 and "other.json:1:1: not JSON" in done.stderr
    done = run("rules", "sign", "--key", desk / "centre-a.json", "--name", "centre-a", desk / "refund.json")
    assert done.returncode == 1 and "no private key in PEM" in done.stderr
    done = run("rules", "verify", "--keys", desk / "none", desk / "refund.json")
    assert done.returncode == 1 and "cannot be read" in done.stderr
