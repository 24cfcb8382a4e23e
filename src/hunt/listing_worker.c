/* The worker's side of a listing: events of one file after the other, as text. */
#include <stdio.h>
#include <stdlib.h>

#include "events/event_log.h"
#include "events/winlog.h"
#include "hunt/listing_wire.h"
#include "hunt/order.h"
#include "report/event_line.h"

#define TEXT_BYTES (64U << 10) /* of one message, unless one event is longer */

struct lister {
    const struct listing_settings *settings;
    struct channel *channel;
    struct reader *reader;
    struct evaluator *evaluator; /* NULL: all events */
    struct survey *survey;       /* NULL: text is wanted */
    struct event_log *log;
    struct arena scratch;
    struct event event;
    struct buf text, message;
    uint64_t events;    /* that end in `text` */
    uint64_t announced; /* in this part */
    bool gone;          /* nobody reads us any more */
    const char *path;
    const struct evtx_record *record; /* at hand; NULL: a row */

    /* The family of a channel is nearly always the last one's. */
    const struct family *family;
    struct buf family_channel;
};

/* ---- messages -------------------------------------------------------------------------------
 */

static void message_begin(struct lister *lister, enum listing_kind kind)
{
    buf_clear(&lister->message);
    buf_put_u32(&lister->message, 0);
    buf_put_u8(&lister->message, (uint8_t)kind);
}

static void message_send(struct lister *lister)
{
    struct err err = ERR_INIT;
    struct buf *message = &lister->message;
    uint32_t len = (uint32_t)(message->len - 4);
    for (size_t i = 0; i < 4; i++)
        message->ptr[i] = (char)(len >> (8 * i));
    if (!lister->gone)
        lister->gone =
            channel_write_full(lister->channel, message->ptr, message->len, &err) != 0;
    if (lister->gone)
        reader_stop(lister->reader);
}

/* A very long event goes in several messages; its last one counts it. */
static void send_text(struct lister *lister)
{
    struct slice rest = buf_slice(&lister->text);
    while (rest.len) {
        struct slice piece = slice_first(rest, LISTING_MESSAGE_MAX / 2);
        rest = slice_from_offset(rest, piece.len);
        message_begin(lister, LISTING_TEXT);
        buf_put_u64(&lister->message, rest.len ? 0 : lister->events);
        buf_put_text(&lister->message, piece);
        message_send(lister);
    }
    lister->events = 0;
    buf_clear(&lister->text);
}

/* ---- events ---------------------------------------------------------------------------------
 */

static bool is_wanted_host(const struct lister *lister)
{
    if (!lister->settings->host.ptr)
        return true;
    struct slice host = event_host(&lister->event);
    return !host.ptr || slice_eq(host, lister->settings->host);
}

static bool is_wanted_family(const struct lister *lister, const struct family *family)
{
    return lister->settings->family == FAMILY_NONE || lister->settings->family == family->id;
}

static bool is_wanted_time(const struct lister *lister, int64_t time)
{
    const struct listing_settings *settings = lister->settings;
    if (time == TIME_NONE)
        return true;
    return (settings->since == TIME_NONE || time >= settings->since) &&
           (settings->until == TIME_NONE || time <= settings->until);
}

static void print_event(struct lister *lister, struct event *event)
{
    uint64_t most = lister->settings->most;
    struct event_place place = { lister->path, event->offset, lister->record };
    if (event->row.ptr)
        place.offset = reader_offset(lister->reader, event->row.ptr);
    if (lister->settings->ndjson)
        event_line_ndjson(&lister->text, event, &place);
    else
        event_line_text(&lister->text, event, &place);
    lister->events++;
    if (event->pairs_left_out && !lister->evaluator)
        reader_report_damage(lister->reader, place.offset,
                             "more values than are looked at in one event: the rest was left "
                             "out");
    if (lister->text.len >= TEXT_BYTES || most)
        send_text(lister);
    if (most && ++lister->announced >= most)
        reader_stop(lister->reader);
}

static void tell_event(struct lister *lister, uint64_t event_id)
{
    if (lister->survey)
        survey_add(lister->survey, &lister->event, event_id);
    else
        print_event(lister, &lister->event);
}

static void list_row(struct lister *lister, const struct run *run, struct slice row)
{
    if (row.len && row.ptr[row.len - 1] == '\r')
        row.len--;
    arena_reset(&lister->scratch);
    event_split(&lister->event, run->schema, row, run->day, &lister->scratch);
    if (is_wanted_time(lister, lister->event.time) && is_wanted_host(lister))
        tell_event(lister, SURVEY_NO_ID);
}

static bool is_full(const struct lister *lister)
{
    return lister->settings->most && lister->announced >= lister->settings->most;
}

static void on_run(void *context, const struct run *run)
{
    struct lister *lister = context;
    lister->record = NULL;
    if (!is_wanted_family(lister, run->schema->family))
        return;
    if (lister->evaluator) {
        evaluator_run(lister->evaluator, run->schema, run->text, run->day);
        return;
    }
    for (struct slice rest = run->text; rest.ptr && rest.len && !is_full(lister);)
        list_row(lister, run, slice_cut(&rest, '\n'));
}

static const struct family *family_of(struct lister *lister, const struct evtx_record *record)
{
    const struct evtx_shape *shape = record->shape;
    if (shape->channel >= shape->count)
        return winlog_family(SLICE_NULL);
    const struct evtx_value *value = &record->values[shape->channel];
    struct slice bytes = slice_of(value->bytes ? value->bytes : "", value->len);
    if (lister->family && slice_eq(buf_slice(&lister->family_channel), bytes))
        return lister->family;
    buf_clear(&lister->family_channel);
    buf_add_slice(&lister->family_channel, bytes);
    lister->family = winlog_family(evtx_value_text(value, 0, &lister->scratch));
    return lister->family;
}

static uint64_t id_of(const struct evtx_record *record)
{
    uint64_t id;
    size_t column = record->shape->event_id;
    bool known = column < record->shape->count && evtx_value_u64(&record->values[column], &id);
    return known ? id : SURVEY_NO_ID;
}

static void list_record(struct lister *lister, const struct family *family,
                        const struct evtx_record *record, uint64_t offset)
{
    event_log_begin(&lister->event, event_log_schema(lister->log, record->shape, family),
                    record, offset, &lister->scratch);
    if (!is_wanted_time(lister, lister->event.time))
        return;
    event_log_fill_all(&lister->event, record);
    if (is_wanted_host(lister))
        tell_event(lister, id_of(record));
}

static const struct family *on_record(void *context, const struct evtx_record *record,
                                      uint64_t offset)
{
    struct lister *lister = context;
    arena_reset(&lister->scratch);
    lister->record = record;
    const struct family *family = family_of(lister, record);
    if (!is_wanted_family(lister, family) || is_full(lister))
        return family;
    if (lister->evaluator)
        evaluator_record(lister->evaluator, record, offset);
    else
        list_record(lister, family, record, offset);
    return family;
}

static void on_hit(void *context, const struct sigma_rule *rule, const struct event *event)
{
    struct lister *lister = context;
    (void)rule;
    if (is_full(lister))
        return;
    lister->event = *event;
    if (is_wanted_host(lister))
        print_event(lister, &lister->event);
}

static void on_gave_up(void *context, const struct sigma_rule *rule, const struct event *event)
{
    struct lister *lister = context;
    uint64_t offset =
        event->row.ptr ? reader_offset(lister->reader, event->row.ptr) : event->offset;
    reader_report_damage(lister->reader, offset,
                         rule ? "the pattern gave up on this event: not decided"
                              : "more values than are looked at in one event");
}

/* ---- the rest of what a reader tells --------------------------------------------------------
 */

static void on_begin(void *context, struct slice state)
{
    struct lister *lister = context;
    message_begin(lister, LISTING_BEGIN);
    buf_put_text(&lister->message, state);
    message_send(lister);
}

static void on_damage(void *context, uint64_t offset, const char *reason)
{
    struct lister *lister = context;
    send_text(lister);
    message_begin(lister, LISTING_DAMAGE);
    buf_put_u64(&lister->message, offset);
    buf_put_text(&lister->message, slice_from(reason));
    message_send(lister);
}

static void on_progress(void *context, uint64_t position)
{
    struct lister *lister = context;
    (void)position;
    message_begin(lister, LISTING_PROGRESS);
    message_send(lister);
}

static void send_survey(struct lister *lister)
{
    for (size_t i = 0; lister->survey && i < survey_count(lister->survey); i++) {
        message_begin(lister, LISTING_SOURCE);
        survey_put(lister->survey, i, &lister->message);
        message_send(lister);
    }
    if (lister->survey)
        survey_reset(lister->survey);
}

static void list_part(struct lister *lister, const struct reader_part *part)
{
    struct reader_end end;
    lister->path = part->path;
    lister->announced = 0;
    if (lister->evaluator)
        evaluator_reset(lister->evaluator);
    reader_read(lister->reader, part, &end);
    send_text(lister);
    send_survey(lister);
    message_begin(lister, LISTING_END);
    buf_put_u8(&lister->message, end.family != FAMILY_NONE);
    buf_put_text(&lister->message, slice_from(end.note));
    buf_put_text(&lister->message, buf_slice(&end.after));
    message_send(lister);
    buf_deinit(&end.before);
    buf_deinit(&end.after);
}

static struct lister *lister_new(const struct listing_settings *settings,
                                 struct channel *channel)
{
    struct lister *lister = mem_alloc(sizeof *lister);
    struct evaluator_sink hits = { on_hit, on_gave_up, lister };
    struct reader_sink sink = { .begin = on_begin,
                                .run = on_run,
                                .record = on_record,
                                .damage = on_damage,
                                .progress = on_progress,
                                .context = lister };
    lister->settings = settings;
    lister->channel = channel;
    lister->reader = reader_new(&sink);
    lister->log = event_log_new();
    lister->survey = settings->survey ? survey_new() : NULL;
    if (settings->engine) {
        lister->evaluator = evaluator_new(settings->engine, &hits);
        evaluator_limit_time(lister->evaluator, settings->since, settings->until);
    }
    return lister;
}

static void lister_free(struct lister *lister)
{
    evaluator_free(lister->evaluator);
    survey_free(lister->survey);
    event_log_free(lister->log);
    reader_free(lister->reader);
    arena_deinit(&lister->scratch);
    buf_deinit(&lister->text);
    buf_deinit(&lister->message);
    buf_deinit(&lister->family_channel);
    free(lister);
}

int listing_worker(void *settings, struct channel *channel)
{
    struct lister *lister = lister_new(settings, channel);
    struct arena arena = ARENA_INIT;
    struct buf message = BUF_INIT;
    struct order order = { 0 };
    struct err err = ERR_INIT;
    int got;
    while ((got = order_read(channel, &message, &arena, &order, &err)) == 0 && !lister->gone) {
        list_part(lister, &order.part);
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    buf_deinit(&message);
    lister_free(lister);
    return got < 0 ? 1 : 0;
}
