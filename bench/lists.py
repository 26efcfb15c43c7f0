"""A list of numbers: look-ups, changes, memory, and reading all of it: from a topic (without Kafka), a snapshot, a file."""
import json
import os
import subprocess
import tempfile

from result import BUILD, OUT, ROOT, Missing, Result, ratio

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


def middle(values):
    return sorted(values)[len(values) // 2]


def run(mode, seconds):
    result = Result("lists", notes=[
        "Mobile numbers in no order, all in one list. A miss is told by a byte of the number's hash; all of them "
        "together are the filter. Look-ups come in blocks of 2,048 numbers drawn anew, behind a walk through 64 MiB that "
        "leaves nothing of the list in the caches; kinds take turns, 21 times. key_ns, the number's digits made a key, "
        "is in every look-up.",
        "filter_load and table_load: one load of a random word in memory as large as the filter and as the table, after "
        "the same walk: what a miss and a hit need at least. alone: behind a barrier, nothing overlaps; else as many "
        "overlap as the CPU makes of them. expected: the number was told four look-ups before, as the judge tells it "
        "before it reads the text.",
        "Times are CPU of the thread, of changes wall time; growth of the table is included. fill_s and reread_s "
        "take every entry as a message of a topic (without Kafka), csv_s reads a file of the rules folder."])
    for count in QUICK if mode == "quick" else FULL:
        got = measure(count)
        result.row(f"{count:,} numbers", **got)
        if count == 10_000_000:
            result.target("10 M numbers: MiB", 400, got["resident_mib"])
            result.target("10 M numbers: ns a look-up, miss", 100, middle(got["miss_ns"]))
            result.target("10 M numbers: ns a look-up, hit", 100, middle(got["hit_ns"]))
            result.target("10 M numbers: ns a look-up, miss, as the judge asks", 100, middle(got["miss_expected_ns"]))
            result.target("10 M numbers: miss alone to a load of the filter alone", 1.5,
                          middle(ratio(got["miss_alone_ns"], got["filter_load_alone_ns"])))
            result.target("10 M numbers: s to read all", 10, max(got["reread_s"], got["restore_s"], got["csv_s"]))
    return result
