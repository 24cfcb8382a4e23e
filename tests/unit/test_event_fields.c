/* An event as names and values: order, empty values, names that repeat. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "events/event_fields.h"
#include "schema_maker.h"

struct fixture {
    struct arena arena, scratch;
    struct event event;
    struct buf text;
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
    buf_deinit(&f->text);
    mem_free_auto(state);
    return 0;
}

/* "name=value;" of all fields, at most `max`. */
static const char *fields_of(struct fixture *f, enum family_id id, const char *columns,
                             const char *row, size_t max)
{
    struct event_field fields[16];
    const struct schema *schema = schema_from(&f->arena, id, columns, false);
    event_split(&f->event, schema, slice_from(row), TIME_NONE, &f->scratch);
    buf_clear(&f->text);
    buf_add_text(&f->text, "");
    size_t count = event_fields(&f->event, fields, max);
    for (size_t i = 0; i < count; i++)
        buf_printf(&f->text, "%.*s=%.*s;", SLICE_FMT(fields[i].name),
                   SLICE_FMT(fields[i].value));
    return f->text.ptr;
}

static void test_cells(void **state)
{
    assert_string_equal(fields_of(*state, FAMILY_IIS, "date,time,c-ip,cs-method",
                                  "2021-03-03 06:00:00 - GET", 16),
                        "date=2021-03-03;time=06:00:00;cs-method=GET;");
    assert_string_equal(fields_of(*state, FAMILY_EWS, "A,B,C", "1,,\"x,y\"", 16), "A=1;C=x,y;");
    assert_string_equal(fields_of(*state, FAMILY_EWS, "A,B,C", "1", 16), "A=1;");
}

static void test_equal_names(void **state)
{
    assert_string_equal(fields_of(*state, FAMILY_EWS, "A,B,A,A", "1,2,3,4", 16),
                        "A=1;B=2;A#2=3;A#3=4;");
    assert_string_equal(fields_of(*state, FAMILY_EWS, "A,A,A", ",2,3", 16), "A=2;A#2=3;");
    assert_string_equal(fields_of(*state, FAMILY_EWS, "AB,A", "1,2", 16), "AB=1;A=2;");
}

static void test_pairs(void **state)
{
    assert_string_equal(fields_of(*state, FAMILY_ECP, "TimeStamp,ServerName,EventId,EventData",
                                  "t,EX01,ECP.Request,S:K=1;S:K=2", 16),
                        "TimeStamp=t;ServerName=EX01;EventId=ECP.Request;K=1;K#2=2;");
}

static void test_limit(void **state)
{
    assert_string_equal(fields_of(*state, FAMILY_EWS, "A,B,C", "1,2,3", 2), "A=1;B=2;");
    assert_string_equal(fields_of(*state, FAMILY_EWS, "A,B,C", "1,2,3", 0), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cells, setup, teardown),
        cmocka_unit_test_setup_teardown(test_equal_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pairs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
