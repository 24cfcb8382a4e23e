#include "webshell/decode.h"

#include "base/buf.h"
#include "base/escape.h"
#include "base/mask.h"
#include "base/unicode.h"
#include "base/utf16.h"
#include "webshell/decode_internal.h"

static const char *const names[] = {
    [ENCODING_PLAIN] = "plain text",
    [ENCODING_UTF8_MARK] = "UTF-8",
    [ENCODING_UTF16LE_MARK] = "UTF-16",
    [ENCODING_UTF16BE_MARK] = "UTF-16, big-endian",
    [ENCODING_UTF16LE] = "UTF-16 without a byte order mark",
    [ENCODING_UTF16BE] = "UTF-16, big-endian, without a byte order mark",
    [ENCODING_UTF32] = "UTF-32",
    [ENCODING_UTF7] = "UTF-7",
    [ENCODING_EBCDIC] = "EBCDIC",
};

const char *encoding_name(enum encoding encoding)
{
    return names[encoding];
}

/* What a page must have: at least one of these. */
static const struct slice marks[] = {
    SLICE_INIT("<%"),      SLICE_INIT("<?"),        SLICE_INIT("<script"),
    SLICE_INIT("<html"),   SLICE_INIT("<!doctype"), SLICE_INIT("<jsp:"),
    SLICE_INIT("<asp:"),   SLICE_INIT("<!--#"),     SLICE_INIT("<xsl:"),
    SLICE_INIT("<object"), SLICE_INIT("<form"),     SLICE_INIT("<configuration"),
};
#define MARK_COUNT (sizeof marks / sizeof marks[0])

#define MARK_CONTEXT 12 /* bytes behind a mark that must be text, but for every fourth */
#define MARKS_ENOUGH 100

static bool is_text_byte(char c)
{
    return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

/* By chance "<%" stands anywhere in what is not text; then no text follows. */
static bool text_follows(struct slice text)
{
    struct slice context = slice_first(text, MARK_CONTEXT);
    size_t good = 0;
    for (size_t i = 0; i < context.len; i++)
        good += is_text_byte(context.ptr[i]);
    return good * 4 >= context.len * 3;
}

static bool is_mark(struct slice text)
{
    for (size_t i = 0; i < MARK_COUNT; i++)
        if (slice_icase_starts(text, marks[i]))
            return text_follows(slice_from_offset(text, marks[i].len));
    return false;
}

static size_t count_marks(struct slice text)
{
    size_t count = 0;
    struct places places = places_of(text, '<');
    for (size_t at; (at = places_next(&places)) < text.len && count < MARKS_ENOUGH;)
        count += is_mark(slice_from_offset(text, at));
    return count;
}

static struct slice from_utf16le(struct arena *arena, struct slice bytes)
{
    size_t units = bytes.len / 2;
    char *out = arena_alloc(arena, units * UTF8_PER_UNIT + 1);
    return slice_of(out, utf16le_to_utf8(bytes.ptr, units, out));
}

static struct slice from_utf16be(struct arena *arena, struct slice bytes)
{
    size_t units = bytes.len / 2;
    char *swapped = arena_alloc(arena, units * 2 + 1);
    for (size_t i = 0; i < units; i++) {
        swapped[2 * i] = bytes.ptr[2 * i + 1];
        swapped[2 * i + 1] = bytes.ptr[2 * i];
    }
    return from_utf16le(arena, slice_of(swapped, units * 2));
}

static struct slice from_utf32(struct arena *arena, struct slice bytes, bool big)
{
    struct buf out = BUF_INIT;
    for (size_t i = 0; i + 4 <= bytes.len; i += 4) {
        uint32_t c = load_32(bytes.ptr + i);
        buf_add_utf8(&out, big ? __builtin_bswap32(c) : c);
    }
    struct slice text = arena_copy(arena, buf_slice(&out));
    buf_deinit(&out);
    return text;
}

static struct slice from_utf32le(struct arena *arena, struct slice bytes)
{
    return from_utf32(arena, bytes, false);
}

static struct slice from_utf32be(struct arena *arena, struct slice bytes)
{
    return from_utf32(arena, bytes, true);
}

typedef struct slice decoder(struct arena *arena, struct slice bytes);

static const struct byte_order_mark {
    struct slice mark;
    enum encoding encoding;
    decoder *decode; /* NULL: nothing to do */
    bool hidden;
} byte_order_marks[] = {
    { SLICE_INIT("\xef\xbb\xbf"), ENCODING_UTF8_MARK, NULL, false },
    { SLICE_INIT("\xff\xfe\0\0"), ENCODING_UTF32, from_utf32le, true },
    { SLICE_INIT("\0\0\xfe\xff"), ENCODING_UTF32, from_utf32be, true },
    { SLICE_INIT("\xff\xfe"), ENCODING_UTF16LE_MARK, from_utf16le, false },
    { SLICE_INIT("\xfe\xff"), ENCODING_UTF16BE_MARK, from_utf16be, false },
};
#define BOM_COUNT (sizeof byte_order_marks / sizeof byte_order_marks[0])

static const struct byte_order_mark *mark_of(struct slice bytes)
{
    for (size_t i = 0; i < BOM_COUNT; i++)
        if (slice_starts(bytes, byte_order_marks[i].mark))
            return &byte_order_marks[i];
    return NULL;
}

/* A mark that was encoded with the rest. */
static struct slice without_mark(struct slice text)
{
    struct slice mark = byte_order_marks[0].mark;
    return slice_starts(text, mark) ? slice_from_offset(text, mark.len) : text;
}

static void take(struct decoded *out, struct slice text, enum encoding encoding, bool hidden)
{
    out->text = without_mark(text);
    out->encoding = encoding;
    out->hidden = hidden;
}

/*
 * A mark in front of a page that is plain behind it: PHP and classic ASP do not care for
 * UTF-16, so that its marks do not make text unreadable for them.
 */
static bool mark_is_false(struct slice rest, struct slice decoded)
{
    return count_marks(decoded) == 0 && count_marks(rest) > 0;
}

/* UTF-16 of what begins with a NUL looks as if it had a mark of UTF-32. */
static const struct byte_order_mark *shorter_mark(struct slice bytes)
{
    for (size_t i = 0; i < BOM_COUNT; i++)
        if (byte_order_marks[i].encoding == ENCODING_UTF16LE_MARK &&
            slice_starts(bytes, byte_order_marks[i].mark))
            return &byte_order_marks[i];
    return NULL;
}

static void decode_by(struct arena *arena, struct slice bytes,
                      const struct byte_order_mark *mark, struct decoded *out)
{
    struct slice rest = slice_from_offset(bytes, mark->mark.len);
    struct slice text = mark->decode(arena, rest);
    bool wide = mark->encoding == ENCODING_UTF32 && count_marks(text) == 0;
    const struct byte_order_mark *shorter = wide ? shorter_mark(bytes) : NULL;
    if (shorter)
        decode_by(arena, bytes, shorter, out);
    else if (mark_is_false(rest, text))
        take(out, rest, ENCODING_PLAIN, true);
    else
        take(out, text, mark->encoding, mark->hidden);
}

/* Returns whether the text is settled. */
static bool decode_marked(struct arena *arena, struct slice bytes, struct decoded *out)
{
    const struct byte_order_mark *mark = mark_of(bytes);
    if (!mark)
        return false;
    if (!mark->decode) {
        take(out, slice_from_offset(bytes, mark->mark.len), mark->encoding, mark->hidden);
        return false;
    }
    decode_by(arena, bytes, mark, out);
    return true;
}

/* What a directive of the page or of XML says of its encoding. */
static const struct {
    struct slice name;
    enum encoding encoding;
} hint_names[] = {
    { SLICE_INIT("1200"), ENCODING_UTF16LE },
    { SLICE_INIT("1201"), ENCODING_UTF16BE },
    { SLICE_INIT("utf-16be"), ENCODING_UTF16BE },
    { SLICE_INIT("unicodefffe"), ENCODING_UTF16BE },
    { SLICE_INIT("unicodebig"), ENCODING_UTF16BE },
    { SLICE_INIT("utf-16"), ENCODING_UTF16LE },
    { SLICE_INIT("utf16"), ENCODING_UTF16LE },
    { SLICE_INIT("unicode"), ENCODING_UTF16LE },
    { SLICE_INIT("65000"), ENCODING_UTF7 },
    { SLICE_INIT("utf-7"), ENCODING_UTF7 },
    { SLICE_INIT("utf7"), ENCODING_UTF7 },
    { SLICE_INIT("ibm"), ENCODING_EBCDIC },
    { SLICE_INIT("cp037"), ENCODING_EBCDIC },
    { SLICE_INIT("cp273"), ENCODING_EBCDIC },
    { SLICE_INIT("cp500"), ENCODING_EBCDIC },
    { SLICE_INIT("cp1026"), ENCODING_EBCDIC },
    { SLICE_INIT("cp1047"), ENCODING_EBCDIC },
    { SLICE_INIT("cp114"), ENCODING_EBCDIC },
    { SLICE_INIT("ebcdic"), ENCODING_EBCDIC },
    { SLICE_INIT("037"), ENCODING_EBCDIC },
    { SLICE_INIT("37"), ENCODING_EBCDIC },
    { SLICE_INIT("500"), ENCODING_EBCDIC },
    { SLICE_INIT("1026"), ENCODING_EBCDIC },
    { SLICE_INIT("1047"), ENCODING_EBCDIC },
    { SLICE_INIT("20273"), ENCODING_EBCDIC },
    { SLICE_INIT("114"), ENCODING_EBCDIC },
};
#define HINT_COUNT (sizeof hint_names / sizeof hint_names[0])

static const struct slice hint_words[] = { SLICE_INIT("codepage"), SLICE_INIT("encoding"),
                                           SLICE_INIT("charset") };
#define HINT_WORD_COUNT (sizeof hint_words / sizeof hint_words[0])
#define HINTS_MAX 16 /* places of each word that are looked at */

static enum encoding hint_value(struct slice behind)
{
    behind = slice_trim(behind);
    if (!slice_starts(behind, SLICE_LIT("=")))
        return ENCODING_PLAIN;
    behind = slice_trim(slice_from_offset(behind, 1));
    if (behind.len && (behind.ptr[0] == '"' || behind.ptr[0] == '\''))
        behind = slice_trim(slice_from_offset(behind, 1));
    for (size_t i = 0; i < HINT_COUNT; i++)
        if (slice_icase_starts(behind, hint_names[i].name))
            return hint_names[i].encoding;
    return ENCODING_PLAIN;
}

static bool has_hint(struct slice text, enum encoding encoding)
{
    for (size_t i = 0; i < HINT_WORD_COUNT; i++) {
        struct slice rest = text;
        for (int tries = 0; tries < HINTS_MAX; tries++) {
            size_t at = slice_icase_find(rest, hint_words[i]);
            if (at == SIZE_MAX)
                break;
            rest = slice_from_offset(rest, at + hint_words[i].len);
            if (hint_value(slice_first(rest, 64)) == encoding)
                return true;
        }
    }
    return false;
}

/* Files that nobody decodes: strings in them may look like pages. */
static const struct slice binary_magics[] = {
    SLICE_INIT("MZ"),
    SLICE_INIT("\x7f"
               "ELF"),
    SLICE_INIT("PK\x03\x04"),
    SLICE_INIT("\x89PNG"),
    SLICE_INIT("\xff\xd8\xff"),
    SLICE_INIT("\xca\xfe\xba\xbe"),
    SLICE_INIT("%PDF"),
    SLICE_INIT("Rar!"),
    SLICE_INIT("7z\xbc\xaf"),
    SLICE_INIT("\x1f\x8b"),
    SLICE_INIT("\xd0\xcf\x11\xe0"),
    SLICE_INIT("ElfFile"),
    SLICE_INIT("SQLite"),
    SLICE_INIT("regf"),
    SLICE_INIT("!BDN"),
};

static bool is_binary_format(struct slice bytes)
{
    for (size_t i = 0; i < sizeof binary_magics / sizeof binary_magics[0]; i++)
        if (slice_starts(bytes, binary_magics[i]))
            return true;
    return false;
}

/* How many NULs stand at each place of a group of four bytes. */
static void count_nuls(struct slice bytes, size_t *nuls)
{
    for (size_t i = 0; i < bytes.len; i++)
        nuls[i & 3] += bytes.ptr[i] == '\0';
}

/* Takes the candidate if the marks of a page appear only in it. */
static bool try_candidate(struct arena *arena, decoder *decode, enum encoding encoding,
                          size_t plain_marks, struct decoded *out)
{
    struct slice text = decode(arena, out->text);
    if (count_marks(text) <= plain_marks)
        return false;
    take(out, text, encoding, true);
    return true;
}

/* Text in ASCII has a NUL in most of its units, always on the same side. */
static bool is_side(size_t nuls, size_t others, size_t units)
{
    return nuls * 8 > units && others * 4 < nuls;
}

/* So many that no mark of a page that stands there by chance says otherwise. */
static bool is_surely_side(size_t nuls, size_t others, size_t units)
{
    return nuls * 4 > units * 3 && others * 64 < nuls;
}

/* UTF-16 of what has NULs itself, such as a database around the page: no side has more. */
static bool decode_stuffed(struct arena *arena, size_t plain_marks, struct decoded *out)
{
    return try_candidate(arena, from_utf16le, ENCODING_UTF16LE, plain_marks, out) ||
           try_candidate(arena, from_utf16be, ENCODING_UTF16BE, plain_marks, out);
}

static bool decode_nuls(struct arena *arena, struct decoded *out)
{
    size_t nuls[4] = { 0 }, units = out->text.len / 2;
    count_nuls(out->text, nuls);
    size_t even = nuls[0] + nuls[2], odd = nuls[1] + nuls[3];
    size_t plain = count_marks(out->text);
    bool many = even + odd > out->text.len / 2, big = nuls[0] > nuls[3];
    if (many &&
        try_candidate(arena, big ? from_utf32be : from_utf32le, ENCODING_UTF32, plain, out))
        return true;
    plain = is_surely_side(odd, even, units) || is_surely_side(even, odd, units) ? 0 : plain;
    if (is_side(odd, even, units) || has_hint(out->text, ENCODING_UTF16LE))
        return try_candidate(arena, from_utf16le, ENCODING_UTF16LE, plain, out);
    if (is_side(even, odd, units) || has_hint(out->text, ENCODING_UTF16BE))
        return try_candidate(arena, from_utf16be, ENCODING_UTF16BE, plain, out);
    return many && decode_stuffed(arena, plain, out);
}

static bool decode_ebcdic(struct arena *arena, struct decoded *out)
{
    bool hinted = has_hint(out->text, ENCODING_EBCDIC);
    if (!hinted && !ebcdic_is_likely(out->text))
        return false;
    /* The directive stands there in clear; the rest is not text without it. */
    size_t plain = hinted ? 0 : count_marks(out->text);
    return try_candidate(arena, ebcdic_decode, ENCODING_EBCDIC, plain, out);
}

#define UTF7_LETTERS 8   /* encoded ASCII that nobody has by chance */
#define UTF7_SEQUENCES 8 /* sequences that are all well formed: nor that */

/* Base64 of other things decodes to ASCII now and then. */
static bool encodes_ascii(const struct utf7_signs *signs)
{
    return signs->ascii * 2 > signs->units;
}

/* Is it what an encoder wrote? Ordinary code has plus signs that are just that. */
static bool is_utf7(struct slice text, const struct utf7_signs *signs)
{
    if (encodes_ascii(signs) && signs->ascii >= UTF7_LETTERS)
        return true;
    bool well_formed = signs->malformed == 0 && unicode_is_ascii(text);
    if (well_formed && (encodes_ascii(signs) || (signs->pluses && !signs->shifts) ||
                        signs->shifts + signs->pluses >= UTF7_SEQUENCES))
        return true;
    return has_hint(text, ENCODING_UTF7);
}

static void decode_utf7(struct arena *arena, struct decoded *out)
{
    if (slice_find_char(out->text, '+') == SIZE_MAX)
        return;
    struct utf7_signs signs = utf7_measure(out->text);
    if (signs.shifts + signs.pluses == 0)
        return;
    if (is_utf7(out->text, &signs))
        take(out, utf7_decode(arena, out->text), ENCODING_UTF7, signs.ascii > 0);
    else if (encodes_ascii(&signs))
        try_candidate(arena, utf7_decode, ENCODING_UTF7, count_marks(out->text), out);
}

/* Without a mark: NULs tell UTF-16, letters beyond ASCII may be EBCDIC, plus signs UTF-7. */
static void decode_unmarked(struct arena *arena, struct decoded *out)
{
    bool text_only = !is_binary_format(out->text);
    if (slice_find_char(out->text, '\0') != SIZE_MAX && text_only && decode_nuls(arena, out))
        return;
    if (text_only && !unicode_is_ascii(out->text) && !utf8_valid(out->text) &&
        decode_ebcdic(arena, out))
        return;
    decode_utf7(arena, out);
}

/* Control characters that no editor writes; 0x1a ends text files of DOS. */
static bool has_control(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 && !memchr("\t\n\r\f\v\x1a", text.ptr[i], 6))
            return true;
    return false;
}

void decode_page(struct arena *arena, struct slice bytes, struct decoded *out)
{
    *out = (struct decoded){ .text = bytes };
    if (!decode_marked(arena, bytes, out))
        decode_unmarked(arena, out);
    out->binary = has_control(out->text);
}
