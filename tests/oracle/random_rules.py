"""Random Sigma rules that are near to matching given events: to compare two evaluators.

make_rules() draws fields and values from the events, bends them a little, and builds detections
and conditions with every modifier. The same seed gives the same rules.
"""
import base64
import random
import re

import yaml

PLAIN = re.compile(r"[\x20-\x7e\u00a0-\u02af\u0370-\u052f]+")
ADDRESS = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\b\.?){4}(?<!\.)")
NUMBER = re.compile(r"-?[0-9]{1,15}|0x[0-9a-fA-F]{1,12}")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z?")
BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4}){6,}")
ABSENT = ("NoSuchField", "CommandLine", "IntegrityLevel", "Hashes")
# Names of thor.yml's field maps: whether rules without category may use them is not said.
MAPPED = ("Image", "ParentImage", "Signature", "Filename")


class Dumper(yaml.SafeDumper):
    """Quotes text with digits: what is a number differs between versions of YAML."""


def represent_text(dumper, text):
    style = "'" if re.search("[0-9]", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Dumper.add_representer(str, represent_text)


def dump(rules):
    return yaml.dump_all(rules, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=1000)


class Maker:
    """Builds one rule after another. Everything random comes from self.random."""

    def __init__(self, events, sources, seed):
        self.events, self.sources = events, sources
        self.random = random.Random(seed)
        # What a reference to an empty field means, Sigma does not say.
        self.left_out = ()
        self.empty = {name for event in events for name, text in event.all_pairs if not text}

    def chance(self, share):
        return self.random.random() < share

    def pick(self, choices):
        return self.random.choice(list(choices))

    # ---- values ----

    def piece(self, text):
        """A part of the text, not too long, mostly longer than one character."""
        if not text:
            return ""
        length = min(len(text), self.pick((1, 2, 3, 4, 5, 6, 8, 12, 20, 40)))
        start = self.random.randrange(len(text) - length + 1)
        return text[start:start + length]

    def other_case(self, text):
        return self.pick((text, text, text.upper(), text.lower(), text.swapcase()))

    def written(self, text):
        """A literal as rules write it. A backslash needs no other before a plain character."""
        out = ""
        for i, char in enumerate(text):
            follower = text[i + 1:i + 2]
            if char in "*?":
                out += "\\" + char
            elif char == "\\":
                out += "\\\\" if follower in ("*", "?", "\\", "") or self.chance(0.3) else "\\"
            else:
                out += char
        return out

    def with_wildcards(self, text):
        """The text with some parts as wildcards; the rest is written as a literal."""
        out, i = "", 0
        while i < len(text):
            if self.chance(0.04):
                i += self.random.randrange(len(text) - i + 1)
                out += "*"
            elif self.chance(0.04):
                i += 1
                out += "?"
            else:
                step = self.random.randrange(1, 9)
                out += self.written_inside(text[i:i + step])
                i += step
        return out

    def written_inside(self, text):
        """As written(), but safe whatever follows: every backslash is doubled."""
        return "".join("\\" + c if c in "*?\\" else c for c in text)

    def near_miss(self, text):
        """One character another one."""
        if not text or self.chance(0.7):
            return text
        at = self.random.randrange(len(text))
        return text[:at] + self.pick("aZ0-\\/ é") + text[at + 1:]

    # ---- items: (key, value) of a detection's map ----

    def some_value(self, event):
        """(field, text) of the event, or of another one."""
        if self.chance(0.1):
            event = self.pick(self.events)
        pairs = [p for p in event.pairs if p[0] not in self.left_out]
        return self.pick(pairs or [("NoSuchField", "x")])

    def item(self, event):
        name, text = self.some_value(event)
        makers = [self.whole, self.whole, self.parts, self.parts, self.parts, self.every_part,
                  self.regex, self.presence, self.reference, self.dashes, self.cased]
        if NUMBER.fullmatch(text):
            makers += [self.number, self.number, self.plain_number, self.plain_number]
        if ADDRESS.fullmatch(text):
            makers += [self.network] * 8
        if TIME.fullmatch(text):
            makers += [self.time] * 8
        if BASE64.search(text):
            makers += [self.encoded] * 8
        key, value = self.pick(makers)(name, text, event)
        if self.chance(0.08):
            key += "|neq"
        if self.chance(0.05):
            field, *modifiers = key.split("|")
            key = "|".join([self.other_case(field), *modifiers])
        return key, value

    def whole(self, name, text, _event):
        """The whole value, perhaps with wildcards, perhaps in a list."""
        values = [self.pick((self.written, self.with_wildcards))(
            self.near_miss(self.other_case(text)))]
        while self.chance(0.4):
            values.append(self.pick((self.written(self.some_value(self.pick(self.events))[1]),
                                     "", "*", "?", "?*", "*a*", "nothing")))
        self.random.shuffle(values)
        return name, values[0] if len(values) == 1 else values

    def parts(self, name, text, _event):
        modifier = self.pick(("contains", "startswith", "endswith"))
        values = []
        for _ in range(self.pick((1, 1, 2, 4))):
            part = self.piece(text)
            if modifier == "startswith":
                part = text[:len(part)]
            elif modifier == "endswith":
                part = text[len(text) - len(part):]
            write = self.with_wildcards if self.chance(0.2) else self.written_inside
            values.append(write(self.near_miss(self.other_case(part))))
        return f"{name}|{modifier}", values[0] if len(values) == 1 else values

    def every_part(self, name, text, _event):
        values = [self.written_inside(self.near_miss(self.other_case(self.piece(text))))
                  for _ in range(self.pick((2, 2, 3)))]
        return f"{name}|contains|all", values

    def cased(self, name, text, _event):
        modifier = self.pick(("cased", "contains|cased", "cased|contains"))
        part = text if modifier == "cased" else self.piece(text)
        return f"{name}|{modifier}", self.written_inside(self.other_case(part))

    def regex(self, name, text, _event):
        out = ""
        for char in self.near_miss(self.piece(text)):
            out += "." if self.chance(0.1) else re.sub(r"[!-/:-@\[-`{-~]", r"\\\g<0>", char)
        if self.chance(0.3):
            out = self.pick(("^", "^.*", "(a|b|)", "[^x]?", "(?i)")) + out
        if self.chance(0.3):
            out += self.pick(("$", ".*$", "+", "{1,3}", "(?:x|y)?", ".*?"))
        flags = self.pick(("", "", "|i", "|s", "|i|s"))
        return f"{name}|re{flags}", out

    def presence(self, name, _text, _event):
        if self.chance(0.4):
            name = self.pick(ABSENT)
        return self.pick(((f"{name}|exists", True), (f"{name}|exists", False), (name, None),
                          (name, "")))

    def reference(self, name, text, event):
        """Two fields of one event, those with like values first."""
        names = [pair for pair in event.pairs if pair[0] not in self.empty]
        others = [n for n, t in names if n != name and t and (t in text or text in t)]
        other = self.pick(others or [n for n, _ in names] + ["NoSuchField"])
        how = self.pick(("", "", "|startswith", "|endswith", "|contains"))
        return f"{name}|fieldref{how}", other

    def dashes(self, name, text, _event):
        """A part that has a switch, with another dash before it."""
        starts = [m.start() for m in re.finditer(r"\B[-/]\b", text)]
        if not starts:
            return self.parts(name, text, _event)
        start = self.pick(starts)
        part = self.pick("-/") + text[start + 1:start + self.pick((2, 4, 8))]
        if self.chance(0.5):
            part = text[max(0, start - 3):start] + part
        key = f"{name}|{self.pick(('contains|windash', 'windash|contains'))}"
        if self.chance(0.3):
            other = self.piece(text) if self.chance(0.5) else self.pick("-/") + part[1:]
            return f"{key}|all", [self.written_inside(part), self.written_inside(other)]
        return key, self.written_inside(part)

    def encoded(self, name, text, _event):
        """What stands in Base64 in the text."""
        found = BASE64.search(text).group()
        data = base64.b64decode(found)
        wide = b"\0" in data
        plain = data[:len(data) // 2 * 2].decode("utf-16-le" if wide else "latin-1", "replace")
        part = self.piece(plain)
        if not part.isascii() or not part.isprintable():
            return self.parts(name, text, _event)
        form = self.pick(("wide|", "utf16le|")) if wide else ""
        return (f"{name}|{form}{self.pick(('base64offset', 'base64offset', 'base64'))}|contains",
                self.written_inside(part))

    def plain_number(self, name, text, _event):
        number = int(text, 0) if text.startswith("0x") else int(text)
        return name, [number, number + 1] if self.chance(0.3) else number

    def number(self, name, text, _event):
        number = int(text, 0) if text.startswith("0x") else int(text)
        return (f"{name}|{self.pick(('lt', 'lte', 'gt', 'gte'))}",
                number + self.pick((-1, 0, 0, 0, 1)))

    def network(self, name, text, _event):
        bits = self.pick((8, 15, 16, 23, 24, 31, 32))
        number = int.from_bytes(map(int, text.split(".")), "big") >> (32 - bits) << (32 - bits)
        return f"{name}|cidr", ".".join(map(str, number.to_bytes(4, "big"))) + f"/{bits}"

    def time(self, name, text, _event):
        unit, number = self.pick((("year", text[:4]), ("month", text[5:7]), ("day", text[8:10]),
                                  ("hour", text[11:13]), ("minute", text[14:16])))
        return f"{name}|{unit}", int(number)

    # ---- detections, conditions, log sources ----

    def detection(self, event):
        kind = self.random.random()
        if kind < 0.75:
            return dict(self.item(event) for _ in range(self.pick((1, 1, 2, 3))))
        if kind < 0.85:
            return [dict([self.item(event)]) for _ in range(self.pick((1, 2, 3)))]
        words = [self.written_inside(self.other_case(self.piece(self.some_value(event)[1])))
                 for _ in range(self.pick((1, 2, 3)))]
        # Not digits alone: the readers write the time of an event with other precision.
        words = [w for w in words if re.search("[A-Za-z]", w)] or ["nothing"]
        return {"|all": words} if self.chance(0.3) else words

    def condition(self, names, depth=0):
        kind = self.random.random()
        if depth > 2 or kind < 0.4:
            return self.pick(names)
        if kind < 0.7:
            word = self.pick((" and ", " or "))
            return word.join(self.condition(names, depth + 1) for _ in range(self.pick((2, 2, 3))))
        if kind < 0.8:
            return f"({self.condition(names, depth + 1)})"
        if kind < 0.9:
            return f"not {self.condition([self.pick(names)], 3)}"
        return self.pick(("1 of sel*", "all of sel*", "1 of them", "all of them", "not 1 of f*",
                          "any of them", "all of *_1"))

    def logsource(self, event):
        """One that admits the event."""
        admitting = [{"product": "windows"}]
        admitting += [{"product": "windows", "service": name}
                      for name, gate in self.sources.services.items() if gate.admits(event)]
        admitting += [{"product": "windows", "category": name}
                      for name, gates in self.sources.categories.items()
                      if any(gate.admits(event) for gate in gates)]
        return self.pick(admitting)

    def rule(self, number):
        event = self.pick(self.events)
        logsource = self.logsource(event)
        self.left_out = () if "category" in logsource else MAPPED
        names = ["sel_1", "sel_2", "f_1"][:self.pick((1, 2, 3))]
        detection = {name: self.detection(event) for name in names}
        if self.chance(0.2):
            names.append("_own")
            detection["_own"] = self.detection(event)
        if "f_1" not in names:  # so that each pattern finds something
            detection["f_1"] = {"NoSuchField": "x"}
        condition = self.condition(names)
        if self.chance(0.1):
            condition = [condition, self.condition(names)]
        return {"title": f"Random {number}", "id": f"00000000-1111-4222-8333-{number:012}",
                "status": "test", "level": "low", "logsource": logsource,
                "detection": {**detection, "condition": condition}}


def usable(pair):
    """What rules can say: plain text. Names that differ between the readers are left out."""
    name, text = pair
    return (re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name) and len(text) < 4000
            and (not text or PLAIN.fullmatch(text))
            and name not in ("TimeCreated_SystemTime", "EventRecordID"))


def make_rules(events, sources, count, seed):
    """events: of naive_sigma; rules as dicts."""
    for event in events:
        event.pairs = [pair for pair in event.all_pairs if usable(pair)]
    maker = Maker([e for e in events if e.pairs], sources, seed)
    return [maker.rule(number) for number in range(1, count + 1)]
