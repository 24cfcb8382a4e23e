/*
 * What was taken? Once the case knows who the intruders are, the evidence is read a second time
 * (ADR 13): rows of their addresses and sessions at services that hold mail, commands that
 * touch mail, archives that web folders gave away, and the bytes that each source got in a day.
 *
 * Only hosts with a finding of grade E1 or more are read again, unless `all` is asked for.
 * Workers add up what they see and tell the sums, so that memory is bounded by SUMS_MAX in
 * each, and by TAKEN_ROWS_MAX rows in the case; what does not fit is counted
 * (meta "taken_left_out"). Thread rule: one owner; the keys are read-only for workers.
 */
#ifndef HAUBERK_HUNT_TAKEN_H
#define HAUBERK_HUNT_TAKEN_H

#include "base/map.h"
#include "casefile/casefile.h"
#include "hunt/scan.h"
#include "match/prefilter.h"

#define TAKEN_SOURCES_MAX 2000   /* addresses of intruders that are followed */
#define TAKEN_REQUESTS_MAX 50000 /* request ids of theirs */

/* What workers look for. */
struct taken_keys {
    struct map sources;  /* address → index into `since`, + 1 */
    struct map requests; /* request id, lower case → index into `since`, + 1 */
    size_t source_count;
    int64_t since[TAKEN_SOURCES_MAX];        /* first success of the address */
    struct slice address[TAKEN_SOURCES_MAX]; /* in the map's arena */
    struct prefilter *deeds;                 /* over deed_literals */
    int64_t from, until;                     /* rows outside are left out */
    const struct trusted_proxies *proxies;
};

/* NULL when there is nothing to look for: no host has a finding, and not `all`. */
struct taken_keys *taken_keys_new(struct casefile *casefile, const struct scan_settings *scan,
                                  bool all);
void taken_keys_free(struct taken_keys *keys); /* NULL is fine */

/* SQL: the items to read again, one number a row. */
const char *taken_items_sql(bool all);

/* process_body: context is const struct taken_keys *. Takes orders as scan_worker() does. */
int taken_worker(void *keys, struct channel *channel);

#endif
