/* One row → event: absent cells, short and long rows, times, a look at one column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "events/event.h"
#include "schema_maker.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct fixture {
    struct arena arena, scratch;
    struct event event;
};

static int setup(void **state)
{
    *state = mem_alloc(sizeof(struct fixture));
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_deinit(&f->arena);
    arena_deinit(&f->scratch);
    mem_free_auto(state);
    return 0;
}

static void split(struct fixture *f, const struct schema *schema, const char *row, int64_t day)
{
    arena_reset(&f->scratch);
    event_split(&f->event, schema, slice_from(row), day, &f->scratch);
}

/* NULL: absent. */
static void assert_text(struct slice got, const char *wanted)
{
    if ((got.ptr == NULL) != (wanted == NULL) || !slice_eq(got, slice_from(wanted)))
        fail_msg("'%.*s', not '%s'", SLICE_FMT(got), wanted ? wanted : "(absent)");
}

static void test_w3c_cells(void **state)
{
    struct fixture *f = *state;
    const struct schema *schema = schema_from(
        &f->arena, FAMILY_IIS, "date,time,cs-uri-stem,cs-uri-query,sc-status", false);
    static const struct {
        const char *row, *stem, *query, *status;
        size_t cells;
        bool surplus;
    } cases[] = {
        { "2021-03-03 06:49:53 /x q=1 200", "/x", "q=1", "200", 5, false },
        { "2021-03-03 06:49:53 /x - 200", "/x", NULL, "200", 5, false },
        { "2021-03-03 06:49:53 /x -- 200", "/x", "--", "200", 5, false },
        { "2021-03-03 06:49:53 /x  200", "/x", "", "200", 5, false },
        { "2021-03-03 06:49:53 /x", "/x", NULL, NULL, 3, false },
        { "2021-03-03 06:49:53 /x - ", "/x", NULL, "", 5, false },
        { "2021-03-03 06:49:53 /x q 200 more cells", "/x", "q", "200", 5, true },
        { "", NULL, NULL, NULL, 1, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        split(f, schema, cases[i].row, TIME_NONE);
        assert_text(event_role(&f->event, ROLE_URL_PATH), cases[i].stem);
        assert_text(event_cell(&f->event, 3), cases[i].query);
        assert_text(event_field(&f->event, SLICE_LIT("SC-Status")), cases[i].status);
        assert_int_equal(f->event.cell_count, cases[i].cells);
        assert_int_equal(f->event.surplus, cases[i].surplus);
        assert_true(slice_eq(f->event.row, slice_from(cases[i].row)));
    }
    assert_text(event_cell(&f->event, 99), NULL);
    assert_text(event_role(&f->event, ROLE_HOST), NULL);
    assert_text(event_field(&f->event, SLICE_LIT("no such")), NULL);
}

static void test_csv_cells(void **state)
{
    struct fixture *f = *state;
    const struct schema *schema =
        schema_from(&f->arena, FAMILY_HTTPPROXY, "DateTime,UrlStem,UserAgent", false);
    split(f, schema, "2021-03-03T06:49:53Z,-,\"a,\"\"b\"\"\"", TIME_NONE);
    assert_text(event_role(&f->event, ROLE_URL_PATH), "-"); /* '-' is nothing only in W3C */
    assert_text(event_role(&f->event, ROLE_AGENT), "a,\"b\"");
    split(f, schema, "2021-03-03T06:49:53Z,,", TIME_NONE);
    assert_text(event_role(&f->event, ROLE_URL_PATH), "");
    assert_text(event_role(&f->event, ROLE_AGENT), "");
    split(f, schema, "2021-03-03T06:49:53Z", TIME_NONE);
    assert_text(event_role(&f->event, ROLE_URL_PATH), NULL);
    split(f, schema, "2021-03-03T06:49:53Z,a,b,c", TIME_NONE);
    assert_true(f->event.surplus);
    assert_int_equal(f->event.cell_count, 3);
}

static void test_ecp_pairs_are_fields(void **state)
{
    struct fixture *f = *state;
    const struct schema *schema =
        schema_from(&f->arena, FAMILY_ECP, "TimeStamp,ServerName,EventId,EventData", false);
    split(f, schema,
          "2021-03-03T06:49:53.772Z,EX1,ECP.Request,'S:CMD=Set-X.U=''v''';;S:EX=", TIME_NONE);
    assert_int_equal(f->event.pair_count, 2);
    assert_text(event_field(&f->event, SLICE_LIT("cmd")), "Set-X.U='v'");
    assert_text(event_field(&f->event, SLICE_LIT("EX")), "");
    assert_text(event_field(&f->event, SLICE_LIT("ServerName")), "EX1");
    assert_text(event_field(&f->event, SLICE_LIT("EventData")), "'S:CMD=Set-X.U=''v''';;S:EX=");
    split(f, schema, "2021-03-03T06:49:53.772Z,EX1", TIME_NONE);
    assert_int_equal(f->event.pair_count, 0);
    assert_text(event_field(&f->event, SLICE_LIT("CMD")), NULL);
}

struct time_case {
    enum family_id id;
    const char *columns, *row;
    int64_t day, time;
};

/* Splitting and the quick look agree on the time. */
static void test_times(void **state)
{
    struct fixture *f = *state;
    const int64_t day = INT64_C(1614729600000), time = day + 6 * MS_PER_HOUR;
    const struct time_case cases[] = {
        { FAMILY_IIS, "date,time,x", "2021-03-03 06:00:00 -", TIME_NONE, time },
        { FAMILY_IIS, "date,time", "2021-03-03 06:00:00", 0, time }, /* its own date counts */
        { FAMILY_IIS, "x,date,time", "- 2021-03-03 06:00:00", TIME_NONE, time },
        { FAMILY_IIS, "time,x", "06:00:00 -", day, time },
        { FAMILY_IIS, "time,x", "06:00:00 -", TIME_NONE, TIME_NONE },
        { FAMILY_IIS, "date,time", "2021-03-03 -", TIME_NONE, TIME_NONE },
        { FAMILY_IIS, "date,time", "- 06:00:00", TIME_NONE, TIME_NONE },
        { FAMILY_IIS, "date,time", "2021-03-03", TIME_NONE, TIME_NONE },
        { FAMILY_IIS, "date,time", "2021-13-03 06:00:00", TIME_NONE, TIME_NONE },
        { FAMILY_IIS, "date,time", "", TIME_NONE, TIME_NONE },
        { FAMILY_HTTPPROXY, "DateTime,a", "2021-03-03T06:00:00.000Z,b", TIME_NONE, time },
        { FAMILY_HTTPPROXY, "DateTime,a", "\"2021-03-03T06:00:00Z\",b", TIME_NONE, time },
        { FAMILY_HTTPPROXY, "a,DateTime", "x,2021-03-03T06:00:00Z", TIME_NONE, time },
        { FAMILY_HTTPPROXY, "When,a", "2021-03-03T06:00:00Z,b", TIME_NONE, time },
        { FAMILY_HTTPPROXY, "DateTime", "2021-03-03T06:00:00Z", day, time },
        { FAMILY_HTTPPROXY, "DateTime", "today", day, TIME_NONE },
        { FAMILY_HTTPPROXY, "DateTime", "", day, TIME_NONE },
        { FAMILY_ECP, "TimeStamp,S,E,D", "2021-03-03T06:00:00Z,s,e,S:A=b", TIME_NONE, time },
        { FAMILY_HTTPREQUESTFILTERING, "DateTime,a", "3/3/2021 6:00:00 AM,b", TIME_NONE, time },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct schema *schema =
            schema_from(&f->arena, cases[i].id, cases[i].columns, false);
        split(f, schema, cases[i].row, cases[i].day);
        if (f->event.time != cases[i].time)
            fail_msg("<%s> is at %lld", cases[i].row, (long long)f->event.time);
        int64_t quick = row_time(schema, slice_from(cases[i].row), cases[i].day);
        if (quick != cases[i].time)
            fail_msg("<%s> is at %lld for row_time", cases[i].row, (long long)quick);
    }
}

static void test_peek(void **state)
{
    struct fixture *f = *state;
    const struct schema *w3c = schema_from(&f->arena, FAMILY_IIS, "date,time,c-ip", false);
    const struct schema *csv = schema_from(&f->arena, FAMILY_HTTPPROXY, "DateTime,A,B", false);
    const struct {
        const struct schema *schema;
        const char *row;
        size_t column;
        bool sure;
        const char *cell;
    } cases[] = {
        { w3c, "a b c", 0, true, "a" },
        { w3c, "a b c", 2, true, "c" },
        { w3c, "a - c", 1, true, NULL },
        { w3c, "a b", 2, true, NULL },
        { w3c, "\"a b\" c", 1, true, "b\"" },
        { csv, "a,b,c", 1, true, "b" },
        { csv, "a,-,c", 1, true, "-" },
        { csv, "a,,c", 1, true, "" },
        { csv, "a,\"b\",c", 0, true, "a" },
        { csv, "a,\"b\",c", 1, false, NULL },
        { csv, "a,\"b,x\",c", 2, true, "c" },
        { csv, "a", 2, true, NULL },
        { csv, "\"a\"\"b,\"z,c,d", 1, true, "c" },
        { csv, "\"a,b,c", 1, true, NULL },
        { csv, "0123456,89abcdef01,345", 1, true, "89abcdef01" },
        { csv, "01234567,9abcdef01,345", 2, true, "345" },
        { csv, "012345678,,\"x\"", 1, true, "" },
        { csv, "012345678,,\"x\"", 2, false, NULL },
        { w3c, "0123456789 abcdefghij -", 2, true, NULL },
        { w3c, "0123456789 \"bcdefghij x", 2, true, "x" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice cell = SLICE_NULL;
        bool sure =
            row_peek_cell(cases[i].schema, slice_from(cases[i].row), cases[i].column, &cell);
        assert_int_equal(sure, cases[i].sure);
        if (sure)
            assert_text(cell, cases[i].cell);
    }
}

/* Long rows of few characters: what is peeked is what splitting gives, or nothing is sure. */
static void test_peek_as_split(void **state)
{
    struct fixture *f = *state;
    static const char set[] = ",,, \"a-";
    char names[100] = "DateTime";
    for (size_t i = 1; i < 20; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), ",%c", (int)('A' + i));
    const struct schema *schemas[] = { schema_from(&f->arena, FAMILY_HTTPPROXY, names, false),
                                       schema_from(&f->arena, FAMILY_IIS, names, false) };
    uint64_t seed = 1;
    for (size_t round = 0; round < 4000; round++) {
        char row[201] = "";
        size_t len = round % sizeof row, kinds = round % 3 ? sizeof set - 1 : 4;
        for (size_t i = 0; i < len; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            row[i] = (seed >> 60) % 4 ? 'x' : set[(seed >> 33) % kinds];
        }
        const struct schema *schema = schemas[round % 2];
        split(f, schema, row, TIME_NONE);
        for (size_t column = 0; column < schema->count; column++) {
            struct slice cell = SLICE_NULL, wanted = event_cell(&f->event, column);
            if (!row_peek_cell(schema, slice_from(row), column, &cell))
                continue;
            if (!slice_eq(cell, wanted) || !cell.ptr != !wanted.ptr)
                fail_msg("<%s>, column %zu: <%.*s>", row, column, SLICE_FMT(cell));
        }
    }
}

static void test_count_cells(void **state)
{
    (void)state;
    static const struct {
        enum log_format format;
        const char *row;
        size_t count;
    } cases[] = {
        { FORMAT_W3C, "a b \"c d\"", 4 },
        { FORMAT_CSV, "a,\"b,c\",d", 3 },
        { FORMAT_CSV, "", 1 },
        { FORMAT_ECP, "a,b,c,d,e,f", 4 },
        { FORMAT_ECP, "a,b", 2 },
        { FORMAT_ECP, "\"a\"\"\",b,c,d", 4 },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(row_count_cells(cases[i].format, slice_from(cases[i].row)),
                         cases[i].count);
}

static void test_more_pairs_than_fit(void **state)
{
    struct fixture *f = *state;
    struct buf row = BUF_INIT;
    buf_add_text(&row, "2021-03-03T06:00:00Z,s,e,S:FIRST=1");
    for (int i = 0; i < 2 * EVENT_PAIRS_MAX; i++)
        buf_add_text(&row, ";S:A=b");
    split(f,
          schema_from(&f->arena, FAMILY_ECP, "TimeStamp,ServerName,EventId,EventData", false),
          row.ptr, TIME_NONE);
    assert_int_equal(f->event.pair_count, EVENT_PAIRS_MAX);
    assert_text(event_field(&f->event, SLICE_LIT("FIRST")), "1");
    buf_deinit(&row);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_w3c_cells),
        TEST(test_csv_cells),
        TEST(test_ecp_pairs_are_fields),
        TEST(test_times),
        TEST(test_peek),
        TEST(test_peek_as_split),
        TEST(test_count_cells),
        TEST(test_more_pairs_than_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
