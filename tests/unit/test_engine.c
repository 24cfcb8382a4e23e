/*
 * Real rules over real rows: modifiers, conditions, readings, absent values, limits; and the
 * proof that the prefilter loses nothing: with and without it, random rows give the same hits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "match/engine.h"
#include "schema_maker.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* --- a rule set, a log, and what came of them --- */

struct outcome {
    struct buf hits; /* "title@first cell..." one a line */
    size_t hit_count, gave_up_count;
    struct evaluator *evaluator;
    struct slice field; /* asked for at each hit when present */
};

static void on_hit(void *context, const struct sigma_rule *rule, const struct event *event)
{
    struct outcome *outcome = context;
    outcome->hit_count++;
    buf_printf(&outcome->hits, "%.*s@%.*s", SLICE_FMT(rule->title), SLICE_FMT(event->row));
    if (outcome->field.ptr)
        buf_printf(&outcome->hits, "=%.*s",
                   SLICE_FMT(evaluator_value(outcome->evaluator, outcome->field)));
    buf_add_char(&outcome->hits, '\n');
}

static void on_gave_up(void *context, const struct sigma_rule *rule, const struct event *event)
{
    (void)rule;
    (void)event;
    ((struct outcome *)context)->gave_up_count++;
}

static void load(struct sigma_set *set, const char *rules)
{
    sigma_set_add_text(set, SLICE_LIT("t.yml"), slice_from(rules));
    sigma_set_link(set);
    if (set->refusal_count)
        fail_msg("%s\nrefused: %.*s", rules, SLICE_FMT(set->refusals[0].reason));
    for (size_t i = 0; i < set->rule_count; i++)
        assert_int_equal(engine_validate_rule(set->rules[i], NULL), 0);
}

static void run(const struct sigma_set *set, struct engine_options options,
                const struct schema *schema, struct slice rows, struct outcome *outcome)
{
    struct engine *engine = engine_new(set, &options);
    struct evaluator_sink sink = { on_hit, on_gave_up, outcome };
    outcome->evaluator = evaluator_new(engine, &sink);
    buf_add_text(&outcome->hits, "");
    evaluator_run(outcome->evaluator, schema, rows, TIME_NONE);
    evaluator_free(outcome->evaluator);
    engine_free(engine);
}

static void assert_same_outcome(const struct outcome *with, const struct outcome *without)
{
    struct slice a = buf_slice(&with->hits), b = buf_slice(&without->hits);
    while (a.ptr || b.ptr) {
        struct slice left = slice_cut(&a, '\n'), right = slice_cut(&b, '\n');
        if (!slice_eq(left, right))
            fail_msg("with prefilter: %.*s, without: %.*s", SLICE_FMT(left), SLICE_FMT(right));
    }
    assert_int_equal(with->gave_up_count, without->gave_up_count);
}

/* Does the detection match the row? Asked with and without prefilter. */
static bool matches(const struct schema *schema, const char *logsource, const char *detection,
                    struct slice row)
{
    struct sigma_set set = SIGMA_SET_INIT;
    struct outcome with = { .hits = BUF_INIT }, without = { .hits = BUF_INIT };
    struct buf rule = BUF_INIT;
    buf_printf(&rule, "title: t\nlogsource: {%s}\ndetection:\n%s\n", logsource, detection);
    load(&set, rule.ptr);
    run(&set, (struct engine_options){ .no_prefilter = false }, schema, row, &with);
    run(&set, (struct engine_options){ .no_prefilter = true }, schema, row, &without);
    assert_same_outcome(&with, &without);
    bool hit = with.hit_count > 0;
    buf_deinit(&with.hits);
    buf_deinit(&without.hits);
    buf_deinit(&rule);
    sigma_set_deinit(&set);
    return hit;
}

struct match_case {
    const char *item; /* of one search identifier, as flow mapping */
    bool matches;
};

static void assert_matches(enum family_id id, const char *columns, const char *logsource,
                           struct slice row, const struct match_case *cases, size_t count)
{
    struct arena arena = ARENA_INIT;
    const struct schema *schema = schema_from(&arena, id, columns, false);
    for (size_t i = 0; i < count; i++) {
        struct buf detection = BUF_INIT;
        buf_printf(&detection, "  s: %s\n  condition: s", cases[i].item);
        if (matches(schema, logsource, detection.ptr, row) != cases[i].matches)
            fail_msg("%s should %smatch <%.*s>", cases[i].item, cases[i].matches ? "" : "not ",
                     SLICE_FMT(row));
        buf_deinit(&detection);
    }
    arena_deinit(&arena);
}

#define WEB "category: webserver"
#define EXCHANGE "product: exchange"

/* --- modifiers --- */

static void test_iis(void **state)
{
    (void)state;
    static const struct match_case cases[] = {
        { "{cs-uri-stem: /owa/auth/Shell.aspx}", true },
        { "{cs-uri-stem: /OWA/AUTH/shell.ASPX}", true },
        { "{cs-uri-stem|cased: /OWA/AUTH/shell.ASPX}", false },
        { "{cs-uri-stem|cased: /owa/auth/Shell.aspx}", true },
        { "{cs-uri-stem: shell.aspx}", false },
        { "{cs-uri-stem|contains: auth}", true },
        { "{cs-uri-stem|startswith: /owa}", true },
        { "{cs-uri-stem|startswith: owa}", false },
        { "{cs-uri-stem|endswith: .aspx}", true },
        { "{cs-uri-stem|endswith: .asp}", false },
        { "{cs-uri-stem: '*/auth/?hell.aspx'}", true },
        { "{cs-uri-stem|contains|all: [auth, shell]}", true },
        { "{cs-uri-stem|contains|all: [auth, nothing]}", false },
        { "{cs-uri-stem|contains: [nothing, shell]}", true },
        { "{cs-uri-stem|re: '^/owa/.*\\.aspx$'}", true },
        { "{cs-uri-stem|re: '^/OWA/'}", false },
        { "{cs-uri-stem|re|i: '^/OWA/'}", true },
        { "{c-ip|cidr: 203.0.113.0/24}", true },
        { "{c-ip|cidr: [10.0.0.0/8, 203.0.113.0/24]}", true },
        { "{c-ip|cidr: 10.0.0.0/8}", false },
        { "{s-ip|cidr: 'fe80::/10'}", true },
        { "{sc-status: 200}", true },
        { "{sc-status: '200'}", true },
        { "{sc-status: [404, 200]}", true },
        { "{sc-status|gte: 200}", true },
        { "{sc-status|gt: 200}", false },
        { "{sc-status|lt: 300}", true },
        { "{cs-uri-stem|gt: 1}", false },
        /* the second reading of a query */
        { "{cs-uri-query: 'exec_code=a+b'}", true },
        { "{cs-uri-query: 'exec_code=a b'}", true },
        { "{cs-uri-query|contains: 'a b'}", true },
        { "{cs-uri-query|contains: 'a+b'}", true },
        { "{cs-uri-query|contains: '/owa/auth/'}", true },
        { "{cs-uri-query|contains: 'aspx\\?exec'}", true },
        { "{c-uri: '/owa/auth/Shell.aspx\\?exec_code=a+b'}", true },
        { "{c-uri|endswith: 'Shell.aspx'}", false },
        { "{c-uri-extension: aspx}", true },
        /* agents: '+' reads as space */
        { "{cs-user-agent: 'Mozilla/5.0 (Windows NT)'}", true },
        { "{c-useragent|contains: 'Mozilla/5.0+(Windows'}", true },
        { "{cs(User-Agent)|startswith: Mozilla}", true },
        { "{cs-user-agent|re: 'Mozilla/5\\.0 \\('}", true },
        /* '-' is nothing */
        { "{cs-username: null}", true },
        { "{cs-username: '-'}", false },
        { "{cs-username: ''}", false },
        { "{cs-username: '*'}", false },
        { "{cs-username|exists: true}", false },
        { "{cs-username|exists: false}", true },
        { "{cs-username: [null, admin]}", true },
        { "{cs-username|contains: admin}", false },
        { "{cs-method: null}", false },
        { "{cs-method|exists: true}", true },
        { "{no-such-field: null}", true },
        { "{no-such-field|exists: false}", true },
        { "{no-such-field: x}", false },
        /* keywords: anywhere in the line */
        { "[exec_code]", true },
        { "['exec_code=a b']", true },
        { "['EXEC*=a']", true },
        { "['Mozilla/5.0 (Windows']", true },
        { "[no such text]", false },
        { "{'|all': [exec_code, POST]}", true },
        { "{'|all': [exec_code, nothing]}", false },
        { "{'|re': 'exec_c.de'}", true },
    };
    assert_matches(FAMILY_IIS, NULL, WEB,
                   SLICE_LIT("2021-03-03 06:49:53 fe80::1%3 POST /owa/auth/Shell.aspx "
                             "exec_code=a+b 443 - 203.0.113.7 Mozilla/5.0+(Windows+NT) - 200 0 "
                             "0 15\r\n"),
                   cases, COUNT(cases));
}

static void test_httpproxy_answers_webserver(void **state)
{
    (void)state;
    static const struct match_case cases[] = {
        { "{cs-uri-stem: /ecp/y.js}", true },
        { "{cs-uri-query: 'a=1'}", true },
        { "{cs-uri-query|contains: '/ecp/y.js\\?a='}", true },
        { "{cs-method: POST}", true },
        { "{sc-status: 241}", true },
        { "{c-ip|cidr: 203.0.113.0/24}", true },
        { "{cs-user-agent: 'python, requests'}", true },
        { "{cs(User-Agent): 'python, requests'}", true },
        { "{cs-username: null}", true }, /* an empty cell */
        { "{cs-username: ''}", true },
        { "{cs-username|exists: true}", true },
        { "{AnchorMailbox|contains: 'a]@srv'}", true },
        { "['say \"hi\"']", true }, /* in a cell, without its quotes */
        { "['python, requests']", true },
    };
    static const char columns[] = "DateTime,UrlStem,UrlQuery,Method,HttpStatus,ClientIpAddress,"
                                  "UserAgent,AuthenticatedUser,AnchorMailbox,GenericErrors";
    const struct slice row =
        SLICE_LIT("2021-03-03T06:49:53.772Z,/ecp/y.js,?a=1,POST,241,203.0.113.7,"
                  "\"python, requests\",,ServerInfo~a]@srv:444/x,"
                  "\"say \"\"hi\"\"\"\n");
    assert_matches(FAMILY_HTTPPROXY, columns, WEB, row, cases, COUNT(cases));
    static const struct match_case own[] = {
        { "{UrlStem: /ecp/y.js}", true },
        { "{UrlQuery: '\\?a=1'}", true },
        { "{HttpStatus: 241, Method: POST}", true },
        { "{HttpStatus: 241, Method: GET}", false },
        { "{GenericErrors: 'say \"hi\"'}", true },
    };
    assert_matches(FAMILY_HTTPPROXY, columns, EXCHANGE ", service: httpproxy", row, own,
                   COUNT(own));
}

static void test_ecp(void **state)
{
    (void)state;
    static const struct match_case cases[] = {
        { "{CMD|startswith: Set-OabVirtualDirectory}", true },
        { "{CMD|contains|all: [ExternalUrl, '<script']}", true },
        { "{CMD|contains: \"Url='http\"}", true },
        { "{EX: ''}", true },
        { "{EX: null}", true },
        { "{EX|exists: true}", true },
        { "{NOTHING|exists: true}", false },
        { "{ServerName: ex1}", true },
        { "{EventData|contains: 'Set-Oab'}", true },
        { "{'ADS.C[EX1]': 3}", true },
        { "{'ADS.C[EX1]|gte': 3}", true },
        { "[\"Url='http\"]", false }, /* the line says '' there: keywords see it as written */
    };
    assert_matches(FAMILY_ECP, NULL, EXCHANGE ", service: ecp",
                   SLICE_LIT("2021-03-03T06:49:53.772Z,EX1,ECP.Request,"
                             "'S:CMD=Set-OabVirtualDirectory.ExternalUrl=''http://f/<script "
                             "x,y>''';;S:EX=;I32:ADS.C[EX1]=3\n"),
                   cases, COUNT(cases));
}

static void test_other_log_sources_stay_out(void **state)
{
    (void)state;
    static const struct {
        enum family_id id;
        const char *logsource;
        bool matches;
    } cases[] = {
        { FAMILY_IIS, WEB, true },
        { FAMILY_IIS, EXCHANGE, false },
        { FAMILY_IIS, "category: proxy", false },
        { FAMILY_IIS, "product: windows, service: security", false },
        { FAMILY_SMTP, WEB, false },
        { FAMILY_SMTP, EXCHANGE, true },
        { FAMILY_SMTP, EXCHANGE ", service: smtp", true },
        { FAMILY_SMTP, EXCHANGE ", service: ecp", false },
        { FAMILY_HTTPERR, WEB, true },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena arena = ARENA_INIT;
        const struct schema *schema = schema_from(&arena, cases[i].id, NULL, false);
        assert_int_equal(matches(schema, cases[i].logsource, "  s: [needle]\n  condition: s",
                                 SLICE_LIT("a needle,b needle\n")),
                         cases[i].matches);
        arena_deinit(&arena);
    }
}

/* --- conditions --- */

static void test_conditions(void **state)
{
    (void)state;
    static const char head[] = "  yes_1: {cs-uri-stem|contains: shell}\n"
                               "  yes_2: {cs-method: POST}\n"
                               "  no_1: {cs-method: PROPFIND}\n"
                               "  no_2: {cs-uri-stem|contains: nothing}\n"
                               "  condition: ";
    static const struct {
        const char *condition;
        bool matches;
    } cases[] = {
        { "yes_1", true },
        { "no_1", false },
        { "not no_1", true },
        { "not yes_1", false },
        { "yes_1 and yes_2", true },
        { "yes_1 and no_1", false },
        { "no_1 or yes_2", true },
        { "no_1 or no_2", false },
        { "yes_1 and not no_2", true },
        { "1 of yes_*", true },
        { "1 of no_*", false },
        { "all of yes_*", true },
        { "all of *_1", false },
        { "1 of them", true },
        { "all of them", false },
        { "not 1 of no_*", true },
        { "not all of them", true },
        { "(no_1 or yes_1) and (no_2 or yes_2)", true },
        { "no_1 or yes_1 and no_2", false },
        { "not (no_1 or no_2) and yes_2", true },
        { "not not yes_1", true },
    };
    struct arena arena = ARENA_INIT;
    const struct schema *schema =
        schema_from(&arena, FAMILY_IIS, "date,time,cs-method,cs-uri-stem", false);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf detection = BUF_INIT;
        buf_printf(&detection, "%s%s", head, cases[i].condition);
        if (matches(schema, WEB, detection.ptr,
                    SLICE_LIT("2021-03-03 06:49:53 POST /shell.aspx\n")) != cases[i].matches)
            fail_msg("%s", cases[i].condition);
        buf_deinit(&detection);
    }
    arena_deinit(&arena);
}

/* --- runs of rows --- */

#define RULE(title, detection)                                                                 \
    "---\ntitle: " title "\nlogsource: {category: webserver}\ndetection:\n" detection "\n"
#define STEM(value) "  s: {cs-uri-stem|contains: " value "}\n  condition: s"

static void test_order_and_lines(void **state)
{
    (void)state;
    static const char rules[] = RULE("b", STEM("needle")) RULE("a", STEM("hay-needle"));
    static const struct {
        const char *rows, *hits;
    } cases[] = {
        { "", "" },
        { "t /hay\n", "" },
        { "t /needle", "b@t /needle\n" },
        { "t /needle\n", "b@t /needle\n" },
        { "t /needle\r\nt /x\r\nt /needle\r\n", "b@t /needle\nb@t /needle\n" },
        { "t /needle/needle/needle\n", "b@t /needle/needle/needle\n" },
        { "t /hay-needle\nt /needle\n", "b@t /hay-needle\na@t /hay-needle\nb@t /needle\n" },
        { "needle /x\nt /needle\n", "b@t /needle\n" },
    };
    struct sigma_set set = SIGMA_SET_INIT;
    struct arena arena = ARENA_INIT;
    load(&set, rules);
    const struct schema *schema = schema_from(&arena, FAMILY_IIS, "time,cs-uri-stem", false);
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        struct outcome outcome = { .hits = BUF_INIT };
        run(&set, (struct engine_options){ .no_prefilter = i % 2 }, schema,
            slice_from(cases[i / 2].rows), &outcome);
        if (strcmp(outcome.hits.ptr, cases[i / 2].hits) != 0)
            fail_msg("<%s> gives <%s>", cases[i / 2].rows, outcome.hits.ptr);
        buf_deinit(&outcome.hits);
    }
    arena_deinit(&arena);
    sigma_set_deinit(&set);
}

static void test_time_window(void **state)
{
    (void)state;
    static const struct {
        int64_t since, until;
        size_t hits;
    } cases[] = {
        { TIME_NONE, TIME_NONE, 4 }, { 1000, TIME_NONE, 3 }, /* a row without time is always
                                                                looked at */
        { TIME_NONE, 1000, 3 },      { 1000, 1000, 2 },      { 9000, TIME_NONE, 1 },
    };
    struct sigma_set set = SIGMA_SET_INIT;
    struct arena arena = ARENA_INIT;
    load(&set, RULE("t", STEM("needle")));
    struct engine *engine = engine_new(&set, &(struct engine_options){ .no_prefilter = false });
    const struct schema *schema =
        schema_from(&arena, FAMILY_IIS, "date,time,cs-uri-stem", false);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct outcome outcome = { .hits = BUF_INIT };
        struct evaluator_sink sink = { on_hit, on_gave_up, &outcome };
        struct evaluator *evaluator = evaluator_new(engine, &sink);
        evaluator_limit_time(evaluator, cases[i].since, cases[i].until);
        evaluator_run(evaluator, schema,
                      SLICE_LIT("1970-01-01 00:00:00 /needle\n1970-01-01 00:00:01 /needle\n"
                                "1970-01-01 00:00:02 /needle\nx x /needle\n"),
                      TIME_NONE);
        assert_int_equal(outcome.hit_count, cases[i].hits);
        buf_deinit(&outcome.hits);
        evaluator_free(evaluator);
    }
    engine_free(engine);
    evaluator_free(NULL);
    engine_free(NULL);
    arena_deinit(&arena);
    sigma_set_deinit(&set);
}

/* Another header in mid-file moves the columns; another file may reuse a schema's address. */
static void test_schemas_change(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    struct arena arena = ARENA_INIT;
    struct outcome outcome = { .hits = BUF_INIT };
    load(&set, RULE("t", STEM("needle")));
    struct engine *engine = engine_new(&set, &(struct engine_options){ .no_prefilter = false });
    struct evaluator_sink sink = { on_hit, on_gave_up, &outcome };
    struct evaluator *evaluator = evaluator_new(engine, &sink);
    const struct schema *schemas[] = {
        schema_from(&arena, FAMILY_IIS, "time,cs-uri-stem", false),
        schema_from(&arena, FAMILY_IIS, "cs-uri-stem,time", false),
        schema_from(&arena, FAMILY_SMTP, NULL, false)
    };
    for (int i = 0; i < 9; i++) {
        evaluator_run(evaluator, schemas[i % 3], SLICE_LIT("x needle\n"), TIME_NONE);
        evaluator_reset(evaluator);
    }
    assert_string_equal(outcome.hits.ptr, "t@x needle\nt@x needle\nt@x needle\n");
    buf_deinit(&outcome.hits);
    evaluator_free(evaluator);
    engine_free(engine);
    arena_deinit(&arena);
    sigma_set_deinit(&set);
}

/* --- regular expressions --- */

static void test_regex_gives_up(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    struct arena arena = ARENA_INIT;
    load(&set, RULE("t", "  s: {cs-uri-stem|re: '^(a+)+$'}\n  condition: s"));
    const struct schema *schema = schema_from(&arena, FAMILY_IIS, "time,cs-uri-stem", false);
    for (int filter = 0; filter < 2; filter++) {
        struct outcome outcome = { .hits = BUF_INIT };
        run(&set, (struct engine_options){ .no_prefilter = filter }, schema,
            SLICE_LIT("t aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\nt aaaa\nt b\n"),
            &outcome);
        assert_int_equal(outcome.gave_up_count, 1);
        assert_int_equal(outcome.hit_count, 1);
        buf_deinit(&outcome.hits);
    }
    arena_deinit(&arena);
    sigma_set_deinit(&set);
}

static void test_regex_on_bytes_that_are_not_utf8(void **state)
{
    (void)state;
    static const struct match_case cases[] = {
        { "{cs-uri-stem|re: 'cmd'}", true },
        { "{cs-uri-stem|re: '^/'}", true },
        { "{cs-uri-stem|re: '/.*cmd'}", false }, /* no match goes across what is no text */
        { "{cs-uri-stem|contains: cmd}", true },
    };
    assert_matches(FAMILY_IIS, "time,cs-uri-stem", WEB,
                   SLICE_LIT("t /\xff\xfe\xc3"
                             "cmd\xe2\x82\n"),
                   cases, COUNT(cases));
}

static void test_refused_regex(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    sigma_set_add_text(&set, SLICE_LIT("t.yml"),
                       SLICE_LIT(RULE("t", "  s: {cs-uri-stem|re: '(a'}\n  condition: s")));
    sigma_set_link(&set);
    for (size_t i = 0; i < set.rule_count; i++) { /* unless the parser itself refuses it */
        struct err err = ERR_INIT;
        assert_true(engine_validate_rule(set.rules[i], &err) < 0);
        assert_int_equal(err.code, ERR_RULE);
        assert_non_null(strstr(err.msg, "line"));
    }
    sigma_set_deinit(&set);
}

/* --- derived fields and values for the sink --- */

static struct slice first_letter(const void *context, const struct event *event)
{
    struct slice path = event_role(event, ROLE_URL_PATH);
    (void)context;
    bool known =
        slice_starts(path, SLICE_LIT("/xxxx")) || slice_starts(path, SLICE_LIT("/yyyy"));
    return known ? slice_of(path.ptr + 1, 1) : SLICE_NULL;
}

static const char *const letter_literals[] = { "/xxxx", "/yyyy", NULL };
static const struct derived_field letter = { "letter", first_letter, letter_literals, true };

static void test_derived(void **state)
{
    (void)state;
    static const struct {
        const char *item, *hits;
    } cases[] = {
        { "{letter: x}", "t@t /xxxx=x\n" },
        { "{letter: [x, y]}", "t@t /xxxx=x\nt@t /yyyy=y\n" },
        { "{letter: null}", "t@t /=\nt@t -=\n" },
        { "{letter|exists: true}", "t@t /xxxx=x\nt@t /yyyy=y\n" },
        { "{letter: x, time: t}", "t@t /xxxx=x\n" },
    };
    struct arena arena = ARENA_INIT;
    const struct schema *schema = schema_from(&arena, FAMILY_IIS, "time,cs-uri-stem", false);
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        struct sigma_set set = SIGMA_SET_INIT;
        struct outcome outcome = { .hits = BUF_INIT, .field = SLICE_LIT("letter") };
        struct buf rule = BUF_INIT;
        buf_printf(&rule, RULE("t", "  s: %s\n  condition: s"), cases[i / 2].item);
        load(&set, rule.ptr);
        run(&set,
            (struct engine_options){
                .no_prefilter = i % 2, .derived = &letter, .derived_count = 1 },
            schema, SLICE_LIT("t /xxxx\nt /yyyy\nt /\nt -\n"), &outcome);
        if (strcmp(outcome.hits.ptr, cases[i / 2].hits) != 0)
            fail_msg("%s gives\n%s", cases[i / 2].item, outcome.hits.ptr);
        buf_deinit(&outcome.hits);
        buf_deinit(&rule);
        sigma_set_deinit(&set);
    }
    arena_deinit(&arena);
}

/* What is known about a path of one row serves the others; rules differ in what they ask. */
static void test_gates(void **state)
{
    (void)state;
    static const char rules[] = RULE("x", "  s: {letter: x}\n  condition: s") RULE(
        "y", "  s: {letter: y, sc-status: 200}\n  condition: s")
        RULE("re", "  s: {letter|re: '[xz]', sc-status: 200}\n  condition: s") RULE(
            "or", "  s: {letter: x}\n  t: {cs-uri-stem|contains: yyyy}\n  condition: s or t")
            RULE("not", "  s: {letter: y}\n  t: {sc-status: 404}\n  condition: s and not t");
    struct sigma_set set = SIGMA_SET_INIT;
    struct arena arena = ARENA_INIT;
    struct buf rows[] = { BUF_INIT, BUF_INIT };
    const struct schema *schemas[] = {
        schema_from(&arena, FAMILY_IIS, "time,sc-status,cs-uri-stem", false),
        schema_from(&arena, FAMILY_HTTPPROXY, "DateTime,HttpStatus,UrlStem", false),
    };
    char tail[200] = "";
    memset(tail, 'p', sizeof tail - 1);
    for (int i = 0; i < 300; i++) {
        const char *letters = i % 3 ? "xxxx" : "yyyy";
        int status = i % 7 ? 200 : 404;
        buf_printf(&rows[0], "t %d /%s/%d%s%s\n", status, letters, i % 100, i % 11 ? "" : tail,
                   i % 5 ? "" : "\r");
        buf_printf(&rows[1], i % 4 ? "t,%d,/%s/%d\r\n" : "t,%d,\"/%s/%d\"\n", status, letters,
                   i % 100);
    }
    load(&set, rules);
    for (size_t s = 0; s < COUNT(schemas); s++) {
        struct outcome outcomes[2] = { { .hits = BUF_INIT }, { .hits = BUF_INIT } };
        for (size_t i = 0; i < 2; i++)
            run(&set,
                (struct engine_options){
                    .no_prefilter = i, .derived = &letter, .derived_count = 1 },
                schemas[s], buf_slice(&rows[s]), &outcomes[i]);
        assert_true(outcomes[0].hits.len > 300);
        assert_same_outcome(&outcomes[0], &outcomes[1]);
        buf_deinit(&outcomes[0].hits);
        buf_deinit(&outcomes[1].hits);
        buf_deinit(&rows[s]);
    }
    arena_deinit(&arena);
    sigma_set_deinit(&set);
}

static void test_values_for_the_sink(void **state)
{
    (void)state;
    static const char rules[] = RULE(
        "t",
        STEM("needle") "\nid: 11111111-1111-4111-8111-111111111111") "---\ntitle: "
                                                                     "c\ncorrelation:\n  type: "
                                                                     "event_count\n  rules: "
                                                                     "[11111111-1111-4111-8111-"
                                                                     "111111111111]\n  "
                                                                     "group-by: [c-ip]\n  "
                                                                     "timespan: 1h\n"
                                                                     "  condition: {gte: 2}\n";
    static const struct {
        const char *field, *hits;
    } cases[] = {
        { "c-ip", "t@/needle ::1=::1\n" },
        { "cs-uri-stem", "t@/needle ::1=/needle\n" },
        { "cs-method", "t@/needle ::1=\n" }, /* nobody uses it */
    };
    struct sigma_set set = SIGMA_SET_INIT;
    struct arena arena = ARENA_INIT;
    load(&set, rules);
    const struct schema *schema = schema_from(&arena, FAMILY_IIS, "cs-uri-stem,c-ip", false);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct outcome outcome = { .hits = BUF_INIT, .field = slice_from(cases[i].field) };
        run(&set, (struct engine_options){ .no_prefilter = false }, schema,
            SLICE_LIT("/needle ::1\n"), &outcome);
        assert_string_equal(outcome.hits.ptr, cases[i].hits);
        buf_deinit(&outcome.hits);
    }
    arena_deinit(&arena);
    sigma_set_deinit(&set);
}

static void test_unfiltered_count(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    load(&set, RULE("a", STEM("needle")) RULE("b", STEM("ab"))
                   RULE("c", "  s: {cs-uri-stem|re: needle}\n  condition: s"));
    struct engine *engine = engine_new(&set, &(struct engine_options){ .no_prefilter = false });
    assert_true(engine_unfiltered_count(engine) >= 1);
    engine_free(engine);
    sigma_set_deinit(&set);
}

static void test_no_rules(void **state)
{
    (void)state;
    struct sigma_set set = SIGMA_SET_INIT;
    struct arena arena = ARENA_INIT;
    struct outcome outcome = { .hits = BUF_INIT };
    sigma_set_link(&set);
    run(&set, (struct engine_options){ .no_prefilter = false },
        schema_from(&arena, FAMILY_IIS, NULL, false), SLICE_LIT("x\n"), &outcome);
    assert_int_equal(outcome.hit_count, 0);
    buf_deinit(&outcome.hits);
    arena_deinit(&arena);
    sigma_set_deinit(&set);
}

/* --- with and without prefilter --- */

static const char random_rules[] = RULE("1", STEM("/owa/auth"))
    RULE("2", "  s: {cs-uri-query|contains: 'auth\\?x'}\n  condition: s") RULE(
        "3", "  s: {cs-uri-query|contains: [whoami, 'a b']}\n  condition: s")
        RULE("4", "  s: {cs-user-agent: 'Mozilla 5'}\n  condition: s") RULE(
            "5", "  s: {cs-user-agent: null, cs-uri-stem|endswith: .aspx}\n  condition: s")
            RULE("6",
                 "  a: {cs-uri-stem|contains: auth}\n  b: {sc-status: 200}\n  condition: a and "
                 "not b") RULE("7", "  s: {c-uri|contains|all: [auth, whoami]}\n  condition: s")
                RULE("8", "  s: ['/owa/auth', 'whoami']\n  condition: s") RULE(
                    "9",
                    "  s: {c-uri-extension: aspx, cs-uri-query|exists: true}\n  condition: s")
                    RULE("10", "  s:\n    - cs-user-agent|contains: 'say \"hi\", you'\n"
                               "    - cs-uri-stem: '*/auth/*.aspx'\n  condition: s")
                        RULE("11", "  s: ['say \"hi\", you', \"it''s\"]\n  condition: s") RULE(
                            "12", "  s: {cs-uri-query|startswith: 'x=who'}\n  condition: s")
                            RULE("13", "  s: {letter: [x, y]}\n  condition: s")
                                RULE("14", "  s: {cs-uri-query: 'x=whoami'}\n  condition: s");

/* The same without those that look at every line, so that whole blocks are scanned at once. */
static const char filtered_rules[] = RULE("1", STEM("/owa/auth"))
    RULE("2", "  s: {cs-uri-query|contains: 'auth\\?xxxx'}\n  condition: s")
        RULE("3", "  s: {cs-uri-query|contains: [whoami, '.aspx']}\n  condition: s")
            RULE("4", "  s: ['Mozilla 5', whoami]\n  condition: s");

static void add_random(struct buf *row, const char *const *pieces, size_t count, size_t max,
                       uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    for (size_t n = (*seed >> 20) % (max + 1); n > 0; n--) {
        *seed = *seed * 1664525 + 1013904223;
        buf_add_text(row, pieces[(*seed >> 16) % count]);
    }
}

static void random_w3c(struct buf *rows, uint32_t *seed)
{
    static const char *const pieces[] = { "/owa", "/auth",  "/x",    ".aspx", "?x",
                                          "x=",   "whoami", "a+b",   "-",     "+",
                                          "OWA",  "/",      "200",   "\xff",  "Mozilla",
                                          "+5",   " ",      "/xxxx", "x=who", "xxxx" };
    for (int cell = 0; cell < 5; cell++) {
        if (cell)
            buf_add_char(rows, ' ');
        add_random(rows, pieces, COUNT(pieces), 4, seed);
    }
    buf_add_text(rows, *seed >> 31 ? "\n" : "\r\n");
}

static void random_csv(struct buf *rows, uint32_t *seed)
{
    static const char *const pieces[] = { "/owa",  "/auth", "/x",        ".aspx",
                                          "?x",    "x=",    "whoami",    "a b",
                                          "-",     ",",     "OWA",       "\"\"",
                                          "\"",    "200",   "Mozilla 5", "say \"\"hi\"\", you",
                                          "it''s", "/yyyy" };
    for (int cell = 0; cell < 5; cell++) {
        bool quoted = (*seed >> 28) % 3 == 0;
        buf_add_text(rows, cell ? "," : "");
        buf_add_text(rows, quoted ? "\"" : "");
        add_random(rows, pieces, COUNT(pieces), 4, seed);
        buf_add_text(rows, quoted ? "\"" : "");
    }
    buf_add_text(rows, "\n");
}

static size_t compare_runs(const char *rules, const struct schema *schema, struct slice rows)
{
    struct sigma_set set = SIGMA_SET_INIT;
    struct outcome with = { .hits = BUF_INIT }, without = { .hits = BUF_INIT };
    struct engine_options options = { .derived = &letter, .derived_count = 1 };
    load(&set, rules);
    run(&set, options, schema, rows, &with);
    options.no_prefilter = true;
    run(&set, options, schema, rows, &without);
    assert_same_outcome(&with, &without);
    size_t hits = with.hit_count;
    buf_deinit(&with.hits);
    buf_deinit(&without.hits);
    sigma_set_deinit(&set);
    return hits;
}

static void test_prefilter_loses_nothing(void **state)
{
    (void)state;
    static const char w3c[] = "cs-uri-stem,cs-uri-query,cs(User-Agent),sc-status,c-ip";
    static const char csv[] = "UrlStem,UrlQuery,UserAgent,HttpStatus,ClientIpAddress";
    struct arena arena = ARENA_INIT;
    const struct schema *schemas[] = { schema_from(&arena, FAMILY_IIS, w3c, false),
                                       schema_from(&arena, FAMILY_HTTPPROXY, csv, false),
                                       schema_from(&arena, FAMILY_HTTPERR, w3c, false) };
    uint32_t seed = 2021;
    size_t hits = 0;
    for (int round = 0; round < 300; round++) {
        struct buf rows = BUF_INIT;
        const struct schema *schema = schemas[round % 3];
        for (int i = 0; i < 40; i++)
            if (schema->family->format == FORMAT_CSV)
                random_csv(&rows, &seed);
            else
                random_w3c(&rows, &seed);
        hits += compare_runs(random_rules, schema, buf_slice(&rows));
        hits += compare_runs(filtered_rules, schema, buf_slice(&rows));
        buf_deinit(&rows);
    }
    assert_true(hits > 10000); /* or it proves nothing */
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iis),
        cmocka_unit_test(test_httpproxy_answers_webserver),
        cmocka_unit_test(test_ecp),
        cmocka_unit_test(test_other_log_sources_stay_out),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_order_and_lines),
        cmocka_unit_test(test_time_window),
        cmocka_unit_test(test_schemas_change),
        cmocka_unit_test(test_regex_gives_up),
        cmocka_unit_test(test_regex_on_bytes_that_are_not_utf8),
        cmocka_unit_test(test_refused_regex),
        cmocka_unit_test(test_derived),
        cmocka_unit_test(test_gates),
        cmocka_unit_test(test_values_for_the_sink),
        cmocka_unit_test(test_unfiltered_count),
        cmocka_unit_test(test_no_rules),
        cmocka_unit_test(test_prefilter_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
