#include "match/indicator_list.h"

#include <stdio.h>

#include "events/exchange_csv.h"

#define CELLS_MAX 64

void indicator_leave_out(struct indicator_reading *reading, const char *reason)
{
    struct indicator_report *report = reading->report;
    report->left_out++;
    size_t i = 0;
    while (i < report->reason_count && strcmp(report->reasons[i].text, reason) != 0)
        i++;
    if (i >= INDICATOR_REASONS_MAX - 1) {
        i = INDICATOR_REASONS_MAX - 1;
        reason = "other reasons";
    }
    struct indicator_reason *known = &report->reasons[i];
    if (i >= report->reason_count) {
        snprintf(known->text, sizeof known->text, "%s", reason);
        known->first = reading->place;
        report->reason_count = i + 1;
    }
    known->count++;
}

void indicator_read(struct indicator_reading *reading, enum indicator_type type,
                    struct slice text)
{
    struct err why = ERR_INIT;
    size_t group = indicators_group(reading->set, reading->name, type);
    int got = indicators_add(reading->set, group, text, &why);
    if (got < 0) {
        why.msg[sizeof reading->report->reasons[0].text - 1] = '\0';
        indicator_leave_out(reading, why.msg);
    } else if (got > 0) {
        reading->report->repeated++;
    } else {
        reading->report->added[type]++;
    }
}

static void read_by_form(struct indicator_reading *reading, struct slice text)
{
    struct buf plain = BUF_INIT;
    enum indicator_type type;
    indicator_refang(text, &plain);
    if (indicator_guess(buf_slice(&plain), &type))
        indicator_read(reading, type, text);
    else
        indicator_leave_out(reading, "neither address, domain, URL, file nor hash");
    buf_deinit(&plain);
}

/* ---- plain lists ----------------------------------------------------------------------------
 */

/* Without a comment: '#' at the start, or behind a blank (URLs have it in their middle). */
static struct slice without_comment(struct slice line)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.ptr[i] == '#' && (i == 0 || line.ptr[i - 1] == ' ' || line.ptr[i - 1] == '\t'))
            return slice_trim(slice_first(line, i));
    return slice_trim(line);
}

static struct slice next_line(struct slice *rest)
{
    struct slice line = slice_trim(slice_cut(rest, '\n'));
    if (slice_starts(line, SLICE_LIT("\xef\xbb\xbf")))
        line = slice_trim(slice_from_offset(line, 3));
    return line;
}

static void read_plain(struct indicator_reading *reading, struct slice text)
{
    for (struct slice rest = text; rest.ptr && rest.len;) {
        struct slice line = without_comment(next_line(&rest));
        reading->place++;
        if (line.len)
            read_by_form(reading, line);
    }
}

/* ---- CSV ------------------------------------------------------------------------------------
 */

/* What lists call the types. */
static const struct {
    const char *name;
    enum indicator_type type;
} type_names[] = {
    { "address", INDICATOR_ADDRESS },
    { "ip", INDICATOR_ADDRESS },
    { "ipv4", INDICATOR_ADDRESS },
    { "ipv6", INDICATOR_ADDRESS },
    { "ip-src", INDICATOR_ADDRESS },
    { "ip-dst", INDICATOR_ADDRESS },
    { "ip address", INDICATOR_ADDRESS },
    { "ip_address", INDICATOR_ADDRESS },
    { "ipaddress", INDICATOR_ADDRESS },
    { "ipv4-addr", INDICATOR_ADDRESS },
    { "ipv6-addr", INDICATOR_ADDRESS },
    { "cidr", INDICATOR_ADDRESS },
    { "domain", INDICATOR_DOMAIN },
    { "hostname", INDICATOR_DOMAIN },
    { "domain-name", INDICATOR_DOMAIN },
    { "host", INDICATOR_DOMAIN },
    { "fqdn", INDICATOR_DOMAIN },
    { "url", INDICATOR_URL },
    { "uri", INDICATOR_URL },
    { "link", INDICATOR_URL },
    { "filename", INDICATOR_FILE },
    { "file", INDICATOR_FILE },
    { "file name", INDICATOR_FILE },
    { "file_name", INDICATOR_FILE },
    { "filepath", INDICATOR_FILE },
    { "file path", INDICATOR_FILE },
    { "path", INDICATOR_FILE },
    { "md5", INDICATOR_HASH },
    { "sha1", INDICATOR_HASH },
    { "sha-1", INDICATOR_HASH },
    { "sha256", INDICATOR_HASH },
    { "sha-256", INDICATOR_HASH },
    { "hash", INDICATOR_HASH },
    { "filehash-md5", INDICATOR_HASH },
    { "filehash-sha1", INDICATOR_HASH },
    { "filehash-sha256", INDICATOR_HASH },
};

static bool type_by_name(struct slice name, enum indicator_type *out)
{
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++) {
        if (!slice_icase_eq(name, slice_from(type_names[i].name)))
            continue;
        *out = type_names[i].type;
        return true;
    }
    return false;
}

static void leave_out_type(struct indicator_reading *reading, struct slice type)
{
    char reason[96];
    int len = snprintf(reason, sizeof reason, "type \"%.*s\" is not looked for",
                       SLICE_FMT(slice_first(type, 40)));
    for (int i = 0; i < len && reason[i]; i++)
        if ((unsigned char)reason[i] < ' ')
            reason[i] = '?';
    indicator_leave_out(reading, reason);
}

/* "filename|sha256" with "x.exe|a1b2...": each part is one. Ports are none. */
static void read_typed(struct indicator_reading *reading, struct slice types,
                       struct slice values)
{
    while (types.ptr && values.ptr) {
        enum indicator_type type;
        struct slice name = slice_trim(slice_cut(&types, '|'));
        struct slice value = slice_cut(&values, '|');
        if (!types.ptr && values.ptr) /* a '|' of the value's own */
            value.len += 1 + values.len;
        if (type_by_name(name, &type))
            indicator_read(reading, type, value);
        else if (!slice_icase_eq(name, SLICE_LIT("port")))
            leave_out_type(reading, name);
        if (!types.ptr)
            return;
    }
}

struct columns {
    char separator;
    size_t value, type, to_ids; /* SIZE_MAX: not there */
};

static size_t split(struct slice line, char separator, struct slice *cells,
                    struct arena *scratch)
{
    size_t count = 0;
    if (separator == ',') {
        count = csv_split(line, cells, CELLS_MAX, scratch);
        return count < CELLS_MAX ? count : CELLS_MAX;
    }
    for (struct slice rest = line; rest.ptr && count < CELLS_MAX;)
        cells[count++] = slice_trim(slice_cut(&rest, separator));
    return count;
}

static size_t find_column(const struct slice *cells, size_t count, const char *const *names)
{
    for (; *names; names++)
        for (size_t i = 0; i < count; i++)
            if (slice_icase_eq(slice_trim(cells[i]), slice_from(*names)))
                return i;
    return SIZE_MAX;
}

static bool read_header(struct slice line, struct columns *out)
{
    static const char *const values[] = { "value",           "indicator", "ioc", "observable",
                                          "indicator_value", "ioc_value", NULL };
    static const char *const types[] = { "type",          "indicator_type",  "ioc_type",
                                         "indicatortype", "observable_type", NULL };
    static const char *const to_ids[] = { "to_ids", NULL };
    static const char separators[] = { ',', ';', '\t' };
    struct slice cells[CELLS_MAX];
    struct arena scratch = ARENA_INIT;
    bool found = false;
    for (size_t i = 0; i < sizeof separators && !found; i++) {
        size_t count = split(line, separators[i], cells, &scratch);
        *out = (struct columns){ separators[i], find_column(cells, count, values),
                                 find_column(cells, count, types),
                                 find_column(cells, count, to_ids) };
        found = out->value != SIZE_MAX;
    }
    arena_deinit(&scratch);
    return found;
}

static void read_row(struct indicator_reading *reading, const struct columns *columns,
                     const struct slice *cells, size_t count)
{
    struct slice none = SLICE_LIT("");
    struct slice value = columns->value < count ? slice_trim(cells[columns->value]) : none;
    struct slice type = columns->type < count ? slice_trim(cells[columns->type]) : none;
    struct slice ids = columns->to_ids < count ? slice_trim(cells[columns->to_ids]) : none;
    if (slice_eq(ids, SLICE_LIT("0")) || slice_icase_eq(ids, SLICE_LIT("false")))
        indicator_leave_out(reading, "not meant for detection (to_ids is 0)");
    else if (!value.len)
        indicator_leave_out(reading, "a row without a value");
    else if (type.len)
        read_typed(reading, type, value);
    else
        read_by_form(reading, value);
}

static void read_csv(struct indicator_reading *reading, const struct columns *columns,
                     struct slice rest)
{
    struct arena scratch = ARENA_INIT;
    struct slice cells[CELLS_MAX];
    while (rest.ptr && rest.len) {
        struct slice line = next_line(&rest);
        reading->place++;
        if (!line.len || line.ptr[0] == '#')
            continue;
        arena_reset(&scratch);
        size_t count = split(line, columns->separator, cells, &scratch);
        read_row(reading, columns, cells, count);
    }
    arena_deinit(&scratch);
}

/* ---- which one is it? -----------------------------------------------------------------------
 */

static struct slice first_line(struct slice *rest, uint64_t *place)
{
    while (rest->ptr && rest->len) {
        struct slice line = next_line(rest);
        ++*place;
        if (line.len && line.ptr[0] != '#')
            return line;
    }
    return slice_from("");
}

int indicator_list_read(struct indicators *set, struct slice name, struct slice text,
                        struct indicator_report *out, struct err *err)
{
    struct indicator_reading reading = { set, name, out, 0 };
    struct columns columns;
    struct slice rest = text;
    *out = (struct indicator_report){ .left_out = 0 };
    if (slice_starts(text, SLICE_LIT("\xff\xfe")) || slice_starts(text, SLICE_LIT("\xfe\xff")))
        return err_set(err, ERR_USAGE, "UTF-16: save the list as UTF-8");
    struct slice first = first_line(&rest, &reading.place);
    if (first.len && (first.ptr[0] == '{' || slice_starts(first, SLICE_LIT("[{"))))
        return indicator_read_stix(&reading, text, err);
    if (read_header(first, &columns)) {
        read_csv(&reading, &columns, rest);
        return 0;
    }
    reading.place = 0;
    read_plain(&reading, text);
    return 0;
}
