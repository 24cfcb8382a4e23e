#include "base/unicode.h"

#include <utf8proc.h>

#include "base/escape.h"

#define ASCII_END 0x80U

bool unicode_is_ascii(struct slice s)
{
    const uint64_t high = UINT64_C(0x8080808080808080);
    size_t i = 0;
    for (; i + sizeof high <= s.len; i += sizeof high) {
        uint64_t eight;
        memcpy(&eight, s.ptr + i, sizeof eight);
        if (eight & high)
            return false;
    }
    for (; i < s.len; i++)
        if ((unsigned char)s.ptr[i] >= ASCII_END)
            return false;
    return true;
}

/* `to`, unless the step would leave what is not ASCII. */
static uint32_t stay_outside(uint32_t from, utf8proc_int32_t to)
{
    return to < (utf8proc_int32_t)ASCII_END ? from : (uint32_t)to;
}

uint32_t unicode_fold(uint32_t code_point)
{
    if (code_point < ASCII_END)
        return (unsigned char)ascii_lower((char)code_point);
    utf8proc_int32_t c = (utf8proc_int32_t)code_point;
    c = (utf8proc_int32_t)stay_outside(code_point, utf8proc_toupper(c));
    return stay_outside((uint32_t)c, utf8proc_tolower(c));
}

/* Folds the character at text.ptr[*at] and moves *at behind it; returns the bytes written. */
static size_t fold_character(struct slice text, size_t *at, char *out)
{
    utf8proc_uint8_t encoded[4];
    size_t start = *at;
    uint32_t folded = unicode_fold(utf8_next(text, at));
    if (*at - start == 1) { /* no UTF-8 */
        *out = text.ptr[start];
        return 1;
    }
    size_t len = (size_t)utf8proc_encode_char((utf8proc_int32_t)folded, encoded);
    memcpy(out, encoded, len);
    return len;
}

struct slice unicode_fold_text(struct slice text, char *out)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len;) {
        if ((unsigned char)text.ptr[i] < ASCII_END)
            out[len++] = ascii_lower(text.ptr[i++]);
        else
            len += fold_character(text, &i, out + len);
    }
    return slice_of(out, len);
}

bool unicode_is_word(uint32_t code_point)
{
    if (code_point < ASCII_END)
        return ascii_is_alnum((char)code_point) || code_point == '_';
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code_point);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}
