#!/usr/bin/python3
"""Writes the files of packs/ into a C file, so that the program carries its own rules.

--add NAME=PATH adds a file of any kind under that name.

Takes *.yml *.txt *.tsv *.bin, leaves out folders named "tests" and hidden ones. The output
depends on file names and contents only. The depfile names every folder seen, too: a file that
is added or removed changes its folder's time, and the build runs this again.
"""
import argparse
import os

SUFFIXES = (".yml", ".txt", ".tsv", ".bin")
SKIPPED_FOLDERS = {"tests"}
BYTES_PER_LINE = 32


def walk_packs(root):
    """Returns (names below root with '/', folders seen), both sorted."""
    names, folders = [], []
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = sorted(
            s for s in subfolders if s not in SKIPPED_FOLDERS and not s.startswith("."))
        folders.append(folder)
        for file in files:
            if file.endswith(SUFFIXES) and not file.startswith("."):
                path = os.path.relpath(os.path.join(folder, file), root)
                names.append(path.replace(os.sep, "/"))
    return sorted(names), folders


def c_string(text):
    """text as the inside of a C string literal."""
    plain = lambda byte: 32 <= byte < 127 and byte not in b'"\\?'
    return "".join(chr(b) if plain(b) else "\\%03o" % b for b in text.encode())


def write_array(out, number, content):
    # The last 0 is not counted in the size; it lets text be handled as a string.
    out.write(f"static const unsigned char file_{number}[] = {{\n")
    content += b"\0"
    for start in range(0, len(content), BYTES_PER_LINE):
        out.write(",".join(map(str, content[start:start + BYTES_PER_LINE])) + ",\n")
    out.write("};\n\n")


def write_c_file(output, files):
    """files: (name, path)."""
    with open(output, "w", encoding="ascii") as out:
        out.write("/* Made by tools/embed.py from packs/. Do not edit. */\n"
                  '#include "base/embedded.h"\n\n')
        sizes = []
        for number, (_, path) in enumerate(files):
            with open(path, "rb") as file:
                content = file.read()
            sizes.append(len(content))
            write_array(out, number, content)
        out.write("const struct embedded_file embedded_files[] = {\n")
        for number, (name, _) in enumerate(files):
            out.write(f'    {{"{c_string(name)}", file_{number}, {sizes[number]}}},\n')
        out.write("    {0, 0, 0}, /* not counted: C knows no empty array */\n};\n\n"
                  f"const size_t embedded_file_count = {len(files)};\n")


def write_depfile(depfile, output, paths):
    def escape(path):
        return path.replace("\\", "\\\\").replace(" ", "\\ ").replace("#", "\\#").replace("$", "$$")

    with open(depfile, "w", encoding="utf-8") as out:
        out.write(escape(output) + ":" + "".join(" \\\n " + escape(p) for p in paths) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--depfile")
    parser.add_argument("--add", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("packs")
    parser.add_argument("output")
    args = parser.parse_args()

    names, folders = walk_packs(args.packs)
    files = [(name, os.path.join(args.packs, name)) for name in names]
    files += [tuple(added.split("=", 1)) for added in args.add]
    write_c_file(args.output, files)
    if args.depfile:
        write_depfile(args.depfile, args.output, folders + [path for _, path in files])


if __name__ == "__main__":
    main()
