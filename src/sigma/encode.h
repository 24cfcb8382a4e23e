/*
 * Encodings in which a text may stand in an event: UTF-16 and Base64. Results live in the
 * arena. Thread rule: one owner of the arena.
 */
#ifndef HAUBERK_SIGMA_ENCODE_H
#define HAUBERK_SIGMA_ENCODE_H

#include <stdbool.h>

#include "base/memory.h"
#include "base/slice.h"

/* UTF-8 as UTF-16, without byte order mark. */
struct slice encode_utf16(struct arena *arena, struct slice text, bool big_endian);

/* RFC 4648, with padding. */
struct slice encode_base64(struct arena *arena, struct slice bytes);

/*
 * The part of the Base64 text that is the same whatever stands around `bytes`, when they begin
 * `offset` bytes (0, 1 or 2) behind a border of three. Empty when they are too few.
 */
struct slice encode_base64_inside(struct arena *arena, struct slice bytes, unsigned offset);

#endif
