/* Events → what there is in the evidence; over the wire and within its limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "hunt/survey.h"
#include "schema_maker.h"

/* Schemas live as long as what was counted with them. */
static void add_row(struct arena *arena, struct survey *survey, enum family_id family,
                    const char *columns, const char *row, uint64_t id)
{
    AUTO_FREE struct event *event = mem_alloc(sizeof *event);
    event_split(event, schema_from(arena, family, columns, false), slice_from(row), TIME_NONE,
                arena);
    survey_add(survey, event, id);
}

static bool is_filled(const struct survey *survey, size_t source, const char *name)
{
    const struct survey_column *column =
        survey_column(survey, survey_get(survey, source)->first_column);
    while (column && !slice_eq(column->name, slice_from(name)))
        column = survey_column(survey, column->next);
    assert_non_null(column);
    return column && column->filled;
}

static void send(const struct survey *from, struct survey *to)
{
    struct buf message = BUF_INIT;
    for (size_t i = 0; i < survey_count(from); i++) {
        buf_clear(&message);
        survey_put(from, i, &message);
        struct wire wire = { message.ptr, message.len, false };
        assert_true(survey_take(to, &wire));
    }
    buf_deinit(&message);
}

static const char columns[] = "date,time,s-computername,cs-method,cs-username";

static void test_adds_up_over_the_wire(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct survey *worker = survey_new(), *all = survey_new();
    add_row(&arena, worker, FAMILY_IIS, columns, "2021-03-04 06:00:00 EX01.corp GET -",
            SURVEY_NO_ID);
    send(worker, all);
    add_row(&arena, worker, FAMILY_IIS, columns, "2021-03-03 06:00:00 ex01 GET bob",
            SURVEY_NO_ID);
    add_row(&arena, worker, FAMILY_IIS, columns, "2021-03-05 06:00:00 ex02 GET -",
            SURVEY_NO_ID);
    add_row(&arena, worker, FAMILY_IIS, columns, "2021-03-05 06:00:00 ex02 GET -", 4);
    send(worker, all);
    assert_int_equal(survey_count(all), 3);
    const struct survey_source *source = survey_get(all, 0);
    assert_true(slice_eq(source->host, SLICE_LIT("ex01")));
    assert_int_equal(source->events, 3);
    assert_true(source->from == INT64_C(1614751200000));
    assert_true(source->to == INT64_C(1614837600000));
    assert_true(is_filled(all, 0, "cs-username"));
    assert_false(is_filled(all, 1, "cs-username"));
    assert_true(is_filled(all, 1, "cs-method"));
    survey_free(worker);
    survey_free(all);
    arena_deinit(&arena);
}

static void test_has_limits(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct survey *survey = survey_new(), *all = survey_new();
    char name[32];
    for (uint64_t id = 0; id < 5000; id++)
        add_row(&arena, survey, FAMILY_IIS, "cs-method", "GET", id);
    assert_int_equal(survey_count(survey), 4096);
    assert_true(survey_left_out(survey) == 5000 - 4096);
    send(survey, all);
    assert_true(survey_left_out(all) == survey_left_out(survey));
    survey_reset(survey);
    assert_int_equal(survey_count(survey), 0);
    for (int i = 0; i < SURVEY_COLUMNS_MAX + 10; i++) {
        snprintf(name, sizeof name, "column%d", i);
        add_row(&arena, survey, FAMILY_IIS, name, "GET", 1);
    }
    assert_int_equal(survey_get(survey, 0)->column_count, SURVEY_COLUMNS_MAX);
    assert_true(survey_left_out(survey) == 10);
    survey_free(survey);
    survey_free(all);
    arena_deinit(&arena);
}

static void test_refuses_nonsense(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct survey *survey = survey_new(), *all = survey_new();
    struct buf message = BUF_INIT;
    add_row(&arena, survey, FAMILY_IIS, columns, "2021-03-04 06:00:00 EX01 GET -",
            SURVEY_NO_ID);
    survey_put(survey, 0, &message);
    for (size_t len = 0; len < 56; len++) { /* up to the first column */
        struct wire wire = { message.ptr, len, false };
        if (survey_take(all, &wire))
            assert_true(len >= 48); /* a message of no column is one */
    }
    message.ptr[0] = (char)FAMILY_COUNT;
    struct wire wire = { message.ptr, message.len, false };
    assert_false(survey_take(all, &wire));
    buf_deinit(&message);
    survey_free(survey);
    survey_free(all);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adds_up_over_the_wire),
        cmocka_unit_test(test_has_limits),
        cmocka_unit_test(test_refuses_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
