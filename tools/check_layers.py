#!/usr/bin/python3
"""Keeps the layers of src/ and the platform files apart.

- A file includes from its own folder and from folders earlier in LAYERS, written "folder/x.h".
- match/ does no I/O: it never includes evidence/.
- Tests for a platform (_WIN32, __linux__ ...) and _GNU_SOURCE stay in files named *_posix.c and
  *_win32.c, and those files in PLATFORM_FOLDERS.
"""
import argparse
import pathlib
import re
import sys

LAYERS = ["base", "evidence", "events", "sigma", "match", "webshell", "exchange",
          "casefile", "report", "hunt", "watch", "guard", "hub", "cli"]
FORBIDDEN = {("match", "evidence")}
PLATFORM_FOLDERS = {"base", "evidence"}

INCLUDE = re.compile(r'\s*#\s*include\s*"([^"]+)"')
CONDITION = re.compile(r"\s*#\s*(if|ifdef|ifndef|elif)\b(.*)")
PLATFORM_MACRO = re.compile(
    r"\b(_?_?WIN(32|64)(__)?|__CYGWIN__|__MINGW(32|64)__|_MSC_VER|__unix(__)?|__linux(__)?"
    r"|__gnu_linux__|__GLIBC__|__APPLE__|__(Free|Net|Open)BSD__|_POSIX_VERSION)\b")
GNU_SOURCE = re.compile(r"\s*#\s*define\s+_GNU_SOURCE\b")
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def without_comments(text):
    """The text with comments blanked and lines kept; strings stay."""
    def blank(match):
        token = match.group(0)
        return token if token.startswith('"') else "\n" * token.count("\n")
    return COMMENT_OR_STRING.sub(blank, text)


def logical_lines(text):
    """Yields (number, line), lines that end in a backslash joined."""
    start, parts = 1, []
    for number, line in enumerate(text.split("\n"), 1):
        if not parts:
            start = number
        if line.endswith("\\"):
            parts.append(line[:-1])
            continue
        yield start, "".join(parts) + line
        parts = []


def include_offence(layer, target):
    """What is wrong with this include, or None."""
    folder, slash, _ = target.partition("/")
    if not slash or folder not in LAYERS:
        return f'include "{target}" is not written as "folder/file.h" from src/'
    if LAYERS.index(folder) > LAYERS.index(layer):
        return f'{layer}/ must not include "{target}": {folder}/ is a later layer'
    if (layer, folder) in FORBIDDEN:
        return f'{layer}/ must never include {folder}/ ("{target}")'
    return None


def check_file(path, layer):
    """Yields (line, offence) for one file."""
    is_platform_file = path.stem.endswith(("_posix", "_win32")) and path.suffix == ".c"
    if is_platform_file and layer not in PLATFORM_FOLDERS:
        folders = " and ".join(f"{f}/" for f in sorted(PLATFORM_FOLDERS))
        yield 1, f"platform files belong in {folders}"

    text = without_comments(path.read_text(encoding="utf-8", errors="replace"))
    for number, line in logical_lines(text):
        if include := INCLUDE.match(line):
            if offence := include_offence(layer, include.group(1)):
                yield number, offence
        if is_platform_file:
            continue
        condition = CONDITION.match(line)
        if condition and PLATFORM_MACRO.search(condition.group(2)):
            yield number, "a test for the platform outside of *_posix.c and *_win32.c"
        if GNU_SOURCE.match(line):
            yield number, "_GNU_SOURCE outside of *_posix.c"


def check_tree(src):
    """Returns (files read, list of offences as text)."""
    offences, count = [], 0
    for path in sorted(p for p in src.rglob("*") if p.suffix in (".c", ".h")):
        count += 1
        layer = path.relative_to(src).parts[0]
        if layer not in LAYERS:
            offences.append(f"{path}:1: is in no folder of the layer list")
            continue
        offences += [f"{path}:{number}: {text}" for number, text in check_file(path, layer)]
    return count, offences


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("src", nargs="?", default="src", type=pathlib.Path)
    count, offences = check_tree(parser.parse_args().src)
    for offence in offences:
        print(offence)
    print(f"layers: {count} files, {len(offences)} offences")
    return 1 if offences or not count else 0


if __name__ == "__main__":
    sys.exit(main())
