/*
 * SHA-256 of the files that were read, for the chain of custody: workers hash, the coordinator
 * writes the case (casefile/custody.h). A worker that dies costs its file the digest. Thread
 * rule: one owner.
 */
#ifndef HAUBERK_HUNT_CUSTODY_H
#define HAUBERK_HUNT_CUSTODY_H

#include "casefile/casefile.h"

struct custody_options {
    bool all; /* not only files with a finding */
    size_t jobs;
    int64_t silence_ms; /* a worker that says nothing for this long is ended */
};

/* After casefile_finish(). <0 only when no worker can be had. */
int custody_run(const struct custody_options *options, struct casefile *casefile,
                struct err *err);

#endif
