"""A list of numbers: look-ups, changes, memory, and reading all of it: from a topic (without Kafka), a snapshot, a file."""
import json
import os
import subprocess
import tempfile

from result import BUILD, OUT, ROOT, Missing, Result

PROGRAM = os.path.join(BUILD, "bench", "lists")
QUICK, FULL = [100_000, 1_000_000], [1_000_000, 10_000_000]


def measure(count):
    if not os.path.exists(PROGRAM):
        raise Missing("build/bench/lists: make bench-programs")
    os.makedirs(OUT, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=OUT) as folder:
        done = subprocess.run([PROGRAM, "patterns/numbers", str(count), folder], capture_output=True, text=True, cwd=ROOT)
    if done.returncode != 0:
        raise RuntimeError("lists %d: %s" % (count, done.stderr.strip()[-500:]))
    return json.loads(done.stdout)


def median(values):
    return sorted(values)[len(values) // 2]


def run(mode, seconds):
    result = Result("lists", notes=[
        "Mobile numbers in no order, all in one list. A miss is told by a byte of the number's hash; the numbers asked for "
        "come in no order either, so nothing is in the caches but what fits.",
        "Times are CPU of the thread, of changes wall time; growth of the table is included. fill_s and reread_s "
        "take every entry as a message of a topic (without Kafka), csv_s reads a file of the rules folder."])
    for count in QUICK if mode == "quick" else FULL:
        got = measure(count)
        result.row(f"{count:,} numbers", **got)
        if count == 10_000_000:
            result.target("10 M numbers: MiB", 400, got["resident_mib"])
            result.target("10 M numbers: ns a look-up, miss, nothing expected", 100, median(got["miss_ns"]))
            result.target("10 M numbers: ns a look-up, miss, as the judge asks", 100, median(got["miss_expected_ns"]))
            result.target("10 M numbers: s to read all", 10, max(got["reread_s"], got["restore_s"], got["csv_s"]))
    return result
