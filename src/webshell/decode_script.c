#include "webshell/decode_script.h"

#include "base/buf.h"
#include "base/escape.h"

#define BEGIN SLICE_LIT("#@~^")
#define END SLICE_LIT("==^#~@")
#define NUMBER_LENGTH 8 /* six digits of Base64 and "==" */

/* What the characters from space to DEL stand for, in each of the tables. */
static const char plain[3][97] = {
    "20!)[83=X:5e9\\VsfNEkbYx^}Jmq<`>S"
    "@B'Hru17MR\"TjGd- \x7f"
    ".L]~loytC&v%$+"
    "(#A4\t*D?w;UiacPgQIOFh|6pnz/_KZ,W",
    ".GzVBj/&IA42[vrC89pEhqO\tbD#u<~>^"
    "@wJa]\"KoN;LPg*}tT+-,0nkf5%!dMRc?"
    "{x)(sY3\x7f"
    "mUS|:_eFX1ilZH'\\=$y7`Q 6",
    "-uR`q^I\\b})6 |z\x7f"
    "kc3+hQfv1dTC<:>~"
    "@E,*t'7DyY/o&rj9{?8wgSG4x]0#Z[lH"
    "Upi.L!$NP\tVs5aKX;W\"mM%(FJ2A=_OBe",
};

/* Of tab: it has no row above. */
static const char plain_of_tab[3] = { '{', 'W', 'n' };

/* Which table decodes the first, second ... character; then again. */
static const char table_order[65] = "1201202002021020"
                                    "1020112002102002"
                                    "1102020101120102"
                                    "1020112001120102";

/* How many bytes a character beyond ASCII has: such characters stay as they are. */
enum width { WIDTH_PAIR, WIDTH_SINGLE, WIDTH_UTF8 };

static char decode_char(char c, size_t index)
{
    unsigned table = (unsigned)(table_order[index % 64] - '0');
    if (c == '\t')
        return plain_of_tab[table];
    return c >= ' ' ? plain[table][c - ' '] : c;
}

static unsigned base64_digit(char c)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (unsigned)(found - digits) : 64;
}

/* Six digits of Base64 that hold 32 bits, the lowest byte first. */
static bool read_number(struct slice text, uint32_t *out)
{
    unsigned d[6];
    if (text.len < NUMBER_LENGTH || text.ptr[6] != '=' || text.ptr[7] != '=')
        return false;
    for (size_t i = 0; i < 6; i++)
        if ((d[i] = base64_digit(text.ptr[i])) > 63)
            return false;
    uint32_t low = d[0] << 2 | d[1] >> 4, second = (d[1] & 15) << 4 | d[2] >> 2;
    uint32_t third = (d[2] & 3) << 6 | d[3], high = d[4] << 2 | d[5] >> 4;
    *out = low | second << 8 | third << 16 | high << 24;
    return true;
}

static size_t char_length(struct slice text, size_t at, enum width width)
{
    size_t end = at;
    if ((unsigned char)text.ptr[at] < 0x80 || width == WIDTH_SINGLE)
        return 1;
    if (width == WIDTH_UTF8) {
        utf8_next(text, &end);
        return end - at;
    }
    return at + 1 < text.len ? 2 : 1;
}

static size_t count_chars(struct slice text, enum width width)
{
    size_t count = 0;
    for (size_t at = 0; at < text.len; at += char_length(text, at, width))
        count++;
    return count;
}

/* The code page is not told, but the number of characters is: the width that leads to it. */
static enum width find_width(struct slice body, uint32_t characters)
{
    if (count_chars(body, WIDTH_PAIR) == characters)
        return WIDTH_PAIR;
    if (body.len == characters)
        return WIDTH_SINGLE;
    return utf8_valid(body) ? WIDTH_UTF8 : WIDTH_PAIR;
}

static char unescape(char c)
{
    static const char escapes[][2] = {
        { '#', '\r' }, { '&', '\n' }, { '!', '<' }, { '*', '>' }, { '$', '@' },
    };
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        if (escapes[i][0] == c)
            return escapes[i][1];
    return '\0';
}

static void decode_body(struct slice body, enum width width, struct buf *out)
{
    size_t index = 0; /* characters beyond ASCII do not count */
    for (size_t at = 0, length; at < body.len; at += length) {
        char c = body.ptr[at];
        length = char_length(body, at, width);
        if ((unsigned char)c >= 0x80) {
            buf_add(out, body.ptr + at, length);
            continue;
        }
        char escaped = c == '@' && at + 1 < body.len ? unescape(body.ptr[at + 1]) : '\0';
        buf_add_char(out, escaped ? escaped : decode_char(c, index));
        length = escaped ? 2 : 1;
        index++;
    }
}

/* Behind the mark: decodes up to the end, and returns how far that is. */
static size_t decode_part(struct slice rest, uint32_t characters, struct buf *out)
{
    struct slice body = slice_from_offset(rest, NUMBER_LENGTH);
    size_t end = slice_find(body, END);
    bool ended = end != SIZE_MAX && end >= 6;
    size_t used = ended ? NUMBER_LENGTH + end + END.len : rest.len;
    body = ended ? slice_first(body, end - 6) : body;
    decode_body(body, find_width(body, characters), out);
    return used;
}

struct slice decode_script(struct arena *arena, struct slice text, bool *encoded)
{
    size_t mark = slice_find(text, BEGIN);
    struct buf buf = BUF_INIT;
    bool any = false;
    struct slice rest = text;
    while (mark != SIZE_MAX) {
        uint32_t characters;
        buf_add_slice(&buf, slice_first(rest, mark));
        rest = slice_from_offset(rest, mark + BEGIN.len);
        if (read_number(rest, &characters)) {
            rest = slice_from_offset(rest, decode_part(rest, characters, &buf));
            any = true;
        } else {
            buf_add_slice(&buf, BEGIN);
        }
        mark = slice_find(rest, BEGIN);
    }
    if (any) {
        buf_add_slice(&buf, rest);
        text = arena_copy(arena, buf_slice(&buf));
        *encoded = true;
    }
    buf_deinit(&buf);
    return text;
}
