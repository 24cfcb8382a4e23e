/*
 * Findings that somebody closed: tables `triage` (the entries of an allow list, what each did)
 * and `closed` (which finding by which entry); docs/triage.md.
 *
 * A closed finding has `silent` 2. Whatever asks for findings that are NOT silent leaves it
 * out: grades, incidents, the exit status; reports list it apart. What an entry may close is
 * limited, since an entry that fits an intruder would hide him:
 *  - a file: only by its hash; one that is a back door only by hash and path;
 *  - an answered page: by page, or by source and rule; never while the page lies on disk as a
 *    back door that is not closed;
 *  - what raises a host to E3 and more, or clears traces: source and rule, or source and page;
 *  - a correlation: only with all its parts.
 * A finding that an entry fits, but may not close, is held and counted.
 *
 * Thread rule: one owner.
 */
#ifndef HAUBERK_CASEFILE_TRIAGE_H
#define HAUBERK_CASEFILE_TRIAGE_H

#include "casefile/allow.h"
#include "casefile/casefile.h"

#define SILENT_CLOSED 2 /* of the column `silent` */

/* Entries in the place of those of the case; none: an empty list. Nothing is closed yet. */
void triage_set(struct casefile *casefile, const struct allow_list *list);

/* Closes what the entries cover that have not expired by `now`; all else is open. */
void triage_settle(struct casefile *casefile, int64_t now);

/* Nothing is closed; the entries stay. */
void triage_reopen(struct casefile *casefile);

/* Has an entry expired since it was applied? Then the case must be settled again. */
bool triage_is_stale(struct casefile *casefile, int64_t now);

/* An entry and what it did. Text lives in the arena. */
struct triage_entry {
    int64_t id;
    int line; /* of the list's file */
    struct slice reason, by;
    struct slice keys; /* "source 192.0.2.10; rule ..." */
    int64_t expires;
    bool expired;
    uint64_t closed, held;
    enum grade gravest; /* of what it closed */
};

size_t triage_read(struct casefile *casefile, struct arena *arena, struct triage_entry **out);

/* What is closed on a host. */
struct triage_host {
    uint64_t closed;
    enum grade gravest; /* the grade that these findings alone would give */
};

struct triage_host triage_of_host(struct casefile *casefile, struct slice host);

#endif
