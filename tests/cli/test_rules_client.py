"""telsieve rules list, show, push, withdraw, rollback, diff, history: what needs no broker, beside a node of paper."""
import hashlib
import http.server
import json
import os
import socket
import threading

import pytest

from test_commands import ROOT, run

TOKEN = "an-invented-token"
HASH = "sha256:" + "0123456789abcdef" * 4


def library(version="2", **more):
    return {"telsieve": 1, "library": "trial", "family": "X", "title": "试验", "version": version,
            "sets": {"one": {"role": "T", "phrases": ["石狮子旁边"]}}, "rules": [{"id": "X-1", "tier": "low"}], **more}


class Node(http.server.ThreadingHTTPServer):
    """Says what it is told to, and notes what it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url, self.asked = f"http://127.0.0.1:{self.server_port}", []
        self.pages = {"GET /rules/trial": (200, library())}
        self.answers = []

    def rules(self):
        live = {"library": "trial", "version": "2", "from": "http", "sha256": HASH,
                "rules": {"live": 3, "canary": 4, "shadow": 2, "off": 1}}
        return {"generations": [{"generation": 7, "state": "active", "hash": HASH}, {"generation": 6, "state": "warm"}],
                "control": {"node": "gw-1", "trouble": "", "answers": self.answers, "libraries": [live]}}


class Handler(http.server.BaseHTTPRequestHandler):
    def reply(self):
        node = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        node.asked.append((self.command, self.path, body, dict(self.headers)))
        if self.command != "GET" and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            status, page = 401, "the bearer token of admin.token is needed here\n"
        elif (self.command, self.path) == ("GET", "/rules"):
            status, page = 200, node.rules()
        else:
            status, page = node.pages.get(f"{self.command} {self.path}", (404, "no such page\n"))
        text = (json.dumps(page, ensure_ascii=False) if isinstance(page, dict) else page).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_PUT = do_POST = do_DELETE = reply

    def log_message(self, *_):
        pass


@pytest.fixture
def node():
    node = Node()
    thread = threading.Thread(target=node.serve_forever, daemon=True)
    thread.start()
    yield node
    node.shutdown()
    node.server_close()


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    (tmp_path / "trial.json").write_text(json.dumps(library("3"), ensure_ascii=False))
    return tmp_path


def way(node, desk):
    return ["--node", node.url, "--token-file", desk / "token"]


WORDS = ["list", "show", "push", "withdraw", "rollback", "promote", "diff", "history", "recall"]


@pytest.mark.parametrize("word", WORDS)
def test_every_word_has_help_and_refuses_unknown_options(word):
    done = run("rules", word, "--help")
    assert done.returncode == 0 and f"usage: telsieve rules {word}" in done.stdout
    done = run("rules", word, "--no-such-option")
    assert done.returncode == 2 and f"telsieve rules {word}: unknown option --no-such-option" in done.stderr


def test_manual_page_has_every_word_and_every_option():
    with open(os.path.join(ROOT, "docs/telsieve.1")) as file:
        manual = file.read()
    for word in WORDS:
        assert f".It Cm rules {word}\n" in manual
        for option in [line.split()[0] for line in run("rules", word, "--help").stdout.splitlines()
                       if line.startswith("      --")]:
            assert f"Fl -{option[2:]}" in manual, (word, option)


@pytest.mark.parametrize("words,said", [
    (["push"], "which files?"), (["withdraw"], "which library?"), (["show"], "which library?"),
    (["show", "../x"], "a-z, 0-9"), (["diff"], "NAME"), (["diff", "No Name"], "a-z, 0-9"),
    (["list", "more"], "unexpected"), (["rollback", "trial"], "push --rollback"),
    (["rollback", "--topic", "-c", "x"], "push --rollback --topic"), (["list", "--topic"], "-c FILE"),
    (["list", "--topic", "-c", "x", "--node", "y"], "either --topic"), (["list", "--wait", "abc"], "8 digits"),
    (["list", "--timeout", "0"], "at least 1"), (["list", "--timeout", "100000"], "at most a day"),
    (["diff", "a.json", "b.json", "--with", "x"], "two nodes"),
    (["push", "--signature", "s", "a", "b"], "FILE.sig each"), (["recall"], "which rule?"),
    (["recall", "X-1"], "-c FILE"), (["recall", "X-1", "-c", "x"], "--from TIME"),
    (["recall", "X-1", "-c", "x", "--from", "-1h", "--to", "-2h"], "not before --to"),
    (["recall", "X-1", "-c", "x", "--from", "soon"], '"soon" is no time'),
    (["recall", "X-1", "-c", "x", "--from", "-1h", "--why", os.fsdecode("误报".encode("gbk"))], "--why is UTF-8")])
def test_wrong_use_is_told(words, said):
    done = run("rules", *words)
    assert done.returncode == 2 and said in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("words", [["list"], ["show", "trial"], ["push", "patterns/refund.json"],
                                   ["withdraw", "trial"], ["rollback"], ["promote", "X-1"], ["diff", "refund"]])
def test_a_node_that_is_not_there_is_one_line_that_says_what_to_do(words):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        done = run("rules", *words, "--node", f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert done.returncode == 3 and done.stderr.count("\n") == 1 and "admin.listen" in done.stderr


def test_brokers_that_are_not_there_are_told(tmp_path):
    config = {"kafka": {"common": {"bootstrap.servers": "127.0.0.1:1"}},
              "control": {"rules": "control.rules", "status": "control.status"}}
    (tmp_path / "conf.json").write_text(json.dumps(config))
    for words in (["list"], ["push", "patterns/refund.json"], ["push", "--wait", "patterns/refund.json"]):
        done = run("rules", *words, "--topic", "-c", tmp_path / "conf.json", "--timeout", "2")
        assert done.returncode == 3 and "onnect" in done.stderr and "level=" not in done.stderr, done
        assert not done.stdout
    config["control"]["status"] = ""
    (tmp_path / "conf.json").write_text(json.dumps(config))
    done = run("rules", "list", "--topic", "-c", tmp_path / "conf.json")
    assert done.returncode == 1 and "control.status names no topic" in done.stderr


def test_list_is_a_table_or_json(node):
    done = run("rules", "list", "--node", node.url)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["gw-1", "7", "0123456789ab", "1", "ready"] in rows
    assert ["trial", "2", "3/4/2/1", "http", "0123456789ab"] in rows
    listed = json.loads(run("rules", "list", "--node", node.url + "/", "--json").stdout)
    assert listed[0]["generation"] == 7 and listed[0]["libraries"][0]["sha256"] == HASH


def test_list_waits_for_a_hash_or_a_version(node):
    for what in ("trial@2", HASH, "01234567"):
        assert run("rules", "list", "--node", node.url, "--wait", what).returncode == 0
    done = run("rules", "list", "--node", node.url, "--wait", "trial@3", "--timeout", "1")
    assert done.returncode == 4 and "after 1 s" in done.stderr


def test_a_page_cannot_steer_the_terminal(node):
    node.answers = [{"library": "trial", "result": "refused", "version": "3", "asked": "put",
                     "errors": [{"what": "\x1b[31mred"}]}]
    done = run("rules", "list", "--node", node.url)
    assert "refused" in done.stdout and "\x1b" not in done.stdout


def test_push_sends_bytes_signature_and_token(node, desk):
    node.pages["PUT /rules/trial"] = (202, {"result": "waiting"})
    signature = {"v": 1, "signatures": [{"key": "centre-a", "sig": "A" * 86 + "=="}]}
    (desk / "trial.json.sig").write_text(json.dumps(signature) + "\n")
    done = run("rules", "push", *way(node, desk), desk / "trial.json")
    assert done.returncode == 0, done.stderr
    method, path, body, headers = node.asked[0]
    assert (method, path, body) == ("PUT", "/rules/trial", (desk / "trial.json").read_bytes())
    assert json.loads(headers["Telsieve-Signature"]) == signature
    done = run("rules", "push", *way(node, desk), "--rollback", desk / "trial.json")
    assert done.returncode == 1 and "not signed for a rollback" in done.stderr
    os.remove(desk / "trial.json.sig")
    node.pages["PUT /rules/trial?rollback=1"] = (202, {"result": "waiting"})
    assert run("rules", "push", *way(node, desk), "--rollback", desk / "trial.json").returncode == 0


def test_push_tells_what_is_wrong_in_the_file_that_was_pushed(node, desk):
    node.pages["PUT /rules/trial"] = (422, {"result": "refused"})
    sha256 = hashlib.sha256((desk / "trial.json").read_bytes()).hexdigest()
    node.answers = [{"library": "trial", "result": "refused", "version": "3", "asked": "put", "generation": 7,
                     "sha256": f"sha256:{sha256}",
                     "errors": [{"file": "/rules/trial", "line": 31, "col": 14, "what": "unknown set \"demnd\""}]}]
    done = run("rules", "push", *way(node, desk), "--wait", desk / "trial.json")
    assert done.returncode == 1 and f'{desk}/trial.json:31:14: unknown set "demnd"\n' == done.stderr
    assert done.stdout.split() == ["gw-1", "trial", "3", "refused", "generation", "7"]
    said = json.loads(run("rules", "push", *way(node, desk), "--json", desk / "trial.json").stdout)
    assert said[0]["node"] == "gw-1" and said[0]["errors"][0]["line"] == 31


def test_nothing_is_sent_when_a_file_is_bad(node, desk):
    (desk / "bad.json").write_text("{")
    done = run("rules", "push", *way(node, desk), desk / "trial.json", desk / "bad.json")
    assert done.returncode == 1 and "bad.json:1:1: not JSON" in done.stderr and not node.asked


def test_push_waits_no_longer_than_it_is_told(node, desk):
    node.pages["PUT /rules/trial"] = (202, {"result": "waiting"})
    done = run("rules", "push", *way(node, desk), "--wait", "--timeout", "1", desk / "trial.json")
    assert done.returncode == 4 and "not every node has answered" in done.stderr and "no answer" in done.stdout


def test_a_token_that_is_missing_or_wrong_is_told(node, desk):
    done = run("rules", "withdraw", "--node", node.url, "trial")
    assert done.returncode == 3 and "--token-file FILE gives it" in done.stderr
    (desk / "token").write_text("another\n")
    done = run("rules", "withdraw", *way(node, desk), "trial")
    assert done.returncode == 3 and "is another" in done.stderr
    (desk / "token").write_text("\n")
    done = run("rules", "withdraw", *way(node, desk), "trial")
    assert done.returncode == 1 and "its first line must be the token" in done.stderr


def test_withdraw_and_rollback(node, desk):
    node.pages["DELETE /rules/other"] = (202, {"result": "waiting"})
    done = run("rules", "withdraw", *way(node, desk), "--wait", "other")
    assert done.returncode == 0 and "withdrawn" in done.stdout
    node.pages["POST /rules/rollback"] = (200, "the rules before are live again\n")
    assert run("rules", "rollback", *way(node, desk)).returncode == 0
    node.pages["POST /rules/rollback"] = (409, "there are no rules to go back to\n")
    done = run("rules", "rollback", *way(node, desk))
    assert done.returncode == 1 and "no rules to go back to" in done.stderr


def test_show_is_the_library(node):
    assert json.loads(run("rules", "show", "--node", node.url, "trial").stdout) == library()
    done = run("rules", "show", "--node", node.url, "other")
    assert done.returncode == 1 and 'no library "other"' in done.stderr


def test_diff_tells_phrases_by_set_and_keys_by_rule(node, desk):
    after = library("3", sets={"one": {"role": "T", "phrases": [{"p": "石狮子旁边", "weight": 2}, "东门集合"]},
                               "two": {"role": "A", "phrases": ["带上水杯"]}},
                    rules=[{"id": "X-2", "tier": "low"}, {"id": "X-1", "tier": "high"}])
    (desk / "trial.json").write_text(json.dumps(after, ensure_ascii=False))
    text = run("rules", "diff", "--node", node.url, desk / "trial.json").stdout
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[0] == 'trial "2" -> "3"'
    for line in ('phrases + "东门集合"', 'set two added', 'phrases + "带上水杯"', 'rule X-2 added', 'rule X-1 changed',
                 'tier "low" -> "high"', 'phrases ~ "石狮子旁边" -> {"p": "石狮子旁边", "weight": 2}'):
        assert line in lines, (line, lines)
    diff = json.loads(run("rules", "diff", "--node", node.url, "--json", desk / "trial.json").stdout)
    assert [(rule["name"], rule["change"]) for rule in diff["rules"]] == [("X-1", "changed"), ("X-2", "added")]


def test_diff_of_files_of_nodes_and_of_another_order(node, desk):
    done = run("rules", "diff", desk / "trial.json", desk / "trial.json")
    assert done.returncode == 0 and "no difference" in done.stdout
    assert "no difference" in run("rules", "diff", "--node", node.url, "--with", node.url, "trial").stdout
    phrases = library("3", sets={"one": {"phrases": ["石狮子旁边"], "role": "T"}})
    (desk / "again.json").write_text(json.dumps(phrases))
    assert "no difference" in run("rules", "diff", desk / "trial.json", desk / "again.json").stdout
    assert "no difference" in run("rules", "diff", "--node", node.url, "-r", desk, "trial").stdout


def test_history_is_the_audit_log(tmp_path):
    lines = [{"at": f"2026-11-22T09:00:0{i}.000+08:00", "what": "put", "way": "http", "who": "token from 127.0.0.1",
              "library": "trial", "version": str(i), "result": "accepted", "before": HASH, "after": HASH,
              "generation": i} for i in (1, 2)]
    lines.append(dict(lines[1], what="promote", rule="X-1", why="a wave"))
    audit = tmp_path / "audit.jsonl"
    audit.write_text("".join(json.dumps(line) + "\n" for line in lines))
    rows = run("rules", "history", audit).stdout.splitlines()
    assert len(rows) == 4 and rows[0].startswith("at") and "promote X-1" in rows[3] and "a wave" in rows[3] and "09:00:02" in rows[2] and "0123456789ab" in rows[2]
    (tmp_path / "conf.json").write_text(json.dumps({"audit": {"file": str(audit)}}))
    done = run("rules", "history", "--json", "-c", tmp_path / "conf.json")
    assert [json.loads(line) for line in done.stdout.splitlines()] == lines
    audit.write_text(audit.read_text() + "torn\n")
    done = run("rules", "history", audit)
    assert done.returncode == 1 and "audit.jsonl:4:1" in done.stderr and len(done.stdout.splitlines()) == 4
    (tmp_path / "conf.json").write_text("{}")
    done = run("rules", "history", "-c", tmp_path / "conf.json")
    assert done.returncode == 1 and "audit.file is empty" in done.stderr
