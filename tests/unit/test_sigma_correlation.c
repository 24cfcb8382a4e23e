/* Correlations: the section, the references between rules, who is silent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "sigma/rule.h"

#define BASE(id, name)                                                                         \
    "---\ntitle: base " id "\nid: " id "\nname: " name                                         \
    "\nlogsource: {category: webserver}\ndetection: {s: {A: x}, condition: s}\n"
#define BASES BASE("id-a", "a") BASE("id-b", "b")
#define HEAD "title: c\ncorrelation:\n"
#define COUNT HEAD "  type: event_count\n  rules: a\n  timespan: 5m\n"
#define ORDERED HEAD "  type: temporal_ordered\n  rules: [a, b]\n  timespan: 1h\n"

static void add(struct sigma_set *set, const char *text)
{
    sigma_set_add_text(set, SLICE_LIT("c.yml"), slice_from(text));
}

/* The correlation stands first: references may point forward. */
static void load(struct sigma_set *set, const char *correlation)
{
    add(set, correlation);
    add(set, BASES);
    sigma_set_link(set);
}

static void test_event_count(void **state)
{
    (void)state;
    static const struct {
        const char *condition;
        enum sigma_compare compare;
        double threshold;
    } cases[] = {
        { "gte: 10", SIGMA_GTE, 10 }, { "gt: 0", SIGMA_GT, 0 },     { "gte: 1", SIGMA_GTE, 1 },
        { "eq: 3", SIGMA_EQ, 3 },     { "gt: 2.5", SIGMA_GT, 2.5 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sigma_set set = SIGMA_SET_INIT;
        struct buf buf = BUF_INIT;
        buf_printf(&buf, COUNT "  group-by: [c-ip, cs-host]\n  condition: {%s}\n",
                   cases[i].condition);
        load(&set, buf.ptr);
        assert_int_equal(set.refusal_count, 0);
        const struct sigma_correlation *correlation = set.rules[0]->correlation;
        assert_int_equal(correlation->kind, SIGMA_EVENT_COUNT);
        assert_int_equal(correlation->compare, cases[i].compare);
        assert_true(correlation->threshold == cases[i].threshold);
        assert_int_equal(correlation->timespan_ms, 300000);
        assert_int_equal(correlation->group_count, 2);
        assert_true(slice_eq(correlation->group_by[1], SLICE_LIT("cs-host")));
        assert_int_equal(correlation->rule_count, 1);
        assert_ptr_equal(correlation->rules[0], set.rules[1]);
        assert_false(correlation->generate);
        assert_null(set.rules[0]->detection);
        assert_false(set.rules[0]->silent);
        assert_true(set.rules[1]->silent);
        assert_false(set.rules[2]->silent);
        buf_deinit(&buf);
        sigma_set_deinit(&set);
    }
}

static void test_temporal_ordered(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    load(&set, HEAD "  type: temporal_ordered\n  rules: [b, ID-A]\n  timespan: 2d\n");
    assert_int_equal(set.refusal_count, 0);
    const struct sigma_correlation *correlation = set.rules[0]->correlation;
    assert_int_equal(correlation->kind, SIGMA_TEMPORAL_ORDERED);
    assert_int_equal(correlation->timespan_ms, 2 * 86400000);
    assert_int_equal(correlation->group_count, 0);
    assert_true(slice_eq(correlation->rule_refs[0], SLICE_LIT("b")));
    assert_ptr_equal(correlation->rules[0], set.rules[2]);
    assert_ptr_equal(correlation->rules[1], set.rules[1]); /* ids fold, names do not */
    sigma_set_deinit(&set);
}

static void test_timespans(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* 0: refused */
    } cases[] = {
        { "1s", 1000 },
        { "90s", 90000 },
        { "15m", 900000 },
        { "24h", 86400000 },
        { "30d", INT64_C(2592000000) },
        { "0s", 0 },
        { "5", 0 },
        { "m", 0 },
        { "''", 0 },
        { "5w", 0 },
        { "5M", 0 },
        { "-5m", 0 },
        { "5 m", 0 },
        { "1.5h", 0 },
        { "1h30m", 0 },
        { "99999999999999999999d", 0 },
        { "9223372036854775807d", 0 },
        { "[5m]", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sigma_set set = SIGMA_SET_INIT;
        struct buf buf = BUF_INIT;
        buf_printf(&buf, HEAD "  type: temporal_ordered\n  rules: a\n  timespan: %s\n",
                   cases[i].text);
        load(&set, buf.ptr);
        if (set.refusal_count != (cases[i].ms == 0))
            fail_msg("timespan %s", cases[i].text);
        if (cases[i].ms)
            assert_int_equal(set.rules[0]->correlation->timespan_ms, cases[i].ms);
        buf_deinit(&buf);
        sigma_set_deinit(&set);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line;
        const char *reason;
    } cases[] = {
        { "title: c\ncorrelation: x", 2, "must be a map" },
        { "title: c\ncorrelation: []", 2, "must be a map" },
        { "correlation: {type: event_count}", 1, "no 'title'" },
        { HEAD "  rules: a", 3, "no 'type'" },
        { HEAD
          "  type: value_count\n  rules: a\n  timespan: 5m\n  condition: {gte: 5, field: x}",
          3, "'value_count' is not supported" },
        { HEAD "  type: temporal\n  rules: [a, b]\n  timespan: 5m", 3, "'temporal' is not" },
        { HEAD "  type: value_sum", 3, "'value_sum' is not" },
        { HEAD "  type: value_avg", 3, "'value_avg' is not" },
        { HEAD "  type: value_percentile", 3, "'value_percentile' is not" },
        { HEAD "  type: [event_count]", 3, "type '' is not" },
        { HEAD "  type: event_count\n  timespan: 5m\n  condition: {gte: 1}", 3, "no 'rules'" },
        { HEAD "  type: event_count\n  rules: []\n  timespan: 5m", 3, "no 'rules'" },
        { HEAD "  type: event_count\n  rules: {a: b}\n  timespan: 5m", 4, "'rules'" },
        { HEAD "  type: event_count\n  rules: [[a]]\n  timespan: 5m", 4, "'rules'" },
        { HEAD "  type: event_count\n  rules: a\n  condition: {gte: 1}", 3, "no 'timespan'" },
        { COUNT, 3, "needs a 'condition'" },
        { COUNT "  condition: 5", 6, "one comparison" },
        { COUNT "  condition: a and b", 6, "one comparison" },
        { COUNT "  condition: {}", 6, "one comparison" },
        { COUNT "  condition: {gte: 1, lte: 5}", 6, "one comparison" },
        { COUNT "  condition: {neq: 5}", 6, "'neq' is not supported" },
        { COUNT "  condition: {field: x}", 6, "'field' is not supported" },
        { COUNT "  condition: {gte: x}", 6, "number" },
        { COUNT "  condition: {gte: '5'}", 6, "number" },
        { COUNT "  condition: {gte: [5]}", 6, "number" },
        { COUNT "  condition: {gte: 0}", 6, "without any event" },
        { COUNT "  condition: {gte: -1}", 6, "without any event" },
        { COUNT "  condition: {gt: -1}", 6, "without any event" },
        { COUNT "  condition: {lt: 5}", 6, "without any event" },
        { COUNT "  condition: {lte: 0}", 6, "without any event" },
        { COUNT "  condition: {eq: 0}", 6, "without any event" },
        { COUNT "  condition: {lt: 0}", 6, "never" },
        { COUNT "  condition: {eq: 1.5}", 6, "never" },
        { COUNT "  condition: {eq: -2}", 6, "never" },
        { COUNT "  condition: {eq: 1e300}", 6, "never" },
        { COUNT "  condition: {gte: 1}\n  generate: maybe", 7, "'generate'" },
        { "generate: 1\n" COUNT "  condition: {gte: 1}", 1, "'generate'" },
        { "generate: true\n" COUNT "  condition: {gte: 1}\n  generate: false", 8, "differs" },
        { COUNT "  condition: {gte: 1}\n  groupby: x", 7, "'groupby'" },
        { COUNT "  condition: {gte: 1}\n  group-by: {a: b}", 7, "'group-by'" },
        { ORDERED "  aliases: {x: {a: y}}", 6, "'aliases'" },
        { ORDERED "  condition: {gte: 2}", 6, "temporal_ordered" },
        /* references */
        { HEAD "  type: temporal_ordered\n  rules: [a, nowhere]\n  timespan: 1h", 1,
          "'nowhere'" },
        { HEAD "  type: temporal_ordered\n  rules: [A]\n  timespan: 1h", 1, "'A'" },
        { "name: me\n" HEAD "  type: temporal_ordered\n  rules: [me]\n  timespan: 1h", 1,
          "chains" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sigma_set set = SIGMA_SET_INIT;
        load(&set, cases[i].text);
        if (set.rule_count != 2 || set.refusal_count != 1)
            fail_msg("%s\n%zu refusals", cases[i].text, set.refusal_count);
        if (slice_find(set.refusals[0].reason, slice_from(cases[i].reason)) == SIZE_MAX)
            fail_msg("%s\nrefused for '%.*s'", cases[i].text,
                     SLICE_FMT(set.refusals[0].reason));
        if (set.refusals[0].line != cases[i].line)
            fail_msg("%s\nrefused at line %d", cases[i].text, set.refusals[0].line);
        /* What is refused silences nothing. */
        assert_false(set.rules[0]->silent || set.rules[1]->silent);
        assert_int_equal(set.documents, 3);
        sigma_set_deinit(&set);
    }
}

static void test_chain_is_refused(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    load(&set, "name: first\n" ORDERED "---\nname: second\n" HEAD
               "  type: temporal_ordered\n  rules: [first, a]\n  timespan: 1h\n");
    assert_int_equal(set.rule_count, 3);
    assert_int_equal(set.refusal_count, 1);
    assert_true(slice_has(set.refusals[0].reason, SLICE_LIT("chains")));
    sigma_set_deinit(&set);
}

static void test_ambiguous_names(void **state)
{
    (void)state;
    static const char *const others[] = {
        BASE("id-c", "a"),  /* the same name twice */
        BASE("a", "other"), /* an id that is another rule's name */
    };
    for (size_t i = 0; i < 2; i++) {
        struct sigma_set set = SIGMA_SET_INIT;
        add(&set, others[i]);
        load(&set, COUNT "  condition: {gte: 2}\n");
        assert_int_equal(set.rule_count, 3);
        assert_int_equal(set.refusal_count, 1);
        assert_true(slice_has(set.refusals[0].reason, SLICE_LIT("ambiguous")));
        sigma_set_deinit(&set);
    }
}

/* A rule whose id and name are the same is one rule; a refused duplicate counts for nothing. */
static void test_not_ambiguous(void **state)
{
    (void)state;
    static const char *const others[] = { BASE("c", "c"), BASE("c", "c") BASE("c", "c") };
    for (size_t i = 0; i < 2; i++) {
        struct sigma_set set = SIGMA_SET_INIT;
        add(&set, others[i]);
        load(&set, HEAD "  type: temporal_ordered\n  rules: [c, a]\n  timespan: 1h\n");
        assert_int_equal(set.rule_count, 4);
        assert_int_equal(set.refusal_count, i);
        sigma_set_deinit(&set);
    }
}

static void test_generate(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool a_silent, b_silent;
    } cases[] = {
        { ORDERED, true, true },
        { ORDERED "  generate: false\n", true, true },
        { ORDERED "  generate: true\n", false, false },
        { "generate: true\n" ORDERED, false, false },
        { "generate: true\n" ORDERED "  generate: true\n", false, false },
        { COUNT "  condition: {gte: 2}\n", true, false },
        /* One that generates outvotes the other, whichever comes first. */
        { ORDERED "---\n" COUNT "  condition: {gte: 2}\n  generate: true\n", false, true },
        { COUNT "  condition: {gte: 2}\n  generate: true\n---\n" ORDERED, false, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sigma_set set = SIGMA_SET_INIT;
        load(&set, cases[i].text);
        assert_int_equal(set.refusal_count, 0);
        assert_int_equal(set.rules[set.rule_count - 2]->silent, cases[i].a_silent);
        assert_int_equal(set.rules[set.rule_count - 1]->silent, cases[i].b_silent);
        sigma_set_deinit(&set);
    }
}

static void test_many_references(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    struct buf buf = BUF_INIT;
    buf_add_text(&buf, HEAD "  type: temporal_ordered\n  timespan: 1h\n  rules:\n");
    for (int i = 0; i < 1001; i++)
        buf_add_text(&buf, "  - a\n");
    load(&set, buf.ptr);
    assert_int_equal(set.refusal_count, 1);
    assert_true(slice_has(set.refusals[0].reason, SLICE_LIT("1000")));
    buf_deinit(&buf);
    sigma_set_deinit(&set);
}

static void test_empty_set(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    sigma_set_link(&set);
    assert_int_equal(set.rule_count, 0);
    sigma_set_deinit(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_count),      cmocka_unit_test(test_temporal_ordered),
        cmocka_unit_test(test_timespans),        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_chain_is_refused), cmocka_unit_test(test_ambiguous_names),
        cmocka_unit_test(test_not_ambiguous),    cmocka_unit_test(test_generate),
        cmocka_unit_test(test_many_references),  cmocka_unit_test(test_empty_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
