/*
 * The exposure of a host as sentences, each with its proof, for any report. Plain text as in
 * telling.h. Thread rule: one owner.
 */
#ifndef HAUBERK_REPORT_TELL_EXPOSURE_H
#define HAUBERK_REPORT_TELL_EXPOSURE_H

#include "casefile/exposure.h"
#include "report/telling.h"

/* `exposure` must outlive the report: its proofs are printed last. */
void tell_exposure_builds(struct report *r, const struct exposure *exposure,
                          struct sentences *out); /* which build, from when to when */
void tell_exposure_history(struct report *r, const struct exposure *exposure,
                           struct sentences *out); /* patched when, and was that in time? */
void tell_exposure_now(struct report *r, const struct exposure *exposure,
                       struct sentences *out); /* vulnerable to what, by the newest build */
void tell_exposure_doubts(struct report *r, const struct exposure *exposure,
                          struct sentences *out); /* what does not fit together, what is weak */

#endif
