#!/usr/bin/env python3
"""Instructions of our own code per record and stage, counted by callgrind, against the stored figures.

usage: instructions.py check|update PROGRAM

Counts repeat to a few in a million where times do not. What libraries do (Hyperscan, simdjson, libc, jansson) is not
counted, for it differs from CPU to CPU; ours differs with the compiler and with what instructions valgrind lets it see,
so that figures are stored under the name of both. Where none are stored nothing is compared, and that is said.
Exit 1 when a stage differs by more than TOLERANCE, in either direction: then find out why, and when it is meant,
`make instructions-update` and say the reason in the commit.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

TOLERANCE = 0.05
FIGURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "instructions.json")


def run(program, folder):
    """What the figures depend on, and stage -> records."""
    out = os.path.join(folder, "out")
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--collect-atstart=no",
         "--callgrind-out-file=" + out, program, "patterns"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"instructions.py: {program} failed under valgrind:\n{done.stderr[-2000:]}")
    kind, *stages = done.stdout.splitlines()
    return kind, {stage: int(n) for stage, n in (line.split() for line in stages)}


def read_dump(path, program):
    """The stage a dump is of, the instructions in the program itself, and in all."""
    stage, own, total, names, ours, skip = None, 0, 0, {}, False, False
    with open(path, encoding="utf-8") as text:
        for line in text:
            if skip:  # the line behind calls= is what the called function cost
                skip = False
            elif line.startswith("calls="):
                skip = True
            elif line.startswith("desc: Trigger: Client Request: "):
                stage = line.split(": ")[3].strip()
            elif line.startswith("ob="):
                number, name = re.match(r"ob=\((\d+)\)(?: (.*))?", line).groups()
                names[number] = name or names[number]
                ours = os.path.basename(names[number]) == os.path.basename(program)
            elif line.startswith("cob=") and ") " in line:
                number, name = re.match(r"cob=\((\d+)\) (.*)", line).groups()
                names[number] = name
            elif line[0] in "+-*0123456789":
                cost = int(line.split()[1])
                total += cost
                own += cost if ours else 0
    return stage, own, total


def count(program):
    with tempfile.TemporaryDirectory() as folder:
        kind, records = run(program, folder)
        dumps = [read_dump(os.path.join(folder, name), program) for name in os.listdir(folder) if name != "out"]
    own = {stage: round(n / records[stage], 1) for stage, n, _ in dumps if stage in records}
    total = {stage: n / records[stage] for stage, _, n in dumps if stage in records}
    return kind, {stage: own[stage] for stage in records}, total


def compare(kind, own, total, stored):
    """Print stage by stage; the names of those that differ too much."""
    wrong = []
    print(f"instructions per record ({kind})\n  {'stage':10} {'ours':>10} {'stored':>10}   {'change':>7}  with libraries")
    for stage, n in own.items():
        was = stored.get(stage)
        change = n / was - 1 if was else None
        if stored and (change is None or abs(change) > TOLERANCE):
            wrong.append(stage)
        print(f"  {stage:10} {n:10,.1f} {was if was is not None else '-':>10}   "
              f"{'-' if change is None else format(change, '+.1%'):>7}  {total[stage]:14,.1f}"
              f"{'   <' if stage in wrong else ''}")
    return wrong


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("check", "update"):
        sys.exit("usage: instructions.py check|update PROGRAM")
    with open(FIGURES, encoding="utf-8") as text:
        stored = json.load(text)
    kind, own, total = count(sys.argv[2])
    wrong = compare(kind, own, total, stored.get(kind, {}))
    if sys.argv[1] == "update":
        with open(FIGURES, "w", encoding="utf-8") as out:
            json.dump(stored | {kind: own}, out, indent=1, sort_keys=True)
            out.write("\n")
    elif kind not in stored:
        print(f"no figures are stored for this compiler and CPU, so nothing was compared: they are for "
              f"{'; '.join(stored) or 'none'}. make instructions-update stores these")
    elif wrong:
        sys.exit(f"more than {TOLERANCE:.0%} off: {', '.join(wrong)}. Slower: mend it. Meant, or faster: "
                 "make instructions-update, and a commit that says why")


if __name__ == "__main__":
    main()
