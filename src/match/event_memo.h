/*
 * What rules said of an event, kept for events that say the same.
 *
 * The key is all bytes that the rules look at, compared in full: two events are never taken for
 * one another. Memory is bounded: a new entry may push older ones out. Thread rule: one owner.
 */
#ifndef HAUBERK_MATCH_EVENT_MEMO_H
#define HAUBERK_MATCH_EVENT_MEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct event_memo;

struct event_memo *event_memo_new(void);
void event_memo_free(struct event_memo *memo); /* NULL is fine */

/* Forgets everything. */
void event_memo_clear(struct event_memo *memo);

/* The rules (positions, in order) that matched. */
struct event_memo_hits {
    size_t count;
    const uint32_t *rules; /* lives until the next event_memo_put() */
};

/* Is the answer for this key known? */
bool event_memo_find(const struct event_memo *memo, struct slice key,
                     struct event_memo_hits *out);

void event_memo_put(struct event_memo *memo, struct slice key, const uint32_t *rules,
                    size_t count);

#endif
