/*
 * Looking for a byte in 64 bytes at once. Thread rule: pure functions.
 */
#ifndef HAUBERK_BASE_MASK_H
#define HAUBERK_BASE_MASK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/slice.h"
#include "base/word.h"

#define MASK_SPAN 64 /* bytes that a mask tells about, lowest bit first */

/* Sixteen bytes side by side: compilers know how each processor compares them at once. */
typedef unsigned char mask_bytes __attribute__((vector_size(16)));

/* One bit for each of 16 bytes that are 0 or 0xff. */
#ifdef __SSE2__ /* every x86-64 */
static inline uint64_t mask_bits(mask_bytes found)
{
    return (uint64_t)(uint32_t)_mm_movemask_epi8((__m128i)found);
}
#else
static inline uint64_t mask_bits(mask_bytes found)
{
    char bytes[16];
    memcpy(bytes, &found, sizeof bytes);
    uint64_t first = load_64(bytes) & WORD_ALL(1), second = load_64(bytes + 8) & WORD_ALL(1);
    const uint64_t gather = UINT64_C(0x0102040810204080);
    return first * gather >> 56 | second * gather >> 56 << 8;
}
#endif

static inline mask_bytes mask_load(const char *text)
{
    mask_bytes bytes;
    memcpy(&bytes, text, sizeof bytes);
    return bytes;
}

/* Four times 16 bytes that are 0 or 0xff: soonest told when all are 0, which is usual. */
static inline uint64_t mask_join(mask_bytes a, mask_bytes b, mask_bytes c, mask_bytes d)
{
    if (mask_bits((a | b) | (c | d)) == 0)
        return 0;
    return mask_bits(a) | mask_bits(b) << 16 | mask_bits(c) << 32 | mask_bits(d) << 48;
}

static inline mask_bytes mask_of_16(const char *text, char c)
{
    return (mask_bytes)(mask_load(text) == (unsigned char)c);
}

/* One bit for each of MASK_SPAN bytes that equals c. */
static inline uint64_t mask_of(const char *text, char c)
{
    return mask_join(mask_of_16(text, c), mask_of_16(text + 16, c), mask_of_16(text + 32, c),
                     mask_of_16(text + 48, c));
}

static inline mask_bytes mask_of_two_16(const char *text, const char *two)
{
    mask_bytes first = mask_load(text) | 0x20, second = mask_load(text + 1) | 0x20;
    return (mask_bytes)(first == (unsigned char)(two[0] | 0x20)) &
           (mask_bytes)(second == (unsigned char)(two[1] | 0x20));
}

/*
 * One bit for each of MASK_SPAN places where the two bytes may stand, in either case: a few
 * others that differ in bit 0x20 are taken for them too. Reads one byte more.
 */
static inline uint64_t mask_of_two(const char *text, const char *two)
{
    return mask_join(mask_of_two_16(text, two), mask_of_two_16(text + 16, two),
                     mask_of_two_16(text + 32, two), mask_of_two_16(text + 48, two));
}

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

/* How many bits are set; in plain C, as not every x86-64 has an instruction for it. */
static inline unsigned mask_count(uint64_t mask)
{
    mask -= mask >> 1 & WORD_ALL(0x55);
    mask = (mask & WORD_ALL(0x33)) + (mask >> 2 & WORD_ALL(0x33));
    return (unsigned)(((mask + (mask >> 4)) & WORD_ALL(0x0f)) * WORD_ALL(1) >> 56);
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
