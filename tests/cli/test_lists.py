"""Lists of the rules folder as a user meets them: check, scan, explain."""
import json

import pytest

from test_commands import rules_dir, run

LIBRARY = """{"telsieve":1,"library":"cases","family":"N","title":"试验","version":"1","sets":{},"rules":[
{"id":"N-901","type":"涉案号码","state":"live","tier":"high","when":"caller in list.case_numbers","reason":"试验",
 "hit":[{"calling":"+85251234567","ingress":"intl","text":"你好","lists":{"case_numbers":["+8525*"]}}],"miss":["你好"]}]}"""
RECORD = {"v": 1, "kind": "sms", "id": "1", "ts": 1763776800000, "calling": "+85251234567", "called": "13812345678",
          "ingress": "intl", "text": "你好"}


@pytest.fixture
def rules(tmp_path):
    return rules_dir(tmp_path, LIBRARY)


def declare(rules, text, name="case_numbers"):
    (rules / "lists").mkdir(exist_ok=True)
    (rules / "lists" / f"{name}.csv").write_text(text)


def test_check_tells_a_list_that_no_file_declares(rules):
    assert 'list "case_numbers" is asked' in run("check", "-r", rules).stderr
    declare(rules, "entry\n", "case_number")
    assert 'did you mean "case_number"?' in run("check", "-r", rules).stderr
    declare(rules, "entry\n+8525*\n")
    done = run("check", "-r", rules)
    assert "is asked" not in done.stderr and "case_numbers" in done.stdout and "1 entry" in done.stdout


def test_a_bad_file_is_told_with_its_line(rules):
    declare(rules, "entry,tier\n+8525*,high\n95311,urgent\n")
    for command in (["check"], ["explain", "你好"], ["scan"]):
        done = run(*command, "-r", rules, stdin="")
        assert done.returncode == 1, command
        assert 'case_numbers.csv:3:1: "tier" is high, medium, low' in done.stderr


def test_scan_and_explain_look_into_the_lists_of_the_folder(rules):
    declare(rules, "entry,expires,source,tier,note\n+8525*,2025-11-22,case 17,high,\n")
    done = run("scan", "-r", rules, "-q", stdin=json.dumps(RECORD))
    (listed,) = json.loads(done.stdout)["rules"][0]["listed"]
    assert listed == {"what": "caller", "value": "+85251234567", "list": "case_numbers", "entry": "+8525*",
                      "tier": "high", "expires": 1763827200000, "source": "case 17"}
    later = dict(RECORD, ts=1763827200000)
    assert run("scan", "-r", rules, "-q", stdin=json.dumps(later)).stdout == ""
    done = run("explain", "-r", rules, "--record", json.dumps(RECORD))
    assert "caller is in list.case_numbers as +8525*, tier high (case 17)" in done.stdout
