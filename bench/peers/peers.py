"""What one would use instead: the same records, phrases and predicate in other programs, beside telsieve in one run.

Told in README.md. telsieve runs with all its libraries and the peers' rule beside them, and with that alone; each as
shipped, remembering templates (texts alike but for their digits), and looking at every text.
"""
import json
import os

from broker import Kafka
from peer_material import HERE, make
from peer_measure import Field
from peer_programs import PEERS, versions, why_not
from result import Missing, Result, interleave, ratio

RECORDS = {"quick": 400000, "full": 4000000}
ALL_ON, PLAIN, FLOOR = "telsieve, everything on", "telsieve, the peers' work only", "consume-and-drop"
ALL_NEW, PLAIN_NEW = ALL_ON + ", no template remembered", PLAIN + ", no template remembered"
# How many times the CPU per record of telsieve, everything on, a peer is to need at least.
TARGETS = {"Kafka Streams": 3.3, "Flink": 2.7, "Python": 4.3, "Go": 1.55, "Rust": 1.75}


def run(mode, seconds):
    result = Result("peers")
    rules_all, rules_plain = make()
    ready = build(result)
    with Kafka() as kafka:
        field = Field(kafka, RECORDS[mode])
        work = {ALL_ON: lambda: field.run_telsieve(rules_all), PLAIN: lambda: field.run_telsieve(rules_plain),
                ALL_NEW: lambda: field.run_telsieve(rules_all, templates=0),
                PLAIN_NEW: lambda: field.run_telsieve(rules_plain, templates=0), FLOOR: field.run_floor}
        work |= {peer.name: lambda peer=peer: attempt(result, field, peer) for peer in ready}
        runs = interleave(work, seconds * 0.75, least=1, most=1 if mode == "quick" else 101)
    show(result, ready, {name: ones for name, ones in runs.items() if None not in ones}, RECORDS[mode])
    return result


def attempt(result, field, peer):
    """A run of a peer; None when it broke, which is shown and must not cost the others."""
    try:
        return field.run_peer(peer)
    except (RuntimeError, OSError, ValueError) as error:
        result.note(f"FAILED, {peer.name}: {error}")
        return None


def build(result):
    """The peers that can be measured here; of the others the result says why not."""
    ready = []
    for peer in PEERS:
        reason = why_not(peer)
        if reason is None:
            ready.append(peer)
            result.note(f"{peer.name}: {versions(peer)}")
        else:
            result.note(f"{peer.name} is left out: {reason}")
    if not ready:
        raise Missing("; ".join(result.notes))
    return ready


def show(result, ready, runs, records):
    cost = {name: [run.us_per_record for run in ones] for name, ones in runs.items()}
    what = {peer.name: peer.what for peer in ready}
    for name, ones in runs.items():
        result.row(f"{name} ({what[name]})" if name in what else name, cpu_us_per_record=cost[name],
                   times_telsieve=ratio(cost[name], cost[ALL_ON]), records_per_s=[run.per_second for run in ones],
                   rss_mib=[run.rss_mib for run in ones],
                   hits=None if ones[0].hits is None else len(ones[0].hits))
    result.note(f"{records:,} SMS, one in 200 a fraud; CPU (user and system, all threads) of the second half")
    result.note(f"{ALL_ON}: its own libraries warned of {runs[ALL_ON][0].others:,} records more")
    for name, limit in TARGETS.items():
        value = sorted(ratio(cost[name], cost[ALL_ON]))[len(cost[name]) // 2] if name in cost else None
        result.target(f"{name} / telsieve, everything on: CPU per record", limit, value, at_least=True)
    result.target("records that not all of them hit alike", 0, differing(result, runs))


def differing(result, runs):
    """Records that some program hit and some did not, in any round; who and where is noted and kept in a file."""
    sets = [(name, number, run.hits) for name, ones in runs.items() for number, run in enumerate(ones)
            if run.hits is not None]
    common = set.intersection(*(hits for _, _, hits in sets))
    differ = set.union(*(hits for _, _, hits in sets)) - common
    if differ or not common:
        for name, number, hits in sets:
            result.note(f"FAILED, hits differ: {name}, round {number + 1}: {len(hits)} of {len(common | differ)}")
        with open(os.path.join(HERE, "differing.json"), "w", encoding="utf-8") as out:
            json.dump(sorted(differ), out, ensure_ascii=False, indent=1)
    return len(differ) if common else None
