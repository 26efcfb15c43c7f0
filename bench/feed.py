"""From the PUT of one small library to the rule set with it live, on top of the shipped ones, and until all of it is
proved again. The daemon is started as an operator starts it, with a broker that does not answer; every library is
another one, so nothing is taken from the cache but the words of polarity."""
import json
import os
import re
import subprocess
import tempfile
import time
import urllib.request

from result import BUILD, ROOT, Result

LIMIT_MS = 2000
PATIENCE_S = 60
TOKEN = "bench-token-of-24-letters"


class Daemon:
    def __init__(self, folder):
        token = os.path.join(folder, "token")
        with open(token, "w", encoding="ascii", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
            out.write(TOKEN)
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

    def put(self, number):
        library = {"telsieve": 1, "library": "bench", "family": "G", "title": "generated", "version": str(number),
                   "sets": {"s": {"role": "T", "phrases": [f"虚构的水果第{chr(0x4e00 + number)}批~丢失", "虚构的水果~丢失"]}},
                   "rules": [{"id": "BENCH-1", "type": "generated", "state": "live", "tier": "low", "reason": "generated",
                              "when": "s and caller.personal", "hit": ["您虚构的水果已丢失"], "miss": ["晚上一起吃饭吧"]}]}
        request = urllib.request.Request(f"http://{self.address}/rules/bench", method="PUT",
                                         data=json.dumps(library, ensure_ascii=False).encode(),
                                         headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request, timeout=PATIENCE_S):
            return time.monotonic()

    def feed(self, number):
        """Milliseconds to live, CPU milliseconds until then, milliseconds until all is proved."""
        began = self.put(number)
        cpu_ms = int(self.line("event=rules_live", r"cpu_ms=(\d+)").group(1))
        live_ms = int(self.line("event=reload result=succeeded", r"took_ms=(\d+)").group(1))
        self.line("event=proof result=passed", r"took_ms=(\d+)")
        return live_ms, cpu_ms, 1000 * (time.monotonic() - began)

    def end(self):
        self.process.kill()
        self.process.wait()


def run(mode, seconds):
    result = Result("feed", [
        "ms: from the request to the rule set with it live; proved_ms: until the rest of the rule set is proved behind "
        "that; cpu_ms: CPU time of the child that compiles and of the loader until it was live"])
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
    return result
