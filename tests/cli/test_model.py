"""A learned model with the commands: the tier it moves, what explain and check say of it, and a model that is wrong."""
import json

import jsonschema
import pytest

from test_commands import FRAUD, ROOT, record, rules_dir, run

TIERS = ["low", "medium", "high"]


def write_model(tmp_path, state="live", bias=-5.0, name="model.json", **more):
    terms = [{"gram": "双倍", "weight": -1.5}, {"gram": "客服", "weight": 0.25}, {"gram": "没有", "weight": 3},
             {"fact": "caller.international", "weight": 0.5}]
    file = tmp_path / name
    file.write_text(json.dumps({"telsieve_model": 1, "version": "7", "state": state, "bias": bias, "raise": 0.98,
                                "lower": 0.02, "terms": terms, **more}, ensure_ascii=False))
    return file


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    library = {"telsieve": 1, "library": "refund", "family": "R", "title": "t", "version": "1",
               "sets": {"topic": {"role": "T", "phrases": ["快递丢失"]},
                        "action": {"role": "A", "phrases": ["添加理赔客服"]}},
               "rules": [{"id": "R-1", "type": "t", "state": "live", "tier": "medium", "when": "topic and action",
                          "reason": "r", "hit": [FRAUD], "miss": ["你好"]}]}
    return rules_dir(tmp_path_factory.mktemp("rules"), json.dumps(library, ensure_ascii=False))


def scan(rules, *words):
    done = run("scan", "-q", "-r", rules, *words, stdin=record("a", FRAUD) + "\n")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("state, bias, moved", [("live", -5, -1), ("live", 9, 1), ("live", 1, 0), ("shadow", -5, -1)])
def test_scan_moves_the_tier_as_a_live_model_says(rules, tmp_path, state, bias, moved):
    plain, warning = scan(rules), scan(rules, "--model", write_model(tmp_path, state, bias))
    with open(ROOT + "/docs/warning.schema.json") as schema:
        jsonschema.validate(warning, json.load(schema))
    assert "model" not in plain and warning["rules"] == plain["rules"]
    after = min(max(TIERS.index(plain["tier"]) + moved, 0), 2)
    moves = after - TIERS.index(plain["tier"])
    assert warning["tier"] == (TIERS[after] if state == "live" else plain["tier"])
    expected = {"moved": moves} if state == "live" else {"moved": 0, "would": moves}
    assert {**warning["model"], "score": None} == {"version": "7", "score": None, **expected}
    assert warning["engine"]["ruleset"] != plain["engine"]["ruleset"]


def test_explain_lists_score_and_terms(rules, tmp_path):
    model = write_model(tmp_path, "shadow", 9)
    done = run("explain", "-r", rules, "--model", model, "--caller", "008525550001", "--ingress", "intl", FRAUD)
    assert done.returncode == 0, done.stderr
    assert "learned model: 7 (shadow)  score 99.97" in done.stdout, done.stdout
    assert '-1.500  gram "双倍"' in done.stdout and '+0.500  fact "caller.international"' in done.stdout
    assert "没有" not in done.stdout.split("learned model")[1].split("\n\n")[0]
    assert "learned model" not in run("explain", "-r", rules, FRAUD).stdout


def test_replay_and_eval_judge_with_the_model_too(rules, tmp_path):
    records, texts, model = tmp_path / "r.jsonl", tmp_path / "t.tsv", write_model(tmp_path)
    records.write_text(record("a", FRAUD) + "\n")
    texts.write_text(f"fraud\trefund\t{FRAUD}\n")
    done = run("replay", "-q", "--json", "--set", f"rules.model={model}", "--rules", rules, "--against", "none",
               "--show", 1, records)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])["warning"]["model"] == scan(rules, "--model", model)["model"]
    done = [run("eval", "-q", "-r", rules, "--json", *words, texts) for words in ([], ["--model", model])]
    assert [one.returncode for one in done] == [0, 0], done
    assert done[0].stdout != done[1].stdout, "the tier is a lower one"


def test_check_names_fragments_that_are_gone_and_refuses_a_bad_model_with_its_place(rules, tmp_path):
    model = write_model(tmp_path, terms=[{"fragment": "refund/none/没有这句", "weight": 1}])
    done = run("check", "-r", rules, "--model", model)
    assert done.returncode == 0 and "1 of its fragments are in no library" in done.stderr, done.stderr
    model.write_text(model.read_text().replace("没有这句", "没有这句\", \"gram\": \"两个"))
    done = run("check", "-r", rules, "--model", model)
    assert done.returncode == 1 and f"{model}:1:" in done.stderr and "a term is" in done.stderr, done.stderr
    assert run("scan", "-r", rules, "--model", tmp_path / "none.json", stdin="").returncode == 1
