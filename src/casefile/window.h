/*
 * The windows of one correlation in one group (Sigma specification 2.1, "Correlation"). Hits
 * come in the order of time; whenever the condition holds, the hits that make it hold are given
 * back and the window starts anew, so that one burst gives one finding.
 *
 * What can only become true by more hits (gt and gte of any type, temporal without "not") is
 * looked at with each hit, over the hits of the last timespan: true sliding windows. A hit that
 * is exactly one timespan old still counts.
 *
 * What may be true because something is missing (lt, lte, eq, neq, ranges) is looked at when a
 * window is complete. It starts with the first hit after the last window and lasts one
 * timespan, so each hit is in one window and the tail of a burst is not taken for a rare event.
 * A window holds at least one hit: where nothing was logged there is nothing to show.
 *
 * "not b" in a temporal condition: a window of one timespan starts with each hit; what the
 * condition asks for must be in it, and b neither in it nor in the timespan before.
 *
 * Thread rule: one owner.
 */
#ifndef HAUBERK_CASEFILE_WINDOW_H
#define HAUBERK_CASEFILE_WINDOW_H

#include "sigma/rule.h"

#define WINDOW_HITS_MAX 1000000U /* in one window: 32 MB */

struct window_hit {
    int64_t finding, time;
    uint32_t slot; /* index in the correlation's rules */
    uint32_t rank; /* of value_*: place of its value among those of the group, from 0 */
    double number; /* of value_sum and so on */
};

/* The hits of one window that fulfils the condition, in order. */
typedef void window_found(void *context, const struct window_hit *hits, size_t count);

struct window;

struct window *window_new(const struct sigma_correlation *correlation, window_found *found,
                          void *context);
void window_free(struct window *window);

/* A new group: what was left of the last one is looked at and forgotten. `ranks`: how many its
 * hits may have. */
void window_enter(struct window *window, size_t ranks);

/* The next hit of the group, not before the last one in time. */
void window_add(struct window *window, const struct window_hit *hit);

/* Hits that were left out because a window held WINDOW_HITS_MAX of them; of all groups. */
uint64_t window_left_out(const struct window *window);

#endif
