#!/usr/bin/python3
"""A second opinion on Sigma: evaluates rules over events, slowly and plainly.

    naive_sigma.py --thor tests/thor.yml [--reader hauberk|evtx_dump] -r FOLDER... EVENTS...

EVENTS are JSON lines: of `hauberk events`, or of evtx_dump (files or folders of *.jsonl). Prints
one line for each match: rule id, file, record id, tab separated. It knows nothing of the engine
of this project: no filter, no memo, every rule of the event's log source is tried in full. It is
written from the Sigma specification 2.1 and, where that is silent, from pySigma 1.5. Correlations
and filters are left out. Rules that need a placeholder list are named on stderr and skipped.
"""
import argparse
import base64
import collections
import datetime
import functools
import ipaddress
import itertools
import json
import pathlib
import re
import sys

import yaml

# ---- YAML 1.2: only what its core schema resolves; `no` and `on` are text ----


class Yaml12(yaml.CSafeLoader):
    """The C loader with the resolvers of YAML 1.2."""


Yaml12.yaml_implicit_resolvers = {}
for TAG, PATTERN, FIRST in (
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
        ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""])):
    Yaml12.add_implicit_resolver(f"tag:yaml.org,2002:{TAG}", re.compile(f"^(?:{PATTERN})$"),
                                 list(FIRST))
# `0o17` and `017` are not what Python's and YAML 1.1's readers take them for.
Yaml12.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(
    node.value, 8 if node.value.startswith("0o") else 16 if node.value.startswith("0x") else 10))


class Refused(Exception):
    """A rule that this evaluator cannot judge; the text says why."""


# ---- text ----

def fold_char(char):
    """Simple case folding: one character stays one character."""
    for other in (char.casefold(), char.lower()):
        if len(other) == 1:
            return other
    return char


def fold(text):
    return text.lower() if text.isascii() else "".join(map(fold_char, text))


class Wildcard:
    """A wildcard in a pattern; there are just the two below."""

    def __init__(self, regex):
        self.regex = regex


STAR, ONE = Wildcard(".*"), Wildcard(".")
WILDCARDS = {"*": STAR, "?": ONE}


def parse_pattern(text):
    """A value of a rule as list of literal texts and wildcards."""
    parts, literal, i = [], "", 0
    while i < len(text):
        char = text[i]
        if char == "\\" and text[i + 1:i + 2] in ("*", "?", "\\"):
            literal += text[i + 1]
            i += 1
        elif char in WILDCARDS:
            parts += [literal, WILDCARDS[char]]
            literal = ""
        else:
            literal += char
        i += 1
    return [p for p in [*parts, literal] if p != ""]


def has_wildcard(parts):
    return any(isinstance(p, Wildcard) for p in parts)


def literal_of(parts, what):
    if has_wildcard(parts):
        raise Refused(f"{what} of a value with wildcards")
    return "".join(parts)


# ---- the modifiers that change a value: each makes a list of values of one ----

def contains(parts):
    return [with_star_before(with_star_after(parts))]


def with_star_before(parts):
    return parts if parts and parts[0] is STAR else [STAR, *parts]


def with_star_after(parts):
    return parts if parts and parts[-1] is STAR else [*parts, STAR]


DASHES = "-/\u2013\u2014\u2015"


def windash(parts):
    """Every dash that starts a word, in each form that Windows takes for a dash."""
    choices = []
    for part in parts:
        if isinstance(part, Wildcard):
            choices.append([part])
            continue
        end = 0
        for found in re.finditer(r"\B[-/]\b", part):
            choices += [[part[end:found.start()]], list(DASHES)]
            end = found.end()
        choices.append([part[end:]])
    return [merged(combination) for combination in itertools.product(*choices)]


def merged(parts):
    """Neighbouring literals as one."""
    out = []
    for part in parts:
        if isinstance(part, str) and out and isinstance(out[-1], str):
            out[-1] += part
        else:
            out.append(part)
    return [p for p in out if p != ""]


def as_bytes(value):
    """Of a value that is going to be Base64: bytes if it was made wide, else a pattern."""
    return value if isinstance(value, bytes) else literal_of(value, "base64").encode()


def wide(encoding, mark=b""):
    return lambda parts: [mark + literal_of(parts, "wide").encode(encoding)]


def base64_whole(value):
    return [[base64.b64encode(as_bytes(value)).decode()]]


def base64_offset(value):
    data, out = as_bytes(value), []
    for offset in range(3):
        text = base64.b64encode(b" " * offset + data).decode()
        last = (None, -3, -2)[(len(data) + offset) % 3]
        out.append([text[(0, 2, 3)[offset]:last]])
    return out


VALUE_MODIFIERS = {
    "contains": contains,
    "startswith": lambda parts: [with_star_after(parts)],
    "endswith": lambda parts: [with_star_before(parts)],
    "windash": windash,
    "wide": wide("utf-16-le"),
    "utf16le": wide("utf-16-le"),
    "utf16be": wide("utf-16-be"),
    "utf16": wide("utf-16-le", b"\xff\xfe"),
    "base64": base64_whole,
    "base64offset": base64_offset,
}
REGEX_FLAGS = {"i": re.I, "ignorecase": re.I, "m": re.M, "multiline": re.M,
               "s": re.S, "dotall": re.S}
TIME_PARTS = {"minute": lambda t: t.minute, "hour": lambda t: t.hour, "day": lambda t: t.day,
              "week": lambda t: t.isocalendar()[1], "month": lambda t: t.month,
              "year": lambda t: t.year}
COMPARISONS = {"lt": lambda a, b: a < b, "lte": lambda a, b: a <= b,
               "gt": lambda a, b: a > b, "gte": lambda a, b: a >= b}


# ---- tests of one field value: functions of (the value, the value folded) ----

def whole_text(parts, cased):
    """A pattern as test. The plain shapes are spelt out, they are most of all."""
    if not cased:
        parts = [p if isinstance(p, Wildcard) else fold(p) for p in parts]
    pick = (lambda raw, folded: raw) if cased else (lambda raw, folded: folded)
    middle = parts[1:-1]
    if not has_wildcard(parts):
        text = "".join(parts)
        return lambda raw, folded: pick(raw, folded) == text
    if len(parts) == 3 and parts[0] is STAR and parts[2] is STAR and not has_wildcard(middle):
        return lambda raw, folded: middle[0] in pick(raw, folded)
    if len(parts) == 2 and parts[0] is STAR and not has_wildcard(parts[1:]):
        return lambda raw, folded: pick(raw, folded).endswith(parts[1])
    if len(parts) == 2 and parts[1] is STAR and not has_wildcard(parts[:1]):
        return lambda raw, folded: pick(raw, folded).startswith(parts[0])
    regex = re.compile("".join(p.regex if isinstance(p, Wildcard) else re.escape(p)
                               for p in parts), re.DOTALL)
    return lambda raw, folded: regex.fullmatch(pick(raw, folded)) is not None


def regex_test(value, modifiers):
    flags = 0
    for name in modifiers:
        if name in REGEX_FLAGS:
            flags |= REGEX_FLAGS[name]
        elif name not in ("contains", "startswith", "endswith"):
            # a search finds what .* around it would find
            raise Refused(f"re with {name}")
    try:
        regex = re.compile(value, flags)
    except re.error as wrong:
        raise Refused(f"regular expression: {wrong}") from wrong
    return lambda raw, folded: regex.search(raw) is not None


def cidr_test(value):
    network = ipaddress.ip_network(value)

    def test(raw, _folded):
        try:
            return ipaddress.ip_address(raw.strip()) in network
        except ValueError:
            return False
    return test


def number_of(text):
    try:
        return int(text, 16) if text.lower().startswith(("0x", "-0x")) else float(text)
    except ValueError:
        return None


def number_test(value, compare):
    limit = number_of(text_of(value))
    if limit is None:
        raise Refused(f"not a number: {value}")

    def test(raw, _folded):
        number = number_of(raw.strip())
        return number is not None and compare(number, limit)
    return test


def time_test(value, part):
    def test(raw, _folded):
        try:
            moment = datetime.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", raw.strip()))
        except ValueError:
            return False
        return part(moment) == int(value)
    return test


# ---- a rule's detections: functions of an event ----

def text_of(value):
    """A scalar as the text that it is compared as."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def absent(field):
    return lambda event: not event.values(field)


def any_value(field, test):
    """field is None for a keyword: all values of the event are looked at."""
    return lambda event: any(test(raw, folded) for raw, folded in event.values(field))


def field_reference(field, other, modifiers):
    unknown = set(modifiers) - {"contains", "startswith", "endswith", "cased"}
    if unknown:
        raise Refused(f"fieldref with {unknown}")
    cased = "cased" in modifiers
    # startswith and endswith together are contains, as in pySigma
    ends = "contains" in modifiers or "endswith" in modifiers
    starts = "contains" in modifiers or "startswith" in modifiers

    def related(a, b):
        if starts and ends:
            return b in a
        return a.startswith(b) if starts else a.endswith(b) if ends else a == b

    def test(event):
        return any(related(a[0], b[0]) if cased else related(a[1], b[1])
                   for a in event.values(field) for b in event.values(other))
    return test


def value_tests(field, value, modifiers):
    """The tests that one value of an item stands for; the item links them all."""
    if value is None:
        if field is None or modifiers:
            raise Refused("null with a modifier or without a field")
        return [absent(field)]
    if modifiers[:1] == ["exists"]:
        return [absent(field) if text_of(value) == "false" else
                lambda event: bool(event.values(field))]
    if modifiers[:1] == ["fieldref"]:
        return [field_reference(field, text_of(value), modifiers[1:])]
    if modifiers[:1] == ["re"]:
        return [any_value(field, regex_test(text_of(value), modifiers[1:]))]
    if modifiers[:1] == ["cidr"]:
        return [any_value(field, cidr_test(text_of(value)))]
    for name in modifiers:
        if name in COMPARISONS:
            return [any_value(field, number_test(value, COMPARISONS[name]))]
        if name in TIME_PARTS:
            return [any_value(field, time_test(value, TIME_PARTS[name]))]
    return [any_value(field, test) for test in text_tests(field, text_of(value), modifiers)]


def text_tests(field, value, modifiers):
    patterns = [parse_pattern(value)]
    for name in modifiers:
        if name in VALUE_MODIFIERS:
            patterns = [new for old in patterns for new in VALUE_MODIFIERS[name](old)]
        elif name != "cased":
            raise Refused(f"modifier {name}")
    if field is None:  # a keyword is looked for inside of the values
        patterns = [new for old in patterns for new in contains(old)]
    if any(isinstance(p, bytes) for p in patterns):
        patterns = [[p.decode("latin-1")] for p in patterns]  # wide without base64
    return [whole_text(p, "cased" in modifiers) for p in patterns]


def item(key, value):
    """FIELD|MODIFIERS: VALUE(S)."""
    field, *modifiers = key.split("|") if key is not None else [""]
    link = all if "all" in modifiers else any
    negate = "neq" in modifiers
    modifiers = [m for m in modifiers if m not in ("all", "neq")]
    if "expand" in modifiers:
        raise Refused("expand without a list")
    values = value if isinstance(value, list) else [value]
    if not values:
        values = [None]
    # What one value expands to is always OR, even below `all`.
    groups = [value_tests(field or None, v, modifiers) for v in values]

    def test(event):
        found = link(any(t(event) for t in group) for group in groups)
        return found != negate
    return test


def detection(value):
    if isinstance(value, dict):
        items = [item(str(k), v) for k, v in value.items()]
        if not items:
            raise Refused("empty detection")
        return lambda event: all(t(event) for t in items)
    if isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value):
        parts = [detection(v) for v in value]
        return lambda event: any(t(event) for t in parts)
    return item(None, value)


# ---- conditions ----

class Condition:
    """Recursive descent over the words of a condition. A node is a function of an event, or None
    where an `x of` found no identifier: pySigma leaves such a node out."""

    def __init__(self, text, tests):
        self.words = re.findall(r"[()]|[^\s()]+", text)
        self.tests = tests
        self.at = 0

    def peek(self):
        return self.words[self.at] if self.at < len(self.words) else None

    def next(self):
        word = self.peek()
        self.at += 1
        return word

    def whole(self):
        node = self.chain("or", any, lambda: self.chain("and", all, self.negation))
        if self.peek() is not None:
            raise Refused(f"condition: {self.peek()} is one too many")
        return node

    def chain(self, word, link, operand):
        nodes = [operand()]
        while self.peek() == word:
            self.next()
            nodes.append(operand())
        return linked(link, nodes)

    def negation(self):
        if self.peek() != "not":
            return self.operand()
        self.next()
        node = self.negation()
        return node and (lambda event: not node(event))

    def operand(self):
        word = self.next()
        if word == "(":
            node = self.chain("or", any, lambda: self.chain("and", all, self.negation))
            if self.next() != ")":
                raise Refused("condition: ) is missing")
            return node
        if word in ("1", "any", "all") and self.peek() == "of":
            self.next()
            return linked(all if word == "all" else any, self.named(self.next()))
        if word not in self.tests:
            raise Refused(f"condition: there is no {word}")
        return self.tests[word]

    def named(self, pattern):
        regex = re.compile(".*" if pattern == "them" else
                           ".*".join(map(re.escape, pattern.split("*"))))
        return [test for name, test in self.tests.items() if regex.fullmatch(name)
                and (pattern.startswith("_") or not name.startswith("_"))]


def linked(link, nodes):
    nodes = [n for n in nodes if n is not None]
    if len(nodes) < 2:
        return nodes[0] if nodes else None
    return lambda event: link(n(event) for n in nodes)


class Rule:
    """A compiled rule."""

    def __init__(self, document):
        for key in ("title", "logsource", "detection"):
            if key not in document:
                raise Refused(f"no {key}")
        self.id = str(document.get("id", document["title"]))
        self.logsource = document["logsource"]
        self.document = document
        tests = {str(name): detection(value) for name, value in document["detection"].items()
                 if name not in ("condition", "timeframe")}
        conditions = document["detection"].get("condition")
        if conditions is None or "timeframe" in document["detection"]:
            raise Refused("no condition, or a timeframe")
        if not isinstance(conditions, list):
            conditions = [conditions]
        node = linked(any, [Condition(c, tests).whole() for c in conditions])
        self.matches = node or (lambda event: False)


def load_rules(folders):
    """(rules, refusals) of all *.yml below the folders; other documents are passed over."""
    rules, refusals = [], []
    for path in rule_files(folders):
        with open(path, encoding="utf-8") as file:
            for document in yaml.load_all(file, Loader=Yaml12):
                if not isinstance(document, dict) or "detection" not in document:
                    continue
                try:
                    rules.append(Rule(document))
                except Refused as why:
                    refusals.append(f"{path}: {why}")
    return rules, refusals


def rule_files(folders):
    for folder in map(pathlib.Path, folders):
        yield from sorted(folder.rglob("*.yml")) if folder.is_dir() else [folder]


# ---- log sources ----

# Services that active rules use and thor.yml lacks.
MORE_SERVICES = {
    "dns-server": ["DNS Server"],
    "dns-server-audit": ["Microsoft-Windows-DNS-Server/Audit"],
    "dns-server-analytic": ["Microsoft-Windows-DNS-Server/Analytical"],
    "driver-framework": ["Microsoft-Windows-DriverFrameworks-UserMode/Operational"],
    "microsoft-servicebus-client": ["Microsoft-ServiceBus-Client/Admin",
                                    "Microsoft-ServiceBus-Client/Operational"],
}


class Gate:
    """What an event must be for a rule, and how the rule's fields are called there."""

    def __init__(self, channels=None, conditions=None, names=None):
        self.channels = channels  # folded; None is all
        self.conditions = {field: [fold(text_of(v)) for v in (values if isinstance(values, list)
                                                              else [values])]
                           for field, values in (conditions or {}).items()}
        self.names = names or {}

    def admits(self, event):
        if self.channels is not None and event.channel not in self.channels:
            return False
        return all(any(folded in wanted for _, folded in event.values(field))
                   for field, wanted in self.conditions.items())

    def both(self, other):
        """A gate that asks for all that either asks for."""
        channels = (other.channels if self.channels is None else self.channels
                    if other.channels is None else self.channels & other.channels)
        gate = Gate(channels, names={**self.names, **other.names})
        gate.conditions = {**self.conditions, **other.conditions}
        return gate


class LogSources:
    """thor.yml: which gates a rule's log source opens."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            entries = yaml.load(file, Loader=Yaml12)["logsources"].values()
        self.services = {name: Gate(frozenset(map(fold, channels)))
                         for name, channels in MORE_SERVICES.items()}
        self.categories = collections.defaultdict(list)
        for entry in entries:
            channels = [s.removeprefix("WinEventLog:") for s in entry.get("sources", [])
                        if s.startswith("WinEventLog:")]
            if channels and "service" in entry:
                self.services[entry["service"]] = Gate(frozenset(map(fold, channels)))
        for entry in entries:
            if "rewrite" in entry:
                service = self.services[entry["rewrite"]["service"]]
                self.categories[entry["category"]].append(
                    service.both(Gate(None, entry["conditions"], entry.get("fieldmappings"))))
        self.categories["clipboard_capture"] = self.categories["clipboard_change"]

    def gates(self, logsource):
        """An empty list: no event log can satisfy the log source."""
        if logsource.get("product", "windows") != "windows":
            return []
        category, service = logsource.get("category"), logsource.get("service")
        gates = [Gate()] if category is None else self.categories.get(category, [])
        if service is not None:
            gates = [g.both(self.services[service]) for g in gates if service in self.services]
        elif category is None and "product" not in logsource:
            gates = []
        return gates


# ---- events ----

class Event:
    """Fields of one event. A name may have several values."""

    def __init__(self, pairs, file, record):
        self.file, self.record, self.all_pairs = file, record, pairs
        self.by_name = collections.defaultdict(list)
        for name, text in pairs:
            value = (text, fold(text))
            self.by_name[name].append(value)
            if " " in name:  # Sigma writes names without spaces
                self.by_name[name.replace(" ", "")].append(value)
        # An event has one id. What UserData calls EventID (event 1108) is that of another.
        if "EventID" in self.by_name:
            del self.by_name["EventID"][1:]
        self.folded_names = collections.defaultdict(list)
        for name, values in self.by_name.items():
            self.folded_names[fold(name)] += values
        self.everything = [(text, fold(text)) for _, text in pairs]
        self.names = {}  # of the gate that lets the event through
        channel = self.by_name.get("Channel")
        self.channel = channel[0][1] if channel else ""

    def values(self, name):
        """(text, folded text) of the field; of all fields if name is None."""
        if name is None:
            return self.everything
        name = self.names.get(name, name)
        # the name as written first; then without regard to case
        return self.by_name.get(name) or self.folded_names.get(fold(name), ())


def read_hauberk(path, root):
    """The lines of `hauberk events`."""
    for line in lines_of(path):
        row = json.loads(line)
        if "hauberk.fields" not in row:
            continue
        fields = row["hauberk.fields"]
        pairs = [(first_name(name, "#", fields), text) for name, text in fields.items()]
        file = relative(row.get("log.file.path", ""), root)
        record = row.get("winlog.record_id") or fields.get("EventRecordID", "")
        yield Event(pairs, file, str(record))


def read_evtx_dump(path, root):
    """The documents of evtx_dump, one a line or indented; the file's name is that of the event
    log and .jsonl."""
    file = relative(str(path).removesuffix(".jsonl"), root)
    for document in documents_of("".join(lines_of(path))):
        pairs = [(name, as_windows(text)) for name, text in flatten_event(document["Event"])]
        record = next((text for name, text in pairs if name == "EventRecordID"), "")
        yield Event(pairs, file, record)


def lines_of(path):
    if str(path) == "-":
        yield from sys.stdin
        return
    with open(path, encoding="utf-8", errors="replace") as file:
        yield from file


def documents_of(text):
    decoder, space = json.JSONDecoder(), re.compile(r"\s*")
    at = space.match(text).end()
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        yield document
        at = space.match(text, at).end()


def relative(name, root):
    return name.removeprefix(root).lstrip("/") if root else name


def as_windows(text):
    """Windows writes a GUID in braces, since Windows 10 in lower case; evtx_dump does neither."""
    if re.fullmatch("[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", text):
        return "{" + text.lower() + "}"
    return text


def flatten_event(document):
    yield from flatten_element("System", document.get("System"))
    for name, value in document.items():
        if name not in ("System", "#attributes"):
            yield from flatten_element(name, value)


def flatten_element(name, value):
    """Leaf elements by their name, attributes as Tag_Attribute. null is an element of which
    nothing was written: absent. An empty text is one that was written."""
    if isinstance(value, list):
        for one in value:
            yield from flatten_element(name, one)
        return
    if not isinstance(value, dict):
        if value is not None:
            yield name, text_of(value)
        return
    for key, inner in value.items():
        if key == "#attributes":
            for attribute, text in inner.items():
                if not attribute.startswith("xmlns"):
                    yield f"{name}_{attribute}", text_of(text)
        elif key == "#text":
            yield from flatten_element(name, inner)
        else:
            yield from flatten_element(first_name(key, "_", value), inner)


def first_name(name, mark, siblings):
    """The second field of one name is NAME#2 for hauberk, the second element NAME_1 for
    evtx_dump."""
    first, _, number = name.rpartition(mark)
    return first if number.isdigit() and first in siblings else name


READERS = {"hauberk": read_hauberk, "evtx_dump": read_evtx_dump}


def event_files(paths):
    for path in map(pathlib.Path, paths):
        yield from sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]


# ---- all together ----

class Judge:
    """All rules, by what can admit an event: its channel, then its event id."""

    def __init__(self, rules, sources):
        self.gated = [(gate, rule) for rule in rules for gate in sources.gates(rule.logsource)]

    @functools.lru_cache(maxsize=None)
    def candidates(self, channel, event_id):
        """What may be asked of events of this kind; only spares looking at the other gates."""
        return [(g, r) for g, r in self.gated
                if (g.channels is None or channel in g.channels)
                and ("EventID" not in g.conditions or event_id in g.conditions["EventID"])]

    def hits(self, event):
        """Ids of the rules that match, each once."""
        ids = event.values("EventID")
        found = set()
        for gate, rule in self.candidates(event.channel, ids[0][1] if ids else ""):
            event.names = {}
            if gate.admits(event):
                event.names = gate.names
                if rule.id not in found and rule.matches(event):
                    found.add(rule.id)
        return sorted(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--thor", required=True, help="log sources: SigmaHQ's tests/thor.yml")
    parser.add_argument("--reader", choices=READERS, default="hauberk")
    parser.add_argument("--root", default="", help="is cut from the front of file names")
    parser.add_argument("-r", "--rules", action="append", required=True)
    parser.add_argument("events", nargs="+")
    options = parser.parse_args()

    rules, refusals = load_rules(options.rules)
    print(*refusals, sep="\n", file=sys.stderr)
    judge = Judge(rules, LogSources(options.thor))
    print(f"{len(rules)} rules, {len(refusals)} refused, {len(judge.gated)} gates",
          file=sys.stderr)
    events = 0
    for path in event_files(options.events):
        for event in READERS[options.reader](path, options.root):
            events += 1
            for rule_id in judge.hits(event):
                print(rule_id, event.file, event.record, sep="\t")
    print(f"{events} events", file=sys.stderr)


if __name__ == "__main__":
    main()
