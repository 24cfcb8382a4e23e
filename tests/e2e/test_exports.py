"""Exports for other programs: CSV, STIX 2.1, ECS. Each against its published rules."""
import datetime
import ipaddress
import json
import os
import subprocess

import pytest
from conftest import (ATTACKER, exchange, generate, honest_iis, hunt, iis, page_answered,
                      proxylogon, rule, run, w3c_header, w3c_row, write_bytes)
from exports import (FORMULA_STARTS, STIX_MARKINGS, VALIDATOR, check_ecs_document, csv_rows,
                     ecs_documents, ecs_fields, stix_objects)

FORMATS = ("csv", "stix", "ecs")


@pytest.fixture(name="case", scope="module")
def fixture_case(tmp_path_factory):
    """A generated incident of three hosts, kept."""
    folder = tmp_path_factory.mktemp("exports")
    generate(folder / "evidence", "several-hosts", size="4M", seed=11)
    done = hunt("-o", folder / "x.case", folder / "evidence")
    return folder / "x.case", done.findings


def export(kind, case, *options):
    done = run("report", f"--{kind}", "-", *options, case)
    assert done.status in (0, 1), done.err
    return done.out


# ---- files and options ----

def test_several_files_in_one_call(case, tmp_path):
    files = [tmp_path / f"x.{kind}" for kind in FORMATS]
    done = run("report", *(word for kind, file in zip(FORMATS, files)
                           for word in (f"--{kind}", file)), case[0])
    assert done.status == 1 and done.out == b""
    for kind, file in zip(FORMATS, files):
        assert file.read_bytes() == export(kind, case[0])


def test_a_format_can_be_asked_for_besides(case, tmp_path):
    done = run("report", "--csv", tmp_path / "x.csv", "--format", "ndjson", case[0])
    assert len(done.findings) == len(csv_rows((tmp_path / "x.csv").read_bytes()))


def test_hunt_writes_the_same(case, tmp_path):
    evidence = tmp_path / "evidence"
    iis(evidence / "u_ex.log", honest_iis() + [page_answered()])
    done = run("hunt", "--no-progress", "--csv", tmp_path / "x.csv", evidence)
    assert done.status == 1 and b"COMPROMISED" in done.out
    assert len(csv_rows((tmp_path / "x.csv").read_bytes())) >= 1
    alone = run("hunt", "--no-progress", "--csv", "-", evidence)
    assert alone.out == (tmp_path / "x.csv").read_bytes()


def test_a_file_that_exists_is_left_alone(case, tmp_path):
    (tmp_path / "mine").write_text("mine")
    done = run("report", "--csv", tmp_path / "new", "--ecs", tmp_path / "mine", case[0])
    assert done.status == 2 and "exists" in done.err
    assert (tmp_path / "mine").read_text() == "mine"
    assert not (tmp_path / "new").exists()


def test_nothing_is_left_of_a_hunt_that_fails(tmp_path):
    done = run("hunt", "--no-progress", "--csv", tmp_path / "x.csv", "-r", tmp_path / "none", ".")
    assert done.status == 2 and not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize("options", [
    ["--csv", "-", "--ecs", "-"], ["--csv", "-", "--format", "text"], ["--tlp", "amber"],
    ["--tlp", "purple", "--stix", "-"], ["--redact", "--show-secrets"],
    ["--csv", "/no/such/folder/x"], ["--redact-key", "/no/such/key"]])
def test_options_that_make_no_sense(case, options):
    assert run("report", *options, case[0]).status == 2


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_case_gives_the_same_bytes(case, kind):
    assert export(kind, case[0]) == export(kind, case[0])


def test_a_clean_case(tmp_path):
    iis(tmp_path / "e" / "u_ex.log", honest_iis())
    hunt("-o", tmp_path / "c", tmp_path / "e")
    assert csv_rows(export("csv", tmp_path / "c")) == []
    assert export("ecs", tmp_path / "c") == b""
    objects = stix_objects(export("stix", tmp_path / "c"))
    assert set(objects) == {"identity", "report"}


# ---- CSV ----

def test_csv_is_what_timesketch_imports(case):
    content = export("csv", case[0])
    assert content.startswith(b"message,datetime,timestamp_desc,")
    assert content.count(b"\r\n") == content.count(b"\n") == len(case[1]) + 1  # RFC 4180
    rows = csv_rows(content)
    for row in rows:
        assert row["message"] and row["timestamp_desc"]
        time = datetime.datetime.fromisoformat(row["datetime"])
        assert time.utcoffset() == datetime.timedelta(0)
    wanted = [(f["rule.id"], f["log.file.path"], str(f["hauberk.offset"])) for f in case[1]]
    assert [(r["rule_id"], r["filename"], r["offset"]) for r in rows] == wanted


def test_csv_keeps_a_finding_without_time(tmp_path):
    write_bytes(tmp_path / "e/inetpub/wwwroot/aspnet_client/x.aspx",
                b'<%@ Page Language="JScript"%><%eval(Request["k"],"unsafe");%>')
    hunt("-o", tmp_path / "c", tmp_path / "e")
    rows = csv_rows(export("csv", tmp_path / "c"))
    assert rows
    for row in rows:
        assert row["datetime"] and row["timestamp_desc"] in ("Event Logged", "Not a time")


# ---- ECS ----

def test_ecs_fields_have_the_schemas_names_and_types(case):
    fields = ecs_fields()
    documents = ecs_documents(export("ecs", case[0]))
    assert len(documents) == len(case[1])
    for document in documents:
        check_ecs_document(document, fields)


def test_ecs_source_ip_is_an_address_or_nothing(tmp_path):
    iis(tmp_path / "e" / "u_ex.log",
        [page_answered(c_ip="not-an-address"), page_answered(c_ip="fe80::1%3"),
         page_answered(c_ip="203.0.113.9"), page_answered(c_ip="999.1.1.1")])
    hunt("-o", tmp_path / "c", tmp_path / "e")
    documents = ecs_documents(export("ecs", tmp_path / "c"))
    assert documents
    for document in documents:
        check_ecs_document(document, ecs_fields())
    assert {d.get("source.ip") for d in documents} >= {"203.0.113.9"}


def test_what_was_allowed_is_marked_and_no_indicator(tmp_path):
    exchange(tmp_path / "e" / "HttpProxy_1.LOG", "httpproxy",
             [proxylogon("probe", "2021-03-03T06:10:00.000Z", ClientIpAddress="198.51.100.7"),
              proxylogon("probe", "2021-03-03T06:20:00.000Z")])
    (tmp_path / "allow.yml").write_text("- reason: own scanner\n  expires: 2098-12-31\n"
                                        "  source: 198.51.100.7\n")
    hunt("--allow", tmp_path / "allow.yml", "-o", tmp_path / "c", tmp_path / "e")
    rows = csv_rows(export("csv", tmp_path / "c"))
    reasons = {r["source_ip"]: r["allowed"] for r in rows}
    assert reasons == {ATTACKER: "", "198.51.100.7": "own scanner"}
    documents = ecs_documents(export("ecs", tmp_path / "c"))
    assert {d["source.ip"]: d.get("hauberk.allowed") for d in documents} == {
        ATTACKER: None, "198.51.100.7": "own scanner"}
    patterns = {o["pattern"] for o in stix_objects(export("stix", tmp_path / "c"))["indicator"]}
    assert not any("198.51.100.7" in p for p in patterns)


# ---- STIX ----

def test_stix_tells_the_incident(case):
    objects = stix_objects(export("stix", case[0], "--tlp", "red"))
    assert {o["definition"]["tlp"] for o in objects["marking-definition"]} == {"red"}
    assert objects["marking-definition"][0]["id"].endswith(STIX_MARKINGS["red"])
    for kind, members in objects.items():
        if kind != "marking-definition":
            assert all(o["object_marking_refs"] for o in members)
    patterns = {o["pattern"] for o in objects["indicator"]}
    successful = {f["source.ip"] for f in case[1] if f["hauberk.grade"] >= "E3"
                  and f.get("source.ip") and f["hauberk.stage"] != "none"}
    public = {s for s in successful if ipaddress.ip_address(s).version == 4
              and not s.startswith("10.")}
    assert {f"[ipv4-addr:value = '{s}']" for s in public} <= patterns
    assert any(p.startswith("[url:value LIKE '%/aspnet_client/") for p in patterns)
    techniques = {r["external_id"] for o in objects["attack-pattern"]
                  for r in o["external_references"]}
    assert {"T1190", "T1505.003"} <= techniques
    assert "CVE-2021-26855" in {o["name"] for o in objects["vulnerability"]}
    observed = sum(o["number_observed"] for o in objects["observed-data"])
    told = [f for f in case[1] if f["hauberk.stage"] != "none" and "hauberk.own_probe" not in f]
    assert observed == len(told)
    assert {o["name"] for o in objects["identity"]} >= {f["host.name"] for f in told}
    assert objects["sighting"] and objects["relationship"]


def test_stix_ids_do_not_depend_on_the_workers(tmp_path):
    generate(tmp_path / "e", "planted-and-used", size="2M", seed=2)
    ids = []
    for jobs in ("1", "4"):
        hunt("-j", jobs, "-o", tmp_path / f"c{jobs}", tmp_path / "e")
        objects = stix_objects(export("stix", tmp_path / f"c{jobs}"))
        ids.append(sorted(o["id"] for members in objects.values() for o in members))
    assert ids[0] == ids[1]


def validator():
    """The OASIS validator in its own environment (make setup-validators)."""
    if VALIDATOR.exists():
        return VALIDATOR
    if os.environ.get("HAUBERK_REQUIRE_VALIDATORS"):
        pytest.fail("no STIX validator: `make validators` could not install it")
    pytest.skip("skipped: no STIX validator (make validators)")


VALIDATE = """
import json, sys
import stix2, stix2validator
options = stix2validator.ValidationOptions(version="2.1")
results = stix2validator.validate_file(sys.argv[1], options)
errors = [e.message for r in results.object_results for e in r.errors] if hasattr(
    results, "object_results") else []
print(json.dumps({"valid": results.is_valid, "errors": [str(e) for e in errors]}))
for one in json.load(open(sys.argv[1], encoding="utf-8"))["objects"]:
    parsed = stix2.parse(one)
    if "created" not in one:  # an observable: its id follows from its values
        bare = {k: v for k, v in one.items() if k not in ("id", "object_marking_refs")}
        assert stix2.parse(bare)["id"] == one["id"], one
"""


def test_stix_is_valid(case, tmp_path):
    """The JSON schemas of OASIS, and the stix2 library as a consumer."""
    python = validator()
    hostile_evidence(tmp_path / "e")
    hunt("-o", tmp_path / "hostile.case", "-r", tmp_path / "all.yml", "--with-builtin",
         tmp_path / "e")
    for number, name in enumerate([case[0], tmp_path / "hostile.case"]):
        file = tmp_path / f"bundle{number}.json"
        file.write_bytes(export("stix", name, "--tlp", "amber"))
        done = subprocess.run([python, "-c", VALIDATE, file], capture_output=True, text=True,
                              check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        assert json.loads(done.stdout)["valid"], done.stdout[:3000]


# ---- hostile evidence ----

# As a cell of IIS: no blanks.
HOSTILE = ["=cmd|'/c+calc'!A1", "+1+1", "-2+3", "@SUM(A1)", "<script>alert(1)</script>",
           "a\x1b[31mred\x07", "a\u202egpj.exe", "a\u2066b", "\"quoted\",'too'", "a\\'b]",
           "\x7fDEL", "x\u200b\ufeffy", "a\x00b"]
INVALID = b"caf\xe9\xff\xc0\xafend"


def hostile_evidence(folder):
    """Rows that are findings and hold what hurts somebody, in address, query and agent."""
    rows = []
    for i, text in enumerate(HOSTILE):
        rows.append(page_answered(f"2021-03-03T07:{i:02}:00", page="/aspnet_client/z.aspx",
                                  cs_uri_query=text, cs_User_Agent=text, cs_username=text))
    rows.append(w3c_row("2021-03-03T08:00:00", cs_uri_stem="/aspnet_client/z.aspx",
                        c_ip=ATTACKER, cs_method="POST", cs_uri_query="A" * (1 << 20)))
    lines = [line.encode("utf-8", "surrogatepass") for line in w3c_header_lines() + rows]
    lines.append(page_answered("2021-03-03T09:00:00", cs_uri_query="@@").encode()
                 .replace(b"@@", INVALID))
    write_bytes(folder / "u_ex.log", b"".join(line + b"\r\n" for line in lines))
    exchange(folder / "HttpProxy_1.LOG", "httpproxy",
             [proxylogon("session", "2021-03-03T06:30:00.000Z",
                         UserAgent="=HYPERLINK(\"http://x\")")])
    rule(folder.parent / "all.yml", field="cs-uri-stem|contains", value="/")


def w3c_header_lines():
    from conftest import IIS_FIELDS
    return w3c_header(IIS_FIELDS)


@pytest.fixture(name="hostile", scope="module")
def fixture_hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    hostile_evidence(folder / "e")
    hunt("-o", folder / "x.case", "-r", folder / "all.yml", "--with-builtin", folder / "e")
    return folder / "x.case"


def visible_controls(text):
    return [c for c in text if (ord(c) < 32 and c not in "\r\n") or ord(c) in range(0x7f, 0xa0)
            or c in "\u200b\u202e\u2066\ufeff"]


def test_hostile_csv(hostile):
    content = export("csv", hostile)
    rows = csv_rows(content)
    assert len(rows) >= len(HOSTILE)
    assert visible_controls(content.decode("utf-8")) == []
    for row in rows:
        for value in row.values():
            assert not value.startswith(FORMULA_STARTS)
            assert len(value) < 32767 and "\n" not in value
    assert any(r["url_query"].startswith("'=cmd|") for r in rows)
    assert any("bytes more]" in r["row"] for r in rows)
    assert any("caf\ufffd" in r["row"] or "caf" in r["row"] for r in rows)


def test_hostile_ecs(hostile):
    content = export("ecs", hostile)
    documents = ecs_documents(content)
    assert len(documents) >= len(HOSTILE)
    assert visible_controls(content.decode("utf-8")) == []
    for document in documents:
        check_ecs_document(document, ecs_fields())


def test_hostile_stix(hostile):
    content = export("stix", hostile)
    objects = stix_objects(content)
    assert visible_controls(content.decode("utf-8")) == []
    assert objects["indicator"]
