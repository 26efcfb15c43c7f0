"""telsieve rules promote, beside a node of paper."""
import pytest

from test_commands import run
from test_rules_client import HASH, desk, node, way  # noqa: F401 (fixtures)

ROWS = [{"what": "judged", "have": 4812, "need": "at least", "want": 100000, "ok": False, "how": "records of it"},
        {"what": "hit_rate", "have": 0.00012, "need": "at most", "want": 0.0005, "ok": True, "how": "0 hits"}]
PAGE = {"rule": "X-1", "library": "trial", "version": "2", "state": "shadow", "criteria": ROWS}
NEXT = {"version": "2.1", "sha256": HASH}


def test_a_refusal_shows_the_arithmetic(node, desk):  # noqa: F811
    node.pages["POST /rules/promote?rule=X-1"] = (409, dict(PAGE, problem="X-1 stays in shadow"))
    done = run("rules", "promote", *way(node, desk), "X-1")
    assert done.returncode == 1 and done.stderr == f"{node.url}: X-1 stays in shadow\n"
    rows = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert rows == ["judged 4812 at least 100000 no records of it", "hit_rate 0.00012 at most 0.0005 ok 0 hits"]


def test_trying_changes_nothing(node, desk):  # noqa: F811
    node.pages["POST /rules/promote?rule=X-1&try=1"] = (200, dict(PAGE, next=NEXT, text="{}"))
    done = run("rules", "promote", *way(node, desk), "--try", "X-1")
    assert done.returncode == 0 and "X-1 may go live, as trial 2.1" in done.stdout
    assert [asked[:2] for asked in node.asked] == [("POST", "/rules/promote?rule=X-1&try=1")]


def test_the_library_can_be_had_to_be_signed(node, desk):  # noqa: F811
    node.pages["POST /rules/promote?rule=X-1&try=1"] = (200, dict(PAGE, next=NEXT, text="{\n \"甲\": 1}\n"))
    done = run("rules", "promote", *way(node, desk), "--out", desk / "out.json", "X-1")
    assert done.returncode == 0 and "out.json: trial 2.1, with X-1 live" in done.stdout
    assert (desk / "out.json").read_bytes() == "{\n \"甲\": 1}\n".encode()
    done = run("rules", "promote", *way(node, desk), "--out", desk / "no/out.json", "X-1")
    assert done.returncode == 3 and "no/out.json" in done.stderr


def test_the_node_is_followed_until_it_has_it(node, desk):  # noqa: F811
    path = "POST /rules/promote?rule=X-1&force=1&why=a%20wave%20%26%20more%3D1%20%E6%B3%A2"
    node.pages[path] = (202, dict(PAGE, next=NEXT, answer={"result": "waiting"}))
    node.answers = [{"library": "trial", "result": "accepted", "version": "2.1", "sha256": HASH, "generation": 8}]
    words = ["rules", "promote", *way(node, desk), "--force", "--why", "a wave & more=1 波", "X-1"]
    done = run(*words)
    assert done.returncode == 0 and "trial 2.1, with X-1 live, is offered" in done.stdout, done.stderr
    done = run(*words, "--wait")
    assert done.returncode == 0 and done.stdout.splitlines()[-1].split() == \
        ["gw-1", "trial", "2.1", "accepted", "generation", "8"]


def test_a_library_that_is_refused_after_all_is_told(node, desk):  # noqa: F811
    node.pages["POST /rules/promote?rule=X-1"] = (422, dict(PAGE, next=NEXT, answer={"result": "refused"}))
    node.answers = [{"library": "trial", "result": "refused", "version": "2.1", "sha256": HASH, "generation": 7,
                     "errors": [{"file": "/rules/trial", "line": 3, "col": 1, "what": "needs a \"hit\" sample"}]}]
    done = run("rules", "promote", *way(node, desk), "X-1")
    assert done.returncode == 1 and done.stderr == '/rules/trial:3:1: needs a "hit" sample\n'


def test_an_unknown_rule_and_a_missing_token_are_told(node, desk):  # noqa: F811
    node.pages["POST /rules/promote?rule=X-9"] = (404, {"problem": "no library that is live has a rule of this id"})
    done = run("rules", "promote", *way(node, desk), "X-9")
    assert done.returncode == 1 and "rule of this id" in done.stderr
    done = run("rules", "promote", "--node", node.url, "X-1")
    assert done.returncode == 3 and "--token-file FILE gives it" in done.stderr


@pytest.mark.parametrize("words,said", [
    ([], "which rule?"), (["X-1", "X-2"], "one rule at a time"), (["--force", "X-1"], "--force and --why"),
    (["--why", "so", "X-1"], "--force and --why"), (["--sign", "k.pem", "X-1"], "--sign goes with --topic"),
    (["--wait", "--out", "y", "X-1"], "--wait waits for"), (["--wait", "--try", "X-1"], "--wait waits for"),
    (["--topic", "X-1"], "-c FILE"), (["--topic", "-c", "x", "--out", "y", "X-1"], "either --out")])
def test_wrong_use_is_told(words, said):
    done = run("rules", "promote", *words)
    assert done.returncode == 2 and said in done.stderr and done.stderr.count("\n") == 1
