"""The plots of docs/benchmarks.md: one function a picture, by the bench it is of."""
import os
import re

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "telsieve", "font.size": 9, "axes.grid": True,
                            "grid.alpha": 0.3, "axes.axisbelow": True, "axes.spines.top": False,
                            "axes.spines.right": False, "figure.constrained_layout.use": True})
import matplotlib.pyplot as plt  # noqa: E402

from result import middle  # noqa: E402

STAGES = ["decode", "numbers", "canon", "scan", "evaluate"]
FLOORS = ["raw_parse", "raw_scan"]
TARGET = 1.5  # engine to floor


def values_of(what, column):
    """Row name -> the middle of a column, where it was measured."""
    return {row["name"]: middle(row["values"][column]) for row in what["rows"]
            if isinstance(middle(row["values"].get(column)), (int, float))}


def draw_stages(found):
    """Cost per record, stage on stage, beside the floor; lines at the floor and at the target."""
    mixes = {"SMS and calls": found["stages"]}
    if "stages_typical" in found:
        mixes["SMS only"] = found["stages_typical"]
    figure, axes = plt.subplots(figsize=(8, 1.1 + 1.2 * len(mixes)))
    colours = dict(zip(FLOORS + STAGES, plt.cm.tab20.colors))
    names = []
    for label, what in mixes.items():
        ns = values_of(what, "ns_per_record")
        floor = sum(ns[stage] for stage in FLOORS)
        for kind, stages in (("floor", FLOORS), ("engine", STAGES)):
            at, left = len(names), 0
            names.append(f"{kind}, {label}")
            for stage in stages:
                axes.barh(at, ns[stage], left=left, color=colours[stage],
                          label=stage.replace("_", " ") if label == "SMS and calls" else None)
                left += ns[stage]
        axes.plot([floor, floor], [len(names) - 2.4, len(names) - 0.6], color="black", linewidth=1.2)
        axes.plot([TARGET * floor] * 2, [len(names) - 2.4, len(names) - 0.6], color="black", linewidth=1.2,
                  linestyle="--")
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel(f"ns per record (line: floor; dashed: {TARGET} × floor)")
    axes.legend(ncol=4, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.3), frameon=False)
    return figure


def draw_engine(found):
    """Every mix of records against its own floor."""
    what = found["engine"]
    reached, worker = values_of(what, "engine_to_floor"), values_of(what, "worker_to_floor")
    figure, axes = plt.subplots(figsize=(8, 3))
    axes.bar([at - 0.2 for at in range(len(reached))], list(reached.values()), 0.4, color=plt.cm.tab20.colors[0],
             label="every text looked at")
    axes.bar([at + 0.2 for at in range(len(reached))], [worker.get(name, 0) for name in reached], 0.4,
             color=plt.cm.tab20.colors[2], label="templates remembered")
    axes.legend(frameon=False, fontsize=8)
    axes.axhline(1, color="black", linewidth=1.2)
    axes.axhline(TARGET, color="black", linewidth=1.2, linestyle="--")
    axes.set_xticks(range(len(reached)), list(reached), rotation=20)
    axes.set_ylabel("times raw parse + raw scan")
    if max(reached.values()) > 8:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
    return figure


def draw_library_size(found):
    """Engine and raw scan by the number of phrases."""
    what = found["library_size"]
    figure, axes = plt.subplots(figsize=(8, 3.2))
    for column, label, marker in (("engine_ns", "engine", "o"), ("raw_scan_ns", "raw hs_scan", "s"),
                                  ("evaluate_ns", "of the engine: evaluate", "^")):
        points = {}
        for name, ns in values_of(what, column).items():
            phrases, rules = re.match(r"([\d,]+) phrases, ([\d,]+) rules", name).groups()
            if int(rules) * 10 == int(phrases):
                points[int(phrases)] = ns
        axes.plot(sorted(points), [points[n] for n in sorted(points)], marker=marker, label=label)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("phrases (a tenth as many rules)")
    axes.set_ylabel("ns per record")
    axes.legend(frameon=False)
    return figure


def draw_latency(found):
    """Percentiles of warnings, and of plain messages through the same broker, against load."""
    curves = {}
    for row in found["latency"]["rows"]:
        told = re.fullmatch(r"(\d+)% load, (warning|plain)", row["name"])
        for key, value in row["values"].items():
            if told and key.endswith("_ms") and middle(value) is not None:
                curves.setdefault((key[:-3], told[2]), {})[int(told[1])] = middle(value)
    figure, axes = plt.subplots(figsize=(8, 3.6))
    colours = dict(zip(dict.fromkeys(key for key, _ in curves), plt.cm.tab10.colors))
    for (key, kind), points in curves.items():
        axes.plot(sorted(points), [points[load] for load in sorted(points)], marker="o", color=colours[key],
                  linestyle="-" if kind == "warning" else "--", label=f"{key}, {kind}")
    axes.set_yscale("log")
    axes.set_xlabel("% of the greatest load that is kept up with")
    axes.set_ylabel("ms")
    axes.legend(frameon=False, fontsize=8, ncol=2)
    return figure


def draw_peers(found):
    """CPU per record, the cheapest first."""
    cost = sorted(values_of(found["peers"], "cpu_us_per_record").items(), key=lambda item: item[1])
    figure, axes = plt.subplots(figsize=(8, 0.9 + 0.35 * len(cost)))
    axes.barh([name for name, _ in cost], [us for _, us in cost],
              color=[plt.cm.tab20.colors[0 if "telsieve" in name else 1] for name, _ in cost])
    axes.invert_yaxis()
    axes.set_xlabel("µs of CPU per record")
    return figure


PLOTS = {"stages": draw_stages, "engine": draw_engine, "library_size": draw_library_size, "latency": draw_latency,
         "peers": draw_peers}


def draw_all(found, folder):
    """Bench name -> names of its pictures, of what was run."""
    os.makedirs(folder, exist_ok=True)
    drawn = {}
    for name, draw in PLOTS.items():
        path = os.path.join(folder, name + ".svg")
        if name not in found or not found[name]["rows"]:
            continue
        figure = draw(found)
        figure.savefig(path, metadata={"Date": None, "Creator": None})
        plt.close(figure)
        drawn[name] = [name + ".svg"]
    return drawn
