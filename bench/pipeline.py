"""The whole daemon on a real broker, beside consume-and-drop with the daemon's own consumer properties and beside the
engine over the same stream in memory: all in turn, round after round."""
from broker import FRAUD_EVERY, Kafka, catch_up, consume_drop, engine_alone
from result import Result, interleave, ratio

RECORDS = {False: 200000, True: 2000000}  # by full
PACK = 20
RATE = 700000
RSS_MIB = 400


def run(mode, seconds):
    with Kafka() as kafka:
        return measure(kafka, mode == "full", seconds)


def work_of(kafka, full, records):
    """name -> what takes one sample of it."""
    lz4 = kafka.filled("lz4", records)
    work = {"engine alone": engine_alone,
            "consume-and-drop, lz4": lambda: consume_drop(kafka, lz4, records),
            "telsieve, lz4": lambda: catch_up(kafka, lz4, records)}
    if full:
        zstd = kafka.filled("zstd", records)
        packed = kafka.filled("lz4", records, PACK)
        work |= {
            "engine alone, no template remembered": lambda: engine_alone(templates=0),
            "telsieve, lz4, no template remembered": lambda: catch_up(kafka, lz4, records, templates=0),
            "consume-and-drop, lz4, 2 workers": lambda: consume_drop(kafka, lz4, records, workers=2),
            "telsieve, lz4, 2 workers": lambda: catch_up(kafka, lz4, records, workers=2),
            "consume-and-drop, zstd": lambda: consume_drop(kafka, zstd, records),
            "telsieve, zstd": lambda: catch_up(kafka, zstd, records),
            "telsieve, zstd, 2 workers": lambda: catch_up(kafka, zstd, records, workers=2),
            "consume-and-drop, lz4, 20 packed": lambda: consume_drop(kafka, packed, records, PACK),
            "telsieve, lz4, 20 packed": lambda: catch_up(kafka, packed, records)}
    return work


def measure(kafka, full, seconds):
    records = RECORDS[full]
    result = Result("pipeline", [
        f"{records:,} records, one in {FRAUD_EVERY} a fraud, on 4 partitions; broker, daemon and bench share the "
        "machine's cores",
        "CPU is user + system time of the whole process, from the first rule set live (telsieve, without its loader, "
        "which proves the rules meanwhile) or before the first subscription (consume-and-drop) to the last record",
        "records/s count from the first record",
        "consume-and-drop: librdkafka's batch call, with consumers made by the daemon's own code from the same file",
        "as shipped each worker remembers templates, texts alike but for their digits; generated texts have few, so "
        "that more of them are remembered than of real ones",
        "engine alone: payload in memory to encoded warning, one thread"])
    work = work_of(kafka, full, records)
    consume_drop(kafka, kafka.filled("lz4", RECORDS[False]), RECORDS[False])  # the group coordinator's first use
    samples = interleave(work, seconds * (0.65 if full else 0.45), least=1)
    of = {name: [one["cpu_us"] for one in ones] for name, ones in samples.items()}
    for name, ones in samples.items():
        row = {"cpu_us_per_record": of[name]}
        if "rate" in ones[0]:
            floor = of[name.replace("telsieve", "consume-and-drop").replace("zstd, 2 workers", "zstd")
                       .replace(", no template remembered", "")]
            row |= {"records_per_s": [one["rate"] for one in ones if one["rate"]],
                    "rss_mib": [one["rss_mib"] for one in ones], "ratio_to_drop": ratio(of[name], floor)}
        if "remembered" in ones[0]:
            row["remembered_percent"] = [100 * one["remembered"] for one in ones]
        result.row(name, **row)
    judge(result, of, samples, full)
    return result


def median_ratio(a, b):
    ratios = sorted(ratio(a, b))
    return ratios[len(ratios) // 2]


def judge(result, of, samples, full):
    ours, drop, engine = of["telsieve, lz4"], of["consume-and-drop, lz4"], of["engine alone"]
    result.target("pipeline CPU / (consume-and-drop + 1.2 × engine)", 1,
                  median_ratio(ours, [d + 1.2 * e for d, e in zip(drop, engine)]))
    result.target("pipeline CPU / consume-and-drop", 2.2, median_ratio(ours, drop))
    if not full:
        return
    result.target("records packed 20 to a message / single ones, CPU", 0.6,
                  median_ratio(of["telsieve, lz4, 20 packed"], ours))
    result.target("CPU per record, two workers / one", 1.1, median_ratio(of["telsieve, lz4, 2 workers"], ours))
    best = max((one["rate"] for name, ones in samples.items() if name.startswith("telsieve") for one in ones
                if "packed" not in name and one["rss_mib"] <= RSS_MIB), default=None)
    result.target(f"records/s at ≤ {RSS_MIB} MiB", RATE, best, at_least=True)
