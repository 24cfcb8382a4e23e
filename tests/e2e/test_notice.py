"""Drafts of notices: filled from the case, blanks for what it cannot know, no more claimed."""
import re

import pytest
from conftest import ATTACKER, generate, honest_iis, hunt, iis, page_answered, run

NOTICES = ("authority", "clients", "persons")


@pytest.fixture(name="case", scope="module")
def fixture_case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notice")
    facts = generate(folder / "e", "planted-and-used", size="2M", seed=4)["ex01"]
    hunt("-o", folder / "case", folder / "e")
    return folder / "case", facts


def draft(whom, case, *options):
    done = run("report", "--notice", whom, *options, case)
    assert done.status == 1, done.err
    return done


@pytest.mark.parametrize("whom", NOTICES)
def test_a_draft(case, whom):
    done = draft(whom, case[0])
    assert done.text.startswith("Draft: ")
    assert "{" not in done.text  # all names of the template are known
    assert len(re.findall(r"\[[^\]0-9]", done.text)) > 5  # blanks
    assert all(len(line) <= 80 for line in done.text.splitlines())
    assert "no legal advice" in done.words


def test_the_authority_gets_facts_with_their_proof(case):
    done = draft("authority", case[0])
    for wanted in ("Article 33", "72 hours", "one server (ex01)", "CVE-2021-26855",
                   case[1]["attacker_ip"], "First step that had success: 2021-03-02"):
        assert wanted in done.words
    cited = {int(n) for n in re.findall(r"\[(\d+)\]", done.text.split("\nEvidence\n")[0])}
    listed = {int(n) for n in re.findall(r"^\[(\d+)\] ", done.text.split("\nEvidence\n")[1], re.M)}
    assert cited and cited == listed


def test_possible_is_not_said_to_be_proven(case):
    words = draft("authority", case[0]).words
    assert "were in a position to read mail" in words
    assert "Confidentiality: mail was read" not in words
    assert "Whether passwords or other credentials were taken cannot be told" in words


def test_laymen_get_no_jargon(case):
    words = draft("persons", case[0]).words
    for jargon in ("CVE", "ProxyLogon", "web shell", "203.0.113", "ex01", "E5"):
        assert jargon not in words
    assert "break-in began on 2021-03-02" in words


@pytest.mark.parametrize("whom", NOTICES)
def test_no_draft_without_a_breach(tmp_path, whom):
    iis(tmp_path / "e" / "u_ex.log", honest_iis() +
        [page_answered(c_ip=ATTACKER, sc_status="404")])
    hunt("-o", tmp_path / "case", tmp_path / "e")
    done = run("report", "--notice", whom, tmp_path / "case")
    assert done.status in (0, 1)
    assert done.text.startswith("No draft:") and "Article" not in done.text


def test_only_known_addressees(case):
    assert run("report", "--notice", "press", case[0]).status == 2
    assert run("report", "--notice", "persons", "--csv", "-", case[0]).status == 2
