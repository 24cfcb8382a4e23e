/* UTF-16 to UTF-8, at each place of a vector. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <uchar.h>

#include <cmocka.h>

#include "base/utf16.h"

static void test_texts(void **state)
{
    (void)state;
    static const struct {
        char16_t units[40];
        const char *text;
    } cases[] = {
        { u"", "" },
        { u"a", "a" },
        { u"exactly8", "exactly8" },
        { u"more than eight units", "more than eight units" },
        { u"\u00e9t\u00e9", "\xc3\xa9t\xc3\xa9" },
        { u"0123456\u20ac", "0123456\xe2\x82\xac" },
        { u"01234567\u20ac89012345678", "01234567\xe2\x82\xac"
                                        "89012345678" },
        { u"\U0001f600", "\xf0\x9f\x98\x80" },
        { u"0123456\U0001f600", "0123456\xf0\x9f\x98\x80" },
        { { 0xd800 }, "\xef\xbf\xbd" },
        { { 0xdc00, 'a' },
          "\xef\xbf\xbd"
          "a" },
        { { 0xd800, 'a' },
          "\xef\xbf\xbd"
          "a" },
        { { 0xd800, 0xd83d, 0xde00 }, "\xef\xbf\xbd\xf0\x9f\x98\x80" },
        { { 0xffff }, "\xef\xbf\xbf" },
        { { 0x7f, 0x80, 0x7ff, 0x800 }, "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t units = 0;
        char out[41 * UTF8_PER_UNIT];
        while (cases[i].units[units])
            units++;
        size_t len = utf16le_to_utf8((const char *)cases[i].units, units, out);
        assert_int_equal(len, strlen(cases[i].text));
        assert_memory_equal(out, cases[i].text, len);
    }
}

/* NUL is a character like any other here. */
static void test_nul(void **state)
{
    (void)state;
    char out[3 * UTF8_PER_UNIT];
    assert_int_equal(utf16le_to_utf8("a\0\0\0b", 3, out), 3);
    assert_memory_equal(out, "a\0b", 3);
}

static void test_all_units(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x10000; c++) {
        const char units[] = { 'x', 0, (char)c, (char)(c >> 8), 'y', 0 };
        char out[3 * UTF8_PER_UNIT];
        size_t len = utf16le_to_utf8(units, 3, out);
        size_t wanted = c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
        assert_int_equal(len, wanted + 2);
        assert_true(out[0] == 'x' && out[len - 1] == 'y');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_all_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
