"""Real rows: a real incident as published, and one file of each log family."""
import re
from collections import Counter

import pytest
from conftest import grade_at_most, hunt, hunt_text

EXPLOITER = "130.255.189.21"
VISITORS = {"139.162.202.236", "67.205.176.9"}


@pytest.fixture(name="incident")
def fixture_incident(corpora):
    return hunt(corpora / "real-incident")


@pytest.fixture(name="report")
def fixture_report(corpora):
    return hunt_text(corpora / "real-incident").words


def test_incident_has_one_host_and_its_grade(incident):
    assert incident.status == 1
    assert incident.grades == {"servernavn": "E5"}
    assert not incident.damage


def test_incident_findings_by_rule_and_grade(incident):
    counted = Counter((r["rule.name"], r["hauberk.grade"]) for r in incident.findings)
    assert counted == {
        ("ProxyLogon probe: autodiscover through a forged back-end cookie", "E0"): 2,
        ("ProxyLogon: mailbox service reached through a forged cookie", "E2"): 2,
        ("ProxyLogon: session in the admin centre opened through a forged cookie", "E2"): 2,
        ("ProxyLogon: configuration read through a forged cookie", "E3"): 2,
        ("ProxyLogon: configuration changed through a forged cookie", "E3"): 2,
        ("ProxyLogon: virtual directory reset through a forged cookie", "E4"): 1,
        ("Script stored as the address of a virtual directory", "E3"): 2,
        ("Virtual directory made again right after a script was stored in it", "E3"): 1,
        ("Address of a virtual directory cleared after a script was stored in it", "N"): 1,
        ("Foreign page answered", "E5"): 10,
        ("Foreign page asked for", "E1"): 72,
    }


def test_incident_write_time_and_page(incident):
    written = [r for r in incident.findings if r["hauberk.grade"] == "E4"]
    assert [(r["@timestamp"], r["source.ip"]) for r in written] == [
        ("2021-03-03T06:59:20.359Z", EXPLOITER)]
    answered = [r for r in incident.findings if r["hauberk.grade"] == "E5"]
    assert {r["hauberk.page"] for r in answered} == {"/owa/auth/redirsuiteserverproxy.aspx"}
    assert min(r["@timestamp"] for r in answered) == "2021-03-05T03:06:27.000Z"


def test_incident_later_visitors_are_another_incident(incident):
    sources = {r["hauberk.incident"]: set(r["hauberk.sources"])
               for r in incident.kind("incident")}
    assert len(sources) == 2
    by_sources = {frozenset(v): k for k, v in sources.items()}
    exploit = by_sources[frozenset({EXPLOITER})]
    visits = by_sources[frozenset(VISITORS)]
    for finding in incident.findings:
        expected = visits if finding["@timestamp"] >= "2021-03-05" else exploit
        assert finding["hauberk.incident"] == expected, finding


def test_incident_placeholders_join_nothing(incident):
    """"xxx" stands where ids were taken out; rows that share it are not one session."""
    for finding in incident.findings:
        if finding.get("source.ip") in VISITORS:
            continue
        assert finding.get("source.ip") in (None, EXPLOITER), finding
    assert all("xxx" not in r["hauberk.sources"] for r in incident.kind("incident"))


def test_incident_report_names_who_when_and_what(report):
    verdict = report.split("WHAT HAPPENED")[0]
    for words in ("servernavn: COMPROMISED, grade E5", f"ProxyLogon (CVE-2021-26855) from {EXPLOITER} was answered",
                  "first at 2021-03-03 06:49:43Z", "last at 2021-03-03 06:59:13Z", "A page was written at 2021-03-03 06:59:20Z",
                  "/owa/auth/RedirSuiteServerProxy.aspx", "existence checks only",
                  "was gone by 2021-03-08", "10 other pages", "They prove nothing planted here", "that answered afterwards is",
                  "missing from 2021-03-03 06:59:20Z to 2021-03-05 03:06:27Z"):
        assert words in verdict, words
    assert not any(f") from {visitor}" in report for visitor in VISITORS)


def test_incident_report_tells_two_runs(report):
    """The exploit was run twice: at 06:49 in vain, at 06:59 with success."""
    verdict, story = report.split("WHAT HAPPENED")
    runs = re.search(r"in 2 runs: 2021-03-03 06:49 \((.*?)\).*? 2021-03-03 06:59 \((.*?)\)",
                     verdict)
    assert runs, verdict
    assert "not confirmed" in runs[1] and "write confirmed at 06:59:20Z" in runs[2]
    for step in ("06:49:42Z scan", "06:49:46Z exploit", "06:59:10Z scan", "06:59:13Z exploit",
                 "06:59:20Z write", "06:59:23Z clean-up"):
        assert step in story, step


def test_incident_report_cites_rows_that_are_there(corpora):
    """Each proof names a file and a byte at which a row starts."""
    proofs = hunt_text(corpora / "real-incident").text.split("\nPROOF (", 1)[1]
    found = re.findall(r"([\w.-]+\.log)\s+at\s+byte\s+(\d+)\s", proofs, re.IGNORECASE)
    assert len(found) >= 10
    by_name = {p.name: p for p in (corpora / "real-incident").rglob("*") if p.is_file()}
    for name, offset in found:
        content, at = by_name[name].read_bytes(), int(offset)
        assert at < len(content) and content[at - 1:at] == b"\n", (name, offset)


def test_incident_export_is_no_coverage(incident):
    proxy = [r for r in incident.coverage if r["hauberk.source"] == "httpproxy"]
    assert [r["hauberk.from"] for r in proxy] == ["2021-03-05T03:06:27.696Z"]


# ---- one file of each family ----

FAMILIES = {"agent", "audit", "cmdlet", "ecp", "ecp-activity", "ews", "httpproxy",
            "messagetracking", "smtp"}


def test_every_real_family_is_recognised(corpora):
    done = hunt(corpora / "real-logs")
    assert {r["hauberk.source"] for r in done.coverage} == FAMILIES
    assert not done.damage
    assert "not recognised" not in hunt_text(corpora / "real-logs").words


def test_every_real_file_counts(corpora):
    """Each file alone has coverage of exactly one family."""
    for path in sorted((corpora / "real-logs").rglob("*")):
        if path.is_file():
            done = hunt(path)
            assert len({r["hauberk.source"] for r in done.coverage}) == 1, path


def test_real_rows_are_no_attack(corpora):
    done = hunt(corpora / "real-logs")
    assert all(grade_at_most(g, "E0") for g in done.grades.values()), done.grades
    assert all(grade_at_most(r["hauberk.grade"], "E0") for r in done.findings)
