/* What kind of file is it, parts of files, gzip whole, cut and as a bomb, and what is no file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "evidence/source.h"
#include "temp_file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void read_all(struct source *source, size_t step, struct buf *out, struct err *err)
{
    char bytes[4099];
    int64_t got;
    while ((got = source_read(source, bytes, step, err)) > 0)
        buf_add(out, bytes, (size_t)got);
}

static void test_kinds(void **state)
{
    (void)state;
    static const struct {
        struct slice bytes;
        enum source_kind kind;
    } cases[] = {
        { { "", 0 }, SOURCE_EMPTY },
        { { "a", 1 }, SOURCE_TEXT },
        { { "#Fields: date time\r\n", 20 }, SOURCE_TEXT },
        { { "\xEF\xBB\xBF#Fields: date", 16 }, SOURCE_TEXT },
        { { "2021\xE4\xF6\xFC latin", 14 }, SOURCE_TEXT },
        { { "#F\0\0\0", 5 }, SOURCE_TEXT }, /* zeros where a crash cut the log */
        { { "a line of thirty characters...\0\0", 32 }, SOURCE_TEXT },
        { { "\xFF\xFE"
            "a\0",
            4 },
          SOURCE_UTF16LE },
        { { "\xFF\xFE", 2 }, SOURCE_UTF16LE },
        { { "\xFE\xFF\0a", 4 }, SOURCE_UTF16BE },
        { { "#\0F\0i\0e\0l\0d\0s\0:\0 \0d\0", 20 }, SOURCE_UTF16LE },
        { { "\0#\0F\0i\0e\0l\0d\0s\0:\0 \0d", 20 }, SOURCE_UTF16BE },
        { { "ElfFile\0rest", 12 }, SOURCE_EVTX },
        { { "ElfFile", 7 }, SOURCE_TEXT },
        { { "PK\3\4", 4 }, SOURCE_ZIP },
        { { "MZ\x90\0\3\0\0\0\4\0\0\0", 12 }, SOURCE_BINARY },
        { { "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16 }, SOURCE_BINARY },
        { { "\x1f", 1 }, SOURCE_BINARY },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct temp_file file = temp_file_write(cases[i].bytes);
        struct source *source;
        struct err err = ERR_INIT;
        assert_int_equal(source_open(&source, file.path, 0, UINT64_MAX, &err), 0);
        if (source_kind(source) != cases[i].kind)
            fail_msg("case %zu: %s", i, source_kind_name(source_kind(source)));
        assert_false(source_is_compressed(source));
        struct buf read = BUF_INIT;
        read_all(source, 7, &read, &err);
        assert_true(slice_eq(buf_slice(&read), cases[i].bytes));
        assert_int_equal(source_position(source), cases[i].bytes.len);
        assert_int_equal(source_changed(source), 0);
        buf_deinit(&read);
        source_close(source);
        temp_file_remove(&file);
    }
}

static void test_parts(void **state)
{
    (void)state;
    static const struct {
        uint64_t start, length;
        const char *text;
    } cases[] = {
        { 0, 4, "0123" }, { 0, 0, "" },           { 4, 3, "456" }, { 4, UINT64_MAX, "456789" },
        { 10, 5, "" },    { 11, UINT64_MAX, "" }, { 9, 100, "9" }, { 0, 10, "0123456789" },
    };
    struct temp_file file = temp_file_write(SLICE_LIT("0123456789"));
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct source *source;
        struct err err = ERR_INIT;
        struct buf read = BUF_INIT;
        assert_int_equal(source_open(&source, file.path, cases[i].start, cases[i].length, &err),
                         0);
        read_all(source, 3, &read, &err);
        assert_true(slice_eq(buf_slice(&read), slice_from(cases[i].text)));
        assert_int_equal(err.code, ERR_NONE);
        buf_deinit(&read);
        source_close(source);
    }
    temp_file_remove(&file);
}

static void test_no_file(void **state)
{
    (void)state;
    struct temp_file file = temp_file_name();
    struct source *source = NULL;
    struct err err = ERR_INIT;
    assert_true(source_open(&source, file.path, 0, UINT64_MAX, &err) < 0);
    assert_int_equal(err.code, ERR_ENVIRONMENT);
    assert_true(source_open(&source, file.folder, 0, UINT64_MAX, &err) < 0);
    assert_non_null(strstr(err.msg, "regular"));
    assert_true(source_open(&source, "/dev/null", 0, UINT64_MAX, &err) < 0);
    assert_int_equal(mkfifo(file.path, 0600), 0);
    err = (struct err)ERR_INIT;
    assert_true(source_open(&source, file.path, 0, UINT64_MAX, &err) <
                0); /* and does not hang */
    assert_non_null(strstr(err.msg, "regular"));
    temp_file_remove(&file);
    source_close(NULL);
}

static void test_gzip(void **state)
{
    (void)state;
    struct temp_file file = temp_file_gzip(SLICE_LIT("a line of a log\r\n"), 20000);
    struct source *source;
    struct err err = ERR_INIT;
    struct buf read = BUF_INIT;
    assert_int_equal(source_open(&source, file.path, 0, UINT64_MAX, &err), 0);
    assert_int_equal(source_kind(source), SOURCE_TEXT);
    assert_true(source_is_compressed(source));
    read_all(source, 4099, &read, &err);
    assert_int_equal(err.code, ERR_NONE);
    assert_int_equal(read.len, 20000 * 17);
    buf_deinit(&read);
    source_close(source);
    temp_file_remove(&file);
}

static void test_gzip_of_utf16_and_nothing(void **state)
{
    (void)state;
    static const struct {
        struct slice bytes;
        size_t times;
        enum source_kind kind;
    } cases[] = {
        { { "\xFF\xFE"
            "a\0",
            4 },
          1,
          SOURCE_UTF16LE },
        { { "\0\1\2\3", 4 }, 100, SOURCE_BINARY },
        { { "PK\3\4", 4 }, 1, SOURCE_ZIP },
        { { "x", 1 }, 1, SOURCE_TEXT },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct temp_file file = temp_file_gzip(cases[i].bytes, cases[i].times);
        struct source *source;
        struct err err = ERR_INIT;
        assert_int_equal(source_open(&source, file.path, 0, UINT64_MAX, &err), 0);
        assert_int_equal(source_kind(source), cases[i].kind);
        source_close(source);
        temp_file_remove(&file);
    }
}

/* Rows that do not pack well, so that the cut file still holds many whole blocks. */
static void add_noise(struct buf *buf, size_t lines)
{
    uint32_t seed = 7;
    for (size_t i = 0; i < lines; i++) {
        for (int k = 0; k < 60; k++) {
            seed = seed * 1664525 + 1013904223;
            buf_add_char(buf, (char)('!' + (seed >> 24) % 90));
        }
        buf_add_char(buf, '\n');
    }
}

static void test_truncated_gzip(void **state)
{
    (void)state;
    struct buf text = BUF_INIT, read = BUF_INIT;
    add_noise(&text, 8000);
    struct temp_file file = temp_file_gzip(buf_slice(&text), 1);
    temp_file_shorten(&file, 5000);
    struct source *source;
    struct err err = ERR_INIT;
    assert_int_equal(source_open(&source, file.path, 0, UINT64_MAX, &err), 0);
    read_all(source, 4096, &read, &err);
    assert_int_equal(err.code, ERR_EVIDENCE);
    assert_true(read.len >= text.len - 80000); /* what came before counts */
    assert_true(slice_starts(buf_slice(&text), buf_slice(&read)));
    source_close(source);
    temp_file_remove(&file);
    buf_deinit(&text);
    buf_deinit(&read);
}

/* Nothing of it can be had: opening says so, or reading does. */
static void test_broken_gzip(void **state)
{
    (void)state;
    static const struct slice cases[] = {
        { "\x1f\x8b\x08\0\0\0\0\0\0\3", 10 },
        { "\x1f\x8b\x08\0\0\0\0\0\0\3\xff\xff\xff\xff\xff\xff\xff\xff", 18 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct temp_file file = temp_file_write(cases[i]);
        struct source *source;
        struct err err = ERR_INIT;
        if (source_open(&source, file.path, 0, UINT64_MAX, &err) == 0) {
            struct buf read = BUF_INIT;
            read_all(source, 4096, &read, &err);
            if (err.code == ERR_NONE)
                fail_msg("case %zu is not damaged", i);
            buf_deinit(&read);
            source_close(source);
        }
        assert_int_equal(err.code, ERR_EVIDENCE);
        temp_file_remove(&file);
    }
}

/* The two magic bytes alone do not make it gzip: it is read as what it is. */
static void test_nearly_gzip(void **state)
{
    (void)state;
    static const struct slice cases[] = {
        { "\x1f\x8b", 2 },
        { "\x1f\x8bnot gzip at all, but it begins so", 35 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct temp_file file = temp_file_write(cases[i]);
        struct source *source;
        struct err err = ERR_INIT;
        struct buf read = BUF_INIT;
        assert_int_equal(source_open(&source, file.path, 0, UINT64_MAX, &err), 0);
        read_all(source, 4096, &read, &err);
        assert_true(slice_eq(buf_slice(&read), cases[i]));
        buf_deinit(&read);
        source_close(source);
        temp_file_remove(&file);
    }
}

static void test_gzip_bomb(void **state)
{
    (void)state;
    enum { CHUNK = 1 << 20 };
    char *zeros = calloc(1, CHUNK);
    assert_non_null(zeros);
    memset(zeros, 'a', CHUNK);
    struct temp_file file = temp_file_gzip(slice_of(zeros, CHUNK), 320);
    struct source *source;
    struct err err = ERR_INIT;
    assert_int_equal(source_open(&source, file.path, 0, UINT64_MAX, &err), 0);
    uint64_t unpacked = 0;
    int64_t got;
    while ((got = source_read(source, zeros, CHUNK, &err)) > 0)
        unpacked += (uint64_t)got;
    assert_true(got < 0);
    assert_non_null(strstr(err.msg, "200 times"));
    assert_true(unpacked >= (256U << 20) - CHUNK && unpacked <= (256U << 20) + CHUNK);
    source_close(source);
    temp_file_remove(&file);
    free(zeros);
}

static void test_changed(void **state)
{
    (void)state;
    struct temp_file file = temp_file_write(SLICE_LIT("0123456789"));
    struct source *source;
    struct err err = ERR_INIT;
    assert_int_equal(source_open(&source, file.path, 0, UINT64_MAX, &err), 0);
    assert_int_equal(source_changed(source), 0);
    FILE *more = fopen(file.path, "ab");
    assert_non_null(more);
    fputs("more", more);
    fclose(more);
    assert_int_equal(source_changed(source), 2);
    temp_file_shorten(&file, 9);
    assert_int_equal(source_changed(source), 1);
    source_close(source);
    temp_file_remove(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_gzip_of_utf16_and_nothing),
        cmocka_unit_test(test_truncated_gzip),
        cmocka_unit_test(test_broken_gzip),
        cmocka_unit_test(test_nearly_gzip),
        cmocka_unit_test(test_gzip_bomb),
        cmocka_unit_test(test_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
