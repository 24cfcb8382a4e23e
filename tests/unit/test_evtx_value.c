/* Each type of value as Windows writes it, of the right size and of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "events/evtx.h"

struct example {
    uint8_t type;
    uint32_t len;
    const char *bytes;
    const char *text; /* elements of an array joined by |, NUL as ? */
};

static const struct example examples[] = {
    { 0x00, 0, "", "" },
    { 0x01, 6, "a\0b\0c", "abc" },
    { 0x01, 8, "a\0b\0\0\0\0", "ab" },
    { 0x01, 6, "a\0\0\0b", "a?b" },
    { 0x01, 3, "a\0b", "a" },
    { 0x02, 3, "a\x80\xff", "a\xe2\x82\xac\xc3\xbf" },
    { 0x02, 4, "ab\0", "ab" },
    { 0x02, 1, "\x81", "\xc2\x81" },
    { 0x03, 1, "\xff", "-1" },
    { 0x04, 1, "\xff", "255" },
    { 0x05, 2, "\0\x80", "-32768" },
    { 0x06, 2, "\xff\xff", "65535" },
    { 0x07, 4, "\xfe\xff\xff\xff", "-2" },
    { 0x08, 4, "\xfe\xff\xff\xff", "4294967294" },
    { 0x08, 2, "\x01\x02", "513" },
    { 0x08, 0, "", "0" },
    { 0x09, 8, "\0\0\0\0\0\0\0\x80", "-9223372036854775808" },
    { 0x0a, 8, "\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615" },
    { 0x0b, 4, "\0\0\xc0\x3f", "1.5" },
    { 0x0b, 4, "\xcd\xcc\xcc\x3d", "0.1" },
    { 0x0b, 4, "\0\0\x80\x7f", "inf" },
    { 0x0c, 8, "\x9a\x99\x99\x99\x99\x99\xb9\x3f", "0.1" },
    { 0x0c, 8, "\0\0\0\0\0\0\xf8\x7f", "nan" },
    { 0x0d, 4, "\0\0\0", "false" },
    { 0x0d, 4, "\x01\0\0", "true" },
    { 0x0d, 4, "\x02\0\0", "true" },
    { 0x0d, 1, "\x01", "true" },
    { 0x0d, 3, "\0\0\x01", "true" },
    { 0x0e, 3, "\x00\xab\x0f", "00AB0F" },
    { 0x0f, 16, "\x85\x38\x77\x57\x2a\xc2\xe0\x43\xbf\x4c\x06\xf5\x69\x8f\xfb\xd9",
      "{57773885-c22a-43e0-bf4c-06f5698ffbd9}" },
    { 0x0f, 2, "\x01\x02", "0102" },
    { 0x10, 4, "\xf4\x01\0", "0x1f4" },
    { 0x10, 8, "\0\0\0\0\x01\0\0", "0x100000000" },
    { 0x11, 8, "\x87\x6a\x02\xbc\xfa\x0f\xd7\x01", "2021-03-03T06:59:20.1234567Z" },
    { 0x11, 8, "\0\0\0\0\0\0\0", "1601-01-01T00:00:00.0000000Z" },
    { 0x11, 8, "\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615" },
    { 0x12, 16, "\xe5\x07\x03\0\x03\0\x03\0\x06\0\x3b\0\x14\0\x7b",
      "2021-03-03T06:59:20.123Z" },
    { 0x12, 16, "\xe5\x07\x0d\0\x03\0\x03\0\x06\0\x3b\0\x14\0\x7b",
      "E5070D0003000300"
      "06003B0014007B00" },
    { 0x12, 2, "\xe5\x07", "E507" },
    { 0x13, 12, "\x01\x01\0\0\0\0\0\x05\x12\0\0", "S-1-5-18" },
    { 0x13, 28,
      "\x01\x05\0\0\0\0\0\x05\x15\0\0\0\x01\0\0\0\x02\0\0\0\xff\xff\xff\xff\xf4\x01\0",
      "S-1-5-21-1-2-4294967295-500" },
    { 0x13, 8, "\x01\0\x01\0\0\0\0", "S-1-0x010000000000" },
    { 0x13, 8, "\x01\x02\0\0\0\0\0\x05", "0102000000000005" },
    { 0x13, 1, "\x01", "01" },
    { 0x14, 4, "\xff\xff\xff\xff", "0xffffffff" },
    { 0x14, 4, "\0\0\0", "0x0" },
    { 0x15, 8, "\0\0\0\0\0\0\0\x80", "0x8000000000000000" },
    { 0x20, 4, "\x10\0\0", "0x10" },
    { 0x23, 6, "<\0a\0>", "<a>" },
    { 0x42, 2, "\x01\x02", "0102" },
    { EVTX_VALUE_TEXT, 3, "abc", "abc" },
    { 0x81, 12, "a\0\0\0b\0\0\0c\0\0", "a|b|c" },
    { 0x81, 10, "a\0\0\0\0\0c\0\0", "a||c" },
    { 0x81, 2, "a", "a" },
    { 0x81, 1, "a", "" },
    { 0x81, 0, "", "" },
    { 0x82, 5, "a\0b\0", "a|b|" },
    { 0x82, 4, "a\0b", "a|b" },
    { 0x83, 2, "\x01\xff", "1|-1" },
    { 0x86, 4, "\x01\0\x02", "1|2" },
    { 0x86, 3, "\x01\0\x02", "1|2" },
    { 0x88, 8, "\x01\0\0\0\x02\0\0", "1|2" },
    { 0x8d, 8, "\x01\0\0\0\0\0\0", "true|false" },
    { 0x8f, 32, "0123456789abcdef0123456789abcdef",
      "{33323130-3534-3736-3839-616263646566}|{33323130-3534-3736-3839-616263646566}" },
    { 0x90, 8, "\x01\0\0\0\0\0\0", "0x1" },
    { 0x90, 12, "\x01\0\0\0\x02\0\0\0\x03\0\0", "0x1|0x2|0x3" },
    { 0x93, 24, "\x01\x01\0\0\0\0\0\x05\x12\0\0\0\x01\x01\0\0\0\0\0\x05\x13\0\0",
      "S-1-5-18|S-1-5-19" },
    { 0x94, 8, "\x01\0\0\0\x02\0\0", "0x1|0x2" },
    { 0x8e, 2, "\x01\x02", "0102" },
};

static struct evtx_value value_of(const struct example *e)
{
    return (struct evtx_value){ e->type, e->len, e->bytes };
}

static void test_text(void **state)
{
    (void)state;
    struct arena scratch = ARENA_INIT;
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct evtx_value value = value_of(&examples[i]);
        size_t count = evtx_value_count(&value);
        buf_clear(&out);
        buf_add(&out, "", 0);
        for (size_t k = 0; k < count; k++) {
            struct slice text = evtx_value_text(&value, k, &scratch);
            assert_non_null(text.ptr);
            if (k > 0)
                buf_add_char(&out, '|');
            for (size_t n = 0; n < text.len; n++)
                buf_add_char(&out, text.ptr[n] ? text.ptr[n] : '?');
        }
        if (!slice_eq(buf_slice(&out), slice_from(examples[i].text)))
            fail_msg("example %zu: '%s' is not '%s'", i, out.ptr, examples[i].text);
        assert_null(evtx_value_text(&value, count, &scratch).ptr);
    }
    buf_deinit(&out);
    arena_deinit(&scratch);
}

/* The same by steps and into a buffer. */
static void test_items(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct evtx_value item, value = value_of(&examples[i]);
        struct slice text = slice_from(examples[i].text);
        size_t at = 0, count = 0, len = 0;
        buf_clear(&out);
        for (; evtx_value_item(&value, &at, &item); count++) {
            assert_true(at > 0 && (at <= value.len || count == 0));
            assert_true(evtx_value_add(&item, &out));
            len = out.len + count;
        }
        assert_int_equal(count, evtx_value_count(&value));
        assert_int_equal(len, text.len);
    }
    buf_deinit(&out);
}

static void test_absent(void **state)
{
    (void)state;
    const struct evtx_value absent = { EVTX_VALUE_TEXT, 0, NULL };
    struct arena scratch = ARENA_INIT;
    struct buf out = BUF_INIT;
    uint64_t number;
    assert_int_equal(evtx_value_count(&absent), 0);
    assert_null(evtx_value_text(&absent, 0, &scratch).ptr);
    assert_false(evtx_value_add(&absent, &out));
    assert_false(evtx_value_u64(&absent, &number));
    assert_true(evtx_value_time(&absent) == TIME_NONE);
    buf_deinit(&out);
    arena_deinit(&scratch);
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        struct evtx_value value;
        bool whole;
        uint64_t number;
    } cases[] = {
        { { 0x06, 2, "\x10\x12" }, true, 4624 },
        { { 0x15, 8, "\x01\0\0\0\0\0\0\x80" }, true, UINT64_C(0x8000000000000001) },
        { { 0x01, 8,
            "4\0"
            "6\0"
            "2\0"
            "4" },
          true,
          4624 },
        { { 0x01, 4, "4\0x" }, false, 0 },
        { { 0x01, 0, "" }, false, 0 },
        { { EVTX_VALUE_TEXT, 2, "17" }, true, 17 },
        { { EVTX_VALUE_TEXT, 2, "-1" }, false, 0 },
        { { 0x0e, 1, "\x01" }, false, 0 },
        { { 0x86, 2, "\x01" }, false, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t number = 0;
        assert_int_equal(evtx_value_u64(&cases[i].value, &number), cases[i].whole);
        assert_true(number == cases[i].number || !cases[i].whole);
    }
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        struct evtx_value value;
        int64_t ms;
    } cases[] = {
        { { 0x11, 8, "\x87\x6a\x02\xbc\xfa\x0f\xd7\x01" }, INT64_C(1614754760123) },
        { { 0x11, 8, "\0\0\0\0\0\0\0" }, TIME_NONE },
        { { 0x12, 16, "\xe5\x07\x03\0\x03\0\x03\0\x06\0\x3b\0\x14\0\x7b" },
          INT64_C(1614754760123) },
        { { EVTX_VALUE_TEXT, 20, "2021-03-03T06:59:20Z" }, INT64_C(1614754760000) },
        { { 0x04, 1, "\x01" }, TIME_NONE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(evtx_value_time(&cases[i].value) == cases[i].ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),   cmocka_unit_test(test_items),
        cmocka_unit_test(test_absent), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
