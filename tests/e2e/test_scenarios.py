"""Generated servers: the verdict of each is what the generator says it put there."""
import datetime

import pytest
from conftest import GRADES, generate, hunt

SCENARIOS = ["clean", "scanned", "attempted", "exploited", "planted-and-used", "cleaned-up",
             "proxyshell", "several-hosts"]
CASES = [(s, n) for s in SCENARIOS for n in (1, 7)]


def time_of(text):
    return datetime.datetime.fromisoformat(text.rstrip("Z"))


def near(a, b, seconds=2):
    return abs((time_of(a) - time_of(b)).total_seconds()) <= seconds


@pytest.fixture(name="server", scope="module", params=CASES, ids=lambda c: f"{c[0]}-{c[1]}")
def fixture_server(request, tmp_path_factory):
    scenario, seed = request.param
    folder = tmp_path_factory.mktemp("evidence") / "tree"
    facts = generate(folder, scenario, seed=seed)
    return scenario, facts, hunt(folder)


def of_host(done, host):
    return [r for r in done.findings if r["host.name"] == host]


def test_grade_is_the_expected_one(server):
    _, facts, done = server
    assert done.grades == {host: f["expected_grade"] for host, f in facts.items()}


def test_no_finding_is_above_the_expected_grade(server):
    _, facts, done = server
    for host, f in facts.items():
        limit = GRADES.index(f["expected_grade"])
        above = [(r["rule.name"], r["hauberk.grade"], r["@timestamp"]) for r in of_host(done, host)
                 if GRADES.index(r["hauberk.grade"]) > limit]
        assert not above, f"{host}: {above}"


def test_all_was_read(server):
    _, facts, done = server
    assert not done.damage
    for host, f in facts.items():
        rows = [r for r in done.coverage if r["host.name"] == host]
        assert {"iis", "httpproxy", "ecp"} <= {r["hauberk.source"] for r in rows}
        for row in rows:
            assert f["from"] <= row["hauberk.from"] <= row["hauberk.to"] <= f["to"], row


def test_attacker_is_named(server):
    _, facts, done = server
    for host, f in facts.items():
        if "first_exploit_at" not in f:
            continue
        from_attacker = [r for r in of_host(done, host) if r.get("source.ip") == f["attacker_ip"]]
        assert any(near(r["@timestamp"], f["first_exploit_at"]) for r in from_attacker), host
        incidents = [r for r in done.kind("incident") if r["host.name"] == host]
        assert any(f["attacker_ip"] in r["hauberk.sources"] for r in incidents)


def test_exploit_requests_are_found(server):
    """Each request of the exploit, by its id in HttpProxy."""
    _, facts, done = server
    for host, f in facts.items():
        found = {r["hauberk.fields"].get("RequestId") for r in of_host(done, host)}
        wanted = set(f.get("exploit_request_ids", f.get("probe_request_ids", "")).split(","))
        assert wanted - {""} <= found, f"{host}: missed {wanted - found}"


def test_page_and_write_time(server):
    _, facts, done = server
    for host, f in facts.items():
        if "page_url" not in f:
            continue
        rows = of_host(done, host)
        answered = [r for r in rows if r["hauberk.grade"] == "E5"]
        assert {r["hauberk.page"] for r in answered} == {f["page_url"].lower()}
        first = min(r["@timestamp"] for r in answered)
        assert near(first, f["page_first_answer_at"]), first
        posts = [r["@timestamp"] for r in answered if r.get("http.request.method") == "POST"]
        assert near(min(posts), f["page_first_post_at"])
        written = [r["@timestamp"] for r in rows if r["hauberk.grade"] == "E4"]
        assert any(near(t, f["page_written_at"]) for t in written), written


@pytest.mark.parametrize("seed", (1, 7, 11, 12))
def test_clean_server_has_nothing(seed, tmp_path):
    facts = generate(tmp_path / "tree", "clean", seed=seed)
    done = hunt(tmp_path / "tree")
    assert done.grades == {host: "N" for host in facts}
    assert [r for r in done.findings if GRADES.index(r["hauberk.grade"]) >= 3] == []
    assert all(r["hauberk.grade"] == "N" for r in done.findings)


def test_several_hosts_have_a_verdict_each(tmp_path):
    generate(tmp_path / "tree", "several-hosts", seed=11)
    done = hunt(tmp_path / "tree")
    assert [(r["host.name"], r["hauberk.grade"]) for r in done.kind("verdict")] == [
        ("ex01", "E5"), ("ex02", "E1"), ("ex03", "N")]


def test_gzip_tree_is_the_same_server(tmp_path):
    generate(tmp_path / "a", "planted-and-used", seed=5)
    generate(tmp_path / "b", "planted-and-used", seed=5, gzip=True)
    plain, packed = hunt(tmp_path / "a"), hunt(tmp_path / "b")
    key = lambda done: sorted((r["rule.id"], r["@timestamp"], r["hauberk.offset"])
                              for r in done.findings)
    assert key(plain) == key(packed)
    assert plain.grades == packed.grades
    assert plain.coverage == packed.coverage
