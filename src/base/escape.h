/*
 * Text from evidence is the attacker's: every byte of it goes through one of these before it
 * reaches a document. Invalid UTF-8 becomes U+FFFD. Thread rule: pure functions.
 */
#ifndef HAUBERK_BASE_ESCAPE_H
#define HAUBERK_BASE_ESCAPE_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * For terminals and plain text: control characters (C0, DEL, C1), bidirectional overrides and
 * line separators become \xNN or \u{NNNN}, so that evidence can neither move the cursor nor
 * reorder what the reader sees.
 */
void escape_text(struct buf *out, struct slice s);

/* The inside of a JSON string (RFC 8259), without the quotes. */
void escape_json(struct buf *out, struct slice s);

/*
 * Decodes one code point at s.ptr[*pos] and moves *pos behind it. Invalid or cut sequences give
 * U+FFFD and move by one byte.
 */
uint32_t utf8_next(struct slice s, size_t *pos);

bool utf8_valid(struct slice s);

#endif
