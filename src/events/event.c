#include "events/event.h"

#include "base/mask.h"
#include "events/exchange_csv.h"
#include "events/w3c.h"

static bool is_absent(const struct schema *schema, struct slice cell)
{
    return schema->family->format == FORMAT_W3C && cell.len == 1 && cell.ptr[0] == '-';
}

struct slice event_cell(const struct event *event, size_t column)
{
    if (column >= event->cell_count || is_absent(event->schema, event->cells[column]))
        return SLICE_NULL;
    return event->cells[column];
}

struct slice event_role(const struct event *event, enum role role)
{
    size_t column = event->schema->role[role];
    return column == COLUMN_NONE ? SLICE_NULL : event_cell(event, column);
}

struct slice event_host(const struct event *event)
{
    struct slice name = slice_trim(event_role(event, ROLE_HOST));
    name = slice_first(name, slice_find_char(name, '.'));
    if (!name.len)
        return SLICE_NULL;
    char *folded = arena_alloc(event->scratch, name.len);
    for (size_t i = 0; i < name.len; i++)
        folded[i] = ascii_lower(name.ptr[i]);
    return slice_of(folded, name.len);
}

struct slice event_field(const struct event *event, struct slice name)
{
    size_t column = schema_find(event->schema, name);
    if (column != COLUMN_NONE)
        return event_cell(event, column);
    for (size_t i = 0; i < event->pair_count; i++)
        if (slice_icase_eq(event->pairs[i].name, name))
            return event->pairs[i].value;
    return SLICE_NULL;
}

static int64_t w3c_time(struct slice date, struct slice time, int64_t day)
{
    int64_t clock;
    if (date.ptr && !time_parse_date(date, &day))
        return TIME_NONE;
    if (day == TIME_NONE)
        return TIME_NONE;
    return time.ptr && time_parse_clock(time, &clock) ? day + clock : TIME_NONE;
}

static int64_t event_time(const struct event *event, int64_t day)
{
    int64_t time;
    struct slice text = event_role(event, ROLE_TIME);
    if (event->schema->family->format == FORMAT_W3C)
        return w3c_time(event_role(event, ROLE_DATE), text, day);
    if (!text.ptr && event->cell_count)
        text = event->cells[0]; /* a header may call it otherwise: it is always the first */
    return text.ptr && time_parse(slice_trim(text), &time) ? time : TIME_NONE;
}

void event_split(struct event *event, const struct schema *schema, struct slice row,
                 int64_t day, struct arena *scratch)
{
    size_t count = 0;
    event->schema = schema;
    event->row = row;
    event->pair_count = 0;
    event->pairs_left_out = false;
    event->scratch = scratch;
    switch (schema->family->format) {
    case FORMAT_W3C:
        count = w3c_split(row, event->cells, schema->count);
        break;
    case FORMAT_CSV:
        count = csv_split(row, event->cells, schema->count, scratch);
        break;
    case FORMAT_ECP:
        count = ecp_split(row, event->cells, scratch);
        if (count == 4)
            event->pair_count =
                ecp_pairs(event->cells[3], event->pairs, EVENT_PAIRS_MAX, scratch);
        break;
    case FORMAT_EVTX: /* event_log.c makes those */
        break;
    }
    event->pairs_left_out = event->pair_count == EVENT_PAIRS_MAX;
    event->surplus = count > schema->count;
    event->cell_count = event->surplus ? schema->count : count;
    event->time = event_time(event, day);
}

/* Cuts a cell in quotes off *rest, quotes and all. */
static struct slice cut_quoted(struct slice *rest)
{
    struct slice all = *rest;
    size_t at = 1;
    for (;;) {
        const char *quote = memchr(all.ptr + at, '"', all.len - at);
        if (!quote) {
            *rest = SLICE_NULL;
            return all;
        }
        at = (size_t)(quote - all.ptr) + 1;
        if (at == all.len || all.ptr[at] != '"')
            break;
        at++; /* doubled */
    }
    *rest = slice_from_offset(all, at);
    slice_cut(rest, ',');
    return slice_first(all, at);
}

/*
 * Skips up to *column cells of a row that come without quotes; *column becomes the number of
 * those left. Returns what is left of the row: it starts with a cell.
 */
static struct slice skip_plain_cells(struct slice row, char separator, size_t *column)
{
    size_t start = 0;
    for (size_t at = 0; *column && at < row.len; at += MASK_SPAN) {
        uint64_t ends = mask_within(row, at, separator);
        uint64_t quotes = separator == ',' ? mask_within(row, at, '"') : 0;
        if (quotes) /* those behind the first one may stand inside of a cell */
            ends &= (quotes & (~quotes + 1)) - 1;
        unsigned count = mask_count(ends);
        if (count && count < *column) { /* all of them at once */
            start = at + (size_t)(MASK_SPAN - __builtin_clzll(ends));
            *column -= count;
            ends = 0;
        }
        for (; *column && ends; ends &= ends - 1, --*column)
            start = at + (size_t)__builtin_ctzll(ends) + 1;
        if (quotes)
            break;
    }
    return slice_from_offset(row, start);
}

bool row_peek_cell(const struct schema *schema, struct slice row, size_t column,
                   struct slice *out)
{
    char separator = schema->family->format == FORMAT_W3C ? ' ' : ',';
    struct slice rest = skip_plain_cells(row, separator, &column);
    for (size_t i = 0; rest.ptr; i++) {
        bool quoted = separator == ',' && rest.len && rest.ptr[0] == '"';
        if (quoted && i == column)
            return false;
        struct slice cell = quoted ? cut_quoted(&rest) : slice_cut(&rest, separator);
        if (i < column)
            continue;
        *out = is_absent(schema, cell) ? SLICE_NULL : cell;
        return true;
    }
    *out = SLICE_NULL;
    return true;
}

static struct slice peek_role(const struct schema *schema, struct slice row, enum role role)
{
    struct slice cell = SLICE_NULL;
    size_t column = schema->role[role];
    if (column != COLUMN_NONE)
        row_peek_cell(schema, row, column, &cell);
    return cell;
}

/* The time cell of a CSV row is its first unless the header says otherwise; in quotes or not.
 */
static int64_t csv_row_time(const struct schema *schema, struct slice row)
{
    int64_t time;
    size_t column = schema->role[ROLE_TIME];
    if (column != COLUMN_NONE && column > 0 && !row_peek_cell(schema, row, column, &row))
        return TIME_NONE;
    if (row.len && row.ptr[0] == '"')
        row = slice_from_offset(row, 1);
    size_t end = 0;
    while (end < row.len && end < 40 && row.ptr[end] != ',' && row.ptr[end] != '"')
        end++;
    return time_parse(slice_first(row, end), &time) ? time : TIME_NONE;
}

int64_t row_time(const struct schema *schema, struct slice row, int64_t day)
{
    if (schema->family->format != FORMAT_W3C)
        return csv_row_time(schema, row);
    return w3c_time(peek_role(schema, row, ROLE_DATE), peek_role(schema, row, ROLE_TIME), day);
}

size_t row_count_cells(enum log_format format, struct slice row)
{
    struct arena scratch = ARENA_INIT;
    struct slice none[4];
    size_t count = format == FORMAT_W3C   ? w3c_split(row, none, 0)
                   : format == FORMAT_CSV ? csv_split(row, none, 0, &scratch)
                                          : ecp_split(row, none, &scratch);
    arena_deinit(&scratch);
    return count;
}
