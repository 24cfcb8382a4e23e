/*
 * PATHs → events as text, in the order of the evidence: what `events` and `search` print. Or
 * no text, but a survey of what there is: `rules explain`.
 *
 * Worker processes read and write, several files or parts of one at a time; the coordinator
 * passes on what they wrote, one item after the other. A worker that is ahead waits when its
 * buffer is full, so memory does not depend on the evidence. A worker that dies costs its item
 * damage, as in the hunt.
 */
#ifndef HAUBERK_HUNT_LISTING_H
#define HAUBERK_HUNT_LISTING_H

#include "base/err.h"
#include "hunt/reader.h"
#include "hunt/survey.h"
#include "match/engine.h"

/* Which events, and how they are written. Read-only; must be made before the workers start. */
struct listing_settings {
    const struct engine *engine; /* only events that one of its rules matches; NULL: all */
    int64_t since, until;        /* TIME_NONE: no limit; events without time always count */
    enum family_id family;       /* FAMILY_NONE: all */
    struct slice host; /* lower case; absent: all; events that name none always count */
    uint64_t most;     /* stop after so many events; 0: no limit */
    bool ndjson;       /* event_line_ndjson(), else event_line_text() */
    bool survey; /* no text: the sink's survey is filled; `engine` and `most` are unused */
};

/* Who is told, in the order of the evidence. Text from workers may be hostile: see there. */
struct listing_sink {
    /* Whole lines of one or more events; false: nobody listens any more. */
    bool (*text)(void *context, struct slice text);
    void (*damage)(void *context, struct slice path, uint64_t offset, struct slice reason);
    /* A file that is no log of a known kind, or was left out, and why. */
    void (*unread)(void *context, struct slice path, struct slice note);
    struct survey *survey; /* what there is, added to; NULL: not wanted */
    void *context;
};

struct listing_options {
    char *const *paths;
    size_t path_count;
    unsigned jobs;       /* 0: one for each processor */
    int64_t silence_ms;  /* a worker that says nothing for this long is ended; 0: two minutes */
    uint64_t part_bytes; /* larger files are read in parts of this size; 0: the default */
};

struct listing_result {
    uint64_t events, damages;
    bool interrupted;
};

/* Runs it. <0 only when no worker can be had: bad evidence never fails. */
int listing_run(const struct listing_options *options, const struct listing_settings *settings,
                const struct listing_sink *sink, struct listing_result *out, struct err *err);

#endif
