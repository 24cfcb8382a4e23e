"""Helpers of the end-to-end tests: run the program, read its records, write logs of any family."""
import csv
import gzip
import io
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HAUBERK = os.environ.get("HAUBERK", str(ROOT / "build" / "hauberk"))
HAUBERK_GEN = os.environ.get("HAUBERK_GEN", str(ROOT / "build/tests/gen/hauberk-gen"))
HAUBERK_FAULTS = os.environ.get("HAUBERK_FAULTS", str(ROOT / "build/tests/hauberk-faults"))
CORPORA = os.environ.get("HAUBERK_CORPORA")

TIMEOUT = 60  # seconds: a guard against a program that never ends
GRADES = ["N", "E0", "E1", "E2", "E3", "E4", "E5", "E6"]

ATTACKER = "203.0.113.66"
VISITOR = "198.51.100.20"


@pytest.fixture(name="corpora", scope="session")
def fixture_corpora():
    if not CORPORA or not pathlib.Path(CORPORA).is_dir():
        pytest.skip("skipped: no corpora")
    return pathlib.Path(CORPORA)


def unpacked(archive, folder):
    """The content of a .tar.zst in a new folder."""
    with subprocess.Popen(["zstd", "-dcq", archive], stdout=subprocess.PIPE) as content:
        subprocess.run(["tar", "-xf", "-", "-C", folder], stdin=content.stdout, check=True)
    assert content.returncode == 0
    return folder


@pytest.fixture(name="sigmahq", scope="session")
def fixture_sigmahq(corpora, tmp_path_factory):
    """SigmaHQ's repository: all rules, and regression_data."""
    return unpacked(next(corpora.glob("sigmahq-*.tar.zst")), tmp_path_factory.mktemp("sigmahq"))


@pytest.fixture(name="evtx_samples", scope="session")
def fixture_evtx_samples(corpora, tmp_path_factory):
    """Event logs of attacks (sbousseaden/) and damaged ones (evtx-crate/)."""
    return unpacked(corpora / "evtx-samples.tar.zst", tmp_path_factory.mktemp("evtx-samples"))


WINDOWS_RULES = ("rules/windows", "rules-emerging-threats", "rules-threat-hunting")
WEB_RULES = ("rules/web", "rules-emerging-threats")


def rule_options(root, folders):
    """The options that load SigmaHQ's rules of these folders."""
    return [word for folder in folders for word in ("-r", root / folder)]


# ---- running ----

class Run:
    """What one run of the program left."""

    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout
        self.err = done.stderr.decode("utf-8", "replace")

    @property
    def text(self):
        """Standard output; must be UTF-8."""
        return self.out.decode("utf-8")

    @property
    def words(self):
        """The text without its line breaks, for looking up sentences."""
        return " ".join(self.text.split())

    @property
    def records(self):
        return [json.loads(line) for line in self.text.splitlines()]

    def kind(self, name):
        return [r for r in self.records if r["record"] == name]

    @property
    def findings(self):
        return self.kind("finding")

    @property
    def damage(self):
        return self.kind("damage")

    @property
    def coverage(self):
        return self.kind("coverage")

    @property
    def grades(self):
        return {r["host.name"]: r["hauberk.grade"] for r in self.kind("verdict")}


def run(*args, program=HAUBERK, **options):
    options.setdefault("timeout", TIMEOUT)
    return Run(subprocess.run([program, *map(str, args)], stdin=subprocess.DEVNULL,
                              capture_output=True, check=False, **options))


def hunt(*args, **options):
    """A hunt that must not fail, as records."""
    done = run("hunt", "--no-progress", "--format", "ndjson", *args, **options)
    assert done.status in (0, 1, 3), f"exit {done.status}: {done.err}"
    return done


def hunt_text(*args, **options):
    done = run("hunt", "--no-progress", *args, **options)
    assert done.status in (0, 1, 3), f"exit {done.status}: {done.err}"
    return done


def grade_at_most(grade, limit):
    return GRADES.index(grade) <= GRADES.index(limit)


def names(findings):
    return sorted(r["rule.name"] for r in findings)


def comparable(done, *, without=()):
    """Records of a run with paths cut to the file's name, sorted, to compare two runs."""
    left_out = set(without)
    rows = []
    for record in done.records:
        row = {k: v for k, v in record.items() if k not in left_out and
               not (k.endswith(".offset") and "hauberk.offset" in left_out)}
        for key in row:  # log.file.path, and the proofs of the harm
            if key == "log.file.path" or key.startswith("hauberk.harm_proof.") and \
                    key.endswith(".path"):
                row[key] = pathlib.PurePath(row[key]).name.removesuffix(".gz")
        rows.append(json.dumps(row, sort_keys=True))
    return sorted(rows)


def assert_same(done, expected, **options):
    """Two runs found the same. A few differences are shown, not thousands."""
    found, wanted = (r if isinstance(r, list) else comparable(r, **options)
                     for r in (done, expected))
    missing, extra = sorted(set(wanted) - set(found)), sorted(set(found) - set(wanted))
    if missing or extra:
        pytest.fail(f"{len(missing)} missing, {len(extra)} extra\nmissing: {missing[:2]}\n"
                    f"extra: {extra[:2]}")
    assert len(found) == len(wanted)


# ---- the generator ----

def generate(folder, scenario, size="2M", seed=1, **options):
    """A generated tree; returns its facts, by host."""
    command = [HAUBERK_GEN, "--scenario", scenario, "--size", size, "--seed", str(seed)]
    for name, value in options.items():
        command += [f"--{name}"] if value is True else [f"--{name}", str(value)]
    done = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=True,
                          timeout=TIMEOUT)
    facts = dict(line.split("=", 1) for line in done.stdout.splitlines())
    if "host" in facts:
        return {facts["host"].lower(): facts}
    hosts = {}
    for key, value in facts.items():
        if "." in key:
            host, name = key.split(".", 1)
            hosts.setdefault(host.lower(), {})[name] = value
    return hosts


# ---- writing W3C logs ----

IIS_FIELDS = ("date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
              "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken")
HTTPERR_FIELDS = ("date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status "
                  "s-siteid s-reason s-queuename")
W3C_DEFAULTS = {"s-ip": "192.0.2.10", "s-port": "443", "c-ip": VISITOR, "cs-method": "GET",
                "cs-uri-stem": "/owa/", "sc-status": "200", "sc-substatus": "0",
                "sc-win32-status": "0", "time-taken": "31", "cs(User-Agent)": "Mozilla/5.0",
                "c-port": "50123", "cs-version": "HTTP/1.1", "cs-uri": "/owa/"}


def w3c_header(fields, software="Microsoft Internet Information Services 10.0"):
    return [f"#Software: {software}", "#Version: 1.0", "#Date: 2021-03-03 00:00:00",
            f"#Fields: {fields}"]


def w3c_row(time, fields=IIS_FIELDS, **cells):
    """cells are named as columns, with _ for what Python does not allow: c_ip, sc_status."""
    date, clock = time.split("T")
    known = {column: column for column in fields.split()}
    for column in fields.split():
        known[column.replace("-", "_").replace("(", "_").replace(")", "")] = column
    values = {**W3C_DEFAULTS, **{known[k]: v for k, v in cells.items()},
              "date": date, "time": clock}
    return " ".join(str(values.get(c) or "-").replace(" ", "+") for c in fields.split())


def iis(path, rows, fields=IIS_FIELDS, newline="\r\n"):
    return write_lines(path, w3c_header(fields) + rows, newline)


def httperr(path, rows):
    return write_lines(path, w3c_header(HTTPERR_FIELDS, "Microsoft HTTP API 2.0") + rows)


# ---- writing Exchange's logs ----

# family: name in #Log-type, columns (a selection; the first is the time)
EXCHANGE = {
    "httpproxy": ("HttpProxy Logs",
                  "DateTime,RequestId,Protocol,UrlHost,UrlStem,AuthenticatedUser,AnchorMailbox,"
                  "UserAgent,ClientIpAddress,ServerHostName,HttpStatus,BackEndStatus,Method,"
                  "RoutingHint,BackEndCookie,UrlQuery,GenericInfo,GenericErrors"),
    "ecp": ("ECP Server Log", "TimeStamp,ServerName,EventId,EventData"),
    "ecp-activity": ("ECP Activity Context Log", "TimeStamp,ServerName,EventId,EventData"),
    "oabgenerator": ("OAB Generator Log",
                     "Timestamp,RecordType,TraceId,OabGuid,AddressListGuid,Message"),
    "cmdlet": ("Rps Cmdlet Logs",
               "DateTime,StartTime,RequestId,ServerHostName,ProcessName,AuthenticatedUser,"
               "ClientApplication,Cmdlet,Parameters,ErrorType,ExecutionResult,GenericInfo"),
    "rps-http": ("Rps Http Logs",
                 "DateTime,StartTime,RequestId,UrlHost,UrlStem,AuthenticatedUser,ClientIpAddress,"
                 "ServerHostName,HttpStatus,ShellId,ClientInfo,UrlQuery,GenericInfo"),
    "ews": ("EWS Logs",
            "DateTime,RequestId,AuthenticatedUser,UserAgent,ClientIpAddress,ServerHostName,"
            "SoapAction,HttpStatus,RequestSize,ImpersonatedUser,GenericInfo"),
    "mapihttp": ("MapiHttp Logs",
                 "DateTime,RequestId,MapiRequestId,RequestType,HttpStatusCode,ClientIP,"
                 "ClientSoftware,AuthenticatedUser,RopIds,GenericInfo"),
    "autodiscover": ("Autodiscover Protocol Logs",
                     "DateTime,RequestId,AuthenticatedUser,UserAgent,ClientIpAddress,"
                     "ServerHostName,UrlStem,HttpStatus,GenericInfo"),
    "messagetracking": ("Message Tracking Log",
                        "date-time,client-ip,client-hostname,server-ip,server-hostname,source,"
                        "event-id,message-id,recipient-address,message-subject,sender-address"),
    "smtp": ("SMTP Receive Protocol Log",
             "date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,"
             "event,data,context"),
    "agent": ("Agent Log",
              "Timestamp,SessionId,LocalEndpoint,RemoteEndpoint,P1FromAddress,Recipient,Agent,"
              "Event,Action"),
    "audit": ("audit",
              "Timestamp,Server,TenantId,RecordType,Data,UserKey,RecordId,Operation,Workload,"
              "ResultStatus,Version,Scope"),
    "httprequestfiltering": ("HttpRequestFiltering Logs",
                             "DateTime,ServerHostName,HttpMethod,UrlHost,UrlStem,UrlQuery,"
                             "ServerIP,Protocol,HeaderNames,CookieNames,ScanResult,GenericInfo"),
}
HOST_COLUMNS = ("ServerHostName", "ServerName", "Server")


def exchange_header(family, columns=None):
    log_type, known = EXCHANGE[family]
    return ["#Software: Microsoft Exchange Server", "#Version: 15.01.2106.002",
            f"#Log-type: {log_type}", "#Date: 2021-03-03T06:00:00.000Z",
            f"#Fields: {columns or known}"]


def exchange_row(family, time, host="EX01", columns=None, **cells):
    columns = (columns or EXCHANGE[family][1]).split(",")
    unknown = set(cells) - set(columns)
    assert not unknown, f"{family} has no column {unknown}"
    values = {**{c: host for c in HOST_COLUMNS}, **cells, columns[0]: time}
    if family.startswith("ecp"):  # EventData is everything behind the third comma, unquoted
        return ",".join(values.get(c, "") for c in columns)
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([values.get(c, "") for c in columns])
    return out.getvalue()


def exchange(path, family, rows, columns=None, newline="\r\n"):
    return write_lines(path, exchange_header(family, columns) + rows, newline)


def write_lines(path, lines, newline="\r\n"):
    return write_bytes(path, "".join(line + newline for line in lines).encode())


def write_bytes(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


# ---- rows that mean something ----

def guid(number):
    return f"00000000-1111-4222-8333-{number:012}"


def honest_iis(count=5, day="2021-03-03"):
    return [w3c_row(f"{day}T06:{i:02}:00") for i in range(count)]


def page_answered(time="2021-03-03T07:00:00", page="/aspnet_client/zz.aspx", **cells):
    """IIS: a page that is not Microsoft's answers."""
    return w3c_row(time, **{"cs_uri_stem": page, "c_ip": ATTACKER, "cs_method": "POST", **cells})


PAGE_RULE = "Foreign page answered"

PROXYLOGON_PATHS = {
    "probe": ("/autodiscover/autodiscover.xml?#", "200"),
    "identity": ("/mapi/emsmdb/?#", "200"),
    "session": ("/ecp/proxyLogon.ecp?#", "241"),
    "read": ("/ecp/DDI/DDIService.svc/GetObject?msExchEcpCanary=SECRETcanary1.&"
             "schema=OABVirtualDirectory#", "200"),
    "change": ("/ecp/DDI/DDIService.svc/SetObject?msExchEcpCanary=SECRETcanary1.&"
               "schema=OABVirtualDirectory#", "200"),
    "write": ("/ecp/DDI/DDIService.svc/SetObject?msExchEcpCanary=SECRETcanary1.&"
              "schema=ResetOABVirtualDirectory#", "200"),
}


def proxylogon(step, time, host="EX01", **cells):
    """HttpProxy: one step of the exploit, answered."""
    tail, status = PROXYLOGON_PATHS[step]
    values = {"RequestId": guid(sum(map(ord, time))), "Protocol": "Ecp",
              "UrlHost": "mail.corp.example", "UrlStem": "/ecp/y.js", "Method": "POST",
              "RoutingHint": "X-BEResource-Cookie", "UserAgent": "python-requests/2.25.1",
              "AnchorMailbox": f"ServerInfo~a]@ex01.corp.example:444{tail}",
              "ClientIpAddress": ATTACKER, "HttpStatus": status, "BackEndStatus": status}
    return exchange_row("httpproxy", time, host, **{**values, **cells})


SESSION_RULE = "ProxyLogon: session in the admin centre opened through a forged cookie"


def honest_proxy(time="2021-03-03T06:00:00.000Z", host="EX01", **cells):
    values = {"RequestId": guid(1), "Protocol": "Owa", "UrlStem": "/owa/", "HttpStatus": "200",
              "AuthenticatedUser": "CORP\\ann", "AnchorMailbox": "Smtp~ann@corp.example",
              "ClientIpAddress": VISITOR, "UserAgent": "Mozilla/5.0", "Method": "GET"}
    return exchange_row("httpproxy", time, host, **{**values, **cells})


# ---- rules ----

RULE = """title: {title}
id: {id}
status: test
level: medium
logsource:
  category: webserver
detection:
  selection:
    {field}: {value}
  condition: selection
"""


def rule(path, title="Own rule", field="cs-uri-stem|contains", value="/needle", number=1,
         extra=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(RULE.format(title=title, id=guid(number), field=field, value=value) + extra,
                    encoding="utf-8")
    return path
