"""A program that is asked for one round after another, so that several can take turns."""
import json
import subprocess

from result import ROOT


class Running:
    """Its first line of JSON is `ready`: what it is, or misses. Each further one answers a line sent to it."""

    def __init__(self, *words, env=None):
        self.process = subprocess.Popen(words, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=env)
        self.ready = self.read()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("%s ended early" % self.process.args[0])
        return json.loads(line)

    def round(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.read()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
