/* Rows → which host was seen from when to when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "casefile/record.h"
#include "hunt/coverage.h"
#include "schema_maker.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Takes one message from *rest. */
static struct coverage_part take(struct slice *rest)
{
    struct wire wire = { rest->ptr, rest->len, false };
    struct err err = ERR_INIT;
    uint32_t len = wire_u32(&wire);
    struct record *record = mem_alloc(sizeof *record);
    assert_false(wire.failed);
    assert_int_equal(record_decode(slice_of(wire.ptr, len), 1, record, &err), 0);
    assert_int_equal(record->kind, RECORD_COVERAGE);
    struct coverage_part part = record->coverage;
    free(record);
    *rest = slice_from_offset(*rest, 4 + (size_t)len);
    return part;
}

/* "ex1 iis 03T06:49:53-03T07:00:00 2" a line. */
static void print_parts(struct coverage *coverage, struct buf *text)
{
    struct buf out = BUF_INIT;
    coverage_flush(coverage, &out);
    buf_clear(text);
    buf_add_text(text, "");
    for (struct slice rest = buf_slice(&out); rest.len;) {
        char from[TIME_TEXT_SIZE], to[TIME_TEXT_SIZE];
        struct coverage_part part = take(&rest);
        buf_printf(text, "%.*s %s ", SLICE_FMT(part.host.ptr ? part.host : SLICE_LIT("-")),
                   family_get(part.family)->name);
        if (part.from == TIME_NONE)
            buf_printf(text, "- %d\n", (int)part.events);
        else
            buf_printf(text, "%.11s-%.11s %d\n", time_format(part.from, from) + 8,
                       time_format(part.to, to) + 8, (int)part.events);
    }
    buf_deinit(&out);
}

struct coverage_case {
    enum family_id family;
    const char *columns, *rows, *wanted;
    const char *since, *until;
};

static int64_t limit(const char *text)
{
    int64_t ms = TIME_NONE;
    if (text)
        assert_true(time_parse(slice_from(text), &ms));
    return ms;
}

static void assert_case(const struct coverage_case *c)
{
    struct arena arena = ARENA_INIT;
    struct buf text = BUF_INIT;
    struct coverage *coverage = coverage_new(limit(c->since), limit(c->until));
    struct run run = { schema_from(&arena, c->family, c->columns, false), slice_from(c->rows),
                       TIME_NONE, SLICE_NULL };
    coverage_add_run(coverage, &run);
    print_parts(coverage, &text);
    if (strcmp(text.ptr, c->wanted) != 0)
        fail_msg("%s\n--- gives\n%s--- not\n%s", c->rows, text.ptr, c->wanted);
    print_parts(coverage, &text);
    assert_string_equal(text.ptr, ""); /* starts anew */
    coverage_free(coverage);
    buf_deinit(&text);
    arena_deinit(&arena);
}

#define IIS "date,time,s-computername,cs-uri-stem"
#define HP "DateTime,ServerHostName,UrlStem"
#define ROW(time, host) "2021-03-" time " " host " /x\n"
#define HP_ROW(time, host) "2021-03-" time "Z," host ",/x\n"

static void test_intervals(void **state)
{
    (void)state;
    static const struct coverage_case cases[] = {
        { FAMILY_IIS, IIS, "", "", NULL, NULL },
        { FAMILY_IIS, IIS, ROW("03 06:49:53", "EX1"), "ex1 iis 03T06:49:53-03T06:49:53 1\n",
          NULL, NULL },
        { FAMILY_IIS, IIS, "2021-03-03 06:49:53 EX1 /x", "ex1 iis 03T06:49:53-03T06:49:53 1\n",
          NULL, NULL },
        { FAMILY_IIS, IIS,
          ROW("03 06:00:00", "EX1") ROW("03 06:10:00", "EX1") ROW("03 06:59:59", "EX1"),
          "ex1 iis 03T06:00:00-03T06:59:59 3\n", NULL, NULL },
        { FAMILY_IIS, IIS,
          ROW("03 06:00:00", "EX1") ROW("03 07:10:00", "EX1") ROW("03 08:59:59", "EX1"),
          "ex1 iis 03T06:00:00-03T08:59:59 3\n", NULL, NULL },
        /* three hours of silence are no gap, a second more is */
        { FAMILY_IIS, IIS, ROW("03 06:00:00", "EX1") ROW("03 09:00:00", "EX1"),
          "ex1 iis 03T06:00:00-03T09:00:00 2\n", NULL, NULL },
        { FAMILY_IIS, IIS, ROW("03 06:00:00", "EX1") ROW("03 09:00:01", "EX1"),
          "ex1 iis 03T06:00:00-03T06:00:00 1\nex1 iis 03T09:00:01-03T09:00:01 1\n", NULL,
          NULL },
        { FAMILY_IIS, IIS,
          ROW("03 06:00:00", "EX1") ROW("03 06:30:00", "EX1") ROW("04 09:00:01", "EX1"),
          "ex1 iis 03T06:00:00-03T06:30:00 2\nex1 iis 04T09:00:01-04T09:00:01 1\n", NULL,
          NULL },
        { FAMILY_ECP, "TimeStamp,ServerName,EventId,EventData",
          "2021-03-03T06:00:00Z,EX1,E,S:A=b\n2021-03-06T06:00:00Z,EX1,E,S:A=b\n",
          "ex1 ecp 03T06:00:00-06T06:00:00 2\n", NULL, NULL },
        { FAMILY_HTTPREQUESTFILTERING, "DateTime,ServerHostName",
          "2021-03-03T06:00:00Z,EX1\n2021-03-23T06:00:00Z,EX1\n",
          "ex1 httprequestfiltering 03T06:00:00-23T06:00:00 2\n", NULL, NULL },
        /* no host column, no host in the cell */
        { FAMILY_IIS, "date,time,cs-uri-stem", "2021-03-03 06:00:00 /x\n",
          "- iis 03T06:00:00-03T06:00:00 1\n", NULL, NULL },
        { FAMILY_IIS, IIS, ROW("03 06:00:00", "-"), "- iis 03T06:00:00-03T06:00:00 1\n", NULL,
          NULL },
        /* columns in another order: no time in front */
        { FAMILY_IIS, "s-computername,date,time",
          "EX1 2021-03-03 06:00:00\nEX1 2021-03-03 "
          "06:30:00\nEX1 2021-03-03 07:00:00\n",
          "ex1 iis 03T06:00:00-03T07:00:00 3\n", NULL, NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_case(&cases[i]);
}

static void test_hosts(void **state)
{
    (void)state;
    static const struct coverage_case cases[] = {
        { FAMILY_HTTPPROXY, HP,
          HP_ROW("03T06:00:00", "EX1") HP_ROW("03T06:00:01", "EX2") HP_ROW("03T06:30:00", "EX1")
              HP_ROW("03T06:40:00", "EX2") HP_ROW("03T06:50:00", "EX2"),
          "ex1 httpproxy 03T06:00:00-03T06:30:00 2\nex2 httpproxy 03T06:00:01-03T06:50:00 3\n",
          NULL, NULL },
        { FAMILY_HTTPPROXY, HP, HP_ROW("03T06:00:00", "EX1.contoso.com"),
          "ex1 httpproxy 03T06:00:00-03T06:00:00 1\n", NULL, NULL },
        /* a quoted cell, and a quoted one in front of it */
        { FAMILY_HTTPPROXY, HP, HP_ROW("03T06:00:00", "\"EX1\"") HP_ROW("03T06:30:00", "EX1"),
          "ex1 httpproxy 03T06:00:00-03T06:30:00 2\n", NULL, NULL },
        { FAMILY_HTTPPROXY, "DateTime,UrlStem,ServerHostName",
          "2021-03-03T06:00:00Z,\"/x,y\",EX1\n2021-03-03T06:30:00Z,\"/x,EX2\",EX1\n",
          "ex1 httpproxy 03T06:00:00-03T06:30:00 2\n", NULL, NULL },
        { FAMILY_HTTPPROXY, HP,
          "\"2021-03-03T06:00:00Z\",\"EX1\",\"/x\"\n"
          "\"2021-03-03T06:30:00Z\",\"EX1\",\"/x\"\n",
          "ex1 httpproxy 03T06:00:00-03T06:30:00 2\n", NULL, NULL },
        /* named and nameless rows */
        { FAMILY_HTTPPROXY, HP, HP_ROW("03T06:00:00", "") HP_ROW("03T06:30:00", "EX1"),
          "- httpproxy 03T06:00:00-03T06:00:00 1\nex1 httpproxy 03T06:30:00-03T06:30:00 1\n",
          NULL, NULL },
        { FAMILY_HTTPPROXY, HP, "2021-03-03T06:00:00Z\n",
          "- httpproxy 03T06:00:00-03T06:00:00 1\n", NULL, NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_case(&cases[i]);
}

static void test_limits(void **state)
{
    (void)state;
    static const char rows[] = ROW("03 06:00:00", "EX1") ROW("03 06:10:00", "EX1")
        ROW("03 06:20:00", "EX1") ROW("03 07:00:00", "EX1");
    static const struct coverage_case cases[] = {
        { FAMILY_IIS, IIS, rows, "ex1 iis 03T06:10:00-03T07:00:00 3\n", "2021-03-03T06:10:00",
          NULL },
        { FAMILY_IIS, IIS, rows, "ex1 iis 03T06:00:00-03T06:20:00 3\n", NULL,
          "2021-03-03T06:20:00" },
        { FAMILY_IIS, IIS, rows, "ex1 iis 03T06:10:00-03T06:20:00 2\n", "2021-03-03T06:10:00",
          "2021-03-03T06:20:00" },
        { FAMILY_IIS, IIS, rows, "ex1 iis 03T06:20:00-03T06:20:00 1\n", "2021-03-03T06:10:01",
          "2021-03-03T06:59:59" },
        { FAMILY_IIS, IIS, rows, "", "2021-03-04T00:00:00", NULL },
        { FAMILY_IIS, IIS, rows, "", NULL, "2021-03-02T00:00:00" },
        /* what has no time cannot be outside */
        { FAMILY_HTTPPROXY, HP, "never,EX1,/x\n", "ex1 httpproxy - 1\n", "2021-03-04T00:00:00",
          NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_case(&cases[i]);
}

static void test_rows_without_time(void **state)
{
    (void)state;
    static const struct coverage_case cases[] = {
        { FAMILY_HTTPPROXY, HP, "never,EX1,/x\nnever,EX1,/x\n", "ex1 httpproxy - 2\n", NULL,
          NULL },
        { FAMILY_HTTPPROXY, HP, "never,EX1,/x\n" HP_ROW("03T06:00:00", "EX1") "?,EX1,/x\n",
          "ex1 httpproxy 03T06:00:00-03T06:00:00 3\n", NULL, NULL },
        { FAMILY_IIS, "time,s-computername", "06:00:00 EX1\n", "ex1 iis - 1\n", NULL, NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_case(&cases[i]);
    /* the day of the run is that of its rows */
    struct arena arena = ARENA_INIT;
    struct buf text = BUF_INIT;
    struct coverage *coverage = coverage_new(TIME_NONE, TIME_NONE);
    struct run run = { schema_from(&arena, FAMILY_IIS, "time,s-computername", false),
                       SLICE_LIT("06:00:00 EX1\n07:00:00 EX1\n"), limit("2021-03-03T00:00:00"),
                       SLICE_NULL };
    assert_int_equal(coverage_add_run(coverage, &run), 2);
    print_parts(coverage, &text);
    assert_string_equal(text.ptr, "ex1 iis 03T06:00:00-03T07:00:00 2\n");
    coverage_free(coverage);
    buf_deinit(&text);
    arena_deinit(&arena);
}

static void test_out_of_order(void **state)
{
    (void)state;
    static const struct coverage_case cases[] = {
        { FAMILY_IIS, IIS,
          ROW("03 08:00:00", "EX1") ROW("03 06:00:00", "EX1") ROW("03 07:00:00", "EX1"),
          "ex1 iis 03T06:00:00-03T08:00:00 3\n", NULL, NULL },
        { FAMILY_IIS, IIS, ROW("03 08:00:00", "EX1") ROW("03 04:59:59", "EX1"),
          "ex1 iis 03T08:00:00-03T08:00:00 1\nex1 iis 03T04:59:59-03T04:59:59 1\n", NULL,
          NULL },
        { FAMILY_IIS, IIS, ROW("03 06:30:00", "EX1") ROW("03 06:10:00", "EX1"),
          "ex1 iis 03T06:10:00-03T06:30:00 2\n", NULL, NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_case(&cases[i]);
}

/* A row that is cut off in its time must not take back what the row in front of it covered. */
static void test_cut_last_row(void **state)
{
    (void)state;
    static const struct coverage_case cases[] = {
        { FAMILY_IIS, "date,time,cs-uri-stem",
          "2021-03-03 06:00:00 /x\n2021-03-03 06:50:00 /x\n2021-03-03 06:5",
          "- iis 03T06:00:00-03T06:50:00 3\n", NULL, NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_case(&cases[i]);
}

/* Several runs of one item, also of several families. */
static void test_several_runs(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct buf text = BUF_INIT;
    struct coverage *coverage = coverage_new(TIME_NONE, TIME_NONE);
    const struct schema *iis = schema_from(&arena, FAMILY_IIS, IIS, false);
    const struct schema *hp = schema_from(&arena, FAMILY_HTTPPROXY, HP, false);
    const struct schema *export = schema_from(&arena, FAMILY_HTTPPROXY, HP, true);
    const struct {
        const struct schema *schema;
        const char *rows;
        uint64_t count;
    } runs[] = {
        { iis, ROW("03 06:00:00", "EX1") ROW("03 06:05:00", "EX1"), 2 },
        { hp, HP_ROW("03T06:00:00", "EX1"), 1 },
        { export, HP_ROW("01T06:00:00", "EX1") HP_ROW("01T06:00:01", "EX1"), 2 },
        { iis, ROW("03 06:20:00", "EX1") ROW("03 06:25:00", "EX1"), 2 },
        { hp, HP_ROW("03T07:00:00", "EX1"), 1 },
    };
    for (size_t i = 0; i < COUNT(runs); i++) {
        char *rows = mem_strdup(runs[i].rows); /* it may go away */
        struct run run = { runs[i].schema, slice_from(rows), TIME_NONE, SLICE_NULL };
        assert_int_equal(coverage_add_run(coverage, &run), runs[i].count);
        free(rows);
    }
    print_parts(coverage, &text);
    assert_string_equal(text.ptr, "ex1 iis 03T06:00:00-03T06:25:00 4\n"
                                  "ex1 httpproxy 03T06:00:00-03T07:00:00 2\n");
    coverage_free(coverage);
    buf_deinit(&text);
    arena_deinit(&arena);
}

/* Adds a row; no interval may lose its events. */
static void add_row(struct coverage *coverage, const struct schema *schema, int hour,
                    const char *host)
{
    char row[100];
    snprintf(row, sizeof row, "20%02d-%02d-%02dT%02d:00:00Z,%s,/x\n", 10 + hour / 24 / 336,
             1 + hour / 24 / 28 % 12, 1 + hour / 24 % 28, hour % 24, host);
    struct run run = { schema, slice_from(row), TIME_NONE, SLICE_NULL };
    assert_int_equal(coverage_add_run(coverage, &run), 1);
}

static uint64_t events_of(struct coverage *coverage, const char *host)
{
    struct buf out = BUF_INIT;
    uint64_t events = 0;
    coverage_flush(coverage, &out);
    for (struct slice rest = buf_slice(&out); rest.len;) {
        struct coverage_part part = take(&rest);
        if (!host || slice_eq(part.host, slice_from(host)))
            events += part.events;
    }
    buf_deinit(&out);
    return events;
}

static void test_many_hosts(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    const struct schema *schema = schema_from(&arena, FAMILY_HTTPPROXY, HP, false);
    for (int ask = 0; ask < 3; ask++) {
        struct coverage *coverage = coverage_new(TIME_NONE, TIME_NONE);
        for (int round = 0; round < 3; round++)
            for (int i = 0; i < 200; i++) {
                char host[20];
                snprintf(host, sizeof host, "EX%d", i);
                add_row(coverage, schema, round, host);
            }
        assert_true(coverage_overflowed(coverage)); /* and says so */
        static const char *const hosts[] = { NULL, "ex0", "ex62" };
        static const uint64_t wanted[] = { 600, 3, 3 };
        assert_int_equal(events_of(coverage, hosts[ask]), wanted[ask]);
        coverage_free(coverage);
    }
    arena_deinit(&arena);
}

static void test_many_gaps(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    const struct schema *schema = schema_from(&arena, FAMILY_HTTPPROXY, HP, false);
    for (int ask = 0; ask < 3; ask++) {
        struct coverage *coverage = coverage_new(TIME_NONE, TIME_NONE);
        for (int i = 0; i < 600; i++)
            add_row(coverage, schema, i * 5, "EX1");
        add_row(coverage, schema, 3001, "EX2");
        add_row(coverage, schema, 3002, "EX1");
        static const char *const hosts[] = { "ex2", NULL, "ex1" };
        static const uint64_t wanted[] = { 1, 602, 601 };
        assert_int_equal(events_of(coverage, hosts[ask]), wanted[ask]);
        coverage_free(coverage);
    }
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intervals),    cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_limits),       cmocka_unit_test(test_rows_without_time),
        cmocka_unit_test(test_out_of_order), cmocka_unit_test(test_cut_last_row),
        cmocka_unit_test(test_several_runs), cmocka_unit_test(test_many_hosts),
        cmocka_unit_test(test_many_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
