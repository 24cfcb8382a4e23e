/* Masks of 64 bytes, against looking at each byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mask.h"

#define BYTES 200

/* The texts are made of few characters, so that each is met often; some have bit 0x20 apart. */
static void fill(char *text, uint64_t *seed)
{
    static const char set[] = "aAbB,\n\0\x80\xc2\xe2";
    for (size_t i = 0; i < BYTES; i++) {
        *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        text[i] = set[(*seed >> 33) % (sizeof set - 1)];
    }
}

static uint64_t by_byte(const char *text, size_t len, char c)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < len && i < MASK_SPAN; i++)
        mask |= (uint64_t)(text[i] == c) << i;
    return mask;
}

static void test_masks(void **state)
{
    (void)state;
    char text[BYTES];
    uint64_t seed = 1;
    for (int round = 0; round < 50; round++) {
        fill(text, &seed);
        for (size_t at = 0; at + MASK_SPAN < BYTES; at++) {
            uint64_t two = 0;
            for (size_t i = 0; i < MASK_SPAN; i++)
                two |=
                    (uint64_t)((text[at + i] | 0x20) == 'a' && (text[at + i + 1] | 0x20) == 'b')
                    << i;
            assert_true(mask_of(text + at, ',') == by_byte(text + at, MASK_SPAN, ','));
            assert_int_equal(mask_count(mask_of(text + at, ',')),
                             __builtin_popcountll(by_byte(text + at, MASK_SPAN, ',')));
            assert_true(mask_of(text + at, '\0') == by_byte(text + at, MASK_SPAN, '\0'));
            assert_true(mask_of_two(text + at, "aB") == two);
        }
    }
}

/* The texts end where their memory does: tools see reads behind them. */
static void test_places(void **state)
{
    (void)state;
    char all[BYTES];
    uint64_t seed = 2;
    for (size_t len = 0; len <= BYTES; len++) {
        fill(all, &seed);
        char *text = malloc(len + !len);
        assert_non_null(text);
        memcpy(text, all, len);
        struct places places = places_of(slice_of(text, len), '\n');
        for (size_t i = 0; i < len; i++)
            if (text[i] == '\n')
                assert_int_equal(places_next(&places), i);
        assert_int_equal(places_next(&places), len);
        assert_int_equal(places_next(&places), len);
        for (size_t at = 0; at <= len; at++)
            assert_true(mask_within(slice_of(text, len), at, 'a') ==
                        by_byte(text + at, len - at, 'a'));
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
