/*
 * What a worker of a listing says. Message: u32 length of the rest, u8 kind, body. A worker has
 * read hostile bytes: the coordinator checks what it says, and lets no control character but
 * the newline through.
 */
#ifndef HAUBERK_HUNT_LISTING_WIRE_H
#define HAUBERK_HUNT_LISTING_WIRE_H

#include "base/process.h"
#include "hunt/listing.h"

#define LISTING_MESSAGE_MAX (1U << 20)

enum listing_kind {
    LISTING_BEGIN = 1, /* text: header state that a part starts with */
    LISTING_TEXT,      /* u64 events that end in it, text */
    LISTING_DAMAGE,    /* u64 offset, text */
    LISTING_PROGRESS,  /* nothing: the worker lives */
    LISTING_SOURCE,    /* survey_put() of one source */
    LISTING_END,       /* u8 recognised, text note, text header state behind the part */
};

/* process_body: context is const struct listing_settings *. Orders are struct scan_order. */
int listing_worker(void *settings, struct channel *channel);

#endif
