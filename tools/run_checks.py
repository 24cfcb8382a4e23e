#!/usr/bin/python3
"""Runs unit tests, corpus replay, end-to-end tests and source checks of one build.

Prints a summary; the last line is "N passed, N failed" (", N skipped" may follow). What is
counted: each cmocka case, each other meson test, each pytest case, each source check.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
CMOCKA_COUNT = re.compile(r"\[  (PASSED|FAILED|SKIPPED)\s*\] (\d+) test\(s\)")
PYTEST_NO_TESTS = 5


class Tally:
    """Passed, failed and skipped tests of one part."""

    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def __add__(self, other):
        return Tally(self.passed + other.passed, self.failed + other.failed,
                     self.skipped + other.skipped)

    def __str__(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def tally_one(ok):
    return Tally(passed=1) if ok else Tally(failed=1)


def headline(text):
    print(f"\n== {text}", flush=True)


def tally_meson_test(test):
    """Counts one record of testlog.json."""
    output = test.get("stdout", "") + "\n" + test.get("stderr", "")
    if test["result"] == "SKIP":
        return Tally(skipped=1)
    ok = test["result"] in ("OK", "EXPECTEDFAIL")
    counts = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0}
    for word, number in CMOCKA_COUNT.findall(output):
        counts[word] += int(number)
    tally = Tally(counts["PASSED"], counts["FAILED"], counts["SKIPPED"])
    if not sum(counts.values()):
        return tally_one(ok)
    if not ok and not tally.failed:
        tally.failed = 1  # a crash or a leak after or between the cases
    return tally


def run_meson_tests(build, setup):
    headline("unit tests and corpus replay")
    meson = os.environ.get("MESON", "meson")
    log = build / "meson-logs" / (f"testlog-{setup}.json" if setup else "testlog.json")
    log.unlink(missing_ok=True)
    command = [meson, "test", "-C", str(build), "--print-errorlogs"]
    status = subprocess.run(command + (["--setup", setup] if setup else [])).returncode
    total = Tally()
    if log.exists():
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            total += tally_meson_test(json.loads(line))
    if status and not total.failed:
        total.failed = 1  # did not build, or did not run
    return total


def tally_junit(path):
    total = Tally()
    for suite in ElementTree.parse(path).iter("testsuite"):
        count = lambda key: int(suite.get(key, 0))
        failed = count("failures") + count("errors")
        skipped = count("skipped")
        total += Tally(max(count("tests") - failed - skipped, 0), failed, skipped)
    return total


def run_e2e_tests(build):
    headline("end-to-end tests")
    tests = ROOT / "tests" / "e2e"
    if not tests.is_dir():
        print("none")
        return Tally()
    report = build / "e2e.xml"
    report.unlink(missing_ok=True)
    env = dict(os.environ, HAUBERK=str(build / "hauberk"), HAUBERK_GEN=str(find_generator(build)),
               HAUBERK_FAULTS=str(build / "tests" / "hauberk-faults"), PYTHONDONTWRITEBYTECODE="1")
    # Tests of one file share what they made, so a file stays with one of the processes.
    status = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "auto",
         "--dist", "loadfile", "--rootdir", str(tests), f"--junitxml={report}", str(tests)],
        env=env, cwd=ROOT).returncode
    total = tally_junit(report) if report.exists() else Tally()
    if status not in (0, PYTEST_NO_TESTS) and not total.failed:
        total.failed = 1
    return total


def find_generator(build):
    shortcut = build / "hauberk-gen"
    return shortcut if shortcut.exists() else build / "tests" / "gen" / "hauberk-gen"


def run_source_checks():
    headline("source checks")
    commands = [[sys.executable, "tools/check_layers.py"], ["tools/check_headers.sh"]]
    return sum((tally_one(subprocess.run(command, cwd=ROOT).returncode == 0)
                for command in commands), Tally())


def clear_sanitizer_reports(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for report in folder.iterdir():
        report.unlink()


def check_sanitizer_reports(folder):
    """A worker that dies costs only its item, so the exit status alone would hide its report."""
    headline("sanitizer reports")
    reports = sorted(folder.iterdir())
    for report in reports:
        print(f"{report}:\n{report.read_text(errors='replace')}")
    print(f"{len(reports)} reports")
    return tally_one(not reports)


def run_all(args):
    """Yields (part, tally)."""
    if args.sanitizer_reports:
        clear_sanitizer_reports(args.sanitizer_reports)
    yield "unit and replay", run_meson_tests(args.build, args.setup)
    if not args.setup:
        yield "end to end", run_e2e_tests(args.build)
    if args.source_checks:
        yield "source checks", run_source_checks()
    if args.sanitizer_reports:
        yield "sanitizers", check_sanitizer_reports(args.sanitizer_reports)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default="build", help="build folder")
    parser.add_argument("--setup", help="meson test setup, unit tests only (valgrind)")
    parser.add_argument("--source-checks", action="store_true", help="layers and headers, too")
    parser.add_argument("--sanitizer-reports", type=pathlib.Path, metavar="DIR",
                        help="fail if a sanitizer wrote a report into DIR (its log_path)")
    args = parser.parse_args()
    args.build = args.build.resolve()

    parts = list(run_all(args))
    headline("summary")
    for part, tally in parts:
        print(f"{part:16} {tally}")
    total = sum((tally for _, tally in parts), Tally())
    print(total, flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
