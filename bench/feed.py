"""From the PUT of one small library to the rule set with it live, on top of the shipped ones, and until all of it is
proved again. The daemon is started as an operator starts it, with a broker that does not answer; every library is
another one, so nothing is taken from the cache but the words of polarity.

In full mode also on a real broker: how quickly a backlog is drained while such a library is fed every two seconds, beside
the same without, in turn, by one daemon."""
import itertools
import json
import os
import re
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request

from result import BUILD, ROOT, Missing, Result, interleave, ratio

LIMIT_MS = 2000
PATIENCE_S = 60
TOKEN = "bench-token-of-24-letters"
CHANGE_S = 2
BACKLOG = 2000000
LEFT = 0.95


def send(address, library):
    """Feed a library. When that was answered."""
    request = urllib.request.Request(f"http://{address}/rules/{library['library']}", method="PUT",
                                     data=json.dumps(library, ensure_ascii=False).encode(),
                                     headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=PATIENCE_S):
        return time.monotonic()


def put(address, number):
    """Feed a small library that was not there before. When that was answered."""
    library = {"telsieve": 1, "library": "bench", "family": "G", "title": "generated", "version": str(number),
               "sets": {"s": {"role": "T", "phrases": [f"虚构的水果第{chr(0x4e00 + number)}批~丢失", "虚构的水果~丢失"]}},
               "rules": [{"id": "BENCH-1", "type": "generated", "state": "live", "tier": "low", "reason": "generated",
                          "when": "s and caller.personal", "hit": ["您虚构的水果已丢失"], "miss": ["晚上一起吃饭吧"]}]}
    return send(address, library)


def write_token(folder):
    token = os.path.join(folder, "token")
    with open(token, "w", encoding="ascii", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
        out.write(TOKEN)
    return token


# ---- to live ------------------------------------------------------------------------------------------------------

class Daemon:
    def __init__(self, folder):
        token = write_token(folder)
        command = [os.path.join(BUILD, "telsieve"), "run", "-c", os.path.join(ROOT, "conf/telsieve.json")]
        for setting in [f"rules.dir={ROOT}/patterns", f"rules.cache={folder}/cache", "admin.listen=127.0.0.1:0",
                        f'admin.token={{"file":"{token}"}}', "workers=1",
                        "kafka.common.bootstrap.servers=127.0.0.1:1"]:
            command += ["--set", setting]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        self.address = self.line("event=admin").group(1)

    def line(self, event, pattern=r"listen=(\S+)"):
        """What the pattern finds in the next line of this event."""
        began = time.monotonic()
        for line in self.process.stderr:
            if event in line and (found := re.search(pattern, line)):
                return found
            if "result=refused" in line or time.monotonic() - began > PATIENCE_S:
                raise RuntimeError(line)
        raise RuntimeError("the daemon ended")

    def feed(self, number):
        """Milliseconds to live, CPU milliseconds until then, milliseconds until all is proved."""
        began = put(self.address, number)
        cpu_ms = int(self.line("event=rules_live", r"cpu_ms=(\d+)").group(1))
        live_ms = int(self.line("event=reload result=succeeded", r"took_ms=(\d+)").group(1))
        self.line("event=proof result=passed", r"took_ms=(\d+)")
        return live_ms, cpu_ms, 1000 * (time.monotonic() - began)

    def end(self):
        self.process.kill()
        self.process.wait()


def to_live(result, seconds):
    with tempfile.TemporaryDirectory(prefix="telsieve-feed-") as folder:
        daemon = Daemon(folder)
        try:
            began, samples = time.monotonic(), []
            while len(samples) < 3 or time.monotonic() - began < seconds:
                samples.append(daemon.feed(len(samples) + 1))
        finally:
            daemon.end()
    live, cpu, proved = (list(column) for column in zip(*samples))
    result.row("one small library over the shipped ones", ms=live, cpu_ms=cpu, proved_ms=proved)
    result.target("ms from the feed of a library to live", LIMIT_MS, sorted(live)[len(live) // 2])


# ---- while records flow -------------------------------------------------------------------------------------------

class Feeding(threading.Thread):
    """A change every two seconds, from now on, for a `with`."""

    def __init__(self, address, numbers):
        super().__init__()
        self.address, self.numbers, self.done, self.fed = address, numbers, threading.Event(), 0
        self.problem = None

    def run(self):
        try:
            while not self.done.is_set():
                put(self.address, next(self.numbers))
                self.fed += 1
                self.done.wait(CHANGE_S)
        except OSError as problem:
            self.problem = problem

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join()
        if self.problem:
            raise self.problem


def drain(daemon, fill):
    """Records a second, and CPU microseconds a record, from the moment on when nobody fills the topic any more."""
    from broker import pause

    wanted = daemon.consumed() + fill()
    began, cpu, at = time.monotonic(), daemon.cpu_total(), daemon.consumed()
    last = (began, at)
    while (now := daemon.consumed()) < wanted:
        if now > last[1]:
            last = (time.monotonic(), now)
        daemon.check(last[0])
        pause(wanted - now, now - at, time.monotonic() - began)
    return (now - at) / (time.monotonic() - began), (daemon.cpu_total() - cpu) / (now - at) * 1e6


def while_records_flow(result, seconds):
    from broker import FRAUD_EVERY, PARTITIONS, Kafka, Telsieve, program

    numbers, fed = itertools.count(1), []

    with Kafka() as kafka, tempfile.TemporaryDirectory(prefix="telsieve-feed-") as folder:
        topic = kafka.anew("feed")
        config = kafka.configure(topic, admin={"token": {"file": write_token(folder)}})

        def fill():
            subprocess.run([program("fill_topic"), kafka.bootstrap, topic, str(PARTITIONS), str(BACKLOG), "1", "lz4",
                            str(FRAUD_EVERY)], check=True, stdout=subprocess.DEVNULL)
            return BACKLOG

        with Telsieve(config) as daemon:
            def fed_drain():
                with Feeding(f"127.0.0.1:{daemon.port}", numbers) as feeding:
                    told = drain(daemon, fill)
                fed.append(feeding.fed)
                return told

            drain(daemon, fill)
            told = interleave({"without": lambda: drain(daemon, fill), "fed": fed_drain}, seconds)
    rates = {name: [rate for rate, _ in ones] for name, ones in told.items()}
    cpu = {name: [cpu_us for _, cpu_us in ones] for name, ones in told.items()}
    shares = ratio(rates["fed"], rates["without"])
    result.row("a backlog drained", records_per_s=rates["without"], cpu_us_per_record=cpu["without"])
    result.row("the same, a change every 2 s", records_per_s=rates["fed"], cpu_us_per_record=cpu["fed"], ratio=shares)
    result.note(f"{sum(fed)} changes while {len(fed)} backlogs of {BACKLOG:,} records were filled and drained by one "
                "worker; broker, daemon and the child that compiles share the machine's cores")
    result.note("cpu_us_per_record: of the daemon, without its loader and the child that compiles")
    return statistics.median(shares)


def run(mode, seconds):
    result = Result("feed", [
        "ms: from the request to the rule set with it live; proved_ms: until the rest of the rule set is proved behind "
        "that; cpu_ms: CPU time of the child that compiles and of the loader until it was live"])
    full = mode == "full"
    to_live(result, seconds * (0.25 if full else 1))
    share = None
    try:
        share = while_records_flow(result, seconds * 0.6) if full else None
    except Missing as missing:
        result.note(f"throughput while fed: left out, {missing}")
    result.target("records/s while fed every 2 s / without", LEFT, share, at_least=True)
    return result
