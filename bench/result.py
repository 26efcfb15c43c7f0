"""What every bench shares: samples to medians with their spread, interleaved rounds, the machine, JSON, tables.

A bench makes a Result, adds rows of values and targets, and returns it; run.py prints and writes it. A value is a list
of samples (one a round; its median, least, greatest and number are kept) or a single number. Ratios are made round by
round from samples of the same rounds, so that the machine's drift cancels out.
"""
import json
import os
import platform
import re
import statistics
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build")
OUT = os.path.join(BUILD, "bench")
PACKAGES = ["libhs", "simdjson", "rdkafka", "libpcre2-8", "jansson", "libxxhash", "libpsl"]
CPU_FLAGS = ["sse4_2", "avx2", "avx512f", "avx512bw", "avx512_vbmi", "avx512_vbmi2", "gfni"]


class Missing(Exception):
    """A tool that this bench needs is not here: says which, and what would bring it. Not fatal."""


class Result:
    """The outcome of one bench."""

    def __init__(self, name, notes=()):
        self.name, self.notes, self.rows, self.targets = name, list(notes), [], []

    def row(self, name, **values):
        """A line of the table; each value is a list of samples, a number, a string or None (not measured)."""
        self.rows.append({"name": name, "values": {key: _value(value) for key, value in values.items()}})

    def target(self, what, limit, value, at_least=False):
        """A target that the issue or the design names, reached or not. `value` None: not measured here."""
        met = None if value is None else bool(value >= limit if at_least else value <= limit)
        self.targets.append({"what": what, "limit": limit, "value": value, "met": met, "at_least": at_least})

    def note(self, text):
        self.notes.append(text)

    def as_dict(self):
        return {"bench": self.name, "machine": machine(), "notes": self.notes, "rows": self.rows,
                "targets": self.targets}

    def write(self, mode, seconds):
        """build/bench/NAME.json, by rename."""
        os.makedirs(OUT, exist_ok=True)
        path = os.path.join(OUT, self.name + ".json")
        what = self.as_dict() | {"mode": mode, "seconds": round(seconds, 1), "at": time.strftime("%Y-%m-%d")}
        with open(path + ".tmp", "w", encoding="utf-8") as out:
            json.dump(what, out, ensure_ascii=False, indent=1)
            out.write("\n")
        os.replace(path + ".tmp", path)

    def print(self):
        print(table(self.rows))
        for note in self.notes:
            print("  " + note)
        for target in self.targets:
            print("  " + target_line(target))


def _value(value):
    return spread(value) if isinstance(value, (list, tuple)) else value


def spread(samples):
    """Median, least, greatest and number of samples."""
    return {"median": statistics.median(samples), "min": min(samples), "max": max(samples), "n": len(samples)}


def ratio(samples, floor):
    """Round by round: samples of this over those of that."""
    return [a / b for a, b in zip(samples, floor)]


def interleave(work, seconds, least=3, most=101):
    """Call each function of `work` (name -> function that returns one sample) in turn, round after round, until the
    time is over, between `least` and `most` times; returns name -> samples. What is unstable hits all alike."""
    samples = {name: [] for name in work}
    began, rounds = time.monotonic(), 0
    while rounds < least or (rounds < most and time.monotonic() - began < seconds):
        for name, measure in work.items():
            samples[name].append(measure())
        rounds += 1
    return samples


# ---- printing -----------------------------------------------------------------------------------------------------

def middle(value):
    """The number to show: a spread's median, or the value itself."""
    return value["median"] if isinstance(value, dict) else value


def text_of(value):
    number = middle(value)
    if number is None:
        return "-"
    if isinstance(number, str):
        return number
    if isinstance(value, dict) and value["n"] > 1 and number:
        half = max(value["max"] - number, number - value["min"]) / abs(number)
        return f"{text_of(number)} ±{100 * half:.0f}%"
    if isinstance(number, bool):
        return "yes" if number else "no"
    return f"{number:,.0f}" if abs(number) >= 100 or number == int(number) else f"{number:.3g}"


def table(rows):
    """Rows as aligned text, the columns in order of their first appearance."""
    columns = list(dict.fromkeys(key for row in rows for key in row["values"]))
    lines = [[""] + columns] + [[row["name"]] + [text_of(row["values"].get(c)) for c in columns] for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns) + 1)]
    return "\n".join("  " + line[0].ljust(widths[0]) + "".join("  " + cell.rjust(w) for cell, w in
                                                              zip(line[1:], widths[1:])) for line in lines)


def target_line(target):
    state = {True: "met   ", False: "MISSED", None: "not measured"}[target["met"]]
    sign = "≥" if target["at_least"] else "≤"
    return f"{state} {target['what']}: {text_of(target['value'])} (wanted {sign} {text_of(target['limit'])})"


# ---- the machine --------------------------------------------------------------------------------------------------

def command(*words, **options):
    """Standard output of a command, stripped; None when it is not there or fails."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=True, **options)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def program(name, *words):
    """Standard output of a program built by make bench-programs: build/NAME. Missing when it is not built; when it
    fails, that is an error with its last words."""
    path = os.path.join(BUILD, name)
    if not os.path.exists(path):
        raise Missing(f"build/{name}: make bench-programs builds it")
    done = subprocess.run([path, *words], capture_output=True, text=True, cwd=ROOT)
    if done.returncode != 0:
        raise RuntimeError(f"build/{name} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def _cpu():
    with open("/proc/cpuinfo", encoding="utf-8") as text:
        lines = dict(re.split(r"\s*:\s*", line.strip(), maxsplit=1) for line in text if ":" in line)
    flags = lines.get("flags", "").split()
    return {"cpu": lines.get("model name", platform.machine()), "flags": [f for f in CPU_FLAGS if f in flags],
            "virtual": "hypervisor" in flags}


def _memory_gib():
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)


def commit():
    """The commit that is measured, with a + when the tree differs from it."""
    at = command("git", "rev-parse", "--short=12", "HEAD")
    return at and at + ("+" if command("git", "status", "--porcelain", "--untracked-files=no") else "")


def machine():
    """What the figures hang on."""
    versions = {name: command("pkg-config", "--modversion", name) for name in PACKAGES}
    versions["cc"] = (command("cc", "--version") or "").split("\n")[0] or None
    return _cpu() | {"cores": len(os.sched_getaffinity(0)), "memory_gib": _memory_gib(),
                     "kernel": platform.release(), "load": round(os.getloadavg()[0], 2),
                     "versions": {name: version for name, version in versions.items() if version},
                     "commit": commit()}
