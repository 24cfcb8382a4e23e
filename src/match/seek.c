/*
 * Indicators in events. They have one filter for all families of logs: it may have a hundred
 * thousand literals, of which a copy in each family's filter would be too many. The rows are
 * still in the processor's cache when the rules' filter looks at them.
 */
#include "events/event_log.h"
#include "match/evaluator.h"

struct slice evaluator_indicator(const struct evaluator *evaluator)
{
    return evaluator->indicator;
}

static void on_indicators(void *context, size_t group, struct slice indicators)
{
    struct evaluator *ev = context;
    ev->indicator = indicators;
    ev->sink.hit(ev->sink.context, ev->engine->options.indicator_rules[group], &ev->event);
    ev->indicator = SLICE_NULL;
}

static void check(struct evaluator *ev, const uint32_t *literals, size_t count)
{
    const struct engine_options *options = &ev->engine->options;
    ev->serial++; /* what was read of the last event is of no use */
    if (!indicators_check(options->indicators, &ev->event, literals, count, on_indicators, ev))
        ev->sink.gave_up(ev->sink.context, options->indicator_rules[0], &ev->event);
}

struct seeking {
    struct evaluator *ev;
    const struct schema *schema;
    int64_t day;
};

static void on_line(void *context, struct slice line, const uint32_t *literals, size_t count)
{
    const struct seeking *seeking = context;
    struct evaluator *ev = seeking->ev;
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    arena_reset(&ev->scratch);
    event_split(&ev->event, seeking->schema, line, seeking->day, &ev->scratch);
    if (!evaluator_outside_time(ev))
        check(ev, literals, count);
}

/* Every indicator in every row. */
static void seek_without_filter(struct seeking *seeking, struct slice rest)
{
    size_t count = indicators_literal_count(seeking->ev->engine->options.indicators);
    AUTO_FREE uint32_t *all = mem_alloc((count + 1) * sizeof *all);
    for (size_t i = 0; i < count; i++)
        all[i] = (uint32_t)i;
    while (rest.ptr && rest.len)
        on_line(seeking, slice_cut(&rest, '\n'), all, count);
}

static bool has_indicators(struct evaluator *ev)
{
    const struct indicators *indicators = ev->engine->options.indicators;
    if (!indicators || indicators_count(indicators) == 0)
        return false;
    if (!ev->indicator_scanner)
        ev->indicator_scanner = prefilter_scanner_new(indicators_filter(indicators));
    return true;
}

void evaluator_seek_in_rows(struct evaluator *ev, const struct schema *schema,
                            struct slice rows, int64_t day)
{
    struct seeking seeking = { ev, schema, day };
    if (!has_indicators(ev))
        return;
    if (ev->engine->options.no_prefilter)
        seek_without_filter(&seeking, rows);
    else
        prefilter_lines(ev->indicator_scanner, rows, on_line, &seeking);
}

static void add_values(struct buf *text, const struct event *event)
{
    for (size_t i = 0; i < event->cell_count; i++)
        if (event->cells[i].len) {
            buf_add_slice(text, event->cells[i]);
            buf_add_char(text, '\n');
        }
    for (size_t i = 0; i < event->pair_count; i++) {
        buf_add_slice(text, event->pairs[i].value);
        buf_add_char(text, '\n');
    }
}

void evaluator_seek_in_record(struct evaluator *ev, const struct schema *schema,
                              const struct evtx_record *record, uint64_t offset,
                              struct buf *text)
{
    if (!has_indicators(ev))
        return;
    arena_reset(&ev->scratch);
    event_log_begin(&ev->event, schema, record, offset, &ev->scratch);
    if (evaluator_outside_time(ev))
        return;
    event_log_fill_all(&ev->event, record);
    buf_clear(text);
    add_values(text, &ev->event);
    struct prefilter_found found = prefilter_text(ev->indicator_scanner, buf_slice(text));
    if (found.count)
        check(ev, found.literals, found.count);
}
