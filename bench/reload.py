"""Latency and throughput at half load while a library of 10,000 phrases is fed every five seconds."""
import os
import tempfile
import threading

from broker import Kafka, Telsieve
from feed import send, write_token
from invented import Inventor, make_library
from latency import capacity, load, percentiles, settle
from result import ROOT, Result

PHRASES = 10000
RULES = 50
EVERY_S = 5


class Reloading(threading.Thread):
    """Feeds a new version of the library every five seconds; of those that wait for the loader the last one counts."""

    def __init__(self, daemon):
        super().__init__()
        self.library = make_library(Inventor(os.path.join(ROOT, "patterns"), 20261122), 0, PHRASES, 1, RULES)
        self.daemon, self.done, self.asked = daemon, threading.Event(), 0

    def run(self):
        while not self.done.wait(EVERY_S):
            self.asked += 1
            send(f"127.0.0.1:{self.daemon.port}", {**self.library, "version": f"2026.11.{self.asked}"})


def loads_of(daemon):
    return sum(value for name, value in daemon.metrics().items()
               if name.startswith("telsieve_reloads_total") and 'result="succeeded"' in name)


def run(mode, seconds):
    result = Result("reload", [
        f"{PHRASES:,} phrases beside all libraries as shipped, a new version fed every {EVERY_S} s; one worker",
        "broker, sender, daemon, loader and reader share the machine's cores"])
    each = seconds * 0.3
    with Kafka() as kafka, tempfile.TemporaryDirectory(prefix="telsieve-reload-") as folder:
        topic, probe = kafka.anew("latency"), kafka.anew("probe", 1)
        config = kafka.configure(topic, admin={"token": {"file": write_token(folder)}})
        with Telsieve(config) as daemon:
            able = capacity(kafka, daemon, config, probe, 12)
            told = {"without": measure(kafka, daemon, config, probe, able / 2, each)}
            before = loads_of(daemon)
            reloading = Reloading(daemon)
            reloading.start()
            told["reloading"] = measure(kafka, daemon, config, probe, able / 2, each)
            reloading.done.set()
            reloading.join()
            loads = loads_of(daemon) - before
            result.note(f"capacity {able:,.0f} records/s; {reloading.asked} loads asked for, "
                        f"{loads:.0f} done by the end of the load")
    if loads == 0:
        raise RuntimeError("no load was done: there is nothing to compare")
    for name, one in told.items():
        result.row(name, consumed_per_s=one["consumed_per_s"], **percentiles(one["warned"]),
                   samples=one["warned"]["n"], missing=one["warned"]["missing"])
    result.target("p99 while reloading / without", 1.2,
                  told["reloading"]["warned"]["p99"] / told["without"]["warned"]["p99"])
    result.target("throughput while reloading / without", 0.95,
                  told["reloading"]["consumed_per_s"] / told["without"]["consumed_per_s"], at_least=True)
    return result


def measure(kafka, daemon, config, probe, rate, seconds):
    settle(daemon)
    before = daemon.consumed()
    one = load(kafka, config, probe, rate, seconds)
    one["consumed_per_s"] = (daemon.consumed() - before) / seconds
    return one
