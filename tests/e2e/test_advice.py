"""What to do next: steps of the catalogue with the names of the case."""
import pathlib

import pages
from conftest import (ATTACKER, generate, honest_iis, hunt_text, iis, page_answered, run)

WWWROOT = pathlib.PurePath("C/inetpub/wwwroot")
IIS_LOG = pathlib.PurePath("C/inetpub/logs/LogFiles/W3SVC1/u_ex210303.log")
PHASES = ["Keep the evidence", "Contain", "Remove what was planted", "Close the way in",
          "Tell those who must know"]


def steps(text):
    return text.split("WHAT TO DO NEXT")[1].split("\nPROOF")[0]


def test_evidence_first_then_the_rest(tmp_path):
    generate(tmp_path / "ev", "planted-and-used", size="1M", seed=7)
    told = steps(hunt_text(tmp_path / "ev").text)
    places = [told.index(f"\n  {phase}\n") for phase in PHASES]
    assert places == sorted(places)
    assert told.index("robocopy C:\\inetpub\\logs") < told.index("Move-Item")
    numbers = [int(line.split(".")[0]) for line in told.splitlines()
               if line[:5].strip().rstrip(".").isdigit()]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 10


def test_names_of_the_case(tmp_path):
    root = tmp_path / "ex01"
    pages.write(root / WWWROOT / "aspnet_client/it's a.aspx", pages.SHELL)
    iis(root / IIS_LOG, honest_iis() + [page_answered()])
    told = steps(hunt_text(root).text)
    assert "$names = 'it''s a.aspx','zz.aspx'" in told
    assert f"-RemoteAddress '{ATTACKER}'" in told
    assert "<" not in "".join(line for line in told.splitlines() if line.startswith("         "))


def test_hostile_names_stay_in_their_quotes(tmp_path):
    root = tmp_path / "ex01"
    for name in ("a'; calc; '.aspx", "b\u2019; calc; \u2019.aspx", "c\x1b[31m.aspx",
                 "d\u202e.aspx", "e\n; calc.aspx"):
        pages.write(root / WWWROOT / "aspnet_client" / name, pages.SHELL)
    iis(root / IIS_LOG, honest_iis())
    text = hunt_text(root)
    told = steps(text.text)
    assert "'a''; calc; ''.aspx'" in told
    assert "'b\u2019\u2019; calc; \u2019\u2019.aspx'" in told
    assert b"\x1b" not in text.out and "\u202e" not in text.text
    assert not any(line.strip().startswith("; calc") for line in told.splitlines())
    assert "3 names of this case are not in the commands" in " ".join(told.split())


def test_nothing_found_asks_for_more(tmp_path):
    iis(tmp_path / "ex01" / IIS_LOG, honest_iis())
    told = " ".join(steps(hunt_text(tmp_path / "ex01").text).split())
    assert "Look further back" in told and "newest security update" in told
    assert "No web page was among the evidence" in told
    assert "Build the server anew" not in told and "authority" not in told


def test_html_has_them_too(tmp_path):
    root = tmp_path / "ex01"
    pages.write(root / WWWROOT / "aspnet_client/<b>'x.aspx", pages.SHELL)
    iis(root / IIS_LOG, honest_iis())
    hunt_text("-o", tmp_path / "a.case", root)
    done = run("report", "--html", "-", tmp_path / "a.case")
    assert "Keep the evidence" in done.text and "robocopy" in done.text
    assert "&lt;b&gt;" in done.text and "<b>" not in done.text


def test_real_incident(corpora, tmp_path):
    done = hunt_text("--host", "ex01", corpora / "real-incident")
    told = steps(done.text)
    assert "RedirSuiteServerProxy.aspx" in told
