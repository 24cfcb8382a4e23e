/* What a rule's field means in rows of each family: the map of web fields (design §8). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "match/binding.h"
#include "schema_maker.h"

struct fixture {
    struct arena arena, scratch;
    struct event event;
};

static int setup(void **state)
{
    *state = mem_alloc(sizeof(struct fixture));
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

struct binding_case {
    const char *field;
    const char *readings; /* with '|' between them; "~" for absent */
};

static void assert_readings(struct fixture *f, const struct binding_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct slice field = slice_from(cases[i].field);
        struct readings readings;
        struct buf got = BUF_INIT;
        binding_read(binding_resolve(f->event.schema, field), field, &f->event, &readings);
        readings_add_spaced(&readings, &f->event);
        assert_true(readings.count >= 1);
        for (size_t k = 0; k < readings.count; k++) {
            buf_add_text(&got, k ? "|" : "");
            buf_add_slice(&got, readings.text[k].ptr ? readings.text[k] : SLICE_LIT("~"));
        }
        if (!slice_eq(buf_slice(&got), slice_from(cases[i].readings)))
            fail_msg("%s in <%.*s>: %s, not %s", cases[i].field, SLICE_FMT(f->event.row),
                     got.ptr, cases[i].readings);
        buf_deinit(&got);
    }
}

#define ASSERT_READINGS(f, id, columns, row_text, ...)                                         \
    do {                                                                                       \
        const struct binding_case binding_cases[] = { __VA_ARGS__ };                           \
        event_split(&(f)->event, schema_from(&f->arena, id, columns, false),                   \
                    SLICE_LIT(row_text), TIME_NONE, &(f)->scratch);                            \
        assert_readings(f, binding_cases, sizeof binding_cases / sizeof *binding_cases);       \
    } while (0)

#define IIS                                                                                    \
    "date,time,s-ip,cs-method,cs-uri-stem,cs-uri-query,s-port,cs-username,c-ip,"               \
    "cs(User-Agent),cs(Referer),sc-status"

static void test_iis(void **state)
{
    struct fixture *f = *state;
    ASSERT_READINGS(
        f, FAMILY_IIS, IIS,
        "2021-03-03 06:49:53 ::1 GET /owa/x.aspx a=1+2 443 - 1.2.3.4 Mo+zilla - 200",
        { "cs-uri-stem", "/owa/x.aspx" }, { "CS-URI-STEM", "/owa/x.aspx" },
        { "cs-uri-query", "a=1+2|/owa/x.aspx?a=1+2|a=1 2|/owa/x.aspx?a=1 2" },
        { "c-uri", "/owa/x.aspx?a=1+2|/owa/x.aspx?a=1 2" },
        { "cs-uri", "/owa/x.aspx?a=1+2|/owa/x.aspx?a=1 2" }, { "c-uri-extension", "aspx" },
        { "cs-method", "GET" }, { "c-ip", "1.2.3.4" }, { "src_ip", "1.2.3.4" },
        { "sc-status", "200" }, { "cs-username", "~" }, { "cs-referer", "~" },
        { "cs(Referer)", "~" }, { "cs-user-agent", "Mo+zilla|Mo zilla" },
        { "c-useragent", "Mo+zilla|Mo zilla" }, { "cs(User-Agent)", "Mo+zilla|Mo zilla" },
        { "s-ip", "::1" }, { "date", "2021-03-03" },
        { "cs-cookie", "~" }, /* a column that this header lacks */
        { "UrlStem", "~" }, { "", "~" });
    ASSERT_READINGS(
        f, FAMILY_IIS, IIS, "2021-03-03 06:49:53 ::1 GET /owa/ - 443 - 1.2.3.4 - - 200",
        { "cs-uri-query", "~|/owa/" }, { "c-uri", "/owa/" }, { "c-uri-extension", "~" });
    ASSERT_READINGS(f, FAMILY_IIS, IIS, "2021-03-03 06:49:53", { "cs-uri-query", "~|~" },
                    { "c-uri", "~" }, { "c-uri-extension", "~" }, { "cs-uri-stem", "~" });
}

static void test_extensions(void **state)
{
    struct fixture *f = *state;
    static const char *const cases[][2] = {
        { "x.aspx", "aspx" }, { "/a.b/c", "~" }, { "/a.", "" },     { "/", "~" },
        { "/a.b.c", "c" },    { ".", "" },       { "/x.JS", "JS" }, { "/x.aspx/y.js", "js" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf row = BUF_INIT;
        const struct binding_case wanted = { "c-uri-extension", cases[i][1] };
        buf_printf(&row, "2021-03-03 %s", cases[i][0]);
        event_split(&f->event, schema_from(&f->arena, FAMILY_IIS, "date,cs-uri-stem", false),
                    buf_slice(&row), TIME_NONE, &f->scratch);
        assert_readings(f, &wanted, 1);
        buf_deinit(&row);
    }
}

static void test_httperr(void **state)
{
    struct fixture *f = *state;
    ASSERT_READINGS(f, FAMILY_HTTPERR, "date,time,c-ip,cs-method,cs-uri,sc-status,s-reason",
                    "2021-03-03 06:49:53 1.2.3.4 GET /a/b.aspx?q=1 400 Verb",
                    { "cs-uri-stem", "/a/b.aspx" }, { "cs-uri-query", "q=1|/a/b.aspx?q=1" },
                    { "c-uri", "/a/b.aspx?q=1" }, { "c-uri-extension", "aspx" },
                    { "s-reason", "Verb" }, { "cs-user-agent", "~" });
}

static void test_httpproxy(void **state)
{
    struct fixture *f = *state;
    ASSERT_READINGS(
        f, FAMILY_HTTPPROXY,
        "DateTime,UrlHost,UrlStem,UrlQuery,Method,HttpStatus,ClientIpAddress,"
        "UserAgent,AuthenticatedUser",
        "2021-03-03T06:49:53Z,mail.x.test,/ecp/y.js,?a=1+2,POST,241,1.2.3.4,\"a,b+c\",",
        { "cs-uri-stem", "/ecp/y.js" },
        { "cs-uri-query", "a=1+2|/ecp/y.js?a=1+2" }, /* '+' stays: not W3C */
        { "c-uri", "/ecp/y.js?a=1+2" }, { "UrlQuery", "?a=1+2" }, { "urlstem", "/ecp/y.js" },
        { "sc-status", "241" }, { "cs-method", "POST" }, { "c-ip", "1.2.3.4" },
        { "cs-user-agent", "a,b+c" }, { "cs(User-Agent)", "a,b+c" },
        { "cs-host", "mail.x.test" }, { "cs-username", "" }, { "cs-cookie", "~" });
    ASSERT_READINGS(f, FAMILY_HTTPPROXY, "DateTime,UrlStem,UrlQuery",
                    "2021-03-03T06:49:53Z,/ecp/,", { "cs-uri-query", "|/ecp/" },
                    { "c-uri", "/ecp/" });
    ASSERT_READINGS(f, FAMILY_HTTPPROXY, "DateTime,UrlStem,UrlQuery",
                    "2021-03-03T06:49:53Z,/ecp/,?", { "cs-uri-query", "|/ecp/" });
}

static void test_ecp(void **state)
{
    struct fixture *f = *state;
    ASSERT_READINGS(f, FAMILY_ECP, "TimeStamp,ServerName,EventId,EventData",
                    "2021-03-03T06:49:53Z,EX1,ECP.Request,S:CMD=a;S:CMD=b;S:X[1]=c;S:E=",
                    { "CMD", "a|b" }, /* all pairs of that name */
                    { "cmd", "a|b" }, { "X[1]", "c" }, { "X", "~" }, { "E", "" },
                    { "EventId", "ECP.Request" },
                    { "EventData", "S:CMD=a;S:CMD=b;S:X[1]=c;S:E=" }, { "cs-uri-stem", "~" },
                    { "c-ip", "~" });
}

static void test_many_pairs_of_one_name(void **state)
{
    struct fixture *f = *state;
    ASSERT_READINGS(f, FAMILY_ECP, "TimeStamp,ServerName,EventId,EventData",
                    "t,s,e,S:A=1;S:A=2;S:A=3;S:A=4;S:A=5;S:A=6;S:A=7;S:A=8;S:A=9",
                    { "A", "1|2|3|4|5|6|7|8|9" });
}

static void test_other_families_know_their_own_columns(void **state)
{
    struct fixture *f = *state;
    ASSERT_READINGS(f, FAMILY_RPS_HTTP, "DateTime,UrlStem,UrlQuery,ClientIpAddress",
                    "2021-03-03T06:49:53Z,/powershell,?a,1.2.3.4", { "UrlStem", "/powershell" },
                    { "cs-uri-stem", "~" }, { "c-ip", "~" });
    ASSERT_READINGS(f, FAMILY_SMTP, "date-time,remote-endpoint",
                    "2021-03-03T06:49:53Z,1.2.3.4:25", { "remote-endpoint", "1.2.3.4:25" },
                    { "src_ip", "~" });
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_iis),
        TEST(test_extensions),
        TEST(test_httperr),
        TEST(test_httpproxy),
        TEST(test_ecp),
        TEST(test_many_pairs_of_one_name),
        TEST(test_other_families_know_their_own_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
