#!/usr/bin/python3
"""Writes logs for a large case: many hosts, incidents and findings.

tools/make_large_evidence.py [--hosts 5] [--incidents 40] [--findings 1000000] FOLDER

Each incident is one address that exploits ProxyLogon on one host (HttpProxy), and then asks for
its own foreign page again and again (IIS): each of these rows is a finding. Between them stand
honest rows. The same options give the same bytes.
"""
import argparse
import datetime
import pathlib
import random

START = datetime.datetime(2021, 3, 2, 4)
IIS_HEADER = ("#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n"
              "#Date: {day} 00:00:00\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query "
              "s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus "
              "sc-win32-status time-taken\n")
PROXY_HEADER = ("#Software: Microsoft Exchange Server\n#Version: 15.01.2106.002\n"
                "#Log-type: HttpProxy Logs\n#Date: 2021-03-02T00:00:00.000Z\n"
                "#Fields: DateTime,RequestId,Protocol,UrlHost,UrlStem,AuthenticatedUser,"
                "AnchorMailbox,UserAgent,ClientIpAddress,ServerHostName,HttpStatus,BackEndStatus,"
                "Method,RoutingHint,BackEndCookie,UrlQuery,GenericInfo,GenericErrors\n")
STEPS = [("/mapi/emsmdb/?#", 200), ("/ecp/proxyLogon.ecp?#", 241),
         ("/ecp/DDI/DDIService.svc/SetObject?schema=OABVirtualDirectory#", 200),
         ("/ecp/DDI/DDIService.svc/SetObject?schema=ResetOABVirtualDirectory#", 200)]
AGENTS = ["python-requests/2.25.1", "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)",
          "antSword/v2.1", "curl/7.68.0"]


def proxy_rows(host, address, begin):
    for second, (tail, status) in enumerate(STEPS):
        time = begin + datetime.timedelta(seconds=3 * second)
        request = f"{host.lower()}-{address}-{second}"
        yield (time, f"{time:%Y-%m-%dT%H:%M:%S}.000Z,{request},Ecp,mail.corp.example,/ecp/y.js,,"
               f"ServerInfo~a]@{host}.corp.example:444{tail},python-requests/2.25.1,{address},"
               f"{host},{status},{status},POST,X-BEResource-Cookie,,,,\n")


def iis_rows(dice, address, page, begin, count):
    """count requests for the page, spread over two weeks."""
    agent = dice.choice(AGENTS)
    step = datetime.timedelta(days=14) / count
    for number in range(count):
        time = begin + datetime.timedelta(minutes=5) + step * number
        method, query = dice.choice([("POST", "-"), ("GET", f"cmd=whoami{number % 97}")])
        yield (time, f"{time:%Y-%m-%d %H:%M:%S} 192.0.2.10 {method} {page} {query} 443 - "
               f"{address} {agent} - 200 0 0 {dice.randrange(10, 900)}\n")


def honest_rows(dice, count):
    step = datetime.timedelta(days=16) / count
    for number in range(count):
        time = START + step * number
        yield (time, f"{time:%Y-%m-%d %H:%M:%S} 192.0.2.10 GET /owa/ - 443 - 198.51.100."
               f"{dice.randrange(1, 250)} Mozilla/5.0 - 200 0 0 31\n")


def write_host(folder, host, incidents, findings, dice):
    proxy, web = [], list(honest_rows(dice, 20_000))
    for number in incidents:
        address = f"203.0.113.{number + 1}"
        begin = START + datetime.timedelta(hours=7 * number % 40, minutes=number)
        proxy += proxy_rows(host, address, begin)
        web += iis_rows(dice, address, f"/aspnet_client/p{number:03}.aspx", begin,
                        findings // len(incidents))
    proxy.sort()
    web.sort()
    logs = folder / host / "HttpProxy" / "Ecp"
    logs.mkdir(parents=True, exist_ok=True)
    (logs / "HttpProxy_2021030204-1.LOG").write_text(
        PROXY_HEADER + "".join(row for _, row in proxy), encoding="ascii")
    logs = folder / host / "inetpub" / "logs" / "LogFiles" / "W3SVC1"
    logs.mkdir(parents=True, exist_ok=True)
    days = {}
    for time, row in web:
        days.setdefault(time.date(), []).append(row)
    for day, rows in days.items():
        (logs / f"u_ex{day:%y%m%d}.log").write_text(
            IIS_HEADER.format(day=day) + "".join(rows), encoding="ascii")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hosts", type=int, default=5)
    parser.add_argument("--incidents", type=int, default=40)
    parser.add_argument("--findings", type=int, default=1_000_000)
    parser.add_argument("folder", type=pathlib.Path)
    args = parser.parse_args()
    for host in range(args.hosts):
        write_host(args.folder, f"EX{host + 1:02}", range(host, args.incidents, args.hosts),
                   args.findings // args.hosts, random.Random(host))


if __name__ == "__main__":
    main()
