/*
 * Looking for a byte in 64 bytes at once. Thread rule: pure functions.
 */
#ifndef HAUBERK_BASE_MASK_H
#define HAUBERK_BASE_MASK_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define MASK_SPAN 64 /* bytes that a mask tells about, lowest bit first */

#ifdef __SSE2__ /* every x86-64 */

#include <emmintrin.h>

static inline __m128i mask_of_16(const char *text, char c)
{
    __m128i here = _mm_loadu_si128((const __m128i *)(const void *)text);
    return _mm_cmpeq_epi8(here, _mm_set1_epi8(c));
}

static inline uint64_t mask_bits(__m128i found)
{
    return (uint64_t)(uint32_t)_mm_movemask_epi8(found);
}

/* One bit for each of MASK_SPAN bytes that equals c; soonest told when none does. */
static inline uint64_t mask_of(const char *text, char c)
{
    __m128i a = mask_of_16(text, c), b = mask_of_16(text + 16, c);
    __m128i d = mask_of_16(text + 32, c), e = mask_of_16(text + 48, c);
    if (mask_bits(_mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(d, e))) == 0)
        return 0;
    return mask_bits(a) | mask_bits(b) << 16 | mask_bits(d) << 32 | mask_bits(e) << 48;
}

#else

#include "base/word.h"

static inline uint64_t mask_of(const char *text, char c)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < MASK_SPAN; i += 8) {
        uint64_t matches = word_matches(load_64(text + i), c) >> 7; /* bit 0 of each byte... */
        mask |= (matches * UINT64_C(0x0102040810204080) >> 56) << i; /* ...gathered */
    }
    return mask;
}

#endif

/* The same where fewer than MASK_SPAN bytes may be left: no bit is set behind the end. */
static inline uint64_t mask_within(struct slice text, size_t at, char c)
{
    if (at + MASK_SPAN <= text.len)
        return mask_of(text.ptr + at, c);
    uint64_t mask = 0;
    for (size_t i = at; i < text.len; i++)
        mask |= (uint64_t)(text.ptr[i] == c) << (i - at);
    return mask;
}

/* Walks over all places of a byte in a text, in order. */
struct places {
    struct slice text;
    char c;
    size_t at; /* where the 64 bytes start that `mask` is about */
    uint64_t mask;
};

static inline struct places places_of(struct slice text, char c)
{
    return (struct places){ text, c, 0, mask_within(text, 0, c) };
}

/* The next place, or the length of the text when there is none any more. */
static inline size_t places_next(struct places *places)
{
    while (places->mask == 0) {
        places->at += MASK_SPAN;
        if (places->at >= places->text.len)
            return places->text.len;
        places->mask = mask_within(places->text, places->at, places->c);
    }
    size_t place = places->at + (size_t)__builtin_ctzll(places->mask);
    places->mask &= places->mask - 1;
    return place;
}

#endif
