/* String values: escapes and wildcards (spec, "Escaping"), ends, networks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "sigma/cidr.h"
#include "sigma/pattern.h"
#include "sigma/rule.h"

/* [text] for text, * for RUN, ? for ONE. */
static void print_pattern(struct buf *buf, struct sigma_pattern pattern)
{
    for (size_t i = 0; i < pattern.count; i++) {
        const struct sigma_token *token = &pattern.tokens[i];
        if (token->kind == SIGMA_TOKEN_TEXT)
            buf_printf(buf, "[%.*s]", SLICE_FMT(token->text));
        else
            buf_add_char(buf, token->kind == SIGMA_TOKEN_RUN ? '*' : '?');
    }
}

static void assert_pattern(struct sigma_pattern pattern, const char *wanted)
{
    struct buf buf = BUF_INIT;
    buf_add_text(&buf, "");
    print_pattern(&buf, pattern);
    assert_string_equal(buf.ptr ? buf.ptr : "", wanted);
    buf_deinit(&buf);
}

static void test_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *tokens;
    } cases[] = {
        { "", "" },
        { "a", "[a]" },
        { "*", "*" },
        { "?", "?" },
        { "**", "*" },
        { "***a**", "*[a]*" },
        { "*?*", "*?*" },
        { "??", "??" },
        { "a*b?c", "[a]*[b]?[c]" },
        { "*a*", "*[a]*" },
        { "\\*", "[*]" },
        { "\\?", "[?]" },
        { "\\\\", "[\\]" },
        { "\\", "[\\]" },
        { "a\\", "[a\\]" },
        { "\\a", "[\\a]" },
        { "\\\\*", "[\\]*" },
        { "\\\\?", "[\\]?" },
        { "\\\\\\*", "[\\*]" },
        { "\\\\\\\\", "[\\\\]" },
        { "\\\\\\", "[\\\\]" },
        { "\\\\\\\\*", "[\\\\]*" },
        { "C:\\Windows\\*", "[C:\\Windows*]" },
        { "C:\\Windows\\\\*", "[C:\\Windows\\]*" },
        { "\\\\server\\share", "[\\server\\share]" },
        { "*\\cmd.exe", "*[\\cmd.exe]" },
        { "%name%", "[%name%]" },
        { "\\%", "[\\%]" },
        { "\xC3\xA4?\xE2\x82\xAC", "[\xC3\xA4]?[\xE2\x82\xAC]" },
        { "a\\*b*c\\?d", "[a*b]*[c?d]" },
    };
    struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_pattern(sigma_pattern_parse(&arena, slice_from(cases[i].raw)), cases[i].tokens);
    arena_deinit(&arena);
}

static void test_token_of_nul(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct sigma_pattern pattern = sigma_pattern_parse(&arena, slice_of("a\0*\0", 4));
    assert_int_equal(pattern.count, 3);
    assert_int_equal(pattern.tokens[0].text.len, 2);
    assert_int_equal(pattern.tokens[2].text.len, 1);
    arena_deinit(&arena);
}

static void test_only_wildcards(void **state)
{
    (void)state;
    enum { LENGTH = 100000 };
    struct arena arena = ARENA_INIT;
    char *raw = arena_alloc(&arena, LENGTH);
    memset(raw, '?', LENGTH);
    assert_int_equal(sigma_pattern_parse(&arena, slice_of(raw, LENGTH)).count, LENGTH);
    memset(raw, '*', LENGTH);
    assert_int_equal(sigma_pattern_parse(&arena, slice_of(raw, LENGTH)).count, 1);
    memset(raw, '\\', LENGTH);
    struct sigma_pattern pattern = sigma_pattern_parse(&arena, slice_of(raw, LENGTH));
    assert_int_equal(pattern.tokens[0].text.len, LENGTH / 2);
    arena_deinit(&arena);
}

static void test_open(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *contains, *startswith, *endswith;
    } cases[] = {
        { "a", "*[a]*", "[a]*", "*[a]" },
        { "", "*", "*", "*" },
        { "*", "*", "*", "*" },
        { "*a", "*[a]*", "*[a]*", "*[a]" },
        { "a*", "*[a]*", "[a]*", "*[a]*" },
        { "*a*", "*[a]*", "*[a]*", "*[a]*" },
        { "?", "*?*", "?*", "*?" },
        { "a*b", "*[a]*[b]*", "[a]*[b]*", "*[a]*[b]" },
        { "\\*", "*[*]*", "[*]*", "*[*]" },
        { "a\\", "*[a\\]*", "[a\\]*", "*[a\\]" },
    };
    struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sigma_pattern pattern = sigma_pattern_parse(&arena, slice_from(cases[i].raw));
        assert_pattern(sigma_pattern_open(&arena, pattern, true, true), cases[i].contains);
        assert_pattern(sigma_pattern_open(&arena, pattern, false, true), cases[i].startswith);
        assert_pattern(sigma_pattern_open(&arena, pattern, true, false), cases[i].endswith);
    }
    arena_deinit(&arena);
}

static void test_network_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
    } cases[] = {
        { "10.0.0.0/8", true },
        { "0.0.0.0/0", true },
        { "192.168.1.1/32", true },
        { "192.168.1.1", true },
        { "192.168.0.0/16", true },
        { "172.16.0.0/12", true },
        { "::1/128", true },
        { "::/0", true },
        { "fe80::/10", true },
        { "fc00::/7", true },
        { "2001:db8::1", true },
        { "1:2:3:4:5:6:7:8", true },
        { "1::8/128", true },
        { "::ffff:10.0.0.0/104", true },
        { "64:ff9b::1.2.3.4", true },
        { "FE80::/10", true },
        { "", false },
        { "/8", false },
        { "10.0.0.0/", false },
        { "10.0.0.0/33", false },
        { "10.0.0.0/08", false },
        { "10.0.0.0/8/8", false },
        { "10.0.0.0/-1", false },
        { "10.0.0.1/8", false }, /* host bits */
        { "10.0.0/8", false },
        { "10.0.0.0.0/8", false },
        { "10.0.0./8", false },
        { "10.0.0.256", false },
        { "10.0.0.010", false },
        { "10.0.0.0x1", false },
        { " 10.0.0.0/8", false },
        { "10.0.0.0/255.0.0.0", false },
        { "10.*", false },
        { "::1/129", false },
        { "fe80::1/10", false },
        { ":::", false },
        { ":", false },
        { "1::2::3", false },
        { "1:2:3:4:5:6:7", false },
        { "1:2:3:4:5:6:7:8:9", false },
        { "1:2:3:4::5:6:7:8", false },
        { "1:2:3:4:5:6:7:8::", false },
        { "12345::", false },
        { "g::", false },
        { "1.2.3.4::", false },
        { "::1.2.3.4:5", false },
        { "::1.2.3", false },
        { "fe80::1%eth0", false },
        { "[::1]", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sigma_network network;
        if (sigma_network_parse(slice_from(cases[i].text), &network) != cases[i].valid)
            fail_msg("network '%s' should be %s", cases[i].text,
                     cases[i].valid ? "valid" : "refused");
    }
}

static void test_network_has(void **state)
{
    (void)state;
    static const struct {
        const char *network, *address;
        bool has;
    } cases[] = {
        { "10.0.0.0/8", "10.255.0.1", true },
        { "10.0.0.0/8", "11.0.0.0", false },
        { "0.0.0.0/0", "255.255.255.255", true },
        { "172.16.0.0/12", "172.31.255.255", true },
        { "172.16.0.0/12", "172.32.0.0", false },
        { "1.2.3.4", "1.2.3.4", true },
        { "1.2.3.4", "1.2.3.5", false },
        { "::1/128", "::1", true },
        { "::1/128", "::2", false },
        { "fe80::/10", "febf::1", true },
        { "fe80::/10", "fec0::1", false },
        { "::/0", "1::", true },
        { "::/0", "1.2.3.4", false },
        { "0.0.0.0/0", "::1", false },
        { "::/1", "8000::", false },
        { "::ffff:0:0/96", "::ffff:1.2.3.4", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sigma_network network;
        struct sigma_address address;
        assert_true(sigma_network_parse(slice_from(cases[i].network), &network));
        assert_true(sigma_address_parse(slice_from(cases[i].address), &address));
        if (sigma_network_has(&network, &address) != cases[i].has)
            fail_msg("%s in %s", cases[i].address, cases[i].network);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),         cmocka_unit_test(test_token_of_nul),
        cmocka_unit_test(test_only_wildcards), cmocka_unit_test(test_open),
        cmocka_unit_test(test_network_parse),  cmocka_unit_test(test_network_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
