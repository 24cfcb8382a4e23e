"""Pages on disk in a hunt: graded by what they are and where they lie, joined with the logs."""
import pathlib
import shutil
import sqlite3
import struct

import pages
from conftest import (ATTACKER, VISITOR, exchange, exchange_header, honest_iis, hunt, hunt_text,
                      iis, page_answered, run, w3c_row, write_lines)

V15 = pathlib.PurePath("C/Program Files/Microsoft/Exchange Server/V15")
AUTH = V15 / "FrontEnd/HttpProxy/owa/auth"
WWWROOT = pathlib.PurePath("C/inetpub/wwwroot")
IIS_LOG = pathlib.PurePath("C/inetpub/logs/LogFiles/W3SVC1/u_ex210303.log")


def page_findings(done):
    return sorted((r["rule.id"], r["hauberk.grade"], pathlib.PurePath(r["log.file.path"]).name)
                  for r in done.findings if r["hauberk.source"] == "file")


def httpproxy_of_build(path, build):
    major, minor, number, revision = build.split(".")
    columns = ("DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,"
               "ServerHostName,Protocol,UrlStem,Method,HttpStatus")
    rows = [f"2021-03-03T06:{i:02}:00.000Z,id{i},{major},{minor},{number},{revision},EX01,Owa,"
            "/owa/,GET,200" for i in range(3)]
    return write_lines(path, exchange_header("httpproxy", columns) + rows)


def test_shell_is_planted(tmp_path):
    pages.write(tmp_path / "ex01" / WWWROOT / "shop/up.aspx", pages.SHELL)
    done = hunt(tmp_path / "ex01")
    assert done.status == 1
    assert done.grades == {"ex01": "E4"}
    assert page_findings(done) == [("hauberk-page-shell", "E4", "up.aspx")]
    [record] = done.kind("page")
    assert record["hauberk.class"] == "shell" and record["host.name"] == "ex01"
    assert record["hauberk.reasons"]
    text = hunt_text(tmp_path / "ex01")
    assert "a back door lies on its disk" in text.words
    assert "BACK DOORS ON DISK" in text.text
    assert "whoever writes a file can set it" in text.words


def test_present_and_answered_names_both_proofs(tmp_path):
    root = tmp_path / "ex01"
    pages.write(root / WWWROOT / "aspnet_client/zz.aspx", pages.SHELL)
    iis(root / IIS_LOG, honest_iis() + [page_answered()])
    done = hunt(root)
    assert done.grades == {"ex01": "E5"}
    assert page_findings(done) == [("hauberk-page-shell", "E4", "zz.aspx")]
    assert len({r["hauberk.incident"] for r in done.findings if "hauberk.incident" in r}) == 1
    text = hunt_text(root)
    assert "zz.aspx, a web shell [1]; it answered as /aspnet_client/zz.aspx [2]" in text.words


def test_any_application(tmp_path):
    """A shell outside of Exchange's folders: no rule records its rows, the hunt looks for them."""
    root = tmp_path / "ex01"
    pages.write(root / "D/sites/shop/up.aspx", pages.SHELL)
    pages.write(root / "D/sites/shop/ok.aspx", pages.HONEST)
    iis(root / IIS_LOG, honest_iis() + [
        w3c_row("2021-03-03T07:00:00", cs_uri_stem="/shop/ok.aspx", c_ip=VISITOR),
        w3c_row("2021-03-03T07:00:01", cs_uri_stem="/shop/Up.aspx", c_ip=ATTACKER,
                cs_method="POST"),
        w3c_row("2021-03-03T07:00:02", cs_uri_stem="/shop/up.aspx", c_ip=ATTACKER,
                sc_status="404"),
        w3c_row("2021-03-03T07:00:03", cs_uri_stem="/else/up.aspx", c_ip=VISITOR)])
    done = hunt(root)
    assert done.grades == {"ex01": "E5"}
    answers = [r for r in done.findings if r["rule.id"] == "hauberk-page-answered"]
    assert [(r["source.ip"], r["hauberk.outcome"], r["hauberk.page"]) for r in answers] == [
        (ATTACKER, "success", "/shop/up.aspx"), (ATTACKER, "refused", "/shop/up.aspx")]


def test_second_reading_of_parts(tmp_path):
    """The IIS log is read in parts both times: the same rows are found."""
    root = tmp_path / "ex01"
    pages.write(root / "D/sites/shop/up.aspx", pages.SHELL)
    rows = [w3c_row(f"2021-03-03T{h:02}:{m:02}:{s:02}") for h in range(3) for m in range(60)
            for s in range(0, 60, 6)]
    for at in range(100, len(rows), 400):
        rows[at] = w3c_row(f"2021-03-03T0{at // 600}:30:00", cs_uri_stem="/shop/up.aspx",
                           c_ip=ATTACKER)
    iis(root / IIS_LOG, rows)
    whole, parts = hunt(root), hunt("--part-size", "8192", root)
    answers = [[r["hauberk.offset"] for r in done.findings
                if r["rule.id"] == "hauberk-page-answered"] for done in (whole, parts)]
    assert answers[0] == answers[1] and len(answers[0]) == 5


def test_writer_is_listed_without_grade(tmp_path):
    pages.write(tmp_path / "ex01/D/sites/shop/note.aspx", pages.WRITER)
    done = hunt(tmp_path / "ex01")
    assert done.status == 1
    assert done.grades == {"ex01": "N"}
    assert page_findings(done) == [("hauberk-page-writer", "N", "note.aspx")]
    assert "PAGES ON DISK TO LOOK AT" in hunt_text(tmp_path / "ex01").text


def test_stock_names_stay_silent(tmp_path):
    """A later build's pages: known names, contents that no table has."""
    root = tmp_path / "ex01"
    for name in ("logon.aspx", "errorFE.aspx", "signout.aspx", "expiredpassword.aspx",
                 "frowny.aspx", "logoff.aspx", "OutlookCN.aspx", "RedirSuiteServiceProxy.aspx",
                 "SvmFeedback.aspx"):
        pages.write(root / AUTH / name, pages.HONEST)
    pages.write(root / V15 / "FrontEnd/HttpProxy/ecp/auth/TimeoutLogout.aspx", pages.HONEST)
    pages.write(root / V15 / "ClientAccess/Owa/auth/error.aspx", pages.HONEST)
    pages.write(root / V15 / "ClientAccess/Autodiscover/web.config", "<configuration/>")
    pages.write(root / WWWROOT / "default.aspx", pages.HONEST)
    done = hunt(root)
    assert done.status == 0
    assert not done.findings and not done.kind("page")
    assert done.grades == {"ex01": "N"}


def test_foreign_by_place(tmp_path):
    root = tmp_path / "ex01"
    pages.write(root / AUTH / "zz.aspx", pages.HONEST)
    done = hunt(root)
    assert page_findings(done) == [("hauberk-page-foreign", "E4", "zz.aspx")]
    assert done.kind("page")[0]["hauberk.class"] == "foreign"


def test_tampered_only_where_the_build_is_known(tmp_path):
    for build, wanted in (("15.1.2106.2", [("hauberk-page-tampered", "N", "logon.aspx")]),
                          ("15.1.2507.61", [])):
        root = tmp_path / build / "ex01"
        pages.write(root / AUTH / "logon.aspx", pages.HONEST)
        httpproxy_of_build(root / V15 / "Logging/HttpProxy/Owa/HttpProxy_1.LOG", build)
        done = hunt(root)
        assert page_findings(done) == wanted
        assert done.grades == {"ex01": "N"}


def program_of_build(build):
    """A program of which nothing is there but its version resource."""
    a, b, c, d = (int(part) for part in build.split("."))
    fixed = struct.pack("<IIHHHH", 0xFEEF04BD, 0x10000, b, a, d, c) + bytes(36)
    version = struct.pack("<HHH", 92, 52, 0) + "VS_VERSION_INFO\0".encode("utf-16-le") + bytes(2)
    folder = struct.pack("<IIHHHH", 0, 0, 0, 0, 0, 1)
    tree = (folder + struct.pack("<II", 16, 0x80000018) + folder
            + struct.pack("<II", 1, 0x80000030) + folder + struct.pack("<II", 1033, 0x48)
            + struct.pack("<IIII", 0x1058, len(version + fixed), 0, 0))
    section = tree + version + fixed
    directories = bytes(16) + struct.pack("<II", 0x1000, len(section)) + bytes(104)
    optional = struct.pack("<H", 0x20b) + bytes(106) + struct.pack("<I", 16) + directories
    head = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0"
    head += struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, len(optional), 0x22)
    head += optional + b".rsrc\0\0\0" + struct.pack("<IIII", len(section), 0x1000, len(section),
                                                    0x200) + bytes(16)
    return head + bytes(0x200 - len(head)) + section


def test_build_of_the_installed_program(tmp_path):
    """Without rows that name the build, setup's own program does; rows are believed before it."""
    for build, wanted in (("15.1.2106.2", ["hauberk-page-tampered"]), ("15.2.1544.4", [])):
        root = tmp_path / build / "ex01"
        pages.write(root / AUTH / "logon.aspx", pages.HONEST)
        pages.write(root / V15 / "bin/ExSetup.exe", program_of_build(build))
        iis(root / IIS_LOG, honest_iis())
        assert [f[0] for f in page_findings(hunt(root))] == wanted
    httpproxy_of_build(root / V15 / "Logging/HttpProxy/Owa/HttpProxy_1.LOG", "15.1.2106.2")
    assert [f[0] for f in page_findings(hunt(root))] == ["hauberk-page-tampered"]


def test_report_reads_a_case_back(tmp_path):
    root = tmp_path / "ex01"
    pages.write(root / WWWROOT / "aspnet_client/zz.aspx", pages.SHELL)
    iis(root / IIS_LOG, [page_answered()])
    case = tmp_path / "x.case"
    first = hunt("-o", case, root)
    again = run("report", "--format", "ndjson", case)
    assert again.records == first.records
    text = run("report", case)
    assert text.out == hunt_text(root).out


def test_compiled_trace(tmp_path):
    """The page is gone; what ASP.NET compiled says that it ran."""
    root = tmp_path / "ex01"
    folder = "C/Windows/Microsoft.NET/Framework64/v4.0.30319/Temporary ASP.NET Files/root/1/2"
    for name in ("/aspnet_client/zz.aspx", "/owa/auth/logon.aspx"):
        pages.write(root / folder / (name.rsplit("/", maxsplit=1)[-1] + ".1a2b3c4d.compiled"),
                    '<?xml version="1.0" encoding="utf-8"?>\n<preserve resultType="3" '
                    f'virtualPath="{name}" hash="1" filehash="2" flags="110000" '
                    'assembly="App_Web_a" type="ASP.zz_aspx">\n<filedeps>\n'
                    f'<filedep name="{name}" />\n</filedeps>\n</preserve>\n')
    done = hunt(root)
    assert page_findings(done) == [("hauberk-page-ran", "E4", "zz.aspx.1a2b3c4d.compiled")]
    assert "/aspnet_client/zz.aspx" in " ".join(done.kind("page")[0]["hauberk.reasons"])


def test_yara_match_is_a_finding(tmp_path):
    root = tmp_path / "ex01"
    pages.write(root / "D/sites/shop/ok.aspx", pages.HONEST)
    rule = pages.write(tmp_path / "r.yar", 'rule mine { meta: description = "What I look for" '
                       'strings: $a = "Inherits" condition: $a }')
    done = hunt("--yara", rule, root)
    [finding] = done.findings
    assert (finding["rule.id"], finding["rule.name"], finding["hauberk.source"],
            finding["hauberk.grade"]) == ("mine", "What I look for", "file", "N")
    assert finding["hauberk.offset"] == pages.HONEST.index("Inherits")
    staged = pages.write(tmp_path / "s.yar", 'rule mine { meta: hauberk_stage = "plant" '
                         'strings: $a = "Inherits" condition: $a }')
    assert hunt("--yara", staged, root).grades == {"ex01": "E4"}


def test_interrupted_case_goes_on(tmp_path):
    """A case without its page is not the same evidence; the same one is finished as usual."""
    root = tmp_path / "ex01"
    pages.write(root / "D/sites/shop/up.aspx", pages.SHELL)
    iis(root / IIS_LOG, [w3c_row("2021-03-03T07:00:01", cs_uri_stem="/shop/up.aspx",
                                 c_ip=ATTACKER)])
    whole = hunt("-o", tmp_path / "a.case", root)
    shutil.copy(tmp_path / "a.case", tmp_path / "b.case")
    with sqlite3.connect(tmp_path / "b.case") as case:
        case.execute("UPDATE meta SET value='0' WHERE key='finished'")
        case.execute("UPDATE meta SET value='1' WHERE key='partial'")
    case.close()
    again = hunt("-o", tmp_path / "b.case", root)
    assert again.records == whole.records
