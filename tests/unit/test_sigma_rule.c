/* Documents: what is taken, what it becomes, what is refused and at which line; hostile files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/buf.h"
#include "sigma/placeholders.h"
#include "sigma/rule.h"

#define HEAD "title: t\nlogsource: {product: windows}\n"
#define DETECTION HEAD "detection:\n  condition: s\n  s:\n"

/* %one%, %two% and %wild%, for `expand`. */
static struct sigma_placeholders lists = SIGMA_PLACEHOLDERS_INIT;

static int make_lists(void **state)
{
    (void)state;
    return sigma_placeholders_add(&lists, SLICE_LIT("one"), SLICE_LIT(" srv \r\n"), NULL) |
           sigma_placeholders_add(&lists, SLICE_LIT("two"), SLICE_LIT("b1\n# no\n\nb2"), NULL) |
           sigma_placeholders_add(&lists, SLICE_LIT("wild"), SLICE_LIT("w*x?\\*"), NULL);
}

static int free_lists(void **state)
{
    (void)state;
    sigma_placeholders_deinit(&lists);
    return 0;
}

static void add(struct sigma_set *set, struct slice text)
{
    set->placeholders = &lists;
    sigma_set_add_text(set, SLICE_LIT("t.yml"), text);
}

/* --- the tree as text --- */

static void print_value(struct buf *buf, const struct sigma_value *value)
{
    static const char *const compares[] = { "<", "<=", ">", ">=", "==", "!=" };
    static const char *const parts[] = { "minute", "hour", "day", "week", "month", "year" };
    static const char *const holes[] = { "", "<*>", "<?>", "<->", "<%>" };
    switch (value->kind) {
    case SIGMA_VALUE_PATTERN:
        buf_add_char(buf, '"');
        for (size_t i = 0; i < value->pattern.count; i++) {
            const struct sigma_token *token = &value->pattern.tokens[i];
            if (token->kind == SIGMA_TOKEN_TEXT)
                buf_add_slice(buf, token->text);
            else
                buf_add_text(buf, holes[token->kind]);
        }
        buf_add_char(buf, '"');
        break;
    case SIGMA_VALUE_REGEX:
        buf_printf(buf, "/%.*s/%u", SLICE_FMT(value->text), value->regex_flags);
        break;
    case SIGMA_VALUE_CIDR:
        buf_printf(buf, "net %.*s", SLICE_FMT(value->text));
        break;
    case SIGMA_VALUE_COMPARE:
        buf_printf(buf, "%s%g", compares[value->compare], value->number);
        break;
    case SIGMA_VALUE_NULL:
        buf_add_text(buf, "null");
        break;
    case SIGMA_VALUE_EXISTS:
        buf_add_text(buf, value->wanted ? "exists" : "missing");
        break;
    case SIGMA_VALUE_FIELD:
        buf_printf(buf, "field%u %.*s", value->open, SLICE_FMT(value->text));
        break;
    case SIGMA_VALUE_TIME:
        buf_printf(buf, "%s%s%g", parts[value->part], compares[value->compare], value->number);
        break;
    }
}

static void print_item(struct buf *buf, const struct sigma_item *item)
{
    if (item->field.ptr)
        buf_add_slice(buf, item->field);
    else
        buf_add_char(buf, '~');
    if (item->all)
        buf_add_text(buf, "&");
    if (item->cased)
        buf_add_text(buf, "!");
    for (size_t i = 0; i < item->count; i++) {
        buf_add_char(buf, i ? ',' : '=');
        print_value(buf, &item->values[i]);
    }
}

static void print_tree(struct buf *buf, const struct sigma_node *node)
{
    static const char *const names[] = { "", "and", "or", "not" };
    if (node->kind == SIGMA_NODE_ITEM) {
        print_item(buf, node->item);
        return;
    }
    buf_printf(buf, "(%s", names[node->kind]);
    for (size_t i = 0; i < node->count; i++) {
        buf_add_char(buf, ' ');
        print_tree(buf, node->children[i]);
    }
    buf_add_char(buf, ')');
}

static void assert_tree(const char *text, const char *tree)
{
    struct sigma_set set = SIGMA_SET_INIT;
    add(&set, slice_from(text));
    sigma_set_link(&set);
    if (set.refusal_count)
        fail_msg("%s\nrefused: line %d: %.*s", text, set.refusals[0].line,
                 SLICE_FMT(set.refusals[0].reason));
    assert_int_equal(set.rule_count, 1);
    struct buf buf = BUF_INIT;
    print_tree(&buf, set.rules[0]->detection);
    assert_string_equal(buf.ptr, tree);
    buf_deinit(&buf);
    sigma_set_deinit(&set);
}

static void assert_refused(struct slice text, int line, const char *reason)
{
    struct sigma_set set = SIGMA_SET_INIT;
    add(&set, text);
    sigma_set_link(&set);
    if (set.rule_count || set.refusal_count != 1)
        fail_msg("%.*s\n%zu rules, %zu refusals, for '%s'", SLICE_FMT(slice_first(text, 400)),
                 set.rule_count, set.refusal_count, reason);
    const struct sigma_refusal *refusal = &set.refusals[0];
    if (slice_find(refusal->reason, slice_from(reason)) == SIZE_MAX)
        fail_msg("%.*s\nrefused for '%.*s', not '%s'", SLICE_FMT(slice_first(text, 400)),
                 SLICE_FMT(refusal->reason), reason);
    if (line && refusal->line != line)
        fail_msg("%.*s\nrefused at line %d, not %d", SLICE_FMT(slice_first(text, 400)),
                 refusal->line, line);
    assert_int_equal(set.documents, 1);
    sigma_set_deinit(&set);
}

struct refused_case {
    const char *text;
    int line;
    const char *reason;
};

static void assert_all_refused(const struct refused_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_refused(slice_from(cases[i].text), cases[i].line, cases[i].reason);
}
#define ASSERT_ALL_REFUSED(cases) assert_all_refused(cases, sizeof(cases) / sizeof *(cases))

/* --- what is taken --- */

static void test_detection_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tree;
    } cases[] = {
        { DETECTION "    A: x", "A=\"x\"" },
        { DETECTION "    A: x\n    B: y", "(and A=\"x\" B=\"y\")" },
        { DETECTION "    A: [x, y]", "A=\"x\",\"y\"" },
        { DETECTION "    - A: x\n    - B: y\n      C: z",
          "(or A=\"x\" (and B=\"y\" C=\"z\"))" },
        { DETECTION "    - one\n    - two", "~=\"one\",\"two\"" },
        { HEAD "detection: {condition: s, s: word}", "~=\"word\"" },
        { HEAD "detection: {condition: s, s: 42}", "~=\"42\"" },
        { DETECTION "    - one\n    - A: x", "(or ~=\"one\" A=\"x\")" },
        { DETECTION "    - - A: x\n      - B: y\n    - C: z",
          "(or (or A=\"x\" B=\"y\") C=\"z\")" },
        { DETECTION "    - [one, two]\n    - A: x", "(or ~=\"one\",\"two\" A=\"x\")" },
        { DETECTION "    '|all': [one, two]", "~&=\"one\",\"two\"" },
        { DETECTION "    '|contains': one", "~=\"<*>one<*>\"" },
        { DETECTION "    '|re': one", "~=/one/0" },
        { DETECTION "    '': one", "~=\"one\"" },
        { DETECTION "    cs-uri-query: x\n    a.b{c}: y",
          "(and cs-uri-query=\"x\" a.b{c}=\"y\")" },
        { HEAD "detection:\n  a: {A: x}\n  b: {B: y}\n  condition: a and not b",
          "(and A=\"x\" (not B=\"y\"))" },
        { HEAD
          "detection:\n  s_1: {A: x}\n  s_2: {B: y}\n  _h: {C: z}\n  condition: all of them",
          "(and A=\"x\" B=\"y\")" },
        { HEAD "detection:\n  a: {A: x}\n  b: {B: y}\n  condition: [a, not b]",
          "(or A=\"x\" (not B=\"y\"))" },
        { HEAD "detection:\n  a: {A: x}\n  condition: [a]", "A=\"x\"" },
        { HEAD "detection:\n  a: {A: x}\n  condition: >\n    a\n    or not\n    a",
          "(or A=\"x\" (not A=\"x\"))" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_tree(cases[i].text, cases[i].tree);
}

static void test_values(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tree;
    } cases[] = {
        { DETECTION "    A: 4624", "A=\"4624\"" },
        { DETECTION "    A: 010", "A=\"010\"" },
        { DETECTION "    A: 0x1F", "A=\"0x1F\"" },
        { DETECTION "    A: 1.50", "A=\"1.50\"" },
        { DETECTION "    A: 1e3", "A=\"1e3\"" },
        { DETECTION "    A: 2021-03-02", "A=\"2021-03-02\"" },
        { DETECTION "    A: True", "A=\"true\"" },
        { DETECTION "    A: 'True'", "A=\"True\"" },
        { DETECTION "    A: FALSE", "A=\"false\"" },
        { DETECTION "    A: yes", "A=\"yes\"" },
        { DETECTION "    A: null", "A=null" },
        { DETECTION "    A: ~", "A=null" },
        { DETECTION "    A:", "A=null" },
        { DETECTION "    A: NULL", "A=null" },
        { DETECTION "    A: 'null'", "A=\"null\"" },
        { DETECTION "    A: !!str null", "A=\"null\"" },
        { DETECTION "    A: ''", "A=\"\"" },
        { DETECTION "    A: ['', null, x]", "A=\"\",null,\"x\"" },
        { DETECTION "    A: '*'", "A=\"<*>\"" },
        { DETECTION "    A: 'a?b'", "A=\"a<?>b\"" },
        { DETECTION "    A: 'C:\\x\\\\*'", "A=\"C:\\x\\<*>\"" },
        { DETECTION "    A: \"C:\\\\\\\\*\"", "A=\"C:\\<*>\"" },
        { DETECTION "    A: '%x%'", "A=\"%x%\"" },
        { DETECTION "    A: |\n      two\n      lines", "A=\"two\nlines\"" },
        { DETECTION "    4624: x", "4624=\"x\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_tree(cases[i].text, cases[i].tree);
}

static void test_modifiers(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tree;
    } cases[] = {
        { DETECTION "    A|contains: x", "A=\"<*>x<*>\"" },
        { DETECTION "    A|contains: '*x'", "A=\"<*>x<*>\"" },
        { DETECTION "    A|contains: ''", "A=\"<*>\"" },
        { DETECTION "    A|contains: 42", "A=\"<*>42<*>\"" },
        { DETECTION "    A|startswith: 'x*'", "A=\"x<*>\"" },
        { DETECTION "    A|startswith: x", "A=\"x<*>\"" },
        { DETECTION "    A|endswith: '\\x'", "A=\"<*>\\x\"" },
        { DETECTION "    A|startswith|endswith: x", "A=\"<*>x<*>\"" },
        { DETECTION "    A|contains|all: [x, y]", "A&=\"<*>x<*>\",\"<*>y<*>\"" },
        { DETECTION "    A|all|contains: [x, y]", "A&=\"<*>x<*>\",\"<*>y<*>\"" },
        { DETECTION "    A|all: x", "A&=\"x\"" },
        { DETECTION "    A|cased: X", "A!=\"X\"" },
        { DETECTION "    A|contains|cased: X", "A!=\"<*>X<*>\"" },
        { DETECTION "    A|cased|endswith: X", "A!=\"<*>X\"" },
        { DETECTION "    A|re: 'a\\\\b.*\\*'", "A=/a\\\\b.*\\*/0" },
        { DETECTION "    A|re: '['", "A=/[/0" }, /* match/ compiles it, and refuses it */
        { DETECTION "    A|re: 42", "A=/42/0" },
        { DETECTION "    A|re: True", "A=/True/0" },
        { DETECTION "    A|re|i: x", "A=/x/1" },
        { DETECTION "    A|re|m: x", "A=/x/2" },
        { DETECTION "    A|re|s: x", "A=/x/4" },
        { DETECTION "    A|re|i|m|s: x", "A=/x/7" },
        { DETECTION "    A|re|ignorecase|multiline|dotall: x", "A=/x/7" },
        { DETECTION "    A|re|all: [x, y]", "A&=/x/0,/y/0" },
        { DETECTION "    A|re|contains: x", "A=/x/0" },
        { DETECTION "    A|cidr: 10.0.0.0/8", "A=net 10.0.0.0/8" },
        { DETECTION "    A|cidr: ['fe80::/10', '::1/128']", "A=net fe80::/10,net ::1/128" },
        { DETECTION "    A|lt: 5", "A=<5" },
        { DETECTION "    A|lte: -1.5", "A=<=-1.5" },
        { DETECTION "    A|gt: 1e3", "A=>1000" },
        { DETECTION "    A|gte: 0x10", "A=>=16" },
        { DETECTION "    A|gt: .5", "A=>0.5" },
        { DETECTION "    A|exists: true", "A=exists" },
        { DETECTION "    A|exists: False", "A=missing" },
        { DETECTION "    A|re|startswith: x", "A=/x/8" },
        { DETECTION "    A|re|endswith: x", "A=/x/16" },
        { DETECTION "    A|re|startswith|endswith|i: x", "A=/x/1" },
        { DETECTION "    A|neq: x", "(not A=\"x\")" },
        { DETECTION "    A|contains|neq: [x, y]", "(not A=\"<*>x<*>\",\"<*>y<*>\")" },
        { DETECTION "    A|all|neq|contains: [x, y]", "(not A&=\"<*>x<*>\",\"<*>y<*>\")" },
        { DETECTION "    A|cidr|neq: 10.0.0.0/8", "(not A=net 10.0.0.0/8)" },
        { DETECTION "    A|neq:", "(not A=null)" },
        { DETECTION "    '|neq': x", "(not ~=\"x\")" },
        { DETECTION "    A|fieldref: B", "A=field0 B" },
        { DETECTION "    A|fieldref|endswith: [B, C]", "A=field1 B,field1 C" },
        { DETECTION "    A|fieldref|startswith: B", "A=field2 B" },
        { DETECTION "    A|fieldref|contains|neq: B", "(not A=field3 B)" },
        { DETECTION "    A|fieldref|cased: B", "A!=field0 B" },
        { DETECTION "    A|hour: 3", "A=hour==3" },
        { DETECTION "    A|minute|lt: 3", "A=minute<3" },
        { DETECTION "    A|year: [2020, 2021]", "A=year==2020,year==2021" },
        { DETECTION "    A|week|gte|neq: 3", "(not A=week>=3)" },
        { DETECTION "    A|day: 3\n    A|month|gt: 2", "(and A=day==3 A=month>2)" },
        { DETECTION "    '|contains': x", "~=\"<*>x<*>\"" },
        { DETECTION "    '|contains|all': [x, y]", "~&=\"<*>x<*>\",\"<*>y<*>\"" },
        { DETECTION "    '|re|i': x", "~=/x/1" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_tree(cases[i].text, cases[i].tree);
}

/* Where a dash begins a word, as pySigma's \\B[-/]\\b has it. */
static void test_windash(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tree;
    } cases[] = {
        { "-x", "A=\"<->x\"" },
        { "/x", "A=\"<->x\"" },
        { " -x /y", "A=\" <->x <->y\"" },
        { "--x", "A=\"-<->x\"" },
        { "a-b", "A=\"a-b\"" },
        { "-a-b", "A=\"<->a-b\"" },
        { "_-b", "A=\"_-b\"" },
        { "- x-", "A=\"- x-\"" },
        { "-.x", "A=\"-.x\"" },
        { "-_", "A=\"<->_\"" },
        { "-1", "A=\"<->1\"" },
        { "-", "A=\"-\"" },
        { "*-x", "A=\"<*><->x\"" },
        { "a*-x", "A=\"a<*><->x\"" },
        { "-*x", "A=\"-<*>x\"" },
        { "a?-x?", "A=\"a<?><->x<?>\"" },
        { "\xC3\xA4-b", "A=\"\xC3\xA4-b\"" },       /* a letter before it */
        { "-\xC3\xA4", "A=\"<->\xC3\xA4\"" },       /* a letter behind it */
        { "-\xE2\x80\x93", "A=\"-\xE2\x80\x93\"" }, /* a dash behind it */
        { "\xE2\x80\x93x", "A=\"\xE2\x80\x93x\"" }, /* only - and / are widened */
        { "http://x/y", "A=\"http:/<->x/y\"" },
        { "", "A=\"\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        snprintf(text, sizeof text, DETECTION "    A|windash: '%s'", cases[i].text);
        assert_tree(text, cases[i].tree);
    }
    assert_tree(DETECTION "    A|windash|contains|all: ['-x', /y]",
                "A&=\"<*><->x<*>\",\"<*><->y<*>\"");
    assert_tree(DETECTION "    A|contains|windash: '-x'", "A=\"<*><->x<*>\"");
}

/* Expected texts were made with Python's base64 module. */
static void test_encodings(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tree;
    } cases[] = {
        { "A|base64: ping", "A=\"cGluZw==\"" },
        { "A|base64: pingx", "A=\"cGluZ3g=\"" },
        { "A|base64: pingxy", "A=\"cGluZ3h5\"" },
        { "A|base64: 42", "A=\"NDI=\"" },
        { "A|base64: \xC3\xA4", "A=\"w6Q=\"" },
        { "A|base64: 'a\\*b'", "A=\"YSpi\"" },
        { "A|base64|contains: ping", "A=\"<*>cGluZw==<*>\"" },
        { "A|base64: ''", "A=\"\"" },
        { "A|base64offset: ping", "A=\"cGluZ\",\"Bpbm\",\"waW5n\"" },
        { "A|base64offset: pin", "A=\"cGlu\",\"Bpb\",\"waW\"" },
        { "A|base64offset|contains: pi", "A=\"<*>cG<*>\",\"<*>Bp<*>\",\"<*>wa<*>\"" },
        { "A|base64offset|contains|all: [pin, ping]",
          "(and A=\"<*>cGlu<*>\",\"<*>Bpb<*>\",\"<*>waW<*>\""
          " A=\"<*>cGluZ<*>\",\"<*>Bpbm<*>\",\"<*>waW5n<*>\")" },
        { "A|base64offset|neq|all: pin", "(not A=\"cGlu\",\"Bpb\",\"waW\")" },
        { "A|wide|base64: ping", "A=\"cABpAG4AZwA=\"" },
        { "A|utf16le|base64: ping", "A=\"cABpAG4AZwA=\"" },
        { "A|utf16be|base64: ping", "A=\"AHAAaQBuAGc=\"" },
        { "A|utf16|base64: ping", "A=\"//5wAGkAbgBnAA==\"" },
        { "A|wide|base64: \xC3\xA4", "A=\"5AA=\"" },
        { "A|wide|base64: \xF0\x9F\x98\x80", "A=\"PdgA3g==\"" }, /* a surrogate pair */
        { "A|wide|base64offset|contains: ab",
          "A=\"<*>YQBiA<*>\",\"<*>EAYg<*>\",\"<*>hAGIA<*>\"" },
        { "A|windash|base64: '-x'",
          "A=\"LXg=\",\"L3g=\",\"4oCTeA==\",\"4oCUeA==\",\"4oCVeA==\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        snprintf(text, sizeof text, DETECTION "    %s", cases[i].text);
        assert_tree(text, cases[i].tree);
    }
}

/* UTF-16 of ASCII is text with NULs in it, which a log may hold. */
static void test_wide(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    add(&set, slice_from(DETECTION "    A|wide|contains: 'a?b'\n    B|utf16be: a"));
    sigma_set_link(&set);
    assert_int_equal(set.rule_count, 1);
    const struct sigma_node *root = set.rules[0]->detection;
    struct sigma_pattern a = root->children[0]->item->values[0].pattern;
    struct sigma_pattern b = root->children[1]->item->values[0].pattern;
    assert_int_equal(a.count, 5);
    assert_true(slice_eq(a.tokens[1].text, slice_of("a\0", 2)));
    assert_int_equal(a.tokens[2].kind, SIGMA_TOKEN_ONE);
    assert_true(slice_eq(a.tokens[3].text, slice_of("b\0", 2)));
    assert_true(slice_eq(b.tokens[0].text, slice_of("\0a", 2)));
    sigma_set_deinit(&set);
}

static void test_expand(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tree;
    } cases[] = {
        { "A|expand: '%one%'", "A=\"srv\"" },
        { "A|expand: '%two%'", "A=\"b1\",\"b2\"" },
        { "A|expand: ['x', '%two%', 'y']", "A=\"x\",\"b1\",\"b2\",\"y\"" },
        { "A|expand: 'x%one%y'", "A=\"xsrvy\"" },
        { "A|expand: '%two%-%two%'", "A=\"b1-b1\",\"b1-b2\",\"b2-b1\",\"b2-b2\"" },
        { "A|expand: '%one%%one%'", "A=\"srvsrv\"" },
        { "A|expand: '*%wild%*'", "A=\"<*>w<*>x<?>*<*>\"" },
        { "A|expand: '100%'", "A=\"100%\"" },
        { "A|expand: '%%'", "A=\"%%\"" },
        { "A|expand: '50\\%one%'", "A=\"50%one%\"" }, /* "\%" is a percent sign */
        { "A|expand: 'C:\\\\%one%'", "A=\"C:\\srv\"" },
        { "A|expand: '%o*e%'", "A=\"%o<*>e%\"" },
        { "A|contains|expand: '%two%'", "A=\"<*>b1<*>\",\"<*>b2<*>\"" },
        { "A|expand|contains: '%two%'", "A=\"<*>b1<*>\",\"<*>b2<*>\"" },
        { "A|contains|all|expand: ['%two%', z]",
          "(and A=\"<*>b1<*>\",\"<*>b2<*>\" A=\"<*>z<*>\")" },
        { "A|expand|base64: '%one%'", "A=\"c3J2\"" },
        { "A|expand|neq: '%two%'", "(not A=\"b1\",\"b2\")" },
        { "'|expand': '%two%'", "~=\"b1\",\"b2\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        snprintf(text, sizeof text, DETECTION "    %s", cases[i].text);
        assert_tree(text, cases[i].tree);
    }
}

/* A product of lists is counted while it grows. */
static void test_expand_without_end(void **state)
{
    (void)state;
    struct buf values = BUF_INIT;
    for (int i = 0; i < 1000; i++)
        buf_printf(&values, "v%d\n", i);
    assert_int_equal(sigma_placeholders_add(&lists, SLICE_LIT("big"), buf_slice(&values), NULL),
                     0);
    assert_refused(slice_from(DETECTION "    A|expand: '%big%%big%%big%'"), 6,
                   "more than 100000 values");
    buf_deinit(&values);
}

static void test_description(void **state)
{
    (void)state;
    static const char text[] = "# a comment\n"
                               "title: Web shell\n"
                               "id: 36A0F7A7-0000-4000-8000-000000000000\n"
                               "name: web_shell\n"
                               "status: test\n"
                               "description: |\n  Two\n  lines.\n"
                               "references:\n    - https://example.org/1\n"
                               "author: x\ndate: 2021-03-02\ncustom: {a: [1]}\n"
                               "tags:\n    - attack.t1505.003\n    - hauberk.stage.plant\n"
                               "logsource:\n    category: WebServer\n    product: ''\n"
                               "    service:\n    definition: prose\n"
                               "detection:\n    condition: s\n    s:\n        a: b\n"
                               "level: high\n";
    struct sigma_set set = SIGMA_SET_INIT;
    add(&set, slice_from(text));
    sigma_set_link(&set);
    assert_int_equal(set.rule_count, 1);
    const struct sigma_rule *rule = set.rules[0];
    assert_true(slice_eq(rule->title, SLICE_LIT("Web shell")));
    assert_true(slice_eq(rule->id, SLICE_LIT("36A0F7A7-0000-4000-8000-000000000000")));
    assert_true(slice_eq(rule->name, SLICE_LIT("web_shell")));
    assert_true(slice_eq(rule->status, SLICE_LIT("test")));
    assert_true(slice_eq(rule->description, SLICE_LIT("Two\nlines.\n")));
    assert_int_equal(rule->level, SIGMA_LEVEL_HIGH);
    assert_string_equal(sigma_level_name(rule->level), "high");
    assert_int_equal(rule->reference_count, 1);
    assert_int_equal(rule->tag_count, 2);
    assert_true(
        slice_eq(sigma_rule_tag(rule, SLICE_LIT("hauberk.stage.")), SLICE_LIT("plant")));
    assert_null(sigma_rule_tag(rule, SLICE_LIT("cve.")).ptr);
    assert_true(slice_eq(rule->logsource.category, SLICE_LIT("webserver")));
    assert_null(rule->logsource.product.ptr);
    assert_null(rule->logsource.service.ptr);
    assert_true(slice_eq(rule->file, SLICE_LIT("t.yml")));
    assert_int_equal(rule->line, 2);
    assert_int_equal(rule->detection->item->line, 25);
    assert_int_equal(rule->node_count, 1);
    assert_null(rule->correlation);
    assert_false(rule->silent);
    sigma_set_deinit(&set);
}

static void count_ids(const struct sigma_node *node, unsigned *seen, size_t count)
{
    assert_true(node->id < count);
    seen[node->id]++;
    for (size_t i = 0; i < node->count; i++) {
        assert_true(node->children[i]->id < node->id);
        count_ids(node->children[i], seen, count);
    }
}

/* A search that stands twice in the condition is one node with one id. */
static void test_node_ids(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    add(&set, SLICE_LIT(HEAD "detection:\n  a: {A: x, B: y}\n  unused: {C: z}\n"
                             "  condition: a or not a"));
    assert_int_equal(set.rule_count, 1);
    assert_int_equal(set.rules[0]->node_count, 5);
    unsigned seen[5] = { 0 };
    count_ids(set.rules[0]->detection, seen, 5);
    for (size_t i = 0; i < 5; i++)
        assert_true(seen[i] >= 1);
    sigma_set_deinit(&set);
}

static void test_many_documents(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    add(&set, SLICE_LIT("---\n" DETECTION "    A: x\n"
                        "---\n# nothing\n"
                        "---\ntitle: bad\nlogsource: {product: p}\n"
                        "---\n" DETECTION "    A: *bomb\n"
                        "---\n" DETECTION "    A: y\n...\n---\n"));
    assert_int_equal(set.rule_count, 2);
    assert_int_equal(set.refusal_count, 2);
    assert_int_equal(set.documents, 4);
    assert_int_equal(set.refusals[0].line, 11);
    assert_true(slice_eq(set.refusals[0].rule, SLICE_LIT("bad")));
    assert_true(slice_eq(set.refusals[1].rule, SLICE_LIT("t")));
    sigma_set_link(&set);
    assert_int_equal(set.rules[1]->index, 1);
    sigma_set_deinit(&set);
}

static void test_broken_document_ends_the_file(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    add(&set, SLICE_LIT(DETECTION "    A: x\n---\ntitle: 'open\n---\n" DETECTION "    A: y\n"));
    assert_int_equal(set.rule_count, 1);
    assert_int_equal(set.refusal_count, 1);
    add(&set, SLICE_LIT(DETECTION "    A: x\n"));
    assert_int_equal(set.rule_count, 2);
    sigma_set_deinit(&set);
}

static void test_duplicate_ids(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    add(&set,
        SLICE_LIT("id: abc\n" DETECTION "    A: x\n---\nid: d\n" DETECTION "    A: x\n---\n"
                  "id: ABC\n" DETECTION "    A: x\n"));
    sigma_set_link(&set);
    assert_int_equal(set.rule_count, 2);
    assert_int_equal(set.refusal_count, 1);
    assert_int_equal(set.refusals[0].line, 17);
    assert_int_equal(set.rules[1]->index, 1);
    assert_int_equal(set.documents, set.rule_count + set.refusal_count);
    sigma_set_deinit(&set);
}

static void test_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = { "", "\n", "# only a comment\n", "---\n",
                                         "---\n---\n" };
    struct sigma_set set = SIGMA_SET_INIT;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        add(&set, slice_from(texts[i]));
    add(&set, SLICE_NULL);
    sigma_set_link(&set);
    assert_int_equal(set.documents, 0);
    sigma_set_deinit(&set);
}

static void test_byte_order_marks(void **state)
{
    (void)state;
    assert_tree("\xEF\xBB\xBF" DETECTION "    A: x", "A=\"x\"");
    assert_tree(
        "title: t\r\nlogsource: {product: p}\r\ndetection: {s: {A: x}, condition: s}\r\n",
        "A=\"x\"");
}

/* --- filters --- */

#define TARGET                                                                                 \
    "title: t\nid: 36A0F7A7\nname: target\nlogsource: {product: windows, category: c}\n"       \
    "detection: {s: {A: x}, _s: {Z: z}, condition: 1 of them}\n---\n"
#define FILTER(source, rules, condition)                                                       \
    "title: f\nlogsource: {" source "}\nfilter:\n  rules: " rules                              \
    "\n  s: {B: y}\n  t: {C: z}\n"                                                             \
    "  condition: " condition "\n"

static void test_filters(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tree;
        size_t warnings;
    } cases[] = {
        { TARGET FILTER("product: windows", "any", "not s"), "(and A=\"x\" (not B=\"y\"))", 0 },
        { TARGET FILTER("product: windows", "[]", "not s"), "(and A=\"x\" (not B=\"y\"))", 0 },
        { TARGET FILTER("product: windows", "Any", "not s"), "(and A=\"x\" (not B=\"y\"))", 0 },
        { FILTER("product: windows", "any", "not s") "---\n" TARGET,
          "(and A=\"x\" (not B=\"y\"))", 0 },
        { TARGET FILTER("product: windows, category: c", "[target]", "not 1 of them"),
          "(and A=\"x\" (not (or B=\"y\" C=\"z\")))", 0 },
        { TARGET FILTER("category: c", "36a0f7a7", "not s"), "(and A=\"x\" (not B=\"y\"))", 0 },
        { TARGET FILTER("category: c", "[other, target]", "s"), "(and A=\"x\" B=\"y\")", 1 },
        /* another log source, a narrower one, another rule */
        { TARGET FILTER("product: linux", "any", "not s"), "A=\"x\"", 0 },
        { TARGET FILTER("product: windows, service: s", "any", "not s"), "A=\"x\"", 0 },
        { TARGET FILTER("product: windows", "[other]", "not s"), "A=\"x\"", 0 },
        /* several */
        { TARGET FILTER("category: c", "any", "not s") "---\n" FILTER("category: c", "any",
                                                                      "not t"),
          "(and A=\"x\" (not B=\"y\") (not C=\"z\"))", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sigma_set set = SIGMA_SET_INIT;
        struct buf buf = BUF_INIT;
        add(&set, slice_from(cases[i].text));
        sigma_set_link(&set);
        assert_int_equal(set.refusal_count, 0);
        assert_int_equal(set.rule_count, 1);
        assert_int_equal(set.warning_count, cases[i].warnings);
        assert_int_equal(sigma_set_loaded(&set), set.documents);
        print_tree(&buf, set.rules[0]->detection);
        assert_string_equal(buf.ptr, cases[i].tree);
        buf_deinit(&buf);
        sigma_set_deinit(&set);
    }
}

static void mark_ids(const struct sigma_node *node, bool *used, size_t count)
{
    assert_true(node->id < count);
    used[node->id] = true;
    for (size_t i = 0; i < node->count; i++)
        mark_ids(node->children[i], used, count);
}

/* One filter for two rules: each has its own copy, and ids are unique in each. */
static void test_filtered_rules_are_numbered(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    add(&set, slice_from(TARGET HEAD "detection: {s: {A: x}, condition: s and not s}\n---\n"
                                     "title: f\nlogsource: {product: windows}\nfilter: {rules: "
                                     "any, s: {B: y}, condition: not s or not s}\n"));
    sigma_set_link(&set);
    assert_int_equal(set.rule_count, 2);
    for (size_t r = 0; r < 2; r++) {
        bool used[16] = { false };
        assert_true(set.rules[r]->node_count <= 16);
        mark_ids(set.rules[r]->detection, used, set.rules[r]->node_count);
        for (size_t i = 0; i < set.rules[r]->node_count; i++)
            assert_true(used[i]);
    }
    assert_ptr_not_equal(set.rules[0]->detection->children[1],
                         set.rules[1]->detection->children[1]);
    sigma_set_deinit(&set);
}

/* --- collections of Sigma v1 --- */

static void test_collections(void **state)
{
    (void)state;
#define GLOBAL "action: global\ntitle: g\nlogsource: {product: p, category: c}\n---\n"
    static const struct {
        const char *text;
        size_t rules, refusals;
        const char *what; /* title product/category/service tree; of each */
    } cases[] = {
        { GLOBAL "detection: {s: {A: x}, condition: s}\n---\n"
                 "title: own\nlogsource: {service: s}\ndetection: {s: {A: y}, condition: s}\n",
          2, 0, "g p/c/ A=\"x\";own p/c/s A=\"y\";" },
        { GLOBAL "action: global\ndetection: {condition: s}\n---\ndetection: {s: {A: x}}\n", 1,
          0, "g p/c/ A=\"x\";" },
        { GLOBAL "detection: {s: {A: x}, condition: s}\n---\n"
                 "action: repeat\nlogsource: {category: d}\n",
          2, 0, "g p/c/ A=\"x\";g p/d/ A=\"x\";" },
        { GLOBAL "action: reset\n---\ndetection: {s: {A: x}, condition: s}\n", 0, 1, "" },
        { GLOBAL "action: reset\ntitle: own\nlogsource: {service: s}\n"
                 "detection: {s: {A: x}, condition: s}\n",
          1, 0, "own //s A=\"x\";" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sigma_set set = SIGMA_SET_INIT;
        struct buf buf = BUF_INIT;
        buf_add_text(&buf, "");
        add(&set, slice_from(cases[i].text));
        sigma_set_link(&set);
        assert_int_equal(set.rule_count, cases[i].rules);
        assert_int_equal(set.refusal_count, cases[i].refusals);
        assert_int_equal(set.documents, cases[i].rules + cases[i].refusals);
        for (size_t r = 0; r < set.rule_count; r++) {
            const struct sigma_rule *rule = set.rules[r];
            buf_printf(&buf, "%.*s %.*s/%.*s/%.*s ", SLICE_FMT(rule->title),
                       SLICE_FMT(rule->logsource.product), SLICE_FMT(rule->logsource.category),
                       SLICE_FMT(rule->logsource.service));
            print_tree(&buf, rule->detection);
            buf_add_char(&buf, ';');
        }
        assert_string_equal(buf.ptr, cases[i].what);
        buf_deinit(&buf);
        sigma_set_deinit(&set);
    }
}

/* Small documents on top of a large one, again and again. */
static void test_collection_without_end(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    struct buf buf = BUF_INIT;
    buf_add_text(&buf, "action: global\n");
    for (int i = 0; i < 20000; i++)
        buf_printf(&buf, "k%d: x\n", i);
    for (int i = 0; i < 9000; i++)
        buf_add_text(&buf, "---\ntitle: t\n");
    add(&set, buf_slice(&buf));
    assert_int_equal(set.refusal_count, 9000);
    assert_true(slice_has(set.refusals[8999].reason, SLICE_LIT("1000000 keys")));
    buf_deinit(&buf);
    sigma_set_deinit(&set);
}

/* --- what is refused --- */

static void test_refused_documents(void **state)
{
    (void)state;
    static const struct refused_case cases[] = {
        { "just text", 1, "not a map" },
        { "- a\n- b", 1, "not a map" },
        { "null", 1, "not a map" },
        { "logsource: {product: p}\ndetection: {s: {A: x}, condition: s}", 1, "no 'title'" },
        { "title: ''\nlogsource: {product: p}\ndetection: {s: {A: x}, condition: s}", 1,
          "no 'title'" },
        { "title: [t]\nlogsource: {product: p}\ndetection: {s: {A: x}, condition: s}", 1,
          "'title' must be text" },
        { "title: t\ndetection: {s: {A: x}, condition: s}", 1, "no 'logsource'" },
        { "title: t\nlogsource: windows\ndetection: {s: {A: x}, condition: s}", 2,
          "'logsource' must be a map" },
        { "title: t\nlogsource:\n  definition: x\ndetection: {s: {A: x}, condition: s}", 3,
          "no product, category or service" },
        { "title: t\nlogsource: {product: [a]}\ndetection: {s: {A: x}, condition: s}", 2,
          "'product' must be text" },
        { HEAD, 1, "no 'detection'" },
        { HEAD "level: severe\ndetection: {s: {A: x}, condition: s}", 3, "level 'severe'" },
        { HEAD "level: none\ndetection: {s: {A: x}, condition: s}", 3, "level 'none'" },
        { HEAD "status: draft\ndetection: {s: {A: x}, condition: s}", 3, "status 'draft'" },
        { HEAD "tags: {a: b}\ndetection: {s: {A: x}, condition: s}", 3, "'tags'" },
        { HEAD "tags: [[a]]\ndetection: {s: {A: x}, condition: s}", 3, "'tags'" },
        { HEAD "tags:\n- a\n-\ndetection: {s: {A: x}, condition: s}", 5, "'tags'" },
        { HEAD "taxonomy: ecs\ndetection: {s: {A: x}, condition: s}", 3, "taxonomy 'ecs'" },
        { HEAD "filter: {rules: any, condition: s}", 3, "no search" },
        { HEAD "filter: {condition: s, s: {A: x}}", 3, "for which 'rules'" },
        { HEAD "filter: {rules: {a: b}, condition: s, s: {A: x}}", 3, "'rules'" },
        { HEAD "filter: {rules: any, s: {A: x}}", 3, "no 'condition'" },
        { HEAD "filter: x", 3, "must be a map" },
        { "title: t\nfilter: {rules: any, condition: s, s: {A: x}}", 1, "no 'logsource'" },
        { HEAD "filter: {rules: any, condition: s | count() > 5, s: {A: x}}", 3, "'|'" },
        { DETECTION "    A: x\nfilter: {rules: any}", 7, "'detection' and 'filter'" },
        { HEAD "correlation: {type: x}\nfilter: {rules: any}", 3,
          "'filter' and 'correlation'" },
        { "action: glob\ntitle: t", 1, "unknown 'action' 'glob'" },
        { "action: repeat\ntitle: t", 1, "without a document" },
        { HEAD "correlation: {type: event_count}\ndetection: {s: {A: x}, condition: s}", 3,
          "in one document" },
    };
    ASSERT_ALL_REFUSED(cases);
}

static void test_refused_detections(void **state)
{
    (void)state;
    static const struct refused_case cases[] = {
        { HEAD "detection: s", 3, "'detection' must be a map" },
        { HEAD "detection: []", 3, "'detection' must be a map" },
        { HEAD "detection: {}", 3, "no 'condition'" },
        { HEAD "detection:\n  s: {A: x}", 4, "no 'condition'" },
        { HEAD "detection:\n  condition: s", 4, "no search" },
        { HEAD "detection:\n  s: {A: x}\n  condition:", 5, "condition ends" },
        { HEAD "detection:\n  s: {A: x}\n  condition: {a: b}", 5, "'condition' must be text" },
        { HEAD "detection:\n  s: {A: x}\n  condition: []", 5, "empty list" },
        { HEAD "detection:\n  s: {A: x}\n  condition: [s, [s]]", 5, "must be text" },
        { HEAD "detection:\n  s: {A: x}\n  condition: [s, t]", 5, "'t'" },
        { HEAD "detection:\n  s: {A: x}\n  condition: t", 5, "'t'" },
        { HEAD "detection:\n  s: {A: x}\n  timeframe: 5m\n  condition: s", 5, "'timeframe'" },
        { HEAD "detection:\n  s:\n  condition: s", 4, "keywords" },
        { DETECTION "    {}", 6, "empty map" },
        { DETECTION "    []", 6, "empty list" },
        { DETECTION "    A: []", 6, "empty list" },
        { DETECTION "    A: {b: c}", 6, "plain value" },
        { DETECTION "    A: [[x]]", 6, "plain value" },
        { DETECTION "    A:\n      - x\n      - {b: c}", 8, "plain value" },
        { DETECTION "    - one\n    - null", 6, "keywords" },
        { DETECTION "    '|exists': true", 6, "keywords" },
        { DETECTION "    '|cidr': 10.0.0.0/8", 6, "keywords" },
        { DETECTION "    '|gt': 5", 6, "keywords" },
        { DETECTION "    ? [a, b]\n    : x", 6, "a key must be text" },
        { DETECTION "    A: x\n    A: y", 7, "'A' is given twice" },
        { HEAD "title: again\ndetection: {s: {A: x}, condition: s}", 3,
          "'title' is given twice" },
    };
    ASSERT_ALL_REFUSED(cases);
}

static void test_refused_modifiers(void **state)
{
    (void)state;
    static const struct refused_case cases[] = {
        { DETECTION "    A|base64: 'x*'", 6, "without wildcards" },
        { DETECTION "    A|contains|base64: x", 6, "without wildcards" },
        { DETECTION "    B: x\n    A|contains|base64offset: x", 7, "without wildcards" },
        { DETECTION "    A|base64offset: x", 6, "two bytes or more" },
        { DETECTION "    A|base64offset: ''", 6, "two bytes or more" },
        { DETECTION "    A|re|base64: x", 6, "'base64' needs text" },
        { DETECTION "    A|base64|expand: '%one%'", 6, "'base64' needs text" },
        { DETECTION "    A|windash|base64: '-a -b -c -d -e -f'", 6, "five dashes" },
        { DETECTION "    A|re|windash: x", 6, "'windash' needs text" },
        { DETECTION "    A|wide: \xC3\xA4", 6, "base64 or base64offset must follow" },
        { DETECTION "    A|utf16: a", 6, "base64 or base64offset must follow" },
        { DETECTION "    A|re|wide: x", 6, "'wide' needs text" },
        { DETECTION "    A|expand: '%x%'", 6, "%x% has no list" },
        { DETECTION "    A|expand: '%One%'", 6, "%One% has no list" },
        { DETECTION "    A|contains|expand: ['%one%', 'a%x%b']", 6, "%x% has no list" },
        { DETECTION "    A|re|expand: '%one%'", 6, "'expand' needs text" },
        { DETECTION "    A|expand|cidr: '%one%'", 6, "'cidr' must be the first" },
        { DETECTION "    A|expand:", 6, "'expand' needs text" },
        { DETECTION "    A|fieldref: 'B*'", 6, "the name of a field" },
        { DETECTION "    A|contains|fieldref: B", 6, "the name of a field" },
        { DETECTION "    A|fieldref: ''", 6, "the name of a field" },
        { DETECTION "    '|fieldref': B", 6, "keywords" },
        { DETECTION "    '|hour': 3", 6, "keywords" },
        { DETECTION "    A|hour: x", 6, "a number" },
        { DETECTION "    A|contains|hour: 3", 6, "'hour' must be the first" },
        { DETECTION "    A|hour|day: 3", 6, "'day' must be the first" },
        { DETECTION "    A|hour|contains: 3", 6, "'contains' needs text" },
        { DETECTION "    A|gte|hour: 3", 6, "'hour' must be the first" },
        { DETECTION "    A|neq|re: x", 6, "'re' must be the first" },
        { DETECTION "    A|contians: x", 6, "unknown modifier 'contians'" },
        { DETECTION "    A|Contains: x", 6, "unknown modifier 'Contains'" },
        { DETECTION "    A|: x", 6, "unknown modifier ''" },
        { DETECTION "    A||contains: x", 6, "unknown modifier ''" },
        { DETECTION "    A| contains: x", 6, "unknown modifier ' contains'" },
        { DETECTION "    A|contains|re: x", 6, "'re' must be the first" },
        { DETECTION "    A|all|re: x", 6, "'re' must be the first" },
        { DETECTION "    A|re|re: x", 6, "'re' must be the first" },
        { DETECTION "    A|contains|cidr: 10.0.0.0/8", 6, "'cidr' must be the first" },
        { DETECTION "    A|contains|lt: 5", 6, "'lt' must be the first" },
        { DETECTION "    A|all|exists: true", 6, "'exists' must be the first" },
        { DETECTION "    A|exists|all: true", 6, "must stand alone" },
        { DETECTION "    A|exists: [true, false]", 6, "must stand alone" },
        { DETECTION "    A|exists: 'true'", 6, "true or false" },
        { DETECTION "    A|exists: 1", 6, "true or false" },
        { DETECTION "    A|exists:", 6, "true or false" },
        { DETECTION "    A|i: x", 6, "'i' must follow 're'" },
        { DETECTION "    A|contains|m: x", 6, "'m' must follow 're'" },
        { DETECTION "    A|re|cased: x", 6, "'cased' needs text" },
        { DETECTION "    A|cidr|contains: 10.0.0.0/8", 6, "'contains' needs text" },
        { DETECTION "    A|cidr: 10.0.0.1/8", 6, "host bits" },
        { DETECTION "    A|cidr:\n    - 10.0.0.0/8\n    - nonsense", 8, "'nonsense'" },
        { DETECTION "    A|cidr: '10.*'", 6, "'10.*'" },
        { DETECTION "    A|lt: x", 6, "number" },
        { DETECTION "    A|lt: '5'", 6, "without quotes" },
        { DETECTION "    A|gt: 1e999", 6, "number" },
        { DETECTION "    A|gt: .inf", 6, "number" },
        { DETECTION "    A|gt: nan", 6, "number" },
        { DETECTION "    A|gt: 5x", 6, "number" },
        { DETECTION "    A|gt: .", 6, "number" },
        { DETECTION "    A|gt: 1e", 6, "number" },
        { DETECTION "    A|gt:", 6, "number" },
        { DETECTION "    A|contains:", 6, "'contains' needs text" },
        { DETECTION "    A|cased: null", 6, "'cased' needs text" },
        { DETECTION "    A|re: null", 6, "'re' needs" },
    };
    ASSERT_ALL_REFUSED(cases);
}

/* --- hostile files --- */

static void test_refused_yaml(void **state)
{
    (void)state;
    static const struct refused_case cases[] = {
        { "a: &a [x]\nb: 1", 1, "anchors" },
        { "a: x\nb: &b {c: d}", 2, "anchors" },
        { "a: &b c", 1, "anchors" },
        { "a: x\nb: *c", 2, "aliases" },
        { "<<: {a: b}", 1, "merge keys" },
        { "a: !!binary aGk=", 1, "tags" },
        { "a: !!python/object:os.system {}", 1, "tags" },
        { "a: !x [b]", 1, "tags" },
        { "a: [b", 0, "not YAML" },
        { "a: b: c", 1, "not YAML" },
        { "a: 'b", 0, "not YAML" },
        { "\ta: b", 1, "not YAML" },
        { "a: \"\\ud800\"", 1, "not YAML" },
        { "a: \xC3", 0, "not YAML" },
        { "a: \xC3\x28", 0, "not YAML" },
        { "a: \xF4\x90\x80\x80", 0, "not YAML" },
        { "a: \x01", 0, "not YAML" },
        { "%YAML 9.9\n---\na: b", 0, "not YAML" },
        { "MZ\x90", 0, "not YAML" },
        { "<html><body>404: not found</body></html>", 0, "" },
        { "{\"a\": 1, \"a\": 2}", 1, "given twice" },
    };
    ASSERT_ALL_REFUSED(cases);
    assert_refused(slice_of("a: b\0c", 6), 0, "not YAML");
    assert_refused(slice_of("\0\0\0\0", 4), 0, "not YAML");
    assert_refused(slice_of("\xFF\xFE"
                            "a\0:\0 \0b\0",
                            10),
                   0, "not YAML"); /* UTF-16 */
}

static void test_alias_bomb(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_add_text(&buf, "a0: &a0 [x, x]\n");
    for (int i = 1; i < 40; i++)
        buf_printf(&buf, "a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
    assert_refused(buf_slice(&buf), 1, "anchors");
    buf_deinit(&buf);
}

static void repeat(struct buf *buf, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_add_text(buf, text);
}

static void test_nesting(void **state)
{
    (void)state;
    static const char *const openers[] = { "[", "{a: ", "- ", "[\n" };
    for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) {
        struct buf buf = BUF_INIT;
        repeat(&buf, openers[i], 10000);
        assert_refused(buf_slice(&buf), 0, "64 levels");
        buf_deinit(&buf);
    }
}

static void test_nesting_after_alias(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_add_text(&buf, "- *a\n- ");
    repeat(&buf, "[", 100000);
    assert_refused(buf_slice(&buf), 2, "64 levels");
    buf_deinit(&buf);
}

static void test_nested_lists_are_taken(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_add_text(&buf, HEAD "detection: {condition: s, s: ");
    repeat(&buf, "[", 60);
    buf_add_text(&buf, "{A: x}");
    repeat(&buf, "]", 60);
    buf_add_text(&buf, "}");
    assert_tree(buf.ptr, "A=\"x\"");
    buf_deinit(&buf);
}

static void test_huge_scalar(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_add_text(&buf, DETECTION "    A|contains: '");
    repeat(&buf, "*?", 1000000);
    buf_add_text(&buf, "'\n");
    struct sigma_set set = SIGMA_SET_INIT;
    add(&set, buf_slice(&buf));
    assert_int_equal(set.rule_count, 1);
    sigma_set_deinit(&set);

    buf_clear(&buf);
    buf_add_text(&buf, HEAD "level: ");
    repeat(&buf, "\xC3\xA4", 1000000); /* shown in the reason, cut between characters */
    assert_refused(buf_slice(&buf), 3, "\xC3\xA4\xC3\xA4'");
    buf_deinit(&buf);
}

static void test_too_large(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    repeat(&buf, "# sixteen bytes\n", (4U << 20) / 16 + 1);
    assert_refused(buf_slice(&buf), 1, "4 MiB");
    buf_deinit(&buf);
}

static void test_many_directives(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    for (int i = 0; i < 200000; i++)
        buf_printf(&buf, "%%TAG !%d! x\n", i);
    buf_add_text(&buf, "---\na: b\n");
    assert_refused(buf_slice(&buf), 1, "%TAG");
    buf_deinit(&buf);
}

static void test_too_many_documents(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    struct buf buf = BUF_INIT;
    repeat(&buf, "x\n---\n", 20000);
    add(&set, buf_slice(&buf));
    assert_int_equal(set.refusal_count, 10001);
    assert_int_equal(set.documents, 10001);
    assert_true(slice_has(set.refusals[10000].reason, SLICE_LIT("10000 documents")));
    buf_deinit(&buf);
    sigma_set_deinit(&set);
}

static void test_many_keys(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    for (int i = 0; i < 200000; i++)
        buf_printf(&buf, "k%d: v\n", i);
    assert_refused(buf_slice(&buf), 0, "100000");
    buf_clear(&buf);
    for (int i = 0; i < 40000; i++) /* fewer: sorted for duplicates in no time */
        buf_printf(&buf, "k%d: v\n", i);
    buf_add_text(&buf, "k0: v\n");
    assert_refused(buf_slice(&buf), 40001, "given twice");
    buf_deinit(&buf);
}

static void test_many_searches(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_add_text(&buf, HEAD "detection:\n  condition: 1 of them\n");
    for (int i = 0; i < 1001; i++)
        buf_printf(&buf, "  s%d: x\n", i);
    assert_refused(buf_slice(&buf), 0, "1000 searches");
    buf_clear(&buf);
    buf_add_text(&buf, HEAD "detection:\n  condition: x\n  ? ");
    repeat(&buf, "x", 257);
    buf_add_text(&buf, "\n  : y\n");
    assert_refused(buf_slice(&buf), 0, "256 bytes");
    buf_deinit(&buf);
}

/* The terms of all conditions of a list count together. */
static void test_many_conditions(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_add_text(&buf, HEAD "detection:\n  s1: x\n  s2: x\n  condition:\n");
    repeat(&buf, "  - 1 of them\n", 5000);
    assert_refused(buf_slice(&buf), 0, "10000");
    buf_deinit(&buf);
}

/* Each prefix of a good rule must be read without harm. */
static void test_prefixes(void **state)
{
    (void)state;
    static const char text[] =
        HEAD "tags: [a, '\xC3\xA4']\ndetection:\n  s:\n    - A|re|i: \"\\x41\"\n"
             "    - '|all': [x, y]\n  condition: 1 of s* and not s\n";
    for (size_t i = 0; i < sizeof text; i++) {
        struct sigma_set set = SIGMA_SET_INIT;
        AUTO_FREE char *exact = mem_alloc(i); /* for the address sanitizer */
        memcpy(exact, text, i);
        add(&set, slice_of(exact, i));
        sigma_set_link(&set);
        assert_int_equal(set.documents, set.rule_count + set.refusal_count);
        sigma_set_deinit(&set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_detection_forms),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_modifiers),
        cmocka_unit_test(test_windash),
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_expand),
        cmocka_unit_test(test_expand_without_end),
        cmocka_unit_test(test_description),
        cmocka_unit_test(test_node_ids),
        cmocka_unit_test(test_many_documents),
        cmocka_unit_test(test_broken_document_ends_the_file),
        cmocka_unit_test(test_duplicate_ids),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_byte_order_marks),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_filtered_rules_are_numbered),
        cmocka_unit_test(test_collections),
        cmocka_unit_test(test_collection_without_end),
        cmocka_unit_test(test_refused_documents),
        cmocka_unit_test(test_refused_detections),
        cmocka_unit_test(test_refused_modifiers),
        cmocka_unit_test(test_refused_yaml),
        cmocka_unit_test(test_alias_bomb),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_nesting_after_alias),
        cmocka_unit_test(test_nested_lists_are_taken),
        cmocka_unit_test(test_huge_scalar),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_many_directives),
        cmocka_unit_test(test_too_many_documents),
        cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_many_searches),
        cmocka_unit_test(test_many_conditions),
        cmocka_unit_test(test_prefixes),
    };
    return cmocka_run_group_tests(tests, make_lists, free_lists);
}
