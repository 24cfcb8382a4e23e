"""The same evidence gives the same findings, however it is read, packed or encoded."""
import gzip
import shutil

import pytest
from conftest import (EXCHANGE, IIS_FIELDS, assert_same, comparable, exchange_header,
                      exchange_row, generate, honest_iis, honest_proxy, hunt, iis, names,
                      page_answered, proxylogon, w3c_header, w3c_row, write_bytes, write_lines)

TURNED = " ".join(["date", "time", *reversed(IIS_FIELDS.split()[2:])])
WIDE = IIS_FIELDS + " X-Forwarded-For sc-bytes"


def header_changes():
    """An IIS file whose columns change several times, a page in each stretch; over 64 KiB."""
    lines, hour = [], 0
    for fields in (IIS_FIELDS, TURNED, WIDE, IIS_FIELDS, TURNED):
        lines += w3c_header(fields)
        for minute in range(60):
            stamp = f"2021-03-03T{hour:02}:{minute:02}:00"
            lines.append(w3c_row(stamp, fields, cs_uri_stem="/owa/" + "p" * 60))
            if minute % 20 == 19:
                lines.append(page_answered(stamp, fields=fields, sc_status=200))
        hour += 1
    return lines


def csv_header_changes():
    """An HttpProxy file whose columns are turned around in the middle."""
    first, *rest = EXCHANGE["httpproxy"][1].split(",")
    turned = ",".join([first, *reversed(rest)])
    lines = exchange_header("httpproxy")
    lines += [honest_proxy(f"2021-03-03T06:{i:02}:00.000Z") for i in range(60)]
    lines.append(proxylogon("session", "2021-03-03T07:00:00.000Z"))
    lines += exchange_header("httpproxy", turned)
    values = dict(UrlStem="/ecp/y.js", Method="POST", HttpStatus="241", RequestId="-",
                  AnchorMailbox="ServerInfo~a]@ex01:444/ecp/proxyLogon.ecp?#",
                  ClientIpAddress="203.0.113.66", UserAgent="python-requests/2.25.1")
    for minute in range(60):
        lines.append(exchange_row("httpproxy", f"2021-03-03T08:{minute:02}:00.000Z",
                                  columns=turned, UrlStem="/owa/", HttpStatus="200"))
    lines.append(exchange_row("httpproxy", "2021-03-03T09:00:00.000Z", columns=turned, **values))
    return lines


@pytest.fixture(name="evidence", scope="module")
def fixture_evidence(tmp_path_factory):
    folder = tmp_path_factory.mktemp("identity") / "ev"
    generate(folder / "tree", "cleaned-up", seed=9)
    write_lines(folder / "tree" / "EX01" / "changes.log", header_changes())
    write_lines(folder / "tree" / "EX01" / "proxy-changes.log", csv_header_changes())
    return folder


@pytest.fixture(name="expected", scope="module")
def fixture_expected(evidence):
    done = hunt(evidence)
    pages = [r for r in done.findings if r["log.file.path"].endswith("/changes.log")]
    assert len([r for r in pages if r["hauberk.grade"] == "E5"]) == 15
    proxy = [r for r in done.findings if r["log.file.path"].endswith("/proxy-changes.log")]
    assert len(proxy) == 2
    return comparable(done)


@pytest.mark.parametrize("switches", [
    ["--no-prefilter"], ["-j", "1"], ["-j", "4"], ["--part-size", "4096"],
    ["--part-size", "4096", "-j", "1"], ["--part-size", "4096", "-j", "4", "--no-prefilter"],
    ["--part-size", "777", "-j", "3"],
], ids=" ".join)
def test_switches_change_nothing(evidence, expected, switches):
    assert_same(hunt(evidence, *switches), expected)


def test_two_runs_print_the_same_bytes(evidence):
    assert hunt(evidence, "-j", "4").out == hunt(evidence, "-j", "2").out


def test_part_boundary_anywhere(tmp_path):
    """A small file cut at every place around a change of columns."""
    lines = w3c_header(IIS_FIELDS) + honest_iis(2) + w3c_header(TURNED)
    lines += [w3c_row("2021-03-03T07:00:00", TURNED), page_answered(fields=TURNED)]
    path = write_lines(tmp_path / "ev" / "x.log", lines)
    expected = comparable(hunt(path))
    assert "Foreign page answered" in str(expected)
    size = path.stat().st_size
    for part in range(60, size // 2, 37):
        assert_same(hunt(path, "--part-size", part, "-j", "2"), expected)


def copy_as(evidence, folder, change):
    """A twin of the evidence, each file's bytes changed; the same folder names."""
    for path in sorted(evidence.rglob("*")):
        if path.is_file():
            name, content = change(path.name, path.read_bytes())
            target = folder / path.relative_to(evidence).with_name(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    return folder


def test_gzip_twin(evidence, expected, tmp_path):
    twin = copy_as(evidence, tmp_path / "ev",
                   lambda name, content: (name + ".gz", gzip.compress(content)))
    assert_same(hunt(twin), expected)


@pytest.mark.parametrize("codec,mark", [("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"),
                                        ("utf-16-le", b""), ("utf-16-be", b"")])
def test_utf16_twin(evidence, tmp_path, codec, mark):
    """Offsets differ: a character has two bytes. Everything else is the same."""
    twin = copy_as(evidence, tmp_path / "ev",
                   lambda name, content: (name, mark + content.decode("utf-8-sig").encode(codec)))
    assert_same(hunt(twin), hunt(evidence), without=("hauberk.offset",))


def test_utf16_offset_points_at_the_line(tmp_path):
    text = "".join(l + "\r\n" for l in w3c_header(IIS_FIELDS) + honest_iis() + [page_answered()])
    content = b"\xff\xfe" + text.encode("utf-16-le")
    path = write_bytes(tmp_path / "ev" / "x.log", content)
    offset = hunt(path).findings[0]["hauberk.offset"]
    assert content[offset:].decode("utf-16-le").startswith("2021-03-03 07:00:00")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends(evidence, tmp_path, newline):
    twin = copy_as(evidence, tmp_path / "ev", lambda name, content: (
        name, content.replace(b"\r\n", b"\n").replace(b"\n", newline.encode())))
    assert_same(hunt(twin), hunt(evidence), without=("hauberk.offset",))


def test_byte_order_mark(tmp_path):
    lines = w3c_header(IIS_FIELDS) + [page_answered()]
    body = "".join(line + "\r\n" for line in lines).encode()
    write_bytes(tmp_path / "ev" / "x.log", b"\xef\xbb\xbf" + body)
    assert names(hunt(tmp_path / "ev").findings) == ["Foreign page answered"]


def test_joined_files_with_marks_inside(tmp_path):
    lines = w3c_header(IIS_FIELDS) + [page_answered()]
    body = b"\xef\xbb\xbf" + "".join(line + "\r\n" for line in lines).encode()
    write_bytes(tmp_path / "ev" / "x.log", body + body)
    assert names(hunt(tmp_path / "ev").findings) == ["Foreign page answered"] * 2


def test_name_and_folder_do_not_matter(evidence, tmp_path):
    """A file is recognised by its content."""
    source = next(p for p in evidence.rglob("*") if p.name.startswith("u_ex"))
    shutil.copy(source, tmp_path / "u.evtx")
    kept = {r["hauberk.source"] for r in hunt(tmp_path / "u.evtx").coverage}
    assert kept == {"iis"}


def test_evidence_is_never_changed(evidence):
    before = {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in evidence.rglob("*")}
    hunt(evidence, "--part-size", "4096")
    assert before == {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in evidence.rglob("*")}


def test_no_file_left_behind(tmp_path):
    iis(tmp_path / "ev" / "x.log", [page_answered()])
    (tmp_path / "cwd").mkdir()
    hunt(tmp_path / "ev", cwd=tmp_path / "cwd")
    assert list((tmp_path / "cwd").iterdir()) == []
