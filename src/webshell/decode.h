/*
 * Bytes of a page → its text in UTF-8, as the server's script engine would read it.
 *
 * Attackers store pages in encodings that scanners do not read: UTF-16 without a mark, UTF-7,
 * EBCDIC, a `codepage` in the directive. Each candidate is judged by what a page must have
 * (`<%`, `runat`, `<script`, `<?php` ...) and what appears only after decoding. That a page had
 * to be decoded is evidence by itself, except for what editors write: UTF-8 and UTF-16 with
 * mark.
 *
 * Lines of the result are lines of the file: every decoder keeps line ends, and one that was
 * encoded (UTF-7) counts as one. Linear in the size.
 * Thread rule: pure functions.
 */
#ifndef HAUBERK_WEBSHELL_DECODE_H
#define HAUBERK_WEBSHELL_DECODE_H

#include "base/memory.h"

enum encoding {
    ENCODING_PLAIN, /* UTF-8, ASCII or an 8-bit code page: bytes are kept */
    ENCODING_UTF8_MARK,
    ENCODING_UTF16LE_MARK,
    ENCODING_UTF16BE_MARK,
    ENCODING_UTF16LE, /* without a mark: seen only where somebody hides */
    ENCODING_UTF16BE,
    ENCODING_UTF32,
    ENCODING_UTF7,
    ENCODING_EBCDIC, /* IBM037, IBM500, IBM1026, IBM1047 */
};

const char *encoding_name(enum encoding encoding); /* "UTF-16 without a byte order mark" */

struct decoded {
    struct slice text; /* UTF-8, or bytes of a code page where it is not valid UTF-8 */
    enum encoding encoding;
    bool hidden; /* an encoding that editors do not write */
    bool binary; /* holds NUL or other bytes that no page has */
};

/* `out->text` borrows from `bytes` or lies in the arena. */
void decode_page(struct arena *arena, struct slice bytes, struct decoded *out);

#endif
