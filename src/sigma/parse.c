#include "sigma/parse.h"

#define SHOWN_BYTES 80

static bool starts_character(char c)
{
    return ((unsigned char)c & 0xC0U) != 0x80U;
}

struct slice sigma_shown(struct slice text)
{
    if (text.len <= SHOWN_BYTES)
        return text;
    size_t len = SHOWN_BYTES;
    while (len > 0 && !starts_character(text.ptr[len]))
        len--;
    return slice_first(text, len);
}
