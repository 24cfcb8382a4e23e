"""`hunt --context N`: what the same source did before and after a finding."""
import os
import sqlite3

import evtx_writer
import pytest
from conftest import (ATTACKER, HAUBERK_FAULTS, PAGE_RULE, VISITOR, exchange, generate, honest_proxy,
                      hunt, hunt_text, iis, page_answered, proxylogon, rule, run, w3c_row)


def context(done, rule_name=None):
    names = {(r["rule.id"], r["log.file.path"], r["hauberk.offset"]): r["rule.name"]
             for r in done.findings}
    return [r for r in done.kind("context")
            if rule_name in (None, names[(r["rule.id"], r["hauberk.finding.path"],
                                          r["hauberk.finding.offset"])])]


@pytest.fixture(name="logs")
def fixture_logs(tmp_path):
    """The attacker comes at minutes 1 to 9 by IIS, the page answers at minute 5."""
    rows = []
    for minute in range(1, 10):
        time = f"2021-03-03T06:{minute:02}:00"
        rows.append(w3c_row(time, c_ip=VISITOR))
        rows.append(page_answered(time) if minute == 5 else
                    w3c_row(time, c_ip=ATTACKER, cs_uri_stem=f"/owa/{minute}"))
        rows.append(w3c_row(time, c_ip="203.0.113.6"))  # not 203.0.113.66
    iis(tmp_path / "logs" / "u_ex210303.log", rows)
    exchange(tmp_path / "logs" / "HttpProxy_1.LOG", "httpproxy",
             [honest_proxy(),
              honest_proxy("2021-03-03T06:05:30.000Z", ClientIpAddress=ATTACKER)])
    return tmp_path / "logs"


def test_the_nearest_of_the_same_source(logs):
    found = context(hunt("--context", "2", logs), PAGE_RULE)
    assert [(r["hauberk.position"], r["@timestamp"][11:19]) for r in found] == [
        (-2, "06:03:00"), (-1, "06:04:00"), (1, "06:05:30"), (2, "06:06:00")]
    assert {r["hauberk.shared"] for r in found} == {"source"}
    assert [r["hauberk.source"] for r in found] == ["iis", "iis", "httpproxy", "iis"]
    for record in found:
        assert ATTACKER in record["hauberk.row"]
        with open(record["log.file.path"], "rb") as log:
            log.seek(record["hauberk.offset"])
            assert log.readline().decode().startswith(record["hauberk.row"][:40])


def test_none_without_the_option(logs):
    assert context(hunt(logs)) == [] and context(hunt("--context", "0", logs)) == []


def test_more_than_there_are(logs):
    assert len(context(hunt("--context", "100", logs), PAGE_RULE)) == 9


def test_the_rest_of_the_report_does_not_change(logs):
    with_it = [r for r in hunt("--context", "3", logs).records if r["record"] != "context"]
    assert with_it == hunt(logs).records


def test_since_and_until(logs):
    found = context(hunt("--context", "9", "--since", "2021-03-03T06:04:00Z", "--until",
                         "2021-03-03T06:06:00Z", logs), PAGE_RULE)
    assert [r["@timestamp"][11:19] for r in found] == ["06:04:00", "06:05:30", "06:06:00"]


def test_case_and_reports(logs, tmp_path):
    case = tmp_path / "x.case"
    done = hunt("-o", case, "--context", "2", logs)
    assert run("report", "--format", "ndjson", case).records == done.records
    text = run("report", case).text
    assert "-1  2021-03-03 06:04:00Z" in text and "+2  2021-03-03 06:06:00Z" in text
    with sqlite3.connect(case) as db:
        rows = db.execute("SELECT position, shared, c.family FROM context c JOIN finding f"
                          " ON f.id=finding WHERE f.family='iis' ORDER BY position").fetchall()
        assert rows == [(-2, "source", "iis"), (-1, "source", "iis"),
                        (1, "source", "httpproxy"), (2, "source", "iis")]
        assert db.execute("SELECT value FROM meta WHERE key='context_left_out'").fetchall() == [
            ("0",)]


def test_secrets_are_shortened(tmp_path):
    exchange(tmp_path / "HttpProxy_1.LOG", "httpproxy",
             [proxylogon("read", f"2021-03-03T06:0{i}:00.000Z") for i in range(3)])
    found = context(hunt("--context", "2", tmp_path))
    assert found and not any("SECRETcanary1" in r["hauberk.row"] for r in found)
    assert "SECRETcanary1" not in hunt_text("--context", "2", tmp_path).text


@pytest.mark.parametrize("options", [["-j", "1"], ["-j", "3", "--part-size", "3000"],
                                     ["-j", "7", "--part-size", "50000"], ["--no-prefilter"]])
def test_same_with_any_jobs_and_parts(tmp_path_factory, options):
    folder = tmp_path_factory.getbasetemp() / "context-ev"
    if not folder.exists():
        generate(folder, "planted-and-used", "2M")
    plain = context(hunt("--context", "4", folder))
    assert len(plain) > 50
    assert context(hunt("--context", "4", *options, folder)) == plain


def test_event_logs(tmp_path):
    def row(number, logon, **more):
        return evtx_writer.event("Security", 4688, time=f"2021-03-03T06:{number:02}:00Z", data=[
            ("SubjectLogonId", logon), ("CommandLine", f"cmd{number} /needle"
                                        if more.get("hit") else f"cmd{number}")])
    log = evtx_writer.write(tmp_path / "Security.evtx", [
        row(1, "0x77"), row(2, "0x88"), row(3, "0x77"), row(4, "0x77", hit=True), row(5, "0x88"),
        row(6, "0x77")])
    rules = tmp_path / "r.yml"
    rule(rules, field="CommandLine|contains")
    rules.write_text(rules.read_text().replace("category: webserver",
                                               "product: windows\n  service: security"))
    found = context(hunt("-r", rules, "--context", "2", log))
    assert [(r["hauberk.position"], r["@timestamp"][14:16], r["hauberk.shared"])
            for r in found] == [(-2, "01", "logon"), (-1, "03", "logon"), (1, "06", "logon")]
    assert "CommandLine=cmd6" in found[2]["hauberk.row"] and found[2]["host.name"] == "ex01"


def test_event_logs_without_logon(tmp_path):
    events = [evtx_writer.event("System", 7045 if i == 3 else 7036, provider="SCM",
                                time=f"2021-03-03T06:{i:02}:00Z",
                                data=[("ServiceName", "needle" if i == 3 else "x")])
              for i in range(6)]
    log = evtx_writer.write(tmp_path / "System.evtx", events)
    rules = tmp_path / "r.yml"
    rule(rules, field="ServiceName", value="needle")
    rules.write_text(rules.read_text().replace("category: webserver",
                                               "product: windows\n  service: system"))
    found = context(hunt("-r", rules, "--context", "1", log))
    assert [(r["hauberk.position"], r["@timestamp"][14:16], r["hauberk.shared"])
            for r in found] == [(-1, "02", "log"), (1, "04", "log")]


@pytest.mark.parametrize("number", ["-1", "x", "101"])
def test_usage(logs, number):
    assert run("hunt", "--context", number, logs).status == 2


def test_a_case_that_was_interrupted_has_none(logs, tmp_path):
    """A worker that dies in the hunt costs a file; the context of the others is there."""
    done = hunt("-o", tmp_path / "x.case", "--context", "1", logs, program=HAUBERK_FAULTS,
                env={**os.environ, "HAUBERK_FAULT": "crash:HttpProxy"})
    assert [r["hauberk.source"] for r in context(done, PAGE_RULE)] == ["iis", "iis"]
    assert any("neighbours" in r["hauberk.reason"] for r in done.damage)
