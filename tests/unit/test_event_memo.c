/* What was said of an event comes back for the same bytes, and never for others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "match/event_memo.h"

static void test_found_again(void **state)
{
    (void)state;
    struct event_memo *memo = event_memo_new();
    struct event_memo_hits hits;
    const uint32_t rules[] = { 3, 5, 8 };
    assert_false(event_memo_find(memo, SLICE_LIT("abc"), &hits));
    event_memo_put(memo, SLICE_LIT("abc"), rules, 3);
    event_memo_put(memo, SLICE_LIT(""), NULL, 0);
    assert_true(event_memo_find(memo, SLICE_LIT("abc"), &hits));
    assert_int_equal(hits.count, 3);
    assert_memory_equal(hits.rules, rules, sizeof rules);
    assert_true(event_memo_find(memo, SLICE_LIT(""), &hits));
    assert_int_equal(hits.count, 0);
    assert_false(event_memo_find(memo, SLICE_LIT("abcd"), &hits));
    assert_false(event_memo_find(memo, SLICE_LIT("ab"), &hits));
    event_memo_free(memo);
    event_memo_free(NULL);
}

/* Whatever is pushed out or too large: a key is found with its own answer or not at all. */
static void test_never_another_answer(void **state)
{
    (void)state;
    enum { KEYS = 400000 };
    struct event_memo *memo = event_memo_new();
    char key[256];
    size_t found = 0;
    memset(key, 'x', sizeof key);
    for (uint32_t i = 0; i < KEYS; i++) {
        memcpy(key + 100, &i, sizeof i);
        event_memo_put(memo, slice_of(key, sizeof key), &i, 1);
    }
    for (uint32_t i = 0; i < KEYS; i++) {
        struct event_memo_hits hits;
        memcpy(key + 100, &i, sizeof i);
        if (!event_memo_find(memo, slice_of(key, sizeof key), &hits))
            continue;
        found++;
        assert_int_equal(hits.count, 1);
        assert_int_equal(hits.rules[0], i);
    }
    assert_true(found > 1000 && found < KEYS);
    char *large = mem_alloc(1 << 20);
    event_memo_put(memo, slice_of(large, 1 << 20), NULL, 0);
    assert_false(
        event_memo_find(memo, slice_of(large, 1 << 20), &(struct event_memo_hits){ 0 }));
    free(large);
    event_memo_free(memo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found_again),
        cmocka_unit_test(test_never_another_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
