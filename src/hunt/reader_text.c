/* One file of text, or a part of it: headers, rows, what is odd about them. */
#include <inttypes.h>
#include <stdio.h>

#include "hunt/reader_internal.h"

static void note_odd(uint64_t *count, uint64_t *first, uint64_t rows, uint64_t offset)
{
    if (*count == 0)
        *first = offset;
    *count += rows;
}

static uint64_t count_lines(struct slice text)
{
    uint64_t lines = 0;
    for (struct slice rest = text; rest.ptr && rest.len; lines++)
        slice_cut(&rest, '\n');
    return lines;
}

static void note_family(struct reader *reader, const struct schema *schema)
{
    if (reader->out->family == FAMILY_NONE)
        reader->out->family = schema->family->id;
    reader->out->hits_only |= schema->hits_only;
    reader->assumed |= schema->assumed;
}

static void read_run(struct reader *reader, const struct run *run)
{
    if (!run->schema) {
        note_odd(&reader->odd_rows, &reader->odd_offset, count_lines(run->text),
                 lines_offset(reader->lines, run->text.ptr));
        return;
    }
    note_family(reader, run->schema);
    reader->sink.run(reader->sink.context, run);
}

static void note_zeros(struct reader *reader, struct slice text)
{
    size_t at = slice_find_char(text, '\0');
    if (at == SIZE_MAX)
        return;
    if (reader->zeros == 0)
        reader->zero_offset = lines_offset(reader->lines, text.ptr + at);
    for (struct slice rest = slice_from_offset(text, at); rest.len;
         rest = slice_from_offset(rest, 1))
        reader->zeros += rest.ptr[0] == '\0';
}

/* W3C rows always have all their cells; a last line without newline must not be shorter. */
static void check_last_line(struct reader *reader, struct slice text)
{
    size_t start = text.len;
    while (start > 0 && text.ptr[start - 1] != '\n')
        start--;
    struct slice line = slice_from_offset(text, start);
    const struct schema *schema = reader->log.schema;
    bool is_row = line.len && (ascii_is_digit(line.ptr[0]) || line.ptr[0] == '"');
    if (!schema || !is_row || row_count_cells(schema->family->format, line) >= schema->count)
        return;
    reader_report_damage(reader, lines_offset(reader->lines, line.ptr),
                         "the last line is cut off: the log was being written or is truncated");
}

/* Leaves only the lines that start inside the part. */
static struct slice clip_to_part(struct reader *reader, struct slice text, uint64_t end)
{
    uint64_t offset = lines_offset(reader->lines, text.ptr);
    if (offset >= end)
        return slice_first(text, 0);
    if (text.len <= end - offset)
        return text;
    size_t keep = (size_t)(end - offset);
    const char *newline = memchr(text.ptr + keep - 1, '\n', text.len - keep + 1);
    return newline ? slice_first(text, (size_t)(newline - text.ptr) + 1) : text;
}

static void read_block(struct reader *reader, const struct block *block, uint64_t end)
{
    struct run run;
    struct slice rest = clip_to_part(reader, block->text, end);
    note_zeros(reader, rest);
    while (text_log_next(&reader->log, &rest, &run))
        read_run(reader, &run);
    if (block->cut)
        reader_report_damage(reader, lines_offset(reader->lines, block->text.ptr),
                             "a line longer than 16 MiB: read in pieces");
    if (block->truncated && rest.ptr)
        check_last_line(reader, block->text);
}

static void read_lines(struct reader *reader, uint64_t end)
{
    struct block block;
    struct err err = ERR_INIT;
    int got;
    while ((got = lines_next(reader->lines, &block, &err)) != 0 && !reader->stopped) {
        if (got < 0) {
            reader_report_damage(reader, lines_offset(reader->lines, block.text.ptr), err.msg);
            continue;
        }
        if (lines_offset(reader->lines, block.text.ptr) >= end)
            break;
        read_block(reader, &block, end);
        reader_report_progress(reader, lines_source(reader->lines));
    }
}

/* In the middle of a file, its own head tells the columns; the coordinator checks that later.
 */
static void resume_from_head(struct reader *reader, const struct reader_part *part)
{
    struct source *source;
    struct block block;
    struct run run;
    struct err err = ERR_INIT;
    if (source_open(&source, part->path, 0, UINT64_MAX, &err) < 0)
        return;
    struct lines *lines = lines_open(source, 0, false);
    if (lines_next(lines, &block, &err) > 0) {
        struct slice rest = block.text;
        text_log_next(&reader->log, &rest, &run);
    }
    lines_close(lines);
}

static void why_not_recognised(const struct reader *reader, char *out, size_t size)
{
    if (reader->log.unknown_type)
        snprintf(out, size, "log type \"%s\" is not known", reader->log.state.log_type);
    else if (reader->odd_rows)
        snprintf(out, size, "text that is no known log");
    else if (reader->log.schema)
        snprintf(out, size, "a header without rows");
    else
        snprintf(out, size, "text without rows");
}

static void note_source(struct reader *reader)
{
    struct reader_end *out = reader->out;
    if (out->family == FAMILY_NONE && reader->log.schema && !reader->odd_rows)
        out->family = reader->log.schema->family->id;
    if (out->family == FAMILY_NONE)
        why_not_recognised(reader, out->note, sizeof out->note);
    else if (out->hits_only)
        snprintf(out->note, sizeof out->note,
                 "an export of hits: findings count, coverage does not");
    else if (reader->assumed)
        snprintf(out->note, sizeof out->note,
                 "no header: columns assumed from the shape of the rows");
}

static void report_oddities(struct reader *reader)
{
    char text[160];
    bool known = reader->out->family != FAMILY_NONE;
    if (known && reader->odd_rows) {
        snprintf(text, sizeof text, "%" PRIu64 " lines are no rows of this log",
                 reader->odd_rows);
        reader_report_damage(reader, reader->odd_offset, text);
    }
    if (known && reader->zeros) {
        snprintf(text, sizeof text, "%" PRIu64 " zero bytes, as a crash leaves them",
                 reader->zeros);
        reader_report_damage(reader, reader->zero_offset, text);
    }
    if (reader->log.headers_left_out)
        reader_report_damage(
            reader, reader->odd_offset,
            "more than 64 different headers: rows behind the later ones were not read");
    reader_report_end(reader, lines_source(reader->lines));
}

void reader_read_text(struct reader *reader, struct source *source,
                      const struct reader_part *part)
{
    struct err err = ERR_INIT;
    bool inner = part->start > 0;
    uint64_t end =
        part->length > UINT64_MAX - part->start ? UINT64_MAX : part->start + part->length;
    text_log_init(&reader->log);
    if (part->state.ptr)
        text_log_resume(&reader->log, part->state, &err);
    else if (inner)
        resume_from_head(reader, part);
    text_log_state_text(&reader->log, &reader->out->before);
    if (reader->sink.begin)
        reader->sink.begin(reader->sink.context, buf_slice(&reader->out->before));
    reader->lines = lines_open(source, inner ? part->start - 1 : 0, inner);
    read_lines(reader, end);
    note_source(reader);
    report_oddities(reader);
    text_log_state_text(&reader->log, &reader->out->after);
    lines_close(reader->lines);
    text_log_deinit(&reader->log);
}
