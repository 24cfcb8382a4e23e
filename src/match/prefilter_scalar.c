/* The kernel for any processor. */
#include "match/prefilter_tables.h"

static inline uint32_t in_set(const struct gram_set *set, uint32_t folded)
{
    uint32_t hash = gram_hash(folded);
    uint32_t word = set->words[hash >> set->shift];
    return word >> (hash >> GRAM_BIT_1 & 31) & word >> (hash >> GRAM_BIT_2 & 31) & 1;
}

/* One bit for each of 32 places. */
static inline uint32_t look_at_32(const struct gram_set *set, uint32_t bytes, unsigned stride,
                                  const char *text)
{
    uint32_t found = 0;
    for (unsigned i = 0; i < 32; i += stride)
        found |= in_set(set, (load_32(text + i) | FOLD_ALL) & bytes) << i;
    return found;
}

static inline uint32_t grams_of(const struct kernel_tables *tables, const char *text)
{
    if (tables->stride == 4)
        return look_at_32(&tables->grams, UINT32_MAX, 4, text);
    return tables->stride ? look_at_32(&tables->grams, UINT32_MAX, 2, text) : 0;
}

size_t prefilter_scalar(const struct kernel_tables *tables, const char *text, size_t len,
                        uint32_t *out)
{
    size_t count = 0;
    for (size_t at = 0; at < len; at += 32) {
        uint32_t grams = grams_of(tables, text + at), shorts = 0;
        if (tables->short_way != SHORT_NONE)
            shorts = look_at_32(&tables->short_grams, THREE, 1, text + at);
        count += write_candidates(grams, shorts, at, out + count);
    }
    return count;
}
