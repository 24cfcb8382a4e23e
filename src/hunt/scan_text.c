/* One file of text, or a part of it: headers, rows, what is odd about them. */
#include <inttypes.h>
#include <stdio.h>

#include "hunt/scanner.h"

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

static void note_family(struct scanner *scanner, const struct schema *schema)
{
    enum family_id id = schema->family->id;
    if (scanner->family == FAMILY_NONE)
        scanner->family = id;
    scanner->hits_only |= schema->hits_only;
    scanner->assumed |= schema->assumed;
}

static void scan_run(struct scanner *scanner, const struct run *run)
{
    if (!run->schema) {
        note_odd(&scanner->odd_rows, &scanner->odd_offset, count_lines(run->text),
                 lines_offset(scanner->lines, run->text.ptr));
        return;
    }
    note_family(scanner, run->schema);
    coverage_add_run(scanner->coverage, run);
    evaluator_run(scanner->evaluator, run->schema, run->text, run->day);
}

static void note_zeros(struct scanner *scanner, struct slice text)
{
    size_t at = slice_find_char(text, '\0');
    if (at == SIZE_MAX)
        return;
    if (scanner->zeros == 0)
        scanner->zero_offset = lines_offset(scanner->lines, text.ptr + at);
    for (struct slice rest = slice_from_offset(text, at); rest.len;
         rest = slice_from_offset(rest, 1))
        scanner->zeros += rest.ptr[0] == '\0';
}

/* W3C rows always have all their cells; a last line without newline must not be shorter. */
static void check_last_line(struct scanner *scanner, struct slice text)
{
    size_t start = text.len;
    while (start > 0 && text.ptr[start - 1] != '\n')
        start--;
    struct slice line = slice_from_offset(text, start);
    const struct schema *schema = scanner->log.schema;
    bool is_row = line.len && (ascii_is_digit(line.ptr[0]) || line.ptr[0] == '"');
    if (!schema || !is_row || row_count_cells(schema->family->format, line) >= schema->count)
        return;
    scanner_report_damage(
        scanner, lines_offset(scanner->lines, line.ptr),
        "the last line is cut off: the log was being written or is truncated");
}

/* Leaves only the lines that start inside the part. */
static struct slice clip_to_part(struct scanner *scanner, struct slice text, uint64_t end)
{
    uint64_t offset = lines_offset(scanner->lines, text.ptr);
    if (offset >= end)
        return slice_first(text, 0);
    if (text.len <= end - offset)
        return text;
    size_t keep = (size_t)(end - offset);
    const char *newline = memchr(text.ptr + keep - 1, '\n', text.len - keep + 1);
    return newline ? slice_first(text, (size_t)(newline - text.ptr) + 1) : text;
}

static void scan_block(struct scanner *scanner, const struct block *block, uint64_t end)
{
    struct run run;
    struct slice rest = clip_to_part(scanner, block->text, end);
    note_zeros(scanner, rest);
    while (text_log_next(&scanner->log, &rest, &run))
        scan_run(scanner, &run);
    if (block->cut)
        scanner_report_damage(scanner, lines_offset(scanner->lines, block->text.ptr),
                              "a line longer than 16 MiB: read in pieces");
    if (block->truncated && rest.ptr)
        check_last_line(scanner, block->text);
}

static void scan_lines(struct scanner *scanner, uint64_t end)
{
    struct block block;
    struct err err = ERR_INIT;
    int got;
    while ((got = lines_next(scanner->lines, &block, &err)) != 0 && !scanner->gone) {
        if (got < 0) {
            scanner_report_damage(scanner, lines_offset(scanner->lines, block.text.ptr),
                                  err.msg);
            continue;
        }
        if (lines_offset(scanner->lines, block.text.ptr) >= end)
            break;
        scan_block(scanner, &block, end);
        scanner_report_progress(scanner, lines_source(scanner->lines));
    }
}

/* In the middle of a file, its own head tells the columns; the coordinator checks that later.
 */
static void resume_from_head(struct scanner *scanner, const struct scan_order *order)
{
    struct source *source;
    struct block block;
    struct run run;
    struct err err = ERR_INIT;
    if (source_open(&source, order->path, 0, UINT64_MAX, &err) < 0)
        return;
    struct lines *lines = lines_open(source, 0, false);
    if (lines_next(lines, &block, &err) > 0) {
        struct slice rest = block.text;
        text_log_next(&scanner->log, &rest, &run);
    }
    lines_close(lines);
}

static const char *why_not_recognised(const struct scanner *scanner, char *out, size_t size)
{
    if (scanner->log.unknown_type)
        snprintf(out, size, "log type \"%s\" is not known", scanner->log.state.log_type);
    else if (scanner->odd_rows)
        snprintf(out, size, "text that is no known log");
    else if (scanner->log.schema)
        snprintf(out, size, "a header without rows");
    else
        snprintf(out, size, "text without rows");
    return out;
}

static void report_source(struct scanner *scanner)
{
    char why[160];
    bool known = scanner->family != FAMILY_NONE;
    if (!known && scanner->log.schema && !scanner->odd_rows) {
        scanner->family = scanner->log.schema->family->id;
        known = true;
    }
    struct source_note note = { scanner->family, scanner->hits_only, SLICE_NULL };
    if (!known)
        note.note = slice_from(why_not_recognised(scanner, why, sizeof why));
    else if (scanner->hits_only)
        note.note = SLICE_LIT("an export of hits: findings count, coverage does not");
    else if (scanner->assumed)
        note.note = SLICE_LIT("no header: columns assumed from the shape of the rows");
    record_put_source(&scanner->out, &note);
}

static void report_oddities(struct scanner *scanner)
{
    char text[160];
    if (scanner->family != FAMILY_NONE && scanner->odd_rows) {
        snprintf(text, sizeof text, "%" PRIu64 " lines are no rows of this log",
                 scanner->odd_rows);
        scanner_report_damage(scanner, scanner->odd_offset, text);
    }
    if (scanner->family != FAMILY_NONE && scanner->zeros) {
        snprintf(text, sizeof text, "%" PRIu64 " zero bytes, as a crash leaves them",
                 scanner->zeros);
        scanner_report_damage(scanner, scanner->zero_offset, text);
    }
    if (scanner->log.headers_left_out)
        scanner_report_damage(
            scanner, scanner->odd_offset,
            "more than 64 different headers: rows behind the later ones were not read");
    if (coverage_overflowed(scanner->coverage))
        scanner_report_damage(scanner, 0,
                              "rows of more than 64 hosts: their coverage is not told apart");
    if (source_changed(lines_source(scanner->lines)) == 1)
        scanner_report_damage(scanner, source_position(lines_source(scanner->lines)),
                              "the file shrank while it was read");
    scanner_sum_up_damage(scanner);
}

void scan_text(struct scanner *scanner, struct source *source, const struct scan_order *order)
{
    struct err err = ERR_INIT;
    struct buf before = BUF_INIT, after = BUF_INIT;
    bool part = order->start > 0;
    uint64_t end =
        order->length > UINT64_MAX - order->start ? UINT64_MAX : order->start + order->length;
    text_log_init(&scanner->log);
    evaluator_reset(scanner->evaluator);
    if (order->state.ptr)
        text_log_resume(&scanner->log, order->state, &err);
    else if (part)
        resume_from_head(scanner, order);
    text_log_state_text(&scanner->log, &before);
    scanner->lines = lines_open(source, part ? order->start - 1 : 0, part);
    scan_lines(scanner, end);
    report_source(scanner);
    report_oddities(scanner);
    coverage_flush(scanner->coverage, &scanner->out);
    text_log_state_text(&scanner->log, &after);
    record_put_end(&scanner->out, buf_slice(&before), buf_slice(&after));
    lines_close(scanner->lines);
    text_log_deinit(&scanner->log);
    buf_deinit(&before);
    buf_deinit(&after);
}
