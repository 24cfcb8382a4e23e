"""`rules explain ID PATH...`: what this evidence can and cannot decide for a rule."""
import json

import evtx_writer
from conftest import exchange, exchange_row, guid, honest_iis, iis, run, write_bytes
from test_sigma import detection, write


def decides(tmp_path, *rules, evidence=None):
    """{title: evidence} of each rule, and the words that people read."""
    written = write(tmp_path / "r.yml", *rules)
    done = run("rules", "explain", "--format", "json", "-r", written, "all",
               evidence or tmp_path / "e")
    text = run("rules", "explain", "-r", written, "all", evidence or tmp_path / "e").text
    told = [json.loads(line) for line in done.text.splitlines()]
    return {rule["title"]: rule["evidence"] for rule in told}, text, done.status


def two_parts(title, number, first, second, condition):
    found = detection(title, number, first)
    found["detection"] |= {"second": second, "condition": condition}
    return found


def process_rule(number=11, **fields):
    found = detection("process", number, fields)
    found["logsource"] = {"product": "windows", "category": "process_creation"}
    return found


def process(time="2021-03-03T07:00:00Z", computer="EX01", **fields):
    return evtx_writer.event("Microsoft-Windows-Sysmon/Operational", 1, list(fields.items()),
                             provider="Microsoft-Windows-Sysmon", time=time, computer=computer)


def test_explain_what_a_header_lacks(tmp_path):
    iis(tmp_path / "e" / "u.log", ["2021-03-03 06:00:00 GET /a - 200",
                                   "2021-03-04 06:00:00 GET /b - 200"],
        fields="date time cs-method cs-uri-stem cs-username sc-status")
    needs = detection("needs", 7, {"cs-method": "GET", "cs-host": "x"})
    maybe = two_parts("maybe", 8, {"cs-method": "GET"}, {"cs-host": "x"}, "selection or second")
    empty = detection("empty", 9, {"cs-method": "GET", "cs-username|contains": "x"})
    whole = detection("whole", 10, {"cs-method": "GET", "cs-uri-stem": "/a"})
    told, text, status = decides(tmp_path, needs, maybe, empty, whole)
    assert status == 0
    assert {title: answer["decides"] for title, answer in told.items()} == {
        "needs": "no", "maybe": "part", "empty": "no", "whole": "yes"}
    log, = told["needs"]["logs"]
    assert log == {"source": "iis", "hosts": [""], "event_codes": [], "events": 2,
                   "from": "2021-03-03T06:00:00.000Z", "to": "2021-03-04T06:00:00.000Z",
                   "has": ["cs-method"], "empty": [], "lacks": ["cs-host"]}
    assert told["empty"]["logs"][0]["empty"] == ["cs-username"]
    for words in ("iis of a server that they do not name: 2 events, 2021-03-03 06:00:00Z to "
                  "2021-03-04 06:00:00Z", "lacks cs-host, so the rule never matches there",
                  "can decide in part: iis", "never fills in cs-username",
                  "can decide, for the time that the logs cover"):
        assert words in text, words


def test_explain_what_is_absent_may_be_what_the_rule_asks_for(tmp_path):
    iis(tmp_path / "e" / "u.log", ["2021-03-03 06:00:00 GET"], fields="date time cs-method")
    null = detection("null", 7, {"cs-method": "GET", "cs-host": None})
    negated = two_parts("negated", 8, {"cs-method": "GET"}, {"cs-host": "x"},
                        "selection and not second")
    never = two_parts("never", 9, {"cs-method": "GET"}, {"cs-host": None},
                      "selection and not second")
    told, _, _ = decides(tmp_path, null, negated, never)
    assert [answer["decides"] for answer in told.values()] == ["part", "part", "no"]


def test_explain_which_hosts_have_the_command_line(tmp_path):
    evtx_writer.write(tmp_path / "e" / "a.evtx",
                      [process(Image="a.exe", CommandLine="a -x"),
                       process(Image="a.exe", CommandLine="")])
    evtx_writer.write(tmp_path / "e" / "b.evtx",
                      [process(Image="b.exe", CommandLine="", computer="EX02.corp.example")])
    evtx_writer.write(tmp_path / "e" / "c.evtx",
                      [evtx_writer.event("Security", 4624, [("TargetUserName", "x")],
                                         computer="EX03")])
    evtx_writer.write(tmp_path / "e" / "d.evtx",
                      [evtx_writer.event("System", 7045, [("ImagePath", "x")],
                                         computer="EX04")])
    told, text, _ = decides(tmp_path, process_rule(**{"Image|endswith": ".exe",
                                                      "CommandLine|contains": "x"}))
    answer = told["process"]
    assert answer["decides"] == "part"
    assert answer["idle"] == ["ex03"] and answer["absent"] == ["ex04"]
    by_host = {log["hosts"][0]: log for log in answer["logs"]}
    assert by_host["ex01"]["has"] == ["Image", "CommandLine"] and by_host["ex01"]["events"] == 2
    assert by_host["ex02"]["empty"] == ["CommandLine"]
    assert by_host["ex01"]["event_codes"] == ["1"]
    assert "no log of this source is there of ex04" in text
    assert "the log of ex03 has none of the events" in text


def test_explain_with_event_ids_that_are_not_there(tmp_path):
    evtx_writer.write(tmp_path / "e" / "a.evtx",
                      [evtx_writer.event("System", 7036, [("param1", "x")])])
    asked = detection("asked", 7, {"EventID": 7045, "ImagePath": "x"})
    asked["logsource"] = {"product": "windows", "service": "system"}
    told, text, _ = decides(tmp_path, asked)
    assert told["asked"]["decides"] == "part" and told["asked"]["logs"] == []
    assert "it was not logged" in text


def test_explain_with_no_log_of_the_source(tmp_path):
    iis(tmp_path / "e" / "u.log", honest_iis())
    told, text, _ = decides(tmp_path, process_rule(Image="x"))
    assert told["process"]["decides"] == "no"
    assert "cannot decide: no log of this source is there" in text


def test_explain_a_correlation_by_its_rules(tmp_path):
    iis(tmp_path / "e" / "u.log", honest_iis())
    web = detection("web", 7, {"cs-method": "GET"})
    both = {"title": "both", "id": guid(13), "level": "low",
            "correlation": {"type": "temporal", "rules": [guid(7), guid(11)], "timespan": "1m"}}
    either = {"title": "either", "id": guid(14), "level": "low",
              "correlation": {"type": "event_count", "rules": [guid(7), guid(11)],
                              "timespan": "1m", "condition": {"gte": 2}}}
    told, text, _ = decides(tmp_path, web, process_rule(Image="x"), both, either)
    assert told["both"]["decides"] == "no" and told["either"]["decides"] == "part"
    assert [rule["decides"] for rule in told["both"]["rules"]] == ["yes", "no"]
    assert "the correlation cannot decide" in text


def test_explain_keys_of_event_data(tmp_path):
    exchange(tmp_path / "e" / "ECP.LOG", "ecp",
             [exchange_row("ecp", "2021-03-03T08:00:00.000Z", EventId="ECP.Request",
                           EventData="S:CMD=Set-X;S:URL=")])
    asked = detection("asked", 7, {"CMD|contains": "x", "URL|contains": "y", "SID": "z"})
    asked["logsource"] = {"product": "exchange", "service": "ecp"}
    log, = decides(tmp_path, asked)[0]["asked"]["logs"]
    assert (log["has"], log["empty"], log["lacks"]) == (["CMD"], ["URL"], ["SID"])


def test_explain_with_damaged_evidence_says_so(tmp_path):
    log = tmp_path / "e" / "a.evtx"
    evtx_writer.write(log, [process(Image="x")])
    write_bytes(log, log.read_bytes()[:4096 + 700])
    done = run("rules", "explain", "-r", write(tmp_path / "r.yml", process_rule(Image="x")), "all",
               tmp_path / "e")
    assert done.status == 3 and "damage" in done.err
