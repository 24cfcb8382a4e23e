/*
 * Which builds of Exchange the rows of one item show, from when to when.
 *
 * Only the first and the last row of a run are split, all of them where these two differ: a
 * build changes with a restart, and a restart starts a new file or at least a new header. Rows
 * of IIS name no build; there the head and the tail of a run are searched for paths of Outlook
 * on the web, which hold one. So a log of several hosts mixed may show a host's build later
 * than its first row.
 *
 * Bytes are hostile: only versions that can be Exchange's are told. Thread rule: one owner.
 */
#ifndef HAUBERK_HUNT_BUILD_WATCH_H
#define HAUBERK_HUNT_BUILD_WATCH_H

#include "casefile/record.h"
#include "hunt/reader.h"

struct build_watch;

/* Rows outside of the time (TIME_NONE: no limit) are not looked at. */
struct build_watch *build_watch_new(int64_t since, int64_t until);
void build_watch_free(struct build_watch *watch); /* NULL is fine */

/* The reader is the one that tells the run: it knows the offsets. */
void build_watch_run(struct build_watch *watch, const struct reader *reader,
                     const struct run *run, struct buf *out);

/* A build that a path shows: ".../ClientAccess/Owa/prem/15.1.2375.7/x.js". */
void build_watch_path(struct build_watch *watch, struct slice path, struct buf *out);

/* The item is at its end: what was seen is written, and forgotten. */
void build_watch_flush(struct build_watch *watch, struct buf *out);

#endif
