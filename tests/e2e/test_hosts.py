"""Whose row is it? Names in rows, in neighbouring rows, folders, and --host."""
from conftest import (IIS_FIELDS, PAGE_RULE, exchange, honest_iis, honest_proxy, hunt, iis,
                      page_answered, proxylogon)

WHEN = "2021-03-03T06:30:00.000Z"


def owners(done, name=PAGE_RULE):
    return sorted(r["host.name"] for r in done.findings if r["rule.name"] == name)


def test_names_are_first_label_and_folded(tmp_path):
    exchange(tmp_path / "e" / "a.log", "httpproxy", [proxylogon("session", WHEN, "EX01")])
    exchange(tmp_path / "e" / "b.log", "httpproxy",
             [proxylogon("change", "2021-03-03T06:31:00.000Z", "ex01.corp.example")])
    exchange(tmp_path / "e" / "c.log", "httpproxy",
             [proxylogon("write", "2021-03-03T06:32:00.000Z", "Ex01.OTHER.example")])
    assert hunt(tmp_path / "e").grades == {"ex01": "E4"}


def test_rows_of_two_hosts_in_one_file(tmp_path):
    exchange(tmp_path / "e" / "a.log", "httpproxy",
             [proxylogon("session", WHEN, "EX01"), honest_proxy(WHEN, "EX02"),
              proxylogon("probe", "2021-03-03T06:31:00.000Z", "EX02")])
    done = hunt(tmp_path / "e")
    assert done.grades == {"ex01": "E2", "ex02": "E0"}
    assert {(r["host.name"], r["hauberk.events"]) for r in done.coverage} == {("ex01", 1),
                                                                           ("ex02", 2)}


def test_iis_names_its_host_when_it_has_the_column(tmp_path):
    fields = IIS_FIELDS + " s-computername"
    row = page_answered(fields=fields, s_computername="EX07")
    iis(tmp_path / "e" / "a.log", [row], fields)
    assert hunt(tmp_path / "e").grades == {"ex07": "E5"}


def test_nameless_joins_the_only_host_nearby(tmp_path):
    iis(tmp_path / "e" / "C" / "inetpub" / "u_ex.log", [page_answered()])
    exchange(tmp_path / "e" / "C" / "Program Files" / "x.log", "httpproxy", [honest_proxy(WHEN)])
    assert hunt(tmp_path / "e").grades == {"ex01": "E5"}


def test_two_sibling_folders(tmp_path):
    for host in ("EX01", "EX02"):
        exchange(tmp_path / "e" / host / "proxy" / "x.log", "httpproxy", [honest_proxy(WHEN, host)])
    iis(tmp_path / "e" / "EX02" / "iis" / "u_ex.log", [page_answered()])
    iis(tmp_path / "e" / "EX01" / "iis" / "u_ex.log", honest_iis())
    assert hunt(tmp_path / "e").grades == {"ex01": "N", "ex02": "E5"}


def test_two_sibling_folders_whose_names_mean_nothing(tmp_path):
    for folder, host in (("first", "EX01"), ("second", "EX02")):
        exchange(tmp_path / "e" / folder / "x.log", "httpproxy", [honest_proxy(WHEN, host)])
        iis(tmp_path / "e" / folder / "iis" / "u_ex.log", [page_answered()])
    assert owners(hunt(tmp_path / "e")) == ["ex01", "ex02"]


def test_nameless_beside_two_hosts_is_of_the_folder_argument(tmp_path):
    for host in ("EX01", "EX02"):
        exchange(tmp_path / "farm" / host / "x.log", "httpproxy", [honest_proxy(WHEN, host)])
    iis(tmp_path / "farm" / "iis" / "u_ex.log", [page_answered()])
    assert hunt(tmp_path / "farm").grades == {"ex01": "N", "ex02": "N", "farm": "E5"}


def test_nobody_is_named(tmp_path):
    iis(tmp_path / "MAIL9" / "u_ex.log", [page_answered()])
    assert hunt(tmp_path / "MAIL9").grades == {"mail9": "E5"}
    assert hunt(str(tmp_path / "MAIL9") + "/").grades == {"mail9": "E5"}
    assert hunt(".", cwd=tmp_path / "MAIL9").grades == {"mail9": "E5"}


def test_arguments_do_not_name_each_other(tmp_path):
    exchange(tmp_path / "one" / "x.log", "httpproxy", [honest_proxy(WHEN)])
    iis(tmp_path / "two" / "u_ex.log", [page_answered()])
    assert hunt(tmp_path / "one", tmp_path / "two").grades == {"ex01": "N", "two": "E5"}


def test_slash_behind_an_argument_changes_nothing(tmp_path):
    exchange(tmp_path / "one" / "x.log", "httpproxy", [honest_proxy(WHEN)])
    iis(tmp_path / "one" / "u_ex.log", [page_answered()])
    assert hunt(f"{tmp_path}/one/").grades == {"ex01": "E5"}
    assert hunt(f"{tmp_path}/one//").grades == {"ex01": "E5"}


def test_host_option_names_the_nameless_only(tmp_path):
    exchange(tmp_path / "e" / "a" / "x.log", "httpproxy", [honest_proxy(WHEN, "EX02")])
    iis(tmp_path / "e" / "b" / "u_ex.log", [page_answered()])
    done = hunt(tmp_path / "e", "--host", "Given.corp.example")
    assert done.grades == {"ex02": "N", "given": "E5"}


def test_file_arguments(tmp_path):
    iis(tmp_path / "srv" / "u_ex.log", [page_answered()])
    exchange(tmp_path / "srv" / "x.log", "httpproxy", [honest_proxy(WHEN)])
    assert hunt(tmp_path / "srv" / "u_ex.log").grades == {"srv": "E5"}
    assert hunt(tmp_path / "srv" / "x.log").grades == {"ex01": "N"}
    assert hunt("u_ex.log", cwd=tmp_path / "srv").grades == {"srv": "E5"}


def test_same_evidence_named_twice(tmp_path):
    iis(tmp_path / "srv" / "u_ex.log", [page_answered()])
    once, twice = hunt(tmp_path / "srv"), hunt(tmp_path / "srv", tmp_path / "srv")
    assert once.grades == twice.grades


def test_empty_host_names_are_nameless(tmp_path):
    exchange(tmp_path / "box" / "x.log", "httpproxy", [proxylogon("session", WHEN, "")])
    assert hunt(tmp_path / "box").grades == {"box": "E2"}


def test_hosts_do_not_share_incidents(tmp_path):
    exchange(tmp_path / "e" / "x.log", "httpproxy",
             [proxylogon("session", WHEN, "EX01"), proxylogon("session", WHEN, "EX02")])
    incidents = hunt(tmp_path / "e").kind("incident")
    assert sorted(r["host.name"] for r in incidents) == ["ex01", "ex02"]
