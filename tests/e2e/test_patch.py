"""hauberk patch: a build, or evidence -> vulnerable to what, fixed by which update, since when."""
import pytest
from conftest import exchange, generate, honest_iis, honest_proxy, hunt, hunt_text, iis, run
from test_hunt_pages import V15, program_of_build
import pages


def patch(*args):
    return run("patch", "--format", "ndjson", *args)


def test_fixed_and_not_fixed_by_the_update_of_the_own_cu():
    for build, vulnerable in (("15.1.2106.13", False), ("15.1.2176.2", True)):
        done = patch(build)
        assert done.status == 1  # to others
        record, = done.records
        assert record["record"] == "exposure" and record["hauberk.build"] == build
        assert ("CVE-2021-26855" in record["hauberk.vulnerable_to"]) is vulnerable
        assert ("CVE-2021-26855" in record["hauberk.fixed"]) is not vulnerable


def test_every_form_of_a_version():
    for text, build in (("15.01.2106.013", "15.1.2106.13"), ("1942063431", "15.1.2375"),
                        ("Version 15.1 (Build 2106.13)", "15.1.2106.13")):
        assert patch(text).records[0]["hauberk.build"] == build


def test_exit_statuses(tmp_path):
    assert patch("15.2.2562.53").status == 0  # nothing known is open
    assert patch("15.1.2106.2", "15.2.2562.53").status == 1
    assert patch("14.3.513.0").status == 3    # CVE-2020-0688 is not derived
    assert patch("15.0.0.0").status == 2
    assert patch(tmp_path / "missing").status == 2
    assert run("patch").status == 2
    (tmp_path / "empty").mkdir()
    assert patch(tmp_path / "empty").status == 3  # no build: not decidable


def test_text_says_which_update():
    words = run("patch", "15.1.2106.2").words
    assert "Exchange Server 2016 CU18 (2020-09-15)" in words
    assert "VULNERABLE (20 of 21)" in words
    assert "Fixed by Mar21SU, 15.1.2106.13, 2021-03-02, KB5000871" in words
    assert "CVEs known on 2026-11-24" in words
    assert "Support ended on 2025-10-14" in words


@pytest.mark.parametrize("build, sentence", [
    ("15.1.1466.13", "HealthChecker gives this build for the update, Microsoft's page a later one"),
    ("15.1.1466.14", "Public sources disagree whether this build is fixed against CVE-2021-26855"),
    ("15.1.1466.16", "HealthChecker an earlier one"),
    ("15.2.1748.53", "Only a blog has this build"),
    ("15.1.1847.12", "FIXED ONLY WITH AN EARLIER UPDATE (1 of 21)"),
    ("15.2.858.5", "came out twice"),
    ("15.1.2106.12", "derived from its neighbours"),
    ("15.1.2106", "only the cumulative update is known"),
    ("15.0.1497.48", "OUT OF SUPPORT, NOT ASSESSED (3 of 21)"),
    ("15.2.2562.53", "Extended Protection must be switched on"),
    ("15.0.847.64", "CU4 (SP1), Mar21SU"),
])
def test_doubts_and_conditions_are_said(build, sentence):
    assert sentence in run("patch", build).words


# ---- evidence ----

def test_patched_but_used_before(tmp_path):
    generate(tmp_path / "tree", "cleaned-up", seed=3)
    done = patch(tmp_path / "tree")
    assert done.status == 1
    builds = [(r["hauberk.build"], r["hauberk.build_source"]) for r in done.kind("exposure")]
    assert builds == [("15.1.2106.2", "columns"), ("15.1.2106.13", "columns")]
    logon, = [r for r in done.kind("vulnerability") if r["vulnerability.id"] == "CVE-2021-26855"]
    assert logon["hauberk.code"] == "F" and logon["hauberk.decidable"]
    assert logon["hauberk.first_used"] < logon["hauberk.last_vulnerable"] < \
        logon["hauberk.first_fixed"]
    path, offset = logon["log.file.path"], logon["hauberk.offset"]
    with open(path, "rb") as file:
        file.seek(offset)
        row = file.readline().decode()
    assert row.startswith(logon["hauberk.first_fixed"]) and ",15,1,2106,13," in row
    words = run("patch", tmp_path / "tree").words
    assert "PATCHED against CVE-2021-26855, CVE-2021-26857, CVE-2021-26858 and CVE-2021-27065" \
        in words
    assert "had been answered first at" in words
    assert "EXPOSURE" in hunt_text(tmp_path / "tree").text


def test_attempts_are_no_use(tmp_path):
    generate(tmp_path / "tree", "attempted", seed=3)
    done = patch(tmp_path / "tree")
    assert not [r for r in done.kind("vulnerability") if "hauberk.first_used" in r
                and r["vulnerability.id"].startswith("CVE-2021-2")]


def test_build_of_programs_and_folders(tmp_path):
    root = tmp_path / "ex01"
    pages.write(root / V15 / "Bin/ExSetup.exe", program_of_build("15.1.2106.8"))
    pages.write(root / V15 / "Bin/Microsoft.Exchange.Data.dll", program_of_build("15.1.2106.13"))
    pages.write(root / V15 / "ClientAccess/Owa/prem/15.1.2044.4/x.js", "var a;")
    done = patch(root)
    record, = done.kind("exposure")
    assert record["host.name"] == "ex01" and record["hauberk.build_source"] == "exsetup"
    assert record["hauberk.build"] == "15.1.2106.8" and "hauberk.from" not in record
    words = run("patch", root).words
    assert "MIXED: ExSetup.exe is of build 15.1.2106.8" in words
    assert "Folders on disk say that these builds were installed once: 15.1.2044.4" in words


@pytest.mark.parametrize("program", [b"", b"MZ", b"MZ" + bytes(62), b"\xff" * 4096,
                                     program_of_build("15.1.2106.13")[:600],
                                     program_of_build("0.0.0.0"), program_of_build("15.0.0.0"),
                                     program_of_build("65535.65535.65535.65535")])
def test_broken_programs_are_no_build(tmp_path, program):
    pages.write(tmp_path / "ex01" / V15 / "Bin/ExSetup.exe", program)
    iis(tmp_path / "ex01" / "u_ex210303.log", honest_iis())
    done = patch(tmp_path / "ex01")
    assert done.status == 3 and not done.kind("exposure")


def test_a_large_program_is_read_by_its_resources(tmp_path):
    program = program_of_build("15.1.2106.13") + bytes(80 << 20)
    pages.write(tmp_path / "ex01" / V15 / "Bin/ExSetup.exe", program)
    assert patch(tmp_path / "ex01").kind("exposure")[0]["hauberk.build"] == "15.1.2106.13"


def test_header_of_a_format_is_no_build(tmp_path):
    exchange(tmp_path / "ex01" / "HttpProxy_1.LOG", "httpproxy", [honest_proxy()])
    builds = {r["hauberk.build"] for r in hunt(tmp_path).kind("exposure")}
    assert builds and "15.0.0.0" not in builds


def test_hostile_names_are_shown_as_text(tmp_path):
    folder = tmp_path / "ex\x1b[31m01" / V15 / "Bin"
    pages.write(folder / "ExSetup.exe", program_of_build("15.1.2106.8"))
    assert "\x1b" not in run("patch", tmp_path / "ex\x1b[31m01").text


def test_real_logs(corpora):
    done = patch(corpora / "real-logs")
    assert {r["hauberk.build"] for r in done.kind("exposure")} == {"15.1.2375.7"}
    assert done.status == 1


def test_real_incident_names_no_build(corpora):
    """Its columns are a selection: what anchors claim is the client's word, not the server's."""
    done = patch(corpora / "real-incident")
    assert not done.kind("exposure") and done.status == 3
