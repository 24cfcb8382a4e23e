#include "casefile/record.h"

#include "base/clock.h"

/* Starts a message; returns where its length goes. */
static size_t message_begin(struct buf *out, enum record_kind kind)
{
    size_t at = out->len;
    buf_put_u32(out, 0);
    buf_put_u8(out, (uint8_t)kind);
    return at;
}

static void message_end(struct buf *out, size_t at)
{
    uint32_t len = (uint32_t)(out->len - at - 4);
    for (size_t i = 0; i < 4; i++)
        out->ptr[at + i] = (char)(len >> (8 * i));
}

/* The text members of a finding, in the order of the wire. */
static struct slice *finding_text(struct finding *finding, size_t i)
{
    struct slice *const texts[] = {
        &finding->host,       &finding->source,  &finding->method, &finding->url_path,
        &finding->url_query,  &finding->agent,   &finding->user,   &finding->page,
        &finding->request_id, &finding->session, &finding->row
    };
    return i < sizeof texts / sizeof *texts ? texts[i] : NULL;
}

static void put_stored(struct buf *out, struct slice text)
{
    buf_put_text(out, slice_first(text, ROW_STORED_MAX));
}

void record_put_finding(struct buf *out, const struct finding *finding)
{
    struct finding copy = *finding;
    size_t at = message_begin(out, RECORD_FINDING);
    buf_put_u32(out, finding->rule);
    buf_put_u64(out, (uint64_t)finding->time);
    buf_put_u64(out, finding->offset);
    buf_put_u8(out, (uint8_t)finding->family);
    buf_put_u8(out, (uint8_t)finding->stage);
    buf_put_u8(out, (uint8_t)finding->outcome);
    buf_put_u8(out, (uint8_t)(finding->own_probe | finding->from_itself << 1 |
                              finding->hits_only << 2 | finding->silent << 3 |
                              finding->page_foreign << 4));
    buf_put_u32(out, (uint32_t)finding->status);
    struct slice *text;
    for (size_t i = 0; (text = finding_text(&copy, i)); i++)
        put_stored(out, *text);
    buf_put_text(out, finding->fields);
    buf_put_u32(out, (uint32_t)finding->key_count);
    for (size_t i = 0; i < finding->key_count; i++) {
        buf_put_u32(out, finding->keys[i].correlation);
        buf_put_u32(out, finding->keys[i].slot);
        put_stored(out, finding->keys[i].key);
        put_stored(out, finding->keys[i].value);
    }
    message_end(out, at);
}

void record_put_coverage(struct buf *out, const struct coverage_part *coverage)
{
    size_t at = message_begin(out, RECORD_COVERAGE);
    put_stored(out, coverage->host);
    buf_put_u8(out, (uint8_t)coverage->family);
    buf_put_u64(out, (uint64_t)coverage->from);
    buf_put_u64(out, (uint64_t)coverage->to);
    buf_put_u64(out, coverage->events);
    message_end(out, at);
}

void record_put_damage(struct buf *out, const struct damage *damage)
{
    size_t at = message_begin(out, RECORD_DAMAGE);
    buf_put_u64(out, damage->offset);
    put_stored(out, damage->reason);
    message_end(out, at);
}

void record_put_source(struct buf *out, const struct source_note *note)
{
    size_t at = message_begin(out, RECORD_SOURCE);
    buf_put_u8(out, (uint8_t)note->family);
    buf_put_u8(out, note->hits_only);
    put_stored(out, note->note);
    message_end(out, at);
}

void record_put_progress(struct buf *out, uint64_t bytes)
{
    size_t at = message_begin(out, RECORD_PROGRESS);
    buf_put_u64(out, bytes);
    message_end(out, at);
}

void record_put_end(struct buf *out, struct slice state_before, struct slice state_after)
{
    size_t at = message_begin(out, RECORD_END);
    put_stored(out, state_before);
    put_stored(out, state_after);
    message_end(out, at);
}

void record_put_build(struct buf *out, const struct build_note *build)
{
    size_t at = message_begin(out, RECORD_BUILD);
    put_stored(out, build->host);
    for (size_t i = 0; i < 4; i++)
        buf_put_u32(out, build->build.part[i]);
    buf_put_u8(out, (uint8_t)build->source);
    buf_put_u64(out, (uint64_t)build->from);
    buf_put_u64(out, (uint64_t)build->to);
    buf_put_u64(out, build->offset);
    buf_put_u64(out, build->last_offset);
    message_end(out, at);
}

void record_put_page(struct buf *out, const struct page_record *page)
{
    size_t at = message_begin(out, RECORD_PAGE);
    page_record_put(out, page);
    message_end(out, at);
}

void record_put_setting(struct buf *out, const struct setting_record *setting)
{
    size_t at = message_begin(out, RECORD_SETTING);
    setting_record_put(out, setting);
    message_end(out, at);
}

/* The text members of a note, in the order of the wire. */
static struct slice *taken_text(struct taken_note *note, size_t i)
{
    struct slice *const texts[] = { &note->host,      &note->source, &note->subject,
                                    &note->operation, &note->act,    &note->row };
    return i < sizeof texts / sizeof *texts ? texts[i] : NULL;
}

static uint64_t *taken_number(struct taken_note *note, size_t i)
{
    uint64_t *const numbers[] = { &note->requests, &note->answered, &note->bytes, &note->sized,
                                  &note->offset };
    return i < sizeof numbers / sizeof *numbers ? numbers[i] : NULL;
}

void record_put_taken(struct buf *out, const struct taken_note *note)
{
    struct taken_note copy = *note;
    size_t at = message_begin(out, RECORD_TAKEN);
    struct slice *text;
    uint64_t *number;
    buf_put_u8(out, (uint8_t)note->what);
    buf_put_u8(out, (uint8_t)note->family);
    for (size_t i = 0; (text = taken_text(&copy, i)); i++)
        put_stored(out, *text);
    buf_put_u64(out, (uint64_t)note->slot);
    buf_put_u64(out, (uint64_t)note->first);
    buf_put_u64(out, (uint64_t)note->last);
    for (size_t i = 0; (number = taken_number(&copy, i)); i++)
        buf_put_u64(out, *number);
    message_end(out, at);
}

static uint32_t count_up_to(struct wire *wire, uint32_t max)
{
    uint32_t count = wire_u32(wire);
    if (count > max)
        wire->failed = true;
    return wire->failed ? 0 : count;
}

static int64_t time_or_none(struct wire *wire)
{
    int64_t time = (int64_t)wire_u64(wire);
    if (time != TIME_NONE && (time < TIME_FIRST || time > TIME_LAST))
        wire->failed = true;
    return time;
}

static void get_finding(struct wire *wire, size_t rule_count, struct finding *out)
{
    out->rule = wire_u32(wire);
    out->time = time_or_none(wire);
    out->offset = wire_u64(wire);
    out->family = (enum family_id)wire_below(wire, FAMILY_COUNT);
    out->stage = (enum stage)wire_below(wire, STAGE_CLEANUP + 1);
    out->outcome = (enum outcome)wire_below(wire, OUTCOME_REFUSED + 1);
    uint8_t flags = wire_below(wire, 32);
    out->own_probe = flags & 1;
    out->from_itself = flags >> 1 & 1;
    out->hits_only = flags >> 2 & 1;
    out->silent = flags >> 3 & 1;
    out->page_foreign = flags >> 4 & 1;
    out->status = (int)count_up_to(wire, 999);
    struct slice *text;
    for (size_t i = 0; (text = finding_text(out, i)); i++)
        *text = wire_text(wire);
    out->fields = wire_text(wire);
    out->key_count = count_up_to(wire, RECORD_KEYS_MAX);
    for (size_t i = 0; i < out->key_count; i++) {
        out->keys[i].correlation = count_up_to(wire, (uint32_t)rule_count - 1);
        out->keys[i].slot = wire_u32(wire); /* one that the rule does not have is ignored */
        out->keys[i].key = wire_text(wire);
        out->keys[i].value = wire_text(wire);
    }
    if (out->rule >= rule_count)
        wire->failed = true;
}

static void get_coverage(struct wire *wire, struct coverage_part *out)
{
    out->host = wire_text(wire);
    out->family = (enum family_id)wire_below(wire, FAMILY_COUNT);
    out->from = time_or_none(wire);
    out->to = time_or_none(wire);
    out->events = wire_u64(wire);
}

static void get_build(struct wire *wire, struct build_note *out)
{
    out->host = wire_text(wire);
    for (size_t i = 0; i < 4; i++)
        out->build.part[i] = (uint16_t)count_up_to(wire, UINT16_MAX);
    out->source = (enum build_source)wire_below(wire, BUILD_SOURCES);
    out->from = time_or_none(wire);
    out->to = time_or_none(wire);
    out->offset = wire_u64(wire);
    out->last_offset = wire_u64(wire);
    if (!builds_is_build(out->build))
        wire->failed = true;
}

/* SQLite's numbers end at 2^63. */
static void get_taken(struct wire *wire, struct taken_note *out)
{
    struct slice *text;
    uint64_t *number;
    out->what = (enum taken_what)wire_below(wire, TAKEN_WHAT_COUNT);
    out->family = (enum family_id)wire_below(wire, FAMILY_COUNT);
    for (size_t i = 0; (text = taken_text(out, i)); i++)
        *text = wire_text(wire);
    out->slot = (int64_t)wire_u64(wire);
    out->first = time_or_none(wire);
    out->last = time_or_none(wire);
    for (size_t i = 0; (number = taken_number(out, i)); i++)
        if ((*number = wire_u64(wire)) > INT64_MAX / 2)
            wire->failed = true;
}

int record_decode(struct slice message, size_t rule_count, struct record *out, struct err *err)
{
    struct wire wire = { message.ptr, message.len, false };
    out->kind = (enum record_kind)wire_u8(&wire);
    switch (out->kind) {
    case RECORD_FINDING:
        get_finding(&wire, rule_count, &out->finding);
        break;
    case RECORD_COVERAGE:
        get_coverage(&wire, &out->coverage);
        break;
    case RECORD_DAMAGE:
        out->damage.offset = wire_u64(&wire);
        out->damage.reason = wire_text(&wire);
        break;
    case RECORD_SOURCE:
        out->source.family = (enum family_id)wire_below(&wire, FAMILY_COUNT);
        out->source.hits_only = wire_below(&wire, 2);
        out->source.note = wire_text(&wire);
        break;
    case RECORD_PROGRESS:
        out->number = wire_u64(&wire);
        break;
    case RECORD_END:
        out->state_before = wire_text(&wire);
        out->state_after = wire_text(&wire);
        break;
    case RECORD_BUILD:
        get_build(&wire, &out->build);
        break;
    case RECORD_PAGE:
        page_record_get(&wire, &out->page);
        break;
    case RECORD_SETTING:
        setting_record_get(&wire, &out->setting);
        break;
    case RECORD_TAKEN:
        get_taken(&wire, &out->taken);
        break;
    default:
        return err_set(err, ERR_EVIDENCE, "unknown message kind %d", (int)out->kind);
    }
    if (wire.failed || wire.len)
        return err_set(err, ERR_EVIDENCE, "malformed message of kind %d", (int)out->kind);
    return 0;
}
