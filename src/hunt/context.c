#include "hunt/context.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/process.h"
#include "events/event_fields.h"
#include "events/winlog.h"
#include "hunt/context_keys.h"

#define MESSAGE_MAX (16U << 10)
#define SEND_BYTES (64U << 10)
#define WAIT_MS 200
#define SILENCE_MS INT64_C(120000)
#define FAILURES_MAX 1000
#define FIELDS_MAX 64

enum message_kind { CONTEXT_EVENT = 1, CONTEXT_LIVES, CONTEXT_ITEM_END };

/* ---- a worker: every `stride`th item from `first` -------------------------------------------
 */

struct share {
    const struct context_options *options;
    struct context_keys *keys; /* its gaps are filled anew for each item */
    size_t first, stride;
};

struct looker {
    const struct share *share;
    struct channel *channel;
    struct reader *reader;
    struct prefilter_scanner *scanner;
    struct event_log *log;
    struct arena scratch;
    struct event event;
    struct request request;
    struct buf text, key, out;
    size_t item;
    bool gone;
    size_t touched_count, touched_capacity;
    size_t *touched; /* gaps that this item put events into */
    const struct run *run;
};

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

static size_t message_begin(struct looker *looker, enum message_kind kind)
{
    size_t at = looker->out.len;
    buf_put_u32(&looker->out, 0);
    buf_put_u8(&looker->out, (uint8_t)kind);
    return at;
}

static void message_end(struct looker *looker, size_t at)
{
    uint32_t len = (uint32_t)(looker->out.len - at - 4);
    for (size_t i = 0; i < 4; i++)
        looker->out.ptr[at + i] = (char)(len >> (8 * i));
    send_out(looker, SEND_BYTES);
}

/* "Name=value; ..." of what a record says beyond its System part. */
static struct slice record_text(struct looker *looker)
{
    struct event_field fields[FIELDS_MAX];
    size_t count = event_fields(&looker->event, fields, FIELDS_MAX);
    buf_clear(&looker->text);
    for (size_t i = 0; i < count && looker->text.len < CONTEXT_ROW_MAX; i++) {
        buf_add_slice(&looker->text, fields[i].name);
        buf_add_char(&looker->text, '=');
        buf_add_slice(&looker->text, fields[i].value);
        buf_add_text(&looker->text, "; ");
    }
    return buf_slice(&looker->text);
}

static void offer(struct looker *looker, size_t key, uint64_t offset)
{
    struct context_keys *keys = looker->share->keys;
    const struct event *event = &looker->event;
    if (key == SIZE_MAX || keys->keys[key].anchor_count == 0)
        return;
    struct neighbour neighbour = { { event->time, looker->item, offset },
                                   event->schema->family->id,
                                   looker->request.host,
                                   event->row.ptr ? event->row : record_text(looker) };
    neighbour.row = slice_first(neighbour.row, CONTEXT_ROW_MAX);
    neighbour.host = slice_first(neighbour.host, 255);
    size_t gap = context_gap_of(&keys->keys[key], &neighbour.place);
    if (keys->gaps[gap].head_count == 0) {
        looker->touched = mem_reserve(looker->touched, looker->touched_count,
                                      &looker->touched_capacity, sizeof *looker->touched);
        looker->touched[looker->touched_count++] = gap;
    }
    context_keep(keys, gap, &neighbour);
}

static size_t find(struct looker *looker, enum shared shared, struct slice id)
{
    struct slice host = looker->request.host;
    return context_keys_find(looker->share->keys, shared, host.ptr ? host : SLICE_LIT(""), id,
                             &looker->key);
}

static bool is_outside(const struct looker *looker, int64_t time)
{
    const struct context_options *options = looker->share->options;
    return time == TIME_NONE || (options->since != TIME_NONE && time < options->since) ||
           (options->until != TIME_NONE && time > options->until);
}

/* What rows and records have in common. Each key once: two fields may hold one address. */
static void offer_request(struct looker *looker, uint64_t offset)
{
    const struct request *request = &looker->request;
    if (!request->from_itself)
        offer(looker, find(looker, SHARED_SOURCE, request->source), offset);
    offer(looker, find(looker, SHARED_SESSION, request->session), offset);
    offer(looker, find(looker, SHARED_REQUEST, request->request_id), offset);
}

static void on_line(void *context, struct slice line, const uint32_t *literals, size_t count)
{
    struct looker *looker = context;
    (void)literals;
    (void)count;
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    arena_reset(&looker->scratch);
    event_split(&looker->event, looker->run->schema, line, looker->run->day, &looker->scratch);
    if (is_outside(looker, looker->event.time))
        return;
    request_read(&looker->event, looker->share->options->proxies, &looker->request);
    offer_request(looker, reader_offset(looker->reader, line.ptr));
}

static void on_run(void *context, const struct run *run)
{
    struct looker *looker = context;
    looker->run = run;
    if (looker->scanner)
        prefilter_lines(looker->scanner, run->text, on_line, looker);
}

static void offer_record(struct looker *looker, uint64_t offset)
{
    static const struct {
        const char *field;
        enum shared shared;
    } fields[] = {
        { "TargetLogonId", SHARED_LOGON },
        { "SubjectLogonId", SHARED_LOGON },
        { "LogonId", SHARED_LOGON },
        { "ProcessGuid", SHARED_PROCESS },
        { "ParentProcessGuid", SHARED_PROCESS },
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        offer(looker,
              find(looker, fields[i].shared,
                   event_field(&looker->event, slice_from(fields[i].field))),
              offset);
    offer(looker, find(looker, SHARED_USER, looker->request.user), offset);
    offer(looker, find(looker, SHARED_NEAR, slice_from(looker->event.schema->family->name)),
          offset);
    offer_request(looker, offset);
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
    event_log_begin(&looker->event, event_log_schema(looker->log, shape, family), record,
                    offset, &looker->scratch);
    if (is_outside(looker, looker->event.time))
        return family;
    event_log_fill_all(&looker->event, record);
    request_read(&looker->event, looker->share->options->proxies, &looker->request);
    offer_record(looker, offset);
    return family;
}

static void on_progress(void *context, uint64_t position)
{
    struct looker *looker = context;
    (void)position;
    message_end(looker, message_begin(looker, CONTEXT_LIVES));
    send_out(looker, 0);
}

static void put_event(struct looker *looker, size_t gap, const struct neighbour *event)
{
    size_t at = message_begin(looker, CONTEXT_EVENT);
    buf_put_u32(&looker->out, (uint32_t)gap);
    buf_put_u64(&looker->out, (uint64_t)event->place.time);
    buf_put_u64(&looker->out, event->place.offset);
    buf_put_u32(&looker->out, (uint32_t)event->family);
    buf_put_text(&looker->out, event->host);
    buf_put_text(&looker->out, event->row);
    message_end(looker, at);
}

static void send_item(struct looker *looker)
{
    for (size_t t = 0; t < looker->touched_count; t++) {
        struct gap *gap = &looker->share->keys->gaps[looker->touched[t]];
        for (size_t i = 0; i < gap->head_count; i++)
            put_event(looker, looker->touched[t], &gap->head[i]);
        for (size_t i = 0; i < gap->tail_count; i++)
            put_event(looker, looker->touched[t], &gap->tail[i]);
        context_gap_clear(gap);
    }
    looker->touched_count = 0;
    message_end(looker, message_begin(looker, CONTEXT_ITEM_END));
    send_out(looker, 0);
}

static int look(void *context, struct channel *channel)
{
    struct looker *looker = mem_alloc(sizeof *looker);
    struct reader_sink sink = {
        .run = on_run, .record = on_record, .progress = on_progress, .context = looker
    };
    looker->share = context;
    for (size_t i = 0; i < looker->share->keys->gap_count; i++)
        context_gap_clear(&looker->share->keys->gaps[i]); /* what the coordinator has so far */
    looker->channel = channel;
    looker->reader = reader_new(&sink);
    looker->log = event_log_new();
    if (looker->share->keys->filter)
        looker->scanner = prefilter_scanner_new(looker->share->keys->filter);
    const struct context_options *options = looker->share->options;
    for (looker->item = looker->share->first; looker->item < options->part_count;
         looker->item += looker->share->stride) {
        struct reader_end end = { .note = "" };
        if (options->parts[looker->item].path)
            reader_read(looker->reader, &options->parts[looker->item], &end);
        buf_deinit(&end.before);
        buf_deinit(&end.after);
        send_item(looker);
    }
    prefilter_scanner_free(looker->scanner);
    event_log_free(looker->log);
    reader_free(looker->reader);
    arena_deinit(&looker->scratch);
    buf_deinit(&looker->text);
    buf_deinit(&looker->key);
    buf_deinit(&looker->out);
    free(looker->touched);
    free(looker);
    return 0;
}

/* ---- the coordinator ------------------------------------------------------------------------
 */

struct helper {
    struct process process;
    struct share share; /* first: the item that it is at */
    int64_t heard;
    struct buf in;
};

struct pass {
    const struct context_options *options;
    struct context_keys *keys; /* of all items */
    struct casefile *casefile;
    size_t helper_count;
    struct helper *helpers;
    unsigned failures;
};

static int start(struct helper *helper, struct err *err)
{
    buf_clear(&helper->in);
    helper->heard = clock_monotonic_ms();
    return process_start(&helper->process, look, &helper->share, err);
}

/* A worker that ends early has met an item that is too much for it: on with the next one. */
static int on_death(struct pass *pass, struct helper *helper, bool kill, struct err *err)
{
    process_reap(&helper->process, kill, NULL, 0);
    if (helper->share.first >= pass->options->part_count)
        return 0;
    casefile_add_damage(pass->casefile, helper->share.first, 0,
                        "the neighbours of findings could not be read here");
    helper->share.first += helper->share.stride;
    if (++pass->failures > FAILURES_MAX)
        return err_set(err, ERR_RESOURCE, "%u workers died; giving up", pass->failures);
    return helper->share.first < pass->options->part_count ? start(helper, err) : 0;
}

static bool read_event(struct pass *pass, struct helper *helper, struct wire *wire)
{
    struct neighbour event;
    uint32_t gap = wire_u32(wire);
    event.place.time = (int64_t)wire_u64(wire);
    event.place.offset = wire_u64(wire);
    event.place.item = helper->share.first;
    uint32_t family = wire_u32(wire);
    event.host = wire_text(wire);
    event.row = wire_text(wire);
    if (wire->failed || gap >= pass->keys->gap_count || !family_get((enum family_id)family) ||
        event.row.len > CONTEXT_ROW_MAX || event.place.time < TIME_FIRST ||
        event.place.time > TIME_LAST)
        return false;
    event.family = (enum family_id)family;
    context_keep(pass->keys, gap, &event);
    return true;
}

static bool on_message(struct pass *pass, struct helper *helper, struct wire wire)
{
    uint8_t kind = wire_u8(&wire);
    if (helper->share.first >= pass->options->part_count)
        return false;
    if (kind == CONTEXT_EVENT)
        return read_event(pass, helper, &wire);
    if (kind == CONTEXT_ITEM_END)
        helper->share.first += helper->share.stride;
    return kind == CONTEXT_ITEM_END || kind == CONTEXT_LIVES;
}

static bool drain(struct pass *pass, struct helper *helper)
{
    size_t at = 0;
    bool sound = true;
    while (sound && helper->in.len - at >= 4) {
        struct wire head = { helper->in.ptr + at, 4, false };
        uint32_t len = wire_u32(&head);
        if (len > MESSAGE_MAX || helper->in.len - at - 4 < len) {
            sound = len <= MESSAGE_MAX;
            break;
        }
        sound = on_message(pass, helper, (struct wire){ helper->in.ptr + at + 4, len, false });
        at += 4 + (size_t)len;
    }
    memmove(helper->in.ptr, helper->in.ptr + at, helper->in.len - at);
    helper->in.len -= at;
    return sound;
}

static int receive(struct pass *pass, struct helper *helper, struct err *err)
{
    buf_reserve(&helper->in, SEND_BYTES);
    int64_t got = channel_read(&helper->process.channel, helper->in.ptr + helper->in.len,
                               SEND_BYTES, NULL);
    helper->heard = clock_monotonic_ms();
    if (got <= 0)
        return on_death(pass, helper, false, err);
    helper->in.len += (size_t)got;
    return drain(pass, helper) ? 0 : on_death(pass, helper, true, err);
}

static bool is_done(const struct pass *pass)
{
    for (size_t i = 0; i < pass->helper_count; i++)
        if (pass->helpers[i].process.id)
            return false;
    return true;
}

static int serve(struct pass *pass, struct process *processes, bool *ready, struct err *err)
{
    int64_t silence = pass->options->silence_ms ? pass->options->silence_ms : SILENCE_MS;
    for (size_t i = 0; i < pass->helper_count; i++)
        processes[i] = pass->helpers[i].process;
    if (process_wait_any(processes, pass->helper_count, WAIT_MS, ready, err) < 0)
        return -1;
    for (size_t i = 0; i < pass->helper_count; i++) {
        struct helper *helper = &pass->helpers[i];
        if (ready[i] && receive(pass, helper, err) < 0)
            return -1;
        if (helper->process.id && clock_monotonic_ms() - helper->heard > silence &&
            on_death(pass, helper, true, err) < 0)
            return -1;
    }
    return 0;
}

static int work(struct pass *pass, struct err *err)
{
    AUTO_FREE struct process *processes = mem_alloc(pass->helper_count * sizeof *processes);
    AUTO_FREE bool *ready = mem_alloc(pass->helper_count * sizeof *ready);
    for (size_t i = 0; i < pass->helper_count; i++) {
        pass->helpers[i].share =
            (struct share){ pass->options, pass->keys, i, pass->helper_count };
        if (start(&pass->helpers[i], err) < 0)
            return -1;
    }
    while (!is_done(pass) && !interrupt_seen())
        if (serve(pass, processes, ready, err) < 0)
            return -1;
    return 0;
}

int context_run(const struct context_options *options, struct casefile *casefile,
                struct err *err)
{
    struct pass pass = { .options = options, .casefile = casefile };
    char left_out[24];
    int result = 0;
    casefile_execute(casefile, "DELETE FROM context");
    pass.keys = context_keys_new(casefile, options->events);
    if (pass.keys->finding_count && options->part_count) {
        pass.helper_count =
            options->jobs < options->part_count ? options->jobs : options->part_count;
        pass.helpers = mem_alloc(pass.helper_count * sizeof *pass.helpers);
        result = work(&pass, err);
        for (size_t i = 0; i < pass.helper_count; i++) {
            process_reap(&pass.helpers[i].process, true, NULL, 0);
            buf_deinit(&pass.helpers[i].in);
        }
        free(pass.helpers);
        context_store(pass.keys, casefile);
    }
    snprintf(left_out, sizeof left_out, "%" PRIu64, (uint64_t)pass.keys->left_out);
    casefile_set_meta(casefile, "context_left_out", slice_from(left_out));
    context_keys_free(pass.keys);
    casefile_checkpoint(casefile);
    return result < 0 ? result : casefile_error(casefile, err);
}
