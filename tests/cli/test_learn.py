"""telsieve learn: what it learns, what it must not learn, and what it says of texts of another source. All texts are
made of a few invented words, so that it is known which of them tell fraud from the rest."""
import itertools
import json
import math
import os

import pytest

from test_commands import ROOT, run
from test_eval import BOTH, rule, write_rules, write_tsv

SCAMS = ["云矿机日结佣金", "代抢礼包返佣", "拉人头领分红", "垫付货款返双倍"]  # in no library
TALK = ["晚上吃火锅", "周末去爬山", "孩子放学了", "单车停楼下"]
OPENINGS, ENDINGS = ["你好", "朋友", "在吗", "各位", "老同学", "家人们"], ["名额有限", "等你", "快来", "回个话", "今晚截止"]
ELSEWHERE = ["项目组通知", "直播间里说", "群主发话", "昨天听讲", "新来的人问", "表格上写着", "广播里讲", "门口贴着"]


def texts(label, words, openings=OPENINGS, endings=ENDINGS):
    return [(label, "x", "".join(parts)) for parts in itertools.product(openings, words, endings)]


@pytest.fixture
def rules(tmp_path):
    return write_rules(tmp_path / "rules", rule("R-001", "lost and claim", BOTH, "medium"))


@pytest.fixture
def own(tmp_path):
    return write_tsv(tmp_path / "own.tsv", texts("fraud", SCAMS) + texts("ham", TALK))


def other(tmp_path, frauds, lawful=TALK, name="other.tsv"):
    """Another source: no sentence of it begins or ends as those of `own` do."""
    return write_tsv(tmp_path / name, texts("fraud", frauds, ELSEWHERE, ["罢了", "云云"]) +
                     texts("lawful", lawful, ELSEWHERE, ["罢了", "云云"]))


def learn(*words, code=0):
    done = run("learn", "-q", *words)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def model_of(rules, tmp_path):
    def make(*words, code=0):
        out = tmp_path / "model.json"
        said = learn("-r", rules, "--out", out, *words, code=code)
        return json.loads(out.read_text()), said
    return make


def weights(model, kind):
    return {term[kind]: term["weight"] for term in model["terms"] if kind in term}


def test_the_same_texts_give_the_same_bytes_with_any_number_of_threads(rules, own, tmp_path):
    models = []
    for i, jobs in enumerate([1, 1, 3]):
        out = tmp_path / f"model{i}.json"
        learn("-r", rules, "--out", out, "--jobs", jobs, "--version", "7", own)
        models.append(out.read_bytes())
    assert models[0] == models[1] == models[2]


def test_a_text_on_which_an_expression_takes_too_long_is_named_with_its_place(tmp_path):
    folder = write_rules(tmp_path / "rules", rule("R-001", "lost and slow", "快递丢失,理快客", "medium"))
    library = json.loads((folder / "courier.json").read_text())
    library["sets"]["slow"] = {"role": "A", "phrases": ["re:理(?:快慢|快|慢)+[客服]"]}
    (folder / "courier.json").write_text(json.dumps(library, ensure_ascii=False))
    own = write_tsv(tmp_path / "own.tsv", texts("fraud", SCAMS) + texts("ham", TALK) +
                    [("ham", "x", "理" + "快慢" * 40 + "走")])
    done = run("learn", "-q", "-r", folder, "--out", tmp_path / "model.json", own)
    assert done.returncode == 1 and f"{own}:241:1: pattern engine error: a regular expression" in done.stderr
    assert "out of memory" not in done.stderr and not (tmp_path / "model.json").exists()


def test_words_of_no_library_are_learned_and_the_model_says_where_from(model_of, own):
    model, said = model_of("--version", "2026.11.22", own)
    grams = weights(model, "gram")
    assert (model["telsieve_model"], model["version"], model["state"]) == (1, "2026.11.22", "shadow")
    assert any(weight > 0 and any(gram in scam for scam in SCAMS) for gram, weight in grams.items())
    assert all(2 <= len(gram) <= 4 for gram in grams)
    assert [term["weight"] for term in model["terms"]] == sorted((t["weight"] for t in model["terms"]), reverse=True)
    source, = model["trained"]["sources"]
    assert (source["file"], source["fraud"], source["lawful"]) == ("own.tsv", 120, 120)
    assert model["trained"]["rules"].startswith("sha256:") and "holdout" not in model["trained"]
    cross = model["trained"]["cross_validated"]
    assert cross["fraud"] == 120 and cross["found"] > 100 and cross["false_alarms"] == 0
    assert 'state "shadow"' in said and "the manner of its own sources only" in said


def test_no_text_is_printed(model_of, own, tmp_path):
    _, said = model_of("--holdout", other(tmp_path, SCAMS), own)
    assert not any(word in said for word in SCAMS + TALK)


def test_a_model_that_finds_frauds_of_another_source_may_go_live(model_of, own, rules, tmp_path):
    holdout = other(tmp_path, SCAMS)
    model, said = model_of("--holdout", holdout, own)
    measured = model["trained"]["holdout"]
    assert measured["rises"] and measured["fraud"]["rules"] == 0 and measured["fraud"]["rules_or_score"] > 32
    assert measured["lawful"]["rules_or_score"] == 0 and measured["fraud"]["at_equal_false_alarms"] > 32
    assert "may go live" in said
    assert "it may go live" in learn("-r", rules, "--check", tmp_path / "model.json", "--holdout", holdout)


def test_phrases_that_the_rules_no_longer_have_are_told(model_of, own, rules, tmp_path):
    model, _ = model_of(own)
    words = ("-r", rules, "--check", tmp_path / "model.json", "--holdout", other(tmp_path, SCAMS))
    assert "no library" not in learn(*words)
    model["terms"].append({"fragment": "courier/lost/包裹不见", "weight": 1})
    (tmp_path / "model.json").write_text(json.dumps(model))
    assert "1 phrase of the model is in no library of these rules, such as courier/lost/包裹不见" in learn(*words)


def test_a_model_that_knows_its_own_source_only_is_said_to(model_of, own, rules, tmp_path):
    holdout = other(tmp_path, ["裸聊视频已录下", "冒充熟人急用钱"])
    model, said = model_of("--holdout", holdout, own)
    assert not model["trained"]["holdout"]["rises"] and "NO   recall rises" in said and "must not go live" in said
    assert model["trained"]["cross_validated"]["found"] > 100, "and that though it is sure of itself"
    assert "must not go live" in learn("-r", rules, "--check", tmp_path / "model.json", "--holdout", holdout, code=1)


def test_a_model_with_new_false_alarms_must_not_go_live(model_of, own, tmp_path):
    lawful = TALK + [f"警方提醒{scam}" for scam in SCAMS[:1]]
    model, said = model_of("--l1", 30, "--holdout", other(tmp_path, SCAMS, lawful), own)
    assert "NO   false alarms do not" in said and not model["trained"]["holdout"]["rises"]
    measured = model["trained"]["holdout"]
    assert measured["lawful"]["at_equal_false_alarms"] == measured["lawful"]["rules"] == 0


def test_what_the_rules_find_is_no_merit_of_the_model(model_of, own, tmp_path):
    holdout = write_tsv(tmp_path / "courier.tsv", texts("fraud", [BOTH], ELSEWHERE) + texts("ham", TALK, ELSEWHERE))
    model, _ = model_of("--holdout", holdout, own)
    measured = model["trained"]["holdout"]
    fraud = measured["fraud"]
    assert fraud["rules"] == fraud["rules_or_score"] == fraud["texts"] == 40 and not measured["rises"]


def test_a_source_is_not_measured_by_itself(model_of, rules, own, tmp_path):
    copy = tmp_path / "copy.tsv"
    copy.write_bytes(own.read_bytes())
    done = run("learn", "-r", rules, "--out", tmp_path / "m.json", "--holdout", copy, own)
    assert done.returncode == 1 and "the same texts as" in done.stderr
    model_of(own)
    said = learn("-r", rules, "--check", tmp_path / "model.json", "--holdout", copy, code=1)
    assert "NO   another source" in said


def test_texts_of_the_training_are_not_counted_in_the_holdout(model_of, own, tmp_path):
    holdout = write_tsv(tmp_path / "mixed.tsv", texts("fraud", SCAMS) + texts("ham", TALK, ELSEWHERE))
    model, said = model_of("--holdout", holdout, own)
    assert model["trained"]["holdout"]["fraud"]["texts"] == 0 and "left out: 120 that are in the training, too" in said


def test_files_of_one_label_each_are_warned_of(model_of, own, tmp_path):
    frauds, lawful = (write_tsv(tmp_path / name, texts(label, words))
                      for name, label, words in [("f.tsv", "fraud", SCAMS), ("l.tsv", "ham", TALK)])
    assert "no file has both labels" in model_of(frauds, lawful)[1]
    assert "no file has both labels" not in model_of(own)[1]


def test_texts_that_differ_in_digits_are_one_and_those_of_both_labels_none(model_of, tmp_path):
    lines = texts("fraud", SCAMS) + texts("ham", TALK)
    lines += [("fraud", "x", f"{lines[0][2]}{n}") for n in range(5)] + [("ham", "x", lines[1][2])]
    model, said = model_of(write_tsv(tmp_path / "more.tsv", lines))
    source, = model["trained"]["sources"]
    assert (source["fraud"], source["lawful"]) == (120, 120), "one template more, one that both have less"
    assert "left out: 4 that differ" in said and "left out: 2 whose words have both labels" in said
    assert not any(c.isdigit() for gram in weights(model, "gram") for c in gram)


def test_the_sender_map_is_not_learned_but_real_senders_are(model_of, own, tmp_path):
    senders = tmp_path / "senders.json"
    mobile, abroad = {"calling": "13912345678", "ingress": "onnet"}, {"calling": "0085255501234", "ingress": "intl"}
    senders.write_text(json.dumps({"senders": [{"label": "fraud", "from": [abroad]}, {"from": [mobile]}]}))
    model, said = model_of("--sender-map", senders, own)
    assert not any(fact.startswith(("caller", "callee", "record", "claim")) for fact in weights(model, "fact"))
    assert "who sent them" in said and not model["trained"]["senders"]
    lines = [(*line, abroad["calling"] if line[0] == "fraud" else mobile["calling"])
             for line in texts("fraud", TALK) + texts("ham", SCAMS, ELSEWHERE)]
    real = write_tsv(tmp_path / "real.tsv", lines, ("label", "class", "text", "calling"))
    model, said = model_of(real)
    assert any(fact.startswith("caller") for fact in weights(model, "fact")) and model["trained"]["senders"]
    assert "who sent them" not in said


def test_phrases_of_the_libraries_are_terms(model_of, tmp_path):
    lines = texts("fraud", ["快递丢失", "理赔客服"]) + texts("ham", TALK)
    model, _ = model_of("--grams", 0, write_tsv(tmp_path / "phrases.tsv", lines))
    assert weights(model, "gram") == {}
    assert set(weights(model, "fragment")) == {"courier/lost/快递丢失", "courier/claim/理赔客服"}


def test_feedback_of_the_platform_is_learned_from(model_of, own, tmp_path):
    feedback = tmp_path / "feedback.jsonl"
    record = {"v": 1, "kind": "sms", "ts": 1763776800000, "calling": "13912345678", "called": "13812345678"}
    verdicts = {"false": "老地方集合包粽子", "true": "扫码领鸡蛋再垫资", "unknown": "随便说说"}
    feedback.write_text("".join(
        json.dumps({"verdict": verdict, "record": {**record, "id": f"{verdict}{opening}{ending}",
                                                   "text": opening + text + ending}}, ensure_ascii=False) + "\n"
        for (verdict, text), opening, ending in itertools.product(verdicts.items(), OPENINGS, ENDINGS)))
    model, said = model_of("--feedback", feedback, own)
    told = {source["file"]: source for source in model["trained"]["sources"]}
    assert told["feedback.jsonl"]["feedback"] and not told["own.tsv"]["feedback"]
    assert (told["feedback.jsonl"]["fraud"], told["feedback.jsonl"]["lawful"]) == (30, 30)
    assert "left out: 30 that are neither" in said
    assert any(weight > 0 and gram in verdicts["true"] for gram, weight in weights(model, "gram").items())


def test_a_verdict_that_is_none_is_told_with_its_place(rules, tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"verdict": "yes", "text": "a"}\n')
    done = run("learn", "-r", rules, "--out", tmp_path / "m.json", "--feedback", path)
    assert done.returncode == 1 and f"{path}:1:1: " in done.stderr and '"true", "false" or "unknown"' in done.stderr


def test_a_handful_of_texts_teaches_nothing(rules, tmp_path):
    few = write_tsv(tmp_path / "few.tsv", texts("fraud", SCAMS[:1])[:9] + texts("ham", TALK))
    done = run("learn", "-r", rules, "--out", tmp_path / "m.json", few)
    assert done.returncode == 1 and "9 frauds and 120 lawful" in done.stderr and not (tmp_path / "m.json").exists()


@pytest.mark.parametrize("words, message", [
    (["OWN"], "--out"), (["--out", "m.json"], "labelled texts"), (["--out", "m.json", "-"], "is a file"),
    (["--check", "m.json"], "--holdout"), (["--check", "m.json", "--holdout", "a", "OWN"], "--holdout FILE only"),
    (["--out", "m.json", "--l1", "0", "OWN"], "--l1"), (["--out", "m.json", "--grams", "20001", "OWN"], "20000")])
def test_wrong_use_is_told(own, words, message):
    done = run("learn", *[own if word == "OWN" else word for word in words])
    assert done.returncode == 2 and message in done.stderr


def test_a_model_that_is_none_is_told_with_its_place(rules, own, tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text('{"telsieve_model": 1,\n "version": ""}')
    done = run("learn", "-r", rules, "--check", bad, "--holdout", own)
    assert done.returncode == 1 and f"{bad}:2:" in done.stderr


def test_a_model_that_cannot_be_written_is_a_failure(rules, own):
    done = run("learn", "-r", rules, "--out", "/nonexistent/m.json", own)
    assert done.returncode == 3 and "cannot be written" in done.stderr


def test_the_engine_scores_as_the_file_says(model_of, rules, own, tmp_path):
    model, _ = model_of("--l1", 3, own)
    for text in ["朋友云矿机日结佣金快来", "朋友晚上吃火锅等你", "这里没有什么词"]:
        terms = [weight for gram, weight in weights(model, "gram").items() if gram in text]
        score = 100 / (1 + math.exp(-(model["bias"] + sum(terms))))
        done = run("explain", "-r", rules, "--model", tmp_path / "model.json", "--json", text)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["model"]["score"] == pytest.approx(score, abs=1e-6)
        assert weights(model, "fragment") == weights(model, "fact") == {}, "which no text here has"
