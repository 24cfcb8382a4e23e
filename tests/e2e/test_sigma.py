"""The Sigma language through the whole program: modifiers, correlations, filters, placeholders."""
import json
import subprocess

import pytest
import yaml
from conftest import guid, hunt, iis, names, rule, run, w3c_row


def write(path, *documents):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump_all(documents, sort_keys=False), encoding="utf-8")
    return path


def detection(name, number, item, **more):
    return {"title": name, "id": guid(number), "name": name,
            "logsource": {"category": "webserver"},
            "detection": {"selection": item, "condition": "selection"}, **more}


def rows(*asked):
    """(time of day, path, query, cells)"""
    return [w3c_row(f"2021-03-03T{time}", cs_uri_stem=stem, cs_uri_query=query, **cells)
            for time, stem, query, cells in asked]


def found(folder, rules, *options):
    done = hunt(folder, "-r", rules, *options)
    assert "refused:" not in done.err, done.err
    return done.findings


# ---- modifiers ----

@pytest.mark.parametrize("item, query, matches", [
    ({"cs-uri-query|contains|windash": "-enc"}, "x=%20", False),
    ({"cs-uri-query|windash|endswith": " -enc"}, "a+/enc", True),
    ({"cs-uri-query|windash|endswith": " -enc"}, "a+\u2013enc", True),
    ({"cs-uri-query|windash|endswith": " -enc"}, "a+_enc", False),
    ({"cs-uri-query|base64offset|contains": "ping 1"}, "x=cGluZyAx", True),
    ({"cs-uri-query|base64offset|contains": "ping 1"}, "x=eHBpbmcgMX", True),
    ({"cs-uri-query|wide|base64offset|contains": "ping"}, "x=cABpAG4AZw", True),
    ({"cs-uri-query|base64offset|contains": "ping 1"}, "x=ping", False),
    ({"cs-uri-query|contains": "caf\u00c9"}, "x=CAF\u00e9", True),
    ({"cs-uri-query|contains": "kelvin"}, "x=\u212aelvin", False),
    ({"cs-method|neq": "POST", "cs-uri-query|contains": "needle"}, "needle", True),
    ({"cs-method|neq": "GET", "cs-uri-query|contains": "needle"}, "needle", False),
    ({"c-ip|fieldref": "s-ip", "cs-uri-query|contains": "needle"}, "needle", False),
    ({"c-ip|fieldref|neq": "s-ip", "cs-uri-query|contains": "needle"}, "needle", True),
    ({"cs-uri-query|fieldref|endswith": "cs-method", "cs-uri-stem": "/x"}, "needle-get", True),
    ({"time|hour": 6, "cs-uri-query|contains": "needle"}, "needle", True),
    ({"time|hour|gt": 6, "cs-uri-query|contains": "needle"}, "needle", False),
    ({"date|week": 9, "cs-uri-query|contains": "needle"}, "needle", True),
    ({"cs-uri-query|re|startswith": "need.e"}, "needle", True),
    ({"cs-uri-query|re|startswith": "eed.e"}, "needle", False),
    ({"|contains": "NEEDLE"}, "needle", True),
])
@pytest.mark.parametrize("filtered", [True, False])
def test_modifiers(tmp_path, item, query, matches, filtered):
    rules = write(tmp_path / "r.yml", detection("m", 1, item))
    iis(tmp_path / "e" / "u.log", rows(("06:00:00", "/x", query, {"cs_method": "GET"})))
    options = [] if filtered else ["--no-prefilter"]
    assert bool(found(tmp_path / "e", rules, *options)) == matches


def test_long_lists(tmp_path):
    values = [f"needle-{i:05}" for i in range(6000)]
    rules = write(tmp_path / "r.yml", detection("many", 1, {"cs-uri-query|contains": values}))
    iis(tmp_path / "e" / "u.log", rows(("06:00:00", "/x", "x=NEEDLE-05999", {}),
                                       ("06:00:01", "/x", "x=needle-06000", {})))
    assert len(found(tmp_path / "e", rules)) == 1


# ---- placeholders ----

def test_expand(tmp_path):
    rules = write(tmp_path / "r.yml",
                  detection("p", 1, {"cs-uri-stem|expand": "/%pages%.aspx"}))
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "pages.txt").write_text("# pages\nneedle\n thread? \n", encoding="utf-8")
    iis(tmp_path / "e" / "u.log", rows(("06:00:00", "/needle.aspx", "", {}),
                                       ("06:00:01", "/threads.aspx", "", {}),
                                       ("06:00:02", "/other.aspx", "", {})))
    listed = f"pages={tmp_path / 'lists' / 'pages.txt'}"
    assert len(found(tmp_path / "e", rules, "--expand", listed)) == 2
    assert len(found(tmp_path / "e", rules, "--expand", tmp_path / "lists")) == 2
    done = run("rules", "check", rules)
    assert "the placeholder %pages% has no list" in done.text and "1 refused" in done.text
    done = run("rules", "check", "--strict", "--expand", listed, rules)
    assert done.status == 0 and "0 refused" in done.text


@pytest.mark.parametrize("argument", ["pages", "pages=/missing", "=x", "%=x"])
def test_expand_that_is_none(tmp_path, argument):
    if argument in ("=x", "%=x"):
        (tmp_path / "x").write_text("v\n", encoding="utf-8")
        argument = argument.replace("=x", f"={tmp_path / 'x'}")
    done = run("rules", "check", "--expand", argument)
    assert done.status in (2, 4) and "--expand" in done.err


def test_expand_of_an_empty_list(tmp_path):
    (tmp_path / "x").write_text("# nothing\n\n", encoding="utf-8")
    assert run("rules", "check", "--expand", f"a={tmp_path / 'x'}").status == 2


# ---- correlations ----

def correlate(path, kind, parts, **body):
    details = {"type": kind, "rules": [p["name"] for p in parts], "timespan": "5m",
               "group-by": ["c-ip"], **body}
    return write(path, *parts, {"title": "Together", "id": guid(99), "correlation": details})


PART = detection("part", 1, {"cs-uri-stem": "/part"})
OTHER = detection("other", 2, {"cs-uri-stem": "/other"})


def together(folder, rules):
    return [r["@timestamp"][11:19] for r in found(folder, rules)
            if r["rule.name"] == "Together"]


@pytest.mark.parametrize("kind, condition, queries, when", [
    ("value_count", {"gte": 3, "field": "cs-uri-query"}, ["a", "b", "a", "c"], ["06:03:00"]),
    ("value_count", {"gte": 3, "field": ["cs-uri-query", "cs-method"]}, ["a", "b", "a"], []),
    ("value_sum", {"gt": 10, "field": "cs-uri-query"}, ["4", "x", "3", "4"], ["06:03:00"]),
    ("value_avg", {"gte": 5, "field": "cs-uri-query"}, ["1", "9"], ["06:01:00"]),
    ("value_median", {"gte": 5, "field": "cs-uri-query"}, ["1", "9"], ["06:01:00"]),
    ("value_percentile", {"gte": 9, "percentile": 100, "field": "cs-uri-query"},
     ["1", "2", "9"], ["06:02:00"]),
    ("event_count", {"lt": 3}, ["a", "b"], ["06:01:00"]),
    ("event_count", {"lt": 3}, ["a", "b", "c"], []),
    ("event_count", {"gte": 2, "lte": 3}, ["a", "b", "c"], ["06:02:00"]),
])
def test_correlations_of_one_rule(tmp_path, kind, condition, queries, when):
    rules = correlate(tmp_path / "r.yml", kind, [PART], condition=condition)
    iis(tmp_path / "e" / "u.log",
        rows(*((f"06:0{i}:00", "/part", query, {}) for i, query in enumerate(queries))))
    assert together(tmp_path / "e", rules) == when


@pytest.mark.parametrize("body, order, when", [
    ({}, ["other", "part"], ["06:01:00"]),
    ({}, ["part", "part"], []),
    ({"condition": {"gte": 1}}, ["part"], ["06:00:00"]),
    ({"condition": "part and other"}, ["other", "part"], ["06:01:00"]),
    ({"condition": "part and not other"}, ["other", "part"], []),
    ({"condition": "part and not other"}, ["part"], ["06:00:00"]),
])
def test_temporal(tmp_path, body, order, when):
    rules = correlate(tmp_path / "r.yml", "temporal", [PART, OTHER], **body)
    iis(tmp_path / "e" / "u.log",
        rows(*((f"06:0{i}:00", f"/{name}", "", {}) for i, name in enumerate(order))))
    assert together(tmp_path / "e", rules) == when


def test_aliases_and_no_group(tmp_path):
    rules = correlate(tmp_path / "alias.yml", "temporal", [PART, OTHER],
                      **{"group-by": ["who"],
                         "aliases": {"who": {"part": "c-ip", "other": "cs-uri-query"}}})
    iis(tmp_path / "e" / "u.log",
        rows(("06:00:00", "/part", "", {"c_ip": "203.0.113.9"}),
             ("06:01:00", "/other", "203.0.113.8", {}),
             ("06:02:00", "/other", "203.0.113.9", {})))
    assert together(tmp_path / "e", rules) == ["06:02:00"]
    rules = correlate(tmp_path / "all.yml", "temporal", [PART, OTHER], **{"group-by": []})
    assert together(tmp_path / "e", rules) == ["06:01:00"]


def test_chain_and_generate(tmp_path):
    inner = {"title": "Many", "name": "many", "id": guid(98),
             "correlation": {"type": "event_count", "rules": ["part"], "group-by": ["c-ip"],
                             "timespan": "1m", "condition": {"gte": 2}}}
    outer = {"title": "Together", "id": guid(99),
             "correlation": {"type": "temporal_ordered", "rules": ["many", "other"],
                             "group-by": ["c-ip"], "timespan": "5m"}}
    iis(tmp_path / "e" / "u.log",
        rows(("06:00:00", "/part", "", {}), ("06:00:10", "/part", "", {}),
             ("06:02:00", "/other", "", {})))
    rules = write(tmp_path / "r.yml", outer, inner, PART, OTHER)
    assert names(found(tmp_path / "e", rules)) == ["Together"]
    outer["generate"] = True
    rules = write(tmp_path / "r.yml", outer, inner, PART, OTHER)
    assert names(found(tmp_path / "e", rules)) == ["Many", "Together", "other"]


def test_correlations_do_not_depend_on_workers(tmp_path):
    rules = correlate(tmp_path / "r.yml", "value_count", [PART],
                      condition={"gte": 3, "field": "cs-uri-query"})
    for i, query in enumerate(["c", "a", "b", "a"]):
        iis(tmp_path / "e" / f"{query}{i}.log", rows((f"06:0{i}:00", "/part", query, {})))
    for jobs in ("1", "4"):
        done = hunt(tmp_path / "e", "-r", rules, "-j", jobs)
        assert [r["@timestamp"][11:19] for r in done.findings] == ["06:02:00"]


def test_aggregation_of_v1(tmp_path):
    old = {"title": "Old", "id": guid(1), "level": "high", "logsource": {"category": "webserver"},
           "detection": {"selection": {"cs-uri-stem": "/part"}, "timeframe": "5m",
                         "condition": "selection | count(cs-uri-query) by c-ip > 2"}}
    rules = write(tmp_path / "r.yml", old)
    iis(tmp_path / "e" / "u.log",
        rows(*((f"06:0{i}:00", "/part", query, {}) for i, query in enumerate("abac"))))
    assert [r["@timestamp"][11:19] for r in found(tmp_path / "e", rules)] == ["06:03:00"]
    other = rule(tmp_path / "x.yml", number=2)
    assert found(tmp_path / "e", rules, "--disable", guid(1), "-r", other) == []
    done = run("rules", "check", rules)
    assert done.text.splitlines()[-1] == "rules: 1 read, 1 loaded, 0 refused"


# ---- filters ----

def test_filter(tmp_path):
    known = {"title": "Known scanner", "logsource": {"category": "webserver"},
             "filter": {"rules": "any", "selection": {"c-ip": "203.0.113.9"},
                        "condition": "not selection"}}
    iis(tmp_path / "e" / "u.log",
        rows(("06:00:00", "/part", "", {"c_ip": "203.0.113.9"}),
             ("06:01:00", "/part", "", {"c_ip": "203.0.113.8"})))
    rules = write(tmp_path / "r.yml", PART, known)
    assert [r["@timestamp"][11:19] for r in found(tmp_path / "e", rules)] == ["06:01:00"]
    known["filter"]["condition"] = "selection"
    rules = write(tmp_path / "r.yml", PART, known)
    done = hunt(tmp_path / "e", "-r", rules)
    assert [r["@timestamp"][11:19] for r in done.findings] == ["06:00:00"]
    assert "warning:" in done.err and "not selection" in done.err
    known["filter"]["rules"] = ["another"]
    rules = write(tmp_path / "r.yml", PART, known)
    assert len(found(tmp_path / "e", rules)) == 2


# ---- explain ----

def test_explain(tmp_path):
    rules = write(tmp_path / "r.yml",
                  detection("shown", 7, {"cs-uri-query|contains|windash": ["-needle", "*x"],
                                         "cs-method|neq": "GET"}))
    for what in (guid(7), "shown"):
        done = run("rules", "explain", "-r", rules, what)
        assert done.status == 0
        for text in ("category=webserver", "iis:", "'*[-/]needle*'", "fields: cs-uri-query",
                     "every one of its log source is evaluated", "not\n"):
            assert text in done.text, text
    done = run("rules", "explain", "--format", "json", "-r", rules, "all")
    tree = json.loads(done.text)["condition"]
    assert tree["and"][0]["values"][0] == {
        "pattern": [{"any": "*"}, {"any": "-"}, "needle", {"any": "*"}]}
    assert tree["and"][1] == {"not": [{"field": "cs-method", "all": False, "cased": False,
                                       "values": [{"pattern": ["GET"]}]}]}
    assert run("rules", "explain", "-r", rules, "nobody").status == 2
    assert run("rules", "explain").status == 2


def test_explain_a_rule_that_nothing_answers(tmp_path):
    odd = detection("odd", 8, {"A": "x"})
    odd["logsource"] = {"product": "toaster"}
    done = run("rules", "explain", "-r", write(tmp_path / "r.yml", odd), "odd")
    assert "no log that Hauberk reads" in done.text


def test_explain_every_rule_of_the_pack():
    done = run("rules", "explain", "all")
    assert done.status == 0 and "correlation:" in done.text


# ---- expressions that run away ----

def test_expression_that_gives_up_is_told_once_for_each_rule_and_file(tmp_path):
    rules = write(tmp_path / "r.yml",
                  detection("slow", 9, {"cs-uri-query|re": "(a+)+(a+)+(a+)+$(?=b)"}),
                  detection("good", 10, {"cs-uri-query|endswith": "!"}))
    for name in ("u1.log", "u2.log"):
        iis(tmp_path / "e" / name,
            rows(*((f"06:{i // 60:02}:{i % 60:02}", "/x", "a" * 60 + "!", {})
                   for i in range(200))))
    done = hunt(tmp_path / "e", "-r", rules)
    told = [r for r in done.damage if "gave up" in r["hauberk.reason"]]
    assert len(told) == 2 and all('"slow"' in r["hauberk.reason"] for r in told)
    assert len(done.findings) == 400 and done.status == 1


# ---- real rules ----

FOLDERS = ("rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance",
           "rules-placeholder")


def sigmahq(corpora, tmp_path):
    archives = sorted(corpora.glob("sigmahq-*.tar.zst"))
    if not archives:
        pytest.skip("skipped: no corpora")
    subprocess.run(["tar", "--zstd", "-xf", archives[0], "-C", tmp_path], check=True, timeout=60)
    found_in = {}
    for path in sorted(tmp_path.rglob("*"), key=lambda p: len(p.parts)):
        if path.is_dir() and path.name in FOLDERS:
            found_in.setdefault(path.name, path)
    assert set(found_in) >= set(FOLDERS)
    return [found_in[name] for name in FOLDERS]


def test_all_rules_of_sigmahq(corpora, tmp_path):
    folders = sigmahq(corpora, tmp_path)
    done = run("rules", "check", *folders)
    assert done.text.splitlines()[-1] == "rules: 3780 read, 3755 loaded, 25 refused"
    assert "     25  the placeholder %...% has no list" in done.text
    lists = tmp_path / "lists"
    lists.mkdir()
    while "has no list" in done.text:
        for line in done.text.splitlines():
            if "the placeholder %" in line and line.startswith("refused:"):
                name = line.split("the placeholder %")[1].split("%")[0]
                (lists / f"{name}.txt").write_text("value\n", encoding="utf-8")
        done = run("rules", "check", "--strict", "--expand", lists, *folders)
    assert done.status == 0
    assert done.text.splitlines()[-1] == "rules: 3780 read, 3780 loaded, 0 refused"
