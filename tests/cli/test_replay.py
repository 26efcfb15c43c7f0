"""telsieve replay over files: the same warnings as scan, what two rule folders say differently, and wrong use."""
import json
import os
import re
import shutil

import pytest

from test_commands import ROOT, run

FRAUD = "您的快递丢失,可双倍理赔,请添加理赔客服QQ:2801234567办理"
LAWFUL = "晚上回来吃饭吗?我买了鱼和豆腐,给你炖汤。"


def record(name, text=FRAUD, ts=1763776800000):
    return json.dumps({"v": 1, "kind": "sms", "id": name, "ts": ts, "calling": "0085255501234",
                       "called": "13812345678", "ingress": "intl", "text": text}, ensure_ascii=False)


@pytest.fixture
def records(tmp_path):
    file = tmp_path / "records.jsonl"
    lines = [record(f"r-{i}", FRAUD if i % 10 == 0 else LAWFUL, 1763776800000 + i * 1000) for i in range(500)]
    file.write_text("\n".join([*lines, "{broken"]) + "\n")
    return file


@pytest.fixture
def tried(tmp_path):
    """The shipped rules without the rule that speaks on FRAUD."""
    folder = tmp_path / "tried"
    shutil.copytree(os.path.join(ROOT, "patterns"), folder)
    library = json.loads((folder / "refund.json").read_text())
    next(rule for rule in library["rules"] if rule["id"] == "R-010")["state"] = "off"
    (folder / "refund.json").write_text(json.dumps(library, ensure_ascii=False))
    return folder


def replay(*words):
    done = run("replay", "-q", "--json", *words)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    return lines[:-1], json.loads(lines[-1])["summary"]


def without_clock(warning):
    return re.sub(r'"detected":\d+,', "", warning)


def columns(file):
    rows = ["v,kind,id,ts,calling,called,ingress,text"]
    rows += [f'1,sms,c-{i},1763776800000,0085255501234,13812345678,intl,"{FRAUD if i % 3 else LAWFUL}"'
             for i in range(50)]
    file.write_text("\n".join(rows) + "\n")


def test_files_give_the_warnings_of_scan(records):
    columns(records.parent / "records.csv")
    for file, more in [(records, []), (records.parent / "records.csv", ["--format", "csv"])]:
        scanned = run("scan", "-q", *more, file).stdout.splitlines()
        lines, summary = replay("--rules", "patterns", "--against", "none", "--show", 1000, *more, file)
        replayed = [line[line.index(',"warning":') + len(',"warning":'):-1] for line in lines]
        assert len(scanned) > 30 and [*map(without_clock, scanned)] == [*map(without_clock, replayed)]
    assert summary["records"] == 50


def test_changes_counts_and_load(records, tried):
    lines, summary = replay("--rules", tried, "--against", "patterns", "--show", 1, records)
    changes = [json.loads(line) for line in lines]
    assert {change["change"] for change in changes} == {"changed"} and summary["changed"] == len(changes) == 50
    assert summary["same"] == 451 and summary["new"]["dead_lettered"] == summary["old"]["dead_lettered"] == 1
    first = changes[0]
    assert first["source"] == {"file": str(records), "line": 1, "sub": 0}
    assert first["old"]["rules"][0]["id"] == "R-010" and "claim" in first["old"]["rules"][0]["sets"]
    assert "R-010" not in [rule["id"] for rule in first["new"]["rules"]]
    counts = {rule["id"]: (rule["old"], rule["new"]) for rule in summary["rules"]}
    assert counts["R-010"] == (50, 0)
    assert summary["new"]["ruleset"] != summary["old"]["ruleset"]
    assert summary["new"]["warnings_per_day"] == pytest.approx(50 * 86400 / 499)
    assert "warning" in first and "warning" not in changes[1]


def test_added_and_removed(records, tried):
    for library in os.listdir(tried):  # the shared sets stay, and the rules that rest on numbers go
        file = tried / library
        if library.endswith(".json") and '"rules"' in file.read_text():
            text = json.loads(file.read_text())
            for rule in text.get("rules", []):
                rule["state"] = "off"
            file.write_text(json.dumps(text, ensure_ascii=False))
    removed, summary = replay("--rules", tried, "--against", "patterns", records)
    assert summary["removed"] == len(removed) == 50 and summary["added"] == summary["changed"] == 0
    assert json.loads(removed[0])["new"] == {"verdict": "clean"}
    added, summary = replay("--rules", "patterns", "--against", tried, records)
    assert summary["added"] == len(added) == 50
    assert [json.loads(line)["id"] for line in added] == [json.loads(line)["id"] for line in removed]


def test_no_text_and_no_number_unless_asked(records, tried):
    done = run("replay", "--rules", tried, "--against", "patterns", records)
    assert done.returncode == 0 and "R-010(" in done.stdout and "50 changed" in done.stdout
    for secret in ["理赔", "2801234567", "85255501234", "13812345678"]:
        assert secret not in done.stdout + done.stderr
        assert secret not in "".join(replay("--rules", tried, "--against", "patterns", records)[0])
    done = run("replay", "--rules", tried, "--against", "patterns", "--show", 2, records)
    assert done.stdout.count(FRAUD) == 2 and done.stdout.count("+85255501234") == 2


def test_times_of_files_are_the_records_own(records):
    from_ms, to_ms = 1763776800000 + 100 * 1000, 1763776800000 + 200 * 1000
    lines, summary = replay("--against", "none", "--from", from_ms, "--to", to_ms, records)
    assert [json.loads(line)["source"]["line"] for line in lines] == list(range(101, 201, 10))
    assert summary["first_ts"] == from_ms and summary["last_ts"] == to_ms - 1000
    # 2025-11-22T02:00:00Z is 1763776800
    for at in ["2025-11-22T10:01:40", "2025-11-22T02:01:40Z", "2025-11-22 11:01:40+09:00", "20251122100140",
               "2025-11-22T10:01:40.000+0800"]:
        assert replay("--against", "none", "--from", at, "--to", to_ms, records)[1]["first_ts"] == from_ms, at


@pytest.mark.parametrize("words,code,why", [
    ([], 2, "which rules"),
    (["--rules", "patterns"], 2, "--from TIME"),
    (["--rules", "patterns", "--from", "soon"], 2, '"soon" is no time'),
    (["--rules", "patterns", "--from", "2026-02-30"], 2, "is no time"),
    (["--rules", "patterns", "--from", "-2y"], 2, "is no time"),
    (["--rules", "patterns", "--from", "-2h", "--to", "-3h"], 2, "not before --to"),
    (["--rules", "none", "x"], 2, "cannot be none"),
    (["--rules", "patterns", "--topic", "a", "x"], 2, "either files or --topic"),
    (["--rules", "patterns", "--rate", "5", "x"], 2, "--rate is for topics"),
    (["--rules", "patterns", "--emit", "--yes", "x"], 2, "--emit is for topics"),
    (["--rules", "patterns", "--emit", "--from", "-1h"], 2, "say --yes"),
    (["--rules", "patterns", "--withdraw", "--yes", "x"], 2, "--withdraw is for topics"),
    (["--rules", "patterns", "--withdraw", "--from", "-1h"], 2, "say --yes"),
    (["--rules", "patterns", "--against", "none", "--withdraw", "--from", "-1h"], 2, "none warns of nothing"),
    (["--dead-letters", "--withdraw"], 2, "dead letters were not"),
    (["--rules", "patterns", "--rate", "0"], 2, "at least 1"),
    (["--rules", "patterns", "--partitions", "3-1"], 2, "no list of partitions"),
    (["--rules", "patterns", "--partitions", "a"], 2, "no list of partitions"),
    (["--rules", "patterns", "--from", "-1h", "--format", "csv"], 2, "--format is for files"),
    (["--rules", "patterns", "--from", "-1h", "--topic", "smss"], 2, 'did you mean "sms"'),
    (["--rules", "patterns", "--from", "-1h", "-c", "/no/such.json"], 1, "/no/such.json"),
    (["--rules", "/no/such", "x"], 1, "/no/such"),
    (["--rules", "patterns", "--against", "none", "/no/such.jsonl"], 3, "/no/such.jsonl: No such file"),
    (["--rules", "patterns", "--colour", "x"], 2, "unknown option --colour"),
])
def test_wrong_use_is_told(words, code, why):
    done = run("replay", *words, stdin="")
    assert done.returncode == code and why in done.stderr, done.stderr
