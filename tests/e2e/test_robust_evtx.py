"""Damaged and hostile event logs: no worker dies, what can be read is read, the rest is said."""
import collections
import pathlib
import random
import re

import pytest
from conftest import guid, hunt, iis, page_answered

# Records of the damaged samples that other readers (evtx 0.12, python-evtx, libevtx) read.
READ_BY_OTHERS = {
    "2-system-Microsoft-Windows-LiveId%4Operational.evtx": 399,
    "2-vss_0-Microsoft-Windows-RemoteDesktopServices-RdpCoreTS%4Operational.evtx": 1910,
    "2-vss_0-Microsoft-Windows-TerminalServices-RemoteConnectionManager%4Operational.evtx": 1774,
    "2-vss_7-System.evtx": 1160,
    "Application_no_crc32.evtx": 17,
    "E_ShadowCopy6_windows_system32_winevt_logs_Microsoft-Windows-CAPI2%4Operational.evtx": 459,
    "E_Windows_system32_winevt_logs_Microsoft-Windows-CAPI2%4Operational.evtx": 340,
    "E_Windows_system32_winevt_logs_Microsoft-Windows-Shell-Core%4Operational.evtx": 1146,
    "MSExchange_Management_wec.evtx": 1,
    "Microsoft-Windows-HelloForBusiness%4Operational.evtx": 6,
    "Microsoft-Windows-LanguagePackSetup%4Operational.evtx": 17,
    "Security_short_selected.evtx": 7,
    "Security_with_size_t.evtx": 636,
    "issue_201.evtx": 1,
    "new-user-security.evtx": 4,
    "post-Security.evtx": 126,
    "sample-with-irregular-bool-values.evtx": 3028,
    "sample-with-zero-data-size-event.evtx": 335,
    "sample_with_a_bad_chunk_magic.evtx": 270,
    "security.evtx": 2261,
    "security_bad_string_cache.evtx": 2261,
    "sysmon.evtx": 358,
    "system.evtx": 1881,
}
DAMAGED = {
    "2-vss_0-Microsoft-Windows-RemoteDesktopServices-RdpCoreTS%4Operational.evtx",
    "2-vss_0-Microsoft-Windows-TerminalServices-RemoteConnectionManager%4Operational.evtx",
    "sample-with-zero-data-size-event.evtx",
    "sample_with_a_bad_chunk_magic.evtx",
    "sysmon.evtx",
}

EVERY_RECORD = f"""title: Every record
id: {guid(99)}
status: test
level: low
logsource:
  product: windows
detection:
  selection:
    EventRecordID: '*'
  keywords:
    - '*'
  condition: selection and keywords
"""

MEMORY = 1024  # MB of all processes together; with a sanitizer it is several times the usual
FILE_HEADER = 4096
CHUNK = 65536
FIRST_RECORD = 512  # in a chunk
STRINGS, TEMPLATES = range(128, 384, 4), range(384, 512, 4)  # tables of offsets in a chunk


@pytest.fixture(name="every_record", scope="module")
def fixture_every_record(tmp_path_factory):
    """A rule that has all of each event decoded, and finds each once."""
    path = tmp_path_factory.mktemp("rule") / "every.yml"
    path.write_text(EVERY_RECORD, encoding="utf-8")
    return path


def name_of(record):
    return pathlib.PurePath(record["log.file.path"]).name


def by_file(records):
    return collections.Counter(map(name_of, records))


def ids_of(findings):
    return collections.Counter((name_of(r), r["hauberk.fields"].get("EventRecordID"))
                               for r in findings)


def survived(*args, **options):
    """A hunt in which no worker died or hung."""
    done = hunt("--stats", *args, timeout=600, **options)
    memory = float(re.search(r"peak memory ([0-9.]+) MB", done.err).group(1))
    assert memory < MEMORY
    ended = [d for d in done.damage if "worker" in d["hauberk.reason"]]
    assert not ended, ended[:3]
    return done


# ---- the samples ----

@pytest.fixture(name="samples", scope="module")
def fixture_samples(evtx_samples, every_record):
    return survived("-r", every_record, evtx_samples / "evtx-crate")


def test_all_that_others_read_is_read(samples, evtx_samples):
    assert {p.name for p in evtx_samples.glob("evtx-crate/**/*.evtx")} == set(READ_BY_OTHERS)
    read = by_file(samples.findings)
    fewer = {name: (read[name], count) for name, count in READ_BY_OTHERS.items()
             if read[name] < count}
    assert not fewer


def test_no_record_is_read_twice(samples):
    assert not [key for key, count in ids_of(samples.findings).items() if count > 1]


def test_damage_is_said(samples):
    assert DAMAGED <= set(by_file(samples.damage))


def test_whole_logs_are_read_without_damage(evtx_samples, every_record):
    done = survived("-r", every_record, evtx_samples / "sbousseaden")
    logs = {p.name for p in evtx_samples.glob("sbousseaden/**/*.evtx")}
    assert set(by_file(done.findings)) == logs
    assert not done.damage


# ---- copies that were damaged on purpose ----

@pytest.fixture(name="logs", scope="module")
def fixture_logs(evtx_samples, sigmahq):
    """Small logs of different kinds: Sysmon, Security, UserData, nested fragments, arrays."""
    paths = [evtx_samples / "evtx-crate" / "samples" / name for name in (
        "MSExchange_Management_wec.evtx", "Security_short_selected.evtx", "issue_201.evtx",
        "new-user-security.evtx", "Application_no_crc32.evtx")]
    paths += sorted((sigmahq / "regression_data").rglob("*.evtx"))[::70]
    logs = {path.stem: path.read_bytes() for path in paths}
    assert len(logs) == len(paths) == 8
    return {name: content for name, content in logs.items() if len(content) <= 3_000_000}


def hunt_copies(logs, every_record, folder, change):
    """Hunts copies: change(name, content, random numbers) gives their contents. A good log beside
    them must still be found."""
    folder.mkdir()
    count = 0
    for name, content in sorted(logs.items()):
        numbers = random.Random(name)  # the same for each run
        for copy in change(content, numbers):
            (folder / f"{name}-{count}.evtx").write_bytes(copy)
            count += 1
    iis(folder / "good.log", [page_answered()])
    done = survived("-r", every_record, "--with-builtin", folder)
    assert by_file(done.findings)["good.log"] == 1
    return done


def put(content, at, data):
    return content[:at] + data + content[at + len(data):]


def u32(number):
    return number.to_bytes(4, "little")


def u32_at(content, at):
    return int.from_bytes(content[at:at + 4], "little")


def test_truncated(logs, every_record, tmp_path):
    def change(content, numbers):
        lengths = {0, 1, 7, 8, 127, 128, 4095, FILE_HEADER, FILE_HEADER + 1, FILE_HEADER + 127,
                   FILE_HEADER + 511, FILE_HEADER + FIRST_RECORD, FILE_HEADER + FIRST_RECORD + 23,
                   FILE_HEADER + FIRST_RECORD + 24, len(content) - 1, len(content) // 2}
        lengths |= {numbers.randrange(len(content)) for _ in range(10)}
        return [content[:length] for length in sorted(lengths)]
    done = hunt_copies(logs, every_record, tmp_path / "e", change)
    assert len(by_file(done.damage)) > len(logs)


def test_truncation_leaves_what_is_before_it(logs, every_record, tmp_path):
    """A log that ends inside of its last record loses that record and no other."""
    content = logs["new-user-security"]
    whole = hunt_copies({"whole": content}, every_record, tmp_path / "whole", lambda c, n: [c])
    offsets = sorted(r["hauberk.offset"] for r in whole.findings if "whole" in name_of(r))
    assert len(offsets) == 4
    for i, offset in enumerate(offsets):
        cut = hunt_copies({"cut": content}, every_record, tmp_path / f"cut{i}",
                          lambda c, n, end=offset + 30: [c[:end]])
        left = sorted(r["hauberk.offset"] for r in cut.findings if "cut" in name_of(r))
        assert left == offsets[:i]
        assert cut.damage


def test_bits_flipped(logs, every_record, tmp_path):
    def change(content, numbers):
        used = min(len(content), FILE_HEADER + CHUNK)
        for flips in (1, 1, 1, 1, 4, 16, 64, 256, 1024):
            copy = bytearray(content)
            for _ in range(flips):
                copy[numbers.randrange(used)] ^= 1 << numbers.randrange(8)
            yield bytes(copy)
    done = hunt_copies(logs, every_record, tmp_path / "e", change)
    assert done.damage


def test_bits_flipped_in_the_first_records(logs, every_record, tmp_path):
    """Where templates are defined: names, substitutions, descriptors, values."""
    def change(content, numbers):
        start = FILE_HEADER + FIRST_RECORD
        for flips in (1,) * 20 + (3,) * 10 + (10,) * 5:
            copy = bytearray(content)
            for _ in range(flips):
                copy[start + numbers.randrange(3000)] ^= 1 << numbers.randrange(8)
            yield bytes(copy)
    hunt_copies(logs, every_record, tmp_path / "e", change)


def test_numbers_made_huge(logs, every_record, tmp_path):
    """Every aligned number of the first records in turn: sizes, counts and offsets."""
    def change(content, _numbers):
        start = FILE_HEADER + FIRST_RECORD
        for at in range(start, start + 240, 4):
            yield put(content, at, b"\xff\xff\xff\xff")
        for at in range(start, start + 240, 4):
            yield put(content, at, b"\xff\xff\xff\x7f")
    hunt_copies(dict(list(sorted(logs.items()))[:3]), every_record, tmp_path / "e", change)


def test_zeros(logs, every_record, tmp_path):
    def change(content, numbers):
        for length in (4, 64, 512, 4096, 20_000):
            at = numbers.randrange(max(1, len(content) - length))
            yield put(content, at, bytes(length))
        yield content[:FILE_HEADER] + bytes(len(content) - FILE_HEADER)
        yield bytes(FILE_HEADER) + content[FILE_HEADER:]
        yield content + bytes(CHUNK)
        yield content[:FILE_HEADER] + bytes(CHUNK) + content[FILE_HEADER:]
    hunt_copies(logs, every_record, tmp_path / "e", change)


def test_zeros_behind_and_between_chunks_lose_nothing(logs, every_record, tmp_path):
    content = logs["new-user-security"]
    zeros = bytes(CHUNK)
    wanted = hunt_copies({"x": content}, every_record, tmp_path / "e", lambda c, n: [c])
    for i, copy in enumerate([content + zeros,
                              content[:FILE_HEADER] + zeros + content[FILE_HEADER:]]):
        done = hunt_copies({"x": copy}, every_record, tmp_path / f"e{i}", lambda c, n: [c])
        assert ids_of(done.findings) == ids_of(wanted.findings)


def test_record_size(logs, every_record, tmp_path):
    """The size of the first record: none, less than its head, itself, beyond its chunk."""
    def change(content, _numbers):
        at = FILE_HEADER + FIRST_RECORD + 4
        sizes = (0, 1, 4, 8, 24, 27, 28, 29, 512, CHUNK - FIRST_RECORD, CHUNK, 2**31, 2**32 - 1)
        for size in sizes:
            yield put(content, at, u32(size))
    done = hunt_copies(logs, every_record, tmp_path / "e", change)
    assert done.damage


def test_tables_that_point_at_themselves(logs, every_record, tmp_path):
    """Strings and templates are chained lists; here they are rings."""
    def rings(content, table):
        copy = content
        for slot in table:
            first = u32_at(content, FILE_HEADER + slot)
            if 0 < first < CHUNK - 4:
                copy = put(copy, FILE_HEADER + first, u32(first))
        return copy

    def change(content, numbers):
        yield rings(content, STRINGS)
        yield rings(content, TEMPLATES)
        for target in (0, 1, 128, 384, 511, FIRST_RECORD, CHUNK - 1, CHUNK, 2**32 - 1):
            copy = content
            for slot in (*STRINGS, *TEMPLATES):
                copy = put(copy, FILE_HEADER + slot, u32(target))
            yield copy
        for _ in range(5):
            copy = content
            for slot in (*STRINGS, *TEMPLATES):
                copy = put(copy, FILE_HEADER + slot, u32(numbers.randrange(CHUNK)))
            yield copy
    hunt_copies(logs, every_record, tmp_path / "e", change)


def test_template_that_calls_itself(logs, every_record, tmp_path):
    """The body of a template begins with the template again: no end of nesting."""
    def change(content, _numbers):
        for slot in TEMPLATES:
            first = u32_at(content, FILE_HEADER + slot)
            if not 0 < first < CHUNK - 200:
                continue
            body = FILE_HEADER + first + 24  # behind next, GUID and size
            again = b"\x0f\x01\x01\x00\x0c\x01" + content[FILE_HEADER + first + 4:][:4] + u32(first)
            yield put(content, body, again + u32(0) + b"\x00")
            yield put(content, body, b"\x0f\x01\x01\x00" * 40)
    hunt_copies(logs, every_record, tmp_path / "e", change)


def test_deep_elements(logs, every_record, tmp_path):
    """The body of a template as 3,000 open elements inside each other."""
    def nested(start):
        """The bytes, which begin at `start` in the chunk. Their name is written in the first."""
        name_at = start + 4 + 11
        name = u32(0) + b"\x00\x00" + b"\x01\x00" + "A\0".encode("utf-16-le")
        head = b"\x01\xff\xff" + u32(11) + u32(name_at)
        return b"\x0f\x01\x01\x00" + head + name + b"\x02" + (head + b"\x02") * 3000

    def change(content, _numbers):
        for slot in TEMPLATES:
            first = u32_at(content, FILE_HEADER + slot)
            if 0 < first < CHUNK - 40_000:
                body = nested(first + 24)
                yield put(content, FILE_HEADER + first + 20, u32(len(body)) + body)
    done = hunt_copies(logs, every_record, tmp_path / "e", change)
    assert done.damage


def test_chunks_in_another_order(evtx_samples, every_record, tmp_path):
    """Chunks stand alone: turned round, or one file's behind another's, they read the same."""
    samples = evtx_samples / "evtx-crate" / "samples"
    content = (samples / "security.evtx").read_bytes()
    chunks = [content[at:at + CHUNK] for at in range(FILE_HEADER, len(content), CHUNK)]
    assert len(chunks) > 3
    (tmp_path / "e").mkdir()
    turned = tmp_path / "e" / "security.evtx"
    turned.write_bytes(content[:FILE_HEADER] + b"".join(reversed(chunks)))
    done = survived("-r", every_record, turned)
    wanted = survived("-r", every_record, samples / "security.evtx")
    assert ids_of(done.findings) == ids_of(wanted.findings)
