#!/usr/bin/python3
"""Measures event logs: records a second and core with all SigmaHQ Windows rules.

    tools/bench_events.py [BUILD-DIR]

The EVTX samples of $HAUBERK_CORPORA are unpacked into the build folder and repeated, as hard
links, until there are BENCH_RECORDS (5,000,000) records. Rates are records for each second of
user+system time over all processes; the time of an empty hunt with the same rules (loading) is
measured apart and taken off. Best of BENCH_RUNS (3) runs, files in the page cache.

BENCH_PEERS names a folder of programs, built outside the project: each is called with a folder of
evidence and has the same rules. They run on BENCH_PEER_COPIES (1) of the samples in the same run,
and their load time is taken off in the same way.
"""
import json
import os
import pathlib
import resource
import subprocess
import sys
import time

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build")
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
RECORDS = int(os.environ.get("BENCH_RECORDS", "5000000"))
PEER_COPIES = int(os.environ.get("BENCH_PEER_COPIES", "1"))
HAUBERK = str(BUILD / "hauberk")
WINDOWS = ("rules/windows", "rules-emerging-threats", "rules-threat-hunting")


def unpack(pattern, name):
    """A corpus as a folder below the build folder, or None where there is none."""
    folder = BUILD / name
    archives = sorted(pathlib.Path(os.environ.get("HAUBERK_CORPORA", ".")).glob(pattern))
    if not folder.is_dir() and archives:
        fresh = BUILD / (name + ".new")
        fresh.mkdir(exist_ok=True)
        subprocess.run(["tar", "--zstd", "-xf", archives[0], "-C", fresh], check=True)
        fresh.rename(folder)
    return folder if folder.is_dir() else None


def repeat(samples, copies, name):
    folder = BUILD / f"{name}-{copies}"
    for i in range(copies):
        if not (folder / str(i)).is_dir():
            folder.mkdir(exist_ok=True)
            subprocess.run(["cp", "-al", samples, folder / str(i)], check=True)
    return folder


def run(command):
    """Wall, CPU and megabytes of the largest process of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1, 3):
        sys.exit(f"bench: {command[0]}: exit {done.returncode}")
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def best(command, runs=RUNS):
    return min((run(command) for _ in range(runs)), key=lambda pair: pair[1])


def hunt(rules, folder, *more):
    return [HAUBERK, "hunt", *rules, "--no-progress", *more, str(folder)]


def count(rules, folder):
    """Records, findings, and findings as text without what depends on the run."""
    out = subprocess.run([*hunt(rules, folder), "--format", "ndjson"], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL).stdout
    lines = [json.loads(line) for line in out.splitlines()]
    records = sum(line["hauberk.events"] for line in lines if line["record"] == "coverage")
    return records, sum(line["record"] == "finding" for line in lines)


def row(name, records, wall, cpu, load):
    rate = records / max(cpu - load, 0.001)
    print(f"{name:38} {records:9,} {wall:8.2f} {cpu:8.2f} {load:6.2f} {rate:11,.0f}")
    return rate


def measure_hunt(rules, samples, records, empty):
    copies = -(-RECORDS // records)
    many = repeat(samples, copies, "bench-events")
    load = best(hunt(rules, empty))[1]
    for name, more in (("hauberk hunt -j 1", ("-j", "1")), ("hauberk hunt -j 2", ("-j", "2"))):
        wall, cpu = best(hunt(rules, many, *more), max(RUNS - 2, 1))
        row(f"{name}, {copies} copies", records * copies, wall, cpu, load)
    few = repeat(samples, 4, "bench-events")
    for switch in ("--no-memo", "--no-prefilter"):
        wall, cpu = best(hunt(rules, few, "-j", "1", switch), 1)
        row(f"hauberk hunt {switch}, 4 copies", records * 4, wall, cpu, load)
    return load


def measure_peers(rules, samples, records, empty, load):
    folder = os.environ.get("BENCH_PEERS")
    if not folder:
        print("skipped: no peers in $BENCH_PEERS")
        return
    evidence = repeat(samples, PEER_COPIES, "bench-events")
    total = records * PEER_COPIES
    wall, cpu = best(hunt(rules, evidence, "-j", "1"))
    own = row(f"hauberk hunt -j 1, {PEER_COPIES} copies", total, wall, cpu, load)
    for peer in sorted(pathlib.Path(folder).iterdir()):
        start = best([str(peer), str(empty)], 1)[1]
        wall, cpu = best([str(peer), str(evidence)], 1)
        rate = row(peer.name, total, wall, cpu, start)
        print(f"{'':38} hauberk is {own / rate:.1f} times as fast")


def main():
    samples = unpack("evtx-samples.tar.zst", "bench-evtx")
    sigma = unpack("sigmahq-*.tar.zst", "bench-sigma")
    if not samples or not sigma:
        print("skipped: no EVTX samples and SigmaHQ archive in $HAUBERK_CORPORA")
        return
    rules = [part for name in WINDOWS for part in ("-r", str(sigma / name))]
    empty = BUILD / "bench-empty"
    empty.mkdir(exist_ok=True)
    records, found = count(rules, samples)
    print(f"EVTX samples: {records:,} records, {found:,} findings of SigmaHQ's Windows rules")
    print(f"{'':38} {'records':>9} {'wall s':>8} {'cpu s':>8} {'load s':>6} {'rec/s core':>11}")
    load = measure_hunt(rules, samples, records, empty)
    measure_peers(rules, samples, records, empty, load)


main()
