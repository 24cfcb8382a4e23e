#include "evidence/source.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/file.h"
#include "base/memory.h"

#define HEAD_BYTES 4096
#define PACKED_BUFFER_BYTES 65536

/* A gzip file may not unpack to more than this many times its size, beyond the free allowance.
 */
#define BOMB_RATIO 200
#define BOMB_ALLOWANCE (UINT64_C(256) << 20)

struct source {
    struct file *file;
    uint64_t start, end; /* of the part, in the file */
    uint64_t position;   /* next byte of the file */
    enum source_kind kind;
    struct archive *archive; /* NULL for a plain file */
    const void *block;       /* unpacked, not yet given out; libarchive's */
    size_t block_len;
    uint64_t unpacked;
    char head[HEAD_BYTES]; /* first unpacked bytes, given out first */
    size_t head_len, head_pos;
    char *packed; /* PACKED_BUFFER_BYTES; NULL for a plain file */
};

const char *source_kind_name(enum source_kind kind)
{
    switch (kind) {
    case SOURCE_EMPTY:
        return "empty file";
    case SOURCE_TEXT:
        return "text";
    case SOURCE_UTF16LE:
    case SOURCE_UTF16BE:
        return "UTF-16 text";
    case SOURCE_EVTX:
        return "Windows event log";
    case SOURCE_ZIP:
        return "ZIP archive (unpack it first)";
    case SOURCE_BINARY:
        return "binary data";
    }
    return "unknown";
}

static int64_t read_plain(struct source *source, void *out, size_t len, struct err *err)
{
    uint64_t left = source->end - source->position;
    int64_t got =
        file_read(source->file, source->position, out, left < len ? (size_t)left : len, err);
    if (got > 0)
        source->position += (uint64_t)got;
    return got;
}

static la_ssize_t archive_pull(struct archive *archive, void *context, const void **bytes)
{
    struct source *source = context;
    struct err err = ERR_INIT;
    int64_t got = read_plain(source, source->packed, PACKED_BUFFER_BYTES, &err);
    if (got < 0)
        archive_set_error(archive, ARCHIVE_FATAL, "%s", err.msg);
    *bytes = source->packed;
    return (la_ssize_t)got;
}

/* Formats are registered by name, never "all": what is not wanted cannot be attacked. */
static int open_gzip(struct source *source, struct err *err)
{
    struct archive_entry *entry;
    source->packed = mem_alloc(PACKED_BUFFER_BYTES);
    source->archive = archive_read_new();
    if (!source->archive || archive_read_support_filter_gzip(source->archive) != ARCHIVE_OK ||
        archive_read_support_format_raw(source->archive) != ARCHIVE_OK)
        return err_set(err, ERR_RESOURCE, "cannot set up gzip");
    if (archive_read_open(source->archive, source, NULL, archive_pull, NULL) != ARCHIVE_OK ||
        archive_read_next_header(source->archive, &entry) != ARCHIVE_OK)
        return err_set(err, ERR_EVIDENCE, "damaged gzip: %s",
                       archive_error_string(source->archive));
    return 0;
}

static int64_t read_gzip(struct source *source, void *out, size_t len, struct err *err)
{
    /* Block by block: archive_read_data() drops what it has when it meets damage. */
    while (source->block_len == 0) {
        la_int64_t offset;
        int got = archive_read_data_block(source->archive, &source->block, &source->block_len,
                                          &offset);
        if (got == ARCHIVE_EOF)
            return 0;
        if (got < ARCHIVE_OK)
            return err_set(err, ERR_EVIDENCE, "damaged gzip: %s",
                           archive_error_string(source->archive));
    }
    size_t n = source->block_len < len ? source->block_len : len;
    memcpy(out, source->block, n);
    source->block = (const char *)source->block + n;
    source->block_len -= n;
    source->unpacked += n;
    if (source->unpacked > BOMB_ALLOWANCE && source->unpacked / BOMB_RATIO > source->position)
        return err_set(err, ERR_EVIDENCE,
                       "gzip unpacks to more than %d times its size; stopped", BOMB_RATIO);
    return (int64_t)n;
}

static int64_t read_raw(struct source *source, void *out, size_t len, struct err *err)
{
    return source->archive ? read_gzip(source, out, len, err)
                           : read_plain(source, out, len, err);
}

/* UTF-16 without a mark: in Latin text every second byte is zero. */
static enum source_kind guess_utf16(const char *head, size_t len)
{
    size_t zero[2] = { 0, 0 };
    for (size_t i = 0; i < len; i++)
        zero[i % 2] += head[i] == '\0';
    size_t half = len / 2;
    if (half < 8)
        return SOURCE_TEXT;
    if (zero[1] > half * 9 / 10 && zero[0] < half / 10)
        return SOURCE_UTF16LE;
    return zero[0] > half * 9 / 10 && zero[1] < half / 10 ? SOURCE_UTF16BE : SOURCE_TEXT;
}

/* A log starts with printable text; zeros may follow (a crash leaves zero-filled tails). */
static bool looks_like_text(const char *head, size_t len)
{
    size_t odd = 0, seen = len < 512 ? len : 512;
    for (size_t i = 0; i < seen; i++) {
        unsigned char c = (unsigned char)head[i];
        odd += (c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f;
    }
    return odd * 10 <= seen;
}

static enum source_kind classify(const char *head, size_t len)
{
    if (len == 0)
        return SOURCE_EMPTY;
    if (len >= 2 && memcmp(head, "\xff\xfe", 2) == 0)
        return SOURCE_UTF16LE;
    if (len >= 2 && memcmp(head, "\xfe\xff", 2) == 0)
        return SOURCE_UTF16BE;
    if (len >= 8 && memcmp(head, "ElfFile\0", 8) == 0)
        return SOURCE_EVTX;
    if (len >= 4 && memcmp(head, "PK\3\4", 4) == 0)
        return SOURCE_ZIP;
    enum source_kind kind = guess_utf16(head, len);
    size_t first = 0; /* a crash leaves zeros where a buffer should be, behind or in front */
    while (len > 0 && head[len - 1] == '\0')
        len--;
    while (first < len && head[first] == '\0')
        first++;
    if (kind == SOURCE_TEXT && (len == 0 || !looks_like_text(head + first, len - first)))
        return SOURCE_BINARY;
    return kind;
}

static int fill_head(struct source *source, struct err *err)
{
    int64_t got;
    do {
        got = read_raw(source, source->head + source->head_len, HEAD_BYTES - source->head_len,
                       err);
        if (got < 0)
            return -1;
        source->head_len += (size_t)got;
    } while (got > 0 && source->head_len < HEAD_BYTES);
    return 0;
}

static int open_stream(struct source *source, struct err *err)
{
    char magic[2];
    uint64_t start = source->start;
    int64_t got = file_read(source->file, 0, magic, sizeof magic, err);
    if (got < 0)
        return -1;
    if (start == 0 && got == 2 && memcmp(magic, "\x1f\x8b", 2) == 0 &&
        open_gzip(source, err) < 0)
        return -1;
    if (fill_head(source, err) < 0)
        return -1;
    source->kind = start ? SOURCE_TEXT : classify(source->head, source->head_len);
    return 0;
}

int source_open(struct source **out, const char *path, uint64_t start, uint64_t length,
                struct err *err)
{
    struct source *source = mem_alloc(sizeof *source);
    if (file_open(path, &source->file, err) < 0) {
        free(source);
        return -1;
    }
    source->start = source->position = start;
    source->end = length > UINT64_MAX - start ? UINT64_MAX : start + length;
    if (open_stream(source, err) < 0) {
        source_close(source);
        return -1;
    }
    *out = source;
    return 0;
}

void source_close(struct source *source)
{
    if (!source)
        return;
    if (source->archive)
        archive_read_free(source->archive);
    file_close(source->file);
    free(source->packed);
    free(source);
}

enum source_kind source_kind(const struct source *source)
{
    return source->kind;
}

bool source_is_compressed(const struct source *source)
{
    return source->archive != NULL;
}

int64_t source_read(struct source *source, void *out, size_t len, struct err *err)
{
    size_t left = source->head_len - source->head_pos;
    if (left == 0)
        return read_raw(source, out, len, err);
    size_t n = left < len ? left : len;
    memcpy(out, source->head + source->head_pos, n);
    source->head_pos += n;
    return (int64_t)n;
}

void source_skip(struct source *source, size_t len)
{
    size_t left = source->head_len - source->head_pos, n = left < len ? left : len;
    assert(!source->archive);
    source->head_pos += n;
    source->position += len - n;
}

uint64_t source_position(const struct source *source)
{
    return source->position;
}

int source_changed(const struct source *source)
{
    uint64_t then = file_size(source->file), now = file_size_now(source->file);
    if (now < then)
        return 1;
    return now > then ? 2 : 0;
}
