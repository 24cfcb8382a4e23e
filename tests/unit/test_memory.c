/* Arenas: alignment, zeroed memory, reuse; growing arrays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>
#include <stdlib.h>

#include "base/memory.h"

static void test_arena_alloc(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0, 1, 7, 8, 15, 16, 17, 16383, 16384, 16385, 100000, 3, 0 };
    struct arena arena = ARENA_INIT;
    for (int round = 0; round < 3; round++) {
        size_t sum = 0;
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            unsigned char *p = arena_alloc(&arena, sizes[i]);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
            for (size_t k = 0; k < sizes[i]; k++)
                assert_int_equal(p[k], 0);
            if (sizes[i])
                memset(p, 0xa5, sizes[i]); /* dirt that the next round must not see */
            sum += sizes[i];
        }
        assert_true(arena.used >= sum);
        arena_reset(&arena);
        assert_int_equal(arena.used, 0);
    }
    arena_deinit(&arena);
    arena_deinit(&arena); /* harmless */
}

static void test_arena_blocks_do_not_overlap(void **state)
{
    (void)state;
    enum { COUNT = 3000 };
    struct arena arena = ARENA_INIT;
    unsigned **blocks = arena_array(&arena, COUNT, sizeof *blocks);
    for (unsigned i = 0; i < COUNT; i++) {
        blocks[i] = arena_alloc(&arena, (i % 50 + 1) * sizeof **blocks);
        for (unsigned k = 0; k <= i % 50; k++)
            blocks[i][k] = i;
    }
    for (unsigned i = 0; i < COUNT; i++)
        for (unsigned k = 0; k <= i % 50; k++)
            assert_int_equal(blocks[i][k], i);
    arena_deinit(&arena);
}

static void test_arena_copies(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct slice copy = arena_copy(&arena, slice_of("a\0b", 3));
    assert_int_equal(copy.len, 3);
    assert_memory_equal(copy.ptr, "a\0b", 4); /* with its terminator */
    copy = arena_copy(&arena, SLICE_NULL);
    assert_non_null(copy.ptr);
    assert_int_equal(copy.len, 0);
    assert_string_equal(arena_text(&arena, SLICE_LIT("text")), "text");
    assert_string_equal(arena_text(&arena, SLICE_NULL), "");
    arena_deinit(&arena);
}

static void test_reserve(void **state)
{
    (void)state;
    size_t capacity = 0;
    int *array = NULL;
    for (size_t i = 0; i < 1000; i++) {
        array = mem_reserve(array, i, &capacity, sizeof *array);
        assert_true(capacity > i);
        array[i] = (int)i;
    }
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(array[i], i);
    free(array);
}

static void test_small_things(void **state)
{
    (void)state;
    AUTO_FREE char *text = mem_strdup("x");
    assert_string_equal(text, "x");
    AUTO_FREE char *nothing = mem_alloc(0);
    assert_non_null(nothing);
    AUTO_FREE char *never = NULL;
    assert_null(never);
    AUTO_FREE int *grown = mem_grow(NULL, 0, sizeof *grown);
    assert_non_null(grown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_alloc),  cmocka_unit_test(test_arena_blocks_do_not_overlap),
        cmocka_unit_test(test_arena_copies), cmocka_unit_test(test_reserve),
        cmocka_unit_test(test_small_things),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
