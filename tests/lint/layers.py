#!/usr/bin/env python3
"""The house keeps its shape: includes point down, third-party headers stay in their rooms, headers have no cycles.

usage: layers.py [ROOT]; prints file:line: what is wrong; exit 1 when there is anything.
"""
import os
import re
import sys

LAYER = {"core": 0, "config": 1, "record": 2, "match": 3, "kafka": 3, "daemon": 4, "cli": 5}
FENCE = {  # header prefix -> where it may be included
    "hs.h": "src/match/", "hs/": "src/match/", "pcre2.h": "src/match/", "librdkafka/": "src/kafka/",
    "rdkafka": "src/kafka/", "ev.h": "src/daemon/", "microhttpd.h": "src/daemon/", "sqlite3.h": "src/daemon/", "systemd/": "src/daemon/",
    "curl/": "src/cli/", "linear.h": "src/cli/learn_fit.c",
    "simdjson": "src/record/decode_simdjson.cpp", "libpsl.h": "src/record/",
}
INCLUDE = re.compile(r'\s*#\s*include\s*["<]([^">]+)[">]')


def includes(path):
    with open(path, encoding="utf-8") as text:
        for number, line in enumerate(text, 1):
            found = INCLUDE.match(line)
            if found:
                yield number, found.group(1)


def check(root):
    problems, graph = [], {}
    for folder, _, names in os.walk(os.path.join(root, "src")):
        for name in sorted(names):
            if not name.endswith((".c", ".h", ".cpp")):
                continue
            path = os.path.join(folder, name)
            short = os.path.relpath(path, root)
            room = short.split(os.sep)[1]
            if room not in LAYER:
                problems.append(f"{short}:1: {room}/ is no room of the house")
                continue
            ours = 0
            for number, header in includes(path):
                for prefix, home in FENCE.items():
                    if header.startswith(prefix) and not short.startswith(home):
                        problems.append(f"{short}:{number}: {header} may be included in {home} only")
                other = header.split("/")[0]
                if other not in LAYER:
                    continue
                ours += 1
                graph.setdefault(short, []).append("src/" + header)
                up = LAYER[other] > LAYER[room]
                beside = LAYER[other] == LAYER[room] and other != room
                if up or beside:
                    problems.append(f"{short}:{number}: {room}/ may not include {header}: includes point down")
                if not os.path.exists(os.path.join(root, "src", header)):
                    problems.append(f"{short}:{number}: {header} does not exist")
            if name.endswith(".c") and ours > 15:
                problems.append(f"{short}:1: includes {ours} of our headers, more than 15")
    return problems + cycles({k: v for k, v in graph.items() if k.endswith(".h")})


def cycles(graph):
    state, problems = {}, []

    def visit(node, path):
        state[node] = "open"
        for other in graph.get(node, []):
            if state.get(other) == "open":
                problems.append(f"{node}:1: header cycle {' -> '.join(path + [node, other])}")
            elif other not in state:
                visit(other, path + [node])
        state[node] = "done"

    for node in graph:
        if node not in state:
            visit(node, [])
    return problems


if __name__ == "__main__":
    found = check(sys.argv[1] if len(sys.argv) > 1 else ".")
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)
