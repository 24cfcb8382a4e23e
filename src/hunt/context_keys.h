/*
 * The findings that get a context, the keys that they share with other events, and the nearest
 * events of each key. Made by the coordinator, inherited by workers. Thread rule: one owner.
 */
#ifndef HAUBERK_HUNT_CONTEXT_KEYS_H
#define HAUBERK_HUNT_CONTEXT_KEYS_H

#include "base/map.h"
#include "casefile/casefile.h"
#include "events/family.h"
#include "match/prefilter.h"

#define CONTEXT_SHARED_MAX 8 /* keys of one finding */

/* What a key is made of; its letter is the first of the key's text. */
enum shared {
    SHARED_SOURCE = 'a',
    SHARED_SESSION = 's',
    SHARED_REQUEST = 'r',
    SHARED_LOGON = 'l',   /* host and logon id */
    SHARED_PROCESS = 'p', /* process GUID */
    SHARED_USER = 'u',    /* host and user, of event logs */
    SHARED_NEAR = 'n',    /* host and family, of event logs */
};

const char *shared_name(enum shared shared); /* "source", "session" ... */

struct row_place { /* the order of events */
    int64_t time;
    uint64_t item, offset;
};

int place_compare(const struct row_place *a, const struct row_place *b);

struct neighbour {
    struct row_place place;
    enum family_id family;
    struct slice host, row; /* on the heap: one block that host.ptr points to */
};

/*
 * The events of a key behind one finding, up to and with the next one: the first `most` of them
 * and the last `most` + 1, in order.
 */
struct gap {
    size_t head_count, tail_count;
    struct neighbour *head, *tail;
};

struct context_key {
    struct slice text;
    size_t anchor_count, anchor_capacity;
    struct row_place *anchors; /* of the findings, in order, each once */
    size_t first_gap;          /* anchor_count + 1 of them */
};

struct context_finding {
    int64_t id;
    struct row_place place;
    size_t key_count;
    size_t keys[CONTEXT_SHARED_MAX];
};

struct context_keys {
    size_t most; /* events before, and after */
    size_t key_count;
    struct context_key *keys; /* CONTEXT_KEYS_MAX */
    struct map by_text;       /* key → index + 1 */
    size_t finding_count, finding_capacity;
    struct context_finding *findings;
    size_t left_out;
    size_t gap_count;
    struct gap *gaps;
    struct prefilter *filter; /* over the text of SOURCE, SESSION and REQUEST; NULL: none */
    bool event_logs;          /* some key is of an event log */
};

/* Chooses findings and their keys, the worst first, then by time. */
struct context_keys *context_keys_new(struct casefile *casefile, size_t most);
void context_keys_free(struct context_keys *keys);

/* Index of the key, SIZE_MAX when no finding has it. `id` is compared without case. */
size_t context_keys_find(const struct context_keys *keys, enum shared shared, struct slice host,
                         struct slice id, struct buf *scratch);

/* The gap of a key in which an event stands. */
size_t context_gap_of(const struct context_key *key, const struct row_place *place);

/* Keeps the event if it is among the nearest; its texts are copied. */
void context_keep(struct context_keys *keys, size_t gap, const struct neighbour *event);
void context_gap_clear(struct gap *gap);

/* Writes the table `context`. */
void context_store(const struct context_keys *keys, struct casefile *casefile);

#endif
