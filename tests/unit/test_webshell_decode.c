#include "webshell/decode.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define PAGE "<%@ Page Language=\"C#\" %>\n<% x[1] = a + b; %>\n"

struct text_case {
    struct slice bytes;
    enum encoding encoding;
    bool hidden;
    const char *text;
};

/* EBCDIC by hand: "<%@ a %>", NL, "<% b[1] %>" in IBM037 and IBM500. */
#define EBCDIC_HEAD "\x4c\x6c\x7c\x40\x97\x81\x87\x85\x40\x6c\x6e\x15"
#define EBCDIC_037 EBCDIC_HEAD "\x4c\x6c\x40\x82\x81\xba\xf1\xbb\x40\x6c\x6e"
#define EBCDIC_500 EBCDIC_HEAD "\x4c\x6c\x40\x82\x81\x4a\xf1\x5a\x40\x6c\x6e"
#define EBCDIC_1047 EBCDIC_HEAD "\x4c\x6c\x40\x82\x81\xad\xf1\xbd\x40\x6c\x6e"
#define EBCDIC_TEXT "<%@ page %>\n<% ba[1] %>"

static const struct text_case cases[] = {
    { SLICE_INIT(PAGE), ENCODING_PLAIN, false, PAGE },
    { SLICE_INIT("\xef\xbb\xbf<% a %>"), ENCODING_UTF8_MARK, false, "<% a %>" },
    { SLICE_INIT("\xff\xfe<\0%\0 \0a\0%\0>\0"), ENCODING_UTF16LE_MARK, false, "<% a%>" },
    { SLICE_INIT("\xfe\xff\0<\0%\0 \0a\0%\0>"), ENCODING_UTF16BE_MARK, false, "<% a%>" },
    { SLICE_INIT("<\0%\0 \0a\0%\0>\0"), ENCODING_UTF16LE, true, "<% a%>" },
    { SLICE_INIT("\0<\0%\0 \0a\0%\0>"), ENCODING_UTF16BE, true, "<% a%>" },
    { SLICE_INIT("<\0\0\0%\0\0\0a\0\0\0"), ENCODING_UTF32, true, "<%a" },
    /* A mark that is not true: the engine reads bytes. */
    { SLICE_INIT("\xff\xfe<?php f(); ?>"), ENCODING_PLAIN, true, "<?php f(); ?>" },
    { SLICE_INIT("+ADwAJQ- f+ACgAIgBhACI-) +ACUAPg-"), ENCODING_UTF7, true, "<% f(\"a\") %>" },
    { SLICE_INIT("<%@codepage=65000%><% +AGYAKAAx-) %>"), ENCODING_UTF7, true,
      "<%@codepage=65000%><% f(1) %>" },
    /* An encoder that leaves all in clear but plus signs: nothing is hidden. */
    { SLICE_INIT("<% a +- b %>"), ENCODING_UTF7, false, "<% a + b %>" },
    { SLICE_INIT("<% a + b; i++; x += 1 %>"), ENCODING_PLAIN, false,
      "<% a + b; i++; x += 1 %>" },
    { SLICE_INIT("<p>C++ or +49 89 1234?</p>"), ENCODING_PLAIN, false,
      "<p>C++ or +49 89 1234?</p>" },
    { SLICE_INIT(EBCDIC_037), ENCODING_EBCDIC, true, EBCDIC_TEXT },
    { SLICE_INIT(EBCDIC_500), ENCODING_EBCDIC, true, EBCDIC_TEXT },
    { SLICE_INIT(EBCDIC_1047), ENCODING_EBCDIC, true, EBCDIC_TEXT },
    /* Letters of an 8-bit code page stay as they are. */
    { SLICE_INIT("<% s = \"\xe4\xf6\xfc\xdf\" %>"), ENCODING_PLAIN, false,
      "<% s = \"\xe4\xf6\xfc\xdf\" %>" },
    { SLICE_INIT(""), ENCODING_PLAIN, false, "" },
};

static void check_case(const struct text_case *c)
{
    struct arena arena = ARENA_INIT;
    struct decoded decoded;
    decode_page(&arena, c->bytes, &decoded);
    if (decoded.encoding != c->encoding || !slice_eq(decoded.text, slice_from(c->text)))
        print_error("%s: %s, \"%.*s\"\n", c->text, encoding_name(decoded.encoding),
                    SLICE_FMT(decoded.text));
    assert_int_equal(decoded.encoding, c->encoding);
    assert_int_equal(decoded.hidden, c->hidden);
    assert_true(slice_eq(decoded.text, slice_from(c->text)));
    arena_deinit(&arena);
}

#define STUFFING_BYTES 600

/* Code among `stuffing`: what was decoded ends with `text`. */
static void check_stuffed(const char *stuffing, size_t period, struct slice mark,
                          struct slice code, enum encoding encoding, const char *text)
{
    struct arena arena = ARENA_INIT;
    struct decoded decoded;
    struct buf bytes = BUF_INIT;
    buf_add_slice(&bytes, mark);
    for (size_t i = 0; i < STUFFING_BYTES; i++)
        buf_add_char(&bytes, stuffing[i % period]);
    buf_add_slice(&bytes, code);
    decode_page(&arena, buf_slice(&bytes), &decoded);
    assert_int_equal(decoded.encoding, encoding);
    struct slice wanted = slice_from(text);
    assert_true(decoded.text.len > wanted.len);
    assert_true(
        slice_eq(slice_from_offset(decoded.text, decoded.text.len - wanted.len), wanted));
    buf_deinit(&bytes);
    arena_deinit(&arena);
}

/* A picture or a database around a page, all of it in another encoding. */
static void test_stuffed(void **state)
{
    (void)state;
    static const struct slice none = SLICE_INIT(""), mark = SLICE_INIT("\xff\xfe");
    static const struct slice wide = SLICE_INIT("<\0%\0 \0a\0b\0c\0d\0 \0e\0f\0 \0g\0%\0>\0");
    static const struct slice big = SLICE_INIT("\0<\0%\0 \0a\0b\0c\0d\0 \0e\0f\0 \0g\0%\0>");
    /* In IBM037 these would be brackets without partner. */
    check_stuffed("\x01\xba\xff\xb0", 4, none, SLICE_LIT(EBCDIC_037), ENCODING_EBCDIC,
                  EBCDIC_TEXT);
    check_stuffed("\x01\x4a\xff\x9f", 4, none, SLICE_LIT(EBCDIC_500), ENCODING_EBCDIC,
                  EBCDIC_TEXT);
    check_stuffed("\0", 1, none, wide, ENCODING_UTF16LE, "<% abcd ef g%>");
    check_stuffed("\0", 1, none, big, ENCODING_UTF16BE, "<% abcd ef g%>");
    check_stuffed("\0", 1, mark, wide, ENCODING_UTF16LE_MARK, "<% abcd ef g%>");
}

static void test_encodings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_case(&cases[i]);
}

/* Strings in a program look like pages in UTF-16. */
static void test_programs_are_not_decoded(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct decoded decoded;
    decode_page(&arena, SLICE_LIT("MZ<\0%\0@\0 \0P\0a\0g\0e\0 \0%\0>\0"), &decoded);
    assert_int_equal(decoded.encoding, ENCODING_PLAIN);
    assert_true(decoded.binary);
    assert_false(decoded.hidden);
    arena_deinit(&arena);
}

/* Base64 with plus signs decodes to ASCII now and then. */
static void test_base64_is_not_utf7(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    char *text = arena_alloc(&arena, 200001);
    uint32_t seed = 1;
    for (size_t i = 0; i < 200000; i++) {
        seed = seed * 1664525 + 1013904223;
        text[i] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[seed >> 26];
    }
    struct decoded decoded;
    decode_page(&arena, slice_of(text, 200000), &decoded);
    assert_int_equal(decoded.encoding, ENCODING_PLAIN);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_stuffed),
        cmocka_unit_test(test_programs_are_not_decoded),
        cmocka_unit_test(test_base64_is_not_utf7),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
