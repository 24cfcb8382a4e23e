#!/usr/bin/python3
"""Writes packs/exchange/known_good.bin: Microsoft's own files of Exchange's web folders.

Input is the condensed table of Microsoft's file baselines (sha256, ext, path, builds, first and
last build), 131 builds of Exchange 2013 to 2019. src/exchange/known_good.c draws the format and
reads it. Run by hand when the table changes; with --check the file is compared, not written:

    tools/make_known_good.py exchange_web_baseline.tsv.gz packs/exchange/known_good.bin
"""
import argparse
import bisect
import gzip
import struct
import sys

MAGIC = b"HKNOWN1\n"
HASH_BYTES = 16  # of 32: 2^128 / 10,853 tries for a file that passes as one of these


def read_rows(table):
    """Yields (hash, path, number of builds, first build, last build)."""
    with gzip.open(table, "rt", encoding="utf-8") as lines:
        for line in lines:
            cells = line.rstrip("\n").split("\t")
            if len(cells) == 6 and len(cells[0]) == 64:
                path = cells[2].lower().replace("\\", "/")
                yield bytes.fromhex(cells[0]), path, int(cells[3]), cells[4], cells[5]


def build_key(build):
    return tuple(map(int, build.split(".")))


def text_table(texts):
    """The offsets of the texts, one more than there are, and the texts without separators."""
    offsets, blob = [0], b""
    for text in texts:
        blob += text.encode("ascii")
        offsets.append(len(blob))
    return struct.pack(f"<{len(offsets)}I", *offsets), blob


def make(rows):
    rows = sorted(rows)
    builds = sorted({row[i] for row in rows for i in (3, 4)}, key=build_key)
    paths = sorted({row[1] for row in rows})
    path_offsets, path_blob = text_table(paths)
    hashes, places = b"", b""
    for digest, path, count, first, last in rows:
        hashes += digest[:HASH_BYTES]
        places += struct.pack("<HBBB", bisect.bisect_left(paths, path), builds.index(first),
                              builds.index(last), count)
    build_parts = b"".join(struct.pack("<4H", *build_key(build)) for build in builds)
    head = MAGIC + struct.pack("<4I", len(builds), len(paths), len(path_blob), len(rows))
    return head + build_parts + path_offsets + path_blob + hashes + places


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("table")
    parser.add_argument("output")
    args = parser.parse_args()

    content = make(read_rows(args.table))
    if args.check:
        with open(args.output, "rb") as file:
            if file.read() != content:
                sys.exit(f"{args.output} does not say what {args.table} says")
        return
    with open(args.output, "wb") as file:
        file.write(content)


if __name__ == "__main__":
    main()
