"""What the benches on a real broker share: Apache Kafka as the broker tests start it, topics that are filled once and
kept in build/bench/kafka, telsieve as a process with its CPU time, memory and books, and consume-and-drop beside it.
"""
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

from result import BUILD, OUT, ROOT, Missing

sys.path.insert(0, os.path.join(ROOT, "tests", "kafka"))
try:
    import harness
except ImportError as missing:
    raise Missing(f"no module {missing.name} (Debian: python3-confluent-kafka)") from missing

FOLDER = os.path.join(OUT, "kafka")
CACHE = os.path.join(OUT, "cache")
PARTITIONS = 4
FRAUD_EVERY = 500
TEMPLATES = 32768  # rules.templates as shipped
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
POLL_S = 0.05
LONGEST_POLL_S = 0.5  # answering costs the daemon 1 ms, which is counted
STALLED_S = 60


def program(name):
    path = os.path.join(OUT, name)
    if not os.path.exists(path):
        raise Missing(f"{path} (make bench-programs)")
    return path


def _need_java():
    for tool, package in (("java", "openjdk-17-jre-headless"), ("mvn", "maven"), ("openssl", "openssl")):
        if not shutil.which(tool):
            raise Missing(f"{tool} (Debian: {package})")


def _stream_mark():
    """Names what the topics hold: topics of another generator are not used."""
    digest = hashlib.sha256()
    for name in ("src/cli/generate.c", "bench/lib/stream.c", "bench/fill_topic.c"):
        with open(os.path.join(ROOT, name), "rb") as source:
            digest.update(source.read())
    return digest.hexdigest()[:8]


class Kafka:
    """The broker of the benches, for a `with`: its data and its port are kept from run to run."""

    def __enter__(self):
        _need_java()
        os.makedirs(FOLDER, exist_ok=True)
        self.broker = harness.Broker(FOLDER)
        self.broker.port = self._kept_port()
        self.broker.start()
        with open(os.path.join(FOLDER, "port"), "w", encoding="ascii") as out:
            out.write(str(self.broker.port))
        self.bootstrap = self.broker.plain
        self.mark = _stream_mark()
        return self

    def __exit__(self, *_):
        self.broker.stop()

    @staticmethod
    def _kept_port():
        """The port of the last run: the controller's is written in the data, so what has another port starts anew."""
        try:
            with open(os.path.join(FOLDER, "port"), encoding="ascii") as text:
                port = int(text.read())
            for taken in range(port, port + 3):
                with socket.socket() as s:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    s.bind(("127.0.0.1", taken))
            return port
        except (OSError, ValueError):
            shutil.rmtree(FOLDER)
            os.makedirs(FOLDER)
            return None

    def topics(self):
        return set(self.broker.admin().list_topics(timeout=20).topics)

    def ensure(self, name, partitions=PARTITIONS, **config):
        if name not in self.topics():
            self.broker.topic(name, partitions, **config)
        return name

    def anew(self, name, partitions=PARTITIONS):
        """An empty topic under a name of its own, and those of earlier runs removed."""
        for old in self.topics():
            if old.startswith(f"{name}-"):
                self.broker.delete(old)
        return self.ensure(f"{name}-{random.randrange(1 << 32):08x}", partitions, retention_ms=-1)

    def filled(self, codec, records, pack=1):
        """The topic of so many records, made when it is not there."""
        name = f"bench-{self.mark}-{codec}-{records}x{pack}"
        done = os.path.join(FOLDER, name)
        if name in self.topics() and os.path.exists(done):
            return name
        for old in self.topics():
            if old == name or (old.startswith("bench-") and not old.startswith(f"bench-{self.mark}-")):
                self.broker.delete(old)
        self.broker.topic(name, PARTITIONS, retention_ms=-1)
        subprocess.run([program("fill_topic"), self.bootstrap, name, str(PARTITIONS), str(records), str(pack), codec,
                        str(FRAUD_EVERY)], check=True, stdout=subprocess.DEVNULL)
        open(done, "w", encoding="ascii").close()
        return name

    def configure(self, topic, workers=1, consumer=None, rules=None, templates=TEMPLATES, **more):
        """A configuration of telsieve: the defaults, but for where things are and what is measured."""
        outputs = {key: self.ensure(f"out-{key}", 2, retention_ms=3600000) for key in ("warnings", "dead", "shadow")}
        return {"input": {"topics": [topic], "group": f"bench-{random.randrange(1 << 40):x}"},
                "output": {"warnings": outputs["warnings"], "dead_letter": outputs["dead"],
                           "shadow": outputs["shadow"], "digest_key": "bench"},
                "kafka": {"common": {"bootstrap.servers": self.bootstrap}, "consumer": consumer or {}},
                "rules": {"dir": rules or os.path.join(ROOT, "patterns"), "cache": CACHE,
                          "templates": templates},
                "quarantine": {"file": ""}, "workers": workers, "log": {"level": "warn"}, **more}


def _name_and_cpu(path):
    try:
        with open(path, encoding="utf-8") as text:
            name, rest = text.read().split("(", 1)[1].rsplit(")", 1)
    except OSError:  # a thread that has ended
        return "", 0
    fields = rest.split()
    return name, (int(fields[11]) + int(fields[12])) * TICK_S


class Telsieve:
    """The daemon as an operator starts it, for a `with`; its start is over when its first rule set is live: no record
    is asked for before."""

    def __init__(self, config, name="daemon"):
        self.port = harness.free_port()
        self.config = dict(config, admin=dict(config.get("admin", {}), listen=f"127.0.0.1:{self.port}"))
        self.file = os.path.join(OUT, f"{name}.json")
        self.log_file = os.path.join(OUT, f"{name}.log")
        self.socket, self.lock = None, threading.Lock()

    def __enter__(self):
        with open(self.file, "w", encoding="utf-8") as out:
            json.dump(self.config, out)
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen([os.path.join(BUILD, "telsieve"), "run", "-c", self.file], stdout=log,
                                            stderr=log, cwd=ROOT)
        try:
            began = time.monotonic()
            while self.metrics().get("telsieve_ruleset_generation", 0) < 1:
                self.check(began)
                time.sleep(0.005)
            self.start_s = time.monotonic() - began
            self.cpu_base = self.cpu_total()
            with open(f"/proc/{self.process.pid}/clear_refs", "w", encoding="ascii") as peak:
                peak.write("5")  # the greatest resident set counts from here
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.socket:
            self.socket.close()
            self.socket = None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def check(self, since):
        if self.process.poll() is not None or time.monotonic() - since > STALLED_S:
            with open(self.log_file, errors="replace", encoding="utf-8") as text:
                raise RuntimeError(f"telsieve ended or stands still:\n{text.read()[-2000:]}")

    def get(self, path, method="GET"):
        """The body of an admin page, over a connection that is kept (the daemon closes an idle one: then a second
        attempt); "" while nobody listens."""
        with self.lock:
            for _ in range(2):
                try:
                    return self._ask(path, method)
                except OSError:
                    if self.socket:
                        self.socket.close()
                    self.socket = None
        return ""

    def _ask(self, path, method):
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), 10)
        self.socket.sendall(f"{method} {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: 0\r\n\r\n".encode())
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._receive()
        head, body = data.split(b"\r\n\r\n", 1)
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n")
                      if line.lower().startswith(b"content-length"))
        while len(body) < length:
            body += self._receive()
        return body.decode()

    def _receive(self):
        more = self.socket.recv(65536)
        if not more:
            raise ConnectionError
        return more

    def metrics(self):
        found = {}
        for line in self.get("/metrics").splitlines():
            if line.startswith(("telsieve_records_total", "telsieve_records_remembered", "telsieve_ruleset_generation",
                                "telsieve_assigned", "telsieve_reloads_total")):
                series, value = line.rsplit(" ", 1)
                found[series] = float(value)
        return found

    def consumed(self):
        return self.metrics().get('telsieve_records_total{outcome="consumed"}', 0)

    def cpu_total(self):
        """User and system seconds so far, but for the thread that loads rules."""
        folder = f"/proc/{self.process.pid}"
        loader = 0
        for thread in os.listdir(f"{folder}/task"):
            name, used = _name_and_cpu(f"{folder}/task/{thread}/stat")
            loader += used if name == "loader" else 0
        return _name_and_cpu(f"{folder}/stat")[1] - loader

    def memory_mib(self, key="VmRSS"):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as text:
            return next(int(line.split()[1]) / 1024 for line in text if line.startswith(key + ":"))

    def catch_up(self, records):
        """Until so many records are consumed: records/s since the first, CPU of the process per record since the rule
        set was live, greatest resident set since then."""
        first = last = None
        while True:
            now, n = time.monotonic(), self.consumed()
            if n > 0 and first is None:
                first = (now, n)
            if n >= records:
                break
            if last is None or n > last[1]:
                last = (now, n)
            self.check(last[0])
            pause(records - n, n - first[1] if first else 0, now - first[0] if first else 0)
        cpu = self.cpu_total() - self.cpu_base
        rate = (n - first[1]) / (now - first[0]) if now > first[0] else None
        remembered = self.metrics().get("telsieve_records_remembered_total", 0) / n
        return {"cpu_us": cpu / n * 1e6, "rate": rate, "rss_mib": self.memory_mib("VmHWM"), "start_s": self.start_s,
                "remembered": remembered}


def pause(left, done, seconds):
    """Between two looks at how far it is, when so much was done in so many seconds."""
    time.sleep(min(LONGEST_POLL_S, max(POLL_S, left / done * seconds / 2 if done > 0 else 0)))


def catch_up(kafka, topic, records, **options):
    with Telsieve(kafka.configure(topic, **options)) as daemon:
        return daemon.catch_up(records)


def consume_drop(kafka, topic, records, pack=1, **options):
    """The same with the daemon's own consumer properties, and nothing done with what is read."""
    file = os.path.join(OUT, "consume_drop.json")
    config = kafka.configure(topic, **options)
    with open(file, "w", encoding="utf-8") as out:
        json.dump(config, out)
    messages = -(-records // pack)
    done = subprocess.run([program("consume_drop"), file, str(messages), str(config["workers"])], check=True,
                          capture_output=True, text=True, cwd=ROOT)
    told = json.loads(done.stdout)
    return {"cpu_us": told["cpu_s"] / records * 1e6, "rate": records / told["wall_s"], "rss_mib": told["rss_mib"]}


def engine_alone(records=100000, pack=1, rounds=3, templates=TEMPLATES):
    """CPU of the engine over the same stream, without Kafka: microseconds per record."""
    done = subprocess.run([program("engine_alone"), os.path.join(ROOT, "patterns"), CACHE, str(records), str(pack),
                           str(FRAUD_EVERY), str(rounds), str(templates)], check=True, capture_output=True, text=True, cwd=ROOT)
    samples = sorted(json.loads(done.stdout)["ns_per_record"])
    return {"cpu_us": samples[len(samples) // 2] / 1000}
