#include "hunt/order.h"

#define ORDER_BYTES_MAX (1U << 20)

void order_put(struct buf *out, const struct order *order)
{
    size_t at = out->len;
    buf_put_u32(out, 0);
    buf_put_u64(out, order->item);
    buf_put_u64(out, order->part.start);
    buf_put_u64(out, order->part.length);
    buf_put_text(out, slice_from(order->part.path));
    buf_put_text(out, order->part.state);
    uint32_t len = (uint32_t)(out->len - at - 4);
    for (size_t i = 0; i < 4; i++)
        out->ptr[at + i] = (char)(len >> (8 * i));
}

int order_read(struct channel *channel, struct buf *message, struct arena *arena,
               struct order *out, struct err *err)
{
    char length[4];
    int got = channel_read_full(channel, length, sizeof length, err);
    if (got != 0)
        return got;
    struct wire head = { length, sizeof length, false };
    uint32_t len = wire_u32(&head);
    if (len > ORDER_BYTES_MAX)
        return err_set(err, ERR_BUG, "order of %u bytes", len);
    buf_clear(message);
    buf_reserve(message, len);
    got = channel_read_full(channel, message->ptr, len, err);
    struct wire wire = { message->ptr, len, got != 0 };
    out->item = wire_u64(&wire);
    out->part.start = wire_u64(&wire);
    out->part.length = wire_u64(&wire);
    out->part.path = arena_text(arena, wire_text(&wire));
    out->part.state = wire_text(&wire);
    return wire.failed ? err_set(err, ERR_BUG, "malformed order") : 0;
}
