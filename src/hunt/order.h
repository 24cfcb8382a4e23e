/*
 * What the coordinator asks of a worker: one file or part of a file. Thread rule: one owner of
 * each end of the channel.
 */
#ifndef HAUBERK_HUNT_ORDER_H
#define HAUBERK_HUNT_ORDER_H

#include "base/process.h"
#include "hunt/reader.h"

struct order {
    uint64_t item; /* the coordinator's number for it */
    struct reader_part part;
};

/* Coordinator's side: appends the message. */
void order_put(struct buf *out, const struct order *order);

/*
 * Worker's side: 0 read, 1 no more; <0 *err. The order lives in `message` and `arena`, which
 * the caller keeps until the next one.
 */
int order_read(struct channel *channel, struct buf *message, struct arena *arena,
               struct order *out, struct err *err);

#endif
