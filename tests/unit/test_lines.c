/* Blocks of whole lines: borders, long lines, UTF-16 with true offsets, damage in mid-stream.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "evidence/lines.h"
#include "temp_file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct lines *open_lines(const struct temp_file *file, uint64_t start, bool skip_first)
{
    struct source *source;
    struct err err = ERR_INIT;
    assert_int_equal(source_open(&source, file->path, start, UINT64_MAX, &err), 0);
    return lines_open(source, start, skip_first);
}

/* All text, and the rules that hold for every block. */
static int read_all(struct lines *lines, struct buf *out, struct block *last, struct err *err)
{
    struct block block;
    int got;
    while ((got = lines_next(lines, &block, err)) > 0) {
        assert_true(block.text.len > 0);
        assert_false(last->truncated);
        char end = block.text.ptr[block.text.len - 1];
        assert_true(end == '\n' || block.cut || block.truncated);
        buf_add_slice(out, block.text);
        *last = block;
    }
    last->text = SLICE_NULL; /* its buffer has moved on */
    return got;
}

static void test_small_files(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool truncated;
    } cases[] = {
        { "", false },           { "\n", false },    { "a\n", false },    { "a", true },
        { "a\r\nb\r\n", false }, { "a\r\nb", true }, { "\n\n\n", false }, { "a\nb\r", true },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct temp_file file = temp_file_write(slice_from(cases[i].text));
        struct lines *lines = open_lines(&file, 0, false);
        struct buf read = BUF_INIT;
        struct block last = { SLICE_NULL, false, false };
        struct err err = ERR_INIT;
        assert_int_equal(read_all(lines, &read, &last, &err), 0);
        assert_true(slice_eq(buf_slice(&read), slice_from(cases[i].text)));
        assert_int_equal(last.truncated, cases[i].truncated);
        assert_false(last.cut);
        assert_int_equal(lines_next(lines, &last, &err), 0); /* and stays at the end */
        buf_deinit(&read);
        lines_close(lines);
        temp_file_remove(&file);
    }
    lines_close(NULL);
}

/* Files of whole lines whose lengths wander across the border of a block. */
static void test_block_borders(void **state)
{
    (void)state;
    for (size_t around = BLOCK_BYTES - 3; around <= BLOCK_BYTES + 3; around++) {
        struct buf text = BUF_INIT, read = BUF_INIT;
        while (text.len + 9 < around)
            buf_add_text(&text, "1234567\n");
        while (text.len + 1 < around)
            buf_add_char(&text, 'x');
        buf_add_text(&text, "\nnext\nlast\n");
        struct temp_file file = temp_file_write(buf_slice(&text));
        struct lines *lines = open_lines(&file, 0, false);
        struct block block;
        struct err err = ERR_INIT;
        while (lines_next(lines, &block, &err) > 0) {
            assert_int_equal(lines_offset(lines, block.text.ptr), read.len);
            assert_int_equal(block.text.ptr[block.text.len - 1], '\n');
            buf_add_slice(&read, block.text);
            assert_int_equal(lines_offset(lines, block.text.ptr + block.text.len), read.len);
        }
        assert_true(slice_eq(buf_slice(&read), buf_slice(&text)));
        buf_deinit(&text);
        buf_deinit(&read);
        lines_close(lines);
        temp_file_remove(&file);
    }
}

static void test_long_line(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    buf_add_text(&text, "short\n");
    for (int i = 0; i < 300 * 1024; i++)
        buf_add_char(&text, 'x');
    buf_add_text(&text, "\nshort\n");
    struct temp_file file = temp_file_write(buf_slice(&text));
    struct lines *lines = open_lines(&file, 0, false);
    struct buf read = BUF_INIT;
    struct block last = { SLICE_NULL, false, false };
    struct err err = ERR_INIT;
    assert_int_equal(read_all(lines, &read, &last, &err), 0);
    assert_true(slice_eq(buf_slice(&read), buf_slice(&text)));
    assert_false(last.cut || last.truncated);
    buf_deinit(&text);
    buf_deinit(&read);
    lines_close(lines);
    temp_file_remove(&file);
}

static void test_line_of_17_megabytes_is_cut(void **state)
{
    (void)state;
    const size_t size = 17U << 20;
    struct buf text = BUF_INIT;
    buf_add_text(&text, "before\n");
    buf_reserve(&text, size);
    memset(text.ptr + text.len, 'x', size);
    text.len += size;
    buf_add_text(&text, "\nafter\n");
    struct temp_file file = temp_file_write(buf_slice(&text));
    struct lines *lines = open_lines(&file, 0, false);
    struct buf read = BUF_INIT;
    struct block block;
    struct err err = ERR_INIT;
    size_t cuts = 0;
    while (lines_next(lines, &block, &err) > 0) {
        assert_int_equal(lines_offset(lines, block.text.ptr), read.len);
        assert_true(block.text.len <= LINE_BYTES_MAX + BLOCK_BYTES);
        assert_false(block.truncated);
        cuts += block.cut;
        buf_add_slice(&read, block.text);
    }
    assert_int_equal(cuts, 1);
    assert_true(slice_eq(buf_slice(&read), buf_slice(&text)));
    buf_deinit(&text);
    buf_deinit(&read);
    lines_close(lines);
    temp_file_remove(&file);
}

static void test_start_in_mid_file(void **state)
{
    (void)state;
    static const struct {
        uint64_t start;
        bool skip_first;
        uint64_t offset;
        const char *text;
    } cases[] = {
        { 0, false, 0, "one\ntwo\nthree" },
        { 0, true, 4, "two\nthree" },
        { 3, true, 4, "two\nthree" },
        { 4, true, 8, "three" },
        { 4, false, 4, "two\nthree" },
        { 8, true, 0, NULL },
        { 13, true, 0, NULL },
        { 99, false, 0, NULL },
    };
    struct temp_file file = temp_file_write(SLICE_LIT("one\ntwo\nthree"));
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct lines *lines = open_lines(&file, cases[i].start, cases[i].skip_first);
        struct buf read = BUF_INIT;
        struct block block;
        struct err err = ERR_INIT;
        bool first = true;
        for (; lines_next(lines, &block, &err) > 0; first = false) {
            assert_true(!first || lines_offset(lines, block.text.ptr) == cases[i].offset);
            buf_add_slice(&read, block.text);
        }
        if (!slice_eq(buf_slice(&read), slice_from(cases[i].text)))
            fail_msg("case %zu: '%.*s'", i, SLICE_FMT(buf_slice(&read)));
        buf_deinit(&read);
        lines_close(lines);
    }
    temp_file_remove(&file);
}

static void test_skipped_line_longer_than_a_block(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < (size_t)3 * BLOCK_BYTES; i++)
        buf_add_char(&text, 'x');
    buf_add_text(&text, "\nafter\n");
    struct temp_file file = temp_file_write(buf_slice(&text));
    struct lines *lines = open_lines(&file, 0, true);
    struct block block;
    struct err err = ERR_INIT;
    assert_int_equal(lines_next(lines, &block, &err), 1);
    assert_true(slice_eq(block.text, SLICE_LIT("after\n")));
    assert_int_equal(lines_offset(lines, block.text.ptr), 3 * BLOCK_BYTES + 1);
    buf_deinit(&text);
    lines_close(lines);
    temp_file_remove(&file);
}

/* --- UTF-16 --- */

static void put_unit(struct buf *buf, unsigned unit, bool big)
{
    buf_add_char(buf, (char)(big ? unit >> 8 : unit));
    buf_add_char(buf, (char)(big ? unit : unit >> 8));
}

static void put_units(struct buf *buf, const unsigned *units, size_t count, bool big)
{
    for (size_t i = 0; i < count; i++)
        put_unit(buf, units[i], big);
}

static void test_utf16_conversion(void **state)
{
    (void)state;
    static const struct {
        unsigned units[8];
        size_t count;
        const char *text;
    } cases[] = {
        { { 'a', 'b', '\r', '\n' }, 4, "ab\r\n" },
        { { 0xe4, 0x20ac, '\n' }, 3, "\xC3\xA4\xE2\x82\xAC\n" },
        { { 0xd83d, 0xde00, '\n' }, 3, "\xF0\x9F\x98\x80\n" },
        { { 0xd83d, '\n' }, 2, "\xEF\xBF\xBD\n" }, /* lone high */
        { { 0xde00, '\n' }, 2, "\xEF\xBF\xBD\n" }, /* lone low */
        { { 0xd83d, 0xd83d, 0xde00, '\n' }, 4, "\xEF\xBF\xBD\xF0\x9F\x98\x80\n" },
        { { 0xde00, 0xd83d, '\n' }, 3, "\xEF\xBF\xBD\xEF\xBF\xBD\n" },
        { { 'a', 0xd83d }, 2, "a\xEF\xBF\xBD" }, /* lone high, last of the file */
        { { 0xffff, 0xfffe, '\n' }, 3, "\xEF\xBF\xBF\xEF\xBF\xBE\n" },
    };
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        bool big = i % 2;
        struct buf bytes = BUF_INIT, read = BUF_INIT;
        put_unit(&bytes, 0xfeff, big);
        put_units(&bytes, cases[i / 2].units, cases[i / 2].count, big);
        struct temp_file file = temp_file_write(buf_slice(&bytes));
        struct lines *lines = open_lines(&file, 0, false);
        struct block last = { SLICE_NULL, false, false };
        struct err err = ERR_INIT;
        assert_int_equal(read_all(lines, &read, &last, &err), 0);
        assert_true(slice_starts(buf_slice(&read), SLICE_LIT("\xEF\xBB\xBF")));
        if (strcmp(read.ptr + 3, cases[i / 2].text) != 0)
            fail_msg("case %zu: %s", i / 2, read.ptr + 3);
        buf_deinit(&bytes);
        buf_deinit(&read);
        lines_close(lines);
        temp_file_remove(&file);
    }
}

/* Many lines with characters of every length: the offset of each is the one it was written at.
 */
static void check_utf16_offsets(bool big, bool mark, bool compressed)
{
    static const unsigned pool[] = { 'a', 'a', 'a',  'a',    'a',    'a',    'a',
                                     'a', 'a', 0xe4, 0x20ac, 0xd83d, 0xde00, 0 };
    enum { LINES = 20000 };
    struct buf bytes = BUF_INIT;
    AUTO_FREE uint64_t *offsets = mem_alloc(LINES * sizeof *offsets);
    uint32_t seed = 3;
    if (mark)
        put_unit(&bytes, 0xfeff, big);
    for (size_t i = 0; i < LINES; i++) {
        offsets[i] = i ? bytes.len : 0; /* the mark belongs to the first line */
        for (unsigned k = i ? 0 : 20; k < 20; k++) {
            seed = seed * 1664525 + 1013904223;
            put_unit(&bytes, pool[(seed >> 24) % (COUNT(pool) - 1)], big);
        }
        for (unsigned k = 0; i == 0 && k < 5000; k++) /* lets the kind be guessed */
            put_unit(&bytes, 'h', big);
        put_unit(&bytes, '\n', big);
    }
    struct temp_file file =
        compressed ? temp_file_gzip(buf_slice(&bytes), 1) : temp_file_write(buf_slice(&bytes));
    struct lines *lines = open_lines(&file, 0, false);
    struct block block;
    struct err err = ERR_INIT;
    size_t line = 0;
    while (lines_next(lines, &block, &err) > 0) {
        for (struct slice rest = block.text; rest.ptr && rest.len; slice_cut(&rest, '\n'))
            assert_int_equal(lines_offset(lines, rest.ptr), offsets[line++]);
        /* Asking backwards is allowed, too. */
        assert_true(lines_offset(lines, block.text.ptr + block.text.len) >
                    lines_offset(lines, block.text.ptr));
    }
    assert_int_equal(line, LINES);
    assert_int_equal(err.code, ERR_NONE);
    buf_deinit(&bytes);
    lines_close(lines);
    temp_file_remove(&file);
}

static void test_utf16_offsets(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++)
        check_utf16_offsets(i & 1, i >> 1 & 1, i >> 2 & 1);
}

static void test_utf16_odd_byte(void **state)
{
    (void)state;
    struct temp_file file = temp_file_write(slice_of("\xFF\xFE"
                                                     "a\0\n\0b",
                                                     7));
    struct lines *lines = open_lines(&file, 0, false);
    struct buf read = BUF_INIT;
    struct block last = { SLICE_NULL, false, false };
    struct err err = ERR_INIT;
    assert_int_equal(read_all(lines, &read, &last, &err), 0);
    assert_true(slice_starts(buf_slice(&read), SLICE_LIT("\xEF\xBB\xBF"
                                                         "a\n")));
    buf_deinit(&read);
    lines_close(lines);
    temp_file_remove(&file);
}

/* --- damage --- */

static void test_truncated_gzip(void **state)
{
    (void)state;
    struct buf text = BUF_INIT, read = BUF_INIT;
    uint32_t seed = 9;
    for (int i = 0; i < 600000; i++) {
        seed = seed * 1664525 + 1013904223;
        buf_add_char(&text, i % 61 == 60 ? '\n' : (char)('!' + (seed >> 24) % 90));
    }
    struct temp_file file = temp_file_gzip(buf_slice(&text), 1);
    temp_file_shorten(&file, 30000);
    struct lines *lines = open_lines(&file, 0, false);
    struct block last = { SLICE_NULL, false, false };
    struct err err = ERR_INIT;
    assert_true(read_all(lines, &read, &last, &err) < 0);
    assert_int_equal(err.code, ERR_EVIDENCE);
    assert_true(read.len > 400000);
    assert_true(slice_starts(buf_slice(&text), buf_slice(&read)));
    assert_int_equal(lines_next(lines, &last, &err), 0); /* said once */
    assert_true(source_is_compressed(lines_source(lines)));
    buf_deinit(&text);
    buf_deinit(&read);
    lines_close(lines);
    temp_file_remove(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_files),
        cmocka_unit_test(test_block_borders),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_line_of_17_megabytes_is_cut),
        cmocka_unit_test(test_start_in_mid_file),
        cmocka_unit_test(test_skipped_line_longer_than_a_block),
        cmocka_unit_test(test_utf16_conversion),
        cmocka_unit_test(test_utf16_offsets),
        cmocka_unit_test(test_utf16_odd_byte),
        cmocka_unit_test(test_truncated_gzip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
