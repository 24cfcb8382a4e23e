/* Windows over stored hits: whatever the order in which they were stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "case_maker.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define HITS_MAX 16
#define RULE(name)                                                                             \
    "title: " name "\nname: " name "\nlogsource: {product: exchange}\n"                        \
    "detection: {s: {A: 1}, condition: s}\n---\n"
#define RULES RULE("a") RULE("b") RULE("c")
#define CORRELATION 3 /* its index */

struct hit {
    int at; /* seconds; 0 with rule NULL ends */
    const char *rule, *key, *host, *value;
};

struct correlation_case {
    const char *correlation;
    struct hit hits[HITS_MAX];
    const char *wanted; /* "host@second:parts" */
};

#define COUNT_RULE(compare)                                                                    \
    "correlation:\n  type: event_count\n  rules: [a]\n  group-by: [K]\n  timespan: 60s\n  "    \
    "condition: {" compare "}\n"
#define ORDERED(rules)                                                                         \
    "correlation:\n  type: temporal_ordered\n  rules: [" rules "]\n  group-by: [K]\n  "        \
    "timespan: 60s\n"

/* As hunt/ does it: a key for each correlation that the rule's hits reach. */
static void store(struct casefile *casefile, const struct sigma_set *set,
                  const struct hit *hits, size_t i)
{
    struct record_key keys[SIGMA_FEEDS_MAX];
    const struct hit *hit = &hits[i];
    const struct sigma_rule *rule = set->rules[hit->rule[0] - 'a'];
    for (size_t k = 0; k < rule->feed_count; k++)
        keys[k] = (struct record_key){ (uint32_t)rule->feeds[k].correlation->index,
                                       (uint32_t)rule->feeds[k].slot,
                                       slice_from(hit->key ? hit->key : "k"),
                                       slice_from(hit->value) };
    case_add(casefile, &(struct given){ .at = hit->at,
                                        .rule = (uint32_t)rule->index,
                                        .offset = i,
                                        .host = hit->host,
                                        .keys = keys,
                                        .key_count = rule->feed_count,
                                        .outcome = OUTCOME_SUCCESS });
}

/* Stored forwards, backwards and mixed: one result. */
static void assert_case(const struct correlation_case *c)
{
    struct sigma_set set = SIGMA_SET_INIT;
    struct buf rules = BUF_INIT, what = BUF_INIT;
    size_t count = 0;
    buf_printf(&rules, "%stitle: t\ntags: [hauberk.stage.plant]\n%s", RULES, c->correlation);
    sigma_set_add_text(&set, SLICE_LIT("t.yml"), buf_slice(&rules));
    sigma_set_link(&set);
    if (set.refusal_count)
        fail_msg("%.*s", SLICE_FMT(set.refusals[0].reason));
    while (c->hits[count].rule)
        count++;
    for (int order = 0; order < 3; order++) {
        struct casefile *casefile = case_new();
        for (size_t i = 0; i < count; i++)
            store(casefile, &set, c->hits,
                  order == 0   ? i
                  : order == 1 ? count - 1 - i
                               : (i % 2 ? count - 1 - i / 2 : i / 2));
        correlations_run(casefile, &set);
        buf_clear(&what);
        buf_printf(&what, "%s in order %d", c->wanted, order);
        case_assert(
            casefile, what.ptr,
            "SELECT f.host||'@'||((f.time-1614751200000)/1000)||':'||(SELECT "
            "group_concat(x.o,',') FROM (SELECT g.offset o FROM correlation_part p JOIN "
            "finding g ON g.id=p.part WHERE p.finding=f.id ORDER BY g.time,g.offset) x)"
            " FROM finding f WHERE f.rule=3 ORDER BY f.host, f.time, f.offset",
            1, c->wanted);
        case_close(casefile);
    }
    buf_deinit(&rules);
    buf_deinit(&what);
    sigma_set_deinit(&set);
}

static void assert_all(const struct correlation_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_case(&cases[i]);
}

#define A(second)                                                                              \
    {                                                                                          \
        .at = (second), .rule = "a"                                                            \
    }
#define B(second)                                                                              \
    {                                                                                          \
        .at = (second), .rule = "b"                                                            \
    }
#define C(second)                                                                              \
    {                                                                                          \
        .at = (second), .rule = "c"                                                            \
    }
#define V(second, text)                                                                        \
    {                                                                                          \
        .at = (second), .rule = "a", .value = (text)                                           \
    }

static void test_event_count(void **state)
{
    (void)state;
    static const struct correlation_case cases[] = {
        { COUNT_RULE("gte: 3"), { { 0 } }, "" },
        { COUNT_RULE("gte: 3"), { A(0), A(1) }, "" },
        { COUNT_RULE("gte: 3"), { A(0), A(1), A(2) }, "ex1@2:0,1,2" },
        { COUNT_RULE("gt: 2"), { A(0), A(1), A(2) }, "ex1@2:0,1,2" },
        { COUNT_RULE("gt: 3"), { A(0), A(1), A(2) }, "" },
        { COUNT_RULE("gte: 1"), { A(0), A(1) }, "ex1@0:0 ex1@1:1" },
        /* borders are inside */
        { COUNT_RULE("gte: 3"), { A(0), A(30), A(60) }, "ex1@60:0,1,2" },
        { COUNT_RULE("gte: 3"), { A(0), A(30), A(61) }, "" },
        /* the window slides */
        { COUNT_RULE("gte: 3"), { A(0), A(40), A(61), A(100) }, "ex1@100:1,2,3" },
        { COUNT_RULE("gte: 3"), { A(0), A(61), A(122), A(183) }, "" },
        { COUNT_RULE("gte: 2"), { A(0), A(61), A(121) }, "ex1@121:1,2" },
        /* a burst gives one finding for each full window, and starts anew */
        { COUNT_RULE("gte: 3"), { A(0), A(1), A(2), A(3), A(4) }, "ex1@2:0,1,2" },
        { COUNT_RULE("gte: 3"),
          { A(0), A(1), A(2), A(3), A(4), A(5) },
          "ex1@2:0,1,2 ex1@5:3,4,5" },
        { COUNT_RULE("gte: 3"), { A(5), A(5), A(5) }, "ex1@5:0,1,2" },
        /* groups and hosts are counted apart */
        { COUNT_RULE("gte: 2"),
          { { .at = 0, .rule = "a", .key = "k1" },
            { .at = 1, .rule = "a", .key = "k2" },
            { .at = 2, .rule = "a", .key = "k1" } },
          "ex1@2:0,2" },
        { COUNT_RULE("gte: 2"),
          { { .at = 0, .rule = "a", .key = "k1" }, { .at = 1, .rule = "a", .key = "K1" } },
          "" },
        { COUNT_RULE("gte: 2"),
          { { .at = 0, .rule = "a", .key = "k", .host = "ex1" },
            { .at = 1, .rule = "a", .key = "k", .host = "ex2" },
            { .at = 2, .rule = "a", .key = "k", .host = "ex3" } },
          "" },
        { COUNT_RULE("gte: 2"),
          { { .at = 0, .rule = "a", .key = "k", .host = "ex1" },
            { .at = 1, .rule = "a", .key = "k", .host = "ex2" },
            { .at = 2, .rule = "a", .key = "k", .host = "ex2" },
            { .at = 3, .rule = "a", .key = "k", .host = "ex1" } },
          "ex1@3:0,3 ex2@2:1,2" },
        { COUNT_RULE("gte: 2"),
          { { .at = 0, .rule = "a", .key = "" }, { .at = 1, .rule = "a", .key = "" } },
          "ex1@1:0,1" },
    };
    assert_all(cases, COUNT(cases));
}

static void test_temporal_ordered(void **state)
{
    (void)state;
    static const struct correlation_case cases[] = {
        { ORDERED("a, b"), { A(0), B(1) }, "ex1@1:0,1" },
        { ORDERED("a, b"), { B(0), A(1) }, "" },
        { ORDERED("a, b"), { A(0), B(60) }, "ex1@60:0,1" },
        { ORDERED("a, b"), { A(0), B(61) }, "" },
        { ORDERED("a, b"), { A(0), A(10), B(61) }, "ex1@61:1,2" }, /* from the latest start */
        { ORDERED("a, b"), { A(0), A(1), B(2), B(3) }, "ex1@2:1,2" },
        { ORDERED("a, b"), { A(0), B(1), A(2), B(3) }, "ex1@1:0,1 ex1@3:2,3" },
        { ORDERED("a, b"), { A(0), B(1), B(2), B(3) }, "ex1@1:0,1" },
        { ORDERED("a, b, c"), { A(0), B(1), C(2) }, "ex1@2:0,1,2" },
        { ORDERED("a, b, c"), { A(0), C(1), B(2) }, "" },
        { ORDERED("a, b, c"), { A(0), C(1), B(2), C(3) }, "ex1@3:0,2,3" },
        { ORDERED("a, b, c"), { A(0), B(30), C(60) }, "ex1@60:0,1,2" },
        { ORDERED("a, b, c"), { A(0), B(30), C(61) }, "" }, /* the whole within the timespan */
        { ORDERED("a, b, c"), { A(0), B(30), A(40), B(50), C(61) }, "ex1@61:2,3,4" },
        { ORDERED("a, b, c"), { A(0), B(30), A(40), C(60) }, "ex1@60:0,1,3" },
        { ORDERED("a, a"), { A(0), A(1) }, "ex1@1:0,1" },
        { ORDERED("a, a"), { A(0) }, "" }, /* one event takes one step */
        { ORDERED("a, b, a"), { A(0), B(1), A(2) }, "ex1@2:0,1,2" },
        { ORDERED("a, b"),
          { { .at = 0, .rule = "a", .key = "k1" },
            { .at = 1, .rule = "b", .key = "k2" },
            { .at = 2, .rule = "b", .key = "k1" } },
          "ex1@2:0,2" },
        { ORDERED("a, b"),
          { { .at = 0, .rule = "a", .key = "k", .host = "ex1" },
            { .at = 1, .rule = "b", .key = "k", .host = "ex2" } },
          "" },
        { ORDERED("a, b"),
          { { .at = 0, .rule = "a", .key = "k", .host = "ex1" },
            { .at = 1, .rule = "a", .key = "k", .host = "ex2" },
            { .at = 2, .rule = "b", .key = "k", .host = "ex1" },
            { .at = 3, .rule = "b", .key = "k", .host = "ex2" } },
          "ex1@2:0,2 ex2@3:1,3" },
    };
    assert_all(cases, COUNT(cases));
}

#define OF(kind, rest) "correlation:\n  type: " kind "\n  group-by: [K]\n  timespan: 60s\n" rest
#define VALUES(kind, condition)                                                                \
    OF(kind, "  rules: [a]\n  condition: {field: F, " condition "}\n")

/* Looked at when the window is complete: once for each, and never for nothing. */
static void test_upper_bounds(void **state)
{
    (void)state;
    static const struct correlation_case cases[] = {
        { COUNT_RULE("lt: 3"), { { 0 } }, "" },
        { COUNT_RULE("lt: 3"), { A(0), A(1) }, "ex1@1:0,1" },
        { COUNT_RULE("lt: 3"), { A(0), A(1), A(2) }, "" },
        { COUNT_RULE("lt: 3"), { A(0), A(1), A(2), A(61) }, "ex1@61:3" },
        { COUNT_RULE("lt: 2"), { A(0), A(60), A(61) }, "ex1@61:2" },
        { COUNT_RULE("lte: 1"), { A(0), A(61), A(122) }, "ex1@0:0 ex1@61:1 ex1@122:2" },
        { COUNT_RULE("eq: 2"), { A(0), A(1) }, "ex1@1:0,1" },
        { COUNT_RULE("eq: 2"), { A(0), A(1), A(2), A(3) }, "" }, /* no tail of a burst */
        { COUNT_RULE("neq: 2"), { A(0), A(1), A(100) }, "ex1@100:2" },
        { COUNT_RULE("gte: 2, lt: 4"), { A(0), A(1), A(2) }, "ex1@2:0,1,2" },
        { COUNT_RULE("gte: 2, lt: 4"), { A(0), A(1), A(2), A(3) }, "" },
        { COUNT_RULE("gte: 2, lt: 4"), { A(0) }, "" },
        { COUNT_RULE("lt: 2"),
          { { .at = 0, .rule = "a", .key = "k1" }, { .at = 1, .rule = "a", .key = "k2" } },
          "ex1@0:0 ex1@1:1" },
    };
    assert_all(cases, COUNT(cases));
}

static void test_value_count(void **state)
{
    (void)state;
    static const struct correlation_case cases[] = {
        { VALUES("value_count", "gte: 3"), { V(0, "x"), V(1, "y"), V(2, "z") }, "ex1@2:0,1,2" },
        { VALUES("value_count", "gte: 3"), { V(0, "x"), V(1, "y"), V(2, "x") }, "" },
        { VALUES("value_count", "gte: 2"), { V(0, "x"), V(1, "X") }, "ex1@1:0,1" },
        { VALUES("value_count", "gte: 2"), { V(0, "x"), V(1, "x"), V(2, "y") }, "ex1@2:0,1,2" },
        /* a value that left the window does not count */
        { VALUES("value_count", "gte: 3"),
          { V(0, "x"), V(10, "y"), V(61, "z"), V(62, "y") },
          "" },
        { VALUES("value_count", "gte: 3"),
          { V(0, "x"), V(10, "y"), V(61, "z"), V(62, "x") },
          "ex1@62:1,2,3" },
        { VALUES("value_count", "gte: 2"), { A(0), A(1), V(2, "x") }, "" }, /* no value */
        { VALUES("value_count", "gte: 2"), { V(0, ""), V(1, "x") }, "ex1@1:0,1" },
        { VALUES("value_count", "lte: 1"), { V(0, "x"), V(1, "x") }, "ex1@1:0,1" },
        { VALUES("value_count", "lte: 1"), { V(0, "x"), V(1, "y") }, "" },
        { VALUES("value_count", "gte: 2"),
          { { .at = 0, .rule = "a", .key = "k1", .value = "x" },
            { .at = 1, .rule = "a", .key = "k2", .value = "y" },
            { .at = 2, .rule = "a", .key = "k1", .value = "y" } },
          "ex1@2:0,2" },
    };
    assert_all(cases, COUNT(cases));
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct correlation_case cases[] = {
        { VALUES("value_sum", "gt: 100"),
          { V(0, "60"), V(1, "40"), V(2, "1") },
          "ex1@2:0,1,2" },
        { VALUES("value_sum", "gt: 100"), { V(0, "60"), V(61, "60") }, "" },
        { VALUES("value_sum", "gt: 100"),
          { V(0, "60"), V(30, "30"), V(61, "30"), V(62, "41") },
          "ex1@62:1,2,3" },
        { VALUES("value_sum", "gte: 100"), { V(0, "0x32"), V(1, "50.0") }, "ex1@1:0,1" },
        { VALUES("value_sum", "gte: 1"), { V(0, "x"), V(1, ""), A(2) }, "" }, /* no numbers */
        { VALUES("value_sum", "lt: 10"), { V(0, "4"), V(1, "5") }, "ex1@1:0,1" },
        { VALUES("value_sum", "lt: 10"), { V(0, "4"), V(1, "6") }, "" },
        /* nothing is left behind by what was large */
        { VALUES("value_sum", "gte: 3"),
          { V(0, "-1e300"), V(1, "1"), V(70, "1"), V(80, "1"), V(90, "1") },
          "ex1@90:2,3,4" },
        { VALUES("value_avg", "gte: 10"),
          { V(0, "8"), V(1, "11"), V(2, "12") },
          "ex1@2:0,1,2" },
        { VALUES("value_avg", "lt: 10"), { V(0, "8"), V(1, "11") }, "ex1@1:0,1" },
        { VALUES("value_avg", "lt: 10"), { V(0, "8"), V(1, "13") }, "" },
        { VALUES("value_median", "gte: 5"), { V(0, "1"), V(1, "9") }, "ex1@1:0,1" },
        { VALUES("value_median", "gte: 6"), { V(0, "1"), V(1, "9") }, "" },
        { VALUES("value_median", "gte: 6"),
          { V(0, "1"), V(1, "9"), V(2, "7") },
          "ex1@2:0,1,2" },
        { VALUES("value_median", "gte: 6"),
          { V(0, "1"), V(1, "5"), V(61, "6"), V(62, "7") },
          "ex1@62:2,3" },
        { VALUES("value_median", "gt: 9"), { V(0, "2"), V(1, "9"), V(2, "10") }, "" },
        { VALUES("value_percentile", "percentile: 90, gt: 9"),
          { V(0, "1"), V(1, "2"), V(2, "3"), V(3, "4"), V(4, "5"), V(5, "6"), V(6, "7"),
            V(7, "8"), V(8, "9"), V(9, "99") },
          "" },
        { VALUES("value_percentile", "percentile: 91, lt: 99"),
          { V(0, "1"), V(1, "2"), V(2, "3"), V(3, "4"), V(4, "5"), V(5, "6"), V(6, "7"),
            V(7, "8"), V(8, "9"), V(9, "99") },
          "" },
        { VALUES("value_percentile", "percentile: 0, lte: 1"),
          { V(0, "5"), V(1, "1"), V(2, "7") },
          "ex1@2:0,1,2" },
        { VALUES("value_percentile", "percentile: 100, gte: 7"),
          { V(0, "5"), V(1, "1"), V(2, "7") },
          "ex1@2:0,1,2" },
        /* as numbers, not as texts */
        { VALUES("value_percentile", "percentile: 100, gte: 10"),
          { V(0, "9"), V(1, "10") },
          "ex1@1:0,1" },
    };
    assert_all(cases, COUNT(cases));
}

static void test_temporal(void **state)
{
    (void)state;
    static const struct correlation_case cases[] = {
        { OF("temporal", "  rules: [a, b]\n"), { B(0), A(1) }, "ex1@1:0,1" },
        { OF("temporal", "  rules: [a, b]\n"), { A(0), A(1) }, "" },
        { OF("temporal", "  rules: [a, b]\n"), { A(0), B(60) }, "ex1@60:0,1" },
        { OF("temporal", "  rules: [a, b]\n"), { A(0), B(61) }, "" },
        { OF("temporal", "  rules: [a, b]\n"), { A(0), A(10), B(61) }, "ex1@61:1,2" },
        { OF("temporal", "  rules: [a, b, c]\n"), { C(0), A(1), B(2) }, "ex1@2:0,1,2" },
        { OF("temporal", "  rules: [a, b, c]\n"), { C(0), A(1), C(2) }, "" },
        { OF("temporal", "  rules: [a, b, c]\n  condition: {gte: 2}\n"),
          { C(0), A(1) },
          "ex1@1:0,1" },
        { OF("temporal", "  rules: [a, b, c]\n  condition: {lt: 2}\n"),
          { C(0), C(1) },
          "ex1@1:0,1" },
        { OF("temporal", "  rules: [a, b, c]\n  condition: {lt: 2}\n"), { C(0), A(1) }, "" },
        { OF("temporal", "  rules: [a, a]\n"), { A(0) }, "ex1@0:0" }, /* one rule, seen */
        { OF("temporal", "  condition: a and (b or c)\n"), { A(0), C(1) }, "ex1@1:0,1" },
        { OF("temporal", "  condition: a and (b or c)\n"), { B(0), C(1) }, "" },
        { OF("temporal", "  rules: [a, b]\n  condition: a or b\n"), { B(5) }, "ex1@5:0" },
        /* "not": neither in the window nor in the timespan before */
        { OF("temporal", "  condition: a and not b\n"), { A(0) }, "ex1@0:0" },
        { OF("temporal", "  condition: a and not b\n"), { A(0), B(60) }, "" },
        { OF("temporal", "  condition: a and not b\n"), { A(0), B(61) }, "ex1@0:0" },
        { OF("temporal", "  condition: a and not b\n"), { B(0), A(60) }, "" },
        { OF("temporal", "  condition: a and not b\n"), { B(0), A(61) }, "ex1@61:1" },
        { OF("temporal", "  condition: a and not b\n"),
          { A(0), A(1), A(100) },
          "ex1@1:0,1 ex1@100:2" },
        { OF("temporal", "  condition: a and c and not b\n"),
          { A(0), A(50), C(70), B(200), C(210), A(220) },
          "ex1@70:1,2" },
        { OF("temporal", "  condition: a and not b\n"),
          { { .at = 0, .rule = "b", .key = "k1" }, { .at = 1, .rule = "a", .key = "k2" } },
          "ex1@1:1" },
        { OF("temporal_ordered", "  condition: b and a\n"), { B(0), A(1) }, "ex1@1:0,1" },
        { OF("temporal_ordered", "  condition: b and a\n"), { A(0), B(1) }, "" },
    };
    assert_all(cases, COUNT(cases));
}

/* Correlations over correlations: the inner finding stands where its last event stands. */
static void test_chains(void **state)
{
    (void)state;
    static const char chain[] =
        "correlation:\n  type: temporal_ordered\n  rules: [many, b]\n  group-by: [K]\n"
        "  timespan: 60s\n---\n"
        "title: many\nname: many\ncorrelation:\n  type: event_count\n  rules: [a]\n"
        "  group-by: [K]\n  timespan: 10s\n  condition: {gte: 3}\n";
    static const struct correlation_case cases[] = {
        { chain, { A(0), A(1), A(2), B(3) }, "ex1@3:2,3" },
        { chain, { A(0), A(1), B(3) }, "" },
        { chain, { B(0), A(1), A(2), A(3) }, "" },
        { chain, { A(0), A(1), A(2), B(63) }, "" },
        { chain,
          { { .at = 0, .rule = "a", .key = "x" },
            { .at = 1, .rule = "a", .key = "x" },
            { .at = 2, .rule = "a", .key = "x" },
            { .at = 3, .rule = "b", .key = "y" } },
          "" },
    };
    assert_all(cases, COUNT(cases));
}

/* Three levels, the outermost first in the file. */
static void test_long_chain(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    buf_add_text(&text,
                 "correlation: {type: event_count, rules: [n2], timespan: 1h, condition: "
                 "{gte: 1}}\n");
    for (int i = 2; i <= 16; i++)
        buf_printf(&text,
                   "---\ntitle: n\nname: n%d\ncorrelation: {type: event_count, rules: [%s%d], "
                   "timespan: 1h, condition: {gte: 1}}\n",
                   i, i < 16 ? "n" : "a #", i + 1);
    char *chain = text.ptr;
    char *last = strstr(chain, "[a #");
    memcpy(last, "[a] ", 4);
    memmove(last + 4, strchr(last, ','), strlen(strchr(last, ',')) + 1);
    const struct correlation_case cases[] = { { chain, { A(7) }, "ex1@7:0" } };
    assert_all(cases, 1);
    buf_deinit(&text);
}

/* The finding is a copy of the last event, with the grade of the correlation's own stage. */
static void test_finding(void **state)
{
    (void)state;
    static const struct {
        enum outcome outcome;
        bool own_probe;
        const char *wanted;
    } cases[] = {
        { OUTCOME_SUCCESS, false, "plant|success|5|203.0.113.9|0" },
        { OUTCOME_REFUSED, false, "plant|refused|2|203.0.113.9|0" },
        { OUTCOME_UNKNOWN, false, "plant|unknown|2|203.0.113.9|0" },
        { OUTCOME_SUCCESS, true, "" }, /* probes take no part */
    };
    struct sigma_set set = SIGMA_SET_INIT;
    sigma_set_add_text(
        &set, SLICE_LIT("t.yml"),
        SLICE_LIT(RULES "title: t\ntags: [hauberk.stage.plant]\n" COUNT_RULE("gte: 2")));
    sigma_set_link(&set);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct casefile *casefile = case_new();
        for (int k = 0; k < 2; k++)
            case_add(casefile, &(struct given){ .at = k,
                                                .outcome = cases[i].outcome,
                                                .own_probe = cases[i].own_probe,
                                                .key = "k",
                                                .source = k ? "203.0.113.9" : "192.0.2.1",
                                                .silent = true,
                                                .correlation = CORRELATION });
        case_add(casefile,
                 &(struct given){ .timeless = true, .key = "k", .correlation = CORRELATION });
        correlations_run(casefile, &set);
        case_assert(casefile, "finding",
                    "SELECT stage, outcome, grade, source, silent FROM finding WHERE rule=3", 5,
                    cases[i].wanted);
        case_close(casefile);
    }
    sigma_set_deinit(&set);
}

/* More events than the first capacity of a window, sliding all the time. */
static void test_long_slide(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    sigma_set_add_text(&set, SLICE_LIT("t.yml"),
                       SLICE_LIT(RULES "title: t\n" COUNT_RULE("gte: 62")));
    sigma_set_link(&set);
    struct casefile *casefile = case_new();
    for (int i = 0; i < 3000; i++) /* 61 in each window */
        case_add(casefile, &(struct given){ .at = i, .key = "k", .correlation = CORRELATION });
    correlations_run(casefile, &set);
    assert_int_equal(casefile_count(casefile, "SELECT count(*) FROM finding WHERE rule=3"), 0);
    case_add(casefile, &(struct given){ .at = 2999, .key = "k", .correlation = CORRELATION });
    correlations_run(casefile, &set);
    assert_int_equal(casefile_count(casefile, "SELECT count(*) FROM finding WHERE rule=3"), 1);
    assert_int_equal(casefile_count(casefile, "SELECT count(*) FROM correlation_part"), 62);
    case_close(casefile);
    sigma_set_deinit(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_count),      cmocka_unit_test(test_upper_bounds),
        cmocka_unit_test(test_value_count),      cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_temporal_ordered), cmocka_unit_test(test_temporal),
        cmocka_unit_test(test_chains),           cmocka_unit_test(test_long_chain),
        cmocka_unit_test(test_finding),          cmocka_unit_test(test_long_slide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
