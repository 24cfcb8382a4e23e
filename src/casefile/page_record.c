#include "casefile/page_record.h"

#include "base/clock.h"
#include "exchange/page.h"

const char *standing_name(enum standing standing)
{
    static const char *const names[] = {
        [STANDING_UNJUDGED] = "unjudged",       [STANDING_KNOWN] = "known",
        [STANDING_OTHER_BUILD] = "other build", [STANDING_TAMPERED] = "tampered",
        [STANDING_FOREIGN] = "foreign",         [STANDING_BASELINE] = "baseline",
    };
    return names[standing];
}

/* ---- from the analysis ----------------------------------------------------------------------
 */

#define STEPS_WALKED_MAX 100000 /* a way is no longer than the budget of its page */

static size_t count_steps(const struct flow_step *last)
{
    size_t count = 0;
    for (; last && count < STEPS_WALKED_MAX; last = last->previous)
        count++;
    return count;
}

/* Steps are linked from the sink to the source; of a long way the middle is left out. */
static void copy_steps(struct page_reason *reason, const struct flow_step *last)
{
    size_t count = count_steps(last);
    size_t kept = count < PAGE_STEPS_MAX ? count : PAGE_STEPS_MAX;
    size_t from_source = kept / 2;
    size_t left_out = count - kept;
    reason->step_count = kept;
    for (size_t i = count; i > 0; i--, last = last->previous) {
        size_t at = i - 1;
        if (at >= from_source + left_out)
            reason->steps[at - left_out] = (struct page_step){ last->line, last->text };
        else if (at < from_source)
            reason->steps[at] = (struct page_step){ last->line, last->text };
    }
}

static void copy_fact(struct page_reason *reason, const struct flow_fact *fact)
{
    reason->sink = fact->sink;
    reason->sources = fact->sources;
    reason->notes = fact->notes;
    reason->target = fact->target;
    reason->call = fact->call;
    reason->constant = fact->constant;
    copy_steps(reason, fact->steps);
}

static void copy_reason(struct page_reason *out, const struct reason *reason)
{
    out->code = reason->code;
    out->class = reason->class;
    out->line = reason->line;
    out->detail = reason->detail;
    out->sink = SINK_NONE;
    out->sources = out->notes = out->target = 0;
    out->call = out->constant = SLICE_NULL;
    out->step_count = 0;
    if (reason->fact)
        copy_fact(out, reason->fact);
}

void page_record_fill(struct page_record *record, const struct page_report *report)
{
    record->class = report->class;
    record->kind = report->kind;
    record->language = report->language;
    record->encoding = report->encoding;
    record->budget_hit = report->budget_hit;
    record->trace = TRACE_NONE;
    record->place = PLACE_OTHER;
    record->standing = STANDING_UNJUDGED;
    record->later_builds = false;
    record->home = record->url = SLICE_NULL;
    record->matches = 0;
    record->match_gave_up = false;
    record->reason_count = report->reason_count;
    for (size_t i = 0; i < report->reason_count; i++)
        copy_reason(&record->reasons[i], &report->reasons[i]);
}

void page_record_add(struct page_record *record, const struct page_reason *reason)
{
    size_t at = record->reason_count;
    if (reason->class > record->class)
        record->class = reason->class;
    while (at > 0 && record->reasons[at - 1].class < reason->class)
        at--;
    if (at == PAGE_REASONS_MAX)
        return;
    if (record->reason_count < PAGE_REASONS_MAX)
        record->reason_count++;
    memmove(&record->reasons[at + 1], &record->reasons[at],
            (record->reason_count - at - 1) * sizeof *reason);
    record->reasons[at] = *reason;
}

static void set_place(struct page_record *record, const struct place_report *place)
{
    record->place = place->place;
    record->standing = place->standing;
    record->later_builds = place->later_builds;
    record->home = place->path;
    record->url = place->url;
}

/* The site's root belongs to Exchange only where there is one: whoever knows that decides. */
void page_record_place(struct page_record *record, const struct place_report *place)
{
    struct page_reason reason = { .code = REASON_FOREIGN,
                                  .class = WEBSHELL_FOREIGN,
                                  .detail = place->folder };
    set_place(record, place);
    if (place->standing == STANDING_FOREIGN && place->place != PLACE_SITE_ROOT)
        page_record_add(record, &reason);
}

static bool is_foreign_url(struct slice url)
{
    char scratch[PAGE_SCRATCH_SIZE];
    struct slice page;
    return url.len && url.ptr[0] == '/' &&
           exchange_page_classify(url, &page, scratch, sizeof scratch) == PAGE_FOREIGN;
}

void page_record_trace(struct page_record *record, const struct place_report *place,
                       const struct trace *trace)
{
    set_place(record, place);
    record->trace = trace->kind;
    for (size_t i = 0; i < trace->page_count && !record->url.len; i++)
        if (is_foreign_url(trace->pages[i]))
            record->url = trace->pages[i];
}

size_t page_record_matches(const struct page_record *record)
{
    return record->matches < PAGE_MATCHES_MAX ? record->matches : PAGE_MATCHES_MAX;
}

/* ---- wire -----------------------------------------------------------------------------------
 */

static void put_cut(struct buf *out, struct slice text, size_t max)
{
    buf_put_text(out, slice_first(text, max));
}

static void put_reason(struct buf *out, const struct page_reason *reason)
{
    buf_put_u8(out, (uint8_t)reason->code);
    buf_put_u8(out, (uint8_t)reason->class);
    buf_put_u32(out, reason->line);
    put_cut(out, reason->detail, PAGE_DETAIL_TEXT_MAX);
    buf_put_u8(out, (uint8_t)reason->sink);
    if (reason->sink == SINK_NONE)
        return;
    buf_put_u32(out, reason->sources);
    buf_put_u32(out, reason->notes);
    buf_put_u8(out, (uint8_t)reason->target);
    put_cut(out, reason->call, PAGE_DETAIL_TEXT_MAX);
    put_cut(out, reason->constant, PAGE_DETAIL_TEXT_MAX);
    buf_put_u8(out, (uint8_t)reason->step_count);
    for (size_t i = 0; i < reason->step_count; i++) {
        buf_put_u32(out, reason->steps[i].line);
        put_cut(out, reason->steps[i].text, PAGE_STEP_TEXT_MAX);
    }
}

void page_record_put(struct buf *out, const struct page_record *record)
{
    buf_put_u8(out, (uint8_t)record->class);
    buf_put_u8(out, (uint8_t)record->kind);
    buf_put_u8(out, (uint8_t)record->language);
    buf_put_u8(out, (uint8_t)record->encoding);
    buf_put_u8(out, (uint8_t)(record->budget_hit | record->later_builds << 1));
    buf_put_u8(out, (uint8_t)record->trace);
    buf_put_u8(out, (uint8_t)record->place);
    buf_put_u8(out, (uint8_t)record->standing);
    put_cut(out, record->home, PAGE_PATH_MAX);
    put_cut(out, record->url, PAGE_PATH_MAX);
    buf_put_u64(out, record->size);
    buf_put_u64(out, (uint64_t)record->modified);
    buf_put_text(out, slice_of((const char *)record->sha256, sizeof record->sha256));
    buf_put_u8(out, (uint8_t)record->reason_count);
    for (size_t i = 0; i < record->reason_count; i++)
        put_reason(out, &record->reasons[i]);
    buf_put_u32(out, record->matches);
    buf_put_u8(out, record->match_gave_up);
    for (size_t i = 0; i < page_record_matches(record); i++) {
        buf_put_u32(out, record->match[i].rule);
        buf_put_u64(out, record->match[i].offset);
        buf_put_u8(out, record->match[i].decoded);
        put_cut(out, record->match[i].string, PAGE_DETAIL_TEXT_MAX);
    }
}

#define ALL_BITS(last) (((uint32_t)(last) << 1) - 1)

static void get_fact(struct wire *wire, struct page_reason *out)
{
    out->sources = wire_bits(wire, ALL_BITS(FROM_LAST));
    out->notes = wire_bits(wire, ALL_BITS(FLOW_LAST));
    out->target = wire_below(wire, (WRITE_PATH | WRITE_CONTENT) + 1);
    out->call = wire_text_up_to(wire, PAGE_DETAIL_TEXT_MAX);
    out->constant = wire_text_up_to(wire, PAGE_DETAIL_TEXT_MAX);
    out->step_count = wire_below(wire, PAGE_STEPS_MAX + 1);
    for (size_t i = 0; i < out->step_count; i++) {
        out->steps[i].line = wire_u32(wire);
        out->steps[i].text = wire_text_up_to(wire, PAGE_STEP_TEXT_MAX);
    }
}

static void get_reason(struct wire *wire, struct page_reason *out)
{
    out->code = (enum reason_code)wire_below(wire, REASON_COUNT);
    out->class = (enum webshell_class)wire_below(wire, WEBSHELL_SHELL + 1);
    out->line = wire_u32(wire);
    out->detail = wire_text_up_to(wire, PAGE_DETAIL_TEXT_MAX);
    out->sink = (enum sink)wire_below(wire, SINK_LAST + 1);
    out->sources = out->notes = out->target = 0;
    out->call = out->constant = SLICE_NULL;
    out->step_count = 0;
    if (out->sink != SINK_NONE)
        get_fact(wire, out);
}

static int64_t time_or_none(struct wire *wire)
{
    int64_t time = (int64_t)wire_u64(wire);
    if (time != TIME_NONE && (time < TIME_FIRST || time > TIME_LAST))
        wire->failed = true;
    return time;
}

static void get_matches(struct wire *wire, struct page_record *out)
{
    out->matches = wire_u32(wire);
    out->match_gave_up = wire_below(wire, 2);
    for (size_t i = 0; i < page_record_matches(out) && !wire->failed; i++) {
        out->match[i].rule = wire_u32(wire);
        out->match[i].offset = wire_u64(wire);
        out->match[i].decoded = wire_below(wire, 2);
        out->match[i].string = wire_text_up_to(wire, PAGE_DETAIL_TEXT_MAX);
    }
}

void page_record_get(struct wire *wire, struct page_record *out)
{
    out->class = (enum webshell_class)wire_below(wire, WEBSHELL_SHELL + 1);
    out->kind = (enum page_kind)wire_below(wire, PAGE_KIND_CLIENT + 1);
    out->language = (enum language)wire_below(wire, LANGUAGE_PHP + 1);
    out->encoding = (enum encoding)wire_below(wire, ENCODING_EBCDIC + 1);
    uint8_t flags = wire_below(wire, 4);
    out->budget_hit = flags & 1;
    out->later_builds = flags >> 1 & 1;
    out->trace = (enum trace_kind)wire_below(wire, TRACE_MODULE + 1);
    out->place = (enum place)wire_below(wire, PLACE_ASPNET_CLIENT + 1);
    out->standing = (enum standing)wire_below(wire, STANDING_LAST + 1);
    out->home = wire_text_up_to(wire, PAGE_PATH_MAX);
    out->url = wire_text_up_to(wire, PAGE_PATH_MAX);
    out->size = wire_u64(wire);
    out->modified = time_or_none(wire);
    struct slice sha256 = wire_text(wire);
    if (sha256.len != sizeof out->sha256)
        wire->failed = true;
    else
        memcpy(out->sha256, sha256.ptr, sizeof out->sha256);
    out->reason_count = wire_below(wire, PAGE_REASONS_MAX + 1);
    for (size_t i = 0; i < out->reason_count; i++)
        get_reason(wire, &out->reasons[i]);
    get_matches(wire, out);
}
