"""Writes Windows event logs that Windows could have written: templates, nested fragments, CRCs.

    write(path, [event("Security", 4624, data=[("TargetUserName", "ann"),
                                               ("LogonType", 3, "uint32")])])

event() makes a dict, file_bytes() a file of them, write() writes it. Values are text unless a
third member says otherwise; None is Windows' null (the element is left out). A name of None is
a <Data> without name. Types: string ansi int8 uint8 int16 uint16 int32 uint32 int64 uint64 float
double bool binary guid size filetime systemtime sid hex32 hex64, and strings (an array).
docs/formats/evtx.md draws the format. Needs nothing but Python.
"""
import datetime
import struct
import uuid
import zlib

CHUNK = 65536
FILE_HEADER = 4096
NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
EPOCH = datetime.datetime(1601, 1, 1, tzinfo=datetime.timezone.utc)

TYPES = {"string": 0x01, "ansi": 0x02, "int8": 0x03, "uint8": 0x04, "int16": 0x05,
         "uint16": 0x06, "int32": 0x07, "uint32": 0x08, "int64": 0x09, "uint64": 0x0a,
         "float": 0x0b, "double": 0x0c, "bool": 0x0d, "binary": 0x0e, "guid": 0x0f, "size": 0x10,
         "filetime": 0x11, "systemtime": 0x12, "sid": 0x13, "hex32": 0x14, "hex64": 0x15,
         "fragment": 0x21, "strings": 0x81}
PACKED = {"int8": "<b", "uint8": "<B", "int16": "<h", "uint16": "<H", "int32": "<i",
          "uint32": "<I", "int64": "<q", "uint64": "<Q", "float": "<f", "double": "<d",
          "bool": "<I", "size": "<Q", "hex32": "<I", "hex64": "<Q"}


def event(channel, event_id, data=(), provider="Microsoft-Windows-Security-Auditing",
          computer="EX01.corp.example", time="2021-03-03T07:00:00Z", record_id=None,
          user_data=None, level=0, task=0, opcode=0, keywords=0x8020000000000000, user=None,
          process=4, thread=8, guid="54849625-5478-4994-a5ba-3e3b0328c30d"):
    """`user_data` is (tag, [(name, value[, type])]) and takes the place of EventData.
    `record_id` None: one more than the event in front."""
    return dict(locals())


def filetime(text):
    """"2021-03-03T07:00:00[.1234567]Z" in 100 ns since 1601."""
    seconds, _, fraction = text.rstrip("Z").partition(".")
    moment = datetime.datetime.fromisoformat(seconds).replace(tzinfo=datetime.timezone.utc)
    return (round((moment - EPOCH).total_seconds()) * 10**7 +
            (int(fraction.ljust(7, "0")[:7]) if fraction else 0))


def sid_bytes(text):
    _, revision, authority, *rest = text.split("-")
    return (struct.pack("<BB", int(revision), len(rest)) + int(authority).to_bytes(6, "big") +
            b"".join(struct.pack("<I", int(part)) for part in rest))


def systemtime_bytes(text):
    moment = datetime.datetime.fromisoformat(text.rstrip("Z"))
    return struct.pack("<8H", moment.year, moment.month, moment.isoweekday() % 7, moment.day,
                       moment.hour, moment.minute, moment.second, moment.microsecond // 1000)


def value_bytes(value, kind="string"):
    """(type byte, bytes) of a value."""
    if value is None:
        return 0, b""
    if kind in PACKED:
        return TYPES[kind], struct.pack(PACKED[kind], value)
    convert = {"string": lambda v: v.encode("utf-16-le", "surrogatepass"),
               "ansi": lambda v: v.encode("cp1252"),
               "binary": bytes, "fragment": bytes, "sid": sid_bytes,
               "guid": lambda v: uuid.UUID(v).bytes_le,
               "filetime": lambda v: struct.pack("<Q", filetime(v)),
               "systemtime": systemtime_bytes,
               "strings": lambda v: "".join(s + "\0" for s in v).encode("utf-16-le")}
    return TYPES[kind], convert[kind](value)


def name_hash(name):
    value = 0
    for unit in struct.unpack(f"<{len(name)}H", name.encode("utf-16-le")):
        value = (value * 65599 + unit) & 0xffffffff
    return value & 0xffff


class Chunk:
    """One chunk in the making. Positions are those that the bytes will have in it."""

    def __init__(self):
        self.bytes = bytearray(512)
        self.names, self.templates = {}, {}
        self.records = []

    # ---- BinXML: each returns nothing and appends to self.bytes ----

    def put(self, form, *values):
        self.bytes += struct.pack("<" + form, *values)

    def chain(self, table, bucket):
        """The offset of the first of its bucket; this one becomes the first."""
        at = table + 4 * bucket
        first = struct.unpack_from("<I", self.bytes, at)[0]
        struct.pack_into("<I", self.bytes, at, len(self.bytes))
        return first

    def name(self, name):
        known = self.names.get(name)
        self.put("I", known or len(self.bytes) + 4)
        if not known:
            self.names[name] = len(self.bytes)
            value = name_hash(name)
            self.put("IHH", self.chain(128, value % 64), value, len(name))
            self.bytes += name.encode("utf-16-le") + b"\0\0"

    def text(self, text):
        self.put("BBH", 0x05, 0x01, len(text))
        self.bytes += text.encode("utf-16-le")

    def value(self, value):
        """A text, or the index of an optional substitution."""
        if isinstance(value, int):
            self.put("BHB", 0x0e, value, 0)
        else:
            self.text(value)

    def element(self, tag, attributes=(), content=None):
        """`content`: a value, or a function that writes more elements."""
        start = len(self.bytes)
        self.put("BHI", 0x41 if attributes else 0x01, 0xffff, 0)
        self.name(tag)
        if attributes:
            at = len(self.bytes)
            self.put("I", 0)
            for i, (name, value) in enumerate(attributes):
                self.put("B", 0x46 if i + 1 < len(attributes) else 0x06)
                self.name(name)
                self.value(value)
            struct.pack_into("<I", self.bytes, at, len(self.bytes) - at - 4)
        if content is None:
            self.put("B", 0x03)
        else:
            self.put("B", 0x02)
            content() if callable(content) else self.value(content)
            self.put("B", 0x04)
        struct.pack_into("<I", self.bytes, start + 3, len(self.bytes) - start - 7)

    def instance(self, key, body, values):
        """A template instance; `body` writes the definition when the chunk has none for `key`."""
        number = zlib.crc32(repr(key).encode())
        known = self.templates.get(key)
        self.put("BBII", 0x0c, 0x01, number, known or len(self.bytes) + 10)
        if not known:
            self.templates[key] = len(self.bytes)
            self.put("II12sI", self.chain(384, number % 32), number, b"template", 0)
            start = len(self.bytes)
            self.put("BBBB", 0x0f, 0x01, 0x01, 0x00)
            body()
            self.put("B", 0x00)
            struct.pack_into("<I", self.bytes, start - 4, len(self.bytes) - start)
        self.put("I", len(values))
        at = len(self.bytes)
        self.bytes += bytes(4 * len(values))
        for i, value in enumerate(values):
            start = len(self.bytes)
            kind = value() if callable(value) else value[0]
            self.bytes += b"" if callable(value) else value[1]
            struct.pack_into("<HBB", self.bytes, at + 4 * i, len(self.bytes) - start, kind, 0)

    def fragment(self, key, body, values):
        self.put("BBBB", 0x0f, 0x01, 0x01, 0x00)
        self.instance(key, body, values)
        self.put("B", 0x00)
        return TYPES["fragment"]

    # ---- events ----

    def system(self):
        self.element("Provider", [("Name", 14), ("Guid", 15)])
        self.element("EventID", [("Qualifiers", 4)], 3)
        for i, tag in enumerate(("Version", "Level", "Task", "Opcode", "Keywords")):
            self.element(tag, (), (11, 0, 2, 1, 5)[i])
        self.element("TimeCreated", [("SystemTime", 6)])
        self.element("EventRecordID", (), 10)
        self.element("Correlation", [("ActivityID", 7)])
        self.element("Execution", [("ProcessID", 8), ("ThreadID", 9)])
        self.element("Channel", (), 16)
        self.element("Computer", (), 13)
        self.element("Security", [("UserID", 12)])

    def event_body(self):
        self.element("Event", [("xmlns", NAMESPACE)], lambda: (
            self.element("System", (), self.system), self.value(17)))

    def data_body(self, names):
        def write():
            for i, name in enumerate(names):
                self.element("Data", [("Name", name)] if name is not None else (), i)
        return lambda: self.element("EventData", (), write)

    def user_body(self, tag, names):
        def write():
            for i, name in enumerate(names):
                self.element(name, (), i)
        return lambda: self.element("UserData", (), lambda: self.element(
            tag, [("xmlns", "http://example.com/" + tag)], write))

    def data(self, e):
        """The fragment of EventData or UserData, as a value of the event."""
        tag, fields = e["user_data"] or (None, e["data"])
        names = tuple(field[0] for field in fields)
        body = self.user_body(tag, names) if tag else self.data_body(names)
        values = [value_bytes(*field[1:]) for field in fields]
        return lambda: self.fragment((tag, names), body, values)

    def add(self, e, number):
        """False: the chunk has no room for it, and is as it was."""
        before = bytes(self.bytes), dict(self.names), dict(self.templates)
        start = len(self.bytes)
        self.put("4sIQQ", b"**\0\0", 0, number, filetime(e["time"]))
        value = value_bytes
        self.fragment("event", self.event_body, [
            value(e["level"], "uint8"), value(e["opcode"], "uint8"), value(e["task"], "uint16"),
            value(e["event_id"], "uint16"), value(None), value(e["keywords"], "hex64"),
            value(e["time"], "filetime"), value(None), value(e["process"], "uint32"),
            value(e["thread"], "uint32"), value(number, "uint64"), value(0, "uint8"),
            value(e["user"], "sid"), value(e["computer"]), value(e["provider"]),
            value(e["guid"], "guid"), value(e["channel"]), self.data(e)])
        self.bytes += bytes(-len(self.bytes) % 4)
        size = len(self.bytes) - start + 4
        self.put("I", size)
        struct.pack_into("<I", self.bytes, start + 4, size)
        if len(self.bytes) > CHUNK:
            self.bytes, self.names, self.templates = bytearray(before[0]), before[1], before[2]
            return False
        self.records.append((number, start))
        return True

    def finish(self, first, dirty=False):
        """The chunk's bytes, header and CRCs right; `first` is its first record's number."""
        used = len(self.bytes)
        last = first + len(self.records) - 1
        struct.pack_into("<8sQQQQIII", self.bytes, 0, b"ElfChnk\0", first, last,
                         self.records[0][0], self.records[-1][0], 128, self.records[-1][1], used)
        struct.pack_into("<I", self.bytes, 52, zlib.crc32(self.bytes[512:]))
        struct.pack_into("<I", self.bytes, 120, 1 if dirty else 0)
        crc = zlib.crc32(self.bytes[128:512], zlib.crc32(self.bytes[:120]))
        struct.pack_into("<I", self.bytes, 124, crc)
        return bytes(self.bytes) + bytes(CHUNK - used)


def file_header(chunks, next_id, dirty=False):
    header = bytearray(FILE_HEADER)
    struct.pack_into("<8sQQQIHHHH", header, 0, b"ElfFile\0", 0, max(chunks - 1, 0), next_id, 128,
                     1, 3, FILE_HEADER, chunks & 0xffff)
    struct.pack_into("<I", header, 120, 1 if dirty else 0)
    struct.pack_into("<I", header, 124, zlib.crc32(header[:120]))
    return bytes(header)


def file_bytes(events, dirty=False, events_per_chunk=None):
    """A whole file. `events_per_chunk`: a new chunk after so many, even if there is room."""
    chunks, first, number = [], 1, 0
    chunk = Chunk()
    for e in events:
        number = e["record_id"] if e["record_id"] is not None else number + 1
        full = events_per_chunk and len(chunk.records) >= events_per_chunk
        if full or not chunk.add(e, number):
            assert chunk.records, "the event does not fit into a chunk"
            first += len(chunk.records)
            chunks.append(chunk.finish(first - len(chunk.records), dirty))
            chunk = Chunk()
            assert chunk.add(e, number), "the event does not fit into a chunk"
    if chunk.records:
        chunks.append(chunk.finish(first, dirty))
    return file_header(len(chunks), number + 1, dirty) + b"".join(chunks)


def write(path, events, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file_bytes(events, **options))
    return path
