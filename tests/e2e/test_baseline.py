"""hauberk baseline: what belongs on a web server, learned and checked; and Microsoft's list."""
import hashlib
import os
import pathlib
import subprocess
import sys

import pages
import pytest
from conftest import CORPORA, run, write_bytes

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(name="site")
def fixture_site(tmp_path):
    site = tmp_path / "site"
    write_bytes(site / "web.config", b"<configuration/>")
    write_bytes(site / "bin" / "site.dll", b"MZ")
    write_bytes(site / "pages" / "a.aspx", b"<p>a</p>")
    write_bytes(site / "pages" / "a.png", b"\x89PNG")
    return site


def learn(site, *options):
    path = site.parent / "site.baseline"
    done = run("baseline", "learn", site, "-o", path, *options)
    assert done.status == 0, done.err
    return path


def check(path, *sites):
    done = run("baseline", "check", path, *sites)
    return done.status, done.out.decode().splitlines()


def test_learns_web_files_as_sha256sum_writes_them(site):
    lines = learn(site).read_text().splitlines()
    assert lines[0] == "# hauberk baseline 1"
    assert lines[1].endswith(f" of {site}, web files")
    names = ["bin/site.dll", "pages/a.aspx", "web.config"]
    assert lines[2:] == [hashlib.sha256((site / name).read_bytes()).hexdigest() + "  " + name
                         for name in names]


def test_nothing_changed(site):
    assert check(learn(site), site) == (
        0, ["0 new, 0 changed, 0 missing, 3 as learned, 0 not read"])


def test_new_changed_and_missing(site):
    path = learn(site)
    write_bytes(site / "pages" / "b.ashx", b"new")
    write_bytes(site / "pages" / "a.aspx", b"changed")
    write_bytes(site / "pages" / "b.png", b"not learned, not looked at")
    os.remove(site / "web.config")
    assert check(path, site) == (1, ["changed  pages/a.aspx", "new      pages/b.ashx",
                                     "missing  web.config",
                                     "1 new, 1 changed, 1 missing, 1 as learned, 0 not read"])


def test_differences_as_records(site):
    path = learn(site)
    write_bytes(site / "pages" / "b.ashx", b"new")
    os.remove(site / "web.config")
    done = run("baseline", "check", "--format", "ndjson", path, site)
    assert done.status == 1
    assert [(r["record"], r["hauberk.difference"], r["file.path"], r["file.hash.sha256"])
            for r in done.records] == [
        ("difference", "new", "pages/b.ashx", hashlib.sha256(b"new").hexdigest()),
        ("difference", "missing", "web.config", hashlib.sha256(b"<configuration/>").hexdigest())]
    os.remove(site / "pages" / "b.ashx")
    write_bytes(site / "web.config", b"<configuration/>")
    assert not run("baseline", "check", "--format", "ndjson", path, site).out


def test_known_pages_are_silent(site):
    """What the list knows says nothing, in page and in hunt, and is counted; nothing else is."""
    auth = "C/Program Files/Microsoft/Exchange Server/V15/FrontEnd/HttpProxy/owa/auth"
    pages.write(site / "shop/own.aspx", pages.SHELL)
    pages.write(site / auth / "own.aspx", pages.HONEST)
    path = learn(site)
    assert run("page", site).status == 1
    done = run("page", "--baseline", path, site)
    assert done.status == 0
    assert "5 pages known by your baseline" in done.text
    records = run("page", "--format", "ndjson", "--baseline", path, site / "shop").records
    assert [(r["hauberk.class"], r["hauberk.standing"]) for r in records] == [("none", "baseline")]
    pages.write(site / "shop/own.aspx", pages.SHELL + " ")  # another content
    pages.write(site / auth / "copy.aspx", pages.HONEST)  # another name
    done = run("page", "--format", "ndjson", "--baseline", path, site)
    assert sorted((pathlib.PurePath(r["file.path"]).name, r["hauberk.class"])
                  for r in done.records if r["hauberk.class"] != "none") == [
        ("copy.aspx", "foreign"), ("own.aspx", "shell")]
    assert "3 more are known by your baseline" in run("hunt", "--baseline", path, site).words
    assert run("page", "--baseline", site / "shop/own.aspx", site).status == 2
    assert run("hunt", "--baseline", site / "nosuch", site).status in (2, 4)


def test_a_case_of_another_baseline_is_not_continued(site, tmp_path):
    path = learn(site)
    assert run("hunt", "-o", tmp_path / "x.case", "--baseline", path, site).status == 0
    pages.write(site / "pages" / "b.aspx", "b")
    os.remove(path)
    assert run("hunt", "-o", tmp_path / "x.case", "--baseline", learn(site), site).status == 2


def test_all_files(site):
    path = learn(site, "--all")
    write_bytes(site / "pages" / "a.png", b"a page behind a picture's name")
    assert check(path, site)[1][0] == "changed  pages/a.png"


def test_several_folders_make_one_tree(site, tmp_path):
    path = learn(site)
    other = tmp_path / "other"
    write_bytes(other / "web.config", b"<configuration/>")
    os.remove(site / "web.config")
    assert check(path, site, other)[0] == 0


def test_a_missing_folder_is_not_clean(site, tmp_path):
    path = learn(site)
    assert check(path, site, tmp_path / "missing")[0] == 3


def test_an_old_list_is_never_overwritten(site):
    path = learn(site)
    before = path.read_bytes()
    assert run("baseline", "learn", site, "-o", path).status == 4
    assert path.read_bytes() == before


@pytest.mark.parametrize("arguments", [
    [], ["learn"], ["check"], ["learn", "a"], ["learn", "a", "b", "-o", "c"], ["check", "a"],
    ["check", "a", "b", "--all"], ["forget", "a"]])
def test_usage(arguments):
    assert run("baseline", *arguments).status == 2


def test_a_list_that_is_none(site):
    done = run("baseline", "check", site / "web.config", site)
    assert done.status == 2
    assert "line 1" in done.err


def test_names_cannot_move_the_cursor(site):
    path = learn(site)
    write_bytes(site / "pages" / "\x1b[2J.aspx", b"x")
    status, lines = check(path, site)
    assert status == 1
    assert lines[0] == "new      pages/\\x1b[2J.aspx"


def test_microsofts_files_are_those_of_the_list():
    table = pathlib.Path(CORPORA or "", "..", "facts", "exchange_web_baseline.tsv.gz")
    if not CORPORA or not table.exists():
        pytest.skip("no list of Microsoft's files")
    subprocess.run([sys.executable, ROOT / "tools/make_known_good.py", "--check", table,
                    ROOT / "packs/exchange/known_good.bin"], check=True)
