#!/usr/bin/python3
"""Measures how fast pages are judged: files for each second of user+system time.

    BENCH_PAGES=FOLDER... BENCH_YARA=gen_webshells.yar tools/bench_pages.py [BUILD-DIR]

Every page of the folders (separated by ':') is hard-linked or copied once into the build folder, so
that all programs read the same warm tree of pages and nothing else. Without BENCH_PAGES a tree of
5,000 pages is made: the shapes of a web application, none of them a shell. The peer, YARA with
one thread and the rules of BENCH_YARA, runs on the same tree in the same run; the time that each
takes for an empty folder is told apart.
"""
import os
import pathlib
import shutil
import sys

import bench

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build")
SUFFIXES = {".aspx", ".ascx", ".ashx", ".asmx", ".asp", ".cshtml", ".master", ".jsp", ".php"}
SMALL = 64 << 10
MADE = 5000

SHAPES = {
    ".aspx": '<%@ Page Language="C#" CodeBehind="Page{n}.aspx.cs" Inherits="Site.Page{n}" %>\n'
             '<html><body><form runat="server">\n<asp:TextBox ID="Name" runat="server" />\n'
             '<asp:Label ID="Out" runat="server" Text="<%# Eval("Name{n}") %>" />\n{filler}'
             '</form></body></html>\n',
    ".ascx": '<%@ Control Language="C#" %>\n<script runat="server">\nprotected void Page_Load(object'
             ' sender, EventArgs e)\n{{\n    int id = Convert.ToInt32(Request.QueryString["id"]);\n'
             '    Title.Text = Server.HtmlEncode(Find(id + {n}));\n}}\n</script>\n'
             '<asp:Label ID="Title" runat="server" />\n{filler}',
    ".asp": '<%@ Language="VBScript" %>\n<!--#include file="top.asp"-->\n<%\nDim page\n'
            'page = CInt(Request.QueryString("page")) + {n}\nResponse.Write "Page " & page\n%>\n'
            '{filler}',
}


def pages_of(folders):
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.is_file() and path.suffix.lower() in SUFFIXES and path.stat().st_size <= SMALL:
                yield path


def gather(folders, tree):
    for number, path in enumerate(pages_of(folders)):
        target = tree / f"{number // 500:03}" / f"{number:06}{path.suffix.lower()}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def make(tree):
    filler = "<p class=\"text\">Nothing to see on this line of the page.</p>\n"
    for number in range(MADE):
        suffix = list(SHAPES)[number % len(SHAPES)]
        target = tree / f"{number // 500:03}" / f"{number:06}{suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(SHAPES[suffix].format(n=number, filler=filler * (number % 40)))


def page_tree():
    folders = os.environ.get("BENCH_PAGES", "")
    tree = BUILD / ("bench-pages" if folders else "bench-pages-made")
    if not tree.is_dir():
        new = tree.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        gather(folders.split(":"), new) if folders else make(new)
        new.rename(tree)
    return tree


def commands_for(folder):
    commands = {"hauberk page -j 1": [bench.HAUBERK, "page", "-j", "1", "--format", "ndjson",
                                      str(folder)]}
    rules = os.environ.get("BENCH_YARA")
    if rules and shutil.which("yara"):
        commands["yara, " + pathlib.Path(rules).name] = ["yara", "-p", "1", "-r", "-N", "-w", rules,
                                                        str(folder)]
    return commands


def main():
    tree = page_tree()
    empty = BUILD / "bench-empty"
    empty.mkdir(exist_ok=True)
    count = sum(1 for path in tree.rglob("*") if path.is_file())
    size = bench.size_of(tree)
    print(f"{count} pages, {size / 1e6:.1f} MB")
    print(f"{'':34} {'wall s':>7} {'cpu s':>7} {'start s':>8} {'files/s':>10} {'ratio':>7}")
    commands, idle = commands_for(tree), commands_for(empty)
    best = dict(zip(commands, bench.best_of_each(list(commands.values()))))
    start = dict(zip(idle, bench.best_of_each(list(idle.values()))))
    base = None
    for name, (wall, cpu) in best.items():
        rate = count / cpu
        base = base or rate
        print(f"{name:34} {wall:7.2f} {cpu:7.2f} {start[name][1]:8.3f} {rate:10.0f} {base / rate:7.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
