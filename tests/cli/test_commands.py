"""The commands as a user runs them: output, order, exit codes, messages. No broker but the demo's own."""
import csv
import io
import json
import os
import re
import signal
import subprocess
import time

import jsonschema
import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TELSIEVE = os.environ.get("TELSIEVE", os.path.join(ROOT, "build/telsieve"))
FRAUD = "您的快递丢失,可双倍理赔,请添加理赔客服QQ:2801234567办理"


def run(*words, stdin=None, env=None):
    return subprocess.run([TELSIEVE, *map(str, words)], input=stdin, text=True, capture_output=True, cwd=ROOT,
                          timeout=600, env=dict(os.environ, **(env or {})))


def record(name, text, **more):
    return json.dumps({"v": 1, "kind": "sms", "id": name, "ts": 1732230000123, "calling": "008525550001",
                       "called": "13812345678", "ingress": "intl", "text": text, **more}, ensure_ascii=False)


def test_no_command_and_wrong_command_are_wrong_use():
    assert run().returncode == 2
    done = run("scna")
    assert done.returncode == 2 and 'did you mean "scan"' in done.stderr


@pytest.mark.parametrize("command", ["run", "scan", "check", "fmt", "phrases", "explain", "eval", "learn", "replay",
                                     "demo", "bench"])
def test_every_command_has_help_and_refuses_unknown_options(command):
    done = run(command, "--help")
    assert done.returncode == 0 and f"usage: telsieve {command}" in done.stdout
    done = run(command, "--no-such-option")
    assert done.returncode == 2 and "--no-such-option" in done.stderr


@pytest.mark.parametrize("words", [["explain", "你好"], ["explain", "--json", "你好"], ["fmt", "patterns/loan.json"],
                                   ["phrases", "export"], ["check"], ["scan", "--all", "--format", "text", "README.md"],
                                   ["--help"], ["scan", "--help"], ["--version"]])
def test_output_that_cannot_be_written_is_a_failure(words):
    with open("/dev/full", "w") as full:
        done = subprocess.run([TELSIEVE, *words], stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert done.returncode == 3 and "cannot be written" in done.stderr, done.stderr


@pytest.mark.parametrize("words", [["phrases", "export"], ["fmt", "patterns/loan.json"], ["explain", "你好"],
                                   ["explain", "--json", "你好"], ["check", "-r", "RULES"],
                                   ["bench", "-r", "RULES", "--records", "100", "floor"],
                                   ["eval", "-q", "-r", "RULES", "tests/cases/money.jsonl"],
                                   ["scan", "-r", "RULES", "--all", "--format", "text", "README.md"], ["--help"]])
def test_a_reader_that_goes_away_is_no_message(words, tmp_path):
    rules = str(rules_dir(tmp_path, LIBRARY.replace(', "苹果丢失了"', "")))
    words = [rules if word == "RULES" else word for word in words]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([TELSIEVE, *words], stdout=write, stderr=subprocess.PIPE, cwd=ROOT)
    os.close(write)
    assert done.returncode == 3 and done.stderr == b""


def test_manual_page_has_every_command_and_every_option():
    with open(os.path.join(ROOT, "docs/telsieve.1")) as file:
        manual = file.read()
    for command in ["run", "scan", "check", "fmt", "phrases", "explain", "eval", "replay", "demo", "bench"]:
        assert f".It Cm {command}\n" in manual
        for option in re.findall(r"--([a-z-]+)", run(command, "--help").stdout):
            assert f"Fl -{option}" in manual, (command, option)


LIBRARY = """{"telsieve": 1, "library": "fruit", "family": "F", "title": "t", "version": "1",
 "sets": {"a": {"role": "T", "phrases": ["苹果丢失", "苹果丢失了"]}, "b": {"role": "A", "phrases": ["加入果园"]}},
 "rules": [{"id": "F-1", "type": "t", "state": "live", "tier": "low", "reason": "r", "when": "a and b",
  "hit": ["苹果丢失,加入果园"], "miss": ["苹果丢失"]}]}
"""


def rules_dir(tmp_path, library=LIBRARY):
    for name in ["folding.json", "polarity.json", "numbers"]:
        os.symlink(os.path.join(ROOT, "patterns", name), tmp_path / name)
    (tmp_path / "fruit.json").write_text(library)
    return tmp_path


def test_check_warns_and_strict_makes_it_fail(tmp_path):
    rules = rules_dir(tmp_path)
    done = run("check", "-r", rules)
    assert done.returncode == 0 and "fruit.json:2:50: warning: phrase \"苹果丢失了\"" in done.stderr, done.stderr
    assert "1 warning in" in done.stderr and "valid, 1 libraries" in done.stdout
    assert run("check", "-r", rules, "--strict").returncode == 1
    (rules / "fruit.json").write_text(LIBRARY.replace(', "苹果丢失了"', ""))
    done = run("check", "-r", rules, "--strict")
    assert done.returncode == 0 and done.stderr == ""


def test_check_counts_phrases_in_ordinary_texts(tmp_path):
    rules = rules_dir(tmp_path)
    texts = tmp_path / "texts.txt"
    texts.write_text("请加入果园\n" + "".join(f"今天第{i}场雨\n" for i in range(500)))
    done = run("check", "-r", rules, "--background", texts)
    assert done.returncode == 0 and "501 different texts" in done.stdout
    assert "\"加入果园\" of set b is in 1 of 501 ordinary texts" in done.stderr
    texts.write_bytes("请加入果园\n".encode() + "苹果丢失\n".encode("gbk"))
    assert "1 different texts, 1 lines left out" in run("check", "-r", rules, "--background", texts).stdout
    texts.write_text("\n")
    done = run("check", "-r", rules, "--background", texts)
    assert done.returncode == 1 and "no text in it" in done.stderr
    done = run("check", "-r", rules, "--background", tmp_path)
    assert done.returncode == 3 and "Is a directory" in done.stderr
    done = run("check", "-r", rules, "--background", tmp_path / "none.txt")
    assert done.returncode == 3 and "none.txt: cannot be read" in done.stderr


def test_check_watch_checks_again_after_a_change_and_ends_when_interrupted(tmp_path):
    rules = rules_dir(tmp_path)
    process = subprocess.Popen([TELSIEVE, "check", "-r", rules, "--watch"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)

    def until_summary():
        for line in process.stdout:
            if "watching" in line:
                return line
        raise AssertionError(process.stderr.read())

    assert ": good; watching" in until_summary()
    (rules / ".fruit.json.swp").write_text("not looked at")
    (rules / "fruit.json~").write_text("nor this")
    time.sleep(1)
    (rules / "fruit.json").write_text("{")
    assert ": NOT GOOD" in until_summary()
    (rules / "new.tmp").write_text(LIBRARY)
    os.rename(rules / "new.tmp", rules / "fruit.json")
    assert ": good; watching" in until_summary()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_check_watch_ends_at_once_while_it_checks(tmp_path, ending):
    rules = rules_dir(tmp_path)
    os.mkfifo(rules / "late.json")  # a library that takes its time: the check waits for who writes it
    with subprocess.Popen([TELSIEVE, "check", "-r", rules, "--watch"], stdout=subprocess.PIPE) as process:
        with open(rules / "late.json", "w"):  # opens when the check has begun to read it
            process.send_signal(ending)
            assert process.wait(10) == -ending and process.stdout.read() == b""


def test_fmt_writes_in_place_only_when_asked_and_only_what_changes(tmp_path):
    library = tmp_path / "fruit.json"
    library.write_text(LIBRARY)
    os.chmod(library, 0o640)
    shown = run("fmt", library)
    assert shown.returncode == 0 and library.read_text() == LIBRARY
    assert '      "phrases": [\n        "苹果丢失",\n        "苹果丢失了"\n      ]\n' in shown.stdout
    done = run("fmt", "-w", library)
    assert done.returncode == 0 and done.stdout == f"{library}\n"
    assert library.read_text() == shown.stdout and library.stat().st_mode & 0o777 == 0o640
    assert run("fmt", "-w", library).stdout == ""
    assert json.loads(shown.stdout) == json.loads(LIBRARY)
    (tmp_path / "no.json").write_text("{}")
    library.write_text("\ufeff" + LIBRARY)
    assert run("fmt", "-w", library).stdout == f"{library}\n" and library.read_text() == shown.stdout
    done = run("fmt", library, tmp_path / "no.json")
    assert done.returncode == 1 and "no rule library" in done.stderr


def table_of(text):
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def write_table(path, rows):
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def test_phrases_go_to_a_table_and_come_back_as_they_were(tmp_path):
    library = json.loads(LIBRARY)
    library["sets"]["a"]["phrases"][1:] = [
        {"p": "香蕉丢失", "weight": 1.5, "source": "+86", "since": "2026-01-05", "note": '=1,"x"\ny', "comment": "kept"},
        {"p": "re:^丢失[0-9]"}, {"p": "西瓜丢失", "note": "'quoted", "source": "＝1"}]
    text = json.dumps(library, ensure_ascii=False)
    rules = rules_dir(tmp_path, text)
    done = run("phrases", "-r", rules, "export")
    rows = table_of(done.stdout)
    assert rows[0] == "library set role phrase weight source since until note".split()
    assert rows[2] == ["fruit", "a", "T", "香蕉丢失", "1.5", "'+86", "2026-01-05", "", "'=1,\"x\"\ny"]
    assert rows[4][8] == "''quoted" and rows[4][5] == "'＝1" and rows[5][1:4] == ["b", "A", "加入果园"]
    write_table(tmp_path / "same.csv", rows)
    done = run("phrases", "-r", rules, "import", tmp_path / "same.csv")
    assert done.returncode == 0 and done.stdout == "", done.stderr
    assert (rules / "fruit.json").read_text() == text


def test_phrases_import_puts_sets_in_place_and_leaves_the_others(tmp_path):
    rules = rules_dir(tmp_path)
    rows = [row for row in table_of(run("phrases", "-r", rules, "export", "fruit").stdout) if row[1] != "b"]
    rows[2] = ["fruit", "a", "T", "梨子丢失", "2", "", "2026/1/5", "", ""]
    rows += [["", "", "", "", "", "", "", "", ""], ["fruit", "new", "C", "果园热线", "", "", "", "", ""]]
    write_table(tmp_path / "new.csv", rows)
    done = run("phrases", "-r", rules, "import", tmp_path / "new.csv")
    assert done.returncode == 0 and done.stdout == f"{rules}/fruit.json\n", done.stderr
    sets = json.loads((rules / "fruit.json").read_text())["sets"]
    assert sets["a"] == {"role": "T", "phrases": ["苹果丢失", {"p": "梨子丢失", "weight": 2, "since": "2026-01-05"}]}
    assert sets["b"] == {"role": "A", "phrases": ["加入果园"]} and sets["new"] == {"role": "C", "phrases": ["果园热线"]}
    assert run("check", "-r", rules).returncode == 0


@pytest.mark.parametrize("line, want", [
    ("nut,a,T,苹果丢失,,,,,", 'no library "nut"'),
    ("fruit,a,T,苹~,,,,,", 'phrase "苹~": a gap (~) needs text'),
    ("fruit,a,T,,1,,,,", "no phrase"),
    ("fruit,,T,苹果丢失,,,,,", "no set"),
    ("fruit,a,T,苹果丢失,-1,,,,", "weight: a number above 0"),
    ("fruit,a,B,苹果丢失,,,,,", 'role "B": line 2 gives set a another one'),
    ("fruit,a,T,香蕉丢失,,,,,", "the same phrase of this set is in line 2"),
    ('fruit,a,T,"苹果丢失,,,,,', "quotes that do not close"),
    ("fruit,a,T,苹果丢失,,,soon,,", '"since": a day such as'),
])
def test_phrases_import_tells_the_line_and_writes_nothing(tmp_path, line, want):
    rules = rules_dir(tmp_path)
    table = tmp_path / "bad.csv"
    table.write_text("library,set,role,phrase,weight,source,since,until,note\n"
                     "fruit,a,T,香蕉丢失,,,,,\"two\nlines\"\n" + line +
                     "\n")
    done = run("phrases", "-r", rules, "import", table)
    assert done.returncode == 1 and want in done.stderr, done.stderr
    assert f"{table}:4: " in done.stderr or "since" in want
    assert (rules / "fruit.json").read_text() == LIBRARY


def test_phrases_import_refuses_strange_columns_and_other_encodings(tmp_path):
    rules = rules_dir(tmp_path)
    done = run("phrases", "-r", rules, "import", "-", stdin="library,set,role,phrases,weight,source,since,until,note\n")
    assert done.returncode == 1 and 'unknown column "phrases" (did you mean "phrase"?)' in done.stderr
    assert 'column "phrase" is missing' in done.stderr
    (tmp_path / "gbk.csv").write_bytes("library,set,果园\n".encode("gbk"))
    done = run("phrases", "-r", rules, "import", tmp_path / "gbk.csv")
    assert done.returncode == 1 and 'save the table as "CSV UTF-8"' in done.stderr
    done = run("phrases", "-r", rules, "import", "-", stdin="")
    assert done.returncode == 1 and "-:1: empty" in done.stderr
    done = run("phrases", "-r", rules / "numbers", "export")
    assert done.returncode == 1 and "no rule library" in done.stderr and done.stdout == ""
    assert run("phrases", "import").returncode == 2 and run("phrases").returncode == 2


def test_scan_writes_warnings_that_keep_the_schema(tmp_path):
    file = tmp_path / "records.jsonl"
    file.write_text(record("a", "晚上回来吃饭吗") + "\n\n" + record("b", FRAUD) + "\n")
    done = run("scan", file)
    assert done.returncode == 0, done.stderr
    warnings = [json.loads(line) for line in done.stdout.splitlines()]
    with open(os.path.join(ROOT, "docs/warning.schema.json")) as schema:
        validator = jsonschema.Draft202012Validator(json.load(schema))
    for warning in warnings:
        validator.validate(warning)
    sources = [warning["source"] for warning in warnings]
    assert [(source["record"], source["line"], source["file"]) for source in sources] == [("b", 3, str(file))]
    assert "2 records" in done.stderr and "1 warned" in done.stderr


def test_scan_all_has_a_line_for_every_record_in_order_on_many_threads(tmp_path):
    file = tmp_path / "many.jsonl"
    with open(file, "w") as out:
        for i in range(30000):
            print(record(f"r{i}", FRAUD if i % 100 == 0 else "明天的会改到下午三点了"), file=out)
    one, many = run("scan", "--all", "--jobs", 1, file), run("scan", "--all", "--jobs", 4, file)
    lines = [json.loads(line) for line in many.stdout.splitlines()]
    assert [line["source"]["record"] for line in lines] == [f"r{i}" for i in range(30000)]
    assert sum(line["verdict"] == "warned" for line in lines) == 300
    strip = lambda text: re.sub(r'"detected":\d+|"urgency":"\w+"', "", text)
    assert strip(one.stdout) == strip(many.stdout)


def test_scan_all_says_why_a_line_is_unreadable_and_exits_1():
    done = run("scan", "--all", "-", stdin=record("a", FRAUD) + "\nnonsense\n" + '{"v":1,"kind":"fax"}\n')
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["verdict"] for line in lines] == ["warned", "dead_lettered", "dead_lettered"]
    assert lines[1]["reason"] == "not_json"
    assert lines[0]["caller"]["kind"] == "international" and "caller.international" in lines[0]["facts"]
    assert lines[0]["warning"]["family"] == "R"


def test_scan_reads_csv_with_quoted_newlines(tmp_path):
    file = tmp_path / "sms.csv"
    file.write_text('v,kind,id,ts,calling,called,ingress,text\n'
                    '1,sms,a,1732230000123,008525550001,13812345678,intl,"您的快递丢失,可双倍理赔,\n请添加理赔客服QQ:2801234567办理"\n'
                    '1,sms,b,1732230000123,13912345678,13812345678,onnet,好的\n')
    done = run("scan", "--format", "csv", "--all", file)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(l["verdict"], l["source"]["line"]) for l in lines] == [("warned", 2), ("clean", 4)]


def test_a_quoted_newline_at_the_end_of_what_a_pipe_gave_does_not_end_the_record():
    with subprocess.Popen([TELSIEVE, "scan", "--format", "csv", "--all", "-q"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True, cwd=ROOT) as scan:
        scan.stdin.write('v,kind,id,ts,calling,called,text\n1,sms,a,1732230000123,13912345678,13812345678,"好的\n')
        scan.stdin.flush()
        time.sleep(2)
        done = scan.communicate('明天见"\n1,sms,b,1732230000123,13912345678,13812345678,好\n')
    lines = [json.loads(line) for line in done[0].splitlines()]
    assert [(l["verdict"], l["source"]["line"], l["source"].get("record")) for l in lines] == [
        ("clean", 2, "a"), ("clean", 4, "b")]


def test_scan_takes_plain_texts_from_a_given_sender():
    done = run("scan", "--format", "text", "--caller", "008525550001", "-", stdin='你好"\\\n' + FRAUD + "\n")
    assert done.returncode == 0
    assert [json.loads(line)["source"]["line"] for line in done.stdout.splitlines()] == [2]


def test_scan_of_a_missing_file_fails_at_run_time():
    done = run("scan", "/no/such/file")
    assert done.returncode == 3 and "/no/such/file" in done.stderr


def test_check_accepts_the_shipped_rules_and_configuration():
    done = run("check", "-c", "conf/telsieve.json")
    assert done.returncode == 0, done.stderr
    for library in ["refund", "brushing", "loan", "safe-account", "numbers", "shared"]:
        assert library in done.stdout
    assert re.search(r"sha256:[0-9a-f]{64}", done.stdout)


def test_check_names_file_line_and_column_of_every_problem(tmp_path):
    conf = tmp_path / "conf.json"
    conf.write_text('{\n  "wokers": 2,\n  "admin": {"listen": 5}\n}\n')
    done = run("check", "-c", conf)
    assert done.returncode == 1
    assert f'{conf}:2:3: ' in done.stderr and '"workers"' in done.stderr
    assert f'{conf}:3:23: ' in done.stderr


def test_check_and_run_place_what_feeds_and_kafka_refuse(tmp_path):
    conf = tmp_path / "conf.json"
    conf.write_text('{"input": {"topics": ["sms", "cdr"],\n  "fields": {"nope": "X"}},\n'
                    ' "kafka": {"common": {"bootstrap.servers": "127.0.0.1:1",\n  "fetch.foo": "1"}}}\n')
    done = run("check", "-c", conf)
    assert done.returncode == 1
    assert done.stderr.count(f"{conf}:2:22: input.fields.nope: ") == 1
    assert done.stderr.count(f"{conf}:4:16: kafka.common.fetch.foo: ") == 1
    done = run("run", "-c", conf, "--set", "admin.listen=")
    assert done.returncode == 1 and f"{conf}:2:22: input.fields.nope: " in done.stderr


def test_explain_shows_stages_rules_and_near_misses():
    done = run("explain", "--caller", "0085255501234", "--ingress", "intl", "您的快★递丢失,可双倍理赔,请添加理赔客服QQ:2801234567")
    assert done.returncode == 0, done.stderr
    for word in ["international", "852", "R-", "快★递丢失", "qq"]:
        assert word in done.stdout
    fired = done.stdout[done.stdout.index("rules fired"):done.stdout.index("near misses")]
    for rule in fired.split("  fired  "):
        grounds = [line for line in rule.splitlines() if "rests on" in line]
        assert len(grounds) == len(set(grounds)), "what two phrases of a set found is told once a rule"
    near = run("explain", "您的快递丢失,可双倍理赔")
    assert near.returncode == 0 and "missing" in near.stdout


def test_explain_reads_the_text_from_standard_input():
    text = "您的快递丢失,可双倍理赔,\n请添加理赔客服QQ:2801234567"
    there = json.loads(run("explain", "--json", "-", stdin=text + "\n").stdout)
    given = json.loads(run("explain", "--json", text).stdout)
    assert there["text"] == given["text"] and there["verdict"] == given["verdict"] == "warned"


def test_explain_takes_no_numbers_beside_a_record():
    for words in [["--caller", "1"], ["--ingress", "onnet"], ["--call"]]:
        done = run("explain", "--record", record("a", FRAUD), *words)
        assert done.returncode == 2 and "--record has its own" in done.stderr


def test_explain_json_is_one_object():
    done = run("explain", "--json", "--record", record("a", FRAUD))
    assert json.loads(done.stdout)["verdict"] == "warned"
    assert run("explain", "--record", "{").returncode == 1
    wrong = run("explain", "--ingress", "moon", "你好")
    assert wrong.returncode == 2 and "interconnect" in wrong.stderr


def test_explain_tells_how_a_word_was_written():
    text = "无抵押待款20万,加微信 dk8899"
    fragments = json.loads(run("explain", "--json", text).stdout)["fragments"]
    variants = [variant for fragment in fragments for variant in fragment.get("variants", [])]
    assert variants[0] == {"kind": "sound", "from": "无抵押待", "to": "无抵押贷"}
    assert "sound 无抵押待 = 无抵押贷" in run("explain", text).stdout
    assert "同音 无抵押待 = 无抵押贷" in run("explain", "--lang", "zh", text).stdout


def test_explain_sets_the_compared_text_under_the_original_and_marks_what_was_found():
    done = run("explain", "您的快★递丢失,请添加理赔客服QQ:2801234567")
    lines = done.stdout.splitlines()
    original = next(line for line in lines if line.startswith("  original"))
    at = lines.index(original)
    assert lines[at + 1].startswith("  compared  您的快 递丢失 请添加")
    found = lines[at + 2]  # other phrases may take in more to the left, so only this one is looked at, in columns
    assert found.startswith("  found     ") and found[16:25] == "^" * 9


def test_explain_tells_what_silenced_and_what_it_rests_on():
    rules = ["-r", "tests/unit/match/data"]
    silenced = json.loads(run("explain", *rules, "--json", "三倍苹果券,请加入果园群。谨防果园骗术").stdout)
    assert silenced["verdict"] == "suppressed" and silenced["rules"][0]["by"] == silenced["against"][0]["what"]
    assert [silenced["fragments"][i]["set"] for i in silenced["against"][0]["fragments"]] == ["advice"]
    shown = run("explain", *rules, "谨防果园骗术!三倍苹果券,请加入果园群,加果园号12345").stdout
    assert "shared.warning  was overruled: a contact is given" in shown and 'shared.advice "谨防果园骗术"' in shown


def test_explain_speaks_chinese():
    done = run("explain", "--lang", "zh", FRAUD)
    assert "触发规则" in done.stdout and "结论: 告警" in done.stdout and "verdict" not in done.stdout
    assert run("explain", "--lang", "de", "你好").returncode == 2


DRAFT = """{"telsieve":1,"library":"draft","family":"X","title":"试用","version":"2026.01.01",
 "sets":{"tea":{"role":"T","phrases":["茶叶~回购"]},"step":{"role":"A","phrases":["先付~定金"]}},
 "rules":[{"id":"X-999","type":"茶叶回购","state":"live","tier":"medium","when":"tea and step","reason":"试用",
           "hit":["这里没有词"],"miss":["你好"]}]}"""


def test_explain_tries_a_draft_rule_before_its_samples_pass(tmp_path):
    draft = tmp_path / "draft.json"
    draft.write_text(DRAFT)
    hit = run("explain", "--with", f"{draft}:X-999", "老茶叶高价回购,先付少许定金")
    assert hit.returncode == 0 and "the rule tried: X-999 (draft, live)  fired" in hit.stdout, hit.stderr
    near = run("explain", "--with", f"{draft}:X-999", "老茶叶高价回购")
    assert "not true" in near.stdout and "missing: step" in near.stdout
    unknown = run("explain", "--with", f"{draft}:X-1", "你好")
    assert unknown.returncode == 2 and "no rule \"X-1\"" in unknown.stderr
    assert run("explain", "--with", str(tmp_path / "none.json") + ":X-1", "你好").returncode == 1
    assert "FILE:RULE" in run("explain", "--with", "draft.json", "你好").stderr


def test_demo_warns_counts_and_balances():
    done = run("demo", "--records", 30000)
    assert done.returncode == 0, done.stderr[-2000:]
    warnings = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(warnings) > 50 and {w["family"] for w in warnings} >= {"R", "B", "L", "S"}
    assert "balanced" in done.stderr and "30,000" in done.stderr


def test_bench_json_has_stages_and_ratios():
    done = run("bench", "--json", "--records", 2000, "floor", "engine")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for stage in ["raw_parse", "raw_scan", "decode", "engine", "worker"]:
        assert found["stages"][stage]["ns_per_record"] > 0
    assert found["ratios"]["engine_to_floor"] > found["ratios"]["worker_to_floor"] > 0
    assert found["compile_ms"] > 0


def test_bench_of_a_mix_says_which_and_unknown_ones_are_refused():
    done = run("bench", "--json", "--records", 200, "--mix", "calls", "floor")
    assert done.returncode == 0 and json.loads(done.stdout)["mix"] == "calls"
    assert set(json.loads(done.stdout)["stages"]) == {"memcpy", "raw_parse", "raw_scan"}
    refused = run("bench", "--mix", "nonsense")
    assert refused.returncode == 2 and 'no mix "nonsense"' in refused.stderr


def test_version_matches_the_library_and_the_build():
    assert re.fullmatch(r"telsieve \d+\.\d+\.\d+\n", run("--version").stdout)


def test_check_names_rules_that_a_feed_without_columns_for_them_can_never_satisfy(tmp_path):
    conf = tmp_path / "conf.json"
    columns = ["v", "kind", "id", "ts", "calling", "called"]
    conf.write_text(json.dumps({"input": {"topics": [{"topic": "cdr", "format": "psv", "columns": columns}]}}))
    done = run("check", "-c", conf)
    assert done.returncode == 0, done.stderr
    assert "record.ingress" in done.stdout and "caller.kind" not in done.stdout
    assert "note:" not in run("check", "-c", "conf/telsieve.json").stdout


@pytest.mark.parametrize("side,key,value,word", [
    ("common", "no.such.property", 1, "no.such.property"),
    ("consumer", "session.timeout.ms", "soon", "session.timeout.ms"),
    ("consumer", "enable.auto.offset.store", True, "enable.auto.offset.store"), ("producer", "acks", 1, "acks"),
])
def test_check_reports_a_bad_kafka_property_with_its_key(tmp_path, side, key, value, word):
    conf = tmp_path / "conf.json"
    kafka = {"common": {"bootstrap.servers": "127.0.0.1:9092"}}
    kafka.setdefault(side, {})[key] = value
    conf.write_text(json.dumps({"kafka": kafka}))
    done = run("check", "-c", conf)
    assert done.returncode == 1 and f"kafka.{side}" in done.stderr and word in done.stderr


def start_with_cache(cache, until):
    """The log of a daemon with this rules.cache, up to the event."""
    sets = [f"rules.cache={cache}", "rules.dir=tests/unit/match/data", "admin.listen=", "workers=1",
            "kafka.common.bootstrap.servers=127.0.0.1:1"]
    command = [TELSIEVE, "run", *(word for setting in sets for word in ("--set", setting))]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as daemon:
        try:
            log = []
            for line in daemon.stderr:
                log.append(line)
                if f"event={until} " in line:
                    break
            return "".join(log)
        finally:
            daemon.kill()


def test_a_second_start_takes_its_rules_from_the_cache(tmp_path):
    cache = tmp_path / "cache"
    log = start_with_cache(cache, "rules_live")
    assert "cache=miss proof=made" in log and "event=cache" not in log
    log = start_with_cache(cache, "proof")
    assert "cache=hit proof=kept" in log and "result=passed" in log
    largest = max(cache.iterdir(), key=lambda file: file.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    log = start_with_cache(cache, "rules_live")
    assert "event=cache" in log and "is damaged: not used" in log and "cache=miss" in log
    assert "cache=hit" in start_with_cache(cache, "rules_live")


def test_a_cache_that_others_can_write_is_told_and_done_without(tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(0o777)
    log = start_with_cache(cache, "rules_live")
    assert "can be written by others" in log and "going on without it" in log and "cache=miss proof=made" in log
    assert not list(cache.iterdir())
