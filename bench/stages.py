"""What each stage costs per record: time, cycles, bytes read, allocations; beside memcpy, raw parse and raw scan.

Times are of `telsieve bench`, a command of the program itself; allocations are counted by build/bench/allocations.
"""
import json

from result import Result, program

RECORDS = {"quick": 5000, "full": 20000}
PER_WARNING = "warning"


def spread_of(stage):
    return {"median": stage["ns_per_record"], "min": stage["min"], "max": stage["max"], "n": stage["rounds"]}


def result_of(name, mix, found, allocations):
    result = Result(name, notes=[
        f"{mix} records of {found['bytes_per_record']:.0f} bytes; simdjson {found['simdjson']}; "
        f"{found['expressions']:,} literals; loops in CPU time, stages by a counter of cycles between them",
        "the stages up to warning and `engine` look at every text as if it were new; `worker` is the daemon's: templates "
        "met before are remembered",
        "contacts are extracted here from every record; evaluate asked for those of "
        f"{100 * found['ratios']['contacts_asked']:.1f} % of them. A warning is counted by itself, not per record."])
    if not any("cycles" in stage for stage in found["stages"].values()):
        result.note("the kernel gives no counter of core cycles here: cycles are those of the reference clock (rdtsc)")
    for stage, figures in found["stages"].items():
        ns = figures["ns_per_record"]
        result.row(stage, ns_per_record=spread_of(figures), cycles=figures.get("cycles", figures["reference_cycles"]),
                   bytes=figures["bytes"], ns_per_byte=ns / figures["bytes"] if figures["bytes"] else None,
                   **allocations.get(stage, {}))
    return result


def run(mode, _seconds):
    allocations = json.loads(program("bench/allocations", "patterns"))
    results = {}
    for mix in ("clean", "typical"):
        found = json.loads(program("telsieve", "bench", "--json", "--records", str(RECORDS[mode]), "--mix", mix, "floor",
                                   "engine"))
        name = "stages" if mix == "clean" else "stages_" + mix
        results[mix] = result_of(name, mix, found, allocations if mix == "clean" else {})
        results[mix].found = found
    clean, typical = (results[mix].found["stages"] for mix in ("clean", "typical"))
    ratios = results["clean"].found["ratios"]
    target = results["clean"].target
    target("worker to raw parse + raw scan, SMS and calls", 1.5, ratios["worker_to_floor"])
    target("the same, no template remembered", 1.5, ratios["engine_to_floor"])
    target("evaluate, clean record, no template remembered: ns", 20, clean["evaluate"]["ns_per_record"])
    target("allocations per clean record", 0, sum(allocations[s]["allocations"] for s in allocations
                                                  if s not in (PER_WARNING, "contacts")))
    target = results["typical"].target
    target("canon, typical text: ns", 100, typical["canon"]["ns_per_record"])
    target("canon, typical text: ns per byte", 1, typical["canon"]["ns_per_record"] / typical["raw_scan"]["bytes"])
    return list(results.values())
