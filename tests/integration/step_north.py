#!/usr/bin/env python3
"""A step of Skyledger in the standard library of Python alone: keeps the tiles north of the equator.

It answers `describe` and `run`, and writes its manifest itself, without keys and without payload.
"""

import argparse
import hashlib
import json
import os
import sys


def canonical(value):
    """RFC 8785 for what manifests hold: sorted keys, no spaces, numbers as ECMAScript writes them."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return "{" + ",".join(canonical(name) + ":" + canonical(item) for name, item in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    if isinstance(value, float):
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    return json.dumps(value, ensure_ascii=False)


def identity(manifest):
    without_execution = {name: value for name, value in manifest.items() if name != "execution"}
    return hashlib.sha256(canonical(without_execution).encode()).hexdigest()


DESCRIPTION = {
    "step": "north",
    "version": "1.0",
    "scope": "unit",
    "inputs": [{"name": "tiles", "product": "tile-plan", "version": 1, "arity": "one"}],
    "output": {"name": "tile-plan", "version": 1},
    "config_schema": {
        "type": "object",
        "properties": {"dec_min_deg": {"type": "number", "default": 0.0}},
        "additionalProperties": False,
    },
}


def run(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--label", default="north")
    parser.add_argument("--run-id", default="local")
    parser.add_argument("--out", required=True)
    parser.add_argument("--config")
    parser.add_argument("--read", action="append", default=[])
    options, _ = parser.parse_known_args(arguments)
    config = {"dec_min_deg": 0.0}
    if options.config:
        with open(options.config) as file:
            config.update(json.load(file))
    path = dict(read.split("=", 1) for read in options.read)["tiles"]
    with open(path) as file:
        tiles = json.load(file)
    units = []
    for unit in tiles["units"]:
        kept = {"unit": unit["unit"], "warnings": []}
        if unit["status"] != "done":
            reason = {"kind": "blocked", "message": "there is no such tile", "step": tiles["label"], "unit": unit["unit"]}
            units.append({**kept, "status": "blocked", "reason": reason})
        elif unit["facts"]["dec_deg"] < config["dec_min_deg"]:
            units.append({**kept, "status": "no-work", "reason": {"kind": "south", "message": "south of the limit"}})
        else:
            units.append({**kept, "status": "done", "files": {}, "facts": unit["facts"]})
    os.makedirs(options.out, exist_ok=True)
    manifest = {
        "product": {"name": "tile-plan", "version": 1},
        "run_id": options.run_id,
        "step": "north",
        "label": options.label,
        "build": "1.0+0123456789ab",
        "engine": {"name": "python", "version": "3"},
        "config": config,
        "reads": [
            {
                "input": "tiles",
                "product": tiles["product"],
                "step": tiles["step"],
                "label": tiles["label"],
                "path": os.path.relpath(path, options.out),
                "identity": identity(tiles),
            }
        ],
        "units": units,
        "execution": {},
    }
    temporary = os.path.join(options.out, ".tmp_manifest.json")
    with open(temporary, "w") as file:
        json.dump(manifest, file)
    os.replace(temporary, os.path.join(options.out, "manifest.json"))
    return 0


if __name__ == "__main__":
    if sys.argv[1:] == ["describe"]:
        json.dump(DESCRIPTION, sys.stdout)
        sys.exit(0)
    if sys.argv[1:2] == ["run"]:
        sys.exit(run(sys.argv[2:]))
    sys.exit(2)
