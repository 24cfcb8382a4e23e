/* Folding: one character for one, and never into ASCII. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/escape.h"
#include "base/unicode.h"

#define LAST_CODE_POINT 0x10FFFFU

/* The prefilter looks for ASCII literals: what is not ASCII must not become ASCII. */
static void test_ascii_is_apart(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= LAST_CODE_POINT; c++)
        if ((c < 0x80) != (unicode_fold(c) < 0x80))
            fail_msg("U+%04X folds to U+%04X", c, unicode_fold(c));
}

static void test_folding_twice_changes_nothing(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= LAST_CODE_POINT; c++)
        if (unicode_fold(unicode_fold(c)) != unicode_fold(c))
            fail_msg("U+%04X", c);
}

static void test_pairs(void **state)
{
    (void)state;
    static const struct {
        uint32_t a, b;
        bool same;
    } cases[] = {
        { 'A', 'a', true },      { 0xC4, 0xE4, true },       { 0x419, 0x439, true },
        { 0x3A3, 0x3C2, true },  { 0x3A3, 0x3C3, true },     { 0xB5, 0x3BC, true },
        { 0x23A, 0x2C65, true }, { 0x10400, 0x10428, true }, { 0x212A, 'k', false },
        { 0x17F, 's', false },   { 0x130, 'i', false },      { 0x131, 'I', false },
        { 0xDF, 0x1E9E, true },  { 0xE4, 'a', false },       { '@', '`', false },
        { '[', '{', false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if ((unicode_fold(cases[i].a) == unicode_fold(cases[i].b)) != cases[i].same)
            fail_msg("U+%04X and U+%04X", cases[i].a, cases[i].b);
}

/* The room that is promised is enough for each character, and bad bytes stay. */
static void test_texts(void **state)
{
    (void)state;
    char out[64];
    for (uint32_t c = 1; c <= LAST_CODE_POINT; c++) {
        struct buf text = BUF_INIT;
        buf_add_utf8(&text, c);
        struct slice folded = unicode_fold_text(buf_slice(&text), out);
        assert_true(folded.len <= UNICODE_FOLD_ROOM(text.len) - 4 + (text.len == 1));
        buf_deinit(&text);
    }
    struct slice odd = unicode_fold_text(SLICE_LIT("A\xFF\xC3\x84\xC3"), out);
    assert_true(slice_eq(odd, SLICE_LIT("a\xFF\xC3\xA4\xC3")));
    assert_int_equal(unicode_fold_text(SLICE_LIT(""), out).len, 0);
}

static void test_is_ascii(void **state)
{
    (void)state;
    assert_true(unicode_is_ascii(SLICE_LIT("")));
    assert_true(unicode_is_ascii(SLICE_LIT("0123456789abcdef\x7f")));
    assert_false(unicode_is_ascii(SLICE_LIT("0123456789abcdef\x80")));
    assert_false(unicode_is_ascii(SLICE_LIT("\xC3\xA4"
                                            "01234567")));
}

static void test_words(void **state)
{
    (void)state;
    static const uint32_t in[] = { 'a', 'Z', '0', '_', 0xE4, 0x439, 0x4E2D, 0x661, 0xBD };
    static const uint32_t out[] = { '-', ' ', '/', '.', 0x2013, 0x301, 0x1F600, 0xD7, 0 };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        if (!unicode_is_word(in[i]))
            fail_msg("U+%04X", in[i]);
    for (size_t i = 0; i < sizeof out / sizeof *out; i++)
        if (unicode_is_word(out[i]))
            fail_msg("U+%04X", out[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ascii_is_apart),
        cmocka_unit_test(test_folding_twice_changes_nothing),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_is_ascii),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
