"""Configurations in a hunt: mitigations, what attackers add, and the checklist of ED 21-02."""
import pathlib

import pytest

import evtx_writer
from conftest import honest_iis, hunt, hunt_text, iis, run, unpacked, write_bytes

INETSRV = pathlib.PurePath("C/Windows/System32/inetsrv/config/applicationHost.config")
ROOT = pathlib.PurePath("C/inetpub/wwwroot/web.config")
HTTPPROXY = pathlib.PurePath("C/Program Files/Microsoft/Exchange Server/V15/FrontEnd/HttpProxy")
IIS_LOG = pathlib.PurePath("C/inetpub/logs/LogFiles/W3SVC1/u_ex210303.log")
MODULE = ('<add name="RewriteModule" image="%SystemRoot%\\system32\\inetsrv\\rewrite.dll"/>')
EOMT2 = ('<rule name="PowerShell - inbound" stopProcessing="true"><match url=".*"/><conditions>'
         '<add input="{UrlDecode:{REQUEST_URI}}" pattern="(?=.*autodiscover)(?=.*powershell)"/>'
         '</conditions><action type="AbortRequest"/></rule>')


def host(directories="", modules=MODULE):
    return ('<?xml version="1.0"?>\n<configuration><system.applicationHost><sites>'
            '<site name="Default Web Site"><application path="/">'
            '<virtualDirectory path="/" physicalPath="%SystemDrive%\\inetpub\\wwwroot"/>\n'
            f'{directories}</application></site></sites></system.applicationHost>'
            f'<system.webServer><globalModules>{modules}</globalModules></system.webServer>'
            '</configuration>').encode()


def web(rules):
    return ('<configuration><system.webServer><rewrite><rules>' + rules +
            '</rules></rewrite></system.webServer></configuration>').encode()


def mitigations(done):
    return [(r["hauberk.mitigation"], r["hauberk.state"], tuple(r["hauberk.stops"]))
            for r in done.kind("setting") if "hauberk.mitigation" in r]


def added(done):
    return [(r["hauberk.setting"], r["hauberk.grade"]) for r in done.kind("setting")
            if "hauberk.setting" in r]


def test_mitigation_works_in_any_encoding(tmp_path):
    write_bytes(tmp_path / "ex01" / INETSRV, host())
    for text in (web(EOMT2), b"\xff\xfe" + web(EOMT2).decode().encode("utf-16-le"),
                 b"\xef\xbb\xbf" + web(EOMT2)):
        write_bytes(tmp_path / "ex01" / ROOT, text)
        done = hunt(tmp_path / "ex01")
        assert done.status == 0 and done.grades == {"ex01": "N"}
        assert mitigations(done) == [("EOMTv2", "effective", ("CVE-2022-41040",))]
        [record] = done.kind("setting")
        raw = pathlib.Path(record["file.path"]).read_bytes()[record["hauberk.offset"]:]
        assert raw.replace(b"\0", b"").startswith(b'<rule name="PowerShell')


def test_cleared_below_names_both_places(tmp_path):
    write_bytes(tmp_path / "ex01" / INETSRV, host())
    write_bytes(tmp_path / "ex01" / ROOT, web(EOMT2))
    write_bytes(tmp_path / "ex01" / HTTPPROXY / "Autodiscover/web.config", web("<clear />"))
    assert mitigations(hunt(tmp_path / "ex01")) == [("EOMTv2", "not effective", ())]
    text = hunt_text(tmp_path / "ex01")
    assert "DOES NOT WORK. It is taken away again at Default Web Site/autodiscover [1]" in text.words


@pytest.mark.parametrize("rules,lost", [("", True), (EOMT2.replace(
    "PowerShell - inbound", "EEMS M1.1 PowerShell - inbound"), False)])
def test_lost_only_where_an_event_shows_it_earlier(tmp_path, rules, lost):
    write_bytes(tmp_path / "ex01" / INETSRV, host())
    write_bytes(tmp_path / "ex01" / ROOT, web(rules))
    states = [m[:2] for m in mitigations(hunt(tmp_path / "ex01"))]
    assert ("EEMS M1", "lost") not in states
    evtx_writer.write(tmp_path / "ex01/Application.evtx", [evtx_writer.event(
        "Application", 1005, [("Data", "Mitigation PING1, M1 applied")],
        provider="MSExchange Mitigation Service", computer="ex01")])
    states = [m[:2] for m in mitigations(hunt(tmp_path / "ex01"))]
    assert states == [("EEMS M1", "lost" if lost else "effective")]
    if lost:
        assert 'applied "M1", as its event of 20' in hunt_text(tmp_path / "ex01").words


def test_directory_with_a_reserved_name_is_a_back_door(tmp_path):
    write_bytes(tmp_path / "ex01" / INETSRV, host(
        '<virtualDirectory path="/aspnet_client/x" physicalPath="C:\\ProgramData\\COM1\\x"/>'))
    done = hunt(tmp_path / "ex01")
    assert done.status == 1 and done.grades == {"ex01": "E4"}
    assert added(done) == [("reserved directory", "E4")]
    [verdict] = done.kind("verdict")
    assert verdict["hauberk.harm.persistence"] == "proven"
    text = hunt_text(tmp_path / "ex01")
    assert "a back door stands in its settings" in text.words
    assert "COM1" in text.words and "line 3" in text.words


def test_a_vendors_module_is_no_finding(tmp_path):
    iis(tmp_path / "ex01" / IIS_LOG, honest_iis())
    write_bytes(tmp_path / "ex01" / INETSRV, host(
        '<virtualDirectory path="/v" physicalPath="C:\\Program Files\\Vendor\\site"/>',
        MODULE + '<add name="Mon" image="C:\\Program Files\\Vendor\\mon.dll"/>'))
    done = hunt(tmp_path / "ex01")
    assert done.status == 0 and done.grades == {"ex01": "N"}
    assert added(done) == [("module", "N")] and not done.findings
    assert "is it one of yours?" in hunt_text(tmp_path / "ex01").words


def test_module_from_temp_is_to_be_looked_at(tmp_path):
    write_bytes(tmp_path / "ex01" / INETSRV, host(
        modules=MODULE + '<add name="F" image="C:\\Windows\\Temp\\f.dll"/>'))
    done = hunt(tmp_path / "ex01")
    assert done.status == 1 and done.grades == {"ex01": "N"}
    assert [f["rule.id"] for f in done.findings] == ["hauberk-setting-open-module"]


@pytest.mark.parametrize("text", [
    b"<!DOCTYPE configuration [<!ENTITY a 'b'>]><configuration>&a;</configuration>",
    b"<configuration><system.webServer>" + b"<a>" * 100, host()[:-40],
    b"<configuration><system.webServer/>\xff\xff"])
def test_broken_xml_is_damage(tmp_path, text):
    write_bytes(tmp_path / "ex01" / INETSRV, text)
    done = hunt(tmp_path / "ex01")
    [damage] = done.kind("damage")
    assert done.status == 3 and "not well-formed XML" in damage["hauberk.reason"]


def test_hostile_names_are_text(tmp_path):
    write_bytes(tmp_path / "ex01" / INETSRV, host(
        '<virtualDirectory path="/&#x202e;x" physicalPath="C:\\Temp\\&#x9b;31m&lt;b&gt;"/>'))
    text = hunt_text(tmp_path / "ex01").text
    assert "\u202e" not in text and "\x9b" not in text and "Temp" in text


def test_checklist(tmp_path):
    case = tmp_path / "case"
    iis(tmp_path / "ex01" / IIS_LOG, honest_iis())
    write_bytes(tmp_path / "ex01/C/Windows/debug/msert.log", b"Microsoft Safety Scanner\r\n")
    hunt_text("-o", case, tmp_path / "ex01")
    text = run("report", "--checklist", case).words
    assert "Web logs were collected: DONE. Read: iis, from 2021-03-03" in text
    assert "Windows event logs were collected: NOT DECIDABLE." in text
    assert "A full scan with Microsoft's MSERT was run: NOT DECIDABLE. A file of that name" in text
    assert "msert.log at byte 0" in text
    assert "No log that was read could show CVE-2021-26857" in text
    assert text.count("DONE.") == 1


# ---- real configurations ----

@pytest.fixture(name="captures", scope="module")
def fixture_captures(corpora, tmp_path_factory):
    folder = unpacked(corpora / "exchange-configs.tar.zst", tmp_path_factory.mktemp("configs"))
    return folder / "Diagnostics/HealthChecker/Tests/DataCollection"


def test_real_mitigations_are_recognised(captures):
    """The file that holds them is not well-formed, so IIS would refuse it."""
    done = hunt(captures / "E19/Exchange/IIS/DefaultWebSite_web1.config",
                captures / "E19/Exchange/IIS/applicationHost.config")
    rules = [(r["hauberk.name"], r["hauberk.mitigation"], r["hauberk.line"])
             for r in done.kind("setting") if r["hauberk.mitigation"] != "Extended Protection"]
    assert rules == [("EEMS M1.1 PowerShell - inbound", "EEMS M1", 49),
                     ("RequestBlockingRule1", "hand-made", 56),
                     ("PowerShell - inbound", "EOMTv2", 63)]
    assert {m[1:] for m in mitigations(done) if m[0] != "Extended Protection"} == {
        ("not decidable", ("CVE-2022-41040",))}


@pytest.mark.parametrize("name,state", [
    ("E16/Exchange/IIS/applicationHost.config", "not effective"),
    ("E19/Exchange/IIS/applicationHost.config", "not effective"),
    ("E19/Exchange/IIS/applicationHost1.config", "effective"),
    ("E19/Exchange/IIS/applicationHost2.config", "partly effective")])
def test_real_extended_protection(captures, name, state):
    assert [m[:2] for m in mitigations(hunt(captures / name))] == [("Extended Protection", state)]


def test_real_servers_have_nothing_added(captures):
    for server in ("E16", "E19"):
        done = hunt(captures / server / "Exchange")
        assert not done.findings and not added(done)
