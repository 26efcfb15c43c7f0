"""From exec to the first rule set live, with nothing kept, and with what an earlier start kept in rules.cache. The
daemon is started as an operator starts it, with a broker that does not answer, and killed when its log says that the
rules are live."""
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time

from result import BUILD, ROOT, Result, interleave, ratio

LIMIT_MS = 300
PATIENCE_S = 120
PHRASES, RULES = 10000, 100
TABLES = ["folding.json", "polarity.json", "variants.json", "ordinary.txt", "numbers"]


def start(rules, cache, settings=()):
    """One start: milliseconds from exec to the log line, CPU of it, and what the line says of the cache."""
    command = [os.path.join(BUILD, "telsieve"), "run", "-c", os.path.join(ROOT, "conf/telsieve.json")]
    for setting in [f"rules.dir={rules}", f"rules.cache={cache}", "admin.listen=", "workers=1",
                    "kafka.common.bootstrap.servers=127.0.0.1:1", *settings]:
        command += ["--set", setting]
    began = time.monotonic()
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as daemon:
        try:
            for line in daemon.stderr:
                if "event=rules_live" in line:
                    break
                if time.monotonic() - began > PATIENCE_S:
                    raise RuntimeError("no rule set went live")
            else:
                raise RuntimeError("the daemon ended before a rule set was live")
            return {"ms": 1000 * (time.monotonic() - began), "cpu_ms": float(line.split("cpu_ms=")[1].split()[0]),
                    "cache": line.split("cache=")[1].split()[0]}
        finally:
            daemon.kill()


def write_library(folder):
    """The tables of the shipped libraries, and one library of 10,000 phrases in 100 sets for as many rules."""
    words = [a + b for a in "办取领存转借还付收退查改" for b in "款卡单票证号码金物件"]
    phrases = [a + b for a in words for b in words if a != b][:PHRASES]
    step = PHRASES // RULES
    sets = {f"s{i}": {"role": "T", "phrases": phrases[i * step:(i + 1) * step]} for i in range(RULES)}
    rules = [{"id": f"G-{i:03}", "type": "generated", "state": "live", "tier": "low", "reason": "generated",
              "when": f"s{i} and s{(i + 1) % RULES}", "miss": ["晚上一起吃饭吧"],
              "hit": [f"请{phrases[i * step]},再{phrases[(i + 1) % RULES * step]}。"]} for i in range(RULES)]
    for name in TABLES:
        os.symlink(os.path.join(ROOT, "patterns", name), os.path.join(folder, name))
    with open(os.path.join(folder, "generated.json"), "w", encoding="utf-8") as out:
        json.dump({"telsieve": 1, "library": "generated", "family": "G", "title": "generated", "version": "1",
                   "sets": sets, "rules": rules}, out, ensure_ascii=False, indent=1)


def measure(result, name, rules, cache, seconds):
    """Cold: the cache is emptied before. Warm: it is as the start before left it."""
    def cold():
        shutil.rmtree(cache, ignore_errors=True)
        return start(rules, cache)

    def warm():
        return start(rules, cache)

    samples = interleave({"cold": cold, "warm": warm}, seconds / 2, least=1)
    more = interleave({"warm": warm}, seconds / 4, least=5)["warm"]
    if any(one["cache"] != "miss" for one in samples["cold"]) or any(one["cache"] != "hit" for one in more):
        raise RuntimeError("the cache was not used")
    of = {kind: {key: [one[key] for one in ones] for key in ("ms", "cpu_ms")} for kind, ones in samples.items()}
    result.row(f"{name}, nothing kept", **of["cold"], ratio_to_cold=1.0)
    result.row(f"{name}, warm cache", ms=[one["ms"] for one in more], cpu_ms=[one["cpu_ms"] for one in more],
               ratio_to_cold=ratio(of["warm"]["cpu_ms"], of["cold"]["cpu_ms"]))
    result.target(f"{name}: ms from exec to the rule set live, warm cache", LIMIT_MS,
                  statistics.median(one["ms"] for one in more))


def run(mode, seconds):
    result = Result("start", [
        "ms: from exec to the log line event=rules_live; cpu_ms: CPU time of loading until then, that of the child that "
        "compiles with it, which other programs on the machine hardly change; ratio_to_cold is of CPU time",
        "nothing kept: compile, self-test and the writing of the cache; warm: databases and proof are taken from it, "
        "the self-test runs behind going live"])
    with tempfile.TemporaryDirectory(prefix="telsieve-start-") as folder:
        cache = os.path.join(folder, "cache")
        measure(result, "shipped libraries", os.path.join(ROOT, "patterns"), cache, seconds / 2)
        if mode == "full":
            rules = os.path.join(folder, "rules")
            os.mkdir(rules)
            write_library(rules)
            measure(result, f"{PHRASES:,} generated phrases", rules, cache, seconds / 2)
    return result
