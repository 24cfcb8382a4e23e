#!/usr/bin/python3
"""Writes packs/exchange/pages.txt: the URL paths of every server page that Exchange ships.

Input is the condensed table of Microsoft's file baselines (sha256, ext, path, builds ...), 131
builds of Exchange 2013 to 2019. A page is listed when any of them has it. Run by hand when the
table changes:

    tools/make_pages.py exchange_web_baseline.tsv.gz packs/exchange/pages.txt
"""
import argparse
import gzip

# What IIS on an Exchange server hands to a script engine. Masters, .browser and the like are
# never addressed by a URL.
SCRIPT_TYPES = {"aspx", "ascx", "ashx", "asmx", "asax", "asp", "svc", "soap", "rem",
                "cshtml", "vbhtml"}

# Folder below the installation -> URL. The front end and the back end answer under the same
# names; the copies for Microsoft's own data centres (-liveid, -datacenter) are left out.
FOLDERS = {
    r"frontend\httpproxy\autodiscover": "/autodiscover",
    r"frontend\httpproxy\ecp": "/ecp",
    r"frontend\httpproxy\ews": "/ews",
    r"frontend\httpproxy\mapi": "/mapi",
    r"frontend\httpproxy\oab": "/oab",
    r"frontend\httpproxy\owa": "/owa",
    r"frontend\httpproxy\powershell": "/powershell",
    r"frontend\httpproxy\pushnotifications": "/pushnotifications",
    r"frontend\httpproxy\rest": "/rest",
    r"frontend\httpproxy\rpc": "/rpc",
    r"frontend\httpproxy\sync": "/microsoft-server-activesync",
    r"clientaccess\autodiscover": "/autodiscover",
    r"clientaccess\ecp": "/ecp",
    r"clientaccess\exchweb\ews": "/ews",
    r"clientaccess\mapi\emsmdb": "/mapi/emsmdb",
    r"clientaccess\mapi\nspi": "/mapi/nspi",
    r"clientaccess\oab": "/oab",
    r"clientaccess\owa": "/owa",
    r"clientaccess\powershell": "/powershell",
    r"clientaccess\pushnotifications": "/pushnotifications",
    r"clientaccess\rest": "/rest",
    r"clientaccess\rpcproxy": "/rpc",
    r"clientaccess\sync": "/microsoft-server-activesync",
}


def url_of(path):
    """The URL path of an installed file, or None when it is not under one of ours."""
    for folder, url in FOLDERS.items():
        if path.startswith(folder + "\\"):
            return url + path[len(folder):].replace("\\", "/")
    return None


def read_pages(table):
    pages = set()
    with gzip.open(table, "rt", encoding="utf-8") as lines:
        for line in lines:
            cells = line.rstrip("\n").split("\t")
            if len(cells) < 3 or cells[1] not in SCRIPT_TYPES:
                continue
            url = url_of(cells[2].lower())
            if url:
                pages.add(url)
    return pages


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table")
    parser.add_argument("output")
    args = parser.parse_args()

    # Sorted by bytes: the program searches the file as it is.
    pages = sorted(page.encode() for page in read_pages(args.table))
    with open(args.output, "wb") as out:
        out.write(b"".join(page + b"\n" for page in pages))


if __name__ == "__main__":
    main()
