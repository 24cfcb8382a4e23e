"""What the rows say: families, time windows, proxies, probes, secrets, exports, outcomes."""
import csv
import io

import pytest
from conftest import (ATTACKER, EXCHANGE, HTTPERR_FIELDS, IIS_FIELDS, PAGE_RULE, SESSION_RULE,
                      VISITOR, exchange, exchange_header, exchange_row, grade_at_most, guid,
                      honest_iis, honest_proxy, httperr, hunt, hunt_text, iis, names,
                      page_answered, proxylogon, w3c_row, write_bytes, write_lines)

WHEN = "2021-03-03T06:30:00.000Z"


# ---- families ----

ODD_CELLS = {
    "ecp": {"EventId": "ECP.Request", "EventData": "S:TIME=1;S:CMD=Get-Mailbox;S:EX="},
    "ecp-activity": {"EventId": "Request", "EventData": "S:PSA=ann;S:URL=/ecp/;S:Bld=15.1"},
}


@pytest.mark.parametrize("family", EXCHANGE)
def test_each_family_is_read(tmp_path, family):
    rows = [exchange_row(family, f"2021-03-03T06:{i:02}:00.000Z", **ODD_CELLS.get(family, {}))
            for i in range(3)]
    exchange(tmp_path / "e" / "some.log", family, rows)
    done = hunt(tmp_path / "e")
    assert [(r["hauberk.source"], r["hauberk.events"], r["hauberk.from"], r["hauberk.to"])
            for r in done.coverage] == [
        (family, 3, "2021-03-03T06:00:00.000Z", "2021-03-03T06:02:00.000Z")]
    assert not done.damage and not done.findings


def test_plain_line_of_names_in_front_is_no_row(tmp_path):
    """HttpProxy and EWS files begin with the names, in front of the # block."""
    lines = [EXCHANGE["httpproxy"][1]] + exchange_header("httpproxy") + [honest_proxy(WHEN)]
    write_lines(tmp_path / "e" / "x.log", lines)
    done = hunt(tmp_path / "e")
    assert [r["hauberk.events"] for r in done.coverage] == [1] and not done.damage


def test_columns_in_any_order_and_case(tmp_path):
    columns = ",".join(c if n == 0 else c.upper() for n, c in enumerate(
        ["DateTime", *reversed(EXCHANGE["httpproxy"][1].split(",")[1:])]))
    row = dict(zip(EXCHANGE["httpproxy"][1].split(","),
                   next(csv.reader([proxylogon("session", WHEN)]))))
    values = {k.upper(): v for k, v in row.items() if k != "DateTime"}
    exchange(tmp_path / "e" / "x.log", "httpproxy",
             [exchange_row("httpproxy", WHEN, columns=columns, **values)], columns)
    done = hunt(tmp_path / "e")
    assert names(done.findings) == [SESSION_RULE] and done.grades == {"ex01": "E2"}
    assert done.findings[0]["source.ip"] == ATTACKER


def test_w3c_families_are_read(tmp_path):
    iis(tmp_path / "e" / "a.log", honest_iis(3))
    httperr(tmp_path / "e" / "b.log", [w3c_row("2021-03-03T06:00:00", HTTPERR_FIELDS)])
    found = {(r["hauberk.source"], r["hauberk.events"]) for r in hunt(tmp_path / "e").coverage}
    assert found == {("iis", 3), ("httperr", 1)}


def test_gaps_are_told(tmp_path):
    iis(tmp_path / "e" / "a.log", [w3c_row("2021-03-03T00:00:00"), w3c_row("2021-03-03T02:59:00"),
                                   w3c_row("2021-03-03T09:00:00")])
    assert hunt(tmp_path / "e").coverage[0]["hauberk.gaps"] == [
        ["2021-03-03T02:59:00.000Z", "2021-03-03T09:00:00.000Z"]]


def test_gap_closed_by_another_file(tmp_path):
    iis(tmp_path / "e" / "a.log", [w3c_row("2021-03-03T00:00:00"), w3c_row("2021-03-03T05:00:00")])
    iis(tmp_path / "e" / "b.log", [w3c_row("2021-03-03T02:30:00")])
    assert hunt(tmp_path / "e").coverage[0]["hauberk.gaps"] == []


# ---- outcomes ----

@pytest.mark.parametrize("status,grade", [("200", "E5"), ("302", "E1"), ("404", "E1"),
                                          ("500", "E1"), ("-", "E1")])
def test_outcome_of_a_page(tmp_path, status, grade):
    iis(tmp_path / "e" / "x.log", [page_answered(sc_status=status)])
    assert list(hunt(tmp_path / "e").grades.values()) == [grade]


@pytest.mark.parametrize("step,grade", [("probe", "E0"), ("identity", "E2"), ("session", "E2"),
                                        ("read", "E3"), ("change", "E3"), ("write", "E4")])
def test_steps_of_proxylogon(tmp_path, step, grade):
    exchange(tmp_path / "e" / "x.log", "httpproxy", [proxylogon(step, WHEN)])
    assert hunt(tmp_path / "e").grades == {"ex01": grade}
    exchange(tmp_path / "r" / "x.log", "httpproxy", [proxylogon(step, WHEN, HttpStatus="500")])
    assert grade_at_most(hunt(tmp_path / "r").grades["ex01"], "E1")


def test_page_with_a_semicolon_in_its_name(tmp_path):
    """Windows allows "a;b.aspx"; cutting at the ; must not hide the page."""
    iis(tmp_path / "e" / "x.log", [page_answered(page="/aspnet_client/a;b.aspx")])
    assert names(hunt(tmp_path / "e").findings) == [PAGE_RULE]


# ---- --since, --until ----

def days(tmp_path):
    rows = [page_answered(f"2021-03-0{day}T12:00:00") for day in range(1, 8)]
    iis(tmp_path / "e" / "x.log", rows)
    exchange(tmp_path / "e" / "p.log", "httpproxy",
             [proxylogon("session", f"2021-03-0{day}T12:00:00.000Z") for day in range(1, 8)])
    return tmp_path / "e"


@pytest.mark.parametrize("switches,expected", [
    (["--since", "2021-03-03"], [3, 4, 5, 6, 7]),
    (["--until", "2021-03-03"], [1, 2, 3]),
    (["--since", "2021-03-03", "--until", "2021-03-04"], [3, 4]),
    (["--since", "2021-03-03T12:00:00Z", "--until", "2021-03-03T12:00:00Z"], [3]),
    (["--since", "2021-03-03T12:00:01Z", "--until", "2021-03-04T11:59:59Z"], []),
    (["--since", "2030-01-01"], []),
], ids=str)
def test_time_window(tmp_path, switches, expected):
    done = hunt(days(tmp_path), *switches)
    found = {r["@timestamp"][8:10] for r in done.findings}
    assert found == {f"0{day}" for day in expected}
    assert len(done.findings) == 2 * len(expected)
    for row in done.coverage:
        assert (row["hauberk.from"][9], row["hauberk.to"][9]) == (str(expected[0]),
                                                                 str(expected[-1]))
        assert row["hauberk.events"] == len(expected)
    if not expected:
        assert not done.coverage and done.status == 0


def test_row_without_a_readable_time_is_searched_in_any_window(tmp_path):
    iis(tmp_path / "e" / "x.log",
        honest_iis() + [page_answered().replace("2021-03-03 07:00:00", "2021-99-99 07:00:00")])
    assert names(hunt(tmp_path / "e", "--since", "2021-03-01").findings) == [PAGE_RULE]


# ---- --trusted-proxy ----

FORWARDED = IIS_FIELDS + " X-Forwarded-For"


def client_of(tmp_path, forwarded, *switches, peer="10.0.0.5"):
    row = page_answered(fields=FORWARDED, c_ip=peer, X_Forwarded_For=forwarded)
    iis(tmp_path / "e" / "x.log", [row], FORWARDED)
    found = hunt(tmp_path / "e", *switches).findings
    assert len(found) == 1
    return found[0]["source.ip"]


TRUST = ["--trusted-proxy", "10.0.0.0/8"]


@pytest.mark.parametrize("forwarded,switches,peer,expected", [
    ("203.0.113.9", TRUST, "10.0.0.5", "203.0.113.9"),
    ("203.0.113.9", [], "10.0.0.5", "10.0.0.5"),
    ("203.0.113.9", TRUST, "198.51.100.1", "198.51.100.1"),
    ("1.1.1.1, 203.0.113.9", TRUST, "10.0.0.5", "203.0.113.9"),
    ("127.0.0.1,::1, 1.1.1.1,203.0.113.9, 10.9.9.9", TRUST, "10.0.0.5", "203.0.113.9"),
    ("-", TRUST, "10.0.0.5", "10.0.0.5"),
    ("10.1.1.1, 10.2.2.2", TRUST, "10.0.0.5", None),
    ("203.0.113.9:51234", TRUST, "10.0.0.5", "203.0.113.9"),
    ("[2001:db8::9]:443", TRUST, "10.0.0.5", "2001:db8::9"),
    ("2001:db8::9", TRUST, "10.0.0.5", "2001:db8::9"),
    ("203.0.113.9", [*TRUST, "--trusted-proxy", "198.51.100.0/24"], "198.51.100.1", "203.0.113.9"),
    ("1.1.1.1, 203.0.113.9, 198.51.100.7", [*TRUST, "--trusted-proxy", "198.51.100.0/24"],
     "10.0.0.5", "203.0.113.9"),
], ids=str)
def test_trusted_proxy(tmp_path, forwarded, switches, peer, expected):
    found = client_of(tmp_path, forwarded, *switches, peer=peer)
    if expected is None:  # nothing but proxies: no address of a client is known for sure
        assert found.startswith("10.")
    else:
        assert found == expected


def test_forwarded_nonsense_names_no_client(tmp_path):
    """The last entry was written by our proxy; when it is no address, nothing before it counts."""
    found = client_of(tmp_path, "203.0.113.9, unknown", *TRUST)
    assert found == "10.0.0.5"


# ---- own probes ----

PROBE_AGENTS = ["AMProbe/Local/ClientAccess", "Mozilla/4.0 (compatible; MSIE 9.0; Windows NT 6.1; "
                "MSEXCHMON; ACTIVEMONITORING; OWACTP) ActiveMonitor"]


@pytest.mark.parametrize("source, step", [("127.0.0.1", "session"), ("::1", "session"),
                                          ("fe80::1%3", "probe")])
def test_own_probe_never_raises_a_grade(tmp_path, source, step):
    exchange(tmp_path / "e" / "x.log", "httpproxy",
             [proxylogon(step, WHEN, UserAgent=PROBE_AGENTS[0], ClientIpAddress=source)])
    done = hunt(tmp_path / "e")
    assert done.grades == {"ex01": "N"}
    assert done.findings and all(r.get("hauberk.own_probe") is True for r in done.findings)
    assert all(r["hauberk.grade"] == "N" for r in done.findings)
    assert "monitoring" in hunt_text(tmp_path / "e").words


@pytest.mark.parametrize("source", ["127.0.0.1", "fe80::1%3"])
def test_no_probe_asks_for_a_foreign_page(tmp_path, source):
    """A tunnel ends at the loopback address, and a probe's agent is easily sent."""
    iis(tmp_path / "e" / "i.log",
        [page_answered(c_ip=source, cs_User_Agent=PROBE_AGENTS[0], sc_status="200")])
    assert list(hunt(tmp_path / "e").grades.values()) == ["E5"]


def test_neighbour_with_a_probe_agent_counts(tmp_path):
    """A link-local address may be anybody's on the same wire: deeds are not excused."""
    exchange(tmp_path / "e" / "x.log", "httpproxy",
             [proxylogon("session", WHEN, UserAgent=PROBE_AGENTS[0],
                         ClientIpAddress="fe80::1%3")])
    assert hunt(tmp_path / "e").grades == {"ex01": "E2"}


def test_health_mailbox_from_itself_never_raises_a_grade(tmp_path):
    user = "CORP\\HealthMailbox0123456789abcdef0123456789abcdef"
    rows = [proxylogon("session", WHEN, AuthenticatedUser=user, ClientIpAddress=source)
            for source in ("127.0.0.1", "10.1.2.3")]
    exchange(tmp_path / "e" / "x.log", "httpproxy", rows)
    assert hunt(tmp_path / "e").grades == {"ex01": "N"}


@pytest.mark.parametrize("agent", PROBE_AGENTS)
@pytest.mark.parametrize("source", [ATTACKER, "10.1.2.3", "2001:db8::5"])
def test_probe_agent_of_an_external_client_counts(tmp_path, agent, source):
    exchange(tmp_path / "e" / "x.log", "httpproxy",
             [proxylogon("session", WHEN, UserAgent=agent, ClientIpAddress=source)])
    iis(tmp_path / "e" / "i.log", [page_answered(c_ip=source, cs_User_Agent=agent)])
    assert hunt(tmp_path / "e").grades == {"ex01": "E5"}


def test_health_mailbox_of_an_external_client_counts(tmp_path):
    user = "CORP\\HealthMailbox0123456789abcdef0123456789abcdef"
    exchange(tmp_path / "e" / "x.log", "httpproxy",
             [proxylogon("session", WHEN, AuthenticatedUser=user, ClientIpAddress=ATTACKER)])
    assert hunt(tmp_path / "e").grades == {"ex01": "E2"}


def test_probe_behind_a_trusted_proxy_is_judged_by_the_client(tmp_path):
    """The balancer's address is not the client's; a spoofed loopback entry in front is nothing."""
    row = page_answered(fields=FORWARDED, c_ip="10.0.0.5", cs_User_Agent=PROBE_AGENTS[0],
                        X_Forwarded_For="127.0.0.1, " + ATTACKER)
    iis(tmp_path / "e" / "x.log", [row], FORWARDED)
    assert list(hunt(tmp_path / "e", *TRUST).grades.values()) == ["E5"]


# ---- secrets ----

SECRETS = ["SECRETcanary1.", "SECRETshellkey", "SECRETtoken", "SECRETcookie", "SECRETcat"]


def secretive(tmp_path):
    script = ("2021-03-03T06:31:00.000Z,EX01,ECP.Request,'S:CMD=Set-OabVirtualDirectory."
              "ExternalUrl=''http://f/<script language=\"JScript\" runat=\"server\">function "
              "Page_Load(){eval(Request[\"SECRETshellkey\"],\"unsafe\");}</script>''';S:EX=")
    exchange(tmp_path / "e" / "ecp.log", "ecp", [script])
    exchange(tmp_path / "e" / "x.log", "httpproxy", [proxylogon("change", WHEN)])
    fields = IIS_FIELDS + " cs(Cookie)"
    rows = [w3c_row("2021-03-03T06:40:00", fields, cs_method="POST", c_ip=ATTACKER,
                    cs_uri_stem="/autodiscover/autodiscover.json",
                    cs_uri_query="a@b.c/powershell/?X-Rps-CAT=SECRETcat&Email=autodiscover/"
                    "autodiscover.json%3fa@b.c"),
            page_answered("2021-03-03T06:45:00", fields=fields, cs_Cookie="X=SECRETcookie;Y=2",
                          cs_uri_query="SecurityToken=SECRETtoken")]
    iis(tmp_path / "e" / "i.log", rows, fields)
    return tmp_path / "e"


def test_secrets_are_shortened(tmp_path):
    folder = secretive(tmp_path)
    records, text = hunt(folder), hunt_text(folder)
    assert list(records.grades.values()) == ["E5"]
    for secret in SECRETS:
        assert secret not in records.text, secret
        assert secret not in text.text.replace("\n       ", ""), secret
    assert "...(" in records.text and "...(" in text.text


def test_show_secrets(tmp_path):
    folder = secretive(tmp_path)
    records = hunt(folder, "--show-secrets").text
    text = "".join(hunt_text(folder, "--show-secrets").text.split())
    for secret in SECRETS:
        assert secret in records, secret
        assert secret in text, secret


def test_secrets_whatever_the_case_of_the_name(tmp_path):
    iis(tmp_path / "e" / "x.log",
        [page_answered(cs_uri_query="MSEXCHECPCANARY=SECRETcanary1.&x-rps-cat=SECRETcat")])
    out = hunt(tmp_path / "e").text + hunt_text(tmp_path / "e").text
    assert "SECRETcanary1" not in out and "SECRETcat" not in out


# ---- exports ----

EXPORT_COLUMNS = ["DateTime", "RequestId", "ClientIPAddress", "UrlHost", "UrlStem", "RoutingHint",
                  "UserAgent", "AnchorMailbox", "HttpStatus"]


def export(path, rows, mark=True):
    """What Test-ProxyLogon writes: Export-Csv of chosen columns."""
    out = io.StringIO()
    if mark:
        out.write("#TYPE Selected.System.Management.Automation.PSCustomObject\r\n")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(EXPORT_COLUMNS)
    writer.writerows(rows)
    return write_bytes(path, out.getvalue().encode())


def export_row(tail="/ecp/proxyLogon.ecp?#", status="241"):
    return [WHEN, guid(5), ATTACKER, "mail.corp.example", "/ecp/y.js", "X-BEResource-Cookie",
            "python-requests/2.25.1", f"ServerInfo~a]@ex01.corp.example:444{tail}", status]


@pytest.mark.parametrize("mark", [True, False])
def test_export_counts_but_covers_nothing(tmp_path, mark):
    export(tmp_path / "e" / "EX01-Cve-2021-26855.csv", [export_row()], mark)
    done = hunt(tmp_path / "e")
    assert names(done.findings) == [SESSION_RULE]
    assert done.findings[0]["source.ip"] == ATTACKER
    assert not done.coverage and not done.damage and done.status == 1
    assert list(done.grades.values()) == ["E2"]


def test_export_beside_logs_adds_no_coverage(tmp_path):
    export(tmp_path / "e" / "hits.csv", [export_row()])
    exchange(tmp_path / "e" / "x.log", "httpproxy", [honest_proxy("2021-03-05T00:00:00.000Z")])
    done = hunt(tmp_path / "e")
    assert done.grades == {"ex01": "E2"}
    assert [(r["hauberk.from"], r["hauberk.events"]) for r in done.coverage] == [
        ("2021-03-05T00:00:00.000Z", 1)]
    assert "export" in hunt_text(tmp_path / "e").words


# ---- incidents ----

def incident_of(done, time):
    return {r["hauberk.incident"] for r in done.findings if r["@timestamp"].startswith(time)}


@pytest.mark.parametrize("placeholder", ["xxx", "-", "", "00000000-0000-0000-0000-000000000000",
                                         "<empty>", "null", "N/A"])
def test_placeholder_ids_join_nothing(tmp_path, placeholder):
    rows = [proxylogon("session", "2021-03-03T06:00:00.000Z", RequestId=placeholder,
                       ClientIpAddress="203.0.113.1"),
            proxylogon("session", "2021-03-20T06:00:00.000Z", RequestId=placeholder,
                       ClientIpAddress="203.0.113.2")]
    exchange(tmp_path / "e" / "x.log", "httpproxy", rows)
    assert len(hunt(tmp_path / "e").kind("incident")) == 2


def test_request_id_joins_iis_and_httpproxy(tmp_path):
    """Behind a balancer IIS shows another address; the request is the same."""
    exchange(tmp_path / "e" / "x.log", "httpproxy",
             [proxylogon("session", WHEN, RequestId=guid(77))])
    iis(tmp_path / "e" / "i.log",
        [w3c_row("2021-03-03T06:30:00", cs_method="POST", cs_uri_stem="/ecp/y.js", c_ip=VISITOR,
                 sc_status="241",
                 cs_uri_query=f"&CorrelationID=<empty>;&cafeReqId={guid(77)};")])
    done = hunt(tmp_path / "e")
    assert {r["hauberk.source"] for r in done.findings} == {"httpproxy", "iis"}
    assert len(done.kind("incident")) == 1


def test_twin_files_give_findings_of_their_own(tmp_path):
    """Nothing is deduplicated in the records."""
    for name in ("a.log", "b.log"):
        iis(tmp_path / "e" / name, [page_answered()])
    assert names(hunt(tmp_path / "e").findings) == [PAGE_RULE] * 2


def test_order_of_files_changes_nothing(tmp_path):
    first = [proxylogon("session", "2021-03-03T06:00:00.000Z")]
    second = [proxylogon("write", "2021-03-03T06:01:00.000Z")]
    for folder, one, two in (("a", first, second), ("b", second, first)):
        exchange(tmp_path / folder / "1.log", "httpproxy", one)
        exchange(tmp_path / folder / "2.log", "httpproxy", two)
    key = lambda done: [(r["@timestamp"], r["rule.name"], r["hauberk.incident"])
                        for r in done.findings]
    assert key(hunt(tmp_path / "a")) == key(hunt(tmp_path / "b"))
