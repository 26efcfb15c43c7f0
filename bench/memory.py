"""Catch-up against memory over librdkafka's settings, one changed at a time from the daemon's own defaults; and the
resident set under load for minutes: it must be flat."""
import subprocess
import time

from broker import Kafka, Telsieve, catch_up, consume_drop
from latency import capacity, load_command
from result import Result, interleave, ratio

RATE = 700000
RSS_MIB = 400
SETTINGS = [
    ("as shipped", {}),
    ("queued.min.messages 5,000", {"queued.min.messages": "5000"}),
    ("queued.min.messages 100,000", {"queued.min.messages": "100000"}),
    ("1,000,000, 128 MiB", {"queued.min.messages": "1000000", "queued.max.messages.kbytes": "131072"}),
    ("queued.max.messages.kbytes 8,192", {"queued.max.messages.kbytes": "8192"}),
    ("fetch.message.max.bytes 256 KiB", {"fetch.message.max.bytes": "262144"}),
    ("fetch.message.max.bytes 4 MiB", {"fetch.message.max.bytes": "4194304"}),
    ("fetch.max.bytes 1 MiB", {"fetch.max.bytes": "1048576", "message.max.bytes": "1000000"}),
    ("fetch.wait.max.ms 100", {"fetch.wait.max.ms": "100"}),
    ("fetch.min.bytes 100,000", {"fetch.min.bytes": "100000"}),
    ("check.crcs", {"check.crcs": "true"}),
    ("socket.receive.buffer.bytes 1 MiB", {"socket.receive.buffer.bytes": "1048576"}),
]


def run(mode, seconds):
    records = 2000000 if mode == "full" else 200000
    steady_s = seconds * 0.4
    with Kafka() as kafka:
        topic = kafka.filled("lz4", records)
        consume_drop(kafka, topic, records)
        work = {"consume-and-drop": lambda: consume_drop(kafka, topic, records)}
        work |= {name: lambda s=settings: catch_up(kafka, topic, records, consumer=s) for name, settings in SETTINGS}
        samples = interleave(work, seconds - steady_s - 20, least=1)
        steady = measure_steady(kafka, steady_s)
    result = Result("memory", [
        f"catch-up over {records:,} records (lz4) by one worker, settings of kafka.consumer changed one at a time; the "
        "resident set is its greatest after the start, rule set and all",
        f"steady: half of what the machine can do for {steady_s:.0f} s"])
    drop = [one["cpu_us"] for one in samples["consume-and-drop"]]
    for name, ones in samples.items():
        cpu = [one["cpu_us"] for one in ones]
        result.row(name, records_per_s=[one["rate"] for one in ones if one["rate"]],
                   rss_mib=[one["rss_mib"] for one in ones], cpu_us_per_record=cpu, ratio_to_drop=ratio(cpu, drop))
    result.row("steady: first quarter", rss_mib=steady["first"])
    result.row("steady: last quarter", rss_mib=steady["last"])
    result.target("resident set, last quarter / first", 1.02, steady["last"] / steady["first"])
    shipped = samples["as shipped"]
    result.target("resident set as shipped, MiB: 90 + the queue's 32", 122, max(one["rss_mib"] for one in shipped))
    result.target(f"records/s as shipped (at ≤ {RSS_MIB} MiB)", RATE,
                  max((one["rate"] for one in shipped if one["rate"] and one["rss_mib"] <= RSS_MIB), default=None),
                  at_least=True)
    return result


def measure_steady(kafka, seconds):
    """Greatest resident set in the first and the last quarter of a steady load."""
    config = kafka.configure(kafka.anew("latency"))
    probe = kafka.anew("probe", 1)
    with Telsieve(config) as daemon:
        able = capacity(kafka, daemon, config, probe, 12)
        command = load_command(kafka, config, probe, able / 2, seconds)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as sender:
            seen, began = [], time.monotonic()
            while sender.poll() is None:
                seen.append((time.monotonic() - began, daemon.memory_mib()))
                time.sleep(0.2)
    return {"first": max(m for t, m in seen if t <= seconds / 4),
            "last": max(m for t, m in seen if seconds * 3 / 4 <= t <= seconds)}
