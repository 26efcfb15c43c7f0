"""The same literals and the same canonical texts through our scan and through what one would use instead: programs of
bench/matchers/, each in a process of its own, rounds interleaved. All must find the same."""
import glob
import os
import re
import shutil
import subprocess
import sys
import time

from result import BUILD, ROOT, Missing, Result, command, ratio
from running import Running

HERE = os.path.join(ROOT, "bench", "matchers")
OUT = os.path.join(BUILD, "bench", "matchers")
INPUT = os.path.join(BUILD, "bench", "matcher_input")
RECORDS = 2000
STEPS = (64, 1)  # every so manieth literal of the libraries
ALL, DIFFERENT, SOME = "every hit", "which literals", "one literal a place"

# name, program and arguments, what it tells, what it takes to build
MATCHERS = [
    ("telsieve", ["telsieve"], ALL, "the project's objects"),
    ("Hyperscan", ["hyperscan"], ALL, "libhyperscan-dev"),
    ("Vectorscan", ["vectorscan"], ALL, "apt-get, to download libvectorscan5 and libvectorscan-dev"),
    ("RE2::Set", ["re2_set"], DIFFERENT, "libre2-dev"),
    ("aho-corasick, DFA", ["aho", "dfa"], ALL, "cargo"),
    ("aho-corasick, NFA", ["aho", "nfa"], ALL, "cargo"),
    ("daachorse", ["aho", "daachorse"], ALL, "cargo"),
    ("PCRE2 with JIT", ["pcre2"], SOME, "libpcre2-dev"),
]


# ---- building -------------------------------------------------------------------------------------------------------

def flags(what, *packages):
    return (command("pkg-config", what, *packages) or "").split()


def cc(out, source, *options, compiler=("gcc", "-std=gnu17")):
    subprocess.run([*compiler, "-O3", "-Wall", "-Wextra", "-I" + HERE, "-o", os.path.join(OUT, out),
                    os.path.join(HERE, source), os.path.join(OUT, "harness.o"), *options],
                   check=True, capture_output=True, text=True, cwd=ROOT)


def build_telsieve():
    packages = ["libhs", "jansson", "libpcre2-8", "libcrypto", "libxxhash", "libpsl", "simdjson"]
    cc("telsieve", "telsieve.c", "-D_GNU_SOURCE", '-DTELSIEVE_VERSION=""', "-Isrc", "-Iinclude", "-Ibuild/gen",
       *flags("--cflags", *packages), "build/libengine.a", *flags("--libs", *packages), "-lstdc++", "-lm", "-lpthread")


def build_vectorscan():
    """Its packages conflict with Hyperscan's, so they are unpacked, not installed."""
    root = os.path.join(OUT, "vectorscan.root")
    if not glob.glob(root + "/usr/lib/*/libhs.so"):
        subprocess.run(["apt-get", "download", "-q", "libvectorscan5", "libvectorscan-dev"], check=True,
                       capture_output=True, text=True, cwd=OUT)
        for package in glob.glob(OUT + "/libvectorscan*.deb"):
            subprocess.run(["dpkg", "-x", package, root], check=True, capture_output=True, text=True)
    lib = os.path.dirname(glob.glob(root + "/usr/lib/*/libhs.so")[0])
    cc("vectorscan", "hyperscan.c", "-I" + root + "/usr/include/hs", "-L" + lib, "-lhs", "-Wl,-rpath," + lib)


def build_aho():
    target = os.path.join(OUT, "cargo")
    subprocess.run(["cargo", "build", "-q", "--release", "--locked", "--target-dir", target], check=True,
                   capture_output=True, text=True, cwd=os.path.join(HERE, "aho"))
    shutil.copy(os.path.join(target, "release", "aho"), os.path.join(OUT, "aho"))


BUILDERS = {
    "telsieve": build_telsieve,
    "hyperscan": lambda: cc("hyperscan", "hyperscan.c", *flags("--cflags", "libhs"), *flags("--libs", "libhs")),
    "vectorscan": build_vectorscan,
    "re2_set": lambda: cc("re2_set", "re2_set.cpp", *flags("--libs", "re2"), compiler=("g++", "-std=c++17")),
    "aho": build_aho,
    "pcre2": lambda: cc("pcre2", "pcre2.c", *flags("--libs", "libpcre2-8")),
}


def build_all(result):
    """The matchers that can be built here; the others are told in the notes."""
    if not os.path.exists(INPUT):
        raise Missing("build/bench/matcher_input: make bench-programs")
    os.makedirs(OUT, exist_ok=True)
    subprocess.run(["gcc", "-std=gnu17", "-O3", "-Wall", "-Wextra", "-c", os.path.join(HERE, "harness.c"), "-o",
                    os.path.join(OUT, "harness.o")], check=True)
    built = {}
    for _, words, _, needs in MATCHERS:
        if words[0] in built:
            continue
        try:
            BUILDERS[words[0]]()
            built[words[0]] = True
        except (OSError, subprocess.CalledProcessError, IndexError) as why:
            built[words[0]] = False
            last = (getattr(why, "stderr", None) or str(why)).strip().splitlines()[-1:]
            if words[0] in ("telsieve", "hyperscan"):  # ours, and what all are held against
                raise RuntimeError("%s does not build: %s" % (words[0], "".join(last))) from why
            result.note("left out: %s; it needs %s (%s)" % (words[0], needs, "".join(last)[:120]))
    return [matcher for matcher in MATCHERS if built[matcher[1][0]]]


def version_of(name, told):
    if name.startswith(("aho", "daachorse")):
        with open(os.path.join(HERE, "aho", "Cargo.lock"), encoding="utf-8") as lock:
            crate = "daachorse" if name == "daachorse" else "aho-corasick"
            return re.search(r'name = "%s"\nversion = "([^"]+)"' % crate, lock.read()).group(1)
    if name == "RE2::Set":
        return command("dpkg-query", "-W", "-f", "${Version}", "libre2-dev") or ""
    return told.split(" ")[0]


# ---- running --------------------------------------------------------------------------------------------------------

def check_same(ready, tells):
    """Demand the same hits of all, as far as they tell."""
    want = ready["Hyperscan"]
    for name, got in ready.items():
        keys = {ALL: ("hits", "pairs", "texts_hit"), DIFFERENT: ("pairs", "texts_hit"), SOME: ("texts_hit",)}[tells[name]]
        for key in keys:
            if got[key] != want[key]:
                raise RuntimeError("%s finds %s %d, Hyperscan %d" % (name, key, got[key], want[key]))


def measure(result, matchers, step, seconds):
    literals, texts = (os.path.join(OUT, "%s_%d" % (name, step)) for name in ("literals", "texts"))
    subprocess.run([INPUT, "patterns", str(step), str(RECORDS), literals, texts], check=True, cwd=ROOT)
    running, samples = {}, {}
    try:
        for name, words, _, _ in matchers:
            running[name] = Running(os.path.join(OUT, words[0]), *words[1:], literals, texts)
            samples[name] = []
        check_same({name: r.ready for name, r in running.items()}, {m[0]: m[2] for m in matchers})
        began = time.monotonic()
        while time.monotonic() - began < seconds or len(samples["telsieve"]) < 5:
            for name, matcher in running.items():
                samples[name].append(matcher.round())
    finally:
        for matcher in running.values():
            matcher.close()
    nliterals = count_blobs(literals)
    for name, _, tells, _ in matchers:
        add_row(result, "%s, %s literals" % (name, format(nliterals, ",")), running[name].ready, tells, samples[name],
                samples["Hyperscan"], version_of(name, running[name].ready["version"]))


def count_blobs(path):
    n = 0
    with open(path, "rb") as file:
        while head := file.read(4):
            file.seek(int.from_bytes(head, sys.byteorder), os.SEEK_CUR)
            n += 1
    return n


def add_row(result, name, ready, tells, rounds, floor, version):
    ns = [one["ns_per_record"] for one in rounds]
    result.row(name, ns_per_record=ns, mb_per_s=[1000 * one["bytes_per_record"] / one["ns_per_record"] for one in rounds],
               to_hyperscan=ratio(ns, [one["ns_per_record"] for one in floor]), build_ms=ready["build_ms"],
               memory_mib=ready["memory_mib"], hits=ready["hits"], literals_in_texts=ready["pairs"],
               texts_hit=ready["texts_hit"], tells=tells, version=version)


def run(mode, seconds):
    result = Result("matchers", notes=[
        "%d canonical records of the mix hits_1; CPU time; memory: what building and one pass over all texts left "
        "resident." % RECORDS,
        "The same hits are demanded of all: RE2::Set tells which literals are in a text, not where nor how often; PCRE2",
        "tells one literal where several begin, and takes several alternations, because a pattern holds 64 KiB of code.",
        "Where a matcher is slow, a round is the first texts that it gets through in 0.3 s."])
    matchers = build_all(result)
    for step in STEPS:
        measure(result, matchers, step, max(8, (seconds - 60) / 2.5))
    return result
