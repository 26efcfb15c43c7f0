"""telsieve eval: what it counts, what it refuses, when it fails; on its own library, so that every count is known."""
import json
import os
import shutil

import pytest

from test_commands import ROOT, run

LOST, BOTH, URGENT, TALK = "您的快递丢失了", "您的快递丢失,请加理赔客服", "您的快递丢失,通道马上失效", "晚上回来吃饭吗"
LABELLED = [("fraud", "courier", BOTH), ("fraud", "courier", LOST), ("fraud", "courier", URGENT),
            ("fraud", "other", "请到柜台办理"), ("ham", "friends", TALK), ("ham", "friends", "理赔客服说快递丢失了"),
            ("advisory", "police", "通道马上失效是骗术"), ("spam", "shop", "快递丢失?理赔客服马上失效")]


def rule(name, when, hit, tier, state="live"):
    return {"id": name, "type": "快递", "state": state, "tier": tier, "stage": "contact", "when": when,
            "reason": "自称快递丢失", "advice": "请挂断", "hit": [hit], "miss": [TALK]}


def write_rules(folder, *rules):
    os.mkdir(folder)
    for name in ["folding.json", "polarity.json"]:
        shutil.copy(os.path.join(ROOT, "patterns", name), folder)
    shutil.copytree(os.path.join(ROOT, "patterns/numbers"), folder / "numbers")
    library = {"telsieve": 1, "library": "courier", "family": "R", "title": "快递", "version": "2026.11.22",
               "sets": {"lost": {"role": "T", "phrases": ["快递丢失"]}, "claim": {"role": "A", "phrases": ["理赔客服"]},
                        "urgent": {"role": "U", "phrases": ["马上失效"]}}, "rules": list(rules)}
    (folder / "courier.json").write_text(json.dumps(library, ensure_ascii=False))
    return folder


@pytest.fixture
def rules(tmp_path):
    return write_rules(tmp_path / "rules", rule("R-001", "lost and claim", BOTH, "medium"),
                       rule("R-002", "lost and urgent", URGENT, "high"))


def write_tsv(path, lines, head=None):
    path.write_text("".join("\t".join(line) + "\n" for line in ([head] if head else []) + list(lines)))
    return path


@pytest.fixture
def labelled(tmp_path):
    return write_tsv(tmp_path / "labelled.tsv", LABELLED)


def measure(*words, code=0, stdin=None):
    done = run("eval", "--json", *words, stdin=stdin)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def row(result, label, name):
    return next(c for c in result["classes"] if (c["label"], c["class"]) == (label, name))


def test_classes_have_their_counts_tiers_and_wilson_intervals(rules, labelled):
    result = measure("-r", rules, labelled)
    courier = row(result, "fraud", "courier")
    assert (courier["n"], courier["hits"], courier["tiers"]) == (3, 2, {"high": 1, "medium": 1, "low": 0})
    # p = 2/3, n = 3, z = 1.96: (0.6667 + 3.8415/6 ± 1.96 √(0.2222/3 + 3.8415/36)) / (1 + 3.8415/3)
    assert courier["rate"] == pytest.approx(2 / 3)
    assert (courier["low"], courier["high"]) == (pytest.approx(0.20766, abs=1e-4), pytest.approx(0.93851, abs=1e-4))
    police = row(result, "advisory", "police")
    assert (police["hits"], police["low"]) == (0, 0) and police["high"] == pytest.approx(3.8415 / 4.8415, abs=1e-4)
    assert row(result, "spam", "shop")["hits"] == 1


def test_precision_follows_prevalence_over_ham_only(rules, labelled):
    overall = measure("-r", rules, "--prevalence", "0.1", labelled)["overall"]
    assert overall["recall"]["rate"] == 0.5 and overall["false_rate"]["rate"] == 0.5
    assert overall["precision"] == pytest.approx(0.1 * 0.5 / (0.1 * 0.5 + 0.9 * 0.5))
    assert overall["precision_low"] < overall["precision"]


def test_a_rule_has_its_hits_and_those_no_other_rule_has(rules, labelled):
    first, second = measure("-r", rules, labelled)["rules"]
    assert (first["id"], first["true_hits"], first["false_hits"]) == ("R-001", 1, 1)
    assert (first["hits"]["spam"], first["unique"]["spam"]) == (1, 0), "both rules hit the advert"
    assert (second["true_hits"], second["unique_true"], second["false_hits"], second["precision"]) == (1, 1, 0, 1)


def test_a_shadow_rule_shows_what_it_would_add(tmp_path, labelled):
    folder = write_rules(tmp_path / "shadow", rule("R-001", "lost and claim", BOTH, "medium"),
                         rule("R-002", "lost and urgent", URGENT, "high", "shadow"))
    result = measure("-r", folder, labelled)
    assert row(result, "fraud", "courier")["hits"] == 1 and row(result, "fraud", "courier")["shadow"] == 1
    assert (result["rules"][1]["state"], result["rules"][1]["unique_true"]) == ("shadow", 1)
    assert result["rules"][1]["hits"]["spam"] == 1 and result["rules"][1]["unique"]["spam"] == 0


def test_misses_are_grouped_by_the_one_missing_term(rules, labelled):
    missing = {(gap["library"], gap["term"]): gap["misses"] for gap in measure("-r", rules, labelled)["missing"]}
    assert missing == {("courier", "claim"): 1, ("courier", "urgent"): 1, (None, "no phrase of any family found"): 1}


def test_texts_that_differ_in_digits_only_are_one_template(rules, tmp_path):
    lines = [("fraud", "c", f"快递丢失,单号{n},请加理赔客服") for n in (1, 22, 333)] + [("fraud", "c", LOST)]
    found = row(measure("-r", rules, write_tsv(tmp_path / "t.tsv", lines)), "fraud", "c")
    assert (found["n"], found["hits"], found["templates"], found["template_hits"]) == (4, 3, 2, 1)


@pytest.mark.parametrize("budget, code", [("0.5", 0), ("0.49", 1), ("medium:0.49", 1), ("high:0", 0), ("0", 1)])
def test_budget_is_of_the_measured_rate_of_each_negative_class(rules, labelled, budget, code):
    done = run("eval", "-r", rules, "--brief", "--budget", budget, labelled)
    assert done.returncode == code, done.stdout
    assert ("broken by ham/friends: 1 of 2" in done.stdout) == (code == 1)
    assert "spam" not in done.stdout.split("budget")[1]


@pytest.mark.parametrize("budget", ["x", "2", "top:0.1", "-1"])
def test_a_budget_that_is_none_is_wrong_use(rules, labelled, budget):
    assert run("eval", "-r", rules, "--budget", budget, labelled).returncode == 2


def test_compare_tells_gained_lost_and_changed_record_by_record(rules, labelled, tmp_path):
    old = write_rules(tmp_path / "old", rule("R-001", "lost and claim", BOTH, "low"))
    comparison = measure("-r", rules, "--compare", old, labelled)["comparison"]
    changes = {(r["label"], r["line"]): (r["change"], r["old_tier"], r["tier"]) for r in comparison["records"]}
    assert changes == {("fraud", 1): ("raised", "low", "medium"), ("fraud", 3): ("gained", "silent", "high"),
                       ("ham", 6): ("raised", "low", "medium"), ("spam", 8): ("raised", "low", "high")}
    courier = next(c for c in comparison["classes"] if c["class"] == "courier")
    assert (courier["gained"], courier["lost"], courier["raised"], courier["same"]) == (1, 0, 1, 1)
    back = measure("-r", old, "--compare", rules, labelled)["comparison"]["classes"]
    assert next(c for c in back if c["class"] == "courier")["lost"] == 1
    assert "gained" in run("eval", "-r", rules, "--compare", old, labelled).stdout


def test_compare_tells_when_another_rule_warns_at_the_same_tier(rules, labelled, tmp_path):
    old = write_rules(tmp_path / "old", rule("R-009", "lost and claim", BOTH, "medium"))
    changes = measure("-r", rules, "--compare", old, labelled)["comparison"]["records"]
    assert {(r["line"], r["change"], r["old_rule"], r["rule"]) for r in changes if r["label"] != "spam"} == {
        (1, "rule", "R-009", "R-001"), (3, "gained", "", "R-002"), (6, "rule", "R-009", "R-001")}


def test_a_header_line_names_columns_in_any_order(rules, tmp_path):
    lines = [("008525550001", BOTH, "_x", "fraud", "intl", "sms"), ("", BOTH, "", "fraud", "", "call")]
    path = write_tsv(tmp_path / "headed.tsv", lines, ("calling", "text", "_note", "label", "ingress", "kind"))
    records = measure("-r", rules, "--show", 1, write_tsv(tmp_path / "m.tsv", [("fraud", "x", TALK)]), path)
    assert row(records, "fraud", "-")["hits"] == 2
    path = write_tsv(tmp_path / "bad.tsv", lines, ("calling", "txt", "_note", "label", "ingress", "kind"))
    done = run("eval", "-r", rules, path)
    assert done.returncode == 1 and f'{path}:1:1: unknown column "txt"' in done.stderr


@pytest.mark.parametrize("head, message", [("label\ttext\ttext", 'column "text" is there twice'),
                                           ("label\tclass\t_text", "no column is a field of a record")])
def test_a_header_line_that_would_lose_texts_is_refused(rules, tmp_path, head, message):
    path = tmp_path / "bad.tsv"
    path.write_text(f"{head}\nham\tx\t{TALK}\n")
    done = run("eval", "-r", rules, path)
    assert done.returncode == 1 and f"{path}:1:1: {message}" in done.stderr


def test_nothing_measured_is_not_good(rules, tmp_path):
    (tmp_path / "empty.tsv").write_text("label\tclass\ttext\n")
    done = run("eval", "-r", rules, tmp_path / "empty.tsv")
    assert done.returncode == 1 and "no records" in done.stderr
    frauds = write_tsv(tmp_path / "frauds.tsv", [("fraud", "x", BOTH)])
    assert run("eval", "-r", rules, frauds).returncode == 0
    done = run("eval", "-r", rules, "--budget", 0.1, frauds)
    assert done.returncode == 1 and "nothing to measure" in done.stderr


def test_json_lines_and_test_cases_are_read(rules, tmp_path):
    record = {"v": 1, "kind": "call", "id": "1", "ts": 1763776800000, "calling": "008525550001",
              "called": "13812345678",
              "ingress": "intl", "asr_text": BOTH}
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in [
        {**record, "label": "fraud", "class": "calls"}, {"label": "ham", "class": "calls", "text": TALK},
        {"name": "a", "record": record, "expect": "warned"}, {"name": "b", "record": record, "expect": "silent"}]))
    result = measure("-r", rules, path)
    assert {(c["label"], c["class"]): (c["n"], c["hits"]) for c in result["classes"]} == {
        ("fraud", "calls"): (1, 1), ("ham", "calls"): (1, 0), ("fraud", "records"): (1, 1),
        ("lawful", "records"): (1, 1)}


def test_a_verdict_of_the_platform_is_a_label(rules, tmp_path):
    path = tmp_path / "feedback.jsonl"
    path.write_text("".join(json.dumps({"verdict": verdict, "record": {"text": text}}) + "\n" for verdict, text in [
        ("true", BOTH), ("true", TALK), ("false", BOTH), ("unknown", TALK)]))
    result = measure("-r", rules, path)
    assert [(c["label"], c["n"], c["hits"]) for c in result["classes"]] == [("fraud", 2, 1), ("lawful", 1, 1),
                                                                            ("-", 1, 0)]


@pytest.mark.parametrize("line, message", [
    ("fruad\tx\t" + TALK, "unknown label"), ("fraud\tx", "label, class and text"), ("{nonsense", "not a JSON object"),
    ('{"verdict":"yes","text":"a"}', '"true", "false" or "unknown"'),
    ('{"class":"x","text":"a"}', "no label"), ('{"label":"ham","v":2,"text":"a"}', "v is not 1"),
    ('{"label":"ham","record":3}', '"record" is an object')])
def test_a_bad_line_is_told_with_its_place(rules, tmp_path, line, message):
    path = tmp_path / "bad.tsv"
    path.write_text(f"ham\tx\t{TALK}\n\n{line}\n")
    done = run("eval", "-r", rules, path)
    assert done.returncode == 1 and f"{path}:3:1: " in done.stderr and message in done.stderr and done.stdout == ""


def test_sender_map_sends_in_turn_or_from_each(rules, tmp_path, labelled):
    senders = tmp_path / "senders.json"
    mobile, port = {"calling": "13912345678", "ingress": "onnet"}, {"calling": "10690123456789", "ingress": "onnet"}
    senders.write_text(json.dumps({"senders": [
        {"label": "advisory", "mode": "each", "from": [port, mobile]},
        {"label": ["fraud", "scam"], "class": "cour*", "kind": "call", "mode": "turn", "from": [mobile, port]}]}))
    result = measure("-r", rules, "--sender-map", senders, "--show", 1, labelled)
    assert (row(result, "advisory", "police")["n"], row(result, "advisory", "police")["lines"]) == (2, 1)
    assert row(result, "fraud", "courier")["n"] == 3
    sent = {e["line"]: e["record"] for e in result["errors"]}
    assert sent[2]["kind"] == "call" and sent[2]["asr_text"] == LOST and "text" not in sent[2]
    assert sent[2]["calling"] == port["calling"], "the second line has the second sender"
    assert sent[4]["kind"] == "sms" and sent[4]["calling"] == mobile["calling"], "no entry fits: an ordinary mobile"


def test_a_record_keeps_its_own_sender(rules, tmp_path):
    senders = tmp_path / "senders.json"
    senders.write_text('{"senders": [{"mode": "each", "from": [{"calling": "13912345678"}, {"calling": "10690123"}]}]}')
    path = write_tsv(tmp_path / "own.tsv", [("fraud", TALK, "008525550001")], ("label", "text", "calling"))
    result = measure("-r", rules, "--sender-map", senders, "--show", 1, path)
    assert [e["record"]["calling"] for e in result["errors"]] == ["008525550001"]


@pytest.mark.parametrize("text, message", [
    ('{"senders": [{"form": []}]}', 'did you mean "from"'), ('{"senders": [{"from": []}]}', "lists senders"),
    ('{"senders": [{"mode": "all", "from": [{}]}]}', '"turn" or "each"'), ('{}', '"senders" is a list'),
    ('{"senders": [{"from": [{"caling": "1"}]}]}', 'did you mean "calling"')])
def test_a_wrong_sender_map_is_told_with_its_place(rules, tmp_path, labelled, text, message):
    senders = tmp_path / "senders.json"
    senders.write_text(text)
    done = run("eval", "-r", rules, "--sender-map", senders, labelled)
    assert done.returncode == 1 and f"{senders}:1:" in done.stderr and message in done.stderr


def test_without_a_sender_map_it_is_told_who_is_taken_to_send(rules, labelled):
    assert "ordinary mobile" in run("eval", "-r", rules, labelled).stderr
    for words in [("-q",), ("--sender-map", "conf/senders.json")]:
        assert run("eval", "-r", rules, *words, labelled).stderr == ""


def test_the_shipped_sender_map_is_valid(rules, labelled):
    result = measure("-r", rules, "--sender-map", os.path.join(ROOT, "conf/senders.json"), labelled)
    assert row(result, "advisory", "police")["n"] == 2


def test_errors_open_in_a_spreadsheet_and_can_be_read_again(rules, tmp_path):
    texts = ["=1+1 不要", "+86 来电", "-5 度", "@他", "＝1+1", '他说"好"吗', '"引号"在前']
    path, errors = write_tsv(tmp_path / "l.tsv", [("fraud", "x", text) for text in texts]), tmp_path / "errors.tsv"
    measure("-r", rules, "--errors", errors, path)
    table = errors.read_bytes()
    assert table.startswith(b"\xef\xbb\xbflabel\tclass\ttext\t") and table.count(b"\r\n") == len(texts) + 1
    cells = [line.split("\t")[2] for line in table.decode("utf-8-sig").splitlines()[1:]]
    assert cells[:5] == ["'" + text for text in texts[:5]], "nothing that a spreadsheet takes for a formula"
    assert cells[5:] == ['"他说""好""吗"', '"""引号""在前"']
    again = measure("-r", rules, "--show", 1, errors)
    assert [e["record"]["text"] for e in again["errors"]] == texts


def test_texts_are_written_only_when_asked_for(rules, labelled):
    for words in [(), ("--json",), ("--brief",), ("--compare", rules)]:
        done = run("eval", "-r", rules, *words, labelled)
        assert not any(text in done.stdout + done.stderr for _, _, text in LABELLED)
    done = run("eval", "-r", rules, "--show", 5, labelled)
    assert LOST in done.stdout and "missing: claim" in done.stdout and "理赔客服说快递丢失了" in done.stdout


def test_unlabelled_tells_warnings_per_100000_and_writes_a_sample_to_label(rules, tmp_path):
    path, sample = tmp_path / "day.txt", tmp_path / "sample.tsv"
    path.write_text(f"{TALK}\n" * 999 + f"{BOTH}\n")
    result = measure("-r", rules, "--unlabelled", "--errors", sample, path)
    assert result["overall"]["warnings_per_100000"]["rate"] == pytest.approx(100)
    assert "  day.txt  " in run("eval", "-r", rules, "--unlabelled", path).stdout
    lines = sample.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 3, "of every template one"
    assert lines[1].split("\t")[:3] == ["", "", BOTH]
    labelled = tmp_path / "labelled.tsv"
    labelled.write_text("\n".join([lines[0], "fraud" + lines[1], "ham" + lines[2]]))
    assert row(measure("-r", rules, labelled), "fraud", "-")["hits"] == 1
    assert "no label" in run("eval", "-r", rules, sample).stderr


def test_suggest_proposes_what_misses_share_and_ham_has_not(rules, tmp_path):
    lines = [("fraud", "x", f"{word}请尽快解冻账号否则{word}") for word in ["一天", "今晚", "明早", "周五"]]
    lines += [("ham", "x", f"{word}今晚一起去看电影") for word in "甲乙丙丁戊己庚辛"]
    suggestions = measure("-r", rules, "--suggest", write_tsv(tmp_path / "s.tsv", lines))["suggestions"]
    phrases = [s["phrase"] for s in suggestions]
    assert any("解冻账号" in phrase for phrase in phrases) and all(s["misses"] >= 3 and s["ham"] == 0 for s in suggestions)
    assert sum("解冻" in phrase for phrase in phrases) == 1, "a piece of a longer one that is in as many is no news"


def test_many_threads_count_as_one_does(rules, tmp_path):
    path = write_tsv(tmp_path / "many.tsv", [LABELLED[i % len(LABELLED)] for i in range(20000)])
    one, many = (measure("-r", rules, "--jobs", jobs, path) for jobs in (1, 4))
    assert one == many and row(one, "fraud", "courier")["n"] == 7500


def test_by_file_keeps_classes_of_files_apart(rules, tmp_path):
    for name in "ab":
        write_tsv(tmp_path / name, [("ham", "x", TALK)])
    classes = measure("-r", rules, "--by-file", tmp_path / "a", tmp_path / "b")["classes"]
    assert [(c["n"], os.path.basename(c["file"])) for c in classes] == [(1, "a"), (1, "b")]
    assert measure("-r", rules, tmp_path / "a", tmp_path / "b")["classes"][0]["n"] == 2


def test_standard_input_is_a_file_too(rules):
    assert row(measure("-r", rules, "-", stdin=f"fraud\tx\t{BOTH}\r\n"), "fraud", "x")["hits"] == 1
