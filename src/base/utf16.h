/*
 * UTF-16LE → UTF-8 in one go, fast where the text is ASCII. Thread rule: pure functions.
 */
#ifndef HAUBERK_BASE_UTF16_H
#define HAUBERK_BASE_UTF16_H

#include <stddef.h>

#define UTF8_PER_UNIT 3 /* bytes of UTF-8 that one UTF-16 unit may need */

/*
 * Converts `units` 16-bit units at `bytes` (any alignment) into `out`, which has room for
 * UTF8_PER_UNIT bytes for each. A lone surrogate becomes U+FFFD. Returns the bytes written.
 */
size_t utf16le_to_utf8(const char *bytes, size_t units, char *out);

#endif
