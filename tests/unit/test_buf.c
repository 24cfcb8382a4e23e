/* The growing buffer, UTF-8 writing, and the wire form with a reader that must never overrun.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/buf.h"

static void test_add(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    assert_non_null(buf_slice(&buf).ptr);
    assert_int_equal(buf_slice(&buf).len, 0);
    buf_add(&buf, NULL, 0);
    assert_string_equal(buf.ptr, "");
    buf_add_text(&buf, "ab");
    buf_add_char(&buf, 'c');
    buf_add_slice(&buf, SLICE_NULL);
    buf_add_slice(&buf, SLICE_LIT("de"));
    buf_printf(&buf, "%d%s", 42, "");
    buf_printf(&buf, "%s", "");
    assert_string_equal(buf.ptr, "abcde42");
    buf_clear(&buf);
    assert_int_equal(buf.len, 0);
    assert_string_equal(buf.ptr, "");
    for (int i = 0; i < 10000; i++) {
        buf_add_char(&buf, 'x');
        assert_int_equal(buf.ptr[buf.len], '\0');
    }
    buf_printf(&buf, "%08000d", 7);
    assert_int_equal(buf.len, 18000);
    buf_deinit(&buf);
    buf_clear(&buf);
    buf_deinit(&buf);
}

static void test_utf8(void **state)
{
    (void)state;
    static const struct {
        uint32_t c;
        const char *bytes;
    } cases[] = {
        { 'a', "a" },
        { 0x7f, "\x7f" },
        { 0x80, "\xC2\x80" },
        { 0x7ff, "\xDF\xBF" },
        { 0x800, "\xE0\xA0\x80" },
        { 0xd7ff, "\xED\x9F\xBF" },
        { 0xd800, "\xEF\xBF\xBD" },
        { 0xdfff, "\xEF\xBF\xBD" },
        { 0xe000, "\xEE\x80\x80" },
        { 0xffff, "\xEF\xBF\xBF" },
        { 0x10000, "\xF0\x90\x80\x80" },
        { 0x10ffff, "\xF4\x8F\xBF\xBF" },
        { 0x110000, "\xEF\xBF\xBD" },
        { UINT32_MAX, "\xEF\xBF\xBD" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf buf = BUF_INIT;
        buf_add_utf8(&buf, cases[i].c);
        assert_string_equal(buf.ptr, cases[i].bytes);
        buf_deinit(&buf);
    }
}

static void put_all(struct buf *buf)
{
    buf_put_u8(buf, 0xfe);
    buf_put_u32(buf, 0x01020304);
    buf_put_u64(buf, UINT64_C(0xfedcba9876543210));
    buf_put_text(buf, SLICE_LIT("text"));
    buf_put_text(buf, SLICE_NULL);
    buf_put_text(buf, SLICE_LIT(""));
    buf_put_text(buf, slice_of("\0", 1));
}

static void test_wire(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    put_all(&buf);
    assert_memory_equal(buf.ptr, "\xfe\x04\x03\x02\x01\x10\x32", 7);
    struct wire wire = { buf.ptr, buf.len, false };
    assert_int_equal(wire_u8(&wire), 0xfe);
    assert_int_equal(wire_u32(&wire), 0x01020304);
    assert_true(wire_u64(&wire) == UINT64_C(0xfedcba9876543210));
    assert_true(slice_eq(wire_text(&wire), SLICE_LIT("text")));
    assert_null(wire_text(&wire).ptr);
    struct slice empty = wire_text(&wire);
    assert_true(empty.ptr && empty.len == 0);
    assert_int_equal(wire_text(&wire).len, 1);
    assert_false(wire.failed);
    assert_int_equal(wire.len, 0);
    assert_int_equal(wire_u8(&wire), 0);
    assert_true(wire.failed);
    assert_null(wire_text(&wire).ptr);
    buf_deinit(&buf);
}

/* Every prefix of a message, in memory of exactly its size, fails without reading further. */
static void test_wire_cut(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    put_all(&buf);
    for (size_t len = 0; len < buf.len; len++) {
        char *exact = malloc(len ? len : 1);
        assert_non_null(exact);
        memcpy(exact, buf.ptr, len);
        struct wire wire = { exact, len, false };
        wire_u8(&wire);
        wire_u32(&wire);
        wire_u64(&wire);
        for (int i = 0; i < 4; i++)
            wire_text(&wire);
        assert_true(wire.failed);
        assert_int_equal(wire_u64(&wire), 0);
        free(exact);
    }
    buf_deinit(&buf);
}

static void test_wire_lies(void **state)
{
    (void)state;
    static const char *const lengths[] = { "\xfe\xff\xff\xff", "\x05\0\0\0", "\0\0\0\x80" };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char message[8] = "....abcd";
        memcpy(message, lengths[i], 4);
        struct wire wire = { message, sizeof message, false };
        assert_null(wire_text(&wire).ptr);
        assert_true(wire.failed);
    }
}

static void test_wire_text_is_cut(void **state)
{
    (void)state;
    const size_t size = (16U << 20) + 5;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, 'x', size);
    struct buf buf = BUF_INIT;
    buf_put_text(&buf, slice_of(text, size));
    struct wire wire = { buf.ptr, buf.len, false };
    assert_int_equal(wire_text(&wire).len, 16U << 20);
    assert_int_equal(wire.len, 0);
    buf_deinit(&buf);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),       cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_wire),      cmocka_unit_test(test_wire_cut),
        cmocka_unit_test(test_wire_lies), cmocka_unit_test(test_wire_text_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
