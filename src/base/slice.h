/*
 * Slices: text as (pointer, length), borrowed from somebody else's buffer, never terminated.
 *
 * All comparisons named _icase_ fold ASCII letters only; folding beyond ASCII is the business
 * of match/. A slice with ptr == NULL is "absent"; an empty one has ptr != NULL and len == 0.
 * Thread rule: pure functions.
 */
#ifndef HAUBERK_BASE_SLICE_H
#define HAUBERK_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *ptr;
    size_t len;
};

#define SLICE_NULL ((struct slice){ NULL, 0 })
#define SLICE_LIT(text) ((struct slice){ "" text, sizeof(text) - 1 })
/* The same within the initialiser of a static table. */
#define SLICE_INIT(text)                                                                       \
    {                                                                                          \
        "" text, sizeof(text) - 1                                                              \
    }

/* For printf("%.*s"). Lengths over INT_MAX are cut. */
#define SLICE_FMT(s)                                                                           \
    (int)((s).len > 0x7fffffff ? 0x7fffffff : (s).len), ((s).ptr ? (s).ptr : "")

static inline struct slice slice_of(const char *ptr, size_t len)
{
    return (struct slice){ ptr, len };
}

static inline struct slice slice_from(const char *text)
{
    return (struct slice){ text, text ? strlen(text) : 0 };
}

/* The part from `start`, clipped to the slice. */
static inline struct slice slice_from_offset(struct slice s, size_t start)
{
    return start >= s.len ? slice_of(s.ptr + s.len, 0) : slice_of(s.ptr + start, s.len - start);
}

static inline struct slice slice_first(struct slice s, size_t len)
{
    return slice_of(s.ptr, len < s.len ? len : s.len);
}

static inline char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_is_alnum(char c)
{
    char l = ascii_lower(c);
    return ascii_is_digit(c) || (l >= 'a' && l <= 'z');
}

bool slice_eq(struct slice a, struct slice b);
bool slice_icase_eq(struct slice a, struct slice b);
bool slice_starts(struct slice s, struct slice prefix);
bool slice_icase_starts(struct slice s, struct slice prefix);
bool slice_icase_ends(struct slice s, struct slice suffix);

/* Offset of the first occurrence, or SIZE_MAX. An empty needle is found at 0. */
size_t slice_find(struct slice s, struct slice needle);
size_t slice_icase_find(struct slice s, struct slice needle);
size_t slice_find_char(struct slice s, char c);

static inline bool slice_has(struct slice s, struct slice needle)
{
    return slice_find(s, needle) != SIZE_MAX;
}

static inline bool slice_icase_has(struct slice s, struct slice needle)
{
    return slice_icase_find(s, needle) != SIZE_MAX;
}

/* Without spaces, tabs, CR and LF at both ends. */
struct slice slice_trim(struct slice s);

/*
 * Cuts *rest at the first `separator`: returns the part in front, *rest becomes the part behind
 * (absent when there was no separator).
 */
struct slice slice_cut(struct slice *rest, char separator);

/* Decimal digits only, no sign, whole slice. Returns false on anything else or on overflow. */
bool slice_to_u64(struct slice s, uint64_t *out);

/* A decimal number with sign, point and exponent, or 0x and hex digits; whole slice, finite. */
bool slice_to_number(struct slice s, double *out);

/* 64-bit FNV-1a; with ASCII letters folded when `fold`. */
uint64_t slice_hash(struct slice s, bool fold);

#endif
