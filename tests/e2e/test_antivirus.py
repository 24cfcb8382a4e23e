"""Does antivirus take our program for a web shell? ClamAV's engine with signatures of our own over
the program: the sequences that such signatures are made of must not stand in it in one piece."""
import pathlib
import shutil
import subprocess

import pytest

from conftest import HAUBERK, TIMEOUT

# In pieces, as in the program.
SEQUENCES = [
    ("eval", "(", "Request"), ("eval", " ", "request"), ("Execute", "(", "Request"),
    ("execute", " ", "request"), ("cmd", ".exe", " /c"), ("cmd", ".exe /", "c "),
    ("$_", "POST", "["), ("$_", "GET", "["), ("$_", "REQUEST", "["), ("eval", "($", "_"),
    ("assert", "($", "_"), ("base64", "_decode", "($_"), ("system", "($", "_"),
    ("Runtime.get", "Runtime", "().exec"), ("getRuntime", "()", ".exec"),
    ("WScript", ".", "Shell\")"), ("CreateObject", "(\"WScript", ".Shell"),
    ("Process", ".", "Start(Request"), ("Assembly", ".Load", "(Convert"),
    ("\"uns", "afe", "\")"), ("#@~", "^", "AAA"), ("FromBase64", "String(", "Request"),
    ("xp_", "cmdshell", " '"), ("document.", "write(un", "escape("),
    ("<%", "eval", ""), ("<?php ", "eval", ""), ("<?php @", "eval", ""),
]


@pytest.fixture(name="scan")
def fixture_scan(tmp_path):
    clamscan = shutil.which("clamscan")
    if not clamscan:
        pytest.skip("skipped: no clamscan")
    hexes = ["".join(parts).encode().hex() for parts in SEQUENCES]
    signatures = tmp_path / "ours.ndb"
    signatures.write_text("".join(f"Test.Shell.{i}:0:*:{text}\n" for i, text in enumerate(hexes)))

    def scan(path):
        done = subprocess.run([clamscan, "--no-summary", "--max-filesize=500M",
                               "--max-scansize=500M", "-d", str(signatures), str(path)],
                              capture_output=True, text=True, check=False, timeout=4 * TIMEOUT)
        assert done.returncode in (0, 1), done.stderr
        return [line for line in done.stdout.splitlines() if line.endswith("FOUND")]
    return scan


def test_signatures_find_what_they_are_for(scan, tmp_path):
    for i, parts in enumerate(SEQUENCES):
        sample = tmp_path / f"{i}.txt"
        sample.write_text("some text " + "".join(parts) + " more text\n" * 10)
        assert scan(sample), parts


def test_program_is_clean(scan):
    assert pathlib.Path(HAUBERK).stat().st_size > 100000
    assert scan(HAUBERK) == []
