"""Open-loop load at shares of what the machine can do: from the moment a record was due to be sent until its warning
can be read, beside the broker's plain way from produce to consume at the same time under the same load."""
import json
import subprocess
import time

from broker import Kafka, Telsieve, pause, program
from result import Result

SHARES = (0.1, 0.5, 0.8)
FRAUD_EVERY = 100  # more than in life, for enough samples of the slowest ones
WARM_S = 2
TRIED = (0.9, 0.75, 0.6, 0.45, 0.35, 0.25)  # of the rate at which a backlog is drained
KEPT_UP_MS = 200


def load_command(kafka, config, probe, rate, seconds, warm=WARM_S, warnings=None):
    return [program("open_loop"), kafka.bootstrap, config["input"]["topics"][0],
            warnings or config["output"]["warnings"], probe, f"{rate:.0f}", f"{seconds:.1f}", f"{warm:.1f}",
            str(FRAUD_EVERY)]


def load(*arguments, **options):
    """One run of open_loop."""
    done = subprocess.run(load_command(*arguments, **options), check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def backlog_rate(kafka, daemon, config, probe, seconds):
    """What the daemon drains a second once the sender, who sent all he could, has ended."""
    before = daemon.consumed()
    wanted = before + load(kafka, config, probe, 0, seconds)["sent"]
    began, at = time.monotonic(), daemon.consumed()
    while (now := daemon.consumed()) < wanted:
        pause(wanted - now, now - at, time.monotonic() - began)
    return (now - at) / (time.monotonic() - began)


def capacity(kafka, daemon, config, probe, seconds):
    """The greatest rate tried that is kept up with by all who share the machine."""
    rate = backlog_rate(kafka, daemon, config, probe, seconds / 4)
    for share in TRIED:
        told = load(kafka, config, probe, rate * share, seconds / 4, warm=seconds / 12)
        settle(daemon)
        if told["warned"].get("p99", KEPT_UP_MS) < KEPT_UP_MS:
            break
    return rate * share


def settle(daemon):
    """Until nothing is left of an earlier load."""
    last = -1
    while (now := daemon.consumed()) != last:
        last = now
        time.sleep(0.5)


def percentiles(told):
    return {f"{key}_ms": told.get(key.replace(".", "_")) for key in ("p50", "p99", "p99.9", "max")}


def run(mode, seconds):
    result = Result("latency", [
        "latency counts from the time a record was due, not from when it was sent; warm-up not counted",
        "plain: a message of a warning's size by the same producer (linger 1 ms, acks all) to a topic that only the "
        "reader reads, under the same load at the same time; alone: the same with no daemon running",
        f"one record in {FRAUD_EVERY} is a fraud; broker, sender, daemon and reader share the machine's cores"])
    each = seconds * (0.12 if mode == "full" else 0.1)
    with Kafka() as kafka:
        topic, probe = kafka.anew("latency"), kafka.anew("probe", 1)
        config = kafka.configure(topic)
        with Telsieve(config) as daemon:
            able = capacity(kafka, daemon, config, probe, 12)
            result.note(f"capacity: {able:,.0f} records/s, the greatest rate tried with p99 below {KEPT_UP_MS} ms")
            told = {}
            for share in SHARES:
                settle(daemon)
                told[share] = load(kafka, config, probe, able * share, each)
        alone = load(kafka, config, probe, able * 0.5, each, warnings="-")
    for share, one in told.items():
        for name, what in (("warning", one["warned"]), ("plain", one["plain"])):
            result.row(f"{share:.0%} load, {name}", records_per_s=one["sent_per_s"], **percentiles(what),
                       samples=what["n"], missing=what["missing"])
    result.row("50% load, plain, alone", records_per_s=alone["sent_per_s"], **percentiles(alone["plain"]),
               samples=alone["plain"]["n"], missing=alone["plain"]["missing"])
    half = told[0.5]
    for key, more in (("p99", 5), ("p99_9", 20)):
        result.target(f"{key.replace('_', '.')} at 50 % load, ms more than plain", more,
                      half["warned"][key] - half["plain"][key])
    result.target("warnings that did not come", 0, sum(one["warned"]["missing"] for one in told.values()))
    return result
