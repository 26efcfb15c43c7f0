#!/usr/bin/env python3
"""The layer check finds what it is there to find."""
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from layers import check

WRONG = {
    "src/core/a.c": ('#include "match/x.h"\n', "includes point down"),
    "src/match/a.c": ('#include "kafka/x.h"\n', "includes point down"),
    "src/daemon/a.c": ("#include <hs.h>\n", "may be included in"),
    "src/cli/a.c": ("#include <librdkafka/rdkafka.h>\n", "may be included in"),
    "src/record/decode.c": ("#include <simdjson.h>\n", "may be included in"),
    "src/core/a.h": ('#include "core/a.h"\n', "header cycle"),
    "src/util/a.c": ("", "no room"),
}

for path, (text, message) in WRONG.items():
    with tempfile.TemporaryDirectory() as root:
        os.makedirs(os.path.join(root, os.path.dirname(path)))
        with open(os.path.join(root, path), "w") as out:
            out.write(text)
        assert any(message in problem for problem in check(root)), path
