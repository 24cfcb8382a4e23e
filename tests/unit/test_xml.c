/* XML of hostile files: elements, places, what is repaired and what ends the reading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/xml.h"

static void on_start(void *context, const struct xml_element *element)
{
    struct buf *out = context;
    buf_printf(out, "<%.*s %lu:%lu", SLICE_FMT(element->name), (unsigned long)element->line,
               (unsigned long)element->offset);
    if (xml_has_attribute(element, "a"))
        buf_printf(out, " a=%.*s", SLICE_FMT(xml_attribute(element, "A")));
    buf_add_char(out, '>');
}

static void on_end(void *context, struct slice name)
{
    buf_printf(context, "/%.*s;", SLICE_FMT(name));
}

static void on_text(void *context, struct slice text)
{
    struct slice trimmed = slice_trim(text);
    if (trimmed.len)
        buf_printf(context, "%.*s,", SLICE_FMT(trimmed));
}

/* What the sink hears, then "|problem line:offset stopped" if there is one. */
static void read_all(struct slice bytes, struct buf *out)
{
    struct xml_sink sink = { on_start, on_end, on_text, out };
    struct xml_end end;
    buf_add_text(out, "");
    xml_read(bytes, &sink, &end);
    if (end.problem)
        buf_printf(out, "|%s %lu:%lu %d", end.problem, (unsigned long)end.line,
                   (unsigned long)end.offset, end.stopped);
}

static const struct {
    const char *text, *wanted;
} cases[] = {
    { "<r/>", "<r 1:0>/r;" },
    { "<r>\n <b a='1&amp;2'>t</b></r>", "<r 1:0><b 2:5 a=1&2>t,/b;/r;" },
    { "\xef\xbb\xbf<r a='\xc3\xa9'/>", "<r 1:3 a=\xc3\xa9>/r;" },
    { "<?xml version='1.0' encoding='utf-16'?><r/>", "<r 1:39>/r;" }, /* saved anew as UTF-8 */
    { "<r a='\xe9'/>", "<r 1:0 a=\xc3\xa9>/r;" },                     /* Latin-1 */
    /* Tags that close what is not open: all within is closed, what means nothing is left out.
     */
    { "<r><a><b></a>\n<c/></r>",
      "<r 1:0><a 1:3><b 1:6>/b;/a;<c 2:14>/c;/r;|mismatched tag 1:11 0" },
    { "<r><a></x ><c/></a></r>", "<r 1:0><a 1:3><c 1:11>/c;/a;/r;|mismatched tag 1:8 0" },
    { "<r><a></r><b/>", "<r 1:0><a 1:3>/a;/r;|mismatched tag 1:8 1" },
    /* Ends. */
    { "<r><a>", "<r 1:0><a 1:3>|no element found 1:6 1" },
    { "<r><a b=1/></r>", "<r 1:0>|not well-formed (invalid token) 1:8 1" },
    { "<!DOCTYPE r [<!ENTITY x 'y'>]><r>&x;</r>", "|a document type 1:12 1" },
    { "no XML", "|syntax error 1:0 1" },
    { "", "|no element found 1:0 1" },
};

static void test_reading(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = BUF_INIT;
        read_all(slice_from(cases[i].text), &out);
        assert_string_equal(out.ptr, cases[i].wanted);
        buf_deinit(&out);
    }
}

/* "<r>é<a/></r>" with a surrogate pair: offsets are those of the file's bytes. */
static void test_utf16(void **state)
{
    (void)state;
    static const char little[] =
        "\xff\xfe<\0r\0>\0\xe9\0\x3d\xd8\x00\xde<\0a\0/\0>\0<\0/\0r\0>\0";
    struct buf out = BUF_INIT, big = BUF_INIT;
    read_all(slice_of(little, sizeof little - 1), &out);
    assert_string_equal(out.ptr, "<r 1:2>\xc3\xa9\xf0\x9f\x98\x80,<a 1:14>/a;/r;");
    for (size_t i = 0; i + 1 < sizeof little - 1; i += 2) {
        buf_add_char(&big, little[i + 1]);
        buf_add_char(&big, little[i]);
    }
    buf_clear(&out);
    read_all(slice_from_offset(buf_slice(&big), 2), &out); /* and without a mark */
    assert_string_equal(out.ptr, "<r 1:0>\xc3\xa9\xf0\x9f\x98\x80,<a 1:12>/a;/r;");
    buf_deinit(&out);
    buf_deinit(&big);
}

static void test_limits(void **state)
{
    (void)state;
    struct buf text = BUF_INIT, out = BUF_INIT;
    struct xml_sink silent = { 0 };
    struct xml_end end;
    for (int i = 0; i < XML_DEPTH_MAX + 1; i++)
        buf_add_text(&text, "<a>");
    xml_read(buf_slice(&text), &silent, &end);
    assert_string_equal(end.problem, "nested too deep");
    buf_clear(&text);
    buf_add_text(&text, "<r>");
    for (unsigned i = 0; i < XML_REPAIRS_MAX + 1; i++)
        buf_add_text(&text, "</x>");
    buf_add_text(&text, "<late/></r>");
    read_all(buf_slice(&text), &out);
    assert_true(slice_has(buf_slice(&out), SLICE_LIT("mismatched tag 1:5 1")));
    assert_false(slice_has(buf_slice(&out), SLICE_LIT("late")));
    buf_deinit(&text);
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
