/* One event as a JSON line or as text: keys, and that no byte of it moves a cursor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/event_line.h"

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

static void split(struct fixture *f, const char *row)
{
    const struct slice names[] = { SLICE_LIT("DateTime"), SLICE_LIT("ServerHostName"),
                                   SLICE_LIT("Up\"Low") };
    const struct schema *schema =
        schema_new(&f->arena, family_get(FAMILY_EWS), names, 3, false, false);
    event_split(&f->event, schema, slice_from(row), TIME_NONE, &f->scratch);
    buf_clear(&f->text);
}

static const struct event_place place = { "a\x1b/b.log", 12, NULL };

static void test_ndjson(void **state)
{
    struct fixture *f = *state;
    split(f, "2021-03-03T06:00:00.000Z,EX01.corp.example,x\x1b");
    event_line_ndjson(&f->text, &f->event, &place);
    assert_string_equal(
        f->text.ptr,
        "{\"record\":\"event\",\"hauberk.schema\":1,\"host.name\":\"ex01\","
        "\"@timestamp\":\"2021-03-03T06:00:00.000Z\",\"hauberk.source\":\"ews\","
        "\"log.file.path\":\"a\\u001b/b.log\",\"hauberk.offset\":12,\"hauberk.fields\":{"
        "\"DateTime\":\"2021-03-03T06:00:00.000Z\",\"ServerHostName\":\"EX01.corp.example\","
        "\"Up\\\"Low\":\"x\\u001b\"}}\n");
}

static void test_without_time_and_host(void **state)
{
    struct fixture *f = *state;
    split(f, "never,,");
    event_line_ndjson(&f->text, &f->event, &place);
    assert_null(strstr(f->text.ptr, "@timestamp"));
    assert_non_null(strstr(f->text.ptr, "\"host.name\":\"\""));
}

static void test_text(void **state)
{
    struct fixture *f = *state;
    split(f, "2021-03-03T06:00:00.000Z,EX01,\xc2\x9b\a");
    event_line_text(&f->text, &f->event, &place);
    assert_string_equal(f->text.ptr, "2021-03-03T06:00:00.000Z  ex01  ews  a\\x1b/b.log:12\n"
                                     "    2021-03-03T06:00:00.000Z,EX01,\\u{009b}\\x07\n\n");
}

static void test_text_of_a_record(void **state)
{
    struct fixture *f = *state;
    split(f, "never,,x");
    f->event.row = SLICE_NULL;
    event_line_text(&f->text, &f->event, &place);
    assert_string_equal(f->text.ptr, "(no time)  -  ews  a\\x1b/b.log:12\n"
                                     "    DateTime: never\n    Up\"Low: x\n\n");
}

static void test_damage(void **state)
{
    struct fixture *f = *state;
    event_line_damage(&f->text, SLICE_LIT("x\n"), 7, SLICE_LIT("torn"));
    assert_string_equal(f->text.ptr,
                        "{\"record\":\"damage\",\"hauberk.schema\":1,\"host.name\":\"\","
                        "\"log.file.path\":\"x\\n\",\"hauberk.offset\":7,"
                        "\"hauberk.reason\":\"torn\"}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ndjson, setup, teardown),
        cmocka_unit_test_setup_teardown(test_without_time_and_host, setup, teardown),
        cmocka_unit_test_setup_teardown(test_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_text_of_a_record, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
