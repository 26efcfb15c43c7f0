"""What a library costs by its size: to load, and per record, beside the raw scan of the same literals; the phrases and
rules are invented (invented.py)."""
import json
import os
import subprocess

from invented import invent
from result import BUILD, ROOT, Missing, Result, ratio

PROGRAM = os.path.join(BUILD, "bench", "library_size")
QUICK = [(100, 10), (250, 25), (10000, 1000)]
FULL = [(100, 10), (250, 25), (1000, 100), (10000, 1000), (100000, 10000)]
BY_RULES = [(10000, 100), (10000, 10000)]  # the same phrases, more rules over them


def folder(size):
    return os.path.join(BUILD, "bench", "library_%d_%d" % size)


def run_program(*words):
    """The JSON objects that it prints, one a line."""
    if not os.path.exists(PROGRAM):
        raise Missing("build/bench/library_size: make bench-programs")
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, cwd=ROOT)
    if done.returncode != 0:
        raise RuntimeError("library_size %s: %s" % (" ".join(words), done.stderr.strip()[-500:]))
    return [json.loads(line) for line in done.stdout.splitlines()]


def rounds_of(sizes, rounds):
    """Size -> name of a figure -> its samples; the rounds of all sizes are interleaved."""
    samples = {size: {} for size in sizes}
    by_folder = {folder(size): size for size in sizes}
    for line in run_program("time", str(rounds), *by_folder):
        of_size = samples[by_folder[line.pop("dir")]]
        for name, value in line.items():
            of_size.setdefault(name, []).append(value)
    return samples


def median_ratio(a, b):
    values = sorted(ratio(a, b))
    return values[len(values) // 2]


def add_rows(result, sizes, loaded, samples):
    least = samples[(250, 25)]["engine_ns"]
    for size in sizes:
        load, got = loaded[size], samples[size]
        result.row("%d phrases, %d rules" % size, literals=load["literals"], load_ms=load["load_ms"],
                   peak_mib=load["peak_mib"], database_kib=load["database_kib"],
                   engine_ns=got["engine_ns"], raw_scan_ns=got["raw_scan_ns"], scan_ns=got["scan_ns"],
                   evaluate_ns=got["evaluate_ns"], engine_to_250=ratio(got["engine_ns"], least))


def add_targets(result, samples):
    def engine(size):
        least = samples[(250, 25)]["engine_ns"]
        return median_ratio(samples[size]["engine_ns"], least) if size in samples else None

    def evaluate(size):
        return sorted(samples[size]["evaluate_ns"])[len(samples[size]["evaluate_ns"]) // 2] if size in samples else None

    few, many = (evaluate(size) for size in BY_RULES)
    result.target("engine, 10,000 phrases against 250", 1.5, engine((10000, 1000)))
    result.target("engine, 100,000 phrases against 250", 3, engine((100000, 10000)))
    result.target("evaluate of 10,000 phrases, 10,000 rules against 100", 1.2,
                  many / few if few and many is not None else None)
    result.target("evaluate, clean record, 10,000 phrases: ns", 20, evaluate((10000, 1000)))


def run(mode, seconds):
    sizes = QUICK if mode == "quick" else FULL + BY_RULES
    result = Result("library_size", notes=[
        "Phrases are invented of frequent words: half have a gap, a third alternatives; five to a set, rules of two sets.",
        "Times are CPU time of the thread; load and memory without self-test, each size in its own process;",
        "scan_ns and evaluate_ns are the judge's stages (scan: with the words written otherwise), raw_scan_ns is hs_scan "
        "of the same database."])
    for size in sizes:
        invent(folder(size), *size)
    loaded = {size: run_program("load", folder(size))[0] for size in sizes}
    samples = rounds_of(sizes, 15 if mode == "quick" else 41)
    add_rows(result, sizes, loaded, samples)
    add_targets(result, samples)
    return result
