#!/usr/bin/env python3
"""build/bench/*.json to docs/benchmarks.md and docs/benchmarks/*.svg.

usage: report.py [FOLDER]     (the folder of the project)

What was not run is named. The words around the figures are kept beside this file: where-the-time-goes.md and
not-shown.md.
"""
import glob
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import plots  # noqa: E402
from result import ROOT, text_of  # noqa: E402
from run import BENCHES  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
COLUMNS_MOST = 9  # of a table; more are hard to read


def load():
    """Bench name -> its JSON, in the order of BENCHES; stages_typical follows stages."""
    found = {}
    for path in sorted(glob.glob(os.path.join(ROOT, "build", "bench", "*.json"))):
        with open(path, encoding="utf-8") as text:
            what = json.load(text)
        if isinstance(what, dict) and "bench" in what:
            found[what["bench"]] = what
    order = {bench.module: i for i, bench in enumerate(BENCHES)}
    return dict(sorted(found.items(), key=lambda item: (min((order[m] for m in order if item[0].startswith(m)),
                                                             default=len(order)), item[0])))


def heading(name):
    words = name.replace("stages_typical", "stages, SMS only").replace("_", " ")
    return words[0].upper() + words[1:]


def machine_lines(found):
    """The machine; commits and dates of all runs, which ought to be one."""
    some = next(iter(found.values()))["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in some["versions"].items() if name != "cc")
    runs = {}
    for name, what in found.items():
        runs.setdefault((what["machine"]["commit"], what["at"], what["mode"], what["machine"]["cpu"]), []).append(name)
    lines = [f"| machine | {some['cpu']}{' (virtual)' if some['virtual'] else ''}, {some['cores']} cores, "
             f"{some['memory_gib']} GiB; {' '.join(some['flags']) or 'no wide instructions'} |",
             f"| kernel | {some['kernel']} |", f"| libraries | {versions} |",
             f"| compiler | {some['versions'].get('cc', 'unknown')}, -O2 |"]
    for (commit, at, mode, _), names in runs.items():
        which = "all" if len(runs) == 1 else ", ".join(names)
        lines.append(f"| run | {which}: commit {commit}, {at}, {mode} |")
    loads = [what["machine"]["load"] for what in found.values()]
    lines.append(f"| load of the machine when a bench ended | {min(loads):.1f} to {max(loads):.1f} |")
    return ["| | |", "|---|---|"] + lines


def target_lines(found):
    word = {True: "met", False: "**missed**", None: "not measured"}
    lines = ["| target | wanted | reached | |", "|---|---|---|---|"]
    for name, what in found.items():
        for target in what["targets"]:
            sign = "≥" if target["at_least"] else "≤"
            lines.append(f"| {heading(name)}: {target['what']} | {sign} {text_of(target['limit'])} | "
                         f"{text_of(target['value'])} | {word[target['met']]} |")
    return lines


def bench_lines(name, what, pictures):
    rows = what["rows"]
    columns = list(dict.fromkeys(key for row in rows for key in row["values"]))
    lines = [f"## {heading(name)}", ""]
    lines += [f"![{heading(name)}](benchmarks/{picture})" for picture in pictures]
    for first in range(0, max(len(columns), 1), COLUMNS_MOST):
        part = columns[first:first + COLUMNS_MOST]
        shown = [row for row in rows if any(row["values"].get(c) is not None for c in part)]
        lines += ["", "| | " + " | ".join(c.replace("_", " ") for c in part) + " |", "|---" + "|--:" * len(part) + "|"]
        lines += [f"| {row['name']} | " + " | ".join(text_of(row["values"].get(c)) for c in part) + " |"
                  for row in shown]
    return lines + [""] + [f"- {note}" for note in what["notes"]] + [""]


def hand_written(name):
    path = os.path.join(HERE, name)
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as text:
        return [text.read().strip(), ""]


def main():
    found = load()
    if not found:
        sys.exit("report.py: nothing in build/bench/: run make bench or make bench-full first")
    drawn = plots.draw_all(found, os.path.join(ROOT, "docs", "benchmarks"))
    lines = ["# Benchmarks", "",
             "Made by `make bench-report` from what `make bench` or `make bench-full` wrote; do not edit. "
             "Figures are medians of interleaved rounds; ± is the greatest distance of any round from its median. "
             "Machines differ and are noisy: what holds are ratios, each to a floor or a rival of the same run.", ""]
    lines += machine_lines(found) + ["", "## Targets", ""] + target_lines(found) + [""]
    missing = [bench.module for bench in BENCHES if bench.module not in found]
    if missing:
        lines += [f"Not run: {', '.join(missing)}.", ""]
    lines += ["## Where the time goes", ""] + hand_written("where-the-time-goes.md")
    for name, what in found.items():
        lines += bench_lines(name, what, drawn.get(name, []))
    lines += ["## What the numbers do not show", ""] + hand_written("not-shown.md")
    path = os.path.join(ROOT, "docs", "benchmarks.md")
    with open(path, "w", encoding="utf-8") as out:
        out.write("\n".join(lines).rstrip() + "\n")
    print(f"docs/benchmarks.md and {sum(map(len, drawn.values()))} plots in docs/benchmarks/")


if __name__ == "__main__":
    main()
