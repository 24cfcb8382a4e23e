"""`events` and `search`: whole events of any log, in the order of the evidence."""
import json
import os
import subprocess

import evtx_writer
import pytest
from conftest import (ATTACKER, HAUBERK, HAUBERK_FAULTS, TIMEOUT, exchange, exchange_row, generate, iis,
                      honest_iis, honest_proxy, page_answered, run, w3c_row, write_bytes)


@pytest.fixture(name="logs")
def fixture_logs(tmp_path):
    folder = tmp_path / "logs"
    iis(folder / "a" / "u_ex210303.log", honest_iis() + [page_answered()])
    exchange(folder / "b" / "HttpProxy_1.LOG", "httpproxy",
             [honest_proxy(), honest_proxy("2021-03-03T07:00:00.000Z", host="EX02",
                                           UserAgent='say "hi", Bob')])
    exchange(folder / "c" / "ECP.LOG", "ecp",
             [exchange_row("ecp", "2021-03-03T08:00:00.000Z", EventId="ECP.Request",
                           EventData="S:CMD=Set-X;S:CMD=Get-Y;'S:Q=it''s'")])
    write_bytes(folder / "notes.txt", b"nothing that we know\n" * 3)
    return folder


def events(*args, **options):
    return run("events", *args, **options)


def search(*args, **options):
    return run("search", "--format", "ndjson", *args, **options)


def offsets(done):
    return [(r["log.file.path"], r["hauberk.offset"]) for r in done.kind("event")]


# ---- events ----

def test_events_are_records_in_file_order(logs):
    done = events(logs)
    assert done.status == 0
    assert "not recognised" in done.err and "notes.txt" in done.err
    assert [r["hauberk.source"] for r in done.records] == ["iis"] * 6 + ["httpproxy"] * 2 + ["ecp"]
    first = done.records[0]
    assert first["record"] == "event" and first["hauberk.schema"] == 1
    assert first["host.name"] == "" and first["@timestamp"] == "2021-03-03T06:00:00.000Z"
    text = (logs / "a" / "u_ex210303.log").read_bytes()
    for record in done.records[:6]:
        assert text[record["hauberk.offset"] - 1:].startswith(b"\n2021-03-03 ")
    assert [r["host.name"] for r in done.records[6:]] == ["ex01", "ex02", "ex01"]
    assert done.records[7]["hauberk.fields"]["UserAgent"] == 'say "hi", Bob'


def test_fields_of_one_name_are_numbered(logs):
    fields = events("--source", "ecp", logs).records[0]["hauberk.fields"]
    assert fields["CMD"] == "Set-X" and fields["CMD#2"] == "Get-Y" and fields["Q"] == "it's"


def test_empty_values_are_left_out(logs):
    assert all(v for r in events(logs).records for v in r["hauberk.fields"].values())


def test_since_until_source_and_host(logs):
    def count(*options):
        return len(events(*options, logs).records)
    assert count("--since", "2021-03-03T07:00:00Z") == 3
    assert count("--until", "2021-03-03T06:00:00Z") == 2
    assert count("--source", "httpproxy") == 2
    assert count("--source", "httpproxy", "--host", "ex02.corp.example") == 1
    assert count("--host", "EX02") == 7  # and the rows that name no server


def test_max_count(logs):
    assert len(events("-n", "3", logs).records) == 3
    assert events("-n", "3", logs).out == b"".join(events(logs).out.splitlines(True)[:3])


def test_damage_is_told_twice(logs):
    path = logs / "a" / "u_ex210303.log"
    path.write_bytes(path.read_bytes() + b"2021-03-03 09:00:00 192.0.2.10 GE")
    done = events(logs, logs / "missing")
    assert done.status == 3
    assert {r["log.file.path"] for r in done.damage} == {str(path), str(logs / "missing")}
    assert done.err.count("hauberk: damage at") == 2


@pytest.mark.parametrize("jobs", ["1", "2", "5"])
@pytest.mark.parametrize("part", ["999", "20000", "100000000"])
def test_same_output_with_any_jobs_and_parts(tmp_path, jobs, part):
    generate(tmp_path / "ev", "planted-and-used", "1M")
    # a header in the middle that a part would not know of
    iis(tmp_path / "ev" / "x.log", honest_iis(300))
    changed = "date time c-ip cs-method cs-uri-stem sc-status"
    more = ["#Fields: " + changed] + [w3c_row(f"2021-03-04T06:{i // 60:02}:{i % 60:02}", changed)
                                      for i in range(600)]
    with open(tmp_path / "ev" / "x.log", "ab") as out:
        out.write("".join(line + "\r\n" for line in more).encode())
    plain = events("-j", "1", tmp_path / "ev")
    done = events("-j", jobs, "--part-size", part, tmp_path / "ev")
    assert plain.status == done.status == 0
    assert done.out == plain.out
    assert search("-j", jobs, "--part-size", part, "/owa/", tmp_path / "ev").out == \
        search("/owa/", tmp_path / "ev").out


def test_terminal_is_safe(tmp_path):
    iis(tmp_path / "x.log", [page_answered(page="/owa/\x1b]0;owned\x07\x9b31m\u202e.aspx")])
    for done in (events(tmp_path), run("search", "owned", tmp_path)):
        assert not any(c < 0x20 and c != 0x0a or c == 0x7f for c in done.out)
        assert "\u202e" not in done.text and "\x9b" not in done.text and "owned" in done.text


def test_reader_that_has_enough(tmp_path):
    generate(tmp_path / "ev", "clean", "4M")
    with subprocess.Popen([HAUBERK, "events", tmp_path / "ev"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        assert json.loads(process.stdout.readline())["record"] == "event"
        process.stdout.close()
        assert process.wait(TIMEOUT) in (0, 3)
        assert b"cannot write" not in process.stderr.read()


@pytest.mark.parametrize("fault", ["crash", "exit", "hang"])
def test_a_worker_that_ends_costs_its_file_only(logs, fault):
    done = events("--worker-timeout", "1", logs, program=HAUBERK_FAULTS,
                  env={**os.environ, "HAUBERK_FAULT": f"{fault}:HttpProxy"})
    assert done.status == 3
    assert [r["hauberk.source"] for r in done.kind("event")] == ["iis"] * 6 + ["ecp"]
    assert len(done.damage) == 1 and "HttpProxy" in done.damage[0]["log.file.path"]


# ---- search ----

def test_search_prints_whole_events(logs):
    done = run("search", ATTACKER, logs)
    assert done.status == 1
    head, row, empty = done.text.splitlines()
    assert head.split("  ")[:3] == ["2021-03-03T07:00:00.000Z", "-", "iis"]
    assert head.endswith("u_ex210303.log:" + str(offsets(search(ATTACKER, logs))[0][1]))
    assert row.strip() in (logs / "a" / "u_ex210303.log").read_text() and empty == ""


def test_search_is_a_part_of_events(logs):
    everything = events(logs).text.splitlines()
    for line in search("EX0", logs).text.splitlines():
        assert line in everything


def test_search_status(logs):
    assert search("not there at all", logs).status == 0
    assert search("not there at all", logs, logs / "missing").status == 3
    assert search("Mozilla", logs, logs / "missing").status == 1


@pytest.mark.parametrize("pattern, found", [
    ("MOZILLA/5", 7), ("zz.aspx", 1), ('say "hi", bob', 1), ('say ""hi"", bob', 1), ("it's", 1),
    ("POST /aspnet", 1), ("POST", 1), ("*", 0), ("a.b", 0), ("mozilla.5", 0)])
def test_literals(logs, pattern, found):
    assert len(search(pattern, logs).records) == found
    assert len(search("--no-prefilter", pattern, logs).records) == found


def test_case(tmp_path):
    iis(tmp_path / "x.log", [page_answered(page="/straße/ÄRGER.aspx")])
    assert len(search("ärger", tmp_path).records) == 1
    assert len(search("-s", "ärger", tmp_path).records) == 0
    assert len(search("-s", "ÄRGER", tmp_path).records) == 1


def test_regular_expressions(logs):
    assert len(search("-E", r"zz\.as.x", logs).records) == 1
    assert len(search("-E", r"^/aspnet_client/[a-z]+\.aspx$", logs).records) == 1
    assert len(search("-s", "-E", r"MOZILLA", logs).records) == 0
    bad = search("-E", "(", logs)
    assert bad.status == 2 and "regular expression" in bad.err


def test_regular_expression_that_explodes(tmp_path):
    iis(tmp_path / "x.log", [page_answered(page="/" + "a" * 3000 + "!")])
    done = search("-E", "(a+)+$", tmp_path)
    assert done.status == 3 and "gave up" in done.damage[0]["hauberk.reason"]


def test_fields(logs):
    assert len(search("--field", "cs-uri-stem", "zz.aspx", logs).records) == 1
    assert len(search("--field", "cs(User-Agent)", "zz.aspx", logs).records) == 0
    assert len(search("--field", "UserAgent", "bob", logs).records) == 1
    assert len(search("--field", "CMD", "get-y", logs).records) == 1


def test_several_patterns(logs):
    both = search("-e", "zz.aspx", "-e", "Bob", logs)
    assert len(both.records) == 2


def test_search_limits(logs):
    assert len(search("-n", "2", "Mozilla", logs).records) == 2
    assert len(search("--since", "2021-03-03T06:02:00Z", "--until", "2021-03-03T06:03:00Z",
                      "Mozilla", logs).records) == 2
    assert len(search("--source", "iis", "Mozilla", logs).records) == 6
    assert len(search("--host", "ex01", "--source", "httpproxy", "Mozilla", logs).records) == 1


@pytest.mark.parametrize("arguments", [
    ["events"], ["events", "--source", "nonsense", "."], ["events", "-n", "0", "."],
    ["search"], ["search", "x"], ["search", "", "."], ["search", "-e", "x"],
    ["search", "--format", "xml", "x", "."], ["events", "--host", ".", "."]])
def test_usage(arguments, tmp_path):
    done = run(*arguments, cwd=tmp_path)
    assert done.status == 2 and done.out == b"" and done.err.strip()


# ---- event logs ----

@pytest.fixture(name="security")
def fixture_security(tmp_path):
    return evtx_writer.write(tmp_path / "logs" / "Security.evtx", [
        evtx_writer.event("Security", 4624, data=[("TargetUserName", "ann"),
                                                  ("IpAddress", ATTACKER),
                                                  ("LogonType", 3, "uint32")]),
        evtx_writer.event("Security", 4688, time="2021-03-03T08:00:00Z",
                          data=[("NewProcessName", r"C:\Windows\System32\cmd.exe"),
                                ("CommandLine", 'cmd.exe /c "whoami" > Ärger.txt')])])


def test_records_of_an_event_log(security):
    first, second = events(security).records
    assert first["host.name"] == "ex01" and first["@timestamp"] == "2021-03-03T07:00:00.000Z"
    assert first["hauberk.source"] == "security" and first["event.code"] == "4624"
    assert first["winlog.channel"] == "Security"
    assert first["event.provider"] == "Microsoft-Windows-Security-Auditing"
    assert int(second["winlog.record_id"]) == int(first["winlog.record_id"]) + 1
    assert first["hauberk.fields"]["LogonType"] == "3"
    assert second["hauberk.fields"]["CommandLine"] == 'cmd.exe /c "whoami" > Ärger.txt'
    assert security.read_bytes()[first["hauberk.offset"]:][:4] == b"**\0\0"


def test_search_in_an_event_log(security):
    for pattern in (ATTACKER, "system32\\CMD", 'c "whoami" >', "ärger", "4688"):
        assert len(search(pattern, security).kind("event")) == 1, pattern
        assert len(search("--no-prefilter", pattern, security).kind("event")) == 1, pattern
    assert search("nowhere", security).status == 0
    assert len(search("--field", "commandline", "whoami", security).records) == 1
    assert len(search("--field", "TargetUserName", "whoami", security).records) == 0
    assert len(search("-E", "^ann$", security).records) == 1
    text = run("search", "whoami", security).text
    assert text.startswith("2021-03-03T08:00:00.000Z  ex01  security  ")
    assert '    CommandLine: cmd.exe /c "whoami"' in text


def test_limits_in_an_event_log(security):
    assert len(events("--since", "2021-03-03T07:30:00Z", security).records) == 1
    assert len(events("--host", "other", security).records) == 0
    assert len(events("--source", "system", security).records) == 0
    assert len(search("--since", "2021-03-03T07:30:00Z", "security", security).records) == 1


def test_damaged_event_log(security):
    content = bytearray(security.read_bytes())
    content[4096 + 520:4096 + 540] = bytes(20)
    security.write_bytes(content)
    done = events(security)
    assert done.status == 3 and done.damage


# ---- against grep, on real and generated logs ----

def grep(pattern, folder):
    """Rows that hold the text, as `grep -i -F` finds them, without directives and headers."""
    found = subprocess.run(["grep", "-r", "-a", "-i", "-F", "-h", "--", pattern, folder],
                           capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"})
    rows = [line.rstrip(b"\r") for line in found.stdout.split(b"\n")]
    return sorted(r for r in rows if r and (r[:1].isdigit() or r[:2].strip(b'"').isdigit()))


@pytest.mark.parametrize("pattern", ["python-requests", "/ecp/", "zz", "198.51.100", "POST /owa",
                                     "HealthMailbox", '"', ".aspx"])
def test_same_rows_as_grep(tmp_path, pattern):
    generate(tmp_path / "ev", "planted-and-used", "2M")
    rows = [line[4:].encode() for line in run("search", pattern, tmp_path / "ev").text.split("\n")
            if line.startswith("    ")]
    assert sorted(rows) == grep(pattern, tmp_path / "ev")


@pytest.mark.parametrize("pattern", ["aspx", "proxylogon", "POST", "Mozilla", "ResetOAB"])
def test_real_logs_with_and_without_filter(corpora, pattern):
    assert search(pattern, corpora / "real-logs").out == \
        search("--no-prefilter", "-j", "2", pattern, corpora / "real-logs").out
