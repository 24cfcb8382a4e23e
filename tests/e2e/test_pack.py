"""Every rule of packs/exchange against its own test events, through the real program.

packs/exchange/tests/<rule file>.yml holds, per rule, events that it must find and near misses
that it must not. The events of one rule file are written as real log files, one per host and
source, and hunted in one run with the embedded pack. An event is told by its file and its
line's offset, or by the number of its record in an event log.

An event is {source, fields} with an optional time and host; a list of events is a sequence, for
correlations: it has a host of its own, so that sequences do not mix. An event of an event log
also has an event_id, and may have a provider, a level and `data`, a list of unnamed values.
"""
import csv
import datetime
import io
import json
import os
import pathlib
import subprocess
import uuid

import evtx_writer
import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACK = ROOT / "packs" / "exchange"
HAUBERK = os.environ.get("HAUBERK", str(ROOT / "build" / "hauberk"))
START = datetime.datetime(2021, 3, 3, 6, 0, 0)

STAGES = {"scan", "attempt", "reach", "abuse", "plant", "answer", "spread", "cleanup"}
LEVELS = {"informational", "low", "medium", "high", "critical"}

IIS_FIELDS = ("date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
              "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken")
HTTPERR_FIELDS = ("date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status "
                  "s-siteid s-reason s-queuename")
IIS_DEFAULTS = {"s-ip": "192.0.2.10", "s-port": "443", "c-ip": "203.0.113.7",
                "sc-status": "200", "sc-substatus": "0", "sc-win32-status": "0",
                "time-taken": "31", "c-port": "50123", "cs-version": "HTTP/1.1",
                "s-siteid": "1"}

# source: file name, Log-type, columns that every file has. The first is the time.
CSV_SOURCES = {
    "httpproxy": ("HttpProxy_2021030306-1.LOG", "HttpProxy Logs",
                  "DateTime,RequestId,Protocol,UrlHost,UrlStem,AuthenticatedUser,AnchorMailbox,"
                  "UserAgent,ClientIpAddress,ServerHostName,HttpStatus,BackEndStatus,Method,"
                  "RoutingHint,BackEndCookie,UrlQuery,GenericInfo,GenericErrors"),
    "oabgenerator": ("oabgen20210303-1.LOG", "OAB Generator Log",
                     "Timestamp,RecordType,TraceId,OabGuid,AddressListGuid,Message"),
    "cmdlet": ("Rps_Cmdlet_2021030306-1.LOG", "Rps Cmdlet Logs",
               "DateTime,StartTime,RequestId,ServerHostName,ProcessId,ProcessName,"
               "AuthenticatedUser,ClientApplication,Cmdlet,Parameters,ErrorType,"
               "ExecutionResult,GenericInfo,GenericErrors"),
    "rps-http": ("Rps_Http_2021030306-1.LOG", "Rps Http Logs",
                 "DateTime,StartTime,RequestId,UrlHost,UrlStem,AuthenticatedUser,"
                 "ClientIpAddress,ServerHostName,HttpStatus,ShellId,ClientInfo,UrlQuery,"
                 "GenericInfo,GenericErrors"),
    "ews": ("Ews_2021030306-1.LOG", "EWS Logs",
            "DateTime,RequestId,AuthenticatedUser,UserAgent,ClientIpAddress,ServerHostName,"
            "SoapAction,HttpStatus,RequestSize,ResponseSize,ImpersonatedUser,GenericInfo"),
    "audit": ("audit20210303-1.LOG", "audit",
              "Timestamp,Server,TenantId,RecordType,Data,UserKey,RecordId,Operation,Workload,"
              "ResultStatus,Version,Scope"),
    "httprequestfiltering": ("HttpRequestFiltering_2021030306-1.LOG",
                             "HttpRequestFiltering Logs",
                             "DateTime,ServerHostName,HttpMethod,UrlHost,UrlStem,UrlQuery,"
                             "ServerIP,Protocol,HeaderNames,CookieNames,ScanResult,GenericInfo,"
                             "GenericErrors"),
}
HOST_COLUMNS = ("ServerHostName", "Server")
CSV_DEFAULTS = {"ExecutionResult": "Success", "ResultStatus": "True"}
# source: channel, provider unless an event names one.
EVENT_LOGS = {
    "security": ("Security", "Microsoft-Windows-Security-Auditing"),
    "system": ("System", "Service Control Manager"),
    "application": ("Application", "Application"),
    "sysmon": ("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon"),
    "windefend": ("Microsoft-Windows-Windows Defender/Operational",
                  "Microsoft-Windows-Windows Defender"),
    "msexchange-management": ("MSExchange Management", "MSExchange CmdletLogs"),
}
CLASSIC_KEYWORDS = 0x80000000000000
ECP_SOURCES = {
    "ecp": ("ECPServer20210303-1.LOG", "ECP Server Log", "ECP.Request"),
    "ecp-activity": ("ECPActivity_11500_20210303-1.LOG", "ECP Activity Context Log", "Request"),
}


# ---- reading the pack ----

def rule_files():
    return sorted(PACK.glob("*.yml"))


def read_rules(path):
    with open(path, encoding="utf-8") as file:
        return list(yaml.safe_load_all(file))


def read_tests(stem):
    path = PACK / "tests" / f"{stem}.yml"
    if not path.exists():
        return []
    with open(path, encoding="utf-8") as file:
        return yaml.safe_load(file)


def rule_id(rules, name):
    """The id of the rule that a test names by id or title."""
    found = [r["id"] for r in rules if name in (r["id"], r["title"])]
    assert len(found) == 1, f"{name}: {len(found)} rules"
    return found[0]


def stages(rule):
    prefix = "hauberk.stage."
    return [t[len(prefix):] for t in rule.get("tags", []) if t.startswith(prefix)]


def correlation_bases(rules):
    """Names and ids of rules that only feed correlations of the same file."""
    return {ref for r in rules if "correlation" in r for ref in r["correlation"]["rules"]}


def is_base(rule, rules):
    return bool(correlation_bases(rules) & {rule.get("name"), rule["id"]})


# ---- writing logs ----

class Log:
    """One log file; knows the offset of every row."""

    def __init__(self, path, header):
        self.path = path
        self.name = path.relative_to(path.parents[2]).as_posix()
        self.content = io.BytesIO()
        self.content.write("".join(line + "\r\n" for line in header).encode())

    def add(self, line):
        offset = self.content.tell()
        self.content.write((line + "\r\n").encode())
        return self.name, offset

    def close(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(self.content.getvalue())


def w3c_cell(value):
    text = str(value).replace(" ", "+")
    return text if text else "-"


def w3c_row(columns, event):
    date, time = event["time"].rstrip("Z").split("T")
    cells = {**IIS_DEFAULTS, **event["fields"], "date": date, "time": time.split(".")[0]}
    return " ".join(w3c_cell(cells.get(c, "")) for c in columns)


def csv_row(columns, event):
    cells = {**CSV_DEFAULTS, **event["fields"], columns[0]: event["time"]}
    for column in HOST_COLUMNS:
        cells.setdefault(column, event["host"])
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([cells.get(c, "") for c in columns])
    return out.getvalue()


def ecp_pair(key, value):
    """A typed pair; in quotes, with inner ones doubled, when it holds anything special."""
    pair = f"S:{key}={value}"
    return "'" + pair.replace("'", "''") + "'" if set("';,") & set(value) else pair


def ecp_row(event_id, event):
    data = ";".join(ecp_pair(k, str(v)) for k, v in event["fields"].items())
    return ",".join((event["time"], event["host"], event_id, data))


def exchange_header(log_type, fields):
    return ["#Software: Microsoft Exchange Server", "#Version: 15.01.2106.002",
            f"#Log-type: {log_type}", "#Date: 2021-03-03T06:00:00.000Z", f"#Fields: {fields}"]


def write_w3c(path, software, fields, events):
    log = Log(path, [f"#Software: {software}", "#Version: 1.0",
                              "#Date: 2021-03-03 06:00:00", f"#Fields: {fields}"])
    for event in events:
        event["place"] = log.add(w3c_row(fields.split(), event))
    log.close()


def write_csv(folder, source, events):
    name, log_type, fields = CSV_SOURCES[source]
    columns = fields.split(",")
    unknown = {f for e in events for f in e["fields"]} - set(columns)
    assert not unknown, f"{source} has no column {unknown}"
    log = Log(folder / source / name, exchange_header(log_type, fields))
    for event in events:
        event["place"] = log.add(csv_row(columns, event))
    log.close()


def write_ecp(folder, source, events):
    name, log_type, event_id = ECP_SOURCES[source]
    log = Log(folder / source / name,
              exchange_header(log_type, "TimeStamp,ServerName,EventId,EventData"))
    for event in events:
        event["place"] = log.add(ecp_row(event_id, event))
    log.close()


def event_data(event):
    """Named values, or what providers of the old kind write: an array without names."""
    named = [(name, str(value)) for name, value in event.get("fields", {}).items()]
    return named + ([(None, event["data"], "strings")] if "data" in event else [])


def write_event_log(folder, source, events):
    channel, provider = EVENT_LOGS[source]
    path = folder / "winevt" / f"{channel.replace('/', '%4')}.evtx"
    records = []
    for number, event in enumerate(events, 1):
        event["place"] = path.relative_to(folder.parent).as_posix(), number
        records.append(evtx_writer.event(
            channel, event["event_id"], event_data(event),
            provider=event.get("provider", provider), level=event.get("level", 0),
            computer=event["host"] + ".corp.example", time=event["time"], record_id=number,
            keywords=CLASSIC_KEYWORDS if "data" in event else 0x8020000000000000))
    evtx_writer.write(path, records)


def write_source(folder, source, events):
    """Writes the rows of one host's log and sets their places: (file, offset or number)."""
    if source == "iis":
        write_w3c(folder / "W3SVC1" / "u_ex210303.log",
                  "Microsoft Internet Information Services 10.0", IIS_FIELDS, events)
    elif source == "httperr":
        write_w3c(folder / "HTTPERR" / "httperr1.log", "Microsoft HTTP API 2.0",
                  HTTPERR_FIELDS, events)
    elif source in ECP_SOURCES:
        write_ecp(folder, source, events)
    elif source in EVENT_LOGS:
        write_event_log(folder, source, events)
    else:
        write_csv(folder, source, events)


def write_logs(folder, events):
    for host, source in sorted({(e["host"], e["source"]) for e in events}):
        chosen = [e for e in events if (e["host"], e["source"]) == (host, source)]
        write_source(folder / host, source, sorted(chosen, key=lambda e: e["time"]))


# ---- events of a test file ----

def as_sequence(case):
    return case if isinstance(case, list) else [case]


def complete(cases):
    """Gives every event of every case a time and a host; returns all events."""
    events = []
    for number, case in enumerate(cases):
        host = f"SEQ{number:03}" if isinstance(case, list) else "SRV01"
        for event in as_sequence(case):
            event.setdefault("host", host)
            time = START + datetime.timedelta(seconds=len(events))
            event.setdefault("time", time.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
            events.append(event)
    return events


def place_of(folder, record):
    path = pathlib.PurePath(record["log.file.path"]).relative_to(folder).as_posix()
    number = record["hauberk.fields"].get("EventRecordID")
    return path, int(number) if number else record["hauberk.offset"]


def hunt(folder):
    """Finding records of a run, as {(file, offset or number of the record): [rule ids]}."""
    run = subprocess.run([HAUBERK, "hunt", str(folder), "--format", "ndjson", "--no-progress"],
                         capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode in (0, 1), f"exit {run.returncode}: {run.stderr}"
    found = {}
    for line in run.stdout.splitlines():
        record = json.loads(line)
        assert record["record"] != "damage", line
        if record["record"] == "finding":
            found.setdefault(place_of(folder, record), []).append(record["rule.id"])
    return found


def rules_found(found, case):
    return [rule for event in as_sequence(case) for rule in found.get(event["place"], [])]


def described(case):
    return "; ".join(f"{e['source']} {e.get('event_id', '')} {e.get('fields', e.get('data'))}"
                     for e in as_sequence(case))


# ---- tests ----

STEMS = [path.stem for path in rule_files()]


@pytest.mark.parametrize("stem", STEMS)
def test_rules_find_their_events(stem, tmp_path):
    rules, tests = read_rules(PACK / f"{stem}.yml"), read_tests(stem)
    cases = [c for t in tests for c in t["positive"] + t["negative"]]
    write_logs(tmp_path, complete(cases))
    found = hunt(tmp_path)

    wrong = []
    for test in tests:
        wanted = rule_id(rules, test["rule"])
        for case in test["positive"]:
            hits = rules_found(found, case)
            if wanted not in hits:
                wrong.append(f"missed by {test['rule']}: {described(case)}")
            # The steps of a chain exclude each other: one request, one finding.
            elif stem.startswith("proxy") and len(hits) != 1:
                wrong.append(f"{len(hits)} findings {hits}: {described(case)}")
        for case in test["negative"]:
            if wanted in rules_found(found, case):
                wrong.append(f"wrongly found by {test['rule']}: {described(case)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("stem", STEMS)
def test_rules_are_complete(stem):
    rules = read_rules(PACK / f"{stem}.yml")
    tested = {rule_id(rules, t["rule"]): t for t in read_tests(stem)}
    for rule in rules:
        title = rule["title"]
        assert uuid.UUID(rule["id"]).version == 4, title
        assert rule["description"].strip() and rule["references"], title
        assert rule["level"] in LEVELS and rule["author"] and rule["date"], title
        if is_base(rule, rules):
            assert not stages(rule), f"{title}: a base rule has no finding of its own"
            continue
        assert len(stages(rule)) == 1 and set(stages(rule)) <= STAGES, title
        test = tested.get(rule["id"])
        assert test, f"{title}: no test events"
        assert len(test["positive"]) >= 2 and len(test["negative"]) >= 3, title


def test_ids_and_titles_are_unique():
    rules = [r for path in rule_files() for r in read_rules(path)]
    for key in ("id", "title"):
        values = [r[key] for r in rules]
        assert len(values) == len(set(values)), key


def test_no_test_file_without_rule_file():
    stems = {path.stem for path in (PACK / "tests").glob("*.yml")}
    assert stems <= set(STEMS)
