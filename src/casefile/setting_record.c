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

void setting_record_get(struct wire *wire, struct setting_record *out)
{
    struct setting *s = &out->setting;
    s->kind = (enum setting_kind)wire_below(wire, SETTING_KIND_COUNT);
    out->notice = (enum notice)wire_below(wire, NOTICE_COUNT);
    s->flags = wire_bits(wire, SETTING_FLAGS_ALL);
    s->line = wire_u32(wire);
    s->offset = wire_u64(wire);
    s->site_mask = wire_bits(wire, FORMS_ALL);
    s->application_mask = wire_bits(wire, FORMS_ALL);
    s->place = wire_text_up_to(wire, CONFIG_TEXT_MAX);
    s->name = wire_text_up_to(wire, CONFIG_TEXT_MAX);
    s->value = wire_text_up_to(wire, CONFIG_TEXT_MAX);
    s->detail = wire_text_up_to(wire, CONFIG_TEXT_MAX);
    s->next = NULL;
}
