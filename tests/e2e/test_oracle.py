"""The engine against a second opinion: tests/oracle/naive_sigma.py, which tries every rule on
every event, reads events as evtx_dump wrote them, and shares nothing with the program."""
import collections
import pathlib
import sys

import pytest
from conftest import ROOT, WINDOWS_RULES, hunt, rule_options, run

sys.path.insert(0, str(ROOT / "tests" / "oracle"))
import naive_sigma  # noqa: E402  pylint: disable=wrong-import-position
import random_rules  # noqa: E402  pylint: disable=wrong-import-position


@pytest.fixture(name="sources", scope="module")
def fixture_sources(sigmahq):
    return naive_sigma.LogSources(sigmahq / "tests" / "thor.yml")


@pytest.fixture(name="events", scope="module")
def fixture_events(sigmahq):
    """The events of regression_data as SigmaHQ publishes them beside the event logs."""
    events = []
    for log in sorted((sigmahq / "regression_data").rglob("*.evtx")):
        twin = log.with_suffix(".json")
        events += naive_sigma.read_evtx_dump(twin, "")
    assert len({e.file for e in events}) == 202
    return events


@pytest.fixture(name="exact_events", scope="module")
def fixture_exact_events(sigmahq, events):
    """The same with the blanks behind values that SigmaHQ's copies lost; the rules of Windows do
    not look at them, random ones do."""
    done = run("events", sigmahq / "regression_data", timeout=600)
    printed = {(pathlib.PurePath(r["log.file.path"]).stem, r["winlog.record_id"]):
               r["hauberk.fields"] for r in done.records if r["record"] == "event"}
    exact = []
    for event in events:
        fields = printed[pathlib.PurePath(event.file).stem, event.record]
        pairs = [(name, with_blanks(text, fields.get(name, text)))
                 for name, text in event.all_pairs]
        exact.append(naive_sigma.Event(pairs, event.file, event.record))
    return exact


def with_blanks(text, printed):
    return printed if printed.rstrip().lower() == text.lower() else text


def wanted_findings(rules, sources, events):
    judge = naive_sigma.Judge(rules, sources)
    return collections.Counter((rule_id, pathlib.PurePath(event.file).stem, event.record)
                               for event in events for rule_id in judge.hits(event))


def found_findings(done):
    return collections.Counter((r["rule.id"], pathlib.PurePath(r["log.file.path"]).stem,
                                r["hauberk.fields"]["EventRecordID"]) for r in done.findings)


def assert_agree(found, wanted):
    missing, extra = wanted - found, found - wanted
    assert not missing and not extra, (
        f"{len(missing)} missing, {len(extra)} extra\n"
        f"missing: {sorted(missing)[:3]}\nextra: {sorted(extra)[:3]}")


def test_all_windows_rules(sigmahq, sources, events):
    rules, refusals = naive_sigma.load_rules(sigmahq / folder for folder in WINDOWS_RULES)
    assert len(refusals) == 2  # expand without a list
    wanted = wanted_findings(rules, sources, events)
    assert len({rule_id for rule_id, _, _ in wanted}) > 202
    done = hunt(*rule_options(sigmahq, WINDOWS_RULES), sigmahq / "regression_data", timeout=600)
    assert_agree(found_findings(done), wanted)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_rules(seed, sigmahq, sources, exact_events, tmp_path):
    """Rules made of the events' own fields, with every modifier and many conditions."""
    made = random_rules.make_rules(exact_events, sources, 400, seed)
    path = tmp_path / "random.yml"
    path.write_text(random_rules.dump(made), encoding="utf-8")
    rules, refusals = naive_sigma.load_rules([path])
    done = hunt("-r", path, sigmahq / "regression_data", timeout=600)
    refused = {title for title in (rule["title"] for rule in made) if f" {title}: " in done.err}
    assert len(refused) + len(refusals) < 20
    ours = {rule.id for rule in rules}
    theirs = {rule["id"] for rule in made if rule["title"] not in refused}
    wanted = wanted_findings([r for r in rules if r.id in theirs], sources, exact_events)
    assert len({rule_id for rule_id, _, _ in wanted}) > 200
    found = found_findings(done)
    assert_agree(collections.Counter({k: n for k, n in found.items() if k[0] in ours}), wanted)
