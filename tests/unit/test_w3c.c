/* Splitting at spaces: nothing else counts, quotes least of all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "events/w3c.h"

static void test_split(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        size_t count;
        const char *cells[4];
    } cases[] = {
        { "", 1, { "" } },
        { "a", 1, { "a" } },
        { "a b", 2, { "a", "b" } },
        { "a  b", 3, { "a", "", "b" } },
        { " a ", 3, { "", "a", "" } },
        { "- -", 2, { "-", "-" } },
        { "\"a b\" c", 3, { "\"a", "b\"", "c" } },
        { "a\tb", 1, { "a\tb" } },
        { "a,b c+d", 2, { "a,b", "c+d" } },
        { "a b c d e", 5, { "a", "b", "c", "d" } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice cells[4];
        size_t count = w3c_split(slice_from(cases[i].row), cells, 4);
        assert_int_equal(count, cases[i].count);
        for (size_t k = 0; k < count && k < 4; k++)
            if (!slice_eq(cells[k], slice_from(cases[i].cells[k])))
                fail_msg("'%s', cell %zu", cases[i].row, k);
    }
    assert_int_equal(w3c_split(SLICE_LIT("a b c"), NULL, 0), 3);
    assert_int_equal(w3c_split(SLICE_NULL, NULL, 0), 0);
}

static void test_nul_is_text(void **state)
{
    (void)state;
    struct slice cells[2];
    assert_int_equal(w3c_split(slice_of("a\0b c", 5), cells, 2), 2);
    assert_int_equal(cells[0].len, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_nul_is_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
