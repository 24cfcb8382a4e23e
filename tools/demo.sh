#!/bin/sh
# Makes the logs of a server with a used web shell, hunts them, and checks the verdict.
#   tools/demo.sh [BUILD-DIR]
set -eu

build=${1:-build}
expected=E5
logs=$build/demo
records=$build/demo.ndjson

generator=$build/hauberk-gen
[ -x "$generator" ] || generator=$build/tests/gen/hauberk-gen

# Finding something is exit 1 by contract, so anything else is wrong here.
hunt() {
    status=0
    "$build/hauberk" hunt "$logs" --no-progress "$@" || status=$?
    [ "$status" = 1 ] || { echo "demo: hauberk hunt: exit $status, expected 1" >&2; exit 1; }
}

# The grades of all verdict records in the file named $1.
grades() {
    "${PYTHON:-/usr/bin/python3}" - "$1" <<'PYTHON'
import json, sys
with open(sys.argv[1], encoding="utf-8") as lines:
    records = [json.loads(line) for line in lines]
print(*(r["hauberk.grade"] for r in records if r["record"] == "verdict"))
PYTHON
}

rm -rf "$logs"
echo "+ $generator --scenario planted-and-used --size 8M --seed 1 $logs"
"$generator" --scenario planted-and-used --size 8M --seed 1 "$logs"
echo "+ $build/hauberk hunt $logs"
hunt
hunt --format ndjson >"$records"

found=$(grades "$records")
[ "$found" = "$expected" ] || { echo "demo: verdict '$found', expected $expected" >&2; exit 1; }
echo "demo: the verdict is $expected, as planted"
