"""Workers that die cost their file a damage record; an interrupted hunt is continued."""
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest
from conftest import (HAUBERK, HAUBERK_FAULTS, PAGE_RULE, ROOT, Run, assert_same, generate,
                      honest_iis, hunt, hunt_text, iis, names, page_answered, run, write_bytes)

needs_faults = pytest.mark.skipif(not os.path.exists(HAUBERK_FAULTS), reason="no test build")


# ---- workers that die ----

def faulty(fault, *args):
    env = dict(os.environ, HAUBERK_FAULT=fault, ASAN_OPTIONS="handle_abort=0:handle_segv=0")
    return hunt(*args, program=HAUBERK_FAULTS, env=env)


def write_three(folder, row):
    for name in ("a.log", "poison.log", "z.log"):
        iis(folder / name, [row(f"2021-03-03T0{len(name)}:00:00")])
    return folder


def dead(done):
    return [(pathlib.Path(r["log.file.path"]).name, r["hauberk.reason"]) for r in done.damage]


@needs_faults
@pytest.mark.parametrize("jobs", ["1", "2", "4"])
def test_crash_costs_one_file(tmp_path, jobs):
    folder = write_three(tmp_path / "e", page_answered)
    done = faulty("crash:poison", folder, "-j", jobs)
    assert done.status == 1
    assert len(done.damage) == 1
    name, reason = dead(done)[0]
    assert name == "poison.log" and "signal" in reason.lower(), reason
    assert names(done.findings) == [PAGE_RULE] * 2
    assert done.kind("verdict")[0]["hauberk.partial"] is True


@needs_faults
def test_crash_without_findings_is_exit_3(tmp_path):
    iis(tmp_path / "e" / "a.log", honest_iis())
    iis(tmp_path / "e" / "poison.log", honest_iis())
    done = faulty("crash:poison", tmp_path / "e")
    assert done.status == 3 and len(done.damage) == 1 and not done.findings
    assert len(done.coverage) == 1


@needs_faults
def test_worker_that_ends_early(tmp_path):
    folder = write_three(tmp_path / "e", page_answered)
    done = faulty("exit:poison", folder)
    assert [name for name, _ in dead(done)] == ["poison.log"]
    assert names(done.findings) == [PAGE_RULE] * 2


@needs_faults
def test_every_worker_dies(tmp_path):
    folder = write_three(tmp_path / "e", page_answered)
    done = faulty("crash:.log", folder)
    assert done.status == 3
    assert sorted(name for name, _ in dead(done)) == ["a.log", "poison.log", "z.log"]


@needs_faults
def test_crash_in_a_part_keeps_the_other_parts_and_files(tmp_path):
    iis(tmp_path / "e" / "poison.log", honest_iis() * 200)
    iis(tmp_path / "e" / "good.log", [page_answered()])
    done = faulty("crash:poison", tmp_path / "e", "--part-size", "4096")
    assert done.damage and {name for name, _ in dead(done)} == {"poison.log"}
    assert names(done.findings) == [PAGE_RULE]


@needs_faults
def test_report_names_the_file_that_killed_its_worker(tmp_path):
    folder = write_three(tmp_path / "e", page_answered)
    env = dict(os.environ, HAUBERK_FAULT="crash:poison")
    done = hunt_text(folder, program=HAUBERK_FAULTS, env=env)
    assert "poison.log" in done.words
    assert "partial" in done.words


@needs_faults
def test_the_real_program_has_no_fault_switch(tmp_path):
    folder = write_three(tmp_path / "e", page_answered)
    env = dict(os.environ, HAUBERK_FAULT="crash:poison")
    done = hunt(folder, env=env)
    assert len(done.findings) == 3 and not done.damage


# ---- interruption ----

@pytest.fixture(name="large", scope="module")
def fixture_large(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large") / "ev"
    generate(folder, "planted-and-used", size="64M", seed=2)
    return folder


@pytest.fixture(name="whole", scope="module")
def fixture_whole(large):
    return hunt(large)


needs_proc = pytest.mark.skipif(
    not pathlib.Path(f"/proc/self/task/{os.getpid()}/children").exists(), reason="needs /proc")
SLOW = ["-j", "1", "--part-size", "65536", "--no-prefilter"]


def items_done(case):
    with sqlite3.connect(case) as database:
        return database.execute("SELECT count(*) FROM item WHERE done").fetchone()[0]


def workers_of(process):
    """Process numbers of the workers, as soon as there are any."""
    path = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None:
        found = path.read_text(encoding="ascii").split()
        if found:
            return [int(worker) for worker in found]
    return []


def process_state(number):
    """The letter that /proc shows; "" when the process is gone."""
    try:
        return pathlib.Path(f"/proc/{number}/stat").read_text(encoding="ascii").split()[2]
    except OSError:
        return ""


def start(large, case, *, form="ndjson"):
    return subprocess.Popen([HAUBERK, "hunt", *SLOW, "--format", form, "--no-progress", "-o", case,
                             large], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, start_new_session=True)


class Ended:
    """Looks like what subprocess.run returns."""

    def __init__(self, process):
        self.stdout, self.stderr = process.communicate(timeout=60)
        self.returncode = process.returncode


def interrupted(large, case, send, **options):
    """A hunt that was interrupted between its first and its last item."""
    for wait in (0.12, 0.06, 0.03, 0.2, 0.3):
        case.unlink(missing_ok=True)
        process = start(large, case, **options)
        time.sleep(wait)
        while process.poll() is None and not case.exists():
            time.sleep(0.005)
        send(process)
        done = Run(Ended(process))
        if "interrupted" in done.err:
            return done
    pytest.fail("each hunt ended before it could be interrupted")


def to_group(process):
    """As a terminal does on Ctrl-C: to the program and its workers."""
    os.killpg(process.pid, signal.SIGINT)


def to_program(process):
    os.kill(process.pid, signal.SIGINT)


@pytest.mark.parametrize("send", [to_group, to_program])
def test_interrupt_and_continue(large, whole, tmp_path, send):
    case = tmp_path / "x.case"
    done = interrupted(large, case, send)
    assert done.status in (1, 3)
    assert case.exists()
    assert all(r["hauberk.partial"] is True for r in done.kind("verdict"))
    assert not done.damage, "the interruption is no damage of a file"
    assert {r["@timestamp"] for r in done.findings} <= {r["@timestamp"] for r in whole.findings}

    again = hunt(large, *SLOW, "-o", case)
    assert_same(again, whole)
    assert again.out == run("report", "--format", "ndjson", case).out


def test_interrupt_twice(large, whole, tmp_path):
    case = tmp_path / "x.case"
    interrupted(large, case, to_group)
    before = items_done(case)
    process = start(large, case)
    time.sleep(0.1)
    to_group(process)
    process.communicate(timeout=60)
    assert items_done(case) >= before
    finished = run("hunt", *SLOW, "--format", "ndjson", "-o", case, large)
    if finished.status == 2:  # the second one had ended already
        finished = run("report", "--format", "ndjson", case)
    assert_same(finished, whole)


def test_interrupted_text_says_partial(large, tmp_path):
    done = interrupted(large, tmp_path / "x.case", to_group, form="text")
    assert "interrupted" in done.err
    assert "partial" in done.words.lower()
    shown = run("report", tmp_path / "x.case")
    assert shown.text == done.text


@needs_proc
def test_hanging_worker_does_not_hold_up_the_interrupt(large, tmp_path):
    """A worker that never answers (here: stopped) is ended with the hunt."""
    process = start(large, tmp_path / "x.case")
    workers = workers_of(process)
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    to_program(process)
    _, err = process.communicate(timeout=20)
    assert workers and b"interrupted" in err and process.returncode in (1, 3)
    assert {process_state(w) for w in workers} <= {"", "Z"}


@needs_proc
def test_killed_hunt_leaves_no_workers(large, tmp_path):
    process = start(large, tmp_path / "x.case")
    workers = workers_of(process)
    process.kill()
    process.communicate(timeout=20)
    for _ in range(200):
        if {process_state(w) for w in workers} <= {"", "Z"}:
            return
        time.sleep(0.05)
    pytest.fail("workers are still there")


def test_killed_hunt_is_continued(large, whole, tmp_path):
    case = tmp_path / "x.case"
    process = start(large, case)
    time.sleep(0.2)
    process.kill()
    process.communicate(timeout=20)
    again = run("hunt", *SLOW, "--format", "ndjson", "-o", case, large)
    if again.status == 2:
        assert "finished" in again.err
        pytest.skip("the hunt had ended before it was killed")
    assert_same(again, whole)


# ---- the case file ----

def small(tmp_path):
    iis(tmp_path / "e" / "x.log", honest_iis() + [page_answered()])
    return tmp_path / "e"


def test_report_prints_what_the_hunt_printed(tmp_path):
    generate(tmp_path / "e", "several-hosts", seed=6)
    write_bytes(tmp_path / "e" / "cut.log.gz", b"")
    (tmp_path / "e" / "cut.log.gz").write_bytes(b"\x1f\x8b\x08\x00cut")
    text = hunt_text(tmp_path / "e", tmp_path / "missing", "-o", tmp_path / "t.case")
    assert run("report", tmp_path / "t.case").out == text.out
    records = hunt(tmp_path / "e", tmp_path / "missing", "-o", tmp_path / "n.case")
    again = run("report", "--format", "ndjson", tmp_path / "n.case")
    assert again.out == records.out and again.status == records.status
    secrets = hunt_text(tmp_path / "e", "--show-secrets", "-o", tmp_path / "s.case")
    assert run("report", "--show-secrets", tmp_path / "s.case").out == secrets.out


def test_case_is_not_needed(tmp_path):
    folder = small(tmp_path)
    assert_same(hunt(folder, "-o", tmp_path / "x.case"), hunt(folder))


def test_finished_case_is_refused(tmp_path):
    folder, case = small(tmp_path), tmp_path / "x.case"
    hunt(folder, "-o", case)
    before = case.read_bytes()
    done = run("hunt", "-o", case, folder)
    assert done.status == 2 and "finished" in done.err and done.out == b""
    assert case.read_bytes() == before


@pytest.mark.parametrize("content", [b"precious", b"SQLite format 3\0" + b"\0" * 4096])
def test_foreign_file_is_refused_and_kept(tmp_path, content):
    folder, case = small(tmp_path), tmp_path / "precious"
    case.write_bytes(content)
    done = run("hunt", "-o", case, folder)
    assert done.status == 2, done.err
    assert done.out == b"" and case.read_bytes() == content


def test_empty_file_becomes_a_case(tmp_path):
    """A hunt that is killed at its very start leaves one; nothing is lost with it."""
    folder, case = small(tmp_path), tmp_path / "x.case"
    case.write_bytes(b"")
    assert_same(hunt(folder, "-o", case), hunt(folder))


def test_foreign_database_is_refused_and_kept(tmp_path):
    folder, case = small(tmp_path), tmp_path / "other.db"
    with sqlite3.connect(case) as database:
        database.execute("CREATE TABLE meta (key TEXT, value TEXT)")
        database.execute("CREATE TABLE finding (precious TEXT)")
    before = case.read_bytes()
    assert run("hunt", "-o", case, folder).status == 2
    assert case.read_bytes() == before


def test_evidence_is_no_place_for_a_case(tmp_path):
    """-o names a log by mistake: it is refused, never overwritten."""
    folder = small(tmp_path)
    before = (folder / "x.log").read_bytes()
    assert run("hunt", "-o", folder / "x.log", folder).status == 2
    assert (folder / "x.log").read_bytes() == before


def test_case_of_other_evidence_or_options_is_refused(large, tmp_path):
    case = tmp_path / "x.case"
    interrupted(large, case, to_group)
    assert run("hunt", "-o", case, small(tmp_path)).status == 2
    assert run("hunt", *SLOW, "-o", case, "--host", "other", large).status == 2
    assert run("hunt", *SLOW, "-o", case, "--since", "2021-03-03", large).status == 2
    shutil.copy(case, tmp_path / "y.case")
    assert run("hunt", *SLOW, "-o", tmp_path / "y.case", large).status == 1


def test_case_in_a_folder_that_is_missing(tmp_path):
    done = run("hunt", "-o", tmp_path / "missing" / "x.case", small(tmp_path))
    assert done.status in (2, 4) and done.out == b"" and done.err.strip()


def test_case_inside_the_evidence(tmp_path):
    """The case itself is no evidence."""
    folder = small(tmp_path)
    done = hunt_text(folder, "-o", folder / "x.case")
    assert "x.case" not in done.words


def test_case_inside_the_evidence_is_continued(tmp_path):
    folder = tmp_path / "e"
    generate(folder, "planted-and-used", size="64M", seed=8)
    whole = hunt(folder)
    case = folder / "x.case"
    interrupted(folder, case, to_group)
    assert_same(hunt(folder, *SLOW, "-o", case), whole)


def test_case_can_be_queried(tmp_path):
    generate(tmp_path / "e", "planted-and-used", seed=6)
    done = hunt(tmp_path / "e", "-o", tmp_path / "x.case")
    with sqlite3.connect(f"file:{tmp_path / 'x.case'}?mode=ro", uri=True) as database:
        count = database.execute("SELECT count(*) FROM finding WHERE NOT silent").fetchone()[0]
        meta = dict(database.execute("SELECT key, value FROM meta"))
    assert count == len(done.findings)
    assert (meta["finished"], meta["partial"]) == ("1", "0")


def test_queries_of_the_documentation_run(tmp_path):
    generate(tmp_path / "e", "planted-and-used", seed=6)
    hunt(tmp_path / "e", "-o", tmp_path / "x.case")
    text = (ROOT / "docs" / "case-file.md").read_text(encoding="utf-8")
    queries = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    assert queries
    with sqlite3.connect(tmp_path / "x.case") as database:
        for query in queries:
            assert database.execute(query).fetchall(), query
