/*
 * What else did they do? After the hunt, a second pass keeps the nearest events before and
 * after each finding that share something with it: the source address, a session, a request;
 * in event logs the logon or process, else the user, else the host and kind of log.
 *
 * Events are ordered by time, then by where they stand, so that the result does not depend on
 * workers and parts. Memory is bounded by CONTEXT_BYTES_MAX in each process; findings for which
 * there is no room, and keys beyond CONTEXT_KEYS_MAX, are counted. Own monitoring, silent
 * findings and events without time have no context.
 */
#ifndef HAUBERK_HUNT_CONTEXT_H
#define HAUBERK_HUNT_CONTEXT_H

#include "casefile/casefile.h"
#include "exchange/request.h"
#include "hunt/reader.h"

#define CONTEXT_EVENTS_MAX 100 /* before, and after */
#define CONTEXT_KEYS_MAX 1000
#define CONTEXT_ROW_MAX 1024 /* bytes of a row that are kept; the rest stands at its offset */
#define CONTEXT_BYTES_MAX (100U << 20)

struct context_options {
    size_t events;                   /* before, and after: 1 to CONTEXT_EVENTS_MAX */
    const struct reader_part *parts; /* by item of the case; path NULL: leave it out */
    size_t part_count;
    int64_t since, until;
    const struct trusted_proxies *proxies;
    size_t jobs;
    int64_t silence_ms;
};

/*
 * Fills the table `context` of a finished case. The findings that got none for lack of room are
 * counted in meta "context_left_out". <0 when no worker can be had or the case cannot be
 * written; a worker that dies costs its item damage.
 */
int context_run(const struct context_options *options, struct casefile *casefile,
                struct err *err);

#endif
