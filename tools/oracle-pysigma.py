#!/usr/bin/env python3
"""Does Hauberk understand Sigma rules as pySigma does?

    tools/oracle-pysigma.py HAUBERK RULES...

Compares the condition of every rule, with all values after modifiers, as pySigma parses it and
as `hauberk rules explain --format json all` prints it. Kept out of `make check`: pySigma is not
in Debian. Make a venv outside of the project (pip install pysigma) and run this with its python.

What is known to differ is made alike before: the order of operands, numbers and how they were
written, runs of '*', dashes as a token or as a list.
"""
import itertools
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml
from sigma.collection import SigmaCollection
from sigma.conditions import (ConditionAND, ConditionFieldEqualsValueExpression, ConditionNOT,
                              ConditionOR, ConditionValueExpression)
from sigma.types import (Placeholder, SigmaBool, SigmaCasedString, SigmaCIDRExpression,
                         SigmaCompareExpression, SigmaExists, SigmaExpansion,
                         SigmaFieldReference, SigmaNull, SigmaNumber, SigmaRegularExpression,
                         SigmaRegularExpressionFlag, SigmaString, SpecialChars)

DASHES = "-/\u2013\u2014\u2015"
FLAGS = {SigmaRegularExpressionFlag.IGNORECASE: 1, SigmaRegularExpressionFlag.MULTILINE: 2,
         SigmaRegularExpressionFlag.DOTALL: 4}


def group(kind, children):
    """Nested groups of one kind are one group; order says nothing."""
    flat = []
    for child in children:
        flat += child[1:] if child[0] == kind else [child]
    return flat[0] if len(flat) == 1 else (kind, *sorted(flat, key=repr))


def text_of(parts):
    """Joins texts, folds runs of '*', and tells numbers and booleans by their value."""
    out = []
    for part in parts:
        if isinstance(part, str) and out and isinstance(out[-1], str):
            out[-1] += part
        elif part != ("*",) or not out or out[-1] != ("*",):
            out.append(part)
    if len(out) == 1 and isinstance(out[0], str):
        if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", out[0]):
            return ("number", float(out[0]))
        if out[0].lower() in ("true", "false"):
            return ("text", out[0].lower())
    return ("text", *[p for p in out if p != ""])


# ---- pySigma

def their_parts(string):
    for part in string.s:
        if isinstance(part, Placeholder):
            yield f"value-{part.name}"
        elif part is SpecialChars.WILDCARD_MULTI:
            yield ("*",)
        elif part is SpecialChars.WILDCARD_SINGLE:
            yield ("?",)
        else:
            yield part


def their_value(field, value):
    if isinstance(value, SigmaExpansion):
        return group("or", [their_value(field, v) for v in value.values])
    if isinstance(value, SigmaString):
        what = text_of(their_parts(value))
        return ("=", field, isinstance(value, SigmaCasedString), what)
    if isinstance(value, SigmaBool):
        return ("=", field, False, ("text", str(value).lower()))
    if isinstance(value, SigmaNumber):
        return ("=", field, False, ("number", float(value.number)))
    if isinstance(value, SigmaRegularExpression):
        regexp = value.regexp
        wildcards = {SpecialChars.WILDCARD_MULTI: "*", SpecialChars.WILDCARD_SINGLE: "?"}
        text = regexp if isinstance(regexp, str) else "".join(
            p if isinstance(p, str) else wildcards[p] for p in regexp.s)
        return ("re", field, text, sum(FLAGS[f] for f in value.flags))
    if isinstance(value, SigmaCIDRExpression):
        return ("cidr", field, value.cidr)
    if isinstance(value, SigmaNull):
        return ("null", field)
    if isinstance(value, SigmaExists):
        return ("exists", field, bool(value))
    if isinstance(value, SigmaFieldReference):
        return ("field", field, value.field, value.ends_with * 1 | value.starts_with * 2)
    if isinstance(value, SigmaCompareExpression):
        return ("compare", field, value.op.name, float(value.number.number))
    raise ValueError(f"{type(value).__name__} is not known")


def their_tree(node):
    if isinstance(node, ConditionFieldEqualsValueExpression):
        return their_value(node.field, node.value)
    if isinstance(node, ConditionValueExpression):
        return their_value(None, node.value)
    kinds = {ConditionAND: "and", ConditionOR: "or", ConditionNOT: "not"}
    children = [their_tree(child) for child in node.args]
    kind = kinds[type(node)]
    return ("not", children[0]) if kind == "not" else group(kind, children)


def their_rule(text):
    rules = SigmaCollection.from_yaml(text).rules
    trees = [condition.parse() for rule in rules for condition in rule.detection.parsed_condition]
    return group("or", [their_tree(tree) for tree in trees])


# ---- Hauberk

def our_value(field, cased, value):
    if "pattern" in value:  # a dash is any of five
        choices = [[p] if isinstance(p, str) else list(DASHES) if p["any"] == "-"
                   else [(p["any"],)] for p in value["pattern"]]
        return group("or", [("=", field, cased, text_of(parts))
                            for parts in itertools.product(*choices)])
    if "regex" in value:
        return ("re", field, value["regex"], value["flags"])
    if "cidr" in value:
        return ("cidr", field, value["cidr"])
    if "null" in value:
        return ("null", field)
    if "exists" in value:
        return ("exists", field, value["exists"])
    if "fieldref" in value:
        return ("field", field, value["fieldref"], value["open"])
    names = {"<": "LT", "<=": "LTE", ">": "GT", ">=": "GTE"}
    return ("compare", field, names[value["compare"]], float(value["number"]))


def our_tree(node):
    if "field" in node:
        values = [our_value(node["field"], node["cased"], v) for v in node["values"]]
        return group("and" if node["all"] else "or", values)
    kind, children = next(iter(node.items()))
    children = [our_tree(child) for child in children]
    return ("not", children[0]) if kind == "not" else group(kind, children)


# ---- both

def make_lists(files, folder):
    """A list of one value for each placeholder."""
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            if "%" in line:
                for name in re.findall(r"%([^%\\*?]+)%", line):
                    if "/" not in name:
                        (folder / f"{name}.txt").write_text(f"value-{name}\n", encoding="utf-8")


def explain(hauberk, paths):
    with tempfile.TemporaryDirectory() as folder:
        files = [f for p in paths for f in sorted(pathlib.Path(p).rglob("*.yml"))]
        make_lists(files, pathlib.Path(folder))
        command = [hauberk, "rules", "explain", "--format", "json", "--expand", folder]
        for path in paths:
            command += ["-r", path]
        done = subprocess.run([*command, "all"], stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()], files


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    rules, files = explain(sys.argv[1], sys.argv[2:])
    differ = failed = 0
    for rule in rules:
        text = pathlib.Path(rule["file"]).read_text(encoding="utf-8")
        if len(list(yaml.safe_load_all(text))) != 1:
            continue
        try:
            theirs = their_rule(text)
        except Exception as error:  # pylint: disable=broad-except
            print(f"{rule['file']}: pySigma: {error}")
            failed += 1
            continue
        ours = our_tree(rule["condition"])
        if ours != theirs:
            differ += 1
            print(f"{rule['file']}: differs\n  ours   {ours}\n  theirs {theirs}")
    print(f"oracle: {len(files)} files, {len(rules)} rules, {differ} differ, "
          f"{failed} not parsed by pySigma")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
