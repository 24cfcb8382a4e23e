"""hauberk diff: what is new, gone, changed between two cases of the same servers."""
import hashlib
import pathlib
import shutil
import sqlite3

import pages
from conftest import (ATTACKER, VISITOR, exchange, honest_iis, hunt, iis, page_answered,
                      proxylogon, run, w3c_row, write_bytes)

WWWROOT = pathlib.PurePath("C/inetpub/wwwroot")
IIS_LOG = pathlib.PurePath("C/inetpub/logs/LogFiles/W3SVC1/u_ex210303.log")
PROXY_LOG = pathlib.PurePath("HttpProxy/Ecp/HttpProxy_2021030306-1.LOG")


def case_of(root, *options, name=None):
    path = root.parent / f"{name or root.name}.case"
    hunt("-o", path, "--host", "ex01", *options, root)
    return path


def diff(before, after, *options):
    done = run("diff", "--format", "ndjson", *options, before, after)
    assert done.status in (0, 1), done.err
    assert {r["record"] for r in done.records} <= {"diff"}
    return done


def told(done, what):
    return [r for r in done.records if r["hauberk.what"] == what]


def changes(done, what):
    return sorted((r["hauberk.change"], r.get("rule.name") or r.get("hauberk.place"))
                  for r in told(done, what))


def write_logs(root, extra=(), probes=1):
    iis(root / IIS_LOG, honest_iis() + list(extra))
    exchange(root / PROXY_LOG, "httpproxy",
             [proxylogon("probe", f"2021-03-03T06:1{i}:00.000Z") for i in range(probes)])
    return root


def test_nothing_new(tmp_path):
    case = case_of(write_logs(tmp_path / "a"))
    done = diff(case, case)
    assert done.status == 0 and not done.records
    text = run("diff", case, case)
    assert text.status == 0
    assert "NOTHING NEW WAS FOUND" in text.text and "ex01: E0 (scanned), as before" in text.text


def test_same_logs_elsewhere_and_packed(tmp_path):
    """The same rows in a file that has grown in front, moved and was packed are no news."""
    before = case_of(write_logs(tmp_path / "a", [page_answered()]))
    log = tmp_path / "b" / "copy" / "new-name.log.gz"
    iis(log, [w3c_row("2021-03-02T23:00:00")] + honest_iis() + [page_answered()])
    exchange(tmp_path / "b" / "x.LOG", "httpproxy", [proxylogon("probe", "2021-03-03T06:10:00.000Z")])
    done = diff(before, case_of(tmp_path / "b"))
    assert done.status == 0
    assert not told(done, "finding") and not told(done, "verdict")
    [coverage] = told(done, "coverage")
    assert coverage["hauberk.events"] == coverage["hauberk.before.events"] + 1


def test_new_finding_and_worse_grade(tmp_path):
    before = case_of(write_logs(tmp_path / "a"))
    after = case_of(write_logs(tmp_path / "b", [page_answered()]))
    done = diff(before, after)
    assert done.status == 1
    assert changes(done, "finding") == [("new", "Foreign page answered")]
    [verdict] = told(done, "verdict")
    assert (verdict["hauberk.before.grade"], verdict["hauberk.grade"]) == ("E0", "E5")
    assert done.records[0] is not None and done.records[0]["hauberk.what"] == "verdict"
    [finding] = told(done, "finding")
    assert finding["source.ip"] == ATTACKER and finding["hauberk.closed"] is False
    text = run("diff", before, after)
    assert text.status == 1
    assert "ex01: E5 (answered), was E0 (scanned): WORSE" in text.text
    assert text.text.index("WORSE") < text.text.index("Foreign page answered")
    back = diff(after, before)
    assert back.status == 0
    assert changes(back, "finding") == [("gone", "Foreign page answered")]


def test_equal_rows_are_counted(tmp_path):
    before = case_of(write_logs(tmp_path / "a", [page_answered()] * 2))
    done = diff(before, case_of(write_logs(tmp_path / "b", [page_answered()] * 3)))
    assert done.status == 1 and changes(done, "finding") == [("new", "Foreign page answered")]
    done = diff(tmp_path / "b.case", before)
    assert done.status == 0 and changes(done, "finding") == [("gone", "Foreign page answered")]


def test_pages(tmp_path):
    root = write_logs(tmp_path / "a")
    shell = pages.write(root / WWWROOT / "aspnet_client/zz.aspx", pages.SHELL)
    pages.write(root / WWWROOT / "shop/a.aspx", pages.HONEST)
    pages.write(root / WWWROOT / "shop/b.aspx", pages.HONEST)
    before = case_of(root)
    shutil.copytree(root, tmp_path / "deep" / "b")
    other = tmp_path / "deep" / "b"
    assert diff(before, case_of(other)).status == 0
    write_bytes(other / WWWROOT / "aspnet_client/zz.aspx", pages.SHELL.encode() + b"\n")
    (other / WWWROOT / "shop/a.aspx").unlink()
    pages.write(other / WWWROOT / "shop/b.aspx", pages.WRITER)
    pages.write(other / WWWROOT / "shop/c.aspx", pages.HONEST)
    done = diff(before, case_of(other, name="c"))
    assert done.status == 1
    places = {r["hauberk.place"].rpartition("/")[2]: r for r in told(done, "page")}
    assert {k: r["hauberk.change"] for k, r in places.items()} == {
        "zz.aspx": "changed", "a.aspx": "gone", "b.aspx": "changed", "c.aspx": "new"}
    assert places["zz.aspx"]["hauberk.before.sha256"] == hashlib.sha256(
        shell.read_bytes()).hexdigest()
    assert places["b.aspx"]["hauberk.before.class"] == "none"
    assert places["b.aspx"]["hauberk.class"] == "writer"
    text = run("diff", before, tmp_path / "deep" / "c.case").text
    assert "Pages with other content" in text and "New pages on disk" in text


def test_closed_findings(tmp_path):
    root = write_logs(tmp_path / "a", probes=0)
    iis(root / IIS_LOG, honest_iis() + [page_answered()])
    before = case_of(root)
    after = tmp_path / "closed.case"
    shutil.copy(before, after)
    (tmp_path / "allow.yml").write_text("- {reason: ours, expires: 2098-12-31, "
                                        "page: /aspnet_client/zz.aspx}\n")
    run("report", "--allow", tmp_path / "allow.yml", after)
    done = diff(before, after)
    assert done.status == 0
    [finding] = told(done, "finding")
    assert finding["hauberk.change"] == "changed"
    assert finding["hauberk.closed"] is True and finding["hauberk.before.closed"] is False
    [verdict] = told(done, "verdict")
    assert (verdict["hauberk.before.grade"], verdict["hauberk.grade"]) == ("E5", "N")
    back = diff(after, before)
    assert back.status == 1  # the grade went up again
    new = diff(case_of(write_logs(tmp_path / "none", probes=0)), after)
    assert new.status == 0 and told(new, "finding")[0]["hauberk.closed"] is True


def test_hosts_rules_and_settings(tmp_path):
    (tmp_path / "r.yml").write_text("""
title: Own rule
id: 11111111-2222-4333-8444-555555555555
logsource: {category: webserver}
detection: {sel: {cs-uri-stem: /owa/}, condition: sel}
level: low
""")
    root = write_logs(tmp_path / "a")
    before = case_of(root)
    after = case_of(root, "-r", tmp_path / "r.yml", "--with-builtin", "--until", "2021-03-04",
                    name="b")
    done = diff(before, after)
    assert done.status == 1
    assert changes(done, "rule") == [("new", "Own rule")]
    assert {r["hauberk.new_rule"] for r in told(done, "finding")} == {True}
    assert [(r["hauberk.setting"], r["hauberk.change"]) for r in told(done, "setting")] == [
        ("until", "new")]
    text = run("diff", before, after)
    assert "1 rules are new and 0 are gone" in " ".join(text.text.split())
    assert "by a rule that the earlier case did not have" in " ".join(text.text.split())
    other = tmp_path / "c"
    exchange(other / PROXY_LOG, "httpproxy", [proxylogon("probe", "2021-03-03T06:10:00.000Z",
                                                         host="EX02", ClientIpAddress=VISITOR)])
    hosts = {r["host.name"]: r["hauberk.change"] for r in told(diff(before, case_of(other)),
                                                                "verdict")}
    assert hosts == {"ex01": "gone", "ex02": "new"}


def test_builds(tmp_path):
    before = case_of(write_logs(tmp_path / "a"))
    after = tmp_path / "b.case"
    shutil.copy(before, after)
    with sqlite3.connect(after) as db:
        db.execute("INSERT INTO host_build(item, host, build) VALUES(0,'ex01','15.1.2106.2')")
    [build] = told(diff(before, after), "build")
    assert (build["hauberk.change"], build["hauberk.build"]) == ("new", "15.1.2106.2")


def test_what_is_refused(tmp_path):
    case = case_of(write_logs(tmp_path / "a"))
    (tmp_path / "no.case").write_bytes(b"no case at all")
    hostile = tmp_path / "view.case"
    shutil.copy(case, hostile)
    with sqlite3.connect(hostile) as db:
        db.execute("CREATE VIEW v AS SELECT 1")
    old = tmp_path / "old.case"
    shutil.copy(case, old)
    with sqlite3.connect(old) as db:
        db.execute("UPDATE meta SET value='hauberk-case-1' WHERE key='format'")
    for bad in (tmp_path / "no.case", hostile, old, tmp_path / "none.case", tmp_path):
        for pair in ((case, bad), (bad, case)):
            done = run("diff", *pair)
            assert done.status in (2, 4) and not done.out, bad
    assert run("diff", case).status == 2
    assert run("diff", case, case, case).status == 2


def test_cases_are_left_as_they_are_and_secrets_shortened(tmp_path):
    before = case_of(write_logs(tmp_path / "a"))
    secret = "/ecp/msExchEcpCanary=SECRETcanary1SECRETcanary1"
    after = case_of(write_logs(tmp_path / "b", [page_answered(
        page="/aspnet_client/zz.aspx/msExchEcpCanary=SECRETcanary1SECRETcanary1/")]))
    contents = before.read_bytes(), after.read_bytes()
    done = diff(before, after)
    assert (before.read_bytes(), after.read_bytes()) == contents
    assert secret not in done.text and b"SECRETcanary1SECRET" not in done.out
    assert b"SECRETcanary1SECRET" in diff(before, after, "--show-secrets").out


def test_hostile_names(tmp_path):
    before = case_of(write_logs(tmp_path / "a"))
    root = write_logs(tmp_path / "b")
    pages.write(root / WWWROOT / "aspnet_client/a\x1b[31m\u202eb.aspx", pages.SHELL)
    done = run("diff", before, case_of(root))
    assert done.status == 1
    assert b"\x1b" not in done.out and "\u202e" not in done.text
