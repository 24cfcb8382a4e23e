#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "hunt/reader_internal.h"

#define DAMAGE_TOLD_MAX 64 /* of one part; the rest is summed up in one */
#define PROGRESS_BYTES (8U << 20)

struct reader *reader_new(const struct reader_sink *sink)
{
    struct reader *reader = mem_alloc(sizeof *reader);
    reader->sink = *sink;
    reader->evtx = evtx_new();
    return reader;
}

void reader_free(struct reader *reader)
{
    if (!reader)
        return;
    evtx_free(reader->evtx);
    free(reader->chunk);
    free(reader);
}

void reader_stop(struct reader *reader)
{
    reader->stopped = true;
}

void reader_report_damage(struct reader *reader, uint64_t offset, const char *reason)
{
    if (reader->damages++ < DAMAGE_TOLD_MAX && reader->sink.damage)
        reader->sink.damage(reader->sink.context, offset, reason);
}

void reader_sum_up_damage(struct reader *reader)
{
    char text[64];
    if (reader->damages <= DAMAGE_TOLD_MAX)
        return;
    uint64_t more = reader->damages - DAMAGE_TOLD_MAX;
    reader->damages = 0;
    snprintf(text, sizeof text, "%" PRIu64 " more damaged places", more);
    reader_report_damage(reader, 0, text);
}

void reader_report_progress(struct reader *reader, const struct source *source)
{
    uint64_t position = source_position(source);
    if (position < reader->progress + PROGRESS_BYTES)
        return;
    reader->progress = position;
    if (reader->sink.progress)
        reader->sink.progress(reader->sink.context, position);
}

void reader_report_end(struct reader *reader, const struct source *source)
{
    if (reader->sink.end)
        reader->sink.end(reader->sink.context);
    if (source_changed(source) == 1)
        reader_report_damage(reader, source_position(source),
                             "the file shrank while it was read");
    reader_sum_up_damage(reader);
}

/* Where the source of a part starts: one byte earlier tells whether a line starts with it. */
static uint64_t source_start(const struct reader_part *part, enum reader_split split)
{
    if (part->start == 0)
        return 0;
    return split == READER_SPLIT_CHUNKS ? reader_log_start(part->start) : part->start - 1;
}

static void read_source(struct reader *reader, struct source *source, enum source_kind kind,
                        const struct reader_part *part)
{
    if (kind == SOURCE_TEXT || kind == SOURCE_UTF16LE || kind == SOURCE_UTF16BE) {
        reader_read_text(reader, source, part);
    } else if (kind == SOURCE_EVTX) {
        reader_read_log(reader, source, part);
    } else {
        snprintf(reader->out->note, sizeof reader->out->note, "%s", source_kind_name(kind));
        source_close(source);
    }
}

void reader_read(struct reader *reader, const struct reader_part *part, struct reader_end *out)
{
    struct source *source;
    struct err err = ERR_INIT;
    *out = (struct reader_end){ .family = FAMILY_NONE };
    reader->out = out;
    reader->assumed = false;
    reader->damages = reader->odd_rows = reader->zeros = reader->progress = 0;
    reader_fault(part->path);
    enum reader_split split = part->start ? reader_can_split(part->path) : READER_SPLIT_NO;
    if (source_open(&source, part->path, source_start(part, split), UINT64_MAX, &err) < 0) {
        reader_report_damage(reader, 0, err.msg);
        return;
    }
    bool log = split == READER_SPLIT_CHUNKS;
    read_source(reader, source, log ? SOURCE_EVTX : source_kind(source), part);
}

uint64_t reader_offset(const struct reader *reader, const char *position)
{
    return lines_offset(reader->lines, position);
}

static bool is_plain_text(const char *head, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)head[i];
        bool mark = i < 3 && (c == 0xef || c == 0xbb || c == 0xbf); /* UTF-8's */
        if (!mark && c != '\t' && c != '\r' && c != '\n' && (c < 0x20 || c > 0x7e))
            return false;
    }
    return true;
}

enum reader_split reader_can_split(const char *path)
{
    struct file *file;
    char head[64];
    if (file_open(path, &file, NULL) < 0)
        return READER_SPLIT_NO;
    int64_t got = file_read(file, 0, head, sizeof head, NULL);
    file_close(file);
    if (got < (int64_t)sizeof head)
        return READER_SPLIT_NO;
    if (memcmp(head, "ElfFile", 8) == 0)
        return READER_SPLIT_CHUNKS;
    return is_plain_text(head, sizeof head) ? READER_SPLIT_LINES : READER_SPLIT_NO;
}
