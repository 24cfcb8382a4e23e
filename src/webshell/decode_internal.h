/*
 * The decoders behind decode_page(). All are linear in their input and write to the arena.
 */
#ifndef HAUBERK_WEBSHELL_DECODE_INTERNAL_H
#define HAUBERK_WEBSHELL_DECODE_INTERNAL_H

#include "webshell/decode.h"

/* What the plus signs of a text say of it. */
struct utf7_signs {
    size_t shifts;    /* sequences "+...", of which each must be one: "+" alone is not */
    size_t malformed; /* what no encoder writes: "+ ", "+=", bits left over */
    size_t pluses;    /* "+-", an encoded plus sign */
    size_t units;     /* characters in Base64 */
    size_t ascii;     /* those of them that are ASCII, which need no Base64 */
};

/* RFC 2152. Reads `text` as UTF-7 without writing anything. */
struct utf7_signs utf7_measure(struct slice text);
struct slice utf7_decode(struct arena *arena, struct slice text);

/* Does the text use bytes as EBCDIC does: many of its letters, which are beyond ASCII? */
bool ebcdic_is_likely(struct slice bytes);
/* By the code page that leaves the fewest odd characters. */
struct slice ebcdic_decode(struct arena *arena, struct slice bytes);

#endif
