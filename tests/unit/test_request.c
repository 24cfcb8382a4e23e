/* Rows → who asked for what, and how it ended; what an attacker may write into them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/buf.h"
#include "exchange/request.h"
#include "schema_maker.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define GUID "0f2d1c9a-1111-4222-8333-444444444401"
#define GUID2 "1a2b3c4d-5555-4666-8777-888888888802"

struct fixture {
    struct arena arena, scratch;
    struct event event;
    struct request request;
    struct ip_network networks[2]; /* 10.0.0.0/24 and ::1 */
    struct trusted_proxies proxies;
};

static int setup(void **state)
{
    struct fixture *f = mem_alloc(sizeof *f);
    assert_true(ip_network_parse(SLICE_LIT("10.0.0.0/24"), &f->networks[0]));
    assert_true(ip_network_parse(SLICE_LIT("::1"), &f->networks[1]));
    f->proxies = (struct trusted_proxies){ 2, f->networks };
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_deinit(&f->arena);
    arena_deinit(&f->scratch);
    mem_free_auto(state);
    return 0;
}

/* Reads a row of a log with these columns. */
static void read_row(struct fixture *f, enum family_id id, const char *columns, const char *row)
{
    const struct schema *schema = schema_from(&f->arena, id, columns, false);
    arena_reset(&f->scratch);
    event_split(&f->event, schema, slice_from(row), TIME_NONE, &f->scratch);
    request_read(&f->event, &f->proxies, &f->request);
}

/* NULL: absent. */
static void assert_text(const char *what, struct slice got, const char *wanted)
{
    if ((got.ptr == NULL) != (wanted == NULL) || !slice_eq(got, slice_from(wanted)))
        fail_msg("%s: '%.*s', not '%s'", what, SLICE_FMT(got), wanted ? wanted : "(absent)");
}

#define IIS                                                                                    \
    "date,time,s-computername,s-ip,cs-method,cs-uri-stem,cs-uri-query,cs-username,c-ip,"       \
    "cs(User-Agent),sc-status,X-Forwarded-For"
#define HTTPPROXY                                                                              \
    "DateTime,RequestId,UrlStem,AuthenticatedUser,UserAgent,ClientIpAddress,ServerHostName,"   \
    "HttpStatus,Method,UrlQuery"

static void test_iis(void **state)
{
    struct fixture *f = *state;
    const struct request *r = &f->request;
    read_row(f, FAMILY_IIS, IIS,
             "2021-03-03 06:49:53 EX01.contoso.com 192.0.2.1 POST /ecp/x.aspx a=1 CORP\\joe "
             "203.0.113.9 Mozilla/5.0+(Windows+NT) 200 -");
    assert_text("host", r->host, "ex01");
    assert_text("source", r->source, "203.0.113.9");
    assert_text("method", r->method, "POST");
    assert_text("path", r->url_path, "/ecp/x.aspx");
    assert_text("query", r->url_query, "a=1");
    assert_text("user", r->user, "CORP\\joe");
    assert_text("agent", r->agent, "Mozilla/5.0 (Windows NT)");
    assert_text("page", r->page, "/ecp/x.aspx");
    assert_int_equal(r->page_class, PAGE_FOREIGN);
    assert_int_equal(r->status, 200);
    assert_false(r->probe || r->from_itself);
    assert_text("id", r->request_id, NULL);
    assert_text("session", r->session, NULL);

    read_row(f, FAMILY_IIS, IIS, "2021-03-03 06:49:53 - - - - - - - - - -");
    assert_text("host", r->host, NULL);
    assert_text("source", r->source, NULL);
    assert_text("path", r->url_path, NULL);
    assert_text("query", r->url_query, NULL);
    assert_text("agent", r->agent, NULL);
    assert_int_equal(r->page_class, PAGE_NONE);
    assert_int_equal(r->status, 0);

    read_row(f, FAMILY_IIS, IIS, "2021-03-03"); /* cut off */
    assert_text("source", r->source, NULL);
}

static void test_httpproxy(void **state)
{
    struct fixture *f = *state;
    const struct request *r = &f->request;
    read_row(f, FAMILY_HTTPPROXY, HTTPPROXY,
             "2021-03-03T06:49:53.772Z," GUID ",/ecp/y.js,,a+b,[2001:db8::1%3]:443,"
             "\"EX01.contoso.com\",241,POST,\"?a=1,2\"");
    assert_text("host", r->host, "ex01");
    assert_text("source", r->source, "2001:db8::1");
    assert_text("agent", r->agent, "a+b"); /* only IIS writes blanks as '+' */
    assert_text("id", r->request_id, GUID);
    assert_text("query", r->url_query, "a=1,2");
    assert_text("page", r->page, NULL);
    assert_int_equal(r->status, 241);
}

static void test_status(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        { "200", 200 }, { "999", 999 },
        { "1000", 0 },  { "-1", 0 },
        { "", 0 },      { "2e2", 0 },
        { "abc", 0 },   { " 404", 404 },
        { "0", 0 },     { "99999999999999999999", 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char row[64];
        snprintf(row, sizeof row, "2021-03-03T06:49:53Z,%s", cases[i].text);
        read_row(f, FAMILY_HTTPPROXY, "DateTime,HttpStatus", row);
        assert_int_equal(f->request.status, cases[i].status);
    }
}

/* The last address that is no trusted proxy; in front of it stands what the client invented. */
static void test_forwarded(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *peer, *forwarded, *source;
    } cases[] = {
        { "203.0.113.9", "-", "203.0.113.9" },
        { "203.0.113.9", "198.51.100.7", "203.0.113.9" }, /* nobody vouches for it */
        { "10.0.1.5", "198.51.100.7", "10.0.1.5" },
        { "10.0.0.5", "-", "10.0.0.5" },
        { "10.0.0.5", "198.51.100.7", "198.51.100.7" },
        { "10.0.0.5:4711", "198.51.100.7:56026", "198.51.100.7" },
        { "::1", "198.51.100.7", "198.51.100.7" },
        { "10.0.0.5", "2001:db8::1", "2001:db8::1" },
        { "10.0.0.5", "[2001:db8::1]:443", "2001:db8::1" },
        { "10.0.0.5", "198.51.100.7,+10.0.0.6", "198.51.100.7" },
        { "10.0.0.5", "198.51.100.7,10.0.0.6", "198.51.100.7" },
        { "10.0.0.5", "10.0.0.7,+10.0.0.6", "10.0.0.7" },
        /* spoofed fronts */
        { "10.0.0.5", "127.0.0.1,+198.51.100.7", "198.51.100.7" },
        { "10.0.0.5", "10.0.0.9,+198.51.100.7,+10.0.0.6", "198.51.100.7" },
        { "10.0.0.5", "8.8.8.8,+9.9.9.9,+198.51.100.7", "198.51.100.7" },
        { "10.0.0.5", "garbage,+198.51.100.7", "198.51.100.7" },
        { "10.0.0.5", "garbage,+10.0.0.6", "10.0.0.6" },
        { "10.0.0.5", "garbage", "10.0.0.5" },
        { "10.0.0.5", "198.51.100.7,+garbage", "10.0.0.5" },
        { "10.0.0.5", ",,,", "10.0.0.5" },
        { "10.0.0.5", "198.51.100.7,", "10.0.0.5" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char row[200];
        snprintf(row, sizeof row, "2021-03-03 06:49:53 - - GET / - - %s - 200 %s",
                 cases[i].peer, cases[i].forwarded);
        read_row(f, FAMILY_IIS, IIS, row);
        assert_text(row, f->request.source, cases[i].source);
    }
}

static void test_query_tail(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *query, *wanted;
    } cases[] = {
        { "a=1", "a=1" },
        { "?a=1", "a=1" },
        { "&CorrelationID=<empty>;&cafeReqId=" GUID ";", NULL },
        { "&CorrelationID=<empty>;&cafeReqId=" GUID ";&encoding=;", NULL },
        { "a=1&CorrelationID=<empty>;&cafeReqId=" GUID ";&encoding=;", "a=1" },
        { "a=1&CorrelationID=<empty>;&RequestId=" GUID, "a=1" },
        { "a=1&RequestId=" GUID, "a=1" },
        { "a=1&b=2&CorrelationID=" GUID ";&cafeReqId=" GUID2 ";", "a=1&b=2" },
        { "a=1&ActID=" GUID ";&CorrelationID=<empty>;", "a=1" },
        { "a=1&correlationid=<EMPTY>;", "a=1" },
        /* a client's own pairs stay, wherever they stand */
        { "cafeReqId=" GUID "&a=1", "cafeReqId=" GUID "&a=1" },
        { "a=1&cafeReqId=" GUID "&cmd=whoami", "a=1&cafeReqId=" GUID "&cmd=whoami" },
        { "CorrelationID=<empty>;&cmd=whoami&cafeReqId=" GUID,
          "CorrelationID=<empty>;&cmd=whoami" },
        { "a=1&cafeReqId=eval(x)", "a=1&cafeReqId=eval(x)" },
        { "a=1&cafeReqId=cmd+/c+dir", "a=1&cafeReqId=cmd+/c+dir" },
        { "a=1&RequestId=" GUID GUID, "a=1&RequestId=" GUID GUID },
        { "a=1&Reqid=" GUID, "a=1&Reqid=" GUID },
        { "a=1&CorrelationIDs=<empty>;", "a=1&CorrelationIDs=<empty>;" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char row[400];
        snprintf(row, sizeof row, "2021-03-03 06:49:53 - - GET / %s - ::1 - 200 -",
                 cases[i].query);
        read_row(f, FAMILY_IIS, IIS, row);
        assert_text(cases[i].query, f->request.url_query, cases[i].wanted);
    }
}

/* A web shell can call its parameter like one of Exchange's: what it holds tells them apart. */
static void test_query_tail_with_a_command(void **state)
{
    struct fixture *f = *state;
    static const char *const queries[] = {
        "ActID=whoami",      "encoding=ipconfig",         "a=1&RequestId=tasklist",
        "cafeReqId=cmd.exe", "CorrelationID=systeminfo;",
    };
    for (size_t i = 0; i < COUNT(queries); i++) {
        char row[400];
        snprintf(row, sizeof row, "2021-03-03 06:49:53 - - GET /x.aspx %s - ::1 - 200 -",
                 queries[i]);
        read_row(f, FAMILY_IIS, IIS, row);
        assert_text(queries[i], f->request.url_query, queries[i]);
    }
}

static void test_request_id(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *query, *id;
    } cases[] = {
        { "-", NULL },
        { "a=1", NULL },
        { "&CorrelationID=<empty>;&cafeReqId=" GUID ";&encoding=;", GUID },
        { "cafeReqId=" GUID, GUID },
        { "CAFEREQID=" GUID, GUID },
        { "cafeReqId=" GUID "&CorrelationID=<empty>;&cafeReqId=" GUID2 ";",
          GUID2 }, /* spoofed */
        { "cafeReqId=cafeReqId=" GUID, GUID },
        { "cafeReqId=" GUID "&x=cafeReqId=" GUID2 "&y", GUID2 },
        { "cafeReqId=", NULL },
        { "cafeReqId=00000000-0000-0000-0000-000000000000", NULL },
        { "cafeReqId=<empty>", NULL },
        { "cafeReqId=abc", NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char row[400];
        snprintf(row, sizeof row, "2021-03-03 06:49:53 - - GET / %s - ::1 - 200 -",
                 cases[i].query);
        read_row(f, FAMILY_IIS, IIS, row);
        assert_text(cases[i].query, f->request.request_id, cases[i].id);
    }
}

static void test_placeholders(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        bool placeholder;
    } cases[] = {
        { GUID, false },
        { "", true },
        { "abc", true },
        { "abcdefg", true },
        { "abcdefgh", false },
        { "<empty>", true },
        { "<abcdefghi>", true },
        { "xxxxxxxx", true },
        { "xxxxXXXX", true },
        { "xxxxxxxy", false },
        { "00000000-0000-0000-0000-000000000000", true },
        { "00000000-0000-0000-0000-000000000001", false },
        { "XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX", true },
        { "--------", true },
        { "........", true },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (request_is_placeholder(slice_from(cases[i].key)) != cases[i].placeholder)
            fail_msg("'%s'", cases[i].key);
    assert_true(request_is_placeholder(SLICE_NULL));
}

#define ECP "TimeStamp,ServerName,EventId,EventData"

static void test_session(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *data, *session;
    } cases[] = {
        { "S:ACTID=" GUID, GUID },
        { "S:ActID=" GUID, GUID },
        { "S:ACTID=00000000-0000-0000-0000-000000000000", NULL },
        { "S:U=/ecp/x?msExchEcpCanary=Xyz.1234567890.&a=1;S:ACTID=" GUID, "Xyz.1234567890." },
        { "S:U=/ecp/x?msExchEcpCanary=xxxxxxxx&a;S:ACTID=" GUID, GUID }, /* masked */
        { "S:U=?msExchEcpCanary=short&x;S:ACTID=" GUID, GUID },
        { "S:U=?msExchEcpCanary=Spoofed.123&msExchEcpCanary=Real.12345", "Real.12345" },
        { "S:A=b", NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char row[400];
        snprintf(row, sizeof row, "2021-03-03T06:49:53.772Z,EX1,Request,%s", cases[i].data);
        read_row(f, FAMILY_ECP, ECP, row);
        assert_text(cases[i].data, f->request.session, cases[i].session);
        assert_text("source", f->request.source, NULL);
    }
}

struct probe_case {
    const char *server, *peer, *user, *agent, *forwarded;
    int probe; /* enum probe */
    bool from_itself;
};

static void assert_probes(struct fixture *f, const struct probe_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char row[300];
        snprintf(row, sizeof row, "2021-03-03 06:49:53 - %s GET /owa/ - %s %s %s 200 %s",
                 cases[i].server, cases[i].user, cases[i].peer, cases[i].agent,
                 cases[i].forwarded ? cases[i].forwarded : "-");
        read_row(f, FAMILY_IIS, IIS, row);
        if ((int)f->request.probe != cases[i].probe)
            fail_msg("%s: probe is %d", row, (int)f->request.probe);
        if (f->request.from_itself != cases[i].from_itself)
            fail_msg("%s: from itself is %d", row, f->request.from_itself);
    }
}

#define AGENT "Mozilla/4.0+(compatible;+MSIE+9.0;+AMProbe/Local/ClientAccess)"

static void test_own_probes(void **state)
{
    static const struct probe_case cases[] = {
        { "192.0.2.1", "127.0.0.1", "-", AGENT, NULL, PROBE_CERTAIN, true },
        { "192.0.2.1", "fe80::1%3", "-", AGENT, NULL, PROBE_LIKELY, true },
        { "192.0.2.1", "192.0.2.1", "-", AGENT, NULL, PROBE_CERTAIN, true },
        { "2001:DB8::1", "2001:db8::1", "-", AGENT, NULL, PROBE_CERTAIN, true },
        { "192.0.2.1", "127.0.0.1", "-", "Ews_AM_Probe", NULL, PROBE_CERTAIN, true },
        { "192.0.2.1", "127.0.0.1", "-", "ActiveMonitor", NULL, PROBE_CERTAIN, true },
        { "192.0.2.1", "127.0.0.1", "-", "MSExchangeMonitor", NULL, PROBE_CERTAIN, true },
        { "192.0.2.1", "127.0.0.1", "-", "Exchange+BackEnd+Probes", NULL, PROBE_CERTAIN, true },
        { "192.0.2.1", "127.0.0.1", "-", "MapiHttpClient", NULL, PROBE_CERTAIN, true },
        { "192.0.2.1", "127.0.0.1", "HealthMailbox1@x", "Mozilla", NULL, PROBE_CERTAIN, true },
        { "192.0.2.1", "10.1.2.3", "HealthMailbox1@x", "Mozilla", NULL, PROBE_CERTAIN, false },
        { "192.0.2.1", "172.31.2.3", "X\\healthmailbox1", "Mozilla", NULL, PROBE_CERTAIN,
          false },
        { "192.0.2.1", "fd00::1", "HealthMailbox1@x", "Mozilla", NULL, PROBE_CERTAIN, false },
        { "192.0.2.1", "127.0.0.1", "-", "Mozilla", NULL, PROBE_NO, true },
    };
    assert_probes(*state, cases, COUNT(cases));
}

/* What somebody would write to look like one. */
static void test_probe_evasions(void **state)
{
    static const struct probe_case cases[] = {
        { "192.0.2.1", "203.0.113.9", "-", AGENT, NULL, PROBE_NO, false },
        { "192.0.2.1", "10.1.2.3", "-", AGENT, NULL, PROBE_NO, false },
        { "192.0.2.1", "203.0.113.9", "HealthMailbox1@x", AGENT, NULL, PROBE_NO, false },
        { "192.0.2.1", "203.0.113.9", "HealthMailbox1@x", "Mozilla", NULL, PROBE_NO, false },
        { "192.0.2.1", "172.32.0.1", "HealthMailbox1@x", "Mozilla", NULL, PROBE_NO, false },
        { "192.0.2.1", "127.0.0.1", "X\\EX1$", AGENT, NULL, PROBE_NO,
          true }, /* forged request */
        { "192.0.2.1", "203.0.113.9", "-", AGENT, "127.0.0.1", PROBE_NO, false },
        { "-", "-", "HealthMailbox1@x", AGENT, NULL, PROBE_NO, false },
        { "192.0.2.1", "10.1.2.3", "X\\xHealthMailbox1", "Mozilla", NULL, PROBE_NO, false },
        { "192.0.2.1", "127.0.0.1", "joe", AGENT, NULL, PROBE_NO, true },
        { "-", "garbage", "HealthMailbox1@x", AGENT, NULL, PROBE_NO, false },
    };
    assert_probes(*state, cases, COUNT(cases));
}

/* The address that counts is the client's, not that of the proxy in front. */
static void test_probes_behind_proxies(void **state)
{
    static const struct probe_case cases[] = {
        { "192.0.2.1", "10.0.0.5", "HealthMailbox1@x", "Mozilla", "203.0.113.9", PROBE_NO,
          false },
        { "192.0.2.1", "::1", "-", AGENT, "203.0.113.9", PROBE_NO, false },
        { "192.0.2.1", "10.0.0.5", "HealthMailbox1@x", "Mozilla", "10.1.2.3", PROBE_CERTAIN,
          false },
    };
    assert_probes(*state, cases, COUNT(cases));
}

static void test_httperr(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *uri, *path, *query, *page;
    } cases[] = {
        { "/owa/?a=1", "/owa/", "a=1", NULL },
        { "/owa/auth/x.aspx?a=1?b", "/owa/auth/x.aspx", "a=1?b", "/owa/auth/x.aspx" },
        { "/owa/auth/x.aspx", "/owa/auth/x.aspx", NULL, "/owa/auth/x.aspx" },
        { "/owa/?", "/owa/", NULL, NULL },
        { "?a=1", "", "a=1", NULL },
        { "/x?y=/owa/auth/x.aspx", "/x", "y=/owa/auth/x.aspx", NULL },
        { "-", NULL, NULL, NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char row[200];
        snprintf(row, sizeof row,
                 "2021-03-03 06:49:53 203.0.113.9 1 192.0.2.1 443 HTTP/1.1 GET %s 400 - "
                 "BadRequest -",
                 cases[i].uri);
        read_row(f, FAMILY_HTTPERR, family_get(FAMILY_HTTPERR)->columns, row);
        assert_text(cases[i].uri, f->request.url_path, cases[i].path);
        assert_text(cases[i].uri, f->request.url_query, cases[i].query);
        assert_text(cases[i].uri, f->request.page, cases[i].page);
    }
}

/* Each character of an extension, plain or encoded, in upper or lower case: one page. */
static void test_encoded_pages(void **state)
{
    struct fixture *f = *state;
    static const char *const extensions[] = { ".aspx", ".ashx", ".asmx" };
    for (size_t i = 0; i < COUNT(extensions); i++) {
        for (unsigned forms = 0; forms < 243; forms++) { /* three to the fifth */
            char row[200];
            int len = snprintf(row, sizeof row, "2021-03-03T06:49:53Z,/owa/auth/evil");
            unsigned rest = forms;
            for (const char *c = extensions[i]; *c; c++, rest /= 3)
                len += snprintf(row + len, sizeof row - (size_t)len,
                                rest % 3 == 0   ? "%c"
                                : rest % 3 == 1 ? "%%%02x"
                                                : "%%%02X",
                                rest % 3 == 2 && *c != '.' ? *c - 32 : *c);
            read_row(f, FAMILY_HTTPPROXY, "DateTime,UrlStem", row);
            if (f->request.page_class != PAGE_FOREIGN)
                fail_msg("%s is no page", row);
        }
    }
}

static void test_page_fields(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *path, *class, *page;
    } cases[] = {
        { "/owa/auth/logon.aspx", "known", "/owa/auth/logon.aspx" },
        { "/owa/auth/Evil.aspx/x", "foreign", "/owa/auth/evil.aspx" },
        { "/owa/", NULL, NULL },
        { "/owa/x.js", NULL, NULL },
        { "", NULL, NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char row[200];
        snprintf(row, sizeof row, "2021-03-03T06:49:53Z,%s", cases[i].path);
        read_row(f, FAMILY_HTTPPROXY, "DateTime,UrlStem", row);
        assert_text("class", request_page_class(NULL, &f->event), cases[i].class);
        assert_text("page", request_page_path(NULL, &f->event), cases[i].page);
    }
}

static void test_outcomes(void **state)
{
    struct fixture *f = *state;
    static const struct {
        enum family_id family;
        const char *columns, *row;
        enum outcome outcome;
    } cases[] = {
        { FAMILY_HTTPPROXY, "DateTime,HttpStatus", "2021-03-03,200", OUTCOME_SUCCESS },
        { FAMILY_HTTPPROXY, "DateTime,HttpStatus", "2021-03-03,241", OUTCOME_SUCCESS },
        { FAMILY_HTTPPROXY, "DateTime,HttpStatus", "2021-03-03,299", OUTCOME_SUCCESS },
        { FAMILY_HTTPPROXY, "DateTime,HttpStatus", "2021-03-03,199", OUTCOME_REFUSED },
        { FAMILY_HTTPPROXY, "DateTime,HttpStatus", "2021-03-03,300", OUTCOME_REFUSED },
        { FAMILY_HTTPPROXY, "DateTime,HttpStatus", "2021-03-03,401", OUTCOME_REFUSED },
        { FAMILY_HTTPPROXY, "DateTime,HttpStatus", "2021-03-03,500", OUTCOME_REFUSED },
        { FAMILY_HTTPPROXY, "DateTime,HttpStatus", "2021-03-03,302",
          OUTCOME_SUCCESS }, /* tag */
        { FAMILY_HTTPPROXY, "DateTime,HttpStatus", "2021-03-03,303", OUTCOME_SUCCESS },
        { FAMILY_HTTPPROXY, "DateTime,HttpStatus", "2021-03-03,", OUTCOME_UNKNOWN },
        { FAMILY_HTTPPROXY, "DateTime,HttpStatus", "2021-03-03,x", OUTCOME_UNKNOWN },
        { FAMILY_HTTPPROXY, "DateTime,HttpStatus", "2021-03-03", OUTCOME_UNKNOWN },
        { FAMILY_IIS, "date,time,sc-status", "2021-03-03 06:49:53 200", OUTCOME_SUCCESS },
        { FAMILY_IIS, "date,time,sc-status", "2021-03-03 06:49:53 404", OUTCOME_REFUSED },
        { FAMILY_IIS, "date,time,sc-status", "2021-03-03 06:49:53 -", OUTCOME_UNKNOWN },
        { FAMILY_HTTPERR, "date,time,sc-status", "2021-03-03 06:49:53 503", OUTCOME_REFUSED },
        { FAMILY_RPS_HTTP, "DateTime,HttpStatus", "2021-03-03,200", OUTCOME_SUCCESS },
        { FAMILY_EWS, "DateTime,HttpStatus", "2021-03-03,401", OUTCOME_REFUSED },
        { FAMILY_ECP, ECP, "2021-03-03T06:49:53Z,EX1,E,S:A=b", OUTCOME_SUCCESS },
        { FAMILY_ECP, ECP, "2021-03-03T06:49:53Z,EX1,E,S:A=b;S:EX=System.Ex", OUTCOME_REFUSED },
        { FAMILY_ECP, ECP, "2021-03-03T06:49:53Z,EX1,E,S:A=b;S:EX=", OUTCOME_SUCCESS },
        { FAMILY_ECP_ACTIVITY, ECP, "2021-03-03T06:49:53Z,EX1,E,S:A=b", OUTCOME_SUCCESS },
        { FAMILY_CMDLET, "DateTime,ExecutionResult", "2021-03-03,Success", OUTCOME_SUCCESS },
        { FAMILY_CMDLET, "DateTime,ExecutionResult", "2021-03-03,success", OUTCOME_SUCCESS },
        { FAMILY_CMDLET, "DateTime,ExecutionResult", "2021-03-03,Error", OUTCOME_REFUSED },
        { FAMILY_CMDLET, "DateTime,ExecutionResult", "2021-03-03,", OUTCOME_UNKNOWN },
        { FAMILY_CMDLET, "DateTime", "2021-03-03", OUTCOME_UNKNOWN },
        { FAMILY_AUDIT, "Timestamp,ResultStatus", "2021-03-03,True", OUTCOME_SUCCESS },
        { FAMILY_AUDIT, "Timestamp,ResultStatus", "2021-03-03,False", OUTCOME_REFUSED },
        { FAMILY_AUDIT, "Timestamp,ResultStatus", "2021-03-03,", OUTCOME_UNKNOWN },
        { FAMILY_OABGENERATOR, "Timestamp,Message", "2021-03-03,x", OUTCOME_SUCCESS },
        { FAMILY_HTTPREQUESTFILTERING, "DateTime,ScanResult", "2021-03-03,x", OUTCOME_REFUSED },
        { FAMILY_MESSAGETRACKING, "date-time,x", "2021-03-03,x", OUTCOME_UNKNOWN },
    };
    static const int success[] = { 302, 303 };
    for (size_t i = 0; i < COUNT(cases); i++) {
        read_row(f, cases[i].family, cases[i].columns, cases[i].row);
        enum outcome got = request_outcome(&f->event, &f->request, success, 2);
        if (got != cases[i].outcome)
            fail_msg("%s: %d", cases[i].row, (int)got);
    }
    read_row(f, FAMILY_HTTPPROXY, "DateTime,HttpStatus", "2021-03-03,302");
    assert_int_equal(request_outcome(&f->event, &f->request, NULL, 0), OUTCOME_REFUSED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_iis),        TEST(test_httpproxy),      TEST(test_status),
        TEST(test_forwarded),  TEST(test_query_tail),     TEST(test_query_tail_with_a_command),
        TEST(test_request_id), TEST(test_placeholders),   TEST(test_session),
        TEST(test_own_probes), TEST(test_probe_evasions), TEST(test_probes_behind_proxies),
        TEST(test_httperr),    TEST(test_encoded_pages),  TEST(test_page_fields),
        TEST(test_outcomes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
