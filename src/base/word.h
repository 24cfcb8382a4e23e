/*
 * Eight bytes at once, in plain C: loads that mean the same on every machine, and looking for a
 * byte in them. Thread rule: pure functions.
 */
#ifndef HAUBERK_BASE_WORD_H
#define HAUBERK_BASE_WORD_H

#include <stdbool.h>
#include <stdint.h>

/* Little-endian on every machine, any alignment; compilers make one load of it. */
static inline uint32_t load_32(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    return u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
}

static inline uint64_t load_64(const char *p)
{
    return load_32(p) | (uint64_t)load_32(p + 4) << 32;
}

#define WORD_ALL(byte) (UINT64_C(0x0101010101010101) * (unsigned char)(byte))

/* 0x80 in each byte of the word that equals c, 0 in the others. */
static inline uint64_t word_matches(uint64_t word, char c)
{
    uint64_t x = word ^ WORD_ALL(c);
    return ~(((x & WORD_ALL(0x7f)) + WORD_ALL(0x7f)) | x | WORD_ALL(0x7f));
}

static inline unsigned word_count(uint64_t matches)
{
    return (unsigned)((matches >> 7) * WORD_ALL(1) >> 56);
}

/* Place of the first match; there must be one. */
static inline unsigned word_first(uint64_t matches)
{
    return (unsigned)__builtin_ctzll(matches) / 8;
}

#endif
