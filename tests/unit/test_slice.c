/* Slices: comparison, search, cutting, numbers, and the difference of absent and empty. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/slice.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_equal(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal, icase;
    } cases[] = {
        { "", "", true, true },
        { "a", "a", true, true },
        { "a", "A", false, true },
        { "abc", "ab", false, false },
        { "Z", "z", false, true },
        { "[", "{", false, false }, /* 0x20 apart, no letters */
        { "@", "`", false, false },
        { "\xC3\x84", "\xC3\xA4", false, false },
        { "a.ASPX", "A.aspx", false, true },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice a = slice_from(cases[i].a), b = slice_from(cases[i].b);
        if (slice_eq(a, b) != cases[i].equal || slice_icase_eq(a, b) != cases[i].icase)
            fail_msg("'%s' and '%s'", cases[i].a, cases[i].b);
        assert_int_equal(slice_hash(a, true) == slice_hash(b, true), cases[i].icase);
    }
    assert_true(slice_eq(SLICE_NULL, SLICE_LIT("")));
    assert_true(slice_eq(slice_of("a\0b", 3), slice_of("a\0b", 3)));
    assert_false(slice_eq(slice_of("a\0b", 3), slice_of("a\0c", 3)));
}

static void test_starts_and_ends(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
        bool starts, icase_starts, icase_ends;
    } cases[] = {
        { "", "", true, true, true },
        { "", "a", false, false, false },
        { "abc", "", true, true, true },
        { "abc", "ab", true, true, false },
        { "abc", "AB", false, true, false },
        { "abc", "BC", false, false, true },
        { "abc", "abcd", false, false, false },
        { "#Fields: x", "#fields:", false, true, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice text = slice_from(cases[i].text), part = slice_from(cases[i].part);
        if (slice_starts(text, part) != cases[i].starts ||
            slice_icase_starts(text, part) != cases[i].icase_starts ||
            slice_icase_ends(text, part) != cases[i].icase_ends)
            fail_msg("'%s' and '%s'", cases[i].text, cases[i].part);
    }
}

/* Wherever it stands in texts of any length, and a place earlier that is one letter off. */
static void test_find_everywhere(void **state)
{
    (void)state;
    char text[200];
    for (size_t len = 4; len <= sizeof text; len++)
        for (size_t at = 0; at + 4 <= len; at++) {
            memset(text, 'a', len);
            memcpy(text + at, "aBc/", 4);
            if (at >= 4)
                memcpy(text + at - 4, "ABC.", 4);
            assert_int_equal(slice_icase_find(slice_of(text, len), SLICE_LIT("AbC/")), at);
            text[at + 3] = 'x';
            assert_true(slice_icase_find(slice_of(text, len), SLICE_LIT("abc/")) == SIZE_MAX);
        }
}

static void test_find(void **state)
{
    (void)state;
    static const struct {
        const char *text, *needle;
        size_t at, icase_at;
    } cases[] = {
        { "", "", 0, 0 },
        { "abc", "", 0, 0 },
        { "", "a", SIZE_MAX, SIZE_MAX },
        { "abc", "abc", 0, 0 },
        { "abc", "c", 2, 2 },
        { "abc", "C", SIZE_MAX, 2 },
        { "abc", "abcd", SIZE_MAX, SIZE_MAX },
        { "aab", "ab", 1, 1 },
        { "aaab", "aab", 1, 1 },
        { "xAbAB", "ab", SIZE_MAX, 1 },
        { "ababac", "abac", 2, 2 },
        { "aaaa", "b", SIZE_MAX, SIZE_MAX },
        { "abcab", "abd", SIZE_MAX, SIZE_MAX },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice text = slice_from(cases[i].text), needle = slice_from(cases[i].needle);
        assert_true(slice_find(text, needle) == cases[i].at);
        assert_true(slice_icase_find(text, needle) == cases[i].icase_at);
        assert_true(slice_has(text, needle) == (cases[i].at != SIZE_MAX));
        assert_true(slice_icase_has(text, needle) == (cases[i].icase_at != SIZE_MAX));
    }
    assert_true(slice_find(SLICE_NULL, SLICE_LIT("a")) == SIZE_MAX);
    assert_true(slice_icase_find(SLICE_NULL, SLICE_LIT("a")) == SIZE_MAX);
    assert_true(slice_find_char(SLICE_NULL, 'a') == SIZE_MAX);
    assert_int_equal(slice_find_char(slice_of("a\0b", 3), '\0'), 1);
}

static void test_parts(void **state)
{
    (void)state;
    struct slice s = SLICE_LIT("abc");
    assert_true(slice_eq(slice_from_offset(s, 1), SLICE_LIT("bc")));
    assert_true(slice_eq(slice_from_offset(s, 3), SLICE_LIT("")));
    assert_ptr_equal(slice_from_offset(s, SIZE_MAX).ptr, s.ptr + 3);
    assert_true(slice_eq(slice_first(s, 2), SLICE_LIT("ab")));
    assert_true(slice_eq(slice_first(s, SIZE_MAX), s));
}

static void test_trim(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "", "" },
        { " ", "" },
        { " \t\r\n ", "" },
        { "a", "a" },
        { " a b ", "a b" },
        { "\xC2\xA0"
          "a",
          "\xC2\xA0"
          "a" },
        { "a\r\n", "a" },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_true(slice_eq(slice_trim(slice_from(cases[i][0])), slice_from(cases[i][1])));
    assert_null(slice_trim(SLICE_NULL).ptr);
}

static void test_cut(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t parts; /* "a,,b" has three */
        const char *last;
    } cases[] = {
        { "", 1, "" }, { ",", 2, "" }, { "a", 1, "a" }, { "a,", 2, "" }, { "a,,b", 3, "b" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice rest = slice_from(cases[i].text), part = SLICE_NULL;
        size_t parts = 0;
        for (; rest.ptr; parts++)
            part = slice_cut(&rest, ',');
        assert_int_equal(parts, cases[i].parts);
        assert_true(slice_eq(part, slice_from(cases[i].last)));
    }
}

static void test_to_u64(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
        uint64_t value;
    } cases[] = {
        { "0", true, 0 },
        { "007", true, 7 },
        { "18446744073709551615", true, UINT64_MAX },
        { "18446744073709551616", false, 0 },
        { "99999999999999999999", false, 0 },
        { "100000000000000000000", false, 0 },
        { "", false, 0 },
        { "-1", false, 0 },
        { "+1", false, 0 },
        { " 1", false, 0 },
        { "1 ", false, 0 },
        { "0x1", false, 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t value = 0;
        if (slice_to_u64(slice_from(cases[i].text), &value) != cases[i].valid ||
            value != cases[i].value)
            fail_msg("'%s'", cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal), cmocka_unit_test(test_starts_and_ends),
        cmocka_unit_test(test_find),  cmocka_unit_test(test_find_everywhere),
        cmocka_unit_test(test_parts), cmocka_unit_test(test_trim),
        cmocka_unit_test(test_cut),   cmocka_unit_test(test_to_u64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
