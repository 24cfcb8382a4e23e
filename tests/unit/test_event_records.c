/*
 * Rules over records of event logs: log sources, event ids, field names, absent and empty
 * values, several values of one name, keywords, limits; and the proof that filter and memo lose
 * nothing: random records give the same hits with and without them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "match/engine.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define VALUES_MAX 400

/* --- records, made by hand --- */

struct sample {
    struct evtx_shape shape;
    struct evtx_record record;
    struct slice names[VALUES_MAX];
    struct evtx_value values[VALUES_MAX];
};

/* "NAME=value" or "NAME" for an absent value; the first are those of the System part. */
static void add_value(struct sample *sample, const char *text)
{
    struct slice value = slice_from(text);
    sample->names[sample->shape.count] = slice_cut(&value, '=');
    sample->values[sample->shape.count] =
        (struct evtx_value){ EVTX_VALUE_TEXT, (uint32_t)value.len, value.ptr };
    sample->shape.count++;
}

static void fill(struct sample *sample, uint32_t shape, const char *const *values)
{
    *sample = (struct sample){ .shape = { .id = shape } };
    for (size_t i = 0; values[i]; i++)
        add_value(sample, values[i]);
    size_t *roles[] = { &sample->shape.provider,     &sample->shape.event_id,
                        &sample->shape.channel,      &sample->shape.computer,
                        &sample->shape.time_created, &sample->shape.record_number,
                        &sample->shape.level,        &sample->shape.user };
    static const char *const names[] = {
        "Provider_Name",          "EventID",       "Channel", "Computer",
        "TimeCreated_SystemTime", "EventRecordID", "Level",   "Security_UserID"
    };
    for (size_t r = 0; r < COUNT(roles); r++) {
        *roles[r] = SIZE_MAX;
        for (size_t i = sample->shape.count; i-- > 0;)
            if (slice_eq(sample->names[i], slice_from(names[r])))
                *roles[r] = i;
    }
    sample->shape.names = sample->names;
    sample->record = (struct evtx_record){ .written = INT64_C(1614754193000),
                                           .shape = &sample->shape,
                                           .values = sample->values };
}

/* --- a rule set and what came of it --- */

struct outcome {
    struct buf hits; /* titles, one a line */
    size_t gave_up;
};

static void on_hit(void *context, const struct sigma_rule *rule, const struct event *event)
{
    struct outcome *outcome = context;
    assert_true(event->offset == 77);
    buf_printf(&outcome->hits, "%.*s\n", SLICE_FMT(rule->title));
}

static void on_gave_up(void *context, const struct sigma_rule *rule, const struct event *event)
{
    (void)rule;
    (void)event;
    ((struct outcome *)context)->gave_up++;
}

static void load(struct sigma_set *set, const char *rules)
{
    sigma_set_add_text(set, SLICE_LIT("t.yml"), slice_from(rules));
    sigma_set_link(set);
    if (set->refusal_count)
        fail_msg("%s\nrefused: %.*s", rules, SLICE_FMT(set->refusals[0].reason));
}

static void run(const struct sigma_set *set, struct engine_options options,
                const struct sample *samples, size_t count, int64_t since,
                struct outcome *outcome)
{
    struct engine *engine = engine_new(set, &options);
    struct evaluator *evaluator =
        evaluator_new(engine, &(struct evaluator_sink){ on_hit, on_gave_up, outcome });
    evaluator_limit_time(evaluator, since, TIME_NONE);
    buf_add_text(&outcome->hits, "");
    for (size_t i = 0; i < count; i++)
        evaluator_record(evaluator, &samples[i].record, 77);
    evaluator_free(evaluator);
    engine_free(engine);
}

/* All four ways must agree; the hits go to *out. */
static void run_all(const char *rules, const struct sample *samples, size_t count,
                    struct outcome *out)
{
    struct sigma_set set = SIGMA_SET_INIT;
    load(&set, rules);
    for (int way = 0; way < 4; way++) {
        struct outcome outcome = { BUF_INIT, 0 };
        run(&set, (struct engine_options){ .no_prefilter = way & 1, .no_memo = way >> 1 },
            samples, count, TIME_NONE, &outcome);
        if (way == 0)
            *out = outcome;
        else if (!slice_eq(buf_slice(&out->hits), buf_slice(&outcome.hits)))
            fail_msg("way %d: %s, not %s", way, outcome.hits.ptr, out->hits.ptr);
        if (way)
            buf_deinit(&outcome.hits);
    }
    sigma_set_deinit(&set);
}

static void assert_hits(const char *rules, const char *const *values, const char *wanted)
{
    static struct sample sample; /* large */
    struct outcome outcome;
    fill(&sample, 0, values);
    run_all(rules, &sample, 1, &outcome);
    if (!slice_eq(buf_slice(&outcome.hits), slice_from(wanted)))
        fail_msg("%s\n%s, not %s", rules, outcome.hits.ptr, wanted);
    buf_deinit(&outcome.hits);
}

#define RULE(title, source, detection)                                                         \
    "title: " title "\nlogsource: {" source "}\ndetection:\n  s: " detection                   \
    "\n  condition: s\n---\n"
#define EVENT(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define SYSMON "Channel=Microsoft-Windows-Sysmon/Operational"

/* --- tests --- */

static void test_log_sources(void **state)
{
    (void)state;
    const char *rules = RULE("process", "category: process_creation, product: windows",
                             "{Image|endswith: '\\cmd.exe'}")
        RULE("security", "service: security, product: windows", "{EventID: 4688}")
            RULE("windows", "product: windows", "{EventID: '1'}")
                RULE("add", "category: registry_add, product: windows", "{TargetObject: k}")
                    RULE("linux", "product: linux, category: process_creation", "{EventID: 1}");
    assert_hits(rules, EVENT("EventID=1", SYSMON, "Image=C:\\cmd.exe"), "process\nwindows\n");
    assert_hits(rules, EVENT("EventID=5", SYSMON, "Image=C:\\cmd.exe"), "");
    assert_hits(rules, EVENT("EventID=4688", "Channel=Security", "NewProcessName=C:\\CMD.exe"),
                "process\nsecurity\n");
    assert_hits(rules, EVENT("EventID=1", "Image=C:\\cmd.exe"), "windows\n");
    assert_hits(rules, EVENT("EventID=12", SYSMON, "EventType=CreateKey", "TargetObject=k"),
                "add\n");
    assert_hits(rules, EVENT("EventID=12", SYSMON, "EventType=DeleteKey", "TargetObject=k"),
                "");
    assert_hits(rules, EVENT("EventID=x", SYSMON, "Image=C:\\cmd.exe"), "");
    assert_hits(rules, EVENT("Image=C:\\cmd.exe"), "");
}

#define SECURITY(detection) RULE("t", "service: security, product: windows", detection)

static void test_values(void **state)
{
    (void)state;
    static const struct {
        const char *detection;
        bool matches;
    } cases[] = {
        { "{A: x}", true },
        { "{a: X}", true },
        { "{A: y}", false },
        { "{Absent: null}", true },
        { "{Missing: null}", true },
        { "{Empty: null}", false },
        { "{Empty: ''}", true },
        { "{Absent: ''}", false },
        { "{Absent|exists: false}", true },
        { "{Empty|exists: true}", true },
        { "{ThreatName: bad}", true },
        { "{Data: two}", true },
        { "{Data: three}", false },
        { "{Data|all: [one, two]}", true },
        { "{A|fieldref: B}", true },
        { "{A|fieldref: Empty}", false },
        { "{Number|gte: 10}", true },
        { "{Numbers|gt: 15000}", true },
        { "{Numbers|gt|neq: 15000}", false },
        { "{Numbers|cidr: 10.0.0.0/8}", true },
        { "{EventID|startswith: '77'}", false }, /* of UserData: another event's */
        { "{EventID: [1, 4624]}", true },
        { "{EventID|startswith: 46}", true },
        { "{EventID|re: '^46'}", true },
        { "[two words]", true },
        { "[0x1f]", true },
        { "[Number]", false },
        { "{'|all': [one, bad]}", true },
        { "{'|all': [one, worse]}", false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf rule = BUF_INIT;
        buf_printf(&rule, RULE("t", "service: security, product: windows", "%s"),
                   cases[i].detection);
        assert_hits(rule.ptr,
                    EVENT("EventID=4624", "Channel=Security", "A=x", "B=X", "Absent",
                          "Empty=", "Threat Name=bad", "Data=one", "Data=two", "Number=0x1f",
                          "Numbers=10.00", "Numbers=15063", "Numbers=10.1.2.3", "EventID=77",
                          "Text=has two words"),
                    cases[i].matches ? "t\n" : "");
        buf_deinit(&rule);
    }
}

/* A number of the record, not text: keywords find what is written for it. */
static void test_keywords_in_numbers(void **state)
{
    (void)state;
    static struct sample sample;
    static const uint8_t number[4] = { 0x34, 0x12, 0, 0 };
    struct outcome outcome;
    fill(&sample, 0, EVENT("EventID=1", "Channel=Security", "Id"));
    sample.values[2] = (struct evtx_value){ 0x08, 4, (const char *)number }; /* 4660 */
    run_all(SECURITY("[4660]") SECURITY("[mimikatz]"), &sample, 1, &outcome);
    assert_string_equal(outcome.hits.ptr, "t\n");
    buf_deinit(&outcome.hits);
}

static void test_arrays(void **state)
{
    (void)state;
    static struct sample sample;
    static const char words[] = "o\0n\0e\0\0\0t\0w\0o\0\0"; /* UTF-16: "one", "two" */
    struct outcome outcome;
    fill(&sample, 0, EVENT("EventID=1", "Channel=Security", "List"));
    sample.values[2] =
        (struct evtx_value){ EVTX_VALUE_STRING | EVTX_VALUE_ARRAY, sizeof words, words };
    run_all(SECURITY("{List: two}") SECURITY("[two]") SECURITY("{List: onetwo}"), &sample, 1,
            &outcome);
    assert_string_equal(outcome.hits.ptr, "t\nt\n");
    buf_deinit(&outcome.hits);
}

static void test_time_and_width(void **state)
{
    (void)state;
    static struct sample sample;
    struct sigma_set set = SIGMA_SET_INIT;
    struct outcome outcome = { BUF_INIT, 0 };
    char names[VALUES_MAX][16];
    fill(&sample, 0,
         EVENT("EventID=1", "Channel=Security", "A=x",
               "TimeCreated_SystemTime=2021-03-03T06:00:00Z"));
    load(&set, SECURITY("{A: x}"));
    run(&set, (struct engine_options){ .no_memo = false }, &sample, 1, INT64_C(1614751200001),
        &outcome);
    assert_string_equal(outcome.hits.ptr, "");
    run(&set, (struct engine_options){ .no_memo = false }, &sample, 1, INT64_C(1614751200000),
        &outcome);
    assert_string_equal(outcome.hits.ptr, "t\n");
    assert_int_equal(outcome.gave_up, 0);
    while (sample.shape.count < VALUES_MAX) {
        snprintf(names[sample.shape.count], sizeof names[0], "N%zu=1", sample.shape.count);
        add_value(&sample, names[sample.shape.count]);
    }
    run(&set, (struct engine_options){ .no_memo = false }, &sample, 1, TIME_NONE, &outcome);
    assert_int_equal(outcome.gave_up, 1); /* more columns than are looked at: told */
    buf_deinit(&outcome.hits);
    sigma_set_deinit(&set);
}

/* Many shapes, channels and ids: more than the evaluator keeps plans for. */
static void test_floods(void **state)
{
    (void)state;
    enum { EVENTS = 6000 };
    struct sample *samples = mem_alloc(EVENTS * sizeof *samples);
    char(*text)[3][48] = mem_alloc(EVENTS * sizeof *text);
    struct outcome outcome;
    struct buf wanted = BUF_INIT;
    for (unsigned i = 0; i < EVENTS; i++) {
        snprintf(text[i][0], sizeof text[i][0], "EventID=%u", i);
        snprintf(text[i][1], sizeof text[i][1], i % 3 ? "Channel=Security" : "Channel=C%u", i);
        snprintf(text[i][2], sizeof text[i][2], "A=v%u", i % 10);
        fill(&samples[i], i % 5000, EVENT(text[i][0], text[i][1], text[i][2]));
        samples[i].shape.passing = i % 7 == 0;
        if (i % 3 && i % 10 == 4)
            buf_add_text(&wanted, "t\n");
        if (i % 3 && i == 5000)
            buf_add_text(&wanted, "t\n");
    }
    run_all(SECURITY("{A: v4}") SECURITY("{EventID|contains: '5000'}"), samples, EVENTS,
            &outcome);
    assert_string_equal(outcome.hits.ptr, wanted.ptr);
    buf_deinit(&wanted);
    buf_deinit(&outcome.hits);
    free(samples);
    free(text);
}

/* What was said under plans that are forgotten must not answer for those that follow. */
static void test_memo_after_flood(void **state)
{
    (void)state;
    enum { EVENTS = 2100 };
    struct sample *samples = mem_alloc(EVENTS * sizeof *samples);
    char(*text)[24] = mem_alloc(EVENTS * sizeof *text);
    struct outcome outcome;
    struct buf wanted = BUF_INIT;
    for (unsigned i = 0; i < EVENTS; i++) {
        snprintf(text[i], sizeof text[i], "Channel=C%u", i);
        fill(&samples[i], 0,
             EVENT("EventID=1", i < 2048 ? text[i] : "Channel=Security", "A=x"));
        samples[i].record.shape = &samples[i].shape;
        if (i >= 2048)
            buf_add_text(&wanted, "t\n");
    }
    run_all(SECURITY("{A: x}") RULE("other", "product: windows", "{A: y}"), samples, EVENTS,
            &outcome);
    assert_string_equal(outcome.hits.ptr, wanted.ptr);
    buf_deinit(&wanted);
    buf_deinit(&outcome.hits);
    free(samples);
    free(text);
}

/* The same bytes in another type are another channel; an id may be written as text. */
static void test_types_of_system_values(void **state)
{
    (void)state;
    enum { ANSI = 0x02, BINARY = 0x0e };
    static struct sample samples[3];
    static const char channel[] = "S\0e\0c\0u\0r\0i\0t\0y";
    struct outcome outcome;
    for (size_t i = 0; i < 3; i++) {
        fill(&samples[i], 0, EVENT("EventID=1", "Channel=", "A=x"));
        samples[i].values[1] =
            (struct evtx_value){ i ? EVTX_VALUE_STRING : BINARY, sizeof channel, channel };
    }
    samples[2].values[0] = (struct evtx_value){ ANSI, 4, "4688" };
    run_all(SECURITY("{EventID: 1}") SECURITY("{EventID: 4688}"), samples, 3, &outcome);
    assert_string_equal(outcome.hits.ptr, "t\nt\n");
    buf_deinit(&outcome.hits);
}

/* A "no" that is not certain is never kept. */
static void test_exhausted_expressions(void **state)
{
    (void)state;
    enum { EVENTS = 70 };
    struct sample *samples = mem_alloc(EVENTS * sizeof *samples);
    char runaway[64] = "A=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
    struct sigma_set set = SIGMA_SET_INIT;
    struct outcome outcome = { BUF_INIT, 0 };
    for (size_t i = 0; i < EVENTS; i++)
        fill(&samples[i], 0,
             EVENT("EventID=1", "Channel=Security", i < EVENTS - 1 ? runaway : "A=aaaa"));
    load(&set, SECURITY("{A|re: '^(a|aa)+$'}"));
    struct engine *engine = engine_new(&set, &(struct engine_options){ .no_memo = false });
    struct evaluator *evaluator =
        evaluator_new(engine, &(struct evaluator_sink){ on_hit, on_gave_up, &outcome });
    for (size_t i = 0; i < EVENTS; i++)
        evaluator_record(evaluator, &samples[i].record, 77);
    assert_int_equal(outcome.gave_up, 1);
    assert_int_equal(outcome.hits.len, 0);
    evaluator_reset(evaluator); /* the next file */
    evaluator_record(evaluator, &samples[EVENTS - 1].record, 77);
    assert_string_equal(outcome.hits.ptr, "t\n");
    evaluator_free(evaluator);
    engine_free(engine);
    buf_deinit(&outcome.hits);
    sigma_set_deinit(&set);
    free(samples);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static void test_random_records(void **state)
{
    (void)state;
    enum { EVENTS = 3000 };
    static const char *const words[] = { "cmd",  "power", "shell",      "-enc", "\\",
                                         ".exe", "4624",  "C:\\temp\\", "K",    "\xc3\xa4" };
    struct sample *samples = mem_alloc(EVENTS * sizeof *samples);
    struct buf *texts = mem_alloc((size_t)2 * EVENTS * sizeof *texts);
    struct outcome outcome;
    uint32_t seed = 1;
    for (size_t i = 0; i < EVENTS; i++) {
        buf_add_text(&texts[2 * i], "Image=");
        buf_add_text(&texts[2 * i + 1], "CommandLine=");
        for (uint32_t n = next_random(&seed) % 5; n; n--)
            buf_add_text(&texts[2 * i + n % 2], words[next_random(&seed) % COUNT(words)]);
        fill(&samples[i], i % 2 ? 1 : 2,
             i % 2 ? EVENT("EventID=1", SYSMON, texts[2 * i].ptr, texts[2 * i + 1].ptr)
                   : EVENT("EventID=4688", "Channel=Security", texts[2 * i + 1].ptr));
    }
    run_all(RULE("a", "category: process_creation, product: windows",
                 "{Image|endswith: '.exe', CommandLine|contains: '-enc'}")
                RULE("b", "category: process_creation, product: windows",
                     "{CommandLine|contains: [power, cmd]}")
                    RULE("c", "product: windows", "[powershell, 'cmd.exe']")
                        RULE("d", "product: windows, service: sysmon",
                             "{CommandLine|contains: \"\\u00c4\"}")
                            RULE("e", "product: windows", "{CommandLine|re: '^(cmd|power)+$'}"),
            samples, EVENTS, &outcome);
    assert_true(outcome.hits.len > 100);
    for (size_t i = 0; i < (size_t)2 * EVENTS; i++)
        buf_deinit(&texts[i]);
    buf_deinit(&outcome.hits);
    free(texts);
    free(samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_sources),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_keywords_in_numbers),
        cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_time_and_width),
        cmocka_unit_test(test_floods),
        cmocka_unit_test(test_random_records),
        cmocka_unit_test(test_memo_after_flood),
        cmocka_unit_test(test_types_of_system_values),
        cmocka_unit_test(test_exhausted_expressions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
