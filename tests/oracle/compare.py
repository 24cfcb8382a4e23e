#!/usr/bin/python3
"""Compares findings of `hauberk hunt --format ndjson` with the lines of naive_sigma.py.

    compare.py FINDINGS.ndjson HITS.tsv [--cut PREFIX]...

Prints the differences by rule, rules with most of them first. Files are compared by their path
without the prefixes. Exit status 1 if there are differences.
"""
import argparse
import collections
import json


def without(path, prefixes):
    for prefix in prefixes:
        path = path.removeprefix(prefix)
    return path


def read_findings(path, prefixes):
    with open(path, encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if record["record"] == "finding":
                yield (record["rule.id"], without(record["log.file.path"], prefixes),
                       record["hauberk.fields"].get("EventRecordID", ""))


def read_hits(path, prefixes):
    with open(path, encoding="utf-8") as file:
        for line in file:
            rule_id, log, record = line.rstrip("\n").split("\t")
            yield rule_id, without(log, prefixes), record


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("findings")
    parser.add_argument("hits")
    parser.add_argument("--cut", action="append", default=[], metavar="PREFIX")
    options = parser.parse_args()
    found = collections.Counter(read_findings(options.findings, options.cut))
    wanted = collections.Counter(read_hits(options.hits, options.cut))
    by_rule = collections.defaultdict(list)
    for word, rows in (("missing", wanted - found), ("extra", found - wanted)):
        for row in rows.elements():
            by_rule[row[0]].append((word, *row[1:]))
    for rule_id, rows in sorted(by_rule.items(), key=lambda item: (-len(item[1]), item[0])):
        print(rule_id, f"{len(rows)} differences")
        for row in sorted(rows)[:5]:
            print("   ", *row)
    same = sum((wanted & found).values())
    print(f"{same} the same, {sum((wanted - found).values())} missing, "
          f"{sum((found - wanted).values())} extra, {len(by_rule)} rules differ")
    return 1 if by_rule else 0


if __name__ == "__main__":
    raise SystemExit(main())
