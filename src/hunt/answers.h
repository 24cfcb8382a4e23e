/*
 * Did anybody ask for a back door that lies on the disk, and did it answer? Rules record
 * foreign pages below Exchange's folders only; a shell may lie in any application of the
 * server. So when the scan has found shells, loaders or thieves, the IIS logs are read once
 * more for requests that name them. What is told becomes a finding of the rule
 * "hauberk-page-answered"; which page of which host it was is settled later (casefile/pages.h).
 *
 * Thread rule: one owner; its settings are for workers.
 */
#ifndef HAUBERK_HUNT_ANSWERS_H
#define HAUBERK_HUNT_ANSWERS_H

#include "casefile/casefile.h"
#include "hunt/scan.h"

struct answers;

/* NULL when no such page was found. `scan` are the settings of the scan. */
struct answers *answers_new(struct casefile *casefile, const struct scan_settings *scan);
void answers_free(struct answers *answers); /* NULL is fine */

/* For scan_worker(). */
const struct scan_settings *answers_settings(const struct answers *answers);

/* What a worker tells about an item. */
void answers_take(struct answers *answers, struct casefile *casefile, uint64_t item,
                  struct record *record);

#endif
