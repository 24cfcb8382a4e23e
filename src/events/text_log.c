#include "events/text_log.h"

#include <stdio.h>

#include "base/mask.h"
#include "events/event.h"
#include "events/exchange_csv.h"
#include "events/w3c.h"

static const char byte_order_mark[] = "\xef\xbb\xbf";

void text_log_init(struct text_log *log)
{
    *log = (struct text_log){ .arena = ARENA_INIT };
    log->state.day = TIME_NONE;
    log->state.clock = TIME_NONE;
}

void text_log_deinit(struct text_log *log)
{
    arena_deinit(&log->arena);
}

struct slice line_cut(struct slice *rest)
{
    struct slice line = slice_cut(rest, '\n');
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    if (slice_starts(line, slice_from(byte_order_mark)))
        line = slice_from_offset(line, 3);
    return line;
}

static bool same_names(const struct schema *schema, const struct slice *names, size_t count)
{
    if (schema->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!slice_eq(schema->names[i], names[i]))
            return false;
    return true;
}

/* Headers repeat at every restart of the service: each is made into a schema once. */
static const struct schema *schema_intern(struct text_log *log, const struct family *family,
                                          const struct slice *names, size_t count)
{
    bool exported = log->state.exported;
    for (size_t i = 0; i < log->schema_count; i++)
        if (log->schemas[i]->family == family && log->schemas[i]->hits_only == exported &&
            !log->schemas[i]->assumed && same_names(log->schemas[i], names, count))
            return log->schemas[i];
    if (log->schema_count == SCHEMAS_MAX) {
        log->headers_left_out = true;
        return NULL;
    }
    const struct schema *schema =
        schema_new(&log->arena, family, names, count, exported, false);
    log->schemas[log->schema_count++] = schema;
    return schema;
}

/* Any set of IIS's fields is IIS; the Windows firewall and others write the same format. */
static const struct family *web_log_or_none(const struct text_log *log,
                                            const struct slice *names, size_t count)
{
    for (size_t i = 0; i < count && !log->state.iis; i++)
        if (slice_icase_starts(names[i], SLICE_LIT("cs-")) ||
            slice_icase_starts(names[i], SLICE_LIT("cs(")) ||
            slice_icase_starts(names[i], SLICE_LIT("sc-")))
            return family_get(FAMILY_IIS);
    return log->state.iis ? family_get(FAMILY_IIS) : NULL;
}

static const struct family *family_of_header(const struct text_log *log,
                                             const struct slice *names, size_t count)
{
    if (log->state.http_sys)
        return family_get(FAMILY_HTTPERR);
    const struct family *by_columns = family_by_columns(names, count);
    if (log->state.w3c)
        return by_columns ? by_columns : web_log_or_none(log, names, count);
    const struct family *typed = family_by_log_type(slice_from(log->state.log_type));
    return typed ? typed : by_columns;
}

static size_t split_header(const struct text_log *log, struct slice header, struct slice *names,
                           struct arena *scratch)
{
    size_t count = log->state.w3c ? w3c_split(header, names, COLUMNS_MAX)
                                  : csv_split(header, names, COLUMNS_MAX, scratch);
    return count < COLUMNS_MAX ? count : COLUMNS_MAX;
}

static void apply_header(struct text_log *log)
{
    struct slice names[COLUMNS_MAX];
    struct arena scratch = ARENA_INIT;
    size_t count = split_header(log, slice_from(log->state.fields), names, &scratch);
    const struct family *family = family_of_header(log, names, count);
    log->schema = family ? schema_intern(log, family, names, count) : NULL;
    log->expect_header = false;
    arena_deinit(&scratch);
}

static void remember(char *out, size_t size, struct slice value)
{
    snprintf(out, size, "%.*s", SLICE_FMT(value));
}

static void set_header(struct text_log *log, struct slice header)
{
    remember(log->state.fields, sizeof log->state.fields, slice_trim(header));
    apply_header(log);
}

static void on_fields(struct text_log *log, struct slice value)
{
    /* W3C names are separated by spaces, Exchange's by commas. */
    log->state.w3c = slice_find_char(value, ',') == SIZE_MAX;
    log->state.exported = false;
    set_header(log, value);
}

static void on_log_type(struct text_log *log, struct slice value)
{
    remember(log->state.log_type, sizeof log->state.log_type, value);
    log->unknown_type = family_by_log_type(value) == NULL;
    log->state.fields[0] = '\0'; /* a new block: its #Fields follows */
    log->schema = NULL;
}

static void on_date(struct text_log *log, struct slice value)
{
    int64_t clock, day;
    if (!time_parse_date(value, &day))
        return;
    log->state.day = day;
    log->state.clock =
        time_parse_clock(slice_from_offset(value, 11), &clock) ? clock : TIME_NONE;
}

static void on_software(struct text_log *log, struct slice value)
{
    log->state.http_sys = slice_icase_starts(value, SLICE_LIT("Microsoft HTTP API"));
    log->state.iis =
        slice_icase_starts(value, SLICE_LIT("Microsoft Internet Information Serv"));
}

static void on_export(struct text_log *log, struct slice value)
{
    (void)value;
    log->state.exported = true;
    log->state.w3c = false;
    log->state.log_type[0] = '\0';
    log->schema = NULL;
    log->expect_header = true;
}

static void on_version(struct text_log *log, struct slice value)
{
    log->version = value;
}

struct directive {
    const char *name;
    void (*apply)(struct text_log *log, struct slice value);
};

static void on_directive(struct text_log *log, struct slice line)
{
    static const struct directive directives[] = {
        { "#Fields:", on_fields }, { "#Log-type:", on_log_type },
        { "#Date:", on_date },     { "#Software:", on_software },
        { "#TYPE ", on_export },   { "#Version:", on_version },
    };
    for (size_t i = 0; i < sizeof directives / sizeof *directives; i++) {
        struct slice name = slice_from(directives[i].name);
        if (slice_icase_starts(line, name)) {
            directives[i].apply(log, slice_trim(slice_from_offset(line, name.len)));
            return;
        }
    }
}

/* Rows of every family start with a date or a time; headers and directives do not. */
static bool starts_like_row(struct slice line)
{
    if (line.len && line.ptr[0] == '"')
        line = slice_from_offset(line, 1);
    return line.len > 0 && ascii_is_digit(line.ptr[0]);
}

static bool same_family(const struct schema *before, const struct schema *after)
{
    return after && (!before || before->family == after->family);
}

/* A plain line of column names, as some families write in front of or behind the '#' block. */
static bool on_bare_header(struct text_log *log, struct slice line)
{
    struct slice names[COLUMNS_MAX];
    struct arena scratch = ARENA_INIT;
    struct text_log_state saved = log->state;
    const struct schema *before = log->schema;
    size_t count = csv_split(line, names, COLUMNS_MAX, &scratch);
    bool named = count > 1 && count <= COLUMNS_MAX && !starts_like_row(line);
    bool fits = named && (log->expect_header || family_by_columns(names, count) ||
                          slice_icase_eq(names[0], SLICE_LIT("DateTime")) ||
                          slice_icase_eq(names[0], SLICE_LIT("TimeStamp")) ||
                          slice_icase_eq(names[0], SLICE_LIT("date-time")));
    arena_deinit(&scratch);
    if (!fits)
        return false;
    log->state.w3c = false;
    log->state.exported = log->expect_header || (line.len && line.ptr[0] == '"');
    set_header(log, line);
    if (saved.fields[0] && !log->state.exported && !same_family(before, log->schema)) {
        log->state = saved; /* a stray line must not change what the rows behind it mean */
        apply_header(log);
    }
    return true;
}

static bool is_guid(struct slice s)
{
    return s.len == 36 && s.ptr[8] == '-' && s.ptr[13] == '-' && s.ptr[18] == '-';
}

static bool is_number(struct slice s)
{
    uint64_t value;
    return slice_to_u64(s, &value);
}

/* "15.01.2375.007" */
static bool is_number_dotted(struct slice s)
{
    return s.len && ascii_is_digit(s.ptr[0]) && slice_find_char(s, '.') != SIZE_MAX;
}

static bool is_one_char(struct slice s)
{
    return s.len == 1 && strchr("+-*<>", s.ptr[0]) != NULL;
}

static bool is_path(struct slice s)
{
    return s.len && s.ptr[0] == '/';
}

static bool is_json(struct slice s)
{
    return s.len && s.ptr[0] == '{';
}

static bool is_typed(struct slice s)
{
    return slice_starts(s, SLICE_LIT("S:")) || slice_starts(s, SLICE_LIT("'S:"));
}

static bool is_ecp_event(struct slice s)
{
    return slice_icase_starts(s, SLICE_LIT("ECP."));
}

static bool is_activity(struct slice s)
{
    return slice_icase_starts(s, SLICE_LIT("Request"));
}

static bool is_time(struct slice s)
{
    int64_t time;
    return time_parse(s, &time);
}

static bool has_port(struct slice s)
{
    return slice_find_char(s, ':') != SIZE_MAX;
}

/*
 * Beyond the number of cells, what a cell of every row of the family looks like. A family
 * without a line here is never assumed from a shape. Older builds write fewer of the last
 * columns.
 */
static const struct shape {
    enum family_id family;
    size_t fewest; /* cells */
    size_t column;
    bool (*looks)(struct slice cell);
} shapes[] = {
    { FAMILY_IIS, 15, 4, is_path },
    { FAMILY_HTTPERR, 13, 3, is_number },
    { FAMILY_HTTPPROXY, 60, 1, is_guid },
    { FAMILY_HTTPPROXY, 60, 2, is_number }, /* MajorVersion */
    { FAMILY_ECP, 4, 2, is_ecp_event },
    { FAMILY_ECP, 4, 3, is_typed },
    { FAMILY_ECP_ACTIVITY, 4, 2, is_activity },
    { FAMILY_ECP_ACTIVITY, 4, 3, is_typed },
    { FAMILY_OABGENERATOR, 6, 3, is_guid },
    { FAMILY_CMDLET, 60, 1, is_time },
    { FAMILY_RPS_HTTP, 38, 1, is_time },
    { FAMILY_EWS, 80, 1, is_guid },
    { FAMILY_MAPIHTTP, 46, 1, is_guid },
    { FAMILY_MESSAGETRACKING, 30, 29, is_number_dotted },
    { FAMILY_SMTP, 9, 3, is_number },
    { FAMILY_SMTP, 9, 6, is_one_char },
    { FAMILY_AGENT, 20, 3, has_port },
    { FAMILY_AUDIT, 12, 4, is_json },
    { FAMILY_HTTPREQUESTFILTERING, 19, 1, is_number },
};

static bool shape_fits(const struct family *family, const struct event *event, size_t cells)
{
    size_t known = 0, fitting = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const struct shape *shape = &shapes[i];
        if (shape->family != family->id)
            continue;
        known++;
        fitting += cells >= shape->fewest && shape->column < event->cell_count &&
                   shape->looks(event->cells[shape->column]);
    }
    return known > 0 && fitting == known;
}

static bool row_has_shape(const struct family *family, struct slice row, struct event *event)
{
    struct arena scratch = ARENA_INIT;
    const struct schema *schema = schema_assumed(&scratch, family);
    bool fits = false;
    size_t cells = schema ? row_count_cells(family->format, row) : 0;
    if (schema && cells <= schema->count) {
        event_split(event, schema, row, TIME_NONE, &scratch);
        fits = event->time != TIME_NONE && shape_fits(family, event, cells);
    }
    arena_deinit(&scratch);
    return fits;
}

static const struct schema *schema_by_shape(struct text_log *log, struct slice row)
{
    if (log->shape_failures >= SHAPE_TRIES_MAX)
        return NULL;
    AUTO_FREE struct event *event = mem_alloc(sizeof *event);
    const struct family *typed = family_by_log_type(slice_from(log->state.log_type));
    for (int id = FAMILY_NONE + 1; id < FAMILY_COUNT; id++) {
        const struct family *family = family_get((enum family_id)id);
        if (log->state.log_type[0] && family != typed)
            continue;
        if (row_has_shape(family, row, event))
            return schema_assumed(&log->arena, family);
    }
    log->shape_failures++;
    return NULL;
}

/* Midnight passed when the time of day goes back by hours; small steps back are normal. */
static bool passes_midnight(const struct text_log *log, struct slice line, int64_t *clock_out)
{
    struct slice cell;
    *clock_out = log->state.clock;
    if (!row_peek_cell(log->schema, line, log->schema->role[ROLE_TIME], &cell) || !cell.ptr ||
        !time_parse_clock(cell, clock_out))
        return false;
    return log->state.clock != TIME_NONE && *clock_out < log->state.clock - 12 * MS_PER_HOUR;
}

static bool has_time_only(const struct schema *schema)
{
    return schema && schema->family->format == FORMAT_W3C &&
           schema->role[ROLE_DATE] == COLUMN_NONE && schema->role[ROLE_TIME] != COLUMN_NONE;
}

static bool is_row(struct slice line)
{
    return ascii_is_digit(line.ptr[0]) || (line.ptr[0] == '"' && starts_like_row(line));
}

/* Length of the line at the start of the text, its newline included. */
static size_t line_length(struct slice text)
{
    const char *end = memchr(text.ptr, '\n', text.len);
    return end ? (size_t)(end - text.ptr) + 1 : text.len;
}

/* The same for rows without a date: a run ends at midnight. */
static size_t row_extent_by_clock(struct text_log *log, struct slice text)
{
    size_t at = 0;
    while (at < text.len) {
        struct slice rest = slice_from_offset(text, at);
        struct slice line = slice_first(rest, line_length(rest));
        if (!is_row(line))
            break;
        int64_t clock = TIME_NONE;
        if (passes_midnight(log, line, &clock)) {
            if (at) /* end this run here; the next one starts the new day */
                break;
            log->state.day += log->state.day == TIME_NONE ? 0 : MS_PER_DAY;
        }
        log->state.clock = clock;
        at += line.len;
    }
    return at;
}

/* The first place behind `at` where a line starts with anything but a digit, or the end. */
static size_t next_odd_start(struct slice text, size_t at)
{
    struct places newlines = places_of(slice_from_offset(text, at), '\n');
    for (;;) {
        size_t start = at + places_next(&newlines) + 1;
        if (start >= text.len)
            return text.len;
        if (!ascii_is_digit(text.ptr[start]))
            return start;
    }
}

/* The rows from the start of `text` up to the first line that is something else. */
static size_t row_extent(struct text_log *log, struct slice text)
{
    if (has_time_only(log->schema))
        return row_extent_by_clock(log, text);
    size_t at = 0;
    while (at < text.len) {
        struct slice rest = slice_from_offset(text, at);
        if (!is_row(slice_first(rest, line_length(rest))))
            break;
        at = next_odd_start(text, at);
    }
    return at;
}

/* A directive, or the first column of a header without '#'. */
static bool starts_like_header(struct slice line)
{
    static const char *const first_columns[] = { "DateTime,", "TimeStamp,", "date-time," };
    if (line.len && line.ptr[0] == '#')
        return true;
    for (size_t i = 0; i < sizeof first_columns / sizeof *first_columns; i++)
        if (slice_icase_starts(line, slice_from(first_columns[i])))
            return true;
    return false;
}

/* Lines that are neither row, header nor directive, up to the next one that is. */
static size_t odd_extent(struct slice text)
{
    size_t at = 0;
    while (at < text.len) {
        struct slice rest = slice_from_offset(text, at);
        struct slice line = line_cut(&rest);
        if (at && (starts_like_row(line) || starts_like_header(line)))
            break;
        at = rest.ptr ? (size_t)(rest.ptr - text.ptr) : text.len;
    }
    return at;
}

/* A crash leaves zeros where the rest of a buffer should be; a row may follow on the same line.
 */
static void skip_zeros(struct slice *rest)
{
    while (rest->len && rest->ptr[0] == '\0')
        *rest = slice_from_offset(*rest, 1);
}

/* Deals with everything at the start of *rest that is no row. */
static void skip_headers(struct text_log *log, struct slice *rest)
{
    while (skip_zeros(rest), rest->len) {
        struct slice next = *rest;
        struct slice line = line_cut(&next);
        if (line.len && line.ptr[0] == '#')
            on_directive(log, line);
        else if (line.len && !on_bare_header(log, line))
            return;
        *rest = next.ptr ? next : slice_of(rest->ptr + rest->len, 0);
    }
}

static void take(struct slice *rest, size_t len, struct run *out)
{
    out->text = slice_first(*rest, len);
    *rest = slice_from_offset(*rest, len);
}

int text_log_next(struct text_log *log, struct slice *rest, struct run *out)
{
    log->version = SLICE_NULL;
    skip_headers(log, rest);
    if (rest->len == 0)
        return 0;
    struct slice peek = *rest;
    struct slice line = line_cut(&peek);
    if (line.ptr != rest->ptr && starts_like_row(line))
        *rest = slice_from_offset(*rest, 3); /* byte order mark in front of a row */
    if (!starts_like_row(line)) {
        *out = (struct run){ NULL, SLICE_NULL, TIME_NONE, SLICE_NULL };
        take(rest, odd_extent(*rest), out);
        return 1;
    }
    if (!log->schema && !log->unknown_type && !log->state.w3c)
        log->schema = schema_by_shape(log, line); /* no header, or one that names no family */
    size_t len = row_extent(log, *rest);
    *out = (struct run){ log->schema, SLICE_NULL, log->state.day, log->version };
    take(rest, len, out);
    return 1;
}

void text_log_state_text(const struct text_log *log, struct buf *out)
{
    const struct text_log_state *state = &log->state;
    bool dated = !log->schema || has_time_only(log->schema); /* its #Fields may follow */
    buf_put_u8(out, (uint8_t)(state->w3c | state->http_sys << 1 | state->exported << 2 |
                              state->iis << 3));
    buf_put_u64(out, (uint64_t)(dated ? state->day : TIME_NONE));
    buf_put_u64(out, (uint64_t)(dated ? state->clock : TIME_NONE));
    buf_put_text(out, slice_from(state->log_type));
    buf_put_text(out, slice_from(state->fields));
}

int text_log_resume(struct text_log *log, struct slice state_text, struct err *err)
{
    struct wire wire = { state_text.ptr, state_text.len, false };
    struct text_log_state *state = &log->state;
    uint8_t flags = wire_u8(&wire);
    state->w3c = flags & 1;
    state->http_sys = flags >> 1 & 1;
    state->exported = flags >> 2 & 1;
    state->iis = flags >> 3 & 1;
    state->day = (int64_t)wire_u64(&wire);
    state->clock = (int64_t)wire_u64(&wire);
    remember(state->log_type, sizeof state->log_type, wire_text(&wire));
    remember(state->fields, sizeof state->fields, wire_text(&wire));
    if (wire.failed)
        return err_set(err, ERR_BUG, "malformed header state");
    if (state->fields[0])
        apply_header(log);
    return 0;
}
