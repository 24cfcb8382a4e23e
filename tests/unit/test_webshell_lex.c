/* Tokens of the languages with curly braces: words, numbers, texts, brackets, escapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "webshell/lex.h"

static struct lexed lex(struct arena *arena, enum language language, const char *code)
{
    struct lexed lexed = { 0 };
    const struct piece piece = { PIECE_CODE, language, 1, slice_from(code) };
    lex_piece(&lexed, arena, &piece);
    lex_finish(&lexed);
    return lexed;
}

/* The texts of all tokens, with blanks between them. */
static void check_tokens(enum language language, const char *code, const char *wanted)
{
    struct arena arena = ARENA_INIT;
    struct buf out = BUF_INIT;
    struct lexed lexed = lex(&arena, language, code);
    for (size_t i = 0; i < lexed.count; i++) {
        if (lexed.tokens[i].kind == TOKEN_BREAK || lexed.tokens[i].kind == TOKEN_END)
            continue;
        if (out.len)
            buf_add_char(&out, ' ');
        buf_add_slice(&out, lexed.tokens[i].text);
    }
    assert_string_equal(out.ptr ? out.ptr : "", wanted);
    buf_deinit(&out);
    lexed_deinit(&lexed);
    arena_deinit(&arena);
}

static void test_tokens(void **state)
{
    (void)state;
    static const struct {
        enum language language;
        const char *code, *tokens;
    } cases[] = {
        { LANGUAGE_CSHARP, "a>>=b ?.5:1", "a > > = b ? .5 : 1" },
        { LANGUAGE_CSHARP, "1.5e-3f.x 0xFFul 1..2 3.ToString()",
          "1.5e-3f . x 0xFFul 1 .. 2 3 . ToString ( )" },
        { LANGUAGE_CSHARP, "#if A\na\n #endif\nb", "a b" },
        { LANGUAGE_CSHARP, "@if $\"a\" @\"b\"\"c\" $@\"{\"x\"}\"", "if a b\"\"c {\"x\"}" },
        { LANGUAGE_CSHARP, "\"a\nb\" c", "a b  c" }, /* a text ends with its line */
        { LANGUAGE_CSHARP,
          "ａｂ\xe3\x80\x80"
          "c",
          "ab c" },
        { LANGUAGE_JSCRIPT, "a/b/c", "a / b / c" },
        { LANGUAGE_JSCRIPT, "(a)/b/c", "( a ) / b / c" },
        { LANGUAGE_JSCRIPT, "=/b[/]\\/c/g;", "= b[/]\\/c ;" },
        { LANGUAGE_JSCRIPT, "/* x */ /*@cc_on a @*/ //@if b\n<!-- c\nd", "a b d" },
        { LANGUAGE_JSCRIPT, "a-->b", "a -- > b" },
        { LANGUAGE_JAVA, "\\u0061\\uuu0062 \\u0022c\" \"\\\\u\"", "ab c \\\\u" },
        { LANGUAGE_JAVA, "a->b::c", "a -> b :: c" },
        { LANGUAGE_PHP, "$a->b?->c::d <> \\e\\f #x\n#[g]",
          "$a -> b ?-> c :: d <> e\\f # [ g ]" },
        { LANGUAGE_PHP, "\"a{$b[\"c\"]}d\" e", "a{$b[\"c\"]}d e" },
        { LANGUAGE_PHP, "<<<X\n  a\n  X . 'b'", "  a . b" },
        { LANGUAGE_PHP, "a ?> b <?php c // d ?> e <?= f", "a c <?= f" },
        { LANGUAGE_PHP, "", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_tokens(cases[i].language, cases[i].code, cases[i].tokens);
}

static void test_words(void **state)
{
    (void)state;
    assert_int_equal(lex_word(LANGUAGE_CSHARP, SLICE_LIT("foreach")), WORD_FOREACH);
    assert_int_equal(lex_word(LANGUAGE_CSHARP, SLICE_LIT("FOREACH")), WORD_NONE);
    assert_int_equal(lex_word(LANGUAGE_PHP, SLICE_LIT("FOREACH")), WORD_FOREACH);
    assert_int_equal(lex_word(LANGUAGE_JAVA, SLICE_LIT("foreach")), WORD_NONE);
    assert_int_equal(lex_word(LANGUAGE_JSCRIPT, SLICE_LIT("void")), WORD_DELETE);
    assert_int_equal(lex_word(LANGUAGE_JAVA, SLICE_LIT("void")), WORD_TYPE);
    assert_int_equal(lex_word(LANGUAGE_PHP, SLICE_LIT("_")), WORD_NONE);
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        enum language language;
        const char *text;
        double value;
    } cases[] = {
        { LANGUAGE_CSHARP, "10", 10 },
        { LANGUAGE_CSHARP, "010", 10 },
        { LANGUAGE_JAVA, "010", 8 },
        { LANGUAGE_PHP, "0o17", 15 },
        { LANGUAGE_CSHARP, "0xFFul", 255 },
        { LANGUAGE_CSHARP, "0b1_01", 5 },
        { LANGUAGE_CSHARP, "1_000.5m", 1000.5 },
        { LANGUAGE_JAVA, "1e3f", 1000 },
        { LANGUAGE_JSCRIPT, ".5", 0.5 },
        { LANGUAGE_JSCRIPT, "09", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(lex_number(cases[i].language, slice_from(cases[i].text)) == cases[i].value);
}

static void test_brackets_know_their_partners(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct lexed lexed = lex(&arena, LANGUAGE_CSHARP, "{ ( [ ) ] } ) {");
    const uint32_t end = (uint32_t)lexed.count - 1;
    const uint32_t wanted[] = { 5, end, 4, end, 2, 0, end, end };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_int_equal(lexed.tokens[i].match, wanted[i]);
    assert_int_equal(lexed.tokens[end].kind, TOKEN_END);
    lexed_deinit(&lexed);
    arena_deinit(&arena);
}

static void test_escapes_are_counted(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct lexed lexed = lex(&arena, LANGUAGE_CSHARP,
                             "\\u0065val ev\xe2\x80\x8b"
                             "al \"\\u0041\" plain");
    assert_int_equal(lexed.escapes, 2);
    lexed_deinit(&lexed);
    lexed = lex(&arena, LANGUAGE_JAVA, "\\u0052un \"\\u4e2d\"");
    assert_int_equal(lexed.escapes, 1);
    lexed_deinit(&lexed);
    arena_deinit(&arena);
}

static void test_tokens_are_bounded(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct buf code = BUF_INIT;
    for (size_t i = 0; i < LEX_TOKENS_MAX + 10; i++)
        buf_add_char(&code, '(');
    struct lexed lexed = lex(&arena, LANGUAGE_PHP, code.ptr);
    assert_true(lexed.truncated);
    assert_int_equal(lexed.count, LEX_TOKENS_MAX);
    assert_int_equal(lexed.tokens[lexed.count - 1].kind, TOKEN_END);
    lexed_deinit(&lexed);
    buf_deinit(&code);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_brackets_know_their_partners),
        cmocka_unit_test(test_escapes_are_counted),
        cmocka_unit_test(test_tokens_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
