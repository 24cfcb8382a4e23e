/*
 * File header, chunk header, and the walk from record to record.
 *
 *   file   "ElfFile\0"  0   first chunk u64 8, last chunk 16, next record id 24, header size
 *                           u32 32 (128), minor u16 36, major 38, block size 40 (4,096),
 *                           chunks 42, flags u32 120 (1 dirty, 2 full, 4 no CRC), CRC 124
 *   chunk  "ElfChnk\0"  0   first and last record number u64 8, 16, first and last record id
 *                           24, 32, header size u32 40, last record 44, end of records 48, CRC
 *                           of the records 52, flags 120 (1 dirty, 4 no CRC), CRC of the header
 *                           124, names by hash 128 (64 × u32), templates by hash 384 (32 × u32)
 *   record 2a 2a 00 00  0   size u32 4, record id u64 8, FILETIME u64 16, BinXML 24, size u32
 *
 * Sources: MS-EVEN6; libevtx, "Windows XML Event Log (EVTX) format".
 */
#include "events/evtx.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <stdlib.h>

#include "events/evtx_internal.h"

#define HEADER_BYTES 128
#define RECORDS_START EVTX_CHUNK_HEADER_BYTES
#define RECORD_HEAD 24
#define RECORD_LEAST (RECORD_HEAD + 4)
#define FLAG_DIRTY 1
#define FLAG_FULL 2
#define FLAG_NO_CRC 4

int64_t filetime_ms(uint64_t filetime)
{
    const uint64_t ticks = 10000;
    if (filetime == 0 || filetime / ticks > (uint64_t)(TIME_LAST - TIME_FIRST))
        return TIME_NONE;
    return TIME_FIRST + (int64_t)(filetime / ticks);
}

/* --- the file's header ----------------------------------------------------------------------
 */

static unsigned file_flags(const uint8_t *p, const struct evtx_file_info *info)
{
    unsigned flags = 0, said = get_u32(p + 120);
    if (said & FLAG_DIRTY)
        flags |= EVTX_FILE_DIRTY;
    if (said & FLAG_FULL)
        flags |= EVTX_FILE_FULL;
    if (!(said & FLAG_NO_CRC) && libdeflate_crc32(0, p, 120) != get_u32(p + 124))
        flags |= EVTX_FILE_BAD_CRC;
    if (info->major != 3 || (info->minor != 1 && info->minor != 2) ||
        get_u32(p + 32) != HEADER_BYTES || get_u16(p + 40) != EVTX_FILE_HEADER_BYTES)
        flags |= EVTX_FILE_BAD_VERSION;
    return flags;
}

unsigned evtx_file_check(const void *bytes, size_t len, struct evtx_file_info *out)
{
    const uint8_t *p = bytes;
    *out = (struct evtx_file_info){ 0 };
    if (len < 8 || memcmp(p, "ElfFile", 8) != 0)
        return EVTX_FILE_NOT_EVTX;
    if (len < HEADER_BYTES)
        return EVTX_FILE_TRUNCATED;
    *out = (struct evtx_file_info){ .major = get_u16(p + 38),
                                    .minor = get_u16(p + 36),
                                    .chunks = get_u16(p + 42),
                                    .next_number = get_u64(p + 24) };
    unsigned flags = file_flags(p, out);
    return len < EVTX_FILE_HEADER_BYTES ? flags | EVTX_FILE_TRUNCATED : flags;
}

/* --- the reader -----------------------------------------------------------------------------
 */

struct evtx *evtx_new(void)
{
    struct evtx *reader = mem_alloc(sizeof *reader);
    reader->ops.words = mem_alloc(OPS_MAX * sizeof *reader->ops.words);
    reader->values = mem_alloc(VALUES_MAX * sizeof *reader->values);
    reader->columns = mem_alloc(VALUES_MAX * sizeof *reader->columns);
    reader->descriptors = mem_alloc(DESCRIPTORS_MAX * sizeof *reader->descriptors);
    texts_init(reader);
    shapes_init(&reader->shapes);
    programs_init(&reader->programs);
    return reader;
}

void evtx_free(struct evtx *reader)
{
    if (!reader)
        return;
    texts_deinit(&reader->texts);
    shapes_deinit(&reader->shapes);
    programs_deinit(&reader->programs);
    arena_deinit(&reader->chunk_scratch);
    arena_deinit(&reader->record_scratch);
    buf_deinit(&reader->text);
    free(reader->ops.words);
    free(reader->slots);
    free(reader->parts);
    free(reader->values);
    free(reader->columns);
    free(reader->descriptors);
    free(reader);
}

/* --- chunks ---------------------------------------------------------------------------------
 */

static bool is_zero(const uint8_t *p, size_t len)
{
    return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

/* Forgets the last chunk; what is known of its offsets goes by the number. */
static void start_chunk(struct evtx *reader, const void *bytes, size_t len)
{
    if (++reader->serial > UINT16_MAX) {
        memset(reader->names, 0, sizeof reader->names);
        memset(reader->at, 0, sizeof reader->at);
        reader->serial = 1;
    }
    texts_end_chunk(&reader->texts);
    programs_start_chunk(&reader->programs);
    arena_reset(&reader->chunk_scratch);
    reader->chunk = bytes;
    reader->chunk_len = (uint32_t)(len < EVTX_CHUNK_BYTES ? len : EVTX_CHUNK_BYTES);
    reader->pos = reader->end = RECORDS_START;
    reader->by_magic = false;
    reader->has_last = false;
    reader->work = CHUNK_WORK;
}

/* A record's header at `pos`, of a size that fits in front of `end`. */
static bool is_record(const uint8_t *chunk, uint32_t pos, uint32_t end)
{
    if (pos > end || end - pos < RECORD_LEAST || memcmp(chunk + pos, "**\0", 4) != 0)
        return false;
    uint32_t size = get_u32(chunk + pos + 4);
    return size >= RECORD_LEAST && size <= end - pos;
}

static bool is_whole_record(const uint8_t *chunk, uint32_t pos, uint32_t end)
{
    if (!is_record(chunk, pos, end))
        return false;
    uint32_t size = get_u32(chunk + pos + 4);
    return get_u32(chunk + pos + size - 4) == size;
}

/* Do the last record and the end of the records, as the header has them, agree? */
static bool offsets_agree(const uint8_t *chunk, uint32_t len)
{
    uint32_t last = get_u32(chunk + 44), end = get_u32(chunk + 48);
    if (end > len || end == RECORDS_START)
        return true;
    return last >= RECORDS_START && is_record(chunk, last, end) &&
           last + get_u32(chunk + last + 4) == end;
}

static bool header_crc_is_good(const uint8_t *chunk)
{
    uint32_t crc = libdeflate_crc32(0, chunk, 120);
    crc = libdeflate_crc32(crc, chunk + HEADER_BYTES, RECORDS_START - HEADER_BYTES);
    return crc == get_u32(chunk + 124);
}

static bool data_crc_is_good(const uint8_t *chunk, uint32_t end)
{
    return libdeflate_crc32(0, chunk + RECORDS_START, end - RECORDS_START) ==
           get_u32(chunk + 52);
}

/*
 * Where the records end. What lies behind was left by an earlier use of the chunk and is not
 * read. Only when the header is damaged is its end not believed, unless the last record is
 * where it says.
 */
static unsigned find_end(struct evtx *reader, bool header_good, bool check_data)
{
    const uint8_t *chunk = reader->chunk;
    uint32_t end = get_u32(chunk + 48), len = reader->chunk_len;
    reader->end = end < len ? end : len;
    if (end < RECORDS_START || end > EVTX_CHUNK_BYTES ||
        (!header_good && !offsets_agree(chunk, len))) {
        reader->end = len;
        reader->by_magic = true;
        return EVTX_CHUNK_BAD_OFFSETS;
    }
    if (end > len)
        return EVTX_CHUNK_TRUNCATED;
    return check_data && !data_crc_is_good(chunk, end) ? EVTX_CHUNK_BAD_DATA_CRC : 0;
}

static unsigned read_header(struct evtx *reader, struct evtx_chunk_info *out)
{
    const uint8_t *chunk = reader->chunk;
    uint32_t said = get_u32(chunk + 120);
    bool has_crc = !(said & FLAG_NO_CRC), header_good = has_crc && header_crc_is_good(chunk);
    unsigned flags = find_end(reader, header_good, has_crc);
    out->first_number = get_u64(chunk + 24);
    out->last_number = get_u64(chunk + 32);
    if (said & FLAG_DIRTY)
        flags |= EVTX_CHUNK_DIRTY;
    if (has_crc && !header_good)
        flags |= EVTX_CHUNK_BAD_HEADER_CRC;
    if (reader->end == RECORDS_START)
        flags |= EVTX_CHUNK_EMPTY;
    return flags;
}

static unsigned read_chunk(struct evtx *reader, struct evtx_chunk_info *out)
{
    const uint8_t *chunk = reader->chunk;
    uint32_t len = reader->chunk_len;
    if (is_zero(chunk, len))
        return len < RECORDS_START ? EVTX_CHUNK_EMPTY | EVTX_CHUNK_TRUNCATED : EVTX_CHUNK_EMPTY;
    if (len < RECORDS_START)
        return EVTX_CHUNK_TRUNCATED |
               (memcmp(chunk, "ElfChnk", len < 8 ? len : 8) != 0 ? EVTX_CHUNK_BAD_MAGIC : 0);
    if (memcmp(chunk, "ElfChnk", 8) == 0)
        return read_header(reader, out);
    reader->end = len;
    reader->by_magic = true;
    return EVTX_CHUNK_BAD_MAGIC;
}

int evtx_chunk(struct evtx *reader, const void *bytes, size_t len, struct evtx_chunk_info *out)
{
    start_chunk(reader, bytes, len);
    *out = (struct evtx_chunk_info){ .first_number = 1 };
    out->flags = read_chunk(reader, out);
    out->used = reader->end;
    return (int)out->flags;
}

size_t evtx_chunk_need(const void *header)
{
    const uint8_t *p = header;
    uint32_t end = get_u32(p + 48);
    bool sound = memcmp(p, "ElfChnk", 8) == 0 && !(get_u32(p + 120) & FLAG_NO_CRC) &&
                 header_crc_is_good(p);
    return sound && end >= RECORDS_START && end <= EVTX_CHUNK_BYTES ? end : EVTX_CHUNK_BYTES;
}

void evtx_again(struct evtx *reader, uint32_t offset, size_t len)
{
    uint32_t end = reader->end;
    start_chunk(reader, reader->chunk, len); /* what failed may be remembered */
    reader->pos = offset;
    reader->end = end;
}

/* --- records --------------------------------------------------------------------------------
 */

/* The next whole record behind `pos`, or the end. */
static uint32_t find_record(const struct evtx *reader, uint32_t pos)
{
    const uint8_t *chunk = reader->chunk;
    while (pos < reader->end) {
        const uint8_t *star = memchr(chunk + pos, '*', reader->end - pos);
        if (!star)
            return reader->end;
        pos = (uint32_t)(star - chunk);
        if (is_whole_record(chunk, pos, reader->end))
            return pos;
        pos++;
    }
    return reader->end;
}

/* Skips to the next record; what is left out is told, unless it is room that was never used. */
static int skip_damage(struct evtx *reader, struct evtx_record *out, struct err *err,
                       const char *why)
{
    uint32_t start = reader->pos;
    reader->pos = find_record(reader, start + 1);
    out->offset = start;
    out->size = reader->pos - start;
    if (reader->by_magic && is_zero(reader->chunk + start, out->size))
        return 0;
    return err_set(err, ERR_EVIDENCE, "record at %" PRIu32 ": %s", start, why);
}

static const char *what_is_wrong(const struct evtx *reader)
{
    const uint8_t *p = reader->chunk + reader->pos;
    uint32_t room = reader->end - reader->pos;
    if (room < RECORD_LEAST)
        return "bytes that are no record";
    if (memcmp(p, "**\0", 4) != 0)
        return "it does not begin as a record does";
    return get_u32(p + 4) < RECORD_LEAST ? "its size is too small"
                                         : "it is longer than the chunk";
}

/* Where the walk goes on behind the record at reader->pos. A size that is torn is not believed
 * when it does not lead to a record. */
static uint32_t next_record(const struct evtx *reader, bool torn)
{
    uint32_t next = reader->pos + get_u32(reader->chunk + reader->pos + 4);
    if (!torn || next == reader->end || is_record(reader->chunk, next, reader->end))
        return next;
    return find_record(reader, reader->pos + 4);
}

/* Values and shape of the record at reader->pos. */
static bool read_record(struct evtx *reader, struct evtx_record *out)
{
    struct program *first;
    size_t may_cost = reader->work < RECORD_WORK ? reader->work : RECORD_WORK;
    if (reader->record_scratch.used > 0)
        arena_reset(&reader->record_scratch);
    reader->left = may_cost;
    reader->flags = 0;
    bool read = evtx_walk_record(reader, out->offset + RECORD_HEAD, out->offset + out->size - 4,
                                 &first);
    reader->work -= may_cost - reader->left;
    if (!read)
        return false;
    out->shape = evtx_shape_get(reader, first ? first->last : NULL);
    if (first && !out->shape->passing)
        first->last = out->shape;
    out->values = reader->values;
    out->flags |= reader->flags;
    return true;
}

static int take_record(struct evtx *reader, struct evtx_record *out, struct err *err)
{
    const uint8_t *p = reader->chunk + reader->pos;
    out->offset = reader->pos;
    out->size = get_u32(p + 4);
    out->number = get_u64(p + 8);
    out->written = filetime_ms(get_u64(p + 16));
    bool torn = get_u32(p + out->size - 4) != out->size;
    out->flags = torn ? EVTX_RECORD_TORN : 0;
    reader->last_number = out->number;
    reader->has_last = true;
    reader->pos = next_record(reader, torn);
    if (!read_record(reader, out))
        return err_set(err, ERR_EVIDENCE, "record %" PRIu64 " at %" PRIu32 ": %s", out->number,
                       out->offset, reader->why);
    return 1;
}

/* Without offsets to go by, what an earlier use of the chunk left shows by its record ids. */
static bool is_left_over(const struct evtx *reader)
{
    return reader->by_magic && reader->has_last &&
           get_u64(reader->chunk + reader->pos + 8) <= reader->last_number;
}

static int skip_left_over(struct evtx *reader, struct evtx_record *out, struct err *err)
{
    const uint8_t *p = reader->chunk + reader->pos;
    out->offset = reader->pos;
    out->size = get_u32(p + 4);
    out->number = get_u64(p + 8);
    reader->pos =
        next_record(reader, !is_whole_record(reader->chunk, reader->pos, reader->end));
    return err_set(err, ERR_EVIDENCE,
                   "record %" PRIu64 " at %" PRIu32
                   ": it has a lower id than the one in front, as left-overs have",
                   out->number, out->offset);
}

int evtx_next(struct evtx *reader, struct evtx_record *out, struct err *err)
{
    *out = (struct evtx_record){ .written = TIME_NONE };
    while (reader->pos < reader->end) {
        if (is_record(reader->chunk, reader->pos, reader->end))
            return is_left_over(reader) ? skip_left_over(reader, out, err)
                                        : take_record(reader, out, err);
        int skipped = skip_damage(reader, out, err, what_is_wrong(reader));
        if (skipped < 0)
            return skipped;
    }
    return 0;
}
