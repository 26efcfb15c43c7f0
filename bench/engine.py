"""Records per second on one core for mixes of records, each beside raw parse + raw scan of its own; two threads."""
import json
from collections import namedtuple

from result import Result, program, ratio, spread

RECORDS = {"quick": 1000, "full": 10000}
Reached = namedtuple("Reached", "engine worker floor_rate")


def add_mix(result, mix):
    floor = [parse + scan for parse, scan in zip(mix["raw_parse"], mix["raw_scan"])]
    result.row(mix["name"], bytes=mix["bytes"], warned_percent=100 * mix["warned"], raw_parse_ns=mix["raw_parse"],
               raw_scan_ns=mix["raw_scan"], engine_ns=mix["engine"],
               records_per_s=[1e9 / ns for ns in mix["engine"]], engine_to_floor=ratio(mix["engine"], floor),
               remembered_percent=100 * mix["remembered"], worker_ns=mix["worker"],
               worker_to_floor=ratio(mix["worker"], floor))
    return Reached(*(spread(samples)["median"] for samples in
                     (ratio(mix["engine"], floor), ratio(mix["worker"], floor), [1e9 / ns for ns in floor])))


def run(mode, seconds):
    found = json.loads(program("bench/engine", "patterns", str(seconds - 3), str(RECORDS[mode])))
    result = Result("engine", notes=[
        f"payload to verdict, with the warning where there is one; simdjson {found['simdjson']}; CPU time of one thread",
        "short, typical, long and disguised are SMS only; the others have 38 % calls (but for calls)",
        "engine looks at every text; worker remembers templates, texts alike but for their digits, as the daemon does "
        "(rules.templates), since 20,000 other records of the mix. Generated texts have few templates: what share of "
        "real ones is remembered, telsieve_records_remembered_total tells",
        "threads: clean records, by the clock on the wall; engine ns is what a record costs the thread that judges it"])
    reached = {mix["name"]: add_mix(result, mix) for mix in found["mixes"]}
    one, two = found["one_thread"], found["two_threads"]
    gain = ratio(two["records_per_s"], one["records_per_s"])
    result.row("one thread", engine_ns=one["cpu_ns"], records_per_s=one["records_per_s"])
    result.row("two threads", engine_ns=two["cpu_ns"], records_per_s=two["records_per_s"], to_one_thread=gain)
    typical, clean = reached["typical"], reached["clean"]
    result.target("worker to floor, typical SMS", 1.5, typical.worker)
    result.target("worker to floor, clean SMS and calls", 1.5, clean.worker)
    result.target("the same, no template remembered: typical SMS", 1.5, typical.engine)
    result.target("the same, no template remembered: clean SMS and calls", 1.5, clean.engine)
    wanted = min(2_000_000, clean.floor_rate / 1.5)
    result.target("records/s on one core (2,000,000 where the floor allows it)", wanted, clean.floor_rate / clean.worker,
                  at_least=True)
    result.target("two engine threads against one", 1.8, spread(gain)["median"], at_least=True)
    return result
