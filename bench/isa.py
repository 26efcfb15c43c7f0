"""SSE4.2, AVX2 and AVX-512 forced in turn: what the CPU's width is worth to the two engines that choose by it."""
import os
import time

from result import BUILD, Missing, Result, ratio
from running import Running

PROGRAM = os.path.join(BUILD, "bench", "isa")
FORCED = [  # instruction set, simdjson's name of its kernel for it
    ("sse4.2", "westmere"),
    ("avx2", "haswell"),
    ("avx512", "icelake"),
    ("avx512vbmi", "icelake"),
]


def measure(running, seconds):
    samples = {isa: {} for isa in running}
    began, rounds = time.monotonic(), 0
    while rounds < 5 or time.monotonic() - began < seconds:
        for isa, one in running.items():
            for name, value in one.round().items():
                samples[isa].setdefault(name, []).append(value)
        rounds += 1
    return samples


def run(mode, seconds):
    if not os.path.exists(PROGRAM):
        raise Missing("build/bench/isa: make bench-programs")
    result = Result("isa", notes=[
        "Full libraries, clean records, CPU time; ratios to SSE4.2 of the same rounds. parse: simdjson On-Demand alone,",
        "decode: the decoder on it, scan: hs_scan by the function for the instruction set, its database compiled for it."])
    every = {isa: Running(PROGRAM, isa, env=os.environ | {"SIMDJSON_FORCE_IMPLEMENTATION": kernel})
             for isa, kernel in FORCED}
    try:
        running = {isa: one for isa, one in every.items() if "missing" not in one.ready}
        samples = measure(running, max(5, seconds - 40))
    finally:
        for one in every.values():
            one.close()
    if len({one.ready["hits"] for one in running.values()}) > 1:
        raise RuntimeError("not the same hits: %s" % {isa: one.ready["hits"] for isa, one in running.items()})
    first = next(iter(running))
    for isa, _ in FORCED:
        if isa not in running:
            result.row(isa, parse_ns=None, decode_ns=None, scan_ns=None, simdjson="-")
            result.note("%s is not measured: %s" % (isa, every[isa].ready["missing"]))
            continue
        got = samples[isa]
        result.row(isa, **got, parse_ratio=ratio(got["parse_ns"], samples[first]["parse_ns"]),
                   scan_ratio=ratio(got["scan_ns"], samples[first]["scan_ns"]), simdjson=running[isa].ready["simdjson"])
    return result
