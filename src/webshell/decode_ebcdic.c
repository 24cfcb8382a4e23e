#include "webshell/decode_internal.h"

/*
 * IBM037 as ISO 8859-1, from IBM's character data (CDRA, code page 00037; the same as glibc's
 * IBM037). Both line ends of EBCDIC, NL 0x15 and LF 0x25, are one.
 */
static const uint8_t code_page_037[256] = {
    0x00, 0x01, 0x02, 0x03, 0x9c, 0x09, 0x86, 0x7f, 0x97, 0x8d, 0x8e, 0x0b, 0x0c, 0x0d, 0x0e,
    0x0f, 0x10, 0x11, 0x12, 0x13, 0x9d, 0x0a, 0x08, 0x87, 0x18, 0x19, 0x92, 0x8f, 0x1c, 0x1d,
    0x1e, 0x1f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x0a, 0x17, 0x1b, 0x88, 0x89, 0x8a, 0x8b, 0x8c,
    0x05, 0x06, 0x07, 0x90, 0x91, 0x16, 0x93, 0x94, 0x95, 0x96, 0x04, 0x98, 0x99, 0x9a, 0x9b,
    0x14, 0x15, 0x9e, 0x1a, 0x20, 0xa0, 0xe2, 0xe4, 0xe0, 0xe1, 0xe3, 0xe5, 0xe7, 0xf1, 0xa2,
    0x2e, 0x3c, 0x28, 0x2b, 0x7c, 0x26, 0xe9, 0xea, 0xeb, 0xe8, 0xed, 0xee, 0xef, 0xec, 0xdf,
    0x21, 0x24, 0x2a, 0x29, 0x3b, 0xac, 0x2d, 0x2f, 0xc2, 0xc4, 0xc0, 0xc1, 0xc3, 0xc5, 0xc7,
    0xd1, 0xa6, 0x2c, 0x25, 0x5f, 0x3e, 0x3f, 0xf8, 0xc9, 0xca, 0xcb, 0xc8, 0xcd, 0xce, 0xcf,
    0xcc, 0x60, 0x3a, 0x23, 0x40, 0x27, 0x3d, 0x22, 0xd8, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66,
    0x67, 0x68, 0x69, 0xab, 0xbb, 0xf0, 0xfd, 0xfe, 0xb1, 0xb0, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e,
    0x6f, 0x70, 0x71, 0x72, 0xaa, 0xba, 0xe6, 0xb8, 0xc6, 0xa4, 0xb5, 0x7e, 0x73, 0x74, 0x75,
    0x76, 0x77, 0x78, 0x79, 0x7a, 0xa1, 0xbf, 0xd0, 0xdd, 0xde, 0xae, 0x5e, 0xa3, 0xa5, 0xb7,
    0xa9, 0xa7, 0xb6, 0xbc, 0xbd, 0xbe, 0x5b, 0x5d, 0xaf, 0xa8, 0xb4, 0xd7, 0x7b, 0x41, 0x42,
    0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0xad, 0xf4, 0xf6, 0xf2, 0xf3, 0xf5, 0x7d, 0x4a,
    0x4b, 0x4c, 0x4d, 0x4e, 0x4f, 0x50, 0x51, 0x52, 0xb9, 0xfb, 0xfc, 0xf9, 0xfa, 0xff, 0x5c,
    0xf7, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0xb2, 0xd4, 0xd6, 0xd2, 0xd3, 0xd5,
    0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0xb3, 0xdb, 0xdc, 0xd9, 0xda,
    0x9f,
};

/*
 * The Latin code pages differ in these characters of ASCII only; for each, the byte that stands
 * for it. From the same source. The pages with a euro sign (1140 to 1149) are those in front of
 * them here: 1140 is 037, 1141 is 273 and so on.
 */
#define VARIANTS "!\"#$@[\\]^`{|}~"
#define VARIANT_COUNT (sizeof VARIANTS - 1)

static const struct {
    unsigned number;
    unsigned char bytes[VARIANT_COUNT + 1];
} code_pages[] = {
    /* The likeliest first: the first of equals is taken. */
    { 37, "\x5a\x7f\x7b\x5b\x7c\xba\xe0\xbb\xb0\x79\xc0\x4f\xd0\xa1" },
    { 500, "\x4f\x7f\x7b\x5b\x7c\x4a\xe0\x5a\x5f\x79\xc0\xbb\xd0\xa1" },
    { 1047, "\x5a\x7f\x7b\x5b\x7c\xad\xe0\xbd\x5f\x79\xc0\x4f\xd0\xa1" },
    { 1026, "\x4f\xfc\xec\xad\xae\x68\xdc\xac\x5f\x8d\x48\xbb\x8c\xcc" },
    { 273, "\x4f\x7f\x7b\x5b\xb5\x63\xec\xfc\x5f\x79\x43\xbb\xdc\x59" },
    { 277, "\x4f\x7f\x4a\x67\x80\x9e\xe0\x9f\x5f\x79\x9c\xbb\x47\xdc" },
    { 278, "\x4f\x7f\x63\x67\xec\xb5\x71\x9f\x5f\x51\x43\xbb\x47\xdc" },
    { 280, "\x4f\x7f\xb1\x5b\xb5\x90\x48\x51\x5f\xdd\x44\xbb\x54\x58" },
    { 284, "\xbb\x7f\x69\x5b\x7c\x4a\xe0\x5a\xba\x79\xc0\x4f\xd0\xbd" },
    { 285, "\x5a\x7f\x7b\x4a\x7c\xb1\xe0\xbb\xba\x79\xc0\x4f\xd0\xbc" },
    { 297, "\x4f\x7f\xb1\x5b\x44\x90\x48\xb5\x5f\xa0\x51\xbb\x54\xbd" },
    { 871, "\x4f\x7f\x7b\x5b\xac\xae\xbe\x9e\xec\x8c\x8e\xbb\x9c\xcc" },
};
#define CODE_PAGE_COUNT (sizeof code_pages / sizeof code_pages[0])

#define PLACE_HOLDER 0xbf /* for a national letter that is not told from others */

static void table_of(size_t page, uint8_t *table)
{
    memcpy(table, code_page_037, 256);
    for (size_t i = 0; i < VARIANT_COUNT; i++)
        table[code_pages[0].bytes[i]] = PLACE_HOLDER;
    for (size_t i = 0; i < VARIANT_COUNT; i++)
        table[code_pages[page].bytes[i]] = (uint8_t)VARIANTS[i];
}

static void count_bytes(struct slice bytes, size_t *counts)
{
    for (size_t i = 0; i < bytes.len; i++)
        counts[(unsigned char)bytes.ptr[i]]++;
}

static size_t difference(size_t a, size_t b)
{
    return a > b ? a - b : b - a;
}

/* How much the text looks wrong by this table: what is not ASCII, brackets without partner. */
static size_t oddness(const uint8_t *table, const size_t *counts)
{
    size_t of[256] = { 0 }, odd = 0;
    for (size_t byte = 0; byte < 256; byte++)
        of[table[byte]] += counts[byte];
    for (size_t c = 0x80; c < 256; c++)
        odd += 2 * of[c];
    return odd + difference(of['['], of[']']) + difference(of['{'], of['}']);
}

/* "<%" and "%>": the same in all of these code pages. */
#define BLOCK_BEGIN SLICE_LIT("\x4c\x6c")
#define BLOCK_END SLICE_LIT("\x6c\x6e")
#define BLOCK_BYTES_MAX 65536U
#define BLOCK_BYTES_MIN 6U

static bool is_blank_or(uint8_t c, uint8_t first, uint8_t last)
{
    return (c >= first && c <= last) || c == '\n' || c == '\r' || c == '\t';
}

/* Mostly letters and signs, of any nation. */
static bool is_text(struct slice bytes)
{
    size_t good = 0;
    for (size_t i = 0; i < bytes.len; i++)
        good += is_blank_or(code_page_037[(unsigned char)bytes.ptr[i]], 0x20, 0xff);
    return good >= bytes.len - bytes.len / 16;
}

/* Mostly ASCII. */
static bool is_code(struct slice bytes)
{
    size_t good = 0;
    for (size_t i = 0; i < bytes.len; i++)
        good += is_blank_or(code_page_037[(unsigned char)bytes.ptr[i]], 0x20, 0x7e);
    return good >= bytes.len - bytes.len / 4;
}

/* The next block of code behind *at, which moves behind it; absent: there is none. */
static struct slice next_block(struct slice bytes, size_t *at)
{
    for (;;) {
        struct slice rest = slice_from_offset(bytes, *at);
        size_t begin = slice_find(rest, BLOCK_BEGIN);
        if (begin == SIZE_MAX)
            return SLICE_NULL;
        rest = slice_first(slice_from_offset(rest, begin + 2), BLOCK_BYTES_MAX);
        size_t end = slice_find(rest, BLOCK_END);
        *at += begin + 2;
        struct slice block = slice_first(rest, end);
        if (end != SIZE_MAX && end >= BLOCK_BYTES_MIN && is_code(block)) {
            *at += end;
            return block;
        }
    }
}

/* What a picture has in front of the code says nothing of the code page. */
static void count_code(struct slice bytes, size_t *counts)
{
    size_t at = 0;
    struct slice block = is_text(bytes) ? SLICE_NULL : next_block(bytes, &at);
    if (block.ptr == NULL)
        count_bytes(bytes, counts);
    for (; block.ptr != NULL; block = next_block(bytes, &at))
        count_bytes(block, counts);
}

static size_t best_code_page(const size_t *counts)
{
    size_t best = 0, least = SIZE_MAX;
    for (size_t page = 0; page < CODE_PAGE_COUNT; page++) {
        uint8_t table[256];
        table_of(page, table);
        size_t odd = oddness(table, counts);
        if (odd < least) {
            least = odd;
            best = page;
        }
    }
    return best;
}

bool ebcdic_is_likely(struct slice bytes)
{
    size_t counts[256] = { 0 }, letters = 0, text = 0;
    count_bytes(bytes, counts);
    for (size_t byte = 0; byte < 256; byte++)
        text += code_page_037[byte] >= 0x20 && code_page_037[byte] < 0x7f ? counts[byte] : 0;
    for (size_t byte = 0x81; byte < 0xea; byte++)
        if (code_page_037[byte] < 0x80 && ascii_is_alnum((char)code_page_037[byte]))
            letters += counts[byte];
    /* A page may be stuffed with blanks and marks, or with anything around its code. */
    if (letters >= 4 && (letters > bytes.len / 10 || text > bytes.len - bytes.len / 8))
        return true;
    size_t at = 0;
    return next_block(bytes, &at).ptr != NULL;
}

struct slice ebcdic_decode(struct arena *arena, struct slice bytes)
{
    size_t counts[256] = { 0 }, of_code[256] = { 0 }, wide = 0, len = 0;
    uint8_t table[256];
    count_bytes(bytes, counts);
    count_code(bytes, of_code);
    table_of(best_code_page(of_code), table);
    for (size_t byte = 0; byte < 256; byte++)
        wide += table[byte] >= 0x80 ? counts[byte] : 0;
    char *out = arena_alloc(arena, bytes.len + wide + 1);
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = table[(unsigned char)bytes.ptr[i]];
        if (c >= 0x80)
            out[len++] = (char)(0xc0 | c >> 6);
        out[len++] = (char)(c < 0x80 ? c : 0x80 | (c & 0x3f));
    }
    return slice_of(out, len);
}
