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
    const char *rule, *key, *host;
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

static void store(struct casefile *casefile, const struct hit *hits, size_t i)
{
    const struct hit *hit = &hits[i];
    case_add(casefile, &(struct given){ .at = hit->at,
                                        .rule = (uint32_t)(hit->rule[0] - 'a'),
                                        .offset = i,
                                        .host = hit->host,
                                        .key = hit->key ? hit->key : "k",
                                        .correlation = CORRELATION,
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
            store(casefile, c->hits,
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

#define A(at)                                                                                  \
    {                                                                                          \
        at, "a", NULL, NULL                                                                    \
    }
#define B(at)                                                                                  \
    {                                                                                          \
        at, "b", NULL, NULL                                                                    \
    }
#define C(at)                                                                                  \
    {                                                                                          \
        at, "c", NULL, NULL                                                                    \
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
          { { 0, "a", "k1", NULL }, { 1, "a", "k2", NULL }, { 2, "a", "k1", NULL } },
          "ex1@2:0,2" },
        { COUNT_RULE("gte: 2"), { { 0, "a", "k1", NULL }, { 1, "a", "K1", NULL } }, "" },
        { COUNT_RULE("gte: 2"),
          { { 0, "a", "k", "ex1" }, { 1, "a", "k", "ex2" }, { 2, "a", "k", "ex3" } },
          "" },
        { COUNT_RULE("gte: 2"),
          { { 0, "a", "k", "ex1" },
            { 1, "a", "k", "ex2" },
            { 2, "a", "k", "ex2" },
            { 3, "a", "k", "ex1" } },
          "ex1@3:0,3 ex2@2:1,2" },
        { COUNT_RULE("gte: 2"), { { 0, "a", "", NULL }, { 1, "a", "", NULL } }, "ex1@1:0,1" },
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
          { { 0, "a", "k1", NULL }, { 1, "b", "k2", NULL }, { 2, "b", "k1", NULL } },
          "ex1@2:0,2" },
        { ORDERED("a, b"), { { 0, "a", "k", "ex1" }, { 1, "b", "k", "ex2" } }, "" },
        { ORDERED("a, b"),
          { { 0, "a", "k", "ex1" },
            { 1, "a", "k", "ex2" },
            { 2, "b", "k", "ex1" },
            { 3, "b", "k", "ex2" } },
          "ex1@2:0,2 ex2@3:1,3" },
    };
    assert_all(cases, COUNT(cases));
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
        cmocka_unit_test(test_event_count),
        cmocka_unit_test(test_temporal_ordered),
        cmocka_unit_test(test_finding),
        cmocka_unit_test(test_long_slide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
