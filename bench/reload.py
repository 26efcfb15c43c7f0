"""Latency and throughput at half load while a library of 10,000 phrases is loaded every five seconds."""
import json
import os
import shutil
import threading

from broker import Kafka, Telsieve
from invented import Inventor, make_library
from latency import capacity, load, percentiles, settle
from result import OUT, ROOT, Result

PHRASES = 10000
RULES = 50
EVERY_S = 5


def invent():
    return make_library(Inventor(os.path.join(ROOT, "patterns"), 20261122), 0, PHRASES, 1, RULES)


def write_library(folder, library, version):
    """A new version each time, so that it is loaded anew."""
    library["version"] = version
    path = os.path.join(folder, "bench-large.json")
    with open(path + ".tmp", "w", encoding="utf-8") as out:
        json.dump(library, out, ensure_ascii=False)
    os.replace(path + ".tmp", path)


class Reloading(threading.Thread):
    """Writes the library anew and asks for it, every five seconds."""

    def __init__(self, folder, library, daemon):
        super().__init__()
        self.folder, self.library, self.daemon = folder, library, daemon
        self.done, self.asked = threading.Event(), 0

    def run(self):
        while not self.done.wait(EVERY_S):
            self.asked += 1
            write_library(self.folder, self.library, f"2026.11.{self.asked}")
            self.daemon.get("/reload", "POST")


def loads_of(daemon):
    return sum(value for name, value in daemon.metrics().items()
               if name.startswith("telsieve_reloads_total") and 'result="succeeded"' in name)


def run(mode, seconds):
    result = Result("reload", [
        f"{PHRASES:,} phrases beside all libraries as shipped, a new version loaded every {EVERY_S} s; one worker",
        "broker, sender, daemon, loader and reader share the machine's cores"])
    folder = os.path.join(OUT, "reload-patterns")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(os.path.join(ROOT, "patterns"), folder)
    library = invent()
    write_library(folder, library, "2026.11.0")
    each = seconds * 0.3
    with Kafka() as kafka:
        topic, probe = kafka.anew("latency"), kafka.anew("probe", 1)
        config = kafka.configure(topic, rules=folder)
        with Telsieve(config) as daemon:
            able = capacity(kafka, daemon, config, probe, 12)
            told = {"without": measure(kafka, daemon, config, probe, able / 2, each)}
            before = loads_of(daemon)
            reloading = Reloading(folder, library, daemon)
            reloading.start()
            told["reloading"] = measure(kafka, daemon, config, probe, able / 2, each)
            reloading.done.set()
            reloading.join()
            result.note(f"capacity {able:,.0f} records/s; {reloading.asked} loads asked for, "
                        f"{loads_of(daemon) - before:.0f} done by the end of the load")
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
