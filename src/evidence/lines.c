#include "evidence/lines.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/memory.h"

#define UTF16_CHUNK 65536

struct lines {
    struct source *source;
    struct buf text; /* [0, given) is the current block, the rest waits for its newline */
    size_t given;
    uint64_t block_offset; /* of text.ptr[0] in the file */
    bool at_end;
    bool skip_first;
    struct err damage; /* met while filling: reported after what came before it */
    char odd_byte;     /* half a UTF-16 unit */
    bool has_odd_byte;
    uint32_t high;           /* waiting high surrogate */
    size_t counted;          /* lines_offset() of this many bytes of the block is known... */
    uint64_t counted_length; /* ...so that many findings in one block stay linear */
};

struct lines *lines_open(struct source *source, uint64_t start, bool skip_first)
{
    struct lines *lines = mem_alloc(sizeof *lines);
    lines->source = source;
    lines->block_offset = start;
    lines->skip_first = skip_first;
    return lines;
}

void lines_close(struct lines *lines)
{
    if (!lines)
        return;
    source_close(lines->source);
    buf_deinit(&lines->text);
    free(lines);
}

static bool is_utf16(const struct lines *lines)
{
    enum source_kind kind = source_kind(lines->source);
    return kind == SOURCE_UTF16LE || kind == SOURCE_UTF16BE;
}

/*
 * One UTF-16 unit → UTF-8. A lone surrogate becomes U+FFFD, so that every character still
 * stands for one unit, and every 4-byte character for two: lines_offset() counts on that.
 */
static void add_unit(struct lines *lines, uint32_t unit)
{
    if (lines->high && unit >= 0xdc00 && unit <= 0xdfff) {
        buf_add_utf8(&lines->text, 0x10000 + ((lines->high - 0xd800) << 10) + (unit - 0xdc00));
        lines->high = 0;
        return;
    }
    if (lines->high)
        buf_add_utf8(&lines->text, 0xfffd);
    lines->high = unit >= 0xd800 && unit <= 0xdbff ? unit : 0;
    if (!lines->high)
        buf_add_utf8(&lines->text, unit);
}

static void add_utf16(struct lines *lines, const char *bytes, size_t len)
{
    bool big = source_kind(lines->source) == SOURCE_UTF16BE;
    size_t i = 0;
    while (i < len) {
        if (!lines->has_odd_byte) {
            lines->odd_byte = bytes[i++];
            lines->has_odd_byte = true;
            continue;
        }
        uint32_t first = (unsigned char)lines->odd_byte, second = (unsigned char)bytes[i++];
        lines->has_odd_byte = false;
        add_unit(lines, big ? first << 8 | second : second << 8 | first);
    }
}

/* The stream may end behind half a character. */
static void end_utf16(struct lines *lines)
{
    if (lines->high)
        buf_add_utf8(&lines->text, 0xfffd);
    lines->high = 0;
}

static int64_t pull(struct lines *lines, struct err *err)
{
    if (!is_utf16(lines)) {
        buf_reserve(&lines->text, BLOCK_BYTES);
        int64_t got =
            source_read(lines->source, lines->text.ptr + lines->text.len, BLOCK_BYTES, err);
        if (got > 0)
            lines->text.len += (size_t)got;
        return got;
    }
    char units[UTF16_CHUNK];
    int64_t got = source_read(lines->source, units, sizeof units, err);
    if (got > 0)
        add_utf16(lines, units, (size_t)got);
    else
        end_utf16(lines);
    return got;
}

/* The file bytes that the first `len` bytes of the buffer stand for. */
static uint64_t raw_length(struct lines *lines, size_t len)
{
    if (!is_utf16(lines))
        return len;
    bool ahead = len >= lines->counted;
    uint64_t units = ahead ? lines->counted_length / 2 : 0;
    for (size_t i = ahead ? lines->counted : 0; i < len; i++) {
        unsigned char c = (unsigned char)lines->text.ptr[i];
        units += (c & 0xc0) != 0x80; /* lead bytes */
        units += c >= 0xf0;          /* beyond the BMP: a surrogate pair */
    }
    lines->counted = len;
    lines->counted_length = units * 2;
    return units * 2;
}

static void drop_given(struct lines *lines)
{
    lines->block_offset += raw_length(lines, lines->given);
    size_t left = lines->text.len - lines->given;
    if (left)
        memmove(lines->text.ptr, lines->text.ptr + lines->given, left);
    lines->text.len = left;
    lines->given = 0;
    lines->counted = 0;
    lines->counted_length = 0;
}

/* End of the last whole line in the buffer (behind its newline), searching back to `from`. */
static size_t last_line_end(const struct lines *lines, size_t from)
{
    for (size_t i = lines->text.len; i > from; i--)
        if (lines->text.ptr[i - 1] == '\n')
            return i;
    return 0;
}

/* Reads until the buffer holds a whole line, is too long, or the stream ends. */
static size_t fill(struct lines *lines)
{
    size_t searched = 0;
    for (;;) {
        size_t end = last_line_end(lines, searched);
        searched = lines->text.len;
        if (end || lines->at_end || lines->text.len >= LINE_BYTES_MAX)
            return end;
        int64_t got = pull(lines, &lines->damage);
        lines->at_end = got <= 0;
    }
}

static bool skip_to_first_line(struct lines *lines)
{
    lines->skip_first = false;
    while (fill(lines) == 0) {
        if (lines->at_end)
            return false;
        lines->given = lines->text.len;
        drop_given(lines);
    }
    lines->given = slice_find_char(buf_slice(&lines->text), '\n') + 1;
    drop_given(lines);
    return true;
}

int lines_next(struct lines *lines, struct block *out, struct err *err)
{
    drop_given(lines);
    if (lines->skip_first && !skip_to_first_line(lines))
        lines->given = 0, lines->text.len = 0;
    size_t end = fill(lines);
    bool cut = end == 0 && lines->text.len >= LINE_BYTES_MAX;
    bool truncated = end == 0 && !cut && lines->text.len > 0;
    lines->given = end ? end : lines->text.len;
    *out = (struct block){ slice_of(lines->text.ptr, lines->given), cut, truncated };
    if (lines->given)
        return 1;
    if (lines->damage.code == ERR_NONE)
        return 0;
    *err = lines->damage;
    lines->damage.code = ERR_NONE; /* reported once */
    return -1;
}

uint64_t lines_offset(struct lines *lines, const char *position)
{
    return lines->block_offset + raw_length(lines, (size_t)(position - lines->text.ptr));
}

const struct source *lines_source(const struct lines *lines)
{
    return lines->source;
}
