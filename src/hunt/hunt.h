/*
 * The hunt: evidence → case. The coordinator walks, hands items to worker processes and alone
 * writes the case; a worker that dies costs its item a damage record. Memory is constant in the
 * size of the evidence (but for the list of its files).
 */
#ifndef HAUBERK_HUNT_HUNT_H
#define HAUBERK_HUNT_HUNT_H

#include "casefile/casefile.h"
#include "hunt/custody.h"
#include "hunt/scan.h"

struct hunt_progress {
    uint64_t bytes, bytes_total; /* of evidence, read so far and in all */
};

struct hunt_options {
    char *const *paths;
    size_t path_count;
    const char *case_path; /* no evidence, even if it lies among it; may be NULL */
    unsigned jobs;         /* workers; 0: one for each processor */
    struct slice host;     /* name for rows that name no host; absent: found out */
    int64_t silence_ms; /* a worker that says nothing for this long is ended; 0: two minutes */
    bool volumes;       /* read again for what sources got, on every host */
    size_t context;     /* neighbours to keep before and after each finding; 0: none */
    enum custody_wish custody;
    uint64_t part_bytes; /* larger files are read in parts of this size; 0: the default */
    void (*progress)(void *context, const struct hunt_progress *progress); /* may be NULL */
    void *progress_context;
};

struct hunt_result {
    bool interrupted;
    size_t files;
    uint64_t bytes;
    unsigned jobs;
};

/*
 * What a case must agree in to be continued: files with their sizes, rules, and `settings_text`
 * (whatever else changes the result). The buffer is the caller's.
 */
void hunt_fingerprint(const struct hunt_options *options, const struct sigma_set *set,
                      struct slice settings_text, struct buf *out);

/* Runs it. <0 only when the hunt itself failed (no worker, no case): bad evidence never does.
 */
int hunt_run(const struct hunt_options *options, const struct scan_settings *settings,
             struct casefile *casefile, struct hunt_result *out, struct err *err);

#endif
