"""hauberk page: files, folders and standard input, as text and as records."""
import hashlib
import os
import pathlib
import subprocess

import pytest

import pages
from conftest import HAUBERK, HAUBERK_FAULTS, Run, run

CONTRACT = {"record", "hauberk.schema", "host.name", "file.path", "file.hash.sha256",
            "hauberk.class", "hauberk.reasons", "hauberk.kind", "hauberk.encoding"}


def page(*args, **options):
    done = run("page", "--format", "ndjson", *args, **options)
    assert done.status in (0, 1, 3), f"exit {done.status}: {done.err}"
    return done


def classes(done):
    return {pathlib.PurePath(r["file.path"]).name: r["hauberk.class"] for r in done.kind("page")}


@pytest.fixture(name="site")
def fixture_site(tmp_path):
    pages.write(tmp_path / "a" / "shell.aspx", pages.SHELL)
    pages.write(tmp_path / "a" / "writer.aspx", pages.WRITER)
    pages.write(tmp_path / "b" / "honest.aspx", pages.HONEST)
    pages.write(tmp_path / "b" / "readme.txt", "nothing of a page\n")
    return tmp_path


def test_contract(site):
    done = page("--host", "EX01.corp.example", site)
    assert done.status == 1
    assert len(done.records) == 4  # class none, too
    for record in done.records:
        assert set(record) >= CONTRACT
        assert record["record"] == "page" and record["hauberk.schema"] == 1
        assert record["host.name"] == "ex01"
        content = pathlib.Path(record["file.path"]).read_bytes()
        assert record["file.hash.sha256"] == hashlib.sha256(content).hexdigest()
        assert isinstance(record["hauberk.reasons"], list)
        assert bool(record["hauberk.reasons"]) == (record["hauberk.class"] != "none")
    assert classes(done) == {"shell.aspx": "shell", "writer.aspx": "writer",
                             "honest.aspx": "none", "readme.txt": "none"}


def test_the_way_of_the_data_is_told(site):
    reasons = page(site / "a" / "shell.aspx").records[0]["hauberk.reasons"]
    assert any("query string" in r and pages.DOT_START in r and "line 3" in r and "-> line 5" in r
               for r in reasons), reasons


def test_text(site):
    done = run("page", site)
    assert done.status == 1
    assert "shell.aspx: a web shell" in done.words
    assert "honest.aspx" not in done.text
    assert done.text.splitlines()[-1] == "4 files: 1 shell, 1 writer, 2 none"
    assert "honest.aspx" in run("page", "-v", site).text


def test_exit_status(site):
    assert page(site / "b").status == 0
    assert page(site / "a" / "writer.aspx").status == 1
    assert page(site / "nosuch").status == 3
    assert page(site / "nosuch", site / "a").status == 1
    assert run("page").status == 2


def test_order_does_not_depend_on_workers(tmp_path):
    for i in range(300):
        pages.write(tmp_path / f"{i:03}.aspx", pages.SHELL if i % 7 == 0 else pages.HONEST)
    alone = page("-j", "1", tmp_path)
    assert [r["file.path"] for r in alone.records] == sorted(r["file.path"] for r in alone.records)
    assert page("-j", "4", tmp_path).records == alone.records


def test_standard_input(site):
    done = subprocess.run([HAUBERK, "page", "--format", "ndjson", "-", str(site / "b")],
                          input=pages.SHELL.encode(), capture_output=True, check=False)
    records = Run(done).records
    assert [r["file.path"] for r in records][0] == "-"
    assert records[0]["hauberk.class"] == "shell"
    assert len(records) == 3


def test_hostile_names(tmp_path):
    names = [b"\x1b[2J.aspx", b"new\nline.aspx", b"\xff\xfe.aspx", b"quote\".aspx",
             b"\xe2\x80\xaerle.aspx"]
    for name in names:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as out:
            out.write(pages.SHELL.encode())
    done = page(tmp_path)
    assert len(done.records) == len(names)
    text = run("page", tmp_path)
    assert text.status == 1
    assert b"\x1b[2J" not in text.out and b"\xe2\x80\xae" not in text.out


def test_large_file_is_read_at_its_ends(tmp_path):
    filler = "<p>x</p>\n" * 700000  # 6 MB
    pages.write(tmp_path / "front.aspx", pages.SHELL + filler)
    pages.write(tmp_path / "back.aspx", filler + pages.SHELL)
    done = page(tmp_path)
    assert classes(done) == {"front.aspx": "shell", "back.aspx": "shell"}
    for record in done.records:
        content = pathlib.Path(record["file.path"]).read_bytes()
        assert record["file.hash.sha256"] == hashlib.sha256(content).hexdigest()
        assert any("too large" in r for r in record["hauberk.reasons"])


def test_links_are_not_followed(site):
    (site / "b" / "link.aspx").symlink_to(site / "a" / "shell.aspx")
    done = page(site / "b")
    assert done.status == 0 and "link.aspx" not in done.text and "link.aspx" in done.err


@pytest.mark.parametrize("fault", ["crash", "exit", "hang"])
def test_a_worker_that_dies_costs_one_file(tmp_path, fault):
    for i in range(100):
        pages.write(tmp_path / f"{i:03}.aspx", pages.SHELL)
    done = page("-j", "2", "--worker-timeout", "1", tmp_path, program=HAUBERK_FAULTS,
                env={**os.environ, "HAUBERK_FAULT": f"{fault}:042.aspx"})
    assert done.status == 1
    assert [pathlib.PurePath(r["log.file.path"]).name for r in done.damage] == ["042.aspx"]
    assert set(classes(done)) == {f"{i:03}.aspx" for i in range(100) if i != 42}


def test_places_of_exchange(tmp_path):
    """Outside of a hunt nobody knows the host's build: another content of a known name says
    nothing, another name does."""
    auth = tmp_path / "FrontEnd/HttpProxy/owa/auth"
    pages.write(auth / "logon.aspx", pages.HONEST)
    pages.write(auth / "zz.aspx", pages.HONEST)
    done = page(tmp_path)
    assert classes(done) == {"logon.aspx": "none", "zz.aspx": "foreign"}
    assert {r["hauberk.standing"] for r in done.records} == {"other build", "foreign"}


def test_configurations(tmp_path):
    config = "<?xml version='1.0'?>\n<configuration>%s</configuration>\n"
    handler = "<handlers>\n<add path='%s' scriptProcessor='x/asp.dll'/></handlers>"
    pages.write(tmp_path / "a/web.config", config % (handler % "*.config"))
    pages.write(tmp_path / "b/web.config", config % "<modules><add type='A.B, A'/></modules>")
    records = page(tmp_path).records
    assert [r["hauberk.class"] for r in records] == ["shell", "none"]
    assert records[0]["hauberk.reasons"] == [
        "the configuration has configuration files run as pages, by x/asp.dll (line 3)"]


# ---- YARA ----

RULE = """rule %s { meta: description = "%s" score = 85
  strings: $a = "Inherits" condition: $a and extension == ".aspx" and filename != "" }
"""


def test_yara(site, tmp_path_factory):
    rules = tmp_path_factory.mktemp("rules")
    pages.write(rules / "good.yar", RULE % ("has_code_behind", "A page with code behind"))
    pages.write(rules / "bad.yara", "rule bad { condition: nosuch }")
    pages.write(rules / "notes.txt", "no rules")
    done = page("--yara", rules, site / "b")
    assert done.status == 1  # a match is a finding
    assert {pathlib.PurePath(r["file.path"]).name: r["hauberk.yara"] for r in done.records} == {
        "honest.aspx": ["has_code_behind"], "readme.txt": []}
    assert "bad.yara" in done.err and "nosuch" in done.err
    assert "1 rules of 1 files, 1 files left out" in done.err
    text = run("page", "--yara", rules, site / "b")
    assert "the YARA rule has_code_behind matches at byte" in text.words
    assert run("page", "--yara", rules / "nosuch", site).status == 2
