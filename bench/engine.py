"""Records per second on one core for mixes of records, each beside raw parse + raw scan of its own; two threads."""
import json

from result import Result, program, ratio, spread

RECORDS = {"quick": 1000, "full": 10000}


def add_mix(result, mix):
    floor = [parse + scan for parse, scan in zip(mix["raw_parse"], mix["raw_scan"])]
    result.row(mix["name"], bytes=mix["bytes"], warned_percent=100 * mix["warned"], raw_parse_ns=mix["raw_parse"],
               raw_scan_ns=mix["raw_scan"], engine_ns=mix["engine"],
               records_per_s=[1e9 / ns for ns in mix["engine"]], engine_to_floor=ratio(mix["engine"], floor))
    return spread(ratio(mix["engine"], floor))["median"], spread([1e9 / ns for ns in floor])["median"]


def run(mode, seconds):
    found = json.loads(program("bench/engine", "patterns", str(seconds - 3), str(RECORDS[mode])))
    result = Result("engine", notes=[
        f"payload to verdict, with the warning where there is one; simdjson {found['simdjson']}; CPU time of one thread",
        "short, typical, long and disguised are SMS only; the others have 38 % calls (but for calls)",
        "threads: clean records, by the clock on the wall; engine ns is what a record costs the thread that judges it"])
    reached = {mix["name"]: add_mix(result, mix) for mix in found["mixes"]}
    one, two = found["one_thread"], found["two_threads"]
    gain = ratio(two["records_per_s"], one["records_per_s"])
    result.row("one thread", engine_ns=one["cpu_ns"], records_per_s=one["records_per_s"])
    result.row("two threads", engine_ns=two["cpu_ns"], records_per_s=two["records_per_s"], to_one_thread=gain)
    result.target("engine to floor, typical SMS", 1.5, reached["typical"][0])
    result.target("engine to floor, clean SMS and calls", 1.5, reached["clean"][0])
    rate = reached["clean"][1] / reached["clean"][0]
    wanted = min(2_000_000, reached["clean"][1] / 1.5)
    result.target("records/s on one core (2,000,000 where the floor allows it)", wanted, rate, at_least=True)
    result.target("two engine threads against one", 1.8, spread(gain)["median"], at_least=True)
    return result
