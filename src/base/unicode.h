/*
 * What the program knows of Unicode: which characters differ in case only, and which are part
 * of a word. Tables: libutf8proc (docs/adr/0006-utf8proc.md). Thread rule: pure functions.
 */
#ifndef HAUBERK_BASE_UNICODE_H
#define HAUBERK_BASE_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

bool unicode_is_ascii(struct slice s);

/*
 * The form that all cases of a character share: one character for one character, through its
 * upper case, as Windows compares names.
 *
 * INVARIANT: what is not ASCII never becomes ASCII. U+212A KELVIN SIGN is no 'k', U+017F LONG S
 * no 's', U+0130 no 'i' (nor are they in the upcase table of Windows). The prefilter depends on
 * it: it looks for ASCII literals, and a match that it cannot see would be lost.
 */
uint32_t unicode_fold(uint32_t code_point);

/* Bytes that unicode_fold_text() may need: a character of two bytes may become one of three. */
#define UNICODE_FOLD_ROOM(len) ((len) + (len) / 2 + 4)

/*
 * Folds UTF-8 text, writes at most UNICODE_FOLD_ROOM(text.len) bytes to `out` and returns what
 * it wrote. Bytes that are no UTF-8 stay as they are.
 */
struct slice unicode_fold_text(struct slice text, char *out);

/* A letter or digit of any script, or '_': what "\w" means in Python and so in pySigma. */
bool unicode_is_word(uint32_t code_point);

#endif
