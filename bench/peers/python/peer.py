"""Python consumer: confluent-kafka, orjson, pyahocorasick; at least once."""
import os
import time

import ahocorasick
import orjson
from confluent_kafka import Consumer, Producer

ENV = os.environ


def automaton():
    made = ahocorasick.Automaton()
    with open(ENV["PHRASES"], encoding="utf-8") as phrases:
        for number, phrase in enumerate(phrases.read().split()):
            made.add_word(phrase, number)
    made.make_automaton()
    return made


def main():
    phrases, total, out, topic = automaton(), int(ENV["RECORDS"]), ENV["OUT"], ENV["TOPIC"]
    consumer = Consumer({"bootstrap.servers": ENV["BROKER"], "group.id": ENV["GROUP"], "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", "fetch.wait.max.ms": 100, "fetch.queue.backoff.ms": 10})
    producer = Producer({"bootstrap.servers": ENV["BROKER"], "acks": "all", "linger.ms": 20, "compression.type": "lz4"})
    consumer.subscribe([topic])
    seen, half, committed = 0, False, time.monotonic()
    loads, find = orjson.loads, phrases.iter
    while seen < total:
        for message in consumer.consume(10000, 0.1):
            if message.error():
                continue
            seen += 1
            payload = message.value()
            try:
                text = loads(payload)["text"]
            except (orjson.JSONDecodeError, KeyError):
                continue
            first = None
            for _, number in find(text):
                if first is None:
                    first = number
                elif number != first:
                    producer.produce(out, payload)
                    break
        if not half and seen >= total // 2:
            half = True
            print("SEEN", seen, flush=True)
        if seen >= total or time.monotonic() - committed >= 5:
            committed = time.monotonic()
            producer.flush()  # warnings first, then the offsets
            consumer.commit(asynchronous=True)
    print("SEEN", seen, flush=True)
    consumer.close()


main()
