"""The HTML report in a real browser: evidence stays text, nothing is loaded, everybody can use it."""
import base64
import hashlib
import html.parser
import re

import pytest
from browser import CHROMIUM, Browser
from conftest import (ATTACKER, exchange, generate, honest_iis, hunt, iis, page_answered,
                      proxylogon, run, write_bytes)

LIMIT = 3_000_000  # bytes of a document

# What intruders may write into a log to speak to the reader's browser.
SPELL = "document.title='owned';window.owned=1"
HOSTILE = [
    f"<script>{SPELL}</script>",
    f"\"><img/src=x/onerror=\"{SPELL}\">",
    f"'onmouseover='{SPELL}",
    f"</title></style></pre><svg/onload={SPELL}>",
    "</script><base/href=http://192.0.2.99/>",
    "javascript:window.owned=1",
    "<iframe/src=http://192.0.2.99/></iframe>",
    "<meta/http-equiv=refresh/content=0;url=http://192.0.2.99/>",
    "<link/rel=stylesheet/href=http://192.0.2.99/x.css>",
    "\u202etxt.exe\u2066\u200bhidden",
    "\x1b[31mred\x1b[0m\x07\x08",
    "&lt;b&gt;&#60;script&#62;",
    "--><!--<script>",
    "]]>{{7*7}}${7*7}",
]


def hostile_evidence(folder):
    rows = [page_answered(f"2021-03-03T07:{i:02}:00", page=f"/aspnet_client/{i}.aspx",
                          cs_User_Agent=text, cs_uri_query=text, cs_username=text)
            for i, text in enumerate(HOSTILE)]
    rows.append(page_answered("2021-03-03T08:00:00", cs_uri_query="q=" + "A<" * 500_000))
    rows += honest_iis()
    iis(folder / "<b>x</b>\"'onclick=alert(1)" / "u_ex210303.log", rows)
    content = (folder / "<b>x</b>\"'onclick=alert(1)" / "u_ex210303.log").read_bytes()
    write_bytes(folder / "bad" / "u_ex210304.log", content.replace(b"owned", b"\xff\xfe\xc0\x80"))
    steps = [proxylogon(step, f"2021-03-03T06:{i:02}:00.000Z",
                        UserAgent=HOSTILE[i], ClientIpAddress=ATTACKER)
             for i, step in enumerate(("identity", "session", "read", "change", "write"))]
    exchange(folder / "HttpProxy" / "HttpProxy_1.LOG", "httpproxy", steps)
    return folder


@pytest.fixture(name="hostile", scope="module")
def fixture_hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    document = folder / "report.html"
    hunt("--html", document, "--host", "<i>host</i>", hostile_evidence(folder / "evidence"))
    return document


@pytest.fixture(name="server", scope="module")
def fixture_server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    generate(folder / "tree", "several-hosts", size="2M")
    hunt("--html", folder / "report.html", "-o", folder / "case", folder / "tree")
    return folder


@pytest.fixture(name="browser", scope="module")
def fixture_browser(tmp_path_factory):
    if not CHROMIUM:
        pytest.skip("skipped: no chromium")
    with Browser(tmp_path_factory.mktemp("profile")) as browser:
        browser.call("Page.addScriptToEvaluateOnNewDocument",
                     source="window.violations=[];document.addEventListener("
                            "'securitypolicyviolation',e=>violations.push(e.violatedDirective+"
                            "' '+e.blockedURI+' '+e.sample))")
        yield browser


# ---- what the bytes say ----

class Outline(html.parser.HTMLParser):
    """Tags, attributes, ids, links and text of a document."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.ids, self.links = [], set(), [], []
        self.headings, self.texts, self.policy = [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        self.attributes |= set(values)
        if "id" in values:
            self.ids.append(values["id"])
        if "href" in values:
            self.links.append(values["href"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]

    handle_startendtag = handle_starttag

    def handle_data(self, data):
        self.texts.append(data)


TAGS = set("""html head meta title style body a div header h1 h2 h3 h4 p nav ul li main section
table caption thead tbody tr th td span dl dt dd svg rect line text circle title ol time pre
details summary code strong form label input select option button footer script br""".split())
ATTRIBUTES = set("""lang charset http-equiv content name class href id aria-label aria-sort
aria-pressed scope datetime tabindex colspan role viewbox x y x1 y1 x2 y2 cx cy r rx width height type
hidden autocomplete spellcheck value""".split())


def test_evidence_is_text_whatever_it_holds(hostile):
    raw = hostile.read_bytes()
    text = raw.decode("utf-8")
    outline = Outline(text)
    assert set(outline.tags) <= TAGS, set(outline.tags) - TAGS
    assert outline.attributes <= ATTRIBUTES, outline.attributes - ATTRIBUTES
    assert outline.tags.count("script") == outline.tags.count("style") == 1
    assert all(link.startswith("#") for link in outline.links)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", text)
    shown = "".join(outline.texts)
    assert f"<script>{SPELL}</script>" in shown and "\\u{202e}txt.exe" in shown
    assert "\\x1b[31mred" in shown and "&lt;b&gt;&#60;script&#62;" in shown
    assert len(raw) < 1_000_000  # a megabyte in a cell is cut


def test_policy_allows_our_style_and_script_alone(hostile):
    text = hostile.read_text(encoding="utf-8")
    policy = dict(part.split(" ", 1) for part in Outline(text).policy.split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert set(policy) == {"default-src", "base-uri", "form-action", "style-src", "script-src"}
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        inside = re.search(f"<{tag}>(.*?)</{tag}>", text, re.S).group(1).encode()
        digest = hashlib.sha256(inside).digest()
        assert policy[directive] == f"'sha256-{base64.b64encode(digest).decode()}'"


def test_document_is_well_formed(server, hostile):
    for document in (server / "report.html", hostile):
        outline = Outline(document.read_text(encoding="utf-8"))
        assert len(outline.ids) == len(set(outline.ids))
        missing = {link for link in outline.links if link[1:] not in outline.ids}
        assert not missing
        assert outline.headings[0] == 1 and outline.headings.count(1) == 1
        assert all(b <= a + 1 for a, b in zip(outline.headings, outline.headings[1:]))
        for landmark in ("header", "nav", "main", "footer"):
            assert outline.tags.count(landmark) == 1, landmark
        assert outline.tags.count("caption") == outline.tags.count("table")


def test_same_sentences_as_the_text(server):
    shown = " ".join("".join(Outline((server / "report.html").read_text("utf-8")).texts).split())
    text = run("report", server / "case").words
    for sentence in re.findall(r"(?:ProxyLogon \(CVE|The only foreign|A page was)[^.]*\.", text)[:6]:
        plain = re.sub(r"\s*\[\d+\]", "", sentence)
        assert plain in re.sub(r"\s*\[\d+\]", "", shown), sentence


def test_jobs_do_not_change_the_document(server, tmp_path):
    for jobs in (1, 4):
        hunt("-j", jobs, "--html", tmp_path / f"{jobs}.html", server / "tree")
    assert (tmp_path / "1.html").read_bytes() == (tmp_path / "4.html").read_bytes()
    done = run("report", "--html", "-", server / "case")
    assert done.out == (server / "report.html").read_bytes()


def test_secrets_are_shortened(tmp_path):
    exchange(tmp_path / "logs" / "HttpProxy_1.LOG", "httpproxy",
             [proxylogon("change", "2021-03-03T06:00:00.000Z")])
    hunt("--html", tmp_path / "a.html", tmp_path / "logs")
    hunt("--html", tmp_path / "b.html", "--show-secrets", tmp_path / "logs")
    assert b"SECRETcanary1" not in (tmp_path / "a.html").read_bytes()
    assert b"SECRETcanary1" in (tmp_path / "b.html").read_bytes()


def test_many_findings_are_sampled_and_that_is_said(tmp_path):
    rows = [page_answered(f"2021-03-03T{7 + i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}",
                          page="/aspnet_client/a.aspx", cs_uri_query=f"cmd={i}&x=<{'y' * 90}>")
            for i in range(12_000)]
    rows.append(page_answered("2021-03-04T07:00:00", page="/aspnet_client/other.aspx",
                              c_ip="203.0.113.200", cs_uri_query="needle"))
    iis(tmp_path / "logs" / "u_ex210303.log", rows)
    done = hunt("--html", tmp_path / "r.html", tmp_path / "logs")
    assert len(done.findings) >= 12_001
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert (tmp_path / "r.html").stat().st_size < LIMIT
    assert f"{len(done.findings):,} findings; this table shows" in text
    assert "needle" in text  # the one that is of another kind
    assert text.count("<details>") == 1000


# ---- chain of custody ----

def digests(document):
    """Digest by file, of those that have one."""
    rows = re.findall(r'path fact">([^<]*)<span class="hash">SHA-256 ([0-9a-f]{64})</span>',
                      document.read_text(encoding="utf-8"))
    return dict(rows)


def test_custody_names_files_with_findings_by_their_digest(tmp_path):
    bad = iis(tmp_path / "logs" / "u_ex210303.log", [page_answered()])
    good = iis(tmp_path / "logs" / "u_ex210304.log", honest_iis(day="2021-03-04"))
    packed = iis(tmp_path / "logs" / "u_ex210305.log.gz", [page_answered("2021-03-05T07:00:00")])
    hash_of = lambda path: hashlib.sha256(path.read_bytes()).hexdigest()
    hunt("--html", tmp_path / "some.html", "--part-size", 64, tmp_path / "logs")
    hunt("--html", tmp_path / "all.html", "--custody", tmp_path / "logs")
    assert digests(tmp_path / "some.html") == {str(p): hash_of(p) for p in (bad, packed)}
    assert digests(tmp_path / "all.html") == {str(p): hash_of(p) for p in (bad, good, packed)}
    assert str(good) in (tmp_path / "some.html").read_text(encoding="utf-8")


# ---- in the browser ----

def requests(events):
    return [e["params"]["request"]["url"] for e in events
            if e.get("method") == "Network.requestWillBeSent"]


def complaints(events):
    return [e["params"] for e in events
            if e.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown",
                                   "Runtime.consoleAPICalled", "Page.javascriptDialogOpening")]


def test_no_script_of_the_evidence_runs_and_nothing_is_loaded(browser, hostile):
    events = browser.open(hostile)
    browser.value("[...document.querySelectorAll('details')].forEach(d=>d.open=true)")
    assert browser.value("document.title") == "Exchange evidence report"
    assert browser.value("typeof window.owned") == "undefined"
    assert browser.value("document.scripts.length") == 1
    assert browser.value("document.querySelectorAll('img,iframe,base,link,object').length") == 0
    assert browser.value("violations") == []
    assert browser.value("performance.getEntriesByType('resource').length") == 0
    assert requests(events + browser.events) == [f"file://{hostile}".replace(" ", "%20")]
    assert not complaints(events + browser.events)


def test_policy_stops_what_is_not_ours(browser, hostile):
    """The policy is there for the day on which the escaping fails."""
    browser.open(hostile)
    browser.value("const s=document.createElement('script');s.textContent='window.owned=2';"
                  "document.body.append(s);"
                  "const i=document.createElement('img');i.src='file:///etc/hostname';"
                  "document.body.append(i);"
                  "new Promise(done=>setTimeout(done,0))")
    assert browser.value("typeof window.owned") == "undefined"
    assert {v.split(" ")[0].removesuffix("-elem") for v in browser.value("violations")} == \
        {"script-src", "img-src"}


def column(browser, number):
    return browser.value("[...document.querySelectorAll('#evidence-table tbody tr')]"
                         f".filter(r=>!r.hidden).map(r=>r.cells[{number}].textContent)")


def tab_to(browser, condition):
    for _ in range(60):
        browser.key("Tab")
        if browser.value(f"(e=>{condition})(document.activeElement)"):
            return
    pytest.fail(f"Tab never reaches {condition}")


def test_table_is_used_by_keyboard(browser, server):
    browser.look(1280, 900)
    browser.open(server / "report.html")
    times = column(browser, 0)
    assert times == sorted(times) and len(times) > 20
    browser.value("document.getElementById('filter-words').focus()")
    tab_to(browser, "e.tagName==='BUTTON'&&e.textContent==='Grade'")
    browser.key("Enter")
    order = ["N", "E0", "E1", "E2", "E3", "E4", "E5", "E6"].index
    assert column(browser, 2) == sorted(column(browser, 2), key=order)
    browser.key(" ")
    assert column(browser, 2) == sorted(column(browser, 2), key=order, reverse=True)
    sorts = browser.value("[...document.querySelectorAll('th')].map(t=>t.getAttribute("
                          "'aria-sort')).filter(Boolean)")
    assert sorts == ["descending"]
    assert "descending" in browser.value("document.querySelector('[role=status]').textContent")
    tab_to(browser, "e.tagName==='SUMMARY'")
    browser.key("Enter")
    assert browser.value("document.activeElement.parentNode.open")
    assert browser.value("document.activeElement.parentNode.querySelector('pre').offsetHeight") > 0


def test_filter_finds_rows(browser, server):
    browser.open(server / "report.html")
    everything = len(column(browser, 0))
    browser.value("document.getElementById('filter-words').focus()")
    browser.type("OWA/auth")
    browser.value("new Promise(done=>{const f=document.getElementById('filter-told');"
                  "const look=()=>/ of /.test(f.textContent)?done():setTimeout(look,10);look()})")
    found = browser.value("[...document.querySelectorAll('#evidence-table tbody tr')]"
                          ".filter(r=>!r.hidden).map(r=>r.textContent.toLowerCase())")
    assert found and len(found) < everything
    assert all("owa/auth" in text for text in found)
    browser.value("document.getElementById('filter-words').value='';"
                  "const s=document.getElementById('filter-host');s.value='ex02';"
                  "s.dispatchEvent(new Event('change'))")
    assert set(column(browser, 1)) == {"ex02"}


def test_everything_is_there_without_script(browser, server):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(server / "report.html")
        assert browser.value("document.getElementById('evidence-tools').offsetHeight") == 0
        assert browser.value("document.querySelectorAll('th button').length") == 0
        assert browser.value("document.querySelectorAll('#evidence-table tbody tr').length") > 20
        browser.value("document.querySelector('summary').click()")
        assert browser.value("document.querySelector('details pre').offsetHeight") > 0
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)


CONTRAST = """(() => {
  const light = ([r, g, b]) => {
    const part = (v) => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
    return .2126 * part(r) + .7152 * part(g) + .0722 * part(b);
  };
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = numbers(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const bad = new Set();
  for (const e of document.body.querySelectorAll('*')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || e.closest('svg') && e.tagName !== 'text' || !e.getClientRects().length) continue;
    if (e.classList.contains('dotn')) continue; /* on a circle of the text's colour */
    const style = getComputedStyle(e);
    const front = light(numbers(e.tagName === 'text' ? style.fill : style.color));
    const back = light(ground(e));
    const ratio = (Math.max(front, back) + .05) / (Math.min(front, back) + .05);
    if (ratio < 4.5) bad.add(e.tagName + '.' + e.getAttribute('class') + ' ' + ratio.toFixed(2));
  }
  return [...bad];
})()"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_has_contrast(browser, server, dark):
    browser.look(1280, 900, dark=dark)
    browser.open(server / "report.html")
    assert browser.value(CONTRAST) == []


def test_phone_needs_no_sideways_scrolling(browser, server, hostile):
    browser.look(390, 800, mobile=True)
    for document in (server / "report.html", hostile):
        browser.open(document)
        assert browser.value("document.documentElement.scrollWidth") <= 390


def test_paper_shows_the_report_and_no_controls(browser, server):
    browser.open(server / "report.html")
    browser.look(800, 1100, dark=True, media="print")
    assert browser.value("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert browser.value("getComputedStyle(document.body).color") == "rgb(24, 33, 44)"
    assert browser.pdf().startswith(b"%PDF-")
    browser.look(1280, 900)
