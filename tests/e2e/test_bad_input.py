"""Hostile and broken evidence: damage is counted, nothing beside it is lost, no run ends."""
import gzip
import os
import pathlib
import subprocess
import tempfile
import unicodedata

import pytest
from conftest import (ATTACKER, EXCHANGE, HAUBERK, IIS_FIELDS, PAGE_RULE, SESSION_RULE, exchange,
                      exchange_header, exchange_row, generate, honest_iis, honest_proxy, hunt,
                      hunt_text, iis, names, page_answered, proxylogon, rule, run, w3c_header,
                      w3c_row, write_bytes, write_lines)

FULL_HTTPPROXY = 74


def text_of(lines):
    return "".join(line + "\r\n" for line in lines).encode()


def with_good(folder):
    """A good file beside the bad one: its page must always be found."""
    iis(folder / "good.log", [page_answered()])
    return folder


def assert_good_is_found(done):
    good = [r for r in done.findings if r["log.file.path"].endswith("good.log")]
    assert names(good) == [PAGE_RULE]
    assert done.status == 1


# ---- files ----

def test_empty_file(tmp_path):
    write_bytes(tmp_path / "e" / "empty.log", b"")
    assert hunt(tmp_path / "e").status == 0
    done = hunt(with_good(tmp_path / "e"))
    assert_good_is_found(done)
    assert not done.damage


def test_binary_rubbish_named_log(tmp_path):
    rubbish = bytes((i * 197 + i // 7) % 256 for i in range(300_000))
    write_bytes(tmp_path / "e" / "u_ex210303.log", rubbish)
    assert_good_is_found(hunt(with_good(tmp_path / "e")))
    assert "u_ex210303.log" in hunt_text(tmp_path / "e").words


def test_magic_numbers_without_a_body(tmp_path):
    for name, content in {"a.log": b"ElfFile\0", "b.log": b"PK\3\4", "c.log": b"\x1f\x8b",
                          "d.log": b"\xff\xfe", "e.log": b"\xfe\xff", "f.log": b"\xef\xbb\xbf",
                          "g.log": b"\xff\xfe\0", "h.log": b"#", "i.log": b"#Fields:",
                          "j.log": b"#Fields: \r\n2021-03-03", "k.log": b"\n", "l.log": b"\0",
                          "m.log": b"\"", "n.log": b",", "o.log": b"#Log-type: \r\n,,,"}.items():
        write_bytes(tmp_path / "e" / name, b"")
        (tmp_path / "e" / name).write_bytes(content)
    done = hunt(with_good(tmp_path / "e"))
    assert_good_is_found(done)


def test_ten_megabyte_line(tmp_path):
    lines = w3c_header(IIS_FIELDS) + [page_answered("2021-03-03T06:00:00")]
    lines.append(w3c_row("2021-03-03T06:30:00", cs_uri_query="x" * 10_000_000))
    lines.append(page_answered("2021-03-03T07:00:00"))
    write_lines(tmp_path / "e" / "x.log", lines)
    done = hunt(tmp_path / "e")
    assert names(done.findings) == [PAGE_RULE] * 2


def test_hit_in_a_ten_megabyte_line(tmp_path):
    row = page_answered(cs_uri_query="x" * 10_000_000)
    iis(tmp_path / "e" / "x.log", [row])
    assert names(hunt(tmp_path / "e").findings) == [PAGE_RULE]
    assert len(hunt_text(tmp_path / "e").text) < 100_000


def test_line_beyond_the_limit_is_damage(tmp_path):
    lines = w3c_header(IIS_FIELDS) + [page_answered("2021-03-03T06:00:00"), "y" * 17_000_000,
                                      page_answered("2021-03-03T07:00:00")]
    path = write_lines(tmp_path / "e" / "x.log", lines)
    done = hunt(path)
    assert names(done.findings) == [PAGE_RULE] * 2
    assert done.damage
    assert list(done.kind("verdict"))[0]["hauberk.partial"] is True


def test_nul_bytes_in_front_of_a_row(tmp_path):
    content = text_of(w3c_header(IIS_FIELDS) + honest_iis())
    content += b"\0" * 5000 + text_of([page_answered()])
    write_bytes(tmp_path / "e" / "x.log", content)
    done = hunt(tmp_path / "e")
    assert names(done.findings) == [PAGE_RULE]
    assert done.damage


def test_nul_bytes_in_front_of_a_csv_row(tmp_path):
    content = text_of(exchange_header("httpproxy") + [honest_proxy()])
    content += b"\0" * 4096 + text_of([proxylogon("session", "2021-03-03T06:30:00.000Z")])
    write_bytes(tmp_path / "e" / "x.log", content)
    done = hunt(tmp_path / "e")
    assert names(done.findings) == [SESSION_RULE]
    assert done.damage


def test_nul_bytes_inside_a_row(tmp_path):
    row = page_answered(cs_uri_query="a\0b\0c")
    iis(tmp_path / "e" / "x.log", [row])
    done = hunt(tmp_path / "e")
    assert names(done.findings) == [PAGE_RULE]
    assert "\0" not in hunt_text(tmp_path / "e").text


def test_nul_bytes_at_the_end(tmp_path):
    """As a crash leaves a file that grew in steps."""
    content = text_of(w3c_header(IIS_FIELDS) + [page_answered()]) + b"\0" * 65536
    write_bytes(tmp_path / "e" / "x.log", content)
    assert names(hunt(tmp_path / "e").findings) == [PAGE_RULE]


def test_header_without_rows(tmp_path):
    for family in EXCHANGE:
        exchange(tmp_path / "e" / f"{family}.log", family, [])
    iis(tmp_path / "e" / "iis.log", [])
    done = hunt(tmp_path / "e")
    assert done.status == 0
    assert not done.coverage and not done.damage and not done.findings


def test_rows_without_header(tmp_path):
    """A file that starts in the middle: the columns are known from the number of cells."""
    generate(tmp_path / "tree", "planted-and-used", seed=4)
    found = hunt(tmp_path / "tree")
    path = next(r["log.file.path"] for r in found.findings if r["rule.name"] == SESSION_RULE)
    content = pathlib.Path(path).read_bytes().splitlines(keepends=True)
    rows = [line for line in content if line[:2] == b"20"]
    assert rows and rows[0].count(b",") >= FULL_HTTPPROXY - 5
    write_bytes(tmp_path / "e" / "cut.log", b"".join(rows))
    done = hunt(tmp_path / "e")
    assert SESSION_RULE in names(done.findings)
    assert "assumed" in hunt_text(tmp_path / "e").words


def test_iis_rows_without_header(tmp_path):
    write_lines(tmp_path / "e" / "cut.log", honest_iis() + [page_answered()])
    assert names(hunt(tmp_path / "e").findings) == [PAGE_RULE]


def test_header_that_lies(tmp_path):
    """Too few and too many cells, unknown columns, the same column twice."""
    fields = "date time cs-uri-stem cs-uri-stem c-ip nonsense sc-status cs-method"
    lines = w3c_header(fields)
    lines += ["2021-03-03 06:00:00 /aspnet_client/zz.aspx", "2021-03-03", " ", "2 " * 400,
              f"2021-03-03 06:00:00 /aspnet_client/zz.aspx - {ATTACKER} x 200 POST"]
    write_lines(tmp_path / "e" / "x.log", lines)
    assert_good_is_found(hunt(with_good(tmp_path / "e")))


def test_header_with_very_many_columns(tmp_path):
    write_lines(tmp_path / "e" / "x.log",
                w3c_header("date time " + " ".join(f"c{i}" for i in range(50_000)))
                + ["2021-03-03 06:00:00 " + "x " * 50_000])
    assert_good_is_found(hunt(with_good(tmp_path / "e")))


def test_very_many_headers(tmp_path):
    lines = []
    for number in range(300):
        lines += w3c_header(f"{IIS_FIELDS} x-{number}")
        lines.append(page_answered("2021-03-03T06:00:00", fields=f"{IIS_FIELDS} x-{number}"))
    write_lines(tmp_path / "e" / "x.log", lines)
    done = hunt(tmp_path / "e")
    assert len(done.findings) >= 64
    assert len(done.findings) == 300 or done.damage, "rows were lost and nobody says so"


def test_times_that_are_none(tmp_path):
    rows = [page_answered().replace("2021-03-03 07:00:00", bad) for bad in
            ("2021-13-03 07:00:00", "2021-02-31 07:00:00", "0000-00-00 00:00:00",
             "9999-99-99 99:99:99", "2021-03-03 24:61:61", "99999-03-03 07:00:00")]
    iis(tmp_path / "e" / "x.log", rows)
    done = hunt(tmp_path / "e")
    assert len(done.findings) == len(rows)
    hunt_text(tmp_path / "e")


def unprivileged(*args):
    """Runs as nobody, when root; None when nobody cannot run the program."""
    nobody = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    options = nobody if os.geteuid() == 0 else {}
    try:
        if run("--version", **options).status != 0:
            return None
    except (PermissionError, KeyError, LookupError, subprocess.SubprocessError):
        return None
    return hunt(*args, **options)


def test_unreadable_file_and_folder():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        with_good(folder)
        iis(folder / "locked.log", [page_answered()]).chmod(0)
        iis(folder / "closed" / "inside.log", [page_answered()])
        (folder / "closed").chmod(0)
        try:
            done = unprivileged(folder)
        finally:
            (folder / "closed").chmod(0o700)
        if done is None:
            pytest.skip("cannot run as another user")
    assert_good_is_found(done)
    assert {pathlib.Path(r["log.file.path"]).name for r in done.damage} == {"locked.log", "closed"}


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="needs /proc")
def test_file_that_fails_while_it_is_read(tmp_path):
    """Opens, but each read is an error, as on a bad disk."""
    done = hunt("/proc/self/mem", with_good(tmp_path / "e"))
    assert_good_is_found(done)
    assert any(r["log.file.path"] == "/proc/self/mem" for r in done.damage)
    assert hunt("/proc/self/mem").status == 3


def test_fifo_and_links(tmp_path):
    folder = with_good(tmp_path / "e")
    os.mkfifo(folder / "pipe.log")
    (folder / "loop").symlink_to(folder)
    (folder / "self").symlink_to("self")
    (folder / "out.log").symlink_to(folder / "good.log")
    (folder / "nowhere").symlink_to("/does/not/exist")
    done = hunt(folder)
    assert_good_is_found(done)
    assert len(done.findings) == 1
    words = hunt_text(folder).words
    for name in ("pipe.log", "loop", "self", "out.log"):
        assert name in words, name


def test_links_alone_do_not_change_the_exit_status(tmp_path):
    iis(tmp_path / "e" / "x.log", honest_iis())
    (tmp_path / "e" / "self").symlink_to("self")
    os.mkfifo(tmp_path / "e" / "pipe")
    assert hunt(tmp_path / "e").status == 0


def test_named_link_is_followed_and_named_loop_is_damage(tmp_path):
    (tmp_path / "link").symlink_to(with_good(tmp_path / "e"))
    (tmp_path / "self").symlink_to("self")
    done = hunt(tmp_path / "link", tmp_path / "self")
    assert_good_is_found(done)
    assert [r["log.file.path"] for r in done.damage] == [str(tmp_path / "self")]


def test_named_fifo_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert hunt(tmp_path / "pipe", timeout=20).status in (0, 3)


def test_very_deep_folders(tmp_path):
    deep = with_good(tmp_path / "e")
    for _ in range(90):
        deep = deep / "d"
    deep.mkdir(parents=True)
    done = hunt(tmp_path / "e")
    assert_good_is_found(done)
    assert any("deep" in r["hauberk.reason"] for r in done.damage)


def test_truncated_last_line(tmp_path):
    content = text_of(exchange_header("httpproxy")
                      + [honest_proxy(), proxylogon("session", "2021-03-03T06:30:00.000Z")])
    content += honest_proxy("2021-03-03T06:40:00.000Z").encode()[:60]
    write_bytes(tmp_path / "e" / "x.log", content)
    done = hunt(tmp_path / "e")
    assert names(done.findings) == [SESSION_RULE]
    assert ["cut off" in r["hauberk.reason"] for r in done.damage] == [True]


def test_last_line_without_newline_is_read(tmp_path):
    content = text_of(w3c_header(IIS_FIELDS)) + page_answered().encode()
    write_bytes(tmp_path / "e" / "x.log", content)
    done = hunt(tmp_path / "e")
    assert names(done.findings) == [PAGE_RULE] and not done.damage


def test_truncated_gzip(tmp_path):
    rows = [page_answered("2021-03-03T06:00:00")]
    rows += [w3c_row(f"2021-03-03T07:{i // 60 % 60:02}:{i % 60:02}", cs_uri_query=f"q={i * 7919}")
             for i in range(20_000)]
    packed = gzip.compress(text_of(w3c_header(IIS_FIELDS) + rows))
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "x.log.gz").write_bytes(packed[:len(packed) // 2])
    done = hunt(tmp_path / "e")
    assert names(done.findings) == [PAGE_RULE]
    assert done.damage and done.status == 1
    assert done.coverage[0]["hauberk.events"] > 1000


def test_damaged_gzip(tmp_path):
    packed = bytearray(gzip.compress(text_of(w3c_header(IIS_FIELDS) + honest_iis(50))))
    packed[len(packed) // 2] ^= 0x55
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "x.log.gz").write_bytes(packed)
    done = hunt(tmp_path / "e")
    assert done.damage and done.status == 3


def test_gzip_of_gzip_and_bomb(tmp_path):
    """Unpacked once; a thousand times its size is no trouble."""
    write_bytes(tmp_path / "e" / "twice.gz", gzip.compress(text_of([page_answered()])))
    write_bytes(tmp_path / "e" / "bomb.gz", b"\0" * 60_000_000)
    assert_good_is_found(hunt(with_good(tmp_path / "e")))


def test_missing_path_and_good_path(tmp_path):
    done = hunt(tmp_path / "missing", with_good(tmp_path / "e"))
    assert_good_is_found(done)
    assert [r["log.file.path"] for r in done.damage] == [str(tmp_path / "missing")]


def test_flood_of_hits(tmp_path):
    """Every row is a hit: none is lost, and the text stays readable."""
    rows = [page_answered(f"2021-03-03T{i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}",
                          page=f"/aspnet_client/p{i % 500}.aspx", c_ip=f"203.0.113.{i % 200}")
            for i in range(20_000)]
    iis(tmp_path / "e" / "x.log", rows)
    done = hunt(tmp_path / "e", timeout=30)
    assert len(done.findings) == 20_000
    assert len({r["hauberk.offset"] for r in done.findings}) == 20_000
    assert len(hunt_text(tmp_path / "e").text) < 1_000_000


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("form", ["text", "ndjson"])
def test_output_that_cannot_be_written_is_no_success(tmp_path, form):
    iis(tmp_path / "e" / "x.log", honest_iis() + [page_answered()])
    with open("/dev/full", "wb") as full:
        done = subprocess.run([HAUBERK, "hunt", "--format", form, tmp_path / "e"], stdout=full,
                              stderr=subprocess.PIPE, timeout=20, check=False)
    assert done.returncode == 4 and b"cannot write" in done.stderr


# ---- rules ----

def refused(tmp_path, content, name="bad.yml"):
    path = tmp_path / name
    path.write_bytes(content)
    done = run("rules", "check", "--strict", path, timeout=20)
    assert done.status == 1, done.err
    assert name in done.text and "refused" in done.text
    return done


@pytest.mark.parametrize("content", [
    b"\x89PNG\r\n\x1a\n\0\0", b"{[}", b"a: b: c\n", b"\t- x", b"title: [", b"\xff\xfe\xfd",
    b"- just\n- a list\n", b"text", b"title: x\ndetection: 5\n", b"%YAML 9.9\n---\na: b",
    b"&a [*a]", b"title: x\nlogsource: {}\ndetection: {condition: all of them}\n",
])
def test_file_that_is_no_rule(tmp_path, content):
    refused(tmp_path, content)


def test_alias_bomb(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    refused(tmp_path, "\n".join(lines).encode())


def test_alias_bomb_in_detection(tmp_path):
    lines = ["title: bomb", "logsource: {category: webserver}", "x:",
             "  - &a0 [lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"  - &a{i} [{', '.join([f'*a{i - 1}'] * 8)}]" for i in range(1, 10)]
    lines += ["detection:", "  s: {cs-uri-stem: *a9}", "  condition: s"]
    refused(tmp_path, "\n".join(lines).encode())


def test_very_deep_yaml(tmp_path):
    refused(tmp_path, b"[" * 20_000)
    refused(tmp_path, b"title: x\nlogsource: {category: webserver}\ndetection:\n  a: {b: c}\n"
                      b"  condition: " + b"(" * 20_000 + b"a" + b")" * 20_000)


def test_bad_rules_beside_good_ones(tmp_path):
    rule(tmp_path / "r" / "good.yml", value="zz.aspx")
    (tmp_path / "r" / "bad.yml").write_bytes(b"{[}")
    done = hunt(with_good(tmp_path / "e"), "-r", tmp_path / "r")
    assert names(done.findings) == ["Own rule"]
    assert "bad.yml" in done.err


def test_regex_explosion_is_damage(tmp_path):
    own = rule(tmp_path / "own.yml", title="Explosive", field="cs-uri-query|re",
               value="'^(([a-z])+.)+[A-Z]([a-z])+$'")
    iis(tmp_path / "e" / "x.log", [w3c_row("2021-03-03T06:00:00", cs_uri_query="a" * 60 + "1")])
    done = hunt(tmp_path / "e", "-r", own)
    assert done.status == 3 and not done.findings
    assert any("Explosive" in r["hauberk.reason"] for r in done.damage)
    assert done.kind("verdict")[0]["hauberk.partial"] is True


# ---- what is printed ----

UNSAFE = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}


def unsafe(text):
    return {hex(ord(c)) for c in text if c != "\n" and unicodedata.category(c) in UNSAFE}


def test_file_names_with_control_characters(tmp_path):
    name = "u_ex\n\x1b[31mred\x07\t\u202eexe.\x9b1m.log"
    iis(tmp_path / "e" / name, [page_answered()])
    write_bytes(tmp_path / "e" / ("rubbish" + name), b"\0\1\2\3" * 100)
    (tmp_path / "e" / ("link" + name)).symlink_to("nowhere")
    done = hunt(tmp_path / "e", tmp_path / ("missing" + name))
    assert names(done.findings) == [PAGE_RULE]
    assert done.findings[0]["log.file.path"] == str(tmp_path / "e" / name)
    assert unsafe(done.err) == set()
    assert all(ord(c) >= 32 for c in done.text.replace("\n", ""))
    text = hunt_text(tmp_path / "e", tmp_path / ("missing" + name))
    assert unsafe(text.text) == set() and unsafe(text.err) == set()
    assert "red" in text.words


def test_file_name_that_is_no_utf8(tmp_path):
    (tmp_path / "e").mkdir()
    path = os.fsencode(tmp_path / "e") + b"/u_\xff\xfe.log"
    with open(path, "wb") as file:
        file.write(text_of(w3c_header(IIS_FIELDS) + [page_answered()]))
    assert names(hunt(tmp_path / "e").findings) == [PAGE_RULE]
    assert unsafe(hunt_text(tmp_path / "e").text) == set()


def test_usage_error_escapes_what_it_repeats():
    for arguments in (["hunt", "--\x1b[31mred", "."], ["hunt", "--since", "\x1b[31m", "."],
                      ["report", "/missing\x1b[31m"], ["hunt", "-r", "/missing\x1b[31m", "."],
                      ["hunt", "--format", "\x1b[31m", "."], ["rules", "check", "/no\x1b[31m"]):
        assert unsafe(run(*arguments).err) == set(), arguments


EVIL = ["\x1b[2J\x1b[31mowned\x1b]0title\x07", "\u202egnp.exe\u202c", "\u2066x\u2069\u200f\u200e",
        "\x9b31m", "\u2028line\u2029", "\u200bzero\ufeffwidth", "\x08\x08\x08erased", "\x7f",
        "\rover"]


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
def test_evidence_text_is_escaped(tmp_path, evil):
    kept = evil.replace("\r", "")
    row = exchange_row("httpproxy", "2021-03-03T06:30:00.000Z", RequestId="x" + kept,
                       UrlStem="/ecp/" + kept + ".js", HttpStatus="241", Method="POST" + kept,
                       AnchorMailbox="ServerInfo~a]@ex01:444/ecp/proxyLogon.ecp?#",
                       AuthenticatedUser=kept, UserAgent=evil, ClientIpAddress=ATTACKER)
    exchange(tmp_path / "e" / "x.log", "httpproxy", [row])
    iis(tmp_path / "e" / "i.log", [page_answered(page=f"/aspnet_client/{kept}zz.aspx".replace(
        " ", ""), cs_User_Agent=evil)])
    text = hunt_text(tmp_path / "e")
    assert unsafe(text.text) == set()
    done = hunt(tmp_path / "e")
    assert {SESSION_RULE, PAGE_RULE} <= set(names(done.findings))
    assert all(ord(c) >= 32 for c in done.text.replace("\n", ""))


def test_host_names_from_evidence_are_escaped(tmp_path):
    exchange(tmp_path / "e" / "x.log", "httpproxy",
             [proxylogon("session", "2021-03-03T06:30:00.000Z", "EX\x1b[31m01\u202e")])
    assert unsafe(hunt_text(tmp_path / "e").text) == set()


def test_rule_text_is_escaped(tmp_path):
    own = rule(tmp_path / "own.yml", title='"Own \\e[31m\\u202e rule"', value="zz.aspx")
    with_good(tmp_path / "e")
    assert unsafe(hunt_text(tmp_path / "e", "-r", own).text) == set()
    assert unsafe(run("rules", "list", own).text) == set()


@pytest.mark.parametrize("bad", [b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
                                 b"\xc0\xaf", b"\xe2\x82", b"\x80" * 50])
def test_invalid_utf8(tmp_path, bad):
    row = page_answered(cs_uri_query="QQ", cs_User_Agent="AA").encode()
    row = row.replace(b"QQ", b"a" + bad + b"b").replace(b"AA", bad)
    write_bytes(tmp_path / "e" / "x.log", text_of(w3c_header(IIS_FIELDS)) + row + b"\r\n")
    done = hunt(tmp_path / "e")
    assert names(done.findings) == [PAGE_RULE]
    assert "\ufffd" in done.findings[0]["url.query"]
    hunt_text(tmp_path / "e").text.encode("utf-8")
