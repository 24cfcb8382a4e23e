/*
 * Chain of custody: which files were read, and the SHA-256 that they had then. Table `custody`
 * (docs/case-file.md) holds the digests, `item` and `coverage` the rest. Thread rule: one
 * owner.
 */
#ifndef HAUBERK_CASEFILE_CUSTODY_H
#define HAUBERK_CASEFILE_CUSTODY_H

#include "base/hash.h"
#include "casefile/casefile.h"

/*
 * Paths of the files to hash, sorted: those with a finding (silent ones and Exchange's own
 * probes do not count), or all. Returns how many. Forgets what the table held.
 */
size_t custody_begin(struct casefile *casefile, bool all, struct arena *arena,
                     const char *const **paths_out);

/* `problem` absent: it was hashed. */
struct custody_note {
    struct slice path;
    uint64_t size;    /* bytes that were hashed */
    int64_t modified; /* the file's own time; TIME_NONE: not known */
    uint8_t sha256[SHA256_BYTES];
    struct slice problem;
};

void custody_add(struct casefile *casefile, const struct custody_note *note);

/* A file that was read. Text lives as long as the query's row. */
struct custody_file {
    struct slice path;
    uint64_t size;
    struct slice family; /* absent: not recognised */
    int64_t from, to;    /* of its rows; TIME_NONE */
    uint64_t findings;
    struct slice sha256; /* hex; absent: not taken */
    struct slice problem;
};

/* Those with a finding first, then by path. */
void custody_open(struct query *query, struct casefile *casefile);
bool custody_next(struct query *query, struct custody_file *out);

#endif
