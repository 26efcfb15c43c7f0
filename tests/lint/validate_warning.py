#!/usr/bin/python3
"""Validate warnings (JSON lines on stdin) against docs/warning.schema.json, and more strictly than consumers should:
a member that the schema does not name is an error. Prints each problem; exit 1 when there is one, or no line at all."""
import json
import sys

import jsonschema


def forbid_unknown(schema):
    """Every object with named properties takes no others."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for value in schema.values():
            forbid_unknown(value)
    elif isinstance(schema, list):
        for value in schema:
            forbid_unknown(value)


def main():
    with open(sys.argv[1] if len(sys.argv) > 1 else "docs/warning.schema.json", encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    forbid_unknown(schema)
    validator = jsonschema.Draft202012Validator(schema)
    lines = bad = 0
    for line in sys.stdin.buffer:
        lines += 1
        for problem in validator.iter_errors(json.loads(line.decode("utf-8"))):
            bad += 1
            print(f"line {lines}: {problem.json_path}: {problem.message}")
    if lines == 0:
        print("no warnings")
    return 1 if bad or lines == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
