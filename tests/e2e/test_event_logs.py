"""Event logs in the verdict: one break-in seen by IIS, HttpProxy and the machine's own logs."""
import evtx_writer
from conftest import (ATTACKER, exchange, honest_iis, honest_proxy, hunt, hunt_text, iis,
                      page_answered, proxylogon)

W3WP = r"C:\Windows\System32\inetsrv\w3wp.exe"
POOL = r'c:\windows\system32\inetsrv\w3wp.exe -ap "MSExchangeOWAAppPool" -v "v4.0"'
PAGE = r"C:\inetpub\wwwroot\aspnet_client\zz.aspx"
SYSTEM = "S-1-5-18"
COMMAND_RULE = "Command run by Exchange's web server"
DUMP_RULE = "Memory of the logon service copied to a file"


def sysmon(event_id, time, **fields):
    return evtx_writer.event("Microsoft-Windows-Sysmon/Operational", event_id,
                             list(fields.items()), provider="Microsoft-Windows-Sysmon",
                             computer="Ex01.Corp.Example", time=time)


def command(time, line, image=r"C:\Windows\System32\cmd.exe", parent=W3WP, parent_line=POOL):
    return sysmon(1, time, Image=image, CommandLine=line, ParentImage=parent,
                  ParentCommandLine=parent_line, User="NT AUTHORITY\\SYSTEM")


def security(event_id, time, **fields):
    return evtx_writer.event("Security", event_id, list(fields.items()),
                             computer="EX01.corp.example", time=time)


def management(time, cmdlet, parameters):
    return evtx_writer.event("MSExchange Management", 1, [(None, [cmdlet, parameters], "strings")],
                             provider="MSExchange CmdletLogs", computer="EX01.corp.example",
                             time=time, level=4, keywords=0x80000000000000)


SCRIPT = management("2021-03-03T07:00:02Z", "Set-OabVirtualDirectory",
                    '-ExternalUrl "http://f/<script language="JScript" runat="server">'
                    'function Page_Load(){}</script>" -Identity "EX01\\OAB (Default Web Site)"')
WRITTEN = sysmon(11, "2021-03-03T07:00:03Z", Image=W3WP, TargetFilename=PAGE)
WHOAMI = command("2021-03-03T07:10:01Z", 'cmd /c cd /d "C:\\inetpub\\wwwroot\\aspnet_client"'
                                         "&whoami&echo [S]&cd&echo [E]")
DUMP = command("2021-03-03T07:12:00Z", "rundll32 comsvcs.dll, MiniDump 624 C:\\root\\x.dmp full",
               r"C:\Windows\System32\rundll32.exe", r"C:\Windows\System32\cmd.exe", "cmd /c x")
ACCOUNT = security(4720, "2021-03-03T09:00:00Z", TargetUserName="support", SubjectUserSid=SYSTEM,
                   SubjectUserName="EX01$")
CLEARED = evtx_writer.event("Security", 1102, provider="Microsoft-Windows-Eventlog",
                            computer="ex01", time="2021-03-03T09:30:00Z",
                            user_data=("LogFileCleared", [("SubjectUserName", "EX01$")]))


def event_logs(folder, sysmon_events=(), security_events=(), management_events=()):
    logs = folder / "winevt" / "Logs"
    for name, events in (("Microsoft-Windows-Sysmon%4Operational", sysmon_events),
                         ("Security", security_events),
                         ("MSExchange Management", management_events)):
        if events:
            evtx_writer.write(logs / f"{name}.evtx", list(events))


def break_in(folder):
    """Exploit, page, commands, credentials, an account; the server's name in three spellings."""
    exchange(folder / "HttpProxy" / "Ecp" / "HttpProxy_1.LOG", "httpproxy", [
        honest_proxy(), proxylogon("session", "2021-03-03T07:00:00.000Z"),
        proxylogon("change", "2021-03-03T07:00:02.500Z"),
        proxylogon("write", "2021-03-03T07:00:03.500Z")])
    iis(folder / "W3SVC1" / "u_ex210303.log",
        honest_iis() + [page_answered("2021-03-03T07:10:00")])
    event_logs(folder, [WRITTEN, WHOAMI, DUMP], [ACCOUNT, CLEARED], [SCRIPT])


def by_rule(done):
    return {r["rule.name"]: r for r in done.findings}


def test_all_logs_are_one_host_and_one_story(tmp_path):
    break_in(tmp_path / "EX01")
    done = hunt(tmp_path)
    assert done.grades == {"ex01": "E6"}
    found = by_rule(done)
    assert found[COMMAND_RULE]["hauberk.grade"] == "E5"
    assert found[DUMP_RULE]["hauberk.grade"] == "E6"
    incident = found["Foreign page answered"]["hauberk.incident"]
    for name in (COMMAND_RULE, DUMP_RULE, "Page written into a web folder by Exchange itself",
                 "Script stored as the address of a virtual directory, in the management log"):
        assert found[name]["hauberk.incident"] == incident, name


def test_harm_is_proven_by_event_logs(tmp_path):
    break_in(tmp_path / "EX01")
    (verdict,) = hunt(tmp_path).kind("verdict")
    assert {k: v for k, v in verdict.items() if k.startswith("hauberk.harm.")} == {
        "hauberk.harm.mail": "possible", "hauberk.harm.credentials": "proven",
        "hauberk.harm.persistence": "proven", "hauberk.harm.spread": "proven"}


def test_report_says_what_ran_and_what_followed(tmp_path):
    break_in(tmp_path / "EX01")
    words = hunt_text(tmp_path).words
    assert "Commands were run by the web server, first at 2021-03-03 07:10:01Z [" in words
    assert r': cmd /c cd /d "C:\inetpub\wwwroot\aspnet_client"&whoami&echo' in words
    assert f"They went on at 2021-03-03 07:12:00Z: {DUMP_RULE} [" in words
    assert f"A page was written at 2021-03-03 07:00:03Z: {PAGE} [" in words
    assert "CommandLine=rundll32 comsvcs.dll, MiniDump 624" in words


def test_command_without_web_logs_is_no_page(tmp_path):
    event_logs(tmp_path / "EX01", [WHOAMI])
    done = hunt(tmp_path)
    assert done.grades == {"ex01": "E5"}
    words = hunt_text(tmp_path).words
    assert "somebody ran commands through its web server" in words
    assert "a page that is not Microsoft's answered" not in words


def test_command_goes_to_who_used_the_page_just_then(tmp_path):
    folder = tmp_path / "EX01"
    iis(folder / "u_ex210303.log", [page_answered("2021-03-03T07:10:00"),
                                    page_answered("2021-03-03T07:20:00", c_ip="198.51.100.9")])
    event_logs(folder, [WHOAMI, command("2021-03-03T07:15:00Z", "cmd /c ver")])
    text = hunt_text(tmp_path).text
    story = text[text.index("WHAT HAPPENED"):text.index("WHAT WAS READ")]
    assert ATTACKER in story
    assert "(no source address)" not in story[:story.index("07:10:01")]
    assert "(no source address)" in story[:story.index("07:15:00")]


def test_account_by_the_machine_needs_a_page_or_command(tmp_path):
    event_logs(tmp_path / "EX01", security_events=[ACCOUNT])
    assert hunt(tmp_path).grades == {"ex01": "N"}
    iis(tmp_path / "EX01" / "u_ex210303.log", [page_answered("2021-03-03T07:10:00")])
    done = hunt(tmp_path)
    assert done.grades == {"ex01": "E6"}
    assert ("Account made or put into a group by the machine itself after a foreign page was used"
            in by_rule(done))


def test_defender_names_the_file(tmp_path):
    event = evtx_writer.event(
        "Microsoft-Windows-Windows Defender/Operational", 1116,
        [("Threat Name", "Backdoor:ASP/Chopper.X"), ("Path", "file:_" + PAGE)],
        provider="Microsoft-Windows-Windows Defender", computer="EX01",
        time="2021-03-04T00:00:00Z")
    evtx_writer.write(tmp_path / "EX01" / "d.evtx", [event])
    words = hunt_text(tmp_path).words
    assert ("Defender saw a page dropped by Exchange's web server, at 2021-03-04 00:00:00Z: "
            f"{PAGE} [") in words


def test_everyday_life_is_nothing(tmp_path):
    """What administrators, Exchange and Windows do on every server."""
    csc = r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\csc.exe"
    shell = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"
    at = [f"2021-03-03T{hour:02}:00:00Z" for hour in range(24)]
    admin = {"SubjectUserSid": "S-1-5-21-1-2-3-500", "SubjectUserName": "admin"}
    machine = {"SubjectUserSid": SYSTEM, "SubjectUserName": "EX01$"}
    event_logs(
        tmp_path / "EX01",
        [command(at[0], "csc.exe /noconfig", csc),
         command(at[1], "conhost 0xffffffff", r"C:\Windows\System32\conhost.exe"),
         command(at[2], "powershell Get-Mailbox", shell, r"C:\Windows\explorer.exe", "explorer"),
         sysmon(11, at[3], Image=W3WP, TargetFilename=csc.replace("csc.exe", r"Temporary ASP.NET "
                r"Files\owa\1\App_Web_logon.aspx.1.cs")),
         sysmon(11, at[4], Image=r"C:\CU\Setup\ExSetup.exe", TargetFilename=PAGE)],
        [security(4720, at[0], TargetUserName="HealthMailbox3f0c", **machine),
         security(4720, at[1], TargetUserName="new.colleague", **admin),
         security(4732, at[2], TargetUserName="Administrators", **machine),
         security(4688, at[3], NewProcessName=csc, ParentProcessName=W3WP, **machine),
         security(4698, at[4], TaskName="\\Backup", TaskContent="<Command>powershell</Command>",
                  **admin)],
        [management(at[0], "New-MailboxExportRequest", r'-FilePath "\\nas\pst\a.pst"'),
         management(at[1], "Set-OabVirtualDirectory", '-ExternalUrl "https://mail.example/oab"'),
         management(at[2], "Install-TransportAgent",
                    r'-AssemblyPath "C:\Program Files\Maker\Filter.dll"'),
         management(at[3], "Remove-MailboxExportRequest", '-Identity "x"')])
    done = hunt(tmp_path)
    assert done.findings == []
    assert done.grades == {"ex01": "N"}
    sources = {r["hauberk.source"]: r["hauberk.events"] for r in done.coverage}
    assert sources == {"sysmon": 5, "security": 5, "msexchange-management": 4}
