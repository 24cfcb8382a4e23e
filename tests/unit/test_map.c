/* Text → number: many keys, awkward keys, what is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/map.h"

static void test_many_keys(void **state)
{
    (void)state;
    enum { KEYS = 20000 };
    struct map map = MAP_INIT;
    char key[32];
    for (unsigned i = 0; i < KEYS; i++) {
        bool added = false;
        snprintf(key, sizeof key, "key-%u", i); /* copied: the buffer is reused */
        uint64_t *value = map_at(&map, slice_from(key), &added);
        assert_true(added);
        assert_true(*value == 0);
        *value = i + 1;
    }
    assert_int_equal(map.count, KEYS);
    for (unsigned i = 0; i < KEYS; i++) {
        bool added = true;
        snprintf(key, sizeof key, "key-%u", i);
        assert_true(*map_at(&map, slice_from(key), &added) == i + 1);
        assert_false(added);
        const uint64_t *found = map_find(&map, slice_from(key));
        assert_non_null(found);
        assert_true(*found == i + 1);
    }
    assert_int_equal(map.count, KEYS);
    assert_null(map_find(&map, SLICE_LIT("key-")));
    map_deinit(&map);
}

static void test_awkward_keys(void **state)
{
    (void)state;
    struct map map = MAP_INIT;
    assert_null(map_find(&map, SLICE_LIT("a")));
    *map_at(&map, SLICE_LIT(""), NULL) = 1;
    *map_at(&map, slice_of("\0", 1), NULL) = 2;
    *map_at(&map, slice_of("\0\0", 2), NULL) = 3;
    *map_at(&map, SLICE_LIT("A"), NULL) = 4;
    assert_null(map_find(&map, SLICE_LIT("a")));
    assert_true(*map_find(&map, SLICE_LIT("")) == 1);
    assert_true(*map_find(&map, slice_of("\0", 1)) == 2);
    assert_true(*map_find(&map, slice_of("\0\0", 2)) == 3);
    assert_int_equal(map.count, 4);
    map_deinit(&map);
    assert_null(map_find(&map, SLICE_LIT("A")));
    map_deinit(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_awkward_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
