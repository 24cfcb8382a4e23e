#include "hunt/scan.h"

#include <stdlib.h>

#include "base/clock.h"
#include "hunt/scanner.h"

void scanner_send(struct scanner *scanner, size_t threshold)
{
    if (scanner->out.len < threshold || scanner->out.len == 0 || scanner->gone)
        return;
    struct err err = ERR_INIT;
    scanner->gone =
        channel_write_full(scanner->channel, scanner->out.ptr, scanner->out.len, &err) != 0;
    buf_clear(&scanner->out);
    if (scanner->gone)
        reader_stop(scanner->reader);
}

/* ---- listening to the reader ----------------------------------------------------------------
 */

static void on_run(void *context, const struct run *run)
{
    struct scanner *scanner = context;
    coverage_add_run(scanner->coverage, run);
    build_watch_run(scanner->builds, scanner->reader, run, &scanner->out);
    evaluator_run(scanner->evaluator, run->schema, run->text, run->day);
}

/* The name of a record's computer is nearly always the last one's. */
static struct slice computer_of(struct scanner *scanner, const struct evtx_record *record)
{
    if (record->shape->computer >= record->shape->count)
        return SLICE_NULL;
    const struct evtx_value *value = &record->values[record->shape->computer];
    struct evtx_value *last = &scanner->computer;
    if (last->bytes && value->bytes && last->type == value->type && last->len == value->len &&
        memcmp(last->bytes, value->bytes, value->len) == 0)
        return scanner->computer_text;
    arena_reset(&scanner->computer_arena);
    *last = *value;
    last->bytes = arena_copy(&scanner->computer_arena, slice_of(value->bytes, value->len)).ptr;
    scanner->computer_text = evtx_value_text(value, 0, &scanner->computer_arena);
    return scanner->computer_text;
}

static const struct family *on_record(void *context, const struct evtx_record *record,
                                      uint64_t offset)
{
    struct scanner *scanner = context;
    const struct family *family = evaluator_record(scanner->evaluator, record, offset);
    coverage_add_event(scanner->coverage, family, computer_of(scanner, record),
                       event_log_time(record));
    return family;
}

static void on_damage(void *context, uint64_t offset, const char *reason)
{
    struct scanner *scanner = context;
    struct damage damage = { offset, slice_from(reason) };
    record_put_damage(&scanner->out, &damage);
}

static void on_progress(void *context, uint64_t position)
{
    struct scanner *scanner = context;
    record_put_progress(&scanner->out, position);
    scanner_send(scanner, 0);
}

static void on_end(void *context)
{
    struct scanner *scanner = context;
    if (coverage_overflowed(scanner->coverage))
        reader_report_damage(scanner->reader, 0,
                             "more than 64 hosts: their coverage is not told apart");
}

static void scan_item(struct scanner *scanner, const struct order *order)
{
    struct reader_end end;
    bool setting = scanner_look_at_settings(scanner, &order->part);
    if ((scanner->pages && scanner_look_at_page(scanner, &order->part)) || setting) {
        record_put_end(&scanner->out, SLICE_NULL, SLICE_NULL);
        return;
    }
    evaluator_reset(scanner->evaluator);
    reader_read(scanner->reader, &order->part, &end);
    struct source_note note = { end.family, end.hits_only,
                                end.note[0] ? slice_from(end.note) : SLICE_NULL };
    if (end.family != FAMILY_NONE || end.note[0])
        record_put_source(&scanner->out, &note);
    build_watch_flush(scanner->builds, &scanner->out);
    coverage_flush(scanner->coverage, &scanner->out);
    struct slice before = end.before.ptr ? buf_slice(&end.before) : SLICE_NULL;
    struct slice after = end.after.ptr ? buf_slice(&end.after) : SLICE_NULL;
    record_put_end(&scanner->out, before, after);
    buf_deinit(&end.before);
    buf_deinit(&end.after);
}

int scan_worker(void *settings, struct channel *channel)
{
    struct scanner *scanner = mem_alloc(sizeof *scanner);
    struct evaluator_sink sink = { scanner_on_hit, scanner_on_gave_up, scanner };
    struct reader_sink listener = { .run = on_run,
                                    .record = on_record,
                                    .damage = on_damage,
                                    .progress = on_progress,
                                    .end = on_end,
                                    .context = scanner };
    scanner->settings = settings;
    scanner->channel = channel;
    scanner->evaluator = evaluator_new(scanner->settings->engine, &sink);
    scanner->reader = reader_new(&listener);
    scanner->page = mem_alloc(sizeof *scanner->page);
    if (scanner->settings->pages)
        scanner->pages = page_reader_new(scanner->settings->yara, scanner->settings->baseline);
    scanner->builds = build_watch_new(scanner->settings->since, scanner->settings->until);
    scanner->coverage = coverage_new(scanner->settings->since, scanner->settings->until);
    evaluator_limit_time(scanner->evaluator, scanner->settings->since,
                         scanner->settings->until);

    struct arena arena = ARENA_INIT;
    struct buf message = BUF_INIT;
    struct order order = { 0 };
    struct err err = ERR_INIT;
    int got;
    while ((got = order_read(channel, &message, &arena, &order, &err)) == 0 && !scanner->gone) {
        scan_item(scanner, &order);
        scanner_send(scanner, 0);
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    buf_deinit(&message);
    buf_deinit(&scanner->out);
    buf_deinit(&scanner->fields);
    coverage_free(scanner->coverage);
    evaluator_free(scanner->evaluator);
    reader_free(scanner->reader);
    page_reader_free(scanner->pages);
    free(scanner->page);
    build_watch_free(scanner->builds);
    arena_deinit(&scanner->computer_arena);
    free(scanner);
    return got < 0 ? 1 : 0;
}
