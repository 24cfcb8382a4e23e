"""`hunt --ioc`: lists of indicators, in the same pass as the rules."""
import json
import os
import random
import re

import evtx_writer
import pytest
from conftest import (ATTACKER, HAUBERK_FAULTS, PAGE_RULE, VISITOR, exchange, generate,
                      honest_iis, honest_proxy, hunt, hunt_text, iis, page_answered, run, w3c_row,
                      write_bytes)

HASH = "d41d8cd98f00b204e9800998ecf8427e"


@pytest.fixture(name="logs")
def fixture_logs(tmp_path):
    folder = tmp_path / "logs"
    iis(folder / "u_ex210303.log", honest_iis() + [page_answered()])
    exchange(folder / "HttpProxy_1.LOG", "httpproxy",
             [honest_proxy(), honest_proxy("2021-03-03T07:00:00.000Z",
                                           UserAgent="see http://c2.evil.example/a?b=1, now")])
    return folder


def ioc(tmp_path, text, name="list.txt"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def hits(done):
    return sorted((r["rule.id"], r["hauberk.fields"]["hauberk.indicator"])
                  for r in done.findings if r["rule.id"].startswith("ioc:"))


def test_a_plain_list(tmp_path, logs):
    path = ioc(tmp_path, f"# seen on Tuesday\n{ATTACKER.replace('.', '[.]')}\nevil[.]example\n"
                         f"zz.aspx # the page\n192.0.2.99\n{HASH}\nno idea what\n")
    done = hunt("--ioc", path, logs)
    assert done.status == 1
    assert hits(done) == [("ioc:address:list.txt", ATTACKER), ("ioc:domain:list.txt", "evil.example"),
                          ("ioc:file:list.txt", "zz.aspx")]
    assert "2 address, 1 domain, 1 file, 1 hash" in done.err
    assert "not used: 1: neither" in done.err and "(first: number 7)" in done.err
    finding = next(r for r in done.findings if r["rule.id"] == "ioc:domain:list.txt")
    assert finding["rule.name"] == "Indicator: domain" and finding["hauberk.level"] == "high"
    assert finding["hauberk.grade"] == "N" and finding["hauberk.stage"] == "none"
    assert finding["host.name"] == "ex01"


def test_the_verdict_does_not_change(tmp_path, logs):
    assert hunt("--ioc", ioc(tmp_path, ATTACKER), logs).grades == hunt(logs).grades
    clean = iis(tmp_path / "clean" / "x.log", honest_iis())
    done = hunt("--ioc", ioc(tmp_path, VISITOR), clean)
    assert done.status == 1 and set(done.grades.values()) == {"N"}
    assert hunt("--ioc", ioc(tmp_path, "192.0.2.99"), clean).status == 0


def test_rules_are_still_there(tmp_path, logs):
    done = hunt("--ioc", ioc(tmp_path, ATTACKER), logs)
    assert PAGE_RULE in {r["rule.name"] for r in done.findings}


def test_the_text_report_names_them(tmp_path, logs):
    text = hunt_text("--ioc", ioc(tmp_path, "zz.aspx"), logs).words
    assert "Indicator: file" in text


def test_csv_and_stix(tmp_path, logs):
    csv = ioc(tmp_path, f"type,value\nip-dst,{ATTACKER}\nmutex,abc\n", "misp.csv")
    bundle = {"type": "bundle", "objects": [
        {"type": "indicator", "pattern_type": "stix",
         "pattern": "[domain-name:value = 'evil.example' OR file:name = 'zz.aspx']"},
        {"type": "indicator", "pattern": f"[ipv4-addr:value = '{ATTACKER}' AND file:name = 'q.x']"},
        {"type": "url", "value": "http://c2.evil.example/a?b=1"}]}
    stix = ioc(tmp_path, json.dumps(bundle), "bundle.json")
    done = hunt("--ioc", csv, "--ioc", stix, logs)
    assert hits(done) == [("ioc:address:misp.csv", ATTACKER),
                          ("ioc:domain:bundle.json", "evil.example"),
                          ("ioc:file:bundle.json", "zz.aspx"),
                          ("ioc:url:bundle.json", "http://c2.evil.example/a?b=1")]
    assert 'not used: 1: type "mutex"' in done.err and "a pattern with AND" in done.err


@pytest.mark.parametrize("text, name", [("{", "x.json"), ("{}", "x.json"),
                                        ("\ufeff{\"a\": 1}", "x.json")])
def test_files_that_are_no_lists(tmp_path, logs, text, name):
    done = run("hunt", "--ioc", ioc(tmp_path, text, name), logs)
    assert done.status == 2 and "--ioc" in done.err and done.out == b""


def test_missing_file(tmp_path, logs):
    assert run("hunt", "--ioc", tmp_path / "missing", logs).status == 2


def test_since_and_until(tmp_path, logs):
    path = ioc(tmp_path, VISITOR)
    assert len(hits(hunt("--ioc", path, logs))) == 7
    assert len(hits(hunt("--ioc", path, "--since", "2021-03-03T06:04:00Z", logs))) == 2


def test_same_findings_without_filter_and_with_any_jobs(tmp_path):
    generate(tmp_path / "ev", "planted-and-used", "2M")
    path = ioc(tmp_path, "198.51.100.0/24\n203.0.113.0/25\nlindholt.example\nexchange.asmx\n"
                         "outlook.exe\nhttp://x.example/y\n2001:db8::/32\n")
    plain = hunt("-j", "1", "--ioc", path, tmp_path / "ev")
    assert len(hits(plain)) > 100
    for options in (["--no-prefilter"], ["-j", "3", "--part-size", "10000"]):
        assert hits(hunt(*options, "--ioc", path, tmp_path / "ev")) == hits(plain)


def test_as_grep_does(tmp_path):
    """Addresses of the generator stand by themselves: every row that grep finds is a hit."""
    generate(tmp_path / "ev", "planted-and-used", "1M")
    rows = run("search", "--format", "ndjson", "10.20.30.11", tmp_path / "ev").records
    done = hunt("--ioc", ioc(tmp_path, "10.20.30.11"), tmp_path / "ev")
    assert len(rows) > 10
    assert sorted((r["log.file.path"], r["hauberk.offset"]) for r in rows) == sorted(
        (r["log.file.path"], r["hauberk.offset"]) for r in done.findings
        if r["rule.id"].startswith("ioc:"))


def test_many_indicators(tmp_path, logs):
    """A hundred thousand; the four that are there are found, and nothing else."""
    chance = random.Random(7)
    lines = [f"{chance.randint(1, 9)}.{chance.randint(0, 255)}.{chance.randint(0, 255)}."
             f"{chance.randint(0, 255)}" for _ in range(40000)]
    lines += [f"{chance.getrandbits(60):x}.example" for _ in range(30000)]
    lines += [f"{chance.getrandbits(256):064x}" for _ in range(30000)]
    lines += [ATTACKER, "zz.aspx", "evil.example", "http://c2.evil.example/a"]
    done = hunt("--stats", "--ioc", ioc(tmp_path, "\n".join(lines)), logs)
    assert len(hits(done)) == 4
    assert float(done.err.split("peak memory ")[1].split()[0]) < 256


def test_a_row_full_of_indicators(tmp_path):
    """Thousands in one row, none of them at a boundary: bounded, and nothing is invented."""
    names = [f"host{i}.evil.example" for i in range(3000)]
    row = w3c_row("2021-03-03T06:00:00", cs_uri_query="&".join(f"x{n}x" for n in names))
    iis(tmp_path / "x.log", [row])
    assert hits(hunt("--ioc", ioc(tmp_path, "\n".join(names)), tmp_path / "x.log")) == []


def test_case_goes_on_with_the_same_list_only(tmp_path, logs):
    case, path = tmp_path / "x.case", ioc(tmp_path, ATTACKER)
    env = {**os.environ, "HAUBERK_FAULT": "exit:nothing"}
    hunt("-o", case, "--ioc", path, logs, program=HAUBERK_FAULTS, env=env)
    shown = run("report", "--format", "ndjson", case)
    assert hits(shown) == [("ioc:address:list.txt", ATTACKER)]
    write_bytes(tmp_path / "other.txt", b"192.0.2.9")
    assert run("hunt", "-o", case, "--ioc", tmp_path / "other.txt", logs).status != 0


def test_event_logs(tmp_path):
    log = evtx_writer.write(tmp_path / "x.evtx", [
        evtx_writer.event("Security", 4624, data=[("IpAddress", "::ffff:" + ATTACKER)]),
        evtx_writer.event("Security", 4624, data=[("IpAddress", ATTACKER + "0")]),
        evtx_writer.event("Microsoft-Windows-Sysmon/Operational", 1, data=[
            ("Hashes", f"MD5={HASH.upper()},IMPHASH=00"), ("Image", r"C:\Temp\bad tool.exe")]),
        evtx_writer.event("Microsoft-Windows-DNS-Client/Operational", 3008,
                          data=[("QueryName", "c2.evil.example")])])
    path = ioc(tmp_path, f"{ATTACKER}\n{HASH}\n%TEMP%\\bad tool.exe\nevil.example\n")
    done = hunt("--ioc", path, log)
    assert [i for _, i in hits(done)] == [ATTACKER, "evil.example", "%TEMP%\\bad tool.exe", HASH]
    assert {r["hauberk.source"] for r in done.findings} == {"security", "sysmon", "eventlog"}
    assert hits(hunt("--no-prefilter", "--no-memo", "--ioc", path, log)) == hits(done)
    assert hunt("--ioc", path, "--since", "2022-01-01", log).findings == []


def test_real_logs(corpora, tmp_path):
    """Every address that stands alone in a field of a real log is found as an indicator."""
    events = run("events", corpora / "real-logs", timeout=300).kind("event")
    fields = [r["hauberk.fields"] for r in events]
    values = {f.get("c-ip") or f.get("ClientIpAddress") or f.get("client-ip") or "" for f in fields}
    addresses = sorted(v for v in values if re.fullmatch(r"(\d{1,3}\.){3}\d{1,3}", v))[:50]
    if not addresses:
        pytest.skip("no addresses in the real logs")
    done = hunt("--ioc", ioc(tmp_path, "\n".join(addresses)), corpora / "real-logs", timeout=300)
    found = {i for _, names in hits(done) for i in names.split(", ")}
    assert found == set(addresses)
