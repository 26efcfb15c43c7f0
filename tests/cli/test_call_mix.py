"""Calls without a text in a natural mix: numbers alone must hardly ever warn, and a foreign number never by itself."""
import json
import random

from test_commands import run

MOBILE = ["130", "135", "138", "139", "150", "157", "166", "173", "177", "180", "186", "189", "192", "198", "165",
          "170"]
AREA = ["010", "021", "028", "0571", "0755", "0431"]
ABROAD = {"852": 8, "853": 8, "65": 8, "1": 10, "81": 10, "82": 10, "886": 9, "44": 10, "61": 9, "95": 9, "855": 9,
          "84": 9, "971": 9, "66": 9, "7": 10, "49": 10}
SERVICE = ["95588", "95533", "95555", "95338", "10086", "10000", "12345", "12306", "96110", "114"]
CALLS = 100_000


def digits(chance, n):
    return "".join(chance.choice("0123456789") for _ in range(n))


def mobile(chance):
    return chance.choice(MOBILE) + digits(chance, 8)


def abroad(chance):
    country = chance.choice(list(ABROAD))
    return country + chance.choice("23456789") + digits(chance, ABROAD[country] - 1)


def caller(chance):
    """On-net, interconnect, VoLTE with +86, fixed lines, services, roamers abroad, foreign numbers, none."""
    kind = chance.random()
    if kind < 0.55:
        return {"calling": mobile(chance), "ingress": "onnet"}
    if kind < 0.75:
        return {"calling": chance.choice(["86", ""]) + mobile(chance), "ingress": "interconnect"}
    if kind < 0.85:
        return {"calling": "+86" + mobile(chance), "ingress": "onnet", "rat": "volte"}
    if kind < 0.90:
        number = chance.choice(AREA) + chance.choice("2345678") + digits(chance, 7)
        return {"calling": number, "ingress": "interconnect"}
    if kind < 0.93:
        return {"calling": chance.choice(SERVICE), "ingress": chance.choice(["onnet", "interconnect"])}
    if kind < 0.965:
        return {"calling": chance.choice(["00", "+"]) + abroad(chance), "ingress": "intl"}
    if kind < 0.985:
        number = chance.choice(["+86", "0086"]) + mobile(chance)
        return {"calling": number, "ingress": "intl", "roam": chance.choice([5, 6, 8])}
    if kind < 0.99:
        return {"calling": None, "ingress": "onnet"}
    return {"calling": "0" + mobile(chance), "ingress": "interconnect"}


def test_calls_without_text_hardly_ever_warn_and_a_foreign_number_alone_never():
    chance = random.Random(20261122)
    lines = []
    for i in range(CALLS):
        call = {"v": 1, "kind": "call", "id": str(i), "ts": 1763776800000, "leg": "mt", "called": mobile(chance),
                "dur": chance.choice([0, 0, 12, 40, 90, 300, 1200])}
        lines.append(json.dumps(call | caller(chance)))
    done = run("scan", "--quiet", "-", stdin="\n".join(lines) + "\n")
    assert done.returncode == 0, done.stderr
    warnings = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(warnings) <= CALLS / 10_000, [w["rules"][0]["id"] for w in warnings]
    for warning in warnings:
        assert set(warning["facts"]) - {"caller.international"}, warning["rules"]
