"""The warning platform, simulated: it feeds libraries by topic, and reads what the nodes answer."""
import json
import os
import random
import threading

import confluent_kafka
import jsonschema

from harness import ROOT, wait_for

with open(os.path.join(ROOT, "docs/control.schema.json"), encoding="utf-8") as text:
    SCHEMA = jsonschema.Draft202012Validator(json.load(text))

CLEAN = "灯会的志愿者集合地点改到了东门的石狮子旁边,请带上水杯和手电。"  # no shipped rule speaks on it


def library(name, version, phrase="石狮子旁边", rule="X-901", **more):
    """A small library of one rule that speaks on `phrase` beside another phrase of CLEAN."""
    return {"telsieve": 1, "library": name, "family": "X", "title": "试验", "version": version,
            "sets": {"one": {"role": "T", "phrases": [phrase]}, "two": {"role": "A", "phrases": ["带上水杯"]}},
            "rules": [{"id": rule, "type": "试验", "state": "live", "tier": "low", "when": "one and two",
                       "reason": "试验", "hit": [f"到{phrase},请带上水杯和手电"], "miss": ["今天天气很好"]}], **more}


class Platform:
    """Control topics of one world, and all that its nodes have said."""

    def __init__(self, world):
        self.broker, self.world = world.broker, world
        tag = f"{random.randrange(1 << 40):x}"
        self.rules, self.lists, self.status = f"rules-{tag}", f"lists-{tag}", f"status-{tag}"
        for topic in (self.rules, self.lists):
            self.make(topic)
        self.broker.topic(self.status)
        self.said, self.stopped = [], threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def make(self, topic):
        self.broker.topic(topic, cleanup_policy="compact", max_message_bytes=40000000)

    def options(self, node, state=None):
        options = {"control__rules": self.rules, "control__status": self.status, "control__heartbeat_ms": 500,
                   "node": node}
        return dict(options, control__state=str(state)) if state else options

    def send(self, key, value, topic=None, **headers):
        """A library (dict or bytes), or None to withdraw."""
        if isinstance(value, dict):
            value = json.dumps(value, ensure_ascii=False).encode()
        failed = []
        producer = confluent_kafka.Producer({"bootstrap.servers": self.broker.plain, "message.max.bytes": 40000000})
        producer.produce(topic or self.rules, value, key,
                         headers=[(f"telsieve.{name}", text) for name, text in headers.items()],
                         on_delivery=lambda error, _: error and failed.append(error))
        assert producer.flush(60) == 0 and not failed, failed

    def _read(self):
        consumer = confluent_kafka.Consumer({"bootstrap.servers": self.broker.plain, "group.id": self.status,
                                             "auto.offset.reset": "earliest"})
        consumer.subscribe([self.status])
        while not self.stopped.is_set():
            message = consumer.poll(0.1)
            if message is None or message.error():
                continue
            said = json.loads(message.value())
            SCHEMA.validate(said)
            assert message.key().decode().startswith(said["node"] + "/")
            self.said.append(said)
        consumer.close()

    def stop(self):
        self.stopped.set()
        self.reader.join()

    def answers(self, name, node=None):
        """What was said of a library, oldest first, but for `waiting`."""
        return [said for said in list(self.said) if said["kind"] == "library" and said["library"] == name and
                said["result"] != "waiting" and node in (None, said["node"])]

    def wait_answer(self, name, result, version=None, node=None):
        def found():
            return [said for said in self.answers(name, node)
                    if said["result"] == result and version in (None, said.get("version"))]
        return wait_for(f"{name} {version or ''} to be {result}; said: {self.answers(name)}", found)[-1]

    def hashes(self):
        """Every rule set that a node announced."""
        return {said["ruleset"] for said in list(self.said) if said["kind"] == "rules"}

    def last(self, kind, node):
        found = [said for said in list(self.said) if said["kind"] == kind and said["node"] == node]
        return found[-1] if found else None
