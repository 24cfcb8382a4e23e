/*
 * What was taken, who took part, and volumes, as sentences: see report/telling.h, whose rules
 * apply. Sentences end without a full stop. Thread rule: one owner.
 */
#ifndef HAUBERK_REPORT_TELL_TAKEN_H
#define HAUBERK_REPORT_TELL_TAKEN_H

#include "casefile/actors.h"
#include "casefile/joins.h"
#include "casefile/taken.h"
#include "casefile/volumes.h"
#include "report/telling.h"

struct slice tell_bytes(struct report *r, uint64_t bytes); /* "61.4 MB" */

/* Behind the state ("proven"), which the caller shows in its own way. */
struct slice tell_taken(struct report *r, const struct taken_line *line);
/* "Mail in all: between ..."; empty when no bytes are known. */
struct slice tell_taken_total(struct report *r, const struct taken_report *taken);
/* What was left out, cut, or not read. */
void tell_taken_notes(struct report *r, const struct taken_report *taken,
                      struct sentences *out);

/* Behind the address: what the source did, when and with what. */
struct slice tell_actor(struct report *r, const struct actor_source *source);

/* "The clocks disagree: ..." */
struct slice tell_skew(struct report *r, const struct skew_line *line);

struct slice tell_volume_habit(struct report *r, const struct volume_log *log);
struct slice tell_volume(struct report *r, const struct volume_log *log,
                         const struct volume_line *line);

#endif
