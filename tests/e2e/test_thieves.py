"""What people type into login pages: who keeps it or sends it away, and who does not."""
import pathlib

import pages
import pytest
import thieves
from conftest import hunt, run


def judged(tmp_path, name, text):
    pages.write(tmp_path / name, text)
    done = run("page", "--format", "ndjson", tmp_path / pathlib.PurePath(name).parts[0])
    [record] = done.kind("page")
    return record


@pytest.mark.parametrize("name", thieves.THIEVES)
def test_thief(tmp_path, name):
    record = judged(tmp_path, name, thieves.THIEVES[name])
    assert record["hauberk.class"] == "stealer", record["hauberk.reasons"]
    assert "what people type into the page" in record["hauberk.reasons"][0]


@pytest.mark.parametrize("name", thieves.HONEST)
def test_honest(tmp_path, name):
    record = judged(tmp_path, name, thieves.HONEST[name])
    assert record["hauberk.class"] == "none", record["hauberk.reasons"]


@pytest.mark.parametrize("name", thieves.SUSPECT)
def test_suspect(tmp_path, name):
    record = judged(tmp_path, name, thieves.SUSPECT[name])
    assert record["hauberk.class"] == "suspect", record["hauberk.reasons"]


def test_hunt_looks_at_login_scripts(tmp_path):
    auth = tmp_path / "ex01/C/Program Files/Microsoft/Exchange Server/V15/FrontEnd/HttpProxy"
    pages.write(auth / "owa/auth/15.1.2106/scripts/any.js", thieves.THIEVES["a/flogon.js"])
    pages.write(auth / "ecp/any.js", thieves.THIEVES["a/flogon.js"])
    pages.write(auth / "owa/auth/flogon.js", thieves.HONEST["owa/auth/flogon.js"])
    pages.write(auth / "rpc/other.js", thieves.THIEVES["a/flogon.js"])  # not where people log in
    done = hunt(tmp_path / "ex01")
    assert sorted(pathlib.PurePath(r["log.file.path"]).parent.name for r in done.findings
                  if r["rule.id"] == "hauberk-page-stealer") == ["ecp", "scripts"]
    assert done.grades == {"ex01": "E4"}
