#!/usr/bin/env python3
"""Run the benches one after another: a table each, and build/bench/NAME.json.

usage: run.py quick|full [NAME...]     quick: 2 minutes in all; full: at most 40 minutes

A bench is a module of this folder named in BENCHES, with

    def run(mode, seconds):        # mode "quick" or "full"; seconds: its time box, to be kept
        result = Result("NAME")    # from result import Missing, Result, interleave, ratio
        result.row("ours", ns_per_record=[samples], ratio_to_floor=ratio(samples, floor_samples))
        result.target("what the target is", limit, value)
        return result              # rows are told in result.py; or a list of Results, each with a file of its own

It builds nothing: programs of bench/*.c are built before as build/bench/NAME (BENCH_BIN in the Makefile; result.program
runs them). What it needs
and does not find it tells by `raise Missing("what, and what would bring it")`, which is printed and passed over; so is
any other failure, but then the exit code is 1. A time box of 0 leaves a bench out of that mode unless it is named.
"""
import importlib
import os
import sys
import time
import traceback
from collections import namedtuple

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers"))
from result import Missing  # noqa: E402

Bench = namedtuple("Bench", "module quick full what")
BENCHES = [  # module, seconds in quick and in full mode
    Bench("stages", 12, 60, "cost per record, stage by stage, beside the floors"),
    Bench("engine", 20, 120, "records per second on one core: hits, lengths, disguise, two threads"),
    Bench("matchers", 0, 240, "the same literals and texts through other matchers"),
    Bench("library_size", 20, 280, "100 to 100,000 phrases, 10 to 10,000 rules"),
    Bench("lists", 8, 60, "lists of numbers: look-ups, changes, memory, reading all of it"),
    Bench("isa", 0, 120, "SSE4.2, AVX2, AVX-512 in turn"),
    Bench("start", 8, 60, "start to rule set live, with and without the compiled-database cache"),
    Bench("feed", 8, 90, "a library that is fed to it being live, and throughput meanwhile"),
    Bench("pipeline", 35, 300, "a real broker, beside consume-and-drop"),
    Bench("latency", 0, 300, "record time to warning readable, open-loop load"),
    Bench("reload", 0, 150, "latency and throughput while a library is loaded again and again"),
    Bench("memory", 0, 200, "resident memory of a worker, queue size against catch-up"),
    Bench("peers", 0, 420, "what one would use instead"),
]


def run_one(bench, mode, seconds):
    """True unless the bench broke."""
    print(f"\n{bench.module}: {bench.what}", flush=True)
    began = time.monotonic()
    try:
        done = importlib.import_module(bench.module).run(mode, seconds)
    except Missing as missing:
        print(f"  left out: {missing}")
        return True
    except ModuleNotFoundError as missing:
        print(f"  left out: no module {missing.name}")
        return True
    except Exception:  # one bench that breaks must not cost the others
        traceback.print_exc(file=sys.stdout)
        return False
    took = time.monotonic() - began
    for result in done if isinstance(done, list) else [done]:
        result.print()
        result.write(mode, took)
    print(f"  {took:.0f} s" + (f", over its time box of {seconds} s" if took > 1.2 * seconds + 2 else ""), flush=True)
    return True


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in ("quick", "full"):
        sys.exit("usage: run.py quick|full [NAME...]")
    mode, names = sys.argv[1], sys.argv[2:]
    known = [bench.module for bench in BENCHES]
    for name in names:
        if name not in known:
            sys.exit(f'run.py: no bench "{name}": {" ".join(known)}')
    ok = True
    for bench in BENCHES:
        seconds = getattr(bench, mode)
        if bench.module in names or (not names and seconds > 0):
            ok = run_one(bench, mode, seconds or bench.full) and ok
    print("\nbuild/bench/*.json written; make bench-report turns them into docs/benchmarks.md")
    sys.exit(0 if ok else 1)


if __name__ == "__main__":
    main()
