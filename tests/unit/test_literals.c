/* Which literals a rule needs in the raw line: enough to filter, never one too many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "match/literals.h"

#define HEAD "title: t\nlogsource: {category: webserver}\ndetection:\n"

static const char *const page_literals[] = { ".aspx", ".ashx", NULL };

static const char *const *derived(const void *context, struct slice field)
{
    (void)context;
    return slice_eq(field, SLICE_LIT("page")) ? page_literals : NULL;
}

static void assert_literals_in(enum literal_medium medium, const char *detection,
                               const char *wanted)
{
    struct sigma_set set = SIGMA_SET_INIT;
    struct arena arena = ARENA_INIT;
    struct buf text = BUF_INIT, got = BUF_INIT;
    buf_printf(&text, HEAD "%s\n", detection);
    sigma_set_add_text(&set, SLICE_LIT("t.yml"), buf_slice(&text));
    sigma_set_link(&set);
    if (set.rule_count != 1)
        fail_msg("%s is refused: %.*s", text.ptr, SLICE_FMT(set.refusals[0].reason));
    struct literal_costs *costs = literal_costs_new();
    struct literal_set literals =
        literals_required(&arena, set.rules[0], medium, costs, derived, NULL);
    buf_add_text(&got, "");
    for (size_t i = 0; i < literals.count; i++)
        buf_printf(&got, "%s%.*s", i ? " " : "", SLICE_FMT(literals.literals[i]));
    if (!slice_eq(buf_slice(&got), slice_from(wanted)))
        fail_msg("%s\ngives '%s', not '%s'", detection, got.ptr, wanted);
    buf_deinit(&text);
    buf_deinit(&got);
    literal_costs_free(costs);
    arena_deinit(&arena);
    sigma_set_deinit(&set);
}

static void assert_literals(const char *detection, const char *wanted)
{
    assert_literals_in(LITERAL_RAW_LINE, detection, wanted);
}

#define ONE(item) "  s: {" item "}\n  condition: s"

static void test_values(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { ONE("A: abcdef"), "abcdef" },
        { ONE("A: ab"), "ab" },
        { ONE("A: a"), "" }, /* too short */
        { ONE("A: abcde"), "abcde" },
        { ONE("A|contains: abcde"), "abcde" },
        { ONE("A|contains|cased: ABcde"), "ABcde" },
        { ONE("A: 'abcde*fghijk'"), "fghijk" },
        { ONE("A: 'ab?cd*ef'"), "ab" },
        { ONE("A: 'a?c*e'"), "" },
        { ONE("A: ''"), "" },
        { ONE("A: '*'"), "" },
        /* only what every log writes unchanged */
        { ONE("A: 'Mozilla Firefox/9'"), "Firefox/9" },
        { ONE("A: 'ab c'"), "ab" },
        { ONE("A: 'a b c'"), "" },
        { ONE("A: 'x.aspx\\?cmdline=1'"), "cmdline=1" },
        { ONE("A: 'say \"words\" now'"), "words" },
        { ONE("A: \"it's_so_long\""), "s_so_long" },
        { ONE("A: 'one,threes'"), "threes" },
        { ONE("A: 'one+threes'"), "threes" },
        { ONE("A: 'r\xC3\xA4ubers'"), "ubers" },
        { ONE("A: '\xC3\xA4\xC3\xB6\xC3\xBC\xC3\xA4'"), "" },
        /* values without text */
        { ONE("A: null"), "" },
        { ONE("A|exists: true"), "" },
        { ONE("A|cidr: 10.0.0.0/8"), "" },
        { ONE("A|gte: 1000"), "" },
        { ONE("A|re: abcdef"), "" },
        /* lists */
        { ONE("A: [abcde, fghij]"), "abcde fghij" },
        { ONE("A: [abcde, e]"), "" },
        { ONE("A: [abcde, null]"), "" },
        { ONE("A|contains|all: [abcde, fghijk]"), "fghijk" },
        { ONE("A|contains|all: [ab, fghijk]"), "fghijk" },
        { ONE("A|re|all: [abcde, fghijk]"), "" },
        { "  s: [abcde, fghij]\n  condition: s", "abcde fghij" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_literals(cases[i][0], cases[i][1]);
}

static void test_trees(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { ONE("A: abcde, B: fghijk"), "fghijk" },
        { ONE("A: abcde, B: null"), "abcde" },
        { ONE("A: abcde, B|re: x.*y"), "abcde" },
        { ONE("A: [abcdef, ghijkl], B: mnopqr"), "mnopqr" }, /* equal length: fewer */
        { "  a: {A: abcde}\n  b: {B: fghijk}\n  condition: a or b", "abcde fghijk" },
        { "  a: {A: abcde}\n  b: {B: e}\n  condition: a or b", "" },
        { "  a: {A: abcde}\n  b: {B: fghijk}\n  condition: a and not b", "abcde" },
        { "  a: {A: abcde}\n  condition: not a", "" },
        { "  a: {A: abcde}\n  condition: not not a", "" },
        { "  a: {A: abcde}\n  b: {B: fghijk}\n  condition: a or not b", "" },
        { "  a: {A: abcde}\n  b: {B: fghijk}\n  condition: 1 of them", "abcde fghijk" },
        { "  a: {A: abcde}\n  b: {B: fghijk}\n  condition: all of them", "fghijk" },
        { "  a: {A: abcde}\n  b: {B: fghij}\n  c: {C: klmnop}\n  condition: (a or b) and c",
          "klmnop" },
        { "  a: {A: abcde}\n  b: {B: fghij}\n  c: {C|re: x}\n  condition: (a or b) and c",
          "abcde fghij" },
        { "  a:\n    - A: abcde\n    - B: fghij\n  condition: a", "abcde fghij" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_literals(cases[i][0], cases[i][1]);
}

static void test_derived(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { ONE("page: known"), ".aspx .ashx" },
        { ONE("page: [known, foreign]"), ".aspx .ashx" },
        { ONE("page|re: k.*"), ".aspx .ashx" },
        { ONE("page|exists: true"), ".aspx .ashx" },
        { ONE("page|exists: false"), "" },
        { ONE("page: null"), "" },
        { ONE("page: [known, null]"), "" },
        { ONE("page: known, A: abcdefgh"), "abcdefgh" },
        { ONE("page|contains|all: [know, foreign]"), ".aspx .ashx" },
        { "  a: {page: known}\n  condition: not a", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_literals(cases[i][0], cases[i][1]);
}

/* What survives depends on where it is looked for; a space has two spellings in IIS logs. */
static void test_media(void **state)
{
    (void)state;
    static const struct {
        enum literal_medium medium;
        const char *detection, *wanted;
    } cases[] = {
        { LITERAL_W3C, ONE("A: 'UNION SELECT'"), "UNION SELECT UNION+SELECT" },
        { LITERAL_W3C, ONE("A: \"x'='y\""), "x'='y" },
        { LITERAL_W3C, ONE("A: 'a+b,c'"), "a+b,c" },
        { LITERAL_W3C, ONE("A: 'x.aspx\\?cmdline=1'"), "cmdline=1" },
        { LITERAL_W3C, ONE("A: 'q w  e'"), "q w q+w" },
        { LITERAL_CSV, ONE("A: 'UNION SELECT'"), "UNION SELECT" },
        { LITERAL_CSV, ONE("A: \"it's, so\""), "it's, so" },
        { LITERAL_CSV, ONE("A: 'say \"words\" n'"), "words" },
        { LITERAL_VALUE, ONE("A: 'say \"what?\" now'"), "say \"what" },
        { LITERAL_VALUE, ONE("A: 'say \"what\\?\" now'"), "say \"what?\" now" },
        { LITERAL_VALUE, ONE("A: 'r\xC3\xA4ubers'"), "ubers" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_literals_in(cases[i].medium, cases[i].detection, cases[i].wanted);
}

/* Of what is needed together, the rarest is looked for; the rest is asked about afterwards. */
static void test_also(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    struct arena arena = ARENA_INIT;
    struct literal_costs *costs = literal_costs_new();
    sigma_set_add_text(&set, SLICE_LIT("t.yml"),
                       SLICE_LIT(HEAD
                                 "  s: {A|contains|all: [/owa/, xyzzy~1, q9], B: [u8, v7]}\n"
                                 "  condition: s\n"));
    sigma_set_link(&set);
    assert_int_equal(set.rule_count, 1);
    struct literal_set got =
        literals_required(&arena, set.rules[0], LITERAL_CSV, costs, derived, NULL);
    assert_int_equal(got.count, 1);
    assert_true(slice_eq(got.literals[0], SLICE_LIT("xyzzy~1")));
    assert_true(literals_also_in(&got, SLICE_LIT("/OWA/ xyzzy~1 q9 V7")));
    assert_true(literals_also_in(&got, SLICE_LIT("u8 xyzzy~1 q9 /owa/")));
    assert_false(literals_also_in(&got, SLICE_LIT("/owa/ xyzzy~1 u8")));
    assert_false(literals_also_in(&got, SLICE_LIT("/owa xyzzy~1 q9 u8")));
    assert_false(literals_also_in(&got, SLICE_LIT("/owa/ xyzzy~1 q9")));
    literal_costs_free(costs);
    arena_deinit(&arena);
    sigma_set_deinit(&set);
}

static void test_more_than_fit(void **state)
{
    (void)state;
    struct buf detection = BUF_INIT;
    buf_add_text(&detection, "  condition: s\n  s:\n    A:\n");
    for (int i = 0; i < 5000; i++)
        buf_printf(&detection, "      - abcde%d\n", i);
    assert_literals(detection.ptr, "");
    buf_deinit(&detection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),  cmocka_unit_test(test_trees),
        cmocka_unit_test(test_derived), cmocka_unit_test(test_more_than_fit),
        cmocka_unit_test(test_media),   cmocka_unit_test(test_also),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
