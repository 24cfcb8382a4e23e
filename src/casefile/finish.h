/*
 * What turns stored hits into a case once all evidence is read: names for nameless rows,
 * correlations, incidents. Order matters and nothing here depends on the order in which workers
 * delivered. Thread rule: one owner.
 */
#ifndef HAUBERK_CASEFILE_FINISH_H
#define HAUBERK_CASEFILE_FINISH_H

#include "casefile/casefile.h"

/*
 * `host`: name for rows that name none; absent: found out from the rows near them. `partial`:
 * the hunt was interrupted; the case stays open for being continued.
 */
int casefile_finish(struct casefile *casefile, const struct sigma_set *set, struct slice host,
                    bool partial, struct err *err);

/*
 * What rests on which findings are open, once more: casefile_finish() does it, and so does a
 * report with another allow list. The case must be open for changes.
 */
void casefile_settle_again(struct casefile *casefile);

/* Undoes steps 3 and 5: no finding belongs to an incident, each has its own grade. */
void casefile_unjoin(struct casefile *casefile);

/* Step 1, design §4: whose rows are those that name no host? */
void hosts_resolve(struct casefile *casefile, struct slice host);

/* Step 2: correlation rules over stored base hits in the order of time. */
void correlations_run(struct casefile *casefile, const struct sigma_set *set);

/*
 * Step 3: the same request may stand in two logs, and the one that sees less must not speak
 * louder. IIS does not show which step of ProxyLogon a request was; where HttpProxy has a
 * finding of the same request, that one's grade counts.
 */
void twins_settle(struct casefile *casefile);

/* Step 4, triage_settle() of triage.h: what is closed takes no part in the next one. */

/* Step 5: findings of one host joined by address, session, request, page and time. */
void incidents_build(struct casefile *casefile);

#endif
