"""SigmaHQ's own test data: each of 202 rules finds what it must find in its event log."""
import collections
import pathlib

import pytest
import yaml
from conftest import WINDOWS_RULES, hunt

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
    for folder in WINDOWS_RULES:
        for path in (sigmahq / folder).rglob("*.yml"):
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
