#include "casefile/setting_record.h"

#include "exchange/mitigation.h"

static void put_text(struct buf *out, struct slice text)
{
    buf_put_text(out, slice_first(text, CONFIG_TEXT_MAX));
}

void setting_record_put(struct buf *out, const struct setting_record *record)
{
    const struct setting *s = &record->setting;
    buf_put_u8(out, (uint8_t)s->kind);
    buf_put_u8(out, (uint8_t)record->notice);
    buf_put_u32(out, s->flags);
    buf_put_u32(out, s->line);
    buf_put_u64(out, s->offset);
    buf_put_u32(out, s->site_mask);
    buf_put_u32(out, s->application_mask);
    put_text(out, s->place);
    put_text(out, s->name);
    put_text(out, s->value);
    put_text(out, s->detail);
}

static uint8_t below(struct wire *wire, unsigned limit)
{
    uint8_t value = wire_u8(wire);
    if (value >= limit)
        wire->failed = true;
    return wire->failed ? 0 : value;
}

static uint32_t bits_of(struct wire *wire, uint32_t all)
{
    uint32_t value = wire_u32(wire);
    if (value & ~all)
        wire->failed = true;
    return wire->failed ? 0 : value;
}

static struct slice get_text(struct wire *wire)
{
    struct slice text = wire_text(wire);
    if (text.len > CONFIG_TEXT_MAX)
        wire->failed = true;
    return wire->failed ? SLICE_NULL : text;
}

void setting_record_get(struct wire *wire, struct setting_record *out)
{
    struct setting *s = &out->setting;
    s->kind = (enum setting_kind)below(wire, SETTING_KIND_COUNT);
    out->notice = (enum notice)below(wire, NOTICE_COUNT);
    s->flags = bits_of(wire, SETTING_FLAGS_ALL);
    s->line = wire_u32(wire);
    s->offset = wire_u64(wire);
    s->site_mask = bits_of(wire, FORMS_ALL);
    s->application_mask = bits_of(wire, FORMS_ALL);
    s->place = get_text(wire);
    s->name = get_text(wire);
    s->value = get_text(wire);
    s->detail = get_text(wire);
    s->next = NULL;
}
