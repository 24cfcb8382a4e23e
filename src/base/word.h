/*
 * Eight bytes at once, in plain C: loads that mean the same on every machine, and looking for a
 * byte in them. Thread rule: pure functions.
 */
#ifndef HAUBERK_BASE_WORD_H
#define HAUBERK_BASE_WORD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define WORD_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

/* Little-endian on every machine, any alignment. */
static inline uint32_t load_32(const char *p)
{
    uint32_t value;
    memcpy(&value, p, sizeof value);
    return WORD_BIG_ENDIAN ? __builtin_bswap32(value) : value;
}

static inline uint64_t load_64(const char *p)
{
    uint64_t value;
    memcpy(&value, p, sizeof value);
    return WORD_BIG_ENDIAN ? __builtin_bswap64(value) : value;
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
