"""SigmaHQ's own test data: each of 202 rules finds what it must find in its event log."""
import collections
import pathlib
import sys

import pytest
import yaml
from conftest import ROOT, WINDOWS_RULES, hunt, rule_options

sys.path.insert(0, str(ROOT / "tests" / "oracle"))
import naive_sigma  # noqa: E402  pylint: disable=wrong-import-position

Pair = collections.namedtuple("Pair", "rule_id log wanted")

# Pairs that state 1 although more records match, which their own runner lets pass. The numbers
# are those of the naive evaluator over the events that SigmaHQ publishes beside the logs.
MORE_THAN_STATED = {
    "0b9ad457-2554-44c1-82c2-d56a99c42377": 3,
    "8fbf3271-1ef6-4e94-8210-03c2317947f6": 3,
    "45e112d0-7759-4c2a-aa36-9f8fb79d3393": 3,
    "c7dcacd0-cc59-4004-b0a4-1d6cdebe6f3e": 2,
}


@pytest.fixture(name="pairs", scope="module")
def fixture_pairs(sigmahq):
    pairs = []
    for info in sorted((sigmahq / "regression_data").rglob("info.yml")):
        about = yaml.safe_load(info.read_text(encoding="utf-8"))
        rule_id = about["rule_metadata"][0]["id"]
        for test in about.get("regression_tests_info") or []:
            wanted = MORE_THAN_STATED.get(rule_id, test.get("match_count"))
            pairs.append(Pair(rule_id, sigmahq / test["path"], wanted))
    return pairs


@pytest.fixture(name="rules", scope="module")
def fixture_rules(sigmahq):
    """All Windows rules' files by id."""
    found = {}
    for path in naive_sigma.rule_files(sigmahq / folder for folder in WINDOWS_RULES):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("id: "):
                found[line.removeprefix("id: ").strip()] = path
    return found


@pytest.fixture(name="found", scope="module")
def fixture_found(sigmahq, pairs, rules):
    """Findings of one hunt over all logs with all rules of the pairs, by (rule, log)."""
    options = [word for pair in pairs for word in ("-r", rules[pair.rule_id])]
    done = hunt(*options, sigmahq / "regression_data", timeout=600)
    assert "0 refused" in done.err
    assert not done.damage
    return collections.Counter((r["rule.id"], pathlib.Path(r["log.file.path"]))
                               for r in done.findings)


def is_right(pair, count):
    return count == pair.wanted if pair.wanted is not None else count >= 1


def test_there_are_202_pairs(pairs):
    assert len(pairs) == 202
    assert len({p.rule_id for p in pairs}) == len({p.log for p in pairs}) == 202
    assert sum(p.wanted is not None for p in pairs) == 172


def test_every_rule_finds_its_log(pairs, found):
    wrong = [(p, found[p.rule_id, p.log]) for p in pairs
             if not is_right(p, found[p.rule_id, p.log])]
    assert not wrong, f"{len(wrong)} of {len(pairs)} pairs: {wrong[:5]}"


@pytest.mark.parametrize("number", [0, 40, 80, 120, 160, 201])
def test_rule_alone_finds_the_same(number, pairs, rules, found):
    pair = pairs[number]
    findings = hunt("-r", rules[pair.rule_id], pair.log).findings
    assert {r["rule.id"] for r in findings} == {pair.rule_id}
    assert len(findings) == found[pair.rule_id, pair.log]
    assert is_right(pair, len(findings))


# ---- against the naive evaluator ----

def twin_of(log):
    """The events of a log as SigmaHQ publishes them; one file's name has a slip of the pen."""
    twin = log.with_suffix(".json")
    return twin if twin.exists() else log.with_suffix(".jsoncls")


def test_findings_are_those_of_the_naive_evaluator(sigmahq, pairs):
    """All Windows rules over all logs: what the published events give when every rule is tried
    on every event, and nothing else. Neither reader, filter nor engine is the program's own."""
    folders = [sigmahq / folder for folder in WINDOWS_RULES]
    rules, refusals = naive_sigma.load_rules(folders)
    assert len(refusals) == 2  # expand without a list
    judge = naive_sigma.Judge(rules, naive_sigma.LogSources(sigmahq / "tests" / "thor.yml"))
    wanted, events = collections.Counter(), 0
    for pair in pairs:
        for event in naive_sigma.read_evtx_dump(twin_of(pair.log), ""):
            events += 1
            wanted.update((rule_id, pair.log.name, event.record) for rule_id in judge.hits(event))
    assert events > len(pairs)

    done = hunt(*rule_options(sigmahq, WINDOWS_RULES), sigmahq / "regression_data", timeout=600)
    found = collections.Counter((r["rule.id"], pathlib.PurePath(r["log.file.path"]).name,
                                 r["hauberk.fields"]["EventRecordID"]) for r in done.findings)
    missing, extra = wanted - found, found - wanted
    assert not missing and not extra, (f"{len(missing)} missing, {len(extra)} extra\n"
                                       f"missing: {list(missing)[:3]}\nextra: {list(extra)[:3]}")
