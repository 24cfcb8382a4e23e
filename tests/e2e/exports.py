"""What the tests of the exports share: the published rules of each format, checked by hand."""
import csv
import io
import ipaddress
import json
import pathlib
import re

from conftest import ROOT

FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")

# The program that the Makefile puts there; see test_stix_is_valid().
VALIDATOR = pathlib.Path(ROOT, "build/validators/bin/python")


def csv_rows(content):
    """The rows as Timesketch reads them: UTF-8 without a mark, the header in the first line."""
    text = content.decode("utf-8")
    assert not text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    for row in rows:
        assert None not in row and None not in row.values(), "a row of other length"
    return rows


def ecs_fields():
    lines = pathlib.Path(__file__).with_name("ecs_fields.tsv").read_text("utf-8").splitlines()
    return {row["field"]: row for row in csv.DictReader(lines[1:], delimiter="\t")}


# event.category -> event.type, as the schema has them
ECS_TYPES = {
    "configuration": {"access", "change", "creation", "deletion", "info"},
    "file": {"access", "change", "creation", "deletion", "info"},
    "intrusion_detection": {"allowed", "denied", "info"},
    "process": {"access", "change", "end", "info", "start"},
    "web": {"access", "error", "info"},
}


def check_ecs_value(kind, value):
    if kind == "ip":
        ipaddress.ip_address(value)
    elif kind == "long":
        assert isinstance(value, int) and not isinstance(value, bool)
    elif kind == "date":
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value)
    else:
        assert kind in ("keyword", "wildcard", "match_only_text") and isinstance(value, str)


def check_ecs_document(document, fields):
    for key, value in document.items():
        if key.startswith("hauberk."):
            continue
        field = fields[key]
        assert isinstance(value, list) == (field["values"] == "array"), key
        for one in value if isinstance(value, list) else [value]:
            check_ecs_value(field["type"], one)
    assert document["event.kind"] == "alert"
    assert document["event.outcome"] in ("success", "failure", "unknown")
    (category,), (kind,) = document["event.category"], document["event.type"]
    assert kind in ECS_TYPES[category]


def ecs_documents(content):
    """The documents of a bulk request; ids are unique."""
    lines = content.decode("utf-8").split("\n")
    assert lines.pop() == "" and len(lines) % 2 == 0
    actions = [json.loads(line) for line in lines[::2]]
    documents = [json.loads(line) for line in lines[1::2]]
    ids = [action["create"]["_id"] for action in actions]
    assert len(set(ids)) == len(ids)
    return documents


STIX_ID = re.compile(r"[a-z0-9-]+--[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                     r"[0-9a-f]{12}")
STIX_MARKINGS = {"clear": "613f2e26-407d-48c7-9eca-b8e91df99dc9",
                 "green": "34098fce-860f-48ae-8e50-ebd3cc5e41da",
                 "amber": "f88d31f6-486f-44da-b317-01333bde0b82",
                 "red": "5e57c739-391a-4eb3-b6be-7d15ca92d5ed"}


def references(value):
    """All values of members named ..._ref and ..._refs."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.endswith("_ref"):
                yield inner
            elif key.endswith("_refs"):
                yield from inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def stix_objects(content):
    """The objects of a bundle by type; every reference has its object."""
    bundle = json.loads(content.decode("utf-8"))
    assert bundle["type"] == "bundle"
    objects = bundle["objects"]
    ids = [o["id"] for o in objects]
    assert len(set(ids)) == len(ids)
    assert all(STIX_ID.fullmatch(i) for i in ids)
    assert set(references(objects)) <= set(ids)
    by_type = {}
    for one in objects:
        assert one["id"].startswith(one["type"] + "--") and one["spec_version"] == "2.1"
        by_type.setdefault(one["type"], []).append(one)
    return by_type
