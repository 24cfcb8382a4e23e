/*
 * SHA-256 of the files that were read, for the chain of custody: workers hash, the coordinator
 * writes the case (casefile/custody.h). A worker that dies costs its file the digest. Thread
 * rule: one owner.
 */
#ifndef HAUBERK_HUNT_CUSTODY_H
#define HAUBERK_HUNT_CUSTODY_H

#include "casefile/casefile.h"

/* Hashing reads files once more: only where somebody will look at the hashes. */
enum custody_wish { CUSTODY_NONE, CUSTODY_FINDINGS, CUSTODY_ALL };

struct custody_options {
    enum custody_wish wish; /* not CUSTODY_NONE */
    size_t jobs;
    int64_t silence_ms; /* a worker that says nothing for this long is ended */
};

/* After casefile_finish(). <0 only when no worker can be had. */
int custody_run(const struct custody_options *options, struct casefile *casefile,
                struct err *err);

#endif
