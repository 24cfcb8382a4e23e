/* The kernel for AVX-512: 64 places a step. */
#include "match/prefilter_tables.h"

#include <immintrin.h>

#define AVX512_FEATURES "avx512f,avx512bw,avx512dq,avx512vl,bmi,bmi2"
#define AVX512 __attribute__((target(AVX512_FEATURES)))
#define AVX512_INLINE static inline __attribute__((always_inline, target(AVX512_FEATURES)))

/* Places text, text + 4, ... + 60: one bit at each that may be in the set. */
AVX512_INLINE uint64_t look_at_16(const struct gram_set *set, __m512i bytes, const char *text)
{
    const __m512i fold = _mm512_set1_epi32(FOLD_ALL), five = _mm512_set1_epi32(31);
    __m512i gram = _mm512_and_si512(_mm512_or_si512(_mm512_loadu_si512(text), fold), bytes);
    __m512i hash = _mm512_mullo_epi32(gram, _mm512_set1_epi32((int)GRAM_HASH_FACTOR));
    __m512i index = _mm512_srl_epi32(hash, _mm_cvtsi32_si128((int)set->shift));
    __m512i word = _mm512_i32gather_epi32(index, set->words, 4);
    __m512i bit_1 = _mm512_and_si512(_mm512_srli_epi32(hash, GRAM_BIT_1), five);
    __m512i bit_2 = _mm512_and_si512(_mm512_srli_epi32(hash, GRAM_BIT_2), five);
    __m512i both =
        _mm512_and_si512(_mm512_srlv_epi32(word, bit_1), _mm512_srlv_epi32(word, bit_2));
    __m512i lanes = _mm512_and_si512(both, _mm512_set1_epi32(1));
    return _mm512_test_epi8_mask(lanes, lanes); /* byte 0 of each lane */
}

AVX512_INLINE uint64_t look_at_grams(const struct kernel_tables *tables, unsigned stride,
                                     const char *text)
{
    const __m512i all = _mm512_set1_epi32(-1);
    uint64_t found = look_at_16(&tables->grams, all, text);
    if (stride == 2)
        found |= look_at_16(&tables->grams, all, text + 2) << 2;
    return found;
}

AVX512_INLINE uint64_t look_at_short_grams(const struct kernel_tables *tables, const char *text)
{
    const __m512i three = _mm512_set1_epi32(THREE);
    uint64_t found = 0;
    for (unsigned i = 0; i < 4; i++)
        found |= look_at_16(&tables->short_grams, three, text + i) << i;
    return found;
}

/* The buckets that have each of 64 bytes at their i-th place. */
AVX512_INLINE __m512i buckets_of(const struct kernel_tables *tables, unsigned i,
                                 const char *text)
{
    const __m512i nibble = _mm512_set1_epi8(15);
    __m512i low =
        _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)tables->low[i]));
    __m512i high =
        _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)tables->high[i]));
    __m512i bytes = _mm512_loadu_si512(text + i);
    __m512i upper = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), nibble);
    return _mm512_and_si512(_mm512_shuffle_epi8(low, _mm512_and_si512(bytes, nibble)),
                            _mm512_shuffle_epi8(high, upper));
}

AVX512_INLINE uint64_t look_at_masks(const struct kernel_tables *tables, const char *text)
{
    __m512i buckets = buckets_of(tables, 0, text);
    for (unsigned i = 1; i < MASK_BYTES; i++)
        buckets = _mm512_and_si512(buckets, buckets_of(tables, i, text));
    return _mm512_test_epi8_mask(buckets, buckets);
}

AVX512_INLINE size_t scan(const struct kernel_tables *tables, unsigned stride,
                          enum short_way short_way, const char *text, size_t len, uint32_t *out)
{
    size_t count = 0;
    for (size_t at = 0; at < len; at += 64) {
        uint64_t grams = stride ? look_at_grams(tables, stride, text + at) : 0, shorts = 0;
        if (short_way == SHORT_MASKS)
            shorts = look_at_masks(tables, text + at);
        else if (short_way == SHORT_GRAMS)
            shorts = look_at_short_grams(tables, text + at);
        count += write_candidates(grams, shorts, at, out + count);
    }
    return count;
}

/* A loop of its own for each case, without a choice inside. */
AVX512_INLINE size_t scan_strided(const struct kernel_tables *tables, unsigned stride,
                                  const char *text, size_t len, uint32_t *out)
{
    switch (tables->short_way) {
    case SHORT_MASKS:
        return scan(tables, stride, SHORT_MASKS, text, len, out);
    case SHORT_GRAMS:
        return scan(tables, stride, SHORT_GRAMS, text, len, out);
    case SHORT_NONE:
        break;
    }
    return scan(tables, stride, SHORT_NONE, text, len, out);
}

AVX512 size_t prefilter_avx512(const struct kernel_tables *tables, const char *text, size_t len,
                               uint32_t *out)
{
    switch (tables->stride) {
    case 4:
        return scan_strided(tables, 4, text, len, out);
    case 2:
        return scan_strided(tables, 2, text, len, out);
    default:
        return scan_strided(tables, 0, text, len, out);
    }
}
