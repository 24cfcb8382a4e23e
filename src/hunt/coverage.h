/*
 * Which stretches of time did the rows of one item cover, for each host?
 *
 * The time of a row is parsed only when its hour changes; the host cell of every row is looked
 * at, where the family has one. Thread rule: one owner.
 */
#ifndef HAUBERK_HUNT_COVERAGE_H
#define HAUBERK_HUNT_COVERAGE_H

#include "base/buf.h"
#include "events/text_log.h"

struct coverage;

/* Only rows inside [since, until] count (TIME_NONE: no limit). */
struct coverage *coverage_new(int64_t since, int64_t until);
void coverage_free(struct coverage *coverage);

/* Counts every row of a run; the run's text may go away afterwards. Returns the rows seen. */
uint64_t coverage_add_run(struct coverage *coverage, const struct run *run);

/* Counts one event of an event log; `host` as it writes its name, empty when it does not. */
void coverage_add_event(struct coverage *coverage, const struct family *family,
                        struct slice host, int64_t time);

/* Were there more hosts in one item than are told apart? Reset by coverage_flush(). */
bool coverage_overflowed(const struct coverage *coverage);

/* Writes what was gathered as RECORD_COVERAGE messages and starts anew. */
void coverage_flush(struct coverage *coverage, struct buf *out);

#endif
