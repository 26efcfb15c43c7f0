"""The frame of the benches and the count of instructions: what they say of figures that are made up."""
import json
import os
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "bench"), os.path.join(ROOT, "tests", "perf")]
import instructions  # noqa: E402
import result  # noqa: E402
import run  # noqa: E402


@pytest.fixture(autouse=True)
def out(tmp_path, monkeypatch):
    monkeypatch.setattr(result, "OUT", str(tmp_path))
    return tmp_path


def test_a_bench_writes_medians_with_their_spread_and_targets_met_and_missed(out, capsys):
    made = result.Result("b", ["a note"])
    made.row("ours", ns=[3.0, 1.0, 2.0], ratio=result.ratio([3.0, 4.0], [1.0, 2.0]), word="yes", none=None)
    made.target("small", 1.5, 1.4)
    made.target("great", 10, 9, at_least=True)
    made.target("somewhere else", 1, None)
    made.print()
    made.write("quick", 1)
    wrote = json.loads((out / "b.json").read_text())
    assert wrote["rows"][0]["values"]["ns"] == {"median": 2.0, "min": 1.0, "max": 3.0, "n": 3}
    assert wrote["rows"][0]["values"]["ratio"]["median"] == 2.5
    assert [target["met"] for target in wrote["targets"]] == [True, False, None]
    assert wrote["machine"]["versions"]["libhs"] and wrote["machine"]["kernel"]
    shown = capsys.readouterr().out
    assert "2 ±50%" in shown and "MISSED great: 9 (wanted ≥ 10)" in shown and "not measured" in shown


def test_rounds_are_interleaved_so_that_drift_hits_all_alike():
    order = []
    samples = result.interleave({"a": lambda: order.append("a") or 1, "b": lambda: order.append("b") or 2}, 0, least=2)
    assert order == ["a", "b", "a", "b"] and samples == {"a": [1, 1], "b": [2, 2]}


@pytest.mark.parametrize("error,ok", [(result.Missing("no broker"), True), (ValueError("broken"), False)])
def test_a_bench_without_its_tools_is_passed_over_and_one_that_breaks_is_not(monkeypatch, capsys, error, ok):
    def fail(_mode, _seconds):
        raise error

    monkeypatch.setitem(sys.modules, "made_up", type(sys)("made_up"))
    sys.modules["made_up"].run = fail
    assert run.run_one(run.Bench("made_up", 1, 1, "what"), "quick", 1) is ok
    assert str(error) in capsys.readouterr().out


def test_the_time_boxes_keep_two_and_forty_minutes():
    assert sum(bench.quick for bench in run.BENCHES) <= 120
    assert sum(bench.full for bench in run.BENCHES) <= 2400


def test_of_instructions_only_our_own_are_counted(tmp_path):
    dump = tmp_path / "out.1"
    dump.write_text("desc: Trigger: Client Request: canon\n\nevents: Ir\nob=(1) build/tests/instructions\nfn=(1) a\n"
                    "10 100\n+1 20\ncob=(2) /lib/libc.so.6\ncfn=(2) b\ncalls=3 0\n* 5000\n\nob=(2)\nfn=(2)\n0 5000\n")
    assert instructions.read_dump(dump, "build/tests/instructions") == ("canon", 120, 5120)


@pytest.mark.parametrize("ours,wrong", [(104, []), (106, ["canon"]), (94, ["canon"])])
def test_instructions_more_than_five_percent_off_are_wrong_in_either_direction(ours, wrong, capsys):
    assert instructions.compare("kind", {"canon": ours}, {"canon": ours}, {"canon": 100}) == wrong
    assert "canon" in capsys.readouterr().out
