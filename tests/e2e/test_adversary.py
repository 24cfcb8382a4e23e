"""What somebody would try who controls requests: to hide a deed, to frame an honest server, to
blame somebody else, or to stop the analysis. Each was found by an adversary's review."""
import sqlite3

import pytest

from conftest import (ATTACKER, exchange, exchange_row, honest_iis, honest_proxy, hunt, iis,
                      page_answered, proxylogon, run, w3c_row)

WHEN = "2021-03-03T06:30:00.000Z"
HOST = "ServerInfo~a]@mbx01.corp.example:444"


def grade(folder, **options):
    (value,) = set(hunt(folder, **options).grades.values())
    return value


def anchored(tmp_path, anchor, status="200", **cells):
    row = proxylogon("session", WHEN, AnchorMailbox=anchor, HttpStatus=status, **cells)
    exchange(tmp_path / "e" / "x.log", "httpproxy", [honest_proxy(), row])
    return grade(tmp_path / "e")


# ---- evading: the back end decodes and folds what the front end logs as it came ----

@pytest.mark.parametrize("anchor, status, expected", [
    (HOST + "/autodiscover/../ecp/DDI/DDIService.svc/SetObject?x&schema=Re%73etOABVirtual"
            "Directory#", "200", "E4"),
    (HOST + "/autodiscover/..%2fecp/DDI/DDIService.svc/SetObject?schema=ResetOABVirtualDirectory#",
     "200", "E4"),
    (HOST + "/autodiscover/../ecp/proxyLogon.ecp?#", "241", "E2"),
    ("ServerInfo~a]@localhost:444/owa/auth/..\\..\\ecp\\DDI\\DDIService.svc\\SetObject?schema="
     "Re%73etOABVirtualDirectory#", "200", "E4"),
    (HOST + "/ecp/%44DI/DDIService.svc/SetObject?schema=Re%73etOABVirtualDirectory#", "200", "E4"),
    (HOST + "/ecp/DDI/DDIService.svc/Get/../SetObject?schema=ResetOABVirtualDirectory#", "200",
     "E4"),
    (HOST + "/%65ws/exchange.asmx?#", "200", "E3"),
    (HOST + "\\mapi\\emsmdb?#", "200", "E2"),
    ("b]@mbx01.corp.example:444/mapi/emsmdb?#", "200", "E2"),
    # what stays a probe
    (HOST + "/autodiscover/autodiscover.xml?#", "200", "E0"),
    ("ServerInfo~localhost/owa/auth/logon.aspx?", "200", "E0"),
    ("ServerInfo~localhost/ecp/default.flt?", "200", "E0"),
])
def test_target_is_judged_in_its_normal_form(tmp_path, anchor, status, expected):
    assert anchored(tmp_path, anchor, status) == expected


@pytest.mark.parametrize("target, expected", [
    ("/%65ws/exchange.asmx?", "E3"),
    ("/mapi/%65msmdb/?", "E2"),
    ("/ecp/DDI/DDIService.svc/SetObject?schema=ResetOABVirtualDirectory", "E2"),
    ("\\powershell\\?", "E2"),
    ("/mapi/nspi/?", "E1"),
])
def test_path_confusion_is_judged_by_where_it_leads(tmp_path, target, expected):
    query = f"@evil.example{target}&Email=autodiscover/autodiscover.json%3F@evil.example"
    row = w3c_row("2021-08-09T06:30:00", cs_method="POST", c_ip=ATTACKER, sc_status="200",
                  cs_uri_stem="/autodiscover/autodiscover.json", cs_uri_query=query)
    iis(tmp_path / "e" / "x.log", honest_iis() + [row])
    assert grade(tmp_path / "e") == expected


@pytest.mark.parametrize("stem", [
    "/aspnet/x.aspx", "/aspnet_client2/x.aspx", "/aspnet_client/x.xamlx", "/default.aspx",
    "/(S(abcdefghijklmnopqrstuvwx))/owa/auth/x.aspx", "/owa/auth/x.aspx/logon.aspx"])
def test_shell_under_an_unusual_name(tmp_path, stem):
    row = page_answered(page=stem, cs_method="POST", cs_uri_query="cmd=whoami")
    iis(tmp_path / "e" / "x.log", honest_iis() + [row])
    assert grade(tmp_path / "e") == "E5"


def test_owassrf_behind_two_slashes(tmp_path):
    row = w3c_row("2022-12-01T06:30:00", cs_method="POST", c_ip=ATTACKER, sc_status="200",
                  cs_uri_stem="//owa/a@b.example/powershell")
    iis(tmp_path / "e" / "x.log", honest_iis() + [row])
    assert grade(tmp_path / "e") == "E2"


def test_many_headers_never_read_as_clean(tmp_path):
    lines = [f"#Fields: date time x-{i}" for i in range(80)]
    text = "#Software: Microsoft Internet Information Services 10.0\n" + "\n".join(lines) + \
           "\n#Fields: date time cs-method cs-uri-stem sc-status\n" \
           "2021-03-03 07:00:00 POST /aspnet_client/x.aspx 200\n"
    (tmp_path / "x.log").write_text(text)
    done = hunt(tmp_path / "x.log")
    assert done.status == 3 and any("headers" in r["hauberk.reason"] for r in done.damage)


# ---- framing an honest server by mere requests ----

@pytest.mark.parametrize("row, at_most", [
    (dict(cs_method="OPTIONS", cs_uri_stem="/aspnet_client/x.aspx"), "N"),
    (dict(cs_method="GET", cs_uri_stem="/autodiscover/autodiscover.json",
          cs_uri_query="Email=a@contoso.example&Protocol=ActiveSync&z=/ews/"), "N"),
    (dict(cs_method="GET", cs_uri_stem="/autodiscover/autodiscover.json",
          cs_uri_query="Email=a@contoso.example&Protocol=ActiveSync&z=/powershell"), "N"),
    (dict(cs_method="GET", cs_uri_stem="/autodiscover/autodiscover.json",
          cs_uri_query="Email=a@contoso.example&Protocol=ActiveSync&z=X-Rps-CAT"), "E1"),
    (dict(cs_method="GET", cs_uri_stem="/owa/auth/logon.aspx/a@b/powershell"), "N"),
])
def test_no_request_frames_an_honest_server(tmp_path, row, at_most):
    iis(tmp_path / "e" / "x.log",
        honest_iis() + [w3c_row("2021-09-03T06:30:00", c_ip=ATTACKER, sc_status="200", **row)])
    assert grade(tmp_path / "e") == at_most


def test_mail_address_is_no_reset(tmp_path):
    row = exchange_row("httpproxy", WHEN, Protocol="Autodiscover", Method="GET", HttpStatus="200",
                       UrlStem="/autodiscover/autodiscover.json", ClientIpAddress=ATTACKER,
                       AnchorMailbox="Smtp~ResetVirtualDirectory@contoso.example")
    exchange(tmp_path / "e" / "x.log", "httpproxy", [honest_proxy(), row])
    assert grade(tmp_path / "e") == "N"


def test_a_refused_attempt_is_not_blamed_for_somebody_elses_deed(tmp_path):
    bystander = "203.0.113.99"
    exchange(tmp_path / "e" / "x.log", "httpproxy", [
        proxylogon("session", "2021-03-03T06:01:12.000Z"),
        proxylogon("session", "2021-03-03T06:02:05.000Z", ClientIpAddress=bystander,
                   HttpStatus="401")])
    script = ("2021-03-03T06:02:07.000Z,EX01,ECP.Request,'S:CMD=Set-OabVirtualDirectory."
              "ExternalUrl=''http://f/<script language=\"JScript\" runat=\"server\">x"
              "</script>''';S:EX=")
    exchange(tmp_path / "e" / "ecp.log", "ecp", [script])
    text = run("hunt", "--no-progress", tmp_path / "e").out.decode()
    verdict = " ".join(text.split("WHAT HAPPENED")[0].split())
    assert f"from {ATTACKER} was answered" in verdict and bystander not in verdict


# ---- stopping the analysis ----

def test_a_repeated_request_id_joins_nothing_and_costs_nothing(tmp_path):
    """A quadratic join would take minutes here, and the harness gives it one."""
    rows = [w3c_row("2021-03-03T07:00:00", cs_method="GET", c_ip=ATTACKER, sc_status="404",
                    cs_uri_stem="/aspnet_client/a.aspx", cs_uri_query="cafeReqId=aaaa1111bbbb")
            for _ in range(20000)]
    iis(tmp_path / "e" / "x.log", rows)
    assert grade(tmp_path / "e") == "E1"


def test_case_with_code_in_it_is_refused(tmp_path):
    iis(tmp_path / "e" / "x.log", honest_iis() + [page_answered()])
    case = tmp_path / "x.case"
    hunt(tmp_path / "e", "-o", case)
    with sqlite3.connect(case) as database:
        database.executescript(
            "DROP TABLE damage; CREATE VIEW damage AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL"
            " SELECT x+1 FROM c) SELECT x AS item, 1 AS offset, 'x' AS reason FROM c;")
    assert run("report", case).status == 2


def test_json_lines_hold_no_deceptive_characters(tmp_path):
    row = page_answered(cs_User_Agent="a\u202eb\u009b31m\u2066c")
    iis(tmp_path / "e" / "x.log", honest_iis() + [row])
    text = hunt(tmp_path / "e").out.decode()
    assert not {"\u202e", "\u009b", "\u2066"} & set(text) and "\\u202e" in text
