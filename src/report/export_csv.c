/*
 * Findings as CSV for Timesketch and for spreadsheets: RFC 4180, one line for each finding.
 *
 * A spreadsheet runs a cell that starts with one of = + - @ TAB CR as a formula. Such a cell
 * gets a ' in front, which spreadsheets do not show and Timesketch keeps as a character.
 * Control characters and bidirectional overrides are made visible, so no cell holds a line
 * break.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "report/export.h"

#define CELL_MAX 32000 /* bytes: a spreadsheet's cell takes 32,767 characters */

struct csv {
    const struct export_options *options;
    FILE *out;
    struct buf line, cell, safe;
};

/* Whatever a spreadsheet could take for a formula, in full width, too. */
static bool starts_formula(struct slice cell)
{
    static const char *const starts[] = {
        "=", "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"
    };
    while (cell.len && cell.ptr[0] == ' ')
        cell = slice_from_offset(cell, 1);
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (slice_starts(cell, slice_from(starts[i])))
            return true;
    return cell.len && strchr("\t\r\n", cell.ptr[0]) != NULL;
}

/* At most CELL_MAX bytes, no character cut in two; what was cut is told. */
static void add_quoted(struct buf *out, struct slice text)
{
    size_t kept = text.len;
    if (kept > CELL_MAX)
        for (kept = CELL_MAX; kept > 0 && ((unsigned char)text.ptr[kept] & 0xc0) == 0x80;)
            kept--;
    for (size_t i = 0; i < kept; i++) {
        if (text.ptr[i] == '"')
            buf_add_char(out, '"');
        buf_add_char(out, text.ptr[i]);
    }
    if (kept < text.len)
        buf_printf(out, " [%lu bytes more]", (unsigned long)(text.len - kept));
}

static void put(struct csv *csv, struct slice text)
{
    if (csv->line.len)
        buf_add_char(&csv->line, ',');
    if (!text.len)
        return;
    buf_clear(&csv->safe);
    escape_text(&csv->safe, text);
    buf_add_char(&csv->line, '"');
    if (starts_formula(text))
        buf_add_char(&csv->line, '\'');
    add_quoted(&csv->line, buf_slice(&csv->safe));
    buf_add_char(&csv->line, '"');
}

static void put_number(struct csv *csv, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, number);
    put(csv, slice_from(text));
}

/* "E5 Foreign page answered: GET /x.aspx 200 by 203.0.113.66" */
static void put_message(struct csv *csv, const struct export_finding *f)
{
    struct slice who = f->source.len ? f->source : f->actor;
    buf_clear(&csv->cell);
    buf_printf(&csv->cell, "%s ", grade_name(f->grade));
    buf_add_slice(&csv->cell, f->title);
    if (f->url_path.len) {
        buf_printf(&csv->cell, ": %.*s%s", SLICE_FMT(f->method), f->method.len ? " " : "");
        export_url(&csv->cell, f, csv->options->show_secrets);
    }
    if (f->status)
        buf_printf(&csv->cell, " %d", f->status);
    if (who.len)
        buf_printf(&csv->cell, " by %.*s", SLICE_FMT(who));
    put(csv, buf_slice(&csv->cell));
}

/* Timesketch drops a row without a time; "Not a time" is what plaso writes for such. */
static void put_time(struct csv *csv, const struct export_finding *f)
{
    char text[TIME_TEXT_SIZE], zoned[TIME_TEXT_SIZE + 8];
    time_format(f->time == TIME_NONE ? 0 : f->time, text);
    snprintf(zoned, sizeof zoned, "%.*s+00:00", (int)(strlen(text) - 1), text); /* no Z */
    put(csv, slice_from(zoned));
    put(csv, slice_from(f->time == TIME_NONE ? "Not a time" : "Event Logged"));
}

static void put_url(struct csv *csv, const struct export_finding *f)
{
    buf_clear(&csv->cell);
    export_plain(&csv->cell, f->url_path, csv->options->show_secrets);
    put(csv, buf_slice(&csv->cell));
    buf_clear(&csv->cell);
    export_plain(&csv->cell, f->url_query, csv->options->show_secrets);
    put(csv, buf_slice(&csv->cell));
}

static void end_line(struct csv *csv)
{
    buf_add_text(&csv->line, "\r\n");
    fwrite(csv->line.ptr, 1, csv->line.len, csv->out);
}

static void write_row(void *context, const struct export_finding *f)
{
    struct csv *csv = context;
    buf_clear(&csv->line);
    put_message(csv, f);
    put_time(csv, f);
    put(csv, f->host);
    put(csv, slice_from(grade_name(f->grade)));
    put(csv, slice_from(grade_word(f->grade)));
    put(csv, f->stage);
    put(csv, f->outcome);
    put(csv, f->rule_id);
    put(csv, f->title);
    put(csv, f->level);
    put(csv, f->incident);
    put(csv, f->actor);
    put(csv, f->source);
    put(csv, f->method);
    put_url(csv, f);
    if (f->status)
        put_number(csv, (uint64_t)f->status);
    else
        put(csv, SLICE_NULL);
    put(csv, f->agent);
    put(csv, f->user);
    put(csv, f->page);
    put(csv, slice_from(f->own_probe ? "true" : "false"));
    put(csv, f->allowed);
    put(csv, f->family);
    put(csv, f->path);
    put_number(csv, f->offset);
    buf_clear(&csv->cell);
    export_row(&csv->cell, f, csv->options->show_secrets);
    put(csv, buf_slice(&csv->cell));
    end_line(csv);
}

/* The first three are Timesketch's; write_row() keeps to this order. */
static const char header[] =
    "message,datetime,timestamp_desc,hostname,grade,grade_word,stage,outcome,rule_id,rule_name,"
    "level,incident,actor,source_ip,http_method,url_path,url_query,http_status,user_agent,"
    "username,page,own_probe,allowed,log,filename,offset,row\r\n";

int export_csv(struct casefile *casefile, const struct export_options *options, FILE *out,
               struct err *err)
{
    struct csv csv = { .options = options, .out = out };
    fputs(header, out);
    export_each_finding(casefile, write_row, &csv);
    buf_deinit(&csv.line);
    buf_deinit(&csv.cell);
    buf_deinit(&csv.safe);
    return export_end(casefile, out, err);
}
