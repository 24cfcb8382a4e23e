/*
 * Folds that decode: Base64, hexadecimal, URL, HTML, XOR, deflate, uuencode, PHP's pack().
 */
#include <libdeflate.h>

#include "webshell/fold_internal.h"

static bool give(struct value *out, const char *ptr, size_t len, uint32_t notes)
{
    *out = value_text(slice_of(ptr, len));
    out->notes = notes;
    return true;
}

static int digit64(char c)
{
    char l = ascii_lower(c);
    if (l >= 'a' && l <= 'z') {
        return c == l ? c - 'a' + 26 : c - 'A';
    }
    if (ascii_is_digit(c)) {
        return c - '0' + 52;
    }
    if (c == '+' || c == '-') {
        return 62;
    }
    return c == '/' || c == '_' ? 63 : -1;
}

/* Other characters are passed over, as PHP and Java's MIME decoder do. */
bool fold_base64(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text;
    char *room = fold_text_at(fold, args, count, 0, &text) ? fold_room(fold, text.len) : NULL;
    if (room == NULL) {
        return false;
    }
    uint32_t bits = 0;
    unsigned held = 0;
    size_t len = 0;
    for (size_t i = 0; i < text.len && text.ptr[i] != '='; i++) {
        int digit = digit64(text.ptr[i]);
        if (digit < 0) {
            continue;
        }
        bits = bits << 6 | (uint32_t)digit;
        held += 6;
        if (held >= 8) {
            held -= 8;
            room[len++] = (char)(bits >> held);
        }
    }
    return give(out, room, len, FLOW_DECODED);
}

bool fold_base64_encode(struct fold *fold, const struct value *args, size_t count,
                        struct value *out)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct slice text;
    char *room = fold_text_at(fold, args, count, 0, &text)
                     ? fold_room(fold, (text.len + 2) / 3 * 4)
                     : NULL;
    if (room == NULL) {
        return false;
    }
    size_t len = 0;
    for (size_t i = 0; i < text.len; i += 3) {
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++) {
            bits = bits << 8 | (i + k < text.len ? (unsigned char)text.ptr[i + k] : 0U);
        }
        for (size_t k = 0; k < 4; k++) {
            bool pad = k > text.len - i;
            room[len++] = pad ? '=' : digits[bits >> (18 - 6 * k) & 63];
        }
    }
    return give(out, room, len, 0);
}

static int digit16(char c)
{
    char l = ascii_lower(c);
    if (ascii_is_digit(c)) {
        return c - '0';
    }
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/* The value of `count` hex digits at `at`, or -1. */
static long hex_at(struct slice text, size_t at, size_t count)
{
    long value = 0;
    if (at > text.len || count > text.len - at) {
        return -1;
    }
    for (size_t i = at; i < at + count; i++) {
        int digit = digit16(text.ptr[i]);
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

bool fold_hex(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text;
    char *room =
        fold_text_at(fold, args, count, 0, &text) ? fold_room(fold, text.len / 2 + 1) : NULL;
    if (room == NULL) {
        return false;
    }
    size_t len = 0;
    for (size_t i = 0; i + 1 < text.len;) {
        long byte = hex_at(text, i, 2);
        if (byte >= 0) {
            room[len++] = (char)byte;
            i += 2;
        } else if (digit16(text.ptr[i]) < 0) { /* separators: 41-42, 41 42 */
            i++;
        } else {
            return false;
        }
    }
    return give(out, room, len, FLOW_DECODED);
}

/* %41, %u0041, '+' stays: unescape() keeps it, and names hold no spaces. */
bool fold_url(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text;
    char *room = fold_text_at(fold, args, count, 0, &text) ? fold_room(fold, text.len) : NULL;
    if (room == NULL) {
        return false;
    }
    size_t len = 0;
    for (size_t i = 0; i < text.len;) {
        bool wide = i + 1 < text.len && ascii_lower(text.ptr[i + 1]) == 'u';
        long code = wide ? hex_at(text, i + 2, 4) : hex_at(text, i + 1, 2);
        if (text.ptr[i] != '%' || code < 0) {
            room[len++] = text.ptr[i++];
        } else if (wide) {
            len += fold_put_char(room + len, (uint32_t)code);
            i += 6;
        } else {
            room[len++] = (char)code;
            i += 3;
        }
    }
    return give(out, room, len, len == text.len ? 0 : FLOW_DECODED);
}

/* The code point of an entity at `text` (&#65; &#x41; &lt;) and its length, or 0. */
static size_t read_entity(struct slice text, uint32_t *out)
{
    static const struct {
        const char *name;
        char c;
    } named[] = {
        { "&lt;", '<' },   { "&gt;", '>' },    { "&amp;", '&' },
        { "&quot;", '"' }, { "&apos;", '\'' },
    };
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        if (slice_starts(text, slice_from(named[i].name))) {
            *out = (unsigned char)named[i].c;
            return strlen(named[i].name);
        }
    }
    if (!slice_starts(text, SLICE_LIT("&#")) || text.len < 4) {
        return 0;
    }
    bool hex = ascii_lower(text.ptr[2]) == 'x';
    size_t i = hex ? 3 : 2;
    for (*out = 0; i < text.len && i < 10; i++) {
        int digit = digit16(text.ptr[i]);
        if (digit < 0 || (!hex && digit > 9)) {
            break;
        }
        *out = *out * (hex ? 16 : 10) + (uint32_t)digit;
    }
    return i < text.len && text.ptr[i] == ';' && *out < 0x110000 ? i + 1 : 0;
}

bool fold_html(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text;
    char *room = fold_text_at(fold, args, count, 0, &text) ? fold_room(fold, text.len) : NULL;
    if (room == NULL) {
        return false;
    }
    size_t len = 0;
    for (size_t i = 0; i < text.len;) {
        uint32_t code;
        size_t entity = text.ptr[i] == '&' ? read_entity(slice_from_offset(text, i), &code) : 0;
        if (entity > 0) {
            len += fold_put_char(room + len, code);
            i += entity;
        } else {
            room[len++] = text.ptr[i++];
        }
    }
    return give(out, room, len, len == text.len ? 0 : FLOW_DECODED);
}

bool fold_xor(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text, key;
    char *room = fold_text_at(fold, args, count, 0, &text) &&
                         fold_text_at(fold, args, count, 1, &key) && key.len > 0
                     ? fold_room(fold, text.len)
                     : NULL;
    if (room == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        room[i] = (char)(text.ptr[i] ^ key.ptr[i % key.len]);
    }
    return give(out, room, text.len, FLOW_DECRYPTED);
}

/* --- PHP: operators on the bytes of texts --- */

static bool pair_at(struct fold *fold, const struct value *args, size_t count,
                    struct slice texts[static 2])
{
    bool both = count == 2 && args[0].kind == VALUE_TEXT && args[1].kind == VALUE_TEXT;
    return both && fold_text_at(fold, args, count, 0, &texts[0]) &&
           fold_text_at(fold, args, count, 1, &texts[1]);
}

bool fold_and(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice t[2];
    bool both = pair_at(fold, args, count, t);
    size_t len = !both ? 0 : t[0].len < t[1].len ? t[0].len : t[1].len;
    char *room = both ? fold_room(fold, len) : NULL;
    for (size_t i = 0; room != NULL && i < len; i++) {
        room[i] = (char)(t[0].ptr[i] & t[1].ptr[i]);
    }
    return room != NULL && give(out, room, len, 0);
}

bool fold_exclusive(struct fold *fold, const struct value *args, size_t count,
                    struct value *out)
{
    struct slice t[2];
    bool both = pair_at(fold, args, count, t);
    size_t len = !both ? 0 : t[0].len < t[1].len ? t[0].len : t[1].len;
    char *room = both ? fold_room(fold, len) : NULL;
    for (size_t i = 0; room != NULL && i < len; i++) {
        room[i] = (char)(t[0].ptr[i] ^ t[1].ptr[i]);
    }
    return room != NULL && give(out, room, len, FLOW_DECRYPTED);
}

bool fold_or(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice t[2];
    bool both = pair_at(fold, args, count, t);
    size_t len = !both ? 0 : t[0].len > t[1].len ? t[0].len : t[1].len;
    char *room = both ? fold_room(fold, len) : NULL;
    for (size_t i = 0; room != NULL && i < len; i++) {
        int a = i < t[0].len ? t[0].ptr[i] : 0, b = i < t[1].len ? t[1].ptr[i] : 0;
        room[i] = (char)(a | b);
    }
    return room != NULL && give(out, room, len, 0);
}

/* A byte beyond ASCII of a page that is not UTF-8 has become U+0080 to U+00FF: two bytes. */
static size_t single_byte(struct slice text, size_t at, char *out)
{
    unsigned char first = (unsigned char)text.ptr[at];
    bool wide = (first == 0xc2 || first == 0xc3) && at + 1 < text.len;
    *out = wide ? (char)(((first & 3) << 6) | (text.ptr[at + 1] & 0x3f)) : text.ptr[at];
    return wide ? 2 : 1;
}

bool fold_complement(struct fold *fold, const struct value *args, size_t count,
                     struct value *out)
{
    struct slice text;
    size_t len = 0;
    char *room =
        count == 1 && args[0].kind == VALUE_TEXT && fold_text_at(fold, args, count, 0, &text)
            ? fold_room(fold, text.len)
            : NULL;
    for (size_t at = 0; room != NULL && at < text.len; len++) {
        at += single_byte(text, at, &room[len]);
        room[len] = (char)~room[len];
    }
    return room != NULL && give(out, room, len, FLOW_DECRYPTED);
}

typedef enum libdeflate_result inflate_function(struct libdeflate_decompressor *, const void *,
                                                size_t, void *, size_t, size_t *);

/* Which of the three containers it is, the bytes say. */
static inflate_function *inflate_for(struct slice bytes)
{
    unsigned char first = bytes.len > 0 ? (unsigned char)bytes.ptr[0] : 0;
    unsigned char second = bytes.len > 1 ? (unsigned char)bytes.ptr[1] : 0;
    if (first == 0x1f && second == 0x8b) {
        return libdeflate_gzip_decompress;
    }
    bool zlib = (first & 15) == 8 && (first * 256 + second) % 31 == 0;
    return zlib ? libdeflate_zlib_decompress : libdeflate_deflate_decompress;
}

bool fold_inflate(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice bytes;
    if (!fold_text_at(fold, args, count, 0, &bytes)) {
        return false;
    }
    size_t room = bytes.len > FLOW_TEXT_MAX / 32 ? FLOW_TEXT_MAX : bytes.len * 32 + 1024;
    struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
    if (inflater == NULL) {
        return false;
    }
    AUTO_FREE char *text = mem_alloc(room);
    size_t len = 0;
    bool done = inflate_for(bytes)(inflater, bytes.ptr, bytes.len, text, room, &len) ==
                LIBDEFLATE_SUCCESS;
    libdeflate_free_decompressor(inflater);
    if (!done || len > fold->budget) {
        return false;
    }
    fold->budget -= len;
    return give(out, arena_copy(fold->arena, slice_of(text, len)).ptr, len, FLOW_DECRYPTED);
}

static unsigned uu(char c)
{
    return ((unsigned)(unsigned char)c - 32) & 63;
}

bool fold_uudecode(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice text;
    char *room = fold_text_at(fold, args, count, 0, &text) ? fold_room(fold, text.len) : NULL;
    if (room == NULL) {
        return false;
    }
    size_t len = 0;
    while (text.ptr != NULL && text.len > 0) {
        struct slice line = slice_trim(slice_cut(&text, '\n'));
        size_t want = line.len > 0 ? uu(line.ptr[0]) : 0;
        for (size_t i = 1; want > 0 && i + 3 < line.len; i += 4) {
            uint32_t bits = uu(line.ptr[i]) << 18 | uu(line.ptr[i + 1]) << 12 |
                            uu(line.ptr[i + 2]) << 6 | uu(line.ptr[i + 3]);
            for (unsigned k = 0; k < 3 && want > 0; k++, want--) {
                room[len++] = (char)(bits >> (16 - 8 * k));
            }
        }
    }
    return give(out, room, len, FLOW_DECODED);
}

/* Of PHP's formats those by which text is hidden: "H*" and "C*". */
bool fold_pack(struct fold *fold, const struct value *args, size_t count, struct value *out)
{
    struct slice format;
    if (!fold_text_at(fold, args, count, 0, &format) || format.len == 0) {
        return false;
    }
    if (format.ptr[0] == 'H') {
        return fold_hex(fold, args + 1, count - 1, out);
    }
    if (ascii_lower(format.ptr[0]) == 'c') {
        return fold_char(fold, args + 1, count - 1, out);
    }
    return ascii_lower(format.ptr[0]) == 'a' && fold_same(fold, args + 1, count - 1, out);
}
