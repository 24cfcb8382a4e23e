/* Every marker, where a secret ends, characters that must not be cut, what is no secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/escape.h"
#include "report/secrets.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct secret_case {
    const char *text, *wanted;
};

static void assert_all(const struct secret_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct buf out = BUF_INIT;
        buf_add_text(&out, "");
        secrets_shorten(&out, slice_from(cases[i].text));
        if (strcmp(out.ptr, cases[i].wanted) != 0)
            fail_msg("%s gives \"%s\", not \"%s\"", cases[i].text, out.ptr, cases[i].wanted);
        buf_deinit(&out);
    }
}

static void test_markers(void **state)
{
    (void)state;
    static const char *const markers[] = {
        "msExchEcpCanary=",
        "X-Rps-CAT=",
        "X-BEResource=",
        "X-AnonResource-Backend=",
        "__VIEWSTATE=",
        "SecurityToken=",
        "cadata=",
        "X-OWA-CANARY=",
        "sessionID=",
        "Request[\"",
        "Request[\"\"",
        "Request['",
        "Request.Item[\"",
        "Request.Item[\"\"",
        "Request.Form[\"",
        "Request.Form[\"\"",
        "Request.Headers[\"",
        "Request.QueryString[\"",
        "password=",
    };
    struct buf text = BUF_INIT, wanted = BUF_INIT, out = BUF_INIT;
    for (size_t i = 0; i < COUNT(markers) * 3; i++) {
        buf_clear(&text);
        buf_add_text(&text, "x&");
        buf_add_text(&text, markers[i / 3]);
        for (size_t k = 2; k < text.len && i % 3; k++) /* in any case */
            text.ptr[k] = i % 3 == 1                                 ? ascii_lower(text.ptr[k])
                          : text.ptr[k] >= 'a' && text.ptr[k] <= 'z' ? (char)(text.ptr[k] - 32)
                                                                     : text.ptr[k];
        buf_clear(&wanted);
        buf_add_slice(&wanted, buf_slice(&text));
        buf_add_text(&text, "klk123456");
        buf_add_text(&wanted, "klk...(9)");
        buf_clear(&out);
        secrets_shorten(&out, buf_slice(&text));
        assert_string_equal(out.ptr, wanted.ptr);
    }
    buf_deinit(&text);
    buf_deinit(&wanted);
    buf_deinit(&out);
}

static void test_ends(void **state)
{
    (void)state;
    static const struct secret_case cases[] = {
        { "", "" },
        { "no secret here", "no secret here" },
        { "password=", "password=" },
        { "password=a", "password=a" },
        { "password=abc", "password=abc" },
        { "password=abcd", "password=abc...(4)" },
        { "password=abcdef;x", "password=abc...(6);x" },
        { "password=abcdef&x", "password=abc...(6)&x" },
        { "password=abcdef#x", "password=abc...(6)#x" },
        { "password=abcdef x", "password=abc...(6) x" },
        { "password=abcdef'x", "password=abc...(6)'x" },
        { "password=abcdef\"x", "password=abc...(6)\"x" },
        { "password=abcdef,x", "password=abc...(6),x" },
        { "password=abcdef|x", "password=abc...(6)|x" },
        { "password=abcdef)x", "password=abc...(6))x" },
        { "password=abcdef]x", "password=abc...(6)]x" },
        { "password=abcdef<x", "password=abc...(6)<x" },
        { "password=abcdef>x", "password=abc...(6)>x" },
        { "password=abcdef%20x", "password=abc...(10)" },
        { "eval(Request[\"klk123456\"],\"unsafe\");",
          "eval(Request[\"klk...(9)\"],\"unsafe\");" },
        /* several in one text, also behind each other */
        { "a?msExchEcpCanary=abcdefgh.&X-Rps-CAT=VgEAVAdX b password=123456",
          "a?msExchEcpCanary=abc...(9)&X-Rps-CAT=VgE...(8) b password=123...(6)" },
        { "password=password=abcdef", "password=pas...(15)" },
        { "password=&password=abcdef", "password=&password=abc...(6)" },
        { "Request[\"aaaaaa\"]+Request['bbbbbb']",
          "Request[\"aaa...(6)\"]+Request['bbb...(6)']" },
        { "xpassword=abcdef", "xpassword=abc...(6)" },
        { "pass=abcdef", "pass=abcdef" },
        { "Request(\"abcdef\")", "Request(\"abcdef\")" },
    };
    assert_all(cases, COUNT(cases));
}

/* Quotes come doubled (CSV) and behind a backslash (JSON in a cell). */
static void test_escaped_quotes(void **state)
{
    (void)state;
    static const struct secret_case cases[] = {
        { "eval(Request[\"\"klk123456\"\"],\"\"unsafe\"\");",
          "eval(Request[\"\"klk...(9)\"\"],\"\"unsafe\"\");" },
        { "Request.Item[\"\"klk123456\"\"]", "Request.Item[\"\"klk...(9)\"\"]" },
        { "Request.Form[\"\"klk123456\"\"]", "Request.Form[\"\"klk...(9)\"\"]" },
        { "Request.Headers[\"\"klk123456\"\"]", "Request.Headers[\"\"klk...(9)\"\"]" },
        { "Request.QueryString[\"\"klk123456\"\"]", "Request.QueryString[\"\"klk...(9)\"\"]" },
    };
    assert_all(cases, COUNT(cases));
}

/* eval(Request[\"klk123456\"]) as JSON writes it. */
static void test_backslash_quotes(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    secrets_shorten(&out, SLICE_LIT("eval(Request[\\\"klk123456\\\"],\\\"unsafe\\\");"));
    assert_false(slice_has(buf_slice(&out), SLICE_LIT("klk123456")));
    buf_deinit(&out);
}

/* The scheme is no secret; what follows it is. */
static void test_authorization(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Authorization: Basic dXNlcjpTZWNyZXQxMjM=",
        "Authorization: Bearer dXNlcjpTZWNyZXQxMjM=",
        "authorization: NTLM dXNlcjpTZWNyZXQxMjM=",
        "Authorization: dXNlcjpTZWNyZXQxMjM=",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct buf out = BUF_INIT;
        secrets_shorten(&out, slice_from(texts[i]));
        if (slice_has(buf_slice(&out), SLICE_LIT("dXNlcjpTZWNyZXQxMjM=")))
            fail_msg("%s gives \"%s\"", texts[i], out.ptr);
        buf_deinit(&out);
    }
}

static void test_unicode(void **state)
{
    (void)state;
    static const struct secret_case cases[] = {
        { "password=\u00e4\u00f6\u00fc", "password=\u00e4...(6)" },
        { "password=a\u00f6\u00fc", "password=a\u00f6...(5)" },
        { "password=ab\u00fcx", "password=ab...(5)" },
        { "password=abc\u00fc", "password=abc...(5)" },
        { "password=\u20ac\u20ac", "password=\u20ac...(6)" },
        { "password=a\u20ac", "password=a...(4)" },
        { "password=\U0001F511", "password=...(4)" },
        { "\u00e4 password=abcdef \u00e4", "\u00e4 password=abc...(6) \u00e4" },
    };
    assert_all(cases, COUNT(cases));
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out = BUF_INIT;
        secrets_shorten(&out, slice_from(cases[i].text));
        assert_true(utf8_valid(buf_slice(&out)));
        buf_deinit(&out);
    }
}

static void test_zero_byte(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    secrets_shorten(&out, SLICE_LIT("\0password=abcdef\0x"));
    assert_true(slice_eq(buf_slice(&out), SLICE_LIT("\0password=abc...(6)\0x")));
    buf_deinit(&out);
}

static void test_fields(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool secret;
    } cases[] = {
        { "cs(Cookie)", true },     { "CS(COOKIE)", true },
        { "Cookie", true },         { "SessionCookie", true },
        { "SequenceCookie", true }, { "CookieNames", false },
        { "cs(Cookie", false },     { "", false },
        { "UrlQuery", false },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(secrets_is_secret_field(slice_from(cases[i].name)), cases[i].secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_markers),        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_escaped_quotes), cmocka_unit_test(test_backslash_quotes),
        cmocka_unit_test(test_authorization),  cmocka_unit_test(test_unicode),
        cmocka_unit_test(test_zero_byte),      cmocka_unit_test(test_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
