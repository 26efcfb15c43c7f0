"""The peers: what each needs, how it is built into build/bench/peers, how it is started, which versions it has.

A toolchain that is missing, or a build that fails, costs only the peers that need it.
"""
import os
import re
import shutil
import subprocess
from collections import namedtuple

from peer_material import HERE

SOURCE = os.path.dirname(os.path.abspath(__file__))
JAVA_HEAP = ["-Xms1g", "-Xmx1g", "-XX:+UseParallelGC"]
# What Flink asks for on a JDK with modules.
JAVA_OPEN = ["--add-opens=java.base/java.util=ALL-UNNAMED", "--add-opens=java.base/java.lang=ALL-UNNAMED"]

# name; what it stands for; tools (command, Debian package or where it comes from); build: (folder, words, environment);
# command; versions: (what, file of pins, pattern) or (what, command)
Peer = namedtuple("Peer", "name what tools build command versions")


def here(*parts):
    return os.path.join(HERE, *parts)


def maven(name):
    return [("java", ["mvn", "-B", "-q", "-Dstyle.color=never", "-f", f"{name}.xml", f"-Dout={here('java')}", "compile",
                      "dependency:copy-dependencies"], {})]


def java(name, main, *options):
    classes, libraries = here("java", name, "classes"), here("java", name, "libs")
    return ["java", *JAVA_HEAP, *options, "-cp", f"{classes}:{libraries}/*", main]


def pin(path, pattern):
    """The version that a file of pins names."""
    with open(os.path.join(SOURCE, path), encoding="utf-8") as pins:
        found = re.search(pattern, pins.read())
    return found.group(1) if found else "?"


def artifact(pom, name):
    return pin(f"java/{pom}.xml", f"<artifactId>{name}</artifactId><version>([^<]+)")


def tool(*words):
    """The first version number that a tool says of itself."""
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", done.stdout)
    return found.group(0) if found else "?"


JAVA_TOOLS = [("javac", "openjdk-17-jdk-headless"), ("java", "openjdk-17-jre-headless"), ("mvn", "maven")]
JAVA_VERSIONS = [("JDK", lambda: tool("javac", "-version")),
                 ("aho-corasick-double-array-trie", lambda: artifact("streams", "aho-corasick-double-array-trie")),
                 ("jackson", lambda: artifact("streams", "jackson-databind"))]

PEERS = [
    Peer("Kafka Streams", "Jackson, a double-array Aho-Corasick, 1 stream thread", JAVA_TOOLS, maven("streams"),
         java("streams", "peer.Streams"),
         [("kafka-streams", lambda: artifact("streams", "kafka-streams")), *JAVA_VERSIONS]),
    Peer("Flink", "Jackson, a double-array Aho-Corasick, parallelism 1", JAVA_TOOLS, maven("flink"),
         java("flink", "peer.Flink", *JAVA_OPEN),
         [("flink", lambda: artifact("flink", "flink-streaming-java")),
          ("connector", lambda: artifact("flink", "flink-connector-kafka")), *JAVA_VERSIONS]),
    Peer("Python", "confluent-kafka, orjson, pyahocorasick", [("python3", "python3-venv")],
         [("python", ["python3", "-m", "venv", here("venv")], {}),
          ("python", [here("venv", "bin", "pip"), "-q", "install", "-r", "requirements.txt"], {})],
         [here("venv", "bin", "python3"), "-B", os.path.join(SOURCE, "python", "peer.py")],
         [("Python", lambda: tool(here("venv", "bin", "python3"), "--version")),
          *[(name, lambda name=name: pin("python/requirements.txt", name + r"==(\S+)"))
            for name in ("confluent-kafka", "orjson", "pyahocorasick")]]),
    Peer("Go", "franz-go, goccy/go-json, an Aho-Corasick module", [("go", "go.dev, at least what go/go.mod names")],
         [("go", ["go", "build", "-trimpath", "-o", here("peer-go"), "."], {})],
         [here("peer-go")],
         [("Go", lambda: tool("go", "version")),
          *[(name.split("/")[1], lambda name=name: pin("go/go.mod", name + r" v(\S+)"))
            for name in ("twmb/franz-go", "goccy/go-json", "BobuSumisu/aho-corasick")]]),
    Peer("Rust", "rdkafka, serde_json, aho-corasick (DFA)",
         [("cargo", "rustup.rs"), ("make", "make"), ("gcc", "gcc"), ("g++", "g++")],
         [("rust", ["cargo", "build", "-q", "--release", "--locked"], {"CARGO_TARGET_DIR": here("rust")})],
         [here("rust", "release", "peer")],
         [("rustc", lambda: tool("rustc", "--version")),
          *[(name, lambda name=name: pin("rust/Cargo.lock", f'name = "{name}"\nversion = "([^"]+)"'))
            for name in ("rdkafka", "rdkafka-sys", "aho-corasick", "serde_json")]]),
]


def why_not(peer):
    """Builds a peer; None, or why it cannot be measured."""
    missing = [f"{command} ({source})" for command, source in peer.tools if shutil.which(command) is None]
    if missing:
        return "needs " + ", ".join(missing)
    for folder, words, env in peer.build:
        done = subprocess.run(words, cwd=os.path.join(SOURCE, folder), env=dict(os.environ, **env), check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
        if done.returncode != 0:
            lines = [line for line in done.stdout.splitlines() if line.strip()]
            return f"does not build: {' '.join(words[:3])}…: {lines[-1] if lines else done.returncode}"
    return None


def versions(peer):
    return ", ".join(f"{name} {ask()}" for name, ask in peer.versions)
