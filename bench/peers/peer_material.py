"""What all peers are given alike: 250 literal phrases, and the rule sets with which telsieve does the peers' work.

The phrases are words of the shipped libraries: those of the generator's frauds, so that there is something to hit, two
that one ordinary text holds each, so that one phrase alone is seen not to be enough, and for the rest words that no
ordinary text holds, evenly from all libraries.
"""
import glob
import json
import os
import re
import shutil

from result import BUILD, ROOT

PATTERNS = os.path.join(ROOT, "patterns")
GENERATOR = os.path.join(ROOT, "src", "cli", "generate.c")
HERE = os.path.join(BUILD, "bench", "peers")
PHRASES = os.path.join(HERE, "phrases.txt")
COUNT = 250
LONG = 3  # characters of a phrase that frauds hold: shorter words are in everything
RULE = "PEERS-001"
MISS = ["晚上回来吃饭吗?"]


def templates(array):
    """The texts of one array of src/cli/generate.c."""
    with open(GENERATOR, encoding="utf-8") as source:
        body = re.search(r"\b%s\[\] = \{(.*?)\n\};" % array, source.read(), re.S).group(1)
    return re.findall(r'"((?:[^"\\]|\\.)*)"', body)


def words():
    """Runs of two and more Han characters in the shipped phrases, in order of first sight."""
    found = {}
    for path in sorted(glob.glob(os.path.join(PATTERNS, "*.json"))):
        with open(path, encoding="utf-8") as source:
            sets = json.load(source).get("sets", {})
        for name in sets:
            for phrase in sets[name].get("phrases", []):
                text = phrase["p"] if isinstance(phrase, dict) else phrase
                if not text.startswith("re:"):
                    found.update(dict.fromkeys(re.findall(r"[\u4e00-\u9fff]{2,}", re.sub(r"\{[^}]*\}", "~", text))))
    return list(found)


def phrases():
    """COUNT words; an ordinary text holds one of them at most."""
    ordinary, frauds = templates("notices") + templates("chats"), templates("frauds")
    held = {word: [text for text in ordinary if word in text] for word in words()}
    lone = [word for word in held if len(held[word]) == 1]
    lone = lone[:1] + [word for word in lone if held[word] != held[lone[0]]][:1]
    rare = [word for word in held if not held[word]]
    hitting = [word for word in rare if len(word) >= LONG and any(word in text for text in frauds)]
    others = [word for word in rare if not any(word in text for text in frauds)]
    wanted = COUNT - len(lone) - len(hitting)
    return lone + hitting + others[::len(others) // wanted][:wanted]


def library(found):
    """The peers' predicate in telsieve's words: two different phrases, wherever and however they are said."""
    hit = next(text for text in templates("frauds") if sum(word in text for word in found) >= 2)
    return {"telsieve": 1, "library": "peers", "family": "X", "title": "the peers' work", "version": "2026.11.22",
            "sets": {"phrases": {"role": "T", "phrases": found}},
            "rules": [{"id": RULE, "type": "peers", "state": "live", "tier": "high", "scope": "text",
                       "when": "count(phrases) >= 2", "reason": "two different phrases",
                       "hit": [re.sub(r"\{.\}", "1", hit)], "miss": MISS}]}


def write_json(path, value):
    with open(path, "w", encoding="utf-8") as out:
        json.dump(value, out, ensure_ascii=False, indent=1)


def rule_dir(name, found, with_all):
    """A folder of rules: all shipped ones with the peers' rule beside them, or the peers' rule alone, nothing folded
    but what every text is (widths, cases)."""
    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    if with_all:
        shutil.copytree(PATTERNS, folder)
    else:
        shutil.copytree(os.path.join(PATTERNS, "numbers"), os.path.join(folder, "numbers"))
        shutil.copy(os.path.join(PATTERNS, "polarity.json"), folder)
        with open(os.path.join(PATTERNS, "folding.json"), encoding="utf-8") as shipped:
            write_json(os.path.join(folder, "folding.json"), json.load(shipped) | {"chars": [], "words": []})
    write_json(os.path.join(folder, "peers.json"), library(found))
    return folder


def make():
    """Write all of it; returns the rule folders: everything on, plain literals."""
    os.makedirs(HERE, exist_ok=True)
    found = phrases()
    with open(PHRASES, "w", encoding="utf-8") as out:
        out.write("\n".join(found) + "\n")
    return rule_dir("rules-all", found, True), rule_dir("rules-plain", found, False)
