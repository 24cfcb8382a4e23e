/*
 * The kernel for AVX-512 on any x86 with AVX2: its source, its instructions replaced by SIMDe's
 * functions. It must find the same candidates as the kernel for AVX2, whose tables it reads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <immintrin.h>
#include <stdlib.h>

#define SIMDE_ENABLE_NATIVE_ALIASES
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <simde/x86/avx512.h>
#pragma GCC diagnostic pop

#include "match/prefilter_tables.h"

static __m512i gather(__m512i index, const uint32_t *words)
{
    uint32_t at[16], got[16];
    memcpy(at, &index, sizeof at);
    for (int i = 0; i < 16; i++)
        got[i] = words[at[i]];
    memcpy(&index, got, sizeof got);
    return index;
}

#define _mm512_i32gather_epi32(index, words, scale) gather(index, words)
#define target(features) /* no instruction of AVX-512 may come in by the compiler */
#define prefilter_avx512 emulated_avx512
#include "match/prefilter_avx512.c"

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void fill(char *out, size_t len, const char *letters, uint32_t *seed)
{
    for (size_t i = 0; i < len; i++)
        out[i] = letters[next_random(seed) % strlen(letters)];
}

static void compare(size_t shortest, size_t longest, size_t count, unsigned stride,
                    enum short_way short_way)
{
    enum { LITERALS_MAX = 400, TEXT = 64 * KERNEL_STEP };
    uint32_t seed = (uint32_t)(shortest + longest * 7 + count);
    char bytes[LITERALS_MAX][32], text[TEXT + KERNEL_READS_BEYOND];
    struct slice literals[LITERALS_MAX];
    uint32_t wanted[TEXT + 1], got[TEXT + 1];
    for (size_t i = 0; i < count; i++) {
        size_t len = shortest + next_random(&seed) % (longest - shortest + 1);
        fill(bytes[i], len, "abcdefgh./%", &seed);
        literals[i] = slice_of(bytes[i], len);
    }
    struct prefilter *filter = prefilter_build_variant(literals, count, PREFILTER_AVX2);
    const struct kernel_tables *tables = &filter->tables->kernel;
    assert_int_equal(tables->stride, stride);
    assert_int_equal(tables->short_way, short_way);
    for (int round = 0; round < 50; round++) {
        fill(text, sizeof text, "abcdefghABCDEFGH./%@`\n", &seed);
        for (size_t len = KERNEL_STEP; len <= TEXT; len *= 2) {
            size_t n = prefilter_avx2(tables, text, len, wanted);
            assert_int_equal(emulated_avx512(tables, text, len, got), n);
            assert_memory_equal(got, wanted, n * sizeof *got);
        }
    }
    prefilter_free(filter);
}

static void test_same_candidates(void **state)
{
    (void)state;
    if (!prefilter_has_variant(PREFILTER_AVX2))
        skip();
    compare(8, 20, 100, 4, SHORT_NONE);
    compare(5, 8, 400, 2, SHORT_NONE);
    compare(3, 20, 40, 4, SHORT_MASKS);
    compare(3, 6, 40, 0, SHORT_MASKS);
    compare(3, 4, 300, 0, SHORT_GRAMS);
    compare(3, 7, 400, 2, SHORT_GRAMS);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_same_candidates) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
