/* One value of a rule against text: shapes, wildcards, regex and its limits, networks, numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/buf.h"
#include "match/pattern.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct sigma_value pattern_value(struct arena *arena, const char *raw)
{
    struct sigma_value value = { .kind = SIGMA_VALUE_PATTERN };
    value.pattern = sigma_pattern_parse(arena, slice_from(raw));
    return value;
}

static void test_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool matches, cased, found; /* as a value; with |cased; as a keyword */
    } cases[] = {
        { "", "", true, true, true },
        { "", "a", false, false, true },
        { "*", "", true, true, true },
        { "*", "a", true, true, true },
        { "a", "a", true, true, true },
        { "a", "A", true, false, true },
        { "a", "ba", false, false, true },
        { "a*", "abc", true, true, true },
        { "a*", "ABC", true, false, true },
        { "a*", "ba", false, false, true },
        { "*c", "abc", true, true, true },
        { "*c", "cb", false, false, true },
        { "*b*", "abc", true, true, true },
        { "*B*", "abc", true, false, true },
        { "*x*", "abc", false, false, false },
        { "?", "a", true, true, true },
        { "?", "", false, false, false },
        { "?", "ab", false, false, true },
        { "?", "\xC3\xA4", true, true, true }, /* one character, two bytes */
        { "??", "\xC3\xA4", false, false, false },
        { "?", "\xE4", true, true, true },
        { "a?c", "abc", true, true, true },
        { "a?c", "ac", false, false, false },
        { "a*c", "ac", true, true, true },
        { "a*c", "a-c-c", true, true, true },
        { "a*c", "a-c-d", false, false, true },
        { "*a*b*c*", "xaybzc", true, true, true },
        { "*a*b*c*", "xcybza", false, false, false },
        { "a*b*c", "abbbbc", true, true, true },
        { "*.aspx", "/owa/x.ASPX", true, false, true },
        { "/owa/*/x?.js", "/owa/a/b/xy.js", true, true, true },
        { "*aab", "aaaab", true, true, true },
        { "a*?", "a", false, false, false },
        { "a*?", "ab", true, true, true },
        { "\\*", "*", true, true, true },
        { "\\*", "a", false, false, false },
        { "\xC3\x84", "\xC3\xA4", true, false, true }, /* A umlaut, both cases */
        { "x\xC3\xA4*", "X\xC3\x84y", true, false, true },
        { "*\xC3\xA4", "b\xC3\x84", true, false, true },
        { "*\xC3\xA4*", "b\xC3\x84g", true, false, true },
        { "a?\xD0\xB9*", "A-\xD0\x99!", true, false, true },
        { "\xC3\xA4", "a", false, false, false },
        { "\xCF\x82", "\xCE\xA3", true, false, true },      /* final sigma and sigma */
        { "\xC8\xBA", "\xE2\xB1\xA5", true, false, true },  /* two bytes and three */
        { "\xC3\xA4", "\xFF\xC3\x84", false, false, true }, /* behind what is no UTF-8 */
        { "k", "\xE2\x84\xAA", false, false, false },       /* KELVIN SIGN is no k */
        { "\xE2\x84\xAA", "k", false, false, false },
        { "s", "\xC5\xBF", false, false, false }, /* nor is LONG S an s */
        { "i", "\xC4\xB0", false, false, false }, /* nor I with a dot an i */
        { "abcd", "abc", false, false, false },
        { "*abcd", "abc", false, false, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena arena = ARENA_INIT;
        struct matcher plain, cased;
        struct sigma_value value = pattern_value(&arena, cases[i].pattern);
        struct slice text = slice_from(cases[i].text);
        assert_int_equal(matcher_init(&plain, &arena, &value, false, NULL), 0);
        assert_int_equal(matcher_init(&cased, &arena, &value, true, NULL), 0);
        if (matcher_matches(&plain, text) != cases[i].matches ||
            matcher_matches(&cased, text) != cases[i].cased ||
            matcher_found_in(&plain, text) != cases[i].found)
            fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].text);
        assert_int_equal(matcher_matches(&plain, SLICE_NULL), 0);
        arena_deinit(&arena);
    }
}

/* The pattern again, by trying everything. */
static bool slow_glob(const struct sigma_pattern *p, size_t token, struct slice text)
{
    if (token == p->count)
        return text.len == 0;
    const struct sigma_token *t = &p->tokens[token];
    if (t->kind == SIGMA_TOKEN_TEXT)
        return slice_starts(text, t->text) &&
               slow_glob(p, token + 1, slice_from_offset(text, t->text.len));
    if (t->kind == SIGMA_TOKEN_ONE)
        return text.len && slow_glob(p, token + 1, slice_from_offset(text, 1));
    for (size_t i = 0; i <= text.len; i++)
        if (slow_glob(p, token + 1, slice_from_offset(text, i)))
            return true;
    return false;
}

static void test_random_globs(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        char raw[10] = "", text[12] = "";
        for (size_t i = 0; i < sizeof raw - 1; i++) {
            seed = seed * 1664525 + 1013904223;
            raw[i] = "aab*?b*"[(seed >> 24) % 7];
        }
        raw[(seed >> 8) % sizeof raw] = '\0';
        for (size_t i = 0; i < sizeof text - 1; i++) {
            seed = seed * 1664525 + 1013904223;
            text[i] = "ab"[(seed >> 24) % 2];
        }
        text[(seed >> 8) % sizeof text] = '\0';
        struct arena arena = ARENA_INIT;
        struct sigma_value value = pattern_value(&arena, raw);
        struct matcher matcher;
        matcher_init(&matcher, &arena, &value, false, NULL);
        if (matcher_matches(&matcher, slice_from(text)) !=
            slow_glob(&value.pattern, 0, slice_from(text)))
            fail_msg("'%s' and '%s'", raw, text);
        arena_deinit(&arena);
    }
}

static void test_glob_that_goes_back_often(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct buf text = BUF_INIT;
    for (int i = 0; i < 100000; i++)
        buf_add_char(&text, 'a');
    struct sigma_value value = pattern_value(&arena, "*a*a*a*a*a*a*a*a*a*a*b?c");
    struct matcher matcher;
    matcher_init(&matcher, &arena, &value, false, NULL);
    assert_int_equal(matcher_matches(&matcher, buf_slice(&text)), 0);
    buf_deinit(&text);
    arena_deinit(&arena);
}

/* A value that does not fit on the stack when it is folded. */
static void test_long_value_beyond_ascii(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct buf text = BUF_INIT;
    struct matcher matcher;
    for (int i = 0; i < 1000; i++)
        buf_add_text(&text, "\xC8\xBA"); /* grows by half */
    buf_add_text(&text, "\xC3\x84");
    struct sigma_value value = pattern_value(&arena, "*\xE2\xB1\xA5\xC3\xA4");
    matcher_init(&matcher, &arena, &value, false, NULL);
    assert_int_equal(matcher_matches(&matcher, buf_slice(&text)), 1);
    buf_deinit(&text);
    arena_deinit(&arena);
}

static void test_dashes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool matches;
    } cases[] = {
        { "cmd -x", true },
        { "cmd /x", true },
        { "cmd \xE2\x80\x93x", true },  /* U+2013 */
        { "cmd \xE2\x80\x94X", true },  /* U+2014 */
        { "cmd \xE2\x80\x95x", true },  /* U+2015 */
        { "cmd \xE2\x80\x92x", false }, /* U+2012 */
        { "cmd +x", false },
        { "cmd x", false },
    };
    struct sigma_token tokens[] = { { SIGMA_TOKEN_RUN, SLICE_NULL },
                                    { SIGMA_TOKEN_DASH, SLICE_NULL },
                                    { SIGMA_TOKEN_TEXT, SLICE_LIT("x") } };
    struct sigma_value value = { .kind = SIGMA_VALUE_PATTERN, .pattern = { 3, tokens } };
    struct matcher matcher;
    assert_int_equal(matcher_init(&matcher, NULL, &value, false, NULL), 0);
    for (size_t i = 0; i < COUNT(cases); i++)
        if (matcher_matches(&matcher, slice_from(cases[i].text)) != cases[i].matches)
            fail_msg("'%s'", cases[i].text);
}

static void test_fields(void **state)
{
    (void)state;
    static const struct {
        const char *value, *other;
        bool equal, ends, starts, contains, cased; /* cased: equal with |cased */
    } cases[] = {
        { "abc", "abc", true, true, true, true, true },
        { "abc", "ABC", true, true, true, true, false },
        { "abc", "a", false, false, true, true, false },
        { "abc", "C", false, true, false, true, false },
        { "abc", "b", false, false, false, true, false },
        { "a*c", "abc", false, false, false, false, false }, /* no wildcards in evidence */
        { "x\xC3\xA4y", "\xC3\x84", false, false, false, true, false },
        { "\xC3\xA4", "\xC3\x84", true, true, true, true, false },
        { "", "", false, false, false, false, false },
        { "a", "", false, false, false, false, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const bool wanted[] = { cases[i].equal, cases[i].ends, cases[i].starts,
                                cases[i].contains };
        struct slice value = slice_from(cases[i].value), other = slice_from(cases[i].other);
        struct matcher matcher;
        struct sigma_value field = { .kind = SIGMA_VALUE_FIELD, .text = SLICE_LIT("f") };
        for (field.open = 0; field.open < COUNT(wanted); field.open++) {
            matcher_init(&matcher, NULL, &field, false, NULL);
            if (matcher_matches_field(&matcher, value, other) != wanted[field.open])
                fail_msg("'%s' and '%s', %u", cases[i].value, cases[i].other, field.open);
        }
        field.open = 0;
        matcher_init(&matcher, NULL, &field, true, NULL);
        assert_int_equal(matcher_matches_field(&matcher, value, other), cases[i].cased);
        assert_int_equal(matcher_matches(&matcher, value), 0); /* one value says nothing */
    }
    struct matcher matcher = { .kind = SIGMA_VALUE_FIELD };
    assert_false(matcher_matches_field(&matcher, SLICE_NULL, SLICE_LIT("a")));
    assert_false(matcher_matches_field(&matcher, SLICE_LIT("a"), SLICE_NULL));
}

static void test_time_parts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int minute, hour, day, week, month, year; /* -1: there is none */
    } cases[] = {
        { "2021-03-03T06:59:13.0301234Z", 59, 6, 3, 9, 3, 2021 },
        { "2021-03-03 06:59:13", 59, 6, 3, 9, 3, 2021 },
        { "2021-03-03T06:59:13+02:00", 59, 6, 3, 9, 3, 2021 }, /* as written */
        { "2021-03-03", -1, -1, 3, 9, 3, 2021 },
        { "06:59:13", 59, 6, -1, -1, -1, -1 },
        { "2021-01-03", -1, -1, 3, 53, 1, 2021 }, /* the last week of 2020 */
        { "2021-01-04", -1, -1, 4, 1, 1, 2021 },
        { "2018-12-31", -1, -1, 31, 1, 12, 2018 }, /* the first week of 2019 */
        { "1969-12-29", -1, -1, 29, 1, 12, 1969 },
        { "2020-12-31T23:59", 59, 23, 31, 53, 12, 2020 },
        { "2021-02-30T06:59:13Z", -1, -1, -1, -1, -1, -1 },
        { "24:00:00", -1, -1, -1, -1, -1, -1 },
        { "06", -1, -1, -1, -1, -1, -1 },
        { "", -1, -1, -1, -1, -1, -1 },
        { "yesterday", -1, -1, -1, -1, -1, -1 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const int wanted[] = { cases[i].minute, cases[i].hour,  cases[i].day,
                               cases[i].week,   cases[i].month, cases[i].year };
        for (size_t part = 0; part < COUNT(wanted); part++) {
            struct sigma_value value = { .kind = SIGMA_VALUE_TIME,
                                         .part = (enum sigma_time_part)part,
                                         .compare = SIGMA_EQ,
                                         .number = wanted[part] };
            struct matcher matcher;
            matcher_init(&matcher, NULL, &value, false, NULL);
            bool got = matcher_matches(&matcher, slice_from(cases[i].text));
            if (got != (wanted[part] >= 0))
                fail_msg("'%s': part %zu is not %d", cases[i].text, part, wanted[part]);
            matcher.compare = SIGMA_GT;
            assert_int_equal(matcher_matches(&matcher, slice_from(cases[i].text)), 0);
        }
    }
}

static void test_held_expressions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool free, start, end;
    } cases[] = {
        { "ab1", true, true, true },    { "ab1x", true, true, false },
        { "xab1", true, false, true },  { "xab1x", true, false, false },
        { "AB1", false, false, false },
    };
    static const unsigned flags[] = { 0, SIGMA_REGEX_START, SIGMA_REGEX_END };
    for (size_t k = 0; k < COUNT(flags); k++) {
        struct sigma_value value = { .kind = SIGMA_VALUE_REGEX,
                                     .text = SLICE_LIT("ab\\d|ab"),
                                     .regex_flags = flags[k] };
        struct matcher matcher;
        assert_int_equal(matcher_init(&matcher, NULL, &value, false, NULL), 0);
        for (size_t i = 0; i < COUNT(cases); i++) {
            const bool wanted[] = { cases[i].free, cases[i].start, cases[i].end };
            if (matcher_matches(&matcher, slice_from(cases[i].text)) != wanted[k])
                fail_msg("'%s' with flags %u", cases[i].text, flags[k]);
        }
        matcher_deinit(&matcher);
    }
}

static void test_keyword_of_many_wildcards(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct buf raw = BUF_INIT, text = BUF_INIT;
    buf_add_text(&text, "in front ");
    for (int i = 0; i < 50; i++) {
        buf_add_text(&raw, "a?");
        buf_add_text(&text, "ab");
    }
    buf_add_text(&text, " behind");
    struct sigma_value value = pattern_value(&arena, raw.ptr);
    struct matcher matcher;
    matcher_init(&matcher, &arena, &value, false, NULL);
    assert_int_equal(matcher_found_in(&matcher, buf_slice(&text)), 1);
    buf_deinit(&raw);
    buf_deinit(&text);
    arena_deinit(&arena);
}

static void test_regex(void **state)
{
    (void)state;
    static const struct {
        const char *regex, *text;
        unsigned flags;
        int got;
    } cases[] = {
        { "b", "abc", 0, 1 },
        { "^b", "abc", 0, 0 },
        { "B", "abc", 0, 0 },
        { "B", "abc", SIGMA_REGEX_ICASE, 1 },
        { "^b", "a\nb", 0, 0 },
        { "^b", "a\nb", SIGMA_REGEX_MULTILINE, 1 },
        { "a.b", "a\nb", 0, 0 },
        { "a.b", "a\nb", SIGMA_REGEX_DOTALL, 1 },
        { "(?i)B", "abc", 0, 1 },
        { "a(?=b)", "ab", 0, 1 },
        { "(?<!x)b", "ab", 0, 1 },
        { "(a)\\1", "aa", 0, 1 },
        { "", "", 0, 1 },
        { "^$", "", 0, 1 },
        { "x", "", 0, 0 },
        { "\\d{3}", "a241", 0, 1 },
        { "^.$", "\xC3\xA4", 0, 1 }, /* characters, not bytes */
        { "\xC3\x84", "\xC3\xA4", SIGMA_REGEX_ICASE, 1 },
        /* subjects that are not UTF-8 */
        { "b",
          "\xff"
          "b",
          0, 1 },
        { "b$",
          "\xC3"
          "b",
          0, 1 },
        { "ab",
          "a\xff"
          "b",
          0, 0 },
        { "a.b",
          "a\xff"
          "b",
          0, 0 },
        { "cmd",
          "\xe0\x80\xff\xff"
          "cmd\xf0\x9f",
          0, 1 },
        { "x", "\xff\xfe\xc0\x80", 0, 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sigma_value value = { .kind = SIGMA_VALUE_REGEX,
                                     .text = slice_from(cases[i].regex),
                                     .regex_flags = cases[i].flags };
        struct matcher matcher;
        struct err err = ERR_INIT;
        assert_int_equal(matcher_init(&matcher, NULL, &value, false, &err), 0);
        int got = matcher_matches(&matcher, slice_from(cases[i].text));
        if (got != cases[i].got)
            fail_msg("/%s/ on '%s': %d", cases[i].regex, cases[i].text, got);
        assert_int_equal(matcher_found_in(&matcher, slice_from(cases[i].text)), got);
        assert_int_equal(matcher_matches(&matcher, SLICE_NULL), 0);
        matcher_deinit(&matcher);
        matcher_deinit(&matcher);
    }
}

static void test_regex_refused(void **state)
{
    (void)state;
    static const char *const cases[] = { "(",   "[", "*a", "a{2,1}", "\\C", "(?<n>a)(?<n>b)",
                                         "\xff" };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sigma_value value = { .kind = SIGMA_VALUE_REGEX, .text = slice_from(cases[i]) };
        struct matcher matcher;
        struct err err = ERR_INIT;
        if (matcher_init(&matcher, NULL, &value, false, &err) == 0)
            fail_msg("/%s/ is taken", cases[i]);
        assert_int_equal(err.code, ERR_RULE);
        assert_true(slice_has(slice_from(err.msg), SLICE_LIT("regular expression")));
        matcher_deinit(&matcher);
    }
}

static void test_regex_gives_up(void **state)
{
    (void)state;
    static const char *const cases[] = { "^(a+)+$", "^(a|aa)+$", "(a*)*b",
                                         "^(([a-z])+.)+[A-Z]$" };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sigma_value value = { .kind = SIGMA_VALUE_REGEX, .text = slice_from(cases[i]) };
        struct matcher matcher;
        assert_int_equal(matcher_init(&matcher, NULL, &value, false, NULL), 0);
        int got = matcher_matches(&matcher,
                                  SLICE_LIT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"));
        if (i != 2) /* that one PCRE2 sees through: no 'b', no match */
            assert_int_equal(got, -1);
        assert_int_equal(matcher_matches(&matcher, SLICE_LIT("!")), 0); /* and goes on */
        matcher_deinit(&matcher);
    }
}

/* A long value alone is no reason to give up. */
static void test_regex_on_long_text(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    for (int i = 0; i < 3000; i++)
        buf_add_text(&text, "ab");
    static const char *const cases[] = { "^(a|b)*$", "^(?:a|b)*$", "^(ab)+$", "b$" };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sigma_value value = { .kind = SIGMA_VALUE_REGEX, .text = slice_from(cases[i]) };
        struct matcher matcher;
        assert_int_equal(matcher_init(&matcher, NULL, &value, false, NULL), 0);
        int got = matcher_matches(&matcher, buf_slice(&text));
        if (got != 1)
            fail_msg("/%s/: %d", cases[i], got);
        matcher_deinit(&matcher);
    }
    buf_deinit(&text);
}

static void test_cidr(void **state)
{
    (void)state;
    static const struct {
        const char *network, *text;
        int got;
    } cases[] = {
        { "10.0.0.0/8", "10.1.2.3", 1 }, { "10.0.0.0/8", "10.1.2.3:443", 1 },
        { "10.0.0.0/8", "11.1.2.3", 0 }, { "10.0.0.0/8", "", 0 },
        { "10.0.0.0/8", "10.x", 0 },     { "fe80::/10", "fe80::1%3", 1 },
        { "::1/128", "[::1]:443", 1 },   { "10.0.0.0/8", "::ffff:10.0.0.1", 1 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sigma_value value = { .kind = SIGMA_VALUE_CIDR,
                                     .text = slice_from(cases[i].network) };
        struct matcher matcher;
        assert_int_equal(matcher_init(&matcher, NULL, &value, false, NULL), 0);
        assert_int_equal(matcher_matches(&matcher, slice_from(cases[i].text)), cases[i].got);
        assert_int_equal(matcher_matches(&matcher, SLICE_NULL), 0);
    }
    struct sigma_value value = { .kind = SIGMA_VALUE_CIDR, .text = SLICE_LIT("10/8") };
    struct matcher matcher;
    struct err err = ERR_INIT;
    assert_true(matcher_init(&matcher, NULL, &value, false, &err) < 0);
    assert_int_equal(err.code, ERR_RULE);
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        struct slice text;
        int lt, lte, gt, gte; /* than 10 */
    } cases[] = {
        { { "9", 1 }, 1, 1, 0, 0 },    { { "10", 2 }, 0, 1, 0, 1 },
        { { "10.0", 4 }, 0, 1, 0, 1 }, { { "11", 2 }, 0, 0, 1, 1 },
        { { "-11", 3 }, 1, 1, 0, 0 },  { { "0x10", 4 }, 0, 0, 1, 1 },
        { { "1e3", 3 }, 0, 0, 1, 1 },  { { "", 0 }, 0, 0, 0, 0 },
        { { "x", 1 }, 0, 0, 0, 0 },    { { "10x", 3 }, 0, 0, 0, 0 },
        { { "inf", 3 }, 0, 0, 0, 0 },  { { "infinity", 8 }, 0, 0, 0, 0 },
        { { "nan", 3 }, 0, 0, 0, 0 },  { { "99\0x", 4 }, 0, 0, 0, 0 },
        { { " 99", 3 }, 0, 0, 0, 0 },  { { "99 ", 3 }, 0, 0, 0, 0 },
    };
    static const enum sigma_compare compares[] = { SIGMA_LT, SIGMA_LTE, SIGMA_GT, SIGMA_GTE };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const int wanted[] = { cases[i].lt, cases[i].lte, cases[i].gt, cases[i].gte };
        for (size_t c = 0; c < 4; c++) {
            struct sigma_value value = { .kind = SIGMA_VALUE_COMPARE,
                                         .compare = compares[c],
                                         .number = 10 };
            struct matcher matcher;
            assert_int_equal(matcher_init(&matcher, NULL, &value, false, NULL), 0);
            if (matcher_matches(&matcher, cases[i].text) != wanted[c])
                fail_msg("'%.*s', comparison %zu", SLICE_FMT(cases[i].text), c);
            assert_int_equal(matcher_matches(&matcher, SLICE_NULL), 0);
        }
    }
}

static void test_absent(void **state)
{
    (void)state;
    static const struct {
        enum sigma_value_kind kind;
        bool wanted;
        int absent, empty, text;
    } cases[] = {
        { SIGMA_VALUE_NULL, false, 1, 1, 0 },
        { SIGMA_VALUE_EXISTS, true, 0, 1, 1 },
        { SIGMA_VALUE_EXISTS, false, 1, 0, 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sigma_value value = { .kind = cases[i].kind, .wanted = cases[i].wanted };
        struct matcher matcher;
        assert_int_equal(matcher_init(&matcher, NULL, &value, false, NULL), 0);
        assert_int_equal(matcher_matches(&matcher, SLICE_NULL), cases[i].absent);
        assert_int_equal(matcher_matches(&matcher, SLICE_LIT("")), cases[i].empty);
        assert_int_equal(matcher_matches(&matcher, SLICE_LIT("x")), cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_random_globs),
        cmocka_unit_test(test_glob_that_goes_back_often),
        cmocka_unit_test(test_long_value_beyond_ascii),
        cmocka_unit_test(test_dashes),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_time_parts),
        cmocka_unit_test(test_held_expressions),
        cmocka_unit_test(test_keyword_of_many_wildcards),
        cmocka_unit_test(test_regex),
        cmocka_unit_test(test_regex_refused),
        cmocka_unit_test(test_regex_gives_up),
        cmocka_unit_test(test_regex_on_long_text),
        cmocka_unit_test(test_cidr),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
