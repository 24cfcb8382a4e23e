"""--allow: findings that somebody closes, with a reason and a last day; and what it never hides."""
import hashlib
import pathlib
import sqlite3

import pages
import pytest
from conftest import (ATTACKER, VISITOR, exchange, generate, honest_iis, hunt, hunt_text, iis,
                      page_answered, proxylogon, run)

FAR = "2098-12-31"
WWWROOT = pathlib.PurePath("C/inetpub/wwwroot")
IIS_LOG = pathlib.PurePath("C/inetpub/logs/LogFiles/W3SVC1/u_ex210303.log")
PROXY_LOG = pathlib.PurePath("HttpProxy/Ecp/HttpProxy_2021030306-1.LOG")
ANSWERED = "42f7cb88-5427-45b2-8492-e03399fad1e4"


def allow(tmp_path, *entries, name="allow.yml"):
    """A list; an entry is text, or keys of one (reason and expires are added)."""
    lines = []
    for entry in entries:
        keys = {"reason": "known to us", "expires": FAR, **entry}
        pairs = [f"{k.rstrip('_')}: {v}" for k, v in keys.items() if v is not None]
        lines.append("- " + "\n  ".join(pairs))
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n")
    return path


def scan_log(root):
    """One probe of VISITOR, one of ATTACKER."""
    rows = [proxylogon("probe", "2021-03-03T06:10:00.000Z", ClientIpAddress=VISITOR),
            proxylogon("probe", "2021-03-03T06:20:00.000Z")]
    exchange(root / PROXY_LOG, "httpproxy", rows)
    return root


def open_findings(done):
    return [r for r in done.findings if "hauberk.allowed" not in r]


def closed_findings(done):
    return [r for r in done.findings if "hauberk.allowed" in r]


# ---- what is closed ----

def test_own_scanner(tmp_path):
    root = scan_log(tmp_path / "ex01")
    before = hunt(root)
    assert before.status == 1 and before.grades == {"ex01": "E0"}
    done = hunt("--allow", allow(tmp_path, {"source": VISITOR, "by": "Jane"}), root)
    assert done.status == 1 and done.grades == {"ex01": "E0"}  # the other one is there
    assert len(open_findings(done)) == 1 and len(closed_findings(done)) == 1
    assert len(done.findings) == len(before.findings)
    assert closed_findings(done)[0]["hauberk.allowed"] == "known to us"
    assert "hauberk.incident" not in closed_findings(done)[0]
    [record] = done.kind("allow")
    assert record["hauberk.findings"] == 1 and record["hauberk.matched"] is True
    assert record["hauberk.by"] == "Jane" and record["hauberk.expired"] is False
    assert record["hauberk.expires"].startswith(FAR)
    assert record["hauberk.keys"] == f"source {VISITOR}"


def test_all_closed_is_exit_0_and_told(tmp_path):
    root = scan_log(tmp_path / "ex01")
    path = allow(tmp_path, {"source": f"[{VISITOR}, {ATTACKER}/32]"}, {"source": "192.0.2.99"})
    done = hunt("--allow", path, root)
    assert done.status == 0 and done.grades == {"ex01": "N"}
    [verdict] = done.kind("verdict")
    assert verdict["hauberk.allowed.findings"] == 2
    assert verdict["hauberk.allowed.grade"] == "E0"
    assert [r["hauberk.matched"] for r in done.kind("allow")] == [True, False]
    text = hunt_text("--allow", path, root)
    assert text.status == 0
    assert "2 findings of this host are closed by your allow list" in text.words
    assert f"2 findings, the gravest E0, until {FAR}: known to us" in text.words
    assert "Closes nothing here: known to us" in text.words
    assert "HttpProxy_2021030306-1.LOG at byte" in text.words


def test_all_keys_must_fit(tmp_path):
    root = scan_log(tmp_path / "ex01")
    for keys, closed in [({"host": "ex01.corp.example"}, 1), ({"host": "ex02"}, 0),
                         ({"agent": "python-requests/*"}, 1), ({"agent": "curl/*"}, 0),
                         ({"agent": "python-requests/2.25.1"}, 1),
                         ({"from": "2021-03-03T06:05:00Z"}, 1),
                         ({"from": "2021-03-03T06:15:00Z"}, 0), ({"until": "2021-03-03"}, 1),
                         ({"until": "2021-03-02"}, 0), ({"rule": "no-such-rule"}, 0)]:
        done = hunt("--allow", allow(tmp_path, {"source": VISITOR, **keys}), root)
        assert len(closed_findings(done)) == closed, keys


def test_expired_entry_closes_nothing_and_is_told(tmp_path):
    root = scan_log(tmp_path / "ex01")
    path = allow(tmp_path, {"source": VISITOR, "expires": "2021-12-31"})
    done = hunt("--allow", path, root)
    assert not closed_findings(done)
    [record] = done.kind("allow")
    assert record["hauberk.expired"] is True and record["hauberk.findings"] == 0
    assert "EXPIRED on 2021-12-31 and closes nothing any more" in hunt_text(
        "--allow", path, root).words


def test_own_scanner_with_its_back_end_rows(tmp_path):
    """What the back end logs of a scan names the server itself as source: closed with it."""
    generate(tmp_path / "ev", "scanned", size="1M", seed=7)
    done = hunt(tmp_path / "ev")
    sources = {r["source.ip"] for r in done.findings if r["hauberk.source"] == "httpproxy"}
    assert len({r["source.ip"] for r in done.findings}) > len(sources)
    path = allow(tmp_path, {"source": f"[{', '.join(sorted(sources))}]"})
    done = hunt("--allow", path, tmp_path / "ev")
    assert done.status == 0 and set(done.grades.values()) == {"N"}


# ---- the case keeps it ----

def test_case_keeps_and_reopens(tmp_path):
    root, case = scan_log(tmp_path / "ex01"), tmp_path / "ex01.case"
    before = hunt("-o", case, root)
    path = allow(tmp_path, {"source": VISITOR})
    closed = run("report", "--format", "ndjson", "--allow", path, case)
    assert len(closed_findings(closed)) == 1
    assert closed.out == hunt("--allow", path, root).out
    assert run("report", "--format", "ndjson", case).out == closed.out
    assert run("report", "--format", "ndjson", "--no-allow", case).out == before.out
    assert run("report", "--format", "ndjson", case).out == before.out
    run("report", "--allow", path, case)
    (tmp_path / "empty.yml").write_text("# nothing any more\n")
    done = run("report", "--format", "ndjson", "--allow", tmp_path / "empty.yml", case)
    assert done.out == before.out


def test_entry_that_expires_later_opens_in_reports(tmp_path):
    root, case = scan_log(tmp_path / "ex01"), tmp_path / "ex01.case"
    done = hunt("-o", case, "--allow", allow(tmp_path, {"source": VISITOR}), root)
    assert len(closed_findings(done)) == 1
    with sqlite3.connect(case) as db:
        db.execute("UPDATE triage SET expires=1640995199999")
    content = case.read_bytes()
    done = run("report", "--format", "ndjson", case)
    assert not closed_findings(done) and done.kind("allow")[0]["hauberk.expired"] is True
    assert case.read_bytes() == content  # whoever only reads changes nothing


def test_read_only_case(tmp_path):
    root, case = scan_log(tmp_path / "ex01"), tmp_path / "ex01.case"
    hunt("-o", case, root)
    case.chmod(0o444)
    done = run("report", "--allow", allow(tmp_path, {"source": VISITOR}), case)
    assert done.status in (1, 2)  # root may write anything
    assert run("report", case).status == 1


# ---- what is never closed ----

def planted(root, page="aspnet_client/zz.aspx", **cells):
    shell = pages.write(root / WWWROOT / page, pages.SHELL)
    iis(root / IIS_LOG, honest_iis() + [page_answered(page=f"/{page}", **cells)])
    return hashlib.sha256(shell.read_bytes()).hexdigest()


def test_source_never_covers_a_shell_or_its_answers(tmp_path):
    planted(tmp_path / "ex01")
    for keys in ({"source": ATTACKER}, {"source": ATTACKER, "rule": ANSWERED},
                 {"source": ATTACKER, "page": "/aspnet_client/zz.aspx"},
                 {"page": "/aspnet_client/zz.aspx"}, {"rule": "hauberk-page-shell"},
                 {"page": r"C:\inetpub\wwwroot\aspnet_client\zz.aspx"}):
        done = hunt("--allow", allow(tmp_path, keys), tmp_path / "ex01")
        assert done.grades == {"ex01": "E5"}, keys
        assert not closed_findings(done), keys
        [record] = done.kind("allow")
        assert record["hauberk.held"] > 0 and record["hauberk.matched"] is True, keys
        assert "stay open" in hunt_text("--allow", allow(tmp_path, keys),
                                        tmp_path / "ex01").words


def test_own_page_by_hash_and_path(tmp_path):
    digest = planted(tmp_path / "ex01")
    page = r"[/aspnet_client/zz.aspx, 'C:\inetpub\wwwroot\aspnet_client\zz.aspx']"
    done = hunt("--allow", allow(tmp_path, {"sha256": digest, "page": page}), tmp_path / "ex01")
    assert done.status == 0 and done.grades == {"ex01": "N"}
    assert len(closed_findings(done)) == 2
    text = hunt_text("--allow", allow(tmp_path, {"sha256": digest, "page": page}),
                     tmp_path / "ex01")
    assert "BACK DOORS ON DISK" not in text.text
    # other content, or the same content elsewhere, is open
    other = hunt("--allow", allow(tmp_path, {"sha256": "0" * 64, "page": page}),
                 tmp_path / "ex01")
    assert other.grades == {"ex01": "E5"}
    pages.write(tmp_path / "ex01" / WWWROOT / "shop/zz.aspx", pages.SHELL)
    copied = hunt("--allow", allow(tmp_path, {"sha256": digest, "page": page}),
                  tmp_path / "ex01")
    assert copied.grades == {"ex01": "E4"}
    assert [pathlib.PurePath(r["log.file.path"]).parts[-2] for r in open_findings(copied)] == [
        "shop"]


def test_hash_alone_is_not_enough_for_a_back_door(tmp_path):
    digest = planted(tmp_path / "ex01")
    done = hunt("--allow", allow(tmp_path, {"sha256": digest}), tmp_path / "ex01")
    assert done.grades == {"ex01": "E5"}


def test_known_page_of_the_logs(tmp_path):
    root = tmp_path / "ex01"
    iis(root / IIS_LOG, honest_iis() + [page_answered()])
    done = hunt("--allow", allow(tmp_path, {"page": "/aspnet_client/ZZ.aspx"}), root)
    assert done.grades == {"ex01": "N"} and done.status == 0
    assert hunt("--allow", allow(tmp_path, {"source": ATTACKER}), root).grades == {"ex01": "E5"}
    assert hunt("--allow", allow(tmp_path, {"rule": ANSWERED}), root).grades == {"ex01": "E5"}
    done = hunt("--allow", allow(tmp_path, {"rule": ANSWERED, "source": ATTACKER}), root)
    assert done.grades == {"ex01": "N"}


def test_what_a_scanner_achieved_stays_open(tmp_path):
    """A source alone closes what was asked; a changed configuration needs the rule, too."""
    root = tmp_path / "ex01"
    rows = [proxylogon(step, f"2021-03-03T06:{10 + i}:00.000Z") for i, step in
            enumerate(["probe", "identity", "session", "read", "change", "write"])]
    exchange(root / PROXY_LOG, "httpproxy", rows)
    assert hunt(root).grades == {"ex01": "E4"}
    done = hunt("--allow", allow(tmp_path, {"source": ATTACKER}), root)
    assert done.grades == {"ex01": "E4"}
    assert {r["hauberk.grade"] for r in closed_findings(done)} <= {"E0", "E1", "E2"}
    assert {r["hauberk.grade"] for r in open_findings(done)} == {"E3", "E4"}
    rules = sorted({r["rule.id"] for r in open_findings(done)})
    named = allow(tmp_path, {"source": ATTACKER}, {"source": ATTACKER,
                                                   "rule": f"[{', '.join(rules)}]"})
    assert hunt("--allow", named, root).grades == {"ex01": "N"}


CORRELATION = """
title: Asked
name: asked
logsource: {category: webserver}
detection: {sel: {cs-uri-stem|contains: /own/}, condition: sel}
level: low
---
title: Asked often
id: 11111111-2222-4333-8444-555555555555
tags: [hauberk.stage.scan]
correlation: {type: event_count, rules: [asked], timespan: 1h, condition: {gte: 3}}
level: low
"""


@pytest.mark.parametrize("sources, keys, closed", [
    ([VISITOR] * 3, {}, True),
    ([ATTACKER, VISITOR, VISITOR], {}, False),  # the last one is ours, the first is not
    ([VISITOR] * 3, {"rule": "11111111-2222-4333-8444-555555555555"}, True),
    ([ATTACKER, VISITOR, VISITOR], {"rule": "11111111-2222-4333-8444-555555555555"}, False),
])
def test_correlation_with_all_its_parts(tmp_path, sources, keys, closed):
    (tmp_path / "r.yml").write_text(CORRELATION)
    rows = [page_answered(f"2021-03-03T07:0{i}:00", "/own/a", c_ip=source, cs_method="GET")
            for i, source in enumerate(sources)]
    iis(tmp_path / "ex01" / IIS_LOG, rows)
    done = hunt("-r", tmp_path / "r.yml", "--allow",
                allow(tmp_path, {"source": VISITOR, **keys}), tmp_path / "ex01")
    assert [r["rule.name"] for r in done.findings] == ["Asked often"]
    assert (done.status == 0, len(closed_findings(done)) == 1) == (closed, closed)


# ---- what a list may not say ----

@pytest.mark.parametrize("keys, reason", [
    ({}, "this entry would close everything"),
    ({"host": "ex01"}, "this entry would close everything"),
    ({"from": "2021-03-01"}, "this entry would close everything"),
    ({"agent": "curl*"}, "an agent is what anybody can send"),
    ({"agent": "curl*", "rule": "x"}, "an agent is what anybody can send"),
    ({"source": "0.0.0.0/0"}, "too wide"), ({"source": "'::/0'"}, "too wide"),
    ({"source": "10.0.0.0/7"}, "too wide"), ({"source": "'::/80'"}, "too wide"),
    ({"source": "127.0.0.1"}, "is the server itself"),
    ({"source": "'::1'"}, "is the server itself"),
    ({"source": "anything"}, "is no address or network"),
    ({"source": "[]"}, "an empty list"), ({"source": "''"}, "is empty"),
    ({"source": "{a: b}"}, "a text or a list of texts"),
    ({"source": VISITOR, "agent": "'*'"}, "four characters"),
    ({"source": VISITOR, "agent": "a*c"}, "not its last character"),
    ({"sha256": "abc"}, "is no SHA-256"), ({"page": "zz.aspx"}, "is no path"),
    ({"page": "/"}, "is a folder"), ({"page": "/owa/"}, "is a folder"),
    ({"source": VISITOR, "reason": None}, "no reason is given"),
    ({"source": VISITOR, "reason": "' '"}, "a text is expected"),
    ({"source": VISITOR, "expires": None}, "every entry needs a last day"),
    ({"source": VISITOR, "expires": "never"}, "is no date"),
    ({"source": VISITOR, "colour": "red"}, "'colour' is no key of an entry"),
    ({"source": VISITOR, "from": "2021-03-02", "until": "2021-03-01"}, "until is before from"),
])
def test_refused(tmp_path, keys, reason):
    root = scan_log(tmp_path / "ex01")
    path = allow(tmp_path, {"source": "192.0.2.99"}, keys)
    done = run("hunt", "--no-progress", "--allow", path, root)
    assert done.status == 2 and not done.out
    assert reason in done.err, done.err
    assert f"{path}: line " in done.err


@pytest.mark.parametrize("text, reason", [
    ("reason: x\n", "an allow list is a list"), ("- x\n", "an entry is a map"),
    ("- &a {reason: x}\n", "anchors"), ("- {reason: x\n", "not YAML"),
    ("- {reason: x, reason: y}\n", "given twice"),
    ("- {reason: x, expires: 2098-01-01, source: 192.0.2.1}\n---\n- {}\n", "second document"),
])
def test_no_list(tmp_path, text, reason):
    (tmp_path / "a.yml").write_text(text)
    done = run("hunt", "--no-progress", "--allow", tmp_path / "a.yml", tmp_path)
    assert done.status == 2 and reason in done.err


def test_warnings(tmp_path):
    root = scan_log(tmp_path / "ex01")
    done = hunt("--allow", allow(tmp_path, {"source": "192.0.0.0/12"}), root)
    assert "line 1: expires in more than a year" in done.err
    assert "line 1: 192.0.0.0/12 is a wide network" in done.err


def test_missing_file_and_both_switches(tmp_path):
    root, case = scan_log(tmp_path / "ex01"), tmp_path / "ex01.case"
    assert run("hunt", "--allow", tmp_path / "none.yml", root).status in (2, 4)
    hunt("-o", case, root)
    path = allow(tmp_path, {"source": VISITOR})
    assert run("report", "--allow", path, "--no-allow", case).status == 2


def test_hostile_reason_is_escaped(tmp_path):
    root = scan_log(tmp_path / "ex01")
    path = tmp_path / "a.yml"
    path.write_text('- reason: "a\\e[31mred\\u202eb"\n  expires: 2098-01-01\n'
                    f"  source: {VISITOR}\n")
    text = hunt_text("--allow", path, root)
    assert b"\x1b" not in text.out and "\u202e" not in text.text
