#!/usr/bin/python3
"""Measures the bars of docs/BENCHMARKS.md: one table, all in one run, on generated evidence.

    tools/bench.py [BUILD-DIR]

BENCH_SIZE (1G) of IIS and HttpProxy logs with an attack in them, and BENCH_CLEAN (2G) of a clean
server with all log families, are generated once into the build folder. Rates are bytes of
evidence for each second of user+system time over all processes, best of BENCH_RUNS (3) runs, files
in the page cache. Peers run on the same files in the same run: ripgrep with words of the rules,
and grep; they only look for text, so they are a floor and no replacement.

With $HAUBERK_CORPORA, whose SigmaHQ archive is unpacked into the build folder, the same logs are
hunted with SigmaHQ's webserver rules too, next to ripgrep with the literals that the prefilter
looks for; and the prefilter alone is measured next to Hyperscan (tests/bench/bench_prefilter.c).
"""
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import time

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build"
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
SIZE = os.environ.get("BENCH_SIZE", "1G")
CLEAN = os.environ.get("BENCH_CLEAN", "2G")
HAUBERK = os.path.join(BUILD, "hauberk")
GENERATOR = os.path.join(BUILD, "tests", "gen", "hauberk-gen")
WORDS = ["ServerInfo~", "X-BEResource", "autodiscover.json", "X-Rps-CAT", "proxyLogon.ecp",
         "DDIService.svc", "VirtualDirectory", ".aspx", ".ashx", ":444/", "antSword",
         "__VIEWSTATE=", "exporttool", "SecurityToken="]


def generate(name, *arguments):
    folder = os.path.join(BUILD, "bench-" + name)
    if not os.path.isdir(folder):
        subprocess.run([GENERATOR, *arguments, folder + ".new"], check=True,
                       stdout=subprocess.DEVNULL)
        os.rename(folder + ".new", folder)
    return folder


def size_of(folder):
    return sum(os.path.getsize(os.path.join(parent, file))
               for parent, _, files in os.walk(folder) for file in files)


def run(command):
    """Wall and CPU seconds of one run, and its standard output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(f"bench: {command[0]}: exit {done.returncode}: {done.stderr.decode()}")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return wall, cpu, done


def best_of_each(commands):
    """(wall, cpu) of each command's best run. A round runs each once, after one that does not
    count: files leave the page cache and neighbours come and go, and both should hit all alike."""
    rounds = [[run(command)[:2] for command in commands] for _ in range(RUNS + 1)]
    return [min(runs, key=lambda pair: pair[1]) for runs in zip(*rounds[1:])]


def row(name, size, wall, cpu, base):
    rate = size / 1e9 / cpu
    print(f"{name:34} {wall:7.2f} {cpu:7.2f} {rate:10.3f} {rate / base:8.2f}")


def hunt(folder, *more):
    return [HAUBERK, "hunt", folder, "--no-progress", "--format", "ndjson", *more]


def peak_memory(folder):
    stats = run(hunt(folder, "--stats"))[2].stderr.decode()
    return stats.rsplit("peak memory ", 1)[1].split(" ")[0]


def findings(folder):
    lines = run(hunt(folder))[2].stdout.decode().splitlines()
    records = [json.loads(line) for line in lines]
    grades = [r["hauberk.grade"] for r in records if r["record"] == "finding"]
    high = sum(1 for grade in grades if grade >= "E2" and grade != "N")
    verdicts = [r["hauberk.grade"] for r in records if r["record"] == "verdict"]
    return len(grades), high, verdicts


def sigma_rules():
    """The unpacked SigmaHQ archive, or None where there is none."""
    folder = pathlib.Path(BUILD, "bench-sigma")
    archives = sorted(pathlib.Path(os.environ.get("HAUBERK_CORPORA", ".")).glob("sigmahq-*.tar.zst"))
    if not folder.is_dir() and archives:
        shutil.rmtree(f"{folder}.new", ignore_errors=True)
        os.makedirs(f"{folder}.new")
        subprocess.run(["tar", "--zstd", "-xf", archives[0], "-C", f"{folder}.new"], check=True)
        os.rename(f"{folder}.new", folder)
    return folder if (folder / "rules").is_dir() else None


def web_rules(sigma):
    """A folder with the rules of category webserver, emerging threats included."""
    folder = pathlib.Path(BUILD, "bench-web-rules")
    folder.mkdir(exist_ok=True)
    for part in ("rules", "rules-emerging-threats"):
        for path in sorted((sigma / part).rglob("*.yml")):
            if "category: webserver" in path.read_text(encoding="utf-8"):
                shutil.copy(path, folder / path.name)
    return folder


def bench_program(name):
    program = os.path.join("tests", "bench", name)
    subprocess.run(["ninja", "-C", BUILD, program], check=True, stdout=subprocess.DEVNULL)
    return os.path.join(BUILD, program)


def measure_web_rules(logs, size, sigma):
    rules = web_rules(sigma)
    listed = subprocess.run([bench_program("filter-literals"), rules], check=True,
                            stdout=subprocess.PIPE).stdout.splitlines()
    literals = pathlib.Path(BUILD, "bench-web-literals.txt")
    literals.write_bytes(b"".join(line + b"\n" for line in sorted(set(listed))))
    more = ["--with-builtin", "-r", str(rules)]
    rows = [
        ("hauberk hunt -j 1, + SigmaHQ web", hunt(logs, "-j", "1", *more)),
        (f"rg --no-mmap -i -F, its {len(set(listed))} literals",
         ["rg", "--no-mmap", "-j1", "-a", "-i", "-c", "-F", "-f", str(literals), logs]),
    ]
    times = best_of_each([command for _, command in rows])
    for (name, _), (wall, cpu) in zip(rows, times):
        row(name, size, wall, cpu, size / 1e9 / times[1][1])


def measure_prefilter(logs, sigma):
    literals = os.path.join(BUILD, "bench-literals.txt")
    if not os.path.exists(literals):
        subprocess.run([sys.executable, os.path.join(os.path.dirname(__file__),
                                                     "bench_literals.py"), sigma, literals],
                       check=True)
    files = sorted(str(path) for path in pathlib.Path(logs).rglob("*.log"))
    subprocess.run([bench_program("bench-prefilter"), literals, "134217728",
                    *files[:: max(1, len(files) // 150)]], check=True)


def main():
    logs = generate(SIZE, "--scenario", "planted-and-used", "--size", SIZE, "--seed", "5",
                    "--families", "iis,httpproxy")
    clean = generate("clean-" + CLEAN, "--scenario", "clean", "--size", CLEAN, "--seed", "11")
    size, clean_size = size_of(logs), size_of(clean)
    words = [part for word in WORDS for part in ("-e", word)]
    print(f"{size / 1e9:.2f} GB of IIS and HttpProxy logs, best of {RUNS} runs, page cache")
    print(f"{'':34} {'wall s':>7} {'cpu s':>7} {'GB/s core':>10} {'ratio':>8}")
    rows = [
        ("hauberk hunt, all workers", hunt(logs)),
        ("hauberk hunt -j 1", hunt(logs, "-j", "1")),
        ("hauberk hunt --no-prefilter", hunt(logs, "--no-prefilter")),
        ("rg --no-mmap -i -F, 14 words",
         ["rg", "--no-mmap", "-a", "-i", "-c", "-F", *words, logs]),
        ("grep -i -F, 14 words", ["grep", "-r", "-a", "-i", "-c", "-F", *words, logs]),
    ]
    times = best_of_each([command for _, command in rows])
    base = size / 1e9 / times[0][1]
    for (name, _), (wall, cpu) in zip(rows, times):
        row(name, size, wall, cpu, base)
    print(f"peak memory of one process: {peak_memory(logs)} MB")
    count, high, verdicts = findings(clean)
    print(f"clean server, {clean_size / 1e9:.2f} GB, all families: {count} findings, "
          f"{high} at E2 or above, verdict {' '.join(verdicts)}, "
          f"peak memory {peak_memory(clean)} MB")
    [(wall, cpu)] = best_of_each([hunt(clean)])
    row("hauberk hunt, clean server", clean_size, wall, cpu, base)
    sigma = sigma_rules()
    if not sigma:
        print("skipped: no SigmaHQ archive in $HAUBERK_CORPORA")
        return
    measure_web_rules(logs, size, sigma)
    sys.stdout.flush()
    measure_prefilter(logs, sigma)


if __name__ == "__main__":
    main()
