/*
 * The second reading, in a worker: rows → sums (struct taken_note), told item by item.
 *
 * Of most rows only a few cells are picked: the client's address, the bytes, the user, the
 * path. A row with a quoted cell in front of the last of them is split properly instead, and so
 * are the rows that something is wanted of.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "events/event_log.h"
#include "events/winlog.h"
#include "exchange/deed.h"
#include "exchange/mail.h"
#include "hunt/taken.h"

#define SUMS_MAX 8192 /* told and forgotten when there are more */
#define SEND_BYTES (64U << 10)
#define ROW_KEPT_MAX 2048
#define SUBJECT_MAX 256

/* Cells that are picked from every row of a web log. */
enum pick {
    PICK_SOURCE,
    PICK_BYTES,
    PICK_USER,
    PICK_PATH,
    PICK_STATUS,
    PICK_PORT,
    PICK_SERVER,
    PICK_REQUEST,
    PICK_COUNT
};

struct looker {
    const struct taken_keys *keys;
    struct channel *channel;
    struct reader *reader;
    struct prefilter_scanner *scanner;
    struct event_log *log;
    struct arena scratch;
    struct event event;
    struct request request;
    const struct run *run;
    size_t column[PICK_COUNT];
    size_t columns; /* cells up to and with the last that is picked */
    struct slice cells[PICK_COUNT];
    bool day_leads;    /* rows begin with their day */
    char day_text[10]; /* what that of the last row looked like */
    int64_t day;
    struct map index; /* key → sum + 1 */
    size_t sum_count, sum_capacity;
    struct taken_note *sums; /* texts in the map's arena */
    struct buf key, out;
    bool gone;
};

/* ---- telling ---- */

static void send_out(struct looker *looker, size_t threshold)
{
    struct err err = ERR_INIT;
    if (looker->out.len < threshold || looker->out.len == 0 || looker->gone)
        return;
    looker->gone =
        channel_write_full(looker->channel, looker->out.ptr, looker->out.len, &err) != 0;
    buf_clear(&looker->out);
    if (looker->gone)
        reader_stop(looker->reader);
}

static void tell_sums(struct looker *looker)
{
    for (size_t i = 0; i < looker->sum_count; i++) {
        record_put_taken(&looker->out, &looker->sums[i]);
        send_out(looker, SEND_BYTES);
    }
    looker->sum_count = 0;
    map_deinit(&looker->index);
    looker->index = (struct map)MAP_INIT;
}

/* ---- sums ---- */

static void add_key(struct buf *key, struct slice text)
{
    buf_add_slice(key, text);
    buf_add_char(key, '\x1f');
}

static struct slice key_of(struct looker *looker, const struct taken_note *note)
{
    struct buf *key = &looker->key;
    buf_clear(key);
    buf_put_u8(key, (uint8_t)note->what);
    buf_put_u8(key, (uint8_t)note->family);
    buf_put_u64(key, (uint64_t)note->slot);
    add_key(key, note->source);
    add_key(key, note->host);
    if (note->what == TAKEN_VOLUME)
        return buf_slice(key);
    add_key(key, note->subject);
    add_key(key, note->operation);
    add_key(key, note->act);
    return buf_slice(key);
}

static struct slice keep(struct looker *looker, struct slice text)
{
    return text.ptr ? arena_copy(&looker->index.arena, text) : text;
}

static void begin_sum(struct looker *looker, const struct taken_note *note)
{
    looker->sums = mem_reserve(looker->sums, looker->sum_count, &looker->sum_capacity,
                               sizeof *looker->sums);
    struct taken_note *sum = &looker->sums[looker->sum_count++];
    *sum = *note;
    sum->host = keep(looker, note->host);
    sum->source = keep(looker, note->source);
    sum->subject = keep(looker, note->subject);
    sum->operation = keep(looker, note->operation);
    sum->act = keep(looker, note->act);
    sum->row = keep(looker, slice_first(note->row, ROW_KEPT_MAX));
}

static void add(struct looker *looker, const struct taken_note *note)
{
    if (looker->sum_count >= SUMS_MAX)
        tell_sums(looker);
    bool added;
    uint64_t *at = map_at(&looker->index, key_of(looker, note), &added);
    if (added) {
        *at = looker->sum_count + 1;
        begin_sum(looker, note);
        return;
    }
    struct taken_note *sum = &looker->sums[*at - 1];
    sum->requests += note->requests;
    sum->answered += note->answered;
    sum->bytes += note->bytes;
    sum->sized += note->sized;
    if (note->first != TIME_NONE && (sum->last == TIME_NONE || note->first > sum->last))
        sum->last = note->first;
    if (note->first != TIME_NONE && (sum->first == TIME_NONE || note->first < sum->first)) {
        sum->first = note->first;
        sum->offset = note->offset;
        sum->row = keep(looker, slice_first(note->row, ROW_KEPT_MAX));
    }
}

/* ---- picking ---- */

static size_t column_of(const struct schema *schema, const char *name)
{
    return name ? schema_find(schema, slice_from(name)) : COLUMN_NONE;
}

static void find_columns(struct looker *looker, const struct schema *schema)
{
    static const enum role roles[PICK_COUNT] = {
        [PICK_SOURCE] = ROLE_SOURCE,    [PICK_BYTES] = ROLE_COUNT,
        [PICK_USER] = ROLE_USER,        [PICK_PATH] = ROLE_URL_PATH,
        [PICK_STATUS] = ROLE_STATUS,    [PICK_PORT] = ROLE_SERVER_PORT,
        [PICK_SERVER] = ROLE_SERVER_IP, [PICK_REQUEST] = ROLE_COUNT,
    };
    looker->columns = 0;
    for (size_t i = 0; i < PICK_COUNT; i++)
        looker->column[i] = roles[i] < ROLE_COUNT ? schema->role[roles[i]] : COLUMN_NONE;
    looker->column[PICK_BYTES] = column_of(schema, mail_bytes_column(schema->family->id));
    if (schema->family->id == FAMILY_EWS)
        looker->column[PICK_REQUEST] = column_of(schema, "CorrelationGuid");
    for (size_t i = 0; i < PICK_COUNT; i++)
        if (looker->column[i] != COLUMN_NONE && looker->column[i] >= looker->columns)
            looker->columns = looker->column[i] + 1;
}

/* False: a cell is quoted, the row must be split properly. */
static bool pick_cells(struct looker *looker, struct slice row)
{
    struct slice cells[COLUMNS_MAX];
    size_t count = 0;
    char separator = looker->run->schema->family->format == FORMAT_W3C ? ' ' : ',';
    for (const char *at = row.ptr, *end = row.ptr + row.len; count < looker->columns;) {
        const char *stop = at < end ? memchr(at, separator, (size_t)(end - at)) : NULL;
        if (at < end && *at == '"' && separator == ',')
            return false;
        cells[count++] = slice_of(at, (size_t)((stop ? stop : end) - at));
        if (!stop)
            break;
        at = stop + 1;
    }
    for (size_t i = 0; i < PICK_COUNT; i++) {
        size_t column = looker->column[i];
        looker->cells[i] = column < count ? cells[column] : SLICE_NULL;
    }
    return true;
}

static void split(struct looker *looker, struct slice row)
{
    arena_reset(&looker->scratch);
    event_split(&looker->event, looker->run->schema, row, looker->run->day, &looker->scratch);
}

static void read_cells(struct looker *looker, struct slice row)
{
    if (pick_cells(looker, row))
        return;
    split(looker, row);
    for (size_t i = 0; i < PICK_COUNT; i++)
        looker->cells[i] = looker->column[i] == COLUMN_NONE
                               ? SLICE_NULL
                               : event_cell(&looker->event, looker->column[i]);
}

static struct slice host_of(struct looker *looker, struct slice row)
{
    struct slice cell = SLICE_NULL;
    size_t column = looker->run->schema->role[ROLE_HOST];
    if (column == COLUMN_NONE)
        return SLICE_LIT("");
    if (!row_peek_cell(looker->run->schema, row, column, &cell)) {
        split(looker, row);
        cell = event_cell(&looker->event, column);
    }
    return cell.ptr ? cell : SLICE_LIT("");
}

static bool is_outside(const struct looker *looker, int64_t time)
{
    const struct taken_keys *keys = looker->keys;
    return time != TIME_NONE && ((keys->from != TIME_NONE && time < keys->from) ||
                                 (keys->until != TIME_NONE && time > keys->until));
}

/* ---- volumes ---- */

/* The day of a row that starts with it is parsed only when it changes. */
static int64_t day_of(struct looker *looker, struct slice row)
{
    size_t size = sizeof looker->day_text;
    bool leads = looker->day_leads && row.len > size;
    if (leads && memcmp(row.ptr, looker->day_text, size) == 0 &&
        looker->keys->from == TIME_NONE && looker->keys->until == TIME_NONE)
        return looker->day;
    int64_t time = row_time(looker->run->schema, row, looker->run->day);
    if (time == TIME_NONE || is_outside(looker, time))
        return INT64_MIN;
    if (leads)
        memcpy(looker->day_text, row.ptr, size);
    looker->day = time / MS_PER_DAY;
    return looker->day;
}

/* Loopback, link-local, and the server's own address: it speaks to itself. */
static bool is_own(const struct looker *looker, struct slice source)
{
    struct slice server = ip_text(looker->cells[PICK_SERVER]);
    return slice_starts(source, SLICE_LIT("127.")) || slice_eq(source, SLICE_LIT("::1")) ||
           slice_icase_starts(source, SLICE_LIT("fe80:")) ||
           (server.len && slice_icase_eq(server, source));
}

static bool is_monitoring(const struct looker *looker)
{
    return slice_icase_has(looker->cells[PICK_USER], SLICE_LIT("HealthMailbox"));
}

/* IIS logs the back end's site, too; its clients are the front ends. */
static bool is_back_end(const struct looker *looker)
{
    struct slice port = looker->cells[PICK_PORT];
    return slice_eq(port, SLICE_LIT("444")) || slice_eq(port, SLICE_LIT("81"));
}

static void add_volume(struct looker *looker, struct slice row, struct slice source)
{
    struct taken_note note = { .what = TAKEN_VOLUME,
                               .family = looker->run->schema->family->id,
                               .source = source,
                               .requests = 1 };
    uint64_t bytes = 0;
    if (looker->column[PICK_BYTES] == COLUMN_NONE || is_own(looker, source) ||
        is_monitoring(looker) || is_back_end(looker))
        return;
    if (slice_to_u64(slice_trim(looker->cells[PICK_BYTES]), &bytes)) {
        note.bytes = bytes < INT64_MAX / 4 ? bytes : 0;
        note.sized = note.answered = 1;
    }
    note.slot = day_of(looker, row);
    if (note.slot == INT64_MIN)
        return;
    note.first = note.last = note.slot * MS_PER_DAY;
    note.offset = reader_offset(looker->reader, row.ptr);
    note.host = host_of(looker, row);
    add(looker, &note);
}

/* ---- mail ---- */

static struct taken_note note_of_event(struct looker *looker, enum taken_what what,
                                       uint64_t offset)
{
    const struct event *event = &looker->event;
    return (struct taken_note){ .what = what,
                                .family = event->schema->family->id,
                                .host = looker->request.host.ptr ? looker->request.host
                                                                 : SLICE_LIT(""),
                                .source = looker->request.source,
                                .first = event->time,
                                .last = event->time,
                                .requests = 1,
                                .offset = offset,
                                .row = event->row };
}

static bool worked(struct looker *looker)
{
    static const int redirects[] = { 241 };
    return request_outcome(&looker->event, &looker->request, redirects, 1) == OUTCOME_SUCCESS;
}

static void add_mail(struct looker *looker, struct slice row, uint64_t who)
{
    struct mail_facts mail;
    const struct taken_keys *keys = looker->keys;
    mail_read(&looker->event, &looker->request, &mail);
    if (mail.act == MAIL_NONE || is_outside(looker, looker->event.time))
        return;
    struct taken_note note =
        note_of_event(looker, TAKEN_MAIL, reader_offset(looker->reader, row.ptr));
    note.source = keys->address[who - 1];
    note.subject = slice_first(mail.mailbox, SUBJECT_MAX);
    note.operation = slice_first(mail.operation, SUBJECT_MAX);
    note.act = slice_from(mail_act_name(mail.act));
    note.slot = note.first != TIME_NONE && note.first >= keys->since[who - 1];
    note.answered = worked(looker);
    note.sized = mail.has_bytes && note.answered;
    note.bytes = note.sized && mail.bytes < INT64_MAX / 4 ? mail.bytes : 0;
    add(looker, &note);
}

/* ---- archives ---- */

static const char *const archives[] = { ".7z", ".zip", ".rar", ".cab", ".dmp", ".tar", ".gz" };

static bool is_archive(struct slice path)
{
    if (path.len < 4 || (path.ptr[path.len - 4] != '.' && path.ptr[path.len - 3] != '.'))
        return false;
    for (size_t i = 0; i < sizeof archives / sizeof *archives; i++)
        if (slice_icase_ends(path, slice_from(archives[i])))
            return true;
    return false;
}

static void add_archive(struct looker *looker, struct slice row)
{
    struct mail_facts mail;
    split(looker, row);
    request_read(&looker->event, looker->keys->proxies, &looker->request);
    if (!worked(looker) || is_outside(looker, looker->event.time))
        return;
    mail_read(&looker->event, &looker->request, &mail);
    struct taken_note note =
        note_of_event(looker, TAKEN_ARCHIVE, reader_offset(looker->reader, row.ptr));
    uint64_t bytes = 0;
    note.subject = slice_first(looker->request.url_path, SUBJECT_MAX);
    note.operation = looker->request.method;
    note.act = SLICE_LIT("download");
    note.answered = 1;
    note.sized = slice_to_u64(slice_trim(looker->cells[PICK_BYTES]), &bytes);
    note.bytes = note.sized && bytes < INT64_MAX / 4 ? bytes : 0;
    add(looker, &note);
}

/* ---- rows of web logs ---- */

static bool is_trusted(const struct looker *looker, struct slice source)
{
    struct ip ip;
    const struct trusted_proxies *proxies = looker->keys->proxies;
    if (proxies->count == 0 || !ip_parse(source, &ip))
        return false;
    for (size_t i = 0; i < proxies->count; i++)
        if (ip_in_network(&ip, &proxies->networks[i]))
            return true;
    return false;
}

/* The intruder whose row this is: by his address, or by a request of his; 0: nobody's. */
static uint64_t whose(struct looker *looker, struct slice source)
{
    const uint64_t *who = map_find(&looker->keys->sources, source);
    struct slice id = looker->cells[PICK_REQUEST];
    if (who || !id.len || id.len > 64 || looker->keys->requests.count == 0)
        return who ? *who : 0;
    char text[64];
    for (size_t i = 0; i < id.len; i++)
        text[i] = ascii_lower(id.ptr[i]);
    who = map_find(&looker->keys->requests, slice_of(text, id.len));
    return who ? *who : 0;
}

static void look_at_row(struct looker *looker, struct slice row)
{
    read_cells(looker, row);
    struct slice source = ip_text(looker->cells[PICK_SOURCE]);
    bool read = is_trusted(looker, source);
    if (read) {
        split(looker, row);
        request_read(&looker->event, looker->keys->proxies, &looker->request);
        source = looker->request.source;
    }
    if (source.len)
        add_volume(looker, row, source);
    if (is_archive(looker->cells[PICK_PATH]))
        add_archive(looker, row);
    uint64_t who = whose(looker, source);
    if (!who)
        return;
    split(looker, row);
    request_read(&looker->event, looker->keys->proxies, &looker->request);
    add_mail(looker, row, who);
}

static void look_at_web(struct looker *looker, const struct run *run)
{
    struct slice rest = run->text;
    find_columns(looker, run->schema);
    bool w3c = run->schema->family->format == FORMAT_W3C;
    looker->day_leads = run->schema->role[w3c ? ROLE_DATE : ROLE_TIME] == 0;
    memset(looker->day_text, 0, sizeof looker->day_text);
    while (rest.len) {
        struct slice row = slice_cut(&rest, '\n');
        if (row.len && row.ptr[row.len - 1] == '\r')
            row.len--;
        if (row.len)
            look_at_row(looker, row);
    }
}

/* ---- commands ---- */

static void add_deed(struct looker *looker, uint64_t offset)
{
    struct deed_facts deed;
    deed_read(&looker->event, &deed);
    if (deed.deed == DEED_NONE || is_outside(looker, looker->event.time))
        return;
    request_read(&looker->event, looker->keys->proxies, &looker->request);
    struct taken_note note = note_of_event(looker, TAKEN_DEED, offset);
    note.source = slice_first(looker->request.user, SUBJECT_MAX); /* no address is logged */
    note.subject = slice_first(deed.mailbox, SUBJECT_MAX);
    note.operation = deed.cmdlet;
    note.act = slice_from(deed_name(deed.deed));
    note.slot = note.first == TIME_NONE ? 0 : note.first;
    note.answered = worked(looker);
    add(looker, &note);
}

static void on_command(void *context, struct slice line, const uint32_t *literals, size_t count)
{
    struct looker *looker = context;
    (void)literals;
    (void)count;
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    split(looker, line);
    add_deed(looker, reader_offset(looker->reader, line.ptr));
}

/* ---- listening to the reader ---- */

static void on_run(void *context, const struct run *run)
{
    struct looker *looker = context;
    looker->run = run;
    if (!run->schema)
        return;
    enum family_id family = run->schema->family->id;
    if (deed_is_told_by(family))
        prefilter_lines(looker->scanner, run->text, on_command, looker);
    else if (mail_bytes_column(family) || family == FAMILY_MAPIHTTP)
        look_at_web(looker, run);
}

static const struct family *on_record(void *context, const struct evtx_record *record,
                                      uint64_t offset)
{
    struct looker *looker = context;
    const struct evtx_shape *shape = record->shape;
    arena_reset(&looker->scratch);
    struct slice channel =
        shape->channel < shape->count
            ? evtx_value_text(&record->values[shape->channel], 0, &looker->scratch)
            : SLICE_NULL;
    const struct family *family = winlog_family(channel);
    if (!deed_is_told_by(family->id))
        return family;
    event_log_begin(&looker->event, event_log_schema(looker->log, shape, family), record,
                    offset, &looker->scratch);
    event_log_fill_all(&looker->event, record);
    add_deed(looker, offset);
    return family;
}

static void on_progress(void *context, uint64_t position)
{
    struct looker *looker = context;
    record_put_progress(&looker->out, position);
    send_out(looker, 0);
}

static void look_at_item(struct looker *looker, const struct order *order)
{
    struct reader_end end;
    reader_read(looker->reader, &order->part, &end);
    tell_sums(looker);
    record_put_end(&looker->out, end.before.ptr ? buf_slice(&end.before) : SLICE_NULL,
                   end.after.ptr ? buf_slice(&end.after) : SLICE_NULL);
    buf_deinit(&end.before);
    buf_deinit(&end.after);
    send_out(looker, 0);
}

static void looker_free(struct looker *looker)
{
    prefilter_scanner_free(looker->scanner);
    event_log_free(looker->log);
    reader_free(looker->reader);
    map_deinit(&looker->index);
    arena_deinit(&looker->scratch);
    buf_deinit(&looker->key);
    buf_deinit(&looker->out);
    free(looker->sums);
    free(looker);
}

int taken_worker(void *keys, struct channel *channel)
{
    struct looker *looker = mem_alloc(sizeof *looker);
    struct reader_sink sink = {
        .run = on_run, .record = on_record, .progress = on_progress, .context = looker
    };
    struct arena arena = ARENA_INIT;
    struct buf message = BUF_INIT;
    struct order order = { 0 };
    struct err err = ERR_INIT;
    int got;
    looker->keys = keys;
    looker->channel = channel;
    looker->index = (struct map)MAP_INIT;
    looker->reader = reader_new(&sink);
    looker->log = event_log_new();
    looker->scanner = prefilter_scanner_new(looker->keys->deeds);
    while ((got = order_read(channel, &message, &arena, &order, &err)) == 0 && !looker->gone) {
        look_at_item(looker, &order);
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    buf_deinit(&message);
    looker_free(looker);
    return got < 0 ? 1 : 0;
}
