/* Stage × outcome → grade, and the names that case files and rules hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "casefile/grade.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_grade_of(void **state)
{
    (void)state;
    static const struct {
        enum stage stage;
        enum grade unknown, success, refused;
    } cases[] = {
        { STAGE_NONE, GRADE_N, GRADE_N, GRADE_N },
        { STAGE_SCAN, GRADE_E0, GRADE_E0, GRADE_E0 },
        { STAGE_ATTEMPT, GRADE_E1, GRADE_E1, GRADE_E1 },
        { STAGE_REACH, GRADE_E1, GRADE_E2, GRADE_E1 },
        { STAGE_ABUSE, GRADE_E1, GRADE_E3, GRADE_E1 },
        { STAGE_PLANT, GRADE_E1, GRADE_E4, GRADE_E1 },
        { STAGE_ANSWER, GRADE_E1, GRADE_E5, GRADE_E1 },
        { STAGE_SPREAD, GRADE_E6, GRADE_E6, GRADE_E6 },
        { STAGE_CLEANUP, GRADE_N, GRADE_N, GRADE_N },
    };
    assert_int_equal(COUNT(cases), STAGE_CLEANUP + 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(grade_of(cases[i].stage, OUTCOME_UNKNOWN), cases[i].unknown);
        assert_int_equal(grade_of(cases[i].stage, OUTCOME_SUCCESS), cases[i].success);
        assert_int_equal(grade_of(cases[i].stage, OUTCOME_REFUSED), cases[i].refused);
    }
}

static void test_stage_names(void **state)
{
    (void)state;
    static const char *const names[] = { "none",  "scan",   "attempt", "reach",  "abuse",
                                         "plant", "answer", "spread",  "cleanup" };
    assert_int_equal(COUNT(names), STAGE_CLEANUP + 1);
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_string_equal(stage_name((enum stage)i), names[i]);
        assert_int_equal(stage_by_name(slice_from(names[i])), i);
    }
    static const struct {
        const char *text;
        enum stage stage;
    } cases[] = {
        { "PLANT", STAGE_PLANT },  { "Cleanup", STAGE_CLEANUP }, { "plan", STAGE_NONE },
        { "planted", STAGE_NONE }, { "", STAGE_NONE },           { " plant", STAGE_NONE },
        { NULL, STAGE_NONE },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(stage_by_name(slice_from(cases[i].text)), cases[i].stage);
}

static void test_grade_names(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        { "N", "none" },    { "E0", "scanned" }, { "E1", "attempted" }, { "E2", "reached" },
        { "E3", "abused" }, { "E4", "planted" }, { "E5", "answered" },  { "E6", "spread" },
    };
    assert_int_equal(COUNT(names), GRADE_E6 + 1);
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_string_equal(grade_name((enum grade)i), names[i][0]);
        assert_string_equal(grade_word((enum grade)i), names[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grade_of),
        cmocka_unit_test(test_stage_names),
        cmocka_unit_test(test_grade_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
