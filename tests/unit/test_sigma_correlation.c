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

#define VALUE(kind, condition)                                                                 \
    HEAD "  type: " kind "\n  rules: [a, b]\n  timespan: 1h\n  condition: {" condition "}"
#define CHAIN(rules)                                                                           \
    HEAD "  type: event_count\n  timespan: 1h\n  condition: {gte: 1}\n  rules: [" rules "]\n"

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
        { "eq: 3", SIGMA_EQ, 3 },     { "gt: 2.5", SIGMA_GT, 2.5 }, { "lt: 2", SIGMA_LT, 2 },
        { "lte: 1", SIGMA_LTE, 1 },   { "neq: 1", SIGMA_NEQ, 1 },   { "gte: 0", SIGMA_GTE, 0 },
        { "gt: -1", SIGMA_GT, -1 },
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
        assert_int_equal(correlation->bound_count, 1);
        assert_int_equal(correlation->bounds[0].compare, cases[i].compare);
        assert_true(correlation->bounds[0].number == cases[i].threshold);
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
        { "5w", INT64_C(3024000000) },
        { "1M", INT64_C(2629746000) },
        { "1y", INT64_C(31556952000) },
        { "5S", 0 },
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
        { HEAD "  type: value_max\n", 3, "type 'value_max' is not" },
        { VALUE("value_count", "gte: 5"), 6, "needs a 'field'" },
        { VALUE("value_count", "field: x"), 6, "needs a comparison" },
        { VALUE("value_sum", "gte: 5, field: [x, y]"), 6, "several fields" },
        { VALUE("value_percentile", "gte: 5, field: x"), 6, "needs 'percentile'" },
        { VALUE("value_percentile", "gte: 5, field: x, percentile: 101"), 6, "from 0 to 100" },
        { VALUE("value_percentile", "gte: 5, field: x, percentile: x"), 6, "from 0 to 100" },
        { VALUE("value_avg", "gte: 5, field: x, percentile: 5"), 6, "belongs to" },
        { VALUE("value_count", "lt: 1, field: x"), 6, "never" },
        { VALUE("temporal", "gte: 1, field: x"), 6, "'field'" },
        { VALUE("temporal_ordered", "gte: 0"), 6, "all of its rules" },
        { VALUE("event_count", "gte: 5, lte: 4"), 6, "never" },
        { VALUE("event_count", "gt: 4, lt: 5"), 6, "never" },
        { HEAD "  type: temporal\n  timespan: 1h\n", 3, "no 'rules'" },
        { HEAD "  type: temporal\n  timespan: 1h\n  rules: [a, b]\n  condition: a", 6,
          "does not name the rule 'b'" },
        { HEAD "  type: temporal\n  timespan: 1h\n  rules: [a]\n  condition: a and b", 6,
          "names 'b'" },
        { HEAD "  type: temporal\n  timespan: 1h\n  condition: a and (b", 5, "')'" },
        { HEAD "  type: temporal\n  timespan: 1h\n  condition: ''", 5, "condition" },
        { HEAD "  type: temporal_ordered\n  timespan: 1h\n  condition: a or b", 5, "by 'and'" },
        { HEAD "  type: temporal_ordered\n  timespan: 1h\n  condition: a and not b", 5,
          "by 'and'" },
        { HEAD "  type: [event_count]", 3, "type '' is not" },
        { HEAD "  type: event_count\n  timespan: 5m\n  condition: {gte: 1}", 3, "no 'rules'" },
        { HEAD "  type: event_count\n  rules: []\n  timespan: 5m", 3, "no 'rules'" },
        { HEAD "  type: event_count\n  rules: {a: b}\n  timespan: 5m", 4, "'rules'" },
        { HEAD "  type: event_count\n  rules: [[a]]\n  timespan: 5m", 4, "'rules'" },
        { HEAD "  type: event_count\n  rules: a\n  condition: {gte: 1}", 3, "no 'timespan'" },
        { COUNT, 3, "no 'condition'" },
        { COUNT "  condition: 5", 6, "temporal types" },
        { COUNT "  condition: a and b", 6, "temporal types" },
        { COUNT "  condition: []", 6, "must be comparisons" },
        { COUNT "  condition: {}", 6, "needs a comparison" },
        { COUNT "  condition: {about: 5}", 6, "'about' is not supported" },
        { COUNT "  condition: {field: x}", 6, "'field' says nothing" },
        { COUNT "  condition: {gte: x}", 6, "number" },
        { COUNT "  condition: {gte: '5'}", 6, "number" },
        { COUNT "  condition: {gte: [5]}", 6, "number" },
        { COUNT "  condition: {lte: 0}", 6, "never" },
        { COUNT "  condition: {eq: 0}", 6, "never" },
        { COUNT "  condition: {lt: 0}", 6, "never" },
        { COUNT "  condition: {eq: 1.5}", 6, "never" },
        { COUNT "  condition: {eq: -2}", 6, "never" },
        { COUNT "  condition: {gte: 1}\n  generate: maybe", 7, "'generate'" },
        { "generate: 1\n" COUNT "  condition: {gte: 1}", 1, "'generate'" },
        { "generate: true\n" COUNT "  condition: {gte: 1}\n  generate: false", 8, "differs" },
        { COUNT "  condition: {gte: 1}\n  groupby: x", 7, "'groupby'" },
        { COUNT "  condition: {gte: 1}\n  group-by: {a: b}", 7, "'group-by'" },
        { ORDERED "  aliases: x", 6, "'aliases' must be a map" },
        { ORDERED "  aliases: {x: y}", 6, "must be a map from rules" },
        { ORDERED "  aliases: {x: {}}", 6, "must be a map from rules" },
        { ORDERED "  aliases: {x: {a: [y]}}", 6, "must name one field" },
        { ORDERED "  group-by: x\n  aliases: {x: {a: y, nobody: z}}", 1, "'nobody'" },
        { ORDERED "  condition: {gte: 1}", 6, "all of its rules" },
        /* references */
        { HEAD "  type: temporal_ordered\n  rules: [a, nowhere]\n  timespan: 1h", 1,
          "'nowhere'" },
        { HEAD "  type: temporal_ordered\n  rules: [A]\n  timespan: 1h", 1, "'A'" },
        { "name: me\n" HEAD "  type: temporal_ordered\n  rules: [me]\n  timespan: 1h", 1,
          "correlates itself" },
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

/* Feeds of a base rule as "correlation.slot(group;fields)". */
static void assert_feeds(const struct sigma_rule *rule, const char *wanted)
{
    struct buf buf = BUF_INIT;
    buf_add_text(&buf, "");
    for (size_t i = 0; i < rule->feed_count; i++) {
        const struct sigma_feed *feed = &rule->feeds[i];
        const struct sigma_correlation *correlation = feed->correlation->correlation;
        buf_printf(&buf, "%s%.*s.%zu(", i ? " " : "", SLICE_FMT(feed->correlation->name),
                   feed->slot);
        for (size_t k = 0; k < correlation->group_count; k++)
            buf_printf(&buf, "%s%.*s", k ? "," : "", SLICE_FMT(feed->group_by[k]));
        buf_add_char(&buf, ';');
        for (size_t k = 0; k < correlation->field_count; k++)
            buf_printf(&buf, "%s%.*s", k ? "," : "", SLICE_FMT(feed->fields[k]));
        buf_add_char(&buf, ')');
    }
    assert_string_equal(buf.ptr, wanted);
    buf_deinit(&buf);
}

static void test_aliases(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    load(&set, "name: c\n" HEAD "  type: value_count\n  rules: [a, b]\n  timespan: 1h\n"
               "  group-by: [host, user]\n  condition: {gte: 2, field: [port, user]}\n"
               "  aliases:\n    user: {a: SourceUser, id-b: TargetUser}\n"
               "    port: {b: DestPort}\n    unused: {nobody: x}\n");
    assert_int_equal(set.refusal_count, 0);
    assert_feeds(set.rules[1], "c.0(host,SourceUser;port,SourceUser)");
    assert_feeds(set.rules[2], "c.1(host,TargetUser;DestPort,TargetUser)");
    sigma_set_deinit(&set);
}

/* In any order of documents; an alias may name the inner correlation. */
static void test_chains(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    load(&set, "name: outer\n" HEAD
               "  type: temporal\n  rules: [inner, b]\n  timespan: 1h\n  group-by: [u]\n"
               "  aliases: {u: {inner: User}}\n---\nname: inner\n" HEAD
               "  type: event_count\n  rules: [a]\n  timespan: 1m\n  condition: {gte: 2}\n");
    assert_int_equal(set.refusal_count, 0);
    assert_int_equal(set.rules[0]->correlation->depth, 2);
    assert_int_equal(set.rules[1]->correlation->depth, 1);
    assert_feeds(set.rules[2], "inner.0(;) outer.0(User;)");
    assert_feeds(set.rules[3], "outer.1(u;)");
    assert_true(set.rules[1]->silent && set.rules[2]->silent && set.rules[3]->silent);
    assert_false(set.rules[0]->silent);
    sigma_set_deinit(&set);
}

/* Nothing that hangs on what is refused stays, and nothing else goes. */
static void test_chains_that_lead_nowhere(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t refused;
        const char *reason;
    } cases[] = {
        { "name: x\n" CHAIN("y") "---\nname: y\n" CHAIN("x"), 2, "correlates itself" },
        { "name: x\n" CHAIN("y") "---\nname: y\n" CHAIN("z") "---\nname: z\n" CHAIN(
              "x") "---\nname: w\n" CHAIN("z"),
          4, "correlates itself" },
        { "name: x\n" CHAIN("y") "---\nname: y\n" CHAIN("nobody"), 2, "not loaded" },
        { "name: x\n" CHAIN("y, a") "---\nname: y\n" CHAIN("nobody"), 2, "not loaded" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sigma_set set = SIGMA_SET_INIT;
        load(&set, cases[i].text);
        assert_int_equal(set.refusal_count, cases[i].refused);
        assert_int_equal(set.rule_count, 2);
        assert_true(slice_has(set.refusals[0].reason, slice_from(cases[i].reason)));
        assert_int_equal(set.rules[0]->feed_count + set.rules[1]->feed_count, 0);
        assert_false(set.rules[0]->silent || set.rules[1]->silent);
        sigma_set_deinit(&set);
    }
}

static void test_chain_that_is_too_long(void **state)
{
    (void)state;
    for (int length = 16; length <= 17; length++) {
        struct sigma_set set = SIGMA_SET_INIT;
        struct buf buf = BUF_INIT;
        for (int i = 1; i <= length; i++)
            buf_printf(&buf,
                       i < length ? "name: n%d\n" CHAIN("n%d") "---\n"
                                  : "name: n%d\n" CHAIN("a"),
                       i, i + 1);
        load(&set, buf.ptr);
        assert_int_equal(set.refusal_count, length - 16);
        assert_int_equal(set.rule_count, 18);
        buf_deinit(&buf);
        sigma_set_deinit(&set);
    }
}

static void test_too_many_correlations_of_one_rule(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    struct buf buf = BUF_INIT;
    for (int i = 0; i < 257; i++)
        buf_printf(&buf, "%s" CHAIN("a"), i ? "---\n" : "");
    load(&set, buf.ptr);
    assert_int_equal(set.refusal_count, 1);
    assert_true(slice_has(set.refusals[0].reason, SLICE_LIT("too many correlations")));
    assert_int_equal(set.rules[set.rule_count - 2]->feed_count, 256);
    buf_deinit(&buf);
    sigma_set_deinit(&set);
}

static void test_rules_from_the_condition(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    load(&set, HEAD "  type: temporal\n  timespan: 1h\n  condition: b and not (a or b)\n");
    assert_int_equal(set.refusal_count, 0);
    const struct sigma_correlation *correlation = set.rules[0]->correlation;
    assert_int_equal(correlation->rule_count, 2);
    assert_true(slice_eq(correlation->rule_refs[0], SLICE_LIT("b")));
    assert_int_equal(correlation->expression->kind, SIGMA_NODE_AND);
    assert_int_equal(correlation->expression->children[0]->id, 0);
    sigma_set_deinit(&set);
}

/* --- aggregations of Sigma v1 --- */

#define V1(condition)                                                                          \
    "title: v\nid: v1\nlevel: high\nlogsource: {product: p}\ndetection:\n  s: {A: x}\n"        \
    "  t: {B: y}\n  u: {C: z}\n  timeframe: 5m\n  condition: " condition "\n"

static void test_aggregations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum sigma_correlation_kind kind;
        enum sigma_compare compare;
        double number, percentile;
        const char *feeds;
    } cases[] = {
        { V1("s | count() > 5"), SIGMA_EVENT_COUNT, SIGMA_GT, 5, 0, ".0(;)" },
        { V1("s | count() by h < 5"), SIGMA_EVENT_COUNT, SIGMA_LT, 5, 0, ".0(h;)" },
        { V1("s|count()by h,i>=5"), SIGMA_EVENT_COUNT, SIGMA_GTE, 5, 0, ".0(h,i;)" },
        { V1("s and not t | count(f.g) by h == 5"), SIGMA_VALUE_COUNT, SIGMA_EQ, 5, 0,
          ".0(h;f.g)" },
        { V1("s | count( f ) by h , i != 5"), SIGMA_VALUE_COUNT, SIGMA_NEQ, 5, 0, ".0(h,i;f)" },
        { V1("s | sum(f) > 5.5"), SIGMA_VALUE_SUM, SIGMA_GT, 5.5, 0, ".0(;f)" },
        { V1("s | avg(f) <= 5"), SIGMA_VALUE_AVG, SIGMA_LTE, 5, 0, ".0(;f)" },
        { V1("s | min(f) = 5"), SIGMA_VALUE_PERCENTILE, SIGMA_EQ, 5, 0, ".0(;f)" },
        { V1("s | max(f) > 5"), SIGMA_VALUE_PERCENTILE, SIGMA_GT, 5, 100, ".0(;f)" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sigma_set set = SIGMA_SET_INIT;
        add(&set, cases[i].text);
        sigma_set_link(&set);
        if (set.refusal_count)
            fail_msg("%s: %.*s", cases[i].text, SLICE_FMT(set.refusals[0].reason));
        const struct sigma_correlation *correlation = set.rules[0]->correlation;
        assert_int_equal(correlation->kind, cases[i].kind);
        assert_int_equal(correlation->bounds[0].compare, cases[i].compare);
        assert_true(correlation->bounds[0].number == cases[i].number);
        assert_true(correlation->percentile == cases[i].percentile);
        assert_int_equal(correlation->timespan_ms, 300000);
        assert_int_equal(set.rule_count, 2);
        assert_int_equal(sigma_set_loaded(&set), 1);
        assert_int_equal(set.documents, 1);
        assert_int_equal(set.rules[0]->level, SIGMA_LEVEL_HIGH);
        assert_true(set.rules[1]->silent && !set.rules[0]->silent);
        assert_ptr_equal(set.rules[1]->owner, set.rules[0]);
        assert_feeds(set.rules[1], cases[i].feeds);
        sigma_set_deinit(&set);
    }
}

static void test_near(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    add(&set, V1("s or t | near u and not t"));
    sigma_set_link(&set);
    assert_int_equal(set.refusal_count, 0);
    assert_int_equal(set.rule_count, 4);
    const struct sigma_correlation *correlation = set.rules[0]->correlation;
    assert_int_equal(correlation->kind, SIGMA_TEMPORAL);
    const struct sigma_node *both = correlation->expression;
    assert_int_equal(both->children[0]->id, 0);
    assert_int_equal(both->children[1]->children[0]->id, 1);
    assert_int_equal(both->children[1]->children[1]->children[0]->id, 2);
    assert_true(slice_eq(set.rules[2]->detection->item->field, SLICE_LIT("C")));
    assert_true(slice_eq(set.rules[3]->detection->item->field, SLICE_LIT("B")));
    /* `t` is in two detections, and each numbers its own nodes. */
    assert_int_equal(set.rules[1]->node_count, 3);
    assert_int_equal(set.rules[3]->node_count, 1);
    assert_int_equal(set.rules[3]->detection->id, 0);
    sigma_set_deinit(&set);
}

static void test_refused_aggregations(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason;
    } cases[] = {
        { V1("s | "), "aggregation '' of Sigma v1" },
        { V1("s | stdev(f) > 5"), "aggregation 'stdev' of Sigma v1" },
        { V1("s | count > 5"), "'('" },
        { V1("s | count(f > 5"), "')'" },
        { V1("s | count() by > 5"), "a field" },
        { V1("s | count() by h"), "a comparison" },
        { V1("s | count() 5"), "a comparison" },
        { V1("s | count() > x"), "a number" },
        { V1("s | count() > 5 and t"), "the end" },
        { V1("s | count() > 5 | count() > 6"), "the end" },
        { V1("s | count() < 1"), "never" },
        { V1("s | sum() > 1"), "needs a field" },
        { V1("s | near nobody"), "names 'nobody'" },
        { V1("s | near"), "condition ends" },
        { V1("nobody | count() > 5"), "names 'nobody'" },
        { V1("'| count() > 5'"), "condition ends" },
        { V1("[s, t | count() > 5]"), "'|'" },
        { V1("s"), "'timeframe' without an aggregation" },
        { "title: t\nlogsource: {product: p}\ndetection: {s: {A: x}, timeframe: x, condition: "
          "s | count() > 5}",
          "timeframe 'x'" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sigma_set set = SIGMA_SET_INIT;
        add(&set, cases[i].text);
        sigma_set_link(&set);
        if (set.refusal_count != 1 || set.rule_count ||
            !slice_has(set.refusals[0].reason, slice_from(cases[i].reason)))
            fail_msg("%s: %zu refusals, %.*s", cases[i].text, set.refusal_count,
                     SLICE_FMT(set.refusal_count ? set.refusals[0].reason : SLICE_NULL));
        sigma_set_deinit(&set);
    }
}

/* What is left out or refused by others takes its other half with it. */
static void test_halves_go_together(void **state)
{
    (void)state;
    for (size_t gone = 0; gone < 2; gone++) {
        struct sigma_set set = SIGMA_SET_INIT;
        add(&set, V1("s | count() > 5"));
        set.rules[gone] = set.rules[1 - gone]; /* as rules_seal() does */
        set.rule_count = 1;
        sigma_set_link(&set);
        assert_int_equal(set.rule_count, 0);
        assert_int_equal(set.refusal_count, 0);
        sigma_set_deinit(&set);
    }
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
        cmocka_unit_test(test_event_count),
        cmocka_unit_test(test_temporal_ordered),
        cmocka_unit_test(test_timespans),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_chains),
        cmocka_unit_test(test_chains_that_lead_nowhere),
        cmocka_unit_test(test_chain_that_is_too_long),
        cmocka_unit_test(test_too_many_correlations_of_one_rule),
        cmocka_unit_test(test_rules_from_the_condition),
        cmocka_unit_test(test_aggregations),
        cmocka_unit_test(test_near),
        cmocka_unit_test(test_refused_aggregations),
        cmocka_unit_test(test_halves_go_together),
        cmocka_unit_test(test_ambiguous_names),
        cmocka_unit_test(test_not_ambiguous),
        cmocka_unit_test(test_generate),
        cmocka_unit_test(test_many_references),
        cmocka_unit_test(test_empty_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
