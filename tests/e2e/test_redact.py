"""No person of the evidence in any output of --redact; the verdict stays what it was."""
import itertools
import json
import re

import pytest
from conftest import (ROOT, exchange, exchange_row, generate, hunt, iis, page_answered, proxylogon,
                      rule, run, write_bytes)

OUTPUTS = (["--format", "text"], ["--format", "ndjson"], ["--html", "-"], ["--csv", "-"],
           ["--stix", "-"], ["--ecs", "-"], ["--notice", "authority"], ["--notice", "clients"],
           ["--notice", "persons"])

SERVICES = ("httpproxy", "ecp", "ecp-activity", "oabgenerator", "cmdlet", "rps-http", "ews",
            "mapihttp", "autodiscover", "messagetracking", "smtp", "agent", "audit")

CATCH_ALL = """title: every row of {name}
id: 00000000-1111-4222-8333-{number:012}
status: test
level: low
logsource:
  {source}
detection:
  keywords:
    - '202'
  condition: keywords
"""


def catch_all(path):
    """Rules by which every row is a finding."""
    sources = ["category: webserver"] + [f"product: exchange\n  service: {s}" for s in SERVICES]
    path.write_text("---\n".join(CATCH_ALL.format(name=number, number=900 + number, source=source)
                                 for number, source in enumerate(sources)), encoding="utf-8")
    return path


def generator_names():
    """First and last names that the generator draws from, from its source."""
    source = (ROOT / "tests/gen/gen_vocab.c").read_text(encoding="utf-8")
    lists = []
    for name in ("first_names", "last_names"):
        text = re.search(name + r"\[\] = \{(.*?)\};", source, re.S).group(1)
        lists.append(re.findall(r'"(\w+)"', text))
    assert all(len(names) > 30 for names in lists)
    return lists


def people_pattern():
    first, last = ("|".join(names) for names in generator_names())
    return re.compile(rf"(?i)\b({first})(.|%2e|%20){{0,3}}({last})\b|\badm.{{0,3}}exchange\b")


@pytest.fixture(name="cases", scope="module")
def fixture_cases(tmp_path_factory):
    """Incidents in which every row of all logs is a finding, with context."""
    folder = tmp_path_factory.mktemp("redact")
    catch_all(folder / "all.yml")
    cases = []
    for scenario in ("proxyshell", "planted-and-used"):
        generate(folder / scenario, scenario, size="300K", seed=3)
        cases.append(folder / f"{scenario}.case")
        hunt("--context", "2", "-r", folder / "all.yml", "--with-builtin", "-o", cases[-1],
             folder / scenario)
    return cases


def test_nobody_is_named(cases):
    people, named = people_pattern(), 0
    for case, output in itertools.product(cases, OUTPUTS):
        named += len(people.findall(run("report", *output, case).text))
        done = run("report", "--redact", *output, case)
        assert done.status == 1, done.err
        leaks = [done.text[max(0, m.start() - 40):m.end() + 20] for m in
                 people.finditer(done.text)]
        assert not leaks, (output, leaks[:3])
        assert not re.search(r"S-1-5-21-[\d-]+-\d{4}", done.text)
    assert named > 100  # they were there


def without_text(done):
    """What must not depend on names."""
    return [{k: v for k, v in r.items() if k.startswith("hauberk.") and k not in
             ("hauberk.fields", "hauberk.row", "hauberk.finding.path", "hauberk.reasons",
              "hauberk.page")}
            for r in done.records if r["record"] in ("finding", "incident", "verdict", "coverage")]


def test_the_verdict_stays(cases):
    for case in cases:
        plain, redacted = (run("report", "--format", "ndjson", *options, case)
                           for options in ([], ["--redact"]))
        assert without_text(plain) == without_text(redacted)
        assert plain.status == redacted.status


def test_tokens_are_stable_within_a_case(cases):
    names = {}
    for output in (["--format", "ndjson"], ["--csv", "-"], ["--format", "ndjson"]):
        text = run("report", "--redact", *output, cases[0]).text
        names[tuple(output)] = set(re.findall(r"\bperson-\d+\b", text))
    assert names[("--csv", "-")] <= names[("--format", "ndjson")]
    assert "person-1" in names[("--format", "ndjson")]


def people_case(folder):
    """One finding in which people stand in every way."""
    exchange(folder / "e" / "HttpProxy_1.LOG", "httpproxy",
             [proxylogon("session", "2021-03-03T06:30:00.000Z",
                         AuthenticatedUser="CORP\\anna.bakker",
                         GenericInfo="Smtp~anna.bakker@corp.example;x=Anna%20Bakker;"
                                     "BAKKER, ANNA;/o=O/cn=Recipients/cn=abcd-annabakker",
                         UrlQuery="?User=CORP%5Canna.bakker&m=anna.bakker%40corp.example")])
    iis(folder / "e" / "u_ex.log", [page_answered(cs_username="CORP\\ANNA.BAKKER",
                                                  cs_uri_query="to=ANNA.BAKKER@CORP.EXAMPLE")])
    exchange(folder / "e" / "audit.LOG", "audit", [exchange_row(
        "audit", "2021-03-03T06:31:00.000Z", UserKey="CORP\\anna.bakker",
        Data=json.dumps({"UserId": "CORP\\anna.bakker", "a": "\u00c4nne M\u00fcller"}))])
    write_bytes(folder / "e/inetpub/wwwroot/aspnet_client/anna.bakker.aspx",
                b'<%@ Page Language="JScript"%><%eval(Request["anna.bakker@corp.example"],'
                b'"unsafe");%>')
    hunt("-r", catch_all(folder / "all.yml"), "--with-builtin", "-o", folder / "case",
         folder / "e")
    return folder / "case"


def test_people_in_every_spelling(tmp_path):
    case = people_case(tmp_path)
    (tmp_path / "also").write_text("\u00e4nne m\u00fcller\n", encoding="utf-8")
    for output in OUTPUTS:
        done = run("report", "--redact", "--redact-also", tmp_path / "also", *output, case)
        assert done.status == 1, done.err
        assert not re.search(r"(?i)anna.{0,3}bakker|bakker.{0,3}anna|m\u00fcller", done.text)


def test_the_same_key_gives_the_same_tokens_in_all_cases(tmp_path):
    tokens = []
    (tmp_path / "key").write_text("correct horse battery\n")
    for number in range(2):
        folder = tmp_path / str(number)
        iis(folder / "u_ex.log", [page_answered(cs_username=f"CORP\\x{n}.y{n}")
                                  for n in range(number)] +
            [page_answered(cs_username="CORP\\anna.bakker")])
        hunt("-o", tmp_path / f"{number}.case", folder)
        done = run("report", "--redact-key", tmp_path / "key", "--format", "ndjson",
                   tmp_path / f"{number}.case")
        tokens.append({f["user.name"] for f in done.findings})
    shared = tokens[0] & tokens[1]
    assert len(shared) == 1 and re.fullmatch(r"CORP\\person-[0-9a-f]{12}", shared.pop())


def test_a_short_key_is_refused(tmp_path):
    (tmp_path / "key").write_text("short\n")
    done = run("hunt", "--redact-key", tmp_path / "key", tmp_path)
    assert done.status == 2 and "less than" in done.err


def test_internal_addresses_are_replaced_on_demand(tmp_path):
    iis(tmp_path / "u_ex.log", [page_answered(c_ip="10.1.2.3"), page_answered()])
    plain = run("hunt", "--no-progress", "--redact", tmp_path).text
    less = run("hunt", "--no-progress", "--redact-internal", tmp_path).text
    assert "10.1.2.3" in plain and "10.1.2.3" not in less and "address-1" in less
    assert "203.0.113.66" in less  # the attacker's stays


def test_a_hunt_redacts_but_the_case_it_keeps_does_not(tmp_path):
    iis(tmp_path / "e" / "u_ex.log", [page_answered(cs_username="CORP\\anna.bakker")])
    done = run("hunt", "--no-progress", "--redact", "--format", "ndjson", "-o",
               tmp_path / "case", tmp_path / "e")
    assert "anna" not in done.text
    assert "anna.bakker" in run("report", "--format", "ndjson", tmp_path / "case").text


def test_a_name_that_is_a_word_of_ours(tmp_path):
    """Logins like our own words must not change what a report says."""
    words = ("success", "answer", "iis", "E5", "none", "plant", "ex01", "host", "shell")
    iis(tmp_path / "e" / "u_ex.log", [page_answered(cs_username=w) for w in words])
    rule(tmp_path / "r.yml")
    hunt("-o", tmp_path / "case", tmp_path / "e")
    plain, redacted = (run("report", "--format", "ndjson", *options, tmp_path / "case")
                       for options in ([], ["--redact"]))
    assert without_text(plain) == without_text(redacted)
    assert plain.grades == redacted.grades
