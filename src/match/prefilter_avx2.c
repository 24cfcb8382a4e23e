/* The kernel for AVX2: 32 places a step. */
#include "match/prefilter_tables.h"

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,bmi,bmi2")))
#define AVX2_INLINE static inline __attribute__((always_inline, target("avx2,bmi,bmi2")))

AVX2_INLINE __m256i load(const char *text)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)text);
}

/* Loads one by one: the instruction that gathers is microcode and takes half as long again. */
AVX2_INLINE __m256i words_at(const uint32_t *words, __m256i index)
{
    __m128i low = _mm256_castsi256_si128(index), high = _mm256_extracti128_si256(index, 1);
    uint64_t a = (uint64_t)_mm_cvtsi128_si64(low), b = (uint64_t)_mm_extract_epi64(low, 1);
    uint64_t c = (uint64_t)_mm_cvtsi128_si64(high), d = (uint64_t)_mm_extract_epi64(high, 1);
    return _mm256_setr_epi32((int)words[(uint32_t)a], (int)words[a >> 32],
                             (int)words[(uint32_t)b], (int)words[b >> 32],
                             (int)words[(uint32_t)c], (int)words[c >> 32],
                             (int)words[(uint32_t)d], (int)words[d >> 32]);
}

/* Places text, text + 4, ... + 28: one bit at each that may be in the set. */
AVX2_INLINE uint32_t look_at_8(const struct gram_set *set, __m256i bytes, const char *text)
{
    const __m256i fold = _mm256_set1_epi32(FOLD_ALL), five = _mm256_set1_epi32(31);
    __m256i gram = _mm256_and_si256(_mm256_or_si256(load(text), fold), bytes);
    __m256i hash = _mm256_mullo_epi32(gram, _mm256_set1_epi32((int)GRAM_HASH_FACTOR));
    __m256i index = _mm256_srl_epi32(hash, _mm_cvtsi32_si128((int)set->shift));
    __m256i word = words_at(set->words, index);
    __m256i bit_1 = _mm256_and_si256(_mm256_srli_epi32(hash, GRAM_BIT_1), five);
    __m256i bit_2 = _mm256_and_si256(_mm256_srli_epi32(hash, GRAM_BIT_2), five);
    __m256i both =
        _mm256_and_si256(_mm256_srlv_epi32(word, bit_1), _mm256_srlv_epi32(word, bit_2));
    __m256i sign = _mm256_slli_epi32(both, 31); /* the sign of byte 3 of each lane */
    return (uint32_t)_mm256_movemask_epi8(sign) >> 3;
}

AVX2_INLINE uint32_t look_at_grams(const struct kernel_tables *tables, unsigned stride,
                                   const char *text)
{
    const __m256i all = _mm256_set1_epi32(-1);
    uint32_t found = look_at_8(&tables->grams, all, text);
    if (stride == 2)
        found |= look_at_8(&tables->grams, all, text + 2) << 2;
    return found;
}

AVX2_INLINE uint32_t look_at_short_grams(const struct kernel_tables *tables, const char *text)
{
    const __m256i three = _mm256_set1_epi32(THREE);
    const struct gram_set *set = &tables->short_grams;
    return look_at_8(set, three, text) | look_at_8(set, three, text + 1) << 1 |
           look_at_8(set, three, text + 2) << 2 | look_at_8(set, three, text + 3) << 3;
}

/* The buckets that have each of 32 bytes at their i-th place. */
AVX2_INLINE __m256i buckets_of(const struct kernel_tables *tables, unsigned i, const char *text)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i low = _mm256_broadcastsi128_si256(
        _mm_loadu_si128((const __m128i *)(const void *)tables->low[i]));
    __m256i high = _mm256_broadcastsi128_si256(
        _mm_loadu_si128((const __m128i *)(const void *)tables->high[i]));
    __m256i bytes = load(text + i);
    __m256i upper = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble);
    return _mm256_and_si256(_mm256_shuffle_epi8(low, _mm256_and_si256(bytes, nibble)),
                            _mm256_shuffle_epi8(high, upper));
}

AVX2_INLINE uint32_t look_at_masks(const struct kernel_tables *tables, const char *text)
{
    __m256i first = _mm256_and_si256(buckets_of(tables, 0, text), buckets_of(tables, 1, text));
    __m256i last = _mm256_and_si256(buckets_of(tables, 2, text), buckets_of(tables, 3, text));
    __m256i buckets = _mm256_and_si256(first, last);
    __m256i none = _mm256_cmpeq_epi8(buckets, _mm256_setzero_si256());
    return ~(uint32_t)_mm256_movemask_epi8(none);
}

/* 32 places of which some are candidates. */
struct block {
    uint32_t at, grams, shorts;
};

AVX2_INLINE size_t write_blocks(const struct block *blocks, size_t count, uint32_t *out)
{
    size_t written = 0;
    for (size_t i = 0; i < count; i++)
        written +=
            write_candidates(blocks[i].grams, blocks[i].shorts, blocks[i].at, out + written);
    return written;
}

AVX2_INLINE size_t scan(const struct kernel_tables *tables, unsigned stride,
                        enum short_way short_way, const char *text, size_t len, uint32_t *out)
{
    struct block blocks[KERNEL_BYTES / 32 + 1];
    size_t count = 0;
    for (size_t at = 0; at < len; at += 32) {
        uint32_t grams = stride ? look_at_grams(tables, stride, text + at) : 0, shorts = 0;
        if (short_way == SHORT_MASKS)
            shorts = look_at_masks(tables, text + at);
        else if (short_way == SHORT_GRAMS)
            shorts = look_at_short_grams(tables, text + at);
        blocks[count] = (struct block){ (uint32_t)at, grams, shorts };
        count += (grams | shorts) != 0;
    }
    return write_blocks(blocks, count, out);
}

/* A loop of its own for each case, without a choice inside. */
AVX2_INLINE size_t scan_strided(const struct kernel_tables *tables, unsigned stride,
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

AVX2 size_t prefilter_avx2(const struct kernel_tables *tables, const char *text, size_t len,
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
