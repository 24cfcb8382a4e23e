#!/bin/sh
# Speed of the hunt on generated logs, beside ripgrep counting one literal in the same files.
#   BENCH_SIZE=256M BENCH_RUNS=3 tools/bench.sh [BUILD-DIR]
set -eu

build=${1:-build}
size=${BENCH_SIZE:-256M}
logs=$build/bench-$size
generator=$build/hauberk-gen
[ -x "$generator" ] || generator=$build/tests/gen/hauberk-gen

if [ ! -d "$logs" ]; then
    "$generator" --scenario planted-and-used --size "$size" --seed 1 "$logs.new"
    mv "$logs.new" "$logs"
fi

"${PYTHON:-/usr/bin/python3}" - "$build/hauberk" "$logs" "${BENCH_RUNS:-3}" <<'PYTHON'
import os, subprocess, sys, time

program, logs, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
size = sum(os.path.getsize(os.path.join(folder, file))
           for folder, _, files in os.walk(logs) for file in files)
print(f"{size / 1e6:.0f} MB in {logs}, best of {runs} runs, files in the page cache")


def measure(name, command):
    best = None
    for _ in range(runs):
        before, start = os.times(), time.monotonic()
        status = subprocess.run(command, stdout=subprocess.DEVNULL).returncode
        wall, after = time.monotonic() - start, os.times()
        if status not in (0, 1):
            sys.exit(f"bench: {name}: exit {status}")
        cpu = (after.children_user - before.children_user
               + after.children_system - before.children_system)
        best = min(best or (wall, cpu), (wall, cpu))
    print(f"{name:24} {best[0]:7.2f} s wall {best[1]:7.2f} s cpu {size / best[0] / 1e6:8.0f} MB/s")


hunt = [program, "hunt", logs, "--no-progress", "--format", "ndjson"]
measure("hauberk hunt", hunt)
measure("hauberk hunt -j 1", hunt + ["-j", "1"])
measure("rg, one literal", ["rg", "-c", "-F", "-uuu", "Autodiscover.json", logs])
PYTHON
