/* Text of the attacker in documents: nothing that moves the cursor, reorders or breaks JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/escape.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define REPLACED "\xEF\xBF\xBD"

static void test_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t first;
        size_t used;
        bool valid;
    } cases[] = {
        { "a", 'a', 1, true },
        { "\xC3\xA4", 0xe4, 2, true },
        { "\xE2\x82\xAC", 0x20ac, 3, true },
        { "\xF0\x9F\x98\x80", 0x1f600, 4, true },
        { "\xF4\x8F\xBF\xBF", 0x10ffff, 4, true },
        { "\x80", 0xfffd, 1, false },
        { "\xC3", 0xfffd, 1, false },
        { "\xC3(", 0xfffd, 1, false },
        { "\xC0\x80", 0xfffd, 1, false }, /* overlong NUL */
        { "\xC1\xBF", 0xfffd, 1, false },
        { "\xE0\x80\xAF", 0xfffd, 1, false }, /* overlong '/' */
        { "\xF0\x80\x80\xAF", 0xfffd, 1, false },
        { "\xED\xA0\x80", 0xfffd, 1, false }, /* surrogate */
        { "\xF4\x90\x80\x80", 0xfffd, 1, false },
        { "\xF5\x80\x80\x80", 0xfffd, 1, false },
        { "\xFF", 0xfffd, 1, false },
        { "\xE2\x82", 0xfffd, 1, false },
        { "\xF0\x9F\x98", 0xfffd, 1, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t pos = 0;
        struct slice s = slice_from(cases[i].text);
        assert_int_equal(utf8_next(s, &pos), cases[i].first);
        assert_int_equal(pos, cases[i].used);
        assert_int_equal(utf8_valid(s), cases[i].valid);
    }
    assert_true(utf8_valid(SLICE_NULL));
}

static void test_text(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "", "" },
        { "plain /owa?x=1", "plain /owa?x=1" },
        { "\x1b[2J", "\\x1b[2J" },
        { "a\nb\r\tc", "a\\x0ab\\x0d\\x09c" },
        { "\x7f", "\\x7f" },
        { "\xC2\x9B"
          "31m",
          "\\u{009b}31m" }, /* C1 CSI */
        /* NOLINTNEXTLINE(misc-misleading-bidirectional): the point of the test */
        { "\xE2\x80\xAE"
          "gpj",
          "\\u{202e}gpj" },              /* right-to-left override */
        { "\xE2\x81\xA6", "\\u{2066}" }, /* NOLINT(misc-misleading-bidirectional) */
        { "\xE2\x80\xA8", "\\u{2028}" },
        { "\xE2\x80\x8B", "\\u{200b}" },
        { "\xEF\xBB\xBF", "\\u{feff}" },
        { "\xF3\xA0\x80\x81", "\\u{e0001}" },
        { "\x9b", REPLACED },
        { "\xC3\xA4", "\xC3\xA4" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf buf = BUF_INIT;
        buf_add_text(&buf, "");
        escape_text(&buf, slice_from(cases[i][0]));
        assert_string_equal(buf.ptr, cases[i][1]);
        buf_deinit(&buf);
    }
}

static void test_json(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "", "" },
        { "plain", "plain" },
        { "a\"b\\c", "a\\\"b\\\\c" },
        { "\n\r\t\b", "\\n\\r\\t\\u0008" },
        { "\x01\x1f\x7f", "\\u0001\\u001f\\u007f" },
        { "\xE2\x80\xA8\xE2\x80\xA9", "\\u2028\\u2029" },
        { "\xC3\xA4\xFF", "\xC3\xA4" REPLACED },
        { "</script>", "</script>" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf buf = BUF_INIT;
        buf_add_text(&buf, "");
        escape_json(&buf, slice_from(cases[i][0]));
        assert_string_equal(buf.ptr, cases[i][1]);
        buf_deinit(&buf);
    }
    struct buf buf = BUF_INIT;
    escape_json(&buf, slice_of("a\0b", 3));
    assert_string_equal(buf.ptr, "a\\u0000b");
    buf_deinit(&buf);
}

/* Whatever goes in, valid UTF-8 without control characters comes out. */
static void test_any_bytes(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 2000; round++) {
        char bytes[24];
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (char)(seed >> 24);
        }
        struct buf buf = BUF_INIT;
        escape_text(&buf, slice_of(bytes, sizeof bytes));
        escape_json(&buf, slice_of(bytes, sizeof bytes));
        assert_true(utf8_valid(buf_slice(&buf)));
        for (size_t i = 0; i < buf.len; i++)
            assert_true((unsigned char)buf.ptr[i] >= 0x20 && buf.ptr[i] != 0x7f);
        buf_deinit(&buf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
