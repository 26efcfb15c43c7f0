"""What the broker tests share: a real Kafka, the daemon as a process, records with known verdicts.

Everything lives in one temporary folder; ports are free ones on loopback. All texts and numbers are invented.
"""
import json
import os
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get("BUILD", os.path.join(ROOT, "build")))
TELSIEVE = os.environ.get("TELSIEVE", os.path.join(BUILD, "telsieve"))
PATIENCE = 120  # seconds until a wait is given up: long, because machines are shared

FRAUD = "您的快递丢失,可双倍理赔,请添加理赔客服QQ:2801234567办理"
LAWFUL = "晚上回来吃饭吗?我买了鱼和豆腐,给你炖汤。"
ADVICE = "【反诈提醒】凡是以快递丢失理赔为由要求添加客服QQ的,都是诈骗,请勿转账。"


def wait_for(what, condition, patience=PATIENCE, pause=0.1):
    """Poll until condition() is true; its value is returned. Fails naming what was waited for."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"gave up waiting for {what}")
        time.sleep(pause)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Broker:
    """One real Apache Kafka; stop and start keep its data and ports."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.port = None
        self.env = {}

    def start(self):
        command = [os.path.join(HERE, "kafka-up"), self.folder] + ([str(self.port)] if self.port else [])
        env = dict(os.environ, KAFKA_LIBS=os.path.join(BUILD, "kafka-libs"))
        for attempt in range(3):  # a port may be taken between the look and the start
            done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True)
            if done.returncode == 0:
                break
        assert done.returncode == 0, f"no broker after {attempt + 1} attempts"
        out = done.stdout
        self.env = dict(line.split("=", 1) for line in out.split())
        self.plain = self.env["KAFKA"]
        self.port = int(self.plain.rsplit(":", 1)[1])

    def stop(self):
        subprocess.run([os.path.join(HERE, "kafka-down"), self.folder], check=True)

    def admin(self):
        return AdminClient({"bootstrap.servers": self.plain})

    def topic(self, name, partitions=1, **config):
        config = {key.replace("_", "."): str(value) for key, value in config.items()}
        admin = self.admin()
        for future in admin.create_topics([NewTopic(name, partitions, 1, config=config)]).values():
            future.result(30)
        wait_for(f"topic {name}", lambda: name in admin.list_topics(timeout=10).topics)

    def delete(self, name):
        admin = self.admin()
        for future in admin.delete_topics([name]).values():
            future.result(30)
        wait_for(f"topic {name} to go", lambda: name not in admin.list_topics(timeout=10).topics)

    def configure_topic(self, name, **config):
        config = {key.replace("_", "."): str(value) for key, value in config.items()}
        resource = ConfigResource(ConfigResource.Type.TOPIC, name, set_config=config)
        admin = self.admin()
        for future in admin.alter_configs([resource]).values():
            future.result(30)

    def kadmin(self, *words):
        subprocess.run([os.path.join(BUILD, "tests/kadmin"), self.plain, *map(str, words)], check=True)

    def produce(self, topic, values, partition=-1, **options):
        """Send values (bytes, str, dict or None) and wait until all are there."""
        failed = []
        producer = Producer({"bootstrap.servers": self.plain, "linger.ms": 5, "message.timeout.ms": 120000, **options})
        for i, value in enumerate(values):
            if isinstance(value, dict):
                value = json.dumps(value, ensure_ascii=False)
            while True:
                try:
                    producer.produce(topic, value, str(i) if partition < 0 else None, partition,
                                     on_delivery=lambda error, _: error and failed.append(error))
                    break
                except BufferError:
                    producer.poll(0.1)
            producer.poll(0)
        assert producer.flush(PATIENCE) == 0 and not failed, failed[:3]

    def read_all(self, topic):
        """Every message of a topic, from the beginning to its end of now."""
        consumer = Consumer({"bootstrap.servers": self.plain, "group.id": f"reader-{random.random()}",
                             "enable.auto.commit": False, "enable.partition.eof": True})
        partitions = consumer.list_topics(topic, timeout=20).topics[topic].partitions
        consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
        messages, ended = [], set()
        end = time.monotonic() + PATIENCE
        while len(ended) < len(partitions):
            assert time.monotonic() < end, f"gave up reading {topic}"
            message = consumer.poll(1)
            if message is None:
                continue
            if message.error():
                assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                ended.add(message.partition())
            else:
                messages.append(message)
        consumer.close()
        return messages

    def committed(self, group, topic, partitions):
        """Committed offsets of a group, 0 where there is none."""
        consumer = Consumer({"bootstrap.servers": self.plain, "group.id": group, "enable.auto.commit": False})

        def ask():
            try:
                return consumer.committed([TopicPartition(topic, p) for p in range(partitions)], timeout=20)
            except KafkaException:  # a broker that just started has no coordinator yet
                return None

        found = wait_for("committed offsets", ask, pause=0.5)
        consumer.close()
        return [max(0, p.offset) for p in found]

    def ends(self, topic, partitions):
        consumer = Consumer({"bootstrap.servers": self.plain, "group.id": "ends"})
        ends = [consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=20)[1] for p in range(partitions)]
        consumer.close()
        return ends


class World:
    """The topics of one test and a configuration for daemons on them."""

    def __init__(self, broker, folder, partitions=4, outputs=True):
        self.broker = broker
        self.folder = str(folder)
        tag = f"{random.randrange(1 << 40):x}"
        self.group = f"group-{tag}"
        self.input, self.partitions = f"sms-{tag}", partitions
        self.warnings, self.dead, self.shadow = f"warnings-{tag}", f"dead-{tag}", f"shadow-{tag}"
        broker.topic(self.input, partitions)
        if outputs:
            broker.topic(self.warnings, 2)
            broker.topic(self.dead)
        broker.topic(self.shadow)
        self.daemons = []

    def config(self, **changes):
        config = {
            "input": {"topics": [self.input], "group": self.group},
            "output": {"warnings": self.warnings, "dead_letter": self.dead, "shadow": self.shadow,
                       "digest_key": "test-key"},
            "kafka": {"common": {"bootstrap.servers": self.broker.plain}},
            "rules": {"dir": os.path.join(ROOT, "patterns")},
            "workers": 2,
        }
        for path, value in changes.items():
            room = config
            *rooms, last = path.split("__")
            for name in rooms:
                room = room.setdefault(name, {})
            room[last] = value
        return config

    def daemon(self, program=TELSIEVE, env=None, **changes):
        daemon = Daemon(self, program, self.config(**changes), len(self.daemons), env)
        self.daemons.append(daemon)
        return daemon

    def warned(self):
        """id of the record -> list of its warnings (the same warning may come twice: at least once)."""
        found = {}
        for message in self.broker.read_all(self.warnings):
            warning = json.loads(message.value())
            found.setdefault(warning["source"]["record"], []).append(warning)
        return found

    def wait_consumed(self, patience=PATIENCE):
        """Until the group has committed every record of the input."""
        ends = self.broker.ends(self.input, self.partitions)
        wait_for("the group to commit everything",
                 lambda: self.broker.committed(self.group, self.input, self.partitions) == ends, patience, 0.5)

    def stop_all(self):
        for daemon in self.daemons:
            daemon.kill()


class Daemon:
    """telsieve run, as an operator starts it."""

    def __init__(self, world, program, config, number, env):
        self.port = free_port()
        config.setdefault("admin", {}).setdefault("listen", f"127.0.0.1:{self.port}")
        self.config_file = os.path.join(world.folder, f"conf{number}.json")
        self.log_file = os.path.join(world.folder, f"log{number}.txt")
        with open(self.config_file, "w") as out:
            json.dump(config, out)
        self.program, self.env = program, dict(os.environ, **(env or {}))
        self.process = None

    def start(self, ready=True):
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([self.program, "run", "-c", self.config_file], stderr=log, stdout=log,
                                            env=self.env, cwd=ROOT)
        if ready:
            wait_for("the daemon to be ready", lambda: self.alive() and self.is_ready())
        return self

    def alive(self):
        assert self.process.poll() is None, f"daemon ended with {self.process.returncode}:\n{self.log()}"
        return True

    def log(self):
        with open(self.log_file, errors="replace") as text:
            return text.read()

    def get(self, path, method="GET"):
        """Status and body of an admin page; (0, "") when nobody listens."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return 0, ""

    def is_ready(self):
        return self.get("/readyz")[0] == 200

    def metrics(self):
        """Every series of /metrics as {"name{labels}": value}."""
        found = {}
        for line in self.get("/metrics")[1].splitlines():
            if line and not line.startswith("#"):
                series, value = line.rsplit(" ", 1)
                found[series] = float(value)
        return found

    def books(self):
        m = self.metrics()
        books = {word: m.get(f'telsieve_records_total{{outcome="{word}"}}', 0)
                 for word in ("consumed", "clean", "warned", "suppressed", "dead_lettered")}
        books["in_flight"] = m.get("telsieve_records_in_flight", 0)
        return books

    def assert_balanced(self):
        books = self.books()
        consumed = books.pop("consumed")
        assert consumed == sum(books.values()), (consumed, books)

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, code=0):
        self.signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == code, self.log()

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def record(name, text, calling="008525550{:04d}", **more):
    """An SMS record; the sender of fraud is a made-up foreign number."""
    number = sum(name.encode()) % 10000
    return {"v": 1, "kind": "sms", "id": name, "ts": int(time.time() * 1000), "calling": calling.format(number),
            "called": f"1381234{number:04d}", "text": text, "leg": "mt", "ingress": "intl", **more}


def stream(count, fraud_every=50, tag="r"):
    """Records of which every n-th is fraud, and the ids that must be warned of."""
    records, expected = [], set()
    for i in range(count):
        name = f"{tag}-{i:07d}"
        if i % fraud_every == 0:
            records.append(record(name, FRAUD))
            expected.add(name)
        elif i % fraud_every == 1:
            records.append(record(name, ADVICE, calling="1069012345678", ingress="onnet"))
        else:
            records.append(record(name, LAWFUL, calling="1391234{:04d}", ingress="onnet"))
    return records, expected
