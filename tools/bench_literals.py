#!/usr/bin/python3
"""Writes the literals of all SigmaHQ rules below a folder, one a line, in an order that is
shuffled but always the same: what the prefilter is measured with.

    tools/bench_literals.py RULES-FOLDER OUTPUT

A literal is a piece of a value between wildcards, of 5 printable ASCII characters or more.
"""
import hashlib
import pathlib
import re
import sys

import yaml

LENGTH_MIN = 5
FOLDERS = ["rules", "rules-emerging-threats", "rules-threat-hunting"]


def strings(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in ("condition", "timeframe"):
                yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)
    elif isinstance(node, str):
        yield node


def literals_of(text):
    for document in yaml.safe_load_all(text):
        for value in strings(document.get("detection", {})):
            for piece in re.split(r"(?<!\\)[*?]", value):
                piece = piece.replace("\\\\", "\\").lower()
                if len(piece) >= LENGTH_MIN and re.fullmatch(r"[ -~]+", piece):
                    yield piece


def main():
    rules, output = sys.argv[1:]
    found = set()
    for folder in FOLDERS:
        for path in sorted(pathlib.Path(rules, folder).rglob("*.yml")):
            found.update(literals_of(path.read_text(encoding="utf-8")))
    ordered = sorted(found, key=lambda text: hashlib.sha256(text.encode()).digest())
    pathlib.Path(output).write_text("".join(text + "\n" for text in ordered))


main()
