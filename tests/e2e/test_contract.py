"""What programs and people may rely on: exit statuses, streams, records, rule switches."""
import json
import re

import pytest
import yaml
from conftest import (ATTACKER, EXCHANGE, IIS_FIELDS, PAGE_RULE, SESSION_RULE, exchange, generate,
                      guid, honest_iis, honest_proxy, hunt, hunt_text, iis, page_answered,
                      proxylogon, rule, run, w3c_row, write_bytes)


@pytest.fixture(name="clean")
def fixture_clean(tmp_path):
    iis(tmp_path / "clean" / "u_ex210303.log", honest_iis())
    exchange(tmp_path / "clean" / "HttpProxy_1.LOG", "httpproxy", [honest_proxy()])
    return tmp_path / "clean"


@pytest.fixture(name="hacked")
def fixture_hacked(tmp_path):
    folder = tmp_path / "hacked"
    iis(folder / "u_ex210303.log", honest_iis() + [page_answered()])
    exchange(folder / "HttpProxy_1.LOG", "httpproxy",
             [honest_proxy(), proxylogon("session", "2021-03-03T06:30:00.000Z")])
    return folder


# ---- exit statuses and streams ----

def test_exit_0_when_nothing_is_found(clean):
    assert hunt(clean).status == 0
    assert hunt_text(clean).status == 0


def test_exit_1_when_something_is_found(hacked):
    assert hunt(hacked).status == 1
    assert hunt_text(hacked).status == 1


def test_exit_3_when_a_path_is_missing(clean):
    done = hunt(clean, clean / "missing")
    assert done.status == 3
    assert [r["log.file.path"] for r in done.damage] == [str(clean / "missing")]


def test_exit_3_when_the_only_path_is_missing(tmp_path):
    done = hunt(tmp_path / "missing")
    assert done.status == 3
    assert len(done.damage) == 1


def test_exit_1_goes_before_3(hacked):
    done = hunt(hacked, hacked / "missing")
    assert done.status == 1
    assert done.damage and done.grades["ex01"] == "E5"


def test_unrecognised_files_do_not_change_the_exit_status(clean):
    write_bytes(clean / "notes.txt", b"nothing that we know\n" * 20)
    write_bytes(clean / "picture.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    assert hunt(clean).status == 0


USAGE = [
    [], ["nonsense"], ["--nonsense"], ["hunt"], ["hunt", "--nonsense", "."],
    ["hunt", "--format", "xml", "."], ["hunt", "--format"], ["hunt", "--since", "yesterday", "."],
    ["hunt", "--since", "2021-13-01", "."], ["hunt", "--until", "2021-02-30", "."],
    ["hunt", "-j", "0", "."], ["hunt", "-j", "many", "."], ["hunt", "-j", "65", "."],
    ["hunt", "--part-size", "0", "."], ["hunt", "--part-size", "-5", "."],
    ["hunt", "--trusted-proxy", "10.0.0.0/99", "."], ["hunt", "--trusted-proxy", "x", "."],
    ["hunt", "-r", "/missing/rules", "."], ["hunt", "--no-progress=1", "."], ["hunt", "-Z", "."],
    ["report"], ["report", "a", "b"], ["rules"], ["rules", "nonsense"],
    ["rules", "check", "/missing/rules"],
]


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_exit_2_on_usage_errors(arguments, tmp_path):
    done = run(*arguments, cwd=tmp_path)
    assert done.status == 2
    assert done.out == b"" and done.err.strip()


def test_report_of_what_is_no_case(tmp_path):
    """Not an internal error (4): the user named the wrong file."""
    assert run("report", tmp_path / "missing.case").status in (2, 3)
    assert run("report", tmp_path).status in (2, 3)
    assert run("report", write_bytes(tmp_path / "x.case", b"no case" * 100)).status in (2, 3)
    assert run("report", write_bytes(tmp_path / "empty.case", b"")).status in (2, 3)
    assert not (tmp_path / "missing.case").exists()


@pytest.mark.parametrize("verb", [[], ["hunt"], ["report"], ["rules"]], ids="".join)
@pytest.mark.parametrize("switch", ["--help", "-h"])
def test_help(verb, switch):
    done = run(*verb, switch)
    assert done.status == 0 and done.err == ""
    if verb:
        assert "Example:" in done.text and f"hauberk {verb[0]} " in done.text
    else:
        assert all(v in done.text for v in ("hunt", "report", "rules"))
    assert max(map(len, done.text.splitlines())) <= 100


def test_version():
    done = run("--version")
    assert done.status == 0 and done.err == ""
    assert re.fullmatch(r"hauberk \d+\.\d+\.\d+\n", done.text)


def test_findings_to_stdout_diagnostics_to_stderr(hacked, tmp_path):
    bad = tmp_path / "bad.yml"
    bad.write_text("title: half a rule\n", encoding="utf-8")
    done = hunt(hacked, "-r", bad, "--with-builtin", "--stats")
    assert done.findings and done.records
    assert "refused" in done.err and "stats:" in done.err
    assert "refused" not in done.text and "stats:" not in done.text


def test_quiet_on_stderr_without_trouble(clean):
    assert hunt(clean).err == ""
    assert hunt_text(clean).err == ""


def test_no_colour_and_no_progress_into_a_pipe(hacked):
    done = run("hunt", hacked)
    assert "\x1b" not in done.text and done.err == ""


# ---- records ----

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
GRADE = re.compile(r"N|E[0-6]")
HARM_KINDS = ("mail", "credentials", "persistence", "spread")
EVERY = {"record": str, "hauberk.schema": int, "host.name": str}
KEYS = {
    "finding": ({"@timestamp": STAMP, "rule.id": str, "rule.name": str, "hauberk.level": str,
                 "hauberk.grade": GRADE, "hauberk.stage": str, "hauberk.source": str,
                 "log.file.path": str, "hauberk.offset": int, "hauberk.outcome": str,
                 "hauberk.fields": dict},
                {"hauberk.incident": str, "source.ip": str, "url.path": str, "url.query": str,
                 "user_agent.original": str, "http.response.status_code": int, "user.name": str,
                 "http.request.method": str, "hauberk.page": str, "hauberk.own_probe": bool}),
    "coverage": ({"hauberk.source": str, "hauberk.from": STAMP, "hauberk.to": STAMP,
                  "hauberk.events": int, "hauberk.gaps": list}, {}),
    "damage": ({"log.file.path": str, "hauberk.offset": int, "hauberk.reason": str}, {}),
    "incident": ({"hauberk.incident": str, "hauberk.first": STAMP, "hauberk.last": STAMP,
                  "hauberk.grade": GRADE, "hauberk.sources": list}, {}),
    "exposure": ({"hauberk.build": str, "hauberk.product": str, "hauberk.basis": str,
                  "hauberk.support_ended": str, "hauberk.build_source": str,
                  "hauberk.vulnerable_to": list, "hauberk.needs_configuration": list,
                  "hauberk.needs_earlier_update": list, "hauberk.fixed": list,
                  "hauberk.not_affected": list, "hauberk.not_assessed": list,
                  "hauberk.not_decidable": list, "hauberk.disputed": list,
                  "log.file.path": str, "hauberk.offset": int},
                 {"hauberk.from": STAMP, "hauberk.to": STAMP, "hauberk.cu": str,
                  "hauberk.update": str, "hauberk.released": str, "hauberk.kb": str}),
    "vulnerability": ({"vulnerability.id": str, "hauberk.code": str, "hauberk.known_on": str,
                       "hauberk.vulnerable": list, "hauberk.decidable": bool,
                       "hauberk.unwatched_ms": int},
                      {"hauberk.fixed_in": str, "hauberk.last_vulnerable": STAMP,
                       "hauberk.first_fixed": STAMP, "hauberk.first_used": STAMP,
                       "log.file.path": str, "hauberk.offset": int}),
    "verdict": ({"hauberk.grade": GRADE, "hauberk.word": str, "hauberk.partial": bool,
                 "hauberk.harm.mail": str, "hauberk.harm.credentials": str,
                 "hauberk.harm.persistence": str, "hauberk.harm.spread": str,
                 "hauberk.undecided": list,
                 **{f"hauberk.harm_reason.{kind}": str for kind in HARM_KINDS}},
                {"hauberk.first": STAMP, "hauberk.last": STAMP,
                 **{f"hauberk.harm_logs.{kind}": list for kind in HARM_KINDS},
                 **{f"hauberk.harm_proof.{kind}.path": str for kind in HARM_KINDS},
                 **{f"hauberk.harm_proof.{kind}.offset": int for kind in HARM_KINDS}}),
    "actor": ({"source.ip": str, "hauberk.actor": int, "hauberk.role": str, "hauberk.tie": str,
               "hauberk.findings": int, "hauberk.names_tried": int, "hauberk.pages": list,
               "user_agent.original": list},
              {"hauberk.first": STAMP, "hauberk.last": STAMP, "log.file.path": str,
               "hauberk.offset": int}),
    "taken": ({"hauberk.kind": str, "hauberk.state": str, "hauberk.because": str,
               "hauberk.requests": int, "hauberk.operations": list, "hauberk.sources": list},
              {"source.ip": str, "user.name": str, "hauberk.mailbox": str, "url.path": str,
               "hauberk.first": STAMP, "hauberk.last": STAMP, "hauberk.bytes_lower": int,
               "hauberk.bytes_upper": int, "log.file.path": str, "hauberk.offset": int}),
    "volume": ({"@timestamp": STAMP, "source.ip": str, "hauberk.source": str,
                "hauberk.bytes": int, "hauberk.requests": int, "hauberk.median": int,
                "hauberk.sources_compared": int, "hauberk.intruder": bool,
                "log.file.path": str, "hauberk.offset": int}, {}),
}
WORDS = {"N": "none", "E0": "scanned", "E1": "attempted", "E2": "reached", "E3": "abused",
         "E4": "planted", "E5": "answered", "E6": "spread"}
HARM = {"proven", "possible", "none seen", "not observable"}


def check_value(key, value, expected):
    if isinstance(expected, re.Pattern):
        assert isinstance(value, str) and expected.fullmatch(value), (key, value)
    else:
        assert type(value) is expected, (key, value)


def check_record(record):
    required, optional = KEYS[record["record"]]
    known = {**EVERY, **required, **optional}
    assert {*EVERY, *required} <= set(record), record
    assert set(record) <= set(known), set(record) - set(known)
    for key, value in record.items():
        check_value(key, value, known[key])
    assert record["hauberk.schema"] == 1
    for key, value in record.get("hauberk.fields", {}).items():
        assert isinstance(key, str) and isinstance(value, str)
    for pair in record.get("hauberk.gaps", []):
        assert len(pair) == 2 and all(STAMP.fullmatch(t) for t in pair) and pair[0] < pair[1]
    if record["record"] == "verdict":
        assert record["hauberk.word"] == WORDS[record["hauberk.grade"]]
        assert {v for k, v in record.items() if k.startswith("hauberk.harm.")} <= HARM


@pytest.mark.parametrize("scenario", ["several-hosts", "cleaned-up", "proxyshell"])
def test_records_have_their_keys_and_types(scenario, tmp_path):
    generate(tmp_path / "tree", scenario, seed=3)
    write_bytes(tmp_path / "tree" / "cut.log.gz", b"")
    (tmp_path / "tree" / "cut.log.gz").write_bytes(b"\x1f\x8b\x08\x00cut")
    done = hunt(tmp_path / "tree", tmp_path / "missing")
    for line in done.text.splitlines():
        check_record(json.loads(line))
    kinds = [r["record"] for r in done.records]
    assert set(kinds) == set(KEYS)
    verdicts = kinds.count("verdict")
    assert kinds[-verdicts:] == ["verdict"] * verdicts


def test_verdict_is_there_and_last_when_nothing_was_found(clean):
    records = hunt(clean).records
    assert [r["record"] for r in records] == \
        ["coverage", "coverage", "exposure"] + ["vulnerability"] * 21 + ["verdict"]
    check_record(records[-1])
    assert "hauberk.first" not in records[-1]


def test_empty_folder_never_reads_as_clean(tmp_path):
    """docs/ndjson.md: no line at all means that no log was read."""
    (tmp_path / "nothing").mkdir()
    done = hunt(tmp_path / "nothing")
    assert done.status == 0 and done.out == b""
    text = hunt_text(tmp_path / "nothing").words.lower()
    assert "no verdict" in text or "nothing was read" in text or "not the same as clean" in text
    assert "clean" not in text.replace("not the same as clean", "")


def test_one_object_a_line(hacked):
    assert hunt(hacked).out.endswith(b"\n")
    for line in hunt(hacked).text.splitlines():
        pairs = json.loads(line, object_pairs_hook=list)
        keys = [k for k, _ in pairs]
        assert len(keys) == len(set(keys)), "a key twice"


def test_fields_are_the_columns_of_the_row(tmp_path):
    """Several findings, one after the other: each has the names of its own header."""
    iis(tmp_path / "e" / "x.log", [page_answered(f"2021-03-03T0{i}:00:00") for i in range(5)])
    exchange(tmp_path / "e" / "y.log", "httpproxy",
             [proxylogon("session", f"2021-03-03T0{i}:00:00.000Z") for i in range(5)])
    columns = {"iis": set(IIS_FIELDS.split()),
               "httpproxy": set(EXCHANGE["httpproxy"][1].split(","))}
    done = hunt(tmp_path / "e", "-j", "1")
    assert len(done.findings) >= 10
    for finding in done.findings:
        assert set(finding["hauberk.fields"]) <= columns[finding["hauberk.source"]], finding


def test_key_that_comes_twice_in_a_row_is_kept(tmp_path):
    """ECP EventData may hold one key several times: the second is NAME#2."""
    row = ("2021-03-03T06:00:00.000Z,EX01,ECP.Request,"
           "S:CMD=Get-Nothing;'S:CMD=Set-OabVirtualDirectory.ExternalUrl=''http://f/<script "
           "runat=\"server\">function Page_Load(){eval(Request[\"k\"])}</script>''';S:EX=")
    exchange(tmp_path / "e" / "x.log", "ecp", [row, row])
    found = hunt(tmp_path / "e").findings
    assert len(found) >= 2
    for finding in found:
        fields = finding["hauberk.fields"]
        assert fields["CMD"] == "Get-Nothing" and "<script" in fields["CMD#2"], fields


def test_offset_is_the_start_of_the_line(hacked):
    for finding in hunt(hacked).findings:
        with open(finding["log.file.path"], "rb") as file:
            file.seek(finding["hauberk.offset"])
            line = file.readline().decode()
        assert line.startswith(finding["@timestamp"][:10])
        assert ATTACKER in line


# ---- rules ----

CLOSING = re.compile(r"rules: (\d+) read, (\d+) loaded, (\d+) refused")


def closing(done):
    return tuple(map(int, CLOSING.fullmatch(done.text.splitlines()[-1]).groups()))


def test_rules_check_of_the_pack():
    done = run("rules", "check", "--strict")
    read, loaded, refused = closing(done)
    assert done.status == 0 and read == loaded > 0 and refused == 0 and done.err == ""


def write_good_and_bad(folder):
    rule(folder / "good.yml")
    text = (folder / "good.yml").read_text(encoding="utf-8")
    (folder / "bad.yml").write_text(
        "# a comment\n---\n" + text.replace("condition: selection", "condition: nobody")
        .replace("Own rule", "Rule of nobody"), encoding="utf-8")
    return folder


def test_rules_check_counts_and_names_the_refused(tmp_path):
    done = run("rules", "check", write_good_and_bad(tmp_path / "rules"))
    assert done.status == 0
    assert closing(done) == (2, 1, 1)
    assert re.search(r"^refused: .*bad\.yml:\d+: .*Rule of nobody", done.text, re.MULTILINE)
    assert re.search(r"^ +1  condition names '\.\.\.'", done.text, re.MULTILINE)
    assert run("rules", "check", "--strict", tmp_path / "rules").status == 1


def test_hunt_names_the_refused_and_goes_on(hacked, tmp_path):
    done = hunt(hacked, "-r", write_good_and_bad(tmp_path / "rules"))
    assert re.search(r"bad\.yml:\d+: .*Rule of nobody", done.err)
    assert done.status == 0


def test_hunt_without_any_rule_is_a_usage_error(hacked, tmp_path):
    bad = tmp_path / "bad.yml"
    bad.write_text("title: half a rule\n", encoding="utf-8")
    assert run("hunt", "-r", bad, hacked).status == 2


def test_own_rules_replace_the_pack(hacked, tmp_path):
    own = rule(tmp_path / "own.yml", value="zz.aspx")
    done = hunt(hacked, "-r", own)
    assert [r["rule.name"] for r in done.findings] == ["Own rule"]
    both = hunt(hacked, "-r", own, "--with-builtin")
    assert {"Own rule", PAGE_RULE, SESSION_RULE} <= {r["rule.name"] for r in both.findings}


def test_disable(hacked):
    found = {r["rule.name"]: r["rule.id"] for r in hunt(hacked).findings}
    left = hunt(hacked, "--disable", found[PAGE_RULE].upper())
    assert {r["rule.name"] for r in left.findings} == set(found) - {PAGE_RULE}


def test_rule_without_stage_never_changes_the_verdict(clean, tmp_path):
    iis(clean / "u_ex210304.log", [w3c_row("2021-03-04T08:00:00", cs_uri_stem="/needle")])
    own = rule(tmp_path / "own.yml")
    done = hunt(clean, "-r", own, "--with-builtin")
    assert done.status == 1
    assert [(r["rule.name"], r["hauberk.grade"], r["hauberk.stage"]) for r in done.findings] == [
        ("Own rule", "N", "none")]
    assert list(done.grades.values()) == ["N"]
    assert not done.kind("incident")
    text = hunt_text(clean, "-r", own, "--with-builtin").words
    assert "OTHER MATCHES" in text and "Own rule" in text


def test_own_rule_with_a_stage_counts(clean, tmp_path):
    iis(clean / "u_ex210304.log", [w3c_row("2021-03-04T08:00:00", cs_uri_stem="/needle")])
    own = rule(tmp_path / "own.yml", extra="tags:\n  - hauberk.stage.plant\n")
    assert list(hunt(clean, "-r", own).grades.values()) == ["E4"]


# ---- correlations of users ----

def correlation(path, kind, timespan="5m", condition=None, rules=("first", "second")):
    documents = []
    for number, name in enumerate(rules):
        documents.append({
            "title": f"Part {name}", "id": guid(700 + number), "name": name, "level": "low",
            "logsource": {"category": "webserver"},
            "detection": {"selection": {"cs-uri-stem": f"/{name}"}, "condition": "selection"}})
    body = {"type": kind, "rules": list(rules), "group-by": ["c-ip"], "timespan": timespan}
    if condition:
        body["condition"] = condition
    documents.append({"title": "Together", "id": guid(800), "level": "high", "correlation": body})
    path.write_text(yaml.safe_dump_all(documents, sort_keys=False), encoding="utf-8")
    return path


def correlated(folder, rules):
    done = hunt(folder, "-r", rules)
    assert "refused" not in done.err.replace("0 refused", "")
    return [r for r in done.findings if r["rule.name"] == "Together"]


def asked(times, stem, **cells):
    return [w3c_row(f"2021-03-03T{t}", cs_uri_stem=stem, **cells) for t in times]


COUNT = {"kind": "event_count", "condition": {"gte": 3}, "rules": ("first",)}


def test_event_count(tmp_path):
    rules = correlation(tmp_path / "count.yml", **COUNT)
    iis(tmp_path / "a" / "x.log", asked(["06:00:00", "06:01:00", "06:04:00"], "/first"))
    found = correlated(tmp_path / "a", rules)
    assert [(r["@timestamp"], r["hauberk.grade"]) for r in found] == [
        ("2021-03-03T06:04:00.000Z", "N")]


def test_event_count_too_few_too_slow_or_others(tmp_path):
    rules = correlation(tmp_path / "count.yml", **COUNT)
    iis(tmp_path / "few" / "x.log", asked(["06:00:00", "06:01:00"], "/first"))
    iis(tmp_path / "slow" / "x.log", asked(["06:00:00", "06:04:00", "06:08:00"], "/first"))
    iis(tmp_path / "others" / "x.log",
        [w3c_row(f"2021-03-03T06:0{i}:00", cs_uri_stem="/first", c_ip=f"203.0.113.{i}")
         for i in range(4)])
    for folder in ("few", "slow", "others"):
        assert correlated(tmp_path / folder, rules) == [], folder


def test_event_count_over_several_files_in_any_order(tmp_path):
    rules = correlation(tmp_path / "count.yml", **COUNT)
    iis(tmp_path / "e" / "a.log", asked(["06:04:00"], "/first"))
    iis(tmp_path / "e" / "b.log", asked(["06:00:00"], "/first"))
    iis(tmp_path / "e" / "c.log", asked(["06:02:00"], "/first"))
    assert len(correlated(tmp_path / "e", rules)) == 1


def test_temporal_ordered(tmp_path):
    rules = correlation(tmp_path / "order.yml", "temporal_ordered")
    iis(tmp_path / "right" / "a.log", asked(["06:01:00"], "/second") + [])
    iis(tmp_path / "right" / "b.log", asked(["06:00:00"], "/first"))
    iis(tmp_path / "wrong" / "a.log", asked(["06:00:00"], "/second"))
    iis(tmp_path / "wrong" / "b.log", asked(["06:01:00"], "/first"))
    iis(tmp_path / "late" / "a.log", asked(["06:00:00"], "/first") + asked(["06:06:00"], "/second"))
    iis(tmp_path / "other" / "a.log",
        asked(["06:00:00"], "/first") + asked(["06:01:00"], "/second", c_ip="203.0.113.9"))
    assert len(correlated(tmp_path / "right", rules)) == 1
    for folder in ("wrong", "late", "other"):
        assert correlated(tmp_path / folder, rules) == [], folder
