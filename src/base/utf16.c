#include "base/utf16.h"

#include <stdint.h>
#include <string.h>

/* Vectors of the compiler's, so that each processor gets its own instructions. */
typedef uint16_t units_block __attribute__((vector_size(16)));
typedef uint8_t bytes_block __attribute__((vector_size(8)));
#define BLOCK_UNITS 8

/* Returns how many units at the start are ASCII in whole blocks, and copies them. */
static size_t copy_ascii_blocks(const char *bytes, size_t units, char *out)
{
    size_t i = 0;
    for (; i + BLOCK_UNITS <= units; i += BLOCK_UNITS) {
        units_block block;
        uint64_t halves[2];
        memcpy(&block, bytes + 2 * i, sizeof block);
        memcpy(halves, bytes + 2 * i, sizeof halves);
        if ((halves[0] | halves[1]) & UINT64_C(0xff80ff80ff80ff80))
            break;
        bytes_block narrow = __builtin_convertvector(block, bytes_block);
        memcpy(out + i, &narrow, sizeof narrow);
    }
    return i;
}

static uint32_t unit_at(const char *bytes, size_t i)
{
    return (uint32_t)(uint8_t)bytes[2 * i] | (uint32_t)(uint8_t)bytes[2 * i + 1] << 8;
}

static char *put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xc0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *out++ = (char)(0xe0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    } else {
        *out++ = (char)(0xf0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 0x3f));
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    }
    return out;
}

/* The character at *i, which moves behind it. */
static uint32_t take_character(const char *bytes, size_t units, size_t *i)
{
    uint32_t c = unit_at(bytes, (*i)++);
    if (c < 0xd800 || c > 0xdfff)
        return c;
    if (c > 0xdbff || *i == units)
        return 0xfffd;
    uint32_t low = unit_at(bytes, *i);
    if (low < 0xdc00 || low > 0xdfff)
        return 0xfffd;
    (*i)++;
    return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

size_t utf16le_to_utf8(const char *bytes, size_t units, char *out)
{
    char *start = out;
    size_t i = 0;
    while (i < units) {
        size_t ascii = copy_ascii_blocks(bytes + 2 * i, units - i, out);
        out += ascii;
        i += ascii;
        /* To the end of the block that is not all ASCII. */
        for (size_t stop = i + BLOCK_UNITS; i < units && i < stop;)
            out = put_utf8(out, take_character(bytes, units, &i));
    }
    return (size_t)(out - start);
}
