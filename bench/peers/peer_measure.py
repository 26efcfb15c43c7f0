"""One run of one program over the whole topic: CPU, rate, memory, and the records it hit.

Every program is watched from outside and alike: its process' CPU clock (user and system, all threads) is read when half
of the records are seen and when all are. What it does before, starting, warming up, compiling its own code, is not
counted, nor how it ends.
"""
import hashlib
import json
import os
import shutil
import subprocess
import threading
import time
from collections import namedtuple

import broker
from peer_material import HERE, PHRASES, RULE
from result import ROOT

PATIENCE_S = 300  # for one run
FRAUD_EVERY = 200

# us_per_record: CPU in the second half; per_second: records in that time; hits: (id, caller, callee) of the records
# hit; others: telsieve's warnings by its own libraries only
Sample = namedtuple("Sample", "seen cpu_s at_s rss_mib")
Run = namedtuple("Run", "us_per_record per_second rss_mib hits others")


def cpu_clock(pid):
    """CPU seconds of a whole process: the clock that clock_getcpuclockid(3) gives."""
    return time.clock_gettime(~pid << 3 | 2)


def rss_peak_mib(pid):
    """Greatest resident set so far, 0 when it has just ended; ru_maxrss will not do, for it begins with that of the
    process that forks."""
    with open(f"/proc/{pid}/status", encoding="ascii") as text:
        return next((int(line.split()[1]) / 1024 for line in text if line.startswith("VmHWM:")), 0)


def sample(pid, seen):
    return Sample(seen, cpu_clock(pid), time.monotonic(), rss_peak_mib(pid))


def make_run(name, samples, hits, others=0):
    if len(samples) != 2:
        raise RuntimeError(f"{name} did not say twice how far it is, but {len(samples)} times")
    half, end = samples
    records = end.seen - half.seen
    return Run((end.cpu_s - half.cpu_s) / records * 1e6, records / (end.at_s - half.at_s),
               max(half.rss_mib, end.rss_mib), hits, others)


class Field:
    """A broker and its topic of records, on which all run one after another."""

    def __init__(self, kafka, records):
        self.kafka, self.records = kafka, records
        self.topic = self.fill()

    def fill(self):
        """The topic, kept from run to run as long as nothing of what makes it changes."""
        digest = hashlib.sha256()
        for name in ("src/cli/generate.c", "bench/lib/stream.c", "bench/fill_topic.c"):
            with open(os.path.join(ROOT, name), "rb") as source:
                digest.update(source.read())
        mark = f"peers-{digest.hexdigest()[:8]}-"
        name = mark + str(self.records)
        done = os.path.join(broker.FOLDER, name)
        if name in self.kafka.topics() and os.path.exists(done):
            return name
        for old in self.kafka.topics():
            if old == name or (old.startswith("peers-") and not old.startswith(mark)):
                self.kafka.broker.delete(old)
        self.kafka.broker.topic(name, broker.PARTITIONS, retention_ms=-1)
        subprocess.run([broker.program("fill_topic"), self.kafka.bootstrap, name, str(broker.PARTITIONS),
                        str(self.records), "1", "lz4", str(FRAUD_EVERY), "plain"], check=True,
                       stdout=subprocess.DEVNULL)
        open(done, "w", encoding="ascii").close()
        return name

    def run_peer(self, peer):
        """A peer says how many records it has seen, when half are and when all are."""
        out, state = self.kafka.anew("hits", 1), os.path.join(HERE, "state")
        env = dict(os.environ, BROKER=self.kafka.bootstrap, TOPIC=self.topic, OUT=out, GROUP=out, STATE=state,
                   RECORDS=str(self.records), PARTITIONS=str(broker.PARTITIONS), PHRASES=PHRASES)
        with open(os.path.join(HERE, peer.name.replace(" ", "-") + ".log"), "wb") as log:
            process = subprocess.Popen(peer.command, env=env, stdout=subprocess.PIPE, stderr=log, text=True)
        guard = threading.Timer(PATIENCE_S, process.kill)
        guard.start()
        try:
            samples = [sample(process.pid, int(line.split()[1])) for line in process.stdout if line.startswith("SEEN ")]
            if process.wait(PATIENCE_S) != 0:
                raise RuntimeError(f"{peer.name} ended with {process.returncode}: see its log in {HERE}")
        finally:
            guard.cancel()
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stdout.close()
            shutil.rmtree(state, ignore_errors=True)
        records = [json.loads(message.value()) for message in self.kafka.broker.read_all(out)]
        return make_run(peer.name, samples, {(r["id"], r["calling"], r["called"]) for r in records})

    def run_telsieve(self, rules, templates=broker.TEMPLATES):
        """telsieve's metrics page says how many; one worker, as the peers have one."""
        output = {key: self.kafka.anew(f"peers-{key}", 1) for key in ("warnings", "dead_letter", "shadow")}
        config = self.kafka.configure(self.topic, rules=rules, output=output, templates=templates)
        with broker.Telsieve(config, "peers") as daemon:
            began = time.monotonic()
            samples = [wait_seen(daemon, wanted, began) for wanted in (self.records // 2, self.records)]
        warnings = [json.loads(message.value()) for message in self.kafka.broker.read_all(output["warnings"])]
        hits = {(w["source"]["record"], w["caller"]["raw"], w["callee"]["raw"])
                for w in warnings if any(rule["id"] == RULE for rule in w["rules"])}
        return make_run("telsieve", samples, hits, len(warnings) - len(hits))

    def run_floor(self):
        """consume-and-drop measures itself, from its first subscription: it does not warm up."""
        told = broker.consume_drop(self.kafka, self.topic, self.records)
        return Run(told["cpu_us"], told["rate"], told["rss_mib"], None, 0)


def wait_seen(daemon, wanted, began):
    while True:
        seen = daemon.consumed()
        if seen >= wanted:
            return sample(daemon.process.pid, seen)
        if time.monotonic() - began > PATIENCE_S:
            raise RuntimeError(f"telsieve: {seen} of {wanted} records in {PATIENCE_S} s")
        daemon.check(time.monotonic())
        time.sleep(broker.POLL_S)
