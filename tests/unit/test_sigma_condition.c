/* The condition language: precedence, quantifiers, refusals, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "sigma/rule.h"

static const char *const default_names[] = { "a",     "b",       "c",        "sel_one",
                                             "sel_2", "flt-one", "_private", "_pub" };
enum { NAME_COUNT = sizeof default_names / sizeof *default_names };

static int print_condition(struct arena *arena, struct slice condition, struct slice *out,
                           struct err *err)
{
    struct slice names[NAME_COUNT];
    for (size_t i = 0; i < NAME_COUNT; i++)
        names[i] = slice_from(default_names[i]);
    return sigma_condition_print(arena, condition, names, NAME_COUNT, out, err);
}

static void test_accepted(void **state)
{
    (void)state;
    static const struct {
        const char *condition, *tree;
    } cases[] = {
        { "a", "a" },
        { "  a\t\n", "a" },
        { "(a)", "a" },
        { "((a))", "a" },
        { "a and b", "(and a b)" },
        { "a or b", "(or a b)" },
        { "a and b and c", "(and a b c)" },
        { "a or b or c", "(or a b c)" },
        { "not a", "(not a)" },
        { "not not a", "(not (not a))" },
        { "not (a)", "(not a)" },
        { "not(a)and(b)", "(and (not a) b)" },
        { "a or b and c", "(or a (and b c))" },
        { "a and b or c", "(or (and a b) c)" },
        { "(a or b) and c", "(and (or a b) c)" },
        { "not a and b", "(and (not a) b)" },
        { "a and not b or c", "(or (and a (not b)) c)" },
        { "not (a or b)", "(not (or a b))" },
        { "a AND b OR NOT c", "(or (and a b) (not c))" },
        { "sel_one and flt-one", "(and sel_one flt-one)" },
        { "_private", "_private" },
        { "a or a", "(or a a)" },
        { "1 of sel_*", "(or sel_one sel_2)" },
        { "any of sel_*", "(or sel_one sel_2)" },
        { "all of sel_*", "(and sel_one sel_2)" },
        { "ALL OF sel_*", "(and sel_one sel_2)" },
        { "1 of *one", "(or sel_one flt-one)" },
        { "1 of *_*", "(or sel_one sel_2)" },
        { "1 of s*l*o*e", "sel_one" },
        { "1 of *", "(or a b c sel_one sel_2 flt-one)" },
        { "1 of _*", "(or _private _pub)" },
        { "1 of _pub", "_pub" },
        { "1 of a", "a" },
        { "all of a*", "a" },
        { "1 of them", "(or a b c sel_one sel_2 flt-one)" },
        { "any of them", "(or a b c sel_one sel_2 flt-one)" },
        { "all of them", "(and a b c sel_one sel_2 flt-one)" },
        { "not 1 of sel_*", "(not (or sel_one sel_2))" },
        { "a and not 1 of sel_*", "(and a (not (or sel_one sel_2)))" },
        { "not all of sel_* or b", "(or (not (and sel_one sel_2)) b)" },
        /* What matches no search is dropped. */
        { "a and not 1 of none*", "a" },
        { "a and 1 of none*", "a" },
        { "1 of none* or a or b", "(or a b)" },
        { "a and (1 of no* or all of no*)", "a" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA_INIT;
        struct err err = ERR_INIT;
        struct slice out = SLICE_NULL;
        if (print_condition(&arena, slice_from(cases[i].condition), &out, &err) < 0)
            fail_msg("'%s' refused: %s", cases[i].condition, err.msg);
        if (!slice_eq(out, slice_from(cases[i].tree)))
            fail_msg("'%s' is %.*s, not %s", cases[i].condition, SLICE_FMT(out), cases[i].tree);
        arena_deinit(&arena);
    }
}

static void assert_refused(struct slice condition, const char *reason)
{
    struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct slice out = SLICE_NULL;
    if (print_condition(&arena, condition, &out, &err) >= 0)
        fail_msg("'%.*s' is taken as %.*s", SLICE_FMT(slice_first(condition, 80)),
                 SLICE_FMT(slice_first(out, 80)));
    assert_int_equal(err.code, ERR_RULE);
    if (!strstr(err.msg, reason))
        fail_msg("'%.*s': '%s' does not say '%s'", SLICE_FMT(slice_first(condition, 80)),
                 err.msg, reason);
    arena_deinit(&arena);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *condition, *reason;
    } cases[] = {
        { "", "ends where" },
        { "   ", "ends where" },
        { "(", "ends where" },
        { ")", "')'" },
        { "()", "')'" },
        { "(a", "')'" },
        { "a)", "')'" },
        { "a b", "'b'" },
        { "a not b", "'not'" },
        { "a and", "ends where" },
        { "and a", "'and'" },
        { "a and or b", "'or'" },
        { "not", "ends where" },
        { "a or not", "ends where" },
        { "nothing", "'nothing'" },
        { "A", "'A'" }, /* names keep their case */
        { "a and selection", "'selection'" },
        { "a And b", "'And'" },
        { "1 of", "ends where" },
        { "1 of (a)", "pattern" },
        { "1 of nope", "'nope'" },
        { "1 of none*", "empty" },
        { "not 1 of none*", "empty" },
        { "1", "'1'" },
        { "1 a", "'1'" },
        { "all", "'all'" },
        { "of them", "'of'" },
        { "them", "'them'" },
        { "2 of sel_*", "'2 of'" },
        { "0 of them", "'0 of'" },
        { "a | count() > 5", "an aggregation stands" },
        { "a|count() by b > 5", "an aggregation stands" },
        { "| count()", "an aggregation stands" },
        { "(a | near b)", "an aggregation stands" },
        { "1 of | x", "an aggregation stands" },
        { "sel_*", "'sel_*'" },
        { "\xFF\xFE", "which the detection" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(slice_from(cases[i].condition), cases[i].reason);
    assert_refused(slice_of("a\0b", 3), "which the detection");
}

static void repeat(struct buf *buf, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_add_text(buf, text);
}

static void test_depth(void **state)
{
    (void)state;
    static const char *const openers[] = { "(", "not ", "not (" };
    for (size_t i = 0; i < 3; i++) {
        struct buf buf = BUF_INIT;
        repeat(&buf, openers[i], 10000);
        buf_add_text(&buf, "a");
        assert_refused(buf_slice(&buf), "64 levels");
        buf_deinit(&buf);
    }
}

static void test_depth_64_is_taken(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct slice out = SLICE_NULL;
    struct buf buf = BUF_INIT;
    repeat(&buf, "(", 64);
    buf_add_text(&buf, "a");
    repeat(&buf, ")", 64);
    buf_add_text(&buf, " or ((b))"); /* the depth is given back */
    assert_int_equal(print_condition(&arena, buf_slice(&buf), &out, &err), 0);
    assert_true(slice_eq(out, SLICE_LIT("(or a b)")));
    buf_deinit(&buf);
    arena_deinit(&arena);
}

static void test_bounds(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    repeat(&buf, "a or ", 10001);
    buf_add_text(&buf, "a");
    assert_refused(buf_slice(&buf), "10000");
    buf_clear(&buf);
    repeat(&buf, "1 of them or ", 3000);
    buf_add_text(&buf, "a");
    assert_refused(buf_slice(&buf), "10000");
    buf_clear(&buf);
    repeat(&buf, " ", 70000);
    buf_add_text(&buf, "a");
    assert_refused(buf_slice(&buf), "64 KiB");
    buf_deinit(&buf);
}

/* A pattern full of stars over a name that nearly matches must not explode. */
static void test_glob_is_not_exponential(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct slice out = SLICE_NULL;
    struct buf name = BUF_INIT;
    struct buf condition = BUF_INIT;
    repeat(&name, "a", 255);
    buf_add_text(&condition, "1 of ");
    repeat(&condition, "*a", 200);
    buf_add_text(&condition, "*b");
    struct slice names[] = { buf_slice(&name) };
    assert_true(sigma_condition_print(&arena, buf_slice(&condition), names, 1, &out, &err) < 0);
    buf_deinit(&name);
    buf_deinit(&condition);
    arena_deinit(&arena);
}

static void test_error_may_be_ignored(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct slice out = SLICE_NULL;
    assert_true(print_condition(&arena, SLICE_LIT("("), &out, NULL) < 0);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_depth_64_is_taken),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_glob_is_not_exponential),
        cmocka_unit_test(test_error_may_be_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
