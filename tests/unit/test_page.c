/* Wrapping: no line too long, no word lost, first line and indent, colour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "report/page.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What page_wrap() writes. */
static struct buf wrapped(bool colour, enum ink ink, const char *first, size_t indent,
                          struct slice text)
{
    char *bytes = NULL;
    size_t len = 0;
    struct buf out = BUF_INIT;
    FILE *file = open_memstream(&bytes, &len);
    assert_non_null(file);
    struct page page = { file, colour };
    page_wrap(&page, ink, first, indent, text);
    fclose(file);
    buf_add(&out, bytes, len);
    free(bytes);
    return out;
}

static size_t columns(struct slice line)
{
    size_t n = 0;
    for (size_t i = 0; i < line.len; i++)
        n += ((unsigned char)line.ptr[i] & 0xc0) != 0x80;
    return n;
}

static void assert_narrow(struct slice text)
{
    for (struct slice rest = text; rest.ptr;) {
        struct slice line = slice_cut(&rest, '\n');
        if (columns(line) > PAGE_WIDTH)
            fail_msg("%zu columns: %.*s", columns(line), SLICE_FMT(line));
    }
}

/* The same letters in the same order: only blanks and line ends may differ. */
static void assert_same_letters(struct slice got, struct slice wanted)
{
    size_t i = 0, k = 0;
    for (;;) {
        while (i < got.len && (got.ptr[i] == ' ' || got.ptr[i] == '\n'))
            i++;
        while (k < wanted.len && wanted.ptr[k] == ' ')
            k++;
        if (i == got.len || k == wanted.len)
            break;
        assert_int_equal(got.ptr[i++], wanted.ptr[k++]);
    }
    assert_int_equal(i, got.len);
    assert_int_equal(k, wanted.len);
}

#define TEN "aaaaaaaaaa"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN

static void test_lines(void **state)
{
    (void)state;
    static const struct {
        const char *first;
        size_t indent;
        const char *text, *wanted;
    } cases[] = {
        { NULL, 0, "", "\n" },
        { NULL, 2, "", "  \n" },
        { NULL, 0, "one", "one\n" },
        { NULL, 4, "one two", "    one two\n" },
        { "  - ", 4, "one two", "  - one two\n" },
        { "- ", 4, "one", "-   one\n" }, /* filled up to the indent */
        { "longer: ", 4, "one", "longer: one\n" },
        { NULL, 0, "one  two ", "one two\n" },
        { NULL, 0, SEVENTY " 123456789", SEVENTY " 123456789\n" }, /* 80 columns */
        { NULL, 0, SEVENTY " 1234567890", SEVENTY "\n1234567890\n" },
        { NULL, 2, SEVENTY " 1234567", "  " SEVENTY " 1234567\n" },
        { NULL, 2, SEVENTY " 12345678", "  " SEVENTY "\n  12345678\n" },
        { "first: ", 2, SEVENTY " b", "first: " SEVENTY " b\n" },
        { "first: ", 2, SEVENTY " bb bb", "first: " SEVENTY " bb\n  bb\n" },
        { NULL, 0, SEVENTY TEN, SEVENTY TEN "\n" },
        { NULL, 0, SEVENTY TEN "b", SEVENTY TEN "\nb\n" },
        { NULL, 0, SEVENTY "/" TEN "b", SEVENTY "/\n" TEN "b\n" }, /* behind the slash */
        { NULL, 0, SEVENTY "\\" TEN "b", SEVENTY "\\\n" TEN "b\n" },
        { NULL, 0, SEVENTY "&" TEN "b", SEVENTY "&\n" TEN "b\n" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out = wrapped(false, INK_PLAIN, cases[i].first, cases[i].indent,
                                 slice_from(cases[i].text));
        if (strcmp(out.ptr, cases[i].wanted) != 0)
            fail_msg("\"%s\" gives\n%s--- not\n%s", cases[i].text, out.ptr, cases[i].wanted);
        buf_deinit(&out);
    }
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static void random_text(struct buf *out, uint32_t *seed)
{
    static const char *const letters[] = { "a", "b", "/", "\\", "&", ",", "\u00e4", "\u20ac" };
    size_t words = next_random(seed) % 30;
    buf_clear(out);
    buf_add_text(out, "");
    for (size_t i = 0; i < words; i++) {
        uint32_t kind = next_random(seed) % 8;
        size_t len = kind == 0 ? next_random(seed) % 400 : next_random(seed) % (kind * 3);
        for (size_t k = 0; k < len; k++)
            buf_add_text(out, letters[next_random(seed) % COUNT(letters)]);
        buf_add_char(out, ' ');
    }
}

static void test_random_words(void **state)
{
    (void)state;
    static const char *const firsts[] = {
        NULL, "", "- ", "  - ", "    06:49:53  exploit  ", "\u00e4\u00e4\u00e4 "
    };
    uint32_t seed = 20210303;
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < 4000; i++) {
        const char *first = firsts[i % COUNT(firsts)];
        size_t indent = next_random(&seed) % 41;
        random_text(&text, &seed);
        struct buf out = wrapped(false, INK_PLAIN, first, indent, buf_slice(&text));
        assert_narrow(buf_slice(&out));
        struct slice letters = buf_slice(&out);
        assert_same_letters(slice_from_offset(letters, first ? strlen(first) : 0),
                            buf_slice(&text));
        buf_deinit(&out);
    }
    buf_deinit(&text);
}

/* Whatever stands in front, what follows keeps to the width. */
static void test_wide_first(void **state)
{
    (void)state;
    struct buf first = BUF_INIT, text = BUF_INIT;
    for (size_t i = 0; i < 40; i++)
        buf_add_text(&text, TEN); /* a word of 400 */
    for (size_t len = 0; len <= 120; len++) {
        struct buf out = wrapped(false, INK_PLAIN, first.ptr, 4, buf_slice(&text));
        struct slice rest = buf_slice(&out);
        if (len > PAGE_WIDTH) {
            struct slice line = slice_cut(&rest, '\n');
            if (columns(line) > len)
                fail_msg("%zu columns in front, %zu in all", len, columns(line));
        }
        assert_narrow(rest);
        buf_deinit(&out);
        buf_add_char(&first, '.');
    }
    buf_deinit(&first);
    buf_deinit(&text);
}

static void test_odd_bytes(void **state)
{
    (void)state;
    static const char *const texts[] = { "\x80\x80\x80", "\xc3", "a\xc3 b", "\xff\xff" };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct buf out = wrapped(false, INK_PLAIN, NULL, 0, slice_from(texts[i]));
        assert_narrow(buf_slice(&out));
        assert_same_letters(buf_slice(&out), slice_from(texts[i]));
        buf_deinit(&out);
    }
}

/* Colour is switched off at each line end, and costs no columns. */
static void test_colour(void **state)
{
    (void)state;
    static const struct {
        bool colour;
        enum ink ink;
        const char *wanted;
    } cases[] = {
        { false, INK_ALARM, "  " SEVENTY " 1234567\n  b\n" },
        { true, INK_PLAIN, "  " SEVENTY " 1234567\n  b\n" },
        { true, INK_BOLD, "  \x1b[1m" SEVENTY " 1234567\x1b[0m\n  \x1b[1mb\x1b[0m\n" },
        { true, INK_ALARM, "  \x1b[1;31m" SEVENTY " 1234567\x1b[0m\n  \x1b[1;31mb\x1b[0m\n" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out =
            wrapped(cases[i].colour, cases[i].ink, NULL, 2, SLICE_LIT(SEVENTY " 1234567 b"));
        assert_string_equal(out.ptr, cases[i].wanted);
        buf_deinit(&out);
    }
}

static void test_plain_lines(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&bytes, &len);
    struct page page = { file, true };
    page_line(&page, INK_GOOD, "good");
    page_blank(&page);
    page_heading(&page, "Head");
    fclose(file);
    assert_string_equal(bytes, "\x1b[1;32mgood\x1b[0m\n\n\n\x1b[1mHead\x1b[0m\n");
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),      cmocka_unit_test(test_random_words),
        cmocka_unit_test(test_wide_first), cmocka_unit_test(test_odd_bytes),
        cmocka_unit_test(test_colour),     cmocka_unit_test(test_plain_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
