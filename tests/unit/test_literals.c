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

static void assert_literals(const char *detection, const char *wanted)
{
    struct sigma_set set = SIGMA_SET_INIT;
    struct arena arena = ARENA_INIT;
    struct buf text = BUF_INIT, got = BUF_INIT;
    buf_printf(&text, HEAD "%s\n", detection);
    sigma_set_add_text(&set, SLICE_LIT("t.yml"), buf_slice(&text));
    sigma_set_link(&set);
    if (set.rule_count != 1)
        fail_msg("%s is refused: %.*s", text.ptr, SLICE_FMT(set.refusals[0].reason));
    struct literal_set literals = literals_required(&arena, set.rules[0], derived, NULL);
    buf_add_text(&got, "");
    for (size_t i = 0; i < literals.count; i++)
        buf_printf(&got, "%s%.*s", i ? " " : "", SLICE_FMT(literals.literals[i]));
    if (!slice_eq(buf_slice(&got), slice_from(wanted)))
        fail_msg("%s\ngives '%s', not '%s'", detection, got.ptr, wanted);
    buf_deinit(&text);
    buf_deinit(&got);
    arena_deinit(&arena);
    sigma_set_deinit(&set);
}

#define ONE(item) "  s: {" item "}\n  condition: s"

static void test_values(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { ONE("A: abcdef"), "abcdef" },
        { ONE("A: abc"), "" }, /* too short */
        { ONE("A: abcd"), "abcd" },
        { ONE("A|contains: abcd"), "abcd" },
        { ONE("A|contains|cased: ABcd"), "ABcd" },
        { ONE("A: 'abcd*efghi'"), "efghi" },
        { ONE("A: 'ab?cd*ef'"), "" },
        { ONE("A: ''"), "" },
        { ONE("A: '*'"), "" },
        /* only what every log writes unchanged */
        { ONE("A: 'Mozilla Firefox/9'"), "Firefox/9" },
        { ONE("A: 'ab cd ef'"), "" },
        { ONE("A: 'x.aspx\\?cmdline=1'"), "cmdline=1" },
        { ONE("A: 'say \"word\" now'"), "word" },
        { ONE("A: \"it's_so_long\""), "s_so_long" },
        { ONE("A: 'one,three'"), "three" },
        { ONE("A: 'one+three'"), "three" },
        { ONE("A: 'r\xC3\xA4uber'"), "uber" },
        { ONE("A: '\xC3\xA4\xC3\xB6\xC3\xBC\xC3\xA4'"), "" },
        /* values without text */
        { ONE("A: null"), "" },
        { ONE("A|exists: true"), "" },
        { ONE("A|cidr: 10.0.0.0/8"), "" },
        { ONE("A|gte: 1000"), "" },
        { ONE("A|re: abcdef"), "" },
        /* lists */
        { ONE("A: [abcd, efgh]"), "abcd efgh" },
        { ONE("A: [abcd, ef]"), "" },
        { ONE("A: [abcd, null]"), "" },
        { ONE("A|contains|all: [abcd, efghi]"), "efghi" },
        { ONE("A|contains|all: [ab, efghi]"), "efghi" },
        { ONE("A|re|all: [abcd, efghi]"), "" },
        { "  s: [abcd, efgh]\n  condition: s", "abcd efgh" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_literals(cases[i][0], cases[i][1]);
}

static void test_trees(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { ONE("A: abcd, B: efghi"), "efghi" },
        { ONE("A: abcd, B: null"), "abcd" },
        { ONE("A: abcd, B|re: x.*y"), "abcd" },
        { ONE("A: [abcdef, ghijkl], B: mnopqr"), "mnopqr" }, /* equal length: fewer */
        { "  a: {A: abcd}\n  b: {B: efghi}\n  condition: a or b", "abcd efghi" },
        { "  a: {A: abcd}\n  b: {B: ef}\n  condition: a or b", "" },
        { "  a: {A: abcd}\n  b: {B: efghi}\n  condition: a and not b", "abcd" },
        { "  a: {A: abcd}\n  condition: not a", "" },
        { "  a: {A: abcd}\n  condition: not not a", "" },
        { "  a: {A: abcd}\n  b: {B: efghi}\n  condition: a or not b", "" },
        { "  a: {A: abcd}\n  b: {B: efghi}\n  condition: 1 of them", "abcd efghi" },
        { "  a: {A: abcd}\n  b: {B: efghi}\n  condition: all of them", "efghi" },
        { "  a: {A: abcd}\n  b: {B: efgh}\n  c: {C: ijkl}\n  condition: (a or b) and c",
          "ijkl" },
        { "  a: {A: abcd}\n  b: {B: efgh}\n  c: {C|re: x}\n  condition: (a or b) and c",
          "abcd efgh" },
        { "  a:\n    - A: abcd\n    - B: efgh\n  condition: a", "abcd efgh" },
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

static void test_more_than_fit(void **state)
{
    (void)state;
    struct buf detection = BUF_INIT;
    buf_add_text(&detection, "  condition: s\n  s:\n    A:\n");
    for (int i = 0; i < 5000; i++)
        buf_printf(&detection, "      - abcd%d\n", i);
    assert_literals(detection.ptr, "");
    buf_deinit(&detection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_trees),
        cmocka_unit_test(test_derived),
        cmocka_unit_test(test_more_than_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
