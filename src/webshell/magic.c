#include "webshell/split_internal.h"

/* First bytes of files that are no pages; letters in any case, as "gif89a" is written too. */
static const struct {
    const char *bytes;
    unsigned char len;
    const char *what;
} magics[] = {
    { "GIF8", 4, "a GIF image" },
    { "\x89PNG", 4, "a PNG image" },
    { "\xff\xd8\xff", 3, "a JPEG image" },
    { "\x00\x00\x01\x00", 4, "an icon" },
    { "II*\0", 4, "a TIFF image" },
    { "MM\0*", 4, "a TIFF image" },
    { "RIFF", 4, "an image, sound or film" },
    { "ID3", 3, "a sound file" },
    { "%PDF", 4, "a PDF document" },
    { "{\\rtf", 5, "an RTF document" },
    { "\xd0\xcf\x11\xe0", 4, "an Office document" },
    { "PK\x03\x04", 4, "a ZIP archive" },
    { "Rar!", 4, "a RAR archive" },
    { "7z\xbc\xaf", 4, "a 7-Zip archive" },
    { "\x1f\x8b", 2, "a gzip archive" },
    { "!BDN", 4, "a PST" },
    { "MZ", 2, "a program" },
    { "\x7f"
      "ELF",
      4, "a program" },
    { "\xca\xfe\xba\xbe", 4, "a Java class" },
    { "-----BEGIN NEW CERT", 19, "a certificate request" },
    { "-----BEGIN CERTIFICATE R", 24, "a certificate request" },
    { "-----BEGIN CERT", 15, "a certificate" },
    { "-----BEGIN", 10, "a key" },
};
#define MAGIC_COUNT (sizeof magics / sizeof magics[0])

/* A bitmap tells its size in its header; "BM" alone begins too many words. */
static bool is_bitmap(struct slice text)
{
    return text.len > 14 && slice_starts(text, SLICE_LIT("BM")) &&
           memcmp(text.ptr + 6, "\0\0\0\0", 4) == 0;
}

/*
 * ASN.1 DER: a SEQUENCE with a length of two bytes that holds another or, in a certificate
 * store, an INTEGER. What Exchange exports as a request or a certificate starts so (X.690).
 */
static bool is_der(struct slice text)
{
    return text.len > 8 && text.ptr[0] == 0x30 && text.ptr[1] == (char)0x82 &&
           (text.ptr[4] == 0x30 || text.ptr[4] == 0x02);
}

const char *magic_of(struct slice text)
{
    for (size_t i = 0; i < MAGIC_COUNT; i++)
        if (slice_icase_starts(text, slice_of(magics[i].bytes, magics[i].len)))
            return magics[i].what;
    if (is_bitmap(text))
        return "a bitmap";
    return is_der(text) ? "a certificate or a request for one" : NULL;
}
